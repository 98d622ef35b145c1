//! Tiles and bundles: the paths of C2SP tlog-tiles, and files that hold what they should.

use std::collections::{BTreeMap, BTreeSet};

use ledger::hash::Hash;
use ledger::tile::{
    TILE_LEVEL_MAX, Tile, TileKind, Tiles, decode_entries, decode_hashes, encode_entries,
    encode_hashes,
};
use ledger::tree::{
    Frontier, Subtree, consistency_subtrees, inclusion_subtrees, prove_consistency,
    prove_inclusion, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use tlog_tiles::HashReader;

const ENTRIES: TileKind = TileKind::Entries;

fn level(level: u8) -> TileKind {
    TileKind::Hashes { level }
}

fn paths(size: u64) -> Vec<String> {
    Tile::all(size).iter().map(Tile::to_string).collect()
}

/// How many full tiles a log of this size has of a kind, and the path of its partial one.
fn shape(size: u64, kind: TileKind) -> (usize, Option<String>) {
    let tiles: Vec<_> = Tile::all(size).into_iter().filter(|tile| tile.kind == kind).collect();
    let full = tiles.iter().filter(|tile| tile.is_full()).count();
    let mut partial = tiles.iter().filter(|tile| !tile.is_full()).map(Tile::to_string);
    let only = partial.next();
    assert_eq!(partial.next(), None, "two partial tiles");
    (full, only)
}

fn some(path: &str) -> Option<String> {
    Some(path.to_owned())
}

#[test]
fn an_empty_log_has_no_tile() {
    assert_eq!(Tile::all(0), []);
    assert_eq!(Tile::at(ENTRIES, 0, 0), None);
    assert_eq!(Tile::at(level(0), 0, 0), None);
}

#[test]
fn the_paths_of_255_leaves() {
    assert_eq!(paths(255), ["tile/0/000.p/255", "tile/entries/000.p/255"]);
}

#[test]
fn the_paths_of_256_leaves() {
    assert_eq!(paths(256), ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
}

#[test]
fn the_paths_of_257_leaves() {
    assert_eq!(
        paths(257),
        [
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/1",
        ]
    );
}

#[test]
fn the_paths_of_65_536_leaves() {
    assert_eq!(shape(65_536, level(0)), (256, None));
    assert_eq!(shape(65_536, level(1)), (1, None));
    assert_eq!(shape(65_536, level(2)), (0, some("tile/2/000.p/1")));
    assert_eq!(shape(65_536, level(3)), (0, None));
    assert_eq!(shape(65_536, ENTRIES), (256, None));
}

/// The specification's own example.
#[test]
fn the_paths_of_70_000_leaves() {
    assert_eq!(shape(70_000, level(0)), (273, some("tile/0/273.p/112")));
    assert_eq!(shape(70_000, level(1)), (1, some("tile/1/001.p/17")));
    assert_eq!(shape(70_000, level(2)), (0, some("tile/2/000.p/1")));
    assert_eq!(shape(70_000, level(3)), (0, None));
    assert_eq!(shape(70_000, ENTRIES), (273, some("tile/entries/273.p/112")));
    assert_eq!(Tile::all(70_000).len(), 273 + 1 + 1 + 1 + 1 + 273 + 1);
}

#[test]
fn the_paths_of_256_001_leaves() {
    assert_eq!(shape(256_001, level(0)), (1000, some("tile/0/x001/000.p/1")));
    assert_eq!(shape(256_001, level(1)), (3, some("tile/1/003.p/232")));
    assert_eq!(shape(256_001, level(2)), (0, some("tile/2/000.p/3")));
    assert_eq!(shape(256_001, ENTRIES), (1000, some("tile/entries/x001/000.p/1")));
    assert!(paths(256_001).contains(&"tile/entries/999".to_owned()));
}

#[test]
fn an_index_is_written_in_groups_of_three_digits() {
    for (index, path) in [
        (0, "tile/0/000"),
        (67, "tile/0/067"),
        (999, "tile/0/999"),
        (1000, "tile/0/x001/000"),
        (1_234_067, "tile/0/x001/x234/067"),
        (1_000_000, "tile/0/x001/x000/000"),
    ] {
        let tile = Tile { kind: level(0), index, width: 256 };
        assert_eq!(tile.to_string(), path);
        assert_eq!(Tile::from_path(path), Some(tile));
        let partial = Tile { width: 9, ..tile };
        assert_eq!(partial.to_string(), format!("{path}.p/9"));
        assert_eq!(Tile::from_path(&format!("{path}.p/9")), Some(partial));
    }
}

#[test]
fn a_path_that_is_not_canonical_is_rejected() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile//000",
        "tile/0//000",
        "tile/0/000/",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/8/000",
        "tile/64/000",
        "tile/256/000",
        "tile/data/000",
        "tile/Entries/000",
        "tile/entries/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/+00",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/x01/000",
        "tile/0/001/000",
        "tile/0/xx001/000",
        "tile/0/x001/x000",
        "tile/0/x001x000",
        "tile/0/X001/000",
        "tile/0/x001/00",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/256",
        "tile/0/000.p/65537",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000 ",
        "tile/0/٠٠٠",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "../tile/0/000",
    ] {
        assert_eq!(Tile::from_path(path), None, "{path}");
    }
}

#[test]
fn a_path_beyond_the_largest_log_is_rejected() {
    // The last leaf of all, 2^64 - 2, is in the tile 72 057 594 037 927 935.
    let last = "tile/entries/x072/x057/x594/x037/x927/935.p/255";
    let tile = Tile::from_path(last).expect("the last tile there can be");
    assert_eq!(tile.first_leaf(), u64::MAX - 255);
    assert_eq!(Tile::at(ENTRIES, tile.index, u64::MAX), Some(tile));
    for path in [
        "tile/entries/x072/x057/x594/x037/x927/935",
        "tile/entries/x072/x057/x594/x037/x927/936.p/1",
        "tile/entries/x018/x446/x744/x073/x709/x551/615",
        "tile/7/001.p/1",
        "tile/7/000",
        // 2^72 hashes, each over 2^56 leaves: no number of leaves at all.
        "tile/7/x018/x446/x744/x073/x709/x551/615",
        "tile/7/x018/x446/x744/x073/x709/x551/615.p/255",
        "tile/6/x018/x446/x744/x073/x709/x551/615",
        "tile/1/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(Tile::from_path(path), None, "{path}");
    }
    assert!(Tile::from_path("tile/7/000.p/255").is_some());
}

#[test]
fn a_tile_knows_its_first_leaf() {
    for (kind, index, first) in [
        (ENTRIES, 3, 768),
        (level(0), 3, 768),
        (level(1), 3, 3 << 16),
        (level(2), 1, 1 << 24),
        (level(7), 0, 0),
    ] {
        assert_eq!(Tile { kind, index, width: 1 }.first_leaf(), first, "{kind:?} {index}");
    }
}

#[test]
fn the_tiles_of_the_largest_logs_are_told_without_overflow() {
    for size in [1 << 63, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 256, u64::MAX / 256, u64::MAX] {
            for kind in (0..=u8::MAX).map(level).chain([ENTRIES]) {
                if let Some(tile) = Tile::at(kind, index, size) {
                    assert_eq!(Tile::from_path(&tile.to_string()), Some(tile));
                    assert!(tile.first_leaf() < size, "{tile} of {size}");
                }
            }
        }
    }
}

#[test]
fn a_bundle_is_what_the_specification_says() {
    let bundle = encode_entries([b"ab".as_slice(), b"", &[7; 300]]);
    assert_eq!(bundle[..7], [0, 2, b'a', b'b', 0, 0, 1]);
    assert_eq!(bundle[7], 300_u16.to_be_bytes()[1]);
    assert_eq!(bundle.len(), 2 + 2 + 2 + 2 + 300);
    let entries = decode_entries(&bundle, 3).expect("it was just written");
    assert_eq!(entries, [b"ab".as_slice(), b"", &[7; 300]]);
}

#[test]
fn a_truncated_or_longer_bundle_is_rejected() {
    let bundle = encode_entries([b"abc".as_slice(), b"", b"d"]);
    for length in 0..bundle.len() {
        assert_eq!(decode_entries(&bundle[..length], 3), None, "{length} bytes");
    }
    for extra in [vec![0], vec![0, 0], vec![0, 1], vec![0, 1, 9]] {
        assert_eq!(decode_entries(&[bundle.clone(), extra].concat(), 3), None);
    }
    for width in [0, 1, 2, 4, 256, u16::MAX] {
        assert_eq!(decode_entries(&bundle, width), None, "width {width}");
    }
}

/// A bundle of empty entries takes two bytes for each; a reader that kept them all would take
/// eight times the file.
#[test]
fn a_bundle_of_too_many_entries_is_rejected() {
    assert_eq!(decode_entries(&vec![0; 16 << 20], 256), None);
}

#[test]
fn a_tile_of_another_width_is_rejected() {
    let hashes: Vec<Hash> = (0..3_u8).map(|i| Hash([i; 32])).collect();
    let bytes = encode_hashes(&hashes);
    assert_eq!(decode_hashes(&bytes, 3), Some(hashes));
    assert_eq!(decode_hashes(&bytes, 2), None);
    assert_eq!(decode_hashes(&bytes, 4), None);
    assert_eq!(decode_hashes(&bytes[..95], 3), None);
    assert_eq!(decode_hashes(&[&bytes, [0].as_slice()].concat(), 3), None);
}

fn leaf(i: u64) -> Hash {
    Hash::leaf(&i.to_be_bytes())
}

fn root(start: u64, end: u64) -> Hash {
    let mut frontier = Frontier::default();
    for i in start..end {
        frontier.push(leaf(i), |_, _| {});
    }
    frontier.root()
}

/// The hashes of each level of tiles.
fn levels(size: u64) -> Vec<Vec<Hash>> {
    let mut levels = vec![Vec::new(); usize::from(TILE_LEVEL_MAX) + 1];
    let mut frontier = Frontier::default();
    for i in 0..size {
        levels[0].push(leaf(i));
        frontier.push(leaf(i), |subtree, hash| {
            if subtree.height % 8 == 0 {
                levels[usize::from(subtree.height / 8)].push(hash);
            }
        });
    }
    levels
}

fn hashes_of(tile: Tile, levels: &[Vec<Hash>]) -> Vec<Hash> {
    let TileKind::Hashes { level } = tile.kind else { panic!("{tile} is a bundle") };
    let first = tile.index as usize * 256;
    levels[usize::from(level)][first..first + usize::from(tile.width)].to_vec()
}

#[test]
fn a_subtrees_hash_is_told_from_its_tile() {
    let size = 66_000;
    let levels = levels(size);
    let mut tiles = Tiles::default();
    for tile in Tile::all(size).into_iter().filter(|tile| tile.kind != ENTRIES) {
        let TileKind::Hashes { level } = tile.kind else { continue };
        tiles.insert(level, tile.index, hashes_of(tile, &levels));
    }
    for (height, index) in [(0, 0), (0, 65_999), (1, 7), (3, 200), (7, 1), (8, 3), (9, 1), (12, 1)]
    {
        let (start, end) = (index << height, (index + 1) << height);
        let hash = tiles.hash(Subtree { height, index });
        assert_eq!(hash, Some(root(start, end)), "height {height}, index {index}");
    }
    assert_eq!(tiles.hash(Subtree { height: 16, index: 0 }), Some(root(0, 65_536)));
    for (height, index) in [(0, 66_000), (8, 257), (16, 1), (17, 0), (63, 0)] {
        assert_eq!(tiles.hash(Subtree { height, index }), None, "height {height}, index {index}");
    }
}

/// What `tlog_tiles` stores: every hash, in its own order.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(
        &self,
        indexes: &[u64],
    ) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

/// A file of the log: level, index, width; no level for entries.
type Coordinates = (u8, u64, u16);

fn coordinates(tile: Tile) -> Option<Coordinates> {
    match tile.kind {
        TileKind::Entries => None,
        TileKind::Hashes { level } => Some((level, tile.index, tile.width)),
    }
}

#[test]
fn another_programs_tiles_hold_the_same_bytes() {
    let size = 70_000;
    let mut stored = Stored::default();
    for i in 0..size {
        let hash = tlog_tiles::Hash(leaf(i).0);
        let hashes = tlog_tiles::stored_hashes_for_record_hash(i, hash, &stored);
        stored.0.extend(hashes.expect("all hashes are there"));
    }
    let levels = levels(size);
    for tile in Tile::all(size) {
        let Some((level, index, width)) = coordinates(tile) else { continue };
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false);
        let bytes = theirs.read_data(&stored).expect("all hashes are there");
        assert_eq!(encode_hashes(&hashes_of(tile, &levels)), bytes, "{tile}");
    }
}

/// Sizes in which each level has its edges.
fn size() -> impl Strategy<Value = u64> {
    let edge = prop::sample::select(vec![0_u64, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537]);
    prop_oneof![0..2_000_u64, edge, 65_000..140_000_u64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn another_program_adds_the_same_tiles(a in size(), b in size()) {
        let (old, new) = (a.min(b), a.max(b));
        let ours: BTreeSet<Coordinates> =
            Tile::added(old, new).into_iter().filter_map(coordinates).collect();
        let theirs = tlog_tiles::Tile::new_tiles(8, old, new).into_iter();
        let theirs: BTreeSet<Coordinates> = theirs
            .map(|tile| (tile.level(), tile.level_index(), tile.width() as u16))
            .collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn what_is_added_step_by_step_is_all_there_is(mut steps in prop::collection::vec(size(), 1..6)) {
        steps.sort_unstable();
        let mut had = 0;
        let mut files: BTreeMap<(TileKind, u64), u16> = BTreeMap::new();
        for size in steps {
            for tile in Tile::added(had, size) {
                // Nothing is written twice: a tile that stood is never added again.
                prop_assert!(Tile::at(tile.kind, tile.index, had) != Some(tile), "{} again", tile);
                files.insert((tile.kind, tile.index), tile.width);
            }
            had = size;
            let all: BTreeMap<_, _> =
                Tile::all(size).into_iter().map(|tile| ((tile.kind, tile.index), tile.width)).collect();
            prop_assert_eq!(&files, &all);
        }
    }

    #[test]
    fn a_path_is_read_as_it_was_written(
        level in prop::option::of(0..=TILE_LEVEL_MAX),
        index in any::<u64>(),
        shift in 0..64_u32,
        width in 1..=256_u16,
    ) {
        let kind = level.map_or(ENTRIES, |level| TileKind::Hashes { level });
        let tile = Tile { kind, index: index >> shift, width };
        match Tile::from_path(&tile.to_string()) {
            Some(read) => prop_assert_eq!(read, tile),
            None => {
                let end = (u128::from(tile.index) * 256 + u128::from(width))
                    << (8 * u32::from(level.unwrap_or(0)));
                prop_assert!(end > u128::from(u64::MAX), "{} was refused", tile);
            }
        }
    }

    #[test]
    fn another_way_to_write_a_path_is_rejected(path in "tile/[0-9a-z]{0,2}/[x0-9/]{0,9}(\\.p/[0-9]{0,3})?") {
        if let Some(tile) = Tile::from_path(&path) {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
    ) {
        let bundle = encode_entries(entries.iter().map(Vec::as_slice));
        let width = entries.len() as u16;
        let read = decode_entries(&bundle, width);
        prop_assert_eq!(read, Some(entries.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    }

    #[test]
    fn what_reads_as_a_bundle_is_one(bytes in prop::collection::vec(0..4_u8, 0..60), width in 0..20_u16) {
        if let Some(entries) = decode_entries(&bytes, width) {
            prop_assert_eq!(entries.len(), usize::from(width));
            prop_assert_eq!(encode_entries(entries), bytes);
        }
    }

    /// From nothing but the files that they name.
    #[test]
    fn proofs_are_made_from_the_tiles_they_need(
        (size, index, old) in (1..1_500_u64).prop_flat_map(|size| (Just(size), 0..size, 1..=size)),
    ) {
        let levels = levels(size);
        let fetch = |subtrees: &[Subtree]| {
            let mut tiles = Tiles::default();
            for tile in Tiles::for_subtrees(subtrees, size) {
                if let Some((level, index, _)) = coordinates(tile) {
                    tiles.insert(level, index, hashes_of(tile, &levels));
                }
            }
            tiles
        };
        let tiles = fetch(&inclusion_subtrees(index, size));
        let proof = prove_inclusion(index, size, |subtree| tiles.hash(subtree).ok_or(subtree));
        let proof = proof.expect("the tiles tell all");
        prop_assert!(verify_inclusion(leaf(index), index, size, &proof, root(0, size)));

        let tiles = fetch(&consistency_subtrees(old, size));
        let proof = prove_consistency(old, size, |subtree| tiles.hash(subtree).ok_or(subtree));
        let proof = proof.expect("the tiles tell all");
        let (from, to) = ((old, root(0, old)), (size, root(0, size)));
        prop_assert!(verify_consistency(from, to, &proof));

        let tiles = fetch(&Frontier::subtrees(size));
        let frontier = Frontier::from_subtrees(size, |subtree| tiles.hash(subtree).ok_or(subtree));
        prop_assert_eq!(frontier.expect("the tiles tell all").root(), root(0, size));
    }
}
