//! What the calendar does: a question that nobody answered lapses, paperwork that was owed is
//! reported, a request that was withheld until a day is counted.

use std::time::Duration;

use domain::id::Actor;
use domain::request::{Circumstances, Command, Company, Refusal, decide};
use jiff::ToSpan;
use store::{Job, JobKind, Sight};

use crate::{Candor, Error};

/// How long a job may take before another worker takes it for abandoned.
const CLAIM: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// How often a worker looks for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// The longest wait between two attempts, reached after the seventh.
const RETRY_MINUTES_MAX: i64 = 120;

impl Candor {
    /// Does what is due, sends what is to be told and looks at files, again and again. A server for
    /// mails, or a scanner, that does not answer holds up nothing else.
    pub async fn work(&self) {
        tokio::join!(self.work_regularly(), self.send_regularly(), self.examine_regularly());
    }

    /// A job that fails is told once each time, and tried again later.
    async fn work_regularly(&self) {
        loop {
            if let Err(error) = self.work_off().await {
                tracing::error!(error = ?error, "no job could be taken up");
            }
            match self.overdue_in_all().await {
                Ok(overdue) => metrics::gauge!("candor_deadlines_overdue").set(overdue as f64),
                Err(error) => tracing::error!(error = ?error, "what is overdue was not counted"),
            }
            match self.waiting_too_long_in_all().await {
                Ok(waiting) => metrics::gauge!("candor_submissions_overdue").set(waiting as f64),
                Err(error) => tracing::error!(error = ?error, "what waits was not counted"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does all that is due now. Returns how many jobs were done.
    pub async fn work_off(&self) -> Result<u64, Error> {
        let mut done = 0;
        loop {
            let now = self.clock.now();
            let Some(job) = self.db.claim_job(now, now + CLAIM).await? else { return Ok(done) };
            match self.do_job(&job).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::error!(error = ?error, job = ?job, "a job could not be done");
                    let minutes = 1_i64 << job.attempts.min(7);
                    let again = now.saturating_add(minutes.min(RETRY_MINUTES_MAX).minutes());
                    let again = again.map_err(|_| Error::Worker)?;
                    match self.db.retry_job(&job, again, &error.to_string()).await {
                        // Somebody else has it by now, or it is called for anew.
                        Ok(()) | Err(store::Error::Conflict(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
    }

    /// A crash before the commit leaves the job for the next worker; what it did comes with its end.
    async fn do_job(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let current = tx.sealed_request(self.db.keys(), job.request, Sight::whole()).await?;
        let mut told = (0, Vec::new());
        let changes = match &current {
            Some(current) => {
                let (company, today) = (Company::default(), self.today());
                let circumstances = Circumstances { by: Actor::Rule, today, company: &company };
                match decide(&current.request, &command(job.kind), circumstances) {
                    Ok(events) => {
                        told = (current.version(), events.clone());
                        let mut sealer = tx.sealer(self.db.keys()).await?;
                        vec![sealer.advance(current, events)?]
                    }
                    // The officer answered, the paperwork came, the day was put off, or somebody lifted
                    // it.
                    Err(Refusal::NotNow(_) | Refusal::Date(_)) => Vec::new(),
                    Err(refusal) => return Err(refusal.into()),
                }
            }
            // Its submission was erased, so it was finished.
            None => Vec::new(),
        };
        if !changes.is_empty() {
            tx.record(self.clock.now(), Actor::Rule, &changes).await?;
            let told = (told.0, told.1.as_slice());
            self.enqueue_notices(&mut tx, job.request, told, Actor::Rule).await?;
        }
        tx.finish_job(job).await?;
        tx.commit().await?;
        if !changes.is_empty() {
            self.after_commit().await;
        }
        Ok(())
    }
}

fn command(kind: JobKind) -> Command {
    match kind {
        JobKind::LapseClarification => Command::LapseClarification,
        JobKind::ReportInstrumentOverdue => Command::ReportInstrumentOverdue,
        JobKind::Disclose => Command::DiscloseOnDate,
        JobKind::LapsePreservation => Command::LapsePreservation,
    }
}
