//! The keys that sign: for the log, for reports, for receipts, each apart.
//!
//! They are files that their owner alone can read, or they stay in Vault. Which key is in use the
//! log says; a file or a service is only where it is looked for.

mod first;
mod lock;
mod rotate;
mod vault;

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::id::Sha256Hash;
use ed25519_dalek::Signer;
use ledger::checkpoint::Policy;
use ledger::leaf::Role;
use ledger::link::RoleKeys;
use ledger::note::{KeyKind, VerifierKey};

use crate::http::blocking;
use crate::init::master_key_file;
use crate::{Error, KeySettings};

pub use first::SigningKeys;
pub use lock::Protection;
pub(crate) use lock::{Lock, is_locked};
pub use rotate::{HandTo, Rotated};
pub(crate) use rotate::{Held, keys_ever};
pub(crate) use vault::VaultKey;
pub use vault::VaultSettings;

const HEADER: &str = "candor-signing-key-v1";

/// A key that signs for the company.
#[derive(Clone)]
pub(crate) enum SigningKey {
    /// From a file.
    File(ed25519_dalek::SigningKey),
    /// In Vault, which is asked when something is to be signed and not before: the public site is
    /// served without it.
    Vault { key: VaultKey, public: [u8; 32] },
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    pub(crate) fn generate() -> Result<Self, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(store::Error::from)?;
        Ok(Self::File(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        match self {
            Self::File(key) => key.verifying_key().to_bytes(),
            Self::Vault { public, .. } => *public,
        }
    }

    /// Ed25519 (RFC 8032).
    pub(crate) async fn sign(&self, message: Vec<u8>) -> Result<[u8; 64], Error> {
        self.sign_all(vec![message]).await?.pop().ok_or(Error::Worker)
    }

    /// A signature for each message: a service is asked once for all.
    pub(crate) async fn sign_all(&self, messages: Vec<Vec<u8>>) -> Result<Vec<[u8; 64]>, Error> {
        match self {
            Self::File(key) => Ok(messages.iter().map(|text| key.sign(text).to_bytes()).collect()),
            Self::Vault { key, public } => {
                let (key, public) = (key.clone(), *public);
                blocking(move || key.sign(&public, &messages)).await
            }
        }
    }

    /// The line of its file; `None` where it has none.
    fn to_file(&self) -> Option<String> {
        match self {
            Self::File(key) => Some(format!("{HEADER} {}\n", Sha256Hash(key.to_bytes()))),
            Self::Vault { .. } => None,
        }
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
        Ok(Self::File(ed25519_dalek::SigningKey::from_bytes(&seed.0)))
    }
}

/// Where keys are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) settings: &'a KeySettings,
    pub(crate) lock: &'a Lock,
}

impl Places<'_> {
    /// The key that the log uses: in its file, else in Vault where the settings name a key there.
    ///
    /// A crash right after the log was handed over leaves the key in the file of the one to come;
    /// it is put in its place here.
    fn find(&self, origin: &str, role: Role, public: [u8; 32]) -> Result<SigningKey, Error> {
        let (path, next) = (key_file(self.dir, role), next_key_file(self.dir, role));
        if next.exists() {
            let key = SigningKey::from_file(&next, self.lock)?;
            if key.public() == public {
                put_in_place(self.dir, role)?;
                return Ok(key);
            }
        }
        let vault = self.settings.vault(role);
        if vault.is_none() || path.exists() {
            let key = SigningKey::from_file(&path, self.lock)?;
            if key.public() == public {
                return Ok(key);
            }
        }
        match vault {
            Some(vault) => Ok(SigningKey::Vault { key: VaultKey::new(self.dir, vault)?, public }),
            None => Err(Error::WrongKey { path, role: role.name(), origin: origin.to_owned() }),
        }
    }

    /// The key that is to follow: Vault's latest version where the settings name a key there, else
    /// a new one, in a file beside the old. Blocks.
    fn next(&self, role: Role, public: [u8; 32], to: HandTo) -> Result<SigningKey, Error> {
        let vault = match to {
            HandTo::AsSettingsSay => self.settings.vault(role),
            HandTo::File => None,
        };
        let Some(vault) = vault else {
            let (key, path) = (SigningKey::generate()?, next_key_file(self.dir, role));
            // One from before that the log never came to use.
            match std::fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::file(&path, "can't be removed")(error)),
            }
            if let Some(text) = key.to_file() {
                self.lock.write(&path, &text, "the new signing key can't be written")?;
            }
            return Ok(key);
        };
        let key = VaultKey::new(self.dir, vault)?;
        match key.versions()?.pop_last() {
            Some((_, latest)) if latest != public => Ok(SigningKey::Vault { key, public: latest }),
            Some(_) | None => Err(key.wrong(
                "has no version that is newer than the one in use: make one with `vault write -f \
                 transit/keys/NAME/rotate`, then run this again",
            )),
        }
    }
}

/// Puts the new key in place of the old. **The old one is gone then**: nothing will ever be signed
/// with it again, and whoever found it later could sign with it what candor never did. Its public
/// half stays in the log.
fn put_in_place(dir: &Path, role: Role) -> Result<(), Error> {
    let (path, next) = (key_file(dir, role), next_key_file(dir, role));
    std::fs::rename(&next, &path).map_err(Error::file(&next, "can't be put in place"))?;
    sync_folder(&path).map_err(Error::file(&path, "can't be made durable"))
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

    /// The keys that the log of this name uses.
    pub(crate) fn open(places: Places<'_>, origin: &str, in_use: RoleKeys) -> Result<Self, Error> {
        let find = |role| places.find(origin, role, in_use.of(role));
        Ok(Self {
            log: find(Role::Log)?,
            report: find(Role::Report)?,
            receipt: find(Role::Receipt)?,
        })
    }

    pub(crate) fn write(&self, dir: &Path, lock: &Lock) -> Result<(), Error> {
        for role in Role::ALL {
            if let Some(text) = self.of(role).to_file() {
                lock.write(&key_file(dir, role), &text, "the signing key can't be written")?;
            }
        }
        Ok(())
    }

    /// The same, but for one role.
    fn with(&self, role: Role, key: SigningKey) -> Self {
        let mut all = self.clone();
        match role {
            Role::Log => all.log = key,
            Role::Report => all.report = key,
            Role::Receipt => all.receipt = key,
        }
        all
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

/// The key that is to follow, until the log has been handed over to it.
fn next_key_file(dir: &Path, role: Role) -> PathBuf {
    dir.join("keys").join(format!("{}.key.next", role.name()))
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
    sync_folder(path)
}

/// Makes the name of a file durable, or that there is none any more.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// What protects the keys less than it could.
pub(crate) fn warnings(
    dir: &Path,
    settings: &KeySettings,
    signers: &Signers,
) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    let key = master_key_file(dir);
    let bytes = std::fs::read(&key).map_err(Error::file(&key, "the key can't be read"))?;
    if !is_locked(&bytes) {
        let keys = key.parent().unwrap_or(dir).display();
        warnings.push(format!(
            "those in {keys} are stored in plain: whoever copies the folder, or a disk that it was \
             on, has them. Keep it apart from backups of the database, or begin with \
             `candor init --passphrase-file` or `--identity`; see docs/keys.md"
        ));
    }
    let of_vault = Role::ALL.into_iter().filter(|role| match signers.of(*role) {
        SigningKey::Vault { .. } => true,
        SigningKey::File(_) => false,
    });
    let tokens = of_vault.filter_map(|role| settings.vault(role)?.token_file.as_ref());
    let mut secrets: Vec<_> =
        settings.passphrase_file.iter().chain(&settings.identity).chain(tokens).collect();
    secrets.dedup();
    for secret in secrets {
        let path = dir.join(secret);
        if let Some(mode) = mode_for_others(&path)? {
            let path = path.display();
            warnings.push(format!(
                "{path} opens them, and can be read by others (mode {mode:o}); run chmod 600 on it"
            ));
        }
    }
    Ok(warnings)
}

/// Whether each key file is its owner's alone, what they are locked with, and whether Vault has the
/// others: what is well, or what is wrong and how to mend it.
pub(crate) async fn examine(
    dir: &Path,
    signers: &Signers,
) -> Result<Result<String, String>, Error> {
    let mut files = vec![master_key_file(dir)];
    let mut in_vault = Vec::new();
    for role in Role::ALL {
        match signers.of(role) {
            SigningKey::File(_) => files.push(key_file(dir, role)),
            SigningKey::Vault { key, public } => {
                let (key, public) = (key.clone(), *public);
                if let Err(error) = blocking(move || key.version_of(&public)).await {
                    return Ok(Err(error.to_string()));
                }
                in_vault.push(role.name());
            }
        }
    }
    let mut plain = Vec::new();
    for path in &files {
        let bytes = std::fs::read(path).map_err(Error::file(path, "the key can't be read"))?;
        if !is_locked(&bytes) {
            plain.push(path.display().to_string());
        }
        if let Some(mode) = mode_for_others(path)? {
            let path = path.display();
            return Ok(Err(format!(
                "{path} can be read by others (mode {mode:o}); run chmod 600 on it"
            )));
        }
    }
    let in_vault = match in_vault.as_slice() {
        [] => String::new(),
        roles => format!("; Vault has the key for: {}", roles.join(", ")),
    };
    Ok(if plain.is_empty() {
        Ok(format!("the key files are encrypted, and readable by their owner alone{in_vault}"))
    } else if plain.len() == files.len() {
        Ok(format!(
            "the key files are readable by their owner alone; they are stored in plain{in_vault}"
        ))
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
