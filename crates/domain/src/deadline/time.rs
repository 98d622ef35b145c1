//! Lengths of time, as a law or a company writes them.

use std::num::NonZeroU16;
use std::str::FromStr;

/// A length of time as a law writes it. A day is one of the calendar, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    Hours(NonZeroU16),
    Days(NonZeroU16),
    /// Days that are no Saturday, no Sunday and no public holiday.
    BusinessDays(NonZeroU16),
    /// To the day of the same number, or to the last of a month that has none.
    Months(NonZeroU16),
}

/// "8 hours", "1 business day"
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (n, unit) = match self {
            Self::Hours(n) => (n, "hour"),
            Self::Days(n) => (n, "day"),
            Self::BusinessDays(n) => (n, "business day"),
            Self::Months(n) => (n, "month"),
        };
        write!(f, "{n} {unit}{}", if n.get() == 1 { "" } else { "s" })
    }
}

/// The text is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no length of time: write a number from 1 on and `hours`, `days`, `business days` or \
     `months`, such as \"8 hours\" or \"1 business day\""
)]
pub struct NoTime;

impl FromStr for Time {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        let (number, unit) = text.trim().split_once(' ').ok_or(NoTime)?;
        let number: NonZeroU16 = number.parse().map_err(|_| NoTime)?;
        match unit.trim() {
            "hour" | "hours" => Ok(Self::Hours(number)),
            "day" | "days" => Ok(Self::Days(number)),
            "business day" | "business days" => Ok(Self::BusinessDays(number)),
            "month" | "months" => Ok(Self::Months(number)),
            _ => Err(NoTime),
        }
    }
}

/// A time that the company gives itself, where no law does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnTime {
    Within(Time),
    /// It gives itself none.
    NoneSet,
}

impl OwnTime {
    /// "none": it is said, since what is left out has a default.
    pub const NONE: &str = "none";

    pub fn time(self) -> Option<Time> {
        match self {
            Self::Within(time) => Some(time),
            Self::NoneSet => None,
        }
    }
}

impl std::fmt::Display for OwnTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Within(time) => time.fmt(f),
            Self::NoneSet => f.write_str(Self::NONE),
        }
    }
}

impl FromStr for OwnTime {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        match text.trim() {
            Self::NONE => Ok(Self::NoneSet),
            time => time.parse().map(Self::Within),
        }
    }
}
