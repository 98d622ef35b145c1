//! The command line as a contract that scripts rely on.

use std::path::PathBuf;

use app::AsOf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::Period;
use domain::access::Role;
use domain::id::Position;
use domain::submission::Channel;
use jiff::civil::Date;
use report::Format;
use uuid::Uuid;

use crate::command::keys::KeysCommand;

/// From the request that arrives to the number that is published.
///
/// candor counts the requests that governments and law enforcement send a company and publishes
/// the report of them. Try it on its example with `candor demo`, or on your own spreadsheet with
/// `candor report draft FILE --out OUT`.
#[derive(Debug, Parser)]
#[command(name = "candor", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish the example report, from nothing, and fill the console; serve both
    ///
    /// Makes a data directory, imports 265 example requests, publishes the editions of 2020 and of
    /// the first half of 2021, and writes them as a static site to DIR/site. Fills the console with
    /// a week of invented cases, and tells a login for each role, which are also in
    /// DIR/logins.txt. Serves until Ctrl-C. Run again, it does what is not done yet.
    Demo(Demo),
    /// Make a data directory: settings, keys, database
    ///
    /// Asks nothing. The settings are in DIR/candor.toml, the keys in DIR/keys: keep a copy of that
    /// folder apart, without the master key sealed text can't be read. The key files are stored in
    /// plain unless a passphrase or an identity is given; the keys that sign may stay in Vault.
    Init(Init),
    /// Import requests of the past, or figures published before
    ///
    /// FILE is a CSV or XLSX file with one request in each row, or with published figures
    /// (period,country,measure,value). All of it is imported or nothing: every fault is listed as
    /// FILE:LINE:COLUMN with its mend. The same file again changes nothing.
    Import(Import),
    /// Draft, build and publish reports
    #[command(subcommand)]
    Report(ReportCommand),
    /// Serve the published editions and the console
    ///
    /// Until Ctrl-C. The public site has /, /healthz, /readyz and /metrics; the console is where the
    /// company's people work, at an address of its own. What the calendar owes is done meanwhile.
    Serve(Serve),
    /// Do what the calendar owes, apart from `candor serve`
    ///
    /// Questions that nobody answered lapse, paperwork that was owed is reported. `candor serve`
    /// does this too; several may run at once.
    Worker(Dir),
    /// Make a link with which a person of the company joins the console
    ///
    /// Operators invite people in the console; this is for the first one, and for the day on which
    /// no operator is left. Whoever has the link first sets the password, so hand it over yourself.
    Invite(Invite),
    /// Let somebody who lost all that they sign in with join the console anew, as who they were
    ///
    /// Operators do it in the console; this is for the last one. Passkeys, password, authenticator,
    /// codes, sessions and tokens of the person open nothing from here on. Whoever has the link first
    /// comes in as them, so hand it over yourself.
    ResetAccess(ResetAccess),
    /// Let a legal counsel into compartments that name no counsel any more
    ///
    /// A case that only named people see is decided by nobody once none of its counsel can sign in;
    /// `candor doctor` tells of it. That somebody was let in is an event like any other.
    LetIn(LetIn),
    /// Seal what arrived, and write the sender's receipt
    ///
    /// For what came by letter or fax, and for scripts: FILE is what was sent, any number of them.
    /// It is sealed before anyone has understood it. The receipt goes to the sender, who can check
    /// it with `candor verify`.
    Receive(Receive),
    /// Say that a submission holds no request, and why
    ///
    /// A report is not published over a submission of its period that nobody has resolved.
    NotARequest(NotARequest),
    /// Write a receipt that opens all that is sealed about a submission by now
    Receipt(Receipt),
    Verify(verify::Verify),
    /// Write everything but the keys to one encrypted file, while others go on
    ///
    /// Of one moment, whole or not at all, in a format that is described in docs/backup.md and is
    /// the same for both databases. The keys are not in it: keep a copy of DIR/keys elsewhere.
    Backup(Backup),
    /// Make a data directory from a backup, and go on where the published log ends
    ///
    /// Leaves that were published after the backup come back without what they seal. Where
    /// anything does not fit, nothing is left behind. See docs/backup.md.
    Restore(Restore),
    /// Write everything, decrypted and described, to one file that only its recipients can open
    ///
    /// For counsel, to be read without candor: lines of JSON, of which the first says what the
    /// others are.
    Export(Export),
    /// Destroy what a submission said; that it was there, and what it counted, stays
    ///
    /// For ever, and only once it is resolved and its requests are finished. Copy DIR/erasures to
    /// another place afterwards: a restored backup is told by it what to forget again.
    Erase(Erase),
    /// Erase every submission whose period is over, as the company declared it
    ///
    /// Nothing goes while a legal hold stands on it, or while a request that came with it is open.
    /// What lies in compartments goes too. Run it as often as you like, by hand or from cron.
    Retention(Retention),
    /// Check keys, events, counts and published files
    ///
    /// Exit code 1 where something is wrong.
    Doctor(Doctor),
    /// Rotate keys that sign, and destroy the keys of half-years
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print completions for a shell
    ///
    /// For bash: candor completions bash > /etc/bash_completion.d/candor
    Completions {
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Dir {
    /// The data directory that `candor init` made
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the example's data directory is made
    #[arg(long, value_name = "DIR", default_value = "candor-demo")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) addresses: Addresses,
    /// Make all of it and end, for scripts
    #[arg(long)]
    pub(crate) no_serve: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The data directory; it may not have anything in it yet
    pub(crate) dir: PathBuf,
    /// The company's name as it stands on every page
    #[arg(long, value_name = "NAME", default_value = "Example publisher")]
    pub(crate) publisher: String,
    /// Decides which day a request was received on; never changed afterwards
    #[arg(long, value_name = "TZ", default_value = "UTC")]
    pub(crate) time_zone: String,
    /// The log's name for ever, by custom its address without https://, as example.com/log
    ///
    /// Without it candor makes a name up.
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: Option<String>,
    /// A PostgreSQL database in place of the file in DIR
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Encrypt the key files under the passphrase on the first line of FILE
    ///
    /// The file's place goes into the settings, so that every command opens the keys. The
    /// environment variable CANDOR_PASSPHRASE_FILE goes before them.
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Encrypt the key files to the age identity in FILE, as age-keygen makes it
    ///
    /// The file's place goes into the settings, so that every command opens the keys. The
    /// environment variable CANDOR_IDENTITY goes before them.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Keep the keys that sign in Vault or OpenBao, at this address with -log, -report and -receipt
    /// after it
    ///
    /// As https://vault.example:8200/v1/transit/keys/candor. A key that is there is used, of type
    /// ed25519; one that is not is made. No such key is then ever in DIR/keys.
    #[arg(long, value_name = "URL")]
    pub(crate) vault: Option<String>,
    /// Vault's token is the first line of FILE
    ///
    /// The file's place goes into the settings; it is read each time. The environment variable
    /// CANDOR_VAULT_TOKEN goes before it.
    #[arg(long, value_name = "FILE", requires = "vault")]
    pub(crate) vault_token_file: Option<PathBuf>,
    /// Certificates to trust in place of the public authorities', where Vault's is not of these
    #[arg(long, value_name = "FILE", requires = "vault")]
    pub(crate) vault_ca_file: Option<PathBuf>,
    /// Name of the first person who can sign in to the console, who lets in all others
    #[arg(long, value_name = "NAME", default_value = "First operator")]
    pub(crate) operator: String,
    /// The e-mail address with which that person signs in
    #[arg(long, value_name = "ADDRESS", default_value = "operator@localhost")]
    pub(crate) operator_email: String,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) dir: Dir,
    pub(crate) file: PathBuf,
    /// How a file with other columns or words is read
    #[arg(long, value_name = "MAP.toml")]
    pub(crate) map: Option<PathBuf>,
    /// Let rows stand in place of those imported before under the same reference
    #[arg(long)]
    pub(crate) update: bool,
    /// Try everything and keep nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Receive {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// What was sent; only its SHA-256 is kept
    #[arg(required = true)]
    pub(crate) file: Vec<PathBuf>,
    /// How it arrived: portal, api, mail or letter
    #[arg(long, value_name = "CHANNEL", default_value = "letter", value_parser = channel)]
    pub(crate) channel: Channel,
    /// The day on which it arrived; today without one
    #[arg(long, value_name = "DATE")]
    pub(crate) received_on: Option<Date>,
    /// The sender's own reference, which then only their receipt opens
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
    /// Where the receipt is written
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct NotARequest {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// The submission's id, as `candor receive` has told it
    pub(crate) submission: Uuid,
    /// misaddressed, correspondence, user_request, advertising, test or unintelligible
    #[arg(long, value_name = "REASON", value_parser = not_a_request)]
    pub(crate) reason: domain::submission::NotARequest,
}

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// The submission's id, as `candor receive` has told it
    pub(crate) submission: Uuid,
    /// Where the receipt is written
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: PathBuf,
}

fn channel(text: &str) -> Result<Channel, String> {
    Channel::from_code(text).map_err(|error| error.to_string())
}

fn not_a_request(text: &str) -> Result<domain::submission::NotARequest, String> {
    domain::submission::NotARequest::from_code(text).map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Make a report straight from a spreadsheet, nothing stored
    ///
    /// The first thing to try on your own data. Every page is marked DRAFT. Without --period there
    /// is one report for each calendar year in the file.
    Draft(Draft),
    /// Write the site of one period to a folder
    ///
    /// A published period is copied as it was frozen; of any other a page marked DRAFT is made.
    Build(Build),
    /// Publish the edition of a period
    ///
    /// The numbers are reconciled and all files frozen. A period that was published is replaced
    /// only by a new revision that says why.
    Publish(Publish),
}

#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// CSV or XLSX with one request in each row
    pub(crate) file: PathBuf,
    /// The folder of the site
    #[arg(long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30
    #[arg(long, value_name = "P")]
    pub(crate) period: Option<Period>,
    /// How a file with other columns or words is read
    #[arg(long, value_name = "MAP.toml")]
    pub(crate) map: Option<PathBuf>,
    /// The company's name as it stands on every page
    #[arg(long, value_name = "NAME", default_value = "Draft publisher")]
    pub(crate) publisher: String,
    /// Make only these files
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) formats: Vec<FormatArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormatArg {
    Html,
    Pdf,
    Csv,
    Xlsx,
    Json,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Html => Self::Html,
            FormatArg::Pdf => Self::Pdf,
            FormatArg::Csv => Self::Csv,
            FormatArg::Xlsx => Self::Xlsx,
            FormatArg::Json => Self::Json,
        }
    }
}

/// The formats asked for, or all.
pub(crate) fn formats(asked: &[FormatArg]) -> Vec<Format> {
    match asked {
        [] => Format::ALL.to_vec(),
        some => some.iter().copied().map(Format::from).collect(),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30
    #[arg(long, value_name = "P")]
    pub(crate) period: Period,
    /// The folder of the site
    #[arg(long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Count as things stood then: the position of an event, or a time such as
    /// 2026-01-31T12:00:00Z
    #[arg(long, value_name = "POSITION_OR_TIME", value_parser = as_of)]
    pub(crate) as_of: Option<AsOf>,
    /// Make only these files of a draft
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) formats: Vec<FormatArg>,
}

fn as_of(text: &str) -> Result<AsOf, String> {
    match (text.parse::<i64>(), text.parse::<jiff::Timestamp>()) {
        (Ok(position), _) if position >= 0 => Ok(AsOf::Position(Position(position))),
        (_, Ok(moment)) => Ok(AsOf::Time(moment)),
        (_, Err(_)) => Err("write the position of an event, or a time such as \
             2026-01-31T12:00:00Z"
            .to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// 2020, 2021-H1, 2021-Q2 or 2021-01-01/2021-06-30
    #[arg(long, value_name = "P")]
    pub(crate) period: Period,
    /// Publish the next revision; the reason stands on the page
    #[arg(long, value_name = "REASON")]
    pub(crate) correct: Option<String>,
    /// State that what a restored backup has lost will not come back, and publish without it
    #[arg(long)]
    pub(crate) despite_loss: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) dir: Dir,
    #[command(flatten)]
    pub(crate) addresses: Addresses,
}

/// Where the surfaces are served.
#[derive(Debug, Args)]
pub(crate) struct Addresses {
    /// Address and port of the public site; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// The same of the console, which belongs on the company's own network
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen_console: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Invite {
    #[command(flatten)]
    pub(crate) dir: Dir,
    #[arg(long)]
    pub(crate) name: String,
    /// The person signs in with it; nothing is sent there
    #[arg(long)]
    pub(crate) email: String,
    /// One or more of intake, counsel, expert, privacy_officer, editor, reviewer, operator
    #[arg(long = "role", required = true, value_parser = Role::from_code)]
    pub(crate) roles: Vec<Role>,
}

#[derive(Debug, Args)]
pub(crate) struct ResetAccess {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// With which the person signs in
    #[arg(long)]
    pub(crate) email: String,
}

#[derive(Debug, Args)]
pub(crate) struct LetIn {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// Of the counsel, as they sign in with it
    #[arg(long)]
    pub(crate) email: String,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// The new file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Who can read it: a key as age-keygen prints it, age1…. Can be given several times
    #[arg(long, value_name = "AGE_KEY", required = true)]
    pub(crate) recipient: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("against").args(["published", "never_published"]).required(true))]
pub(crate) struct Restore {
    /// The backup
    pub(crate) file: PathBuf,
    /// The data directory to make: new, or empty but for its folder keys
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The identity of one of its recipients, as age-keygen writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,
    /// The folder of the keys, if they are not in DIR/keys
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keys: Option<PathBuf>,
    /// An empty database in place of the one that the settings name: candor.db, or postgres://…
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The published site, its address or a copy in a folder; or a checkpoint file
    #[arg(long, value_name = "URL_OR_DIR")]
    pub(crate) published: Option<String>,
    /// Nobody ever saw the log or holds a receipt: there is nothing to compare with
    #[arg(long)]
    pub(crate) never_published: bool,
    /// The published log can't go on: begin another one with this name, which follows it
    #[arg(long, value_name = "NAME", requires = "published")]
    pub(crate) successor: Option<String>,
    /// The list of erasures that lay in the lost directory, or its last copy
    #[arg(long, value_name = "FILE")]
    pub(crate) erasures: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// The new file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Who can read it: a key as age-keygen prints it, age1…. Can be given several times
    #[arg(long, value_name = "AGE_KEY", required = true)]
    pub(crate) recipient: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// The submission's id, as `candor receive` has told it
    pub(crate) submission: Uuid,
}

#[derive(Debug, Args)]
pub(crate) struct Retention {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// Tell what would go and what is held back, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) dir: Dir,
    /// Fold every event again, open every leaf of the log and every file, and compare with what is
    /// stored
    #[arg(long)]
    pub(crate) refold: bool,
    /// Say hello to the server that takes mails; nothing is sent
    #[arg(long)]
    pub(crate) mail: bool,
    /// Open so many leaves of the log, drawn by lot
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "refold")]
    pub(crate) sample: u32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_together() {
        super::Cli::command().debug_assert();
    }
}
