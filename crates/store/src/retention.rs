//! What is declared of how long submissions are kept, and which of them may have to go.

use domain::event::Recorded;
use domain::id::SubmissionId;
use domain::retention::RetentionClass;
use jiff::Timestamp;
use uuid::Uuid;

use crate::event::EventRow;
use crate::sight::seen_by;
use crate::{Error, Sight, StoredEvent, Tx, on_both};

/// Submissions that are read at a time.
const PAGE: i64 = 500;

impl Tx {
    /// The events in which periods were declared, in order; the last one is in force.
    pub async fn retention_events(&mut self) -> Result<Vec<StoredEvent>, Error> {
        const EVENTS: &str = "SELECT position, stream_id, schema, at_micros, actor, body \
             FROM event WHERE kind = 'retention_rules_declared' ORDER BY position";
        let rows: Vec<EventRow> =
            on_both!(self, |c| sqlx::query_as(EVENTS).fetch_all(&mut **c).await?);
        rows.into_iter().map(Recorded::try_from).collect()
    }

    /// The next submissions after one that can be read and hold something of a class that ended at
    /// or before a moment, in order of their ids; `None` where there are no more. The first of all
    /// come after nil. Whether they are to go is for the rules to say.
    pub async fn ended_before(
        &mut self,
        (class, before): (RetentionClass, Timestamp),
        after: SubmissionId,
        sight: Sight,
    ) -> Result<Option<Vec<SubmissionId>>, Error> {
        const REQUESTS: &str = concat!(
            "SELECT DISTINCT handled_request.submission_id FROM handled_request \
             JOIN submission ON submission.submission_id = handled_request.submission_id \
             WHERE is_finished = 1 AND category = $4 AND standing IN ($5, $6) \
             AND wrapped_key IS NOT NULL AND number IS NOT NULL \
             AND handled_request.submission_id > $1 \
             AND (SELECT MAX(at_micros) FROM event \
              WHERE event.stream_id = handled_request.request_id AND event.kind IN \
              ('closed', 'withdrawn', 'instrument_arrived', 'instrument_overdue')) <= $2 AND ",
            seen_by!("handled_request.submission_id", "$3"),
            " ORDER BY handled_request.submission_id LIMIT $7"
        );
        const DECLARED: &str = concat!(
            "SELECT DISTINCT submission.submission_id FROM submission \
             JOIN event ON event.stream_id = submission.submission_id \
             AND event.kind = 'declared_not_a_request' \
             WHERE wrapped_key IS NOT NULL AND number IS NOT NULL \
             AND submission.submission_id > $1 AND at_micros <= $2 AND ",
            seen_by!("submission.submission_id", "$3"),
            " ORDER BY submission.submission_id LIMIT $4"
        );
        let (before, viewer) = (before.as_microsecond(), sight.viewer());
        let rows: Vec<Uuid> = on_both!(self, |c| {
            match class {
                RetentionClass::Request(category, ending) => {
                    let standings = ending.standings();
                    let first = standings.first().map_or("", |standing| standing.code());
                    let last = standings.last().map_or("", |standing| standing.code());
                    let found = sqlx::query_scalar(REQUESTS).bind(after.0).bind(before);
                    let found = found.bind(viewer).bind(category.code());
                    found.bind(first).bind(last).bind(PAGE).fetch_all(&mut **c).await?
                }
                RetentionClass::NotARequest => {
                    let found = sqlx::query_scalar(DECLARED).bind(after.0).bind(before);
                    found.bind(viewer).bind(PAGE).fetch_all(&mut **c).await?
                }
            }
        });
        Ok((!rows.is_empty()).then(|| rows.into_iter().map(SubmissionId).collect()))
    }
}
