//! Backups, and what is done with them.

use app::{Against, Clock, Database, DueEntry, Recipients, Rest, SeenBy};
use domain::id::{Actor, SubmissionId};
use domain::retention::{Retention, RetentionClass};
use verify::PublishedLog;

use crate::args;
use crate::command::open;
use crate::say;

pub(super) async fn backup(args: args::Backup) -> anyhow::Result<()> {
    let recipients = Recipients::read(&args.recipient)?;
    let candor = open(&args.dir).await?;
    let done = candor.backup(&args.out, &recipients).await?;
    let dir = candor.dir.display().to_string();
    candor.close().await;
    say::line(format!(
        "{}: {}, {} in the log, {} bytes.",
        args.out.display(),
        say::counted(done.rows, "row", "rows"),
        say::counted(done.leaves, "leaf", "leaves"),
        say::number(done.size_bytes)
    ));
    say::line(format!(
        "The keys are not in it: without a copy of {dir}/keys it can't be restored. Nor is the \
         list {dir}/erasures, if there is one: copy it after each erasure."
    ));
    Ok(())
}

pub(super) async fn restore(args: args::Restore) -> anyhow::Result<()> {
    let published = args.published.as_deref().map(PublishedLog::open).transpose()?;
    let restored = app::restore(
        app::Restore {
            file: &args.file,
            dir: &args.dir,
            identity: &args.identity,
            keys: args.keys.as_deref(),
            database: args.database_url.map(|url| Database { url }),
            against: match (&published, &args.successor) {
                (Some(before), Some(origin)) => Against::Succeeding { before, origin },
                (Some(published), None) => Against::Published(published),
                (None, _) => Against::Nothing,
            },
            erasures: args.erasures.as_deref(),
        },
        Clock::System,
        Actor::OperatorCli,
    )
    .await?;
    let dir = args.dir.display();
    say::line(format!(
        "Restored {} to {dir}; its log has {}.",
        say::counted(restored.rows, "row", "rows"),
        say::counted(restored.leaves, "leaf", "leaves")
    ));
    if restored.lost > 0 {
        say::line(format!(
            "{} of them came back from the published log without what they seal: \
             `candor doctor --dir {dir}` says what is missed.",
            say::counted(restored.lost, "leaf", "leaves")
        ));
    }
    if let Some(origin) = &args.successor {
        let candor = open(&args::Dir { dir: args.dir.clone() }).await?;
        candor.publish_checkpoint().await?;
        candor.close().await;
        say::line(format!(
            "A new log, {origin}, follows the published one, whose files stay below log/before/ of \
             the site. Build the site again, tell the witnesses the new name, and give those who \
             hold receipts new ones: `candor receipt`."
        ));
    }
    match args.erasures {
        Some(_) => say::line(format!(
            "{} erased again.",
            say::counted(restored.erased, "submission was", "submissions were")
        )),
        None => say::line(
            "No list of erasures was given: what was erased since the backup can be read again.",
        ),
    }
    Ok(())
}

pub(super) async fn export(args: args::Export) -> anyhow::Result<()> {
    let recipients = Recipients::read(&args.recipient)?;
    let candor = open(&args.dir).await?;
    let done = candor.export(&args.out, &recipients).await?;
    candor.close().await;
    say::line(format!(
        "{}: {}, {} bytes. Whoever opens it reads everything that was not erased.",
        args.out.display(),
        say::counted(done.lines, "line", "lines"),
        say::number(done.size_bytes)
    ));
    Ok(())
}

pub(super) async fn erase(args: args::Erase) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let id = SubmissionId(args.submission);
    candor.erase(id, Actor::OperatorCli).await?;
    let dir = candor.dir.display().to_string();
    candor.close().await;
    say::line(format!("Submission {id} is erased: nobody can read it any more."));
    say::line(format!(
        "Backups made before still hold it: copy {dir}/erasures to where they are, so that a \
         restore forgets it again, and destroy them when their time is over."
    ));
    Ok(())
}

pub(super) async fn retention(args: args::Retention) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let dir = candor.dir.display().to_string();
    if args.dry_run {
        let list = candor.due_in_all().await?;
        if list.rules.is_none() {
            say::line("No period is declared, so nothing is ever due.");
        }
        for entry in list.due.iter().chain(&list.held_back) {
            say::line(told(entry));
        }
        if list.rest == Rest::More {
            say::line("There is more than is listed.");
        }
        say::line(format!(
            "{} due to be erased, {} held back. Nothing was changed.",
            say::counted(list.due.len() as u64, "submission is", "submissions are"),
            say::counted(list.held_back.len() as u64, "is", "are"),
        ));
        candor.close().await;
        return Ok(());
    }
    let tell = |entry: &DueEntry, not: Option<app::NotErased>| match not {
        None => say::line(format!("{} Erased.", told(entry))),
        Some(why) => say::line(format!("{} Not erased: {why}.", told(entry))),
    };
    let erased = candor.erase_all_due(tell).await?;
    candor.close().await;
    say::line(match erased {
        0 => "Nothing was erased.".to_owned(),
        n => format!(
            "{} erased. Copy {dir}/erasures to where the backups are, so that a restore forgets \
             them again.",
            say::counted(n, "submission was", "submissions were")
        ),
    });
    Ok(())
}

/// A submission in a line. One that only named people see is told by its id alone.
fn told(entry: &DueEntry) -> String {
    let name = match entry.seen_by {
        SeenBy::Roles => entry.number.to_string(),
        SeenBy::Named => entry.submission.to_string(),
    };
    let what = entry
        .parts
        .iter()
        .map(|told| told.part.class().map_or("not finished", RetentionClass::label));
    let what = what.collect::<Vec<_>>().join("; ");
    match &entry.retention {
        Retention::Due { since } => format!("{name} ({what}) is due since {since}."),
        Retention::HeldBack { since, by } => {
            let by: Vec<_> = by.iter().map(ToString::to_string).collect();
            format!("{name} ({what}) was due on {since} and stays: {}.", by.join("; "))
        }
        Retention::Kept => format!("{name} ({what}) is kept."),
    }
}
