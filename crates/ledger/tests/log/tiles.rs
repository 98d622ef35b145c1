//! Files that are there otherwise than one expects.

use ledger::log::{ReadError, Rejection, each_leaf, verify_log};

use crate::rejections::{BUNDLE, TILE, base, check_files};

/// A publisher deletes partial tiles once they are full, also while somebody reads a log that was
/// smaller (C2SP tlog-tiles, "Partial Tiles").
#[test]
fn a_partial_tile_that_is_full_by_now_is_read_from_the_full_one() {
    let mut world = base();
    while world.size() < 300 {
        world.audit();
    }
    let mut files = world.publish();
    let verified = world.verify().expect("it holds").checkpoint;
    while world.size() < 512 {
        world.audit();
    }
    let grown = world.publish();
    let mut deleted = 0;
    for path in files.files.keys().cloned().collect::<Vec<_>>() {
        if let Some((full, _)) = path.split_once(".p/")
            && let Some(bytes) = grown.files.get(full)
        {
            files.files.remove(&path);
            files.files.insert(full.to_owned(), bytes.clone());
            deleted += 1;
        }
    }
    // The second bundle and the second tile of level 0; that of level 1 stays partial.
    assert_eq!(deleted, 2);
    let log = verify_log(&files, &world.policy, &[]);
    assert_eq!(log.map(|log| log.checkpoint), Ok(verified.clone()));
    let mut read = Vec::new();
    each_leaf(&files, &verified, |index, leaf| read.push((index, leaf.encode()))).expect("reads");
    assert_eq!(read.len(), 300);
    assert!(read.iter().all(|(index, entry)| world.entries[*index as usize] == *entry));

    // A full one that is none, or holds something else, is none in its place either.
    let bundle = "tile/entries/001";
    let mut altered = files.clone();
    altered.file(bundle)[30] ^= 1;
    check_files(&world, &altered, Rejection::Tile("tile/0/001.p/44".to_owned()));
    let mut altered = files.clone();
    altered.file("tile/0/001")[43 * 32] ^= 1;
    check_files(&world, &altered, Rejection::Tile("tile/0/001.p/44".to_owned()));
    for path in [bundle, "tile/0/001"] {
        let mut altered = files.clone();
        altered.file(path).truncate(44 * 32);
        check_files(&world, &altered, Rejection::Malformed(path.to_owned()));
        altered.files.remove(path);
        check_files(&world, &altered, Rejection::Missing(format!("{path}.p/44")));
    }
}

/// Each file is read up to what it can hold and no further.
#[test]
fn a_tile_that_is_larger_than_a_tile() {
    let world = base();
    for (path, size_bytes_max) in [(TILE, 8_192), (BUNDLE, 256 * (2 + 65_535))] {
        let mut files = world.publish();
        files.file(path).resize(size_bytes_max + 1, 0);
        let what = format!("more than {size_bytes_max} bytes");
        check_files(&world, &files, Rejection::Read(ReadError { path: path.to_owned(), what }));
    }
}
