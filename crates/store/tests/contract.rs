//! What every database has to do, on SQLite and on PostgreSQL alike.

use std::collections::BTreeMap;

use databases::on_each;
use domain::category::{Category, Demand, DemandSet};
use domain::count::{Tally, count};
use domain::event::{CompanyEvent, Edition, RequestEvent, Stream};
use domain::fact::{Fact, Ground, Urgency};
use domain::figure::{Measure, PublishedFigure, Value};
use domain::id::{Actor, Position, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::period::Period;
use domain::request::{HistoricOutcome, HistoricRequest, Request};
use domain::{Country, Dataset};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{
    Change, Conflict, Db, EditionFile, Error, Keys, Location, MasterKey, NewReference,
    NewSubmission, Revision, SealedRequest, Sight,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A database whose log has begun.
async fn open(location: &Location) -> Db {
    let db = open_again(location).await;
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

async fn open_again(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens")
}

fn request_id(n: u128) -> RequestId {
    RequestId(Uuid::from_u128(n))
}

fn historic(received_on: Date, country: &str, outcome: HistoricOutcome) -> HistoricRequest {
    HistoricRequest {
        received_on,
        country: Country::from_code(country).expect("a country"),
        category: Category::UserData,
        instrument: Instrument::new("mlat").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        accounts_specified: Some(3),
        accounts_disclosed: None,
        outcome,
    }
}

fn imported(submission: SubmissionId, request: &HistoricRequest) -> RequestEvent {
    let (source_sha256, request) = (Sha256Hash([1; 32]), request.clone());
    RequestEvent::HistoricRequestImported { submission, source_sha256, line: 2, request }
}

/// A new submission with the id `n`.
fn submission(db: &Db, n: u128) -> NewSubmission {
    let fields = [("reference", "A-1"), ("authority", "Example Police")];
    NewSubmission::seal(db.keys(), SubmissionId(Uuid::from_u128(n)), &fields).expect("seals")
}

/// Lines of history as changes, each with a submission of its own.
async fn imports(db: &Db, lines: &[(RequestId, &HistoricRequest)]) -> Vec<Change> {
    let mut sealer = db.sealer().await.expect("reads");
    let mut import = |(id, request): &(RequestId, &HistoricRequest)| {
        let submission = submission(db, id.0.as_u128() | 1 << 100);
        let events =
            vec![imported(SubmissionId(Uuid::from_u128(id.0.as_u128() | 1 << 100)), request)];
        sealer.import(*id, submission, "A-1", events).expect("seals")
    };
    lines.iter().map(&mut import).collect()
}

/// A request as it stands, to be changed.
async fn current(db: &Db, id: RequestId) -> SealedRequest {
    let mut tx = db.snapshot().await.expect("begins");
    tx.sealed_request(db.keys(), id, Sight::whole()).await.expect("reads").expect("is there")
}

/// The same line again, with other content.
async fn again(db: &Db, current: &SealedRequest, request: &HistoricRequest) -> Vec<Change> {
    let mut sealer = db.sealer().await.expect("reads");
    let events = vec![imported(SubmissionId(Uuid::from_u128(7)), request)];
    vec![sealer.advance(current, events).expect("seals")]
}

/// Records in a transaction of its own.
async fn record(db: &Db, changes: Vec<Change>) -> Result<Position, Error> {
    let mut tx = db.begin().await?;
    let recorded = tx.record(NOW, Actor::OperatorCli, &changes).await?;
    tx.commit().await?;
    Ok(recorded.position)
}

async fn import(db: &Db, lines: &[(RequestId, &HistoricRequest)]) -> Result<Position, Error> {
    record(db, imports(db, lines).await).await
}

const REJECTED: HistoricOutcome =
    HistoricOutcome::Rejected { decided_on: date(2020, 3, 9), ground: Ground::NoData };

#[test]
fn what_is_recorded_is_read_again_and_positions_have_no_gaps() {
    on_each(async |location| {
        let db = open(&location).await;
        let request = historic(date(2020, 3, 1), "FR", REJECTED);
        let first = [(request_id(1), &request), (request_id(2), &request)];
        assert_eq!(import(&db, &first).await.expect("records").0, 2);
        // Given up: its positions are given again.
        let given_up = imports(&db, &[(request_id(3), &request)]).await;
        let mut tx = db.begin().await.expect("begins");
        tx.record(NOW, Actor::OperatorCli, &given_up).await.expect("records");
        drop(tx);
        let last = import(&db, &[(request_id(4), &request)]).await.expect("records");
        assert_eq!(last.0, 3);
        let mut tx = db.snapshot().await.expect("begins");
        let (read, version) = tx.request(request_id(2), Sight::whole()).await.expect("reads");
        assert_eq!((read, version), (Request::Historic(request.clone()), 1));
        assert_eq!(
            tx.request(request_id(3), Sight::whole()).await.expect("reads"),
            (Request::Absent, 0)
        );
        let mut positions = Vec::new();
        tx.each_event(|recorded| {
            assert_eq!(recorded.at, NOW);
            assert_eq!(recorded.actor, Actor::OperatorCli);
            positions.push(recorded.position.0);
            Ok(())
        })
        .await
        .expect("reads");
        assert_eq!(positions, [1, 2, 3]);
        assert_eq!(tx.position_at(NOW).await.expect("reads").0, 3);
    });
}

#[test]
fn of_two_who_read_the_same_version_one_is_refused() {
    on_each(async |location| {
        let db = open(&location).await;
        let request = historic(date(2020, 3, 1), "FR", REJECTED);
        import(&db, &[(request_id(1), &request)]).await.expect("records");
        let pending = historic(date(2020, 3, 1), "FR", HistoricOutcome::Pending);
        let read = current(&db, request_id(1)).await;
        record(&db, again(&db, &read, &pending).await).await.expect("the first one");
        let second = record(&db, again(&db, &read, &pending).await).await;
        let new = import(&db, &[(request_id(1), &request)]).await;
        for refused in [second, new] {
            assert!(matches!(refused, Err(Error::Conflict(Conflict))), "{refused:?}");
        }
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.head().await.expect("reads").0, 2, "a refusal leaves nothing");
        assert_eq!(tx.refold().await.expect("folds").differing, []);
    });
}

#[test]
fn two_writers_at_once_lose_nothing() {
    on_each(async |location| {
        let db = open(&location).await;
        let request = historic(date(2020, 3, 1), "FR", REJECTED);
        let write = async |writer: u128| {
            let mut lost = 0;
            for n in 0..20 {
                // Half of the streams are both writers' own, half are fought over.
                let id = request_id(if n % 2 == 0 { 100 + n } else { writer * 1_000 + n });
                if import(&db, &[(id, &request)]).await.is_err() {
                    lost += 1;
                }
            }
            lost
        };
        let (one, two) = tokio::join!(write(1), write(2));
        assert_eq!(one + two, 10, "each fought-over stream has one winner");
        let mut tx = db.snapshot().await.expect("begins");
        let refold = tx.refold().await.expect("folds");
        assert_eq!((refold.events, refold.requests, refold.gap_at), (30, 30, None));
    });
}

#[test]
fn events_can_neither_be_changed_nor_deleted() {
    on_each(async |location| {
        let db = open(&location).await;
        let request = historic(date(2020, 3, 1), "FR", REJECTED);
        import(&db, &[(request_id(1), &request)]).await.expect("records");
        for sql in ["UPDATE event SET actor = 'rule'", "DELETE FROM event"] {
            let done = match db.begin().await.expect("begins") {
                store::Tx::Sqlite(mut tx) => sqlx::query(sql).execute(&mut *tx).await.map(drop),
                store::Tx::Postgres(mut tx) => sqlx::query(sql).execute(&mut *tx).await.map(drop),
            };
            let refused = done.expect_err(sql).to_string();
            assert!(refused.contains("append-only"), "{refused}");
        }
    });
}

#[test]
fn a_count_as_of_a_position_does_not_change_afterwards() {
    on_each(async |location| {
        let db = open(&location).await;
        let pending = historic(date(2020, 3, 1), "FR", HistoricOutcome::Pending);
        let before = import(&db, &[(request_id(1), &pending)]).await.expect("records");
        let rejected = historic(date(2020, 3, 1), "FR", REJECTED);
        let read = current(&db, request_id(1)).await;
        let after = record(&db, again(&db, &read, &rejected).await).await.expect("records");
        let mut tx = db.snapshot().await.expect("begins");
        let year = Period::year(2020);
        let mut outcome = async |as_of| {
            let dataset = count(tx.tally(year, as_of).await.expect("counts")).expect("adds up");
            (dataset.total.open(), dataset.total.rejected(), dataset.flow.open_at_end)
        };
        assert_eq!(outcome(before).await, (1, 0, 1));
        assert_eq!(outcome(after).await, (0, 1, 0));
        assert_eq!(outcome(Position(0)).await, (0, 0, 0));
    });
}

fn any_historic() -> impl Strategy<Value = HistoricRequest> {
    let day = |year: i16| (1..=12_i8, 1..=28_i8).prop_map(move |(m, d)| date(year, m, d));
    let demands = prop_oneof![
        Just(vec![Demand::Registration, Demand::Licence]),
        Just(vec![Demand::Preservation]),
        Just(vec![Demand::EncryptionKeys]),
        Just(vec![Demand::Content]),
    ];
    let country = proptest::sample::select(vec!["FR", "DE", "KR", "XK", "ZZ"]);
    let accounts = proptest::option::of(0..9_u32);
    let received = (2019..2022_i16).prop_flat_map(day);
    (received, day(2022), country, demands, accounts, 0..5_u8, any::<bool>()).prop_map(
        |(received_on, decided_on, country, demands, accounts, outcome, emergency)| {
            let demands = DemandSet::from_iter(demands);
            let ground = if demands.has_prohibited() {
                Ground::Prohibited
            } else {
                Ground::LegalRequirements
            };
            let outcome = match outcome {
                0 => HistoricOutcome::Pending,
                1 => HistoricOutcome::Withdrawn { withdrawn_on: received_on },
                2 if !demands.has_prohibited() => HistoricOutcome::Approved { decided_on },
                // Often in the same half-year, and often in the next.
                3 if !demands.has_prohibited() => HistoricOutcome::ApprovedInPart {
                    decided_on: received_on.saturating_add(60.days()),
                    ground: Some(Ground::NoData),
                },
                _ => HistoricOutcome::Rejected { decided_on, ground },
            };
            HistoricRequest {
                demands,
                accounts_specified: accounts,
                urgency: if emergency { Urgency::Emergency } else { Urgency::Ordinary },
                ..historic(received_on, country, outcome)
            }
        },
    )
}

/// The database's count, the facts one by one, and the events' fold say the same.
#[test]
fn counts_agree_with_facts_and_events() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut runner = TestRunner::deterministic();
        let requests: Vec<HistoricRequest> = (0..400)
            .map(|_| any_historic().new_tree(&mut runner).expect("a value").current())
            .collect();
        assert!(requests.iter().all(|request| request.faults().is_empty()));
        let lines: Vec<_> = (1..).zip(&requests).map(|(n, r)| (request_id(n), r)).collect();
        let mut head = import(&db, &lines).await.expect("records");
        // A third is imported again with other content.
        for (n, other) in (1..).zip(&requests[..130]) {
            let id = request_id(n * 3);
            let read = current(&db, id).await;
            head = record(&db, again(&db, &read, other).await).await.expect("records");
        }
        let mut current: BTreeMap<u128, &HistoricRequest> = (1..).zip(&requests).collect();
        current.extend((1..).zip(&requests[..130]).map(|(n, other)| (n * 3, other)));
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").differing, []);
        for period in
            ["2019", "2020", "2021", "2020-H2", "2020-02-03/2021-08-05", "2021-Q2", "2022"]
        {
            let period: Period = period.parse().expect("a period");
            let counted: Dataset =
                count(tx.tally(period, head).await.expect("counts")).expect("adds up");
            let mut one_by_one = Tally::new(period);
            current.values().for_each(|request| one_by_one.add(&request.fact()));
            assert_eq!(counted, count(one_by_one).expect("adds up"), "{period}");
            let listed: Vec<(RequestId, Fact)> = tx.facts(period, head).await.expect("lists");
            let expected = current.iter().filter(|(_, r)| period.contains(r.received_on));
            let expected: Vec<_> = expected.map(|(n, r)| (request_id(*n), r.fact())).collect();
            assert_eq!(listed, expected, "rule 6: a number is a set that can be listed");
        }
    });
}

#[test]
fn a_field_is_read_until_its_key_is_destroyed() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = SubmissionId(Uuid::from_u128(5));
        let fields = [("reference", "A-1"), ("authority", "Example Police")];
        let submission = NewSubmission::seal(db.keys(), id, &fields).expect("seals");
        let mut tx = db.begin().await.expect("begins");
        tx.insert_texts(&[submission]).await.expect("stores");
        let reference_mac = db.keys().mac(&["A-1"]);
        let reference =
            NewReference { request: request_id(1), reference_mac, content_mac: [0; 32] };
        assert!(!tx.has_references().await.expect("looks"));
        tx.insert_references(&[reference]).await.expect("stores");
        let known = tx.known_references(&[reference_mac, [9; 32]]).await.expect("finds");
        assert_eq!(known.iter().map(|k| k.request).collect::<Vec<_>>(), [request_id(1)]);
        tx.update_reference(&known[0], [1; 32]).await.expect("nothing else came since");
        let stale = tx.update_reference(&known[0], [2; 32]).await;
        assert!(matches!(stale, Err(Error::Conflict(Conflict))));
        let authority =
            tx.field(db.keys(), (id, "authority"), Sight::whole()).await.expect("reads");
        assert_eq!(authority.as_deref(), Some("Example Police"));
        assert_eq!(tx.field(db.keys(), (id, "other"), Sight::whole()).await.expect("reads"), None);
        tx.destroy_key(id).await.expect("destroys");
        assert_eq!(
            tx.field(db.keys(), (id, "authority"), Sight::whole()).await.expect("reads"),
            None
        );
    });
}

#[test]
fn a_published_figure_is_kept_as_it_was_published() {
    on_each(async |location| {
        let db = open(&location).await;
        let figure = |value| PublishedFigure {
            period: Period::half(2019, 2),
            country: None,
            measure: Measure::UserRequests,
            value,
        };
        let mut tx = db.begin().await.expect("begins");
        tx.put_figure(&figure(Value::Exact(3))).await.expect("stores");
        let band = figure(Value::Band { low: 14, high: 499 });
        tx.put_figure(&band).await.expect("replaces");
        assert_eq!(tx.figures().await.expect("reads"), [band]);
    });
}

#[test]
fn an_edition_is_frozen_once_and_read_by_who_has_no_way_to_a_case() {
    on_each(async |location| {
        let db = open(&location).await;
        let period = Period::half(2021, 1);
        let dataset = count(Tally::new(period)).expect("nothing adds up to nothing");
        let revision = |revision, reason: Option<&str>| Revision {
            period,
            revision,
            published_at: NOW,
            published_on: date(2026, 9, 21),
            cutoff: Position(0),
            dataset: dataset.clone(),
            reason: reason.map(str::to_owned),
        };
        let file =
            |path: &str, bytes: &[u8]| EditionFile { path: path.to_owned(), bytes: bytes.to_vec() };
        let publish = async |revision: &Revision, files: &[EditionFile]| {
            let mut tx = db.begin().await.expect("begins");
            let edition = Edition {
                period,
                revision: revision.revision,
                cutoff: Position(0),
                requests: 0,
                manifest_sha256: Sha256Hash([2; 32]),
            };
            let version = tx.version(Stream::Publication).await.expect("reads");
            let events = vec![CompanyEvent::EditionPublished(edition)];
            let change = Change::of_publication(version, events);
            tx.record(NOW, Actor::OperatorCli, &[change]).await?;
            tx.publish(revision, files).await?;
            tx.commit().await
        };
        let first = [file("index.html", b"first"), file("r0/index.html", b"first")];
        publish(&revision(0, None), &first).await.expect("publishes");
        let again = publish(&revision(0, None), &first).await;
        assert!(matches!(again, Err(Error::Conflict(Conflict))));
        let second = [file("index.html", b"second"), file("r1/index.html", b"second")];
        publish(&revision(1, Some("a late letter")), &second).await.expect("publishes");
        let public = db.read_only();
        let read =
            async |path| public.file(period, path).await.expect("reads").map(|file| file.bytes);
        assert_eq!(read("index.html").await.as_deref(), Some(b"second".as_slice()));
        assert_eq!(read("r0/index.html").await.as_deref(), Some(b"first".as_slice()));
        assert_eq!(read("r2/index.html").await, None);
        let revisions = public.revisions().await.expect("reads");
        let reasons: Vec<_> = revisions.iter().map(|r| r.reason.as_deref()).collect();
        assert_eq!(reasons, [None, Some("a late letter")]);
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.edition_files(period, 0).await.expect("reads"), first);
    });
}

#[test]
fn a_time_zone_is_set_before_the_first_event_and_never_after() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut tx = db.begin().await.expect("begins");
        tx.set_time_zone("Asia/Seoul").await.expect("sets");
        tx.commit().await.expect("commits");
        let request = historic(date(2020, 3, 1), "FR", REJECTED);
        import(&db, &[(request_id(1), &request)]).await.expect("records");
        let mut tx = db.begin().await.expect("begins");
        let refused = tx.set_time_zone("UTC").await;
        assert!(matches!(refused, Err(Error::Conflict(Conflict))));
        let zone = tx.time_zone().await.expect("reads");
        assert_eq!(zone.iana_name(), Some("Asia/Seoul"));
    });
}

#[test]
fn opening_again_finds_everything_and_a_foreign_key_opens_nothing() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = SubmissionId(Uuid::from_u128(5));
        let sealed = NewSubmission::seal(db.keys(), id, &[("reference", "A-1")]).expect("seals");
        let mut tx = db.begin().await.expect("begins");
        tx.insert_texts(&[sealed]).await.expect("stores");
        tx.commit().await.expect("commits");
        db.close().await;
        let db = open_again(&location).await;
        let mut tx = db.snapshot().await.expect("begins");
        let text = tx.field(db.keys(), (id, "reference"), Sight::whole()).await.expect("reads");
        assert_eq!(text.as_deref(), Some("A-1"));
        let foreign = Keys::new(&MasterKey::generate().expect("random numbers"));
        let refused = tx.field(&foreign, (id, "reference"), Sight::whole()).await;
        assert!(matches!(refused, Err(Error::Sealed)));
    });
}
