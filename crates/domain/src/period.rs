//! The span of days that an edition reports.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A span of days, both ends included. Written `2020`, `2021-H1`, `2021-Q2` or
/// `2021-01-15/2021-03-31`; a span that is a year, half or quarter is written as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    first: Date,
    last: Date,
}

/// The text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodFault {
    #[error("`{0}` is no period: write 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30")]
    Form(String),
    #[error("`{0}` ends before it begins")]
    Backwards(String),
}

/// How long a period is, in the words that a reader compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Months(u32),
    Days(u32),
}

impl Period {
    /// `None` where `last` lies before `first`.
    pub fn new(first: Date, last: Date) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The calendar year.
    pub fn year(year: i16) -> Self {
        Self::months_of(year, 1, 12)
    }

    /// The half-year, 1 or 2.
    pub fn half(year: i16, half: i8) -> Self {
        Self::months_of(year, half * 6 - 5, 6)
    }

    /// The quarter, 1 to 4.
    pub fn quarter(year: i16, quarter: i8) -> Self {
        Self::months_of(year, quarter * 3 - 2, 3)
    }

    fn months_of(year: i16, month: i8, months: i8) -> Self {
        let first = Date::constant(year, month, 1);
        let last = Date::constant(year, month + months - 1, 1).last_of_month();
        Self { first, last }
    }

    pub fn first(&self) -> Date {
        self.first
    }

    pub fn last(&self) -> Date {
        self.last
    }

    pub fn contains(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }

    /// Whole months where the period begins on a first and ends on a last day of a month.
    pub fn length(&self) -> Length {
        let whole = self.first.day() == 1 && self.last == self.last.last_of_month();
        if whole {
            let years = i32::from(self.last.year()) - i32::from(self.first.year());
            let months = i32::from(self.last.month()) - i32::from(self.first.month());
            Length::Months((years * 12 + months + 1).unsigned_abs())
        } else {
            Length::Days(self.days())
        }
    }

    pub fn days(&self) -> u32 {
        (self.last - self.first).get_days().unsigned_abs() + 1
    }

    /// The same period as a folder of the site: a span has `_` for `/`.
    pub fn slug(&self) -> String {
        self.to_string().replace('/', "_")
    }

    /// The period of a folder of the site.
    pub fn from_slug(slug: &str) -> Result<Self, PeriodFault> {
        slug.replace('_', "/").parse()
    }

    /// The period in words: "2020", "January to June 2021", "15 January to 31 March 2021".
    pub fn label(&self) -> String {
        let (first, last) = (self.first, self.last);
        if *self == Self::year(first.year()) {
            return first.year().to_string();
        }
        match (self.length(), first.year() == last.year()) {
            (Length::Months(1), _) => first.strftime("%B %Y").to_string(),
            (Length::Months(_), true) => {
                format!("{} to {}", first.strftime("%B"), last.strftime("%B %Y"))
            }
            (Length::Months(_), false) => {
                format!("{} to {}", first.strftime("%B %Y"), last.strftime("%B %Y"))
            }
            (Length::Days(1), _) => first.strftime("%-d %B %Y").to_string(),
            (Length::Days(_), true) => {
                format!("{} to {}", first.strftime("%-d %B"), last.strftime("%-d %B %Y"))
            }
            (Length::Days(_), false) => {
                format!("{} to {}", first.strftime("%-d %B %Y"), last.strftime("%-d %B %Y"))
            }
        }
    }

    /// The first and the last day in words: "1 January to 31 December 2020".
    pub fn days_label(&self) -> String {
        let from = if self.first.year() == self.last.year() { "%-d %B" } else { "%-d %B %Y" };
        format!("{} to {}", self.first.strftime(from), self.last.strftime("%-d %B %Y"))
    }

    /// The period of the same kind that follows: the next year, half, quarter, or as many months
    /// or days.
    pub fn next(&self) -> Self {
        let first = self.last.saturating_add(1.day());
        let end = match self.length() {
            Length::Months(months) => first.saturating_add(i64::from(months).months()),
            Length::Days(days) => first.saturating_add(i64::from(days).days()),
        };
        Self { first, last: end.saturating_sub(1.day()) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.first.year();
        if *self == Self::year(year) {
            return write!(f, "{year:04}");
        }
        if let Some(half) = (1..=2).find(|half| *self == Self::half(year, *half)) {
            return write!(f, "{year:04}-H{half}");
        }
        if let Some(quarter) = (1..=4).find(|quarter| *self == Self::quarter(year, *quarter)) {
            return write!(f, "{year:04}-Q{quarter}");
        }
        write!(f, "{}/{}", self.first, self.last)
    }
}

impl FromStr for Period {
    type Err = PeriodFault;

    fn from_str(text: &str) -> Result<Self, PeriodFault> {
        let form = || PeriodFault::Form(text.to_owned());
        if let Some((first, last)) = text.split_once('/') {
            let first = first.parse().map_err(|_| form())?;
            let last = last.parse().map_err(|_| form())?;
            return Self::new(first, last).ok_or_else(|| PeriodFault::Backwards(text.to_owned()));
        }
        let (year, part) = text.split_once('-').unwrap_or((text, ""));
        if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return Err(form());
        }
        let year: i16 = year.parse().map_err(|_| form())?;
        match part {
            "" if !text.ends_with('-') => Ok(Self::year(year)),
            "H1" => Ok(Self::half(year, 1)),
            "H2" => Ok(Self::half(year, 2)),
            "Q1" => Ok(Self::quarter(year, 1)),
            "Q2" => Ok(Self::quarter(year, 2)),
            "Q3" => Ok(Self::quarter(year, 3)),
            "Q4" => Ok(Self::quarter(year, 4)),
            _ => Err(form()),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodFault;

    fn try_from(text: String) -> Result<Self, PeriodFault> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, canonical: &str, label: &str, length: Length) {
        let period: Period = text.parse().expect(text);
        assert_eq!(period.to_string(), canonical);
        assert_eq!(period.label(), label);
        assert_eq!(period.length(), length);
        assert_eq!(Period::from_slug(&period.slug()), Ok(period));
    }

    #[test]
    fn a_period_is_read_and_written() {
        check("2020", "2020", "2020", Length::Months(12));
        check("2021-H1", "2021-H1", "January to June 2021", Length::Months(6));
        check("2021-01-01/2021-06-30", "2021-H1", "January to June 2021", Length::Months(6));
        check("2021-Q2", "2021-Q2", "April to June 2021", Length::Months(3));
        check("2021-02-01/2021-02-28", "2021-02-01/2021-02-28", "February 2021", Length::Months(1));
        check(
            "2020-12-31/2021-01-15",
            "2020-12-31/2021-01-15",
            "31 December 2020 to 15 January 2021",
            Length::Days(16),
        );
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["", "20", "2020-", "2020-H3", "2020-h1", "+020", "2020/2021", "2020-01-01/x"] {
            assert_eq!(text.parse::<Period>(), Err(PeriodFault::Form(text.to_owned())), "{text}");
        }
        let backwards = "2021-06-30/2021-01-01";
        assert_eq!(backwards.parse::<Period>(), Err(PeriodFault::Backwards(backwards.to_owned())));
    }

    #[test]
    fn the_next_period_is_of_the_same_kind() {
        for (period, next) in [("2020", "2021"), ("2020-H2", "2021-H1"), ("2021-Q2", "2021-Q3")] {
            assert_eq!(period.parse::<Period>().map(|p| p.next().to_string()), Ok(next.to_owned()));
        }
    }
}
