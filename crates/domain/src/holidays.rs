//! Public holidays, as data: `holidays/*.toml`, described in `docs/profiles.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::country::Country;
use crate::profile::{Fault, Step};

/// The file of one country as it is written, before it is checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    country: String,
    years: Vec<i16>,
    holiday: Vec<WrittenDay>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenDay {
    on: String,
    name: String,
    source: String,
}

impl Written {
    /// The country whose file replaces another, whatever it may be.
    pub fn country(&self) -> &str {
        &self.country
    }
}

/// The public holidays of all countries that have a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    calendars: BTreeMap<Country, Calendar>,
}

/// The working days of one country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// `None` where nobody said whose holidays count.
    country: Option<Country>,
    years: BTreeSet<i16>,
    holidays: BTreeSet<Date>,
}

impl Holidays {
    /// Checks what files say, and tells everything that is wrong.
    pub fn new(written: &[Written]) -> Result<Self, Vec<Fault>> {
        let mut check = Check::default();
        for (at, file) in written.iter().enumerate() {
            check.file(at, file);
        }
        if check.faults.is_empty() {
            Ok(Self { calendars: check.calendars })
        } else {
            Err(check.faults)
        }
    }

    /// The working days of a country. Of one that has no file, or of none, weekends alone are
    /// known.
    pub fn of(&self, country: Option<Country>) -> Calendar {
        let known = country.and_then(|country| self.calendars.get(&country));
        known.cloned().unwrap_or(Calendar { country, ..Calendar::default() })
    }

    /// All countries that have a file.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }
}

impl Calendar {
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// The years whose holidays are known.
    pub fn years(&self) -> &BTreeSet<i16> {
        &self.years
    }

    pub fn knows(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// Whether people work: on no Saturday, no Sunday and no public holiday.
    pub fn is_working(&self, day: Date) -> bool {
        let is_weekend = match day.weekday() {
            Weekday::Saturday | Weekday::Sunday => true,
            Weekday::Monday
            | Weekday::Tuesday
            | Weekday::Wednesday
            | Weekday::Thursday
            | Weekday::Friday => false,
        };
        !is_weekend && !self.holidays.contains(&day)
    }

    /// The same country with one more holiday.
    pub fn with(mut self, day: Date) -> Self {
        self.years.insert(day.year());
        self.holidays.insert(day);
        self
    }
}

#[derive(Default)]
struct Check {
    calendars: BTreeMap<Country, Calendar>,
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, file: usize, path: &[Step], what: String, mend: &str) {
        self.faults.push(Fault { profile: file, path: path.into(), what, mend: mend.to_owned() });
    }

    fn file(&mut self, at: usize, written: &Written) {
        let Some(country) = Country::from_code(&written.country) else {
            let what = format!("`{}` is no country’s code", written.country.escape_debug());
            let mend = "write one of ISO 3166-1 in capital letters, such as \"DE\"";
            return self.fault(at, &[Step::Key("country")], what, mend);
        };
        if self.calendars.contains_key(&country) {
            let what = format!("another file has the holidays of {}", country.name());
            return self.fault(at, &[Step::Key("country")], what, "leave one file for it");
        }
        let years: BTreeSet<_> = written.years.iter().copied().collect();
        if years.is_empty() {
            let what = "no year is named whose holidays it has".to_owned();
            self.fault(at, &[Step::Key("years")], what, "name them: years = [2026, 2027]");
        }
        let mut holidays = BTreeSet::new();
        for (nth, holiday) in written.holiday.iter().enumerate() {
            let place = |key| [Step::Key("holiday"), Step::At(nth), Step::Key(key)];
            match holiday.on.parse::<Date>() {
                Ok(on) if years.contains(&on.year()) => drop(holidays.insert(on)),
                Ok(on) => {
                    let what = format!("{on} is in none of the years that the file names");
                    self.fault(at, &place("on"), what, "add its year to `years` with all its days");
                }
                Err(_) => {
                    let what = format!("`{}` is no day", holiday.on.escape_debug());
                    self.fault(at, &place("on"), what, "write one such as \"2027-05-01\"");
                }
            }
            for (key, text) in [("name", &holiday.name), ("source", &holiday.source)] {
                if text.trim().is_empty() || text.chars().any(char::is_control) {
                    let what = format!("`{key}` of {} is empty or has line breaks", holiday.on);
                    self.fault(at, &place(key), what, "write it in one line");
                }
            }
        }
        self.calendars.insert(country, Calendar { country: Some(country), years, holidays });
    }
}
