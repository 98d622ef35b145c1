//! `paperwork.csv`: emergencies that were answered before their paperwork was there, a row for what
//! became of it.

use domain::count::PaperworkOfAll;

use super::written;
use crate::words::paperwork::{LINES, Line, NOT_RECORDED, numbers, unknown_of};

/// A column: its name, its title, and what it holds in words.
pub(crate) const COLUMNS: [(&str, &str, &str); 5] = [
    (
        "paperwork",
        "Code",
        "`answered_before`, all emergencies that were answered before their paperwork was there; of \
         these `came_in_time`, `came_late`, `owed` where its day is not over, `missing` where it \
         never came. Apart from them `not_recorded`: answered, and nothing is known of it.",
    ),
    ("paperwork_name", "Paperwork", "The same in English."),
    ("user_data", "User data", "Requests. Empty where nothing is known of any, which is no zero."),
    (
        "technical_expertise",
        "Technical expertise",
        "Requests. Empty where nothing is known of any, which is no zero.",
    ),
    ("both", "Both", "Requests. Empty where nothing is known of any, which is no zero."),
];

/// How many of the columns are words.
pub(crate) const WORDS: usize = 2;

pub(crate) fn table(paperwork: &PaperworkOfAll) -> Vec<u8> {
    let names: Vec<String> = COLUMNS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let line = |(code, head, of): Line, unknown: [bool; 3]| {
        let told = numbers(paperwork, of).into_iter().zip(unknown);
        let cells =
            told.map(|(number, unknown)| if unknown { String::new() } else { number.to_string() });
        [code.to_owned(), head.to_owned()].into_iter().chain(cells).collect()
    };
    let lines = LINES.into_iter().map(|of| line(of, unknown_of(paperwork)));
    let rest = line(NOT_RECORDED, [false; 3]);
    written(std::iter::once(names).chain(lines).chain([rest]))
}
