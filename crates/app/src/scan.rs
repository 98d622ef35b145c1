//! The scanner for malware: clamd, asked by its own protocol (clamd(8), "COMMANDS").
//!
//! The protocol is a word, the file in pieces, and a line back, so it is written here rather than
//! taken from a library: every wait has its end, and an answer is no longer than it may be.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::Verdict;

use crate::http::blocking;
use crate::{Candor, Error};

/// Where files are scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanSettings {
    /// `tcp://127.0.0.1:3310`, or `unix:/run/clamav/clamd.ctl`. Files go there as they are.
    pub clamd: String,
}

/// How long it may take to be let in.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long each piece may take.
const SEND_TIME_MAX: Duration = Duration::from_secs(30);
/// clamd gives up by itself after two minutes (clamd.conf(5), MaxScanTime).
const ANSWER_TIME_MAX: Duration = Duration::from_secs(150);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 4 << 10;
/// Of what clamd says so much is kept.
const SAID_CHARS_MAX: usize = 200;
const PIECE_BYTES: usize = 64 << 10;

/// Why a file was not scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScanTrouble {
    /// Nobody can be scanned there now.
    Away(String),
    /// It won't scan this file.
    Refused(String),
}

impl std::fmt::Display for ScanTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(what) => write!(f, "can't be reached: {what}"),
            Self::Refused(what) => write!(f, "says: {what}"),
        }
    }
}

/// Where clamd listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address<'a> {
    Tcp(&'a str),
    Unix(&'a str),
}

impl ScanSettings {
    /// What is wrong with them, and how to mend it. Asks nobody.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.address().map(|_| ())
    }

    fn address(&self) -> Result<Address<'_>, String> {
        let wrong = || {
            format!(
                "[scan] clamd: `{}` is none: write `tcp://127.0.0.1:3310` or \
                 `unix:/run/clamav/clamd.ctl`",
                self.clamd
            )
        };
        if let Some(path) = self.clamd.strip_prefix("unix:") {
            return path.starts_with('/').then_some(Address::Unix(path)).ok_or_else(wrong);
        }
        let to = self.clamd.strip_prefix("tcp://").ok_or_else(wrong)?;
        let (host, port) = to.rsplit_once(':').ok_or_else(wrong)?;
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        (!host.is_empty() && is_port).then_some(Address::Tcp(to)).ok_or_else(wrong)
    }

    /// Scans a file.
    pub(crate) async fn scan(&self, bytes: Vec<u8>) -> Result<Result<Verdict, ScanTrouble>, Error> {
        let settings = self.clone();
        blocking(move || {
            let answer = settings.ask(|to| send(to, &bytes));
            Ok(answer.and_then(|answer| verdict(&answer)))
        })
        .await
    }

    /// Its name with that of its signatures, such as `ClamAV 1.4.1/27427/Mon Oct  7 08:58:33 2026`.
    pub(crate) async fn version(&self) -> Result<Result<String, ScanTrouble>, Error> {
        let settings = self.clone();
        blocking(move || Ok(settings.ask(|to| to.write_all(b"zVERSION\0")))).await
    }

    fn ask(
        &self,
        tell: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, ScanTrouble> {
        match self.address().map_err(ScanTrouble::Away)? {
            Address::Tcp(to) => tcp(to).and_then(|stream| {
                stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
                stream.set_write_timeout(Some(SEND_TIME_MAX))?;
                exchange(stream, tell)
            }),
            Address::Unix(path) => UnixStream::connect(path).and_then(|stream| {
                stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
                stream.set_write_timeout(Some(SEND_TIME_MAX))?;
                exchange(stream, tell)
            }),
        }
        .map_err(|error| ScanTrouble::Away(error.to_string()))
    }
}

fn tcp(to: &str) -> io::Result<TcpStream> {
    let mut failed = io::ErrorKind::NotFound.into();
    for address in to.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIME_MAX) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn exchange<S: Read + Write>(
    mut stream: S,
    tell: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<String> {
    let told = tell(&mut stream).and_then(|()| stream.flush());
    let mut answer = Vec::new();
    let heard = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer);
    // It hangs up in the middle of a file that is too large for it, and says so.
    if answer.is_empty() {
        told?;
        heard?;
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(plain(&String::from_utf8_lossy(&answer)))
}

/// The file in pieces, each after its length, and a piece of none at the end.
fn send(to: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(b"zINSTREAM\0")?;
    for piece in bytes.chunks(PIECE_BYTES) {
        to.write_all(&(piece.len() as u32).to_be_bytes())?;
        to.write_all(piece)?;
    }
    to.write_all(&0_u32.to_be_bytes())
}

fn verdict(answer: &str) -> Result<Verdict, ScanTrouble> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.strip_suffix(" FOUND") {
        Some(finding) => Ok(Verdict::Found(finding.to_owned())),
        None if said == "OK" => Ok(Verdict::Clean),
        None => Err(ScanTrouble::Refused(said.to_owned())),
    }
}

/// One line without what can't be seen, and not too long.
fn plain(answer: &str) -> String {
    let line = answer.trim_end_matches(['\0', '\n', '\r']);
    inspect::shown(line).chars().take(SAID_CHARS_MAX).collect()
}

impl Candor {
    /// Whether files are scanned; `None` where there is no scanner and no file either.
    pub(crate) async fn examine_files(
        &self,
        tx: &mut store::Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let standing = tx.files_standing().await?;
        let mut text = match standing.quarantined {
            0 => String::new(),
            n => format!("{n} in quarantine; "),
        };
        write!(text, "{} not scanned", standing.not_scanned).expect("a text takes it");
        if standing.not_looked_into > 0 {
            let n = standing.not_looked_into;
            write!(text, ", {n} not looked into yet").expect("a text takes it");
        }
        let Some(settings) = &self.config.scan else {
            return Ok((standing.not_scanned > 0).then(|| {
                Ok(format!("{text}: no scanner is set in `[scan]`, so files are not scanned"))
            }));
        };
        let clamd = &settings.clamd;
        Ok(Some(match (settings.version().await?, standing.trouble) {
            (Ok(version), None) => Ok(format!("scanned by {version} at {clamd}; {text}")),
            (Ok(version), Some(trouble)) => Err(format!(
                "{version} at {clamd}; {text}. What failed: {trouble}. A file that is larger than \
                 clamd takes asks for `StreamMaxLength 26M` in its clamd.conf"
            )),
            (Err(trouble), _) => Err(format!(
                "the scanner {clamd} {trouble}. Files arrive all the same and are scanned once it \
                 answers; {text}"
            )),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_of_three() {
        let found = |name: &str| Ok(Verdict::Found(name.to_owned()));
        assert_eq!(verdict("stream: OK"), Ok(Verdict::Clean));
        assert_eq!(verdict("stream: Eicar-Test-Signature FOUND"), found("Eicar-Test-Signature"));
        for said in ["INSTREAM size limit exceeded. ERROR", "", "stream: not OK", "OK FOUND it"] {
            assert!(matches!(verdict(said), Err(ScanTrouble::Refused(_))), "{said}");
        }
    }

    #[test]
    fn an_address_is_a_socket_of_either_kind() {
        let address = |text: &str| ScanSettings { clamd: text.to_owned() }.check();
        for good in ["tcp://127.0.0.1:3310", "tcp://[::1]:3310", "unix:/run/clamav/clamd.ctl"] {
            assert_eq!(address(good), Ok(()), "{good}");
        }
        for bad in ["", "127.0.0.1:3310", "tcp://:3310", "tcp://here", "unix:clamd.ctl"] {
            let told = address(bad).expect_err(bad);
            assert!(told.contains("tcp://127.0.0.1:3310"), "{told}");
        }
    }

    #[test]
    fn a_file_is_sent_in_pieces_with_their_lengths() {
        let mut sent = Vec::new();
        send(&mut sent, &vec![7; PIECE_BYTES + 1]).expect("writes");
        assert!(sent.starts_with(b"zINSTREAM\0\0\x01\0\0\x07"), "{:?}", &sent[..20]);
        assert!(sent.ends_with(b"\0\0\0\x01\x07\0\0\0\0"));
        assert_eq!(sent.len(), 10 + 4 + PIECE_BYTES + 4 + 1 + 4);
    }
}
