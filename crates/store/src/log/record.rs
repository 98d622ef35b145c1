//! What each leaf seals, as a record in the form of RFC 8785.
//!
//! Records are told again from events and fields, so that `candor doctor` can hold the database
//! against the log, and a receipt can open them. **A record once sealed is never told otherwise**:
//! golden files in the tests keep these texts.

use domain::event::RequestEvent;
use domain::fact::{Fact, Standing};
use domain::id::{RequestId, Sha256Hash, SubmissionId};
use domain::submission::{Channel, NotARequest, Said};
use jiff::civil::Date;
use ledger::record::canonical;
use serde_json::{Value, json};

use crate::Error;

/// What a submitter said of their submission. It is free text and stands in sealed fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// The submitter's own reference.
    pub reference: Option<String>,
    /// Chosen by the submitter's program, so that no two submissions have one record.
    pub nonce: Option<String>,
}

/// Something that arrived.
pub(crate) fn received(
    submission: SubmissionId,
    (channel, received_on, files): (Channel, Date, &[Sha256Hash]),
    particulars: &Particulars,
) -> Value {
    let files: Vec<_> = files.iter().map(ToString::to_string).collect();
    json!({
        "arrival": "on_receipt",
        "channel": channel.code(),
        "files": files,
        "nonce": particulars.nonce,
        "received_on": received_on.to_string(),
        "reference": particulars.reference,
        "submission": submission.to_string(),
    })
}

/// A line of a spreadsheet.
pub(crate) fn imported(
    submission: SubmissionId,
    (source_sha256, line): (Sha256Hash, u32),
    reference: &str,
) -> Value {
    json!({
        "arrival": "on_import",
        "line": line,
        "reference": reference,
        "source_sha256": source_sha256.to_string(),
        "submission": submission.to_string(),
    })
}

/// What a request asks for.
pub(crate) fn request(request: RequestId, fact: &Fact) -> Value {
    let demands: Vec<_> = fact.demands.iter().map(domain::category::Demand::code).collect();
    json!({
        "accounts_specified": fact.accounts_specified,
        "category": fact.category.code(),
        "country": fact.country.code(),
        "demands": demands,
        "received_on": fact.received_on.to_string(),
        "request": request.to_string(),
        "urgency": match fact.urgency {
            domain::fact::Urgency::Ordinary => "ordinary",
            domain::fact::Urgency::Emergency => "emergency",
        },
    })
}

/// What became of it.
pub(crate) fn outcome(request: RequestId, fact: &Fact) -> Value {
    json!({
        "accounts_disclosed": fact.accounts_disclosed,
        "counted": fact.counted.code(),
        "request": request.to_string(),
        "settled_on": fact.settled_on.map(|on| on.to_string()),
        "standing": fact.standing.code(),
    })
}

/// That a submission holds no request, and why.
pub(crate) fn not_a_request(submission: SubmissionId, reason: NotARequest) -> Value {
    json!({
        "not_a_request": reason.code(),
        "submission": submission.to_string(),
    })
}

/// That it was a mistake that it holds none: it says what it counts as in the words of any other
/// decision, and what it holds is open again.
pub(crate) fn taken_back(submission: SubmissionId) -> Value {
    json!({
        "counted": "sealed_in_error",
        "standing": Standing::Open.code(),
        "submission": submission.to_string(),
    })
}

/// What was said of whether a submission holds a request.
pub(crate) fn said(submission: SubmissionId, said: Said) -> Value {
    match said {
        Said::NotARequest(reason) => not_a_request(submission, reason),
        Said::TakenBack => taken_back(submission),
    }
}

/// Everything that happened up to a position.
pub(crate) fn audit(events: i64, chain: &ledger::hash::Hash) -> Value {
    json!({ "events": events, "chain": chain.to_string() })
}

/// Nothing: a leaf that stands for no submission, request or decision.
pub(crate) fn pad() -> Value {
    json!({ "pad": true })
}

pub(crate) fn bytes(record: &Value) -> Result<Vec<u8>, Error> {
    canonical(record).map_err(|error| Error::inconsistent("leaf", "record", error))
}

/// Which leaves of a request an event calls for, beside that of the submission. An outcome is
/// sealed by each event that changes it; that a clarification lapsed is told by the rejection that
/// follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    /// Nothing: it is in the chain of events and has no leaf of its own.
    Nothing,
    /// The request itself.
    Request,
    /// The outcome that it leads to.
    Outcome,
    /// Another country or category, and the outcome.
    Reclassification,
    /// What of the record or the outcome became another.
    Correction,
    /// All that a line of history declares.
    History,
}

impl Calls {
    pub(crate) fn of(event: &RequestEvent) -> Self {
        match event {
            RequestEvent::RequestRegistered { .. } => Self::Request,
            RequestEvent::HistoricRequestImported { .. } => Self::History,
            RequestEvent::Reclassified { .. } => Self::Reclassification,
            RequestEvent::RegistrationCorrected { .. } => Self::Correction,
            RequestEvent::Decided { .. }
            | RequestEvent::Withdrawn { .. }
            | RequestEvent::ChallengeFiled { .. }
            | RequestEvent::ChallengeResolved { .. }
            | RequestEvent::Appealed { .. }
            | RequestEvent::DecisionReopened { .. }
            | RequestEvent::RequestLinked { .. }
            | RequestEvent::LinkRemoved {}
            | RequestEvent::Withheld { .. }
            | RequestEvent::Banded { .. }
            | RequestEvent::Disclosed {}
            | RequestEvent::PendingSealed {} => Self::Outcome,
            RequestEvent::VerificationBegun {}
            | RequestEvent::FindingRecorded { .. }
            | RequestEvent::Verified {}
            | RequestEvent::ClarificationAsked { .. }
            | RequestEvent::ClarificationAnswered { .. }
            | RequestEvent::ClarificationLapsed { .. }
            | RequestEvent::InstrumentArrived { .. }
            | RequestEvent::InstrumentOverdue { .. }
            | RequestEvent::PreservationPlaced { .. }
            | RequestEvent::PreservationExtended { .. }
            | RequestEvent::PreservationFollowed { .. }
            | RequestEvent::PreservationReleased {}
            | RequestEvent::PreservationLapsed {}
            | RequestEvent::DeadlineExtended { .. }
            | RequestEvent::DeadlineCounted { .. }
            | RequestEvent::DecisionProposed { .. }
            | RequestEvent::DeclinationSigned { .. }
            | RequestEvent::ProposalReturned { .. }
            | RequestEvent::ReclassificationProposed { .. }
            | RequestEvent::ReclassificationReturned { .. }
            | RequestEvent::CorrectionProposed { .. }
            | RequestEvent::CorrectionReturned { .. }
            | RequestEvent::WithholdingProposed { .. }
            | RequestEvent::WithholdingReturned { .. }
            | RequestEvent::BandingProposed { .. }
            | RequestEvent::BandingReturned { .. }
            | RequestEvent::ResponsePrepared { .. }
            | RequestEvent::ResponseScreened { .. }
            | RequestEvent::ResponseReleased { .. }
            | RequestEvent::ResponseRevoked {}
            | RequestEvent::Closed {}
            | RequestEvent::RequestAssigned { .. }
            | RequestEvent::NoteWritten { .. }
            | RequestEvent::ReviewWritten { .. } => Self::Nothing,
        }
    }
}
