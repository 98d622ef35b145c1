//! The example report's data, held against the tables that it was made to count to.

use std::collections::BTreeMap;

use domain::count::{CategoryCounts, Tally, percent};
use domain::figure::{Measure, Value};
use domain::{Category, Country, Dataset, Period, count};
use exchange::Mapping;

use crate::{read_figures, read_requests};

const REQUESTS: &str = include_str!("../../../../examples/first-report/requests.csv");
const EXPECTED: &str = include_str!("../../../../examples/first-report/expected.csv");
const FIGURES: &str = include_str!("../../../../examples/first-report/figures.csv");

/// A row of the expected tables: the period, the country or `TOTAL`, and the cells after them.
fn expected() -> Vec<(Period, Option<Country>, Vec<u64>)> {
    let number = |cell: &str| cell.trim_end_matches('%').parse().expect("a number");
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        let period = match cells[0] {
            "2020" => Period::year(2020),
            "H1 2021" => Period::half(2021, 1),
            other => panic!("{other} is not of the example"),
        };
        let country =
            (cells[1] != "TOTAL").then(|| Country::from_text(cells[1]).expect("a country"));
        (period, country, cells[2..].iter().map(|cell| number(cell)).collect())
    };
    EXPECTED.lines().skip(1).map(row).collect()
}

fn dataset(period: Period) -> Dataset {
    let (lines, _) = read_requests(REQUESTS, &Mapping::default()).expect("the example is right");
    let mut tally = Tally::new(period);
    lines.iter().for_each(|line| tally.add(&line.request.fact()));
    count(tally).expect("the numbers add up")
}

#[test]
fn the_requests_count_to_every_cell_of_the_expected_tables() {
    let rows = expected();
    assert_eq!(rows.len(), 34, "two totals, 15 and 17 countries");
    for period in [Period::year(2020), Period::half(2021, 1)] {
        let dataset = dataset(period);
        let named: Vec<_> = rows.iter().filter(|row| row.0 == period).collect();
        assert_eq!(named.len(), dataset.countries.len() + 1);
        for (_, country, cells) in named {
            let row = match country {
                None => &dataset.total,
                Some(country) => {
                    let found = dataset.countries.iter().find(|row| row.country == *country);
                    &found.expect("each country has a row").row
                }
            };
            let all = row.requests();
            let outcome = |counts: &CategoryCounts| {
                let CategoryCounts { approved, rejected, .. } = *counts;
                [percent(approved, all), approved, percent(rejected, all), rejected]
            };
            let (user_data, technical) = (&row.user_data, &row.technical_expertise);
            let mut counted = vec![all, user_data.requests, technical.requests];
            counted.extend(outcome(technical));
            counted.extend(outcome(user_data));
            assert_eq!(counted, *cells, "{period} {country:?}");
            assert_eq!((row.open(), row.withdrawn(), row.prohibited()), (0, 0, 0));
            assert_eq!(user_data.ground_not_stated, user_data.rejected);
        }
        assert_eq!((dataset.flow.open_at_start, dataset.flow.open_at_end), (0, 0));
    }
}

/// The same without a line of the product: columns by number, counted as text.
#[test]
fn the_raw_rows_count_to_the_same() {
    let mut counts: BTreeMap<(Period, Option<Country>, &str, &str), u64> = BTreeMap::new();
    for line in REQUESTS.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let period =
            if cells[1].starts_with("2020") { Period::year(2020) } else { Period::half(2021, 1) };
        let country = Country::from_text(cells[2]);
        for country in [country, None] {
            *counts.entry((period, country, cells[4], cells[10])).or_default() += 1;
        }
    }
    assert_eq!(REQUESTS.lines().count(), 266);
    for (period, country, cells) in expected() {
        let of = |category: Category, outcome| {
            counts.get(&(period, country, category.code(), outcome)).copied().unwrap_or(0)
        };
        let technical = |outcome| of(Category::TechnicalExpertise, outcome);
        let user_data = |outcome| of(Category::UserData, outcome);
        let found = [
            technical("approved"),
            technical("rejected"),
            user_data("approved"),
            user_data("rejected"),
        ];
        assert_eq!(found, [cells[4], cells[6], cells[8], cells[10]], "{period} {country:?}");
        assert_eq!(found.iter().sum::<u64>(), cells[0]);
    }
}

#[test]
fn the_totals_of_user_requests_are_published_figures() {
    let (lines, _) = read_figures(FIGURES, &Mapping::default()).expect("the example is right");
    let found: Vec<_> = lines
        .iter()
        .map(|line| {
            (line.figure.period, line.figure.country, line.figure.measure, line.figure.value)
        })
        .collect();
    assert_eq!(
        found,
        [
            (Period::year(2020), None, Measure::UserRequests, Value::Exact(503)),
            (Period::half(2021, 1), None, Measure::UserRequests, Value::Exact(1199)),
        ]
    );
}
