//! What is due to be erased, legal holds, and how long submissions are kept.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use app::{
    DueEntry, DueList, ErasedDue, Error, HeldSubmission, HoldTold, KeptFor, NewPeriods, PartTold,
    Periods, Rest, SeenDue, SubmissionNumber,
};
use axum::extract::{RawForm, RawQuery};
use axum::http::StatusCode;
use domain::access::Permission;
use domain::hold::HoldRefusal;
use domain::id::{Actor, HoldId, Position};
use domain::retention::{HeldBack, Months, Retention, RetentionClass};

use super::answer::{Answer, Failure, Viewer, see_other, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fault, Form, Link};
use super::people::Names;
use super::{secrecy, words};

/// What was sent and is shown again.
#[derive(Default)]
struct Sent<'a> {
    /// The form, by its id; none where nothing is wrong with one.
    form: String,
    fields: Option<&'a Fields>,
    faults: Vec<Fault>,
    erased: Option<ErasedDue>,
}

impl Sent<'_> {
    fn mend(&self, form: Form) -> Form {
        match self.fields {
            Some(fields) if form.id == self.form => form.keep(fields.sent()).faulted(&self.faults),
            Some(_) | None => form,
        }
    }
}

/// GET /retention: `number` is put into the form of a hold; `erased` and `done` say what was done.
pub(super) async fn retention(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let number = fields.get("number").parse::<SubmissionNumber>().ok();
    let done = match (fields.get("erased").parse::<usize>(), fields.get("done")) {
        (Ok(n), _) => Some(erased(n)),
        (Err(_), "placed") => Some("The hold stands.".to_owned()),
        (Err(_), "lifted") => Some("The hold is lifted.".to_owned()),
        (Err(_), _) => None,
    };
    let list = viewer.console.candor.open_due(&viewer.who).await?;
    page_of(&viewer, &list, (number, done), Sent::default()).await
}

fn erased(n: usize) -> String {
    format!("{} erased.", words::counted(n, "submission was", "submissions were"))
}

/// POST /retention/erase
pub(super) async fn erase(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::EraseDue)?;
    let fields = Fields::of(&form);
    let seen: Option<Vec<_>> = fields.all("erase").map(seen_due).collect();
    let seen = seen.ok_or(Failure::BadForm)?;
    if seen.is_empty() {
        let faults = vec![Fault::new("erase", "Choose at least one")];
        let sent = Sent { form: "erase".to_owned(), fields: Some(&fields), faults, erased: None };
        return drawn(&viewer, (None, None), sent).await;
    }
    let rules = Reading::new(&fields).parsed("rules", "").ok_or(Failure::BadForm)?;
    let done = viewer.console.candor.erase_due(Position(rules), &seen, &viewer.who).await?;
    if done.not.is_empty() {
        return see_other(&format!("/retention?erased={}", done.erased.len()));
    }
    drawn(&viewer, (None, None), Sent { erased: Some(done), ..Sent::default() }).await
}

/// "2026-0147@812": a submission, and the last event about it that was seen.
fn seen_due(text: &str) -> Option<SeenDue> {
    let (number, seen) = text.split_once('@')?;
    Some(SeenDue { number: number.parse().ok()?, seen: Position(seen.parse().ok()?) })
}

/// POST /retention/hold
pub(super) async fn place(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::PlaceHold)?;
    let fields = Fields::of(&form);
    let mut reading = Reading::new(&fields);
    let number = reading.parsed::<SubmissionNumber>("number", "Give its number, as 2026-0147");
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let again =
        |faults| Sent { form: "hold".to_owned(), fields: Some(&fields), faults, erased: None };
    let (number, reason) = match reading.done(number.zip(reason)) {
        Ok(read) => read,
        Err(faults) => return drawn(&viewer, (None, None), again(faults)).await,
    };
    match viewer.console.candor.place_hold(number, &reason, &viewer.who).await {
        Ok(()) => see_other("/retention?done=placed"),
        Err(Error::NoSuchSubmission) => {
            let fault = Fault::new("number", "There is no such submission, or it was erased");
            drawn(&viewer, (None, None), again(vec![fault])).await
        }
        Err(error @ (Error::Hold(_) | Error::TextTooLong(_))) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, (None, None), again(vec![fault])).await
        }
        Err(error) => Err(error.into()),
    }
}

/// POST /retention/lift
pub(super) async fn lift(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::LiftHold)?;
    let fields = Fields::of(&form);
    let hold = fields.get("hold").parse().map(HoldId);
    let hold = hold.map_err(|_| Error::from(HoldRefusal::NotThere))?;
    let mut reading = Reading::new(&fields);
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let again =
        |faults| Sent { form: format!("lift-{hold}"), fields: Some(&fields), faults, erased: None };
    let reason = match reading.done(reason) {
        Ok(reason) => reason,
        Err(faults) => return drawn(&viewer, (None, None), again(faults)).await,
    };
    match viewer.console.candor.lift_hold(hold, &reason, &viewer.who).await {
        Ok(()) => see_other("/retention?done=lifted"),
        Err(error @ Error::TextTooLong(_)) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, (None, None), again(vec![fault])).await
        }
        Err(error) => Err(error.into()),
    }
}

/// After a form, on the page from which it came.
async fn drawn(
    viewer: &Viewer,
    told: (Option<SubmissionNumber>, Option<String>),
    sent: Sent<'_>,
) -> Answer {
    let list = viewer.console.candor.due(&viewer.who).await?;
    page_of(viewer, &list, told, sent).await
}

async fn page_of(
    viewer: &Viewer,
    list: &DueList,
    (number, done): (Option<SubmissionNumber>, Option<String>),
    sent: Sent<'_>,
) -> Answer {
    let held = viewer.console.candor.held(&viewer.who).await?;
    let names = Names::read(&viewer.console).await?;
    let mut frame = viewer.frame("/retention");
    frame.done = match &sent.erased {
        Some(ErasedDue { erased: some, .. }) if !some.is_empty() => Some(erased(some.len())),
        Some(_) | None => done,
    };
    let not_erased = sent.erased.iter().flat_map(|done| &done.not);
    let not_erased = not_erased.map(|(number, why)| format!("{number} is not erased: {why}"));
    let may_erase = viewer.who.has(Permission::EraseDue) && !list.due.is_empty();
    let erase = may_erase.then(|| {
        let rules = list.rules.map_or_else(String::new, |at| at.to_string());
        sent.mend(page::Retention::erase(&rules, list.due.iter().map(choice).collect()))
    });
    let number = number.map_or_else(String::new, |number| number.to_string());
    let may_place = viewer.who.has(Permission::PlaceHold);
    let place = may_place.then(|| sent.mend(page::Retention::place(&number)));
    let page = page::Retention {
        frame,
        sentence: sentence(list),
        not_erased: not_erased.collect(),
        due: list.due.iter().map(|entry| goes(entry, viewer)).collect(),
        erase,
        held_back: list.held_back.iter().map(|entry| goes(entry, viewer)).collect(),
        more: match list.rest {
            Rest::Nothing => None,
            Rest::More => Some("There is more than is listed: it shows once some of this is gone."),
        },
        holds: held.iter().flat_map(|of| holds(of, viewer, &names, &sent)).collect(),
        is_placing: !number.is_empty() || place.as_ref().is_some_and(Form::is_faulty),
        place,
        zone: viewer.console.zone(),
    };
    let status = match (&sent.erased, sent.faults.is_empty()) {
        (Some(_), _) => StatusCode::CONFLICT,
        (None, true) => StatusCode::OK,
        (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    show_with(status, &page)
}

fn sentence(list: &DueList) -> String {
    if list.rules.is_none() {
        return "No period is declared, so nothing is ever due.".to_owned();
    }
    format!(
        "{} due to be erased, {} held back.",
        words::counted(list.due.len(), "submission is", "submissions are"),
        words::counted(list.held_back.len(), "is", "are"),
    )
}

/// A number that leads to its submission for who may open it.
fn link(number: SubmissionNumber, viewer: &Viewer) -> Link {
    let href = match viewer.who.has(Permission::ReadSubmissions) {
        true => format!("/submissions/{number}"),
        false => String::new(),
    };
    Link::new(number.to_string(), href)
}

fn goes(entry: &DueEntry, viewer: &Viewer) -> page::Goes {
    page::Goes {
        link: link(entry.number, viewer),
        marks: secrecy::marks(entry.seen_by, None),
        what: entry.parts.iter().map(what).collect(),
        since: entry.since().map_or_else(String::new, words::day),
        why: match &entry.retention {
            Retention::HeldBack { by, .. } => by.iter().map(why).collect(),
            Retention::Due { .. } | Retention::Kept => Vec::new(),
        },
    }
}

/// "user data, approved (2026-0147-1): ended 3 Mar 2025"
fn what(told: &PartTold) -> String {
    let class = told.part.class().map_or("not finished", RetentionClass::label);
    let name = told.name.map_or_else(String::new, |name| format!(" ({name})"));
    let ended = told.part.ended_on().map(|day| format!(": ended {}", words::day(day)));
    format!("{class}{name}{}", ended.unwrap_or_default())
}

/// What holds it back, with days as people write them.
fn why(held: &HeldBack) -> String {
    match held {
        HeldBack::OtherPeriod { until } => {
            format!("the period of another request of it runs until {}", words::day(*until))
        }
        HeldBack::Appealable { until } => {
            format!("the authority may appeal until {}", words::day(*until))
        }
        HeldBack::Preserving { until: Some(until) } => {
            format!("what it asked to preserve is kept until {}", words::day(*until))
        }
        HeldBack::Preserving { until: None }
        | HeldBack::LegalHold
        | HeldBack::Unfinished
        | HeldBack::NoPeriod(_)
        | HeldBack::Withheld => held.to_string(),
    }
}

fn choice(entry: &DueEntry) -> Choice {
    let what: Vec<_> = entry.parts.iter().map(what).collect();
    let since = entry.since().map_or_else(String::new, words::day);
    let choice = Choice::new(format!("{}@{}", entry.number, entry.seen), entry.number.to_string())
        .hint(format!("{}; due since {since}", what.join("; ")))
        .chosen();
    match secrecy::marks(entry.seen_by, None).first() {
        Some(mark) => choice.flag(*mark),
        None => choice,
    }
}

fn holds(
    of: &HeldSubmission,
    viewer: &Viewer,
    names: &Names,
    sent: &Sent<'_>,
) -> Vec<page::LegalHold> {
    let held = |told: &HoldTold| {
        let is_mine = told.hold.placed_by == Actor::Person(viewer.who.person);
        let may_lift = viewer.who.has(Permission::LiftHold);
        page::LegalHold {
            link: link(of.number, viewer),
            marks: secrecy::marks(of.seen_by, None),
            since: viewer.console.moment(told.hold.placed_at),
            by: words::who(told.hold.placed_by, names),
            reason: told.reason.clone(),
            lift: (may_lift && !is_mine).then(|| {
                let number = of.number.to_string();
                sent.mend(page::LegalHold::lift(&told.id.to_string(), &number))
            }),
            note: (may_lift && is_mine).then_some("You placed it: somebody else lifts it."),
        }
    };
    of.holds.iter().map(held).collect()
}

/// How long a submission is kept, for its own page and those of its requests.
pub(super) fn kept_for(kept: &KeptFor) -> String {
    let mut says = match (&kept.retention, kept.until) {
        (Retention::Due { since }, _) => {
            format!("Its period was over on {}: it is due to be erased.", words::day(*since))
        }
        (Retention::HeldBack { since, by }, _) => {
            let why: Vec<_> = by.iter().map(why).collect();
            let why: Vec<_> = why.iter().map(String::as_str).collect();
            format!("A period was over on {}; it stays: {}.", words::day(*since), words::list(&why))
        }
        (Retention::Kept, Some(until)) => format!("Kept until {}.", words::day(until)),
        (Retention::Kept, None) => "No period runs that would end it.".to_owned(),
    };
    match (kept.holds.len(), &kept.retention) {
        (0, _) | (_, Retention::HeldBack { .. }) => {}
        (1, _) => says.push_str(" A legal hold stands: nothing of it is erased."),
        (n, _) => says.push_str(&format!(" {n} legal holds stand: nothing of it is erased.")),
    }
    says
}

/// Where holds on a submission are placed and lifted, for who may see that page.
pub(super) fn link_to_holds(number: SubmissionNumber, viewer: &Viewer) -> Option<Link> {
    let may = viewer.who.has(Permission::ReadRetention);
    may.then(|| Link::new("Retention and holds", format!("/retention?number={number}#holds")))
}

/// GET /retention/periods
pub(super) async fn periods(viewer: Viewer) -> Answer {
    drawn_periods(&viewer, None, &[]).await
}

/// POST /retention/periods
pub(super) async fn declare(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::DeclareRetention)?;
    let fields = Fields::of(&form);
    // A form without a field takes no period away.
    if !fields.sent().iter().any(|(name, _)| name.starts_with("months_")) {
        return Err(Failure::BadForm);
    }
    let new = match new_periods(&fields) {
        Ok(new) => new,
        Err(faults) => return drawn_periods(&viewer, Some(&fields), &faults).await,
    };
    match viewer.console.candor.declare_periods(new, &viewer.who).await {
        Ok(()) => see_other("/retention/periods"),
        Err(error @ (Error::PeriodWithoutSource(_) | Error::TextTooLong(_))) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn_periods(&viewer, Some(&fields), &[fault]).await
        }
        Err(error) => Err(error.into()),
    }
}

fn new_periods(fields: &Fields) -> Result<NewPeriods, Vec<Fault>> {
    let (mut new, mut faults) = (NewPeriods::default(), Vec::new());
    let source = |code: &str, name: &str, faults: &mut Vec<Fault>| {
        let field = format!("source_{code}");
        let text = fields.get(&field).to_owned();
        if text.is_empty() {
            let text = format!("{}: say where the period comes from", words::sentence(name));
            faults.push(Fault::new(field, text));
        }
        text
    };
    for class in RetentionClass::ALL {
        let (code, name) = (class.code(), class.label());
        let field = format!("months_{code}");
        let typed = fields.get(&field);
        if typed.is_empty() && fields.get(&format!("source_{code}")).is_empty() {
            continue;
        }
        match typed.parse().ok().and_then(Months::new) {
            Some(months) => {
                let from = source(code, name, &mut faults);
                new.periods.insert(class, (months, from));
            }
            None => {
                let text = format!(
                    "{}: give whole months, 1 to {}, or leave both empty",
                    words::sentence(name),
                    Months::MAX
                );
                faults.push(Fault::new(field, text));
            }
        }
    }
    match (fields.get("days_appeal"), fields.get("source_appeal")) {
        ("", "") => {}
        (days, _) => match days.parse::<NonZeroU16>() {
            Ok(days) => new.appeal = Some((days, source("appeal", "appeals", &mut faults))),
            Err(_) => {
                let text = "Appeals: give whole days, 1 or more, or leave both empty";
                faults.push(Fault::new("days_appeal", text));
            }
        },
    }
    if faults.is_empty() { Ok(new) } else { Err(faults) }
}

async fn drawn_periods(viewer: &Viewer, sent: Option<&Fields>, faults: &[Fault]) -> Answer {
    let console = &viewer.console;
    let all = console.candor.periods(&viewer.who).await?;
    let names = Names::read(console).await?;
    let (periods, appeal) = shown(all.last());
    let version = |(number, of): (u32, &Periods)| page::Version {
        number,
        since: console.moment(of.declared_at),
        by: words::who(of.declared_by, &names),
        what: told(&of.rules.months),
    };
    let mut versions: Vec<_> = (1..).zip(&all).map(version).collect();
    versions.reverse();
    let sentence = match versions.first() {
        Some(last) => format!("Version {}, in force since {}.", last.number, last.since),
        None => "Nothing is declared yet, so nothing is ever due to be erased.".to_owned(),
    };
    let form = viewer.who.has(Permission::DeclareRetention).then(|| {
        let form = page::Periods::form(&periods, &appeal);
        let form = match sent {
            Some(sent) => form.keep(sent.sent()),
            None => form,
        };
        form.faulted(faults)
    });
    let frame = viewer.frame("/retention");
    let page = page::Periods { frame, sentence, periods, appeal, versions, form };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show_with(status, &page)
}

/// The periods in force, and the time in which an authority may appeal.
pub(super) fn shown(of: Option<&Periods>) -> (Vec<page::Period>, page::Period) {
    let period = |class: RetentionClass| page::Period {
        code: class.code().to_owned(),
        name: class.label().to_owned(),
        time: of
            .and_then(|of| of.rules.months.get(&class))
            .map_or_else(String::new, |months| months.get().to_string()),
        source: of.and_then(|of| of.sources.periods.get(&class).cloned()).unwrap_or_default(),
    };
    let appeal = page::Period {
        code: "appeal".to_owned(),
        name: "appeals".to_owned(),
        time: of
            .and_then(|of| of.rules.appeal_days)
            .map_or_else(String::new, |days| days.to_string()),
        source: of.map(|of| of.sources.appeal.clone()).unwrap_or_default(),
    };
    (RetentionClass::ALL.map(period).into(), appeal)
}

fn told(periods: &BTreeMap<RetentionClass, Months>) -> String {
    let told = |(class, months): (&RetentionClass, &Months)| {
        let time = words::counted(months.get().into(), "month", "months");
        format!("{}: {time}", class.label())
    };
    match periods.iter().map(told).collect::<Vec<_>>().as_slice() {
        [] => "No period.".to_owned(),
        all => format!("{}.", words::sentence(&all.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_says_what_was_seen() {
        let seen = seen_due("2026-0147@812").expect("reads");
        assert_eq!((seen.number.to_string().as_str(), seen.seen), ("2026-0147", Position(812)));
        for text in ["", "2026-0147", "2026-0147@", "@812", "2026-147@812", "2026-0147@x"] {
            assert_eq!(seen_due(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_is_read_with_its_source_or_not_at_all() {
        let read = |form: &str| new_periods(&Fields::of(form.as_bytes()));
        assert_eq!(read(""), Ok(NewPeriods::default()));
        let new = read("months_not_a_request=3&source_not_a_request=the+board").expect("reads");
        let months = Months::new(3).expect("a period");
        let period = (months, "the board".to_owned());
        assert_eq!(new.periods, BTreeMap::from([(RetentionClass::NotARequest, period)]));
        for (form, field) in [
            ("months_not_a_request=3", "source_not_a_request"),
            ("source_not_a_request=x", "months_not_a_request"),
            ("months_not_a_request=0&source_not_a_request=x", "months_not_a_request"),
            ("months_not_a_request=1201&source_not_a_request=x", "months_not_a_request"),
            ("months_not_a_request=1.5&source_not_a_request=x", "months_not_a_request"),
            ("days_appeal=30", "source_appeal"),
            ("source_appeal=x", "days_appeal"),
            ("days_appeal=-1&source_appeal=x", "days_appeal"),
        ] {
            let faults = read(form).expect_err(form);
            assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), [field]);
        }
    }
}
