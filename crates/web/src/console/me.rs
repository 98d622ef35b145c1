//! The viewer's own access.

use app::{Error, Reminders, SessionId};
use axum::extract::{Path, RawForm};
use axum::http::StatusCode;
use domain::access::Permission;

use super::answer::{Answer, Viewer, see_other, show, show_with};
use super::browser;
use super::fields::Fields;
use super::page::{self, Fault, Form, PasswordForms, RoleHeld};
use super::{passkeys, words};

pub(super) async fn me(viewer: Viewer) -> Answer {
    drawn(&viewer, page::Me::form(), None).await
}

pub(super) async fn change_password(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let again = |fault: Fault| drawn(&viewer, page::Me::form().faulted(&[fault]), None);
    if fields.get("password") != fields.get("again") {
        return again(Fault::new("again", "Type the same password twice")).await;
    }
    let given = (fields.get("old"), fields.get("password"));
    match viewer.console.candor.change_password(&viewer.who, given).await {
        Ok(()) => drawn(&viewer, page::Me::form(), Some("Your password is changed.")).await,
        Err(Error::Access(refusal)) => {
            let field = match refusal {
                app::AccessRefusal::WrongPassword => "old",
                _ => "password",
            };
            again(Fault::new(field, words::sentence(&refusal.to_string()))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// New recovery codes, shown once.
pub(super) async fn new_recovery_codes(viewer: Viewer) -> Answer {
    let codes = viewer.console.candor.new_recovery_codes(&viewer.who).await?;
    let codes = codes.iter().map(|code| code.reveal()).collect();
    show(&page::NewCodes { frame: viewer.frame("/me"), codes })
}

pub(super) async fn end_session(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    let candor = &viewer.console.candor;
    match candor.end_session(viewer.who.person, SessionId(id)).await {
        // It was over already.
        Ok(()) | Err(Error::Access(_)) => see_other("/me"),
        Err(error) => Err(error.into()),
    }
}

async fn drawn(viewer: &Viewer, form: Form, done: Option<&str>) -> Answer {
    drawn_with(viewer, [page::Me::add_passkey(), form], done).await
}

/// The page with its forms for a passkey and for the password, which may have faults.
pub(super) async fn drawn_with(
    viewer: &Viewer,
    [add_passkey, form]: [Form; 2],
    done: Option<&str>,
) -> Answer {
    let (console, who) = (&viewer.console, &viewer.who);
    let here = who.session().map_err(Error::from)?.id;
    let sessions = console.candor.sessions(who.person).await?;
    let sessions = sessions.into_iter().map(|session| page::Session {
        id: session.id.0.to_string(),
        browser: browser::words(&session.user_agent),
        started: console.moment(session.started_at),
        last_used: console.moment(session.last_seen_at),
        is_this: session.id == here,
    });
    let mut frame = viewer.frame("/me");
    frame.done = done.map(str::to_owned);
    let is_faulty = form.is_faulty() || add_passkey.is_faulty();
    let status = if is_faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let ways = console.candor.ways_in(who.person).await?;
    let page = page::Me {
        frame,
        name: who.name.to_string(),
        email: who.email.to_string(),
        roles: who
            .roles
            .iter()
            .map(|role| RoleHeld {
                name: role.label().to_owned(),
                says: words::role_says(role).to_owned(),
            })
            .collect(),
        sessions: sessions.collect(),
        passkeys: passkeys::held(&ways),
        adding: passkeys::adding(viewer, add_passkey).await?,
        password: match ways.has_password {
            true => Some(password(console.candor.recovery_codes_left(who.person).await?, form)),
            false => None,
        },
        may_make_tokens: who.has(Permission::MakeTokens),
        reminders: page::Me::reminders(match console.candor.reminders(who).await? {
            Reminders::Wanted => page::Reminded::Yes,
            Reminders::NotWanted => page::Reminded::No,
        }),
    };
    show_with(status, &page)
}

fn password(codes_left: u64, form: Form) -> PasswordForms {
    let left = words::counted(codes_left as usize, "recovery code is", "recovery codes are");
    PasswordForms { recovery: format!("{left} left."), codes: page::Me::codes(), form }
}
