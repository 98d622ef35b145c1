//! A company whose signing keys are in Vault from the beginning, and never on its disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use app::{
    Arrival, Candor, Clock, Database, Init, Particulars, Protection, Publisher, Refolding, Role,
    SigningKeys, VaultSettings,
};
use axum::Router;
use axum::extract::{Path as PathOf, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use databases::on_each;
use domain::id::{Actor, Sha256Hash};
use domain::submission::Channel;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use store::Location;
use stories::{NOW, World};

use crate::published::Published;

/// What the token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    All,
    /// Neither make keys nor read those that are not there.
    UseWhatIsThere,
    /// Look, and nothing else.
    Read,
}

struct Inside {
    /// The type of each key, and its versions from 1.
    keys: BTreeMap<String, (&'static str, Vec<SigningKey>)>,
    policy: Policy,
}

#[derive(Clone)]
struct Vault(Arc<Mutex<Inside>>);

const TOKEN: &str = "a token";

impl Vault {
    fn new(policy: Policy) -> Self {
        Self(Arc::new(Mutex::new(Inside { keys: BTreeMap::new(), policy })))
    }

    fn set(&self, policy: Policy) {
        self.0.lock().expect("whole").policy = policy;
    }

    fn keeps(&self, name: &str, kind: &'static str, seeds: &[u8]) {
        let versions = seeds.iter().map(|seed| SigningKey::from_bytes(&[*seed; 32])).collect();
        self.0.lock().expect("whole").keys.insert(name.to_owned(), (kind, versions));
    }

    fn forgets(&self, name: &str) {
        self.0.lock().expect("whole").keys.remove(name);
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().expect("whole").keys.keys().cloned().collect()
    }

    fn latest(&self, name: &str) -> [u8; 32] {
        let inside = self.0.lock().expect("whole");
        inside.keys[name].1.last().expect("a version").verifying_key().to_bytes()
    }

    /// Returns the address that the names of its keys begin with.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/v1/transit/keys/{name}", get(public_keys).post(make))
            .route("/v1/transit/sign/{name}", post(sign))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        format!("http://{address}/v1/transit/keys/candor")
    }
}

type Reply = (StatusCode, String);

fn says(status: StatusCode, error: &str) -> Reply {
    (status, json!({ "errors": [error] }).to_string())
}

fn allowed(vault: &Vault, headers: &HeaderMap, by: &[Policy]) -> Result<(), Reply> {
    let token = headers.get("X-Vault-Token").and_then(|token| token.to_str().ok());
    let policy = vault.0.lock().expect("whole").policy;
    match token == Some(TOKEN) && by.contains(&policy) {
        true => Ok(()),
        false => Err(says(StatusCode::FORBIDDEN, "permission denied")),
    }
}

async fn public_keys(
    State(vault): State<Vault>,
    PathOf(name): PathOf<String>,
    headers: HeaderMap,
) -> Result<String, Reply> {
    allowed(&vault, &headers, &[Policy::All, Policy::UseWhatIsThere, Policy::Read])?;
    let inside = vault.0.lock().expect("whole");
    let none = || (StatusCode::NOT_FOUND, json!({ "errors": [] }).to_string());
    let (kind, versions) = inside.keys.get(&name).ok_or_else(none)?;
    let public = |key: &SigningKey| STANDARD.encode(key.verifying_key().to_bytes());
    let keys: serde_json::Map<String, Value> = (1..)
        .zip(versions)
        .map(|(n, key)| (format!("{n}"), json!({ "public_key": public(key) })))
        .collect();
    Ok(json!({ "data": { "type": kind, "keys": keys } }).to_string())
}

async fn make(
    State(vault): State<Vault>,
    PathOf(name): PathOf<String>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, Reply> {
    allowed(&vault, &headers, &[Policy::All])?;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body, json!({ "type": "ed25519" }));
    let seed = 40 + vault.names().len() as u8;
    vault.keeps(&name, "ed25519", &[seed]);
    Ok(StatusCode::NO_CONTENT)
}

async fn sign(
    State(vault): State<Vault>,
    PathOf(name): PathOf<String>,
    headers: HeaderMap,
    body: String,
) -> Result<String, Reply> {
    allowed(&vault, &headers, &[Policy::All, Policy::UseWhatIsThere])?;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let inside = vault.0.lock().expect("whole");
    let version = body["key_version"].as_u64().expect("a version") as usize;
    let key = &inside.keys[&name].1[version - 1];
    let inputs = body["batch_input"].as_array().expect("messages").iter();
    let results: Vec<_> = inputs
        .map(|item| STANDARD.decode(item["input"].as_str().expect("text")).expect("Base64"))
        .map(|message| STANDARD.encode(key.sign(&message).to_bytes()))
        .map(|signature| json!({ "signature": format!("vault:v{version}:{signature}") }))
        .collect();
    Ok(json!({ "data": { "batch_results": results } }).to_string())
}

/// Where a company is made.
struct Company {
    folder: tempfile::TempDir,
    location: Location,
}

impl Company {
    fn new(location: Location) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).expect("writes");
        Self { folder, location }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn begins(&self, vault: &str) -> Result<(), String> {
        let database = match &self.location {
            Location::Sqlite(_) => Database::default(),
            Location::Postgres(url) => Database { url: url.clone() },
        };
        self.begins_on(vault, database).await
    }

    async fn begins_on(&self, vault: &str, database: Database) -> Result<(), String> {
        let publisher =
            Publisher { name: "Example publisher".to_owned(), notice: None, principles: None };
        let token_file = Some(self.folder.path().join("token"));
        let vault = VaultSettings { vault: vault.to_owned(), token_file, ca_file: None };
        let init = Init {
            publisher,
            database,
            time_zone: "UTC".to_owned(),
            origin: Some("example.com/log".to_owned()),
            protection: Protection::Plain,
            signing: SigningKeys::Vault(vault),
        };
        app::init(&self.dir(), init).await.map_err(|error| error.to_string())
    }
}

/// The files in a folder of keys.
fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("reads");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("reads").file_name().to_str().expect("a name").to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_log_begins_with_keys_in_vault_that_are_there_or_made() {
    on_each(async |location| {
        let company = Company::new(location);
        let vault = Vault::new(Policy::All);
        // One is there, and has been rotated.
        vault.keeps("candor-report", "ed25519", &[21, 22]);
        let address = vault.start().await;
        company.begins(&address).await.expect("makes a data directory");
        assert_eq!(vault.names(), ["candor-log", "candor-receipt", "candor-report"]);
        assert_eq!(files(&company.dir().join("keys")), ["master.key"]);

        let candor = Candor::open(company.dir(), Clock::Fixed(NOW)).await.expect("opens");
        let arrival = Arrival {
            channel: Channel::Letter,
            received_on: candor.today(),
            files: vec![Sha256Hash([1; 32])],
            particulars: Particulars::default(),
        };
        let received = candor.receive(arrival, Actor::OperatorCli).await.expect("is sealed");
        let world = World { candor, dir: company.folder };
        let published = Published::of(&world).await.expect("a checkpoint");
        let policy = published.policy();
        for (key, role) in [
            (&policy.log_key, Role::Log),
            (&policy.report_key, Role::Report),
            (&policy.receipt_key, Role::Receipt),
        ] {
            assert_eq!(key.public(), vault.latest(&format!("candor-{}", role.name())));
        }
        let sizes = received.receipt.sizes();
        let log = published.verified(&policy, &sizes).expect("the log holds");
        received.receipt.check(&policy, &log).expect("the receipt holds");
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        let told = format!("{doctor:?}");
        assert!(told.contains("Vault has the key for: log, report, receipt"), "{told}");
        world.candor.close().await;
    });
}

#[test]
fn what_is_wrong_with_vault_is_told_and_nothing_is_left_half_made() {
    on_each(async |location| {
        let company = Company::new(location);
        let dir = company.dir();
        let vault = Vault::new(Policy::All);
        let address = vault.start().await;
        let refused = async |address: &str, words: &str| {
            let told = company.begins(address).await.expect_err(words);
            assert!(told.contains(words), "{words}: {told}");
            assert!(!told.contains(TOKEN), "{told}");
            assert!(!company.dir().exists(), "{words}");
        };

        // Nobody is there, or nothing of Vault.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let nobody = format!("http://{}/v1/transit/keys/candor", gone.local_addr().expect("one"));
        drop(gone);
        refused(&nobody, "candor-log does not answer").await;
        refused(&address.replace("/keys/", "/other/"), "https://HOST/v1/transit/keys/NAME").await;
        refused("http://vault.example/v1/transit/keys/candor", "http:// will do on this").await;
        refused(&address.replace("/transit/", "/mount/"), "is not there").await;

        // The token.
        std::fs::write(company.folder.path().join("token"), "another\n").expect("writes");
        refused(&address, "candor-log refuses the token").await;
        std::fs::remove_file(company.folder.path().join("token")).expect("removes");
        refused(&address, "Vault's token can't be read").await;
        std::fs::write(company.folder.path().join("token"), TOKEN).expect("writes");
        vault.set(Policy::UseWhatIsThere);
        refused(&address, "candor-log is not there, and the token may not make it").await;
        assert!(vault.names().is_empty());

        // The type: told before any other key is made.
        vault.set(Policy::All);
        vault.keeps("candor-receipt", "rsa-2048", &[1]);
        refused(&address, "candor-receipt is of type rsa-2048, and the log needs ed25519").await;
        assert_eq!(vault.names(), ["candor-receipt"]);
        vault.forgets("candor-receipt");

        // It may look at the keys, and not sign with them.
        for (name, seed) in [("candor-log", 7), ("candor-report", 8), ("candor-receipt", 9)] {
            vault.keeps(name, "ed25519", &[seed]);
        }
        vault.set(Policy::Read);
        refused(&address, "`update` on transit/sign/NAME").await;
        vault.set(Policy::UseWhatIsThere);

        // What fails after Vault has answered leaves nothing either, and a folder as it was.
        let nowhere = Database { url: "nowhere/candor.db".to_owned() };
        company.begins_on(&address, nowhere.clone()).await.expect_err("no such folder");
        assert!(!dir.exists());
        std::fs::create_dir(&dir).expect("makes");
        company.begins_on(&address, nowhere).await.expect_err("no such folder");
        assert!(files(&dir).is_empty());

        // And then it goes.
        company.begins(&address).await.expect("makes a data directory");
        assert_eq!(files(&dir.join("keys")), ["master.key"]);
    });
}
