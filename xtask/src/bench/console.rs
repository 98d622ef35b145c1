//! How long people wait for the lists of the console where there are many cases, how fast letters
//! are entered and registered, and how much memory a program that waits takes.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::bench::seals::{bare_syncs, middle};
use crate::postgres::{Postgres, run};
use crate::root;

pub(crate) const HEADING: &str = "\n## The console\n";

const CASES: usize = 100_000;
/// So many pages of a kind are asked for, so many a second, whether or not the last one has come.
const PAGES: usize = 500;
const PAGES_A_SECOND: u64 = 50;
/// Connections that wait for an answer at the same time.
const WAITING_MAX: usize = 16;
const RUNS: usize = 3;
const AT_ONCE: usize = 64;
const LETTERS: usize = 4_000;

/// What is asked for, and with which address.
const ASKED: [(&str, &str); 7] = [
    ("the queue", "/"),
    ("of one state and category", "/?state=received&category=user_data"),
    ("what waits for me", "/?whose=waits_for_me"),
    ("an authority or a country, a part of its name", "/?q=authority+1"),
    ("a reference", "/?q=PO+77123"),
    ("what arrived", "/submissions"),
    ("statistics of the year", "/statistics?from=2000-01-01"),
];

/// From asking to the last byte of the answer, on the loopback, in milliseconds.
#[derive(Clone, Copy)]
struct Waited {
    p50: f64,
    p99: f64,
}

struct Registered {
    entered: f64,
    registered: f64,
}

pub(crate) struct Figures {
    /// SQLite and PostgreSQL, for each of [`ASKED`].
    pages: Vec<[Waited; 2]>,
    registered: [Registered; 2],
    syncs: f64,
    /// In MiB: with an empty log, and with all these cases.
    idle: [(f64, f64); 2],
}

/// A server, ended with it.
struct Serving {
    server: Child,
    port: u16,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

impl Serving {
    fn start(candor: &Path, dir: &Path) -> anyhow::Result<Self> {
        let mut server = Command::new(candor)
            .args(["serve", "--listen", "127.0.0.1:0", "--listen-console", "127.0.0.1:0", "--dir"])
            .arg(dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let told = BufReader::new(server.stdout.take().context("it tells where it serves")?);
        let mut serving = Self { server, port: 0 };
        for line in told.lines() {
            let line = line?;
            let Some(at) = line.strip_prefix("Serving the console at ") else { continue };
            let at = at.split_whitespace().next().unwrap_or_default().trim_end_matches('/');
            let port = at.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            serving.port = port.with_context(|| format!("no address: {line}"))?;
            return Ok(serving);
        }
        anyhow::bail!("candor serve ended at once")
    }

    /// Asks for a page; returns how many bytes it has.
    fn ask(&self, path: &str, session: &str) -> anyhow::Result<usize> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: __Host-candor={session}\r\n\
             Connection: close\r\n\r\n",
            self.port
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} is answered by no page");
        Ok(answer.len())
    }

    /// Asks for pages at even distances. Whoever has to wait for a connection waits for the page.
    fn load(&self, path: &str, session: &str) -> anyhow::Result<Waited> {
        for _ in 0..5 {
            self.ask(path, session)?;
        }
        let (next, waited) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(PAGES)));
        let begun = Instant::now();
        let asks = || -> anyhow::Result<()> {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= PAGES {
                    return Ok(());
                }
                let due = Duration::from_micros(1_000_000 * n as u64 / PAGES_A_SECOND);
                std::thread::sleep(due.saturating_sub(begun.elapsed()));
                self.ask(path, session)?;
                let took = (begun.elapsed() - due).as_secs_f64() * 1_000.0;
                waited.lock().map_err(|_| anyhow::anyhow!("another one failed"))?.push(took);
            }
        };
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..WAITING_MAX).map(|_| scope.spawn(asks)).collect();
            asking.into_iter().try_for_each(|one| {
                one.join().map_err(|_| anyhow::anyhow!("a thread that asks ended"))?
            })
        })?;
        let mut waited = waited.into_inner().map_err(|_| anyhow::anyhow!("one failed"))?;
        waited.sort_by(f64::total_cmp);
        Ok(Waited { p50: waited[PAGES / 2], p99: waited[PAGES * 99 / 100] })
    }

    /// Memory that it holds, in MiB (`VmRSS`, proc_pid_status(5)).
    fn resident_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        let kib: f64 = kib.context("no memory is told")?.parse()?;
        Ok(kib / 1_024.0)
    }
}

pub(crate) fn measure(
    candor: &Path,
    folder: &Path,
    postgres: &Postgres,
) -> anyhow::Result<Figures> {
    let databases = ["sqlite", "postgres"];
    let new = |name: &str, database: &str| -> anyhow::Result<_> {
        let dir = folder.join(format!("{name}-{database}"));
        let mut init = Command::new(candor);
        init.arg("init").arg(&dir).stdout(Stdio::null());
        if database == "postgres" {
            let url = postgres.create_database(&name.replace('-', "_"))?;
            init.args(["--database-url", &url]);
        }
        run(&mut init)?;
        Ok(dir)
    };
    let (mut pages, mut idle) = (vec![Vec::new(); ASKED.len()], Vec::new());
    for database in databases {
        eprintln!("measuring the console with {CASES} cases on {database}");
        let empty = Serving::start(candor, &new("empty", database)?)?;
        std::thread::sleep(Duration::from_secs(5));
        let idle_empty = empty.resident_mib()?;
        drop(empty);
        let dir = new("cases", database)?;
        let session = program("caseload", &dir, &[CASES])?;
        let serving = Serving::start(candor, &dir)?;
        serving.ask("/", &session)?;
        std::thread::sleep(Duration::from_secs(5));
        idle.push((idle_empty, serving.resident_mib()?));
        for ((what, path), waited) in ASKED.into_iter().zip(&mut pages) {
            let took = serving.load(path, &session)?;
            eprintln!("  {what}: p50 {:.1} ms, p99 {:.1} ms", took.p50, took.p99);
            waited.push(took);
        }
    }
    let (mut rates, mut syncs) = ([const { Vec::new() }; 2], Vec::new());
    for n in 0..RUNS {
        for (database, rates) in databases.iter().zip(&mut rates) {
            let dir = new(&format!("registrations-{n}"), database)?;
            let told = program("registrations", &dir, &[LETTERS, AT_ONCE])?;
            let words: Vec<_> = told.split_whitespace().collect();
            let rate = |word: usize| words.get(word).and_then(|word| word.parse::<f64>().ok());
            rates.push(rate(0).zip(rate(4)).with_context(|| format!("no rates: {told}"))?);
        }
        syncs.push(bare_syncs(folder)?);
    }
    let registered = rates.map(|rates| Registered {
        entered: middle(rates.iter().map(|(entered, _)| *entered).collect()),
        registered: middle(rates.iter().map(|(_, registered)| *registered).collect()),
    });
    Ok(Figures {
        pages: pages.into_iter().map(|both| [both[0], both[1]]).collect(),
        registered,
        syncs: middle(syncs),
        idle: [idle[0], idle[1]],
    })
}

/// Runs one of the examples; returns the line that it tells.
fn program(name: &str, dir: &Path, numbers: &[usize]) -> anyhow::Result<String> {
    let program = root().join("target/release/examples").join(name);
    let output = Command::new(&program)
        .arg(dir)
        .args(numbers.iter().map(usize::to_string))
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{} can't run", program.display()))?;
    ensure!(output.status.success(), "{name} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Figures {
    pub(crate) fn write(&self, text: &mut String) -> anyhow::Result<()> {
        text.push_str(HEADING);
        writeln!(
            text,
            "\n{CASES} open requests and a quarter as many decided ones, of 2400 authorities in 60 \
             countries, served by `candor serve`. {PAGES} pages of each kind, {PAGES_A_SECOND} a \
             second whether or not the last one has come, each with a connection of its own; from \
             the moment at which it was due to be asked for to its last byte, in milliseconds. The \
             first page after a start waits until the requests are in memory.\n\n\
             | page | SQLite, p50 | p99 | PostgreSQL, p50 | p99 |\n|---|--:|--:|--:|--:|"
        )?;
        for ((what, _), [sqlite, postgres]) in ASKED.into_iter().zip(&self.pages) {
            writeln!(
                text,
                "| {what} | {:.1} | {:.1} | {:.1} | {:.1} |",
                sqlite.p50, sqlite.p99, postgres.p50, postgres.p99
            )?;
        }
        writeln!(
            text,
            "\nLetters entered, and then the request in each registered, by {AT_ONCE} people at \
             once, {LETTERS} each: sealed, durable and under a signed checkpoint before whoever did it \
             goes on; what comes at the same time shares a transaction. Medians of {RUNS} runs; in \
             the same runs the disk synced a page that was appended {:.0} times a second.\n\n\
             | a second | SQLite | PostgreSQL |\n|---|--:|--:|",
            self.syncs
        )?;
        let [sqlite, postgres] = &self.registered;
        for (what, of) in [
            ("letters entered", [sqlite.entered, postgres.entered]),
            ("requests registered", [sqlite.registered, postgres.registered]),
        ] {
            writeln!(text, "| {what} | {:.0} | {:.0} |", of[0], of[1])?;
        }
        let [sqlite, postgres] = self.idle;
        writeln!(
            text,
            "\nMemory that `candor serve` holds while nobody asks for anything: with an empty log \
             {:.0} MiB on SQLite and {:.0} MiB on PostgreSQL; with these requests {:.0} MiB and \
             {:.0} MiB.",
            sqlite.0, postgres.0, sqlite.1, postgres.1
        )?;
        Ok(())
    }
}
