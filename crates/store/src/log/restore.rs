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
use uuid::Uuid;

use crate::log::append::{Grown, LeafRow, RecordedAt};
use crate::log::read::StoredLeaf;
use crate::log::seal::Sealer;
use crate::log::waiting::WaitingLeaf;
use crate::{Change, Error, Sight, Tx, on_both};

/// A leaf whose content is lost, and missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostLeaf {
    pub index: u64,
    pub what: Lost,
    /// Whether the company has stated that it goes on without.
    pub is_stated: bool,
}

/// What can be known of leaves that come back.
#[derive(Debug)]
pub struct Known {
    sealer: Sealer,
    /// The leaves that wait for their place, by what they seal.
    waiting: HashMap<Hash, WaitingLeaf>,
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

    /// Appends leaves about requests that were published in the log before, each with its place
    /// there and as it stands in this one. What waits here for its place is given this one, and a
    /// pad is known by the sealer of that log. Returns how many are neither: what they seal is lost.
    pub async fn restore_carried(
        &mut self,
        known: &mut Known,
        leaves: &[(u64, Leaf)],
    ) -> Result<u64, Error> {
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        // Pads belong to the last event that happened in the log before.
        let ended = self.origins().await?.last().map_or(0, |(until, _)| until.0 - 1);
        let mut lost = Vec::new();
        for (published_at, leaf) in leaves {
            let index = head.frontier.size();
            let waits = leaf.seal().and_then(|seal| known.waiting.remove(&seal));
            if let Some(waits) = waits.filter(|waits| waits.seals_as(leaf)) {
                let row = waits.placed(index, leaf.parent());
                head.push(LeafRow { entry: leaf.encode(), ..row }, &mut grown);
                self.note_place(&waits, index).await?;
                continue;
            }
            let place = (*published_at, index, ended);
            match self.carried_pad(&known.sealer, place, leaf).await? {
                Some(row) => head.push(row, &mut grown),
                None => {
                    head.restore(leaf, &mut grown);
                    lost.push(leaf);
                }
            }
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        for leaf in &lost {
            self.keep_number(leaf).await?;
        }
        Ok(lost.len() as u64)
    }

    /// What waits follows on what has its place: numbers that others have taken meanwhile are not
    /// given out again.
    pub async fn number_waiting(&mut self) -> Result<(), Error> {
        let mut next: HashMap<(Uuid, LeafKind), u32> = HashMap::new();
        for mut waits in self.waiting().await? {
            let Some(of) = waits.numbered_by() else { continue };
            let number = match next.get(&of) {
                Some(number) => *number,
                None => match self.parent_of(&waits).await? {
                    Some(parent) => self.numbers_taken(parent, of.1).await?,
                    None => 0,
                },
            };
            next.insert(of, number.saturating_add(1));
            if let Some(before) = waits.renumber(number) {
                self.replace_waiting(&before, waits).await?;
            }
        }
        for ((of, kind), taken) in next {
            self.count_numbers(kind, of, i64::from(taken)).await?;
        }
        Ok(())
    }

    /// Appends leaves as they were published. Whether they are the right ones, the root tells. A
    /// leaf that waits here for its place is given the one that it was published at, and a pad is
    /// made again. Returns how many are neither: what they seal is lost.
    pub async fn restore_published(
        &mut self,
        known: &mut Known,
        leaves: &[Leaf],
    ) -> Result<u64, Error> {
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        let mut lost = Vec::new();
        for leaf in leaves {
            let (index, position) = (head.frontier.size(), head.position);
            let waits = leaf.seal().and_then(|seal| known.waiting.remove(&seal));
            if let Some(waits) = waits.filter(|waits| waits.is(leaf)) {
                head.push(waits.placed(index, leaf.parent()), &mut grown);
                self.note_place(&waits, index).await?;
            } else if let Some(row) =
                self.restored_pad(&known.sealer, (index, position), leaf).await?
            {
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

    /// What can be known of leaves that come back: by the sealer of the log in which they were
    /// published, and from the leaves that wait here.
    pub async fn known(&mut self, sealer: Sealer) -> Result<Known, Error> {
        let waiting = self.waiting().await?;
        let waiting = waiting.into_iter().filter_map(|waits| Some((waits.seal()?, waits)));
        Ok(Known { sealer, waiting: waiting.collect() })
    }

    /// What comes next gets the number after the one that a leaf has taken.
    async fn keep_number(&mut self, leaf: &Leaf) -> Result<(), Error> {
        let (taken, parent) = match leaf {
            Leaf::Request { submission, ordinal, .. } => (i64::from(*ordinal), *submission),
            Leaf::Decision { request, seq, .. } | Leaf::Reclassification { request, seq, .. } => {
                (i64::from(*seq) + 1, *request)
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
        match of {
            Some(of) => self.count_numbers(leaf.kind(), of, taken).await,
            None => Ok(()),
        }
    }

    /// How many numbers are taken: of requests in a submission, of other leaves on a stream.
    async fn count_numbers(&mut self, kind: LeafKind, of: Uuid, taken: i64) -> Result<(), Error> {
        const REQUESTS: &str =
            "UPDATE submission SET requests = $1 - taken_back WHERE submission_id = $2";
        const DECISIONS: &str = "UPDATE stream SET decisions = $1 WHERE stream_id = $2";
        const RECLASSIFICATIONS: &str =
            "UPDATE stream SET reclassifications = $1 WHERE stream_id = $2";
        let update = match kind {
            LeafKind::Request => REQUESTS,
            LeafKind::Decision => DECISIONS,
            LeafKind::Reclassification => RECLASSIFICATIONS,
            LeafKind::Submission
            | LeafKind::Codebook
            | LeafKind::Report
            | LeafKind::Audit
            | LeafKind::Key => return Ok(()),
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
