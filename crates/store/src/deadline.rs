//! What is owed about requests and until when: one row for each, which follows from the request's
//! events and is written with them.

use std::str::FromStr;

use domain::category::Category;
use domain::deadline::{Due, Owed};
use domain::event::Stream;
use domain::id::{PersonId, RequestId};
use domain::request::Handled;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::case::{CaseRow, Row, select_cases};
use crate::log::seal::Change;
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, insert_all, on_both};

/// Stands for the end of the day: after every moment of it.
const END_OF_DAY: i64 = i64::MAX;

/// Something that is owed about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineRow {
    pub owed: Owed,
    pub due: Due,
    pub case: CaseRow,
}

/// Where a list of deadlines goes on: behind this one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeadlineKey {
    due_on: String,
    due_at_micros: i64,
    request: Uuid,
    owed: &'static str,
}

impl DeadlineKey {
    fn of(due: Due, request: RequestId, owed: Owed) -> Self {
        Self {
            due_on: due.on.to_string(),
            due_at_micros: due.at.map_or(END_OF_DAY, Timestamp::as_microsecond),
            request: request.0,
            owed: owed.code(),
        }
    }
}

impl std::fmt::Display for DeadlineKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}_{}_{}", self.due_on, self.due_at_micros, self.request, self.owed)
    }
}

impl FromStr for DeadlineKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let parts: Vec<_> = text.split('_').collect();
        let [due_on, at, request, owed] = parts.as_slice() else { return Err(NoKey) };
        Ok(Self {
            due_on: due_on.parse::<Date>().map_err(|_| NoKey)?.to_string(),
            due_at_micros: at.parse().map_err(|_| NoKey)?,
            request: request.parse().map_err(|_| NoKey)?,
            owed: Owed::from_code(owed).map_err(|_| NoKey)?.code(),
        })
    }
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in the list")]
pub struct NoKey;

/// Which deadlines a list shows.
#[derive(Clone, Debug)]
pub struct Deadlines<'a> {
    pub categories: &'a [Category],
    /// Of requests that are assigned to one person; `None` for all.
    pub of: Option<PersonId>,
    /// Of these kinds.
    pub owed: &'a [Owed],
    /// Due on this day or later: what was to be preserved until yesterday is owed no more.
    pub preserved_from: Date,
    pub after: Option<&'a DeadlineKey>,
    pub limit: i64,
}

/// How many deadlines there are, counted up to a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeadlineCounts {
    pub overdue: i64,
    /// Due today, and not over.
    pub today: i64,
    /// Due on the six days after it.
    pub week: i64,
}

/// No count goes further.
pub const DEADLINES_COUNTED_MAX: i64 = 1_000;

/// Before every deadline.
const FIRST: (Date, i64) = (Date::ZERO, 0);

macro_rules! select_deadlines {
    ($of:literal) => {
        concat!(
            select_cases!(also "deadline.owed, deadline.due_on AS owed_on, \
                                deadline.due_at_micros AS owed_at_micros"),
            "JOIN deadline ON deadline.request_id = handled_request.request_id \
             WHERE deadline.owed = $1 AND ",
            seen_by!("deadline.submission_id", "$2"),
            " AND (deadline.category = $3 OR deadline.category = $4) AND ",
            $of,
            " AND (deadline.due_on, deadline.due_at_micros, deadline.request_id) > ($6, $7, $8) \
             AND NOT (deadline.owed = 'answer' AND urgency = 'emergency') \
             ORDER BY deadline.due_on, deadline.due_at_micros, deadline.request_id LIMIT $9"
        )
    };
}

impl Tx {
    /// What is due, the first due first, but for the answers in emergencies: these stand before all
    /// other, in a list of their own.
    pub async fn deadlines(
        &mut self,
        which: &Deadlines<'_>,
        sight: Sight,
    ) -> Result<Vec<DeadlineRow>, Error> {
        const ALL: &str = select_deadlines!("$5 IS NULL");
        const OF: &str = select_deadlines!("deadline.assigned_to = $5");
        let [one, other] = categories(which.categories);
        let mut found = Vec::new();
        // Each kind in the order of its index; what is first of all of them is among these.
        for owed in which.owed {
            let (due_on, at, request) = begin(which, *owed);
            let rows: Vec<StoredDeadline> = on_both!(self, |c| {
                sqlx::query_as(if which.of.is_some() { OF } else { ALL })
                    .bind(owed.code())
                    .bind(sight.viewer())
                    .bind(one)
                    .bind(other)
                    .bind(which.of.map(|person| person.0))
                    .bind(due_on)
                    .bind(at)
                    .bind(request)
                    .bind(which.limit)
                    .fetch_all(&mut **c)
                    .await?
            });
            for row in rows {
                found.push(DeadlineRow::try_from(row)?);
            }
        }
        found.sort_by_cached_key(DeadlineRow::key);
        found.truncate(usize::try_from(which.limit).unwrap_or(0));
        Ok(found)
    }

    /// All that is due from one day to another, whoever sees it, in no order.
    pub async fn deadlines_between(
        &mut self,
        (from, to): (Date, Date),
    ) -> Result<Vec<DeadlineRow>, Error> {
        const BETWEEN: &str = concat!(
            select_cases!(also "deadline.owed, deadline.due_on AS owed_on, \
                                deadline.due_at_micros AS owed_at_micros"),
            "JOIN deadline ON deadline.request_id = handled_request.request_id \
             WHERE deadline.owed = $1 AND deadline.due_on BETWEEN $2 AND $3"
        );
        let mut found = Vec::new();
        for owed in Owed::ALL {
            let rows: Vec<StoredDeadline> = on_both!(self, |c| {
                let between = sqlx::query_as(BETWEEN).bind(owed.code());
                between.bind(from.to_string()).bind(to.to_string()).fetch_all(&mut **c).await?
            });
            for row in rows {
                found.push(DeadlineRow::try_from(row)?);
            }
        }
        Ok(found)
    }

    /// What is owed about one request, and until when.
    pub async fn deadlines_of(&mut self, request: RequestId) -> Result<Vec<(Owed, Due)>, Error> {
        const OF: &str = "SELECT owed, due_on, due_at_micros FROM deadline WHERE request_id = $1";
        let rows: Vec<(String, String, i64)> =
            on_both!(self, |c| sqlx::query_as(OF).bind(request.0).fetch_all(&mut **c).await?);
        rows.iter().map(|(owed, on, at)| read(request, (owed, on, *at))).collect()
    }

    /// How much is overdue and soon due, each counted up to [`DEADLINES_COUNTED_MAX`]. What is
    /// preserved ends, and is never overdue.
    pub async fn count_deadlines(
        &mut self,
        categories: &[Category],
        (today, now): (Date, Timestamp),
        sight: Sight,
    ) -> Result<DeadlineCounts, Error> {
        let (now, end) = ((today, now.as_microsecond()), i64::MAX);
        let week = today.saturating_add(jiff::Span::new().days(6));
        let mut between =
            async |after, until| self.count_due(categories, (after, until), sight).await;
        Ok(DeadlineCounts {
            overdue: between(FIRST, now).await?,
            today: between(now, (today, end)).await?,
            week: between((today, end), (week, end)).await?,
        })
    }

    /// How many deadlines are over and not kept, up to [`DEADLINES_COUNTED_MAX`].
    pub async fn count_overdue(
        &mut self,
        of: &[Category],
        (today, now): (Date, Timestamp),
        sight: Sight,
    ) -> Result<i64, Error> {
        self.count_due(of, (FIRST, (today, now.as_microsecond())), sight).await
    }

    /// How many are due after one moment of a day and not after another.
    async fn count_due(
        &mut self,
        of: &[Category],
        (after, until): ((Date, i64), (Date, i64)),
        sight: Sight,
    ) -> Result<i64, Error> {
        const DUE: &str = concat!(
            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM deadline \
             WHERE owed IN ('answer', 'clarification', 'paperwork') AND ",
            seen_by!("deadline.submission_id", "$1"),
            " AND (category = $2 OR category = $3) AND (due_on, due_at_micros) > ($4, $5) \
             AND (due_on, due_at_micros) <= ($6, $7) LIMIT $8) AS found"
        );
        let [one, other] = categories(of);
        Ok(on_both!(self, |c| {
            sqlx::query_scalar(DUE)
                .bind(sight.viewer())
                .bind(one)
                .bind(other)
                .bind(after.0.to_string())
                .bind(after.1)
                .bind(until.0.to_string())
                .bind(until.1)
                .bind(DEADLINES_COUNTED_MAX)
                .fetch_one(&mut **c)
                .await?
        }))
    }

    /// Requests on which somebody acts and for which no day is set, the first received first; but
    /// for emergencies, as above.
    pub async fn cases_without_date(
        &mut self,
        which: &Undated<'_>,
        sight: Sight,
    ) -> Result<Vec<CaseRow>, Error> {
        const UNDATED: &str = concat!(
            select_cases!(),
            "WHERE is_finished = 0 AND due_on IS NULL AND stage IN ('received', \
             'in_verification', 'verified', 'proposed', 'decided', 'prepared', 'challenged') \
             AND urgency = 'ordinary' AND ",
            seen_by!("handled_request.submission_id", "$1"),
            " AND (category = $2 OR category = $3) \
             AND ($4 IS NULL OR handled_request.assigned_to = $4) \
             AND (handled_request.received_on, handled_request.request_id) > ($5, $6) \
             ORDER BY handled_request.received_on, handled_request.request_id LIMIT $7"
        );
        let [one, other] = categories(which.categories);
        let (received_on, request) = which.after.map_or((String::new(), Uuid::nil()), |after| {
            (after.received_on.to_string(), after.request.0)
        });
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(UNDATED)
                .bind(sight.viewer())
                .bind(one)
                .bind(other)
                .bind(which.of.map(|person| person.0))
                .bind(received_on)
                .bind(request)
                .bind(which.limit)
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(CaseRow::try_from).collect()
    }

    /// Notes what is owed about requests, in place of what was.
    pub(crate) async fn record_deadlines(&mut self, changes: &[Change]) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM deadline WHERE request_id = $1";
        let mut new = Vec::new();
        for change in changes {
            let (Stream::Request(request), Some(handled)) = (change.stream, &change.handled) else {
                continue;
            };
            if change.version > 0 {
                on_both!(self, |c| {
                    sqlx::query(FORGET).bind(request.0).execute(&mut **c).await?.rows_affected()
                });
            }
            new.extend(Stored::all(request, handled));
        }
        insert_all!(
            self,
            "deadline (request_id, owed, due_on, due_at_micros, category, submission_id, \
             assigned_to)",
            1000,
            new,
            |values, row| values
                .push_bind(row.request_id)
                .push_bind(row.owed.as_str())
                .push_bind(row.due_on.as_str())
                .push_bind(row.due_at_micros)
                .push_bind(row.category.as_str())
                .push_bind(row.submission_id)
                .push_bind(row.assigned_to)
        );
        Ok(())
    }

    /// Hands over each row as it is stored, without holding them all.
    pub(crate) async fn each_deadline(
        &mut self,
        mut take: impl FnMut(Stored),
    ) -> Result<(), Error> {
        const ALL: &str = "SELECT request_id, owed, due_on, due_at_micros, category, \
             submission_id, assigned_to FROM deadline";
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, Stored>(ALL).fetch(&mut **c);
            while let Some(row) = rows.try_next().await? {
                take(row);
            }
        });
        Ok(())
    }
}

/// Which requests without a date a list shows.
#[derive(Clone, Debug)]
pub struct Undated<'a> {
    pub categories: &'a [Category],
    pub of: Option<PersonId>,
    pub after: Option<ReceivedKey>,
    pub limit: i64,
}

/// Where a list in order of receipt goes on: behind this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedKey {
    pub received_on: Date,
    pub request: RequestId,
}

impl std::fmt::Display for ReceivedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.received_on, self.request.0)
    }
}

impl FromStr for ReceivedKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (received_on, request) = text.split_once('_').ok_or(NoKey)?;
        Ok(Self {
            received_on: received_on.parse().map_err(|_| NoKey)?,
            request: RequestId(request.parse().map_err(|_| NoKey)?),
        })
    }
}

/// There are two categories, so two parameters hold any set of them; none is no category's code.
pub(crate) fn categories(of: &[Category]) -> [&'static str; 2] {
    let code = |n: usize| of.get(n).or(of.first()).map_or("", |category| category.code());
    [code(0), code(1)]
}

/// The place behind which a kind's list begins.
fn begin(which: &Deadlines<'_>, owed: Owed) -> (String, i64, Uuid) {
    let floor = match owed {
        Owed::Preservation => which.preserved_from.to_string(),
        Owed::Answer | Owed::Clarification | Owed::Paperwork => String::new(),
    };
    let Some(after) = which.after.filter(|after| after.due_on >= floor) else {
        return (floor, i64::MIN, Uuid::nil());
    };
    // Equal in all else, kinds stand in the order of their codes.
    let request = match owed.code() > after.owed {
        true => before(after.request),
        false => after.request,
    };
    (after.due_on.clone(), after.due_at_micros, request)
}

/// The id right before another.
fn before(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}

impl DeadlineRow {
    pub fn key(&self) -> DeadlineKey {
        DeadlineKey::of(self.due, self.case.request, self.owed)
    }
}

#[derive(sqlx::FromRow)]
struct StoredDeadline {
    #[sqlx(flatten)]
    case: Row,
    owed: String,
    owed_on: String,
    owed_at_micros: i64,
}

impl TryFrom<StoredDeadline> for DeadlineRow {
    type Error = Error;

    fn try_from(row: StoredDeadline) -> Result<Self, Error> {
        let case = CaseRow::try_from(row.case)?;
        let of = (row.owed.as_str(), row.owed_on.as_str(), row.owed_at_micros);
        let (owed, due) = read(case.request, of)?;
        Ok(Self { owed, due, case })
    }
}

/// What is owed, and until when, as it is stored.
fn read(request: RequestId, (owed, on, at): (&str, &str, i64)) -> Result<(Owed, Due), Error> {
    let strange = |what| Error::inconsistent("deadline", request.0, what);
    let at = match at {
        END_OF_DAY => None,
        at => Some(Timestamp::from_microsecond(at).map_err(|_| strange("its moment"))?),
    };
    let owed = Owed::from_code(owed).map_err(|_| strange("what is owed"))?;
    Ok((owed, Due { on: on.parse().map_err(|_| strange("its day"))?, at }))
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::FromRow)]
pub(crate) struct Stored {
    request_id: Uuid,
    owed: String,
    due_on: String,
    due_at_micros: i64,
    category: String,
    submission_id: Uuid,
    assigned_to: Option<Uuid>,
}

impl Stored {
    /// The rows that follow from a request's events.
    pub(crate) fn all(request: RequestId, handled: &Handled) -> Vec<Self> {
        let row = |(owed, due): (Owed, Due)| Self {
            request_id: request.0,
            owed: owed.code().to_owned(),
            due_on: due.on.to_string(),
            due_at_micros: due.at.map_or(END_OF_DAY, Timestamp::as_microsecond),
            category: handled.registration.category.code().to_owned(),
            submission_id: handled.registration.submission.0,
            assigned_to: handled.assigned_to.map(|person| person.0),
        };
        handled.deadlines().into_iter().map(row).collect()
    }

    pub(crate) fn request(&self) -> RequestId {
        RequestId(self.request_id)
    }
}
