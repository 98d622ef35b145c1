//! Leaves get their place in the log, in the transaction that records what they are about.

use domain::event::Stream;
use domain::id::{Position, SubmissionId};
use ledger::commitment::Code;
use ledger::hash::Hash;
use ledger::leaf::Leaf;
use ledger::tile::{TILE_HEIGHT, TILE_LEVEL_MAX};
use ledger::tree::{Frontier, Subtree};

use crate::log::codes;
use crate::log::read::StoredLeaf;
use crate::log::record;
use crate::log::seal::{Change, NewBody, NewLeaf, Sealed};
use crate::log::waiting::{self, WaitingLeaf};
use crate::{Conflict, Error, Tx, insert_all, on_both};

/// The end of the log, held by this transaction until it ends.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) frontier: Frontier,
    /// Hash chain over all events.
    pub(crate) chain: Hash,
    pub(crate) placing: Placing,
}

/// When a leaf gets its place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placing {
    /// In the transaction of the event that calls for it.
    AtOnce,
    /// With a batch (sealed mode).
    InBatches,
}

/// A leaf as its row.
pub(crate) struct LeafRow {
    pub(super) index: u64,
    pub(super) entry: Vec<u8>,
    pub(super) position: i64,
    pub(super) parent: Option<u64>,
    pub(super) submission: Option<SubmissionId>,
    /// `None` where it is lost.
    pub(super) salt: Option<Vec<u8>>,
    pub(super) code: Option<Code>,
}

/// Leaves that were given their place, and the subtrees that they fill; leaves that wait for it.
#[derive(Default)]
pub(crate) struct Grown {
    rows: Vec<LeafRow>,
    nodes: Vec<(Subtree, Hash)>,
    pub(super) waiting: Vec<WaitingLeaf>,
}

/// Where the leaves of one change came to stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Placed {
    /// What its stream has in the log now.
    pub(crate) sealed: Sealed,
    /// The leaf of the submission that came with it.
    pub(crate) submission: Option<u64>,
}

/// Continues the hash chain over all events by one: its stream, time, actor and body.
pub(crate) fn chained(
    before: &Hash,
    stream: &[u8; 16],
    at_micros: i64,
    actor: &str,
    body: &str,
) -> Hash {
    Hash::of_parts(&[
        b"candor/event/v1",
        &before.0,
        stream,
        &at_micros.to_le_bytes(),
        &(actor.len() as u64).to_le_bytes(),
        actor.as_bytes(),
        body.as_bytes(),
    ])
}

impl Head {
    /// Gives the leaves of a change their places. Its first event gets position `first`.
    pub(crate) fn append(
        &mut self,
        change: &Change,
        first: i64,
        grown: &mut Grown,
    ) -> Result<Placed, Error> {
        match self.placing {
            Placing::InBatches if !change.is_history() => {
                return Ok(waiting::defer(change, first, grown));
            }
            Placing::InBatches | Placing::AtOnce => {}
        }
        let mut submission = None;
        let mut sealed = change.before;
        for leaf in &change.leaves {
            let NewLeaf { event, body, submission: of, salt, code } = leaf;
            let parent = match body {
                NewBody::Submission { .. } => None,
                NewBody::Request { .. } => {
                    submission.or(change.found_in.and_then(|found| found.leaf))
                }
                NewBody::Decision { .. } | NewBody::Reclassification { .. } => {
                    change.no_request.or(sealed.leaf)
                }
            };
            // The sealer was given it with the request or submission that it belongs to.
            let to = || {
                let what = "the leaf that it refers to is not known";
                parent.ok_or_else(|| Error::inconsistent("stream", of, what))
            };
            let leaf = match *body {
                NewBody::Submission { period, arrival, seal } => {
                    Leaf::Submission { period, arrival, seal }
                }
                NewBody::Request { ordinal, seal, record } => {
                    Leaf::Request { submission: to()?, ordinal, seal, record }
                }
                NewBody::Decision { seq, seal, outcome } => {
                    sealed.decisions = seq + 1;
                    Leaf::Decision { request: to()?, seq, seal, outcome }
                }
                NewBody::Reclassification { seq, seal, record } => {
                    sealed.reclassifications = seq + 1;
                    Leaf::Reclassification { request: to()?, seq, seal, record }
                }
            };
            let row = LeafRow {
                index: self.frontier.size(),
                entry: leaf.encode(),
                position: first + *event as i64,
                parent,
                submission: Some(*of),
                salt: Some(salt.clone()),
                code: *code,
            };
            match leaf {
                Leaf::Submission { .. } => submission = Some(row.index),
                Leaf::Request { .. } => sealed.leaf = Some(row.index),
                Leaf::Decision { .. }
                | Leaf::Reclassification { .. }
                | Leaf::Codebook { .. }
                | Leaf::Report { .. }
                | Leaf::Audit { .. }
                | Leaf::HandOver(_)
                | Leaf::Anchor { .. } => {}
            }
            self.push(row, grown);
        }
        if let Stream::Submission(_) = change.stream {
            // Its leaf is the submission's own, also where it turned out to hold no request.
            sealed.leaf = submission.or(change.before.leaf);
        }
        Ok(Placed { sealed, submission })
    }

    /// A leaf that comes back without what it seals.
    pub(crate) fn restore(&mut self, leaf: &Leaf, grown: &mut Grown) {
        let position = self.position;
        let (index, entry, parent) = (self.frontier.size(), leaf.encode(), leaf.parent());
        let (submission, salt, code) = (None, None, None);
        self.push(LeafRow { index, entry, position, parent, submission, salt, code }, grown);
    }

    /// One of the leaves with which a log begins, before anything has happened.
    pub(crate) fn begin(&mut self, leaf: &Leaf, grown: &mut Grown) {
        let (index, entry, parent) = (self.frontier.size(), leaf.encode(), None);
        let (position, submission, salt, code) = (0, None, Some(Vec::new()), None);
        self.push(LeafRow { index, entry, position, parent, submission, salt, code }, grown);
    }

    /// A leaf of the log before, with all that opens it. Returns its place.
    pub(crate) fn carry(&mut self, leaf: &Leaf, stored: StoredLeaf, grown: &mut Grown) -> u64 {
        let StoredLeaf { position, salt, submission, code, .. } = stored;
        let (index, entry, parent) = (self.frontier.size(), leaf.encode(), leaf.parent());
        let position = position.0;
        self.push(LeafRow { index, entry, position, parent, submission, salt, code }, grown);
        index
    }

    pub(super) fn push(&mut self, row: LeafRow, grown: &mut Grown) {
        self.frontier.push(Hash::leaf(&row.entry), |subtree, hash| {
            let level = subtree.height / TILE_HEIGHT;
            if subtree.height.is_multiple_of(TILE_HEIGHT) && level <= TILE_LEVEL_MAX {
                grown.nodes.push((subtree, hash));
            }
        });
        grown.rows.push(row);
    }
}

impl Tx {
    /// Takes the end of the log. Until the commit nobody else can, so that positions and leaves
    /// have no gaps.
    pub(crate) async fn take_head(&mut self) -> Result<Head, Error> {
        const TAKE: &str = "UPDATE log_head SET position = position WHERE id = 1 \
             RETURNING position, tree_size, tree_frontier, event_chain, is_padded";
        let (position, size, frontier, chain, is_padded): (i64, i64, Vec<u8>, Vec<u8>, i64) =
            on_both!(self, |c| sqlx::query_as(TAKE).fetch_one(&mut **c).await?);
        let strange = |what: &str| Error::inconsistent("log_head", "1", what);
        let frontier = u64::try_from(size)
            .ok()
            .and_then(|size| Frontier::from_bytes(size, &frontier))
            .ok_or_else(|| strange("its frontier does not belong to its size"))?;
        let chain = Hash::from_slice(&chain).ok_or_else(|| strange("its chain is no hash"))?;
        let placing = if is_padded == 1 { Placing::InBatches } else { Placing::AtOnce };
        Ok(Head { position, frontier, chain, placing })
    }

    /// Puts the end of the log where the leaves and events have moved it.
    pub(crate) async fn put_head(&mut self, head: &Head) -> Result<(), Error> {
        const PUT: &str = "UPDATE log_head SET position = $1, tree_size = $2, \
             tree_frontier = $3, event_chain = $4 WHERE id = 1";
        let size = signed(head.frontier.size())?;
        let rows = on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(head.position)
                .bind(size)
                .bind(head.frontier.to_bytes())
                .bind(head.chain.0.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if rows == 1 { Ok(()) } else { Err(Error::inconsistent("log_head", "1", "it is missing")) }
    }

    pub(crate) async fn insert_leaves(&mut self, grown: &Grown) -> Result<(), Error> {
        let rows = &grown.rows;
        insert_all!(
            self,
            "leaf (leaf_index, entry, position, parent, submission_id, salt, code)",
            1000,
            rows,
            |values, row| values
                .push_bind(row.index as i64)
                .push_bind(row.entry.as_slice())
                .push_bind(row.position)
                .push_bind(row.parent.map(|parent| parent as i64))
                .push_bind(row.submission.map(|submission| submission.0))
                .push_bind(row.salt.as_deref())
                .push_bind(row.code.map(|code| i64::from(code.to_u32())))
        );
        let nodes = &grown.nodes;
        insert_all!(self, "tree_node (level, node_index, hash)", 1000, nodes, |values, node| {
            values
                .push_bind(i64::from(node.0.height / TILE_HEIGHT))
                .push_bind(node.0.index as i64)
                .push_bind(node.1.0.as_slice())
        });
        Ok(())
    }

    /// Begins the log: its name, and the codebook as its first leaf. [`Conflict`] where it has
    /// begun.
    pub async fn begin_log(&mut self, origin: &str) -> Result<(), Error> {
        const NAME: &str = "UPDATE log_head SET origin = $1 WHERE id = 1 AND tree_size = 0";
        let rows = on_both!(self, |c| {
            sqlx::query(NAME).bind(origin).execute(&mut **c).await?.rows_affected()
        });
        if rows != 1 {
            return Err(Conflict.into());
        }
        self.append_codebook(&codes::codebook()).await
    }

    /// Seals everything that happened so far, also where nothing did: at fixed times, so that the
    /// times tell nothing.
    pub async fn seal_events(&mut self) -> Result<(), Error> {
        let head = self.take_head().await?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let told = record::bytes(&record::audit(head.position, &head.chain))?;
        let salt = ledger::leaf::Salt(salt);
        let seal = ledger::leaf::LeafKind::Audit.seal(&salt, &told);
        self.append_company_leaf(&Leaf::Audit { seal }, Some(&salt.0)).await
    }

    /// Appends a leaf that is about no submission.
    pub async fn append_company_leaf(
        &mut self,
        leaf: &Leaf,
        salt: Option<&[u8; 32]>,
    ) -> Result<(), Error> {
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        let row = LeafRow {
            index: head.frontier.size(),
            entry: leaf.encode(),
            position: head.position,
            parent: None,
            submission: None,
            salt: Some(salt.map(|salt| salt.to_vec()).unwrap_or_default()),
            code: None,
        };
        head.push(row, &mut grown);
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await
    }

    /// Counts the requests found in a submission, by compare-and-swap.
    pub(crate) async fn count_request(
        &mut self,
        submission: SubmissionId,
        ordinal: u16,
    ) -> Result<(), Error> {
        const COUNT: &str = "UPDATE submission SET requests = $1 - taken_back \
             WHERE submission_id = $2 AND requests = $3 - taken_back AND received_on IS NOT NULL";
        let rows = on_both!(self, |c| {
            sqlx::query(COUNT)
                .bind(i64::from(ordinal))
                .bind(submission.0)
                .bind(i64::from(ordinal) - 1)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if rows == 1 { Ok(()) } else { Err(Conflict.into()) }
    }
}

pub(crate) fn signed(size: u64) -> Result<i64, Error> {
    i64::try_from(size).map_err(|_| Error::inconsistent("log_head", size, "the log is full"))
}

/// What was recorded, and where.
#[derive(Clone, Debug)]
pub struct RecordedAt {
    /// Of the last event.
    pub position: Position,
    /// The leaves that were appended.
    pub leaves: std::ops::Range<u64>,
}
