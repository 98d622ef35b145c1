//! The master key, and what is made of it: a key for each submission, and a key under which
//! references are found again.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use domain::id::{Sha256Hash, SubmissionId};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use ledger::commitment::PeriodKey;
use ledger::leaf::{HalfYear, Salt};
use sha2::Sha256;
use uuid::Uuid;

use crate::Error;

const HEADER: &str = "candor-master-key-v1";
const NONCE_SIZE_BYTES: usize = 12;

/// 256 random bits that everything sealed in one database hangs on.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    pub fn generate() -> Result<Self, Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// The key as its file holds it: a header and 64 hexadecimal digits on one line.
    pub fn to_file(&self) -> String {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{HEADER} {hex}\n")
    }

    pub fn from_file(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Key(format!("a key file holds `{HEADER}` and 64 hexadecimal digits"));
        let hex = text.trim().strip_prefix(HEADER).ok_or_else(wrong)?.trim_start();
        let hash = domain::id::Sha256Hash::try_from(hex.to_owned()).map_err(|_| wrong())?;
        Ok(Self(hash.0))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The keys derived from the master key (HKDF-SHA-256, RFC 5869), one for each use.
pub struct Keys {
    wrapping: Aes256GcmSiv,
    reference: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The key of one submission. Destroyed, everything sealed under it is erased.
#[derive(Clone)]
pub struct SubmissionKey {
    submission: SubmissionId,
    cipher: Aes256GcmSiv,
}

impl std::fmt::Debug for SubmissionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubmissionKey(..)")
    }
}

impl Keys {
    pub fn new(master: &MasterKey) -> Self {
        let derived = Hkdf::<Sha256>::new(None, &master.0);
        let derive = |info: &[u8]| {
            let mut key = [0; 32];
            derived.expand(info, &mut key).expect("32 bytes are a possible length");
            key
        };
        let wrapping = Aes256GcmSiv::new(&derive(b"candor/wrap/v1").into());
        Self { wrapping, reference: derive(b"candor/reference/v1") }
    }

    /// A new key and the form in which it is stored.
    pub fn create(&self, submission: SubmissionId) -> Result<(SubmissionKey, Vec<u8>), Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let wrapped = seal(&self.wrapping, &key, submission.0.as_bytes())?;
        Ok((SubmissionKey { submission, cipher: Aes256GcmSiv::new(&key.into()) }, wrapped))
    }

    /// The key of a submission, from its stored form.
    pub fn unwrap(&self, submission: SubmissionId, wrapped: &[u8]) -> Result<SubmissionKey, Error> {
        let key = open(&self.wrapping, wrapped, submission.0.as_bytes())?;
        let key: [u8; 32] = key.try_into().map_err(|_| Error::Sealed)?;
        Ok(SubmissionKey { submission, cipher: Aes256GcmSiv::new(&key.into()) })
    }

    /// A new key of a half-year and the form in which it is stored.
    pub(crate) fn create_period(&self, of: HalfYear) -> Result<(PeriodKey, Vec<u8>), Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let wrapped = seal(&self.wrapping, &key, period_associated(of).as_bytes())?;
        Ok((PeriodKey::new(key), wrapped))
    }

    pub(crate) fn unwrap_period(&self, of: HalfYear, wrapped: &[u8]) -> Result<PeriodKey, Error> {
        let key = open(&self.wrapping, wrapped, period_associated(of).as_bytes())?;
        key.try_into().map(PeriodKey::new).map_err(|_| Error::Sealed)
    }

    /// Seals a text of a row that belongs to no submission. `column` is `table.column`.
    pub(crate) fn seal_of(
        &self,
        column: &'static str,
        row: Uuid,
        text: &str,
    ) -> Result<Vec<u8>, Error> {
        seal(&self.wrapping, text.as_bytes(), &row_associated(column, row))
    }

    pub(crate) fn open_of(
        &self,
        column: &'static str,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<String, Error> {
        let text = open(&self.wrapping, sealed, &row_associated(column, row))?;
        String::from_utf8(text).map_err(|_| Error::Sealed)
    }

    /// A keyed hash (HMAC-SHA-256, RFC 2104), by which equal texts are found and nothing is read.
    pub fn mac(&self, texts: &[&str]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.reference)
            .expect("any length is a key");
        for text in texts {
            // With its length, so that no two lists of texts run into one.
            mac.update(&(text.len() as u64).to_le_bytes());
            mac.update(text.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl SubmissionKey {
    /// Seals the text of a field; the field's name and submission are authenticated with it.
    pub fn seal(&self, name: &str, text: &str) -> Result<Vec<u8>, Error> {
        seal(&self.cipher, text.as_bytes(), &self.associated(name))
    }

    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<String, Error> {
        let text = open(&self.cipher, sealed, &self.associated(name))?;
        String::from_utf8(text).map_err(|_| Error::Sealed)
    }

    /// Seals the bytes of a file; its hash and submission are authenticated with them.
    pub(crate) fn seal_file(&self, sha256: Sha256Hash, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        seal(&self.cipher, bytes, &self.associated(&format!("file/{sha256}")))
    }

    pub(crate) fn open_file(&self, sha256: Sha256Hash, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        open(&self.cipher, sealed, &self.associated(&format!("file/{sha256}")))
    }

    pub(crate) fn submission(&self) -> SubmissionId {
        self.submission
    }

    /// A leaf's salt: gone with the key, nobody can tell any more what the leaf seals.
    pub(crate) fn seal_salt(&self, salt: &Salt) -> Result<Vec<u8>, Error> {
        seal(&self.cipher, &salt.0, self.submission.0.as_bytes())
    }

    pub(crate) fn open_salt(&self, sealed: &[u8]) -> Result<Salt, Error> {
        let salt = open(&self.cipher, sealed, self.submission.0.as_bytes())?;
        salt.try_into().map(Salt).map_err(|_| Error::Sealed)
    }

    fn associated(&self, name: &str) -> Vec<u8> {
        [b"field/", self.submission.0.as_bytes().as_slice(), b"/", name.as_bytes()].concat()
    }
}

fn row_associated(column: &str, row: Uuid) -> Vec<u8> {
    [b"row/", column.as_bytes(), b"/", row.as_bytes().as_slice()].concat()
}

fn period_associated(of: HalfYear) -> String {
    format!("period/{}", of.number())
}

/// Nonce, ciphertext, tag (AES-256-GCM-SIV, RFC 8452).
fn seal(cipher: &Aes256GcmSiv, text: &[u8], associated: &[u8]) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_SIZE_BYTES];
    getrandom::fill(&mut nonce)?;
    let payload = Payload { msg: text, aad: associated };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Error::Sealed)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &Aes256GcmSiv, sealed: &[u8], associated: &[u8]) -> Result<Vec<u8>, Error> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_SIZE_BYTES>().ok_or(Error::Sealed)?;
    let payload = Payload { msg: sealed, aad: associated };
    cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Error::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_opens_only_with_its_key_its_name_and_its_submission() {
        let keys = Keys::new(&MasterKey([7; 32]));
        let (one, two) =
            (SubmissionId(uuid::Uuid::from_u128(1)), SubmissionId(uuid::Uuid::from_u128(2)));
        let (key, wrapped) = keys.create(one).expect("random numbers");
        let sealed = key.seal("authority", "Example Police").expect("seals");
        let again = keys.unwrap(one, &wrapped).expect("its own key");
        assert_eq!(again.open("authority", &sealed).expect("opens"), "Example Police");
        assert!(matches!(again.open("reference", &sealed), Err(Error::Sealed)));
        assert!(matches!(keys.unwrap(two, &wrapped), Err(Error::Sealed)));
        let others = Keys::new(&MasterKey([8; 32]));
        assert!(matches!(others.unwrap(one, &wrapped), Err(Error::Sealed)));
        for flipped in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[flipped] ^= 1;
            assert!(matches!(key.open("authority", &changed), Err(Error::Sealed)));
        }
    }

    #[test]
    fn a_key_file_is_read_as_it_was_written() {
        let key = MasterKey::generate().expect("random numbers");
        assert_eq!(MasterKey::from_file(&key.to_file()).expect("a key file").0, key.0);
        assert!(MasterKey::from_file("candor-master-key-v1 00").is_err());
        assert!(MasterKey::from_file("").is_err());
    }
}
