//! Crash drills: an intake is killed, and afterwards **whoever was given a receipt is in the log,
//! the log is one and sound, and the database agrees with it**.
//!
//! `CANDOR_KILL_ROUNDS` says how often; `cargo xtask soak` runs many.

mod sealed;

use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use app::{Candor, Clock, Database, Init, Publisher, Receipt, Refolding};
use databases::on_each;
use ledger::checkpoint::Checkpoint;
use ledger::leaf::LeafKind;
use ledger::log::{Files, ReadError, VerifiedLog, verify_log};
use store::{Location, Publication};

fn rounds() -> u32 {
    std::env::var("CANDOR_KILL_ROUNDS").map_or(6, |n| n.parse().expect("a number"))
}

/// An example program, which cargo builds beside the tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let target = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let program = target.join("examples").join(name);
    assert!(program.is_file(), "{} is missing: run `cargo test --workspace`", program.display());
    program
}

async fn init(dir: &Path, location: &Location) {
    let database = match location {
        Location::Sqlite(_) => Database::default(),
        Location::Postgres(url) => Database { url: url.clone() },
    };
    let publisher =
        Publisher { name: "Example publisher".to_owned(), notice: None, principles: None };
    let init = Init {
        publisher,
        database,
        time_zone: "UTC".to_owned(),
        origin: Some("example.com/log".to_owned()),
        protection: app::Protection::Plain,
        signing: app::SigningKeys::Files,
    };
    app::init(dir, init).await.expect("makes a data directory");
}

/// How an intake ended, and the receipts that it gave.
struct Ended {
    was_killed: bool,
    receipts: Vec<Receipt>,
}

/// Runs an intake until it ends, or for a time.
fn run(dir: &Path, environment: &[(&str, String)], kill_after: Option<Duration>) -> Ended {
    let mut intake = Command::new(program("intake"));
    intake.args([dir.to_str().expect("UTF-8"), "48", "6"]);
    let (was_killed, lines) = run_program(intake, environment, kill_after);
    let receipts =
        lines.iter().map(|line| Receipt::from_json(line.as_bytes()).expect("a receipt")).collect();
    Ended { was_killed, receipts }
}

/// Runs a program until it ends, or for a time. Says whether it was killed, and what it told.
fn run_program(
    mut program: Command,
    environment: &[(&str, String)],
    kill_after: Option<Duration>,
) -> (bool, Vec<String>) {
    let mut child = program
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut stdout = child.stdout.take().expect("is piped");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("reads");
        // A kill may cut the last line.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(str::to_owned).collect()
    });
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        child.kill().expect("is killed");
    }
    let status = child.wait().expect("ends");
    (status.code().is_none(), reader.join().expect("reads"))
}

/// The published log as the site would serve it.
struct Published<'a> {
    candor: &'a Candor,
    publication: Publication,
    runtime: tokio::runtime::Handle,
}

impl<'a> Published<'a> {
    fn of(candor: &'a Candor, publication: Publication) -> Self {
        Self { candor, publication, runtime: tokio::runtime::Handle::current() }
    }
}

impl Files for Published<'_> {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, ReadError> {
        let public = self.candor.db.read_only();
        let read = public.log_file(path, self.publication);
        tokio::task::block_in_place(|| self.runtime.block_on(read))
            .map_err(|error| ReadError { path: path.to_owned(), what: error.to_string() })
    }
}

/// Opens the directory after a crash and checks all that was promised.
async fn check(dir: &Path, receipts: &[Receipt], before: Option<&Checkpoint>) -> Checkpoint {
    let candor = Candor::open(dir, Clock::System).await.expect("opens after a crash");
    candor.publish_checkpoint().await.expect("signs");
    let policy = candor.policy().await.expect("reads");
    let mut sizes: Vec<u64> = receipts.iter().flat_map(Receipt::sizes).collect();
    sizes.extend(before.map(|before| before.size));
    let files = Published::of(&candor, Publication::AtOnce);
    let log = verify_log(&files, &policy, &sizes).expect("the whole log verifies");
    if let Some(before) = before {
        assert_eq!(log.roots.get(&before.size), Some(&before.root), "the log was forked");
    }
    if candor.config.log.padding.is_some() {
        check_batches(&log);
    }
    for receipt in receipts {
        receipt.check(&policy, &log).expect("who holds a receipt is in the log");
    }
    let doctor = candor.doctor(Refolding::Do).await.expect("looks");
    assert!(doctor.is_well(), "{:?}", doctor.findings);
    candor.close().await;
    log.checkpoint
}

/// So many rounds share a data directory: each reads the whole log that those before it made.
const ROUNDS_IN_ONE: u32 = 25;

/// A batch each second, with room for all that an intake brings.
const SEALED: &str = "
[log.padding]
every_seconds = 1
submissions = 48
requests = 48
decisions = 48
reclassifications = 1
";

async fn init_sealed(dir: &Path, location: &Location, padding: &str) {
    init(dir, location).await;
    let settings = dir.join("candor.toml");
    let text = std::fs::read_to_string(&settings).expect("reads");
    let text = text.replace("\"at_once\"", "\"with_edition\"");
    std::fs::write(&settings, format!("{text}{padding}")).expect("writes");
}

/// In sealed mode there are whole batches and nothing else but the pads before the first.
fn check_batches(log: &VerifiedLog) {
    let count = |kind| log.links.count(kind);
    let batches = count(LeafKind::Reclassification);
    let begun = u64::from(batches > 0);
    for kind in [LeafKind::Submission, LeafKind::Request, LeafKind::Decision] {
        assert_eq!(count(kind), 48 * (batches + begun), "{kind}");
    }
}

/// How the log of a drill is sealed.
#[derive(Clone, Copy)]
enum Mode {
    AtOnce,
    /// Nobody has a receipt before a batch of the log was made.
    Batches,
}

/// Kills at moments spread over the time that an intake takes.
#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_receipted() {
    kill_at_moments(Mode::AtOnce);
}

#[test]
fn a_kill_at_any_moment_leaves_whole_batches_and_loses_nothing_that_was_receipted() {
    kill_at_moments(Mode::Batches);
}

fn kill_at_moments(mode: Mode) {
    let (rounds, killed) = (rounds(), AtomicU32::new(0));
    for first in (1..=rounds).step_by(ROUNDS_IN_ONE as usize) {
        let these = first..=rounds.min(first + ROUNDS_IN_ONE - 1);
        on_each(async |location| {
            let ended = kill(&location, mode, these.clone(), rounds).await;
            killed.fetch_add(ended, Ordering::Relaxed);
        });
    }
    assert!(killed.into_inner() > 0, "no kill came before the end");
}

/// Kills one intake after the other in one data directory; says how many a kill ended.
async fn kill(location: &Location, mode: Mode, these: RangeInclusive<u32>, rounds: u32) -> u32 {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    match mode {
        Mode::AtOnce => init(&data, location).await,
        Mode::Batches => init_sealed(&data, location, SEALED).await,
    }
    let begun = Instant::now();
    let whole = run(&data, &[], None);
    let took = begun.elapsed();
    assert_eq!((whole.was_killed, whole.receipts.len()), (false, 48));
    let (mut receipts, mut killed) = (whole.receipts, 0);
    let mut last = check(&data, &receipts, None).await;
    for round in these {
        let ended = run(&data, &[], Some(took * round / (rounds + 1)));
        killed += u32::from(ended.was_killed);
        receipts.extend(ended.receipts);
        last = check(&data, &receipts, Some(&last)).await;
    }
    killed
}

/// Kills at writes and syncs, one number after the other, on a disk that forgets what was not
/// synced. Only SQLite: PostgreSQL's own processes write its files.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_write_on_a_disk_that_forgets_loses_nothing_that_was_receipted() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let Some(shim) = compile(dir.path()) else { return };
    let fresh = dir.path().join("fresh");
    init(&fresh, &Location::Sqlite(PathBuf::new())).await;
    let data = dir.path().join("data");
    let kill_at = |write: u32| {
        copy(&fresh, &data);
        let environment = [
            ("LD_PRELOAD", shim.display().to_string()),
            ("CANDOR_KILL_BELOW", data.display().to_string()),
            ("CANDOR_KILL_AT_WRITE", write.to_string()),
        ];
        run(&data, &environment, None)
    };
    // How many writes there are is found by doubling.
    let mut writes = 1;
    while kill_at(writes).was_killed {
        writes *= 2;
    }
    assert!(writes > 64, "the shim has seen hardly a write: {writes}");
    let (mut receipted, rounds) = (0, rounds().min(writes));
    for round in 1..=rounds {
        let ended = kill_at(writes * round / (rounds + 1) + 1);
        receipted += ended.receipts.len();
        check(&data, &ended.receipts, None).await;
    }
    assert!(receipted > 0, "no kill came after a receipt");
}

/// The shim, or a word on why it was left out.
fn compile(dir: &Path) -> Option<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/unsynced.c");
    let shim = dir.join("unsynced.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .args([source, "-ldl", "-lpthread"])
        .status();
    if cfg!(target_os = "linux") && compiled.is_ok_and(|status| status.success()) {
        return Some(shim);
    }
    let is_ci = std::env::var("CANDOR_CI").is_ok_and(|ci| ci == "1");
    assert!(!is_ci, "no C compiler, or not Linux");
    eprintln!("LEFT OUT: a disk that forgets needs Linux and a C compiler");
    None
}

/// A folder in place of the one that is there.
fn copy(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("removes");
    }
    std::fs::create_dir_all(to).expect("makes");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}
