//! The example of a first report: 265 invented requests that count to real tables.
//!
//! `expected.csv` holds the counts that a company once published for 2020 and the first half of
//! 2021. This makes one request for each of them: country, category and outcome are the source's,
//! everything else is invented and the same at each run.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use domain::fact::Urgency;
use domain::instrument::Instrument;
use domain::request::{HistoricOutcome, HistoricRequest};
use domain::{Category, Country, Demand, DemandSet, Ground, Period};
use exchange::{RequestLine, RequestWriter};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::chance::Chance;
use crate::{root, usage};

const FOLDER: &str = "examples/first-report";
const SEED: u64 = 2020;

/// Totals of requests by users, which the source gives without their kinds or countries.
const FIGURES: &str = "\
period,country,measure,value
2020,TOTAL,user_requests,503
2021-H1,TOTAL,user_requests,\"1,199\"
";

pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let folder = root().join(FOLDER);
    let expected = fs::read_to_string(folder.join("expected.csv"))
        .with_context(|| format!("{FOLDER}/expected.csv could not be read"))?;
    let files =
        [("requests.csv", requests(&expected)?), ("figures.csv", FIGURES.as_bytes().to_vec())];
    match args {
        [] => files.iter().try_for_each(|(name, bytes)| {
            fs::write(folder.join(name), bytes)
                .with_context(|| format!("{FOLDER}/{name} could not be written"))
        }),
        ["--check"] => files.iter().try_for_each(|(name, bytes)| check(&folder, name, bytes)),
        _ => Err(usage("`example` takes nothing or --check")),
    }
}

fn check(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let committed = fs::read(folder.join(name))
        .with_context(|| format!("{FOLDER}/{name} could not be read"))?;
    if committed != bytes {
        bail!("{FOLDER}/{name} is not what `cargo xtask example` makes; run it");
    }
    Ok(())
}

/// A number of requests alike in what the source tells.
struct Counted {
    period: Period,
    country: Country,
    category: Category,
    approved: bool,
    requests: u64,
}

/// Reads the tables: the count of each country, category and outcome.
fn counted(expected: &str) -> anyhow::Result<Vec<Counted>> {
    const COLUMNS: [(&str, Category, bool); 4] = [
        ("technical_approved", Category::TechnicalExpertise, true),
        ("technical_rejected", Category::TechnicalExpertise, false),
        ("user_data_approved", Category::UserData, true),
        ("user_data_rejected", Category::UserData, false),
    ];
    let mut table = csv::Reader::from_reader(expected.as_bytes());
    let header = table.headers()?.clone();
    let column = |name: &str| {
        header.iter().position(|cell| cell == name).with_context(|| format!("no column `{name}`"))
    };
    let (period_at, country_at) = (column("period")?, column("country")?);
    let mut all = Vec::new();
    for row in table.records() {
        let row = row?;
        let cell = |at: usize| row.get(at).unwrap_or_default();
        if cell(country_at) == "TOTAL" {
            continue;
        }
        let country = Country::from_text(cell(country_at))
            .with_context(|| format!("`{}` is no country", cell(country_at)))?;
        let period = match cell(period_at).split_once(' ') {
            Some((half, year)) => format!("{year}-{half}").parse()?,
            None => cell(period_at).parse()?,
        };
        for (name, category, approved) in COLUMNS {
            let requests = cell(column(name)?).parse()?;
            all.push(Counted { period, country, category, approved, requests });
        }
    }
    Ok(all)
}

fn requests(expected: &str) -> anyhow::Result<Vec<u8>> {
    let mut chance = Chance::new(SEED);
    let mut lines = Vec::new();
    for Counted { period, country, category, approved, requests } in counted(expected)? {
        for _ in 0..requests {
            let request = invent(&mut chance, period, country, category, approved)?;
            let authority = format!("{} of {}", chance.pick(&AUTHORITIES), country.name());
            lines.push(RequestLine { line: 0, reference: String::new(), authority, request });
        }
    }
    // Stable, so requests of one day keep the order in which they were made.
    lines.sort_by_key(|line| line.request.received_on);
    let mut writer = RequestWriter::new(Vec::new())?;
    let mut of_year = (0, 0);
    for line in &mut lines {
        let year = line.request.received_on.year();
        of_year = if of_year.0 == year { (year, of_year.1 + 1) } else { (year, 1) };
        line.reference = format!("EX-{year}-{:04}", of_year.1);
        let faults = line.request.faults();
        ensure!(faults.is_empty(), "{} is impossible: {faults:?}", line.reference);
        writer.write(line)?;
    }
    Ok(writer.finish()?)
}

/// Bodies that no country has.
const AUTHORITIES: [&str; 4] = [
    "Example Cyber Police",
    "Example Criminal Police",
    "Example Prosecutor's Office",
    "Example Investigative Court",
];

const USER_DATA_INSTRUMENTS: [&str; 5] =
    ["production_order", "production_order", "court_order", "subpoena", "mlat"];

/// Expertise is mostly asked for without a legal process behind it.
const TECHNICAL_INSTRUMENTS: [&str; 5] = ["none", "none", "none", "none", "mlat"];

const USER_DATA_DEMANDS: [&[Demand]; 5] = [
    &[Demand::Registration],
    &[Demand::Registration, Demand::Connection],
    &[Demand::Connection],
    &[Demand::Licence],
    &[Demand::Content],
];

const TECHNICAL_DEMANDS: [&[Demand]; 6] = [
    &[Demand::Indicators],
    &[Demand::Indicators, Demand::ModusOperandi],
    &[Demand::ModusOperandi],
    &[Demand::ReverseEngineering],
    &[Demand::Statistics],
    &[Demand::Research],
];

/// The longest time to a decision, in days.
const DAYS_MAX: u64 = 24;

fn invent(
    chance: &mut Chance,
    period: Period,
    country: Country,
    category: Category,
    approved: bool,
) -> anyhow::Result<HistoricRequest> {
    let (instruments, demands) = match category {
        Category::UserData => (&USER_DATA_INSTRUMENTS, &USER_DATA_DEMANDS[..]),
        Category::TechnicalExpertise => (&TECHNICAL_INSTRUMENTS, &TECHNICAL_DEMANDS[..]),
    };
    let (received_on, decided_on) = days(chance, period);
    let outcome = if approved {
        HistoricOutcome::Approved { decided_on }
    } else {
        // The source merges the reasons, so none can be told.
        HistoricOutcome::Rejected { decided_on, ground: Ground::NotStated }
    };
    Ok(HistoricRequest {
        received_on,
        country,
        category,
        instrument: Instrument::new(chance.pick::<&str>(instruments))?,
        demands: DemandSet::from_iter(chance.pick(demands).iter().copied()),
        // The source has no figure of emergencies or accounts.
        urgency: Urgency::Ordinary,
        accounts_specified: None,
        accounts_disclosed: None,
        outcome,
    })
}

/// Two working days within the period, so that nothing is open at its end.
fn days(chance: &mut Chance, period: Period) -> (Date, Date) {
    let span = u64::from(period.days()) - DAYS_MAX - 2;
    let received_on = working_day(period.first(), chance.below(span));
    let decided_on = working_day(received_on, 1 + chance.below(DAYS_MAX - 2));
    (received_on, decided_on)
}

/// So many days later, or on the Monday after.
fn working_day(from: Date, days: u64) -> Date {
    let day = from.saturating_add(i64::try_from(days).unwrap_or(i64::MAX).days());
    let to_monday = match day.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => 0,
    };
    day.saturating_add(to_monday.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requests_are_received_and_decided_in_working_days_of_their_period() {
        let mut chance = Chance::new(7);
        for period in [Period::year(2020), Period::half(2021, 1)] {
            for _ in 0..5_000 {
                let (received_on, decided_on) = days(&mut chance, period);
                assert!(period.contains(received_on) && period.contains(decided_on));
                assert!(received_on < decided_on, "{received_on} {decided_on}");
                for day in [received_on, decided_on] {
                    assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
                }
            }
        }
    }

    #[test]
    fn the_committed_files_are_what_is_made() {
        run(&["--check"]).expect("committed");
    }
}
