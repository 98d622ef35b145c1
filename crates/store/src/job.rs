//! What is to be done at a time, after the transaction that called for it has committed.
//!
//! A job is enqueued with the event that calls for it, so it exists if and only if that event does.
//! Whoever does it claims it for a while, and takes it away in the transaction of what it did: a
//! crash in between leaves it for the next. So a job may be begun twice, and is done once.

use domain::event::{Event, RequestEvent, Stream};
use domain::id::RequestId;
use domain::request::Verdict;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use crate::log::seal::Change;
use crate::{Conflict, Db, Error, Tx, on_both};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// The officer has not answered in time.
    LapseClarification,
    /// An instrument that was owed has not come in time.
    ReportInstrumentOverdue,
    /// The day until which a request is withheld is over.
    Disclose,
    /// The last day of a preservation is over.
    LapsePreservation,
}

impl JobKind {
    pub const ALL: [Self; 4] = [
        Self::LapseClarification,
        Self::ReportInstrumentOverdue,
        Self::Disclose,
        Self::LapsePreservation,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::LapseClarification => "lapse_clarification",
            Self::ReportInstrumentOverdue => "report_instrument_overdue",
            Self::Disclose => "disclose",
            Self::LapsePreservation => "lapse_preservation",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What an event calls for, and the last day on which it is not to be done yet.
    fn of(event: &Event) -> Option<(Self, Date)> {
        let Event::Request(event) = event else { return None };
        match event {
            RequestEvent::ClarificationAsked { answer_due_on, .. } => {
                Some((Self::LapseClarification, *answer_due_on))
            }
            RequestEvent::PreservationPlaced { kept_until: Some(until) }
            | RequestEvent::PreservationExtended { kept_until: until } => {
                Some((Self::LapsePreservation, *until))
            }
            RequestEvent::Withheld { until: Some(until), .. } => Some((Self::Disclose, *until)),
            RequestEvent::FindingRecorded { finding, .. } => match finding.verdict {
                Verdict::Owed { until, .. } => Some((Self::ReportInstrumentOverdue, until)),
                Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. } => None,
            },
            _ => None,
        }
    }
}

const LATER_KIND: &str = "its kind is of a later version of candor";

/// A job that somebody has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    pub kind: JobKind,
    pub request: RequestId,
    pub due_at: Timestamp,
    /// This one included.
    pub attempts: u32,
}

/// How many jobs are due and were not done, and how many of them failed before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobsDue {
    pub due: u64,
    pub failed: u64,
}

/// Jobs of one kind that wait for longer than they should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateJobs {
    pub kind: JobKind,
    pub jobs: u64,
    /// When the first of them was due.
    pub since: Timestamp,
    /// What went wrong the last time with one of them; `None` where none of them has failed.
    pub trouble: Option<String>,
}

impl Db {
    /// Claims the job that is due longest, until a moment by which it is done or given up.
    pub async fn claim_job(&self, now: Timestamp, until: Timestamp) -> Result<Option<Job>, Error> {
        // Several processes claim at once: on PostgreSQL none waits for another's row, and SQLite
        // has one writer.
        const SQLITE: &str = "UPDATE job SET attempts = attempts + 1, claimed_until_micros = $2 \
             WHERE (kind, subject) = (SELECT kind, subject FROM job WHERE due_at_micros <= $1 \
             AND (claimed_until_micros IS NULL OR claimed_until_micros <= $1) \
             ORDER BY due_at_micros LIMIT 1) \
             RETURNING kind, subject, due_at_micros, attempts";
        const POSTGRES: &str = "UPDATE job SET attempts = attempts + 1, \
             claimed_until_micros = $2 \
             WHERE (kind, subject) = (SELECT kind, subject FROM job WHERE due_at_micros <= $1 \
             AND (claimed_until_micros IS NULL OR claimed_until_micros <= $1) \
             ORDER BY due_at_micros LIMIT 1 FOR UPDATE SKIP LOCKED) \
             RETURNING kind, subject, due_at_micros, attempts";
        let mut tx = self.begin().await?;
        let (now, until) = (now.as_microsecond(), until.as_microsecond());
        let row: Option<(String, Uuid, i64, i64)> = match &mut tx {
            Tx::Sqlite(c) => {
                sqlx::query_as(SQLITE).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
            Tx::Postgres(c) => {
                sqlx::query_as(POSTGRES).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
        };
        tx.commit().await?;
        row.map(read).transpose()
    }

    /// Gives a claimed job back, to be tried again at a moment, and says what went wrong.
    pub async fn retry_job(&self, job: &Job, at: Timestamp, trouble: &str) -> Result<(), Error> {
        const RETRY: &str = "UPDATE job SET claimed_until_micros = $1, trouble = $2 \
             WHERE kind = $3 AND subject = $4 AND due_at_micros = $5 AND attempts = $6";
        let mut tx = self.begin().await?;
        let given_back = on_both!(&mut tx, |c| {
            sqlx::query(RETRY)
                .bind(at.as_microsecond())
                .bind(trouble)
                .bind(job.kind.code())
                .bind(job.request.0)
                .bind(job.due_at.as_microsecond())
                .bind(i64::from(job.attempts))
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if given_back != 1 {
            return Err(Conflict.into());
        }
        tx.commit().await
    }
}

impl Tx {
    /// Takes a claimed job away, in the transaction of what it did. [`Conflict`] where somebody
    /// else claimed it since, or its event happened again.
    pub async fn finish_job(&mut self, job: &Job) -> Result<(), Error> {
        const FINISH: &str = "DELETE FROM job WHERE kind = $1 AND subject = $2 \
             AND due_at_micros = $3 AND attempts = $4";
        let done = on_both!(self, |c| {
            sqlx::query(FINISH)
                .bind(job.kind.code())
                .bind(job.request.0)
                .bind(job.due_at.as_microsecond())
                .bind(i64::from(job.attempts))
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if done == 1 { Ok(()) } else { Err(Conflict.into()) }
    }

    /// What is due and was not done yet.
    pub async fn jobs_due(&mut self, now: Timestamp) -> Result<JobsDue, Error> {
        const DUE: &str = "SELECT COUNT(*), COUNT(trouble) FROM job WHERE due_at_micros <= $1";
        let (due, failed): (i64, i64) = on_both!(self, |c| {
            sqlx::query_as(DUE).bind(now.as_microsecond()).fetch_one(&mut **c).await?
        });
        Ok(JobsDue { due: due.unsigned_abs(), failed: failed.unsigned_abs() })
    }

    /// What was due before a moment and is not done yet, by kind.
    pub async fn late_jobs(&mut self, before: Timestamp) -> Result<Vec<LateJobs>, Error> {
        const LATE: &str = "SELECT kind, COUNT(*), MIN(due_at_micros), MAX(trouble) FROM job \
             WHERE due_at_micros < $1 GROUP BY kind ORDER BY kind";
        let rows: Vec<(String, i64, i64, Option<String>)> = on_both!(self, |c| {
            sqlx::query_as(LATE).bind(before.as_microsecond()).fetch_all(&mut **c).await?
        });
        rows.into_iter()
            .map(|(kind, jobs, since, trouble)| {
                let strange = |what| Error::inconsistent("job", &kind, what);
                let since = Timestamp::from_microsecond(since);
                Ok(LateJobs {
                    kind: JobKind::from_code(&kind).ok_or_else(|| strange(LATER_KIND))?,
                    jobs: jobs.unsigned_abs(),
                    since: since.map_err(|_| strange("its time"))?,
                    trouble,
                })
            })
            .collect()
    }

    /// Enqueues what the events call for. One of a kind for a request: what is called for again
    /// takes the place of what was.
    pub(crate) async fn enqueue_jobs(&mut self, changes: &[Change]) -> Result<(), Error> {
        const ENQUEUE: &str = "INSERT INTO job (kind, subject, due_at_micros) VALUES ($1, $2, $3) \
             ON CONFLICT (kind, subject) DO UPDATE SET due_at_micros = excluded.due_at_micros, \
             attempts = 0, claimed_until_micros = NULL, trouble = NULL";
        let called_for: Vec<_> = changes
            .iter()
            .flat_map(|change| change.events.iter().map(|event| (change.stream, event)))
            .filter_map(|(stream, event)| match (stream, JobKind::of(event)) {
                (Stream::Request(request), Some((kind, day))) => Some((request, kind, day)),
                (
                    Stream::Request(_)
                    | Stream::Submission(_)
                    | Stream::Person(_)
                    | Stream::Authority(_)
                    | Stream::Publication,
                    _,
                ) => None,
            })
            .collect();
        if called_for.is_empty() {
            return Ok(());
        }
        let time_zone = self.time_zone().await?;
        for (request, kind, day) in called_for {
            // When the day is over in the log's time zone.
            let due_at = day
                .saturating_add(1.day())
                .to_zoned(time_zone.clone())
                .map_err(|error| Error::inconsistent("job", request, error))?
                .timestamp();
            on_both!(self, |c| {
                sqlx::query(ENQUEUE)
                    .bind(kind.code())
                    .bind(request.0)
                    .bind(due_at.as_microsecond())
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
        }
        Ok(())
    }
}

fn read((kind, subject, due_at, attempts): (String, Uuid, i64, i64)) -> Result<Job, Error> {
    let strange = |what: &str| Error::inconsistent("job", subject, what);
    Ok(Job {
        kind: JobKind::from_code(&kind).ok_or_else(|| strange(LATER_KIND))?,
        request: RequestId(subject),
        due_at: Timestamp::from_microsecond(due_at).map_err(|_| strange("its time"))?,
        attempts: attempts.try_into().map_err(|_| strange("its attempts"))?,
    })
}
