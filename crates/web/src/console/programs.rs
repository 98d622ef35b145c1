//! The programs that act for the viewer: their tokens.

use app::{AccessRefusal, Error};
use axum::extract::{Path, RawForm};
use axum::http::StatusCode;
use domain::access::{Permission, Scope, ScopeSet};
use domain::id::TokenId;
use domain::person::PersonRefusal;
use jiff::civil::Date;

use super::answer::{Answer, Viewer, see_other, show, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fault, Form, TokenHeld};
use super::words;

pub(super) async fn programs(viewer: Viewer) -> Answer {
    let form = form(&viewer);
    drawn(&viewer, form).await
}

/// Makes a token, and shows it this once.
pub(super) async fn make(viewer: Viewer, RawForm(form_sent): RawForm) -> Answer {
    viewer.who.may(Permission::MakeTokens)?;
    let fields = Fields::of(&form_sent);
    let again = |faults: &[Fault]| form(&viewer).keep(fields.sent()).faulted(faults);
    let mut reading = Reading::new(&fields);
    let name = reading.text("name", "Say what you call it");
    let of_code = |code: &str| Scope::from_code(code).ok();
    let scopes: Option<ScopeSet> =
        reading.codes("scopes", of_code, "Choose what the program may do");
    let expires_on = reading.day("expires_on", "Give the last day on which it is taken");
    let read = name.zip(scopes.zip(expires_on));
    let (name, asked) = match reading.done(read) {
        Ok(read) => read,
        Err(faults) => return drawn(&viewer, again(&faults)).await,
    };
    match viewer.console.candor.make_token(&viewer.who, &name, asked).await {
        Ok(token) => {
            let token = token.reveal();
            let header = format!("Authorization: Bearer {token}");
            show(&page::NewToken { frame: viewer.frame("/me"), name, header })
        }
        Err(Error::Access(AccessRefusal::Person(refusal))) => {
            let field = match refusal {
                PersonRefusal::NoMeansName => "name",
                PersonRefusal::TokenExpiry => "expires_on",
                PersonRefusal::NoScope | PersonRefusal::ScopeBeyondRoles => "scopes",
                PersonRefusal::NoEmail
                | PersonRefusal::NoName
                | PersonRefusal::NoRole
                | PersonRefusal::OperatorReadsNoCase
                | PersonRefusal::OwnAccount
                | PersonRefusal::SameRoles
                | PersonRefusal::Joined
                | PersonRefusal::Left
                | PersonRefusal::LastOperator
                | PersonRefusal::NotJoined
                | PersonRefusal::TooManyPasskeys
                | PersonRefusal::LastWayIn
                | PersonRefusal::TooManyTokens => "",
            };
            let fault = Fault::new(field, words::sentence(&refusal.to_string()));
            drawn(&viewer, again(&[fault])).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    viewer.who.allowed(Permission::MakeTokens)?;
    match viewer.console.candor.revoke_token(&viewer.who, TokenId(id)).await {
        // It was revoked already.
        Ok(()) | Err(Error::Access(AccessRefusal::NoToken)) => see_other("/me/programs"),
        Err(error) => Err(error.into()),
    }
}

fn form(viewer: &Viewer) -> Form {
    let scopes = viewer.who.scopes().into_iter();
    page::Programs::form(
        scopes
            .map(|scope| Choice::new(scope.code(), words::sentence(words::scope(scope))))
            .collect(),
    )
}

async fn drawn(viewer: &Viewer, form: Form) -> Answer {
    viewer.who.allowed(Permission::MakeTokens)?;
    let candor = &viewer.console.candor;
    let (today, tokens) = (candor.today(), candor.tokens(&viewer.who).await?);
    let is_taken =
        |token: &&app::StoredToken| token.revoked_on.is_none() && today <= token.expires_on;
    let taken = tokens.iter().filter(is_taken).count();
    let day = |day: Date| day.strftime("%-d %b %Y").to_string();
    let held = tokens.iter().map(|token| {
        let (id, name) = (token.id.to_string(), token.name.as_str());
        let may: Vec<_> = token.scopes.iter().map(words::scope).collect();
        TokenHeld {
            name: name.to_owned(),
            may: may.join(" and "),
            taken: match token.revoked_on {
                Some(on) => format!("revoked on {}", day(on)),
                None if today <= token.expires_on => format!("until {}", day(token.expires_on)),
                None => format!("over since {}", day(token.expires_on)),
            },
            last_used: match token.last_used_on {
                Some(on) => format!("last used on {}", day(on)),
                None => "never used".to_owned(),
            },
            revoke: is_taken(&token).then(|| page::Programs::revoke(&id, name)),
        }
    });
    let sentence = match tokens.len() {
        0 => "No program acts for you.".to_owned(),
        all => format!(
            "{} taken, {} over.",
            words::counted(taken, "token is", "tokens are"),
            words::counted(all - taken, "is", "are"),
        ),
    };
    let status = if form.is_faulty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page =
        page::Programs { frame: viewer.frame("/me"), sentence, tokens: held.collect(), form };
    show_with(status, &page)
}
