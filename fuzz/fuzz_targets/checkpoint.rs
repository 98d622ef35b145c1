//! A text that reads as a checkpoint is written the same, but for lines that extend it; and a
//! policy is read as it was written.

#![no_main]

use ledger::checkpoint::{Checkpoint, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        let written = checkpoint.to_string();
        assert!(text.starts_with(&written));
        assert_eq!(text.lines().count() == 3, text == written);
        assert_eq!(written.parse(), Ok(checkpoint));
    }
    if let Ok(policy) = Policy::from_json(text.as_bytes()) {
        assert_eq!(Policy::from_json(&policy.to_json()), Ok(policy));
    }
});
