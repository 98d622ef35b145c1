//! Signing keys in the Transit engine of HashiCorp Vault or OpenBao, which never gives them out.
//!
//! Which version of a key signs is told by the log: the one whose public key is in use there. So
//! nothing changes when somebody rotates a key in Vault, until the log hands over to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Error;
use crate::http;

/// Where a key of Vault is, as the settings say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSettings {
    /// `https://HOST/v1/transit/keys/NAME`.
    pub vault: String,
    /// The token, on the first line of a file. It is read each time, so that it may be renewed.
    /// CANDOR_VAULT_TOKEN goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// Certificates to trust in place of the public authorities', PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// A key that Vault signs with.
#[derive(Clone, Debug)]
pub(crate) struct VaultKey {
    agent: ureq::Agent,
    key_url: String,
    sign_url: String,
    token_file: Option<PathBuf>,
}

/// A service that takes longer is given up.
const TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_SIZE_BYTES_MAX: u64 = 1 << 20;
const TOKEN: &str = "CANDOR_VAULT_TOKEN";
const NOT_FOUND: u16 = 404;

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct KeyAnswer {
    #[serde(rename = "type")]
    kind: String,
    keys: BTreeMap<u32, Value>,
}

#[derive(Deserialize)]
struct SignAnswer {
    batch_results: Vec<SignResult>,
}

#[derive(Deserialize)]
struct SignResult {
    signature: Option<String>,
    error: Option<String>,
}

impl VaultKey {
    pub(crate) fn new(dir: &Path, settings: &VaultSettings) -> Result<Self, Error> {
        let url = &settings.vault;
        let engine_and_name = url.rsplit_once("/keys/").filter(|(engine, name)| {
            http::is_private(engine) && !name.is_empty() && !name.contains(['/', '?', '#'])
        });
        let Some((engine, name)) = engine_and_name else {
            return Err(Error::Config(format!(
                "`{url}` is no key of Vault: write https://HOST/v1/transit/keys/NAME; http:// will \
                 do on this machine alone"
            )));
        };
        let path = |file: &Option<PathBuf>| file.as_ref().map(|file| dir.join(file));
        Ok(Self {
            agent: http::agent(TIMEOUT, path(&settings.ca_file).as_deref())?,
            sign_url: format!("{engine}/sign/{name}"),
            key_url: url.clone(),
            token_file: path(&settings.token_file),
        })
    }

    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> Error {
        Error::Vault { url: self.key_url.clone(), what: what.to_string() }
    }

    /// The public keys of all versions. Blocks.
    pub(crate) fn versions(&self) -> Result<BTreeMap<u32, [u8; 32]>, Error> {
        self.public_keys(self.read(self.get()?)?)
    }

    /// The latest version's public key; `None` where there is no such key. Blocks.
    pub(crate) fn latest(&self) -> Result<Option<[u8; 32]>, Error> {
        let answer = self.get()?;
        if answer.as_ref().is_ok_and(|answer| answer.status() == NOT_FOUND) {
            return Ok(None);
        }
        let latest = self.public_keys(self.read(answer)?)?.pop_last();
        let none = || self.wrong("has no version: make one, `vault write -f …/NAME/rotate`");
        latest.map(|(_, public)| Some(public)).ok_or_else(none)
    }

    /// Makes the key. Blocks.
    pub(crate) fn make(&self) -> Result<(), Error> {
        let body = json!({ "type": "ed25519" }).to_string();
        let request = self
            .agent
            .post(&self.key_url)
            .header("X-Vault-Token", self.token()?)
            .header("Content-Type", "application/json");
        let answer =
            request.send(body).map_err(|error| self.wrong(format!("does not answer: {error}")))?;
        match answer.status().as_u16() {
            200 | 204 => Ok(()),
            403 => Err(self.wrong(
                "is not there, and the token may not make it: make it with `vault write \
                 transit/keys/NAME type=ed25519`, or allow `create` and `update` on \
                 transit/keys/NAME",
            )),
            _ => self.read::<Value>(Ok(answer)).map(drop),
        }
    }

    fn get(&self) -> Result<Result<ureq::http::Response<ureq::Body>, ureq::Error>, Error> {
        Ok(self.agent.get(&self.key_url).header("X-Vault-Token", self.token()?).call())
    }

    fn public_keys(&self, answer: KeyAnswer) -> Result<BTreeMap<u32, [u8; 32]>, Error> {
        if answer.kind != "ed25519" {
            return Err(self.wrong(format!(
                "is of type {}, and the log needs ed25519: make another with `vault write \
                 transit/keys/NAME type=ed25519`",
                answer.kind
            )));
        }
        let public = |key: &Value| {
            let text = key.get("public_key")?.as_str()?;
            STANDARD.decode(text).ok()?.try_into().ok()
        };
        let versions = answer.keys.iter().map(|(version, key)| Some((*version, public(key)?)));
        versions
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong("has versions whose public keys can't be read"))
    }

    /// Signs messages with the version that has a public key, in one request. **No signature is
    /// used that was not verified**: whatever answers, nothing wrong is published. Blocks.
    pub(crate) fn sign(
        &self,
        public: &[u8; 32],
        messages: &[Vec<u8>],
    ) -> Result<Vec<[u8; 64]>, Error> {
        let version = self.version_of(public)?;
        let inputs: Vec<_> =
            messages.iter().map(|message| json!({ "input": STANDARD.encode(message) })).collect();
        let body = json!({ "batch_input": inputs, "key_version": version }).to_string();
        let request = self
            .agent
            .post(&self.sign_url)
            .header("X-Vault-Token", self.token()?)
            .header("Content-Type", "application/json");
        let answer: SignAnswer = self.read(request.send(body))?;
        if answer.batch_results.len() != messages.len() {
            return Err(self.wrong("has signed another number of messages than it was given"));
        }
        let key = VerifyingKey::from_bytes(public).map_err(|error| self.wrong(error))?;
        let signed = answer.batch_results.iter().zip(messages);
        signed.map(|(result, message)| self.verified(&key, result, message)).collect()
    }

    /// The version that the log uses.
    pub(crate) fn version_of(&self, public: &[u8; 32]) -> Result<u32, Error> {
        let versions = self.versions()?;
        let found = versions.iter().find(|(_, key)| *key == public);
        found.map(|(version, _)| *version).ok_or_else(|| {
            self.wrong(
                "has no version with the public key that the log uses: name the key that it was \
                 handed over to, or restore that one in Vault",
            )
        })
    }

    fn verified(
        &self,
        key: &VerifyingKey,
        result: &SignResult,
        message: &[u8],
    ) -> Result<[u8; 64], Error> {
        if let Some(error) = result.error.as_ref().filter(|error| !error.is_empty()) {
            return Err(self.wrong(format!("did not sign: {error}")));
        }
        let text = result.signature.as_deref().unwrap_or_default();
        // vault:v1:BASE64
        let signature = text.rsplit(':').next().and_then(|text| STANDARD.decode(text).ok());
        let signature: Option<[u8; 64]> = signature.and_then(|bytes| bytes.try_into().ok());
        signature
            .filter(|bytes| key.verify_strict(message, &Signature::from_bytes(bytes)).is_ok())
            .ok_or_else(|| self.wrong("answered with a signature that does not hold"))
    }

    fn token(&self) -> Result<String, Error> {
        if let Ok(token) = std::env::var(TOKEN) {
            return Ok(token);
        }
        let Some(file) = &self.token_file else {
            return Err(self.wrong(format!(
                "needs a token: set {TOKEN}, or `token_file` beside `vault` in candor.toml, or \
                 --vault-token-file of `candor init`"
            )));
        };
        let text = std::fs::read_to_string(file)
            .map_err(Error::file(file, "Vault's token can't be read"))?;
        Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    fn read<T: for<'a> Deserialize<'a>>(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, Error> {
        let answer = answer.map_err(|error| self.wrong(format!("does not answer: {error}")))?;
        let status = answer.status().as_u16();
        let body = http::body(answer, ANSWER_SIZE_BYTES_MAX)
            .map_err(|error| self.wrong(format!("does not answer in full: {error}")))?;
        match status {
            200 => {
                let answer: Result<Answer<T>, _> = serde_json::from_str(&body);
                Ok(answer.map_err(|_| self.wrong("answers with what Vault does not say"))?.data)
            }
            403 => Err(self.wrong(format!(
                "refuses the token: it expired, or its policy allows neither `read` on \
                 transit/keys/NAME nor `update` on transit/sign/NAME{}",
                reasons(&body)
            ))),
            404 => Err(self.wrong(
                "is not there: make it with `vault write transit/keys/NAME \
                 type=ed25519`, or correct its address",
            )),
            503 => Err(self.wrong(format!("is sealed: unseal Vault{}", reasons(&body)))),
            other => Err(self.wrong(format!("answers with status {other}{}", reasons(&body)))),
        }
    }
}

/// What Vault says of an error.
fn reasons(body: &str) -> String {
    let errors = serde_json::from_str::<Value>(body).ok();
    let errors = errors.as_ref().and_then(|body| body.get("errors")?.as_array());
    let errors = errors.into_iter().flatten().filter_map(Value::as_str);
    errors.map(|error| format!("; it says: {}", error.trim())).collect()
}

#[cfg(test)]
mod tests;
