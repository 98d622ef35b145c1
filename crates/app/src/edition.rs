//! An edition out of the database: counted, reconciled, with everything that stands beside it.

use domain::count::{Dataset, count};
use domain::event::Stream;
use domain::id::Position;
use domain::period::Period;
use jiff::Timestamp;
use report::{Correction, Edition, IndexEntry, Provenance, SealedLog, Status};
use store::{Revision, Tx};

use crate::{Candor, Error, Withheld};

/// The moment as of which is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    Now,
    Position(Position),
    Time(Timestamp),
}

impl Candor {
    /// The numbers of a period.
    pub async fn count(&self, period: Period, as_of: AsOf) -> Result<Dataset, Error> {
        let mut tx = self.db.snapshot().await?;
        let position = position(&mut tx, as_of).await?;
        self.counted(&mut tx, period, position).await
    }

    /// The numbers of a period as of a position, without those that may not be shown.
    async fn counted(
        &self,
        tx: &mut Tx,
        period: Period,
        position: Position,
    ) -> Result<Dataset, Error> {
        let tally = tx.tally(period, position).await?;
        let mut dataset = count(tally.in_bands(self.config.reports.bands))?;
        match self.config.reports.withheld {
            Withheld::Hide => dataset.outside.withheld = None,
            Withheld::Show => {}
        }
        Ok(dataset)
    }

    /// Compiles the edition of a period as of a position.
    pub(crate) async fn compile(
        &self,
        tx: &mut Tx,
        period: Period,
        cutoff: Position,
        status: Status,
    ) -> Result<Edition, Error> {
        let dataset = self.counted(tx, period, cutoff).await?;
        let earlier = latest(tx.revisions().await?)
            .into_iter()
            .filter(|revision| revision.period.last() < period.first())
            .map(|revision| revision.dataset)
            .collect();
        let mut figures = tx.figures().await?;
        figures.retain(|figure| figure.period.last() <= period.last());
        let (imported, imported_at) = tx.imported(period, cutoff).await?;
        let head = tx.tree_head().await?;
        Ok(Edition {
            publisher: self.config.publisher(&self.dir)?,
            status,
            dataset,
            earlier,
            figures,
            provenance: Provenance {
                cutoff: Some(cutoff),
                imported,
                imported_on: imported_at.map(|at| self.day_of(at)),
                log: Some(SealedLog { origin: head.origin, leaves: head.size }),
            },
        })
    }

    /// The events of the publication, whose number is the version to publish on.
    pub(crate) async fn publication_version(tx: &mut Tx) -> Result<i64, Error> {
        Ok(tx.version(Stream::Publication).await?)
    }
}

pub(crate) async fn position(tx: &mut Tx, as_of: AsOf) -> Result<Position, Error> {
    let head = tx.head().await?;
    match as_of {
        AsOf::Now => Ok(head),
        AsOf::Position(position) if position <= head => Ok(position),
        AsOf::Position(position) => {
            Err(Error::Nothing(format!("there is no event {position}: the last one is {head}")))
        }
        AsOf::Time(moment) => Ok(tx.position_at(moment).await?),
    }
}

/// The latest revision of each edition, by period.
pub(crate) fn latest(revisions: Vec<Revision>) -> Vec<Revision> {
    let mut latest: Vec<Revision> = Vec::new();
    for revision in revisions {
        match latest.last_mut() {
            Some(last) if last.period == revision.period => *last = revision,
            Some(_) | None => latest.push(revision),
        }
    }
    latest
}

/// Why each revision after the first was published.
pub(crate) fn corrections(revisions: &[Revision]) -> Vec<Correction> {
    revisions
        .iter()
        .filter_map(|revision| {
            Some(Correction {
                revision: revision.revision,
                published_on: revision.published_on,
                reason: revision.reason.clone()?,
            })
        })
        .collect()
}

/// The published editions as the list of editions shows them.
pub fn index_entries(revisions: Vec<Revision>) -> Vec<IndexEntry> {
    latest(revisions)
        .into_iter()
        .map(|revision| IndexEntry {
            period: revision.period,
            is_draft: false,
            revision: revision.revision,
            requests: revision.dataset.total.requests(),
            countries: revision.dataset.countries.len(),
        })
        .collect()
}
