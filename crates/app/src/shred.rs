//! `candor keys destroy-period`: what was committed to a half-year can't be opened any more.
//!
//! All blindings of a half-year follow from one key. Without it a commitment is a point that could
//! hold anything; proofs and receipts that were given before go on holding.

use domain::id::Actor;
use domain::period::Period;
use ledger::leaf::HalfYear;
use store::Tx;

use crate::{Candor, Error, Unresolved};

impl Candor {
    /// Destroys the key of a half-year that is over and settled. A crash before the commit leaves
    /// the key.
    pub async fn destroy_period(&self, period: Period, actor: Actor) -> Result<(), Error> {
        let half_year = half_year(period)?;
        if self.today() <= period.last() {
            let last = period.last();
            return Err(Error::Config(format!(
                "{period} is not over yet, it ends on {last}: what arrives until then is sealed \
                 under its key"
            )));
        }
        let mut tx = self.db.begin().await?;
        if let Some((count, first)) = tx.unresolved(period).await? {
            return Err(Error::Unresolved { period, count, first: Unresolved(first) });
        }
        let open = tx.open_requests(period).await?;
        if open > 0 {
            return Err(Error::Config(format!(
                "{open} of the requests received in {period} are not decided, and without its key \
                 no decision can be sealed: decide them first"
            )));
        }
        let now = self.clock.now();
        // A pad without its request or decision could get none any more.
        tx.place_all(self.db.keys(), (period, self.today())).await?;
        tx.destroy_period_key(now, actor, half_year).await?;
        // Before the commit, as with a submission: a restored backup is told by it.
        crate::erase::list_half_year(&self.dir, half_year, now)?;
        tx.commit().await?;
        Ok(())
    }

    /// The half-years whose keys were destroyed, in words.
    pub(crate) async fn periods_destroyed(tx: &mut Tx) -> Result<Option<String>, Error> {
        let destroyed = tx.destroyed_periods().await?;
        let names: Vec<String> = destroyed.iter().map(HalfYear::to_string).collect();
        Ok((!names.is_empty())
            .then(|| format!("the keys of {} were destroyed, as was asked", names.join(", "))))
    }
}

fn half_year(period: Period) -> Result<HalfYear, Error> {
    let first = period.first();
    let half = if first.month() == 1 { 1 } else { 2 };
    let number = u16::try_from(first.year()).ok();
    number
        .filter(|_| period == Period::half(first.year(), half))
        .and_then(|year| HalfYear::new(year, half.unsigned_abs()))
        .ok_or_else(|| {
            Error::Config(format!("{period} is no half-year: write one such as 2020-H1"))
        })
}
