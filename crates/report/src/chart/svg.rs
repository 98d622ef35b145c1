//! What the charts are made of: numbers in attributes, texts whose width is estimated, marks and
//! areas in the one encoding, and the frame around a drawing.

use std::fmt::Write as _;

use domain::Category;

use super::Outcome;

/// The width of a wide and of a narrow drawing.
pub(super) const WIDE: f64 = 784.0;
pub(super) const NARROW: f64 = 340.0;

/// One category and outcome: one way to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) category: Category,
    pub(crate) outcome: Outcome,
}

impl Kind {
    /// In the order in which a row is filled.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Category::TechnicalExpertise, Category::UserData].into_iter().flat_map(|category| {
            Outcome::ALL.into_iter().map(move |outcome| Self { category, outcome })
        })
    }

    /// "technical, rejected"
    pub(crate) fn label(self) -> String {
        format!("{}, {}", short(self.category), self.outcome.label())
    }

    /// The class of a mark: hue and fill come from the style sheet.
    fn mark_class(self) -> &'static str {
        match (self.category, self.outcome) {
            (Category::TechnicalExpertise, Outcome::Approved) => "ta",
            (Category::TechnicalExpertise, Outcome::Rejected) => "tr",
            (Category::TechnicalExpertise, Outcome::Open) => "ta",
            (Category::TechnicalExpertise, Outcome::Withdrawn) => "tr",
            (Category::UserData, Outcome::Approved) => "ua",
            (Category::UserData, Outcome::Rejected) => "ur",
            (Category::UserData, Outcome::Open) => "ua",
            (Category::UserData, Outcome::Withdrawn) => "ur",
        }
    }

    /// The pattern that fills an area; `None` for a solid and for an empty one.
    fn pattern(self) -> Option<&'static str> {
        match (self.category, self.outcome) {
            (_, Outcome::Approved | Outcome::Open) => None,
            (Category::TechnicalExpertise, Outcome::Rejected) => Some("ht"),
            (Category::UserData, Outcome::Rejected) => Some("hu"),
            (Category::TechnicalExpertise, Outcome::Withdrawn) => Some("wt"),
            (Category::UserData, Outcome::Withdrawn) => Some("wu"),
        }
    }
}

/// The category in the few words that a chart has room for.
pub(crate) fn short(category: Category) -> &'static str {
    match category {
        Category::UserData => "user data",
        Category::TechnicalExpertise => "technical",
    }
}

/// The patterns, for the page (once) and for each file.
pub(crate) const PATTERNS: &str = concat!(
    r#"<defs><pattern id="ht" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="pt" x1="0" y1="0" x2="0" y2="7" stroke-width="2.4" opacity=".75"/></pattern>"#,
    r#"<pattern id="hu" width="7" height="7" patternUnits="userSpaceOnUse"><circle class="ua" cx="2" cy="2" r="1.25"/><circle class="ua" cx="5.5" cy="5.5" r="1.25"/></pattern>"#,
    r#"<pattern id="wt" width="6" height="6" patternUnits="userSpaceOnUse"><line class="pt" x1="0" y1="3" x2="6" y2="3" stroke-width="1"/></pattern>"#,
    r#"<pattern id="wu" width="6" height="6" patternUnits="userSpaceOnUse"><line class="pu" x1="3" y1="0" x2="3" y2="6" stroke-width="1"/></pattern></defs>"#,
);

/// A length in an attribute: two decimals at most, no needless zero.
pub(crate) fn n(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" | "" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// Text content and attribute values.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The width that a text takes at most in the fonts of the style sheet, by classes of letters.
/// Bold is wider by a tenth; the estimate keeps a margin, since a reader's font is not known.
pub(crate) fn text_width(text: &str, size: f64, is_bold: bool) -> f64 {
    let em: f64 =
        text.chars()
            .map(|letter| match letter {
                'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '’' | ' ' | '\u{a0}'
                | '·' => 0.29,
                'f' | 't' | 'r' | '(' | ')' | '-' | 'I' => 0.39,
                'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
                'A'..='Z' => 0.71,
                '0'..='9' => 0.60,
                letter if letter as u32 > 0x2e80 => 1.05,
                _ => 0.60,
            })
            .sum();
    em * size * if is_bold { 1.08 } else { 1.02 }
}

/// Breaks a text between words so that each line fits; a longer word stands alone.
pub(super) fn wrap(text: &str, size: f64, is_bold: bool, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size, is_bold) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A drawing in the making.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y, text) = (n(x), n(y), escape(text));
        self.raw(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// A figure and, smaller, its unit.
    pub(super) fn figure(&mut self, class: &str, x: f64, y: f64, figure: &str, unit: &str) {
        let (x, y, figure, unit) = (n(x), n(y), escape(figure), escape(unit));
        self.raw(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}">{figure}<tspan class="nt" dx="5">{unit}</tspan></text>"#
        ));
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (n(from.0), n(from.1), n(to.0), n(to.1));
        self.raw(format_args!(
            r#"<line class="{class}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>"#
        ));
    }

    pub(super) fn rect(&mut self, class: &str, area: Area) {
        let Area { x, y, width, height } = area;
        let (x, y, width, height) = (n(x), n(y), n(width), n(height));
        self.raw(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    /// An area in the encoding of its kind.
    pub(super) fn area(&mut self, kind: Kind, area: Area) {
        let body = &mut self.body;
        push_area(body, kind, area);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.body.push_str(&other.body);
    }

    /// Text on texture, on a plate of paper.
    pub(super) fn plated(&mut self, class: &str, x: f64, y: f64, text: &str, width: f64) {
        self.rect("pl", Area { x: x - 4.0, y: y - 12.5, width: width + 8.0, height: 17.0 });
        self.text(class, x, y, text);
    }

    pub(super) fn marks(&mut self, marks: &Marks) {
        self.body.push_str(&marks.paths());
    }

    fn raw(&mut self, text: std::fmt::Arguments) {
        self.body.write_fmt(text).expect("a string takes any text");
    }

    /// The whole element. `id` is unique in the page.
    pub(super) fn finish(self, frame: &Frame) -> String {
        let Frame { id, title, desc, width, height, class } = frame;
        format!(
            r#"<svg class="ch {class}" viewBox="0 0 {} {}" role="img" aria-labelledby="{id}t {id}d"><title id="{id}t">{}</title><desc id="{id}d">{}</desc>{}</svg>"#,
            n(*width),
            n(*height),
            escape(title),
            escape(desc),
            self.body
        )
    }
}

/// What stands around a drawing.
pub(super) struct Frame<'a> {
    pub(super) id: String,
    pub(super) title: &'a str,
    pub(super) desc: &'a str,
    pub(super) width: f64,
    pub(super) height: f64,
    /// `w` or `n`: the page shows one of the two.
    pub(super) class: &'static str,
}

impl<'a> Frame<'a> {
    /// The frame of a chart in its wide or narrow drawing.
    pub(super) fn of(chart: &str, title: &'a str, desc: &'a str, width: f64, height: f64) -> Self {
        let class = if width == WIDE { "w" } else { "n" };
        Self { id: format!("{chart}-{class}"), title, desc, width, height, class }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

pub(crate) fn push_area(body: &mut String, kind: Kind, area: Area) {
    // Outlines are drawn inside the area, so that its size stays its number.
    let inset = match kind.outcome {
        Outcome::Approved => 0.0,
        Outcome::Rejected | Outcome::Open | Outcome::Withdrawn => {
            0.75_f64.min(area.width / 2.0).min(area.height / 2.0)
        }
    };
    let fill = kind.pattern().map(|id| format!(r#" fill="url(#{id})""#)).unwrap_or_default();
    let class = match (kind.category, kind.pattern().is_some()) {
        (Category::TechnicalExpertise, true) => "hx trh",
        (Category::UserData, true) => "hx urh",
        (_, false) => match kind.outcome {
            // Empty, where the mark is a small solid one.
            Outcome::Open if kind.category == Category::UserData => "ur",
            Outcome::Open => "tr",
            Outcome::Approved | Outcome::Rejected | Outcome::Withdrawn => kind.mark_class(),
        },
    };
    let (x, y) = (n(area.x + inset), n(area.y + inset));
    let (width, height) = (n(area.width - 2.0 * inset), n(area.height - 2.0 * inset));
    write!(
        body,
        r#"<rect class="{class}"{fill} x="{x}" y="{y}" width="{width}" height="{height}"/>"#
    )
    .expect("a string takes any text");
}

/// Marks of all kinds, as one path each.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    paths: Vec<(Kind, String)>,
}

impl Marks {
    /// Adds one mark with its upper left corner at `x`, `y`.
    pub(crate) fn push(&mut self, kind: Kind, x: f64, y: f64, size: f64) {
        let shape = shape(kind, x, y, size);
        match self.paths.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, path)) => path.push_str(&shape),
            None => self.paths.push((kind, shape)),
        }
    }

    pub(crate) fn paths(&self) -> String {
        self.paths
            .iter()
            .map(|(kind, path)| format!(r#"<path class="{}" d="{path}"/>"#, kind.mark_class()))
            .collect()
    }
}

/// One mark as a path that begins with its only `M`.
fn shape(kind: Kind, x: f64, y: f64, size: f64) -> String {
    let one = |value: f64| n((value * 10.0).round() / 10.0);
    let round = |inset: f64| {
        let radius = size / 2.0 - inset;
        // A full circle is no arc: a tenth is left and closed.
        format!("M{} {}a{r} {r} 0 1 1 0 .1z", one(x + inset), one(y + size / 2.0), r = one(radius))
    };
    let square = |inset: f64| {
        let side = one(size - 2.0 * inset);
        format!("M{} {}h{side}v{side}h-{side}z", one(x + inset), one(y + inset))
    };
    let small = size * 0.28;
    match (kind.category, kind.outcome) {
        (Category::UserData, Outcome::Approved) => round(0.0),
        (Category::UserData, Outcome::Rejected) => round(0.7),
        (Category::UserData, Outcome::Open) => round(small),
        (Category::TechnicalExpertise, Outcome::Approved) => square(0.0),
        (Category::TechnicalExpertise, Outcome::Rejected) => square(0.7),
        (Category::TechnicalExpertise, Outcome::Open) => square(small),
        // A cross in one stroke, upright for circles and slanted for squares.
        (Category::UserData, Outcome::Withdrawn) => {
            let (s, h) = (one(size), one(size / 2.0));
            format!("M{} {}v{s}v-{h}h{h}h-{s}", one(x + size / 2.0), one(y))
        }
        (Category::TechnicalExpertise, Outcome::Withdrawn) => {
            let inset = 0.7;
            let (s, h) = (one(size - 2.0 * inset), one((size - 2.0 * inset) / 2.0));
            format!("M{} {}l{s} {s}l-{h}-{h}l{h}-{h}l-{s} {s}", one(x + inset), one(y + inset))
        }
    }
}

/// Where the marks of one row stand: a wider gap after each tenth, a new line after fifty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) pitch: f64,
    pub(crate) size: f64,
    pub(crate) gap: f64,
    pub(crate) line: f64,
    pub(crate) columns: u64,
}

impl Grid {
    pub(crate) fn place(&self, index: u64) -> (f64, f64) {
        let column = index % self.columns;
        let x = column as f64 * self.pitch + (column / 10) as f64 * self.gap;
        (x, (index / self.columns) as f64 * self.line)
    }

    pub(crate) fn lines(&self, marks: u64) -> f64 {
        marks.div_ceil(self.columns).max(1) as f64
    }
}

/// A step for the ticks of an axis from 0 to `max`, so that there are few and round ones.
pub(super) fn step(max: f64) -> f64 {
    let rough = (max / 4.0).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short() {
        assert_eq!(n(35.0), "35");
        assert_eq!(n(35.126), "35.13");
        assert_eq!(n(-0.001), "0");
        assert_eq!(n(100.0), "100");
    }

    #[test]
    fn text_breaks_between_words() {
        assert_eq!(wrap("Bosnia & Herzegovina", 14.0, false, 110.0).len(), 2);
        assert_eq!(wrap("Chile", 14.0, false, 10.0), ["Chile"]);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(step(17.5), 5.0);
        assert_eq!(step(93.0), 50.0);
        assert_eq!(step(1.0), 0.5);
    }
}
