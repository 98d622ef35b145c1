//! Receipts: what their holder learns, and what must not pass for one.

use std::sync::LazyLock;

use ledger::checkpoint::CheckpointError;
use ledger::commitment::{Blinding, Code, Commitment};
use ledger::hash::{from_hex, to_hex};
use ledger::leaf::{Arrival, Leaf, LeafError, LeafKind, Role, Salt};
use ledger::log::{VerifiedLog, verify_log};
use ledger::note::{KeyKind, NoteError};
use ledger::proof::{InclusionProof, ProofError};
use ledger::receipt::{Contents, Opened, Opening, Receipt, ReceiptError};
use serde_json::json;

use crate::common::Signer;
use crate::golden::golden;
use crate::world::{ORIGIN, World, half_year, outcome_code, record_code};

const SUBMISSION: u64 = 1;
const REQUEST: u64 = 2;
const OTHER: u64 = 4;
const ABOUT: [u64; 4] = [SUBMISSION, REQUEST, 3, 6];

/// Two submissions of one request each; the first was decided twice.
fn base() -> World {
    static BASE: LazyLock<World> = LazyLock::new(build);
    BASE.clone()
}

fn build() -> World {
    let mut world = World::new();
    world.submission(half_year(2024, 1), Arrival::OnReceipt);
    world.request(SUBMISSION, 1, record_code("RU", 7));
    world.decision(REQUEST, 0, outcome_code(1));
    world.submission(half_year(2024, 1), Arrival::OnReceipt);
    world.request(OTHER, 1, record_code("RU", 7));
    world.decision(REQUEST, 1, outcome_code(2));
    world
}

/// A receipt with something changed before it was signed.
fn changed(change: impl FnOnce(&mut Contents)) -> Result<Vec<u64>, ReceiptError> {
    // Signed and verified once: signatures take most of a test's time.
    static CONTENTS: LazyLock<Contents> = LazyLock::new(|| base().contents(&ABOUT));
    static LOG: LazyLock<VerifiedLog> = LazyLock::new(|| {
        let world = base();
        verify_log(&world.publish(), &world.policy, &[world.size()]).expect("it verifies")
    });
    let world = base();
    let mut contents = CONTENTS.clone();
    change(&mut contents);
    let checked = world.sign(contents).check(&world.policy, &LOG)?;
    Ok(checked.leaves.iter().map(|leaf| leaf.index).collect())
}

/// The indices of a receipt's leaves, where it holds.
fn check(world: &World, receipt: &Receipt) -> Result<Vec<u64>, ReceiptError> {
    let checked = world.check(receipt)?;
    Ok(checked.leaves.iter().map(|leaf| leaf.index).collect())
}

fn flip(hex: &str, at: usize) -> String {
    let mut bytes = from_hex(hex).expect("hexadecimal");
    bytes[at] ^= 1;
    to_hex(&bytes)
}

#[test]
fn a_receipt_tells_its_holder_all_about_the_submission() {
    let world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    assert_eq!(receipt.sizes(), [7; 4]);
    let checked = world.check(&receipt).expect("it holds");
    assert_eq!(checked.cosignatures, 2);
    let indices: Vec<u64> = checked.leaves.iter().map(|leaf| leaf.index).collect();
    assert_eq!(indices, ABOUT);
    let codes: Vec<_> = checked.leaves.iter().map(|leaf| leaf.code).collect();
    let expected = [None, Some(record_code("RU", 7)), Some(outcome_code(1)), Some(outcome_code(2))];
    assert_eq!(codes, expected);
    for leaf in &checked.leaves {
        assert_eq!(leaf.record, world.sealed[&leaf.index].record);
        assert_eq!(leaf.leaf.encode(), world.entries[leaf.index as usize]);
    }
}

#[test]
fn a_receipt_of_a_submission_alone_holds() {
    let mut world = World::new();
    let submission = world.submission(half_year(2024, 1), Arrival::OnReceipt);
    let receipt = world.sign(world.contents(&[submission]));
    assert_eq!(check(&world, &receipt), Ok(vec![submission]));
}

#[test]
fn a_receipt_is_read_as_it_was_written() {
    let world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    assert_eq!(Receipt::from_json(&receipt.to_json()), Ok(receipt));
}

#[test]
fn the_message_is_what_it_always_was() {
    let salt = to_hex(&std::array::from_fn::<u8, 32, _>(|i| i as u8));
    let submission = Opened {
        leaf: "0101".to_owned(),
        salt: salt.clone(),
        record: json!({ "b": [1, -2, null, true], "a": "é\n" }),
        opening: None,
        proof: "p".to_owned(),
    };
    let blinding = Blinding::from_bytes([0; 32]).expect("a scalar");
    let request = Opened {
        leaf: "0201".to_owned(),
        salt,
        record: json!({}),
        opening: Some(Opening::new(record_code("RU", 7), blinding)),
        proof: "q".to_owned(),
    };
    let leaves = vec![submission, request];
    let contents = Contents { version: 1, origin: ORIGIN.to_owned(), leaves };
    let message = contents.message().expect("whole numbers");
    assert_eq!(String::from_utf8(message).ok(), Some(golden("receipt-message.txt")));
}

#[test]
fn a_later_leaf_about_the_submission_asks_for_a_new_receipt() {
    let mut world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    world.audit();
    let foreign = world.request(OTHER, 2, record_code("RU", 7));
    assert_eq!(check(&world, &receipt), Ok(ABOUT.to_vec()), "{foreign} is about another");
    let mut later = world.clone();
    let index = later.decision(REQUEST, 2, outcome_code(1));
    assert_eq!(check(&later, &receipt), Err(ReceiptError::NotOpened { index }));
    let mut later = world.clone();
    let index = later.reclassification(REQUEST, 0, record_code("RU", 7));
    assert_eq!(check(&later, &receipt), Err(ReceiptError::NotOpened { index }));
    let index = world.request(SUBMISSION, 2, record_code("RU", 7));
    assert_eq!(check(&world, &receipt), Err(ReceiptError::NotOpened { index }));
    let all = [&ABOUT[..], &[index]].concat();
    assert_eq!(check(&world, &world.sign(world.contents(&all))), Ok(all));
}

#[test]
fn a_leaf_left_out_is_told() {
    let world = base();
    for (leaves, index) in [(&[1, 2, 3][..], 6), (&[1, 2, 6], 3), (&[1, 3, 6], 2), (&[1], 2)] {
        let receipt = world.sign(world.contents(leaves));
        assert_eq!(check(&world, &receipt), Err(ReceiptError::NotOpened { index }));
    }
}

#[test]
fn the_least_number_of_cosignatures_counts() {
    let world = base();
    let mut alone = world.clone();
    alone.witnesses.pop();
    let mut contents = world.contents(&ABOUT);
    contents.leaves[2] = alone.open(3, 7);
    let receipt = world.sign(contents);
    assert_eq!(world.check(&receipt).map(|checked| checked.cosignatures), Ok(1));
}

/// It was given before the witnesses signed.
#[test]
fn a_provisional_receipt_has_no_cosignature() {
    let world = base();
    let mut before = world.clone();
    before.witnesses.clear();
    let receipt = world.sign(before.contents(&ABOUT));
    assert_eq!(world.check(&receipt).map(|checked| checked.cosignatures), Ok(0));
}

#[test]
fn proofs_of_different_sizes_stand_in_one_receipt() {
    let mut world = base();
    let mut contents = world.contents(&ABOUT);
    contents.leaves[0] = world.open(SUBMISSION, 2);
    contents.leaves[1] = world.open(REQUEST, 5);
    world.audit();
    let receipt = world.sign(contents);
    assert_eq!(receipt.sizes(), [2, 5, 7, 7]);
    assert_eq!(check(&world, &receipt), Ok(ABOUT.to_vec()));
}

#[test]
fn a_receipt_outlives_the_keys_that_signed_it() {
    let mut world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    for (role, seed) in [(Role::Log, 60), (Role::Receipt, 61), (Role::Log, 62), (Role::Report, 63)]
    {
        world.hand_over(role, seed);
        assert_eq!(check(&world, &receipt), Ok(ABOUT.to_vec()), "{}", role.name());
        let new = world.sign(world.contents(&ABOUT));
        assert_eq!(check(&world, &new), Ok(ABOUT.to_vec()), "{}", role.name());
    }
}

#[test]
fn another_submissions_leaf() {
    for (index, leaf) in [(4, 4), (5, 5)] {
        let error = changed(|contents| contents.leaves.push(base().open(leaf, 7)));
        assert_eq!(error, Err(ReceiptError::OfAnother { index }));
        let error = changed(|contents| contents.leaves[3] = base().open(leaf, 7));
        assert_eq!(error, Err(ReceiptError::OfAnother { index }));
    }
}

#[test]
fn another_submissions_receipt() {
    let world = base();
    let receipt = world.sign(world.contents(&[OTHER, 5]));
    assert_eq!(check(&world, &receipt), Ok(vec![OTHER, 5]), "it says of whom it is");
    let receipt = world.sign(world.contents(&[OTHER, REQUEST]));
    assert_eq!(check(&world, &receipt), Err(ReceiptError::OfAnother { index: REQUEST }));
}

#[test]
fn a_receipt_that_does_not_begin_with_its_submission() {
    let error = changed(|contents| contents.leaves.clear());
    assert_eq!(error, Err(ReceiptError::NoSubmission));
    let error = changed(|contents| {
        contents.leaves.remove(0);
    });
    assert_eq!(error, Err(ReceiptError::NoSubmission));
    let error = changed(|contents| contents.leaves.swap(0, 1));
    assert_eq!(error, Err(ReceiptError::NoSubmission));
}

/// A reader would take one decision for two, or the first for the last.
#[test]
fn a_leaf_that_stands_twice_or_out_of_order() {
    let error = changed(|contents| contents.leaves.push(contents.leaves[3].clone()));
    assert_eq!(error, Err(ReceiptError::Order { index: 6 }));
    let error = changed(|contents| contents.leaves.insert(1, contents.leaves[0].clone()));
    assert_eq!(error, Err(ReceiptError::Order { index: SUBMISSION }));
    let error = changed(|contents| contents.leaves.swap(2, 3));
    assert_eq!(error, Err(ReceiptError::Order { index: 3 }));
}

#[test]
fn a_receipt_that_does_not_open_a_leaf() {
    for i in [1, 2, 3] {
        let error = changed(|contents| contents.leaves[i].opening = None);
        assert_eq!(error, Err(ReceiptError::Opening(i)));
    }
    // A submission has nothing to open.
    let error = changed(|contents| contents.leaves[0].opening = contents.leaves[1].opening.clone());
    assert_eq!(error, Err(ReceiptError::Opening(0)));
}

#[test]
fn a_receipt_with_another_record() {
    for record in [json!(null), json!({}), json!([]), json!({ "index": 3, "what": {} })] {
        let error = changed(|contents| contents.leaves[2].record = record.clone());
        assert_eq!(error, Err(ReceiptError::Seal(2)), "{record}");
    }
    let error = changed(|contents| {
        let other = contents.leaves[1].record.clone();
        contents.leaves[2].record = other;
    });
    assert_eq!(error, Err(ReceiptError::Seal(2)));
}

#[test]
fn a_receipt_with_a_record_that_has_no_form() {
    let world = base();
    let mut receipt = world.sign(world.contents(&ABOUT));
    receipt.contents.leaves[2].record = json!({ "index": 0.5 });
    let error = check(&world, &receipt);
    assert!(matches!(error, Err(ReceiptError::Malformed(_))), "{error:?}");
}

#[test]
fn a_receipt_with_another_code() {
    for code in [2, 0, 256, record_code("RU", 7).to_u32(), u32::MAX] {
        let error = changed(|contents| {
            contents.leaves[2].opening.iter_mut().for_each(|opening| opening.code = code);
        });
        assert_eq!(error, Err(ReceiptError::Opening(2)), "{code}");
    }
}

#[test]
fn a_receipt_with_another_blinding() {
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    for r in [order, "", "00", &"0".repeat(64), &"F".repeat(64)] {
        let error = changed(|contents| {
            contents.leaves[2].opening.iter_mut().for_each(|opening| r.clone_into(&mut opening.r));
        });
        assert_eq!(error, Err(ReceiptError::Opening(2)), "{r}");
    }
}

/// The commitment of a decision is to an outcome alone: one with a country in it would move the
/// request to another cell while its holder is shown a code.
#[test]
fn a_decision_that_commits_to_a_country() {
    let mut world = base();
    let seal_of = |world: &World, kind: LeafKind, index: u64| {
        let sealed = &world.sealed[&index];
        let record = ledger::record::canonical(&sealed.record).expect("whole numbers");
        kind.seal(&sealed.salt, &record)
    };
    let (code, r) = world.sealed[&REQUEST].opening.expect("a request");
    let outcome = Commitment::new(code, r);
    let seal = seal_of(&world, LeafKind::Decision, 6);
    let index = world.append(&Leaf::Decision { request: REQUEST, seq: 2, seal, outcome });
    let mut sealed = world.sealed[&6].clone();
    sealed.opening = Some((code, r));
    world.sealed.insert(index, sealed);
    let receipt = world.sign(world.contents(&[&ABOUT[..], &[index]].concat()));
    assert_eq!(check(&world, &receipt), Err(ReceiptError::Opening(4)));

    // And a request that commits to an outcome.
    let mut world = base();
    let (code, r) = world.sealed[&3].opening.expect("a decision");
    let record = Commitment::new(code, r);
    let seal = seal_of(&world, LeafKind::Request, REQUEST);
    let index = world.append(&Leaf::Request { submission: SUBMISSION, ordinal: 2, seal, record });
    let mut sealed = world.sealed[&REQUEST].clone();
    sealed.opening = Some((code, r));
    world.sealed.insert(index, sealed);
    let receipt = world.sign(world.contents(&[&ABOUT[..], &[index]].concat()));
    assert_eq!(check(&world, &receipt), Err(ReceiptError::Opening(4)));
}

#[test]
fn a_receipt_with_another_salt() {
    let salt = to_hex(&Salt([7; 32]).0);
    for salt in [salt.as_str(), "", "00", &"0".repeat(63), &salt.repeat(2)] {
        let error = changed(|contents| salt.clone_into(&mut contents.leaves[1].salt));
        assert_eq!(error, Err(ReceiptError::Seal(1)), "{salt}");
    }
    let error = changed(|contents| contents.leaves[1].salt.make_ascii_uppercase());
    assert_eq!(error, Err(ReceiptError::Seal(1)));
}

#[test]
fn a_receipt_with_another_leaf() {
    let error = changed(|contents| {
        let flipped = flip(&contents.leaves[1].leaf, 4);
        contents.leaves[1].leaf = flipped;
    });
    assert_eq!(error, Err(ReceiptError::NotIncluded(1)));
    let error = changed(|contents| contents.leaves[1].leaf.push_str("00"));
    assert_eq!(error, Err(ReceiptError::Leaf(1, LeafError::Trailing)));
    let error = changed(|contents| contents.leaves[1].leaf.truncate(20));
    assert_eq!(error, Err(ReceiptError::Leaf(1, LeafError::Truncated)));
    let error = changed(|contents| contents.leaves[1].leaf.make_ascii_uppercase());
    assert_eq!(error, Err(ReceiptError::Leaf(1, LeafError::Truncated)));
}

/// Changes the proof of the second leaf.
fn proof_changed(change: impl FnOnce(&mut InclusionProof)) -> Result<Vec<u64>, ReceiptError> {
    changed(|contents| {
        let mut proof: InclusionProof = contents.leaves[1].proof.parse().expect("a proof");
        change(&mut proof);
        contents.leaves[1].proof = proof.to_string();
    })
}

#[test]
fn a_receipt_with_another_place_or_path() {
    let error = proof_changed(|proof| proof.index = 3);
    assert_eq!(error, Err(ReceiptError::NotIncluded(1)));
    let error = proof_changed(|proof| proof.index = u64::MAX);
    assert_eq!(error, Err(ReceiptError::NotIncluded(1)));
    let error = proof_changed(|proof| proof.path[0].0[0] ^= 1);
    assert_eq!(error, Err(ReceiptError::NotIncluded(1)));
    let error = proof_changed(|proof| {
        proof.path.pop();
    });
    assert_eq!(error, Err(ReceiptError::NotIncluded(1)));
    let error = changed(|contents| contents.leaves[1].proof.clear());
    assert_eq!(error, Err(ReceiptError::Proof(1, ProofError::Malformed)));
}

#[test]
fn a_checkpoint_that_another_key_signed() {
    let mut forger = base();
    forger.log = Signer::new(ORIGIN, KeyKind::Ed25519, 99);
    let error = changed(|contents| contents.leaves[1] = forger.open(REQUEST, 7));
    let unsigned = NoteError::Unsigned(ORIGIN.to_owned());
    assert_eq!(error, Err(ReceiptError::Checkpoint(1, unsigned.into())));
    let error = proof_changed(|proof| proof.checkpoint.signatures[0].signature[0] ^= 1);
    let wrong = NoteError::Signature(ORIGIN.to_owned());
    assert_eq!(error, Err(ReceiptError::Checkpoint(1, wrong.into())));
    let error = proof_changed(|proof| proof.checkpoint.signatures[2].signature[20] ^= 1);
    let wrong = NoteError::Signature("witness.example/12".to_owned());
    assert_eq!(error, Err(ReceiptError::Checkpoint(1, wrong.into())));
}

#[test]
fn a_receipt_signed_by_another_key() {
    let mut world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    // A log's signature is none over a receipt, nor is one under another name.
    for other in [
        Signer::new("example.com/receipt", KeyKind::Ed25519, 99),
        Signer::new("example.com/other", KeyKind::Ed25519, 3),
        world.log.clone(),
        world.report.clone(),
    ] {
        world.receipt = other;
        let receipt = world.sign(world.contents(&ABOUT));
        assert_eq!(check(&base(), &receipt), Err(ReceiptError::Unsigned));
    }
    // Its true signature, under a name that is not the key's.
    let mut forged = receipt.clone();
    forged.signature = receipt.signature.replacen("example.com/receipt", "example.com/other", 1);
    assert_eq!(check(&base(), &forged), Err(ReceiptError::Unsigned));
    let mut forged = receipt.clone();
    forged.signature.clear();
    assert_eq!(check(&base(), &forged), Err(ReceiptError::Unsigned));
    let mut forged = receipt.clone();
    forged.contents.leaves.pop();
    assert_eq!(check(&base(), &forged), Err(ReceiptError::Unsigned));
    let mut forged = receipt;
    forged.contents.leaves[0].record = json!("another");
    assert_eq!(check(&base(), &forged), Err(ReceiptError::Unsigned));
}

#[test]
fn a_receipt_of_another_log() {
    let found = "example.com/other".to_owned();
    let error = changed(|contents| contents.origin.clone_from(&found));
    assert_eq!(error, Err(ReceiptError::Foreign { expected: ORIGIN.to_owned(), found }));
}

#[test]
fn a_checkpoint_of_another_log() {
    let world = base();
    let found = "example.com/other".to_owned();
    let mut checkpoint = world.checkpoint(7);
    checkpoint.origin.clone_from(&found);
    let proof = world.prove(REQUEST, 7, world.note(&checkpoint)).to_string();
    let error = changed(|contents| contents.leaves[1].proof = proof);
    let foreign = CheckpointError::Foreign { expected: ORIGIN.to_owned(), found };
    assert_eq!(error, Err(ReceiptError::Checkpoint(1, foreign)));
}

/// The company shows the public an older log than its receipt is of.
#[test]
fn stale_checkpoint() {
    let mut newer = base();
    newer.audit();
    newer.audit();
    let receipt = newer.sign(newer.contents(&ABOUT));
    let stale = ReceiptError::Stale { published: 7, receipt: 9 };
    assert_eq!(check(&base(), &receipt), Err(stale));
}

/// That it is of more than is published excuses nothing that can be seen already.
#[test]
fn a_receipt_of_more_than_is_published_must_hold_as_far_as_that_goes() {
    let shown = base();
    let mut newer = base();
    newer.audit();
    let later = newer.decision(REQUEST, 2, outcome_code(1));
    let all = [&ABOUT[..], &[later]].concat();
    let stale = Err(ReceiptError::Stale { published: 7, receipt: 9 });
    assert_eq!(check(&shown, &newer.sign(newer.contents(&all))), stale);
    let receipt = newer.sign(newer.contents(&[SUBMISSION, REQUEST, 3, later]));
    assert_eq!(check(&shown, &receipt), Err(ReceiptError::NotOpened { index: 6 }));
    let receipt = newer.sign(newer.contents(&[SUBMISSION, REQUEST, 3, 5, 6, later]));
    assert_eq!(check(&shown, &receipt), Err(ReceiptError::OfAnother { index: 5 }));
    // A part of it is of a log that was forked.
    let mut other = World::new();
    other.submission(half_year(2024, 1), Arrival::OnReceipt);
    other.audit();
    let mut contents = newer.contents(&all);
    contents.leaves[0] = other.open(SUBMISSION, 3);
    assert_eq!(check(&shown, &newer.sign(contents)), Err(ReceiptError::Fork { size: 3 }));
}

/// Whoever reads a log for a receipt says so, and is not told that the log is too old.
#[test]
fn a_log_that_was_read_for_another_receipt() {
    let world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    let log = verify_log(&world.publish(), &world.policy, &[]).expect("the log holds");
    let size = world.size();
    assert_eq!(receipt.check(&world.policy, &log).err(), Some(ReceiptError::RootUnknown { size }));
}

/// The company shows the public another log than the receipt's.
#[test]
fn fork() {
    let mut shown = base();
    let mut given = base();
    // The same up to here; then one leaf differs.
    given.audit();
    shown.submission(half_year(2024, 1), Arrival::OnReceipt);
    let receipt = given.sign(given.contents(&ABOUT));
    assert_eq!(check(&shown, &receipt), Err(ReceiptError::Fork { size: 8 }));
    // Over a smaller size than the public one.
    shown.audit();
    shown.audit();
    assert_eq!(check(&shown, &receipt), Err(ReceiptError::Fork { size: 8 }));
    // What was signed before the fork still holds.
    let receipt = base().sign(base().contents(&ABOUT));
    assert_eq!(check(&shown, &receipt), Ok(ABOUT.to_vec()));
}

/// A log that was not verified at the receipt's sizes says nothing about them.
#[test]
fn a_log_that_was_not_asked_for_the_receipts_sizes() {
    let mut world = base();
    let receipt = world.sign(world.contents(&ABOUT));
    world.audit();
    let log = verify_log(&world.publish(), &world.policy, &[]).expect("it verifies");
    assert!(receipt.check(&world.policy, &log).is_err());
}

#[test]
fn what_is_no_receipt_is_rejected() {
    let world = base();
    let json = world.sign(world.contents(&ABOUT)).to_json();
    let json = String::from_utf8(json).expect("text");
    let once = |from: &str, to: &str| json.replacen(from, to, 1);
    for other in [
        String::new(),
        "{}".to_owned(),
        format!("{json}x"),
        once("\"version\": 1", "\"version\": 2"),
        once("\"version\": 1", "\"version\": 0"),
        once("\"version\": 1", "\"version\": 1.0"),
        once("\"version\": 1", "\"version\": 1, \"version\": 1"),
        once("\"version\": 1", "\"version\": 1, \"more\": 1"),
        once("\"salt\"", "\"salt\": \"\", \"salt\""),
        once("\"code\"", "\"code\": 1, \"code\""),
        // Inside of a record: a reader of the first would see another record than was sealed.
        once("\"index\": 1", "\"index\": 2, \"index\": 1"),
        once("\"é\": true", "\"é\": false, \"\\u00e9\": true"),
    ] {
        let read = Receipt::from_json(other.as_bytes());
        assert!(matches!(read, Err(ReceiptError::Malformed(_))), "{other}");
    }
    let long = format!("{json}{}", " ".repeat(16 << 20));
    let read = Receipt::from_json(long.as_bytes());
    assert!(matches!(read, Err(ReceiptError::Malformed(_))));
}

#[test]
fn a_record_nested_too_deep_is_rejected() {
    let world = base();
    let json = String::from_utf8(world.sign(world.contents(&ABOUT)).to_json()).expect("text");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = json.replacen("\"what\": null", &format!("\"what\": {deep}"), 1);
    let json = json.replacen("\"why\"", &deep, 1).replacen("\"2024-H1\"", &deep, 1);
    let read = Receipt::from_json(json.as_bytes());
    assert!(matches!(read, Err(ReceiptError::Malformed(_))));
}

#[test]
fn an_opening_holds_code_and_blinding() {
    let blinding = Blinding::from_bytes([0; 32]).expect("a scalar");
    let opening = Opening::new(outcome_code(9), blinding);
    assert_eq!(opening, Opening { code: 9, r: "00".repeat(32) });
    assert_eq!(Code::from_u32(opening.code), Some(outcome_code(9)));
}
