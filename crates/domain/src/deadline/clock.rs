//! Counting, by the rule of one profile.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Due, Extension, LastDay, OnClarification, RuleOf, Start, Stop, Time};
use crate::holidays::Calendar;

/// The rule by which the time to answer one request is counted, and what it needs for that.
#[derive(Clone, Debug)]
pub struct Clock {
    pub time: Time,
    pub rule: RuleOf,
    pub start: Start,
    pub clarification: OnClarification,
    pub last_day: LastDay,
    pub extension: Extension,
    /// The working days of the country whose holidays count.
    pub calendar: Calendar,
    pub zone: TimeZone,
    /// When the request was received, for what counts in hours. Where the moment is not known, the
    /// first that it can have been.
    pub received_at: Timestamp,
    pub now: Timestamp,
}

impl Clock {
    /// When an answer is due to what was received on a day; `None` while nothing sets it going.
    pub fn from_receipt(&self, received_on: Date) -> Option<Due> {
        match self.start {
            Start::Receipt => Some(self.from(received_on, self.received_at)),
            Start::Complete => None,
        }
    }

    /// When it ends if it begins now, on this day.
    pub fn from_now(&self, today: Date) -> Due {
        self.from(today, self.now)
    }

    fn from(&self, day: Date, moment: Timestamp) -> Due {
        match self.time {
            // Exact to the minute. Regulation (EEC, Euratom) No 1182/71, Art. 3(1), would leave out
            // the hour of receipt; the earlier end is told.
            Time::Hours(hours) => {
                let hours = SignedDuration::from_hours(i64::from(hours.get()));
                self.at(moment.saturating_add(hours).unwrap_or(Timestamp::MAX))
            }
            Time::Days(_) | Time::BusinessDays(_) | Time::Months(_) => {
                Due { on: self.ends(day, &[]), at: None }
            }
        }
    }

    fn at(&self, at: Timestamp) -> Due {
        Due { on: at.to_zoned(self.zone.clone()).date(), at: Some(at) }
    }

    /// The last day of a period in days or longer that began with an event on `start`: that day is
    /// not counted, and those are not on which the clock stood still. What stopped it once it was
    /// over changes nothing. For a period in hours, the day of its last hour after the beginning of
    /// `start`, without what stopped it.
    pub fn ends(&self, start: Date, stops: &[Stop]) -> Date {
        let n = |n: std::num::NonZeroU16| i64::from(n.get());
        let end = match self.time {
            Time::Hours(hours) => start.saturating_add((n(hours) / 24).days()),
            Time::Days(days) => self.stopped(start, start.saturating_add(n(days).days()), stops),
            Time::Months(months) => {
                self.stopped(start, start.saturating_add(n(months).months()), stops)
            }
            Time::BusinessDays(days) => self.business(start, n(days), stops),
        };
        self.last(end)
    }

    fn stopped(&self, start: Date, end: Date, stops: &[Stop]) -> Date {
        stops.iter().fold(end, |end, stop| {
            if stop.from > self.last(end) {
                return end;
            }
            let days = (stop.to - stop.from.max(start)).get_days().max(0);
            end.saturating_add(days.days())
        })
    }

    fn business(&self, start: Date, mut left: i64, stops: &[Stop]) -> Date {
        let stood = |day: Date| stops.iter().any(|stop| stop.from < day && day <= stop.to);
        let mut day = start;
        while left > 0 {
            let Ok(next) = day.tomorrow() else { return day };
            day = next;
            left -= i64::from(self.calendar.is_working(day) && !stood(day));
        }
        day
    }

    /// Regulation (EEC, Euratom) No 1182/71, Art. 3(4); Fed. R. Crim. P. 45(a)(1)(C).
    fn last(&self, mut day: Date) -> Date {
        match (self.last_day, self.time) {
            (LastDay::WorkingDay, Time::Days(_) | Time::BusinessDays(_) | Time::Months(_)) => {}
            (LastDay::AsItFalls, _) | (LastDay::WorkingDay, Time::Hours(_)) => return day,
        }
        while !self.calendar.is_working(day) {
            let Ok(next) = day.tomorrow() else { return day };
            day = next;
        }
        day
    }

    /// The latest moment at which something can have been received whose time ends by `day`, where
    /// days or more are counted, or by `moment`, where hours are: so what is over, or soon will be,
    /// is told from when each thing began, without counting for each.
    pub fn begun_by(&self, day: Date, moment: Timestamp) -> Timestamp {
        let most = match self.time {
            Time::Hours(hours) => {
                let hours = SignedDuration::from_hours(i64::from(hours.get()));
                return moment.saturating_sub(hours).unwrap_or(Timestamp::MIN);
            }
            Time::Days(n) => i64::from(n.get()),
            // Not more than two in five days are weekends; holidays are never a year of days.
            Time::BusinessDays(n) => i64::from(n.get()) * 2,
            Time::Months(n) => i64::from(n.get()) * 31,
        } + 366;
        // What begins later never ends earlier. `first` ends in time, `last` begins too late.
        let (mut first, mut last) = (-most, 1);
        while last - first > 1 {
            let middle = (first + last) / 2;
            match self.ends(day.saturating_add(middle.days()), &[]) <= day {
                true => first = middle,
                false => last = middle,
            }
        }
        let next = day.saturating_add(last.days()).to_zoned(self.zone.clone());
        let next = next.map_or(Timestamp::MAX, |midnight| midnight.timestamp());
        next.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN)
    }

    /// When an answer is due after the clock stood still for a while, where hours are counted.
    pub fn later(&self, due: Timestamp, stopped_at: Timestamp) -> Due {
        let stood = self.now.duration_since(stopped_at).max(SignedDuration::ZERO);
        // What was over when the question went out stays over.
        match stopped_at < due {
            true => self.at(due.saturating_add(stood).unwrap_or(Timestamp::MAX)),
            false => self.at(due),
        }
    }

    /// The last day to which the end can be put off; `None` where the profile sets none.
    pub fn extended(&self, end: Date) -> Option<Date> {
        match self.extension {
            Extension::NotSaid => None,
            Extension::Never => Some(end),
            Extension::By(time) => Some(Self { time, ..self.clone() }.ends(end, &[])),
        }
    }

    /// Whether days off change anything in what this counts.
    pub fn looks_at_holidays(&self) -> bool {
        match (self.time, self.last_day) {
            (Time::Hours(_), _) => false,
            (Time::BusinessDays(_), _) | (_, LastDay::WorkingDay) => true,
            (Time::Days(_) | Time::Months(_), LastDay::AsItFalls) => false,
        }
    }

    /// The years from `from` to `to` whose holidays are not known, so that weekends alone count.
    pub fn years_unknown(&self, from: Date, to: Date) -> Vec<i16> {
        match self.looks_at_holidays() {
            true => (from.year()..=to.year()).filter(|year| !self.calendar.knows(*year)).collect(),
            false => Vec::new(),
        }
    }
}
