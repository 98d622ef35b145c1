//! The log in the database: what is recorded is sealed, and what is sealed can be checked by
//! anyone and opened by who may.

use std::collections::BTreeMap;

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, Stream, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::period::Period;
use domain::request::{
    ChallengeResult, Confirmed, HistoricOutcome, HistoricRequest, Link, Outcome, Registration,
};
use domain::submission::{Channel, NotARequest};
use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::checkpoint::Policy;
use ledger::hash::Hash;
use ledger::leaf::{HalfYear, LeafKind};
use ledger::link::RoleKeys;
use ledger::log::{Files, ReadError, VerifiedLog, verify_log};
use ledger::note::{KeyKind, Note, SignatureLine, VerifierKey};
use ledger::tile::Tile;
use ledger::tree::{verify_consistency, verify_inclusion};
use store::{
    Change, Conflict, Db, Error, Keys, Leaves, Location, Lost, MasterKey, NewSubmission,
    Particulars, Publication, Sight, StoredCheckpoint,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const DAY: Date = date(2021, 3, 1);
const ORIGIN: &str = "example.com/log";

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log(ORIGIN).await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn record(db: &Db, change: Change) -> Result<std::ops::Range<u64>, Error> {
    let mut tx = db.begin().await?;
    let recorded = tx.record(NOW, Actor::OperatorCli, &[change]).await?;
    tx.commit().await?;
    Ok(recorded.leaves)
}

/// Something arrives, with a reference of its sender.
async fn receive(db: &Db, n: u128, reference: &str) -> SubmissionId {
    let (id, mut sealer) = (SubmissionId(id(n)), db.sealer().await.expect("reads"));
    let submission =
        NewSubmission::seal(db.keys(), id, &[("reference", reference)]).expect("seals");
    let files = vec![Sha256Hash([n as u8; 32])];
    let event =
        SubmissionEvent::SubmissionReceived { channel: Channel::Portal, received_on: DAY, files };
    let particulars = Particulars { reference: Some(reference.to_owned()), nonce: None };
    let change = sealer.receive(submission, event, &particulars).expect("seals");
    record(db, change).await.expect("records");
    id
}

/// A request is found in a submission.
async fn register(
    db: &Db,
    submission: SubmissionId,
    n: u128,
    ordinal: u16,
) -> Result<RequestId, Error> {
    let registration = Registration {
        submission,
        ordinal,
        received_on: DAY,
        country: Country::from_code("FR").expect("a country"),
        authority: AuthorityId(id(2)),
        officer: OfficerId(id(3)),
        category: Category::UserData,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        accounts_specified: Some(1),
        due_on: None,
    };
    let mut tx = db.snapshot().await?;
    let found_in =
        tx.sealed_submission(db.keys(), submission, Sight::whole()).await?.expect("is there");
    drop(tx);
    let request = RequestId(id(n));
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let change = db.sealer().await?.register(&found_in, request, events)?;
    record(db, change).await?;
    Ok(request)
}

/// Something happens to a request. Returns how many leaves it called for.
async fn happen(db: &Db, request: RequestId, event: RequestEvent) -> u64 {
    let mut tx = db.snapshot().await.expect("begins");
    let current = tx
        .sealed_request(db.keys(), request, Sight::whole())
        .await
        .expect("reads")
        .expect("is there");
    drop(tx);
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.advance(&current, vec![event]).expect("seals");
    let leaves = record(db, change).await.expect("records");
    leaves.end - leaves.start
}

fn decided(outcome: Outcome) -> RequestEvent {
    RequestEvent::Decided {
        outcome,
        decided_on: DAY,
        confirmed: Confirmed::ByRule,
        inventory: None,
    }
}

/// Keys of a test, and the policy that trusts them.
fn keys() -> (SigningKey, Policy) {
    let key = |n: u8| SigningKey::from_bytes(&[n; 32]);
    let public = |name: &str, n| {
        VerifierKey::new(name, KeyKind::Ed25519, key(n).verifying_key().to_bytes()).expect("a key")
    };
    let policy = Policy {
        origin: ORIGIN.to_owned(),
        log_key: public(ORIGIN, 1),
        report_key: public("example.com/log/report", 2),
        receipt_key: public("example.com/log/receipt", 3),
        witnesses: Vec::new(),
        quorum: 0,
    };
    (key(1), policy)
}

/// The published log as files.
struct Published(BTreeMap<String, Vec<u8>>);

impl Files for Published {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.0.get(path).cloned())
    }
}

/// Signs the log as it stands, publishes it, and reads all that the public can read.
async fn publish(db: &Db) -> Published {
    let (key, policy) = keys();
    let mut tx = db.begin().await.expect("begins");
    let head = tx.tree_head().await.expect("reads");
    assert_eq!(
        tx.root_at(head.size).await.expect("reads"),
        head.root,
        "the frontier is the tree's"
    );
    let text = head.to_string();
    let line = SignatureLine::new(&policy.log_key, &key.sign(text.as_bytes()).to_bytes());
    let note = Note::new(text, vec![line]).to_string();
    let size = head.size;
    let stored = StoredCheckpoint { size, note, is_of_edition: false, has_quorum: true };
    tx.put_checkpoint(&stored).await.expect("stores");
    tx.commit().await.expect("commits");
    let public = db.read_only();
    let mut paths: Vec<String> = Tile::all(head.size).iter().map(Tile::to_string).collect();
    paths.extend(["checkpoint".to_owned(), "codebook.json".to_owned()]);
    paths.push(ledger::log::codebook_path(store::codebook().hash()));
    let mut files = BTreeMap::new();
    for path in paths {
        let bytes = public.log_file(&path, Publication::AtOnce).await.expect("reads");
        files.insert(path.clone(), bytes.unwrap_or_else(|| panic!("{path} is missing")));
    }
    Published(files)
}

async fn verified(db: &Db) -> VerifiedLog {
    verify_log(&publish(db).await, &keys().1, &[]).expect("the log holds")
}

#[test]
fn each_event_calls_for_the_leaves_that_the_protocol_names() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        let request = register(&db, submission, 10, 1).await.expect("registers");
        let by = PersonId(id(4));
        let demands = DemandSet::from_iter([Demand::Registration]);
        let approved = Outcome::Approved { granted: demands, ground: None };
        let rejected = Outcome::Rejected { ground: Ground::LegalRequirements };
        for (event, leaves) in [
            (RequestEvent::VerificationBegun {}, 0),
            (RequestEvent::PendingSealed {}, 1),
            (decided(approved), 1),
            (RequestEvent::ChallengeFiled { by }, 1),
            (RequestEvent::ChallengeResolved { result: ChallengeResult::Quashed }, 1),
            (decided(rejected), 1),
            (RequestEvent::Closed {}, 0),
            (RequestEvent::Appealed { accounts_disclosed: None }, 1),
            (RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None }, 1),
            (RequestEvent::RequestLinked { to: RequestId(id(99)), link: Link::Duplicates }, 1),
        ] {
            assert_eq!(happen(&db, request, event.clone()).await, leaves, "{}", event.kind());
            // Anyone finds the log sound after each step.
            verified(&db).await;
        }
        let log = verified(&db).await;
        assert_eq!(log.links.count(LeafKind::Decision), 8);
        let census = log.links.census()[&HalfYear::new(2021, 1).expect("a half-year")];
        assert_eq!((census.submissions, census.requests, census.amended), (1, 1, 1));
    });
}

#[test]
fn who_may_opens_every_leaf_and_sees_what_became_of_the_request() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        let other = receive(&db, 2, "B-1").await;
        let request = register(&db, submission, 10, 1).await.expect("registers");
        register(&db, other, 20, 1).await.expect("registers");
        register(&db, submission, 11, 2).await.expect("registers");
        happen(&db, request, decided(Outcome::Rejected { ground: Ground::NoData })).await;
        let sealer = db.sealer().await.expect("reads");
        let mut tx = db.snapshot().await.expect("begins");
        let opened = tx.open_submission(&sealer, submission, Sight::whole()).await.expect("opens");
        let opened = opened.expect("is there");
        let told: Vec<_> = opened
            .iter()
            .map(|leaf| (leaf.index, leaf.opening.map(|(code, _)| code.to_u32())))
            .collect();
        let france = u32::from(u16::from_be_bytes(*b"FR")) << 16 | 1 << 8;
        // The codebook is leaf 0, the other's are 2 and 4.
        assert_eq!(told, [(1, None), (3, Some(france)), (5, Some(france)), (6, Some(2))]);
        assert_eq!(opened[0].record["reference"], "A-1");
        assert_eq!(opened[0].record["files"][0], "01".repeat(32));
        assert_eq!(opened[3].record["standing"], "rejected_no_data");
        let head = tx.tree_head().await.expect("reads");
        let indexes: Vec<_> = opened.iter().map(|leaf| leaf.index).collect();
        let paths = tx.inclusion_paths(&indexes, head.size).await.expect("reads");
        for (leaf, path) in opened.iter().zip(paths) {
            let hash = Hash::leaf(&leaf.entry);
            assert!(verify_inclusion(hash, leaf.index, head.size, &path, head.root));
        }
    });
}

#[test]
fn a_database_that_was_changed_by_hand_does_not_open_its_leaves() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        register(&db, submission, 10, 1).await.expect("registers");
        let sql = "UPDATE leaf SET code = 2 WHERE code IS NOT NULL";
        let mut tx = db.begin().await.expect("begins");
        match &mut tx {
            store::Tx::Sqlite(c) => drop(sqlx::query(sql).execute(&mut **c).await.expect("does")),
            store::Tx::Postgres(c) => drop(sqlx::query(sql).execute(&mut **c).await.expect("does")),
        }
        let sealer = tx.sealer(db.keys()).await.expect("reads");
        let refused = tx.open_submission(&sealer, submission, Sight::whole()).await;
        assert!(matches!(refused, Err(Error::Inconsistent { table: "leaf", .. })), "{refused:?}");
    });
}

#[test]
fn an_audit_finds_what_was_changed_by_hand() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        let request = register(&db, submission, 10, 1).await.expect("registers");
        happen(&db, request, decided(Outcome::Rejected { ground: Ground::NoData })).await;
        let mut tx = db.begin().await.expect("begins");
        tx.seal_events().await.expect("seals");
        tx.commit().await.expect("commits");
        happen(&db, request, RequestEvent::Closed {}).await;
        let audit = async || {
            let mut tx = db.begin().await.expect("begins");
            let sealer = tx.sealer(db.keys()).await.expect("reads");
            tx.audit_log(&sealer, role_keys()).await.expect("audits")
        };
        let sound = audit().await;
        assert_eq!((sound.leaves, sound.opened, sound.erased), (5, 5, 0));
        assert_eq!(sound.faults, [""; 0]);
        // What a trigger would refuse on the event itself is tried on the chain.
        for (sql, found) in [
            ("UPDATE log_head SET event_chain = tree_frontier", "makes no sense"),
            ("UPDATE leaf SET code = 1 WHERE code = 2", "another code"),
            ("UPDATE leaf SET salt = entry WHERE code = 2", "does not open"),
            ("UPDATE leaf SET code = NULL WHERE code = 2", "code is missing"),
            ("DELETE FROM field", "another record"),
        ] {
            let mut tx = db.begin().await.expect("begins");
            match &mut tx {
                store::Tx::Sqlite(c) => {
                    sqlx::query(sql).execute(&mut **c).await.expect(sql);
                }
                store::Tx::Postgres(c) => {
                    sqlx::query(sql).execute(&mut **c).await.expect(sql);
                }
            }
            let sealer = tx.sealer(db.keys()).await.expect("reads");
            let told = match tx.audit_log(&sealer, role_keys()).await {
                Ok(audit) => audit.faults.join("; "),
                Err(error) => error.to_string(),
            };
            assert!(told.contains(found), "{sql}: {told}");
        }
        assert_eq!(audit().await, sound, "nothing of that was kept");
    });
}

fn role_keys() -> RoleKeys {
    let (_, Policy { log_key, report_key, receipt_key, .. }) = keys();
    RoleKeys { log: log_key.public(), report: report_key.public(), receipt: receipt_key.public() }
}

#[test]
fn leaves_can_neither_be_changed_nor_deleted() {
    on_each(async |location| {
        let db = open(&location).await;
        receive(&db, 1, "A-1").await;
        for sql in ["UPDATE leaf SET entry = entry", "DELETE FROM leaf"] {
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
fn two_requests_of_one_submission_never_get_one_number() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        let mut tx = db.snapshot().await.expect("begins");
        let read =
            tx.sealed_submission(db.keys(), submission, Sight::whole()).await.expect("reads");
        drop(tx);
        register(&db, submission, 10, 1).await.expect("registers");
        // Somebody else read the submission before that.
        let read = read.expect("is there");
        let event = SubmissionEvent::DeclaredNotARequest { reason: NotARequest::Test };
        let mut sealer = db.sealer().await.expect("reads");
        let change = sealer.not_a_request(&read, 1, event).expect("seals");
        let refused = record(&db, change).await;
        assert!(matches!(refused, Err(Error::Conflict(Conflict))), "{refused:?}");
        verified(&db).await;
    });
}

#[test]
fn a_submission_waits_until_it_is_resolved() {
    on_each(async |location| {
        let db = open(&location).await;
        let (first, second) = (receive(&db, 1, "A-1").await, receive(&db, 2, "B-1").await);
        let unresolved = async || {
            let mut tx = db.snapshot().await.expect("begins");
            tx.unresolved(Period::half(2021, 1)).await.expect("counts")
        };
        assert_eq!(unresolved().await, Some((2, Some(first))));
        register(&db, first, 10, 1).await.expect("registers");
        assert_eq!(unresolved().await, Some((1, Some(second))));
        let mut tx = db.snapshot().await.expect("begins");
        let read = tx
            .sealed_submission(db.keys(), second, Sight::whole())
            .await
            .expect("reads")
            .expect("is there");
        let version = tx.version(Stream::Submission(second)).await.expect("reads");
        drop(tx);
        let event = SubmissionEvent::DeclaredNotARequest { reason: NotARequest::Advertising };
        let mut sealer = db.sealer().await.expect("reads");
        let change = sealer.not_a_request(&read, version, event).expect("seals");
        record(&db, change).await.expect("records");
        assert_eq!(unresolved().await, None);
        let mut tx = db.snapshot().await.expect("begins");
        let opened = tx.open_submission(&sealer, second, Sight::whole()).await.expect("opens");
        let opened = opened.expect("is there");
        assert_eq!(opened.len(), 3);
        assert_eq!(opened[2].record["not_a_request"], "advertising");
        drop(tx);
        let census = verified(&db).await.links.census()[&HalfYear::new(2021, 1).expect("one")];
        assert_eq!((census.unresolved, census.undecided), (0, 1), "the first one is open");
    });
}

fn history(outcome: HistoricOutcome, country: &str) -> HistoricRequest {
    HistoricRequest {
        received_on: DAY,
        country: Country::from_code(country).expect("a country"),
        category: Category::UserData,
        instrument: Instrument::new("mlat").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        accounts_specified: None,
        accounts_disclosed: None,
        outcome,
    }
}

#[test]
fn history_is_sealed_as_such_and_a_correction_adds_leaves() {
    on_each(async |location| {
        let db = open(&location).await;
        let (submission, request) = (SubmissionId(id(1)), RequestId(id(10)));
        let imported = |request: HistoricRequest| RequestEvent::HistoricRequestImported {
            submission,
            source_sha256: Sha256Hash([1; 32]),
            line: 2,
            request,
        };
        let texts = NewSubmission::seal(db.keys(), submission, &[("reference", "A-1")]);
        let pending = imported(history(HistoricOutcome::Pending, "FR"));
        let mut sealer = db.sealer().await.expect("reads");
        let change = sealer.import(request, texts.expect("seals"), "A-1", vec![pending]);
        let leaves = record(&db, change.expect("seals")).await.expect("records");
        assert_eq!(leaves, 1..4, "submission, request and outcome");
        // Only what changes is sealed again.
        let same = imported(history(HistoricOutcome::Pending, "FR"));
        assert_eq!(happen(&db, request, same).await, 0);
        let approved = HistoricOutcome::Approved { decided_on: DAY };
        assert_eq!(happen(&db, request, imported(history(approved, "FR"))).await, 1);
        assert_eq!(happen(&db, request, imported(history(approved, "DE"))).await, 1);
        let census = verified(&db).await.links.census()[&HalfYear::new(2021, 1).expect("one")];
        assert_eq!((census.imported, census.amended, census.reclassified), (1, 1, 1));
        let mut tx = db.snapshot().await.expect("begins");
        let opened = tx.open_submission(&sealer, submission, Sight::whole()).await.expect("opens");
        let records: Vec<_> = opened.expect("is there").into_iter().map(|l| l.record).collect();
        assert_eq!(records[0]["arrival"], "on_import");
        assert_eq!(records[4]["country"], "DE");
    });
}

#[test]
fn what_was_imported_is_told_from_what_arrived() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = SubmissionId(id(1));
        let event = RequestEvent::HistoricRequestImported {
            submission,
            source_sha256: Sha256Hash([1; 32]),
            line: 2,
            request: history(HistoricOutcome::Pending, "FR"),
        };
        let texts = NewSubmission::seal(db.keys(), submission, &[]).expect("seals");
        let mut sealer = db.sealer().await.expect("reads");
        let change = sealer.import(RequestId(id(10)), texts, "A-1", vec![event]);
        record(&db, change.expect("seals")).await.expect("records");
        let received = receive(&db, 2, "B-1").await;
        register(&db, received, 20, 1).await.expect("registers");
        let mut tx = db.snapshot().await.expect("begins");
        let head = tx.head().await.expect("reads");
        let imported = tx.imported(Period::half(2021, 1), head).await.expect("counts");
        assert_eq!(imported, (1, Some(NOW)));
    });
}

#[test]
fn an_erased_submission_keeps_its_leaves_and_opens_to_nobody() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        register(&db, submission, 10, 1).await.expect("registers");
        let mut tx = db.begin().await.expect("begins");
        tx.destroy_key(submission).await.expect("destroys");
        tx.commit().await.expect("commits");
        let sealer = db.sealer().await.expect("reads");
        let mut tx = db.snapshot().await.expect("begins");
        let opened = tx.open_submission(&sealer, submission, Sight::whole()).await.expect("reads");
        assert!(opened.is_none());
        drop(tx);
        assert_eq!(verified(&db).await.links.count(LeafKind::Request), 1);
    });
}

#[test]
fn a_log_grows_over_tiles_and_each_size_begins_with_those_before() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut before = Vec::new();
        for size in [1, 2, 200, 255, 256, 257, 512, 600] {
            let mut tx = db.begin().await.expect("begins");
            let mut head = tx.tree_head().await.expect("reads");
            while head.size < size {
                tx.seal_events().await.expect("seals");
                head = tx.tree_head().await.expect("reads");
            }
            tx.commit().await.expect("commits");
            let mut tx = db.snapshot().await.expect("begins");
            for (old_size, old_root) in &before {
                let path = tx.consistency_path(*old_size, size).await.expect("reads");
                assert!(verify_consistency((*old_size, *old_root), (size, head.root), &path));
                assert_eq!(tx.root_at(*old_size).await.expect("reads"), *old_root);
            }
            before.push((size, head.root));
            drop(tx);
            verified(&db).await;
        }
    });
}

#[test]
fn the_public_sees_what_was_published_and_nothing_after_it() {
    on_each(async |location| {
        let db = open(&location).await;
        receive(&db, 1, "A-1").await;
        publish(&db).await;
        receive(&db, 2, "B-1").await;
        let public = db.read_only();
        let entries = async |path: &str, of| public.log_file(path, of).await.expect("reads");
        assert!(entries("tile/entries/000.p/2", Publication::AtOnce).await.is_some());
        assert!(entries("tile/entries/000.p/3", Publication::AtOnce).await.is_none());
        assert!(entries("tile/entries/000", Publication::AtOnce).await.is_none());
        assert!(entries("tile/entries/0", Publication::AtOnce).await.is_none());
        assert!(entries("checkpoint", Publication::WithEdition).await.is_none());
        assert!(entries("codebook.json", Publication::WithEdition).await.is_none());
    });
}

/// The database as it is now, in another one.
async fn copied(db: &Db, to: &Location) -> Db {
    let mut lines = std::collections::VecDeque::new();
    let mut take = |line: &str| {
        lines.push_back(line.to_owned());
        Ok(())
    };
    db.snapshot().await.expect("begins").copy_out(&mut take).await.expect("copies");
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let copy = Db::open(to, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = copy.begin().await.expect("begins");
    let mut next = || lines.pop_front().ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into());
    tx.copy_in(&mut next, Leaves::InPlace).await.expect("copies");
    tx.commit().await.expect("commits");
    copy
}

#[test]
fn leaves_that_a_copy_has_not_come_back_without_what_they_seal() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let db = open(&Location::Sqlite(dir.path().join("lost.db"))).await;
        let known = receive(&db, 1, "A-1").await;
        let request = register(&db, known, 10, 1).await.expect("registers");
        let copy = copied(&db, &location).await;
        // All of this is lost.
        happen(&db, request, RequestEvent::PendingSealed {}).await;
        register(&db, known, 11, 2).await.expect("registers");
        let gone = receive(&db, 2, "B-1").await;
        let gone_request = register(&db, gone, 20, 1).await.expect("registers");
        happen(&db, gone_request, decided(Outcome::Rejected { ground: Ground::NoData })).await;
        let mut tx = db.begin().await.expect("begins");
        tx.seal_events().await.expect("seals");
        let published = tx.tree_head().await.expect("reads");
        let mut back = copy.begin().await.expect("begins");
        let from = back.tree_head().await.expect("reads").size;
        let leaves = tx.leaves(from, published.size).await.expect("reads");
        let leaves: Vec<_> = leaves.into_iter().map(|stored| stored.leaf).collect();
        let actor = Actor::OperatorCli;
        back.begin_restoring(NOW, actor, published.size).await.expect("records");
        let sealer = back.sealer(copy.keys()).await.expect("reads");
        let mut opens = back.known(sealer).await.expect("reads");
        let gone = back.restore_published(&mut opens, &leaves[..2]).await.expect("restores");
        assert_eq!(gone, 2);
        back.restore_published(&mut opens, &leaves[2..]).await.expect("restores");
        assert_eq!(back.tree_head().await.expect("reads"), published, "it is one log");
        let half = HalfYear::new(2021, 1).expect("a half-year");
        let missed = |lost: Vec<store::LostLeaf>| -> Vec<(u64, Lost)> {
            lost.into_iter().map(|lost| (lost.index, lost.what)).collect()
        };
        let others = [
            (from + 1, Lost::Request { received: half }),
            (from + 2, Lost::Submission { received: half }),
            (from + 3, Lost::Request { received: half }),
        ];
        let outcome = [(from, Lost::Outcome { of: request })];
        assert_eq!(missed(back.lost().await.expect("reads")), [&outcome[..], &others].concat());
        back.commit().await.expect("commits");
        // The lost numbers are not given out again, and anyone finds the log sound.
        happen(&copy, request, decided(Outcome::Rejected { ground: Ground::NoData })).await;
        register(&copy, known, 12, 3).await.expect("registers");
        let log = verified(&copy).await;
        assert_eq!(log.links.count(LeafKind::Request), 4);
        let mut tx = copy.begin().await.expect("begins");
        assert_eq!(missed(tx.lost().await.expect("reads")), others);
        let sealer = tx.sealer(copy.keys()).await.expect("reads");
        let audit = tx.audit_log(&sealer, role_keys()).await.expect("audits");
        assert_eq!((audit.faults.as_slice(), audit.lost), (&[][..], leaves.len() as u64));
        let opened = tx
            .open_submission(&sealer, known, Sight::whole())
            .await
            .expect("opens")
            .expect("is there");
        assert_eq!(opened.len(), 4, "all but the lost ones");
        tx.state_loss(NOW, actor, (from, published.size)).await.expect("records");
        assert!(tx.lost().await.expect("reads").iter().all(|lost| lost.is_stated));
    });
}

#[test]
fn an_erased_submission_stays_sealed_and_opens_to_nobody() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, "A-1").await;
        let request = register(&db, submission, 10, 1).await.expect("registers");
        happen(
            &db,
            request,
            RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None },
        )
        .await;
        let before = verified(&db).await.checkpoint;
        let mut tx = db.begin().await.expect("begins");
        let sealed = tx.sealed_submission(db.keys(), submission, Sight::whole()).await;
        let sealed = sealed.expect("reads").expect("is there");
        assert_eq!(tx.requests_in(&sealed).await.expect("reads").len(), 1);
        assert!(tx.is_readable(submission).await.expect("reads"));
        let erased = (submission, SubmissionEvent::SubmissionErased { rules: None });
        tx.erase(NOW, Actor::OperatorCli, erased).await.expect("erases");
        tx.commit().await.expect("commits");
        assert_eq!(verified(&db).await.checkpoint, before, "the log is as it was");
        let mut tx = db.begin().await.expect("begins");
        assert!(!tx.is_readable(submission).await.expect("reads"));
        let sealer = tx.sealer(db.keys()).await.expect("reads");
        let opened = tx.open_submission(&sealer, submission, Sight::whole()).await.expect("reads");
        assert!(opened.is_none());
        let audit = tx.audit_log(&sealer, role_keys()).await.expect("audits");
        assert_eq!((audit.faults.as_slice(), audit.erased), (&[][..], 3));
        let events =
            tx.stream_events(Stream::Submission(submission), Sight::whole()).await.expect("reads");
        assert_eq!(events.last().map(|recorded| recorded.event.kind()), Some("submission_erased"));
    });
}
