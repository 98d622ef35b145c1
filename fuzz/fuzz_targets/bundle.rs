//! Bytes that read as a bundle are its only form; and no leaves, however they refer to each other,
//! make the reader of a log panic.

#![no_main]

use ledger::leaf::Leaf;
use ledger::link::{Links, RoleKeys};
use ledger::tile::{decode_entries, decode_hashes, encode_entries, encode_hashes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u16, &[u8])| {
    let (width, bytes) = data;
    if let Some(hashes) = decode_hashes(bytes, width) {
        assert_eq!(encode_hashes(&hashes), bytes);
    }
    // The width that the bytes have, for few inputs hit it by chance.
    let width = lengths(bytes).unwrap_or(width);
    let Some(entries) = decode_entries(bytes, width) else { return };
    assert_eq!(encode_entries(entries.iter().copied()), bytes);
    let keys = RoleKeys { log: [1; 32], report: [2; 32], receipt: [3; 32] };
    let mut links = Links::new("example.com/log", keys);
    for entry in entries {
        if let Ok(leaf) = Leaf::decode(entry) {
            let _ = links.add(&leaf);
        }
    }
    let _ = links.census();
    for index in 0..links.size() {
        assert!(links.about(index).is_sorted());
    }
});

fn lengths(mut bytes: &[u8]) -> Option<u16> {
    let mut entries = 0_u16;
    while let Some((length, rest)) = bytes.split_first_chunk() {
        bytes = rest.get(u16::from_be_bytes(*length).into()..)?;
        entries = entries.checked_add(1)?;
    }
    Some(entries)
}
