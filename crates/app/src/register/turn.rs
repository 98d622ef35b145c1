//! Registrations that wait are decided one after the other, and recorded in one transaction.
//!
//! **Who is refused costs the others nothing**, since nothing of what they asked for is in the
//! transaction; where it fails as a whole, each is tried alone. A crash before the commit leaves
//! nothing of any of them, and nobody has been told otherwise.

use std::collections::HashSet;
use std::iter::repeat_n;

use domain::event::RequestEvent;
use domain::id::{Actor, AuthorityId, OfficerId, RequestId, SubmissionId};
use domain::request::{Circumstances, Command, Registration, Request, decide};
use domain::submission::SubmissionRefusal;
use store::{Change, Resolution, SealedSubmission, Sealer, Submissions, Tx};

use super::{Registering, parts};
use crate::access::SignedIn;
use crate::conduct::moved;
use crate::ids::Ids;
use crate::together::{Together, Told};
use crate::{Candor, Error};

/// Most registrations of one transaction: who comes next does not wait long.
const TOGETHER_MAX: usize = 64;

/// What one person registers.
#[derive(Debug)]
pub(crate) struct Act {
    pub(super) submission: SubmissionId,
    pub(super) new: Registering,
    pub(super) by: SignedIn,
}

/// Registrations that wait for their transaction.
pub(crate) type Registrations = Together<Act, Vec<RequestId>>;

/// What an act comes to.
#[derive(Default)]
struct Found {
    requests: Vec<RequestId>,
    changes: Vec<Change>,
    references: Vec<(RequestId, String)>,
}

/// From whom a request comes, entered or yet to be.
struct Sender {
    authority: AuthorityId,
    officer: OfficerId,
    is_authority_known: bool,
    is_officer_known: bool,
}

impl Candor {
    /// Registers with the next transaction, and waits for it.
    pub(super) async fn register_with_others(&self, act: Act) -> Told<Vec<RequestId>> {
        let told = self.registrations.push(act)?;
        tokio::spawn(self.clone().register_waiting());
        told.await.map_err(|_| Error::Worker)?
    }

    async fn register_waiting(self) {
        let _turn = self.registrations.turn().await;
        // One of a submission at most: the second one is to see what the first did.
        let mut submissions = HashSet::new();
        let waiting =
            self.registrations.take(TOGETHER_MAX, |act| submissions.insert(act.submission));
        let (acts, done): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        for (done, told) in done.into_iter().zip(self.register_each(&acts).await) {
            done.send(told).ok();
        }
    }

    async fn register_each(&self, acts: &[Act]) -> Vec<Told<Vec<RequestId>>> {
        let error = match self.register_together(acts).await {
            Ok(told) => return told,
            Err(error) => error,
        };
        if acts.len() == 1 {
            return vec![Err(error)];
        }
        let mut told = Vec::with_capacity(acts.len());
        for act in acts {
            told.extend(Box::pin(self.register_each(std::slice::from_ref(act))).await);
        }
        told
    }

    /// Registers in one transaction; returns what became of each.
    async fn register_together(&self, acts: &[Act]) -> Result<Vec<Told<Vec<RequestId>>>, Error> {
        let keys = self.db.keys();
        let mut told = Vec::with_capacity(acts.len());
        if acts.is_empty() {
            return Ok(told);
        }
        let mut ids = Ids::new(self.clock.now())?;
        let mut tx = self.db.begin().await?;
        // An erasure forgets officers of whom nothing else speaks: it comes before, or finds these.
        tx.hold_log().await?;
        let mut sealer = tx.sealer(keys).await?;
        let (mut actors, mut changes, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for act in acts {
            told.push(match self.found(&mut tx, act, (&mut sealer, &mut ids)).await {
                Ok(found) => {
                    actors.extend(repeat_n(Actor::Person(act.by.person), found.changes.len()));
                    changes.extend(found.changes);
                    references.extend(found.references);
                    Ok(found.requests)
                }
                // After a fault of the database nothing of the transaction can be relied on.
                Err(Error::Store(error)) => return Err(error.into()),
                Err(refused) => Err(refused),
            });
        }
        if !changes.is_empty() {
            let recorded = tx.record_of_each(self.clock.now(), &actors, &changes).await;
            recorded.map_err(moved)?;
            tx.mark_instruments(keys, &references).await?;
            tx.commit().await.map_err(moved)?;
        }
        Ok(told)
    }

    async fn found(
        &self,
        tx: &mut Tx,
        Act { submission: id, new, by }: &Act,
        (sealer, ids): (&mut Sealer, &mut Ids),
    ) -> Result<Found, Error> {
        let arrived = tx.submissions(Submissions::One(*id), by.sight()).await?.pop();
        match arrived.ok_or(Error::NoSubmission(*id))?.resolution {
            Resolution::NotARequest(_) => {
                return Err(SubmissionRefusal::DeclaredNotARequest.into());
            }
            Resolution::Waits if new.seen == 0 => {}
            Resolution::Requests(found) if found == new.seen => {}
            Resolution::Waits | Resolution::Requests(_) => return Err(Error::Moved),
        }
        let submission = tx.sealed_submission(self.db.keys(), *id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(*id))?;
        let of = (*id, submission.received_on);
        let received_at = self.received_at(tx, of, new.received_time, by).await?;
        let sender = self.sender(tx, new, ids).await?;
        let mut decided = Vec::new();
        for (n, demands) in (1..).zip(parts(new.demands)) {
            let mut registration = Registration {
                submission: *id,
                ordinal: submission.ordinals().saturating_add(n),
                received_on: submission.received_on,
                country: new.country,
                authority: sender.authority,
                officer: sender.officer,
                category: new.category,
                instrument: new.instrument.clone(),
                demands,
                urgency: new.urgency,
                accounts_specified: new.accounts_specified,
                due_on: new.due_on,
            };
            let company = self.clocks(&registration, received_at)?;
            if let (None, Some(clock)) = (registration.due_on, &company.clock) {
                registration.due_on =
                    clock.from_receipt(registration.received_on).map(|due| due.on);
            }
            let (by, today) = (Actor::Person(by.person), self.today());
            let circumstances = Circumstances { by, today, company: &company };
            let command = Command::Register { registration };
            let events = decide(&Request::Absent, &command, circumstances)?;
            decided.push((RequestId(ids.make()), events));
        }
        // From here on nothing is refused.
        self.enter_sender(tx, new, &sender).await?;
        sealed(sealer, submission, new, decided)
    }

    /// From whom it comes, by the ids that they have or are to have.
    async fn sender(&self, tx: &mut Tx, new: &Registering, ids: &mut Ids) -> Result<Sender, Error> {
        let keys = self.db.keys();
        let authority = tx.authority_named(keys, (new.country, &new.authority)).await?;
        let officer = match authority {
            Some(of) => tx.officer_named(keys, of, (&new.officer, &new.officer_contact)).await?,
            None => None,
        };
        Ok(Sender {
            is_authority_known: authority.is_some(),
            is_officer_known: officer.is_some(),
            authority: authority.unwrap_or_else(|| AuthorityId(ids.make())),
            officer: officer.unwrap_or_else(|| OfficerId(ids.make())),
        })
    }

    async fn enter_sender(
        &self,
        tx: &mut Tx,
        new: &Registering,
        sender: &Sender,
    ) -> Result<(), Error> {
        let (keys, authority) = (self.db.keys(), sender.authority);
        if !sender.is_authority_known {
            let place = (new.country, new.authority.as_str());
            tx.enter_authority(keys, authority, place).await?;
        }
        if !sender.is_officer_known {
            let person = (new.officer.as_str(), new.officer_contact.as_str());
            tx.enter_officer(keys, sender.officer, authority, person).await?;
        }
        Ok(())
    }
}

/// Seals what was decided, one request after the other.
fn sealed(
    sealer: &mut Sealer,
    mut submission: SealedSubmission,
    new: &Registering,
    decided: Vec<(RequestId, Vec<RequestEvent>)>,
) -> Result<Found, Error> {
    let reference = new.instrument_reference.trim();
    let issued_on = new.issued_on.map(|day| day.to_string()).unwrap_or_default();
    let texts = [
        ("instrument_reference", reference),
        ("issued_on", issued_on.as_str()),
        ("summary", new.summary.trim()),
    ];
    let mut found = Found::default();
    for (request, events) in decided {
        let mut change = sealer.register(&submission, request, events)?;
        submission.requests = submission.requests.saturating_add(1);
        for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            change = change.with_text(&submission, name, text)?;
        }
        found.requests.push(request);
        found.changes.push(change);
        if !reference.is_empty() {
            found.references.push((request, reference.to_owned()));
        }
    }
    Ok(found)
}
