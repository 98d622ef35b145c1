//! Witnesses cosign what the public sees, and never hold up what arrives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::{Arrival, Candor, Clock, Particulars, Refolding, Witness};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use databases::on_each;
use domain::id::{Actor, Sha256Hash};
use domain::submission::Channel;
use ed25519_dalek::{Signer, SigningKey};
use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::note::{KeyKind, SignatureLine, VerifierKey, cosigned_message};
use ledger::proof::AddCheckpoint;
use ledger::tree::verify_consistency;
use stories::{NOW, World};

use crate::published::Published;

/// What a witness does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conduct {
    /// As C2SP tlog-witness says, and other lines come with its own.
    Honest,
    /// It takes the request and never answers.
    Silent,
    /// It signs another text.
    Lying,
    /// It signs with a key that nobody knows.
    Strange,
    /// It has not heard of the log.
    Ignorant,
}

/// A witness on this machine.
#[derive(Clone)]
struct TestWitness {
    key: SigningKey,
    verifier: VerifierKey,
    conduct: Conduct,
    log_key: VerifierKey,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    last: Option<Checkpoint>,
    /// The sizes that it was told it had seen, one for each request.
    asked: Vec<u64>,
}

impl TestWitness {
    /// Each seed is another one. Returns it with its settings.
    async fn start(world: &World, seed: u8, conduct: Conduct) -> (Self, Witness) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = key.verifying_key().to_bytes();
        let name = format!("witness.example/{seed}");
        let verifier = VerifierKey::new(&name, KeyKind::Cosignature, public).expect("a key");
        let log_key = world.candor.policy().await.expect("reads").log_key;
        let seen = Arc::default();
        let witness = Self { key, verifier, conduct, log_key, seen };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/w/", listener.local_addr().expect("an address"));
        let router =
            Router::new().route("/w/add-checkpoint", post(add)).with_state(witness.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        let settings = Witness { key: witness.verifier.clone(), url };
        (witness, settings)
    }

    fn cosign(&self, text: &str, key: &VerifierKey) -> SignatureLine {
        const TIME: u64 = 1_790_000_000;
        let signature = self.key.sign(cosigned_message(text, TIME).as_bytes());
        SignatureLine::new(key, &[TIME.to_be_bytes().as_slice(), &signature.to_bytes()].concat())
    }

    /// The sizes that it was told, since it was last asked for them.
    fn asked(&self) -> Vec<u64> {
        std::mem::take(&mut self.seen.lock().expect("whole").asked)
    }
}

async fn add(State(witness): State<TestWitness>, body: String) -> Response {
    if witness.conduct == Conduct::Silent {
        return std::future::pending().await;
    }
    if witness.conduct == Conduct::Ignorant {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(request) = body.parse::<AddCheckpoint>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !request.checkpoint.is_signed_by(&witness.log_key).unwrap_or(false) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let text = request.checkpoint.text();
    let new: Checkpoint = text.parse().expect("the log has signed it");
    let mut seen = witness.seen.lock().expect("whole");
    seen.asked.push(request.old_size);
    let (size, root) = seen.last.as_ref().map_or((0, Hash::empty()), |last| (last.size, last.root));
    if request.old_size != size || (size == new.size && root != new.root) {
        let headers = [(header::CONTENT_TYPE, "text/x.tlog.size")];
        return (StatusCode::CONFLICT, headers, format!("{size}\n")).into_response();
    }
    if request.old_size > new.size {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !verify_consistency((size, root), (new.size, new.root), &request.path) {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    seen.last = Some(new);
    let own = &witness.verifier;
    match witness.conduct {
        Conduct::Lying => witness.cosign("another text\n", own).to_string().into_response(),
        Conduct::Strange => {
            let public = witness.key.verifying_key().to_bytes();
            let other = VerifierKey::new("other.example", KeyKind::Cosignature, public);
            witness.cosign(text, &other.expect("a key")).to_string().into_response()
        }
        Conduct::Honest | Conduct::Silent | Conduct::Ignorant => {
            let unknown = SignatureLine { signature: vec![7; 90], ..witness.cosign(text, own) };
            let unknown = SignatureLine { name: "unknown.example".to_owned(), ..unknown };
            format!("{unknown}{}", witness.cosign(text, own)).into_response()
        }
    }
}

/// Nobody listens there.
async fn nobody(seed: u8) -> Witness {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let public = SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
    let key = VerifierKey::new("witness.example/down", KeyKind::Cosignature, public);
    Witness { key: key.expect("a key"), url }
}

/// The operator writes the witnesses into the settings, and candor is started again.
async fn restarts(
    world: &mut World,
    quorum: usize,
    witnesses: &[&Witness],
) -> Result<(), app::Error> {
    let settings = world.candor.dir.join("candor.toml");
    let text = std::fs::read_to_string(&settings).expect("reads");
    let lines = text.lines().filter(|line| !line.starts_with("quorum = "));
    let kept: Vec<&str> = lines.take_while(|line| !line.starts_with("[[log.witness]]")).collect();
    let mut text = kept.join("\n").replace("[log]", &format!("[log]\nquorum = {quorum}"));
    for Witness { key, url } in witnesses {
        text.push_str(&format!("\n[[log.witness]]\nkey = \"{key}\"\nurl = \"{url}\"\n"));
    }
    std::fs::write(&settings, text).expect("writes");
    world.candor = Candor::open(&world.candor.dir, Clock::Fixed(NOW)).await?;
    Ok(())
}

fn letter(world: &World, n: u8) -> Arrival {
    Arrival {
        channel: Channel::Letter,
        received_on: world.candor.today(),
        files: vec![Sha256Hash([n; 32])],
        particulars: Particulars::default(),
    }
}

/// Something arrives, which grows the log and publishes its checkpoint.
async fn grows(world: &World, n: u8) {
    world.candor.receive(letter(world, n), Actor::OperatorCli).await.expect("is sealed");
    // At once, and not when the program next finds the time.
    world.candor.publish_to_witnesses().await;
}

/// What the doctor says of the witnesses.
async fn doctor(world: &World) -> Result<String, String> {
    let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
    let finding = doctor.findings.into_iter().find(|finding| finding.subject == "witnesses");
    finding.expect("a finding").result
}

#[test]
fn what_the_public_sees_is_cosigned_and_holds_under_its_policy() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (one, one_set) = TestWitness::start(&world, 11, Conduct::Honest).await;
        let (_, two_set) = TestWitness::start(&world, 12, Conduct::Honest).await;
        restarts(&mut world, 2, &[&one_set, &two_set]).await.expect("opens");
        grows(&world, 1).await;
        let published = Published::of(&world).await.expect("a checkpoint");
        let policy = published.policy();
        assert_eq!((policy.quorum, policy.witnesses.len()), (2, 2));
        published.verified(&policy, &[]).expect("holds");
        // The log's line and theirs: unknown lines are nobody's concern.
        assert_eq!(published.note().signatures.len(), 3);
        assert_eq!(policy.cosignatures(&published.note()), Ok(2));
        // One request each: what it saw last is known, also after a restart.
        assert_eq!(one.asked(), [0]);
        let before = published.checkpoint().size;
        restarts(&mut world, 2, &[&one_set, &two_set]).await.expect("opens");
        grows(&world, 2).await;
        assert_eq!(one.asked(), [before]);
        // The same tree again: nobody is asked, and nothing is lost.
        world.candor.publish_checkpoint().await.expect("publishes");
        assert_eq!(one.asked(), Vec::<u64>::new());
        let published = Published::of(&world).await.expect("a checkpoint");
        assert_eq!(policy.cosignatures(&published.note()), Ok(2));
        let told = doctor(&world).await.expect("is well");
        assert!(told.starts_with("2 of 2 have signed"), "{told}");
        world.candor.close().await;
    });
}

#[test]
fn one_that_is_down_is_left_out_and_told() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (_, up) = TestWitness::start(&world, 11, Conduct::Honest).await;
        let down = nobody(12).await;
        restarts(&mut world, 1, &[&up, &down]).await.expect("opens");
        grows(&world, 1).await;
        let published = Published::of(&world).await.expect("a checkpoint");
        let policy = published.policy();
        published.verified(&policy, &[]).expect("holds");
        assert_eq!(policy.cosignatures(&published.note()), Ok(1));
        let told = doctor(&world).await.expect("one is enough");
        assert!(told.contains("1 of 2") && told.contains("down: http"), "{told}");
        world.candor.close().await;
    });
}

#[test]
fn without_its_quorum_the_public_goes_on_seeing_the_last_that_had_it() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        grows(&world, 1).await;
        let before = Published::of(&world).await.expect("a checkpoint");
        let (_, up) = TestWitness::start(&world, 11, Conduct::Honest).await;
        let down = nobody(12).await;
        restarts(&mut world, 2, &[&up, &down]).await.expect("opens");
        // It is sealed and acknowledged all the same.
        grows(&world, 2).await;
        grows(&world, 3).await;
        let now = Published::of(&world).await.expect("a checkpoint");
        assert_eq!(now.checkpoint(), before.checkpoint());
        // The policy beside it is the one that it satisfies.
        assert_eq!(now.policy(), before.policy());
        now.verified(&now.policy(), &[]).expect("holds");
        let told = doctor(&world).await.expect_err("is not well");
        assert!(told.contains("1 of 2") && told.contains("2 are needed"), "{told}");
        assert!(told.contains("the log as it was at 2 leaves"), "{told}");

        // The operator asks for fewer: the same tree goes out, and the policy with it.
        restarts(&mut world, 1, &[&up, &down]).await.expect("opens");
        world.candor.publish_checkpoint().await.expect("publishes");
        let now = Published::of(&world).await.expect("a checkpoint");
        assert_eq!(now.checkpoint().size, 4);
        assert_eq!((now.policy().quorum, now.policy().witnesses.len()), (1, 2));
        now.verified(&now.policy(), &[]).expect("holds");
        // Who has pinned what was there before reads on.
        now.verified(&before.policy(), &[]).expect("holds");
        doctor(&world).await.expect("is well");
        world.candor.close().await;
    });
}

#[test]
fn a_cosignature_that_does_not_hold_never_gets_out() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (_, good) = TestWitness::start(&world, 12, Conduct::Honest).await;
        for (n, conduct, told) in [
            (13, Conduct::Lying, "its cosignature does not hold"),
            (14, Conduct::Strange, "without a cosignature by the key in the settings"),
            (15, Conduct::Ignorant, "it does not know this log"),
        ] {
            let (_, bad) = TestWitness::start(&world, n, conduct).await;
            restarts(&mut world, 1, &[&bad, &good]).await.expect("opens");
            grows(&world, n).await;
            let published = Published::of(&world).await.expect("a checkpoint");
            published.verified(&published.policy(), &[]).expect("holds");
            assert_eq!(published.note().signatures.len(), 2, "{conduct:?}");
            let text = doctor(&world).await.expect("one is enough");
            assert!(text.contains(told), "{conduct:?}: {text}");
        }
        world.candor.close().await;
    });
}

#[test]
fn a_witness_that_knows_better_is_asked_once_more() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (witness, set) = TestWitness::start(&world, 11, Conduct::Honest).await;
        restarts(&mut world, 1, &[&set]).await.expect("opens");
        grows(&world, 1).await;
        let first = Published::of(&world).await.expect("a checkpoint").checkpoint();
        grows(&world, 2).await;
        witness.asked();
        // It has lost what it saw after the first one.
        witness.seen.lock().expect("whole").last = Some(first.clone());
        grows(&world, 3).await;
        assert_eq!(witness.asked(), [first.size + 1, first.size]);
        let published = Published::of(&world).await.expect("a checkpoint");
        assert_eq!(published.checkpoint().size, first.size + 2);

        // It has seen more than there is.
        let more = Checkpoint { size: 1_000, ..first.clone() };
        witness.seen.lock().expect("whole").last = Some(more);
        grows(&world, 4).await;
        assert_eq!(witness.asked().len(), 1);
        let published = Published::of(&world).await.expect("a checkpoint");
        assert_eq!(published.checkpoint().size, first.size + 2);
        let told = doctor(&world).await.expect_err("is not well");
        assert!(told.contains("signed a checkpoint over 1000 leaves"), "{told}");

        // It saw another tree of this size: the log was forked, or it lies.
        let size = first.size + 3;
        witness.seen.lock().expect("whole").last =
            Some(Checkpoint { size, root: Hash::of(b"another"), ..first });
        world.candor.publish_checkpoint().await.expect("publishes");
        let told = doctor(&world).await.expect_err("is not well");
        assert!(told.contains("may have been forked"), "{told}");
        world.candor.close().await;
    });
}

#[test]
fn nobody_who_sends_something_waits_for_a_witness() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (_, silent) = TestWitness::start(&world, 11, Conduct::Silent).await;
        restarts(&mut world, 1, &[&silent]).await.expect("opens");
        for n in 0..3 {
            // A witness is waited for longer.
            let received = world.candor.receive(letter(&world, n), Actor::OperatorCli);
            let received = tokio::time::timeout(Duration::from_secs(3), received).await;
            let received = received.expect("nobody waits").expect("is sealed");
            assert_eq!(received.receipt.contents.leaves.len(), 1);
        }
        world.candor.publish_to_witnesses().await;
        assert!(Published::of(&world).await.is_none(), "nobody has cosigned");
        let told = doctor(&world).await.expect_err("is not well");
        assert!(told.contains("sees no checkpoint yet") && told.contains("timeout"), "{told}");
        world.candor.close().await;
    });
}

#[test]
fn witnesses_learn_of_nothing_that_the_public_does_not_see_yet() {
    on_each(async |location| {
        let mut world = World::with_example(location).await;
        let (witness, set) = TestWitness::start(&world, 11, Conduct::Honest).await;
        let path = world.candor.dir.join("candor.toml");
        let text = std::fs::read_to_string(&path).expect("reads");
        std::fs::write(&path, text.replace("\"at_once\"", "\"with_edition\"")).expect("writes");
        restarts(&mut world, 1, &[&set]).await.expect("opens");
        grows(&world, 1).await;
        world.candor.publish_checkpoint().await.expect("signs");
        assert_eq!(witness.asked(), [0_u64; 0]);
        world.editor_publishes("2020").await.expect("publishes");
        assert_eq!(witness.asked().len(), 1);
        let published = Published::of(&world).await.expect("a checkpoint");
        published.verified(&published.policy(), &[]).expect("holds");
        grows(&world, 2).await;
        assert_eq!(witness.asked(), [0_u64; 0]);
        world.candor.close().await;
    });
}

#[test]
fn settings_that_no_verifier_would_take_are_refused() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (_, one) = TestWitness::start(&world, 11, Conduct::Honest).await;
        let error = restarts(&mut world, 2, &[&one]).await.expect_err("can't be reached");
        assert!(error.to_string().contains("a quorum of 2 out of 1"), "{error}");
        let error = restarts(&mut world, 1, &[&one, &one]).await.expect_err("stands twice");
        assert!(error.to_string().contains("stands twice"), "{error}");
    });
}
