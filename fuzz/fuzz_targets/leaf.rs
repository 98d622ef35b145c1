//! Bytes that read as a leaf are the leaf's only form.

#![no_main]

use ledger::leaf::{Leaf, Salt};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|entry: &[u8]| {
    if let Ok(leaf) = Leaf::decode(entry) {
        assert_eq!(leaf.encode(), entry);
        let _ = leaf.commitment().and_then(|commitment| commitment.point());
        let _ = leaf.kind().seal(&Salt([0; 32]), entry);
        if let Leaf::HandOver(hand_over) = leaf {
            let _ = hand_over.holds("example.com/log");
        }
    }
});
