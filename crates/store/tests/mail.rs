//! The queue of mails, on SQLite and on PostgreSQL alike.

use databases::on_each;
use domain::access::{Role, RoleSet};
use domain::id::PersonId;
use domain::person::{EmailAddress, PersonName};
use jiff::{SignedDuration, Timestamp};
use store::{
    Db, Error, Keys, Location, MailKind, MailOutcome, MailsStanding, MasterKey, NewMail, NewPerson,
    Reminders,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn after(minutes: i64) -> Timestamp {
    NOW + SignedDuration::from_mins(minutes)
}

/// A database with one person.
async fn open(location: &Location) -> (Db, PersonId) {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let id = PersonId(Uuid::from_u128(1));
    let name = PersonName::new("Ada Example").expect("a name");
    let email = EmailAddress::new("ada@example.com").expect("an address");
    let roles: RoleSet = [Role::Counsel].into_iter().collect();
    let new = NewPerson::seal(db.keys(), id, (&name, &email), roles).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.insert_person(&new).await.expect("inserts");
    tx.commit().await.expect("commits");
    (db, id)
}

fn mail(n: u128, to: PersonId, kind: MailKind, occasion: &str) -> NewMail {
    NewMail {
        id: Uuid::from_u128(n),
        to,
        kind,
        subject: Uuid::from_u128(77),
        occasion: occasion.to_owned(),
    }
}

async fn enqueue(db: &Db, new: &NewMail, token: Option<&str>) {
    let mut tx = db.begin().await.expect("begins");
    tx.enqueue_mail(db.keys(), new, token, NOW).await.expect("enqueues");
    tx.commit().await.expect("commits");
}

async fn standing(db: &Db) -> MailsStanding {
    db.snapshot().await.expect("begins").mails_standing(NOW).await.expect("counts")
}

#[test]
fn a_mail_is_claimed_by_one_and_told_once() {
    on_each(async |location| {
        let (db, ada) = open(&location).await;
        enqueue(&db, &mail(1, ada, MailKind::DeadlineNear, "2026-10-01/3"), None).await;
        enqueue(&db, &mail(2, ada, MailKind::DeadlineNear, "2026-10-01/3"), None).await;
        assert_eq!(standing(&db).await.waiting, 1, "the same is told once");
        let first = db.claim_mail(NOW, after(10)).await.expect("claims").expect("is due");
        assert_eq!((first.id, first.attempts), (Uuid::from_u128(1), 1));
        assert_eq!(db.claim_mail(after(9), after(19)).await.expect("claims"), None);
        // Whoever claimed it is gone: another takes it, and the first can't end it any more.
        let second = db.claim_mail(after(10), after(20)).await.expect("claims").expect("is due");
        assert_eq!(second.attempts, 2);
        let mut tx = db.begin().await.expect("begins");
        let late = tx.end_mail(&first, MailOutcome::Sent, after(11), None).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        drop(tx);
        let mut tx = db.begin().await.expect("begins");
        tx.retry_mail(&second, after(30), "the server answered 451").await.expect("gives back");
        tx.commit().await.expect("commits");
        let expected = MailsStanding { waiting: 1, failing: 1, given_up: 0 };
        assert_eq!(standing(&db).await, expected);
        assert_eq!(db.claim_mail(after(29), after(39)).await.expect("claims"), None);
        let third = db.claim_mail(after(30), after(40)).await.expect("claims").expect("is due");
        let mut tx = db.begin().await.expect("begins");
        tx.end_mail(&third, MailOutcome::Sent, after(31), None).await.expect("ends");
        tx.commit().await.expect("commits");
        enqueue(&db, &mail(3, ada, MailKind::DeadlineNear, "2026-10-01/3"), None).await;
        assert_eq!(db.claim_mail(after(99), after(100)).await.expect("claims"), None);
        let mut tx = db.begin().await.expect("begins");
        tx.forget_mails(after(32)).await.expect("forgets");
        assert_eq!(tx.mails(10).await.expect("reads"), []);
    });
}

/// What comes by hundreds is told once until it is sent; and what comes while that is being sent for
/// the first time is told by another.
#[test]
fn arrivals_are_told_together_until_they_are_sent() {
    on_each(async |location| {
        let (db, ada) = open(&location).await;
        let arrives = async |n: u128| {
            let mut tx = db.begin().await.expect("begins");
            let new = mail(n, ada, MailKind::Arrived, &format!("{n:04}"));
            tx.enqueue_arrived(&new, NOW).await.expect("enqueues");
            tx.commit().await.expect("commits");
        };
        arrives(1).await;
        arrives(2).await;
        assert_eq!(standing(&db).await.waiting, 1);
        let first = db.claim_mail(NOW, after(10)).await.expect("claims").expect("is due");
        arrives(3).await;
        arrives(4).await;
        assert_eq!(standing(&db).await.waiting, 2, "the first may be read already");
        // One that failed is sent later, so it does for what has come since.
        let mut tx = db.begin().await.expect("begins");
        tx.retry_mail(&first, after(30), "the server answered 451").await.expect("gives back");
        tx.commit().await.expect("commits");
        let second = db.claim_mail(after(1), after(10)).await.expect("claims").expect("is due");
        let mut tx = db.begin().await.expect("begins");
        tx.end_mail(&second, MailOutcome::Sent, after(2), None).await.expect("ends");
        assert_eq!(
            tx.last_occasion(ada, MailKind::Arrived).await.expect("reads").as_deref(),
            Some("0003")
        );
        assert_eq!(tx.last_occasion(ada, MailKind::Assigned).await.expect("reads"), None);
        tx.commit().await.expect("commits");
        arrives(5).await;
        assert_eq!(standing(&db).await.waiting, 1);
    });
}

#[test]
fn a_link_is_sealed_and_gone_once_it_is_sent_or_replaced() {
    on_each(async |location| {
        let (db, ada) = open(&location).await;
        for (n, token) in [(1, "the first"), (2, "the second")] {
            enqueue(&db, &mail(n, ada, MailKind::Invitation, token), Some(token)).await;
        }
        let token_of = async |n| {
            let mut tx = db.snapshot().await.expect("begins");
            tx.token_of_mail(db.keys(), Uuid::from_u128(n)).await.expect("reads")
        };
        assert_eq!(token_of(1).await, None, "another took its place");
        assert_eq!(token_of(2).await.as_deref(), Some("the second"));
        let claimed = db.claim_mail(NOW, after(10)).await.expect("claims").expect("is due");
        assert_eq!(claimed.id, Uuid::from_u128(2));
        let mut tx = db.begin().await.expect("begins");
        let outcome = MailOutcome::GivenUp;
        tx.end_mail(&claimed, outcome, after(1), Some("no such mailbox")).await.expect("ends");
        tx.commit().await.expect("commits");
        assert_eq!(standing(&db).await.given_up, 1);
        let mut tx = db.begin().await.expect("begins");
        tx.take_up_mail(claimed.id, after(2)).await.expect("takes up");
        tx.commit().await.expect("commits");
        let again = db.claim_mail(after(2), after(12)).await.expect("claims").expect("is due");
        assert_eq!(token_of(2).await.as_deref(), Some("the second"), "it can be tried again");
        let mut tx = db.begin().await.expect("begins");
        tx.end_mail(&again, MailOutcome::Sent, after(3), None).await.expect("ends");
        let twice = tx.take_up_mail(again.id, after(4)).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        tx.commit().await.expect("commits");
        assert_eq!(token_of(2).await, None);
    });
}

#[test]
fn reminders_are_wanted_until_somebody_says_otherwise() {
    on_each(async |location| {
        let (db, ada) = open(&location).await;
        for choice in [Reminders::NotWanted, Reminders::NotWanted, Reminders::Wanted] {
            let mut tx = db.begin().await.expect("begins");
            tx.put_reminders(ada, choice).await.expect("keeps it");
            tx.commit().await.expect("commits");
            let mut tx = db.snapshot().await.expect("begins");
            assert_eq!(tx.reminders(ada).await.expect("reads"), choice);
        }
    });
}
