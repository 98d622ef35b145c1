//! What can happen to a request.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::band::Process;
use crate::category::{DemandSet, UnknownCode, find};
use crate::deadline::{Counted, RuleOf};
use crate::id::{PersonId, RequestId, Sha256Hash, SubmissionId};
use crate::request::{
    Aspect, ChallengeResult, Confirmed, Correction, DueAfter, Finding, HistoricRequest,
    InventoryInForce, Link, Outcome, Registration,
};

/// Something that happened to a request, handled here or imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum RequestEvent {
    RequestRegistered {
        registration: Registration,
    },
    RequestLinked {
        to: RequestId,
        link: Link,
    },
    /// The link to another was a mistake: it stands for itself again.
    LinkRemoved {},
    VerificationBegun {},
    FindingRecorded {
        aspect: Aspect,
        finding: Finding,
    },
    Verified {},
    ClarificationAsked {
        asked_on: Date,
        answer_due_on: Date,
        /// Where the law counts hours, the moment at which the clock stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped_at: Option<Timestamp>,
    },
    ClarificationAnswered {
        answered_on: Date,
    },
    ClarificationLapsed {
        lapsed_on: Date,
    },
    /// Paperwork owed in an emergency came once a decision was on its way, in time or late; where
    /// the request stands does not change.
    InstrumentArrived {
        finding: Finding,
    },
    /// Paperwork owed in an emergency did not come: reported, and loud.
    InstrumentOverdue {
        was_due_on: Date,
    },
    DeadlineExtended {
        due_on: Date,
    },
    /// The law's own count, where it is more than the day of registration and the days on which a
    /// question was out: hours, business days, a last day that is none of work, a clock that began
    /// anew, the end of a preservation. And every count by the company's own rule.
    DeadlineCounted {
        deadline: Counted,
        /// The day that sets the clock going.
        from: Date,
        due_on: Date,
        /// The moment, where hours are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "RuleOf::is_law")]
        rule: RuleOf,
    },
    /// What is asked for is kept from now on. `None`: until somebody releases it.
    PreservationPlaced {
        kept_until: Option<Date>,
    },
    PreservationExtended {
        kept_until: Date,
    },
    /// A request to hand over what is kept has come.
    PreservationFollowed {
        by: RequestId,
    },
    PreservationReleased {},
    PreservationLapsed {},
    DecisionProposed {
        by: PersonId,
        outcome: Outcome,
    },
    ProposalReturned {
        by: PersonId,
    },
    Decided {
        outcome: Outcome,
        decided_on: Date,
        confirmed: Confirmed,
        /// Where user data are answered with "no data found": what the company said then that it
        /// holds. Earlier decisions did not record it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inventory: Option<InventoryInForce>,
    },
    /// Counsel signed the text with which a prohibited demand is declined. The text and its salt are
    /// fields.
    DeclinationSigned {
        by: PersonId,
        /// SHA-256 over both.
        commitment: Sha256Hash,
    },
    /// An approval that nothing was released under is open again.
    DecisionReopened {
        by: PersonId,
    },
    ReclassificationProposed {
        by: PersonId,
        demands: DemandSet,
    },
    ReclassificationReturned {
        by: PersonId,
    },
    Reclassified {
        proposed_by: PersonId,
        confirmed_by: PersonId,
        demands: DemandSet,
    },
    /// What was registered is to be put right. The reason is a field.
    CorrectionProposed {
        by: PersonId,
        to: Correction,
        /// When on the day of receipt it came, for what the law counts in hours.
        received_at: Timestamp,
    },
    CorrectionReturned {
        by: PersonId,
    },
    /// What was found of it where that changed is to be found anew, and what was decided on that
    /// falls. In what way it was put right is told with names by a field.
    RegistrationCorrected {
        proposed_by: PersonId,
        confirmed_by: PersonId,
        to: Correction,
        corrected_on: Date,
        due: DueAfter,
    },
    ResponsePrepared {
        by: PersonId,
    },
    ResponseScreened {
        by: PersonId,
    },
    ResponseReleased {
        by: PersonId,
        accounts_disclosed: Option<u32>,
    },
    /// A package that was released can't be collected any more.
    ResponseRevoked {},
    ChallengeFiled {
        by: PersonId,
    },
    ChallengeResolved {
        result: ChallengeResult,
    },
    Appealed {
        /// Of how many accounts something had been disclosed: that stays told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accounts_disclosed: Option<u32>,
    },
    Withdrawn {
        withdrawn_on: Date,
        /// Of how many accounts something had been disclosed: that stays told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accounts_disclosed: Option<u32>,
    },
    Closed {},
    /// Sealed as undecided before an edition that counts it; nothing else changes.
    PendingSealed {},
    /// Out of the published sum until this day is over, or until it is lifted. The legal basis is a
    /// field.
    WithholdingProposed {
        by: PersonId,
        until: Option<Date>,
    },
    WithholdingReturned {
        by: PersonId,
    },
    Withheld {
        proposed_by: PersonId,
        confirmed_by: PersonId,
        until: Option<Date>,
    },
    /// Out of the published sum and into a band, with so many customer selectors. The legal basis is
    /// a field.
    BandingProposed {
        by: PersonId,
        process: Process,
        selectors: u32,
    },
    BandingReturned {
        by: PersonId,
    },
    Banded {
        proposed_by: PersonId,
        confirmed_by: PersonId,
        process: Process,
        selectors: u32,
    },
    /// Counted again: somebody lifted it, or its day was over.
    Disclosed {},
    HistoricRequestImported {
        submission: SubmissionId,
        /// Of the file, whose name is a field.
        source_sha256: Sha256Hash,
        /// From 1, as an editor counts lines.
        line: u32,
        request: HistoricRequest,
    },
    /// Somebody is to act on the request from now on, or nobody in particular.
    RequestAssigned {
        to: Option<PersonId>,
    },
    /// Its text is a field.
    NoteWritten {
        kind: NoteKind,
    },
    /// Somebody who took no part in it looked at how it was handled. What they say is a field.
    ReviewWritten {
        finding: ReviewFinding,
    },
}

/// Who may read a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Everyone who reads the case.
    Internal,
    /// Counsel alone: it is legal advice.
    Privileged,
}

/// What a reviewer finds of how a request was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewFinding {
    Sound,
    Objection,
}

impl ReviewFinding {
    pub const ALL: [Self; 2] = [Self::Sound, Self::Objection];

    /// The code used in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Objection => "objection",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

kinds! { RequestEvent is Request {
    RequestRegistered => "request_registered",
    RequestLinked => "request_linked",
    LinkRemoved => "link_removed",
    VerificationBegun => "verification_begun",
    FindingRecorded => "finding_recorded",
    Verified => "verified",
    ClarificationAsked => "clarification_asked",
    ClarificationAnswered => "clarification_answered",
    ClarificationLapsed => "clarification_lapsed",
    InstrumentArrived => "instrument_arrived",
    InstrumentOverdue => "instrument_overdue",
    DeadlineExtended => "deadline_extended",
    DeadlineCounted => "deadline_counted",
    PreservationPlaced => "preservation_placed",
    PreservationExtended => "preservation_extended",
    PreservationFollowed => "preservation_followed",
    PreservationReleased => "preservation_released",
    PreservationLapsed => "preservation_lapsed",
    DecisionProposed => "decision_proposed",
    ProposalReturned => "proposal_returned",
    Decided => "decided",
    DeclinationSigned => "declination_signed",
    DecisionReopened => "decision_reopened",
    ReclassificationProposed => "reclassification_proposed",
    ReclassificationReturned => "reclassification_returned",
    Reclassified => "reclassified",
    CorrectionProposed => "correction_proposed",
    CorrectionReturned => "correction_returned",
    RegistrationCorrected => "registration_corrected",
    ResponsePrepared => "response_prepared",
    ResponseScreened => "response_screened",
    ResponseReleased => "response_released",
    ResponseRevoked => "response_revoked",
    ChallengeFiled => "challenge_filed",
    ChallengeResolved => "challenge_resolved",
    Appealed => "appealed",
    Withdrawn => "withdrawn",
    Closed => "closed",
    PendingSealed => "pending_sealed",
    WithholdingProposed => "withholding_proposed",
    WithholdingReturned => "withholding_returned",
    Withheld => "withheld",
    BandingProposed => "banding_proposed",
    BandingReturned => "banding_returned",
    Banded => "banded",
    Disclosed => "disclosed",
    HistoricRequestImported => "historic_request_imported",
    RequestAssigned => "request_assigned",
    NoteWritten => "note_written",
    ReviewWritten => "review_written",
}}
