//! An edition is published: its numbers are reconciled, its files made and frozen.

use domain::event::{CompanyEvent, Edition as EditionEvent};
use domain::id::{Actor, Sha256Hash};
use domain::period::Period;
use domain::request::{Circumstances, Command, Company, decide};
use report::{Correction, Format, Status};
use sha2::{Digest, Sha256};
use store::{Change, EditionFile, Revision, Sight};

use crate::edition::corrections;
use crate::{Candor, Error, Unresolved};

/// What was published.
#[derive(Clone, Debug)]
pub struct Published {
    pub period: Period,
    /// From 0.
    pub revision: u32,
    pub requests: u64,
    pub files: usize,
}

impl Candor {
    /// The latest published revision of a period.
    pub async fn published(&self, period: Period) -> Result<Option<Revision>, Error> {
        Ok(self.revisions_of(period).await?.pop())
    }

    async fn revisions_of(&self, period: Period) -> Result<Vec<Revision>, Error> {
        let mut revisions = self.db.snapshot().await?.revisions().await?;
        revisions.retain(|revision| revision.period == period);
        Ok(revisions)
    }

    /// Publishes the edition of a period, or with a reason its next revision.
    ///
    /// The files are made from a snapshot, before the transaction that freezes them; another
    /// publication of the same period in between is a [`store::Conflict`]. A crash before the
    /// commit leaves nothing of it.
    pub async fn publish(
        &self,
        period: Period,
        reason: Option<String>,
        actor: Actor,
    ) -> Result<Published, Error> {
        let now = self.clock.now();
        let published_on = self.day_of(now);
        if published_on <= period.last() {
            return Err(Error::NotOver(period));
        }
        let earlier = self.revisions_of(period).await?;
        let revision = match (earlier.last(), &reason) {
            (None, None) => 0,
            (None, Some(_)) => return Err(Error::NothingToCorrect(period)),
            (Some(last), None) => {
                return Err(Error::PublishedAlready { period, revision: last.revision });
            }
            (Some(_), Some(reason)) if reason.trim().is_empty() => {
                return Err(Error::ReasonMissing);
            }
            (Some(last), Some(_)) => last.revision + 1,
        };
        let mut corrections = corrections(&earlier);
        corrections.extend(reason.clone().map(|reason| Correction {
            revision,
            published_on,
            reason,
        }));
        self.seal_pending(period, actor).await?;
        let closed = self.close_period(period, actor).await?;
        let mut tx = self.db.snapshot().await?;
        if let Some((count, first)) = tx.unresolved(period).await? {
            return Err(Error::Unresolved { period, count, first: Unresolved(first) });
        }
        Self::refuse_loss(&mut tx, period).await?;
        self.refuse_other_bands(&mut tx, period).await?;
        // In sealed mode what happens from the closing on is counted by the next revision.
        let cutoff = match closed {
            Some(closed) => closed,
            None => tx.head().await?,
        };
        let status = Status::Published { revision, published_on, corrections };
        let edition = self.compile(&mut tx, period, cutoff, status).await?;
        drop(tx);

        let files = frozen_files(&edition, revision)?;
        let event = EditionEvent {
            period,
            revision,
            cutoff,
            requests: edition.dataset.total.requests(),
            manifest_sha256: manifest(&files),
        };
        let event_of = match revision {
            0 => CompanyEvent::EditionPublished(event),
            _ => CompanyEvent::EditionCorrected(event),
        };
        let mut tx = self.db.begin().await?;
        let version = Self::publication_version(&mut tx).await?;
        tx.record(now, actor, &[Change::of_publication(version, vec![event_of])]).await?;
        // The edition is no secret, so that everything before it may be sealed with it.
        tx.seal_events().await?;
        let dataset = edition.dataset;
        let revision_row =
            Revision { period, revision, published_at: now, published_on, cutoff, dataset, reason };
        tx.publish(&revision_row, &files).await?;
        // Should the program end before it is signed, the next checkpoint goes out with it.
        tx.hold_edition().await?;
        tx.commit().await?;
        self.publish_checkpoint().await?;
        Ok(Published { period, revision, requests: event.requests, files: files.len() })
    }
}

impl Candor {
    /// Says in the log of each request of a period that is undecided, and of which the log doesn't
    /// say so yet, that it is: an edition counts nothing that the log is silent about.
    async fn seal_pending(&self, period: Period, actor: Actor) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let mut sealer = tx.sealer(self.db.keys()).await?;
        let company = Company::default();
        let circumstances = Circumstances { by: actor, today: self.today(), company: &company };
        let mut changes = Vec::new();
        let mut open = tx.unsealed_pending(period).await?;
        open.extend(Self::open_with_lost_outcome(&mut tx, period).await?);
        for id in open {
            let current = tx.sealed_request(self.db.keys(), id, Sight::whole()).await?;
            let Some(current) = current else { continue };
            let events = decide(&current.request, &Command::SealPending, circumstances)?;
            changes.push(sealer.advance(&current, events)?);
        }
        if !changes.is_empty() {
            tx.record(self.clock.now(), actor, &changes).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// All files of an edition: in the folder of the period, and again in that of the revision.
fn frozen_files(edition: &report::Edition, revision: u32) -> Result<Vec<EditionFile>, Error> {
    let files = report::render(edition, &Format::ALL)?;
    let in_revision = report::in_revision_folder(edition, &files)?
        .into_iter()
        .map(|file| EditionFile { path: format!("r{revision}/{}", file.path), bytes: file.bytes });
    let mut all: Vec<EditionFile> = in_revision.collect();
    all.extend(files.into_iter().map(|file| EditionFile { path: file.path, bytes: file.bytes }));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

/// SHA-256 over one line for each file, as `sha256sum` writes them, by path.
fn manifest(files: &[EditionFile]) -> Sha256Hash {
    let mut manifest = Sha256::new();
    for file in files {
        let hash = Sha256Hash(Sha256::digest(&file.bytes).into());
        manifest.update(format!("{hash}  {}\n", file.path));
    }
    Sha256Hash(manifest.finalize().into())
}
