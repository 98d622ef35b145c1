//! `candor demo`: the example, from nothing to both editions served.

use std::path::Path;

use anyhow::Context;
use app::{AsOf, Candor, Clock, Import, Init, Protection, Publisher, Reimport, Run, Site};
use domain::Period;
use domain::id::Actor;
use exchange::Mapping;

use super::{publish_period, serve};
use crate::args;
use crate::say;

/// The example travels in the binary, so that the demo runs anywhere.
const FILES: [(&str, &[u8]); 2] = [
    ("requests.csv", include_bytes!("../../../../examples/first-report/requests.csv")),
    ("figures.csv", include_bytes!("../../../../examples/first-report/figures.csv")),
];

const NOTICE: &str = "Example edition. The counts are those that Kaspersky published for 2020 and \
     the first half of 2021. All else is invented: dates, authorities, instruments, demands and that \
     none was an emergency. Layout and wording are candor’s.";

pub(crate) async fn run(args: args::Demo) -> anyhow::Result<()> {
    let dir = args.dir.as_path();
    if !dir.join("candor.toml").exists() {
        let publisher = Publisher {
            name: "Example publisher".to_owned(),
            notice: Some(NOTICE.to_owned()),
            principles: None,
        };
        let database = app::Database::default();
        let time_zone = "UTC".to_owned();
        let protection = Protection::Plain;
        let init = Init { publisher, database, time_zone, origin: None, protection };
        app::init(dir, init).await?;
        say::line(format!("Made the data directory {}.", dir.display()));
    }
    let candor = Candor::open(dir, Clock::System).await?;
    import(&candor, dir).await?;
    let site = Site::new(dir.join("site"));
    for period in [Period::year(2020), Period::half(2021, 1)] {
        match candor.published(period).await? {
            None => publish_period(&candor, period, None).await?,
            Some(revision) => {
                say::line(format!("{period} is published, revision {}.", revision.revision));
            }
        }
        candor.build(period, AsOf::Now, &report::Format::ALL, &site).await?;
    }
    say::line(format!("The same as static files: {}.", dir.join("site").display()));
    if !args.no_serve {
        serve::run(&candor, &args.addresses).await?;
    }
    candor.close().await;
    Ok(())
}

async fn import(candor: &Candor, dir: &Path) -> anyhow::Result<()> {
    let examples = dir.join("example");
    std::fs::create_dir_all(&examples)
        .with_context(|| format!("{} can't be made", examples.display()))?;
    for (name, bytes) in FILES {
        let file = examples.join(name);
        std::fs::write(&file, bytes)
            .with_context(|| format!("{} can't be written", file.display()))?;
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
    }
    Ok(())
}
