//! The verdict in plain words.

use std::fmt;

use ledger::checkpoint::Policy;
use ledger::codebook::{Codebook, Renamed};
use ledger::leaf::LeafKind;
use ledger::link::PeriodCensus;
use ledger::log::VerifiedLog;
use ledger::receipt::CheckedReceipt;

use crate::said::{plain, say_leaf, say_own};
use crate::{CarriedReceipt, GivenOver, Own, Pinned, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        say_log(f, &self.log)?;
        self.say_keys(f)?;
        for before in &self.before {
            before.say(f)?;
        }
        match (&self.receipt, &self.carried) {
            (Some(receipt), Some(carried)) => self.say_carried(f, receipt, carried)?,
            (Some(receipt), None) => self.say_receipt(f, receipt)?,
            (None, _) => {}
        }
        self.say_limits(f)
    }
}

/// What the log holds, and how it hangs together.
pub(crate) fn say_log(f: &mut fmt::Formatter<'_>, log: &VerifiedLog) -> fmt::Result {
    let checkpoint = &log.checkpoint;
    writeln!(f, "LOG HOLDS  {}", plain(&checkpoint.origin))?;
    writeln!(
        f,
        "  {} leaves, root {}. Every leaf was read: each fits those before it, and the key \
         has signed just these.",
        checkpoint.size,
        checkpoint.root.to_base64()
    )?;
    for (period, census) in log.links.census() {
        let PeriodCensus { submissions, imported, requests, .. } = census;
        let submissions = counted(submissions, "submission");
        write!(f, "  {period}: {submissions}, {}", counted(requests, "request"))?;
        for (count, what) in [
            (imported, "sealed on import and not on receipt"),
            (census.unresolved, "of them not resolved"),
            (census.undecided, "requests without a decision"),
            (census.amended, "requests decided more than once"),
            (census.reclassified, "requests reclassified"),
        ] {
            if count > 0 {
                write!(f, "; {count} {what}")?;
            }
        }
        writeln!(f, ".")?;
    }
    if log.codebook().is_some_and(Codebook::has_pads) {
        writeln!(
            f,
            "  This log is in sealed mode: among these submissions, requests and decisions are \
             pads, which stand for nothing and hide how much there is. Nobody but the company \
             can tell which they are."
        )?;
    }
    for Renamed { country, names } in log.codebooks.renamed() {
        let names: Vec<_> = names.iter().map(|name| format!("\"{}\"", plain(name))).collect();
        writeln!(
            f,
            "  The country {country} was renamed: {}. Only its letters are sealed with a request.",
            names.join(", then ")
        )?;
    }
    let audits = counted(log.links.count(LeafKind::Audit), "leaf of the company");
    writeln!(f, "  Everything else that happened is sealed in {audits}.")
}

/// Which key the log is checked with, and where it came from.
pub(crate) fn say_key(f: &mut fmt::Formatter<'_>, policy: &Policy, pinned: Pinned) -> fmt::Result {
    let key = &policy.log_key;
    match pinned {
        Pinned::Yes => writeln!(f, "KEYS PINNED  by the policy that you gave.")?,
        Pinned::No => writeln!(
            f,
            "KEY NOT PINNED  The keys are those of log/policy.json, so the site vouches for \
             itself. Compare the fingerprint with one that you got elsewhere, or give a \
             policy with --policy."
        )?,
    }
    writeln!(f, "  log key {}, SHA-256 {}", plain(key.name()), key.fingerprint())
}

impl Verdict {
    fn say_keys(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        say_key(f, &self.policy, self.pinned)?;
        let present = self.policy.cosignatures(&self.log.note).unwrap_or_default();
        match self.policy.witnesses.len() {
            0 => writeln!(
                f,
                "  No witness: whether others are shown the same log can't be told from here."
            ),
            all => writeln!(
                f,
                "  {present} of {all} witnesses have signed it; {} must.",
                self.policy.quorum
            ),
        }
    }

    fn say_receipt(&self, f: &mut fmt::Formatter<'_>, receipt: &CheckedReceipt) -> fmt::Result {
        writeln!(f, "RECEIPT HOLDS  It opens every leaf of this log about the submission.")?;
        for leaf in &receipt.leaves {
            write!(f, "  leaf {}: ", leaf.index)?;
            say_leaf(f, leaf, self.log.codebook())?;
        }
        say_own(f, receipt, &self.compared)?;
        if receipt.cosignatures < self.policy.quorum {
            writeln!(
                f,
                "  Provisional: its checkpoints lack signatures of witnesses; the log's own \
                 newest checkpoint has them, and it contains the same leaves."
            )?;
        }
        Ok(())
    }

    fn say_carried(
        &self,
        f: &mut fmt::Formatter<'_>,
        receipt: &CheckedReceipt,
        carried: &CarriedReceipt,
    ) -> fmt::Result {
        writeln!(f, "RECEIPT HOLDS  It is of the log before, {}.", plain(&carried.origin))?;
        match carried.given_over {
            GivenOver::Published => {}
            GivenOver::More => writeln!(
                f,
                "  It was given over more leaves than were published of that log; the company has \
                 signed it."
            )?,
            GivenOver::Another => writeln!(
                f,
                "  It was given over another log of that name than the one that was published. \
                 The company has signed both: that log was forked."
            )?,
        }
        for (leaf, place) in receipt.leaves.iter().zip(&carried.places) {
            write!(f, "  leaf {}, here leaf {place}: ", leaf.index)?;
            say_leaf(f, leaf, self.log.codebook())?;
        }
        say_own(f, receipt, &self.compared)?;
        Ok(())
    }

    fn say_limits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "WHAT THIS PROVES")?;
        writeln!(
            f,
            "  What was sealed was not changed or removed afterwards: corrections are leaves of \
             their own, counted above."
        )?;
        let own = self.receipt.as_ref().map(Own::of);
        if own.is_some() {
            writeln!(
                f,
                "  The submission told above is in the log, with what the company has recorded of \
                 it so far."
            )?;
        }
        writeln!(f, "WHAT IT DOES NOT")?;
        writeln!(
            f,
            "  That every real request was sealed: that, each sender knows by a receipt. That \
             nothing was invented. That what was sealed on import had not been changed before."
        )?;
        if own.is_some_and(|own| own.is_nothing()) {
            writeln!(
                f,
                "  That this submission is yours: nothing in the receipt says whose it is."
            )?;
        }
        writeln!(
            f,
            "  That the numbers of a report are those of the log: proofs of the tables are not \
             part of this version."
        )?;
        writeln!(f, "  The method is experimental and was not yet independently reviewed.")
    }
}

/// "1 request", "2 requests", "3 leaves of the company".
fn counted(count: u64, what: &str) -> String {
    match (count, what.strip_prefix("leaf")) {
        (1, _) => format!("1 {what}"),
        (_, Some(rest)) => format!("{count} leaves{rest}"),
        (_, None) => format!("{count} {what}s"),
    }
}
