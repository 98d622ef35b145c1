//! What follows from the events is made again from them, and held against what is stored: facts,
//! rows of handled requests, the accounts of the company's people, and what stands in the registers
//! of authorities.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::authority::{self, ContactKind, Register};
use domain::compartment::{self, Compartment};
use domain::event::{Event, Recorded, Stream};
use domain::hold::{self, Holds};
use domain::id::{
    AuthorityId, ContactId, HoldId, PasskeyId, PersonId, Position, RequestId, SubmissionId, TokenId,
};
use domain::person::{self, Membership};
use domain::request::{Handled, Request, evolve};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::case::StoredCase;
use crate::deadline::Stored;
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
    /// Requests whose row for lists, or what is owed about them, is not what their events say, is
    /// missing, or is there without any event.
    pub cases_differing: Vec<RequestId>,
    pub people: u64,
    /// People whose roles, account, passkeys or tokens are not what their events say, who have no
    /// row, or no event.
    pub people_differing: Vec<PersonId>,
    /// Mail domains and numbers of authorities.
    pub contacts: u64,
    /// Authorities whose events can't follow on each other, or whose entries are other ones than
    /// their events say.
    pub authorities_differing: Vec<AuthorityId>,
    /// Submissions that lie in a compartment.
    pub compartments: u64,
    /// Submissions that other people see than the events name.
    pub compartments_differing: Vec<SubmissionId>,
    /// Legal holds that stand.
    pub holds: u64,
    /// Holds that stand on other submissions than their events say, or don't stand any more.
    pub holds_differing: Vec<HoldId>,
}

/// What the events say.
#[derive(Default)]
struct Folded {
    requests: HashMap<RequestId, Request>,
    /// `None` for whose events can't follow on each other.
    people: HashMap<PersonId, Option<Membership>>,
    /// The same.
    registers: HashMap<AuthorityId, Option<Register>>,
    compartments: HashMap<SubmissionId, Compartment>,
    holds: HashMap<SubmissionId, Holds>,
}

impl Folded {
    fn take(&mut self, recorded: &Recorded) -> Result<(), Error> {
        match (recorded.stream, &recorded.event) {
            (Stream::Request(id), Event::Request(event)) => {
                let request = self.requests.remove(&id).unwrap_or_default();
                self.requests.insert(id, evolve(request, event)?);
            }
            (Stream::Person(id), Event::Person(event)) => {
                let after = match self.people.remove(&id) {
                    None => person::evolve(None, event),
                    Some(before) => before.and_then(|before| person::evolve(Some(before), event)),
                };
                self.people.insert(id, after);
            }
            (Stream::Authority(id), Event::Authority(_)) => {
                let before =
                    self.registers.remove(&id).unwrap_or_else(|| Some(Register::default()));
                let after = before.and_then(|before| authority::evolve(before, recorded));
                self.registers.insert(id, after);
            }
            (Stream::Submission(id), Event::Submission(event)) => {
                let before = self.compartments.remove(&id);
                if let Some(after) = compartment::evolve(before, event) {
                    self.compartments.insert(id, after);
                }
                let holds = hold::evolve(self.holds.remove(&id).unwrap_or_default(), recorded);
                if !holds.is_empty() {
                    self.holds.insert(id, holds);
                }
            }
            (Stream::Publication, Event::Company(_)) => {}
            (
                Stream::Request(_)
                | Stream::Person(_)
                | Stream::Authority(_)
                | Stream::Submission(_)
                | Stream::Publication,
                event,
            ) => {
                let what = "it stands on a stream of another kind";
                return Err(Error::inconsistent("event", event.kind(), what));
            }
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
            folded.take(&recorded)
        })
        .await?;
        let handled = self.compare_facts(folded.requests, &mut result).await?;
        self.compare_cases(handled, &mut result).await?;
        self.compare_people(folded.people, &mut result).await?;
        self.compare_registers(folded.registers, &mut result).await?;
        self.compare_compartments(folded.compartments, &mut result).await?;
        self.compare_holds(folded.holds, &mut result).await?;
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
        let owed = handled.iter().flat_map(|(id, one)| Stored::all(*id, one));
        let mut owed: HashSet<_> = owed.collect();
        let mut otherwise = Vec::new();
        self.each_deadline(|stored| {
            if !owed.remove(&stored) {
                otherwise.push(stored.request());
            }
        })
        .await?;
        otherwise.extend(owed.iter().map(Stored::request));
        result.cases_differing.extend(otherwise);
        self.each_case(|stored| {
            let id = stored.id();
            if handled.remove(&id).is_none_or(|one| StoredCase::of(id, &one) != stored) {
                result.cases_differing.push(id);
            }
        })
        .await?;
        result.cases_differing.extend(handled.into_keys());
        result.cases_differing.sort();
        result.cases_differing.dedup();
        Ok(())
    }

    async fn compare_compartments(
        &mut self,
        told: HashMap<SubmissionId, Compartment>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        result.compartments = told.len() as u64;
        let stored = self.all_compartments().await?;
        let differs = |id: &&SubmissionId| told.get(id) != stored.get(id);
        result.compartments_differing =
            told.keys().chain(stored.keys()).filter(differs).copied().collect();
        result.compartments_differing.sort();
        result.compartments_differing.dedup();
        Ok(())
    }

    async fn compare_holds(
        &mut self,
        folded: HashMap<SubmissionId, Holds>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        let told =
            folded.into_iter().flat_map(|(of, holds)| holds.into_keys().map(move |h| (h, of)));
        let told: HashMap<_, _> = told.collect();
        let stored = self.all_holds().await?;
        result.holds = told.len() as u64;
        let differs = |hold: &&HoldId| told.get(hold) != stored.get(hold);
        result.holds_differing =
            told.keys().chain(stored.keys()).filter(differs).copied().collect();
        result.holds_differing.sort();
        result.holds_differing.dedup();
        Ok(())
    }

    async fn compare_people(
        &mut self,
        mut people: HashMap<PersonId, Option<Membership>>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        const PEOPLE: &str = "SELECT person_id, account, roles FROM person";
        result.people = people.len() as u64;
        let mut passkeys = self.passkeys_by_person().await?;
        let strange_tokens = self.strange_tokens(&people).await?;
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, (Uuid, String, i64)>(PEOPLE).fetch(&mut **c);
            while let Some((id, account, roles)) = rows.try_next().await? {
                let id = PersonId(id);
                let is_as_told = people.remove(&id).flatten().is_some_and(|told| {
                    told.account.code() == account
                        && i64::from(told.roles.bits()) == roles
                        && told.passkeys == passkeys.remove(&id).unwrap_or_default()
                });
                if !is_as_told || strange_tokens.contains(&id) {
                    result.people_differing.push(id);
                }
            }
        });
        result.people_differing.extend(people.into_keys());
        result.people_differing.sort();
        Ok(())
    }
    async fn compare_registers(
        &mut self,
        registers: HashMap<AuthorityId, Option<Register>>,
        result: &mut Refold,
    ) -> Result<(), Error> {
        const CONTACTS: &str = "SELECT contact_id, authority_id, kind FROM authority_contact";
        let mut told: HashMap<ContactId, (AuthorityId, ContactKind)> = HashMap::new();
        for (id, register) in registers {
            match register {
                Some(register) => told.extend(
                    register.contacts().iter().map(|(entry, known)| (*entry, (id, known.kind))),
                ),
                None => result.authorities_differing.push(id),
            }
        }
        result.contacts = told.len() as u64;
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, (Uuid, Uuid, String)>(CONTACTS).fetch(&mut **c);
            while let Some((entry, of, kind)) = rows.try_next().await? {
                let of = AuthorityId(of);
                let is_as_told = told
                    .remove(&ContactId(entry))
                    .is_some_and(|(authority, known)| authority == of && known.code() == kind);
                if !is_as_told {
                    result.authorities_differing.push(of);
                }
            }
        });
        result.authorities_differing.extend(told.into_values().map(|(of, _)| of));
        result.authorities_differing.sort();
        result.authorities_differing.dedup();
        Ok(())
    }

    async fn passkeys_by_person(
        &mut self,
    ) -> Result<HashMap<PersonId, BTreeSet<PasskeyId>>, Error> {
        const PASSKEYS: &str = "SELECT person_id, passkey_id FROM passkey";
        let rows: Vec<(Uuid, Uuid)> =
            on_both!(self, |c| sqlx::query_as(PASSKEYS).fetch_all(&mut **c).await?);
        let mut passkeys: HashMap<_, BTreeSet<_>> = HashMap::new();
        for (person, passkey) in rows {
            passkeys.entry(PersonId(person)).or_default().insert(PasskeyId(passkey));
        }
        Ok(passkeys)
    }

    /// Whose token is taken that no event gave them, that an event took from them, or that allows
    /// more or longer. A token that is gone is well: a backup holds none.
    async fn strange_tokens(
        &mut self,
        people: &HashMap<PersonId, Option<Membership>>,
    ) -> Result<BTreeSet<PersonId>, Error> {
        const TOKENS: &str = "SELECT person_id, token_id, scopes, expires_on FROM api_token \
             WHERE revoked_on IS NULL";
        let rows: Vec<(Uuid, Uuid, i64, String)> =
            on_both!(self, |c| sqlx::query_as(TOKENS).fetch_all(&mut **c).await?);
        let is_told = |(person, token, scopes, expires_on): &(Uuid, Uuid, i64, String)| {
            let person = people.get(&PersonId(*person)).and_then(Option::as_ref);
            let told = person.and_then(|told| told.tokens.get(&TokenId(*token)));
            told.is_some_and(|(may, last)| {
                i64::from(may.bits()) == *scopes && last.to_string() == *expires_on
            })
        };
        let strange = rows.into_iter().filter(|row| !is_told(row));
        Ok(strange.map(|(person, ..)| PersonId(person)).collect())
    }
}
