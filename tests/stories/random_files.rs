//! Random files: the published table against a few lines that count the file's text.

use std::collections::BTreeMap;

use databases::on_each;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stories::World;

type Row = (u8, &'static str, bool, &'static str);

/// Month of 2020, country, whether user data, outcome.
fn row() -> impl Strategy<Value = Row> {
    let country = proptest::sample::select(vec!["FR", "DE", "KR", "JP", "BR", "ZZ"]);
    let outcome = proptest::sample::select(vec![
        "approved",
        "approved",
        "approved_in_part",
        "rejected",
        "rejected",
        "withdrawn",
        "pending",
    ]);
    (1..=12_u8, country, any::<bool>(), outcome)
}

fn file(rows: &[Row]) -> String {
    let mut text = "reference,received_on,country,authority,category,instrument,demand,emergency,\
        accounts_specified,accounts_disclosed,outcome,ground,decided_on\n"
        .to_owned();
    for (n, (month, country, user_data, outcome)) in rows.iter().enumerate() {
        let (category, demand) = if *user_data {
            ("user_data", "content")
        } else {
            ("technical_expertise", "statistics")
        };
        let ground = if *outcome == "rejected" { "no_data" } else { "" };
        let decided_on = if *outcome == "pending" { "" } else { "2021-01-31" };
        text.push_str(&format!(
            "R-{n},2020-{month:02}-15,{country},Example Court,{category},none,{demand},no,,,{outcome},\
             {ground},{decided_on}\n"
        ));
    }
    text
}

/// `country category outcome` to its count, straight from the text.
fn by_hand(text: &str, months: std::ops::RangeInclusive<u8>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if !months.contains(&cells[1][5..7].parse().expect("a month")) {
            continue;
        }
        let category = if cells[4] == "user_data" { "user_data" } else { "technical" };
        let outcome = match cells[10] {
            "approved_in_part" => "approved",
            "pending" => "open",
            other => other,
        };
        for country in [cells[2], "TOTAL"] {
            *counts.entry(format!("{country} {category}_{outcome}")).or_default() += 1;
        }
    }
    counts
}

fn published(csv: &str) -> BTreeMap<String, u64> {
    let mut lines = csv.lines().map(|line| line.trim_end().split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let mut counts = BTreeMap::new();
    for row in lines {
        for (name, cell) in header.iter().zip(&row) {
            let is_outcome = ["approved", "rejected", "open", "withdrawn"]
                .iter()
                .any(|outcome| name.ends_with(&format!("_{outcome}")));
            let count = if is_outcome { cell.parse().expect("a count") } else { 0 };
            if count > 0 {
                counts.insert(format!("{} {name}", row[0]), count);
            }
        }
    }
    counts
}

#[test]
fn the_published_table_is_what_the_file_says() {
    let mut runner = TestRunner::deterministic();
    for size in [1, 7, 60, 300] {
        let rows = proptest::collection::vec(row(), size).new_tree(&mut runner);
        let text = file(&rows.expect("rows").current());
        on_each(async |location| {
            let world = World::new(location).await;
            world.operator_imports("random.csv", &text).await.expect("imports");
            for (period, months) in [("2020", 1..=12), ("2020-H2", 7..=12), ("2020-Q1", 1..=3)] {
                let csv = world.editor_drafts_table(period).await;
                assert_eq!(published(&csv), by_hand(&text, months), "{period} of {size}");
            }
        });
    }
}
