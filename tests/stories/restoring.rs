//! A machine is lost, and a backup takes its place: on the same database or on another, with one
//! log before and after.

use std::path::{Path, PathBuf};

use app::{
    Against, AsOf, By, Candor, Clock, Database, Recipients, Refolding, Restore, Restored, Site,
    restore,
};
use databases::on_each;
use domain::id::{Actor, SubmissionId};
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use store::Location;
use stories::{NOW, World, period};
use verify::{GivenOver, Pinned, PublishedLog, Verdict, Verify};

pub const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
pub const IDENTITY: &str = "# created: today\nAGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n";
const OTHER_IDENTITY: &str =
    "AGE-SECRET-KEY-1MER3P3N25J7CM5A6SX8LPZXLKL8WW63DD59H4PYK0PWSRUML66GQEYGS78\n";

/// The name of the log that each story begins with.
const ORIGIN: &str = "example.com/log";

/// Where a company keeps what a lost machine must not take with it.
pub struct Elsewhere {
    dir: tempfile::TempDir,
}

impl Elsewhere {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("identity"), IDENTITY).expect("writes");
        std::fs::write(dir.path().join("other"), OTHER_IDENTITY).expect("writes");
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let to = self.path(name);
        if from.is_dir() {
            std::fs::create_dir_all(&to).expect("makes");
            for entry in std::fs::read_dir(from).expect("reads") {
                let entry = entry.expect("reads");
                let name = format!("{name}/{}", entry.file_name().display());
                self.copy(&entry.path(), &name);
            }
        } else {
            std::fs::copy(from, &to).expect("copies");
        }
        to
    }

    pub async fn backup(&self, candor: &Candor, name: &str) -> PathBuf {
        let out = self.path(name);
        let recipients = Recipients::read(&[RECIPIENT.to_owned()]).expect("a key");
        let done = candor.backup(&out, &recipients).await.expect("backs up");
        assert_eq!(done.size_bytes, std::fs::metadata(&out).expect("is there").len());
        out
    }

    /// The operator restores to a new machine.
    pub async fn restores(&self, file: &Path, to: &To<'_>) -> Result<Restored, String> {
        let published = to.published.map(|site| PublishedLog::open(&site.display().to_string()));
        let published = published.transpose().expect("a site");
        let keys = to.keys.map(|keys| self.path(keys));
        let new = Restore {
            file,
            dir: to.dir,
            identity: &self.path(to.identity),
            keys: keys.as_deref(),
            database: match to.settings {
                Settings::Kept => None,
                Settings::Overruled => Some(database(to.location)),
            },
            against: match (&published, to.successor) {
                (Some(before), Some(origin)) => Against::Succeeding { before, origin },
                (Some(log), None) => Against::Published(log),
                (None, _) => Against::Nothing,
            },
            erasures: to.erasures.as_deref(),
        };
        restore(new, Clock::Fixed(NOW), Actor::OperatorCli).await.map_err(|e| e.to_string())
    }
}

pub struct To<'a> {
    dir: &'a Path,
    location: &'a Location,
    /// Whether the settings in the backup may name the database.
    settings: Settings,
    identity: &'static str,
    keys: Option<&'static str>,
    published: Option<&'a Path>,
    /// The name of a log that follows the published one.
    successor: Option<&'a str>,
    erasures: Option<PathBuf>,
}

pub enum Settings {
    Kept,
    Overruled,
}

impl<'a> To<'a> {
    pub fn new(dir: &'a Path, location: &'a Location, published: Option<&'a Path>) -> Self {
        let (identity, keys) = ("identity", Some("keys"));
        let settings = Settings::Overruled;
        let (successor, erasures) = (None, None);
        Self { dir, location, settings, identity, keys, published, successor, erasures }
    }

    /// Another log follows the published one.
    pub fn followed_by(self, name: &'a str) -> Self {
        Self { successor: Some(name), ..self }
    }
}

fn database(location: &Location) -> Database {
    match location {
        Location::Sqlite(_) => Database::default(),
        Location::Postgres(url) => Database { url: url.clone() },
    }
}

pub fn sqlite() -> Location {
    Location::Sqlite(PathBuf::new())
}

async fn receives(candor: &Candor, n: u8) -> app::Received {
    let arrival = app::Arrival {
        channel: Channel::Letter,
        received_on: date(2026, 3, 1),
        files: vec![domain::id::Sha256Hash([n; 32])],
        particulars: app::Particulars { reference: Some(format!("A-{n}")), nonce: None },
    };
    candor.receive(arrival, Actor::OperatorCli).await.expect("is sealed")
}

async fn resolves(candor: &Candor, id: SubmissionId) {
    let reason = NotARequest::Correspondence;
    candor.declare_not_a_request(id, reason, By::OperatorCli).await.expect("declares");
}

async fn publishes_site(candor: &Candor, out: &Path) {
    let (year, formats) = (period("2020"), report::Format::ALL);
    candor.build(year, AsOf::Now, &formats, &Site::new(out)).await.expect("builds");
}

/// What a stranger finds.
async fn checks(site: &Path, receipt: Option<&app::Received>) -> Result<Verdict, String> {
    checks_with(site, receipt, None).await
}

async fn checks_with(
    site: &Path,
    receipt: Option<&app::Received>,
    policy: Option<PathBuf>,
) -> Result<Verdict, String> {
    checks_receipt(site, receipt.map(|received| &received.receipt), policy).await
}

pub async fn checks_receipt(
    site: &Path,
    receipt: Option<&app::Receipt>,
    policy: Option<PathBuf>,
) -> Result<Verdict, String> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let receipt = receipt.map(|receipt| {
        let file = dir.path().join("receipt.json");
        std::fs::write(&file, receipt.to_json()).expect("writes");
        file
    });
    let site = site.display().to_string();
    let verify = Verify { receipt, policy, ..Verify::of(site) };
    let verdict = tokio::task::spawn_blocking(move || verify.run()).await.expect("ends");
    verdict.map_err(|error| format!("{error:#}"))
}

#[test]
fn a_lost_machine_comes_back_and_its_log_goes_on() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::with_example(sqlite()).await;
        world.editor_publishes("2020").await.expect("publishes");
        let (known, forgotten) =
            (receives(&world.candor, 1).await, receives(&world.candor, 2).await);
        resolves(&world.candor, forgotten.submission).await;
        let backup = elsewhere.backup(&world.candor, "monday").await;
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let before = world.editor_drafts_table("2021-H1").await;

        // Life goes on; then the machine is lost.
        let gone = receives(&world.candor, 3).await;
        resolves(&world.candor, known.submission).await;
        world.candor.erase(forgotten.submission, Actor::OperatorCli).await.expect("erases");
        let half_year = period("2020-H2");
        world.candor.destroy_period(half_year, Actor::OperatorCli).await.expect("destroys");
        let erasures = elsewhere.copy(&world.candor.dir.join("erasures"), "erasures");
        let site = elsewhere.path("site");
        publishes_site(&world.candor, &site).await;
        let unseen = receives(&world.candor, 4).await;
        drop(world);

        let dir = elsewhere.path("machine");
        let to = To { erasures: Some(erasures), ..To::new(&dir, &location, Some(&site)) };
        let restored = elsewhere.restores(&backup, &to).await.expect("restores");
        assert_eq!((restored.lost, restored.erased), (3, 1));
        let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        let doctor = candor.doctor(Refolding::Do).await.expect("looks");
        let wrong: Vec<_> =
            doctor.findings.iter().filter_map(|finding| finding.result.as_ref().err()).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].contains("what 2 leaves of the log seal is lost"), "{wrong:?}");
        assert!(
            candor.receipt(forgotten.submission, By::OperatorCli).await.is_err(),
            "it stays erased"
        );
        let again = candor.destroy_period(half_year, Actor::OperatorCli).await;
        assert!(again.expect_err("it stays destroyed").to_string().contains("was destroyed"));
        let world = World { candor, dir: elsewhere.dir };
        assert_eq!(world.editor_drafts_table("2021-H1").await, before);

        // It is one log: what was given out holds, and what is lost is told.
        let after = receives(&world.candor, 5).await;
        publishes_site(&world.candor, &site).await;
        let verdict = checks(&site, Some(&gone)).await.expect("its leaf is in the log");
        assert_eq!(verdict.receipt.expect("was checked").leaves[0].record["reference"], "A-3");
        checks(&site, Some(&after)).await.expect("holds");
        let more = checks(&site, Some(&known)).await.expect_err("a lost leaf is about it");
        assert!(more.contains("ask the company"), "{more}");
        let told = checks(&site, Some(&unseen)).await.expect_err("nobody else had seen it");
        assert!(told.contains("forked"), "{told}");

        // Nothing is published over it in silence.
        resolves(&world.candor, after.submission).await;
        let refused = world.editor_publishes("2026-H1").await.expect_err("something is lost");
        let refused = refused.to_string();
        assert!(refused.contains("1 submissions, 1 requests of 2026-H1"), "{refused}");
        assert_eq!(world.candor.state_loss(Actor::OperatorCli).await.expect("states"), 2);
        assert_eq!(world.candor.state_loss(Actor::OperatorCli).await.expect("states"), 0);
        world.editor_publishes("2026-H1").await.expect("publishes");
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");

        // And back to a file, from whatever database it was.
        publishes_site(&world.candor, &site).await;
        let elsewhere = Elsewhere { dir: world.dir };
        let backup = elsewhere.backup(&world.candor, "tuesday").await;
        let (dir, file) = (elsewhere.path("laptop"), sqlite());
        std::fs::create_dir(&dir).expect("makes");
        elsewhere.copy(&world.candor.dir.join("keys"), "laptop/keys");
        let mut to = To { keys: None, ..To::new(&dir, &file, Some(&site)) };
        if let Location::Postgres(_) = location {
            // Its settings name the server, which is in use.
            to.settings = Settings::Kept;
            let refused = elsewhere.restores(&backup, &to).await.expect_err("it is full");
            assert!(refused.contains("holds something already"), "{refused}");
            assert!(!dir.join("candor.toml").exists());
            to.settings = Settings::Overruled;
        }
        let restored = elsewhere.restores(&backup, &to).await.expect("restores");
        assert_eq!((restored.lost, restored.erased), (0, 0));
        let laptop = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        let doctor = laptop.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        assert_eq!(
            laptop.publish_checkpoint().await.expect("signs").checkpoint,
            world.candor.publish_checkpoint().await.expect("signs").checkpoint
        );
    });
}

/// Somebody restores an old backup as if nobody had seen the log, and goes on: now there are two
/// logs of one name. A new one follows the one that the public saw.
#[test]
fn a_log_that_cannot_go_on_gets_a_successor() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::with_example(sqlite()).await;
        world.editor_publishes("2020").await.expect("publishes");
        let known = receives(&world.candor, 1).await;
        let monday = elsewhere.backup(&world.candor, "monday").await;
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let gone = receives(&world.candor, 2).await;
        let site = elsewhere.path("site");
        publishes_site(&world.candor, &site).await;
        let pinned = elsewhere.copy(&site.join("log/policy.json"), "policy.json");
        let unseen = receives(&world.candor, 3).await;
        let before = world.editor_drafts_table("2020").await;
        drop(world);

        let (fork, file) = (elsewhere.path("fork"), sqlite());
        let to = To::new(&fork, &file, None);
        elsewhere.restores(&monday, &to).await.expect("nobody stops them");
        let forked = Candor::open(&fork, Clock::Fixed(NOW)).await.expect("opens");
        let elsewhere_sealed = receives(&forked, 4).await;
        resolves(&forked, known.submission).await;
        let tuesday = elsewhere.backup(&forked, "tuesday").await;
        drop(forked);

        let dir = elsewhere.path("machine");
        let refused = elsewhere.restores(&tuesday, &To::new(&dir, &location, Some(&site))).await;
        let refused = refused.expect_err("it went another way");
        assert!(refused.contains("--successor NAME"), "{refused}");
        let mut to = To::new(&dir, &location, Some(&site));
        to.successor = Some(ORIGIN);
        let refused = elsewhere.restores(&tuesday, &to).await.expect_err("they would be mistaken");
        assert!(refused.contains("give its successor another name"), "{refused}");
        to.successor = Some("example.com/second");
        let restored = elsewhere.restores(&tuesday, &to).await.expect("restores");
        // What the public saw, and the backup has not.
        assert_eq!(restored.lost, 1);
        let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        let doctor = candor.doctor(Refolding::Do).await.expect("looks");
        let wrong: Vec<_> =
            doctor.findings.iter().filter_map(|finding| finding.result.as_ref().err()).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].contains("what 1 leaves of the log seal is lost"), "{wrong:?}");

        // The site goes over to the new log, and a stranger can check both.
        let after = receives(&candor, 5).await;
        publishes_site(&candor, &site).await;
        let verdict = checks(&site, Some(&after)).await.expect("holds");
        assert_eq!(verdict.log.checkpoint.origin, "example.com/second");
        assert_eq!(verdict.before.len(), 1);
        for (receipt, given_over, told) in [
            (&gone, GivenOver::Published, "is of the log before"),
            (&elsewhere_sealed, GivenOver::Another, "that log was forked"),
        ] {
            let verdict = checks_with(&site, Some(receipt), Some(pinned.clone())).await;
            let verdict = verdict.expect("its leaf came over");
            assert_eq!(verdict.carried.as_ref().expect("came over").given_over, given_over);
            assert_eq!(verdict.pinned, Pinned::Yes);
            let said = verdict.to_string();
            assert!(said.contains(told) && said.contains("FOLLOWS"), "{said}");
        }
        let more = checks(&site, Some(&known)).await.expect_err("something was sealed since");
        assert!(more.contains("ask the company"), "{more}");
        let told = checks(&site, Some(&unseen)).await.expect_err("nobody has it");
        assert!(told.contains("what it seals was lost"), "{told}");
        let anew = candor.receipt(known.submission, By::OperatorCli).await.expect("is there");
        let anew = app::Received { submission: known.submission, receipt: anew };
        let verdict = checks(&site, Some(&anew)).await.expect("holds");
        assert_eq!(verdict.receipt.expect("was checked").leaves.len(), 3);

        // A leaf that was taken away from the log before is missed.
        let lost = site.join(format!("log/before/{}", folder(&site)));
        let bundle = lost.join("tile/entries/000");
        let hidden = elsewhere.path("hidden");
        std::fs::rename(&bundle, &hidden).expect("moves");
        let told = checks(&site, None).await.expect_err("its leaves are missing");
        assert!(told.contains("the log before"), "{told}");
        std::fs::rename(&hidden, &bundle).expect("moves back");

        // Life goes on, and the same can happen again.
        candor.state_loss(Actor::OperatorCli).await.expect("states");
        let world = World { candor, dir: elsewhere.dir };
        assert_eq!(world.editor_drafts_table("2020").await, before);
        let elsewhere = Elsewhere { dir: world.dir };
        let wednesday = elsewhere.backup(&world.candor, "wednesday").await;
        let (dir, file) = (elsewhere.path("laptop"), sqlite());
        let to = To { successor: Some("example.com/third"), ..To::new(&dir, &file, Some(&site)) };
        let restored = elsewhere.restores(&wednesday, &to).await.expect("restores");
        assert_eq!(restored.lost, 0);
        let laptop = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        // What was stated of leaves of the log before is stated anew.
        assert_eq!(laptop.state_loss(Actor::OperatorCli).await.expect("states"), 1);
        let doctor = laptop.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        laptop.publish_checkpoint().await.expect("signs");
        publishes_site(&laptop, &site).await;
        let verdict = checks(&site, Some(&gone)).await.expect("came over twice");
        assert_eq!(verdict.before.len(), 2);
        assert_eq!(verdict.carried.expect("came over").origin, ORIGIN);
        let thursday = elsewhere.backup(&laptop, "thursday").await;
        let again = elsewhere.path("again");
        let restored = elsewhere.restores(&thursday, &To::new(&again, &file, Some(&site))).await;
        assert_eq!(restored.expect("goes on").lost, 0);
    });
}

/// The folder of the one log before.
fn folder(site: &Path) -> String {
    let mut folders = std::fs::read_dir(site.join("log/before")).expect("is there");
    let folder = folders.next().expect("one").expect("reads").file_name();
    folder.to_str().expect("a name").to_owned()
}

#[test]
fn what_does_not_fit_is_told_and_nothing_is_half_done() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::new(sqlite()).await;
        world.editor_publishes("2020").await.expect("publishes");
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let early = elsewhere.backup(&world.candor, "early").await;
        for n in 1..=3 {
            receives(&world.candor, n).await;
        }
        let backup = elsewhere.backup(&world.candor, "backup").await;
        let site = elsewhere.path("site");
        publishes_site(&world.candor, &site).await;
        let (dir, none) = (elsewhere.path("machine"), None);
        let to = |published| To::new(&dir, &location, published);
        let nothing_is_there = || {
            assert!(!dir.exists());
            for entry in std::fs::read_dir(elsewhere.dir.path()).expect("reads") {
                let name = entry.expect("reads").file_name();
                assert!(!name.display().to_string().starts_with('.'), "{}", name.display());
            }
        };

        // The file.
        let bytes = std::fs::read(&backup).expect("reads");
        let damaged = elsewhere.path("damaged");
        let mut cut: Vec<usize> = (0..bytes.len()).step_by(bytes.len() / 7).collect();
        cut.push(bytes.len() - 1);
        for at in cut {
            std::fs::write(&damaged, &bytes[..at]).expect("writes");
            elsewhere.restores(&damaged, &to(none)).await.expect_err("it was cut");
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            std::fs::write(&damaged, flipped).expect("writes");
            let told = elsewhere.restores(&damaged, &to(none)).await.expect_err("it was changed");
            assert!(told.contains("damaged") && told.contains("decrypted"), "{at}: {told}");
            nothing_is_there();
        }
        let wrong = To { identity: "other", ..to(none) };
        let told = elsewhere.restores(&backup, &wrong).await.expect_err("a wrong identity");
        assert!(told.contains("other keys than those in"), "{told}");

        // The place, and the keys.
        let no_keys = To { keys: None, ..to(none) };
        let told = elsewhere.restores(&backup, &no_keys).await.expect_err("no keys");
        assert!(told.contains("machine/keys"), "{told}");
        let full = To { dir: &site, ..to(none) };
        let told = elsewhere.restores(&backup, &full).await.expect_err("it is full");
        assert!(told.contains("is not empty"), "{told}");
        let strangers = World::new(sqlite()).await;
        elsewhere.copy(&strangers.candor.dir.join("keys"), "strangers");
        let wrong = To { keys: Some("strangers"), ..to(none) };
        let told = elsewhere.restores(&backup, &wrong).await.expect_err("a stranger's keys");
        assert!(told.contains("the key file belongs to another database"), "{told}");
        elsewhere.copy(&world.candor.dir.join("keys/master.key"), "strangers/master.key");
        let told = elsewhere.restores(&backup, &wrong).await.expect_err("a stranger's log key");
        assert!(told.contains("is not the log key of the log"), "{told}");
        nothing_is_there();

        // The published log.
        let note = std::fs::read_to_string(site.join("log/checkpoint")).expect("reads");
        let alone = elsewhere.path("checkpoint");
        for (text, of, told) in [
            (note.clone(), &early, "name the published site, not its checkpoint alone"),
            (
                note.replace("example.com", "example.org"),
                &backup,
                "is of the log `example.com/log`",
            ),
            ("nothing".to_owned(), &backup, "checkpoint of the published log is damaged"),
        ] {
            std::fs::write(&alone, text).expect("writes");
            let refused = elsewhere.restores(of, &to(Some(&alone))).await.expect_err(told);
            assert!(refused.contains(told), "{told}: {refused}");
        }
        // Somebody else goes on from the same backup.
        let (fork, file) = (elsewhere.path("fork"), sqlite());
        elsewhere.restores(&early, &To::new(&fork, &file, None)).await.expect("restores");
        let forked = Candor::open(&fork, Clock::Fixed(NOW)).await.expect("opens");
        for n in 4..=8 {
            receives(&forked, n).await;
        }
        let fork = elsewhere.path("forked");
        publishes_site(&forked, &fork).await;
        let told = elsewhere.restores(&backup, &to(Some(&fork))).await.expect_err("a fork");
        assert!(told.contains("it went another way"), "{told}");
        // One leaf of the published log is another, or its signature is another's.
        let other = elsewhere.copy(&site, "other-site");
        let bundles = other.join("log/tile/entries/000.p");
        let bundle = std::fs::read_dir(bundles).expect("reads").next().expect("is there");
        let bundle = bundle.expect("reads").path();
        let mut entries = std::fs::read(&bundle).expect("reads");
        let last = entries.len() - 1;
        entries[last] ^= 1;
        std::fs::write(&bundle, entries).expect("writes");
        let told = elsewhere.restores(&early, &to(Some(&other))).await.expect_err("a change");
        assert!(told.contains("it went another way"), "{told}");
        let signature = |of: &Path| {
            let note = std::fs::read_to_string(of.join("log/checkpoint")).expect("reads");
            note.split_once("\n\n").map(|(text, line)| (text.to_owned(), line.to_owned()))
        };
        let ((text, _), (_, line)) =
            signature(&site).zip(signature(&fork)).expect("they are signed");
        std::fs::write(&alone, format!("{text}\n\n{line}")).expect("writes");
        let told = elsewhere.restores(&backup, &to(Some(&alone))).await.expect_err("unsigned");
        assert!(told.contains("is not signed by the log key"), "{told}");
        nothing_is_there();

        // After all of that, the same backup goes in.
        let restored = elsewhere.restores(&backup, &to(Some(&site))).await.expect("restores");
        assert_eq!(restored.lost, 0);
        Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
    });
}

/// What the public saw is not written over by a machine that does not know it.
#[test]
fn an_edition_that_was_published_after_the_backup_stays_on_the_site() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::with_example(sqlite()).await;
        world.editor_publishes("2020").await.expect("publishes");
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let backup = elsewhere.backup(&world.candor, "backup").await;
        let formats = report::Format::ALL;
        world.editor_corrects("2020", "A figure was wrong").await.expect("publishes");
        world.editor_publishes("2021-H1").await.expect("publishes");
        let out = elsewhere.path("site");
        for period in ["2020", "2021-H1"].map(period) {
            let built = world.candor.build(period, AsOf::Now, &formats, &Site::new(&out)).await;
            assert!(built.expect("builds"), "it is published");
        }
        drop(world);

        let dir = elsewhere.path("machine");
        elsewhere.restores(&backup, &To::new(&dir, &location, Some(&out))).await.expect("restores");
        let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        let world = World { candor, dir: elsewhere.dir };
        let files = ["2020/report.json", "2020/r1/index.html", "2021-H1/report.json"];
        let there = || files.map(|file| std::fs::read(out.join(file)).expect("is there"));
        let before = there();
        let refuses = async |of: &str, as_of: AsOf, revision: u32| {
            let built = world.candor.build(period(of), as_of, &formats, &Site::new(&out)).await;
            let told = built.expect_err("the public saw another").to_string();
            assert!(told.contains(&format!("revision {revision} of {of}")), "{told}");
        };
        refuses("2020", AsOf::Now, 1).await;
        refuses("2021-H1", AsOf::Now, 0).await;
        refuses("2021-H1", AsOf::Time(NOW), 0).await;
        // Published again, it is another one under the same number.
        world.candor.state_loss(Actor::OperatorCli).await.expect("states");
        world.editor_publishes("2021-H1").await.expect("publishes");
        refuses("2021-H1", AsOf::Now, 0).await;
        assert_eq!(there(), before);
        let other = Site::new(world.dir.path().join("another-site"));
        let built = world.candor.build(period("2021-H1"), AsOf::Now, &formats, &other).await;
        assert!(built.expect("has room"), "it is published");
    });
}

#[test]
fn a_backup_is_of_one_moment_while_others_go_on() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::new(location).await;
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let busy = world.candor.clone();
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let arrivals = tokio::spawn(async move {
            let mut n = 0_u64;
            while stopped.try_recv().is_err() {
                let mut file = [0; 32];
                file[..8].copy_from_slice(&n.to_le_bytes());
                let arrival = app::Arrival {
                    channel: Channel::Api,
                    received_on: date(2026, 3, 1),
                    files: vec![domain::id::Sha256Hash(file)],
                    particulars: app::Particulars::default(),
                };
                busy.receive(arrival, Actor::OperatorCli).await.expect("is sealed");
                n += 1;
            }
            n
        });
        let mut leaves = Vec::new();
        for n in 0..5 {
            let backup = elsewhere.backup(&world.candor, &format!("backup-{n}")).await;
            let (dir, file) = (elsewhere.path(&format!("machine-{n}")), sqlite());
            let to = To::new(&dir, &file, None);
            // It opens every leaf, folds every event, and builds the tree again.
            let restored = elsewhere.restores(&backup, &to).await.expect("sound");
            leaves.push(restored.leaves);
            let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
            candor.close().await;
        }
        stop.send(()).expect("it goes on until now");
        let arrived = arrivals.await.expect("ends");
        assert!(leaves.is_sorted() && leaves[0] < leaves[4], "{leaves:?} of {arrived}");
    });
}

/// A database that fails over to one that lags behind, or is set back, under a program that goes
/// on: nothing is signed over it, since the public or a sender has seen more.
#[test]
fn a_database_that_goes_back_under_a_running_program_is_not_signed() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::new(location).await;
        receives(&world.candor, 1).await;
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        let backup = elsewhere.backup(&world.candor, "backup").await;
        let (dir, file) = (elsewhere.path("machine"), sqlite());
        elsewhere.restores(&backup, &To::new(&dir, &file, None)).await.expect("is sound");
        let older = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        for n in 2..=4 {
            receives(&world.candor, n).await;
        }
        let mut behind = world.candor.clone();
        behind.db = older.db.clone();
        let arrival = |n: u8| app::Arrival {
            channel: Channel::Letter,
            received_on: date(2026, 3, 1),
            files: vec![domain::id::Sha256Hash([n; 32])],
            particulars: app::Particulars::default(),
        };
        let head = async |candor: &Candor| {
            let mut tx = candor.db.snapshot().await.expect("begins");
            (tx.tree_head().await.expect("reads"), tx.signed_checkpoint().await.expect("reads"))
        };
        let before = head(&older).await;
        let refused = behind.receive(arrival(5), Actor::OperatorCli).await.expect_err("is older");
        assert!(matches!(refused, app::Error::LogTooShort { .. }), "{refused}");
        let refused = behind.publish_checkpoint().await.expect_err("is older");
        assert!(matches!(refused, app::Error::LogTooShort { .. }), "{refused}");
        assert_eq!(head(&older).await, before, "nothing arrived, and nothing was signed");
        // It went on by itself, and is longer by now.
        for n in 12..=16 {
            receives(&older, n).await;
        }
        let before = head(&older).await;
        let refused = behind.receive(arrival(6), Actor::OperatorCli).await.expect_err("differs");
        assert!(matches!(refused, app::Error::LogDiffers { .. }), "{refused}");
        behind.after_commit().await;
        assert_eq!(head(&older).await, before);
    });
}

#[test]
fn an_outcome_that_was_lost_is_missed_until_another_follows() {
    const PENDING: &str = "reference,received_on,country,authority,category,instrument,demand,\
        emergency,accounts_specified,accounts_disclosed,outcome,ground,decided_on\n\
        R-1,2020-03-01,France,Example Court,user_data,mlat,content,no,1,,pending,,\n";
    let rejected = PENDING.replace("pending,,", "rejected,no_data,2021-04-01");
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let world = World::new(sqlite()).await;
        elsewhere.copy(&world.candor.dir.join("keys"), "keys");
        world.operator_imports("requests.csv", PENDING).await.expect("imports");
        world.editor_publishes("2020").await.expect("publishes");
        let backup = elsewhere.backup(&world.candor, "backup").await;
        let (update, real) = (app::Reimport::Update, app::Run::Real);
        world.imports("later.csv", &rejected, update, real).await.expect("imports");
        let site = elsewhere.path("site");
        publishes_site(&world.candor, &site).await;
        drop(world);

        let dir = elsewhere.path("machine");
        let to = To::new(&dir, &location, Some(&site));
        let restored = elsewhere.restores(&backup, &to).await.expect("restores");
        assert!(restored.lost > 0);
        let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        let world = World { candor, dir: elsewhere.dir };
        let refused = world.editor_corrects("2020", "late").await.expect_err("it is missed");
        assert!(refused.to_string().contains("1 outcomes of requests of 2020"), "{refused}");
        world.imports("later.csv", &rejected, update, real).await.expect("imports again");
        world.editor_corrects("2020", "late").await.expect("publishes");
        publishes_site(&world.candor, &site).await;
        let verdict = checks(&site, None).await.expect("the log holds");
        let census: u64 = verdict.log.links.census().values().map(|c| c.amended).sum();
        assert_eq!(census, 1);
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
    });
}
