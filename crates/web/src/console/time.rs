//! What the console says of deadlines: how the law counts them, and what is left.

use app::HolidaysUnknown;
use domain::deadline::{Due, Extension, HolidaysOf, LastDay, OnClarification, Start};
use domain::profile::{Cited, Deadline, DeadlineKind, Duty, Source};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::page::{self, Urgency};
use super::words;

/// From so many days on something is due soon.
const SOON_DAYS: i32 = 3;
/// From so many hours on, where the law counts in hours.
const SOON_HOURS: i64 = 24;

/// The present, as pages tell time from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present<'a> {
    pub(super) today: Date,
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
}

impl super::Console {
    pub(super) fn present(&self) -> Present<'_> {
        let candor = &self.candor;
        Present { today: candor.today(), now: candor.clock.now(), zone: candor.time_zone() }
    }
}

impl Present<'_> {
    /// Until when, with how long that is.
    pub(super) fn due(self, due: Due) -> page::Due {
        let on = self.on(due);
        let (urgency, words) = match due.at {
            Some(at) => self.left_of_hours(at),
            None => {
                let days = (due.on - self.today).get_days();
                let urgency = match days {
                    ..0 => Urgency::Overdue,
                    0..=SOON_DAYS => Urgency::Soon,
                    _ => Urgency::Calm,
                };
                (urgency, left(days))
            }
        };
        page::Due { urgency, words, on }
    }

    /// "2 Oct 2026", "2 Oct 2026, 14:30"
    pub(super) fn on(self, due: Due) -> String {
        match due.at {
            Some(at) => words::moment(at, self.zone),
            None => words::day(due.on),
        }
    }

    fn left_of_hours(self, at: Timestamp) -> (Urgency, String) {
        let left = at.duration_since(self.now);
        if left <= SignedDuration::ZERO {
            return (Urgency::Overdue, format!("{} overdue", length(-left)));
        }
        let urgency = match left.as_hours() {
            ..SOON_HOURS => Urgency::Soon,
            _ => Urgency::Calm,
        };
        (urgency, format!("in {}", length(left)))
    }
}

/// "3 h 20 min", "45 min", "2 days"
fn length(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours @ 1..48, 0) => format!("{hours} h"),
        (hours @ 1..48, minutes) => format!("{hours} h {minutes} min"),
        (hours, _) => words::counted(usize::try_from(hours / 24).unwrap_or(0), "day", "days"),
    }
}

/// "in 7 days", "today", "2 days overdue"
pub(super) fn left(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        2.. => format!("in {days} days"),
        -1 => "1 day overdue".to_owned(),
        ..-1 => format!("{} days overdue", -days),
    }
}

/// A time that the law sets, with how it is counted.
pub(super) fn legal(deadline: &Deadline) -> page::LegalTime {
    page::LegalTime {
        text: format!("{}: {}", words::deadline(deadline.kind), words::time(deadline.time)),
        counted: format!("{}.", counted_from(deadline)),
        citation: deadline.citation.clone(),
        source_checked: deadline.source == Source::Verified,
        points: points(deadline),
    }
}

/// What the receipt of an instrument alone obliges to.
pub(super) fn on_receipt(duty: &Duty) -> page::LegalTime {
    page::LegalTime {
        text: "On receipt: what is asked for is preserved".to_owned(),
        counted: "Until it is handed over, the order is withdrawn, or somebody releases it."
            .to_owned(),
        citation: duty.citation.clone(),
        source_checked: duty.source == Source::Verified,
        points: Vec::new(),
    }
}

/// How the time to answer is counted, in a sentence or two.
pub(super) fn sentence(deadline: &Deadline) -> String {
    let days = match deadline.clarification() {
        OnClarification::Stops => "The time in which a question was out is not counted.",
        OnClarification::Resets => "An answer to a question begins it anew.",
    };
    let from = match deadline.start() {
        Start::Receipt => "receipt",
        Start::Complete => "the day on which the instrument was found valid",
    };
    format!("The profile says within {} of {from}. {days}", words::time(deadline.time))
}

fn counted_from(deadline: &Deadline) -> &'static str {
    match (deadline.kind, deadline.start()) {
        (DeadlineKind::Extension, _) => "Counted from the end of the time before it",
        (_, Start::Receipt) => "Counted from receipt",
        (_, Start::Complete) => "Counted from the day on which the instrument was found valid",
    }
}

/// What the profile says of how it is counted, each with its citation.
fn points(deadline: &Deadline) -> Vec<page::LegalPoint> {
    let mut points = Vec::new();
    if let Some(cited) = &deadline.start {
        points.push(point(counted_from(deadline).to_owned(), cited));
    }
    if let Some(cited) = &deadline.clarification {
        let text = match cited.says {
            OnClarification::Stops => "A question to the officer stops it until the answer",
            OnClarification::Resets => "It begins anew with the officer’s answer to a question",
        };
        points.push(point(text.to_owned(), cited));
    }
    if let Some(cited) = &deadline.last_day {
        let text = match cited.says {
            LastDay::AsItFalls => "It ends on the day on which it falls, of work or not",
            LastDay::WorkingDay => {
                "Where its last day is a Saturday, a Sunday or a public holiday, it ends with the \
                 next working day"
            }
        };
        points.push(point(text.to_owned(), cited));
    }
    if let Some(cited) = &deadline.holidays {
        let text = match cited.says {
            HolidaysOf::Company => {
                "Public holidays are those of the country where the company acts"
            }
            HolidaysOf::Authority => "Public holidays are those of the authority’s country",
        };
        points.push(point(text.to_owned(), cited));
    }
    if let Some(cited) = &deadline.extension {
        let text = match cited.says {
            Extension::NotSaid => return points,
            Extension::Never => "It can’t be put off".to_owned(),
            Extension::By(time) => format!("It can be put off by {} in all", words::time(time)),
        };
        points.push(point(text, cited));
    }
    points
}

fn point<T>(text: String, cited: &Cited<T>) -> page::LegalPoint {
    page::LegalPoint {
        text,
        citation: cited.citation.clone(),
        source_checked: cited.source == Source::Verified,
    }
}

/// "No holidays of Germany are known for 2028: weekends alone are counted."
pub(super) fn unknown(unknown: &HolidaysUnknown) -> String {
    match unknown.country {
        None => "Nobody has said in which country the company acts: weekends alone are counted, \
                 no public holidays."
            .to_owned(),
        Some(country) => {
            let years: Vec<_> = unknown.years.iter().map(i16::to_string).collect();
            let years: Vec<_> = years.iter().map(String::as_str).collect();
            format!(
                "No holidays of {} are known for {}: weekends alone are counted.",
                country.name(),
                words::list(&years)
            )
        }
    }
}
