//! What stands on each sheet.

use domain::band::Bands;
use domain::count::{CategoryCounts, CountryRow, DecisionTime, PaperworkOfAll, Row, percent};
use domain::figure::{PublishedFigure, Value};
use domain::{Category, Dataset};

use super::{Cell, Column, RowKind, Sheet, SheetRow};
use crate::csv::{ALL_COUNTRIES, TOTAL};
use crate::{Edition, Status, words};

/// The sheets in their order.
pub(super) fn all(edition: &Edition) -> Vec<Sheet> {
    let dataset = &edition.dataset;
    let mut sheets = vec![
        requests(dataset),
        outcomes(dataset, Category::TechnicalExpertise),
        outcomes(dataset, Category::UserData),
        grounds(dataset),
        other_numbers(dataset),
    ];
    sheets.extend(dataset.paperwork.as_ref().map(paperwork));
    sheets.extend(dataset.bands.as_ref().map(bands));
    sheets.extend([comparison(edition), published_figures(&edition.figures), about(edition)]);
    sheets
}

/// Emergencies that were answered before their paperwork was there.
fn paperwork(of: &PaperworkOfAll) -> Sheet {
    let line = |(_, head, count): words::paperwork::Line, unknown: [bool; 3]| {
        let told = words::paperwork::numbers(of, count).into_iter().zip(unknown);
        let cells = told.map(|(number, unknown)| match unknown {
            true => Cell::text("not recorded"),
            false => Cell::Count(number),
        });
        let cells = std::iter::once(Cell::text(words::capital(head))).chain(cells).collect();
        SheetRow { kind: RowKind::Plain, cells }
    };
    let unknown = words::paperwork::unknown_of(of);
    let mut rows: Vec<_> =
        words::paperwork::LINES.into_iter().map(|row| line(row, unknown)).collect();
    rows.push(line(words::paperwork::NOT_RECORDED, [false; 3]));
    let mut columns = vec![Column::words("Paperwork of emergencies", 44.0)];
    columns.extend(["User data", "Technical expertise", "Both"].map(Column::number));
    Sheet { name: "Emergencies", columns, rows }
}

/// What law lets be told in bands alone: no number of it is exact, and none is in a sum.
fn bands(bands: &Bands) -> Sheet {
    let rows = bands.rows.iter().map(|row| {
        let edges = [row.received, row.selectors].map(|band| [band.low(), band.high()]);
        let name = words::capital(words::bands::kind(row.process));
        let mut cells = vec![Cell::text(name)];
        cells.extend(edges.into_iter().flatten().map(Cell::Count));
        cells.push(Cell::text(bands.structure.law()));
        SheetRow { kind: RowKind::Plain, cells }
    });
    let numbers =
        ["Received, from", "Received, to", "Customer selectors, from", "Customer selectors, to"];
    let mut columns = vec![Column::words("Process", 36.0)];
    columns.extend(numbers.map(Column::number));
    columns.push(Column::words("Law", 26.0));
    Sheet { name: "In bands", columns, rows: rows.collect() }
}

fn name(category: Category) -> &'static str {
    match category {
        Category::UserData => "User data",
        Category::TechnicalExpertise => "Technical expertise",
    }
}

/// One row per country below the total: code and name, then `cells` of the row.
fn by_country(dataset: &Dataset, cells: impl Fn(&Row) -> Vec<Cell>) -> Vec<SheetRow> {
    let line = |kind, code: &str, name: &str, row: &Row| SheetRow {
        kind,
        cells: [Cell::text(code), Cell::text(name)].into_iter().chain(cells(row)).collect(),
    };
    let total = line(RowKind::Total, TOTAL, ALL_COUNTRIES, &dataset.total);
    let countries = dataset.countries.iter().map(|CountryRow { country, row }| {
        line(RowKind::Plain, country.code(), country.name(), row)
    });
    std::iter::once(total).chain(countries).collect()
}

/// Code and name of the country, then columns of numbers.
fn country_columns(numbers: &[&str]) -> Vec<Column> {
    let country = [Column::words("Code", 8.0), Column::words("Country", 26.0)];
    country.into_iter().chain(numbers.iter().map(|name| Column::number(name))).collect()
}

fn requests(dataset: &Dataset) -> Sheet {
    let cells = |row: &Row| {
        let (user, technical) = (&row.user_data, &row.technical_expertise);
        vec![
            Cell::Count(row.requests()),
            Cell::Count(user.requests),
            Cell::Count(technical.requests),
            Cell::Count(row.emergencies()),
        ]
    };
    Sheet {
        name: "Requests",
        columns: country_columns(&[
            "All requests",
            "User data",
            "Technical expertise",
            "Of all: emergencies",
        ]),
        rows: by_country(dataset, cells),
    }
}

fn outcomes(dataset: &Dataset, category: Category) -> Sheet {
    let cells = |row: &Row| {
        let counts = row.of(category);
        let share = |count| Cell::Percent(percent(count, row.requests()));
        vec![
            Cell::Count(row.requests()),
            Cell::Count(counts.requests),
            Cell::Count(counts.approved),
            share(counts.approved),
            Cell::Count(counts.approved_in_part),
            Cell::Count(counts.rejected),
            share(counts.rejected),
            Cell::Count(counts.open),
            Cell::Count(counts.withdrawn),
        ]
    };
    Sheet {
        name: name(category),
        columns: country_columns(&[
            "All requests, both categories",
            "Requests in this category",
            "Approved",
            "Approved, % of all requests",
            "Of approved: in part",
            "Rejected",
            "Rejected, % of all requests",
            "Open",
            "Withdrawn",
        ]),
        rows: by_country(dataset, cells),
    }
}

fn grounds(dataset: &Dataset) -> Sheet {
    let cells = |row: &Row| {
        Category::ALL.into_iter().flat_map(|category| ground_cells(row.of(category))).collect()
    };
    let columns: Vec<String> = Category::ALL
        .into_iter()
        .flat_map(|category| {
            ["rejected", "no data found", "legal requirements not met", "prohibited", "not stated"]
                .map(|number| format!("{}: {number}", name(category)))
        })
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Sheet { name: "Grounds", columns: country_columns(&columns), rows: by_country(dataset, cells) }
}

fn ground_cells(counts: &CategoryCounts) -> [Cell; 5] {
    [
        counts.rejected,
        counts.no_data,
        counts.legal_requirements,
        counts.prohibited,
        counts.ground_not_stated,
    ]
    .map(Cell::Count)
}

/// Numbers of the whole period that no table by country holds.
fn other_numbers(dataset: &Dataset) -> Sheet {
    let mut rows = Vec::new();
    for category in Category::ALL {
        let counts = dataset.total.of(category);
        let time = match category {
            Category::UserData => dataset.user_data_time,
            Category::TechnicalExpertise => dataset.technical_expertise_time,
        };
        rows.extend(category_numbers(category, counts, time));
        let demands = dataset.demands.iter().filter(|count| count.category == category);
        rows.extend(demands.map(|count| {
            let measure = format!("Requests with a demand for {}", count.demand.label());
            number(name(category), measure, Cell::Count(count.requests))
        }));
    }
    let (flow, outside) = (&dataset.flow, &dataset.outside);
    let of_all = [
        ("Open at the start of the period", flow.open_at_start),
        ("Received in the period", flow.received),
        ("Closed in the period, whenever received", flow.closed),
        ("Open at the end of the period", flow.open_at_end),
        ("Outside the sum: requests to preserve and for nothing else", outside.preservation),
        ("Outside the sum: renewals, amendments, duplicates", outside.linked),
    ];
    rows.extend(of_all.map(|(measure, count)| number("Both", measure, Cell::Count(count))));
    let withheld = "Outside the sum: law or an order forbids to count them";
    rows.extend(outside.withheld.map(|count| number("Both", withheld, Cell::Count(count))));
    Sheet {
        name: "Other numbers",
        columns: vec![
            Column::words("Category", 22.0),
            Column::words("Measure", 60.0),
            Column::number("Number"),
        ],
        rows,
    }
}

fn number(category: &str, measure: impl Into<String>, number: Cell) -> SheetRow {
    SheetRow {
        kind: RowKind::Plain,
        cells: vec![Cell::text(category), Cell::text(measure), number],
    }
}

fn category_numbers(
    category: Category,
    counts: &CategoryCounts,
    time: DecisionTime,
) -> [SheetRow; 7] {
    let (specified, disclosed) = (counts.specified, counts.disclosed);
    [
        ("Emergency requests", Cell::Count(counts.emergencies)),
        ("Accounts specified", Cell::Count(specified.accounts)),
        ("Requests on which accounts specified were recorded", Cell::Count(specified.recorded_on)),
        ("Accounts disclosed", Cell::Count(disclosed.accounts)),
        ("Requests on which accounts disclosed were recorded", Cell::Count(disclosed.recorded_on)),
        ("Requests decided", Cell::Count(time.decided)),
        (
            "Median days from receipt to decision",
            time.median_half_days.map_or(Cell::Blank, Cell::HalfDays),
        ),
    ]
    .map(|(measure, cell)| number(name(category), measure, cell))
}

/// Totals of the periods counted by the same rules, one period to a row, this one last.
fn comparison(edition: &Edition) -> Sheet {
    let periods = edition.earlier.iter().chain([&edition.dataset]);
    let rows = periods.map(|dataset| {
        let (period, total) = (&dataset.period, &dataset.total);
        let (user, technical) = (&total.user_data, &total.technical_expertise);
        let mut cells = vec![
            Cell::text(period.to_string()),
            Cell::text(period.first().to_string()),
            Cell::text(period.last().to_string()),
        ];
        let counts = [
            u64::from(period.days()),
            total.requests(),
            user.requests,
            user.approved,
            user.rejected,
            technical.requests,
            technical.approved,
            technical.rejected,
            total.open(),
            total.withdrawn(),
            total.prohibited(),
            total.emergencies(),
        ];
        cells.extend(counts.map(Cell::Count));
        SheetRow { kind: RowKind::Plain, cells }
    });
    let words = ["Period", "First day", "Last day"].map(|name| Column::words(name, 14.0));
    let numbers = [
        "Days",
        "All requests",
        "User data",
        "User data approved",
        "User data rejected",
        "Technical expertise",
        "Technical expertise approved",
        "Technical expertise rejected",
        "Open",
        "Withdrawn",
        "Prohibited",
        "Emergencies",
    ];
    Sheet {
        name: "Comparison",
        columns: words.into_iter().chain(numbers.map(Column::number)).collect(),
        rows: rows.collect(),
    }
}

/// Figures that no request stands behind, each marked so.
fn published_figures(figures: &[PublishedFigure]) -> Sheet {
    let rows = figures.iter().map(|figure| {
        let (code, country) = match figure.country {
            Some(country) => (country.code(), country.name()),
            None => (TOTAL, ALL_COUNTRIES),
        };
        let [value, low, high, published_as] = match figure.value {
            Value::Exact(count) => {
                [Cell::Count(count), Cell::Blank, Cell::Blank, Cell::text("exact number")]
            }
            Value::Band { low, high } => [
                Cell::Blank,
                Cell::Count(low),
                Cell::Count(high),
                Cell::text("band, ends included"),
            ],
            Value::Withheld => [Cell::Blank, Cell::Blank, Cell::Blank, Cell::text("withheld")],
            Value::NotApplicable => {
                [Cell::Blank, Cell::Blank, Cell::Blank, Cell::text("not applicable")]
            }
        };
        let cells = vec![
            Cell::text(figure.period.to_string()),
            Cell::text(code),
            Cell::text(country),
            Cell::text(figure.measure.label()),
            value,
            low,
            high,
            published_as,
            Cell::text(words::PUBLISHED_FIGURE),
        ];
        SheetRow { kind: RowKind::Plain, cells }
    });
    Sheet {
        name: "Published figures",
        columns: vec![
            Column::words("Period", 14.0),
            Column::words("Code", 8.0),
            Column::words("Country", 26.0),
            Column::words("Measure", 44.0),
            Column::number("Figure"),
            Column::number("Band from"),
            Column::number("Band to"),
            Column::words("Published as", 20.0),
            Column::words("What stands behind it", 42.0),
        ],
        rows: rows.collect(),
    }
}

/// What the workbook is, whose, and by which rules its numbers were counted.
fn about(edition: &Edition) -> Sheet {
    let Edition { publisher, status, dataset, provenance, .. } = edition;
    let period = &dataset.period;
    let mut lines = vec![
        ("Publisher".to_owned(), publisher.name.clone()),
        ("Period".to_owned(), period.label()),
        ("First day".to_owned(), period.first().to_string()),
        ("Last day".to_owned(), period.last().to_string()),
        ("Status".to_owned(), status.words()),
    ];
    lines.extend(publisher.notice.iter().map(|notice| ("Notice".to_owned(), notice.clone())));
    if let Some(cutoff) = provenance.cutoff {
        lines.push(("Last event known to the numbers".to_owned(), cutoff.to_string()));
    }
    lines.push(("Requests imported as history".to_owned(), provenance.imported.to_string()));
    if let Some(day) = provenance.imported_on {
        lines.push(("Last import of history".to_owned(), day.to_string()));
    }
    if let Some(log) = &provenance.log {
        let text = format!("{}, {} leaves when this was compiled", log.origin, log.leaves);
        lines.push(("Sealed in the log".to_owned(), text));
    }
    match status {
        Status::Draft { .. } => {}
        Status::Published { corrections, .. } => {
            lines.extend(corrections.iter().map(|correction| {
                let label = format!("Correction, revision {}", correction.revision);
                (label, format!("{}: {}", correction.published_on, correction.reason))
            }))
        }
    }
    let definitions = words::definitions(edition).into_iter().chain(words::method(edition));
    lines.extend(definitions.map(|definition| (definition.term, definition.text)));
    let row = |(what, text): (String, String)| SheetRow {
        kind: RowKind::Plain,
        cells: vec![Cell::Text(what), Cell::Text(text)],
    };
    Sheet {
        name: "About",
        columns: vec![Column::words("What", 32.0), Column::words("Text", 96.0)],
        rows: lines.into_iter().map(row).collect(),
    }
}
