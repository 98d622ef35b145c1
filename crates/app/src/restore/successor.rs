//! A log that can't go on gets a successor, which begins with every leaf about requests that the
//! backup or the public had.
//!
//! What the public saw last of the log before stays published below `log/before/`, and the first
//! leaf of the new one names it by its size and root: so anyone can hold the two against each other,
//! and receipts of the log before can be checked for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use domain::id::Actor;
use ledger::checkpoint::{Checkpoint, Policy};
use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf, LeafKind, Role};
use ledger::log::{Bundles, Files, VerifiedLog, codebook_path, verify_log};
use ledger::note::NOTE_SIZE_BYTES_MAX;
use ledger::successor::folder_before;
use ledger::tile::{ENTRY_SIZE_BYTES_MAX, TILE_WIDTH, Tile};
use store::{Carried, Keys, Known, StoredLeaf, Tx};

use super::RestoreError;
use crate::checkpoint::published_policy;
use crate::keys::verifier_key;
use crate::{Clock, Error};

/// Begins the successor. `aside` is the log that was copied aside. Returns how many leaves came
/// back without what they seal.
pub(super) async fn begin(
    tx: &mut Tx,
    (files, origin): (&dyn Files, &str),
    aside: &Checkpoint,
    keys: &Arc<Keys>,
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
    // Whose signatures a reader asks for is theirs to say; here the log's own is enough.
    let policy = Policy { witnesses: Vec::new(), quorum: 0, ..published_policy(tx).await? };
    let before = verify_log(&files, &policy, &[]).map_err(RestoreError::Before)?;
    keep_files(tx, files, &before).await?;
    let new = policy_of_successor(origin, &before)?;
    tx.put_log_file("policy.json", &new.to_json()).await?;

    let of_before = tx.sealer(keys).await?;
    let parted = Parted::find(tx, files, &before, aside).await?;
    let succeeded = tx.record_succession(clock.now(), actor, &before.checkpoint).await?.position;
    let carried =
        tx.begin_successor((origin, succeeded), &before.checkpoint, parted.another_way).await?;
    let mut known = tx.known(of_before).await?;
    let lost = parted.append(tx, (files, &before), (&carried, &mut known), (clock, actor)).await?;
    tx.number_waiting().await?;
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
    wanted.extend(codebooks.map(|(_, hash)| (codebook_path(*hash), SIZE_BYTES_MAX)));
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
    /// The same, where the backup has leaves from there on that the public did not see, and the
    /// public others.
    another_way: Option<u64>,
    /// What the backup's leaves from there on seal, and where they stood; nothing in sealed mode,
    /// where these wait.
    sealed: HashMap<Hash, u64>,
    /// How many leaves about requests only the public has.
    coming: u64,
}

impl Parted {
    async fn find(
        tx: &mut Tx,
        files: &dyn Files,
        before: &VerifiedLog,
        aside: &Checkpoint,
    ) -> Result<Self, Error> {
        let is_padded = tx.padding().await?.is_some();
        let mut parted = Self { at: 0, another_way: None, sealed: HashMap::new(), coming: 0 };
        let mut ours = Aside::default();
        let mut bundles = Bundles::new(&before.checkpoint);
        let mut is_one = true;
        while let Some(leaves) = bundles.next(&files).map_err(RestoreError::Before)? {
            for leaf in leaves {
                if is_one {
                    let same = ours.peek(tx).await?.is_some_and(|stored| stored.leaf == leaf);
                    is_one = same;
                    if same {
                        parted.at += 1;
                        ours.next(tx).await?;
                        continue;
                    }
                    while let Some(stored) = ours.next(tx).await? {
                        let seal = stored.leaf.seal().filter(|_| !is_padded);
                        parted.sealed.extend(seal.map(|seal| (seal, stored.index)));
                    }
                }
                parted.coming += u64::from(is_of_request(&leaf) && parted.known(&leaf).is_none());
            }
        }
        let is_another = parted.at < aside.size && parted.at < before.checkpoint.size;
        parted.another_way = is_another.then_some(parted.at);
        Ok(parted)
    }

    /// Where a leaf of the public's stood in the backup, from the parting on.
    fn known(&self, leaf: &Leaf) -> Option<u64> {
        leaf.seal().and_then(|seal| self.sealed.get(&seal).copied())
    }

    /// Appends the leaves that the public saw and the backup has not. Returns of how many of them
    /// what they seal is lost.
    async fn append(
        self,
        tx: &mut Tx,
        (files, before): (&dyn Files, &VerifiedLog),
        (carried, opens): (&Carried, &mut Known),
        (clock, actor): (Clock, Actor),
    ) -> Result<u64, Error> {
        if self.coming == 0 {
            return Ok(0);
        }
        let begun = tx.tree_head().await?.size;
        tx.begin_restoring(clock.now(), actor, begun + self.coming).await?;
        let (mut lost, mut next) = (0, begun);
        let mut places: HashMap<u64, u64> = HashMap::new();
        let mut numbers = Numbers { begun, next: HashMap::new() };
        let mut bundles = Bundles::new(&before.checkpoint);
        while let Some(leaves) = bundles.next(&files).map_err(RestoreError::Before)? {
            let first = bundles.read() - leaves.len() as u64;
            let mut coming = Vec::new();
            for (index, leaf) in (first..).zip(leaves) {
                if index < self.at || !is_of_request(&leaf) {
                    continue;
                }
                if let Some(stood) = self.known(&leaf) {
                    places.extend(carried.place(stood).map(|place| (index, place)));
                    continue;
                }
                let parent = leaf.parent().map(|parent| match parent < self.at {
                    true => carried.place(parent),
                    false => places.get(&parent).copied(),
                });
                let leaf = numbers.number_anew(tx, &leaf, parent.flatten()).await?;
                coming.push((index, leaf));
                places.insert(index, next);
                next += 1;
            }
            lost += tx.restore_carried(opens, &coming).await?;
        }
        Ok(lost)
    }
}

/// Whether a leaf is about requests, and not about the log itself.
fn is_of_request(leaf: &Leaf) -> bool {
    leaf.parent().is_some() || leaf.kind() == LeafKind::Submission
}

/// The leaves that were copied aside, one after the other.
#[derive(Default)]
struct Aside {
    read: VecDeque<StoredLeaf>,
    from: u64,
}

impl Aside {
    async fn peek(&mut self, tx: &mut Tx) -> Result<Option<&StoredLeaf>, Error> {
        if self.read.is_empty() {
            self.read.extend(tx.leaves_aside(self.from).await?);
        }
        Ok(self.read.front())
    }

    async fn next(&mut self, tx: &mut Tx) -> Result<Option<StoredLeaf>, Error> {
        self.peek(tx).await?;
        let next = self.read.pop_front();
        self.from = next.as_ref().map_or(self.from, |leaf| leaf.index + 1);
        Ok(next)
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
