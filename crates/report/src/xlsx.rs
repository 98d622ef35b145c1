//! `requests.xlsx`: the tables of the report, one to a sheet. Each sheet begins with its header, so
//! that a program reads it as it stands, and text is written as text, never as a formula.

mod sheets;

use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
    XlsxError,
};

use crate::Edition;

/// A sheet: its name, a header, and the rows below it.
struct Sheet {
    name: &'static str,
    columns: Vec<Column>,
    rows: Vec<SheetRow>,
}

struct Column {
    name: String,
    /// In characters of the standard font.
    width: f64,
    kind: ColumnKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ColumnKind {
    Words,
    Number,
}

struct SheetRow {
    kind: RowKind,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowKind {
    /// Set bold, with a line below.
    Total,
    Plain,
}

#[derive(Clone)]
enum Cell {
    Text(String),
    Count(u64),
    /// A whole percentage, kept as its whole number and shown with the sign.
    Percent(u64),
    /// Days, halves allowed.
    HalfDays(u64),
    Blank,
}

impl Column {
    fn words(name: &str, width: f64) -> Self {
        Self { name: name.to_owned(), width, kind: ColumnKind::Words }
    }

    fn number(name: &str) -> Self {
        Self { name: name.to_owned(), width: 12.0, kind: ColumnKind::Number }
    }
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The workbook of an edition; the same bytes for the same edition.
pub(crate) fn workbook(edition: &Edition) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(edition)?);
    let formats = Formats::new();
    for sheet in sheets::all(edition) {
        write(&sheet, workbook.add_worksheet(), &formats)?;
    }
    workbook.save_to_buffer()
}

fn properties(edition: &Edition) -> Result<DocProperties, XlsxError> {
    // The date of the edition, not of the run: the same edition gives the same bytes.
    let created = excel_date(edition.status.date())?;
    let period = edition.dataset.period.label();
    Ok(DocProperties::new()
        .set_title(format!("Requests from governments and law enforcement, {period}"))
        .set_author(&edition.publisher.name)
        .set_status(edition.status.words())
        .set_creation_datetime(&created))
}

fn excel_date(date: Date) -> Result<ExcelDateTime, XlsxError> {
    let [month, day] = [date.month(), date.day()].map(i8::unsigned_abs);
    ExcelDateTime::from_ymd(date.year().unsigned_abs(), month, day)
}

/// The formats of a workbook, by what a cell holds.
struct Formats {
    header_words: Format,
    header_number: Format,
    text: Format,
    count: Format,
    percent: Format,
    half_days: Format,
}

impl Formats {
    fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Bottom)
            .set_border_bottom(FormatBorder::Medium)
            .set_background_color(Color::RGB(0x00F2_F5F6));
        let number = |format| Format::new().set_num_format(format).set_align(FormatAlign::Top);
        Self {
            header_words: header.clone(),
            header_number: header.set_align(FormatAlign::Right),
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            count: number("#,##0"),
            percent: number("0\"%\""),
            half_days: number("0.0"),
        }
    }
}

fn write(sheet: &Sheet, to: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
    to.set_name(sheet.name)?;
    to.set_freeze_panes(1, 0)?;
    to.set_repeat_rows(0, 0)?;
    to.set_landscape().set_paper_size(PAPER_A4).set_print_fit_to_pages(1, 0);
    for (column, at) in sheet.columns.iter().zip(0..) {
        to.set_column_width(at, column.width)?;
        let format = match column.kind {
            ColumnKind::Words => &formats.header_words,
            ColumnKind::Number => &formats.header_number,
        };
        to.write_string_with_format(0, at, &column.name, format)?;
    }
    for (row, line) in sheet.rows.iter().zip(1..) {
        for (cell, at) in row.cells.iter().zip(0..) {
            write_cell(to, (line, at), cell, row.kind, formats)?;
        }
    }
    Ok(())
}

/// The code of A4 in the file format.
const PAPER_A4: u8 = 9;

fn write_cell(
    to: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    kind: RowKind,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let set = |format: &Format| match kind {
        RowKind::Total => format.clone().set_bold().set_border_bottom(FormatBorder::Thin),
        RowKind::Plain => format.clone(),
    };
    // Counts are far below 2^53, where a spreadsheet's numbers stop to be exact.
    let mut number = |value: f64, format: &Format| {
        to.write_number_with_format(row, column, value, &set(format)).map(|_| ())
    };
    match cell {
        Cell::Count(count) => number(*count as f64, &formats.count),
        Cell::Percent(percent) => number(*percent as f64, &formats.percent),
        Cell::HalfDays(half_days) => number(*half_days as f64 / 2.0, &formats.half_days),
        Cell::Text(text) => {
            to.write_string_with_format(row, column, text, &set(&formats.text)).map(|_| ())
        }
        Cell::Blank => to.write_blank(row, column, &set(&formats.text)).map(|_| ()),
    }
}
