//! What is said of whether a submission holds a request at all.
//!
//! The first time that it is said that it holds none, that gets a leaf among the requests of the
//! submission and keeps its number there. Taken back or said again, it is another outcome of that
//! leaf; a request that is found afterwards gets the next number.

use domain::event::{Event, Stream};
use domain::id::SubmissionId;
use domain::submission::Said;

use crate::log::seal::{Change, SealedSaid, SealedSubmission};
use crate::{Conflict, Error, Sight, Tx, on_both};

impl Tx {
    /// What was said of a submission that is seen, and what of that is in the log.
    pub async fn sealed_said(&mut self, of: &SealedSubmission) -> Result<SealedSaid, Error> {
        let (version, sealed) = self.sealed_of_submission(of.id()).await?;
        let leaf = self.leaf_of_no_request(of.id()).await?;
        Ok(SealedSaid { said: self.said_last(of.id()).await?, version, sealed, leaf })
    }

    async fn said_last(&mut self, id: SubmissionId) -> Result<Option<Said>, Error> {
        let events = self.stream_events(Stream::Submission(id), Sight::whole()).await?;
        Ok(events.iter().rev().find_map(|recorded| said(&recorded.event)))
    }

    /// Moves a submission between what is resolved and what waits, by compare-and-swap.
    pub(crate) async fn count_what_is_said(&mut self, change: &Change) -> Result<(), Error> {
        const TAKE_BACK: &str = "UPDATE submission SET requests = 0, taken_back = 1 \
             WHERE submission_id = $1 AND requests = 1 AND taken_back = 0";
        const AGAIN: &str = "UPDATE submission SET requests = 1, taken_back = 0 \
             WHERE submission_id = $1 AND requests = 0 AND taken_back = 1";
        let Stream::Submission(id) = change.stream else { return Ok(()) };
        let update = match change.events.iter().find_map(said) {
            None => return Ok(()),
            Some(Said::TakenBack) => TAKE_BACK,
            Some(Said::NotARequest(_)) => AGAIN,
        };
        let rows = on_both!(self, |c| {
            sqlx::query(update).bind(id.0).execute(&mut **c).await?.rows_affected()
        });
        if rows == 1 { Ok(()) } else { Err(Conflict.into()) }
    }
}

pub(crate) fn said(event: &Event) -> Option<Said> {
    match event {
        Event::Submission(event) => Said::by(event),
        Event::Request(_) | Event::Person(_) | Event::Authority(_) | Event::Company(_) => None,
    }
}
