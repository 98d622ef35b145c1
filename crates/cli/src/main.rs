//! The `candor` binary: words in, one use case of `app`, words out.
//!
//! Exit codes: 0 done; 1 the work failed, with what, where and the mend on stderr; 2 wrong usage;
//! 3 `candor verify` can't tell yet.

mod args;
mod command;
mod say;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    // Before anything else, since it is about to give up what the rest needs.
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|word| word == inspect::child::COMMAND) {
        return inspect::child::run(args.map(|word| word.to_string_lossy().into_owned()));
    }
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::error(&anyhow::Error::from(error).context("no worker threads could be started"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command::run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            verify::exit_code(&error)
        }
    }
}
