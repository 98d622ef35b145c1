//! Emergencies that were answered before their paperwork was there, and what became of that.

use domain::Category;
use domain::count::{PaperworkCounts, PaperworkOfAll};

use super::number::{count, counted};
use super::{Cell, CellKind, RowKind, Table};
use crate::Edition;

/// The rows of the table, each with its number.
pub(crate) type Line = (&'static str, &'static str, fn(&PaperworkCounts) -> u64);

/// A code, a head, and how many.
pub(crate) const LINES: [Line; 5] = [
    ("answered_before", "Answered before it was there", PaperworkCounts::answered_before),
    ("came_in_time", "it came in time", |c| c.came_in_time),
    ("came_late", "it came late", |c| c.came_late),
    ("owed", "it is to come by a day that is not over", |c| c.owed),
    ("missing", "it never came", |c| c.missing),
];

/// The code and the head of those of which nothing is known.
pub(crate) const NOT_RECORDED: Line =
    ("not_recorded", "Answered, and the paperwork not recorded", |c| c.not_recorded);

/// The table of an edition; `None` where there is no emergency, or it was not counted.
pub(crate) fn table(edition: &Edition) -> Option<Table> {
    let paperwork = edition.dataset.paperwork.as_ref()?;
    let caption = format!("Emergencies and their paperwork, {}", edition.dataset.period.label());
    let mut table = Table::new("paperwork", caption, "Paperwork").columns([
        "User data",
        "Technical expertise",
        "Both",
    ]);
    for (at, (_, head, of)) in LINES.into_iter().enumerate() {
        let kind = if at == 0 { RowKind::Total } else { RowKind::Part };
        table.push(head, cells(paperwork, of), kind);
    }
    let (_, head, of) = NOT_RECORDED;
    if not_recorded(paperwork) > 0 {
        let cells = numbers(paperwork, of).map(Cell::count);
        table.push(head, cells.into(), RowKind::Plain);
    }
    table.notes.push(
        "In an emergency an answer may go out before the paperwork behind it, where the law says \
         so, and the paperwork is owed by a day that is named once. Where it did not come by that \
         day it never came as far as this edition knows."
            .to_owned(),
    );
    if not_recorded(paperwork) > 0 {
        table.notes.push(format!(
            "Of {} the records do not say when the paperwork came. “–” stands where nothing is \
             known of any, which is no zero.",
            counted(not_recorded(paperwork), "answered emergency"),
        ));
    }
    Some(table)
}

/// What the facts of the period say beside the number of emergencies; empty where it was not
/// counted.
pub(crate) fn sentence(paperwork: Option<&PaperworkOfAll>) -> String {
    let Some(paperwork) = paperwork else { return String::new() };
    let sum = |of: fn(&PaperworkCounts) -> u64| {
        of(&paperwork.user_data) + of(&paperwork.technical_expertise)
    };
    let (before, missing) = (sum(PaperworkCounts::answered_before), sum(|c| c.missing));
    let known = match (before, missing, not_recorded(paperwork)) {
        // Nothing is known of any: a zero would say more than the records do.
        (0, _, 1..) => String::new(),
        (0, _, 0) => " None was answered before its paperwork was there.".to_owned(),
        (1, 0, _) => " 1 was answered before its paperwork was there.".to_owned(),
        (1, _, _) => " 1 was answered before its paperwork was there, which never came.".to_owned(),
        (before, 0, _) => format!(
            " {} were answered before their paperwork was there; it came, or its day is not over.",
            count(before)
        ),
        (before, missing, _) => format!(
            " {} were answered before their paperwork was there; for {} of them it never came.",
            count(before),
            count(missing)
        ),
    };
    match not_recorded(paperwork) {
        0 => known,
        _ => format!("{known}{}", unknown(paperwork)),
    }
}

fn unknown(paperwork: &PaperworkOfAll) -> String {
    let number = counted(not_recorded(paperwork), "answered emergency");
    format!(" Of {number} it is not recorded when the paperwork came.")
}

fn not_recorded(paperwork: &PaperworkOfAll) -> u64 {
    paperwork.user_data.not_recorded + paperwork.technical_expertise.not_recorded
}

/// User data, technical expertise, both together.
pub(crate) fn numbers(paperwork: &PaperworkOfAll, of: fn(&PaperworkCounts) -> u64) -> [u64; 3] {
    let [user, technical] = Category::ALL.map(|category| of(paperwork.of(category)));
    [user, technical, user + technical]
}

/// Whether nothing is known of any emergency that was answered: "not recorded", and no zero.
pub(crate) fn is_unknown(counts: &PaperworkCounts) -> bool {
    counts.not_recorded > 0 && counts.answered_before() == 0
}

/// Whose numbers are unknown: user data, technical expertise, both together.
pub(crate) fn unknown_of(paperwork: &PaperworkOfAll) -> [bool; 3] {
    let PaperworkOfAll { user_data, technical_expertise } = paperwork;
    let both = not_recorded(paperwork) > 0
        && user_data.answered_before() + technical_expertise.answered_before() == 0;
    [is_unknown(user_data), is_unknown(technical_expertise), both]
}

fn cells(paperwork: &PaperworkOfAll, of: fn(&PaperworkCounts) -> u64) -> Vec<Cell> {
    let none = || Cell { text: "–".to_owned(), kind: CellKind::Zero };
    let told = numbers(paperwork, of).into_iter().zip(unknown_of(paperwork));
    told.map(|(number, unknown)| if unknown { none() } else { Cell::count(number) }).collect()
}
