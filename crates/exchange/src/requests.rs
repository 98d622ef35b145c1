//! Requests that were finished, or kept elsewhere, before candor: one row each.

mod column;
mod outcome;
mod seen;

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use domain::request::{HistoricFault, HistoricRequest};
use domain::{Category, Country};

use crate::Summary;
use crate::fault::{Error, Faults, Trouble, shown};
use crate::mapping::{Layout, Mapping, Origin};
use crate::table::{Form, Found, ROWS_MAX, Row, Table};
use column::{COLUMNS, Column, Given};
pub(crate) use outcome::OutcomeWord;
use seen::{Again, Seen};

/// The columns of a table of requests, as its header names them.
pub const REQUEST_COLUMNS: [&str; 13] = [
    "reference",
    "received_on",
    "country",
    "authority",
    "category",
    "instrument",
    "demand",
    "emergency",
    "accounts_specified",
    "accounts_disclosed",
    "outcome",
    "ground",
    "decided_on",
];

/// One request of a table. Reference and authority are personal or free text: they belong in a
/// field under the submission's key, not in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// On which the row begins, from 1.
    pub line: u32,
    /// The company's own, unique within a file.
    pub reference: String,
    pub authority: String,
    pub request: HistoricRequest,
}

/// Reads the requests of a table.
///
/// The sink gets each as it is read, before the rows below are known: where the result is an
/// error, the caller discards everything that it was given. All faults of the file come at once.
pub fn requests<F: Read + Seek>(
    table: &mut Table<F>,
    mapping: &Mapping,
    sink: &mut dyn FnMut(RequestLine),
) -> Result<Summary, Error> {
    let file = table.name().to_owned();
    let mut reader = Reader::new(&file, mapping, table.rows_about(), sink);
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
    let Counts { handed_out, repeated, blank, left_out, rows: _ } = counts;
    Ok(Summary { handed_out, repeated, blank, left_out, not_stated: 0, source })
}

#[derive(Default)]
struct Counts {
    rows: u64,
    handed_out: u64,
    repeated: u64,
    blank: u64,
    left_out: u64,
}

struct Reader<'a> {
    file: &'a str,
    mapping: &'a Mapping,
    /// `None` before the header.
    layout: Option<Layout<'a>>,
    /// By column: not read, because it is missing or its constant is wrong.
    silenced: [bool; REQUEST_COLUMNS.len()],
    sink: &'a mut dyn FnMut(RequestLine),
    faults: Faults,
    /// Of the row at hand, to be put into the order of its columns.
    row_faults: Vec<(u32, Trouble)>,
    seen: Seen,
    /// Texts that were looked up as countries before.
    countries: HashMap<String, Country>,
    counts: Counts,
}

/// How many spellings of countries are remembered; there are not many more than countries.
const COUNTRY_TEXTS_MAX: usize = 1_000;

impl<'a> Reader<'a> {
    fn new(
        file: &'a str,
        mapping: &'a Mapping,
        rows_about: u64,
        sink: &'a mut dyn FnMut(RequestLine),
    ) -> Self {
        Self {
            file,
            mapping,
            layout: None,
            silenced: [false; REQUEST_COLUMNS.len()],
            sink,
            faults: Faults::default(),
            row_faults: Vec::new(),
            seen: Seen::with_room_for(rows_about),
            countries: HashMap::new(),
            counts: Counts::default(),
        }
    }

    fn take(&mut self, found: Found<'_>) -> ControlFlow<()> {
        match found {
            Found::Trouble { line, column, trouble } => {
                self.faults.push(trouble.at(self.file, line, column));
                // Without a header no row can be understood.
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
            Layout::new(self.file, header, self.mapping, &REQUEST_COLUMNS, &mut self.faults);
        if let Some(at) = self.mapping.figures_only() {
            let trouble = Trouble::new(
                "this table holds requests, and [measures] and [period] are for figures",
                "remove them",
            );
            self.faults.push(trouble.at(self.mapping.name(), at.line, at.column));
        }
        for (i, origin) in layout.origins.iter().enumerate() {
            self.silenced[i] = matches!(origin, Origin::Missing);
        }
        for (i, entry) in layout.own_words() {
            let column = COLUMNS[i];
            let given = Given::own_word(&entry.text);
            if let Err(trouble) = column.check(&given, None) {
                self.silenced[i] |= matches!(layout.origins[i], Origin::Constant(_));
                let trouble = trouble.in_column(column.name());
                self.faults.push(trouble.at(self.mapping.name(), entry.line, entry.column));
            }
        }
        layout
    }

    fn row(&mut self, row: &Row<'_>, layout: &Layout<'_>) -> ControlFlow<()> {
        self.counts.rows += 1;
        if self.counts.rows > ROWS_MAX {
            let trouble = Trouble::new(
                format!("the table has more than {ROWS_MAX} rows"),
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
        let cells = Cells { row, layout, silenced: self.silenced };
        let reference = self.value(&cells, Column::Reference, column::reference);
        let authority = self.value(&cells, Column::Authority, column::authority);
        let request = self.request(&cells);
        let request = request.zip(authority).filter(|_| self.row_faults.is_empty());
        let first_time =
            reference.is_some_and(|reference| self.is_new(&cells, reference, &request));
        match (reference, request) {
            (Some(reference), Some((request, authority))) if first_time => {
                self.counts.handed_out += 1;
                let (reference, authority) = (reference.to_owned(), authority.to_owned());
                (self.sink)(RequestLine { line: row.line, reference, authority, request });
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        self.report_row(row.line);
        ControlFlow::Continue(())
    }

    fn report_row(&mut self, line: u32) {
        self.row_faults.sort_by_key(|(column, _)| *column);
        for (column, trouble) in self.row_faults.drain(..) {
            self.faults.push(trouble.at(self.file, line, column));
        }
    }

    /// Whether the row is to be taken in: no earlier one has its reference. An equal one was
    /// taken in already; another one is at fault.
    fn is_new(
        &mut self,
        cells: &Cells<'_>,
        reference: &str,
        request: &Option<(HistoricRequest, &str)>,
    ) -> bool {
        let again = match request {
            Some((request, authority)) => {
                self.seen.request(reference, cells.row.line, request, authority)
            }
            // Rows with faults are compared as they stand.
            None => self.seen.text(reference, cells.row.line, cells.row.text),
        };
        match again {
            Again::No => true,
            Again::Equal => {
                self.counts.repeated += 1;
                false
            }
            Again::Different { line } => {
                let what = format!("{} stands on line {line} with other content", shown(reference));
                let mend = "give each request its own reference, or delete the row that is wrong";
                self.fault(cells, Column::Reference, Trouble::new(what, mend));
                false
            }
        }
    }

    fn fault(&mut self, cells: &Cells<'_>, column: Column, trouble: Trouble) {
        self.row_faults.push((cells.number(column), trouble.in_column(column.name())));
    }

    /// The value of a column; `None` where it is missing or at fault, which is reported.
    fn value<'c, T>(
        &mut self,
        cells: &Cells<'c>,
        column: Column,
        parse: impl FnOnce(&Given<'c>) -> Result<T, Trouble>,
    ) -> Option<T> {
        let given = cells.given(column)?;
        match given.checked().and_then(|()| parse(&given)) {
            Ok(value) => Some(value),
            Err(trouble) => {
                self.fault(cells, column, trouble);
                None
            }
        }
    }

    fn country(&mut self, cells: &Cells<'_>) -> Option<Country> {
        let given = cells.given(Column::Country)?;
        if let Some(country) = self.countries.get(given.text) {
            return Some(*country);
        }
        let country = self.value(cells, Column::Country, column::country)?;
        if self.countries.len() < COUNTRY_TEXTS_MAX {
            self.countries.insert(given.text.to_owned(), country);
        }
        Some(country)
    }

    fn request(&mut self, cells: &Cells<'_>) -> Option<HistoricRequest> {
        let date_format = self.mapping.date_format();
        let received_on =
            self.value(cells, Column::ReceivedOn, |given| column::date(given, date_format));
        let country = self.country(cells);
        let category = self.value(cells, Column::Category, column::code::<Category>);
        let instrument = self.value(cells, Column::Instrument, column::instrument);
        let demands = self.value(cells, Column::Demand, column::demands);
        let urgency = self.value(cells, Column::Emergency, column::urgency);
        let accounts_specified = self.value(cells, Column::AccountsSpecified, column::accounts);
        let accounts_disclosed = self.value(cells, Column::AccountsDisclosed, column::accounts);
        let outcome = self.outcome(cells);
        let request = HistoricRequest {
            received_on: received_on?,
            country: country?,
            category: category?,
            instrument: instrument?,
            demands: demands?,
            urgency: urgency?,
            accounts_specified: accounts_specified?,
            accounts_disclosed: accounts_disclosed?,
            outcome: outcome?,
        };
        for fault in request.faults() {
            let (column, mend) = place_and_mend(&fault, &request);
            self.fault(cells, column, Trouble::new(fault.to_string(), mend));
        }
        Some(request)
    }
}

/// The cells of a row by their column.
struct Cells<'c> {
    row: &'c Row<'c>,
    layout: &'c Layout<'c>,
    silenced: [bool; REQUEST_COLUMNS.len()],
}

impl<'c> Cells<'c> {
    /// `None` where nothing can be said of the column in any row.
    fn given(&self, column: Column) -> Option<Given<'c>> {
        let i = column.index();
        if self.silenced[i] {
            return None;
        }
        match self.layout.origins[i] {
            Origin::Cell(cell) => {
                let text = self.layout.translate(i, self.row.cell(cell));
                Some(Given { text, form: self.row.form(cell) })
            }
            Origin::Constant(entry) => Some(Given { text: &entry.text, form: Form::Text }),
            Origin::Missing => None,
        }
    }

    /// The number under which a message names the column. A constant has none, and stands for its
    /// row's first.
    fn number(&self, column: Column) -> u32 {
        match self.layout.origins[column.index()] {
            Origin::Cell(cell) => u32::try_from(cell + 1).unwrap_or(u32::MAX),
            Origin::Constant(_) | Origin::Missing => 1,
        }
    }
}

/// Where an impossible combination is reported, and what to do about it.
fn place_and_mend(fault: &HistoricFault, request: &HistoricRequest) -> (Column, &'static str) {
    match fault {
        HistoricFault::Demands(_) => (
            Column::Demand,
            "split the row into requests of one category each, and prohibited demands into their \
             own",
        ),
        HistoricFault::ProhibitedApproved => {
            (Column::Outcome, "write `rejected`, or correct the demand")
        }
        HistoricFault::ProhibitedOnOtherGround => (Column::Ground, "write `prohibited`"),
        HistoricFault::GroundWithoutProhibited => {
            (Column::Ground, "write the ground that applies, or correct the demand")
        }
        HistoricFault::SettledBeforeReceived { .. } => {
            (Column::DecidedOn, "correct the wrong one of the two dates")
        }
        HistoricFault::AccountsInTechnical => {
            let column = match request.accounts_specified {
                Some(_) => Column::AccountsSpecified,
                None => Column::AccountsDisclosed,
            };
            (column, "leave both account columns blank, or correct the category")
        }
        HistoricFault::MoreDisclosedThanSpecified { .. } => {
            (Column::AccountsDisclosed, "correct the wrong one of the two numbers")
        }
        HistoricFault::DisclosedWithoutApproval => {
            (Column::AccountsDisclosed, "write 0 or nothing, or correct the outcome")
        }
    }
}
