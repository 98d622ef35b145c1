//! What the workspace's own build leaves out: the log's reader for WebAssembly, whose standard library
//! rustup alone brings, and the fuzz targets, each on its seeds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::postgres::run;
use crate::{fuzz, root};

const WASM: &str = "wasm32-unknown-unknown";

/// `cargo xtask elsewhere`
pub(crate) fn check() -> anyhow::Result<()> {
    if let Some(missing) = wasm_is_missing()? {
        bail!("the log's reader can't be compiled for WebAssembly: {missing}");
    }
    check_wasm()?;
    check_fuzz_seeds(true)
}

/// Each fuzz target on its seeds. What that needs may be missing but under `CANDOR_CI=1`.
pub(crate) fn check_fuzz_seeds(is_ci: bool) -> anyhow::Result<()> {
    match fuzz_is_missing() {
        None => check_seeds(),
        Some(missing) if is_ci => bail!("fuzz targets, which CANDOR_CI=1 checks: {missing}"),
        Some(missing) => {
            eprintln!("LEFT OUT: fuzz targets, because {missing}");
            Ok(())
        }
    }
}

fn cargo() -> anyhow::Result<Command> {
    let mut cargo = Command::new(std::env::var_os("CARGO").context("run this through cargo")?);
    cargo.current_dir(root());
    Ok(cargo)
}

/// What is to be done where the compiler has no standard library for WebAssembly and can't get it.
/// The toolchain's file does not name it, since rustup would then do nothing at all on a machine
/// without it and without a network.
fn wasm_is_missing() -> anyhow::Result<Option<String>> {
    if has_wasm()? {
        return Ok(None);
    }
    let rustup = Command::new("rustup").args(["target", "add", WASM]).current_dir(root()).status();
    if rustup.is_ok_and(|status| status.success()) && has_wasm()? {
        return Ok(None);
    }
    Ok(Some(format!("the target {WASM} is not installed: `rustup target add {WASM}`")))
}

fn has_wasm() -> anyhow::Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let mut print = Command::new(&rustc);
    print.args(["--print", "target-libdir", "--target", WASM]).current_dir(root());
    let output = print.output().with_context(|| format!("{} can't be run", rustc.display()))?;
    let folder = String::from_utf8(output.stdout)?;
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

fn check_wasm() -> anyhow::Result<()> {
    run(cargo()?.args(["check", "--quiet", "--locked", "-p", "ledger", "--target", WASM]))
}

/// libFuzzer is written in C++, and the targets have crates of their own.
fn fuzz_is_missing() -> Option<String> {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| OsString::from("c++"));
    let answers = |program: &mut Command| {
        let quiet = program.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    };
    if !answers(Command::new(&compiler).arg("--version")) {
        return Some(format!("there is no C++ compiler, {}", compiler.display()));
    }
    let fetched = cargo().is_ok_and(|mut cargo| {
        answers(cargo.args(["fetch", "--locked", "--manifest-path", "fuzz/Cargo.toml"]))
    });
    (!fetched).then(|| {
        "their crates can't be had: `cargo fetch --locked --manifest-path fuzz/Cargo.toml`"
            .to_owned()
    })
}

/// Compiles each target, and feeds it what it is given first.
fn check_seeds() -> anyhow::Result<()> {
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => root().join("target/fuzz/seeds"),
    };
    let mut build = cargo()?;
    build.args(["build", "--quiet", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    run(build.env("CARGO_TARGET_DIR", &target))?;
    for name in fuzz::targets()? {
        let seeds = seeds(&name)?;
        let mut program = Command::new(target.join("debug").join(&name));
        let artifacts = format!("-artifact_prefix={}/", target.display());
        let output = program.arg(artifacts).args(&seeds).current_dir(root()).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let executed = told.matches("\nExecuted ").count();
        if !output.status.success() || executed != seeds.len() {
            bail!("fuzz target {name}: {executed} of {} seeds were taken\n{told}", seeds.len());
        }
    }
    Ok(())
}

/// The files with which a target begins. One that has none would be told to run for ever.
fn seeds(target: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root().join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> =
        files.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();
    if files.is_empty() {
        bail!("{} holds no seed", folder.display());
    }
    Ok(files)
}
