//! What takes too long for every change: kills in the middle of imports, of sealing and of all that
//! is done in sealed mode, and people who act on one request at once, many times, on both databases.

use std::process::Command;

use anyhow::Context;

use crate::postgres::{self, Durability, Postgres};
use crate::usage;

const ROUNDS: &str = "1000";

/// `cargo xtask soak [ROUNDS]`
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        [rounds] if rounds.parse::<u32>().is_ok() => rounds,
        _ => return Err(usage("`soak` takes a number of rounds")),
    };
    let postgres = Postgres::start(Durability::Full)?;
    let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
    // What the drills of the intake kill.
    postgres::run(Command::new(&cargo).args(["build", "--workspace", "--examples"]))?;
    let drills = [
        ("candor", "a_kill_in_the_middle"),
        ("crash", "a_kill_at_any"),
        ("stories", "no_acts_at_once"),
    ];
    for (test, name) in drills {
        postgres::run(
            Command::new(&cargo)
                // The whole workspace, as all tests are built, so that nothing is compiled anew.
                .args(["test", "--workspace", "--test", test, name])
                .env("CANDOR_TEST_POSTGRES", postgres.url_template())
                .env("CANDOR_KILL_ROUNDS", rounds)
                .env("CANDOR_RACE_ROUNDS", rounds),
        )?;
    }
    Ok(())
}
