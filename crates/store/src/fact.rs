//! What counting reads: one row for each request and version, valid from and to a position of the
//! log, so that a count *as of* a position is a range.

use std::collections::HashSet;

use domain::category::{Category, DemandSet};
use domain::count::{Accounts, Cell, Flow, Sums, Tally};
use domain::country::Country;
use domain::fact::{Counted, Fact, Ground, Paperwork, Standing, Urgency};
use domain::id::{Position, RequestId};
use domain::period::Period;
use futures_util::TryStreamExt;
use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use crate::{Conflict, Error, Tx, insert_all, on_both};

/// The end of validity of what is valid still.
const NOW: i64 = i64::MAX;

pub(crate) struct NewFact {
    pub(crate) request: RequestId,
    pub(crate) valid_from: Position,
    pub(crate) fact: Fact,
}

impl Tx {
    /// Ends the validity of the facts that the new ones replace.
    pub(crate) async fn supersede_facts(
        &mut self,
        known: &HashSet<Uuid>,
        facts: &[NewFact],
    ) -> Result<(), Error> {
        const END: &str = "UPDATE request_fact SET valid_to = $1 \
             WHERE request_id = $2 AND valid_to = 9223372036854775807";
        for fact in facts.iter().filter(|fact| known.contains(&fact.request.0)) {
            let ended = on_both!(self, |c| {
                sqlx::query(END)
                    .bind(fact.valid_from.0)
                    .bind(fact.request.0)
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            if ended != 1 {
                return Err(Conflict.into());
            }
        }
        Ok(())
    }

    pub(crate) async fn insert_facts(&mut self, facts: &[NewFact]) -> Result<(), Error> {
        insert_all!(
            self,
            "request_fact (request_id, valid_from, valid_to, received_on, country, category, \
             demands, urgency, standing, settled_on, days, counted, accounts_specified, \
             accounts_disclosed, cell, paperwork)",
            1000,
            facts,
            |values, new| values
                .push_bind(new.request.0)
                .push_bind(new.valid_from.0)
                .push_bind(NOW)
                .push_bind(new.fact.received_on.to_string())
                .push_bind(new.fact.country.code())
                .push_bind(new.fact.category.code())
                .push_bind(i64::from(new.fact.demands.bits()))
                .push_bind(urgency_code(new.fact.urgency))
                .push_bind(new.fact.standing.code())
                .push_bind(new.fact.settled_on.map(|on| on.to_string()))
                .push_bind(new.fact.days_to_decision().map(i64::from))
                .push_bind(new.fact.counted.code())
                .push_bind(new.fact.accounts_specified.map(i64::from))
                .push_bind(new.fact.accounts_disclosed.map(i64::from))
                .push_bind(cell_code(&new.fact))
                .push_bind(paperwork_code(&new.fact))
        );
        Ok(())
    }

    /// Adds up a period as the log stood at a position. The parts are counted by statements of
    /// their own, so that [`domain::count`] holds them against each other.
    pub async fn tally(&mut self, period: Period, as_of: Position) -> Result<Tally, Error> {
        let mut tally = Tally::new(period);
        self.tally_cells(&mut tally, period, as_of).await?;
        self.tally_demands(&mut tally, period, as_of).await?;
        self.tally_days(&mut tally, period, as_of).await?;
        self.tally_outside(&mut tally, period, as_of).await?;
        self.tally_paperwork(&mut tally, period, as_of).await?;
        tally.set_flow(self.flow(period, as_of).await?);
        Ok(tally)
    }

    async fn tally_cells(
        &mut self,
        tally: &mut Tally,
        period: Period,
        as_of: Position,
    ) -> Result<(), Error> {
        const CELLS: &str = "SELECT cell, COUNT(*) AS requests, \
             CAST(COALESCE(SUM(accounts_specified), 0) AS BIGINT) AS specified, \
             COUNT(accounts_specified) AS specified_on, \
             CAST(COALESCE(SUM(accounts_disclosed), 0) AS BIGINT) AS disclosed, \
             COUNT(accounts_disclosed) AS disclosed_on \
             FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
             AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum' \
             GROUP BY cell";
        let rows: Vec<CellRow> = on_both!(self, |c| {
            sqlx::query_as(CELLS)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        for row in rows {
            let (cell, sums) = row.read()?;
            tally.add_cell(cell, sums);
        }
        Ok(())
    }

    async fn tally_demands(
        &mut self,
        tally: &mut Tally,
        period: Period,
        as_of: Position,
    ) -> Result<(), Error> {
        // Below 0 for technical expertise: one column is grouped by faster than two.
        const DEMANDS: &str = "SELECT CASE category WHEN 'user_data' THEN demands \
             WHEN 'technical_expertise' THEN -demands END AS kind, COUNT(*) AS requests \
             FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
             AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum' GROUP BY kind";
        let rows: Vec<(i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(DEMANDS)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        for (kind, requests) in rows {
            let (category, bits) = match kind {
                0.. => (Category::UserData, kind),
                ..0 => (Category::TechnicalExpertise, -kind),
            };
            tally.add_demands(category, read_demands(bits)?, unsigned(requests)?);
        }
        Ok(())
    }

    async fn tally_days(
        &mut self,
        tally: &mut Tally,
        period: Period,
        as_of: Position,
    ) -> Result<(), Error> {
        // Below 0 for technical expertise, where 0 days are -1.
        const DAYS: &str = "SELECT CASE category WHEN 'user_data' THEN days \
             WHEN 'technical_expertise' THEN -1 - days END AS kind, COUNT(*) AS requests \
             FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
             AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum' AND days IS NOT NULL \
             GROUP BY kind";
        let rows: Vec<(i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(DAYS)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        for (kind, requests) in rows {
            let (category, days) = match kind {
                0.. => (Category::UserData, kind),
                ..0 => (Category::TechnicalExpertise, -1 - kind),
            };
            let days = u32::try_from(days).map_err(|_| strange("days", days))?;
            tally.add_days(category, days, unsigned(requests)?);
        }
        Ok(())
    }

    async fn tally_paperwork(
        &mut self,
        tally: &mut Tally,
        period: Period,
        as_of: Position,
    ) -> Result<(), Error> {
        const PAPERWORK: &str = "SELECT category, paperwork, COUNT(*) AS requests \
             FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
             AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum' \
             AND urgency = 'emergency' GROUP BY category, paperwork";
        let rows: Vec<(String, Option<String>, i64)> = on_both!(self, |c| {
            sqlx::query_as(PAPERWORK)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        for (category, paperwork, requests) in rows {
            let paperwork = read_paperwork(Urgency::Emergency, paperwork.as_deref())?;
            tally.add_paperwork(read_category(&category)?, paperwork, unsigned(requests)?);
        }
        Ok(())
    }

    async fn tally_outside(
        &mut self,
        tally: &mut Tally,
        period: Period,
        as_of: Position,
    ) -> Result<(), Error> {
        const OUTSIDE: &str = "SELECT counted, COUNT(*) AS requests, \
             CAST(COALESCE(SUM(accounts_specified), 0) AS BIGINT) AS specified, \
             COUNT(accounts_specified) AS specified_on FROM request_fact \
             WHERE received_on BETWEEN $1 AND $2 AND valid_from <= $3 AND valid_to > $3 \
             AND counted <> 'in_sum' GROUP BY counted";
        let rows: Vec<(String, i64, i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(OUTSIDE)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        for (counted, requests, accounts, recorded_on) in rows {
            let counted = Counted::from_code(&counted).map_err(|e| strange("counted", e))?;
            let specified =
                Accounts { accounts: unsigned(accounts)?, recorded_on: unsigned(recorded_on)? };
            let requests = unsigned(requests)?;
            tally.add_outside(counted, Sums { requests, specified, ..Sums::default() });
        }
        Ok(())
    }

    /// Whether a request that was received in a period is told in a band; never how many.
    pub async fn has_banded(&mut self, period: Period) -> Result<bool, Error> {
        const FIND: &str = "SELECT COUNT(*) FROM (SELECT 1 AS banded FROM handled_request \
             WHERE publication = 'banded' AND received_on BETWEEN $1 AND $2 LIMIT 1) AS found";
        let found: i64 = on_both!(self, |c| {
            sqlx::query_scalar(FIND)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .fetch_one(&mut **c)
                .await?
        });
        Ok(found > 0)
    }

    async fn flow(&mut self, period: Period, as_of: Position) -> Result<Flow, Error> {
        const FLOW: &str = "SELECT \
             (SELECT COUNT(*) FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
              AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum') AS received, \
             (SELECT COUNT(*) FROM request_fact WHERE settled_on BETWEEN $1 AND $2 \
              AND valid_from <= $3 AND valid_to > $3 AND counted = 'in_sum') AS closed";
        let (received, closed): (i64, i64) = on_both!(self, |c| {
            sqlx::query_as(FLOW)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_one(&mut **c)
                .await?
        });
        Ok(Flow {
            open_at_start: self.open_before(period.first(), as_of).await?,
            received: unsigned(received)?,
            closed: unsigned(closed)?,
            open_at_end: self.open_before(period.last().saturating_add(1.day()), as_of).await?,
        })
    }

    /// How many requests were received before a day and not settled before it. Those that were
    /// carried from one half-year into another have an index of their own, so that the years
    /// before need not be read; the others can only have come and gone in the half-year around
    /// the day.
    async fn open_before(&mut self, day: Date, as_of: Position) -> Result<u64, Error> {
        const CARRIED: &str = "SELECT \
             (SELECT COUNT(*) FROM request_fact WHERE settled_on >= $1 AND received_on < $1 \
              AND (substr(settled_on, 1, 4) <> substr(received_on, 1, 4) \
              OR (substr(settled_on, 6, 2) < '07') <> (substr(received_on, 6, 2) < '07')) \
              AND valid_from <= $2 AND valid_to > $2 AND counted = 'in_sum') + \
             (SELECT COUNT(*) FROM request_fact WHERE settled_on IS NULL AND received_on < $1 \
              AND valid_from <= $2 AND valid_to > $2 AND counted = 'in_sum')";
        const WITHIN: &str = "SELECT COUNT(*) FROM request_fact \
             WHERE settled_on BETWEEN $1 AND $2 AND received_on >= $3 AND received_on < $1 \
             AND valid_from <= $4 AND valid_to > $4 AND counted = 'in_sum'";
        let half = Period::half(day.year(), if day.month() <= 6 { 1 } else { 2 });
        let carried: i64 = on_both!(self, |c| {
            sqlx::query_scalar(CARRIED)
                .bind(day.to_string())
                .bind(as_of.0)
                .fetch_one(&mut **c)
                .await?
        });
        if day == half.first() {
            return unsigned(carried);
        }
        let within: i64 = on_both!(self, |c| {
            sqlx::query_scalar(WITHIN)
                .bind(day.to_string())
                .bind(half.last().to_string())
                .bind(half.first().to_string())
                .bind(as_of.0)
                .fetch_one(&mut **c)
                .await?
        });
        unsigned(carried + within)
    }

    /// The facts of all requests received in a period, as of a position: the set that each
    /// published number counts.
    pub async fn facts(
        &mut self,
        period: Period,
        as_of: Position,
    ) -> Result<Vec<(RequestId, Fact)>, Error> {
        const FACTS: &str = "SELECT request_id, received_on, country, category, demands, urgency, \
             standing, settled_on, counted, accounts_specified, accounts_disclosed, paperwork \
             FROM request_fact WHERE received_on BETWEEN $1 AND $2 \
             AND valid_from <= $3 AND valid_to > $3 ORDER BY request_id";
        let rows: Vec<FactRow> = on_both!(self, |c| {
            sqlx::query_as(FACTS)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(FactRow::read).collect()
    }

    /// How many of the requests of a period were imported as history, and when the last was, as
    /// of a position.
    pub async fn imported(
        &mut self,
        period: Period,
        as_of: Position,
    ) -> Result<(u64, Option<jiff::Timestamp>), Error> {
        // What else may have made a fact is looked for, since that has a small index. SQLite takes
        // it for a range of positions, and for a single one the table itself.
        const IMPORTED: &str = "SELECT COUNT(*), MAX(valid_from) FROM request_fact \
             WHERE received_on BETWEEN $1 AND $2 AND valid_from <= $3 AND valid_to > $3 \
             AND NOT EXISTS (SELECT 1 FROM event \
              WHERE event.position BETWEEN request_fact.valid_from AND request_fact.valid_from \
              AND event.kind <> 'historic_request_imported')";
        const AT: &str = "SELECT at_micros FROM event WHERE position = $1";
        let (count, last): (i64, Option<i64>) = on_both!(self, |c| {
            sqlx::query_as(IMPORTED)
                .bind(period.first().to_string())
                .bind(period.last().to_string())
                .bind(as_of.0)
                .fetch_one(&mut **c)
                .await?
        });
        let at: Option<i64> = on_both!(self, |c| {
            sqlx::query_scalar(AT).bind(last).fetch_optional(&mut **c).await?
        });
        let at = at.map(jiff::Timestamp::from_microsecond).transpose();
        Ok((unsigned(count)?, at.map_err(|e| Error::inconsistent("event", "at_micros", e))?))
    }

    /// Hands over the fact of each request as it is now, without holding them all.
    pub(crate) async fn each_current_fact(
        &mut self,
        mut take: impl FnMut(RequestId, Fact),
    ) -> Result<(), Error> {
        const CURRENT: &str = "SELECT request_id, received_on, country, category, demands, \
             urgency, standing, settled_on, counted, accounts_specified, accounts_disclosed, \
             paperwork FROM request_fact WHERE valid_to = 9223372036854775807";
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, FactRow>(CURRENT).fetch(&mut **c);
            while let Some(row) = rows.try_next().await? {
                let (id, fact) = row.read()?;
                take(id, fact);
            }
        });
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct CellRow {
    cell: String,
    requests: i64,
    specified: i64,
    specified_on: i64,
    disclosed: i64,
    disclosed_on: i64,
}

impl CellRow {
    fn read(self) -> Result<(Cell, Sums), Error> {
        let accounts = |accounts, recorded_on| {
            Ok::<_, Error>(Accounts {
                accounts: unsigned(accounts)?,
                recorded_on: unsigned(recorded_on)?,
            })
        };
        let sums = Sums {
            requests: unsigned(self.requests)?,
            specified: accounts(self.specified, self.specified_on)?,
            disclosed: accounts(self.disclosed, self.disclosed_on)?,
        };
        Ok((read_cell(&self.cell)?, sums))
    }
}

#[derive(sqlx::FromRow)]
struct FactRow {
    request_id: Uuid,
    received_on: String,
    country: String,
    category: String,
    demands: i64,
    urgency: String,
    standing: String,
    settled_on: Option<String>,
    counted: String,
    accounts_specified: Option<i64>,
    accounts_disclosed: Option<i64>,
    paperwork: Option<String>,
}

impl FactRow {
    fn read(self) -> Result<(RequestId, Fact), Error> {
        let date = |text: &str| text.parse::<Date>().map_err(|e| strange("date", e));
        let accounts = |n: i64| u32::try_from(n).map_err(|_| strange("accounts", n));
        let urgency = read_urgency(&self.urgency)?;
        let fact = Fact {
            received_on: date(&self.received_on)?,
            country: read_country(&self.country)?,
            category: read_category(&self.category)?,
            demands: read_demands(self.demands)?,
            urgency,
            standing: read_standing(&self.standing)?,
            settled_on: self.settled_on.as_deref().map(date).transpose()?,
            counted: Counted::from_code(&self.counted).map_err(|e| strange("counted", e))?,
            accounts_specified: self.accounts_specified.map(accounts).transpose()?,
            accounts_disclosed: self.accounts_disclosed.map(accounts).transpose()?,
            paperwork: read_paperwork(urgency, self.paperwork.as_deref())?,
        };
        Ok((RequestId(self.request_id), fact))
    }
}

fn strange(column: &str, what: impl ToString) -> Error {
    Error::inconsistent("request_fact", column, what)
}

fn unsigned(count: i64) -> Result<u64, Error> {
    u64::try_from(count).map_err(|_| strange("count", count))
}

/// The cell of a fact as one short text: the country, and a letter for each of the others. The
/// table's constraint holds it against their own columns.
fn cell_code(fact: &Fact) -> String {
    let mut code = String::with_capacity(5);
    code.push_str(fact.country.code());
    code.push(category_letter(fact.category));
    code.push(urgency_letter(fact.urgency));
    code.push(standing_letter(fact.standing));
    code
}

fn read_cell(code: &str) -> Result<Cell, Error> {
    let read = || {
        let (country, letters) = code.split_at_checked(2)?;
        let mut letters = letters.chars();
        let (category, urgency, standing) = (letters.next()?, letters.next()?, letters.next()?);
        Some(Cell {
            country: Country::from_code(country)?,
            category: Category::ALL.into_iter().find(|c| category_letter(*c) == category)?,
            standing: Standing::ALL.into_iter().find(|s| standing_letter(*s) == standing)?,
            urgency: URGENCIES.into_iter().find(|u| urgency_letter(*u) == urgency)?,
        })
    };
    read().ok_or_else(|| strange("cell", code))
}

fn category_letter(category: Category) -> char {
    match category {
        Category::UserData => 'u',
        Category::TechnicalExpertise => 't',
    }
}

const URGENCIES: [Urgency; 2] = [Urgency::Ordinary, Urgency::Emergency];

fn urgency_letter(urgency: Urgency) -> char {
    match urgency {
        Urgency::Ordinary => 'o',
        Urgency::Emergency => 'e',
    }
}

fn standing_letter(standing: Standing) -> char {
    match standing {
        Standing::Open => 'o',
        Standing::Approved => 'a',
        Standing::ApprovedInPart => 'p',
        Standing::Rejected(Ground::NoData) => 'd',
        Standing::Rejected(Ground::LegalRequirements) => 'l',
        Standing::Rejected(Ground::Prohibited) => 'x',
        Standing::Rejected(Ground::NotStated) => 'n',
        Standing::Withdrawn => 'w',
    }
}

/// Of an emergency alone.
pub(crate) fn paperwork_code(fact: &Fact) -> Option<&'static str> {
    match fact.urgency {
        Urgency::Emergency => Some(fact.paperwork.code()),
        Urgency::Ordinary => None,
    }
}

fn read_paperwork(urgency: Urgency, code: Option<&str>) -> Result<Paperwork, Error> {
    match (urgency, code) {
        (Urgency::Ordinary, None) => Ok(Paperwork::NotOwed),
        (Urgency::Emergency, Some(code)) => {
            Paperwork::from_code(code).map_err(|e| strange("paperwork", e))
        }
        (Urgency::Ordinary, Some(_)) | (Urgency::Emergency, None) => {
            Err(strange("paperwork", "it is there for no emergency, or lacks for one"))
        }
    }
}

fn read_country(code: &str) -> Result<Country, Error> {
    Country::from_code(code).ok_or_else(|| strange("country", code))
}

fn read_category(code: &str) -> Result<Category, Error> {
    code.parse().map_err(|e| strange("category", e))
}

fn read_standing(code: &str) -> Result<Standing, Error> {
    Standing::from_code(code).map_err(|e| strange("standing", e))
}

fn read_demands(bits: i64) -> Result<DemandSet, Error> {
    let set = u16::try_from(bits).ok().and_then(DemandSet::from_bits);
    set.ok_or_else(|| strange("demands", bits))
}

pub(crate) fn urgency_code(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Ordinary => "ordinary",
        Urgency::Emergency => "emergency",
    }
}

pub(crate) fn read_urgency(code: &str) -> Result<Urgency, Error> {
    match code {
        "ordinary" => Ok(Urgency::Ordinary),
        "emergency" => Ok(Urgency::Emergency),
        other => Err(strange("urgency", other)),
    }
}
