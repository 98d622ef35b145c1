//! The list of requests, in order of what is due.

use app::{CaseRow, Cases};
use axum::extract::RawQuery;
use domain::Category;
use domain::access::Permission;
use domain::id::Actor;
use domain::request::StageKind;

use super::answer::{Answer, Viewer, see_other, show};
use super::fields::Fields;
use super::page::{self, Choice, Due, Filter, Item, Link, Urgency};
use super::people::Names;
use super::time::Present;
use super::{Console, secrecy, words};

/// Lines on one page.
const ITEMS_MAX: usize = 100;

pub(super) async fn queue(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let reads = |category| viewer.who.has(Permission::ReadCases(category));
    if !Category::ALL.into_iter().any(reads) {
        // Who reads no request begins where their own work is.
        let place = viewer.frame("").nav.into_iter().next();
        return see_other(place.as_ref().map_or("/me", |place| place.href.as_str()));
    }
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let which = match fields.get("state") {
        "closed" | "withdrawn" => Cases::Finished,
        _ => Cases::Open,
    };
    let (candor, q) = (&viewer.console.candor, fields.get("q"));
    let mut list = candor.cases(which, q, &viewer.who).await?;
    // Who looks for one may have one in mind that is closed.
    if !q.is_empty() && which == Cases::Open {
        list.cases.extend(candor.cases(Cases::Finished, "", &viewer.who).await?.cases);
    }
    let names = Names::read(&viewer.console).await?;
    let sentence = match which {
        Cases::Finished => finished(&list.cases),
        _ => sentence(&list.cases, &names, &viewer),
    };
    let authority =
        |case: &CaseRow| list.authorities.get(&case.authority).map_or("", |a| a.name.as_str());
    let shown: Vec<_> = list
        .cases
        .iter()
        .filter(|case| {
            list.with_reference.contains(&case.request)
                || is_found(case, authority(case), &fields.get("q").to_lowercase())
        })
        .filter(|case| is_wanted(case, &fields, &names, &viewer))
        .collect();
    let from: usize = fields.get("from").parse().unwrap_or(0);
    let more = (shown.len() > from + ITEMS_MAX).then(|| {
        Link::new("Later requests", format!("/?{}", next_page(&fields, from + ITEMS_MAX)))
    });
    let items = shown.into_iter().skip(from).take(ITEMS_MAX);
    let items = items.map(|case| item(case, authority(case), &names, &viewer));
    show(&page::Queue {
        frame: viewer.frame("/"),
        sentence,
        filter: Filter::new(states()).keep(fields.sent()),
        items: items.collect(),
        empty: match which {
            Cases::Finished => "No request is closed or withdrawn here.".to_owned(),
            _ => "No request is open here.".to_owned(),
        },
        more,
    })
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

fn next_page(fields: &Fields, from: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.sent().iter().filter(|(name, _)| name != "from") {
        query.append_pair(name, value);
    }
    query.append_pair("from", &from.to_string()).finish()
}

fn states() -> Vec<Choice> {
    let choice = |stage: StageKind| Choice::new(stage.code(), words::sentence(stage.words()));
    StageKind::ALL.into_iter().map(choice).collect()
}

/// A search looks at numbers, authorities and countries.
fn is_found(case: &CaseRow, authority: &str, q: &str) -> bool {
    case.name.to_string().starts_with(q)
        || authority.to_lowercase().contains(q)
        || case.country.name().to_lowercase().contains(q)
}

/// What is chosen in the filter.
fn is_wanted(case: &CaseRow, fields: &Fields, names: &Names, viewer: &Viewer) -> bool {
    let is_whose = match fields.get("whose") {
        "mine" => case.assigned_to == Some(viewer.who.person),
        "waits_for_me" => words::waits_for(case, names, &viewer.who),
        _ => true,
    };
    let is =
        |name: &str, code: &str| matches!(fields.get(name), "" | "all") || fields.get(name) == code;
    is_whose && is("state", case.stage.code()) && is("category", case.category.code())
}

fn sentence(cases: &[CaseRow], names: &Names, viewer: &Viewer) -> String {
    let present = viewer.console.present();
    let open: Vec<_> =
        cases.iter().filter(|case| case.next.is_some() || is_waiting(case)).collect();
    let for_me = open.iter().filter(|case| words::waits_for(case, names, &viewer.who)).count();
    let is_overdue = |due: Due| due.urgency == Urgency::Overdue;
    let overdue = open.iter().filter(|case| due(case, present).is_some_and(is_overdue)).count();
    format!(
        "{} {} open, {for_me} {} for you, {overdue} {} overdue.",
        words::counted(open.len(), "request", "requests"),
        verb(open.len(), "is", "are"),
        verb(for_me, "waits", "wait"),
        verb(overdue, "is", "are"),
    )
}

/// Of the list of those on which nobody acts any more.
fn finished(cases: &[CaseRow]) -> String {
    format!(
        "{} {} closed or withdrawn.",
        words::counted(cases.len(), "request", "requests"),
        verb(cases.len(), "is", "are"),
    )
}

fn verb(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

fn is_waiting(case: &CaseRow) -> bool {
    matches!(case.stage, StageKind::ClarificationAsked | StageKind::Challenged)
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
