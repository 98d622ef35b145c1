//! `report.pdf`: the report on paper, from the same words, tables and charts as the page.
//!
//! The template gets its words as JSON and its charts as SVG files, so nothing that a publisher
//! writes is ever read as markup.

mod paper;

use typeset::{Day, Document, Error, File};

use crate::pdf::paper::Paper;
use crate::{Edition, chart, map};

const TEMPLATE: &str = include_str!("../typst/report.typ");

/// The PDF of an edition; the same bytes for the same edition.
pub(crate) fn report(edition: &Edition) -> Result<Vec<u8>, Error> {
    let charts = [
        chart::origins(&edition.dataset),
        chart::outcomes(&edition.dataset),
        chart::over_time(edition),
    ];
    let mut drawings: Vec<(String, String)> =
        charts.iter().flatten().map(|c| (paper::drawing(c), chart::for_print(c))).collect();
    drawings.push((paper::MAP.to_owned(), map::for_print(&edition.dataset)));
    let data = serde_json::to_vec(&Paper::new(edition, &charts)).expect("all keys are strings");
    let mut files = vec![File { name: "data.json", bytes: &data }];
    files.extend(drawings.iter().map(|(name, svg)| File { name, bytes: svg.as_bytes() }));
    let date = edition.status.date();
    typeset::pdf(&Document {
        template: TEMPLATE,
        files: &files,
        created_on: Day {
            year: i32::from(date.year()),
            month: date.month().unsigned_abs(),
            day: date.day().unsigned_abs(),
        },
        // The publisher and the period stay, whatever a revision changes.
        identifier: &format!("{} {}", edition.publisher.name, edition.dataset.period),
        creator: "candor",
    })
}
