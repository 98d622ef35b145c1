//! What is told in bands: nothing of it is in any other number, and no exact number is told.

use domain::Country;
use domain::band::{Process, Structure};
use domain::category::{Category, Demand, DemandSet};
use domain::count::{Dataset, Tally, count};
use domain::fact::{Counted, Fact, Paperwork, Standing, Urgency};
use domain::period::Period;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::sample::select;

const HALF: &str = "2026-H1";

fn fact(counted: Counted, received_on: Date, selectors: u32) -> Fact {
    Fact {
        received_on,
        country: Country::from_code("US").expect("a country"),
        category: Category::UserData,
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        standing: Standing::Approved,
        settled_on: Some(date(2026, 6, 30)),
        counted,
        accounts_specified: Some(selectors),
        accounts_disclosed: Some(1),
        paperwork: Paperwork::NotOwed,
    }
}

fn tallied(facts: &[Fact], (period, structure): (Period, Option<Structure>)) -> Dataset {
    let mut tally = Tally::new(period).in_bands(structure);
    facts.iter().for_each(|fact| tally.add(fact));
    count(tally).expect("adds up")
}

fn half() -> Period {
    HALF.parse().expect("a period")
}

/// Rows as (kind, received, selectors), each band as it is printed.
fn told(dataset: &Dataset) -> Vec<(Option<Process>, String, String)> {
    let bands = dataset.bands.as_ref().expect("bands");
    let band = |band: domain::band::Band| format!("{}-{}", band.low(), band.high());
    bands.rows.iter().map(|row| (row.process, band(row.received), band(row.selectors))).collect()
}

#[test]
fn the_last_of_a_band_and_the_first_of_the_next() {
    for (requests, received) in [(0, "0-999"), (999, "0-999"), (1_000, "1000-1999")] {
        let letter = Counted::Banded(Process::NationalSecurityLetter);
        let facts = vec![fact(letter, date(2026, 3, 1), 2); requests];
        let dataset = tallied(&facts, (half(), Some(Structure::ByKindOf1000)));
        let selectors = if requests == 0 { "0-999" } else { "1000-1999" };
        let selectors = if requests == 1_000 { "2000-2999" } else { selectors };
        let nothing = "0-999".to_owned();
        assert_eq!(
            told(&dataset),
            [
                (Some(Process::NationalSecurityLetter), received.to_owned(), selectors.to_owned()),
                (Some(Process::OrderForContents), nothing.clone(), nothing.clone()),
                (Some(Process::OrderForNoncontents), nothing.clone(), nothing),
            ],
            "{requests}"
        );
    }
}

#[test]
fn kinds_are_told_together_before_they_are_put_into_a_band() {
    let facts: Vec<_> = Process::ALL
        .into_iter()
        .flat_map(|process| vec![fact(Counted::Banded(process), date(2026, 3, 1), 1); 90])
        .collect();
    let half = tallied(&facts, (half(), Some(Structure::TotalOf250)));
    assert_eq!(told(&half), [(None, "250-499".to_owned(), "250-499".to_owned())]);
    let year = tallied(&facts, (Period::year(2026), Some(Structure::TotalOf100)));
    assert_eq!(told(&year), [(None, "200-299".to_owned(), "200-299".to_owned())]);
    // A period that is none of the law's says nothing.
    let of_year = tallied(&facts, (Period::year(2026), Some(Structure::TotalOf250)));
    assert_eq!(of_year.bands, None);
}

#[test]
fn a_dataset_from_before_there_were_bands_is_read() {
    let dataset = tallied(&[fact(Counted::InSum, date(2026, 3, 1), 1)], (half(), None));
    let text = serde_json::to_string(&dataset).expect("JSON");
    assert!(!text.contains("bands"), "{text}");
    assert_eq!(serde_json::from_str::<Dataset>(&text).expect("reads"), dataset);
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (select(Counted::ALL.to_vec()), 0..400_i64, 0..2_000_u32);
    let one = one.prop_map(|(counted, days, selectors)| {
        let received_on = date(2025, 12, 1).saturating_add(jiff::Span::new().days(days));
        Fact { settled_on: Some(received_on), ..fact(counted, received_on, selectors) }
    });
    proptest::collection::vec(one, 0..60)
}

proptest! {
    /// Whatever is told in bands, every other number is as if it had never come.
    #[test]
    fn nothing_of_a_banded_request_is_in_a_number(
        facts in facts(),
        structure in proptest::option::of(select(Structure::ALL.to_vec())),
        period in select(vec!["2026-H1", "2026-H2", "2026", "2026-Q1"]),
    ) {
        let period: Period = period.parse().expect("a period");
        let is_banded = |fact: &&Fact| matches!(fact.counted, Counted::Banded(_));
        let others: Vec<_> = facts.iter().filter(|fact| !is_banded(fact)).copied().collect();
        let (with, without) = (
            tallied(&facts, (period, structure)),
            tallied(&others, (period, structure)),
        );
        prop_assert_eq!(Dataset { bands: None, ..with.clone() }, Dataset { bands: None, ..without });
        prop_assert_eq!(with.bands.is_some(), structure.is_some_and(|s| s.fits(&period)));
        let Some(bands) = with.bands else { return Ok(()) };
        let processes: Vec<_> = bands.rows.iter().map(|row| row.process).collect();
        prop_assert_eq!(&processes, bands.structure.rows());
        for row in &bands.rows {
            let counted: Vec<_> = facts
                .iter()
                .filter(|fact| period.contains(fact.received_on))
                .filter(|fact| match (fact.counted, row.process) {
                    (Counted::Banded(_), None) => true,
                    (Counted::Banded(process), Some(row)) => process == row,
                    (_, _) => false,
                })
                .collect();
            let selectors = counted.iter().filter_map(|fact| fact.accounts_specified);
            let selectors: u64 = selectors.map(u64::from).sum();
            let width = bands.structure.width();
            for (band, number) in [(row.received, counted.len() as u64), (row.selectors, selectors)] {
                prop_assert!(band.low() <= number && number <= band.high());
                prop_assert_eq!(band.low() % width, 0);
                prop_assert_eq!(band.high() - band.low() + 1, width);
            }
        }
    }
}
