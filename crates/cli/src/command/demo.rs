//! `candor demo`: the example, from nothing to both editions served, and a console with a week of
//! open cases and a login for each role.

mod letters;
mod people;
mod registers;
mod scanner;
mod stories;
mod week;

use std::path::Path;

use anyhow::{Context, bail};
use app::{
    AsOf, Candor, Clock, Import, Init, Protection, Publisher, Reimport, Run, SigningKeys, Site,
};
use domain::Period;
use domain::event::Stream;
use domain::id::Actor;
use exchange::Mapping;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::Sight;

use self::people::Logins;
use self::week::{DAYS, at};
use super::{publish_period, serve};
use crate::args;
use crate::say;

/// The example travels in the binary, so that the demo runs anywhere. The figures come first: by
/// their event it is known when the demo was begun.
const FILES: [(&str, &[u8]); 2] = [
    ("figures.csv", include_bytes!("../../../../examples/first-report/figures.csv")),
    ("requests.csv", include_bytes!("../../../../examples/first-report/requests.csv")),
];

/// By this a demo's directory is known.
const NOTICE_BEGINS: &str = "Example";
const NOTICE: &str = "The counts of 2020 and the first half of 2021 are those that Kaspersky \
     published. All else is invented: people, authorities, letters, dates, instruments, demands, \
     and that no counted request was an emergency. Layout and wording are candor’s.";

pub(crate) async fn run(args: args::Demo) -> anyhow::Result<()> {
    let dir = args.dir.as_path();
    if !dir.join("candor.toml").exists() {
        init(dir).await?;
    }
    let candor = Candor::open(dir, Clock::System).await?;
    let notice = candor.config.publisher.notice.as_deref().unwrap_or_default();
    if !notice.starts_with(NOTICE_BEGINS) {
        bail!(
            "{} is a data directory, and not one of a demo: nothing was done; name another with \
             --dir",
            dir.display()
        );
    }
    let today = looked_at_on(&candor).await?;
    editions(&candor, today, dir).await?;
    cases(&candor, today, dir).await?;
    if args.no_serve {
        let serve = &candor.config.serve;
        say::line(format!(
            "`candor serve --dir {}` serves the public site at http://{}/ and the console at \
             {}/.",
            dir.display(),
            serve.listen,
            candor.config.console_at(&serve.listen_console)
        ));
    } else {
        serve::run(&candor, &args.addresses).await?;
    }
    candor.close().await;
    Ok(())
}

/// Makes the data directory beside its place and moves it there: a kill leaves it whole, or not
/// there and a folder with a random name, which can be deleted.
async fn init(dir: &Path) -> anyhow::Result<()> {
    let publisher = Publisher {
        name: "Example publisher".to_owned(),
        notice: Some(format!("{NOTICE_BEGINS}. {NOTICE}")),
        principles: None,
    };
    let beside = match dir.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    std::fs::create_dir_all(beside)
        .with_context(|| format!("{} can't be made", beside.display()))?;
    let new = tempfile::Builder::new().prefix(".candor-demo-").tempdir_in(beside)?;
    let database = app::Database::default();
    let time_zone = "UTC".to_owned();
    let protection = Protection::Plain;
    let signing = SigningKeys::Files;
    let init = Init { publisher, database, time_zone, origin: None, protection, signing };
    app::init(new.path(), init).await?;
    std::fs::rename(new.path(), dir).with_context(|| {
        format!("{} can't be made; if it holds something, name another with --dir", dir.display())
    })?;
    // Moved away, so there is nothing left to delete.
    let _ = new.keep();
    say::line(format!("Made the data directory {}.", dir.display()));
    Ok(())
}

/// The day up to which the week of cases leads: the day on which the demo was begun, also where
/// that run was killed and this one goes on.
async fn looked_at_on(candor: &Candor) -> anyhow::Result<Date> {
    let sight = Sight::without_compartments();
    let events = candor.db.snapshot().await?.stream_events(Stream::Publication, sight).await?;
    match events.first() {
        Some(first) => {
            let began = first.at.to_zoned(TimeZone::UTC).date();
            Ok(began.checked_add(DAYS.days())?)
        }
        None => Ok(candor.today()),
    }
}

/// Imports the example and publishes it, before the week begins.
async fn editions(candor: &Candor, today: Date, dir: &Path) -> anyhow::Result<()> {
    let mut then = candor.clone();
    for (n, file) in (0..).zip(FILES) {
        then.clock = Clock::Fixed(at(DAYS, 8, 0).plus(n).moment(today)?);
        import(&then, dir, file).await?;
    }
    let site = Site::new(dir.join("site"));
    for (n, period) in (0..).zip([Period::year(2020), Period::half(2021, 1)]) {
        then.clock = Clock::Fixed(at(DAYS, 8, 10).plus(n).moment(today)?);
        match candor.published(period).await? {
            None => publish_period(&then, period, None).await?,
            Some(revision) => {
                say::line(format!("{period} is published, revision {}.", revision.revision));
            }
        }
        candor.build(period, AsOf::Now, &report::Format::ALL, &site).await?;
    }
    say::line(format!("The same as static files: {}.", dir.join("site").display()));
    Ok(())
}

async fn import(candor: &Candor, dir: &Path, (name, bytes): (&str, &[u8])) -> anyhow::Result<()> {
    let examples = dir.join("example");
    std::fs::create_dir_all(&examples)
        .with_context(|| format!("{} can't be made", examples.display()))?;
    let file = examples.join(name);
    std::fs::write(&file, bytes).with_context(|| format!("{} can't be written", file.display()))?;
    let import = Import {
        file: &file,
        mapping: Mapping::default(),
        reimport: Reimport::Refuse,
        run: Run::Real,
    };
    let imported = candor.import(import, Actor::OperatorCli, |_| ()).await?;
    say::line(format!(
        "{}: {} new, {} known already.",
        file.display(),
        say::number(imported.new),
        say::number(imported.unchanged)
    ));
    Ok(())
}

/// Fills the console: people, and a week of what they did.
async fn cases(candor: &Candor, today: Date, dir: &Path) -> anyhow::Result<()> {
    if today > candor.today() {
        say::line(format!(
            "The console is empty: {} was made by a candor whose demo had no cases. Another one \
             with --dir has them.",
            dir.display()
        ));
        return Ok(());
    }
    let mut logins = Logins::read(dir)?;
    logins.join_all(candor, at(DAYS, 8, 30).moment(today)?).await?;
    let done = week::live(candor, &logins, (today, stories::all(today))).await?;
    if done > 0 {
        say::line(format!(
            "Filled the console with a week of invented cases, {done} acts up to yesterday."
        ));
    }
    scanner::look_over(candor, at(1, 20, 0).moment(today)?).await?;
    logins.renew_codes(candor).await?;
    logins.tell()
}
