//! What the law's clock adds to what happens: rule 7.
//!
//! Where a request's date is the one that its rule gives, the rule goes on counting it. A date that
//! a person set stays theirs, and moves by the days on which a question was out.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Aspect, Circumstances, Handled, Refusal, Registration, Verdict};
use crate::deadline::{Clock, Counted, Due, OnClarification, RuleOf, Start, Stop};
use crate::event::RequestEvent;

/// What a registration can't say by a day alone: a moment, and the end of a preservation.
pub(super) fn of_registration(
    registration: &Registration,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let from = registration.received_on;
    let mut events = Vec::new();
    if let Some(clock) = &circumstances.company.clock {
        if clock.received_at > clock.now {
            return Err(Refusal::Date("what is yet to come can’t have been received"));
        }
        let by_rule = clock.from_receipt(from);
        if let (RuleOf::Law, Some(law), Some(set)) = (clock.rule, by_rule, registration.due_on)
            && law.on < set
        {
            return Err(Refusal::LaterThanLaw(law.on));
        }
        let due = by_rule.filter(|due| registration.due_on == Some(due.on));
        // A day that the law gives needs no second event; that the company gave it is always said.
        let told = due.filter(|due| due.at.is_some() || clock.rule == RuleOf::Company);
        let counted = (Counted::Answer, clock.rule);
        events.extend(told.map(|due| Handled::counted(counted, from, due)));
    }
    if registration.is_to_be_kept(circumstances.company.on_receipt) {
        let kept = circumstances.company.keeping.as_ref().map(|clock| clock.ends(from, &[]));
        let counted = (Counted::Preservation, RuleOf::Law);
        events.extend(kept.map(|on| Handled::counted(counted, from, Due { on, at: None })));
    }
    Ok(events)
}

/// The moment at which a question stops a clock that counts hours.
pub(super) fn stopped_at(request: &Handled, circumstances: Circumstances<'_>) -> Option<Timestamp> {
    let clock = circumstances.company.clock.as_ref()?;
    request.due_at.map(|_| clock.now)
}

/// Where the rule gives another date than the days of the question alone.
pub(super) fn after_answer(
    request: &Handled,
    asked_on: Date,
    circumstances: Circumstances<'_>,
) -> Option<RequestEvent> {
    let (clock, today) = (circumstances.company.clock.as_ref()?, circumstances.today);
    let before = request.due()?;
    if !is_by_rule(request, clock) {
        return None;
    }
    let from = request.counting.from;
    if clock.clarification == OnClarification::Resets {
        let counted = (Counted::Answer, clock.rule);
        return Some(Handled::counted(counted, today, clock.from_now(today)));
    }
    let due = match (before.at, request.counting.stopped_at) {
        (Some(at), Some(stopped_at)) => clock.later(at, stopped_at),
        (Some(_), None) => return None,
        (None, _) => {
            let mut stops = request.counting.stops.clone();
            stops.push(Stop { from: asked_on, to: today });
            Due { on: clock.ends(from, &stops), at: None }
        }
    };
    // What follows from the answer by itself needs no second event.
    let stood = (today - asked_on).get_days().days();
    let plain = Due { on: before.on.saturating_add(stood), at: None };
    // A date by the company's own rule stays one, though a law has set another since.
    let rule = match request.due_by {
        RuleOf::Company => RuleOf::Company,
        RuleOf::Law => clock.rule,
    };
    (due != plain).then(|| Handled::counted((Counted::Answer, rule), from, due))
}

/// Whether the date is the one that the rule gives, so that no person set another.
pub(super) fn is_by_rule(request: &Handled, clock: &Clock) -> bool {
    match request.due() {
        None => false,
        Some(Due { at: Some(_), .. }) => true,
        Some(Due { on, at: None }) => {
            clock.ends(request.counting.from, &request.counting.stops) == on
        }
    }
}

/// A clock that starts when the instrument is complete starts once, with the finding that it is.
pub(super) fn when_complete(
    request: &Handled,
    aspect: Aspect,
    verdict: &Verdict,
    circumstances: Circumstances<'_>,
) -> Option<RequestEvent> {
    let clock = circumstances.company.clock.as_ref()?;
    match (aspect, verdict) {
        (Aspect::Instrument, Verdict::Stands | Verdict::StandsFor { .. }) => {}
        (Aspect::Instrument, Verdict::Owed { .. } | Verdict::DoesNotStand { .. })
        | (Aspect::Officer | Aspect::Scope, _) => return None,
    }
    if clock.start != Start::Complete || request.due_on.is_some() {
        return None;
    }
    let today = circumstances.today;
    Some(Handled::counted((Counted::Answer, clock.rule), today, clock.from_now(today)))
}

/// Whether the profile lets the time to answer be put off so long.
pub(super) fn may_extend(
    request: &Handled,
    due_on: Date,
    circumstances: Circumstances<'_>,
) -> Result<(), Refusal> {
    let Some(clock) = &circumstances.company.clock else { return Ok(()) };
    let by_rule = clock.ends(request.counting.from, &request.counting.stops);
    match clock.extended(by_rule) {
        Some(latest) if latest < due_on => Err(Refusal::ExtensionTooLong(latest)),
        Some(_) | None => Ok(()),
    }
}
