//! `candor report draft`: a spreadsheet straight to a report, nothing stored.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use domain::count::{DayCounts, Tally, count};
use domain::period::Period;
use exchange::{Kind, Mapping, Summary, Table};
use jiff::civil::Date;
use report::{Edition, Format, Provenance, Publisher, Status};

use crate::{Error, Site};

/// What was drafted.
#[derive(Clone, Debug)]
pub struct Drafts {
    /// Each period and its requests.
    pub periods: Vec<(Period, u64)>,
    pub summary: Summary,
}

/// Draws up the report of a period, or of every calendar year that occurs in the file.
///
/// No row is kept: memory does not grow with the file, but for the references by which the same
/// request twice is noticed.
pub fn draft(
    file: &Path,
    mapping: &Mapping,
    period: Option<Period>,
    formats: &[Format],
    (publisher, today): (Publisher, Date),
    site: &Site,
) -> Result<Drafts, Error> {
    let name = file.display().to_string();
    let open = File::open(file).map_err(Error::file(file, "can't be opened"))?;
    let mut table = Table::open(&name, open)?;
    match table.kind(mapping)? {
        Kind::Requests => {}
        Kind::Figures => return Err(Error::WrongKind(name, "published figures", "requests")),
    }
    let mut tallies =
        BTreeMap::from_iter(period.map(|period| (period.first().year(), Tally::new(period))));
    let mut days = DayCounts::default();
    let summary = exchange::facts(&mut table, mapping, &mut |fact| {
        days.add(&fact);
        match period {
            Some(period) => {
                if let Some(tally) = tallies.get_mut(&period.first().year()) {
                    tally.add_to_cohort(&fact);
                }
            }
            None => {
                let year = fact.received_on.year();
                let tally = tallies.entry(year).or_insert_with(|| Tally::new(Period::year(year)));
                tally.add_to_cohort(&fact);
            }
        }
    })?;
    if tallies.is_empty() {
        return Err(Error::Nothing(format!("{name} holds no request")));
    }
    let mut earlier = Vec::new();
    let mut drafts = Drafts { periods: Vec::new(), summary };
    for mut tally in tallies.into_values() {
        let period = tally.period();
        tally.set_flow(days.flow(&period));
        let dataset = count(tally)?;
        drafts.periods.push((period, dataset.total.requests()));
        let edition = Edition {
            publisher: publisher.clone(),
            status: Status::Draft { compiled_on: today },
            dataset: dataset.clone(),
            earlier: earlier.clone(),
            figures: Vec::new(),
            provenance: Provenance {
                cutoff: None,
                imported: dataset.total.requests(),
                imported_on: Some(today),
                log: None,
            },
        };
        site.write(period, &report::render(&edition, formats)?)?;
        earlier.push(dataset);
    }
    if formats.contains(&Format::Html) {
        site.write_index(&publisher)?;
    }
    Ok(drafts)
}
