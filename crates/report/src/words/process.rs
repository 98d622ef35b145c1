//! What the numbers mean, how they came about, and what a reader can check of them.

use domain::Dataset;
use domain::count::percent;

use super::facts::{day, imported};
use super::number::{capital, count, counted};
use super::{Definition, place};
use crate::{Edition, Status};

/// One step of a request's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// A strong word and what follows it.
    pub(crate) asides: Vec<(&'static str, &'static str)>,
}

/// What a reader can check today and what not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// A strong opening and the sentence that follows it.
    pub(crate) state: (&'static str, &'static str),
    pub(crate) can: Vec<&'static str>,
    pub(crate) cannot: Vec<String>,
    /// Title and text of each way to check, in order of effort.
    pub(crate) ways: Vec<(&'static str, &'static str)>,
}

/// How the words of the report are meant.
pub(crate) fn definitions(edition: &Edition) -> Vec<Definition> {
    let total = &edition.dataset.total;
    let mut definitions = vec![
        Definition::new(
            "One request",
            "is what one authority asks under one instrument, in one category. A letter that asks \
             for both kinds counts twice.",
        ),
        Definition::new("User data", "is information about a person who uses a product."),
        Definition::new(
            "Technical expertise",
            "names nobody: indicators of an attack, how it works, analysis of malicious code, \
             statistics, results of research.",
        ),
        Definition::new("Approved", "means answered in full, or in part where the table says so."),
        Definition::new("Rejected", rejected(edition)),
    ];
    if total.open() > 0 {
        definitions.push(Definition::new(
            "Open",
            "means undecided, contested or under appeal when this edition was compiled.",
        ));
    }
    if total.withdrawn() > 0 {
        definitions.push(Definition::new("Withdrawn", "means taken back by the sender."));
    }
    definitions.push(Definition::new(
        "Percentages",
        "are shares of all requests of that country, both categories together, rounded half up to \
         a whole number.",
    ));
    definitions.push(Definition::new(
        "Small numbers",
        "0 means none. Where a country sent one or two requests, 100% is one or two decisions and \
         no pattern.",
    ));
    definitions
}

fn rejected(edition: &Edition) -> String {
    let total = &edition.dataset.total;
    let not_stated =
        total.user_data.ground_not_stated + total.technical_expertise.ground_not_stated;
    let meaning = "means that no data was found, that the legal requirements were not met, or that \
                   the demand is one that is always declined.";
    match not_stated {
        0 => meaning.to_owned(),
        n if n == total.rejected() => {
            format!("{meaning} The records of this period don’t say which.")
        }
        n => format!("{meaning} For {} the records don’t say which.", count(n)),
    }
}

/// Said before the rules of the count where the requests were not received through candor.
pub(crate) fn method_intro(edition: &Edition) -> Option<String> {
    (edition.provenance.imported > 0).then(|| {
        "These are the rules of the count. They were applied to requests that had been received \
         and decided before, as the company’s own records hold them."
            .to_owned()
    })
}

/// The rules of the count.
pub(crate) fn method(edition: &Edition) -> Vec<Definition> {
    let mut method = vec![
        Definition::new(
            "Counting unit",
            "One authority, one instrument, one category. A request counts in the period in which \
             it arrived, with the outcome it had when the edition was compiled.",
        ),
        Definition::new(
            "Sums",
            "User data and technical expertise add up to all requests; approved, rejected, open \
             and withdrawn add up to each category; the countries add up to the first row. An \
             edition that fails one of these can’t be published.",
        ),
        Definition::new("Rounding", rounding(&edition.dataset)),
        Definition::new(
            "Across periods",
            "Requests of periods that don’t overlap may be added; countries may not, since a \
             country can be in both.",
        ),
        Definition::new(
            "Outside the sums",
            "Requests that only ask to preserve data, and those that renew, amend or duplicate \
             another, have numbers of their own. A request that law or order forbids to count \
             shows in none.",
        ),
    ];
    if edition.dataset.bands.is_some() {
        method.push(Definition::new(
            "In bands",
            "National-security process of the United States stands in a table of its own, and in \
             no other number.",
        ));
    }
    method.extend(not_recorded(edition));
    if let Some(text) = imported(edition) {
        method.push(Definition::new("Source", format!("{text}.")));
    }
    if let Some(cutoff) = edition.provenance.cutoff {
        let mut text = format!("The numbers know the record up to event {}.", cutoff.0);
        if let Some(log) = &edition.provenance.log {
            let leaves = count(log.leaves);
            text.push_str(&format!(" The log {} held {leaves} leaves then.", log.origin));
        }
        method.push(Definition::new("State of the record", text));
    }
    method.push(Definition::new("Countries", names(&edition.dataset)));
    method
}

/// The rule with an example out of tables 2 and 3: a share that ends in a half if there is one,
/// else the first that is rounded.
fn rounding(dataset: &Dataset) -> String {
    let rule = "Half up, to whole percent";
    let rows = || std::iter::once(&dataset.total).chain(dataset.countries.iter().map(|c| &c.row));
    let shares = || {
        rows().flat_map(|row| {
            let of = row.requests();
            let both = [&row.user_data, &row.technical_expertise];
            both.into_iter().flat_map(move |c| [(c.approved, of), (c.rejected, of)])
        })
    };
    let is_half =
        |(part, of): &(u64, u64)| *of > 0 && (200 * part) % of == 0 && (100 * part) % of != 0;
    let is_rounded = |(part, of): &(u64, u64)| *of >= 10 && (100 * part) % of != 0;
    let example = shares().find(is_half).or_else(|| shares().find(is_rounded));
    match example {
        None => format!("{rule}: 1 of 8 is 12.5 and is printed as 13%."),
        Some((part, of)) => {
            let exact = super::one_decimal(part * 100, of);
            let printed = percent(part, of);
            format!(
                "{rule}: {} of {} is {exact} and is printed as {printed}%.",
                count(part),
                count(of)
            )
        }
    }
}

/// What the records don't hold is left out rather than shown as zero.
fn not_recorded(edition: &Edition) -> Option<Definition> {
    let total = &edition.dataset.total;
    if total.requests() == 0 {
        return None;
    }
    let mut missing: Vec<&str> = Vec::new();
    let not_stated =
        total.user_data.ground_not_stated + total.technical_expertise.ground_not_stated;
    if not_stated > 0 && not_stated == total.rejected() {
        missing.push("grounds of rejection");
    }
    if total.user_data.specified.recorded_on + total.user_data.disclosed.recorded_on == 0 {
        missing.push("accounts specified and disclosed");
    }
    missing.push("challenges before a court");
    missing.push("notices to users");
    let text = format!(
        "{}. They are left out here rather than shown as zero.",
        capital(&super::list(&missing))
    );
    Some(Definition::new("Not recorded", text))
}

fn names(dataset: &Dataset) -> String {
    let mut text = "Kept by ISO 3166 code, shown under the English name of the Unicode CLDR. A \
                    country stands here when an authority of it sent a request in the period."
        .to_owned();
    if place::noun(dataset, 1) != "country" {
        text.push_str(" Bodies that are no country have codes of their own.");
    }
    text
}

/// Each correction, oldest first; one line where there is none.
pub(crate) fn corrections(edition: &Edition) -> Vec<Definition> {
    match &edition.status {
        Status::Draft { .. } => Vec::new(),
        Status::Published { corrections, .. } if corrections.is_empty() => {
            vec![Definition::new(
                "Corrections",
                "None. A correction is a new revision that says what changed and why; the old one \
                 stays readable.",
            )]
        }
        Status::Published { corrections, .. } => corrections
            .iter()
            .map(|correction| {
                let term = format!("Revision {}", correction.revision);
                let text = format!("{}: {}", day(correction.published_on), correction.reason);
                Definition { term, text }
            })
            .collect(),
    }
}

/// The way of a request, from the letter to the number.
pub(crate) fn steps(edition: &Edition) -> Vec<Step> {
    let step = |name, text, asides| Step { name, text, asides };
    let received = match edition.provenance.log {
        Some(_) => "Sealed, with a receipt for the sender; registered, split by category.",
        None => "Registered, and split by category.",
    };
    vec![
        step(
            "Received",
            received,
            vec![("Withdrawn", " by the sender, at any time before the answer")],
        ),
        step(
            "Verified",
            "Is the officer real? Is the instrument valid? Is the scope lawful?",
            vec![("Clarification", " asked: back to the sender")],
        ),
        step(
            "Decided",
            "By two people. For user data and in an emergency neither is the one who verified.",
            vec![
                ("Rejected", ": no data found"),
                ("Rejected", ": legal requirements not met"),
                ("Challenged", ", then decided again"),
            ],
        ),
        step("Answered", "Only what was approved is released, once.", Vec::new()),
        step(
            "Counted",
            "Whatever became of it, it is counted in the period in which it arrived.",
            vec![("Appealed", ": verified again; the first decision stays on record")],
        ),
    ]
}

/// A strong sentence and the rest.
pub(crate) fn prohibited_note(dataset: &Dataset) -> (&'static str, String) {
    let rule = "Encryption keys, undeclared capabilities, direct access: declined, with no step \
                that could end otherwise.";
    let here = match dataset.total.prohibited() {
        0 => "No such demand is recorded in this period.".to_owned(),
        1 => "One such demand is recorded in this period.".to_owned(),
        n => format!("{} such demands are recorded in this period.", capital(&super::spelled(n))),
    };
    ("Prohibited demands leave the path at step 1.", format!("{rule} {here}"))
}

/// What can be checked today. Nothing here may claim a proof of the numbers: there is none yet.
pub(crate) fn check(edition: &Edition) -> Check {
    let mut cannot = vec![
        "Whether every request was counted can’t be checked from outside yet. For that you rely on \
         the company."
            .to_owned(),
        "Whether a decision was right. The report counts decisions, it doesn’t weigh them."
            .to_owned(),
    ];
    if edition.provenance.imported > 0 {
        let requests = counted(edition.provenance.imported, "request");
        cannot.push(format!(
            "Whether the company’s own records were complete: {requests} of this period came from \
             them and not through the system that counts."
        ));
    }
    let mut can = vec![
        "That the file you hold is the one this page names: compare its SHA-256.",
        "That the numbers agree with each other: the countries add up to the total, the \
         categories to all requests, the outcomes to each category.",
        "That page, CSV, workbook and JSON say the same.",
    ];
    let mut ways = vec![
        (
            "Is the file the one named here?",
            "Download by-country.csv, compute its SHA-256 and compare it with the list above.",
        ),
        (
            "Do the sums hold?",
            "Add up the columns of by-country.csv in any spreadsheet; the row TOTAL holds what \
             must come out.",
        ),
        (
            "Do you want to compute with it?",
            "The data package (datapackage.json) names every file, column and type, and \
             report.json holds all numbers with its schema.",
        ),
    ];
    if edition.provenance.log.is_some() {
        can.push(
            "That what was sealed is still there: each request is sealed in the log beside these \
             pages, hidden but binding, and a correction is one more leaf of it.",
        );
        ways.push((
            "Have you sent a request?",
            "With your receipt, candor verify ADDRESS --receipt FILE tells whether your request is \
             in the log, and as what. ADDRESS is this site or a copy of it.",
        ));
    }
    Check {
        state: (
            "No proof of the numbers yet.",
            "This edition comes with its figures in open formats and with file hashes, but without \
             a proof that ties each number to the requests behind it.",
        ),
        can,
        cannot,
        ways,
    }
}

/// What a file of the edition holds, by its path, and its format.
pub(crate) fn file_holds(path: &str) -> (&'static str, &'static str) {
    match path {
        "by-country.csv" => ("tables 1 to 3 in one: a row for each country", "CSV"),
        "paperwork.csv" => ("the table of emergencies and their paperwork", "CSV"),
        "bands.csv" => ("the table in bands: a row for each kind of process", "CSV"),
        "requests.xlsx" => ("the same as a workbook, a sheet for each table", "XLSX"),
        "report.json" => ("everything on this page, for programs", "JSON"),
        "report.schema.json" => ("the form of report.json", "JSON Schema"),
        "datapackage.json" => ("every file, column and type", "Data Package"),
        "report.pdf" => ("this report to print and to keep", "PDF/A"),
        "charts/map.svg" => ("the map, wide", "SVG"),
        "charts/map-narrow.svg" => ("the map, narrow", "SVG"),
        "charts/origins.svg" => ("requests by country, wide", "SVG"),
        "charts/origins-narrow.svg" => ("requests by country, narrow", "SVG"),
        "charts/outcomes.svg" => ("outcomes by country, wide", "SVG"),
        "charts/outcomes-narrow.svg" => ("outcomes by country, narrow", "SVG"),
        "charts/over-time.svg" => ("requests over time, wide", "SVG"),
        "charts/over-time-narrow.svg" => ("requests over time, narrow", "SVG"),
        _ => ("a file of this edition", "file"),
    }
}
