//! The use cases, one file each: the only place that joins domain, store, exchange and report.
//!
//! Every act of the company goes through here, whatever surface it came from. This crate must
//! never know HTTP, a terminal, or SQL.
//!
//! Start at [`Candor::open`]; then [`import`], [`report`], [`publish`].

mod config;
mod doctor;
mod draft;
mod edition;
mod ids;
mod import;
mod init;
mod publish;
mod site;

use std::path::PathBuf;

use domain::count::NotReconciled;
use domain::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{Db, Keys, MasterKey};

pub use config::{Config, Database, Publisher, Serve};
pub use doctor::{Doctor, Finding, Refolding};
pub use draft::{Drafts, draft};
pub use edition::{AsOf, index_entries};
pub use import::{Import, Imported, Reimport, Run};
pub use init::{Init, init};
pub use publish::Published;
pub use site::{Site, page_of_all_editions};

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
    #[error("{0} is a file of {1}, not of {2}")]
    WrongKind(String, &'static str, &'static str),
    #[error("{0}")]
    Nothing(String),
    #[error("{} holds something else than a report: move it away, or name another folder with --out", .0.display())]
    NotOurs(PathBuf),
    #[error("a worker stopped before it was done")]
    Worker,
}

impl Error {
    fn file(path: impl Into<PathBuf>, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, what, source }
    }
}

impl Candor {
    /// Opens a data directory that [`init`] made.
    pub async fn open(dir: impl Into<PathBuf>, clock: Clock) -> Result<Self, Error> {
        let dir = dir.into();
        let config = Config::read(&dir)?;
        let key_file = init::master_key_file(&dir);
        let key = std::fs::read_to_string(&key_file)
            .map_err(Error::file(&key_file, "the master key can't be read"))?;
        let keys = Keys::new(&MasterKey::from_file(&key)?);
        let db = Db::open(&config.location(&dir), keys).await?;
        let time_zone = db.snapshot().await?.time_zone().await?;
        Ok(Self { dir, config, db, clock, time_zone })
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
    fn today(&self) -> Date {
        self.day_of(self.clock.now())
    }

    /// The day of a moment in the log's time zone.
    fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.time_zone.clone()).date()
    }
}
