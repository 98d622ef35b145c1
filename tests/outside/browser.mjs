// What the checks of pages in a browser have in common: its flags, the rules, one line of output
// for each group of checks.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const FAULTS_SHOWN_MAX = 20;

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever a page asks for from elsewhere is refused here, before it leaves the machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** The groups in the order in which they are printed, each with the faults found. */
export class Groups {
  #groups;

  constructor(names) {
    this.#groups = new Map(names.map((name) => [name, { faults: [], checked: 0 }]));
  }

  checked(group, number = 1) {
    this.#groups.get(group).checked += number;
  }

  fault(group, where, what) {
    this.#groups.get(group).faults.push({ where, what });
  }

  /** Prints them; false where one has a fault, or nothing was there to check. */
  print() {
    let isWell = true;
    for (const [name, { faults, checked: number }] of this.#groups) {
      if (faults.length === 0 && number > 0) {
        console.log(`ok    ${name} (${number})`);
        continue;
      }
      isWell = false;
      console.log(`FAIL  ${name}: ${faults.length} of ${number}`);
      if (number === 0) console.log('      nothing was there to check');
      // One fault of a template is the same fault on many pages.
      const byWhat = new Map();
      for (const { where, what } of faults) byWhat.set(what, [...(byWhat.get(what) ?? []), where]);
      for (const [what, places] of [...byWhat].slice(0, FAULTS_SHOWN_MAX)) {
        const others = places.length > 1 ? ` (and ${places.length - 1} more)` : '';
        console.log(`      ${places[0]}${others}: ${what}`);
      }
      if (byWhat.size > FAULTS_SHOWN_MAX) {
        console.log(`      and ${byWhat.size - FAULTS_SHOWN_MAX} other faults`);
      }
    }
    return isWell;
  }
}

/** The options of the command line; all of them are needed. */
export function readOptions(names) {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ options });
  for (const name of names) {
    if (values[name] === undefined) throw new Error(`--${name} is missing`);
  }
  return values;
}

/** The library that drives the browser and the source of axe, from where `npm ci` put them. */
export function modulesIn(folder) {
  const require = createRequire(join(resolve(folder), 'package.json'));
  return { chromium: require('playwright-core').chromium, axe: require('axe-core').source };
}

export function launch(chromium, executablePath, options = {}) {
  return chromium.launch({
    executablePath,
    args: CHROMIUM_FLAGS,
    timeout: 30_000,
    ...options,
  });
}

/** What is wider than the window at this width, if anything is. */
export async function tooWide(page, width, height = 900) {
  await page.setViewportSize({ width, height });
  // Another width may choose another image; it has to be there before the page is measured.
  await page.evaluate(() =>
    Promise.all([...document.images].map((image) => image.decode().catch(() => {}))),
  );
  const found = await page.evaluate(() => {
    const limit = window.innerWidth + 1;
    // A part that scrolls by itself is no reason for the page to.
    const scrolls = (element) =>
      element.parentElement &&
      (['auto', 'scroll', 'hidden', 'clip'].includes(
        getComputedStyle(element.parentElement).overflowX,
      ) ||
        scrolls(element.parentElement));
    const wide = [...document.body.querySelectorAll('*')].find(
      (element) => element.getBoundingClientRect().right > limit && !scrolls(element),
    );
    return {
      wide: document.scrollingElement.scrollWidth > limit,
      width: document.scrollingElement.scrollWidth,
      culprit: wide && wide.outerHTML.slice(0, 120),
    };
  });
  if (!found.wide) return undefined;
  return `${found.width} px wide in ${width} px; first out: ${found.culprit}`;
}

/** What axe finds in the page as it is shown now. */
export async function inaccessible(page, axe) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate(
    (values) =>
      window.axe.run(document, {
        runOnly: { type: 'tag', values },
        resultTypes: ['violations'],
      }),
    RULES,
  );
  return found.violations.map(({ id, help, nodes }) => {
    const [first] = nodes;
    const why = first.failureSummary.replace(/\s+/g, ' ').slice(0, 300);
    return `${id} (${help}), ${nodes.length} times, first at ${first.target.join(' ')}: ${why}`;
  });
}

/** Runs the checks, prints what they found, and ends; also where something hangs. */
export function runWithin(timeMaxMs, main) {
  // The browser is the library's child and goes with this process.
  setTimeout(() => {
    console.log(`FAIL  the browser took more than ${timeMaxMs / 1000} s`);
    process.exit(1);
  }, timeMaxMs).unref();
  main().then(
    (isWell) => process.exit(isWell ? 0 : 1),
    (error) => {
      console.log(`FAIL  ${error.stack}`);
      process.exit(1);
    },
  );
}
