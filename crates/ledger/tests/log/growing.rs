//! Logs of many sizes and histories verify, and no bit of their files may change.

use std::collections::BTreeMap;

use ledger::hash::Hash;
use ledger::leaf::{Arrival, HalfYear, LeafKind, Role};
use ledger::link::PeriodCensus;
use ledger::log::verify_log;
use ledger::tree::Frontier;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::world::{World, codebook, half_year, outcome_code, record_code};

/// A log of that many audit leaves, and its roots at some sizes.
fn check_size(size: u64, sizes: &[u64]) {
    let mut world = World::empty();
    let mut roots = BTreeMap::new();
    while world.size() < size {
        world.audit();
        if sizes.contains(&world.size()) {
            roots.insert(world.size(), world.root());
        }
    }
    let log = verify_log(&world.publish(), &world.policy, sizes).expect("it verifies");
    assert_eq!(log.checkpoint.size, size);
    assert_eq!(log.checkpoint.root, world.root());
    assert_eq!(log.links.count(LeafKind::Audit), size);
    assert_eq!(log.roots, roots);
}

#[test]
fn logs_at_the_edges_of_a_tile_verify() {
    for size in [1, 2, 254, 255, 256, 257, 511, 512, 513] {
        check_size(size, &[1, 2, 3, 128, 255, 256, 257, 512, 513, 514, u64::MAX]);
    }
}

#[test]
fn a_log_of_65_536_leaves_verifies() {
    check_size(65_536, &[256, 65_280, 65_535, 65_536, 65_537]);
}

#[test]
fn a_log_of_66_000_leaves_verifies() {
    check_size(66_000, &[65_535, 65_536, 65_537, 65_792, 66_000]);
}

#[test]
fn an_empty_log_verifies() {
    let world = World::empty();
    let log = verify_log(&world.publish(), &world.policy, &[0, 1]).expect("it verifies");
    assert_eq!((log.checkpoint.size, log.checkpoint.root), (0, Hash::empty()));
    assert_eq!(log.codebook(), None);
    assert_eq!(log.roots, [(0, Hash::empty())].into());
}

#[test]
fn the_key_in_use_is_told() {
    let mut world = World::new();
    let log = world.verify().expect("it verifies");
    assert_eq!(log.log_key().ok(), Some(world.policy.log_key.clone()));
    world.hand_over(Role::Log, 40);
    let log = world.verify().expect("it verifies");
    assert_eq!(log.log_key().ok(), Some(world.log.verifier.clone()));
    let keys: Vec<_> = log.links.keys_of(Role::Log).collect();
    assert_eq!(keys, [world.policy.log_key.public(), world.log.verifier.public()]);
}

#[test]
fn what_became_of_a_half_years_submissions_is_counted() {
    let mut world = World::new();
    let (first, second) = (half_year(2024, 1), half_year(2024, 2));
    let a = world.submission(first, Arrival::OnReceipt);
    let b = world.submission(first, Arrival::OnImport);
    world.submission(first, Arrival::OnReceipt);
    let c = world.submission(second, Arrival::OnReceipt);
    let code = record_code("RU", 7);
    let decided = world.request(a, 1, code);
    world.request(a, 2, code);
    let amended = world.request(b, 1, code);
    let other = world.request(c, 1, code);
    world.decision(decided, 0, outcome_code(1));
    world.decision(amended, 0, outcome_code(1));
    world.decision(amended, 1, outcome_code(2));
    world.reclassification(amended, 0, code);
    world.reclassification(amended, 1, code);
    world.decision(other, 0, outcome_code(1));
    let census = world.verify().map(|log| log.links.census());
    let expected = [
        (
            first,
            PeriodCensus {
                submissions: 3,
                imported: 1,
                unresolved: 1,
                requests: 3,
                undecided: 1,
                amended: 1,
                reclassified: 1,
            },
        ),
        (second, PeriodCensus { submissions: 1, requests: 1, ..PeriodCensus::default() }),
    ];
    assert_eq!(census, Ok(expected.into()));
}

#[test]
fn the_leaves_about_a_submission_are_told_in_order() {
    let mut world = World::new();
    let a = world.submission(half_year(2024, 1), Arrival::OnReceipt);
    let b = world.submission(half_year(2024, 1), Arrival::OnReceipt);
    let code = record_code("RU", 7);
    let first = world.request(a, 1, code);
    let foreign = world.request(b, 1, code);
    let second = world.request(a, 2, code);
    let decided = world.decision(second, 0, outcome_code(1));
    world.decision(foreign, 0, outcome_code(1));
    let moved = world.reclassification(first, 0, code);
    let links = world.verify().expect("it verifies").links;
    assert_eq!(links.about(a), [a, first, second, decided, moved]);
    // A leaf that is no submission has none about it, nor has one that is not there.
    for other in [0, first, decided, world.size(), u64::MAX] {
        assert_eq!(links.about(other), [0_u64; 0], "{other}");
    }
}

/// What is appended; where it refers to a leaf that is not there yet, a submission instead.
#[derive(Clone, Debug)]
enum Step {
    Submission(u16, Arrival),
    Request(Index),
    Decision(Index),
    Reclassification(Index),
    Audit,
    HandOver(Role),
    Codebook,
    Report(u16, Index),
}

fn step() -> impl Strategy<Value = Step> {
    let arrival = prop::sample::select(vec![Arrival::OnReceipt, Arrival::OnImport]);
    prop_oneof![
        3 => (0..3_u16, arrival).prop_map(|(period, arrival)| Step::Submission(period, arrival)),
        4 => any::<Index>().prop_map(Step::Request),
        4 => any::<Index>().prop_map(Step::Decision),
        2 => any::<Index>().prop_map(Step::Reclassification),
        1 => Just(Step::Audit),
        1 => prop::sample::select(Role::ALL.to_vec()).prop_map(Step::HandOver),
        1 => Just(Step::Codebook),
        2 => (0..3_u16, any::<Index>()).prop_map(|(period, cutoff)| Step::Report(period, cutoff)),
    ]
}

/// The log in which all that was asked for happened.
fn grown(steps: &[Step]) -> World {
    let mut world = World::new();
    let mut submissions: Vec<(u64, u16)> = Vec::new();
    let mut requests: Vec<(u64, u32, u32)> = Vec::new();
    let mut reports: BTreeMap<HalfYear, (u32, u64)> = BTreeMap::new();
    for (seed, step) in (100..).zip(steps) {
        let period = |n: &u16| HalfYear::from_number(4048 + n);
        match step {
            Step::Submission(n, arrival) => {
                submissions.push((world.submission(period(n), *arrival), 0));
            }
            Step::Request(which) if !submissions.is_empty() => {
                let at = which.index(submissions.len());
                let (submission, ordinals) = &mut submissions[at];
                *ordinals += 1;
                let request = world.request(*submission, *ordinals, record_code("RU", 7));
                requests.push((request, 0, 0));
            }
            Step::Decision(which) if !requests.is_empty() => {
                let at = which.index(requests.len());
                let (request, seq, _) = &mut requests[at];
                world.decision(*request, *seq, outcome_code(1));
                *seq += 1;
            }
            Step::Reclassification(which) if !requests.is_empty() => {
                let at = which.index(requests.len());
                let (request, _, seq) = &mut requests[at];
                world.reclassification(*request, *seq, record_code("RU", 7));
                *seq += 1;
            }
            Step::HandOver(role) => {
                world.hand_over(*role, seed);
            }
            Step::Codebook => {
                let version = world.codebooks.len() as u32 + 1;
                world.codebook(codebook(version));
            }
            Step::Report(n, which) => {
                let (revision, above) = reports.get(&period(n)).copied().unwrap_or((0, 0));
                let cutoff = above + 1 + which.index((world.size() - above) as usize) as u64;
                world.report((period(n), period(n)), revision, cutoff);
                reports.insert(period(n), (revision + 1, cutoff));
            }
            Step::Audit | Step::Request(_) | Step::Decision(_) | Step::Reclassification(_) => {
                world.audit();
            }
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_history_verifies_and_no_bit_of_it_may_change(
        steps in prop::collection::vec(step(), 0..24),
        bits in prop::collection::vec((any::<Index>(), any::<Index>()), 6),
    ) {
        let world = grown(&steps);
        let files = world.publish();
        let sizes: Vec<u64> = (0..=world.size()).collect();
        let log = verify_log(&files, &world.policy, &sizes).expect("it verifies");
        prop_assert_eq!(log.checkpoint.root, world.root());
        prop_assert_eq!(log.roots.len(), sizes.len());
        for (size, root) in log.roots {
            prop_assert_eq!(root, world.checkpoint(size).root);
        }
        let of_submissions = (0..world.size()).flat_map(|index| log.links.about(index)).count();
        let kinds = [
            LeafKind::Submission,
            LeafKind::Request,
            LeafKind::Decision,
            LeafKind::Reclassification,
        ];
        let of_kinds: u64 = kinds.into_iter().map(|kind| log.links.count(kind)).sum();
        prop_assert_eq!(of_submissions as u64, of_kinds);
        for (file, bit) in bits {
            let path = file.get(&files.files.keys().collect::<Vec<_>>()).to_string();
            let mut files = files.clone();
            let bytes = files.file(&path);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let verified = verify_log(&files, &world.policy, &[]);
            prop_assert!(verified.is_err(), "bit {} of {}", bit, path);
        }
    }
}

#[test]
fn a_frontier_that_stops_and_goes_on_has_the_logs_root() {
    let world = grown(&[Step::Audit, Step::Codebook, Step::HandOver(Role::Log)]);
    let mut frontier = Frontier::default();
    for entry in &world.entries {
        frontier = Frontier::from_bytes(frontier.size(), &frontier.to_bytes()).expect("its bytes");
        frontier.push(Hash::leaf(entry), |_, _| {});
    }
    assert_eq!(frontier.root(), world.root());
}
