// One colleague with JavaScript and an authenticator of the browser's own: they join with a passkey,
// sign in with it, and prove with it once more that it is them.

import { Person } from './person.mjs';

const LAWYER = new Person('Q. Sample');

/** A virtual authenticator (Chrome DevTools Protocol, domain WebAuthn) that verifies its holder. */
async function authenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

/** The operator has just proven who they are, and invites them. */
export async function comesByPasskey(office, operator) {
  const { eyes, groups } = office;
  await operator.opens('/people');
  const { name, email } = LAWYER;
  await operator.sends('invite', { name, email, roles: 'counsel' });
  const invitation = await operator.page.locator('.once code').innerText();
  await office.seats(LAWYER, { javaScriptEnabled: true });
  const { session, authenticatorId } = await authenticator(LAWYER.page);

  await LAWYER.opens(new URL(invitation).pathname);
  eyes.lookClosely(LAWYER, 'join-passkey');
  await LAWYER.sends('passkey', { name: 'work laptop' });
  await LAWYER.reads('Your access is open');
  eyes.look(LAWYER, 'joined-passkey');
  await LAWYER.opens('/me');
  await LAWYER.reads('work laptop', 'kept on its device alone', 'the last thing you can sign in with');
  eyes.lookClosely(LAWYER, 'me-passkey');

  await LAWYER.follows(LAWYER.page.getByRole('button', { name: 'Sign out here' }));
  eyes.lookClosely(LAWYER, 'sign-in-passkey');
  // Nobody is verified: the authenticator gives no answer, and the page says so.
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await LAWYER.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  const says = LAWYER.page.locator('.pk-says');
  await says.filter({ hasText: 'gave no answer' }).waitFor();
  groups.checked('session');
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await LAWYER.sends('passkey');
  await LAWYER.opens('/confirm-it-is-you?next=/me');
  eyes.look(LAWYER, 'step-up-passkey');
  await LAWYER.sends('passkey');
  await LAWYER.reads('work laptop');
  await LAWYER.opens('/me/fall-back');
  eyes.look(LAWYER, 'fall-back');
}
