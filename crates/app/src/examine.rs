//! Files are looked into and scanned after they have arrived, and what was found decides who may
//! open them.
//!
//! **Nothing that arrives waits for this, and nothing is refused or lost by it**: a letter is sealed
//! and receipted whatever its files hold. What a scanner finds something in is in quarantine: it is
//! kept like every file, and handed to those alone who may open it all the same.

use std::time::Duration;

use domain::access::Permission;
use domain::id::{Sha256Hash, SubmissionId};
use inspect::{Archive, Content, Kind, Look, MailHead, ShownAs, kind_of};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use store::{
    Attachment, Examination, Examined, FileClaim, Scan, Scanner, SealedSubmission, Sight, Verdict,
    Viewed,
};

use crate::access::SignedIn;
use crate::inspector::NoLook;
use crate::scan::ScanTrouble;
use crate::{Candor, Error};

/// How long one look and one scan may take before another worker takes the file for abandoned.
const CLAIM: SignedDuration = SignedDuration::from_mins(10);
/// How often a worker looks for files that wait.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it is counted how they stand.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// A scanner that is away is asked again after a minute.
const AWAY: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait after a scanner would not have a file, reached after the seventh time.
const RETRY_MINUTES_MAX: i64 = 120;
/// What no scanner knew when it arrived it may know a week later.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSeen {
    /// By its content; `None` for a moment, of files that were there before candor looked.
    pub content: Option<Content>,
    pub inside: Inside,
    pub scan: Scanned,
}

/// What was found inside a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inside {
    #[default]
    NotYet,
    Looked(Look),
    /// It broke what looked into it, or took too much time or memory.
    Failed,
}

/// Whether a scanner has read a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// There is no scanner.
    Never,
    NotYet,
    Clean {
        at: Timestamp,
    },
    Found {
        finding: String,
        at: Timestamp,
        scanner: String,
    },
}

impl FileSeen {
    pub fn archive(&self) -> Option<&Archive> {
        match &self.inside {
            Inside::Looked(look) => look.archive.as_ref(),
            Inside::NotYet | Inside::Failed => None,
        }
    }

    /// What its head says, where it is an e-mail.
    pub fn mail(&self) -> Option<&MailHead> {
        match &self.inside {
            Inside::Looked(look) => look.mail.as_ref(),
            Inside::NotYet | Inside::Failed => None,
        }
    }

    /// What the file is, as far as anybody knows.
    pub fn kind(&self) -> Kind {
        self.content.map_or(Kind::Unknown, |content| content.kind)
    }
}

/// A look, as it is sealed beside the file.
#[derive(Serialize, Deserialize)]
struct SealedLook {
    content: Content,
    #[serde(default)]
    inside: Inside,
}

/// What becomes of the round after one file.
enum After {
    /// The next one.
    Next,
    /// Nobody scans now.
    ScannerAway,
}

/// What a file is seen to be as it arrives, from its bytes alone.
pub(crate) fn look_of_arrival(bytes: &[u8]) -> Result<String, Error> {
    sealed(&SealedLook { content: kind_of(bytes), inside: Inside::NotYet })
}

fn sealed(look: &SealedLook) -> Result<String, Error> {
    serde_json::to_string(look).map_err(|error| store::Error::from(error).into())
}

fn read(examined: &Examined) -> Option<SealedLook> {
    // What a later version wrote is looked at anew by it, and here not told.
    serde_json::from_str(examined.look.as_deref()?).ok()
}

impl Candor {
    /// What is known of a file.
    pub fn seen(&self, file: &Attachment) -> FileSeen {
        let Examined { scan, .. } = &file.examined;
        let scan = match (scan, &self.config.scan) {
            (Some(Scan { verdict: Verdict::Found(finding), at, scanner }), _) => {
                Scanned::Found { finding: finding.clone(), at: *at, scanner: scanner.clone() }
            }
            (Some(Scan { verdict: Verdict::Clean, at, .. }), _) => Scanned::Clean { at: *at },
            (None, Some(_)) => Scanned::NotYet,
            (None, None) => Scanned::Never,
        };
        let look = read(&file.examined);
        let content = look.as_ref().map(|look| look.content);
        let inside = look.map_or_else(Inside::default, |look| look.inside);
        FileSeen { content, inside, scan }
    }

    /// Looks into and scans what waits, again and again.
    pub(crate) async fn examine_regularly(&self) {
        let mut told = None;
        loop {
            if let Err(error) = self.examine_off().await {
                tracing::error!(error = ?error, "no file could be taken up");
            }
            let now = tokio::time::Instant::now();
            if told.is_none_or(|at| now.duration_since(at) >= TELL_EVERY) {
                told = Some(now);
                if let Err(error) = self.tell_files().await {
                    tracing::error!(error = ?error, "how the files stand was not counted");
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn tell_files(&self) -> Result<(), Error> {
        let standing = self.db.snapshot().await?.files_standing().await?;
        metrics::gauge!("candor_files_quarantined").set(standing.quarantined as f64);
        if let Some(settings) = &self.config.scan {
            metrics::gauge!("candor_files_not_scanned").set(standing.not_scanned as f64);
            let answers = match settings.version().await? {
                Ok(_) => 1.0,
                Err(_) => 0.0,
            };
            metrics::gauge!("candor_scanner_answers").set(answers);
        }
        Ok(())
    }

    /// Looks into and scans all that waits now. Returns how many files there were.
    pub async fn examine_off(&self) -> Result<u64, Error> {
        let scanner = match self.config.scan {
            Some(_) => Scanner::Present,
            None => Scanner::Absent,
        };
        let mut done = 0;
        loop {
            let now = self.clock.now();
            let Some(claim) = self.db.claim_file(scanner, now, now + CLAIM).await? else {
                return Ok(done);
            };
            match self.examine(&claim).await {
                Ok(After::Next) => done += 1,
                Ok(After::ScannerAway) => return Ok(done),
                // Its claim ends by itself, and it is tried again.
                Err(error) => tracing::error!(
                    error = ?error, submission = %claim.submission, "a file could not be looked at"
                ),
            }
        }
    }

    async fn examine(&self, claim: &FileClaim) -> Result<After, Error> {
        let mut tx = self.db.snapshot().await?;
        let keys = self.db.keys();
        let submission = tx.sealed_submission(keys, claim.submission, Sight::whole()).await?;
        // Erased meanwhile.
        let Some(submission) = submission else { return Ok(After::Next) };
        let files = tx.attachments(&submission).await?;
        let Some(file) = files.into_iter().find(|file| file.sha256 == claim.sha256) else {
            return Ok(After::Next);
        };
        let bytes = tx.attachment(&submission, claim.sha256).await?.ok_or(Error::NoFile)?;
        drop(tx);
        let now = self.clock.now();
        let mut came_of_it = Examination { examined: file.examined, next_at: now, trouble: None };
        let mut after = After::Next;
        if came_of_it.examined.look_waits {
            self.look_into(&bytes, &mut came_of_it).await?;
        }
        if came_of_it.examined.scan_waits {
            after = self.scan_into(bytes, claim.attempts, &mut came_of_it).await?;
        }
        self.end_claim(&submission, claim, &came_of_it).await?;
        Ok(after)
    }

    async fn look_into(&self, bytes: &[u8], came_of_it: &mut Examination) -> Result<(), Error> {
        let content = kind_of(bytes);
        let is_zip = content.kind.is_zip() || content.also.is_some_and(Kind::is_zip);
        let is_mail = content.kind == Kind::Mail;
        let has_inside = is_zip || is_mail || content.kind.shown_as() == ShownAs::Pictures;
        let inside = match has_inside {
            false => Inside::Looked(Look::default()),
            true => match self.inspector.look(bytes.to_vec()).await? {
                Ok(look) => Inside::Looked(look),
                Err(NoLook::Failed) => Inside::Failed,
                // Tried again with the next round.
                Err(NoLook::Busy) => return Ok(()),
            },
        };
        came_of_it.examined.look = Some(sealed(&SealedLook { content, inside })?);
        came_of_it.examined.look_waits = false;
        Ok(())
    }

    async fn scan_into(
        &self,
        bytes: Vec<u8>,
        attempts: u32,
        came_of_it: &mut Examination,
    ) -> Result<After, Error> {
        let Some(settings) = &self.config.scan else { return Ok(After::Next) };
        let now = self.clock.now();
        let scanned = match settings.version().await? {
            Ok(scanner) => {
                settings.scan(bytes).await?.map(|verdict| Scan { verdict, at: now, scanner })
            }
            Err(trouble) => Err(trouble),
        };
        let later = |minutes: i64| now.saturating_add(minutes.minutes()).map_err(|_| Error::Worker);
        match scanned {
            Ok(scan) => {
                let is_first = came_of_it.examined.scan.is_none();
                // What was found stands until somebody asks for another scan.
                came_of_it.examined.scan_waits = is_first && scan.verdict == Verdict::Clean;
                came_of_it.next_at = now + AGAIN_AFTER;
                came_of_it.examined.scan = Some(scan);
                Ok(After::Next)
            }
            Err(trouble @ ScanTrouble::Away(_)) => {
                tracing::warn!(%trouble, "the scanner does not scan");
                came_of_it.next_at = now + AWAY;
                came_of_it.trouble = Some(trouble.to_string());
                Ok(After::ScannerAway)
            }
            Err(trouble @ ScanTrouble::Refused(_)) => {
                tracing::warn!(%trouble, "the scanner would not scan a file");
                came_of_it.next_at = later((1_i64 << attempts.min(7)).min(RETRY_MINUTES_MAX))?;
                came_of_it.trouble = Some(trouble.to_string());
                Ok(After::Next)
            }
        }
    }

    async fn end_claim(
        &self,
        submission: &SealedSubmission,
        claim: &FileClaim,
        came_of_it: &Examination,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        match tx.end_file_claim(submission, claim, came_of_it).await {
            Ok(()) => Ok(tx.commit().await?),
            // Erased, or to be scanned again, meanwhile.
            Err(store::Error::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A file as it arrived, and its name. [`Error::Quarantined`] where a scanner found something
    /// in it: then it takes [`Self::quarantined_file`].
    pub async fn file(
        &self,
        id: SubmissionId,
        sha256: Sha256Hash,
        by: &SignedIn,
    ) -> Result<(String, Vec<u8>), Error> {
        by.may(Permission::OpenFiles)?;
        let (file, bytes) = self.file_with_bytes((id, sha256), by).await?;
        if file.examined.is_quarantined() {
            return Err(Error::Quarantined);
        }
        self.note_viewing(Viewed::File(id, sha256), by).await?;
        Ok((file.name, bytes))
    }

    /// The same for a file in which a scanner found something. [`Error::NotQuarantined`] where none
    /// did, or does any more.
    pub async fn quarantined_file(
        &self,
        id: SubmissionId,
        sha256: Sha256Hash,
        by: &SignedIn,
    ) -> Result<(String, Vec<u8>), Error> {
        by.may(Permission::OpenQuarantined)?;
        let (file, bytes) = self.file_with_bytes((id, sha256), by).await?;
        if !file.examined.is_quarantined() {
            return Err(Error::NotQuarantined);
        }
        self.note_viewing(Viewed::File(id, sha256), by).await?;
        Ok((file.name, bytes))
    }

    /// What is known of a file, for who may open files.
    pub async fn file_told(
        &self,
        id: SubmissionId,
        sha256: Sha256Hash,
        by: &SignedIn,
    ) -> Result<Attachment, Error> {
        by.may(Permission::OpenFiles)?;
        let mut tx = self.db.snapshot().await?;
        let submission = tx.sealed_submission(self.db.keys(), id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let files = tx.attachments(&submission).await?;
        files.into_iter().find(|file| file.sha256 == sha256).ok_or(Error::NoFile)
    }

    /// A file is scanned once more, soon: signatures change. [`Error::NoScanner`] where nobody scans.
    pub async fn scan_again(
        &self,
        id: SubmissionId,
        sha256: Sha256Hash,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::ScanFiles)?;
        if self.config.scan.is_none() {
            return Err(Error::NoScanner);
        }
        let mut tx = self.db.begin().await?;
        let submission = tx.sealed_submission(self.db.keys(), id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        match tx.scan_again(&submission, sha256, self.clock.now()).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(store::Error::Conflict(_)) => Err(Error::NoFile),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn file_with_bytes(
        &self,
        (id, sha256): (SubmissionId, Sha256Hash),
        by: &SignedIn,
    ) -> Result<(Attachment, Vec<u8>), Error> {
        let mut tx = self.db.snapshot().await?;
        let submission = tx.sealed_submission(self.db.keys(), id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let files = tx.attachments(&submission).await?;
        let file = files.into_iter().find(|file| file.sha256 == sha256).ok_or(Error::NoFile)?;
        let bytes = tx.attachment(&submission, sha256).await?.ok_or(Error::NoFile)?;
        Ok((file, bytes))
    }
}
