//! Moving into or out of the prohibited demands, which takes two people ([`motion`](super::motion)).

use jiff::civil::Date;

use super::decide::rejected_by_rule;
use super::{Handled, Refusal, Stage};
use crate::category::DemandSet;
use crate::event::RequestEvent;
use crate::fact::Ground;
use crate::id::PersonId;

pub(super) fn is_new(request: &Handled, demands: DemandSet) -> Result<(), Refusal> {
    if let Some(fault) = demands.fault_in(request.registration.category) {
        return Err(fault.into());
    }
    match demands.has_prohibited() == request.is_prohibited() {
        true => Err(Refusal::NotNow("in that class already")),
        false => Ok(()),
    }
}

/// A request moves into the prohibited demands before anything was released, and out of them at
/// any time.
pub(super) fn may_be_done(request: &Handled, demands: DemandSet) -> Result<(), Refusal> {
    let stage = &request.stage;
    match stage {
        Stage::Withdrawn { .. } => Err(Refusal::NotNow(stage.kind().words())),
        Stage::Answered | Stage::Closed if demands.has_prohibited() => {
            Err(Refusal::NotNow(stage.kind().words()))
        }
        Stage::Received
        | Stage::InVerification
        | Stage::ClarificationAsked { .. }
        | Stage::Verified
        | Stage::Proposed { .. }
        | Stage::Decided
        | Stage::Prepared { .. }
        | Stage::Challenged
        | Stage::Answered
        | Stage::Closed => Ok(()),
    }
}

pub(super) fn done(
    (proposed_by, confirmed_by): (PersonId, PersonId),
    demands: DemandSet,
    today: Date,
) -> Vec<RequestEvent> {
    let mut events = vec![RequestEvent::Reclassified { proposed_by, confirmed_by, demands }];
    if demands.has_prohibited() {
        events.push(rejected_by_rule(Ground::Prohibited, today));
    }
    events
}
