//! Canonical JSON, held against another program.

#![no_main]

use ledger::record::{canonical, deserialize};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|json: &[u8]| {
    let read: Option<Value> = serde_json::from_slice(json).ok();
    let mut strict = serde_json::Deserializer::from_slice(json);
    let strict = deserialize(&mut strict).ok().filter(|_| read.is_some());
    if let (Some(strict), Some(read)) = (&strict, &read) {
        assert_eq!(strict, read);
    }
    if let Some(Ok(form)) = read.as_ref().map(canonical) {
        let theirs = serde_json_canonicalizer::to_vec(&read).expect("a form");
        assert_eq!(String::from_utf8_lossy(&form), String::from_utf8_lossy(&theirs));
        let again: Value = serde_json::from_slice(&form).expect("JSON");
        assert_eq!(canonical(&again), Ok(form));
    }
});
