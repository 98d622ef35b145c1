//! Figures published before candor.

use domain::country::Country;
use domain::figure::{Measure, PublishedFigure, Value};

use crate::{Error, Tx, on_both};

/// Code of "all countries together": no country has an empty one.
const ALL_COUNTRIES: &str = "";

impl Tx {
    /// Stores a figure in place of an earlier one of the same key.
    pub async fn put_figure(&mut self, figure: &PublishedFigure) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO published_figure (period, country, measure, value) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (period, country, measure) DO UPDATE SET value = excluded.value";
        let value = serde_json::to_string(&figure.value)?;
        on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(figure.period.to_string())
                .bind(figure.country.map_or(ALL_COUNTRIES, Country::code))
                .bind(figure.measure.code())
                .bind(&value)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// All figures, by period, country and measure.
    pub async fn figures(&mut self) -> Result<Vec<PublishedFigure>, Error> {
        const FIGURES: &str = "SELECT period, country, measure, value FROM published_figure \
             ORDER BY period, country, measure";
        let rows: Vec<(String, String, String, String)> =
            on_both!(self, |c| sqlx::query_as(FIGURES).fetch_all(&mut **c).await?);
        rows.into_iter().map(|row| read(&row)).collect()
    }
}

fn read(
    (period, country, measure, value): &(String, String, String, String),
) -> Result<PublishedFigure, Error> {
    let strange = |what: String| {
        Error::inconsistent("published_figure", format!("{period} {country} {measure}"), what)
    };
    Ok(PublishedFigure {
        period: period.parse().map_err(|e| strange(format!("{e}")))?,
        country: match country.as_str() {
            ALL_COUNTRIES => None,
            code => Some(Country::from_code(code).ok_or_else(|| strange("its country".into()))?),
        },
        measure: Measure::from_code(measure).map_err(|e| strange(e.to_string()))?,
        value: serde_json::from_str::<Value>(value).map_err(|e| strange(e.to_string()))?,
    })
}
