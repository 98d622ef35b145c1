//! What became of the requests of a country, as shares of them. Only from ten requests up.

use domain::count::{Row, percent};
use domain::{Category, Dataset};

use super::Chart;
use super::origins::{Line, Margin};
use super::svg::{Area, Canvas, Frame, Kind, NARROW, WIDE, short, text_width, wrap};
use crate::words;

/// Countries with a bar of their own; the others are pooled.
const COUNTRIES_MAX: usize = 20;

/// Outcomes as shares; `None` in a period of fewer than ten requests, where counts say more.
pub(crate) fn outcomes(dataset: &Dataset) -> Option<Chart> {
    if dataset.total.requests() < words::SHARE_MIN {
        return None;
    }
    let lines = lines(dataset);
    let label = dataset.period.label();
    let title = format!("Share of each outcome among the requests of a country, {label}");
    let caption = caption(dataset);
    let desc = desc(&lines);
    let draw = |width| {
        let (canvas, height) = if width == WIDE { wide(&lines) } else { narrow(&lines) };
        canvas.finish(&Frame::of("outcomes", &title, &desc, width, height))
    };
    let (wide, narrow) = (draw(WIDE), draw(NARROW));
    Some(Chart { id: "outcomes", desc, caption, wide, narrow })
}

fn caption(dataset: &Dataset) -> String {
    let base = "Outcome of all requests of a country, as count and share of that country’s \
                requests.";
    let user = &dataset.total.user_data;
    if user.requests > 0 && user.approved == 0 {
        format!("{base} No country had a request for user data approved.")
    } else {
        base.to_owned()
    }
}

/// All, then each country with enough requests, then the others together.
fn lines(dataset: &Dataset) -> Vec<Line> {
    let mut lines = vec![Line { name: "All countries".to_owned(), row: dataset.total.clone() }];
    // One country's bar would repeat the total's.
    if dataset.countries.len() == 1 {
        return lines;
    }
    let enough = dataset.countries.iter().filter(|c| c.row.requests() >= words::SHARE_MIN).count();
    lines.extend(super::origins::lines(dataset, enough.min(COUNTRIES_MAX)));
    // Should even the others together be too few, they are drawn one by one below the chart.
    lines.retain(|line| line.row.requests() >= words::SHARE_MIN);
    lines
}

/// The parts of a row that occur, each with its label such as "31 · 19%".
fn parts(row: &Row) -> Vec<(Kind, u64, String)> {
    Kind::all()
        .map(|kind| (kind, kind.outcome.count(row.of(kind.category))))
        .filter(|(_, requests)| *requests > 0)
        .map(|(kind, requests)| {
            let label =
                format!("{} · {}%", words::count(requests), percent(requests, row.requests()));
            (kind, requests, label)
        })
        .collect()
}

fn desc(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let parts: Vec<String> = parts(&line.row)
            .into_iter()
            .map(|(kind, requests, _)| {
                let share = percent(requests, line.row.requests());
                format!("{} {}, {share}%", words::count(requests), kind.label().replace(", ", " "))
            })
            .collect();
        let requests = words::counted(line.row.requests(), "request");
        text.push_str(&format!("{}, {requests}: {}. ", line.name, parts.join("; ")));
    }
    format!("{text}Tables 2 and 3 hold the same figures.")
}

fn wide(lines: &[Line]) -> (Canvas, f64) {
    let Margin { number_end, left } = Margin::of(lines);
    let mut canvas = Canvas::default();
    let mut body = Canvas::default();
    let mut y = 30.0;
    for (i, line) in lines.iter().enumerate() {
        let number = words::count(line.row.requests());
        let is_total = i == 0;
        let room = number_end - 10.0 - text_width(&number, 14.0, true);
        let names = wrap(&line.name, 14.0, is_total, room);
        let first = y + 17.5 - 8.0 * (names.len() as f64 - 1.0);
        for (i, name) in names.iter().enumerate() {
            let class = if is_total { "lb bd" } else { "lb" };
            body.text(class, 0.0, first + 16.0 * i as f64, name);
        }
        body.text("nb e", number_end, y + 17.5, &number);
        let bar = Bar {
            x: left,
            y,
            width: WIDE - left,
            height: 26.0,
            size: 13.0,
            padding: 8.0,
            class: "",
        };
        let below = bar.draw(&mut body, &line.row);
        y += 36.0 + below + if is_total { 8.0 } else { 0.0 };
    }
    for (share, class) in [(0, "ax"), (25, "ax m"), (50, "ax m"), (75, "ax m"), (100, "ax e")] {
        let x = left + (WIDE - left) * f64::from(share) / 100.0;
        canvas.text(class, x, 12.0, &format!("{share}%"));
        canvas.line("ln", (x, 18.0), (x, y - 4.0));
    }
    canvas.append(body);
    (canvas, y)
}

fn narrow(lines: &[Line]) -> (Canvas, f64) {
    let mut canvas = Canvas::default();
    let mut y = 0.0;
    for (i, line) in lines.iter().enumerate() {
        let requests = words::counted(line.row.requests(), "request");
        let class = if i == 0 { "lb bd" } else { "lb" };
        let room = NARROW - 12.0 - text_width(&requests, 14.0, true);
        y += 17.0;
        canvas.text("nb e", NARROW, y, &requests);
        for (i, name) in wrap(&line.name, 14.0, i == 0, room).iter().enumerate() {
            y += if i > 0 { 16.0 } else { 0.0 };
            canvas.text(class, 0.0, y, name);
        }
        y += 7.0;
        let bar =
            Bar { x: 0.0, y, width: NARROW, height: 22.0, size: 11.8, padding: 5.0, class: " sx" };
        y += 30.0 + bar.draw(&mut canvas, &line.row);
    }
    (canvas, y)
}

/// Where the bar of a row stands, and how its labels are set.
struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    size: f64,
    /// Left and right of a label.
    padding: f64,
    class: &'static str,
}

impl Bar {
    /// Draws the parts; a label that doesn't fit goes below. Returns the height that this takes.
    fn draw(&self, canvas: &mut Canvas, row: &Row) -> f64 {
        let all = row.requests() as f64;
        let baseline = self.y + self.height / 2.0 + self.size * 0.35;
        let mut x = self.x;
        let mut below: Vec<(Category, String)> = Vec::new();
        for (kind, requests, label) in parts(row) {
            let length = self.width * requests as f64 / all;
            let gap =
                if length > 3.0 && x + length < self.x + self.width - 0.5 { 1.0 } else { 0.0 };
            let area = Area { x, y: self.y, width: length - gap, height: self.height };
            canvas.area(kind, area);
            let text = text_width(&label, self.size, true);
            if text + 2.0 * self.padding <= length {
                self.label(canvas, kind, x + self.padding, baseline, (&label, text));
            } else {
                let share = percent(requests, row.requests());
                let (number, outcome) = (words::count(requests), kind.outcome.label());
                below.push((kind.category, format!("{number} {outcome} · {share}%")));
            }
            x += length;
        }
        let lines = wrap_parts(&below, self.width);
        for (i, line) in lines.iter().enumerate() {
            let (end, y) = (self.x + self.width, self.y + self.height + 14.0 + 15.0 * i as f64);
            // A plate, since lines of the scale pass here.
            let width = text_width(line, 12.5, false);
            canvas.rect("pl", Area { x: end - width, y: y - 11.0, width, height: 14.0 });
            canvas.text("nt e", end, y, line);
        }
        15.0 * lines.len() as f64
    }

    fn label(&self, canvas: &mut Canvas, kind: Kind, x: f64, y: f64, label: (&str, f64)) {
        match kind.outcome {
            super::Outcome::Approved => {
                let class = format!("on{}", self.class);
                canvas.text(&class, x, y, label.0);
            }
            super::Outcome::Rejected | super::Outcome::Open | super::Outcome::Withdrawn => {
                canvas.plated(&format!("ov{}", self.class), x, y, label.0, label.1);
            }
        }
    }
}

/// Labels below a bar, a line for each category, joined as far as a line takes them.
fn wrap_parts(parts: &[(Category, String)], width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut before = None;
    for (category, part) in parts {
        let is_same = before == Some(*category);
        before = Some(*category);
        match lines.last_mut() {
            Some(line)
                if is_same && text_width(&format!("{line}, {part}"), 12.5, false) <= width =>
            {
                line.push_str(", ");
                line.push_str(part);
            }
            Some(_) | None => lines.push(format!("{}: {part}", short(*category))),
        }
    }
    lines
}
