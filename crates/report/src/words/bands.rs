//! National-security process, which the law lets be told in bands alone.
//!
//! Nothing here may say whether there is any: a table stands wherever the settings tell of bands,
//! and its words are the same whatever the numbers are.

use domain::band::{Band, BandRow, Bands, Process};

use super::number::{capital, count};
use super::{Cell, CellKind, RowKind, Table};
use crate::Edition;

/// The table of an edition; `None` where it tells nothing in bands.
pub(crate) fn table(edition: &Edition) -> Option<Table> {
    let bands = edition.dataset.bands.as_ref()?;
    let caption = format!("In bands, {}: {ALL}", edition.dataset.period.label());
    let mut table = Table::new("bands", caption, "Process")
        .columns(["Received", "Customer selectors targeted"]);
    for BandRow { process, received, selectors } in &bands.rows {
        let cells = [received, selectors].map(|band| cell(*band));
        table.push(head(*process), cells.into(), RowKind::Plain);
    }
    table.notes = notes(bands);
    Some(table)
}

/// What is told, all kinds together.
const ALL: &str = "national-security process of the United States";

fn head(process: Option<Process>) -> String {
    capital(kind(process))
}

/// A row's kind in words.
pub(crate) fn kind(process: Option<Process>) -> &'static str {
    process.map_or("all national-security process", Process::plural)
}

/// "1,000–1,999"
pub(crate) fn band(band: Band) -> String {
    format!("{}–{}", count(band.low()), count(band.high()))
}

fn cell(of: Band) -> Cell {
    Cell { text: band(of), kind: CellKind::Number }
}

fn notes(bands: &Bands) -> Vec<String> {
    let structure = bands.structure;
    let (width, last) = (count(structure.width()), count(structure.width() - 1));
    vec![
        format!(
            "It may be told for {} and in bands of {width} alone ({}). Each number lies somewhere \
             within its band. The first band, 0–{last}, holds 0 too, and stands where there is \
             none as well.",
            structure.periods(),
            structure.law()
        ),
        "These are no counts: nothing of it is part of any other number of this report, and bands \
         are not added up."
            .to_owned(),
    ]
}
