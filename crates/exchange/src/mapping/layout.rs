//! Which cell of a row is what: the mapping held against the names that a file really has.

use std::collections::HashMap;

use domain::figure::Measure;

use super::{Entry, Mapping, TemplatePiece};
use crate::fault::{Fault, Faults, Trouble, shown};
use crate::near::near;
use crate::table::Row;

/// Where the value of a column of ours comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'m> {
    /// The cell with this index.
    Cell(usize),
    /// The same in each row.
    Constant(&'m Entry),
    /// Nowhere, which was reported.
    Missing,
}

/// What a period is put together from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PeriodPiece<'m> {
    Verbatim(&'m str),
    /// The cell with this index, its words translated by the last field.
    Cell(usize, Option<usize>),
}

/// The header of a file, resolved.
#[derive(Debug)]
pub(crate) struct Layout<'m> {
    /// Their names.
    pub names: Vec<String>,
    /// By column of ours, in its order.
    pub origins: Vec<Origin<'m>>,
    pub measures: Vec<(usize, Measure)>,
    /// Empty where the period is one cell.
    pub period: Vec<PeriodPiece<'m>>,
    leave_out: Vec<(usize, &'m [Entry])>,
    /// By column of ours: an index into `words`.
    translated: Vec<Option<usize>>,
    words: Vec<HashMap<&'m str, &'m Entry>>,
}

impl<'m> Layout<'m> {
    /// Resolves a header. `ours` are the columns that there must be. Faults of the header and of
    /// the mapping go into `faults`; the layout then serves to find those of the rows.
    pub fn new(
        file: &str,
        header: &Row<'_>,
        mapping: &'m Mapping,
        ours: &[&'static str],
        faults: &mut Faults,
    ) -> Self {
        let names = (0..header.cells.len()).map(|i| header.cell(i).to_owned()).collect();
        let mut resolve = Resolve { file, line: header.line, names, mapping, ours, faults };
        resolve.duplicates();
        resolve.unknown();
        resolve.mapping_names();
        let period = resolve.period();
        let words: Vec<HashMap<_, _>> = mapping
            .values
            .iter()
            .map(|(_, words)| {
                words.iter().map(|(theirs, ours)| (theirs.text.as_str(), ours)).collect()
            })
            .collect();
        let origins = ours.iter().map(|column| resolve.origin(column)).collect();
        let cells = |entry: &Entry| resolve.names.iter().position(|name| *name == entry.text);
        Self {
            origins,
            measures: mapping
                .measures
                .iter()
                .filter_map(|(theirs, measure)| Some((cells(theirs)?, *measure)))
                .collect(),
            leave_out: mapping
                .leave_out
                .iter()
                .filter_map(|(theirs, values)| Some((cells(theirs)?, values.as_slice())))
                .collect(),
            translated: ours.iter().map(|column| values_index(mapping, column)).collect(),
            period,
            words,
            names: resolve.names,
        }
    }

    /// Whether the mapping leaves the row out.
    pub fn leaves_out(&self, row: &Row<'_>) -> bool {
        self.leave_out
            .iter()
            .any(|(cell, values)| values.iter().any(|value| value.text == row.cell(*cell)))
    }

    /// Whether a row has the cells that its header names, and nothing beside them.
    pub fn check_width(&self, row: &Row<'_>) -> Result<(), (u32, Trouble)> {
        let width = self.names.len();
        // A workbook ends a row with its last filled cell.
        let has = if row.is_padded { width.max(row.cells.len()) } else { row.cells.len() };
        if has == width {
            return Ok(());
        }
        let beyond = (width..has).find(|i| !row.cell(*i).is_empty());
        if row.is_padded && beyond.is_none() {
            return Ok(());
        }
        let at = beyond.unwrap_or(has.min(width));
        let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let what = format!("the row has {has} cells, the header {width}");
        let mend = if has > width {
            "remove what is too much, or put a cell that holds the delimiter in quotes"
        } else {
            "add the cells that are missing; blank ones count"
        };
        Err((column, Trouble::new(what, mend)))
    }

    /// The word of ours for a text in our column with this index.
    pub fn translate<'a>(&'a self, column: usize, text: &'a str) -> &'a str {
        self.translated[column].map_or(text, |words| self.translate_by(words, text))
    }

    pub fn translate_by<'a>(&'a self, words: usize, text: &'a str) -> &'a str {
        self.words[words].get(text).map_or(text, |entry| &entry.text)
    }

    /// Each constant and each word of ours in the mapping with the index of its column, to be
    /// checked before the rows are; as they stand in the mapping.
    pub fn own_words(&self) -> Vec<(usize, &'m Entry)> {
        let constants =
            self.origins.iter().enumerate().filter_map(|(column, origin)| match origin {
                Origin::Constant(entry) => Some((column, *entry)),
                Origin::Cell(_) | Origin::Missing => None,
            });
        let translated = self.translated.iter().enumerate();
        let words = translated.filter_map(|(column, words)| Some((column, (*words)?)));
        let words = words.flat_map(|(column, words)| {
            self.words[words].values().map(move |entry| (column, *entry))
        });
        let mut all: Vec<_> = constants.chain(words).collect();
        all.sort_by_key(|(_, entry)| (entry.line, entry.column));
        all
    }
}

fn values_index(mapping: &Mapping, column: &str) -> Option<usize> {
    mapping.values.iter().position(|(entry, _)| entry.text == column)
}

/// How many of a file's columns a message names.
const NAMES_SHOWN_MAX: usize = 40;

struct Resolve<'a, 'm> {
    file: &'a str,
    line: u32,
    names: Vec<String>,
    mapping: &'m Mapping,
    ours: &'a [&'static str],
    faults: &'a mut Faults,
}

impl<'m> Resolve<'_, 'm> {
    fn fault(&mut self, index: usize, what: impl Into<String>, mend: impl Into<String>) {
        let column = u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.faults.push(Trouble::new(what, mend).at(self.file, self.line, column));
    }

    fn mapping_fault(&mut self, entry: &Entry, what: String, mend: String) {
        let fault = Fault {
            file: self.mapping.name.clone(),
            line: entry.line,
            column: entry.column,
            what,
            mend,
        };
        self.faults.push(fault);
    }

    fn duplicates(&mut self) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for (i, name) in self.names.clone().iter().enumerate() {
            // A column without a name is reported as that, and an ignored one is nobody's.
            if name.is_empty() || self.is_ignored(name) {
                continue;
            }
            let ours = self.mapping.ours(name).to_owned();
            if let Some(earlier) = first.get(&ours) {
                let what = format!("column {} is {} already", earlier + 1, shown(&ours));
                self.fault(i, what, "give one of the two another name, or delete it");
            } else {
                first.insert(ours, i);
            }
        }
    }

    fn is_ignored(&self, name: &str) -> bool {
        self.mapping.ignore.iter().any(|entry| entry.text == name)
    }

    /// Whether the mapping says what a column of theirs is for.
    fn is_mapped(&self, name: &str) -> bool {
        let Mapping { columns, leave_out, .. } = self.mapping;
        self.is_part_of_a_figure(name)
            || columns.iter().any(|(theirs, _)| theirs.text == name)
            || leave_out.iter().any(|(theirs, _)| theirs.text == name)
    }

    /// Whether a column of theirs is a part of the period, or holds one measure.
    fn is_part_of_a_figure(&self, name: &str) -> bool {
        let Mapping { measures, period, .. } = self.mapping;
        let in_template =
            period.iter().flat_map(|template| &template.pieces).any(|piece| match piece {
                TemplatePiece::Column(column) => column == name,
                TemplatePiece::Verbatim(_) => false,
            });
        in_template || measures.iter().any(|(theirs, _)| theirs.text == name)
    }

    fn unknown(&mut self) {
        for (i, name) in self.names.clone().iter().enumerate() {
            let ours = self.mapping.ours(name);
            if self.is_ignored(name) || self.is_mapped(name) && ours == name {
                continue;
            }
            if self.ours.contains(&ours) {
                continue;
            }
            if name.is_empty() {
                self.fault(i, "the column has no name", "name it, or delete it");
                continue;
            }
            let what = format!("the column {} is not known", shown(ours));
            let mend = if name.contains('\r') {
                "save the file with a line feed at the end of each line".to_owned()
            } else if name.trim() != name && self.ours.contains(&name.trim()) {
                "remove the spaces".to_owned()
            } else {
                let tables = if self.ours.contains(&"measure") {
                    "[columns] or, where it holds one measure, [measures]"
                } else {
                    "[columns]"
                };
                let otherwise = format!(
                    "translate it in a mapping file under {tables}, or list it under `ignore`"
                );
                match near(ours, self.ours.iter().copied()) {
                    Some(guess) => format!("did you mean `{guess}`? If not, {otherwise}"),
                    None => otherwise,
                }
            };
            self.fault(i, what, mend);
        }
    }

    /// Names in the mapping that the file does not have.
    fn mapping_names(&mut self) {
        let Mapping { ignore, columns, constants, measures, leave_out, period, values, .. } =
            self.mapping;
        let theirs = ignore
            .iter()
            .chain(columns.iter().map(|(entry, _)| entry))
            .chain(measures.iter().map(|(entry, _)| entry))
            .chain(leave_out.iter().map(|(entry, _)| entry));
        for entry in theirs {
            if !self.names.contains(&entry.text) {
                self.not_in_file(entry, &entry.text);
            }
        }
        let pieces = period
            .iter()
            .flat_map(|template| template.pieces.iter().map(move |piece| (&template.entry, piece)));
        let mut in_template = Vec::new();
        for (entry, piece) in pieces {
            match piece {
                TemplatePiece::Verbatim(_) => {}
                TemplatePiece::Column(name) => {
                    in_template.push(name.as_str());
                    if !self.names.contains(name) {
                        self.not_in_file(entry, name);
                    }
                }
            }
        }
        for (column, entry) in constants {
            if !self.ours.contains(column) {
                let what = format!("`{column}` is no column of this kind of table");
                self.mapping_fault(
                    entry,
                    what,
                    format!("its columns are {}", self.ours.join(", ")),
                );
            }
        }
        for (entry, _) in values {
            let name = entry.text.as_str();
            if !self.ours.contains(&name) && !in_template.contains(&name) {
                let known = self.ours.join(", ");
                let what = format!("{} has no values to translate", shown(name));
                self.mapping_fault(entry, what, format!("values are translated for {known}"));
            }
        }
    }

    fn not_in_file(&mut self, entry: &Entry, name: &str) {
        let what = format!("the file has no column {}", shown(name));
        let mend = match near(name, self.names.iter().map(String::as_str)) {
            Some(guess) => format!("did you mean {}?", shown(guess)),
            None => {
                let names = self.names.iter().take(NAMES_SHOWN_MAX).map(|name| shown(name));
                format!("it has {}", names.collect::<Vec<_>>().join(", "))
            }
        };
        self.mapping_fault(entry, what, mend);
    }

    fn period(&mut self) -> Vec<PeriodPiece<'m>> {
        let Some(template) = &self.mapping.period else { return Vec::new() };
        let pieces = template.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Verbatim(text) => Some(PeriodPiece::Verbatim(text)),
            TemplatePiece::Column(name) => {
                let index = self.names.iter().position(|known| known == name)?;
                Some(PeriodPiece::Cell(index, values_index(self.mapping, name)))
            }
        });
        pieces.collect()
    }

    fn origin(&mut self, ours: &str) -> Origin<'m> {
        let mapping = self.mapping;
        let constant = mapping.constants.iter().find(|(column, _)| *column == ours);
        let cell = self.names.iter().position(|name| {
            mapping.ours(name) == ours && !mapping.ignore.iter().any(|entry| entry.text == *name)
        });
        if self.is_made_otherwise(ours) {
            self.unread(ours, cell, constant.map(|(_, entry)| entry));
            return Origin::Missing;
        }
        match (cell, constant) {
            (Some(index), None) => Origin::Cell(index),
            (None, Some((_, entry))) => Origin::Constant(entry),
            (Some(index), Some((_, entry))) => {
                let what = format!("`{ours}` is a constant here and a column of the file");
                self.mapping_fault(entry, what, "keep one of the two".to_owned());
                Origin::Cell(index)
            }
            (None, None) => {
                let what = format!("the column `{ours}` is missing");
                let mend = "add it, or in a mapping file translate the column that it is under \
                            [columns], or give it one value under [constants]";
                self.fault(self.names.len(), what, mend);
                Origin::Missing
            }
        }
    }

    /// Reports a column or a constant that would go unread, because its values come otherwise.
    fn unread(&mut self, ours: &str, cell: Option<usize>, constant: Option<&'m Entry>) {
        let what = format!("`{ours}` is made up from other columns, by [period] or [measures]");
        // One of those other columns may happen to have this very name.
        if let Some(index) = cell
            && !self.is_part_of_a_figure(&self.names[index])
        {
            self.fault(index, what.clone(), "list this column under `ignore`");
        }
        if let Some(entry) = constant {
            self.mapping_fault(entry, what, "remove the constant".to_owned());
        }
    }

    /// Whether the period comes from a template, or measure and value from columns per measure.
    fn is_made_otherwise(&self, ours: &str) -> bool {
        match ours {
            "period" => self.mapping.period.is_some(),
            "measure" | "value" => !self.mapping.measures.is_empty(),
            _ => false,
        }
    }
}
