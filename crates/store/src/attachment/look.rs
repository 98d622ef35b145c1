//! What a file was found to be, and what a scanner says of it.
//!
//! A row stands beside each file from when it arrives, and is its own place in the queue: whoever
//! looks at the file claims the row for a while, and writes what came of it. A crash in between
//! leaves it for the next. What was found is sealed under the submission's key, and goes with it.

use domain::id::{Sha256Hash, SubmissionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::log::seal::SealedSubmission;
use crate::person::changed_one;
use crate::{Db, Error, SubmissionKey, Tx, on_both};

/// What is known of a file beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// What it was found to be, as who looked wrote it; `None` until somebody has.
    pub look: Option<String>,
    /// Whether somebody has still to look into it.
    pub look_waits: bool,
    /// The newest scan.
    pub scan: Option<Scan>,
    /// Whether a scanner has still to read it, for the first time or again.
    pub scan_waits: bool,
}

/// What a scanner said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub verdict: Verdict,
    pub at: Timestamp,
    /// Its name with that of its signatures, as it told them.
    pub scanner: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Clean,
    /// By the name that the scanner has for it.
    Found(String),
}

impl Examined {
    /// Whether a scanner found something in it.
    pub fn is_quarantined(&self) -> bool {
        self.finding().is_some()
    }

    /// The scanner's name for what it found.
    pub fn finding(&self) -> Option<&str> {
        match &self.scan.as_ref()?.verdict {
            Verdict::Clean => None,
            Verdict::Found(finding) => Some(finding),
        }
    }
}

impl Verdict {
    fn code(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Found(_) => "found",
        }
    }
}

/// Whether there is a scanner, so that files are handed out that wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    Present,
    Absent,
}

/// A file that somebody has claimed to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileClaim {
    pub submission: SubmissionId,
    pub sha256: Sha256Hash,
    /// This one included.
    pub attempts: u32,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    pub examined: Examined,
    /// When what still waits is tried again.
    pub next_at: Timestamp,
    /// What went wrong.
    pub trouble: Option<String>,
}

/// How the files stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesStanding {
    /// Never scanned, or their scan failed.
    pub not_scanned: u64,
    pub not_looked_into: u64,
    /// In which something was found.
    pub quarantined: u64,
    /// What went wrong the last time with one of them.
    pub trouble: Option<String>,
}

/// As a scan is sealed.
#[derive(Serialize, Deserialize)]
struct SealedScan {
    verdict: Verdict,
    scanner: String,
}

#[derive(sqlx::FromRow)]
pub(super) struct LookRow {
    sealed_look: Option<Vec<u8>>,
    look_waits: Option<i64>,
    scan_waits: Option<i64>,
    verdict: Option<String>,
    sealed_scan: Option<Vec<u8>>,
    scanned_at_micros: Option<i64>,
}

/// What [`LookRow`] is read from, where there is a row.
macro_rules! look_columns {
    () => {
        "sealed_look, look_waits, scan_waits, verdict, sealed_scan, scanned_at_micros"
    };
}

pub(super) use look_columns;

/// What the row says. A file without one is looked at by nobody: it can't be.
pub(super) fn read(
    key: &SubmissionKey,
    sha256: Sha256Hash,
    row: LookRow,
) -> Result<Examined, Error> {
    let strange = |what| Error::inconsistent("attachment_look", key.submission(), what);
    let look = row.sealed_look.map(|sealed| key.open(&look_field(sha256), &sealed)).transpose()?;
    let scan = match (row.verdict, row.sealed_scan, row.scanned_at_micros) {
        (None, None, None) => None,
        (Some(verdict), Some(sealed), Some(at)) => {
            let text = key.open(&scan_field(sha256), &sealed)?;
            let sealed: SealedScan = serde_json::from_str(&text)?;
            if sealed.verdict.code() != verdict {
                return Err(strange("its verdict is not the one that is sealed"));
            }
            let at = Timestamp::from_microsecond(at).map_err(|_| strange("its time"))?;
            Some(Scan { verdict: sealed.verdict, at, scanner: sealed.scanner })
        }
        (_, _, _) => return Err(strange("its scan")),
    };
    let (look_waits, scan_waits) = (row.look_waits == Some(1), row.scan_waits == Some(1));
    Ok(Examined { look, look_waits, scan, scan_waits })
}

pub(super) fn look_field(sha256: Sha256Hash) -> String {
    format!("file/{sha256}/look")
}

fn scan_field(sha256: Sha256Hash) -> String {
    format!("file/{sha256}/scan")
}

/// As with jobs: none waits for another's row, and SQLite has one writer.
macro_rules! claim {
    ($waits:literal, $lock:literal) => {
        concat!(
            "UPDATE attachment_look SET attempts = attempts + 1, next_at_micros = $2 \
             WHERE (submission_id, sha256) = (SELECT submission_id, sha256 FROM attachment_look \
             WHERE ",
            $waits,
            " AND next_at_micros <= $1 ORDER BY next_at_micros LIMIT 1 ",
            $lock,
            ") RETURNING submission_id, sha256, attempts"
        )
    };
}

impl Db {
    /// Claims the file that waits longest to be looked at, until a moment by which that is done or
    /// given up.
    pub async fn claim_file(
        &self,
        scanner: Scanner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<FileClaim>, Error> {
        let (sqlite, postgres) = match scanner {
            Scanner::Present => (
                claim!("(look_waits = 1 OR scan_waits = 1)", ""),
                claim!("(look_waits = 1 OR scan_waits = 1)", "FOR UPDATE SKIP LOCKED"),
            ),
            Scanner::Absent => {
                (claim!("look_waits = 1", ""), claim!("look_waits = 1", "FOR UPDATE SKIP LOCKED"))
            }
        };
        let (now, until) = (now.as_microsecond(), until.as_microsecond());
        // Who looks again and again does not hold up those who write.
        if !self.snapshot().await?.has_waiting_file(scanner, now).await? {
            return Ok(None);
        }
        let mut tx = self.begin().await?;
        let row: Option<(Uuid, Vec<u8>, i64)> = match &mut tx {
            Tx::Sqlite(c) => {
                sqlx::query_as(sqlite).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
            Tx::Postgres(c) => {
                sqlx::query_as(postgres).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
        };
        tx.commit().await?;
        let Some((submission, sha256, attempts)) = row else { return Ok(None) };
        let strange = |what| Error::inconsistent("attachment_look", submission, what);
        Ok(Some(FileClaim {
            submission: SubmissionId(submission),
            sha256: Sha256Hash(sha256.try_into().map_err(|_| strange("its hash is none"))?),
            attempts: attempts.try_into().map_err(|_| strange("its attempts"))?,
        }))
    }
}

impl Tx {
    async fn has_waiting_file(&mut self, scanner: Scanner, now: i64) -> Result<bool, Error> {
        const ANY: &str = "SELECT COUNT(*) FROM attachment_look \
             WHERE (look_waits = 1 OR scan_waits = 1) AND next_at_micros <= $1";
        const LOOK: &str =
            "SELECT COUNT(*) FROM attachment_look WHERE look_waits = 1 AND next_at_micros <= $1";
        let sql = match scanner {
            Scanner::Present => ANY,
            Scanner::Absent => LOOK,
        };
        let waiting: i64 =
            on_both!(self, |c| sqlx::query_scalar(sql).bind(now).fetch_one(&mut **c).await?);
        Ok(waiting > 0)
    }

    /// Writes what came of a claim. [`crate::Conflict`] where somebody else has claimed the file
    /// since, or it is there no more.
    pub async fn end_file_claim(
        &mut self,
        submission: &SealedSubmission,
        claim: &FileClaim,
        came_of_it: &Examination,
    ) -> Result<(), Error> {
        const END: &str = "UPDATE attachment_look SET sealed_look = $1, look_waits = $2, \
             scan_waits = $3, verdict = $4, sealed_scan = $5, scanned_at_micros = $6, \
             next_at_micros = $7, trouble = $8 \
             WHERE submission_id = $9 AND sha256 = $10 AND attempts = $11";
        let Examination { examined, next_at, trouble } = came_of_it;
        let (key, sha256) = (&submission.key, claim.sha256);
        let look = examined.look.as_deref();
        let look = look.map(|text| key.seal(&look_field(sha256), text)).transpose()?;
        let scan = examined.scan.as_ref().map(|scan| sealed(key, sha256, scan)).transpose()?;
        changed_one(on_both!(self, |c| {
            sqlx::query(END)
                .bind(look)
                .bind(i64::from(examined.look_waits))
                .bind(i64::from(examined.scan_waits))
                .bind(examined.scan.as_ref().map(|scan| scan.verdict.code()))
                .bind(scan)
                .bind(examined.scan.as_ref().map(|scan| scan.at.as_microsecond()))
                .bind(next_at.as_microsecond())
                .bind(trouble.as_deref())
                .bind(submission.id.0)
                .bind(sha256.0.as_slice())
                .bind(i64::from(claim.attempts))
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// A file is to be scanned again. What was found before stands until then.
    pub async fn scan_again(
        &mut self,
        submission: &SealedSubmission,
        sha256: Sha256Hash,
        at: Timestamp,
    ) -> Result<(), Error> {
        const AGAIN: &str = "UPDATE attachment_look SET scan_waits = 1, next_at_micros = $1, \
             attempts = attempts + 1, trouble = NULL WHERE submission_id = $2 AND sha256 = $3";
        changed_one(on_both!(self, |c| {
            sqlx::query(AGAIN)
                .bind(at.as_microsecond())
                .bind(submission.id.0)
                .bind(sha256.0.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// How all files stand that are kept.
    pub async fn files_standing(&mut self) -> Result<FilesStanding, Error> {
        const STANDING: &str = "SELECT \
             COUNT(CASE WHEN scan_waits = 1 AND (verdict IS NULL OR trouble IS NOT NULL) \
             THEN 1 END), \
             COUNT(CASE WHEN look_waits = 1 THEN 1 END), \
             COUNT(CASE WHEN verdict = 'found' THEN 1 END), \
             MAX(trouble) FROM attachment_look";
        let (not_scanned, not_looked_into, quarantined, trouble): (i64, i64, i64, Option<String>) =
            on_both!(self, |c| sqlx::query_as(STANDING).fetch_one(&mut **c).await?);
        Ok(FilesStanding {
            not_scanned: not_scanned.unsigned_abs(),
            not_looked_into: not_looked_into.unsigned_abs(),
            quarantined: quarantined.unsigned_abs(),
            trouble,
        })
    }
}

fn sealed(key: &SubmissionKey, sha256: Sha256Hash, scan: &Scan) -> Result<Vec<u8>, Error> {
    let sealed = SealedScan { verdict: scan.verdict.clone(), scanner: scan.scanner.clone() };
    key.seal(&scan_field(sha256), &serde_json::to_string(&sealed)?)
}
