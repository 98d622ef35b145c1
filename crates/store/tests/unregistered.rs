//! What arrived and nobody has resolved, by when it was entered, on both databases.

use databases::on_each;
use domain::compartment::Compartment;
use domain::event::SubmissionEvent;
use domain::id::{Actor, PersonId, SubmissionId};
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use store::{Db, EnteredIn, Keys, Location, MasterKey, NewSubmission, Particulars, Sight};
use uuid::Uuid;

/// 21 September 2026, 14:13 in UTC.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const ADA: PersonId = PersonId(Uuid::from_u128(900));
const BOB: PersonId = PersonId(Uuid::from_u128(901));

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

async fn arrives(db: &Db, n: u128, at: Timestamp, closed_to: Option<Compartment>) -> SubmissionId {
    let id = SubmissionId(Uuid::from_u128(n));
    let submission = NewSubmission::seal(db.keys(), id, &[]).expect("seals");
    let event = SubmissionEvent::SubmissionReceived {
        channel: Channel::Api,
        received_on: date(2026, 9, 21),
        files: Vec::new(),
    };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let change = match closed_to {
        Some(people) => change.closed_to(people),
        None => change,
    };
    let mut tx = db.begin().await.expect("begins");
    tx.record(at, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    id
}

/// Found, counted and dated by the same bounds, by who sees it; what is resolved is gone.
#[test]
fn what_waits_is_told_by_when_it_was_entered_to_who_sees_it() {
    on_each(async |location| {
        let db = open(&location).await;
        let first = arrives(&db, 1, NOW, None).await;
        let later = NOW + 1.hour();
        let second = arrives(&db, 2, later, None).await;
        let secret = arrives(&db, 3, later + 1.hour(), Some(Compartment::from([ADA]))).await;
        let told = async |entered: EnteredIn, sight: Sight| {
            let mut tx = db.snapshot().await.expect("begins");
            let rows = tx.unregistered(entered, 10, sight).await.expect("reads");
            let count = tx.count_unregistered(entered, sight).await.expect("counts");
            assert_eq!(rows.len() as i64, count);
            let last = tx.last_unregistered(entered, sight).await.expect("reads");
            assert_eq!(last, rows.last().map(|row| row.entered_at));
            rows.into_iter().map(|row| row.submission).collect::<Vec<_>>()
        };
        let all = EnteredIn::until(Timestamp::MAX);
        assert_eq!(told(all, Sight::whole()).await, [first, second, secret]);
        assert_eq!(told(all, Sight::of(ADA)).await, [first, second, secret]);
        assert_eq!(told(all, Sight::of(BOB)).await, [first, second]);
        // After the one moment, up to the other.
        assert_eq!(told(EnteredIn::until(NOW), Sight::of(BOB)).await, [first]);
        let between = EnteredIn { after: NOW, until: later };
        assert_eq!(told(between, Sight::of(BOB)).await, [second]);
        assert!(told(EnteredIn::until(NOW - 1.microsecond()), Sight::whole()).await.is_empty());

        let mut tx = db.begin().await.expect("begins");
        let mut sealer = tx.sealer(db.keys()).await.expect("reads");
        let sealed = tx.sealed_submission(db.keys(), first, Sight::whole()).await.expect("reads");
        let event = SubmissionEvent::DeclaredNotARequest { reason: NotARequest::Test };
        let change = sealer.not_a_request(&sealed.expect("is there"), 1, event).expect("seals");
        tx.record(later, Actor::OperatorCli, &[change]).await.expect("records");
        tx.commit().await.expect("commits");
        assert_eq!(told(all, Sight::of(BOB)).await, [second]);
        let mut tx = db.snapshot().await.expect("begins");
        let one = tx.unregistered(all, 1, Sight::of(ADA)).await.expect("reads");
        assert_eq!(one[0].submission, second, "no more than was asked for");
    });
}
