//! Writes a site with the two reference periods and some synthetic ones into a folder, to look at:
//! `cargo run -p report --example preview -- FOLDER`.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::path::Path;
use std::{env, fs, io};

use domain::fact::Ground;
use domain::figure::{Measure, PublishedFigure, Value};
use report::{Correction, Edition, Format, IndexEntry, Status};

use sample::{
    Builder, YEAR_2020, compiled_on, dataset, edition, large, mixed, published, reference,
};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("give a folder"))?;
    let root = Path::new(&folder);
    let [year, half] = reference();
    let corrected = Status::Published {
        revision: 1,
        published_on: compiled_on(),
        corrections: vec![Correction {
            revision: 1,
            published_on: compiled_on(),
            reason: "A letter of March was registered late.".to_owned(),
        }],
    };
    let mut many = edition(large("2022"), vec![large("2021")], corrected);
    many.figures.extend(
        [
            (Measure::Requests, Value::Band { low: 0, high: 499 }),
            (Measure::AccountsSpecified, Value::Withheld),
        ]
        .map(|(measure, value)| PublishedFigure {
            period: "2018".parse().expect("a period"),
            country: None,
            measure,
            value,
        }),
    );
    let quarter = dataset("2020", &YEAR_2020, Ground::NoData);
    let few = edition(
        mixed("2021-Q3"),
        vec![quarter, mixed("2021-Q1"), mixed("2021-Q2")],
        Status::Draft { compiled_on: compiled_on() },
    );
    let none = edition(Builder::new("2019").dataset(), Vec::new(), published());
    let editions = [year, half, many, few, none];
    fs::create_dir_all(root)?;
    fs::write(root.join("candor.css"), report::STYLE_SHEET)?;
    for edition in &editions {
        write(root, edition)?;
    }
    let entries: Vec<IndexEntry> = editions.iter().map(entry).collect();
    let index = report::index_page(&editions[0].publisher, &entries).map_err(io::Error::other)?;
    fs::write(root.join("index.html"), index)
}

fn write(root: &Path, edition: &Edition) -> io::Result<()> {
    let folder = root.join(report::folder(&edition.dataset.period));
    let formats: Vec<Format> = if env::args().any(|argument| argument == "--all") {
        Format::ALL.into()
    } else {
        vec![Format::Html, Format::Csv, Format::Json]
    };
    for file in report::render(edition, &formats).map_err(io::Error::other)? {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, file.bytes)?;
    }
    Ok(())
}

fn entry(edition: &Edition) -> IndexEntry {
    let (is_draft, revision) = match &edition.status {
        Status::Draft { .. } => (true, 0),
        Status::Published { revision, .. } => (false, *revision),
    };
    IndexEntry {
        period: edition.dataset.period,
        is_draft,
        revision,
        requests: edition.dataset.total.requests(),
        countries: edition.dataset.countries.len(),
    }
}
