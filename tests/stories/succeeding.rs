//! A log in sealed mode can't go on, and another follows it: nobody learns from the two which leaves
//! stood for something.

use std::path::Path;

use app::{AsOf, By, Candor, Clock, Refolding, Site};
use databases::on_each;
use domain::id::{Actor, SubmissionId};
use domain::submission::NotARequest;
use ledger::leaf::{Leaf, LeafKind};
use ledger::log::each_leaf;
use stories::{World, period};
use verify::{GivenOver, PublishedLog};

use crate::batches::{batch, enters, is_well, sealed};
use crate::restoring::{Elsewhere, To, checks_receipt, sqlite};

async fn resolves(world: &World, id: SubmissionId) {
    let reason = NotARequest::Correspondence;
    world.candor.declare_not_a_request(id, reason, By::OperatorCli).await.expect("declares");
}

async fn receipt(world: &World, id: SubmissionId) -> app::Receipt {
    world.candor.receipt(id, By::OperatorCli).await.expect("has its place")
}

async fn builds(world: &World, site: &Path, of: &str) {
    let (of, formats) = (period(of), report::Format::ALL);
    world.candor.build(of, AsOf::Now, &formats, &Site::new(site)).await.expect("builds");
}

/// The whole machine, as it comes back.
async fn opens(dir: &Path, world: &World) -> World {
    let candor = Candor::open(dir, world.candor.clock).await.expect("opens");
    World { candor, dir: tempfile::tempdir().expect("a temporary folder") }
}

/// What is wrong, but that something is lost.
async fn faults(world: &World) -> Vec<String> {
    let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
    let wrong = doctor.findings.into_iter().filter(|finding| finding.subject != "lost");
    wrong.filter_map(|finding| finding.result.err()).collect()
}

/// The leaves about requests of a published log, as far as they are the same in one that follows.
async fn leaves(site: &Path, of: &str) -> Vec<Leaf> {
    let site = site.join(of).display().to_string();
    let verdict = checks_receipt(Path::new(&site), None, None).await.expect("holds");
    let mut leaves = Vec::new();
    let files = PublishedLog::open(&site).expect("a site");
    each_leaf(&files, &verdict.log.checkpoint, |_, leaf| {
        if leaf.parent().is_some() || leaf.kind() == LeafKind::Submission {
            leaves.push(leaf.clone());
        }
    })
    .expect("reads");
    leaves
}

/// Seal, commitment and numbers: all but the place.
fn told(leaves: &[Leaf]) -> Vec<String> {
    let told = |leaf: &Leaf| {
        let number = match leaf {
            Leaf::Request { ordinal, .. } => u32::from(*ordinal),
            Leaf::Decision { seq, .. } | Leaf::Reclassification { seq, .. } => *seq,
            _ => 0,
        };
        format!("{} {:?} {:?} {number}", leaf.kind(), leaf.seal(), leaf.commitment())
    };
    leaves.iter().map(told).collect()
}

#[test]
fn a_log_in_sealed_mode_gets_a_successor_that_shows_no_more_than_it_did() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let mut first = sealed(sqlite()).await;
        first.operator_imports("requests.csv", stories::REQUESTS).await.expect("imports");
        first.operator_imports("figures.csv", stories::FIGURES).await.expect("imports");
        let counts = first.editor_drafts_table("2020").await;
        let known = enters(&first, 1).await;
        batch(&mut first).await;
        resolves(&first, known).await;
        batch(&mut first).await;
        first.editor_publishes("2020").await.expect("publishes");
        // When the backup is made, one has its place and two wait for theirs.
        let (waits, later) = (enters(&first, 2).await, enters(&first, 3).await);
        let monday = elsewhere.backup(&first.candor, "monday").await;
        elsewhere.copy(&first.candor.dir.join("keys"), "keys");
        batch(&mut first).await;
        let gone = enters(&first, 4).await;
        resolves(&first, waits).await;
        batch(&mut first).await;
        resolves(&first, gone).await;
        batch(&mut first).await;
        batch(&mut first).await;
        first.editor_publishes("2021-H1").await.expect("publishes");
        let site = elsewhere.path("site");
        builds(&first, &site, "2021-H1").await;
        let published = leaves(&site, "").await;
        let of_gone = receipt(&first, gone).await;
        let clock = first.candor.clock;

        // Somebody goes on from the backup as if nobody had seen the log.
        let (fork, file) = (elsewhere.path("fork"), sqlite());
        elsewhere.restores(&monday, &To::new(&fork, &file, None)).await.expect("restores");
        let mut forked = opens(&fork, &first).await;
        drop(first);
        batch(&mut forked).await;
        let other = enters(&forked, 5).await;
        resolves(&forked, waits).await;
        resolves(&forked, later).await;
        batch(&mut forked).await;
        resolves(&forked, other).await;
        batch(&mut forked).await;
        batch(&mut forked).await;
        // The closing of an edition that the public did not see.
        forked.editor_publishes("2026-H1").await.expect("publishes");
        let of_other = receipt(&forked, other).await;
        let unplaced = enters(&forked, 6).await;
        let tuesday = elsewhere.backup(&forked.candor, "tuesday").await;

        let dir = elsewhere.path("machine");
        let to = To::new(&dir, &location, Some(&site));
        let refused = elsewhere.restores(&tuesday, &to).await.expect_err("it went another way");
        assert!(refused.contains("--successor NAME"), "{refused}");
        let to = to.followed_by("example.com/second");
        let restored = elsewhere.restores(&tuesday, &to).await.expect("restores");
        // A submission and its two leaves, the declaration of one that waited, and the closing.
        assert_eq!(restored.lost, 3 + 2 + 105);
        let mut second = opens(&dir, &forked).await;
        drop(forked);
        assert_eq!(faults(&second).await, Vec::<String>::new());
        assert_eq!(second.editor_drafts_table("2020").await, counts);
        let shown = second.reader_gets("/log/checkpoint").await;
        let there = std::fs::read(site.join("log/checkpoint")).expect("reads");
        assert_eq!(shown.bytes, there, "until the next edition, the old one");
        second.candor.state_loss(Actor::OperatorCli).await.expect("states");
        // The other way comes back with batches as if it were new.
        let early = second.candor.receipt(other, By::OperatorCli).await.expect_err("it waits");
        assert!(matches!(early, app::Error::ReceiptWaits { .. }), "{early}");
        while batch(&mut second).await > 0 {
            is_well(&second).await;
        }
        second.editor_corrects("2020", "The log began anew").await.expect("publishes");
        builds(&second, &site, "2020").await;

        // All that the new log says of the old one, the old one said.
        let now = leaves(&site, "").await;
        let (carried, new) = now.split_at(published.len());
        assert_eq!(told(carried), told(&published));
        let before: std::collections::HashSet<_> =
            published.iter().filter_map(Leaf::seal).collect();
        assert!(new.iter().filter_map(Leaf::seal).all(|seal| !before.contains(&seal)));
        let verdict = checks_receipt(&site, Some(&of_gone), None).await.expect("came over");
        assert_eq!(verdict.carried.expect("came over").given_over, GivenOver::Published);
        let verdict = checks_receipt(&site, Some(&of_other), None).await.expect("came over");
        assert_eq!(verdict.carried.expect("came over").given_over, GivenOver::Another);
        let half = receipt(&second, waits).await;
        let refused = checks_receipt(&site, Some(&half), None).await.expect_err("one is lost");
        assert!(refused.contains("ask the company"), "{refused}");
        for id in [known, later, other, unplaced] {
            let anew = receipt(&second, id).await;
            checks_receipt(&site, Some(&anew), None).await.expect("holds");
        }

        // And again: from a backup that goes on from what the public saw.
        let new = enters(&second, 7).await;
        batch(&mut second).await;
        resolves(&second, new).await;
        let wednesday = elsewhere.backup(&second.candor, "wednesday").await;
        let (dir, file) = (elsewhere.path("laptop"), sqlite());
        let to = To::new(&dir, &file, Some(&site)).followed_by("example.com/third");
        let restored = elsewhere.restores(&wednesday, &to).await.expect("restores");
        assert_eq!(restored.lost, 0);
        let mut third = opens(&dir, &second).await;
        drop(second);
        assert!(matches!((clock, third.candor.clock), (Clock::Fixed(a), Clock::Fixed(b)) if a < b));
        assert_eq!(faults(&third).await, Vec::<String>::new());
        assert_eq!(third.editor_drafts_table("2020").await, counts);
        third.candor.state_loss(Actor::OperatorCli).await.expect("states anew");
        resolves(&third, unplaced).await;
        while batch(&mut third).await > 0 {}
        third.editor_corrects("2020", "The log began anew, again").await.expect("publishes");
        third.editor_corrects("2026-H1", "All is placed").await.expect("closes what is open");
        builds(&third, &site, "2020").await;
        is_well(&third).await;
        let told_now = told(&leaves(&site, "").await);
        assert_eq!(told_now[..now.len()], told(&now));
        let verdict = checks_receipt(&site, Some(&of_gone), None).await.expect("came over twice");
        assert_eq!(verdict.before.len(), 2);
        for id in [known, later, other, unplaced, new] {
            let anew = receipt(&third, id).await;
            checks_receipt(&site, Some(&anew), None).await.expect("holds");
        }
    });
}
