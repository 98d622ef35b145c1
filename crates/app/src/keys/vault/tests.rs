//! A small Vault on this machine, and all that can be wrong with it.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use ed25519_dalek::{Signer, SigningKey};

use super::*;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Sealed,
    KeyType,
    /// A byte of the signature is another.
    Signature,
    /// It signs with another key than it shows.
    OtherKey,
    /// One answer for two messages.
    Short,
    /// It does not say what Vault says.
    Garbage,
    /// It takes the request and is silent.
    Silent,
    /// It sends who asks elsewhere.
    Redirect,
}

const TOKEN: &str = "a token";

/// The key's versions, from 1.
fn versions() -> Vec<SigningKey> {
    [[1; 32], [2; 32]].map(|seed| SigningKey::from_bytes(&seed)).to_vec()
}

fn public(version: usize) -> [u8; 32] {
    versions()[version - 1].verifying_key().to_bytes()
}

type Reply = (StatusCode, String);

async fn refusal(fault: Fault, headers: &HeaderMap) -> Option<Reply> {
    let says = |status, text: &str| Some((status, json!({ "errors": [text] }).to_string()));
    match fault {
        Fault::Sealed => return says(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed"),
        Fault::Silent => std::future::pending().await,
        Fault::Garbage => return Some((StatusCode::OK, "<html>".to_owned())),
        Fault::Redirect => return says(StatusCode::TEMPORARY_REDIRECT, "elsewhere"),
        Fault::None | Fault::KeyType | Fault::Signature | Fault::OtherKey | Fault::Short => {}
    }
    let token = headers.get("X-Vault-Token").and_then(|token| token.to_str().ok());
    if token == Some(TOKEN) { None } else { says(StatusCode::FORBIDDEN, "permission denied") }
}

async fn read_key(State(fault): State<Fault>, headers: HeaderMap) -> Reply {
    if let Some(refusal) = refusal(fault, &headers).await {
        return refusal;
    }
    let kind = if fault == Fault::KeyType { "rsa-2048" } else { "ed25519" };
    let keys: serde_json::Map<String, Value> = (1..)
        .zip(versions())
        .map(|(n, key)| {
            let public = STANDARD.encode(key.verifying_key().to_bytes());
            (format!("{n}"), json!({ "name": "ed25519", "public_key": public }))
        })
        .collect();
    let data = json!({ "type": kind, "keys": keys, "latest_version": 2 });
    (StatusCode::OK, json!({ "data": data }).to_string())
}

async fn sign(State(fault): State<Fault>, headers: HeaderMap, body: String) -> Reply {
    if let Some(refusal) = refusal(fault, &headers).await {
        return refusal;
    }
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let version = body["key_version"].as_u64().expect("a version") as usize;
    let key = &versions()[if fault == Fault::OtherKey { 2 - version } else { version - 1 }];
    let inputs = body["batch_input"].as_array().expect("messages");
    let results: Vec<_> = inputs
        .iter()
        .skip(usize::from(fault == Fault::Short))
        .map(|item| {
            let message = STANDARD.decode(item["input"].as_str().expect("text")).expect("Base64");
            let mut signature = key.sign(&message).to_bytes();
            signature[0] ^= u8::from(fault == Fault::Signature);
            json!({ "signature": format!("vault:v{version}:{}", STANDARD.encode(signature)) })
        })
        .collect();
    (StatusCode::OK, json!({ "data": { "batch_results": results } }).to_string())
}

/// Runs it until the test ends. Returns the address of its key.
fn vault(fault: Fault) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("the test waits");
            let router = Router::new()
                .route("/v1/transit/keys/candor-log", get(read_key))
                .route("/v1/transit/sign/candor-log", post(sign))
                .with_state(fault);
            axum::serve(listener, router).await.expect("serves");
        });
    });
    format!("http://{}/v1/transit/keys/candor-log", told.recv().expect("an address"))
}

fn key(url: String, token: &str) -> (VaultKey, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("token"), format!("{token}\n")).expect("writes");
    let token_file = Some(PathBuf::from("token"));
    let settings = VaultSettings { vault: url, token_file, ca_file: None };
    let mut key = VaultKey::new(dir.path(), &settings).expect("an address");
    // What is silent need not be so for long here.
    key.agent = http::agent(Duration::from_millis(500), None).expect("no certificates");
    (key, dir)
}

fn messages() -> Vec<Vec<u8>> {
    vec![b"one".to_vec(), b"two".to_vec()]
}

#[test]
fn the_version_that_the_log_uses_signs() {
    let (key, _dir) = key(vault(Fault::None), TOKEN);
    for version in [1, 2] {
        let signatures = key.sign(&public(version), &messages()).expect("signs");
        let expected = messages().into_iter().map(|text| versions()[version - 1].sign(&text));
        assert!(signatures.into_iter().eq(expected.map(|signature| signature.to_bytes())));
    }
    let error = key.sign(&[9; 32], &messages()).expect_err("no version has it").to_string();
    assert!(error.contains("no version with the public key"), "{error}");
}

#[test]
fn whatever_is_wrong_is_told_and_signs_nothing() {
    for (fault, told) in [
        (Fault::Sealed, "is sealed: unseal Vault; it says: Vault is sealed"),
        (Fault::KeyType, "is of type rsa-2048, and the log needs ed25519"),
        (Fault::Signature, "a signature that does not hold"),
        (Fault::OtherKey, "a signature that does not hold"),
        (Fault::Short, "another number of messages"),
        (Fault::Garbage, "answers with what Vault does not say"),
        (Fault::Silent, "does not answer: timeout"),
        (Fault::Redirect, "answers with status 307"),
    ] {
        let (key, _dir) = key(vault(fault), TOKEN);
        let error = key.sign(&public(1), &messages()).expect_err("is wrong").to_string();
        assert!(error.contains(told), "{fault:?}: {error}");
        assert!(error.contains("/v1/transit/keys/candor-log"), "{fault:?}: {error}");
    }
}

#[test]
fn a_token_that_is_not_allowed_is_told_and_never_shown() {
    let (key, dir) = key(vault(Fault::None), "another token");
    let error = key.sign(&public(1), &messages()).expect_err("is refused").to_string();
    assert!(error.contains("refuses the token"), "{error}");
    assert!(!format!("{error}{key:?}").contains("another token"), "{error}");
    // It is read each time.
    std::fs::write(dir.path().join("token"), TOKEN).expect("writes");
    key.sign(&public(1), &messages()).expect("signs");
    std::fs::remove_file(dir.path().join("token")).expect("removes");
    let error = key.sign(&public(1), &messages()).expect_err("has none").to_string();
    assert!(error.contains("token: Vault's token can't be read"), "{error}");
}

#[test]
fn nobody_there_and_no_key_there_are_told() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let (nobody, _dir) = key(format!("http://{address}/v1/transit/keys/log"), TOKEN);
    let error = nobody.versions().expect_err("nobody is there").to_string();
    assert!(error.contains("does not answer"), "{error}");

    let (other, _dir) = key(vault(Fault::None).replace("candor-log", "other"), TOKEN);
    let error = other.versions().expect_err("no such key").to_string();
    assert!(error.contains("is not there: make it with"), "{error}");
}

#[test]
fn an_address_that_is_no_key_is_told_before_anything_is_sent() {
    for url in [
        "http://vault.example/v1/transit/keys/log",
        "https://vault.example/v1/transit/sign/log",
        "https://vault.example/v1/transit/keys/",
        "vault.example/v1/transit/keys/log",
    ] {
        let settings = VaultSettings { vault: url.to_owned(), token_file: None, ca_file: None };
        let error = VaultKey::new(Path::new("."), &settings).expect_err("is none").to_string();
        assert!(error.contains("https://HOST/v1/transit/keys/NAME"), "{url}: {error}");
    }
}
