//! How much work there is and how long it takes, for those who do it.

use std::collections::{BTreeMap, HashMap};

use domain::id::AuthorityId;
use jiff::civil::Date;
use store::{Authority, By as Table, CaseRow, Counted, Narrowed, ReceivedKey, Share, Span};

use crate::access::SignedIn;
use crate::{Candor, Error};

/// Lines of one page of a list.
const LINES_MAX: i64 = 100;

/// The numbers of a span.
#[derive(Clone, Debug)]
pub struct Statistics {
    pub all: Numbers,
    /// By the code of each country, category or instrument.
    pub tables: Vec<(Table, Vec<(String, Numbers)>)>,
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
    fn add(&mut self, share: &Share) {
        self.received += share.requests;
        self.open += share.open;
        self.overdue += share.overdue;
        if let Some(days) = share.decided_in_days {
            self.decided += share.requests;
            *self.days.entry(days).or_default() += share.requests;
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
    pub cases: Vec<CaseRow>,
    pub authorities: HashMap<AuthorityId, Authority>,
    pub next: Option<ReceivedKey>,
}

impl Candor {
    /// The numbers of what was received from one day to another, of what the person may see.
    pub async fn statistics(
        &self,
        (from, to): (Date, Date),
        by: &SignedIn,
    ) -> Result<Statistics, Error> {
        let categories = by.categories_read()?;
        let (today, now) = (self.today(), self.clock.now());
        let span = Span { from, to, categories: &categories, today, now };
        let mut tx = self.db.snapshot().await?;
        let (mut all, mut tables) = (Numbers::default(), Vec::new());
        for table in Table::ALL {
            let mut rows: BTreeMap<String, Numbers> = BTreeMap::new();
            for share in tx.shares(table, &span, by.sight()).await? {
                if table == Table::Category {
                    all.add(&share);
                }
                rows.entry(share.of.clone()).or_default().add(&share);
            }
            let mut rows: Vec<_> = rows.into_iter().collect();
            // The most first; equal ones by code.
            rows.sort_by_key(|(_, numbers)| std::cmp::Reverse(numbers.received));
            tables.push((table, rows));
        }
        Ok(Statistics { all, tables })
    }

    /// The requests that a number counts.
    pub async fn requests_counted(
        &self,
        which: (Counted, &Narrowed),
        (from, to): (Date, Date),
        after: Option<ReceivedKey>,
        by: &SignedIn,
    ) -> Result<CountedRequests, Error> {
        let categories = by.categories_read()?;
        let (today, now) = (self.today(), self.clock.now());
        let span = Span { from, to, categories: &categories, today, now };
        let mut tx = self.db.snapshot().await?;
        let page = (after, LINES_MAX + 1);
        let mut cases = tx.requests_counted(which, &span, page, by.sight()).await?;
        let more = cases.len() as i64 > LINES_MAX;
        cases.truncate(LINES_MAX as usize);
        let key =
            |case: &CaseRow| ReceivedKey { received_on: case.received_on, request: case.request };
        let next = cases.last().filter(|_| more).map(key);
        let authorities = tx.authorities(self.db.keys(), by.sight()).await?;
        let authorities = authorities.into_iter().map(|known| (known.id, known)).collect();
        Ok(CountedRequests { cases, authorities, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_hundred_are_within_the_days_that_can_be_counted_by_hand() {
        let share = |decided_in_days, requests| Share {
            of: "FR".to_owned(),
            decided_in_days,
            requests,
            open: 0,
            overdue: 0,
        };
        for (days, median, p90) in [
            (vec![], None, None),
            (vec![7], Some(7), Some(7)),
            (vec![1, 2, 3, 4], Some(2), Some(4)),
            (vec![1, 1, 1, 1, 1, 1, 1, 1, 1, 30], Some(1), Some(1)),
            (vec![1, 1, 1, 1, 1, 1, 1, 1, 9, 30], Some(1), Some(9)),
        ] {
            let mut numbers = Numbers::default();
            numbers.add(&share(None, 5));
            for days in &days {
                numbers.add(&share(Some(*days), 1));
            }
            let counted = (numbers.days_for_percent(50), numbers.days_for_percent(90));
            assert_eq!(counted, (median, p90), "{days:?}");
            assert_eq!(numbers.decided, days.len() as u64);
        }
    }
}
