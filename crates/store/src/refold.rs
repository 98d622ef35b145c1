//! What follows from the events is made again from them, and held against what is stored: facts,
//! rows of handled requests, and the accounts of the company's people.

use std::collections::HashMap;

use domain::event::{Event, Stream};
use domain::id::{PersonId, Position, RequestId};
use domain::person::{self, Membership};
use domain::request::{Handled, Request, evolve};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::case::StoredCase;
use crate::{Error, Tx, on_both};

/// What the comparison of the events with all that follows from them found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refold {
    pub events: u64,
    /// A position that is missing or out of order.
    pub gap_at: Option<Position>,
    pub requests: u64,
    /// Requests whose stored fact is not what their events say.
    pub differing: Vec<RequestId>,
    /// Requests that candor handles, unlike those that were imported.
    pub handled: u64,
    /// Requests whose row for lists is not what their events say, is missing, or is there without
    /// any event.
    pub cases_differing: Vec<RequestId>,
    pub people: u64,
    /// People whose roles or account are not what their events say, who have no row, or no event.
    pub people_differing: Vec<PersonId>,
}

/// What the events say.
#[derive(Default)]
struct Folded {
    requests: HashMap<RequestId, Request>,
    /// `None` for whose events can't follow on each other.
    people: HashMap<PersonId, Option<Membership>>,
}

impl Folded {
    fn take(&mut self, stream: Stream, event: &Event) -> Result<(), Error> {
        match stream {
            Stream::Request(id) => {
                let request = self.requests.remove(&id).unwrap_or_default();
                self.requests.insert(id, evolve(request, event)?);
            }
            Stream::Person(id) => {
                let after = match self.people.get(&id) {
                    None => person::evolve(None, event),
                    Some(before) => before.and_then(|before| person::evolve(Some(before), event)),
                };
                self.people.insert(id, after);
            }
            Stream::Submission(_) | Stream::Publication => {}
        }
        Ok(())
    }
}

impl Tx {
    /// Folds every event again, in one pass, and compares with what is stored.
    pub async fn refold(&mut self) -> Result<Refold, Error> {
        let mut result = Refold::default();
        let mut folded = Folded::default();
        self.each_event(|recorded| {
            result.events += 1;
            if recorded.position.0 != result.events as i64 && result.gap_at.is_none() {
                result.gap_at = Some(recorded.position);
            }
            folded.take(recorded.stream, &recorded.event)
        })
        .await?;
        let handled = self.compare_facts(folded.requests, &mut result).await?;
        self.compare_cases(handled, &mut result).await?;
        self.compare_people(folded.people, &mut result).await?;
        Ok(result)
    }

    /// Returns the requests that candor handles.
    async fn compare_facts(
        &mut self,
        mut requests: HashMap<RequestId, Request>,
        result: &mut Refold,
    ) -> Result<HashMap<RequestId, Box<Handled>>, Error> {
        result.requests = requests.len() as u64;
        let mut handled = HashMap::new();
        let mut sort = |id, request| match request {
            Request::Handled(one) => drop(handled.insert(id, one)),
            Request::Absent | Request::Historic(_) => {}
        };
        self.each_current_fact(|id, stored| {
            let request = requests.remove(&id).unwrap_or_default();
            if request.fact() != Some(stored) {
                result.differing.push(id);
            }
            sort(id, request);
        })
        .await?;
        // What is left has events and no fact.
        for (id, request) in requests {
            result.differing.push(id);
            sort(id, request);
        }
        result.differing.sort();
        Ok(handled)
    }

    async fn compare_cases(
        &mut self,
        mut handled: HashMap<RequestId, Box<Handled>>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        result.handled = handled.len() as u64;
        self.each_case(|stored| {
            let id = stored.id();
            if handled.remove(&id).is_none_or(|one| StoredCase::of(id, &one) != stored) {
                result.cases_differing.push(id);
            }
        })
        .await?;
        result.cases_differing.extend(handled.into_keys());
        result.cases_differing.sort();
        Ok(())
    }

    async fn compare_people(
        &mut self,
        mut people: HashMap<PersonId, Option<Membership>>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        const PEOPLE: &str = "SELECT person_id, account, roles FROM person";
        result.people = people.len() as u64;
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, (Uuid, String, i64)>(PEOPLE).fetch(&mut **c);
            while let Some((id, account, roles)) = rows.try_next().await? {
                let id = PersonId(id);
                let is_as_told = people.remove(&id).flatten().is_some_and(|told| {
                    told.account.code() == account && i64::from(told.roles.bits()) == roles
                });
                if !is_as_told {
                    result.people_differing.push(id);
                }
            }
        });
        result.people_differing.extend(people.into_keys());
        result.people_differing.sort();
        Ok(())
    }
}
