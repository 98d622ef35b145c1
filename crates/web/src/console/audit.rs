//! The audit trail: of a request as a file to read and one for programs, of a time as tables.

use std::collections::BTreeMap;

use app::{
    About, AccessNotice, Case, CaseEvent, Looked, ReasonedEvent, StoredEvent, Trail, TrailEvent,
    Viewed, Viewing,
};
use askama::Template;
use axum::extract::{Path, RawForm, RawQuery};
use domain::access::Permission;
use domain::id::{Position, Sha256Hash};
use domain::request::{Aspect, Confirmed, Decision, Verdict};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::answer::{Answer, Failure, Viewer, see_other, show};
use super::csv::{Csv, file};
use super::fields::Fields;
use super::no_data::{self, Refers};
use super::page::{self, AuditFile, Fact, Link, TrailDecision, TrailFinding, TrailRow};
use super::people::Names;
use super::{Console, happened, secrecy, words};

/// GET /audit
pub(super) async fn audit(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    viewer.who.may(Permission::ReadTrail)?;
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let ((from, to), fault) = span(&fields, viewer.console.candor.today());
    let file = |text: &str, path: &str, says| AuditFile {
        link: Link::new(text, format!("{path}?from={from}&to={to}")),
        says,
    };
    let mut files = vec![file(
        "All events",
        "/audit/events.csv",
        "Who did what and when, in plain words and without the texts that came with it, each with \
         its place in the order of all events and its leaf of the log. As far as you may read the \
         cases.",
    )];
    if viewer.who.has(Permission::ReadAccessLog) {
        files.push(file(
            "The access log",
            "/audit/viewings.csv",
            "Who opened which request, submission, file or authority, or the list of what is due to \
             be erased, and took which of these files.",
        ));
    }
    let typed = |name: &str, day: Date| match fields.get(name) {
        "" => day.to_string(),
        text => text.to_owned(),
    };
    let (from, to) = (typed("from", from), typed("to", to));
    let notices = viewer.console.candor.access_notices(&viewer.who).await?;
    let access = notices.first().map(|newest| page::Audit::seen(newest.position.0));
    let names = Names::read(&viewer.console).await?;
    let told = notices.iter().map(|notice| access_told(notice, &names, &viewer)).collect();
    let access = access.map(|seen| page::AccessTold { told, seen });
    show(&page::Audit { frame: viewer.frame("/audit"), from, to, fault, files, access })
}

fn access_told(notice: &AccessNotice, names: &Names, viewer: &Viewer) -> page::AccessRow {
    page::AccessRow {
        at: viewer.console.moment(notice.at),
        by: words::who(notice.by, names),
        whose: names.of(notice.whose),
        what: happened::to_person(&notice.event),
    }
}

/// POST /audit/seen
pub(super) async fn seen(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::ReadTrail)?;
    let until = Fields::of(&form).get("until").parse().map_err(|_| Failure::BadForm)?;
    viewer.console.candor.see_access_notices(Position(until), &viewer.who).await?;
    see_other("/audit")
}

/// The days that were chosen; else the present year until today, with what is wrong with a day that
/// was typed.
fn span(fields: &Fields, today: Date) -> ((Date, Date), Option<String>) {
    let day = |name: &str, default| match fields.get(name) {
        "" => Ok(default),
        text => text.parse::<Date>().map_err(|_| text.to_owned()),
    };
    let year = (date(today.year(), 1, 1), today);
    match (day("from", year.0), day("to", year.1)) {
        (Ok(from), Ok(to)) if from <= to => ((from, to), None),
        (Ok(_), Ok(_)) => {
            (year, Some("Error: the first day comes after the last; it is this year".to_owned()))
        }
        (Err(text), _) | (_, Err(text)) => {
            (year, Some(format!("Error: “{text}” is no day, write 2026-01-31; it is this year")))
        }
    }
}

/// GET /audit/events.csv
pub(super) async fn events(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let (console, who) = (&viewer.console, &viewer.who);
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let ((from, to), _) = span(&fields, console.candor.today());
    let trail = console.candor.events_of_time((from, to), who).await?;
    let names = Names::read(console).await?;
    let mut csv = Csv::new(&["event", "at", "who", "about", "name", "kind", "what", "leaf"]);
    for TrailEvent { recorded, about, leaf } in trail {
        let (about, name) = named(&about, &names);
        csv.row(&[
            &recorded.position.to_string(),
            &recorded.at.to_string(),
            &words::who(recorded.actor, &names),
            about,
            &name,
            recorded.event.kind(),
            &what(&recorded, &names, &viewer),
            &leaf.map_or_else(String::new, |leaf| leaf.to_string()),
        ]);
    }
    Ok(csv.into_file(&format!("events-{from}-{to}.csv")))
}

/// GET /audit/viewings.csv
pub(super) async fn viewings(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let console = &viewer.console;
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let ((from, to), _) = span(&fields, console.candor.today());
    let viewings = console.candor.viewings_of_time((from, to), &viewer.who).await?;
    let names = Names::read(console).await?;
    let mut csv = Csv::new(&["at", "who", "what", "name", "sha256"]);
    for one in viewings {
        let (what, name, sha256) = match one.what {
            Looked::Request(name) => ("opened the request", name.to_string(), None),
            Looked::Submission(number) => ("opened the submission", number.to_string(), None),
            Looked::File(number, sha256) => ("opened a file", number.to_string(), Some(sha256)),
            Looked::Trail(name) => ("took the trail of the request", name.to_string(), None),
            Looked::AllEvents => ("took the events of a time", String::new(), None),
            Looked::AccessLog => ("took the access log of a time", String::new(), None),
            Looked::DueList => ("opened what is due to be erased", String::new(), None),
            Looked::Authority(name) => ("opened the authority", name.unwrap_or_default(), None),
        };
        csv.row(&[
            &one.viewing.at.to_string(),
            &names.of(one.viewing.person),
            what,
            &name,
            &sha256.map_or_else(String::new, |sha256| sha256.to_string()),
        ]);
    }
    Ok(csv.into_file(&format!("viewings-{from}-{to}.csv")))
}

fn named(about: &About, names: &Names) -> (&'static str, String) {
    match about {
        About::Request(name) => ("request", name.to_string()),
        About::History(id) => ("imported request", id.to_string()),
        About::Submission(number) => ("submission", number.to_string()),
        About::Person(person) => ("person", names.of(*person)),
        About::Authority(name) => ("authority", name.clone()),
        About::Company => ("company", String::new()),
    }
}

/// An event in plain words, without the texts that came with it.
fn what(recorded: &StoredEvent, names: &Names, viewer: &Viewer) -> String {
    let event =
        CaseEvent { recorded: recorded.clone(), version: 0, texts: BTreeMap::new(), leaf: None };
    happened::what(&event, names, viewer.console.candor.time_zone())
}

/// GET /requests/{name}/audit.html
pub(super) async fn trail(viewer: Viewer, Path(name): Path<String>) -> Answer {
    let read = name.parse().map_err(|_| Failure::Missing)?;
    let trail = viewer.console.candor.trail(read, &viewer.who).await?;
    let names = Names::read(&viewer.console).await?;
    let page = page_of(&trail, &names, &viewer)?;
    let html = page.render().map_err(|_| app::Error::Worker)?;
    Ok(file(html, "text/html; charset=utf-8", &format!("audit-{name}.html")))
}

/// GET /requests/{name}/audit.json
pub(super) async fn trail_json(viewer: Viewer, Path(name): Path<String>) -> Answer {
    let read = name.parse().map_err(|_| Failure::Missing)?;
    let trail = viewer.console.candor.trail(read, &viewer.who).await?;
    let names = Names::read(&viewer.console).await?;
    let told = json_of(&trail, &names, &viewer);
    let text = serde_json::to_string_pretty(&told).map_err(|_| app::Error::Worker)?;
    Ok(file(text, "application/json", &format!("audit-{name}.json")))
}

fn page_of(trail: &Trail, names: &Names, viewer: &Viewer) -> Result<page::Trail, Failure> {
    let (case, console) = (&trail.case, &viewer.console);
    let zone = console.candor.time_zone();
    let row = |event: &CaseEvent| {
        let what = happened::what(event, names, zone);
        let texts = event.texts.iter().filter(|(_, text)| !what.contains(*text));
        TrailRow {
            texts: texts.map(|(name, text)| Fact::new(term(name), text)).collect(),
            what,
            ..row_of(&event.recorded, event.leaf, names, viewer)
        }
    };
    let of_submission = |(event, leaf): &(ReasonedEvent, Option<u64>)| TrailRow {
        what: what(&event.recorded, names, viewer),
        texts: event.reason.iter().map(|reason| Fact::new("Reason", reason)).collect(),
        ..row_of(&event.recorded, *leaf, names, viewer)
    };
    let viewing = |viewing: &Viewing| TrailRow {
        position: String::new(),
        at: console.moment(viewing.at),
        who: names.of(viewing.person),
        what: looked(viewing.what, trail),
        texts: Vec::new(),
        sealed: String::new(),
    };
    Ok(page::Trail {
        publisher: console.candor.config.publisher.name.clone(),
        number: case.row.name.to_string(),
        made: made(trail.made_at, viewer),
        marks: secrecy::marks(case.row.seen_by, Some(case.row.publication)),
        log: vec![
            Fact::new("Log", &trail.log.origin),
            Fact::new("Leaves then", trail.log.size.to_string()),
            Fact::new("Root hash then", &trail.log.root),
        ],
        facts: facts(trail, viewer)?,
        findings: findings(trail, names, viewer)?,
        decisions: {
            let decisions = case.handled.decisions.iter();
            decisions.map(|one| decision(one, case, (console, names))).collect()
        },
        files: case
            .files
            .iter()
            .map(|file| {
                let told = format!("{}, SHA-256 {}", words::size(file.size_bytes), file.sha256);
                Fact::new(inspect::shown(&file.name), told)
            })
            .collect(),
        events: case.events.iter().map(row).collect(),
        submission: trail.submission.iter().map(of_submission).collect(),
        viewings: trail.viewings.as_ref().map(|all| all.iter().map(viewing).collect()),
        zone: console.zone(),
    })
}

fn made(at: Timestamp, viewer: &Viewer) -> String {
    format!(
        "Made for {} on {} ({at}); it holds what they may read, and that they took it is in the \
         access log.",
        viewer.who.name,
        viewer.console.moment(at)
    )
}

fn row_of(recorded: &StoredEvent, leaf: Option<u64>, names: &Names, viewer: &Viewer) -> TrailRow {
    TrailRow {
        position: recorded.position.to_string(),
        at: viewer.console.moment(recorded.at),
        who: words::who(recorded.actor, names),
        what: String::new(),
        texts: Vec::new(),
        sealed: match leaf {
            Some(leaf) => format!("leaf {leaf}"),
            None => "chain of events".to_owned(),
        },
    }
}

/// "Instrument reference"
fn term(name: &str) -> String {
    words::sentence(&name.replace('_', " "))
}

fn facts(trail: &Trail, viewer: &Viewer) -> Result<Vec<Fact>, Failure> {
    let (case, asked) = (&trail.case, &trail.case.handled.registration);
    let law = viewer.console.candor.profiles()?.instrument(&asked.instrument);
    let instrument = law.map_or_else(|| asked.instrument.to_string(), |law| law.label.clone());
    let mut facts = vec![
        Fact::new("Received on", words::day(asked.received_on)),
        Fact::new("Arrived by", words::channel(case.submission.channel)),
        Fact::new("Authority", &case.authority.name),
        Fact::new("Country", asked.country.name()),
        Fact::new("Officer", &case.officer.name),
        Fact::new("Officer’s contact, as the letter gives it", &case.officer.contact),
        Fact::new("Category", words::category(asked.category).word()),
        Fact::new("Asks for", words::demands(asked.demands)),
        Fact::new("Instrument", instrument),
        Fact::new(
            "Emergency",
            match asked.urgency {
                domain::fact::Urgency::Emergency => "yes",
                domain::fact::Urgency::Ordinary => "no",
            },
        ),
        Fact::new("Stands as", case.handled.stage.kind().words()),
    ];
    facts.retain(|fact| !fact.text.is_empty());
    Ok(facts)
}

fn findings(trail: &Trail, names: &Names, viewer: &Viewer) -> Result<Vec<TrailFinding>, Failure> {
    let profiles = viewer.console.candor.profiles()?;
    let told = Aspect::ALL.into_iter().filter_map(|aspect| {
        let finding = trail.case.handled.findings.get(aspect)?;
        let elements = finding.checked.iter().map(|code| match profiles.element(code) {
            Some(element) => format!("{code}: {} ({})", element.text, element.citation),
            None => code.to_string(),
        });
        Some(TrailFinding {
            about: words::aspect(aspect),
            verdict: verdict(finding.verdict),
            by: names.of(finding.by),
            rule: finding.rule.to_string(),
            elements: elements.collect(),
        })
    });
    Ok(told.collect())
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Stands => "stands".to_owned(),
        Verdict::StandsFor { transfer } => {
            format!("stands, and may go there: {}", words::transfer(transfer))
        }
        Verdict::DoesNotStand { defects } => format!("does not stand: {}", words::defects(defects)),
        Verdict::Owed { until, .. } => format!("is owed by {}", words::day(until)),
    }
}

fn decision(one: &Decision, case: &Case, (console, names): (&Console, &Names)) -> TrailDecision {
    let is_no_data = no_data::is_no_data(case.handled.registration.category, one.outcome);
    TrailDecision {
        held_against: match is_no_data.then(|| no_data::refers(case, one.inventory, console)) {
            Some(Refers::To(lines)) => lines,
            Some(Refers::ToNothing(text)) => vec![text],
            None => Vec::new(),
        },
        on: words::day(one.decided_on),
        outcome: words::outcome(one.outcome),
        how: match one.confirmed {
            Confirmed::By { proposed_by, confirmed_by } => format!(
                "proposed by {}, confirmed by {}",
                names.of(proposed_by),
                names.of(confirmed_by)
            ),
            Confirmed::ByRule => "by rule".to_owned(),
        },
    }
}

fn looked(what: Viewed, trail: &Trail) -> String {
    match what {
        Viewed::Request(_) => "opened the request".to_owned(),
        Viewed::Submission(_) => "opened the submission".to_owned(),
        Viewed::File(_, sha256) => format!("opened {}", name_of(sha256, trail)),
        Viewed::Trail(_) => "took its trail".to_owned(),
        Viewed::AllEvents | Viewed::AccessLog => "took what happened in a time".to_owned(),
        Viewed::DueList => "opened what is due to be erased".to_owned(),
        Viewed::Authority(_) => "opened the authority".to_owned(),
    }
}

fn name_of(sha256: Sha256Hash, trail: &Trail) -> &str {
    let known = trail.case.files.iter().find(|file| file.sha256 == sha256);
    known.map_or("a file", |file| file.name.as_str())
}

/// The same for programs: every event as it is stored, with its words and the texts that came with
/// it.
fn json_of(trail: &Trail, names: &Names, viewer: &Viewer) -> Value {
    let (case, zone) = (&trail.case, viewer.console.candor.time_zone());
    let of_request = |event: &CaseEvent| {
        let mut told = event_json(&event.recorded, event.leaf, names);
        told["what"] = happened::what(event, names, zone).into();
        told["texts"] = json!(event.texts);
        told
    };
    let of_submission = |(event, leaf): &(ReasonedEvent, Option<u64>)| {
        let mut told = event_json(&event.recorded, *leaf, names);
        told["what"] = what(&event.recorded, names, viewer).into();
        told["texts"] = json!(event.reason.as_ref().map(|reason| json!({ "reason": reason })));
        told
    };
    let viewing = |one: &Viewing| {
        json!({
            "at": one.at.to_string(),
            "who": names.of(one.person),
            "what": looked(one.what, trail),
        })
    };
    let file = |file: &app::Attachment| json!({ "name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256 });
    json!({
        "format": 1,
        "publisher": viewer.console.candor.config.publisher.name,
        "request": case.row.name.to_string(),
        "id": case.row.request,
        "made_at": trail.made_at.to_string(),
        "made_for": viewer.who.name.as_str(),
        "log": {
            "origin": trail.log.origin, "leaves": trail.log.size, "root": trail.log.root,
        },
        "authority": case.authority.name,
        "officer": { "name": case.officer.name, "contact": case.officer.contact },
        "events": case.events.iter().map(of_request).collect::<Vec<_>>(),
        "submission": {
            "number": case.row.name.submission.to_string(),
            "id": case.row.submission,
            "events": trail.submission.iter().map(of_submission).collect::<Vec<_>>(),
            "files": case.files.iter().map(file).collect::<Vec<_>>(),
        },
        "viewings": trail.viewings.as_ref().map(|all| all.iter().map(viewing).collect::<Vec<_>>()),
    })
}

fn event_json(recorded: &StoredEvent, leaf: Option<u64>, names: &Names) -> Value {
    json!({
        "position": recorded.position,
        "at": recorded.at.to_string(),
        "who": words::who(recorded.actor, names),
        "actor": recorded.actor,
        "event": recorded.event,
        "leaf": leaf,
    })
}
