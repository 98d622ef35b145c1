//! CSV after RFC 4180, in UTF-8, one row at a time.
//!
//! Of its own, and not the `csv` crate, for what an import must be exact in: the line on which a
//! row begins as an editor counts it, blank lines and line breaks in quotes included; a fault
//! where a quote stands astray or is never closed; a limit on what is held in memory. A test
//! compares the two on what both accept.

use std::io::{self, BufRead};

use memchr::{memchr, memchr_iter};

use super::{CELL_BYTES_MAX, Cell, Form, Found, Row, Stopped, Visit};
use crate::fault::Trouble;

/// The longest physical line. Longer ones belong to no table.
const LINE_BYTES_MAX: usize = 1 << 20;

/// The byte between cells.
pub(super) type Delimiter = u8;

/// Between the cells of a file may stand one of these.
const DELIMITERS: [Delimiter; 3] = [b',', b';', b'\t'];

#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// `None`: the one that the header has most often.
    pub delimiter: Option<Delimiter>,
    /// Lines above the header.
    pub skip_rows: u32,
}

/// Visits all rows and says what stood between their cells.
pub(super) fn each_row(
    input: impl BufRead,
    layout: Layout,
    visit: &mut Visit<'_>,
) -> Result<Delimiter, Stopped> {
    let mut lines = Lines { input, number: 0, raw: Vec::new() };
    let mut delimiter = layout.delimiter;
    let mut record = Record::default();
    while lines.next()? {
        if lines.number <= layout.skip_rows {
            continue;
        }
        let between = *delimiter.get_or_insert_with(|| most_frequent(lines.text()));
        let line = lines.number;
        let read = match record.read(&mut lines, between)? {
            None => record.text(),
            Some(broken) => Err(broken),
        };
        let found = match read {
            Ok(text) => Found::Row(Row { line, text, cells: &record.cells, is_padded: false }),
            Err(Broken { column, trouble }) => Found::Trouble { line, column, trouble },
        };
        if visit(found).is_break() {
            break;
        }
    }
    Ok(delimiter.unwrap_or(b','))
}

fn most_frequent(header: &[u8]) -> Delimiter {
    let mut quoted = false;
    let mut counts = [0_u32; DELIMITERS.len()];
    for byte in header {
        quoted ^= *byte == b'"';
        if let Some(i) = DELIMITERS.iter().position(|d| d == byte && !quoted) {
            counts[i] += 1;
        }
    }
    let mut best = 0;
    for (i, count) in counts.iter().enumerate() {
        if *count > counts[best] {
            best = i;
        }
    }
    DELIMITERS[best]
}

/// Physical lines.
struct Lines<R> {
    input: R,
    /// Of the line in `raw`, from 1.
    number: u32,
    raw: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; `false` at the end of the file.
    fn next(&mut self) -> Result<bool, Stopped> {
        self.raw.clear();
        self.number = self.number.saturating_add(1);
        while self.raw.len() <= LINE_BYTES_MAX && !self.raw.ends_with(b"\n") {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if buffer.is_empty() {
                break;
            }
            let line = &buffer[..memchr(b'\n', buffer).map_or(buffer.len(), |feed| feed + 1)];
            self.raw.extend_from_slice(line);
            let read = line.len();
            self.input.consume(read);
        }
        if self.raw.len() > LINE_BYTES_MAX {
            let trouble = Trouble::new(
                format!("the line is longer than {LINE_BYTES_MAX} bytes"),
                "check that this is a table, and that its lines end with a line feed",
            );
            return Err(Stopped::Trouble { line: self.number, column: 1, trouble });
        }
        Ok(!self.raw.is_empty())
    }

    /// The line without its end.
    fn text(&self) -> &[u8] {
        let raw = self.raw.strip_suffix(b"\n").unwrap_or(&self.raw);
        raw.strip_suffix(b"\r").unwrap_or(raw)
    }
}

/// A row that can't be read as one; the next can.
struct Broken {
    column: u32,
    trouble: Trouble,
}

impl Broken {
    fn new(cells: usize, what: impl Into<String>, mend: &str) -> Self {
        let column = u32::try_from(cells).map_or(u32::MAX, |cells| cells.saturating_add(1));
        Self { column, trouble: Trouble::new(what, mend) }
    }
}

/// The cells of one row, unquoted.
#[derive(Default)]
struct Record {
    text: Vec<u8>,
    cells: Vec<Cell>,
}

impl Record {
    /// Reads the row that begins in the line at hand, and further lines where a quoted cell runs
    /// over them.
    fn read<R: BufRead>(
        &mut self,
        lines: &mut Lines<R>,
        delimiter: Delimiter,
    ) -> Result<Option<Broken>, Stopped> {
        self.text.clear();
        self.cells.clear();
        if memchr(b'"', &lines.raw).is_some() {
            return self.read_quoted(lines, delimiter);
        }
        self.text.extend_from_slice(lines.text());
        let mut start = 0;
        for end in memchr_iter(delimiter, &self.text) {
            self.cells.push(Cell { span: start..end, form: Form::Text });
            start = end + 1;
        }
        self.cells.push(Cell { span: start..self.text.len(), form: Form::Text });
        Ok(None)
    }

    fn read_quoted<R: BufRead>(
        &mut self,
        lines: &mut Lines<R>,
        delimiter: Delimiter,
    ) -> Result<Option<Broken>, Stopped> {
        let opened_on = lines.number;
        let mut broken = None;
        let mut state = State::CellStart;
        let mut start = 0;
        loop {
            for byte in lines.text() {
                match (state, *byte) {
                    (State::CellStart, b'"') => state = State::Quoted,
                    (State::Quoted, b'"') => state = State::QuoteInQuoted,
                    (State::QuoteInQuoted, b'"') => {
                        self.text.push(b'"');
                        state = State::Quoted;
                    }
                    (State::CellStart | State::Unquoted | State::QuoteInQuoted, byte)
                        if byte == delimiter =>
                    {
                        self.end_cell(&mut start);
                        state = State::CellStart;
                    }
                    (State::Quoted, byte) => self.text.push(byte),
                    (State::CellStart | State::Unquoted, byte) if byte != b'"' => {
                        self.text.push(byte);
                        state = State::Unquoted;
                    }
                    (State::CellStart | State::Unquoted | State::QuoteInQuoted, byte) => {
                        broken.get_or_insert_with(|| astray(self.cells.len()));
                        self.text.push(byte);
                        state = State::Unquoted;
                    }
                }
            }
            if state != State::Quoted {
                break;
            }
            // The line break belongs to the cell, as it stands in the file.
            self.text.extend_from_slice(&lines.raw[lines.text().len()..]);
            if self.text.len() - start > CELL_BYTES_MAX || !lines.next()? {
                return Err(never_closed(opened_on, self.cells.len()));
            }
        }
        self.end_cell(&mut start);
        Ok(broken)
    }

    fn end_cell(&mut self, start: &mut usize) {
        self.cells.push(Cell { span: *start..self.text.len(), form: Form::Text });
        *start = self.text.len();
    }

    fn text(&self) -> Result<&str, Broken> {
        if let Some(i) = self.cells.iter().position(|cell| cell.span.len() > CELL_BYTES_MAX) {
            let what = format!("the cell is longer than {CELL_BYTES_MAX} bytes");
            return Err(Broken::new(i, what, "shorten it"));
        }
        std::str::from_utf8(&self.text).map_err(|error| {
            let within = |cell: &Cell| cell.span.end > error.valid_up_to();
            let i = self.cells.iter().position(within).unwrap_or(0);
            let mend = "save the file as UTF-8, or name its `encoding` in a mapping file";
            Broken::new(i, "the cell is not UTF-8", mend)
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Unquoted,
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two that stand for one.
    QuoteInQuoted,
}

fn astray(cells: usize) -> Broken {
    let mend = "put the whole cell in quotes, and write each quote within it twice";
    Broken::new(cells, "a quote stands where none may", mend)
}

/// Where a quote is never closed, nobody can say which rows follow.
fn never_closed(line: u32, cells: usize) -> Stopped {
    let Broken { column, trouble } = Broken::new(
        cells,
        format!("a quote is opened and not closed within {CELL_BYTES_MAX} bytes"),
        "close it, or write it twice if it belongs to the text; the rows below could not be read",
    );
    Stopped::Trouble { line, column, trouble }
}

#[cfg(test)]
mod tests;
