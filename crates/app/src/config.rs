//! `candor.toml`, and the few settings that the environment may set over it.

use std::net::IpAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};

use ::access::Origin;
use domain::Country;
use domain::band::Structure;
use domain::deadline::{OwnTime, Time};
use domain::padding::Padding;
use ledger::leaf::Role;
use serde::{Deserialize, Serialize};
use store::Location;

use crate::Error;
use crate::answers::AnswerFiles;
use crate::keys::VaultSettings;
use crate::mail::MailSettings;
use crate::scan::ScanSettings;
use crate::signals::LetterSettings;
use crate::witness::Witness;

pub(crate) const CONFIG_FILE: &str = "candor.toml";

/// The settings of a data directory. Paths in it are relative to the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub publisher: Publisher,
    #[serde(default)]
    pub database: Database,
    #[serde(default)]
    pub serve: Serve,
    #[serde(default)]
    pub log: Log,
    #[serde(default, skip_serializing_if = "KeySettings::is_default")]
    pub keys: KeySettings,
    #[serde(default, skip_serializing_if = "Deadlines::is_default")]
    pub deadlines: Deadlines,
    #[serde(default, skip_serializing_if = "ConsoleSettings::is_default")]
    pub console: ConsoleSettings,
    /// Without it nobody is told anything by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
    #[serde(default, skip_serializing_if = "Reports::is_default")]
    pub reports: Reports,
    /// The company's own texts in place of those that ship.
    #[serde(default, skip_serializing_if = "AnswerFiles::is_default")]
    pub answers: AnswerFiles,
    /// Without it files are not scanned for malware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<ScanSettings>,
    #[serde(default, skip_serializing_if = "LetterSettings::is_default")]
    pub letters: LetterSettings,
}

/// What published reports tell beside the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    #[serde(default)]
    pub withheld: Withheld,
    /// How national-security process of the United States is told, which the law lets be told in
    /// bands alone (50 U.S.C. § 1874(a)): `by_kind_1000`, `by_kind_500`, `total_250` or
    /// `total_100`. Without it none of it can be put into a band, and none is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Structure>,
}

/// Whether a report says how many requests law or order forbids to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The law may forbid even to say that there is one.
    #[default]
    Hide,
    /// As a number of its own, outside the sum.
    Show,
}

impl Reports {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What the law counts deadlines by, beside its own text; and what the company gives itself where no
/// law says anything, which binds nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// The country where the company acts, such as `DE`: its public holidays count where the law
    /// says so. Without it weekends alone do, and what is due is due earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Within which time somebody has registered the requests in what arrived, or declared that it
    /// holds none: `4 hours`, `1 business day`, or `none`.
    #[serde(default = "one_business_day", with = "in_words")]
    pub register_within: OwnTime,
    /// By when an emergency is answered that no law dates, from its receipt: as long as the law
    /// that says most exactly what an emergency is leaves (Regulation (EU) 2023/1543, Art. 10).
    #[serde(default = "eight_hours", with = "in_words")]
    pub emergency: OwnTime,
    /// The same of any other request. Without it such a request has the day that a person gives, or
    /// none, and stands on the board as one without a date: what is asked for often names a day of
    /// its own, which a day made up here would hide.
    #[serde(default = "none_set", with = "in_words")]
    pub ordinary: OwnTime,
}

fn one_business_day() -> OwnTime {
    OwnTime::Within(Time::BusinessDays(NonZeroU16::MIN))
}

fn eight_hours() -> OwnTime {
    OwnTime::Within(Time::Hours(NonZeroU16::new(8).expect("8 is not 0")))
}

fn none_set() -> OwnTime {
    OwnTime::NoneSet
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            country: None,
            register_within: one_business_day(),
            emergency: eight_hours(),
            ordinary: none_set(),
        }
    }
}

/// Times as people write them.
mod in_words {
    use domain::deadline::OwnTime;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(time: &OwnTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<OwnTime, D::Error> {
        let text = String::deserialize(from)?;
        let shown = text.escape_debug();
        text.parse().map_err(|why| de::Error::custom(format!("`{shown}`: {why}, or `none`")))
    }
}

impl Deadlines {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Who publishes the reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// As it stands on every page.
    pub name: String,
    /// A line above every page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// A Markdown file with the company's principles; without it, candor's own text stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principles: Option<String>,
}

/// Where the database is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `candor.db` for a SQLite file, or `postgres://USER@HOST/NAME`. CANDOR_DATABASE_URL goes
    /// before it, so that a password need not stand in a file.
    pub url: String,
}

/// Where the public site and the console are served.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Address and port; `candor serve --listen` goes before it.
    pub listen: String,
    /// The same for the console, which belongs on the company's own network: `--listen-console`.
    #[serde(default = "console_address")]
    pub listen_console: String,
}

fn console_address() -> String {
    "127.0.0.1:8322".to_owned()
}

/// How people reach the console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSettings {
    /// As it stands in the browser's address bar, like `https://console.example`. Passkeys are made
    /// for it, and belong to its host name for ever. Without it they work on the machine itself
    /// alone, at `http://localhost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Network addresses of proxies before it, of which alone `X-Forwarded-For` is believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxies: Vec<IpAddr>,
}

impl ConsoleSettings {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn read(&self) -> Result<Option<Origin>, Error> {
        let read = |text: &String| {
            Origin::new(text).map_err(|e| Error::Config(format!("[console] origin `{text}`: {e}")))
        };
        self.origin.as_ref().map(read).transpose()
    }
}

/// The published log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// When the public sees that the log has grown.
    #[serde(default)]
    pub publish: Publish,
    /// While candor serves, a leaf seals all events at each multiple of so many minutes, whether
    /// anything happened or not, so that the times of these leaves tell nothing.
    #[serde(default = "an_hour")]
    pub audit_every_minutes: NonZeroU32,
    /// How many of the witnesses must have signed what the public sees.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quorum: usize,
    /// Sealed mode: leaves get their place in batches of one shape, filled with pads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
    /// Those outside the company who cosign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witness: Vec<Witness>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What opens the key files, and which keys are elsewhere. CANDOR_PASSPHRASE_FILE or CANDOR_IDENTITY goes before both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// The passphrase is its first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// An age identity, as `age-keygen` makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<PathBuf>,
    /// Where the signing keys are that are in Vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<VaultSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<VaultSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<VaultSettings>,
}

impl KeySettings {
    pub(crate) fn vault(&self, role: Role) -> Option<&VaultSettings> {
        match role {
            Role::Log => self.log.as_ref(),
            Role::Report => self.report.as_ref(),
            Role::Receipt => self.receipt.as_ref(),
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What the environment sets stands in place of the settings. A path in it is relative to where
    /// the command runs.
    fn overridden(&mut self) -> Result<(), Error> {
        let path = |name: &str| {
            let path = std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
            path.map(|path| std::path::absolute(&path).map_err(Error::file(path, "can't be found")))
                .transpose()
        };
        let (passphrase_file, identity) =
            (path("CANDOR_PASSPHRASE_FILE")?, path("CANDOR_IDENTITY")?);
        if passphrase_file.is_some() || identity.is_some() {
            (self.passphrase_file, self.identity) = (passphrase_file, identity);
        }
        Ok(())
    }
}

/// When checkpoints and leaves are published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// As they are signed: who watches sees how many requests arrive, and when.
    #[default]
    AtOnce,
    /// Together with an edition.
    WithEdition,
}

impl From<Publish> for store::Publication {
    fn from(publish: Publish) -> Self {
        match publish {
            Publish::AtOnce => Self::AtOnce,
            Publish::WithEdition => Self::WithEdition,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        let (publish, witness) = Default::default();
        Self { publish, audit_every_minutes: an_hour(), padding: None, quorum: 0, witness }
    }
}

fn an_hour() -> NonZeroU32 {
    NonZeroU32::new(60).expect("60 is not 0")
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "candor.db".to_owned() }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8321".to_owned(), listen_console: console_address() }
    }
}

impl Config {
    /// As the file says, and over it the environment.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let mut config = Self::read_file(dir)?;
        if let Ok(url) = std::env::var("CANDOR_DATABASE_URL") {
            config.database.url = url;
        }
        config.keys.overridden()?;
        config.console.read()?;
        if let Some(mail) = &config.mail {
            let place = dir.join(CONFIG_FILE);
            mail.check().map_err(|what| Error::Config(format!("{}: {what}", place.display())))?;
        }
        if let Some(scan) = &config.scan {
            let place = dir.join(CONFIG_FILE);
            scan.check().map_err(|what| Error::Config(format!("{}: {what}", place.display())))?;
        }
        Ok(config)
    }

    /// As the file says.
    pub(crate) fn read_file(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(CONFIG_FILE);
        let text = std::fs::read_to_string(&path).map_err(Error::file(
            &path,
            "the settings can't be read; `candor init DIR` makes a data directory",
        ))?;
        toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |s| s.chars().count()) + 1;
            Error::Config(format!("{}:{line}:{column}: {}", path.display(), error.message()))
        })
    }

    /// Where people reach a console that listens at this address and port: the origin that is set,
    /// or on the machine itself the name by which browsers know passkeys there.
    pub fn console_at(&self, address: &str) -> String {
        if let Some(origin) = &self.console.origin {
            return origin.clone();
        }
        let local = address.rsplit_once(':').filter(|(host, _)| {
            *host == "localhost" || *host == "[::1]" || host.starts_with("127.")
        });
        match local {
            Some((_, "80")) => "http://localhost".to_owned(),
            Some((_, port)) => format!("http://localhost:{port}"),
            None => format!("http://{address}"),
        }
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = dir.join(CONFIG_FILE);
        let text = toml::to_string(self).map_err(|error| Error::Config(error.to_string()))?;
        std::fs::write(&path, text).map_err(Error::file(&path, "the settings can't be written"))
    }

    pub(crate) fn location(&self, dir: &Path) -> Location {
        let url = &self.database.url;
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Location::Postgres(url.clone())
        } else {
            Location::Sqlite(dir.join(url))
        }
    }

    /// The publisher as the report names it.
    pub(crate) fn publisher(&self, dir: &Path) -> Result<report::Publisher, Error> {
        let principles = match &self.publisher.principles {
            None => report::DEFAULT_PRINCIPLES.to_owned(),
            Some(file) => {
                let path = dir.join(file);
                std::fs::read_to_string(&path)
                    .map_err(Error::file(&path, "the principles can't be read"))?
            }
        };
        Ok(report::Publisher {
            name: self.publisher.name.clone(),
            notice: self.publisher.notice.clone(),
            principles,
        })
    }
}
