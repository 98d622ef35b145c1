//! Sealed mode: leaves get their place in the log in batches of one shape, at fixed times, whether
//! anything happened or not (`[log.padding]` in candor.toml).

use std::time::Duration;

use domain::id::{Actor, Position, SubmissionId};
use domain::padding::Padding;
use domain::period::Period;
use jiff::Timestamp;
use store::{Conflict, Tx};

use crate::access::By;
use crate::{Candor, Config, Error, Publish, Receipt, Unresolved};

/// How often somebody who waits for a batch looks whether another program has made it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// So many batches that were not made, for so long, are told by the doctor.
const MISSED_MANY: i64 = 3;
const MISSED_SECONDS: i64 = 10 * 60;

/// Whether the settings can be used.
pub(crate) fn check(config: &Config) -> Result<(), Error> {
    let Some(padding) = config.log.padding else { return Ok(()) };
    let wrong = |what: &str| Err(Error::Config(format!("candor.toml, [log.padding]: {what}")));
    if config.log.publish != Publish::WithEdition {
        return wrong(
            "the log is sealed only while nobody sees it grow: write publish = \"with_edition\" \
             under [log], or leave [log.padding] out",
        );
    }
    if !padding.has_room() {
        return wrong(
            "every submission comes to a request and every request to a decision: write at least \
             as many requests as submissions, and as many decisions as requests",
        );
    }
    Ok(())
}

impl Candor {
    /// Has the database follow the settings.
    pub(crate) async fn apply_padding(&self) -> Result<(), Error> {
        check(&self.config)?;
        loop {
            let there = self.db.snapshot().await?.padding().await?.map(|(padding, _)| padding);
            let padding = match (self.config.log.padding, there) {
                (None, None) => return Ok(()),
                (Some(padding), Some(there)) if padding == there => return Ok(()),
                (Some(padding), _) => padding,
                (None, Some(there)) => return Err(padding_missing(&there)),
            };
            let mut tx = self.db.begin().await?;
            match tx.set_padding(self.clock.now(), Actor::OperatorCli, padding).await {
                Ok(()) => tx.commit().await?,
                // Another program was opened at the same moment.
                Err(store::Error::Conflict(Conflict)) => continue,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes each batch when it is due, for as long as it is awaited. What fails is told; a batch
    /// that was missed stays missed.
    pub async fn seal_batches_regularly(&self) {
        let Some(padding) = self.config.log.padding else { return std::future::pending().await };
        loop {
            let now = self.clock.now();
            let wait =
                padding.next_due(now.as_second()).saturating_mul(1_000) - now.as_millisecond();
            tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
            if let Err(error) = self.seal_batch().await {
                tracing::error!(error = ?error, "the batch could not be made");
            }
        }
    }

    /// Makes the batch that is due, and publishes the checkpoint. Returns how many leaves that
    /// waited got their place; `None` where the log is not in sealed mode, or the batch was made.
    pub async fn seal_batch(&self) -> Result<Option<u64>, Error> {
        let mut tx = self.db.begin().await?;
        let due = (self.clock.now(), self.today());
        let Some(placed) = tx.append_due_batch(self.db.keys(), due).await? else {
            return Ok(None);
        };
        // A crash before this leaves no batch; one after it a batch that the next checkpoint
        // covers.
        tx.commit().await?;
        self.batches.notify_waiters();
        self.publish_checkpoint().await?;
        Ok(Some(placed))
    }

    /// The moment at which the next batch is due; `None` where the log is not in sealed mode.
    pub(crate) async fn next_batch(&self, tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
        let Some((padding, _)) = tx.padding().await? else { return Ok(None) };
        Ok(Timestamp::from_second(padding.next_due(self.clock.now().as_second())).ok())
    }

    /// Where a submission waits for its place, and so for its receipt: when the next batch is due.
    pub(crate) async fn receipt_waits(
        &self,
        tx: &mut Tx,
        id: SubmissionId,
    ) -> Result<Option<Timestamp>, Error> {
        match tx.is_waiting(id).await? {
            true => self.next_batch(tx).await,
            false => Ok(None),
        }
    }

    /// Waits until a batch has placed a submission and was signed. Whoever makes the batches must
    /// be running.
    pub(crate) async fn receipt_with_batch(&self, id: SubmissionId) -> Result<Receipt, Error> {
        loop {
            let made = self.batches.notified();
            if !self.db.snapshot().await?.is_waiting(id).await? {
                return self.receipt(id, By::OperatorCli).await;
            }
            tokio::time::timeout(LOOK_EVERY, made).await.ok();
        }
    }

    /// Before an edition: places all that waits, and seals the outcome of every request of its
    /// half-years once more. Returns the position as of which it counts; `None` where the log is
    /// not in sealed mode.
    pub(crate) async fn close_period(
        &self,
        period: Period,
        actor: Actor,
    ) -> Result<Option<Position>, Error> {
        if self.db.snapshot().await?.padding().await?.is_none() {
            return Ok(None);
        }
        let (now, today, keys) = (self.clock.now(), self.today(), self.db.keys());
        let mut tx = self.db.begin().await?;
        if let Some((count, first)) = tx.unresolved(period).await? {
            return Err(Error::Unresolved { period, count, first: Unresolved(first) });
        }
        tx.place_all(keys, (period, today)).await?;
        Self::refuse_loss(&mut tx, period).await?;
        let cutoff = tx.close_period((now, today), actor, keys, period).await?;
        tx.commit().await?;
        self.batches.notify_waiters();
        self.publish_checkpoint().await?;
        Ok(cutoff)
    }

    /// What the doctor says of batches; `None` where the log is not in sealed mode.
    pub(crate) async fn examine_batches(&self) -> Result<Option<Result<String, String>>, Error> {
        let mut tx = self.db.snapshot().await?;
        let Some((padding, due)) = tx.padding().await? else { return Ok(None) };
        let waiting = tx.leaves_waiting().await?;
        let every = i64::from(padding.every_seconds.get());
        let since = padding.due(self.clock.now().as_second()) - due;
        let is_late = since / every > MISSED_MANY && since > MISSED_SECONDS;
        let last = Timestamp::from_second(due).map(|due| due.to_string()).unwrap_or_default();
        Ok(Some(if is_late && waiting > 0 {
            Err(format!(
                "{waiting} leaves wait for their place, and the last batch was due at {last}: they \
                 are made while `candor serve` or `candor worker` runs"
            ))
        } else {
            Ok(format!("the last was due at {last}, {waiting} leaves wait for the next"))
        }))
    }
}

fn padding_missing(there: &Padding) -> Error {
    Error::Config(format!(
        "candor.toml has no [log.padding], and this log is in sealed mode: without it every leaf \
         from here on would show that it is no pad. Put it back (every_seconds = {}, submissions \
         = {}, requests = {}, decisions = {}, reclassifications = {}); the numbers can be changed",
        there.every_seconds,
        there.submissions,
        there.requests,
        there.decisions,
        there.reclassifications
    ))
}
