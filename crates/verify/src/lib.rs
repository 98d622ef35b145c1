//! Checks a published log, and receipts against it, for someone who trusts nobody.
//!
//! The rules are the `ledger` crate's; here are the files and URLs that they are read from, and the
//! words in which the result is told. `candor verify` and `candor-verify` are the same.
//!
//! This crate must never know the company's side: no database, no key.

mod before;
mod read;
mod say;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ledger::checkpoint::Policy;
use ledger::log::{Files, ReadError, VerifiedLog, verify_log};
use ledger::note::NOTE_SIZE_BYTES_MAX;
use ledger::receipt::{CheckedReceipt, RECEIPT_SIZE_BYTES_MAX, Receipt};

use crate::before::Before;
pub use crate::before::{CarriedReceipt, GivenOver};
use crate::read::{Prefixed, Source};

/// Check a published log, and what a receipt says of it
///
/// Reads every leaf of the log, holds it against tiles, links and signatures, and says in plain
/// words what that proves and what not. Exit code 0 where everything that was asked holds, 1 where
/// it does not. Without a receipt a period whose numbers are proven is asked for too.
#[derive(Clone, Debug, clap::Args)]
pub struct Verify {
    /// The site's address or a copy of it in a folder; one period's folder in it will do
    #[arg(value_name = "URL_OR_DIR")]
    pub site: String,
    /// A receipt, as the company gave it to who sent the submission
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// A file that was sent: the receipt must be about it. Can be given several times
    #[arg(long, value_name = "FILE", requires = "receipt")]
    pub document: Vec<PathBuf>,
    /// Keys and witnesses to trust, from elsewhere than the site: of the log, or of one before it
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

/// The files of a published log.
#[derive(Debug)]
pub enum PublishedLog {
    Site(SiteLog),
    /// The bytes of a checkpoint, without its log.
    Checkpoint(Vec<u8>),
}

/// The log below a site's root.
#[derive(Debug)]
pub struct SiteLog {
    source: Source,
    prefix: String,
}

impl PublishedLog {
    /// A site's address, a copy of it in a folder, or a checkpoint file.
    pub fn open(site: &str) -> anyhow::Result<Self> {
        if Path::new(site).is_file() {
            let note = std::fs::read(site).with_context(|| format!("{site} can't be read"))?;
            return Ok(Self::Checkpoint(note));
        }
        let source = Source::open(site)?;
        let prefix = format!("{}log/", source.site()?);
        Ok(Self::Site(SiteLog { source, prefix }))
    }
}

impl Files for PublishedLog {
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Site(SiteLog { source, prefix }) => {
                Prefixed { files: source, prefix: prefix.clone() }.read(path, size_bytes_max)
            }
            Self::Checkpoint(note) => {
                let is_it = path == "checkpoint" && note.len() <= size_bytes_max;
                Ok(is_it.then(|| note.clone()))
            }
        }
    }
}

/// Where the keys came from that the log was checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// From the caller.
    Yes,
    /// From the site itself, which proves only that the site agrees with itself.
    No,
}

/// What was found to hold.
#[derive(Debug)]
pub struct Verdict {
    pub policy: Policy,
    pub pinned: Pinned,
    pub log: VerifiedLog,
    /// The logs that this one follows, the last one first.
    pub before: Vec<Before>,
    pub receipt: Option<CheckedReceipt>,
    /// Where the receipt is of a log before: what became of its leaves.
    pub carried: Option<CarriedReceipt>,
    /// Files that the receipt was found to be about.
    pub documents: Vec<PathBuf>,
}

impl Verify {
    /// Checks everything that was asked. An error says what does not hold.
    pub fn run(&self) -> anyhow::Result<Verdict> {
        let source = Source::open(&self.site)?;
        let site = source.site()?;
        let prefix = format!("{site}log/");
        let files = Prefixed { files: &source, prefix: prefix.clone() };
        let given = self.given_policy()?;
        let (policy, mut pinned) = choose_policy(&files, given.as_ref())?;
        let receipt = self.receipt.as_deref().map(read_receipt).transpose()?;
        let sizes = receipt.as_ref().map(Receipt::sizes).unwrap_or_default();
        let log = verify_log(&files, &policy, &sizes).context("the log does not hold")?;
        let before = before::read(&source, &prefix, (&log, &files), given.as_ref(), &sizes)?;
        if before.iter().any(|before| before.pinned == Pinned::Yes) {
            // Each log begins with the keys with which the one before it ended.
            pinned = Pinned::Yes;
        }
        if let (Some(given), Pinned::No) = (&given, pinned) {
            bail!("the policy is for the log {}, and the site has another", given.origin);
        }
        let mut carried = None;
        let checked = match &receipt {
            Some(receipt) if receipt.contents.origin != policy.origin => {
                let (checked, became) = before::check(receipt, (&log, &files), &before)
                    .context("the receipt does not hold")?;
                carried = Some(became);
                Some(checked)
            }
            Some(receipt) => {
                Some(receipt.check(&policy, &log).context("the receipt does not hold")?)
            }
            None => None,
        };
        if let Some(checked) = &checked {
            for document in &self.document {
                is_about(checked, document)?;
            }
        }
        let documents = self.document.clone();
        Ok(Verdict { policy, pinned, log, before, receipt: checked, carried, documents })
    }

    fn given_policy(&self) -> anyhow::Result<Option<Policy>> {
        let Some(file) = &self.policy else { return Ok(None) };
        let json = std::fs::read(file)
            .with_context(|| format!("{}: the policy can't be read", file.display()))?;
        read_policy(&json).map(Some)
    }
}

/// The policy of the log with these files: the one that was given, if it is for this log.
fn choose_policy(log: &impl Files, given: Option<&Policy>) -> anyhow::Result<(Policy, Pinned)> {
    let note = log.read("checkpoint", NOTE_SIZE_BYTES_MAX)?.unwrap_or_default();
    let origin = note.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match given {
        Some(given) if given.origin.as_bytes() == origin => Ok((given.clone(), Pinned::Yes)),
        Some(_) | None => {
            let json = log.read("policy.json", POLICY_SIZE_BYTES_MAX)?;
            let json = json.context("log/policy.json is missing; give one with --policy")?;
            Ok((read_policy(&json)?, Pinned::No))
        }
    }
}

fn read_policy(json: &[u8]) -> anyhow::Result<Policy> {
    Policy::from_json(json).map_err(|what| anyhow::anyhow!("policy: {what}"))
}

/// Checks, and tells the verdict. An error where something does not hold, or where no period is
/// proven and none but proven numbers were asked for.
pub fn run_and_tell(verify: &Verify, out: &mut impl Write) -> anyhow::Result<()> {
    let verdict = verify.run()?;
    write!(out, "{verdict}")?;
    if verdict.receipt.is_none() {
        bail!(
            "the log holds, and no period in this site has a proof, so its numbers were not \
             checked; to check a receipt, give it with --receipt"
        );
    }
    Ok(())
}

/// A larger policy is refused.
const POLICY_SIZE_BYTES_MAX: usize = 1 << 20;

fn read_receipt(file: &Path) -> anyhow::Result<Receipt> {
    let name = file.display();
    let size = std::fs::metadata(file).with_context(|| format!("{name} can't be read"))?.len();
    if size > RECEIPT_SIZE_BYTES_MAX as u64 {
        bail!("{name} is larger than a receipt, {RECEIPT_SIZE_BYTES_MAX} bytes");
    }
    let json = std::fs::read(file).with_context(|| format!("{name} can't be read"))?;
    Receipt::from_json(&json).with_context(|| format!("{name} is no receipt"))
}

/// Whether the submission's record names the SHA-256 of a file.
fn is_about(receipt: &CheckedReceipt, document: &Path) -> anyhow::Result<()> {
    let name = document.display();
    let bytes = std::fs::read(document).with_context(|| format!("{name} can't be read"))?;
    let hash = ledger::hash::Hash::of(&bytes).to_string();
    let files = receipt.leaves.first().and_then(|leaf| leaf.record.get("files"));
    let is_named = files
        .and_then(|files| files.as_array())
        .is_some_and(|files| files.iter().any(|file| file.as_str() == Some(&hash)));
    if !is_named {
        bail!("the receipt is not about {name}: no file with its SHA-256, {hash}, was received");
    }
    Ok(())
}
