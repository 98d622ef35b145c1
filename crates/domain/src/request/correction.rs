//! What was registered wrongly is put right, by two people ([`motion`](super::motion)).
//!
//! **What was found rests on what was registered**, so it is found anew where that changes, and what
//! was proposed or decided on it falls. The number of the decision is counted as open again, and the
//! earlier decision stays on record. Nothing is put right any more once the response is released or
//! the request closed, unless an appeal opens it again.
//!
//! What a submission's leaf seals stays: in which letter a request was found, and when that came.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::{
    Aspect, Circumstances, Handled, KeptBy, Link, Preservation, Publication, Refusal, Registration,
    Stage, counting, is_told_in_bands,
};
use crate::category::{Category, DemandSet};
use crate::country::Country;
use crate::deadline::{Clock, Counted, Due, RuleOf, Stop};
use crate::event::RequestEvent;
use crate::fact::Urgency;
use crate::id::{AuthorityId, OfficerId, PersonId};
use crate::instrument::Instrument;
use crate::request::OnReceipt;

/// What of a registration can be put right: all that somebody read in the letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    pub country: Country,
    pub authority: AuthorityId,
    pub officer: OfficerId,
    pub category: Category,
    pub instrument: Instrument,
    pub demands: DemandSet,
    pub urgency: Urgency,
    pub accounts_specified: Option<u32>,
}

/// How the law counts for a request as it is to be.
#[derive(Clone, Debug, Default)]
pub struct Recount {
    /// The time to answer it.
    pub clock: Option<Clock>,
    /// How long something is preserved.
    pub keeping: Option<Clock>,
    /// What the receipt of its instrument alone obliges to.
    pub on_receipt: OnReceipt,
}

/// When an answer is due after a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueAfter {
    /// The day that sets the clock going.
    pub from: Date,
    pub on: Option<Date>,
    /// The moment, where hours are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "RuleOf::is_law")]
    pub rule: RuleOf,
}

impl Registration {
    /// What of it can be put right, as it stands.
    pub fn as_read(&self) -> Correction {
        Correction {
            country: self.country,
            authority: self.authority,
            officer: self.officer,
            category: self.category,
            instrument: self.instrument.clone(),
            demands: self.demands,
            urgency: self.urgency,
            accounts_specified: self.accounts_specified,
        }
    }

    /// The registration put right.
    pub fn corrected(&self, to: &Correction) -> Self {
        let Correction {
            country,
            authority,
            officer,
            category,
            instrument,
            demands,
            urgency,
            accounts_specified,
        } = to.clone();
        Self {
            country,
            authority,
            officer,
            category,
            instrument,
            demands,
            urgency,
            accounts_specified,
            ..self.clone()
        }
    }
}

impl Correction {
    /// Whether it leaves the cell of the tables in which the request stands.
    pub fn moves_cell(&self, from: &Registration) -> bool {
        (self.country, self.category) != (from.country, from.category)
    }

    /// Whether another law counts its time, or the same one otherwise.
    fn moves_law(&self, from: &Registration) -> bool {
        (self.country, &self.instrument, self.urgency, self.category, self.demands)
            != (from.country, &from.instrument, from.urgency, from.category, from.demands)
    }

    /// What is to be found anew. Another officer of the same authority may be as unreal as the
    /// first, and sends the same order; another authority, country or instrument is another case.
    /// How much is asked, and of how many accounts, is what the scope was found of.
    pub fn unsettles(&self, from: &Registration) -> Vec<Aspect> {
        let was = (from.country, from.authority, from.category, &from.instrument, from.urgency);
        if (self.country, self.authority, self.category, &self.instrument, self.urgency) != was {
            return Aspect::ALL.to_vec();
        }
        let mut aspects = Vec::new();
        if self.officer != from.officer {
            aspects.push(Aspect::Officer);
        }
        let was = (from.demands, from.accounts_specified);
        if (self.demands, self.accounts_specified) != was {
            aspects.push(Aspect::Scope);
        }
        aspects
    }
}

pub(super) fn is_new(request: &Handled, to: &Correction) -> Result<(), Refusal> {
    match request.registration.as_read() == *to {
        true => Err(Refusal::NotNow("registered so already")),
        false => Ok(()),
    }
}

pub(super) fn may_be_done(request: &Handled, to: &Correction) -> Result<(), Refusal> {
    let stage = &request.stage;
    match stage {
        Stage::Received
        | Stage::InVerification
        | Stage::ClarificationAsked { .. }
        | Stage::Verified
        | Stage::Proposed { .. }
        | Stage::Decided
        | Stage::Prepared { .. } => {}
        // A court decides on the order as it was challenged, and its result comes first.
        Stage::Challenged | Stage::Answered | Stage::Closed | Stage::Withdrawn { .. } => {
            return Err(Refusal::NotNow(stage.kind().words()));
        }
    }
    if let Some(fault) = to.demands.fault_in(to.category) {
        return Err(fault.into());
    }
    if to.demands.has_prohibited() != request.is_prohibited() {
        return Err(Refusal::ClassIsMoved);
    }
    match request.link {
        Some(Link::Renews | Link::Amends | Link::Duplicates)
            if to.moves_cell(&request.registration) =>
        {
            return Err(Refusal::LinkedInCell);
        }
        Some(_) | None => {}
    }
    match request.publication {
        Publication::Banded { .. } if !is_told_in_bands(to.country) => {
            return Err(Refusal::NoBandsThere(to.country));
        }
        Publication::Counted | Publication::Withheld { .. } | Publication::Banded { .. } => {}
    }
    match (request.accounts_disclosed, to.accounts_specified) {
        (Some(disclosed), Some(specified)) if disclosed > specified => {
            Err(Refusal::MoreDisclosedThanSpecified)
        }
        (_, _) => Ok(()),
    }
}

pub(super) fn done(
    request: &Handled,
    (proposed_by, confirmed_by): (PersonId, PersonId),
    to: Correction,
    circumstances: Circumstances<'_>,
) -> Vec<RequestEvent> {
    let corrected_on = circumstances.today;
    let due = request.due_after(&to, circumstances);
    let kept = request.kept_after(&to, circumstances);
    let mut events = vec![RequestEvent::RegistrationCorrected {
        proposed_by,
        confirmed_by,
        to,
        corrected_on,
        due,
    }];
    events.extend(kept);
    events
}

impl Handled {
    /// By another law the time to answer is counted anew, from receipt; a date that a person set
    /// stays theirs, unless that law has it due earlier. A question that is out falls, since it was
    /// asked of what was registered wrongly, and the clock runs on as after an answer.
    fn due_after(&self, to: &Correction, circumstances: Circumstances<'_>) -> DueAfter {
        let asked_on = match self.stage {
            Stage::ClarificationAsked { asked_on, .. } => Some(asked_on),
            Stage::Received
            | Stage::InVerification
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Challenged
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => None,
        };
        let today = circumstances.today;
        if !to.moves_law(&self.registration) {
            let (from, rule) = (self.counting.from, self.due_by);
            let stands = DueAfter { from, on: self.due_on, at: self.due_at, rule };
            let Some(asked_on) = asked_on else { return stands };
            return match counting::after_answer(self, asked_on, circumstances) {
                Some(RequestEvent::DeadlineCounted { from, due_on, due_at, rule, .. }) => {
                    DueAfter { from, on: Some(due_on), at: due_at, rule }
                }
                Some(_) | None => {
                    let stood = (today - asked_on).get_days().days();
                    DueAfter { on: self.due_on.map(|due| due.saturating_add(stood)), ..stands }
                }
            };
        }
        let from = self.registration.received_on;
        let mut stops = match self.counting.from == from {
            true => self.counting.stops.clone(),
            false => Vec::new(),
        };
        stops.extend(asked_on.map(|from| Stop { from, to: today }));
        let Recount { clock, .. } = &circumstances.company.recount;
        let by_law =
            clock.as_ref().and_then(|clock| clock.from_receipt(from).map(|due| (clock, due)));
        let by_law = by_law.map(|(clock, due)| match due.at {
            // What stopped it is known by the day alone; so the earlier end is told.
            Some(_) => due,
            None => Due { on: clock.ends(from, &stops), at: None },
        });
        let rule = clock.as_ref().map_or(RuleOf::Law, |clock| clock.rule);
        let (due, rule) = match (self.due_of_person(circumstances), by_law) {
            // The company's own rule holds where nobody has set another day.
            (Some(set), Some(law)) if rule == RuleOf::Law => (Some(set.min(law)), RuleOf::Law),
            (Some(set), _) => (Some(set), RuleOf::Law),
            (None, by_rule) => (by_rule, rule),
        };
        DueAfter { from, on: due.map(|due| due.on), at: due.and_then(|due| due.at), rule }
    }

    /// The date to answer, where it is not the one that the law gave so far.
    fn due_of_person(&self, circumstances: Circumstances<'_>) -> Option<Due> {
        let by_law = circumstances.company.clock.as_ref();
        let is_by_rule = by_law.is_some_and(|clock| counting::is_by_rule(self, clock));
        self.due().filter(|_| !is_by_rule)
    }

    /// What is kept is never let go earlier by a correction; what is not kept yet is kept as long as
    /// the law of the right instrument says.
    fn kept_after(&self, to: &Correction, circumstances: Circumstances<'_>) -> Vec<RequestEvent> {
        let from = self.registration.received_on;
        let Recount { keeping, on_receipt, .. } = &circumstances.company.recount;
        let after = self.registration.corrected(to);
        if !to.moves_law(&self.registration) || !after.is_to_be_kept(*on_receipt) {
            return Vec::new();
        }
        let Some(on) = keeping.as_ref().map(|clock| clock.ends(from, &[])) else {
            return Vec::new();
        };
        let counted = (Counted::Preservation, RuleOf::Law);
        let counted = Self::counted(counted, from, Due { on, at: None });
        match (self.preservation, self.kept_until) {
            (Preservation::NotPlaced | Preservation::Released, _) => vec![counted],
            (Preservation::Placed, Some(before)) if before < on => {
                vec![counted, RequestEvent::PreservationPlaced { kept_until: Some(on) }]
            }
            (Preservation::Placed | Preservation::Followed { .. } | Preservation::Lapsed, _) => {
                Vec::new()
            }
        }
    }

    /// What the event makes of the request.
    pub(super) fn correct(&mut self, to: &Correction, corrected_on: Date, due: DueAfter) {
        for aspect in to.unsettles(&self.registration) {
            self.findings.forget(aspect);
        }
        if due.from != self.counting.from {
            self.counting.from = due.from;
            self.counting.stops.clear();
        }
        if let Stage::ClarificationAsked { asked_on, .. } = self.stage {
            self.counting.stops.push(Stop { from: asked_on, to: corrected_on });
        }
        self.counting.stopped_at = None;
        (self.due_on, self.due_at, self.due_by) = (due.on, due.at, due.rule);
        if to.moves_law(&self.registration) {
            match self.preservation {
                Preservation::NotPlaced | Preservation::Released => {
                    (self.kept_until, self.kept_by) = (None, KeptBy::Person);
                }
                Preservation::Placed | Preservation::Followed { .. } | Preservation::Lapsed => {}
            }
        }
        self.registration = self.registration.corrected(to);
        // What was signed tells the officer what was registered wrongly.
        self.declination = None;
        match self.stage {
            // Nobody has found anything.
            Stage::Received => {}
            // It is declined by rule as before.
            Stage::Decided if self.is_prohibited() => {}
            Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Challenged
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => self.stage = Stage::InVerification,
        }
    }
}
