//! Passkeys: what the browser's answer is for, on the pages where it is asked for.

use app::{Error, Residence, StepUp, Ways};
use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use domain::id::PasskeyId;
use jiff::civil::Date;

use super::again::Kept;
use super::answer::{Answer, Failure, Viewer, see_other, show, show_with};
use super::client::Client;
use super::fields::Fields;
use super::page::{self, Adding, Fault, Form, Passkey, PasskeyHeld};
use super::sign_in::{
    Entry, Proof, authenticator, browser, joining, outside, visit, welcome_back, with_session,
};
use super::{Console, me, words};

pub(super) async fn sign_in(
    State(console): State<Console>,
    Client(client): Client,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let answer = fields.get("answer");
    let trying = console.candor.sign_in_with_passkey(visit(&headers), answer, browser(&headers));
    match console.candor.sign_in_from(client, trying).await {
        Ok(token) => welcome_back(&console, &headers, &token, &fields).await,
        Err(Error::Access(refusal)) => {
            let mut entry = Entry::new(fields.get("next")).kept(Kept::read(&fields));
            entry.with_passkey = faulted(entry.with_passkey, &refusal);
            entry.refused(&console, &headers, &refusal)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn join(
    State(console): State<Console>,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let welcome = console.candor.invitation(&token).await?.ok_or(Failure::Missing)?;
    let given = (fields.get("name"), fields.get("answer"));
    match console.candor.join_with_passkey(&token, given, browser(&headers)).await {
        Ok(session) => {
            let name = welcome.person.name.to_string();
            let page = page::JoinedWithPasskey { frame: outside(&console), name };
            with_session(show(&page)?, &session)
        }
        Err(Error::Access(refusal)) => {
            let form = page::Join::with_passkey(&token).keep(fields.sent());
            joining(&console, &token, [faulted(form, &refusal), page::Join::form(&token)]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A second proof by a passkey.
pub(super) async fn step_up(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let mut proof = Proof::of(&fields);
    match viewer.console.candor.step_up_with_passkey(&viewer.who, fields.get("answer")).await {
        Ok(()) => proof.done(&viewer).await,
        Err(Error::Access(refusal)) => {
            proof.with_passkey = faulted(proof.with_passkey, &refusal);
            proof.ask(&viewer, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn add(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let given = (fields.get("name"), fields.get("answer"));
    let forms = |form| [form, page::Me::form()];
    match viewer.console.candor.add_passkey(&viewer.who, given).await {
        Ok(()) => {
            let done = Some("The passkey is added.");
            me::drawn_with(&viewer, forms(page::Me::add_passkey()), done).await
        }
        Err(error @ Error::Access(app::AccessRefusal::StepUpNeeded)) => Err(error.into()),
        Err(Error::Access(refusal)) => {
            let form = faulted(page::Me::add_passkey().keep(fields.sent()), &refusal);
            me::drawn_with(&viewer, forms(form), None).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    match viewer.console.candor.remove_passkey(&viewer.who, PasskeyId(id)).await {
        // It was gone already.
        Ok(()) | Err(Error::Access(app::AccessRefusal::NoPasskey)) => see_other("/me#passkeys"),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn fall_back_page(viewer: Viewer) -> Answer {
    setting_up(&viewer, page::FallBack::form()).await
}

pub(super) async fn fall_back(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let again = |fault| setting_up(&viewer, page::FallBack::form().faulted(&[fault]));
    if fields.get("password") != fields.get("again") {
        return again(Fault::new("again", "Type the same password twice")).await;
    }
    let given = (fields.get("password"), fields.get("code"));
    match viewer.console.candor.add_password(&viewer.who, given).await {
        Ok(codes) => {
            let codes = codes.iter().map(|code| code.reveal()).collect();
            show(&page::NewCodes { frame: viewer.frame("/me"), codes })
        }
        Err(error @ Error::Access(app::AccessRefusal::StepUpNeeded)) => Err(error.into()),
        Err(Error::Access(refusal)) => {
            let field = match refusal {
                app::AccessRefusal::Password(_) => "password",
                app::AccessRefusal::WrongCode => "code",
                _ => "",
            };
            again(Fault::new(field, words::sentence(&refusal.to_string()))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn setting_up(viewer: &Viewer, form: Form) -> Answer {
    let candor = &viewer.console.candor;
    if candor.ways_in(viewer.who.person).await?.has_password {
        return see_other("/me#changing");
    }
    let new = candor.begun_authenticator(&viewer.who).await?;
    let status = if form.is_faulty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page =
        page::FallBack { frame: viewer.frame("/me"), authenticator: authenticator(new), form };
    show_with(status, &page)
}

/// The viewer's passkeys, as their page lists them.
pub(super) fn held(ways: &Ways) -> Vec<PasskeyHeld> {
    let is_last = ways.passkeys.len() == 1 && !ways.has_password;
    let day = |day: Date| day.strftime("%-d %b %Y").to_string();
    let held = ways.passkeys.iter().map(|passkey| {
        let (id, name) = (passkey.id.to_string(), passkey.name.as_str());
        PasskeyHeld {
            name: name.to_owned(),
            kept: match passkey.kept {
                Residence::OnDevice => "kept on its device alone",
                Residence::Synced => "kept by a password manager, on several devices perhaps",
            }
            .to_owned(),
            added: day(passkey.added_on),
            last_used: passkey.last_used_on.map_or_else(|| "never".to_owned(), day),
            remove: (!is_last).then(|| page::Me::remove_passkey(&id, name)),
        }
    });
    held.collect()
}

/// What the page offers to who wants one passkey more.
pub(super) async fn adding(viewer: &Viewer, form: Form) -> Result<Adding, Failure> {
    match viewer.who.step_up() {
        StepUp::Needed => Ok(Adding::OnceProven),
        StepUp::HoldsUntil(_) => {
            let options = viewer.console.candor.ask_to_add(&viewer.who).await?;
            Ok(options.map_or(Adding::Never, |options| {
                Adding::Now(Box::new(Passkey::create(options, form)))
            }))
        }
    }
}

fn faulted(form: Form, refusal: &app::AccessRefusal) -> Form {
    form.faulted(&[Fault::whole(words::sentence(&refusal.to_string()))])
}
