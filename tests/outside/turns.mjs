// The turns that a case can take beside the straight way of `way.mjs`: what its people click then,
// found as they find it, by role and name.

import {
  CONFIRMER,
  EXPERT,
  INTAKE,
  PROPOSER,
  REVIEWER,
  TODAY,
  VERIFIER,
  paper,
  request,
} from './way.mjs';

/** A day so many days from now. */
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const REASON = ['field', 'Reason', 'As counsel decided on Monday.'];

/** A letter with one request: the path of the request. */
async function arrives(reference, others = {}) {
  await INTAKE.opens('/submissions/new');
  await INTAKE.sends('enter', {
    channel: 'letter',
    received_on: TODAY,
    reference,
    sender: 'Bureau of Samples, Cyber Desk',
    summary: 'A letter about accounts.',
    files: { name: 'letter.pdf', mimeType: 'application/pdf', buffer: paper(reference) },
  });
  const demands = others.demands ?? ['registration'];
  const fields = request(demands, { instrument_reference: reference, accounts: '1', ...others });
  await INTAKE.sends('register', fields);
  return new URL(INTAKE.page.url()).pathname;
}

async function confirmsProfile(instrument) {
  await VERIFIER.opens(`/profiles/${instrument}`);
  for (const element of await VERIFIER.page.getByRole('checkbox').all()) await element.check();
  const { page } = VERIFIER;
  await VERIFIER.follows(page.getByRole('button', { name: 'Confirm the elements chosen', exact: true }));
  await VERIFIER.reads(' 0 draft');
}

/** Counsel begins, and calls the officer back where nobody did yet. */
async function begins(path, { isKnown = true } = {}) {
  await VERIFIER.opens(path);
  await VERIFIER.acts('Begin to verify', 'Begin to verify');
  if (isKnown) return;
  const called = 'Called back The switchboard, through a number that was registered before the letter came.';
  await VERIFIER.acts('Record a verification of the officer', 'Record the verification', [
    ['checkbox', called],
    ['choice', 'Which number was called?', { index: 1 }],
    ['radio', 'The officer is who they say, and sent it'],
    ['field', 'What you heard and saw', 'The duty desk put me through; they know the case.'],
  ]);
}

/** Records what was found about these aspects, with every element of the rule. */
async function finds(findings) {
  for (const [aspect, fields] of Object.entries(findings)) {
    const form = VERIFIER.page.locator(`form[id="finding-${aspect}"]`);
    await VERIFIER.unfolds(form);
    for (const element of await form.getByRole('checkbox').all()) await element.check();
    await VERIFIER.sends(`finding-${aspect}`, { verdict: 'stands', ...fields });
  }
}

const ALL = { officer: {}, instrument: {}, scope: { transfer: 'same_jurisdiction' } };

/** One proposes, another one confirms. */
async function decide(path, outcome, { confirmer = CONFIRMER } = {}) {
  await PROPOSER.opens(path);
  await PROPOSER.sends('propose', { outcome, reason: 'The order names the accounts.' });
  await confirmer.opens(path);
  await confirmer.sends('decide', { agree: 'yes', reason: 'I have read it and agree.', read: 'yes' });
}

/** Data go out before the paperwork, which is owed by a day; and process is told in bands. */
export async function answersEmergency({ eyes }) {
  await confirmsProfile('us_emergency_disclosure');
  const authority = { country: 'United States', authority: 'Specimen Bureau of Inquiry' };
  await INTAKE.opens('/authorities');
  await INTAKE.sends('authority', {
    ...authority,
    kind: 'telephone',
    value: '+1 202 555 0144',
    as: 'official',
    source: 'public_directory',
    note: 'The directory of this year, page 14.',
  });
  const instrument = 'us_emergency_disclosure';
  const path = await arrives('5-88', { ...authority, instrument, emergency: 'yes' });
  await begins(path, { isKnown: false });
  const owed = { verdict: 'owed', owed_until: inDays(2), owed_basis: instrument };
  await finds({ officer: {}, instrument: owed, scope: { transfer: 'derogation' } });
  await VERIFIER.reads('Owed by');
  eyes.lookClosely(VERIFIER, 'request-emergency');
  await decide(path, 'approve');
  await VERIFIER.opens(path);
  await VERIFIER.acts('Enter that the response is prepared', 'Enter that I prepared it');
  await CONFIRMER.opens(path);
  const told = ['field', 'Of how many accounts something is disclosed', '1'];
  await CONFIRMER.acts('Release the response', 'Release the response', [told]);
  await CONFIRMER.reads('Answered', 'released the response, about 1 account');
  await VERIFIER.opens('/deadlines');
  await VERIFIER.reads('the paperwork of an emergency');
  eyes.look(VERIFIER, 'deadlines-paperwork');
  await isToldInBands({ eyes }, path);
}

/** Two people propose, send back, and confirm that it is told in a band alone. */
async function isToldInBands({ eyes }, path) {
  await VERIFIER.opens(path);
  await VERIFIER.sends('band', { selectors: 'many' }, { status: 422 });
  eyes.lookClosely(VERIFIER, 'band-error');
  const proposal = { process: 'national_security_letter', selectors: '3' };
  const basis = '50 U.S.C. § 1874(a), and its nondisclosure requirement';
  await VERIFIER.sends('band', { ...proposal, basis });
  await PROPOSER.opens(path);
  eyes.lookClosely(PROPOSER, 'band-proposed');
  const back = 'Send the proposal to tell it in bands back';
  await PROPOSER.acts(back, 'Send it back', [REASON]);
  await VERIFIER.opens(path);
  await VERIFIER.sends('band', { ...proposal, basis });
  await PROPOSER.opens(path);
  const confirms = 'Confirm that it is told in bands';
  await PROPOSER.acts(confirms, confirms);
  eyes.look(PROPOSER, 'request-in-bands');
}

/** An order is challenged and quashed, rejected, and the authority appeals. */
export async function challengesAndIsAppealed({ eyes }) {
  const path = await arrives('PO-91/2026');
  await begins(path);
  await finds(ALL);
  await VERIFIER.reads('Verified');
  await PROPOSER.opens(path);
  await PROPOSER.acts('Challenge the order', 'File the challenge', [REASON]);
  await PROPOSER.reads('Challenged');
  eyes.lookClosely(PROPOSER, 'request-challenged');
  const quashed = 'The court quashed it The instrument does not stand any more.';
  const result = 'Enter the result of the challenge';
  await PROPOSER.acts(result, 'Enter the result', [['radio', quashed]]);
  await PROPOSER.reads('the court quashed the order');
  eyes.look(PROPOSER, 'request-quashed');
  await decide(path, 'reject_legal');
  await CONFIRMER.acts('Close the request', 'Close the request');
  await VERIFIER.opens(path);
  await VERIFIER.acts('Enter an appeal of the authority', 'Enter the appeal', [REASON]);
  await VERIFIER.reads('Appealed');
  eyes.lookClosely(VERIFIER, 'request-appealed');
}

/** What is preserved, for longer, and the order that follows; links are made and taken back. */
export async function preserves({ eyes }) {
  const demands = ['preservation'];
  const kept = await arrives('EPOC-PR 1', { demands, instrument: 'eu_preservation_order' });
  await VERIFIER.opens(kept);
  await VERIFIER.acts('Enter that the data are preserved', 'Enter that it is preserved');
  await VERIFIER.reads('Preserved until');
  await VERIFIER.acts('Preserve it longer', 'Preserve it longer', [
    ['field', 'New last day', inDays(80)],
    REASON,
  ]);
  await VERIFIER.reads('made the preservation longer');
  eyes.lookClosely(VERIFIER, 'request-preserved');

  const order = await arrives('EPOC 1');
  const link = (how) => [
    ['field', 'Number of the other request', kept.split('/').pop()],
    ['radio', how],
    REASON,
  ];
  await VERIFIER.opens(order);
  const follows = 'It follows that preservation Counted as a request of its own.';
  await VERIFIER.acts('Link it to another request', 'Link the request', link(follows));
  await VERIFIER.reads('it follows the preservation in another request');
  eyes.look(VERIFIER, 'request-follows');
  await VERIFIER.opens(kept);
  await VERIFIER.acts('Release what is preserved', 'Release it', [REASON]);
  await VERIFIER.reads('Released.');

  const [one, two] = [await arrives('PO-92/2026'), await arrives('PO-92/2026 again')];
  await VERIFIER.opens(two);
  await VERIFIER.acts('Link it to another request', 'Link the request', [
    ['field', 'Number of the other request', one.split('/').pop()],
    ['radio', 'It duplicates it'],
    REASON,
  ]);
  await VERIFIER.sends('unlink', {}, { status: 422 });
  eyes.lookClosely(VERIFIER, 'unlink-error');
  await VERIFIER.acts('Take the link back', 'Take the link back', [REASON]);
  await movesBetweenClasses({ eyes }, two);
}

/** A move into the prohibited demands is proposed, and sent back. */
async function movesBetweenClasses({ eyes }, path) {
  await VERIFIER.acts('Move into or out of the prohibited demands', 'Propose the move', [
    ['checkbox', 'encryption keys'],
    REASON,
  ]);
  await PROPOSER.opens(path);
  await PROPOSER.sends('reclassify-return', {}, { status: 422 });
  eyes.lookClosely(PROPOSER, 'reclassify-return-error');
  await PROPOSER.acts('Send the proposed move back', 'Send it back', [REASON]);
  await PROPOSER.reads('Received');
}

/** Only two people see a letter from then on; to a third it is not there. */
export async function keepsSecret({ eyes }) {
  const path = await arrives('SEC-12');
  const submission = path.replace('requests', 'submissions').replace(/-1$/, '');
  await VERIFIER.opens(submission);
  await VERIFIER.acts('Let only named people see it', 'Let only them see it', [
    ['checkbox', 'O. Primer intake'],
    ['checkbox', 'R. Ejemplo legal counsel'],
    ['field', 'Reason', 'Order 12, section 4, forbids to say that it exists.'],
  ]);
  await VERIFIER.reads('O. Primer, R. Ejemplo, and nobody else');
  eyes.lookClosely(VERIFIER, 'submission-compartment');
  await VERIFIER.opens(path);
  eyes.look(VERIFIER, 'request-compartment');
  for (const person of [PROPOSER, REVIEWER]) await person.opens(path, { status: 404 });
}

/** An expert prepares, another one screens it, and who confirmed lets it out. */
export async function asksExperts({ eyes }) {
  await confirmsProfile('none');
  const path = await arrives('OE-310/b', {
    category: 'technical_expertise',
    demands: ['indicators'],
    instrument: 'none',
    issued_on: '',
    accounts: '',
  });
  await begins(path);
  await finds({ officer: {}, instrument: {}, scope: {} });
  await decide(path, 'approve', { confirmer: VERIFIER });
  await EXPERT.opens(path);
  eyes.lookClosely(EXPERT, 'request-expert');
  await EXPERT.acts('Enter that the response is prepared', 'Enter that I prepared it');
  await PROPOSER.opens(path);
  await PROPOSER.acts('Enter that the response is screened', 'Enter that I screened it');
  eyes.look(PROPOSER, 'request-screened');
  await VERIFIER.opens(path);
  await VERIFIER.acts('Release the response', 'Release the response');
  await VERIFIER.reads('Answered');
  await EXPERT.opens(path);
  await EXPERT.reads('Answered');
  eyes.look(EXPERT, 'request-expert-answered');
}

/** A file is seen as a picture of its page. */
export async function seesFiles({ eyes }) {
  await INTAKE.opens('/submissions');
  await INTAKE.follows(INTAKE.page.getByRole('link', { name: /^2\d{3}-0001$/ }));
  const link = { name: 'Preview of order.pdf', exact: true };
  await INTAKE.follows(INTAKE.page.getByRole('link', link));
  await INTAKE.reads('Drawn by candor', 'Download the file as it arrived');
  eyes.lookClosely(INTAKE, 'preview-picture');
}
