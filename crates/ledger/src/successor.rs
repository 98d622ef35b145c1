//! A log that follows another, which could not go on.
//!
//! Its first leaf names the log before, with the size and root at which that one ended. **It holds
//! every leaf about requests that the log before held**: the same seal, the same commitment, on the
//! same request or submission, in the same order. So nobody gets rid of a leaf by beginning anew,
//! and whoever holds the keys of the log before begins it, and nobody else.
//!
//! Both logs are read side by side. Their leaves come in nearly the same order, so few wait for
//! their like at any moment, and what is kept of each leaf is its new place and a mark: 12 bytes.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::hash::Hash;
use crate::leaf::{Arrival, Leaf, LeafKind, Role};
use crate::log::{Bundles, Files, Rejection, VerifiedLog, each_leaf};

/// Where the files of the log before are published, below the successor's own.
pub fn folder_before(origin: Hash) -> String {
    format!("before/{}/", &origin.to_string()[..16])
}

/// What a log came to of which another is the successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// Where each leaf of the log before stands now; [`NOWHERE`] for those that are about that log
    /// itself.
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

/// Logs of which more leaves wait for their like at a time are not compared to the end: they would
/// fill the reader's memory. A log that goes on from a backup has as many as came after that.
const WAITING_MAX: usize = 1 << 22;

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
    #[error(
        "more than {WAITING_MAX} leaves of the log before stand so far from their place that they \
         are not looked for"
    )]
    TooFarApart,
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl Succession {
    /// Where a leaf of the log before stands in this one.
    pub fn place(&self, before: u64) -> Option<u64> {
        let place = usize::try_from(before).ok().and_then(|at| self.places.get(at))?;
        (*place != NOWHERE).then_some(u64::from(*place))
    }

    /// How many leaves came over.
    pub fn carried(&self) -> u64 {
        self.places.iter().filter(|place| **place != NOWHERE).count() as u64
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
    let mut comparison = Comparison::new(end.size);
    let (mut bundles_before, mut bundles) = (Bundles::new(end), Bundles::new(&log.checkpoint));
    let mut is_read = false;
    while !(is_read && comparison.is_whole) {
        // Always of the log that is behind.
        let is_ahead = comparison.waiting_before() > comparison.unmet.len();
        if !comparison.is_whole && (is_read || !is_ahead) {
            let first = bundles_before.read();
            match bundles_before.next(files_before)? {
                Some(leaves) => {
                    let leaves = (first..).zip(leaves);
                    leaves.for_each(|(index, leaf)| comparison.take_before(index, leaf));
                }
                None => comparison.end_before(),
            }
        } else {
            let first = bundles.read();
            match bundles.next(files)? {
                Some(leaves) => {
                    let leaves = (first..).zip(&leaves);
                    leaves.for_each(|(index, leaf)| comparison.take(index, leaf));
                }
                None => is_read = true,
            }
        }
        if comparison.waiting() > WAITING_MAX {
            return Err(SuccessionError::TooFarApart);
        }
    }
    comparison.finish(before, files_before)
}

/// A leaf of this log that may come from the log before.
#[derive(Clone, Copy)]
struct Here {
    index: u64,
    number: u32,
    is_marked: bool,
}

/// A leaf of the log before.
#[derive(Clone, Copy)]
struct There {
    index: u64,
    number: u32,
    /// What it is about, in that log.
    about: Option<(u64, LeafKind)>,
}

/// A leaf that has another number among those of its kind about one thing than it had before.
#[derive(Clone, Copy)]
struct Moved {
    was: u32,
    is: u32,
    place: u64,
}

/// Two logs, as far as they were read.
struct Comparison {
    places: Vec<u32>,
    /// The first bytes of what came over, by which a second one of it is suspected; in order once
    /// all of the log before was read.
    marks: Vec<u64>,
    /// Those of what was met only after that.
    late: HashSet<u64>,
    /// Leaves of the log before whose like was not met here yet.
    missing: HashMap<Hash, There>,
    /// Leaves of the log before that are about one of these, by that.
    orphans: HashMap<u64, Vec<(u64, Leaf)>>,
    orphans_count: usize,
    /// Leaves of this log whose like was not met in the log before yet.
    unmet: HashMap<Hash, Here>,
    /// What may stand twice here.
    suspects: HashSet<Hash>,
    moved: BTreeMap<(u64, LeafKind), Vec<Moved>>,
    moved_count: usize,
    not_marked: Option<u64>,
    /// Whether all of the log before was read.
    is_whole: bool,
}

impl Comparison {
    fn new(size: u64) -> Self {
        let size = usize::try_from(size).expect("all of its leaves were read");
        Self {
            places: vec![NOWHERE; size],
            marks: Vec::with_capacity(size),
            late: HashSet::new(),
            missing: HashMap::new(),
            orphans: HashMap::new(),
            orphans_count: 0,
            unmet: HashMap::new(),
            suspects: HashSet::new(),
            moved: BTreeMap::new(),
            moved_count: 0,
            not_marked: None,
            is_whole: false,
        }
    }

    fn waiting_before(&self) -> usize {
        self.missing.len() + self.orphans_count
    }

    /// How much is kept beside what each leaf has.
    fn waiting(&self) -> usize {
        let here = self.unmet.len() + self.suspects.len() + self.late.len();
        self.waiting_before() + here + self.moved_count
    }

    /// Where a leaf of the log before stands now.
    fn place(&self, before: u64) -> Option<u64> {
        let place = usize::try_from(before).ok().and_then(|at| self.places.get(at))?;
        (*place != NOWHERE).then_some(u64::from(*place))
    }

    /// The next leaf of the log before, or one that is known only now to be about something here.
    fn take_before(&mut self, index: u64, leaf: Leaf) {
        let parent = leaf.parent();
        let place = parent.and_then(|parent| self.place(parent));
        if let (Some(parent), None) = (parent, place) {
            self.orphans.entry(parent).or_default().push((index, leaf));
            self.orphans_count += 1;
            return;
        }
        let Some(key) = key(&leaf, place) else { return };
        let about = parent.map(|parent| (parent, leaf.kind()));
        let there = There { index, number: number(&leaf), about };
        match self.unmet.remove(&key) {
            Some(here) => self.pair(key, there, here),
            None => drop(self.missing.insert(key, there)),
        }
    }

    fn end_before(&mut self) {
        self.is_whole = true;
        self.marks.sort_unstable();
        for key in std::mem::take(&mut self.unmet).into_keys() {
            self.suspect(key);
        }
    }

    /// The next leaf of this log.
    fn take(&mut self, index: u64, leaf: &Leaf) {
        let Some(key) = key(leaf, leaf.parent()) else { return };
        let is_marked = !matches!(leaf, Leaf::Submission { arrival: Arrival::OnReceipt, .. });
        let here = Here { index, number: number(leaf), is_marked };
        if let Some(there) = self.missing.remove(&key) {
            self.pair(key, there, here);
        } else if self.is_whole {
            self.suspect(key);
        } else if self.unmet.insert(key, here).is_some() {
            self.suspects.insert(key);
        }
    }

    /// A leaf of the log before is here.
    fn pair(&mut self, key: Hash, there: There, here: Here) {
        let place = u32::try_from(here.index).expect("no log that was read has so many leaves");
        self.places[there.index as usize] = place;
        match self.is_whole {
            false => self.marks.push(mark(&key)),
            true => drop(self.late.insert(mark(&key))),
        }
        if !here.is_marked && self.not_marked.is_none() {
            self.not_marked = Some(here.index);
        }
        if let Some(about) = there.about.filter(|_| here.number != there.number) {
            let moved = Moved { was: there.number, is: here.number, place: here.index };
            self.moved.entry(about).or_default().push(moved);
            self.moved_count += 1;
        }
        for (index, leaf) in self.orphans.remove(&there.index).unwrap_or_default() {
            self.orphans_count -= 1;
            self.take_before(index, leaf);
        }
    }

    /// Whether a leaf that is new here is one that came over once already.
    fn suspect(&mut self, key: Hash) {
        let mark = mark(&key);
        if self.marks.binary_search(&mark).is_ok() || self.late.contains(&mark) {
            self.suspects.insert(key);
        }
    }

    /// What both logs together come to. Both were read to their ends.
    fn finish(
        mut self,
        before: &VerifiedLog,
        files_before: &impl Files,
    ) -> Result<Succession, SuccessionError> {
        if let Some(index) = self.not_marked {
            return Err(SuccessionError::NotMarked(index));
        }
        if !self.suspects.is_empty()
            && let Some(index) = self.first_suspect(before, files_before)?
        {
            return Err(SuccessionError::Twice(index));
        }
        let orphans = self.orphans.values().flatten().map(|(index, _)| *index);
        let missing = self.missing.values().map(|there| there.index);
        if let Some(index) = missing.chain(orphans).min() {
            return Err(SuccessionError::Dropped(index));
        }
        for ((about, kind), moved) in &mut self.moved {
            let all = before.links.number_of(*about, *kind);
            in_order(moved, all).map_err(|index| SuccessionError::Reordered { index })?;
        }
        Ok(Succession { places: self.places })
    }

    /// The first leaf of the log before that a suspect is, by all of its bytes.
    fn first_suspect(
        &self,
        before: &VerifiedLog,
        files_before: &impl Files,
    ) -> Result<Option<u64>, Rejection> {
        let mut first = None;
        each_leaf(files_before, &before.checkpoint, |index, leaf| {
            let place = leaf.parent().and_then(|parent| self.place(parent));
            let is_here = self.place(index).is_some() && leaf.parent().is_some() == place.is_some();
            let key = key(leaf, place).filter(|_| is_here);
            if first.is_none() && key.is_some_and(|key| self.suspects.contains(&key)) {
                first = Some(index);
            }
        })?;
        Ok(first)
    }
}

/// Whether leaves of one kind about one thing, all of which came over, are in their order here too.
/// `moved` are those with other numbers, and `all` of them are there. An error is the place of one
/// that stood before another and now follows it.
///
/// Numbers follow each other in both logs, and grow by what was added here: so the first leaf that
/// has another number is followed by those that have too.
fn in_order(moved: &mut [Moved], all: u32) -> Result<(), u64> {
    moved.sort_unstable_by_key(|moved| moved.was);
    for [one, next] in moved.array_windows() {
        if one.was + 1 != next.was || one.is >= next.is {
            return Err(one.place);
        }
    }
    match moved.last() {
        Some(last) if last.was + 1 != all => Err(last.place),
        Some(_) | None => Ok(()),
    }
}

/// What a leaf is, where what it is about stands in this log. `None` for one about a log itself.
fn key(leaf: &Leaf, parent: Option<u64>) -> Option<Hash> {
    let (seal, kind) = (leaf.seal()?, [leaf.kind().byte()]);
    match (leaf, leaf.commitment(), parent) {
        (Leaf::Submission { period, .. }, _, _) => {
            Some(Hash::of_parts(&[&kind, &period.number().to_le_bytes(), &seal.0]))
        }
        (_, Some(commitment), Some(parent)) => {
            let parts: [&[u8]; 4] = [&kind, &parent.to_le_bytes(), &seal.0, &commitment.to_bytes()];
            Some(Hash::of_parts(&parts))
        }
        (_, None, _) | (_, _, None) => None,
    }
}

/// The first bytes of a key.
fn mark(key: &Hash) -> u64 {
    let [first, ..] = key.0.as_chunks().0 else { unreachable!("32 bytes are four of eight") };
    u64::from_le_bytes(*first)
}

/// A leaf's number among those of its kind about one thing, from 0.
fn number(leaf: &Leaf) -> u32 {
    match leaf {
        Leaf::Request { ordinal, .. } => u32::from(*ordinal).saturating_sub(1),
        Leaf::Decision { seq, .. } | Leaf::Reclassification { seq, .. } => *seq,
        Leaf::Submission { .. }
        | Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => 0,
    }
}
