//! How long what a submission says is kept, and what holds it back.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{Event, Recorded, RequestEvent, Stream, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::hold::{self, Hold, HoldRefusal, Holds};
use domain::id::{
    Actor, AuthorityId, HoldId, OfficerId, PersonId, Position, RequestId, SubmissionId,
};
use domain::instrument::Instrument;
use domain::request::{Confirmed, Outcome, Registration, Request, fold};
use domain::retention::{
    HeldBack, Months, Part, Retention, RetentionClass, RetentionRules, ended_at,
};
use domain::submission::SubmissionRefusal;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use uuid::Uuid;

const RECEIVED: Date = date(2025, 1, 10);
const ENDED: Date = date(2025, 1, 31);
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn months(n: u16) -> Months {
    Months::new(n).expect("a period")
}

fn rules(periods: &[(RetentionClass, u16)]) -> RetentionRules {
    let periods: BTreeMap<_, _> = periods.iter().map(|(of, n)| (*of, months(*n))).collect();
    RetentionRules { months: periods, appeal_days: None }
}

fn registered(category: Category, demand: Demand) -> RequestEvent {
    RequestEvent::RequestRegistered {
        registration: Registration {
            submission: SubmissionId(Uuid::from_u128(1)),
            ordinal: 1,
            received_on: RECEIVED,
            country: Country::from_code("FR").expect("a country"),
            authority: AuthorityId(Uuid::from_u128(2)),
            officer: OfficerId(Uuid::from_u128(3)),
            category,
            instrument: Instrument::new("production_order").expect("a code"),
            demands: DemandSet::from_iter([demand]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            due_on: None,
        },
    }
}

fn decided(outcome: Outcome) -> RequestEvent {
    RequestEvent::Decided {
        outcome,
        decided_on: ENDED,
        confirmed: Confirmed::ByRule,
        inventory: None,
    }
}

fn rejected(ground: Ground) -> RequestEvent {
    decided(Outcome::Rejected { ground })
}

fn part(events: &[RequestEvent]) -> Part {
    let request = fold(events).expect("they follow");
    let ended_on = request.is_finished().then_some(ENDED);
    Part::Request { request, ended_on }
}

fn closed(ground: Ground) -> Part {
    part(&[
        registered(Category::UserData, Demand::Registration),
        rejected(ground),
        RequestEvent::Closed {},
    ])
}

const NO_DATA: RetentionClass =
    RetentionClass::Request(Category::UserData, domain::retention::Ending::NoData);
const APPROVED: RetentionClass =
    RetentionClass::Request(Category::UserData, domain::retention::Ending::Approved);

fn held(since: Date, by: &[HeldBack]) -> Retention {
    Retention::HeldBack { since, by: by.iter().copied().collect() }
}

#[test]
fn each_ending_has_a_period_of_its_own() {
    let of = |events: &[RequestEvent]| part(events).class().map(RetentionClass::code);
    let user_data = registered(Category::UserData, Demand::Registration);
    let expertise = registered(Category::TechnicalExpertise, Demand::Indicators);
    let close = RequestEvent::Closed {};
    let granted = DemandSet::from_iter([Demand::Registration]);
    let approve = decided(Outcome::Approved { granted, ground: None });
    for (events, class) in [
        (vec![user_data.clone(), approve, close.clone()], "user_data_approved"),
        (vec![user_data.clone(), rejected(Ground::NoData), close.clone()], "user_data_no_data"),
        (
            vec![expertise, rejected(Ground::LegalRequirements), close],
            "technical_expertise_legal_requirements",
        ),
        (
            vec![
                user_data.clone(),
                RequestEvent::Withdrawn { withdrawn_on: ENDED, accounts_disclosed: None },
            ],
            "user_data_withdrawn",
        ),
    ] {
        assert_eq!(of(&events), Some(class));
    }
    assert_eq!(of(&[user_data.clone(), rejected(Ground::NoData)]), None, "it is not closed");
    assert_eq!(of(&[user_data]), None);
    for class in RetentionClass::ALL {
        assert_eq!(RetentionClass::from_code(class.code()), Ok(class));
    }
    let labels: BTreeSet<_> = RetentionClass::ALL.map(RetentionClass::label).into();
    assert_eq!(labels.len(), RetentionClass::ALL.len());
}

/// A period ends on the same day of a later month, or on the last one of a shorter month.
#[test]
fn a_period_is_over_on_its_day_and_not_before() {
    let twelve = rules(&[(NO_DATA, 13)]);
    let parts = [closed(Ground::NoData)];
    let judged = |today| twelve.judge(&parts, &Holds::new(), today);
    assert_eq!(judged(date(2026, 2, 27)), Retention::Kept);
    let since = date(2026, 2, 28);
    assert_eq!(judged(since), Retention::Due { since });
    assert_eq!(judged(date(2030, 1, 1)), Retention::Due { since });
    let declared_on = ENDED;
    let of_none = rules(&[(RetentionClass::NotARequest, 1)]);
    let parts = [Part::NotARequest { declared_on }];
    let since = date(2025, 2, 28);
    assert_eq!(of_none.judge(&parts, &Holds::new(), since), Retention::Due { since });
    assert_eq!(RetentionRules::default().judge(&parts, &Holds::new(), since), Retention::Kept);
    for (n, is_period) in [(0, false), (1, true), (1_200, true), (1_201, false)] {
        assert_eq!(Months::new(n).is_some(), is_period, "{n}");
        assert_eq!(serde_json::from_str::<Months>(&n.to_string()).is_ok(), is_period, "{n}");
    }
}

#[test]
fn what_is_not_to_go_yet_holds_back_all_that_came_with_it() {
    let today = date(2026, 3, 1);
    let over = date(2025, 2, 28);
    let one = rules(&[(NO_DATA, 1), (APPROVED, 36)]);
    let open = part(&[registered(Category::UserData, Demand::Registration)]);
    let rejected_one = closed(Ground::NoData);
    let judged = |rules: &RetentionRules, parts: &[Part]| rules.judge(parts, &Holds::new(), today);
    let both = [rejected_one.clone(), open];
    assert_eq!(judged(&one, &both), held(over, &[HeldBack::Unfinished]));
    let granted = DemandSet::from_iter([Demand::Registration]);
    let approved = part(&[
        registered(Category::UserData, Demand::Registration),
        decided(Outcome::Approved { granted, ground: None }),
        RequestEvent::Closed {},
    ]);
    let both = [rejected_one.clone(), approved];
    let until = date(2028, 1, 31);
    assert_eq!(judged(&one, &both), held(over, &[HeldBack::OtherPeriod { until }]));
    let no_period = rules(&[(NO_DATA, 1)]);
    assert_eq!(judged(&no_period, &both), held(over, &[HeldBack::NoPeriod(APPROVED)]));
    // What it asked to preserve is kept still.
    let until = Some(date(2026, 3, 1));
    let preserving = |last: &[RequestEvent]| {
        let first = [
            registered(Category::UserData, Demand::Preservation),
            RequestEvent::PreservationPlaced { kept_until: until },
            rejected(Ground::NoData),
            RequestEvent::Closed {},
        ];
        part(&[&first, last].concat())
    };
    let expected = held(over, &[HeldBack::Preserving { until }]);
    assert_eq!(judged(&one, &[preserving(&[])]), expected);
    let lapsed = preserving(&[RequestEvent::PreservationLapsed {}]);
    assert_eq!(judged(&one, std::slice::from_ref(&lapsed)), Retention::Due { since: over });
    // Nor does anybody erase it by hand.
    let erased = |part: Part| {
        let Part::Request { request, .. } = part else { unreachable!("it is a request") };
        let submission = domain::submission::Submission { received_on: RECEIVED, requests: 1 };
        domain::submission::erase(submission, (&[request], &Holds::new()), None)
    };
    let refused = erased(preserving(&[])).expect_err("it is kept");
    assert_eq!(refused, SubmissionRefusal::Preserving { ordinal: 1, until });
    let words = "what request 1 of this submission asked to preserve is kept until 2026-03-01: \
                 release the preservation, or wait until it is over, before the submission is \
                 erased";
    assert_eq!(refused.to_string(), words);
    assert_eq!(erased(lapsed), Ok(SubmissionEvent::SubmissionErased { rules: None }));
    // What is withheld has to be counted again first, and needs its key for that.
    let by = person(1);
    let withheld = part(&[
        registered(Category::UserData, Demand::Registration),
        rejected(Ground::NoData),
        RequestEvent::Closed {},
        RequestEvent::Withheld { proposed_by: by, confirmed_by: person(2), until: None },
    ]);
    assert_eq!(judged(&one, &[withheld]), held(over, &[HeldBack::Withheld]));
}

#[test]
fn an_appeal_can_come_until_its_time_is_over() {
    let days = NonZeroU16::new(90);
    let one = RetentionRules { appeal_days: days, ..rules(&[(NO_DATA, 1)]) };
    let (over, until) = (date(2025, 2, 28), ENDED.saturating_add(90.days()));
    let closed_one = [closed(Ground::NoData)];
    let judged = |today| one.judge(&closed_one, &Holds::new(), today);
    assert_eq!(judged(until), held(over, &[HeldBack::Appealable { until }]));
    assert_eq!(judged(until.saturating_add(1.day())), Retention::Due { since: over });
    // Nobody appeals what they took back.
    let withdrawn =
        RetentionClass::Request(Category::UserData, domain::retention::Ending::Withdrawn);
    let of_withdrawn = RetentionRules { appeal_days: days, ..rules(&[(withdrawn, 1)]) };
    let parts = [part(&[
        registered(Category::UserData, Demand::Registration),
        RequestEvent::Withdrawn { withdrawn_on: ENDED, accounts_disclosed: None },
    ])];
    assert_eq!(of_withdrawn.judge(&parts, &Holds::new(), over), Retention::Due { since: over });
}

fn recorded(n: i64, event: impl Into<Event>) -> Recorded {
    Recorded {
        position: Position(n),
        at: NOW + (n * 3600).seconds(),
        actor: Actor::Person(person(1)),
        stream: Stream::Request(RequestId(Uuid::from_u128(9))),
        event: event.into(),
    }
}

/// An appeal begins it anew; what is written after the end does not.
#[test]
fn a_period_begins_when_nobody_acts_any_more() {
    let events = [
        registered(Category::UserData, Demand::Registration),
        rejected(Ground::NoData),
        RequestEvent::Closed {},
        RequestEvent::RequestAssigned { to: None },
        RequestEvent::Appealed { accounts_disclosed: None },
        rejected(Ground::NoData),
        RequestEvent::Closed {},
        RequestEvent::RequestAssigned { to: None },
    ];
    let recorded: Vec<_> = (1..).zip(events).map(|(n, event)| recorded(n, event)).collect();
    let ended = |n: usize| ended_at(&recorded[..n]).expect("they follow");
    let expected = [None, None, Some(3), Some(3), None, None, Some(7), Some(7)];
    for (n, at) in (1..).zip(expected) {
        assert_eq!(ended(n), at.map(|n: i64| NOW + (n * 3600).seconds()), "after {n}");
    }
    assert_eq!(ended_at(&[]).expect("nothing follows"), None);
}

#[test]
fn nobody_lifts_the_hold_that_they_placed() {
    let hold = HoldId(Uuid::from_u128(5));
    let placed = hold::place(&Holds::new(), hold).expect("places");
    assert_eq!(placed, SubmissionEvent::LegalHoldPlaced { hold });
    let holds = hold::evolve(Holds::new(), &recorded(1, placed));
    let expected = Hold { placed_by: Actor::Person(person(1)), placed_at: NOW + 3600.seconds() };
    assert_eq!(holds, Holds::from([(hold, expected)]));
    assert_eq!(hold::lift(&holds, hold, person(1)), Err(HoldRefusal::SamePerson));
    let other = HoldId(Uuid::from_u128(6));
    assert_eq!(hold::lift(&holds, other, person(2)), Err(HoldRefusal::NotThere));
    let lifted = hold::lift(&holds, hold, person(2)).expect("lifts");
    assert_eq!(hold::evolve(holds.clone(), &recorded(2, lifted)), Holds::new());
    let many = (0..hold::HOLDS_MAX as u128).map(|n| (HoldId(Uuid::from_u128(n)), expected));
    assert_eq!(hold::place(&many.collect(), other), Err(HoldRefusal::TooMany));
}

fn ground() -> impl Strategy<Value = Ground> {
    proptest::sample::select(vec![Ground::NoData, Ground::LegalRequirements])
}

proptest! {
    /// Whatever came together: nothing goes while a hold stands, while a part of it is open, or
    /// before the period of each of its parts is over; and what goes is refused by no rule.
    #[test]
    fn nothing_goes_before_its_time(
        parts in proptest::collection::vec((ground(), any::<bool>()), 1..4),
        periods in proptest::collection::vec(proptest::option::of(1_u16..40), 2),
        is_held in any::<bool>(),
        days in 0_i32..1_500,
    ) {
        let classes = [NO_DATA, RetentionClass::Request(
            Category::UserData, domain::retention::Ending::LegalRequirements)];
        let declared: Vec<_> = classes.into_iter().zip(&periods)
            .filter_map(|(class, n)| Some((class, (*n)?))).collect();
        let declared = rules(&declared);
        let hold = Hold { placed_by: Actor::OperatorCli, placed_at: NOW };
        let holds: Holds = is_held.then_some((HoldId(Uuid::nil()), hold)).into_iter().collect();
        let made: Vec<_> = parts.iter().map(|(ground, is_open)| match is_open {
            true => part(&[registered(Category::UserData, Demand::Registration)]),
            false => closed(*ground),
        }).collect();
        let today = ENDED.saturating_add(days.days());
        if let Retention::Due { since } = declared.judge(&made, &holds, today) {
            prop_assert!(!is_held && since <= today);
            for ((ground, is_open), part) in parts.iter().zip(&made) {
                prop_assert!(!is_open);
                let class = if *ground == Ground::NoData { classes[0] } else { classes[1] };
                prop_assert_eq!(part.class(), Some(class));
                prop_assert!(declared.months[&class].after(ENDED) <= today);
            }
            let requests: Vec<Request> = made.iter().map(|part| match part {
                Part::Request { request, .. } => request.clone(),
                Part::NotARequest { .. } => Request::Absent,
            }).collect();
            let submission = domain::submission::Submission {
                received_on: RECEIVED,
                requests: requests.len() as u16,
            };
            prop_assert!(domain::submission::erase(submission, (&requests, &holds), None).is_ok());
        }
    }
}
