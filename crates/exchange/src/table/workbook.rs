//! XLSX, one row at a time.

use std::fmt::Write as _;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use zip::ZipArchive;

use super::{CELL_BYTES_MAX, Cell, Form, Found, Row, Source, Stopped, Visit};
use crate::fault::{Trouble, shown};
use crate::mapping::Mapping;
use crate::near::did_you_mean;

/// The most bytes that a workbook may unpack to: a small archive can hold a great many.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// The most files within a workbook's archive.
const PARTS_MAX: usize = 10_000;

/// The size of a sheet (Excel's own limits). A cell beyond it was misread.
const SHEET_ROWS_MAX: u32 = 1 << 20;
const SHEET_COLUMNS_MAX: u32 = 1 << 14;

const NOT_IN_ORDER: &str = "the cells of the sheet are not in their order";
const NOT_A_WORKBOOK: &str = "this is not an XLSX workbook that can be read";
const MEND: &str = "open it in a spreadsheet program and save it again as XLSX or CSV";

pub(super) struct Workbook<F> {
    xlsx: Xlsx<F>,
}

impl<F> std::fmt::Debug for Workbook<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").finish_non_exhaustive()
    }
}

impl<F: Read + Seek> Workbook<F> {
    pub fn open(mut file: F) -> Result<Self, Stopped> {
        check_unpacked_size(&mut file)?;
        file.rewind()?;
        let xlsx = guarded(|| Xlsx::new(file))?;
        Ok(Self { xlsx })
    }

    pub fn each_row(
        &mut self,
        mapping: &Mapping,
        visit: &mut Visit<'_>,
    ) -> Result<Source, Stopped> {
        let sheet = self.sheet(mapping)?;
        let sheets = self.xlsx.sheets_metadata().len();
        let mut cells = guarded(|| self.xlsx.worksheet_cells_reader(&sheet))?;
        let mut line = Line::default();
        loop {
            let cell = guarded(|| cells.next_cell())?;
            let number = cell.as_ref().map(|cell| cell.get_position().0.saturating_add(1));
            if number != Some(line.number) {
                if number.is_some_and(|number| number < line.number) {
                    return Err(Stopped::whole(NOT_IN_ORDER, MEND));
                }
                if line.number > mapping.skip_rows() && visit(line.found()).is_break() {
                    break;
                }
                let Some(number) = number else { break };
                line.begin(number);
            }
            if let Some(cell) = cell {
                line.put(cell.get_position(), cell.get_value())?;
            }
        }
        Ok(Source::Workbook { sheet, sheets })
    }

    /// The sheet that the mapping names, else the first visible one with anything in it.
    fn sheet(&mut self, mapping: &Mapping) -> Result<String, Stopped> {
        let sheets = self.xlsx.sheets_metadata().to_vec();
        let sheets = sheets.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        if let Some(wanted) = mapping.sheet() {
            let names: Vec<String> = sheets.map(|sheet| sheet.name).collect();
            return names.iter().find(|name| **name == wanted.text).cloned().ok_or_else(|| {
                let known = names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
                let trouble = Trouble::new(
                    format!("the workbook has no sheet {}", shown(&wanted.text)),
                    did_you_mean(
                        &wanted.text,
                        names.iter().map(String::as_str),
                        format!("its sheets are {known}"),
                    ),
                );
                Stopped::Mapping(Box::new(trouble.at(mapping.name(), wanted.line, wanted.column)))
            });
        }
        for sheet in sheets.filter(|sheet| sheet.visible == SheetVisible::Visible) {
            if self.has_content(&sheet.name)? {
                return Ok(sheet.name);
            }
        }
        Err(Stopped::whole("the workbook has no visible sheet with anything in it", MEND))
    }

    fn has_content(&mut self, sheet: &str) -> Result<bool, Stopped> {
        let mut cells = guarded(|| self.xlsx.worksheet_cells_reader(sheet))?;
        while let Some(cell) = guarded(|| cells.next_cell())? {
            if *cell.get_value() != DataRef::Empty {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Unpacks everything to nowhere, so that what is read afterwards is known to have a bound.
fn check_unpacked_size(file: &mut (impl Read + Seek)) -> Result<(), Stopped> {
    // An encrypted workbook is no archive; opening it tells.
    let Ok(mut archive) = ZipArchive::new(file) else { return Ok(()) };
    let too_large = || Stopped::whole("the workbook unpacks to more than 1 GiB", "save it as CSV");
    if archive.len() > PARTS_MAX {
        return Err(too_large());
    }
    let mut left = UNPACKED_BYTES_MAX;
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|_| Stopped::whole(NOT_A_WORKBOOK, MEND))?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink());
        let read = read.map_err(|_| Stopped::whole(NOT_A_WORKBOOK, MEND))?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
    }
    Ok(())
}

/// Calls the reader, which panics over some workbooks that no program writes: it multiplies the
/// names of their cells beyond what its numbers hold. To the owner of the file that is one more
/// way of being broken.
fn guarded<T>(read: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, Stopped> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(stopped),
        Err(_) => Err(Stopped::whole(NOT_A_WORKBOOK, MEND)),
    }
}

/// What the reader's errors mean to the owner of the file. Only two of its many kinds say more
/// than that the file is broken.
fn stopped(error: XlsxError) -> Stopped {
    match error {
        // These kinds come from unpacking and say that the archive is broken, not the disk.
        XlsxError::Io(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::Other
            ) =>
        {
            Stopped::Io(error)
        }
        XlsxError::Password => Stopped::whole(
            "the workbook is encrypted with a password",
            "open it in a spreadsheet program and save it without one",
        ),
        error => Stopped::whole(format!("{NOT_A_WORKBOOK} ({error})"), MEND),
    }
}

/// A row as it is put together from cells.
#[derive(Default)]
struct Line {
    /// 0 before the first.
    number: u32,
    text: String,
    cells: Vec<Cell>,
    too_long: Option<u32>,
}

impl Line {
    fn begin(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.cells.clear();
        self.too_long = None;
    }

    fn put(&mut self, (row, column): (u32, u32), value: &DataRef<'_>) -> Result<(), Stopped> {
        if *value == DataRef::Empty {
            return Ok(());
        }
        if row >= SHEET_ROWS_MAX || column >= SHEET_COLUMNS_MAX {
            return Err(Stopped::whole("a cell lies outside of the sheet", MEND));
        }
        if (column as usize) < self.cells.len() {
            return Err(Stopped::whole(NOT_IN_ORDER, MEND));
        }
        let start = self.text.len();
        self.cells.resize(column as usize, Cell { span: start..start, form: Form::Text });
        let form = write(&mut self.text, value);
        if self.text.len() - start > CELL_BYTES_MAX {
            self.text.truncate(start);
            self.too_long.get_or_insert(column + 1);
        }
        self.cells.push(Cell { span: start..self.text.len(), form });
        Ok(())
    }

    fn found(&self) -> Found<'_> {
        if let Some(column) = self.too_long {
            let what = format!("the cell is longer than {CELL_BYTES_MAX} bytes");
            let trouble = Trouble::new(what, "shorten it");
            return Found::Trouble { line: self.number, column, trouble };
        }
        Found::Row(Row { line: self.number, text: &self.text, cells: &self.cells, is_padded: true })
    }
}

/// Writes a value as it would stand in a CSV.
fn write(text: &mut String, value: &DataRef<'_>) -> Form {
    match value {
        DataRef::Empty => Form::Text,
        DataRef::String(value) => {
            text.push_str(value);
            Form::Text
        }
        DataRef::SharedString(value) => {
            text.push_str(value);
            Form::Text
        }
        DataRef::Int(value) => form_of(write!(text, "{value}")),
        DataRef::Float(value) => form_of(write!(text, "{value}")),
        DataRef::Bool(value) => {
            text.push_str(if *value { "TRUE" } else { "FALSE" });
            Form::Text
        }
        DataRef::DateTime(value) => write_date(text, value),
        DataRef::DateTimeIso(value) => {
            let day = value.strip_suffix("T00:00:00").unwrap_or(value);
            text.push_str(day);
            if day.parse::<Date>().is_ok() && day.len() == 10 { Form::Day } else { Form::Time }
        }
        DataRef::DurationIso(value) => {
            text.push_str(value);
            Form::Time
        }
        DataRef::Error(error) => {
            form_of(write!(text, "{error}"));
            Form::FormulaError
        }
    }
}

fn form_of(written: std::fmt::Result) -> Form {
    written.expect("writing to a string can't fail");
    Form::Text
}

fn write_date(text: &mut String, value: &ExcelDateTime) -> Form {
    if value.is_duration() {
        form_of(write!(text, "{} days", value.as_f64()));
        return Form::Time;
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    form_of(write!(text, "{year:04}-{month:02}-{day:02}"));
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        return Form::Day;
    }
    form_of(write!(text, " {hour:02}:{minute:02}:{second:02}"));
    Form::Time
}
