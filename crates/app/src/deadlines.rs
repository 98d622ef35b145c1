//! What is due when: the board of deadlines, and the number of what is overdue.

use std::collections::HashMap;

use domain::Category;
use domain::access::Permission;
use domain::deadline::Owed;
use domain::id::{AuthorityId, PersonId};
use jiff::Timestamp;
use store::{
    Authority, CaseRow, DeadlineCounts, DeadlineKey, DeadlineRow, Deadlines, DocketLine,
    ReceivedKey, Sight, Tx, Undated,
};

use crate::access::SignedIn;
use crate::docket::{Page, Scope, is_emergency, stands_by};
use crate::waiting::WaitingToBeRegistered;
use crate::{Candor, Error};

/// Lines of one page of the board.
const LINES_MAX: i64 = 100;
/// So many emergencies stand before them; the queue lists them all.
const EMERGENCIES_MAX: usize = 50;

/// What the board shows.
#[derive(Clone, Debug, Default)]
pub struct BoardFilter {
    /// Of requests that are assigned to one person; `None` for all.
    pub of: Option<PersonId>,
    /// `None` for every kind.
    pub kind: Option<BoardKind>,
    pub after: Option<Place>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardKind {
    /// Something about a request.
    Owed(Owed),
    /// That somebody resolves what arrived.
    Registration,
}

impl BoardKind {
    pub const ALL: [Self; 5] = [
        Self::Registration,
        Self::Owed(Owed::Answer),
        Self::Owed(Owed::Clarification),
        Self::Owed(Owed::Paperwork),
        Self::Owed(Owed::Preservation),
    ];

    /// The code used in filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Owed(owed) => owed.code(),
            Self::Registration => "registration",
        }
    }

    /// `None` where there is no such kind.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl BoardFilter {
    fn owed(&self) -> Vec<Owed> {
        match self.kind {
            None => Owed::ALL.to_vec(),
            Some(BoardKind::Owed(owed)) => vec![owed],
            Some(BoardKind::Registration) => Vec::new(),
        }
    }

    /// What nobody has registered is nobody's, and stands on the first page.
    fn has_arrivals(&self) -> bool {
        let is_kind = match self.kind {
            None | Some(BoardKind::Registration) => true,
            Some(BoardKind::Owed(_)) => false,
        };
        is_kind && self.of.is_none() && self.after.is_none()
    }
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
    /// On the first page: emergencies to which an answer is owed, the first due first, with or
    /// without a day.
    pub emergencies: Vec<CaseRow>,
    /// How many more there are.
    pub more_emergencies: usize,
    /// On the first page: what nobody has registered.
    pub arrivals: WaitingToBeRegistered,
    /// All other, the first due first.
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
        let owed = filter.owed();
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
        let waiting = self.waiting_counts(&mut tx, by).await?;
        let counts = both(counts, waiting);
        let arrivals = match filter.has_arrivals() {
            true => self.waiting_to_be_registered(&mut tx, by).await?,
            false => WaitingToBeRegistered::default(),
        };
        let (emergencies, more_emergencies) = match filter.after {
            None if owed.contains(&Owed::Answer) => self.emergencies(&mut tx, filter, by).await?,
            None | Some(_) => (Vec::new(), 0),
        };
        let shown = due.iter().map(|row| &row.case).chain(&undated).chain(&emergencies);
        let authorities = self.authorities_of(&mut tx, shown, by).await?;
        Ok(Board {
            counts,
            emergencies,
            more_emergencies,
            arrivals,
            due,
            undated,
            authorities,
            next,
        })
    }

    /// Emergencies to which an answer is owed, and how many more there are than fit.
    async fn emergencies(
        &self,
        tx: &mut Tx,
        filter: &BoardFilter,
        by: &SignedIn,
    ) -> Result<(Vec<CaseRow>, usize), Error> {
        let scope = Scope::of(by)?;
        let page = {
            let docket = self.docket(tx).await?;
            let found = docket.seen(&scope).filter(|line| {
                is_emergency(line) && filter.of.is_none_or(|of| line.assigned_to == Some(of))
            });
            let key = |line: &DocketLine| {
                let at = line.due_at.unwrap_or(Timestamp::MAX);
                (stands_by(line), at, line.received_on, line.request)
            };
            Page::after(None, found.map(key), EMERGENCIES_MAX)
        };
        let more = page.found.saturating_sub(page.keys.len());
        let ids: Vec<_> = page.keys.into_iter().map(|(.., request)| request).collect();
        Ok((tx.cases_with_ids(&ids, by.sight()).await?, more))
    }

    /// How much is overdue of what the person may see, what nobody has registered among it, up to
    /// [`store::DEADLINES_COUNTED_MAX`].
    pub async fn overdue(&self, by: &SignedIn) -> Result<i64, Error> {
        let categories = by.categories();
        if categories.is_empty() {
            return Ok(0);
        }
        let present = (self.today(), self.clock.now());
        let mut tx = self.db.snapshot().await?;
        let overdue = tx.count_overdue(&categories, present, by.sight()).await?;
        let waiting = match by.has(Permission::ReadSubmissions) {
            true => self.count_waiting_too_long(&mut tx, by.sight()).await?,
            false => 0,
        };
        Ok((overdue + waiting).min(store::DEADLINES_COUNTED_MAX))
    }

    /// How much is overdue about requests in all: a number that says nothing of any case.
    pub async fn overdue_in_all(&self) -> Result<i64, Error> {
        let present = (self.today(), self.clock.now());
        let mut tx = self.db.snapshot().await?;
        Ok(tx.count_overdue(&Category::ALL, present, Sight::whole()).await?)
    }
}

/// Of requests and of what is none yet, each up to the limit.
fn both(one: DeadlineCounts, other: DeadlineCounts) -> DeadlineCounts {
    let sum = |one: i64, other: i64| (one + other).min(store::DEADLINES_COUNTED_MAX);
    DeadlineCounts {
        overdue: sum(one.overdue, other.overdue),
        today: sum(one.today, other.today),
        week: sum(one.week, other.week),
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
