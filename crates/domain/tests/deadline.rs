//! How the law counts time: tables of days that can be counted by hand, and what holds of all.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::deadline::{
    Clock, Due, Extension, LastDay, OnClarification, Owed, OwnTime, RuleOf, Start, Stop, Time,
};
use domain::event::RequestEvent;
use domain::fact::{Ground, Urgency};
use domain::holidays::{Calendar, Holidays, Written};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::{Instrument, RuleId};
use domain::request::{
    Aspect, Circumstances, Command, Company, Confirmed, Handled, Outcome, Preservation, Refusal,
    Registration, Request, Rule, RuleState, Verdict, decide, evolve,
};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

fn n(amount: u16) -> NonZeroU16 {
    NonZeroU16::new(amount).expect("not 0")
}

/// Germany at the end of 2026, as far as these tests need it.
fn german() -> Calendar {
    let off = ["2026-12-25", "2026-12-26", "2027-01-01"]
        .map(|on| json!({ "on": on, "name": "day off", "source": "invented" }));
    let file = json!({ "country": "DE", "years": [2026, 2027], "holiday": off });
    let written: Written = serde_json::from_value(file).expect("every key is known");
    Holidays::new(&[written]).expect("no faults").of(Country::from_code("DE"))
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn clock(time: Time) -> Clock {
    Clock {
        time,
        rule: RuleOf::Law,
        start: Start::Receipt,
        clarification: OnClarification::Stops,
        last_day: LastDay::AsItFalls,
        extension: Extension::NotSaid,
        calendar: german(),
        zone: TimeZone::UTC,
        received_at: moment("2026-12-18T06:30:00Z"),
        now: moment("2026-12-18T06:30:00Z"),
    }
}

fn to_working_day(time: Time) -> Clock {
    Clock { last_day: LastDay::WorkingDay, ..clock(time) }
}

#[test]
fn periods_end_on_the_day_that_can_be_counted_by_hand() {
    use Time::{BusinessDays, Days, Months};
    let friday = date(2026, 12, 18);
    for (clock, from, ends) in [
        (clock(Days(n(10))), friday, date(2026, 12, 28)),
        // The 10th day is Boxing Day, a Saturday, and the next working day is Monday.
        (clock(Days(n(10))), date(2026, 12, 16), date(2026, 12, 26)),
        (to_working_day(Days(n(10))), date(2026, 12, 16), date(2026, 12, 28)),
        // A holiday on a weekday: the 25th, then a weekend.
        (to_working_day(Days(n(7))), friday, date(2026, 12, 28)),
        (to_working_day(Days(n(14))), friday, date(2027, 1, 4)),
        // Mon to Thu are four, Mon to Thu again eight, then New Year is no day of work.
        (clock(BusinessDays(n(4))), friday, date(2026, 12, 24)),
        (clock(BusinessDays(n(5))), friday, date(2026, 12, 28)),
        (clock(BusinessDays(n(9))), friday, date(2027, 1, 4)),
        // The day on which it begins is not counted, whatever day it is.
        (clock(BusinessDays(n(1))), date(2026, 12, 19), date(2026, 12, 21)),
        (clock(Months(n(1))), date(2026, 1, 31), date(2026, 2, 28)),
        (clock(Months(n(2))), friday, date(2027, 2, 18)),
        (to_working_day(Months(n(1))), date(2026, 12, 2), date(2027, 1, 4)),
    ] {
        let counted = (clock.time, clock.last_day, from);
        assert_eq!(clock.ends(from, &[]), ends, "{counted:?}");
    }
}

#[test]
fn hours_end_at_the_minute_in_the_log_s_zone() {
    let berlin = TimeZone::get("Europe/Berlin").expect("known");
    let clock = Clock { zone: berlin, ..clock(Time::Hours(n(8))) };
    let due = clock.from_receipt(date(2026, 12, 18)).expect("it runs");
    let at = Some(moment("2026-12-18T14:30:00Z"));
    assert_eq!(due, Due { on: date(2026, 12, 18), at });
    assert!(!due.is_over(due.on, moment("2026-12-18T14:29:59Z")));
    assert!(due.is_over(due.on, moment("2026-12-18T14:30:00Z")));
    let late = Clock { received_at: moment("2026-12-18T20:00:00Z"), ..clock };
    let due = late.from_receipt(date(2026, 12, 18)).expect("it runs");
    assert_eq!(due.on, date(2026, 12, 19), "the next day in Berlin");
}

#[test]
fn a_year_without_holidays_is_named() {
    let in_days = to_working_day(Time::Days(n(10)));
    assert_eq!(in_days.years_unknown(date(2027, 12, 20), date(2028, 1, 3)), [2028]);
    assert!(in_days.years_unknown(date(2026, 12, 20), date(2027, 1, 3)).is_empty());
    // What no day off changes needs none.
    let plain = clock(Time::Days(n(10)));
    assert!(plain.years_unknown(date(2030, 1, 1), date(2030, 1, 11)).is_empty());
    assert_eq!(in_days.ends(date(2027, 12, 22), &[]), date(2028, 1, 3), "1 January is a Saturday");
}

#[test]
fn each_fault_of_a_file_of_holidays_is_told() {
    let file = |country: &str, years: &[i16], on: &str, source: &str| -> Written {
        let holiday = json!([{ "on": on, "name": "day off", "source": source }]);
        let file = json!({ "country": country, "years": years, "holiday": holiday });
        serde_json::from_value(file).expect("every key is known")
    };
    for (files, told) in [
        (vec![file("de", &[2026], "2026-01-01", "law")], "`de` is no country’s code; write one"),
        (vec![file("DE", &[], "2026-01-01", "law")], "no year is named"),
        (vec![file("DE", &[2026], "2027-01-01", "law")], "2027-01-01 is in none of the years"),
        (vec![file("DE", &[2026], "1 May", "law")], "`1 May` is no day; write one such as"),
        (vec![file("DE", &[2026], "2026-01-01", "")], "`source` of 2026-01-01 is empty"),
        (
            vec![
                file("DE", &[2026], "2026-01-01", "law"),
                file("DE", &[2027], "2027-01-01", "law"),
            ],
            "another file has the holidays of Germany; leave one",
        ),
    ] {
        let faults = Holidays::new(&files).expect_err(told);
        assert!(faults[0].to_string().contains(told), "{faults:?}");
    }
}

/// A request for registration data under an instrument whose profile has this clock.
struct Office {
    company: Company,
    request: Request,
    today: Date,
}

impl Office {
    fn new(clock: Clock) -> Self {
        let element = RuleId::new("order.seal").expect("a code");
        let rule = Rule {
            id: RuleId::new("order.instrument").expect("a code"),
            elements: BTreeSet::from([element]),
            may_follow: BTreeSet::new(),
            state: RuleState::Confirmed,
        };
        let company = Company {
            rules: [(Aspect::Instrument, rule)].into(),
            clock: Some(clock),
            ..Company::default()
        };
        Self { company, request: Request::Absent, today: date(2026, 12, 18) }
    }

    fn registers(&mut self, due_on: Option<Date>, demand: Demand) -> Vec<RequestEvent> {
        let registration = Registration {
            submission: SubmissionId(Uuid::from_u128(1)),
            ordinal: 1,
            received_on: self.today,
            country: Country::from_code("FR").expect("a country"),
            authority: AuthorityId(Uuid::from_u128(2)),
            officer: OfficerId(Uuid::from_u128(3)),
            category: Category::UserData,
            instrument: Instrument::new("order").expect("a code"),
            demands: DemandSet::from_iter([demand]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            due_on,
        };
        self.does(Command::Register { registration }).expect("it is registered")
    }

    fn does(&mut self, command: Command) -> Result<Vec<RequestEvent>, Refusal> {
        let by = Actor::Person(PersonId(Uuid::from_u128(4)));
        let circumstances = Circumstances { by, today: self.today, company: &self.company };
        let events = decide(&self.request, &command, circumstances)?;
        for event in &events {
            self.request = evolve(std::mem::take(&mut self.request), event).expect("it follows");
        }
        Ok(events)
    }

    fn now(&mut self, text: &str) {
        let now = moment(text);
        self.today = now.to_zoned(TimeZone::UTC).date();
        self.company.clock.as_mut().expect("a clock").now = now;
    }

    fn handled(&self) -> &Handled {
        match &self.request {
            Request::Handled(handled) => handled,
            Request::Absent | Request::Historic(_) => panic!("registered"),
        }
    }

    fn asks(&mut self) {
        self.does(Command::BeginVerification).ok();
        let answer_due_on = self.today.saturating_add(5.days());
        self.does(Command::AskClarification { answer_due_on }).expect("it is asked");
    }
}

#[test]
fn eight_hours_are_due_at_their_hour_and_a_question_stops_them() {
    let mut office = Office::new(clock(Time::Hours(n(8))));
    let events = office.registers(Some(date(2026, 12, 18)), Demand::Registration);
    assert_eq!(events.len(), 2, "{events:?}");
    let due = |office: &Office| office.handled().due_at.expect("hours").to_string();
    assert_eq!(due(&office), "2026-12-18T14:30:00Z");
    office.now("2026-12-18T10:00:00Z");
    office.asks();
    let owed = office.handled().deadlines();
    assert_eq!(owed, [(Owed::Clarification, Due { on: date(2026, 12, 23), at: None })]);
    office.now("2026-12-18T21:00:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(due(&office), "2026-12-19T01:30:00Z", "eleven hours later");
    assert_eq!(office.handled().due_on, Some(date(2026, 12, 19)));
    // A person who names a day names no hour.
    office.does(Command::ExtendDeadline { due_on: date(2026, 12, 22) }).expect("it is put off");
    assert_eq!(office.handled().due_at, None);
}

#[test]
fn a_question_moves_the_end_and_its_last_day_is_looked_at_anew() {
    let mut office = Office::new(to_working_day(Time::Days(n(10))));
    // To 28 December, a Monday.
    office.registers(Some(date(2026, 12, 28)), Demand::Registration);
    office.now("2026-12-21T09:00:00Z");
    office.asks();
    office.now("2026-12-24T09:00:00Z");
    let events = office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(events.len(), 1, "three days later is a Thursday: {events:?}");
    assert_eq!(office.handled().due_on, Some(date(2026, 12, 31)));
    office.asks();
    office.now("2026-12-25T09:00:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(office.handled().due_on, Some(date(2027, 1, 4)), "1 January is a day off");
    office.asks();
    office.now("2026-12-26T09:00:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    // Fifteen days from the 18th, and not one from the 4th.
    assert_eq!(office.handled().due_on, Some(date(2027, 1, 4)));
}

#[test]
fn a_date_that_a_person_set_stays_theirs() {
    let mut office = Office::new(to_working_day(Time::Days(n(10))));
    office.registers(Some(date(2026, 12, 23)), Demand::Registration);
    office.asks();
    office.now("2026-12-20T09:00:00Z");
    let events = office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(events.len(), 1);
    assert_eq!(office.handled().due_on, Some(date(2026, 12, 25)), "a day off, as it falls");
}

#[test]
fn where_the_law_says_so_the_clock_begins_anew_with_the_answer() {
    let resets = Clock { clarification: OnClarification::Resets, ..clock(Time::Days(n(10))) };
    let mut office = Office::new(resets);
    office.registers(Some(date(2026, 12, 28)), Demand::Registration);
    office.asks();
    office.now("2026-12-22T09:00:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(office.handled().due_on, Some(date(2027, 1, 1)));
    assert_eq!(office.handled().counting.from, date(2026, 12, 22));
    office.asks();
    office.now("2026-12-23T09:00:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(office.handled().due_on, Some(date(2027, 1, 2)));
}

#[test]
fn a_clock_that_waits_for_a_complete_instrument_starts_once() {
    let complete = Clock { start: Start::Complete, ..clock(Time::BusinessDays(n(5))) };
    let mut office = Office::new(complete);
    assert_eq!(office.registers(None, Demand::Registration).len(), 1);
    assert!(office.handled().deadlines().is_empty(), "nothing is due yet");
    office.does(Command::BeginVerification).expect("it begins");
    office.now("2026-12-22T09:00:00Z");
    let found = Command::RecordFinding {
        aspect: Aspect::Instrument,
        checked: BTreeSet::from([RuleId::new("order.seal").expect("a code")]),
        verdict: Verdict::Stands,
    };
    office.does(found.clone()).expect("it is found");
    assert_eq!(office.handled().due_on, Some(date(2026, 12, 30)));
    office.now("2026-12-23T09:00:00Z");
    office.does(found).expect("it is found again");
    assert_eq!(office.handled().due_on, Some(date(2026, 12, 30)), "it started before");
}

#[test]
fn a_deadline_is_put_off_as_far_as_the_profile_lets_it() {
    let end = date(2026, 12, 28);
    for (extension, ok, refused) in [
        (Extension::NotSaid, Some(date(2027, 6, 1)), None),
        (Extension::Never, None, Some((date(2026, 12, 29), end))),
        (
            Extension::By(Time::Days(n(30))),
            Some(date(2027, 1, 27)),
            Some((date(2027, 1, 28), date(2027, 1, 27))),
        ),
    ] {
        let mut office = Office::new(Clock { extension, ..clock(Time::Days(n(10))) });
        office.registers(Some(end), Demand::Registration);
        if let Some((due_on, latest)) = refused {
            let refusal = office.does(Command::ExtendDeadline { due_on });
            assert_eq!(refusal, Err(Refusal::ExtensionTooLong(latest)), "{extension:?}");
        }
        if let Some(due_on) = ok {
            office.does(Command::ExtendDeadline { due_on }).expect("it is put off");
        }
    }
}

#[test]
fn what_is_preserved_is_kept_until_a_day_that_is_known() {
    let mut office = Office::new(clock(Time::Days(n(10))));
    office.company.keeping = Some(to_working_day(Time::Days(n(60))));
    office.registers(None, Demand::Preservation);
    let until = Due { on: date(2027, 2, 16), at: None };
    assert_eq!(office.handled().deadlines(), [(Owed::Preservation, until)]);
    office.does(Command::Withdraw).expect("it is taken back");
    assert!(office.handled().deadlines().is_empty());
}

#[test]
fn nothing_is_received_later_than_now() {
    let mut office = Office::new(Clock {
        received_at: moment("2026-12-18T07:00:00Z"),
        ..clock(Time::Hours(n(8)))
    });
    let registration = Registration {
        submission: SubmissionId(Uuid::from_u128(1)),
        ordinal: 1,
        received_on: office.today,
        country: Country::from_code("FR").expect("a country"),
        authority: AuthorityId(Uuid::from_u128(2)),
        officer: OfficerId(Uuid::from_u128(3)),
        category: Category::UserData,
        instrument: Instrument::new("order").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Emergency,
        accounts_specified: None,
        due_on: Some(office.today),
    };
    let refused = office.does(Command::Register { registration });
    assert!(matches!(refused, Err(Refusal::Date(_))), "{refused:?}");
}

fn times() -> impl Strategy<Value = Time> {
    (0..3_u8, 1..90_u16).prop_map(|(unit, amount)| match unit {
        0 => Time::Days(n(amount)),
        1 => Time::BusinessDays(n(amount)),
        _ => Time::Months(n(amount.div_ceil(10))),
    })
}

fn clocks() -> impl Strategy<Value = Clock> {
    let holidays = proptest::collection::vec(0..400_i64, 0..30);
    (times(), any::<bool>(), holidays).prop_map(|(time, moves, holidays)| {
        let day = |days: i64| START.saturating_add(days.days());
        let calendar = holidays.into_iter().map(day).fold(Calendar::default(), Calendar::with);
        let last_day = if moves { LastDay::WorkingDay } else { LastDay::AsItFalls };
        Clock { calendar, last_day, ..clock(time) }
    })
}

const START: Date = date(2026, 1, 1);

/// Questions one after the other, none of them open at once.
fn stops() -> impl Strategy<Value = Vec<Stop>> {
    proptest::collection::vec((0..20_i64, 0..15_i64), 0..4).prop_map(|steps| {
        let mut day = START;
        let mut stops = Vec::new();
        for (wait, stood) in steps {
            let from = day.saturating_add(wait.days());
            day = from.saturating_add(stood.days());
            stops.push(Stop { from, to: day });
        }
        stops
    })
}

proptest! {
    #[test]
    fn a_later_start_never_ends_earlier(
        clock in clocks(), stops in stops(), day in 0..60_i64, later in 0..60_i64,
    ) {
        let start = START.saturating_add(day.days());
        let later = start.saturating_add(later.days());
        // A question comes after the clock has started.
        let since = (later - START).get_days().days();
        let stops: Vec<_> = stops
            .into_iter()
            .map(|Stop { from, to }| Stop {
                from: from.saturating_add(since),
                to: to.saturating_add(since),
            })
            .collect();
        let end = clock.ends(start, &stops);
        prop_assert!(end > start);
        prop_assert!(clock.ends(later, &stops) >= end);
    }

    #[test]
    fn a_holiday_never_makes_it_earlier(
        clock in clocks(), stops in stops(), day in 0..60_i64, holiday in 0..400_i64,
    ) {
        let start = START.saturating_add(day.days());
        let calendar = clock.calendar.clone().with(START.saturating_add(holiday.days()));
        let more = Clock { calendar, ..clock.clone() };
        prop_assert!(more.ends(start, &stops) >= clock.ends(start, &stops));
    }

    #[test]
    fn a_stop_of_n_days_moves_calendar_days_by_n(
        amount in 5..90_u16, asked in 0..5_i64, days in 0..40_i64,
    ) {
        let clock = clock(Time::Days(n(amount)));
        let from = START.saturating_add(asked.days());
        let stop = Stop { from, to: from.saturating_add(days.days()) };
        let moved = clock.ends(START, &[]).saturating_add(days.days());
        prop_assert_eq!(clock.ends(START, &[stop]), moved);
    }

    /// Who looks for all that is over asks from when it began, and finds what they would find by
    /// counting for each.
    #[test]
    fn what_is_over_is_told_from_when_it_began(
        clock in clocks(), hours in proptest::option::of(1..500_u16),
        zone in prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("America/New_York")],
        began in 0..40_000_000_000_000_i64, looked in 0..40_000_000_000_000_i64,
    ) {
        let time = hours.map_or(clock.time, |hours| Time::Hours(n(hours)));
        let zone = TimeZone::get(zone).expect("a zone");
        let at = |micros: i64| {
            let start = START.to_zoned(TimeZone::UTC).expect("a moment").timestamp();
            start.saturating_add(jiff::SignedDuration::from_micros(micros)).expect("in time")
        };
        let (began, looked) = (at(began), at(looked));
        let clock = Clock { time, zone: zone.clone(), received_at: began, ..clock };
        let day = looked.to_zoned(zone.clone()).date();
        let due = clock.from_receipt(began.to_zoned(zone).date()).expect("it runs");
        let ends_by = match due.at {
            Some(at) => at <= looked,
            None => due.on <= day,
        };
        prop_assert_eq!(began <= clock.begun_by(day, looked), ends_by);
    }

    #[test]
    fn a_time_is_read_as_it_was_written(unit in 0..4_u8, amount in 1..u16::MAX) {
        let time = match unit {
            0 => Time::Hours(n(amount)),
            1 => Time::Days(n(amount)),
            2 => Time::BusinessDays(n(amount)),
            _ => Time::Months(n(amount)),
        };
        prop_assert_eq!(time.to_string().parse(), Ok(time));
        prop_assert_eq!(time.to_string().parse(), Ok(OwnTime::Within(time)));
    }

    #[test]
    fn a_stop_never_takes_time_away(clock in clocks(), stops in stops()) {
        let whole = clock.ends(START, &stops);
        for upto in 0..stops.len() {
            prop_assert!(clock.ends(START, &stops[..upto]) <= whole);
        }
    }

    #[test]
    fn what_ends_on_a_working_day_ends_on_one(clock in clocks(), stops in stops(), day in 0..60_i64) {
        let end = clock.ends(START.saturating_add(day.days()), &stops);
        let must = clock.last_day == LastDay::WorkingDay
            || matches!(clock.time, Time::BusinessDays(_));
        prop_assert!(!must || clock.calendar.is_working(end));
    }
}

#[test]
fn what_is_no_time_is_refused() {
    assert_eq!("none".parse(), Ok(OwnTime::NoneSet));
    for text in ["", "8", "8 weeks", "0 hours", "-1 days", "1.5 days", "70000 days", "hours"] {
        assert!(text.parse::<Time>().is_err() && text.parse::<OwnTime>().is_err(), "{text}");
    }
}

/// No law dates it, so the company does: the event says so, a person may name another day, and a
/// question stops the hours all the same.
#[test]
fn what_the_company_gives_itself_is_told_as_that() {
    let own = || Clock { rule: RuleOf::Company, ..clock(Time::Hours(n(8))) };
    let mut office = Office::new(own());
    let events = office.registers(Some(date(2026, 12, 18)), Demand::Registration);
    let told = events.iter().filter_map(|event| match event {
        RequestEvent::DeadlineCounted { rule, due_at, .. } => Some((*rule, due_at.is_some())),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(RuleOf::Company, true)]);
    assert_eq!(office.handled().due_by, RuleOf::Company);
    office.asks();
    office.now("2026-12-18T08:30:00Z");
    office.does(Command::AnswerClarification).expect("it is answered");
    assert_eq!(office.handled().due_at, Some(moment("2026-12-18T16:30:00Z")));
    assert_eq!(office.handled().due_by, RuleOf::Company);
    office.does(Command::ExtendDeadline { due_on: date(2027, 6, 1) }).expect("no law limits it");
    assert_eq!(office.handled().due_by, RuleOf::Law, "a person answers for it");

    // Days are told as the company's too, and a later day is a person's to give.
    let days = || Clock { rule: RuleOf::Company, ..clock(Time::BusinessDays(n(3))) };
    let mut office = Office::new(days());
    assert_eq!(office.registers(Some(date(2026, 12, 23)), Demand::Registration).len(), 2);
    assert_eq!(office.handled().due_by, RuleOf::Company);
    let mut office = Office::new(days());
    assert_eq!(office.registers(Some(date(2027, 1, 30)), Demand::Registration).len(), 1);
    assert_eq!(office.handled().due_by, RuleOf::Law);
}

#[test]
fn what_is_preserved_is_made_longer_once_ends_by_its_day_and_goes_with_the_request() {
    let placed = |longer| {
        let mut office = Office::new(clock(Time::Days(n(10))));
        office.company.keeping = Some(to_working_day(Time::Days(n(60))));
        office.company.keeping_longer = longer;
        office.registers(None, Demand::Preservation);
        let refused = office.does(Command::ExtendPreservation { until: date(2027, 3, 1) });
        assert_eq!(refused, Err(Refusal::NotNow("not placed")));
        let other = office.does(Command::PlacePreservation { until: Some(date(2027, 1, 1)) });
        assert!(matches!(other, Err(Refusal::Date(_))), "{other:?}");
        office.does(Command::PlacePreservation { until: None }).expect("it is placed");
        assert_eq!(
            office.does(Command::PlacePreservation { until: None }),
            Err(Refusal::NotNow("placed"))
        );
        office
    };
    let longer = Some(to_working_day(Time::Days(n(30))));

    let mut office = placed(longer.clone());
    let late = office.does(Command::ExtendPreservation { until: date(2027, 3, 19) });
    assert_eq!(late, Err(Refusal::ExtensionTooLong(date(2027, 3, 18))));
    office.does(Command::ExtendPreservation { until: date(2027, 3, 18) }).expect("thirty days");
    let until = Due { on: date(2027, 3, 18), at: None };
    assert_eq!(office.handled().deadlines(), [(Owed::Preservation, until)]);
    let again = office.does(Command::ExtendPreservation { until: date(2027, 3, 19) });
    assert!(matches!(again, Err(Refusal::NotNow(_))), "{again:?}");
    assert!(matches!(office.does(Command::LapsePreservation), Err(Refusal::Date(_))));
    office.today = date(2027, 3, 19);
    office.does(Command::LapsePreservation).expect("its day is over");
    assert!(office.handled().deadlines().is_empty());
    assert!(office.does(Command::ReleasePreservation).is_err(), "nothing is kept");

    // Where no law says for how long, a person's word holds.
    let mut office = placed(None);
    office.does(Command::ExtendPreservation { until: date(2028, 1, 1) }).expect("as asked");
    let by = RequestId(Uuid::from_u128(9));
    office.does(Command::FollowPreservation { by }).expect("a request follows");
    office.today = date(2028, 2, 1);
    assert!(office.does(Command::LapsePreservation).is_err(), "it is kept for the other request");
    office.does(Command::Withdraw).expect("it is taken back");
    assert_eq!(office.handled().preservation, Preservation::Released);
}

/// What was made longer was made longer, whatever became of it since: a rejection lets it go, and
/// after an appeal it is kept again for no longer than the law allows.
#[test]
fn what_was_made_longer_once_is_not_made_longer_again_after_an_appeal() {
    let extended_then = |last: &[RequestEvent]| {
        let mut office = Office::new(clock(Time::Days(n(10))));
        office.company.keeping = Some(to_working_day(Time::Days(n(60))));
        office.company.keeping_longer = Some(to_working_day(Time::Days(n(30))));
        office.registers(None, Demand::Preservation);
        office.does(Command::PlacePreservation { until: None }).expect("it is placed");
        let until = date(2027, 3, 18);
        office.does(Command::ExtendPreservation { until }).expect("thirty days");
        for event in last {
            let request = std::mem::take(&mut office.request);
            office.request = evolve(request, event).expect("it follows");
        }
        office
    };
    let released = [
        RequestEvent::Decided {
            outcome: Outcome::Rejected { ground: Ground::NoData },
            decided_on: date(2026, 12, 20),
            confirmed: Confirmed::ByRule,
            inventory: None,
        },
        RequestEvent::PreservationReleased {},
        RequestEvent::Closed {},
        RequestEvent::Appealed { accounts_disclosed: None },
    ];
    let followed = [RequestEvent::PreservationFollowed { by: RequestId(Uuid::from_u128(9)) }];
    for before in [&released[..], &[&followed[..], &released[..]].concat()[..]] {
        let mut office = extended_then(before);
        office.does(Command::PlacePreservation { until: None }).expect("it is open again");
        assert_eq!(office.handled().kept_until, Some(date(2027, 3, 18)));
        let again = office.does(Command::ExtendPreservation { until: date(2027, 3, 19) });
        assert_eq!(again, Err(Refusal::NotNow("extended already, which the law allows once")));
    }
}
