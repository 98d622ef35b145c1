//! Checkpoints: the log's root at a size, signed (C2SP tlog-checkpoint), and who must have signed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::leaf::Role;
use crate::note::{KeyKind, Note, NoteError, VerifierKey};

/// The log's root at a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, as `example.com/log`.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    /// The text that is signed, without extension lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }
}

/// Why a checkpoint was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("a checkpoint's text is origin, size and root, a line each")]
    Malformed,
    #[error("this checkpoint is of the log `{found}`, not of `{expected}`")]
    Foreign { expected: String, found: String },
    #[error("{present} of the {required} witnesses that the policy asks for have signed")]
    Quorum { present: usize, required: usize },
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note. Extension lines are allowed and skipped.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let origin = lines.next().filter(|origin| !origin.is_empty())?;
            let size = lines.next()?;
            let parsed: u64 = size.parse().ok()?;
            let root = Hash::from_base64(lines.next()?)?;
            let canonical = parsed.to_string() == size && lines.all(|line| !line.is_empty());
            canonical.then(|| Self { origin: origin.to_owned(), size: parsed, root })
        };
        read().ok_or(CheckpointError::Malformed)
    }
}

/// Whom a verifier trusts for a log: `policy.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The log's name, the first line of its checkpoints.
    pub origin: String,
    /// The key that the log began with. Later ones follow by hand-over in the log itself.
    pub log_key: VerifierKey,
    /// Signs published reports.
    pub report_key: VerifierKey,
    /// Signs receipts before their checkpoint.
    pub receipt_key: VerifierKey,
    /// Those outside the company who cosign.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have signed a checkpoint.
    pub quorum: usize,
}

impl Policy {
    /// Reads a policy, and refuses one that can't be satisfied or that satisfies itself.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        let policy: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if policy.quorum > policy.witnesses.len() {
            return Err(format!(
                "a quorum of {} out of {} witnesses can't be reached",
                policy.quorum,
                policy.witnesses.len()
            ));
        }
        if policy.log_key.name() != policy.origin {
            // Later keys come with the log's leaves, without a name: all bear the log's.
            let (name, origin) = (policy.log_key.name(), &policy.origin);
            return Err(format!("the key of the log {origin} is named {name}"));
        }
        let own = policy.own_keys();
        if own.iter().any(|(_, key)| key.kind() != KeyKind::Ed25519) {
            return Err("the log, reports and receipts have keys of type 01 (Ed25519)".to_owned());
        }
        for (i, (role, key)) in own.iter().enumerate() {
            if let Some((other, _)) = own[..i].iter().find(|(_, o)| o.public() == key.public()) {
                return Err(format!("the {other} key and the {role} key are one; they are apart"));
            }
        }
        if policy.witnesses.iter().any(|witness| witness.kind() != KeyKind::Cosignature) {
            return Err("a witness has a key of type 04 (C2SP tlog-cosignature)".to_owned());
        }
        for (i, witness) in policy.witnesses.iter().enumerate() {
            let others = &policy.witnesses[..i];
            if others.iter().any(|other| other.public() == witness.public()) {
                return Err(format!("the key of witness {} stands twice", witness.name()));
            }
            if let Some((whose, _)) = own.iter().find(|(_, key)| key.public() == witness.public()) {
                return Err(format!("witness {} has the {whose} key", witness.name()));
            }
        }
        Ok(policy)
    }

    /// The company's keys, by their use.
    fn own_keys(&self) -> [(&'static str, &VerifierKey); 3] {
        [
            (Role::Log.name(), &self.log_key),
            (Role::Report.name(), &self.report_key),
            (Role::Receipt.name(), &self.receipt_key),
        ]
    }

    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("a policy is plain data");
        json.push(b'\n');
        json
    }

    /// The checkpoint in a note that `log_key` and a quorum of witnesses have signed.
    pub fn open(&self, note: &Note, log_key: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        let checkpoint = self.open_witnessed(note)?;
        if note.is_signed_by(log_key)? {
            Ok(checkpoint)
        } else {
            Err(NoteError::Unsigned(log_key.name().to_owned()).into())
        }
    }

    /// The checkpoint in a note of this log that a quorum of witnesses have signed, the log itself
    /// perhaps not.
    pub(crate) fn open_witnessed(&self, note: &Note) -> Result<Checkpoint, CheckpointError> {
        let checkpoint: Checkpoint = note.text().parse()?;
        if checkpoint.origin != self.origin {
            let (expected, found) = (self.origin.clone(), checkpoint.origin);
            return Err(CheckpointError::Foreign { expected, found });
        }
        let present = self.cosignatures(note)?;
        if present < self.quorum {
            return Err(CheckpointError::Quorum { present, required: self.quorum });
        }
        Ok(checkpoint)
    }

    /// How many of the policy's witnesses have signed.
    pub fn cosignatures(&self, note: &Note) -> Result<usize, NoteError> {
        let mut present = 0;
        for witness in &self.witnesses {
            present += usize::from(note.cosigned_by(witness)?.is_some());
        }
        Ok(present)
    }
}
