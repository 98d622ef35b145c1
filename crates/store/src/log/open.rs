//! Leaves are opened: the record, salt, code and blinding of each are told again, and held against
//! the leaf.

use domain::event::{CompanyEvent, Event, RequestEvent, Stream, SubmissionEvent};
use domain::id::SubmissionId;
use domain::request::Request;
use ledger::commitment::{Blinding, Code};
use ledger::leaf::{Leaf, LeafKind, Salt};
use serde_json::Value;

use crate::event::request_of;
use crate::log::read::StoredLeaf;
use crate::log::record::{self, Particulars};
use crate::log::seal::{SealedSubmission, Sealer};
use crate::said::said;
use crate::{Error, Keys, Sight, Tx};

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
    /// Opens every leaf about a submission but those whose content is lost. `None` where there is
    /// no such submission that is seen, or its key was destroyed. [`Error::Inconsistent`] where a
    /// leaf does not seal what the database says.
    pub async fn open_submission(
        &mut self,
        sealer: &Sealer,
        id: SubmissionId,
        sight: Sight,
    ) -> Result<Option<Vec<OpenedLeaf>>, Error> {
        let keys = sealer.keys().clone();
        let submission = self.sealed_submission(&keys, id, sight).await?;
        let Some(submission) = submission else { return Ok(None) };
        let particulars = self.particulars(&keys, id).await?;
        let mut opened = Vec::new();
        for leaf in self.leaves_about(id).await? {
            if leaf.is_lost() {
                continue;
            }
            let told = self.told(&leaf, id, &particulars).await?;
            let missing = || Error::inconsistent("leaf", leaf.index, "no event calls for it");
            opened.push(check(&leaf, told.ok_or_else(missing)?, &submission, sealer)?);
        }
        Ok(Some(opened))
    }

    /// What a leaf about a submission should seal, told from the events of its own stream alone;
    /// `None` where no event calls for it.
    pub(crate) async fn told(
        &mut self,
        leaf: &StoredLeaf,
        id: SubmissionId,
        particulars: &Particulars,
    ) -> Result<Option<LeafTold>, Error> {
        let Some(called) = self.event_at(leaf.position).await? else { return Ok(None) };
        let mut stream = called.stream;
        let is_closing = matches!(called.event, Event::Company(CompanyEvent::PeriodClosed { .. }));
        if is_closing {
            // What was closed with a period is told by the request that it is about.
            let Some(of) = self.stream_of(leaf).await? else { return Ok(None) };
            stream = of;
        }
        let mut history = self.stream_events(stream, Sight::whole()).await?;
        history.retain(|event| event.position <= leaf.position);
        let request = match stream {
            Stream::Request(_) => Some(request_of(&history)?),
            Stream::Submission(_)
            | Stream::Person(_)
            | Stream::Authority(_)
            | Stream::Publication => None,
        };
        if let (true, Stream::Submission(_)) = (is_closing, stream) {
            // Whatever else happened to it, a hold or a compartment, it was closed as what was said.
            history.retain(|recorded| said(&recorded.event).is_some());
        }
        let Some(last) = history.last() else { return Ok(None) };
        Ok(LeafTold::new(leaf, id, (stream, &last.event), request.as_ref(), particulars))
    }

    /// What a leaf is about that refers to another one.
    async fn stream_of(&mut self, leaf: &StoredLeaf) -> Result<Option<Stream>, Error> {
        if leaf.waits_in.is_some() {
            return Ok(leaf.waits_in);
        }
        let Some(parent) = leaf.parent else { return Ok(None) };
        let Some(parent) = self.leaf(parent).await? else { return Ok(None) };
        self.stream_at(parent.position).await
    }

    /// What a submitter said of a submission.
    pub(crate) async fn particulars(
        &mut self,
        keys: &Keys,
        id: SubmissionId,
    ) -> Result<Particulars, Error> {
        Ok(Particulars {
            reference: self.field(keys, (id, "reference"), Sight::whole()).await?,
            nonce: self.field(keys, (id, "nonce"), Sight::whole()).await?,
        })
    }
}

/// What a leaf should seal, told from the events.
pub(crate) struct LeafTold {
    record: Value,
    /// What its blinding is about: the request, or the submission that holds none.
    subject: [u8; 16],
}

impl LeafTold {
    /// `called` is the event that called for the leaf, `request` what it made of its request.
    /// `None` where that event calls for no such leaf.
    pub(crate) fn new(
        leaf: &StoredLeaf,
        submission: SubmissionId,
        called: (Stream, &Event),
        request: Option<&Request>,
        particulars: &Particulars,
    ) -> Option<Self> {
        let kind = leaf.leaf.kind();
        let of_submission = |record| Some(Self { record, subject: submission.0.into_bytes() });
        match called {
            (
                _,
                Event::Submission(SubmissionEvent::SubmissionReceived {
                    channel,
                    received_on,
                    files,
                }),
            ) => of_submission(record::received(
                submission,
                (*channel, *received_on, files),
                particulars,
            )),
            (_, Event::Submission(SubmissionEvent::DeclaredNotARequest { reason })) => {
                of_submission(record::not_a_request(submission, *reason))
            }
            (_, Event::Submission(SubmissionEvent::NotARequestTakenBack {})) => {
                of_submission(record::taken_back(submission))
            }
            (
                _,
                Event::Request(RequestEvent::HistoricRequestImported {
                    source_sha256, line, ..
                }),
            ) if kind == LeafKind::Submission => {
                let reference = particulars.reference.as_deref().unwrap_or_default();
                of_submission(record::imported(submission, (*source_sha256, *line), reference))
            }
            (Stream::Request(id), _) => {
                let fact = request?.fact()?;
                let record = match kind {
                    LeafKind::Request | LeafKind::Reclassification => record::request(id, &fact),
                    LeafKind::Decision => record::outcome(id, &fact),
                    LeafKind::Submission
                    | LeafKind::Codebook
                    | LeafKind::Report
                    | LeafKind::Audit
                    | LeafKind::Key => return None,
                };
                Some(Self { record, subject: id.0.into_bytes() })
            }
            (
                Stream::Submission(_)
                | Stream::Person(_)
                | Stream::Authority(_)
                | Stream::Publication,
                _,
            ) => None,
        }
    }
}

/// Opens a leaf, and checks that it seals what is told and commits to its code.
pub(crate) fn check(
    leaf: &StoredLeaf,
    told: LeafTold,
    submission: &SealedSubmission,
    sealer: &Sealer,
) -> Result<OpenedLeaf, Error> {
    let strange = |what| Error::inconsistent("leaf", leaf.index, what);
    let LeafTold { record, subject } = told;
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
    let opening = match (leaf.leaf.commitment(), leaf.code) {
        (Some(commitment), Some(code)) => {
            let day = submission.received_on;
            let blinding = |seq| sealer.blinding((leaf.position, day), (kind, subject, seq), code);
            let mut opens = None;
            for seq in sealer.numbers(leaf.position, seq) {
                let blinding = blinding(seq)?;
                if commitment.opens_to(code, blinding) {
                    opens = Some((code, blinding));
                    break;
                }
            }
            Some(opens.ok_or_else(|| strange("its commitment opens to another code"))?)
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(strange("its code is missing")),
    };
    Ok(OpenedLeaf { index: leaf.index, entry: leaf.entry.clone(), salt, record, opening })
}
