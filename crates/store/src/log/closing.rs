//! Before an edition in sealed mode: nothing that it counts waits for its place, every pad of its
//! half-years has its request and decision, and a new decision stands for every request of them.
//!
//! That last one hides which requests were open, or decided last, when the edition was made: each
//! gets one more decision, the pads too, in random order.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::event::{CompanyEvent, Event};
use domain::fact::Fact;
use domain::id::{Actor, Position, RequestId, SubmissionId};
use domain::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::commitment::{Code, Commitment};
use ledger::leaf::{HalfYear, Leaf, LeafKind, Salt};
use uuid::Uuid;

use crate::log::append::{Grown, LeafRow};
use crate::log::batch::{Purpose, shuffle};
use crate::log::codes;
use crate::log::pad::{NewPad, PadParent};
use crate::log::period::half_year;
use crate::log::record;
use crate::log::seal::Sealer;
use crate::said::said;
use crate::{Error, Keys, Tx, on_both};

/// A request that gets a decision at the closing.
struct Closed {
    request: u64,
    /// Of the request, or of the submission that holds none.
    stream: Uuid,
    submission: SubmissionId,
    /// `None` where it was destroyed: then what the decision seals can't be opened either.
    wrapped_key: Option<Vec<u8>>,
    received_on: Date,
    seq: u32,
    called: Event,
}

enum Slot {
    Request(Closed),
    Pad(PadParent),
}

impl Tx {
    /// Gives every leaf that waits its place, and the pads of the half-years that a period covers
    /// their requests and decisions, in as many whole batches as that takes. Nothing happens where
    /// the log is not in sealed mode.
    pub async fn place_all(
        &mut self,
        keys: &Arc<Keys>,
        (period, today): (Period, Date),
    ) -> Result<(), Error> {
        // Until the commit nobody adds to what waits.
        self.take_head().await?;
        let Some((padding, _)) = self.padding().await? else { return Ok(()) };
        let mut sealer = self.sealer(keys).await?;
        while self.leaves_waiting().await? > 0 {
            let regular = (today, Purpose::Regular);
            if self.append_batch(&mut sealer, &padding, regular).await? == 0 {
                let what = "what it refers to has no place and waits for none";
                return Err(Error::inconsistent("leaf_waiting", "first", what));
            }
        }
        let half_years = over(&sealer, period, today)?;
        while self.are_pads_open(&half_years).await? {
            let completing = (today, Purpose::Completing(&half_years));
            self.append_batch(&mut sealer, &padding, completing).await?;
        }
        Ok(())
    }

    /// Seals the outcome of every request of the half-years that a period covers once more. To be
    /// called after [`Self::place_all`] in the same transaction. Returns the position as of which
    /// the edition counts; `None` where the log is not in sealed mode.
    pub async fn close_period(
        &mut self,
        (at, today): (Timestamp, Date),
        actor: Actor,
        keys: &Arc<Keys>,
        period: Period,
    ) -> Result<Option<Position>, Error> {
        if self.padding().await?.is_none() {
            return Ok(None);
        }
        let event = CompanyEvent::PeriodClosed { period };
        let position = self.record_of_publication(at, actor, event).await?.position;
        let sealer = self.sealer(keys).await?;
        let half_years = over(&sealer, period, today)?;
        let mut slots = Vec::new();
        for half_year in half_years {
            let closed = self.closed_requests(half_year).await?;
            slots.extend(closed.into_iter().map(Slot::Request));
            let pads = self.pads_from((LeafKind::Request, half_year), 0, u32::MAX.into()).await?;
            slots.extend(pads.into_iter().map(Slot::Pad));
        }
        shuffle(&mut slots)?;
        let facts = self.facts_of(&slots).await?;
        let mut head = self.take_head().await?;
        let mut grown = Grown::default();
        for slot in slots {
            let index = head.frontier.size();
            match slot {
                Slot::Request(closed) => {
                    let row = closed.sealed(&sealer, &facts, (index, position))?;
                    head.push(row, &mut grown);
                    self.count_decision(&closed).await?;
                }
                Slot::Pad(PadParent { index: request, half_year, children: seq, .. }) => {
                    let new = NewPad::Decision { request, seq };
                    let made = sealer.pad(index, half_year, new)?;
                    head.push(made.row(index, head.position), &mut grown);
                    self.note_pad(index, half_year, new).await?;
                }
            }
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        Ok(Some(position))
    }

    async fn are_pads_open(&mut self, half_years: &BTreeSet<HalfYear>) -> Result<bool, Error> {
        let mut open = 0;
        for half_year in half_years {
            for kind in [LeafKind::Submission, LeafKind::Request] {
                open += self.count_open_pads(kind, *half_year).await?;
            }
        }
        Ok(open > 0)
    }

    /// The requests of a half-year that are in the log, those that turned out to be none among them.
    /// What was lost has none.
    async fn closed_requests(&mut self, half_year: HalfYear) -> Result<Vec<Closed>, Error> {
        const REQUESTS: &str = "SELECT leaf.leaf_index, leaf.submission_id, event.stream_id, \
             event.body, stream.decisions, submission.wrapped_key, submission.received_on, \
             CASE WHEN event.stream_id = leaf.submission_id THEN \
             (SELECT body FROM event AS later WHERE later.stream_id = event.stream_id \
             AND later.kind IN ('declared_not_a_request', 'not_a_request_taken_back') \
             ORDER BY later.version DESC LIMIT 1) END \
             FROM submission JOIN leaf ON leaf.parent = submission.leaf_index \
             AND leaf.submission_id = submission.submission_id \
             JOIN event ON event.position = leaf.position \
             JOIN stream ON stream.stream_id = event.stream_id \
             WHERE submission.received_on BETWEEN $1 AND $2 ORDER BY leaf.leaf_index";
        type Row = (i64, Uuid, Uuid, String, i64, Option<Vec<u8>>, String, Option<String>);
        let (first, last) = days(half_year)?;
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(REQUESTS)
                .bind(first.to_string())
                .bind(last.to_string())
                .fetch_all(&mut **c)
                .await?
        });
        let read = |(index, submission, stream, body, decisions, wrapped_key, day, said): Row| {
            let strange = |what: &str| Error::inconsistent("stream", stream, what);
            Ok(Closed {
                request: index.unsigned_abs(),
                stream,
                submission: SubmissionId(submission),
                wrapped_key,
                received_on: day.parse().map_err(|_| strange("its day is none"))?,
                seq: decisions.try_into().map_err(|_| strange("its counts are none"))?,
                // What was said last of a submission that holds no request.
                called: Event::from_json(&said.unwrap_or(body))?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The requests as counting sees them.
    async fn facts_of(&mut self, slots: &[Slot]) -> Result<HashMap<RequestId, Fact>, Error> {
        let id = |slot: &Slot| match slot {
            Slot::Request(closed) => Some(RequestId(closed.stream)),
            Slot::Pad(_) => None,
        };
        let wanted: HashSet<_> = slots.iter().filter_map(id).collect();
        let mut facts = HashMap::new();
        self.each_current_fact(|id, fact| {
            if wanted.contains(&id) {
                facts.insert(id, fact);
            }
        })
        .await?;
        Ok(facts)
    }

    async fn count_decision(&mut self, closed: &Closed) -> Result<(), Error> {
        const COUNT: &str =
            "UPDATE stream SET decisions = $1 WHERE stream_id = $2 AND decisions = $3";
        let seq = i64::from(closed.seq);
        let rows = on_both!(self, |c| {
            sqlx::query(COUNT)
                .bind(seq + 1)
                .bind(closed.stream)
                .bind(seq)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        match rows {
            1 => Ok(()),
            _ => Err(Error::inconsistent("stream", closed.stream, "it was decided meanwhile")),
        }
    }
}

impl Closed {
    /// Its outcome, sealed anew under a new salt and a new blinding.
    fn sealed(
        &self,
        sealer: &Sealer,
        facts: &HashMap<RequestId, Fact>,
        (index, position): (u64, Position),
    ) -> Result<LeafRow, Error> {
        let (told, code) = if let Some(said) = said(&self.called) {
            (record::said(self.submission, said), codes::said(said))
        } else {
            let id = RequestId(self.stream);
            let fact = facts.get(&id).ok_or_else(|| {
                Error::inconsistent("request_fact", id, "a request in the log is not counted")
            })?;
            (record::outcome(id, fact), codes::outcome_code(fact))
        };
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let salt = Salt(salt);
        let seal = LeafKind::Decision.seal(&salt, &record::bytes(&told)?);
        let subject = (LeafKind::Decision, self.stream.into_bytes(), self.seq);
        let blinding = sealer.blinding((position, self.received_on), subject, code)?;
        let outcome = Commitment::new(code, blinding);
        let leaf = Leaf::Decision { request: self.request, seq: self.seq, seal, outcome };
        // Of what was erased nobody can open the seal any more, nor this one.
        let salt = match &self.wrapped_key {
            Some(wrapped) => sealer.keys().unwrap(self.submission, wrapped)?.seal_salt(&salt)?,
            None => Vec::new(),
        };
        Ok(row(index, (&leaf, self.request), (self.submission, salt, code), position))
    }
}

fn row(
    index: u64,
    (leaf, parent): (&Leaf, u64),
    (submission, salt, code): (SubmissionId, Vec<u8>, Code),
    position: Position,
) -> LeafRow {
    LeafRow {
        index,
        entry: leaf.encode(),
        position: position.0,
        parent: Some(parent),
        submission: Some(submission),
        salt: Some(salt),
        code: Some(code),
    }
}

/// The half-years that a period covers from their first to their last day, that are over, and whose
/// keys are there.
fn over(sealer: &Sealer, period: Period, today: Date) -> Result<BTreeSet<HalfYear>, Error> {
    let (first, last) = (half_year(period.first())?, half_year(period.last())?);
    let mut half_years = BTreeSet::new();
    for number in first.number()..=last.number() {
        let of = HalfYear::from_number(number);
        let (begins, ends) = days(of)?;
        let is_covered = period.contains(begins) && period.contains(ends) && ends < today;
        if is_covered && sealer.periods.known(of).is_ok() {
            half_years.insert(of);
        }
    }
    Ok(half_years)
}

fn days(of: HalfYear) -> Result<(Date, Date), Error> {
    let strange = || Error::inconsistent("period_key", of, "no such half-year");
    let year = i16::try_from(of.year()).ok().filter(|year| *year <= 9999).ok_or_else(strange)?;
    let period = Period::half(year, of.half().cast_signed());
    Ok((period.first(), period.last()))
}
