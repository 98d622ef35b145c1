//! Who sees the submissions that lie in compartments. The rows follow from the submissions' events
//! and are written with them; queries ask them by [`crate::Sight`].

use std::collections::HashMap;

use domain::compartment::{Compartment, evolve};
use domain::event::{Event, Stream, SubmissionEvent};
use domain::id::{PersonId, SubmissionId};
use uuid::Uuid;

use crate::log::seal::{Change, Sealed, SealedSubmission};
use crate::{Error, Tx, insert_all, on_both};

/// The reason of a compartment into which a submission arrives, and the event it came with.
const ENTERED_REASON: &str = "compartment_reason";
const ENTERED_VERSION: i64 = 2;

impl Tx {
    /// Who sees a submission; `None` where it lies in no compartment. Whoever holds the submission
    /// sees it.
    pub async fn compartment(
        &mut self,
        submission: &SealedSubmission,
    ) -> Result<Option<Compartment>, Error> {
        const NAMED: &str = "SELECT person_id FROM compartment WHERE submission_id = $1";
        let id = submission.id().0;
        let people: Vec<Uuid> =
            on_both!(self, |c| sqlx::query_scalar(NAMED).bind(id).fetch_all(&mut **c).await?);
        let people: Compartment = people.into_iter().map(PersonId).collect();
        Ok(if people.is_empty() { None } else { Some(people) })
    }

    /// A compartment is closed, changed or opened: ready to be recorded. `seen` is how many events
    /// of the submission the person saw.
    pub async fn compartment_change(
        &mut self,
        submission: &SealedSubmission,
        seen: i64,
        event: SubmissionEvent,
    ) -> Result<Change, Error> {
        let (_, before) = self.sealed_of_submission(submission.id()).await?;
        Ok(Change::of_submission((submission.id(), before), seen, event))
    }

    /// The events of a submission, and what of it is in the log.
    pub(crate) async fn sealed_of_submission(
        &mut self,
        id: SubmissionId,
    ) -> Result<(i64, Sealed), Error> {
        const STREAM: &str = "SELECT version, leaf_index, decisions, reclassifications \
             FROM stream WHERE stream_id = $1";
        // Before any row: a batch of the log holds it while it changes some of them.
        self.take_head().await?;
        let row: Option<(i64, Option<i64>, i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(STREAM).bind(id.0).fetch_optional(&mut **c).await?
        });
        // What was imported has its events on the stream of the request.
        let (version, leaf, decisions, reclassifications) = row.unwrap_or_default();
        let count = |n: i64| {
            u32::try_from(n).map_err(|_| Error::inconsistent("stream", id, "its counts are none"))
        };
        let sealed = Sealed {
            leaf: leaf.map(i64::unsigned_abs),
            decisions: count(decisions)?,
            reclassifications: count(reclassifications)?,
        };
        Ok((version, sealed))
    }

    /// Submissions in compartments that name nobody of these people, who could decide on them.
    pub async fn abandoned_compartments(
        &mut self,
        counsel: &[PersonId],
    ) -> Result<Vec<SubmissionId>, Error> {
        let mut abandoned = Vec::new();
        for (submission, people) in self.all_compartments().await? {
            if counsel.iter().all(|person| !people.contains(person)) {
                abandoned.push(submission);
            }
        }
        abandoned.sort();
        Ok(abandoned)
    }

    /// The reasons that came with a submission's own events, by version.
    pub async fn submission_texts(
        &mut self,
        submission: &SealedSubmission,
    ) -> Result<HashMap<i64, String>, Error> {
        const TEXTS: &str = "SELECT name, sealed FROM field WHERE submission_id = $1";
        let id = submission.id();
        let rows: Vec<(String, Vec<u8>)> =
            on_both!(self, |c| sqlx::query_as(TEXTS).bind(id.0).fetch_all(&mut **c).await?);
        let (of, mut texts) = (format!("{id}/"), HashMap::new());
        for (name, sealed) in rows {
            let version = match name.as_str() {
                ENTERED_REASON => Some(ENTERED_VERSION),
                other => other
                    .strip_prefix(&of)
                    .and_then(|rest| rest.strip_suffix("/reason"))
                    .and_then(|version| version.parse().ok()),
            };
            if let Some(version) = version {
                texts.insert(version, submission.key.open(&name, &sealed)?);
            }
        }
        Ok(texts)
    }

    pub(crate) async fn record_compartments(&mut self, changes: &[Change]) -> Result<(), Error> {
        const EMPTY: &str = "DELETE FROM compartment WHERE submission_id = $1";
        for change in changes {
            let Stream::Submission(submission) = change.stream else { continue };
            let last = change.events.iter().rev().find_map(of_compartment);
            let Some(last) = last else { continue };
            on_both!(self, |c| {
                sqlx::query(EMPTY).bind(submission.0).execute(&mut **c).await?.rows_affected()
            });
            let people: Vec<_> = evolve(None, last).into_iter().flatten().collect();
            insert_all!(
                self,
                "compartment (submission_id, person_id)",
                1000,
                people,
                |values, person| values.push_bind(submission.0).push_bind(person.0)
            );
        }
        Ok(())
    }

    pub(crate) async fn all_compartments(
        &mut self,
    ) -> Result<HashMap<SubmissionId, Compartment>, Error> {
        const ALL: &str = "SELECT submission_id, person_id FROM compartment";
        let rows: Vec<(Uuid, Uuid)> =
            on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        let mut all: HashMap<SubmissionId, Compartment> = HashMap::new();
        for (submission, person) in rows {
            all.entry(SubmissionId(submission)).or_default().insert(PersonId(person));
        }
        Ok(all)
    }
}

fn of_compartment(event: &Event) -> Option<&SubmissionEvent> {
    match event {
        Event::Submission(
            event @ (SubmissionEvent::CompartmentClosed { .. }
            | SubmissionEvent::CompartmentChanged { .. }
            | SubmissionEvent::CompartmentOpened {}),
        ) => Some(event),
        Event::Submission(_)
        | Event::Request(_)
        | Event::Person(_)
        | Event::Authority(_)
        | Event::Company(_) => None,
    }
}
