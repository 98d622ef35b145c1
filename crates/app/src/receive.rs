//! Something arrives: it is sealed before anyone reads it, and its sender leaves with a receipt.
//!
//! [`Intake`] takes what arrives together into one transaction, since a commit costs a write to
//! the disk: while one batch is being committed, the one before it gets its receipts and the next
//! one gathers. **No receipt is given before it is durable and its checkpoint is signed.** In sealed
//! mode that is so once a batch of the log has placed it; until then it is [`Entered::Waiting`], or
//! whoever brought it waits.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use domain::access::Permission;
use domain::compartment::Compartment;
use domain::id::{Actor, Sha256Hash, SubmissionId};
use domain::submission::{Channel, NotARequest, declare_not_a_request, receive};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::proof::InclusionProof;
use ledger::receipt::Receipt;
use sha2::{Digest, Sha256};
use store::{Change, NewAttachment, NewSubmission, OpenedLeaf, Particulars, Sealer, Sight};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::access::By;
use crate::checkpoint::{Occasion, Signed};
use crate::conduct::moved;
use crate::examine::look_of_arrival;
use crate::ids::Ids;
use crate::keys::Signers;
use crate::register::LetterFile;
use crate::{Candor, Error};

/// What arrives, as far as it is known before it is understood.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub channel: Channel,
    pub received_on: Date,
    /// SHA-256 of each file.
    pub files: Vec<Sha256Hash>,
    pub particulars: Particulars,
}

/// A submission that was sealed.
#[derive(Clone, Debug)]
pub struct Received {
    pub submission: SubmissionId,
    pub receipt: Receipt,
}

/// Something that was entered.
#[derive(Clone, Debug)]
pub enum Entered {
    Sealed(Received),
    /// In sealed mode: it is recorded with its seal, which gets its place in the log with a batch.
    /// From then on there is the receipt.
    Waiting {
        submission: SubmissionId,
        /// When the next batch is due. Where more wait than it has room for, a later one it is.
        batch_at: Timestamp,
    },
}

impl Entered {
    pub fn submission(&self) -> SubmissionId {
        match self {
            Self::Sealed(received) => received.submission,
            Self::Waiting { submission, .. } => *submission,
        }
    }
}

/// The SHA-256 of all that is read.
pub fn sha256_of(mut from: impl Read) -> std::io::Result<Sha256Hash> {
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match from.read(&mut part)? {
            0 => return Ok(Sha256Hash(hash.finalize().into())),
            n => hash.update(&part[..n]),
        }
    }
}

/// Most arrivals that are sealed together.
const BATCH_MAX: usize = 256;
/// Arrivals that wait for the next batch; beyond that, who brings one waits.
const WAITING_MAX: usize = 4 * BATCH_MAX;
/// How often a checkpoint is published while the log grows.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);

/// Seals arrivals, many at a time. Clones of it share one queue; it ends when all are dropped.
#[derive(Clone, Debug)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    prepared: Prepared,
    done: Done,
}

type Done = oneshot::Sender<Result<Entered, Error>>;

/// An arrival whose texts are sealed already.
#[derive(Debug)]
struct Prepared {
    arrival: Arrival,
    submission: NewSubmission,
    attachments: Vec<NewAttachment>,
    id: SubmissionId,
    /// Who alone sees it.
    closed_to: Option<Compartment>,
}

/// Arrivals that are durable, and are acknowledged once the log is signed over them.
#[derive(Debug)]
struct Committed {
    submissions: Vec<SubmissionId>,
    placed: Placed,
}

#[derive(Debug)]
enum Placed {
    /// The log ends with their leaves. Each is opened to its sender, with its path to the root.
    Now { head: Checkpoint, signers: Arc<Signers>, leaves: Vec<(Option<OpenedLeaf>, Vec<Hash>)> },
    /// Sealed mode: with a batch of the log.
    Later { batch_at: Timestamp },
}

impl Candor {
    /// Seals one arrival, and publishes the checkpoint. In sealed mode it waits for the batch, which
    /// somebody else must make.
    pub async fn receive(&self, arrival: Arrival, actor: Actor) -> Result<Received, Error> {
        let entered = self.receive_whole(arrival, &[], (&[], None), actor).await?;
        self.receipted(entered).await
    }

    /// What was entered, with its receipt, once it has one.
    async fn receipted(&self, entered: Entered) -> Result<Received, Error> {
        match entered {
            Entered::Sealed(received) => Ok(received),
            Entered::Waiting { submission, .. } => {
                let receipt = self.receipt_with_batch(submission).await?;
                Ok(Received { submission, receipt })
            }
        }
    }

    /// The same with texts about it, and with its files, which are kept encrypted.
    pub(crate) async fn receive_whole(
        &self,
        arrival: Arrival,
        texts: &[(&'static str, String)],
        (files, closed_to): (&[LetterFile], Option<Compartment>),
        actor: Actor,
    ) -> Result<Entered, Error> {
        let mut prepared = self.prepare(arrival, texts)?;
        prepared.closed_to = closed_to;
        for (file, sha256) in files.iter().zip(&prepared.arrival.files) {
            let look = look_of_arrival(&file.bytes)?;
            let bytes = (file.bytes.as_slice(), look.as_str());
            let attachment = prepared.submission.attach(*sha256, &file.name, bytes)?;
            prepared.attachments.push(attachment);
        }
        let (id, batch) = (prepared.id, [prepared]);
        let mut sealer = self.db.sealer().await?;
        let received = match self.receive_batch(&batch, actor, &mut sealer).await {
            // Another one made the key of its half-year at the same moment: it is sealed with that.
            Err(Error::Store(store::Error::Conflict(_))) => {
                let mut sealer = self.db.sealer().await?;
                self.receive_batch(&batch, actor, &mut sealer).await
            }
            received => received,
        };
        let mut received = match received {
            Ok(received) => received,
            Err(error) => return Err(self.sealed_or(id, error).await),
        };
        self.publish_or_tell().await;
        received.pop().ok_or(Error::Worker)
    }

    /// Begins to take arrivals. The handle ends when every [`Intake`] is dropped and the last
    /// batch is sealed.
    pub fn intake(&self, actor: Actor) -> (Intake, JoinHandle<Result<(), Error>>) {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let worker = tokio::spawn(self.clone().take_arrivals(waiting, actor));
        (Intake { queue }, worker)
    }

    async fn take_arrivals(
        self,
        mut waiting: mpsc::Receiver<Waiting>,
        actor: Actor,
    ) -> Result<(), Error> {
        // Once, for all that this process appends: later heads follow from this one.
        self.sign_and_remember(Occasion::Growth).await?;
        let mut published = Instant::now();
        let mut sealer = self.db.sealer().await?;
        let mut batch = Vec::new();
        let mut acknowledging = tokio::spawn(async {});
        // Apart, since witnesses may take their time: nobody who sends something waits for them.
        let mut publishing: Option<JoinHandle<Result<Signed, Error>>> = None;
        while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
            let mut done = Vec::with_capacity(batch.len());
            let mut prepared = Vec::with_capacity(batch.len());
            for Waiting { prepared: arrival, done: tell } in batch.drain(..) {
                prepared.push(arrival);
                done.push(tell);
            }
            self.settle(prepared, done, actor, (&mut sealer, &mut acknowledging)).await?;
            let is_done = publishing.as_ref().is_none_or(JoinHandle::is_finished);
            if is_done && published.elapsed() >= PUBLISH_EVERY {
                if let Some(last) = publishing.take() {
                    last.await.map_err(|_| Error::Worker)??;
                }
                let candor = self.clone();
                publishing = Some(tokio::spawn(async move { candor.publish_checkpoint().await }));
                published = Instant::now();
                // Period keys that were made meanwhile are stored by now.
                sealer = self.db.sealer().await?;
            }
        }
        acknowledging.await.map_err(|_| Error::Worker)?;
        if let Some(last) = publishing {
            last.await.map_err(|_| Error::Worker)??;
        }
        self.publish_checkpoint().await?;
        Ok(())
    }

    /// Commits a batch, and has each who waits told while the next one is committed. A batch that
    /// fails is tried again in halves, so that one bad arrival doesn't cost the others theirs.
    async fn settle(
        &self,
        mut prepared: Vec<Prepared>,
        mut done: Vec<Done>,
        actor: Actor,
        (sealer, acknowledging): (&mut Sealer, &mut JoinHandle<()>),
    ) -> Result<(), Error> {
        match self.commit_batch(&prepared, actor, sealer).await {
            Ok(committed) => {
                // One at a time: who commits faster than receipts are made waits here.
                (&mut *acknowledging).await.map_err(|_| Error::Worker)?;
                let candor = self.clone();
                *acknowledging = tokio::spawn(async move { candor.tell(committed, done).await });
            }
            Err(error) if prepared.len() == 1 => {
                tracing::error!(error = ?error, "an arrival could not be sealed");
                for (tell, Prepared { id, .. }) in done.into_iter().zip(prepared) {
                    let told = self.sealed_or(id, Error::Again).await;
                    tell.send(Err(told)).ok();
                }
            }
            Err(_) => {
                let half = prepared.len() / 2;
                let (later, tell_later) = (prepared.split_off(half), done.split_off(half));
                if let Ok(anew) = self.db.sealer().await {
                    *sealer = anew;
                }
                Box::pin(self.settle(prepared, done, actor, (sealer, acknowledging))).await?;
                Box::pin(self.settle(later, tell_later, actor, (sealer, acknowledging))).await?;
            }
        }
        Ok(())
    }

    /// Tells each who waits what became of their arrival, which is durable. Who does not wait any
    /// more has a submission that is sealed all the same.
    async fn tell(&self, committed: Committed, done: Vec<Done>) {
        let submissions = committed.submissions.clone();
        match self.acknowledge(committed).await {
            Ok(entered) => {
                for (tell, entered) in done.into_iter().zip(entered) {
                    tell.send(Ok(entered)).ok();
                }
            }
            Err(error) => {
                tracing::error!(error = ?error, "arrivals could not be acknowledged");
                for (tell, id) in done.into_iter().zip(submissions) {
                    tell.send(Err(Error::NotReceipted(id))).ok();
                }
            }
        }
    }

    /// What to tell who gets no receipt. The commit may have come before what failed, as when a key
    /// service does not answer: then the submission is sealed, and must not be sent again.
    async fn sealed_or(&self, id: SubmissionId, error: Error) -> Error {
        let found = async {
            let mut tx = self.db.snapshot().await?;
            tx.sealed_submission(self.db.keys(), id, Sight::whole()).await
        };
        match found.await {
            Ok(Some(_)) => Error::NotReceipted(id),
            Ok(None) | Err(_) => error,
        }
    }

    fn prepare(
        &self,
        arrival: Arrival,
        texts: &[(&'static str, String)],
    ) -> Result<Prepared, Error> {
        let id = SubmissionId(Ids::new(self.clock.now())?.make());
        let Particulars { reference, nonce } = &arrival.particulars;
        let fields = [("reference", reference), ("nonce", nonce)];
        let fields = fields.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        let texts = texts.iter().map(|(name, text)| (*name, text.trim()));
        let fields: Vec<_> = fields.chain(texts.filter(|(_, text)| !text.is_empty())).collect();
        let submission = NewSubmission::seal(self.db.keys(), id, &fields)?;
        Ok(Prepared { arrival, submission, attachments: Vec::new(), id, closed_to: None })
    }

    /// Seals arrivals in one transaction, signs the log over them, and makes their receipts.
    async fn receive_batch(
        &self,
        batch: &[Prepared],
        actor: Actor,
        sealer: &mut Sealer,
    ) -> Result<Vec<Entered>, Error> {
        let committed = self.commit_batch(batch, actor, sealer).await?;
        self.acknowledge(committed).await
    }

    /// Seals arrivals in one transaction.
    async fn commit_batch(
        &self,
        batch: &[Prepared],
        actor: Actor,
        sealer: &mut Sealer,
    ) -> Result<Committed, Error> {
        let changes: Vec<Change> = batch
            .iter()
            .map(|Prepared { arrival, submission, closed_to, .. }| {
                let Arrival { channel, received_on, files, particulars } = arrival.clone();
                let event = receive(channel, received_on, self.today(), files)?;
                let change = sealer.receive(submission.clone(), event, &particulars)?;
                Ok(match closed_to {
                    Some(people) => change.closed_to(people.clone()),
                    None => change,
                })
            })
            .collect::<Result<_, Error>>()?;
        let submissions = batch.iter().map(|prepared| prepared.id).collect();
        let mut tx = self.db.begin().await?;
        let leaves = tx.record(self.clock.now(), actor, &changes).await?.leaves;
        for Prepared { attachments, .. } in batch {
            tx.insert_attachments(attachments).await?;
        }
        if leaves.is_empty() {
            // Sealed mode: that a checkpoint was signed says nothing, since no batch was made.
            let batch_at = self.next_batch(&mut tx).await?.ok_or(Error::Worker)?;
            tx.commit().await?;
            return Ok(Committed { submissions, placed: Placed::Later { batch_at } });
        }
        // Inside the transaction the tree ends with these leaves.
        let head = tx.tree_head().await?;
        let indexes: Vec<u64> = leaves.collect();
        let paths = tx.inclusion_paths(&indexes, head.size).await?;
        let signers = self.signers_of(&mut tx).await?;
        tx.commit().await?;
        let leaves = changes.iter().zip(indexes).map(|(change, index)| change.opened(index));
        let leaves = leaves.zip(paths).collect();
        Ok(Committed { submissions, placed: Placed::Now { head, signers, leaves } })
    }

    /// Signs the log over what was committed, and makes the receipts.
    async fn acknowledge(&self, committed: Committed) -> Result<Vec<Entered>, Error> {
        let Committed { submissions, placed } = committed;
        let (head, signers, leaves) = match placed {
            Placed::Later { batch_at } => {
                let waiting = |submission| Entered::Waiting { submission, batch_at };
                return Ok(submissions.into_iter().map(waiting).collect());
            }
            Placed::Now { head, signers, leaves } => (head, signers, leaves),
        };
        let signed = self.sign(head, &signers).await?;
        let opened = leaves.into_iter().map(|(leaf, path)| {
            let leaf = leaf?;
            let (index, checkpoint) = (leaf.index, signed.note.clone());
            Some(crate::receipt::opened(&leaf, &InclusionProof { index, path, checkpoint }))
        });
        let opened = opened.map(Vec::from_iter);
        let receipts =
            self.receipts_of((&signed.checkpoint.origin, &signers), opened.collect()).await?;
        let received = submissions.into_iter().zip(receipts);
        Ok(received
            .map(|(submission, receipt)| Entered::Sealed(Received { submission, receipt }))
            .collect())
    }

    /// Says that a submission holds no request, and why.
    pub async fn declare_not_a_request(
        &self,
        id: SubmissionId,
        reason: NotARequest,
        by: By<'_>,
    ) -> Result<(), Error> {
        let actor = by.may(Permission::ResolveSubmission)?;
        let mut tx = self.db.begin().await?;
        let mut sealer = tx.sealer(self.db.keys()).await?;
        let submission = tx.sealed_submission(self.db.keys(), id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let version = tx.version(domain::event::Stream::Submission(id)).await?;
        let event = declare_not_a_request(submission.state(), reason)?;
        let change = sealer.not_a_request(&submission, version, event)?;
        tx.record(self.clock.now(), actor, &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)?;
        self.publish_or_tell().await;
        Ok(())
    }
}

impl Intake {
    /// Waits until an arrival is sealed.
    pub async fn receive(&self, candor: &Candor, arrival: Arrival) -> Result<Received, Error> {
        let prepared = candor.prepare(arrival, &[])?;
        let (done, answer) = oneshot::channel();
        let sent = self.queue.send(Waiting { prepared, done }).await;
        sent.map_err(|_| Error::Worker)?;
        let entered = answer.await.map_err(|_| Error::Worker)??;
        candor.receipted(entered).await
    }
}
