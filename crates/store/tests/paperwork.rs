//! Facts that were written before it was told what became of the paperwork of an emergency.

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Paperwork, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::{Instrument, RuleId};
use domain::request::{Aspect, Finding, LegalBasis, Registration, Verdict};
use domain::submission::Channel;
use jiff::Timestamp;
use jiff::civil::date;
use store::{Db, Keys, Location, MasterKey, NewSubmission, Particulars, Sight, Tx};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const BY: PersonId = PersonId(Uuid::from_u128(4));
const REQUEST: RequestId = RequestId(Uuid::from_u128(9));

/// An emergency that was answered on paperwork which never came.
async fn answered(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    let id = SubmissionId(Uuid::from_u128(1));
    let submission = NewSubmission::seal(db.keys(), id, &[]).expect("seals");
    let received_on = date(2026, 9, 20);
    let event = SubmissionEvent::SubmissionReceived {
        channel: Channel::Letter,
        received_on,
        files: Vec::new(),
    };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    let sealed = tx.sealed_submission(db.keys(), id, Sight::whole()).await.expect("reads");
    let registration = Registration {
        submission: id,
        ordinal: 1,
        received_on,
        country: Country::from_code("US").expect("a country"),
        authority: AuthorityId(Uuid::from_u128(2)),
        officer: OfficerId(Uuid::from_u128(3)),
        category: Category::UserData,
        instrument: Instrument::new("emergency").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Emergency,
        accounts_specified: None,
        due_on: None,
    };
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let registered = vec![RequestEvent::RequestRegistered { registration }];
    let change = sealer.register(&sealed.expect("is there"), REQUEST, registered).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    let verdict =
        Verdict::Owed { until: date(2026, 9, 22), basis: LegalBasis::UsEmergencyDisclosure };
    let rule = RuleId::new("emergency.instrument").expect("a code");
    let finding =
        Finding { by: BY, rule, checked: Default::default(), verdict, verification: None };
    for event in [
        RequestEvent::FindingRecorded { aspect: Aspect::Instrument, finding },
        RequestEvent::ResponseReleased { by: BY, accounts_disclosed: None },
        RequestEvent::InstrumentOverdue { was_due_on: date(2026, 9, 22) },
    ] {
        let current = tx.sealed_request(db.keys(), REQUEST, Sight::whole()).await.expect("reads");
        let mut sealer = tx.sealer(db.keys()).await.expect("reads");
        let change = sealer.advance(&current.expect("is there"), vec![event]).expect("seals");
        tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    }
    tx.commit().await.expect("commits");
    db
}

async fn by_hand(db: &Db, sql: &'static str) {
    let mut tx = db.begin().await.expect("begins");
    match &mut tx {
        Tx::Sqlite(c) => drop(sqlx::query(sql).execute(&mut **c).await.expect("changes")),
        Tx::Postgres(c) => drop(sqlx::query(sql).execute(&mut **c).await.expect("changes")),
    }
    tx.commit().await.expect("commits");
}

/// What each version of the fact says, as of each position.
async fn told(db: &Db) -> Vec<Paperwork> {
    let mut tx = db.snapshot().await.expect("begins");
    let head = tx.head().await.expect("reads");
    let mut told = Vec::new();
    for position in 1..=head.0 {
        let period = domain::period::Period::half(2026, 2);
        let facts = tx.facts(period, domain::id::Position(position)).await.expect("lists");
        told.extend(facts.into_iter().map(|(_, fact)| fact.paperwork));
    }
    told
}

#[test]
fn each_version_of_a_fact_is_told_as_it_stood_then() {
    use Paperwork::{Missing, NotOwed, Owed};
    on_each(async |location| {
        let db = answered(&location).await;
        let expected = [NotOwed, NotOwed, Owed, Missing];
        assert_eq!(told(&db).await, expected);
        assert!(db.snapshot().await.expect("begins").is_paperwork_told().await.expect("reads"));
        by_hand(&db, "UPDATE request_fact SET paperwork = NULL").await;
        assert!(!db.snapshot().await.expect("begins").is_paperwork_told().await.expect("reads"));
        let mut tx = db.begin().await.expect("begins");
        for expected in [3, 1, 0] {
            assert_eq!(tx.tell_paperwork(3).await.expect("tells"), expected);
        }
        tx.commit().await.expect("commits");
        assert_eq!(told(&db).await, expected);
    });
}
