//! Periods side by side.

use std::collections::BTreeSet;

use domain::count::percent;
use domain::period::Length;
use domain::{Country, Dataset, Period};

use super::number::{count, counted, list, one_decimal};
use super::{Cell, RowKind, Table, place};
use crate::Edition;

/// "In 2020", "From January to June 2021", "On 3 March 2021".
pub(crate) fn when(period: &Period) -> String {
    let label = period.label();
    match period.length() {
        _ if label.contains(" to ") => format!("From {label}"),
        Length::Days(1) => format!("On {label}"),
        Length::Days(_) | Length::Months(_) => format!("In {label}"),
    }
}

/// "12 months" or "16 days".
pub(crate) fn length(period: &Period) -> String {
    match period.length() {
        Length::Months(months) => counted(u64::from(months), "month"),
        Length::Days(days) => counted(u64::from(days), "day"),
    }
}

/// The length in months; days are parts of a mean month of the calendar.
pub(crate) fn months(period: &Period) -> f64 {
    match period.length() {
        Length::Months(months) => f64::from(months),
        Length::Days(days) => f64::from(days) / (146_097.0 / 4_800.0),
    }
}

/// Requests a month, such as "13.3".
pub(crate) fn per_month(requests: u64, period: &Period) -> String {
    match period.length() {
        Length::Months(months) => one_decimal(requests, u64::from(months)),
        // 400 years of the calendar have 146,097 days and 4,800 months.
        Length::Days(days) => one_decimal(requests * 146_097, u64::from(days) * 4_800),
    }
}

/// How many periods stand side by side at most, and how far they reach back.
const BLOCKS_MAX: usize = 6;
const YEARS_MAX: i16 = 8;

/// The counted periods, oldest first, the edition's own last. None overlaps another, since a
/// request would be drawn twice; of those that end alike the one as long as this is taken.
pub(crate) fn blocks(edition: &Edition) -> Vec<&Dataset> {
    let own = &edition.dataset;
    let mut earlier: Vec<&Dataset> = edition.earlier.iter().collect();
    let unlike = |dataset: &Dataset| dataset.period.days().abs_diff(own.period.days());
    earlier.sort_by_key(|dataset| (std::cmp::Reverse(dataset.period.last()), unlike(dataset)));
    let mut blocks = vec![own];
    let mut begins = own.period.first();
    for dataset in earlier {
        let is_recent = own.period.last().year() - dataset.period.first().year() <= YEARS_MAX;
        if dataset.period.last() < begins && is_recent && blocks.len() < BLOCKS_MAX {
            begins = dataset.period.first();
            blocks.push(dataset);
        }
    }
    blocks.reverse();
    blocks
}

/// The finding on rates; `None` without an earlier period.
pub(crate) fn over_time(edition: &Edition) -> Option<String> {
    let blocks = blocks(edition);
    let [.., before, now] = blocks.as_slice() else { return None };
    let (requests, earlier) = (now.total.requests(), before.total.requests());
    let (now_label, before_label) = (now.period.label(), before.period.label());
    if now.period.length() == before.period.length() {
        return Some(format!(
            "{} in {now_label}, after {} in {before_label}.",
            super::capital(&counted(requests, "request")),
            count(earlier)
        ));
    }
    let (rate, rate_before) =
        (per_month(requests, &now.period), per_month(earlier, &before.period));
    let own = requests as f64 / months(&now.period);
    let theirs = earlier as f64 / months(&before.period);
    let often = if rate == rate_before {
        format!("as often in {now_label} as in {before_label}: {rate} a month in both")
    } else {
        let word = if own > theirs { "more" } else { "less" };
        format!(
            "{word} often in {now_label} than in {before_label}: {rate} a month after {rate_before}"
        )
    };
    Some(format!("Requests came {often}."))
}

/// Periods in the table: two earlier ones and this. More columns don't fit on a phone.
const COLUMNS_MAX: usize = 3;

/// This period beside those before it, measure by measure, and whether they may be compared.
pub(super) fn comparison(edition: &Edition) -> Option<Table> {
    let blocks = blocks(edition);
    let shown = &blocks[blocks.len().saturating_sub(COLUMNS_MAX)..];
    let (now, earlier) = shown.split_last()?;
    if earlier.is_empty() {
        return None;
    }
    let labels: Vec<String> = shown.iter().map(|dataset| dataset.period.label()).collect();
    let mut columns = labels.clone();
    columns.push("May they be compared?".to_owned());
    let caption = format!("{} side by side", list(&labels));
    let mut table = Table::new("comparison", caption, "Measure").columns(columns);
    let alike = earlier.iter().all(|dataset| dataset.period.length() == now.period.length());
    let mut push = |measure: &str, cells: Vec<Cell>, verdict: String| {
        let cells = cells.into_iter().chain([Cell::words(verdict)]).collect();
        table.push(measure, cells, RowKind::Plain);
    };
    let each = |cell: &dyn Fn(&Dataset) -> Cell| shown.iter().map(|d| cell(d)).collect::<Vec<_>>();
    let yes = || "yes".to_owned();
    let is_open = shown.iter().any(|dataset| dataset.total.open() > 0);
    let of_outcomes = || {
        if is_open { "with care: some are still open".to_owned() } else { "yes".to_owned() }
    };
    push(
        "Requests a month",
        each(&|d| Cell::of(d.total.requests(), per_month(d.total.requests(), &d.period))),
        yes(),
    );
    push("Share that asked for user data", each(&|d| share(d, d.total.user_data.requests)), yes());
    push("Share approved", each(&|d| share(d, d.total.approved())), of_outcomes());
    push("Share rejected", each(&|d| share(d, d.total.rejected())), of_outcomes());
    let unlike = || {
        let lengths: Vec<String> = shown.iter().map(|d| length(&d.period)).collect();
        format!("no: {}", lengths.join(", "))
    };
    let totals = || if alike { yes() } else { unlike() };
    push(
        "Requests for user data approved",
        each(&|d| Cell::count(d.total.user_data.approved)),
        // None in every period may be compared at any length.
        if alike || shown.iter().all(|d| d.total.user_data.approved == 0) {
            of_outcomes()
        } else {
            unlike()
        },
    );
    push("All requests", each(&|d| Cell::count(d.total.requests())), totals());
    push(
        "Countries",
        each(&|d| Cell::count(place::known(d).count() as u64)),
        countries(shown, alike),
    );
    Some(table)
}

/// A share of the period's requests, from ten of them up; "–" below.
fn share(dataset: &Dataset, part: u64) -> Cell {
    if dataset.total.requests() < super::SHARE_MIN {
        return Cell { text: "–".to_owned(), kind: super::CellKind::Zero };
    }
    Cell::of(part, format!("{}%", percent(part, dataset.total.requests())))
}

fn countries(shown: &[&Dataset], alike: bool) -> String {
    let sets: Vec<BTreeSet<Country>> =
        shown.iter().map(|d| place::known(d).map(|row| row.country).collect()).collect();
    let union = sets.iter().fold(BTreeSet::new(), |all, set| &all | set).len() as u64;
    let first = sets.first().cloned().unwrap_or_default();
    let joint = sets.iter().fold(first, |all, set| &all & set);
    let (both, either) = if shown.len() == 2 { ("both", "either") } else { ("all", "any") };
    let verdict =
        if alike { "yes, never added" } else { "no: a longer period meets more countries" };
    format!("{verdict}; {} in {both}, {} in {either}", count(joint.len() as u64), count(union))
}
