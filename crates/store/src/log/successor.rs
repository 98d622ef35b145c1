//! A new log begins with what an old one held that can't go on.
//!
//! The old leaves are copied beside the tables ([`Leaves::Aside`](crate::Leaves)), and those about
//! requests come over in their order, each with its seal, its commitment and its numbers: only
//! where they stand is another place. What opens them opens them as before, so commitments stay
//! blinded under the name of the log in which they were sealed.

use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf};
use ledger::tree::Frontier;

use crate::log::append::{Grown, signed};
use crate::log::read::{LeafRow, StoredLeaf};
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
    /// Makes a place beside the log for leaves that are copied in.
    pub(crate) async fn prepare_aside(&mut self) -> Result<(), Error> {
        const BEFORE: &str =
            "CREATE TEMPORARY TABLE leaf_before AS SELECT * FROM leaf WHERE leaf_index < 0";
        const INDEX: &str = "CREATE UNIQUE INDEX leaf_before_index ON leaf_before (leaf_index)";
        const MOVED: &str = "CREATE TEMPORARY TABLE leaf_moved \
             (before_index BIGINT PRIMARY KEY, leaf_index BIGINT NOT NULL)";
        for statement in [BEFORE, INDEX, MOVED] {
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
        const LEAVES: &str = "SELECT leaf_index, entry, position, parent, submission_id, salt, \
             code FROM leaf_before WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2";
        let (from, count) = (signed(from)?, signed(CHUNK)?);
        let rows: Vec<LeafRow> = on_both!(self, |c| {
            sqlx::query_as(LEAVES).bind(from).bind(count).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// Begins a log with this name in place of the one that was copied aside. Its first leaf says
    /// at which size and root that one ended for the public; then come the codebook and the leaves
    /// about requests. A crash before the commit leaves empty tables.
    pub async fn begin_successor(
        &mut self,
        origin: &str,
        ended: &Checkpoint,
    ) -> Result<Carried, Error> {
        let mut earlier = self.origins().await?;
        let last = self.log_aside().await?;
        earlier.push((last.size, last.origin));
        self.rename_log(origin).await?;
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        let (name, size, root) = (Hash::of(ended.origin.as_bytes()), ended.size, ended.root);
        head.begin(&Leaf::Anchor { origin: name, size, root }, &mut grown);
        let codebook = self.codebook_of_successor().await?;
        let codebook = self.put_codebook(&codebook).await?;
        head.begin(&Leaf::Codebook { codebook }, &mut grown);
        let mut places = Vec::new();
        loop {
            let leaves = self.leaves_aside(places.len() as u64).await?;
            if leaves.is_empty() {
                break;
            }
            let mut moved = Vec::new();
            for stored in leaves {
                let before = stored.index;
                let place = referring_anew(&stored, &places)?
                    .map(|leaf| head.carry(&leaf, stored, &mut grown));
                moved.extend(place.map(|place| (before as i64, place as i64)));
                places.push(place);
            }
            self.insert_leaves(&grown).await?;
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
        self.move_references().await?;
        self.remember_origins(&earlier, &places).await?;
        Ok(Carried { places })
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
        for statement in [SUBMISSIONS, STREAMS, "DROP TABLE leaf_moved", "DROP TABLE leaf_before"] {
            on_both!(self, |c| sqlx::query(statement).execute(&mut **c).await?.rows_affected());
        }
        Ok(())
    }

    /// The names of the logs before, each with the leaf before which it is in force.
    pub(crate) async fn origins(&mut self) -> Result<Vec<(u64, String)>, Error> {
        const ORIGINS: &str = "SELECT until_leaf, origin FROM log_before ORDER BY until_leaf";
        let rows: Vec<(i64, String)> =
            on_both!(self, |c| sqlx::query_as(ORIGINS).fetch_all(&mut **c).await?);
        Ok(rows.into_iter().map(|(until, origin)| (until.unsigned_abs(), origin)).collect())
    }

    async fn remember_origins(
        &mut self,
        earlier: &[(u64, String)],
        places: &[Option<u64>],
    ) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM log_before";
        on_both!(self, |c| sqlx::query(FORGET).execute(&mut **c).await?.rows_affected());
        // Two logs of which the second brought no leaf of its own end at the same one.
        let mut rows: Vec<(i64, String)> = Vec::new();
        for (until, origin) in earlier {
            let last = places.iter().take(usize::try_from(*until).unwrap_or(usize::MAX));
            let Some(last) = last.flatten().next_back() else { continue };
            let until = signed(last + 1)?;
            if rows.last().is_none_or(|(before, _)| *before < until) {
                rows.push((until, origin.clone()));
            }
        }
        insert_all!(self, "log_before (until_leaf, origin)", 1000, rows, |values, row| values
            .push_bind(row.0)
            .push_bind(row.1.as_str()));
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
