//! The keys that a new log begins with: made here, or in Vault, which never gives them out.

use std::path::PathBuf;

use ledger::leaf::Role;

use crate::http::blocking;
use crate::keys::{Signers, SigningKey, VaultKey, VaultSettings};
use crate::{Error, KeySettings};

/// Where the signing keys of a new log are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SigningKeys {
    /// New ones, each in a file.
    #[default]
    Files,
    /// In Vault, each at this address and the name of its role after it: `…/keys/candor` stands for
    /// `…/keys/candor-log`, `…/keys/candor-report` and `…/keys/candor-receipt`.
    Vault(VaultSettings),
}

/// What is signed to see whether the token may: nothing that candor ever reads begins so.
const TRIAL: &[u8] = b"candor/trial/v1\n";

impl SigningKeys {
    /// The keys, and in `settings` where they are found again.
    ///
    /// What is in Vault is looked at before anything is made there, and has signed something before
    /// it is used. A key that was made stays in Vault where a later one fails; the same again takes
    /// it.
    pub(crate) async fn first(self, settings: &mut KeySettings) -> Result<Signers, Error> {
        let Self::Vault(vault) = self else { return Signers::generate() };
        let vault = VaultSettings {
            vault: vault.vault,
            token_file: absolute(vault.token_file)?,
            ca_file: absolute(vault.ca_file)?,
        };
        let of = |role: Role| VaultSettings {
            vault: format!("{}-{}", vault.vault, role.name()),
            ..vault.clone()
        };
        let [log, report, receipt] = [Role::Log, Role::Report, Role::Receipt].map(of);
        let at = [log.clone(), report.clone(), receipt.clone()];
        (settings.log, settings.report, settings.receipt) =
            (Some(log), Some(report), Some(receipt));
        let [log, report, receipt] = blocking(move || in_vault(&at)).await?;
        Ok(Signers { log, report, receipt })
    }
}

fn absolute(file: Option<PathBuf>) -> Result<Option<PathBuf>, Error> {
    let absolute =
        |path: PathBuf| std::path::absolute(&path).map_err(Error::file(path, "can't be found"));
    file.map(absolute).transpose()
}

/// Blocks.
fn in_vault(at: &[VaultSettings; 3]) -> Result<[SigningKey; 3], Error> {
    let mut keys = Vec::new();
    for settings in at {
        // The paths in it are whole.
        let key = VaultKey::new("".as_ref(), settings)?;
        let latest = key.latest()?;
        keys.push((key, latest));
    }
    let mut signing = Vec::new();
    for (key, latest) in keys {
        let public = match latest {
            Some(public) => public,
            None => {
                key.make()?;
                let missing = || key.wrong("was made and is not there: look at Vault's log");
                key.latest()?.ok_or_else(missing)?
            }
        };
        key.sign(&public, &[TRIAL.to_vec()])?;
        signing.push(SigningKey::Vault { key, public });
    }
    Ok(signing.try_into().expect("three were asked for"))
}
