//! `candor keys rotate`: another key takes the place of one that signs.
//!
//! The old key signs a leaf that names the new one, and from there on the log uses that. So who has
//! pinned the key that the log began with goes on verifying it, and whatever was signed before
//! stays signed.

use std::sync::{Arc, Mutex, PoisonError};

use domain::event::{CompanyEvent, SigningKeyUse};
use domain::id::{Actor, Sha256Hash};
use ledger::leaf::{HandOver, Leaf, Role};
use ledger::link::RoleKeys;
use ledger::note::VerifierKey;
use store::{Change, Conflict, Tx};

use crate::checkpoint::{first_keys, keys_of_log};
use crate::http::blocking;
use crate::keys::{Places, Signers, SigningKey, key_file, put_in_place, sync_folder, verifier_key};
use crate::{Candor, Error};

/// The keys that this process holds.
#[derive(Debug)]
pub(crate) struct Held(Mutex<Current>);

#[derive(Clone, Debug)]
struct Current {
    signers: Arc<Signers>,
    /// The size of the log at which the last of them came into use.
    since: u64,
    /// The size up to which it is known that no other came.
    until: u64,
}

/// Where the new key is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandTo {
    /// In Vault where the settings name a key there, else in a file.
    AsSettingsSay,
    /// In a file, also where the settings name a key in Vault: the way back out of it.
    File,
}

/// What was handed over.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The new key, as a policy writes it.
    pub key: VerifierKey,
    /// The leaf that says so.
    pub leaf: u64,
}

impl Held {
    pub(crate) fn new(signers: Signers) -> Self {
        Self(Mutex::new(Current { signers: Arc::new(signers), since: 0, until: 0 }))
    }

    fn current(&self) -> Current {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes what is newer.
    fn set(&self, new: Current) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if new.until >= current.until {
            *current = new;
        }
    }

    pub(crate) fn signers(&self) -> Arc<Signers> {
        self.current().signers
    }

    /// No key came before this size of the log but those that are held. Only a size that was
    /// committed says so: in its place another process could hand the log over.
    pub(crate) fn knows_until(&self, size: u64) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.until = current.until.max(size);
    }
}

impl Candor {
    /// The keys that the log uses at the size that it has in a transaction. Another process may
    /// have handed it over to others since they were read; then they are read again.
    pub(crate) async fn signers_of(&self, tx: &mut Tx) -> Result<Arc<Signers>, Error> {
        let current = self.held.current();
        let leaves = tx.company_leaves_since(current.until).await?;
        let last = leaves.iter().rfind(|(_, leaf)| matches!(leaf, Leaf::HandOver(_)));
        if let Some((index, _)) = last {
            let (origin, in_use) = keys_of_log(tx).await?;
            let signers = Arc::new(self.read_signers(&origin, in_use).await?);
            let since = index + 1;
            self.held.set(Current { signers: Arc::clone(&signers), since, until: since });
            return Ok(signers);
        }
        if tx.tree_head().await?.size < current.since {
            // What was read is older than the keys.
            return Err(store::Error::from(Conflict).into());
        }
        Ok(current.signers)
    }

    async fn read_signers(&self, origin: &str, in_use: RoleKeys) -> Result<Signers, Error> {
        let lock = crate::unlock(&self.dir, &self.config).await?;
        let places = Places { dir: &self.dir, settings: &self.config.keys, lock: &lock };
        Signers::open(places, origin, in_use)
    }

    /// Hands the log over to another key, in the place that the settings name for it.
    ///
    /// The new key is on the disk before the leaf that names it. A crash before the commit leaves a
    /// file that nobody uses; one after it leaves the key to be put in its place when the directory
    /// is opened.
    pub async fn rotate_key(&self, role: Role, to: HandTo, actor: Actor) -> Result<Rotated, Error> {
        let held = self.signing.hold().await;
        let (origin, old, taken) = {
            let mut tx = self.db.snapshot().await?;
            let taken = self.keys_taken(&mut tx).await?;
            (tx.origin().await?, self.signers_of(&mut tx).await?, taken)
        };
        let next = self.next_key(role, old.of(role).public(), to).await?;
        let (was, new) = (old.of(role).public(), next.public());
        taken.refuse(role, new)?;
        let message = HandOver::message(&origin, role, &was, &new);
        let signature = old.of(role).sign(message).await?;
        let hand_over = HandOver { role, old: was, new, signature };
        if !hand_over.holds(&origin) {
            return Err(Error::Config(format!("the {} key can't hand the log over", role.name())));
        }
        let key = verifier_key(&origin, role, new)?;

        let mut tx = self.db.begin().await?;
        let fingerprint = Sha256Hash(key.fingerprint().0);
        let event = CompanyEvent::SigningKeyReplaced { signs: signs(role), fingerprint };
        let version = Self::publication_version(&mut tx).await?;
        let change = Change::of_publication(version, vec![event]);
        // It holds the end of the log until the commit: the old key is still the one in use.
        tx.record(self.clock.now(), actor, &[change]).await?;
        if self.signers_of(&mut tx).await?.of(role).public() != was {
            return Err(store::Error::from(Conflict).into());
        }
        // Another process may have handed another role over to it meanwhile.
        self.keys_taken(&mut tx).await?.refuse(role, new)?;
        let leaf = tx.tree_head().await?.size;
        tx.append_company_leaf(&Leaf::HandOver(hand_over), None).await?;
        tx.commit().await?;

        self.take_over(role, &old, next, leaf + 1)?;
        drop(held);
        self.publish_checkpoint().await?;
        Ok(Rotated { key, leaf })
    }

    /// The keys to which no role is handed over.
    async fn keys_taken(&self, tx: &mut Tx) -> Result<Taken, Error> {
        let mut taken = keys_ever(tx).await?;
        for witness in &self.config.log.witness {
            taken.0.push((
                format!("that of the witness {}", witness.key.name()),
                witness.key.public(),
            ));
        }
        Ok(taken)
    }

    async fn next_key(
        &self,
        role: Role,
        public: [u8; 32],
        to: HandTo,
    ) -> Result<SigningKey, Error> {
        let lock = crate::unlock(&self.dir, &self.config).await?;
        let (dir, settings) = (self.dir.clone(), self.config.keys.clone());
        blocking(move || {
            Places { dir: &dir, settings: &settings, lock: &lock }.next(role, public, to)
        })
        .await
    }

    /// The new key is in its place, and the old one is gone.
    fn take_over(
        &self,
        role: Role,
        old: &Signers,
        next: SigningKey,
        since: u64,
    ) -> Result<(), Error> {
        match (&next, old.of(role)) {
            (SigningKey::File(_), _) => put_in_place(&self.dir, role)?,
            (SigningKey::Vault { .. }, SigningKey::File(_)) => {
                let path = key_file(&self.dir, role);
                std::fs::remove_file(&path)
                    .and_then(|()| sync_folder(&path))
                    .map_err(Error::file(&path, "the old key can't be removed"))?;
            }
            (SigningKey::Vault { .. }, SigningKey::Vault { .. }) => {}
        }
        let signers = Arc::new(old.with(role, next));
        self.held.set(Current { signers, since, until: since });
        Ok(())
    }
}

/// Keys that are somebody's, or were, each with the words for whose.
pub(crate) struct Taken(Vec<(String, [u8; 32])>);

/// Every key that a role of this log has or had.
pub(crate) async fn keys_ever(tx: &mut Tx) -> Result<Taken, Error> {
    let whose = |role: Role| format!("the {} key of this log, or was", role.name());
    let first = first_keys(tx).await?;
    let mut keys: Vec<_> = Role::ALL.map(|role| (whose(role), first.of(role))).into();
    for leaf in tx.company_leaves().await? {
        if let Leaf::HandOver(HandOver { role, new, .. }) = leaf {
            keys.push((whose(role), new));
        }
    }
    Ok(Taken(keys))
}

impl Taken {
    /// Whose a key is or was.
    pub(crate) fn whose(&self, key: [u8; 32]) -> Option<&str> {
        self.0.iter().find(|(_, taken)| *taken == key).map(|(whose, _)| whose.as_str())
    }

    /// Refuses to hand a role over to one of them: the log would not be verified any more.
    fn refuse(&self, role: Role, new: [u8; 32]) -> Result<(), Error> {
        match self.whose(new) {
            Some(whose) => Err(Error::KeyTaken { role: role.name(), whose: whose.to_owned() }),
            None => Ok(()),
        }
    }
}

fn signs(role: Role) -> SigningKeyUse {
    match role {
        Role::Log => SigningKeyUse::Checkpoints,
        Role::Report => SigningKeyUse::Reports,
        Role::Receipt => SigningKeyUse::Receipts,
    }
}
