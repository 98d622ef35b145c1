//! Period keys: one for each half-year, from which all blindings of its requests follow.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use ledger::commitment::PeriodKey;
use ledger::leaf::HalfYear;

use crate::{Conflict, Error, Keys, Tx, on_both};

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
}

impl PeriodKeys {
    /// The key of a half-year; `None` where there is none, or it was destroyed.
    pub(crate) fn known(&self, half_year: HalfYear) -> Option<&PeriodKey> {
        self.known.get(&half_year)
    }

    /// The key to seal under, and its stored form as long as it is not known to be stored.
    pub(crate) fn of(
        &mut self,
        keys: &Keys,
        half_year: HalfYear,
    ) -> Result<(&PeriodKey, Option<NewPeriodKey>), Error> {
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
        const ALL: &str =
            "SELECT half_year, wrapped_key FROM period_key WHERE wrapped_key IS NOT NULL";
        let rows: Vec<(i64, Vec<u8>)> =
            on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        let mut known = BTreeMap::new();
        for (number, wrapped) in rows {
            let strange = |_| Error::inconsistent("period_key", number, "no such half-year");
            let half_year = HalfYear::from_number(u16::try_from(number).map_err(strange)?);
            known.insert(half_year, keys.unwrap_period(half_year, &wrapped)?);
        }
        Ok(PeriodKeys { known, unsaved: BTreeMap::new() })
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

    /// Destroys the key of a half-year. Published proofs still verify; nobody can open a
    /// commitment of it any more, and no new revision of its report can be proven.
    pub async fn destroy_period_key(&mut self, half_year: HalfYear) -> Result<(), Error> {
        const DESTROY: &str = "UPDATE period_key SET wrapped_key = NULL WHERE half_year = $1";
        let number = i64::from(half_year.number());
        let rows = on_both!(self, |c| {
            sqlx::query(DESTROY).bind(number).execute(&mut **c).await?.rows_affected()
        });
        match rows {
            1 => Ok(()),
            _ => Err(Error::inconsistent("period_key", half_year, "it is missing")),
        }
    }
}
