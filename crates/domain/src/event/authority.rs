//! What can be entered in the register of an authority.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::authority::{ContactKind, ContactSource, Means, VerificationResult, WithdrawalReason};
use crate::id::{ContactId, OfficerId, SubmissionId, VerificationId};

/// Something that was entered in an authority’s register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum AuthorityEvent {
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
}

kinds! { AuthorityEvent is Authority {
    ContactRegistered => "contact_registered",
    ContactReportedBad => "contact_reported_bad",
    ContactWithdrawn => "contact_withdrawn",
    OfficerVerificationRecorded => "officer_verification_recorded",
}}
