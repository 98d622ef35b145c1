//! What is told in bands: counted exactly in the database and told by no number of it, and the
//! codebook that can say of a request that it is, on SQLite and on PostgreSQL alike.

use databases::on_each;
use domain::Country;
use domain::band::{Process, Structure};
use domain::category::{Category, Demand, DemandSet};
use domain::count::{Dataset, Tally, count};
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Counted, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::padding::Padding;
use domain::period::Period;
use domain::request::{PublicationKind, Registration};
use domain::submission::Channel;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::codebook::Codebook;
use ledger::leaf::Leaf;
use store::{
    Db, Keys, Location, MasterKey, NewSubmission, Particulars, Publication, Sight,
    StoredCheckpoint, Tx,
};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const DAY: Date = date(2026, 9, 20);

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn half() -> Period {
    Period::half(2026, 2)
}

/// A request for user data that names one account.
async fn arrives(db: &Db, n: u128) -> RequestId {
    let submission = SubmissionId(Uuid::from_u128(n));
    let new = NewSubmission::seal(db.keys(), submission, &[("reference", "A 1")]).expect("seals");
    let event = SubmissionEvent::SubmissionReceived {
        channel: Channel::Letter,
        received_on: DAY,
        files: Vec::new(),
    };
    let mut sealer = db.sealer().await.expect("reads");
    let particulars = Particulars { reference: Some("A 1".to_owned()), nonce: None };
    let change = sealer.receive(new, event, &particulars).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");

    let mut tx = db.begin().await.expect("begins");
    let country = Country::from_code("US").expect("a country");
    let authority = AuthorityId(Uuid::from_u128(n + 1));
    let place = (country, "Bureau of Samples");
    let authority = tx.enter_authority(db.keys(), authority, place).await.expect("enters");
    let officer = OfficerId(Uuid::from_u128(n + 2));
    let contact = ("T. Placeholder", "+1 555 0100");
    let officer = tx.enter_officer(db.keys(), officer, authority, contact).await.expect("enters");
    let found = tx.sealed_submission(db.keys(), submission, Sight::whole()).await.expect("reads");
    let found = found.expect("is there");
    let registration = Registration {
        submission,
        ordinal: found.requests + 1,
        received_on: found.received_on,
        country,
        authority,
        officer,
        category: Category::UserData,
        instrument: Instrument::new("none").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        accounts_specified: None,
        due_on: None,
    };
    let request = RequestId(Uuid::from_u128(n + 3));
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let change = sealer.register(&found, request, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    request
}

async fn happens(db: &Db, request: RequestId, events: Vec<RequestEvent>) {
    let mut tx = db.begin().await.expect("begins");
    let current = tx.sealed_request(db.keys(), request, Sight::whole()).await.expect("reads");
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let change = sealer.advance(&current.expect("is there"), events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
}

fn banded(process: Process, selectors: u32) -> Vec<RequestEvent> {
    let (by, proposed_by, confirmed_by) = (person(1), person(1), person(2));
    vec![
        RequestEvent::BandingProposed { by, process, selectors },
        RequestEvent::Banded { proposed_by, confirmed_by, process, selectors },
    ]
}

async fn told(tx: &mut Tx, structure: Structure) -> Dataset {
    let head = tx.head().await.expect("reads");
    let tally = tx.tally(half(), head).await.expect("counts");
    let dataset = count(tally.in_bands(Some(structure))).expect("adds up");
    let mut one_by_one = Tally::new(half()).in_bands(Some(structure));
    let facts = tx.facts(half(), head).await.expect("lists");
    facts.iter().for_each(|(_, fact)| one_by_one.add(fact));
    assert_eq!(dataset, count(one_by_one).expect("adds up"), "counted and listed");
    dataset
}

fn bands_of(dataset: &Dataset) -> Vec<(u64, u64)> {
    let bands = dataset.bands.as_ref().expect("bands");
    bands.rows.iter().map(|row| (row.received.low(), row.selectors.low())).collect()
}

#[test]
fn what_is_told_in_bands_is_counted_by_kind_and_in_nothing_else() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut requests = Vec::new();
        for n in 1..=4 {
            requests.push(arrives(&db, n * 10).await);
        }
        db.begin().await.expect("begins").learn_bands().await.expect("is rolled back");
        assert!(!db.snapshot().await.expect("begins").knows_bands().await.expect("reads"));
        let mut tx = db.begin().await.expect("begins");
        tx.learn_bands().await.expect("adds");
        tx.commit().await.expect("commits");
        assert!(!db.snapshot().await.expect("begins").has_banded(half()).await.expect("looks"));

        happens(&db, requests[0], banded(Process::NationalSecurityLetter, 600)).await;
        happens(&db, requests[1], banded(Process::NationalSecurityLetter, 600)).await;
        happens(&db, requests[2], banded(Process::OrderForContents, 0)).await;
        let mut tx = db.snapshot().await.expect("begins");
        let kinds = told(&mut tx, Structure::ByKindOf1000).await;
        assert_eq!(bands_of(&kinds), [(0, 1_000), (0, 0), (0, 0)]);
        let all = told(&mut tx, Structure::TotalOf250).await;
        assert_eq!(bands_of(&all), [(0, 1_000)]);
        assert_eq!(all.total.requests(), 1, "the fourth alone is in the sum");
        assert_eq!(all.total.user_data.specified.recorded_on, 0);
        assert_eq!((all.flow.received, all.flow.open_at_end), (1, 1));
        assert!(tx.has_banded(half()).await.expect("looks"));
        assert!(!tx.has_banded(Period::half(2026, 1)).await.expect("looks"));
        let case = tx.case(requests[0], Sight::whole()).await.expect("reads").expect("is there");
        assert_eq!(case.publication, PublicationKind::Banded);
        assert_eq!(tx.refold().await.expect("folds").differing, []);
        drop(tx);

        happens(&db, requests[1], vec![RequestEvent::Disclosed {}]).await;
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(bands_of(&told(&mut tx, Structure::ByKindOf1000).await)[0], (0, 0));
        assert_eq!(told(&mut tx, Structure::TotalOf250).await.total.requests(), 2);
        let sealer = tx.sealer(db.keys()).await.expect("reads");
        let size = tx.tree_head().await.expect("reads").size;
        let all: Vec<_> = (0..size).collect();
        let audit = tx.sample_log(&sealer, &all).await.expect("opens");
        assert_eq!(audit.faults, Vec::<String>::new());
    });
}

/// A band of selectors that nobody recorded could only be guessed.
#[test]
fn the_database_takes_no_banded_request_without_its_selectors() {
    on_each(async |location| {
        const TAKE_AWAY: &str = "UPDATE request_fact SET accounts_specified = NULL \
             WHERE counted = 'banded_order_for_noncontents'";
        let db = open(&location).await;
        let request = arrives(&db, 10).await;
        happens(&db, request, banded(Process::OrderForNoncontents, 1)).await;
        let head = db.snapshot().await.expect("begins").head().await.expect("reads");
        let facts = db.snapshot().await.expect("begins").facts(half(), head).await.expect("lists");
        assert_eq!(facts[0].1.counted, Counted::Banded(Process::OrderForNoncontents));
        assert_eq!(facts[0].1.accounts_specified, Some(1));
        let mut tx = db.begin().await.expect("begins");
        let refused = match &mut tx {
            Tx::Sqlite(c) => sqlx::query(TAKE_AWAY).execute(&mut **c).await.map(|_| ()),
            Tx::Postgres(c) => sqlx::query(TAKE_AWAY).execute(&mut **c).await.map(|_| ()),
        };
        assert!(refused.is_err());
    });
}

/// Every codebook of the log, the first one first, as its leaves name them.
async fn codebooks(db: &Db) -> Vec<Codebook> {
    let mut tx = db.begin().await.expect("begins");
    let size = tx.tree_head().await.expect("reads").size;
    let note = "a note\n".to_owned();
    let stored = StoredCheckpoint { size, note, is_of_edition: false, has_quorum: true };
    tx.put_checkpoint(&stored).await.expect("stores");
    let mut books = Vec::new();
    for (index, leaf) in tx.company_leaves_since(0).await.expect("reads") {
        let Leaf::Codebook { .. } = leaf else { continue };
        let json = tx.codebook_at(index + 1).await.expect("reads").expect("is there");
        books.push(Codebook::from_json(&json).expect("a codebook"));
    }
    let last = tx.published_file("codebook.json", Publication::AtOnce).await.expect("reads");
    assert_eq!(last, books.last().map(Codebook::to_json));
    tx.commit().await.expect("commits");
    books
}

/// Pads and bands come in either order, each once, and every codebook only adds to the one before.
#[test]
fn a_later_codebook_adds_bands_before_or_after_pads() {
    for pads_first in [true, false] {
        on_each(async |location| {
            let db = open(&location).await;
            let padding: Padding = serde_json::from_str(
                r#"{"every_seconds":3600,"submissions":1,"requests":1,"decisions":1,"reclassifications":1}"#,
            )
            .expect("a shape");
            for pads in [pads_first, !pads_first, pads_first] {
                let mut tx = db.begin().await.expect("begins");
                match pads {
                    true => tx.set_padding(NOW, Actor::OperatorCli, padding).await.expect("sets"),
                    false => tx.learn_bands().await.expect("adds"),
                }
                tx.commit().await.expect("commits");
            }
            let books = codebooks(&db).await;
            assert_eq!(books.iter().map(|book| book.version).collect::<Vec<_>>(), [1, 2, 3]);
            for pair in books.windows(2) {
                assert_eq!(pair[1].extends(&pair[0]), Ok(()));
            }
            assert_eq!(books[1].has_pads(), pads_first);
            assert!(books[2].has_pads());
            let mut tx = db.snapshot().await.expect("begins");
            assert!(tx.knows_bands().await.expect("reads"));
        });
    }
}
