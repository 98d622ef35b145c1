//! The keys that sign: for the log, for reports, for receipts, each apart.
//!
//! They are files that their owner alone can read. A key of a service would be another variant of
//! [`SigningKey`]; nothing else would change.

mod lock;

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::id::Sha256Hash;
use ed25519_dalek::Signer;
use ledger::checkpoint::Policy;
use ledger::leaf::Role;
use ledger::note::{KeyKind, VerifierKey};

use crate::Error;
use crate::init::master_key_file;

pub use lock::Protection;
pub(crate) use lock::{Lock, is_locked};

const HEADER: &str = "candor-signing-key-v1";

/// A key that signs for the company.
#[derive(Clone)]
pub(crate) struct SigningKey(ed25519_dalek::SigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    pub(crate) fn generate() -> Result<Self, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(store::Error::from)?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Ed25519 (RFC 8032).
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    fn to_file(&self) -> String {
        format!("{HEADER} {}\n", Sha256Hash(self.0.to_bytes()))
    }

    fn from_file(path: &Path, lock: &Lock) -> Result<Self, Error> {
        let text = lock.read(path, "the signing key can't be read")?;
        let hex = text.trim().strip_prefix(HEADER).unwrap_or_default().trim_start();
        let seed = Sha256Hash::try_from(hex.to_owned()).map_err(|_| {
            Error::Config(format!(
                "{}: a key file holds `{HEADER}` and 64 hexadecimal digits",
                path.display()
            ))
        })?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed.0)))
    }
}

/// One key for each role.
#[derive(Clone, Debug)]
pub(crate) struct Signers {
    pub(crate) log: SigningKey,
    pub(crate) report: SigningKey,
    pub(crate) receipt: SigningKey,
}

impl Signers {
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self {
            log: SigningKey::generate()?,
            report: SigningKey::generate()?,
            receipt: SigningKey::generate()?,
        })
    }

    pub(crate) fn read(dir: &Path, lock: &Lock) -> Result<Self, Error> {
        let read = |role| SigningKey::from_file(&key_file(dir, role), lock);
        Ok(Self {
            log: read(Role::Log)?,
            report: read(Role::Report)?,
            receipt: read(Role::Receipt)?,
        })
    }

    pub(crate) fn write(&self, dir: &Path, lock: &Lock) -> Result<(), Error> {
        for role in Role::ALL {
            let text = self.of(role).to_file();
            lock.write(&key_file(dir, role), &text, "the signing key can't be written")?;
        }
        Ok(())
    }

    pub(crate) fn of(&self, role: Role) -> &SigningKey {
        match role {
            Role::Log => &self.log,
            Role::Report => &self.report,
            Role::Receipt => &self.receipt,
        }
    }

    /// The policy of a log that begins with these keys.
    pub(crate) fn policy(&self, origin: &str) -> Result<Policy, Error> {
        let key = |role| verifier_key(origin, role, self.of(role).public());
        Ok(Policy {
            origin: origin.to_owned(),
            log_key: key(Role::Log)?,
            report_key: key(Role::Report)?,
            receipt_key: key(Role::Receipt)?,
            witnesses: Vec::new(),
            quorum: 0,
        })
    }
}

/// A public key under the name that signatures of its role carry.
pub(crate) fn verifier_key(
    origin: &str,
    role: Role,
    public: [u8; 32],
) -> Result<VerifierKey, Error> {
    let name = match role {
        Role::Log => origin.to_owned(),
        Role::Report | Role::Receipt => format!("{origin}/{}", role.name()),
    };
    VerifierKey::new(&name, KeyKind::Ed25519, public)
        .map_err(|error| Error::Config(error.to_string()))
}

pub(crate) fn key_file(dir: &Path, role: Role) -> PathBuf {
    dir.join("keys").join(format!("{}.key", role.name()))
}

/// Readable by its owner alone, and on the disk before anything is sealed under it.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // Its name too.
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Whether each key file is its owner's alone, and what they are locked with: what is well, or what
/// is wrong and how to mend it.
pub(crate) fn examine(dir: &Path) -> Result<Result<String, String>, Error> {
    let signing = Role::ALL.map(|role| key_file(dir, role));
    let keys: Vec<PathBuf> = std::iter::once(master_key_file(dir)).chain(signing).collect();
    let mut plain = Vec::new();
    for path in &keys {
        let bytes = std::fs::read(path).map_err(Error::file(path, "the key can't be read"))?;
        if !is_locked(&bytes) {
            plain.push(path.display().to_string());
        }
    }
    for path in &keys {
        if let Some(mode) = mode_for_others(path)? {
            let path = path.display();
            return Ok(Err(format!(
                "{path} can be read by others (mode {mode:o}); run chmod 600 on it"
            )));
        }
    }
    Ok(if plain.is_empty() {
        Ok("the key files are encrypted, and readable by their owner alone".to_owned())
    } else if plain.len() == keys.len() {
        Ok("the key files are readable by their owner alone; they are stored in plain".to_owned())
    } else {
        Err(format!(
            "some key files are encrypted, and {} not: encrypt each as the others are, with the \
             age tool, or put back the file that was there",
            plain.join(", ")
        ))
    })
}

/// The permissions of a file that others than its owner can do something with.
fn mode_for_others(path: &Path) -> Result<Option<u32>, Error> {
    let metadata = std::fs::metadata(path).map_err(Error::file(path, "can't be looked at"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        Ok(Some(mode).filter(|mode| mode & 0o077 != 0))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(None)
    }
}
