//! The event log, and the one way to write to it.

use std::collections::{BTreeMap, HashSet};

use domain::event::{Event, Recorded, SCHEMA, Stream};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, Position, RequestId, SubmissionId};
use domain::request::{Request, evolve};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledger::hash::Hash;
use uuid::Uuid;

use crate::fact::NewFact;
use crate::log::append::{Grown, Placed, RecordedAt, chained};
use crate::log::seal::Change;
use crate::sight::seen_by;
use crate::{Conflict, Error, Sight, Tx, insert_all, on_both};

/// An event as it stands in the database.
pub type StoredEvent = Recorded;

struct NewEvent<'a> {
    position: i64,
    stream_id: Uuid,
    version: i64,
    event: &'a Event,
    body: String,
    actor: &'a str,
}

impl Tx {
    /// Records what happened: appends the events and the leaves that they call for, moves the
    /// streams' versions by compare-and-swap, and writes the facts that follow. All of it is in
    /// this transaction: a crash before the commit leaves nothing of it.
    ///
    /// [`Conflict`] where a stream has moved since it was read, or a submission was erased. Several
    /// changes of one stream in one call are a conflict too.
    pub async fn record(
        &mut self,
        at: Timestamp,
        actor: Actor,
        changes: &[Change],
    ) -> Result<RecordedAt, Error> {
        self.record_of_each(at, &vec![actor; changes.len()], changes).await
    }

    /// The same where each change has an actor of its own.
    pub async fn record_of_each(
        &mut self,
        at: Timestamp,
        actors: &[Actor],
        changes: &[Change],
    ) -> Result<RecordedAt, Error> {
        self.save_period_keys(changes).await?;
        let mut head = self.take_head().await?;
        self.refuse_erased(changes).await?;
        let first_leaf = head.frontier.size();
        let at = at.as_microsecond();
        let actors: Vec<_> = actors.iter().copied().map(actor_text).collect();
        let mut grown = Grown::default();
        let mut placed = Vec::with_capacity(changes.len());
        let (mut events, mut facts) = (Vec::new(), Vec::with_capacity(changes.len()));
        for (change, actor) in changes.iter().zip(&actors) {
            let stream_id = stream_id(change.stream);
            placed.push(head.append(change, head.position + 1, &mut grown)?);
            for (version, event) in (change.version + 1..).zip(&change.events) {
                head.position += 1;
                let body = serde_json::to_string(event)?;
                head.chain = chained(&head.chain, stream_id.as_bytes(), at, actor, &body);
                let position = head.position;
                events.push(NewEvent { position, stream_id, version, event, body, actor });
            }
            if let (Stream::Request(request), Some(fact)) = (change.stream, change.fact) {
                facts.push(NewFact { request, valid_from: Position(head.position), fact });
            }
        }
        self.move_streams(changes, &placed).await?;
        self.record_submissions(changes, &placed).await?;
        self.record_compartments(changes).await?;
        self.record_holds(changes).await?;
        self.record_cases(changes).await?;
        self.insert_change_texts(changes).await?;
        self.enqueue_jobs(changes).await?;
        let known: HashSet<_> = changes
            .iter()
            .filter(|change| change.version > 0 && change.fact.is_some())
            .map(|change| stream_id(change.stream))
            .collect();
        self.supersede_facts(&known, &facts).await?;
        self.insert_facts(&facts).await?;
        self.insert_events(at, &events).await?;
        self.insert_leaves(&grown).await?;
        self.insert_waiting(&grown).await?;
        self.put_head(&head).await?;
        let leaves = first_leaf..head.frontier.size();
        Ok(RecordedAt { position: Position(head.position), leaves })
    }

    async fn save_period_keys(&mut self, changes: &[Change]) -> Result<(), Error> {
        let new: BTreeMap<_, _> = changes
            .iter()
            .flat_map(|change| &change.period_keys)
            .map(|new| (new.half_year, new))
            .collect();
        for new in new.into_values() {
            self.save_period_key(new).await?;
        }
        Ok(())
    }

    async fn move_streams(&mut self, changes: &[Change], placed: &[Placed]) -> Result<(), Error> {
        let (new, known): (Vec<_>, Vec<_>) =
            changes.iter().zip(placed).partition(|(change, _)| change.version == 0);
        let inserted = async {
            insert_all!(
                self,
                "stream (stream_id, version, leaf_index, decisions, reclassifications)",
                1000,
                new,
                |values, new| values
                    .push_bind(stream_id(new.0.stream))
                    .push_bind(new.0.events.len() as i64)
                    .push_bind(new.1.sealed.leaf.map(|leaf| leaf as i64))
                    .push_bind(i64::from(new.1.sealed.decisions))
                    .push_bind(i64::from(new.1.sealed.reclassifications))
            );
            Ok::<_, sqlx::Error>(())
        };
        match inserted.await {
            Ok(()) => {}
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(Conflict.into());
            }
            Err(error) => return Err(error.into()),
        }
        // A batch may have given the stream's leaf its place since it was read, and the closing of a
        // period a decision its number: the one is kept, the other a conflict.
        const MOVE: &str = "UPDATE stream SET version = $1, \
             leaf_index = COALESCE($2, leaf_index), decisions = $3, reclassifications = $4 \
             WHERE stream_id = $5 AND version = $6 AND decisions = $7 \
             AND reclassifications = $8";
        for (change, Placed { sealed, .. }) in known {
            let moved = on_both!(self, |c| {
                sqlx::query(MOVE)
                    .bind(change.version + change.events.len() as i64)
                    .bind(sealed.leaf.map(|leaf| leaf as i64))
                    .bind(i64::from(sealed.decisions))
                    .bind(i64::from(sealed.reclassifications))
                    .bind(stream_id(change.stream))
                    .bind(change.version)
                    .bind(i64::from(change.before.decisions))
                    .bind(i64::from(change.before.reclassifications))
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            if moved != 1 {
                return Err(Conflict.into());
            }
        }
        Ok(())
    }

    /// Stores the submissions that come with changes, and counts what was found in others.
    async fn record_submissions(
        &mut self,
        changes: &[Change],
        placed: &[Placed],
    ) -> Result<(), Error> {
        let numbers = self.next_numbers(changes).await?;
        let new: Vec<_> = changes
            .iter()
            .zip(placed)
            .zip(numbers)
            .filter_map(|((change, placed), number)| {
                Some((change.arrived.as_ref()?, placed.submission, number))
            })
            .collect();
        self.insert_sealed_submissions(&new).await?;
        for found in changes.iter().filter_map(|change| change.found_in) {
            self.count_request(found.submission, found.ordinal).await?;
        }
        for change in changes.iter().filter(|change| change.found_in.is_none()) {
            self.count_what_is_said(change).await?;
        }
        Ok(())
    }

    async fn insert_events(&mut self, at: i64, events: &[NewEvent<'_>]) -> Result<(), Error> {
        insert_all!(
            self,
            "event (position, stream_id, version, kind, schema, at_micros, actor, body)",
            1000,
            events,
            |values, event| values
                .push_bind(event.position)
                .push_bind(event.stream_id)
                .push_bind(event.version)
                .push_bind(event.event.kind())
                .push_bind(i64::from(SCHEMA))
                .push_bind(at)
                .push_bind(event.actor)
                .push_bind(event.body.as_str())
        );
        Ok(())
    }

    /// The position of the newest event; 0 where there is none.
    pub async fn head(&mut self) -> Result<Position, Error> {
        const HEAD: &str = "SELECT position FROM log_head WHERE id = 1";
        Ok(Position(on_both!(self, |c| sqlx::query_scalar(HEAD).fetch_one(&mut **c).await?)))
    }

    /// The time zone in which the log tells days.
    pub async fn time_zone(&mut self) -> Result<TimeZone, Error> {
        const ZONE: &str = "SELECT time_zone FROM log_head WHERE id = 1";
        let name: String = on_both!(self, |c| sqlx::query_scalar(ZONE).fetch_one(&mut **c).await?);
        TimeZone::get(&name).map_err(|e| Error::inconsistent("log_head", "time_zone", e))
    }

    /// Sets the time zone of a log without events. [`Conflict`] where it has one already.
    pub async fn set_time_zone(&mut self, name: &str) -> Result<(), Error> {
        const SET: &str = "UPDATE log_head SET time_zone = $1 WHERE id = 1 AND position = 0";
        let rows = on_both!(self, |c| {
            sqlx::query(SET).bind(name).execute(&mut **c).await?.rows_affected()
        });
        if rows == 1 { Ok(()) } else { Err(Conflict.into()) }
    }

    /// The position of the last event recorded at or before a moment.
    pub async fn position_at(&mut self, moment: Timestamp) -> Result<Position, Error> {
        const AT: &str = "SELECT COALESCE(MAX(position), 0) FROM event WHERE at_micros <= $1";
        let at = moment.as_microsecond();
        Ok(Position(on_both!(self, |c| sqlx::query_scalar(AT)
            .bind(at)
            .fetch_one(&mut **c)
            .await?)))
    }

    /// A request and the number of its events.
    pub async fn request(
        &mut self,
        request: RequestId,
        sight: Sight,
    ) -> Result<(Request, i64), Error> {
        let events = self.stream_events(Stream::Request(request), sight).await?;
        Ok((request_of(&events)?, events.len() as i64))
    }

    /// The number of events of a stream.
    pub async fn version(&mut self, stream: Stream) -> Result<i64, Error> {
        const VERSION: &str = "SELECT version FROM stream WHERE stream_id = $1";
        let version: Option<i64> = on_both!(self, |c| {
            sqlx::query_scalar(VERSION).bind(stream_id(stream)).fetch_optional(&mut **c).await?
        });
        Ok(version.unwrap_or(0))
    }

    /// The stream of the event at a position.
    pub(crate) async fn stream_at(&mut self, at: Position) -> Result<Option<Stream>, Error> {
        Ok(self.event_at(at).await?.map(|event| event.stream))
    }

    /// The event at a position.
    pub(crate) async fn event_at(&mut self, at: Position) -> Result<Option<StoredEvent>, Error> {
        const EVENT: &str = "SELECT position, stream_id, schema, at_micros, actor, body \
             FROM event WHERE position = $1";
        let row: Option<EventRow> =
            on_both!(self, |c| sqlx::query_as(EVENT).bind(at.0).fetch_optional(&mut **c).await?);
        row.map(StoredEvent::try_from).transpose()
    }

    /// Events after a position, in order.
    pub(crate) async fn chained_events(
        &mut self,
        after: i64,
        count: i64,
    ) -> Result<Vec<ChainedEvent>, Error> {
        const EVENTS: &str = "SELECT position, stream_id, schema, at_micros, actor, body \
             FROM event WHERE position > $1 ORDER BY position LIMIT $2";
        let rows: Vec<EventRow> = on_both!(self, |c| {
            sqlx::query_as(EVENTS).bind(after).bind(count).fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(ChainedEvent).collect())
    }

    /// All events of a stream, in order; none where it is not seen.
    pub async fn stream_events(
        &mut self,
        stream: Stream,
        sight: Sight,
    ) -> Result<Vec<StoredEvent>, Error> {
        // Of a request it is the submission that lies in a compartment.
        const EVENTS: &str = concat!(
            "SELECT position, stream_id, schema, at_micros, actor, body FROM event \
             WHERE stream_id = $1 AND ",
            seen_by!(
                "COALESCE((SELECT submission_id FROM handled_request WHERE request_id = $1), $1)",
                "$2"
            ),
            " ORDER BY version"
        );
        let rows: Vec<EventRow> = on_both!(self, |c| {
            let found = sqlx::query_as(EVENTS).bind(stream_id(stream)).bind(sight.viewer());
            found.fetch_all(&mut **c).await?
        });
        rows.into_iter().map(Recorded::try_from).collect()
    }

    /// Hands over every event in order of position, without holding them all.
    pub async fn each_event(
        &mut self,
        mut take: impl FnMut(StoredEvent) -> Result<(), Error>,
    ) -> Result<(), Error> {
        const EVENTS: &str = "SELECT position, stream_id, schema, at_micros, actor, body \
             FROM event ORDER BY position";
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, EventRow>(EVENTS).fetch(&mut **c);
            while let Some(row) = rows.try_next().await? {
                take(row.try_into()?)?;
            }
        });
        Ok(())
    }
}

/// An event as its row, from which the hash chain is made again.
pub(crate) struct ChainedEvent(EventRow);

impl ChainedEvent {
    /// The chain that ends with this event.
    pub(crate) fn after(&self, before: &Hash) -> Hash {
        let Self(row) = self;
        chained(before, row.stream_id.as_bytes(), row.at_micros, &row.actor, &row.body)
    }

    pub(crate) fn read(self) -> Result<StoredEvent, Error> {
        self.0.try_into()
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    position: i64,
    stream_id: Uuid,
    schema: i64,
    at_micros: i64,
    actor: String,
    body: String,
}

impl TryFrom<EventRow> for Recorded {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self, Error> {
        let wrong = |what: &str| Error::inconsistent("event", row.position, what);
        if row.schema != i64::from(SCHEMA) {
            return Err(wrong("it was written by a later version of candor"));
        }
        let event = Event::from_json(&row.body).map_err(|e| wrong(&e.to_string()))?;
        Ok(Self {
            position: Position(row.position),
            at: Timestamp::from_microsecond(row.at_micros).map_err(|_| wrong("its time"))?,
            actor: actor(&row.actor).ok_or_else(|| wrong("its actor"))?,
            stream: stream(row.stream_id, &event),
            event,
        })
    }
}

pub(crate) fn stream_id(stream: Stream) -> Uuid {
    match stream {
        Stream::Submission(submission) => submission.0,
        Stream::Request(request) => request.0,
        Stream::Person(person) => person.0,
        Stream::Authority(authority) => authority.0,
        Stream::Publication => Uuid::nil(),
    }
}

/// The stream of an event, which says what its id is one of.
fn stream(id: Uuid, event: &Event) -> Stream {
    match event {
        Event::Submission(_) => Stream::Submission(SubmissionId(id)),
        Event::Request(_) => Stream::Request(RequestId(id)),
        Event::Person(_) => Stream::Person(PersonId(id)),
        Event::Authority(_) => Stream::Authority(AuthorityId(id)),
        Event::Company(_) => Stream::Publication,
    }
}

/// The request that the events of its stream make.
pub(crate) fn request_of(events: &[StoredEvent]) -> Result<Request, Error> {
    events.iter().try_fold(Request::Absent, |request, recorded| match &recorded.event {
        Event::Request(event) => Ok(evolve(request, event)?),
        other @ (Event::Submission(_)
        | Event::Person(_)
        | Event::Authority(_)
        | Event::Company(_)) => Err(Error::inconsistent("event", recorded.position, other.kind())),
    })
}

fn actor_text(actor: Actor) -> String {
    match actor {
        Actor::Person(person) => format!("person:{person}"),
        Actor::OperatorCli => "operator:cli".to_owned(),
        Actor::Officer(officer) => format!("officer:{officer}"),
        Actor::Rule => "rule".to_owned(),
    }
}

fn actor(text: &str) -> Option<Actor> {
    match text.split_once(':') {
        Some(("operator", "cli")) => Some(Actor::OperatorCli),
        Some(("person", id)) => Some(Actor::Person(PersonId(id.parse().ok()?))),
        Some(("officer", id)) => Some(Actor::Officer(OfficerId(id.parse().ok()?))),
        Some(_) => None,
        None => (text == "rule").then_some(Actor::Rule),
    }
}
