//! A text that reads as a proof is written the same, but for extra data; and no proof, whatever it
//! claims, makes a check panic.

#![no_main]

use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::proof::{AddCheckpoint, InclusionProof};
use ledger::tree::{verify_consistency, verify_inclusion};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let leaf = Hash::leaf(text.as_bytes());
    if let Ok(proof) = text.parse::<InclusionProof>() {
        let written = proof.to_string();
        if text.starts_with("c2sp.org/tlog-proof@v1\nextra ") {
            assert_eq!(written.parse().as_ref(), Ok(&proof));
        } else {
            assert_eq!(written, text);
        }
        if let Ok(Checkpoint { size, root, .. }) = proof.checkpoint.text().parse() {
            assert!(!verify_inclusion(leaf, proof.index, size, &proof.path, root));
        }
    }
    if let Ok(asked) = text.parse::<AddCheckpoint>() {
        assert_eq!(asked.to_string(), text);
        if let Ok(Checkpoint { size, root, .. }) = asked.checkpoint.text().parse() {
            let _ = verify_consistency((asked.old_size, leaf), (size, root), &asked.path);
        }
    }
});
