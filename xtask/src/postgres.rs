//! A private PostgreSQL for tests and benchmarks: found or installed, started in a temporary
//! folder on the loopback, and stopped with it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// Whether a commit waits for the disk: tests don't need it, benchmarks do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    None,
    Full,
}

/// A running server. Dropped, it is stopped and its folder removed.
pub(crate) struct Postgres {
    server: Child,
    programs: PathBuf,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts a server; installs Debian's package where there is none and this is root.
    pub(crate) fn start(durability: Durability) -> anyhow::Result<Self> {
        let programs = find_or_install()?;
        let folder = tempfile::Builder::new().prefix("candor-postgres-").tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        if is_root() {
            // initdb refuses to be run by root.
            for path in [folder.path(), &data] {
                run(Command::new("chown").arg("nobody").arg(path))?;
            }
        }
        run(as_nobody(programs.join("initdb"))
            .args(["--auth=trust", "--username=candor", "--encoding=UTF8", "--no-locale"])
            .arg("--no-sync")
            .arg("--pgdata")
            .arg(&data)
            .current_dir("/")
            .stdout(Stdio::null()))?;
        // Free now; a server that loses the race for it ends at once and is reported below.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let fsync = match durability {
            Durability::None => "off",
            Durability::Full => "on",
        };
        let mut server = as_nobody(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k", "", "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &format!("fsync={fsync}"), "-c", "logging_collector=off"])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("postgres can't be started")?;
        let begun = Instant::now();
        let ready = || {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            ask.status().is_ok_and(|status| status.success())
        };
        while !ready() {
            if let Some(status) = server.try_wait()? {
                bail!("postgres ended at once with {status}");
            }
            ensure!(begun.elapsed() < Duration::from_secs(60), "postgres does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { server, programs, port, _folder: folder })
    }

    /// A new database; returns its URL.
    pub(crate) fn create_database(&self, name: &str) -> anyhow::Result<String> {
        run(Command::new(self.programs.join("createdb")).args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            "candor",
            name,
        ]))?;
        Ok(self.url_template().replace("{database}", name))
    }

    /// The URL of a database, with `{database}` where its name goes.
    pub(crate) fn url_template(&self) -> String {
        format!("postgres://candor@127.0.0.1:{}/{{database}}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown; waited for, so that the folder can go.
        let interrupt = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        if !interrupt.is_ok_and(|status| status.success()) {
            self.server.kill().ok();
        }
        self.server.wait().ok();
    }
}

fn find_or_install() -> anyhow::Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    ensure!(is_root(), "no PostgreSQL here: install it, or run this as root");
    eprintln!("installing PostgreSQL");
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends", "postgresql"])
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    find().context("PostgreSQL was installed and is not found")
}

/// The folder of the newest server's programs.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|dir| is_server(dir));
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|dir| is_server(dir))
        .collect();
    debian.sort();
    on_path.or_else(|| debian.pop())
}

fn is_server(dir: &Path) -> bool {
    ["initdb", "postgres", "pg_isready", "createdb"]
        .iter()
        .all(|program| dir.join(program).is_file())
}

fn as_nobody(program: PathBuf) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} can't be run"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
