//! A new log begins with what an old one held that can't go on.
//!
//! The old leaves are copied beside the tables ([`Leaves::Aside`](crate::Leaves)), and those about
//! requests come over in their order, each with its seal, its commitment and its numbers: only
//! where they stand is another place. What opens them opens them as before, so commitments stay
//! blinded under the name of the log in which they were sealed.
//!
//! # In sealed mode
//! What the new log shows must not tell which leaves of the old one were pads, also to who compares
//! the two. So
//! - what the public saw comes over whole and in its order, pads like all else: anyone could have
//!   written this part of the new log;
//! - a copy that goes on from there comes over whole too, batch for batch;
//! - of a copy that went another way than the public saw, pads are left behind, and what really
//!   happened waits for a batch of the new log, as what is new does. Two logs that part have the
//!   same pad at the same place, and a leaf that waited when they parted has its place in each: in
//!   the order in which this copy has them, both would show by their seals.
//!
//! New pads refer to old ones as before, wherever these stood, so that it tells nothing of a leaf
//! that something new refers to it. What is left to see: whoever holds a receipt of the way that is
//! given up has the hash of the leaf beside theirs, and may find out whether it comes again; leaves
//! that came back without what they seal are not decided any more, as after any restore.

use domain::event::{CompanyEvent, Event};
use domain::id::Position;
use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf};
use ledger::tree::Frontier;

use crate::log::append::{Grown, signed};
use crate::log::read::{LeafRow, StoredLeaf};
use crate::log::waiting::WaitingLeaf;
use crate::{Error, Tx, insert_all, on_both};

/// Where the leaves of a log before have come to stand.
#[derive(Clone, Debug)]
pub struct Carried {
    /// By their old index; `None` for those that were about that log itself.
    places: Vec<Option<u64>>,
}

/// Leaves that are moved at a time.
const CHUNK: u64 = 4_096;

impl Carried {
    pub fn place(&self, before: u64) -> Option<u64> {
        usize::try_from(before).ok().and_then(|at| *self.places.get(at)?)
    }
}

impl Tx {
    /// Makes a place beside the log for leaves that are copied in. The tables are dropped before the
    /// commit; temporary ones would be held in memory.
    pub(crate) async fn prepare_aside(&mut self) -> Result<(), Error> {
        const BEFORE: &str = "CREATE TABLE leaf_before AS SELECT * FROM leaf WHERE leaf_index < 0";
        const INDEX: &str = "CREATE UNIQUE INDEX leaf_before_index ON leaf_before (leaf_index)";
        const PADS: &str = "CREATE TABLE pad_before (leaf_index BIGINT PRIMARY KEY, \
             kind BIGINT NOT NULL, half_year BIGINT NOT NULL, children BIGINT NOT NULL, \
             reclassifications BIGINT NOT NULL)";
        const MOVED: &str = "CREATE TABLE leaf_moved \
             (before_index BIGINT PRIMARY KEY, leaf_index BIGINT NOT NULL)";
        for statement in [BEFORE, INDEX, PADS, MOVED] {
            on_both!(self, |c| sqlx::query(statement).execute(&mut **c).await?.rows_affected());
        }
        Ok(())
    }

    /// The log that was copied aside, told from its leaves.
    pub async fn log_aside(&mut self) -> Result<Checkpoint, Error> {
        let mut frontier = Frontier::default();
        loop {
            let from = frontier.size();
            let leaves = self.leaves_aside(from).await?;
            if leaves.is_empty() {
                break;
            }
            for leaf in leaves {
                if leaf.index != frontier.size() {
                    return Err(Error::inconsistent("leaf", leaf.index, "it follows on a gap"));
                }
                frontier.push(Hash::leaf(&leaf.entry), |_, _| {});
            }
        }
        let origin = self.origin().await?;
        Ok(Checkpoint { origin, size: frontier.size(), root: frontier.root() })
    }

    /// Leaves of the log that was copied aside, from an index on.
    pub async fn leaves_aside(&mut self, from: u64) -> Result<Vec<StoredLeaf>, Error> {
        self.leaves_aside_from(from, CHUNK).await
    }

    async fn leaves_aside_from(&mut self, from: u64, count: u64) -> Result<Vec<StoredLeaf>, Error> {
        const LEAVES: &str = "SELECT leaf_index, entry, position, parent, submission_id, salt, \
             code FROM leaf_before WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2";
        let (from, count) = (signed(from)?, signed(count)?);
        let rows: Vec<LeafRow> = on_both!(self, |c| {
            sqlx::query_as(LEAVES).bind(from).bind(count).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// Begins a log with this name in place of the one that was copied aside. Its first leaf says
    /// at which size and root that one ended for the public; then come the codebook and the leaves
    /// about requests. `succeeded` is the event that says so. In sealed mode, leaves from `parted`
    /// on wait for a batch, and their pads are left behind: there the copy went another way than the
    /// public saw. A crash before the commit leaves empty tables.
    pub async fn begin_successor(
        &mut self,
        (origin, succeeded): (&str, Position),
        ended: &Checkpoint,
        parted: Option<u64>,
    ) -> Result<Carried, Error> {
        self.remember_name(succeeded).await?;
        self.rename_log(origin).await?;
        let parted = match self.padding().await? {
            Some(_) => parted.unwrap_or(u64::MAX),
            None => u64::MAX,
        };
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        let (name, size, root) = (Hash::of(ended.origin.as_bytes()), ended.size, ended.root);
        head.begin(&Leaf::Anchor { origin: name, size, root }, &mut grown);
        let codebook = self.codebook_of_successor().await?;
        let codebook = self.put_codebook(&codebook).await?;
        head.begin(&Leaf::Codebook { codebook }, &mut grown);
        let mut places = Vec::new();
        let mut history = None;
        loop {
            let leaves = self.leaves_aside(places.len() as u64).await?;
            if leaves.is_empty() {
                break;
            }
            let mut moved = Vec::new();
            for stored in leaves {
                let before = stored.index;
                if let Leaf::Submission { arrival: Arrival::OnImport, .. } = stored.leaf {
                    history = Some(stored.position);
                }
                // A line of history gets its place at once, with all of its leaves.
                let place = if before < parted || history == Some(stored.position) {
                    let leaf = referring_anew(&stored, &places)?;
                    leaf.map(|leaf| head.carry(&leaf, stored, &mut grown))
                } else {
                    grown.waiting.extend(self.waits_again(stored).await?);
                    None
                };
                moved.extend(place.map(|place| (before as i64, place as i64)));
                places.push(place);
            }
            self.insert_leaves(&grown).await?;
            self.insert_waiting(&grown).await?;
            grown = Grown::default();
            insert_all!(
                self,
                "leaf_moved (before_index, leaf_index)",
                1000,
                moved,
                |values, moved| values.push_bind(moved.0).push_bind(moved.1)
            );
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        self.note_carried_pads().await?;
        self.move_references().await?;
        Ok(Carried { places })
    }

    /// A leaf of the log before that is to wait for its place; `None` for a pad, and for what was
    /// about that log itself.
    async fn waits_again(&mut self, stored: StoredLeaf) -> Result<Option<WaitingLeaf>, Error> {
        if stored.is_pad() || stored.is_lost() || stored.submission.is_none() {
            return Ok(None);
        }
        let strange = |what| Error::inconsistent("leaf", stored.index, what);
        let called = self.event_at(stored.position).await?;
        let mut called = called.ok_or_else(|| strange("no event calls for it"))?;
        let is_closing = matches!(called.event, Event::Company(CompanyEvent::PeriodClosed { .. }));
        if let Some(parent) = stored.parent.filter(|_| is_closing) {
            // A closing calls for leaves about many requests.
            let parent = self.leaf_aside(parent).await?;
            let parent = parent.ok_or_else(|| strange("it refers to a leaf that is not there"))?;
            let of = self.event_at(parent.position).await?;
            called = of.ok_or_else(|| strange("no event calls for what it refers to"))?;
        }
        Ok(WaitingLeaf::again(stored, called.stream))
    }

    async fn leaf_aside(&mut self, index: u64) -> Result<Option<StoredLeaf>, Error> {
        let mut leaves = self.leaves_aside_from(index, 1).await?;
        Ok(leaves.pop().filter(|leaf| leaf.index == index))
    }

    async fn rename_log(&mut self, origin: &str) -> Result<(), Error> {
        const RENAME: &str = "UPDATE log_head SET origin = $1, tree_size = 0, tree_frontier = $2 \
             WHERE id = 1";
        let rows = on_both!(self, |c| {
            sqlx::query(RENAME)
                .bind(origin)
                .bind(Vec::<u8>::new())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if rows == 1 { Ok(()) } else { Err(Error::inconsistent("log_head", "1", "it is missing")) }
    }

    /// Submissions and streams name their leaves by the new places.
    async fn move_references(&mut self) -> Result<(), Error> {
        const SUBMISSIONS: &str = "UPDATE submission SET leaf_index = (SELECT leaf_moved.leaf_index \
             FROM leaf_moved WHERE before_index = submission.leaf_index) \
             WHERE leaf_index IS NOT NULL";
        const STREAMS: &str = "UPDATE stream SET leaf_index = (SELECT leaf_moved.leaf_index \
             FROM leaf_moved WHERE before_index = stream.leaf_index) \
             WHERE leaf_index IS NOT NULL";
        const DROPPED: [&str; 3] =
            ["DROP TABLE leaf_moved", "DROP TABLE leaf_before", "DROP TABLE pad_before"];
        for statement in [SUBMISSIONS, STREAMS].into_iter().chain(DROPPED) {
            on_both!(self, |c| sqlx::query(statement).execute(&mut **c).await?.rows_affected());
        }
        Ok(())
    }

    /// The names of the logs before, each with the event before which it is in force.
    pub(crate) async fn origins(&mut self) -> Result<Vec<(Position, String)>, Error> {
        const ORIGINS: &str =
            "SELECT until_position, origin FROM log_before ORDER BY until_position";
        let rows: Vec<(i64, String)> =
            on_both!(self, |c| sqlx::query_as(ORIGINS).fetch_all(&mut **c).await?);
        Ok(rows.into_iter().map(|(until, origin)| (Position(until), origin)).collect())
    }

    /// What was called for before this event stays blinded under the name that the log has now.
    async fn remember_name(&mut self, until: Position) -> Result<(), Error> {
        const REMEMBER: &str = "INSERT INTO log_before (until_position, origin) \
             SELECT $1, origin FROM log_head WHERE id = 1";
        on_both!(self, |c| {
            sqlx::query(REMEMBER).bind(until.0).execute(&mut **c).await?.rows_affected()
        });
        Ok(())
    }
}

/// The leaf as the new log holds it; `None` where it was about the old log itself.
fn referring_anew(stored: &StoredLeaf, places: &[Option<u64>]) -> Result<Option<Leaf>, Error> {
    let place = |before: u64| {
        let place = usize::try_from(before).ok().and_then(|at| *places.get(at)?);
        let what = "it refers to a leaf that is not there";
        place.ok_or_else(|| Error::inconsistent("leaf", stored.index, what))
    };
    Ok(Some(match stored.leaf {
        Leaf::Submission { period, seal, .. } => {
            Leaf::Submission { period, arrival: Arrival::OnImport, seal }
        }
        Leaf::Request { submission, ordinal, seal, record } => {
            Leaf::Request { submission: place(submission)?, ordinal, seal, record }
        }
        Leaf::Decision { request, seq, seal, outcome } => {
            Leaf::Decision { request: place(request)?, seq, seal, outcome }
        }
        Leaf::Reclassification { request, seq, seal, record } => {
            Leaf::Reclassification { request: place(request)?, seq, seal, record }
        }
        Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => return Ok(None),
    }))
}
