//! What arrived and nobody has resolved, by when it was entered: from then on its time runs.

use jiff::Timestamp;

use crate::arrived::{Row, SubmissionRow, read, select_submissions};
use crate::sight::seen_by;
use crate::{DEADLINES_COUNTED_MAX, Error, Sight, Tx, on_both};

/// Entered after one moment and not after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnteredIn {
    pub after: Timestamp,
    pub until: Timestamp,
}

impl EnteredIn {
    /// At any time up to a moment.
    pub fn until(until: Timestamp) -> Self {
        Self { after: Timestamp::MIN, until }
    }

    fn micros(self) -> (i64, i64) {
        (self.after.as_microsecond(), self.until.as_microsecond())
    }
}

macro_rules! of_waiting {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM submission JOIN event AS arrived \
             ON arrived.stream_id = submission.submission_id AND arrived.version = 1 \
             WHERE submission.requests = 0 AND number IS NOT NULL \
             AND arrived.at_micros > $2 AND arrived.at_micros <= $3 AND ",
            seen_by!("submission.submission_id", "$1"),
            $rest
        )
    };
}

impl Tx {
    /// What waits to be resolved, what was entered first first.
    pub async fn unregistered(
        &mut self,
        entered: EnteredIn,
        limit: i64,
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const WAITING: &str = select_submissions!(
            " AND requests = 0 AND arrived.at_micros > $3 AND arrived.at_micros <= $4 \
             ORDER BY arrived.at_micros, submission_id LIMIT $1"
        );
        let (after, until) = entered.micros();
        let rows: Vec<Row> = on_both!(self, |c| {
            let waiting = sqlx::query_as(WAITING).bind(limit).bind(sight.viewer());
            waiting.bind(after).bind(until).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(read).collect()
    }

    /// How much waits, up to [`DEADLINES_COUNTED_MAX`].
    pub async fn count_unregistered(
        &mut self,
        entered: EnteredIn,
        sight: Sight,
    ) -> Result<i64, Error> {
        const COUNT: &str =
            concat!("SELECT COUNT(*) FROM (", of_waiting!("1 AS one", " LIMIT $4"), ") AS found");
        let (after, until) = entered.micros();
        Ok(on_both!(self, |c| {
            let count = sqlx::query_scalar(COUNT).bind(sight.viewer()).bind(after).bind(until);
            count.bind(DEADLINES_COUNTED_MAX).fetch_one(&mut **c).await?
        }))
    }

    /// When the last of what waits was entered; `None` where nothing waits that is seen.
    pub async fn last_unregistered(
        &mut self,
        entered: EnteredIn,
        sight: Sight,
    ) -> Result<Option<Timestamp>, Error> {
        const LAST: &str = of_waiting!("MAX(arrived.at_micros)", "");
        let (after, until) = entered.micros();
        let last: Option<i64> = on_both!(self, |c| {
            let last = sqlx::query_scalar(LAST).bind(sight.viewer()).bind(after).bind(until);
            last.fetch_one(&mut **c).await?
        });
        let strange = || Error::inconsistent("event", "that something arrived", "its time");
        last.map(|at| Timestamp::from_microsecond(at).map_err(|_| strange())).transpose()
    }
}
