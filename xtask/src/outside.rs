//! The published site, checked by other people's programs: a browser with axe, the Nu Html
//! Checker, Frictionless, a validator of JSON Schema, and three readers of PDF; and the console,
//! worked with in the browser.
//!
//! The checks themselves are `tests/outside/check.py` (files), `check.mjs` (pages) and
//! `console.mjs`. What they need is installed under `target/outside`, so that the checkout stays
//! clean.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::postgres::{is_root, run};
use crate::root;

/// Makes the site of the demo and checks it, also against the figures that it has to show; then
/// works with the console.
pub(crate) fn check_demo(is_ci: bool) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
    let folder = tempfile::Builder::new().prefix("candor-outside-").tempdir()?;
    let demo = folder.path().join("demo");
    let mut make = Command::new(cargo);
    make.args(["run", "--quiet", "--package", "cli", "--bin", "candor", "--"]);
    make.args(["demo", "--no-serve", "--dir"]).arg(&demo).current_dir(root());
    run(&mut make)?;
    let tools = Tools::find_or_install()?;
    let site = check(&tools, &demo.join("site"), Reference::FirstReport);
    let checked = [site, work_with(&tools, &demo)];
    checked.into_iter().collect::<anyhow::Result<()>>()?;
    tools.nothing_left_out(is_ci)
}

/// Checks the site in a folder.
pub(crate) fn check_site(dir: &Path, is_ci: bool) -> anyhow::Result<()> {
    let tools = Tools::find_or_install()?;
    check(&tools, dir, Reference::None)?;
    tools.nothing_left_out(is_ci)
}

/// What the numbers of a site are compared with, besides each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reference {
    /// `examples/first-report/expected.csv`
    FirstReport,
    None,
}

fn check(tools: &Tools, site: &Path, reference: Reference) -> anyhow::Result<()> {
    ensure!(site.join("index.html").is_file(), "{} holds no site", site.display());
    let mut failed = Vec::new();
    if let Some(python) = &tools.python {
        eprintln!("files of {}", site.display());
        let mut files = Command::new(python);
        // Without the folder that Python would keep beside its files.
        files.arg("-B").arg(source("check.py")).arg(site);
        if let Some(vnu) = &tools.vnu {
            files.arg("--vnu").arg(vnu);
        }
        if tools.pdf.is_some() {
            files.arg("--pdf-tools");
        }
        if reference == Reference::FirstReport {
            files.arg("--reference").arg(root().join("examples/first-report/expected.csv"));
        }
        if !run_within(&mut files, CHECK_TIME_MAX)?.success() {
            failed.push("files");
        }
    }
    if let Some(browser) = &tools.browser {
        let shots = folder().join("shots");
        eprintln!("pages of {}; what they look like: {}", site.display(), shots.display());
        let mut pages = Command::new("node");
        pages.arg(source("check.mjs")).arg("--site").arg(site);
        pages.arg("--modules").arg(&browser.modules).arg("--chromium").arg(&browser.chromium);
        pages.arg("--shots").arg(shots);
        if !run_within(&mut pages, CHECK_TIME_MAX)?.success() {
            failed.push("pages");
        }
    }
    ensure!(
        failed.is_empty(),
        "the {} of the site have faults, listed above",
        failed.join(" and ")
    );
    Ok(())
}

/// The console: a new one, from the operator's link to an answer, and that of the demo.
fn work_with(tools: &Tools, demo: &Path) -> anyhow::Result<()> {
    let Some(browser) = &tools.browser else { return Ok(()) };
    // Both are made into the same folder.
    let candor = std::env::current_exe()?.with_file_name("candor");
    ensure!(candor.is_file(), "{} is missing", candor.display());
    let shots = folder().join("console");
    eprintln!("the console; what it looks like: {}", shots.display());
    let mut console = Command::new("node");
    console.arg(source("console.mjs")).arg("--candor").arg(candor);
    console.arg("--demo").arg(demo);
    console.arg("--modules").arg(&browser.modules).arg("--chromium").arg(&browser.chromium);
    console.arg("--shots").arg(shots);
    ensure!(
        run_within(&mut console, CHECK_TIME_MAX)?.success(),
        "the console has faults, listed above"
    );
    Ok(())
}

/// Longer than the scripts allow themselves, so that they tell what hung.
const CHECK_TIME_MAX: Duration = Duration::from_secs(960);
const INSTALL_TIME_MAX: Duration = Duration::from_secs(600);

/// The oldest version of node that drives the browser.
const NODE_MIN: u32 = 18;

/// Programs that are looked for on the PATH, each under any of its names, and the package of
/// Debian that holds it.
const PROGRAMS: [(&[&str], &str); 8] = [
    (&["java"], "default-jre-headless"),
    (&["qpdf"], "qpdf"),
    (&["pdfinfo"], "poppler-utils"),
    (&["pdftotext"], "poppler-utils"),
    (&["pdffonts"], "poppler-utils"),
    (&["node"], "nodejs"),
    (&["npm"], "npm"),
    (CHROMIUM, "chromium"),
];

const CHROMIUM: &[&str] =
    &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The programs of others, as far as they are to be had here.
struct Tools {
    /// Of an environment with the packages that check.py needs.
    python: Option<PathBuf>,
    /// The Nu Html Checker.
    vnu: Option<PathBuf>,
    pdf: Option<()>,
    browser: Option<Browser>,
    /// What can't be checked here, and why.
    left_out: Vec<String>,
}

struct Browser {
    /// The folder that holds `node_modules`.
    modules: PathBuf,
    chromium: PathBuf,
}

impl Tools {
    fn nothing_left_out(&self, is_ci: bool) -> anyhow::Result<()> {
        if is_ci && !self.left_out.is_empty() {
            bail!("under CANDOR_CI=1 nothing may be left out: {}", self.left_out.join("; "));
        }
        Ok(())
    }

    fn find_or_install() -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder())?;
        install_programs();
        let modules = modules();
        let mut left_out = Vec::new();
        let python = or_leave_out("the files of the site", python(), &mut left_out);
        let vnu = or_leave_out("markup and style", vnu(&modules), &mut left_out);
        let pdf = or_leave_out("the PDF’s numbers and tags", pdf_programs(), &mut left_out);
        let browser = or_leave_out("pages in a browser", browser(modules), &mut left_out);
        Ok(Self { python, vnu, pdf, browser, left_out })
    }
}

/// What was found; what was not is told at once and kept for the end.
fn or_leave_out<T>(what: &str, found: anyhow::Result<T>, left_out: &mut Vec<String>) -> Option<T> {
    found
        .map_err(|error| {
            eprintln!("LEFT OUT: {what}, because {error:#}");
            left_out.push(format!("{what}: {error:#}"));
        })
        .ok()
}

/// Installs the packages of all programs that are missing. What fails here is told where the
/// program is needed.
fn install_programs() {
    let mut packages: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(names, _)| find(names).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !makes_environments() {
        packages.extend(["python3", "python3-venv"]);
    }
    packages.dedup();
    if packages.is_empty() || !is_root() || find(&["apt-get"]).is_none() {
        return;
    }
    eprintln!("installing {}", packages.join(", "));
    let mut update = Command::new("apt-get");
    update.args(["update", "-qq"]);
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    for mut command in [update, install] {
        if let Err(error) = run_to_the_end(&mut command, INSTALL_TIME_MAX) {
            eprintln!("{error:#}");
            return;
        }
    }
}

/// Whether there is a Python that can set up an environment of its own; Debian's needs one more
/// package for it.
fn makes_environments() -> bool {
    let mut ask = Command::new("python3");
    ask.args(["-c", "import ensurepip, venv"]);
    ask.output().is_ok_and(|answer| answer.status.success())
}

/// The Python of an environment that holds what `requirements.txt` lists.
fn python() -> anyhow::Result<PathBuf> {
    let requirements = source("requirements.txt");
    let environment = folder().join("python");
    let python = environment.join("bin/python");
    install_once(&environment, &[&requirements], || {
        ensure!(makes_environments(), "there is no python3 with its module venv");
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&environment);
        run_to_the_end(&mut make, INSTALL_TIME_MAX)?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.arg("--requirement").arg(&requirements);
        run_to_the_end(&mut install, INSTALL_TIME_MAX)
    })?;
    Ok(python)
}

/// The folder of the packages that `package-lock.json` lists.
fn modules() -> anyhow::Result<PathBuf> {
    let modules = folder().join("node");
    let files = ["package.json", "package-lock.json"].map(source);
    install_once(&modules, &[&files[0], &files[1]], || {
        ensure!(find(&["npm"]).is_some(), "there is no npm");
        std::fs::create_dir_all(&modules)?;
        for file in &files {
            let name = file.file_name().context("it has a name")?;
            std::fs::copy(file, modules.join(name))?;
        }
        let mut install = Command::new("npm");
        // No script of a package runs: what is needed is in the packages themselves.
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
        run_to_the_end(install.current_dir(&modules), INSTALL_TIME_MAX)
    })?;
    Ok(modules)
}

/// Installs into a folder unless that was done from the same lists; done by halves counts as not
/// done.
fn install_once(
    into: &Path,
    lists: &[&Path],
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut wanted = String::new();
    for list in lists {
        wanted += &std::fs::read_to_string(list)
            .with_context(|| format!("{} can't be read", list.display()))?;
    }
    let done = into.join("installed-from");
    if std::fs::read_to_string(&done).is_ok_and(|from| from == wanted) {
        return Ok(());
    }
    if into.exists() {
        std::fs::remove_dir_all(into)?;
    }
    eprintln!("installing into {}", into.display());
    install()?;
    std::fs::write(&done, wanted)?;
    Ok(())
}

fn vnu(modules: &anyhow::Result<PathBuf>) -> anyhow::Result<PathBuf> {
    ensure!(find(&["java"]).is_some(), "there is no java");
    let modules = modules.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let jar = modules.join("node_modules/vnu-jar/build/dist/vnu.jar");
    ensure!(jar.is_file(), "{} is missing", jar.display());
    Ok(jar)
}

fn pdf_programs() -> anyhow::Result<()> {
    for name in ["qpdf", "pdfinfo", "pdftotext", "pdffonts"] {
        ensure!(find(&[name]).is_some(), "there is no {name}");
    }
    Ok(())
}

fn browser(modules: anyhow::Result<PathBuf>) -> anyhow::Result<Browser> {
    let modules = modules?;
    let chromium = find(CHROMIUM).context("there is no Chromium")?;
    let version = Command::new("node").arg("--version").output().context("there is no node")?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    let is_new = major.parse::<u32>().is_ok_and(|major| major >= NODE_MIN);
    ensure!(is_new, "node is {version}, and {NODE_MIN} or later is needed");
    Ok(Browser { modules, chromium })
}

/// Where everything of these checks is kept between runs.
fn folder() -> PathBuf {
    root().join("target/outside")
}

fn source(name: &str) -> PathBuf {
    root().join("tests/outside").join(name)
}

/// The first of the names that is on the PATH.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names.iter().flat_map(|name| dirs.iter().map(move |dir| dir.join(name)));
    files.into_iter().find(|file| file.is_file())
}

fn run_to_the_end(command: &mut Command, time_max: Duration) -> anyhow::Result<()> {
    let status = run_within(command, time_max)?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Runs a program that may not take longer than this.
fn run_within(command: &mut Command, time_max: Duration) -> anyhow::Result<ExitStatus> {
    let mut child = command.spawn().with_context(|| format!("{command:?} can't be run"))?;
    match wait(&mut child, time_max)? {
        Some(status) => Ok(status),
        None => {
            // Asked first, so that it can end its own children, such as the browser.
            run(Command::new("kill").args(["-TERM", &child.id().to_string()])).ok();
            if wait(&mut child, Duration::from_secs(10))?.is_none() {
                child.kill().ok();
                child.wait()?;
            }
            bail!("{command:?} took longer than {} s", time_max.as_secs())
        }
    }
}

/// `None` where it still runs after this time.
fn wait(child: &mut Child, time_max: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    while begun.elapsed() < time_max {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended() {
        let begun = Instant::now();
        let mut hang = Command::new("sleep");
        let error = run_within(hang.arg("60"), Duration::from_millis(200)).expect_err("too long");
        assert!(error.to_string().contains("took longer than"), "{error:#}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_is_half_installed_is_installed_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (into, list) = (folder.path().join("into"), folder.path().join("list"));
        std::fs::write(&list, "one").expect("written");
        let mut runs = 0;
        let mut install = |works: bool| {
            let done = install_once(&into, &[&list], || {
                runs += 1;
                std::fs::create_dir(&into)?;
                ensure!(works, "no network");
                Ok(())
            });
            done.is_ok()
        };
        assert!(!install(false));
        assert!(install(true));
        assert!(install(true));
        std::fs::write(&list, "two").expect("written");
        assert!(install(true));
        assert_eq!(runs, 3, "not when it was done from the same list");
    }
}
