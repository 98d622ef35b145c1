//! Leaves are opened: the record, salt, code and blinding of each are told again, and held against
//! the leaf.

use domain::event::{Event, Stream};
use domain::id::{Position, RequestId, SubmissionId};
use domain::request::{Request, evolve};
use ledger::commitment::{Blinding, Code};
use ledger::leaf::{Leaf, LeafKind, Salt};
use serde_json::Value;

use crate::log::read::StoredLeaf;
use crate::log::record::{self, Particulars};
use crate::log::seal::{SealedSubmission, Sealer};
use crate::{Error, StoredEvent, Tx};

/// A leaf with all that opens it.
#[derive(Clone, Debug)]
pub struct OpenedLeaf {
    pub index: u64,
    pub entry: Vec<u8>,
    pub salt: Salt,
    pub record: Value,
    /// What its commitment holds; a submission has none.
    pub opening: Option<(Code, Blinding)>,
}

impl Tx {
    /// Opens every leaf about a submission. `None` where there is no such submission, or its key
    /// was destroyed. [`Error::Inconsistent`] where a leaf does not seal what the database says.
    pub async fn open_submission(
        &mut self,
        sealer: &Sealer,
        id: SubmissionId,
    ) -> Result<Option<Vec<OpenedLeaf>>, Error> {
        let keys = sealer.keys().clone();
        let Some(submission) = self.sealed_submission(&keys, id).await? else { return Ok(None) };
        let particulars = Particulars {
            reference: self.field(&keys, id, "reference").await?,
            nonce: self.field(&keys, id, "nonce").await?,
        };
        let mut opened = Vec::new();
        for leaf in self.leaves_about(id).await? {
            let history = self.events_up_to(leaf.position).await?;
            let record = told(&leaf, id, &history, &particulars)?;
            opened.push(open(leaf, record, &submission, &history, sealer)?);
        }
        Ok(Some(opened))
    }

    /// The events of one stream up to the one at a position, that one included.
    async fn events_up_to(&mut self, position: Position) -> Result<Vec<StoredEvent>, Error> {
        let missing = || Error::inconsistent("event", position, "a leaf refers to it");
        let stream = self.stream_at(position).await?.ok_or_else(missing)?;
        let mut events = self.stream_events(stream).await?;
        events.retain(|event| event.position <= position);
        Ok(events)
    }
}

/// What a leaf's record says, told from the events of its stream.
fn told(
    leaf: &StoredLeaf,
    submission: SubmissionId,
    history: &[StoredEvent],
    particulars: &Particulars,
) -> Result<Value, Error> {
    let strange = |what| Error::inconsistent("leaf", leaf.index, what);
    let last = history.last().ok_or_else(|| strange("no event called for it"))?;
    let kind = leaf.leaf.kind();
    match (&last.event, last.stream) {
        (Event::SubmissionReceived { channel, received_on, files }, _) => {
            Ok(record::received(submission, (*channel, *received_on, files), particulars))
        }
        (Event::DeclaredNotARequest { reason }, _) => {
            Ok(record::not_a_request(submission, *reason))
        }
        (Event::HistoricRequestImported { source_sha256, line, .. }, _)
            if kind == LeafKind::Submission =>
        {
            let reference = particulars.reference.as_deref().unwrap_or_default();
            Ok(record::imported(submission, (*source_sha256, *line), reference))
        }
        (_, Stream::Request(request)) => of_request(request, history, kind)
            .ok_or_else(|| strange("what called for it is no event of a request")),
        (_, Stream::Submission(_) | Stream::Publication) => {
            Err(strange("what called for it is no event of a request"))
        }
    }
}

fn of_request(request: RequestId, history: &[StoredEvent], kind: LeafKind) -> Option<Value> {
    let events = history.iter().map(|recorded| &recorded.event);
    let fact = events.into_iter().try_fold(Request::Absent, evolve).ok()?.fact()?;
    match kind {
        LeafKind::Request | LeafKind::Reclassification => Some(record::request(request, &fact)),
        LeafKind::Decision => Some(record::outcome(request, &fact)),
        LeafKind::Submission
        | LeafKind::Codebook
        | LeafKind::Report
        | LeafKind::Audit
        | LeafKind::Key => None,
    }
}

fn open(
    leaf: StoredLeaf,
    record: Value,
    submission: &SealedSubmission,
    history: &[StoredEvent],
    sealer: &Sealer,
) -> Result<OpenedLeaf, Error> {
    let strange = |what| Error::inconsistent("leaf", leaf.index, what);
    let salt = leaf.salt(Some(&submission.key))?;
    let kind = leaf.leaf.kind();
    if Some(kind.seal(&salt, &record::bytes(&record)?)) != leaf.leaf.seal() {
        return Err(strange("it seals another record than the database tells"));
    }
    let seq = match leaf.leaf {
        Leaf::Decision { seq, .. } | Leaf::Reclassification { seq, .. } => seq,
        Leaf::Submission { .. }
        | Leaf::Request { .. }
        | Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => 0,
    };
    let subject = match history.last().map(|recorded| recorded.stream) {
        Some(Stream::Request(request)) => request.0.into_bytes(),
        Some(Stream::Submission(_) | Stream::Publication) | None => submission.id.0.into_bytes(),
    };
    let opening = match (leaf.leaf.commitment(), leaf.code) {
        (Some(commitment), Some(code)) => {
            let blinding = sealer.blinding(submission.received_on, (kind, subject, seq), code)?;
            if !commitment.opens_to(code, blinding) {
                return Err(strange("its commitment opens to another code"));
            }
            Some((code, blinding))
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(strange("its code is missing")),
    };
    Ok(OpenedLeaf { index: leaf.index, entry: leaf.entry, salt, record, opening })
}
