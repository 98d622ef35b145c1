//! What arrives is sealed and receipted, and anyone can check it: through the site, in a copy of
//! it, with a receipt, and against a company that cheats.

use std::path::{Path, PathBuf};

use app::{
    Arrival, AsOf, By, Candor, Clock, Error, Particulars, Publish, Received, Refolding, Site,
};
use databases::on_each;
use domain::id::{Actor, Sha256Hash};
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use stories::{NOW, World, period};
use verify::{NotYetPublished, Pinned, Verdict, Verify};

/// An officer sends a letter.
fn letter(n: u8) -> Arrival {
    Arrival {
        channel: Channel::Portal,
        received_on: date(2026, 3, 1),
        files: vec![Sha256Hash([n; 32])],
        particulars: Particulars { reference: Some(format!("A-{n}")), nonce: None },
    }
}

async fn receives(world: &World, n: u8) -> Received {
    world.candor.receive(letter(n), Actor::OperatorCli).await.expect("is sealed")
}

/// The company publishes its site again, and somebody takes a copy.
async fn site(world: &World) -> PathBuf {
    let out = world.dir.path().join("site");
    let (year, formats) = (period("2020"), report::Format::ALL);
    world.candor.build(year, AsOf::Now, &formats, &Site::new(&out)).await.expect("builds");
    out
}

fn receipt_file(world: &World, received: &app::Receipt) -> PathBuf {
    let file = world.dir.path().join("receipt.json");
    std::fs::write(&file, received.to_json()).expect("writes");
    file
}

/// What a stranger finds.
async fn checks(site: &Path, receipt: Option<PathBuf>) -> Result<Verdict, String> {
    let site = site.display().to_string();
    let verify = Verify { receipt, ..Verify::of(site) };
    let verdict = tokio::task::spawn_blocking(move || verify.run()).await.expect("ends");
    verdict.map_err(|error| format!("{error:#}"))
}

#[test]
fn every_request_of_the_example_is_in_the_published_log() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let verdict = checks(&site(&world).await, None).await.expect("the log holds");
        assert_eq!(verdict.pinned, Pinned::No);
        let census = verdict.log.links.census();
        let sums = census.values().fold((0, 0, 0), |(submissions, imported, requests), c| {
            (submissions + c.submissions, imported + c.imported, requests + c.requests)
        });
        assert_eq!(sums, (265, 265, 265));
        let told = verdict.to_string();
        for words in ["93 sealed on import and not on receipt", "KEY NOT PINNED", "example.com/log"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
    });
}

#[test]
fn a_receipt_holds_against_the_published_log_and_its_copy() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let before = site(&world).await;
        let received = receives(&world, 1).await;
        let receipt = receipt_file(&world, &received.receipt);
        let early = checks(&before, Some(receipt.clone())).await.expect_err("too early");
        assert!(early.contains("has not published the log so far yet"), "{early}");
        let copy = site(&world).await;
        // A reader of one period has the log one level up.
        for place in [copy.clone(), copy.join("2020")] {
            let verdict = checks(&place, Some(receipt.clone())).await.expect("holds");
            let checked = verdict.receipt.expect("was checked");
            assert_eq!(checked.leaves.len(), 1);
            assert_eq!(checked.leaves[0].record["reference"], "A-1");
        }
        // Whoever holds only the first receipt learns that there is more, and gets it.
        let (id, reason) = (received.submission, NotARequest::Correspondence);
        let declare = world.candor.declare_not_a_request(id, reason, By::OperatorCli);
        declare.await.expect("declares");
        let copy = site(&world).await;
        let more = checks(&copy, Some(receipt)).await.expect_err("a leaf is not opened");
        assert!(more.contains("does not open it: ask the company"), "{more}");
        let anew =
            receipt_file(&world, &world.candor.receipt(id, By::OperatorCli).await.expect("opens"));
        let verdict = checks(&copy, Some(anew)).await.expect("holds");
        assert!(verdict.to_string().contains("outcome 1: not a request"), "{verdict}");
    });
}

#[test]
fn the_site_serves_the_log_that_is_in_its_files() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let log = site(&world).await.join("log");
        let mut folders = vec![log.clone()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("reads") {
                let path = entry.expect("reads").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&log).expect("is below").display().to_string();
                let answer = world.reader_gets(&format!("/log/{name}")).await;
                assert_eq!(answer.status, 200, "{name}");
                assert_eq!(answer.bytes, std::fs::read(&path).expect("reads"), "{name}");
                let kind = answer.headers["content-type"].to_str().expect("text");
                match name.as_str() {
                    "checkpoint" => assert_eq!(kind, "text/plain; charset=utf-8"),
                    name if name.starts_with("tile/") => {
                        assert_eq!(kind, "application/octet-stream");
                        let keep = answer.headers["cache-control"].to_str().expect("text");
                        assert!(keep.contains("immutable"), "{name}");
                    }
                    _ => assert_eq!(kind, "application/json"),
                }
                files += 1;
            }
        }
        assert!(files > 10, "{files}");
        for missing in ["tile/0/9", "tile/entries/000.p/0", "keys", "tile/0/000.p/257"] {
            assert_eq!(world.reader_gets(&format!("/log/{missing}")).await.status, 404);
        }
    });
}

#[test]
fn what_is_published_with_editions_shows_nothing_in_between() {
    on_each(async |location| {
        let mut world = World::with_example(location).await;
        world.candor.config.log.publish = Publish::WithEdition;
        assert_eq!(world.reader_gets("/log/checkpoint").await.status, 404);
        world.editor_publishes("2020").await.expect("publishes");
        let published = world.reader_gets("/log/checkpoint").await;
        receives(&world, 1).await;
        let later = world.reader_gets("/log/checkpoint").await;
        assert_eq!(later.bytes, published.bytes);
        let verdict = checks(&site(&world).await, None).await.expect("the log holds");
        assert_eq!(verdict.log.note.to_string().as_bytes(), published.bytes);
    });
}

/// The normal state of every receipt until the next edition.
#[test]
fn who_gets_a_receipt_between_editions_learns_that_it_is_signed_and_waits() {
    on_each(async |location| {
        let mut world = World::with_example(location).await;
        world.candor.config.log.publish = Publish::WithEdition;
        world.editor_publishes("2020").await.expect("publishes");
        let received = receives(&world, 1).await;
        let copy = site(&world).await;
        let mut verify = Verify::of(copy.display().to_string());
        verify.receipt = Some(receipt_file(&world, &received.receipt));
        verify.reference = Some("A-1".to_owned());
        let run = verify.clone();
        let waits = tokio::task::spawn_blocking(move || run.run()).await.expect("ends");
        let waits = waits.expect_err("it is not published so far");
        let not_yet = waits.downcast::<NotYetPublished>().expect("and nothing is wrong with it");
        let published = not_yet.log.as_ref().expect("an edition is").checkpoint.size;
        assert!(not_yet.leaves > published, "{} and {published}", not_yet.leaves);
        let mut told = String::new();
        not_yet.tell(&mut told).expect("tells");
        assert!(told.contains("RECEIPT SIGNED, LOG NOT PUBLISHED SO FAR"), "{told}");
        assert!(told.contains("reference: \"A-1\""), "{told}");
        world.editor_publishes("2021-H1").await.expect("publishes");
        let copy = site(&world).await;
        verify.site = copy.display().to_string();
        let verdict = tokio::task::spawn_blocking(move || verify.run()).await.expect("ends");
        let told = verdict.expect("holds").to_string();
        assert!(told.contains("RECEIPT HOLDS"), "{told}");
        assert!(told.contains("The reference is the one that you gave."), "{told}");
    });
}

#[test]
fn an_edition_waits_for_every_submission_of_its_period() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let late = Arrival { received_on: date(2020, 5, 4), ..letter(1) };
        let received = world.candor.receive(late, Actor::OperatorCli).await.expect("is sealed");
        let refused = world.editor_publishes("2020").await.expect_err("it is not resolved");
        match refused {
            Error::Unresolved { count: 1, first, .. } => {
                assert_eq!(first.to_string(), format!(", {} first", received.submission));
            }
            other => panic!("{other}"),
        }
        world.editor_publishes("2021-H1").await.expect("it is of another period");
        let (id, reason) = (received.submission, NotARequest::Test);
        let declare = world.candor.declare_not_a_request(id, reason, By::OperatorCli);
        declare.await.expect("declares");
        world.editor_publishes("2020").await.expect("publishes");
    });
}

#[test]
fn many_who_arrive_together_each_get_a_receipt_that_holds() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let arrivals: Vec<_> = (0..60_u8)
            .map(|n| {
                let candor = world.candor.clone();
                tokio::spawn(async move { candor.receive(letter(n), Actor::OperatorCli).await })
            })
            .collect();
        let mut receipts = Vec::new();
        for arrival in arrivals {
            receipts.push(arrival.await.expect("ends").expect("is sealed").receipt);
        }
        let copy = site(&world).await;
        let references: std::collections::BTreeSet<String> =
            receipts.iter().map(|r| r.contents.leaves[0].record["reference"].to_string()).collect();
        assert_eq!(references.len(), 60);
        for receipt in &receipts {
            checks(&copy, Some(receipt_file(&world, receipt))).await.expect("holds");
        }
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// The first one of a half-year makes its key, and only one of them can.
#[test]
fn those_who_come_first_in_a_half_year_at_the_same_moment_are_all_entered() {
    on_each(async |location| {
        let world = World::new(location).await;
        let arrivals: Vec<_> = (0..8_u8)
            .map(|n| {
                let candor = world.candor.clone();
                tokio::spawn(async move { candor.receive(letter(n), Actor::OperatorCli).await })
            })
            .collect();
        for arrival in arrivals {
            arrival.await.expect("ends").expect("is sealed");
        }
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn a_company_that_changes_its_files_is_caught() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let received = receives(&world, 1).await;
        let copy = site(&world).await;
        let receipt = receipt_file(&world, &received.receipt);
        checks(&copy, Some(receipt.clone())).await.expect("holds before");
        let bundle = copy.join("log/tile/entries/000");
        let honest = std::fs::read(&bundle).expect("reads");
        // The outcome of the first imported request, told otherwise.
        let mut changed = honest.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        std::fs::write(&bundle, &changed).expect("writes");
        let told = checks(&copy, None).await.expect_err("is caught");
        assert!(told.contains("the log does not hold"), "{told}");
        std::fs::write(&bundle, &honest).expect("writes");
        let checkpoint = copy.join("log/checkpoint");
        let note = std::fs::read_to_string(&checkpoint).expect("reads");
        let size: u64 = note.lines().nth(1).expect("a size").parse().expect("a number");
        std::fs::write(&checkpoint, note.replacen(&size.to_string(), &(size - 1).to_string(), 1))
            .expect("writes");
        checks(&copy, None).await.expect_err("a checkpoint that nobody signed");
    });
}

/// A copy of the database from before, put in the place of the newer one.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_database_is_refused_and_nothing_is_signed_over_it() {
    let world = World::with_example(store::Location::Sqlite(PathBuf::new())).await;
    let data = world.candor.dir.clone();
    let database = data.join("candor.db");
    let older = world.dir.path().join("older.db");
    world.candor.clone().close().await;
    std::fs::copy(&database, &older).expect("copies");
    let candor = Candor::open(&data, Clock::Fixed(NOW)).await.expect("opens");
    candor.receive(letter(1), Actor::OperatorCli).await.expect("is sealed");
    candor.close().await;
    std::fs::copy(&older, &database).expect("copies back");
    let refused = Candor::open(&data, Clock::Fixed(NOW)).await.expect_err("it is older");
    assert!(matches!(refused, Error::LogTooShort { .. }), "{refused}");
    assert!(refused.to_string().contains("Restore the newest backup"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_log_is_named_with_the_mend() {
    let ours = World::with_example(store::Location::Sqlite(PathBuf::new())).await;
    let other = World::with_example(store::Location::Sqlite(PathBuf::new())).await;
    let key = |world: &World| world.candor.dir.join("keys/log.key");
    std::fs::copy(key(&other), key(&ours)).expect("copies");
    let refused = Candor::open(&ours.candor.dir, Clock::Fixed(NOW)).await.expect_err("is foreign");
    match &refused {
        Error::WrongKey { role: "log", .. } => {}
        other => panic!("{other}"),
    }
    assert!(refused.to_string().contains("put the right file there"), "{refused}");
}
