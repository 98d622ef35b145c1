//! At fixed times a leaf seals all events so far, so that their order stands in the log too.

use std::time::Duration;

use crate::{Candor, Error};

impl Candor {
    /// Seals all events so far at each multiple of the minutes that the settings say, for as long
    /// as it is awaited. What fails is told, and tried again the next time.
    pub async fn seal_events_regularly(&self) {
        let every = u64::from(self.config.log.audit_every_minutes.get()) * 60;
        loop {
            let now = self.clock.now().as_second().unsigned_abs();
            tokio::time::sleep(Duration::from_secs(every - now % every)).await;
            if let Err(error) = self.seal_access_log().await {
                tracing::error!(error = ?error, "the access log could not be sealed");
            }
            if let Err(error) = self.seal_events().await {
                tracing::error!(error = ?error, "the events could not be sealed");
            }
        }
    }

    /// Seals all events so far, also where there is none since the last time, and publishes the
    /// checkpoint.
    pub async fn seal_events(&self) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        tx.seal_events().await?;
        tx.commit().await?;
        self.publish_checkpoint().await?;
        Ok(())
    }
}
