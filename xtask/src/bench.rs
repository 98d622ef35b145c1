//! How fast: whole processes of the release binary, side by side with a peer in the same run.
//!
//! Writes the tables and the chart of docs/performance.md. Machines are noisy, so each figure is
//! the median of several runs, and what is compared runs in turn.

mod console;
mod seals;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use wait4::Wait4;

use crate::postgres::{Durability, Postgres, run};
use crate::{chart, root, synthetic, usage};

/// What is written.
const PAGE: &str = "docs/performance.md";
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const RUNS: usize = 3;
/// The period that is counted: one half of the synthetic five years.
const PERIOD: &str = "2023-H1";
const PERIOD_DAYS: [&str; 2] = ["2023-01-01", "2023-06-30"];

/// One measured process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
}

/// Median of each figure.
fn median(mut runs: Vec<Measured>) -> Measured {
    let middle = runs.len() / 2;
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let seconds = runs[middle].seconds;
    runs.sort_by(|a, b| a.peak_mib.total_cmp(&b.peak_mib));
    Measured { seconds, peak_mib: runs[middle].peak_mib }
}

fn measure(command: &mut Command) -> anyhow::Result<Measured> {
    let (measured, status) = measure_status(command)?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(measured)
}

/// Whatever the process ends with.
fn measure_any(command: &mut Command) -> anyhow::Result<Measured> {
    Ok(measure_status(command.stderr(Stdio::null()))?.0)
}

fn measure_status(command: &mut Command) -> anyhow::Result<(Measured, ExitStatus)> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let used = child.wait4()?;
    let seconds = begun.elapsed().as_secs_f64();
    let peak_mib = used.rusage.maxrss as f64 / 1_048_576.0;
    Ok((Measured { seconds, peak_mib }, used.status))
}

/// Runs two commands in turn and gives the median of each.
fn in_turn(
    mut a: impl FnMut() -> Command,
    mut b: impl FnMut() -> Command,
) -> anyhow::Result<[Measured; 2]> {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    measure(&mut a())?;
    measure(&mut b())?;
    for _ in 0..RUNS {
        of_a.push(measure(&mut a())?);
        of_b.push(measure(&mut b())?);
    }
    Ok([median(of_a), median(of_b)])
}

/// The figures of one size.
pub(crate) struct Figures {
    pub(crate) rows: usize,
    pub(crate) import_sqlite: Measured,
    pub(crate) import_postgres: Measured,
    pub(crate) count_sqlite: Measured,
    pub(crate) count_postgres: Measured,
    pub(crate) draft: Measured,
    pub(crate) pandas: Measured,
}

/// `cargo xtask bench [ROWS | console | seals | steps]`
pub(crate) fn run_all(args: &[&str]) -> anyhow::Result<()> {
    let rows_max = match args {
        [] => usize::MAX,
        ["console"] => {
            return alone(console::HEADING, |candor, folder, postgres, text| {
                console::measure(candor, folder, postgres)?.write(text)
            });
        }
        ["seals"] => {
            return alone(seals::HEADING, |candor, folder, postgres, text| {
                seals::write_loads(text, &seals::loads(candor, folder, postgres)?)
            });
        }
        ["steps"] => return alone(seals::STEPS, |_, _, _, text| seals::write_steps(text)),
        [rows] => rows.parse().map_err(|_| {
            usage("`bench` takes a number of requests, `console`, `seals` or `steps`")
        })?,
        _ => return Err(usage("`bench` takes one number")),
    };
    let sizes: Vec<_> = SIZES.into_iter().filter(|rows| *rows <= rows_max).collect();
    let largest = *sizes.last().ok_or_else(|| usage("`bench` needs 1000 requests or more"))?;
    let candor = build()?;
    let python = install_pandas()?;
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(Durability::Full)?;
    let mut all = Vec::new();
    for rows in sizes {
        eprintln!("measuring {rows} requests");
        let file = folder.path().join(format!("{rows}.csv"));
        synthetic::write(rows as u64, &file, 1)?;
        all.push(figures(&candor, &python, &postgres, folder.path(), &file, rows)?);
    }
    let report = whole_report(&candor, folder.path())?;
    let loads = seals::loads(&candor, folder.path(), &postgres)?;
    let data_of_largest = folder.path().join(format!("{largest}-0-sqlite"));
    let log = seals::log(&candor, &data_of_largest, &folder.path().join("published"))?;
    let console = console::measure(&candor, folder.path(), &postgres)?;
    let page = page(&all, report, (&loads, &log), &console)?;
    std::fs::write(root().join(PAGE), page)?;
    std::fs::write(root().join("docs/performance.svg"), chart::growth(&all))?;
    eprintln!("wrote docs/performance.md and docs/performance.svg");
    Ok(())
}

/// The whole workspace, so that all of it is built with the features that tests are.
fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
    run(Command::new(cargo).args(["build", "--release", "--workspace", "--bins", "--examples"]))?;
    Ok(root().join("target/release/candor"))
}

/// Measures one part of the page again, and puts it in place of the one that stands there.
fn alone(
    heading: &str,
    measure: impl FnOnce(&Path, &Path, &Postgres, &mut String) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let candor = build()?;
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(Durability::Full)?;
    let mut new = String::new();
    measure(&candor, folder.path(), &postgres, &mut new)?;
    let page = std::fs::read_to_string(root().join(PAGE))?;
    let (before, rest) = match page.split_once(heading) {
        Some((before, rest)) => (before, rest.find("\n## ").map_or("", |end| &rest[end..])),
        None => page.split_at(page.find("\n## Growth").context("the page has no chart")?),
    };
    std::fs::write(root().join(PAGE), format!("{before}{new}{rest}"))?;
    eprintln!("wrote {PAGE}");
    Ok(())
}

fn install_pandas() -> anyhow::Result<PathBuf> {
    let environment = root().join("target/bench/python");
    let python = environment.join("bin/python");
    if !python.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let requirements = root().join("xtask/peers/requirements.txt");
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r"]).arg(requirements))?;
    Ok(python)
}

fn figures(
    candor: &Path,
    python: &Path,
    postgres: &Postgres,
    folder: &Path,
    file: &Path,
    rows: usize,
) -> anyhow::Result<Figures> {
    // An import fills a new database each time, so the largest is measured once.
    let runs = if rows > 100_000 { 1 } else { 3 };
    let (mut sqlite, mut in_postgres) = (Vec::new(), Vec::new());
    let data = |n: usize, database: &str| folder.join(format!("{rows}-{n}-{database}"));
    for n in 0..runs {
        for (database, measured) in [("sqlite", &mut sqlite), ("postgres", &mut in_postgres)] {
            let dir = data(n, database);
            let mut init = Command::new(candor);
            init.arg("init").arg(&dir).stdout(Stdio::null());
            if database == "postgres" {
                let url = postgres.create_database(&format!("bench_{rows}_{n}"))?;
                init.args(["--database-url", &url]);
            }
            run(&mut init)?;
            let mut import = Command::new(candor);
            measured.push(measure(import.arg("import").arg("--dir").arg(&dir).arg(file))?);
        }
    }
    let count = |database: &str| {
        let mut command = Command::new(candor);
        command.args(["report", "build", "--formats", "csv", "--period", PERIOD, "--dir"]);
        command.arg(data(0, database)).arg("--out").arg(folder.join("counted"));
        command
    };
    let [count_sqlite, count_postgres] = in_turn(|| count("sqlite"), || count("postgres"))?;
    let draft = || {
        let mut command = Command::new(candor);
        command.args(["report", "draft", "--formats", "csv", "--period", PERIOD]);
        command.arg(file).arg("--out").arg(folder.join("drafted"));
        command
    };
    let pandas = || {
        let mut command = Command::new(python);
        command.arg(root().join("xtask/peers/tables.py")).arg(file).args(PERIOD_DAYS);
        command.arg(folder.join("pandas"));
        command
    };
    let [draft, pandas] = in_turn(draft, pandas)?;
    Ok(Figures {
        rows,
        import_sqlite: median(sqlite),
        import_postgres: median(in_postgres),
        count_sqlite,
        count_postgres,
        draft,
        pandas,
    })
}

/// All files of one period of the example, PDF included.
fn whole_report(candor: &Path, folder: &Path) -> anyhow::Result<Measured> {
    let mut runs = Vec::new();
    for _ in 0..=RUNS {
        let mut command = Command::new(candor);
        command.args(["report", "draft", "--period", "2020"]);
        command.arg(root().join("examples/first-report/requests.csv"));
        runs.push(measure(command.arg("--out").arg(folder.join("whole")))?);
    }
    runs.remove(0);
    Ok(median(runs))
}

fn page(
    all: &[Figures],
    report: Measured,
    (loads, log): (&[seals::Load], &seals::Log),
    console: &console::Figures,
) -> anyhow::Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism()?;
    let mut text = String::from(
        "# Performance\n\nWritten by `cargo xtask bench`: whole processes of the release binary, \
         from their start to their end, on invented requests of 60 countries over five years. Each \
         figure is the median of three runs, but the largest imports ran once; what stands in one \
         table ran in turn. Quote ratios: machines differ and are noisy.\n\n",
    );
    writeln!(
        text,
        "This run: {cores} cores, {}.\n",
        model.map_or("unknown processor", |m| m.1.trim())
    )?;
    text.push_str(
        "## Import\n\nA new database: texts encrypted, three leaves of the log for each request, \
         durable and signed at the end.\n\n",
    );
    text.push_str("| requests | SQLite | requests/s | peak memory | PostgreSQL | requests/s |\n");
    text.push_str("|--:|--:|--:|--:|--:|--:|\n");
    for f in all {
        let rate = |m: Measured| f.rows as f64 / m.seconds;
        let (a, b) = (f.import_sqlite, f.import_postgres);
        writeln!(
            text,
            "| {} | {:.2} s | {:.0} | {:.0} MiB | {:.2} s | {:.0} |",
            f.rows,
            a.seconds,
            rate(a),
            a.peak_mib,
            b.seconds,
            rate(b)
        )?;
    }
    writeln!(
        text,
        "\n## Count\n\nOne half-year ({PERIOD}) of all of them: open the database, count, reconcile, \
         write `by-country.csv`.\n\n| requests | SQLite | peak memory | PostgreSQL | peak memory |\n\
         |--:|--:|--:|--:|--:|"
    )?;
    for f in all {
        let (a, b) = (f.count_sqlite, f.count_postgres);
        writeln!(
            text,
            "| {} | {:.3} s | {:.0} MiB | {:.3} s | {:.0} MiB |",
            f.rows, a.seconds, a.peak_mib, b.seconds, b.peak_mib
        )?;
    }
    text.push_str(
        "\n## Draft, beside pandas\n\nFrom the CSV file to the three tables of one half-year. candor \
         checks every cell of every row and finds references that occur twice; the pandas script \
         (`xtask/peers/tables.py`) reads five columns and checks nothing.\n\n\
         | requests | candor | peak memory | pandas | peak memory | pandas / candor |\n\
         |--:|--:|--:|--:|--:|--:|\n",
    );
    for f in all {
        let (a, b) = (f.draft, f.pandas);
        writeln!(
            text,
            "| {} | {:.3} s | {:.0} MiB | {:.3} s | {:.0} MiB | {:.1} |",
            f.rows,
            a.seconds,
            a.peak_mib,
            b.seconds,
            b.peak_mib,
            b.seconds / a.seconds
        )?;
    }
    writeln!(
        text,
        "\n## Whole report\n\nThe example's 2020 from its spreadsheet to all files, PDF included: \
         {:.2} s, {:.0} MiB.",
        report.seconds, report.peak_mib
    )?;
    seals::write_loads(&mut text, loads)?;
    seals::write_log(&mut text, log)?;
    seals::write_steps(&mut text)?;
    console.write(&mut text)?;
    text.push_str(
        "\n## Growth\n\n![Seconds by number of requests; the tables above hold the \
         figures](performance.svg)\n",
    );
    Ok(text)
}
