//! What is due when: the board of deadlines, and the number of what is overdue.

use std::collections::HashMap;

use domain::Category;
use domain::access::Permission;
use domain::deadline::Owed;
use domain::id::{AuthorityId, PersonId};
use store::{
    Authority, CaseRow, DeadlineCounts, DeadlineKey, DeadlineRow, Deadlines, ReceivedKey, Sight,
    Undated,
};

use crate::access::SignedIn;
use crate::{Candor, Error};

/// Lines of one page of the board.
const LINES_MAX: i64 = 100;

/// What the board shows.
#[derive(Clone, Debug, Default)]
pub struct BoardFilter {
    /// Of requests that are assigned to one person; `None` for all.
    pub of: Option<PersonId>,
    /// `None` for every kind.
    pub owed: Option<Owed>,
    pub after: Option<Place>,
}

/// Where the board goes on: behind a deadline, or behind a request that has none.
#[derive(Clone, Debug)]
pub enum Place {
    Dated(DeadlineKey),
    Undated(ReceivedKey),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dated(key) => key.fmt(f),
            Self::Undated(key) => key.fmt(f),
        }
    }
}

impl Place {
    /// `None` where the text is no place.
    pub fn read(text: &str) -> Option<Self> {
        let dated = text.parse().map(Self::Dated).ok();
        dated.or_else(|| text.parse().map(Self::Undated).ok())
    }
}

/// A page of the board.
#[derive(Clone, Debug)]
pub struct Board {
    pub counts: DeadlineCounts,
    /// The first due first.
    pub due: Vec<DeadlineRow>,
    /// Open requests for which no day is set.
    pub undated: Vec<CaseRow>,
    pub authorities: HashMap<AuthorityId, Authority>,
    pub next: Option<Place>,
}

impl SignedIn {
    /// The categories whose requests the person may read.
    pub fn categories(&self) -> Vec<Category> {
        let reads = |category: &Category| self.has(Permission::ReadCases(*category));
        Category::ALL.into_iter().filter(reads).collect()
    }

    /// The same, of somebody who may read at least one.
    pub(crate) fn categories_read(&self) -> Result<Vec<Category>, Error> {
        let categories = self.categories();
        if categories.is_empty() {
            self.may(Permission::ReadCases(Category::TechnicalExpertise))?;
        }
        Ok(categories)
    }
}

impl Candor {
    /// A page of the board of deadlines, of requests that the person may see.
    pub async fn board(&self, filter: &BoardFilter, by: &SignedIn) -> Result<Board, Error> {
        let categories = by.categories_read()?;
        let (today, now) = (self.today(), self.clock.now());
        let owed = filter.owed.map_or(Owed::ALL.to_vec(), |one| vec![one]);
        let mut tx = self.db.snapshot().await?;
        let (mut due, mut undated) = (Vec::new(), Vec::new());
        let after = match &filter.after {
            Some(Place::Undated(_)) => None,
            Some(Place::Dated(key)) => Some(Some(key)),
            None => Some(None),
        };
        if let Some(after) = after {
            let which = Deadlines {
                categories: &categories,
                of: filter.of,
                owed: &owed,
                preserved_from: today,
                until: None,
                after,
                limit: LINES_MAX + 1,
            };
            due = tx.deadlines(&which, by.sight()).await?;
        }
        let left = LINES_MAX - due.len() as i64;
        // Without a date is what an answer is owed to.
        if left >= 0 && owed.contains(&Owed::Answer) {
            let after = match &filter.after {
                Some(Place::Undated(key)) => Some(*key),
                Some(Place::Dated(_)) | None => None,
            };
            let which = Undated { categories: &categories, of: filter.of, after, limit: left + 1 };
            undated = tx.cases_without_date(&which, by.sight()).await?;
        }
        let next = cut(&mut due, &mut undated);
        let counts = tx.count_deadlines(&categories, (today, now), by.sight()).await?;
        let shown = due.iter().map(|row| &row.case).chain(&undated);
        let authorities = self.authorities_of(&mut tx, shown, by).await?;
        Ok(Board { counts, due, undated, authorities, next })
    }

    /// How much is overdue of what the person may see, up to [`store::DEADLINES_COUNTED_MAX`].
    pub async fn overdue(&self, by: &SignedIn) -> Result<i64, Error> {
        let categories = by.categories();
        if categories.is_empty() {
            return Ok(0);
        }
        let present = (self.today(), self.clock.now());
        let mut tx = self.db.snapshot().await?;
        Ok(tx.count_overdue(&categories, present, by.sight()).await?)
    }

    /// How much is overdue in all: a number that says nothing of any case.
    pub async fn overdue_in_all(&self) -> Result<i64, Error> {
        let present = (self.today(), self.clock.now());
        let mut tx = self.db.snapshot().await?;
        Ok(tx.count_overdue(&Category::ALL, present, Sight::whole()).await?)
    }
}

/// Cuts a page to its length, and says where the next one begins.
fn cut(due: &mut Vec<DeadlineRow>, undated: &mut Vec<CaseRow>) -> Option<Place> {
    let max = LINES_MAX as usize;
    if due.len() > max {
        due.truncate(max);
        undated.clear();
        return due.last().map(|row| Place::Dated(row.key()));
    }
    if due.len() + undated.len() <= max {
        return None;
    }
    undated.truncate(max - due.len());
    match undated.last() {
        Some(last) => Some(Place::Undated(ReceivedKey {
            received_on: last.received_on,
            request: last.request,
        })),
        None => due.last().map(|row| Place::Dated(row.key())),
    }
}
