//! Checks a published log, and receipts against it, for someone who trusts nobody.
//!
//! The rules are the `ledger` crate's; here are the files and URLs that they are read from, and the
//! words in which the result is told. `candor verify` and `candor-verify` are the same.
//!
//! This crate must never know the company's side: no database, no key.

mod before;
mod read;
mod receipt;
mod said;
mod say;
mod unpublished;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use ledger::checkpoint::Policy;
use ledger::log::{Files, LEAVES_MAX, ReadError, Rejection, VerifiedLog, verify_log_within};
use ledger::note::NOTE_SIZE_BYTES_MAX;
use ledger::receipt::{CheckedReceipt, Receipt, ReceiptError};

use crate::before::Before;
pub use crate::before::{CarriedReceipt, GivenOver};
use crate::read::{Prefixed, Source};
pub use crate::receipt::{Compared, Own};
pub use crate::unpublished::NotYetPublished;

/// Check a published log, and what a receipt says of it
///
/// Reads every leaf of the log, holds it against tiles, links and signatures, and says in plain
/// words what that proves and what not. Exit code 0 where everything that was asked holds, 1 where
/// it does not, 3 where the company has signed the receipt and not yet published the log so far.
/// Without a receipt a period whose numbers are proven is asked for too.
#[derive(Clone, Debug, clap::Args)]
pub struct Verify {
    /// The site's address or a copy of it in a folder; one period's folder in it will do
    #[arg(value_name = "URL_OR_DIR")]
    pub site: String,
    /// A receipt, as the company gave it to who sent the submission
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// The reference that you sent with it: the receipt must have the same
    #[arg(long, value_name = "TEXT", requires = "receipt")]
    pub reference: Option<String>,
    /// A file that was sent: the receipt must be about it. Can be given several times
    #[arg(long, value_name = "FILE", requires = "receipt")]
    pub document: Vec<PathBuf>,
    /// Keys and witnesses to trust, from elsewhere than the site: of the log, or of one before it
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Read no log with more leaves. Each takes 8 bytes of memory before anything is checked
    #[arg(long, value_name = "N", default_value_t = LEAVES_READ)]
    pub leaves_max: u64,
}

/// The leaves of a busy company in decades, in 128 MiB: without witnesses the size of a log is only
/// its server's word until all of it was read.
pub const LEAVES_READ: u64 = 1 << 24;

/// With what a log is checked.
pub(crate) struct Asked<'a> {
    pub(crate) policy: Option<&'a Policy>,
    /// At which its root is wanted.
    sizes: Vec<u64>,
    leaves_max: u64,
}

impl Asked<'_> {
    pub(crate) fn verify(&self, log: &impl Files, policy: &Policy) -> anyhow::Result<VerifiedLog> {
        verify_log_within(log, policy, &self.sizes, self.leaves_max).map_err(|error| match error {
            Rejection::TooLarge { claimed, .. } if claimed <= LEAVES_MAX => anyhow::anyhow!(
                "{error}. If you believe that it is so large, give --leaves-max {claimed}: that \
                 may take {} MiB of memory",
                claimed.div_ceil(1 << 17)
            ),
            error => error.into(),
        })
    }
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
        let prefix = format!("{}log/", source.site()?.context(NO_LOG)?);
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
    pub compared: Compared,
}

const NO_LOG: &str = "there is no log here: neither log/checkpoint nor ../log/checkpoint";

impl Verify {
    /// Everything about a site, without a receipt.
    pub fn of(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            receipt: None,
            reference: None,
            document: Vec::new(),
            policy: None,
            leaves_max: LEAVES_READ,
        }
    }

    /// Checks everything that was asked. An error says what does not hold; it is
    /// [`NotYetPublished`] where the receipt holds by itself and the log is not published so far.
    pub fn run(&self) -> anyhow::Result<Verdict> {
        let source = Source::open(&self.site)?;
        let given = self.given_policy()?;
        let receipt = self.receipt.as_deref().map(receipt::read).transpose()?;
        let Some(site) = source.site()? else {
            return Err(match &receipt {
                Some(receipt) => self.without_log(&source, given, receipt),
                None => anyhow::anyhow!(NO_LOG),
            });
        };
        let prefix = format!("{site}log/");
        let files = Prefixed { files: &source, prefix: prefix.clone() };
        let (policy, mut pinned) = choose_policy(&files, given.as_ref())?;
        let sizes = receipt.as_ref().map(Receipt::sizes).unwrap_or_default();
        let asked = Asked { policy: given.as_ref(), sizes, leaves_max: self.leaves_max };
        let log = asked.verify(&files, &policy).context("the log does not hold")?;
        let before = before::read(&source, &prefix, (&log, &files), &asked)?;
        if before.iter().any(|before| before.pinned == Pinned::Yes) {
            // Each log begins with the keys with which the one before it ended.
            pinned = Pinned::Yes;
        }
        if let (Some(given), Pinned::No) = (&given, pinned) {
            bail!("the policy is for the log {:?}, and the site has another", given.origin);
        }
        let mut carried = None;
        let checked = match &receipt {
            Some(receipt) if receipt.contents.origin != policy.origin => {
                let (checked, became) = before::check(receipt, (&log, &files), &before)
                    .context("the receipt does not hold")?;
                carried = Some(became);
                Some(checked)
            }
            Some(receipt) => match receipt.check(&policy, &log) {
                Ok(checked) => Some(checked),
                Err(ReceiptError::Stale { .. }) => {
                    return Err(self.not_yet((&policy, pinned), Some(log), receipt));
                }
                Err(error) => return Err(refused(error, receipt, &log)),
            },
            None => None,
        };
        let compared = match &checked {
            Some(checked) => self.compare(checked)?,
            None => Compared::default(),
        };
        Ok(Verdict { policy, pinned, log, before, receipt: checked, carried, compared })
    }

    fn compare(&self, receipt: &CheckedReceipt) -> anyhow::Result<Compared> {
        receipt::compare(receipt, self.reference.as_deref(), &self.document)
    }

    /// What there is to say of a receipt whose log is not published at all.
    fn without_log(
        &self,
        source: &Source,
        given: Option<Policy>,
        receipt: &Receipt,
    ) -> anyhow::Error {
        let of_site = |path: &str| {
            let json = source.read(path, POLICY_SIZE_BYTES_MAX).ok().flatten()?;
            read_policy(&json).ok()
        };
        let (policy, pinned) = match given {
            Some(given) => (Some(given), Pinned::Yes),
            None => {
                (of_site("log/policy.json").or_else(|| of_site("../log/policy.json")), Pinned::No)
            }
        };
        match policy {
            Some(policy) => self.not_yet((&policy, pinned), None, receipt),
            None => anyhow::anyhow!(
                "{NO_LOG}. Where a company publishes its log with its editions alone, that is so \
                 until the first one. To check meanwhile that the company has signed the receipt, \
                 give its keys with --policy"
            ),
        }
    }

    /// What there is to say of a receipt that goes beyond what is published of its log.
    fn not_yet(
        &self,
        policy: (&Policy, Pinned),
        log: Option<VerifiedLog>,
        receipt: &Receipt,
    ) -> anyhow::Error {
        let checked = NotYetPublished::check(receipt, policy, log).map_err(anyhow::Error::from);
        let compared = checked.and_then(|checked| {
            let compared = self.compare(&checked.receipt)?;
            Ok(NotYetPublished { compared, ..checked })
        });
        match compared {
            Ok(not_yet) => not_yet.into(),
            Err(error) => error.context("the receipt does not hold"),
        }
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

/// Why a receipt was refused. Keys that took over since the log was published are not in it.
fn refused(error: ReceiptError, receipt: &Receipt, log: &VerifiedLog) -> anyhow::Error {
    let (published, goes_to) = (log.checkpoint.size, receipt.sizes().into_iter().max());
    let is_of_key = matches!(error, ReceiptError::Unsigned | ReceiptError::Checkpoint(..));
    let error = anyhow::Error::from(error).context("the receipt does not hold");
    match goes_to.filter(|size| is_of_key && *size > published) {
        Some(size) => error.context(format!(
            "{published} leaves of the log are published, and the receipt goes to {size}: if the \
             company has replaced its keys since, they are in the log once it is published so far; \
             check it again then. With the keys known so far"
        )),
        None => error,
    }
}

/// Checks, and tells the verdict. An error where something does not hold, or where no period is
/// proven and none but proven numbers were asked for; [`exit_code`] tells them apart.
pub fn run_and_tell(verify: &Verify, out: &mut impl Write) -> anyhow::Result<()> {
    let verdict = verify.run();
    if let Err(error) = &verdict
        && let Some(not_yet) = error.downcast_ref::<NotYetPublished>()
    {
        let mut told = String::new();
        not_yet.tell(&mut told)?;
        out.write_all(told.as_bytes())?;
    }
    let verdict = verdict?;
    write!(out, "{verdict}")?;
    if verdict.receipt.is_none() {
        bail!(
            "the log holds, and no period in this site has a proof, so its numbers were not \
             checked; to check a receipt, give it with --receipt"
        );
    }
    Ok(())
}

/// With which code a program ends that was told this error: 3 where a receipt can't be held against
/// the log yet, 1 for all else.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<NotYetPublished>() {
        Some(_) => ExitCode::from(3),
        None => ExitCode::FAILURE,
    }
}

/// A larger policy is refused.
const POLICY_SIZE_BYTES_MAX: usize = 1 << 20;
