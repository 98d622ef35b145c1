//! The console, the working place of intake, counsel and experts: every route of it stands in
//! [`router`].
//!
//! A handler reads what was sent, calls one function of `app`, which asks the rules and whether the
//! person may, and draws a page. It has a listener of its own and belongs on the company's own
//! network, behind TLS.

mod again;
mod answer;
mod api;
mod audit;
mod authorities;
mod browser;
mod client;
mod csv;
mod deadlines;
mod documents;
mod fields;
mod files;
mod forms;
mod happened;
mod inventory;
mod mail;
mod me;
mod no_data;
mod page;
mod passkeys;
mod people;
mod previews;
mod profiles;
mod programs;
mod queue;
mod requests;
mod retention;
mod secrecy;
mod sign_in;
mod statistics;
mod submissions;
mod time;
mod verifications;
mod words;

use app::Candor;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use answer::Failure;

/// What the console works on.
#[derive(Clone, Debug)]
pub struct Console {
    pub candor: Candor,
}

/// A letter with all its files is refused when it is longer.
const LETTER_BYTES_MAX: usize = 110 << 20;

/// Nothing is loaded from elsewhere, nothing frames it, and no script runs but the one that asks for
/// passkeys, which talks to nobody: what it has goes out with a form.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes of the console.
pub fn console(console: Console) -> Router {
    let header = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    let pages = Router::new()
        .route("/", get(queue::queue))
        .route("/deadlines", get(deadlines::deadlines))
        .route("/statistics", get(statistics::statistics))
        .route("/statistics.csv", get(statistics::csv))
        .route("/statistics/requests", get(statistics::counted))
        .route("/requests/{name}", get(requests::request))
        .route("/requests/{name}/viewings", get(requests::viewings))
        .route("/requests/{name}/audit.html", get(audit::trail))
        .route("/requests/{name}/audit.json", get(audit::trail_json))
        .route("/requests/{name}/declination", get(requests::letter))
        .route("/requests/{name}/declination.txt", get(requests::letter_text))
        .route("/requests/{name}/verification", post(requests::verify))
        .route("/requests/{name}/{act}", post(requests::act))
        .route("/answers/unverified.txt", get(requests::neutral_answer))
        .route("/submissions", get(submissions::submissions).post(submissions::enter))
        .route("/submissions/new", get(submissions::new_submission))
        .route("/submissions/{number}", get(submissions::submission))
        .route("/submissions/{number}/documents", post(documents::add))
        .route("/submissions/{number}/requests", post(submissions::register))
        .route("/submissions/{number}/not-a-request", post(submissions::not_a_request))
        .route("/submissions/{number}/reopen", post(submissions::reopen))
        .route("/submissions/{number}/compartment", post(secrecy::close))
        .route("/submissions/{number}/open", post(secrecy::open))
        .route("/submissions/{number}/receipt", get(submissions::receipt))
        .route("/submissions/{number}/files/{sha256}", get(files::file))
        .route("/submissions/{number}/files/{sha256}/quarantined", post(files::quarantined))
        .route("/submissions/{number}/files/{sha256}/preview/{page}", get(previews::preview))
        .route("/submissions/{number}/files/{sha256}/scan", post(files::scan))
        .route("/authorities", get(authorities::authorities).post(authorities::enter))
        .route("/authorities/{id}", get(authorities::authority))
        .route("/authorities/{id}/contacts", post(authorities::register))
        .route("/authorities/{id}/contacts/{contact}/withdraw", post(authorities::withdraw))
        .route("/profiles", get(profiles::profiles))
        .route("/profiles/{instrument}", get(profiles::profile))
        .route("/profiles/{instrument}/confirm", post(profiles::confirm))
        .route("/inventory", get(inventory::inventory).post(inventory::declare))
        .route("/retention", get(retention::retention))
        .route("/retention/erase", post(retention::erase))
        .route("/retention/hold", post(retention::place))
        .route("/retention/lift", post(retention::lift))
        .route("/retention/periods", get(retention::periods).post(retention::declare))
        .route("/audit", get(audit::audit))
        .route("/audit/seen", post(audit::seen))
        .route("/audit/events.csv", get(audit::events))
        .route("/audit/viewings.csv", get(audit::viewings))
        .route("/people", get(people::people).post(people::invite))
        .route("/people/{id}/roles", post(people::change_roles))
        .route("/people/{id}/link", post(people::invite_again))
        .route("/people/{id}/reset", post(people::reset))
        .route("/people/{id}/sessions", post(people::end_sessions))
        .route("/people/{id}/end", post(people::end))
        .route("/mail", get(mail::mails))
        .route("/mail/{id}/again", post(mail::again))
        .route("/notices/{id}", get(mail::notice))
        .route("/me", get(me::me))
        .route("/me/reminders", post(mail::reminders))
        .route("/me/password", post(me::change_password))
        .route("/me/recovery-codes", post(me::new_recovery_codes))
        .route("/me/sessions/{id}/end", post(me::end_session))
        .route("/me/passkeys", post(passkeys::add))
        .route("/me/passkeys/{id}/remove", post(passkeys::remove))
        .route("/me/fall-back", get(passkeys::fall_back_page).post(passkeys::fall_back))
        .route("/me/programs", get(programs::programs).post(programs::make))
        .route("/me/programs/{id}/revoke", post(programs::revoke))
        .route("/sign-in", get(sign_in::sign_in_page).post(sign_in::sign_in))
        .route("/sign-in/passkey", post(passkeys::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/confirm-it-is-you", get(sign_in::step_up_page).post(sign_in::step_up))
        .route("/confirm-it-is-you/passkey", post(passkeys::step_up))
        .route("/join/{token}", get(sign_in::join_page).post(sign_in::join))
        .route("/join/{token}/passkey", post(passkeys::join))
        .route("/console.css", get(style_sheet))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/passkeys.js", get(script))
        .fallback(async || Failure::Missing)
        .method_not_allowed_fallback(async || Failure::FormOnly)
        .layer(DefaultBodyLimit::max(LETTER_BYTES_MAX))
        // Forms of other sites are refused by where they come from.
        .layer(CsrfLayer::new().with_rejection_response(|_| Failure::OtherSite.into_response()))
        .layer(from_fn_with_state(console.clone(), answer::around));
    Router::new()
        .merge(pages)
        .nest("/api/v1", api::routes())
        .layer(header("content-security-policy", CONTENT_SECURITY_POLICY))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        // A page shows a case: no cache keeps it.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(console)
}

async fn style_sheet() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, page::STYLE_SHEET)
}

async fn script() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    (headers, page::SCRIPT)
}
