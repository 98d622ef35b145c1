//! A log that can't go on gets a successor, which begins with every leaf about requests that the
//! backup or the public had.
//!
//! What the public saw last of the log before stays published below `log/before/`, and the first
//! leaf of the new one names it by its size and root: so anyone can hold the two against each other,
//! and receipts of the log before can be checked for ever.

use std::collections::HashMap;

use domain::id::Actor;
use ledger::checkpoint::{Checkpoint, Policy};
use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf, LeafKind, Role};
use ledger::log::{Files, VerifiedLog, codebook_path, each_leaf, verify_log};
use ledger::note::NOTE_SIZE_BYTES_MAX;
use ledger::successor::folder_before;
use ledger::tile::{ENTRY_SIZE_BYTES_MAX, TILE_WIDTH, Tile};
use store::{Carried, StoredLeaf, Tx};

use super::RestoreError;
use crate::checkpoint::published_policy;
use crate::keys::verifier_key;
use crate::{Clock, Error};

/// Leaves that are written at a time.
const CHUNK: usize = 1_000;

/// Begins the successor. `aside` is the log that was copied aside. Returns how many leaves came
/// back without what they seal.
pub(super) async fn begin(
    tx: &mut Tx,
    (files, origin): (&dyn Files, &str),
    aside: &Checkpoint,
    (clock, actor): (Clock, Actor),
) -> Result<u64, Error> {
    let (seen, _) = super::read_checkpoint(files)?;
    if seen.origin != aside.origin {
        let (published, backup) = (seen.origin, aside.origin.clone());
        return Err(RestoreError::Foreign { published, backup }.into());
    }
    if origin == aside.origin {
        return Err(RestoreError::SameName(origin.to_owned()).into());
    }
    if tx.padding().await?.is_some() {
        return Err(RestoreError::SealedMode(aside.origin.clone()).into());
    }
    // Whose signatures a reader asks for is theirs to say; here the log's own is enough.
    let policy = Policy { witnesses: Vec::new(), quorum: 0, ..published_policy(tx).await? };
    let before = verify_log(&files, &policy, &[]).map_err(RestoreError::Before)?;
    keep_files(tx, files, &before).await?;
    let new = policy_of_successor(origin, &before)?;
    tx.put_log_file("policy.json", &new.to_json()).await?;

    let parted = Parted::find(tx, files, &before).await?;
    let carried = tx.begin_successor(origin, &before.checkpoint).await?;
    tx.record_succession(clock.now(), actor, &before.checkpoint).await?;
    let lost = parted.append(tx, files, &before, &carried, (clock, actor)).await?;
    tx.seal_events().await?;
    Ok(lost)
}

/// A log with this name, which begins with the keys with which the one before ended.
fn policy_of_successor(origin: &str, before: &VerifiedLog) -> Result<Policy, Error> {
    let keys = before.links.keys();
    let key = |role: Role| verifier_key(origin, role, keys.of(role));
    Ok(Policy {
        origin: origin.to_owned(),
        log_key: key(Role::Log)?,
        report_key: key(Role::Report)?,
        receipt_key: key(Role::Receipt)?,
        witnesses: Vec::new(),
        quorum: 0,
    })
}

/// What was published of the log before stays published.
async fn keep_files(tx: &mut Tx, files: &dyn Files, before: &VerifiedLog) -> Result<(), Error> {
    const SIZE_BYTES_MAX: usize = 1 << 20;
    let size = before.checkpoint.size;
    let folder = folder_before(Hash::of(before.checkpoint.origin.as_bytes()));
    let tile_size_bytes_max = usize::from(TILE_WIDTH) * (2 + ENTRY_SIZE_BYTES_MAX);
    let mut wanted = vec![
        ("checkpoint".to_owned(), NOTE_SIZE_BYTES_MAX),
        ("codebook.json".to_owned(), SIZE_BYTES_MAX),
    ];
    let codebooks = before.links.codebooks().iter();
    wanted.extend(codebooks.map(|hash| (codebook_path(*hash), SIZE_BYTES_MAX)));
    wanted.extend(Tile::all(size).iter().map(|tile| (tile.to_string(), tile_size_bytes_max)));
    for (path, size_bytes_max) in wanted {
        let bytes = files.read(&path, size_bytes_max).map_err(RestoreError::from)?;
        let bytes = bytes.ok_or_else(|| RestoreError::Malformed(path.clone()))?;
        tx.put_log_file(&format!("{folder}{path}"), &bytes).await?;
    }
    // With the witnesses that the public was told of, where it was.
    let of_site = files.read("policy.json", SIZE_BYTES_MAX).map_err(RestoreError::from)?;
    let own = published_policy(tx).await?;
    let of_site = of_site.and_then(|json| Policy::from_json(&json).ok()).filter(|site| {
        let same = |policy: &Policy| {
            [policy.log_key.public(), policy.report_key.public(), policy.receipt_key.public()]
        };
        same(site) == same(&own) && site.origin == own.origin
    });
    let policy = of_site.unwrap_or(own);
    tx.put_log_file(&format!("{folder}policy.json"), &policy.to_json()).await.map_err(Error::from)
}

/// Where the published log and the backup's part.
struct Parted {
    /// The first leaf that is not the same in both, or that one of them has not.
    at: u64,
    /// What the backup's leaves from there on seal, and where they stood.
    sealed: HashMap<Hash, u64>,
}

impl Parted {
    async fn find(tx: &mut Tx, files: &dyn Files, before: &VerifiedLog) -> Result<Self, Error> {
        let mut published = Vec::new();
        each_leaf(&files, &before.checkpoint, |_, leaf| published.push(Hash::of(&leaf.encode())))
            .map_err(RestoreError::Before)?;
        let mut parted = Self { at: 0, sealed: HashMap::new() };
        let mut from = 0;
        loop {
            let leaves = tx.leaves_aside(from).await?;
            let Some(StoredLeaf { index: last, .. }) = leaves.last() else { break };
            from = last + 1;
            for leaf in leaves {
                let same = published.get(parted.at as usize) == Some(&Hash::of(&leaf.entry));
                if same && parted.at == leaf.index {
                    parted.at += 1;
                } else {
                    parted.sealed.extend(leaf.leaf.seal().map(|seal| (seal, leaf.index)));
                }
            }
        }
        Ok(parted)
    }

    /// Appends the leaves that the public saw and the backup has not. What they seal is lost.
    async fn append(
        self,
        tx: &mut Tx,
        files: &dyn Files,
        before: &VerifiedLog,
        carried: &Carried,
        (clock, actor): (Clock, Actor),
    ) -> Result<u64, Error> {
        let mut after = Vec::new();
        each_leaf(&files, &before.checkpoint, |index, leaf| {
            let is_of_request = leaf.parent().is_some() || leaf.kind() == LeafKind::Submission;
            if index >= self.at && is_of_request {
                after.push((index, leaf.clone()));
            }
        })
        .map_err(RestoreError::Before)?;
        let known = |leaf: &Leaf| leaf.seal().and_then(|seal| self.sealed.get(&seal).copied());
        let is_lost = |(_, leaf): &&(u64, Leaf)| known(leaf).is_none();
        let lost = after.iter().filter(is_lost).count() as u64;
        if lost == 0 {
            return Ok(0);
        }
        let begun = tx.tree_head().await?.size;
        tx.begin_restoring(clock.now(), actor, begun + lost).await?;
        let mut next = begun;
        let mut places: HashMap<u64, u64> = HashMap::new();
        let mut numbers = Numbers { begun, next: HashMap::new() };
        for chunk in after.chunks(CHUNK) {
            let mut leaves = Vec::new();
            for (index, leaf) in chunk {
                if let Some(stood) = known(leaf) {
                    places.extend(carried.place(stood).map(|place| (*index, place)));
                    continue;
                }
                let parent = leaf.parent().map(|parent| match parent < self.at {
                    true => carried.place(parent),
                    false => places.get(&parent).copied(),
                });
                leaves.push(numbers.number_anew(tx, leaf, parent.flatten()).await?);
                places.insert(*index, next);
                next += 1;
            }
            tx.restore_leaves(&leaves).await?;
        }
        Ok(lost)
    }
}

/// The numbers that are free: a leaf of the public's may have one that another of the backup's has.
struct Numbers {
    /// The first leaf that comes back.
    begun: u64,
    next: HashMap<(u64, LeafKind), u32>,
}

impl Numbers {
    async fn number_anew(
        &mut self,
        tx: &mut Tx,
        leaf: &Leaf,
        parent: Option<u64>,
    ) -> Result<Leaf, Error> {
        let Some(parent) = parent else { return Ok(on_import(leaf)) };
        let key = (parent, leaf.kind());
        let taken = match self.next.get(&key) {
            Some(taken) => *taken,
            None if parent < self.begun => tx.numbers_taken(parent, leaf.kind()).await?,
            None => 0,
        };
        self.next.insert(key, taken.saturating_add(1));
        Ok(match *leaf {
            Leaf::Request { seal, record, .. } => {
                let ordinal = u16::try_from(taken).unwrap_or(u16::MAX).saturating_add(1);
                Leaf::Request { submission: parent, ordinal, seal, record }
            }
            Leaf::Decision { seal, outcome, .. } => {
                Leaf::Decision { request: parent, seq: taken, seal, outcome }
            }
            Leaf::Reclassification { seal, record, .. } => {
                Leaf::Reclassification { request: parent, seq: taken, seal, record }
            }
            Leaf::Submission { .. }
            | Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => on_import(leaf),
        })
    }
}

/// Nobody saw this log seal it on receipt.
fn on_import(leaf: &Leaf) -> Leaf {
    let mut leaf = leaf.clone();
    if let Leaf::Submission { arrival, .. } = &mut leaf {
        *arrival = Arrival::OnImport;
    }
    leaf
}
