//! Sealed mode: what arrives is recorded at once, gets its place with a batch, and nobody outside
//! can tell from the log how much there was.

use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use app::{
    Against, Arrival, By, Candor, Clock, Database, Entered, Error, HandTo, Letter, Particulars,
    Recipients, Refolding, Restore, Role, Site, restore,
};
use databases::on_each;
use domain::id::{Actor, Sha256Hash, SubmissionId};
use domain::submission::{Channel, NotARequest};
use jiff::Timestamp;
use jiff::civil::date;
use stories::{World, period};
use verify::{PublishedLog, Verdict, Verify};

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain};

/// The same, from the next batch on.
pub fn later(world: &mut World, batches: i64) {
    let Clock::Fixed(now) = world.candor.clock else { panic!("the clock stands still") };
    let then = Timestamp::from_second(now.as_second() + 60 * batches).expect("a moment");
    world.candor.clock = Clock::Fixed(then);
}

/// The operator writes into candor.toml, and opens the directory again.
pub async fn configures(world: &mut World, publish: &str, padding: &str) -> Result<(), Error> {
    let path = world.candor.dir.join("candor.toml");
    let text = std::fs::read_to_string(&path).expect("reads");
    let text = text.split("[log.padding]").next().expect("some").to_owned();
    let text = text.replace("\"at_once\"", publish).replace("\"with_edition\"", publish);
    std::fs::write(&path, format!("{text}{padding}")).expect("writes");
    world.candor = Candor::open(world.candor.dir.clone(), world.candor.clock).await?;
    Ok(())
}

pub const PADDING: &str = "
[log.padding]
every_seconds = 60
submissions = 2
requests = 2
decisions = 3
reclassifications = 1
";

pub async fn sealed(location: store::Location) -> World {
    let mut world = World::new(location).await;
    configures(&mut world, "\"with_edition\"", PADDING).await.expect("opens in sealed mode");
    world
}

pub async fn enters(world: &World, n: u8) -> SubmissionId {
    let letter = Letter {
        channel: Channel::Letter,
        received_on: date(2026, 3, 1),
        reference: Some(format!("A-{n}")),
        sender: String::new(),
        summary: String::new(),
        files: Vec::new(),
        secret: None,
    };
    match world.candor.enter_as(letter, Actor::OperatorCli).await.expect("is recorded") {
        Entered::Waiting { submission, batch_at } => {
            assert!(batch_at > world.candor.clock.now(), "the next one");
            submission
        }
        Entered::Sealed(received) => panic!("{received:?}"),
    }
}

/// The batch that is due next. Returns how many leaves of events it placed.
pub async fn batch(world: &mut World) -> u64 {
    later(world, 1);
    world.candor.seal_batch().await.expect("makes it").expect("is due")
}

pub async fn is_well(world: &World) -> String {
    let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
    assert!(doctor.is_well(), "{:?}", doctor.findings);
    let told: Vec<_> = doctor.findings.iter().filter_map(|f| f.result.as_ref().ok()).collect();
    told.into_iter().cloned().collect::<Vec<_>>().join("; ")
}

async fn site(world: &World, of: &str) -> PathBuf {
    let out = world.dir.path().join("site");
    let formats = report::Format::ALL;
    let built = world.candor.build(period(of), app::AsOf::Now, &formats, &Site::new(&out)).await;
    built.expect("builds");
    out
}

async fn checks(world: &World, of: &str, receipt: Option<&app::Receipt>) -> Verdict {
    let receipt = receipt.map(|receipt| {
        let file = world.dir.path().join("receipt.json");
        std::fs::write(&file, receipt.to_json()).expect("writes");
        file
    });
    let site = site(world, of).await.display().to_string();
    let verify = Verify { receipt, ..Verify::of(site) };
    let verdict = tokio::task::spawn_blocking(move || verify.run()).await.expect("ends");
    verdict.unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn a_receipt_is_there_with_the_batch_and_holds_with_the_edition() {
    on_each(async |location| {
        let mut world = sealed(location).await;
        let submission = enters(&world, 1).await;
        let early = world.candor.receipt(submission, By::OperatorCli).await.expect_err("waits");
        assert!(matches!(early, Error::ReceiptWaits { id, .. } if id == submission), "{early}");
        is_well(&world).await;
        assert_eq!(batch(&mut world).await, 1);
        assert_eq!(world.candor.seal_batch().await.expect("asks"), None, "once");
        let receipt = world.candor.receipt(submission, By::OperatorCli).await.expect("is there");
        assert_eq!(receipt.contents.leaves.len(), 1);
        // An edition of 2026-H1 needs it resolved, and all of it placed.
        let refused = world.editor_publishes("2026-H1").await.expect_err("it is not resolved");
        assert!(matches!(refused, Error::Unresolved { count: 1, .. }), "{refused}");
        let reason = NotARequest::Correspondence;
        let declare = world.candor.declare_not_a_request(submission, reason, By::OperatorCli);
        declare.await.expect("declares");
        assert_eq!(world.reader_gets("/log/checkpoint").await.status, 404, "nothing shows");
        world.editor_publishes("2026-H1").await.expect("publishes");
        let told = is_well(&world).await;
        assert!(told.contains(" pads") && told.contains("0 leaves wait"), "{told}");
        // With the closing, the submission has a request and two decisions.
        let whole = world.candor.receipt(submission, By::OperatorCli).await.expect("is there");
        assert_eq!(whole.contents.leaves.len(), 4);
        let verdict = checks(&world, "2026-H1", Some(&whole)).await;
        let told = verdict.to_string();
        assert!(told.contains("This log is in sealed mode"), "{told}");
        assert!(told.contains("not a request"), "{told}");
        let census = verdict.log.links.census();
        let first = census.values().next().expect("a half-year");
        assert_eq!((first.unresolved, first.undecided), (0, 0), "pads among them");
        // What comes after the edition does not show.
        let before = world.reader_gets("/log/checkpoint").await;
        enters(&world, 2).await;
        batch(&mut world).await;
        assert_eq!(world.reader_gets("/log/checkpoint").await.bytes, before.bytes);
        is_well(&world).await;
    });
}

#[test]
fn the_console_says_when_the_receipt_is_there_and_nobody_waits_for_a_batch() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        configures(&mut office.world, "\"with_edition\"", PADDING).await.expect("is sealed");
        let submission = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        let path = format!("/submissions/{submission}");
        let page = plain(office.opens(INTAKE, &path).await.text());
        // NOW is 14:13:20.
        let words = "Sealed with the batch of 21 Sep 2026, 14:14; the receipt can be had then.";
        assert!(page.contains(words) && !page.contains("Receipt for the sender"), "{page}");
        let receipt = format!("{path}/receipt");
        let early = office.opens(INTAKE, &receipt).await;
        assert_eq!(early.status, 422, "{}", plain(early.text()));
        assert!(plain(early.text()).contains("the receipt can be had then"));
        // The request is registered, verified and decided before any of it has its place.
        let case = office.registers(&submission, &[("demands", "registration")]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let page = plain(office.opens(PROPOSER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("PO-77/2026"), "{page}");
        office.confirms(CONFIRMER, &case).await;
        is_well(&office.world).await;
        for leaf in ["submission", "request", "decision"] {
            assert_eq!(batch(&mut office.world).await, 1, "{leaf}");
        }
        let page = plain(office.opens(INTAKE, &path).await.text());
        assert!(page.contains("Receipt for the sender") && !page.contains("batch"), "{page}");
        let receipt = office.opens(INTAKE, &receipt).await;
        let receipt = app::Receipt::from_json(receipt.text().as_bytes()).expect("a receipt");
        assert_eq!(receipt.contents.leaves.len(), 3);
        is_well(&office.world).await;
    });
}

#[test]
fn whoever_wants_a_receipt_waits_for_the_batch() {
    on_each(async |location| {
        let mut world = sealed(location).await;
        let arrival = |n: u8| Arrival {
            channel: Channel::Portal,
            received_on: date(2026, 3, 1),
            files: vec![Sha256Hash([n; 32])],
            particulars: Particulars::default(),
        };
        let candor = world.candor.clone();
        let senders: Vec<_> = (1..=3)
            .map(|n| {
                let candor = candor.clone();
                tokio::spawn(async move { candor.receive(arrival(n), Actor::OperatorCli).await })
            })
            .collect();
        while world.events().await < 4 {
            tokio::task::yield_now().await;
        }
        assert!(senders.iter().all(|sender| !sender.is_finished()), "nobody has a receipt");
        // There is room for two; the third one's is in the next.
        assert_eq!((batch(&mut world).await, batch(&mut world).await), (2, 1));
        for sender in senders {
            let received = sender.await.expect("ends").expect("has its receipt");
            assert_eq!(received.receipt.contents.leaves.len(), 1);
        }
        is_well(&world).await;
    });
}

#[test]
fn settings_that_cannot_hide_anything_are_refused() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let refused = configures(&mut world, "\"at_once\"", PADDING).await.expect_err("shows");
        assert!(refused.to_string().contains("publish = \"with_edition\""), "{refused}");
        let few = PADDING.replace("requests = 2", "requests = 1");
        let refused = configures(&mut world, "\"with_edition\"", &few).await.expect_err("starves");
        assert!(refused.to_string().contains("as many requests as submissions"), "{refused}");
        configures(&mut world, "\"with_edition\"", PADDING).await.expect("is sealed");
        let refused = configures(&mut world, "\"with_edition\"", "").await.expect_err("is sealed");
        assert!(refused.to_string().contains("submissions = 2, requests = 2"), "{refused}");
        let more = PADDING.replace("decisions = 3", "decisions = 9");
        configures(&mut world, "\"with_edition\"", &more).await.expect("numbers can change");
        assert_eq!(world.events().await, 2, "each change is an event");
        is_well(&world).await;
    });
}

/// The folder, with what is in it.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("makes");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
    }
}

#[test]
fn a_backup_and_the_published_log_bring_back_what_waited() {
    on_each(async |location| {
        let mut world = sealed(location).await;
        batch(&mut world).await;
        let (placed, waits) = (enters(&world, 1).await, enters(&world, 2).await);
        batch(&mut world).await;
        let reason = NotARequest::Correspondence;
        let declare = world.candor.declare_not_a_request(placed, reason, By::OperatorCli);
        declare.await.expect("declares");
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let identity = age::x25519::Identity::generate();
        let identity_file = elsewhere.path().join("identity");
        let secret = identity.to_string();
        std::fs::write(&identity_file, secret.expose_secret()).expect("writes");
        let file = elsewhere.path().join("backup");
        let recipients = Recipients::read(&[identity.to_public().to_string()]).expect("a key");
        world.candor.backup(&file, &recipients).await.expect("backs up");
        copied(&world.candor.dir.join("keys"), &elsewhere.path().join("keys"));
        // What was done after the backup but for this is what waited then.
        let declare = world.candor.declare_not_a_request(waits, reason, By::OperatorCli);
        declare.await.expect("declares");
        world.editor_publishes("2026-H1").await.expect("publishes");
        let site = site(&world, "2026-H1").await;
        let receipt = world.candor.receipt(placed, By::OperatorCli).await.expect("opens");
        let leaves = receipt.contents.leaves.len();
        // The machine is lost.
        let published = PublishedLog::open(&site.display().to_string()).expect("a site");
        let dir = elsewhere.path().join("data");
        let new = Restore {
            file: &file,
            dir: &dir,
            identity: &identity_file,
            keys: Some(&elsewhere.path().join("keys")),
            database: Some(Database::default()),
            against: Against::Published(&published),
            erasures: None,
        };
        let restored = restore(new, world.candor.clock, Actor::OperatorCli).await;
        let restored = restored.expect("restores");
        // The other submission's two leaves of its declaration, and the closing of both.
        assert_eq!(restored.lost, 2 + 2 + 1, "and the audit leaf");
        world.candor = Candor::open(&dir, world.candor.clock).await.expect("opens");
        let told = world.candor.doctor(Refolding::Do).await.expect("looks");
        let wrong: Vec<_> = told.findings.iter().filter(|f| f.result.is_err()).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].subject, "lost", "and nothing else");
        // What waited then stands where it was published.
        let opened = world.candor.receipt(placed, By::OperatorCli).await.expect("opens");
        assert_eq!(opened.contents.leaves.len(), leaves - 1, "all but its closing");
        assert_eq!(opened.contents.leaves[1].leaf, receipt.contents.leaves[1].leaf);
        batch(&mut world).await;
    });
}

#[test]
fn keys_are_handed_over_and_texts_erased_between_batches() {
    on_each(async |location| {
        let mut world = sealed(location).await;
        world.operator_imports("requests.csv", stories::REQUESTS).await.expect("imports");
        world.operator_imports("figures.csv", stories::FIGURES).await.expect("imports");
        let (one, two) = (enters(&world, 1).await, enters(&world, 2).await);
        let reason = NotARequest::Correspondence;
        for id in [one, two] {
            let declare = world.candor.declare_not_a_request(id, reason, By::OperatorCli);
            declare.await.expect("declares");
        }
        world.candor.erase(one, Actor::OperatorCli).await.expect("erases");
        world
            .candor
            .rotate_key(Role::Log, HandTo::File, Actor::OperatorCli)
            .await
            .expect("hands over");
        for placed in [2, 2, 2] {
            assert_eq!(batch(&mut world).await, placed);
        }
        let gone = world.candor.receipt(one, By::OperatorCli).await.expect_err("is erased");
        assert!(matches!(gone, Error::NoSubmission(_)), "{gone}");
        let receipt = world.candor.receipt(two, By::OperatorCli).await.expect("opens");
        world.editor_publishes("2020").await.expect("publishes");
        checks(&world, "2020", Some(&receipt)).await;
        let verdict = checks(&world, "2020", None).await;
        let requests = verdict.log.links.census().values().map(|c| c.amended).sum::<u64>();
        assert!(requests >= 160, "each of the year was closed: {requests}");
        is_well(&world).await;
        let half = period("2020-H1");
        world.candor.destroy_period(half, Actor::OperatorCli).await.expect("destroys");
        world.editor_corrects("2020", "A figure was wrong").await.expect("publishes");
        is_well(&world).await;
        checks(&world, "2020", None).await;
    });
}
