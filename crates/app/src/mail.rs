//! Mail to the company's own people: how one is written, and how a server is reached (RFC 5321).
//!
//! A mail carries no content, only a link to the console and the kind of what it tells. Nothing
//! here knows a case: what it could tell of one, it is never given.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use askama::Template;
use domain::person::EmailAddress;
use jiff::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, SmtpTransport, Transport as _};
use serde::{Deserialize, Serialize};
use store::MailKind;
use uuid::Uuid;

use crate::http::is_private;

/// The server that takes mails, and what stands in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    pub host: String,
    /// Where none is named: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default)]
    pub tls: MailTls,
    /// Certificates in PEM to trust in place of the public authorities'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password is its first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// `candor@example.com`, or with a name before it: `candor <candor@example.com>`.
    pub from: String,
    /// Where people reach the console: `https://candor.example.com`.
    pub console_url: String,
    /// A deadline is announced so many days before it.
    #[serde(default = "three_days_and_one")]
    pub remind_days_before: Vec<u16>,
    /// And where hours are counted, so many hours before its moment.
    #[serde(default = "two_hours")]
    pub remind_hours_before: Vec<u16>,
}

/// How the way to the server is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// TLS from the first byte (RFC 8314, section 3).
    Tls,
    /// TLS before anything is told (RFC 3207), and nothing without it.
    #[default]
    Starttls,
    /// Not at all: for a server on this machine.
    None,
}

/// How long the server may take for each answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);
/// How long one mail may take: to connect twice, and eight answers each time.
pub(crate) const SEND_TIME_MAX: Duration = Duration::from_secs(20 * 2 * 9);
/// RFC 5322, section 2.1.1, without its line break.
const LINE_LENGTH_MAX: usize = 998;
/// More reminders of one deadline are a mistake.
const REMINDERS_MAX: usize = 10;

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It may work another time.
    Passing(String),
    /// The server won't have this mail.
    Lasting(String),
}

fn three_days_and_one() -> Vec<u16> {
    vec![3, 1]
}

fn two_hours() -> Vec<u16> {
    vec![2]
}

impl MailSettings {
    /// What is wrong with them, and how to mend it. Asks no file and no server.
    pub(crate) fn check(&self) -> Result<(), String> {
        let here = ["localhost", "127.0.0.1", "::1"];
        if self.host.is_empty() || self.host.contains(char::is_whitespace) {
            return Err("[mail] host: name the server that takes mails".to_owned());
        }
        if self.tls == MailTls::None && !here.contains(&self.host.as_str()) {
            return Err("[mail] tls: only a server on this machine is reached without: write \
                        `starttls` or `tls`"
                .to_owned());
        }
        self.sender()?;
        let url = &self.console_url;
        let is_base = is_private(url) && url.is_ascii() && !url.contains(['?', '#', ' ']);
        if !is_base {
            return Err("[mail] console_url: give the address of the console as people open it, \
                        `https://candor.example.com`"
                .to_owned());
        }
        if self.user.is_some() != self.password_file.is_some() {
            return Err("[mail] user and password_file: give both or neither".to_owned());
        }
        if self.remind_days_before.len() > REMINDERS_MAX {
            return Err(format!(
                "[mail] remind_days_before: give not more than {REMINDERS_MAX} numbers of days"
            ));
        }
        if self.remind_hours_before.len() > REMINDERS_MAX {
            return Err(format!(
                "[mail] remind_hours_before: give not more than {REMINDERS_MAX} numbers of hours"
            ));
        }
        Ok(())
    }

    fn sender(&self) -> Result<Mailbox, String> {
        self.from
            .parse()
            .map_err(|error| format!("[mail] from: `{}` is no e-mail address: {error}", self.from))
    }

    /// An address of the console; `path` begins with a slash.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.console_url.trim_end_matches('/'))
    }

    /// "mail.example.com, port 587"
    pub(crate) fn server(&self) -> String {
        format!("{}, port {}", self.host, self.port())
    }

    fn port(&self) -> u16 {
        // RFC 8314, section 7.3; RFC 6409, section 3.1; RFC 5321, section 4.5.4.2.
        self.port.unwrap_or(match self.tls {
            MailTls::Tls => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        })
    }

    /// Reads the files that the settings name, each relative to the data directory.
    pub(crate) fn transport(&self, dir: &Path) -> Result<Transport, String> {
        let tls = match self.tls {
            MailTls::None => Tls::None,
            MailTls::Starttls => Tls::Required(self.tls_parameters(dir)?),
            MailTls::Tls => Tls::Wrapper(self.tls_parameters(dir)?),
        };
        let mut server = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port())
            .tls(tls)
            .timeout(Some(ANSWER_TIME_MAX));
        if let (Some(user), Some(file)) = (&self.user, &self.password_file) {
            let file = dir.join(file);
            let text = std::fs::read_to_string(&file).map_err(|error| {
                format!("{}: the password can't be read: {error}", file.display())
            })?;
            let password = text.lines().next().unwrap_or_default().to_owned();
            if password.is_empty() {
                return Err(format!("{}: its first line is empty", file.display()));
            }
            server = server.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Transport(server.build()))
    }

    fn tls_parameters(&self, dir: &Path) -> Result<TlsParameters, String> {
        use lettre::transport::smtp::client::CertificateStore;
        let mut tls = TlsParameters::builder(self.host.clone());
        tls = tls.certificate_store(CertificateStore::WebpkiRoots);
        if let Some(file) = &self.ca_file {
            let file = dir.join(file);
            let pem = std::fs::read(&file).map_err(|error| {
                format!("{}: the certificates can't be read: {error}", file.display())
            })?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| {
                format!("{}: no certificate in PEM is in it: {error}", file.display())
            })?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        tls.build_rustls().map_err(|error| format!("TLS can't be set up: {error}"))
    }
}

/// A way to the server. It blocks, so each conversation is on a thread that may.
#[derive(Clone)]
pub(crate) struct Transport(SmtpTransport);

impl Transport {
    /// Says hello, proves who it is where it has to, and says goodbye.
    pub(crate) async fn hello(&self) -> Result<(), String> {
        let server = self.0.clone();
        match tokio::task::spawn_blocking(move || server.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it did not answer as a server for mails does".to_owned()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err("the thread that asked it stopped".to_owned()),
        }
    }

    /// Hands a mail over. What the server refuses before it has heard of the mail is not the
    /// mail's fault: that may pass.
    pub(crate) async fn send(&self, mail: Message) -> Result<(), Trouble> {
        self.hello().await.map_err(Trouble::Passing)?;
        let server = self.0.clone();
        match tokio::task::spawn_blocking(move || server.send(&mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Trouble::Lasting(told(&error))),
            Ok(Err(error)) => Err(Trouble::Passing(told(&error))),
            Err(_) => Err(Trouble::Passing("the thread that sent it stopped".to_owned())),
        }
    }
}

/// What went wrong, in words that name nobody: what a server says may repeat an address.
fn told(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_timeout() => "the server took too long to answer".to_owned(),
        None if error.is_tls() => format!("no TLS with the server: {error}"),
        None => {
            let cause = std::error::Error::source(error);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("the server can't be reached{cause}")
        }
    }
}

/// What a mail is made of: nothing of a case is among it.
pub(crate) struct Letter<'a> {
    pub(crate) id: Uuid,
    pub(crate) kind: MailKind,
    pub(crate) to: &'a EmailAddress,
    pub(crate) link: &'a str,
    pub(crate) at: Timestamp,
}

impl Letter<'_> {
    /// The same bytes each time, so that one that was sent twice is known by its Message-ID.
    pub(crate) fn compose(&self, settings: &MailSettings) -> Result<Message, String> {
        let from = settings.sender()?;
        let to: Address =
            self.to.as_str().parse().map_err(|_| {
                "the address of the person is none that a mail server takes".to_owned()
            })?;
        let id = format!("<{}@{}>", self.id, from.email.domain());
        let text = body(self.kind, self.link).map_err(|error| error.to_string())?;
        if !text.is_ascii() || text.lines().any(|line| line.len() > LINE_LENGTH_MAX) {
            return Err("a line of the mail is not one that every server takes".to_owned());
        }
        // As it is: a link that is cut by an encoding is no link to whoever reads the source.
        let text = text.replace('\n', "\r\n").into_bytes();
        let body = Body::dangerous_pre_encoded(text, ContentTransferEncoding::SevenBit);
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(subject(self.kind))
            .date(SystemTime::from(self.at))
            .message_id(Some(id))
            // RFC 3834, section 5: nobody's answering machine answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| error.to_string())
    }
}

/// Tells nothing of what it is about.
fn subject(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Assigned
        | MailKind::ClarificationLapsed
        | MailKind::InstrumentOverdue
        | MailKind::DeadlineNear
        | MailKind::DeadlineMissed
        | MailKind::ClarificationNear
        | MailKind::PaperworkNear
        | MailKind::PreservationNear
        | MailKind::PreservationLapsed => "candor: something of yours is due",
        MailKind::Arrived | MailKind::RegistrationNear | MailKind::RegistrationMissed => {
            "candor: something has arrived"
        }
        MailKind::Invitation => "candor: you are invited",
        MailKind::ReadersChanged => "candor: who reads cases has changed",
        MailKind::AccessReset => "candor: your access was reset",
    }
}

fn body(kind: MailKind, link: &str) -> Result<String, askama::Error> {
    match kind {
        MailKind::Assigned => Assigned { link }.render(),
        MailKind::ClarificationLapsed => ClarificationLapsed { link }.render(),
        MailKind::InstrumentOverdue => InstrumentOverdue { link }.render(),
        MailKind::DeadlineNear => DeadlineNear { link }.render(),
        MailKind::DeadlineMissed => DeadlineMissed { link }.render(),
        MailKind::ClarificationNear => ClarificationNear { link }.render(),
        MailKind::PaperworkNear => PaperworkNear { link }.render(),
        MailKind::PreservationNear => PreservationNear { link }.render(),
        MailKind::PreservationLapsed => PreservationLapsed { link }.render(),
        MailKind::Arrived => Arrived { link }.render(),
        MailKind::RegistrationNear => RegistrationNear { link }.render(),
        MailKind::RegistrationMissed => RegistrationMissed { link }.render(),
        MailKind::Invitation => Invitation { link }.render(),
        MailKind::ReadersChanged => ReadersChanged { link }.render(),
        MailKind::AccessReset => AccessReset { link }.render(),
    }
}

macro_rules! texts {
    ($($name:ident $path:literal)*) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $name<'a> {
                link: &'a str,
            }
        )*
    };
}

texts! {
    Assigned "mail/assigned.txt"
    ClarificationLapsed "mail/clarification_lapsed.txt"
    InstrumentOverdue "mail/instrument_overdue.txt"
    DeadlineNear "mail/deadline_near.txt"
    DeadlineMissed "mail/deadline_missed.txt"
    ClarificationNear "mail/clarification_near.txt"
    PaperworkNear "mail/paperwork_near.txt"
    PreservationNear "mail/preservation_near.txt"
    PreservationLapsed "mail/preservation_lapsed.txt"
    Arrived "mail/arrived.txt"
    RegistrationNear "mail/registration_near.txt"
    RegistrationMissed "mail/registration_missed.txt"
    Invitation "mail/invitation.txt"
    ReadersChanged "mail/readers_changed.txt"
    AccessReset "mail/access_reset.txt"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MailSettings {
        MailSettings {
            host: "mail.example.com".to_owned(),
            port: None,
            tls: MailTls::Starttls,
            ca_file: None,
            user: None,
            password_file: None,
            from: "candor <candor@example.com>".to_owned(),
            console_url: "https://candor.example.com".to_owned(),
            remind_days_before: three_days_and_one(),
            remind_hours_before: two_hours(),
        }
    }

    #[test]
    fn what_is_wrong_with_the_settings_is_told_with_its_mend() {
        assert_eq!(settings().check(), Ok(()));
        let wrong = |change: &dyn Fn(&mut MailSettings), told: &str| {
            let mut settings = settings();
            change(&mut settings);
            let what = settings.check().expect_err(told);
            assert!(what.contains(told), "{what}");
        };
        wrong(&|s| s.host = String::new(), "name the server");
        wrong(&|s| s.tls = MailTls::None, "only a server on this machine");
        wrong(&|s| s.from = "candor".to_owned(), "`candor` is no e-mail address");
        wrong(&|s| s.console_url = "http://candor.example.com".to_owned(), "console_url");
        wrong(&|s| s.user = Some("candor".to_owned()), "give both or neither");
        wrong(&|s| s.remind_days_before = vec![1; 11], "not more than 10");
        wrong(&|s| s.remind_hours_before = vec![1; 11], "numbers of hours");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let settings = MailSettings {
            user: Some("candor".to_owned()),
            password_file: Some("mail-password".into()),
            ..settings()
        };
        let told = settings.transport(Path::new("/nowhere")).err().expect("can't be read");
        assert!(told.starts_with("/nowhere/mail-password: the password can't be read"), "{told}");
    }

    #[test]
    fn the_settings_are_read_from_a_file() {
        let text = "host = 'mail.example.com'\nfrom = 'candor@example.com'\n\
                    console_url = 'https://candor.example.com/'\ntls = 'tls'\n";
        let settings: MailSettings = toml::from_str(text).expect("reads");
        assert_eq!((settings.port(), settings.remind_days_before.as_slice()), (465, &[3, 1][..]));
        assert_eq!(settings.link("/notices/1"), "https://candor.example.com/notices/1");
    }
}
