//! How somebody else's table is to be read: a small TOML file, written by the person who imports.

mod file;
mod layout;

use domain::figure::Measure;
use encoding_rs::Encoding;
use jiff::civil::Date;

use crate::fault::Faults;

pub(crate) use layout::{Layout, Origin, PeriodPiece};

/// Translates the names and words of a file into ours. The default one translates nothing.
///
/// ```toml
#[doc = include_str!("mapping/example.toml")]
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    name: String,
    delimiter: Option<u8>,
    encoding: Option<&'static Encoding>,
    sheet: Option<Entry>,
    skip_rows: u32,
    date_format: Option<String>,
    thousands: char,
    ignore: Vec<Entry>,
    /// Theirs, ours.
    columns: Vec<(Entry, &'static str)>,
    /// Ours, the value.
    constants: Vec<(&'static str, Entry)>,
    /// Ours, or theirs of the period's template; then their word and ours.
    values: Vec<(Entry, Vec<(Entry, Entry)>)>,
    leave_out: Vec<(Entry, Vec<Entry>)>,
    measures: Vec<(Entry, Measure)>,
    period: Option<PeriodTemplate>,
}

/// A text of the mapping file and where it stands, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub text: String,
    pub line: u32,
    pub column: u32,
}

#[derive(Clone, Debug)]
struct PeriodTemplate {
    entry: Entry,
    pieces: Vec<TemplatePiece>,
}

#[derive(Clone, Debug)]
enum TemplatePiece {
    Verbatim(String),
    /// The name of one of their columns.
    Column(String),
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            name: String::new(),
            delimiter: None,
            encoding: None,
            sheet: None,
            skip_rows: 0,
            date_format: None,
            thousands: ',',
            ignore: Vec::new(),
            columns: Vec::new(),
            constants: Vec::new(),
            values: Vec::new(),
            leave_out: Vec::new(),
            measures: Vec::new(),
            period: None,
        }
    }
}

impl Mapping {
    /// A mapping that uses everything, to copy from.
    pub const EXAMPLE: &str = include_str!("mapping/example.toml");

    /// Reads a mapping file. `name` is what messages call it.
    pub fn read(name: &str, text: &str) -> Result<Self, Faults> {
        file::read(name, text)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }

    pub(crate) fn encoding(&self) -> Option<&'static Encoding> {
        self.encoding
    }

    pub(crate) fn sheet(&self) -> Option<&Entry> {
        self.sheet.as_ref()
    }

    pub(crate) fn skip_rows(&self) -> u32 {
        self.skip_rows
    }

    pub(crate) fn thousands(&self) -> char {
        self.thousands
    }

    pub(crate) fn date_format(&self) -> Option<&str> {
        self.date_format.as_deref()
    }

    /// Where it says something that can only be meant for published figures.
    pub(crate) fn figures_only(&self) -> Option<&Entry> {
        let measures = self.measures.iter().map(|(theirs, _)| theirs);
        measures.chain(self.period.as_ref().map(|template| &template.entry)).next()
    }

    /// Our name for a column of theirs, which may be one that we do not know.
    pub(crate) fn ours<'a>(&'a self, theirs: &'a str) -> &'a str {
        self.columns.iter().find(|(entry, _)| entry.text == theirs).map_or(theirs, |(_, ours)| ours)
    }

    pub(crate) fn constant_columns(&self) -> impl Iterator<Item = &str> {
        self.constants.iter().map(|(ours, _)| *ours)
    }
}

/// Reads a date in a format of `strftime`; `None` where the text has another form.
pub(crate) fn date_in(format: &str, text: &str) -> Option<Date> {
    jiff::fmt::strtime::parse(format, text).and_then(|parsed| parsed.to_date()).ok()
}
