//! A receipt is read as it was written, and what is signed does not change by that.

#![no_main]

use ledger::receipt::Receipt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    if let Ok(receipt) = Receipt::from_json(json) {
        let _ = receipt.sizes();
        let again = Receipt::from_json(&receipt.to_json()).expect("it was just written");
        // A record with a fraction is read, and signed by nobody.
        if let Ok(message) = receipt.contents.message() {
            assert_eq!(again, receipt);
            assert_eq!(again.contents.message(), Ok(message));
        }
    }
});
