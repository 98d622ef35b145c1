//! Authorities: the list, one authority, and what is entered of it.

use app::{AuthorityEntry, AuthorityView, EnteredAs, EnteredContact, Error};
use axum::extract::{Path, RawForm};
use axum::http::StatusCode;
use domain::access::Permission;
use domain::authority::{ContactKind, ContactSource, WithdrawalReason};
use domain::country::Country;
use domain::id::{AuthorityId, ContactId};
use uuid::Uuid;

use super::answer::{Answer, Failure, Viewer, see_other, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Entry, EntryState, Fault, Form, Link, Page, Problem};
use super::people::Names;
use super::{verifications, words};

/// A form that was sent and is shown again, by its id in the page.
struct Again<'a> {
    form: String,
    fields: &'a Fields,
    faults: Vec<Fault>,
}

impl Again<'_> {
    fn mend(again: Option<&Self>, form: Form) -> Form {
        match again {
            Some(again) if again.form == form.id => {
                form.keep(again.fields.sent()).faulted(&again.faults)
            }
            Some(_) | None => form,
        }
    }
}

pub(super) async fn authorities(viewer: Viewer) -> Answer {
    list(&viewer, None).await
}

/// POST /authorities
pub(super) async fn enter(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::RegisterContacts)?;
    let fields = Fields::of(&form);
    let again = |faults| Some(Again { form: "authority".to_owned(), fields: &fields, faults });
    let mut reading = Reading::new(&fields);
    let country = Country::from_text(fields.get("country"));
    if country.is_none() {
        reading.fault("country", "Name a country, or give its code");
    }
    let name = reading.text("authority", "Name the authority");
    let entered = entered(&mut reading);
    let ((country, name), new) = match reading.done(country.zip(name).zip(entered)) {
        Ok(read) => read,
        Err(faults) => return list(&viewer, again(faults)).await,
    };
    match viewer.console.candor.register_authority((country, &name), new, &viewer.who).await {
        Ok(id) => see_other(&format!("/authorities/{id}")),
        Err(error) => list(&viewer, again(refused(error)?)).await,
    }
}

pub(super) async fn authority(viewer: Viewer, Path(id): Path<Uuid>) -> Answer {
    let view = viewer.console.candor.open_authority(AuthorityId(id), &viewer.who).await?;
    drawn(&viewer, &view, None).await
}

/// A form that was not taken, on the page from which it came.
async fn again(viewer: &Viewer, id: AuthorityId, again: Option<Again<'_>>) -> Answer {
    let view = viewer.console.candor.authority(id, &viewer.who).await?;
    drawn(viewer, &view, again).await
}

/// POST /authorities/{id}/contacts
pub(super) async fn register(
    viewer: Viewer,
    Path(id): Path<Uuid>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::RegisterContacts)?;
    let (id, fields) = (AuthorityId(id), Fields::of(&form));
    let faulty = |faults| Some(Again { form: "contact".to_owned(), fields: &fields, faults });
    let mut reading = Reading::new(&fields);
    let entered = entered(&mut reading);
    let new = match reading.done(entered) {
        Ok(new) => new,
        Err(faults) => return again(&viewer, id, faulty(faults)).await,
    };
    match viewer.console.candor.register_contact(id, new, &viewer.who).await {
        Ok(()) => see_other(&format!("/authorities/{id}")),
        Err(error) => again(&viewer, id, faulty(refused(error)?)).await,
    }
}

/// POST /authorities/{id}/contacts/{contact}/withdraw
pub(super) async fn withdraw(
    viewer: Viewer,
    Path((id, contact)): Path<(Uuid, Uuid)>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::RegisterContacts)?;
    let (id, fields) = (AuthorityId(id), Fields::of(&form));
    let faulty =
        |faults| Some(Again { form: format!("withdraw-{contact}"), fields: &fields, faults });
    let mut reading = Reading::new(&fields);
    let reason = reading.code("reason", WithdrawalReason::from_code, "Say why");
    let reason = match reading.done(reason) {
        Ok(reason) => reason,
        Err(faults) => return again(&viewer, id, faulty(faults)).await,
    };
    let what = (ContactId(contact), reason);
    match viewer.console.candor.withdraw_contact(id, what, &viewer.who).await {
        Ok(()) => see_other(&format!("/authorities/{id}")),
        Err(error) => again(&viewer, id, faulty(refused(error)?)).await,
    }
}

/// What the rules refuse stands at the form; all else is a failure.
fn refused(error: Error) -> Result<Vec<Fault>, Failure> {
    match error {
        Error::Authority(_) | Error::LineTooLong(_) | Error::TextTooLong(_) => {
            Ok(vec![Fault::whole(words::sentence(&error.to_string()))])
        }
        other => Err(other.into()),
    }
}

fn entered(reading: &mut Reading<'_>) -> Option<EnteredContact> {
    let kind = reading.code("kind", ContactKind::from_code, "Say what it is");
    let value = reading.text("value", "Give the number or the domain");
    let entered_as = match reading.fields.get("as") {
        "official" => reading
            .code("source", ContactSource::from_code, "Say where it was found")
            .map(EnteredAs::Official),
        "bad" => Some(EnteredAs::KnownBad),
        _ => {
            reading.fault("as", "Say whose it is");
            None
        }
    };
    let note = reading.text("note", "Say where exactly it was found, or how it is known");
    let ((kind, value), (entered_as, note)) = kind.zip(value).zip(entered_as.zip(note))?;
    Some(EnteredContact { kind, value, entered_as, note })
}

async fn list(viewer: &Viewer, again: Option<Again<'_>>) -> Answer {
    let known = viewer.console.candor.authority_list(&viewer.who).await?;
    let row = |entry: &AuthorityEntry| page::AuthorityRow {
        name: entry.authority.name.clone(),
        href: format!("/authorities/{}", entry.authority.id),
        country: entry.authority.country.name().to_owned(),
        domains: entry.domains,
        numbers: entry.numbers,
        known_bad: entry.known_bad,
        requests: entry.requests,
    };
    let without = known.iter().filter(|entry| entry.numbers == 0).count();
    let all = words::counted(known.len(), "authority", "authorities");
    let form = viewer.who.has(Permission::RegisterContacts).then(|| {
        let countries = Country::all().map(|country| country.name().to_owned()).collect();
        let names = known.iter().map(|entry| entry.authority.name.clone()).collect();
        Again::mend(again.as_ref(), page::Authorities::form(countries, names))
    });
    let page = page::Authorities {
        frame: viewer.frame("/authorities"),
        sentence: match without {
            0 => format!("{all}, each with a number to call."),
            without => format!("{all}, {without} of them without a number to call."),
        },
        rows: known.iter().map(row).collect(),
        form,
    };
    answered(viewer, again.as_ref(), &page)
}

async fn drawn(viewer: &Viewer, view: &AuthorityView, again: Option<Again<'_>>) -> Answer {
    let (console, id) = (&viewer.console, view.authority.id);
    let names = Names::read(console).await?;
    let may_change = viewer.who.has(Permission::RegisterContacts);
    let entries = |kind| {
        let entry = |told: &app::ContactTold| {
            let mut entry = verifications::entry(told, (console, &names));
            let is_open = matches!(entry.state, EntryState::Stands | EntryState::KnownBad);
            entry.withdraw = (may_change && is_open).then(|| {
                let form = Entry::withdraw(&id.to_string(), &told.id.to_string(), entry.state);
                Again::mend(again.as_ref(), form)
            });
            entry
        };
        view.of_kind(kind).map(entry).collect::<Vec<_>>()
    };
    let (numbers, domains) = (entries(ContactKind::Telephone), entries(ContactKind::MailDomain));
    let officer = |told: &app::OfficerTold| page::Met {
        name: told.officer.name.clone(),
        contact: told.officer.contact.clone(),
        records: told
            .verifications
            .iter()
            .map(|record| verifications::record(record, &view.contacts, (console, &names)))
            .collect(),
    };
    let page = page::Authority {
        frame: viewer.frame("/authorities"),
        name: view.authority.name.clone(),
        country: format!("{} ({})", view.authority.country.name(), view.authority.country.code()),
        sentence: sentence(view),
        officers: view.officers.iter().map(officer).collect(),
        requests: view
            .requests
            .iter()
            .map(|case| Link::new(case.name.to_string(), format!("/requests/{}", case.name)))
            .collect(),
        numbers,
        domains,
        zone: console.zone(),
        form: may_change
            .then(|| Again::mend(again.as_ref(), page::Authority::form(&id.to_string()))),
    };
    answered(viewer, again.as_ref(), &page)
}

/// With what is wrong, where something is; by itself where the form is not on the page any more.
fn answered(viewer: &Viewer, again: Option<&Again<'_>>, page: &impl Page) -> Answer {
    match again.and_then(|again| again.faults.first()) {
        None => show_with(StatusCode::OK, page),
        Some(_) if !page.faults().is_empty() => show_with(StatusCode::UNPROCESSABLE_ENTITY, page),
        Some(fault) => {
            let back = Link::new("Authorities", "/authorities");
            let page = Problem::refused(viewer.frame("/authorities"), &fault.text, back);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

fn sentence(view: &AuthorityView) -> String {
    let stands = |told: &&app::ContactTold| told.contact.state.is_official();
    match view.of_kind(ContactKind::Telephone).filter(stands).count() {
        0 => {
            "Nobody who writes in its name can be called back: no number is registered.".to_owned()
        }
        n => format!(
            "Whoever writes in its name is called back through {}.",
            words::counted(n, "number", "numbers")
        ),
    }
}
