//! Witnesses outside the company cosign checkpoints (C2SP tlog-witness), so that the company can't
//! show two logs to two readers.
//!
//! **What witnesses do never holds up the company**: something is sealed and acknowledged before
//! they are asked. A checkpoint that too few of them have signed is kept, and the public goes on
//! seeing the last one that had its quorum, since a verifier refuses any other.

use std::time::Duration;

use ledger::checkpoint::Policy;
use ledger::note::{Note, SignatureLine};
use ledger::proof::AddCheckpoint;
use serde::{Deserialize, Serialize};
use store::{StoredWitness, Tx};
use tokio::task::JoinSet;

use crate::checkpoint::{Signed, published_policy};
use crate::{Candor, Error, http};

pub use ledger::note::VerifierKey;

/// Who cosigns the log, and where it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Its public key, as its operator publishes it: `NAME+8 hexadecimal digits+Base64`.
    pub key: VerifierKey,
    /// `/add-checkpoint` is below it.
    pub url: String,
}

/// A witness that takes longer is left out this time.
const TIMEOUT: Duration = Duration::from_secs(4);
/// A few signature lines.
const ANSWER_SIZE_BYTES_MAX: u64 = 1 << 16;

/// What a witness answered.
struct Answer {
    witness: StoredWitness,
    line: Option<SignatureLine>,
}

/// What came back over HTTP.
struct Reply {
    status: u16,
    /// Whether the body is the size that the witness has seen.
    is_size: bool,
    body: String,
}

impl Candor {
    /// The policy that the settings ask for: the witnesses are theirs, the keys those that the log
    /// began with.
    pub(crate) async fn policy_asked_for(&self, tx: &mut Tx) -> Result<Policy, Error> {
        let mut policy = published_policy(tx).await?;
        policy.quorum = self.config.log.quorum;
        policy.witnesses =
            self.config.log.witness.iter().map(|witness| witness.key.clone()).collect();
        // Read as a verifier will read it.
        Policy::from_json(&policy.to_json())
            .map_err(|what| Error::Config(format!("candor.toml: [log]: {what}")))
    }

    /// Asks the witnesses that have not signed yet, all at once. Their lines are added to the note
    /// if they hold; what goes wrong is kept for `candor doctor`.
    pub(crate) async fn ask_witnesses(&self, signed: &mut Signed) -> Result<(), Error> {
        let mut asked = JoinSet::new();
        let mut tx = self.db.snapshot().await?;
        let known = tx.witnesses().await?;
        drop(tx);
        for witness in &self.config.log.witness {
            if matches!(signed.note.cosigned_by(&witness.key), Ok(Some(_))) {
                continue;
            }
            let name = witness.key.to_string();
            let seen = known.iter().find(|known| known.public_key == name);
            let seen = seen.map_or(0, |known| known.size);
            asked.spawn(self.clone().ask(witness.clone(), seen, signed.clone()));
        }
        let answers = asked.join_all().await;
        let mut tx = self.db.begin().await?;
        for answer in answers {
            let Answer { witness, line } = answer?;
            if let Some(trouble) = &witness.trouble {
                tracing::warn!(witness = witness.public_key, trouble, "a witness has not signed");
            }
            tx.put_witness(&witness).await?;
            signed.note.signatures.extend(line);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Asks one witness, which has seen the log up to a size. It may know better, and is asked
    /// again then.
    async fn ask(self, witness: Witness, mut seen: u64, signed: Signed) -> Result<Answer, Error> {
        let size = signed.checkpoint.size;
        let public_key = witness.key.to_string();
        let answer = |size, result: Result<SignatureLine, String>| {
            let (line, trouble) = match result {
                Ok(line) => (Some(line), None),
                Err(trouble) => (None, Some(trouble)),
            };
            Ok(Answer { witness: StoredWitness { public_key, size, trouble }, line })
        };
        // It signed a larger tree of ours: this process is late, or its database was set back.
        let ahead = |seen| {
            Err(format!(
                "it has signed a checkpoint over {seen} leaves, and this one is over {size}: \
                 another process was faster, or the database is an older copy"
            ))
        };
        for attempt in 0..2 {
            if seen > size {
                return answer(size, ahead(seen));
            }
            let path = self.db.snapshot().await?.consistency_path(seen, size).await?;
            let request = AddCheckpoint { old_size: seen, path, checkpoint: own(&signed.note) };
            let (url, body) = (witness.url.clone(), request.to_string());
            let reply = match http::blocking(move || Ok(post(&url, body))).await? {
                Ok(reply) => reply,
                Err(trouble) => return answer(0, Err(trouble)),
            };
            match (reply.status, reply.is_size.then(|| reply.body.trim_end().parse::<u64>())) {
                (200, _) => {
                    let line = line_of(&witness.key, signed.note.text(), &reply.body);
                    let seen = if line.is_ok() { size } else { 0 };
                    return answer(seen, line);
                }
                (409, Some(Ok(at))) if attempt == 0 => seen = at,
                (status, _) => return answer(0, Err(refusal(status))),
            }
        }
        answer(0, Err("it says each time that it has seen another size".to_owned()))
    }

    /// How it stands with the witnesses: what is well, or what is wrong and how to mend it. `None`
    /// where the settings name none.
    pub(crate) async fn examine_witnesses(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let policy = self.policy_asked_for(tx).await?;
        let Some(signed) = tx.signed_checkpoint().await? else { return Ok(None) };
        let published = tx.checkpoint(store::Publication::AtOnce).await?;
        let published_size = published.map_or(0, |(size, _)| size);
        if policy.witnesses.is_empty() && signed.size == published_size {
            return Ok(None);
        }
        let note: Note = signed.note.parse().map_err(|_| Error::NoCheckpoint)?;
        let (present, all) = (policy.cosignatures(&note).unwrap_or(0), policy.witnesses.len());
        let mut text = format!(
            "{present} of {all} have signed the newest checkpoint, over {} leaves; {} are needed",
            signed.size, policy.quorum
        );
        for witness in tx.witnesses().await? {
            let key = policy.witnesses.iter().find(|key| key.to_string() == witness.public_key);
            if let Some((key, trouble)) = key.zip(witness.trouble) {
                text.push_str(&format!("; {}: {trouble}", key.name()));
            }
        }
        if present >= policy.quorum && signed.has_quorum {
            return Ok(Some(Ok(text)));
        }
        let seen = match published_size {
            0 => "the public sees no checkpoint yet".to_owned(),
            size => format!("the public sees the log as it was at {size} leaves"),
        };
        Ok(Some(Err(format!(
            "{text}; {seen}. Mend what the witnesses say, or ask for fewer with `quorum` under \
             [log] in candor.toml; whatever is published next asks them again"
        ))))
    }
}

/// A note with the log's own signature alone, as witnesses are asked with.
fn own(note: &Note) -> Note {
    let own = note.signatures.iter().take(1).cloned().collect();
    Note::new(note.text().to_owned(), own)
}

/// Blocks for at most [`TIMEOUT`].
fn post(url: &str, body: String) -> Result<Reply, String> {
    let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let agent = http::agent(TIMEOUT, None).map_err(|error| error.to_string())?;
    let silent = |error: ureq::Error| format!("{url} does not answer: {error}");
    let answer = agent.post(&url).content_type("text/plain").send(body).map_err(silent)?;
    let status = answer.status().as_u16();
    let media_type = answer.headers().get("Content-Type").and_then(|value| value.to_str().ok());
    let is_size = media_type.is_some_and(|media_type| media_type == "text/x.tlog.size");
    let body = http::body(answer, ANSWER_SIZE_BYTES_MAX).map_err(silent)?;
    Ok(Reply { status, is_size, body })
}

/// The witness's line among those that it answered. Lines of other keys are nobody's concern.
fn line_of(key: &VerifierKey, text: &str, body: &str) -> Result<SignatureLine, String> {
    let lines = body.lines().filter_map(|line| line.parse::<SignatureLine>().ok());
    for line in lines.take(ledger::note::SIGNATURES_MAX) {
        match Note::new(text.to_owned(), vec![line.clone()]).cosigned_by(key) {
            Ok(Some(_)) => return Ok(line),
            Ok(None) => {}
            Err(_) => return Err("its cosignature does not hold, and was dropped".to_owned()),
        }
    }
    Err("it answered without a cosignature by the key in the settings".to_owned())
}

/// What a status means (C2SP tlog-witness).
fn refusal(status: u16) -> String {
    match status {
        404 => "it does not know this log: ask its operator to take it up".to_owned(),
        403 => "it does not know the key that signs this log: tell its operator".to_owned(),
        409 => "it has seen another log of this name at this size: ask its operator at once, the \
                log may have been forked"
            .to_owned(),
        422 => "it says that this log did not grow out of the one that it saw: ask its operator \
                at once, the log may have been forked"
            .to_owned(),
        other => format!("it answers with status {other}"),
    }
}
