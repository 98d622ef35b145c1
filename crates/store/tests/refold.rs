//! What was changed by hand is named: rows of requests, people and files, on SQLite and on
//! PostgreSQL alike.

use databases::on_each;
use domain::Country;
use domain::access::{Role, RoleSet};
use domain::category::{Category, Demand, DemandSet};
use domain::event::{PersonEvent, RequestEvent, Stream, SubmissionEvent};
use domain::fact::Urgency;
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::{Instrument, RuleId};
use domain::person::{EmailAddress, PersonName};
use domain::request::{Aspect, Defect, DefectSet, Finding, Registration, Verdict};
use domain::submission::Channel;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;
use store::{
    AttachmentAudit, Change, Db, JobKind, Keys, LateJobs, Location, MasterKey, NewPerson,
    NewSubmission, Officer, Particulars, Refold, SealedPassword, SealedTotp, Sight, TABLES, Tx,
};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const DAY: Date = date(2026, 9, 20);
const ADA: PersonId = PersonId(Uuid::from_u128(1_001));
const BEN: PersonId = PersonId(Uuid::from_u128(1_002));

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

fn hash(bytes: &[u8]) -> Sha256Hash {
    Sha256Hash(Sha256::digest(bytes).into())
}

/// A letter with files, each named by a hash that may be another one's.
async fn receive(db: &Db, n: u128, files: &[(Sha256Hash, &[u8])]) -> SubmissionId {
    let id = SubmissionId(Uuid::from_u128(n));
    let submission = NewSubmission::seal(db.keys(), id, &[("reference", "A 1")]).expect("seals");
    let letters: Vec<_> = files
        .iter()
        .map(|(hash, bytes)| submission.attach(*hash, "order.pdf", (bytes, "seen")).expect("seals"))
        .collect();
    let files = files.iter().map(|(hash, _)| *hash).collect();
    let event =
        SubmissionEvent::SubmissionReceived { channel: Channel::Letter, received_on: DAY, files };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.insert_attachments(&letters).await.expect("stores");
    tx.commit().await.expect("commits");
    id
}

async fn register(db: &Db, submission: SubmissionId, n: u128) -> RequestId {
    let mut tx = db.begin().await.expect("begins");
    let country = Country::from_code("FR").expect("a country");
    let authority = AuthorityId(Uuid::from_u128(n + 1));
    let place = (country, "Bureau of Samples");
    let authority = tx.enter_authority(db.keys(), authority, place).await.expect("enters");
    let officer = OfficerId(Uuid::from_u128(n + 2));
    let person = ("T. Placeholder", "+33 0 00");
    let officer = tx.enter_officer(db.keys(), officer, authority, person).await.expect("enters");
    let found_in =
        tx.sealed_submission(db.keys(), submission, Sight::whole()).await.expect("reads");
    let found_in = found_in.expect("is there");
    let registration = Registration {
        submission,
        ordinal: found_in.requests + 1,
        received_on: found_in.received_on,
        country,
        authority,
        officer,
        category: Category::UserData,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Emergency,
        accounts_specified: Some(1),
        due_on: Some(date(2026, 9, 30)),
    };
    let request = RequestId(Uuid::from_u128(n));
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let change = sealer.register(&found_in, request, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    request
}

async fn happen(db: &Db, request: RequestId, events: Vec<RequestEvent>) {
    let mut tx = db.begin().await.expect("begins");
    let current = tx
        .sealed_request(db.keys(), request, Sight::whole())
        .await
        .expect("reads")
        .expect("is there");
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let change = sealer.advance(&current, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
}

async fn invite(db: &Db, id: PersonId, email: &str) {
    let roles = RoleSet::from_iter([Role::Counsel]);
    let name = PersonName::new("Ada Example").expect("a name");
    let email = EmailAddress::new(email).expect("an address");
    let new = NewPerson::seal(db.keys(), id, (&name, &email), roles).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    let invited = Change::of_person(id, 0, vec![PersonEvent::PersonInvited { roles }]);
    tx.record(NOW, Actor::OperatorCli, &[invited]).await.expect("records");
    tx.insert_person(&new).await.expect("stores");
    tx.commit().await.expect("commits");
}

async fn join(db: &Db, id: PersonId) {
    let password = SealedPassword::seal(db.keys(), id, "hash").expect("seals");
    let totp = SealedTotp::seal(db.keys(), id, "secret", 100).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    let joined = Change::of_person(id, 1, vec![PersonEvent::PersonJoined {}]);
    tx.record(NOW, Actor::Person(id), &[joined]).await.expect("records");
    tx.activate_person(id, &password, &totp).await.expect("stores");
    tx.commit().await.expect("commits");
}

/// Two requests in one submission, another submission without any, and two people of whom one has
/// joined.
async fn company(location: &Location) -> (Db, RequestId) {
    let db = open(location).await;
    let submission = receive(&db, 1, &[]).await;
    receive(&db, 2, &[]).await;
    let request = register(&db, submission, 10).await;
    register(&db, submission, 20).await;
    let finding = Finding {
        by: ADA,
        rule: RuleId::new("rule").expect("a code"),
        checked: Default::default(),
        verdict: Verdict::DoesNotStand { defects: DefectSet::one(Defect::Overbroad) },
        verification: None,
    };
    let found = RequestEvent::FindingRecorded { aspect: Aspect::Scope, finding };
    let assigned = RequestEvent::RequestAssigned { to: Some(ADA) };
    happen(&db, request, vec![RequestEvent::VerificationBegun {}, found, assigned]).await;
    invite(&db, ADA, "ada@example.com").await;
    join(&db, ADA).await;
    invite(&db, BEN, "ben@example.com").await;
    (db, request)
}

async fn alter(tx: &mut Tx, sql: &str) {
    let rows = match tx {
        Tx::Sqlite(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql).rows_affected()
        }
        Tx::Postgres(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql).rows_affected()
        }
    };
    assert_eq!(rows, 1, "{sql}");
}

/// What a comparison finds after a change by hand, which is taken back.
async fn refold_after(db: &Db, sql: &str) -> Refold {
    let mut tx = db.begin().await.expect("begins");
    alter(&mut tx, sql).await;
    tx.refold().await.expect(sql)
}

#[test]
fn a_row_of_a_request_that_was_changed_by_hand_is_named() {
    on_each(async |location| {
        let (db, request) = company(&location).await;
        let sound = db.snapshot().await.expect("begins").refold().await.expect("folds");
        let expected =
            Refold { events: 10, requests: 2, handled: 2, people: 2, ..Refold::default() };
        assert_eq!(sound, expected);
        let authority = RequestId(Uuid::from_u128(11));

        // Every column, by another value that the table takes.
        let table = TABLES.iter().find(|table| table.name == "handled_request").expect("a table");
        for (column, _) in table.columns {
            let other = match *column {
                "request_id" => "authority_id",
                "submission_id" => "(SELECT submission_id FROM submission WHERE number = 2)",
                "ordinal" => "7",
                "received_on" => "'2026-09-19'",
                "due_on" | "assigned_to" | "next_step" => "NULL",
                "country" => "'DE'",
                "category" => "'technical_expertise'",
                "urgency" => "'ordinary'",
                "demands" => "demands + 1",
                "authority_id" => "officer_id",
                "officer_id" => "authority_id",
                "stage" => "'verified'",
                "standing" => "'approved'",
                "is_finished" => "1",
                "barred" => "''",
                "publication" => "'withheld'",
                "due_at_micros" => "1",
                "instrument" => "'none'",
                "decided_in_days" => "3",
                unknown => panic!("how is {unknown} changed?"),
            };
            let sql = format!("UPDATE handled_request SET {column} = {other} WHERE ordinal = 1");
            let found = refold_after(&db, &sql).await;
            let expected = match *column {
                "request_id" => vec![request, authority],
                _ => vec![request],
            };
            assert_eq!(found, Refold { cases_differing: expected, ..sound.clone() }, "{sql}");
        }
        for column in ["due_on = '2026-10-09'", "due_at_micros = 1", "assigned_to = NULL"] {
            let of = "(SELECT request_id FROM handled_request WHERE ordinal = 1)";
            let sql = format!("UPDATE deadline SET {column} WHERE request_id = {of}");
            let found = refold_after(&db, &sql).await;
            let named = vec![request];
            assert_eq!(found, Refold { cases_differing: named, ..sound.clone() }, "{sql}");
        }
        for (sql, named) in [
            ("DELETE FROM handled_request WHERE ordinal = 1", request),
            (
                "INSERT INTO handled_request (request_id, submission_id, ordinal, received_on, \
                 due_on, country, category, urgency, demands, authority_id, officer_id, stage, \
                 standing, is_finished, assigned_to, next_step, barred, publication, \
                 due_at_micros, instrument, decided_in_days) \
                 SELECT authority_id, submission_id, 3, received_on, due_on, country, category, \
                 urgency, demands, authority_id, officer_id, stage, standing, is_finished, \
                 assigned_to, next_step, barred, publication, due_at_micros, instrument, \
                 decided_in_days FROM handled_request WHERE ordinal = 1",
                authority,
            ),
        ] {
            let found = refold_after(&db, sql).await;
            assert_eq!(found, Refold { cases_differing: vec![named], ..sound.clone() }, "{sql}");
        }
        let sql = "UPDATE request_fact SET accounts_specified = 9 \
             WHERE request_id = (SELECT request_id FROM handled_request WHERE ordinal = 1) \
             AND valid_to = 9223372036854775807";
        let found = refold_after(&db, sql).await;
        assert_eq!(found, Refold { differing: vec![request], ..sound.clone() });
        let sql = "DELETE FROM request_fact \
             WHERE request_id = (SELECT request_id FROM handled_request WHERE ordinal = 1) \
             AND valid_to = 9223372036854775807";
        let found = refold_after(&db, sql).await;
        assert_eq!(found, Refold { differing: vec![request], ..sound });
    });
}

#[test]
fn a_person_whose_roles_or_account_were_changed_by_hand_is_named() {
    on_each(async |location| {
        let (db, _) = company(&location).await;
        let sound = db.snapshot().await.expect("begins").refold().await.expect("folds");
        let nobody = PersonId(Uuid::from_u128(11));
        for (sql, named) in [
            // An operator, among others.
            ("UPDATE person SET roles = roles + 64 WHERE account = 'active'", ADA),
            ("UPDATE person SET roles = 64 WHERE account = 'invited'", BEN),
            (
                "UPDATE person SET account = 'ended', sealed_password = NULL, sealed_totp = NULL, \
                 totp_step = NULL WHERE account = 'active'",
                ADA,
            ),
            (
                "UPDATE person SET account = 'active', sealed_password = sealed_name, \
                 sealed_totp = sealed_name, totp_step = 1 WHERE account = 'invited'",
                BEN,
            ),
            ("DELETE FROM person WHERE account = 'invited'", BEN),
            (
                "INSERT INTO person SELECT authority_id, 'ended', 64, mac, mac, mac, NULL, NULL, \
                 NULL FROM handled_request, \
                 (SELECT email_mac AS mac FROM person WHERE account = 'invited') AS other \
                 WHERE ordinal = 1",
                nobody,
            ),
        ] {
            let found = refold_after(&db, sql).await;
            assert_eq!(found, Refold { people_differing: vec![named], ..sound.clone() }, "{sql}");
        }

        // Their events follow on nothing, or on an end.
        let mut tx = db.begin().await.expect("begins");
        let roles = RoleSet::from_iter([Role::Counsel]);
        let left = Change::of_person(
            BEN,
            1,
            vec![PersonEvent::PersonLeft {}, PersonEvent::PersonJoined {}],
        );
        let again = vec![PersonEvent::PersonJoined {}, PersonEvent::PersonInvited { roles }];
        let unknown = Change::of_person(nobody, 0, again);
        tx.record(NOW, Actor::OperatorCli, &[left, unknown]).await.expect("records");
        let found = tx.refold().await.expect("folds");
        assert_eq!((found.people, found.people_differing), (3, vec![nobody, BEN]));
    });
}

#[test]
fn a_file_that_is_not_what_was_sealed_is_named() {
    on_each(async |location| {
        let db = open(&location).await;
        let (one, two) = (b"the order".as_slice(), b"its annex".as_slice());
        let first = receive(&db, 1, &[(hash(one), one), (hash(two), two)]).await;
        receive(&db, 2, &[(hash(b"another"), b"another")]).await;
        receive(&db, 3, &[]).await;
        let erased = receive(&db, 4, &[(hash(one), one)]).await;
        let mut tx = db.begin().await.expect("begins");
        tx.destroy_key(erased).await.expect("destroys");
        tx.commit().await.expect("commits");
        let audit = async |sql: Option<&str>| {
            let mut tx = db.begin().await.expect("begins");
            if let Some(sql) = sql {
                alter(&mut tx, sql).await;
            }
            tx.audit_attachments(db.keys()).await.expect("looks")
        };
        let sound = AttachmentAudit { files: 4, erased: 1, faults: Vec::new() };
        assert_eq!(audit(None).await, sound);

        const ANNEX: &str = "size_bytes = 9 AND sealed = (SELECT sealed FROM attachment AS a \
             JOIN submission USING (submission_id) WHERE number = 1 ORDER BY sha256 LIMIT 1)";
        // Of two files with nine bytes, the one whose hash comes first.
        let named = std::cmp::min_by_key(hash(one), hash(two), |hash| hash.0);
        for (change, what) in [
            ("UPDATE attachment SET size_bytes = 10", "has another size"),
            ("UPDATE attachment SET sealed = sealed_name", "does not open"),
            ("UPDATE attachment SET sealed_name = sealed", "has a name that does not open"),
            ("DELETE FROM attachment", "is missing"),
        ] {
            let sql = format!("{change} WHERE {ANNEX}");
            let faults = audit(Some(&sql)).await.faults;
            let told: Vec<_> =
                faults.iter().map(|f| (f.submission, f.sha256.clone(), f.what)).collect();
            assert_eq!(told, [(first, named.to_string(), what)], "{sql}");
        }
        for (change, what) in [
            ("DELETE FROM attachment_look", "is known to nobody who looks at files"),
            (
                "UPDATE attachment_look SET sealed_look = sha256",
                "was found to be something that does not open",
            ),
        ] {
            let of = format!("(SELECT submission_id, sha256 FROM attachment WHERE {ANNEX})");
            let sql = format!("{change} WHERE (submission_id, sha256) IN {of}");
            let whats: Vec<_> =
                audit(Some(&sql)).await.faults.iter().map(|fault| fault.what).collect();
            assert_eq!(whats, [what], "{sql}");
        }
        let whats = async |sql: &str| {
            let faults = audit(Some(sql)).await.faults;
            faults.iter().map(|f| (f.submission.0.as_u128(), f.what)).collect::<Vec<_>>()
        };
        // Put beside another letter.
        let moved = format!(
            "UPDATE attachment SET submission_id = \
             (SELECT submission_id FROM submission WHERE number = 3) WHERE {ANNEX}"
        );
        let expected = [(1, "is missing"), (3, "is not among those that were sealed")];
        assert_eq!(whats(&moved).await, expected);
        let foreign = "UPDATE submission SET wrapped_key = \
             (SELECT wrapped_key FROM submission WHERE number = 2) WHERE number = 1";
        let closed = "does not open: the key of its submission doesn't";
        assert_eq!(whats(foreign).await, [(1, closed), (1, closed)]);

        // Other bytes than those that were named.
        let other = receive(&db, 5, &[(hash(b"named"), b"kept")]).await;
        let faults = audit(None).await.faults;
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].submission, faults[0].what), (other, "has another hash"));
    });
}

#[test]
fn jobs_that_wait_too_long_are_told_by_kind() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, &[]).await;
        for (n, answer_due_on) in [(10, date(2026, 9, 25)), (20, date(2026, 9, 26))] {
            let request = register(&db, submission, n).await;
            let asked =
                RequestEvent::ClarificationAsked { asked_on: DAY, answer_due_on, stopped_at: None };
            happen(&db, request, vec![asked]).await;
        }
        let late = async |before| {
            db.snapshot().await.expect("begins").late_jobs(before).await.expect("counts")
        };
        // Midnight in Paris after the first day.
        let due_at: Timestamp = "2026-09-25T22:00:00Z".parse().expect("a time");
        assert_eq!(late(due_at).await, []);
        let kind = JobKind::LapseClarification;
        let one = LateJobs { kind, jobs: 1, since: due_at, trouble: None };
        assert_eq!(late(due_at + 1.second()).await, [one]);
        let job = db.claim_job(due_at, due_at + 1.minute()).await.expect("looks").expect("is due");
        db.retry_job(&job, due_at + 2.minutes(), "no ink").await.expect("gives it back");
        let trouble = Some("no ink".to_owned());
        let both = LateJobs { kind, jobs: 2, since: due_at, trouble };
        assert_eq!(late(due_at + 48.hours()).await, [both]);
    });
}

#[test]
fn who_reads_everything_finds_numbers_files_and_officers() {
    on_each(async |location| {
        let db = open(&location).await;
        let first = receive(&db, 1, &[(hash(b"a"), b"a"), (hash(b"b"), b"b")]).await;
        receive(&db, 2, &[]).await;
        let request = register(&db, first, 10).await;
        let mut tx = db.snapshot().await.expect("begins");
        let after = SubmissionId(Uuid::nil());
        let read =
            tx.submissions_after(db.keys(), (after, 10), Sight::whole()).await.expect("reads");
        let told: Vec<_> =
            read.iter().map(|s| (s.number.map(|n| n.to_string()), s.files, s.requests)).collect();
        let expected = [("2026-0001", 2, 1), ("2026-0002", 0, 0)];
        assert_eq!(told, expected.map(|(n, files, found)| (Some(n.to_owned()), files, found)));
        let row = tx.case(request, Sight::whole()).await.expect("reads").expect("is there");
        let officer = Officer {
            id: row.officer,
            authority: row.authority,
            name: "T. Placeholder".to_owned(),
            contact: "+33 0 00".to_owned(),
        };
        let one = tx.officer(db.keys(), row.officer, Sight::whole()).await.expect("reads");
        assert_eq!(one.as_ref(), Some(&officer));
        assert_eq!(tx.officers(db.keys(), Sight::whole()).await.expect("reads"), [officer]);
        assert_eq!(tx.version(Stream::Request(request)).await.expect("reads"), 1);
    });
}
