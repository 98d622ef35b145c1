//! Signing in and out, joining by a link, and proving once more who one is.

use app::{Error, SignIn};
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::PersonId;

use super::again::Kept;
use super::answer::{Answer, Failure, Viewer, see_other, show, show_with};
use super::fields::Fields;
use super::page::{self, Authenticator, Fault, Form, Frame};
use super::{Console, words};

/// `__Host-`: for this host alone, over HTTPS or on this machine (RFC 6265bis, section 4.1.3.2).
const COOKIE: &str = "__Host-candor";
const LATER: &str = "HttpOnly; Secure; SameSite=Strict; Path=/";

/// The token of the session that the browser sends.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Who was signed in with the session that the browser sends and that has ended by itself.
pub(super) async fn returning(console: &Console, headers: &HeaderMap) -> Option<PersonId> {
    let token = token(headers)?;
    // Where that can't be told now, a form is not kept, and nothing else is lost.
    console.candor.whose_session_ended(token).await.ok().flatten()
}

/// To the page where one signs in, and from there back.
pub(super) fn first(next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

fn with_cookie(response: Response, value: &str) -> Answer {
    let mut response = response;
    let cookie = HeaderValue::from_str(value).map_err(|_| Failure::BadForm)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A path of this site, and nothing that leads elsewhere. A browser takes `\` for `/` and leaves
/// out tabs and line breaks (WHATWG URL, section 4.4), so that `/`, a tab and `/` are `//` to it.
pub(super) fn own_path(next: &str) -> &str {
    let is_strange = next.contains('\\') || next.contains(char::is_control);
    let is_own = next.starts_with('/') && !next.starts_with("//") && !is_strange;
    if is_own { next } else { "/" }
}

fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

pub(super) fn outside(console: &Console) -> Frame {
    let publisher = &console.candor.config.publisher;
    Frame { notice: publisher.notice.clone(), ..Frame::outside(&publisher.name) }
}

pub(super) async fn sign_in_page(
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::of(query.unwrap_or_default().as_bytes());
    let form = page::SignIn::form().hidden("next", own_path(query.get("next")));
    let waits = page::Waits::Nothing;
    show(&page::SignIn { frame: outside(&console), form, waits, passkeys: false })
}

pub(super) async fn sign_in(
    State(console): State<Console>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let user_agent = browser(&headers);
    let (email, password, code) = (fields.get("email"), fields.get("password"), fields.get("code"));
    match console.candor.sign_in(SignIn { email, password, code, user_agent }).await {
        Ok(token) => {
            let response = welcome_back(&console, &headers, token.reveal(), &fields).await?;
            with_cookie(response, &format!("{COOKIE}={}; {LATER}", token.reveal()))
        }
        Err(Error::Access(refusal)) => {
            let mut form = page::SignIn::form()
                .hidden("next", own_path(fields.get("next")))
                .keep(fields.sent())
                .faulted(&[Fault::whole(words::sentence(&refusal.to_string()))]);
            let mut waits = page::Waits::Nothing;
            if let Some(kept) = Kept::read(&fields) {
                form = kept.hide(form);
                waits = page::Waits::Form;
            }
            let page = page::SignIn { frame: outside(&console), form, waits, passkeys: false };
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// On to where they were going; the form that waits is offered to whoever filled it in, and to
/// nobody else.
async fn welcome_back(
    console: &Console,
    headers: &HeaderMap,
    token: String,
    fields: &Fields,
) -> Answer {
    let next = own_path(fields.get("next"));
    let (Some(kept), Some(was)) = (Kept::read(fields), returning(console, headers).await) else {
        return see_other(next);
    };
    match console.candor.session(&token).await? {
        Some(who) if who.person == was => {
            let overdue = console.candor.overdue(&who).await?;
            let viewer = Viewer { console: console.clone(), who, overdue };
            show(&kept.offered(&viewer, "You are signed in again.", next).await)
        }
        Some(_) | None => see_other(next),
    }
}

pub(super) async fn sign_out(viewer: Viewer) -> Answer {
    viewer.console.candor.sign_out(&viewer.who).await?;
    with_cookie(see_other("/sign-in")?, &format!("{COOKIE}=; Max-Age=0; {LATER}"))
}

pub(super) async fn join_page(State(console): State<Console>, Path(token): Path<String>) -> Answer {
    joining(&console, &token, page::Join::form(&token)).await
}

async fn joining(console: &Console, token: &str, form: Form) -> Answer {
    let welcome = console.candor.invitation(token).await?.ok_or(Failure::Missing)?;
    let new = console.candor.begin_joining(token).await?;
    let status = if form.is_faulty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = page::Join {
        frame: outside(console),
        name: welcome.person.name.to_string(),
        roles: words::roles(welcome.person.roles),
        authenticator: Authenticator {
            secret: new.secret_in_groups,
            link: new.uri,
            drawing: new.svg.unwrap_or_default(),
        },
        form,
    };
    show_with(status, &page)
}

pub(super) async fn join(
    State(console): State<Console>,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let again = |fault| joining(&console, &token, page::Join::form(&token).faulted(&[fault]));
    if fields.get("password") != fields.get("again") {
        return again(Fault::new("again", "Type the same password twice")).await;
    }
    let welcome = console.candor.invitation(&token).await?.ok_or(Failure::Missing)?;
    let given = (fields.get("password"), fields.get("code"));
    match console.candor.join(&token, given, browser(&headers)).await {
        Ok(joined) => {
            let page = page::Joined {
                frame: outside(&console),
                name: welcome.person.name.to_string(),
                codes: joined.recovery_codes.iter().map(|code| code.reveal()).collect(),
            };
            with_cookie(show(&page)?, &format!("{COOKIE}={}; {LATER}", joined.session.reveal()))
        }
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

pub(super) async fn step_up_page(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::of(query.unwrap_or_default().as_bytes());
    let next = own_path(query.get("next"));
    proof(&viewer, page::StepUp::form(next), next, StatusCode::OK)
}

fn proof(viewer: &Viewer, form: Form, next: &str, status: StatusCode) -> Answer {
    let page = page::StepUp {
        frame: viewer.frame(""),
        about: "What you are about to do lets something out or somebody in. Prove with your \
                authenticator that it is you; it holds for five minutes."
            .to_owned(),
        back: page::Link::new("Back without doing it", next),
        form,
    };
    show_with(status, &page)
}

/// A second proof. What was sent before it is offered to be sent again, so that nothing is lost.
pub(super) async fn step_up(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let next = own_path(fields.get("next"));
    let kept = Kept::read(&fields);
    match (viewer.console.candor.step_up(&viewer.who, fields.get("code")).await, kept) {
        (Ok(()), None) => see_other(next),
        (Ok(()), Some(kept)) => {
            let proven = "You have proven that it is you.";
            show(&kept.offered(&viewer, proven, next).await)
        }
        (Err(Error::Access(refusal)), kept) => {
            let mut form = page::StepUp::form(next)
                .faulted(&[Fault::new("code", words::sentence(&refusal.to_string()))]);
            if let Some(kept) = kept {
                form = kept.hide(form);
            }
            proof(&viewer, form, next, StatusCode::UNPROCESSABLE_ENTITY)
        }
        (Err(error), _) => Err(error.into()),
    }
}
