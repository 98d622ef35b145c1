//! The rules that nothing gets around, held against random sequences of commands.
//!
//! The commands go through `decide` and `evolve`; what came of them is then judged from the events
//! alone, by code that knows the rules and not their implementation.

mod commands;
mod judge;

use std::collections::BTreeSet;

use domain::Country;
use domain::authority::{Doubt, OfficerStanding};
use domain::band::{Process, Structure};
use domain::category::{Category, Demand, DemandSet};
use domain::count::{Tally, count};
use domain::event::{Event, NoteKind, RequestEvent, ReviewFinding, SubmissionEvent};
use domain::fact::{Counted, Fact, Ground, Standing, Urgency};
use domain::hold::{Hold, Holds};
use domain::id::{
    Actor, AuthorityId, HoldId, OfficerId, PersonId, Position, RequestId, Sha256Hash, SubmissionId,
    VerificationId,
};
use domain::instrument::{Instrument, RuleId};
use domain::period::Period;
use domain::request::{
    Aspect, ChallengeResult, Circumstances, Command, Company, Confirmed, Correction, Defect,
    DefectSet, Finding, HistoricOutcome, HistoricRequest, InventoryInForce, LegalBasis, Link,
    Motion, MotionKind, Outcome, Reach, Refusal, Registration, Request, Rule, RuleState, StageKind,
    Step, TransferBasis, Verdict, decide, evolve, fold,
};
use domain::submission::{
    NotARequest, Said, Submission, SubmissionRefusal, declare_not_a_request, erase, take_back,
};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use commands::{first, journey, step};
use judge::Judge;

const START: Date = date(2026, 1, 5);

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn rule(code: &str) -> RuleId {
    RuleId::new(code).expect("a code")
}

/// Counsel takes all confirmations back on the last days of each week.
fn is_draft_day(today: Date) -> bool {
    today.weekday().to_monday_one_offset() >= 6
}

/// The officer's verification expires, somebody denies the letter, and somebody verifies them anew:
/// so on most days of a month there is one, and on some there is none.
fn officer(today: Date) -> OfficerStanding {
    let until = |day| today.with().day(day).build().expect("a day of every month");
    let verification = VerificationId(Uuid::from_u128(7));
    match today.day() {
        8 => OfficerStanding::Verified { verification, valid_until: until(7) },
        14 => OfficerStanding::NotVerified(Doubt::DeniesHavingSent),
        21 => OfficerStanding::NeverVerified,
        23 => OfficerStanding::DoesNotServe,
        day => OfficerStanding::Verified { verification, valid_until: until(day) },
    }
}

/// The same, told without the type.
fn officer_is_verified(today: Date) -> bool {
    ![8, 14, 21, 23].contains(&today.day())
}

/// What a finding that stands rests on.
fn elements(aspect: Aspect) -> BTreeSet<RuleId> {
    let mut elements = BTreeSet::from([rule("element")]);
    if aspect == Aspect::Instrument {
        elements.extend(paper());
    }
    elements
}

/// Of which this may follow in an emergency.
fn paper() -> BTreeSet<RuleId> {
    BTreeSet::from([rule("paper")])
}

/// What the instrument reaches.
fn carried() -> DemandSet {
    DemandSet::from_iter([Demand::Registration, Demand::Licence, Demand::Preservation])
}

/// In the first days of a month nothing is declared.
fn inventory_of(today: Date) -> InventoryInForce {
    match today.day() {
        ..5 => InventoryInForce::NoneDeclared,
        5..16 => InventoryInForce::Declared(Position(5)),
        16.. => InventoryInForce::Declared(Position(16)),
    }
}

fn company(today: Date) -> Company {
    let state = if is_draft_day(today) { RuleState::Draft } else { RuleState::Confirmed };
    let of =
        |aspect| Rule { id: rule("rule"), elements: elements(aspect), may_follow: paper(), state };
    // In the second half of a month the company holds less.
    let held = if today.day() > 15 {
        vec![Demand::Licence]
    } else {
        vec![Demand::Registration, Demand::Licence, Demand::Content, Demand::Preservation]
    };
    Company {
        holds: held.into_iter().collect(),
        inventory: inventory_of(today),
        rules: Aspect::ALL.map(|aspect| (aspect, of(aspect))).into(),
        law: Reach { demands: Some(carried()), ..Reach::default() },
        officer: officer(today),
        // For a while nothing says how bands are told.
        bands: (today.day() != 12).then_some(Structure::ByKindOf1000),
        ..Company::default()
    }
}

fn registration(category: Category, demands: DemandSet, urgency: Urgency) -> Registration {
    Registration {
        submission: SubmissionId(Uuid::from_u128(1)),
        ordinal: 1,
        received_on: START,
        country: Country::from_code("US").expect("a country"),
        authority: AuthorityId(Uuid::from_u128(2)),
        officer: OfficerId(Uuid::from_u128(3)),
        category,
        instrument: Instrument::new("production_order").expect("a code"),
        demands,
        urgency,
        accounts_specified: Some(2),
        due_on: Some(START.saturating_add(10.days())),
    }
}

/// What says something about a request and changes nothing of it.
fn says_alone(event: &RequestEvent) -> bool {
    matches!(
        event,
        RequestEvent::DeclinationSigned { .. }
            | RequestEvent::NoteWritten { .. }
            | RequestEvent::ReviewWritten { .. }
    )
}

/// Where a request stands and how it is counted.
fn stands(request: &Request) -> Option<(Fact, StageKind)> {
    let Request::Handled(handled) = request else { return None };
    Some((handled.fact(), handled.stage.kind()))
}

/// The request after the commands that were not refused, and their events.
fn run(first: Command, steps: &[(Command, u8, i64)]) -> (Request, Vec<RequestEvent>) {
    let mut today = START;
    let mut request = Request::Absent;
    let mut events = Vec::new();
    let mut judge = Judge::default();
    for (command, who, days) in std::iter::once(&(first, 0, 0)).chain(steps) {
        today = today.saturating_add(days.days());
        let by = match command {
            Command::DiscloseOnDate => Actor::Rule,
            _ => Actor::Person(person(*who)),
        };
        let company = company(today);
        let circumstances = Circumstances { by, today, company: &company };
        for event in decide(&request, command, circumstances).unwrap_or_default() {
            judge.hear(&event, today);
            judge.hear_of_publication(&event, by, today);
            let before = says_alone(&event).then(|| stands(&request));
            request = evolve(request, &event).expect("decide makes what evolve takes");
            assert!(before.is_none_or(|before| before == stands(&request)), "{event:?} moved it");
            events.push(event);
            // Nobody alone takes a request out of the published numbers, and nothing else does.
            let fact = request.fact().expect("a request has one");
            assert_eq!(fact.counted == Counted::Withheld, judge.withheld.is_some());
            let banded = judge.banded.map(|(process, selectors)| {
                assert_eq!(fact.accounts_specified, Some(selectors));
                Counted::Banded(process)
            });
            assert_eq!(matches!(fact.counted, Counted::Banded(_)).then_some(fact.counted), banded);
            assert_eq!(fact.accounts_disclosed, judge.disclosed, "what went out stays told");
        }
    }
    (request, events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_a_rule(
        (first, steps) in prop_oneof![
            journey(),
            (first(), proptest::collection::vec(step(), 0..60)),
        ],
    ) {
        let (request, events) = run(first, &steps);
        prop_assert_eq!(fold(&events), Ok(request.clone()));

        // Rule 5: every event can be written down and read again.
        for event in &events {
            let text = serde_json::to_string(event).expect("an event is JSON");
            prop_assert_eq!(Event::from_json(&text).expect("reads back"), Event::Request(event.clone()));
        }

        // Rule 6: whatever became of it, it is one request in the count.
        if let Some(fact) = request.fact() {
            let mut tally = Tally::new(Period::year(2026));
            tally.add(&fact);
            let dataset = count(tally).expect("one request adds up");
            let outside = dataset.outside.preservation + dataset.outside.linked;
            let withheld = dataset.outside.withheld.unwrap_or_default();
            let banded = u64::from(matches!(fact.counted, Counted::Banded(_)));
            prop_assert_eq!(dataset.total.requests() + outside + withheld + banded, 1);
            if banded == 1 {
                prop_assert_eq!(dataset, count(Tally::new(Period::year(2026))).expect("nothing"));
            }
            if fact.demands.has_prohibited() {
                prop_assert_eq!(fact.standing, Standing::Rejected(Ground::Prohibited));
            }
        }
    }

    /// Who is shown as next may act, and who is shown as barred may not.
    #[test]
    fn who_is_said_to_be_next_is_not_refused_for_who_they_are((first, steps) in journey()) {
        for end in 0..=steps.len() {
            let (request, _) = run(first.clone(), &steps[..end]);
            let Request::Handled(handled) = &request else { continue };
            let Some(next) = handled.next_step() else { continue };
            let command = match next.step {
                Step::Verify | Step::Prepare | Step::Close => continue,
                Step::Propose if handled.findings.have_defect() => Command::Propose {
                    outcome: Outcome::Rejected { ground: Ground::LegalRequirements },
                },
                Step::Propose => {
                    Command::Propose { outcome: Outcome::Rejected { ground: Ground::NoData } }
                }
                Step::Confirm => Command::Confirm,
                Step::Sign => Command::SignDeclination { commitment: Sha256Hash([7; 32]) },
                Step::Screen => Command::ScreenResponse,
                Step::Release => Command::ReleaseResponse { accounts_disclosed: None },
            };
            let company = company(START);
            for who in 0..6 {
                let by = Actor::Person(person(who));
                let circumstances = Circumstances { by, today: START, company: &company };
                let refused_as_person = match decide(&request, &command, circumstances) {
                    Ok(_) => false,
                    Err(
                        Refusal::ProposerVerified
                        | Refusal::ConfirmerProposed
                        | Refusal::ConfirmerVerified
                        | Refusal::PreparerActsTwice
                        | Refusal::NotTheConfirmer,
                    ) => true,
                    // Something else keeps everybody from it.
                    Err(_) => continue,
                };
                prop_assert_eq!(next.barred.bars(person(who)), refused_as_person, "{:?}", next);
            }
        }
    }

    #[test]
    fn the_clock_stands_still_while_an_officer_is_asked(days in 1..40_i64) {
        let asked = START.saturating_add(60.days());
        let (request, _) = run(
            Command::Register {
                registration: registration(
                    Category::UserData,
                    DemandSet::from_iter([Demand::Registration]),
                    Urgency::Ordinary,
                ),
            },
            &[
                (Command::BeginVerification, 0, 0),
                (Command::AskClarification { answer_due_on: asked }, 0, 0),
                (Command::AnswerClarification, 0, days),
            ],
        );
        let Request::Handled(handled) = request else { panic!("registered") };
        prop_assert_eq!(handled.due_on, Some(START.saturating_add((10 + days).days())));
    }
}

/// The sequences above are worth something only if they reach the far ends of a request's life.
#[test]
fn random_commands_reach_approvals_releases_and_appeals() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = journey();
    let mut seen = BTreeSet::new();
    for _ in 0..1_500 {
        let (first, steps) = strategy.new_tree(&mut runner).expect("a value").current();
        seen.extend(run(first, &steps).1.iter().map(RequestEvent::kind));
    }
    for kind in [
        "verified",
        "decided",
        "response_released",
        "closed",
        "appealed",
        "reclassified",
        "challenge_resolved",
        "clarification_lapsed",
        "instrument_arrived",
        "instrument_overdue",
        "decision_reopened",
        "request_linked",
        "link_removed",
        "reclassification_returned",
        "registration_corrected",
        "correction_returned",
        "preservation_placed",
        "preservation_released",
        "withdrawn",
        "response_revoked",
        "proposal_returned",
        "deadline_extended",
        "withheld",
        "withholding_returned",
        "banded",
        "banding_returned",
        "disclosed",
        "declination_signed",
        "review_written",
    ] {
        assert!(seen.contains(kind), "no sequence reached {kind}; saw {seen:?}");
    }
}

proptest! {
    /// Whatever is said of a submission, it holds requests, or none, or waits; and only what was
    /// said is taken back.
    #[test]
    fn what_is_said_of_a_submission_is_taken_back_or_stands(
        steps in proptest::collection::vec((0..3_u8, select(NotARequest::ALL.to_vec())), 0..12),
    ) {
        let (mut requests, mut said) = (0_u16, None);
        for (step, reason) in steps {
            let submission = Submission { received_on: START, requests };
            let event = match step {
                0 => declare_not_a_request(submission, reason),
                1 => take_back(said),
                // A request is found where nothing says that there is none.
                _ => {
                    requests += u16::from(!matches!(said, Some(Said::NotARequest(_))));
                    continue;
                }
            };
            let is_none = matches!(said, Some(Said::NotARequest(_)));
            match (step, event) {
                (0, Ok(event)) => {
                    prop_assert_eq!(requests, 0, "it holds one, or that was said already");
                    said = Said::by(&event);
                    prop_assert_eq!(said, Some(Said::NotARequest(reason)));
                    requests = 1;
                }
                (0, Err(refusal)) => {
                    prop_assert!(requests > 0);
                    prop_assert_eq!(refusal, SubmissionRefusal::HoldsRequests);
                }
                (_, Ok(event)) => {
                    prop_assert!(is_none, "nothing was said");
                    said = Said::by(&event);
                    prop_assert_eq!(said, Some(Said::TakenBack));
                    requests = 0;
                }
                (_, Err(refusal)) => {
                    prop_assert!(!is_none);
                    prop_assert_eq!(refusal, SubmissionRefusal::NotDeclared);
                }
            }
        }
    }
}

/// Texts are needed until everything is finished, and not any more afterwards.
#[test]
fn only_what_is_resolved_and_finished_is_erased() {
    let received_on = date(2026, 3, 1);
    let of = |requests| Submission { received_on, requests };
    let none = Holds::new();
    let gone = Ok(SubmissionEvent::SubmissionErased { rules: None });
    assert_eq!(erase(of(0), (&[], &none), None), Err(SubmissionRefusal::Unresolved));
    assert_eq!(erase(of(1), (&[], &none), None), gone, "it holds no request");
    let hold = Hold { placed_by: Actor::OperatorCli, placed_at: Timestamp::UNIX_EPOCH };
    let held = Holds::from([(HoldId(Uuid::nil()), hold)]);
    assert_eq!(erase(of(1), (&[], &held), None), Err(SubmissionRefusal::Held));
    let history = |outcome| {
        Request::Historic(HistoricRequest {
            received_on,
            country: Country::from_code("FR").expect("a country"),
            category: Category::UserData,
            instrument: Instrument::new("none").expect("a code"),
            demands: DemandSet::from_iter([Demand::Content]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            accounts_disclosed: None,
            outcome,
        })
    };
    let done = history(HistoricOutcome::Withdrawn { withdrawn_on: received_on });
    let open = history(HistoricOutcome::Pending);
    assert_eq!(erase(of(1), (std::slice::from_ref(&done), &none), None), gone);
    assert_eq!(erase(of(2), (&[done, open], &none), None), Err(SubmissionRefusal::Unfinished));
}
