//! What the template reads: every word and number of the paper, in its order.

use domain::{Category, Dataset};
use serde::Serialize;

use crate::chart::svg::Kind;
use crate::chart::{self, Chart, Outcome};
use crate::words::{self, CellKind, Definition, RowKind, Span, Table};
use crate::{Edition, map};

#[derive(Serialize)]
pub(super) struct Paper {
    title: String,
    publisher: String,
    description: String,
    /// In words, for the foot of each page.
    period: String,
    /// The banner of a draft; each page is marked where there is one.
    draft: Option<String>,
    notice: Option<String>,
    lead: Vec<Spoken>,
    meta: Vec<Term>,
    headline: Vec<Headline>,
    headline_caption: String,
    how: HowToRead,
    origins: Findings,
    one_by_one: Option<OneByOne>,
    decided: Findings,
    /// Below the tables on outcomes.
    percentages_note: String,
    facts: Vec<Term>,
    paperwork: Option<PaperTable>,
    bands: Option<PaperTable>,
    demands: Option<PaperTable>,
    time: Findings,
    users: Findings,
    principles: Principles,
    steps: Steps,
    method: Method,
    files: Files,
    check: Check,
}

#[derive(Serialize)]
struct Spoken {
    text: String,
    strong: bool,
}

#[derive(Serialize)]
struct Term {
    term: String,
    text: String,
}

#[derive(Serialize)]
struct Section {
    heading: &'static str,
    hint: &'static str,
}

#[derive(Serialize)]
struct Headline {
    heading: String,
    shape: Shape,
    /// Whether each request is drawn as a mark.
    marks: bool,
    figures: Vec<HeadlineFigure>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Circle,
    Square,
}

#[derive(Serialize)]
struct HeadlineFigure {
    requests: u64,
    count: String,
    percent: String,
    label: &'static str,
    detail: Option<String>,
    mark: Mark,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    /// In bars solid.
    Full,
    /// In bars dotted (circle) or striped (square).
    Open,
    /// In bars empty.
    Small,
    /// In bars lined.
    Cross,
}

#[derive(Serialize)]
struct HowToRead {
    section: Section,
    signs: Vec<Sign>,
    definitions: Vec<Term>,
}

/// A section that opens with what was found.
#[derive(Serialize)]
struct Findings {
    section: Section,
    finding: String,
    text: Vec<String>,
    figures: Vec<Figure>,
    tables: Vec<PaperTable>,
}

#[derive(Serialize)]
struct Figure {
    number: usize,
    file: String,
    alt: String,
    caption: String,
    /// What its areas stand for; none where marks do.
    key: Vec<Sign>,
    note: Option<String>,
}

/// A sign of the charts and what it stands for.
#[derive(Serialize)]
struct Sign {
    shape: Shape,
    mark: Mark,
    label: String,
}

#[derive(Serialize)]
struct PaperTable {
    number: usize,
    caption: String,
    corner: &'static str,
    groups: Vec<Group>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Group {
    label: Option<String>,
    columns: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    head: String,
    kind: &'static str,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    kind: &'static str,
}

/// Countries too small for a share, by name.
#[derive(Serialize)]
struct OneByOne {
    heading: String,
    countries: Vec<Term>,
}

#[derive(Serialize)]
struct Principles {
    section: Section,
    list: Vec<Principle>,
}

#[derive(Serialize)]
struct Principle {
    title: String,
    paragraphs: Vec<Vec<Spoken>>,
}

#[derive(Serialize)]
struct Steps {
    section: Section,
    list: Vec<Step>,
    prohibited: Opened,
}

#[derive(Serialize)]
struct Step {
    name: &'static str,
    text: &'static str,
    asides: Vec<Opened>,
}

/// A strong opening and what follows it.
#[derive(Serialize)]
struct Opened {
    strong: String,
    text: String,
}

#[derive(Serialize)]
struct Method {
    section: Section,
    intro: Option<String>,
    definitions: Vec<Term>,
}

#[derive(Serialize)]
struct Files {
    section: Section,
    list: Vec<FileLine>,
}

#[derive(Serialize)]
struct FileLine {
    name: &'static str,
    holds: &'static str,
    format: &'static str,
}

#[derive(Serialize)]
struct Check {
    section: Section,
    state: Opened,
    can: Vec<String>,
    cannot: Vec<String>,
    ways: Vec<Opened>,
}

/// The files that stand beside every PDF, as it lists them.
const FILES: [&str; 5] =
    ["by-country.csv", "requests.xlsx", "report.json", "report.schema.json", "datapackage.json"];

/// The name of the map's file among those that the template reads.
pub(super) const MAP: &str = "map.svg";

/// The name of a chart's file among those that the template reads.
pub(super) fn drawing(chart: &Chart) -> String {
    format!("{}.svg", chart.id)
}

impl Paper {
    /// `charts` are those of origins, outcomes and time, in this order, where they are drawn.
    pub(super) fn new(edition: &Edition, charts: &[Option<Chart>; 3]) -> Self {
        let Edition { publisher, dataset, .. } = edition;
        let tables = words::tables(edition);
        let [origins, outcomes, over_time] = figures(edition, charts);
        let mut method = words::method(edition);
        method.extend(words::corrections(edition));
        let users = words::user_requests(edition).unwrap_or_else(|| words::UserRequests {
            finding: words::NO_USER_FIGURES.to_owned(),
            text: Vec::new(),
        });
        Self {
            title: words::title(edition),
            description: format!("Published by {}. {}", publisher.name, words::origins(dataset)),
            publisher: publisher.name.clone(),
            period: dataset.period.days_label(),
            draft: words::draft_notice(edition),
            notice: publisher.notice.clone(),
            lead: spoken(words::lead(edition)),
            meta: terms(words::meta(edition)),
            headline: headlines(edition),
            headline_caption: words::headline_caption(dataset),
            how: HowToRead {
                section: section(words::HOW),
                signs: signs(&[dataset]),
                definitions: terms(words::definitions(edition)),
            },
            origins: Findings {
                section: section(words::WHERE),
                finding: words::origins(dataset),
                text: Vec::new(),
                figures: origins,
                tables: paper_tables([tables.requests]),
            },
            one_by_one: words::one_by_one(dataset).map(|(heading, countries)| OneByOne {
                heading,
                countries: countries.into_iter().map(Term::from).collect(),
            }),
            decided: Findings {
                section: section(words::DECIDED),
                finding: words::decided(dataset),
                text: Vec::new(),
                figures: outcomes,
                tables: paper_tables([tables.technical, tables.user_data, tables.grounds]),
            },
            percentages_note: words::note_on_percentages(edition),
            facts: terms(words::facts_of_period(edition)),
            paperwork: tables.paperwork.map(PaperTable::from),
            bands: tables.bands.map(PaperTable::from),
            demands: tables.demands.map(PaperTable::from),
            time: Findings {
                section: section(words::TIME),
                finding: words::over_time(edition)
                    .unwrap_or_else(|| words::NO_EARLIER_PERIOD.to_owned()),
                text: Vec::new(),
                figures: over_time,
                tables: paper_tables(tables.comparison.into_iter().chain(tables.published)),
            },
            users: Findings {
                section: section(words::USERS),
                finding: users.finding,
                text: users.text,
                figures: Vec::new(),
                tables: paper_tables(tables.users),
            },
            principles: principles(edition),
            steps: steps(edition),
            method: Method {
                section: section(words::METHOD),
                intro: words::method_intro(edition),
                definitions: terms(method),
            },
            files: files(dataset),
            check: check(edition),
        }
    }
}

/// The figures of origins, outcomes and time, numbered over the whole paper; the map follows the
/// chart of origins.
fn figures(edition: &Edition, charts: &[Option<Chart>; 3]) -> [Vec<Figure>; 3] {
    let dataset = &edition.dataset;
    let [origins, outcomes, over_time] = charts;
    let key_unless_marks = if chart::has_marks(dataset) { Vec::new() } else { signs(&[dataset]) };
    let map = (!dataset.countries.is_empty()).then(|| Figure {
        number: 0,
        file: MAP.to_owned(),
        alt: map::alt(dataset),
        caption: "The same by step of number, on a map.".to_owned(),
        key: Vec::new(),
        note: Some(match map::without_shape(dataset) {
            Some(missing) => format!("{} {missing}", words::MAP_NOTE),
            None => words::MAP_NOTE.to_owned(),
        }),
    });
    let drawn = |chart: &Option<Chart>, key| chart.as_ref().map(|chart| Figure::of(chart, key));
    let mut figures = [
        drawn(origins, key_unless_marks).into_iter().chain(map).collect(),
        drawn(outcomes, signs(&[dataset])).into_iter().collect(),
        drawn(over_time, signs(&words::blocks(edition))).into_iter().collect::<Vec<_>>(),
    ];
    for (figure, number) in figures.iter_mut().flatten().zip(1..) {
        figure.number = number;
    }
    figures
}

impl Figure {
    fn of(chart: &Chart, key: Vec<Sign>) -> Self {
        Self {
            number: 0,
            file: drawing(chart),
            alt: chart.desc.clone(),
            caption: chart.caption.clone(),
            key,
            note: None,
        }
    }
}

/// The signs that occur in these periods.
fn signs(datasets: &[&Dataset]) -> Vec<Sign> {
    let occurs =
        |kind: &Kind| datasets.iter().any(|d| kind.outcome.count(d.total.of(kind.category)) > 0);
    Kind::all()
        .filter(occurs)
        .map(|kind| Sign {
            shape: Shape::from(kind.category),
            mark: Mark::from(kind.outcome),
            label: kind.label(),
        })
        .collect()
}

fn headlines(edition: &Edition) -> Vec<Headline> {
    let marks = chart::has_marks_in_headline(&edition.dataset);
    words::headline(&edition.dataset)
        .into_iter()
        .map(|headline| Headline {
            heading: headline.heading,
            shape: Shape::from(headline.category),
            marks,
            figures: headline.figures.into_iter().map(HeadlineFigure::from).collect(),
        })
        .collect()
}

fn principles(edition: &Edition) -> Principles {
    let list = words::principles(&edition.publisher.principles);
    Principles {
        section: section(words::PRINCIPLES),
        list: list
            .into_iter()
            .map(|principle| Principle {
                title: principle.title,
                paragraphs: principle.paragraphs.into_iter().map(spoken).collect(),
            })
            .collect(),
    }
}

fn steps(edition: &Edition) -> Steps {
    let list = words::steps(edition).into_iter().map(|step| Step {
        name: step.name,
        text: step.text,
        asides: step.asides.into_iter().map(|(strong, text)| opened(strong, text)).collect(),
    });
    let (strong, text) = words::prohibited_note(&edition.dataset);
    Steps { section: section(words::STEPS), list: list.collect(), prohibited: opened(strong, text) }
}

fn files(dataset: &Dataset) -> Files {
    let paperwork = dataset.paperwork.is_some().then_some("paperwork.csv");
    let bands = dataset.bands.is_some().then_some("bands.csv");
    let list = paperwork.into_iter().chain(bands).chain(FILES).map(|name| {
        let (holds, format) = words::file_holds(name);
        FileLine { name, holds, format }
    });
    Files { section: section(words::FILES), list: list.collect() }
}

fn check(edition: &Edition) -> Check {
    let words::Check { state, can, cannot, ways } = words::check(edition);
    Check {
        section: section(words::CHECK),
        state: opened(state.0, state.1),
        can: can.into_iter().map(String::from).collect(),
        cannot,
        ways: ways.into_iter().map(|(strong, text)| opened(strong, text)).collect(),
    }
}

fn section(section: words::Section) -> Section {
    Section { heading: section.heading, hint: section.hint }
}

fn terms(definitions: Vec<Definition>) -> Vec<Term> {
    definitions.into_iter().map(|Definition { term, text }| Term { term, text }).collect()
}

fn spoken(spans: Vec<Span>) -> Vec<Spoken> {
    spans.into_iter().map(|Span { text, strong }| Spoken { text, strong }).collect()
}

fn opened(strong: impl Into<String>, text: impl Into<String>) -> Opened {
    Opened { strong: strong.into(), text: text.into() }
}

impl From<words::SmallCountry<'_>> for Term {
    fn from((country, line): words::SmallCountry<'_>) -> Self {
        Self { term: country.country.name().to_owned(), text: line }
    }
}

impl From<words::HeadlineFigure> for HeadlineFigure {
    fn from(figure: words::HeadlineFigure) -> Self {
        Self {
            requests: figure.requests,
            count: words::count(figure.requests),
            percent: format!("{}%", figure.percent),
            label: figure.label,
            detail: figure.detail,
            mark: Mark::from(figure.outcome),
        }
    }
}

impl From<Category> for Shape {
    fn from(category: Category) -> Self {
        match category {
            Category::UserData => Self::Circle,
            Category::TechnicalExpertise => Self::Square,
        }
    }
}

impl From<Outcome> for Mark {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Approved => Self::Full,
            Outcome::Rejected => Self::Open,
            Outcome::Open => Self::Small,
            Outcome::Withdrawn => Self::Cross,
        }
    }
}

fn paper_tables(tables: impl IntoIterator<Item = Table>) -> Vec<PaperTable> {
    tables.into_iter().map(PaperTable::from).collect()
}

impl From<Table> for PaperTable {
    fn from(table: Table) -> Self {
        let groups = table.groups.into_iter();
        let rows = table.rows.into_iter().map(|row| Row {
            head: row.head,
            kind: match row.kind {
                RowKind::Total => "total",
                RowKind::Plain => "plain",
                RowKind::Part => "part",
            },
            cells: row.cells.into_iter().map(Cell::from).collect(),
        });
        Self {
            number: table.number,
            caption: table.caption,
            corner: table.corner,
            groups: groups.map(|g| Group { label: g.label, columns: g.columns }).collect(),
            rows: rows.collect(),
            notes: table.notes,
        }
    }
}

impl From<words::Cell> for Cell {
    fn from(cell: words::Cell) -> Self {
        let kind = match cell.kind {
            CellKind::Number => "number",
            CellKind::Zero => "zero",
            CellKind::Words => "words",
        };
        Self { text: cell.text, kind }
    }
}
