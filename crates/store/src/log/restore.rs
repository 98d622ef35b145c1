//! Leaves come back from the published log, where a backup is older than what was published.
//!
//! What they seal is lost: the rows have no salt and name no submission, and the event
//! `LeavesRestored` says which they are. They are counted nowhere. Numbers that they took (a
//! request's in its submission, a decision's in its request) are not given out again.

use std::collections::HashMap;

use domain::event::{CompanyEvent, Event, Stream};
use domain::id::{Actor, RequestId, Sha256Hash};
use jiff::Timestamp;
use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::leaf::{HalfYear, Leaf, LeafKind};

use crate::log::append::{Grown, RecordedAt};
use crate::log::read::StoredLeaf;
use crate::log::seal::Sealer;
use crate::{Change, Error, Sight, Tx, on_both};

/// A leaf whose content is lost, and missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostLeaf {
    pub index: u64,
    pub what: Lost,
    /// Whether the company has stated that it goes on without.
    pub is_stated: bool,
}

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Something that arrived. Nobody can tell what.
    Submission { received: HalfYear },
    /// A request that was found in a submission, or the statement that there is none.
    Request { received: HalfYear },
    /// What became last of a request that is known otherwise.
    Outcome { of: RequestId },
}

impl Tx {
    /// Records that the leaves from the end of the log up to `to` come back. They are to follow by
    /// [`Self::restore_leaves`] in this transaction.
    pub async fn begin_restoring(
        &mut self,
        at: Timestamp,
        actor: Actor,
        to: u64,
    ) -> Result<RecordedAt, Error> {
        let from = self.tree_head().await?.size;
        self.record_of_publication(at, actor, CompanyEvent::LeavesRestored { from, to }).await
    }

    /// Records that this log follows another, which the public saw end so.
    pub async fn record_succession(
        &mut self,
        at: Timestamp,
        actor: Actor,
        ended: &Checkpoint,
    ) -> Result<RecordedAt, Error> {
        let Checkpoint { origin, size, root } = ended;
        let (before, root) = (Hash::of(origin.as_bytes()).0, root.0);
        let (before, root) = (Sha256Hash(before), Sha256Hash(root));
        let event = CompanyEvent::LogSucceeded { before, size: *size, root };
        self.record_of_publication(at, actor, event).await
    }

    /// How many numbers of the leaves of a kind that refer to another are taken.
    pub async fn numbers_taken(&mut self, parent: u64, kind: LeafKind) -> Result<u32, Error> {
        let leaves = self.leaves_of(parent).await?;
        let taken = leaves.iter().filter(|leaf| leaf.leaf.kind() == kind).count();
        u32::try_from(taken).map_err(|e| Error::inconsistent("leaf", parent, e))
    }

    /// Records that what is lost will not come back.
    pub async fn state_loss(
        &mut self,
        at: Timestamp,
        actor: Actor,
        (from, to): (u64, u64),
    ) -> Result<RecordedAt, Error> {
        self.record_of_publication(at, actor, CompanyEvent::LossStated { from, to }).await
    }

    pub(super) async fn record_of_publication(
        &mut self,
        at: Timestamp,
        actor: Actor,
        event: CompanyEvent,
    ) -> Result<RecordedAt, Error> {
        let version = self.version(Stream::Publication).await?;
        self.record(at, actor, &[Change::of_publication(version, vec![event])]).await
    }

    /// Appends leaves that nobody here can open.
    pub async fn restore_leaves(&mut self, leaves: &[Leaf]) -> Result<(), Error> {
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        for leaf in leaves {
            head.restore(leaf, &mut grown);
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        for leaf in leaves {
            self.keep_number(leaf).await?;
        }
        Ok(())
    }

    /// Appends leaves as they were published. Whether they are the right ones, the root tells. A
    /// leaf that waits here for its place is given the one that it was published at, and a pad is
    /// made again. Returns how many are neither: what they seal is lost.
    pub async fn restore_published(
        &mut self,
        sealer: &Sealer,
        leaves: &[Leaf],
    ) -> Result<u64, Error> {
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        let waiting = self.waiting().await?;
        let mut waiting: HashMap<_, _> =
            waiting.into_iter().map(|waits| (waits.seal(), waits)).collect();
        let mut lost = Vec::new();
        for leaf in leaves {
            let (index, position) = (head.frontier.size(), head.position);
            let waits = leaf.seal().filter(|_| leaf.kind() != LeafKind::Audit);
            let waits = waits.and_then(|seal| waiting.remove(&Some(seal)));
            if let Some(waits) = waits.filter(|waits| waits.is(leaf)) {
                head.push(waits.placed(index, leaf.parent()), &mut grown);
                self.note_place(&waits, index).await?;
            } else if let Some(row) = self.restored_pad(sealer, (index, position), leaf).await? {
                head.push(row, &mut grown);
            } else {
                head.restore(leaf, &mut grown);
                lost.push(leaf);
            }
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        for leaf in &lost {
            self.keep_number(leaf).await?;
        }
        Ok(lost.len() as u64)
    }

    /// What comes next gets the number after the one that a leaf has taken.
    async fn keep_number(&mut self, leaf: &Leaf) -> Result<(), Error> {
        const REQUESTS: &str = "UPDATE submission SET requests = $1 WHERE submission_id = $2";
        const DECISIONS: &str = "UPDATE stream SET decisions = $1 WHERE stream_id = $2";
        const RECLASSIFICATIONS: &str =
            "UPDATE stream SET reclassifications = $1 WHERE stream_id = $2";
        let (update, taken, parent) = match leaf {
            Leaf::Request { submission, ordinal, .. } => {
                (REQUESTS, i64::from(*ordinal), *submission)
            }
            Leaf::Decision { request, seq, .. } => (DECISIONS, i64::from(*seq) + 1, *request),
            Leaf::Reclassification { request, seq, .. } => {
                (RECLASSIFICATIONS, i64::from(*seq) + 1, *request)
            }
            Leaf::Submission { .. }
            | Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => return Ok(()),
        };
        let Some(parent) = self.leaf(parent).await? else { return Ok(()) };
        let of = match leaf.kind() {
            LeafKind::Request => parent.submission.map(|id| id.0),
            _ => match self.stream_at(parent.position).await? {
                Some(Stream::Request(id)) => Some(id.0),
                Some(Stream::Submission(id)) => Some(id.0),
                // It was lost too.
                Some(Stream::Person(_) | Stream::Authority(_) | Stream::Publication) | None => None,
            },
        };
        on_both!(self, |c| {
            sqlx::query(update).bind(taken).bind(of).execute(&mut **c).await?.rows_affected()
        });
        Ok(())
    }

    pub(super) async fn leaf(&mut self, index: u64) -> Result<Option<StoredLeaf>, Error> {
        Ok(self.leaves(index, index.saturating_add(1)).await?.pop())
    }

    /// What is lost and missed. A decision that was lost is missed until another follows on the
    /// same request.
    pub async fn lost(&mut self) -> Result<Vec<LostLeaf>, Error> {
        let leaves = self.lost_leaves().await?;
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        let mut stated = Vec::new();
        for recorded in self.stream_events(Stream::Publication, Sight::whole()).await? {
            if let Event::Company(CompanyEvent::LossStated { from, to }) = recorded.event {
                stated.push(from..to);
            } else if let Event::Company(CompanyEvent::LogSucceeded { .. }) = recorded.event {
                // What was spoken of stands elsewhere now.
                stated.clear();
            }
        }
        let mut lost = Vec::new();
        for leaf in leaves {
            if let Some(what) = self.missed(&leaf).await? {
                let index = leaf.index;
                let is_stated = stated.iter().any(|stated| stated.contains(&index));
                lost.push(LostLeaf { index, what, is_stated });
            }
        }
        Ok(lost)
    }

    async fn missed(&mut self, leaf: &StoredLeaf) -> Result<Option<Lost>, Error> {
        match leaf.leaf {
            Leaf::Submission { period, .. } => Ok(Some(Lost::Submission { received: period })),
            Leaf::Request { submission, .. } => {
                let submission = self.leaf(submission).await?.map(|leaf| leaf.leaf);
                Ok(match submission {
                    Some(Leaf::Submission { period, .. }) => {
                        Some(Lost::Request { received: period })
                    }
                    Some(_) | None => None,
                })
            }
            Leaf::Decision { request, .. } | Leaf::Reclassification { request, .. } => {
                let Some(of) = self.leaf(request).await? else { return Ok(None) };
                let Some(Stream::Request(of)) = self.stream_at(of.position).await? else {
                    return Ok(None);
                };
                let after = self.leaves_of(request).await?;
                let is_last = !after
                    .iter()
                    .any(|other| other.index > leaf.index && other.leaf.kind() == leaf.leaf.kind());
                Ok(is_last.then_some(Lost::Outcome { of }))
            }
            // Nothing is missed that these say.
            Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => Ok(None),
        }
    }
}
