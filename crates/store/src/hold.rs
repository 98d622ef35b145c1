//! The legal holds that stand. The rows follow from the submissions' events and are written with
//! them.

use std::collections::HashMap;

use domain::event::{Event, Stream, SubmissionEvent};
use domain::hold::Holds;
use domain::id::{HoldId, SubmissionId};
use uuid::Uuid;

use crate::log::seal::{Change, SealedSubmission};
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

/// A list is cut after this many.
pub const HELD_MAX: i64 = 500;

impl Tx {
    /// A hold is placed or lifted: ready to be recorded.
    pub async fn hold_change(
        &mut self,
        submission: &SealedSubmission,
        event: SubmissionEvent,
    ) -> Result<Change, Error> {
        let (version, before) = self.sealed_of_submission(submission.id()).await?;
        Ok(Change::of_submission((submission.id(), before), version, event))
    }

    /// The holds that stand on a submission.
    pub async fn holds(&mut self, submission: SubmissionId, sight: Sight) -> Result<Holds, Error> {
        let events = self.stream_events(Stream::Submission(submission), sight).await?;
        Ok(events.iter().fold(Holds::new(), domain::hold::evolve))
    }

    /// Submissions on which a hold stands, in order of their ids; at most [`HELD_MAX`].
    pub async fn submissions_held(&mut self, sight: Sight) -> Result<Vec<SubmissionId>, Error> {
        const HELD: &str = concat!(
            "SELECT DISTINCT submission_id FROM legal_hold WHERE ",
            seen_by!("legal_hold.submission_id", "$2"),
            " ORDER BY submission_id LIMIT $1"
        );
        let rows: Vec<Uuid> = on_both!(self, |c| {
            let held = sqlx::query_scalar(HELD).bind(HELD_MAX).bind(sight.viewer());
            held.fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(SubmissionId).collect())
    }

    /// The submission on which a hold stands.
    pub async fn submission_of_hold(
        &mut self,
        hold: HoldId,
        sight: Sight,
    ) -> Result<Option<SubmissionId>, Error> {
        const OF: &str = concat!(
            "SELECT submission_id FROM legal_hold WHERE hold_id = $1 AND ",
            seen_by!("legal_hold.submission_id", "$2")
        );
        let row: Option<Uuid> = on_both!(self, |c| {
            let of = sqlx::query_scalar(OF).bind(hold.0).bind(sight.viewer());
            of.fetch_optional(&mut **c).await?
        });
        Ok(row.map(SubmissionId))
    }

    pub(crate) async fn record_holds(&mut self, changes: &[Change]) -> Result<(), Error> {
        const PLACE: &str = "INSERT INTO legal_hold (hold_id, submission_id) VALUES ($1, $2)";
        const LIFT: &str = "DELETE FROM legal_hold WHERE hold_id = $1";
        for change in changes {
            let Stream::Submission(submission) = change.stream else { continue };
            for event in &change.events {
                if let Event::Submission(SubmissionEvent::LegalHoldPlaced { hold }) = event {
                    on_both!(self, |c| {
                        let place = sqlx::query(PLACE).bind(hold.0).bind(submission.0);
                        place.execute(&mut **c).await?.rows_affected()
                    });
                }
                if let Event::Submission(SubmissionEvent::LegalHoldLifted { hold }) = event {
                    on_both!(self, |c| {
                        sqlx::query(LIFT).bind(hold.0).execute(&mut **c).await?.rows_affected()
                    });
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn all_holds(&mut self) -> Result<HashMap<HoldId, SubmissionId>, Error> {
        const ALL: &str = "SELECT hold_id, submission_id FROM legal_hold";
        let rows: Vec<(Uuid, Uuid)> =
            on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        Ok(rows.into_iter().map(|(hold, of)| (HoldId(hold), SubmissionId(of))).collect())
    }
}
