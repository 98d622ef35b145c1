//! A company in sealed mode, as the tests move it on.

use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, Stream, SubmissionEvent};
use domain::fact::Urgency;
use domain::id::{Actor, AuthorityId, OfficerId, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::padding::Padding;
use domain::period::Period;
use domain::request::Registration;
use domain::submission::{Channel, NotARequest};
use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::checkpoint::Policy;
use ledger::leaf::{Arrival, Leaf, LeafKind};
use ledger::link::RoleKeys;
use ledger::log::{Files, ReadError, VerifiedLog, verify_log};
use ledger::note::{KeyKind, Note, SignatureLine, VerifierKey};
use ledger::tile::Tile;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::{NonZeroU16, NonZeroU32};
use std::ops::Range;
use store::{
    Change, Db, Error, Keys, Leaves, Location, MasterKey, NewSubmission, Particulars, Publication,
    Sight, StoredCheckpoint, StoredLeaf,
};
use uuid::Uuid;

pub const NOW: i64 = 1_790_000_000;
/// A day of the half-year that editions here are about.
pub const DAY: Date = date(2021, 3, 1);
/// The day on which batches are made: the half-year is over.
pub const TODAY: Date = date(2021, 9, 20);
pub const ORIGIN: &str = "example.com/log";
pub const EVERY: i64 = 60;

pub fn padding() -> Padding {
    let count = |n| NonZeroU16::new(n).expect("a number above 0");
    Padding {
        every_seconds: NonZeroU32::new(EVERY as u32).expect("60 is not 0"),
        submissions: count(2),
        requests: count(3),
        decisions: count(4),
        reclassifications: count(1),
    }
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn keys() -> Keys {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    Keys::new(&key.expect("a key"))
}

/// A company in sealed mode.
pub struct World {
    pub db: Db,
    /// The log's name.
    pub origin: &'static str,
    /// On which batches are made.
    pub today: Date,
    pub batches: i64,
    pub ids: u128,
    pub submissions: Vec<SubmissionId>,
    pub requests: Vec<RequestId>,
    /// Leaves that events called for.
    pub called: u64,
}

impl World {
    pub async fn unsealed(location: &Location) -> Self {
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

    pub async fn new(location: &Location) -> Self {
        let world = Self::unsealed(location).await;
        world.seals().await;
        world
    }

    pub async fn seals(&self) {
        let mut tx = self.db.begin().await.expect("begins");
        let actor = Actor::OperatorCli;
        tx.set_padding(self.now(), actor, padding()).await.expect("is sealed from here on");
        tx.commit().await.expect("commits");
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW + self.batches * EVERY).expect("a moment")
    }

    pub fn id(&mut self) -> Uuid {
        self.ids += 1;
        id(self.ids)
    }

    pub async fn size(&self) -> u64 {
        let mut tx = self.db.snapshot().await.expect("begins");
        tx.tree_head().await.expect("reads").size
    }

    pub async fn waiting(&self) -> u64 {
        let mut tx = self.db.snapshot().await.expect("begins");
        tx.leaves_waiting().await.expect("counts")
    }

    pub async fn record(&mut self, change: Change, leaves: u64) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        tx.record(self.now(), Actor::OperatorCli, &[change]).await?;
        tx.commit().await?;
        self.called += leaves;
        Ok(())
    }

    pub async fn receives(&mut self) -> SubmissionId {
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

    pub async fn registers(&mut self, submission: SubmissionId) -> RequestId {
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

    pub async fn declares_no_request(&mut self, submission: SubmissionId) {
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

    pub async fn advanced(&self, request: RequestId, event: RequestEvent) -> Change {
        let mut tx = self.db.snapshot().await.expect("begins");
        let current = tx.sealed_request(self.db.keys(), request, Sight::whole()).await;
        let current = current.expect("reads").expect("is there");
        let mut sealer = self.db.sealer().await.expect("reads");
        sealer.advance(&current, vec![event]).expect("seals")
    }

    pub async fn happens(&mut self, request: RequestId, event: RequestEvent) {
        let change = self.advanced(request, event).await;
        self.record(change, 1).await.expect("records");
    }

    /// Returns where its leaves stand.
    pub async fn batch(&mut self) -> Range<u64> {
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

    pub async fn closes(&self, period: Period) {
        let mut tx = self.db.begin().await.expect("begins");
        let keys = self.db.keys();
        tx.place_all(keys, (period, TODAY)).await.expect("places all");
        let closing = tx.close_period((self.now(), TODAY), Actor::OperatorCli, keys, period);
        closing.await.expect("closes").expect("is in sealed mode");
        tx.commit().await.expect("commits");
    }

    pub async fn leaves(&self) -> Vec<StoredLeaf> {
        let size = self.size().await;
        self.db.snapshot().await.expect("begins").leaves(0, size).await.expect("reads")
    }

    pub async fn is_sound(&self) -> store::LogAudit {
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
    pub async fn verified(&self) -> VerifiedLog {
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
    pub async fn copied(&self, to: &Location) -> Self {
        let (db, tx) = self.copied_into(to, Leaves::InPlace).await;
        tx.commit().await.expect("commits");
        self.with(db, self.origin)
    }

    pub async fn copied_into(&self, to: &Location, leaves: Leaves) -> (Db, store::Tx) {
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

    pub fn with(&self, db: Db, origin: &'static str) -> Self {
        let (submissions, requests) = (self.submissions.clone(), self.requests.clone());
        let Self { today, batches, ids, called, .. } = *self;
        Self { db, origin, today, batches, ids, submissions, requests, called }
    }

    /// Another log begins from the database as it is now, where the public saw these leaves, which
    /// are the same up to `parted`. Returns how many came back without what they seal.
    pub async fn followed(
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

pub struct Published(pub BTreeMap<String, Vec<u8>>);

impl Files for Published {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.0.get(path).cloned())
    }
}

pub fn log_key(origin: &str) -> (SigningKey, Policy) {
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

pub fn role_keys() -> RoleKeys {
    let public = |n: u8| SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes();
    RoleKeys { log: public(1), report: public(2), receipt: public(3) }
}

pub fn counted(leaves: &[StoredLeaf]) -> BTreeMap<LeafKind, u64> {
    let mut counts = BTreeMap::new();
    for leaf in leaves {
        *counts.entry(leaf.leaf.kind()).or_default() += 1;
    }
    counts
}

/// What every batch holds.
pub fn shape() -> BTreeMap<LeafKind, u64> {
    BTreeMap::from([
        (LeafKind::Submission, 2),
        (LeafKind::Request, 3),
        (LeafKind::Decision, 4),
        (LeafKind::Reclassification, 1),
    ])
}

/// A batch holds so many of each kind, each of which refers to an earlier batch.
pub fn check_batch(leaves: &[StoredLeaf], batch: &Range<u64>) {
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
