//! A receipt that was given over leaves which are not published yet.
//!
//! Where a company publishes its log with its editions alone, every receipt is so for months.

use std::fmt;

use ledger::checkpoint::{Checkpoint, Policy};
use ledger::log::VerifiedLog;
use ledger::receipt::{CheckedReceipt, Receipt, ReceiptError};

use crate::Pinned;
use crate::receipt::{Compared, Own};

/// A receipt that holds by itself, and can't be held against the log before more of it is published.
#[derive(Debug)]
pub struct NotYetPublished {
    pub policy: Policy,
    pub pinned: Pinned,
    /// The log as far as it is published; `None` where nothing of it is.
    pub log: Option<Box<VerifiedLog>>,
    pub receipt: CheckedReceipt,
    /// So many leaves the published log needs.
    pub leaves: u64,
    pub compared: Compared,
}

impl std::error::Error for NotYetPublished {}

impl fmt::Display for NotYetPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the company has signed the receipt, and has not published the log so far yet: check \
             it again once {} leaves or more are published",
            self.leaves
        )
    }
}

impl NotYetPublished {
    /// Checks a receipt by itself that is of this log and goes beyond what is published of it.
    pub(crate) fn check(
        receipt: &Receipt,
        (policy, pinned): (&Policy, Pinned),
        log: Option<VerifiedLog>,
    ) -> Result<Self, ReceiptError> {
        let (checked, heads) = match &log {
            Some(log) => receipt.check_alone(policy, log)?,
            None => receipt.check_unpublished(policy)?,
        };
        let leaves = heads.iter().map(|head: &Checkpoint| head.size).max().unwrap_or_default();
        Ok(Self {
            policy: policy.clone(),
            pinned,
            log: log.map(Box::new),
            receipt: checked,
            leaves,
            compared: Compared::default(),
        })
    }

    /// What was found, in words.
    pub fn tell(&self, f: &mut impl fmt::Write) -> fmt::Result {
        write!(f, "{}", Told(self))
    }
}

struct Told<'a>(&'a NotYetPublished);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(NotYetPublished { policy, pinned, log, receipt, leaves, compared }) = self;
        match log {
            Some(log) => crate::say::say_log(f, log)?,
            None => writeln!(f, "NOTHING PUBLISHED  There is no log here yet.")?,
        }
        crate::say::say_key(f, policy, *pinned)?;
        writeln!(
            f,
            "RECEIPT SIGNED, LOG NOT PUBLISHED SO FAR  The company has signed this receipt, and a \
             log of {leaves} leaves that holds what it opens. {}",
            match log {
                Some(log) => format!("Published are {}.", log.checkpoint.size),
                None => "Nothing of it is published.".to_owned(),
            }
        )?;
        let codebook = log.as_ref().and_then(|log| log.codebook());
        for leaf in &receipt.leaves {
            write!(f, "  leaf {}: ", leaf.index)?;
            crate::said::say_leaf(f, leaf, codebook)?;
        }
        crate::said::say_own(f, receipt, compared)?;
        writeln!(f, "WHAT THIS PROVES")?;
        writeln!(
            f,
            "  That the company has promised it: who holds this receipt can show to anyone that it \
             was given out. The checks so far found no contradiction."
        )?;
        writeln!(f, "WHAT IT DOES NOT")?;
        writeln!(
            f,
            "  That it is in the log that everybody sees, and that nothing else was recorded about \
             it. Check it again once {leaves} leaves or more are published."
        )?;
        writeln!(
            f,
            "  A company that publishes its log with its editions alone is here until the next \
             one. One that publishes at once is not, nor one that has published an edition since \
             it gave you the receipt: then ask it why, and keep the receipt."
        )?;
        if Own::of(receipt).is_nothing() {
            writeln!(f, "  That the receipt is about what you sent: see above.")?;
        }
        writeln!(f, "  The method is experimental and was not yet independently reviewed.")
    }
}
