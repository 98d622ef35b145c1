//! Editions: what was published, with its frozen bytes.

use domain::count::Dataset;
use domain::id::{Position, Sha256Hash};
use domain::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::{Conflict, Error, ReadOnly, Tx, insert_all, on_both};

/// One revision of an edition.
#[derive(Clone, Debug)]
pub struct Revision {
    pub period: Period,
    /// From 0.
    pub revision: u32,
    pub published_at: Timestamp,
    /// The day of publication in the log's time zone.
    pub published_on: Date,
    pub cutoff: Position,
    pub dataset: Dataset,
    /// Why it follows the one before; `None` for revision 0.
    pub reason: Option<String>,
}

/// One frozen file; `path` is relative to the folder of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionFile {
    pub path: String,
    pub bytes: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    period: String,
    revision: i64,
    published_at_micros: i64,
    published_on: String,
    cutoff: i64,
    dataset: String,
    reason: Option<String>,
}

impl TryFrom<RevisionRow> for Revision {
    type Error = Error;

    fn try_from(row: RevisionRow) -> Result<Self, Error> {
        let name = format!("{} r{}", row.period, row.revision);
        let strange = |what: String| Error::inconsistent("edition", &name, what);
        Ok(Self {
            period: row.period.parse().map_err(|e| strange(format!("{e}")))?,
            revision: u32::try_from(row.revision).map_err(|e| strange(e.to_string()))?,
            published_at: Timestamp::from_microsecond(row.published_at_micros)
                .map_err(|e| strange(e.to_string()))?,
            published_on: row.published_on.parse().map_err(|e| strange(format!("{e}")))?,
            cutoff: Position(row.cutoff),
            dataset: serde_json::from_str(&row.dataset).map_err(|e| strange(e.to_string()))?,
            reason: row.reason,
        })
    }
}

impl Tx {
    /// Freezes a revision. [`Conflict`] where it was published already.
    pub async fn publish(
        &mut self,
        revision: &Revision,
        files: &[EditionFile],
    ) -> Result<(), Error> {
        const EDITION: &str = "INSERT INTO edition (period, revision, published_at_micros, \
             published_on, cutoff, dataset, reason) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT DO NOTHING";
        let (period, number) = (revision.period.to_string(), i64::from(revision.revision));
        let dataset = serde_json::to_string(&revision.dataset)?;
        let inserted = on_both!(self, |c| {
            sqlx::query(EDITION)
                .bind(&period)
                .bind(number)
                .bind(revision.published_at.as_microsecond())
                .bind(revision.published_on.to_string())
                .bind(revision.cutoff.0)
                .bind(&dataset)
                .bind(&revision.reason)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if inserted != 1 {
            return Err(Conflict.into());
        }
        const FREEZE: &str =
            "INSERT INTO frozen (sha256, bytes) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING";
        let mut named = Vec::with_capacity(files.len());
        for file in files {
            let hash: [u8; 32] = Sha256::digest(&file.bytes).into();
            on_both!(self, |c| {
                sqlx::query(FREEZE)
                    .bind(hash.as_slice())
                    .bind(&file.bytes)
                    .execute(&mut **c)
                    .await?
                    .rows_affected()
            });
            named.push((file.path.clone(), hash));
        }
        insert_all!(
            self,
            "edition_file (period, revision, path, sha256)",
            100,
            named,
            |v, file| {
                v.push_bind(period.clone())
                    .push_bind(number)
                    .push_bind(file.0.clone())
                    .push_bind(file.1.to_vec())
            }
        );
        Ok(())
    }

    /// Every revision of every edition, by period and revision.
    pub async fn revisions(&mut self) -> Result<Vec<Revision>, Error> {
        const REVISIONS: &str = "SELECT period, revision, published_at_micros, published_on, \
             cutoff, dataset, reason FROM edition";
        let rows: Vec<RevisionRow> =
            on_both!(self, |c| sqlx::query_as(REVISIONS).fetch_all(&mut **c).await?);
        let mut revisions =
            rows.into_iter().map(Revision::try_from).collect::<Result<Vec<_>, Error>>()?;
        revisions.sort_by_key(|r| (r.period, r.revision));
        Ok(revisions)
    }

    /// All files of a revision, by path, checked against their hashes.
    pub async fn edition_files(
        &mut self,
        period: Period,
        revision: u32,
    ) -> Result<Vec<EditionFile>, Error> {
        const FILES: &str = "SELECT path, frozen.sha256, bytes FROM edition_file \
             JOIN frozen ON frozen.sha256 = edition_file.sha256 \
             WHERE period = $1 AND revision = $2 ORDER BY path";
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = on_both!(self, |c| {
            sqlx::query_as(FILES)
                .bind(period.to_string())
                .bind(i64::from(revision))
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(|(path, hash, bytes)| checked(path, &hash, bytes)).collect()
    }
}

fn checked(path: String, hash: &[u8], bytes: Vec<u8>) -> Result<EditionFile, Error> {
    if Sha256::digest(&bytes).as_slice() != hash {
        let row = Sha256Hash(hash.try_into().unwrap_or_default());
        return Err(Error::inconsistent("frozen", row, "its bytes have another hash"));
    }
    Ok(EditionFile { path, bytes })
}

impl ReadOnly {
    /// Every revision of every edition, by period and revision.
    pub async fn revisions(&self) -> Result<Vec<Revision>, Error> {
        self.snapshot().await?.revisions().await
    }

    /// One file of an edition's latest revision; `None` where there is none.
    pub async fn file(&self, period: Period, path: &str) -> Result<Option<EditionFile>, Error> {
        const FILE: &str = "SELECT frozen.sha256, bytes FROM edition_file \
             JOIN frozen ON frozen.sha256 = edition_file.sha256 \
             WHERE period = $1 AND path = $2 ORDER BY revision DESC LIMIT 1";
        let mut tx = self.snapshot().await?;
        let row: Option<(Vec<u8>, Vec<u8>)> = on_both!(&mut tx, |c| {
            sqlx::query_as(FILE)
                .bind(period.to_string())
                .bind(path)
                .fetch_optional(&mut **c)
                .await?
        });
        row.map(|(hash, bytes)| checked(path.to_owned(), &hash, bytes)).transpose()
    }
}
