//! The log's checkpoint is signed: after the commit that made its leaves durable, and only over a
//! tree that begins with what was signed before.
//!
//! A crash between commit and signature leaves leaves that nobody was told of; the next checkpoint
//! covers them. A signature says nothing but origin, size and root, so signing the same tree again
//! gives the same bytes.

use ledger::checkpoint::{Checkpoint, Policy};
use ledger::leaf::{HandOver, Leaf, Role};
use ledger::link::RoleKeys;
use ledger::note::{Note, SignatureLine};
use store::{Publication, Tx};

use crate::keys::verifier_key;
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

impl Candor {
    /// Signs the log as it stands and publishes the checkpoint. Nothing happens where it was
    /// signed already.
    pub async fn publish_checkpoint(&self) -> Result<Signed, Error> {
        self.sign_and_publish(Occasion::Growth).await
    }

    pub(crate) async fn sign_and_publish(&self, occasion: Occasion) -> Result<Signed, Error> {
        let signed = self.sign_checkpoint().await?;
        let (size, note) = (signed.checkpoint.size, signed.note.to_string());
        let mut tx = self.db.begin().await?;
        tx.put_checkpoint(size, &note, occasion == Occasion::Edition).await?;
        tx.commit().await?;
        // Beside the database, so that an older copy of it can't pass for this one.
        replace(&self.dir, CHECKPOINT_FILE, note.as_bytes())?;
        Ok(signed)
    }

    /// Signs the log as it stands.
    pub(crate) async fn sign_checkpoint(&self) -> Result<Signed, Error> {
        let mut tx = self.db.snapshot().await?;
        let checkpoint = tx.tree_head().await?;
        if let Some((_, last)) = tx.checkpoint(Publication::AtOnce).await? {
            continues(&mut tx, &checkpoint, &last).await?;
        }
        self.sign(checkpoint).await
    }

    /// Signs a head that was appended by this process to one that it had checked.
    pub(crate) async fn sign(&self, checkpoint: Checkpoint) -> Result<Signed, Error> {
        let text = checkpoint.to_string();
        let signature = self.signers.log.sign(text.clone().into_bytes()).await?;
        let key = verifier_key(&checkpoint.origin, Role::Log, self.signers.log.public())?;
        let note = Note::new(text, vec![SignatureLine::new(&key, &signature)]);
        Ok(Signed { checkpoint, note })
    }

    /// Whom a verifier may trust for this log.
    pub async fn policy(&self) -> Result<Policy, Error> {
        policy(&mut self.db.snapshot().await?).await
    }

    /// Checks, when the directory is opened, that the database belongs to what was signed before.
    pub(crate) async fn check_log(&self) -> Result<(), Error> {
        let mut tx = self.db.snapshot().await?;
        let head = tx.tree_head().await?;
        let file = self.dir.join(CHECKPOINT_FILE);
        match std::fs::read_to_string(&file) {
            Ok(last) => continues(&mut tx, &head, &last).await,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::file(&file, "the last checkpoint can't be read")(error)),
        }
    }
}

/// The last checkpoint that was signed here.
const CHECKPOINT_FILE: &str = "checkpoint";

async fn policy(tx: &mut Tx) -> Result<Policy, Error> {
    let json = tx.log_file("policy.json").await?.ok_or(Error::NoLog)?;
    Policy::from_json(&json).map_err(|what| Error::Config(format!("policy.json: {what}")))
}

/// The keys that the log began with.
pub(crate) async fn first_keys(tx: &mut Tx) -> Result<RoleKeys, Error> {
    let policy = policy(tx).await?;
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
