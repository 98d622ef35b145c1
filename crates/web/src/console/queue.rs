//! The list of requests, in order of what is due.

use app::{AssignedTo, CaseRow, Queue, QueueCounts, QueueFilter, QueueTime, Whose};
use axum::extract::RawQuery;
use domain::access::Permission;
use domain::id::{Actor, PersonId};
use domain::instrument::Instrument;
use domain::request::StageKind;
use domain::{Category, Country};

use super::answer::{Answer, Failure, Viewer, see_other, show};
use super::deadlines::later;
use super::fields::Fields;
use super::page::{self, Choice, Choices, Due, Filter, Item, Link, Shown, Urgency};
use super::people::Names;
use super::time::Present;
use super::{Console, secrecy, words};

pub(super) async fn queue(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let reads = |category| viewer.who.has(Permission::ReadCases(category));
    if !Category::ALL.into_iter().any(reads) {
        // Who reads no request begins where their own work is.
        let place = viewer.frame("").nav.into_iter().next();
        return see_other(place.as_ref().map_or("/me", |place| place.href.as_str()));
    }
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let filter = filter(&fields);
    let names = Names::read(&viewer.console).await?;
    let list = viewer.console.candor.queue(&filter, names.people(), &viewer.who).await?;
    let item = |case: &CaseRow| {
        let authority = list.authorities.get(&case.authority).map_or("", |a| a.name.as_str());
        item(case, authority, &names, &viewer)
    };
    let sought = match viewer.who.has(Permission::ReadAuthorities) {
        true => page::Sought::OfficersToo,
        false => page::Sought::NoOfficers,
    };
    show(&page::Queue {
        frame: viewer.frame("/"),
        sentence: sentence(list.counts, &filter),
        filter: Filter::new(choices(&list, &names, &viewer)?, sought).keep(fields.sent()),
        items: list.cases.iter().map(item).collect(),
        empty: empty(&filter, sought),
        shown: shown(&list, &fields),
    })
}

fn filter(fields: &Fields) -> QueueFilter<'_> {
    QueueFilter {
        text: fields.get("q"),
        stage: StageKind::from_code(fields.get("state")).ok(),
        category: fields.get("category").parse().ok(),
        whose: match fields.get("whose") {
            "mine" => Whose::Mine,
            "waits_for_me" => Whose::WaitsForMe,
            _ => Whose::All,
        },
        country: Country::from_code(fields.get("country")),
        instrument: Some(fields.get("instrument")).filter(|code| !code.is_empty()),
        assigned: match fields.get("assigned") {
            "nobody" => Some(AssignedTo::Nobody),
            id => id.parse().ok().map(|id| AssignedTo::Person(PersonId(id))),
        },
        urgency: match fields.get("urgency") {
            "emergency" => Some(domain::fact::Urgency::Emergency),
            "ordinary" => Some(domain::fact::Urgency::Ordinary),
            _ => None,
        },
        time: match fields.get("time") {
            "overdue" => Some(QueueTime::Overdue),
            "undated" => Some(QueueTime::Undated),
            _ => None,
        },
        after: fields.get("after").parse().ok(),
    }
}

/// What there is to choose from: of what the viewer sees, and of the people who can sign in.
fn choices(list: &Queue, names: &Names, viewer: &Viewer) -> Result<Choices, Failure> {
    let profiles = viewer.console.candor.profiles()?;
    let country = |of: &Country| Choice::new(of.code(), of.name());
    let instrument = |of: &std::sync::Arc<Instrument>| {
        let law = profiles.instrument(of);
        Choice::new(of.as_str(), law.map_or(of.as_str(), |law| law.label.as_str()))
    };
    let person = |known: &app::Person| Choice::new(known.id.to_string(), known.name.to_string());
    let mut countries: Vec<_> = list.countries.iter().map(country).collect();
    let mut instruments: Vec<_> = list.instruments.iter().map(instrument).collect();
    for choices in [&mut countries, &mut instruments] {
        choices.sort_by(|one, other| one.label.cmp(&other.label));
    }
    let nobody = [Choice::new("nobody", "Nobody")].into_iter();
    let people = nobody.chain(names.active().map(person)).collect();
    Ok(Choices { states: states(), countries, instruments, people })
}

fn shown(list: &Queue, fields: &Fields) -> Shown {
    Shown {
        part: words::part(list.before, list.cases.len(), list.found),
        // A page that ended with the last request may be followed by none.
        first: (list.before > 0)
            .then(|| Link::new("From the beginning", from_beginning(fields, "/"))),
        more: list.next.map(|place| {
            Link::new("Later requests", format!("/?{}", later(fields, &place.to_string())))
        }),
    }
}

/// The list that is chosen, from its beginning.
pub(super) fn from_beginning(fields: &Fields, path: &str) -> String {
    let chosen = fields.sent().iter().filter(|(name, _)| name != "after");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(chosen).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A request as lists show it.
pub(super) fn item(case: &CaseRow, authority: &str, names: &Names, viewer: &Viewer) -> Item {
    Item {
        number: case.name.to_string(),
        href: format!("/requests/{}", case.name),
        mark: words::mark(case),
        authority: authority.to_owned(),
        country: case.country.name().to_owned(),
        asks: words::demands(case.demands),
        emergency: case.urgency == domain::fact::Urgency::Emergency,
        marks: secrecy::marks(case.seen_by, Some(case.publication)),
        state: words::state(case),
        turn: words::turn(case, names, &viewer.who),
        due: due(case, viewer.console.present()),
        assigned: case.assigned_to.map(|person| words::who(Actor::Person(person), names)),
    }
}

fn states() -> Vec<Choice> {
    let choice = |stage: StageKind| Choice::new(stage.code(), words::sentence(stage.words()));
    StageKind::ALL.into_iter().map(choice).collect()
}

/// How much there is of what is chosen: of those on which nobody acts any more, or of the others.
fn sentence(counts: QueueCounts, filter: &QueueFilter<'_>) -> String {
    let QueueCounts { open, for_me, overdue, finished } = counts;
    match filter.stage {
        Some(StageKind::Closed | StageKind::Withdrawn) => format!(
            "{} {} closed or withdrawn.",
            words::counted(finished, "request", "requests"),
            verb(finished, "is", "are"),
        ),
        Some(_) | None => format!(
            "{} {} open, {for_me} {} for you, {overdue} {} overdue.",
            words::counted(open, "request", "requests"),
            verb(open, "is", "are"),
            verb(for_me, "waits", "wait"),
            verb(overdue, "is", "are"),
        ),
    }
}

fn empty(filter: &QueueFilter<'_>, sought: page::Sought) -> String {
    match (filter.text, filter.stage) {
        ("", Some(StageKind::Closed | StageKind::Withdrawn)) => {
            "No request is closed or withdrawn here.".to_owned()
        }
        ("", Some(_) | None) => "No request is open here.".to_owned(),
        (_, _) => {
            format!("No request that you may see has this as {} or country.", sought.by())
        }
    }
}

fn verb(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// Until when an answer is due. Once there is one, nothing is.
pub(super) fn due(case: &CaseRow, present: Present<'_>) -> Option<Due> {
    let due = domain::deadline::Due { on: case.due_on?, at: case.due_at };
    match case.stage {
        StageKind::Answered | StageKind::Closed | StageKind::Withdrawn => return None,
        // The clock stands still until the officer has answered.
        StageKind::ClarificationAsked => {
            let words = "stopped".to_owned();
            return Some(Due { urgency: Urgency::Calm, words, on: present.on(due) });
        }
        StageKind::Received
        | StageKind::InVerification
        | StageKind::Verified
        | StageKind::Proposed
        | StageKind::Decided
        | StageKind::Prepared
        | StageKind::Challenged => {}
    }
    Some(present.due(due))
}

impl Console {
    /// The log's time zone by its name.
    pub(super) fn zone(&self) -> String {
        self.candor.time_zone().iana_name().unwrap_or("UTC").to_owned()
    }

    /// A moment in the log's time zone, in words.
    pub(super) fn moment(&self, at: jiff::Timestamp) -> String {
        words::moment(at, self.candor.time_zone())
    }
}
