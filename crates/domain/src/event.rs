//! The closed list of what can happen. Nothing changes but by one of these.
//!
//! Events hold codes, ids, dates and numbers. A name, a reference or any free text lives in a
//! field under its submission's key, so that it can be erased while the event stays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{RoleSet, ScopeSet};
use crate::authority::{ContactKind, ContactSource, Means, VerificationResult, WithdrawalReason};
use crate::band::Process;
use crate::category::DemandSet;
use crate::deadline::Counted;
use crate::fact::Ground;
use crate::figure::PublishedFigure;
use crate::id::{
    Actor, AuthorityId, ContactId, HoldId, OfficerId, PasskeyId, PersonId, Position, RequestId,
    Sha256Hash, SubmissionId, TokenId, VerificationId,
};
use crate::instrument::RuleId;
use crate::padding::Padding;
use crate::period::Period;
use crate::request::{
    Aspect, ChallengeResult, Confirmed, Finding, HistoricRequest, Link, Outcome, Registration,
};
use crate::retention::RetentionRules;
use crate::submission::{Channel, NotARequest};

/// Version of the encoding. A change to a variant raises it and adds an upcaster; the corpus in
/// `tests/events` keeps every encoding that was ever written readable.
pub const SCHEMA: u16 = 1;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum Event {
    /// Its text and the sender's name are fields; its files are blobs with these hashes.
    SubmissionReceived {
        channel: Channel,
        received_on: Date,
        files: Vec<Sha256Hash>,
    },
    DeclaredNotARequest {
        reason: NotARequest,
    },
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
    /// anew, the end of a preservation.
    DeadlineCounted {
        deadline: Counted,
        /// The day that sets the clock going.
        from: Date,
        due_on: Date,
        /// The moment, where hours are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Timestamp>,
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
    PublishedFigureImported {
        source_sha256: Sha256Hash,
        line: u32,
        figure: PublishedFigure,
    },
    EditionPublished(Edition),
    /// A later revision; its reason is public and stands in the edition itself.
    EditionCorrected(Edition),
    /// Its key was destroyed: what it said can't be read by anyone any more.
    SubmissionErased {
        /// Where its period was over: the place of the rules that say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<Position>,
    },
    /// While it stands the submission is not erased. The reason is a field, here and below.
    LegalHoldPlaced {
        hold: HoldId,
    },
    LegalHoldLifted {
        hold: HoldId,
    },
    /// Nobody sees the submission from now on, with its requests, texts and files, but these
    /// people. The reason is a field, here and below.
    CompartmentClosed {
        people: BTreeSet<PersonId>,
    },
    /// All who see it from now on.
    CompartmentChanged {
        people: BTreeSet<PersonId>,
    },
    /// Everybody sees it again who may read submissions.
    CompartmentOpened {},
    /// A backup was older than the published log: these leaves, up to and not including `to`, were
    /// appended again from what was published. What they seal is lost.
    LeavesRestored {
        from: u64,
        to: u64,
    },
    /// What these leaves seal is lost, and will not come back: editions are published without it.
    LossStated {
        from: u64,
        to: u64,
    },
    /// The log could not go on, and another one, which began with what this company knows of it,
    /// follows.
    LogSucceeded {
        /// SHA-256 of the name of the log before.
        before: Sha256Hash,
        /// What the public saw of it last.
        size: u64,
        root: Sha256Hash,
    },
    /// From here on leaves get their place in batches of this shape, filled with pads.
    PaddingChanged {
        padding: Padding,
    },
    /// Before an edition goes out, a new decision stands in the log for every request of the
    /// half-years that the period covers, whatever it says.
    PeriodClosed {
        period: Period,
    },
    /// A key took the place of another. Both are in the log.
    SigningKeyReplaced {
        signs: SigningKeyUse,
        /// SHA-256 of the new public key.
        fingerprint: Sha256Hash,
    },
    /// Nobody can open a commitment of this half-year any more.
    PeriodKeyDestroyed {
        half_year: Period,
    },
    /// Somebody is to act on the request from now on, or nobody in particular.
    RequestAssigned {
        to: Option<PersonId>,
    },
    /// Its text is a field.
    NoteWritten {
        kind: NoteKind,
    },
    /// Counsel confirmed these elements of the legal profiles, each as it read then: SHA-256 of
    /// its canonical form. An element that reads otherwise is a draft again.
    RulesConfirmed {
        rules: BTreeMap<RuleId, Sha256Hash>,
    },
    /// Which kinds of user data the company holds. Where, how long and why is a text of its own.
    DataInventoryDeclared {
        holds: DemandSet,
    },
    /// How long what submissions say is kept. Where each period comes from is a text of its own.
    RetentionRulesDeclared {
        rules: RetentionRules,
    },
    /// Who looked at what on a day that is over: how many entries, and SHA-256 over their lines.
    AccessLogSealed {
        day: Date,
        entries: u64,
        sha256: Sha256Hash,
    },
    /// A person of the company got a link to join with. Name and e-mail address are fields.
    PersonInvited {
        roles: RoleSet,
    },
    /// The person set what they sign in with.
    PersonJoined {},
    RolesChanged {
        roles: RoleSet,
    },
    /// The person can't sign in any more.
    PersonLeft {},
    /// An authority is known by this. What it is and where exactly it was found are fields.
    ContactRegistered {
        contact: ContactId,
        kind: ContactKind,
        source: ContactSource,
        registered_on: Date,
    },
    /// Somebody writes or calls in the authority's name from there.
    ContactReportedBad {
        contact: ContactId,
        kind: ContactKind,
        reported_on: Date,
    },
    ContactWithdrawn {
        contact: ContactId,
        reason: WithdrawalReason,
        withdrawn_on: Date,
    },
    /// What was done to find out whether an officer is real, and what came of it. The evidence is a
    /// field.
    OfficerVerificationRecorded {
        verification: VerificationId,
        officer: OfficerId,
        /// The letter for whose sake it was done.
        submission: SubmissionId,
        means: Vec<Means>,
        result: VerificationResult,
        recorded_on: Date,
    },
    /// The person signs in with a passkey more. Its name and its public key are fields.
    PasskeyAdded {
        passkey: PasskeyId,
    },
    PasskeyRemoved {
        passkey: PasskeyId,
    },
    /// A program may act for the person within these scopes. The token's name is a field.
    TokenIssued {
        token: TokenId,
        scopes: ScopeSet,
        /// The last day on which it is taken.
        expires_on: Date,
    },
    TokenRevoked {
        token: TokenId,
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

/// What a key of the company signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyUse {
    Checkpoints,
    Reports,
    Receipts,
}

/// What was published: the files' hashes are in `manifest_sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub period: Period,
    /// From 0.
    pub revision: u32,
    /// The last event that the numbers know of.
    pub cutoff: Position,
    pub requests: u64,
    /// SHA-256 over the lines `SHA-256 two spaces path` of all its files, by path.
    pub manifest_sha256: Sha256Hash,
}

/// An event with its circumstances, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub position: Position,
    pub at: Timestamp,
    pub actor: Actor,
    pub stream: Stream,
    pub event: Event,
}

/// What an event is about; the events of one stream are folded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Submission(SubmissionId),
    Request(RequestId),
    Person(PersonId),
    /// The register of an authority.
    Authority(AuthorityId),
    /// Published figures, editions, legal profiles, the data inventory, the log itself: the company
    /// as a whole.
    Publication,
}

/// A ground by which rule acts, where no person does.
pub(crate) const LAPSED: Ground = Ground::LegalRequirements;

impl Event {
    /// The event's name in the database and the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SubmissionReceived { .. } => "submission_received",
            Self::DeclaredNotARequest { .. } => "declared_not_a_request",
            Self::RequestRegistered { .. } => "request_registered",
            Self::RequestLinked { .. } => "request_linked",
            Self::LinkRemoved {} => "link_removed",
            Self::VerificationBegun {} => "verification_begun",
            Self::FindingRecorded { .. } => "finding_recorded",
            Self::Verified {} => "verified",
            Self::ClarificationAsked { .. } => "clarification_asked",
            Self::ClarificationAnswered { .. } => "clarification_answered",
            Self::ClarificationLapsed { .. } => "clarification_lapsed",
            Self::InstrumentArrived { .. } => "instrument_arrived",
            Self::InstrumentOverdue { .. } => "instrument_overdue",
            Self::DeadlineExtended { .. } => "deadline_extended",
            Self::PreservationPlaced { .. } => "preservation_placed",
            Self::PreservationExtended { .. } => "preservation_extended",
            Self::PreservationFollowed { .. } => "preservation_followed",
            Self::PreservationReleased {} => "preservation_released",
            Self::PreservationLapsed {} => "preservation_lapsed",
            Self::DeadlineCounted { .. } => "deadline_counted",
            Self::DecisionProposed { .. } => "decision_proposed",
            Self::ProposalReturned { .. } => "proposal_returned",
            Self::Decided { .. } => "decided",
            Self::DecisionReopened { .. } => "decision_reopened",
            Self::ReclassificationProposed { .. } => "reclassification_proposed",
            Self::ReclassificationReturned { .. } => "reclassification_returned",
            Self::Reclassified { .. } => "reclassified",
            Self::ResponsePrepared { .. } => "response_prepared",
            Self::ResponseScreened { .. } => "response_screened",
            Self::ResponseReleased { .. } => "response_released",
            Self::ResponseRevoked {} => "response_revoked",
            Self::ChallengeFiled { .. } => "challenge_filed",
            Self::ChallengeResolved { .. } => "challenge_resolved",
            Self::Appealed { .. } => "appealed",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Closed {} => "closed",
            Self::PendingSealed {} => "pending_sealed",
            Self::WithholdingProposed { .. } => "withholding_proposed",
            Self::WithholdingReturned { .. } => "withholding_returned",
            Self::Withheld { .. } => "withheld",
            Self::BandingProposed { .. } => "banding_proposed",
            Self::BandingReturned { .. } => "banding_returned",
            Self::Banded { .. } => "banded",
            Self::Disclosed {} => "disclosed",
            Self::HistoricRequestImported { .. } => "historic_request_imported",
            Self::PublishedFigureImported { .. } => "published_figure_imported",
            Self::EditionPublished(_) => "edition_published",
            Self::EditionCorrected(_) => "edition_corrected",
            Self::SubmissionErased { .. } => "submission_erased",
            Self::LegalHoldPlaced { .. } => "legal_hold_placed",
            Self::LegalHoldLifted { .. } => "legal_hold_lifted",
            Self::CompartmentClosed { .. } => "compartment_closed",
            Self::CompartmentChanged { .. } => "compartment_changed",
            Self::CompartmentOpened {} => "compartment_opened",
            Self::LeavesRestored { .. } => "leaves_restored",
            Self::LossStated { .. } => "loss_stated",
            Self::LogSucceeded { .. } => "log_succeeded",
            Self::PaddingChanged { .. } => "padding_changed",
            Self::PeriodClosed { .. } => "period_closed",
            Self::SigningKeyReplaced { .. } => "signing_key_replaced",
            Self::PeriodKeyDestroyed { .. } => "period_key_destroyed",
            Self::RequestAssigned { .. } => "request_assigned",
            Self::NoteWritten { .. } => "note_written",
            Self::RulesConfirmed { .. } => "rules_confirmed",
            Self::DataInventoryDeclared { .. } => "data_inventory_declared",
            Self::RetentionRulesDeclared { .. } => "retention_rules_declared",
            Self::AccessLogSealed { .. } => "access_log_sealed",
            Self::PersonInvited { .. } => "person_invited",
            Self::PersonJoined {} => "person_joined",
            Self::RolesChanged { .. } => "roles_changed",
            Self::PersonLeft {} => "person_left",
            Self::ContactRegistered { .. } => "contact_registered",
            Self::ContactReportedBad { .. } => "contact_reported_bad",
            Self::ContactWithdrawn { .. } => "contact_withdrawn",
            Self::OfficerVerificationRecorded { .. } => "officer_verification_recorded",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::TokenIssued { .. } => "token_issued",
            Self::TokenRevoked { .. } => "token_revoked",
        }
    }
}
