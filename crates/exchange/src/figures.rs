//! Figures that the company published before candor.

mod value;

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use domain::figure::{Measure, PublishedFigure, Value};
use domain::{Country, Period};

use crate::Summary;
use crate::fault::{Error, Faults, Trouble, shown};
use crate::mapping::{Entry, Layout, Mapping, Origin, PeriodPiece};
use crate::near::did_you_mean;
use crate::table::{Form, Found, ROWS_MAX, Row, Table};

/// The columns of a table of published figures, as its header names them.
pub const FIGURE_COLUMNS: [&str; 4] = ["period", "country", "measure", "value"];

const PERIOD: usize = 0;
const COUNTRY: usize = 1;
const MEASURE: usize = 2;
const VALUE: usize = 3;

/// One figure of a table. A row of a table with one column per measure holds several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureLine {
    /// On which the row begins, from 1.
    pub line: u32,
    pub figure: PublishedFigure,
}

/// Reads the published figures of a table.
///
/// As with [`requests`](crate::requests()), the sink gets each as it is read, and the caller
/// discards everything where the result is an error. All faults of the file come at once.
pub fn figures<F: Read + Seek>(
    table: &mut Table<F>,
    mapping: &Mapping,
    sink: &mut dyn FnMut(FigureLine),
) -> Result<Summary, Error> {
    let file = table.name().to_owned();
    let mut reader = Reader {
        file: &file,
        mapping,
        layout: None,
        silenced: [false; FIGURE_COLUMNS.len()],
        sink,
        faults: Faults::default(),
        rows: 0,
        said: HashMap::new(),
        counts: Counts::default(),
    };
    let read = table.each_row(mapping, &mut |found| reader.take(found));
    let Reader { layout, mut faults, counts, .. } = reader;
    let source = match read {
        Ok(source) => source,
        Err(Error::Faults(stopped)) => {
            stopped.listed.into_iter().for_each(|fault| faults.push(fault));
            return Err(faults.into());
        }
        Err(unreadable @ Error::Unreadable { .. }) => return Err(unreadable),
    };
    if layout.is_none() && faults.is_empty() {
        faults.push(table.empty());
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let Counts { handed_out, repeated, blank, left_out, not_stated } = counts;
    Ok(Summary { handed_out, repeated, blank, left_out, not_stated, source })
}

#[derive(Default)]
struct Counts {
    handed_out: u64,
    repeated: u64,
    blank: u64,
    left_out: u64,
    not_stated: u64,
}

/// What a figure is of.
type Key = (Period, Option<Country>, Measure);

struct Reader<'a> {
    file: &'a str,
    mapping: &'a Mapping,
    /// `None` before the header.
    layout: Option<Layout<'a>>,
    /// By column: not read, because it is missing or its constant is wrong.
    silenced: [bool; FIGURE_COLUMNS.len()],
    sink: &'a mut dyn FnMut(FigureLine),
    faults: Faults,
    rows: u64,
    /// Each figure so far, and on which line.
    said: HashMap<Key, (Value, u32)>,
    counts: Counts,
}

/// A text with the column that a message names.
struct Given<'a> {
    text: &'a str,
    form: Form,
    column: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, found: Found<'_>) -> ControlFlow<()> {
        match found {
            Found::Trouble { line, column, trouble } => {
                self.faults.push(trouble.at(self.file, line, column));
                if self.layout.is_none() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            }
            Found::Row(row) if row.is_blank() => {
                self.counts.blank += u64::from(self.layout.is_some());
                ControlFlow::Continue(())
            }
            Found::Row(row) => match self.layout.take() {
                None => {
                    self.layout = Some(self.header(&row));
                    ControlFlow::Continue(())
                }
                Some(layout) => {
                    let flow = self.row(&row, &layout);
                    self.layout = Some(layout);
                    flow
                }
            },
        }
    }

    fn header(&mut self, header: &Row<'_>) -> Layout<'a> {
        let layout =
            Layout::new(self.file, header, self.mapping, &FIGURE_COLUMNS, &mut self.faults);
        for (i, origin) in layout.origins.iter().enumerate() {
            self.silenced[i] = matches!(origin, Origin::Missing);
        }
        for (i, entry) in layout.own_words() {
            let text = entry.text.as_str();
            let checked = match i {
                PERIOD if !layout.period.is_empty() => Ok(()),
                PERIOD => period(text).map(drop),
                COUNTRY => country(text).map(drop),
                MEASURE => measure(text).map(drop),
                _ => value::value(text, self.mapping.thousands()).map(drop),
            };
            if let Err(trouble) = checked {
                self.silenced[i] |= matches!(layout.origins[i], Origin::Constant(_));
                let trouble = trouble.in_column(FIGURE_COLUMNS[i]);
                self.faults.push(trouble.at(self.mapping.name(), entry.line, entry.column));
            }
        }
        layout
    }

    fn row(&mut self, row: &Row<'_>, layout: &Layout<'_>) -> ControlFlow<()> {
        self.rows += 1;
        // A row may hold many figures, and each is kept.
        if self.rows > ROWS_MAX || self.said.len() as u64 > ROWS_MAX {
            let trouble = Trouble::new(
                format!("the table has more than {ROWS_MAX} rows or figures"),
                "split it into several files",
            );
            self.faults.push(trouble.at(self.file, row.line, 1));
            return ControlFlow::Break(());
        }
        if let Err((column, trouble)) = layout.check_width(row) {
            self.faults.push(trouble.at(self.file, row.line, column));
            return ControlFlow::Continue(());
        }
        if layout.leaves_out(row) {
            self.counts.left_out += 1;
            return ControlFlow::Continue(());
        }
        let period = self.period(row, layout);
        let country = self.parse(row, layout, COUNTRY, country);
        if layout.measures.is_empty() {
            let measure = self.parse(row, layout, MEASURE, measure);
            let given = self.given(row, layout, VALUE);
            self.figure(row.line, (period, country, measure), given);
        } else {
            for (cell, measure) in &layout.measures {
                let text = layout.translate(VALUE, row.cell(*cell));
                let given = Given { text, form: row.form(*cell), column: number(*cell) };
                self.figure(row.line, (period, country, Some(*measure)), Some(given));
            }
        }
        ControlFlow::Continue(())
    }

    fn fault(&mut self, line: u32, column: u32, name: &str, trouble: Trouble) {
        self.faults.push(trouble.in_column(name).at(self.file, line, column));
    }

    fn given<'c>(&self, row: &Row<'c>, layout: &'c Layout<'_>, i: usize) -> Option<Given<'c>> {
        if self.silenced[i] {
            return None;
        }
        match layout.origins[i] {
            Origin::Cell(cell) => {
                let text = layout.translate(i, row.cell(cell));
                Some(Given { text, form: row.form(cell), column: number(cell) })
            }
            // A constant stands for its row's first cell.
            Origin::Constant(Entry { text, .. }) => {
                Some(Given { text, form: Form::Text, column: 1 })
            }
            Origin::Missing => None,
        }
    }

    fn parse<T>(
        &mut self,
        row: &Row<'_>,
        layout: &Layout<'_>,
        i: usize,
        parse: impl FnOnce(&str) -> Result<T, Trouble>,
    ) -> Option<T> {
        let given = self.given(row, layout, i)?;
        match checked(&given).and_then(|()| parse(given.text)) {
            Ok(parsed) => Some(parsed),
            Err(trouble) => {
                self.fault(row.line, given.column, FIGURE_COLUMNS[i], trouble);
                None
            }
        }
    }

    fn period(&mut self, row: &Row<'_>, layout: &Layout<'_>) -> Option<Period> {
        let Some(first) = layout.period.iter().find_map(|piece| match piece {
            PeriodPiece::Cell(cell, _) => Some(number(*cell)),
            PeriodPiece::Verbatim(_) => None,
        }) else {
            return self.parse(row, layout, PERIOD, period);
        };
        let mut text = String::new();
        for piece in &layout.period {
            match piece {
                PeriodPiece::Verbatim(verbatim) => text.push_str(verbatim),
                PeriodPiece::Cell(cell, words) => {
                    let given = row.cell(*cell);
                    text.push_str(words.map_or(given, |words| layout.translate_by(words, given)));
                }
            }
        }
        let text = layout.translate(PERIOD, &text);
        match period(text) {
            Ok(period) => Some(period),
            Err(trouble) => {
                self.fault(row.line, first, FIGURE_COLUMNS[PERIOD], trouble);
                None
            }
        }
    }

    /// Takes one figure, unless something of it was at fault.
    fn figure(
        &mut self,
        line: u32,
        (period, country, measure): (Option<Period>, Option<Option<Country>>, Option<Measure>),
        given: Option<Given<'_>>,
    ) {
        let Some(given) = given else { return };
        let thousands = self.mapping.thousands();
        let name = measure.map_or(FIGURE_COLUMNS[VALUE], Measure::code);
        let value = match checked(&given).and_then(|()| value::value(given.text, thousands)) {
            Ok(Some(value)) => value,
            Ok(None) => {
                self.counts.not_stated += 1;
                return;
            }
            Err(trouble) => return self.fault(line, given.column, name, trouble),
        };
        let (Some(period), Some(country), Some(measure)) = (period, country, measure) else {
            return;
        };
        if let Some((earlier, on)) = self.said.get(&(period, country, measure)) {
            if *earlier == value {
                self.counts.repeated += 1;
                return;
            }
            let of = country.map_or("all countries", Country::name);
            let what = format!(
                "{value} for {period}, {of}, {}, but line {on} says {earlier}",
                measure.code()
            );
            let trouble = Trouble::new(what, "keep the one that was published");
            return self.fault(line, given.column, name, trouble);
        }
        self.said.insert((period, country, measure), (value, line));
        self.counts.handed_out += 1;
        let figure = PublishedFigure { period, country, measure, value };
        (self.sink)(FigureLine { line, figure });
    }
}

fn number(cell: usize) -> u32 {
    u32::try_from(cell + 1).unwrap_or(u32::MAX)
}

/// What no cell may be, whatever its column.
fn checked(given: &Given<'_>) -> Result<(), Trouble> {
    let shown = shown(given.text);
    if given.text.trim() != given.text {
        return Err(Trouble::new(
            format!("{shown} begins or ends with a space"),
            "remove the spaces",
        ));
    }
    match given.form {
        Form::Text => Ok(()),
        Form::FormulaError => Err(Trouble::new(
            format!("the formula in this cell failed with {shown}"),
            "mend the formula, or write the value",
        )),
        Form::Day | Form::Time => Err(Trouble::new(
            format!("the cell is a date or a time ({shown})"),
            "give the cell the format of a text or a number, and write its content again",
        )),
    }
}

fn period(text: &str) -> Result<Period, Trouble> {
    const MEND: &str = "write it like 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30, or \
                        translate it in a mapping file";
    if text.is_empty() {
        return Err(Trouble::new("the cell is blank", MEND));
    }
    text.parse().map_err(|fault| match fault {
        domain::period::PeriodFault::Form(_) => {
            Trouble::new(format!("{} is no period", shown(text)), MEND)
        }
        domain::period::PeriodFault::Backwards(_) => {
            Trouble::new(format!("{} ends before it begins", shown(text)), MEND)
        }
    })
}

/// `None` for all countries together.
fn country(text: &str) -> Result<Option<Country>, Trouble> {
    const ALL: [&str; 2] = ["TOTAL", "All countries"];
    if text.is_empty() || ALL.iter().any(|all| all.eq_ignore_ascii_case(text)) {
        return Ok(None);
    }
    Country::from_text(text).map(Some).ok_or_else(|| {
        let mend = did_you_mean(
            text,
            Country::all().map(Country::name).chain(ALL),
            "write an ISO 3166-1 code, an English name, or `TOTAL` for all countries together",
        );
        Trouble::new(format!("{} is no country", shown(text)), mend)
    })
}

fn measure(text: &str) -> Result<Measure, Trouble> {
    Measure::from_code(text).map_err(|unknown| {
        let known = unknown.known.iter().copied();
        let mend = did_you_mean(text, known, format!("write one of {}", unknown.known.join(", ")));
        let what = if text.is_empty() {
            "the cell is blank".to_owned()
        } else {
            format!("{} is no measure", shown(text))
        };
        Trouble::new(what, mend)
    })
}
