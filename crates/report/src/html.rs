//! The pages: a report for each edition, and the list of all editions.
//!
//! No script, no inline style, nothing from elsewhere: they work under the strictest content
//! security policy and from a folder on a disk.

mod figure;
mod table;

use askama::Template;
use domain::{Category, Period};
use sha2::{Digest, Sha256};

use crate::chart::{self, Chart, svg};
use crate::words::{self, Check, Definition, Principle, Section, Span, Step, UserRequests};
use crate::{Depth, Edition, Error, File, Publisher, map};

use self::figure::{HeadlineGroup, Legend, SmallCountries};

/// The site's only style sheet, `candor.css`.
pub const STYLE_SHEET: &str = include_str!("../templates/candor.css");

/// Principles in our words, for a company that has not written its own.
pub const DEFAULT_PRINCIPLES: &str = include_str!("../data/principles.md");

/// One edition in the list of all.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    pub period: Period,
    pub is_draft: bool,
    /// From 0.
    pub revision: u32,
    pub requests: u64,
    pub countries: usize,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    publisher: &'a Publisher,
    editions: Vec<EditionLine>,
}

struct EditionLine {
    folder: String,
    period: String,
    requests: String,
    countries: String,
    state: String,
    is_empty: bool,
}

/// The list of editions, newest first; also tells where the numbers of older years are.
pub fn index_page(publisher: &Publisher, entries: &[IndexEntry]) -> Result<Vec<u8>, Error> {
    let mut entries: Vec<&IndexEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.period.last(), entry.period.first())));
    let editions = entries
        .into_iter()
        .map(|entry| EditionLine {
            folder: crate::folder(&entry.period),
            period: entry.period.label(),
            requests: words::count(entry.requests),
            countries: words::count(entry.countries as u64),
            state: if entry.is_draft {
                "DRAFT".to_owned()
            } else {
                format!("revision {}", entry.revision)
            },
            is_empty: entry.requests == 0,
        })
        .collect();
    Ok(IndexPage { publisher, editions }.render()?.into_bytes())
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    publisher: &'a Publisher,
    /// The way to the root of the site.
    root: &'static str,
    title: String,
    description: String,
    period: String,
    edition_name: String,
    draft: Option<String>,
    patterns: &'static str,
    lead: Vec<Span>,
    meta: Vec<Definition>,
    headline: Vec<HeadlineGroup>,
    headline_caption: String,
    contents: Vec<Section>,
    legend: Legend,
    definitions: Vec<Definition>,
    origins: String,
    origins_figure: Option<String>,
    map: Option<MapFigure>,
    decided: String,
    outcomes_figure: Option<String>,
    small: Option<SmallCountries>,
    percentages_note: String,
    facts: Vec<Definition>,
    over_time: String,
    over_time_figure: Option<String>,
    users: Option<UserRequests>,
    principles: Vec<Principle>,
    steps: Vec<Step>,
    never: (&'static str, String),
    method_intro: Option<String>,
    method: Vec<Definition>,
    tables: table::Rendered,
    files: Vec<Download>,
    charts: Vec<Download>,
    has_package: bool,
    csv_hash: Option<String>,
    check: Check,
}

struct MapFigure {
    number: usize,
    caption: String,
    alt: String,
    missing: Option<String>,
}

/// One file in the list of downloads.
struct Download {
    path: String,
    holds: &'static str,
    format: &'static str,
    size: String,
    hash: String,
}

/// The page of an edition. `files` are the others of its folder, for the list of downloads.
pub(crate) fn report_page(
    edition: &Edition,
    depth: Depth,
    files: &[File],
) -> Result<Vec<u8>, Error> {
    let dataset = &edition.dataset;
    let lead = words::lead(edition);
    let description: String = lead.iter().map(|span| span.text.as_str()).collect();
    let tables = words::tables(edition);
    // Figures are numbered as they stand on the page: origins, map, outcomes, time.
    let map_number = 2;
    let mut number = 0;
    let mut figure = |chart: Option<Chart>, legend| {
        number += if number == map_number - 1 { 2 } else { 1 };
        chart.map(|chart| figure::render(&chart, number, legend))
    };
    let origins_figure = figure(chart::origins(dataset), figure::areas_unless_marks(dataset));
    let outcomes_figure = figure(chart::outcomes(dataset), figure::areas(&[dataset]));
    let over_time_figure =
        figure(chart::over_time(edition), figure::areas(&words::blocks(edition)));
    let mut method = words::method(edition);
    method.extend(words::corrections(edition));
    let principles = words::principles(&edition.publisher.principles);
    let (charts, others): (Vec<Download>, Vec<Download>) =
        downloads(files).into_iter().partition(|file| file.path.starts_with("charts/"));
    let page = ReportPage {
        publisher: &edition.publisher,
        root: match depth {
            Depth::Period => "../",
            Depth::Revision => "../../",
        },
        title: words::title(edition),
        description,
        period: dataset.period.label(),
        edition_name: words::edition_name(edition),
        draft: words::draft_notice(edition),
        patterns: svg::PATTERNS,
        lead,
        meta: words::meta(edition),
        headline: figure::headline(dataset),
        headline_caption: words::headline_caption(dataset),
        contents: contents(!principles.is_empty()),
        legend: Legend::of(dataset),
        definitions: words::definitions(edition),
        origins: words::origins(dataset),
        origins_figure,
        map: (!dataset.countries.is_empty()).then(|| MapFigure {
            number: map_number,
            caption: "The same by step of number, on a map.".to_owned(),
            alt: map::alt(dataset),
            missing: map::without_shape(dataset),
        }),
        decided: words::decided(dataset),
        outcomes_figure,
        small: SmallCountries::of(dataset),
        percentages_note: words::note_on_percentages(edition),
        facts: words::facts_of_period(edition),
        over_time: words::over_time(edition).unwrap_or_else(|| words::NO_EARLIER_PERIOD.to_owned()),
        over_time_figure,
        users: words::user_requests(edition),
        principles,
        steps: words::steps(edition),
        never: words::prohibited_note(dataset),
        method_intro: words::method_intro(edition),
        method,
        tables: table::Rendered::of(&tables)?,
        has_package: files.iter().any(|file| file.path == "report.json"),
        csv_hash: others.iter().find(|f| f.path == "by-country.csv").map(|f| f.hash.clone()),
        files: others,
        charts,
        check: words::check(edition),
    };
    Ok(page.render()?.into_bytes())
}

fn contents(has_principles: bool) -> Vec<Section> {
    words::SECTIONS
        .into_iter()
        .filter(|section| has_principles || *section != words::PRINCIPLES)
        .collect()
}

/// All files by path, but for the page itself, whose hash it can't hold, and the data package, which
/// holds the page's.
fn downloads(files: &[File]) -> Vec<Download> {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by_key(|file| &file.path);
    files
        .into_iter()
        .filter(|file| file.path != "index.html" && file.path != "datapackage.json")
        .map(|file| {
            let (holds, format) = words::file_holds(&file.path);
            Download {
                path: file.path.clone(),
                holds,
                format,
                size: words::count(file.bytes.len() as u64),
                hash: domain::id::Sha256Hash(Sha256::digest(&file.bytes).into()).to_string(),
            }
        })
        .collect()
}

/// The heading of a category where there is room for few words.
fn category_name(category: Category) -> &'static str {
    match category {
        Category::UserData => "User data",
        Category::TechnicalExpertise => "Technical",
    }
}
