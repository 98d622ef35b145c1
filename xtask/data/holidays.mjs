// Writes ../../holidays/*.toml: the public holidays of the countries that the
// built-in legal profiles name. Run `npm ci`, then `node holidays.mjs`.
//
// From date-holidays (ISC; its data CC-BY-3.0, © its contributors). Only days
// that the whole country has off are taken: a day too few makes a deadline
// earlier, a day too many would make somebody late.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import Holidays from "date-holidays";

const YEARS = [2026, 2027];
// The Member States of the European Union, the United Kingdom and the United States.
const COUNTRIES = [
  "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
  "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "US",
];

const { version } = JSON.parse(readFileSync(new URL("node_modules/date-holidays/package.json", import.meta.url)));
const source = `date-holidays ${version}`;
const folder = new URL("../../holidays/", import.meta.url);
mkdirSync(folder, { recursive: true });

for (const country of COUNTRIES) {
  const holidays = new Holidays(country, { types: ["public"] });
  const days = new Map();
  for (const year of YEARS) {
    for (const { date, start, end, name } of holidays.getHolidays(year)) {
      // One that begins on the eve or in the afternoon leaves a working day.
      if (!date.endsWith("00:00:00") && !/^\d{4}-\d\d-\d\d 00:00/.test(date)) continue;
      for (let at = new Date(`${date.slice(0, 10)}T00:00:00Z`), left = Math.round((end - start) / 86_400_000); left > 0; left -= 1) {
        const day = at.toISOString().slice(0, 10);
        if (YEARS.includes(at.getUTCFullYear()) && !days.has(day)) days.set(day, name);
        at = new Date(at.getTime() + 86_400_000);
      }
    }
  }
  const lines = [
    "# Made by xtask/data/holidays.mjs from date-holidays, © its contributors, CC-BY-3.0.",
    "# Days off of the whole country; those of a part of it are left out. Not checked in the law.",
    "# The format is described in docs/profiles.md.",
    "",
    `country = "${country}"`,
    `years = [${YEARS.join(", ")}]`,
    "holiday = [",
    ...[...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(
      ([on, name]) => `    { on = "${on}", name = ${JSON.stringify(name)}, source = ${JSON.stringify(source)} },`,
    ),
    "]",
    "",
  ];
  writeFileSync(new URL(`${country}.toml`, folder), lines.join("\n"));
}
