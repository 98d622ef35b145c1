// The console in a real browser: seven people take letters from their arrival to an answer, without
// JavaScript, and others go a round through the console of the demo; whatever they are shown is
// looked at.
//
// node console.mjs --candor FILE --demo DIR --modules DIR --chromium FILE --shots DIR
//
// `--candor` is the program, `--demo` what `candor demo` made, `--modules` is where `npm ci` put
// node_modules. One line for each group of checks; exit code 1 where one found a fault.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Groups, launch, modulesIn, readOptions, runWithin } from './browser.mjs';
import { Eyes, seen, watch } from './eyes.mjs';
import { comesByPasskey } from './passkey.mjs';
import { Person } from './person.mjs';
import { looksRound } from './rounds.mjs';
import {
  answersEmergency,
  asksExperts,
  challengesAndIsAppealed,
  keepsSecret,
  preserves,
  seesFiles,
} from './turns.mjs';
import {
  decides,
  entersLetters,
  joins,
  readsProfiles,
  registersNumbers,
  returns,
  signsOut,
  splits,
} from './way.mjs';

// Of a browser that hangs: a slow machine takes several minutes for the whole pass.
const TIME_MAX_MS = 900_000;
const EYES = 2;

const groups = new Groups([
  'way',
  'headers',
  'network',
  'console',
  'accessibility',
  'width',
  'keyboard',
  'errors',
  'session',
  'links',
  'pages',
]);

/** A data directory, a new one where none is given, and the console over it. */
class Server {
  #dir;
  #child;

  constructor(candor, dir) {
    this.candor = candor;
    const folder = dir ? undefined : mkdtempSync(join(tmpdir(), 'candor-console-'));
    this.#dir = dir ?? join(folder, 'data');
    process.on('exit', () => {
      this.#child?.kill('SIGKILL');
      if (folder) rmSync(folder, { recursive: true, force: true });
    });
  }

  /** Makes the data directory; returns the path of the first operator's link. */
  async init(operator) {
    const args = ['init', this.#dir, '--publisher', 'Example publisher'];
    args.push('--operator', operator.name, '--operator-email', operator.email);
    const child = spawn(this.candor, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const link = found(child, /joins the console at http:\/\/[^/]+(\/join\/[^,\s]+)/);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`candor init ended with ${code}`);
    appendFileSync(join(this.#dir, 'candor.toml'), '\n[reports]\nbands = "by_kind_1000"\n');
    return link;
  }

  /** Returns the console's address. */
  async serve() {
    const args = ['serve', '--dir', this.#dir];
    args.push('--listen', '127.0.0.1:0', '--listen-console', '127.0.0.1:0');
    this.#child = spawn(this.candor, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    return found(this.#child, /console at (http:\/\/localhost:\d+)\//);
  }

  async end() {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    const [code] = await ended;
    groups.checked('way');
    if (code !== 0) groups.fault('way', 'candor serve', `ended with ${code}`);
  }
}

/** The first group of the pattern in what the program prints. */
function found(child, pattern) {
  return new Promise((done, fail) => {
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += bytes;
      const match = pattern.exec(text);
      if (match) done(match[1]);
    });
    child.on('error', fail);
    child.on('close', () => fail(new Error(`${pattern} is not in what was printed: ${text}`)));
  });
}

async function contextOf(browser, options) {
  const context = await browser.newContext({ serviceWorkers: 'block', ...options });
  context.setDefaultTimeout(15_000);
  return context;
}

/** Whoever of the colleagues was shown a link can follow it. */
async function checkLinks(links, people, origin) {
  for (const { by, path } of links.values()) {
    const person = people.find(({ name }) => name === by);
    const cookies = await person.page.context().cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const response = await fetch(`${origin}${path}`, { headers: { cookie } });
    const text = await response.text();
    groups.checked('links');
    // On a slow machine the second proof of who they are is over by now, and asked for again.
    if (response.status === 403 && text.includes('<h1>Confirm that it is you</h1>')) continue;
    if (response.status !== 200 || new URL(response.url).pathname === '/sign-in') {
      const where = `${response.status} at ${response.url}`;
      groups.fault('links', `${by} at ${path}`, `a link of the page leads to ${where}`);
    }
  }
}

/** People work in a console, and what they are shown is looked at. */
async function lookedAt(server, { browser, values, axe, shots }, work) {
  const origin = await server.serve();
  const links = new Map();
  const pages = [];
  for (let at = 0; at < EYES; at += 1) pages.push(await (await contextOf(browser, {})).newPage());
  const eyes = new Eyes({ groups, origin, axe, shots, links }, pages);
  const people = [];
  const office = {
    groups,
    eyes,
    people,
    /** Somebody sits down at a browser, where nothing else is said one without JavaScript. */
    async seats(person, { javaScriptEnabled = false } = {}) {
      const options = { javaScriptEnabled, viewport: { width: 1440, height: 900 } };
      const context = await contextOf(browser, options);
      const page = await context.newPage();
      const status = () => person.expected;
      watch(page, groups, origin, () => `${person.name} at ${page.url()}`, status);
      person.sits(page, origin);
      people.push(person);
      return person;
    },
    async withHistory(use) {
      // The library turns off what keeps pages for the back button; here it is what is looked at.
      const ignoreDefaultArgs = ['--disable-back-forward-cache'];
      const { chromium } = modulesIn(values.modules);
      const other = await launch(chromium, values.chromium, { ignoreDefaultArgs });
      try {
        await use(await (await contextOf(other, {})).newPage());
      } finally {
        await other.close();
      }
    },
    /** What is shown from then on is looked at no more; each link on the way leads somewhere. */
    async done() {
      await eyes.done();
      await checkLinks(links, people, origin);
    },
  };
  try {
    await work(office);
    groups.checked(
      'way',
      people.reduce((sum, { steps }) => sum + steps, 0),
    );
  } finally {
    await server.end();
  }
}

/** A new company, from the operator's link to the last sign-out. */
async function newCompany(office, operator, link) {
  await joins(office, operator, link);
  await comesByPasskey(office, operator);
  await readsProfiles(office);
  await registersNumbers(office);
  await entersLetters(office);
  await decides(office);
  await splits(office);
  await returns(office, operator);
  await seesFiles(office);
  await answersEmergency(office);
  await challengesAndIsAppealed(office);
  await preserves(office);
  await asksExperts(office);
  await keepsSecret(office);
  await office.done();
  await signsOut(office, operator);
}

/** What is answered with a file, or leads elsewhere, and not with a page. */
const NO_PAGES = [
  /\.(csv|html|json|txt|css|js|ico)$/,
  /\/receipt$/,
  /\/files\/\{sha256\}$/,
  /^\/notices\//,
];

/** Every page that the router has was looked at. */
function checkPages() {
  const router = readFileSync(new URL('../../crates/web/src/console.rs', import.meta.url), 'utf8');
  for (const [, route] of router.matchAll(/\.route\("([^"]+)", get\(/g)) {
    if (NO_PAGES.some((files) => files.test(route))) continue;
    const path = new RegExp(`^${route.replaceAll(/\{[a-z0-9]+\}/g, '[^/]+')}$`);
    groups.checked('pages');
    if (![...seen].some((one) => path.test(one))) {
      groups.fault('pages', route, 'nobody has looked at it');
    }
  }
}

async function main() {
  const values = readOptions(['candor', 'demo', 'modules', 'chromium', 'shots']);
  const { chromium, axe } = modulesIn(values.modules);
  const shots = resolve(values.shots);
  await mkdir(shots, { recursive: true });
  const browser = await launch(chromium, values.chromium);
  const tools = { browser, values, axe, shots };
  try {
    const server = new Server(values.candor);
    const operator = new Person('B. Primjer');
    const link = await server.init(operator);
    await lookedAt(server, tools, (office) => newCompany(office, operator, link));
    const demo = resolve(values.demo);
    await lookedAt(new Server(values.candor, demo), tools, async (office) => {
      await looksRound(office, demo);
      await office.done();
    });
    checkPages();
  } finally {
    await browser.close();
  }
  return groups.print();
}

process.on('SIGTERM', () => process.exit(1));
runWithin(TIME_MAX_MS, main);
