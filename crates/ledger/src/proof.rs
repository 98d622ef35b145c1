//! Proofs as text: that a leaf is in the log (C2SP tlog-proof), and that a log grew out of its
//! earlier self, as witnesses are asked (C2SP tlog-witness).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::note::{Note, NoteError};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2⁶⁴ leaves has no longer path.
pub const PATH_MAX: usize = 63;

/// A leaf's position, the way from it to the root, and the signed checkpoint with that root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    pub index: u64,
    /// The leaf's sibling first.
    pub path: Vec<Hash>,
    pub checkpoint: Note,
}

/// Why a proof could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("a proof begins with `{HEADER}`, the leaf's index and its hashes")]
    Malformed,
    #[error("a proof with more than {PATH_MAX} hashes")]
    TooLong,
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for InclusionProof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Malformed)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Malformed);
        }
        // Extra data is nobody's word, and candor writes none.
        let mut line = lines.next().ok_or(ProofError::Malformed)?;
        if let Some(extra) = line.strip_prefix("extra ") {
            STANDARD.decode(extra).map_err(|_| ProofError::Malformed)?;
            line = lines.next().ok_or(ProofError::Malformed)?;
        }
        let digits = line.strip_prefix("index ").ok_or(ProofError::Malformed)?;
        let index: u64 = digits.parse().map_err(|_| ProofError::Malformed)?;
        if index.to_string() != digits {
            return Err(ProofError::Malformed);
        }
        let path = lines
            .take(PATH_MAX + 1)
            .map(Hash::from_base64)
            .collect::<Option<Vec<_>>>()
            .ok_or(ProofError::Malformed)?;
        if path.len() > PATH_MAX {
            return Err(ProofError::TooLong);
        }
        Ok(Self { index, path, checkpoint: checkpoint.parse()? })
    }
}

/// What a witness is asked to cosign: the checkpoint, and that it grew out of the one that the
/// witness saw last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness saw last; 0 where it saw none.
    pub old_size: u64,
    pub path: Vec<Hash>,
    pub checkpoint: Note,
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for AddCheckpoint {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Malformed)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old.and_then(|digits| {
            digits.parse::<u64>().ok().filter(|size| size.to_string() == digits)
        });
        let path = lines
            .take(PATH_MAX + 1)
            .map(Hash::from_base64)
            .collect::<Option<Vec<_>>>()
            .ok_or(ProofError::Malformed)?;
        if path.len() > PATH_MAX {
            return Err(ProofError::TooLong);
        }
        let old_size = old_size.ok_or(ProofError::Malformed)?;
        Ok(Self { old_size, path, checkpoint: checkpoint.parse()? })
    }
}
