//! Legal holds: while one stands, what a submission says is not destroyed, whatever period is over.
//!
//! **Nobody alone lifts a hold that they placed**: what it kept may be evidence, and once it is
//! lifted the way to destroy it is open. There can be several on one submission, each with a reason
//! and an end of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::event::{Event, Recorded, SubmissionEvent};
use crate::id::{Actor, HoldId, PersonId};

/// The holds that stand on a submission.
pub type Holds = BTreeMap<HoldId, Hold>;

/// A hold, as it was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub placed_by: Actor,
    pub placed_at: Timestamp,
}

/// More holds on one submission at a time are refused.
pub const HOLDS_MAX: usize = 20;

/// Why a hold is not placed or lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    #[error("this hold was lifted already, or there was none")]
    NotThere,
    #[error("whoever placed a hold does not lift it: somebody else does")]
    SamePerson,
    #[error("{HOLDS_MAX} holds stand on it already: lift one first")]
    TooMany,
}

/// Nothing of the submission is destroyed from now on.
pub fn place(holds: &Holds, hold: HoldId) -> Result<SubmissionEvent, HoldRefusal> {
    if holds.len() >= HOLDS_MAX {
        return Err(HoldRefusal::TooMany);
    }
    Ok(SubmissionEvent::LegalHoldPlaced { hold })
}

/// The hold does not stand any more.
pub fn lift(holds: &Holds, hold: HoldId, by: PersonId) -> Result<SubmissionEvent, HoldRefusal> {
    match holds.get(&hold) {
        None => Err(HoldRefusal::NotThere),
        Some(Hold { placed_by, .. }) if *placed_by == Actor::Person(by) => {
            Err(HoldRefusal::SamePerson)
        }
        Some(_) => Ok(SubmissionEvent::LegalHoldLifted { hold }),
    }
}

/// What an event of a submission makes of its holds.
pub fn evolve(mut holds: Holds, recorded: &Recorded) -> Holds {
    match recorded.event {
        Event::Submission(SubmissionEvent::LegalHoldPlaced { hold }) => {
            let placed = Hold { placed_by: recorded.actor, placed_at: recorded.at };
            holds.insert(hold, placed);
        }
        Event::Submission(SubmissionEvent::LegalHoldLifted { hold }) => {
            holds.remove(&hold);
        }
        Event::Submission(
            SubmissionEvent::SubmissionReceived { .. }
            | SubmissionEvent::DocumentsAdded { .. }
            | SubmissionEvent::DeclaredNotARequest { .. }
            | SubmissionEvent::NotARequestTakenBack {}
            | SubmissionEvent::SubmissionErased { .. }
            | SubmissionEvent::CompartmentClosed { .. }
            | SubmissionEvent::CompartmentChanged { .. }
            | SubmissionEvent::CompartmentOpened {},
        )
        | Event::Request(_)
        | Event::Person(_)
        | Event::Authority(_)
        | Event::Company(_) => {}
    }
    holds
}
