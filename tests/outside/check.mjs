// The pages of a published site in a real browser: accessibility, network, widths, links, and the
// same without JavaScript and from a folder on a disk.
//
// node check.mjs --site DIR --modules DIR --chromium FILE --shots DIR
//
// `--modules` is where `npm ci` put node_modules. One line for each group of checks; exit code 1
// where one found a fault.

import { createServer } from 'node:http';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join, posix, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  Groups,
  inaccessible,
  launch,
  modulesIn,
  readOptions,
  runWithin,
  tooWide,
} from './browser.mjs';

const PAGE_BYTES_MAX = 100_000;
const WIDTHS = [320, 390, 768, 1280];
// Of a browser that hangs: a slow machine takes minutes for the whole pass.
const TIME_MAX_MS = 600_000;

/** What the product sends; see crates/web/src/site.rs. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** A drawing opened by itself brings its style along. */
const CONTENT_SECURITY_POLICY_OF_DRAWINGS =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const MEDIA_TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

const groups = new Groups([
  'page size',
  'network',
  'console',
  'style and images',
  'width',
  'accessibility',
  'without JavaScript',
  'from a folder',
  'links',
  'drawings',
]);
const checked = groups.checked.bind(groups);
const fault = groups.fault.bind(groups);

/** All files below a folder, as paths with `/`, in order. */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

/** Serves the folder on a free port of this machine, with the product's headers. */
async function serve(site) {
  const server = createServer(async (request, response) => {
    const headers = {
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    };
    const path = decodeURIComponent(new URL(request.url, 'http://127.0.0.1').pathname);
    if (path === '/favicon.ico') {
      // Browsers ask for it unasked; no page names it.
      response.writeHead(204, headers).end();
      return;
    }
    const file = resolve(site, `.${path.endsWith('/') ? `${path}index.html` : path}`);
    try {
      if (!file.startsWith(site + sep)) throw new Error('outside of the site');
      const bytes = await readFile(file);
      const type = MEDIA_TYPES[file.split('.').pop()] ?? 'application/octet-stream';
      if (file.endsWith('.svg')) {
        headers['content-security-policy'] = CONTENT_SECURITY_POLICY_OF_DRAWINGS;
      }
      response.writeHead(200, { ...headers, 'content-type': type }).end(bytes);
    } catch {
      response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('missing\n');
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/** Records what a page asks for and complains of. */
function watch(page, where, origin) {
  checked('console');
  page.on('request', (request) => {
    checked('network');
    if (!request.url().startsWith(`${origin}/`)) {
      fault('network', where, `asks for ${request.url()}, which is not on the site`);
    }
  });
  page.on('requestfailed', (request) => {
    fault('network', where, `${request.url()} failed: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) {
      fault('network', where, `${response.url()} answered ${response.status()}`);
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      fault('console', where, message.text());
    }
  });
  page.on('pageerror', (error) => fault('console', where, String(error)));
  page.on('dialog', (dialog) => {
    fault('console', where, `opens a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
}

/** What stands in the tables, as a reader gets it. Runs in the page. */
function readTables() {
  return [...document.querySelectorAll('table')].map((table) => {
    const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
    const { width, height } = table.getBoundingClientRect();
    return { name: table.caption?.innerText ?? '', rows, width, height };
  });
}

/** Everything in the page that names another file, and all ids. Runs in the page. */
function readLinks() {
  const links = [];
  for (const element of document.querySelectorAll('*')) {
    for (const attribute of ['href', 'src', 'data', 'poster', 'action', 'xlink:href']) {
      const value = element.getAttribute(attribute);
      if (value !== null) links.push({ tag: element.localName, attribute, value });
    }
    for (const part of (element.getAttribute('srcset') ?? '').split(',')) {
      const value = part.trim().split(/\s+/)[0];
      if (value) links.push({ tag: element.localName, attribute: 'srcset', value });
    }
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  return { links, ids, scripts: document.scripts.length };
}

/** Images that did not load, and whether the style sheet applies. Runs in the page. */
function readLoaded() {
  const images = [...document.images];
  const broken = images.filter((image) => !(image.complete && image.naturalWidth > 0));
  return {
    images: images.length,
    broken: broken.map((image) => image.currentSrc || image.src),
    sheets: document.styleSheets.length,
    // The style sheet sets it; a browser's own margin is 8px.
    margin: getComputedStyle(document.body).margin,
  };
}

function checkLoaded({ images, broken, sheets, margin }, where, group) {
  checked(group, images + 1);
  for (const source of broken) fault(group, where, `the image ${source} did not load`);
  if (sheets !== 1) fault(group, where, `${sheets} style sheets in place of 1`);
  if (margin !== '0px') fault(group, where, `the style sheet does not apply (margin ${margin})`);
}

async function checkWidths(page, where) {
  for (const width of WIDTHS) {
    const what = await tooWide(page, width);
    checked('width');
    if (what) fault('width', where, what);
    checkLoaded(await page.evaluate(readLoaded), `${where} at ${width} px`, 'style and images');
  }
}

async function checkAccessibility(page, axe, where) {
  checked('accessibility');
  for (const what of await inaccessible(page, axe)) fault('accessibility', where, what);
}

/** One way in which a reader comes: the pages are loaded anew in each. */
async function withPage(browser, options, use) {
  const context = await browser.newContext({ serviceWorkers: 'block', ...options });
  context.setDefaultTimeout(20_000);
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
}

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Everything about one page of the site; what it links to is given back. */
async function checkPage({ browser, origin, site, axe, shots }, path) {
  const url = `${origin}/${path}`;
  const shot = (name) =>
    join(shots, `${path.replace(/\/?index\.html$/, '').replace(/\//g, '-') || 'all'}-${name}.png`);
  const bytes = (await stat(join(site, path))).size;
  checked('page size');
  if (bytes >= PAGE_BYTES_MAX) {
    fault('page size', path, `${bytes} bytes, more than ${PAGE_BYTES_MAX}`);
  }
  let tables;
  let links;
  await withPage(browser, { viewport: DESKTOP, colorScheme: 'light' }, async (page) => {
    watch(page, path, origin);
    await page.goto(url, { waitUntil: 'load' });
    tables = await page.evaluate(readTables);
    links = await page.evaluate(readLinks);
    await page.screenshot({ path: shot('desktop'), fullPage: true });
    await checkWidths(page, path);
    await checkAccessibility(page, axe, `${path}, light`);
    await page.setViewportSize(PHONE);
    await page.screenshot({ path: shot('phone'), fullPage: true });
    await checkAccessibility(page, axe, `${path}, light, phone`);
  });
  await withPage(browser, { viewport: DESKTOP, colorScheme: 'dark' }, async (page) => {
    watch(page, `${path}, dark`, origin);
    await page.goto(url, { waitUntil: 'load' });
    await page.screenshot({ path: shot('dark'), fullPage: true });
    await checkAccessibility(page, axe, `${path}, dark`);
  });
  await withPage(browser, { viewport: DESKTOP, javaScriptEnabled: false }, async (page) => {
    watch(page, `${path}, without JavaScript`, origin);
    await page.goto(url, { waitUntil: 'load' });
    checkSameTables(tables, await page.evaluate(readTables), path);
    if (links.scripts > 0) fault('without JavaScript', path, `holds ${links.scripts} scripts`);
  });
  await withPage(browser, { viewport: DESKTOP }, async (page) => {
    await page.goto(pathToFileURL(join(site, path)).href, { waitUntil: 'load' });
    checkLoaded(await page.evaluate(readLoaded), path, 'from a folder');
  });
  return links;
}

function checkSameTables(expected, found, path) {
  checked('without JavaScript', expected.length);
  if (expected.length === 0) {
    fault('without JavaScript', path, 'holds no table');
  }
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const at = expected.findIndex(
    (table, index) => JSON.stringify(table) !== JSON.stringify(found[index]),
  );
  const name = expected[at]?.name || `table ${at + 1}`;
  fault('without JavaScript', path, `${name} is not the same as with JavaScript`);
}

/** Every link leads to a file of the site, every fragment to an id; only a link leads elsewhere. */
function checkLinks(linksOf, files) {
  for (const [path, { links }] of linksOf) {
    for (const { tag, attribute, value } of links) {
      checked('links');
      const name = `<${tag} ${attribute}="${value}">`;
      if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(value)) {
        const leadsElsewhere = tag === 'a' && /^(https|mailto):/i.test(value);
        if (!leadsElsewhere) fault('links', path, `${name} loads from elsewhere`);
        continue;
      }
      const [file, fragment] = value.split('#', 2);
      if (file.startsWith('/')) {
        fault('links', path, `${name} works at the root of a server only`);
        continue;
      }
      const target = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
      if (!files.has(target)) {
        fault('links', path, `${name} leads to ${target}, which is no file of the site`);
      } else if (fragment && !linksOf.get(target)?.ids.includes(decodeURIComponent(fragment))) {
        fault('links', path, `${name} leads to no id in ${target}`);
      }
    }
  }
}

/** Drawings open by themselves too: nothing in them is refused and nothing comes from elsewhere. */
async function checkDrawings({ browser, origin, site }, drawings) {
  await withPage(browser, { viewport: DESKTOP }, async (page) => {
    let where = '';
    page.on('console', (message) => {
      if (message.type() === 'error') fault('drawings', where, message.text());
    });
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(`${origin}/`);
      if (!isOwn) fault('drawings', where, `asks for ${request.url()}`);
    });
    for (where of drawings) {
      checked('drawings');
      const text = await readFile(join(site, where), 'utf8');
      for (const [match] of text.matchAll(/<script|\son[a-z]+=|@import|url\(\s*['"]?(?!#)[^)]*\)/gi)) {
        fault('drawings', where, `holds ${match.trim()}`);
      }
      for (const [match, target] of text.matchAll(/(?:xlink:)?href\s*=\s*["']([^"']*)["']/gi)) {
        if (!target.startsWith('#')) fault('drawings', where, `holds ${match}`);
      }
      await page.goto(`${origin}/${where}`, { waitUntil: 'load' });
      const box = await page.evaluate(() => {
        const { width, height } = document.documentElement.getBoundingClientRect();
        return { root: document.documentElement.localName, width, height };
      });
      if (box.root !== 'svg' || box.width < 10 || box.height < 10) {
        fault('drawings', where, `draws nothing: ${JSON.stringify(box)}`);
      }
    }
  });
}

function checkStyleSheet(path, text) {
  checked('links');
  for (const [match] of text.matchAll(/@import[^;]*;|url\([^)]*\)/gi)) {
    fault('links', path, `loads something: ${match}`);
  }
}

async function main() {
  const values = readOptions(['site', 'modules', 'chromium', 'shots']);
  const { chromium, axe } = modulesIn(values.modules);
  const [site, shots] = [resolve(values.site), resolve(values.shots)];
  await mkdir(shots, { recursive: true });
  const files = await filesBelow(site);
  const server = await serve(site);
  const browser = await launch(chromium, values.chromium);
  try {
    const tools = { browser, origin: server.origin, site, axe, shots };
    const linksOf = new Map();
    for (const path of files.filter((path) => path.endsWith('.html'))) {
      linksOf.set(path, await checkPage(tools, path));
    }
    checkLinks(linksOf, new Set(files));
    for (const path of files.filter((path) => path.endsWith('.css'))) {
      checkStyleSheet(path, await readFile(join(site, path), 'utf8'));
    }
    await checkDrawings(tools, files.filter((path) => path.endsWith('.svg')));
  } finally {
    await browser.close();
    await server.close();
  }
  return groups.print();
}

runWithin(TIME_MAX_MS, main);
