//! A deadline of a profile, and how it is counted.

use std::num::NonZeroU16;

use super::check::{Check, Place};
use super::{Cited, Deadline, DeadlineKind, Time, written};
use crate::category::{UnknownCode, find};
use crate::deadline::{Extension, HolidaysOf, LastDay, OnClarification, Start};

/// The units in which a time can be written, each with its amount.
type Units = [(&'static str, Option<i64>); 4];

impl Check<'_> {
    pub(super) fn deadline(
        &mut self,
        place: &Place,
        written: &written::Deadline,
    ) -> Option<Deadline> {
        let kind =
            self.known(place, "kind", find(&DeadlineKind::ALL, DeadlineKind::code, &written.kind));
        let time = self
            .time(place, units(written.hours, written.days, written.business_days, written.months));
        let citation = self.line(place, "citation", &written.citation);
        let source = self.source(place, &written.source);
        let start =
            self.said(place, "start", &written.start, |text| find(&Start::ALL, Start::code, text));
        let clarification = self.said(place, "clarification", &written.clarification, |text| {
            find(&OnClarification::ALL, OnClarification::code, text)
        });
        let last_day = self.said(place, "last_day", &written.last_day, |text| {
            find(&LastDay::ALL, LastDay::code, text)
        });
        let holidays = self.said(place, "holidays", &written.holidays, |text| {
            find(&HolidaysOf::ALL, HolidaysOf::code, text)
        });
        let extension = self.extension(place, written.extension.as_ref());
        let deadline = Deadline {
            kind: kind?,
            time: time?,
            citation: citation?,
            source: source?,
            start: start?,
            clarification: clarification?,
            last_day: last_day?,
            holidays: holidays?,
            extension: extension?,
        };
        let counts = matches!(deadline.time, Time::BusinessDays(_))
            || deadline.last_day() == LastDay::WorkingDay;
        if counts && deadline.holidays.is_none() {
            let what = "days off count in it, and nothing says whose";
            let mend = "add a table `holidays` that says \"company\" or \"authority\"";
            self.fault(place, "holidays", what, mend);
        }
        if deadline.kind == DeadlineKind::Preservation && deadline.start() == Start::Complete {
            let mend = "take `start` out: what is to be preserved is preserved from receipt";
            self.fault(place, "start", "a preservation can’t wait for a finding", mend);
        }
        Some(deadline)
    }

    fn time(&mut self, place: &Place, units: Units) -> Option<Time> {
        let mut given = units.into_iter().filter_map(|(unit, amount)| Some((unit, amount?)));
        let (Some((unit, amount)), None) = (given.next(), given.next()) else {
            let mend = "write one of `hours`, `days`, `business_days`, `months`";
            self.fault(place, "days", "its time is not said once", mend);
            return None;
        };
        let Some(number) = u16::try_from(amount).ok().and_then(NonZeroU16::new) else {
            let mend = "write a number from 1 to 65535";
            self.fault(place, unit, &format!("a time of {amount} {unit} is none"), mend);
            return None;
        };
        Some(match unit {
            "hours" => Time::Hours(number),
            "days" => Time::Days(number),
            "business_days" => Time::BusinessDays(number),
            _ => Time::Months(number),
        })
    }

    /// `None` where it has a fault, and nothing in it where it is left out.
    fn said<T>(
        &mut self,
        place: &Place,
        key: &'static str,
        written: &Option<written::Counted>,
        read: impl Fn(&str) -> Result<T, UnknownCode>,
    ) -> Option<Option<Cited<T>>> {
        let Some(written) = written else { return Some(None) };
        let place = place.table(key);
        let says = self.known(&place, "says", read(&written.says));
        let times = units(written.hours, written.days, written.business_days, written.months);
        if let Some((unit, _)) = times.into_iter().find(|(_, amount)| amount.is_some()) {
            self.fault(&place, unit, "a time says nothing here", "take it out");
        }
        let citation = self.line(&place, "citation", &written.citation);
        let source = self.source(&place, &written.source);
        Some(Some(Cited { says: says?, citation: citation?, source: source? }))
    }

    fn extension(
        &mut self,
        place: &Place,
        written: Option<&written::Counted>,
    ) -> Option<Option<Cited<Extension>>> {
        let Some(written) = written else { return Some(None) };
        let place = place.table("extension");
        let says = match written.says.as_str() {
            "" => {
                let times = (written.hours, written.days, written.business_days, written.months);
                self.time(&place, units(times.0, times.1, times.2, times.3)).map(Extension::By)
            }
            "never" => Some(Extension::Never),
            _ => {
                let mend = "write says = \"never\", or by how much: days = 30";
                self.fault(&place, "says", "it is not known as an extension", mend);
                None
            }
        };
        let citation = self.line(&place, "citation", &written.citation);
        let source = self.source(&place, &written.source);
        Some(Some(Cited { says: says?, citation: citation?, source: source? }))
    }
}

fn units(
    hours: Option<i64>,
    days: Option<i64>,
    business_days: Option<i64>,
    months: Option<i64>,
) -> Units {
    [("hours", hours), ("days", days), ("business_days", business_days), ("months", months)]
}
