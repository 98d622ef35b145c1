//! The log's checkpoint is signed: after the commit that made its leaves durable, and only over a
//! tree that begins with what was signed before.
//!
//! A crash between commit and signature leaves leaves that nobody was told of; the next checkpoint
//! covers them. A signature says nothing but origin, size and root, so signing the same tree again
//! gives the same bytes.

use std::path::Path;
use std::sync::atomic::Ordering;

use ledger::checkpoint::{Checkpoint, Policy};
use ledger::leaf::{HandOver, Leaf, Role};
use ledger::link::RoleKeys;
use ledger::note::{Note, SignatureLine};
use store::{StoredCheckpoint, Tx};

use crate::keys::{Signers, verifier_key};
use crate::site::replace;
use crate::{Candor, Error};

/// A checkpoint that the log key has signed.
#[derive(Clone, Debug)]
pub struct Signed {
    pub checkpoint: Checkpoint,
    pub note: Note,
}

/// Whether an edition goes out with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Growth,
    Edition,
}

/// How many of those who asked for a signature over what they had committed have one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Covered(u64);

impl Candor {
    /// Signs the log as it stands and publishes the checkpoint. Nothing happens where it was
    /// signed already.
    pub async fn publish_checkpoint(&self) -> Result<Signed, Error> {
        self.sign_and_publish(Occasion::Growth).await
    }

    /// Signs the log after a commit, and has witnesses asked without waiting for them. What fails is
    /// told here and to nobody else: what was committed stands, and the next checkpoint covers it.
    pub(crate) async fn after_commit(&self) {
        if let Err(error) = self.sign_together().await {
            tracing::error!(error = ?error, "the log could not be signed; the next checkpoint is");
            return;
        }
        if !self.config.log.witness.is_empty() {
            let candor = self.clone();
            tokio::spawn(async move { candor.publish_or_tell().await });
        }
    }

    /// Publishes the checkpoint after a commit, and waits for the witnesses, since the process may end
    /// next. What fails is told here: what was committed stands.
    pub(crate) async fn publish_or_tell(&self) {
        let published = match self.config.log.witness.is_empty() {
            true => self.sign_together().await,
            false => self.publish_checkpoint().await.map(drop),
        };
        if let Err(error) = published {
            tracing::error!(error = ?error, "the checkpoint could not be published");
        }
    }

    pub(crate) async fn sign_and_publish(&self, occasion: Occasion) -> Result<Signed, Error> {
        let mut signed = self.sign_and_remember(occasion).await?;
        let before = signed.note.signatures.len();
        if !self.config.log.witness.is_empty() {
            self.ask_witnesses(&mut signed).await?;
        }
        if signed.note.signatures.len() > before {
            self.remember(&mut signed, occasion).await?;
        }
        Ok(signed)
    }

    /// Signs the log after a commit, once for all who wait for it: a signature covers whoever had
    /// committed before its tree was read.
    async fn sign_together(&self) -> Result<(), Error> {
        // Taken after the commit: who reads it before they read the tree signs a tree that holds
        // what was committed.
        let mine = self.signatures_asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut covered = self.signing.lock().await;
        if covered.0 >= mine {
            return Ok(());
        }
        let asked = self.signatures_asked.load(Ordering::SeqCst);
        let mut signed = self.sign_checkpoint().await?;
        self.remember(&mut signed, Occasion::Growth).await?;
        covered.0 = asked;
        Ok(())
    }

    /// Signs the log as it stands, and asks nobody. The public sees it if that is enough.
    pub(crate) async fn sign_and_remember(&self, occasion: Occasion) -> Result<Signed, Error> {
        let _held = self.signing.lock().await;
        let mut signed = self.sign_checkpoint().await?;
        self.remember(&mut signed, occasion).await?;
        Ok(signed)
    }

    /// Remembers what was signed, with the cosignatures that the same tree has by now, and
    /// publishes it if they are enough. So does the policy that asks for them: **no reader is given
    /// a policy that the checkpoint beside it does not satisfy**.
    async fn remember(&self, signed: &mut Signed, occasion: Occasion) -> Result<(), Error> {
        let size = signed.checkpoint.size;
        let mut tx = self.db.begin().await?;
        let policy = self.policy_asked_for(&mut tx).await?;
        if let Some(stored) = tx.signed_checkpoint_at(size).await? {
            keep_cosignatures(&mut signed.note, &stored.note);
        }
        // A line that does not hold was never added.
        let present = policy.cosignatures(&signed.note).unwrap_or(0);
        let note = signed.note.to_string();
        let stored = StoredCheckpoint {
            size,
            note: note.clone(),
            is_of_edition: occasion == Occasion::Edition,
            has_quorum: present >= policy.quorum,
        };
        tx.put_checkpoint(&stored).await?;
        let seen = tx.checkpoint(self.config.log.publish.into()).await?;
        let is_seen = stored.has_quorum && seen.is_some_and(|(seen, _)| seen == size);
        if is_seen && policy != published_policy(&mut tx).await? {
            tx.put_log_file("policy.json", &policy.to_json()).await?;
        }
        tx.commit().await?;
        // Beside the database, so that an older copy of it can't pass for this one.
        if signed_here(&self.dir)?.is_none_or(|(last, _)| last <= size) {
            replace(&self.dir, CHECKPOINT_FILE, note.as_bytes())?;
        }
        Ok(())
    }

    /// Signs the log as it stands.
    pub(crate) async fn sign_checkpoint(&self) -> Result<Signed, Error> {
        let mut tx = self.db.snapshot().await?;
        let checkpoint = tx.tree_head().await?;
        if let Some(last) = tx.signed_checkpoint().await? {
            continues(&mut tx, &checkpoint, &last.note).await?;
        }
        let signers = self.signers_of(&mut tx).await?;
        self.held.knows_until(checkpoint.size);
        self.sign(checkpoint, &signers).await
    }

    /// Signs a head that was appended by this process to one that it had checked.
    pub(crate) async fn sign(
        &self,
        checkpoint: Checkpoint,
        signers: &Signers,
    ) -> Result<Signed, Error> {
        let text = checkpoint.to_string();
        let signature = signers.log.sign(text.clone().into_bytes()).await?;
        let key = verifier_key(&checkpoint.origin, Role::Log, signers.log.public())?;
        let note = Note::new(text, vec![SignatureLine::new(&key, &signature)]);
        Ok(Signed { checkpoint, note })
    }

    /// Whom a verifier may trust for this log.
    pub async fn policy(&self) -> Result<Policy, Error> {
        published_policy(&mut self.db.snapshot().await?).await
    }

    /// Checks, when the directory is opened, that the database belongs to what was signed before.
    pub(crate) async fn check_log(&self) -> Result<(), Error> {
        let mut tx = self.db.snapshot().await?;
        let head = tx.tree_head().await?;
        self.policy_asked_for(&mut tx).await?;
        match signed_here(&self.dir)? {
            Some((_, last)) => continues(&mut tx, &head, &last).await,
            None => Ok(()),
        }
    }
}

/// The last checkpoint that was signed here.
pub(crate) const CHECKPOINT_FILE: &str = "checkpoint";

/// Its size and its note; `None` where nothing was signed yet.
fn signed_here(dir: &Path) -> Result<Option<(u64, String)>, Error> {
    let file = dir.join(CHECKPOINT_FILE);
    let note = match std::fs::read_to_string(&file) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(&file, "the last checkpoint can't be read")(error)),
    };
    let read: Note = note.parse().map_err(|_| Error::NoCheckpoint)?;
    let checkpoint: Checkpoint = read.text().parse().map_err(|_| Error::NoCheckpoint)?;
    Ok(Some((checkpoint.size, note)))
}

/// Adds to a note the signatures that the same text had before.
fn keep_cosignatures(note: &mut Note, before: &str) {
    let Ok(before) = before.parse::<Note>() else { return };
    if before.text() != note.text() {
        return;
    }
    for line in before.signatures {
        let is_known =
            |known: &SignatureLine| known.name == line.name && known.key_id == line.key_id;
        if !note.signatures.iter().any(is_known) {
            note.signatures.push(line);
        }
    }
}

pub(crate) async fn published_policy(tx: &mut Tx) -> Result<Policy, Error> {
    let json = tx.log_file("policy.json").await?.ok_or(Error::NoLog)?;
    Policy::from_json(&json).map_err(|what| Error::Config(format!("policy.json: {what}")))
}

/// The keys that the log began with.
pub(crate) async fn first_keys(tx: &mut Tx) -> Result<RoleKeys, Error> {
    let policy = published_policy(tx).await?;
    Ok(RoleKeys {
        log: policy.log_key.public(),
        report: policy.report_key.public(),
        receipt: policy.receipt_key.public(),
    })
}

/// The log's name, and the keys that it began with or those that they were handed over to.
pub(crate) async fn keys_of_log(tx: &mut Tx) -> Result<(String, RoleKeys), Error> {
    let mut keys = first_keys(tx).await?;
    for leaf in tx.company_leaves().await? {
        if let Leaf::HandOver(HandOver { role, new, .. }) = leaf {
            match role {
                Role::Log => keys.log = new,
                Role::Report => keys.report = new,
                Role::Receipt => keys.receipt = new,
            }
        }
    }
    Ok((tx.origin().await?, keys))
}

/// Whether the log begins with what a checkpoint says. **Nothing is signed over a smaller or
/// different tree**: two such checkpoints would prove to anyone that the log was forked.
async fn continues(tx: &mut Tx, head: &Checkpoint, last: &str) -> Result<(), Error> {
    let last: Note = last.parse().map_err(|_| Error::NoCheckpoint)?;
    let last: Checkpoint = last.text().parse().map_err(|_| Error::NoCheckpoint)?;
    if last.origin != head.origin {
        return Err(Error::ForeignLog { origin: head.origin.clone(), signed: last.origin });
    }
    if last.size > head.size {
        return Err(Error::LogTooShort { size: head.size, signed: last.size });
    }
    if tx.root_at(last.size).await? != last.root {
        return Err(Error::LogDiffers { size: last.size });
    }
    Ok(())
}
