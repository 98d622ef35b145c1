//! Something arrives: it is sealed before anyone reads it, and its sender leaves with a receipt.
//!
//! What arrives together is recorded in one transaction, since a commit costs a write to the disk:
//! while one batch is committed, the one before it gets its receipts and the next one gathers. **No
//! receipt is given before it is durable and its checkpoint is signed.** In sealed mode that is so
//! once a batch of the log has placed it; until then it is [`Entered::Waiting`], or whoever brought
//! it waits.

use std::io::Read;
use std::sync::Arc;

use domain::access::Permission;
use domain::compartment::Compartment;
use domain::event::SubmissionEvent;
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

use crate::access::By;
use crate::checkpoint::continues;
use crate::conduct::moved;
use crate::examine::look_of_arrival;
use crate::ids::Ids;
use crate::keys::Signers;
use crate::register::LetterFile;
use crate::together::{Done, Together};
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
const TOGETHER_MAX: usize = 256;

/// Arrivals that wait for their transaction.
pub(crate) type Arrivals = Together<Prepared, Entered>;

/// An arrival, and who is told what becomes of it.
type Waiting = (Prepared, Done<Entered>);

/// An arrival whose texts are sealed already.
#[derive(Debug)]
pub(crate) struct Prepared {
    event: SubmissionEvent,
    particulars: Particulars,
    submission: NewSubmission,
    attachments: Vec<NewAttachment>,
    id: SubmissionId,
    /// Who alone sees it.
    closed_to: Option<Compartment>,
    actor: Actor,
    brought: Brought,
}

/// How something came in, which says who has to be told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brought {
    /// Somebody enters it in the console, and has it before them.
    ByHand,
    /// Nobody who may resolve it has seen it.
    ByProgram,
}

/// Where arrivals are that are durable, which are acknowledged once the log is signed over them.
#[derive(Debug)]
enum Committed {
    /// The log ends with their leaves. Each is opened to its sender, with its path to the root.
    Now { head: Checkpoint, signers: Arc<Signers>, leaves: Vec<(Option<OpenedLeaf>, Vec<Hash>)> },
    /// Sealed mode: with a batch of the log.
    Later { batch_at: Timestamp },
}

impl Candor {
    /// Seals one arrival, together with those that come at the same time. In sealed mode it waits for
    /// the batch, which somebody else must make.
    pub async fn receive(&self, arrival: Arrival, actor: Actor) -> Result<Received, Error> {
        let by = (actor, Brought::ByProgram);
        match self.receive_whole(arrival, &[], (&[], None), by).await? {
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
        by: (Actor, Brought),
    ) -> Result<Entered, Error> {
        let hashes = arrival.files.clone();
        let mut prepared = self.prepare(arrival, texts, by)?;
        prepared.closed_to = closed_to;
        for (file, sha256) in files.iter().zip(hashes) {
            let look = look_of_arrival(&file.bytes)?;
            let bytes = (file.bytes.as_slice(), look.as_str());
            let attachment = prepared.submission.attach(sha256, &file.name, bytes)?;
            prepared.attachments.push(attachment);
        }
        let id = prepared.id;
        let told = self.arrivals.push(prepared)?;
        tokio::spawn(self.clone().receive_waiting());
        let entered = match told.await.map_err(|_| Error::Worker).flatten() {
            Ok(entered) => entered,
            Err(error) => return Err(self.sealed_or(id, error).await),
        };
        self.after_commit().await;
        Ok(entered)
    }

    /// Seals what waits, and tells each who brought it.
    async fn receive_waiting(self) {
        let turn = self.arrivals.turn().await;
        let committed = self.commit_each(self.arrivals.take(TOGETHER_MAX, |_| true)).await;
        // While receipts are made, what came meanwhile is committed.
        drop(turn);
        for (committed, waiting) in committed {
            let told = self.acknowledge(committed, &waiting).await;
            if let Err(error) = &told {
                tracing::error!(error = ?error, "arrivals could not be acknowledged");
            }
            let mut entered = told.unwrap_or_default().into_iter();
            for (Prepared { id, .. }, done) in waiting {
                // Who does not wait any more has a submission that is sealed all the same.
                done.send(entered.next().ok_or(Error::NotReceipted(id))).ok();
            }
        }
    }

    /// Commits arrivals together or, where that fails, each alone, so that one of them doesn't cost
    /// the others theirs.
    async fn commit_each(&self, mut arrivals: Vec<Waiting>) -> Vec<(Committed, Vec<Waiting>)> {
        match self.commit(&mut arrivals).await {
            Ok(Some(committed)) => vec![(committed, arrivals)],
            Ok(None) => Vec::new(),
            Err(_) => {
                let mut each = Vec::with_capacity(arrivals.len());
                for arrival in arrivals {
                    let mut alone = vec![arrival];
                    match self.commit(&mut alone).await {
                        Ok(committed) => each.extend(committed.map(|committed| (committed, alone))),
                        Err(error) => {
                            tracing::error!(error = ?error, "an arrival could not be sealed");
                            if let Some((_, done)) = alone.pop() {
                                done.send(Err(error)).ok();
                            }
                        }
                    }
                }
                each
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
        (actor, brought): (Actor, Brought),
    ) -> Result<Prepared, Error> {
        let Arrival { channel, received_on, files, particulars } = arrival;
        let event = receive(channel, received_on, self.today(), files)?;
        let id = SubmissionId(Ids::new(self.clock.now())?.make());
        let Particulars { reference, nonce } = &particulars;
        let fields = [("reference", reference), ("nonce", nonce)];
        let fields = fields.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        let texts = texts.iter().map(|(name, text)| (*name, text.trim()));
        let fields: Vec<_> = fields.chain(texts.filter(|(_, text)| !text.is_empty())).collect();
        let submission = NewSubmission::seal(self.db.keys(), id, &fields)?;
        let (attachments, closed_to) = (Vec::new(), None);
        Ok(Prepared { event, particulars, submission, attachments, id, closed_to, actor, brought })
    }

    /// Seals arrivals in one transaction. Who is refused is told, and left out; `None` where nobody
    /// is left.
    async fn commit(&self, arrivals: &mut Vec<Waiting>) -> Result<Option<Committed>, Error> {
        let mut sealer = self.db.sealer().await?;
        let (mut changes, mut kept) = (Vec::new(), Vec::new());
        for (arrival, done) in arrivals.drain(..) {
            match arrival.sealed(&mut sealer) {
                Ok(change) => {
                    changes.push(change);
                    kept.push((arrival, done));
                }
                Err(refused) => {
                    done.send(Err(refused)).ok();
                }
            }
        }
        *arrivals = kept;
        if changes.is_empty() {
            return Ok(None);
        }
        let actors: Vec<_> = arrivals.iter().map(|(arrival, _)| arrival.actor).collect();
        let last = self.last_signed()?;
        let mut tx = self.db.begin().await?;
        let leaves = tx.record_of_each(self.clock.now(), &actors, &changes).await?.leaves;
        for (Prepared { attachments, .. }, _) in &*arrivals {
            tx.insert_attachments(attachments).await?;
        }
        let mut unseen = Vec::new();
        for (Prepared { id, closed_to, brought, .. }, _) in &*arrivals {
            match brought {
                Brought::ByHand => {}
                Brought::ByProgram => unseen.push((*id, closed_to.as_ref())),
            }
        }
        self.enqueue_arrivals(&mut tx, &unseen).await?;
        if leaves.is_empty() {
            // Sealed mode: that a checkpoint was signed says nothing, since no batch was made.
            let batch_at = self.next_batch(&mut tx).await?.ok_or(Error::Worker)?;
            tx.commit().await?;
            return Ok(Some(Committed::Later { batch_at }));
        }
        // Inside the transaction the tree ends with these leaves.
        let head = tx.tree_head().await?;
        for last in last {
            continues(&mut tx, &head, &last).await?;
        }
        let indexes: Vec<u64> = leaves.collect();
        let paths = tx.inclusion_paths(&indexes, head.size).await?;
        let signers = self.signers_of(&mut tx).await?;
        tx.commit().await?;
        let leaves = changes.iter().zip(indexes).map(|(change, index)| change.opened(index));
        let leaves = leaves.zip(paths).collect();
        Ok(Some(Committed::Now { head, signers, leaves }))
    }

    /// Signs the log over what was committed, and makes the receipts.
    async fn acknowledge(
        &self,
        committed: Committed,
        arrivals: &[Waiting],
    ) -> Result<Vec<Entered>, Error> {
        let submissions = arrivals.iter().map(|(arrival, _)| arrival.id);
        let (head, signers, leaves) = match committed {
            Committed::Later { batch_at } => {
                let waiting = |submission| Entered::Waiting { submission, batch_at };
                return Ok(submissions.map(waiting).collect());
            }
            Committed::Now { head, signers, leaves } => (head, signers, leaves),
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
        let sealed = |(submission, receipt)| Entered::Sealed(Received { submission, receipt });
        Ok(submissions.zip(receipts).map(sealed).collect())
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
        let event = declare_not_a_request(submission.state(), reason)?;
        let change = if submission.was_taken_back() {
            let said = tx.sealed_said(&submission).await?;
            sealer.said_anew(&submission, &said, event)?
        } else {
            let version = tx.version(domain::event::Stream::Submission(id)).await?;
            sealer.not_a_request(&submission, version, event)?
        };
        tx.record(self.clock.now(), actor, &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }
}

impl Prepared {
    fn sealed(&self, sealer: &mut Sealer) -> Result<Change, Error> {
        let submission = self.submission.clone();
        let change = sealer.receive(submission, self.event.clone(), &self.particulars)?;
        Ok(match &self.closed_to {
            Some(people) => change.closed_to(people.clone()),
            None => change,
        })
    }
}
