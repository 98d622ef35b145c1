//! How much work there is and how long it takes, for those who do it. Each number is the count of
//! a set of requests that [`Candor::requests_counted`] lists: both ask
//! [`Counted::counts`] of each line of the docket.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use domain::category::Category;
use domain::country::Country;
use domain::fact::Standing;
use domain::id::{AuthorityId, RequestId};
use domain::instrument::Instrument;
use jiff::civil::Date;
use store::{Authority, CaseRow, DocketLine, ReceivedKey};

use crate::access::SignedIn;
use crate::docket::{Docket, Page, Present, Scope, is_overdue};
use crate::{Candor, Error};

/// Lines of one page of a list.
const LINES_MAX: usize = 100;

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatisticsBy {
    Country,
    Category,
    Instrument,
}

impl StatisticsBy {
    /// The code used in queries and files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Category => "category",
            Self::Instrument => "instrument",
        }
    }
}

/// Which of the requests of a span a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    All,
    /// Undecided.
    Open,
    /// An answer is owed whose time is over.
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

    fn counts(self, line: &DocketLine, present: Present) -> bool {
        match self {
            Self::All => true,
            Self::Open => line.standing == Standing::Open,
            Self::Overdue => is_overdue(line, present),
            Self::Decided => line.decided_in_days.is_some(),
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

impl Narrowed {
    fn holds(&self, line: &DocketLine) -> bool {
        self.country.is_none_or(|country| line.country == country)
            && self.category.is_none_or(|category| line.category == category)
            && self.instrument.as_ref().is_none_or(|instrument| *line.instrument == *instrument)
    }
}

/// The numbers of a span.
#[derive(Clone, Debug)]
pub struct Statistics {
    pub all: Numbers,
    /// By the code of each country, category or instrument, those with the most first.
    pub tables: [(StatisticsBy, Vec<(String, Numbers)>); 3],
}

/// Of requests received in a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub received: u64,
    /// Undecided.
    pub open: u64,
    /// Of which an answer is owed whose time is over.
    pub overdue: u64,
    /// Approved or rejected.
    pub decided: u64,
    /// So many were decided after so many days.
    days: BTreeMap<u32, u64>,
}

impl Numbers {
    fn add(&mut self, line: &DocketLine, present: Present) {
        let counted = |set: Counted| u64::from(set.counts(line, present));
        self.received += counted(Counted::All);
        self.open += counted(Counted::Open);
        self.overdue += counted(Counted::Overdue);
        self.decided += counted(Counted::Decided);
        if let Some(days) = line.decided_in_days {
            *self.days.entry(days).or_default() += 1;
        }
    }

    fn add_all(&mut self, other: &Self) {
        let Self { received, open, overdue, decided, days } = other;
        self.received += received;
        self.open += open;
        self.overdue += overdue;
        self.decided += decided;
        for (days, requests) in days {
            *self.days.entry(*days).or_default() += requests;
        }
    }

    /// The days within which so many of a hundred decisions were made: the smallest number of days
    /// that is enough for them (nearest rank). `None` where nothing was decided.
    pub fn days_for_percent(&self, percent: u64) -> Option<u32> {
        let rank = (self.decided * percent).div_ceil(100).max(1);
        let mut reached = 0;
        self.days.iter().find_map(|(days, requests)| {
            reached += requests;
            (reached >= rank).then_some(*days)
        })
    }
}

/// A page of the requests that a number counts.
#[derive(Clone, Debug)]
pub struct CountedRequests {
    /// The first received first.
    pub cases: Vec<CaseRow>,
    pub authorities: HashMap<AuthorityId, Authority>,
    /// How many of them come before this page.
    pub before: usize,
    pub found: usize,
    pub next: Option<ReceivedKey>,
}

impl Candor {
    /// The numbers of what was received from one day to another, of what the person may see.
    pub async fn statistics(&self, span: (Date, Date), by: &SignedIn) -> Result<Statistics, Error> {
        let scope = Scope::of(by)?;
        let mut tx = self.db.snapshot().await?;
        let docket = self.docket(&mut tx).await?;
        Ok(statistics(received(&docket, &scope, span), self.present()))
    }

    /// The requests that a number counts.
    pub async fn requests_counted(
        &self,
        (counted, to): (Counted, &Narrowed),
        span: (Date, Date),
        after: Option<ReceivedKey>,
        by: &SignedIn,
    ) -> Result<CountedRequests, Error> {
        let (scope, present) = (Scope::of(by)?, self.present());
        let after = after.map(|after| (after.received_on, after.request));
        let mut tx = self.db.snapshot().await?;
        let page = {
            let docket = self.docket(&mut tx).await?;
            let found = received(&docket, &scope, span)
                .filter(|line| counted.counts(line, present) && to.holds(line));
            Page::after(after, found.map(|line| (line.received_on, line.request)), LINES_MAX)
        };
        let ids: Vec<RequestId> = page.keys.iter().map(|(_, request)| *request).collect();
        let cases = tx.cases_with_ids(&ids, by.sight()).await?;
        let authorities = self.authorities_of(&mut tx, &cases, by).await?;
        let next = page.next().map(|(received_on, request)| ReceivedKey { received_on, request });
        Ok(CountedRequests { cases, authorities, before: page.before, found: page.found, next })
    }
}

/// What can be seen of what was received from one day to another.
fn received<'a>(
    docket: &'a Docket,
    scope: &'a Scope,
    (from, to): (Date, Date),
) -> impl Iterator<Item = &'a DocketLine> {
    docket.seen(scope).filter(move |line| line.received_on >= from && line.received_on <= to)
}

fn statistics<'a>(lines: impl Iterator<Item = &'a DocketLine>, present: Present) -> Statistics {
    // Each line is looked up once; of what is alike in all three there are few.
    let mut alike: HashMap<_, (&str, Numbers)> = HashMap::new();
    for line in lines {
        let key = (line.country, line.category, Arc::as_ptr(&line.instrument));
        let of = alike.entry(key).or_insert_with(|| (line.instrument.as_str(), Numbers::default()));
        of.1.add(line, present);
    }
    let mut all = Numbers::default();
    let mut by_country: HashMap<_, Numbers> = HashMap::new();
    let mut by_category: HashMap<_, Numbers> = HashMap::new();
    let mut by_instrument: HashMap<_, Numbers> = HashMap::new();
    for ((country, category, _), (instrument, numbers)) in &alike {
        all.add_all(numbers);
        by_country.entry(*country).or_default().add_all(numbers);
        by_category.entry(*category).or_default().add_all(numbers);
        by_instrument.entry(*instrument).or_default().add_all(numbers);
    }
    let tables = [
        (StatisticsBy::Country, table(by_country, |country| country.code())),
        (StatisticsBy::Category, table(by_category, |category| category.code())),
        (StatisticsBy::Instrument, table(by_instrument, |instrument| instrument)),
    ];
    Statistics { all, tables }
}

/// The rows of a table: the most first, equal ones by code.
fn table<'a, K: Hash + Eq>(
    numbers: HashMap<K, Numbers>,
    code: impl Fn(K) -> &'a str,
) -> Vec<(String, Numbers)> {
    let rows = numbers.into_iter().map(|(of, numbers)| (code(of).to_owned(), numbers));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|(a, of_a), (b, of_b)| (of_b.received, a).cmp(&(of_a.received, b)));
    rows
}

#[cfg(test)]
mod tests {
    use domain::id::SubmissionId;
    use domain::request::StageKind;
    use jiff::Timestamp;
    use jiff::civil::date;
    use store::{CaseName, SubmissionNumber};
    use uuid::Uuid;

    use super::*;

    /// 21 September 2026, 14:13 in UTC.
    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
    const PRESENT: Present = Present { today: date(2026, 9, 21), now: NOW };

    fn line(n: u128) -> DocketLine {
        DocketLine {
            request: RequestId(Uuid::from_u128(n)),
            submission: SubmissionId(Uuid::from_u128(1)),
            name: CaseName { submission: SubmissionNumber { year: 2026, number: 1 }, ordinal: 1 },
            received_on: date(2026, 9, 1),
            due_on: None,
            due_at: None,
            country: Country::from_code("FR").expect("a country"),
            category: Category::UserData,
            instrument: Arc::new(Instrument::new("production_order").expect("a code")),
            urgency: domain::fact::Urgency::Ordinary,
            authority: AuthorityId(Uuid::from_u128(2)),
            officer: None,
            stage: StageKind::Received,
            standing: Standing::Open,
            is_finished: false,
            assigned_to: None,
            next: None,
            decided_in_days: None,
            changed: domain::id::Position(1),
        }
    }

    fn decided(n: u128, days: u32) -> DocketLine {
        DocketLine {
            stage: StageKind::Closed,
            standing: Standing::Approved,
            is_finished: true,
            decided_in_days: Some(days),
            ..line(n)
        }
    }

    #[test]
    fn so_many_of_a_hundred_are_within_the_days_that_can_be_counted_by_hand() {
        for (days, median, p90) in [
            (vec![], None, None),
            (vec![7], Some(7), Some(7)),
            (vec![1, 2, 3, 4], Some(2), Some(4)),
            (vec![1, 1, 1, 1, 1, 1, 1, 1, 1, 30], Some(1), Some(1)),
            (vec![1, 1, 1, 1, 1, 1, 1, 1, 9, 30], Some(1), Some(9)),
        ] {
            let mut numbers = Numbers::default();
            numbers.add(&line(1), PRESENT);
            for days in &days {
                numbers.add(&decided(2, *days), PRESENT);
            }
            let counted = (numbers.days_for_percent(50), numbers.days_for_percent(90));
            assert_eq!(counted, (median, p90), "{days:?}");
            assert_eq!(numbers.decided, days.len() as u64);
        }
    }

    /// Under law that counts in hours, and where the day itself still runs.
    #[test]
    fn overdue_is_what_owes_an_answer_after_its_time() {
        let hour = |hours: i64| Some(NOW + jiff::SignedDuration::from_hours(hours));
        for (stage, due_on, due_at, expected) in [
            (StageKind::Received, None, None, false),
            (StageKind::Received, Some(date(2026, 9, 20)), None, true),
            (StageKind::Received, Some(date(2026, 9, 21)), None, false),
            (StageKind::Verified, Some(date(2026, 9, 21)), hour(-1), true),
            (StageKind::Verified, Some(date(2026, 9, 21)), hour(1), false),
            (StageKind::ClarificationAsked, Some(date(2026, 9, 1)), None, false),
            (StageKind::Challenged, Some(date(2026, 9, 1)), None, true),
            (StageKind::Answered, Some(date(2026, 9, 1)), None, false),
            (StageKind::Closed, Some(date(2026, 9, 1)), None, false),
            (StageKind::Withdrawn, Some(date(2026, 9, 1)), None, false),
        ] {
            let line = DocketLine { stage, due_on, due_at, ..line(1) };
            let counted = Counted::Overdue.counts(&line, PRESENT);
            assert_eq!(counted, expected, "{stage:?} {due_on:?} {due_at:?}");
        }
    }

    #[test]
    fn a_place_in_a_list_is_read_as_it_was_written() {
        let DocketLine { received_on, request, .. } = line(7);
        let key = ReceivedKey { received_on, request };
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    /// Each table holds every request once, the most first.
    #[test]
    fn each_table_adds_up_to_all() {
        let germany = Country::from_code("DE").expect("a country");
        let lines = [
            decided(1, 3),
            DocketLine { country: germany, ..decided(2, 9) },
            DocketLine { due_on: Some(date(2026, 9, 20)), ..line(3) },
            DocketLine { category: Category::TechnicalExpertise, ..line(4) },
        ];
        let Statistics { all, tables } = statistics(lines.iter(), PRESENT);
        assert_eq!((all.received, all.open, all.overdue, all.decided), (4, 2, 1, 2));
        for (by, rows) in &tables {
            let sum = |of: fn(&Numbers) -> u64| rows.iter().map(|(_, n)| of(n)).sum::<u64>();
            assert_eq!(sum(|n| n.received), 4, "{by:?}");
            assert_eq!(sum(|n| n.open), 2, "{by:?}");
            assert_eq!(sum(|n| n.overdue), 1, "{by:?}");
            assert_eq!(sum(|n| n.decided), 2, "{by:?}");
        }
        let countries: Vec<_> = tables[0].1.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(countries, ["FR", "DE"]);
    }
}
