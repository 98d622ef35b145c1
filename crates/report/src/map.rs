//! The world map: countries coloured by steps of their number of requests. An extra, since the
//! table holds every figure and lists every country.
//!
//! The shapes and the projection come from `data/world.tsv`; `data/README.md` says whose they are
//! and how borders were taken.

use std::collections::BTreeMap;

use domain::Dataset;

use crate::chart::style::{DARK, LIGHT, Palette};
use crate::chart::svg::{escape, n, text_width};
use crate::{File, words};

const WORLD: &str = include_str!("../data/world.tsv");

/// The sizes of the legend below the map, in units of the map.
#[derive(Clone, Copy)]
struct Legend {
    text: f64,
    line: f64,
}

/// For a map as wide as a column of text.
const WIDE: Legend = Legend { text: 17.0, line: 34.0 };
/// For a phone, where a unit of the map is a third of a pixel.
const NARROW: Legend = Legend { text: 34.0, line: 54.0 };

/// Steps of the legend: the largest number of each but the last, which is open.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Steps(Vec<u64>);

impl Steps {
    /// So that the last step begins below the highest number.
    fn of(dataset: &Dataset) -> Self {
        let requests = || dataset.countries.iter().map(|row| row.row.requests());
        let (min, max) = (requests().min().unwrap_or(0), requests().max().unwrap_or(0));
        // 2, 10, 50, 250 for few; a period of a million needs wider steps.
        let factor = if max > 5_000 { 10 } else { 5 };
        let ladder =
            std::iter::once(2).chain(std::iter::successors(Some(10), |n| Some(n * factor)));
        // A step that no country is in would take a colour from those that have one.
        let limits: Vec<u64> =
            ladder.take_while(|limit| *limit < max).filter(|limit| *limit >= min).collect();
        Self(limits[limits.len().saturating_sub(LIGHT.steps.len() - 1)..].to_vec())
    }

    fn class(&self, requests: u64) -> usize {
        self.0.iter().take_while(|limit| requests > **limit).count()
    }

    fn labels(&self) -> Vec<String> {
        let mut from = 1;
        let mut labels: Vec<String> = self
            .0
            .iter()
            .map(|limit| {
                let label = range(from, *limit);
                from = limit + 1;
                label
            })
            .collect();
        labels.push(match from {
            1 => "requests".to_owned(),
            _ => format!("{} and more", words::count(from)),
        });
        labels
    }

    /// The step's place among the colours: few steps take those far apart.
    fn colour(&self, class: usize) -> usize {
        let last = LIGHT.steps.len() - 1;
        match self.0.len() {
            0 => last - 1,
            steps => class * last / steps,
        }
    }
}

fn range(from: u64, to: u64) -> String {
    let (from_text, to_text) = (words::count(from), words::count(to));
    match to - from {
        0 => from_text,
        1 => format!("{from_text} or {to_text}"),
        _ => format!("{from_text} to {to_text}"),
    }
}

/// What the map shows, for its alternative text.
pub(crate) fn alt(dataset: &Dataset) -> String {
    let countries = dataset.countries.len();
    let noun = words::place::noun(dataset, countries);
    format!(
        "World map of the {} {noun} that sent requests, {}, in steps of their number. Table 1 \
         holds every figure.",
        words::count(countries as u64),
        dataset.period.label()
    )
}

/// `charts/map.svg` and `charts/map-narrow.svg`, with their own style for light and dark.
pub(crate) fn files(dataset: &Dataset) -> [File; 2] {
    let dark = format!("@media (prefers-color-scheme:dark){{{}}}", colours(&DARK));
    let style = format!("{FORM}{}{dark}", colours(&LIGHT));
    [("charts/map.svg", WIDE), ("charts/map-narrow.svg", NARROW)].map(|(path, legend)| File {
        path: path.to_owned(),
        bytes: draw(dataset, &style, legend).into_bytes(),
    })
}

/// With fixed light colours, for the PDF.
pub(crate) fn for_print(dataset: &Dataset) -> String {
    draw(dataset, &format!("{FORM}{}", colours(&LIGHT)), WIDE)
}

/// Countries with requests that have no shape on the map, in words; `None` where all have one.
pub(crate) fn without_shape(dataset: &Dataset) -> Option<String> {
    let shapes: BTreeMap<&str, &str> = shapes().1.into_iter().collect();
    let names: Vec<&str> = dataset
        .countries
        .iter()
        .filter(|row| !shapes.contains_key(row.country.code()))
        .map(|row| row.country.name())
        .collect();
    (!names.is_empty())
        .then(|| format!("Not on the map, but in the table: {}.", words::list(&names)))
}

const FORM: &str = "\
text{font-family:Inter,'Noto Sans','Liberation Sans',Arial,sans-serif}\
path{stroke-width:.5;stroke-linejoin:round}";

fn colours(palette: &Palette) -> String {
    let mut style = format!(
        "text{{fill:{}}}.p{{fill:{}}}path{{stroke:{};fill:{}}}.l{{fill:{}}}",
        palette.ink, palette.paper, palette.paper, palette.land, palette.land
    );
    for (i, colour) in palette.steps.iter().enumerate() {
        style.push_str(&format!(".s{i}{{fill:{colour}}}"));
    }
    // A land's own colour is near the paper's, so its box in the legend has an edge.
    style.push_str(&format!(".b{{stroke:{};stroke-width:1.5}}", palette.edge));
    // A country too small to be seen has a circle; with a request in it, it is drawn larger.
    for (i, colour) in palette.steps.iter().enumerate() {
        style.push_str(&format!(".c{i}{{fill:{colour};stroke:{colour};stroke-width:4}}"));
    }
    style
}

/// Width and height, then code and shape of each land, those that are circles last, since a
/// neighbour may lie over them.
fn shapes() -> ((f64, f64), Vec<(&'static str, &'static str)>) {
    let mut lines = WORLD.lines();
    let size: Vec<f64> = lines
        .next()
        .and_then(|line| line.strip_prefix("# viewBox "))
        .map(|line| line.split(' ').filter_map(|number| number.parse().ok()).collect())
        .unwrap_or_default();
    let [_, _, width, height] = size[..] else { return ((0.0, 0.0), Vec::new()) };
    let mut shapes: Vec<_> = lines.filter_map(|line| line.split_once('\t')).collect();
    shapes.sort_by_key(|(_, path)| is_circle(path));
    ((width, height), shapes)
}

fn draw(dataset: &Dataset, style: &str, legend: Legend) -> String {
    let ((width, height), shapes) = shapes();
    let steps = Steps::of(dataset);
    let by_code: BTreeMap<&str, u64> =
        dataset.countries.iter().map(|row| (row.country.code(), row.row.requests())).collect();
    let mut land = String::new();
    let mut marked = String::new();
    for (code, path) in shapes {
        match by_code.get(code) {
            // One path for all plain land keeps the file small. A path's first `m` counts from
            // the corner only where it stands first, so it is written as `M`.
            None => {
                land.push('M');
                land.push_str(path.strip_prefix('m').unwrap_or(path));
            }
            Some(requests) => {
                let colour = steps.colour(steps.class(*requests));
                let class = if is_circle(path) { 'c' } else { 's' };
                marked.push_str(&format!(r#"<path class="{class}{colour}" d="{path}"/>"#));
            }
        }
    }
    let (boxes, lines) = boxes(&steps, (width, height), legend, dataset);
    let (width, height) = (n(width), n(height + 16.0 + legend.line * lines));
    let title = escape(&format!("Requests by country, {}", dataset.period.label()));
    let desc = escape(&desc(dataset));
    let size = legend.text;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"t d\"><title id=\"t\">{title}</title><desc id=\"d\">{desc}</desc>\
         <style>{style}</style><rect class=\"p\" width=\"100%\" height=\"100%\"/>\
         <path d=\"{land}\"/>{marked}<g font-size=\"{size}\">{boxes}</g></svg>\n"
    )
}

/// Whether the shape is, or has, the circle of a country too small to be seen.
fn is_circle(path: &str) -> bool {
    path.contains("a3 3")
}

fn desc(dataset: &Dataset) -> String {
    let mut rows: Vec<_> = dataset.countries.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.row.requests()));
    let figures: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.country.name(), words::count(row.row.requests())))
        .collect();
    match figures.len() {
        0 => "No country sent a request.".to_owned(),
        _ => format!("{}. {}", figures.join(", "), words::MAP_NOTE),
    }
}

/// Boxes with the steps below the map; returns how many lines they took.
fn boxes(
    steps: &Steps,
    (width, top): (f64, f64),
    Legend { text: size, line: height }: Legend,
    dataset: &Dataset,
) -> (String, f64) {
    let mut items = vec![("l b".to_owned(), "no request".to_owned())];
    if !dataset.countries.is_empty() {
        let labels = steps.labels().into_iter().enumerate();
        items.extend(labels.map(|(i, label)| (format!("s{}", steps.colour(i)), label)));
    }
    let mut legend = String::new();
    let (mut x, mut line) = (0.0, 0.0);
    for (class, label) in items {
        let taken = size * 2.4 + text_width(&label, size, false);
        if x > 0.0 && x + taken > width {
            x = 0.0;
            line += 1.0;
        }
        let y = top + 14.0 + height * line;
        let (side, text_x, text_y) = (n(size * 0.9), n(x + size * 1.3), n(y + size * 0.8));
        let (x_box, y, label) = (n(x + 1.0), n(y), escape(&label));
        legend.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x_box}\" y=\"{y}\" width=\"{side}\" height=\"{side}\"/>\
             <text x=\"{text_x}\" y=\"{text_y}\">{label}</text>"
        ));
        x += taken;
    }
    (legend, line + 1.0)
}
