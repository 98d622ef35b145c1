//! What can happen to what arrived, as a whole.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{HoldId, PersonId, Position, Sha256Hash};
use crate::submission::{Channel, NotARequest};

/// Something that happened to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum SubmissionEvent {
    /// Its text and the sender's name are fields; its files are blobs with these hashes.
    SubmissionReceived {
        channel: Channel,
        received_on: Date,
        files: Vec<Sha256Hash>,
    },
    /// More came that belongs to it: an answer, paperwork that was owed, a court's decision. What it
    /// is, is a field.
    DocumentsAdded {
        received_on: Date,
        files: Vec<Sha256Hash>,
    },
    DeclaredNotARequest {
        reason: NotARequest,
    },
    /// That was a mistake: somebody finds out anew what it holds. The reason is a field.
    NotARequestTakenBack {},
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
}

kinds! { SubmissionEvent is Submission {
    SubmissionReceived => "submission_received",
    DocumentsAdded => "documents_added",
    DeclaredNotARequest => "declared_not_a_request",
    NotARequestTakenBack => "not_a_request_taken_back",
    SubmissionErased => "submission_erased",
    LegalHoldPlaced => "legal_hold_placed",
    LegalHoldLifted => "legal_hold_lifted",
    CompartmentClosed => "compartment_closed",
    CompartmentChanged => "compartment_changed",
    CompartmentOpened => "compartment_opened",
}}
