//! What happened and who looked at what, as files for who checks the company's work: of one case,
//! and of a time. Whoever takes one has looked at it, which is written down first.

use std::collections::HashMap;

use domain::access::Permission;
use domain::category::Category;
use domain::event::{Event, RequestEvent, Stream, SubmissionEvent};
use domain::id::{PersonId, Position, RequestId, Sha256Hash, SubmissionId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use store::{CaseName, StoredEvent, SubmissionNumber, Submissions, Tx, Viewed, Viewing};

use crate::access::SignedIn;
use crate::{Candor, Case, Error, ReasonedEvent};

/// All that happened to a request and its submission, as far as the person may read it.
#[derive(Clone, Debug)]
pub struct Trail {
    pub case: Case,
    /// What happened to the submission as a whole.
    pub submission: Vec<(ReasonedEvent, Option<u64>)>,
    /// The newest first; `None` for who may not read them.
    pub viewings: Option<Vec<Viewing>>,
    pub made_at: Timestamp,
    pub log: LogTold,
}

/// The log as it stood when a trail was made: its leaves are told by their places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTold {
    pub origin: String,
    pub size: u64,
    pub root: String,
}

/// An event of a time, and what it is about.
#[derive(Clone, Debug)]
pub struct TrailEvent {
    pub recorded: StoredEvent,
    pub about: About,
    /// Its own leaf of the log; all others are in the chain that audit leaves seal.
    pub leaf: Option<u64>,
}

/// What an event is about, by the name that people know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Request(CaseName),
    /// A line of a spreadsheet.
    History(RequestId),
    Submission(SubmissionNumber),
    Person(PersonId),
    Authority(String),
    Company,
}

/// Somebody looked at something in a time.
#[derive(Clone, Debug)]
pub struct TrailViewing {
    pub viewing: Viewing,
    pub what: Looked,
}

/// What was looked at, by the name that people know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    Request(CaseName),
    Submission(SubmissionNumber),
    File(SubmissionNumber, Sha256Hash),
    Trail(CaseName),
    AllEvents,
    AccessLog,
    DueList,
    /// `None` for who may not read of authorities.
    Authority(Option<String>),
}

/// A file of a time ends here: a longer time is refused.
pub const TRAIL_MAX: u32 = 50_000;

impl Candor {
    /// All that happened to a request. [`Error::NoRequest`] where there is none, or its texts were
    /// erased.
    pub async fn trail(&self, name: CaseName, by: &SignedIn) -> Result<Trail, Error> {
        let row = self.case_named(name, by).await?;
        by.may(Permission::ReadTrail)?;
        // What can't be read is no looking.
        self.case(name, by).await?;
        self.note_viewing(Viewed::Trail(row.request), by).await?;
        let case = self.case(name, by).await?;
        let viewings = match by.has(Permission::ReadAccessLog) {
            true => Some(self.viewings(name, by).await?),
            false => None,
        };
        let mut tx = self.db.snapshot().await?;
        let sealed = tx.sealed_submission(self.db.keys(), row.submission, by.sight()).await?;
        let sealed = sealed.ok_or(Error::NoRequest)?;
        let events = Self::submission_events(&mut tx, &sealed, by).await?;
        let leaves = tx.leaves_about(row.submission).await?;
        let leaves: HashMap<Position, u64> =
            leaves.into_iter().map(|leaf| (leaf.position, leaf.index)).collect();
        let submission = events.into_iter().map(|event| {
            let leaf = leaves.get(&event.recorded.position).copied();
            (event, leaf)
        });
        let head = tx.tree_head().await?;
        Ok(Trail {
            submission: submission.collect(),
            case,
            viewings,
            made_at: self.clock.now(),
            log: LogTold { origin: head.origin, size: head.size, root: head.root.to_string() },
        })
    }

    /// What happened from one day to another, as far as the person may know of it, without the
    /// texts that came with it.
    pub async fn events_of_time(
        &self,
        span: (Date, Date),
        by: &SignedIn,
    ) -> Result<Vec<TrailEvent>, Error> {
        by.may(Permission::ReadTrail)?;
        let moments = self.moments(span)?;
        let mut tx = self.db.snapshot().await?;
        let events = tx.events_between(moments, TRAIL_MAX + 1, by.sight()).await?;
        if events.len() > TRAIL_MAX as usize {
            return Err(Error::TrailTooLong);
        }
        self.note_viewing(Viewed::AllEvents, by).await?;
        let position =
            |recorded: Option<&StoredEvent>| recorded.map_or(Position(0), |r| r.position);
        let all = (position(events.first()), position(events.last()));
        let leaves = tx.leaves_called_for(all).await?;
        let authorities = tx.authorities(self.db.keys(), by.sight()).await?;
        let authorities: HashMap<_, _> =
            authorities.into_iter().map(|known| (known.id, known.name)).collect();
        let mut known = Known::default();
        let mut trail = Vec::with_capacity(events.len());
        for recorded in events {
            let about = match recorded.stream {
                Stream::Publication => Some(About::Company),
                Stream::Person(person) => Some(About::Person(person)),
                Stream::Authority(id) => authorities
                    .get(&id)
                    .filter(|_| by.has(Permission::ReadAuthorities))
                    .map(|name| About::Authority(name.clone())),
                Stream::Submission(id) => match may_read_of_submission(&recorded.event, by) {
                    true => known.submission(&mut tx, id, by).await?.map(About::Submission),
                    false => None,
                },
                Stream::Request(id) => {
                    known.about_request(&mut tx, id, &recorded.event, by).await?
                }
            };
            let Some(about) = about else { continue };
            let leaf = match about {
                About::Request(_) | About::History(_) | About::Submission(_) => {
                    leaves.get(&recorded.position).copied()
                }
                About::Person(_) | About::Authority(_) | About::Company => None,
            };
            trail.push(TrailEvent { recorded, about, leaf });
        }
        Ok(trail)
    }

    /// Who looked at what from one day to another, as far as the person may know of it.
    pub async fn viewings_of_time(
        &self,
        (from, to): (Date, Date),
        by: &SignedIn,
    ) -> Result<Vec<TrailViewing>, Error> {
        by.may(Permission::ReadAccessLog)?;
        let mut tx = self.db.snapshot().await?;
        let viewings = tx.viewings_between((from, to), TRAIL_MAX + 1, by.sight()).await?;
        if viewings.len() > TRAIL_MAX as usize {
            return Err(Error::TrailTooLong);
        }
        self.note_viewing(Viewed::AccessLog, by).await?;
        let mut known = Known::default();
        let mut told = Vec::with_capacity(viewings.len());
        for viewing in viewings {
            let what = match viewing.what {
                Viewed::Request(id) => {
                    known.request(&mut tx, id, by).await?.map(|(name, _)| Looked::Request(name))
                }
                Viewed::Trail(id) => {
                    known.request(&mut tx, id, by).await?.map(|(name, _)| Looked::Trail(name))
                }
                Viewed::Submission(id) => {
                    known.submission(&mut tx, id, by).await?.map(Looked::Submission)
                }
                Viewed::File(id, sha256) => {
                    let number = known.submission(&mut tx, id, by).await?;
                    number.map(|number| Looked::File(number, sha256))
                }
                Viewed::AllEvents => Some(Looked::AllEvents),
                Viewed::AccessLog => Some(Looked::AccessLog),
                Viewed::DueList => Some(Looked::DueList),
                Viewed::Authority(id) => {
                    let may_read = by.has(Permission::ReadAuthorities);
                    let name = self.authority_name(&mut tx, id, by).await?;
                    name.map(|name| Looked::Authority(may_read.then_some(name)))
                }
            };
            told.extend(what.map(|what| TrailViewing { viewing, what }));
        }
        Ok(told)
    }

    /// From the beginning of the first day to the end of the last.
    fn moments(&self, (from, to): (Date, Date)) -> Result<(Timestamp, Timestamp), Error> {
        let begins = |day: Date| {
            let moment = day.to_zoned(self.time_zone.clone()).map_err(|_| Error::Worker)?;
            Ok::<_, Error>(moment.timestamp())
        };
        Ok((begins(from)?, begins(to.saturating_add(1.day()))?))
    }
}

/// That a hold stands or stood, and that it is gone, is told to whoever sees what is erased.
fn may_read_of_submission(event: &Event, by: &SignedIn) -> bool {
    let is_of_retention = matches!(
        event,
        Event::Submission(
            SubmissionEvent::LegalHoldPlaced { .. }
                | SubmissionEvent::LegalHoldLifted { .. }
                | SubmissionEvent::SubmissionErased { .. }
        )
    );
    by.has(Permission::ReadSubmissions) || (is_of_retention && by.has(Permission::ReadRetention))
}

/// Names that were looked up already; `None` for what has none.
#[derive(Default)]
struct Known {
    requests: HashMap<RequestId, Option<(CaseName, Category)>>,
    submissions: HashMap<SubmissionId, Option<SubmissionNumber>>,
}

impl Known {
    async fn request(
        &mut self,
        tx: &mut Tx,
        id: RequestId,
        by: &SignedIn,
    ) -> Result<Option<(CaseName, Category)>, Error> {
        if let Some(known) = self.requests.get(&id) {
            return Ok(*known);
        }
        let row = tx.case(id, by.sight()).await?.map(|row| (row.name, row.category));
        self.requests.insert(id, row);
        Ok(row)
    }

    async fn about_request(
        &mut self,
        tx: &mut Tx,
        id: RequestId,
        event: &Event,
        by: &SignedIn,
    ) -> Result<Option<About>, Error> {
        if let Event::Request(RequestEvent::HistoricRequestImported { request, .. }) = event {
            let may_read = by.has(Permission::ReadCases(request.category));
            return Ok(may_read.then_some(About::History(id)));
        }
        let row = self.request(tx, id, by).await?;
        let row = row.filter(|(_, category)| by.has(Permission::ReadCases(*category)));
        Ok(row.map(|(name, _)| About::Request(name)))
    }

    async fn submission(
        &mut self,
        tx: &mut Tx,
        id: SubmissionId,
        by: &SignedIn,
    ) -> Result<Option<SubmissionNumber>, Error> {
        if let Some(known) = self.submissions.get(&id) {
            return Ok(*known);
        }
        let row = tx.submissions(Submissions::One(id), by.sight()).await?.pop();
        let number = row.map(|row| row.number);
        self.submissions.insert(id, number);
        Ok(number)
    }
}
