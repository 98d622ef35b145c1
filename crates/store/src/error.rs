//! What can go wrong with the database.

use domain::request::Inconsistent;
use ledger::leaf::HalfYear;

/// The database, or what stands in it, is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database could not do it")]
    Database(#[from] sqlx::Error),
    #[error("the database's tables could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// A row that this program can't have written.
    #[error("the row {row} of table `{table}` makes no sense: {what}")]
    Inconsistent { table: &'static str, row: String, what: String },
    #[error(transparent)]
    Events(#[from] Inconsistent),
    #[error("an event could not be written down")]
    Encoding(#[from] serde_json::Error),
    #[error(
        "a sealed field does not open: the key file belongs to another database, or the row was changed"
    )]
    Sealed,
    #[error(
        "the key of {0} was destroyed: no commitment to a request received then can be opened, \
         and nothing more can be sealed about one"
    )]
    PeriodKeyDestroyed(HalfYear),
    #[error("there is no key of {0}: nothing that was received then was ever sealed")]
    NoPeriodKey(HalfYear),
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    Key(String),
}

/// Somebody else changed the same thing since it was read. Read again and decide again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("somebody else changed this at the same moment")]
pub struct Conflict;

impl Error {
    pub(crate) fn inconsistent(
        table: &'static str,
        row: impl ToString,
        what: impl ToString,
    ) -> Self {
        Self::Inconsistent { table, row: row.to_string(), what: what.to_string() }
    }
}
