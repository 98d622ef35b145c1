//! A company in a test: a data directory on one of the databases, a clock that stands still, and
//! the acts of the people of the stories.

use std::path::{Path, PathBuf};

use app::{
    Candor, Clock, Database, Import, Imported, Init, Inspector, Protection, Publisher, Reimport,
    Run, SigningKeys,
};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::Period;
use domain::id::Actor;
use exchange::Mapping;
use jiff::Timestamp;
use store::Location;
use tower::ServiceExt;

/// 21 September 2026.
pub const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// The example's files.
pub const REQUESTS: &str = include_str!("../../examples/first-report/requests.csv");
pub const FIGURES: &str = include_str!("../../examples/first-report/figures.csv");
pub const EXPECTED: &str = include_str!("../../examples/first-report/expected.csv");

pub struct World {
    pub candor: Candor,
    pub dir: tempfile::TempDir,
}

/// What a reader got.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("UTF-8")
    }
}

impl World {
    /// A company that has just run `candor init`.
    pub async fn new(location: Location) -> Self {
        Self::with_keys(location, Protection::Plain).await
    }

    /// The same, with its key files locked.
    pub async fn with_keys(location: Location, protection: Protection) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let database = match location {
            Location::Sqlite(_) => Database::default(),
            Location::Postgres(url) => Database { url },
        };
        let publisher = Publisher {
            name: "Example publisher".to_owned(),
            notice: Some("An example.".to_owned()),
            principles: None,
        };
        let data = dir.path().join("data");
        let origin = Some("example.com/log".to_owned());
        let time_zone = "UTC".to_owned();
        let signing = SigningKeys::Files;
        let init = Init { publisher, database, time_zone, origin, protection, signing };
        app::init(&data, init).await.expect("makes a data directory");
        let mut candor = Candor::open(&data, Clock::Fixed(NOW)).await.expect("opens it");
        candor.inspector = Inspector::new(inspector());
        Self { candor, dir }
    }

    /// A company that has imported the example.
    pub async fn with_example(location: Location) -> Self {
        let world = Self::new(location).await;
        world.operator_imports("requests.csv", REQUESTS).await.expect("imports");
        world.operator_imports("figures.csv", FIGURES).await.expect("imports");
        world
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).expect("writes");
        path
    }

    pub async fn operator_imports(&self, name: &str, text: &str) -> Result<Imported, app::Error> {
        self.imports(name, text, Reimport::Refuse, Run::Real).await
    }

    pub async fn imports(
        &self,
        name: &str,
        text: &str,
        reimport: Reimport,
        run: Run,
    ) -> Result<Imported, app::Error> {
        let file = self.file(name, text);
        let import = Import { file: &file, mapping: Mapping::default(), reimport, run };
        self.candor.import(import, Actor::OperatorCli, |_| ()).await
    }

    pub async fn editor_publishes(&self, period: &str) -> Result<app::Published, app::Error> {
        self.candor.publish(self::period(period), None, Actor::OperatorCli).await
    }

    pub async fn editor_corrects(
        &self,
        period: &str,
        reason: &str,
    ) -> Result<app::Published, app::Error> {
        let reason = Some(reason.to_owned());
        self.candor.publish(self::period(period), reason, Actor::OperatorCli).await
    }

    /// `by-country.csv` of a draft of the period.
    pub async fn editor_drafts_table(&self, period: &str) -> String {
        let out = self.dir.path().join("draft");
        let (period, formats) = (self::period(period), [report::Format::Csv]);
        let site = app::Site::new(&out);
        self.candor.build(period, app::AsOf::Now, &formats, &site).await.expect("builds");
        std::fs::read_to_string(out.join(report::folder(&period)).join("by-country.csv"))
            .expect("reads")
    }

    /// The events so far.
    pub async fn events(&self) -> i64 {
        let mut tx = self.candor.db.snapshot().await.expect("begins");
        tx.head().await.expect("reads").0
    }

    pub async fn reader_gets(&self, path: &str) -> Answer {
        self.reader_asks(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn reader_asks(&self, request: Request<Body>) -> Answer {
        let public = web::Public {
            published: self.candor.db.read_only(),
            publisher: self.candor.report_publisher().expect("the publisher"),
            publication: self.candor.config.log.publish.into(),
        };
        let response = web::router(public).oneshot(request).await.expect("answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 50_000_000).await.expect("a body").to_vec();
        Answer { status, headers, bytes }
    }
}

/// The program that looks into files, which is built with the stories.
fn inspector() -> PathBuf {
    let stories = std::env::current_exe().expect("its path");
    let built = stories.parent().and_then(Path::parent).expect("the folder of what is built");
    built.join("inspector")
}

pub fn period(text: &str) -> Period {
    text.parse().expect("a period")
}
