//! Which events a command leads to, or which rule refuses it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Aspect, ChallengeResult, Confirmed, Finding, Findings, Handled, HistoricRequest, Link, Outcome,
    Reclassification, Registration, Request, Stage, Verdict, counting, preservation, publication,
};
use crate::authority::{Doubt, OfficerStanding};
use crate::category::{Category, DemandFault, DemandSet};
use crate::deadline::Clock;
use crate::event::{Event, LAPSED, NoteKind};
use crate::fact::{Ground, Standing, Urgency};
use crate::id::{Actor, PersonId, RequestId, Sha256Hash, SubmissionId, VerificationId};
use crate::instrument::RuleId;

/// What somebody wants to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Register {
        registration: Registration,
    },
    Link {
        to: RequestId,
        link: Link,
    },
    BeginVerification,
    RecordFinding {
        aspect: Aspect,
        /// Elements of the rule on this aspect that were found to be there.
        checked: BTreeSet<RuleId>,
        verdict: Verdict,
    },
    AskClarification {
        answer_due_on: Date,
    },
    AnswerClarification,
    /// The calendar's: the officer did not answer in time.
    LapseClarification,
    /// The calendar's: an instrument owed did not come in time.
    ReportInstrumentOverdue,
    ExtendDeadline {
        due_on: Date,
    },
    Propose {
        outcome: Outcome,
    },
    ReturnProposal,
    Confirm,
    ProposeReclassification {
        demands: DemandSet,
    },
    ConfirmReclassification,
    /// Out of the published sum until a day is over, or until it is lifted.
    ProposeWithholding {
        until: Option<Date>,
    },
    ReturnWithholding,
    ConfirmWithholding,
    /// Back into the sum.
    Disclose,
    /// The calendar's: the day until which it is withheld is over.
    DiscloseOnDate,
    PrepareResponse,
    ScreenResponse,
    ReleaseResponse {
        accounts_disclosed: Option<u32>,
    },
    /// Takes back an approval under which nothing was released: the inventory has changed, the
    /// paperwork did not come, or who confirmed it has left.
    Reopen,
    /// What is asked for is kept from now on, `None` where no last day is known. Where the law of
    /// the instrument sets one, that is it.
    PlacePreservation {
        until: Option<Date>,
    },
    ExtendPreservation {
        until: Date,
    },
    ReleasePreservation,
    /// The calendar's: its last day is over.
    LapsePreservation,
    /// Another request asks to hand over what is kept.
    FollowPreservation {
        by: RequestId,
    },
    FileChallenge,
    ResolveChallenge {
        result: ChallengeResult,
    },
    Appeal,
    Withdraw,
    Close,
    /// `None`: nobody in particular acts.
    Assign {
        to: Option<PersonId>,
    },
    WriteNote {
        kind: NoteKind,
    },
    /// Says in the log that it is undecided, before an edition that counts it.
    SealPending,
    ImportHistoric {
        submission: SubmissionId,
        source_sha256: Sha256Hash,
        line: u32,
        request: HistoricRequest,
    },
}

/// What the company knows of itself.
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// The data inventory: kinds of user data that it holds (rule 4).
    pub holds: DemandSet,
    /// What the law asks of the request's instrument, on each aspect.
    pub rules: BTreeMap<Aspect, Rule>,
    /// How the law counts the time to answer the request, where its profile says it.
    pub clock: Option<Clock>,
    /// The same of how long something is preserved.
    pub keeping: Option<Clock>,
    /// And by how much that may be made longer.
    pub keeping_longer: Option<Clock>,
    /// What the register of the authority says of the request's officer.
    pub officer: OfficerStanding,
}

/// A rule of law that a finding cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    /// All are there, or the finding does not stand.
    pub elements: BTreeSet<RuleId>,
    pub state: RuleState,
}

/// Rule 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// Counsel has confirmed every element as it reads now.
    Confirmed,
    Draft,
}

/// Why a command is refused, in words that a lawyer can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this can't be done with a request that is {0}")]
    NotNow(&'static str),
    #[error("a person has to do this")]
    PersonNeeded,
    #[error(transparent)]
    Demands(#[from] DemandFault),
    #[error("no legal profile knows this instrument, and without a rule there is no finding")]
    NoRule,
    #[error("the rule `{0}` is a draft until counsel confirms it; a draft supports no finding")]
    DraftRule(RuleId),
    #[error("`{0}` was not found to be there, so this finding does not stand")]
    ElementMissing(RuleId),
    #[error("`{0}` is no element of the rule that the finding cites")]
    ElementUnknown(RuleId),
    #[error("only an instrument can be owed, and only in an emergency")]
    OnlyAnEmergencyOwes,
    #[error("the scope of a request for user data stands only on a named basis for the transfer")]
    TransferBasisMissing,
    #[error("a basis for the transfer belongs to the scope")]
    TransferBasisElsewhere,
    #[error("the findings on officer, instrument and scope do not all stand")]
    FindingsDoNotStand,
    #[error(
        "nobody has verified the officer: record a verification first, by a call-back through a \
         number that was registered before the letter arrived, a document, or a meeting"
    )]
    OfficerNeverVerified,
    #[error("the officer is not verified: {}", .0.words())]
    OfficerNotVerified(Doubt),
    #[error(
        "the officer was verified through what does not serve for this letter: a number that was \
         registered after it arrived, or an entry that is not taken for the authority’s any more; \
         verify them anew"
    )]
    VerificationDoesNotServe,
    #[error("the verification of the officer expired on {0}: verify them anew")]
    VerificationExpired(Date),
    #[error("nothing was found not to stand, so the legal requirements are met")]
    NoDefect,
    #[error("a prohibited demand can only be declined")]
    Prohibited,
    #[error(
        "a prohibited demand is counted as what it is: it renews, amends or duplicates nothing"
    )]
    ProhibitedIsCounted,
    #[error("`{}` is no ground on which a person rejects this request", .0.code())]
    GroundNotOpen(Ground),
    #[error("what is granted was not asked for, or is nothing")]
    GrantedNotAsked,
    #[error("a part is rejected on a ground, and the whole is not")]
    GroundOfPart,
    #[error("the data inventory does not hold what would be approved")]
    NotInInventory,
    #[error("who recorded a finding can't propose the decision")]
    ProposerVerified,
    #[error("who proposed can't confirm")]
    ConfirmerProposed,
    #[error("for user data and in an emergency, who recorded a finding can't confirm")]
    ConfirmerVerified,
    #[error("who confirmed the decision releases the response")]
    NotTheConfirmer,
    #[error("who prepared the response can't screen or release it")]
    PreparerActsTwice,
    #[error("a response with technical expertise is screened before it is released")]
    NotScreened,
    #[error("more accounts would be disclosed than were specified")]
    MoreDisclosedThanSpecified,
    #[error("this date does not fit: {0}")]
    Date(&'static str),
    #[error("the instrument’s profile lets this deadline be put off until {0} at the latest")]
    ExtensionTooLong(Date),
    #[error("what history declares can't have happened")]
    Historic(Vec<super::HistoricFault>),
}

/// Who acts, when, and for which company.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    pub by: Actor,
    pub today: Date,
    pub company: &'a Company,
}

impl Circumstances<'_> {
    pub(super) fn person(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Person(person) => Ok(person),
            Actor::OperatorCli | Actor::Officer(_) | Actor::Rule => Err(Refusal::PersonNeeded),
        }
    }

    /// The record by which the officer is verified today. It expires, so it is asked for whenever
    /// something rests on it.
    fn verified_officer(&self) -> Result<VerificationId, Refusal> {
        match self.company.officer {
            OfficerStanding::Verified { verification, valid_until } => {
                match self.today <= valid_until {
                    true => Ok(verification),
                    false => Err(Refusal::VerificationExpired(valid_until)),
                }
            }
            OfficerStanding::NeverVerified => Err(Refusal::OfficerNeverVerified),
            OfficerStanding::NotVerified(doubt) => Err(Refusal::OfficerNotVerified(doubt)),
            OfficerStanding::DoesNotServe => Err(Refusal::VerificationDoesNotServe),
        }
    }
}

/// Which events the command leads to.
pub fn decide(
    request: &Request,
    command: &Command,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    match (request, command) {
        (Request::Absent, Command::Register { registration }) => {
            register(registration, circumstances)
        }
        (
            Request::Absent | Request::Historic(_),
            Command::ImportHistoric { submission, source_sha256, line, request },
        ) => match request.faults() {
            faults if faults.is_empty() => Ok(vec![Event::HistoricRequestImported {
                submission: *submission,
                source_sha256: *source_sha256,
                line: *line,
                request: request.clone(),
            }]),
            faults => Err(Refusal::Historic(faults)),
        },
        (Request::Absent, _) => Err(Refusal::NotNow("not registered")),
        (Request::Historic(_), _) => Err(Refusal::NotNow("history")),
        (Request::Handled(handled), command) => {
            let mut events = handle(handled, command, circumstances)?;
            events.extend(preservation::ended_by(handled, &events));
            Ok(events)
        }
    }
}

fn register(
    registration: &Registration,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    if let Some(fault) = registration.demands.fault_in(registration.category) {
        return Err(fault.into());
    }
    let mut events = vec![Event::RequestRegistered { registration: registration.clone() }];
    // Rule 2: a prohibited demand is rejected by rule as soon as it is registered as such.
    if registration.demands.has_prohibited() {
        events.push(rejected_by_rule(Ground::Prohibited, registration.received_on));
    } else {
        events.extend(counting::of_registration(registration, circumstances)?);
    }
    Ok(events)
}

fn rejected_by_rule(ground: Ground, decided_on: Date) -> Event {
    let outcome = Outcome::Rejected { ground };
    Event::Decided { outcome, decided_on, confirmed: Confirmed::ByRule }
}

fn handle(
    request: &Handled,
    command: &Command,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let Circumstances { today, .. } = circumstances;
    let not_now = Err(Refusal::NotNow(request.stage.kind().words()));
    match (command, &request.stage) {
        (Command::Register { .. } | Command::ImportHistoric { .. }, _) => not_now,
        (Command::Link { .. }, Stage::Withdrawn { .. }) => not_now,
        // Linked, it would leave the sum, and with it what was declined.
        (Command::Link { link, .. }, _)
            if request.is_prohibited() && *link != Link::FollowsPreservation =>
        {
            Err(Refusal::ProhibitedIsCounted)
        }
        (Command::Link { .. }, _) if request.link.is_some() => {
            Err(Refusal::NotNow("linked already"))
        }
        (Command::Link { to, link }, _) => Ok(vec![Event::RequestLinked { to: *to, link: *link }]),
        (Command::BeginVerification, Stage::Received) => Ok(vec![Event::VerificationBegun {}]),
        (
            Command::RecordFinding { aspect, checked, verdict },
            Stage::InVerification | Stage::Verified,
        ) => record_finding(request, *aspect, (checked, *verdict), circumstances),
        (
            Command::RecordFinding { aspect: Aspect::Instrument, checked, verdict },
            Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Answered { .. }
            | Stage::Closed { .. },
        ) if request.registration.urgency == Urgency::Emergency
            && request.findings.instrument_is_out() =>
        {
            let finding = finding(request, Aspect::Instrument, (checked, *verdict), circumstances)?;
            // Rule 2.
            if let Stage::Proposed { proposal } = &request.stage
                && proposal.proposed_by == finding.by
            {
                return Err(Refusal::ProposerVerified);
            }
            Ok(vec![Event::InstrumentArrived { finding }])
        }
        (Command::AskClarification { answer_due_on }, Stage::InVerification) => {
            if *answer_due_on <= today {
                return Err(Refusal::Date("an answer needs at least a day"));
            }
            let answer_due_on = *answer_due_on;
            let stopped_at = counting::stopped_at(request, circumstances);
            Ok(vec![Event::ClarificationAsked { asked_on: today, answer_due_on, stopped_at }])
        }
        (Command::AnswerClarification, Stage::ClarificationAsked { asked_on, .. }) => {
            let mut events = vec![Event::ClarificationAnswered { answered_on: today }];
            events.extend(counting::after_answer(request, *asked_on, circumstances));
            Ok(events)
        }
        (Command::LapseClarification, Stage::ClarificationAsked { answer_due_on, .. }) => {
            if today <= *answer_due_on {
                return Err(Refusal::Date("the answer is not overdue yet"));
            }
            let lapsed = Event::ClarificationLapsed { lapsed_on: today };
            Ok(vec![lapsed, rejected_by_rule(LAPSED, today)])
        }
        (Command::ReportInstrumentOverdue, _) => match request.findings.owed_until() {
            Some(until) if until < today => {
                Ok(vec![Event::InstrumentOverdue { was_due_on: until }])
            }
            Some(_) => Err(Refusal::Date("the instrument is not overdue yet")),
            None => Err(Refusal::Date("no instrument is owed")),
        },
        (Command::ExtendDeadline { due_on }, _) => match request.due_on {
            Some(due) if due < *due_on => {
                counting::may_extend(request, *due_on, circumstances)?;
                Ok(vec![Event::DeadlineExtended { due_on: *due_on }])
            }
            Some(_) => Err(Refusal::Date("an extension ends later than the deadline")),
            None => Err(Refusal::Date("there is no deadline")),
        },
        (Command::Propose { outcome }, Stage::InVerification | Stage::Verified) => {
            propose(request, *outcome, circumstances)
        }
        (Command::ReturnProposal, Stage::Proposed { .. }) => {
            Ok(vec![Event::ProposalReturned { by: circumstances.person()? }])
        }
        (Command::Confirm, Stage::Proposed { proposal }) => {
            confirm(request, proposal, circumstances)
        }
        (Command::ProposeReclassification { demands }, stage) => {
            propose_reclassification(request, *demands, stage, circumstances)
        }
        (Command::ConfirmReclassification, stage) => {
            confirm_reclassification(request, stage, circumstances)
        }
        (Command::ProposeWithholding { until }, _) => {
            publication::propose(request, *until, circumstances)
        }
        (Command::ReturnWithholding, _) => publication::send_back(request, circumstances),
        (Command::ConfirmWithholding, _) => publication::confirm(request, circumstances),
        (Command::Disclose | Command::DiscloseOnDate, _) => {
            publication::disclose(request, command, circumstances)
        }
        (
            Command::PlacePreservation { .. }
            | Command::ExtendPreservation { .. }
            | Command::ReleasePreservation
            | Command::LapsePreservation
            | Command::FollowPreservation { .. },
            _,
        ) => preservation::decide(request, command, circumstances),
        (Command::PrepareResponse, Stage::Decided | Stage::Prepared { .. }) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Approved { .. }) => {
                    Ok(vec![Event::ResponsePrepared { by: circumstances.person()? }])
                }
                Some(Outcome::Rejected { .. }) | None => Err(Refusal::NotNow("rejected")),
            }
        }
        (Command::ScreenResponse, Stage::Prepared { prepared_by, .. }) => {
            let by = circumstances.person()?;
            if by == *prepared_by {
                return Err(Refusal::PreparerActsTwice);
            }
            Ok(vec![Event::ResponseScreened { by }])
        }
        (
            Command::ReleaseResponse { accounts_disclosed },
            Stage::Prepared { prepared_by, screened_by },
        ) => release(request, *accounts_disclosed, (*prepared_by, *screened_by), circumstances),
        (Command::Reopen, Stage::Decided | Stage::Prepared { .. }) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Approved { .. }) => {
                    Ok(vec![Event::DecisionReopened { by: circumstances.person()? }])
                }
                Some(Outcome::Rejected { .. }) | None => Err(Refusal::NotNow("rejected")),
            }
        }
        (Command::FileChallenge, Stage::Verified | Stage::Decided) if !request.is_prohibited() => {
            Ok(vec![Event::ChallengeFiled { by: circumstances.person()? }])
        }
        (Command::ResolveChallenge { result }, Stage::Challenged) => {
            Ok(vec![Event::ChallengeResolved { result: *result }])
        }
        (Command::Appeal, Stage::Closed { .. }) if request.is_prohibited() => {
            Err(Refusal::Prohibited)
        }
        (Command::Appeal, Stage::Closed { .. }) => Ok(vec![Event::Appealed {}]),
        (Command::Withdraw, Stage::Closed { .. } | Stage::Withdrawn { .. }) => not_now,
        (Command::Withdraw, stage) => {
            let mut events = vec![Event::Withdrawn { withdrawn_on: today }];
            if matches!(stage, Stage::Answered { .. }) {
                events.push(Event::ResponseRevoked {});
            }
            Ok(events)
        }
        (Command::SealPending, _) => match request.fact().standing {
            Standing::Open => Ok(vec![Event::PendingSealed {}]),
            Standing::Approved
            | Standing::ApprovedInPart
            | Standing::Rejected(_)
            | Standing::Withdrawn => not_now,
        },
        (Command::Assign { to }, _) if *to == request.assigned_to => {
            Err(Refusal::NotNow("assigned so already"))
        }
        (Command::Assign { to }, _) => Ok(vec![Event::RequestAssigned { to: *to }]),
        (Command::WriteNote { kind }, _) => Ok(vec![Event::NoteWritten { kind: *kind }]),
        (Command::Close, Stage::Answered { .. }) => Ok(vec![Event::Closed {}]),
        (Command::Close, Stage::Decided) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Rejected { .. }) => Ok(vec![Event::Closed {}]),
                Some(Outcome::Approved { .. }) | None => Err(Refusal::NotNow("not answered yet")),
            }
        }
        (
            Command::BeginVerification
            | Command::RecordFinding { .. }
            | Command::AskClarification { .. }
            | Command::AnswerClarification
            | Command::LapseClarification
            | Command::Propose { .. }
            | Command::ReturnProposal
            | Command::Confirm
            | Command::PrepareResponse
            | Command::ScreenResponse
            | Command::ReleaseResponse { .. }
            | Command::Reopen
            | Command::FileChallenge
            | Command::ResolveChallenge { .. }
            | Command::Appeal
            | Command::Close,
            _,
        ) => not_now,
    }
}

fn record_finding(
    request: &Handled,
    aspect: Aspect,
    found: (&BTreeSet<RuleId>, Verdict),
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let finding = finding(request, aspect, found, circumstances)?;
    let mut findings = request.findings.clone();
    findings.set(aspect, finding.clone());
    let begins = counting::when_complete(request, aspect, &finding.verdict, circumstances);
    let mut events = vec![Event::FindingRecorded { aspect, finding }];
    events.extend(begins);
    if findings.stand_on(circumstances.today) {
        events.push(Event::Verified {});
    }
    Ok(events)
}

/// A finding by the rules on what it rests on.
fn finding(
    request: &Handled,
    aspect: Aspect,
    (checked, verdict): (&BTreeSet<RuleId>, Verdict),
    circumstances: Circumstances<'_>,
) -> Result<Finding, Refusal> {
    let Circumstances { today, company, .. } = circumstances;
    let by = circumstances.person()?;
    let Rule { id, elements, state } = company.rules.get(&aspect).ok_or(Refusal::NoRule)?;
    // Rule 8.
    if *state == RuleState::Draft {
        return Err(Refusal::DraftRule(id.clone()));
    }
    if let Some(element) = checked.difference(elements).next() {
        return Err(Refusal::ElementUnknown(element.clone()));
    }
    let stands = matches!(verdict, Verdict::Stands | Verdict::StandsFor { .. });
    if let (true, Some(element)) = (stands, elements.difference(checked).next()) {
        return Err(Refusal::ElementMissing(element.clone()));
    }
    let Registration { category, urgency, .. } = request.registration;
    match (verdict, aspect) {
        // Rule 1: in an emergency the instrument may be owed by a date.
        (Verdict::Owed { until, .. }, Aspect::Instrument) if urgency == Urgency::Emergency => {
            if until < today {
                return Err(Refusal::Date("what is owed is owed by a day to come"));
            }
        }
        (Verdict::Owed { .. }, _) => return Err(Refusal::OnlyAnEmergencyOwes),
        (Verdict::StandsFor { .. }, Aspect::Officer | Aspect::Instrument) => {
            return Err(Refusal::TransferBasisElsewhere);
        }
        (Verdict::Stands, Aspect::Scope) if category == Category::UserData => {
            return Err(Refusal::TransferBasisMissing);
        }
        (Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. }, _) => {}
    }
    let verification = match (aspect, stands) {
        // Rule 1: the officer is real, and it was found out how.
        (Aspect::Officer, true) => Some(circumstances.verified_officer()?),
        (Aspect::Officer | Aspect::Instrument | Aspect::Scope, _) => None,
    };
    Ok(Finding { by, rule: id.clone(), checked: checked.clone(), verdict, verification })
}

fn propose(
    request: &Handled,
    outcome: Outcome,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let by = circumstances.person()?;
    may_be_decided(request, outcome, circumstances)?;
    // Rule 2.
    if request.findings.recorded_by(by) {
        return Err(Refusal::ProposerVerified);
    }
    Ok(vec![Event::DecisionProposed { by, outcome }])
}

/// Rules 1 and 4; asked again on confirmation, since a day or the inventory may have passed.
fn may_be_decided(
    request: &Handled,
    outcome: Outcome,
    circumstances: Circumstances<'_>,
) -> Result<(), Refusal> {
    let Circumstances { today, company, .. } = circumstances;
    let Registration { demands, category, .. } = request.registration;
    if request.is_prohibited() {
        return Err(Refusal::Prohibited);
    }
    // What was found of the officer stands as long as they are verified: since the finding, the
    // verification may have expired, or somebody may have learned that the letter was forged.
    let stand = |findings: &Findings| match findings.stand_on(today) {
        true => circumstances.verified_officer().map(drop),
        false => Err(Refusal::FindingsDoNotStand),
    };
    match outcome {
        Outcome::Approved { granted, ground } => {
            stand(&request.findings)?;
            if granted.is_empty() || !granted.is_subset_of(demands) {
                return Err(Refusal::GrantedNotAsked);
            }
            match ground {
                None if granted == demands => {}
                Some(Ground::NoData | Ground::LegalRequirements) if granted != demands => {}
                Some(_) | None => return Err(Refusal::GroundOfPart),
            }
            if category == Category::UserData && !granted.is_subset_of(company.holds) {
                return Err(Refusal::NotInInventory);
            }
            Ok(())
        }
        // It tells who is no customer, so it needs all three findings too.
        Outcome::Rejected { ground: Ground::NoData } => stand(&request.findings),
        Outcome::Rejected { ground: Ground::LegalRequirements } => {
            if request.findings.have_defect() { Ok(()) } else { Err(Refusal::NoDefect) }
        }
        Outcome::Rejected { ground: ground @ (Ground::Prohibited | Ground::NotStated) } => {
            Err(Refusal::GroundNotOpen(ground))
        }
    }
}

fn confirm(
    request: &Handled,
    proposal: &super::Proposal,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let by = circumstances.person()?;
    may_be_decided(request, proposal.outcome, circumstances)?;
    // Rule 2.
    if by == proposal.proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    if request.needs_three_people() && request.findings.recorded_by(by) {
        return Err(Refusal::ConfirmerVerified);
    }
    Ok(vec![Event::Decided {
        outcome: proposal.outcome,
        decided_on: circumstances.today,
        confirmed: Confirmed::By { proposed_by: proposal.proposed_by, confirmed_by: by },
    }])
}

/// A request moves into the prohibited demands before anything was released, and out of them at
/// any time.
fn propose_reclassification(
    request: &Handled,
    demands: DemandSet,
    stage: &Stage,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let by = circumstances.person()?;
    if let Some(fault) = demands.fault_in(request.registration.category) {
        return Err(fault.into());
    }
    if demands.has_prohibited() == request.is_prohibited() {
        return Err(Refusal::NotNow("in that class already"));
    }
    may_be_reclassified(request, stage)?;
    Ok(vec![Event::ReclassificationProposed { by, demands }])
}

fn may_be_reclassified(request: &Handled, stage: &Stage) -> Result<(), Refusal> {
    match stage {
        Stage::Withdrawn { .. } => Err(Refusal::NotNow(stage.kind().words())),
        Stage::Answered { .. } | Stage::Closed { .. } if !request.is_prohibited() => {
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
        | Stage::Answered { .. }
        | Stage::Closed { .. } => Ok(()),
    }
}

fn confirm_reclassification(
    request: &Handled,
    stage: &Stage,
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let confirmed_by = circumstances.person()?;
    let Some(Reclassification { proposed_by, demands }) = request.reclassification else {
        return Err(Refusal::NotNow("not proposed for another class"));
    };
    if confirmed_by == proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    may_be_reclassified(request, stage)?;
    let mut events = vec![Event::Reclassified { proposed_by, confirmed_by, demands }];
    if demands.has_prohibited() {
        events.push(rejected_by_rule(Ground::Prohibited, circumstances.today));
    }
    Ok(events)
}

fn release(
    request: &Handled,
    accounts_disclosed: Option<u32>,
    (prepared_by, screened_by): (PersonId, Option<PersonId>),
    circumstances: Circumstances<'_>,
) -> Result<Vec<Event>, Refusal> {
    let by = circumstances.person()?;
    let decision = request.decisions.last().ok_or(Refusal::NotTheConfirmer)?;
    match decision.confirmed {
        Confirmed::By { confirmed_by, .. } if confirmed_by == by => {}
        Confirmed::By { .. } | Confirmed::ByRule => return Err(Refusal::NotTheConfirmer),
    }
    // Rules 1 and 4 once more: a day or the inventory may have passed since it was approved.
    if !request.findings.stand_on(circumstances.today) {
        return Err(Refusal::FindingsDoNotStand);
    }
    circumstances.verified_officer()?;
    if let Outcome::Approved { granted, .. } = decision.outcome
        && request.registration.category == Category::UserData
        && !granted.is_subset_of(circumstances.company.holds)
    {
        return Err(Refusal::NotInInventory);
    }
    // Rule 3.
    if request.registration.category == Category::TechnicalExpertise {
        if screened_by.is_none() {
            return Err(Refusal::NotScreened);
        }
        if by == prepared_by {
            return Err(Refusal::PreparerActsTwice);
        }
    }
    if let (Some(disclosed), Some(specified)) =
        (accounts_disclosed, request.registration.accounts_specified)
        && disclosed > specified
    {
        return Err(Refusal::MoreDisclosedThanSpecified);
    }
    Ok(vec![Event::ResponseReleased { by, accounts_disclosed }])
}
