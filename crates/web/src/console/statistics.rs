//! How much work there is and how long it takes, each number with the list that it counts.

use app::{Counted, Narrowed, Numbers, StatisticsBy};
use axum::extract::RawQuery;
use domain::category::Category;
use domain::country::Country;
use domain::fact::Paperwork;
use domain::instrument::Instrument;
use jiff::civil::{Date, date};

use super::answer::{Answer, Failure, Viewer, show};
use super::csv::Csv;
use super::deadlines::later;
use super::fields::Fields;
use super::page::{self, Came, Link, Shown};
use super::people::Names;
use super::queue::{from_beginning, item};
use super::words;

pub(super) async fn statistics(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let (span, fault) = span(&fields, &viewer);
    let numbers = viewer.console.candor.statistics(span, &viewer.who).await?;
    let mut tables = Vec::new();
    for (by, rows) in &numbers.tables {
        let mut shown = Vec::new();
        for (code, numbers) in rows {
            shown.push(row(name(*by, code, &viewer)?, (*by, code), span, numbers));
        }
        tables.push(table(*by, shown));
    }
    let all = &numbers.all;
    let (from, to) = span;
    show(&page::Statistics {
        frame: viewer.frame("/statistics"),
        sentence: format!(
            "Of {} received in this time, {} {} undecided and {} overdue.",
            words::counted(usize::try_from(all.received).unwrap_or(0), "request", "requests"),
            all.open,
            if all.open == 1 { "is" } else { "are" },
            all.overdue,
        ),
        from: typed(&fields, "from", from),
        to: typed(&fields, "to", to),
        fault,
        tables,
        paperwork: paperwork(span, &viewer).await?,
        csv: Link::new("The tables as CSV", format!("/statistics.csv?from={from}&to={to}")),
    })
}

/// The requests of which a report says what became of their paperwork; nothing where there is none.
async fn paperwork(span: (Date, Date), viewer: &Viewer) -> Result<Vec<Came>, Failure> {
    let told = viewer.console.candor.paperwork(span, &viewer.who).await?;
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let came = |paperwork, what: &str| {
        let of = told.iter().filter(|(_, of)| *of == paperwork).map(|(case, _)| {
            let name = case.name.to_string();
            let path = format!("/requests/{name}");
            Link::new(name, path)
        });
        Came { what: what.to_owned(), requests: of.collect() }
    };
    Ok(vec![
        came(Paperwork::CameInTime, "It came in time"),
        came(Paperwork::CameLate, "It came late"),
        came(Paperwork::Owed, "It is to come by a day that is not over"),
        came(Paperwork::Missing, "It never came"),
    ])
}

const COLUMNS: [&str; 9] = [
    "by",
    "code",
    "name",
    "received",
    "undecided",
    "overdue",
    "decided",
    "median_days",
    "days_of_nine_in_ten",
];

/// The same tables for a spreadsheet.
pub(super) async fn csv(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let (span, _) = span(&fields, &viewer);
    let numbers = viewer.console.candor.statistics(span, &viewer.who).await?;
    let mut csv = Csv::new(&COLUMNS);
    for (by, rows) in &numbers.tables {
        for (code, n) in rows {
            let days =
                |percent| n.days_for_percent(percent).map_or(String::new(), |d| d.to_string());
            csv.row(&[
                by.code(),
                code,
                &name(*by, code, &viewer)?,
                &n.received.to_string(),
                &n.open.to_string(),
                &n.overdue.to_string(),
                &n.decided.to_string(),
                &days(50),
                &days(90),
            ]);
        }
    }
    let (from, to) = span;
    Ok(csv.into_file(&format!("statistics-{from}-{to}.csv")))
}

/// The requests that a number counts.
pub(super) async fn counted(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let (span, _) = span(&fields, &viewer);
    let set = Counted::ALL.into_iter().find(|set| set.code() == fields.get("set"));
    let set = set.ok_or(Failure::Missing)?;
    let to = Narrowed {
        country: Country::from_code(fields.get("country")),
        category: fields.get("category").parse::<Category>().ok(),
        instrument: Instrument::new(fields.get("instrument")).ok(),
    };
    let after = fields.get("after").parse().ok();
    let candor = &viewer.console.candor;
    let list = candor.requests_counted((set, &to), span, after, &viewer.who).await?;
    let names = Names::read(&viewer.console).await?;
    let items = list.cases.iter().map(|case| {
        let authority = list.authorities.get(&case.authority).map_or("", |a| a.name.as_str());
        item(case, authority, &names, &viewer)
    });
    let title = match set {
        Counted::All => "All requests",
        Counted::Open => "Undecided requests",
        Counted::Overdue => "Overdue requests",
        Counted::Decided => "Decided requests",
    };
    let (from, until) = span;
    show(&page::Counted {
        frame: viewer.frame("/statistics"),
        title: title.to_owned(),
        sentence: format!(
            "{}eceived from {} to {}.",
            narrowed(&to, &viewer)?,
            words::day(from),
            words::day(until)
        ),
        back: Link::new("Statistics", format!("/statistics?from={from}&to={until}")),
        items: items.collect(),
        shown: Shown {
            part: words::part(list.before, list.cases.len(), list.found),
            first: (list.before > 0).then(|| {
                Link::new("From the beginning", from_beginning(&fields, "/statistics/requests"))
            }),
            more: list.next.map(|key| {
                let query = later(&fields, &key.to_string());
                Link::new("Later requests", format!("/statistics/requests?{query}"))
            }),
        },
    })
}

/// "From France, r", "R"
fn narrowed(to: &Narrowed, viewer: &Viewer) -> Result<String, Failure> {
    let mut of = Vec::new();
    if let Some(country) = to.country {
        of.push(name(StatisticsBy::Country, country.code(), viewer)?);
    }
    if let Some(category) = to.category {
        of.push(name(StatisticsBy::Category, category.code(), viewer)?);
    }
    if let Some(instrument) = &to.instrument {
        of.push(name(StatisticsBy::Instrument, instrument.as_str(), viewer)?);
    }
    Ok(match of.as_slice() {
        [] => "R".to_owned(),
        of => format!("{}: r", of.join(", ")),
    })
}

/// The days that were chosen; else the present year until today, with what is wrong with a day that
/// was typed.
fn span(fields: &Fields, viewer: &Viewer) -> ((Date, Date), Option<String>) {
    let today = viewer.console.candor.today();
    let day = |name: &str, default| match fields.get(name) {
        "" => Ok(default),
        text => text.parse::<Date>().map_err(|_| text.to_owned()),
    };
    let year = (date(today.year(), 1, 1), today);
    match (day("from", year.0), day("to", year.1)) {
        (Ok(from), Ok(to)) if from <= to => ((from, to), None),
        (Ok(_), Ok(_)) => {
            (year, Some("Error: the first day comes after the last; shown is this year".to_owned()))
        }
        (Err(text), _) | (_, Err(text)) => {
            (year, Some(format!("Error: “{text}” is no day, write 2026-01-31; shown is this year")))
        }
    }
}

/// What was typed, or the day that holds.
fn typed(fields: &Fields, name: &str, day: Date) -> String {
    match fields.get(name) {
        "" => day.to_string(),
        text => text.to_owned(),
    }
}

fn table(by: StatisticsBy, rows: Vec<page::StatisticsRow>) -> page::StatisticsTable {
    let (title, head) = match by {
        StatisticsBy::Country => ("By country", "Country"),
        StatisticsBy::Category => ("By category", "Category"),
        StatisticsBy::Instrument => ("By instrument", "Instrument"),
    };
    page::StatisticsTable { id: by.code(), title: title.to_owned(), head: head.to_owned(), rows }
}

fn row(
    name: String,
    (by, code): (StatisticsBy, &str),
    (from, to): (Date, Date),
    numbers: &Numbers,
) -> page::StatisticsRow {
    let link = |set: Counted, n: u64| {
        let set = set.code();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("set", set), (by.code(), code)])
            .extend_pairs([("from", from.to_string()), ("to", to.to_string())])
            .finish();
        Link::new(n.to_string(), format!("/statistics/requests?{query}"))
    };
    let days =
        |percent| numbers.days_for_percent(percent).map_or("–".to_owned(), |d| d.to_string());
    page::StatisticsRow {
        name,
        received: link(Counted::All, numbers.received),
        open: link(Counted::Open, numbers.open),
        overdue: link(Counted::Overdue, numbers.overdue),
        decided: link(Counted::Decided, numbers.decided),
        median: days(50),
        p90: days(90),
    }
}

/// What a code is called.
fn name(by: StatisticsBy, code: &str, viewer: &Viewer) -> Result<String, Failure> {
    Ok(match by {
        StatisticsBy::Country => {
            Country::from_code(code).map_or(code.to_owned(), |country| country.name().to_owned())
        }
        StatisticsBy::Category => match code.parse::<Category>() {
            Ok(category) => words::category(category).word().to_owned(),
            Err(_) => code.to_owned(),
        },
        StatisticsBy::Instrument => {
            let profiles = viewer.console.candor.profiles()?;
            let law = Instrument::new(code).ok().and_then(|code| profiles.instrument(&code));
            law.map_or(code.to_owned(), |law| law.label.clone())
        }
    })
}
