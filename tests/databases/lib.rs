//! Databases for tests: each test runs on a new SQLite file and in a new PostgreSQL database.
//!
//! `cargo xtask test` starts a private PostgreSQL and names it in `CANDOR_TEST_POSTGRES`, with
//! `{database}` where the database's name goes. Without it the test says that it left PostgreSQL
//! out, and fails where `CANDOR_CI` is 1.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Location;

const POSTGRES: &str = "CANDOR_TEST_POSTGRES";

/// Runs a test on each database, one after the other.
///
/// # Panics
///
/// Where the test does, naming the database; and under `CANDOR_CI=1` where there is no PostgreSQL.
pub fn on_each<F: Future<Output = ()>>(test: impl Fn(Location) -> F) {
    let runtime = tokio::runtime::Runtime::new().expect("worker threads start");
    let dir = tempfile::tempdir().expect("a temporary folder");
    run("SQLite", || runtime.block_on(test(Location::Sqlite(dir.path().join("test.db")))));
    match std::env::var(POSTGRES) {
        Ok(template) => {
            static NEXT: AtomicU32 = AtomicU32::new(1);
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("test_{}_{n}", std::process::id());
            let admin = template.replace("{database}", "postgres");
            let location = Location::Postgres(template.replace("{database}", &name));
            runtime.block_on(execute(&admin, format!("CREATE DATABASE {name}")));
            run("PostgreSQL", || runtime.block_on(test(location.clone())));
            runtime.block_on(execute(&admin, format!("DROP DATABASE {name} WITH (FORCE)")));
        }
        Err(_) => {
            let is_ci = std::env::var("CANDOR_CI").is_ok_and(|ci| ci == "1");
            assert!(!is_ci, "no PostgreSQL: {POSTGRES} is not set; run `cargo xtask test`");
            eprintln!("LEFT OUT on PostgreSQL: run `cargo xtask test`, which starts one");
        }
    }
}

fn run(name: &str, test: impl FnOnce()) {
    if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(test)) {
        eprintln!("the test failed on {name}");
        std::panic::resume_unwind(panic);
    }
}

async fn execute(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("PostgreSQL does it");
    connection.close().await.ok();
}
