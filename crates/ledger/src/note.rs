//! Signed notes (C2SP signed-note): a text and, below it, a line for each signature.
//!
//! Signing happens elsewhere, in a file's key or a key service; here are the bytes to sign and the
//! line that the signature makes.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};

use crate::hash::{Hash, from_hex, to_hex};

/// A note with more signatures is refused.
pub const SIGNATURES_MAX: usize = 64;
/// A longer note is refused.
pub const NOTE_SIZE_BYTES_MAX: usize = 1 << 20;

/// The key types of C2SP signed-note that are verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Ed25519 over the text, type 0x01.
    Ed25519,
    /// Ed25519 with a time, by a witness, type 0x04 (C2SP tlog-cosignature).
    Cosignature,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::Cosignature].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// Why a note or a key could not be read or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("a signed note is text, an empty line, and lines that begin with \u{2014}")]
    Malformed,
    #[error("a note of more than {NOTE_SIZE_BYTES_MAX} bytes or {SIGNATURES_MAX} signatures")]
    TooLarge,
    #[error("a public key reads NAME+8 hexadecimal digits+Base64, and `{0}` does not")]
    Key(String),
    #[error("the key name `{0}` is empty, or holds a space, a plus sign or a control character")]
    Name(String),
    #[error("the signature of {0} is wrong")]
    Signature(String),
    #[error("{0} has not signed")]
    Unsigned(String),
}

/// Whether a signature line can hold this name of a key.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

/// A public key that a note may be signed with, written `name+id+key`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    pub fn new(name: &str, kind: KeyKind, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name(name.to_owned()));
        }
        // Under a key of small order, a signature says nothing about who made it.
        let known = VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak());
        let key = known.ok_or_else(|| NoteError::Key(format!("{name} {}", to_hex(&key))))?;
        Ok(Self { name: name.to_owned(), kind, key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub fn public(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The four bytes by which a signature line names the key.
    pub fn id(&self) -> [u8; 4] {
        let hash = Hash::of_parts(&[
            self.name.as_bytes(),
            b"\n",
            &[self.kind.byte()],
            self.key.as_bytes().as_slice(),
        ]);
        [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
    }

    /// The same key under its full SHA-256, for people to compare.
    pub fn fingerprint(&self) -> Hash {
        Hash::of(self.key.as_bytes())
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, to_hex(&self.id()), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let read = || {
            let (name, rest) = text.split_once('+')?;
            let (id, key) = rest.split_once('+')?;
            let key = STANDARD.decode(key).ok()?;
            let (kind, key) = key.split_first()?;
            let key = Self::new(name, KeyKind::from_byte(*kind)?, key.try_into().ok()?).ok()?;
            (from_hex(id)? == key.id()).then_some(key)
        };
        read().ok_or_else(|| NoteError::Key(text.to_owned()))
    }
}

impl serde::Serialize for VerifierKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VerifierKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    pub name: String,
    pub key_id: [u8; 4],
    /// As the key's type has it: 64 bytes, with a time of 8 bytes before them in a cosignature.
    pub signature: Vec<u8>,
}

impl SignatureLine {
    /// The line of a signature that this key made.
    pub fn new(key: &VerifierKey, signature: &[u8]) -> Self {
        Self { name: key.name.clone(), key_id: key.id(), signature: signature.to_vec() }
    }

    fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name && self.key_id == key.id()
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        writeln!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for SignatureLine {
    type Err = NoteError;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let read = || {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let bytes = STANDARD.decode(signature).ok().filter(|_| is_name(name))?;
            let (key_id, signature) = bytes.split_first_chunk()?;
            let signature = Some(signature.to_vec()).filter(|signature| !signature.is_empty())?;
            Some(Self { name: name.to_owned(), key_id: *key_id, signature })
        };
        read().ok_or(NoteError::Malformed)
    }
}

/// A text with its signatures, none of them verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    pub signatures: Vec<SignatureLine>,
}

impl Note {
    /// `text` ends with a newline.
    pub fn new(text: String, signatures: Vec<SignatureLine>) -> Self {
        Self { text, signatures }
    }

    /// What is signed: the text with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this key has signed the text. An error where it seems to and the signature is
    /// wrong, so that a note with a forged line is refused.
    pub fn is_signed_by(&self, key: &VerifierKey) -> Result<bool, NoteError> {
        Ok(self.verify(key)?.is_some())
    }

    /// When this witness signed, in seconds since 1970; `None` where it has not.
    pub fn cosigned_by(&self, key: &VerifierKey) -> Result<Option<u64>, NoteError> {
        self.verify(key)
    }

    fn verify(&self, key: &VerifierKey) -> Result<Option<u64>, NoteError> {
        let wrong = || NoteError::Signature(key.name.clone());
        let mut signed = None;
        for line in self.signatures.iter().filter(|line| line.is_of(key)) {
            let (time, holds) = match key.kind {
                KeyKind::Ed25519 => (0, key.verifies(self.text.as_bytes(), &line.signature)),
                KeyKind::Cosignature => {
                    let (time, signature) = line.signature.split_first_chunk().ok_or_else(wrong)?;
                    let time = u64::from_be_bytes(*time);
                    let message = cosigned_message(&self.text, time);
                    // The specification's limit on times.
                    let in_range = i64::try_from(time).is_ok();
                    (time, in_range && key.verifies(message.as_bytes(), signature))
                }
            };
            if !holds {
                return Err(wrong());
            }
            signed = Some(time);
        }
        Ok(signed)
    }
}

/// What a witness signs at a time (C2SP tlog-cosignature).
pub fn cosigned_message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_SIZE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Malformed);
        }
        let empty_line = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, lines) = (&note[..=empty_line], &note[empty_line + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(str::parse)
            .collect::<Result<Vec<SignatureLine>, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::TooLarge);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}
