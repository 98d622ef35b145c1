//! What comes next with a request, and who may not do it.

use std::collections::BTreeSet;

use super::{Confirmed, Handled, Outcome, Stage};
use crate::access::Permission;
use crate::category::{Category, UnknownCode, find};
use crate::id::PersonId;

/// The step that somebody of the company takes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Verify,
    Propose,
    Confirm,
    /// The text that declines a prohibited demand.
    Sign,
    Prepare,
    Screen,
    Release,
    Close,
}

impl Step {
    pub const ALL: [Self; 8] = [
        Self::Verify,
        Self::Propose,
        Self::Confirm,
        Self::Sign,
        Self::Prepare,
        Self::Screen,
        Self::Release,
        Self::Close,
    ];

    /// The code used in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Propose => "propose",
            Self::Confirm => "confirm",
            Self::Sign => "sign",
            Self::Prepare => "prepare",
            Self::Screen => "screen",
            Self::Release => "release",
            Self::Close => "close",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }

    pub fn permission(self) -> Permission {
        match self {
            Self::Verify => Permission::RecordFinding,
            Self::Propose => Permission::ProposeDecision,
            Self::Confirm => Permission::ConfirmDecision,
            Self::Sign => Permission::SignDeclination,
            Self::Prepare | Self::Screen => Permission::PrepareResponse,
            Self::Release => Permission::ReleaseResponse,
            Self::Close => Permission::ConductCase,
        }
    }
}

/// A step, and who may not take it because of what they did before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    pub step: Step,
    pub barred: Barred,
}

/// By the rules on who acts together (2 and 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Barred {
    These(BTreeSet<PersonId>),
    /// Everybody but whoever confirmed the decision.
    AllBut(PersonId),
}

impl Barred {
    pub fn bars(&self, person: PersonId) -> bool {
        match self {
            Self::These(people) => people.contains(&person),
            Self::AllBut(one) => *one != person,
        }
    }
}

impl Handled {
    /// What comes next; `None` where the officer or a court acts, or nobody.
    pub fn next_step(&self) -> Option<NextStep> {
        let these = |people: BTreeSet<PersonId>| Barred::These(people);
        let verifiers = || self.findings.verifiers().clone();
        let nobody = || these(BTreeSet::new());
        let (step, barred) = match &self.stage {
            Stage::InVerification if self.findings.have_defect() => {
                (Step::Propose, these(verifiers()))
            }
            Stage::Received | Stage::InVerification => (Step::Verify, nobody()),
            Stage::Verified => (Step::Propose, these(verifiers())),
            Stage::Proposed { proposal } => {
                let mut barred = BTreeSet::from([proposal.proposed_by]);
                if self.needs_three_people() {
                    barred.extend(verifiers());
                }
                (Step::Confirm, these(barred))
            }
            Stage::Decided if self.lacks_declination() => (Step::Sign, nobody()),
            Stage::Decided => match self.decisions.last().map(|decision| decision.outcome) {
                Some(Outcome::Approved { .. }) => (Step::Prepare, nobody()),
                Some(Outcome::Rejected { .. }) | None => (Step::Close, nobody()),
            },
            Stage::Prepared { prepared_by, screened_by } => {
                let (confirmer, prepared_by) = (self.confirmer()?, *prepared_by);
                let one = |person| these(BTreeSet::from([person]));
                match (self.registration.category, screened_by) {
                    // They could not release it, and nobody else may: another one prepares it.
                    (Category::TechnicalExpertise, _) if prepared_by == confirmer => {
                        (Step::Prepare, one(confirmer))
                    }
                    (Category::TechnicalExpertise, None) => (Step::Screen, one(prepared_by)),
                    (Category::TechnicalExpertise, Some(_)) | (Category::UserData, _) => {
                        (Step::Release, Barred::AllBut(confirmer))
                    }
                }
            }
            Stage::Answered => (Step::Close, nobody()),
            Stage::Closed if self.findings.owed_until().is_some() => {
                (Step::Verify, these(self.deciders()))
            }
            Stage::ClarificationAsked { .. }
            | Stage::Challenged
            | Stage::Closed
            | Stage::Withdrawn { .. } => return None,
        };
        Some(NextStep { step, barred })
    }

    fn confirmer(&self) -> Option<PersonId> {
        match self.decisions.last()?.confirmed {
            Confirmed::By { confirmed_by, .. } => Some(confirmed_by),
            Confirmed::ByRule => None,
        }
    }
}
