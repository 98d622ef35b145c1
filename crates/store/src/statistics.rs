//! How much work there is and how long it takes, counted by the database. Each number is the count
//! of a set of requests that [`Tx::requests_counted`] lists.

use domain::category::Category;
use domain::country::Country;
use domain::instrument::Instrument;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::{CaseRow, Row, select_cases};
use crate::deadline::{ReceivedKey, categories};
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

/// Requests that candor handles, received in a span.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    /// First and last day of receipt.
    pub from: Date,
    pub to: Date,
    pub categories: &'a [Category],
    /// What is overdue is so on this day at this moment.
    pub today: Date,
    pub now: Timestamp,
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    Country,
    Category,
    Instrument,
}

impl By {
    pub const ALL: [Self; 3] = [Self::Country, Self::Category, Self::Instrument];

    /// The code used in queries and files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Category => "category",
            Self::Instrument => "instrument",
        }
    }
}

/// One row of a table: so many requests that have the same country, category or instrument, are in
/// the same state, and were decided after the same number of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The code of the country, category or instrument.
    pub of: String,
    /// `None`: not decided.
    pub decided_in_days: Option<u32>,
    pub requests: u64,
    /// Undecided.
    pub open: u64,
    pub overdue: u64,
}

/// Which of the requests of a span a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    All,
    Open,
    Overdue,
    /// Approved or rejected.
    Decided,
}

impl Counted {
    pub const ALL: [Self; 4] = [Self::All, Self::Open, Self::Overdue, Self::Decided];

    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Decided => "decided",
        }
    }
}

/// What a list of counted requests is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    pub country: Option<Country>,
    pub category: Option<Category>,
    pub instrument: Option<Instrument>,
}

// An answer is owed and its time is over. The parameters are the day and the moment.
macro_rules! is_overdue {
    ($today:literal, $now:literal) => {
        concat!(
            "(stage IN ('received', 'in_verification', 'verified', 'proposed', 'decided', \
             'prepared', 'challenged') AND due_on <= ",
            $today,
            " AND (CASE WHEN due_at_micros IS NULL THEN due_on < ",
            $today,
            " ELSE due_at_micros <= ",
            $now,
            " END))"
        )
    };
}

macro_rules! shares {
    ($of:literal) => {
        concat!(
            "SELECT ",
            $of,
            " AS share_of, decided_in_days, CAST(COUNT(*) AS BIGINT) AS requests, \
             CAST(SUM(CASE WHEN standing = 'open' THEN 1 ELSE 0 END) AS BIGINT) AS undecided, \
             CAST(SUM(CASE WHEN ",
            is_overdue!("$6", "$7"),
            " THEN 1 ELSE 0 END) AS BIGINT) AS overdue \
             FROM handled_request WHERE ",
            seen_by!("handled_request.submission_id", "$1"),
            " AND (category = $2 OR category = $3) AND received_on >= $4 AND received_on <= $5 \
             GROUP BY ",
            $of,
            ", decided_in_days ORDER BY ",
            $of,
            ", decided_in_days"
        )
    };
}

impl Tx {
    /// The requests of a span by country, category or instrument and by days to the decision.
    pub async fn shares(
        &mut self,
        by: By,
        span: &Span<'_>,
        sight: Sight,
    ) -> Result<Vec<Share>, Error> {
        const COUNTRY: &str = shares!("country");
        const CATEGORY: &str = shares!("category");
        const INSTRUMENT: &str = shares!("instrument");
        let [one, other] = categories(span.categories);
        let rows: Vec<(String, Option<i64>, i64, i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(match by {
                By::Country => COUNTRY,
                By::Category => CATEGORY,
                By::Instrument => INSTRUMENT,
            })
            .bind(sight.viewer())
            .bind(one)
            .bind(other)
            .bind(span.from.to_string())
            .bind(span.to.to_string())
            .bind(span.today.to_string())
            .bind(span.now.as_microsecond())
            .fetch_all(&mut **c)
            .await?
        });
        rows.into_iter()
            .map(|(of, days, requests, open, overdue)| {
                let strange = || Error::inconsistent("handled_request", &of, "its days");
                let decided_in_days = days.map(u32::try_from).transpose().map_err(|_| strange())?;
                let (requests, open) = (requests.unsigned_abs(), open.unsigned_abs());
                Ok(Share { of, decided_in_days, requests, open, overdue: overdue.unsigned_abs() })
            })
            .collect()
    }

    /// The requests that a number counts, the first received first.
    pub async fn requests_counted(
        &mut self,
        (counted, to): (Counted, &Narrowed),
        span: &Span<'_>,
        (after, limit): (Option<ReceivedKey>, i64),
        sight: Sight,
    ) -> Result<Vec<CaseRow>, Error> {
        const LIST: &str = concat!(
            select_cases!(),
            "WHERE ",
            seen_by!("handled_request.submission_id", "$1"),
            " AND (category = $2 OR category = $3) \
             AND handled_request.received_on >= $4 AND handled_request.received_on <= $5 \
             AND ($8 = 'all' OR ($8 = 'open' AND standing = 'open') \
             OR ($8 = 'decided' AND decided_in_days IS NOT NULL) OR ($8 = 'overdue' AND ",
            is_overdue!("$6", "$7"),
            ")) AND ($9 = '' OR country = $9) AND ($10 = '' OR category = $10) \
             AND ($11 = '' OR instrument = $11) \
             AND (handled_request.received_on, handled_request.request_id) > ($12, $13) \
             ORDER BY handled_request.received_on, handled_request.request_id LIMIT $14"
        );
        let [one, other] = categories(span.categories);
        let (received_on, request) = match after {
            Some(after) => (after.received_on.to_string(), after.request.0),
            None => Default::default(),
        };
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(LIST)
                .bind(sight.viewer())
                .bind(one)
                .bind(other)
                .bind(span.from.to_string())
                .bind(span.to.to_string())
                .bind(span.today.to_string())
                .bind(span.now.as_microsecond())
                .bind(counted.code())
                .bind(to.country.map_or("", Country::code))
                .bind(to.category.map_or("", Category::code))
                .bind(to.instrument.as_ref().map_or("", Instrument::as_str))
                .bind(received_on)
                .bind(request)
                .bind(limit)
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(CaseRow::try_from).collect()
    }
}
