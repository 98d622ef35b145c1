//! What people see: lists of requests and submissions, and one case with all that belongs to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::Category;
use domain::access::Permission;
use domain::compartment::Compartment;
use domain::event::{Event, NoteKind, RequestEvent, Stream};
use domain::id::{AuthorityId, Position, RequestId, SubmissionId};
use domain::request::{Handled, Request};
use jiff::Timestamp;
use store::{
    Attachment, Authority, CaseName, CaseRow, Cases, Officer, Resolution, StoredEvent,
    SubmissionNumber, SubmissionRow, Submissions, Tx, Viewed,
};

use crate::access::SignedIn;
use crate::arrivals::Alike;
use crate::authorities::AboutOfficer;
use crate::company::Inventory;
use crate::compartment::ReasonedEvent;
use crate::viewing::Look;
use crate::{Candor, Error};

/// One request, with all that a person who may read it sees.
#[derive(Clone, Debug)]
pub struct Case {
    pub row: CaseRow,
    pub handled: Handled,
    pub authority: Authority,
    pub officer: Officer,
    pub events: Vec<CaseEvent>,
    pub submission: SubmissionRow,
    pub files: Vec<Attachment>,
    /// What happened to the submission as a whole.
    pub of_submission: Vec<ReasonedEvent>,
    /// What is known of the officer, and what is noticed about the letter.
    pub about_officer: AboutOfficer,
    /// The other requests of the submission.
    pub same_submission: Vec<CaseRow>,
    /// The authority's other requests.
    pub of_authority: Vec<CaseRow>,
    /// Others under the same reference, whichever authority they are from.
    pub same_instrument: Vec<CaseRow>,
    /// Those that it renews, amends or duplicates, whose preservation it follows, or that follow
    /// its own.
    pub linked: Vec<CaseRow>,
    /// Who alone sees it; `None` where it lies in no compartment.
    pub compartment: Option<Compartment>,
    /// What the company has said that it holds, the last one in force; none where the request asks
    /// for no user data, or the viewer may not read them.
    pub inventories: Vec<Inventory>,
}

/// An event of a case, with the texts that came with it.
#[derive(Clone, Debug)]
pub struct CaseEvent {
    pub recorded: StoredEvent,
    /// From 1; who acts says how many they saw.
    pub version: i64,
    pub texts: BTreeMap<String, String>,
    /// Its own leaf of the log; all others are in the chain that audit leaves seal.
    pub leaf: Option<u64>,
}

/// One submission, with what it holds.
#[derive(Clone, Debug)]
pub struct SubmissionView {
    pub row: SubmissionRow,
    pub reference: Option<String>,
    pub sender: Option<String>,
    pub summary: Option<String>,
    pub files: Vec<Attachment>,
    pub requests: Vec<CaseRow>,
    /// Others that may be the same, the newest first.
    pub alike: Vec<(SubmissionRow, Alike)>,
    /// Who alone sees it; `None` where it lies in no compartment, or was erased.
    pub compartment: Option<Compartment>,
    /// What happened to it as a whole; nothing of one that was erased.
    pub events: Vec<ReasonedEvent>,
    /// In sealed mode, until a batch has placed it: when the next one is due.
    pub receipt_waits: Option<Timestamp>,
}

impl Case {
    /// A text of the first event that has one of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.events.iter().find_map(|event| event.texts.get(name)).map(String::as_str)
    }

    /// How many events there are: what who acts has seen.
    pub fn version(&self) -> i64 {
        self.events.len() as i64
    }
}

impl Candor {
    /// The request of this name.
    pub async fn case_named(&self, name: CaseName, by: &SignedIn) -> Result<CaseRow, Error> {
        let which = Cases::Named(name);
        let row = self.db.snapshot().await?.cases(which, by.sight()).await?.pop();
        let row = row.ok_or(Error::NoRequest)?;
        by.may(Permission::ReadCases(row.category))?;
        Ok(row)
    }

    /// Somebody looks at a request: that they did is written down before it is shown.
    pub async fn open_case(
        &self,
        name: CaseName,
        look: Look,
        by: &SignedIn,
    ) -> Result<Case, Error> {
        let row = self.case_named(name, by).await?;
        let stream = Stream::Request(row.request);
        let events = self.db.snapshot().await?.stream_events(stream, by.sight()).await?;
        if !self.is_on_record(look, &events, by) {
            self.note_viewing(Viewed::Request(row.request), by).await?;
        }
        self.case(name, by).await
    }

    /// One request. [`Error::NoRequest`] where there is none, or its texts were erased.
    pub async fn case(&self, name: CaseName, by: &SignedIn) -> Result<Case, Error> {
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let row = tx.cases(Cases::Named(name), by.sight()).await?.pop().ok_or(Error::NoRequest)?;
        let id = row.request;
        by.may(Permission::ReadCases(row.category))?;
        let current = tx.sealed_request(keys, id, by.sight()).await?.ok_or(Error::NoRequest)?;
        let Request::Handled(handled) = current.request else { return Err(Error::NoRequest) };
        let mut texts: HashMap<i64, BTreeMap<String, String>> = HashMap::new();
        for text in tx.case_texts(&current.submission, id).await? {
            texts.entry(text.version).or_default().insert(text.name, text.text);
        }
        let leaves = tx.leaves_about(row.submission).await?;
        let leaves: HashMap<Position, u64> =
            leaves.into_iter().map(|leaf| (leaf.position, leaf.index)).collect();
        let recorded = tx.stream_events(Stream::Request(id), by.sight()).await?;
        let mut events = Vec::with_capacity(recorded.len());
        for (version, recorded) in (1..).zip(recorded) {
            let mut texts = texts.remove(&version).unwrap_or_default();
            if is_privileged(&recorded.event) && !by.has(Permission::ReadPrivilegedNotes) {
                texts.clear();
            }
            let leaf = leaves.get(&recorded.position).copied();
            events.push(CaseEvent { recorded, version, texts, leaf });
        }
        let officer = tx.officer(keys, row.officer, by.sight()).await?.ok_or(Error::NoRequest)?;
        let authority = tx.authorities_with_ids(keys, &[row.authority], by.sight()).await?.pop();
        let which = Submissions::One(row.submission);
        let submission = tx.submissions(which, by.sight()).await?.pop();
        let files = tx.attachments(&current.submission).await?;
        let compartment = tx.compartment(&current.submission).await?;
        let of_submission = Self::submission_events(&mut tx, &current.submission, by).await?;
        let may_see =
            |case: &CaseRow| case.request != id && by.has(Permission::ReadCases(case.category));
        let mut same_submission = tx.cases(Cases::In(row.submission), by.sight()).await?;
        same_submission.retain(may_see);
        let mut of_authority = tx.cases(Cases::Of(row.authority), by.sight()).await?;
        of_authority.retain(may_see);
        let reference =
            events.first().and_then(|event: &CaseEvent| event.texts.get("instrument_reference"));
        let same = match reference {
            Some(reference) => tx.with_reference(keys, reference, by.sight()).await?,
            None => Vec::new(),
        };
        let mut same_instrument = tx.cases_with_ids(&same, by.sight()).await?;
        same_instrument.retain(may_see);
        let about_officer =
            self.about_officer(&mut tx, (&row, &officer), (&of_authority, &files), by).await?;
        let inventories = match handled.registration.category {
            Category::UserData if by.has(Permission::ReadInventory) => {
                self.inventories_in(&mut tx).await?
            }
            Category::UserData | Category::TechnicalExpertise => Vec::new(),
        };
        let mut linked = Vec::new();
        for event in &events {
            if let Event::Request(
                RequestEvent::RequestLinked { to: other, .. }
                | RequestEvent::PreservationFollowed { by: other },
            ) = event.recorded.event
            {
                linked.extend(tx.case(other, by.sight()).await?.filter(may_see));
            }
        }
        Ok(Case {
            row,
            handled: *handled,
            authority: authority.ok_or(Error::NoRequest)?,
            officer,
            events,
            of_submission,
            about_officer,
            submission: submission.ok_or(Error::NoRequest)?,
            files,
            same_submission,
            of_authority,
            same_instrument,
            linked,
            compartment,
            inventories,
        })
    }

    /// Writes down that somebody looks at a submission.
    pub async fn note_submission_viewed(
        &self,
        number: SubmissionNumber,
        look: Look,
        by: &SignedIn,
    ) -> Result<(), Error> {
        let id = self.submission_id(number, by).await?;
        let stream = Stream::Submission(id);
        let events = self.db.snapshot().await?.stream_events(stream, by.sight()).await?;
        if self.is_on_record(look, &events, by) {
            return Ok(());
        }
        self.note_viewing(Viewed::Submission(id), by).await
    }

    /// One submission. [`Error::NoSuchSubmission`] where there is none.
    pub async fn submission(
        &self,
        number: SubmissionNumber,
        by: &SignedIn,
    ) -> Result<SubmissionView, Error> {
        by.may(Permission::ReadSubmissions)?;
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let row = tx.submissions(Submissions::Numbered(number), by.sight()).await?.pop();
        let row = row.ok_or(Error::NoSuchSubmission)?;
        let id = row.submission;
        let (mut files, mut compartment, mut events) = (Vec::new(), None, Vec::new());
        if let Some(sealed) = tx.sealed_submission(keys, id, by.sight()).await? {
            files = tx.attachments(&sealed).await?;
            compartment = tx.compartment(&sealed).await?;
            events = Self::submission_events(&mut tx, &sealed, by).await?;
        }
        let mut requests = tx.cases(Cases::In(id), by.sight()).await?;
        requests.retain(|case| by.has(Permission::ReadCases(case.category)));
        let reference = tx.field(keys, (id, "reference"), by.sight()).await?;
        let alike = Self::alike(&mut tx, &row, by).await?;
        let receipt_waits = self.receipt_waits(&mut tx, id).await?;
        Ok(SubmissionView {
            alike,
            receipt_waits,
            row,
            reference,
            sender: tx.field(keys, (id, "sender"), by.sight()).await?,
            summary: tx.field(keys, (id, "summary"), by.sight()).await?,
            files,
            requests,
            compartment,
            events,
        })
    }

    /// The number of a submission that arrived.
    pub async fn number_of(
        &self,
        id: SubmissionId,
        by: &SignedIn,
    ) -> Result<SubmissionNumber, Error> {
        let which = Submissions::One(id);
        let row = self.db.snapshot().await?.submissions(which, by.sight()).await?.pop();
        Ok(row.ok_or(Error::NoSubmission(id))?.number)
    }

    /// The submission of a number.
    pub async fn submission_id(
        &self,
        number: SubmissionNumber,
        by: &SignedIn,
    ) -> Result<SubmissionId, Error> {
        by.may(Permission::ReadSubmissions)?;
        let which = Submissions::Numbered(number);
        let row = self.db.snapshot().await?.submissions(which, by.sight()).await?.pop();
        Ok(row.ok_or(Error::NoSuchSubmission)?.submission)
    }

    /// The name of a request.
    pub async fn name_of(&self, id: RequestId, by: &SignedIn) -> Result<CaseName, Error> {
        let row = self.db.snapshot().await?.case(id, by.sight()).await?;
        Ok(row.ok_or(Error::NoRequest)?.name)
    }

    /// The authorities of some requests.
    pub(crate) async fn authorities_of(
        &self,
        tx: &mut Tx,
        cases: impl IntoIterator<Item = &CaseRow>,
        by: &SignedIn,
    ) -> Result<HashMap<AuthorityId, Authority>, Error> {
        let ids: BTreeSet<_> = cases.into_iter().map(|case| case.authority).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let known = tx.authorities_with_ids(self.db.keys(), &ids, by.sight()).await?;
        Ok(known.into_iter().map(|known| (known.id, known)).collect())
    }

    /// The names of all authorities that were met.
    pub async fn authorities(&self, by: &SignedIn) -> Result<Vec<String>, Error> {
        by.may(Permission::ResolveSubmission)?;
        let mut tx = self.db.snapshot().await?;
        let known = tx.authorities(self.db.keys(), by.sight()).await?;
        Ok(known.into_iter().map(|authority| authority.name).collect())
    }
}

impl SubmissionView {
    pub fn waits(&self) -> bool {
        self.row.resolution == Resolution::Waits && !self.row.is_erased
    }
}

fn is_privileged(event: &Event) -> bool {
    matches!(event, Event::Request(RequestEvent::NoteWritten { kind: NoteKind::Privileged }))
}
