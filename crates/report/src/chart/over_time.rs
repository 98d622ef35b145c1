//! Periods of unlike length side by side: width is length, height is rate, area is the count.

use domain::period::Length;
use domain::{Dataset, Period};
use jiff::civil::Date;

use super::svg::{Area, Canvas, Frame, Kind, NARROW, WIDE, step, text_width, wrap};
use super::{Chart, Outcome};
use crate::{Edition, words};

/// Rates over time; `None` where there is nothing to compare with.
pub(crate) fn over_time(edition: &Edition) -> Option<Chart> {
    let blocks = words::blocks(edition);
    let [first, .., last] = blocks.as_slice() else { return None };
    let title = format!("Requests a month: {} to {}", first.period.label(), last.period.label());
    let desc = desc(&blocks, &last.period.next());
    let caption = "Each block is as wide as its period and as high as its average per month, so \
                   its area is its number of requests. The flat tops are averages. The dashed slot \
                   is the next period, not yet published."
        .to_owned();
    let draw = |layout: Layout| {
        let (canvas, height) = layout.draw(&blocks);
        canvas.finish(&Frame::of("over-time", &title, &desc, layout.width, height))
    };
    let (wide, narrow) = (draw(Layout::WIDE), draw(Layout::NARROW));
    Some(Chart { id: "over-time", desc, caption, wide, narrow })
}

fn rate(dataset: &Dataset) -> f64 {
    dataset.total.requests() as f64 / words::months(&dataset.period)
}

fn desc(blocks: &[&Dataset], next: &Period) -> String {
    let mut text = String::new();
    for dataset in blocks {
        let requests = dataset.total.requests();
        let parts: Vec<String> = Kind::all()
            .map(|kind| (kind, kind.outcome.count(dataset.total.of(kind.category))))
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| format!("{} {}", words::count(n), kind.label().replace(", ", " ")))
            .collect();
        let parts =
            if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        text.push_str(&format!(
            "{}: {} in {}, {} a month{parts}. ",
            dataset.period.label(),
            words::counted(requests, "request"),
            words::length(&dataset.period),
            words::per_month(requests, &dataset.period)
        ));
    }
    let next = next.label();
    format!("{text}{next}: not yet published. The table on periods side by side holds the figures.")
}

/// Names for below a block: as long as the room allows.
fn short_label(period: &Period) -> String {
    let (first, last) = (period.first(), period.last());
    match period.length() {
        Length::Months(12) if first.month() == 1 => period.label(),
        Length::Months(1) => first.strftime("%b %Y").to_string(),
        Length::Months(_) if first.year() == last.year() => {
            format!("{} – {}", first.strftime("%b"), last.strftime("%b %Y"))
        }
        Length::Months(_) => format!("{} – {}", first.strftime("%b %Y"), last.strftime("%b %Y")),
        Length::Days(_) => {
            format!("{} – {}", first.strftime("%-d %b %Y"), last.strftime("%-d %b %Y"))
        }
    }
}

/// "H1 2021" or "Q2 2021", for where even the short name is too long.
fn shortest_label(period: &Period) -> Option<String> {
    let code = period.to_string();
    let (year, part) = code.split_once('-')?;
    (part.len() == 2).then(|| format!("{part} {year}"))
}

fn tick_label(value: f64, step: f64) -> String {
    if step < 1.0 { format!("{value:.1}") } else { words::count(value as u64) }
}

#[derive(Clone, Copy)]
struct Layout {
    width: f64,
    left: f64,
    /// The height of the axis.
    height: f64,
    size: f64,
    class: &'static str,
}

/// Where the axis begins, below its title and the largest figure.
const TOP: f64 = 62.0;

impl Layout {
    const WIDE: Self = Self { width: WIDE, left: 34.0, height: 210.0, size: 13.0, class: "" };
    const NARROW: Self =
        Self { width: NARROW, left: 28.0, height: 170.0, size: 11.8, class: " sx" };

    fn draw(mut self, blocks: &[&Dataset]) -> (Canvas, f64) {
        let mut canvas = Canvas::default();
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return (canvas, 0.0);
        };
        // The slot is as high as the last full year's rate, else as this period's.
        let is_year = |d: &&&Dataset| d.period.length() == Length::Months(12);
        let slot_rate = rate(blocks.iter().rev().find(is_year).unwrap_or(last));
        let highest = blocks.iter().map(|d| rate(d)).fold(slot_rate, f64::max).max(0.1);
        let step = step(highest);
        let ticks = (highest / step).ceil();
        // The margin takes the largest number of the axis.
        let label = text_width(&tick_label(ticks * step, step), 12.0, false);
        self.left = self.left.max(label + 9.0);
        let slot = last.period.next();
        let days = span(first.period.first(), slot.last());
        let x_of = |date: Date| {
            self.left + (self.width - self.left) * (span(first.period.first(), date) - 1.0) / days
        };
        let end_of = |period: &Period| x_of(period.last()) + (self.width - self.left) / days;
        let base = TOP + self.height;
        let unit = self.height / (ticks * step);
        self.axis(&mut canvas, (base, unit), (step, ticks));
        let mut lines = 0;
        for dataset in blocks {
            let (x, end) = (x_of(dataset.period.first()), end_of(&dataset.period));
            self.block(&mut canvas, dataset, (x + 1.0, end - 1.0), (base, unit));
            let requests = Some(dataset.total.requests());
            lines = lines.max(self.below(&mut canvas, &dataset.period, (x, end), base, requests));
        }
        let (x, end) = (x_of(slot.first()), end_of(&slot));
        let height = (slot_rate * unit).max(36.0);
        canvas.rect("none", Area { x: x + 1.75, y: base - height, width: end - x - 3.5, height });
        let text = wrap("not yet published", 12.0, false, end - x - 8.0);
        // Where a narrow slot has no room for the words, the caption says them.
        if text.iter().all(|line| text_width(line, 12.0, false) + 4.0 <= end - x) {
            for (i, line) in text.iter().enumerate() {
                let up = 15.0 * (i as f64 - (text.len() as f64 - 1.0) / 2.0);
                canvas.text("ax m", (x + end) / 2.0, base - height / 2.0 + 4.0 + up, line);
            }
        }
        lines = lines.max(self.below(&mut canvas, &slot, (x, end), base, None));
        canvas.line("bl", (self.left, base + 0.5), (self.width, base + 0.5));
        (canvas, base + 12.0 + 16.0 * lines as f64)
    }

    fn axis(&self, canvas: &mut Canvas, (base, unit): (f64, f64), (step, ticks): (f64, f64)) {
        let mut tick = 0.0;
        while tick <= ticks {
            let (value, y) = (tick * step, base - tick * step * unit);
            canvas.line("ln", (self.left, y), (self.width, y));
            canvas.text("ax e", self.left - 7.0, y + 4.0, &tick_label(value, step));
            tick += 1.0;
        }
        canvas.text("ax", 0.0, 14.0, "requests a month");
    }

    /// One period: its parts from the base up, its rate on top.
    fn block(
        &self,
        canvas: &mut Canvas,
        dataset: &Dataset,
        (x, end): (f64, f64),
        (base, unit): (f64, f64),
    ) {
        let months = words::months(&dataset.period);
        let width = end - x;
        let mut top = base;
        for kind in Kind::all() {
            let requests = kind.outcome.count(dataset.total.of(kind.category));
            if requests == 0 {
                continue;
            }
            let height = requests as f64 / months * unit;
            top -= height;
            let gap = if height > 3.0 { 1.0 } else { 0.0 };
            canvas.area(kind, Area { x, y: top + gap, width, height: height - gap });
            let long = format!("{} {}", words::count(requests), kind.label());
            let label = [long, words::count(requests)]
                .into_iter()
                .find(|text| text_width(text, self.size, true) + 18.0 <= width);
            if let Some(label) = label.filter(|_| height >= 19.0) {
                let text = text_width(&label, self.size, true);
                let (x, y) = (x + 9.0, top + height / 2.0 + self.size * 0.38);
                match kind.outcome {
                    Outcome::Approved => canvas.text(&format!("on{}", self.class), x, y, &label),
                    Outcome::Rejected | Outcome::Open | Outcome::Withdrawn => {
                        canvas.plated(&format!("ov{}", self.class), x, y, &label, text);
                    }
                }
            }
        }
        let rate = words::per_month(dataset.total.requests(), &dataset.period);
        let size = if text_width(&rate, 26.0, true) <= width { 26.0 } else { 14.0 };
        let class = if size > 20.0 { "bg" } else { "nb" };
        let taken = text_width(&rate, size, true);
        let beside = text_width("a month", 12.5, false);
        let has_unit = taken + 6.0 + beside <= width;
        let plate = if has_unit { taken + 6.0 + beside } else { taken };
        canvas.rect(
            "pl",
            Area { x, y: top - size - 8.0, width: plate.min(width), height: size + 5.0 },
        );
        // Narrow blocks: the figure may not run out of the drawing.
        let x = x.min(self.width - taken);
        if has_unit {
            canvas.figure(class, x, top - 9.0, &rate, "a month");
        } else {
            canvas.text(class, x, top - 9.0, &rate);
        }
    }

    /// Name and length below a block; returns how many lines that took.
    fn below(
        &self,
        canvas: &mut Canvas,
        period: &Period,
        (x, end): (f64, f64),
        base: f64,
        requests: Option<u64>,
    ) -> usize {
        let room = end - x - 4.0;
        let fits = |name: &String| text_width(name, 14.0, false) <= room;
        let name = Some(short_label(period)).filter(fits).or_else(|| shortest_label(period));
        let names = wrap(&name.unwrap_or_else(|| short_label(period)), 14.0, false, room);
        let narrow = |line: &String| text_width(line, 12.0, false) <= room;
        let notes = requests.map_or_else(Vec::new, |requests| {
            let number = words::count(requests);
            let length = words::length(period).replace('\u{a0}', " ");
            let long = wrap(&format!("{length}: {number}"), 12.0, false, room);
            // The block shows its length; its number is said, if there is room for it.
            if long.iter().all(narrow) {
                long
            } else {
                Some(number).filter(narrow).into_iter().collect()
            }
        });
        let lines = names.iter().map(|name| ("lb m", 14.0, name));
        let lines = lines.chain(notes.iter().map(|note| ("ax m", 12.0, note)));
        let mut number = 0;
        for (class, size, line) in lines.filter(|(.., line)| !line.is_empty()) {
            // A word wider than its block stays within the drawing.
            let half = text_width(line, size, false) / 2.0;
            let middle = ((x + end) / 2.0).clamp(half, self.width - half);
            canvas.text(class, middle, base + 20.0 + 16.0 * number as f64, line);
            number += 1;
        }
        number
    }
}

/// Days from `first` to `last`, both included.
fn span(first: Date, last: Date) -> f64 {
    f64::from((last - first).get_days() + 1)
}
