//! The docket: every request that candor handles, in memory, in about 200 bytes each. Lists are
//! found, ordered and counted in it, so that neither a search nor a number takes longer than it
//! takes to look at each once; what is shown of a case then comes from the database.
//!
//! It follows from the rows of requests, which follow from the events: whoever asks brings it first
//! to the position of their own snapshot, by the rows to which something happened since. So it
//! can't be stale, however many programs write, and needs no care when one of them stops.
//! **Who sees what is read with it, from the same snapshot**, so that no line is ever there without
//! the compartment that it lies in.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use domain::access::RoleSet;
use domain::category::Category;
use domain::compartment::Compartment;
use domain::deadline::Due;
use domain::fact::Urgency;
use domain::id::{AuthorityId, OfficerId, PersonId, Position, RequestId, SubmissionId};
use domain::person::Account;
use domain::request::{NextStep, StageKind};
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Authority, DocketLine, InCommon, Person, Sight, Tx};
use tokio::sync::{RwLock, RwLockReadGuard};

use crate::access::SignedIn;
use crate::{Candor, Error};

/// After more events than this, all is read again: an import brings a million that are about no
/// request in the docket.
const EVENTS_FOLLOWED_MAX: i64 = 20_000;

/// The docket as it is shared by everything that one program does.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<RwLock<Docket>>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Docket(..)")
    }
}

/// All requests at a position of the log, with the names of their authorities and officers, each
/// once, and who alone sees what lies in compartments.
#[derive(Default)]
pub(crate) struct Docket {
    /// `None`: nothing was read yet.
    position: Option<Position>,
    lines: HashMap<RequestId, DocketLine>,
    authorities: HashMap<AuthorityId, Authority>,
    /// In small letters, as they are searched; nobody's whose letters were all erased.
    officers: HashMap<OfficerId, Box<str>>,
    compartments: HashMap<SubmissionId, Compartment>,
    in_common: InCommon,
}

/// What a person may see of the docket.
pub(crate) struct Scope {
    categories: Vec<Category>,
    person: PersonId,
}

/// The day and the moment by which something is overdue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    pub(crate) today: Date,
    pub(crate) now: Timestamp,
}

impl Candor {
    /// Reads the docket beforehand, so that nobody has to wait for it.
    pub async fn read_docket(&self) {
        let read = async {
            let mut tx = self.db.snapshot().await?;
            self.docket(&mut tx).await.map(drop)
        };
        if let Err(error) = read.await {
            // Whoever opens a list first reads it then.
            tracing::warn!(error = ?error, "the docket could not be read beforehand");
        }
    }

    /// The docket at the position of a snapshot, or a later one.
    pub(crate) async fn docket(&self, tx: &mut Tx) -> Result<RwLockReadGuard<'_, Docket>, Error> {
        let head = tx.head().await?;
        {
            let docket = self.docket.0.read().await;
            if docket.position >= Some(head) {
                return Ok(docket);
            }
        }
        let mut docket = self.docket.0.write().await;
        if docket.position < Some(head) {
            let after = docket.position.filter(|known| head.0 - known.0 <= EVENTS_FOLLOWED_MAX);
            let lines = tx.docket_lines(after, &mut docket.in_common).await?;
            let new: BTreeSet<_> = lines.iter().map(|line| line.authority).collect();
            let unknown: Vec<_> =
                new.into_iter().filter(|of| !docket.authorities.contains_key(of)).collect();
            let keys = self.db.keys();
            let authorities = tx.authorities_with_ids(keys, &unknown, Sight::whole()).await?;
            let new: BTreeSet<_> = lines.iter().filter_map(|line| line.officer).collect();
            let unknown: Vec<_> =
                new.into_iter().filter(|of| !docket.officers.contains_key(of)).collect();
            let officers = tx.officer_names(keys, &unknown).await?;
            let is_any_erased = lines.iter().any(|line| line.officer.is_none());
            let compartments = tx.compartments_since(after).await?;
            // From here on nothing can fail: it is at the new position as a whole, or not at all.
            docket.lines.extend(lines.into_iter().map(|line| (line.request, line)));
            docket.authorities.extend(authorities.into_iter().map(|known| (known.id, known)));
            let officers = officers.into_iter();
            docket.officers.extend(officers.map(|(id, name)| (id, name.to_lowercase().into())));
            if is_any_erased {
                docket.forget_officers();
            }
            if let Some(compartments) = compartments {
                docket.compartments = compartments;
            }
            docket.position = Some(head);
        }
        Ok(docket.downgrade())
    }

    pub(crate) fn present(&self) -> Present {
        let now = self.clock.now();
        Present { today: self.day_of(now), now }
    }
}

impl Scope {
    /// What somebody may see who may read requests of a category at least.
    pub(crate) fn of(by: &SignedIn) -> Result<Self, Error> {
        Ok(Self { categories: by.categories_read()?, person: by.person })
    }
}

impl Docket {
    /// What of it can be seen, in no order.
    pub(crate) fn seen<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a DocketLine> {
        self.lines.values().filter(|line| {
            scope.categories.contains(&line.category)
                && (self.compartments.is_empty()
                    || self
                        .compartments
                        .get(&line.submission)
                        .is_none_or(|named| named.contains(&scope.person)))
        })
    }

    /// Names in small letters.
    pub(crate) fn officers(&self) -> impl Iterator<Item = (OfficerId, &str)> {
        self.officers.iter().map(|(id, name)| (*id, &**name))
    }

    /// Names that stand in no letter any more that can be read.
    fn forget_officers(&mut self) {
        let known: HashSet<_> = self.lines.values().filter_map(|line| line.officer).collect();
        self.officers.retain(|id, _| known.contains(id));
    }

    pub(crate) fn authorities(&self) -> impl Iterator<Item = &Authority> {
        self.authorities.values()
    }
}

/// So many as fit on a page, in their order, with what lies before and behind them.
pub(crate) struct Page<K> {
    pub(crate) keys: Vec<K>,
    /// How many come before.
    pub(crate) before: usize,
    /// How many there are in all.
    pub(crate) found: usize,
}

impl<K: Ord + Copy> Page<K> {
    /// Those that follow on a place, without sorting the others.
    pub(crate) fn after(place: Option<K>, keys: impl Iterator<Item = K>, length: usize) -> Self {
        let (mut before, mut found) = (0, 0);
        let mut first = BinaryHeap::with_capacity(length + 1);
        for key in keys {
            found += 1;
            if place.is_some_and(|place| key <= place) {
                before += 1;
            } else if first.len() < length {
                first.push(key);
            } else if first.peek().is_some_and(|last| key < *last) {
                first.pop();
                first.push(key);
            }
        }
        Self { keys: first.into_sorted_vec(), before, found }
    }

    /// Where the page that follows begins; `None` where this is the last one.
    pub(crate) fn next(&self) -> Option<K> {
        self.keys.last().copied().filter(|_| self.before + self.keys.len() < self.found)
    }
}

/// Whether the company owes an answer.
pub(crate) fn owes_answer(line: &DocketLine) -> bool {
    match line.stage {
        StageKind::Received
        | StageKind::InVerification
        | StageKind::Verified
        | StageKind::Proposed
        | StageKind::Decided
        | StageKind::Prepared
        | StageKind::Challenged => true,
        // Once there is an answer none is owed, and a question to the officer stops the clock.
        StageKind::ClarificationAsked
        | StageKind::Answered
        | StageKind::Closed
        | StageKind::Withdrawn => false,
    }
}

/// Whether the company owes an answer whose time is over.
pub(crate) fn is_overdue(line: &DocketLine, present: Present) -> bool {
    let due = line.due_on.map(|on| Due { on, at: line.due_at });
    owes_answer(line) && due.is_some_and(|due| due.is_over(present.today, present.now))
}

/// Whether it is an emergency to which the company owes an answer: it stands before all other on the
/// board.
pub(crate) fn is_emergency(line: &DocketLine) -> bool {
    line.urgency == Urgency::Emergency && owes_answer(line)
}

/// Whether it stands before all other in the queue: an emergency that has no answer yet, also while
/// a question is out, since then somebody waits for it to come back.
pub(crate) fn comes_first(line: &DocketLine) -> bool {
    let is_asked = match line.stage {
        StageKind::ClarificationAsked => true,
        StageKind::Received
        | StageKind::InVerification
        | StageKind::Verified
        | StageKind::Proposed
        | StageKind::Decided
        | StageKind::Prepared
        | StageKind::Challenged
        | StageKind::Answered
        | StageKind::Closed
        | StageKind::Withdrawn => false,
    };
    is_emergency(line) || (is_asked && line.urgency == Urgency::Emergency)
}

/// The day by which a request stands in its list. An emergency that nobody dated is due without
/// delay, so on the day on which it came.
pub(crate) fn stands_by(line: &DocketLine) -> Date {
    line.due_on.unwrap_or(match line.urgency {
        Urgency::Emergency => line.received_on,
        Urgency::Ordinary => Date::MAX,
    })
}

/// Who can sign in, and as what.
pub(crate) struct Active(HashMap<PersonId, RoleSet>);

impl Active {
    pub(crate) fn of(people: &[Person]) -> Self {
        let active = people.iter().filter(|person| person.account == Account::Active);
        Self(active.map(|person| (person.id, person.roles)).collect())
    }

    /// Whether a person can take a step: they are here, have the right, and did nothing before that
    /// bars them.
    fn can_take(&self, person: PersonId, next: &NextStep) -> bool {
        !next.barred.bars(person)
            && self.0.get(&person).is_some_and(|roles| roles.may(next.step.permission()))
    }
}

/// Whether the viewer can take the next step, and nobody else was named for it who can.
pub fn waits_for(
    next: Option<&NextStep>,
    assigned_to: Option<PersonId>,
    viewer: &SignedIn,
    can_take: impl Fn(PersonId, &NextStep) -> bool,
) -> bool {
    next.is_some_and(|next| {
        viewer.has(next.step.permission())
            && !next.barred.bars(viewer.person)
            && assigned_to.is_none_or(|person| person == viewer.person || !can_take(person, next))
    })
}

impl Active {
    pub(crate) fn waits_for(&self, line: &DocketLine, viewer: &SignedIn) -> bool {
        let can_take = |person, next: &NextStep| self.can_take(person, next);
        waits_for(line.next.as_deref(), line.assigned_to, viewer, can_take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages of any length, put one behind the other, are the sorted list, and each says truly what
    /// lies before it.
    #[test]
    fn pages_of_any_length_are_the_sorted_list() {
        // No order, and one key that is there once only.
        let keys: Vec<u64> = (0..97).map(|n| n * 37 % 97).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        for length in [1, 2, 10, 96, 97, 200] {
            let (mut all, mut place) = (Vec::new(), None);
            loop {
                let page = Page::after(place, keys.iter().copied(), length);
                assert_eq!((page.before, page.found), (all.len(), keys.len()), "{length}");
                all.extend(page.keys.iter().copied());
                place = page.next();
                if place.is_none() {
                    break;
                }
            }
            assert_eq!(all, sorted, "{length}");
        }
    }

    #[test]
    fn a_page_of_nothing_leads_nowhere() {
        let page = Page::<u64>::after(None, std::iter::empty(), 10);
        assert_eq!((page.keys.len(), page.found, page.next()), (0, 0, None));
        // What was the last one when the page before was drawn is the last one still.
        let page = Page::after(Some(7), [3_u64, 7].into_iter(), 10);
        assert_eq!((page.keys.len(), page.before, page.found, page.next()), (0, 2, 2, None));
    }
}
