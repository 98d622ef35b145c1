//! The interface for programs (`docs/api.md`). A program sends its token with each request (RFC
//! 6750) and is told in JSON; what went wrong in `application/problem+json` (RFC 9457).
//!
//! It calls the same functions of `app` as the pages, so the same rules hold: a program may do what
//! its token and its person's roles both allow.

use app::{
    AccessRefusal, By, CHANGES_MAX, Case, CaseRow, ChangesFilter, Entered, Error, Letter, Look,
    Rest, SignedIn,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Multipart, Path, RawQuery};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::access::Permission;
use domain::category::Category;
use domain::id::SubmissionId;
use domain::request::StageKind;
use domain::submission::Channel;
use serde_json::{Value, json};
use tracing::error;

use super::answer::Failure;
use super::fields::{Fields, Reading};
use super::page::Fault;
use super::submissions::parts;
use super::{Console, LETTER_BYTES_MAX};

/// The routes below `/api/v1`.
pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/submissions", post(enter))
        .route("/submissions/{id}/receipt", get(receipt))
        .route("/requests", get(requests))
        .route("/requests/{name}", get(request))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path"))
        .method_not_allowed_fallback(async || {
            let what = "this path takes another method, which the header Allow names";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, what)
        })
        .layer(DefaultBodyLimit::max(LETTER_BYTES_MAX))
}

type Answer = Result<Response, Problem>;

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// A program, and whom it acts for.
struct Program {
    console: Console,
    who: SignedIn,
}

impl FromRequestParts<Console> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Problem> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|given| given.to_str().ok());
        let token = given.and_then(|given| given.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(|| {
            let what = "send a token, as `Authorization: Bearer candor_…`";
            Problem::new(StatusCode::UNAUTHORIZED, what)
        })?;
        let who = console.candor.program(token.trim()).await?;
        Ok(Self { console: console.clone(), who })
    }
}

/// What is told instead of an answer.
#[derive(Debug)]
struct Problem {
    status: StatusCode,
    detail: String,
    faults: Vec<Fault>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), faults: Vec::new() }
    }

    fn faulty(faults: Vec<Fault>) -> Self {
        let detail = "some fields are missing or wrong".to_owned();
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail, faults }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Access(AccessRefusal::Token) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) | Error::Access(AccessRefusal::ByPersonAlone) => {
                StatusCode::FORBIDDEN
            }
            Error::NoRequest | Error::NoSubmission(_) => StatusCode::NOT_FOUND,
            Error::ReceiptWaits { .. } => StatusCode::CONFLICT,
            Error::FileTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::FileTwice(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::Submission(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Again => StatusCode::SERVICE_UNAVAILABLE,
            // The reader learns nothing of the inside.
            other => {
                error!(error = ?other, "a program could not be answered");
                let detail = "something failed here, and the log of the server says what";
                return Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail);
            }
        };
        Self::new(status, error.to_string())
    }
}

/// Of a form that can't be read.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLong(most) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("it is longer than {most}"))
            }
            Failure::App(error) => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
            Failure::BadForm
            | Failure::SignInFirst
            | Failure::Missing
            | Failure::FormOnly
            | Failure::OtherSite => {
                let what = "this is not the form that it says it is: send multipart/form-data \
                            (RFC 7578)";
                Self::new(StatusCode::BAD_REQUEST, what)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, detail, faults } = self;
        let mut body = json!({
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": detail,
        });
        if !faults.is_empty() {
            let faults = faults.into_iter();
            body["errors"] =
                faults.map(|fault| json!({ "field": fault.field, "detail": fault.text })).collect();
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        // RFC 6750, section 3.
        let challenge = match status {
            StatusCode::UNAUTHORIZED => Some("Bearer"),
            StatusCode::FORBIDDEN => Some("Bearer error=\"insufficient_scope\""),
            _ => None,
        };
        let challenge = challenge.map(|challenge| [(header::WWW_AUTHENTICATE, challenge)]);
        (status, kind, challenge, body.to_string()).into_response()
    }
}

/// POST /api/v1/submissions: what arrived, with its files.
async fn enter(
    program: Program,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Answer {
    let Program { console, who } = program;
    who.may(Permission::EnterSubmission)?;
    let form = form.map_err(|rejected| Problem::new(rejected.status(), rejected.body_text()))?;
    let (fields, files) = parts(form).await?;
    let mut reading = Reading::new(&fields);
    let channel = match fields.get("channel") {
        "" => Some(Channel::Api),
        _ => reading.code("channel", Channel::from_code, "Give one of portal, api, mail, letter"),
    };
    let received_on = match fields.get("received_on") {
        "" => Some(console.candor.today()),
        _ => reading.day("received_on", "Give a day that exists, such as 2026-09-21"),
    };
    let sender = reading.text("sender", "Say who sent it");
    let summary = reading.text("summary", "Say in a sentence or more what it is");
    let read = channel.zip(received_on).zip(sender.zip(summary));
    let ((channel, received_on), (sender, summary)) =
        reading.done(read).map_err(Problem::faulty)?;
    let reference = Some(fields.get("reference").to_owned());
    let letter = Letter { channel, received_on, reference, sender, summary, files, secret: None };
    let (submission, receipt, batch_at) = match console.candor.enter(letter, &who).await {
        Ok(Entered::Sealed(received)) => (received.submission, Some(received.receipt), None),
        Ok(Entered::Waiting { submission, batch_at }) => (submission, None, Some(batch_at)),
        // It is sealed: whoever sent it again would have it twice.
        Err(Error::NotReceipted(submission)) => (submission, None, None),
        Err(error) => return Err(error.into()),
    };
    let number = console.candor.number_of(submission, &who).await?;
    let receipt: Option<Value> = match receipt {
        Some(receipt) => serde_json::from_slice(&receipt.to_json()).ok(),
        None => None,
    };
    let answer = json!({
        "submission": submission.to_string(),
        "number": number.to_string(),
        "receipt": receipt,
        "receipt_not_before": batch_at.map(|at| at.to_string()),
    });
    let place = [(header::LOCATION, format!("/submissions/{number}"))];
    Ok((StatusCode::CREATED, place, JSON, answer.to_string()).into_response())
}

/// GET /api/v1/submissions/{id}/receipt, once there is one.
async fn receipt(program: Program, Path(id): Path<String>) -> Answer {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no such submission");
    let id = SubmissionId(id.parse().map_err(|_| missing())?);
    let receipt = program.console.candor.receipt(id, By::Person(&program.who)).await?;
    Ok((JSON, receipt.to_json()).into_response())
}

/// GET /api/v1/requests: those to which something happened after a place, in its order.
async fn requests(program: Program, RawQuery(query): RawQuery) -> Answer {
    let filter = filter(&Fields::of(query.unwrap_or_default().as_bytes()))?;
    let changes = program.console.candor.changes(&filter, &program.who).await?;
    let requests = changes.cases.iter().map(|(row, changed)| {
        let authority = changes.authorities.get(&row.authority);
        let mut told = standing(row, authority.map_or("", |known| known.name.as_str()));
        told["changed"] = json!(changed);
        told
    });
    let answer = json!({
        "requests": requests.collect::<Vec<_>>(),
        "next": changes.next.to_string(),
        "more": changes.rest == Rest::More,
    });
    Ok((JSON, answer.to_string()).into_response())
}

/// What is asked for. A parameter that is written wrong is told, and never left out of account:
/// whoever misspelt it would take all requests for some.
fn filter(fields: &Fields) -> Result<ChangesFilter, Problem> {
    let mut reading = Reading::new(fields);
    for (name, _) in fields.sent() {
        if !["state", "category", "after", "limit"].contains(&name.as_str()) {
            reading.fault(name, "There is no such parameter: give state, category, after or limit");
        }
    }
    let is_given = |name: &str| !fields.get(name).is_empty();
    let mut filter = ChangesFilter { most: CHANGES_MAX, ..ChangesFilter::default() };
    if is_given("state") {
        let words = "Give a state as requests have it, such as in_verification";
        let stages = reading.codes("state", |code| StageKind::from_code(code).ok(), words);
        filter.stages = stages.unwrap_or_default();
    }
    if is_given("category") {
        let words = "Give user_data or technical_expertise";
        filter.category = reading.parsed::<Category>("category", words);
    }
    if is_given("after") {
        filter.after = reading.parsed("after", "Give what the list before told as next");
    }
    if is_given("limit") {
        let words = format!("Give a whole number, 1 to {CHANGES_MAX}");
        match fields.get("limit").parse() {
            Ok(most) if (1..=CHANGES_MAX).contains(&most) => filter.most = most,
            Ok(_) | Err(_) => reading.fault("limit", &words),
        }
    }
    reading.done(Some(filter)).map_err(Problem::faulty)
}

/// GET /api/v1/requests/{name}: where it stands and what happened to it, without any text of a
/// person's. That it was looked at is in the access log, under the person's name.
async fn request(program: Program, Path(name): Path<String>) -> Answer {
    let name = name.parse().map_err(|_| Problem::from(Error::NoRequest))?;
    let case = program.console.candor.open_case(name, Look::Opened, &program.who).await?;
    Ok((JSON, told(&case).to_string()).into_response())
}

fn told(case: &Case) -> Value {
    let events = case.events.iter().map(|event| {
        json!({
            "type": event.recorded.event.kind(),
            "at": event.recorded.at.to_string(),
            "position": event.recorded.position,
            "leaf": event.leaf,
        })
    });
    let mut told = standing(&case.row, &case.authority.name);
    told["events"] = events.collect();
    told
}

/// What a request is and where it stands.
fn standing(row: &CaseRow, authority: &str) -> Value {
    json!({
        "name": row.name.to_string(),
        "request": row.request.to_string(),
        "submission": row.submission.to_string(),
        "received_on": row.received_on.to_string(),
        "due_on": row.due_on.map(|on| on.to_string()),
        "due_at": row.due_at.map(|at| at.to_string()),
        "country": row.country.code(),
        "authority": authority,
        "category": row.category.code(),
        "instrument": row.instrument.as_str(),
        "demands": row.demands.iter().map(|demand| demand.code()).collect::<Vec<_>>(),
        "emergency": row.urgency == domain::fact::Urgency::Emergency,
        "state": row.stage.code(),
    })
}
