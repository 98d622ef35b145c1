//! What becomes of the paperwork of an emergency that was answered before it was there.

use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::event::RequestEvent;
use domain::fact::{Paperwork, Urgency};
use domain::id::{AuthorityId, OfficerId, PersonId, SubmissionId};
use domain::instrument::{Instrument, RuleId};
use domain::request::{
    Aspect, Defect, DefectSet, Finding, LegalBasis, Registration, Request, Verdict, evolve,
};
use jiff::civil::{Date, date};
use uuid::Uuid;

const DAY: Date = date(2026, 3, 1);
const BY: PersonId = PersonId(Uuid::from_u128(4));

fn registered(urgency: Urgency) -> RequestEvent {
    RequestEvent::RequestRegistered {
        registration: Registration {
            submission: SubmissionId(Uuid::from_u128(1)),
            ordinal: 1,
            received_on: DAY,
            country: Country::from_code("US").expect("a country"),
            authority: AuthorityId(Uuid::from_u128(2)),
            officer: OfficerId(Uuid::from_u128(3)),
            category: Category::UserData,
            instrument: Instrument::new("emergency").expect("a code"),
            demands: DemandSet::from_iter([Demand::Registration]),
            urgency,
            accounts_specified: None,
            due_on: None,
        },
    }
}

fn finding(verdict: Verdict) -> Finding {
    let rule = RuleId::new("emergency.instrument").expect("a code");
    Finding { by: BY, rule, checked: Default::default(), verdict, verification: None }
}

fn owed() -> RequestEvent {
    let verdict = Verdict::Owed { until: DAY, basis: LegalBasis::UsEmergencyDisclosure };
    RequestEvent::FindingRecorded { aspect: Aspect::Instrument, finding: finding(verdict) }
}

fn found(verdict: Verdict) -> RequestEvent {
    RequestEvent::FindingRecorded { aspect: Aspect::Instrument, finding: finding(verdict) }
}

fn came(verdict: Verdict) -> RequestEvent {
    RequestEvent::InstrumentArrived { finding: finding(verdict) }
}

const RELEASED: RequestEvent = RequestEvent::ResponseReleased { by: BY, accounts_disclosed: None };
const OVERDUE: RequestEvent = RequestEvent::InstrumentOverdue { was_due_on: DAY };
const NOTHING: Verdict = Verdict::DoesNotStand { defects: DefectSet::one(Defect::NoInstrument) };

#[track_caller]
fn check(urgency: Urgency, events: &[RequestEvent], expected: Paperwork) {
    let events = [&[registered(urgency)], events].concat();
    let request = events.iter().try_fold(Request::Absent, evolve).expect("they follow");
    let fact = request.fact().expect("is registered");
    assert_eq!(fact.paperwork, expected, "{events:?}");
}

#[test]
fn paperwork_comes_in_time_late_or_never() {
    use Paperwork::{CameInTime, CameLate, Missing, NotOwed, Owed};
    let emergency = |events: &[RequestEvent], expected| check(Urgency::Emergency, events, expected);
    emergency(&[], NotOwed);
    emergency(&[found(Verdict::Stands), RELEASED], NotOwed);
    // What was not answered was answered on nothing.
    emergency(&[owed()], NotOwed);
    emergency(&[owed(), OVERDUE], NotOwed);
    emergency(&[owed(), came(Verdict::Stands), RELEASED], NotOwed);
    emergency(&[owed(), RELEASED], Owed);
    emergency(&[owed(), RELEASED, came(Verdict::Stands)], CameInTime);
    // That it came is one thing, that it is valid another.
    let invalid = Verdict::DoesNotStand { defects: DefectSet::one(Defect::InstrumentInvalid) };
    emergency(&[owed(), RELEASED, came(invalid)], CameInTime);
    emergency(&[owed(), RELEASED, OVERDUE], Missing);
    emergency(&[owed(), RELEASED, came(NOTHING), OVERDUE], Missing);
    emergency(&[owed(), RELEASED, OVERDUE, came(Verdict::Stands)], CameLate);
    // After an appeal it is answered again: what never came stays told until it comes.
    let appealed = RequestEvent::Appealed { accounts_disclosed: None };
    let again = [owed(), RELEASED, OVERDUE, RequestEvent::Closed {}, appealed.clone()];
    emergency(&[&again[..], &[found(Verdict::Stands), RELEASED]].concat(), CameLate);
    let again = [owed(), RELEASED, came(Verdict::Stands), RequestEvent::Closed {}, appealed];
    emergency(&[&again[..], &[RELEASED]].concat(), CameInTime);
    check(Urgency::Ordinary, &[owed(), RELEASED, OVERDUE], NotOwed);
}
