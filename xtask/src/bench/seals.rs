//! How fast arrivals are sealed and a log is checked.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::bench::{Measured, median};
use crate::postgres::{Postgres, run};
use crate::root;

/// How many arrive at once, and how many in all.
const LOADS: [(u32, u32); 4] = [(1, 400), (16, 4_000), (64, 10_000), (256, 20_000)];
const RUNS: usize = 3;
pub(crate) const HEADING: &str = "\n## Seals\n";
pub(crate) const STEPS: &str = "\n## One by one\n";

/// Seals a second at one load.
pub(crate) struct Load {
    at_once: u32,
    sqlite: f64,
    postgres: f64,
    /// Bare syncs of the same disk a second, measured in turn with them.
    syncs: f64,
}

/// How long the company and others need for a large log.
pub(crate) struct Log {
    leaves: u64,
    doctor: Measured,
    whole_doctor: Measured,
    verify: Measured,
}

pub(crate) fn loads(
    candor: &Path,
    folder: &Path,
    postgres: &Postgres,
) -> anyhow::Result<Vec<Load>> {
    let mut loads = Vec::new();
    for (at_once, arrivals) in LOADS {
        eprintln!("measuring arrivals, {at_once} at once");
        let (mut sqlite, mut in_postgres, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..RUNS {
            let dir = |database: &str| folder.join(format!("seal-{at_once}-{n}-{database}"));
            run(Command::new(candor).arg("init").arg(dir("sqlite")).stdout(Stdio::null()))?;
            let url = postgres.create_database(&format!("seal_{at_once}_{n}"))?;
            let mut init = Command::new(candor);
            run(init
                .arg("init")
                .arg(dir("postgres"))
                .args(["--database-url", &url])
                .stdout(Stdio::null()))?;
            sqlite.push(seals(&dir("sqlite"), arrivals, at_once)?);
            in_postgres.push(seals(&dir("postgres"), arrivals, at_once)?);
            syncs.push(bare_syncs(folder)?);
        }
        let (sqlite, postgres, syncs) = (middle(sqlite), middle(in_postgres), middle(syncs));
        loads.push(Load { at_once, sqlite, postgres, syncs });
    }
    Ok(loads)
}

pub(crate) fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Seals a second, as the intake itself measures them: from the first arrival to the last receipt.
fn seals(dir: &Path, arrivals: u32, at_once: u32) -> anyhow::Result<f64> {
    let intake = root().join("target/release/examples/intake");
    let told = Command::new(&intake)
        .arg(dir)
        .args([arrivals.to_string(), at_once.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("{} can't run", intake.display()))?;
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    let seconds: f64 = told
        .split_whitespace()
        .nth(3)
        .and_then(|seconds| seconds.parse().ok())
        .with_context(|| format!("the intake failed: {told}"))?;
    Ok(f64::from(arrivals) / seconds)
}

/// A page is appended and synced, again and again: what the disk allows to one who waits for it.
pub(crate) fn bare_syncs(folder: &Path) -> anyhow::Result<f64> {
    const SYNCS: u32 = 200;
    let mut file = tempfile::tempfile_in(folder)?;
    let begun = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    Ok(f64::from(SYNCS) / begun.elapsed().as_secs_f64())
}

/// What a log as large as this data directory's costs to open, to hold against the database, and
/// to check from its files.
pub(crate) fn log(candor: &Path, dir: &Path, out: &Path) -> anyhow::Result<Log> {
    eprintln!("measuring the log of the largest import");
    let measured = |args: &[&str]| {
        crate::bench::measure(Command::new(candor).args(args).arg("--dir").arg(dir))
    };
    let doctor = median(vec![
        measured(&["doctor", "--sample", "1"])?,
        measured(&["doctor", "--sample", "1"])?,
        measured(&["doctor", "--sample", "1"])?,
    ]);
    let whole_doctor = measured(&["doctor", "--refold"])?;
    run(Command::new(candor)
        .args(["report", "publish", "--period", super::PERIOD, "--dir"])
        .arg(dir)
        .stdout(Stdio::null()))?;
    run(Command::new(candor)
        .args(["report", "build", "--period", super::PERIOD, "--dir"])
        .arg(dir)
        .arg("--out")
        .arg(out)
        .stdout(Stdio::null()))?;
    let checkpoint = std::fs::read_to_string(out.join("log/checkpoint"))?;
    let leaves = checkpoint.lines().nth(1).context("a checkpoint has a size")?.parse()?;
    // Without a proof of the period it ends with 1, after all has been checked.
    let verify = crate::bench::measure_any(Command::new(candor).arg("verify").arg(out))?;
    Ok(Log { leaves, doctor, whole_doctor, verify })
}

pub(crate) fn write_loads(text: &mut String, loads: &[Load]) -> anyhow::Result<()> {
    text.push_str(HEADING);
    text.push_str(
        "\nArrivals that wait together are sealed together: each is durable, under a \
         signed checkpoint, and has its receipt. Beside them, in the same run, how often the same \
         disk syncs a page that was appended. Medians of three runs.\n\n\
         | at once | SQLite, seals/s | PostgreSQL, seals/s | bare syncs/s | SQLite / bare | \
         PostgreSQL / bare |\n|--:|--:|--:|--:|--:|--:|\n",
    );
    for Load { at_once, sqlite, postgres, syncs } in loads {
        writeln!(
            text,
            "| {at_once} | {sqlite:.0} | {postgres:.0} | {syncs:.0} | {:.1} | {:.1} |",
            sqlite / syncs,
            postgres / syncs
        )?;
    }
    Ok(())
}

pub(crate) fn write_log(text: &mut String, log: &Log) -> anyhow::Result<()> {
    let Log { leaves, doctor, whole_doctor, verify } = log;
    writeln!(
        text,
        "\n## A large log\n\nThe log of the largest import, {leaves} leaves, on SQLite; once each, but \
         the first line.\n\n| what | time | peak memory |\n|---|--:|--:|\n\
         | open it, and look at one leaf (`candor doctor --sample 1`) | {:.2} s | {:.0} MiB |\n\
         | hold all of it against the database (`candor doctor --refold`) | {:.1} s | {:.0} MiB |\n\
         | check it from its files (`candor verify`) | {:.1} s | {:.0} MiB |",
        doctor.seconds,
        doctor.peak_mib,
        whole_doctor.seconds,
        whole_doctor.peak_mib,
        verify.seconds,
        verify.peak_mib
    )?;
    Ok(())
}

pub(crate) fn write_steps(text: &mut String) -> anyhow::Result<()> {
    let speed = Command::new(root().join("target/release/examples/speed")).output()?;
    ensure!(speed.status.success(), "the example `speed` ended with {}", speed.status);
    text.push_str(STEPS);
    text.push_str("\nWithout a database, on one core; the log's tiles are at hand.\n\n");
    text.push_str(&String::from_utf8_lossy(&speed.stdout));
    Ok(())
}
