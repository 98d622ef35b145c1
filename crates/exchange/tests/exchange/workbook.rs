//! XLSX.

use domain::request::HistoricOutcome;
use exchange::{Mapping, REQUEST_COLUMNS, Source};
use jiff::civil::date;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use crate::{check_faults, faults_of, mapped, open, read_requests};

const RIGHT: [&str; 13] = [
    "A-1",
    "2021-03-04",
    "DE",
    "Example Police",
    "technical_expertise",
    "none",
    "research",
    "no",
    "",
    "",
    "approved",
    "",
    "2021-03-18",
];

/// A workbook with an empty sheet before the one with the table.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Cover").expect("a name");
    let sheet = workbook.add_worksheet().set_name("Requests").expect("a name");
    sheet.write_row(0, 0, REQUEST_COLUMNS).expect("a header");
    sheet.write_row(1, 0, RIGHT).expect("a row");
    fill(sheet);
    workbook.save_to_buffer().expect("a workbook")
}

#[test]
fn the_first_sheet_with_content_is_read_with_dates_and_numbers() {
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let bytes = workbook(|sheet| {
        let received = ExcelDateTime::from_ymd(2021, 5, 6).expect("a day");
        // A blank row between; a reference that is a number; a row that ends early.
        sheet.write_row(3, 2, RIGHT[2..10].iter().copied()).expect("a row");
        sheet.write_number(3, 0, 1002).expect("a number");
        sheet.write_datetime_with_format(3, 1, received, &day).expect("a date");
        sheet.write_string(3, 10, "pending").expect("a text");
    });
    let (lines, summary) = read_requests(bytes, &Mapping::default()).expect("right");
    assert_eq!(summary.source, Source::Workbook { sheet: "Requests".to_owned(), sheets: 2 });
    assert_eq!(summary.source.to_string(), "XLSX sheet `Requests`, one of 2");
    let references: Vec<_> = lines.iter().map(|l| (l.line, l.reference.as_str())).collect();
    assert_eq!(references, [(2, "A-1"), (4, "1002")]);
    assert_eq!(lines[1].request.received_on, date(2021, 5, 6));
    assert_eq!(lines[1].request.outcome, HistoricOutcome::Pending);
    let decided_on = date(2021, 3, 18);
    assert_eq!(lines[0].request.outcome, HistoricOutcome::Approved { decided_on });
}

#[test]
fn a_date_cell_needs_no_format_of_the_mapping() {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let bytes = workbook(|sheet| {
        let received = ExcelDateTime::from_ymd(2021, 3, 4).expect("a day");
        sheet.write_datetime_with_format(1, 1, received, &day).expect("a date");
        sheet.write_string(1, 12, "18.03.2021").expect("a text");
    });
    let (lines, _) = read_requests(bytes, &mapped("date_format = \"%d.%m.%Y\"")).expect("right");
    assert_eq!(lines[0].request.received_on, date(2021, 3, 4));
    assert_eq!(lines[0].request.outcome.settled_on(), Some(date(2021, 3, 18)));
}

#[test]
fn faults_name_row_and_column_of_the_sheet() {
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let bytes = workbook(|sheet| {
        let noon = ExcelDateTime::from_ymd(2021, 3, 4).and_then(|day| day.and_hms(12, 30, 0));
        sheet.write_row(4, 0, RIGHT).expect("a row");
        sheet.write_string(4, 0, "A-2").expect("a text");
        sheet.write_datetime_with_format(4, 1, noon.expect("a time"), &time).expect("a time");
        sheet.write_formula(4, 3, Formula::new("=1/0").set_result("#DIV/0!")).expect("a formula");
        sheet.write_boolean(4, 7, true).expect("a boolean");
        sheet.write_string(4, 13, "beyond").expect("a text");
        sheet.write_row(5, 0, RIGHT).expect("a row");
        sheet.write_string(5, 0, "A-3").expect("a text");
        sheet
            .write_datetime_with_format(
                5,
                1,
                ExcelDateTime::from_ymd(2021, 3, 4)
                    .and_then(|day| day.and_hms(12, 30, 0))
                    .expect("a time"),
                &time,
            )
            .expect("a time");
        sheet.write_boolean(5, 7, true).expect("a boolean");
        sheet.write_number(5, 8, 1.5).expect("a number");
    });
    check_faults(
        read_requests(bytes, &Mapping::default()),
        &[
            "f.csv:5:14: the row has 14 cells, the header 13; remove what is too much, or put a cell that holds the delimiter in quotes",
            "f.csv:6:2: received_on: `2021-03-04 12:30:00` holds a time of day or a duration; keep the date alone",
            "f.csv:6:8: emergency: `TRUE` is not one of yes, no; write one of yes, no",
            "f.csv:6:9: accounts_specified: `1.5` is no number; write a whole number in digits alone, or nothing if it was not recorded",
        ],
    );
}

#[test]
fn a_failed_formula_is_a_fault() {
    let bytes = workbook(|sheet| {
        let formula = Formula::new("=#REF!").set_result("#REF!");
        sheet.write_formula(1, 3, formula).expect("a formula");
    });
    let faults = faults_of(read_requests(bytes, &Mapping::default()));
    assert_eq!(
        faults,
        "f.csv:2:4: authority: the formula in this cell failed with `#REF!`; mend the formula, or write the value"
    );
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let bytes = || workbook(|_| {});
    assert!(read_requests(bytes(), &mapped("sheet = \"Requests\"")).is_ok());
    check_faults(
        read_requests(bytes(), &mapped("sheet = \"Request\"")),
        &["map.toml:1:9: the workbook has no sheet `Request`; did you mean `Requests`?"],
    );
    check_faults(
        read_requests(bytes(), &mapped("\nsheet = \"2021\"")),
        &["map.toml:2:9: the workbook has no sheet `2021`; its sheets are `Cover`, `Requests`"],
    );
}

#[test]
fn what_is_no_workbook_is_refused() {
    let faults = faults_of(open(b"PK\x03\x04 and nothing else".to_vec()));
    assert!(
        faults.starts_with("f.csv:1:1: this is not an XLSX workbook that can be read ("),
        "{faults}"
    );
    assert!(
        faults.ends_with("; open it in a spreadsheet program and save it again as XLSX or CSV")
    );
    let mut cut = workbook(|_| {});
    cut.truncate(cut.len() / 2);
    let faults = faults_of(open(cut));
    assert!(
        faults.starts_with("f.csv:1:1: this is not an XLSX workbook that can be read"),
        "{faults}"
    );
    let empty = Workbook::new().add_worksheet().set_name("One").map(drop);
    assert!(empty.is_ok());
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    let bytes = workbook.save_to_buffer().expect("a workbook");
    check_faults(
        read_requests(bytes, &Mapping::default()),
        &[
            "f.csv:1:1: the workbook has no visible sheet with anything in it; open it in a spreadsheet program and save it again as XLSX or CSV",
        ],
    );
}

#[test]
fn an_encrypted_workbook_is_told_apart() {
    let bytes = include_bytes!("data/encrypted.xlsx");
    check_faults(
        open(bytes.to_vec()),
        &[
            "f.csv:1:1: the workbook is encrypted with a password; open it in a spreadsheet program and save it without one",
        ],
    );
}
