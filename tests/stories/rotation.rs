//! Keys that sign follow each other, and whoever has pinned the first goes on verifying.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use app::{Arrival, By, Candor, Clock, HandTo, Particulars, Receipt, Refolding, Role};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use databases::on_each;
use domain::id::{Actor, Sha256Hash};
use domain::submission::Channel;
use ed25519_dalek::{Signer, SigningKey};
use ledger::checkpoint::Policy;
use serde_json::{Value, json};
use stories::{NOW, World};

use crate::published::Published;

fn letter(candor: &Candor, n: u8) -> Arrival {
    Arrival {
        channel: Channel::Letter,
        received_on: candor.today(),
        files: vec![Sha256Hash([n; 32])],
        particulars: Particulars::default(),
    }
}

async fn arrives(candor: &Candor, n: u8) -> Receipt {
    candor.receive(letter(candor, n), Actor::OperatorCli).await.expect("is sealed").receipt
}

async fn rotates(candor: &Candor, role: Role) -> app::Rotated {
    let rotated = candor.rotate_key(role, HandTo::AsSettingsSay, Actor::OperatorCli).await;
    rotated.expect("rotates")
}

async fn opens(world: &World) -> Result<Candor, app::Error> {
    Candor::open(&world.candor.dir, Clock::Fixed(NOW)).await
}

fn key(world: &World, name: &str) -> PathBuf {
    world.candor.dir.join("keys").join(name)
}

/// Everything that was published and handed out holds for who has pinned the first keys.
async fn all_hold(world: &World, pinned: &Policy, receipts: &[Receipt]) {
    let published = Published::of(world).await.expect("a checkpoint");
    assert_eq!(published.policy(), *pinned, "the published keys are the first ones");
    let sizes: Vec<u64> = receipts.iter().flat_map(Receipt::sizes).collect();
    let log = published.verified(pinned, &sizes).expect("the log holds");
    for receipt in receipts {
        receipt.check(pinned, &log).expect("the receipt holds");
    }
}

#[test]
fn each_key_is_replaced_and_everything_goes_on_holding() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let mut receipts = vec![arrives(&world.candor, 1).await];
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        for (n, role) in [Role::Log, Role::Receipt, Role::Report, Role::Log].into_iter().enumerate()
        {
            let file = key(&world, &format!("{}.key", role.name()));
            let before = std::fs::read(&file).expect("reads");
            let size = Published::of(&world).await.expect("a checkpoint").checkpoint().size;
            let rotated = rotates(&world.candor, role).await;
            assert_eq!(rotated.leaf, size);
            assert_ne!(std::fs::read(&file).expect("reads"), before, "the old key is gone");
            assert!(!key(&world, &format!("{}.key.next", role.name())).exists());
            all_hold(&world, &pinned, &receipts).await;
            receipts.push(arrives(&world.candor, 2 + n as u8).await);
            all_hold(&world, &pinned, &receipts).await;
            // And after a restart.
            world.candor = opens(&world).await.expect("opens");
        }
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        world.candor.close().await;
    });
}

#[test]
fn a_crash_leaves_a_key_that_is_found() {
    on_each(async |location| {
        let world = World::new(location).await;
        let receipts = [arrives(&world.candor, 1).await];
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        let (file, next) = (key(&world, "log.key"), key(&world, "log.key.next"));
        let old = std::fs::read(&file).expect("reads");

        // Before the commit: the log knows nothing of the new key.
        let other = std::fs::read(key(&world, "report.key")).expect("reads");
        std::fs::write(&next, &other).expect("writes");
        let candor = opens(&world).await.expect("opens");
        rotates(&candor, Role::Log).await;
        assert!(!next.exists());

        // After the commit: the files are as they were before, the log is handed over.
        std::fs::rename(&file, &next).expect("moves");
        std::fs::write(&file, &old).expect("writes");
        let candor = opens(&world).await.expect("opens");
        assert!(!next.exists());
        assert_ne!(std::fs::read(&file).expect("reads"), old);
        let receipts = [receipts[0].clone(), arrives(&candor, 2).await];
        all_hold(&world, &pinned, &receipts).await;

        // A key that is nowhere is told.
        std::fs::write(&file, &old).expect("writes");
        let error = opens(&world).await.expect_err("the key is missing").to_string();
        assert!(error.contains("log.key is not the log key of the log"), "{error}");
        candor.close().await;
        world.candor.close().await;
    });
}

#[test]
fn a_process_that_runs_meanwhile_signs_with_the_new_keys() {
    on_each(async |location| {
        let world = World::new(location).await;
        let other = opens(&world).await.expect("opens");
        let mut receipts = vec![arrives(&world.candor, 1).await, arrives(&other, 2).await];
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        rotates(&other, Role::Log).await;
        rotates(&other, Role::Receipt).await;
        receipts.push(arrives(&world.candor, 3).await);
        all_hold(&world, &pinned, &receipts).await;
        rotates(&world.candor, Role::Log).await;
        receipts.push(arrives(&other, 4).await);
        all_hold(&world, &pinned, &receipts).await;
        other.close().await;
        world.candor.close().await;
    });
}

/// A Vault with these versions of one key.
#[derive(Clone, Default)]
struct Vault(Arc<Mutex<BTreeMap<u64, SigningKey>>>);

impl Vault {
    fn rotates(&self, seed: u8) {
        let mut keys = self.0.lock().expect("whole");
        let version = keys.len() as u64 + 1;
        keys.insert(version, SigningKey::from_bytes(&[seed; 32]));
    }

    /// Returns the address of its key.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/v1/transit/keys/candor-log", get(public_keys))
            .route("/v1/transit/sign/candor-log", post(sign))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        format!("http://{address}/v1/transit/keys/candor-log")
    }
}

async fn public_keys(State(vault): State<Vault>) -> String {
    let keys = vault.0.lock().expect("whole");
    let public = |key: &SigningKey| STANDARD.encode(key.verifying_key().to_bytes());
    let keys: serde_json::Map<String, Value> = keys
        .iter()
        .map(|(version, key)| (version.to_string(), json!({ "public_key": public(key) })))
        .collect();
    json!({ "data": { "type": "ed25519", "keys": keys } }).to_string()
}

async fn sign(State(vault): State<Vault>, body: String) -> String {
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let keys = vault.0.lock().expect("whole");
    let key = &keys[&body["key_version"].as_u64().expect("a version")];
    let inputs = body["batch_input"].as_array().expect("messages").iter();
    let results: Vec<_> = inputs
        .map(|item| STANDARD.decode(item["input"].as_str().expect("text")).expect("Base64"))
        .map(|message| STANDARD.encode(key.sign(&message).to_bytes()))
        .map(|signature| json!({ "signature": format!("vault:v1:{signature}") }))
        .collect();
    json!({ "data": { "batch_results": results } }).to_string()
}

#[test]
fn a_key_goes_into_vault_and_comes_out_again() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let mut receipts = vec![arrives(&world.candor, 1).await];
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        let vault = Vault::default();
        vault.rotates(21);
        let settings = world.candor.dir.join("candor.toml");
        let without = std::fs::read_to_string(&settings).expect("reads");
        let address = vault.start().await;
        std::fs::write(world.candor.dir.join("token"), "a token\n").expect("writes");
        let with =
            format!("{without}\n[keys.log]\nvault = \"{address}\"\ntoken_file = \"token\"\n");
        std::fs::write(&settings, with).expect("writes");

        // The log goes on with the key that it uses.
        world.candor = opens(&world).await.expect("opens");
        receipts.push(arrives(&world.candor, 2).await);
        assert!(key(&world, "log.key").exists());

        rotates(&world.candor, Role::Log).await;
        assert!(!key(&world, "log.key").exists());
        world.candor = opens(&world).await.expect("opens");
        receipts.push(arrives(&world.candor, 3).await);
        all_hold(&world, &pinned, &receipts).await;
        let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        assert!(format!("{doctor:?}").contains("Vault has the key for: log"), "{doctor:?}");

        // What happens in Vault changes nothing before the log hands over.
        let again =
            world.candor.rotate_key(Role::Log, HandTo::AsSettingsSay, Actor::OperatorCli).await;
        let error = again.expect_err("there is no newer one").to_string();
        assert!(error.contains("transit/keys/NAME/rotate"), "{error}");
        vault.rotates(22);
        receipts.push(arrives(&world.candor, 4).await);
        all_hold(&world, &pinned, &receipts).await;
        rotates(&world.candor, Role::Log).await;
        receipts.push(arrives(&world.candor, 5).await);
        all_hold(&world, &pinned, &receipts).await;

        let out = world.candor.rotate_key(Role::Log, HandTo::File, Actor::OperatorCli).await;
        out.expect("comes out");
        std::fs::write(&settings, without).expect("writes");
        world.candor = opens(&world).await.expect("opens");
        receipts.push(arrives(&world.candor, 6).await);
        all_hold(&world, &pinned, &receipts).await;
        world.candor.close().await;
    });
}

/// A role is handed over to no key that another one has, or that any had: what signs two things is
/// stolen twice, and a verifier refuses such a log for ever.
#[test]
fn a_key_that_another_role_has_or_had_is_refused_and_nothing_changes() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let receipts = [arrives(&world.candor, 1).await];
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        let vault = Vault::default();
        vault.rotates(21);
        let settings = world.candor.dir.join("candor.toml");
        let text = std::fs::read_to_string(&settings).expect("reads");
        let address = vault.start().await;
        std::fs::write(world.candor.dir.join("token"), "a token\n").expect("writes");
        let of = |role: &str| {
            format!("\n[keys.{role}]\nvault = \"{address}\"\ntoken_file = \"token\"\n")
        };
        std::fs::write(&settings, format!("{text}{}{}", of("log"), of("receipt"))).expect("writes");
        world.candor = opens(&world).await.expect("opens");
        rotates(&world.candor, Role::Log).await;

        let refused = async |candor: &Candor, role: Role, whose: &str| {
            let before = Published::of(&world).await.expect("a checkpoint").checkpoint();
            let told = candor.rotate_key(role, HandTo::AsSettingsSay, Actor::OperatorCli).await;
            let told = told.expect_err("it is taken");
            assert!(matches!(told, app::Error::KeyTaken { .. }), "{told}");
            assert!(told.to_string().contains(whose), "{told}");
            let after = Published::of(&world).await.expect("a checkpoint").checkpoint();
            assert_eq!(after, before, "nothing was sealed");
        };
        // One key in Vault for two roles.
        refused(&world.candor, Role::Receipt, "the log key of this log, or was").await;
        // And one that was given up.
        let out = world.candor.rotate_key(Role::Log, HandTo::File, Actor::OperatorCli).await;
        out.expect("comes out");
        refused(&world.candor, Role::Log, "the log key of this log, or was").await;
        refused(&world.candor, Role::Receipt, "the log key of this log, or was").await;
        // Another version is another key.
        vault.rotates(22);
        rotates(&world.candor, Role::Receipt).await;
        all_hold(&world, &pinned, &receipts).await;
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        world.candor.close().await;
    });
}

/// What was committed is sealed, also where the key that signs can't be reached afterwards: nobody
/// may be told to send it again.
#[test]
fn who_sends_while_vault_is_silent_learns_that_it_is_sealed() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let vault = Vault::default();
        vault.rotates(21);
        let settings = world.candor.dir.join("candor.toml");
        let text = std::fs::read_to_string(&settings).expect("reads");
        let address = vault.start().await;
        std::fs::write(world.candor.dir.join("token"), "a token\n").expect("writes");
        let with = format!("{text}\n[keys.log]\nvault = \"{address}\"\ntoken_file = \"token\"\n");
        std::fs::write(&settings, with).expect("writes");
        world.candor = opens(&world).await.expect("opens");
        rotates(&world.candor, Role::Log).await;
        let send = |n| world.candor.receive(letter(&world.candor, n), Actor::OperatorCli);
        send(1).await.expect("is sealed");
        let keys = std::mem::take(&mut *vault.0.lock().expect("whole"));
        let (one, two) = tokio::join!(send(2), send(3));
        let alone = letter(&world.candor, 4);
        let three = world.candor.receive(alone, Actor::OperatorCli).await;
        let sealed = [one, two, three].map(|told| match told {
            Err(app::Error::NotReceipted(id)) => id,
            other => panic!("{other:?}"),
        });
        world.candor.publish_checkpoint().await.expect_err("it can't be signed");
        *vault.0.lock().expect("whole") = keys;
        let pinned = Published::of(&world).await.expect("a checkpoint").policy();
        let mut receipts = Vec::new();
        for id in sealed {
            receipts.push(world.candor.receipt(id, By::OperatorCli).await.expect("is there"));
        }
        all_hold(&world, &pinned, &receipts).await;
        let mut tx = world.candor.db.snapshot().await.expect("begins");
        let year = stories::period("2026");
        let waiting = tx.unresolved(year).await.expect("counts").map(|(count, _)| count);
        assert_eq!(waiting, Some(4), "each once");
        drop(tx);
        world.candor.close().await;
    });
}

/// An edition was frozen, and the key that signs could not be reached: the next checkpoint takes it
/// out, though editions alone show the log.
#[test]
fn an_edition_that_could_not_be_signed_goes_out_with_the_next_checkpoint() {
    on_each(async |location| {
        let mut world = World::with_example(location).await;
        let vault = Vault::default();
        vault.rotates(21);
        let settings = world.candor.dir.join("candor.toml");
        let text = std::fs::read_to_string(&settings).expect("reads");
        let text = text.replace("\"at_once\"", "\"with_edition\"");
        let address = vault.start().await;
        std::fs::write(world.candor.dir.join("token"), "a token\n").expect("writes");
        let with = format!("{text}\n[keys.log]\nvault = \"{address}\"\ntoken_file = \"token\"\n");
        std::fs::write(&settings, with).expect("writes");
        world.candor = opens(&world).await.expect("opens");
        rotates(&world.candor, Role::Log).await;
        assert!(Published::of(&world).await.is_none(), "no edition has shown the log yet");
        let keys = std::mem::take(&mut *vault.0.lock().expect("whole"));
        world.editor_publishes("2020").await.expect_err("nothing signs");
        *vault.0.lock().expect("whole") = keys;
        assert!(Published::of(&world).await.is_none());
        let size = {
            let mut tx = world.candor.db.snapshot().await.expect("begins");
            tx.tree_head().await.expect("reads").size
        };
        // As `candor serve` does when it starts.
        world.candor.after_commit().await;
        let published = Published::of(&world).await.expect("the edition's");
        assert_eq!(published.checkpoint().size, size);
        arrives(&world.candor, 1).await;
        let published = Published::of(&world).await.expect("the edition's");
        assert_eq!(published.checkpoint().size, size, "what follows waits for the next edition");
        world.candor.close().await;
    });
}

#[test]
fn a_new_key_is_locked_as_the_others_are() {
    on_each(async |location| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("passphrase");
        std::fs::write(&file, "correct horse\n").expect("writes");
        let world = World::with_keys(location, app::Protection::PassphraseFile(file)).await;
        rotates(&world.candor, Role::Report).await;
        let bytes = std::fs::read(key(&world, "report.key")).expect("reads");
        assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
        opens(&world).await.expect("opens").close().await;
        world.candor.close().await;
    });
}
