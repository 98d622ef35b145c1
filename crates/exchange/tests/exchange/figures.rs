//! Tables of published figures.

use domain::figure::{Measure, Value};
use exchange::{FigureLine, Mapping};

use crate::{check_faults, mapped, read_figures};

/// A figure in short: line, period, country, measure, value.
fn short(line: &FigureLine) -> String {
    let FigureLine { line, figure } = line;
    let country = figure.country.map_or("all", |country| country.code());
    format!("{line} {} {country} {} {}", figure.period, figure.measure.code(), figure.value)
}

#[track_caller]
fn check(table: &str, mapping: &Mapping, expected: &[&str]) {
    let (lines, _) = read_figures(table, mapping).expect("the table is right");
    let found: Vec<String> = lines.iter().map(short).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_row_is_a_figure() {
    let table = "period,country,measure,value\n\
                 2020,,user_requests,503\n\
                 2021-H1,TOTAL,user_requests,\"1,199\"\n\
                 2021-H1,All countries,requests,105\n\
                 2021-H1,Marocco,requests,*\n\
                 2021-H1,US,requests,0-249\n\
                 2021-H1,FR,requests,-\n\
                 2021-H1,DE,requests,\n\
                 2021-H1,Morocco,requests,*\n";
    check(
        table,
        &Mapping::default(),
        &[
            "2 2020 all user_requests 503",
            "3 2021-H1 all user_requests 1199",
            "4 2021-H1 all requests 105",
            "5 2021-H1 MA requests *",
            "6 2021-H1 US requests 0–249",
            "7 2021-H1 FR requests –",
        ],
    );
    let (lines, summary) = read_figures(table, &Mapping::default()).expect("right");
    assert_eq!((summary.handed_out, summary.not_stated, summary.repeated), (6, 1, 1));
    assert_eq!(lines[4].figure.measure, Measure::Requests);
    assert_eq!(lines[4].figure.value, Value::Band { low: 0, high: 249 });
}

#[test]
fn all_troubles_come_at_once() {
    let table = "period,country,measure,value\n\
                 H1 2021,FR,requests,5\n\
                 2021,Frannce,requests,5\n\
                 2021,FR,request,5\n\
                 2021,FR,requests,\"1,19\"\n\
                 2021,FR,rejected,5\n\
                 2021,France,rejected,6\n\
                 2021,FR ,approved,5\n\
                 2021,FR,approved,5%\n\
                 2021,FR,prohibited,499-250\n\
                 2021,FR\n";
    let value = "write digits (1199 or 1,199), a band (0-249 or `between 0 and 249`), `*` for withheld, `-` for not applicable, or nothing; a mapping file can set another mark of thousands";
    check_faults(
        read_figures(table, &Mapping::default()),
        &[
            "f.csv:2:1: period: `H1 2021` is no period; write it like 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30, or translate it in a mapping file",
            "f.csv:3:2: country: `Frannce` is no country; did you mean `France`?",
            "f.csv:4:3: measure: `request` is no measure; did you mean `requests`?",
            &format!("f.csv:5:4: requests: `1,19` is no figure; {value}"),
            "f.csv:7:4: rejected: 6 for 2021, France, rejected, but line 6 says 5; keep the one that was published",
            "f.csv:8:2: country: `FR ` begins or ends with a space; remove the spaces",
            &format!("f.csv:9:4: approved: `5%` is no figure; {value}"),
            "f.csv:10:4: prohibited: the band `499-250` ends below where it begins; write the lower number first",
            "f.csv:11:3: the row has 2 cells, the header 4; add the cells that are missing; blank ones count",
        ],
    );
}

/// The layouts of published tables that companies offer, with numbers of our own.
#[test]
fn a_table_with_one_column_per_measure_is_read() {
    let mapping = mapped(include_str!("data/by-country.toml"));
    check(
        include_str!("data/by-country.csv"),
        &mapping,
        &[
            "2 2020 all requests 7",
            "2 2020 all user_data 3",
            "2 2020 all technical_expertise 4",
            "2 2020 all technical_approved 2",
            "3 2020 MA requests 7",
            "3 2020 MA user_data 3",
            "3 2020 MA technical_expertise 4",
            "3 2020 MA technical_approved 2",
            "4 2021-H1 all requests 1",
            "4 2021-H1 all user_data 0",
            "4 2021-H1 all technical_expertise 1",
            "4 2021-H1 all technical_approved 1",
        ],
    );
}

#[test]
fn a_table_by_half_year_and_country_code_is_read() {
    let mapping = mapped(include_str!("data/by-half.toml"));
    check(
        include_str!("data/by-half.csv"),
        &mapping,
        &["2 2025-H1 IN requests 9", "3 2025-H1 KR requests 2", "4 2024-H2 IN requests 8"],
    );
}

#[test]
fn a_table_of_bands_by_month_range_is_read() {
    let mapping = mapped(include_str!("data/bands.toml"));
    check(
        include_str!("data/bands.csv"),
        &mapping,
        &[
            "2 2025-H2 US requests 0–249",
            "3 2025-H2 US accounts_specified 1000–1249",
            "4 2025-H1 US requests 14–499",
        ],
    );
}

#[test]
fn rows_that_are_no_measure_are_left_out_by_name_only() {
    let table = include_str!("data/by-instrument.csv");
    let mapping = mapped(include_str!("data/by-instrument.toml"));
    check(table, &mapping, &["4 2021 all emergencies 3"]);
    let (_, summary) = read_figures(table, &mapping).expect("right");
    assert_eq!(summary.left_out, 2);
    let fewer = include_str!("data/by-instrument.toml").replace("\"court order \", ", "");
    check_faults(
        read_figures(table, &mapped(&fewer)),
        &["f.csv:3:2: measure: `court order ` begins or ends with a space; remove the spaces"],
    );
}

#[test]
fn another_mark_of_thousands_is_set_by_the_mapping() {
    let table = "period,country,measure,value\n2021,,requests,1.199\n";
    check(table, &mapped("thousands = \".\""), &["2 2021 all requests 1199"]);
    assert!(read_figures(table, &Mapping::default()).is_err());
}
