//! A whole log, checked from its files by someone who trusts nobody but the keys in a policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::{Checkpoint, CheckpointError, Policy};
use crate::codebook::{Codebook, CodebookError, Codebooks};
use crate::hash::Hash;
use crate::leaf::{Leaf, LeafError, Role};
use crate::link::{LinkError, Links, RoleKeys};
use crate::note::{KeyKind, NOTE_SIZE_BYTES_MAX, Note, VerifierKey};
use crate::tile::{
    TILE_WIDTH, Tile, TileKind, decode_entries, decode_hashes, encode_entries, encode_hashes,
};
use crate::tree::{Frontier, Subtree};

/// The files below a log's prefix, on a disk or behind a URL.
pub trait Files {
    /// The file with this path; `None` where there is none. A larger file than `size_bytes_max` is
    /// an error.
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError>;
}

impl<F: Files + ?Sized> Files for &F {
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError> {
        (**self).read(path, size_bytes_max)
    }
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct ReadError {
    pub path: String,
    pub what: String,
}

/// A log with more leaves is not read: without a witness its size is only the server's word. They
/// take 2 GiB of memory.
pub const LEAVES_MAX: u64 = 1 << 28;

/// Why a log was rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0} is missing")]
    Missing(String),
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error("{0} does not hold what its place in the log says")]
    Malformed(String),
    #[error("leaf {index}: {error}")]
    Leaf { index: u64, error: LeafError },
    #[error("leaf {index}: {error}")]
    Link { index: u64, error: LinkError },
    #[error("{0} holds other hashes than the leaves have")]
    Tile(String),
    #[error("the leaves have the root {found}, and the checkpoint was signed over {signed}")]
    Root { signed: Hash, found: Hash },
    #[error(transparent)]
    Codebook(#[from] CodebookError),
    #[error("{path} is not the codebook that leaf {hash} sealed")]
    OtherCodebook { path: String, hash: Hash },
    #[error("codebook.json is not the last codebook that was sealed")]
    StaleCodebook,
    #[error("it claims {claimed} leaves, more than the {leaves_max} that are read")]
    TooLarge { claimed: u64, leaves_max: u64 },
}

/// A log whose every leaf was read and checked.
#[derive(Clone, Debug)]
pub struct VerifiedLog {
    pub checkpoint: Checkpoint,
    pub note: Note,
    pub links: Links,
    pub codebooks: Codebooks,
    /// The root at each of the sizes that were asked for and reached.
    pub roots: BTreeMap<u64, Hash>,
}

impl VerifiedLog {
    /// The codebook in force; `None` in a log without one.
    pub fn codebook(&self) -> Option<&Codebook> {
        self.codebooks.in_force()
    }

    /// The key that has signed the checkpoint.
    pub fn log_key(&self) -> Result<VerifierKey, crate::note::NoteError> {
        VerifierKey::new(&self.checkpoint.origin, KeyKind::Ed25519, self.links.keys().log)
    }
}

/// The path of a codebook's file.
pub fn codebook_path(hash: Hash) -> String {
    format!("codebook/{hash}.json")
}

/// Reads every leaf of a log and checks all that a reader can: that each is well-formed and fits
/// those before it, that tiles hold their hashes, that keys were handed over by their owners, that
/// codebooks only add, and that the key in use has signed the root of just these leaves.
///
/// `sizes` are those at which the caller wants to know the root.
pub fn verify_log(
    files: &impl Files,
    policy: &Policy,
    sizes: &[u64],
) -> Result<VerifiedLog, Rejection> {
    verify_log_within(files, policy, sizes, LEAVES_MAX)
}

/// The same of a log with no more leaves than a reader wants to read, [`LEAVES_MAX`] at most. Each
/// takes 8 bytes of memory until all are read, and without a quorum of witnesses nothing was
/// checked before that.
pub fn verify_log_within(
    files: &impl Files,
    policy: &Policy,
    sizes: &[u64],
    leaves_max: u64,
) -> Result<VerifiedLog, Rejection> {
    let note = read_text(files, "checkpoint", NOTE_SIZE_BYTES_MAX)?;
    let note: Note = note.parse().map_err(CheckpointError::from)?;
    // Which key the log signs with, only the leaves tell. That many they are, the witnesses vouch
    // for; else a server could feed leaves for ever.
    let claimed = policy.open_witnessed(&note)?;
    let leaves_max = leaves_max.min(LEAVES_MAX);
    if claimed.size > leaves_max {
        return Err(Rejection::TooLarge { claimed: claimed.size, leaves_max });
    }
    let mut links = Links::new(&policy.origin, RoleKeys::first(policy));
    links.keep_apart(policy.witnesses.iter().map(VerifierKey::public));
    let sizes: BTreeSet<u64> = sizes.iter().copied().collect();
    let mut roots = BTreeMap::new();
    let root = read_leaves(files, claimed.size, &mut links, |frontier| {
        if sizes.contains(&frontier.size()) {
            roots.insert(frontier.size(), frontier.root());
        }
    })?;
    let key = VerifierKey::new(&policy.origin, KeyKind::Ed25519, links.keys().of(Role::Log))
        .map_err(CheckpointError::from)?;
    let checkpoint = policy.open(&note, &key)?;
    if root != checkpoint.root {
        return Err(Rejection::Root { signed: checkpoint.root, found: root });
    }
    let codebooks = read_codebooks(files, links.codebooks())?;
    Ok(VerifiedLog { checkpoint, note, links, codebooks, roots })
}

/// Reads the leaves bundle by bundle and holds them against the tiles. Returns the root.
fn read_leaves(
    files: &impl Files,
    size: u64,
    links: &mut Links,
    mut grown: impl FnMut(&Frontier),
) -> Result<Hash, Rejection> {
    let mut frontier = Frontier::default();
    let mut rows = Rows::default();
    grown(&frontier);
    let bundles = (0..).map_while(|index| Tile::at(TileKind::Entries, index, size));
    for bundle in bundles {
        let bytes = read_tile(files, bundle)?;
        let entries = decode_entries(&bytes, bundle.width)
            .ok_or_else(|| Rejection::Malformed(bundle.to_string()))?;
        for entry in entries {
            let index = frontier.size();
            let leaf = Leaf::decode(entry).map_err(|error| Rejection::Leaf { index, error })?;
            links.add(&leaf).map_err(|error| Rejection::Link { index, error })?;
            let hash = Hash::leaf(entry);
            rows.add(Subtree { height: 0, index }, hash);
            frontier.push(hash, |subtree, hash| rows.add(subtree, hash));
            grown(&frontier);
        }
        rows.check_full(files)?;
    }
    rows.check_partial(files)?;
    Ok(frontier.root())
}

/// Hands over each leaf of a log that was verified, read once more: other leaves than those that its
/// checkpoint was signed over are refused at the end.
pub fn each_leaf(
    files: &impl Files,
    checkpoint: &Checkpoint,
    mut take: impl FnMut(u64, &Leaf),
) -> Result<(), Rejection> {
    let mut bundles = Bundles::new(checkpoint);
    let mut index = 0;
    while let Some(leaves) = bundles.next(files)? {
        for leaf in &leaves {
            take(index, leaf);
            index += 1;
        }
    }
    Ok(())
}

/// The leaves of a log that was verified, read once more, a bundle at a time.
#[derive(Clone, Debug)]
pub struct Bundles<'a> {
    checkpoint: &'a Checkpoint,
    frontier: Frontier,
}

impl<'a> Bundles<'a> {
    pub fn new(checkpoint: &'a Checkpoint) -> Self {
        Self { checkpoint, frontier: Frontier::default() }
    }

    /// How many leaves were handed out.
    pub fn read(&self) -> u64 {
        self.frontier.size()
    }

    /// The leaves that follow, 256 or fewer; `None` after the last. Then they were the ones over
    /// which the checkpoint was signed: others are refused at the end.
    pub fn next(&mut self, files: &impl Files) -> Result<Option<Vec<Leaf>>, Rejection> {
        let number = self.frontier.size() / u64::from(TILE_WIDTH);
        let size = self.checkpoint.size;
        let bundle = Tile::at(TileKind::Entries, number, size);
        let Some(bundle) = bundle.filter(|_| self.frontier.size() < size) else {
            return match self.frontier.root() {
                found if found == self.checkpoint.root => Ok(None),
                found => Err(Rejection::Root { signed: self.checkpoint.root, found }),
            };
        };
        let bytes = read_tile(files, bundle)?;
        let entries = decode_entries(&bytes, bundle.width)
            .ok_or_else(|| Rejection::Malformed(bundle.to_string()))?;
        let mut leaves = Vec::new();
        for entry in entries {
            let index = self.frontier.size();
            leaves.push(Leaf::decode(entry).map_err(|error| Rejection::Leaf { index, error })?);
            self.frontier.push(Hash::leaf(entry), |_, _| {});
        }
        Ok(Some(leaves))
    }
}

/// The hashes of the last tile of each level, as the leaves give them.
#[derive(Default)]
struct Rows {
    levels: Vec<(u64, Vec<Hash>)>,
}

impl Rows {
    fn add(&mut self, subtree: Subtree, hash: Hash) {
        if !subtree.height.is_multiple_of(crate::tile::TILE_HEIGHT) {
            return;
        }
        let level = usize::from(subtree.height / crate::tile::TILE_HEIGHT);
        if self.levels.len() == level {
            self.levels.push((0, Vec::new()));
        }
        self.levels[level].1.push(hash);
    }

    /// Checks and lets go of the tiles that are full.
    fn check_full(&mut self, files: &impl Files) -> Result<(), Rejection> {
        for (level, (index, hashes)) in self.levels.iter_mut().enumerate() {
            if hashes.len() == usize::from(TILE_WIDTH) {
                check_tile(files, level as u8, *index, hashes)?;
                *index += 1;
                hashes.clear();
            }
        }
        Ok(())
    }

    fn check_partial(&self, files: &impl Files) -> Result<(), Rejection> {
        for (level, (index, hashes)) in self.levels.iter().enumerate() {
            if !hashes.is_empty() {
                check_tile(files, level as u8, *index, hashes)?;
            }
        }
        Ok(())
    }
}

fn check_tile(files: &impl Files, level: u8, index: u64, hashes: &[Hash]) -> Result<(), Rejection> {
    let kind = TileKind::Hashes { level };
    let tile = Tile { kind, index, width: hashes.len() as u16 };
    let bytes = read_tile(files, tile)?;
    let stored =
        decode_hashes(&bytes, tile.width).ok_or_else(|| Rejection::Malformed(tile.to_string()))?;
    if stored == hashes { Ok(()) } else { Err(Rejection::Tile(tile.to_string())) }
}

/// The bytes of a tile or bundle. A publisher may delete a partial one once it is full, as happens
/// while a log is read that grows; then the full one begins with it (C2SP tlog-tiles, "Partial
/// Tiles"), and what is beyond it is left out. What it holds the caller must still hold against the
/// leaves or the root.
pub fn read_tile(files: &(impl Files + ?Sized), tile: Tile) -> Result<Vec<u8>, Rejection> {
    let path = tile.to_string();
    if let Some(bytes) = files.read(&path, tile.size_bytes_max())? {
        return Ok(bytes);
    }
    let full = tile.full();
    if tile.is_full() {
        return Err(Rejection::Missing(path));
    }
    let Some(bytes) = files.read(&full.to_string(), full.size_bytes_max())? else {
        return Err(Rejection::Missing(path));
    };
    let width = usize::from(tile.width);
    let first = match tile.kind {
        TileKind::Hashes { .. } => {
            decode_hashes(&bytes, full.width).map(|hashes| encode_hashes(&hashes[..width]))
        }
        TileKind::Entries => decode_entries(&bytes, full.width)
            .map(|entries| encode_entries(entries[..width].iter().copied())),
    };
    first.ok_or_else(|| Rejection::Malformed(full.to_string()))
}

fn read_text(files: &impl Files, path: &str, size_bytes_max: usize) -> Result<String, Rejection> {
    let bytes = files.read(path, size_bytes_max)?;
    let bytes = bytes.ok_or_else(|| Rejection::Missing(path.to_owned()))?;
    String::from_utf8(bytes).map_err(|_| Rejection::Malformed(path.to_owned()))
}

/// A codebook of more bytes is refused.
const CODEBOOK_SIZE_BYTES_MAX: usize = 1 << 20;

/// Every codebook that was sealed, each held against the one before.
fn read_codebooks(files: &impl Files, sealed: &[(u64, Hash)]) -> Result<Codebooks, Rejection> {
    let mut codebooks = Codebooks::default();
    for (index, hash) in sealed {
        let path = codebook_path(*hash);
        let json = read_text(files, &path, CODEBOOK_SIZE_BYTES_MAX)?;
        if Hash::of(json.as_bytes()) != *hash {
            return Err(Rejection::OtherCodebook { path, hash: *hash });
        }
        codebooks.add(*index, Codebook::from_json(json.as_bytes())?)?;
    }
    if let Some(last) = codebooks.in_force() {
        let json = read_text(files, "codebook.json", CODEBOOK_SIZE_BYTES_MAX)?;
        if last.to_json() != json.as_bytes() {
            return Err(Rejection::StaleCodebook);
        }
    }
    Ok(codebooks)
}
