//! Charts: SVG that the server draws, twice each, wide and narrow, from the same numbers.
//!
//! One encoding everywhere: hue and shape say the category, fill says the outcome. On the page a
//! drawing takes its colours from the site's style sheet; as a file it carries its own.

mod origins;
mod outcomes;
mod over_time;
pub(crate) mod style;
pub(crate) mod svg;

pub(crate) use origins::origins;
pub(crate) use outcomes::outcomes;
pub(crate) use over_time::over_time;

use domain::Dataset;
use domain::count::{CategoryCounts, Row};

use crate::{Edition, File, map};

/// One chart of an edition.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// `origins`, `outcomes`, `over-time`; also the stem of its files.
    pub(crate) id: &'static str,
    /// Every figure that is drawn, and which table holds them.
    pub(crate) desc: String,
    /// The text above the chart, without "Figure n.".
    pub(crate) caption: String,
    /// An `<svg>` element 784 units wide, styled by classes of `candor.css` only.
    pub(crate) wide: String,
    /// The same 340 units wide.
    pub(crate) narrow: String,
}

/// The wide drawing as an SVG file with fixed light colours, for the PDF: no custom property, no
/// media query.
pub(crate) fn for_print(chart: &Chart) -> String {
    file_of(&chart.wide, &style::light())
}

/// All charts of an edition as files of their own, each with its own style for light and dark.
pub(crate) fn files(edition: &Edition) -> Vec<File> {
    let dataset = &edition.dataset;
    let file = |path: String, text: String| File { path, bytes: text.into_bytes() };
    let charts = [origins(dataset), outcomes(dataset), over_time(edition)];
    let mut files: Vec<File> = charts
        .into_iter()
        .flatten()
        .flat_map(|chart| {
            let style = style::light_and_dark();
            [
                file(format!("charts/{}.svg", chart.id), file_of(&chart.wide, &style)),
                file(format!("charts/{}-narrow.svg", chart.id), file_of(&chart.narrow, &style)),
            ]
        })
        .collect();
    files.extend(map::files(dataset));
    files
}

/// Makes a file of an element of the page: namespace, size, style, patterns and paper.
fn file_of(element: &str, style: &str) -> String {
    let (open, rest) = element.split_once('>').expect("an element has an opening tag");
    let (head, drawing) = rest.split_once("</desc>").expect("a drawing has a description");
    let patterns = svg::PATTERNS;
    let open = open.replacen("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"", 1);
    format!(
        "{open}>{head}</desc><style>{style}</style>{patterns}\
         <rect class=\"pl\" width=\"100%\" height=\"100%\"/>{drawing}\n"
    )
}

/// Rows added up, for a bar that stands for several countries.
fn sum<'a>(rows: impl Iterator<Item = &'a Row>) -> Row {
    let mut sum = Row::default();
    for row in rows {
        for (to, from) in [
            (&mut sum.user_data, &row.user_data),
            (&mut sum.technical_expertise, &row.technical_expertise),
        ] {
            to.requests += from.requests;
            to.approved += from.approved;
            to.rejected += from.rejected;
            to.open += from.open;
            to.withdrawn += from.withdrawn;
        }
    }
    sum
}

/// What became of a request, as a drawing tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Approved,
    Rejected,
    Open,
    Withdrawn,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Approved, Self::Rejected, Self::Open, Self::Withdrawn];

    /// Approved and rejected always, since a zero is news too; the others where the period has
    /// any.
    pub(crate) fn of_period(dataset: &Dataset) -> Vec<Self> {
        let occurs = |outcome: &Self| match outcome {
            Self::Approved | Self::Rejected => true,
            Self::Open => dataset.total.open() > 0,
            Self::Withdrawn => dataset.total.withdrawn() > 0,
        };
        Self::ALL.into_iter().filter(occurs).collect()
    }

    pub(crate) fn count(self, counts: &CategoryCounts) -> u64 {
        match self {
            Self::Approved => counts.approved,
            Self::Rejected => counts.rejected,
            Self::Open => counts.open,
            Self::Withdrawn => counts.withdrawn,
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Up to how many requests of a period, and of one row, are drawn one by one.
const MARKS_MAX: u64 = 400;
const MARKS_IN_ROW_MAX: u64 = 150;

/// Whether each request of the period is a mark beside the headline figures.
pub(crate) fn has_marks_in_headline(dataset: &Dataset) -> bool {
    dataset.total.requests() <= MARKS_MAX
}

/// Whether each request is a mark in the rows of countries. Beyond, bars stand for them.
pub(crate) fn has_marks(dataset: &Dataset) -> bool {
    let row_max = dataset.countries.iter().map(|row| row.row.requests()).max();
    has_marks_in_headline(dataset) && row_max.is_none_or(|row| row <= MARKS_IN_ROW_MAX)
}

#[cfg(test)]
mod tests {
    use domain::count::{Cell, Flow, Sums, Tally};
    use domain::fact::{Ground, Urgency};
    use domain::{Category, Country, Standing, count};
    use scraper::{Html, Selector};

    use super::*;
    use crate::{Provenance, Publisher, Status};

    /// Countries with the longest names, each with `requests` of every outcome.
    fn dataset(countries: usize, requests: u64) -> Dataset {
        dataset_of("2021-H1", countries, requests)
    }

    fn dataset_of(period: &str, countries: usize, requests: u64) -> Dataset {
        let mut tally = Tally::new(period.parse().expect("a period"));
        let mut all: Vec<Country> = Country::all().collect();
        all.sort_by_key(|country| std::cmp::Reverse(country.name().len()));
        let mut flow = Flow::default();
        for country in all.into_iter().take(countries) {
            for category in Category::ALL {
                for standing in [
                    Standing::Open,
                    Standing::Approved,
                    Standing::Rejected(Ground::NoData),
                    Standing::Withdrawn,
                ] {
                    let cell = Cell { country, category, standing, urgency: Urgency::Ordinary };
                    tally.add_cell(cell, Sums { requests, ..Sums::default() });
                    flow.received += requests;
                    match standing {
                        Standing::Open => flow.open_at_end += requests,
                        Standing::Withdrawn => flow.closed += requests,
                        Standing::Approved | Standing::ApprovedInPart | Standing::Rejected(_) => {
                            flow.closed += requests;
                            tally.add_days(category, 1, requests);
                        }
                    }
                }
            }
        }
        tally.set_flow(flow);
        count(tally).expect("the sample adds up")
    }

    fn drawings(dataset: &Dataset) -> Vec<String> {
        let size = dataset.countries.len();
        let edition = Edition {
            publisher: Publisher { name: String::new(), notice: None, principles: String::new() },
            status: Status::Draft { compiled_on: dataset.period.last() },
            dataset: dataset.clone(),
            earlier: vec![dataset_of("2019", size, 3), dataset_of("2020-Q4", size, 700)],
            figures: Vec::new(),
            provenance: Provenance { cutoff: None, imported: 0, imported_on: None, log: None },
        };
        let charts = [origins(dataset), outcomes(dataset), over_time(&edition)];
        charts.into_iter().flatten().flat_map(|chart| [chart.wide, chart.narrow]).collect()
    }

    /// The size of a text by its classes, as the style sheet has it, and whether it is bold.
    fn font(classes: &str) -> (f64, bool) {
        let has = |class: &str| classes.split(' ').any(|other| other == class);
        let size = match classes {
            _ if has("bg") => 26.0,
            _ if has("sx") => 11.8,
            _ if has("lb") || has("nb") => 14.0,
            _ if has("nt") => 12.5,
            _ if has("ax") => 12.0,
            _ => 13.0,
        };
        (size, ["nb", "bd", "bg", "on", "ov"].iter().any(|class| has(class)))
    }

    #[track_caller]
    fn check_no_text_is_clipped(drawing: &str) {
        let svg = Html::parse_fragment(drawing);
        let attribute = |element: scraper::ElementRef, name: &str| {
            element.value().attr(name).unwrap_or_default().to_owned()
        };
        let root =
            svg.select(&Selector::parse("svg").expect("a selector")).next().expect("a drawing");
        let view = attribute(root, "viewbox") + &attribute(root, "viewBox");
        let size: Vec<f64> = view.split(' ').filter_map(|n| n.parse().ok()).collect();
        for text in svg.select(&Selector::parse("text").expect("a selector")) {
            let classes = attribute(text, "class");
            let (font_size, is_bold) = font(&classes);
            let content: String = text.text().collect();
            // A figure's unit is set smaller behind it.
            let parts: Vec<&str> = text.text().collect();
            let unit = parts.get(1).map_or(0.0, |unit| 5.0 + svg::text_width(unit, 12.5, false));
            let width = svg::text_width(parts[0], font_size, is_bold) + unit;
            let x: f64 = attribute(text, "x").parse().expect("a number");
            let y: f64 = attribute(text, "y").parse().expect("a number");
            let start = match classes.split(' ').next_back() {
                Some("e") => x - width,
                Some("m") => x - width / 2.0,
                Some(_) | None => x,
            };
            assert!(start >= -0.5, "`{content}` begins at {start}");
            assert!(start + width <= size[2] + 0.5, "`{content}` ends at {}", start + width);
            assert!(y <= size[3], "`{content}` stands at {y} of {}", size[3]);
        }
    }

    #[test]
    fn no_text_is_clipped_however_long_the_names_and_large_the_numbers() {
        for (countries, requests) in [(1, 1), (3, 2), (12, 1), (20, 15), (60, 4), (200, 60_000)] {
            for drawing in drawings(&dataset(countries, requests)) {
                check_no_text_is_clipped(&drawing);
            }
        }
    }

    #[test]
    fn the_print_variant_has_fixed_colours() {
        let chart = origins(&dataset(3, 2)).expect("there are requests");
        let file = for_print(&chart);
        assert!(file.contains("#1d5291") && file.contains("id=\"ht\""));
        assert!(!file.contains("@media") && !file.contains("var("));
    }

    #[test]
    fn marks_give_way_to_bars_beyond_their_limits() {
        assert!(has_marks(&dataset(3, 2)));
        assert!(!has_marks(&dataset(1, 19)), "152 in a row");
        assert!(!has_marks(&dataset(60, 1)), "480 in the period");
    }

    #[test]
    fn shares_are_drawn_from_ten_requests_up() {
        assert!(outcomes(&dataset(1, 1)).is_none());
        let few = outcomes(&dataset(2, 1)).expect("16 requests");
        assert!(few.wide.contains("All</text>") || few.wide.contains("All countries"));
        assert!(few.wide.contains("2 others"), "8 each: pooled");
    }
}
