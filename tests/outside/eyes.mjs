// Looks at a page that somebody was shown: the same bytes and headers are drawn once more, with
// JavaScript on, so that axe can run in it, narrow and wide, light and dark, folded and unfolded.

import { join } from 'node:path';

import { inaccessible, tooWide } from './browser.mjs';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The last is where axe looks. */
const WIDTHS = [1440, 768, 320, 390];

/** What every page of the console sends; see crates/web/src/console.rs. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Records what a page asks for and complains of. `expected` gives the statuses that are awaited. */
export function watch(page, groups, origin, where, expected = () => []) {
  page.on('request', (request) => {
    groups.checked('network');
    if (!request.url().startsWith(`${origin}/`)) {
      groups.fault('network', where(), `asks for ${request.url()}, which is not on the console`);
    }
  });
  page.on('response', (response) => {
    const isPage = response.request().isNavigationRequest();
    if (!isPage && response.status() >= 400) {
      groups.fault('network', where(), `${response.url()} answered ${response.status()}`);
    }
  });
  page.on('console', (message) => {
    groups.checked('console');
    // A browser tells the status of every answer that is a refusal, also where that is right.
    const isOf = (status) => message.text().includes(`responded with a status of ${status} `);
    const isOfStatus = expected().some(isOf);
    if (!isOfStatus && ['error', 'warning'].includes(message.type())) {
      groups.fault('console', where(), `${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => groups.fault('console', where(), String(error)));
  page.on('dialog', (dialog) => {
    groups.fault('console', where(), `opens a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
}

/** The paths of all pages that were looked at. */
export const seen = new Set();

/** Several pairs of eyes: what is shown waits in a line until one is free. */
export class Eyes {
  #tools;
  #line = [];
  #workers = [];
  #isOver = false;
  #wake = [];
  #errors = [];

  constructor(tools, pages) {
    this.#tools = tools;
    // Kept until it is asked for: where the way itself fails first, that is what has to be told.
    this.#workers = pages.map(async (page) => {
      try {
        await this.#work(page);
      } catch (error) {
        this.#errors.push(error);
      }
    });
  }

  /** Takes what a person is shown now: wide in the light, and narrow in the dark. */
  look(person, name) {
    this.#take(person, name, false);
  }

  /** The same in both schemes at both widths, with pictures. */
  lookClosely(person, name) {
    this.#take(person, name, true);
  }

  #take(person, name, isClose) {
    const where = `${name} (${person.name})`;
    this.#line.push({ shown: person.shown, by: person.name, where, name, isClose });
    this.#wake.splice(0).forEach((wake) => wake());
  }

  /** Waits until everything was looked at. */
  async done() {
    this.#isOver = true;
    this.#wake.splice(0).forEach((wake) => wake());
    await Promise.all(this.#workers);
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  async #work(page) {
    let shown = { status: 200 };
    let where = '';
    watch(page, this.#tools.groups, this.#tools.origin, () => where, () => [shown.status]);
    await page.route(
      (url) => url.href === shown.url,
      (route) => {
        const { status, headers, body } = shown;
        return route.fulfill({ status, headers, body });
      },
    );
    // A picture is handed out once, to whom it is shown.
    await page.route(
      (url) => shown.pictures?.has(url.href) ?? false,
      async (route) => {
        const body = await shown.pictures.get(route.request().url());
        return route.fulfill({ status: 200, contentType: 'image/png', body });
      },
    );
    for (;;) {
      const next = this.#line.shift();
      if (next) {
        ({ shown, where } = next);
        await this.#see(page, next);
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise((wake) => this.#wake.push(wake));
      }
    }
  }

  async #see(page, { shown, by, where, name, isClose }) {
    const { groups, links } = this.#tools;
    seen.add(new URL(shown.url).pathname);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(DESKTOP);
    await page.goto(shown.url, { waitUntil: 'load' });
    this.#checkHeaders(shown, where);
    await this.#checkFocus(page, where);
    for (const path of await page.evaluate(readPaths)) links.set(`${by} ${path}`, { by, path });
    const leadsNowhere = await page.locator('a:not([href]), a[href=""]').count();
    if (leadsNowhere > 0) groups.fault('links', where, `${leadsNowhere} links lead nowhere`);
    if (isClose) await this.#shoot(page, `${name}-desktop`);
    await this.#checkAccessibility(page, `${where}, wide, light`);
    if (isClose) {
      await page.setViewportSize(PHONE);
      await this.#shoot(page, `${name}-phone`);
      await page.setViewportSize(DESKTOP);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    if (isClose) {
      await this.#shoot(page, `${name}-dark`);
      await this.#checkAccessibility(page, `${where}, wide, dark`);
    }
    await page.evaluate(unfold);
    for (const width of WIDTHS) {
      groups.checked('width');
      const what = await tooWide(page, width, PHONE.height);
      if (what) groups.fault('width', where, what);
    }
    await this.#checkAccessibility(page, `${where}, narrow, dark, unfolded`);
    if (isClose) {
      await page.emulateMedia({ colorScheme: 'light' });
      await this.#checkAccessibility(page, `${where}, narrow, light, unfolded`);
    }
  }

  async #checkAccessibility(page, where) {
    const { groups, axe } = this.#tools;
    groups.checked('accessibility');
    for (const what of await inaccessible(page, axe)) groups.fault('accessibility', where, what);
  }

  #checkHeaders({ headers }, where) {
    const { groups } = this.#tools;
    for (const [name, value] of Object.entries(HEADERS)) {
      groups.checked('headers');
      if (headers[name] !== value) groups.fault('headers', where, `${name}: ${headers[name]}`);
    }
  }

  /** The first key leads to the link that skips, or what is to be mended has the focus already. */
  async #checkFocus(page, where) {
    const { groups } = this.#tools;
    groups.checked('keyboard');
    const faults = page.locator('#errors a');
    const number = await faults.count();
    if (number === 0) {
      await page.keyboard.press('Tab');
      const target = await page.evaluate(() => {
        const first = document.activeElement;
        return first.matches('.skip') ? first.getAttribute('href') : undefined;
      });
      if (target === undefined) {
        groups.fault('keyboard', where, 'the first key reaches no skip link');
      } else if ((await page.locator(target).count()) !== 1) {
        groups.fault('keyboard', where, `the skip link leads to no ${target}`);
      }
    } else {
      groups.checked('errors', number);
      const { title, id } = await page.evaluate(() => ({
        title: document.title,
        id: document.activeElement.id,
      }));
      if (!title.startsWith('Error: ')) groups.fault('errors', where, `its title is “${title}”`);
      if (id !== 'errors') groups.fault('errors', where, 'the summary has no focus');
      for (let at = 0; at < number; at += 1) {
        const target = (await faults.nth(at).getAttribute('href')).slice(1);
        await faults.nth(at).click();
        const reached = await page.evaluate(() => document.activeElement.id);
        if (reached !== target) {
          groups.fault('errors', where, `the line to #${target} leads to #${reached}`);
        }
        const field = page.locator(`[id="${target}"]`);
        if (!(await field.isVisible())) {
          groups.fault('errors', where, `#${target} is out of sight`);
        }
      }
    }
    await page.evaluate(() => {
      document.activeElement.blur();
      window.scrollTo(0, 0);
    });
  }

  async #shoot(page, name) {
    await page.screenshot({ path: join(this.#tools.shots, `${name}.png`), fullPage: true });
  }
}

/** The pages that this one links to. Runs in the page. */
function readPaths() {
  const paths = [...document.querySelectorAll('a[href^="/"]')].map((a) => a.getAttribute('href'));
  return [...new Set(paths)];
}

/** Shows what stands back. Runs in the page. */
function unfold() {
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  for (const field of document.querySelectorAll('[class*="when-"]')) {
    const stays = [...field.classList].filter((name) => !name.startsWith('when-'));
    field.className = stays.join(' ');
  }
}
