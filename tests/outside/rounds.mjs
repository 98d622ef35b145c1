// A round through the console of `candor demo`, whose cases are a week old: the pages on which
// counsel, intake, the privacy officer and the operator see how the work stands.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Person } from './person.mjs';

const COUNSEL = new Person('R. Ejemplo');
const INTAKE = new Person('O. Primer');
const PRIVACY = new Person('P. Exemple');
const REVIEWER = new Person('N. Exempel');
const OPERATOR = new Person('B. Primjer');

/** What somebody signs in with, as the demo wrote it down. */
async function knows(demo, person) {
  const text = await readFile(join(demo, 'logins.txt'), 'utf8');
  const [, login] = text.split(`e-mail    ${person.email}\n`);
  const value = (name) => new RegExp(`^ *${name}  +(.+)$`, 'm').exec(login)[1].trim();
  person.secret = value('secret');
  return value('password');
}

export async function looksRound(office, demo) {
  for (const person of [COUNSEL, INTAKE, PRIVACY, REVIEWER, OPERATOR]) {
    const password = await knows(demo, person);
    await office.seats(person);
    await person.opens('/sign-in');
    const { page } = person;
    await page.getByLabel('E-mail address', { exact: true }).fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Code', { exact: true }).fill(await person.code());
    await person.follows(page.getByRole('button', { name: 'Sign in', exact: true }));
  }
  await seesHowWorkStands(office);
  await seesFiles(office);
  await makesToken(office);
  await keepsAndErases(office);
  await checksWork(office);
  await OPERATOR.opens('/mail');
  await OPERATOR.reads('nobody is told anything by mail');
  office.eyes.lookClosely(OPERATOR, 'mail');
}

async function seesHowWorkStands({ eyes }) {
  const { page } = COUNSEL;
  await COUNSEL.opens('/');
  eyes.lookClosely(COUNSEL, 'queue-of-a-week');
  await COUNSEL.follows(page.getByRole('link', { name: /^Deadlines/ }));
  await COUNSEL.reads('Overdue', 'In the six days after');
  eyes.lookClosely(COUNSEL, 'deadlines');
  await COUNSEL.follows(page.getByRole('link', { name: 'Statistics', exact: true }));
  await COUNSEL.reads('received in this time');
  eyes.lookClosely(COUNSEL, 'statistics');
  await COUNSEL.follows(page.locator('.figures a[href*="set=open"]').first());
  await COUNSEL.reads('Undecided requests');
  eyes.lookClosely(COUNSEL, 'statistics-requests');
}

/** One as text, and one that nobody opens by mistake. */
async function seesFiles({ eyes }) {
  for (const person of [COUNSEL, INTAKE]) {
    const { page } = person;
    await person.opens('/submissions?q=URGENT+0001');
    await person.follows(page.getByRole('link', { name: /^2\d{3}-\d{4}$/ }));
    await person.follows(page.getByRole('link', { name: 'emergency-form.pdf', exact: true }));
    await person.reads('This file is in quarantine', 'Example.Lure.Harmless');
    eyes.lookClosely(person, person === COUNSEL ? 'quarantine' : 'quarantine-intake');
  }
  const { page } = INTAKE;
  await INTAKE.opens('/submissions?q=URGENT+0001');
  await INTAKE.follows(page.getByRole('link', { name: /^2\d{3}-\d{4}$/ }));
  eyes.look(INTAKE, 'submission-quarantine');
  await INTAKE.follows(page.getByRole('link', { name: 'Preview of letter.txt', exact: true }));
  await INTAKE.reads('What it says', 'LIFE IN DANGER');
  eyes.lookClosely(INTAKE, 'preview-text');
}

async function makesToken({ eyes }) {
  const { page } = COUNSEL;
  await COUNSEL.opens('/me');
  await COUNSEL.follows(page.getByRole('link', { name: 'Your tokens', exact: true }));
  eyes.lookClosely(COUNSEL, 'programs');
  await COUNSEL.follows(page.getByRole('button', { name: /token/i }), { status: 422 });
  eyes.look(COUNSEL, 'programs-error');
}

async function keepsAndErases({ eyes }) {
  await PRIVACY.opens('/retention');
  await PRIVACY.reads('No period is declared');
  eyes.look(PRIVACY, 'retention-first');
  await PRIVACY.opens('/retention/periods');
  eyes.lookClosely(PRIVACY, 'retention-periods');
  await PRIVACY.sends('periods', { months_user_data_approved: '12' }, { status: 422 });
  eyes.look(PRIVACY, 'retention-periods-error');
  await PRIVACY.sends('periods', { source_user_data_approved: 'Decision of the board, no. 12' });
  await PRIVACY.reads('12 months');
  await COUNSEL.opens('/submissions');
  const number = await COUNSEL.page.locator('tbody a').first().innerText();
  await COUNSEL.opens('/retention');
  await COUNSEL.acts('Place a hold', 'Place the hold', [
    ['field', 'Submission', number],
    ['field', 'Reason', 'Proceedings before the Court of Samples, 4 S 12/26.'],
  ]);
  await COUNSEL.reads('The hold stands.', 'You placed it: somebody else lifts it.');
  await PRIVACY.opens('/retention');
  eyes.lookClosely(PRIVACY, 'retention');
}

async function checksWork({ eyes }) {
  await REVIEWER.opens('/audit');
  eyes.lookClosely(REVIEWER, 'audit');
  await REVIEWER.opens('/?q=1203&state=closed');
  await REVIEWER.follows(REVIEWER.page.locator('tbody a').first());
  await REVIEWER.reads('signed the text that declines it', 'Sound');
  eyes.lookClosely(REVIEWER, 'request-declined');
  await REVIEWER.follows(REVIEWER.page.getByRole('link', { name: 'Open it alone, to print it' }));
  await REVIEWER.reads('Signed by', 'SHA-256 in the record');
  eyes.lookClosely(REVIEWER, 'declination');
  await COUNSEL.opens('/?q=URGENT+0001');
  await COUNSEL.follows(COUNSEL.page.locator('tbody a').first());
  await COUNSEL.reads('Not verified');
  eyes.lookClosely(COUNSEL, 'request-forged');
}
