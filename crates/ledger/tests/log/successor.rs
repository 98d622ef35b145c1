//! A log that follows another holds what that one held, and each way in which it does not.

use ledger::commitment::Commitment;
use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf, Role};
use ledger::log::verify_log;
use ledger::note::{KeyKind, VerifierKey};
use ledger::receipt::ReceiptError;
use ledger::successor::{Succession, SuccessionError, verify_succession};

use crate::common::Signer;
use crate::world::{ORIGIN, World, codebook, half_year, outcome_code, record_code};

const SUCCESSOR: &str = "example.com/log-2";

/// A log with two submissions, of which one holds two requests; the first was decided twice.
fn before() -> World {
    let mut world = World::new();
    let first = world.submission(half_year(2024, 1), Arrival::OnReceipt);
    let request = world.request(first, 1, record_code("RU", 7));
    world.decision(request, 0, outcome_code(1));
    world.audit();
    world.hand_over(Role::Log, 41);
    world.request(first, 2, record_code("RU", 7));
    world.decision(request, 1, outcome_code(2));
    world.submission(half_year(2024, 2), Arrival::OnReceipt);
    world.reclassification(request, 0, record_code("RU", 7));
    world
}

fn anchor(before: &World) -> Leaf {
    let origin = Hash::of(before.policy.origin.as_bytes());
    Leaf::Anchor { origin, size: before.size(), root: before.root() }
}

/// A log with the keys with which the one before ended.
fn begin(before: &World) -> World {
    let mut world = World::named(SUCCESSOR);
    let public = before.log.verifier.public();
    world.log = Signer {
        verifier: VerifierKey::new(SUCCESSOR, KeyKind::Ed25519, public).expect("a key"),
        key: before.log.key.clone(),
    };
    world.policy.log_key = world.log.verifier.clone();
    world.append(&anchor(before));
    world.codebook(codebook(1));
    world
}

/// Appends leaves of the log before, in this order; each follows what it refers to.
fn carry(world: &mut World, before: &World, order: &[usize]) {
    let mut places = vec![None; before.entries.len()];
    let mut requests = std::collections::BTreeMap::<u64, u16>::new();
    let mut seqs = std::collections::BTreeMap::<(u64, u8), u32>::new();
    for at in order {
        let leaf = Leaf::decode(&before.entries[*at]).expect("a leaf");
        let parent = leaf.parent().and_then(|parent| places[parent as usize]);
        let parent = parent.unwrap_or_default();
        let mut seq = |kind| {
            let next = seqs.entry((parent, kind)).or_default();
            *next += 1;
            *next - 1
        };
        let leaf = match leaf {
            Leaf::Submission { period, seal, .. } => {
                Leaf::Submission { period, arrival: Arrival::OnImport, seal }
            }
            Leaf::Request { seal, record, .. } => {
                let ordinal = requests.entry(parent).or_default();
                *ordinal += 1;
                Leaf::Request { submission: parent, ordinal: *ordinal, seal, record }
            }
            Leaf::Decision { seal, outcome, .. } => {
                Leaf::Decision { request: parent, seq: seq(3), seal, outcome }
            }
            Leaf::Reclassification { seal, record, .. } => {
                Leaf::Reclassification { request: parent, seq: seq(4), seal, record }
            }
            other => panic!("{other:?} is about the log itself"),
        };
        places[*at] = Some(world.append(&leaf));
    }
}

/// The leaves about requests, in their order.
const CARRIED: [usize; 7] = [1, 2, 3, 6, 7, 8, 9];

fn check(world: &World, before: &World) -> Result<Succession, SuccessionError> {
    let log = world.verify().expect("the log holds");
    let old = before.verify().expect("the log before holds");
    verify_succession((&log, &world.publish()), (&old, &before.publish()))
}

fn check_carried(order: &[usize], expected: SuccessionError) {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, order);
    assert_eq!(check(&world, &before), Err(expected));
}

#[test]
fn what_was_sealed_before_is_found_where_it_stands_now() {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, &CARRIED);
    // Life goes on: new leaves about old requests.
    world.decision(3, 2, outcome_code(1));
    world.submission(half_year(2024, 2), Arrival::OnReceipt);
    let succession = check(&world, &before).expect("is the successor");
    assert_eq!(succession.carried(), CARRIED.len() as u64);
    let places: Vec<_> = (0..before.size()).map(|index| succession.place(index)).collect();
    let place = |index: u64| Some(index);
    assert_eq!(
        places,
        [None, place(2), place(3), place(4), None, None, place(5), place(6), place(7), place(8)]
    );
    assert_eq!(succession.place(before.size()), None);
}

#[test]
fn no_anchor() {
    let before = before();
    let mut world = World::named(SUCCESSOR);
    world.codebook(codebook(1));
    assert_eq!(check(&world, &before), Err(SuccessionError::NoAnchor));
}

#[test]
fn anchored_to_another_log_size_or_root() {
    let before = before();
    let Leaf::Anchor { origin, size, root } = anchor(&before) else { panic!("an anchor") };
    let other = Hash::of(b"another");
    let end = |anchored, root| SuccessionError::OtherEnd { anchored, root };
    for (leaf, expected) in [
        (Leaf::Anchor { origin: other, size, root }, SuccessionError::OtherLog(ORIGIN.to_owned())),
        (Leaf::Anchor { origin, size: size - 1, root }, end(size - 1, root)),
        (Leaf::Anchor { origin, size, root: other }, end(size, other)),
    ] {
        let mut world = begin(&before);
        let mut anew = World::named(SUCCESSOR);
        (anew.log, anew.policy) = (world.log.clone(), world.policy.clone());
        anew.append(&leaf);
        anew.codebook(codebook(1));
        world = anew;
        carry(&mut world, &before, &CARRIED);
        assert_eq!(check(&world, &before), Err(expected));
    }
}

#[test]
fn begun_by_somebody_without_the_last_keys() {
    let before = before();
    let mut world = World::named(SUCCESSOR);
    world.append(&anchor(&before));
    world.codebook(codebook(1));
    carry(&mut world, &before, &CARRIED);
    // It has the log key that was handed over to another.
    assert_eq!(check(&world, &before), Err(SuccessionError::OtherKey(Role::Log)));
}

#[test]
fn a_leaf_is_dropped() {
    for (missing, order) in [
        (9, vec![1, 2, 3, 6, 7, 8]),
        (8, vec![1, 2, 3, 6, 7, 9]),
        (3, vec![1, 2, 6, 7, 8, 9]),
        (6, vec![1, 2, 3, 7, 8, 9]),
    ] {
        check_carried(&order, SuccessionError::Dropped(missing));
    }
}

#[test]
fn a_leaf_stands_twice() {
    check_carried(&[1, 2, 3, 6, 7, 8, 9, 9], SuccessionError::Twice(9));
    check_carried(&[1, 2, 3, 6, 7, 8, 9, 8], SuccessionError::Twice(8));
}

#[test]
fn decisions_change_places() {
    check_carried(&[1, 2, 7, 3, 6, 8, 9], SuccessionError::Reordered { index: 5 });
}

#[test]
fn a_decision_is_moved_to_another_request() {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, &[1, 2, 6, 8, 9]);
    for at in [3, 7] {
        let Ok(Leaf::Decision { seal, outcome, .. }) = Leaf::decode(&before.entries[at]) else {
            panic!("a decision")
        };
        let seq = u32::from(at == 7);
        world.append(&Leaf::Decision { request: 4, seq, seal, outcome });
    }
    assert_eq!(check(&world, &before), Err(SuccessionError::Dropped(3)));
}

#[test]
fn a_commitment_is_replaced() {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, &[1, 2, 3, 6, 7, 8]);
    let Ok(Leaf::Reclassification { seal, record, .. }) = Leaf::decode(&before.entries[9]) else {
        panic!("a reclassification")
    };
    let Ok(Leaf::Decision { outcome, .. }) = Leaf::decode(&before.entries[3]) else {
        panic!("a decision")
    };
    assert_ne!(record, outcome);
    let record: Commitment = outcome;
    world.append(&Leaf::Reclassification { request: 3, seq: 0, seal, record });
    assert_eq!(check(&world, &before), Err(SuccessionError::Dropped(9)));
}

#[test]
fn a_submission_is_not_marked_as_sealed_on_import() {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, &CARRIED[..5]);
    let Ok(leaf) = Leaf::decode(&before.entries[8]) else { panic!("a leaf") };
    let index = world.append(&leaf);
    carry(&mut world, &before, &[]);
    assert_eq!(check(&world, &before), Err(SuccessionError::NotMarked(index)));
}

#[test]
fn leaves_other_than_the_verified_ones_are_refused() {
    let before = before();
    let mut world = begin(&before);
    carry(&mut world, &before, &CARRIED);
    let log = world.verify().expect("holds");
    let old = before.verify().expect("holds");
    world.audit();
    let checked = verify_succession((&log, &world.publish()), (&old, &before.publish()));
    assert!(matches!(checked, Err(SuccessionError::Rejected(_))), "{checked:?}");
}

#[test]
fn a_receipt_over_more_than_was_published_holds_by_itself_alone() {
    let published = before();
    let mut more = published.clone();
    let leaf = more.submission(half_year(2024, 2), Arrival::OnReceipt);
    let receipt = more.sign(more.contents(&[leaf]));
    let log = verify_log(&published.publish(), &published.policy, &receipt.sizes());
    let log = log.expect("holds");
    let stale = ReceiptError::Stale { published: published.size(), receipt: more.size() };
    assert_eq!(receipt.check(&published.policy, &log), Err(stale));
    let (checked, heads) = receipt.check_alone(&published.policy, &log).expect("is signed");
    assert_eq!((checked.leaves[0].index, heads[0].size), (leaf, more.size()));

    let mut forged = receipt;
    forged.contents.leaves[0].record = serde_json::json!({ "another": "record" });
    let forged = more.sign(forged.contents);
    assert_eq!(forged.check_alone(&published.policy, &log).err(), Some(ReceiptError::Seal(0)));
}

/// A log of many bundles, of which most leaves are about the log itself, and one that goes on from
/// an older copy of it: what came after that copy stands behind what the copy's holder added.
#[test]
fn a_log_that_goes_on_from_another_place_holds_all_the_same() {
    let code = record_code("RU", 7);
    let mut before = World::new();
    let first = before.submission(half_year(2024, 1), Arrival::OnReceipt);
    let request = before.request(first, 1, code);
    let mut order = vec![first as usize, request as usize];
    for seq in 0..300 {
        order.push(before.decision(request, seq, outcome_code(1 + (seq % 2) as u8)) as usize);
        for _ in 0..5 {
            before.audit();
        }
    }
    for _ in 0..100 {
        let submission = before.submission(half_year(2024, 2), Arrival::OnReceipt);
        order.extend([submission as usize, before.request(submission, 1, code) as usize]);
    }
    let mut world = begin(&before);
    let (copied, later) = order.split_at(250);
    carry(&mut world, &before, copied);
    // What only the copy's holder knows: letters, and one more decision.
    for _ in 0..400 {
        world.submission(half_year(2024, 2), Arrival::OnReceipt);
    }
    let own = 248;
    world.decision(3, own, outcome_code(1));
    let mut all = places_after(&mut world, &before, later, own + 1);
    let succession = check(&world, &before).expect("is the successor");
    assert_eq!(succession.carried(), order.len() as u64);
    assert_eq!(succession.place(order[249] as u64), Some(251));
    assert_eq!(succession.place(order[250] as u64), Some(all.remove(0)));

    // And anything of it that stands twice, however far away.
    let Ok(leaf) = Leaf::decode(&before.entries[order[1]]) else { panic!("a request") };
    let Leaf::Request { submission, seal, record, .. } = leaf else { panic!("a request") };
    let mut twice = world.clone();
    twice.append(&Leaf::Request { submission: submission + 1, ordinal: 2, seal, record });
    assert_eq!(check(&twice, &before), Err(SuccessionError::Twice(order[1] as u64)));
    let mut twice = world;
    let Ok(leaf) = Leaf::decode(&before.entries[order[400]]) else { panic!("a submission") };
    let Leaf::Submission { period, seal, .. } = leaf else { panic!("a submission") };
    let arrival = Arrival::OnImport;
    twice.append(&Leaf::Submission { period, arrival, seal });
    assert_eq!(check(&twice, &before), Err(SuccessionError::Twice(order[400] as u64)));
}

/// Carries decisions of the request at 3 that have these numbers from `seq` on, and what follows.
/// Returns their places.
fn places_after(world: &mut World, before: &World, order: &[usize], mut seq: u32) -> Vec<u64> {
    let mut places = Vec::new();
    let mut submission = 0;
    for at in order {
        let leaf = match Leaf::decode(&before.entries[*at]).expect("a leaf") {
            Leaf::Decision { seal, outcome, .. } => {
                seq += 1;
                Leaf::Decision { request: 3, seq: seq - 1, seal, outcome }
            }
            Leaf::Submission { period, seal, .. } => {
                submission = world.size();
                Leaf::Submission { period, arrival: Arrival::OnImport, seal }
            }
            Leaf::Request { seal, record, .. } => {
                Leaf::Request { submission, ordinal: 1, seal, record }
            }
            other => panic!("{other:?}"),
        };
        places.push(world.append(&leaf));
    }
    places
}

/// What was added here moves numbers, and never changes the order of what came over.
#[test]
fn what_came_over_keeps_its_order_among_what_was_added() {
    let mut before = before();
    let request = 2;
    for seq in 2..5 {
        before.decision(request, seq, outcome_code(1));
    }
    let decisions = [3_usize, 7, 10, 11, 12];
    let log = |added: &[usize], order: [usize; 5]| {
        let mut world = begin(&before);
        carry(&mut world, &before, &[1, 2, 6, 8, 9]);
        let mut seq = 0;
        let mut places = Vec::new();
        for (n, at) in order.into_iter().enumerate() {
            if added.contains(&n) {
                world.decision(3, seq, outcome_code(2));
                seq += 1;
            }
            let Ok(Leaf::Decision { seal, outcome, .. }) = Leaf::decode(&before.entries[at]) else {
                panic!("a decision")
            };
            places.push(world.append(&Leaf::Decision { request: 3, seq, seal, outcome }));
            seq += 1;
        }
        (check(&world, &before).map(|succession| succession.carried()), places)
    };
    for added in [&[][..], &[0], &[4], &[1, 2], &[0, 1, 2, 3, 4]] {
        assert_eq!(log(added, decisions).0, Ok(10), "{added:?}");
    }
    for (added, order) in [
        (&[][..], [3, 10, 7, 11, 12]),
        (&[1], [3, 10, 7, 11, 12]),
        // One that was added, and one that moved back in its place.
        (&[0], [7, 3, 10, 11, 12]),
        (&[], [12, 7, 10, 11, 3]),
        (&[2], [3, 7, 11, 12, 10]),
        (&[4], [7, 3, 10, 11, 12]),
    ] {
        let (checked, places) = log(added, order);
        match checked {
            Err(SuccessionError::Reordered { index }) => assert!(places.contains(&index)),
            other => panic!("{added:?} {order:?}: {other:?}"),
        }
    }
}
