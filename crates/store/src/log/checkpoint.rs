//! Signed checkpoints, which of them the public sees, and how far each witness has followed.

use crate::log::append::signed;
use crate::{Error, Publication, Tx, on_both};

/// A signed checkpoint as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    pub size: u64,
    /// As it is published.
    pub note: String,
    pub is_of_edition: bool,
    /// Whether enough witnesses have signed it for the public to see it.
    pub has_quorum: bool,
}

/// How far a witness has followed the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWitness {
    /// As the settings write it.
    pub public_key: String,
    /// The size of the last checkpoint that it has signed.
    pub size: u64,
    /// Why it did not sign when it was last asked.
    pub trouble: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    tree_size: i64,
    note: String,
    is_of_edition: i64,
    has_quorum: i64,
}

impl From<CheckpointRow> for StoredCheckpoint {
    fn from(row: CheckpointRow) -> Self {
        Self {
            size: row.tree_size.unsigned_abs(),
            note: row.note,
            is_of_edition: row.is_of_edition == 1,
            has_quorum: row.has_quorum == 1,
        }
    }
}

impl Tx {
    /// Remembers a signed checkpoint. Those of editions stay, and so does the last one that the
    /// public sees; others make room. An edition whose checkpoint had no quorum goes out with the
    /// next that has it.
    pub async fn put_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO checkpoint (tree_size, note, is_of_edition, has_quorum) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (tree_size) DO UPDATE SET note = excluded.note, \
             has_quorum = excluded.has_quorum, \
             is_of_edition = CASE WHEN checkpoint.is_of_edition = 1 THEN 1 \
             ELSE excluded.is_of_edition END";
        const GO_OUT: &str = "UPDATE checkpoint SET is_of_edition = 1 WHERE tree_size = $1 \
             AND EXISTS (SELECT 1 FROM checkpoint AS held WHERE held.tree_size < $1 \
             AND held.is_of_edition = 1 AND held.has_quorum = 0)";
        const FORGET: &str = "DELETE FROM checkpoint WHERE tree_size < $1 \
             AND (is_of_edition = 0 OR has_quorum = 0)";
        const FORGET_HELD: &str = "DELETE FROM checkpoint WHERE tree_size < $1 \
             AND is_of_edition = 0 AND has_quorum = 0";
        let size = signed(checkpoint.size)?;
        on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(size)
                .bind(checkpoint.note.as_str())
                .bind(i64::from(checkpoint.is_of_edition))
                .bind(i64::from(checkpoint.has_quorum))
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        let follow: &[&'static str] =
            if checkpoint.has_quorum { &[GO_OUT, FORGET] } else { &[FORGET_HELD] };
        for statement in follow {
            on_both!(self, |c| {
                sqlx::query(*statement).bind(size).execute(&mut **c).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// Marks that an edition goes out with the log as this transaction leaves it, or with the next
    /// checkpoint that is signed.
    pub async fn hold_edition(&mut self) -> Result<(), Error> {
        const HOLD: &str = "INSERT INTO checkpoint (tree_size, note, is_of_edition, has_quorum) \
             VALUES ($1, '', 1, 0) ON CONFLICT (tree_size) DO UPDATE SET is_of_edition = 1";
        let size = signed(self.tree_head().await?.size)?;
        on_both!(self, |c| {
            sqlx::query(HOLD).bind(size).execute(&mut **c).await?.rows_affected()
        });
        Ok(())
    }

    /// Whether an edition waits for a checkpoint that the public may see.
    pub async fn is_edition_held(&mut self) -> Result<bool, Error> {
        const HELD: &str =
            "SELECT COUNT(*) FROM checkpoint WHERE is_of_edition = 1 AND has_quorum = 0";
        let held: i64 = on_both!(self, |c| sqlx::query_scalar(HELD).fetch_one(&mut **c).await?);
        Ok(held > 0)
    }

    /// The newest checkpoint that the public sees, as a signed note.
    pub async fn checkpoint(&mut self, of: Publication) -> Result<Option<(u64, String)>, Error> {
        const NEWEST: &str = "SELECT tree_size, note FROM checkpoint \
             WHERE is_of_edition >= $1 AND has_quorum = 1 ORDER BY tree_size DESC LIMIT 1";
        let least = match of {
            Publication::AtOnce => 0_i64,
            Publication::WithEdition => 1,
        };
        let row: Option<(i64, String)> = on_both!(self, |c| {
            sqlx::query_as(NEWEST).bind(least).fetch_optional(&mut **c).await?
        });
        Ok(row.map(|(size, note)| (size.unsigned_abs(), note)))
    }

    /// The newest checkpoint that was signed, whether the public sees it or not.
    pub async fn signed_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, Error> {
        const NEWEST: &str = "SELECT tree_size, note, is_of_edition, has_quorum FROM checkpoint \
             WHERE note <> '' ORDER BY tree_size DESC LIMIT 1";
        let row: Option<CheckpointRow> =
            on_both!(self, |c| sqlx::query_as(NEWEST).fetch_optional(&mut **c).await?);
        Ok(row.map(StoredCheckpoint::from))
    }

    /// The checkpoint that was signed at a size, if it is remembered.
    pub async fn signed_checkpoint_at(
        &mut self,
        size: u64,
    ) -> Result<Option<StoredCheckpoint>, Error> {
        const AT: &str = "SELECT tree_size, note, is_of_edition, has_quorum FROM checkpoint \
             WHERE tree_size = $1 AND note <> ''";
        let size = signed(size)?;
        let row: Option<CheckpointRow> =
            on_both!(self, |c| sqlx::query_as(AT).bind(size).fetch_optional(&mut **c).await?);
        Ok(row.map(StoredCheckpoint::from))
    }

    /// What is known of every witness that was ever asked.
    pub async fn witnesses(&mut self) -> Result<Vec<StoredWitness>, Error> {
        const ALL: &str = "SELECT public_key, tree_size, trouble FROM witness ORDER BY public_key";
        let rows: Vec<(String, i64, Option<String>)> =
            on_both!(self, |c| sqlx::query_as(ALL).fetch_all(&mut **c).await?);
        let witness = |(public_key, size, trouble): (String, i64, Option<String>)| StoredWitness {
            public_key,
            size: size.unsigned_abs(),
            trouble,
        };
        Ok(rows.into_iter().map(witness).collect())
    }

    /// Remembers what a witness answered. It only goes forward: of two answers that arrive out of
    /// order, the greater size is kept.
    pub async fn put_witness(&mut self, witness: &StoredWitness) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO witness (public_key, tree_size, trouble) \
             VALUES ($1, $2, $3) ON CONFLICT (public_key) DO UPDATE SET \
             trouble = excluded.trouble, tree_size = CASE \
             WHEN witness.tree_size > excluded.tree_size THEN witness.tree_size \
             ELSE excluded.tree_size END";
        let size = signed(witness.size)?;
        on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(witness.public_key.as_str())
                .bind(size)
                .bind(witness.trouble.as_deref())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }
}
