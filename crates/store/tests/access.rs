//! People, what they sign in with, and their sessions, on SQLite and on PostgreSQL alike.

use databases::on_each;
use domain::access::{Role, RoleSet};
use domain::event::{PersonEvent, Stream};
use domain::id::{Actor, PersonId, Sha256Hash};
use domain::person::{Account, EmailAddress, PersonName};
use jiff::{SignedDuration, Timestamp};
use store::{
    Change, Credentials, Db, Error, Keys, Leaves, Location, MasterKey, NOT_COPIED, NewPerson,
    NewSession, SealedPassword, SealedTotp, SessionId, Sight, StoredAttempts, Tx,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const NEW_SECRET: &str = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn person_id(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

fn roles(of: &[Role]) -> RoleSet {
    of.iter().copied().collect()
}

fn token(n: u8) -> Sha256Hash {
    Sha256Hash([n; 32])
}

#[track_caller]
fn is_conflict<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.expect_err("somebody else was first");
    assert!(matches!(error, Error::Conflict(_)), "{error}");
}

/// Invites somebody in a transaction of its own.
async fn invite(db: &Db, n: u128, address: &str, of: &[Role]) -> Result<PersonId, Error> {
    let (id, roles) = (person_id(n), roles(of));
    let name = PersonName::new("Ada Example").expect("a name");
    let new = NewPerson::seal(db.keys(), id, (&name, &email(address)), roles)?;
    let mut tx = db.begin().await?;
    let change = Change::of_person(id, 0, vec![PersonEvent::PersonInvited { roles }]);
    tx.record(NOW, Actor::OperatorCli, &[change]).await?;
    tx.insert_person(&new).await?;
    tx.put_invitation(token(n as u8), id, after(3600)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn activate(tx: &mut Tx, db: &Db, id: PersonId) -> Result<(), Error> {
    let password = SealedPassword::seal(db.keys(), id, HASH)?;
    let totp = SealedTotp::seal(db.keys(), id, SECRET, 100)?;
    tx.activate_person(id, &password, &totp).await
}

/// Somebody who has joined.
async fn joined(db: &Db, n: u128, address: &str, of: &[Role]) -> PersonId {
    let id = invite(db, n, address, of).await.expect("invites");
    let mut tx = db.begin().await.expect("begins");
    activate(&mut tx, db, id).await.expect("activates");
    tx.take_invitation(token(n as u8)).await.expect("it is there");
    tx.commit().await.expect("commits");
    id
}

async fn credentials(db: &Db, id: PersonId) -> Option<Credentials> {
    db.snapshot().await.expect("begins").credentials(db.keys(), id).await.expect("reads")
}

async fn sign_in(db: &Db, n: u8, person: PersonId, at: Timestamp) -> SessionId {
    let id = SessionId(Uuid::from_u128(u128::from(n) << 64));
    let user_agent = "ä\0".repeat(300);
    let new = NewSession { id, token: token(n), person, started_at: at, user_agent: &user_agent };
    let mut tx = db.begin().await.expect("begins");
    tx.insert_session(new).await.expect("stores");
    tx.commit().await.expect("commits");
    id
}

#[test]
fn a_person_is_invited_joins_and_leaves() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = invite(&db, 1, "Ada@example.com", &[Role::Counsel]).await.expect("invites");
        let mut tx = db.begin().await.expect("begins");
        let person = tx.person(db.keys(), id).await.expect("reads").expect("is there");
        assert_eq!((person.account, person.roles), (Account::Invited, roles(&[Role::Counsel])));
        assert_eq!(
            (person.name.as_str(), person.email.as_str()),
            ("Ada Example", "Ada@example.com")
        );
        assert_eq!(tx.credentials(db.keys(), id).await.expect("reads"), None);
        activate(&mut tx, &db, id).await.expect("activates");
        is_conflict(activate(&mut tx, &db, id).await);
        let codes = ["AAAAABBBBB".to_owned(), "CCCCCDDDDD".to_owned()];
        tx.put_recovery_codes(db.keys(), id, &codes).await.expect("stores");
        tx.commit().await.expect("commits");

        let known = credentials(&db, id).await.expect("is active");
        assert_eq!(known.password_hash, HASH);
        assert_eq!((known.totp_secret.as_str(), known.totp_step), (SECRET, 100));
        assert!(!format!("{known:?}").contains(SECRET));

        let mut tx = db.begin().await.expect("begins");
        let was = tx.person(db.keys(), id).await.expect("reads").expect("is there");
        // Of who read it before it was changed.
        is_conflict(tx.end_person(&person).await);
        tx.put_roles(&was, roles(&[Role::Editor])).await.expect("changes");
        is_conflict(tx.put_roles(&was, roles(&[Role::Intake])).await);
        is_conflict(tx.end_person(&was).await);
        let was = tx.person(db.keys(), id).await.expect("reads").expect("is there");
        tx.end_person(&was).await.expect("ends");
        tx.commit().await.expect("commits");

        let mut tx = db.snapshot().await.expect("begins");
        let people = tx.people(db.keys()).await.expect("reads");
        let ended = store::Person { account: Account::Ended, ..was };
        assert_eq!(people, [ended]);
        assert_eq!(tx.credentials(db.keys(), id).await.expect("reads"), None);
        assert_eq!(tx.recovery_codes_left(id).await.expect("counts"), 0);
        assert_eq!(tx.invitation(db.keys(), token(1)).await.expect("reads"), None);
        let events = tx.stream_events(Stream::Person(id), Sight::whole()).await.expect("reads");
        let counsel = roles(&[Role::Counsel]);
        assert_eq!(events[0].event, PersonEvent::PersonInvited { roles: counsel }.into());
        assert_eq!(events[0].stream, Stream::Person(id));
    });
}

#[test]
fn an_address_belongs_to_one_person_until_they_leave() {
    on_each(async |location| {
        let db = open(&location).await;
        let first = invite(&db, 1, "ada@example.com", &[Role::Counsel]).await.expect("invites");
        is_conflict(invite(&db, 2, "ADA@Example.com", &[Role::Counsel]).await);
        // Nothing of the second is left.
        let mut tx = db.begin().await.expect("begins");
        assert_eq!(tx.people(db.keys()).await.expect("reads").len(), 1);
        assert_eq!(tx.version(Stream::Person(person_id(2))).await.expect("reads"), 0);
        let found = async |tx: &mut Tx, address: &str| {
            tx.person_with_email(db.keys(), &email(address)).await.expect("reads")
        };
        assert_eq!(found(&mut tx, "ADA@EXAMPLE.COM").await, Some(first));
        assert_eq!(found(&mut tx, "adb@example.com").await, None);
        let was = tx.person(db.keys(), first).await.expect("reads").expect("is there");
        tx.end_person(&was).await.expect("ends");
        assert_eq!(found(&mut tx, "ada@example.com").await, None);
        tx.commit().await.expect("commits");
        let second = invite(&db, 3, "ada@example.com", &[Role::Editor]).await.expect("invites");
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(found(&mut tx, "ada@example.com").await, Some(second));
    });
}

#[test]
fn operators_are_counted_where_they_are_active() {
    on_each(async |location| {
        let db = open(&location).await;
        let both = [Role::Operator, Role::Counsel];
        let one = joined(&db, 1, "a@example.com", &both).await;
        joined(&db, 2, "b@example.com", &[Role::Operator]).await;
        joined(&db, 3, "c@example.com", &[Role::Counsel, Role::Reviewer]).await;
        invite(&db, 4, "d@example.com", &[Role::Operator]).await.expect("invites");
        let mut tx = db.begin().await.expect("begins");
        assert_eq!(tx.operators().await.expect("counts"), 2);
        let was = tx.person(db.keys(), one).await.expect("reads").expect("is there");
        tx.end_person(&was).await.expect("ends");
        assert_eq!(tx.operators().await.expect("counts"), 1);
    });
}

#[test]
fn two_operators_who_end_each_other_at_once_do_not_both_count_the_other() {
    on_each(async |location| {
        let db = open(&location).await;
        let one = joined(&db, 1, "a@example.com", &[Role::Operator]).await;
        let two = joined(&db, 2, "b@example.com", &[Role::Operator]).await;
        let end = async |of: PersonId, by: PersonId| {
            let mut tx = db.begin().await?;
            let was = tx.person(db.keys(), of).await?.expect("is there");
            let change = Change::of_person(of, 1, vec![PersonEvent::PersonLeft {}]);
            tx.record(NOW, Actor::Person(by), &[change]).await?;
            tx.end_person(&was).await?;
            let left = tx.operators().await?;
            if left > 0 {
                tx.commit().await?;
            }
            Ok::<_, Error>(left)
        };
        let (first, second) = tokio::join!(end(one, two), end(two, one));
        let mut left = [first.expect("counts"), second.expect("counts")];
        left.sort_unstable();
        assert_eq!(left, [0, 1]);
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.operators().await.expect("counts"), 1);
    });
}

#[test]
fn a_code_is_used_once() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let other = joined(&db, 2, "b@example.com", &[Role::Counsel]).await;
        let mut tx = db.begin().await.expect("begins");
        let was = tx.credentials(db.keys(), id).await.expect("reads").expect("is active");
        is_conflict(tx.use_totp_step(&was, 100).await);
        is_conflict(tx.use_totp_step(&was, 99).await);
        tx.use_totp_step(&was, 101).await.expect("is later");
        // Who read it at the same moment is too late, with a later code too.
        is_conflict(tx.use_totp_step(&was, 101).await);
        is_conflict(tx.use_totp_step(&was, 102).await);
        let was = tx.credentials(db.keys(), id).await.expect("reads").expect("is active");
        assert_eq!(was.totp_step, 101);

        let codes = ["AAAAABBBBB".to_owned(), "CCCCCDDDDD".to_owned()];
        tx.put_recovery_codes(db.keys(), id, &codes).await.expect("stores");
        let taken = async |tx: &mut Tx, person, code: &str| {
            tx.use_recovery_code(db.keys(), (person, code), NOW).await.expect("reads")
        };
        assert!(!taken(&mut tx, other, "AAAAABBBBB").await);
        assert!(!taken(&mut tx, id, "AAAAABBBBC").await);
        assert!(taken(&mut tx, id, "AAAAABBBBB").await);
        assert!(!taken(&mut tx, id, "AAAAABBBBB").await);
        assert_eq!(tx.recovery_codes_left(id).await.expect("counts"), 1);
        tx.put_recovery_codes(db.keys(), id, &["EEEEEFFFFF".to_owned()]).await.expect("stores");
        assert!(!taken(&mut tx, id, "CCCCCDDDDD").await);
        assert!(taken(&mut tx, id, "EEEEEFFFFF").await);
    });
}

#[test]
fn what_a_person_signs_in_with_is_changed_by_who_saw_it() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let was = credentials(&db, id).await.expect("is active");
        let mut tx = db.begin().await.expect("begins");
        let password = SealedPassword::seal(db.keys(), id, "another").expect("seals");
        tx.put_password(&was, &password).await.expect("changes");
        is_conflict(tx.put_password(&was, &password).await);
        let totp = SealedTotp::seal(db.keys(), id, NEW_SECRET, 7).expect("seals");
        tx.put_totp(&was, &totp).await.expect("changes");
        is_conflict(tx.put_totp(&was, &totp).await);
        // A code of the authenticator before.
        is_conflict(tx.use_totp_step(&was, 200).await);
        tx.commit().await.expect("commits");
        let is = credentials(&db, id).await.expect("is active");
        assert_eq!((is.password_hash.as_str(), is.totp_secret.as_str()), ("another", NEW_SECRET));
        assert_eq!(is.totp_step, 7);
    });
}

#[test]
fn sealed_columns_open_in_their_own_row_alone() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let other = joined(&db, 2, "b@example.com", &[Role::Counsel]).await;
        let was = credentials(&db, other).await.expect("is active");
        // Sealed for one person, put into the row of another.
        let mut tx = db.begin().await.expect("begins");
        let password = SealedPassword::seal(db.keys(), id, HASH).expect("seals");
        tx.put_password(&was, &password).await.expect("changes");
        let opened = tx.credentials(db.keys(), other).await.expect_err("it was sealed for another");
        assert!(matches!(opened, Error::Sealed), "{opened}");
    });
}

#[test]
fn an_invitation_is_used_once_and_replaced_by_a_newer_one() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = invite(&db, 1, "a@example.com", &[Role::Counsel]).await.expect("invites");
        let mut tx = db.begin().await.expect("begins");
        let read = async |tx: &mut Tx, n| tx.invitation(db.keys(), token(n)).await.expect("reads");
        let invitation = read(&mut tx, 1).await.expect("is there");
        assert_eq!((invitation.person, invitation.expires_at), (id, after(3600)));
        assert_eq!(invitation.totp_secret, None);
        tx.begin_joining(db.keys(), (token(1), id), SECRET).await.expect("keeps it");
        is_conflict(tx.begin_joining(db.keys(), (token(1), id), NEW_SECRET).await);
        let invitation = read(&mut tx, 1).await.expect("is there");
        assert_eq!(invitation.totp_secret.as_deref(), Some(SECRET));
        assert!(!format!("{invitation:?}").contains(SECRET));
        tx.put_invitation(token(9), id, after(60)).await.expect("replaces");
        assert_eq!(read(&mut tx, 1).await, None);
        assert_eq!(read(&mut tx, 9).await.expect("is there").totp_secret, None);
        tx.take_invitation(token(9)).await.expect("it is there");
        is_conflict(tx.take_invitation(token(9)).await);
        assert_eq!(read(&mut tx, 9).await, None);
    });
}

#[test]
fn a_session_is_found_by_its_token_until_it_ends() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let other = joined(&db, 2, "b@example.com", &[Role::Counsel]).await;
        let first = sign_in(&db, 1, id, NOW).await;
        let second = sign_in(&db, 2, id, after(10)).await;
        let mut tx = db.begin().await.expect("begins");
        let read = async |tx: &mut Tx, n| tx.session(token(n)).await.expect("reads");
        let was = read(&mut tx, 1).await.expect("is there");
        assert_eq!((was.id, was.person), (first, id));
        assert_eq!([was.started_at, was.last_seen_at, was.stepped_up_at], [NOW; 3]);
        assert_eq!(was.user_agent, "ä".repeat(200));
        assert_eq!(read(&mut tx, 3).await, None);

        tx.see_session(&was, after(60)).await.expect("notes");
        is_conflict(tx.see_session(&was, after(60)).await);
        tx.step_up_session(&was, after(61)).await.expect("notes");
        is_conflict(tx.step_up_session(&was, after(61)).await);
        let is = read(&mut tx, 1).await.expect("is there");
        assert_eq!([is.started_at, is.last_seen_at, is.stepped_up_at], [NOW, after(60), after(61)]);

        let ids = |sessions: Vec<store::StoredSession>| -> Vec<SessionId> {
            sessions.into_iter().map(|session| session.id).collect()
        };
        assert_eq!(ids(tx.sessions_of(id).await.expect("reads")), [second, first]);
        is_conflict(tx.end_session(first, other, after(62)).await);
        tx.end_session(first, id, after(62)).await.expect("ends");
        is_conflict(tx.end_session(first, id, after(62)).await);
        is_conflict(tx.see_session(&is, after(63)).await);
        is_conflict(tx.step_up_session(&is, after(63)).await);
        assert_eq!(read(&mut tx, 1).await, None);
        assert_eq!(ids(tx.sessions_of(id).await.expect("reads")), [second]);
    });
}

#[test]
fn sessions_of_a_person_end_together_and_are_forgotten() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let other = joined(&db, 2, "b@example.com", &[Role::Counsel]).await;
        let kept = sign_in(&db, 1, id, NOW).await;
        for (n, person) in [(2, id), (3, id), (4, other)] {
            sign_in(&db, n, person, after(i64::from(n))).await;
        }
        let mut tx = db.begin().await.expect("begins");
        assert_eq!(tx.end_sessions_of(id, Some(kept), after(9)).await.expect("ends"), 2);
        assert_eq!(tx.end_sessions_of(id, None, after(9)).await.expect("ends"), 1);
        assert_eq!(tx.end_sessions_of(id, None, after(9)).await.expect("ends"), 0);
        assert_eq!(tx.sessions_of(other).await.expect("reads").len(), 1);
        tx.forget_sessions(after(4)).await.expect("forgets");
        assert_eq!(tx.sessions_of(other).await.expect("reads").len(), 1);
        tx.forget_sessions(after(5)).await.expect("forgets");
        assert_eq!(tx.sessions_of(other).await.expect("reads"), []);
    });
}

#[test]
fn a_new_authenticator_waits_in_its_session() {
    on_each(async |location| {
        let db = open(&location).await;
        let id = joined(&db, 1, "a@example.com", &[Role::Counsel]).await;
        let session = sign_in(&db, 1, id, NOW).await;
        let mut tx = db.begin().await.expect("begins");
        let kept = async |tx: &mut Tx| tx.totp_in_session(db.keys(), session).await.expect("reads");
        assert_eq!(kept(&mut tx).await, None);
        is_conflict(tx.forget_totp_in_session(session).await);
        for secret in [SECRET, NEW_SECRET] {
            tx.keep_totp_in_session(db.keys(), session, secret).await.expect("keeps");
            assert_eq!(kept(&mut tx).await.as_deref(), Some(secret));
        }
        tx.forget_totp_in_session(session).await.expect("is there");
        assert_eq!(kept(&mut tx).await, None);
        tx.keep_totp_in_session(db.keys(), session, SECRET).await.expect("keeps");
        tx.end_session(session, id, NOW).await.expect("ends");
        assert_eq!(kept(&mut tx).await, None);
        is_conflict(tx.keep_totp_in_session(db.keys(), session, SECRET).await);
    });
}

#[test]
fn attempts_are_counted_by_who_saw_the_last_one() {
    on_each(async |location| {
        let db = open(&location).await;
        let (keys, subject) = (db.keys(), ["email", "a@example.com"]);
        let mut tx = db.begin().await.expect("begins");
        assert_eq!(tx.attempts(keys, &subject).await.expect("reads"), None);
        let first = StoredAttempts { in_a_row: 1, last_at: NOW };
        let second = StoredAttempts { in_a_row: 2, last_at: after(1) };
        tx.put_attempts(keys, &subject, (None, first)).await.expect("stores");
        is_conflict(tx.put_attempts(keys, &subject, (None, first)).await);
        tx.put_attempts(keys, &subject, (Some(first), second)).await.expect("stores");
        is_conflict(tx.put_attempts(keys, &subject, (Some(first), second)).await);
        assert_eq!(tx.attempts(keys, &subject).await.expect("reads"), Some(second));
        let others = [["email", "b@example.com"], ["person", "a@example.com"]];
        for other in others {
            assert_eq!(tx.attempts(keys, &other).await.expect("reads"), None);
        }
        tx.clear_attempts(keys, &others[0]).await.expect("clears nothing");
        tx.forget_attempts(after(1)).await.expect("forgets nothing");
        assert_eq!(tx.attempts(keys, &subject).await.expect("reads"), Some(second));
        tx.forget_attempts(after(2)).await.expect("forgets");
        assert_eq!(tx.attempts(keys, &subject).await.expect("reads"), None);
        tx.put_attempts(keys, &subject, (None, first)).await.expect("stores");
        tx.clear_attempts(keys, &subject).await.expect("clears");
        assert_eq!(tx.attempts(keys, &subject).await.expect("reads"), None);
    });
}

#[test]
fn a_backup_brings_people_back_and_neither_sessions_nor_links() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = open(&Location::Sqlite(dir.path().join("first.db"))).await;
        let id = joined(&first, 1, "a@example.com", &[Role::Operator]).await;
        invite(&first, 2, "b@example.com", &[Role::Counsel]).await.expect("invites");
        sign_in(&first, 3, id, NOW).await;
        let mut tx = first.begin().await.expect("begins");
        tx.put_recovery_codes(first.keys(), id, &["AAAAABBBBB".to_owned()]).await.expect("stores");
        let attempt = StoredAttempts { in_a_row: 1, last_at: NOW };
        tx.put_attempts(first.keys(), &["email", "x"], (None, attempt)).await.expect("stores");
        tx.commit().await.expect("commits");

        let mut lines = std::collections::VecDeque::new();
        let mut take = |line: &str| {
            lines.push_back(line.to_owned());
            Ok(())
        };
        let mut tx = first.snapshot().await.expect("begins");
        tx.copy_out(&mut take).await.expect("copies");
        let people = tx.people(first.keys()).await.expect("reads");
        for (table, _) in NOT_COPIED {
            let begins = format!(r#"{{"table":"{table}""#);
            assert!(lines.iter().all(|line| !line.starts_with(&begins)), "{table}");
        }
        let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
        let db = Db::open(&location, Keys::new(&key.expect("a key"))).await.expect("opens");
        let mut next = || lines.pop_front().ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into());
        let mut tx = db.begin().await.expect("begins");
        tx.copy_in(&mut next, Leaves::InPlace).await.expect("takes them");
        assert_eq!(tx.people(db.keys()).await.expect("reads"), people);
        let known = tx.credentials(db.keys(), id).await.expect("reads").expect("is active");
        assert_eq!(known.password_hash, HASH);
        assert_eq!(tx.recovery_codes_left(id).await.expect("counts"), 1);
        assert_eq!(tx.session(token(3)).await.expect("reads"), None);
        assert_eq!(tx.invitation(db.keys(), token(2)).await.expect("reads"), None);
        assert_eq!(tx.attempts(db.keys(), &["email", "x"]).await.expect("reads"), None);
    });
}
