//! The leaves of the log: a kind byte, a version byte, then fields of fixed size.
//!
//! Numbers are little-endian. **These encodings never change**: a leaf that was sealed must be read
//! for ever, and the golden files in `tests/golden` keep them so. A new need is a new kind or
//! version.

use std::fmt;

use ed25519_dalek::VerifyingKey;

use crate::commitment::Commitment;
use crate::hash::{HASH_SIZE_BYTES, Hash};

/// The version that every leaf has today.
pub const LEAF_VERSION: u8 = 1;

/// What a leaf is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeafKind {
    Submission,
    Request,
    Decision,
    Reclassification,
    Codebook,
    Report,
    Audit,
    Key,
}

impl LeafKind {
    pub const ALL: [Self; 8] = [
        Self::Submission,
        Self::Request,
        Self::Decision,
        Self::Reclassification,
        Self::Codebook,
        Self::Report,
        Self::Audit,
        Self::Key,
    ];

    /// The first byte of the leaf.
    pub fn byte(self) -> u8 {
        match self {
            Self::Submission => 1,
            Self::Request => 2,
            Self::Decision => 3,
            Self::Reclassification => 4,
            Self::Codebook => 5,
            Self::Report => 6,
            Self::Audit => 7,
            Self::Key => 8,
        }
    }

    /// As the seal's label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Request => "request",
            Self::Decision => "decision",
            Self::Reclassification => "reclassification",
            Self::Codebook => "codebook",
            Self::Report => "report",
            Self::Audit => "audit",
            Self::Key => "key",
        }
    }

    /// The hash that seals a record: SHA-256("candor/KIND/v1" ‖ salt ‖ record).
    pub fn seal(self, salt: &Salt, record: &[u8]) -> Hash {
        let label = format!("candor/{}/v{LEAF_VERSION}", self.name());
        Hash::of_parts(&[label.as_bytes(), &salt.0, record])
    }
}

impl fmt::Display for LeafKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// 32 bytes of the system's randomness that hide a record which could be guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// The half-year in which a submission arrived, in the log's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfYear(u16);

impl HalfYear {
    /// `half` is 1 or 2.
    pub fn new(year: u16, half: u8) -> Option<Self> {
        let half = half.checked_sub(1).filter(|half| *half < 2)?;
        year.checked_mul(2).map(|year| Self(year + u16::from(half)))
    }

    pub fn year(self) -> u16 {
        self.0 / 2
    }

    /// 1 or 2.
    pub fn half(self) -> u8 {
        (self.0 % 2) as u8 + 1
    }

    /// Half-years since the year 0, the number that stands in the leaf.
    pub fn number(self) -> u16 {
        self.0
    }

    pub fn from_number(number: u16) -> Self {
        Self(number)
    }
}

impl fmt::Display for HalfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-H{}", self.year(), self.half())
    }
}

/// How a submission came to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrival {
    /// Sealed as it arrived.
    OnReceipt,
    /// Sealed on import, some time after it had arrived: the company could have changed it before.
    OnImport,
}

/// A key's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Signs checkpoints.
    Log,
    /// Signs reports.
    Report,
    /// Signs receipts.
    Receipt,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Log, Self::Report, Self::Receipt];

    pub fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Report => 2,
            Self::Receipt => 3,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Report => "report",
            Self::Receipt => "receipt",
        }
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Something arrived. The record says what.
    Submission { period: HalfYear, arrival: Arrival, seal: Hash },
    /// A request in a submission: `ordinal` counts from 1.
    Request { submission: u64, ordinal: u16, seal: Hash, record: Commitment },
    /// Its outcome changed: `seq` counts from 0.
    Decision { request: u64, seq: u32, seal: Hash, outcome: Commitment },
    /// Its country or category was corrected: `seq` counts from 0.
    Reclassification { request: u64, seq: u32, seal: Hash, record: Commitment },
    /// From here on this codebook says what codes mean.
    Codebook { codebook: Hash },
    /// A report was published about these half-years, over the leaves before `cutoff`.
    Report { first: HalfYear, last: HalfYear, revision: u32, cutoff: u64, table: Hash, proof: Hash },
    /// A salted hash of everything else that happened up to here.
    Audit { seal: Hash },
    /// A key takes the place of another.
    HandOver(HandOver),
    /// This log follows another, whose name has this hash.
    Anchor { origin: Hash, size: u64, root: Hash },
}

/// A key takes the place of another, signed by the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    pub role: Role,
    pub old: [u8; 32],
    pub new: [u8; 32],
    /// Ed25519, by the old key, over [`HandOver::message`].
    pub signature: [u8; 64],
}

impl HandOver {
    /// What the old key signs: `"candor/key/v1" ‖ SHA-256(origin) ‖ role ‖ old ‖ new`.
    pub fn message(origin: &str, role: Role, old: &[u8; 32], new: &[u8; 32]) -> Vec<u8> {
        let origin = Hash::of(origin.as_bytes());
        [b"candor/key/v1".as_slice(), &origin.0, &[role.byte()], old, new].concat()
    }

    pub fn holds(&self, origin: &str) -> bool {
        let message = Self::message(origin, self.role, &self.old, &self.new);
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature);
        VerifyingKey::from_bytes(&self.old)
            .is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
            && VerifyingKey::from_bytes(&self.new).is_ok_and(|key| !key.is_weak())
    }
}

/// Why bytes are no leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    #[error("kind {0} is unknown")]
    Kind(u8),
    #[error("version {0} is unknown")]
    Version(u8),
    #[error("it is too short")]
    Truncated,
    #[error("it is too long")]
    Trailing,
    #[error("its {0} has a value that means nothing")]
    Field(&'static str),
}

const IMPORTED: u8 = 1;
const HAND_OVER: u8 = 1;
const ANCHOR: u8 = 2;

impl Leaf {
    pub fn kind(&self) -> LeafKind {
        match self {
            Self::Submission { .. } => LeafKind::Submission,
            Self::Request { .. } => LeafKind::Request,
            Self::Decision { .. } => LeafKind::Decision,
            Self::Reclassification { .. } => LeafKind::Reclassification,
            Self::Codebook { .. } => LeafKind::Codebook,
            Self::Report { .. } => LeafKind::Report,
            Self::Audit { .. } => LeafKind::Audit,
            Self::HandOver(_) | Self::Anchor { .. } => LeafKind::Key,
        }
    }

    /// The hash that the leaf's record is sealed with; `None` where a leaf has no record.
    pub fn seal(&self) -> Option<Hash> {
        match self {
            Self::Submission { seal, .. }
            | Self::Request { seal, .. }
            | Self::Decision { seal, .. }
            | Self::Reclassification { seal, .. }
            | Self::Audit { seal } => Some(*seal),
            Self::Codebook { .. }
            | Self::Report { .. }
            | Self::HandOver(_)
            | Self::Anchor { .. } => None,
        }
    }

    /// The leaf that this one refers to: a request's submission, the request of an outcome.
    pub fn parent(&self) -> Option<u64> {
        match self {
            Self::Request { submission, .. } => Some(*submission),
            Self::Decision { request, .. } | Self::Reclassification { request, .. } => {
                Some(*request)
            }
            Self::Submission { .. }
            | Self::Codebook { .. }
            | Self::Report { .. }
            | Self::Audit { .. }
            | Self::HandOver(_)
            | Self::Anchor { .. } => None,
        }
    }

    pub fn commitment(&self) -> Option<Commitment> {
        match self {
            Self::Request { record, .. } | Self::Reclassification { record, .. } => Some(*record),
            Self::Decision { outcome, .. } => Some(*outcome),
            Self::Submission { .. }
            | Self::Codebook { .. }
            | Self::Report { .. }
            | Self::Audit { .. }
            | Self::HandOver(_)
            | Self::Anchor { .. } => None,
        }
    }

    /// The entry of the log, and what is hashed in its tree.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.kind().byte(), LEAF_VERSION];
        match self {
            Self::Submission { period, arrival, seal } => {
                out.extend(period.0.to_le_bytes());
                out.push(match arrival {
                    Arrival::OnReceipt => 0,
                    Arrival::OnImport => IMPORTED,
                });
                out.extend(seal.0);
            }
            Self::Request { submission, ordinal, seal, record } => {
                out.extend(submission.to_le_bytes());
                out.extend(ordinal.to_le_bytes());
                out.extend(seal.0);
                out.extend(record.to_bytes());
            }
            Self::Decision { request, seq, seal, outcome: commitment }
            | Self::Reclassification { request, seq, seal, record: commitment } => {
                out.extend(request.to_le_bytes());
                out.extend(seq.to_le_bytes());
                out.extend(seal.0);
                out.extend(commitment.to_bytes());
            }
            Self::Codebook { codebook } => out.extend(codebook.0),
            Self::Report { first, last, revision, cutoff, table, proof } => {
                out.extend(first.0.to_le_bytes());
                out.extend(last.0.to_le_bytes());
                out.extend(revision.to_le_bytes());
                out.extend(cutoff.to_le_bytes());
                out.extend(table.0);
                out.extend(proof.0);
            }
            Self::Audit { seal } => out.extend(seal.0),
            Self::HandOver(HandOver { role, old, new, signature }) => {
                out.extend([HAND_OVER, role.byte()]);
                out.extend(old);
                out.extend(new);
                out.extend(signature);
            }
            Self::Anchor { origin, size, root } => {
                out.push(ANCHOR);
                out.extend(origin.0);
                out.extend(size.to_le_bytes());
                out.extend(root.0);
            }
        }
        out
    }

    /// Reads what [`Leaf::encode`] writes, and nothing else. Whether a commitment is a point is
    /// asked when it is used.
    pub fn decode(entry: &[u8]) -> Result<Self, LeafError> {
        let mut fields = Fields(entry);
        let kind = fields.byte()?;
        let Some(kind) = LeafKind::ALL.into_iter().find(|known| known.byte() == kind) else {
            return Err(LeafError::Kind(kind));
        };
        let version = fields.byte()?;
        if version != LEAF_VERSION {
            return Err(LeafError::Version(version));
        }
        let leaf = match kind {
            LeafKind::Submission => Self::Submission {
                period: fields.half_year()?,
                arrival: match fields.byte()? {
                    0 => Arrival::OnReceipt,
                    IMPORTED => Arrival::OnImport,
                    _ => return Err(LeafError::Field("flags")),
                },
                seal: fields.hash()?,
            },
            LeafKind::Request => Self::Request {
                submission: fields.u64()?,
                ordinal: u16::from_le_bytes(fields.take()?),
                seal: fields.hash()?,
                record: fields.commitment()?,
            },
            LeafKind::Decision => Self::Decision {
                request: fields.u64()?,
                seq: fields.u32()?,
                seal: fields.hash()?,
                outcome: fields.commitment()?,
            },
            LeafKind::Reclassification => Self::Reclassification {
                request: fields.u64()?,
                seq: fields.u32()?,
                seal: fields.hash()?,
                record: fields.commitment()?,
            },
            LeafKind::Codebook => Self::Codebook { codebook: fields.hash()? },
            LeafKind::Report => Self::Report {
                first: fields.half_year()?,
                last: fields.half_year()?,
                revision: fields.u32()?,
                cutoff: fields.u64()?,
                table: fields.hash()?,
                proof: fields.hash()?,
            },
            LeafKind::Audit => Self::Audit { seal: fields.hash()? },
            LeafKind::Key => match fields.byte()? {
                HAND_OVER => Self::HandOver(HandOver {
                    role: fields.role()?,
                    old: fields.take()?,
                    new: fields.take()?,
                    signature: fields.take()?,
                }),
                ANCHOR => Self::Anchor {
                    origin: fields.hash()?,
                    size: fields.u64()?,
                    root: fields.hash()?,
                },
                _ => return Err(LeafError::Field("use")),
            },
        };
        if fields.0.is_empty() { Ok(leaf) } else { Err(LeafError::Trailing) }
    }
}

/// What is left of an entry.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], LeafError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(LeafError::Truncated)?;
        self.0 = rest;
        Ok(*field)
    }

    fn byte(&mut self) -> Result<u8, LeafError> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, LeafError> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, LeafError> {
        self.take().map(u64::from_le_bytes)
    }

    fn hash(&mut self) -> Result<Hash, LeafError> {
        self.take::<HASH_SIZE_BYTES>().map(Hash)
    }

    fn commitment(&mut self) -> Result<Commitment, LeafError> {
        self.take().map(Commitment::from_bytes)
    }

    fn half_year(&mut self) -> Result<HalfYear, LeafError> {
        self.take().map(u16::from_le_bytes).map(HalfYear)
    }

    fn role(&mut self) -> Result<Role, LeafError> {
        let byte = self.byte()?;
        let role = Role::ALL.into_iter().find(|role| role.byte() == byte);
        role.ok_or(LeafError::Field("role"))
    }
}
