//! What stands at the head of a report, and the facts beside its tables.

use domain::category::DemandClass;
use domain::count::{Accounts, DecisionTime};
use domain::{Category, Dataset};
use jiff::civil::Date;

use super::findings::asked_for;
use super::number::{capital, count, counted, list};
use super::{Definition, paperwork, place};
use crate::{Edition, Status};

/// "3 March 2021"
pub(crate) fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// "Requests from governments and law enforcement, 2020".
pub(crate) fn title(edition: &Edition) -> String {
    format!("Requests from governments and law enforcement, {}", edition.dataset.period.label())
}

/// The banner of a draft.
pub(crate) fn draft_notice(edition: &Edition) -> Option<String> {
    match edition.status {
        Status::Draft { compiled_on } => Some(format!(
            "DRAFT – not published. Compiled on {}; the numbers may still change.",
            day(compiled_on)
        )),
        Status::Published { .. } => None,
    }
}

/// "Draft", or "Revision 1 of 3 March 2021": which edition one holds.
pub(crate) fn edition_name(edition: &Edition) -> String {
    match &edition.status {
        Status::Draft { compiled_on } => format!("draft of {}", day(*compiled_on)),
        Status::Published { revision, published_on, corrections } => {
            let on = corrections.iter().map(|c| c.published_on).max().unwrap_or(*published_on);
            format!("revision {revision} of {}", day(on.max(*published_on)))
        }
    }
}

/// The line below the opening sentence.
pub(crate) fn meta(edition: &Edition) -> Vec<Definition> {
    let corrections = match &edition.status {
        Status::Published { corrections, .. } => match corrections.len() {
            0 => ", no corrections".to_owned(),
            n => format!(", {}", counted(n as u64, "correction")),
        },
        Status::Draft { .. } => String::new(),
    };
    let mut meta = vec![
        Definition::new("Period", edition.dataset.period.days_label()),
        Definition::new("Edition", format!("{}{corrections}", edition_name(edition))),
        Definition::new("Carried over", carried_over(&edition.dataset)),
    ];
    meta.extend(imported(edition).map(|text| Definition::new("Source", text)));
    meta
}

/// "none open at the end"
pub(crate) fn carried_over(dataset: &Dataset) -> String {
    match dataset.flow.open_at_end {
        0 => "none open at the end".to_owned(),
        n => format!("{} open at the end", count(n)),
    }
}

/// Where the requests were not received through candor.
pub(crate) fn imported(edition: &Edition) -> Option<String> {
    let provenance = &edition.provenance;
    let which = match (provenance.imported, edition.dataset.total.requests()) {
        (0, _) => return None,
        (n, all) if n >= all => "Imported".to_owned(),
        (n, _) => format!("{} imported", counted(n, "request")),
    };
    let on = provenance.imported_on.map(|on| format!(" on {}", day(on))).unwrap_or_default();
    let how = match provenance.log {
        Some(_) => "sealed on import, not on receipt",
        None => "not recorded on receipt",
    };
    Some(format!("{which}{on} from the company’s own records, {how}"))
}

/// What the tables don't hold, each where it applies.
pub(crate) fn facts_of_period(edition: &Edition) -> Vec<Definition> {
    let dataset = &edition.dataset;
    if dataset.total.requests() == 0 {
        return flow(dataset).into_iter().collect();
    }
    let mut facts = vec![
        Definition::new("Prohibited demands", prohibited(dataset)),
        Definition::new("Emergencies", emergencies(dataset)),
    ];
    let accounts = |of: fn(&domain::count::CategoryCounts) -> Accounts| {
        accounts(of(&dataset.total.user_data), dataset.total.user_data.requests)
    };
    facts.extend(accounts(|c| c.specified).map(|t| Definition::new("Accounts specified", t)));
    facts.extend(accounts(|c| c.disclosed).map(|t| Definition::new("Accounts disclosed", t)));
    facts.extend(days_to_decision(dataset).map(|t| Definition::new("Time to decision", t)));
    facts.extend(flow(dataset));
    facts.extend(outside(dataset));
    if let Some(unknown) = place::unknown(dataset) {
        let text = format!("of {} it is not known.", counted(unknown.row.requests(), "request"));
        facts.push(Definition::new("Country", capital(&text)));
    }
    facts
}

fn prohibited(dataset: &Dataset) -> String {
    let asked: Vec<String> = dataset
        .demands
        .iter()
        .filter(|d| d.demand.class() == DemandClass::Prohibited)
        .map(|d| d.demand.label().to_owned())
        .collect();
    let mut kinds: Vec<String> = Vec::new();
    for kind in asked {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match dataset.total.prohibited() {
        0 => {
            "None recorded. Encryption keys, undeclared capabilities and direct access can only be \
              declined."
                .to_owned()
        }
        1 => {
            format!("1 request, for {}. It was declined and is counted in rejected.", list(&kinds))
        }
        n => format!(
            "{} requests, for {}. All were declined and are counted in rejected.",
            count(n),
            list(&kinds)
        ),
    }
}

fn emergencies(dataset: &Dataset) -> String {
    let all = counted(dataset.total.requests(), "request");
    match dataset.total.emergencies() {
        0 => "None recorded.".to_owned(),
        n => {
            let of = Category::ALL.map(|category| {
                let n = dataset.total.of(category).emergencies;
                format!("{} for {}", count(n), asked_for(category))
            });
            let told = paperwork::sentence(dataset.paperwork.as_ref());
            format!("{} of the {all}: {}.{told}", count(n), list(&of))
        }
    }
}

/// "45, recorded on 20 of the 28 requests for user data"; nothing where nothing was recorded.
fn accounts(accounts: Accounts, requests: u64) -> Option<String> {
    let Accounts { accounts, recorded_on } = accounts;
    (recorded_on > 0).then(|| {
        format!(
            "{}, recorded on {} of the {} for user data.",
            count(accounts),
            count(recorded_on),
            counted(requests, "request")
        )
    })
}

/// "4.5 days"
pub(crate) fn half_days(half_days: u64) -> String {
    match (half_days / 2, half_days % 2) {
        (1, 0) => "1 day".to_owned(),
        (days, 0) => format!("{} days", count(days)),
        (days, _) => format!("{}.5 days", count(days)),
    }
}

fn days_to_decision(dataset: &Dataset) -> Option<String> {
    let of = |category, time: &DecisionTime| {
        let median = time.median_half_days?;
        let decisions = counted(time.decided, "decision");
        Some(format!("{} for {} ({decisions})", half_days(median), asked_for(category)))
    };
    let times: Vec<String> = [
        of(Category::UserData, &dataset.user_data_time),
        of(Category::TechnicalExpertise, &dataset.technical_expertise_time),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!times.is_empty()).then(|| format!("Median, from receipt: {}.", list(&times)))
}

fn flow(dataset: &Dataset) -> Option<Definition> {
    let flow = &dataset.flow;
    let text = format!(
        "{} open at the start, and {} received, less {} closed, leaves {} open at the end: \
         {} + {} − {} = {}.",
        count(flow.open_at_start),
        count(flow.received),
        count(flow.closed),
        count(flow.open_at_end),
        count(flow.open_at_start),
        count(flow.received),
        count(flow.closed),
        count(flow.open_at_end)
    );
    let is_empty = flow.open_at_start + flow.received + flow.closed + flow.open_at_end == 0;
    (!is_empty).then(|| Definition::new("Flow", text))
}

fn outside(dataset: &Dataset) -> Option<Definition> {
    let outside = &dataset.outside;
    let mut parts = Vec::new();
    if outside.preservation > 0 {
        let requests = counted(outside.preservation, "request");
        parts.push(format!("{requests} to preserve data and nothing else"));
    }
    if outside.linked > 0 {
        let requests = counted(outside.linked, "request");
        let form = if outside.linked == 1 {
            "renews, amends or duplicates"
        } else {
            "renew, amend or duplicate"
        };
        parts.push(format!("{requests} that {form} another"));
    }
    if let Some(withheld) = outside.withheld {
        parts.push(format!(
            "{} that law or an order forbids to count",
            counted(withheld, "request")
        ));
    }
    (!parts.is_empty())
        .then(|| Definition::new("Outside the sums", format!("{}.", capital(&list(&parts)))))
}
