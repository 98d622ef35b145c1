//! From an error to the page that tells it, in one place.

use std::sync::Arc;

use app::{AccessRefusal, Error, Look, SignedIn};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Permission;
use domain::id::PersonId;
use tracing::error;

use super::again::{self, Kept};
use super::fields::Fields;
use super::page::{Frame, Link, NavItem, Page, Problem};
use super::sign_in::{Entry, Proof};
use super::{Console, LETTER_BYTES_MAX, forms, sign_in, words};

/// A form without files is refused when it is longer.
const FORM_BYTES_MAX: usize = 1 << 20;

/// Who asks: somebody who is signed in.
#[derive(Clone)]
pub(super) struct Viewer {
    pub(super) console: Console,
    pub(super) who: SignedIn,
    pub(super) loud: Loud,
}

/// What the bar tells on every page.
#[derive(Clone, Copy, Default)]
pub(super) struct Loud {
    /// How much is overdue of what the viewer may see.
    overdue: i64,
    /// How much happened to accounts that they have not seen yet.
    access: u64,
}

impl Loud {
    pub(super) async fn read(console: &Console, who: &SignedIn) -> Result<Self, Failure> {
        let candor = &console.candor;
        let access = candor.count_access_notices(who).await?;
        Ok(Self { overdue: candor.overdue(who).await?, access })
    }

    /// About a place of the bar; empty where nothing is.
    fn about(self, href: &str) -> String {
        match (href, self.overdue, self.access) {
            ("/deadlines", 1.., _) if self.overdue >= app::DEADLINES_COUNTED_MAX => {
                format!("{} or more overdue", self.overdue)
            }
            ("/deadlines", 1.., _) => format!("{} overdue", self.overdue),
            ("/audit", _, 1..) => "access changed".to_owned(),
            (_, _, _) => String::new(),
        }
    }
}

/// Why there is no page. What stands around it is added by [`around`].
#[derive(Clone, Debug)]
pub(super) enum Failure {
    SignInFirst,
    Missing,
    /// The form can't be read at all.
    BadForm,
    /// The path takes a form and has no page.
    FormOnly,
    /// The form came from another site.
    OtherSite,
    /// What was sent is longer than this.
    TooLong(&'static str),
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
        let loud = Loud::read(console, &who).await?;
        Ok(Self { console: console.clone(), who, loud })
    }
}

impl Viewer {
    /// What stands around a page, with the places that the viewer may see.
    pub(super) fn frame(&self, here: &str) -> Frame {
        frame(&self.console, &self.who, self.loud).at(here)
    }
}

fn frame(console: &Console, who: &SignedIn, loud: Loud) -> Frame {
    use domain::Category;
    let places = [
        ("Requests", "/", Permission::ReadCases(Category::TechnicalExpertise)),
        ("Deadlines", "/deadlines", Permission::ReadCases(Category::TechnicalExpertise)),
        ("Submissions", "/submissions", Permission::ReadSubmissions),
        ("Authorities", "/authorities", Permission::ReadAuthorities),
        ("Statistics", "/statistics", Permission::ReadCases(Category::TechnicalExpertise)),
        ("Profiles", "/profiles", Permission::ReadProfiles),
        ("Inventory", "/inventory", Permission::ReadInventory),
        ("Retention", "/retention", Permission::ReadRetention),
        ("Audit", "/audit", Permission::ReadTrail),
        ("People", "/people", Permission::ManagePeople),
        ("Mail", "/mail", Permission::ManagePeople),
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
                loud: loud.about(href),
            })
            .collect(),
        me: Some(format!("{}, {}", who.name, roles.join(", "))),
        done: None,
        notice: console.candor.config.publisher.notice.clone(),
        zone: console.zone(),
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

/// On to what was acted on, by who had seen so many events of it.
pub(super) fn led_on(path: &str, seen: i64) -> Answer {
    see_other(&format!("{path}?seen={seen}"))
}

/// How somebody comes to a page: opened, or led on by [`led_on`].
pub(super) fn look(query: Option<String>) -> Look {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    fields.get("seen").parse().map_or(Look::Opened, |seen| Look::LedOn { seen })
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
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    let returning = match (&who, is_get) {
        (None, false) => sign_in::returning(&console, &headers).await,
        (Some(_), _) | (None, true) => None,
    };
    let (typed, allow) = (Fields::default(), None);
    let mut asked = Asked { path: &path, headers: &headers, is_get, typed, returning, allow };
    if is_sent_as(&headers, b"application/x-www-form-urlencoded") {
        let (parts, body) = request.into_parts();
        let Ok(bytes) = to_bytes(body, FORM_BYTES_MAX).await else {
            return told(&console, who.as_ref(), Failure::TooLong("1 MB"), &asked).await;
        };
        asked.typed = Fields::of(&bytes);
        request = Request::from_parts(parts, Body::from(bytes));
    } else if asked.returning.is_some() && is_sent_as(&headers, b"multipart/form-data") {
        // Nobody may send it who is not signed in: what they typed is all that is wanted of it.
        let body = std::mem::take(request.body_mut());
        let bytes = to_bytes(body, LETTER_BYTES_MAX).await.unwrap_or_default();
        asked.typed = again::texts(&headers, Body::from(bytes)).await;
    }
    let mut response = next.run(request).await;
    asked.allow = response.headers().get(header::ALLOW).cloned();
    match response.extensions_mut().remove::<Failure>() {
        None => response,
        Some(failure) => told(&console, who.as_ref(), failure, &asked).await,
    }
}

/// What was asked for, so that nothing that was typed is lost.
struct Asked<'a> {
    path: &'a str,
    headers: &'a HeaderMap,
    is_get: bool,
    typed: Fields,
    /// Whose session has ended by itself meanwhile.
    returning: Option<PersonId>,
    /// The methods that there are instead (RFC 9110, section 15.5.6).
    allow: Option<HeaderValue>,
}

impl Asked<'_> {
    /// Where the page is that the form was on.
    fn page(&self) -> &str {
        if self.is_get { self.path } else { self.page_of_form() }
    }

    fn page_of_form(&self) -> &str {
        let place = self.path.split('/').nth(1).unwrap_or_default();
        match (place, self.path.rsplit_once('/')) {
            ("people", _) => "/people",
            ("me", _) if self.path.starts_with("/me/programs") => "/me/programs",
            ("me", _) => "/me",
            ("authorities", Some(("", _))) => self.path,
            // The form to withdraw an entry stands on the page of its authority.
            ("authorities", Some((page, _))) if page.contains("/contacts") => {
                page.split_once("/contacts").map_or(page, |(authority, _)| authority)
            }
            ("sign-in", _) => "/sign-in",
            ("confirm-it-is-you", _) => "/confirm-it-is-you",
            ("join", Some((page, "passkey"))) => page,
            ("inventory" | "join", _) | ("retention", Some((_, "periods"))) => self.path,
            ("submissions", Some(("", _))) => "/submissions/new",
            (_, Some((page, _))) if !page.is_empty() => page,
            (_, Some(_) | None) => "/",
        }
    }
}

fn is_sent_as(headers: &HeaderMap, media_type: &[u8]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(media_type))
}

async fn signed_in(console: &Console, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    match sign_in::token(headers) {
        Some(token) => console.candor.session(token).await,
        None => Ok(None),
    }
}

async fn told(
    console: &Console,
    who: Option<&SignedIn>,
    failure: Failure,
    asked: &Asked<'_>,
) -> Response {
    let around = || match who {
        Some(who) => frame(console, who, Loud::default()),
        None => Frame::outside(&console.candor.config.publisher.name),
    };
    let page = |status, problem: &Problem| {
        show_with(status, problem).unwrap_or_else(IntoResponse::into_response)
    };
    match failure {
        Failure::SignInFirst => sign_in_first(console, asked),
        Failure::Missing => page(StatusCode::NOT_FOUND, &Problem::missing(around())),
        Failure::BadForm => {
            page(StatusCode::BAD_REQUEST, &Problem::unreadable(around(), back_to(asked.page())))
        }
        Failure::FormOnly => {
            let problem = match asked.is_get {
                true => Problem::form_only(around(), back_to(asked.page_of_form())),
                false => Problem::page_only(around(), back_to(asked.path)),
            };
            let mut response = page(StatusCode::METHOD_NOT_ALLOWED, &problem);
            if let Some(allow) = asked.allow.clone() {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
        Failure::OtherSite => {
            page(StatusCode::FORBIDDEN, &Problem::other_site(around(), back_to(asked.page())))
        }
        Failure::TooLong(most) => {
            let problem = Problem::too_long(around(), most, back_to(asked.page()));
            page(StatusCode::PAYLOAD_TOO_LARGE, &problem)
        }
        Failure::App(error) => match &*error {
            Error::NoRequest
            | Error::NoFile
            | Error::NoSuchSubmission
            | Error::NoSubmission(_)
            | Error::NoAuthority
            | Error::NotQuarantined
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
                let typed = forms::told(console, asked.path, &asked.typed).await;
                let problem = Problem::changed(around(), back, typed);
                page(StatusCode::CONFLICT, &problem)
            }
            Error::Access(AccessRefusal::StepUpNeeded) => match who {
                Some(who) => step_up(console, who, asked).await,
                None => sign_in_first(console, asked),
            },
            Error::Access(AccessRefusal::SignedOut) => sign_in_first(console, asked),
            refusal @ (Error::Access(_)
            | Error::Submission(_)
            | Error::Authority(_)
            | Error::Compartment(_)
            | Error::Hold(_)
            | Error::PeriodWithoutSource(_)
            | Error::TrailTooLong
            | Error::Refused(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::ReasonOfAct
            | Error::NotWhatIsSigned
            | Error::NoLink
            | Error::FileTooLarge(_)
            | Error::FileTwice(_)
            | Error::Quarantined
            | Error::NoScanner
            | Error::NothingChosen
            | Error::ReceiptWaits { .. }
            | Error::InventoryIncomplete(_)) => {
                let why = format!("{}.", words::sentence(&refusal.to_string()));
                let back = Link::new("Back", asked.page());
                page(StatusCode::UNPROCESSABLE_ENTITY, &Problem::refused(around(), &why, back))
            }
            other => failed(console, who, other),
        },
    }
}

/// The way back to a page.
fn back_to(page: &str) -> Link {
    Link::new("To the page", page)
}

/// To the page where one signs in. A form of somebody whose session ended while they wrote is kept.
fn sign_in_first(console: &Console, asked: &Asked<'_>) -> Response {
    if asked.returning.is_none() || !forms::can_wait(&asked.typed) {
        return sign_in::first(asked.page());
    }
    let kept = Kept::new(asked.path, &asked.typed);
    let page = Entry::new(asked.page()).kept(Some(kept));
    drawn(console, None, page.show(console, asked.headers, StatusCode::FORBIDDEN))
}

/// Asks for a second proof, and keeps the form that was sent.
async fn step_up(console: &Console, who: &SignedIn, asked: &Asked<'_>) -> Response {
    let viewer = Viewer { console: console.clone(), who: who.clone(), loud: Loud::default() };
    let kept = (!asked.is_get).then(|| Kept::new(asked.path, &asked.typed));
    let proof = Proof::new(asked.page(), kept).ask(&viewer, StatusCode::FORBIDDEN).await;
    drawn(console, Some(who), proof)
}

/// A page that is drawn here, where nothing else would tell that it failed.
fn drawn(console: &Console, who: Option<&SignedIn>, page: Answer) -> Response {
    match page {
        Ok(response) => response,
        Err(Failure::App(error)) => failed(console, who, &error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn failed(console: &Console, who: Option<&SignedIn>, error: &Error) -> Response {
    // The one place where it is told; the reader learns an id and nothing of the inside.
    let id = console.candor.new_id().unwrap_or_default();
    error!(error = ?error, %id, "a page of the console failed");
    let frame = match who {
        Some(who) => frame(console, who, Loud::default()),
        None => Frame::outside(&console.candor.config.publisher.name),
    };
    show_with(StatusCode::INTERNAL_SERVER_ERROR, &Problem::failed(frame, &id.to_string()))
        .unwrap_or_else(IntoResponse::into_response)
}
