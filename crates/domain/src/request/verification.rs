//! What counsel finds: of the officer, the instrument and the scope, by confirmed rules alone.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{
    Aspect, Circumstances, Finding, Handled, Refusal, Registration, Rule, RuleState, Verdict,
    counting,
};
use crate::category::Category;
use crate::event::RequestEvent;
use crate::fact::Urgency;
use crate::instrument::RuleId;

pub(super) fn record(
    request: &Handled,
    aspect: Aspect,
    found: (&BTreeSet<RuleId>, Verdict),
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let finding = finding(request, aspect, found, circumstances)?;
    let mut findings = request.findings.clone();
    findings.set(aspect, finding.clone());
    let begins = counting::when_complete(request, aspect, &finding.verdict, circumstances);
    let mut events = vec![RequestEvent::FindingRecorded { aspect, finding }];
    events.extend(begins);
    if findings.stand_on(circumstances.today) {
        events.push(RequestEvent::Verified {});
    }
    Ok(events)
}

/// The paperwork of an emergency, after the request was taken up without it.
pub(super) fn instrument_arrived(
    request: &Handled,
    found: (&BTreeSet<RuleId>, Verdict),
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let finding = finding(request, Aspect::Instrument, found, circumstances)?;
    if matches!(finding.verdict, Verdict::Owed { .. }) {
        return Err(Refusal::OwedAlready);
    }
    // Rule 2: what a decision rests on is found by none of the two who make it.
    if request.deciders().contains(&finding.by) {
        return Err(Refusal::DeciderVerifies);
    }
    Ok(vec![RequestEvent::InstrumentArrived { finding }])
}

/// A finding by the rules on what it rests on.
fn finding(
    request: &Handled,
    aspect: Aspect,
    (checked, verdict): (&BTreeSet<RuleId>, Verdict),
    circumstances: Circumstances<'_>,
) -> Result<Finding, Refusal> {
    let Circumstances { today, company, .. } = circumstances;
    let by = circumstances.person()?;
    let rule = company.rules.get(&aspect).ok_or(Refusal::NoRule)?;
    let Rule { id, elements, state, .. } = rule;
    // Rule 8.
    if *state == RuleState::Draft {
        return Err(Refusal::DraftRule(id.clone()));
    }
    if let Some(element) = checked.difference(elements).next() {
        return Err(Refusal::ElementUnknown(element.clone()));
    }
    let stands = matches!(verdict, Verdict::Stands | Verdict::StandsFor { .. });
    if let (true, Some(element)) = (stands, elements.difference(checked).next()) {
        return Err(Refusal::ElementMissing(element.clone()));
    }
    let Registration { category, urgency, country, .. } = request.registration;
    if let (Aspect::Instrument, Verdict::Stands | Verdict::Owed { .. }) = (aspect, verdict)
        && !company.law.countries.include(country)
    {
        return Err(Refusal::IssuedElsewhere(country));
    }
    match (verdict, aspect) {
        // Rule 1: in an emergency the instrument may be owed by a date.
        (Verdict::Owed { until, .. }, Aspect::Instrument) if urgency == Urgency::Emergency => {
            may_be_owed(request, rule, (checked, until), today)?;
        }
        (Verdict::Owed { .. }, _) => return Err(Refusal::OnlyAnEmergencyOwes),
        (Verdict::StandsFor { .. }, Aspect::Officer | Aspect::Instrument) => {
            return Err(Refusal::TransferBasisElsewhere);
        }
        (Verdict::Stands, Aspect::Scope) if category == Category::UserData => {
            return Err(Refusal::TransferBasisMissing);
        }
        (Verdict::DoesNotStand { defects }, _) if defects.is_empty() => {
            return Err(Refusal::DefectMissing);
        }
        (Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. }, _) => {}
    }
    let verification = match (aspect, stands) {
        // Rule 1: the officer is real, and it was found out how.
        (Aspect::Officer, true) => Some(circumstances.verified_officer()?),
        (Aspect::Officer | Aspect::Instrument | Aspect::Scope, _) => None,
    };
    Ok(Finding { by, rule: id.clone(), checked: checked.clone(), verdict, verification })
}

/// What may follow is what the law lets follow, by a day that is set once.
fn may_be_owed(
    request: &Handled,
    rule: &Rule,
    (checked, until): (&BTreeSet<RuleId>, Date),
    today: Date,
) -> Result<(), Refusal> {
    if rule.may_follow.is_empty() {
        return Err(Refusal::NothingMayFollow);
    }
    let mut at_once = rule.elements.difference(&rule.may_follow);
    if let Some(element) = at_once.find(|element| !checked.contains(*element)) {
        return Err(Refusal::MayNotFollow(element.clone()));
    }
    if until < today {
        return Err(Refusal::Date("what is owed is owed by a day to come"));
    }
    match request.findings.owed_first() {
        Some(before) if before < until => Err(Refusal::OwedAlready),
        Some(_) | None => Ok(()),
    }
}
