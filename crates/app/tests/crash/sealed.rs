//! Crash drills in sealed mode, through everything that a company does in it: **what was told to be
//! recorded has its leaf, waiting or placed; each batch is in the log whole or not at all, and so
//! is each closing; and receipts that were given hold**.
//!
//! On SQLite candor is killed at writes and syncs, on a disk that forgets; on PostgreSQL before and
//! after what it says to the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use app::{By, Candor, Clock, Error, Receipt, Refolding};
use databases::on_each;
use domain::event::Stream;
use domain::id::{RequestId, SubmissionId};
use jiff::Timestamp;
use ledger::checkpoint::Checkpoint;
use ledger::leaf::{HalfYear, Leaf, LeafKind};
use ledger::log::{VerifiedLog, each_leaf, verify_log};
use ledger::note::Note;
use ledger::receipt::ReceiptError;
use store::{Location, Publication};

use crate::{Published, compile, init_sealed, program, rounds, run_program};

/// Small, so that some of what happens waits for a later batch.
const PADDING: &str = "
[log.padding]
every_seconds = 60
submissions = 2
requests = 2
decisions = 3
reclassifications = 1
";
/// Leaves of each kind in a batch, as the settings say.
const SHAPE: [(LeafKind, usize); 4] = [
    (LeafKind::Submission, 2),
    (LeafKind::Request, 2),
    (LeafKind::Decision, 3),
    (LeafKind::Reclassification, 1),
];
/// So many whole pads come first where there are none to refer to.
const SEEDED: usize = 3;
/// What a run enters.
const LETTERS: u32 = 6;
/// The time of a run, as the program has it.
const BEGUN: Timestamp = Timestamp::constant(1_783_674_000, 0);
/// So many rounds share a data directory: each publishes all that those before it left.
const ROUNDS_IN_ONE: u32 = 10;

/// What a program said that it was told, over all runs.
#[derive(Default)]
struct Told {
    entered: Vec<SubmissionId>,
    /// So many events each.
    recorded: BTreeMap<Recorded, i64>,
    receipts: Vec<Receipt>,
    editions: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Recorded {
    Submission(SubmissionId),
    Request(RequestId),
}

impl Told {
    fn take(&mut self, line: &str) {
        let mut words = line.splitn(2, ' ');
        let (what, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match what {
            "entered" => self.entered.push(SubmissionId(rest.parse().expect("an id"))),
            "submission" => self.take_version(|id| Recorded::Submission(SubmissionId(id)), rest),
            "request" => self.take_version(|id| Recorded::Request(RequestId(id)), rest),
            "receipt" => {
                self.receipts.push(Receipt::from_json(rest.as_bytes()).expect("a receipt"));
            }
            "edition" => self.editions = 1 + rest.parse::<u32>().expect("a revision"),
            "batch" => {}
            other => panic!("`{other}` is unknown"),
        }
    }

    fn take_version(&mut self, of: impl Fn(uuid::Uuid) -> Recorded, rest: &str) {
        let (id, version) = rest.split_once(' ').expect("an id and a number");
        let version = version.parse().expect("a number");
        self.recorded.insert(of(id.parse().expect("an id")), version);
    }
}

/// Where a run is killed.
#[derive(Clone, Copy)]
enum Kill {
    Never,
    At(u32),
}

/// A data directory, and how candor is killed in it.
struct Drill<'a> {
    shim: &'a Path,
    data: &'a Path,
    location: &'a Location,
    told: Told,
}

impl Drill<'_> {
    /// Runs until the kill. Says whether it came, and at how many moments it could have come.
    fn run(&mut self, kill: Kill) -> (bool, u32) {
        let count = self.data.with_extension("count");
        let mut environment = vec![
            ("LD_PRELOAD", self.shim.display().to_string()),
            ("CANDOR_KILL_BELOW", self.data.display().to_string()),
            ("CANDOR_COUNT_INTO", count.display().to_string()),
        ];
        let at = match self.location {
            Location::Sqlite(_) => "CANDOR_KILL_AT_WRITE",
            Location::Postgres(_) => "CANDOR_KILL_AT_MOMENT",
        };
        if let Kill::At(n) = kill {
            environment.push((at, n.to_string()));
        }
        let mut sealed = Command::new(program("sealed"));
        sealed.arg(self.data).arg(LETTERS.to_string());
        let (was_killed, lines) = run_program(sealed, &environment, None);
        lines.iter().for_each(|line| self.told.take(line));
        if was_killed {
            return (true, 0);
        }
        let counted = std::fs::read_to_string(&count).expect("it ended by itself");
        let mut counted = counted.split(' ').map(|n| n.parse().expect("a number"));
        let moments = match self.location {
            Location::Sqlite(_) => counted.next(),
            Location::Postgres(_) => counted.nth(1),
        };
        (false, moments.expect("a number"))
    }

    /// Opens the directory after a run and checks all that was promised.
    async fn check(&self, before: Option<&Checkpoint>) -> Checkpoint {
        // What was signed last, by whoever was killed.
        let signed = std::fs::read_to_string(self.data.join("checkpoint")).ok();
        let signed = signed.map(|note| {
            let note: Note = note.parse().expect("a note");
            note.text().parse::<Checkpoint>().expect("a checkpoint")
        });
        let candor = opens(self.data).await;
        let last = candor.publish_checkpoint().await.expect("signs").checkpoint;
        let policy = candor.policy().await.expect("reads");
        // What the public sees ends with the last edition.
        let seen = Published::of(&candor, Publication::WithEdition);
        let public = candor.db.read_only().log_file("checkpoint", Publication::WithEdition).await;
        let public = public.expect("reads").map(|_| {
            verify_log(&seen, &policy, &[]).expect("the published log verifies").checkpoint
        });
        let mut heads: Vec<Checkpoint> = before.into_iter().cloned().collect();
        heads.extend(signed.into_iter().chain(public).chain([last]));
        let mut sizes: Vec<u64> = self.told.receipts.iter().flat_map(Receipt::sizes).collect();
        sizes.extend(heads.iter().map(|head| head.size));
        let files = Published::of(&candor, Publication::AtOnce);
        let whole = verify_log(&files, &policy, &sizes).expect("the whole log verifies");
        for head in heads {
            assert_eq!(whole.roots.get(&head.size), Some(&head.root), "the log was forked");
        }
        let mut leaves = Vec::new();
        each_leaf(&files, &whole.checkpoint, |_, leaf| leaves.push(leaf.clone())).expect("reads");
        check_shape(&leaves);
        for receipt in &self.told.receipts {
            let size = receipt.sizes().into_iter().max().expect("has a leaf");
            match receipt.check(&policy, &whole) {
                Ok(_) => {}
                // What came after it another one opens.
                Err(ReceiptError::NotOpened { index }) if index >= size => {}
                Err(error) => panic!("who holds a receipt is in the log: {error}"),
            }
        }
        self.check_recorded(&candor, &whole).await;
        let doctor = candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        candor.close().await;
        whole.checkpoint
    }

    /// What was told to be recorded is, and has its leaf; that every event has as many leaves as it
    /// called for, the doctor finds.
    async fn check_recorded(&self, candor: &Candor, log: &VerifiedLog) {
        let policy = candor.policy().await.expect("reads");
        for id in &self.told.entered {
            match candor.receipt(*id, By::OperatorCli).await {
                Ok(receipt) => drop(receipt.check(&policy, log).expect("opens every leaf")),
                Err(Error::ReceiptWaits { .. }) => {}
                Err(error) => panic!("{id} was entered: {error}"),
            }
        }
        let mut tx = candor.db.snapshot().await.expect("begins");
        for (recorded, version) in &self.told.recorded {
            let stream = match recorded {
                Recorded::Submission(id) => Stream::Submission(*id),
                Recorded::Request(id) => Stream::Request(*id),
            };
            let found = tx.version(stream).await.expect("reads");
            assert!(found >= *version, "{recorded:?}: {found} of {version} events");
        }
        let period = "2026-H1".parse().expect("a period");
        let editions = tx.revisions().await.expect("reads");
        let editions = editions.iter().filter(|edition| edition.period == period).count();
        assert!(editions >= self.told.editions as usize, "an edition is lost");
    }

    /// After a run that nobody killed: nothing waits, and each submission has come to its end.
    async fn check_settled(&self) {
        let candor = opens(self.data).await;
        let waiting = candor.db.snapshot().await.expect("begins").leaves_waiting().await;
        assert_eq!(waiting.expect("counts"), 0);
        for id in &self.told.entered {
            let receipt = candor.receipt(*id, By::OperatorCli).await.expect("has its place");
            let leaves = receipt.contents.leaves.len();
            assert!(leaves >= 4, "{id}: {leaves} of submission, request, outcome and closing");
        }
        candor.close().await;
    }
}

/// As somebody opens it right after the last batch.
async fn opens(data: &Path) -> Candor {
    let mut candor = Candor::open(data, Clock::Fixed(BEGUN)).await.expect("opens after a crash");
    let padding = candor.db.snapshot().await.expect("begins").padding().await.expect("reads");
    let (_, due) = padding.expect("is in sealed mode");
    candor.clock = Clock::Fixed(Timestamp::from_second(due).expect("a moment"));
    candor
}

/// That the log is made of batches of one shape, of closings that decide every request of the
/// half-year once, of seeds, and of the company's own leaves: **none of them in part**.
fn check_shape(leaves: &[Leaf]) {
    if let Err(at) = whole(leaves) {
        let around = &leaves[at.saturating_sub(4)..leaves.len().min(at + 24)];
        let kinds: Vec<_> = around.iter().map(Leaf::kind).collect();
        panic!("nothing whole begins at {at}: {kinds:?}");
    }
    // One that lacks a single decision would have been noticed.
    let mut torn = leaves.to_vec();
    let last = torn.iter().rposition(|leaf| leaf.kind() == LeafKind::Decision);
    torn.remove(last.expect("each run begins with a batch"));
    assert!(whole(&torn).is_err(), "a part of a batch or closing passes for a whole one");
}

/// Or the last place at which something whole ends.
fn whole(leaves: &[Leaf]) -> Result<(), usize> {
    let closed = HalfYear::new(2026, 1);
    let (mut submissions, mut requests) = (BTreeSet::new(), BTreeSet::new());
    let mut ends = BTreeSet::from([0]);
    for (at, leaf) in leaves.iter().enumerate() {
        if ends.contains(&at) {
            let rest = &leaves[at..];
            let lengths = [company(leaf), seed(rest), batch(rest), closing(rest, &requests)];
            ends.extend(lengths.into_iter().flatten().map(|length| at + length));
        }
        let index = at as u64;
        if matches!(leaf, Leaf::Submission { period, .. } if Some(*period) == closed) {
            submissions.insert(index);
        }
        if matches!(leaf, Leaf::Request { submission, .. } if submissions.contains(submission)) {
            requests.insert(index);
        }
    }
    match ends.last() {
        Some(last) if *last == leaves.len() => Ok(()),
        last => Err(last.copied().unwrap_or(0)),
    }
}

fn company(leaf: &Leaf) -> Option<usize> {
    let is_of_request = leaf.parent().is_some() || leaf.kind() == LeafKind::Submission;
    (!is_of_request).then_some(1)
}

/// Whole pads, one kind after the other.
fn seed(leaves: &[Leaf]) -> Option<usize> {
    let kinds = [LeafKind::Submission, LeafKind::Request, LeafKind::Decision];
    let expected = kinds.into_iter().flat_map(|kind| [kind; SEEDED]);
    let length = SEEDED * kinds.len();
    let found = leaves.get(..length)?.iter().map(Leaf::kind);
    found.eq(expected).then_some(length)
}

fn batch(leaves: &[Leaf]) -> Option<usize> {
    let length = SHAPE.iter().map(|(_, count)| count).sum();
    let batch = leaves.get(..length)?;
    let count = |kind| batch.iter().filter(|leaf| leaf.kind() == kind).count();
    SHAPE.iter().all(|(kind, expected)| count(*kind) == *expected).then_some(length)
}

/// A decision on each request of the half-year, in any order.
fn closing(leaves: &[Leaf], requests: &BTreeSet<u64>) -> Option<usize> {
    let decided = leaves.get(..requests.len())?.iter().map(|leaf| match leaf {
        Leaf::Decision { request, .. } => Some(*request),
        Leaf::Submission { .. }
        | Leaf::Request { .. }
        | Leaf::Reclassification { .. }
        | Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => None,
    });
    let decided: BTreeSet<u64> = decided.collect::<Option<_>>()?;
    (decided == *requests && !requests.is_empty()).then_some(requests.len())
}

#[test]
fn a_kill_at_any_step_of_sealed_mode_leaves_whole_batches_and_a_leaf_for_all_that_was_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(shim) = compile(folder.path()) else { return };
    // A round in sealed mode takes as long as many of the others.
    let rounds = rounds().div_ceil(3);
    for first in (1..=rounds).step_by(ROUNDS_IN_ONE as usize) {
        let these = first..=rounds.min(first + ROUNDS_IN_ONE - 1);
        on_each(async |location| {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let data = dir.path().join("data");
            init_sealed(&data, &location, PADDING).await;
            opens(&data).await.close().await;
            let told = Told::default();
            let mut drill = Drill { shim: &shim, data: &data, location: &location, told };
            let (was_killed, moments) = drill.run(Kill::Never);
            assert!(!was_killed && moments > 64, "the shim has seen hardly anything: {moments}");
            let mut last = drill.check(None).await;
            drill.check_settled().await;
            for round in these.clone() {
                let (was_killed, _) = drill.run(Kill::At(moments * round / (rounds + 1) + 1));
                assert!(was_killed, "it has less to do than in an empty directory");
                last = drill.check(Some(&last)).await;
            }
            let (was_killed, _) = drill.run(Kill::Never);
            assert!(!was_killed, "it goes on after a crash");
            drill.check(Some(&last)).await;
            drill.check_settled().await;
        });
    }
}
