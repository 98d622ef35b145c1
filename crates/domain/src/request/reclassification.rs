//! Moving into or out of the prohibited demands, which takes two people.

use super::decide::rejected_by_rule;
use super::{Circumstances, Handled, Reclassification, Refusal, Stage};
use crate::category::DemandSet;
use crate::event::RequestEvent;
use crate::fact::Ground;

/// A request moves into the prohibited demands before anything was released, and out of them at
/// any time.
pub(super) fn propose(
    request: &Handled,
    demands: DemandSet,
    stage: &Stage,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    if let Some(fault) = demands.fault_in(request.registration.category) {
        return Err(fault.into());
    }
    if demands.has_prohibited() == request.is_prohibited() {
        return Err(Refusal::NotNow("in that class already"));
    }
    may_be_reclassified(request, stage)?;
    Ok(vec![RequestEvent::ReclassificationProposed { by, demands }])
}

fn may_be_reclassified(request: &Handled, stage: &Stage) -> Result<(), Refusal> {
    match stage {
        Stage::Withdrawn { .. } => Err(Refusal::NotNow(stage.kind().words())),
        Stage::Answered | Stage::Closed if !request.is_prohibited() => {
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

pub(super) fn confirm(
    request: &Handled,
    stage: &Stage,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let confirmed_by = circumstances.person()?;
    let Reclassification { proposed_by, demands } = proposed(request)?;
    if confirmed_by == proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    may_be_reclassified(request, stage)?;
    let mut events = vec![RequestEvent::Reclassified { proposed_by, confirmed_by, demands }];
    if demands.has_prohibited() {
        events.push(rejected_by_rule(Ground::Prohibited, circumstances.today));
    }
    Ok(events)
}

pub(super) fn send_back(
    request: &Handled,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    proposed(request)?;
    Ok(vec![RequestEvent::ReclassificationReturned { by: circumstances.person()? }])
}

fn proposed(request: &Handled) -> Result<Reclassification, Refusal> {
    request.reclassification.ok_or(Refusal::NotNow("not proposed for another class"))
}
