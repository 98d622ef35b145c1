//! What arrived: its key, its sealed fields, and the references by which it is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::event::{Stream, SubmissionEvent};
use domain::id::{RequestId, Sha256Hash, SubmissionId};
use domain::period::Period;
use uuid::Uuid;

use crate::case::SubmissionNumber;
use crate::directory::normal;
use crate::log::seal::{Arrived, Change, SealedSubmission};
use crate::sight::seen_by;
use crate::{Error, Keys, Sight, SubmissionKey, Tx, insert_all, on_both};

/// A submission with its fields, sealed and ready to be stored. Sealing happens before the
/// transaction, since it takes time and touches nothing.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    pub(crate) id: SubmissionId,
    pub(crate) key: SubmissionKey,
    wrapped_key: Vec<u8>,
    fields: Vec<(&'static str, Vec<u8>)>,
    /// By which it is known when its sender writes again.
    pub(crate) marks: Vec<[u8; 32]>,
}

impl NewSubmission {
    /// Seals the fields under a key of their own.
    pub fn seal(
        keys: &Keys,
        id: SubmissionId,
        fields: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let (key, wrapped_key) = keys.create(id)?;
        let seal = |(name, text): &(&'static str, &str)| Ok((*name, key.seal(name, text)?));
        let sealed = fields.iter().map(seal).collect::<Result<_, Error>>()?;
        let references = fields.iter().filter(|(name, _)| *name == REFERENCE);
        let marks = references.map(|(_, text)| reference_mark(keys, text)).collect();
        Ok(Self { id, key, wrapped_key, fields: sealed, marks })
    }
}

/// The field that holds what the sender calls it.
const REFERENCE: &str = "reference";

/// References are the same but for case and white space.
pub(crate) fn reference_mark(keys: &Keys, reference: &str) -> [u8; 32] {
    keys.mac(&["submission.reference", &normal(reference)])
}

pub(crate) fn file_mark(keys: &Keys, file: Sha256Hash) -> [u8; 32] {
    keys.mac(&["submission.file", &file.to_string()])
}

/// A reference, and a keyed hash of everything that came with it.
#[derive(Clone, Copy, Debug)]
pub struct NewReference {
    pub request: RequestId,
    pub reference_mac: [u8; 32],
    pub content_mac: [u8; 32],
}

/// A reference that is known already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownReference {
    pub request: RequestId,
    pub reference_mac: Vec<u8>,
    pub content_mac: Vec<u8>,
}

impl NewSubmission {
    fn each_mark(&self) -> impl Iterator<Item = ([u8; 32], Uuid)> {
        // A file that comes twice is one.
        let marks: BTreeSet<_> = self.marks.iter().copied().collect();
        marks.into_iter().map(|mark| (mark, self.id.0))
    }
}

impl Tx {
    /// Stores texts under a key of their own, which are no submission in the log: the name of an
    /// imported file, a row that takes the place of an earlier one.
    pub async fn insert_texts(&mut self, new: &[NewSubmission]) -> Result<(), Error> {
        insert_all!(self, "submission (submission_id, wrapped_key)", 1000, new, |values, new| {
            values.push_bind(new.id.0).push_bind(new.wrapped_key.as_slice())
        });
        self.insert_fields(new.iter()).await
    }

    /// Stores submissions with their leaf and the number of requests found in each.
    pub(crate) async fn insert_sealed_submissions(
        &mut self,
        new: &[(&Arrived, Option<u64>, Option<SubmissionNumber>)],
    ) -> Result<(), Error> {
        insert_all!(
            self,
            "submission (submission_id, wrapped_key, leaf_index, received_on, requests, year, \
             number, is_marked)",
            1000,
            new,
            |values, new| values
                .push_bind(new.0.submission.id.0)
                .push_bind(new.0.submission.wrapped_key.as_slice())
                .push_bind(new.1.map(|leaf| leaf as i64))
                .push_bind(new.0.received_on.to_string())
                .push_bind(i64::from(new.0.requests))
                .push_bind(new.2.map(|number| i64::from(number.year)))
                .push_bind(new.2.map(|number| i64::from(number.number)))
                .push_bind(1_i64)
        );
        // What an import brought is known by its references, and is no submission that arrived.
        let arrived = new.iter().filter(|(.., number)| number.is_some());
        let marks = arrived.flat_map(|(new, ..)| new.submission.each_mark());
        self.insert_marks(&marks.collect::<Vec<_>>()).await?;
        self.insert_fields(new.iter().map(|(new, ..)| &new.submission)).await
    }

    /// More arrived that belongs to a submission: ready to be recorded.
    pub async fn documents_change(
        &mut self,
        submission: &SealedSubmission,
        event: SubmissionEvent,
    ) -> Result<Change, Error> {
        let (version, before) = self.sealed_of_submission(submission.id).await?;
        Ok(Change::of_submission((submission.id, before), version, event))
    }

    /// Notes that a submission is known by these files too.
    pub async fn mark_files(
        &mut self,
        keys: &Keys,
        submission: SubmissionId,
        files: &[Sha256Hash],
    ) -> Result<(), Error> {
        let marks: Vec<_> =
            files.iter().map(|file| (file_mark(keys, *file), submission.0)).collect();
        self.insert_marks(&marks).await
    }

    async fn insert_marks(&mut self, marks: &[([u8; 32], Uuid)]) -> Result<(), Error> {
        insert_all!(
            self,
            "submission_mark (mark_mac, submission_id)",
            1000,
            marks,
            |values, mark| { values.push_bind(mark.0.as_slice()).push_bind(mark.1) }
        );
        Ok(())
    }

    /// Whether every submission that arrived has its marks.
    pub async fn are_submissions_marked(&mut self) -> Result<bool, Error> {
        const UNMARKED: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM submission \
             WHERE is_marked = 0 AND number IS NOT NULL LIMIT 1) AS found";
        let found: i64 =
            on_both!(self, |c| sqlx::query_scalar(UNMARKED).fetch_one(&mut **c).await?);
        Ok(found == 0)
    }

    /// Marks submissions that arrived before there were marks, at most so many. Returns how many
    /// there were.
    pub async fn mark_submissions(&mut self, keys: &Keys, limit: i64) -> Result<usize, Error> {
        const UNMARKED: &str = "SELECT submission.submission_id, wrapped_key, sealed, body \
             FROM submission \
             JOIN event ON event.stream_id = submission.submission_id AND event.version = 1 \
             LEFT JOIN field ON field.submission_id = submission.submission_id \
             AND field.name = 'reference' \
             WHERE is_marked = 0 AND number IS NOT NULL LIMIT $1";
        const MARKED: &str = "UPDATE submission SET is_marked = 1 \
             WHERE submission_id = $1 AND is_marked = 0";
        type Unmarked = (Uuid, Option<Vec<u8>>, Option<Vec<u8>>, String);
        let unmarked: Vec<Unmarked> =
            on_both!(self, |c| { sqlx::query_as(UNMARKED).bind(limit).fetch_all(&mut **c).await? });
        let mut marks = BTreeSet::new();
        for (id, wrapped, sealed, arrived) in &unmarked {
            // Of one that was erased nothing is to be known again.
            if let Some(wrapped) = wrapped {
                if let Some(sealed) = sealed {
                    let key = keys.unwrap(SubmissionId(*id), wrapped)?;
                    marks.insert((reference_mark(keys, &key.open(REFERENCE, sealed)?), *id));
                }
                if let SubmissionEvent::SubmissionReceived { files, .. } =
                    serde_json::from_str(arrived)?
                {
                    marks.extend(files.into_iter().map(|file| (file_mark(keys, file), *id)));
                }
            }
            on_both!(self, |c| {
                sqlx::query(MARKED).bind(id).execute(&mut **c).await?.rows_affected()
            });
        }
        self.insert_marks(&marks.into_iter().collect::<Vec<_>>()).await?;
        Ok(unmarked.len())
    }

    /// The numbers of the submissions that arrive with changes, in the order of the changes. The
    /// head of the log is held by this transaction, so nobody else takes them.
    pub(crate) async fn next_numbers(
        &mut self,
        changes: &[Change],
    ) -> Result<Vec<Option<SubmissionNumber>>, Error> {
        const LAST: &str = "SELECT COALESCE(MAX(number), 0) FROM submission \
             WHERE year = $1 AND number IS NOT NULL";
        let mut last = BTreeMap::new();
        let mut numbers = Vec::with_capacity(changes.len());
        for change in changes {
            let (Stream::Submission(id), Some(arrived)) = (change.stream, &change.arrived) else {
                numbers.push(None);
                continue;
            };
            let year = arrived.received_on.year();
            let number = match last.get(&year) {
                Some(number) => *number,
                None => on_both!(self, |c| {
                    let last = sqlx::query_scalar(LAST).bind(i64::from(year));
                    last.fetch_one(&mut **c).await?
                }),
            } + 1;
            last.insert(year, number);
            let number = SubmissionNumber::read(i64::from(year), number);
            let strange = || Error::inconsistent("submission", id, "its year has no more numbers");
            numbers.push(Some(number.ok_or_else(strange)?));
        }
        Ok(numbers)
    }

    /// Stores texts that came with changes of requests whose submission was there before.
    pub(crate) async fn insert_change_texts(&mut self, changes: &[Change]) -> Result<(), Error> {
        let texts: Vec<_> = changes.iter().flat_map(|change| &change.texts).collect();
        insert_all!(self, "field (submission_id, name, sealed)", 1000, texts, |values, text| {
            values
                .push_bind(text.submission.0)
                .push_bind(text.name.as_str())
                .push_bind(text.sealed.as_slice())
        });
        Ok(())
    }

    async fn insert_fields(
        &mut self,
        new: impl Iterator<Item = &NewSubmission>,
    ) -> Result<(), Error> {
        let fields: Vec<_> = new
            .flat_map(|new| new.fields.iter().map(|(name, sealed)| (new.id.0, *name, sealed)))
            .collect();
        insert_all!(self, "field (submission_id, name, sealed)", 1000, fields, |values, field| {
            values.push_bind(field.0).push_bind(field.1).push_bind(field.2.as_slice())
        });
        Ok(())
    }

    /// A submission that was sealed; `None` where there is none that is seen, or its key was
    /// destroyed.
    pub async fn sealed_submission(
        &mut self,
        keys: &Keys,
        id: SubmissionId,
        sight: Sight,
    ) -> Result<Option<SealedSubmission>, Error> {
        const FIND: &str = concat!(
            "SELECT wrapped_key, leaf_index, received_on, requests, taken_back FROM submission \
             WHERE submission_id = $1 AND wrapped_key IS NOT NULL AND received_on IS NOT NULL AND ",
            seen_by!("submission.submission_id", "$2")
        );
        type Row = (Vec<u8>, Option<i64>, String, i64, i64);
        let row: Option<Row> = on_both!(self, |c| {
            let found = sqlx::query_as(FIND).bind(id.0).bind(sight.viewer());
            found.fetch_optional(&mut **c).await?
        });
        let Some((wrapped, leaf, received_on, requests, taken_back)) = row else { return Ok(None) };
        let strange = |what: &str| Error::inconsistent("submission", id, what);
        Ok(Some(SealedSubmission {
            id,
            key: keys.unwrap(id, &wrapped)?,
            leaf: leaf
                .map(u64::try_from)
                .transpose()
                .map_err(|_| strange("its leaf is below 0"))?,
            received_on: received_on.parse().map_err(|_| strange("its day is none"))?,
            requests: requests.try_into().map_err(|_| strange("its count is none"))?,
            taken_back: taken_back.try_into().map_err(|_| strange("what was taken back"))?,
        }))
    }

    /// Submissions received in a span of days in which nobody has found a request, and of which
    /// nobody has said that they hold none: how many, and the first one that lies in no
    /// compartment.
    pub async fn unresolved(
        &mut self,
        period: Period,
    ) -> Result<Option<(u64, Option<SubmissionId>)>, Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM submission WHERE received_on IS NOT NULL \
             AND requests = 0 AND received_on BETWEEN $1 AND $2";
        const FIRST: &str = "SELECT submission_id FROM submission WHERE received_on IS NOT NULL \
             AND requests = 0 AND received_on BETWEEN $1 AND $2 AND NOT EXISTS \
             (SELECT 1 FROM compartment \
              WHERE compartment.submission_id = submission.submission_id) \
             ORDER BY received_on, submission_id LIMIT 1";
        let (from, to) = (period.first().to_string(), period.last().to_string());
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(COUNT).bind(&from).bind(&to).fetch_one(&mut **c).await?
        });
        let first: Option<Uuid> = on_both!(self, |c| {
            sqlx::query_scalar(FIRST).bind(&from).bind(&to).fetch_optional(&mut **c).await?
        });
        Ok((count > 0).then(|| (count.unsigned_abs(), first.map(SubmissionId))))
    }

    /// The text of a field; `None` where there is none that is seen, or its key was destroyed.
    pub async fn field(
        &mut self,
        keys: &Keys,
        (submission, name): (SubmissionId, &str),
        sight: Sight,
    ) -> Result<Option<String>, Error> {
        const FIELD: &str = concat!(
            "SELECT wrapped_key, sealed FROM submission \
             JOIN field ON field.submission_id = submission.submission_id \
             WHERE submission.submission_id = $1 AND name = $2 AND ",
            seen_by!("submission.submission_id", "$3")
        );
        let row: Option<(Option<Vec<u8>>, Vec<u8>)> = on_both!(self, |c| {
            let found = sqlx::query_as(FIELD).bind(submission.0).bind(name).bind(sight.viewer());
            found.fetch_optional(&mut **c).await?
        });
        match row {
            Some((Some(wrapped), sealed)) => {
                keys.unwrap(submission, &wrapped)?.open(name, &sealed).map(Some)
            }
            Some((None, _)) | None => Ok(None),
        }
    }

    /// The same text of many submissions: of those that have one that is seen.
    pub async fn fields(
        &mut self,
        keys: &Keys,
        (submissions, name): (&[SubmissionId], &'static str),
        sight: Sight,
    ) -> Result<HashMap<SubmissionId, String>, Error> {
        const FIELDS: &str = concat!(
            ") SELECT submission.submission_id, wrapped_key, sealed FROM submission \
             JOIN field ON field.submission_id = submission.submission_id \
             WHERE wrapped_key IS NOT NULL AND ",
            seen_by!("submission.submission_id", "(SELECT id FROM viewer)"),
            " AND name = "
        );
        let mut texts = HashMap::with_capacity(submissions.len());
        on_both!(self, |c| {
            for ids in submissions.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new("WITH viewer (id) AS (SELECT ");
                find.push_bind(sight.viewer()).push(FIELDS).push_bind(name);
                find.push(" AND submission.submission_id IN (");
                let mut list = find.separated(", ");
                for id in ids {
                    list.push_bind(id.0);
                }
                find.push(")");
                let rows: Vec<(Uuid, Vec<u8>, Vec<u8>)> =
                    find.build_query_as().fetch_all(&mut **c).await?;
                for (id, wrapped, sealed) in rows {
                    let id = SubmissionId(id);
                    texts.insert(id, keys.unwrap(id, &wrapped)?.open(name, &sealed)?);
                }
            }
        });
        Ok(texts)
    }

    /// Destroys the key of a submission: its fields can't be read by anyone any more, while
    /// events and counts stay. It can't be told any more what it is like, either.
    pub async fn destroy_key(&mut self, submission: SubmissionId) -> Result<(), Error> {
        const DESTROY: &str = "UPDATE submission SET wrapped_key = NULL WHERE submission_id = $1";
        const FORGET: &str = "DELETE FROM submission_mark WHERE submission_id = $1";
        let rows = on_both!(self, |c| {
            sqlx::query(FORGET).bind(submission.0).execute(&mut **c).await?;
            sqlx::query(DESTROY).bind(submission.0).execute(&mut **c).await?.rows_affected()
        });
        match rows {
            1 => Ok(()),
            _ => Err(Error::inconsistent("submission", submission, "it is missing")),
        }
    }

    pub async fn insert_references(&mut self, new: &[NewReference]) -> Result<(), Error> {
        insert_all!(
            self,
            "request_reference (reference_mac, request_id, content_mac)",
            1000,
            new,
            |values, new| values
                .push_bind(new.reference_mac.as_slice())
                .push_bind(new.request.0)
                .push_bind(new.content_mac.as_slice())
        );
        Ok(())
    }

    /// Says what came with a known reference the last time. [`Conflict`](crate::Conflict) where
    /// something else came with it since it was read.
    pub async fn update_reference(
        &mut self,
        known: &KnownReference,
        content_mac: [u8; 32],
    ) -> Result<(), Error> {
        const UPDATE: &str = "UPDATE request_reference SET content_mac = $1 \
             WHERE reference_mac = $2 AND request_id = $3 AND content_mac = $4";
        let rows = on_both!(self, |c| {
            sqlx::query(UPDATE)
                .bind(content_mac.as_slice())
                .bind(known.reference_mac.as_slice())
                .bind(known.request.0)
                .bind(known.content_mac.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        match rows {
            1 => Ok(()),
            _ => Err(crate::Conflict.into()),
        }
    }

    /// Whether any reference is known; where none is, nobody needs to look each up.
    pub async fn has_references(&mut self) -> Result<bool, Error> {
        const ANY: &str = "SELECT 1 FROM request_reference LIMIT 1";
        let row: Option<i32> =
            on_both!(self, |c| sqlx::query_scalar(ANY).fetch_optional(&mut **c).await?);
        Ok(row.is_some())
    }

    /// Those of the references that are known.
    pub async fn known_references(
        &mut self,
        macs: &[[u8; 32]],
    ) -> Result<Vec<KnownReference>, Error> {
        const FIND: &str = "SELECT request_id, reference_mac, content_mac \
             FROM request_reference WHERE reference_mac IN (";
        let mut known = Vec::new();
        on_both!(self, |c| {
            for macs in macs.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new(FIND);
                let mut list = find.separated(", ");
                for mac in macs {
                    list.push_bind(mac.as_slice());
                }
                find.push(")");
                let rows: Vec<(Uuid, Vec<u8>, Vec<u8>)> =
                    find.build_query_as().fetch_all(&mut **c).await?;
                known.extend(rows.into_iter().map(|(request, reference_mac, content_mac)| {
                    KnownReference { request: RequestId(request), reference_mac, content_mac }
                }));
            }
        });
        Ok(known)
    }
}
