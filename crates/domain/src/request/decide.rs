//! Which events a command leads to, or which rule refuses it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Aspect, ChallengeResult, Confirmed, Handled, HistoricRequest, InventoryInForce, Link, Motion,
    MotionKind, OnReceipt, Outcome, Recount, Registration, Request, Stage, Verdict, counting,
    decision, declination, motion, preservation, publication, review, verification,
};
use crate::authority::{Doubt, OfficerStanding};
use crate::band::Structure;
use crate::category::{DemandFault, DemandSet};
use crate::country::Country;
use crate::deadline::Clock;
use crate::event::{LAPSED, NoteKind, RequestEvent, ReviewFinding};
use crate::fact::{Ground, Standing, Urgency};
use crate::id::{Actor, PersonId, RequestId, Sha256Hash, SubmissionId, VerificationId};
use crate::instrument::RuleId;
use crate::profile::Countries;

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
    /// The link was a mistake.
    Unlink,
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
    /// One person proposes what takes two.
    ProposeMotion {
        motion: Motion,
    },
    ReturnMotion {
        kind: MotionKind,
    },
    ConfirmMotion {
        kind: MotionKind,
    },
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
    /// Signs the text with which a prohibited demand is declined.
    SignDeclination {
        /// Over the text and its salt.
        commitment: Sha256Hash,
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
    WriteReview {
        finding: ReviewFinding,
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
    /// And where it was declared.
    pub inventory: InventoryInForce,
    /// What the law asks of the request's instrument, on each aspect.
    pub rules: BTreeMap<Aspect, Rule>,
    pub law: Reach,
    /// How the law counts the time to answer the request, where its profile says it.
    pub clock: Option<Clock>,
    /// The same of how long something is preserved.
    pub keeping: Option<Clock>,
    /// And by how much that may be made longer.
    pub keeping_longer: Option<Clock>,
    /// The same clocks for a request that is about to be corrected, as it is to be.
    pub recount: Recount,
    /// What the receipt of the instrument alone obliges to.
    pub on_receipt: OnReceipt,
    /// What the register of the authority says of the request's officer.
    pub officer: OfficerStanding,
    /// How its reports tell what they may tell in bands alone, where they do.
    pub bands: Option<Structure>,
}

/// How far the law of the request's instrument reaches.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Whose authorities issue it.
    pub countries: Countries,
    /// What it can carry; `None` where the law does not say it by kinds of data.
    pub demands: Option<DemandSet>,
}

/// A rule of law that a finding cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    /// All are there, or the finding does not stand.
    pub elements: BTreeSet<RuleId>,
    /// Those that may be owed by a day, in an emergency.
    pub may_follow: BTreeSet<RuleId>,
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
    #[error(
        "the paperwork is owed by a day that was named once: record that it came, or that it does \
         not stand"
    )]
    OwedAlready,
    #[error("the law of this instrument lets nothing of it follow, in an emergency either")]
    NothingMayFollow,
    #[error("`{0}` was not found to be there, and the law does not let it follow")]
    MayNotFollow(RuleId),
    #[error(
        "authorities of {} do not issue this instrument: record that it does not stand, or have the \
         registration corrected where it came with another one", .0.name()
    )]
    IssuedElsewhere(Country),
    #[error("the instrument can’t carry what would be approved: its law does not reach so far")]
    NotCarried,
    #[error("say why it does not stand: nothing is named")]
    DefectMissing,
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
    #[error(
        "a request renews, amends or duplicates one of the same country and category that stands \
         for itself, and no prohibited demand"
    )]
    NoSuchCounterpart,
    #[error(
        "it renews, amends or duplicates another request, which is counted in the same country and \
         category: take the link back first"
    )]
    LinkedInCell,
    #[error(
        "other requests renew, amend or duplicate this one, which is counted in the same country \
         and category: take their links back first"
    )]
    OthersLinkedInCell,
    #[error(
        "a correction moves nothing into or out of the prohibited demands: propose that move, which \
         is a step of its own"
    )]
    ClassIsMoved,
    #[error("a prohibited demand can only be declined")]
    Prohibited,
    #[error("what it asks for is not prohibited, so no text declines it: propose a decision")]
    NothingDeclined,
    #[error(
        "a prohibited demand is counted as what it is: it renews, amends or duplicates nothing, and \
         stays declined when it is taken back"
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
    #[error("who proposed or confirmed the decision can't record a finding that it rests on")]
    DeciderVerifies,
    #[error("who confirmed the decision releases the response")]
    NotTheConfirmer,
    #[error("who prepared the response can't screen or release it")]
    PreparerActsTwice,
    #[error("a response with technical expertise is screened before it is released")]
    NotScreened,
    #[error("who did something with a request does not review it: somebody else does")]
    ReviewerActed,
    #[error("more accounts would be disclosed than were specified")]
    MoreDisclosedThanSpecified,
    #[error(
        "no report would tell it: no structure of bands is set; have counsel choose one of those \
         of 50 U.S.C. § 1874(a), and set it as `bands` under [reports] in candor.toml"
    )]
    NoBands,
    #[error(
        "bands are for national-security process of the United States (50 U.S.C. § 1874), and \
         this request comes from {}", .0.name()
    )]
    NoBandsThere(Country),
    #[error("this date does not fit: {0}")]
    Date(&'static str),
    #[error("the instrument’s profile lets this deadline be put off until {0} at the latest")]
    ExtensionTooLong(Date),
    #[error(
        "the instrument’s profile has it due on {0}: register it with that day or an earlier one, \
         and put it off with a reason afterwards"
    )]
    LaterThanLaw(Date),
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
    pub(super) fn verified_officer(&self) -> Result<VerificationId, Refusal> {
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
) -> Result<Vec<RequestEvent>, Refusal> {
    match (request, command) {
        (Request::Absent, Command::Register { registration }) => {
            register(registration, circumstances)
        }
        (
            Request::Absent | Request::Historic(_),
            Command::ImportHistoric { submission, source_sha256, line, request },
        ) => match request.faults() {
            faults if faults.is_empty() => Ok(vec![RequestEvent::HistoricRequestImported {
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
) -> Result<Vec<RequestEvent>, Refusal> {
    if let Some(fault) = registration.demands.fault_in(registration.category) {
        return Err(fault.into());
    }
    let mut events = vec![RequestEvent::RequestRegistered { registration: registration.clone() }];
    // Rule 2: a prohibited demand is rejected by rule as soon as it is registered as such.
    if registration.demands.has_prohibited() {
        events.push(rejected_by_rule(Ground::Prohibited, registration.received_on));
    } else {
        events.extend(counting::of_registration(registration, circumstances)?);
    }
    Ok(events)
}

pub(super) fn rejected_by_rule(ground: Ground, decided_on: Date) -> RequestEvent {
    let outcome = Outcome::Rejected { ground };
    RequestEvent::Decided { outcome, decided_on, confirmed: Confirmed::ByRule, inventory: None }
}

fn handle(
    request: &Handled,
    command: &Command,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
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
        (Command::Link { to, link }, _) => {
            Ok(vec![RequestEvent::RequestLinked { to: *to, link: *link }])
        }
        (Command::Unlink, _) => match request.link {
            Some(Link::Renews | Link::Amends | Link::Duplicates) => {
                Ok(vec![RequestEvent::LinkRemoved {}])
            }
            Some(Link::FollowsPreservation) | None => {
                Err(Refusal::NotNow("linked to none that it is counted with"))
            }
        },
        (Command::BeginVerification, Stage::Received) => {
            Ok(vec![RequestEvent::VerificationBegun {}])
        }
        (
            Command::RecordFinding { aspect, checked, verdict },
            Stage::InVerification | Stage::Verified,
        ) => verification::record(request, *aspect, (checked, *verdict), circumstances),
        (
            Command::RecordFinding { aspect: Aspect::Instrument, checked, verdict },
            Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Answered
            | Stage::Closed,
        ) if request.registration.urgency == Urgency::Emergency
            && request.findings.instrument_is_out() =>
        {
            verification::instrument_arrived(request, (checked, *verdict), circumstances)
        }
        (Command::AskClarification { answer_due_on }, Stage::InVerification) => {
            if *answer_due_on <= today {
                return Err(Refusal::Date("an answer needs at least a day"));
            }
            let answer_due_on = *answer_due_on;
            let stopped_at = counting::stopped_at(request, circumstances);
            Ok(vec![RequestEvent::ClarificationAsked {
                asked_on: today,
                answer_due_on,
                stopped_at,
            }])
        }
        (Command::AnswerClarification, Stage::ClarificationAsked { asked_on, .. }) => {
            let mut events = vec![RequestEvent::ClarificationAnswered { answered_on: today }];
            events.extend(counting::after_answer(request, *asked_on, circumstances));
            Ok(events)
        }
        (Command::LapseClarification, Stage::ClarificationAsked { answer_due_on, .. }) => {
            if today <= *answer_due_on {
                return Err(Refusal::Date("the answer is not overdue yet"));
            }
            let lapsed = RequestEvent::ClarificationLapsed { lapsed_on: today };
            Ok(vec![lapsed, rejected_by_rule(LAPSED, today)])
        }
        (Command::ReportInstrumentOverdue, _) => match request.findings.owed_until() {
            Some(until) if until < today => {
                Ok(vec![RequestEvent::InstrumentOverdue { was_due_on: until }])
            }
            Some(_) => Err(Refusal::Date("the instrument is not overdue yet")),
            None => Err(Refusal::Date("no instrument is owed")),
        },
        (Command::ExtendDeadline { due_on }, _) => match request.due_on {
            Some(due) if due < *due_on => {
                counting::may_extend(request, *due_on, circumstances)?;
                Ok(vec![RequestEvent::DeadlineExtended { due_on: *due_on }])
            }
            Some(_) => Err(Refusal::Date("an extension ends later than the deadline")),
            None => Err(Refusal::Date("there is no deadline")),
        },
        (Command::Propose { outcome }, Stage::InVerification | Stage::Verified) => {
            decision::propose(request, *outcome, circumstances)
        }
        (Command::ReturnProposal, Stage::Proposed { .. }) => {
            Ok(vec![RequestEvent::ProposalReturned { by: circumstances.person()? }])
        }
        (Command::Confirm, Stage::Proposed { proposal }) => {
            decision::confirm(request, proposal, circumstances)
        }
        (Command::ProposeMotion { motion }, _) => motion::propose(request, motion, circumstances),
        (Command::ReturnMotion { kind }, _) => motion::send_back(request, *kind, circumstances),
        (Command::ConfirmMotion { kind }, _) => motion::confirm(request, *kind, circumstances),
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
        (Command::SignDeclination { commitment }, _) => {
            declination::sign(request, *commitment, circumstances)
        }
        (Command::PrepareResponse, Stage::Decided | Stage::Prepared { .. }) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Approved { .. }) => {
                    Ok(vec![RequestEvent::ResponsePrepared { by: circumstances.person()? }])
                }
                Some(Outcome::Rejected { .. }) | None => Err(Refusal::NotNow("rejected")),
            }
        }
        (Command::ScreenResponse, Stage::Prepared { prepared_by, .. }) => {
            let by = circumstances.person()?;
            if by == *prepared_by {
                return Err(Refusal::PreparerActsTwice);
            }
            Ok(vec![RequestEvent::ResponseScreened { by }])
        }
        (
            Command::ReleaseResponse { accounts_disclosed },
            Stage::Prepared { prepared_by, screened_by },
        ) => decision::release(
            request,
            *accounts_disclosed,
            (*prepared_by, *screened_by),
            circumstances,
        ),
        (Command::Reopen, Stage::Decided | Stage::Prepared { .. }) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Approved { .. }) => {
                    Ok(vec![RequestEvent::DecisionReopened { by: circumstances.person()? }])
                }
                Some(Outcome::Rejected { .. }) | None => Err(Refusal::NotNow("rejected")),
            }
        }
        (Command::FileChallenge, Stage::Verified | Stage::Decided) if !request.is_prohibited() => {
            Ok(vec![RequestEvent::ChallengeFiled { by: circumstances.person()? }])
        }
        (Command::ResolveChallenge { result }, Stage::Challenged) => {
            Ok(vec![RequestEvent::ChallengeResolved { result: *result }])
        }
        (Command::Appeal, Stage::Closed) if request.is_prohibited() => Err(Refusal::Prohibited),
        (Command::Appeal, Stage::Closed) => {
            let accounts_disclosed = request.accounts_disclosed;
            Ok(vec![RequestEvent::Appealed { accounts_disclosed }])
        }
        (Command::Withdraw, Stage::Closed | Stage::Withdrawn { .. }) => not_now,
        // Withdrawn, it would no longer be told that it was asked for and declined.
        (Command::Withdraw, _) if request.is_prohibited() => Err(Refusal::ProhibitedIsCounted),
        (Command::Withdraw, stage) => {
            let accounts_disclosed = request.accounts_disclosed;
            let withdrawn_on = today;
            let mut events = vec![RequestEvent::Withdrawn { withdrawn_on, accounts_disclosed }];
            if matches!(stage, Stage::Answered) {
                events.push(RequestEvent::ResponseRevoked {});
            }
            Ok(events)
        }
        (Command::SealPending, _) => match request.fact().standing {
            Standing::Open => Ok(vec![RequestEvent::PendingSealed {}]),
            Standing::Approved
            | Standing::ApprovedInPart
            | Standing::Rejected(_)
            | Standing::Withdrawn => not_now,
        },
        (Command::Assign { to }, _) if *to == request.assigned_to => {
            Err(Refusal::NotNow("assigned so already"))
        }
        (Command::Assign { to }, _) => Ok(vec![RequestEvent::RequestAssigned { to: *to }]),
        (Command::WriteNote { kind }, _) => Ok(vec![RequestEvent::NoteWritten { kind: *kind }]),
        (Command::WriteReview { finding }, _) => review::write(*finding, circumstances),
        (Command::Close, Stage::Answered) => Ok(vec![RequestEvent::Closed {}]),
        (Command::Close, Stage::Decided) => {
            match request.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Rejected { .. }) => Ok(vec![RequestEvent::Closed {}]),
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
