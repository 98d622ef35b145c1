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
        write_path(f, &self.path, &self.checkpoint)
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
        let index = number(line, "index ")?;
        let path = read_path(lines)?;
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
        write_path(f, &self.path, &self.checkpoint)
    }
}

impl FromStr for AddCheckpoint {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Malformed)?;
        let mut lines = head.split('\n');
        let old_size = number(lines.next().ok_or(ProofError::Malformed)?, "old ")?;
        let path = read_path(lines)?;
        Ok(Self { old_size, path, checkpoint: checkpoint.parse()? })
    }
}

/// The number after a word, in decimal without leading zeros.
fn number(line: &str, word: &str) -> Result<u64, ProofError> {
    let digits = line.strip_prefix(word).ok_or(ProofError::Malformed)?;
    let number = digits.parse::<u64>().ok().filter(|number| number.to_string() == digits);
    number.ok_or(ProofError::Malformed)
}

/// A hash on each line.
fn read_path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, ProofError> {
    let hashes: Option<Vec<_>> = lines.take(PATH_MAX + 1).map(Hash::from_base64).collect();
    match hashes {
        Some(path) if path.len() > PATH_MAX => Err(ProofError::TooLong),
        Some(path) => Ok(path),
        None => Err(ProofError::Malformed),
    }
}

/// A hash on each line, and the checkpoint below an empty one.
fn write_path(f: &mut fmt::Formatter<'_>, path: &[Hash], checkpoint: &Note) -> fmt::Result {
    path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
    write!(f, "\n{checkpoint}")
}
