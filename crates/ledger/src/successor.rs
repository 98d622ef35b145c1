//! A log that follows another, which could not go on.
//!
//! Its first leaf names the log before, with the size and root at which that one ended. **It holds
//! every leaf about requests that the log before held**: the same seal, the same commitment, on the
//! same request or submission, in the same order. So nobody gets rid of a leaf by beginning anew,
//! and whoever holds the keys of the log before begins it, and nobody else.

use std::collections::HashMap;

use crate::hash::Hash;
use crate::leaf::{Arrival, Leaf, LeafKind, Role};
use crate::log::{Files, Rejection, VerifiedLog, each_leaf};

/// Where the files of the log before are published, below the successor's own.
pub fn folder_before(origin: Hash) -> String {
    format!("before/{}/", &origin.to_string()[..16])
}

/// What a log came to of which another is the successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// Where each leaf of the log before stands now; `None` for those that are about that log
    /// itself.
    places: Vec<Option<u64>>,
}

/// Why a log is not the successor of another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    #[error("the log does not begin by naming a log before it")]
    NoAnchor,
    #[error("the log follows one of another name than {0}")]
    OtherLog(String),
    #[error(
        "the log follows one of {anchored} leaves with the root {root}, which is not the one \
         before it here"
    )]
    OtherEnd { anchored: u64, root: Hash },
    #[error("the {} key is another than the one with which the log before ended", .0.name())]
    OtherKey(Role),
    #[error("leaf {0} of the log before is not in this one")]
    Dropped(u64),
    #[error("leaf {0} of the log before stands twice in this one")]
    Twice(u64),
    #[error(
        "leaf {index} comes from the log before, and stood there before a leaf that it follows"
    )]
    Reordered { index: u64 },
    #[error("leaf {0} comes from the log before, and is not marked as sealed on import")]
    NotMarked(u64),
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl Succession {
    /// Where a leaf of the log before stands in this one.
    pub fn place(&self, before: u64) -> Option<u64> {
        usize::try_from(before).ok().and_then(|at| *self.places.get(at)?)
    }

    /// How many leaves came over.
    pub fn carried(&self) -> u64 {
        self.places.iter().flatten().count() as u64
    }
}

/// Checks that a verified log is the successor of another one. Each comes with its files, which are
/// read once more.
pub fn verify_succession(
    (log, files): (&VerifiedLog, &impl Files),
    (before, files_before): (&VerifiedLog, &impl Files),
) -> Result<Succession, SuccessionError> {
    let (origin, size, root) = log.links.anchor().ok_or(SuccessionError::NoAnchor)?;
    let end = &before.checkpoint;
    if origin != Hash::of(end.origin.as_bytes()) {
        return Err(SuccessionError::OtherLog(end.origin.clone()));
    }
    if (size, root) != (end.size, end.root) {
        return Err(SuccessionError::OtherEnd { anchored: size, root });
    }
    let last = before.links.keys();
    let is_other = |role: &Role| log.links.keys_of(*role).next() != Some(last.of(*role));
    if let Some(role) = Role::ALL.into_iter().find(is_other) {
        return Err(SuccessionError::OtherKey(role));
    }
    let mut known = HashMap::new();
    let mut places = Vec::new();
    let mut identities = Identities::default();
    each_leaf(files_before, end, |index, leaf| {
        if let Some(identity) = identities.next(leaf) {
            known.insert(identity.hash, index);
        }
        places.push(None);
    })?;
    let mut found = Carried { known, places, last: HashMap::new(), wrong: None };
    let mut identities = Identities::default();
    each_leaf(files, &log.checkpoint, |index, leaf| {
        if let Some(identity) = identities.next(leaf) {
            found.take(index, leaf, identity);
        }
    })?;
    if let Some(error) = found.wrong {
        return Err(error);
    }
    let Carried { known, places, .. } = found;
    let missing = known.values().filter(|before| places[**before as usize].is_none()).min();
    match missing {
        Some(before) => Err(SuccessionError::Dropped(*before)),
        None => Ok(Succession { places }),
    }
}

/// The leaves that were found so far.
struct Carried {
    /// Each leaf of the log before, by its identity.
    known: HashMap<Hash, u64>,
    places: Vec<Option<u64>>,
    /// Of the leaves of one kind on one other, the last that came from the log before.
    last: HashMap<(Hash, LeafKind), u64>,
    wrong: Option<SuccessionError>,
}

impl Carried {
    fn take(&mut self, index: u64, leaf: &Leaf, identity: Identity) {
        let Some(before) = self.known.get(&identity.hash).copied() else { return };
        let is_marked = !matches!(leaf, Leaf::Submission { arrival: Arrival::OnReceipt, .. });
        let error = if self.places[before as usize].replace(index).is_some() {
            Some(SuccessionError::Twice(before))
        } else if !is_marked {
            Some(SuccessionError::NotMarked(index))
        } else {
            let of = identity.parent.map(|parent| (parent, leaf.kind()));
            let last = of.and_then(|of| self.last.insert(of, before));
            let follows = last.is_none_or(|last| last < before);
            (!follows).then_some(SuccessionError::Reordered { index })
        };
        self.wrong = self.wrong.take().or(error);
    }
}

/// What a leaf is, wherever it stands.
#[derive(Clone, Copy)]
struct Identity {
    hash: Hash,
    /// That of the leaf that it is about.
    parent: Option<Hash>,
}

/// The identities of a log's leaves, in their order.
#[derive(Default)]
struct Identities(Vec<Option<Hash>>);

impl Identities {
    /// `None` for a leaf that is about the log itself.
    fn next(&mut self, leaf: &Leaf) -> Option<Identity> {
        let of = |parent: u64| usize::try_from(parent).ok().and_then(|at| *self.0.get(at)?);
        let parent = leaf.parent().map(of);
        let identity = match (leaf, parent) {
            (Leaf::Submission { period, seal, .. }, _) => {
                Some((Hash::of_parts(&[&[1], &period.number().to_le_bytes(), &seal.0]), None))
            }
            (_, Some(Some(parent))) => {
                let seal = leaf.seal().unwrap_or(Hash::empty());
                let commitment = leaf.commitment().map(crate::commitment::Commitment::to_bytes);
                let kind = [leaf.kind().byte()];
                let parts: [&[u8]; 4] =
                    [&kind, &seal.0, commitment.as_ref().map_or(&[], |c| c), &parent.0];
                Some((Hash::of_parts(&parts), Some(parent)))
            }
            (_, None | Some(None)) => None,
        };
        self.0.push(identity.map(|(hash, _)| hash));
        identity.map(|(hash, parent)| Identity { hash, parent })
    }
}
