//! Requests that were finished, or kept elsewhere, before candor: one row each.

mod column;
mod outcome;
mod pipeline;
mod seen;

use std::collections::HashMap;
use std::io::{Read, Seek};

use domain::fact::Fact;
use domain::request::{HistoricFault, HistoricRequest};
use domain::{Category, Country};

use crate::Summary;
use crate::fault::{Error, Faults, Trouble};
use crate::mapping::{Layout, Mapping, Origin};
use crate::table::{Form, Row, Table};
use column::{COLUMNS, Column, Given};
pub(crate) use outcome::OutcomeWord;
use seen::{Mark, Marks};

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
pub fn requests<F: Read + Seek + Send>(
    table: &mut Table<F>,
    mapping: &Mapping,
    sink: &mut dyn FnMut(RequestLine),
) -> Result<Summary, Error> {
    let make = |row: SoundRow<'_>| RequestLine {
        line: row.line,
        reference: row.reference.to_owned(),
        authority: row.authority.to_owned(),
        request: row.request,
    };
    pipeline::read(table, mapping, make, sink)
}

/// Reads a table as [`requests`] does, and hands out what counting needs of each request.
pub fn facts<F: Read + Seek + Send>(
    table: &mut Table<F>,
    mapping: &Mapping,
    sink: &mut dyn FnMut(Fact),
) -> Result<Summary, Error> {
    pipeline::read(table, mapping, |row| row.request.fact(), sink)
}

/// A row without a fault of its own.
struct SoundRow<'a> {
    line: u32,
    reference: &'a str,
    authority: &'a str,
    request: HistoricRequest,
}

/// What is read of a row by itself.
struct ReadRow<'a> {
    /// `None` where the reference is at fault.
    mark: Option<Mark>,
    /// `None` where anything is at fault.
    sound: Option<SoundRow<'a>>,
    /// With their columns, not yet in the order of these.
    faults: Vec<(u32, Trouble)>,
}

/// The first row of a table, understood.
struct Header<'m> {
    layout: Layout<'m>,
    /// By column: not read, because it is missing or its constant is wrong.
    silenced: [bool; REQUEST_COLUMNS.len()],
}

impl<'m> Header<'m> {
    fn read(file: &str, row: &Row<'_>, mapping: &'m Mapping) -> (Self, Faults) {
        let mut faults = Faults::default();
        let layout = Layout::new(file, row, mapping, &REQUEST_COLUMNS, &mut faults);
        if let Some(at) = mapping.figures_only() {
            let trouble = Trouble::new(
                "this table holds requests, and [measures] and [period] are for figures",
                "remove them",
            );
            faults.push(trouble.at(mapping.name(), at.line, at.column));
        }
        let mut silenced = [false; REQUEST_COLUMNS.len()];
        for (i, origin) in layout.origins.iter().enumerate() {
            silenced[i] = matches!(origin, Origin::Missing);
        }
        for (i, entry) in layout.own_words() {
            let column = COLUMNS[i];
            let given = Given::own_word(&entry.text);
            if let Err(trouble) = column.check(&given, None) {
                silenced[i] |= matches!(layout.origins[i], Origin::Constant(_));
                let trouble = trouble.in_column(column.name());
                faults.push(trouble.at(mapping.name(), entry.line, entry.column));
            }
        }
        (Self { layout, silenced }, faults)
    }
}

/// Reads rows, each by itself.
struct Reader<'a> {
    header: &'a Header<'a>,
    date_format: Option<&'a str>,
    marks: &'a Marks,
    /// Of the row at hand.
    row_faults: Vec<(u32, Trouble)>,
    /// Texts that were looked up as countries before.
    countries: HashMap<String, Country>,
}

/// How many spellings of countries are remembered; there are not many more than countries.
const COUNTRY_TEXTS_MAX: usize = 1_000;

impl<'a> Reader<'a> {
    fn new(header: &'a Header<'a>, mapping: &'a Mapping, marks: &'a Marks) -> Self {
        let date_format = mapping.date_format();
        Self { header, date_format, marks, row_faults: Vec::new(), countries: HashMap::new() }
    }

    /// `None` where the mapping leaves the row out.
    fn row<'r>(&mut self, row: Row<'r>) -> Option<ReadRow<'r>>
    where
        'a: 'r,
    {
        let header = self.header;
        if let Err(fault) = header.layout.check_width(&row) {
            return Some(ReadRow { mark: None, sound: None, faults: vec![fault] });
        }
        if header.layout.leaves_out(&row) {
            return None;
        }
        let cells = Cells { row, header };
        let reference = self.value(&cells, Column::Reference, column::reference);
        let authority = self.value(&cells, Column::Authority, column::authority);
        let request = self.request(&cells);
        let request = request.zip(authority).filter(|_| self.row_faults.is_empty());
        let mark = reference.map(|reference| match &request {
            Some((request, authority)) => self.marks.request(reference, request, authority),
            // Rows with faults are compared as they stand.
            None => self.marks.text(reference, row.text),
        });
        let sound = reference.zip(request).map(|(reference, (request, authority))| SoundRow {
            line: row.line,
            reference,
            authority,
            request,
        });
        Some(ReadRow { mark, sound, faults: std::mem::take(&mut self.row_faults) })
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
        let date_format = self.date_format;
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
    row: Row<'c>,
    header: &'c Header<'c>,
}

impl<'c> Cells<'c> {
    /// `None` where nothing can be said of the column in any row.
    fn given(&self, column: Column) -> Option<Given<'c>> {
        let i = column.index();
        let Header { layout, silenced } = self.header;
        if silenced[i] {
            return None;
        }
        match layout.origins[i] {
            Origin::Cell(cell) => {
                let text = layout.translate(i, self.row.cell(cell));
                Some(Given { text, form: self.row.form(cell) })
            }
            Origin::Constant(entry) => Some(Given { text: &entry.text, form: Form::Text }),
            Origin::Missing => None,
        }
    }

    /// The number under which a message names the column. A constant has none, and stands for its
    /// row's first.
    fn number(&self, column: Column) -> u32 {
        match self.header.layout.origins[column.index()] {
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
