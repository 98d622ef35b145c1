//! Requests of users about their own data. candor does not count them yet: each number is a figure
//! that the company published.

use domain::figure::{Measure, PublishedFigure, Value};

use super::number::{count, counted};
use super::tables::published_value;
use super::{Cell, PUBLISHED_FIGURE, RowKind, Table, time};
use crate::Edition;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserRequests {
    pub(crate) finding: String,
    pub(crate) text: Vec<String>,
}

const KINDS: [Measure; 3] = [
    Measure::UserRequestsRemoval,
    Measure::UserRequestsStorageDetails,
    Measure::UserRequestsProvision,
];

pub(super) fn is_of_users(measure: Measure) -> bool {
    measure == Measure::UserRequests || KINDS.contains(&measure)
}

/// Figures of users up to the edition's period, oldest first.
fn figures(edition: &Edition) -> Vec<&PublishedFigure> {
    let mut figures: Vec<_> = edition
        .figures
        .iter()
        .filter(|figure| is_of_users(figure.measure) && figure.country.is_none())
        .filter(|figure| figure.period.last() <= edition.dataset.period.last())
        .collect();
    figures.sort_by_key(|figure| (figure.period, figure.measure));
    figures
}

/// The section on users; `None` where no figure is known.
pub(crate) fn user_requests(edition: &Edition) -> Option<UserRequests> {
    let figures = figures(edition);
    let totals: Vec<(&PublishedFigure, u64)> = figures
        .iter()
        .filter(|figure| figure.measure == Measure::UserRequests)
        .filter_map(|figure| match figure.value {
            Value::Exact(number) => Some((*figure, number)),
            Value::Band { .. } | Value::Withheld | Value::NotApplicable => None,
        })
        .collect();
    if figures.is_empty() {
        return None;
    }
    let recent = &totals[totals.len().saturating_sub(2)..];
    let label = |figure: &PublishedFigure| figure.period.label();
    let finding = match recent {
        [(first, a), (second, b)] => format!(
            "People who use our products sent {} about their own data in {}, and {} in {}: {} a \
             month, then {}.",
            counted(*a, "request"),
            label(first),
            count(*b),
            label(second),
            time::per_month(*a, &first.period),
            time::per_month(*b, &second.period)
        ),
        [(only, n)] => format!(
            "People who use our products sent {} about their own data in {}, {} a month.",
            counted(*n, "request"),
            label(only),
            time::per_month(*n, &only.period)
        ),
        _ => "People who use our products asked about their own data; no exact total was \
              published."
            .to_owned(),
    };
    let mut text = vec![
        "Anyone may ask what is stored about them and where, ask for a copy, or ask for removal."
            .to_owned(),
    ];
    let has_kinds = figures.iter().any(|figure| KINDS.contains(&figure.measure));
    if !has_kinds {
        text.push("What was published doesn’t split the totals by these three kinds.".to_owned());
    }
    Some(UserRequests { finding, text })
}

/// The figures as they were published.
pub(super) fn table(edition: &Edition) -> Option<Table> {
    let figures = figures(edition);
    if figures.is_empty() {
        return None;
    }
    let caption = format!("Requests by users: each a {PUBLISHED_FIGURE}");
    let mut table = Table::new("users-table", caption, "Period").columns([
        "Measure",
        "As published",
        "A month",
    ]);
    for figure in figures {
        let rate = match figure.value {
            Value::Exact(number) => time::per_month(number, &figure.period),
            // No rate is made of a band: it would be a figure that nobody published.
            Value::Band { .. } | Value::Withheld | Value::NotApplicable => "–".to_owned(),
        };
        let cells = vec![
            Cell::words(figure.measure.label()),
            Cell::words(published_value(figure.value)),
            Cell::of(1, rate),
        ];
        table.push(figure.period.label(), cells, RowKind::Plain);
    }
    Some(table)
}
