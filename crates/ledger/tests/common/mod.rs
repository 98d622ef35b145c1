//! Keys for tests.

use ed25519_dalek::{Signer as _, SigningKey};
use ledger::note::{KeyKind, SignatureLine, VerifierKey, cosigned_message};

/// Someone who signs: a log, a witness, the company.
#[derive(Clone)]
pub struct Signer {
    pub key: SigningKey,
    pub verifier: VerifierKey,
}

impl Signer {
    /// Each seed is another key.
    pub fn new(name: &str, kind: KeyKind, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = key.verifying_key().to_bytes();
        let verifier = VerifierKey::new(name, kind, public).expect("a name and a key");
        Self { key, verifier }
    }

    /// The signature line below a text; a witness signs at that time.
    pub fn sign(&self, text: &str, time: u64) -> SignatureLine {
        let signature = match self.verifier.kind() {
            KeyKind::Ed25519 => self.key.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyKind::Cosignature => {
                let signature = self.key.sign(cosigned_message(text, time).as_bytes());
                [time.to_be_bytes().as_slice(), &signature.to_bytes()].concat()
            }
        };
        SignatureLine::new(&self.verifier, &signature)
    }
}
