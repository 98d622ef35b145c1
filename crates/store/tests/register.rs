//! The registers of authorities: what is entered, found again, and told from the events.

use databases::on_each;
use domain::Country;
use domain::authority::{ContactKind, ContactSource, Means, VerificationResult, WithdrawalReason};
use domain::event::{AuthorityEvent, Stream, SubmissionEvent};
use domain::id::{
    Actor, AuthorityId, ContactId, OfficerId, PersonId, SubmissionId, VerificationId,
};
use domain::submission::Channel;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use store::{Change, Db, Keys, Location, MasterKey, NewContact, NewSubmission, Particulars, Sight};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const DAY: Date = date(2026, 9, 21);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

/// An authority with a number and a domain.
async fn filled(db: &Db) -> AuthorityId {
    let mut tx = db.begin().await.expect("begins");
    let place = (Country::from_code("US").expect("a country"), "Example County Sheriff");
    let of = tx.enter_authority(db.keys(), AuthorityId(id(1)), place).await.expect("enters");
    let mut events = Vec::new();
    for (n, kind, value) in [
        (10, ContactKind::Telephone, "+12025550100"),
        (11, ContactKind::MailDomain, "sheriff.example"),
    ] {
        let (contact, source) = (ContactId(id(n)), ContactSource::Gazette);
        let new = NewContact { id: contact, kind, value, note: "Page 7" };
        tx.insert_contact(db.keys(), of, &new).await.expect("enters");
        events.push(AuthorityEvent::ContactRegistered {
            contact,
            kind,
            source,
            registered_on: DAY,
        });
    }
    let change = Change::of_authority(of, 0, events);
    tx.record(NOW, Actor::Person(PersonId(id(2))), &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    of
}

#[test]
fn what_is_entered_is_read_and_found_by_its_value() {
    on_each(async |location| {
        let db = open(&location).await;
        let of = filled(&db).await;
        let mut tx = db.begin().await.expect("begins");
        let contacts = tx.contacts(db.keys(), of).await.expect("reads");
        let told: Vec<_> = contacts.iter().map(|c| (c.value.as_str(), c.note.as_str())).collect();
        assert_eq!(told, [("+12025550100", "Page 7"), ("sheriff.example", "Page 7")]);
        let keys = db.keys();
        let found = tx.contacts_with(keys, ContactKind::MailDomain, "sheriff.example").await;
        assert_eq!(found.expect("looks"), [(of, ContactId(id(11)))]);
        let none = tx.contacts_with(keys, ContactKind::Telephone, "sheriff.example").await;
        assert_eq!(none.expect("looks"), []);
        assert_eq!(tx.with_contacts().await.expect("reads"), [of]);
        let (contact, reason) = (ContactId(id(10)), WithdrawalReason::KnownBad);
        let event = AuthorityEvent::ContactWithdrawn { contact, reason, withdrawn_on: DAY };
        let change = Change::of_authority(of, 2, vec![event]);
        tx.record(NOW, Actor::Person(PersonId(id(3))), &[change]).await.expect("records");
        tx.commit().await.expect("commits");
        let mut tx = db.snapshot().await.expect("begins");
        let stored = tx.register(of).await.expect("reads");
        assert_eq!(stored.version(), 3);
        assert_eq!(stored.events[0].stream, Stream::Authority(of));
        assert_eq!(stored.register.official(ContactKind::Telephone).count(), 0);
        assert_eq!(stored.register.official(ContactKind::MailDomain).count(), 1);
        let nothing = tx.register(AuthorityId(id(99))).await.expect("reads");
        assert_eq!(nothing.version(), 0);
        // A stream that has moved since it was read is a conflict.
        drop(tx);
        let mut tx = db.begin().await.expect("begins");
        let again = AuthorityEvent::ContactWithdrawn {
            contact: ContactId(id(20)),
            reason: WithdrawalReason::KnownBad,
            withdrawn_on: DAY,
        };
        let late = Change::of_authority(of, 2, vec![again]);
        let refused = tx.record(NOW, Actor::OperatorCli, &[late]).await;
        assert!(matches!(refused, Err(store::Error::Conflict(_))), "{refused:?}");
    });
}

#[test]
fn evidence_goes_with_the_letter_for_whose_sake_it_was_taken() {
    on_each(async |location| {
        let db = open(&location).await;
        let of = filled(&db).await;
        let letter = SubmissionId(id(20));
        let submission = NewSubmission::seal(db.keys(), letter, &[]).expect("seals");
        let event = SubmissionEvent::SubmissionReceived {
            channel: Channel::Letter,
            received_on: DAY,
            files: Vec::new(),
        };
        let mut sealer = db.sealer().await.expect("reads");
        let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
        let mut tx = db.begin().await.expect("begins");
        tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
        let sealed = tx.sealed_submission(db.keys(), letter, Sight::whole()).await.expect("reads");
        let verification = VerificationId(id(30));
        let event = AuthorityEvent::OfficerVerificationRecorded {
            verification,
            officer: OfficerId(id(31)),
            submission: letter,
            means: vec![Means::CallBack { number: ContactId(id(10)) }],
            result: VerificationResult::Verified { valid_until: DAY },
            recorded_on: DAY,
        };
        let change = Change::of_authority(of, 2, vec![event])
            .with_text(&sealed.expect("is there"), "evidence", "The desk knows them.")
            .expect("seals");
        tx.record(NOW, Actor::Person(PersonId(id(3))), &[change]).await.expect("records");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await.expect("begins");
        let stored = tx.register(of).await.expect("reads");
        let told =
            tx.evidence(db.keys(), (of, &stored), (verification, letter), Sight::whole()).await;
        assert_eq!(told.expect("opens").as_deref(), Some("The desk knows them."));
        tx.destroy_key(letter).await.expect("destroys");
        let told =
            tx.evidence(db.keys(), (of, &stored), (verification, letter), Sight::whole()).await;
        assert_eq!(told.expect("looks"), None);
        assert_eq!(stored.register.verifications().len(), 1, "what came of it stays");
    });
}

#[test]
fn a_register_that_was_changed_by_hand_is_found() {
    on_each(async |location| {
        let db = open(&location).await;
        let of = filled(&db).await;
        let refold = db.snapshot().await.expect("begins").refold().await.expect("folds");
        assert_eq!((refold.contacts, refold.authorities_differing), (2, vec![]));
        // A number that no event speaks of.
        let mut tx = db.begin().await.expect("begins");
        let (id, kind) = (ContactId(id(12)), ContactKind::Telephone);
        let new = NewContact { id, kind, value: "+12025550199", note: "" };
        tx.insert_contact(db.keys(), of, &new).await.expect("enters");
        tx.commit().await.expect("commits");
        let refold = db.snapshot().await.expect("begins").refold().await.expect("folds");
        assert_eq!(refold.authorities_differing, [of]);
    });
}
