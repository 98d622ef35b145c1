//! How the law counts time: when a period begins, what stops it, and on which day it ends.
//!
//! A [`Clock`] is the rule of one instrument's profile with what it needs to count: the public
//! holidays of the country whose days off count, the log's time zone, and the present. Everything
//! here is pure. Where the law leaves it open, the earlier end is told: nobody learns of a deadline
//! by missing it (the mission's rule 7).

mod clock;
mod time;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::category::{UnknownCode, find};
use crate::event::RequestEvent;
use crate::request::{Handled, Outcome, Stage};

pub use clock::Clock;
pub use time::{NoTime, OwnTime, Time};

/// Whose rule counts a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOf {
    /// The law's; or the day is one that a person gave, who answers for it.
    #[default]
    Law,
    /// The company's own, for what no law dates. Nobody outside may hold it against the company,
    /// and it may be put off without a law's leave.
    Company,
}

impl RuleOf {
    pub(crate) fn is_law(&self) -> bool {
        match self {
            Self::Law => true,
            Self::Company => false,
        }
    }
}

/// What sets the clock going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    #[default]
    Receipt,
    /// The instrument was found to be valid: nothing is due before.
    Complete,
}

impl Start {
    pub const ALL: [Self; 2] = [Self::Receipt, Self::Complete];

    /// The code used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Complete => "complete",
        }
    }
}

/// What a question to the officer does to the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnClarification {
    /// It stands still until the answer, and goes on.
    #[default]
    Stops,
    /// It begins anew with the answer.
    Resets,
}

impl OnClarification {
    pub const ALL: [Self; 2] = [Self::Stops, Self::Resets];

    pub fn code(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::Resets => "resets",
        }
    }
}

/// What becomes of a period whose last day is a Saturday, a Sunday or a public holiday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LastDay {
    /// It ends on that day.
    #[default]
    AsItFalls,
    /// It ends with the next working day.
    WorkingDay,
}

impl LastDay {
    pub const ALL: [Self; 2] = [Self::AsItFalls, Self::WorkingDay];

    pub fn code(self) -> &'static str {
        match self {
            Self::AsItFalls => "as_it_falls",
            Self::WorkingDay => "working_day",
        }
    }
}

/// Whose public holidays count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HolidaysOf {
    /// Of the country where the company acts, which the settings name.
    Company,
    /// Of the country whose authority asks.
    Authority,
}

impl HolidaysOf {
    pub const ALL: [Self; 2] = [Self::Company, Self::Authority];

    pub fn code(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Authority => "authority",
        }
    }
}

/// Whether the end can be put off, and by how much in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extension {
    /// The profile does not say it: whoever puts it off answers for it, with a reason.
    #[default]
    NotSaid,
    Never,
    By(Time),
}

/// When something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Its last day, in the log's time zone.
    pub on: Date,
    /// Where the law counts in hours, the moment; else it is due until the day is over.
    pub at: Option<Timestamp>,
}

impl Due {
    /// Whether it has passed, on this day at this moment.
    pub fn is_over(self, today: Date, now: Timestamp) -> bool {
        match self.at {
            Some(at) => at <= now,
            None => self.on < today,
        }
    }
}

/// Which of a request's periods was counted by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    Answer,
    Preservation,
}

/// Days on which a clock stood still: those after `from` up to and including `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub from: Date,
    pub to: Date,
}

/// From when the time to answer of a request is counted, and what stopped it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    pub from: Date,
    pub stops: Vec<Stop>,
    /// Where hours are counted, the moment at which the question went out that is open.
    pub stopped_at: Option<Timestamp>,
}

/// What is owed by a day or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owed {
    /// The company answers.
    Answer,
    /// The officer answers a question; meanwhile the company's own time stands still.
    Clarification,
    /// The paperwork of an emergency comes.
    Paperwork,
    /// What is preserved is kept so long.
    Preservation,
}

impl Owed {
    pub const ALL: [Self; 4] =
        [Self::Answer, Self::Clarification, Self::Paperwork, Self::Preservation];

    /// The code used in the database and in filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Clarification => "clarification",
            Self::Paperwork => "paperwork",
            Self::Preservation => "preservation",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

impl Handled {
    /// When an answer is due, whether or not the clock stands still.
    pub fn due(&self) -> Option<Due> {
        self.due_on.map(|on| Due { on, at: self.due_at })
    }

    /// Everything that is due about the request now, at most one of each kind.
    pub fn deadlines(&self) -> Vec<(Owed, Due)> {
        let on = |on| Due { on, at: None };
        let mut deadlines = Vec::new();
        match &self.stage {
            Stage::Received
            | Stage::InVerification
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Challenged => deadlines.extend(self.due().map(|due| (Owed::Answer, due))),
            Stage::ClarificationAsked { answer_due_on, .. } => {
                deadlines.push((Owed::Clarification, on(*answer_due_on)));
            }
            Stage::Answered | Stage::Closed => {}
            // Nobody owes anybody anything.
            Stage::Withdrawn { .. } => return Vec::new(),
        }
        deadlines.extend(self.findings.owed_until().map(|until| (Owed::Paperwork, on(until))));
        let outcome = self.decisions.last().map(|decision| decision.outcome);
        if !matches!(outcome, Some(Outcome::Rejected { .. })) {
            deadlines
                .extend(self.end_of_preservation().map(|until| (Owed::Preservation, on(until))));
        }
        deadlines
    }

    /// What a rule counts, as an event.
    pub(crate) fn counted(
        (deadline, rule): (Counted, RuleOf),
        from: Date,
        due: Due,
    ) -> RequestEvent {
        RequestEvent::DeadlineCounted { deadline, from, due_on: due.on, due_at: due.at, rule }
    }
}
