//! From an error to the page that tells it, in one place.

use std::sync::Arc;

use app::{AccessRefusal, Error, SignedIn};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Permission;
use tracing::error;

use super::fields::Fields;
use super::page::{Fact, Frame, Link, NavItem, Page, Problem, StepUp};
use super::{Console, sign_in, words};

/// A form without files is refused when it is longer.
const FORM_BYTES_MAX: usize = 1 << 20;

/// Who asks: somebody who is signed in.
#[derive(Clone)]
pub(super) struct Viewer {
    pub(super) console: Console,
    pub(super) who: SignedIn,
}

/// Why there is no page. What stands around it is added by [`around`].
#[derive(Clone, Debug)]
pub(super) enum Failure {
    SignInFirst,
    Missing,
    /// The form can't be read at all.
    BadForm,
    App(Arc<Error>),
}

pub(super) type Answer = Result<Response, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::App(Arc::new(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl FromRequestParts<Console> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Failure> {
        let who = parts.extensions.get::<SignedIn>().cloned().ok_or(Failure::SignInFirst)?;
        Ok(Self { console: console.clone(), who })
    }
}

impl Viewer {
    /// What stands around a page, with the places that the viewer may see.
    pub(super) fn frame(&self, here: &str) -> Frame {
        frame(&self.console, &self.who).at(here)
    }
}

fn frame(console: &Console, who: &SignedIn) -> Frame {
    use domain::Category;
    let places = [
        ("Requests", "/", Permission::ReadCases(Category::TechnicalExpertise)),
        ("Submissions", "/submissions", Permission::ReadSubmissions),
        ("Profiles", "/profiles", Permission::ReadProfiles),
        ("Inventory", "/inventory", Permission::ReadInventory),
        ("People", "/people", Permission::ManagePeople),
    ];
    let roles: Vec<_> = who.roles.iter().map(|role| role.label()).collect();
    Frame {
        publisher: console.candor.config.publisher.name.clone(),
        nav: places
            .into_iter()
            .filter(|(.., permission)| who.has(*permission))
            .map(|(label, href, _)| NavItem {
                label: label.to_owned(),
                href: href.to_owned(),
                here: false,
            })
            .collect(),
        me: Some(format!("{}, {}", who.name, roles.join(", "))),
        done: None,
        notice: console.candor.config.publisher.notice.clone(),
    }
}

/// A page, drawn.
pub(super) fn show(page: &impl Page) -> Answer {
    show_with(StatusCode::OK, page)
}

pub(super) fn show_with(status: StatusCode, page: &impl Page) -> Answer {
    match page.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => {
            error!(error = ?error, "a page could not be drawn");
            Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

pub(super) fn see_other(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

/// Finds out who asks, and draws the page of what went wrong.
pub(super) async fn around(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Response {
    let who = match signed_in(&console, request.headers()).await {
        Ok(who) => who,
        Err(error) => return failed(&console, None, &error),
    };
    if let Some(who) = &who {
        request.extensions_mut().insert(who.clone());
    }
    let path = request.uri().path().to_owned();
    let (is_get, is_form) = (request.method() == Method::GET, is_form(request.headers()));
    let mut typed = Bytes::new();
    if is_form {
        let (parts, body) = request.into_parts();
        typed = match to_bytes(body, FORM_BYTES_MAX).await {
            Ok(bytes) => bytes,
            Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        };
        request = Request::from_parts(parts, Body::from(typed.clone()));
    }
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Failure>() {
        None => response,
        Some(failure) => {
            let asked = Asked { path: &path, is_get, typed: Fields::of(&typed) };
            told(&console, who.as_ref(), failure, &asked)
        }
    }
}

/// What was asked for, so that nothing that was typed is lost.
struct Asked<'a> {
    path: &'a str,
    is_get: bool,
    typed: Fields,
}

impl Asked<'_> {
    /// Where the page is that the form was on.
    fn page(&self) -> &str {
        let place = self.path.split('/').nth(1).unwrap_or_default();
        match (place, self.path.rsplit_once('/')) {
            _ if self.is_get => self.path,
            ("people", _) => "/people",
            ("me", _) => "/me",
            ("inventory" | "sign-in" | "confirm-it-is-you" | "join", _) => self.path,
            ("submissions", Some(("", _))) => "/submissions/new",
            (_, Some((page, _))) if !page.is_empty() => page,
            (_, Some(_) | None) => "/",
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

async fn signed_in(console: &Console, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    match sign_in::token(headers) {
        Some(token) => console.candor.session(token).await,
        None => Ok(None),
    }
}

fn told(
    console: &Console,
    who: Option<&SignedIn>,
    failure: Failure,
    asked: &Asked<'_>,
) -> Response {
    let around = || match who {
        Some(who) => frame(console, who),
        None => Frame::outside(&console.candor.config.publisher.name),
    };
    let page = |status, problem: &Problem| {
        show_with(status, problem).unwrap_or_else(IntoResponse::into_response)
    };
    match failure {
        Failure::SignInFirst => sign_in::first(asked.page()),
        Failure::Missing => page(StatusCode::NOT_FOUND, &Problem::missing(around())),
        Failure::BadForm => StatusCode::BAD_REQUEST.into_response(),
        Failure::App(error) => match &*error {
            Error::NoRequest
            | Error::NoFile
            | Error::NoSuchSubmission
            | Error::NoSubmission(_)
            | Error::Access(AccessRefusal::NoPerson(_)) => {
                page(StatusCode::NOT_FOUND, &Problem::missing(around()))
            }
            Error::Forbidden(permission) => {
                let roles: Vec<_> = permission.roles().iter().map(|role| role.label()).collect();
                let needs = format!(
                    "the right to {}, which {} has",
                    permission.words(),
                    roles.join(" or ")
                );
                page(StatusCode::FORBIDDEN, &Problem::forbidden(around(), &needs, &[]))
            }
            Error::Moved => {
                let back = Link::new("Look at it as it is now", asked.page());
                let typed = asked.typed.sent().iter();
                let typed =
                    typed.filter(|(name, value)| !value.trim().is_empty() && is_shown(name));
                let typed = typed.map(|(name, value)| Fact::new(name.replace('_', " "), value));
                let problem = Problem::changed(around(), back, typed.collect());
                page(StatusCode::CONFLICT, &problem)
            }
            Error::Access(AccessRefusal::StepUpNeeded) => step_up(around(), asked),
            Error::Access(AccessRefusal::SignedOut) => sign_in::first(asked.page()),
            refusal @ (Error::Access(_)
            | Error::Submission(_)
            | Error::Refused(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::ReasonOfAct
            | Error::NoLink
            | Error::FileTooLarge(_)
            | Error::FileTwice(_)
            | Error::NothingChosen
            | Error::InventoryIncomplete(_)) => {
                let why = format!("{}.", words::sentence(&refusal.to_string()));
                let back = Link::new("Back", asked.page());
                page(StatusCode::UNPROCESSABLE_ENTITY, &Problem::refused(around(), &why, back))
            }
            other => failed(console, who, other),
        },
    }
}

/// Whether what was typed into a field of this name may stand on a page: no secret does, and
/// nothing that nobody typed.
fn is_shown(name: &str) -> bool {
    let is_secret = matches!(name, "old" | "password" | "again" | "code");
    !is_secret && !name.starts_with("again.") && !matches!(name, "seen" | "aspect" | "next")
}

/// Asks for a second proof, and keeps the form that was sent.
fn step_up(frame: Frame, asked: &Asked<'_>) -> Response {
    let next = if asked.is_get { asked.path } else { asked.page() };
    let mut form = StepUp::form(next);
    if !asked.is_get {
        form = form.hidden("again", asked.path);
        for (name, value) in asked.typed.sent() {
            form = form.hidden(format!("again.{name}"), value.as_str());
        }
    }
    let about = "What you are about to do lets something out or somebody in. Prove with your \
                 authenticator that it is you; it holds for five minutes."
        .to_owned();
    let back = Link::new("Back without doing it", next);
    let page = StepUp { frame, about, back, form };
    show_with(StatusCode::FORBIDDEN, &page).unwrap_or_else(IntoResponse::into_response)
}

fn failed(console: &Console, who: Option<&SignedIn>, error: &Error) -> Response {
    // The one place where it is told; the reader learns an id and nothing of the inside.
    let id = console.candor.new_id().unwrap_or_default();
    error!(error = ?error, %id, "a page of the console failed");
    let frame = match who {
        Some(who) => frame(console, who),
        None => Frame::outside(&console.candor.config.publisher.name),
    };
    show_with(StatusCode::INTERNAL_SERVER_ERROR, &Problem::failed(frame, &id.to_string()))
        .unwrap_or_else(IntoResponse::into_response)
}
