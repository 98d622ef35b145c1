//! A prohibited demand that was declined before there was a text to sign waits for one, on both
//! databases.

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::request::{Confirmed, Outcome, Registration, Step};
use domain::submission::Channel;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use sqlx::AssertSqlSafe;
use store::{Db, Keys, Location, MasterKey, NewSubmission, Particulars, Sight, Tx};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const TODAY: Date = date(2026, 9, 21);

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

/// The `n`-th request, in a submission of its own, with what happens to it after.
async fn lives(db: &Db, n: u128, demand: Demand, events: &[RequestEvent]) -> RequestId {
    let id = SubmissionId(Uuid::from_u128(10 * n));
    let submission = NewSubmission::seal(db.keys(), id, &[]).expect("seals");
    let (channel, files) = (Channel::Letter, Vec::new());
    let event = SubmissionEvent::SubmissionReceived { channel, received_on: TODAY, files };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    let found_in = tx.sealed_submission(db.keys(), id, Sight::whole()).await.expect("reads");
    let found_in = found_in.expect("is there");
    let country = Country::from_code("FR").expect("a country");
    let authority = AuthorityId(Uuid::from_u128(10 * n + 1));
    let authority = tx.enter_authority(db.keys(), authority, (country, "Bureau")).await;
    let authority = authority.expect("enters");
    let officer = OfficerId(Uuid::from_u128(10 * n + 2));
    let officer = tx.enter_officer(db.keys(), officer, authority, ("T. Placeholder", "")).await;
    let registration = Registration {
        submission: id,
        ordinal: 1,
        received_on: TODAY,
        country,
        authority,
        officer: officer.expect("enters"),
        category: Category::UserData,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([demand]),
        urgency: Urgency::Ordinary,
        accounts_specified: None,
        due_on: None,
    };
    let request = RequestId(Uuid::from_u128(10 * n + 5));
    let events = [&[RequestEvent::RequestRegistered { registration }], events].concat();
    let change = tx.sealer(db.keys()).await.expect("reads");
    let change = { change }.register(&found_in, request, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    request
}

async fn run(db: &Db, sql: &str) {
    let mut tx = db.begin().await.expect("begins");
    match &mut tx {
        Tx::Sqlite(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql);
        }
        Tx::Postgres(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql);
        }
    }
    tx.commit().await.expect("commits");
}

#[test]
fn what_was_declined_before_waits_for_a_text() {
    on_each(async |location| {
        let db = open(&location).await;
        let declined = |ground| RequestEvent::Decided {
            outcome: Outcome::Rejected { ground },
            decided_on: TODAY,
            confirmed: Confirmed::ByRule,
            inventory: None,
        };
        let prohibited = declined(Ground::Prohibited);
        let lapsed = declined(Ground::LegalRequirements);
        let (by, commitment) = (PersonId(Uuid::from_u128(900)), Sha256Hash([7; 32]));
        let signed = RequestEvent::DeclinationSigned { by, commitment };
        let keys = Demand::EncryptionKeys;
        let closed = [prohibited.clone(), RequestEvent::Closed {}];
        let lives = [
            (lives(&db, 1, keys, std::slice::from_ref(&prohibited)).await, Some(Step::Sign)),
            (lives(&db, 2, keys, &closed).await, None),
            (lives(&db, 3, Demand::Registration, &[lapsed]).await, Some(Step::Close)),
            (lives(&db, 4, keys, &[prohibited, signed]).await, Some(Step::Close)),
        ];
        // As the rows were before; none was signed then.
        run(&db, "UPDATE handled_request SET next_step = 'close' WHERE next_step = 'sign'").await;
        let text = match location {
            Location::Sqlite(_) => include_str!("../migrations/sqlite/0021_declination.sql"),
            Location::Postgres(_) => include_str!("../migrations/postgres/0021_declination.sql"),
        };
        let not_signed = format!(
            "{} AND request_id <> {}",
            text.trim_end().trim_end_matches(';'),
            match location {
                Location::Sqlite(_) => format!("x'{}'", lives[3].0.0.simple()),
                Location::Postgres(_) => format!("'{}'", lives[3].0),
            }
        );
        run(&db, &not_signed).await;
        let mut tx = db.snapshot().await.expect("begins");
        for (request, step) in lives {
            let row = tx.case(request, Sight::whole()).await.expect("reads").expect("is there");
            assert_eq!(row.next.map(|next| next.step), step, "{request}");
        }
        let sound = tx.refold().await.expect("folds");
        assert!(sound.cases_differing.is_empty(), "{sound:?}");
    });
}
