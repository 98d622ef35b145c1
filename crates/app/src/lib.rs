//! The use cases, one file each: the only place that joins domain, store, exchange and report.
//!
//! Every act of the company goes through here, whatever surface it came from. This crate must
//! never know HTTP, a terminal, or SQL.
//!
//! Start at [`Candor::open`]; then [`import`], [`report`], [`publish`].

mod access;
mod act;
mod answers;
mod arrivals;
mod audit;
mod authorities;
mod backup;
mod bands;
mod batch;
mod case;
mod changes;
mod checkpoint;
mod clock;
mod company;
mod compartment;
mod conduct;
mod config;
mod correction;
mod deadlines;
mod declination;
mod docket;
mod doctor;
mod documents;
mod draft;
mod edition;
mod encrypted;
mod erase;
mod examine;
mod export;
mod hold;
mod holidays;
mod http;
mod ids;
mod import;
mod init;
mod inspector;
mod jobs;
mod keys;
mod loss;
mod mail;
mod notices;
mod paperwork;
mod permission;
mod preview;
mod profiles;
mod publish;
mod queue;
mod receipt;
mod receive;
mod register;
mod reopen;
mod restore;
mod retention;
mod scan;
mod shred;
mod signals;
mod site;
mod statistics;
mod together;
mod trail;
mod viewing;
mod waiting;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use domain::access::Permission;
use domain::category::Demand;
use domain::count::NotReconciled;
use domain::holidays::Holidays;
use domain::id::SubmissionId;
use domain::period::Period;
use domain::profile::Profiles;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{Db, Keys, MasterKey};

use crate::answers::Answers;
use crate::keys::{Held, Lock, Places, Signers};
use crate::together::Coalesced;

pub use self::access::{
    AccessNotice, AccessRefusal, By, CameWith, Invited, Invitee, Joined, LiveSession, MustWait,
    NewAuthenticator, PasskeySeen, PasswordRefusal, ProgramToken, RecoveryCode, Residence,
    SessionSeen, SignIn, SignedIn, StepUp, Token, Ways, Welcome,
};
pub use act::ActKind;
pub use answers::AnswerFiles;
pub use arrivals::{Alike, ArrivalList, ArrivalPlace, SubmissionEntry};
pub use authorities::{
    AboutOfficer, AuthorityEntry, AuthorityView, ContactTold, EnteredAs, EnteredContact,
    NewVerification, OfficerTold, VerificationTold,
};
pub use backup::BackedUp;
pub use case::{Case, CaseEvent, SubmissionView};
pub use changes::{CHANGES_MAX, ChangePlace, Changes, ChangesFilter};
pub use checkpoint::Signed;
pub use clock::HolidaysUnknown;
pub use company::{ConfirmedElement, Holding, Inventory, IsHeld, inventory_kinds};
pub use compartment::{ReasonedEvent, Secrecy, SecrecyStep};
pub use conduct::{Act, TEXT_SIZE_BYTES_MAX, Texts};
pub use config::{
    Config, ConsoleSettings, Database, Deadlines, KeySettings, Log, Publish, Publisher, Reports,
    Serve, Withheld,
};
pub use correction::Correcting;
pub use deadlines::{Board, BoardFilter, BoardKind, Place};
pub use declination::{Kept, SignedDeclination, signing};
pub use docket::waits_for;
pub use doctor::{Doctor, Finding, Refolding};
pub use documents::{NewDocuments, added};
pub use domain::request::PublicationKind;
pub use draft::{Drafts, draft};
pub use edition::{AsOf, index_entries};
pub use encrypted::{EncryptedError, Recipients};
pub use examine::{FileSeen, Inside, Scanned};
pub use export::Exported;
pub use hold::{HeldSubmission, HoldTold};
pub use holidays::read_holidays;
pub use import::{Import, Imported, Reimport, Run};
pub use init::{Init, init};
pub use inspector::Inspector;
pub use keys::{HandTo, Protection, Rotated, SigningKeys, VaultSettings};
pub use ledger::leaf::Role;
pub use ledger::receipt::Receipt;
pub use mail::{MailSettings, MailTls};
pub use notices::{MailListed, NoticeOf};
pub use preview::{NoPreview, Preview};
pub use profiles::read_profiles;
pub use publish::Published;
pub use queue::{AssignedTo, Queue, QueueCounts, QueueFilter, QueuePlace, QueueTime, Rank, Whose};
pub use receive::{Arrival, Entered, Received, sha256_of};
pub use register::{Letter, LetterFile, Registering};
pub use restore::{Against, Restore, RestoreError, Restored, restore};
pub use retention::{
    DUE_MAX, DueEntry, DueList, ErasedDue, KeptFor, NewPeriods, NotErased, PartTold, Periods, Rest,
    SeenDue, Sources,
};
pub use scan::ScanSettings;
pub use signals::{LetterSettings, MailNote, MailTold, NotedBy};
pub use site::{Site, page_of_all_editions};
pub use statistics::{Counted, CountedRequests, Narrowed, Numbers, Statistics, StatisticsBy};
pub use store::{
    ArrivalCounts, Attachment, Authority, CaseName, CaseRow, DEADLINES_COUNTED_MAX, DeadlineCounts,
    DeadlineRow, FILE_SIZE_BYTES_MAX, MailKind, MailOutcome, Officer, Particulars, Person,
    ReceivedKey, Reminders, Resolution, SeenBy, SessionId, StoredEvent, StoredToken,
    SubmissionNumber, SubmissionRow, Viewed, Viewing,
};
pub use trail::{About, LogTold, Looked, TRAIL_MAX, Trail, TrailEvent, TrailViewing};
pub use viewing::Look;
pub use waiting::WaitingToBeRegistered;
pub use witness::{VerifierKey, Witness};

/// A submission that is to be resolved. What lies in a compartment is not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unresolved(Option<SubmissionId>);

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(Some(first)) => write!(f, ", {first} first"),
            Self(None) => f.write_str(" and only named people see them: ask your counsel"),
        }
    }
}

/// What tells the time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    /// Stands still: for tests, and for files that are the same every time.
    Fixed(Timestamp),
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system's clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(now) => now,
        }
    }
}

/// An open data directory.
#[derive(Clone, Debug)]
pub struct Candor {
    pub dir: PathBuf,
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    time_zone: TimeZone,
    held: Arc<Held>,
    profiles: Arc<OnceLock<Profiles>>,
    holidays: Arc<OnceLock<Holidays>>,
    answers: Arc<OnceLock<Answers>>,
    /// What looks into files.
    pub inspector: Inspector,
    drawn: preview::Drawn,
    attempts: access::Attempts,
    /// Held while a checkpoint is signed, so that none is taken for later than one that is.
    signing: Arc<Coalesced>,
    /// Held while witnesses are asked.
    publishing: Arc<Coalesced>,
    last_signed: Arc<checkpoint::LastSigned>,
    /// Told of each batch that this program makes.
    batches: Arc<tokio::sync::Notify>,
    docket: docket::Shared,
    arrivals: receive::Arrivals,
    registrations: register::Registrations,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Import(#[from] exchange::Error),
    #[error(transparent)]
    NotReconciled(#[from] NotReconciled),
    #[error(transparent)]
    Report(#[from] report::Error),
    #[error(transparent)]
    Encrypted(#[from] EncryptedError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Refused(#[from] domain::request::Refusal),
    #[error("{path}: {what}")]
    File { path: PathBuf, what: &'static str, source: std::io::Error },
    #[error("{0}")]
    Config(String),
    #[error("{0} is not over yet, it ends on {last}: its report can be drafted with `candor report build`", last = .0.last())]
    NotOver(Period),
    #[error(
        "{period} was published as revision {revision}: to replace it, say why with --correct REASON"
    )]
    PublishedAlready { period: Period, revision: u32 },
    #[error("{0} was never published, so there is nothing to correct: leave --correct out")]
    NothingToCorrect(Period),
    #[error("a correction needs a reason: it stands on the published page")]
    ReasonMissing,
    #[error(
        "{period} can't be told in the bands that are set: {of} was published with `{}`, {}, and \
         the law lets one structure be used; set that one as `bands` under [reports] in \
         candor.toml, or none", told.code(), told.law()
    )]
    OtherBands { period: Period, of: Period, told: domain::band::Structure },
    #[error("{0} is a file of {1}, not of {2}")]
    WrongKind(String, &'static str, &'static str),
    #[error("{0}")]
    Nothing(String),
    #[error("{} holds something else than a report: move it away, or name another folder with --out", .0.display())]
    NotOurs(PathBuf),
    #[error(
        "{} holds revision {revision} of {period} as it was published, and the data directory does \
         not: keep that folder, it may be the last copy (docs/backup.md). Name another one with \
         --out",
        .folder.display()
    )]
    PublishedElsewhere { folder: PathBuf, period: Period, revision: u32 },
    #[error(
        "the {role} key can't be handed over to this one, which is {whose}: each key has one use, \
         and none comes back. Nothing was changed. Have another key made; in Vault, rotate it \
         there first, or name a key of its own for each role"
    )]
    KeyTaken { role: &'static str, whose: String },
    #[error("a worker stopped before it was done")]
    Worker,
    #[error("it could not be sealed, and nothing of it is kept: try again")]
    Again,
    #[error(
        "it is sealed as submission {0}, but its receipt could not be signed: don't send it again, \
         get the receipt with `candor receipt` once the keys can be reached"
    )]
    NotReceipted(SubmissionId),
    #[error(
        "submission {id} is recorded and sealed, and gets its place in the log with the batch of \
         {at}: the receipt can be had then"
    )]
    ReceiptWaits { id: SubmissionId, at: Timestamp },
    #[error(transparent)]
    Access(#[from] AccessRefusal),
    #[error(transparent)]
    Submission(#[from] domain::submission::SubmissionRefusal),
    #[error(transparent)]
    Compartment(#[from] domain::compartment::CompartmentRefusal),
    #[error(transparent)]
    Hold(#[from] domain::hold::HoldRefusal),
    #[error("{0}: say where the period comes from, which law or which decision of yours")]
    PeriodWithoutSource(&'static str),
    #[error("there is more in this time than {} lines: choose a shorter one", trail::TRAIL_MAX)]
    TrailTooLong,
    #[error("there is no submission {0}, or it was erased")]
    NoSubmission(SubmissionId),
    #[error("there is no such request here, or its texts were erased")]
    NoRequest,
    #[error(transparent)]
    Authority(#[from] domain::authority::AuthorityRefusal),
    #[error("there is no such authority")]
    NoAuthority,
    #[error("there is no such submission")]
    NoSuchSubmission,
    #[error("the submission has no such file")]
    NoFile,
    #[error("a scanner found malware in this file: it is in quarantine")]
    Quarantined,
    #[error("no scanner finds anything in this file, so it is not in quarantine")]
    NotQuarantined,
    #[error("no scanner is set, so nothing is scanned: see `[scan]` in candor.toml")]
    NoScanner,
    #[error("somebody else did something here since you opened it: look at it again")]
    Moved,
    #[error("you may not {}; ask an operator who may", .0.words())]
    Forbidden(Permission),
    #[error("the text `{0}` is longer than {TEXT_SIZE_BYTES_MAX} bytes: shorten it")]
    TextTooLong(&'static str),
    #[error("`{0}` is longer than a line: shorten it")]
    LineTooLong(&'static str),
    #[error("the file {0} is larger than 25 MiB: split it")]
    FileTooLarge(String),
    #[error("the file {0} is there twice: send it once")]
    FileTwice(String),
    #[error("choose at least one")]
    NothingChosen,
    #[error("say why, in a sentence or more")]
    ReasonOfAct,
    #[error("what was to be signed is not the text that came with it: sign it again")]
    NotWhatIsSigned,
    #[error("a request is linked to another one that stands for itself")]
    NoLink,
    #[error(
        "{} are held: say where, for how long, and on which lawful basis", .0.label()
    )]
    InventoryIncomplete(Demand),
    #[error(
        "{count} submissions received in {period} are not resolved{first}: register their \
         requests, or declare with the reason that they hold none"
    )]
    Unresolved { period: Period, count: u64, first: Unresolved },
    #[error(
        "a backup was restored without all that was sealed since, and {what} of {period} are \
         lost: enter them again from what the senders hold and decide again, or publish \
         without them with --despite-loss"
    )]
    ContentLost { period: Period, what: String },
    #[error(
        "this database was made before there was a log: make a new data directory with \
         `candor init` and import again"
    )]
    NoLog,
    #[error("{} is not the {role} key of the log `{origin}`: put the right file there; a copy of it should be where you keep the master key", .path.display())]
    WrongKey { path: PathBuf, role: &'static str, origin: String },
    #[error("the key {url} {what}")]
    Vault { url: String, what: String },
    #[error(
        "the last checkpoint that was signed here is unreadable: take `checkpoint` from the \
         published log and put it into the data directory"
    )]
    NoCheckpoint,
    #[error(
        "the database holds the log `{origin}`, and what was signed here is `{signed}`: the data \
         directory and its database don't belong together"
    )]
    ForeignLog { origin: String, signed: String },
    #[error(
        "the database holds {size} leaves, and a checkpoint over {signed} was signed: it is an \
         older copy. Restore the newest backup; signing this one would fork the log"
    )]
    LogTooShort { size: u64, signed: u64 },
    #[error(
        "the first {size} leaves in the database are others than those that were signed: it is a \
         copy that went its own way. Restore the newest backup; signing this one would fork the log"
    )]
    LogDiffers { size: u64 },
}

impl Error {
    fn file(path: impl Into<PathBuf>, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, what, source }
    }
}

/// Opens what the key files are locked with, on a thread of its own: a passphrase takes a moment.
async fn unlock(dir: &Path, config: &Config) -> Result<Lock, Error> {
    let (dir, settings) = (dir.to_owned(), config.keys.clone());
    http::blocking(move || Lock::open(&dir, &settings)).await
}

impl Candor {
    /// Opens a data directory that [`init`] made.
    pub async fn open(dir: impl Into<PathBuf>, clock: Clock) -> Result<Self, Error> {
        let dir = dir.into();
        let config = Config::read(&dir)?;
        let lock = unlock(&dir, &config).await?;
        let key = lock.read(&init::master_key_file(&dir), "the master key can't be read")?;
        let keys = Keys::new(&MasterKey::from_file(&key)?);
        let db = Db::open(&config.location(&dir), keys).await?;
        let time_zone = db.snapshot().await?.time_zone().await?;
        let (origin, in_use) = checkpoint::keys_of_log(&mut db.snapshot().await?).await?;
        let places = Places { dir: &dir, settings: &config.keys, lock: &lock };
        let held = Arc::new(Held::new(Signers::open(places, &origin, in_use)?));
        let (signing, publishing, last_signed, arrivals) = Default::default();
        let (profiles, holidays, answers, batches, inspector, drawn, docket, registrations) =
            Default::default();
        let attempts = Default::default();
        let candor = Self {
            dir,
            config,
            db,
            clock,
            time_zone,
            held,
            profiles,
            holidays,
            answers,
            inspector,
            drawn,
            attempts,
            signing,
            publishing,
            last_signed,
            arrivals,
            batches,
            docket,
            registrations,
        };
        candor.check_log().await?;
        // A fault in one of them is told to who runs the machine, and not to who needs the text.
        candor.answers()?;
        candor.apply_padding().await?;
        candor.apply_bands().await?;
        candor.mark_earlier().await?;
        candor.tell_paperwork().await?;
        Ok(candor)
    }

    /// Closes the database. Without it nothing is lost, but SQLite leaves files beside its own.
    pub async fn close(self) {
        self.db.close().await;
    }

    /// The publisher as the report names it.
    pub fn report_publisher(&self) -> Result<report::Publisher, Error> {
        self.config.publisher(&self.dir)
    }

    /// The present day in the log's time zone.
    pub fn today(&self) -> Date {
        self.day_of(self.clock.now())
    }

    /// The zone in which the log tells days.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// An id that names something to people: a failure that they report, and nothing that is kept.
    pub fn new_id(&self) -> Result<uuid::Uuid, Error> {
        Ok(ids::Ids::new(self.clock.now())?.make())
    }

    /// The day of a moment in the log's time zone.
    fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.time_zone.clone()).date()
    }
}
