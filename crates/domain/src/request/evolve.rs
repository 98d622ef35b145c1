//! What an event makes of a request.

use jiff::ToSpan;

use super::{
    Aspect, ChallengeResult, Decision, Declination, Defect, Extended, Findings, Handled, KeptBy,
    Motion, MotionKind, Motions, Preservation, Proposal, Publication, Request, Stage,
};
use crate::deadline::{Counted, Counting, RuleOf, Stop};
use crate::event::RequestEvent;
use crate::fact::Paperwork;

/// An event that can't follow on this state: the log was not written by candor, or is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event `{event}` can't follow on a request that is {state}")]
pub struct Inconsistent {
    pub event: &'static str,
    pub state: &'static str,
}

/// The request after all of these events.
pub fn fold<'a>(
    events: impl IntoIterator<Item = &'a RequestEvent>,
) -> Result<Request, Inconsistent> {
    events.into_iter().try_fold(Request::Absent, evolve)
}

/// The request after one event.
pub fn evolve(request: Request, event: &RequestEvent) -> Result<Request, Inconsistent> {
    let unfit = |state| Err(Inconsistent { event: event.kind(), state });
    match (request, event) {
        (Request::Absent, RequestEvent::RequestRegistered { registration }) => {
            Ok(Request::Handled(Box::new(Handled {
                due_on: registration.due_on,
                due_at: None,
                due_by: RuleOf::Law,
                counting: Counting {
                    from: registration.received_on,
                    stops: Vec::new(),
                    stopped_at: None,
                },
                kept_until: None,
                kept_by: KeptBy::default(),
                preservation: Preservation::default(),
                preservation_extended: Extended::default(),
                paperwork: Paperwork::default(),
                registration: registration.clone(),
                findings: Findings::default(),
                stage: Stage::Received,
                decisions: Vec::new(),
                declination: None,
                motions: Motions::default(),
                publication: Publication::default(),
                link: None,
                accounts_disclosed: None,
                assigned_to: None,
            })))
        }
        (
            Request::Absent | Request::Historic(_),
            RequestEvent::HistoricRequestImported { request, .. },
        ) => Ok(Request::Historic(request.clone())),
        (Request::Absent, _) => unfit("not registered"),
        (Request::Historic(_), _) => unfit("history"),
        (Request::Handled(mut handled), event) => {
            let state = handled.stage.kind().words();
            match apply(&mut handled, event) {
                Some(()) => Ok(Request::Handled(handled)),
                None => unfit(state),
            }
        }
    }
}

/// `None` where the event is none of a handled request.
fn apply(request: &mut Handled, event: &RequestEvent) -> Option<()> {
    match event {
        RequestEvent::RequestRegistered { .. } | RequestEvent::HistoricRequestImported { .. } => {
            return None;
        }
        RequestEvent::RequestAssigned { to } => request.assigned_to = *to,
        RequestEvent::NoteWritten { .. } | RequestEvent::ReviewWritten { .. } => {}
        RequestEvent::RequestLinked { link, .. } => request.link = Some(*link),
        RequestEvent::LinkRemoved {} => request.link = None,
        RequestEvent::VerificationBegun {} => request.stage = Stage::InVerification,
        RequestEvent::FindingRecorded { aspect, finding } => {
            if *aspect == Aspect::Instrument {
                request.paperwork = request.paperwork.found(finding.verdict);
            }
            request.findings.set(*aspect, finding.clone());
            request.stage = Stage::InVerification;
        }
        RequestEvent::Verified {} => request.stage = Stage::Verified,
        RequestEvent::ClarificationAsked { asked_on, answer_due_on, stopped_at } => {
            request.counting.stopped_at = *stopped_at;
            let (asked_on, answer_due_on) = (*asked_on, *answer_due_on);
            request.stage = Stage::ClarificationAsked { asked_on, answer_due_on };
        }
        RequestEvent::ClarificationAnswered { answered_on } => {
            // The clock stood still while the officer was asked (rule 7).
            if let Stage::ClarificationAsked { asked_on, .. } = request.stage {
                let stood = (*answered_on - asked_on).get_days();
                request.due_on = request.due_on.map(|due| due.saturating_add(stood.days()));
                request.counting.stops.push(Stop { from: asked_on, to: *answered_on });
            }
            request.counting.stopped_at = None;
            request.stage = Stage::InVerification;
        }
        // What follows from a lapse is an event of its own.
        RequestEvent::ClarificationLapsed { .. } => {}
        RequestEvent::InstrumentArrived { finding } => {
            request.paperwork = request.paperwork.found(finding.verdict);
            request.findings.set(Aspect::Instrument, finding.clone());
        }
        RequestEvent::InstrumentOverdue { .. } => {
            request.paperwork = request.paperwork.overdue();
            request.findings.strike_instrument(Defect::NoInstrument);
            if matches!(request.stage, Stage::Verified | Stage::Proposed { .. }) {
                request.stage = Stage::InVerification;
            }
        }
        RequestEvent::DeadlineExtended { due_on } => {
            request.due_on = Some(*due_on);
            request.due_at = None;
            request.due_by = RuleOf::Law;
        }
        RequestEvent::DeadlineCounted { deadline: Counted::Preservation, due_on, .. } => {
            request.kept_until = Some(*due_on);
            request.kept_by = KeptBy::Law;
        }
        RequestEvent::PreservationPlaced { kept_until } => {
            request.preservation = Preservation::Placed;
            request.kept_until = *kept_until;
        }
        RequestEvent::PreservationExtended { kept_until } => {
            request.preservation = Preservation::Placed;
            request.preservation_extended = Extended::Once;
            request.kept_until = Some(*kept_until);
        }
        RequestEvent::PreservationFollowed { by } => {
            request.preservation = Preservation::Followed { by: *by };
        }
        RequestEvent::PreservationReleased {} => request.preservation = Preservation::Released,
        RequestEvent::PreservationLapsed {} => request.preservation = Preservation::Lapsed,
        RequestEvent::DeadlineCounted { deadline: Counted::Answer, from, due_on, due_at, rule } => {
            if *from != request.counting.from {
                request.counting = Counting { from: *from, stops: Vec::new(), stopped_at: None };
            }
            request.due_on = Some(*due_on);
            request.due_at = *due_at;
            request.due_by = *rule;
        }
        RequestEvent::DecisionProposed { by, outcome } => {
            let proposal = Proposal { outcome: *outcome, proposed_by: *by };
            request.stage = Stage::Proposed { proposal };
        }
        RequestEvent::ProposalReturned { .. } => request.stage = back_in_verification(request),
        RequestEvent::Decided { outcome, decided_on, confirmed, inventory } => {
            request.decisions.push(Decision {
                outcome: *outcome,
                decided_on: *decided_on,
                confirmed: *confirmed,
                inventory: *inventory,
            });
            request.stage = Stage::Decided;
        }
        RequestEvent::DeclinationSigned { by, commitment } => {
            let (signed_by, commitment) = (*by, *commitment);
            request.declination = Some(Declination { signed_by, commitment });
        }
        RequestEvent::DecisionReopened { .. } => request.stage = back_in_verification(request),
        RequestEvent::ReclassificationProposed { by, demands } => {
            request.motions.put(*by, Motion::Reclassify { demands: *demands });
        }
        RequestEvent::ReclassificationReturned { .. } => {
            request.motions.take_away(MotionKind::Reclassify);
        }
        RequestEvent::Reclassified { demands, .. } => {
            request.registration.demands = *demands;
            request.motions.take_away(MotionKind::Reclassify);
            // What was signed declines what it was taken for before.
            request.declination = None;
            request.findings = Findings::default();
            request.stage = Stage::InVerification;
        }
        RequestEvent::CorrectionProposed { by, to, received_at } => {
            let (to, received_at) = (to.clone(), *received_at);
            request.motions.put(*by, Motion::Correct { to, received_at });
        }
        RequestEvent::CorrectionReturned { .. } => request.motions.take_away(MotionKind::Correct),
        RequestEvent::RegistrationCorrected { to, corrected_on, due, .. } => {
            request.motions.take_away(MotionKind::Correct);
            request.correct(to, *corrected_on, *due);
        }
        RequestEvent::WithholdingProposed { by, until } => {
            request.motions.put(*by, Motion::Withhold { until: *until });
        }
        RequestEvent::WithholdingReturned { .. } => request.motions.take_away(MotionKind::Withhold),
        RequestEvent::Withheld { until, .. } => {
            request.publication = Publication::Withheld { until: *until };
            request.motions.take_away(MotionKind::Withhold);
        }
        RequestEvent::BandingProposed { by, process, selectors } => {
            let (process, selectors) = (*process, *selectors);
            request.motions.put(*by, Motion::Band { process, selectors });
        }
        RequestEvent::BandingReturned { .. } => request.motions.take_away(MotionKind::Band),
        RequestEvent::Banded { process, selectors, .. } => {
            let (process, selectors) = (*process, *selectors);
            request.publication = Publication::Banded { process, selectors };
            request.motions.take_away(MotionKind::Band);
        }
        RequestEvent::Disclosed {} => {
            request.publication = Publication::Counted;
            request.motions.take_away(MotionKind::Withhold);
        }
        RequestEvent::ResponsePrepared { by } => {
            request.stage = Stage::Prepared { prepared_by: *by, screened_by: None };
        }
        RequestEvent::ResponseScreened { by } => match &mut request.stage {
            Stage::Prepared { screened_by, .. } => *screened_by = Some(*by),
            Stage::Received
            | Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Challenged
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => return None,
        },
        RequestEvent::ResponseReleased { accounts_disclosed, .. } => {
            // After an appeal there is a second answer, which takes back nothing of the first.
            request.accounts_disclosed = request.accounts_disclosed.max(*accounts_disclosed);
            if request.findings.owed_until().is_some() {
                request.paperwork = request.paperwork.answered_before();
            }
            request.stage = Stage::Answered;
        }
        RequestEvent::ResponseRevoked {} | RequestEvent::PendingSealed {} => {}
        RequestEvent::ChallengeFiled { .. } => request.stage = Stage::Challenged,
        RequestEvent::ChallengeResolved { result } => {
            match result {
                ChallengeResult::Confirmed => {}
                // What was found of the wide order says nothing of the narrow one.
                ChallengeResult::Narrowed => request.findings.forget(Aspect::Scope),
                ChallengeResult::Quashed | ChallengeResult::WithdrawnByAuthority => {
                    request.findings.strike_instrument(Defect::InstrumentInvalid);
                }
            }
            request.stage = back_in_verification(request);
        }
        RequestEvent::Appealed { accounts_disclosed } => {
            request.accounts_disclosed = *accounts_disclosed;
            request.findings = Findings::default();
            request.stage = Stage::InVerification;
        }
        RequestEvent::Withdrawn { withdrawn_on, accounts_disclosed } => {
            request.accounts_disclosed = *accounts_disclosed;
            request.stage = Stage::Withdrawn { withdrawn_on: *withdrawn_on };
        }
        RequestEvent::Closed {} => request.stage = Stage::Closed,
    }
    Some(())
}

/// A proposal may follow again where all three findings stand; otherwise verification goes on.
/// Whether an instrument owed is still in time is asked again at each proposal.
fn back_in_verification(request: &Handled) -> Stage {
    if request.findings.are_whole() { Stage::Verified } else { Stage::InVerification }
}
