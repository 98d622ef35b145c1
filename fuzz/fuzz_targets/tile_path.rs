//! A path that reads as a tile's is its only path.

#![no_main]

use ledger::tile::Tile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    if let Some(tile) = Tile::from_path(path) {
        assert_eq!(tile.to_string(), path);
        let first = tile.first_leaf();
        assert!(Tile::at(tile.kind, tile.index, u64::MAX).is_some_and(|at| at.width >= tile.width));
        assert_eq!(Tile::at(tile.kind, tile.index, first), None);
    }
});
