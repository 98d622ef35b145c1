//! A spreadsheet, whatever its clothes: CSV in some encoding, or XLSX.

mod decode;
mod delimited;
mod scan;
mod workbook;

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::ops::{ControlFlow, Range};

use domain::id::Sha256Hash;

use crate::fault::{Error, Fault, Trouble, shown};
use crate::mapping::Mapping;
use crate::near::near;
use crate::{FIGURE_COLUMNS, REQUEST_COLUMNS};
use decode::Decoded;
use scan::{Scan, TextForm};
use workbook::Workbook;

/// The most rows that a file may have. A larger one is split by its owner.
pub const ROWS_MAX: u64 = 5_000_000;

/// The most bytes that a cell may have.
pub const CELL_BYTES_MAX: usize = 10_000;

/// The most bytes that a file may have.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// A file that was looked at once: it is a table, and its hash is known.
///
/// Reading it begins at its start each time, so that a caller can check all of it first and take
/// it in a second time.
#[derive(Debug)]
pub struct Table<F> {
    name: String,
    sha256: Sha256Hash,
    size_bytes: u64,
    lines: u64,
    content: Content<F>,
}

#[derive(Debug)]
enum Content<F> {
    Text { file: F, form: TextForm },
    Workbook(Box<Workbook<F>>),
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One request each.
    Requests,
    /// Figures that were published.
    Figures,
}

/// How a file was read; `Display` puts it in words for the person who imports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Text {
        /// The encoding's name, such as `UTF-8`.
        encoding: &'static str,
        /// Between the cells: a comma, a semicolon or a tab.
        delimiter: char,
    },
    Workbook {
        sheet: String,
        /// All sheets of the workbook, the one that was read included.
        sheets: usize,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { encoding, delimiter: '\t' } => write!(f, "{encoding} text between tabs"),
            Self::Text { encoding, delimiter } => {
                write!(f, "{encoding} text between `{delimiter}`")
            }
            Self::Workbook { sheet, sheets: 1 } => write!(f, "XLSX sheet {}", shown(sheet)),
            Self::Workbook { sheet, sheets } => {
                write!(f, "XLSX sheet {}, one of {sheets}", shown(sheet))
            }
        }
    }
}

/// What a row is read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// A date cell of a workbook, written YYYY-MM-DD.
    Day,
    /// A date cell with a time of day, or a duration.
    Time,
    /// What a formula came to when it failed, such as `#REF!`.
    FormulaError,
}

/// Where a cell stands in the text of its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub span: Range<usize>,
    pub form: Form,
}

/// A row, borrowed from the buffer that the next one is read into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The line that it begins on.
    pub line: u32,
    pub text: &'a str,
    pub cells: &'a [Cell],
    /// Blank cells at the end may be left away, as a workbook does.
    pub is_padded: bool,
}

impl<'a> Row<'a> {
    /// The text of a cell; blank where the row ends before it.
    pub fn cell(&self, index: usize) -> &'a str {
        self.cells.get(index).map_or("", |cell| &self.text[cell.span.clone()])
    }

    pub fn form(&self, index: usize) -> Form {
        self.cells.get(index).map_or(Form::Text, |cell| cell.form)
    }

    pub fn is_blank(&self) -> bool {
        self.text.is_empty() || self.cells.iter().all(|cell| cell.span.is_empty())
    }
}

/// What a reader finds next: a row, or trouble where one should be.
pub(crate) enum Found<'a> {
    Row(Row<'a>),
    Trouble { line: u32, column: u32, trouble: Trouble },
}

/// Takes what a reader finds, and says whether to go on.
pub(crate) type Visit<'v> = dyn FnMut(Found<'_>) -> ControlFlow<()> + 'v;

/// Why a reader stopped early.
#[derive(Debug)]
pub(crate) enum Stopped {
    Io(io::Error),
    /// In the table.
    Trouble {
        line: u32,
        column: u32,
        trouble: Trouble,
    },
    /// In the mapping.
    Mapping(Box<Fault>),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Stopped {
    /// Trouble with the file as a whole.
    fn whole(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Trouble { line: 1, column: 1, trouble: Trouble::new(what, mend) }
    }

    fn into_error(self, file: &str) -> Error {
        match self {
            Self::Io(source) => Error::Unreadable { file: file.to_owned(), source },
            Self::Trouble { line, column, trouble } => trouble.at(file, line, column).into(),
            Self::Mapping(fault) => (*fault).into(),
        }
    }
}

impl<F: Read + Seek> Table<F> {
    /// Looks through a file once: takes its SHA-256, and finds out by its content, not its name,
    /// whether it is text or a workbook. `name` is what messages call it.
    pub fn open(name: &str, mut file: F) -> Result<Self, Error> {
        let look = |file: &mut F| {
            file.rewind()?;
            scan::scan(file)
        };
        let Scan { sha256, size_bytes, lines, form } =
            look(&mut file).map_err(|stopped| stopped.into_error(name))?;
        let content = match form {
            scan::Form::Text(form) => Content::Text { file, form },
            scan::Form::Workbook => {
                let workbook = Workbook::open(file).map_err(|stopped| stopped.into_error(name))?;
                Content::Workbook(Box::new(workbook))
            }
        };
        Ok(Self { name: name.to_owned(), sha256, size_bytes, lines, content })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn sha256(&self) -> Sha256Hash {
        self.sha256
    }

    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// About how many rows there are, to show progress by or to make room: the lines of a text;
    /// 0 for a workbook, which says it nowhere reliably.
    pub fn rows_about(&self) -> u64 {
        self.lines.min(ROWS_MAX)
    }

    /// Tells requests from figures by the names of the columns, as the mapping translates them.
    pub fn kind(&mut self, mapping: &Mapping) -> Result<Kind, Error> {
        let mut kind = None;
        let (name, mut first) = (self.name.clone(), None);
        self.each_row(mapping, &mut |found| match found {
            Found::Row(row) if row.is_blank() => ControlFlow::Continue(()),
            Found::Row(row) => {
                kind = Some(kind_of_header(&name, mapping, &row));
                ControlFlow::Break(())
            }
            Found::Trouble { line, column, trouble } => {
                first = Some(trouble.at(&name, line, column));
                ControlFlow::Break(())
            }
        })?;
        match (kind, first) {
            (Some(kind), _) => Ok(kind?),
            (None, Some(fault)) => Err(fault.into()),
            (None, None) => Err(self.empty().into()),
        }
    }

    /// Reads the rows in turn, the header too, until the visitor breaks off. What is returned as
    /// an error leaves no hope for the rows behind it; a visitor hears of everything else.
    pub(crate) fn each_row(
        &mut self,
        mapping: &Mapping,
        visit: &mut Visit<'_>,
    ) -> Result<Source, Error> {
        let read = match &mut self.content {
            Content::Text { file, form } => read_text(file, *form, mapping, visit),
            Content::Workbook(workbook) => workbook.each_row(mapping, visit),
        };
        read.map_err(|stopped| stopped.into_error(&self.name))
    }

    pub(crate) fn empty(&self) -> Fault {
        let mend = format!("its first row names the columns: {}", REQUEST_COLUMNS.join(","));
        Trouble::new("the table is empty", mend).at(&self.name, 1, 1)
    }
}

fn read_text<F: Read + Seek>(
    file: &mut F,
    form: TextForm,
    mapping: &Mapping,
    visit: &mut Visit<'_>,
) -> Result<Source, Stopped> {
    file.rewind()?;
    let input = BufReader::with_capacity(READ_BYTES, file);
    let encoding = mapping.encoding().unwrap_or(form.encoding());
    let layout =
        delimited::Layout { delimiter: mapping.delimiter(), skip_rows: mapping.skip_rows() };
    let delimiter = if encoding == encoding_rs::UTF_8 {
        let mut input = input;
        skip_utf8_mark(&mut input)?;
        delimited::each_row(input, layout, visit)?
    } else {
        let decoded = BufReader::with_capacity(READ_BYTES, Decoded::new(input, encoding));
        delimited::each_row(decoded, layout, visit)?
    };
    Ok(Source::Text { encoding: encoding.name(), delimiter: char::from(delimiter) })
}

/// Skips the byte order mark, which is no part of the first column's name.
fn skip_utf8_mark(input: &mut impl BufRead) -> io::Result<()> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if input.fill_buf()?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(())
}

/// The kind of table that has more of its column names in the header.
fn kind_of_header(file: &str, mapping: &Mapping, header: &Row<'_>) -> Result<Kind, Fault> {
    if mapping.figures_only().is_some() {
        return Ok(Kind::Figures);
    }
    let names = || (0..header.cells.len()).map(|i| mapping.ours(header.cell(i)));
    let found = |columns: &[&str]| {
        names().chain(mapping.constant_columns()).filter(|name| columns.contains(name)).count()
    };
    let (requests, figures) = (found(&REQUEST_COLUMNS), found(&FIGURE_COLUMNS));
    if requests > figures {
        return Ok(Kind::Requests);
    }
    // `country` alone is in both and tells nothing.
    if figures > requests {
        return Ok(Kind::Figures);
    }
    let guess =
        names().find_map(|name| near(name, REQUEST_COLUMNS.into_iter().chain(FIGURE_COLUMNS)));
    let hint = guess.map_or(String::new(), |name| format!("did you mean `{name}`? "));
    let trouble = Trouble::new(
        "the first row names neither the columns of requests nor those of published figures",
        format!(
            "{hint}requests have {}; figures have {}; a file with other names is read with a \
             mapping file that says which is which under [columns]",
            REQUEST_COLUMNS.join(","),
            FIGURE_COLUMNS.join(",")
        ),
    );
    Err(trouble.at(file, header.line, 1))
}

/// How much is read at a time.
const READ_BYTES: usize = 256 << 10;
