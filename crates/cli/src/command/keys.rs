//! `candor keys`: signing keys follow each other, and the keys of half-years are destroyed.

use anyhow::bail;
use app::{HandTo, Role};
use clap::{Args, Subcommand, ValueEnum};
use domain::Period;
use domain::id::Actor;

use super::open;
use crate::args::Dir;
use crate::say;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Put another key in place of one that signs
    ///
    /// The old key signs a leaf of the log that names the new one. Whoever has pinned the key that
    /// the log began with goes on verifying it. The old key is destroyed.
    Rotate(Rotate),
    /// Destroy the key of a half-year: nobody can open a commitment of it any more
    ///
    /// What was published, and what submitters hold, goes on holding. No new receipt can open a
    /// request received then, nothing more can be sealed about one, and no new revision of its
    /// report can be proven. It can't be undone.
    DestroyPeriod(DestroyPeriod),
}

#[derive(Debug, Args)]
pub(crate) struct DestroyPeriod {
    #[command(flatten)]
    dir: Dir,
    /// Such as 2020-H1
    #[arg(value_name = "HALF_YEAR")]
    half_year: Period,
    /// Really do it
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    dir: Dir,
    /// What the key signs: log, the checkpoints; report; receipt
    #[arg(long, value_name = "ROLE")]
    role: RoleArg,
    /// Make it a file in DIR/keys, also where the settings name a key in Vault
    #[arg(long)]
    to_file: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    Log,
    Report,
    Receipt,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Log => Self::Log,
            RoleArg::Report => Self::Report,
            RoleArg::Receipt => Self::Receipt,
        }
    }
}

pub(super) async fn run(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::Rotate(args) => rotate(args).await,
        KeysCommand::DestroyPeriod(args) => destroy_period(args).await,
    }
}

async fn rotate(args: Rotate) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let role = Role::from(args.role);
    let to = if args.to_file { HandTo::File } else { HandTo::AsSettingsSay };
    let rotated = candor.rotate_key(role, to, Actor::OperatorCli).await?;
    candor.close().await;
    say::line(format!("The {} key is {} from leaf {} on.", role.name(), rotated.key, rotated.leaf));
    say::line(
        "Copy the folder keys to its other place again: the copy there has the old key, and a \
         backup has none.",
    );
    match role {
        Role::Log => say::line("Tell it to the operators of your witnesses, who know the old one."),
        Role::Report | Role::Receipt => {}
    }
    Ok(())
}

async fn destroy_period(args: DestroyPeriod) -> anyhow::Result<()> {
    let period = args.half_year;
    if !args.yes {
        bail!(
            "without the key of {period} nobody can open a commitment to a request received then, \
             ever again: nothing was done. To do it, add --yes"
        );
    }
    let candor = open(&args.dir).await?;
    candor.destroy_period(period, Actor::OperatorCli).await?;
    candor.close().await;
    say::line(format!("The key of {period} is destroyed."));
    say::line(
        "Backups made before still have it. So has PostgreSQL, until VACUUM FULL period_key.",
    );
    Ok(())
}
