//! The log's checkpoint is signed: after the commit that made its leaves durable, and only over a
//! tree that begins with what was signed before.
//!
//! A crash between commit and signature leaves leaves that nobody was told of; the next checkpoint
//! covers them. A signature says nothing but origin, size and root, so signing the same tree again
//! gives the same bytes.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ledger::checkpoint::{Checkpoint, Policy};
use ledger::leaf::{HandOver, Leaf, Role};
use ledger::link::RoleKeys;
use ledger::note::{Note, SignatureLine};
use store::{StoredCheckpoint, Tx};

use crate::config::Publish;
use crate::keys::{Signers, keys_ever, verifier_key};
use crate::site::replace;
use crate::{Candor, Error};

/// A checkpoint that the log key has signed.
#[derive(Clone, Debug)]
pub struct Signed {
    pub checkpoint: Checkpoint,
    pub note: Note,
}

/// How long what is committed gathers before witnesses are asked about it.
const WITNESSED_EVERY: Duration = Duration::from_secs(1);

/// The last head that this program has signed.
pub(crate) type LastSigned = Mutex<Option<Checkpoint>>;

impl Candor {
    /// Signs the log as it stands, publishes the checkpoint and, where the public is to see it, asks
    /// witnesses. Nothing happens where all that was done already.
    pub async fn publish_checkpoint(&self) -> Result<Signed, Error> {
        let (mut signed, is_for_public) = {
            let _held = self.signing.hold().await;
            let mut signed = self.sign_checkpoint().await?;
            let is_for_public = self.remember(&mut signed).await?;
            (signed, is_for_public)
        };
        let before = signed.note.signatures.len();
        // Nobody outside is told of a tree before the public may see it.
        if is_for_public && !self.config.log.witness.is_empty() {
            self.ask_witnesses(&mut signed).await?;
        }
        if signed.note.signatures.len() > before {
            self.remember(&mut signed).await?;
        }
        Ok(signed)
    }

    /// Signs the log after a commit, once for all who had committed before, and has witnesses asked
    /// without waiting for them. What fails is told here and to nobody else: what was committed
    /// stands, and the next checkpoint covers it.
    pub async fn after_commit(&self) {
        let signed = self.signing.share(async {
            let mut signed = self.sign_checkpoint().await?;
            self.remember(&mut signed).await.map(drop)
        });
        if let Err(error) = signed.await {
            tracing::error!(error = ?error, "the log could not be signed; the next checkpoint is");
            return;
        }
        if !self.config.log.witness.is_empty() {
            let candor = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(WITNESSED_EVERY).await;
                candor.publish_to_witnesses().await;
            });
        }
    }

    /// Asks the witnesses about the log as it stands, once for all who want it, and waits for them:
    /// nobody else does where the program ends next. What fails is told here.
    pub async fn publish_to_witnesses(&self) {
        if self.config.log.witness.is_empty() {
            return;
        }
        let asked = self.publishing.share(async { self.publish_checkpoint().await.map(drop) });
        if let Err(error) = asked.await {
            tracing::error!(error = ?error, "the checkpoint could not be published");
        }
    }

    /// Remembers what was signed, with the cosignatures that the same tree has by now, and
    /// publishes it if they are enough. So does the policy that asks for them: **no reader is given
    /// a policy that the checkpoint beside it does not satisfy**. Says whether the public sees it as
    /// soon as they are.
    async fn remember(&self, signed: &mut Signed) -> Result<bool, Error> {
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
            // Unless an edition waits for it.
            is_of_edition: false,
            has_quorum: present >= policy.quorum,
        };
        tx.put_checkpoint(&stored).await?;
        let seen = tx.checkpoint(self.config.log.publish.into()).await?;
        let is_seen = stored.has_quorum && seen.is_some_and(|(seen, _)| seen == size);
        if is_seen && policy != published_policy(&mut tx).await? {
            tx.put_log_file("policy.json", &policy.to_json()).await?;
        }
        let is_for_public = match self.config.log.publish {
            Publish::AtOnce => true,
            Publish::WithEdition => is_seen || tx.is_edition_held().await?,
        };
        tx.commit().await?;
        note_signed(&self.dir, &signed.checkpoint, &note)?;
        Ok(is_for_public)
    }

    /// Signs the log as it stands.
    pub(crate) async fn sign_checkpoint(&self) -> Result<Signed, Error> {
        let mut last = self.last_signed()?;
        let mut tx = self.db.snapshot().await?;
        let checkpoint = tx.tree_head().await?;
        last.extend(tx.signed_checkpoint().await?.map(|last| head_of(&last.note)).transpose()?);
        last.dedup();
        for last in last {
            continues(&mut tx, &checkpoint, &last).await?;
        }
        let signers = self.signers_of(&mut tx).await?;
        self.held.knows_until(checkpoint.size);
        self.sign(checkpoint, &signers).await
    }

    /// The last heads that this program and any other that serves this directory have signed. A
    /// tree that is read after them begins with them.
    pub(crate) fn last_signed(&self) -> Result<Vec<Checkpoint>, Error> {
        let mine = self.last_signed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut last: Vec<_> = mine.into_iter().chain(signed_here(&self.dir)?).collect();
        last.dedup();
        Ok(last)
    }

    /// Signs a head of which the transaction that read it was asked whether it
    /// [`continues`] the last one that was signed.
    pub(crate) async fn sign(
        &self,
        checkpoint: Checkpoint,
        signers: &Signers,
    ) -> Result<Signed, Error> {
        let text = checkpoint.to_string();
        let signature = signers.log.sign(text.clone().into_bytes()).await?;
        let key = verifier_key(&checkpoint.origin, Role::Log, signers.log.public())?;
        let note = Note::new(text, vec![SignatureLine::new(&key, &signature)]);
        let mut last = self.last_signed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|last| last.size < checkpoint.size) {
            *last = Some(checkpoint.clone());
        }
        drop(last);
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
        let policy = self.policy_asked_for(&mut tx).await?;
        let taken = keys_ever(&mut tx).await?;
        for witness in &policy.witnesses {
            if let Some(whose) = taken.whose(witness.public()) {
                let name = witness.name();
                let what = format!("candor.toml: [log]: the key of witness {name} is {whose}");
                return Err(Error::Config(what));
            }
        }
        match signed_here(&self.dir)? {
            Some(last) => continues(&mut tx, &head, &last).await,
            None => Ok(()),
        }
    }
}

/// The last checkpoint that was signed here, beside the database, so that an older copy of that
/// can't pass for this one.
pub(crate) const CHECKPOINT_FILE: &str = "checkpoint";

/// `None` where nothing was signed yet.
fn signed_here(dir: &Path) -> Result<Option<Checkpoint>, Error> {
    let file = dir.join(CHECKPOINT_FILE);
    match std::fs::read_to_string(&file) {
        Ok(note) => head_of(&note).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(&file, "the last checkpoint can't be read")(error)),
    }
}

/// Writes it where it is the last one. Two programs that sign take turns.
fn note_signed(dir: &Path, checkpoint: &Checkpoint, note: &str) -> Result<(), Error> {
    let failed = || Error::file(dir, "can't be held while the last checkpoint is written");
    let folder = std::fs::File::open(dir).map_err(failed())?;
    folder.lock().map_err(failed())?;
    let written = write_last(dir, &folder, (checkpoint, note));
    // Not with the last of its handles, of which another one may be open.
    folder.unlock().map_err(failed())?;
    written
}

fn write_last(
    dir: &Path,
    folder: &std::fs::File,
    (checkpoint, note): (&Checkpoint, &str),
) -> Result<(), Error> {
    if signed_here(dir)?.is_none_or(|last| last.size <= checkpoint.size) {
        replace(dir, CHECKPOINT_FILE, note.as_bytes())?;
        folder.sync_all().map_err(Error::file(dir, "can't be made durable"))?;
    }
    Ok(())
}

fn head_of(note: &str) -> Result<Checkpoint, Error> {
    let note: Note = note.parse().map_err(|_| Error::NoCheckpoint)?;
    note.text().parse().map_err(|_| Error::NoCheckpoint)
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
    Ok(RoleKeys::first(&published_policy(tx).await?))
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
pub(crate) async fn continues(
    tx: &mut Tx,
    head: &Checkpoint,
    last: &Checkpoint,
) -> Result<(), Error> {
    if last.origin != head.origin {
        let (origin, signed) = (head.origin.clone(), last.origin.clone());
        return Err(Error::ForeignLog { origin, signed });
    }
    if last.size > head.size {
        return Err(Error::LogTooShort { size: head.size, signed: last.size });
    }
    if tx.root_at(last.size).await? != last.root {
        return Err(Error::LogDiffers { size: last.size });
    }
    Ok(())
}
