//! Pads: leaves that stand for nothing and look like the others.
//!
//! A pad commits to a country, category and outcome that no request has; its salt and its blinding
//! follow from the key of its half-year and its place. So whoever holds the key tells a pad from
//! what really happened, in the database and in a published log, and nobody else does. Pads have no
//! event and no fact, and nothing counts them.
//!
//! In a log that follows another one, the pads of that one stand elsewhere. The salt that is stored
//! with each still opens it: no other record than a pad's has its seal, whoever wrote the row.

use domain::id::SubmissionId;
use ledger::commitment::{Code, Commitment, Subject};
use ledger::hash::Hash;
use ledger::leaf::{Arrival, HalfYear, Leaf, LeafKind, Salt};
use uuid::Uuid;

use crate::log::append::LeafRow;
use crate::log::codes;
use crate::log::read::StoredLeaf;
use crate::log::record;
use crate::log::seal::Sealer;
use crate::{Error, Tx, on_both};

/// Stands in the rows of pads for the submission that they are not about.
pub(super) const PAD: SubmissionId = SubmissionId(Uuid::nil());

/// A pad is referred to by fewer than so many: a submission has room for 65,535 requests.
const CHILDREN_MAX: i64 = 30_000;

/// A pad before its place is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewPad {
    Submission,
    Request { submission: u64, ordinal: u16 },
    Decision { request: u64, seq: u32 },
    Reclassification { request: u64, seq: u32 },
}

/// A pad with what opens it.
pub(super) struct MadePad {
    pub(super) leaf: Leaf,
    salt: Salt,
    code: Option<Code>,
}

/// A pad that others refer to: a submission or a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct PadParent {
    pub(super) index: u64,
    pub(super) half_year: HalfYear,
    /// Requests or decisions that refer to it.
    pub(super) children: u32,
    pub(super) reclassifications: u32,
}

impl NewPad {
    /// As a leaf of the log would be one; `None` where pads are never like it.
    pub(super) fn like(leaf: &Leaf) -> Option<Self> {
        let is_import = matches!(leaf, Leaf::Submission { arrival: Arrival::OnImport, .. });
        if is_import { None } else { Self::carried(leaf) }
    }

    /// As a leaf that came over from a log before, where every submission is marked as sealed on
    /// import.
    pub(super) fn carried(leaf: &Leaf) -> Option<Self> {
        match *leaf {
            Leaf::Submission { .. } => Some(Self::Submission),
            Leaf::Request { submission, ordinal, .. } => {
                Some(Self::Request { submission, ordinal })
            }
            Leaf::Decision { request, seq, .. } => Some(Self::Decision { request, seq }),
            Leaf::Reclassification { request, seq, .. } => {
                Some(Self::Reclassification { request, seq })
            }
            Leaf::Codebook { .. }
            | Leaf::Report { .. }
            | Leaf::Audit { .. }
            | Leaf::HandOver(_)
            | Leaf::Anchor { .. } => None,
        }
    }

    fn kind(self) -> LeafKind {
        match self {
            Self::Submission => LeafKind::Submission,
            Self::Request { .. } => LeafKind::Request,
            Self::Decision { .. } => LeafKind::Decision,
            Self::Reclassification { .. } => LeafKind::Reclassification,
        }
    }
}

impl MadePad {
    /// Whether a leaf seals and commits to just what this pad does, wherever it stands.
    fn is(&self, leaf: &Leaf) -> bool {
        self.leaf.seal() == leaf.seal() && self.leaf.commitment() == leaf.commitment()
    }

    /// As its row in the log; `position` is that of the newest event.
    pub(super) fn row(&self, index: u64, position: i64) -> LeafRow {
        LeafRow {
            index,
            entry: self.leaf.encode(),
            position,
            parent: self.leaf.parent(),
            submission: Some(PAD),
            salt: Some(self.salt.0.to_vec()),
            code: self.code,
        }
    }
}

impl Sealer {
    /// The pad at a place of the log. The same place gives the same pad.
    pub(super) fn pad(
        &self,
        index: u64,
        half_year: HalfYear,
        new: NewPad,
    ) -> Result<MadePad, Error> {
        let salt = self.periods.known(half_year)?.pad_salt(&self.origin, new.kind(), index);
        self.pad_of((&self.origin, salt), half_year, new)
    }

    /// The pad with a salt, as a log of this name has it.
    fn pad_of(
        &self,
        (origin, salt): (&str, Salt),
        half_year: HalfYear,
        new: NewPad,
    ) -> Result<MadePad, Error> {
        let key = self.periods.known(half_year)?;
        let kind = new.kind();
        let seq = match new {
            NewPad::Submission | NewPad::Request { .. } => 0,
            NewPad::Decision { seq, .. } | NewPad::Reclassification { seq, .. } => seq,
        };
        let seal = kind.seal(&salt, &record::bytes(&record::pad())?);
        let hash = Hash::of_parts(&[b"candor/pad/v1", &salt.0]);
        let request = *hash.0.first_chunk().expect("16 of 32 bytes");
        let subject = Subject { origin, kind, request, seq };
        let commit = |code| Commitment::new(code, key.blinding(subject, code));
        let (record, outcome) = codes::pad();
        let (leaf, code) = match new {
            NewPad::Submission => {
                (Leaf::Submission { period: half_year, arrival: Arrival::OnReceipt, seal }, None)
            }
            NewPad::Request { submission, ordinal } => {
                (Leaf::Request { submission, ordinal, seal, record: commit(record) }, Some(record))
            }
            NewPad::Decision { request, seq } => {
                (Leaf::Decision { request, seq, seal, outcome: commit(outcome) }, Some(outcome))
            }
            NewPad::Reclassification { request, seq } => {
                let leaf = Leaf::Reclassification { request, seq, seal, record: commit(record) };
                (leaf, Some(record))
            }
        };
        Ok(MadePad { leaf, salt, code })
    }

    /// The pad that a leaf is which was published at a place; `None` where it is none, or nobody
    /// can tell any more.
    fn pad_like(
        &self,
        index: u64,
        (half_year, new): (HalfYear, NewPad),
        leaf: &Leaf,
    ) -> Result<Option<MadePad>, Error> {
        match self.pad(index, half_year, new) {
            Ok(made) => Ok(made.is(leaf).then_some(made)),
            Err(Error::PeriodKeyDestroyed(_) | Error::NoPeriodKey(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl StoredLeaf {
    pub fn is_pad(&self) -> bool {
        self.submission == Some(PAD)
    }
}

type ParentRow = (i64, i64, i64, i64);

fn read_parent(
    (index, half_year, children, reclassifications): ParentRow,
) -> Result<PadParent, Error> {
    let strange = |_| Error::inconsistent("pad", index, "its counts are none");
    let half_year = u16::try_from(half_year).map_err(strange)?;
    Ok(PadParent {
        index: index.unsigned_abs(),
        half_year: HalfYear::from_number(half_year),
        children: children.try_into().map_err(strange)?,
        reclassifications: reclassifications.try_into().map_err(strange)?,
    })
}

impl Tx {
    /// Notes a pad that was given its place: to be referred to, or as referring to another.
    pub(super) async fn note_pad(
        &mut self,
        index: u64,
        half_year: HalfYear,
        new: NewPad,
    ) -> Result<(), Error> {
        const PARENT: &str = "INSERT INTO pad (leaf_index, kind, half_year, children, \
             reclassifications) VALUES ($1, $2, $3, 0, 0)";
        const CHILD: &str =
            "UPDATE pad SET children = children + 1 WHERE leaf_index = $1 AND children = $2";
        const RECLASSIFIED: &str = "UPDATE pad SET reclassifications = reclassifications + 1 \
             WHERE leaf_index = $1 AND reclassifications = $2";
        let (kind, of) = match new {
            NewPad::Submission => (Some(LeafKind::Submission), None),
            NewPad::Request { submission, ordinal } => {
                (Some(LeafKind::Request), Some((CHILD, submission, i64::from(ordinal) - 1)))
            }
            NewPad::Decision { request, seq } => (None, Some((CHILD, request, i64::from(seq)))),
            NewPad::Reclassification { request, seq } => {
                (None, Some((RECLASSIFIED, request, i64::from(seq))))
            }
        };
        if let Some((update, parent, before)) = of {
            let rows = on_both!(self, |c| {
                sqlx::query(update)
                    .bind(parent as i64)
                    .bind(before)
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            if rows != 1 {
                return Err(Error::inconsistent("pad", parent, "other leaves refer to it"));
            }
        }
        if let Some(kind) = kind {
            on_both!(self, |c| {
                sqlx::query(PARENT)
                    .bind(index as i64)
                    .bind(i64::from(kind.byte()))
                    .bind(i64::from(half_year.number()))
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
        }
        Ok(())
    }

    /// The pad at an index, where there is one that others refer to.
    pub(super) async fn pad_parent(&mut self, index: u64) -> Result<Option<PadParent>, Error> {
        const FIND: &str = "SELECT leaf_index, half_year, children, reclassifications FROM pad \
             WHERE leaf_index = $1";
        let row: Option<ParentRow> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(index as i64).fetch_optional(&mut **c).await?
        });
        row.map(read_parent).transpose()
    }

    /// The half-year of a pad, as its leaf or the one that it refers to has it.
    pub(super) async fn half_year_of_pad(
        &mut self,
        leaf: &Leaf,
    ) -> Result<Option<HalfYear>, Error> {
        if let Leaf::Submission { period, .. } = leaf {
            return Ok(Some(*period));
        }
        let Some(parent) = leaf.parent() else { return Ok(None) };
        Ok(self.pad_parent(parent).await?.map(|parent| parent.half_year))
    }

    /// How many pads of a kind and half-year nothing refers to yet: submissions without a request,
    /// requests without a decision.
    pub(super) async fn count_open_pads(
        &mut self,
        kind: LeafKind,
        half_year: HalfYear,
    ) -> Result<u64, Error> {
        const OPEN: &str =
            "SELECT COUNT(*) FROM pad WHERE kind = $1 AND half_year = $2 AND children = 0";
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(OPEN)
                .bind(i64::from(kind.byte()))
                .bind(i64::from(half_year.number()))
                .fetch_one(&mut **c)
                .await?
        });
        Ok(count.unsigned_abs())
    }

    /// So many of these, in order, after skipping some.
    pub(super) async fn open_pads(
        &mut self,
        (kind, half_year): (LeafKind, HalfYear),
        skip: u64,
        count: u64,
    ) -> Result<Vec<PadParent>, Error> {
        const OPEN: &str = "SELECT leaf_index, half_year, children, reclassifications FROM pad \
             WHERE kind = $1 AND half_year = $2 AND children = 0 \
             ORDER BY leaf_index LIMIT $3 OFFSET $4";
        let rows: Vec<ParentRow> = on_both!(self, |c| {
            sqlx::query_as(OPEN)
                .bind(i64::from(kind.byte()))
                .bind(i64::from(half_year.number()))
                .bind(count as i64)
                .bind(skip as i64)
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(read_parent).collect()
    }

    /// So many pads of a kind and half-year that can be referred to again, from an index on.
    pub(super) async fn pads_from(
        &mut self,
        (kind, half_year): (LeafKind, HalfYear),
        index: u64,
        count: u64,
    ) -> Result<Vec<PadParent>, Error> {
        const FROM: &str = "SELECT leaf_index, half_year, children, reclassifications FROM pad \
             WHERE kind = $1 AND half_year = $2 AND leaf_index >= $3 AND children < $4 \
             ORDER BY leaf_index LIMIT $5";
        let rows: Vec<ParentRow> = on_both!(self, |c| {
            sqlx::query_as(FROM)
                .bind(i64::from(kind.byte()))
                .bind(i64::from(half_year.number()))
                .bind(index as i64)
                .bind(CHILDREN_MAX)
                .bind(count as i64)
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(read_parent).collect()
    }

    /// The first and the last pad of a kind and half-year.
    pub(super) async fn span_of_pads(
        &mut self,
        kind: LeafKind,
        half_year: HalfYear,
    ) -> Result<Option<(u64, u64)>, Error> {
        const SPAN: &str = "SELECT \
             (SELECT MIN(leaf_index) FROM pad WHERE kind = $1 AND half_year = $2), \
             (SELECT MAX(leaf_index) FROM pad WHERE kind = $1 AND half_year = $2)";
        let (first, last): (Option<i64>, Option<i64>) = on_both!(self, |c| {
            sqlx::query_as(SPAN)
                .bind(i64::from(kind.byte()))
                .bind(i64::from(half_year.number()))
                .fetch_one(&mut **c)
                .await?
        });
        Ok(first.map(i64::unsigned_abs).zip(last.map(i64::unsigned_abs)))
    }

    /// Whether a published leaf at a place is a pad: then its row is made and noted.
    pub(super) async fn restored_pad(
        &mut self,
        sealer: &Sealer,
        (index, position): (u64, i64),
        leaf: &Leaf,
    ) -> Result<Option<LeafRow>, Error> {
        let Some(new) = NewPad::like(leaf) else { return Ok(None) };
        let Some(half_year) = self.half_year_of_pad(leaf).await? else { return Ok(None) };
        let made = sealer.pad_like(index, (half_year, new), leaf)?;
        let Some(made) = made else { return Ok(None) };
        self.note_pad(index, half_year, new).await?;
        Ok(Some(made.row(index, position)))
    }

    /// The same for a leaf that was published at a place of the log before, whose sealer this is.
    pub(super) async fn carried_pad(
        &mut self,
        before: &Sealer,
        (published_at, index, position): (u64, u64, i64),
        leaf: &Leaf,
    ) -> Result<Option<LeafRow>, Error> {
        let Some(new) = NewPad::carried(leaf) else { return Ok(None) };
        let Some(half_year) = self.half_year_of_pad(leaf).await? else { return Ok(None) };
        let made = before.pad_like(published_at, (half_year, new), leaf)?;
        let Some(made) = made else { return Ok(None) };
        self.note_pad(index, half_year, new).await?;
        Ok(Some(LeafRow { entry: leaf.encode(), ..made.row(index, position) }))
    }

    /// Notes the pads among the leaves that came over from a log before, with what refers to them.
    pub(super) async fn note_carried_pads(&mut self) -> Result<(), Error> {
        const CARRIED: &str = "INSERT INTO pad (leaf_index, kind, half_year, children, \
             reclassifications) SELECT leaf_moved.leaf_index, kind, half_year, \
             (SELECT COUNT(*) FROM leaf WHERE leaf.parent = leaf_moved.leaf_index \
             AND substr(leaf.entry, 1, 1) <> $1), \
             (SELECT COUNT(*) FROM leaf WHERE leaf.parent = leaf_moved.leaf_index \
             AND substr(leaf.entry, 1, 1) = $1) \
             FROM pad_before JOIN leaf_moved ON before_index = pad_before.leaf_index";
        let reclassification = [LeafKind::Reclassification.byte()];
        on_both!(self, |c| {
            sqlx::query(CARRIED)
                .bind(reclassification.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// Opens a pad. `Ok(false)` where the key of its half-year was destroyed: what it seals was
    /// found, and what it commits to can't be opened any more.
    pub(super) async fn open_pad(
        &mut self,
        sealer: &Sealer,
        leaf: &StoredLeaf,
    ) -> Result<bool, Error> {
        let strange = |what| Error::inconsistent("leaf", leaf.index, what);
        let half_year = self.half_year_of_pad(&leaf.leaf).await?;
        let half_year = half_year.ok_or_else(|| strange("a pad refers to no pad"))?;
        let is_carried = sealer.is_of_log_before(leaf.position);
        let new = match is_carried {
            true => NewPad::carried(&leaf.leaf),
            false => NewPad::like(&leaf.leaf),
        };
        let new = new.ok_or_else(|| strange("no pad is like it"))?;
        let parent = self.pad_parent(leaf.index).await?;
        let is_parent = matches!(new, NewPad::Submission | NewPad::Request { .. });
        if parent.map(|parent| parent.half_year) != is_parent.then_some(half_year) {
            return Err(strange("it is a pad and not noted as one"));
        }
        let salt = leaf.salt(None)?;
        let seal = leaf.leaf.kind().seal(&salt, &record::bytes(&record::pad())?);
        if Some(seal) != leaf.leaf.seal() {
            return Err(strange("it is a pad and seals something else"));
        }
        let made = match is_carried {
            true => sealer.pad_of((sealer.origin_at(leaf.position), salt), half_year, new),
            false => sealer.pad(leaf.index, half_year, new),
        };
        match made {
            Ok(made) if made.is(&leaf.leaf) && made.code == leaf.code => Ok(true),
            Ok(_) => Err(strange("it is another pad than its place makes it")),
            Err(Error::PeriodKeyDestroyed(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Pads that say of themselves that others refer to them than do.
    pub(super) async fn miscounted_pads(&mut self) -> Result<u64, Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM pad WHERE children + reclassifications <> \
             (SELECT COUNT(*) FROM leaf WHERE leaf.parent = pad.leaf_index)";
        let count: i64 = on_both!(self, |c| sqlx::query_scalar(COUNT).fetch_one(&mut **c).await?);
        Ok(count.unsigned_abs())
    }
}
