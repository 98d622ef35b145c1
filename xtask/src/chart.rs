//! The chart of docs/performance.md: seconds by number of requests, both on logarithmic axes,
//! which the drawing says.

use crate::bench::Figures;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 500.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 320.0;
/// Seconds at the bottom and the top, as powers of ten.
const SECONDS: (i32, i32) = (-2, 2);

/// A line of the chart: its label, its dashes, and the seconds that it draws.
struct Line {
    label: &'static str,
    dashes: &'static str,
    seconds: fn(&Figures) -> f64,
}

const LINES: [Line; 4] = [
    Line { label: "import, SQLite", dashes: "", seconds: |f| f.import_sqlite.seconds },
    Line { label: "pandas, tables", dashes: "6 4", seconds: |f| f.pandas.seconds },
    Line { label: "draft, tables", dashes: "", seconds: |f| f.draft.seconds },
    Line { label: "count, SQLite", dashes: "2 3", seconds: |f| f.count_sqlite.seconds },
];

pub(crate) fn growth(all: &[Figures]) -> String {
    let (low, high) = (power(all.first()), power(all.last()));
    let x = |rows: usize| LEFT + ((rows as f64).log10() - low) / (high - low) * (RIGHT - LEFT);
    let y = |seconds: f64| {
        let share = (seconds.log10() - f64::from(SECONDS.0)) / f64::from(SECONDS.1 - SECONDS.0);
        BOTTOM - share * (BOTTOM - TOP)
    };
    let text = |(x, y): (f64, f64), anchor: &str, text: &str| {
        format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n")
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
        svg.push_str(&format!("<path class=\"g\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>"));
        svg.push_str(&text((LEFT - 8.0, at + 4.0), "end", &format!("{seconds} s")));
    }
    for figures in all {
        let at = (x(figures.rows), BOTTOM + 22.0);
        svg.push_str(&text(at, "middle", &figures.rows.to_string()));
    }
    let axes = "requests (both axes are logarithmic)";
    svg.push_str(&text((LEFT, BOTTOM + 46.0), "start", axes));
    let mut labels: Vec<(f64, &str)> = Vec::new();
    for Line { label, dashes, seconds } in LINES {
        let points: Vec<String> = all
            .iter()
            .map(|figures| format!("{:.1} {:.1}", x(figures.rows), y(seconds(figures))))
            .collect();
        let points = points.join("L");
        svg.push_str(&format!(
            "<path class=\"l\" stroke-dasharray=\"{dashes}\" d=\"M{points}\"/>\n"
        ));
        labels.push((all.last().map_or(BOTTOM, |last| y(seconds(last))), label));
    }
    // Labels that would overlap move down.
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = TOP - 16.0;
    for (at, label) in labels {
        below = at.max(below + 16.0);
        svg.push_str(&text((RIGHT + 10.0, below + 4.0), "start", label));
    }
    svg.push_str("</svg>\n");
    svg
}

fn power(figures: Option<&Figures>) -> f64 {
    figures.map_or(1.0, |figures| (figures.rows as f64).log10())
}
