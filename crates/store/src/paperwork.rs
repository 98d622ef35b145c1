//! What became of the paperwork of emergencies: which requests a number counts, and facts that were
//! written before it was told, for which it is read off the events, for each version of the fact as
//! it stood then.

use domain::event::Stream;
use domain::fact::Paperwork;
use domain::id::RequestId;
use jiff::civil::Date;
use uuid::Uuid;

use crate::event::request_of;
use crate::fact::paperwork_code;
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

impl Tx {
    /// The requests of a time behind the numbers of a report: emergencies in the sum that were
    /// answered before their paperwork was there, as they stand now, those that are seen.
    pub async fn answered_before_paperwork(
        &mut self,
        (from, to): (Date, Date),
        sight: Sight,
    ) -> Result<Vec<(RequestId, Paperwork)>, Error> {
        const ANSWERED: &str = concat!(
            "SELECT request_fact.request_id, paperwork FROM request_fact \
             JOIN handled_request ON handled_request.request_id = request_fact.request_id \
             WHERE request_fact.received_on BETWEEN $1 AND $2 \
             AND valid_to = 9223372036854775807 AND counted = 'in_sum' \
             AND request_fact.urgency = 'emergency' AND paperwork <> 'not_owed' AND ",
            seen_by!("handled_request.submission_id", "$3"),
            " ORDER BY request_fact.received_on, request_fact.request_id"
        );
        let rows: Vec<(Uuid, String)> = on_both!(self, |c| {
            sqlx::query_as(ANSWERED)
                .bind(from.to_string())
                .bind(to.to_string())
                .bind(sight.viewer())
                .fetch_all(&mut **c)
                .await?
        });
        let told = |(id, code): (Uuid, String)| {
            let paperwork = Paperwork::from_code(&code);
            let strange = |error| Error::inconsistent("request_fact", id, error);
            Ok((RequestId(id), paperwork.map_err(strange)?))
        };
        rows.into_iter().map(told).collect()
    }

    /// Whether every fact of an emergency tells it.
    pub async fn is_paperwork_told(&mut self) -> Result<bool, Error> {
        const LACKING: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM request_fact \
             WHERE urgency = 'emergency' AND paperwork IS NULL LIMIT 1) AS found";
        let found: i64 =
            on_both!(self, |c| sqlx::query_scalar(LACKING).fetch_one(&mut **c).await?);
        Ok(found == 0)
    }

    /// Tells it of at most so many facts that lack it, those of one request together. Returns how
    /// many there were.
    pub async fn tell_paperwork(&mut self, limit: i64) -> Result<usize, Error> {
        const LACKING: &str = "SELECT request_id, valid_from FROM request_fact \
             WHERE urgency = 'emergency' AND paperwork IS NULL \
             ORDER BY request_id, valid_from LIMIT $1";
        const TELL: &str = "UPDATE request_fact SET paperwork = $1 \
             WHERE request_id = $2 AND valid_from = $3 AND paperwork IS NULL";
        let lacking: Vec<(Uuid, i64)> =
            on_both!(self, |c| sqlx::query_as(LACKING).bind(limit).fetch_all(&mut **c).await?);
        for (id, valid_from) in &lacking {
            let events =
                self.stream_events(Stream::Request(RequestId(*id)), Sight::whole()).await?;
            let then = events.partition_point(|event| event.position.0 <= *valid_from);
            let request = request_of(&events[..then])?;
            let strange = || Error::inconsistent("request_fact", id, "no event made it");
            let fact = request.fact().ok_or_else(strange)?;
            let told = paperwork_code(&fact).ok_or_else(strange)?;
            let rows = on_both!(self, |c| {
                sqlx::query(TELL)
                    .bind(told)
                    .bind(id)
                    .bind(valid_from)
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            if rows != 1 {
                return Err(strange());
            }
        }
        Ok(lacking.len())
    }
}
