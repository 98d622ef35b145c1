//! Bytes that read as a codebook are the codebook's only form.

#![no_main]

use ledger::codebook::{Codebook, CodebookError};
use ledger::commitment::Code;
use ledger::hash::Hash;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    if let Ok(codebook) = Codebook::from_json(json) {
        assert_eq!(codebook.to_json(), json);
        assert_eq!(codebook.hash(), Hash::of(json));
        // It does not follow itself, and its successor does.
        let version = codebook.version;
        let itself = CodebookError::Version { before: version, found: version };
        assert_eq!(codebook.extends(&codebook), Err(itself));
        if let Some(version) = version.checked_add(1) {
            let next = Codebook { version, ..codebook.clone() };
            assert_eq!(next.extends(&codebook), Ok(()));
        }
        for (number, category) in &codebook.categories {
            let countries = codebook.countries.keys();
            for country in countries.filter_map(|country| country.as_bytes().try_into().ok()) {
                let record = Code::record(country, *number).expect("it was read");
                for outcome in &category.outcomes {
                    let outcome = Code::outcome(*outcome).expect("it was read");
                    assert!(codebook.allows(record, outcome));
                }
            }
        }
    }
});
