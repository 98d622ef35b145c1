//! A submission is erased: its key is destroyed, and events, counts and leaves stay.

use std::collections::BTreeSet;

use domain::event::{Event, RequestEvent, Stream, SubmissionEvent};
use domain::id::{Actor, OfficerId, SubmissionId};
use domain::request::Request;
use jiff::Timestamp;
use ledger::leaf::LeafKind;

use crate::log::append::RecordedAt;
use crate::log::seal::SealedSubmission;
use crate::{Change, Conflict, Error, Sight, Tx, on_both};

impl Tx {
    /// The requests that were found in a submission, as they stand.
    pub async fn requests_in(
        &mut self,
        submission: &SealedSubmission,
    ) -> Result<Vec<Request>, Error> {
        let mut requests = Vec::new();
        let mut leaves = self.leaves_about(submission.id()).await?;
        leaves.extend(self.waiting_about(submission.id()).await?);
        for leaf in leaves {
            if leaf.leaf.kind() != LeafKind::Request {
                continue;
            }
            if let Some(Stream::Request(request)) = self.stream_at(leaf.position).await? {
                requests.push(self.request(request, Sight::whole()).await?.0);
            }
        }
        Ok(requests)
    }

    /// Takes the end of the log before anything is read: until the commit nobody else records
    /// anything, so what is read here stays so. Whoever has to be sure of something that no version
    /// of a stream tells them begins with it.
    pub async fn hold_log(&mut self) -> Result<(), Error> {
        self.take_head().await.map(|_| ())
    }

    /// [`Conflict`] where the key is destroyed that a change was made with. Whoever destroys one
    /// holds the head of the log, and so does this transaction.
    pub(crate) async fn refuse_erased(&mut self, changes: &[Change]) -> Result<(), Error> {
        let of: BTreeSet<_> = changes.iter().filter_map(Change::needs_key_of).collect();
        let of: Vec<_> = of.into_iter().collect();
        let mut erased = 0_i64;
        on_both!(self, |c| {
            for some in of.chunks(1000) {
                let mut count = sqlx::QueryBuilder::new(
                    "SELECT COUNT(*) FROM submission WHERE wrapped_key IS NULL \
                     AND submission_id IN (",
                );
                let mut list = count.separated(", ");
                for id in some {
                    list.push_bind(id.0);
                }
                count.push(")");
                erased += count.build_query_scalar::<i64>().fetch_one(&mut **c).await?;
            }
        });
        if erased == 0 { Ok(()) } else { Err(Conflict.into()) }
    }

    /// Whether there is a submission with this id whose key is not destroyed.
    pub async fn is_readable(&mut self, id: SubmissionId) -> Result<bool, Error> {
        const READABLE: &str = "SELECT COUNT(*) FROM submission \
             WHERE submission_id = $1 AND wrapped_key IS NOT NULL";
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(READABLE).bind(id.0).fetch_one(&mut **c).await?
        });
        Ok(count > 0)
    }

    /// Destroys the key of a submission and records that, both in this transaction. Its files go,
    /// and so do the names of officers that no other submission speaks of.
    pub async fn erase(
        &mut self,
        at: Timestamp,
        actor: Actor,
        (id, event): (SubmissionId, SubmissionEvent),
    ) -> Result<RecordedAt, Error> {
        let (version, before) = self.sealed_of_submission(id).await?;
        let change = Change::of_submission((id, before), version, event);
        self.destroy_key(id).await?;
        self.forget_files_and_officers(id).await?;
        self.record(at, actor, &[change]).await
    }

    async fn forget_files_and_officers(&mut self, id: SubmissionId) -> Result<(), Error> {
        // What was found of them goes with them.
        const FILES: &str = "DELETE FROM attachment WHERE submission_id = $1";
        const OFFICER: &str = "DELETE FROM officer WHERE officer_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM handled_request \
             JOIN submission ON submission.submission_id = handled_request.submission_id \
             WHERE handled_request.officer_id = officer.officer_id \
             AND submission.wrapped_key IS NOT NULL)";
        let officers = self.officers_ever_of(id).await?;
        on_both!(self, |c| {
            sqlx::query(FILES).bind(id.0).execute(&mut **c).await?;
            for officer in &officers {
                sqlx::query(OFFICER).bind(officer.0).execute(&mut **c).await?;
            }
        });
        Ok(())
    }

    /// The officers whom the requests of a submission name, and those whom they named before a
    /// correction or were proposed to name.
    async fn officers_ever_of(&mut self, id: SubmissionId) -> Result<BTreeSet<OfficerId>, Error> {
        const EVENTS: &str = "SELECT body FROM event \
             JOIN handled_request ON handled_request.request_id = event.stream_id \
             WHERE handled_request.submission_id = $1 AND kind IN \
             ('request_registered', 'correction_proposed', 'registration_corrected')";
        let bodies: Vec<String> =
            on_both!(self, |c| sqlx::query_scalar(EVENTS).bind(id.0).fetch_all(&mut **c).await?);
        let mut officers = BTreeSet::new();
        for body in bodies {
            match Event::from_json(&body)? {
                Event::Request(RequestEvent::RequestRegistered { registration }) => {
                    officers.insert(registration.officer);
                }
                Event::Request(
                    RequestEvent::CorrectionProposed { to, .. }
                    | RequestEvent::RegistrationCorrected { to, .. },
                ) => {
                    officers.insert(to.officer);
                }
                Event::Request(_)
                | Event::Submission(_)
                | Event::Person(_)
                | Event::Authority(_)
                | Event::Company(_) => {}
            }
        }
        Ok(officers)
    }
}
