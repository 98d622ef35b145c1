//! The columns of a request, and how a cell of each is read.

use std::str::FromStr;

use domain::category::UnknownCode;
use domain::fact::Urgency;
use domain::instrument::Instrument;
use domain::{Category, Country, Demand, DemandSet, Ground};
use jiff::civil::Date;

use super::REQUEST_COLUMNS;
use super::outcome::OutcomeWord;
use crate::fault::{Trouble, shown};
use crate::mapping::date_in;
use crate::near::did_you_mean;
use crate::table::Form;

/// The longest reference and the longest name of an authority, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// The years in which a request may have been received or decided; others are typing errors.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// A column, in the order of [`REQUEST_COLUMNS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Reference,
    ReceivedOn,
    Country,
    Authority,
    Category,
    Instrument,
    Demand,
    Emergency,
    AccountsSpecified,
    AccountsDisclosed,
    Outcome,
    Ground,
    DecidedOn,
}

pub(super) const COLUMNS: [Column; REQUEST_COLUMNS.len()] = [
    Column::Reference,
    Column::ReceivedOn,
    Column::Country,
    Column::Authority,
    Column::Category,
    Column::Instrument,
    Column::Demand,
    Column::Emergency,
    Column::AccountsSpecified,
    Column::AccountsDisclosed,
    Column::Outcome,
    Column::Ground,
    Column::DecidedOn,
];

impl Column {
    pub fn index(self) -> usize {
        self as usize
    }

    pub fn name(self) -> &'static str {
        REQUEST_COLUMNS[self.index()]
    }

    /// Whether a cell of this column alone is right.
    pub fn check(self, given: &Given<'_>, date_format: Option<&str>) -> Result<(), Trouble> {
        given.checked()?;
        match self {
            Self::Reference => reference(given).map(drop),
            Self::Authority => authority(given).map(drop),
            Self::ReceivedOn => date(given, date_format).map(drop),
            Self::Country => country(given).map(drop),
            Self::Category => code::<Category>(given).map(drop),
            Self::Instrument => instrument(given).map(drop),
            Self::Demand => demands(given).map(drop),
            Self::Emergency => urgency(given).map(drop),
            Self::AccountsSpecified | Self::AccountsDisclosed => accounts(given).map(drop),
            Self::Outcome => code::<OutcomeWord>(given).map(drop),
            Self::Ground => ground(given).map(drop),
            Self::DecidedOn => optional_date(given, date_format).map(drop),
        }
    }
}

/// What a cell holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub text: &'a str,
    pub form: Form,
}

impl<'a> Given<'a> {
    /// A word of ours out of a mapping.
    pub fn own_word(text: &'a str) -> Self {
        Self { text, form: Form::Text }
    }

    /// What no cell may be, whatever its column.
    pub fn checked(&self) -> Result<(), Trouble> {
        if self.form == Form::FormulaError {
            let what = format!("the formula in this cell failed with {}", shown(self.text));
            return Err(Trouble::new(what, "mend the formula, or write the value"));
        }
        let bytes = self.text.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return Ok(()) };
        let may_have_spaces = |byte: &u8| byte.is_ascii_whitespace() || !byte.is_ascii();
        if (may_have_spaces(first) || may_have_spaces(last)) && self.text.trim() != self.text {
            let what = format!("{} begins or ends with a space", shown(self.text));
            return Err(Trouble::new(what, "remove the spaces"));
        }
        Ok(())
    }
}

fn blank(mend: impl Into<String>) -> Trouble {
    Trouble::new("the cell is blank", mend)
}

pub(super) fn reference<'a>(given: &Given<'a>) -> Result<&'a str, Trouble> {
    text(given, "write what the company calls this request, each by another name")
}

pub(super) fn authority<'a>(given: &Given<'a>) -> Result<&'a str, Trouble> {
    text(given, "write the name of the authority, or `unknown`")
}

/// A text for people: not blank, on one line, not endless.
fn text<'a>(given: &Given<'a>, mend: &str) -> Result<&'a str, Trouble> {
    let text = given.text;
    if text.is_empty() {
        return Err(blank(mend));
    }
    // Bytes are at least as many as characters, and quicker to count.
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        let what = format!("the text is longer than {TEXT_CHARS_MAX} characters");
        return Err(Trouble::new(what, "shorten it"));
    }
    let is_wrong = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_plain && text.contains(is_wrong) {
        let what = format!("{} holds a line break or a character that is none", shown(text));
        return Err(Trouble::new(what, "write it on one line; check the file's encoding"));
    }
    Ok(text)
}

/// A date as YYYY-MM-DD, or in the format of the mapping.
pub(super) fn date(given: &Given<'_>, format: Option<&str>) -> Result<Date, Trouble> {
    const MEND: &str = "write YYYY-MM-DD, such as 2021-03-04 for 4 March 2021";
    let text = given.text;
    if text.is_empty() {
        return Err(blank(MEND));
    }
    let date = match (given.form, format) {
        (Form::Time, _) => {
            let what = format!("{} holds a time of day or a duration", shown(text));
            return Err(Trouble::new(what, "keep the date alone"));
        }
        (Form::Text, Some(format)) => {
            date_in(format, text).map(Some).ok_or_else(|| format!("write it like `{format}`"))
        }
        (Form::Text | Form::Day | Form::FormulaError, _) => iso_date(text).ok_or_else(|| {
            format!("{MEND}, or say the file's form as `date_format` in a mapping file")
        }),
    };
    match date {
        Ok(Some(date)) if YEARS.contains(&date.year()) => Ok(date),
        Ok(Some(_)) => {
            let what = format!("the year of {} can't be meant", shown(text));
            Err(Trouble::new(what, MEND))
        }
        Ok(None) => {
            let what = format!("{} is no day of the calendar", shown(text));
            Err(Trouble::new(what, "correct the day"))
        }
        Err(mend) => Err(Trouble::new(format!("{} is no date", shown(text)), mend)),
    }
}

/// `None` where the text is not of the form YYYY-MM-DD; within, `None` where there is no such day.
fn iso_date(text: &str) -> Option<Option<Date>> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *bytes else { return None };
    let digits = [y0, y1, y2, y3, m0, m1, d0, d1];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [y0, y1, y2, y3, m0, m1, d0, d1] = digits.map(|digit| (digit - b'0') as i8);
    let two = |tens: i8, ones: i8| tens * 10 + ones;
    let year = i16::from(two(y0, y1)) * 100 + i16::from(two(y2, y3));
    Some(Date::new(year, two(m0, m1), two(d0, d1)).ok())
}

pub(super) fn optional_date(
    given: &Given<'_>,
    format: Option<&str>,
) -> Result<Option<Date>, Trouble> {
    if given.text.is_empty() { Ok(None) } else { date(given, format).map(Some) }
}

pub(super) fn country(given: &Given<'_>) -> Result<Country, Trouble> {
    const MEND: &str = "write an ISO 3166-1 code such as `DE` or an English name; `ZZ` is unknown";
    let text = given.text;
    if text.is_empty() {
        return Err(blank(MEND));
    }
    Country::from_text(text).ok_or_else(|| {
        let mend = did_you_mean(text, Country::all().map(Country::name), MEND);
        Trouble::new(format!("{} is no country", shown(text)), mend)
    })
}

/// A word of a closed list.
pub(super) fn code<T: FromStr<Err = UnknownCode>>(given: &Given<'_>) -> Result<T, Trouble> {
    given.text.parse().map_err(|unknown: UnknownCode| unknown_code(&unknown))
}

fn unknown_code(unknown: &UnknownCode) -> Trouble {
    let one_of = format!("write one of {}", unknown.known.join(", "));
    if unknown.given.is_empty() {
        return blank(one_of);
    }
    let mend = did_you_mean(&unknown.given, unknown.known.iter().copied(), one_of);
    let what = format!("{} is not one of {}", shown(&unknown.given), unknown.known.join(", "));
    Trouble::new(what, mend)
}

pub(super) fn instrument(given: &Given<'_>) -> Result<Instrument, Trouble> {
    if given.text.is_empty() {
        return Err(blank("write the code of the instrument, or `none`"));
    }
    Instrument::new(given.text).map_err(|_| {
        Trouble::new(
            format!("{} is no code of an instrument", shown(given.text)),
            "write up to 40 of a-z, 0-9, `_`, `-`, `.`, such as `court_order`",
        )
    })
}

/// One or more demands, `;` between them.
pub(super) fn demands(given: &Given<'_>) -> Result<DemandSet, Trouble> {
    let mut set = DemandSet::default();
    for word in given.text.split(';') {
        if word.trim() != word {
            let what = format!("{} begins or ends with a space", shown(word));
            return Err(Trouble::new(what, "remove the spaces around `;`"));
        }
        let demand: Demand = word.parse().map_err(|unknown| unknown_code(&unknown))?;
        if set.contains(demand) {
            let what = format!("`{}` stands twice in the cell", demand.code());
            return Err(Trouble::new(what, "name each demand once"));
        }
        set.insert(demand);
    }
    Ok(set)
}

pub(super) fn urgency(given: &Given<'_>) -> Result<Urgency, Trouble> {
    match given.text {
        "yes" => Ok(Urgency::Emergency),
        "no" => Ok(Urgency::Ordinary),
        text => {
            let known = vec!["yes", "no"];
            Err(unknown_code(&UnknownCode { given: text.to_owned(), known }))
        }
    }
}

/// A number of accounts; blank where it was not recorded.
pub(super) fn accounts(given: &Given<'_>) -> Result<Option<u32>, Trouble> {
    const MEND: &str = "write a whole number in digits alone, or nothing if it was not recorded";
    let text = given.text;
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.is_empty() {
        return Err(Trouble::new(format!("{} is no number", shown(text)), MEND));
    }
    if digits.len() < text.len() {
        return Err(Trouble::new(format!("{} is less than nothing", shown(text)), MEND));
    }
    text.parse().map(Some).map_err(|_| {
        Trouble::new(format!("{} is too large", shown(text)), "write at most 4294967295")
    })
}

/// `None` where the cell is blank.
pub(super) fn ground(given: &Given<'_>) -> Result<Option<Ground>, Trouble> {
    if given.text.is_empty() {
        return Ok(None);
    }
    Ground::from_code(given.text).map(Some).map_err(|unknown| unknown_code(&unknown))
}
