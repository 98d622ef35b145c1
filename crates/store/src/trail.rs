//! What happened in a time, and who looked at what in it: for who checks the company's work.

use std::collections::HashMap;

use domain::id::Position;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::event::EventRow;
use crate::sight::seen_by;
use crate::viewing::{self, Row};
use crate::{Error, Sight, StoredEvent, Tx, Viewing, on_both};

impl Tx {
    /// The events from one moment up to, not including, another that are seen, in order; at most
    /// `most`.
    pub async fn events_between(
        &mut self,
        (from, to): (Timestamp, Timestamp),
        most: u32,
        sight: Sight,
    ) -> Result<Vec<StoredEvent>, Error> {
        // Of a request it is the submission that lies in a compartment.
        const EVENTS: &str = concat!(
            "SELECT position, stream_id, schema, at_micros, actor, body FROM event \
             WHERE at_micros >= $1 AND at_micros < $2 AND ",
            seen_by!(
                "COALESCE((SELECT submission_id FROM handled_request \
                  WHERE request_id = event.stream_id), event.stream_id)",
                "$3"
            ),
            " ORDER BY position LIMIT $4"
        );
        let rows: Vec<EventRow> = on_both!(self, |c| {
            sqlx::query_as(EVENTS)
                .bind(from.as_microsecond())
                .bind(to.as_microsecond())
                .bind(sight.viewer())
                .bind(i64::from(most))
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(StoredEvent::try_from).collect()
    }

    /// The first leaf about a submission that each event in a span of positions called for.
    pub async fn leaves_called_for(
        &mut self,
        (first, last): (Position, Position),
    ) -> Result<HashMap<Position, u64>, Error> {
        const LEAVES: &str = "SELECT position, MIN(leaf_index) FROM leaf \
             WHERE position BETWEEN $1 AND $2 AND submission_id IS NOT NULL GROUP BY position";
        let rows: Vec<(i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(LEAVES).bind(first.0).bind(last.0).fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(|(at, leaf)| (Position(at), leaf.unsigned_abs())).collect())
    }

    /// Who looked at what from one day to another that is seen, in order; at most `most`.
    pub async fn viewings_between(
        &mut self,
        (from, to): (Date, Date),
        most: u32,
        sight: Sight,
    ) -> Result<Vec<Viewing>, Error> {
        const VIEWINGS: &str = concat!(
            "SELECT viewing_id, day, at_micros, person_id, what, subject, sha256 FROM viewing \
             WHERE day BETWEEN $1 AND $2 AND ",
            seen_by!(
                "COALESCE((SELECT submission_id FROM handled_request \
                  WHERE request_id = viewing.subject), viewing.subject)",
                "$3"
            ),
            " ORDER BY day, viewing_id LIMIT $4"
        );
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(VIEWINGS)
                .bind(from.to_string())
                .bind(to.to_string())
                .bind(sight.viewer())
                .bind(i64::from(most))
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(viewing::read).collect()
    }
}
