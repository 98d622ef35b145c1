//! A text that reads as a note, a signature line or a key is written the same.

#![no_main]

use ledger::note::{Note, SignatureLine, VerifierKey};
use libfuzzer_sys::fuzz_target;

/// One of each type, whose lines the seeds hold.
const KEYS: [&str; 2] = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "witness.example/12+e22f10fb+BAtROtm0kkAVygkC7QeQRNOsXb7CMG8GlIwQ2o62458t",
];

fuzz_target!(|text: &str| {
    if let Ok(note) = text.parse::<Note>() {
        assert_eq!(note.to_string(), text);
        for key in KEYS {
            let key: VerifierKey = key.parse().expect("a key");
            let _ = note.cosigned_by(&key);
        }
    }
    if let Ok(line) = text.parse::<SignatureLine>() {
        assert_eq!(line.to_string().strip_suffix('\n'), Some(text));
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
});
