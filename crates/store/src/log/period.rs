//! Period keys: one for each half-year, from which all blindings of its requests follow.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::event::{CompanyEvent, Stream};
use domain::id::Actor;
use domain::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::commitment::PeriodKey;
use ledger::leaf::HalfYear;

use crate::{Change, Conflict, Error, Keys, Tx, on_both};

/// The half-year of a day of receipt.
pub(crate) fn half_year(day: Date) -> Result<HalfYear, Error> {
    let half = if day.month() <= 6 { 1 } else { 2 };
    let year = u16::try_from(day.year()).ok().and_then(|year| HalfYear::new(year, half));
    year.ok_or_else(|| Error::inconsistent("submission", day, "no log goes back so far"))
}

/// A period key as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct NewPeriodKey {
    pub(crate) half_year: HalfYear,
    pub(crate) wrapped: Vec<u8>,
}

/// The period keys in use. One that is missing is made, and travels with each change that uses it
/// until it is known to be stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeriodKeys {
    known: BTreeMap<HalfYear, PeriodKey>,
    unsaved: BTreeMap<HalfYear, Vec<u8>>,
    destroyed: BTreeSet<HalfYear>,
}

impl PeriodKeys {
    /// The key of a half-year, to open what was sealed under it.
    pub(crate) fn known(&self, half_year: HalfYear) -> Result<&PeriodKey, Error> {
        self.not_destroyed(half_year)?;
        self.known.get(&half_year).ok_or(Error::NoPeriodKey(half_year))
    }

    fn not_destroyed(&self, half_year: HalfYear) -> Result<(), Error> {
        match self.destroyed.contains(&half_year) {
            true => Err(Error::PeriodKeyDestroyed(half_year)),
            false => Ok(()),
        }
    }

    /// The key to seal under, and its stored form as long as it is not known to be stored.
    pub(crate) fn of(
        &mut self,
        keys: &Keys,
        half_year: HalfYear,
    ) -> Result<(&PeriodKey, Option<NewPeriodKey>), Error> {
        self.not_destroyed(half_year)?;
        let key = match self.known.entry(half_year) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(missing) => {
                let (key, wrapped) = keys.create_period(half_year)?;
                self.unsaved.insert(half_year, wrapped);
                missing.insert(key)
            }
        };
        let new = self.unsaved.get(&half_year);
        let new = new.map(|wrapped| NewPeriodKey { half_year, wrapped: wrapped.clone() });
        Ok((key, new))
    }
}

impl Tx {
    pub(crate) async fn period_keys(&mut self, keys: &Keys) -> Result<PeriodKeys, Error> {
        const ALL: &str = "SELECT half_year, wrapped_key FROM period_key";
        let rows: Vec<(i64, Option<Vec<u8>>)> =
            on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        let mut all = PeriodKeys::default();
        for (number, wrapped) in rows {
            let strange = |_| Error::inconsistent("period_key", number, "no such half-year");
            let half_year = HalfYear::from_number(u16::try_from(number).map_err(strange)?);
            match wrapped {
                Some(wrapped) => {
                    all.known.insert(half_year, keys.unwrap_period(half_year, &wrapped)?);
                }
                None => {
                    all.destroyed.insert(half_year);
                }
            }
        }
        Ok(all)
    }

    /// Stores a new period key. [`Conflict`] where somebody else has made another for the same
    /// half-year, or it was destroyed: nothing may be sealed under a key that is not stored.
    pub(crate) async fn save_period_key(&mut self, new: &NewPeriodKey) -> Result<(), Error> {
        const SAVE: &str = "INSERT INTO period_key (half_year, wrapped_key) VALUES ($1, $2) \
             ON CONFLICT (half_year) DO NOTHING";
        const SAVED: &str =
            "SELECT COUNT(*) FROM period_key WHERE half_year = $1 AND wrapped_key = $2";
        let number = i64::from(new.half_year.number());
        on_both!(self, |c| {
            sqlx::query(SAVE)
                .bind(number)
                .bind(new.wrapped.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        let saved: i64 = on_both!(self, |c| {
            sqlx::query_scalar(SAVED)
                .bind(number)
                .bind(new.wrapped.as_slice())
                .fetch_one(&mut **c)
                .await?
        });
        if saved == 1 { Ok(()) } else { Err(Conflict.into()) }
    }

    /// Destroys the key of a half-year, and records that in the same transaction. Published proofs
    /// still verify; nobody can open a commitment of it any more, and no new revision of its report
    /// can be proven.
    pub async fn destroy_period_key(
        &mut self,
        at: Timestamp,
        actor: Actor,
        half_year: HalfYear,
    ) -> Result<(), Error> {
        const DESTROY: &str = "UPDATE period_key SET wrapped_key = NULL \
             WHERE half_year = $1 AND wrapped_key IS NOT NULL";
        let number = i64::from(half_year.number());
        let rows = on_both!(self, |c| {
            sqlx::query(DESTROY).bind(number).execute(&mut **c).await?.rows_affected()
        });
        if rows != 1 {
            let is_destroyed = self.destroyed_periods().await?.contains(&half_year);
            return Err(match is_destroyed {
                true => Error::PeriodKeyDestroyed(half_year),
                false => Error::NoPeriodKey(half_year),
            });
        }
        let (year, half) = (i16::try_from(half_year.year()), half_year.half().cast_signed());
        let year = year.map_err(|e| Error::inconsistent("period_key", half_year, e))?;
        let event = CompanyEvent::PeriodKeyDestroyed { half_year: Period::half(year, half) };
        let version = self.version(Stream::Publication).await?;
        self.record(at, actor, &[Change::of_publication(version, vec![event])]).await?;
        Ok(())
    }

    /// The half-years whose keys were destroyed.
    pub async fn destroyed_periods(&mut self) -> Result<Vec<HalfYear>, Error> {
        const DESTROYED: &str =
            "SELECT half_year FROM period_key WHERE wrapped_key IS NULL ORDER BY half_year";
        let rows: Vec<i64> =
            on_both!(self, |c| sqlx::query_scalar(DESTROYED).fetch_all(&mut **c).await?);
        let strange = |_| Error::inconsistent("period_key", "destroyed", "no such half-year");
        let number = |number: i64| u16::try_from(number).map_err(strange);
        rows.into_iter().map(|n| Ok(HalfYear::from_number(number(n)?))).collect()
    }

    /// How many of the requests received in a period are open.
    pub async fn open_requests(&mut self, period: Period) -> Result<u64, Error> {
        const OPEN: &str = "SELECT COUNT(*) FROM request_fact \
             WHERE received_on BETWEEN $1 AND $2 AND valid_to = 9223372036854775807 \
             AND standing = 'open'";
        let (from, to) = (period.first().to_string(), period.last().to_string());
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(OPEN).bind(&from).bind(&to).fetch_one(&mut **c).await?
        });
        Ok(count.unsigned_abs())
    }
}
