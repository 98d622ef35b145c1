//! Who may work here: inviting, roles, and the end of an access.

use std::collections::HashMap;

use app::{By, Invitee};
use axum::extract::{Path, RawForm};
use axum::http::{HeaderMap, StatusCode, header};
use domain::access::{Permission, Role, RoleSet};
use domain::id::PersonId;
use domain::person::Account;

use super::answer::{Answer, Failure, Viewer, see_other, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fault, Form, Person};
use super::{Console, words};

/// The names of the company's people.
pub(super) struct Names(HashMap<PersonId, String>);

impl Names {
    pub(super) async fn read(console: &Console) -> Result<Self, Failure> {
        let people = console.candor.people().await?;
        Ok(Self(people.into_iter().map(|p| (p.id, p.name.to_string())).collect()))
    }

    pub(super) fn of(&self, person: PersonId) -> String {
        self.0.get(&person).cloned().unwrap_or_else(|| "somebody who left".to_owned())
    }
}

pub(super) async fn people(viewer: Viewer) -> Answer {
    list(&viewer, None, invite_form()).await
}

pub(super) async fn invite(viewer: Viewer, headers: HeaderMap, RawForm(form): RawForm) -> Answer {
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
            return list(&viewer, None, again(&[Fault::whole(refusal.to_string())])).await;
        }
        Err(error) => return Err(error.into()),
    };
    let shown = page::Invited {
        name,
        link: format!("{}/join/{}", base(&headers), invited.link.reveal()),
        until: viewer.console.moment(invited.expires_at),
    };
    list(&viewer, Some(shown), invite_form()).await
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
    let invited = candor.invite_again(id, By::Person(&viewer.who)).await?;
    let shown = page::Invited {
        name: person.name.to_string(),
        link: format!("{}/join/{}", base(&headers), invited.link.reveal()),
        until: viewer.console.moment(invited.expires_at),
    };
    list(&viewer, Some(shown), invite_form()).await
}

pub(super) async fn change_roles(
    viewer: Viewer,
    Path(id): Path<uuid::Uuid>,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let mut reading = Reading::new(&fields);
    let roles = roles(&mut reading);
    let roles = match reading.done(roles) {
        Ok(roles) => roles,
        Err(faults) => return refused(&viewer, PersonId(id), "roles", &faults).await,
    };
    let (id, by) = (PersonId(id), By::Person(&viewer.who));
    match viewer.console.candor.change_roles(id, roles, by).await {
        Ok(()) => see_other("/people"),
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, "roles", &[Fault::whole(refusal.to_string())]).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    let id = PersonId(id);
    match viewer.console.candor.end_person(id, By::Person(&viewer.who)).await {
        Ok(()) => see_other("/people"),
        Err(app::Error::Access(refusal)) => {
            refused(&viewer, id, "end", &[Fault::whole(refusal.to_string())]).await
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

/// The address under which the browser reached the console.
fn base(headers: &HeaderMap) -> String {
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
        Person {
            change: (!is_ended).then(|| Person::change(&id, role_choices(person.roles))),
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

/// The list again, with what is wrong at the form of one person.
async fn refused(viewer: &Viewer, id: PersonId, form: &str, faults: &[Fault]) -> Answer {
    let mut page = drawn(viewer, None, invite_form()).await?;
    let id = id.to_string();
    for person in page.people.iter_mut().filter(|person| person.id == id) {
        let place = if form == "end" { &mut person.end } else { &mut person.change };
        *place = place.take().map(|form| form.faulted(faults));
    }
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
