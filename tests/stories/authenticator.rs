//! An authenticator made of software, with the browser around it: it makes a passkey and proves it,
//! as WebAuthn Level 3 writes it down, and lies where a test wants it to.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use ledger::hash::Hash;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// What an authenticator and its browser are like. The ordinary one does all as it should.
#[derive(Clone)]
pub struct Authenticator {
    pub origin: String,
    pub verifies: bool,
    /// The passkey is copied to other devices.
    pub syncs: bool,
    pub counter: u32,
    pub counts: bool,
    pub key: SigningKey,
    pub id: Vec<u8>,
    pub user: Vec<u8>,
}

impl Authenticator {
    /// Two with the same number hold the same key.
    pub fn new(number: u8, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            verifies: true,
            syncs: false,
            counter: 0,
            counts: true,
            key: SigningKey::from_bytes(&[number; 32]),
            id: vec![number; 20],
            user: Vec::new(),
        }
    }

    fn flags(&self) -> u8 {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let synced = if self.syncs { BACKUP_ELIGIBLE | BACKED_UP } else { 0 };
        USER_PRESENT | verified | synced
    }

    /// Hash of the site's name, flags, counter (section 6.1).
    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let mut data = Hash::of(rp_id.as_bytes()).0.to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// `navigator.credentials.create`.
    pub fn creates(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        self.user = BASE64.decode(options["user"]["id"].as_str().expect("an id")).expect("base64");
        let client = self.client_data("webauthn.create", &options);
        let rp_id = options["rp"]["id"].as_str().expect("a name");
        let mut data = self.data(rp_id, self.flags() | ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("is short").to_be_bytes());
        data.extend(&self.id);
        // {1: 1 (OKP), 3: -8 (EdDSA), -1: 6 (Ed25519), -2: x} (RFC 9053, section 7.2).
        data.extend([0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20]);
        data.extend(self.key.verifying_key().as_bytes());
        // {"fmt": "none", "attStmt": {}, "authData": data} (section 6.5).
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("is short").to_be_bytes());
        object.extend(data);
        json!({
            "rawId": BASE64.encode(&self.id),
            "response": {
                "clientDataJSON": BASE64.encode(client),
                "attestationObject": BASE64.encode(object),
                "transports": ["internal"],
            },
        })
        .to_string()
    }

    /// `navigator.credentials.get`, which counts one further where it counts.
    pub fn proves(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        self.counter += u32::from(self.counts);
        let client = self.client_data("webauthn.get", &options);
        let data = self.data(options["rpId"].as_str().expect("a name"), self.flags());
        let signed = [data.as_slice(), &Hash::of(&client).0].concat();
        json!({
            "rawId": BASE64.encode(&self.id),
            "response": {
                "clientDataJSON": BASE64.encode(client),
                "authenticatorData": BASE64.encode(data),
                "signature": BASE64.encode(self.key.sign(&signed).to_bytes()),
                "userHandle": BASE64.encode(&self.user),
            },
        })
        .to_string()
    }
}

/// What a page asks the browser for, and by which form the answer goes out.
pub struct Asked {
    pub options: String,
    pub action: String,
}

impl Asked {
    /// `None` where the page asks for no passkey.
    pub fn on(page: &str) -> Option<Self> {
        let place = page.split("data-options=\"").nth(1)?;
        let (options, rest) = place.split_once('"').expect("it ends");
        let action = rest.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
        Some(Self {
            options: options.replace("&#34;", "\"").replace("&quot;", "\"").replace("&#x2F;", "/"),
            action: action.expect("a form").to_owned(),
        })
    }
}
