//! One request: its page, and the route of every act on it.

mod correction;
mod decision;
mod declination;
mod findings;
mod other;
mod verification;
mod view;

use app::{Act, ActKind, Case, CaseName, Error, Look, Viewed};
use axum::extract::{Path, RawForm, RawQuery};
use axum::http::StatusCode;
use domain::access::Permission;
use domain::request::{Command, Link};

use super::answer::{Answer, Failure, Viewer, led_on, look, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Fault, Form, Page, Problem};
use super::people::Names;
use super::words;
pub(super) use declination::{letter, letter_text};
pub(super) use verification::{neutral_answer, verify};
pub(super) use view::View;

/// A form that was sent and is shown again, by its id in the page.
pub(super) struct Again<'a> {
    form: String,
    fields: &'a Fields,
    faults: Vec<Fault>,
}

impl Again<'_> {
    /// Puts what was typed, and what is wrong with it, into the form that was sent.
    fn mend(&self, form: Form) -> Form {
        if form.id == self.form {
            form.keep(self.fields.sent()).faulted(&self.faults)
        } else {
            form
        }
    }
}

pub(super) async fn request(
    viewer: Viewer,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let name = name.parse().map_err(|_| Failure::Missing)?;
    let case = viewer.console.candor.open_case(name, look(query), &viewer.who).await?;
    drawn(&viewer, case, None).await
}

/// Who looked at it.
pub(super) async fn viewings(viewer: Viewer, Path(name): Path<String>) -> Answer {
    let (console, who) = (&viewer.console, &viewer.who);
    let read: CaseName = name.parse().map_err(|_| Failure::Missing)?;
    let viewings = console.candor.viewings(read, who).await?;
    let case = console.candor.case(read, who).await?;
    let names = Names::read(console).await?;
    let file = |sha256| {
        let known = case.files.iter().find(|file| file.sha256 == sha256);
        known.map_or("a file", |file| file.name.as_str())
    };
    let viewings = viewings.into_iter().map(|viewing| page::Viewing {
        at: console.moment(viewing.at),
        who: names.of(viewing.person),
        what: match viewing.what {
            Viewed::Request(_) => "opened the request".to_owned(),
            Viewed::Submission(_) => "opened the submission".to_owned(),
            Viewed::File(_, sha256) => format!("opened {}", file(sha256)),
            Viewed::Trail(_) => "took with them all that happened to it".to_owned(),
            Viewed::AllEvents => "took all events of a time with them".to_owned(),
            Viewed::AccessLog => "took the access log of a time with them".to_owned(),
            Viewed::DueList => "opened what is due to be erased".to_owned(),
            Viewed::Authority(_) => "opened the authority".to_owned(),
        },
    });
    let page = page::Viewings {
        frame: viewer.frame("/"),
        number: name.clone(),
        back: page::Link::new(format!("Request {name}"), format!("/requests/{name}")),
        viewings: viewings.collect(),
        zone: console.zone(),
    };
    show_with(StatusCode::OK, &page)
}

/// POST /requests/{name}/{act}
pub(super) async fn act(
    viewer: Viewer,
    Path((name, act)): Path<(String, String)>,
    RawForm(form): RawForm,
) -> Answer {
    let act = ActKind::from_code(&act).ok_or(Failure::Missing)?;
    let case = read(&viewer, &name).await?;
    // Who may not do it at all is told that, and not what their form lacks.
    viewer.who.may(act.permission())?;
    let fields = Fields::of(&form);
    if act == ActKind::Correct {
        return correction::propose(&viewer, &case, &fields).await;
    }
    let sent = match act {
        ActKind::Finding => findings::read(&fields),
        ActKind::Propose => decision::read_proposal(&case, &fields),
        ActKind::Confirm => decision::read_confirmation(&fields),
        ActKind::Sign => declination::read(&fields)?,
        ActKind::Link => link(&viewer, &fields).await?,
        other => other::read(other, &fields),
    };
    let id = form_id(act, &fields);
    let (command, texts) = match sent {
        Ok(sent) => sent,
        Err(faults) => {
            let again = Again { form: id, fields: &fields, faults };
            return shown_again(&viewer, &case, again).await;
        }
    };
    let seen = Reading::new(&fields).parsed("seen", "").ok_or(Failure::BadForm)?;
    let request = case.row.request;
    match viewer.console.candor.act(Act { request, seen, command, texts }, &viewer.who).await {
        Ok(()) => led_on(&format!("/requests/{name}"), seen),
        Err(
            error @ (Error::Refused(_)
            | Error::Compartment(_)
            | Error::TextTooLong(_)
            | Error::NoLink
            | Error::ReasonOfAct),
        ) => {
            let faults = vec![Fault::whole(words::sentence(&error.to_string()))];
            let again = Again { form: id, fields: &fields, faults };
            shown_again(&viewer, &case, again).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The page with the form that was sent: who sees it has opened the request, whatever they sent.
async fn shown_again(viewer: &Viewer, case: &Case, again: Again<'_>) -> Answer {
    let candor = &viewer.console.candor;
    let case = candor.open_case(case.row.name, Look::Opened, &viewer.who).await?;
    drawn(viewer, case, Some(again)).await
}

/// The id that the form of an act has in the page.
fn form_id(act: ActKind, fields: &Fields) -> String {
    match act {
        ActKind::Finding => format!("finding-{}", fields.get("aspect")),
        ActKind::Confirm => "decide".to_owned(),
        other => other.code().to_owned(),
    }
}

/// POST link: the other request is told by its name.
async fn link(viewer: &Viewer, fields: &Fields) -> Result<Sent, Failure> {
    let mut reading = Reading::new(fields);
    let to: Option<CaseName> = reading.parsed("to", "Give its number, as 2026-0147-1");
    let to = match to {
        None => None,
        Some(name) => match viewer.console.candor.case_named(name, &viewer.who).await {
            Ok(row) => Some(row.request),
            Err(Error::NoRequest) => {
                reading.fault("to", "There is no such request");
                None
            }
            Err(error) => return Err(error.into()),
        },
    };
    let how = match fields.get("link") {
        "renews" => Some(Link::Renews),
        "amends" => Some(Link::Amends),
        "duplicates" => Some(Link::Duplicates),
        "follows_preservation" => Some(Link::FollowsPreservation),
        _ => {
            reading.fault("link", "Say how it stands to the other");
            None
        }
    };
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let command = to.zip(how).map(|(to, link)| Command::Link { to, link });
    Ok(reading.done(command.zip(reason).map(|(command, why)| (command, vec![("reason", why)]))))
}

async fn read(viewer: &Viewer, name: &str) -> Result<Case, Failure> {
    let name = name.parse().map_err(|_| Failure::Missing)?;
    Ok(viewer.console.candor.case(name, &viewer.who).await?)
}

async fn drawn(viewer: &Viewer, case: Case, again: Option<Again<'_>>) -> Answer {
    let refusal = again.as_ref().and_then(|again| again.faults.first()).cloned();
    let view = View::new(viewer, &case, again).await?;
    let page = view.page();
    match refusal {
        None => show_with(StatusCode::OK, &page),
        Some(_) if !page.faults().is_empty() => show_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
        // The form is not on the page: it is not open to this person, or not any more.
        Some(fault) => {
            let name = case.row.name;
            let back = page::Link::new(format!("Request {name}"), format!("/requests/{name}"));
            let page = Problem::refused(viewer.frame("/"), &fault.text, back);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// A command with the texts that explain it, or what is wrong with the form.
type Sent = Result<(Command, Vec<(&'static str, String)>), Vec<Fault>>;

/// What nobody can do without one of the rights; used to leave out forms.
pub(super) fn may(viewer: &Viewer, permission: Permission) -> bool {
    viewer.who.has(permission)
}
