//! The queue: the requests that a person may see, filtered and searched, a page at a time.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Arc;

use domain::Country;
use domain::access::Permission;
use domain::category::Category;
use domain::fact::Urgency;
use domain::id::{AuthorityId, OfficerId, PersonId, RequestId};
use domain::instrument::Instrument;
use domain::request::StageKind;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Authority, CaseRow, DocketLine, NoKey, Person};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::docket::{
    Active, Docket, Page, Present, Scope, comes_first, is_overdue, owes_answer, stands_by,
};
use crate::{Candor, Error};

/// Lines of one page.
const LINES_MAX: usize = 100;

/// Which requests are looked for. Without a search or a state those on which somebody acts.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter<'a> {
    /// The beginning of a number, a part of the name of an authority or a country, the whole
    /// reference of an instrument, or, for who may read submissions, that of the letter's sender,
    /// or, for who may read of officers, a part of the name of the one who wrote the letter;
    /// whatever its capitals.
    pub text: &'a str,
    pub stage: Option<StageKind>,
    pub category: Option<Category>,
    pub whose: Whose,
    pub country: Option<Country>,
    /// The code of an instrument.
    pub instrument: Option<&'a str>,
    pub assigned: Option<AssignedTo>,
    pub urgency: Option<Urgency>,
    pub time: Option<QueueTime>,
    pub after: Option<QueuePlace>,
}

/// To whom a request is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignedTo {
    Nobody,
    Person(PersonId),
}

/// How the time to answer a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueTime {
    /// An answer is owed and its time is over.
    Overdue,
    /// An answer is owed, and nothing says until when.
    Undated,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    #[default]
    All,
    /// Assigned to who asks.
    Mine,
    /// Who asks can take the next step, and nobody else was named for it.
    WaitsForMe,
}

/// A page of the queue.
#[derive(Clone, Debug)]
pub struct Queue {
    pub counts: QueueCounts,
    /// Emergencies that have no answer come first, then the others on which somebody acts, each with
    /// the first due first; then those on which nobody does, the last received first.
    pub cases: Vec<CaseRow>,
    /// Of all that the person may see, in no order: what there is to choose from.
    pub countries: Vec<Country>,
    pub instruments: Vec<Arc<Instrument>>,
    pub authorities: HashMap<AuthorityId, Authority>,
    /// How many of those that were found come before this page.
    pub before: usize,
    pub found: usize,
    /// Where the page that follows begins.
    pub next: Option<QueuePlace>,
}

/// Of all that the person may see, whatever is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub open: usize,
    /// Of the open ones, those that wait for who asks.
    pub for_me: usize,
    /// Of the open ones, those to which an answer is owed whose time is over.
    pub overdue: usize,
    pub finished: usize,
}

/// A place in the queue; each request has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueuePlace {
    Open {
        rank: Rank,
        /// The greatest one where no day is set.
        due_on: Date,
        /// The greatest one where it is due when the day is over.
        due_at: Timestamp,
        received_on: Date,
        request: Uuid,
    },
    Finished {
        received_on: Reverse<Date>,
        request: Uuid,
    },
}

/// What comes before what is due earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Emergency,
    Ordinary,
}

impl Rank {
    fn of(line: &DocketLine) -> Self {
        if comes_first(line) { Self::Emergency } else { Self::Ordinary }
    }

    /// As a place in the queue is written.
    fn code(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Ordinary => "open",
        }
    }
}

impl QueuePlace {
    fn of(line: &DocketLine) -> Self {
        let (received_on, request) = (line.received_on, line.request.0);
        if line.is_finished {
            return Self::Finished { received_on: Reverse(received_on), request };
        }
        Self::Open {
            rank: Rank::of(line),
            due_on: stands_by(line),
            due_at: line.due_at.unwrap_or(Timestamp::MAX),
            received_on,
            request,
        }
    }

    fn request(self) -> RequestId {
        match self {
            Self::Open { request, .. } | Self::Finished { request, .. } => RequestId(request),
        }
    }
}

impl std::fmt::Display for QueuePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open { rank, due_on, due_at, received_on, request } => {
                let (rank, due_at) = (rank.code(), due_at.as_microsecond());
                write!(f, "{rank}_{due_on}_{due_at}_{received_on}_{request}")
            }
            Self::Finished { received_on: Reverse(received_on), request } => {
                write!(f, "finished_{received_on}_{request}")
            }
        }
    }
}

impl FromStr for QueuePlace {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let date = |text: &str| text.parse::<Date>().map_err(|_| NoKey);
        let id = |text: &str| text.parse::<Uuid>().map_err(|_| NoKey);
        match *text.split('_').collect::<Vec<_>>() {
            [rank @ ("open" | "emergency"), due_on, due_at, received_on, request] => {
                let micros = due_at.parse().map_err(|_| NoKey)?;
                let end = Timestamp::MAX.as_microsecond();
                Ok(Self::Open {
                    rank: if rank == "open" { Rank::Ordinary } else { Rank::Emergency },
                    due_on: date(due_on)?,
                    // Told in whole microseconds, as the database has them.
                    due_at: match micros == end {
                        true => Timestamp::MAX,
                        false => Timestamp::from_microsecond(micros).map_err(|_| NoKey)?,
                    },
                    received_on: date(received_on)?,
                    request: id(request)?,
                })
            }
            ["finished", received_on, request] => Ok(Self::Finished {
                received_on: Reverse(date(received_on)?),
                request: id(request)?,
            }),
            _ => Err(NoKey),
        }
    }
}

impl Candor {
    /// A page of the queue of a person. `people` are the company's, as [`Candor::people`] tells
    /// them: a request that is assigned to somebody who can't act waits for the others.
    pub async fn queue(
        &self,
        filter: &QueueFilter<'_>,
        people: &[Person],
        by: &SignedIn,
    ) -> Result<Queue, Error> {
        let keys = self.db.keys();
        let scope = Scope::of(by)?;
        let mut tx = self.db.snapshot().await?;
        let with_reference = match filter.text.trim() {
            "" => Vec::new(),
            text => {
                let mut found = tx.with_reference(keys, text, by.sight()).await?;
                if by.has(Permission::ReadSubmissions) {
                    found.extend(tx.requests_with_reference(keys, text, by.sight()).await?);
                }
                found
            }
        };
        let looked = {
            let docket = self.docket(&mut tx).await?;
            let sought = Sought::new(filter.text, &docket, with_reference, by);
            let viewer = Eyes { scope, active: Active::of(people), by, present: self.present() };
            looked(&docket, (filter, &sought), &viewer)
        };
        let Looked { counts, page, countries, instruments } = looked;
        let ids: Vec<_> = page.keys.iter().map(|place| place.request()).collect();
        let cases = tx.cases_with_ids(&ids, by.sight()).await?;
        let authorities = self.authorities_of(&mut tx, &cases, by).await?;
        let (before, found, next) = (page.before, page.found, page.next());
        Ok(Queue { counts, cases, countries, instruments, authorities, before, found, next })
    }
}

/// Who looks, and when.
struct Eyes<'a> {
    scope: Scope,
    active: Active,
    by: &'a SignedIn,
    present: Present,
}

/// What a look at every line comes to.
struct Looked {
    counts: QueueCounts,
    page: Page<QueuePlace>,
    countries: Vec<Country>,
    instruments: Vec<Arc<Instrument>>,
}

/// Looks at every line once, and takes what the page needs.
fn looked(
    docket: &Docket,
    (filter, sought): (&QueueFilter<'_>, &Sought),
    eyes: &Eyes<'_>,
) -> Looked {
    let mut counts = QueueCounts::default();
    let (mut countries, mut instruments) = (Vec::new(), Vec::<Arc<Instrument>>::new());
    let mut name = String::new();
    let found = docket.seen(&eyes.scope).filter(|line| {
        // There are few of each, and equal instruments are one.
        if !countries.contains(&line.country) {
            countries.push(line.country);
        }
        if !instruments.iter().any(|known| Arc::ptr_eq(known, &line.instrument)) {
            instruments.push(Arc::clone(&line.instrument));
        }
        let waits = !line.is_finished && eyes.active.waits_for(line, eyes.by);
        if line.is_finished {
            counts.finished += 1;
        } else {
            counts.open += 1;
            counts.for_me += usize::from(waits);
            counts.overdue += usize::from(is_overdue(line, eyes.present));
        }
        let is_whose = match filter.whose {
            Whose::All => true,
            Whose::Mine => line.assigned_to == Some(eyes.by.person),
            Whose::WaitsForMe => waits,
        };
        let is_in_state = match filter.stage {
            Some(stage) => line.stage == stage,
            // Who looks for one may have one in mind that is closed.
            None => !line.is_finished || !sought.is_all(),
        };
        is_whose
            && is_in_state
            && filter.takes(line, eyes.present)
            && sought.is_met(line, &mut name)
    });
    let page = Page::after(filter.after, found.map(QueuePlace::of), LINES_MAX);
    Looked { counts, page, countries, instruments }
}

impl QueueFilter<'_> {
    /// Whether a line is one of those that were chosen by what it is about, whose it is, and how
    /// its time stands.
    fn takes(&self, line: &DocketLine, present: Present) -> bool {
        let is_assigned = match self.assigned {
            None => true,
            Some(AssignedTo::Nobody) => line.assigned_to.is_none(),
            Some(AssignedTo::Person(person)) => line.assigned_to == Some(person),
        };
        let is_in_time = match self.time {
            None => true,
            Some(QueueTime::Overdue) => is_overdue(line, present),
            Some(QueueTime::Undated) => owes_answer(line) && line.due_on.is_none(),
        };
        is_assigned
            && is_in_time
            && self.category.is_none_or(|category| line.category == category)
            && self.country.is_none_or(|country| line.country == country)
            && self.instrument.is_none_or(|code| line.instrument.as_str() == code)
            && self.urgency.is_none_or(|urgency| line.urgency == urgency)
    }
}

/// What is looked for, found once in what all requests share.
enum Sought {
    All,
    Any(Box<Found>),
}

/// A request is met by any of these.
struct Found {
    number: Option<String>,
    authorities: HashSet<AuthorityId>,
    /// Nobody for who may not read of them.
    officers: HashSet<OfficerId>,
    countries: HashSet<Country>,
    with_reference: HashSet<RequestId>,
}

impl Sought {
    fn new(text: &str, docket: &Docket, with_reference: Vec<RequestId>, by: &SignedIn) -> Self {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Self::All;
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let has = |name: &str| name.to_lowercase().contains(&text);
        let authorities = docket.authorities().filter(|known| has(&known.name));
        let may_know = by.has(Permission::ReadAuthorities);
        let officers = docket.officers().filter(|(_, name)| may_know && name.contains(&text));
        Self::Any(Box::new(Found {
            authorities: authorities.map(|known| known.id).collect(),
            officers: officers.map(|(id, _)| id).collect(),
            countries: Country::all().filter(|country| has(country.name())).collect(),
            with_reference: with_reference.into_iter().collect(),
            number: is_number.then_some(text),
        }))
    }

    fn is_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::Any(_) => false,
        }
    }

    fn is_met(&self, line: &DocketLine, name: &mut String) -> bool {
        match self {
            Self::All => true,
            Self::Any(found) => found.has(line, name),
        }
    }
}

impl Found {
    /// `name` is room for the number of a request, so that not each needs its own.
    fn has(&self, line: &DocketLine, name: &mut String) -> bool {
        let has_number = self.number.as_ref().is_some_and(|number| {
            name.clear();
            write!(name, "{}", line.name).is_ok() && name.starts_with(number)
        });
        has_number
            || self.authorities.contains(&line.authority)
            || line.officer.is_some_and(|officer| self.officers.contains(&officer))
            || self.countries.contains(&line.country)
            || self.with_reference.contains(&line.request)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DUE: Timestamp = Timestamp::constant(1_790_000_000, 0);

    #[test]
    fn a_place_is_read_as_it_was_written_and_stands_in_its_order() {
        let request = Uuid::from_u128(7);
        let at = |rank, due_on, due_at| QueuePlace::Open {
            rank,
            due_on,
            due_at,
            received_on: date(2026, 9, 1),
            request,
        };
        let open = |due_on, due_at| at(Rank::Ordinary, due_on, due_at);
        let finished =
            |day| QueuePlace::Finished { received_on: Reverse(date(2026, 9, day)), request };
        let places = [
            at(Rank::Emergency, date(2026, 9, 22), DUE),
            at(Rank::Emergency, Date::MAX, Timestamp::MAX),
            open(date(2026, 9, 21), DUE),
            open(date(2026, 9, 21), Timestamp::MAX),
            open(date(2026, 10, 1), Timestamp::MAX),
            open(Date::MAX, Timestamp::MAX),
            finished(9),
            finished(8),
        ];
        for place in places {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert!(
            places.is_sorted(),
            "emergencies; by the hour, by the day, without a day; then the newest"
        );
        for text in ["", "open", "finished_2026-09-01", "open_x_1_2026-09-01_y"] {
            assert_eq!(text.parse::<QueuePlace>(), Err(NoKey), "{text}");
        }
    }
}
