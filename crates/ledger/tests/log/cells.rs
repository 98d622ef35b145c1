//! What a receipt says in words and what its leaves count as are one, and in the codebook.

use ledger::cell::CellError;
use ledger::codebook::{Category, Codebook, Outcome, PAD};
use ledger::commitment::Code;
use ledger::leaf::{Arrival, Leaf, LeafKind};
use ledger::log::verify_log;
use ledger::receipt::ReceiptError;
use serde_json::{Value, json};

use crate::world::{World, codebook, half_year, outcome_code, record_code};

/// A log with a submission at 1.
fn base() -> World {
    let mut world = World::new();
    world.submission(half_year(2024, 1), Arrival::OnReceipt);
    world
}

/// Appends a request whose record and commitment may say different things.
fn request(world: &mut World, ordinal: u16, record: Value, code: Code) -> u64 {
    let (commitment, r) = world.commit(LeafKind::Request, world.size(), 0, code);
    let seal = world.seal_record(LeafKind::Request, record, Some((code, r)));
    world.append(&Leaf::Request { submission: 1, ordinal, seal, record: commitment })
}

fn decision(world: &mut World, request: u64, seq: u32, record: Value, code: Code) -> u64 {
    let (outcome, r) = world.commit(LeafKind::Decision, request, seq, code);
    let seal = world.seal_record(LeafKind::Decision, record, Some((code, r)));
    world.append(&Leaf::Decision { request, seq, seal, outcome })
}

fn reclassification(world: &mut World, request: u64, record: Value, code: Code) -> u64 {
    let (commitment, r) = world.commit(LeafKind::Reclassification, request, 0, code);
    let seal = world.seal_record(LeafKind::Reclassification, record, Some((code, r)));
    world.append(&Leaf::Reclassification { request, seq: 0, seal, record: commitment })
}

/// Checks a receipt of everything about the submission at 1.
fn check(world: &World) -> Result<usize, ReceiptError> {
    let about = world.verify().expect("the log holds").links.about(1);
    let checked = world.check(&world.sign(world.contents(&about)))?;
    Ok(checked.leaves.len())
}

/// What is wrong with the receipt, in words.
fn told(world: &World) -> String {
    check(world).expect_err("is refused").to_string()
}

fn asked(country: &str, category: &str) -> Value {
    json!({ "country": country, "category": category })
}

fn ended(counted: &str, standing: &str) -> Value {
    json!({ "counted": counted, "standing": standing })
}

/// The codebook with more outcomes, and a category that has not all of them.
fn larger() -> Codebook {
    let mut larger = codebook(2);
    for (code, name) in [
        (3, "rejected_as_prohibited"),
        (4, "pending"),
        (16, "withheld"),
        (19, "not_a_request"),
        (PAD, "pad"),
    ] {
        larger.outcomes.insert(code, Outcome { name: name.to_owned(), in_total: false });
    }
    let category = |name: &str, outcomes: &[u8]| Category {
        name: name.to_owned(),
        outcomes: outcomes.to_vec(),
    };
    larger.categories.entry(7).and_modify(|of| of.outcomes.extend([3, 4, 16]));
    larger.categories.insert(254, category("unknown", &[19]));
    larger.categories.insert(PAD, category("pad", &[PAD]));
    larger.countries.insert("ZZ".to_owned(), "unknown".to_owned());
    larger.countries.insert("QZ".to_owned(), "pad".to_owned());
    larger
}

#[test]
fn a_record_and_a_commitment_that_say_the_same() {
    let mut world = base();
    world.codebook(larger());
    let at = request(&mut world, 1, asked("RU", "Removal"), record_code("RU", 7));
    for (seq, (counted, standing, outcome)) in (0..).zip([
        ("in_sum", "open", 4),
        ("in_sum", "approved", 1),
        ("in_sum", "approved_in_part", 1),
        ("in_sum", "rejected_no_data", 2),
        ("in_sum", "rejected_not_stated", 2),
        ("in_sum", "rejected_prohibited", 3),
        ("withheld", "approved", 16),
    ]) {
        decision(&mut world, at, seq, ended(counted, standing), outcome_code(outcome));
        assert_eq!(check(&world), Ok(3 + seq as usize), "{counted} {standing}");
    }
    let none = json!({ "not_a_request": "test" });
    let at = request(&mut world, 2, none.clone(), record_code("ZZ", 254));
    decision(&mut world, at, 0, none, outcome_code(19));
    assert_eq!(check(&world), Ok(11));
}

#[test]
fn a_record_that_says_another_outcome_than_is_counted() {
    for (counted, standing, outcome) in [
        ("in_sum", "rejected_no_data", 1),
        ("in_sum", "approved", 2),
        ("in_sum", "rejected_prohibited", 2),
        ("in_sum", "open", 1),
        ("withheld", "approved", 1),
        ("in_sum", "approved", 16),
        ("pending", "approved", 1),
    ] {
        let mut world = base();
        world.codebook(larger());
        let at = request(&mut world, 1, asked("RU", "Removal"), record_code("RU", 7));
        decision(&mut world, at, 0, ended(counted, standing), outcome_code(outcome));
        let error = check(&world).expect_err("they contradict each other");
        let ReceiptError::Told(2, CellError::Contradiction { .. }) = &error else {
            panic!("{error:?}")
        };
        let code = format!("opens to outcome {outcome} (");
        assert!(error.to_string().contains(&code), "{error}");
    }
}

#[test]
fn a_record_that_says_another_country_or_category_than_is_counted() {
    for (record, said) in [
        (asked("DE", "Removal"), "\"DE\""),
        (asked("RU", "Other"), "\"Other\""),
        (asked("ru", "Removal"), "\"ru\""),
        (json!({ "not_a_request": "test" }), "\"ZZ\""),
    ] {
        let mut world = base();
        request(&mut world, 1, record.clone(), record_code("RU", 7));
        let error = told(&world);
        let opened = "commitment opens to country RU, category 7 (\"Removal\")";
        assert!(error.contains(said) && error.contains(opened), "{error}");

        // And where it is told anew.
        let mut world = base();
        let at = world.request(1, 1, record_code("RU", 7));
        reclassification(&mut world, at, record, record_code("RU", 7));
        let error = told(&world);
        assert!(error.contains(said) && error.contains(opened), "{error}");
    }
}

#[test]
fn a_record_that_does_not_say_what_is_counted() {
    for record in [
        json!({}),
        json!(null),
        json!({ "country": "RU" }),
        json!({ "category": "Removal" }),
        json!({ "country": 1, "category": "Removal" }),
    ] {
        let mut world = base();
        request(&mut world, 1, record, record_code("RU", 7));
        let error = check(&world);
        assert!(matches!(error, Err(ReceiptError::Told(1, CellError::Unsaid(_)))), "{error:?}");
    }
    for record in [json!({}), json!({ "counted": "in_sum" }), json!({ "standing": "approved" })] {
        let mut world = base();
        let at = world.request(1, 1, record_code("RU", 7));
        decision(&mut world, at, 0, record, outcome_code(1));
        let error = check(&world);
        assert!(matches!(error, Err(ReceiptError::Told(2, CellError::Unsaid(_)))), "{error:?}");
    }
}

#[test]
fn a_cell_that_the_codebook_does_not_have() {
    for (country, category, name) in [("FR", 7, "Removal"), ("RU", 8, "any"), ("ZZ", 254, "any")] {
        let mut world = base();
        let code = record_code(country, category);
        let index = request(&mut world, 1, asked(country, name), code);
        let error = check(&world).expect_err("nobody knows what it means");
        assert!(
            matches!(&error, ReceiptError::Cell { index: at, error: CellError::Unknown(_) }
                if *at == index),
            "{error:?}"
        );
    }
    let mut world = base();
    let at = world.request(1, 1, record_code("RU", 7));
    let index = decision(&mut world, at, 0, ended("in_sum", "anything"), outcome_code(9));
    let error = check(&world).expect_err("nobody knows what it means");
    assert!(matches!(&error, ReceiptError::Cell { index: at, .. } if *at == index), "{error:?}");
    assert!(error.to_string().contains("it commits to outcome 9, which"), "{error}");

    // Each part is there, and not together.
    let mut world = base();
    world.codebook(larger());
    let at = world.request(1, 1, record_code("RU", 7));
    let none = json!({ "not_a_request": "test" });
    let index = decision(&mut world, at, 0, none, outcome_code(19));
    let error = check(&world).expect_err("a category of requests has no such outcome");
    assert!(
        matches!(&error, ReceiptError::Cell { index: at, error: CellError::NoCell { .. } }
            if *at == index),
        "{error:?}"
    );
    // In the end it is one.
    world.decision(at, 1, outcome_code(1));
    assert_eq!(check(&world), Ok(4));
}

/// What a number means is in the codebook before it is sealed: it is not given its meaning when it
/// is known what it should be.
#[test]
fn a_code_that_gets_its_meaning_after_it_was_sealed() {
    let mut world = base();
    let at = world.request(1, 1, record_code("RU", 7));
    let index = decision(&mut world, at, 0, ended("withheld", "open"), outcome_code(16));
    world.codebook(larger());
    let error = check(&world).expect_err("it had no meaning");
    assert!(matches!(&error, ReceiptError::Cell { index: at, .. } if *at == index), "{error:?}");
    let mut world = base();
    let at = world.request(1, 1, record_code("RU", 7));
    world.codebook(larger());
    decision(&mut world, at, 0, ended("withheld", "open"), outcome_code(16));
    assert_eq!(check(&world), Ok(3));
}

#[test]
fn reclassified_into_a_pad() {
    for record in [asked("QZ", "pad"), json!({ "pad": true }), asked("RU", "Removal")] {
        let mut world = base();
        world.codebook(larger());
        let at = world.request(1, 1, record_code("RU", 7));
        reclassification(&mut world, at, record, record_code("QZ", PAD));
        assert_eq!(check(&world), Err(ReceiptError::Told(2, CellError::Pad)));
    }
    // Or in part, or by its outcome, or a pad from the beginning.
    for code in [record_code("QZ", 7), record_code("RU", PAD)] {
        let mut world = base();
        world.codebook(larger());
        request(&mut world, 1, asked("RU", "Removal"), code);
        assert_eq!(check(&world), Err(ReceiptError::Told(1, CellError::Pad)));
    }
    let mut world = base();
    world.codebook(larger());
    let at = world.request(1, 1, record_code("RU", 7));
    decision(&mut world, at, 0, ended("in_sum", "approved"), outcome_code(PAD));
    assert_eq!(check(&world), Err(ReceiptError::Told(2, CellError::Pad)));
    let mut world = World::new();
    let seal = world.seal_record(LeafKind::Submission, json!({ "pad": true }), None);
    let (period, arrival) = (half_year(2024, 1), Arrival::OnReceipt);
    world.append(&Leaf::Submission { period, arrival, seal });
    assert_eq!(check(&world), Err(ReceiptError::Told(0, CellError::Pad)));
}

/// A report counts it in the half-year of its leaf, whatever day its sender is shown.
#[test]
fn a_submission_of_another_half_year_than_its_record_says() {
    let check = |arrival, record: Value| {
        let mut world = World::new();
        let seal = world.seal_record(LeafKind::Submission, record, None);
        world.append(&Leaf::Submission { period: half_year(2024, 1), arrival, seal });
        check(&world)
    };
    for day in ["2024-01-01", "2024-06-30"] {
        let record = json!({ "received_on": day, "arrival": "on_receipt" });
        assert_eq!(check(Arrival::OnReceipt, record.clone()), Ok(1));
        // A log that follows another took it over.
        assert_eq!(check(Arrival::OnImport, record), Ok(1));
    }
    for day in ["2024-07-01", "2023-12-31", "2024-13-01", "2024", "soon"] {
        let error = check(Arrival::OnReceipt, json!({ "received_on": day }));
        let other = matches!(error, Err(ReceiptError::Told(0, CellError::OtherLeaf { .. })));
        assert!(other, "{day}: {error:?}");
    }
    let record = json!({ "arrival": "on_import" });
    assert_eq!(check(Arrival::OnImport, record.clone()), Ok(1));
    let error = check(Arrival::OnReceipt, record).expect_err("it is marked otherwise");
    assert!(matches!(error, ReceiptError::Told(0, CellError::OtherLeaf { .. })), "{error:?}");
}

/// What of the log is not published yet may hold a codebook with more.
#[test]
fn a_receipt_by_itself_waits_for_the_codebook_and_contradicts_nothing() {
    let published = base();
    let mut more = published.clone();
    more.codebook(larger());
    let at = more.request(1, 1, record_code("RU", 7));
    decision(&mut more, at, 0, ended("withheld", "open"), outcome_code(16));
    let receipt = more.sign(more.contents(&[1, at, at + 1]));
    let log = verify_log(&published.publish(), &published.policy, &receipt.sizes());
    let log = log.expect("holds");
    let stale = ReceiptError::Stale { published: published.size(), receipt: more.size() };
    assert_eq!(receipt.check(&published.policy, &log), Err(stale));
    for checked in
        [receipt.check_alone(&published.policy, &log), receipt.check_unpublished(&published.policy)]
    {
        let (checked, heads) = checked.expect("is signed");
        assert_eq!((checked.leaves.len(), heads[0].size), (3, more.size()));
    }
    decision(&mut more, at, 1, ended("in_sum", "approved"), outcome_code(2));
    let receipt = more.sign(more.contents(&[1, at, at + 1, at + 2]));
    let error = receipt.check_alone(&published.policy, &log).map(drop);
    assert!(
        matches!(error, Err(ReceiptError::Told(3, CellError::Contradiction { .. }))),
        "{error:?}"
    );
}
