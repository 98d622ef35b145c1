//! The keys that sign: for the log, for reports, for receipts, each apart.
//!
//! They are files that their owner alone can read. A key of a service would be another variant of
//! [`SigningKey`]; nothing else would change.

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::id::Sha256Hash;
use ed25519_dalek::Signer;
use ledger::checkpoint::Policy;
use ledger::leaf::Role;
use ledger::note::{KeyKind, VerifierKey};

use crate::Error;

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

    fn from_file(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(Error::file(path, "the signing key can't be read"))?;
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

    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let read = |role| SigningKey::from_file(&key_file(dir, role));
        Ok(Self {
            log: read(Role::Log)?,
            report: read(Role::Report)?,
            receipt: read(Role::Receipt)?,
        })
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        for role in Role::ALL {
            let path = key_file(dir, role);
            write_secret(&path, &self.of(role).to_file())
                .map_err(Error::file(&path, "the signing key can't be written"))?;
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
pub(crate) fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
