//! Requests by country: marks as long as they can be counted by eye, bars beyond.

use domain::Dataset;
use domain::count::Row;

use super::svg::{Area, Canvas, Frame, Grid, Kind, Marks, NARROW, WIDE, step, text_width, wrap};
use super::{Chart, has_marks};
use crate::words;

/// From how many countries on only the first of them have a bar of their own.
const COUNTRIES_MAX: usize = 30;
const COUNTRIES_SHOWN: usize = 20;

const WIDE_GRID: Grid = Grid { pitch: 10.2, size: 8.8, gap: 4.5, line: 13.0, columns: 50 };
const NARROW_GRID: Grid = Grid { pitch: 6.55, size: 5.4, gap: 3.0, line: 8.0, columns: 50 };

/// The place for names and numbers before the rows of a wide drawing.
pub(super) struct Margin {
    /// Where the numbers end.
    pub(super) number_end: f64,
    /// Where marks and bars begin.
    pub(super) left: f64,
}

impl Margin {
    /// Wide enough for the longest word of a name beside its number.
    pub(super) fn of(lines: &[Line]) -> Self {
        let needed = |line: &Line| {
            let words = line.name.split(' ').map(|word| text_width(word, 14.0, false));
            let number = words::count(line.row.requests());
            words.fold(0.0, f64::max) + 12.0 + text_width(&number, 14.0, true)
        };
        let number_end = lines.iter().map(needed).fold(148.0, f64::max);
        Self { number_end, left: number_end + 18.0 }
    }
}

/// The narrowest margin, and that of all drawings with marks: their numbers are short.
const MARKS_MARGIN: Margin = Margin { number_end: 148.0, left: 166.0 };

/// One row of the chart: a country, or the others together.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) row: Row,
}

/// Requests by country; `None` in a period without a request.
pub(crate) fn origins(dataset: &Dataset) -> Option<Chart> {
    if dataset.countries.is_empty() {
        return None;
    }
    let label = dataset.period.label();
    let is_long = dataset.countries.len() > COUNTRIES_MAX;
    let lines = lines(dataset, if is_long { COUNTRIES_SHOWN } else { COUNTRIES_MAX });
    let draws_marks = has_marks(dataset) && !is_long;
    let (title, caption) = if draws_marks {
        (
            format!("Requests by country, {label}, one mark for each request"),
            "One mark for each request. A wider gap follows every tenth mark; a row ends at 50 and \
             continues below."
                .to_owned(),
        )
    } else {
        (format!("Requests by country, {label}"), caption_of_bars(dataset, is_long))
    };
    let desc = desc(&lines);
    let draw = |width| {
        let (canvas, height) = match draws_marks {
            true if width == WIDE => marks_wide(&lines),
            true => marks_narrow(&lines),
            false => bars(&lines, width),
        };
        canvas.finish(&Frame::of("origins", &title, &desc, width, height))
    };
    let (wide, narrow) = (draw(WIDE), draw(NARROW));
    Some(Chart { id: "origins", desc, caption, wide, narrow })
}

fn caption_of_bars(dataset: &Dataset, is_long: bool) -> String {
    let base = "Requests by country on one scale from 0.";
    if is_long {
        let others = dataset.countries.len() - COUNTRIES_SHOWN;
        format!("{base} The last bar is the sum of the {others} others; table 1 lists each.")
    } else {
        base.to_owned()
    }
}

/// Countries by number then name; beyond `shown` of them the rest is one line.
pub(super) fn lines(dataset: &Dataset, shown: usize) -> Vec<Line> {
    let mut rows: Vec<_> = dataset.countries.iter().collect();
    rows.sort_by_key(|country| std::cmp::Reverse(country.row.requests()));
    let (first, others) = rows.split_at(rows.len().min(shown));
    let mut lines: Vec<Line> = first
        .iter()
        .map(|c| Line { name: c.country.name().to_owned(), row: c.row.clone() })
        .collect();
    if !others.is_empty() {
        let row = super::sum(others.iter().map(|country| &country.row));
        let noun = words::noun_for(others.len() as u64, "other");
        lines.push(Line { name: format!("{} {noun}", others.len()), row });
    }
    lines
}

/// "66 technical, 27 user data"; nothing where all are technical.
fn detail(row: &Row) -> Option<String> {
    let (user, technical) = (row.user_data.requests, row.technical_expertise.requests);
    match (technical, user) {
        (_, 0) => None,
        (0, _) => Some("all user data".to_owned()),
        _ => {
            Some(format!("{} technical, {} user data", words::count(technical), words::count(user)))
        }
    }
}

/// Every figure; countries alike in a line are named together.
fn desc(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let key = |line: &Line| (line.row.requests(), detail(&line.row));
        let alike = rest.iter().take_while(|line| key(line) == key(first)).count();
        let names: Vec<&str> = rest[..alike].iter().map(|line| line.name.as_str()).collect();
        let each = if alike > 1 { " each" } else { "" };
        let detail = detail(&first.row).map(|d| format!(", of which {d}")).unwrap_or_default();
        let number = words::count(first.row.requests());
        text.push_str(&format!(
            "{} {number}{each}{}. ",
            words::list(&names),
            detail.replace("of which all", "all")
        ));
        rest = &rest[alike..];
    }
    format!("{text}Where nothing else is said, all are technical. Table 1 holds the same figures.")
}

fn push_marks(canvas: &mut Canvas, row: &Row, grid: &Grid, x: f64, y: f64) {
    let mut marks = Marks::default();
    let mut index = 0;
    for kind in Kind::all() {
        for _ in 0..kind.outcome.count(row.of(kind.category)) {
            let (dx, dy) = grid.place(index);
            marks.push(kind, x + dx, y + dy, grid.size);
            index += 1;
        }
    }
    canvas.marks(&marks);
}

fn marks_wide(lines: &[Line]) -> (Canvas, f64) {
    let grid = WIDE_GRID;
    let Margin { number_end, left } = MARKS_MARGIN;
    let mut canvas = Canvas::default();
    canvas.text("ax e", number_end, 14.0, "requests");
    let longest = lines.iter().map(|line| line.row.requests()).max().unwrap_or(0).min(50);
    for tenth in 1..=longest.div_ceil(10) {
        let x = left + grid.place(tenth * 10 - 1).0 + grid.size;
        canvas.text("ax e", x, 14.0, &(tenth * 10).to_string());
    }
    canvas.line("ln", (0.0, 22.0), (WIDE, 22.0));
    let mut y = 35.0;
    for line in lines {
        let requests = line.row.requests();
        let top = y;
        let mut height = (grid.lines(requests) - 1.0) * grid.line;
        head_wide(&mut canvas, line, (number_end, y), &mut height);
        push_marks(&mut canvas, &line.row, &grid, left, top);
        if let Some(detail) = detail(&line.row) {
            let (dx, dy) = grid.place(requests.saturating_sub(1));
            let x = left + dx + grid.size + 10.0;
            if x + text_width(&detail, 12.5, false) <= WIDE {
                canvas.text("nt", x, top + dy + 8.5, &detail);
            } else {
                height += 16.0;
                canvas.text("nt", left, top + height + 8.5, &detail);
            }
        }
        y += height + 24.0;
    }
    (canvas, y - 11.0)
}

/// Name and number before a row; a name that is too long takes more lines, and the row with it.
fn head_wide(canvas: &mut Canvas, line: &Line, (end, y): (f64, f64), height: &mut f64) {
    let number = words::count(line.row.requests());
    let room = end - 10.0 - text_width(&number, 14.0, true);
    let names = wrap(&line.name, 14.0, false, room);
    for (i, name) in names.iter().enumerate() {
        canvas.text("lb", 0.0, y + 8.5 + 16.0 * i as f64, name);
    }
    canvas.text("nb e", end, y + 8.5, &number);
    *height = height.max(16.0 * (names.len() as f64 - 1.0));
}

fn marks_narrow(lines: &[Line]) -> (Canvas, f64) {
    let grid = NARROW_GRID;
    let mut canvas = Canvas::default();
    let mut y = 0.0;
    for line in lines {
        y = head_narrow(&mut canvas, line, y);
        push_marks(&mut canvas, &line.row, &grid, 0.0, y);
        y += grid.lines(line.row.requests()) * grid.line + 5.0;
        canvas.line("ln", (0.0, y), (NARROW, y));
    }
    (canvas, y + 1.0)
}

/// Name, detail and number above a row; returns where the row begins.
fn head_narrow(canvas: &mut Canvas, line: &Line, y: f64) -> f64 {
    let number = words::count(line.row.requests());
    let room = NARROW - text_width(&number, 14.0, true) - 12.0;
    let mut y = y + 15.5;
    canvas.text("nb e", NARROW, y, &number);
    let names = wrap(&line.name, 14.0, false, room);
    for (i, name) in names.iter().enumerate() {
        y += if i > 0 { 16.0 } else { 0.0 };
        canvas.text("lb", 0.0, y, name);
    }
    if let Some(detail) = detail(&line.row) {
        let x = names.last().map_or(0.0, |name| text_width(name, 14.0, false) + 6.0);
        if x + text_width(&detail, 12.5, false) <= room {
            canvas.text("nt", x, y, &detail);
        } else {
            y += 16.0;
            canvas.text("nt", 0.0, y, &detail);
        }
    }
    y + 6.5
}

/// Bars on one linear scale from 0, the count beside each.
fn bars(lines: &[Line], width: f64) -> (Canvas, f64) {
    let is_wide = width == WIDE;
    let margin = Margin::of(lines);
    let left = if is_wide { margin.left } else { 0.0 };
    let max = lines.iter().map(|line| line.row.requests()).max().unwrap_or(1).max(1) as f64;
    let mut canvas = Canvas::default();
    let scale = (width - left) / max;
    let (mut y, bar) = if is_wide { (30.0, 16.0) } else { (0.0, 12.0) };
    if is_wide {
        ticks(&mut canvas, &margin, max, scale);
    }
    for line in lines {
        let mut height = 0.0;
        if is_wide {
            head_wide(&mut canvas, line, (margin.number_end, y + 3.5), &mut height);
        } else {
            y = head_narrow(&mut canvas, line, y);
        }
        let mut x = left;
        for kind in Kind::all() {
            let requests = kind.outcome.count(line.row.of(kind.category)) as f64;
            if requests > 0.0 {
                let length = requests * scale;
                // The gap between areas is given up where it would eat the area.
                let gap = if length > 3.0 { 1.0 } else { 0.0 };
                canvas.area(kind, Area { x, y, width: length - gap, height: bar });
                x += length;
            }
        }
        if is_wide && let Some(detail) = detail(&line.row) {
            let beside = x + 8.0;
            if beside + text_width(&detail, 12.5, false) <= width {
                canvas.text("nt", beside, y + 12.5, &detail);
            } else {
                height += 16.0;
                canvas.text("nt", left, y + height + 12.5, &detail);
            }
        }
        y += height + if is_wide { 26.0 } else { bar + 8.0 };
    }
    (canvas, y)
}

fn ticks(canvas: &mut Canvas, margin: &Margin, max: f64, scale: f64) {
    let left = margin.left;
    let step = step(max).max(1.0);
    canvas.text("ax e", margin.number_end, 14.0, "requests");
    let mut tick = 0.0;
    while tick <= max {
        let x = left + tick * scale;
        let label = words::count(tick as u64);
        let class = match tick {
            0.0 => "ax",
            _ if x + text_width(&label, 12.0, false) / 2.0 > WIDE => "ax e",
            _ => "ax m",
        };
        canvas.text(class, x, 14.0, &label);
        canvas.line("ln", (x, 20.0), (x, 24.0));
        tick += step;
    }
    canvas.line("ln", (left, 22.0), (WIDE, 22.0));
}
