//! `report.json` and its schema. The types here are the file's own: a change in the domain's types
//! changes no file without anyone noticing.

mod bands;
mod numbers;
mod paperwork;

use domain::Period;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::bands::Bands;
use self::paperwork::Paperwork;
use crate::{Edition, IndexEntry};

/// Raised when a reader of the file would have to change.
const VERSION: u32 = 1;

/// The JSON Schema (2020-12) of `report.json`.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Report).to_value();
    unwrap_descriptions(&mut schema);
    pretty(&schema)
}

/// Descriptions are doc comments, whose lines end where our source's do: joins them again.
fn unwrap_descriptions(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                match member {
                    serde_json::Value::String(text) if name == "description" => {
                        let paragraphs: Vec<String> =
                            text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect();
                        *text = paragraphs.join("\n\n");
                    }
                    member => unwrap_descriptions(member),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(unwrap_descriptions),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

pub(crate) fn report(edition: &Edition) -> Vec<u8> {
    pretty(&Report::from(edition)).into_bytes()
}

/// What the list of editions says of the edition whose `report.json` this is, or why it is none.
pub fn index_entry(file: &[u8]) -> Result<IndexEntry, String> {
    let report: Report =
        serde_json::from_slice(file).map_err(|error| format!("is no report of candor: {error}"))?;
    let period = report.numbers.period.code.parse::<Period>().map_err(|error| error.to_string())?;
    let (is_draft, revision) = match report.status {
        Edited::Draft { .. } => (true, 0),
        Edited::Published { revision, .. } => (false, revision),
    };
    Ok(IndexEntry {
        period,
        is_draft,
        revision,
        requests: report.numbers.total.requests,
        countries: report.numbers.countries.len(),
    })
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("all keys are strings");
    text.push('\n');
    text
}

/// Every number of one period's report on requests from governments and law enforcement.
///
/// Counts are whole numbers of requests unless said otherwise. A request belongs to the period in
/// which it was received and stands with the outcome that it had at the cutoff. In each category,
/// requests = approved + rejected + open + withdrawn; the rows of the countries add up to the
/// total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Report on requests from governments and law enforcement")]
struct Report {
    /// The schema of this file, relative to it.
    #[serde(rename = "$schema")]
    schema: String,
    /// Version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    publisher: Publisher,
    status: Edited,
    provenance: Provenance,
    /// The numbers of the reported period.
    numbers: Numbers,
    /// Earlier periods counted by the same rules, oldest first, to compare with. Requests may be
    /// added across periods that do not overlap; countries may not.
    earlier: Vec<Numbers>,
    /// Figures that the publisher made public outside this counting. No request stands behind them
    /// here, and none of them is part of `numbers` or `earlier`.
    published_figures: Vec<Figure>,
}

/// Who publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Publisher {
    name: String,
    /// A line that stands above every page of the report.
    notice: Option<String>,
}

/// Whether the report stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "state", rename_all = "snake_case")]
#[schemars(rename = "Status")]
enum Edited {
    /// Not published: the numbers may still change.
    Draft {
        #[schemars(extend("format" = "date"))]
        compiled_on: String,
    },
    /// Published and frozen.
    Published {
        /// Counted from 0; each correction adds one.
        revision: u32,
        #[schemars(extend("format" = "date"))]
        published_on: String,
        /// One for each revision after the first, oldest first.
        corrections: Vec<Correction>,
    },
}

/// Why a revision followed another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Correction {
    revision: u32,
    #[schemars(extend("format" = "date"))]
    published_on: String,
    reason: String,
}

/// Where the counted requests come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Provenance {
    /// Position of the last event that the numbers know of; null for a draft made from a
    /// spreadsheet.
    cutoff: Option<i64>,
    /// Requests of the period that were imported as history instead of handled as they came.
    imported: u64,
    /// The day of the last such import.
    #[schemars(extend("format" = "date"))]
    imported_on: Option<String>,
    /// The log in which the requests are sealed, as it stood when the edition was compiled; null
    /// for a draft made from a spreadsheet.
    log: Option<SealedLog>,
}

/// An append-only log that is published beside the editions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SealedLog {
    /// The log's name, the first line of its checkpoints.
    origin: String,
    leaves: u64,
}

/// A span of days, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Span {
    /// `2020`, `2021-H1`, `2021-Q2` or `2021-01-15/2021-03-31`.
    code: String,
    /// The period in English.
    label: String,
    #[schemars(extend("format" = "date"))]
    first_day: String,
    #[schemars(extend("format" = "date"))]
    last_day: String,
}

/// All numbers of one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Numbers {
    period: Span,
    /// All countries together.
    total: Row,
    /// Countries with a request in the period, by English name.
    countries: Vec<CountryRow>,
    /// Kinds of demand that occur. A request may hold several, so they do not add up to requests.
    demands: Vec<DemandCount>,
    decision_time: Times,
    flow: Flow,
    outside: Outside,
    /// Left out where the period has no emergency, and in numbers from before it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paperwork: Option<Paperwork>,
    /// Left out where the publisher tells nothing in bands, and for periods of which the law does
    /// not let it be told so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bands: Option<Bands>,
}

/// One country, or body that is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CountryRow {
    /// ISO 3166-1 alpha-2; XK Kosovo, EU and UN as reserved there, QM INTERPOL, QN Europol,
    /// QO Eurojust, QP International Criminal Court, ZZ unknown.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: String,
    /// English name (Unicode CLDR).
    country_name: String,
    numbers: Row,
}

/// Both categories together, then each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Row {
    requests: u64,
    approved: u64,
    approved_pct: Percentage,
    rejected: u64,
    rejected_pct: Percentage,
    /// Undecided, under challenge or under appeal at the cutoff.
    open: u64,
    withdrawn: u64,
    /// Of the rejected, those for encryption keys, undeclared capabilities or direct access.
    prohibited: u64,
    emergencies: u64,
    user_data: CategoryCounts,
    technical_expertise: CategoryCounts,
}

/// A whole percentage of the row's requests, both categories together, rounded half up; of nothing
/// it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Percentage(#[schemars(range(max = 100))] u64);

/// The requests of one category in one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CategoryCounts {
    requests: u64,
    /// In full or in part.
    approved: u64,
    approved_pct: Percentage,
    /// Of the approved, those for a part of what was asked.
    approved_in_part: u64,
    /// On any ground; the sum of the four in `grounds`.
    rejected: u64,
    rejected_pct: Percentage,
    grounds: Grounds,
    /// Undecided, under challenge or under appeal at the cutoff.
    open: u64,
    withdrawn: u64,
    /// Of all requests of the category, those sent as an emergency.
    emergencies: u64,
    /// Accounts that the requests name.
    accounts_specified: Accounts,
    /// Accounts of which something was disclosed.
    accounts_disclosed: Accounts,
}

/// Why requests were rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Grounds {
    /// The company holds no such data.
    no_data: u64,
    /// Officer, instrument or scope did not stand.
    legal_requirements: u64,
    /// Asked for encryption keys, undeclared capabilities or direct access.
    prohibited: u64,
    /// History whose source gives no ground.
    not_stated: u64,
}

/// Accounts, which a source may not have recorded on every request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Accounts {
    /// Number of accounts.
    accounts: u64,
    /// On how many requests the number was recorded. Where this is 0, `accounts` says nothing.
    recorded_on: u64,
}

/// How often a kind of demand occurs in requests of a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DemandCount {
    /// Code of the kind, such as `registration` or `indicators`.
    demand: String,
    /// The kind in English.
    label: String,
    category: CategoryCode,
    /// Whether it is a demand that can only be declined.
    prohibited: bool,
    /// Requests that hold it.
    requests: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CategoryCode {
    UserData,
    TechnicalExpertise,
}

/// How long decisions took, by category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Times {
    user_data: Time,
    technical_expertise: Time,
}

/// Days from receipt to decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Time {
    /// Requests approved or rejected.
    decided: u64,
    /// Median in days; a half where it lies between two days; null where nothing was decided.
    #[schemars(range(min = 0), extend("multipleOf" = 0.5))]
    median_days: Option<f64>,
}

/// Requests by the day on which something happened, whatever the day of receipt: open_at_start +
/// received - closed = open_at_end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Flow {
    /// Received before the period and not settled before it.
    open_at_start: u64,
    /// Received within the period.
    received: u64,
    /// Decided or withdrawn within the period.
    closed: u64,
    /// Received by the last day and not settled by it.
    open_at_end: u64,
}

/// Requests that stand outside the sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Outside {
    /// Asking to preserve and for nothing else.
    preservation: u64,
    /// Renewing, amending or duplicating another request.
    linked: u64,
    /// Forbidden by law or order to be counted yet. Left out where there is none, and where not
    /// even their number may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withheld: Option<u64>,
}

/// A figure as the publisher made it public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Figure {
    period: Span,
    /// Code of the country; null for all together.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: Option<String>,
    country_name: Option<String>,
    /// Code of what is counted, such as `user_requests`.
    measure: String,
    /// What is counted, in English.
    label: String,
    value: FigureValue,
    /// Always false: it was published as a number and can't be counted again.
    #[schemars(extend("const" = false))]
    backed_by_requests: bool,
}

/// A value as it was published.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
enum FigureValue {
    Exact {
        count: u64,
    },
    /// Between two numbers, both included.
    Band {
        low: u64,
        high: u64,
    },
    /// Published as withheld.
    Withheld,
    /// Published as not applicable.
    NotApplicable,
}

#[cfg(test)]
mod tests {
    use domain::count::Tally;
    use domain::fact::{Counted, Paperwork, Urgency};
    use domain::figure::{Measure, PublishedFigure, Value};
    use domain::{Category, Country, Demand, DemandSet, Fact, Standing};
    use jiff::civil::date;

    use super::*;
    use crate::Status;

    fn edition() -> Edition {
        let period = Period::year(2021);
        let fact = Fact {
            received_on: date(2021, 3, 1),
            country: Country::from_code("FR").expect("a code"),
            category: Category::UserData,
            demands: DemandSet::from_iter([Demand::Registration]),
            urgency: Urgency::Emergency,
            standing: Standing::ApprovedInPart,
            settled_on: Some(date(2021, 3, 3)),
            counted: Counted::InSum,
            accounts_specified: Some(2),
            accounts_disclosed: None,
            paperwork: Paperwork::NotOwed,
        };
        let mut tally = Tally::new(period);
        tally.add(&fact);
        tally.add(&Fact { settled_on: Some(date(2021, 3, 4)), ..fact });
        let figure = |value| PublishedFigure {
            period,
            country: None,
            measure: Measure::UserRequests,
            value,
        };
        Edition {
            publisher: crate::Publisher {
                name: "Example publisher".to_owned(),
                notice: None,
                principles: String::new(),
            },
            status: Status::Draft { compiled_on: date(2022, 1, 2) },
            dataset: domain::count(tally).expect("adds up"),
            earlier: Vec::new(),
            figures: vec![
                figure(Value::Exact(7)),
                figure(Value::Band { low: 0, high: 499 }),
                figure(Value::Withheld),
                figure(Value::NotApplicable),
            ],
            provenance: crate::Provenance {
                cutoff: None,
                imported: 0,
                imported_on: None,
                log: Some(crate::SealedLog { origin: "example.com/log".to_owned(), leaves: 7 }),
            },
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let edition = edition();
        let read: Report = serde_json::from_slice(&report(&edition)).expect("is read");
        assert_eq!(read, Report::from(&edition));
        assert_eq!(read.numbers.decision_time.user_data.median_days, Some(2.5));
        assert_eq!(read.numbers.total.approved_pct, Percentage(100));
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let text = String::from_utf8(report(&edition())).expect("UTF-8");
        let text = text.replacen("\"version\"", "\"verse\": 1,\n  \"version\"", 1);
        let refused = serde_json::from_str::<Report>(&text).expect_err("is refused").to_string();
        assert!(refused.starts_with("unknown field `verse`"), "{refused}");
    }

    #[test]
    fn descriptions_in_the_schema_run_on() {
        let schema = schema();
        assert!(schema.contains("A request belongs to the period in which it was received"));
        assert!(!schema.contains("\"$ref\": \"#/$defs/Edited\""));
    }
}
