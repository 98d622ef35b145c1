//! Compartments: who alone sees a submission, with all that belongs to it.

use domain::access::Permission;
use domain::compartment::{self, Compartment, CompartmentRefusal, Named};
use domain::event::Stream;
use domain::id::{Actor, SubmissionId};
use domain::person::EmailAddress;
use domain::request::Command;
use store::{SealedSubmission, Sight, StoredEvent, Tx};

use crate::access::{AccessRefusal, SignedIn};
use crate::conduct::{check_texts, moved};
use crate::{Candor, Error};

/// What somebody does with the compartment of a submission.
#[derive(Clone, Debug)]
pub struct Secrecy {
    pub submission: SubmissionId,
    /// The number of events of the submission that the person saw.
    pub seen: i64,
    pub step: SecrecyStep,
    /// Sealed under the submission's key.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecrecyStep {
    /// Nobody but these people sees it from now on.
    Close(Compartment),
    Change(Compartment),
    Open,
}

impl SecrecyStep {
    pub fn permission(&self) -> Permission {
        match self {
            Self::Close(_) => Permission::CloseCompartment,
            Self::Change(_) | Self::Open => Permission::ChangeCompartment,
        }
    }
}

/// What became of a submission as a whole, with the reasons that came with it.
#[derive(Clone, Debug)]
pub struct ReasonedEvent {
    pub recorded: StoredEvent,
    pub reason: Option<String>,
}

impl Candor {
    /// Closes, changes or opens a compartment.
    ///
    /// [`Error::Moved`] where the submission is not any more what the person saw.
    pub async fn keep_secret(&self, secrecy: Secrecy, by: &SignedIn) -> Result<(), Error> {
        let Secrecy { submission, seen, step, reason } = secrecy;
        by.may(step.permission())?;
        if reason.trim().is_empty() {
            return Err(Error::ReasonOfAct);
        }
        check_texts(&[("reason", reason.clone())])?;
        let keys = self.db.keys();
        let mut tx = self.db.begin().await?;
        let current = tx.sealed_submission(keys, submission, by.sight()).await?;
        let current = current.ok_or(Error::NoSubmission(submission))?;
        let before = tx.compartment(&current).await?;
        let event = match step {
            SecrecyStep::Close(people) => {
                let named = self.named(&mut tx, &people).await?;
                compartment::close(before.as_ref(), &named, by.person)?
            }
            SecrecyStep::Change(people) => {
                let named = self.named(&mut tx, &people).await?;
                compartment::change(before.as_ref(), &named, by.person)?
            }
            SecrecyStep::Open => compartment::open(before.as_ref())?,
        };
        let change = tx.compartment_change(&current, seen, event).await?;
        let change = change.with_text(&current, "reason", reason.trim())?;
        tx.record(self.clock.now(), by.actor(), &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)
    }

    /// Lets a counsel into each compartment in which nobody is counsel any more. For whoever holds
    /// the machine: a case that nobody sees is decided by nobody. Returns how many there were.
    pub async fn let_into_abandoned(&self, counsel: &EmailAddress) -> Result<usize, Error> {
        let mut tx = self.db.begin().await?;
        let people = tx.people(self.db.keys()).await?;
        let counsel = people.iter().find(|person| person.email.key() == counsel.key());
        let unknown = || Error::Nothing("nobody here has this e-mail address".to_owned());
        let counsel = counsel.ok_or_else(unknown)?.id;
        let named = self.named(&mut tx, &Compartment::from([counsel])).await?;
        let named = *named.first().ok_or(AccessRefusal::NoPerson(counsel))?;
        let abandoned = self.abandoned(&mut tx).await?;
        for id in &abandoned {
            let current = tx.sealed_submission(self.db.keys(), *id, Sight::whole()).await?;
            // Once its key is destroyed there is nothing left to see.
            let Some(current) = current else { continue };
            let before = tx.compartment(&current).await?;
            let event = compartment::let_in(before.as_ref(), named)?;
            let seen = tx.version(Stream::Submission(*id)).await?;
            let change = tx.compartment_change(&current, seen, event).await?;
            tx.record(self.clock.now(), Actor::OperatorCli, &[change]).await.map_err(moved)?;
        }
        tx.commit().await.map_err(moved)?;
        Ok(abandoned.len())
    }

    /// Submissions in compartments that name no counsel who can sign in.
    pub(crate) async fn abandoned(&self, tx: &mut Tx) -> Result<Vec<SubmissionId>, Error> {
        let people = tx.people(self.db.keys()).await?;
        let is_counsel = |person: &store::Person| {
            Named { person: person.id, account: person.account, roles: person.roles }.is_counsel()
        };
        let counsel: Vec<_> = people.iter().filter(|p| is_counsel(p)).map(|p| p.id).collect();
        Ok(tx.abandoned_compartments(&counsel).await?)
    }

    pub(crate) async fn named(
        &self,
        tx: &mut Tx,
        people: &Compartment,
    ) -> Result<Vec<Named>, Error> {
        let mut named = Vec::with_capacity(people.len());
        for id in people {
            let person = tx.person(self.db.keys(), *id).await?;
            let person = person.ok_or(AccessRefusal::NoPerson(*id))?;
            named.push(Named { person: *id, account: person.account, roles: person.roles });
        }
        Ok(named)
    }

    /// What happened to a submission as a whole.
    pub(crate) async fn submission_events(
        tx: &mut Tx,
        submission: &SealedSubmission,
        by: &SignedIn,
    ) -> Result<Vec<ReasonedEvent>, Error> {
        let mut reasons = tx.submission_texts(submission).await?;
        let stream = Stream::Submission(submission.id());
        let recorded = tx.stream_events(stream, by.sight()).await?;
        let events = (1..).zip(recorded).map(|(version, recorded)| ReasonedEvent {
            recorded,
            reason: reasons.remove(&version),
        });
        Ok(events.collect())
    }
}

/// Nobody is to act on what they can't see.
pub(crate) fn may_be_assigned(
    named: Option<&Compartment>,
    command: &Command,
) -> Result<(), CompartmentRefusal> {
    match (named, command) {
        (Some(people), Command::Assign { to: Some(to) }) if !people.contains(to) => {
            Err(CompartmentRefusal::NotNamed)
        }
        (Some(_) | None, _) => Ok(()),
    }
}
