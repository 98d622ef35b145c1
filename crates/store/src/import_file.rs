//! Files that were imported.

use domain::id::{Sha256Hash, SubmissionId};
use jiff::Timestamp;

use crate::{Error, Tx, on_both};

/// A file that was imported.
#[derive(Clone, Debug)]
pub struct ImportedFile {
    pub sha256: Sha256Hash,
    /// Its field `file_name` is the name.
    pub submission: SubmissionId,
    pub imported_at: Timestamp,
    pub imported_lines: u64,
}

impl Tx {
    /// Remembers a file; one that is known already keeps its first date.
    pub async fn remember_file(&mut self, file: &ImportedFile) -> Result<(), Error> {
        const REMEMBER: &str = "INSERT INTO import_file \
             (sha256, submission_id, imported_at_micros, imported_lines) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (sha256) DO NOTHING";
        on_both!(self, |c| {
            sqlx::query(REMEMBER)
                .bind(file.sha256.0.as_slice())
                .bind(file.submission.0)
                .bind(file.imported_at.as_microsecond())
                .bind(file.imported_lines as i64)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }
}
