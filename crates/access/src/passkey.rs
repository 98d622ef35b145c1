//! Passkeys: key pairs that an authenticator keeps and uses for one site alone (WebAuthn Level 3).
//!
//! User verification is always asked for, so that a passkey is both factors: the device is held,
//! and its PIN or a finger was shown to it. Which challenge is good, for whom and how often, is for
//! whoever gives it out; here it is 32 bytes or more that the answer has to hold.

use std::fmt;

use domain::id::PersonId;
use domain::person::{EmailAddress, PersonName};
use passki::{
    AttestationConveyancePreference, AuthenticationCredential, AuthenticationOptions, ClientData,
    Passki, RegistrationCredential, RegistrationOptions, ResidentKeyRequirement, StoredPasskey,
    UserVerificationRequirement,
};

/// How long the browser waits for the person: within the 5 to 10 minutes that WebAuthn Level 3,
/// section 15.1, recommends where a person is verified.
const TIMEOUT_MS: u64 = 300_000;
/// An answer that is longer is not read: authenticators send one or two kilobytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Where the flags stand in authenticator data, and the one that says whether the key can be copied
/// to other devices (WebAuthn Level 3, section 6.1).
const FLAGS_AT: usize = 32;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;

/// Where a browser finds the console: scheme, host and port, as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
}

/// Why a text is no origin at which passkeys work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is like https://console.example, in small letters, with no path; on this machine \
     it is http://localhost:8322, by that name"
)]
pub struct NoOrigin;

/// The console as an authenticator knows it.
pub struct RelyingParty(Passki);

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelyingParty(..)")
    }
}

/// Whose passkey is made. The authenticator shows name and address to its holder alone.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    pub id: PersonId,
    pub name: &'a PersonName,
    pub email: &'a EmailAddress,
}

/// A public key with what is told of it: its id, its counter, whether it is copied.
#[derive(Clone, Debug)]
pub struct Passkey(StoredPasskey);

/// Where the private key can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// It can't leave the device.
    OnDevice,
    /// A password manager may copy it to the person's other devices.
    Synced,
}

/// What an answer says before it is checked: by this its challenge and its passkey are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub challenge: Vec<u8>,
    pub credential_id: Vec<u8>,
}

/// An answer that does not prove what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotProven(String);

impl NotProven {
    fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl Origin {
    /// Browsers know passkeys at `https` and at `http://localhost` only, and at names, not at
    /// addresses (WebAuthn Level 3, section 13.4.9; W3C Secure Contexts, section 3.1).
    pub fn new(text: &str) -> Result<Self, NoOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(NoOrigin)?;
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let is_name = host.split('.').all(is_label) && host.bytes().any(|b| b.is_ascii_lowercase());
        // A browser leaves the scheme's own port out.
        let is_port = |port: &str, own| port.parse::<u16>().is_ok_and(|n| n != 0 && n != own);
        let is_fine = match scheme {
            "https" => is_name && port.is_none_or(|port| is_port(port, 443)),
            "http" => host == "localhost" && port.is_none_or(|port| is_port(port, 80)),
            _ => false,
        };
        match is_fine {
            true => Ok(Self { text: text.to_owned(), host: host.to_owned() }),
            false => Err(NoOrigin),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl RelyingParty {
    /// `name` is whose console it is.
    pub fn new(origin: &Origin, name: &str) -> Self {
        Self(Passki::new(&origin.host, &[&origin.text], name))
    }

    /// What the browser is asked to make a passkey with: the options of
    /// `navigator.credentials.create` as JSON. An authenticator that holds one of `existing` makes
    /// no second one.
    pub fn ask_to_create(
        &self,
        holder: Holder<'_>,
        existing: &[Passkey],
        challenge: &[u8],
    ) -> String {
        let existing: Vec<_> = existing.iter().map(|Passkey(stored)| stored.clone()).collect();
        let mut options = RegistrationOptions::default();
        options.timeout = TIMEOUT_MS;
        options.attestation = AttestationConveyancePreference::None;
        options.resident_key = ResidentKeyRequirement::Required;
        options.user_verification = UserVerificationRequirement::Required;
        options.exclude_credentials = Some(&existing);
        let (id, email) = (holder.id.0.as_bytes(), holder.email.as_str());
        let begun = self.0.start_passkey_registration(id, email, holder.name.as_str(), options);
        let (mut asked, _) = begun.expect("the id of a person has 16 bytes");
        asked.challenge = Passki::base64_encode(challenge);
        serde_json::to_string(&asked).expect("plain data")
    }

    /// What the browser is asked to prove a passkey with: the options of
    /// `navigator.credentials.get` as JSON. Where none is named, any of this site will do.
    pub fn ask_to_prove(&self, allowed: &[Passkey], challenge: &[u8]) -> String {
        let allowed: Vec<_> = allowed.iter().map(|Passkey(stored)| stored.clone()).collect();
        let mut options = AuthenticationOptions::default();
        options.timeout = TIMEOUT_MS;
        options.user_verification = UserVerificationRequirement::Required;
        let begun = self.0.start_passkey_authentication(&allowed, options);
        let (mut asked, _) = begun.expect("no extension is asked for");
        asked.challenge = Passki::base64_encode(challenge);
        serde_json::to_string(&asked).expect("plain data")
    }

    /// The passkey that was made, where the answer holds the challenge, comes from our origin, and
    /// the person was verified (WebAuthn Level 3, section 7.1). Who made the authenticator is not
    /// asked.
    pub fn created(&self, answer: &str, challenge: &[u8]) -> Result<Passkey, NotProven> {
        let answer: RegistrationCredential = read(answer)?;
        let mut options = RegistrationOptions::default();
        options.user_verification = UserVerificationRequirement::Required;
        let begun = self.0.start_passkey_registration(&[0; 16], "", "", options);
        let (_, mut state) = begun.expect("16 bytes are long enough");
        state.challenge = challenge.to_vec();
        let made = self.0.finish_passkey_registration(&answer, &state);
        made.map(Passkey).map_err(NotProven::new)
    }

    /// The passkey as it is after the answer, where that holds the challenge, comes from our
    /// origin, is signed with the passkey, and the person was verified (WebAuthn Level 3, section
    /// 7.2). A counter that did not grow is refused: the key may have been copied.
    ///
    /// `holder` is whose passkey it is.
    pub fn proven(
        &self,
        answer: &str,
        challenge: &[u8],
        (passkey, holder): (&Passkey, PersonId),
    ) -> Result<Passkey, NotProven> {
        let answer: AuthenticationCredential = read(answer)?;
        let mut options = AuthenticationOptions::default();
        options.user_verification = UserVerificationRequirement::Required;
        let stored = std::slice::from_ref(&passkey.0);
        let (_, mut state) =
            self.0.start_passkey_authentication(stored, options).map_err(NotProven::new)?;
        state.challenge = challenge.to_vec();
        let proof = self.0.finish_passkey_authentication(&answer, &state, &passkey.0);
        let proof = proof.map_err(NotProven::new)?;
        if proof.user_handle.is_some_and(|handle| handle != holder.0.as_bytes()) {
            return Err(NotProven::new("the passkey is another person's"));
        }
        let data = Passki::base64_decode(&answer.response.authenticator_data);
        let flags = data.ok().and_then(|data| data.get(FLAGS_AT).copied());
        let flags = flags.ok_or_else(|| NotProven::new("the authenticator data has no flags"))?;
        if (flags & BACKUP_ELIGIBLE != 0) != passkey.0.be {
            return Err(NotProven::new("whether the key can be copied never changes"));
        }
        let mut after = passkey.0.clone();
        (after.counter, after.bs) = (proof.counter, flags & BACKED_UP != 0);
        Ok(Passkey(after))
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, NotProven> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(NotProven::new("the answer is too long"));
    }
    serde_json::from_str(answer).map_err(|_| NotProven::new("the answer is none"))
}

impl Told {
    /// Reads either kind of answer; `None` where it is none.
    pub fn read(answer: &str) -> Option<Self> {
        let answer: serde_json::Value = read(answer).ok()?;
        let client = answer["response"]["clientDataJSON"].as_str()?;
        let client = ClientData::from_base64(client).ok()?;
        Some(Self {
            challenge: Passki::base64_decode(&client.challenge).ok()?,
            credential_id: Passki::base64_decode(answer["rawId"].as_str()?).ok()?,
        })
    }
}

impl Passkey {
    /// Reads what [`Self::reveal`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// All that is kept of it, as one line of JSON.
    pub fn reveal(&self) -> String {
        serde_json::to_string(&self.0).expect("plain data")
    }

    /// By which the authenticator names it: at most 1023 bytes.
    pub fn credential_id(&self) -> &[u8] {
        &self.0.credential_id
    }

    pub fn kept(&self) -> Residence {
        if self.0.be { Residence::Synced } else { Residence::OnDevice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_one_at_which_browsers_know_passkeys() {
        for (text, host) in [
            ("https://console.example", "console.example"),
            ("https://console.example:8443", "console.example"),
            ("http://localhost:8322", "localhost"),
            ("http://localhost", "localhost"),
        ] {
            let origin = Origin::new(text).expect(text);
            assert_eq!((origin.as_str(), origin.host.as_str()), (text, host));
        }
        for text in [
            "",
            "console.example",
            "http://console.example",
            "https://console.example/",
            "https://Console.example",
            "https://console.example:443",
            "https://console.example:0",
            "https://console.example:x",
            "http://localhost:80",
            "http://127.0.0.1:8322",
            "https://127.0.0.1",
            "https://[::1]:8322",
            "https://a..b",
            "ftp://localhost",
        ] {
            assert_eq!(Origin::new(text), Err(NoOrigin), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told_so() {
        let party = RelyingParty::new(&Origin::new("http://localhost").expect("one"), "Example");
        for answer in ["", "{}", "[]", r#"{"rawId":"AA","response":{"clientDataJSON":"AA"}}"#] {
            assert_eq!(Told::read(answer), None, "{answer}");
            assert!(party.created(answer, &[7; 32]).is_err(), "{answer}");
        }
        assert!(party.created(&" ".repeat(ANSWER_BYTES_MAX + 1), &[7; 32]).is_err());
    }

    #[test]
    fn the_options_name_the_site_the_holder_and_the_challenge() {
        let party = RelyingParty::new(&Origin::new("https://a.example").expect("one"), "Example");
        let (name, email) = (PersonName::new("Ada"), EmailAddress::new("ada@example.com"));
        let holder = Holder {
            id: serde_json::from_str(r#""00000000-0000-0000-0000-000000000007""#).expect("an id"),
            name: &name.expect("a name"),
            email: &email.expect("an address"),
        };
        let asked = party.ask_to_create(holder, &[], &[7; 32]);
        let asked: serde_json::Value = serde_json::from_str(&asked).expect("JSON");
        assert_eq!(asked["rp"]["id"], "a.example");
        assert_eq!(asked["user"]["displayName"], "Ada");
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(asked["challenge"], Passki::base64_encode(&[7; 32]));
        let asked = party.ask_to_prove(&[], &[8; 32]);
        let asked: serde_json::Value = serde_json::from_str(&asked).expect("JSON");
        assert_eq!(asked["userVerification"], "required");
        assert_eq!(asked["challenge"], Passki::base64_encode(&[8; 32]));
        assert_eq!(asked["rpId"], "a.example");
    }
}
