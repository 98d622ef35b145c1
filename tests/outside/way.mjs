// The way through the console, as its people go it: from the operator's link to an answer.
//
// Each function is a part of a day; what is shown on the way is handed to `eyes`.

import { readFile } from 'node:fs/promises';

import { PASSWORD, Person } from './person.mjs';

export const INTAKE = new Person('O. Primer');
export const VERIFIER = new Person('R. Ejemplo');
export const PROPOSER = new Person('K. Beispiel');
export const CONFIRMER = new Person('I. Esempio');
export const EXPERT = new Person('E. Muster');
export const REVIEWER = new Person('N. Exempel');

const INVITED = [
  [INTAKE, 'intake'],
  [VERIFIER, 'counsel'],
  [PROPOSER, 'counsel'],
  [CONFIRMER, 'counsel'],
  [EXPERT, 'expert'],
  [REVIEWER, 'reviewer'],
];

const INSTRUMENT = 'eu_production_order';
export const TODAY = new Date().toISOString().slice(0, 10);
const YEAR = TODAY.slice(0, 4);

/** Everybody is let in by the operator, who came by a link that the command line printed. */
export async function joins(office, operator, link) {
  await opensAccess(office, operator, link);
  await operator.follows(operator.page.getByRole('link', { name: 'Go on' }));
  await operator.reads('Invite somebody');
  office.eyes.look(operator, 'people-first');
  await operator.sends('invite', { name: 'E. Muster' }, { status: 422 });
  office.eyes.look(operator, 'people-error');
  for (const [person, role] of INVITED) {
    await operator.sends('invite', { name: person.name, email: person.email, roles: role });
    await operator.reads(`The link for ${person.name}`);
    const invitation = await operator.page.locator('.once code').innerText();
    if (person === INTAKE) office.eyes.look(operator, 'people-invited');
    await opensAccess(office, person, new URL(invitation).pathname);
  }
  await operator.opens('/people');
  office.eyes.lookClosely(operator, 'people');
  await operator.opens('/submissions', { status: 403 });
  office.eyes.look(operator, 'forbidden');
  await operator.opens('/nowhere', { status: 404 });
  office.eyes.look(operator, 'missing');
}

/** Opens a link, sets up an authenticator, chooses a password. */
async function opensAccess(office, person, link) {
  const { eyes, groups } = office;
  await office.seats(person);
  await person.opens(link);
  const secret = person.page.locator('.secret code');
  person.secret = await secret.innerText();
  if (office.people.length === 1) {
    eyes.lookClosely(person, 'join');
    const wrong = { code: '000000', password: 'short', again: 'shorter' };
    await person.sends('join', wrong, { status: 422 });
    eyes.look(person, 'join-error');
    groups.checked('way');
    if ((await secret.innerText()) !== person.secret) {
      groups.fault('way', 'join', 'the secret changes after a failed send');
      person.secret = await secret.innerText();
    }
  }
  await person.sends('join', { code: await person.code(), password: PASSWORD, again: PASSWORD });
  person.recoveryCodes = await tenCodes(person, groups);
  if (office.people.length === 1) eyes.look(person, 'joined');
  const [cookie] = await person.page.context().cookies();
  groups.checked('session');
  const { name, secure, httpOnly, sameSite, path, domain } = cookie ?? {};
  const isRight = name?.startsWith('__Host-') && secure && httpOnly && sameSite === 'Strict';
  if (!isRight || path !== '/' || domain !== 'localhost') {
    groups.fault('session', 'join', `the cookie is ${JSON.stringify(cookie)}`);
  }
}

async function tenCodes(person, groups) {
  const codes = await person.page.locator('.codes code').allInnerTexts();
  groups.checked('way');
  if (new Set(codes).size !== 10) {
    groups.fault('way', person.page.url(), `shows ${codes.length} recovery codes`);
  }
  return codes;
}

/** Counsel confirms an instrument's profile and says which data the company holds. */
export async function readsProfiles({ eyes }) {
  await VERIFIER.opens('/profiles');
  eyes.look(VERIFIER, 'profiles');
  await VERIFIER.follows(VERIFIER.page.getByRole('link', { name: /European Production Order/ }));
  eyes.lookClosely(VERIFIER, 'profile-draft');
  await VERIFIER.sends('confirm', {}, { status: 422 });
  eyes.look(VERIFIER, 'profile-error');
  await VERIFIER.opens(`/profiles/${INSTRUMENT}`);
  for (const element of await VERIFIER.page.getByRole('checkbox').all()) await element.check();
  await VERIFIER.follows(VERIFIER.page.getByRole('button', { name: 'Confirm the elements' }));
  await VERIFIER.reads(' 0 draft');
  eyes.look(VERIFIER, 'profile-confirmed');
  await EXPERT.opens('/profiles/court_order');
  eyes.look(EXPERT, 'profile-reader');

  await VERIFIER.opens('/inventory');
  eyes.look(VERIFIER, 'inventory-first');
  await VERIFIER.sends('inventory', { held_registration: 'yes' }, { status: 422 });
  eyes.look(VERIFIER, 'inventory-error');
  const said = {};
  for (const kind of ['registration', 'licence', 'connection', 'content']) {
    said[`held_${kind}`] = ['registration', 'licence'].includes(kind) ? 'yes' : 'no';
  }
  for (const kind of ['registration', 'licence']) {
    said[`where_${kind}`] = 'account service, Port Sample';
    said[`kept_${kind}`] = 'while the account exists';
    said[`basis_${kind}`] = 'contract, GDPR Art. 6(1)(b)';
  }
  await VERIFIER.sends('inventory', said);
  await VERIFIER.reads('Version 1', 'Holds registration data and licence data.');
  eyes.lookClosely(VERIFIER, 'inventory');
  await INTAKE.opens('/inventory');
  eyes.look(INTAKE, 'inventory-reader');
}

/** Authorities are known by numbers that were found before their letters come. */
export async function registersNumbers({ eyes }) {
  await INTAKE.opens('/authorities');
  eyes.look(INTAKE, 'authorities-first');
  await INTAKE.sends('authority', { country: 'France' }, { status: 422 });
  eyes.look(INTAKE, 'authorities-error');
  const found = {
    kind: 'telephone',
    value: '+999 30 5550100',
    as: 'official',
    source: 'public_directory',
    note: 'The directory of this year, page 12.',
  };
  await INTAKE.sends('authority', { authority: 'Bureau of Samples, Cyber Desk', ...found });
  await INTAKE.reads('Bureau of Samples, Cyber Desk', '+999305550100');
  await INTAKE.sends('contact', { ...found, kind: 'mail_domain', value: 'samples' }, { status: 422 });
  eyes.look(INTAKE, 'authority-error');
  await INTAKE.sends('contact', { value: 'samples.example' });
  eyes.lookClosely(INTAKE, 'authority');
  await INTAKE.opens('/authorities');
  await INTAKE.reads('1 authority, each with a number to call');
  eyes.lookClosely(INTAKE, 'authorities');
}

/** A letter is entered and a request registered that asks for more than is held. */
export async function entersLetters({ eyes, groups }) {
  await INTAKE.opens('/');
  eyes.look(INTAKE, 'queue-empty');
  await INTAKE.opens('/submissions');
  eyes.look(INTAKE, 'submissions-empty');
  await INTAKE.follows(INTAKE.page.getByRole('link', { name: 'Enter a letter' }));
  eyes.look(INTAKE, 'letter');
  const scan = paper('PO-77/2026: European Production Order');
  const file = { name: 'order.pdf', mimeType: 'application/pdf', buffer: scan };
  const letter = {
    channel: 'letter',
    received_on: TODAY,
    reference: 'PO-77/2026',
    sender: 'Bureau of Samples, Cyber Desk\n1 Sample Square, Port Sample',
    summary: 'A certificate of three pages.\nAsks who is behind three accounts.',
  };
  await INTAKE.sends('enter', { ...letter, sender: '', files: file }, { status: 422 });
  eyes.look(INTAKE, 'letter-error');
  await INTAKE.sends('enter', { sender: letter.sender, files: file });
  await INTAKE.reads(`Submission ${YEAR}-0001`, 'order.pdf');
  eyes.lookClosely(INTAKE, 'submission-register');

  groups.checked('way', 2);
  const [opened, saved] = await downloads(INTAKE, 'order.pdf');
  if (opened !== 'order.pdf') groups.fault('way', 'submission', `the file is named ${opened}`);
  if (!saved.equals(scan)) groups.fault('way', 'submission', 'the file is not what was entered');
  const [, receipt] = await downloads(INTAKE, 'Receipt for the sender');
  groups.checked('way');
  JSON.parse(receipt);

  await INTAKE.sends('register', {}, { status: 422 });
  eyes.look(INTAKE, 'register-error');
  await INTAKE.sends('register', request(['registration', 'content']));
  await INTAKE.reads('Received', 'Waits for legal counsel: findings');
  eyes.look(INTAKE, 'request-received-intake');
}

/** What is filled in to register an ordinary request. */
export function request(demands, others = {}) {
  return {
    category: 'user_data',
    demands,
    country: 'France',
    authority: 'Bureau of Samples, Cyber Desk',
    officer: 'T. Placeholder',
    officer_contact: 't.placeholder@samples.example',
    instrument: INSTRUMENT,
    instrument_reference: 'PO-77/2026',
    issued_on: TODAY,
    emergency: 'no',
    accounts: '3',
    summary: 'Wants to know who is behind three accounts, and what they wrote.',
    ...others,
  };
}

/** A link that gives a file: its name and what is in it. */
async function downloads(person, link) {
  const coming = person.page.waitForEvent('download');
  await person.page.getByRole('link', { name: link, exact: true }).click();
  const download = await coming;
  return [download.suggestedFilename(), await readFile(await download.path())];
}

/** Three of counsel take the request to an answer, in part. */
export async function decides({ eyes, groups }) {
  await VERIFIER.opens('/');
  eyes.look(VERIFIER, 'queue-one');
  await VERIFIER.follows(VERIFIER.page.getByRole('link', { name: /^2\d{3}-0001-1$/ }));
  const name = new URL(VERIFIER.page.url()).pathname;
  eyes.look(VERIFIER, 'request-received');
  await VERIFIER.sends('begin');
  eyes.lookClosely(VERIFIER, 'request-in-verification');
  await VERIFIER.sends('finding-officer', { verdict: 'does_not_stand' }, { status: 422 });
  eyes.look(VERIFIER, 'finding-error');
  await VERIFIER.opens(name);
  await callsBack(eyes, name);
  for (const [aspect, more] of [
    ['officer', { note: 'Called back at the number that the registry of the court gives.' }],
    ['instrument', {}],
    ['scope', { transfer: 'same_jurisdiction' }],
  ]) {
    const form = VERIFIER.page.locator(`form[id="finding-${aspect}"]`);
    await VERIFIER.unfolds(form);
    for (const element of await form.getByRole('checkbox').all()) await element.check();
    await VERIFIER.sends(`finding-${aspect}`, { verdict: 'stands', ...more });
    if (aspect === 'officer') eyes.look(VERIFIER, 'request-one-finding');
  }
  await VERIFIER.reads('Verified', 'Stands for 1 of 2');
  eyes.look(VERIFIER, 'request-verified');

  await PROPOSER.opens(name);
  eyes.look(PROPOSER, 'request-to-propose');
  await PROPOSER.sends('propose', { outcome: 'approve_in_part' }, { status: 422 });
  eyes.look(PROPOSER, 'propose-error');
  await PROPOSER.sends('note', { text: 'The order is clear about the accounts.' });
  await PROPOSER.sends('propose', {
    outcome: 'approve_in_part',
    granted: 'registration',
    ground: 'no_data',
    reason: 'The order names the accounts. We hold no content.',
  });
  await PROPOSER.reads('K. Beispiel proposes: approve in part');
  eyes.look(PROPOSER, 'request-proposed-proposer');
  // Who was slower loses nothing that was typed.
  await CONFIRMER.opens(name);
  eyes.lookClosely(CONFIRMER, 'request-to-confirm');
  await VERIFIER.sends('note', { text: 'The call was at 10:12.' }, { status: 409 });
  eyes.look(VERIFIER, 'changed');
  await VERIFIER.opens(`${name}/viewings`);
  await VERIFIER.reads('I. Esempio', 'O. Primer');
  eyes.look(VERIFIER, 'viewings');

  await decidesByKeyboard(CONFIRMER, eyes, groups);
  await CONFIRMER.reads('Approved in part', 'I. Esempio confirmed it');
  eyes.lookClosely(CONFIRMER, 'request-decided');
  await VERIFIER.opens(name);
  await VERIFIER.sends('prepare');
  eyes.look(VERIFIER, 'request-prepared');
  await CONFIRMER.opens(name);
  await CONFIRMER.sends('release', { accounts_disclosed: 'three' }, { status: 422 });
  eyes.look(CONFIRMER, 'release-error');
  await CONFIRMER.sends('release', { accounts_disclosed: '2' });
  await CONFIRMER.reads('Answered', 'released the response, about 2 accounts');
  eyes.look(CONFIRMER, 'request-answered');
  await CONFIRMER.sends('close');
  eyes.look(CONFIRMER, 'request-closed');
  await EXPERT.opens('/');
  eyes.look(EXPERT, 'queue-expert');
  await EXPERT.opens(name, { status: 403 });
  await REVIEWER.opens(name);
  eyes.look(REVIEWER, 'request-reviewer');
  await REVIEWER.opens(name.replace('requests', 'submissions').replace(/-1$/, ''));
  eyes.look(REVIEWER, 'submission-reviewer');
}

/** The officer is called back through the number that was there before the letter. */
async function callsBack(eyes, name) {
  await VERIFIER.reads('Nobody has verified them', 'It is the first letter from this officer');
  await VERIFIER.sends('verification', { means: 'call_back', result: 'verified' }, { status: 422 });
  eyes.lookClosely(VERIFIER, 'verification-error');
  const number = await VERIFIER.page
    .locator('#verification-number option')
    .filter({ hasText: '+999305550100' })
    .getAttribute('value');
  const evidence = 'The duty desk put me through; they know the case.';
  await VERIFIER.sends('verification', { number, evidence });
  await VERIFIER.reads('Verified until', 'Called back through +999305550100');
  eyes.look(VERIFIER, 'officer-verified');
  await REVIEWER.opens('/authorities');
  eyes.look(REVIEWER, 'authorities-reviewer');
  const link = REVIEWER.page.getByRole('link', { name: 'Bureau of Samples, Cyber Desk' });
  await REVIEWER.follows(link);
  await REVIEWER.reads('T. Placeholder', evidence);
  eyes.look(REVIEWER, 'authority-reviewer');
}

/** The decision, first sent empty and then filled in, without a mouse. */
async function decidesByKeyboard(person, eyes, groups) {
  const { page } = person;
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = (selector) =>
    page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  const reaches = async (selector) => {
    groups.checked('keyboard');
    for (let presses = 0; presses < 12; presses += 1) {
      await press('Tab');
      if (await focused(selector)) return;
    }
    throw new Error(`twelve keys don't lead to ${selector}`);
  };
  await press('Tab', 'Enter');
  await reaches('#decide button');
  await person.leads(() => press('Enter'), { status: 422 });
  eyes.lookClosely(person, 'confirm-error');
  if (!(await focused('#errors'))) groups.fault('keyboard', 'confirm', 'the summary has no focus');
  await press('Tab', 'Enter');
  await reaches('#decide [value="yes"], #decide [value="return"]');
  await press('ArrowDown', 'ArrowUp', 'Space');
  await reaches('#decide textarea');
  await page.keyboard.type('I have read the order and agree.');
  await reaches('#decide [name="read"]');
  await press('Space');
  await reaches('#decide button');
  await person.leads(() => press('Enter'));
}

/** A letter that asks for keys too is split; another holds no request; a question is asked. */
export async function splits({ eyes }) {
  const file = (text) => ({
    name: 'letter.pdf',
    mimeType: 'application/pdf',
    buffer: paper(text),
  });
  const letter = {
    channel: 'mail',
    received_on: TODAY,
    reference: 'PO-77/2026',
    sender: 'Bureau of Samples, Cyber Desk',
    summary: 'Asks who is behind an account, and for our encryption keys.',
  };
  await INTAKE.opens('/submissions/new');
  await INTAKE.sends('enter', { ...letter, files: file('PO-78/2026') });
  await INTAKE.reads('This may be here already');
  eyes.look(INTAKE, 'submission-alike');
  const both = request(['registration', 'encryption_keys'], { accounts: '1' });
  await INTAKE.sends('register', both);
  await INTAKE.reads('Holds 2 requests', 'encryption keys');
  eyes.look(INTAKE, 'submission-split');
  await INTAKE.opens('/submissions/new');
  await INTAKE.sends('enter', { ...letter, reference: '', files: [], summary: 'An offer.' });
  await INTAKE.sends('nothing', {}, { status: 422 });
  eyes.look(INTAKE, 'nothing-error');
  await INTAKE.sends('nothing', { reason: 'advertising' });
  eyes.look(INTAKE, 'submission-nothing');
  await INTAKE.opens('/submissions');
  eyes.look(INTAKE, 'submissions');

  const [asks, keys] = ['1', '2'].map((n) => `/requests/${YEAR}-0002-${n}`);
  await VERIFIER.opens(keys);
  await VERIFIER.reads('Prohibited, rejected', 'Decision: by rule');
  eyes.look(VERIFIER, 'request-prohibited');
  await VERIFIER.opens(asks);
  await VERIFIER.sends('begin');
  const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  await VERIFIER.sends('clarification', { answer_due_on: due }, { status: 422 });
  eyes.look(VERIFIER, 'question-error');
  await VERIFIER.sends('clarification', { question: 'Which account?', answer_due_on: due });
  await VERIFIER.reads('Stopped', 'Waits for the officer');
  eyes.look(VERIFIER, 'request-question');
  await VERIFIER.opens('/');
  eyes.lookClosely(VERIFIER, 'queue');
  await VERIFIER.opens('/?state=closed');
  eyes.look(VERIFIER, 'queue-closed');
}

/** Somebody signs in at another browser, with a recovery code, and looks after their access. */
export async function returns(office, operator) {
  const { eyes, groups } = office;
  const elsewhere = await office.seats(new Person(operator.name));
  await elsewhere.opens('/me');
  await elsewhere.reads('Sign in', 'No access yet');
  eyes.lookClosely(elsewhere, 'sign-in');
  const given = { email: operator.email, password: 'seven red ladders', code: '123456' };
  await elsewhere.sends('sign-in', given, { status: 422 });
  eyes.look(elsewhere, 'sign-in-error');
  const [code] = operator.recoveryCodes;
  await elsewhere.sends('sign-in', { password: PASSWORD, code });
  await elsewhere.reads('Where you are signed in', '9 recovery codes are left');
  eyes.look(elsewhere, 'me');
  await elsewhere.sends('codes');
  eyes.look(elsewhere, 'new-codes');
  operator.recoveryCodes = await tenCodes(elsewhere, groups);
  await elsewhere.opens('/me');
  await elsewhere.sends('password', { password: 'short' }, { status: 422 });
  eyes.look(elsewhere, 'me-error');

  await operator.opens('/confirm-it-is-you?next=%2Fpeople');
  eyes.look(operator, 'step-up');
  await operator.sends('confirm', { code: '000000' }, { status: 422 });
  eyes.look(operator, 'step-up-error');
  await operator.sends('confirm', { code: await operator.code() });
  await operator.reads('Invite somebody');
}

/** After signing out nothing is shown again, by the back button neither. */
export async function signsOut(office, operator) {
  const { groups } = office;
  await office.withHistory(async (page) => {
    const { origin } = operator;
    await page.goto(`${origin}/me`);
    await page.locator('#sign-in-email').fill(operator.email);
    await page.locator('#sign-in-password').fill(PASSWORD);
    await page.locator('#sign-in-code').fill(operator.recoveryCodes[0]);
    await Promise.all([page.waitForNavigation(), page.locator('#sign-in button').click()]);
    const sees = async (wanted, why) => {
      groups.checked('session');
      const seen = await page.locator('h1').innerText();
      if (seen !== wanted) groups.fault('session', why, `“${seen}” is shown, not “${wanted}”`);
    };
    await sees(operator.name, 'sign in with a recovery code');
    await page.goto(`${origin}/people`);
    await sees('People', 'signed in');
    await page.goto(`${origin}/me`);
    const out = page.getByRole('button', { name: 'Sign out here' });
    await Promise.all([page.waitForNavigation(), out.click()]);
    await sees('Sign in', 'signed out');
    for (const back of ['once', 'twice']) {
      // A page that was kept is not loaded once more.
      await page.goBack({ waitUntil: 'commit' });
      await sees('Sign in', `signed out, back ${back}`);
    }
  });
}

/** A file that readers of PDF take, with one line of text. */
export function paper(text) {
  const page = `BT /F1 14 Tf 72 770 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R ' +
      '/Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const starts = objects.map((object, at) => {
    const start = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return start;
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  file += starts.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  file += `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file);
}
