// A colleague at a browser of their own: opens pages, fills in forms by the names of their fields,
// and has an authenticator.

import { createHmac } from 'node:crypto';

export const PASSWORD = 'seven green ladders';

const STEP_SECONDS = 30;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of a step, of six digits (RFC 6238 with SHA-1, RFC 4226, section 5.3). */
function codeOf(secret, step) {
  let bits = '';
  for (const letter of secret.replace(/\s|=/g, '')) {
    bits += BASE32.indexOf(letter).toString(2).padStart(5, '0');
  }
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

export class Person {
  #lastStep = 0;

  constructor(name) {
    this.name = name;
    this.email = `${name.toLowerCase().replace('. ', '.')}@publisher.example`;
    this.secret = undefined;
    /** What the server answered last: the page that is shown. */
    this.shown = undefined;
    /** The statuses that are awaited. */
    this.expected = [200];
    /** Pictures that were shown, by their address. */
    this.pictures = new Map();
    /** Pages that were shown so far. */
    this.steps = 0;
  }

  sits(page, origin) {
    this.page = page;
    this.origin = origin;
    page.on('response', (response) => {
      const isPicture = response.request().resourceType() === 'image';
      if (isPicture) this.pictures.set(response.url(), response.body());
    });
  }

  /**
   * A code that was not used before. A code holds for its step and those beside it, and once, so
   * that two in a row need no waiting.
   */
  async code() {
    const step = () => Math.floor(Date.now() / 1000 / STEP_SECONDS);
    const next = Math.max(this.#lastStep + 1, step());
    while (next > step() + 1) await new Promise((done) => setTimeout(done, 500));
    this.#lastStep = next;
    return codeOf(this.secret, next);
  }

  async opens(path, { status = 200 } = {}) {
    this.expected = [status];
    const response = await this.page.goto(`${this.origin}${path}`);
    await this.#keep(response, status);
  }

  /**
   * Fills in the form with this id and sends it. `fields` are values by name; several for boxes to
   * tick. Where nothing else is said it has to be taken.
   */
  async sends(form, fields = {}, { status = 200 } = {}) {
    const place = this.page.locator(`form[id="${form}"]`);
    await this.unfolds(place);
    for (const [name, value] of Object.entries(fields)) {
      for (const one of [value].flat()) await this.#fill(place, name, one);
    }
    await this.follows(place.locator('button'), { status });
  }

  /** Clicks what leads to another page. */
  async follows(locator, { status = 200 } = {}) {
    await this.leads(() => locator.click(), { status });
  }

  /**
   * Does something that leads to another page. Whoever is asked on the way who they are proves it,
   * and sends what was kept for them.
   */
  async leads(act, { status = 200 } = {}) {
    this.expected = [status, 403];
    const goes = async (how) => (await Promise.all([this.page.waitForNavigation(), how()]))[0];
    let response = await goes(act);
    const asked = this.page.getByRole('heading', { name: 'Confirm that it is you', exact: true });
    if (response.status() === 403 && status !== 403 && (await asked.count()) === 1) {
      const button = (name) => this.page.getByRole('button', { name, exact: true });
      await this.page.getByLabel('Code', { exact: true }).fill(await this.code());
      await goes(() => button('Confirm that it is me').click());
      response = await goes(() => button('Send it now').click());
    }
    await this.#keep(response, status);
  }

  /**
   * Does what stands folded under a title: each field is found by its role and name and filled in,
   * then the button with this name is pressed.
   */
  async acts(title, button, fields = []) {
    const summary = this.page.locator('summary').getByText(title, { exact: true });
    const place = this.page.locator('details').filter({ has: summary });
    if (!(await place.evaluate((folded) => folded.open))) await summary.click();
    for (const [role, name, value] of fields) {
      switch (role) {
        case 'radio':
        case 'checkbox':
          await place.getByRole(role, { name, exact: true }).check();
          break;
        case 'choice':
          await place.getByRole('combobox', { name, exact: true }).selectOption(value);
          break;
        default:
          await place.getByLabel(name, { exact: true }).fill(value);
      }
    }
    await this.follows(place.getByRole('button', { name: button, exact: true }));
  }

  /** Opens what the form is folded into. */
  async unfolds(place) {
    const folded = this.page.locator('details:not([open])', { has: place });
    if ((await folded.count()) > 0) await folded.locator('> summary').click();
  }

  async text() {
    return this.page.locator('body').innerText();
  }

  async reads(...words) {
    const text = (await this.text()).replace(/\s+/g, ' ');
    for (const word of words) {
      if (!text.includes(word)) {
        throw new Error(`${this.name} does not read “${word}” at ${this.page.url()}:\n${text}`);
      }
    }
  }

  async #fill(place, name, value) {
    const fields = place.locator(`[name="${name}"]`);
    const kind = await fields.first().evaluate((field) => field.type);
    switch (kind) {
      case 'radio':
      case 'checkbox':
        await place.locator(`[name="${name}"][value="${value}"]`).check();
        break;
      case 'select-one':
        await fields.selectOption(value);
        break;
      case 'file':
        await fields.setInputFiles(value);
        break;
      default:
        await fields.fill(value);
    }
  }

  async #keep(response, status) {
    if (response.status() !== status) {
      const text = (await this.text()).replace(/\s+/g, ' ').slice(0, 2_000);
      throw new Error(
        `${this.name} at ${this.page.url()} gets ${response.status()} for ${status}: ${text}`,
      );
    }
    this.steps += 1;
    this.shown = {
      url: response.url(),
      status,
      headers: response.headers(),
      body: await response.body(),
      pictures: this.pictures,
    };
  }
}
