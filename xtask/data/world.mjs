// Makes the committed map and country data:
//
//   crates/report/data/world.tsv          the map, one SVG path per country
//   crates/domain/src/country/table.rs    codes, English names, other spellings
//
// Run `npm ci`, then `node world.mjs`, in this folder. The same pinned packages
// give the same bytes. Needs a Node.js with full ICU (the default).

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { geoEqualEarth, geoPath } from "d3-geo";
import { feature, merge } from "topojson-client";
import { CODE_NAMES, OTHER_NAMES } from "./names.mjs";

const require = createRequire(import.meta.url);
const iso = require("i18n-iso-countries");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

function write(path, text) {
  const file = resolve(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${path}: ${Buffer.byteLength(text)} bytes`);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

// ---------------------------------------------------------------- the map

const WIDTH = 980;
const PAD = 4; // room for the small circles at the edges
const STEP = 5; // grid of the coordinates, in tenths of a px
const DETAIL = 0.3; // a bend with less area than this, in px², is left out
const SMALL = 3; // a country with no part this long (px) or this large (px²) gets a circle
const RADIUS = 3;

// Features without an ISO number. A null code is plain land, `--`.
const UNCODED = { Kosovo: "XK", "N. Cyprus": "CY", Somaliland: "SO", "Siachen Glacier": "--" };

/** Polygons of a MultiPolygon (as arcs) that hold a point between two corners. */
const within = (atlas, part, [w, s], [e, n]) =>
  part.arcs.filter((arcs) => {
    const [lon, lat] = feature(atlas, { type: "Polygon", arcs }).geometry.coordinates[0][0];
    return lon > w && lon < e && lat > s && lat < n;
  });

/** Geometries of the atlas for each code, as ISO 3166 has them; no Antarctica. */
function parts(atlas) {
  const out = new Map();
  const add = (code, ...list) => out.set(code, [...(out.get(code) ?? []), ...list]);
  for (const part of atlas.objects.countries.geometries) {
    const { name } = part.properties;
    const code = part.id ? iso.numericToAlpha2(part.id) : UNCODED[name];
    if (name === "Indian Ocean Ter.") {
      // One feature, two codes.
      add("CC", { type: "MultiPolygon", arcs: within(atlas, part, [95, -14], [99, -10]) });
      add("CX", { type: "MultiPolygon", arcs: within(atlas, part, [104, -12], [107, -9]) });
    } else if (code === "RU") {
      // ISO 3166-2 lists Crimea (UA-43) under Ukraine.
      const crimea = within(atlas, part, [32.3, 44.2], [36.7, 46.3]);
      assert(crimea.length === 1, `found ${crimea.length} polygons of Crimea`);
      add("UA", { type: "MultiPolygon", arcs: crimea });
      add("RU", { type: "MultiPolygon", arcs: part.arcs.filter((arcs) => !crimea.includes(arcs)) });
    } else {
      assert(code, `no code for ${name}`);
      if (code !== "AQ") add(code, part);
    }
  }
  return out;
}

/** GeoJSON geometry for each code, sorted by code. */
function shapes(atlas) {
  const out = new Map();
  for (const [code, list] of parts(atlas)) {
    out.set(code, list.length > 1 ? merge(atlas, list) : feature(atlas, list[0]).geometry);
  }
  // Too small for the 50m atlas, so from the 10m one; at this scale each
  // becomes a circle.
  const detail = require("world-atlas/countries-10m.json");
  for (const part of detail.objects.countries.geometries) {
    const code = part.id && iso.numericToAlpha2(part.id);
    if (["GI", "TV"].includes(code)) out.set(code, feature(detail, part).geometry);
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The atlas with the small bends of its arcs left out (Visvalingam). As
 * neighbours share arcs, their borders still meet. Where an arc crosses the
 * antimeridian the projected bends are huge, so those points stay.
 */
function simplified(atlas, projection) {
  const { scale, translate } = atlas.transform;
  const arcs = atlas.arcs.map((arc) => {
    let [x, y] = [0, 0];
    const points = arc.map(([dx, dy]) => {
      [x, y] = [x + dx, y + dy];
      const at = [x * scale[0] + translate[0], y * scale[1] + translate[1]];
      return { at, px: projection(at) };
    });
    const closed = arc.length > 1 && points[0].at.join() === points.at(-1).at.join();
    const least = closed ? 4 : 2;
    const bend = (i) => Math.abs(area([points[i - 1].px, points[i].px, points[i + 1].px])) / 2;
    while (points.length > least) {
      let [best, size] = [0, DETAIL];
      for (let i = 1; i < points.length - 1; i += 1) {
        const b = bend(i);
        if (b < size) [best, size] = [i, b];
      }
      if (best === 0) break;
      points.splice(best, 1);
    }
    return points.map((point) => point.at);
  });
  const { transform, ...rest } = atlas;
  return { ...rest, arcs };
}

/** Projected rings, clipped at the antimeridian by d3-geo. */
function rings(projection, geometry) {
  const found = [];
  geoPath(projection, {
    moveTo: (x, y) => found.push([[x, y]]),
    lineTo: (x, y) => found.at(-1).push([x, y]),
    closePath() {},
    arc() {},
  })(geometry);
  return found;
}

function box(ring) {
  const xs = ring.map((p) => p[0]);
  const ys = ring.map((p) => p[1]);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  return { x0, y0, x1, y1, side: Math.max(x1 - x0, y1 - y0), x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
}

/** Twice the area; positive if clockwise on the screen. */
function area(ring) {
  return ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length];
    return sum + x * v - u * y;
  }, 0);
}

/** Leaves out repeated points and points on a straight line (exact, in tenths). */
function tidy(ring) {
  const pts = ring.slice();
  for (let i = 0; pts.length > 2 && i < pts.length; ) {
    const n = pts.length;
    const [a, b, c] = [pts[(i + n - 1) % n], pts[i], pts[(i + 1) % n]];
    const cross = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
    if (cross === 0) {
      pts.splice(i, 1);
      i = Math.max(0, i - 2);
    } else i += 1;
  }
  return pts;
}

const tenths = (n) => (n / 10).toString().replace(/^(-?)0\./, "$1.");

function pair([x, y], first) {
  const [a, b] = [tenths(x), tenths(y)];
  return (first || a.startsWith("-") ? "" : " ") + a + (b.startsWith("-") ? "" : " ") + b;
}

/** Rings in tenths of a px as relative path data. */
function pathData(list) {
  let at = [0, 0];
  let out = "";
  for (const ring of list) {
    let from = at;
    ring.forEach((point, i) => {
      const step = [point[0] - from[0], point[1] - from[1]];
      out += (i === 0 ? "m" : i === 1 ? "l" : "") + pair(step, i < 2);
      from = point;
    });
    out += "z";
    at = ring[0]; // z goes back to the start of the ring
  }
  return { out, at };
}

function world() {
  const atlas = require("world-atlas/countries-50m.json");
  const exact = shapes(atlas);
  const collection = { type: "GeometryCollection", geometries: [...exact.values()] };
  // Turned by 11° so that the edge runs through Bering Strait: Chukotka and
  // Fiji stay whole. Precision 0 draws straight lines between the points; great
  // arcs would bend borders that follow a parallel.
  const projection = geoEqualEarth().rotate([-11, 0]).precision(0);
  projection.fitWidth(WIDTH - 2 * PAD, collection);
  const [tx, ty] = projection.translate();
  projection.translate([tx + PAD, ty + PAD]);
  const height = Math.ceil(geoPath(projection).bounds(collection)[1][1] + PAD);

  const coarse = shapes(simplified(atlas, projection));
  const round = (p) => p.map((n) => Math.round((n * 10) / STEP) * STEP);

  const circles = [];
  let text = `# viewBox 0 0 ${WIDTH} ${height}\n`;
  for (const [code, geometry] of exact) {
    // How small a country is, and where its circle goes, is told from the
    // whole shape.
    const whole = rings(projection, geometry);
    const main = box(whole.reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a)));
    const most = Math.max(...whole.map((ring) => Math.abs(area(ring)) / 2));
    const small = (main.side < SMALL || most < SMALL) && code !== "--";
    const kept = rings(projection, coarse.get(code))
      .filter((ring) => {
        const touches = ring.some(([x, y]) => Math.hypot(x - main.x, y - main.y) < RADIUS);
        return !(small && touches);
      })
      .map((ring) => tidy(ring.map(round)))
      .filter((ring) => ring.length > 2 && Math.abs(area(ring)) >= 30);
    const { out, at } = pathData(kept);
    let d = out;
    if (small) {
      circles.push(code);
      const start = [Math.round((main.x - RADIUS) * 10), Math.round(main.y * 10)];
      d += `m${pair([start[0] - at[0], start[1] - at[1]], true)}`;
      d += `a${RADIUS} ${RADIUS} 0 1 1 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 1-${2 * RADIUS} 0z`;
    }
    if (code === "--" && d === "") continue; // nothing to see at this scale
    assert(d !== "", `${code} has no shape`);
    assert(/^m[-\d. mlaz]+$/.test(d), `${code}: odd path`);
    text += `${code}\t${d}\n`;
  }
  console.log(`${text.trim().split("\n").length - 1} shapes, ${circles.length} circles: ${circles.join(" ")}`);
  write("crates/report/data/world.tsv", text);
}

// ---------------------------------------------------------------- the table

const fold = (name) =>
  name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, " ")
    .trim();

function table() {
  const version = require("cldr-localenames-full/package.json").version;
  const display = JSON.parse(
    readFileSync(require.resolve("cldr-localenames-full/main/en/territories.json"), "utf8"),
  ).main.en.localeDisplayNames.territories;

  const names = new Map();
  for (const code of Object.keys(iso.getAlpha2Codes())) {
    assert(display[code], `CLDR has no name for ${code}`);
    names.set(code, display[code]);
  }
  assert(names.size === 250, `expected 249 ISO codes and XK, found ${names.size}`);
  for (const code of ["HK", "MO", "MM"]) names.set(code, display[`${code}-alt-short`]);
  for (const code of ["EU", "UN"]) names.set(code, display[code]);
  for (const [code, name] of Object.entries(CODE_NAMES)) names.set(code, name);

  const collator = new Intl.Collator("en");
  assert(collator.resolvedOptions().locale.startsWith("en"), "Node.js without English collation");
  const rows = [...names].sort(
    ([a, x], [b, y]) => (a === "ZZ") - (b === "ZZ") || collator.compare(x, y),
  );

  const owner = new Map();
  for (const [code, name] of rows) {
    const folded = fold(name);
    assert(!owner.has(folded), `two countries are called ${folded}`);
    owner.set(folded, code);
  }
  const aliases = new Map();
  const add = (name, code) => {
    const alias = fold(name);
    assert(names.has(code), `${name}: no country ${code}`);
    assert(/^[\x20-\x7e]+$/.test(alias), `${alias}: not folded to ASCII`);
    if (owner.get(alias) === code) return; // its own name
    assert(!owner.has(alias), `${alias} (${code}) is the name of ${owner.get(alias)}`);
    const asCode = alias.toUpperCase();
    assert(!names.has(asCode), `${alias} (${code}) is the code ${asCode}`);
    assert((aliases.get(alias) ?? code) === code, `${alias}: ${code} or ${aliases.get(alias)}?`);
    aliases.set(alias, code);
  };

  for (const [alpha3, code] of Object.entries(iso.getAlpha3Codes())) add(alpha3, code);
  for (const [key, name] of Object.entries(display)) {
    const [code, kind] = key.split("-alt-");
    if (!names.has(code) || iso.getAlpha2Codes()[code] === undefined) continue;
    if (kind === undefined || !["UK", "US"].includes(name)) add(name, code);
  }
  add("UK", "GB");
  for (const [code, list] of Object.entries(OTHER_NAMES)) for (const name of list) add(name, code);
  // "Trinidad and Tobago", "Saint Lucia", "St Lucia" and the like.
  for (const [name, code] of [...rows.map(([c, n]) => [fold(n), c]), ...aliases]) {
    let forms = [name];
    if (name.includes(" & ")) forms.push(name.replace(" & ", " and "));
    if (name.startsWith("st. ")) {
      forms = forms.flatMap((f) => [f, f.replace("st. ", "saint "), f.replace("st. ", "st ")]);
    }
    forms = forms.flatMap((f) => [f, f.replaceAll("u.s.", "us"), f.replaceAll("'", "")]);
    for (const form of forms) if (form !== "us") add(form, code);
  }

  const quote = (s) => {
    assert(!/["\\\n]/.test(s), `${s}: needs escaping`);
    return `"${s}"`;
  };
  // As rustfmt breaks them.
  const line = (a, b) =>
    a.length + b.length > 58 ? `    (\n        ${a},\n        ${b},\n    ),\n` : `    (${a}, ${b}),\n`;
  const lines = (list) => list.map(([a, b]) => line(quote(a), quote(b))).join("");
  // Byte order, so that a binary search finds them.
  const sorted = [...aliases].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  console.log(`${rows.length} codes, ${sorted.length} aliases`);
  write(
    "crates/domain/src/country/table.rs",
    `// Generated by xtask/data/world.mjs from CLDR ${version}; do not edit.

/// Code and English name, in order of the names; the unknown country is last.
pub(super) const TABLE: &[(&str, &str)] = &[
${lines(rows)}];

/// Other names and spellings, and ISO alpha-3 codes, in byte order. Lower case,
/// without accents, \`'\` for the apostrophe, single spaces.
pub(super) const ALIASES: &[(&str, &str)] = &[
${lines(sorted)}];
`,
  );
}

world();
table();
