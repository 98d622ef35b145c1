//! Inputs without end for what the log's readers are given by others: `fuzz` holds the targets.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::postgres::run;
use crate::{root, usage};

const SECONDS: &str = "60";

/// `cargo xtask fuzz [TARGET] [--seconds N]`
pub(crate) fn run_targets(args: &[&str]) -> anyhow::Result<()> {
    let (only, seconds) = match args {
        [] => (None, SECONDS),
        ["--seconds", seconds] => (None, *seconds),
        [target] => (Some(*target), SECONDS),
        [target, "--seconds", seconds] => (Some(*target), *seconds),
        _ => return Err(usage("`fuzz` takes a target and `--seconds`")),
    };
    if !seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0) {
        return Err(usage("`--seconds` takes a number from 1"));
    }
    let all = targets()?;
    let chosen: Vec<&String> =
        all.iter().filter(|target| only.is_none_or(|only| only == *target)).collect();
    if chosen.is_empty() {
        return Err(usage(format!("the targets are {}", all.join(", "))));
    }
    let cargo_fuzz = find_or_install()?;
    for target in chosen {
        eprintln!("{target}, {seconds} seconds");
        fuzz(&cargo_fuzz, target, seconds)?;
    }
    Ok(())
}

/// The names of the targets, in order.
pub(crate) fn targets() -> anyhow::Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for file in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// What is found is left in `fuzz/artifacts`, and what led on, in `fuzz/corpus`.
fn fuzz(cargo_fuzz: &Path, target: &str, seconds: &str) -> anyhow::Result<()> {
    let corpus = Path::new("fuzz/corpus").join(target);
    std::fs::create_dir_all(root().join(&corpus))?;
    let mut command = Command::new(cargo_fuzz);
    // The sanitizers need a nightly compiler, and look for what safe code can't do.
    command.args(["fuzz", "run", "--sanitizer", "none", target]).current_dir(root());
    command.arg(corpus).arg(Path::new("fuzz/seeds").join(target));
    command.args(["--", &format!("-max_total_time={seconds}"), "-print_final_stats=1"]);
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", folder().join("build"));
    }
    run(&mut command)
}

fn find_or_install() -> anyhow::Result<PathBuf> {
    let program = folder().join("bin/cargo-fuzz");
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
        let mut install = Command::new(cargo);
        install.args(["install", "cargo-fuzz", "--version", "0.13.2", "--locked", "--root"]);
        run(install.arg(folder()).current_dir(root()))?;
    }
    Ok(program)
}

/// Under `target`, so that the checkout stays clean.
fn folder() -> PathBuf {
    root().join("target/fuzz")
}
