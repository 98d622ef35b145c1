//! All tests: sets up what they need, runs them, and takes it down again.

use std::process::Command;

use anyhow::Context;

use crate::postgres::{Durability, Postgres, run};
use crate::{elsewhere, example, outside, tidy};

/// `cargo xtask test`
pub(crate) fn all(is_ci: bool) -> anyhow::Result<()> {
    let postgres = match Postgres::start(Durability::None) {
        Ok(postgres) => Some(postgres),
        Err(error) if is_ci => return Err(error.context("PostgreSQL is needed under CANDOR_CI=1")),
        Err(error) => {
            eprintln!("LEFT OUT: tests on PostgreSQL, because {error:#}");
            None
        }
    };
    let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
    let mut tests = Command::new(cargo);
    tests.args(["test", "--workspace", "--quiet"]);
    if let Some(postgres) = &postgres {
        tests.env("CANDOR_TEST_POSTGRES", postgres.url_template());
    }
    run(&mut tests)?;
    drop(postgres);
    example::run(&["--check"])?;
    tidy::check()?;
    elsewhere::check_fuzz_seeds(is_ci)?;
    outside::check_demo(is_ci)
}
