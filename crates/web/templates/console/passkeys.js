// Asks the authenticator for a passkey and sends its answer with the form that stands there. Where
// the browser knows no passkeys, or this does not run, the form stays hidden and the page works
// without it.
'use strict';

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '');

  const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = {
    async create(options) {
      const publicKey = {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      };
      const { rawId, response } = await navigator.credentials.create({ publicKey });
      return {
        rawId: text(rawId),
        response: {
          clientDataJSON: text(response.clientDataJSON),
          attestationObject: text(response.attestationObject),
          transports: response.getTransports?.() ?? [],
        },
      };
    },
    async get(options) {
      const publicKey = {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      };
      const { rawId, response } = await navigator.credentials.get({ publicKey });
      return {
        rawId: text(rawId),
        response: {
          clientDataJSON: text(response.clientDataJSON),
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          userHandle: response.userHandle ? text(response.userHandle) : null,
        },
      };
    },
  };

  const said = {
    NotAllowedError: 'The authenticator gave no answer, or took too long. Try once more.',
    InvalidStateError: 'This authenticator holds a passkey of yours already. Use another one.',
    SecurityError: 'The browser knows no passkeys at this address. Use the other way.',
  };

  for (const place of document.querySelectorAll('[data-passkey]')) {
    const form = place.querySelector('form');
    const button = form.querySelector('button');
    const words = place.querySelector('[role="alert"]');
    place.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      words.textContent = '';
      button.setAttribute('aria-disabled', 'true');
      try {
        const answer = await ask[place.dataset.passkey](JSON.parse(place.dataset.options));
        form.elements.namedItem('answer').value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        words.textContent = said[error.name] ?? `The browser says: ${error.message}`;
      } finally {
        button.removeAttribute('aria-disabled');
      }
    });
  }
})();
