//! Receipts: what a submitter holds, and what it proves against a published log.
//!
//! A receipt opens the leaves about one submission to its holder: the record and salt that each
//! seals, the code and blinding that each commits to, and the proof that it is in the log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cell::{CellError, check_cells, check_told};
use crate::checkpoint::{Checkpoint, CheckpointError, Policy};
use crate::codebook::Codebooks;
use crate::commitment::{Blinding, Code};
use crate::hash::{Hash, from_hex, to_hex};
use crate::leaf::{Leaf, LeafError, LeafKind, Role, Salt};
use crate::link::{Links, RoleKeys};
use crate::log::VerifiedLog;
use crate::note::{KeyKind, NoteError, SignatureLine, VerifierKey};
use crate::proof::{InclusionProof, ProofError};
use crate::record::{NotCanonical, canonical};
use crate::tree::verify_inclusion;

/// A larger receipt is refused.
pub const RECEIPT_SIZE_BYTES_MAX: usize = 4 << 20;

/// What is in a receipt, as the receipt key signs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// 1.
    pub version: u32,
    /// The log's name.
    pub origin: String,
    /// The submission's leaf first, then all about it, in the order of the log.
    pub leaves: Vec<Opened>,
}

/// A leaf, opened to its holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The entry of the log, hexadecimal.
    pub leaf: String,
    /// 32 bytes, hexadecimal.
    pub salt: String,
    /// What the leaf's hash seals.
    #[serde(deserialize_with = "crate::record::deserialize")]
    pub record: Value,
    /// What its commitment holds; a submission has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// C2SP tlog-proof.
    pub proof: String,
}

/// Code and blinding of a commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub code: u32,
    /// 32 bytes, hexadecimal.
    pub r: String,
}

/// A receipt as its file holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    #[serde(rename = "receipt")]
    pub contents: Contents,
    /// The receipt key's line over [`Contents::message`], without its newline.
    pub signature: String,
}

impl Opening {
    pub fn new(code: Code, blinding: Blinding) -> Self {
        Self { code: code.to_u32(), r: to_hex(&blinding.to_bytes()) }
    }
}

impl Contents {
    /// What the receipt key signs: a label and the SHA-256 of the contents in canonical form.
    pub fn message(&self) -> Result<Vec<u8>, NotCanonical> {
        let value = serde_json::to_value(self).expect("a receipt is plain data");
        let hash = Hash::of(&canonical(&value)?);
        Ok(format!("candor/receipt/v1\n{}\n{}\n", self.origin, hash).into_bytes())
    }

    pub fn signed(self, key: &VerifierKey, signature: &[u8; 64]) -> Receipt {
        let line = SignatureLine::new(key, signature).to_string();
        Receipt { contents: self, signature: line.trim_end().to_owned() }
    }
}

/// Why a receipt does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("the receipt can't be read: {0}")]
    Malformed(String),
    #[error("the receipt is of the log `{found}`, and the published log is `{expected}`")]
    Foreign { expected: String, found: String },
    #[error("the receipt is not signed by the company's receipt key")]
    Unsigned,
    #[error("leaf {0}: its bytes are no leaf: {1}")]
    Leaf(usize, LeafError),
    #[error("leaf {0}: it does not seal the record and salt beside it")]
    Seal(usize),
    #[error("leaf {0}: its commitment does not open to the code beside it")]
    Opening(usize),
    #[error("leaf {0}: {1}")]
    Told(usize, CellError),
    #[error("the leaf at {index}: {error}")]
    Cell { index: u64, error: CellError },
    #[error("leaf {0}: its proof can't be read: {1}")]
    Proof(usize, ProofError),
    #[error("leaf {0}: its checkpoint does not hold: {1}")]
    Checkpoint(usize, CheckpointError),
    #[error("leaf {0}: it is not at its place in the log that its checkpoint was signed over")]
    NotIncluded(usize),
    #[error(
        "the log was forked: the receipt's checkpoint at size {size} has another root than the \
         published log at that size"
    )]
    Fork { size: u64 },
    #[error(
        "the published log is older than the receipt: it has {published} leaves, and the \
         receipt's checkpoint was signed over {receipt}"
    )]
    Stale { published: u64, receipt: u64 },
    #[error(
        "the log was read without the root at size {size}, so the receipt can't be held against it"
    )]
    RootUnknown { size: u64 },
    #[error("the leaf at {index} is about another submission than the first")]
    OfAnother { index: u64 },
    #[error("the leaf at {index} stands twice, or after a later one")]
    Order { index: u64 },
    #[error("a receipt begins with the leaf of its submission")]
    NoSubmission,
    #[error(
        "the log holds leaf {index} about this submission, and the receipt does not open it: ask \
         the company for a receipt that does"
    )]
    NotOpened { index: u64 },
}

/// A leaf of a receipt that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedLeaf {
    pub index: u64,
    pub leaf: Leaf,
    pub record: Value,
    pub code: Option<Code>,
}

/// What a receipt was found to say.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedReceipt {
    pub leaves: Vec<CheckedLeaf>,
    /// The least number of the policy's witnesses that signed one of its checkpoints.
    pub cosignatures: usize,
}

/// What is known of the log that a receipt is of.
#[derive(Clone, Copy)]
struct Known<'a> {
    links: &'a Links,
    codebooks: &'a Codebooks,
}

impl Receipt {
    pub fn from_json(json: &[u8]) -> Result<Self, ReceiptError> {
        let malformed = |what: String| ReceiptError::Malformed(what);
        if json.len() > RECEIPT_SIZE_BYTES_MAX {
            return Err(malformed(format!("it is larger than {RECEIPT_SIZE_BYTES_MAX} bytes")));
        }
        let receipt: Self =
            serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
        match receipt.contents.version {
            1 => Ok(receipt),
            version => Err(malformed(format!("version {version} is unknown"))),
        }
    }

    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("a receipt is plain data");
        json.push(b'\n');
        json
    }

    /// The sizes of the trees that its checkpoints were signed over, for
    /// [`verify_log`](crate::log::verify_log).
    pub fn sizes(&self) -> Vec<u64> {
        let size = |opened: &Opened| {
            let proof: InclusionProof = opened.proof.parse().ok()?;
            let checkpoint: Checkpoint = proof.checkpoint.text().parse().ok()?;
            Some(checkpoint.size)
        };
        self.contents.leaves.iter().filter_map(size).collect()
    }

    /// Checks everything in the receipt against a log that was verified with its
    /// [`sizes`](Self::sizes).
    pub fn check(
        &self,
        policy: &Policy,
        log: &VerifiedLog,
    ) -> Result<CheckedReceipt, ReceiptError> {
        let (checked, heads) = self.check_alone(policy, log)?;
        let published = log.checkpoint.size;
        let mut stale = None;
        for checkpoint in heads {
            match log.roots.get(&checkpoint.size) {
                Some(root) if *root == checkpoint.root => {}
                Some(_) => return Err(ReceiptError::Fork { size: checkpoint.size }),
                None if checkpoint.size > published => {
                    stale = stale.max(Some(checkpoint.size));
                }
                None => return Err(ReceiptError::RootUnknown { size: checkpoint.size }),
            }
        }
        let submission = checked.leaves.first().map_or(0, |leaf| leaf.index);
        let about = log.links.about(submission);
        let opened: Vec<u64> = checked.leaves.iter().map(|leaf| leaf.index).collect();
        let mut seen = opened.iter().filter(|index| **index < published);
        if let Some(index) = seen.find(|index| about.binary_search(index).is_err()) {
            return Err(ReceiptError::OfAnother { index: *index });
        }
        // Read twice or out of order, one decision would pass for two, or the first for the last.
        if let Some([_, index]) = opened.array_windows().find(|[before, index]| index <= before) {
            return Err(ReceiptError::Order { index: *index });
        }
        if let Some(index) = about.into_iter().find(|index| opened.binary_search(index).is_err()) {
            return Err(ReceiptError::NotOpened { index });
        }
        // As far as the log is published nothing contradicts it; what follows is not known yet.
        if let Some(receipt) = stale {
            return Err(ReceiptError::Stale { published, receipt });
        }
        check_cells(&checked.leaves, &log.codebooks)
            .map_err(|(index, error)| ReceiptError::Cell { index, error })?;
        Ok(checked)
    }

    /// Checks what the receipt says by itself: that the company has signed it and its checkpoints,
    /// that its leaves seal and commit to what stands beside them, that both say the same as far as
    /// the codebook goes, and that they are in the logs that the checkpoints were signed over. Of
    /// the log only its keys and codebooks are asked. Whether those logs are this one, and whether a
    /// leaf is missing, [`check`](Self::check) says. Returns the checkpoints too.
    pub fn check_alone(
        &self,
        policy: &Policy,
        log: &VerifiedLog,
    ) -> Result<(CheckedReceipt, Vec<Checkpoint>), ReceiptError> {
        self.check_with(policy, Known { links: &log.links, codebooks: &log.codebooks })
    }

    /// The same where nothing of the log is published yet: with the keys that it begins with.
    pub fn check_unpublished(
        &self,
        policy: &Policy,
    ) -> Result<(CheckedReceipt, Vec<Checkpoint>), ReceiptError> {
        let links = Links::new(&policy.origin, RoleKeys::first(policy));
        self.check_with(policy, Known { links: &links, codebooks: &Codebooks::default() })
    }

    fn check_with(
        &self,
        policy: &Policy,
        known: Known<'_>,
    ) -> Result<(CheckedReceipt, Vec<Checkpoint>), ReceiptError> {
        let origin = &self.contents.origin;
        if *origin != policy.origin {
            let (expected, found) = (policy.origin.clone(), origin.clone());
            return Err(ReceiptError::Foreign { expected, found });
        }
        self.check_signature(policy, known.links)?;
        let mut checked = CheckedReceipt { leaves: Vec::new(), cosignatures: usize::MAX };
        let mut heads = Vec::new();
        for (i, opened) in self.contents.leaves.iter().enumerate() {
            let (leaf, head, cosignatures) = opened.check(i, policy, known)?;
            checked.leaves.push(leaf);
            heads.push(head);
            checked.cosignatures = checked.cosignatures.min(cosignatures);
        }
        match checked.leaves.first() {
            Some(CheckedLeaf { leaf: Leaf::Submission { .. }, .. }) => Ok((checked, heads)),
            Some(_) | None => Err(ReceiptError::NoSubmission),
        }
    }

    fn check_signature(&self, policy: &Policy, links: &Links) -> Result<(), ReceiptError> {
        let line: SignatureLine = self.signature.parse().map_err(|_| ReceiptError::Unsigned)?;
        let malformed = |error: NotCanonical| ReceiptError::Malformed(error.to_string());
        let message = self.contents.message().map_err(malformed)?;
        let name = policy.receipt_key.name();
        let mut keys = links
            .keys_of(Role::Receipt)
            .filter_map(|key| VerifierKey::new(name, KeyKind::Ed25519, key).ok());
        let holds = |key: VerifierKey| {
            line.name == key.name()
                && line.key_id == key.id()
                && key.verifies(&message, &line.signature)
        };
        if keys.any(holds) { Ok(()) } else { Err(ReceiptError::Unsigned) }
    }
}

impl Opened {
    fn check(
        &self,
        i: usize,
        policy: &Policy,
        known: Known<'_>,
    ) -> Result<(CheckedLeaf, Checkpoint, usize), ReceiptError> {
        let entry = from_hex(&self.leaf).ok_or(ReceiptError::Leaf(i, LeafError::Truncated))?;
        let leaf = Leaf::decode(&entry).map_err(|error| ReceiptError::Leaf(i, error))?;
        let salt = from_hex(&self.salt).and_then(|salt| salt.try_into().ok()).map(Salt);
        let record = canonical(&self.record).map_err(|_| ReceiptError::Seal(i))?;
        let sealed = salt.map(|salt| leaf.kind().seal(&salt, &record));
        if sealed.is_none() || sealed != leaf.seal() {
            return Err(ReceiptError::Seal(i));
        }
        let code = self.open(&leaf).map_err(|()| ReceiptError::Opening(i))?;
        check_told(&leaf, &self.record, code, known.codebooks.in_force())
            .map_err(|error| ReceiptError::Told(i, error))?;
        let proof: InclusionProof =
            self.proof.parse().map_err(|error| ReceiptError::Proof(i, error))?;
        let (checkpoint, cosignatures) = open_checkpoint(&proof, policy, known.links)
            .map_err(|error| ReceiptError::Checkpoint(i, error))?;
        let hash = Hash::leaf(&entry);
        if !verify_inclusion(hash, proof.index, checkpoint.size, &proof.path, checkpoint.root) {
            return Err(ReceiptError::NotIncluded(i));
        }
        let index = proof.index;
        let leaf = CheckedLeaf { index, leaf, record: self.record.clone(), code };
        Ok((leaf, checkpoint, cosignatures))
    }

    /// The code that the leaf's commitment opens to; `None` where it has no commitment.
    fn open(&self, leaf: &Leaf) -> Result<Option<Code>, ()> {
        match (leaf.commitment(), &self.opening) {
            (None, None) => Ok(None),
            (Some(commitment), Some(Opening { code, r })) => {
                let r = from_hex(r).and_then(|r| r.try_into().ok()).and_then(Blinding::from_bytes);
                let (code, r) = Code::from_u32(*code).zip(r).ok_or(())?;
                // A decision that commits to a country would move its request to another cell.
                let is_of_leaf = match leaf.kind() {
                    LeafKind::Request | LeafKind::Reclassification => code.of_outcome() == 0,
                    LeafKind::Decision => code.of_outcome() != 0,
                    LeafKind::Submission
                    | LeafKind::Codebook
                    | LeafKind::Report
                    | LeafKind::Audit
                    | LeafKind::Key => false,
                };
                let opens = is_of_leaf && commitment.opens_to(code, r);
                if opens { Ok(Some(code)) } else { Err(()) }
            }
            (Some(_), None) | (None, Some(_)) => Err(()),
        }
    }
}

/// The checkpoint of a proof, signed by a key that the log has or had, and how many witnesses
/// signed it too.
fn open_checkpoint(
    proof: &InclusionProof,
    policy: &Policy,
    links: &Links,
) -> Result<(Checkpoint, usize), CheckpointError> {
    let checkpoint: Checkpoint = proof.checkpoint.text().parse()?;
    if checkpoint.origin != policy.origin {
        let (expected, found) = (policy.origin.clone(), checkpoint.origin);
        return Err(CheckpointError::Foreign { expected, found });
    }
    let mut keys = links.keys_of(Role::Log);
    let signed = keys.try_fold(false, |signed, key| {
        let key = VerifierKey::new(&policy.origin, KeyKind::Ed25519, key)?;
        Ok::<_, NoteError>(signed || proof.checkpoint.is_signed_by(&key)?)
    })?;
    if !signed {
        return Err(NoteError::Unsigned(policy.origin.clone()).into());
    }
    Ok((checkpoint, policy.cosignatures(&proof.checkpoint)?))
}
