//! Each command: parse, call one use case, tell the result.

mod backup;
mod demo;
pub(crate) mod keys;
mod serve;

use std::path::Path;

use anyhow::{Context, bail};
use app::{
    AsOf, By, Candor, Clock, Entered, Import, Imported, Invited, Invitee, Letter, LetterFile,
    Protection, Publisher, Receipt, Refolding, Reimport, Run, SigningKeys, Site, VaultSettings,
};
use clap::CommandFactory;
use domain::Period;
use domain::access::Role;
use domain::id::{Actor, SubmissionId};
use domain::person::{Account, EmailAddress};
use exchange::{Kind, Mapping};
use report::Format;

use crate::args::{self, Cli, Command, ReportCommand};
use crate::say;

pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Init(args) => init(args).await,
        Command::Import(args) => import(args).await,
        Command::Report(ReportCommand::Draft(args)) => draft(&args),
        Command::Report(ReportCommand::Build(args)) => build(args).await,
        Command::Report(ReportCommand::Publish(args)) => publish(args).await,
        Command::Serve(args) => {
            let candor = open(&args.dir).await?;
            serve::run(&candor, &args.addresses).await?;
            candor.close().await;
            Ok(())
        }
        Command::Worker(dir) => {
            let candor = open(&dir).await?;
            serve::work(&candor).await;
            candor.close().await;
            Ok(())
        }
        Command::Invite(args) => invite(args).await,
        Command::ResetAccess(args) => reset_access(args).await,
        Command::LetIn(args) => let_in(args).await,
        Command::Receive(args) => receive(args).await,
        Command::NotARequest(args) => not_a_request(args).await,
        Command::Receipt(args) => receipt(args).await,
        // It waits for servers and disks, so it gets a thread of its own.
        Command::Verify(args) => {
            let tell = move || verify::run_and_tell(&args, &mut std::io::stdout());
            tokio::task::spawn_blocking(tell).await?
        }
        Command::Backup(args) => backup::backup(args).await,
        Command::Restore(args) => backup::restore(args).await,
        Command::Export(args) => backup::export(args).await,
        Command::Erase(args) => backup::erase(args).await,
        Command::Retention(args) => backup::retention(args).await,
        Command::Doctor(args) => doctor(args).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "candor", &mut text);
            say::line(String::from_utf8_lossy(&text).trim_end());
            Ok(())
        }
    }
}

async fn open(dir: &args::Dir) -> anyhow::Result<Candor> {
    Ok(Candor::open(&dir.dir, Clock::System).await?)
}

async fn init(args: args::Init) -> anyhow::Result<()> {
    let publisher = Publisher { name: args.publisher, notice: None, principles: None };
    let database = args.database_url.map_or_else(Default::default, |url| app::Database { url });
    let (time_zone, origin) = (args.time_zone.clone(), args.origin.clone());
    let protection = match (args.passphrase_file, args.identity) {
        (Some(file), _) => Protection::PassphraseFile(file),
        (None, Some(file)) => Protection::Identity(file),
        (None, None) => Protection::Plain,
    };
    let signing = match args.vault {
        Some(vault) => SigningKeys::Vault(VaultSettings {
            vault,
            token_file: args.vault_token_file,
            ca_file: args.vault_ca_file,
        }),
        None => SigningKeys::Files,
    };
    let protection_told = told(&protection, &signing);
    let init = app::Init { publisher, database, time_zone, origin, protection, signing };
    app::init(&args.dir, init).await?;
    let dir = args.dir.display();
    say::line(format!("Made {dir}. Its settings are in {dir}/candor.toml."));
    say::line(format!(
        "Keep a copy of the folder {dir}/keys in another place: sealed text can't be read without \
         the master key."
    ));
    protection_told.into_iter().for_each(say::line);
    let candor = Candor::open(&args.dir, Clock::System).await?;
    let role = [Role::Operator].into_iter().collect();
    let invitee = Invitee { name: &args.operator, email: &args.operator_email, roles: role };
    let invited = candor.invite(invitee, By::OperatorCli).await?;
    say::line(format!(
        "The first operator joins the console at {}, once, as {}, while `candor serve` runs.",
        console_link(&candor, &invited),
        args.operator_email
    ));
    candor.close().await;
    say::line(format!("Next: candor serve --dir {dir}, or candor import --dir {dir} FILE"));
    Ok(())
}

/// How the keys of a new data directory are stored.
fn told(protection: &Protection, signing: &SigningKeys) -> Vec<String> {
    let stored = match protection {
        Protection::Plain => "Mind that the keys are stored in plain, readable by you alone: \
             whoever copies them can sign as you. docs/keys.md says how they are encrypted."
            .to_owned(),
        Protection::PassphraseFile(file) => format!(
            "They are encrypted: keep the passphrase in {} too, apart from them.",
            file.display()
        ),
        Protection::Identity(file) => format!(
            "They are encrypted: keep the identity in {} too, apart from them.",
            file.display()
        ),
    };
    let elsewhere = match signing {
        SigningKeys::Files => None,
        SigningKeys::Vault(at) => Some(format!(
            "The keys that sign are in Vault, {0}-log, {0}-report and {0}-receipt, and nowhere \
             else: without them the log can't go on.",
            at.vault
        )),
    };
    [stored].into_iter().chain(elsewhere).collect()
}

/// The address at which an invited person joins.
fn console_link(candor: &Candor, invited: &Invited) -> String {
    let config = &candor.config;
    let console = config.console_at(&config.serve.listen_console);
    format!("{console}/join/{}", invited.link.reveal())
}

async fn invite(args: args::Invite) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let roles = args.roles.iter().copied().collect();
    let invitee = Invitee { name: &args.name, email: &args.email, roles };
    let invited = candor.invite(invitee, By::OperatorCli).await?;
    say::line(format!(
        "{} joins at {}, once, until {}.",
        args.name,
        console_link(&candor, &invited),
        invited.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    ));
    candor.close().await;
    Ok(())
}

async fn reset_access(args: args::ResetAccess) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let key = EmailAddress::new(&args.email)?.key();
    let people = candor.people().await?;
    let person = people
        .iter()
        .find(|one| one.account != Account::Ended && one.email.key() == key)
        .with_context(|| format!("nobody here signs in with {}", args.email))?;
    let link = candor.reset_access(person.id, By::OperatorCli).await?;
    say::line(format!(
        "{} joins anew at {}, once, until {}.",
        person.name,
        console_link(&candor, &link),
        link.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    ));
    candor.close().await;
    Ok(())
}

async fn let_in(args: args::LetIn) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let email = EmailAddress::new(&args.email)?;
    let compartments = candor.let_into_abandoned(&email).await?;
    candor.close().await;
    say::line(match compartments {
        0 => "Every compartment names a counsel who can sign in; nobody was let in.".to_owned(),
        n => format!("{} sees {n} more.", email.as_str()),
    });
    Ok(())
}

fn mapping(file: Option<&Path>) -> anyhow::Result<Mapping> {
    let Some(file) = file else { return Ok(Mapping::default()) };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: the mapping can't be read", file.display()))?;
    Ok(Mapping::read(&file.display().to_string(), &text)?)
}

async fn import(args: args::Import) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let import = Import {
        file: &args.file,
        mapping: mapping(args.map.as_deref())?,
        reimport: if args.update { Reimport::Update } else { Reimport::Refuse },
        run: if args.dry_run { Run::Dry } else { Run::Real },
    };
    let bar = say::progress("reading");
    let imported = candor.import(import, Actor::OperatorCli, |rows| bar.set_position(rows)).await?;
    bar.finish_and_clear();
    candor.close().await;
    if args.json {
        say::line(serde_json::to_string_pretty(&as_json(&imported, args.dry_run))?);
    } else {
        say::line(in_words(&imported, &args));
    }
    Ok(())
}

fn as_json(imported: &Imported, is_dry_run: bool) -> serde_json::Value {
    let Imported { kind, sha256, new, updated, unchanged, summary } = imported;
    serde_json::json!({
        "kind": match kind { Kind::Requests => "requests", Kind::Figures => "figures" },
        "sha256": sha256.to_string(),
        "new": new,
        "updated": updated,
        "unchanged": unchanged,
        "repeated_in_file": summary.repeated,
        "blank_rows": summary.blank,
        "dry_run": is_dry_run,
    })
}

fn in_words(imported: &Imported, args: &args::Import) -> String {
    let (one, many) = match imported.kind {
        Kind::Requests => ("request", "requests"),
        Kind::Figures => ("published figure", "published figures"),
    };
    let done = if args.dry_run { "Would import" } else { "Imported" };
    let mut text = format!("{done} {}", say::counted(imported.new, one, many));
    text.push_str(&format!(" from {} ({})", args.file.display(), imported.summary.source));
    for (count, what) in [
        (imported.updated, "updated"),
        (imported.unchanged, "known already"),
        (imported.summary.repeated, "repeated in the file"),
        (imported.summary.not_stated, "not stated"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {} {what}", say::number(count)));
        }
    }
    text.push('.');
    text
}

fn draft(args: &args::Draft) -> anyhow::Result<()> {
    let formats = args::formats(&args.formats);
    let publisher = report::Publisher {
        name: args.publisher.clone(),
        notice: None,
        principles: report::DEFAULT_PRINCIPLES.to_owned(),
    };
    let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mapping = mapping(args.map.as_deref())?;
    let site = Site::new(&args.out);
    let drafts =
        app::draft(&args.file, &mapping, args.period, &formats, (publisher, today), &site)?;
    for (period, requests) in drafts.periods {
        let folder = args.out.join(report::folder(&period));
        say::line(format!(
            "{period}: {} in {}",
            say::counted(requests, "request", "requests"),
            folder.display()
        ));
    }
    if formats.contains(&Format::Html) {
        say::line(format!("Open {}.", args.out.join("index.html").display()));
    }
    Ok(())
}

async fn build(args: args::Build) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let as_of = args.as_of.unwrap_or(AsOf::Now);
    let formats = args::formats(&args.formats);
    let is_published = candor.build(args.period, as_of, &formats, &Site::new(&args.out)).await?;
    let state = if is_published { "as it was published" } else { "as a DRAFT" };
    say::line(format!("{} is in {} {state}.", args.period, args.out.display()));
    if !is_published {
        say_of_bands(&candor, args.period).await?;
    }
    Ok(())
}

/// Where the report tells nothing in bands, why: to the editor, since no page may.
async fn say_of_bands(candor: &Candor, period: Period) -> anyhow::Result<()> {
    if let Some(why) = candor.bands_left_out(period).await? {
        say::line(format!("Of {period}: {why}."));
    }
    Ok(())
}

async fn publish(args: args::Publish) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    if args.despite_loss {
        let leaves = candor.state_loss(Actor::OperatorCli).await?;
        say::line(format!(
            "Stated of {} that what {} will not come back.",
            say::counted(leaves as u64, "leaf", "leaves"),
            if leaves == 1 { "it seals" } else { "they seal" }
        ));
    }
    publish_period(&candor, args.period, args.correct).await?;
    candor.close().await;
    Ok(())
}

async fn publish_period(
    candor: &Candor,
    period: Period,
    correct: Option<String>,
) -> anyhow::Result<()> {
    let published = candor.publish(period, correct, Actor::OperatorCli).await?;
    say::line(format!(
        "Published {period}, revision {}: {}, {}.",
        published.revision,
        say::counted(published.requests, "request", "requests"),
        say::counted(published.files as u64, "file", "files"),
    ));
    say_of_bands(candor, period).await
}

async fn receive(args: args::Receive) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let mut files = Vec::new();
    for file in &args.file {
        let bytes =
            std::fs::read(file).with_context(|| format!("{}: can't be read", file.display()))?;
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        files.push(LetterFile { name, bytes });
    }
    let letter = Letter {
        channel: args.channel,
        received_on: args.received_on.unwrap_or_else(|| candor.today()),
        reference: args.reference,
        sender: String::new(),
        summary: String::new(),
        files,
        secret: None,
    };
    let entered = candor.enter_as(letter, Actor::OperatorCli).await?;
    candor.publish_to_witnesses().await;
    candor.close().await;
    let received = match entered {
        Entered::Sealed(received) => received,
        Entered::Waiting { submission, batch_at } => {
            say::line(format!(
                "Recorded as submission {submission}; its seal gets its place in the log with the \
                 batch of {batch_at}. From then on `candor receipt` makes the receipt."
            ));
            return Ok(());
        }
    };
    // First the id, with which the receipt can be made again should writing it fail.
    say::line(format!("Sealed as submission {}.", received.submission));
    write_receipt(&received.receipt, &args.receipt)?;
    say::line(format!("The sender's receipt is in {}.", args.receipt.display()));
    Ok(())
}

async fn not_a_request(args: args::NotARequest) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let submission = SubmissionId(args.submission);
    candor.declare_not_a_request(submission, args.reason, By::OperatorCli).await?;
    candor.publish_to_witnesses().await;
    candor.close().await;
    say::line(format!("Submission {submission} is resolved: {}.", args.reason.code()));
    Ok(())
}

async fn receipt(args: args::Receipt) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let receipt = candor.receipt(SubmissionId(args.submission), By::OperatorCli).await?;
    candor.close().await;
    write_receipt(&receipt, &args.receipt)?;
    say::line(format!(
        "{} in {}.",
        say::counted(receipt.contents.leaves.len() as u64, "leaf is opened", "leaves are opened"),
        args.receipt.display()
    ));
    Ok(())
}

fn write_receipt(receipt: &Receipt, file: &Path) -> anyhow::Result<()> {
    std::fs::write(file, receipt.to_json())
        .with_context(|| format!("{}: the receipt can't be written", file.display()))
}

async fn doctor(args: args::Doctor) -> anyhow::Result<()> {
    let candor = open(&args.dir).await?;
    let refolding = if args.refold { Refolding::Do } else { Refolding::Sample(args.sample) };
    let mut doctor = candor.doctor(refolding).await?;
    if args.mail {
        let result = candor.greet_mail_server().await;
        doctor.findings.push(app::Finding { subject: "mail server", result });
    }
    for finding in &doctor.findings {
        match &finding.result {
            Ok(well) => say::line(format!("well   {}: {well}", finding.subject)),
            Err(wrong) => say::line(format!("WRONG  {}: {wrong}", finding.subject)),
        }
    }
    for (subject, what) in &doctor.warnings {
        say::line(format!("MIND   {subject}: {what}"));
    }
    if !doctor.is_well() {
        bail!("not everything is as it should be");
    }
    Ok(())
}
