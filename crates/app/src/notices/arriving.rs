//! Who is told that something arrived, and that nobody registers it.
//!
//! What comes by hundreds is told once: a mail leads to the list of what waits, and not to one
//! letter. Of what lies in a compartment those alone are told whom it names.

use std::collections::BTreeSet;

use domain::access::Permission;
use domain::compartment::Compartment;
use domain::id::{PersonId, SubmissionId};
use domain::person::Account;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{Mail, MailKind, NewMail, Person, Reminders, Tx};

use super::MISSED_DAYS_MAX;
use super::reminding::Call;
use crate::ids::Ids;
use crate::waiting::Told;
use crate::{Candor, Error};

impl Candor {
    /// Enqueues that submissions arrived, in the transaction in which they do; each with who alone
    /// sees it.
    pub(crate) async fn enqueue_arrivals(
        &self,
        tx: &mut Tx,
        arrived: &[(SubmissionId, Option<&Compartment>)],
    ) -> Result<(), Error> {
        if self.config.mail.is_none() || arrived.is_empty() {
            return Ok(());
        }
        let people = tx.people(self.db.keys()).await?;
        let (now, mut told) = (self.clock.now(), BTreeSet::new());
        let mut ids = Ids::new(now)?;
        for (submission, closed_to) in arrived {
            let sees = |person: PersonId| closed_to.is_none_or(|named| named.contains(&person));
            for to in people.iter().filter(|who| can_resolve(who) && sees(who.id)) {
                if told.insert(to.id) {
                    let (kind, subject) = (MailKind::Arrived, to.id.0);
                    let occasion = submission.to_string();
                    let new = NewMail { id: ids.make(), to: to.id, kind, subject, occasion };
                    tx.enqueue_arrived(&new, now).await?;
                }
            }
        }
        Ok(())
    }

    /// What is to be told of what waits to be registered, now.
    pub(super) async fn calls_of_arrivals(
        &self,
        tx: &mut Tx,
        people: &[Person],
    ) -> Result<Vec<Call>, Error> {
        const KINDS: [(Told, MailKind); 2] = [
            (Told::Near, MailKind::RegistrationNear),
            (Told::Missed, MailKind::RegistrationMissed),
        ];
        let mut calls = Vec::new();
        for person in people.iter().filter(|person| can_resolve(person)) {
            for (told, kind) in KINDS {
                let Some(last) = self.last_told_of(tx, told, person.id).await? else { continue };
                // Told of a later one, they were told of this one too.
                let occasion = occasion(last);
                let before = tx.last_occasion(person.id, kind).await?;
                if before.is_none_or(|before| before < occasion) {
                    calls.push(((person.id, kind, person.id.0), occasion));
                }
            }
        }
        Ok(calls)
    }

    /// Whether what a mail tells of arrivals is so still, and theirs to know.
    pub(super) async fn is_arrival_so(
        &self,
        tx: &mut Tx,
        mail: &Mail,
        person: &Person,
    ) -> Result<bool, Error> {
        if !can_resolve(person) {
            return Ok(false);
        }
        Ok(match mail.kind {
            MailKind::Arrived => self.is_any_waiting(tx, person.id).await?,
            MailKind::RegistrationNear => {
                self.last_told_of(tx, Told::Near, person.id).await?.is_some()
                    && tx.reminders(person.id).await? == Reminders::Wanted
            }
            MailKind::RegistrationMissed => {
                self.last_told_of(tx, Told::Missed, person.id).await?.is_some()
            }
            MailKind::Assigned
            | MailKind::ClarificationLapsed
            | MailKind::InstrumentOverdue
            | MailKind::DeadlineNear
            | MailKind::DeadlineMissed
            | MailKind::ClarificationNear
            | MailKind::PaperworkNear
            | MailKind::PreservationNear
            | MailKind::PreservationLapsed
            | MailKind::Invitation
            | MailKind::ReadersChanged
            | MailKind::AccessReset => false,
        })
    }

    async fn last_told_of(
        &self,
        tx: &mut Tx,
        told: Told,
        person: PersonId,
    ) -> Result<Option<Timestamp>, Error> {
        let since = self.today().saturating_sub((MISSED_DAYS_MAX + 1).days());
        self.last_to_be_told(tx, (told, since), person).await
    }
}

fn can_resolve(person: &Person) -> bool {
    person.account == Account::Active && person.roles.may(Permission::ResolveSubmission)
}

/// Of the same length for all moments, so that texts stand in the order of time.
fn occasion(entered_at: Timestamp) -> String {
    let since: SignedDuration = entered_at.duration_since(Timestamp::UNIX_EPOCH);
    format!("{:020}", since.as_micros())
}
