//! `bands.csv`: what law lets be told in bands alone, a row for each kind of process.

use domain::band::{BandRow, Bands, Process};

use super::written;
use crate::words;

/// What stands in a column.
pub(crate) enum Value {
    Code(fn(&BandRow) -> &'static str),
    Edge(fn(&BandRow) -> u64),
}

/// One column: its name, and what it holds in words.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) value: Value,
}

/// The code of all kinds together.
const ALL: &str = "all";

const fn column(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    value: Value,
) -> Column {
    Column { name, title, description, value }
}

/// The columns in their order; scripts rely on their names.
pub(crate) const COLUMNS: &[Column] = &[
    column(
        "process",
        "Code",
        "`national_security_letter`, `order_for_contents`, `order_for_noncontents`, or `all` for \
         all of them together.",
        Value::Code(|row| row.process.map_or(ALL, Process::code)),
    ),
    column(
        "process_name",
        "Process",
        "Kind of national-security process of the United States, in English.",
        Value::Code(|row| words::bands::kind(row.process)),
    ),
    column(
        "received_low",
        "Received, from",
        "Lower end of the band in which the number received in the period lies.",
        Value::Edge(|row| row.received.low()),
    ),
    column(
        "received_high",
        "Received, to",
        "Upper end of the same band, included.",
        Value::Edge(|row| row.received.high()),
    ),
    column(
        "selectors_low",
        "Customer selectors, from",
        "Lower end of the band in which the number of customer selectors targeted lies.",
        Value::Edge(|row| row.selectors.low()),
    ),
    column(
        "selectors_high",
        "Customer selectors, to",
        "Upper end of the same band, included.",
        Value::Edge(|row| row.selectors.high()),
    ),
];

pub(crate) fn table(bands: &Bands) -> Vec<u8> {
    let names = COLUMNS.iter().map(|column| column.name.to_owned()).collect();
    let record = |row: &BandRow| {
        let value = |column: &Column| match column.value {
            Value::Code(code) => code(row).to_owned(),
            Value::Edge(edge) => edge(row).to_string(),
        };
        COLUMNS.iter().map(value).collect()
    };
    written(std::iter::once(names).chain(bands.rows.iter().map(record)))
}
