//! Whole files in, requests, figures or faults out.

mod example;
mod figures;
mod mapping;
mod properties;
mod requests;
mod workbook;

use std::io::Cursor;

use exchange::{Error, FigureLine, Mapping, RequestLine, Summary, Table};

/// A file named `f.csv`, whatever it is.
fn open(bytes: impl Into<Vec<u8>>) -> Result<Table<Cursor<Vec<u8>>>, Error> {
    Table::open("f.csv", Cursor::new(bytes.into()))
}

fn mapped(text: &str) -> Mapping {
    Mapping::read("map.toml", text).expect("the mapping is right")
}

/// The requests of a file, with what was said of it.
fn read_requests(
    bytes: impl Into<Vec<u8>>,
    mapping: &Mapping,
) -> Result<(Vec<RequestLine>, Summary), Error> {
    let mut lines = Vec::new();
    let summary = exchange::requests(&mut open(bytes)?, mapping, &mut |line| lines.push(line))?;
    Ok((lines, summary))
}

fn read_figures(
    bytes: impl Into<Vec<u8>>,
    mapping: &Mapping,
) -> Result<(Vec<FigureLine>, Summary), Error> {
    let mut lines = Vec::new();
    let summary = exchange::figures(&mut open(bytes)?, mapping, &mut |line| lines.push(line))?;
    Ok((lines, summary))
}

/// The faults as a terminal shows them.
#[track_caller]
fn faults_of<T: std::fmt::Debug>(read: Result<T, Error>) -> String {
    match read.expect_err("the file has faults") {
        Error::Faults(faults) => faults.to_string(),
        Error::Unreadable { source, .. } => panic!("could not be read: {source}"),
    }
}

/// Asserts that messages begin as expected, each on a line of its own: place, what and mend.
#[track_caller]
fn check_faults<T: std::fmt::Debug>(read: Result<T, Error>, expected: &[&str]) {
    let faults = faults_of(read);
    let found: Vec<&str> = faults.lines().collect();
    assert_eq!(found, expected, "found:\n{faults}");
}
