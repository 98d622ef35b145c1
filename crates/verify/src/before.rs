//! The logs that a log follows, and receipts of theirs.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, bail};
use ledger::checkpoint::Policy;
use ledger::hash::Hash;
use ledger::leaf::LeafKind;
use ledger::log::{Files, VerifiedLog, each_leaf};
use ledger::receipt::{CheckedReceipt, Receipt, ReceiptError};
use ledger::successor::{Succession, folder_before, verify_succession};

use crate::read::{Prefixed, Source};
use crate::said::plain;
use crate::{Asked, Pinned, choose_policy};

/// More logs in a row are not read.
const LOGS_MAX: usize = 16;

/// A log that another one follows.
#[derive(Debug)]
pub struct Before {
    pub policy: Policy,
    pub pinned: Pinned,
    pub log: VerifiedLog,
    pub succession: Succession,
}

/// What became of the leaves of a receipt of a log before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedReceipt {
    pub origin: String,
    /// Where each of its leaves stands in the newest log.
    pub places: Vec<u64>,
    pub given_over: GivenOver,
}

/// What a receipt of a log before was given over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenOver {
    /// What was published of that log.
    Published,
    /// More than was published.
    More,
    /// Another log of the same name: the company has signed both.
    Another,
}

/// Reads and checks the logs before, the last one first. They lie below the files of the newest.
pub(crate) fn read(
    source: &Source,
    prefix: &str,
    (log, files): (&VerifiedLog, &impl Files),
    asked: &Asked<'_>,
) -> anyhow::Result<Vec<Before>> {
    let mut all: Vec<Before> = Vec::new();
    let mut last = Prefixed { files: source, prefix: prefix.to_owned() };
    loop {
        let follower = all.last().map_or(log, |before| &before.log);
        let Some((origin, _, _)) = follower.links.anchor() else { return Ok(all) };
        if all.len() == LOGS_MAX {
            bail!("more than {LOGS_MAX} logs follow one another, and no more are read");
        }
        let folder = folder_before(origin);
        let before = Prefixed { files: source, prefix: format!("{prefix}{folder}") };
        let told = || format!("log/{folder}: the log before");
        let (policy, pinned) = choose_policy(&before, asked.policy).with_context(told)?;
        let checked =
            asked.verify(&before, &policy).with_context(|| format!("{} does not hold", told()))?;
        let succession = if all.is_empty() {
            verify_succession((log, files), (&checked, &before))
        } else {
            verify_succession((follower, &last), (&checked, &before))
        };
        let succession = succession.with_context(|| format!("{} is not this one's", told()))?;
        last = before;
        all.push(Before { policy, pinned, log: checked, succession });
    }
}

/// Checks a receipt of a log before, and finds its leaves in the newest one.
pub(crate) fn check(
    receipt: &Receipt,
    (log, files): (&VerifiedLog, &impl Files),
    all: &[Before],
) -> anyhow::Result<(CheckedReceipt, CarriedReceipt)> {
    let origin = receipt.contents.origin.clone();
    let Some(at) = all.iter().position(|before| before.policy.origin == origin) else {
        let (expected, found) = (log.checkpoint.origin.clone(), origin);
        return Err(ReceiptError::Foreign { expected, found }.into());
    };
    let of = &all[at];
    let alone = |given_over| {
        let (checked, _) = receipt.check_alone(&of.policy, &of.log)?;
        let places = find(&checked, log, files)?;
        Ok::<_, anyhow::Error>((checked, places, given_over))
    };
    let (checked, places, given_over) = match receipt.check(&of.policy, &of.log) {
        Ok(checked) => {
            let place = |index: u64| {
                let mut logs = all[..=at].iter().rev();
                logs.try_fold(index, |place, log| log.succession.place(place))
            };
            let places: Vec<_> = checked.leaves.iter().map(|leaf| place(leaf.index)).collect();
            (checked, places, GivenOver::Published)
        }
        // Then it may be what the successor was begun for.
        Err(ReceiptError::Stale { .. }) => alone(GivenOver::More)?,
        Err(ReceiptError::Fork { .. }) => alone(GivenOver::Another)?,
        Err(error) => return Err(error.into()),
    };
    let missing = checked.leaves.iter().zip(&places).find(|(_, place)| place.is_none());
    if let Some((leaf, _)) = missing {
        bail!(
            "leaf {} of the log {origin} is not in the log that follows it: what it seals was \
             lost. The receipt is signed by the company all the same; show it to them",
            leaf.index
        );
    }
    let places: Vec<u64> = places.into_iter().flatten().collect();
    let submission = places.first().copied().unwrap_or_default();
    if let Some(index) = log.links.about(submission).into_iter().find(|at| !places.contains(at)) {
        return Err(ReceiptError::NotOpened { index }.into());
    }
    Ok((checked, CarriedReceipt { origin, places, given_over }))
}

/// Where the newest log holds leaves with the seals and commitments of a receipt's.
fn find(
    receipt: &CheckedReceipt,
    log: &VerifiedLog,
    files: &impl Files,
) -> anyhow::Result<Vec<Option<u64>>> {
    let identity = |leaf: &ledger::leaf::Leaf| (leaf.kind(), leaf.seal(), leaf.commitment());
    let mut places: HashMap<(LeafKind, Option<Hash>), u64> = HashMap::new();
    each_leaf(files, &log.checkpoint, |index, leaf| {
        let of = receipt.leaves.iter().find(|of| identity(&of.leaf) == identity(leaf));
        if of.is_some() {
            places.insert((leaf.kind(), leaf.seal()), index);
        }
    })?;
    let place = |leaf: &ledger::leaf::Leaf| places.get(&(leaf.kind(), leaf.seal())).copied();
    Ok(receipt.leaves.iter().map(|leaf| place(&leaf.leaf)).collect())
}

impl Before {
    pub(crate) fn say(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = &self.log.checkpoint;
        let origin = plain(&end.origin);
        writeln!(f, "FOLLOWS  {origin}, which ended with {} leaves.", end.size)?;
        writeln!(
            f,
            "  Its {} leaves about requests are all in this log, in their order, with the same \
             seals; they count as sealed on import here. It has the keys with which that one \
             ended.",
            self.succession.carried()
        )
    }
}
