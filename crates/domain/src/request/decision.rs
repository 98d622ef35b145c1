//! Approval and rejection: proposed by one person, confirmed by another, who then releases.

use super::{
    Circumstances, Company, Confirmed, Findings, Handled, InventoryInForce, Outcome, Proposal,
    Refusal, Registration,
};
use crate::category::{Category, Demand, DemandSet};
use crate::event::RequestEvent;
use crate::fact::Ground;
use crate::id::PersonId;

pub(super) fn propose(
    request: &Handled,
    outcome: Outcome,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    may_be_decided(request, outcome, circumstances)?;
    // Rule 2.
    if request.findings.recorded_by(by) {
        return Err(Refusal::ProposerVerified);
    }
    Ok(vec![RequestEvent::DecisionProposed { by, outcome }])
}

/// Rules 1 and 4; asked again on confirmation, since a day or the inventory may have passed.
fn may_be_decided(
    request: &Handled,
    outcome: Outcome,
    circumstances: Circumstances<'_>,
) -> Result<(), Refusal> {
    let Circumstances { today, .. } = circumstances;
    let Registration { demands, .. } = request.registration;
    if request.is_prohibited() {
        return Err(Refusal::Prohibited);
    }
    // What was found of the officer stands as long as they are verified: since the finding, the
    // verification may have expired, or somebody may have learned that the letter was forged.
    let stand = |findings: &Findings| match findings.stand_on(today) {
        true => circumstances.verified_officer().map(drop),
        false => Err(Refusal::FindingsDoNotStand),
    };
    match outcome {
        Outcome::Approved { granted, ground } => {
            stand(&request.findings)?;
            if granted.is_empty() || !granted.is_subset_of(demands) {
                return Err(Refusal::GrantedNotAsked);
            }
            match ground {
                None if granted == demands => {}
                Some(Ground::NoData | Ground::LegalRequirements) if granted != demands => {}
                Some(_) | None => return Err(Refusal::GroundOfPart),
            }
            may_be_granted(request, granted, circumstances)
        }
        // It tells who is no customer, so it needs all three findings too.
        Outcome::Rejected { ground: Ground::NoData } => stand(&request.findings),
        Outcome::Rejected { ground: Ground::LegalRequirements } => {
            if request.findings.have_defect() { Ok(()) } else { Err(Refusal::NoDefect) }
        }
        Outcome::Rejected { ground: ground @ (Ground::Prohibited | Ground::NotStated) } => {
            Err(Refusal::GroundNotOpen(ground))
        }
    }
}

impl Handled {
    /// What of it the instrument can carry, by what its law says of that. Technical expertise waits
    /// for no order, and to keep something discloses nothing.
    pub fn carried(&self, by_law: Option<DemandSet>) -> DemandSet {
        let Registration { demands, category, .. } = self.registration;
        match (category, by_law) {
            (Category::UserData, Some(mut carried)) => {
                carried.insert(Demand::Preservation);
                demands.intersection(carried)
            }
            (Category::UserData, None) | (Category::TechnicalExpertise, _) => demands,
        }
    }

    /// What of it the company has, where it holds these kinds of user data.
    pub fn held(&self, holds: DemandSet) -> DemandSet {
        match self.registration.category {
            Category::UserData => self.registration.demands.intersection(holds),
            Category::TechnicalExpertise => self.registration.demands,
        }
    }
}

/// Rule 4, and no more than the instrument can carry.
fn may_be_granted(
    request: &Handled,
    granted: DemandSet,
    circumstances: Circumstances<'_>,
) -> Result<(), Refusal> {
    let Company { law, holds, .. } = circumstances.company;
    if !granted.is_subset_of(request.carried(law.demands)) {
        return Err(Refusal::NotCarried);
    }
    if granted.is_subset_of(request.held(*holds)) { Ok(()) } else { Err(Refusal::NotInInventory) }
}

pub(super) fn confirm(
    request: &Handled,
    proposal: &Proposal,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    may_be_decided(request, proposal.outcome, circumstances)?;
    // Rule 2.
    if by == proposal.proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    if request.needs_three_people() && request.findings.recorded_by(by) {
        return Err(Refusal::ConfirmerVerified);
    }
    Ok(vec![RequestEvent::Decided {
        outcome: proposal.outcome,
        decided_on: circumstances.today,
        confirmed: Confirmed::By { proposed_by: proposal.proposed_by, confirmed_by: by },
        inventory: inventory_of(request, proposal.outcome, circumstances),
    }])
}

/// "No data found" about user data is held against what the company says that it holds. Where it
/// has said nothing the answer is given all the same: it may be true, and what is asked for can't
/// be approved either (rule 4).
fn inventory_of(
    request: &Handled,
    outcome: Outcome,
    circumstances: Circumstances<'_>,
) -> Option<InventoryInForce> {
    let ground = match outcome {
        Outcome::Approved { ground, .. } => ground?,
        Outcome::Rejected { ground } => ground,
    };
    match (request.registration.category, ground) {
        (Category::UserData, Ground::NoData) => Some(circumstances.company.inventory),
        (Category::UserData | Category::TechnicalExpertise, _) => None,
    }
}

pub(super) fn release(
    request: &Handled,
    accounts_disclosed: Option<u32>,
    (prepared_by, screened_by): (PersonId, Option<PersonId>),
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    let decision = request.decisions.last().ok_or(Refusal::NotTheConfirmer)?;
    match decision.confirmed {
        Confirmed::By { confirmed_by, .. } if confirmed_by == by => {}
        Confirmed::By { .. } | Confirmed::ByRule => return Err(Refusal::NotTheConfirmer),
    }
    // Rules 1 and 4 once more: a day or the inventory may have passed since it was approved.
    if !request.findings.stand_on(circumstances.today) {
        return Err(Refusal::FindingsDoNotStand);
    }
    circumstances.verified_officer()?;
    if let Outcome::Approved { granted, .. } = decision.outcome {
        may_be_granted(request, granted, circumstances)?;
    }
    // Rule 3.
    if request.registration.category == Category::TechnicalExpertise {
        if screened_by.is_none() {
            return Err(Refusal::NotScreened);
        }
        if by == prepared_by {
            return Err(Refusal::PreparerActsTwice);
        }
    }
    if let (Some(disclosed), Some(specified)) =
        (accounts_disclosed, request.registration.accounts_specified)
        && disclosed > specified
    {
        return Err(Refusal::MoreDisclosedThanSpecified);
    }
    Ok(vec![RequestEvent::ResponseReleased { by, accounts_disclosed }])
}
