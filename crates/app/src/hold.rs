//! Legal holds: placed by one person, lifted by another; nothing is erased in between.

use domain::access::Permission;
use domain::event::{Event, Stream, SubmissionEvent};
use domain::hold::{Hold, Holds, evolve, lift, place};
use domain::id::HoldId;
use store::{SealedSubmission, SeenBy, SubmissionNumber, Submissions, Tx};

use crate::access::SignedIn;
use crate::conduct::{check_texts, moved};
use crate::ids::Ids;
use crate::{Candor, Error};

/// A submission on which holds stand.
#[derive(Clone, Debug)]
pub struct HeldSubmission {
    pub number: SubmissionNumber,
    pub seen_by: SeenBy,
    /// In order of time.
    pub holds: Vec<HoldTold>,
}

/// A hold that stands, and why.
#[derive(Clone, Debug)]
pub struct HoldTold {
    pub id: HoldId,
    pub hold: Hold,
    pub reason: String,
}

impl Candor {
    /// The submissions on which holds stand, as far as the person sees them.
    pub async fn held(&self, by: &SignedIn) -> Result<Vec<HeldSubmission>, Error> {
        by.may(Permission::ReadRetention)?;
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let mut held = Vec::new();
        for id in tx.submissions_held(by.sight()).await? {
            let row = tx.submissions(Submissions::One(id), by.sight()).await?.pop();
            let sealed = tx.sealed_submission(keys, id, by.sight()).await?;
            let (Some(row), Some(sealed)) = (row, sealed) else { continue };
            let holds = Self::holds_told(&mut tx, &sealed, by).await?;
            held.push(HeldSubmission { number: row.number, seen_by: row.seen_by, holds });
        }
        held.sort_by_key(|held| held.number);
        Ok(held)
    }

    async fn holds_told(
        tx: &mut Tx,
        submission: &SealedSubmission,
        by: &SignedIn,
    ) -> Result<Vec<HoldTold>, Error> {
        let mut reasons = tx.submission_texts(submission).await?;
        let (mut holds, mut told) = (Holds::new(), Vec::new());
        let events = tx.stream_events(Stream::Submission(submission.id()), by.sight()).await?;
        for (version, recorded) in (1..).zip(&events) {
            holds = evolve(holds, recorded);
            if let Event::Submission(SubmissionEvent::LegalHoldPlaced { hold }) = recorded.event {
                told.push((hold, reasons.remove(&version).unwrap_or_default()));
            }
        }
        let stands = |(id, reason)| Some(HoldTold { id, hold: *holds.get(&id)?, reason });
        Ok(told.into_iter().filter_map(stands).collect())
    }

    /// From now on the submission is not erased, until somebody else lifts the hold.
    pub async fn place_hold(
        &self,
        number: SubmissionNumber,
        reason: &str,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::PlaceHold)?;
        let hold = HoldId(Ids::new(self.clock.now())?.make());
        let mut tx = self.db.begin().await?;
        tx.hold_log().await?;
        let row = tx.submissions(Submissions::Numbered(number), by.sight()).await?.pop();
        let row = row.ok_or(Error::NoSuchSubmission)?;
        let holds = tx.holds(row.submission, by.sight()).await?;
        let event = place(&holds, hold)?;
        self.change_holds(tx, row.submission, (event, reason), by).await
    }

    /// Lifts a hold that somebody else placed.
    pub async fn lift_hold(&self, hold: HoldId, reason: &str, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::LiftHold)?;
        let mut tx = self.db.begin().await?;
        tx.hold_log().await?;
        let of = tx.submission_of_hold(hold, by.sight()).await?;
        let of = of.ok_or(domain::hold::HoldRefusal::NotThere)?;
        let holds = tx.holds(of, by.sight()).await?;
        let event = lift(&holds, hold, by.person)?;
        self.change_holds(tx, of, (event, reason), by).await
    }

    async fn change_holds(
        &self,
        mut tx: Tx,
        of: domain::id::SubmissionId,
        (event, reason): (SubmissionEvent, &str),
        by: &SignedIn,
    ) -> Result<(), Error> {
        if reason.trim().is_empty() {
            return Err(Error::ReasonOfAct);
        }
        check_texts(&[("reason", reason.to_owned())])?;
        let sealed = tx.sealed_submission(self.db.keys(), of, by.sight()).await?;
        let sealed = sealed.ok_or(Error::NoSuchSubmission)?;
        let change = tx.hold_change(&sealed, event).await?;
        let change = change.with_text(&sealed, "reason", reason.trim())?;
        tx.record(self.clock.now(), by.actor(), &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)
    }
}
