//! The chart of docs/performance.md: seconds by number of requests, both on logarithmic axes,
//! which the drawing says.

use std::fmt::Write as _;

use crate::bench::Figures;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 500.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 320.0;
/// Seconds at the bottom and the top, as powers of ten.
const SECONDS: (i32, i32) = (-2, 2);

pub(crate) fn growth(all: &[Figures]) -> String {
    let lines: [(&str, &str, fn(&Figures) -> f64); 4] = [
        ("import, SQLite", "", |f| f.import_sqlite.seconds),
        ("pandas, tables", "6 4", |f| f.pandas.seconds),
        ("draft, tables", "", |f| f.draft.seconds),
        ("count, SQLite", "2 3", |f| f.count_sqlite.seconds),
    ];
    let (low, high) = (power(all.first()), power(all.last()));
    let x = |rows: usize| LEFT + ((rows as f64).log10() - low) / (high - low) * (RIGHT - LEFT);
    let y = |seconds: f64| {
        let share = (seconds.log10() - f64::from(SECONDS.0)) / f64::from(SECONDS.1 - SECONDS.0);
        BOTTOM - share * (BOTTOM - TOP)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\
         <title>Seconds by number of requests, both axes logarithmic</title>\
         <style>text{{font:13px sans-serif;fill:#14202b}}.g{{stroke:#c9d1d6}}\
         .l{{fill:none;stroke:#1d5291;stroke-width:2}}svg{{background:#fff}}</style>\n"
    );
    for exponent in SECONDS.0..=SECONDS.1 {
        let seconds = 10f64.powi(exponent);
        let at = y(seconds);
        write!(svg, "<path class=\"g\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>")
            .expect("a String takes all");
        write!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{seconds} s</text>\n",
            LEFT - 8.0,
            at + 4.0
        )
        .expect("a String takes all");
    }
    for figures in all {
        let at = x(figures.rows);
        write!(
            svg,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 22.0,
            figures.rows
        )
        .expect("a String takes all");
    }
    write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\">requests (both axes are logarithmic)</text>\n",
        BOTTOM + 46.0
    )
    .expect("a String takes all");
    let mut labels: Vec<(f64, &str)> = Vec::new();
    for (label, dashes, seconds) in lines {
        let points: Vec<String> = all
            .iter()
            .map(|figures| format!("{:.1} {:.1}", x(figures.rows), y(seconds(figures))))
            .collect();
        write!(
            svg,
            "<path class=\"l\" stroke-dasharray=\"{dashes}\" d=\"M{}\"/>\n",
            points.join("L")
        )
        .expect("a String takes all");
        labels.push((all.last().map_or(BOTTOM, |last| y(seconds(last))), label));
    }
    // Labels that would overlap move down.
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = TOP - 16.0;
    for (at, label) in labels {
        below = at.max(below + 16.0);
        write!(svg, "<text x=\"{}\" y=\"{:.1}\">{label}</text>", RIGHT + 10.0, below + 4.0)
            .expect("a String takes all");
    }
    svg.push_str("</svg>\n");
    svg
}

fn power(figures: Option<&Figures>) -> f64 {
    figures.map_or(1.0, |figures| (figures.rows as f64).log10())
}
