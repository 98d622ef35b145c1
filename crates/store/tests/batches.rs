//! Sealed mode: batches of one shape, in which nothing is lost, nothing stands twice, and what
//! stands for nothing looks like the rest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::{NonZeroU16, NonZeroU32};
use std::ops::Range;

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, Stream, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::padding::Padding;
use domain::period::Period;
use domain::request::{Confirmed, HistoricOutcome, HistoricRequest, Outcome, Registration};
use domain::submission::{Channel, NotARequest};
use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::checkpoint::Policy;
use ledger::leaf::{Arrival, HalfYear, Leaf, LeafKind};
use ledger::link::RoleKeys;
use ledger::log::{Files, ReadError, VerifiedLog, verify_log};
use ledger::note::{KeyKind, Note, SignatureLine, VerifierKey};
use ledger::tile::Tile;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{
    Change, Db, Error, Keys, Leaves, Location, MasterKey, NewSubmission, Particulars, Publication,
    Sight, StoredCheckpoint, StoredLeaf,
};
use uuid::Uuid;

const NOW: i64 = 1_790_000_000;
/// A day of the half-year that editions here are about.
const DAY: Date = date(2021, 3, 1);
/// The day on which batches are made: the half-year is over.
const TODAY: Date = date(2021, 9, 20);
const ORIGIN: &str = "example.com/log";
const EVERY: i64 = 60;

fn padding() -> Padding {
    let count = |n| NonZeroU16::new(n).expect("a number above 0");
    Padding {
        every_seconds: NonZeroU32::new(EVERY as u32).expect("60 is not 0"),
        submissions: count(2),
        requests: count(3),
        decisions: count(4),
        reclassifications: count(1),
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn keys() -> Keys {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    Keys::new(&key.expect("a key"))
}

/// A company in sealed mode.
struct World {
    db: Db,
    /// The log's name.
    origin: &'static str,
    /// On which batches are made.
    today: Date,
    batches: i64,
    ids: u128,
    submissions: Vec<SubmissionId>,
    requests: Vec<RequestId>,
    /// Leaves that events called for.
    called: u64,
}

impl World {
    async fn unsealed(location: &Location) -> Self {
        let db = Db::open(location, keys()).await.expect("opens");
        let mut tx = db.begin().await.expect("begins");
        tx.begin_log(ORIGIN).await.expect("begins the log");
        tx.commit().await.expect("commits");
        let (submissions, requests) = (Vec::new(), Vec::new());
        Self {
            db,
            origin: ORIGIN,
            today: TODAY,
            batches: 0,
            ids: 0,
            submissions,
            requests,
            called: 0,
        }
    }

    async fn new(location: &Location) -> Self {
        let world = Self::unsealed(location).await;
        world.seals().await;
        world
    }

    async fn seals(&self) {
        let mut tx = self.db.begin().await.expect("begins");
        let actor = Actor::OperatorCli;
        tx.set_padding(self.now(), actor, padding()).await.expect("is sealed from here on");
        tx.commit().await.expect("commits");
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW + self.batches * EVERY).expect("a moment")
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        id(self.ids)
    }

    async fn size(&self) -> u64 {
        let mut tx = self.db.snapshot().await.expect("begins");
        tx.tree_head().await.expect("reads").size
    }

    async fn waiting(&self) -> u64 {
        let mut tx = self.db.snapshot().await.expect("begins");
        tx.leaves_waiting().await.expect("counts")
    }

    async fn record(&mut self, change: Change, leaves: u64) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        tx.record(self.now(), Actor::OperatorCli, &[change]).await?;
        tx.commit().await?;
        self.called += leaves;
        Ok(())
    }

    async fn receives(&mut self) -> SubmissionId {
        let id = SubmissionId(self.id());
        let reference = format!("A-{}", self.ids);
        let fields = [("reference", reference.as_str())];
        let submission = NewSubmission::seal(self.db.keys(), id, &fields).expect("seals");
        let files = vec![Sha256Hash([7; 32])];
        let event = SubmissionEvent::SubmissionReceived {
            channel: Channel::Portal,
            received_on: DAY,
            files,
        };
        let particulars = Particulars { reference: Some(reference), nonce: None };
        let mut sealer = self.db.sealer().await.expect("reads");
        let change = sealer.receive(submission, event, &particulars).expect("seals");
        self.record(change, 1).await.expect("records");
        self.submissions.push(id);
        id
    }

    async fn registers(&mut self, submission: SubmissionId) -> RequestId {
        let mut tx = self.db.snapshot().await.expect("begins");
        let found = tx.sealed_submission(self.db.keys(), submission, Sight::whole()).await;
        let found = found.expect("reads").expect("is there");
        drop(tx);
        let registration = Registration {
            submission,
            ordinal: found.requests + 1,
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
        let request = RequestId(self.id());
        let events = vec![RequestEvent::RequestRegistered { registration }];
        let mut sealer = self.db.sealer().await.expect("reads");
        let change = sealer.register(&found, request, events).expect("seals");
        self.record(change, 1).await.expect("records");
        self.requests.push(request);
        request
    }

    async fn declares_no_request(&mut self, submission: SubmissionId) {
        let mut tx = self.db.snapshot().await.expect("begins");
        let found = tx.sealed_submission(self.db.keys(), submission, Sight::whole()).await;
        let found = found.expect("reads").expect("is there");
        let version = tx.version(Stream::Submission(submission)).await.expect("reads");
        drop(tx);
        let event = SubmissionEvent::DeclaredNotARequest { reason: NotARequest::Advertising };
        let mut sealer = self.db.sealer().await.expect("reads");
        let change = sealer.not_a_request(&found, version, event).expect("seals");
        self.record(change, 2).await.expect("records");
    }

    async fn advanced(&self, request: RequestId, event: RequestEvent) -> Change {
        let mut tx = self.db.snapshot().await.expect("begins");
        let current = tx.sealed_request(self.db.keys(), request, Sight::whole()).await;
        let current = current.expect("reads").expect("is there");
        let mut sealer = self.db.sealer().await.expect("reads");
        sealer.advance(&current, vec![event]).expect("seals")
    }

    async fn happens(&mut self, request: RequestId, event: RequestEvent) {
        let change = self.advanced(request, event).await;
        self.record(change, 1).await.expect("records");
    }

    /// Returns where its leaves stand.
    async fn batch(&mut self) -> Range<u64> {
        self.batches += 1;
        let from = self.size().await;
        let mut tx = self.db.begin().await.expect("begins");
        let due = (self.now(), self.today);
        let made = tx.append_due_batch(self.db.keys(), due).await.expect("makes a batch");
        assert!(made.is_some(), "it is due");
        assert_eq!(tx.append_due_batch(self.db.keys(), due).await.expect("asks"), None, "once");
        tx.commit().await.expect("commits");
        from..self.size().await
    }

    async fn closes(&self, period: Period) {
        let mut tx = self.db.begin().await.expect("begins");
        let keys = self.db.keys();
        tx.place_all(keys, (period, TODAY)).await.expect("places all");
        let closing = tx.close_period((self.now(), TODAY), Actor::OperatorCli, keys, period);
        closing.await.expect("closes").expect("is in sealed mode");
        tx.commit().await.expect("commits");
    }

    async fn leaves(&self) -> Vec<StoredLeaf> {
        let size = self.size().await;
        self.db.snapshot().await.expect("begins").leaves(0, size).await.expect("reads")
    }

    async fn is_sound(&self) -> store::LogAudit {
        let mut tx = self.db.begin().await.expect("begins");
        let sealer = tx.sealer(self.db.keys()).await.expect("reads");
        let audit = tx.audit_log(&sealer, role_keys()).await.expect("audits");
        assert_eq!(audit.faults, Vec::<String>::new());
        let all: Vec<u64> = (0..audit.leaves).collect();
        let sampled = tx.sample_log(&sealer, &all).await.expect("samples");
        assert_eq!(sampled.faults, Vec::<String>::new());
        assert_eq!(sampled.pads, audit.pads);
        audit
    }

    /// As anyone finds the published log.
    async fn verified(&self) -> VerifiedLog {
        let (key, policy) = log_key(self.origin);
        let mut tx = self.db.begin().await.expect("begins");
        let head = tx.tree_head().await.expect("reads");
        let text = head.to_string();
        let line = SignatureLine::new(&policy.log_key, &key.sign(text.as_bytes()).to_bytes());
        let note = Note::new(text, vec![line]).to_string();
        let size = head.size;
        let stored = StoredCheckpoint { size, note, is_of_edition: true, has_quorum: true };
        tx.put_checkpoint(&stored).await.expect("stores");
        let mut paths: Vec<String> = Tile::all(size).iter().map(Tile::to_string).collect();
        paths.push("checkpoint".to_owned());
        paths.extend(tx.log_file_paths().await.expect("reads"));
        tx.commit().await.expect("commits");
        let mut files = BTreeMap::new();
        for path in paths {
            let public = self.db.read_only();
            let bytes = public.log_file(&path, Publication::WithEdition).await.expect("reads");
            files.insert(path, bytes.expect("is published"));
        }
        verify_log(&Published(files), &policy, &[]).expect("the log holds")
    }

    /// The database as it is now, in another one.
    async fn copied(&self, to: &Location) -> Self {
        let (db, tx) = self.copied_into(to, Leaves::InPlace).await;
        tx.commit().await.expect("commits");
        self.with(db, self.origin)
    }

    async fn copied_into(&self, to: &Location, leaves: Leaves) -> (Db, store::Tx) {
        let mut lines = std::collections::VecDeque::new();
        let mut take = |line: &str| {
            lines.push_back(line.to_owned());
            Ok(())
        };
        self.db.snapshot().await.expect("begins").copy_out(&mut take).await.expect("copies");
        let db = Db::open(to, keys()).await.expect("opens");
        let mut tx = db.begin().await.expect("begins");
        let mut next = || lines.pop_front().ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into());
        tx.copy_in(&mut next, leaves).await.expect("copies");
        (db, tx)
    }

    fn with(&self, db: Db, origin: &'static str) -> Self {
        let (submissions, requests) = (self.submissions.clone(), self.requests.clone());
        let Self { today, batches, ids, called, .. } = *self;
        Self { db, origin, today, batches, ids, submissions, requests, called }
    }

    /// Another log begins from the database as it is now, where the public saw these leaves, which
    /// are the same up to `parted`. Returns how many came back without what they seal.
    async fn followed(
        &self,
        to: &Location,
        origin: &'static str,
        (published, parted): (&World, usize),
    ) -> (Self, u64) {
        let leaves = published.leaves().await;
        let mut of_published = published.db.snapshot().await.expect("begins");
        let ended = of_published.tree_head().await.expect("reads");
        drop(of_published);
        let (db, mut tx) = self.copied_into(to, Leaves::Aside).await;
        let before = tx.sealer(db.keys()).await.expect("reads");
        let (now, actor) = (self.now(), Actor::OperatorCli);
        let succeeded = tx.record_succession(now, actor, &ended).await.expect("records").position;
        let another_way = (parted < leaves.len()).then_some(parted as u64);
        let carried = tx.begin_successor((origin, succeeded), &ended, another_way).await;
        let carried = carried.expect("begins");
        let begun = tx.tree_head().await.expect("reads").size;
        let mut places: HashMap<u64, u64> = HashMap::new();
        let mut coming = Vec::new();
        for StoredLeaf { index, leaf, .. } in leaves.into_iter().skip(parted) {
            let place =
                |before: u64| carried.place(before).or_else(|| places.get(&before).copied());
            let leaf = match leaf {
                Leaf::Submission { period, seal, .. } => {
                    Leaf::Submission { period, arrival: Arrival::OnImport, seal }
                }
                Leaf::Request { submission, ordinal, seal, record } => {
                    let submission = place(submission).expect("came over");
                    Leaf::Request { submission, ordinal, seal, record }
                }
                Leaf::Decision { request, seq, seal, outcome } => {
                    let request = place(request).expect("came over");
                    Leaf::Decision { request, seq, seal, outcome }
                }
                Leaf::Reclassification { request, seq, seal, record } => {
                    let request = place(request).expect("came over");
                    Leaf::Reclassification { request, seq, seal, record }
                }
                other => panic!("{other:?} is about the log itself"),
            };
            places.insert(index, begun + coming.len() as u64);
            coming.push((index, leaf));
        }
        let to = begun + coming.len() as u64;
        tx.begin_restoring(now, actor, to).await.expect("records");
        let mut known = tx.known(before).await.expect("reads");
        let lost = tx.restore_carried(&mut known, &coming).await.expect("restores");
        tx.number_waiting().await.expect("numbers");
        tx.seal_events().await.expect("seals");
        tx.commit().await.expect("commits");
        (self.with(db, origin), lost)
    }
}

struct Published(BTreeMap<String, Vec<u8>>);

impl Files for Published {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.0.get(path).cloned())
    }
}

fn log_key(origin: &str) -> (SigningKey, Policy) {
    let key = |n: u8| SigningKey::from_bytes(&[n; 32]);
    let public = |name: &str, n| {
        VerifierKey::new(name, KeyKind::Ed25519, key(n).verifying_key().to_bytes()).expect("a key")
    };
    let policy = Policy {
        origin: origin.to_owned(),
        log_key: public(origin, 1),
        report_key: public("example.com/log/report", 2),
        receipt_key: public("example.com/log/receipt", 3),
        witnesses: Vec::new(),
        quorum: 0,
    };
    (key(1), policy)
}

fn role_keys() -> RoleKeys {
    let public = |n: u8| SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes();
    RoleKeys { log: public(1), report: public(2), receipt: public(3) }
}

fn counted(leaves: &[StoredLeaf]) -> BTreeMap<LeafKind, u64> {
    let mut counts = BTreeMap::new();
    for leaf in leaves {
        *counts.entry(leaf.leaf.kind()).or_default() += 1;
    }
    counts
}

/// What every batch holds.
fn shape() -> BTreeMap<LeafKind, u64> {
    BTreeMap::from([
        (LeafKind::Submission, 2),
        (LeafKind::Request, 3),
        (LeafKind::Decision, 4),
        (LeafKind::Reclassification, 1),
    ])
}

/// A batch holds so many of each kind, each of which refers to an earlier batch.
fn check_batch(leaves: &[StoredLeaf], batch: &Range<u64>) {
    let at = batch.start as usize..batch.end as usize;
    assert_eq!(counted(&leaves[at.clone()]), shape());
    let mut children = HashSet::new();
    for leaf in &leaves[at] {
        if let Some(parent) = leaf.parent {
            assert!(parent < batch.start, "{} refers to its own batch", leaf.index);
            assert!(children.insert((parent, leaf.leaf.kind())), "{} is a second one", leaf.index);
        }
    }
}

#[test]
fn any_course_of_things_fills_batches_of_one_shape_and_loses_nothing() {
    let courses = proptest::collection::vec((0..7_u8, any::<prop::sample::Index>()), 10..30);
    let mut runner = TestRunner::deterministic();
    let courses: Vec<_> =
        (0..3).map(|_| courses.new_tree(&mut runner).expect("a course").current()).collect();
    for course in &courses {
        on_each(async |location| {
            let mut world = World::new(&location).await;
            let seeded = world.batch().await;
            let mut batches = Vec::new();
            let mut declared = HashSet::new();
            for (what, which) in course {
                let open: Vec<_> = world
                    .submissions
                    .iter()
                    .filter(|id| !declared.contains(*id))
                    .copied()
                    .collect();
                match what {
                    0 | 1 => drop(world.receives().await),
                    2 if !open.is_empty() => drop(world.registers(*which.get(&open)).await),
                    3 if !world.requests.is_empty() => {
                        let request = *which.get(&world.requests);
                        world.happens(request, RequestEvent::PendingSealed {}).await;
                    }
                    4 if !open.is_empty() => {
                        let submission = *which.get(&open);
                        let mut tx = world.db.snapshot().await.expect("begins");
                        let sealed = tx
                            .sealed_submission(world.db.keys(), submission, Sight::whole())
                            .await
                            .expect("reads")
                            .expect("is there");
                        drop(tx);
                        if sealed.requests == 0 {
                            world.declares_no_request(submission).await;
                            declared.insert(submission);
                        }
                    }
                    _ => batches.push(world.batch().await),
                }
            }
            let before = world.is_sound().await;
            assert_eq!(before.leaves - before.pads - 2 + before.waiting, world.called, "codebooks");
            while world.waiting().await > 0 {
                batches.push(world.batch().await);
            }
            let leaves = world.leaves().await;
            assert!(seeded.end - seeded.start > 10, "the first is preceded by whole pads");
            check_batch(&leaves, &(seeded.end - 10..seeded.end));
            for batch in &batches {
                check_batch(&leaves, batch);
            }
            let real = leaves.iter().filter(|leaf| leaf.submission.is_some() && !leaf.is_pad());
            assert_eq!(real.count() as u64, world.called);
            world.verified().await;
            let audit = world.is_sound().await;
            assert_eq!((audit.waiting, audit.opened), (0, audit.leaves));
        });
    }
}

fn half() -> (Period, HalfYear) {
    (Period::half(2021, 1), HalfYear::new(2021, 1).expect("a half-year"))
}

#[test]
fn a_closing_leaves_nothing_open_and_decides_everything_once_more() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        // Pads of the half-year that is closed.
        world.today = date(2021, 4, 1);
        for _ in 0..3 {
            world.batch().await;
        }
        let one = world.receives().await;
        let open = world.registers(one).await;
        let rejected = world.registers(one).await;
        let outcome = Outcome::Rejected { ground: Ground::NoData };
        let decided = RequestEvent::Decided {
            outcome,
            decided_on: DAY,
            confirmed: Confirmed::ByRule,
            inventory: None,
        };
        world.happens(rejected, decided).await;
        let nothing = world.receives().await;
        world.declares_no_request(nothing).await;
        let erased = world.receives().await;
        let gone = world.registers(erased).await;
        world
            .happens(gone, RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None })
            .await;
        // While its leaves wait.
        let mut tx = world.db.begin().await.expect("begins");
        let event = (erased, SubmissionEvent::SubmissionErased { rules: None });
        tx.erase(world.now(), Actor::OperatorCli, event).await.expect("erases");
        tx.commit().await.expect("commits");
        let before = world.size().await;
        world.closes(half().0).await;
        assert_eq!(world.waiting().await, 0);
        let leaves = world.leaves().await;
        let log = world.verified().await;
        let census = log.links.census()[&half().1];
        assert_eq!((census.unresolved, census.undecided), (0, 0), "pads among them");
        // Whole batches, then one decision for each request of the half-year.
        let closing = leaves.len() - census.requests as usize;
        assert_eq!((closing as u64 - before) % 10, 0);
        let mut closed = HashMap::new();
        for leaf in &leaves[closing..] {
            let Leaf::Decision { request, .. } = leaf.leaf else { panic!("{:?}", leaf.leaf) };
            assert!(closed.insert(request, leaf.is_pad()).is_none(), "{request} twice");
        }
        assert_eq!(closed.values().filter(|is_pad| !**is_pad).count(), 4);
        assert!(closed.len() > 12, "pads too");
        let commitments: Vec<_> = leaves.iter().filter_map(|leaf| leaf.leaf.commitment()).collect();
        let distinct: HashSet<_> = commitments.iter().collect();
        assert_eq!(distinct.len(), commitments.len(), "each has a blinding of its own");
        let audit = world.is_sound().await;
        assert_eq!(audit.erased, 4, "with the decision of the closing");
        // What the receipt of each opens.
        let mut tx = world.db.snapshot().await.expect("begins");
        let sealer = tx.sealer(world.db.keys()).await.expect("reads");
        for (submission, count) in [(one, 6), (nothing, 4)] {
            let opened = tx.open_submission(&sealer, submission, Sight::whole()).await;
            let opened = opened.expect("opens").expect("is there");
            assert_eq!(opened.len(), count);
            let last = opened.last().expect("some");
            assert_eq!(last.opening.expect("is a decision").0.country(), [0, 0]);
        }
        drop(tx);
        // A change that was made before the closing comes too late; one made after it goes on.
        world
            .happens(open, RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None })
            .await;
        world.batch().await;
        world.verified().await;
        world.is_sound().await;
    });
}

#[test]
fn who_read_before_a_batch_may_write_and_before_a_closing_not() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        let submission = world.receives().await;
        let request = world.registers(submission).await;
        let change = world.advanced(request, RequestEvent::PendingSealed {}).await;
        for _ in 0..2 {
            world.batch().await;
        }
        world.record(change, 1).await.expect("its places are found all the same");
        world.batch().await;
        let change = world.advanced(request, RequestEvent::PendingSealed {}).await;
        world.closes(half().0).await;
        let refused = world.record(change, 1).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        world.happens(request, RequestEvent::PendingSealed {}).await;
        world.batch().await;
        world.verified().await;
        world.is_sound().await;
    });
}

#[test]
fn a_missed_batch_is_not_made_up_for() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        world.batch().await;
        world.batches += 5;
        world.today = date(2021, 9, 21);
        let batch = world.batch().await;
        assert_eq!(batch.end - batch.start, 10);
        let mut tx = world.db.begin().await.expect("begins");
        let early = Timestamp::from_second(NOW + EVERY).expect("a moment");
        let made = tx.append_due_batch(world.db.keys(), (early, TODAY)).await.expect("asks");
        assert_eq!(made, None, "a clock that was put back makes none");
    });
}

#[test]
fn what_waits_cannot_be_changed_and_is_missed_where_it_is_gone() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        let submission = world.receives().await;
        world.registers(submission).await;
        let mut tx = world.db.begin().await.expect("begins");
        let changed = store_sql(&mut tx, "UPDATE leaf_waiting SET salt = body").await;
        assert!(changed.is_err());
        drop(tx);
        let mut tx = world.db.begin().await.expect("begins");
        store_sql(&mut tx, "DELETE FROM leaf_waiting").await.expect("deletes");
        let sealer = tx.sealer(world.db.keys()).await.expect("reads");
        let audit = tx.audit_log(&sealer, role_keys()).await.expect("audits");
        assert!(audit.faults[0].contains("2 submissions or requests"), "{:?}", audit.faults);
    });
}

async fn store_sql(tx: &mut store::Tx, sql: &'static str) -> Result<u64, sqlx::Error> {
    Ok(match tx {
        store::Tx::Sqlite(c) => sqlx::query(sql).execute(&mut **c).await?.rows_affected(),
        store::Tx::Postgres(c) => sqlx::query(sql).execute(&mut **c).await?.rows_affected(),
    })
}

#[test]
fn history_is_placed_at_once_and_a_log_can_be_sealed_later() {
    on_each(async |location| {
        let mut world = World::unsealed(&location).await;
        let early = world.receives().await;
        world.seals().await;
        let before = world.size().await;
        world.registers(early).await;
        assert_eq!(world.size().await, before, "it waits");
        let (submission, request) = (SubmissionId(world.id()), RequestId(world.id()));
        let new = NewSubmission::seal(world.db.keys(), submission, &[("reference", "H-1")])
            .expect("seals");
        let line = HistoricRequest {
            received_on: DAY,
            country: Country::from_code("FR").expect("a country"),
            category: Category::UserData,
            instrument: Instrument::new("mlat").expect("a code"),
            demands: DemandSet::from_iter([Demand::Registration]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            accounts_disclosed: None,
            outcome: HistoricOutcome::Pending,
        };
        let event = RequestEvent::HistoricRequestImported {
            source_sha256: Sha256Hash([1; 32]),
            line: 1,
            request: line,
            submission,
        };
        let mut sealer = world.db.sealer().await.expect("reads");
        let change = sealer.import(request, new, "H-1", vec![event]).expect("seals");
        world.record(change, 3).await.expect("records");
        assert_eq!(world.size().await, before + 3);
        for _ in 0..2 {
            world.batch().await;
        }
        assert_eq!(world.waiting().await, 0);
        world.closes(half().0).await;
        let log = world.verified().await;
        assert!(log.codebook.expect("one").has_pads());
        world.is_sound().await;
    });
}

#[test]
fn a_copy_finds_its_waiting_leaves_and_the_pads_in_the_published_log() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut world = World::new(&Location::Sqlite(dir.path().join("lost.db"))).await;
        world.today = date(2021, 4, 1);
        world.batch().await;
        let placed = world.receives().await;
        world.batch().await;
        world.registers(placed).await;
        let waits = world.receives().await;
        world.declares_no_request(waits).await;
        let mut copy = world.copied(&location).await;
        assert_eq!(copy.waiting().await, 4);
        let from = world.size().await;
        for _ in 0..2 {
            world.batch().await;
        }
        // This is not in the copy.
        let lost = world.receives().await;
        world.registers(lost).await;
        for _ in 0..2 {
            world.batch().await;
        }
        world.closes(half().0).await;
        let mut tx = world.db.begin().await.expect("begins");
        tx.seal_events().await.expect("seals");
        let published = tx.tree_head().await.expect("reads");
        let leaves = tx.leaves(from, published.size).await.expect("reads");
        let leaves: Vec<_> = leaves.into_iter().map(|stored| stored.leaf).collect();
        drop(tx);
        let mut back = copy.db.begin().await.expect("begins");
        let sealer = back.sealer(copy.db.keys()).await.expect("reads");
        let actor = Actor::OperatorCli;
        back.begin_restoring(copy.now(), actor, published.size).await.expect("records");
        let (first, second) = leaves.split_at(leaves.len() / 2);
        let mut known = back.known(sealer).await.expect("reads");
        let mut gone = back.restore_published(&mut known, first).await.expect("restores");
        gone += back.restore_published(&mut known, second).await.expect("restores");
        assert_eq!(back.tree_head().await.expect("reads"), published, "it is one log");
        back.commit().await.expect("commits");
        assert_eq!(copy.waiting().await, 0, "each found the place that it was published at");
        // A submission and its request; their closing and those of the two that came back, and the
        // audit leaf.
        assert_eq!(gone, 2 + 3 + 1);
        let audit = copy.is_sound().await;
        assert_eq!((audit.lost, audit.pads), (gone, world.is_sound().await.pads));
        // It goes on from there.
        copy.batches = world.batches;
        let new = copy.receives().await;
        copy.batch().await;
        copy.registers(new).await;
        copy.closes(half().0).await;
        copy.verified().await;
        copy.is_sound().await;
    });
}

#[test]
fn a_copy_goes_on_with_what_was_not_published() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut world = World::new(&Location::Sqlite(dir.path().join("lost.db"))).await;
        world.batch().await;
        world.receives().await;
        let mut copy = world.copied(&location).await;
        copy.batch().await;
        assert_eq!(copy.waiting().await, 0);
        copy.verified().await;
        copy.is_sound().await;
    });
}

#[test]
fn pads_of_a_half_year_whose_key_is_destroyed_stay_and_open_to_nobody() {
    on_each(async |location| {
        let mut world = World::new(&location).await;
        // Early in the second half-year, pads are of both.
        world.today = date(2021, 7, 2);
        for _ in 0..8 {
            world.batch().await;
        }
        world.today = TODAY;
        let (period, half_year) = half();
        let log = world.verified().await;
        assert!(log.links.census()[&half_year].submissions > 0, "some were sent before");
        let mut tx = world.db.begin().await.expect("begins");
        tx.place_all(world.db.keys(), (period, TODAY)).await.expect("completes them");
        let actor = Actor::OperatorCli;
        tx.destroy_period_key(world.now(), actor, half_year).await.expect("destroys");
        tx.commit().await.expect("commits");
        let census = world.verified().await.links.census()[&half_year];
        assert_eq!((census.unresolved, census.undecided), (0, 0));
        world.batch().await;
        let audit = world.is_sound().await;
        assert!(audit.shredded > 0);
        world.closes(period).await;
        assert!(world.verified().await.links.census()[&half_year].submissions > 0);
    });
}

/// What each leaf about requests seals, in the order of the log.
fn seals(leaves: &[StoredLeaf]) -> Vec<ledger::hash::Hash> {
    let of_requests = leaves.iter().filter(|leaf| leaf.leaf.kind() != LeafKind::Audit);
    of_requests.filter_map(|leaf| leaf.leaf.seal()).collect()
}

/// Two machines go on from one copy. What the public saw of one comes first in the log that
/// follows, in its order and whole; of the other, pads are left behind, and all else waits.
#[test]
fn of_a_log_that_went_another_way_no_pad_comes_over_and_nothing_else_is_lost() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| Location::Sqlite(dir.path().join(name));
        let mut public = World::new(&file("public.db")).await;
        public.today = date(2021, 4, 1);
        let one = public.receives().await;
        public.batch().await;
        let request = public.registers(one).await;
        public.batch().await;
        // These wait when the two part.
        public.happens(request, RequestEvent::PendingSealed {}).await;
        let waits = public.receives().await;
        let mut other = public.copied(&file("other.db")).await;
        other.ids = 1_000;
        let at_parting = public.size().await as usize;
        for _ in 0..3 {
            public.happens(request, RequestEvent::PendingSealed {}).await;
            public.batch().await;
        }
        let gone = public.receives().await;
        public.registers(gone).await;
        for _ in 0..2 {
            public.batch().await;
        }
        assert_eq!(public.waiting().await, 0);
        for _ in 0..2 {
            other.happens(request, RequestEvent::PendingSealed {}).await;
            other.registers(waits).await;
            other.batch().await;
        }
        let nothing = other.receives().await;
        other.declares_no_request(nothing).await;
        for _ in 0..3 {
            other.batch().await;
        }
        other.closes(half().0).await;
        other.receives().await;
        let (seen, unseen) = (public.leaves().await, other.leaves().await);
        let same = seen.iter().zip(&unseen).take_while(|(a, b)| a.leaf == b.leaf).count();
        assert!(same >= at_parting, "up to there it was one log");

        let (mut world, lost) = other.followed(&location, "example.com/2", (&public, same)).await;
        // Three decisions of which one had waited, a submission and its request.
        assert_eq!(lost, 3 + 2);
        let carried = world.leaves().await;
        assert_eq!(seals(&carried), seals(&seen), "what anyone could have written");
        let audit = world.is_sound().await;
        assert_eq!((audit.lost, audit.pads), (lost, public.is_sound().await.pads));
        let real = |leaf: &&StoredLeaf| leaf.submission.is_some() && !leaf.is_pad();
        let real = |leaves: &[StoredLeaf]| -> HashSet<_> {
            leaves.iter().filter(real).filter_map(|leaf| leaf.leaf.seal()).collect()
        };
        let known = real(&carried).len();
        let all = real(&unseen).len() as u64 + other.waiting().await;
        assert_eq!(known as u64 + world.waiting().await, all, "each of the other's is here");

        world.today = TODAY;
        while world.waiting().await > 0 {
            let batch = world.batch().await;
            let leaves = world.leaves().await;
            let last = batch.end - 10..batch.end;
            check_batch(&leaves, &last);
        }
        let audit = world.is_sound().await;
        assert_eq!((audit.waiting, audit.lost), (0, lost));
        let leaves = world.leaves().await;
        let (before, after) = leaves.split_at(carried.len());
        assert!(real(&unseen).is_subset(&real(&leaves)));
        let shown: HashSet<_> = seals(before).into_iter().collect();
        assert!(seals(after).iter().all(|seal| !shown.contains(seal)));
        let pads = unseen[same..].iter().filter(|leaf| leaf.is_pad());
        let pads: HashSet<_> = pads.filter_map(|leaf| leaf.leaf.seal()).collect();
        assert!(seals(after).iter().all(|seal| !pads.contains(seal)), "they are new ones");
        world.closes(half().0).await;
        world.verified().await;
        world.is_sound().await;

        // The same once more, where nobody went another way: it comes over as it stands.
        world.receives().await;
        let published = world.leaves().await;
        let end = published.len();
        let third = file("third.db");
        let (mut third, lost) = world.followed(&third, "example.com/3", (&world, end)).await;
        assert_eq!((lost, third.waiting().await), (0, 1));
        assert_eq!(seals(&third.leaves().await), seals(&published));
        third.batch().await;
        third.closes(half().0).await;
        third.verified().await;
        third.is_sound().await;
    });
}
