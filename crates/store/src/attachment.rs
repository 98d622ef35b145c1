//! Files as they arrived, sealed under the key of their submission.

mod audit;
mod look;

use domain::id::{Sha256Hash, SubmissionId};

pub use self::audit::{AttachmentAudit, AttachmentFault};
pub use self::look::{Examination, Examined, FileClaim, FilesStanding, Scan, Scanner, Verdict};
use self::look::{LookRow, look_columns, look_field};
use crate::log::seal::SealedSubmission;
use crate::{Error, NewSubmission, SubmissionKey, Tx, insert_all, on_both};

/// A larger file is refused.
pub const FILE_SIZE_BYTES_MAX: usize = 25 << 20;

/// A file that is sealed and ready to be stored.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    submission: SubmissionId,
    sha256: Sha256Hash,
    size_bytes: usize,
    sealed_name: Vec<u8>,
    sealed: Vec<u8>,
    sealed_look: Vec<u8>,
}

/// A file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub sha256: Sha256Hash,
    pub size_bytes: u64,
    /// As the sender called it.
    pub name: String,
    pub examined: Examined,
}

#[derive(sqlx::FromRow)]
struct FileRow {
    sha256: Vec<u8>,
    size_bytes: i64,
    sealed_name: Vec<u8>,
    #[sqlx(flatten)]
    look: LookRow,
}

impl NewSubmission {
    /// Seals a file that arrives with the submission. `look` is what it is seen to be at once; it
    /// waits to be looked into, and for a scanner.
    pub fn attach(
        &self,
        sha256: Sha256Hash,
        name: &str,
        file: (&[u8], &str),
    ) -> Result<NewAttachment, Error> {
        attach((self.id, &self.key), sha256, name, file)
    }
}

impl SealedSubmission {
    /// The same of one that arrives later.
    pub fn attach(
        &self,
        sha256: Sha256Hash,
        name: &str,
        file: (&[u8], &str),
    ) -> Result<NewAttachment, Error> {
        attach((self.id, &self.key), sha256, name, file)
    }
}

fn attach(
    (submission, key): (SubmissionId, &SubmissionKey),
    sha256: Sha256Hash,
    name: &str,
    (bytes, look): (&[u8], &str),
) -> Result<NewAttachment, Error> {
    Ok(NewAttachment {
        submission,
        sha256,
        size_bytes: bytes.len(),
        sealed_name: key.seal(&name_field(sha256), name)?,
        sealed: key.seal_file(sha256, bytes)?,
        sealed_look: key.seal(&look_field(sha256), look)?,
    })
}

impl Tx {
    pub async fn insert_attachments(&mut self, new: &[NewAttachment]) -> Result<(), Error> {
        // Few in a statement, since each may be large.
        insert_all!(
            self,
            "attachment (submission_id, sha256, size_bytes, sealed_name, sealed)",
            4,
            new,
            |values, new| values
                .push_bind(new.submission.0)
                .push_bind(new.sha256.0.as_slice())
                .push_bind(new.size_bytes as i64)
                .push_bind(new.sealed_name.as_slice())
                .push_bind(new.sealed.as_slice())
        );
        insert_all!(
            self,
            "attachment_look (submission_id, sha256, sealed_look, look_waits, scan_waits, \
             next_at_micros)",
            500,
            new,
            |values, new| values
                .push_bind(new.submission.0)
                .push_bind(new.sha256.0.as_slice())
                .push_bind(new.sealed_look.as_slice())
                .push_bind(1_i64)
                .push_bind(1_i64)
                .push_bind(0_i64)
        );
        Ok(())
    }

    /// The files of a submission, in order of their names.
    pub async fn attachments(
        &mut self,
        submission: &SealedSubmission,
    ) -> Result<Vec<Attachment>, Error> {
        const FILES: &str = concat!(
            "SELECT attachment.sha256, size_bytes, sealed_name, ",
            look_columns!(),
            " FROM attachment LEFT JOIN attachment_look \
             ON attachment_look.submission_id = attachment.submission_id \
             AND attachment_look.sha256 = attachment.sha256 WHERE attachment.submission_id = $1"
        );
        let rows: Vec<FileRow> = on_both!(self, |c| {
            sqlx::query_as(FILES).bind(submission.id.0).fetch_all(&mut **c).await?
        });
        let strange = |what| Error::inconsistent("attachment", submission.id, what);
        let mut files = rows
            .into_iter()
            .map(|FileRow { sha256, size_bytes: size, sealed_name: name, look }| {
                let sha256 = sha256.try_into().map_err(|_| strange("its hash is none"))?;
                let sha256 = Sha256Hash(sha256);
                let name = submission.key.open(&name_field(sha256), &name)?;
                let examined = look::read(&submission.key, sha256, look)?;
                Ok(Attachment { sha256, size_bytes: size.unsigned_abs(), name, examined })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The bytes of a file; `None` where the submission has no such file.
    pub async fn attachment(
        &mut self,
        submission: &SealedSubmission,
        sha256: Sha256Hash,
    ) -> Result<Option<Vec<u8>>, Error> {
        const FILE: &str = "SELECT sealed FROM attachment WHERE submission_id = $1 AND sha256 = $2";
        let sealed: Option<Vec<u8>> = on_both!(self, |c| {
            sqlx::query_scalar(FILE)
                .bind(submission.id.0)
                .bind(sha256.0.as_slice())
                .fetch_optional(&mut **c)
                .await?
        });
        sealed.map(|sealed| submission.key.open_file(sha256, &sealed)).transpose()
    }
}

fn name_field(sha256: Sha256Hash) -> String {
    format!("file/{sha256}/name")
}
