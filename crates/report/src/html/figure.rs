//! Charts, marks and keys as the page sets them.

use domain::{Category, Dataset};

use crate::chart::svg::{Area, Grid, Kind, Marks, escape, n, push_area};
use crate::chart::{self, Chart, Outcome};
use crate::words;

use super::category_name;

/// A chart with its caption and both drawings; the style sheet shows one of them.
pub(super) fn render(chart: &Chart, number: usize, legend: Vec<Kind>) -> String {
    let keys: Vec<String> = legend
        .into_iter()
        .map(|kind| format!("<span class=\"kk\">{} {}</span>", area_key(kind), kind.label()))
        .collect();
    let legend = match keys.len() {
        0 => String::new(),
        _ => format!("<p class=\"note wide\">{}</p>", keys.join(" ")),
    };
    format!(
        "<figure><figcaption><b>Figure {number}.</b> {}</figcaption>{}{}{legend}</figure>",
        escape(&chart.caption),
        chart.wide,
        chart.narrow
    )
}

/// The kinds that areas stand for in these periods.
pub(super) fn areas(datasets: &[&Dataset]) -> Vec<Kind> {
    let occurs =
        |kind: &Kind| datasets.iter().any(|d| kind.outcome.count(d.total.of(kind.category)) > 0);
    Kind::all().filter(occurs).collect()
}

/// Marks are explained above the charts, areas beside them.
pub(super) fn areas_unless_marks(dataset: &Dataset) -> Vec<Kind> {
    if chart::has_marks(dataset) { Vec::new() } else { areas(&[dataset]) }
}

fn area_key(kind: Kind) -> String {
    let mut area = String::new();
    push_area(&mut area, kind, Area { x: 0.0, y: 0.0, width: 26.0, height: 14.0 });
    format!(
        r#"<svg class="key" width="26" height="14" viewBox="0 0 26 14" aria-hidden="true">{area}</svg>"#
    )
}

fn mark_key(kind: Kind) -> String {
    let mut marks = Marks::default();
    marks.push(kind, 0.5, 0.5, 13.0);
    let paths = marks.paths();
    format!(
        r#"<svg class="key" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{paths}</svg>"#
    )
}

/// The signs of both categories, a row for each outcome.
pub(super) struct Legend {
    pub(super) heads: [&'static str; 2],
    pub(super) rows: Vec<LegendRow>,
    pub(super) note: Option<String>,
}

pub(super) struct LegendRow {
    pub(super) head: String,
    pub(super) keys: [Key; 2],
}

pub(super) struct Key {
    pub(super) drawing: String,
    pub(super) text: &'static str,
}

impl Legend {
    pub(super) fn of(dataset: &Dataset) -> Self {
        let outcomes = Outcome::of_period(dataset);
        let has_marks = chart::has_marks_in_headline(dataset);
        let key = |kind: Kind| {
            if has_marks {
                Key { drawing: mark_key(kind), text: mark_name(kind) }
            } else {
                Key { drawing: area_key(kind), text: area_name(kind) }
            }
        };
        let row = |outcome: Outcome| LegendRow {
            head: words::capital(outcome.label()),
            keys: Category::ALL.map(|category| key(Kind { category, outcome })),
        };
        Self {
            heads: Category::ALL.map(category_name),
            rows: outcomes.into_iter().map(row).collect(),
            note: has_marks.then(|| {
                "In bars, rejected requests are an area with stripes (technical) or dots (user \
                 data), open ones an empty area, withdrawn ones an area with thin lines."
                    .to_owned()
            }),
        }
    }
}

fn mark_name(kind: Kind) -> &'static str {
    match (kind.category, kind.outcome) {
        (Category::UserData, Outcome::Approved) => "solid circle",
        (Category::UserData, Outcome::Rejected) => "open circle",
        (Category::UserData, Outcome::Open) => "small circle",
        (Category::UserData, Outcome::Withdrawn) => "upright cross",
        (Category::TechnicalExpertise, Outcome::Approved) => "solid square",
        (Category::TechnicalExpertise, Outcome::Rejected) => "open square",
        (Category::TechnicalExpertise, Outcome::Open) => "small square",
        (Category::TechnicalExpertise, Outcome::Withdrawn) => "slanted cross",
    }
}

fn area_name(kind: Kind) -> &'static str {
    match (kind.category, kind.outcome) {
        (_, Outcome::Approved) => "solid",
        (Category::UserData, Outcome::Rejected) => "dotted",
        (Category::TechnicalExpertise, Outcome::Rejected) => "striped",
        (_, Outcome::Open) => "empty",
        (_, Outcome::Withdrawn) => "lined",
    }
}

/// The headline figures of one category, each with its drawing.
pub(super) struct HeadlineGroup {
    pub(super) heading: String,
    pub(super) figures: Vec<Figure>,
}

pub(super) struct Figure {
    pub(super) count: String,
    pub(super) percent: u64,
    pub(super) label: &'static str,
    pub(super) detail: Option<String>,
    pub(super) drawing: String,
}

pub(super) fn headline(dataset: &Dataset) -> Vec<HeadlineGroup> {
    let groups = words::headline(dataset);
    let figures = groups.iter().flat_map(|group| &group.figures);
    let highest = figures.map(|figure| figure.requests).max().unwrap_or(0);
    let has_marks = chart::has_marks_in_headline(dataset);
    groups
        .iter()
        .map(|group| HeadlineGroup {
            heading: group.heading.clone(),
            figures: group
                .figures
                .iter()
                .map(|figure| {
                    let kind = Kind { category: group.category, outcome: figure.outcome };
                    Figure {
                        count: words::count(figure.requests),
                        percent: figure.percent,
                        label: figure.label,
                        detail: figure.detail.clone(),
                        drawing: if figure.requests == 0 {
                            empty(figure.label, if has_marks { "no mark" } else { "none" })
                        } else if has_marks {
                            stack(kind, figure.requests)
                        } else {
                            bar(kind, figure.requests, highest)
                        },
                    }
                })
                .collect(),
        })
        .collect()
}

/// Marks in rows of ten.
const STACK: Grid = Grid { pitch: 15.0, size: 13.0, gap: 0.0, line: 15.0, columns: 10 };
const STACK_WIDTH: f64 = 148.0;

/// A zero is drawn: here it may be the main news.
fn empty(label: &str, text: &str) -> String {
    format!(
        r#"<svg class="stack" viewBox="0 0 148 28" role="img" aria-label="No mark: none was {label}."><rect class="none" x=".75" y=".75" width="146.5" height="26.5" rx="3"/><text class="nm m" x="74" y="18">{text}</text></svg>"#
    )
    .replace("none was open", "none is open")
}

fn stack(kind: Kind, requests: u64) -> String {
    let mut marks = Marks::default();
    for index in 0..requests {
        let (x, y) = STACK.place(index);
        marks.push(kind, x, y, STACK.size);
    }
    let height = n(STACK.lines(requests) * STACK.line - 2.0);
    let noun = if requests == 1 { "" } else { "s" };
    let rows = if requests > 10 { " in rows of ten" } else { "" };
    let name = mark_name(kind).replace("cross", if requests == 1 { "cross" } else { "crosse" });
    format!(
        r#"<svg class="stack" viewBox="0 0 148 {height}" role="img" aria-label="{requests} {name}{noun}{rows}">{}</svg>"#,
        marks.paths()
    )
}

/// A bar on the one scale of all headline figures.
fn bar(kind: Kind, requests: u64, highest: u64) -> String {
    let width = (STACK_WIDTH * requests as f64 / highest.max(1) as f64).max(0.5);
    let mut area = String::new();
    push_area(&mut area, kind, Area { x: 0.0, y: 0.0, width, height: 28.0 });
    let label = format!("Bar for {} {}", words::count(requests), kind.label());
    format!(
        r#"<svg class="stack" viewBox="0 0 148 28" role="img" aria-label="{label}">{area}</svg>"#
    )
}

/// Countries with too few requests for a share, one by one.
pub(super) struct SmallCountries {
    pub(super) heading: String,
    pub(super) countries: Vec<SmallCountry>,
}

pub(super) struct SmallCountry {
    pub(super) name: &'static str,
    pub(super) marks: String,
    pub(super) text: String,
}

impl SmallCountries {
    pub(super) fn of(dataset: &Dataset) -> Option<Self> {
        let (heading, countries) = words::one_by_one(dataset)?;
        let countries = countries.into_iter().map(|(country, text)| {
            let mut marks = Marks::default();
            let mut number = 0;
            for kind in Kind::all() {
                for _ in 0..kind.outcome.count(country.row.of(kind.category)) {
                    marks.push(kind, f64::from(number) * 12.0, 0.0, 10.0);
                    number += 1;
                }
            }
            let width = (number * 12 - 2).max(0);
            let marks = format!(
                r#"<svg width="{width}" height="10" viewBox="0 0 {width} 10" aria-hidden="true">{}</svg>"#,
                marks.paths()
            );
            SmallCountry { name: country.country.name(), marks, text }
        });
        Some(Self { heading, countries: countries.collect() })
    }
}
