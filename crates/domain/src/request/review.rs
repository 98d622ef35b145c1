//! The review of a case by somebody who took no part in it. It changes nothing of the request.

use super::{Circumstances, Refusal};
use crate::event::{Event, Recorded, RequestEvent, ReviewFinding};
use crate::id::{Actor, PersonId};

pub(super) fn write(
    finding: ReviewFinding,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    circumstances.person()?;
    Ok(vec![RequestEvent::ReviewWritten { finding }])
}

/// Whoever did something with a request is judged by its review, and does not write it: one person
/// may have several roles. `events` are all of the request.
pub fn may_review(events: &[Recorded], by: PersonId) -> Result<(), Refusal> {
    let is_own = |recorded: &Recorded| {
        recorded.actor == Actor::Person(by)
            && !matches!(recorded.event, Event::Request(RequestEvent::ReviewWritten { .. }))
    };
    match events.iter().any(is_own) {
        true => Err(Refusal::ReviewerActed),
        false => Ok(()),
    }
}
