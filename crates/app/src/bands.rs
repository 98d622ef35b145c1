//! Bands: the log learns to say of a request that it is told in one, and editors learn why a report
//! tells none.

use domain::period::Period;
use jiff::civil::Date;
use store::{Conflict, Tx};

use crate::{Candor, Error};

impl Candor {
    /// Has the log's codebook follow the settings. What it has learned it keeps.
    pub(crate) async fn apply_bands(&self) -> Result<(), Error> {
        if self.config.reports.bands.is_none() {
            return Ok(());
        }
        while !self.db.snapshot().await?.knows_bands().await? {
            let mut tx = self.db.begin().await?;
            match tx.learn_bands().await {
                Ok(()) => tx.commit().await?,
                // Another program was opened at the same moment.
                Err(store::Error::Conflict(Conflict)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Why the report of a period tells nothing in bands; `None` where it does, and where there is
    /// nothing to be told. For editors alone: it may say that there is something.
    pub async fn bands_left_out(&self, period: Period) -> Result<Option<String>, Error> {
        match self.config.reports.bands {
            Some(structure) if structure.fits(&period) => Ok(None),
            Some(structure) => Ok(Some(format!(
                "it tells nothing in bands: `{}` is for {} ({})",
                structure.code(),
                structure.periods(),
                structure.law()
            ))),
            None => match self.db.snapshot().await?.has_banded(period).await? {
                true => Ok(Some(NOT_TOLD.to_owned())),
                false => Ok(None),
            },
        }
    }

    /// Two structures that tell of the same days narrow each other's bands, and the law lets one of
    /// them be used.
    pub(crate) async fn refuse_other_bands(
        &self,
        tx: &mut Tx,
        period: Period,
    ) -> Result<(), Error> {
        let Some(structure) = self.config.reports.bands.filter(|s| s.fits(&period)) else {
            return Ok(());
        };
        let overlaps =
            |other: &Period| other.first() <= period.last() && period.first() <= other.last();
        for revision in tx.revisions().await?.iter().filter(|of| overlaps(&of.period)) {
            match revision.dataset.bands.as_ref().map(|bands| bands.structure) {
                Some(told) if told != structure => {
                    return Err(Error::OtherBands { period, of: revision.period, told });
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// Whether what is to be told in bands is told; `None` where there is nothing to say.
    pub(crate) async fn examine_bands(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let ever = Period::new(Date::ZERO, Date::MAX).expect("the first year is before the last");
        Ok(match self.config.reports.bands {
            Some(structure) => Some(Ok(format!(
                "told in the reports of {} as `{}`, {}; the spans of time of § 1874(b) are \
                 counsel’s to observe",
                structure.periods(),
                structure.code(),
                structure.law()
            ))),
            None => tx.has_banded(ever).await?.then(|| Err(NOT_TOLD.to_owned())),
        })
    }
}

const NOT_TOLD: &str = "some of it is to be told in bands and no structure of bands is set, so it \
                        is in no number of any report: have counsel choose one of those of 50 \
                        U.S.C. § 1874(a), and set it as `bands` under [reports] in candor.toml";
