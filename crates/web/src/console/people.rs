//! Who may work here: inviting, roles, and the end of an access.

use app::{AccessRefusal, By, Invitee};
use axum::extract::{Path, RawForm};
use axum::http::{HeaderMap, StatusCode, header};
use domain::access::{Permission, Role, RoleSet};
use domain::id::PersonId;
use domain::person::Account;
use domain::request::NextStep;

use super::answer::{Answer, Failure, Viewer, see_other, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fault, Form, Link, Page, Person, Problem};
use super::{Console, words};

/// The company's people: their names, and what each can do.
pub(super) struct Names(Vec<app::Person>);

impl Names {
    pub(super) async fn read(console: &Console) -> Result<Self, Failure> {
        Ok(Self(console.candor.people().await?))
    }

    pub(super) fn of(&self, person: PersonId) -> String {
        let known = self.0.iter().find(|known| known.id == person);
        known.map_or_else(|| "somebody who left".to_owned(), |known| known.name.to_string())
    }

    pub(super) fn people(&self) -> &[app::Person] {
        &self.0
    }

    /// Those who can sign in.
    pub(super) fn active(&self) -> impl Iterator<Item = &app::Person> {
        self.0.iter().filter(|person| person.account == Account::Active)
    }

    /// Whether a person can take a step: they are here, have the right, and did nothing before that
    /// bars them.
    pub(super) fn can_take(&self, person: PersonId, next: &NextStep) -> bool {
        let permission = next.step.permission();
        !next.barred.bars(person)
            && self.active().any(|known| known.id == person && known.roles.may(permission))
    }
}

pub(super) async fn people(viewer: Viewer) -> Answer {
    list(&viewer, None, invite_form()).await
}

pub(super) async fn invite(viewer: Viewer, headers: HeaderMap, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let fields = Fields::of(&form);
    let mut reading = Reading::new(&fields);
    let name = reading.text("name", "Give the person’s name");
    let email = reading.text("email", "Give the person’s e-mail address");
    let roles = roles(&mut reading);
    let read = name.zip(email).zip(roles);
    let again = |faults: &[Fault]| invite_form().keep(fields.sent()).faulted(faults);
    let ((name, email), roles) = match reading.done(read) {
        Ok(read) => read,
        Err(faults) => return list(&viewer, None, again(&faults)).await,
    };
    let invitee = Invitee { name: &name, email: &email, roles };
    let invited = viewer.console.candor.invite(invitee, By::Person(&viewer.who)).await;
    let invited = match invited {
        Ok(invited) => invited,
        Err(app::Error::Access(refusal)) => {
            return list(&viewer, None, again(&[said(&refusal)])).await;
        }
        Err(error) => return Err(error.into()),
    };
    let shown = handed_over(&viewer, &headers, name, &invited);
    list(&viewer, Some(shown), invite_form()).await
}

/// The link, to be shown once.
fn handed_over(
    viewer: &Viewer,
    headers: &HeaderMap,
    name: String,
    invited: &app::Invited,
) -> page::Invited {
    page::Invited {
        name,
        link: format!("{}/join/{}", base(&viewer.console, headers), invited.link.reveal()),
        until: viewer.console.moment(invited.expires_at),
        is_mailed: viewer.console.candor.mail_server().is_some(),
    }
}

/// Makes a new link for somebody who was invited and has not joined.
pub(super) async fn invite_again(
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<uuid::Uuid>,
) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let candor = &viewer.console.candor;
    let id = PersonId(id);
    let person = candor.person(id).await?.ok_or(Failure::Missing)?;
    let invited = match candor.invite_again(id, By::Person(&viewer.who)).await {
        Ok(invited) => invited,
        Err(app::Error::Access(refusal)) => {
            return refused(&viewer, id, Sent::Link, &[said(&refusal)]).await;
        }
        Err(error) => return Err(error.into()),
    };
    let shown = handed_over(&viewer, &headers, person.name.to_string(), &invited);
    list(&viewer, Some(shown), invite_form()).await
}

/// Of who lost all that they sign in with.
pub(super) async fn reset(
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<uuid::Uuid>,
) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let (candor, id) = (&viewer.console.candor, PersonId(id));
    let person = candor.person(id).await?.ok_or(Failure::Missing)?;
    match candor.reset_access(id, By::Person(&viewer.who)).await {
        Ok(invited) => {
            let shown = handed_over(&viewer, &headers, person.name.to_string(), &invited);
            list(&viewer, Some(shown), invite_form()).await
        }
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, Sent::Reset, &[said(&refusal)]).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end_sessions(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let id = PersonId(id);
    match viewer.console.candor.end_sessions(id, By::Person(&viewer.who)).await {
        Ok(()) => see_other("/people"),
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, Sent::Sessions, &[said(&refusal)]).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn change_roles(
    viewer: Viewer,
    Path(id): Path<uuid::Uuid>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let fields = Fields::of(&form);
    let mut reading = Reading::new(&fields);
    let roles = roles(&mut reading);
    let roles = match reading.done(roles) {
        Ok(roles) => roles,
        Err(faults) => return refused(&viewer, PersonId(id), Sent::Roles, &faults).await,
    };
    let (id, by) = (PersonId(id), By::Person(&viewer.who));
    match viewer.console.candor.change_roles(id, roles, by).await {
        Ok(()) => see_other("/people"),
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, Sent::Roles, &[said(&refusal)]).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    viewer.who.may(Permission::ManagePeople)?;
    let id = PersonId(id);
    match viewer.console.candor.end_person(id, By::Person(&viewer.who)).await {
        Ok(()) => see_other("/people"),
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, Sent::End, &[said(&refusal)]).await
        }
        Err(error) => Err(error.into()),
    }
}

fn roles(reading: &mut Reading<'_>) -> Option<RoleSet> {
    reading.codes("roles", |code| Role::from_code(code).ok(), "Choose at least one role")
}

fn invite_form() -> Form {
    page::People::form(role_choices(RoleSet::default()))
}

fn role_choices(held: RoleSet) -> Vec<Choice> {
    let choice = |role: Role| {
        let choice = Choice::new(role.code(), role.label()).hint(words::role_says(role));
        if held.contains(role) { choice.chosen() } else { choice }
    };
    Role::ALL.into_iter().map(choice).collect()
}

/// The address under which people reach the console: the one that is set, or the one under which
/// the browser did.
fn base(console: &Console, headers: &HeaderMap) -> String {
    if let Some(origin) = &console.candor.config.console.origin {
        return origin.clone();
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or("localhost");
    let is_local = host.starts_with("127.0.0.1") || host.starts_with("localhost");
    format!("{}://{host}", if is_local { "http" } else { "https" })
}

async fn list(viewer: &Viewer, invited: Option<page::Invited>, form: Form) -> Answer {
    let page = drawn(viewer, invited, form).await?;
    let status =
        if page.form.is_faulty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show_with(status, &page)
}

async fn drawn(
    viewer: &Viewer,
    invited: Option<page::Invited>,
    form: Form,
) -> Result<page::People, Failure> {
    if !viewer.who.has(Permission::ManagePeople) {
        return Err(app::Error::Forbidden(Permission::ManagePeople).into());
    }
    let people = viewer.console.candor.people().await?;
    let people = people.into_iter().map(|person| {
        let id = person.id.to_string();
        let is_ended = person.account == Account::Ended;
        let is_active = person.account == Account::Active;
        let is_other = person.id != viewer.who.person;
        let may_change = !is_ended && is_other;
        Person {
            change: may_change.then(|| Person::change(&id, role_choices(person.roles))),
            sessions: is_active.then(|| Person::sessions(&id)),
            reset: (is_active && is_other).then(|| Person::reset(&id, person.name.as_str())),
            end: (!is_ended).then(|| Person::end(&id, person.name.as_str())),
            again: (person.account == Account::Invited).then(|| Person::again(&id)),
            id,
            name: person.name.to_string(),
            email: person.email.to_string(),
            roles: words::roles(person.roles),
            access: match person.account {
                Account::Invited => page::Access::Invited,
                Account::Active => page::Access::Active,
                Account::Ended => page::Access::Ended,
            },
        }
    });
    Ok(page::People { frame: viewer.frame("/people"), people: people.collect(), invited, form })
}

/// Which form of a person was sent.
#[derive(Clone, Copy)]
enum Sent {
    Roles,
    Link,
    Sessions,
    Reset,
    End,
}

/// A refusal, as the fault of a form.
fn said(refusal: &AccessRefusal) -> Fault {
    Fault::whole(words::sentence(&refusal.to_string()))
}

/// The list again, with what is wrong at the form of one person.
async fn refused(viewer: &Viewer, id: PersonId, sent: Sent, faults: &[Fault]) -> Answer {
    let mut page = drawn(viewer, None, invite_form()).await?;
    let id = id.to_string();
    for person in page.people.iter_mut().filter(|person| person.id == id) {
        let place = match sent {
            Sent::Roles => &mut person.change,
            Sent::Link => &mut person.again,
            Sent::Sessions => &mut person.sessions,
            Sent::Reset => &mut person.reset,
            Sent::End => &mut person.end,
        };
        *place = place.take().map(|form| form.faulted(faults));
    }
    match faults.first() {
        // The form is not on the page: it is not open for this person, or not any more.
        Some(fault) if page.faults().is_empty() => {
            let back = Link::new("People", "/people");
            let page = Problem::refused(viewer.frame("/people"), &fault.text, back);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Some(_) | None => show_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
    }
}
