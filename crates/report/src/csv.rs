//! `by-country.csv` (RFC 4180: comma, CRLF, quotes where needed; UTF-8).

pub(crate) mod bands;
pub(crate) mod paperwork;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use domain::count::{CategoryCounts, CountryRow, Row, percent};
use domain::{Category, Dataset};

/// One column: its name, and what it holds in words.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    value: Value,
}

/// What stands in a column.
pub(crate) enum Value {
    Code,
    Name,
    Count(fn(&Row) -> u64),
    /// A whole percentage, rounded half up, of the row's requests.
    Percent(fn(&Row) -> u64),
}

impl Column {
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }
}

/// The code in the first row, which counts all countries together.
pub(crate) const TOTAL: &str = "TOTAL";
/// The name in the first row.
pub(crate) const ALL_COUNTRIES: &str = "All countries";

macro_rules! columns {
    ($($name:literal, $title:literal, $value:expr, $description:literal;)+) => {
        /// The columns in their order; scripts rely on their names.
        pub(crate) const COLUMNS: &[Column] = &[$(Column {
            name: $name,
            title: $title,
            description: $description,
            value: $value,
        }),+];
    };
}

fn technical(row: &Row) -> &CategoryCounts {
    row.of(Category::TechnicalExpertise)
}

fn user(row: &Row) -> &CategoryCounts {
    row.of(Category::UserData)
}

columns! {
    "country", "Code", Value::Code,
        "ISO 3166-1 alpha-2 code; TOTAL in the first row; XK Kosovo, QM INTERPOL, QN Europol, QO Eurojust, QP International Criminal Court, ZZ unknown.";
    "country_name", "Country", Value::Name,
        "English name; `All countries` in the first row.";
    "requests", "All requests", Value::Count(Row::requests),
        "Requests received in the period, both categories together.";
    "user_data", "User data", Value::Count(|r| user(r).requests),
        "Of these, for user data.";
    "technical_expertise", "Technical expertise", Value::Count(|r| technical(r).requests),
        "Of these, for non-personal technical information and expertise.";
    "technical_approved", "Technical expertise approved", Value::Count(|r| technical(r).approved),
        "Requests for technical expertise approved, in full or in part.";
    "technical_approved_pct", "Technical expertise approved, %", Value::Percent(|r| technical(r).approved),
        "Percentage of the row's requests of both categories, whole, rounded half up; of nothing it is 0.";
    "technical_rejected", "Technical expertise rejected", Value::Count(|r| technical(r).rejected),
        "Requests for technical expertise rejected, on any ground.";
    "technical_rejected_pct", "Technical expertise rejected, %", Value::Percent(|r| technical(r).rejected),
        "Percentage of the row's requests of both categories, whole, rounded half up; of nothing it is 0.";
    "technical_open", "Technical expertise open", Value::Count(|r| technical(r).open),
        "Requests for technical expertise undecided, under challenge or under appeal at the cutoff.";
    "technical_withdrawn", "Technical expertise withdrawn", Value::Count(|r| technical(r).withdrawn),
        "Requests for technical expertise that the authority withdrew.";
    "user_data_approved", "User data approved", Value::Count(|r| user(r).approved),
        "Requests for user data approved, in full or in part.";
    "user_data_approved_pct", "User data approved, %", Value::Percent(|r| user(r).approved),
        "Percentage of the row's requests of both categories, whole, rounded half up; of nothing it is 0.";
    "user_data_rejected", "User data rejected", Value::Count(|r| user(r).rejected),
        "Requests for user data rejected, on any ground.";
    "user_data_rejected_pct", "User data rejected, %", Value::Percent(|r| user(r).rejected),
        "Percentage of the row's requests of both categories, whole, rounded half up; of nothing it is 0.";
    "user_data_open", "User data open", Value::Count(|r| user(r).open),
        "Requests for user data undecided, under challenge or under appeal at the cutoff.";
    "user_data_withdrawn", "User data withdrawn", Value::Count(|r| user(r).withdrawn),
        "Requests for user data that the authority withdrew.";
}

/// One row per country, below a first one for all of them.
pub(crate) fn by_country(dataset: &Dataset) -> Vec<u8> {
    let names = COLUMNS.iter().map(|column| column.name.to_owned()).collect();
    let total = record(TOTAL, ALL_COUNTRIES, &dataset.total).collect();
    let country = |country: &CountryRow| {
        record(country.country.code(), country.country.name(), &country.row).collect()
    };
    written([names, total].into_iter().chain(dataset.countries.iter().map(country)))
}

/// Records of one length as a file.
fn written(records: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("a vector takes all bytes, and rows are of one length");
    }
    writer.into_inner().expect("a vector takes all bytes")
}

fn record<'a>(code: &'a str, name: &'a str, row: &'a Row) -> impl Iterator<Item = String> + 'a {
    COLUMNS.iter().map(move |column| match column.value {
        Value::Code => code.to_owned(),
        Value::Name => name.to_owned(),
        Value::Count(count) => count(row).to_string(),
        Value::Percent(count) => percent(count(row), row.requests()).to_string(),
    })
}
