//! Tiles and entry bundles: the log as static files (C2SP tlog-tiles).
//!
//! A tile of level 0 holds the hashes of 256 leaves; one of level `l` holds the roots of 256 full
//! tiles of level `l - 1`. Only the last tile of a level may be partial. An entry bundle holds the
//! leaves themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::hash::{HASH_SIZE_BYTES, Hash};
use crate::tree::Subtree;

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the Merkle tree in one tile.
pub const TILE_HEIGHT: u8 = 8;
/// Levels of tiles that a log of 2⁶⁴ leaves needs.
pub const TILE_LEVEL_MAX: u8 = 7;
/// An entry's length is a 16-bit number.
pub const ENTRY_SIZE_BYTES_MAX: usize = u16::MAX as usize;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    Entries,
    /// From 0 to [`TILE_LEVEL_MAX`].
    Hashes {
        level: u8,
    },
}

/// One file of hashes or entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    pub kind: TileKind,
    pub index: u64,
    /// From 1 to [`TILE_WIDTH`].
    pub width: u16,
}

impl Tile {
    /// The tile with this index in a log of `size` leaves; `None` where it would be empty.
    pub fn at(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let width = Self::hashes(kind, size).checked_sub(index.checked_mul(TILE_WIDTH.into())?)?;
        let width = width.min(TILE_WIDTH.into()) as u16;
        (width > 0).then_some(Self { kind, index, width })
    }

    /// How many hashes, or entries, all files of a kind hold together.
    fn hashes(kind: TileKind, size: u64) -> u64 {
        match kind {
            TileKind::Entries => size,
            TileKind::Hashes { level } => {
                size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
            }
        }
    }

    /// The files that a log of `new` leaves has and the same log had not when it had `old`.
    pub fn added(old: u64, new: u64) -> Vec<Self> {
        let levels = (0..=TILE_LEVEL_MAX).map(|level| TileKind::Hashes { level });
        let mut tiles = Vec::new();
        for kind in levels.chain([TileKind::Entries]) {
            let (had, has) = (Self::hashes(kind, old), Self::hashes(kind, new));
            if had == has {
                continue;
            }
            let first = had / u64::from(TILE_WIDTH);
            tiles.extend((first..).map_while(|index| Self::at(kind, index, new)));
        }
        tiles
    }

    /// All files of a log of `size` leaves.
    pub fn all(size: u64) -> Vec<Self> {
        Self::added(0, size)
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The same tile, once it is full.
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// A larger file is no tile of this kind.
    pub fn size_bytes_max(&self) -> usize {
        let of_each = match self.kind {
            TileKind::Entries => 2 + ENTRY_SIZE_BYTES_MAX,
            TileKind::Hashes { .. } => HASH_SIZE_BYTES,
        };
        usize::from(TILE_WIDTH) * of_each
    }

    /// The position of its first leaf, or of the first leaf below its first hash.
    pub fn first_leaf(&self) -> u64 {
        (self.index * u64::from(TILE_WIDTH)) << self.leaf_height()
    }

    /// Reads a path as [`Display`](fmt::Display) writes it, and no other form of it.
    pub fn from_path(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes {
                level: level.parse().ok().filter(|level| *level <= TILE_LEVEL_MAX)?,
            },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok().filter(|w| *w < TILE_WIDTH)?),
            None => (rest, TILE_WIDTH),
        };
        let digits = index.split('/').map(|part| part.strip_prefix('x').unwrap_or(part));
        let index = digits.collect::<String>().parse().ok()?;
        // Any other way to write the same number is another path.
        Some(Self { kind, index, width })
            .filter(|tile| tile.to_string() == path && width > 0 && tile.is_of_some_log())
    }

    /// Whether a log can be large enough to have it.
    fn is_of_some_log(&self) -> bool {
        let hashes = u128::from(self.index) * u128::from(TILE_WIDTH) + u128::from(self.width);
        // Not the other way round: the number of leaves could be too large for any type.
        hashes <= u128::from(u64::MAX >> self.leaf_height())
    }

    /// The height, in the Merkle tree, of what it holds.
    fn leaf_height(&self) -> u32 {
        match self.kind {
            TileKind::Entries => 0,
            TileKind::Hashes { level } => u32::from(level) * u32::from(TILE_HEIGHT),
        }
    }
}

impl fmt::Display for Tile {
    /// The path below the log's prefix, as `tile/0/x001/x234/067.p/5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut above = self.index / 1000;
        while above > 0 {
            groups.push(above % 1000);
            above /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// The bytes of a tile of hashes.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// `None` where the bytes are not `width` hashes.
pub fn decode_hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_SIZE_BYTES>();
    let fits = rest.is_empty() && hashes.len() == usize::from(width);
    fits.then(|| hashes.iter().copied().map(Hash).collect())
}

/// The bytes of an entry bundle: each entry after its length, 16 bits, big-endian.
///
/// # Panics
/// Where an entry is longer than [`ENTRY_SIZE_BYTES_MAX`]; no leaf is.
pub fn encode_entries<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).expect("an entry's length fits 16 bits");
        bundle.extend(length.to_be_bytes());
        bundle.extend(entry);
    }
    bundle
}

/// The entries of a bundle; `None` where it does not hold just `width` of them.
pub fn decode_entries(mut bundle: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(width.into());
    for _ in 0..width {
        let (length, rest) = bundle.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bundle = rest;
    }
    bundle.is_empty().then_some(entries)
}

/// Tiles of hashes that were fetched, from which the hashes of subtrees are told.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    /// By level and index: the hashes of the tile itself, then of each two of them, and so on.
    heights: BTreeMap<(u8, u64), Vec<Vec<Hash>>>,
}

impl Tiles {
    /// The tiles that tell the hashes of these subtrees, in a log of `size` leaves.
    pub fn for_subtrees(subtrees: &[Subtree], size: u64) -> BTreeSet<Tile> {
        let tile = |subtree: &Subtree| {
            let (level, _, index) = place(*subtree);
            Tile::at(TileKind::Hashes { level }, index, size)
        };
        subtrees.iter().filter_map(tile).collect()
    }

    /// Takes the hashes of a tile. What is within it is hashed here, once for all who ask.
    pub fn insert(&mut self, level: u8, index: u64, hashes: Vec<Hash>) {
        let mut heights = vec![hashes];
        while let Some(below) = heights.last().filter(|below| below.len() > 1) {
            let (pairs, _) = below.as_chunks();
            heights.push(pairs.iter().map(|[left, right]| Hash::node(left, right)).collect());
        }
        self.heights.insert((level, index), heights);
    }

    /// The hash of a subtree; `None` where no tile was given that tells it.
    pub fn hash(&self, subtree: Subtree) -> Option<Hash> {
        let (level, first, index) = place(subtree);
        let height = subtree.height % TILE_HEIGHT;
        let hashes = self.heights.get(&(level, index))?.get(usize::from(height))?;
        hashes.get(first >> height).copied()
    }
}

/// Level of the tile that tells a subtree's hash, the place of its first hash in it, and the
/// tile's index.
fn place(subtree: Subtree) -> (u8, usize, u64) {
    let level = subtree.height / TILE_HEIGHT;
    let first = subtree.index << (subtree.height % TILE_HEIGHT);
    let width = u64::from(TILE_WIDTH);
    (level, (first % width) as usize, first / width)
}
