//! The life of a request: what each state holds, who acts next, and what the rules allow.
//!
//! [`decide`] says which events a command leads to, or why it is refused; [`evolve`] says what an
//! event makes of a request. Both are pure. The rules are those of the mission, "Rules that no
//! screen, API call, import or administrator gets around"; each refusal is one of them.

mod banding;
mod correction;
mod counting;
mod decide;
mod decision;
mod declination;
mod evolve;
mod finding;
mod historic;
mod motion;
mod paperwork;
mod preservation;
mod publication;
mod reclassification;
mod review;
mod stage;
mod step;
mod verification;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use banding::is_told_in_bands;
pub use correction::{Correction, DueAfter, Recount};
pub use decide::{Circumstances, Command, Company, Reach, Refusal, Rule, RuleState, decide};
pub use declination::Declination;
pub use evolve::{Inconsistent, evolve, fold};
pub use finding::{
    Aspect, Defect, DefectSet, Finding, Findings, LegalBasis, TransferBasis, Verdict,
};
pub use historic::{HistoricFault, HistoricOutcome, HistoricRequest};
pub use motion::{Motion, MotionKind, Motions, Moved};
pub use preservation::{Extended, KeptBy, OnReceipt, Preservation};
pub use publication::{Publication, PublicationKind};
pub use review::may_review;
pub use stage::StageKind;
pub use step::{Barred, NextStep, Step};

use crate::category::{Category, DemandSet};
use crate::country::Country;
use crate::deadline::{Counting, RuleOf};
use crate::fact::{Counted, Fact, Ground, Paperwork, Standing, Urgency};
use crate::id::{AuthorityId, OfficerId, PersonId, Position, SubmissionId};
use crate::instrument::Instrument;

/// A request, as its events made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Request {
    /// No event yet.
    #[default]
    Absent,
    /// Declared by an import. Nobody acts.
    Historic(HistoricRequest),
    Handled(Box<Handled>),
}

/// A request that candor handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    pub registration: Registration,
    pub findings: Findings,
    pub stage: Stage,
    /// Every decision, the last one last; an appeal or a challenge leaves the earlier on record.
    pub decisions: Vec<Decision>,
    /// The text with which it is declined, where it is prohibited and counsel has signed one.
    pub declination: Option<Declination>,
    /// What waits for its second person, beside a decision.
    pub motions: Motions,
    /// Whether it stands in the published sum.
    pub publication: Publication,
    /// The day by which an answer is due; later after a clarification, by the days it took, or as
    /// the law counts.
    pub due_on: Option<Date>,
    /// The moment on that day, where the law counts in hours.
    pub due_at: Option<Timestamp>,
    /// By whose rule, where a rule set it.
    pub due_by: RuleOf,
    pub counting: Counting,
    /// The last day on which what is preserved is kept.
    pub kept_until: Option<Date>,
    /// Whose day that is.
    pub kept_by: KeptBy,
    pub preservation: Preservation,
    pub preservation_extended: Extended,
    /// The request that this one renews, amends or duplicates.
    pub link: Option<Link>,
    /// Of how many accounts something was disclosed. What went out stays told, whatever comes after.
    pub accounts_disclosed: Option<u32>,
    /// What became of the paperwork of an emergency that was answered before it was there.
    pub paperwork: Paperwork,
    /// Who is to act on it, where somebody in particular is.
    pub assigned_to: Option<PersonId>,
}

/// What is known when a request is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub submission: SubmissionId,
    /// Place among the requests of its submission, from 1.
    pub ordinal: u16,
    pub received_on: Date,
    pub country: Country,
    pub authority: AuthorityId,
    pub officer: OfficerId,
    pub category: Category,
    pub instrument: Instrument,
    pub demands: DemandSet,
    pub urgency: Urgency,
    pub accounts_specified: Option<u32>,
    /// `None` where no rule sets a date.
    pub due_on: Option<Date>,
}

/// Where a request stands, with what only that state has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Counsel begins to verify.
    Received,
    /// Counsel records findings, asks, or proposes a rejection.
    InVerification,
    /// The officer answers by the day named, else it lapses.
    ClarificationAsked { asked_on: Date, answer_due_on: Date },
    /// All three findings stand: somebody proposes a decision.
    Verified,
    /// A second person confirms or returns the proposal.
    Proposed { proposal: Proposal },
    /// An expert or counsel prepares the response; a rejection is closed, that of a prohibited demand
    /// once counsel has signed the text that declines it.
    Decided,
    /// A second person screens what was prepared, and the confirmer releases it.
    Prepared { prepared_by: PersonId, screened_by: Option<PersonId> },
    /// A court decides on our challenge.
    Challenged,
    /// The officer has the response; counsel closes.
    Answered,
    /// Nobody acts. The authority may appeal.
    Closed,
    /// The officer took it back. Nobody acts.
    Withdrawn { withdrawn_on: Date },
}

/// A decision that waits for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub outcome: Outcome,
    pub proposed_by: PersonId,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// `granted` are the demands approved; fewer than all is "in part", and `ground` says why.
    Approved {
        granted: DemandSet,
        ground: Option<Ground>,
    },
    Rejected {
        ground: Ground,
    },
}

/// A decision, in force until an appeal or a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub outcome: Outcome,
    pub decided_on: Date,
    pub confirmed: Confirmed,
    /// Of an answer with "no data found" about user data; `None` where none was recorded.
    pub inventory: Option<InventoryInForce>,
}

/// What the company had said that it holds, as something was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryInForce {
    /// Nothing yet: so there is nothing that the answer could be held against.
    #[default]
    NoneDeclared,
    /// By the event at this place.
    Declared(Position),
}

/// What makes a decision one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    By {
        proposed_by: PersonId,
        confirmed_by: PersonId,
    },
    /// A prohibited demand, a lapsed clarification: decided by rule, without people.
    ByRule,
}

/// How a request stands to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Renews,
    Amends,
    Duplicates,
    /// Follows a preservation; it counts as a request.
    FollowsPreservation,
}

/// What a court made of our challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeResult {
    Confirmed,
    Quashed,
    Narrowed,
    WithdrawnByAuthority,
}

impl Handled {
    pub fn is_prohibited(&self) -> bool {
        self.registration.demands.has_prohibited()
    }

    /// Whether three different people must act: for user data and in an emergency (rule 2).
    pub fn needs_three_people(&self) -> bool {
        let Registration { category, urgency, .. } = self.registration;
        category == Category::UserData || urgency == Urgency::Emergency
    }

    /// Who proposed or confirmed the last decision, or has proposed one.
    pub fn deciders(&self) -> BTreeSet<PersonId> {
        let mut deciders = BTreeSet::new();
        if let Stage::Proposed { proposal } = &self.stage {
            deciders.insert(proposal.proposed_by);
        }
        if let Some(Decision { confirmed: Confirmed::By { proposed_by, confirmed_by }, .. }) =
            self.decisions.last()
        {
            deciders.extend([*proposed_by, *confirmed_by]);
        }
        deciders
    }

    /// Whether it may be counted with another one, or follow its preservation. **What a request is
    /// linked to is in the same cell of the tables and stands for itself**, so a link leaves one of
    /// the two there.
    pub fn may_be_linked(&self, link: Link, to: &Request) -> Result<(), Refusal> {
        let (fact, stands_for_itself) = match to {
            Request::Absent => return Err(Refusal::NoSuchCounterpart),
            Request::Historic(historic) => (historic.fact(), true),
            Request::Handled(other) => {
                (other.fact(), other.link.is_none() && !other.is_prohibited())
            }
        };
        let Registration { country, category, .. } = self.registration;
        let fits = match link {
            Link::FollowsPreservation => stands_for_itself,
            Link::Renews | Link::Amends | Link::Duplicates => {
                stands_for_itself && (fact.country, fact.category) == (country, category)
            }
        };
        if fits { Ok(()) } else { Err(Refusal::NoSuchCounterpart) }
    }

    /// The request as counting sees it.
    pub fn fact(&self) -> Fact {
        let decision = self.decisions.last();
        let decided =
            decision.map(|d| (standing(&d.outcome, self.registration.demands), d.decided_on));
        let (standing, settled_on) = match (&self.stage, decided) {
            (Stage::Withdrawn { withdrawn_on }, _) => (Standing::Withdrawn, Some(*withdrawn_on)),
            (
                Stage::Decided | Stage::Prepared { .. } | Stage::Answered | Stage::Closed,
                Some((standing, decided_on)),
            ) => (standing, Some(decided_on)),
            (
                Stage::Received
                | Stage::InVerification
                | Stage::ClarificationAsked { .. }
                | Stage::Verified
                | Stage::Proposed { .. }
                | Stage::Challenged
                | Stage::Decided
                | Stage::Prepared { .. }
                | Stage::Answered
                | Stage::Closed,
                _,
            ) => (Standing::Open, None),
        };
        let counted = match (self.publication, self.link) {
            // Before all else: the numbers beside the sum are published too.
            (Publication::Withheld { .. }, _) => Counted::Withheld,
            (Publication::Banded { process, .. }, _) => Counted::Banded(process),
            (Publication::Counted, Some(Link::Renews | Link::Amends | Link::Duplicates)) => {
                Counted::Linked
            }
            (Publication::Counted, Some(Link::FollowsPreservation) | None) => {
                Counted::of(self.registration.demands)
            }
        };
        Fact {
            received_on: self.registration.received_on,
            country: self.registration.country,
            category: self.registration.category,
            demands: self.registration.demands,
            urgency: self.registration.urgency,
            standing,
            settled_on,
            counted,
            accounts_specified: match self.publication {
                Publication::Banded { selectors, .. } => Some(selectors),
                Publication::Counted | Publication::Withheld { .. } => {
                    self.registration.accounts_specified
                }
            },
            accounts_disclosed: self.accounts_disclosed,
            paperwork: match self.registration.urgency {
                Urgency::Emergency => self.paperwork,
                Urgency::Ordinary => Paperwork::NotOwed,
            },
        }
    }
}

fn standing(outcome: &Outcome, asked: DemandSet) -> Standing {
    match *outcome {
        Outcome::Approved { granted, .. } if granted == asked => Standing::Approved,
        Outcome::Approved { .. } => Standing::ApprovedInPart,
        Outcome::Rejected { ground } => Standing::Rejected(ground),
    }
}

impl Request {
    /// Whether nobody acts any more, unless the authority appeals.
    pub fn is_finished(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Historic(historic) => historic.fact().standing != Standing::Open,
            Self::Handled(handled) => match handled.stage {
                Stage::Received
                | Stage::InVerification
                | Stage::ClarificationAsked { .. }
                | Stage::Verified
                | Stage::Proposed { .. }
                | Stage::Decided
                | Stage::Prepared { .. }
                | Stage::Challenged
                | Stage::Answered => false,
                // Paperwork that is owed is awaited still.
                Stage::Closed => handled.findings.owed_until().is_none(),
                Stage::Withdrawn { .. } => true,
            },
        }
    }

    /// The request as counting sees it; `None` where there is none.
    pub fn fact(&self) -> Option<Fact> {
        match self {
            Self::Absent => None,
            Self::Historic(historic) => Some(historic.fact()),
            Self::Handled(handled) => Some(handled.fact()),
        }
    }
}
