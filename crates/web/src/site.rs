//! The public site: every route of it stands in [`router`].

use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::Period;
use domain::id::Sha256Hash;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use store::{Publication, ReadOnly};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What the public site serves from.
#[derive(Clone, Debug)]
pub struct Public {
    pub published: ReadOnly,
    pub publisher: report::Publisher,
    /// How much of the log the public sees.
    pub publication: Publication,
}

#[derive(Clone)]
struct Site {
    public: Public,
    metrics: PrometheusHandle,
}

/// Nothing but what the site itself holds is loaded, and no other page may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A drawing opened by itself brings its style along, for light and dark.
const CONTENT_SECURITY_POLICY_OF_DRAWINGS: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The routes of the public site.
///
/// `/metrics` tells counts of answers and no content; keep it from the public by a proxy.
pub fn router(public: Public) -> Router {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    // A second site in one process, as in tests, counts into the first one's recorder.
    metrics::set_global_recorder(recorder).ok();
    Router::new()
        .route("/", get(all_editions))
        .route("/candor.css", get(style_sheet))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|State(site): State<Site>| async move { site.metrics.render() }))
        .route("/log/{*path}", get(log_file))
        .route("/{period}", get(to_folder))
        .route("/{period}/", get(edition))
        .route("/{period}/{*path}", get(edition_file))
        .fallback(|| async { Problem::Missing })
        .layer(from_fn(count_answer))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(CompressionLayer::new())
        .with_state(Site { public, metrics })
}

/// Why there is no answer.
#[derive(Debug)]
enum Problem {
    Missing,
    Failed(app::Error),
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Missing => {
                (StatusCode::NOT_FOUND, "There is no such page. All editions are listed at /.\n")
                    .into_response()
            }
            Self::Failed(error) => {
                // The one place where it is told; the reader learns nothing of the inside.
                tracing::error!(error = ?error, "a page could not be served");
                (StatusCode::INTERNAL_SERVER_ERROR, "This page can't be shown at the moment.\n")
                    .into_response()
            }
        }
    }
}

async fn all_editions(State(site): State<Site>, request: HeaderMap) -> Result<Response, Problem> {
    let Public { published, publisher, .. } = &site.public;
    let page = app::page_of_all_editions(published, publisher).await?;
    Ok(answer("index.html", page, &request))
}

async fn style_sheet(request: HeaderMap) -> Response {
    answer("candor.css", report::STYLE_SHEET.into(), &request)
}

async fn ready(State(site): State<Site>) -> Result<&'static str, Problem> {
    site.public.published.ping().await?;
    Ok("ready\n")
}

/// The log as C2SP tlog-tiles lays it out: tiles never change, the checkpoint does.
async fn log_file(
    State(site): State<Site>,
    Path(path): Path<String>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let Public { published, publication, .. } = &site.public;
    let bytes = published.log_file(&path, *publication).await?.ok_or(Problem::Missing)?;
    let mut response = answer(&path, bytes, &request);
    let keep = match path.as_str() {
        "checkpoint" => "no-cache",
        path if path.starts_with("tile/") => "public, max-age=31536000, immutable",
        _ => "public, max-age=300",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

/// Links in a page are relative to its folder, so a folder ends with a slash.
async fn to_folder(Path(period): Path<String>) -> Result<Redirect, Problem> {
    let period = Period::from_slug(&period).map_err(|_| Problem::Missing)?;
    Ok(Redirect::permanent(&format!("/{}/", period.slug())))
}

async fn edition(
    State(site): State<Site>,
    Path(period): Path<String>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    find(&site, &period, "index.html", &request).await
}

async fn edition_file(
    State(site): State<Site>,
    Path((period, path)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    // A folder shows its page: `2020/r0/` is `2020/r0/index.html`.
    let path = if path.ends_with('/') { path + "index.html" } else { path };
    find(&site, &period, &path, &request).await
}

async fn find(
    site: &Site,
    period: &str,
    path: &str,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let period = Period::from_slug(period).map_err(|_| Problem::Missing)?;
    let file = site.public.published.file(period, path).await?.ok_or(Problem::Missing)?;
    Ok(answer(&file.path, file.bytes, request))
}

/// The bytes, or "not modified" where the reader holds them already.
fn answer(path: &str, bytes: Vec<u8>, request: &HeaderMap) -> Response {
    let hash = Sha256Hash(Sha256::digest(&bytes).into());
    // Weak, since the bytes on the wire may be compressed.
    let tag = format!("W/\"{hash}\"");
    let held = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let headers = [
        (header::CONTENT_TYPE, media_type(path).to_owned()),
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
    ];
    let mut response = if held.is_some_and(|tags| tags.split(',').any(|held| held.trim() == tag)) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, Body::from(bytes)).into_response()
    };
    if path.ends_with(".svg") {
        let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY_OF_DRAWINGS);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn media_type(path: &str) -> &'static str {
    if path == "checkpoint" {
        return "text/plain; charset=utf-8";
    }
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some(_) | None => "application/octet-stream",
    }
}

async fn count_answer(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("candor_site_answers_total", "status" => status).increment(1);
    metrics::histogram!("candor_site_answer_seconds").record(begun.elapsed().as_secs_f64());
    response
}
