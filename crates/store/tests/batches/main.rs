//! Sealed mode: batches of one shape, in which nothing is lost, nothing stands twice, and what
//! stands for nothing looks like the rest.

mod world;

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::period::Period;
use domain::request::{Confirmed, HistoricOutcome, HistoricRequest, Outcome};
use jiff::Timestamp;
use jiff::civil::date;
use ledger::leaf::{HalfYear, Leaf, LeafKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{HashMap, HashSet};
use store::{Error, Location, NewSubmission, Sight, StoredLeaf};

use crate::world::{DAY, EVERY, NOW, TODAY, World, check_batch, role_keys};

#[test]
fn any_course_of_things_fills_batches_of_one_shape_and_loses_nothing() {
    let courses = proptest::collection::vec((0..7_u8, any::<prop::sample::Index>()), 10..30);
    let mut runner = TestRunner::deterministic();
    let courses: Vec<_> =
        (0..3).map(|_| courses.new_tree(&mut runner).expect("a course").current()).collect();
    for course in &courses {
        on_each(async |location| {
            let mut world = World::new(&location).await;
            let seeded = world.batch().await;
            let mut batches = Vec::new();
            let mut declared = HashSet::new();
            for (what, which) in course {
                let open: Vec<_> = world
                    .submissions
                    .iter()
                    .filter(|id| !declared.contains(*id))
                    .copied()
                    .collect();
                match what {
                    0 | 1 => drop(world.receives().await),
                    2 if !open.is_empty() => drop(world.registers(*which.get(&open)).await),
                    3 if !world.requests.is_empty() => {
                        let request = *which.get(&world.requests);
                        world.happens(request, RequestEvent::PendingSealed {}).await;
                    }
                    4 if !open.is_empty() => {
                        let submission = *which.get(&open);
                        let mut tx = world.db.snapshot().await.expect("begins");
                        let sealed = tx
                            .sealed_submission(world.db.keys(), submission, Sight::whole())
                            .await
                            .expect("reads")
                            .expect("is there");
                        drop(tx);
                        if sealed.requests == 0 {
                            world.declares_no_request(submission).await;
                            declared.insert(submission);
                        }
                    }
                    _ => batches.push(world.batch().await),
                }
            }
            let before = world.is_sound().await;
            assert_eq!(before.leaves - before.pads - 2 + before.waiting, world.called, "codebooks");
            while world.waiting().await > 0 {
                batches.push(world.batch().await);
            }
            let leaves = world.leaves().await;
            assert!(seeded.end - seeded.start > 10, "the first is preceded by whole pads");
            check_batch(&leaves, &(seeded.end - 10..seeded.end));
            for batch in &batches {
                check_batch(&leaves, batch);
            }
            let real = leaves.iter().filter(|leaf| leaf.submission.is_some() && !leaf.is_pad());
            assert_eq!(real.count() as u64, world.called);
            world.verified().await;
            let audit = world.is_sound().await;
            assert_eq!((audit.waiting, audit.opened), (0, audit.leaves));
        });
    }
}

fn half() -> (Period, HalfYear) {
    (Period::half(2021, 1), HalfYear::new(2021, 1).expect("a half-year"))
}

#[test]
fn a_closing_leaves_nothing_open_and_decides_everything_once_more() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        // Pads of the half-year that is closed.
        world.today = date(2021, 4, 1);
        for _ in 0..3 {
            world.batch().await;
        }
        let one = world.receives().await;
        let open = world.registers(one).await;
        let rejected = world.registers(one).await;
        let outcome = Outcome::Rejected { ground: Ground::NoData };
        let decided = RequestEvent::Decided {
            outcome,
            decided_on: DAY,
            confirmed: Confirmed::ByRule,
            inventory: None,
        };
        world.happens(rejected, decided).await;
        let nothing = world.receives().await;
        world.declares_no_request(nothing).await;
        let erased = world.receives().await;
        let gone = world.registers(erased).await;
        world
            .happens(gone, RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None })
            .await;
        // While its leaves wait.
        let mut tx = world.db.begin().await.expect("begins");
        let event = (erased, SubmissionEvent::SubmissionErased { rules: None });
        tx.erase(world.now(), Actor::OperatorCli, event).await.expect("erases");
        tx.commit().await.expect("commits");
        let before = world.size().await;
        world.closes(half().0).await;
        assert_eq!(world.waiting().await, 0);
        let leaves = world.leaves().await;
        let log = world.verified().await;
        let census = log.links.census()[&half().1];
        assert_eq!((census.unresolved, census.undecided), (0, 0), "pads among them");
        // Whole batches, then one decision for each request of the half-year.
        let closing = leaves.len() - census.requests as usize;
        assert_eq!((closing as u64 - before) % 10, 0);
        let mut closed = HashMap::new();
        for leaf in &leaves[closing..] {
            let Leaf::Decision { request, .. } = leaf.leaf else { panic!("{:?}", leaf.leaf) };
            assert!(closed.insert(request, leaf.is_pad()).is_none(), "{request} twice");
        }
        assert_eq!(closed.values().filter(|is_pad| !**is_pad).count(), 4);
        assert!(closed.len() > 12, "pads too");
        let commitments: Vec<_> = leaves.iter().filter_map(|leaf| leaf.leaf.commitment()).collect();
        let distinct: HashSet<_> = commitments.iter().collect();
        assert_eq!(distinct.len(), commitments.len(), "each has a blinding of its own");
        let audit = world.is_sound().await;
        assert_eq!(audit.erased, 4, "with the decision of the closing");
        // What the receipt of each opens.
        let mut tx = world.db.snapshot().await.expect("begins");
        let sealer = tx.sealer(world.db.keys()).await.expect("reads");
        for (submission, count) in [(one, 6), (nothing, 4)] {
            let opened = tx.open_submission(&sealer, submission, Sight::whole()).await;
            let opened = opened.expect("opens").expect("is there");
            assert_eq!(opened.len(), count);
            let last = opened.last().expect("some");
            assert_eq!(last.opening.expect("is a decision").0.country(), [0, 0]);
        }
        drop(tx);
        // A change that was made before the closing comes too late; one made after it goes on.
        world
            .happens(open, RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None })
            .await;
        world.batch().await;
        world.verified().await;
        world.is_sound().await;
    });
}

#[test]
fn who_read_before_a_batch_may_write_and_before_a_closing_not() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        let submission = world.receives().await;
        let request = world.registers(submission).await;
        let change = world.advanced(request, RequestEvent::PendingSealed {}).await;
        for _ in 0..2 {
            world.batch().await;
        }
        world.record(change, 1).await.expect("its places are found all the same");
        world.batch().await;
        let change = world.advanced(request, RequestEvent::PendingSealed {}).await;
        world.closes(half().0).await;
        let refused = world.record(change, 1).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        world.happens(request, RequestEvent::PendingSealed {}).await;
        world.batch().await;
        world.verified().await;
        world.is_sound().await;
    });
}

#[test]
fn a_missed_batch_is_not_made_up_for() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        world.batch().await;
        world.batches += 5;
        world.today = date(2021, 9, 21);
        let batch = world.batch().await;
        assert_eq!(batch.end - batch.start, 10);
        let mut tx = world.db.begin().await.expect("begins");
        let early = Timestamp::from_second(NOW + EVERY).expect("a moment");
        let made = tx.append_due_batch(world.db.keys(), (early, TODAY)).await.expect("asks");
        assert_eq!(made, None, "a clock that was put back makes none");
    });
}

#[test]
fn what_waits_cannot_be_changed_and_is_missed_where_it_is_gone() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        let submission = world.receives().await;
        world.registers(submission).await;
        let mut tx = world.db.begin().await.expect("begins");
        let changed = store_sql(&mut tx, "UPDATE leaf_waiting SET salt = body").await;
        assert!(changed.is_err());
        drop(tx);
        let mut tx = world.db.begin().await.expect("begins");
        store_sql(&mut tx, "DELETE FROM leaf_waiting").await.expect("deletes");
        let sealer = tx.sealer(world.db.keys()).await.expect("reads");
        let audit = tx.audit_log(&sealer, role_keys()).await.expect("audits");
        assert!(audit.faults[0].contains("2 submissions or requests"), "{:?}", audit.faults);
    });
}

async fn store_sql(tx: &mut store::Tx, sql: &'static str) -> Result<u64, sqlx::Error> {
    Ok(match tx {
        store::Tx::Sqlite(c) => sqlx::query(sql).execute(&mut **c).await?.rows_affected(),
        store::Tx::Postgres(c) => sqlx::query(sql).execute(&mut **c).await?.rows_affected(),
    })
}

#[test]
fn history_is_placed_at_once_and_a_log_can_be_sealed_later() {
    on_each(async |location| {
        let mut world = World::unsealed(&location).await;
        let early = world.receives().await;
        world.seals().await;
        let before = world.size().await;
        world.registers(early).await;
        assert_eq!(world.size().await, before, "it waits");
        let (submission, request) = (SubmissionId(world.id()), RequestId(world.id()));
        let new = NewSubmission::seal(world.db.keys(), submission, &[("reference", "H-1")])
            .expect("seals");
        let line = HistoricRequest {
            received_on: DAY,
            country: Country::from_code("FR").expect("a country"),
            category: Category::UserData,
            instrument: Instrument::new("mlat").expect("a code"),
            demands: DemandSet::from_iter([Demand::Registration]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            accounts_disclosed: None,
            outcome: HistoricOutcome::Pending,
        };
        let event = RequestEvent::HistoricRequestImported {
            source_sha256: Sha256Hash([1; 32]),
            line: 1,
            request: line,
            submission,
        };
        let mut sealer = world.db.sealer().await.expect("reads");
        let change = sealer.import(request, new, "H-1", vec![event]).expect("seals");
        world.record(change, 3).await.expect("records");
        assert_eq!(world.size().await, before + 3);
        for _ in 0..2 {
            world.batch().await;
        }
        assert_eq!(world.waiting().await, 0);
        world.closes(half().0).await;
        let log = world.verified().await;
        assert!(log.codebook().expect("one").has_pads());
        world.is_sound().await;
    });
}

#[test]
fn a_copy_finds_its_waiting_leaves_and_the_pads_in_the_published_log() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut world = World::new(&Location::Sqlite(dir.path().join("lost.db"))).await;
        world.today = date(2021, 4, 1);
        world.batch().await;
        let placed = world.receives().await;
        world.batch().await;
        world.registers(placed).await;
        let waits = world.receives().await;
        world.declares_no_request(waits).await;
        let mut copy = world.copied(&location).await;
        assert_eq!(copy.waiting().await, 4);
        let from = world.size().await;
        for _ in 0..2 {
            world.batch().await;
        }
        // This is not in the copy.
        let lost = world.receives().await;
        world.registers(lost).await;
        for _ in 0..2 {
            world.batch().await;
        }
        world.closes(half().0).await;
        let mut tx = world.db.begin().await.expect("begins");
        tx.seal_events().await.expect("seals");
        let published = tx.tree_head().await.expect("reads");
        let leaves = tx.leaves(from, published.size).await.expect("reads");
        let leaves: Vec<_> = leaves.into_iter().map(|stored| stored.leaf).collect();
        drop(tx);
        let mut back = copy.db.begin().await.expect("begins");
        let sealer = back.sealer(copy.db.keys()).await.expect("reads");
        let actor = Actor::OperatorCli;
        back.begin_restoring(copy.now(), actor, published.size).await.expect("records");
        let (first, second) = leaves.split_at(leaves.len() / 2);
        let mut known = back.known(sealer).await.expect("reads");
        let mut gone = back.restore_published(&mut known, first).await.expect("restores");
        gone += back.restore_published(&mut known, second).await.expect("restores");
        assert_eq!(back.tree_head().await.expect("reads"), published, "it is one log");
        back.commit().await.expect("commits");
        assert_eq!(copy.waiting().await, 0, "each found the place that it was published at");
        // A submission and its request; their closing and those of the two that came back, and the
        // audit leaf.
        assert_eq!(gone, 2 + 3 + 1);
        let audit = copy.is_sound().await;
        assert_eq!((audit.lost, audit.pads), (gone, world.is_sound().await.pads));
        // It goes on from there.
        copy.batches = world.batches;
        let new = copy.receives().await;
        copy.batch().await;
        copy.registers(new).await;
        copy.closes(half().0).await;
        copy.verified().await;
        copy.is_sound().await;
    });
}

#[test]
fn a_copy_goes_on_with_what_was_not_published() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut world = World::new(&Location::Sqlite(dir.path().join("lost.db"))).await;
        world.batch().await;
        world.receives().await;
        let mut copy = world.copied(&location).await;
        copy.batch().await;
        assert_eq!(copy.waiting().await, 0);
        copy.verified().await;
        copy.is_sound().await;
    });
}

#[test]
fn pads_of_a_half_year_whose_key_is_destroyed_stay_and_open_to_nobody() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        // Early in the second half-year, pads are of both.
        world.today = date(2021, 7, 2);
        for _ in 0..8 {
            world.batch().await;
        }
        world.today = TODAY;
        let (period, half_year) = half();
        let log = world.verified().await;
        assert!(log.links.census()[&half_year].submissions > 0, "some were sent before");
        let mut tx = world.db.begin().await.expect("begins");
        tx.place_all(world.db.keys(), (period, TODAY)).await.expect("completes them");
        let actor = Actor::OperatorCli;
        tx.destroy_period_key(world.now(), actor, half_year).await.expect("destroys");
        tx.commit().await.expect("commits");
        let census = world.verified().await.links.census()[&half_year];
        assert_eq!((census.unresolved, census.undecided), (0, 0));
        world.batch().await;
        let audit = world.is_sound().await;
        assert!(audit.shredded > 0);
        world.closes(period).await;
        assert!(world.verified().await.links.census()[&half_year].submissions > 0);
    });
}

/// What each leaf about requests seals, in the order of the log.
fn seals(leaves: &[StoredLeaf]) -> Vec<ledger::hash::Hash> {
    let of_requests = leaves.iter().filter(|leaf| leaf.leaf.kind() != LeafKind::Audit);
    of_requests.filter_map(|leaf| leaf.leaf.seal()).collect()
}

/// Two machines go on from one copy. What the public saw of one comes first in the log that
/// follows, in its order and whole; of the other, pads are left behind, and all else waits.
#[test]
fn of_a_log_that_went_another_way_no_pad_comes_over_and_nothing_else_is_lost() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| Location::Sqlite(dir.path().join(name));
        let mut public = World::new(&file("public.db")).await;
        public.today = date(2021, 4, 1);
        let one = public.receives().await;
        public.batch().await;
        let request = public.registers(one).await;
        public.batch().await;
        // These wait when the two part.
        public.happens(request, RequestEvent::PendingSealed {}).await;
        let waits = public.receives().await;
        let mut other = public.copied(&file("other.db")).await;
        other.ids = 1_000;
        let at_parting = public.size().await as usize;
        for _ in 0..3 {
            public.happens(request, RequestEvent::PendingSealed {}).await;
            public.batch().await;
        }
        let gone = public.receives().await;
        public.registers(gone).await;
        for _ in 0..2 {
            public.batch().await;
        }
        assert_eq!(public.waiting().await, 0);
        for _ in 0..2 {
            other.happens(request, RequestEvent::PendingSealed {}).await;
            other.registers(waits).await;
            other.batch().await;
        }
        let nothing = other.receives().await;
        other.declares_no_request(nothing).await;
        for _ in 0..3 {
            other.batch().await;
        }
        other.closes(half().0).await;
        other.receives().await;
        let (seen, unseen) = (public.leaves().await, other.leaves().await);
        let same = seen.iter().zip(&unseen).take_while(|(a, b)| a.leaf == b.leaf).count();
        assert!(same >= at_parting, "up to there it was one log");

        let (mut world, lost) = other.followed(&location, "example.com/2", (&public, same)).await;
        // Three decisions of which one had waited, a submission and its request.
        assert_eq!(lost, 3 + 2);
        let carried = world.leaves().await;
        assert_eq!(seals(&carried), seals(&seen), "what anyone could have written");
        let audit = world.is_sound().await;
        assert_eq!((audit.lost, audit.pads), (lost, public.is_sound().await.pads));
        let real = |leaf: &&StoredLeaf| leaf.submission.is_some() && !leaf.is_pad();
        let real = |leaves: &[StoredLeaf]| -> HashSet<_> {
            leaves.iter().filter(real).filter_map(|leaf| leaf.leaf.seal()).collect()
        };
        let known = real(&carried).len();
        let all = real(&unseen).len() as u64 + other.waiting().await;
        assert_eq!(known as u64 + world.waiting().await, all, "each of the other's is here");

        world.today = TODAY;
        while world.waiting().await > 0 {
            let batch = world.batch().await;
            let leaves = world.leaves().await;
            let last = batch.end - 10..batch.end;
            check_batch(&leaves, &last);
        }
        let audit = world.is_sound().await;
        assert_eq!((audit.waiting, audit.lost), (0, lost));
        let leaves = world.leaves().await;
        let (before, after) = leaves.split_at(carried.len());
        assert!(real(&unseen).is_subset(&real(&leaves)));
        let shown: HashSet<_> = seals(before).into_iter().collect();
        assert!(seals(after).iter().all(|seal| !shown.contains(seal)));
        let pads = unseen[same..].iter().filter(|leaf| leaf.is_pad());
        let pads: HashSet<_> = pads.filter_map(|leaf| leaf.leaf.seal()).collect();
        assert!(seals(after).iter().all(|seal| !pads.contains(seal)), "they are new ones");
        world.closes(half().0).await;
        world.verified().await;
        world.is_sound().await;

        // The same once more, where nobody went another way: it comes over as it stands.
        world.receives().await;
        let published = world.leaves().await;
        let end = published.len();
        let third = file("third.db");
        let (mut third, lost) = world.followed(&third, "example.com/3", (&world, end)).await;
        assert_eq!((lost, third.waiting().await), (0, 1));
        assert_eq!(seals(&third.leaves().await), seals(&published));
        third.batch().await;
        third.closes(half().0).await;
        third.verified().await;
        third.is_sound().await;
    });
}
