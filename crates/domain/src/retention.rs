//! How long what a submission says is kept, once nobody acts on its requests any more, and what
//! holds it back.
//!
//! No law sets these periods for a company, so there is none by default: the company declares each
//! with its reason (GDPR Art. 5(1)(e): no longer than is necessary for the purposes; Art. 24, 30:
//! the controller says so). **A submission is kept or erased as a whole**, since it has one key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU16;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::category::{Category, UnknownCode, find};
use crate::event::{Event, Recorded};
use crate::fact::{Ground, Standing};
use crate::hold::Holds;
use crate::request::{Inconsistent, Publication, Request, Stage, evolve};

/// What a period is declared for: what something that arrived turned out to be, and what became of
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RetentionClass {
    Request(Category, Ending),
    /// A submission that was declared to hold no request.
    NotARequest,
}

/// What became of a request, as far as it decides how long its texts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// In full or in part.
    Approved,
    NoData,
    LegalRequirements,
    Prohibited,
    Withdrawn,
}

impl Ending {
    /// How it stands in the sum.
    pub fn standings(self) -> &'static [Standing] {
        match self {
            Self::Approved => &[Standing::Approved, Standing::ApprovedInPart],
            Self::NoData => &[Standing::Rejected(Ground::NoData)],
            Self::LegalRequirements => &[Standing::Rejected(Ground::LegalRequirements)],
            Self::Prohibited => &[Standing::Rejected(Ground::Prohibited)],
            Self::Withdrawn => &[Standing::Withdrawn],
        }
    }

    fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Approved | Standing::ApprovedInPart => Some(Self::Approved),
            Standing::Rejected(Ground::NoData) => Some(Self::NoData),
            Standing::Rejected(Ground::LegalRequirements) => Some(Self::LegalRequirements),
            Standing::Rejected(Ground::Prohibited) => Some(Self::Prohibited),
            Standing::Withdrawn => Some(Self::Withdrawn),
            // Open has not ended; a ground that is not stated is history, which has no period.
            Standing::Open | Standing::Rejected(Ground::NotStated) => None,
        }
    }
}

use Category::{TechnicalExpertise, UserData};
use Ending::{Approved, LegalRequirements, NoData, Prohibited, Withdrawn};

impl RetentionClass {
    pub const ALL: [Self; 11] = [
        Self::Request(UserData, Approved),
        Self::Request(UserData, NoData),
        Self::Request(UserData, LegalRequirements),
        Self::Request(UserData, Prohibited),
        Self::Request(UserData, Withdrawn),
        Self::Request(TechnicalExpertise, Approved),
        Self::Request(TechnicalExpertise, NoData),
        Self::Request(TechnicalExpertise, LegalRequirements),
        Self::Request(TechnicalExpertise, Prohibited),
        Self::Request(TechnicalExpertise, Withdrawn),
        Self::NotARequest,
    ];

    /// `None` where it has not ended.
    pub fn of(category: Category, standing: Standing) -> Option<Self> {
        Ending::of(standing).map(|ending| Self::Request(category, ending))
    }

    /// The code used in events and forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Request(UserData, Approved) => "user_data_approved",
            Self::Request(UserData, NoData) => "user_data_no_data",
            Self::Request(UserData, LegalRequirements) => "user_data_legal_requirements",
            Self::Request(UserData, Prohibited) => "user_data_prohibited",
            Self::Request(UserData, Withdrawn) => "user_data_withdrawn",
            Self::Request(TechnicalExpertise, Approved) => "technical_expertise_approved",
            Self::Request(TechnicalExpertise, NoData) => "technical_expertise_no_data",
            Self::Request(TechnicalExpertise, LegalRequirements) => {
                "technical_expertise_legal_requirements"
            }
            Self::Request(TechnicalExpertise, Prohibited) => "technical_expertise_prohibited",
            Self::Request(TechnicalExpertise, Withdrawn) => "technical_expertise_withdrawn",
            Self::NotARequest => "not_a_request",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }

    /// The name that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Request(UserData, Approved) => "user data, approved",
            Self::Request(UserData, NoData) => "user data, rejected: no data found",
            Self::Request(UserData, LegalRequirements) => {
                "user data, rejected: legal requirements not met"
            }
            Self::Request(UserData, Prohibited) => "user data, rejected: prohibited",
            Self::Request(UserData, Withdrawn) => "user data, withdrawn",
            Self::Request(TechnicalExpertise, Approved) => "technical expertise, approved",
            Self::Request(TechnicalExpertise, NoData) => {
                "technical expertise, rejected: no data found"
            }
            Self::Request(TechnicalExpertise, LegalRequirements) => {
                "technical expertise, rejected: legal requirements not met"
            }
            Self::Request(TechnicalExpertise, Prohibited) => {
                "technical expertise, rejected: prohibited"
            }
            Self::Request(TechnicalExpertise, Withdrawn) => "technical expertise, withdrawn",
            Self::NotARequest => "not a request",
        }
    }
}

impl TryFrom<String> for RetentionClass {
    type Error = UnknownCode;

    fn try_from(code: String) -> Result<Self, UnknownCode> {
        Self::from_code(&code)
    }
}

impl From<RetentionClass> for String {
    fn from(class: RetentionClass) -> Self {
        class.code().to_owned()
    }
}

/// How long something is kept: whole months, 1 to 1,200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Months(NonZeroU16);

impl Months {
    /// A hundred years.
    pub const MAX: u16 = 1_200;

    pub fn new(months: u16) -> Option<Self> {
        NonZeroU16::new(months).filter(|months| months.get() <= Self::MAX).map(Self)
    }

    pub fn get(self) -> u16 {
        self.0.get()
    }

    /// The day on which so many months after another are over: the same day of that month, or its
    /// last one.
    pub fn after(self, day: Date) -> Date {
        day.saturating_add(i32::from(self.get()).months())
    }
}

impl TryFrom<u16> for Months {
    type Error = &'static str;

    fn try_from(months: u16) -> Result<Self, Self::Error> {
        Self::new(months).ok_or("a period has 1 to 1200 months")
    }
}

impl From<Months> for u16 {
    fn from(months: Months) -> Self {
        months.get()
    }
}

/// What the company declared. What has no period is kept until somebody erases it by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRules {
    pub months: BTreeMap<RetentionClass, Months>,
    /// For so many days after it was closed an authority may still appeal a decision: nothing is
    /// erased before, however short its period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_days: Option<NonZeroU16>,
}

/// What a submission turned out to hold: itself, or one of its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It holds no request, and was declared so on this day.
    NotARequest { declared_on: Date },
    /// `ended_on` is the day since which nobody acts on it, where that is so.
    Request { request: Request, ended_on: Option<Date> },
}

impl Part {
    /// `None` where it has not ended, and for what was imported.
    pub fn class(&self) -> Option<RetentionClass> {
        match self {
            Self::NotARequest { .. } => Some(RetentionClass::NotARequest),
            Self::Request { request: Request::Handled(handled), ended_on: Some(_) } => {
                let fact = handled.fact();
                RetentionClass::of(fact.category, fact.standing)
            }
            Self::Request { .. } => None,
        }
    }

    /// The day since which nobody acts on it.
    pub fn ended_on(&self) -> Option<Date> {
        match self {
            Self::NotARequest { declared_on } => Some(*declared_on),
            Self::Request { ended_on, .. } => *ended_on,
        }
    }
}

/// Whether a submission is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retention {
    /// No period of it is over.
    Kept,
    /// A period was over on this day, and this holds it back all the same.
    HeldBack { since: Date, by: BTreeSet<HeldBack> },
    /// All its periods are over; the last one since this day.
    Due { since: Date },
}

/// Why something stays whose period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldBack {
    /// Somebody placed a hold, for a dispute or an inquiry.
    LegalHold,
    /// Another request of the same submission is not finished.
    Unfinished,
    /// The period of another request of the same submission runs until this day.
    OtherPeriod { until: Date },
    /// Nothing is declared for another request of the same submission.
    NoPeriod(RetentionClass),
    /// The authority may appeal until this day is over.
    Appealable { until: Date },
    /// What it asked to preserve is kept: until this day is over, or until somebody releases it.
    Preserving { until: Option<Date> },
    /// It is not in the published numbers yet: to put it back, its key is needed.
    Withheld,
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LegalHold => f.write_str("a legal hold stands"),
            Self::Unfinished => f.write_str("a request of it is not finished"),
            Self::OtherPeriod { until } => {
                write!(f, "the period of another request of it runs until {until}")
            }
            Self::NoPeriod(class) => write!(f, "no period is declared for {}", class.label()),
            Self::Appealable { until } => write!(f, "the authority may appeal until {until}"),
            Self::Preserving { until: Some(until) } => {
                write!(f, "what it asked to preserve is kept until {until}")
            }
            Self::Preserving { until: None } => {
                f.write_str("what it asked to preserve is kept until somebody releases it")
            }
            Self::Withheld => f.write_str("it is withheld from the published numbers"),
        }
    }
}

impl RetentionRules {
    /// Whether a submission that holds these parts is to go.
    pub fn judge(&self, parts: &[Part], holds: &Holds, today: Date) -> Retention {
        let ends: Vec<_> = parts.iter().map(|part| (part, self.ends(part))).collect();
        let is_over = |end: &Option<Date>| end.is_some_and(|end| end <= today);
        let over = || ends.iter().filter_map(|(_, end)| end.filter(|end| *end <= today));
        let (Some(first), Some(last)) = (over().min(), over().max()) else {
            return Retention::Kept;
        };
        let mut by = BTreeSet::new();
        if !holds.is_empty() {
            by.insert(HeldBack::LegalHold);
        }
        for (part, end) in &ends {
            if !is_over(end) {
                by.insert(match (end, part.class()) {
                    (Some(until), _) => HeldBack::OtherPeriod { until: *until },
                    (None, Some(class)) => HeldBack::NoPeriod(class),
                    (None, None) => HeldBack::Unfinished,
                });
            }
            by.extend(self.held_back_by_itself(part, today));
        }
        match by.is_empty() {
            true => Retention::Due { since: last },
            false => Retention::HeldBack { since: first, by },
        }
    }

    /// The day on which all periods of a submission are over; `None` where a part has none.
    pub fn over_on(&self, parts: &[Part]) -> Option<Date> {
        let ends: Option<Vec<_>> = parts.iter().map(|part| self.ends(part)).collect();
        ends?.into_iter().max()
    }

    /// The day on which the period of a part is over.
    fn ends(&self, part: &Part) -> Option<Date> {
        let months = self.months.get(&part.class()?)?;
        part.ended_on().map(|day| months.after(day))
    }

    fn held_back_by_itself(&self, part: &Part, today: Date) -> Vec<HeldBack> {
        let Part::Request { request: Request::Handled(handled), ended_on } = part else {
            return Vec::new();
        };
        let mut by = Vec::new();
        let may_appeal = matches!(handled.stage, Stage::Closed) && !handled.is_prohibited();
        if let (true, Some(days), Some(day)) = (may_appeal, self.appeal_days, ended_on) {
            let until = day.saturating_add(i32::from(days.get()).days());
            by.extend((today <= until).then_some(HeldBack::Appealable { until }));
        }
        if handled.is_preserving() {
            by.push(HeldBack::Preserving { until: handled.kept_until });
        }
        match handled.publication {
            Publication::Withheld { .. } => by.push(HeldBack::Withheld),
            // What is told in a band stays in it without its texts.
            Publication::Counted | Publication::Banded { .. } => {}
        }
        by
    }
}

/// The moment since which nobody acts on the request that these events made; `None` where somebody
/// does, or where there is none.
pub fn ended_at(events: &[Recorded]) -> Result<Option<Timestamp>, Inconsistent> {
    let (mut request, mut ended) = (Request::Absent, None);
    for recorded in events {
        let Event::Request(event) = &recorded.event else {
            let (event, state) = (recorded.event.kind(), "another’s");
            return Err(Inconsistent { event, state });
        };
        request = evolve(request, event)?;
        ended = match request.is_finished() {
            true => ended.or(Some(recorded.at)),
            false => None,
        };
    }
    Ok(ended)
}
