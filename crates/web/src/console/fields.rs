//! What a form sent, and reading it: every fault is found, and nothing that was typed is lost.

use std::str::FromStr;

use domain::category::UnknownCode;
use jiff::civil::{Date, Time};

use super::page::Fault;

/// Names and values in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

/// A form or query is cut after this many fields.
const FIELDS_MAX: usize = 500;

impl Fields {
    /// Of a query or of a form that is sent without files.
    pub(super) fn of(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded).take(FIELDS_MAX);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub(super) fn push(&mut self, name: &str, value: String) {
        if self.0.len() < FIELDS_MAX {
            self.0.push((name.to_owned(), value));
        }
    }

    pub(super) fn sent(&self) -> &[(String, String)] {
        &self.0
    }

    /// The first value of this name, without blanks around it; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }
}

/// Reads a form field by field and keeps what is wrong.
pub(super) struct Reading<'a> {
    pub(super) fields: &'a Fields,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(fields: &'a Fields) -> Self {
        Self { fields, faults: Vec::new() }
    }

    /// What was read, where nothing was wrong.
    pub(super) fn done<T>(self, read: Option<T>) -> Result<T, Vec<Fault>> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            Some(_) | None => Err(self.faults),
        }
    }

    pub(super) fn fault(&mut self, field: &str, text: &str) {
        self.faults.push(Fault::new(field, text));
    }

    /// A text that has to be there.
    pub(super) fn text(&mut self, field: &str, otherwise: &str) -> Option<String> {
        match self.fields.get(field) {
            "" => {
                self.fault(field, otherwise);
                None
            }
            text => Some(text.to_owned()),
        }
    }

    /// A day that has to be there.
    pub(super) fn day(&mut self, field: &str, otherwise: &str) -> Option<Date> {
        let day = self.fields.get(field).parse().ok();
        if day.is_none() {
            self.fault(field, otherwise);
        }
        day
    }

    /// A day, or nothing.
    pub(super) fn day_or_none(&mut self, field: &str) -> Option<Date> {
        match self.fields.get(field) {
            "" => None,
            _ => self.day(field, "Give a day that exists, or leave it empty"),
        }
    }

    /// A time of the day, or nothing.
    pub(super) fn time_or_none(&mut self, field: &str) -> Option<Time> {
        let text = self.fields.get(field);
        let time = text.parse().ok();
        if time.is_none() && !text.is_empty() {
            self.fault(field, "Give a time such as 14:30, or leave it empty");
        }
        time
    }

    /// A whole number, or nothing.
    pub(super) fn number_or_none(&mut self, field: &str) -> Option<u32> {
        let text = self.fields.get(field);
        let number = text.parse().ok();
        if number.is_none() && !text.is_empty() {
            self.fault(field, "Give a whole number, or leave it empty");
        }
        number
    }

    /// A whole number that has to be there.
    pub(super) fn number(&mut self, field: &str, otherwise: &str) -> Option<u32> {
        match self.fields.get(field) {
            "" => {
                self.fault(field, otherwise);
                None
            }
            _ => self.parsed(field, "Give a whole number"),
        }
    }

    /// One of the codes of a list.
    pub(super) fn code<T>(
        &mut self,
        field: &str,
        read: impl Fn(&str) -> Result<T, UnknownCode>,
        otherwise: &str,
    ) -> Option<T> {
        let value = read(self.fields.get(field)).ok();
        if value.is_none() {
            self.fault(field, otherwise);
        }
        value
    }

    /// All values of a name, each one of the codes of a list.
    pub(super) fn codes<T, C: FromIterator<T>>(
        &mut self,
        field: &str,
        read: impl Fn(&str) -> Option<T>,
        otherwise: &str,
    ) -> Option<C> {
        let fields = self.fields;
        let values: Option<C> = fields.all(field).map(read).collect();
        if values.is_none() || fields.all(field).next().is_none() {
            self.fault(field, otherwise);
            return None;
        }
        values
    }

    /// Something else that is written in one way.
    pub(super) fn parsed<T: FromStr>(&mut self, field: &str, otherwise: &str) -> Option<T> {
        let value = self.fields.get(field).parse().ok();
        if value.is_none() {
            self.fault(field, otherwise);
        }
        value
    }
}
