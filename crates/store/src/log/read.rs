//! The log is read: its head, its tiles, the leaves about a submission, and what was published.

use domain::event::Stream;
use domain::id::{Position, RequestId, SubmissionId};
use domain::period::Period;
use ledger::checkpoint::Checkpoint;
use ledger::commitment::Code;
use ledger::hash::Hash;
use ledger::leaf::{Leaf, LeafKind, Salt};
use ledger::log::codebook_path;
use ledger::successor::folder_before;
use ledger::tile::{Tile, TileKind, Tiles, encode_entries, encode_hashes};
use ledger::tree::{Frontier, Subtree, consistency_subtrees, inclusion_subtrees};
use ledger::tree::{prove_consistency, prove_inclusion};

use crate::event::request_of;
use crate::log::append::signed;
use crate::log::seal::{Sealed, SealedRequest};
use crate::{Error, Keys, ReadOnly, Sight, Tx, on_both};

/// Which checkpoints the public sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// Each that was signed.
    AtOnce,
    /// Only those that an edition went out with.
    WithEdition,
}

/// A leaf as it stands in the database.
#[derive(Clone, Debug)]
pub struct StoredLeaf {
    pub index: u64,
    pub entry: Vec<u8>,
    pub leaf: Leaf,
    /// The event that called for it.
    pub position: Position,
    pub parent: Option<u64>,
    /// Sealed under the key of its submission, if it is about one; `None` where it is lost.
    pub(crate) salt: Option<Vec<u8>>,
    pub submission: Option<SubmissionId>,
    pub code: Option<Code>,
    /// What it is about, where it has no place yet, and so no leaf that it refers to.
    pub(crate) waits_in: Option<Stream>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct LeafRow {
    leaf_index: i64,
    entry: Vec<u8>,
    position: i64,
    parent: Option<i64>,
    submission_id: Option<uuid::Uuid>,
    salt: Option<Vec<u8>>,
    code: Option<i64>,
}

impl TryFrom<LeafRow> for StoredLeaf {
    type Error = Error;

    fn try_from(row: LeafRow) -> Result<Self, Error> {
        let strange = |what: String| Error::inconsistent("leaf", row.leaf_index, what);
        let index = |index: i64| u64::try_from(index).map_err(|e| strange(e.to_string()));
        let code = |code: i64| {
            let code = u32::try_from(code).ok().and_then(Code::from_u32);
            code.ok_or_else(|| strange("its code is none".to_owned()))
        };
        Ok(Self {
            index: index(row.leaf_index)?,
            leaf: Leaf::decode(&row.entry).map_err(|e| strange(e.to_string()))?,
            position: Position(row.position),
            parent: row.parent.map(index).transpose()?,
            code: row.code.map(code).transpose()?,
            submission: row.submission_id.map(SubmissionId),
            salt: row.salt,
            entry: row.entry,
            waits_in: None,
        })
    }
}

impl Tx {
    /// The log's name.
    pub async fn origin(&mut self) -> Result<String, Error> {
        const ORIGIN: &str = "SELECT origin FROM log_head WHERE id = 1";
        Ok(on_both!(self, |c| sqlx::query_scalar(ORIGIN).fetch_one(&mut **c).await?))
    }

    /// The hash chain over all events.
    pub(crate) async fn event_chain(&mut self) -> Result<Hash, Error> {
        const CHAIN: &str = "SELECT event_chain FROM log_head WHERE id = 1";
        let chain: Vec<u8> =
            on_both!(self, |c| sqlx::query_scalar(CHAIN).fetch_one(&mut **c).await?);
        Hash::from_slice(&chain)
            .ok_or_else(|| Error::inconsistent("log_head", "1", "its chain is no hash"))
    }

    /// The log as it stands: what a checkpoint says of it.
    pub async fn tree_head(&mut self) -> Result<Checkpoint, Error> {
        const HEAD: &str = "SELECT origin, tree_size, tree_frontier FROM log_head WHERE id = 1";
        let (origin, size, frontier): (String, i64, Vec<u8>) =
            on_both!(self, |c| sqlx::query_as(HEAD).fetch_one(&mut **c).await?);
        let frontier = u64::try_from(size)
            .ok()
            .and_then(|size| Frontier::from_bytes(size, &frontier))
            .ok_or_else(|| Error::inconsistent("log_head", "1", "its frontier is none"))?;
        Ok(Checkpoint { origin, size: frontier.size(), root: frontier.root() })
    }

    /// The root that the log had at a size, told from its leaves.
    pub async fn root_at(&mut self, size: u64) -> Result<Hash, Error> {
        let subtrees = Frontier::subtrees(size);
        let tiles = self.tiles(&subtrees, size).await?;
        Ok(Frontier::from_subtrees(size, |subtree| known(&tiles, subtree))?.root())
    }

    /// That a leaf is in the log as it was at a size.
    pub async fn inclusion_path(&mut self, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        let tiles = self.tiles(&inclusion_subtrees(index, size), size).await?;
        prove_inclusion(index, size, |subtree| known(&tiles, subtree))
    }

    /// The same for many leaves, each tile read once.
    pub async fn inclusion_paths(
        &mut self,
        indexes: &[u64],
        size: u64,
    ) -> Result<Vec<Vec<Hash>>, Error> {
        let subtrees: Vec<_> =
            indexes.iter().flat_map(|index| inclusion_subtrees(*index, size)).collect();
        let tiles = self.tiles(&subtrees, size).await?;
        let path = |index: &u64| prove_inclusion(*index, size, |subtree| known(&tiles, subtree));
        indexes.iter().map(path).collect()
    }

    /// That the log at a size begins with what it was at an earlier one.
    pub async fn consistency_path(&mut self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        let tiles = self.tiles(&consistency_subtrees(old, new), new).await?;
        prove_consistency(old, new, |subtree| known(&tiles, subtree))
    }

    async fn tiles(&mut self, subtrees: &[Subtree], size: u64) -> Result<Tiles, Error> {
        let mut tiles = Tiles::default();
        for tile in Tiles::for_subtrees(subtrees, size) {
            if let TileKind::Hashes { level } = tile.kind {
                tiles.insert(level, tile.index, self.tile_hashes(level, tile).await?);
            }
        }
        Ok(tiles)
    }

    /// The bytes of a tile or an entry bundle. [`Error::Inconsistent`] where the log is shorter.
    pub async fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, Error> {
        match tile.kind {
            TileKind::Entries => {
                let entries = self.entries(tile).await?;
                Ok(encode_entries(entries.iter().map(Vec::as_slice)))
            }
            TileKind::Hashes { level } => Ok(encode_hashes(&self.tile_hashes(level, tile).await?)),
        }
    }

    pub(crate) async fn tile_hashes(&mut self, level: u8, tile: Tile) -> Result<Vec<Hash>, Error> {
        if level == 0 {
            let entries = self.entries(tile).await?;
            return Ok(entries.iter().map(|entry| Hash::leaf(entry)).collect());
        }
        const HASHES: &str = "SELECT hash FROM tree_node \
             WHERE level = $1 AND node_index BETWEEN $2 AND $3 ORDER BY node_index";
        let (first, last) = span(tile)?;
        let rows: Vec<Vec<u8>> = on_both!(self, |c| {
            sqlx::query_scalar(HASHES)
                .bind(i64::from(level))
                .bind(first)
                .bind(last)
                .fetch_all(&mut **c)
                .await?
        });
        let hashes: Option<Vec<_>> = rows.iter().map(|hash| Hash::from_slice(hash)).collect();
        let whole = hashes.filter(|hashes| hashes.len() == usize::from(tile.width));
        whole.ok_or_else(|| Error::inconsistent("tree_node", tile, "hashes are missing"))
    }

    async fn entries(&mut self, tile: Tile) -> Result<Vec<Vec<u8>>, Error> {
        const ENTRIES: &str =
            "SELECT entry FROM leaf WHERE leaf_index BETWEEN $1 AND $2 ORDER BY leaf_index";
        let (first, last) = span(tile)?;
        let rows: Vec<Vec<u8>> = on_both!(self, |c| {
            sqlx::query_scalar(ENTRIES).bind(first).bind(last).fetch_all(&mut **c).await?
        });
        if rows.len() != usize::from(tile.width) {
            return Err(Error::inconsistent("leaf", tile, "leaves are missing"));
        }
        Ok(rows)
    }

    /// A request, with what a change of it has to know; `None` where there is none, or the key of
    /// its submission was destroyed.
    pub async fn sealed_request(
        &mut self,
        keys: &Keys,
        id: RequestId,
        sight: Sight,
    ) -> Result<Option<SealedRequest>, Error> {
        const SEALED: &str = "SELECT stream.leaf_index, stream.decisions, \
             stream.reclassifications, COALESCE(leaf.submission_id, \
             (SELECT leaf_waiting.submission_id FROM leaf_waiting \
             WHERE leaf_waiting.stream_id = stream.stream_id AND leaf_waiting.kind = 2)) \
             FROM stream LEFT JOIN leaf ON leaf.leaf_index = stream.leaf_index \
             WHERE stream.stream_id = $1";
        let row: Option<(Option<i64>, i64, i64, Option<uuid::Uuid>)> = on_both!(self, |c| {
            sqlx::query_as(SEALED).bind(id.0).fetch_optional(&mut **c).await?
        });
        let Some((leaf, decisions, reclassifications, Some(submission))) = row else {
            return Ok(None);
        };
        let count = |n: i64| {
            u32::try_from(n).map_err(|_| Error::inconsistent("stream", id, "its counts are none"))
        };
        let sealed = Sealed {
            leaf: leaf.map(i64::unsigned_abs),
            decisions: count(decisions)?,
            reclassifications: count(reclassifications)?,
        };
        let submission = self.sealed_submission(keys, SubmissionId(submission), sight).await?;
        let Some(submission) = submission else { return Ok(None) };
        let events = self.stream_events(Stream::Request(id), sight).await?;
        let request = request_of(&events)?;
        let version = events.len() as i64;
        Ok(Some(SealedRequest { id, request, version, sealed, submission }))
    }

    /// The leaves about a submission, in order: its own, those of its requests, and those that
    /// refer to these.
    pub async fn leaves_about(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<StoredLeaf>, Error> {
        const ABOUT: &str = "WITH RECURSIVE about (leaf_index) AS ( \
             SELECT leaf_index FROM submission \
             WHERE submission_id = $1 AND leaf_index IS NOT NULL \
             UNION ALL \
             SELECT leaf.leaf_index FROM leaf JOIN about ON leaf.parent = about.leaf_index) \
             SELECT leaf_index, entry, position, parent, submission_id, salt, code FROM leaf \
             WHERE leaf_index IN (SELECT leaf_index FROM about) ORDER BY leaf_index";
        let rows: Vec<LeafRow> = on_both!(self, |c| {
            sqlx::query_as(ABOUT).bind(submission.0).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// The leaves that refer to another, in order.
    pub(crate) async fn leaves_of(&mut self, parent: u64) -> Result<Vec<StoredLeaf>, Error> {
        const OF: &str = "SELECT leaf_index, entry, position, parent, submission_id, salt, code \
             FROM leaf WHERE parent = $1 ORDER BY leaf_index";
        let parent = signed(parent)?;
        let rows: Vec<LeafRow> =
            on_both!(self, |c| sqlx::query_as(OF).bind(parent).fetch_all(&mut **c).await?);
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// The leaves that came back from the published log without what they seal.
    pub(crate) async fn lost_leaves(&mut self) -> Result<Vec<StoredLeaf>, Error> {
        const LOST: &str = "SELECT leaf_index, entry, position, parent, submission_id, salt, code \
             FROM leaf WHERE submission_id IS NULL AND salt IS NULL ORDER BY leaf_index";
        let rows: Vec<LeafRow> =
            on_both!(self, |c| sqlx::query_as(LOST).fetch_all(&mut **c).await?);
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// Leaves from one index up to, not including, another.
    pub async fn leaves(&mut self, from: u64, to: u64) -> Result<Vec<StoredLeaf>, Error> {
        const LEAVES: &str = "SELECT leaf_index, entry, position, parent, submission_id, salt, \
             code FROM leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index";
        let (from, to) = (signed(from)?, signed(to)?);
        let rows: Vec<LeafRow> = on_both!(self, |c| {
            sqlx::query_as(LEAVES).bind(from).bind(to).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(StoredLeaf::try_from).collect()
    }

    /// The leaves that are about no submission, in order: codebooks, keys, reports, audits.
    pub async fn company_leaves(&mut self) -> Result<Vec<Leaf>, Error> {
        let leaves = self.company_leaves_since(0).await?;
        Ok(leaves.into_iter().map(|(_, leaf)| leaf).collect())
    }

    /// Those of them that came at this size of the log and later, each with its index.
    pub async fn company_leaves_since(&mut self, size: u64) -> Result<Vec<(u64, Leaf)>, Error> {
        const LEAVES: &str = "SELECT leaf_index, entry FROM leaf \
             WHERE submission_id IS NULL AND leaf_index >= $1 ORDER BY leaf_index";
        let size = signed(size)?;
        let rows: Vec<(i64, Vec<u8>)> =
            on_both!(self, |c| sqlx::query_as(LEAVES).bind(size).fetch_all(&mut **c).await?);
        let leaf = |(index, entry): &(i64, Vec<u8>)| match Leaf::decode(entry) {
            Ok(leaf) => Ok((index.unsigned_abs(), leaf)),
            Err(error) => Err(Error::inconsistent("leaf", index, error)),
        };
        rows.iter().map(leaf).collect()
    }

    /// Requests received in a period that are open and have no decision in the log.
    pub async fn unsealed_pending(&mut self, period: Period) -> Result<Vec<RequestId>, Error> {
        const PENDING: &str = "SELECT request_id FROM request_fact \
             JOIN stream ON stream.stream_id = request_fact.request_id \
             WHERE received_on BETWEEN $1 AND $2 AND valid_to = 9223372036854775807 \
             AND standing = 'open' AND stream.decisions = 0 ORDER BY request_id";
        let rows: Vec<uuid::Uuid> = on_both!(self, |c| {
            sqlx::query_scalar(PENDING)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .fetch_all(&mut **c)
                .await?
        });
        Ok(rows.into_iter().map(RequestId).collect())
    }

    /// Stores a file of the published log in place of the one with the same path.
    pub async fn put_log_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO log_file (path, bytes) VALUES ($1, $2) \
             ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes";
        on_both!(self, |c| {
            sqlx::query(PUT).bind(path).bind(bytes).execute(&mut **c).await?.rows_affected()
        });
        Ok(())
    }

    /// A file of the published log that is no tile and no checkpoint.
    pub async fn log_file(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        const FILE: &str = "SELECT bytes FROM log_file WHERE path = $1";
        Ok(on_both!(self, |c| sqlx::query_scalar(FILE).bind(path).fetch_optional(&mut **c).await?))
    }

    /// The paths of the files that are no tiles and no checkpoint.
    pub async fn log_file_paths(&mut self) -> Result<Vec<String>, Error> {
        const PATHS: &str = "SELECT path FROM log_file ORDER BY path";
        Ok(on_both!(self, |c| sqlx::query_scalar(PATHS).fetch_all(&mut **c).await?))
    }

    /// `codebook.json` as the log has it at a size: what was sealed since is not published yet.
    pub async fn codebook_at(&mut self, size: u64) -> Result<Option<Vec<u8>>, Error> {
        const LAST: &str = "SELECT entry FROM leaf WHERE submission_id IS NULL \
             AND leaf_index < $1 AND substr(entry, 1, 1) = $2 ORDER BY leaf_index DESC LIMIT 1";
        let (size, kind) = (signed(size)?, [LeafKind::Codebook.byte()]);
        let entry: Option<Vec<u8>> = on_both!(self, |c| {
            sqlx::query_scalar(LAST)
                .bind(size)
                .bind(kind.as_slice())
                .fetch_optional(&mut **c)
                .await?
        });
        match entry.as_deref().map(Leaf::decode) {
            Some(Ok(Leaf::Codebook { codebook })) => self.log_file(&codebook_path(codebook)).await,
            Some(_) | None => Ok(None),
        }
    }

    /// As long as nothing was published of a log that follows another, the public sees that one.
    async fn file_of_log_before(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let first = self.leaves(0, 1).await?.pop().map(|stored| stored.leaf);
        let Some(Leaf::Anchor { origin, .. }) = first else { return Ok(None) };
        if path.starts_with("before/") {
            return self.log_file(path).await;
        }
        self.log_file(&format!("{}{path}", folder_before(origin))).await
    }

    /// One file of the published log, whatever it is; `None` where it is not published.
    pub async fn published_file(
        &mut self,
        path: &str,
        of: Publication,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some((size, note)) = self.checkpoint(of).await? else {
            return self.file_of_log_before(path).await;
        };
        if path == "checkpoint" {
            return Ok(Some(note.into_bytes()));
        }
        if path == "codebook.json" {
            return self.codebook_at(size).await;
        }
        match Tile::from_path(path) {
            // A tile that is full since is served under its partial path too, as wide as asked.
            Some(tile) => match Tile::at(tile.kind, tile.index, size) {
                Some(published) if tile.width <= published.width => self.tile(tile).await.map(Some),
                Some(_) | None => Ok(None),
            },
            None => self.log_file(path).await,
        }
    }
}

impl StoredLeaf {
    /// Whether it came back from the published log, and what it seals did not.
    pub fn is_lost(&self) -> bool {
        self.submission.is_none() && self.salt.is_none()
    }

    /// The salt that opens its seal.
    pub fn salt(&self, submission: Option<&crate::SubmissionKey>) -> Result<Salt, Error> {
        let salt = self.salt.as_deref().unwrap_or_default();
        match submission {
            Some(key) => key.open_salt(salt),
            None => salt.try_into().map(Salt).map_err(|_| Error::Sealed),
        }
    }
}

impl ReadOnly {
    /// One file of the published log; `None` where it is not published.
    pub async fn log_file(&self, path: &str, of: Publication) -> Result<Option<Vec<u8>>, Error> {
        self.snapshot().await?.published_file(path, of).await
    }
}

fn known(tiles: &Tiles, subtree: Subtree) -> Result<Hash, Error> {
    let missing = || Error::inconsistent("leaf", format!("{subtree:?}"), "its tile is missing");
    tiles.hash(subtree).ok_or_else(missing)
}

/// The first and the last index of what a tile holds.
fn span(tile: Tile) -> Result<(i64, i64), Error> {
    let first = tile.index.checked_mul(ledger::tile::TILE_WIDTH.into());
    let first = signed(first.unwrap_or(u64::MAX))?;
    Ok((first, first + i64::from(tile.width) - 1))
}
