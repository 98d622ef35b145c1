//! Changes, with the leaves that they call for.
//!
//! **A [`Change`] is only made by a [`Sealer`]**, so that nothing is recorded without its seal.
//! Hashes and commitments are made here, before the transaction; which place a leaf has in the log
//! is known only inside it.

use std::collections::HashMap;
use std::sync::Arc;

use domain::compartment::Compartment;
use domain::event::{
    AuthorityEvent, CompanyEvent, Event, PersonEvent, RequestEvent, Stream, SubmissionEvent,
};
use domain::fact::Fact;
use domain::id::{AuthorityId, PersonId, Position, RequestId, SubmissionId};
use domain::request::{Handled, Request, evolve};
use domain::submission::{Said, Submission};
use jiff::civil::Date;
use ledger::commitment::{Blinding, Code, CodePoint, Commitment, Subject};
use ledger::hash::Hash;
use ledger::leaf::{Arrival, HalfYear, Leaf, LeafKind, Salt};
use serde_json::Value;

use crate::log::codes::{self, not_a_request, outcome_code, record_code};
use crate::log::open::OpenedLeaf;
use crate::log::period::{NewPeriodKey, PeriodKeys, half_year};
use crate::log::record::{self, Calls, Particulars};
use crate::submission::file_mark;
use crate::{Db, Error, Keys, NewSubmission, SubmissionKey, Tx};

/// What happened to one stream since it was read, ready to be recorded.
#[derive(Debug)]
pub struct Change {
    pub(crate) stream: Stream,
    /// The number of events that the stream had when it was read; 0 where it is new.
    pub(crate) version: i64,
    pub(crate) events: Vec<Event>,
    /// The request as counting sees it afterwards; `None` for what is no request.
    pub(crate) fact: Option<Fact>,
    pub(crate) leaves: Vec<NewLeaf>,
    pub(crate) before: Sealed,
    /// A submission that comes with the change.
    pub(crate) arrived: Option<Arrived>,
    /// The submission that was there before, where a request is found in it.
    pub(crate) found_in: Option<FoundIn>,
    pub(crate) period_keys: Vec<NewPeriodKey>,
    /// The leaf that says of a submission that it holds no request: what is said of that later
    /// refers to it. `None` where it waits for its place.
    pub(crate) no_request: Option<u64>,
    /// What opens the leaf of a submission that arrives, for its receipt.
    pub(crate) opens: Option<(Salt, Value)>,
    /// The request afterwards, where candor handles it.
    pub(crate) handled: Option<Box<Handled>>,
    /// Texts that came with it, sealed under the submission's key.
    pub(crate) texts: Vec<NewText>,
}

/// A text of a submission that was there before.
#[derive(Debug)]
pub(crate) struct NewText {
    pub(crate) submission: SubmissionId,
    pub(crate) name: String,
    pub(crate) sealed: Vec<u8>,
}

/// A submission that comes into the log.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) submission: NewSubmission,
    pub(crate) received_on: Date,
    /// How many requests come with it.
    pub(crate) requests: u16,
}

/// Where a request was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundIn {
    pub(crate) submission: SubmissionId,
    /// The submission's leaf; `None` where it waits for its place.
    pub(crate) leaf: Option<u64>,
    /// Place of the request in it, from 1.
    pub(crate) ordinal: u16,
}

/// What of a stream is in the log already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// The leaf of the request, or of the submission.
    pub(crate) leaf: Option<u64>,
    pub(crate) decisions: u32,
    pub(crate) reclassifications: u32,
}

/// A submission that was sealed, with its key.
#[derive(Debug)]
pub struct SealedSubmission {
    pub(crate) id: SubmissionId,
    pub(crate) key: SubmissionKey,
    /// `None` where it waits for its place.
    pub(crate) leaf: Option<u64>,
    pub received_on: Date,
    /// How many requests were found in it so far.
    pub requests: u16,
    /// Whether a number before theirs stays taken, by what was said and taken back.
    pub(crate) taken_back: u16,
}

/// What was said of whether a submission holds a request, with what a change of it has to know.
#[derive(Debug)]
pub struct SealedSaid {
    /// What was said last.
    pub said: Option<Said>,
    pub(crate) version: i64,
    pub(crate) sealed: Sealed,
    /// Its leaf among the requests of the submission.
    pub(crate) leaf: Option<u64>,
}

/// A request as it stands, with what a change of it has to know.
#[derive(Debug)]
pub struct SealedRequest {
    pub id: RequestId,
    pub request: Request,
    pub(crate) version: i64,
    pub(crate) sealed: Sealed,
    pub submission: SealedSubmission,
}

/// A leaf that has no place in the log yet.
#[derive(Debug)]
pub(crate) struct NewLeaf {
    /// Which of the change's events calls for it.
    pub(crate) event: usize,
    pub(crate) body: NewBody,
    pub(crate) submission: SubmissionId,
    /// Under the submission's key.
    pub(crate) salt: Vec<u8>,
    pub(crate) code: Option<Code>,
}

#[derive(Debug)]
pub(crate) enum NewBody {
    Submission { period: HalfYear, arrival: Arrival, seal: Hash },
    Request { ordinal: u16, seal: Hash, record: Commitment },
    Decision { seq: u32, seal: Hash, outcome: Commitment },
    Reclassification { seq: u32, seal: Hash, record: Commitment },
}

/// Makes changes. It holds the period keys, so it is made anew from time to time.
#[derive(Clone, Debug)]
pub struct Sealer {
    keys: Arc<Keys>,
    pub(super) origin: Arc<str>,
    /// The logs that this one follows, each with the event before which its name is in force.
    pub(super) earlier: Arc<[(Position, String)]>,
    pub(super) periods: PeriodKeys,
    points: HashMap<Code, CodePoint>,
}

impl SealedRequest {
    /// The number of its events: who changes it says which one they saw.
    pub fn version(&self) -> i64 {
        self.version
    }
}

impl SealedSubmission {
    pub fn id(&self) -> SubmissionId {
        self.id
    }

    /// How many numbers are taken among its requests.
    pub fn ordinals(&self) -> u16 {
        self.requests.saturating_add(self.taken_back)
    }

    /// Whether it was said to hold no request, and that was taken back.
    pub fn was_taken_back(&self) -> bool {
        self.taken_back > 0
    }

    /// As far as rules look at it.
    pub fn state(&self) -> Submission {
        Submission { received_on: self.received_on, requests: self.requests }
    }
}

impl Db {
    /// A sealer that knows the period keys as they are now.
    pub async fn sealer(&self) -> Result<Sealer, Error> {
        self.snapshot().await?.sealer(&self.keys).await
    }
}

impl Tx {
    /// A sealer that knows the period keys as this transaction sees them.
    pub async fn sealer(&mut self, keys: &Arc<Keys>) -> Result<Sealer, Error> {
        let origin = self.origin().await?;
        let periods = self.period_keys(keys).await?;
        Ok(Sealer {
            keys: Arc::clone(keys),
            origin: origin.into(),
            earlier: self.origins().await?.into(),
            periods,
            points: HashMap::new(),
        })
    }
}

impl Change {
    /// What happened to a stream, and calls for no leaf.
    fn of<E: Into<Event>>(stream: Stream, version: i64, events: Vec<E>) -> Self {
        Self {
            stream,
            version,
            events: events.into_iter().map(E::into).collect(),
            fact: None,
            leaves: Vec::new(),
            before: Sealed::default(),
            arrived: None,
            found_in: None,
            period_keys: Vec::new(),
            no_request: None,
            opens: None,
            handled: None,
            texts: Vec::new(),
        }
    }

    /// What happened to the publication calls for no leaf of its own.
    pub fn of_publication(version: i64, events: Vec<CompanyEvent>) -> Self {
        Self::of(Stream::Publication, version, events)
    }

    /// Nor does what happened to the account of one of the company's people.
    pub fn of_person(person: PersonId, version: i64, events: Vec<PersonEvent>) -> Self {
        Self::of(Stream::Person(person), version, events)
    }

    /// Nor does what is entered in the register of an authority.
    pub fn of_authority(authority: AuthorityId, version: i64, events: Vec<AuthorityEvent>) -> Self {
        Self::of(Stream::Authority(authority), version, events)
    }

    /// Nor does what happens to a submission as a whole, once it is there. `before` is what of it
    /// is in the log.
    pub(crate) fn of_submission(
        (submission, before): (SubmissionId, Sealed),
        version: i64,
        event: SubmissionEvent,
    ) -> Self {
        Self { before, ..Self::of(Stream::Submission(submission), version, vec![event]) }
    }

    /// A submission that arrives into a compartment: nobody else sees it for a moment.
    pub fn closed_to(mut self, people: Compartment) -> Self {
        self.events.push(SubmissionEvent::CompartmentClosed { people }.into());
        self
    }

    /// Adds a text that came with the change, sealed under the submission's key. It is read by the
    /// version of the change's first event and its name.
    pub fn with_text(
        mut self,
        submission: &SealedSubmission,
        name: &str,
        text: &str,
    ) -> Result<Self, Error> {
        let name = text_name(self.stream, self.version + 1, name);
        let sealed = submission.key.seal(&name, text)?;
        self.texts.push(NewText { submission: submission.id, name, sealed });
        Ok(self)
    }

    /// The leaf of a submission that arrives, opened to its sender, once its place is known.
    pub fn opened(&self, index: u64) -> Option<OpenedLeaf> {
        let (salt, record) = self.opens.clone()?;
        self.leaves.iter().find_map(|leaf| match leaf.body {
            NewBody::Submission { period, arrival, seal } => {
                let entry = Leaf::Submission { period, arrival, seal }.encode();
                let record = record.clone();
                Some(OpenedLeaf { index, entry, salt, record, opening: None })
            }
            NewBody::Request { .. }
            | NewBody::Decision { .. }
            | NewBody::Reclassification { .. } => None,
        })
    }

    /// The submission that was there before and whose key is needed: what was erased since it was
    /// read takes no text and no leaf any more.
    pub(crate) fn needs_key_of(&self) -> Option<SubmissionId> {
        let erases = |event: &Event| {
            matches!(event, Event::Submission(SubmissionEvent::SubmissionErased { .. }))
        };
        if self.arrived.is_some() || self.events.iter().any(erases) {
            return None;
        }
        if let Some(found) = self.found_in {
            return Some(found.submission);
        }
        if let Some(handled) = &self.handled {
            return Some(handled.registration.submission);
        }
        match self.stream {
            Stream::Submission(submission) => Some(submission),
            Stream::Request(_) | Stream::Authority(_) | Stream::Person(_) | Stream::Publication => {
                self.texts.first().map(|text| text.submission)
            }
        }
    }

    /// Whether it is a line of history, whose leaves are marked as sealed on import and get their
    /// place at once.
    pub(crate) fn is_history(&self) -> bool {
        self.events.iter().any(|event| {
            matches!(event, Event::Request(RequestEvent::HistoricRequestImported { .. }))
        })
    }

    /// The submission that comes with the change.
    pub fn submission(&self) -> Option<SubmissionId> {
        self.arrived.as_ref().map(|arrived| arrived.submission.id)
    }

    /// The submission that came with the change, where its texts are wanted and it is not.
    pub fn into_texts(self) -> Option<NewSubmission> {
        self.arrived.map(|arrived| arrived.submission)
    }
}

impl Sealer {
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Has the key of the half-year of a day at hand, a new one if need be. Clones that are made
    /// afterwards have the same one.
    pub fn know(&mut self, received_on: Date) -> Result<(), Error> {
        self.periods.of(&self.keys, half_year(received_on)?)?;
        Ok(())
    }

    /// Something arrived.
    pub fn receive(
        &mut self,
        mut submission: NewSubmission,
        event: SubmissionEvent,
        particulars: &Particulars,
    ) -> Result<Change, Error> {
        let SubmissionEvent::SubmissionReceived { channel, received_on, files } = &event else {
            return Err(Error::inconsistent("event", event.kind(), "nothing arrives with it"));
        };
        submission.marks.extend(files.iter().map(|file| file_mark(&self.keys, *file)));
        let received_on = *received_on;
        let id = submission.id;
        let told = record::received(id, (*channel, received_on, files), particulars);
        let mut leaves = Leaves::new(self, received_on, &submission.key)?;
        let salt = leaves.submission(Arrival::OnReceipt, &told)?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            leaves,
            arrived: Some(Arrived { submission, received_on, requests: 0 }),
            opens: Some((salt, told)),
            period_keys,
            ..Change::of(Stream::Submission(id), 0, vec![event])
        })
    }

    /// A line of history, with the submission that stands for it. `reference` is the line's own.
    pub fn import(
        &mut self,
        request: RequestId,
        submission: NewSubmission,
        reference: &str,
        events: Vec<RequestEvent>,
    ) -> Result<Change, Error> {
        let told = events.iter().find_map(|event| match event {
            RequestEvent::HistoricRequestImported { source_sha256, line, request, .. } => {
                Some((*source_sha256, *line, request.received_on))
            }
            _ => None,
        });
        let (source_sha256, line, received_on) = told
            .ok_or_else(|| Error::inconsistent("event", request, "no line of history is in it"))?;
        let told = record::imported(submission.id, (source_sha256, line), reference);
        let mut leaves = Leaves::new(self, received_on, &submission.key)?;
        leaves.submission(Arrival::OnImport, &told)?;
        let after = leaves.request(request, Request::Absent, &events, Sealed::default(), 1)?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            fact: after.fact(),
            leaves,
            arrived: Some(Arrived { submission, received_on, requests: 1 }),
            period_keys,
            ..Change::of(Stream::Request(request), 0, events)
        })
    }

    /// A request is found in a submission.
    pub fn register(
        &mut self,
        submission: &SealedSubmission,
        request: RequestId,
        events: Vec<RequestEvent>,
    ) -> Result<Change, Error> {
        let ordinal = next_ordinal(submission)?;
        let mut leaves = Leaves::new(self, submission.received_on, &submission.key)?;
        let after =
            leaves.request(request, Request::Absent, &events, Sealed::default(), ordinal)?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            fact: after.fact(),
            handled: handled(after),
            leaves,
            found_in: Some(FoundIn { submission: submission.id, leaf: submission.leaf, ordinal }),
            period_keys,
            ..Change::of(Stream::Request(request), 0, events)
        })
    }

    /// No request is found in a submission.
    pub fn not_a_request(
        &mut self,
        submission: &SealedSubmission,
        version: i64,
        event: SubmissionEvent,
    ) -> Result<Change, Error> {
        let SubmissionEvent::DeclaredNotARequest { reason } = &event else {
            return Err(Error::inconsistent("event", event.kind(), "it declares something else"));
        };
        let ordinal = next_ordinal(submission)?;
        let told = record::not_a_request(submission.id, *reason);
        let (record, outcome) = not_a_request();
        let mut leaves = Leaves::new(self, submission.received_on, &submission.key)?;
        let subject = submission.id.0.into_bytes();
        let (salt, seal) = leaves.seal(LeafKind::Request, &told)?;
        let commitment = leaves.commit(LeafKind::Request, subject, 0, record);
        let body = NewBody::Request { ordinal, seal, record: commitment };
        leaves.push(0, body, salt, Some(record))?;
        let (salt, seal) = leaves.seal(LeafKind::Decision, &told)?;
        let commitment = leaves.commit(LeafKind::Decision, subject, 0, outcome);
        let body = NewBody::Decision { seq: 0, seal, outcome: commitment };
        leaves.push(0, body, salt, Some(outcome))?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            leaves,
            before: Sealed { leaf: submission.leaf, ..Sealed::default() },
            found_in: Some(FoundIn { submission: submission.id, leaf: submission.leaf, ordinal }),
            period_keys,
            ..Change::of(Stream::Submission(submission.id), version, vec![event])
        })
    }

    /// That a submission holds no request is taken back, or said again after that: another outcome
    /// of the leaf that said it first, since what is sealed stays.
    pub fn said_anew(
        &mut self,
        submission: &SealedSubmission,
        before: &SealedSaid,
        event: SubmissionEvent,
    ) -> Result<Change, Error> {
        let strange = || Error::inconsistent("event", event.kind(), "it says something else");
        let said = Said::by(&event).ok_or_else(strange)?;
        let (told, outcome) = (record::said(submission.id, said), codes::said(said));
        let (subject, seq) = (submission.id.0.into_bytes(), before.sealed.decisions);
        let mut leaves = Leaves::new(self, submission.received_on, &submission.key)?;
        let (salt, seal) = leaves.seal(LeafKind::Decision, &told)?;
        let commitment = leaves.commit(LeafKind::Decision, subject, seq, outcome);
        leaves.push(
            0,
            NewBody::Decision { seq, seal, outcome: commitment },
            salt,
            Some(outcome),
        )?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            leaves,
            // The stream's leaf is the submission's, to which no outcome refers.
            before: Sealed { leaf: None, ..before.sealed },
            period_keys,
            no_request: before.leaf,
            ..Change::of(Stream::Submission(submission.id), before.version, vec![event])
        })
    }

    /// Something happened to a request. `texts` are fields that came with it, under a key of
    /// their own.
    pub fn advance(
        &mut self,
        current: &SealedRequest,
        events: Vec<RequestEvent>,
    ) -> Result<Change, Error> {
        let SealedRequest { id, request, version, sealed, submission } = current;
        let mut leaves = Leaves::new(self, submission.received_on, &submission.key)?;
        let after = leaves.request(*id, request.clone(), &events, *sealed, 0)?;
        let (leaves, period_keys) = leaves.done();
        Ok(Change {
            fact: after.fact(),
            handled: handled(after),
            leaves,
            before: *sealed,
            period_keys,
            ..Change::of(Stream::Request(*id), *version, events)
        })
    }

    /// The name under which is blinded what an event calls for: of the log as it was named then.
    pub(super) fn origin_at(&self, position: Position) -> &str {
        let earlier = self.earlier.iter().find(|(until, _)| position < *until);
        earlier.map_or(&*self.origin, |(_, origin)| origin)
    }

    /// Whether an event happened while the log had another name than now.
    pub(super) fn is_of_log_before(&self, position: Position) -> bool {
        self.earlier.last().is_some_and(|(until, _)| position < *until)
    }

    /// The numbers under which a leaf may be blinded: its own, and where it was sealed for a log
    /// before, lower ones, since leaves that the public saw there may have come before it.
    pub(super) fn numbers(&self, position: Position, seq: u32) -> impl Iterator<Item = u32> {
        /// More leaves about one request than were lost at a time.
        const LOWER_MAX: u32 = 1_000;
        let lower = if self.is_of_log_before(position) { LOWER_MAX } else { 0 };
        let lowest = seq.saturating_sub(lower);
        (lowest..=seq).rev()
    }

    /// The blinding of a leaf that was sealed, to open its commitment.
    pub(crate) fn blinding(
        &self,
        (called_at, received_on): (Position, Date),
        (kind, subject, seq): (LeafKind, [u8; 16], u32),
        code: Code,
    ) -> Result<Blinding, Error> {
        let half_year = half_year(received_on)?;
        let key = self.periods.known(half_year)?;
        let origin = self.origin_at(called_at);
        let subject = Subject { origin, kind, request: subject, seq };
        Ok(key.blinding(subject, code))
    }
}

fn handled(request: Request) -> Option<Box<Handled>> {
    match request {
        Request::Handled(handled) => Some(handled),
        Request::Absent | Request::Historic(_) => None,
    }
}

/// The name of the field that holds a text of an event.
pub(crate) fn text_name(stream: Stream, version: i64, name: &str) -> String {
    match stream {
        Stream::Request(request) => format!("{request}/{version}/{name}"),
        Stream::Submission(submission) => format!("{submission}/{version}/{name}"),
        Stream::Authority(authority) => format!("{authority}/{version}/{name}"),
        Stream::Person(_) | Stream::Publication => format!("{version}/{name}"),
    }
}

fn next_ordinal(submission: &SealedSubmission) -> Result<u16, Error> {
    let next = submission.ordinals().checked_add(1);
    next.ok_or_else(|| Error::inconsistent("submission", submission.id, "it is full"))
}

/// The leaves of one change, as they are made.
struct Leaves<'a> {
    key: &'a SubmissionKey,
    origin: Arc<str>,
    half_year: HalfYear,
    period_key: ledger::commitment::PeriodKey,
    points: &'a mut HashMap<Code, CodePoint>,
    period_keys: Vec<NewPeriodKey>,
    leaves: Vec<NewLeaf>,
}

impl<'a> Leaves<'a> {
    fn new(
        sealer: &'a mut Sealer,
        received_on: Date,
        key: &'a SubmissionKey,
    ) -> Result<Self, Error> {
        let half_year = half_year(received_on)?;
        let (period_key, new) = sealer.periods.of(&sealer.keys, half_year)?;
        Ok(Self {
            key,
            half_year,
            period_key: period_key.clone(),
            period_keys: Vec::from_iter(new),
            points: &mut sealer.points,
            origin: Arc::clone(&sealer.origin),
            leaves: Vec::new(),
        })
    }

    fn done(self) -> (Vec<NewLeaf>, Vec<NewPeriodKey>) {
        (self.leaves, self.period_keys)
    }

    /// A fresh salt, and the hash that seals a record with it.
    fn seal(&self, kind: LeafKind, told: &Value) -> Result<(Salt, Hash), Error> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let salt = Salt(salt);
        Ok((salt, kind.seal(&salt, &record::bytes(told)?)))
    }

    fn commit(&mut self, kind: LeafKind, request: [u8; 16], seq: u32, code: Code) -> Commitment {
        let subject = Subject { origin: &self.origin, kind, request, seq };
        let point = self.points.entry(code).or_insert_with(|| CodePoint::new(code));
        Commitment::blinded(*point, self.period_key.blinding(subject, code))
    }

    fn push(
        &mut self,
        event: usize,
        body: NewBody,
        salt: Salt,
        code: Option<Code>,
    ) -> Result<(), Error> {
        let salt = self.key.seal_salt(&salt)?;
        let submission = self.key.submission();
        self.leaves.push(NewLeaf { event, body, submission, salt, code });
        Ok(())
    }

    fn submission(&mut self, arrival: Arrival, told: &Value) -> Result<Salt, Error> {
        let (salt, seal) = self.seal(LeafKind::Submission, told)?;
        let body = NewBody::Submission { period: self.half_year, arrival, seal };
        self.push(0, body, salt, None)?;
        Ok(salt)
    }

    /// The leaves that a request's events call for, one event after the other. `ordinal` is the
    /// place of a new request in its submission.
    fn request(
        &mut self,
        id: RequestId,
        before: Request,
        events: &[RequestEvent],
        mut sealed: Sealed,
        ordinal: u16,
    ) -> Result<Request, Error> {
        let mut request = before;
        for (event, happened) in events.iter().enumerate() {
            let was = request.fact();
            request = evolve(request, happened)?;
            let Some(now) = request.fact() else { continue };
            let is_new = was.is_none();
            let moved = was.is_some_and(|was| record_code(&was) != record_code(&now));
            let ended = was.is_none_or(|was| outcome_code(&was) != outcome_code(&now));
            let (of_record, of_outcome) = match Calls::of(happened) {
                Calls::Nothing => (false, false),
                Calls::Request => (true, false),
                Calls::Outcome => (false, true),
                Calls::Reclassification => (moved, true),
                // Another officer stands in no record, and is told by the chain of events.
                Calls::Correction => {
                    let told = |fact: &Fact| record::request(id, fact);
                    (was.is_none_or(|was| told(&was) != told(&now)), ended)
                }
                // The same line again, with other content: only what changed.
                Calls::History => (is_new || moved, ended),
            };
            if of_record {
                self.record(event, id, &now, &mut sealed, is_new.then_some(ordinal))?;
            }
            if of_outcome {
                self.outcome(event, id, &now, &mut sealed)?;
            }
        }
        Ok(request)
    }

    /// The record of a request: its own leaf where it is new, else a reclassification, as it is
    /// called in the log, whatever of the record is another one.
    fn record(
        &mut self,
        event: usize,
        id: RequestId,
        fact: &Fact,
        sealed: &mut Sealed,
        ordinal: Option<u16>,
    ) -> Result<(), Error> {
        let (code, told) = (record_code(fact), record::request(id, fact));
        let subject = id.0.into_bytes();
        let (salt, body) = match ordinal {
            Some(ordinal) => {
                let (salt, seal) = self.seal(LeafKind::Request, &told)?;
                let record = self.commit(LeafKind::Request, subject, 0, code);
                (salt, NewBody::Request { ordinal, seal, record })
            }
            None => {
                let seq = sealed.reclassifications;
                sealed.reclassifications += 1;
                let (salt, seal) = self.seal(LeafKind::Reclassification, &told)?;
                let record = self.commit(LeafKind::Reclassification, subject, seq, code);
                (salt, NewBody::Reclassification { seq, seal, record })
            }
        };
        self.push(event, body, salt, Some(code))
    }

    fn outcome(
        &mut self,
        event: usize,
        id: RequestId,
        fact: &Fact,
        sealed: &mut Sealed,
    ) -> Result<(), Error> {
        let (code, seq) = (outcome_code(fact), sealed.decisions);
        sealed.decisions += 1;
        let (salt, seal) = self.seal(LeafKind::Decision, &record::outcome(id, fact))?;
        let outcome = self.commit(LeafKind::Decision, id.0.into_bytes(), seq, code);
        self.push(event, NewBody::Decision { seq, seal, outcome }, salt, Some(code))
    }
}
