//! Events, projections, sealed fields and frozen editions, on SQLite or PostgreSQL.
//!
//! One SQL text serves both databases: a [`Tx`] holds a connection of either kind, and the
//! `on_both!` macro compiles the same body for each. What differs stands in this file and in the
//! two folders of migrations.
//!
//! **Every change of a request goes through [`Tx::record`]**, which appends the events and the
//! leaves of the log that they call for, and moves the projections, in one transaction. This crate must never know why something is allowed: that
//! is `domain`'s; nor what a page looks like.
//!
//! Start at [`Db::open`], then [`Tx::record`].

mod access_notice;
mod arrived;
mod attachment;
mod beside;
mod case;
mod company;
mod compartment;
mod copy;
mod deadline;
mod directory;
mod docket;
mod edition;
mod erase;
mod error;
mod event;
mod export;
mod fact;
mod figure;
mod hold;
mod import_file;
mod job;
mod keys;
mod link;
mod log;
mod mail;
mod paperwork;
mod passkey;
mod person;
mod refold;
mod register;
mod retention;
mod said;
mod session;
mod sight;
mod submission;
mod token;
mod trail;
mod unregistered;
mod viewing;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use arrived::{ArrivalCounts, Arrivals, CaseText, Resolution, SubmissionRow, Submissions};
pub use attachment::{
    Attachment, AttachmentAudit, AttachmentFault, Examination, Examined, FILE_SIZE_BYTES_MAX,
    FileClaim, FilesStanding, NewAttachment, Scan, Scanner, Verdict,
};
pub use beside::Beside;
pub use case::{CASES_MAX, CaseName, CaseRow, Cases, NoNumber, SeenBy, SubmissionNumber};
pub use company::CompanySays;
pub use copy::{ColumnKind, CopyError, Leaves, NOT_COPIED, TABLES, Table};
pub use deadline::{
    DEADLINES_COUNTED_MAX, DeadlineCounts, DeadlineKey, DeadlineRow, Deadlines, NoKey, ReceivedKey,
    Undated,
};
pub use directory::{Authority, Officer};
pub use docket::{DocketLine, InCommon};
pub use edition::{EditionFile, Revision};
pub use error::{Conflict, Error};
pub use event::StoredEvent;
pub use export::ReadSubmission;
pub use hold::HELD_MAX;
pub use import_file::ImportedFile;
pub use job::{Job, JobKind, JobsDue, LateJobs};
pub use keys::{Keys, MasterKey, SubmissionKey};
pub use log::append::RecordedAt;
pub use log::audit::LogAudit;
pub use log::checkpoint::{StoredCheckpoint, StoredWitness};
pub use log::codes::codebook;
pub use log::open::OpenedLeaf;
pub use log::read::{Publication, StoredLeaf};
pub use log::record::Particulars;
pub use log::restore::{Known, Lost, LostLeaf};
pub use log::seal::{Change, SealedRequest, SealedSubmission, Sealer};
pub use log::successor::Carried;
pub use mail::{Mail, MailAbout, MailKind, MailOutcome, MailsStanding, NewMail, Reminders};
pub use passkey::{NewPasskey, StoredPasskey};
pub use person::{Credentials, Invitation, NewPerson, Person, SealedPassword, SealedTotp};
pub use refold::Refold;
pub use register::{NewContact, StoredContact, StoredRegister};
pub use session::{NewSession, SessionId, StoredAttempts, StoredSession};
pub use sight::Sight;
pub use submission::{KnownReference, NewReference, NewSubmission};
pub use token::{NewToken, StoredToken};
pub use unregistered::EnteredIn;
pub use viewing::{VIEWINGS_MAX, Viewed, Viewing};

/// Runs the body with `$c` bound to the connection, once compiled for each database.
macro_rules! on_both {
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::Tx::Sqlite($c) => $body,
            $crate::Tx::Postgres($c) => $body,
        }
    };
}

/// Inserts `$rows` into a table, in statements of at most `$chunk` rows, so that a statement stays
/// within the databases' limits of bound values (SQLite 32,766, PostgreSQL 65,535) and its text is
/// the same each time.
macro_rules! insert_all {
    ($tx:expr, $into:literal, $chunk:literal, $rows:expr, |$values:ident, $row:ident| $push:expr) => {
        $crate::on_both!($tx, |c| {
            for rows in $rows.chunks($chunk) {
                let mut insert = sqlx::QueryBuilder::new(concat!("INSERT INTO ", $into, " "));
                insert.push_values(rows, |mut $values, $row| {
                    $push;
                });
                insert.build().execute(&mut **c).await?;
            }
        })
    };
}

pub(crate) use {insert_all, on_both};

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file; made where it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// An open database, with the keys that its sealed fields need.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    keys: Arc<Keys>,
}

#[derive(Clone, Debug)]
enum Pool {
    /// One connection writes, so that writers queue here and not in SQLite.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction on either database. Dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Reads what is published and has no way to a case.
#[derive(Clone, Debug)]
pub struct ReadOnly {
    db: Db,
}

impl Db {
    /// Opens the database and brings its tables up to date.
    pub async fn open(location: &Location, keys: Keys) -> Result<Self, Error> {
        Self::open_at(location, keys, i64::MAX).await
    }

    /// Opens an empty database with the tables as they were after a migration, for the rows of a
    /// backup that was made then.
    pub async fn open_at(location: &Location, keys: Keys, migration: i64) -> Result<Self, Error> {
        let pool = match location {
            Location::Sqlite(file) => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // A commit that was acknowledged survives a loss of power.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(30))
                    // A key that is destroyed leaves no trace on its page.
                    .pragma("secure_delete", "FAST")
                    .pragma("cache_size", "-65536");
                let mut first = options.connect().await?;
                sqlx::migrate!("./migrations/sqlite").run_to(migration, &mut first).await?;
                let writer = SqlitePoolOptions::new()
                    .max_connections(1)
                    // Before a statement of many rows changes a page, it copies it, to be able to
                    // take itself back: into memory, since an import would write each page twice.
                    // A migration and a count sort, which may take more memory than there is.
                    .connect_with(options.clone().pragma("temp_store", "MEMORY"))
                    .await?;
                first.close().await?;
                let reader = SqlitePoolOptions::new()
                    .max_connections(4)
                    .connect_lazy_with(options.read_only(true));
                Pool::Sqlite { writer, reader }
            }
            Location::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)?
                    .application_name("candor")
                    .options([("synchronous_commit", "on")]);
                let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await?;
                sqlx::migrate!("./migrations/postgres").run_to(migration, &pool).await?;
                Pool::Postgres(pool)
            }
        };
        Ok(Self { pool, keys: Arc::new(keys) })
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(match &self.pool {
            Pool::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that reads one state of the database, and nothing that comes after.
    pub async fn snapshot(&self) -> Result<Tx, Error> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(match &self.pool {
            Pool::Sqlite { reader, .. } => Tx::Sqlite(reader.begin().await?),
            Pool::Postgres(pool) => Tx::Postgres(pool.begin_with(SNAPSHOT).await?),
        })
    }

    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    pub fn read_only(&self) -> ReadOnly {
        ReadOnly { db: self.clone() }
    }

    /// Closes all connections; SQLite's write-ahead log is folded into its file, and what an import
    /// left for PostgreSQL to tidy is tidied.
    pub async fn close(self) {
        match self.pool {
            Pool::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => {
                // Nothing is lost without it, and somebody else may own the table.
                vacuum(&pool).await.ok();
                pool.close().await;
            }
        }
    }
}

/// Notes for PostgreSQL which pages of facts everyone sees, so that a count reads indexes alone:
/// after an import it takes three times as long until autovacuum has come round.
async fn vacuum(pool: &PgPool) -> Result<(), sqlx::Error> {
    const NEW_ROWS: &str = "SELECT n_ins_since_vacuum FROM pg_stat_user_tables \
         WHERE relid = 'request_fact'::regclass";
    /// Fewer are read as fast without.
    const NEW_ROWS_MANY: i64 = 10_000;
    let new_rows: i64 = sqlx::query_scalar(NEW_ROWS).fetch_one(pool).await?;
    if new_rows >= NEW_ROWS_MANY {
        sqlx::query("VACUUM (ANALYZE) request_fact").execute(pool).await?;
    }
    Ok(())
}

impl Tx {
    /// Makes everything durable. A crash before this returns leaves either all of it or nothing.
    pub async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl ReadOnly {
    async fn snapshot(&self) -> Result<Tx, Error> {
        self.db.snapshot().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut tx = self.snapshot().await?;
        on_both!(&mut tx, |c| sqlx::query("SELECT 1").execute(&mut **c).await?.rows_affected());
        Ok(())
    }
}
