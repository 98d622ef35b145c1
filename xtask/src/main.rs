//! The project's own tools: `cargo xtask` lists them.

mod bench;
mod chance;
mod chart;
mod elsewhere;
mod example;
mod fuzz;
mod outside;
mod postgres;
mod soak;
mod synthetic;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test                                       sets up what the tests need, and runs all
cargo xtask outside [DIR]                              others' programs look at the site in DIR,
                                                       or at the example's
cargo xtask soak [ROUNDS]                              kills in the middle of imports and of
                                                       sealing, in sealed mode too, many times
cargo xtask fuzz [TARGET] [--seconds N]                feeds invented input to the log's readers
cargo xtask elsewhere                                  compiles the log's reader for WebAssembly, and
                                                       feeds the fuzz targets their seeds
cargo xtask bench [ROWS | console | seals | steps]     measures up to so many requests, or one
                                                       part alone, and writes
                                                       docs/performance.md
cargo xtask tidy                                       ARCHITECTURE.md against the tree
cargo xtask example [--check]                          writes examples/first-report, or checks it
cargo xtask synthetic --rows N --out FILE [--seed S]   writes a large table of invented requests";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"test", [])) => test::all(is_ci()),
        Some((&"outside", [])) => outside::check_demo(is_ci()),
        Some((&"outside", [dir])) => outside::check_site(Path::new(dir), is_ci()),
        Some((&"soak", rest)) => soak::run(rest),
        Some((&"fuzz", rest)) => fuzz::run_targets(rest),
        Some((&"elsewhere", [])) => elsewhere::check(),
        Some((&"bench", args)) => bench::run_all(args),
        Some((&"tidy", [])) => tidy::check(),
        Some((&"example", rest)) => example::run(rest),
        Some((&"synthetic", rest)) => synthetic::run(rest),
        Some(_) | None => Err(usage("no such tool")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Usage>() => {
            eprintln!("{error}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The command line was wrong, not the work.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn usage(what: impl Into<String>) -> anyhow::Error {
    Usage(what.into()).into()
}

/// Whether nothing may be left out.
fn is_ci() -> bool {
    std::env::var("CANDOR_CI").is_ok_and(|ci| ci == "1")
}

/// The repository's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
