//! `candor-verify`: checks a published log and receipts, and knows nothing of the company's side.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

/// Check a published log, and what a receipt says of it
#[derive(Debug, Parser)]
#[command(name = "candor-verify", version)]
struct Cli {
    #[command(flatten)]
    verify: verify::Verify,
}

fn main() -> ExitCode {
    match verify::run_and_tell(&Cli::parse().verify, &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "candor-verify: {error:#}").ok();
            verify::exit_code(&error)
        }
    }
}
