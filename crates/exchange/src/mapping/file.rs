//! The mapping file as TOML, and what may be wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::figure::Measure;
use encoding_rs::Encoding;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{Entry, Mapping, PeriodTemplate, TemplatePiece, date_in};
use crate::fault::{Faults, Trouble, shown};
use crate::near::did_you_mean;
use crate::{FIGURE_COLUMNS, REQUEST_COLUMNS};

type Text = Spanned<String>;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    delimiter: Option<Text>,
    encoding: Option<Text>,
    sheet: Option<Text>,
    skip_rows: u32,
    date_format: Option<Text>,
    thousands: Option<Text>,
    ignore: Vec<Text>,
    columns: BTreeMap<Text, Text>,
    constants: BTreeMap<Text, Text>,
    values: BTreeMap<Text, BTreeMap<Text, Text>>,
    leave_out: BTreeMap<Text, Vec<Text>>,
    measures: BTreeMap<Text, Text>,
    period: Option<Period>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    template: Text,
}

pub(super) fn read(name: &str, text: &str) -> Result<Mapping, Faults> {
    let mut check = Check { name, text, faults: Faults::default() };
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let mend = "a mapping is TOML with delimiter, encoding, sheet, skip_rows, date_format, \
                        thousands, ignore, and the tables columns, constants, values.<column>, \
                        leave_out, measures, period";
            let (line, column) = check.place(error.span().unwrap_or(0..0));
            let what = error.message().replace('\n', ", ");
            return Err(Trouble::new(what, mend).at(name, line, column).into());
        }
    };
    let mapping = check.mapping(file);
    if check.faults.is_empty() { Ok(mapping) } else { Err(check.faults) }
}

struct Check<'a> {
    name: &'a str,
    text: &'a str,
    faults: Faults,
}

impl Check<'_> {
    fn mapping(&mut self, file: File) -> Mapping {
        Mapping {
            name: self.name.to_owned(),
            delimiter: file.delimiter.and_then(|text| self.delimiter(&text)),
            encoding: file.encoding.and_then(|text| self.encoding(&text)),
            sheet: file.sheet.map(|text| self.entry(text)),
            skip_rows: file.skip_rows,
            date_format: file.date_format.and_then(|text| self.date_format(&text)),
            thousands: file.thousands.and_then(|text| self.thousands(&text)).unwrap_or(','),
            ignore: file.ignore.into_iter().map(|text| self.entry(text)).collect(),
            columns: self.columns(file.columns),
            constants: self.constants(file.constants),
            values: file
                .values
                .into_iter()
                .map(|(column, words)| {
                    let words = words.into_iter();
                    let words = words.map(|(theirs, ours)| (self.entry(theirs), self.entry(ours)));
                    let words = words.collect();
                    (self.entry(column), words)
                })
                .collect(),
            leave_out: file
                .leave_out
                .into_iter()
                .map(|(column, values)| {
                    let values = values.into_iter().map(|text| self.entry(text)).collect();
                    (self.entry(column), values)
                })
                .collect(),
            measures: self.measures(file.measures),
            period: file.period.and_then(|period| self.template(period.template)),
        }
    }

    /// Line and column of a place, both from 1.
    fn place(&self, span: Range<usize>) -> (u32, u32) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let narrow = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (narrow(line), narrow(column))
    }

    fn entry(&self, text: Text) -> Entry {
        let (line, column) = self.place(text.span());
        Entry { text: text.into_inner(), line, column }
    }

    fn fault(&mut self, at: &Text, what: impl Into<String>, mend: impl Into<String>) {
        let (line, column) = self.place(at.span());
        self.faults.push(Trouble::new(what, mend).at(self.name, line, column));
    }

    fn delimiter(&mut self, text: &Text) -> Option<u8> {
        match text.get_ref().as_str() {
            "," => Some(b','),
            ";" => Some(b';'),
            "\t" | "tab" => Some(b'\t'),
            other => {
                let what = format!("the delimiter {} is not supported", shown(other));
                self.fault(text, what, "write `,`, `;` or `tab`");
                None
            }
        }
    }

    fn encoding(&mut self, text: &Text) -> Option<&'static Encoding> {
        let encoding = Encoding::for_label(text.get_ref().as_bytes());
        if encoding.is_none() {
            let what = format!("the encoding {} is not known", shown(text.get_ref()));
            self.fault(text, what, "write a name such as `utf-8`, `windows-1252` or `shift_jis`");
        }
        encoding
    }

    fn date_format(&mut self, text: &Text) -> Option<String> {
        let format = text.get_ref();
        let sample = Date::constant(2021, 11, 23);
        let written = jiff::fmt::strtime::format(format, sample);
        if written.is_ok_and(|written| date_in(format, &written) == Some(sample)) {
            return Some(format.clone());
        }
        let what = format!("the date format {} does not make a whole date", shown(format));
        self.fault(text, what, "write it like `%d.%m.%Y` for 23.11.2021");
        None
    }

    fn thousands(&mut self, text: &Text) -> Option<char> {
        match text.get_ref().as_str() {
            "," => Some(','),
            "." => Some('.'),
            "'" => Some('\''),
            " " => Some(' '),
            other => {
                let what = format!("the thousands mark {} is not supported", shown(other));
                self.fault(text, what, "write `,`, `.`, `'` or a space");
                None
            }
        }
    }

    /// A column of ours.
    fn ours(&mut self, text: &Text) -> Option<&'static str> {
        let known = || REQUEST_COLUMNS.into_iter().chain(FIGURE_COLUMNS);
        let found = known().find(|column| column == text.get_ref());
        if found.is_none() {
            let what = format!("{} is no column of candor's", shown(text.get_ref()));
            let otherwise = format!(
                "requests have {}; figures have {}",
                REQUEST_COLUMNS.join(","),
                FIGURE_COLUMNS.join(",")
            );
            self.fault(text, what, did_you_mean(text.get_ref(), known(), otherwise));
        }
        found
    }

    fn columns(&mut self, columns: BTreeMap<Text, Text>) -> Vec<(Entry, &'static str)> {
        let mut known: Vec<(Entry, &'static str)> = Vec::new();
        for (theirs, ours_text) in in_order(columns) {
            let Some(ours) = self.ours(&ours_text) else { continue };
            if let Some((earlier, _)) = known.iter().find(|(_, column)| *column == ours) {
                let what = format!("`{ours}` is already read from {}", shown(&earlier.text));
                self.fault(&theirs, what, "keep one of the two, and list the other under `ignore`");
                continue;
            }
            known.push((self.entry(theirs), ours));
        }
        known
    }

    fn constants(&mut self, constants: BTreeMap<Text, Text>) -> Vec<(&'static str, Entry)> {
        in_order(constants)
            .into_iter()
            .filter_map(|(ours, value)| Some((self.ours(&ours)?, self.entry(value))))
            .collect()
    }

    fn measures(&mut self, measures: BTreeMap<Text, Text>) -> Vec<(Entry, Measure)> {
        let mut known: Vec<(Entry, Measure)> = Vec::new();
        for (theirs, code) in in_order(measures) {
            let measure = match Measure::from_code(code.get_ref()) {
                Ok(measure) => measure,
                Err(unknown) => {
                    let mend = did_you_mean(
                        code.get_ref(),
                        unknown.known.iter().copied(),
                        format!("write one of {}", unknown.known.join(", ")),
                    );
                    self.fault(&code, format!("{} is no measure", shown(code.get_ref())), mend);
                    continue;
                }
            };
            if let Some((earlier, _)) = known.iter().find(|(_, other)| *other == measure) {
                let what =
                    format!("`{}` is already read from {}", measure.code(), shown(&earlier.text));
                self.fault(&theirs, what, "keep one of the two, and list the other under `ignore`");
                continue;
            }
            known.push((self.entry(theirs), measure));
        }
        known
    }

    fn template(&mut self, text: Text) -> Option<PeriodTemplate> {
        const MEND: &str = "write it like \"{year}-H{half}\", with their columns in braces";
        let mut pieces = Vec::new();
        let mut rest = text.get_ref().as_str();
        while let Some((verbatim, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else {
                self.fault(&text, "a brace is opened and not closed", MEND);
                return None;
            };
            pieces.push(TemplatePiece::Verbatim(verbatim.to_owned()));
            pieces.push(TemplatePiece::Column(column.to_owned()));
            rest = after;
        }
        if pieces.is_empty() {
            self.fault(&text, "the template names no column", MEND);
            return None;
        }
        pieces.push(TemplatePiece::Verbatim(rest.to_owned()));
        Some(PeriodTemplate { entry: self.entry(text), pieces })
    }
}

/// The entries of a table as they stand in the file, so that of two that clash the later is at
/// fault.
fn in_order(entries: BTreeMap<Text, Text>) -> Vec<(Text, Text)> {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
