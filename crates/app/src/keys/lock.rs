//! What the key files are locked with: nothing, or an age identity.
//!
//! Locked, each is a file that the `age` tool opens too. They are encrypted to an X25519 identity,
//! also where the company has a passphrase: then the identity is a file beside them,
//! `keys/identity.age`, which the passphrase opens. So the slow step of a passphrase is taken once
//! for all files, and a new key is locked without asking for it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret, SecretString};
use age::{DecryptError, Decryptor, Encryptor, scrypt, x25519};

use crate::keys::write_secret;
use crate::{Error, KeySettings};

/// What the key files of a new data directory are locked with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: whoever reads them has the keys.
    #[default]
    Plain,
    /// The passphrase on the first line of a file.
    PassphraseFile(PathBuf),
    /// An age identity, as `age-keygen` makes it.
    Identity(PathBuf),
}

/// An open lock.
pub(crate) enum Lock {
    None,
    Age {
        identities: Vec<x25519::Identity>,
        /// Where they came from.
        from: PathBuf,
    },
}

/// scrypt's cost, as log₂ N: 2¹⁷ and 128 MiB, the least that OWASP advises. It takes about half a
/// second, and every command pays it once.
const WORK_FACTOR: u8 = 17;
/// A file that asks for more is refused: 2²⁰ takes seconds and 1 GiB. The age tool writes 2¹⁸.
const WORK_FACTOR_MAX: u8 = 20;
/// Key files are lines. A larger one is refused.
const KEY_FILE_SIZE_BYTES_MAX: u64 = 1 << 20;

const AGE: &[u8] = b"age-encryption.org/";

const HOW_TO_SAY: &str = "set `passphrase_file` or `identity` under [keys] in candor.toml, or \
     CANDOR_PASSPHRASE_FILE or CANDOR_IDENTITY";

/// The identity that a passphrase opens.
fn identity_file(dir: &Path) -> PathBuf {
    dir.join("keys").join("identity.age")
}

/// Whether a key file is locked.
pub(crate) fn is_locked(bytes: &[u8]) -> bool {
    bytes.starts_with(AGE)
}

impl Lock {
    /// The lock of a new data directory, whose folder `keys` is there.
    pub(crate) fn create(dir: &Path, protection: &Protection) -> Result<Self, Error> {
        match protection {
            Protection::Plain => Ok(Self::None),
            Protection::Identity(from) => Self::of_identity(from),
            Protection::PassphraseFile(from) => {
                let passphrase = passphrase(from)?;
                let identity = x25519::Identity::generate();
                let mut recipient = scrypt::Recipient::new(passphrase);
                recipient.set_work_factor(WORK_FACTOR);
                let text = format!("{}\n", identity.to_string().expose_secret());
                let path = identity_file(dir);
                let locked = encrypt([&recipient as _].into_iter(), &text)?;
                write_secret(&path, &locked)
                    .map_err(Error::file(&path, "the identity can't be written"))?;
                Ok(Self::Age { identities: vec![identity], from: path })
            }
        }
    }

    /// Opens the lock that the settings name.
    pub(crate) fn open(dir: &Path, settings: &KeySettings) -> Result<Self, Error> {
        match (&settings.passphrase_file, &settings.identity) {
            (None, None) => Ok(Self::None),
            (Some(_), Some(_)) => Err(Error::Config(
                "candor.toml: [keys] has both passphrase_file and identity: one of them opens the \
                 key files, leave the other out"
                    .to_owned(),
            )),
            (None, Some(from)) => Self::of_identity(&dir.join(from)),
            (Some(from), None) => Self::of_passphrase(dir, &dir.join(from)),
        }
    }

    fn of_identity(from: &Path) -> Result<Self, Error> {
        let bytes = read(from, "the identity can't be read")?;
        let wrong = |what: &str| Error::Config(format!("{}: {what}", from.display()));
        if is_locked(&bytes) {
            return Err(wrong(
                "the identity is itself encrypted, and nobody is asked for a passphrase here: \
                 decrypt it, or use `passphrase_file`",
            ));
        }
        Ok(Self::Age { identities: identities(&bytes).map_err(wrong)?, from: from.to_owned() })
    }

    fn of_passphrase(dir: &Path, from: &Path) -> Result<Self, Error> {
        let path = identity_file(dir);
        let locked = read(
            &path,
            "it holds what the passphrase opens and can't be read; take it from the copy that you \
             keep of the folder keys",
        )?;
        let mut identity = scrypt::Identity::new(passphrase(from)?);
        identity.set_max_work_factor(WORK_FACTOR_MAX);
        let text = decrypt(&identity, &locked).map_err(|error| {
            let (path, from) = (path.display(), from.display());
            Error::Config(match error {
                DecryptError::DecryptionFailed | DecryptError::NoMatchingKeys => format!(
                    "{path} does not open with the passphrase in {from}: put the right one there, \
                     or {HOW_TO_SAY}"
                ),
                other => format!("{path} does not open: {other}"),
            })
        })?;
        let wrong = |what: &str| Error::Config(format!("{}: {what}", path.display()));
        Ok(Self::Age { identities: identities(&text).map_err(wrong)?, from: path })
    }

    /// Reads a key file, locked or not.
    pub(crate) fn read(&self, path: &Path, what: &'static str) -> Result<String, Error> {
        let bytes = read(path, what)?;
        let bytes = match self {
            Self::None if is_locked(&bytes) => {
                let path = path.display();
                return Err(Error::Config(format!("{path} is encrypted: {HOW_TO_SAY}")));
            }
            Self::Age { identities, from } if is_locked(&bytes) => {
                let opened = identities.iter().find_map(|identity| decrypt(identity, &bytes).ok());
                opened.ok_or_else(|| {
                    Error::Config(format!(
                        "{} does not open with the identity in {}: it was encrypted to another, or \
                         changed. Put the right one there, or {HOW_TO_SAY}",
                        path.display(),
                        from.display()
                    ))
                })?
            }
            Self::None | Self::Age { .. } => bytes,
        };
        let no_text = || Error::Config(format!("{}: it is no text", path.display()));
        String::from_utf8(bytes).map_err(|_| no_text())
    }

    /// Writes a new key file.
    pub(crate) fn write(&self, path: &Path, text: &str, what: &'static str) -> Result<(), Error> {
        let bytes = match self {
            Self::None => text.as_bytes().to_vec(),
            Self::Age { identities, .. } => {
                let recipients: Vec<_> =
                    identities.iter().map(x25519::Identity::to_public).collect();
                let recipients =
                    recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
                encrypt(recipients, text)?
            }
        };
        write_secret(path, &bytes).map_err(Error::file(path, what))
    }
}

fn encrypt<'a>(
    recipients: impl Iterator<Item = &'a dyn age::Recipient>,
    text: &str,
) -> Result<Vec<u8>, Error> {
    let failed = |what: String| Error::Config(format!("a key file can't be encrypted: {what}"));
    let encryptor = Encryptor::with_recipients(recipients).map_err(|e| failed(e.to_string()))?;
    let mut bytes = Vec::new();
    let mut writer = encryptor.wrap_output(&mut bytes).map_err(|e| failed(e.to_string()))?;
    writer.write_all(text.as_bytes()).map_err(|e| failed(e.to_string()))?;
    writer.finish().map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

fn decrypt(identity: &dyn age::Identity, locked: &[u8]) -> Result<Vec<u8>, DecryptError> {
    let mut bytes = Vec::new();
    let mut reader = Decryptor::new_buffered(locked)?.decrypt([identity].into_iter())?;
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first line of a file, without what ends it.
fn passphrase(from: &Path) -> Result<SecretString, Error> {
    let bytes = read(from, "the passphrase can't be read")?;
    let text = String::from_utf8_lossy(&bytes);
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line.to_owned())),
        Some(_) | None => Err(Error::Config(format!(
            "{}: a passphrase is the first line of its file, and this one is empty",
            from.display()
        ))),
    }
}

/// The identities in a file of `age-keygen`, with its comments.
fn identities(text: &[u8]) -> Result<Vec<x25519::Identity>, &'static str> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let found: Result<Vec<_>, _> =
        lines.filter(|line| !line.starts_with('#')).map(str::parse).collect();
    match found {
        Ok(identities) if !identities.is_empty() => Ok(identities),
        Ok(_) | Err(_) => {
            Err("an identity is a line that begins with AGE-SECRET-KEY-1, as age-keygen writes it")
        }
    }
}

fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, Error> {
    let file = std::fs::File::open(path).map_err(Error::file(path, what))?;
    let mut bytes = Vec::new();
    file.take(KEY_FILE_SIZE_BYTES_MAX).read_to_end(&mut bytes).map_err(Error::file(path, what))?;
    Ok(bytes)
}
