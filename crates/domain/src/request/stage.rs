//! The states of a request by name, without what each holds: for lists, filters and refusals.

use super::Stage;
use crate::category::{UnknownCode, find};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageKind {
    Received,
    InVerification,
    ClarificationAsked,
    Verified,
    Proposed,
    Decided,
    Prepared,
    Challenged,
    Answered,
    Closed,
    Withdrawn,
}

impl StageKind {
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::InVerification,
        Self::ClarificationAsked,
        Self::Verified,
        Self::Proposed,
        Self::Decided,
        Self::Prepared,
        Self::Challenged,
        Self::Answered,
        Self::Closed,
        Self::Withdrawn,
    ];

    /// The code used in the database and in filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InVerification => "in_verification",
            Self::ClarificationAsked => "clarification_asked",
            Self::Verified => "verified",
            Self::Proposed => "proposed",
            Self::Decided => "decided",
            Self::Prepared => "prepared",
            Self::Challenged => "challenged",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }

    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InVerification => "in verification",
            Self::ClarificationAsked => "waiting for a clarification",
            Self::Verified => "verified",
            Self::Proposed => "proposed for a decision",
            Self::Decided => "decided",
            Self::Prepared => "about to be answered",
            Self::Challenged => "challenged",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Stage {
    pub fn kind(&self) -> StageKind {
        match self {
            Self::Received => StageKind::Received,
            Self::InVerification => StageKind::InVerification,
            Self::ClarificationAsked { .. } => StageKind::ClarificationAsked,
            Self::Verified => StageKind::Verified,
            Self::Proposed { .. } => StageKind::Proposed,
            Self::Decided => StageKind::Decided,
            Self::Prepared { .. } => StageKind::Prepared,
            Self::Challenged => StageKind::Challenged,
            Self::Answered { .. } => StageKind::Answered,
            Self::Closed { .. } => StageKind::Closed,
            Self::Withdrawn { .. } => StageKind::Withdrawn,
        }
    }
}
