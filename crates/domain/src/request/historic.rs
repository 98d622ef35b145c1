//! A request that was finished, or figures of it kept, before candor: declared, not handled here.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::category::{Category, DemandFault, DemandSet};
use crate::country::Country;
use crate::fact::{Counted, Fact, Ground, Paperwork, Standing, Urgency};
use crate::instrument::Instrument;

/// What a line of a spreadsheet declares. It has no findings and no approvals, and pages say that
/// it was sealed on import and not on receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoricRequest {
    pub received_on: Date,
    pub country: Country,
    pub category: Category,
    pub instrument: Instrument,
    pub demands: DemandSet,
    pub urgency: Urgency,
    pub accounts_specified: Option<u32>,
    pub accounts_disclosed: Option<u32>,
    pub outcome: HistoricOutcome,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum HistoricOutcome {
    Pending,
    Approved {
        decided_on: Date,
    },
    /// `ground` says why the rest was rejected, where the source says it.
    ApprovedInPart {
        decided_on: Date,
        ground: Option<Ground>,
    },
    Rejected {
        decided_on: Date,
        ground: Ground,
    },
    Withdrawn {
        withdrawn_on: Date,
    },
}

impl HistoricOutcome {
    /// The day of decision or withdrawal.
    pub fn settled_on(self) -> Option<Date> {
        match self {
            Self::Pending => None,
            Self::Approved { decided_on }
            | Self::ApprovedInPart { decided_on, .. }
            | Self::Rejected { decided_on, .. }
            | Self::Withdrawn { withdrawn_on: decided_on } => Some(decided_on),
        }
    }

    fn standing(self) -> Standing {
        match self {
            Self::Pending => Standing::Open,
            Self::Approved { .. } => Standing::Approved,
            Self::ApprovedInPart { .. } => Standing::ApprovedInPart,
            Self::Rejected { ground, .. } => Standing::Rejected(ground),
            Self::Withdrawn { .. } => Standing::Withdrawn,
        }
    }
}

/// A combination that can't have happened, or that candor's rules don't let count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoricFault {
    #[error(transparent)]
    Demands(#[from] DemandFault),
    #[error("a prohibited demand can't have been approved")]
    ProhibitedApproved,
    #[error("a prohibited demand is rejected as `prohibited`, not on another ground")]
    ProhibitedOnOtherGround,
    #[error("the ground is `prohibited`, but no demand is")]
    GroundWithoutProhibited,
    #[error("settled on {settled_on}, before it was received on {received_on}")]
    SettledBeforeReceived { received_on: Date, settled_on: Date },
    #[error("a request for technical expertise concerns no accounts")]
    AccountsInTechnical,
    #[error("{disclosed} accounts disclosed, but {specified} specified")]
    MoreDisclosedThanSpecified { disclosed: u32, specified: u32 },
    #[error("accounts were disclosed, but nothing was approved")]
    DisclosedWithoutApproval,
}

impl HistoricRequest {
    /// Everything that is wrong with it; empty where it may be imported.
    pub fn faults(&self) -> Vec<HistoricFault> {
        let mut faults = Vec::new();
        faults.extend(self.demands.fault_in(self.category).map(HistoricFault::Demands));
        let prohibited = self.demands.has_prohibited();
        let ground = match self.outcome {
            HistoricOutcome::Rejected { ground, .. } => Some(ground),
            HistoricOutcome::ApprovedInPart { ground, .. } => ground,
            HistoricOutcome::Pending
            | HistoricOutcome::Approved { .. }
            | HistoricOutcome::Withdrawn { .. } => None,
        };
        let approved = matches!(
            self.outcome,
            HistoricOutcome::Approved { .. } | HistoricOutcome::ApprovedInPart { .. }
        );
        if prohibited && approved {
            faults.push(HistoricFault::ProhibitedApproved);
        } else if prohibited && ground.is_some_and(|ground| ground != Ground::Prohibited) {
            faults.push(HistoricFault::ProhibitedOnOtherGround);
        } else if !prohibited && ground == Some(Ground::Prohibited) {
            faults.push(HistoricFault::GroundWithoutProhibited);
        }
        let received_on = self.received_on;
        if let Some(settled_on) = self.outcome.settled_on().filter(|on| *on < received_on) {
            faults.push(HistoricFault::SettledBeforeReceived { received_on, settled_on });
        }
        let (specified, disclosed) = (self.accounts_specified, self.accounts_disclosed);
        if self.category == Category::TechnicalExpertise && specified.or(disclosed).is_some() {
            faults.push(HistoricFault::AccountsInTechnical);
        }
        if let (Some(specified), Some(disclosed)) = (specified, disclosed)
            && disclosed > specified
        {
            faults.push(HistoricFault::MoreDisclosedThanSpecified { disclosed, specified });
        }
        if !approved && disclosed.is_some_and(|disclosed| disclosed > 0) {
            faults.push(HistoricFault::DisclosedWithoutApproval);
        }
        faults
    }

    /// The request as counting sees it.
    pub fn fact(&self) -> Fact {
        Fact {
            received_on: self.received_on,
            country: self.country,
            category: self.category,
            demands: self.demands,
            urgency: self.urgency,
            standing: self.outcome.standing(),
            settled_on: self.outcome.settled_on(),
            counted: Counted::of(self.demands),
            accounts_specified: self.accounts_specified,
            accounts_disclosed: self.accounts_disclosed,
            paperwork: match (self.urgency, self.outcome.standing()) {
                (Urgency::Emergency, Standing::Approved | Standing::ApprovedInPart) => {
                    Paperwork::NotRecorded
                }
                // What was not answered was answered on no paperwork.
                (
                    Urgency::Emergency,
                    Standing::Open | Standing::Rejected(_) | Standing::Withdrawn,
                )
                | (Urgency::Ordinary, _) => Paperwork::NotOwed,
            },
        }
    }
}
