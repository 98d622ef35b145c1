//! The sentence that opens each section.

use domain::count::{CategoryCounts, CountryRow, percent};
use domain::{Category, Dataset};

use super::number::{capital, count, counted, list, noun_for, spelled};
use super::{Span, place, time};
use crate::Edition;
use crate::chart::Outcome;

/// The headline figures of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Headline {
    pub(crate) category: Category,
    /// "28 asked for user data"
    pub(crate) heading: String,
    pub(crate) figures: Vec<HeadlineFigure>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadlineFigure {
    pub(crate) outcome: Outcome,
    pub(crate) requests: u64,
    /// Of all requests of the period.
    pub(crate) percent: u64,
    /// "approved"
    pub(crate) label: &'static str,
    /// "of which 3 in part"
    pub(crate) detail: Option<String>,
}

/// What a category asks for, in a sentence.
pub(crate) fn asked_for(category: Category) -> &'static str {
    match category {
        Category::UserData => "user data",
        Category::TechnicalExpertise => "technical expertise",
    }
}

/// The figures of both categories. Open and withdrawn are there where the period has any.
pub(crate) fn headline(dataset: &Dataset) -> Vec<Headline> {
    let total = &dataset.total;
    let group = |category| {
        let counts = total.of(category);
        let figures = Outcome::of_period(dataset)
            .into_iter()
            .map(|outcome| {
                let requests = outcome.count(counts);
                let detail = match outcome {
                    Outcome::Approved if counts.approved_in_part > 0 => {
                        Some(format!("of which {} in part", count(counts.approved_in_part)))
                    }
                    Outcome::Rejected if counts.prohibited > 0 => {
                        Some(format!("of which {} prohibited", count(counts.prohibited)))
                    }
                    Outcome::Approved | Outcome::Rejected | Outcome::Open | Outcome::Withdrawn => {
                        None
                    }
                };
                let percent = percent(requests, total.requests());
                HeadlineFigure { outcome, requests, percent, label: outcome.label(), detail }
            })
            .collect();
        let heading = format!("{} asked for {}", count(counts.requests), asked_for(category));
        Headline { category, heading, figures }
    };
    Category::ALL.map(group).into()
}

/// How the marks of the headline are read.
pub(crate) fn headline_caption(dataset: &Dataset) -> String {
    let requests = dataset.total.requests();
    let base = match requests {
        0 => return "No request was received, so there is no mark.".to_owned(),
        1 => "the one request".to_owned(),
        _ => format!("all {}", count(requests)),
    };
    let has = |outcome| Outcome::of_period(dataset).contains(&outcome);
    let mut text = if crate::chart::has_marks_in_headline(dataset) {
        "Each mark is one request. Circles ask about users, squares about threats. A solid mark \
         was approved, an open one rejected"
            .to_owned()
    } else {
        "The bars share one scale from 0. A solid bar was approved; a striped or dotted one \
         rejected"
            .to_owned()
    };
    if crate::chart::has_marks_in_headline(dataset) {
        if has(Outcome::Open) {
            text.push_str("; a small one is still open");
        }
        if has(Outcome::Withdrawn) {
            text.push_str("; a cross was withdrawn by its sender");
        }
    } else {
        if has(Outcome::Open) {
            text.push_str("; an empty one is still open");
        }
        if has(Outcome::Withdrawn) {
            text.push_str("; a lined one was withdrawn by its sender");
        }
    }
    format!("{text}. Percentages are shares of {base}.")
}

/// What happened, in the opening sentences.
pub(crate) fn lead(edition: &Edition) -> Vec<Span> {
    let dataset = &edition.dataset;
    let when = time::when(&dataset.period);
    let requests = dataset.total.requests();
    let places = place::known(dataset).count();
    if requests == 0 {
        return vec![
            plain(format!("{when} we received ")),
            strong("no request"),
            plain(" from authorities."),
        ];
    }
    let from = match (requests, places) {
        (_, 0) => " from authorities of unknown country.".to_owned(),
        (1, _) => format!(" from an authority in 1\u{a0}{}.", place::noun(dataset, 1)),
        _ => {
            format!(" from authorities in {places}\u{a0}{}.", place::noun(dataset, places))
        }
    };
    let mut spans = vec![
        plain(format!("{when} we received ")),
        strong(&counted(requests, "request")),
        plain(from),
    ];
    for category in Category::ALL {
        outcome_of_category(dataset, category, &mut spans);
    }
    spans
}

/// " Of the 28 that asked for user data, none was approved."
fn outcome_of_category(dataset: &Dataset, category: Category, spans: &mut Vec<Span>) {
    let counts = dataset.total.of(category);
    let asked = asked_for(category);
    let is_all = counts.requests == dataset.total.requests();
    let opening = match (counts.requests, is_all) {
        // The other category says "All".
        (0, _) if dataset.total.requests() > 0 => return,
        (1, true) => format!(" It asked for {asked} and "),
        (1, false) => format!(" The one that asked for {asked} "),
        (n, true) => format!(" All {} asked for {asked}; ", count(n)),
        (n, false) => format!(" Of the {} that asked for {asked}, ", count(n)),
    };
    spans.push(plain(opening));
    let (first, others) = outcome_clauses(counts);
    match category {
        Category::UserData => spans.push(strong(&first)),
        Category::TechnicalExpertise => spans.push(plain(first)),
    }
    spans.push(plain(format!("{others}.")));
}

/// The outcomes of a category: the first clause and what follows it.
fn outcome_clauses(counts: &CategoryCounts) -> (String, String) {
    let outcomes = [
        (Outcome::Approved, "approved"),
        (Outcome::Rejected, "rejected"),
        (Outcome::Withdrawn, "withdrawn"),
    ];
    if counts.requests == 1 {
        let of_one = outcomes.iter().find(|(outcome, _)| outcome.count(counts) == 1);
        let clause = of_one.map_or("is still open".to_owned(), |(_, word)| format!("was {word}"));
        return (clause, String::new());
    }
    let all = outcomes.iter().find(|(outcome, _)| outcome.count(counts) == counts.requests);
    if let Some((outcome, word)) = all {
        return match outcome {
            Outcome::Rejected => ("none was approved".to_owned(), String::new()),
            Outcome::Approved | Outcome::Withdrawn | Outcome::Open => {
                (format!("all were {word}"), String::new())
            }
        };
    }
    if counts.open == counts.requests {
        return ("all are still open".to_owned(), String::new());
    }
    let some = |n: u64, word: &str| (n > 0).then(|| format!("{}\u{a0}{word}", count(n)));
    let mut rest: Vec<String> = Vec::new();
    rest.extend(some(counts.rejected, "rejected"));
    rest.extend(some(counts.withdrawn, "withdrawn"));
    let is = if counts.open == 1 { "is" } else { "are" };
    let open = some(counts.open, &format!("{is} still open"));
    let open = open.map(|open| format!("; {open}")).unwrap_or_default();
    match counts.approved {
        0 => ("none was approved".to_owned(), format!(": {}{open}", list(&rest))),
        n => {
            let was = if n == 1 { "was" } else { "were" };
            let first = format!("{}\u{a0}{was} approved", count(n));
            let joint = match rest.len() {
                0 => "",
                1 => " and ",
                _ => ", ",
            };
            (first, format!("{joint}{}{open}", list(&rest)))
        }
    }
}

fn plain(text: impl Into<String>) -> Span {
    Span { text: text.into(), strong: false }
}

fn strong(text: &str) -> Span {
    Span { text: text.to_owned(), strong: true }
}

/// Where the requests came from.
pub(crate) fn origins(dataset: &Dataset) -> String {
    let total = &dataset.total;
    let mut rows: Vec<&CountryRow> = place::known(dataset).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.row.requests()));
    let Some(first) = rows.first() else {
        return match total.requests() {
            0 => "No request was received.".to_owned(),
            _ => "The country of no request is known.".to_owned(),
        };
    };
    let requests = total.requests();
    if rows.len() == 1 && first.row.requests() == requests {
        let name = place::in_sentence(first.country);
        return match requests {
            1 => format!("The one request came from {name}."),
            _ => format!("All {} came from {name}.", counted(requests, "request")),
        };
    }
    let highest = first.row.requests();
    let tied: Vec<&CountryRow> =
        rows.iter().copied().take_while(|row| row.row.requests() == highest).collect();
    let opening = match tied.len() {
        1 => format!("{}{}.", sent(first, requests), of_user_data(first, dataset)),
        n if n == rows.len() => {
            format!(
                "Each of the {} {} sent {}.",
                spelled(n as u64),
                place::noun(dataset, n),
                counted(highest, "request")
            )
        }
        2 | 3 => {
            let names: Vec<String> =
                tied.iter().map(|row| place::in_sentence(row.country)).collect();
            format!(
                "{} sent {} each, of {} in all.",
                capital(&list(&names)),
                counted(highest, "request"),
                count(requests)
            )
        }
        n => {
            format!(
                "{} {} sent {} each, of {} in all.",
                capital(&spelled(n as u64)),
                place::noun(dataset, n),
                counted(highest, "request"),
                count(requests)
            )
        }
    };
    match few(dataset, &rows) {
        Some(few) if highest > 3 => format!("{opening} {few}"),
        Some(_) | None => opening,
    }
}

/// "Russia sent 93 of the 160 requests"
fn sent(row: &CountryRow, requests: u64) -> String {
    format!(
        "{} sent {} of the {}",
        capital(&place::in_sentence(row.country)),
        count(row.row.requests()),
        counted(requests, "request")
    )
}

/// " and 27 of the 28 for user data"
fn of_user_data(row: &CountryRow, dataset: &Dataset) -> String {
    match (row.row.user_data.requests, dataset.total.user_data.requests) {
        (0, _) => String::new(),
        (1, 1) => " and the one for user data".to_owned(),
        (n, all) if n == all => format!(" and all {} for user data", count(all)),
        (n, all) => format!(" and {} of the {} for user data", count(n), count(all)),
    }
}

/// "Ten of the 15 countries sent three or fewer.", at the lowest of a few limits that half of the
/// countries keep to.
fn few(dataset: &Dataset, rows: &[&CountryRow]) -> Option<String> {
    let within = |limit: u64| rows.iter().filter(|row| row.row.requests() <= limit).count();
    let limit = [3, 10, 100].into_iter().find(|limit| within(*limit) * 2 >= rows.len())?;
    let number = within(limit);
    // Of two or three countries the figure beside says it better; of all it says nothing.
    (rows.len() > 3 && number < rows.len()).then(|| {
        format!(
            "{} of the {} {} sent {} or fewer.",
            capital(&spelled(number as u64)),
            count(rows.len() as u64),
            place::noun(dataset, rows.len()),
            spelled(limit)
        )
    })
}

/// What was decided, and where the rejected requests came from.
pub(crate) fn decided(dataset: &Dataset) -> String {
    let total = &dataset.total;
    let (requests, rejected) = (total.requests(), total.rejected());
    let was = |n: u64| if n == 1 { "was" } else { "were" };
    let mut text = match (requests, rejected) {
        (0, _) => return "No request was received, so none was decided.".to_owned(),
        (1, 1) => "The one request was rejected.".to_owned(),
        (1, _) if total.approved() == 1 => "The one request was approved.".to_owned(),
        (_, 0) if total.approved() == requests => {
            format!("All {} were approved.", counted(requests, "request"))
        }
        (_, 0) => format!(
            "No request was rejected; {} of {} {} approved.",
            count(total.approved()),
            count(requests),
            was(total.approved())
        ),
        (_, n) if n == requests => {
            format!("All {} were rejected. {}", counted(n, "request"), rejected_from(dataset))
        }
        (_, n) => format!(
            "{} {} rejected, {}. {}",
            counted(n, "request"),
            was(n),
            share(n, requests),
            rejected_from(dataset)
        ),
    };
    for (number, end) in [
        (total.withdrawn(), "withdrawn by the sender"),
        (total.open(), "still open when this edition was compiled"),
    ] {
        if number > 0 {
            text.push_str(&format!(" {} {} {end}.", capital(&spelled(number)), was(number)));
        }
    }
    text.trim_end().to_owned()
}

/// A share in percent from ten requests up, below in numbers.
fn share(part: u64, of: u64) -> String {
    if of >= 10 {
        format!("{}% of all", percent(part, of))
    } else {
        format!("of {} in all", spelled(of))
    }
}

/// "58 of them came from Russia and one from France; every request from the other 13 countries was
/// approved."
fn rejected_from(dataset: &Dataset) -> String {
    let mut rows: Vec<&CountryRow> =
        dataset.countries.iter().filter(|row| row.row.rejected() > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.row.rejected()));
    let name = |row: &CountryRow| place::in_sentence(row.country);
    let from = match rows.as_slice() {
        // Where there is but one country, an earlier sentence has named it.
        _ if dataset.countries.len() == 1 => return String::new(),
        [] => return String::new(),
        [only] if only.row.rejected() == 1 => format!("It came from {}", name(only)),
        [only] => format!("All of them came from {}", name(only)),
        [first, others @ ..] if others.len() < 3 => {
            let others: Vec<String> = others
                .iter()
                .map(|row| format!("{} from {}", spelled(row.row.rejected()), name(row)))
                .collect();
            let first = format!(
                "{} of them came from {}",
                capital(&spelled(first.row.rejected())),
                name(first)
            );
            match others.as_slice() {
                [one] => format!("{first} and {one}"),
                several => format!("{first}, {}", list(several)),
            }
        }
        [first, second, ..] if first.row.rejected() > second.row.rejected() => format!(
            "{} of them came from {}, the others from {} {}",
            capital(&spelled(first.row.rejected())),
            name(first),
            spelled(rows.len() as u64 - 1),
            place::noun(dataset, rows.len() - 1)
        ),
        _ => format!(
            "They came from {} {}",
            spelled(rows.len() as u64),
            place::noun(dataset, rows.len())
        ),
    };
    let spared: Vec<&CountryRow> =
        place::known(dataset).filter(|row| row.row.rejected() == 0).collect();
    let all_approved = spared.iter().all(|row| row.row.approved() == row.row.requests());
    match spared.len() {
        0 => format!("{from}."),
        _ if !all_approved => format!("{from}."),
        1 => format!(
            "{from}; every request from the other {} was approved.",
            place::noun(dataset, 1)
        ),
        n => format!(
            "{from}; every request from the other {} {} was approved.",
            spelled(n as u64),
            place::noun(dataset, n)
        ),
    }
}

/// From how many requests on a share is drawn.
pub(crate) const SHARE_MIN: u64 = 10;

/// A country with too few requests for a share, and its line such as "7 of 7 approved · 100%".
pub(crate) type SmallCountry<'a> = (&'a CountryRow, String);

/// The countries with fewer than ten requests, by number then name, and a heading; `None` without
/// any, and where they are so many that the table serves better.
pub(crate) fn one_by_one(dataset: &Dataset) -> Option<(String, Vec<SmallCountry<'_>>)> {
    const COUNTRIES_MAX: usize = 40;
    let mut rows: Vec<&CountryRow> =
        dataset.countries.iter().filter(|row| row.row.requests() < SHARE_MIN).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.row.requests()));
    if rows.is_empty() || rows.len() > COUNTRIES_MAX {
        return None;
    }
    let heading = if rows.len() == dataset.countries.len() {
        "Country by country".to_owned()
    } else {
        let others = noun_for(rows.len() as u64, "other");
        format!("The {} {others}, one by one", spelled(rows.len() as u64))
    };
    let lines = rows.into_iter().map(|small| {
        let (approved, requests) = (small.row.approved(), small.row.requests());
        let line = format!("{approved} of {requests} approved · {}%", percent(approved, requests));
        (small, line)
    });
    Some((heading, lines.collect()))
}
