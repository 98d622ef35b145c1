//! Leaves that wait for their place in the log (sealed mode).
//!
//! They are made and sealed as ever, in the transaction of the event that calls for them: **what is
//! recorded has its seal, and only its place comes later**. A row is never changed; it goes when
//! its leaf is appended, in the same transaction.

use domain::event::Stream;
use domain::id::{Position, RequestId, SubmissionId};
use ledger::commitment::Code;
use ledger::hash::Hash;
use ledger::leaf::{Leaf, LeafKind};
use uuid::Uuid;

use crate::event::stream_id;
use crate::log::append::{Grown, LeafRow, Placed};
use crate::log::read::StoredLeaf;
use crate::log::seal::{Change, NewBody, NewLeaf};
use crate::{Error, Tx, insert_all, on_both};

/// A leaf without its place, as its row.
#[derive(Clone, Debug)]
pub(crate) struct WaitingLeaf {
    position: i64,
    stream: Uuid,
    submission: SubmissionId,
    /// With 0 in place of the leaf that it refers to.
    leaf: Leaf,
    salt: Vec<u8>,
    code: Option<Code>,
}

type Row = (i64, Uuid, Uuid, Vec<u8>, Vec<u8>, Option<i64>);

/// Has the leaves of a change wait. Its first event gets position `first`.
pub(super) fn defer(change: &Change, first: i64, grown: &mut Grown) -> Placed {
    let mut sealed = change.before;
    for NewLeaf { event, body, submission, salt, code } in &change.leaves {
        let leaf = match *body {
            NewBody::Submission { period, arrival, seal } => {
                Leaf::Submission { period, arrival, seal }
            }
            NewBody::Request { ordinal, seal, record } => {
                Leaf::Request { submission: 0, ordinal, seal, record }
            }
            NewBody::Decision { seq, seal, outcome } => {
                sealed.decisions = seq + 1;
                Leaf::Decision { request: 0, seq, seal, outcome }
            }
            NewBody::Reclassification { seq, seal, record } => {
                sealed.reclassifications = seq + 1;
                Leaf::Reclassification { request: 0, seq, seal, record }
            }
        };
        grown.waiting.push(WaitingLeaf {
            position: first + *event as i64,
            stream: stream_id(change.stream),
            submission: *submission,
            leaf,
            salt: salt.clone(),
            code: *code,
        });
    }
    Placed { sealed, submission: None }
}

impl WaitingLeaf {
    /// A leaf that had its place, and waits for another; `None` where it is none that waits.
    pub(super) fn again(stored: StoredLeaf, of: Stream) -> Option<Self> {
        let StoredLeaf { leaf, position, salt, submission, code, .. } = stored;
        let (submission, salt) = (submission?, salt?);
        let (leaf, stream) = (referring(&leaf, 0), stream_id(of));
        Some(Self { position: position.0, stream, submission, leaf, salt, code })
    }

    pub(super) fn kind(&self) -> LeafKind {
        self.leaf.kind()
    }

    /// By which it is found in a published log.
    pub(super) fn seal(&self) -> Option<Hash> {
        self.leaf.seal()
    }

    /// Whether a published leaf is this one, at its place.
    pub(super) fn is(&self, published: &Leaf) -> bool {
        referring(&self.leaf, published.parent().unwrap_or_default()) == *published
    }

    /// Whether a leaf seals and commits to what this one does, whatever it refers to.
    pub(super) fn seals_as(&self, leaf: &Leaf) -> bool {
        let what = |leaf: &Leaf| (leaf.kind(), leaf.seal(), leaf.commitment());
        what(&self.leaf) == what(leaf)
    }

    /// Among which leaves it is numbered: those of its kind in a submission, or on a stream.
    pub(super) fn numbered_by(&self) -> Option<(Uuid, LeafKind)> {
        match self.leaf {
            Leaf::Request { .. } => Some((self.submission.0, LeafKind::Request)),
            Leaf::Decision { .. } | Leaf::Reclassification { .. } => {
                Some((self.stream, self.kind()))
            }
            Leaf::Submission { .. }
            | Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => None,
        }
    }

    /// Gives it the number after so many others. Returns what it was, where it had another one.
    pub(super) fn renumber(&mut self, others: u32) -> Option<Self> {
        let before = self.clone();
        match &mut self.leaf {
            Leaf::Request { ordinal, .. } => {
                *ordinal = u16::try_from(others).unwrap_or(u16::MAX).saturating_add(1);
            }
            Leaf::Decision { seq, .. } | Leaf::Reclassification { seq, .. } => *seq = others,
            Leaf::Submission { .. }
            | Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => {}
        }
        (before.leaf != self.leaf).then_some(before)
    }

    /// As its row in the log will be.
    pub(super) fn placed(&self, index: u64, parent: Option<u64>) -> LeafRow {
        LeafRow {
            index,
            entry: referring(&self.leaf, parent.unwrap_or_default()).encode(),
            position: self.position,
            parent,
            submission: Some(self.submission),
            salt: Some(self.salt.clone()),
            code: self.code,
        }
    }

    /// To be opened as a leaf of the log is.
    pub(super) fn stored(&self) -> StoredLeaf {
        StoredLeaf {
            index: u64::MAX,
            entry: self.leaf.encode(),
            leaf: self.leaf.clone(),
            position: Position(self.position),
            parent: None,
            salt: Some(self.salt.clone()),
            submission: Some(self.submission),
            code: self.code,
            waits_in: Some(self.stream()),
        }
    }

    /// What it is about.
    fn stream(&self) -> Stream {
        match self.stream == self.submission.0 {
            true => Stream::Submission(self.submission),
            false => Stream::Request(RequestId(self.stream)),
        }
    }

    fn read(row: Row) -> Result<Self, Error> {
        let (position, stream, submission, body, salt, stored) = row;
        let strange = |what: String| Error::inconsistent("leaf_waiting", position, what);
        let code = |code: i64| {
            let code = u32::try_from(code).ok().and_then(Code::from_u32);
            code.ok_or_else(|| strange("its code is none".to_owned()))
        };
        Ok(Self {
            position,
            stream,
            submission: SubmissionId(submission),
            leaf: Leaf::decode(&body).map_err(|error| strange(error.to_string()))?,
            salt,
            code: stored.map(code).transpose()?,
        })
    }
}

/// The leaf with another one that it refers to.
fn referring(leaf: &Leaf, to: u64) -> Leaf {
    let mut leaf = leaf.clone();
    match &mut leaf {
        Leaf::Request { submission, .. } => *submission = to,
        Leaf::Decision { request, .. } | Leaf::Reclassification { request, .. } => *request = to,
        Leaf::Submission { .. }
        | Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => {}
    }
    leaf
}

impl Tx {
    pub(crate) async fn insert_waiting(&mut self, grown: &Grown) -> Result<(), Error> {
        let rows = &grown.waiting;
        insert_all!(
            self,
            "leaf_waiting (position, kind, stream_id, submission_id, body, salt, code)",
            1000,
            rows,
            |values, row| values
                .push_bind(row.position)
                .push_bind(i64::from(row.kind().byte()))
                .push_bind(row.stream)
                .push_bind(row.submission.0)
                .push_bind(row.leaf.encode())
                .push_bind(row.salt.as_slice())
                .push_bind(row.code.map(|code| i64::from(code.to_u32())))
        );
        Ok(())
    }

    /// How many leaves wait for their place.
    pub async fn leaves_waiting(&mut self) -> Result<u64, Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM leaf_waiting";
        let count: i64 = on_both!(self, |c| sqlx::query_scalar(COUNT).fetch_one(&mut **c).await?);
        Ok(count.unsigned_abs())
    }

    /// Whether a submission has its leaf, and no place for it yet.
    pub async fn is_waiting(&mut self, id: SubmissionId) -> Result<bool, Error> {
        const COUNT: &str =
            "SELECT COUNT(*) FROM leaf_waiting WHERE submission_id = $1 AND kind = 1";
        let count: i64 =
            on_both!(self, |c| sqlx::query_scalar(COUNT).bind(id.0).fetch_one(&mut **c).await?);
        Ok(count > 0)
    }

    /// The leaves that wait, the first that came first.
    pub(crate) async fn waiting(&mut self) -> Result<Vec<WaitingLeaf>, Error> {
        const ALL: &str = "SELECT position, stream_id, submission_id, body, salt, code \
             FROM leaf_waiting ORDER BY position, kind, stream_id";
        let rows: Vec<Row> = on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        rows.into_iter().map(WaitingLeaf::read).collect()
    }

    /// Those about a submission, to be opened as leaves of the log are.
    pub(crate) async fn waiting_about(
        &mut self,
        id: SubmissionId,
    ) -> Result<Vec<StoredLeaf>, Error> {
        const ABOUT: &str = "SELECT position, stream_id, submission_id, body, salt, code \
             FROM leaf_waiting WHERE submission_id = $1 ORDER BY position, kind";
        let rows: Vec<Row> =
            on_both!(self, |c| sqlx::query_as(ABOUT).bind(id.0).fetch_all(&mut **c).await?);
        rows.into_iter().map(|row| Ok(WaitingLeaf::read(row)?.stored())).collect()
    }

    /// What was recorded and has neither a place in the log nor a leaf that waits for one: how many
    /// submissions and requests.
    pub(crate) async fn without_leaf(&mut self) -> Result<u64, Error> {
        const SUBMISSIONS: &str = "SELECT COUNT(*) FROM submission \
             WHERE received_on IS NOT NULL AND leaf_index IS NULL AND NOT EXISTS \
             (SELECT 1 FROM leaf_waiting WHERE kind = 1 \
             AND leaf_waiting.submission_id = submission.submission_id)";
        const REQUESTS: &str = "SELECT COUNT(*) FROM handled_request \
             JOIN stream ON stream_id = request_id WHERE (leaf_index IS NULL AND NOT EXISTS \
             (SELECT 1 FROM leaf_waiting WHERE kind = 2 AND stream_id = request_id)) \
             OR decisions + reclassifications <> \
             (SELECT COUNT(*) FROM leaf WHERE leaf.parent = stream.leaf_index) + \
             (SELECT COUNT(*) FROM leaf_waiting WHERE kind > 2 AND stream_id = request_id)";
        let mut sum = 0;
        for count in [SUBMISSIONS, REQUESTS] {
            let count: i64 =
                on_both!(self, |c| sqlx::query_scalar(count).fetch_one(&mut **c).await?);
            sum += count.unsigned_abs();
        }
        Ok(sum)
    }

    /// The first leaves of a kind whose parent has its place, each with it: one for each parent,
    /// since the next number of one must follow the one before in the log, and the order in a batch
    /// is drawn by lot.
    pub(super) async fn waiting_ready(
        &mut self,
        kind: LeafKind,
        count: u16,
    ) -> Result<Vec<(WaitingLeaf, Option<u64>)>, Error> {
        const SUBMISSIONS: &str = "SELECT position, stream_id, submission_id, body, salt, code, \
             CAST(NULL AS BIGINT) FROM leaf_waiting WHERE kind = $1 ORDER BY position LIMIT $2";
        const REQUESTS: &str = "SELECT position, stream_id, waits.submission_id, body, salt, \
             code, leaf_index FROM leaf_waiting AS waits \
             JOIN submission ON submission.submission_id = waits.submission_id \
             WHERE kind = $1 AND leaf_index IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM leaf_waiting AS earlier WHERE earlier.kind = waits.kind \
             AND earlier.submission_id = waits.submission_id \
             AND earlier.position < waits.position) ORDER BY position LIMIT $2";
        // The stream of a submission that holds no request has the submission's leaf; what its
        // decisions refer to was called for by the statement that it holds none.
        const OF_REQUESTS: &str = "SELECT * FROM (SELECT waits.position, waits.stream_id, \
             waits.submission_id, body, waits.salt, waits.code, \
             CASE WHEN waits.stream_id = waits.submission_id THEN \
             (SELECT leaf.leaf_index FROM leaf JOIN event ON event.position = leaf.position \
             WHERE leaf.parent = stream.leaf_index \
             AND event.stream_id = waits.stream_id) ELSE stream.leaf_index END AS parent \
             FROM leaf_waiting AS waits JOIN stream ON stream.stream_id = waits.stream_id \
             WHERE kind = $1 AND NOT EXISTS \
             (SELECT 1 FROM leaf_waiting AS earlier WHERE earlier.kind = waits.kind \
             AND earlier.stream_id = waits.stream_id \
             AND earlier.position < waits.position)) AS ready \
             WHERE parent IS NOT NULL ORDER BY position LIMIT $2";
        let ready = match kind {
            LeafKind::Submission => SUBMISSIONS,
            LeafKind::Request => REQUESTS,
            LeafKind::Decision
            | LeafKind::Reclassification
            | LeafKind::Codebook
            | LeafKind::Report
            | LeafKind::Audit
            | LeafKind::Key => OF_REQUESTS,
        };
        type Ready = (i64, Uuid, Uuid, Vec<u8>, Vec<u8>, Option<i64>, Option<i64>);
        let rows: Vec<Ready> = on_both!(self, |c| {
            sqlx::query_as(ready)
                .bind(i64::from(kind.byte()))
                .bind(i64::from(count))
                .fetch_all(&mut **c)
                .await?
        });
        let read = |(position, stream, submission, body, salt, code, parent): Ready| {
            let waits = WaitingLeaf::read((position, stream, submission, body, salt, code))?;
            Ok((waits, parent.map(i64::unsigned_abs)))
        };
        rows.into_iter().map(read).collect()
    }

    /// The leaf to which one will refer that waits; `None` where that one has no place either.
    pub(super) async fn parent_of(&mut self, waits: &WaitingLeaf) -> Result<Option<u64>, Error> {
        const SUBMISSION: &str = "SELECT leaf_index FROM submission WHERE submission_id = $1";
        const REQUEST: &str = "SELECT leaf_index FROM stream WHERE stream_id = $1";
        let (find, id) = if waits.kind() == LeafKind::Request {
            (SUBMISSION, waits.submission.0)
        } else if waits.stream == waits.submission.0 {
            return self.leaf_of_no_request(waits.submission).await;
        } else {
            (REQUEST, waits.stream)
        };
        let found: Option<Option<i64>> = on_both!(self, |c| {
            sqlx::query_scalar(find).bind(id).fetch_optional(&mut **c).await?
        });
        Ok(found.flatten().map(i64::unsigned_abs))
    }

    /// The leaf that says of a submission that it holds no request; `None` where it has no place.
    pub(crate) async fn leaf_of_no_request(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<u64>, Error> {
        const NO_REQUEST: &str = "SELECT leaf.leaf_index FROM stream \
             JOIN leaf ON leaf.parent = stream.leaf_index \
             JOIN event ON event.position = leaf.position AND event.stream_id = stream.stream_id \
             WHERE stream.stream_id = $1";
        let found: Option<i64> = on_both!(self, |c| {
            sqlx::query_scalar(NO_REQUEST).bind(submission.0).fetch_optional(&mut **c).await?
        });
        Ok(found.map(i64::unsigned_abs))
    }

    /// Puts one that waits in place of another.
    pub(super) async fn replace_waiting(
        &mut self,
        before: &WaitingLeaf,
        waits: WaitingLeaf,
    ) -> Result<(), Error> {
        self.take_waiting(before).await?;
        let mut grown = Grown::default();
        grown.waiting.push(waits);
        self.insert_waiting(&grown).await
    }

    /// Takes a leaf from those that wait.
    async fn take_waiting(&mut self, waits: &WaitingLeaf) -> Result<(), Error> {
        const GONE: &str =
            "DELETE FROM leaf_waiting WHERE position = $1 AND kind = $2 AND stream_id = $3";
        let kind = i64::from(waits.kind().byte());
        let gone = on_both!(self, |c| {
            sqlx::query(GONE)
                .bind(waits.position)
                .bind(kind)
                .bind(waits.stream)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        match gone {
            1 => Ok(()),
            _ => Err(Error::inconsistent("leaf_waiting", waits.position, "it is gone")),
        }
    }

    /// Notes the place that a leaf was given, and takes it from those that wait.
    pub(super) async fn note_place(
        &mut self,
        waits: &WaitingLeaf,
        index: u64,
    ) -> Result<(), Error> {
        const OF_SUBMISSION: &str =
            "UPDATE submission SET leaf_index = $1 WHERE submission_id = $2 AND leaf_index IS NULL";
        const OF_STREAM: &str =
            "UPDATE stream SET leaf_index = $1 WHERE stream_id = $2 AND leaf_index IS NULL";
        let kind = waits.kind();
        let mut updates = Vec::new();
        if kind == LeafKind::Submission {
            updates.push((OF_SUBMISSION, waits.submission.0));
        }
        let is_of_submission = waits.stream == waits.submission.0;
        // That of a submission which holds no request keeps the submission's own.
        if kind == LeafKind::Submission || (kind == LeafKind::Request && !is_of_submission) {
            updates.push((OF_STREAM, waits.stream));
        }
        for (update, id) in updates {
            let rows = on_both!(self, |c| {
                sqlx::query(update)
                    .bind(index as i64)
                    .bind(id)
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            if rows != 1 {
                let what = "its leaf has a place already";
                return Err(Error::inconsistent("leaf_waiting", waits.position, what));
            }
        }
        self.take_waiting(waits).await
    }
}
