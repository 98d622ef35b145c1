//! The files that are kept are held against what their submissions say of them.

use domain::event::{Event, Stream, SubmissionEvent};
use domain::id::{Sha256Hash, SubmissionId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::look::{LookRow, look_columns, read};
use super::name_field;
use crate::{Error, Keys, Sight, SubmissionKey, Tx, on_both};

/// What was found of the files that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachmentAudit {
    pub files: u64,
    /// Of these, files of submissions that were erased: they can't be opened any more.
    pub erased: u64,
    pub faults: Vec<AttachmentFault>,
}

/// A file that is not what its submission says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentFault {
    pub submission: SubmissionId,
    /// By which the file is known, in hexadecimal digits.
    pub sha256: String,
    /// What is wrong, as the end of "the file …".
    pub what: &'static str,
}

/// Submissions that are looked up at a time.
const PAGE: i64 = 500;

type Row = (Vec<u8>, i64, Vec<u8>);

impl Tx {
    /// Opens every file that is kept: its bytes have the hash by which its submission named it when
    /// it was sealed, and none of the submission's files is missing beside it. One file at a time
    /// is held in memory.
    pub async fn audit_attachments(&mut self, keys: &Keys) -> Result<AttachmentAudit, Error> {
        const SUBMISSIONS: &str = "SELECT DISTINCT submission_id FROM attachment \
             WHERE submission_id > $1 ORDER BY submission_id LIMIT $2";
        let mut audit = AttachmentAudit::default();
        let mut after = Uuid::nil();
        loop {
            let page: Vec<Uuid> = on_both!(self, |c| {
                sqlx::query_scalar(SUBMISSIONS).bind(after).bind(PAGE).fetch_all(&mut **c).await?
            });
            let Some(last) = page.last() else { return Ok(audit) };
            after = *last;
            for id in page {
                self.audit_files_of(keys, SubmissionId(id), &mut audit).await?;
            }
        }
    }

    async fn audit_files_of(
        &mut self,
        keys: &Keys,
        id: SubmissionId,
        audit: &mut AttachmentAudit,
    ) -> Result<(), Error> {
        const FILES: &str = "SELECT sha256, size_bytes, sealed_name FROM attachment \
             WHERE submission_id = $1 ORDER BY sha256";
        const KEY: &str = "SELECT wrapped_key FROM submission WHERE submission_id = $1";
        let rows: Vec<Row> =
            on_both!(self, |c| sqlx::query_as(FILES).bind(id.0).fetch_all(&mut **c).await?);
        audit.files += rows.len() as u64;
        let mut fault = |sha256: &[u8], what| {
            let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            audit.faults.push(AttachmentFault { submission: id, sha256, what });
        };
        let mut named = self.files_named(id).await?;
        let wrapped: Option<Vec<u8>> =
            on_both!(self, |c| sqlx::query_scalar(KEY).bind(id.0).fetch_one(&mut **c).await?);
        let is_erased = wrapped.is_none();
        // Where the key does not open, none of the files does.
        let key = wrapped.and_then(|wrapped| keys.unwrap(id, &wrapped).ok());
        for row in &rows {
            let known = row.0.as_slice().try_into().ok().map(Sha256Hash);
            match known {
                Some(sha256) if named.contains(&sha256) => {
                    named.retain(|named| *named != sha256);
                    let what = match (&key, is_erased) {
                        (Some(key), _) => self.fault_of(key, sha256, row).await?,
                        (None, true) => None,
                        (None, false) => Some("does not open: the key of its submission doesn't"),
                    };
                    what.into_iter().for_each(|what| fault(&row.0, what));
                }
                Some(_) | None => fault(&row.0, "is not among those that were sealed"),
            }
        }
        for missing in named {
            fault(&missing.0, "is missing");
        }
        if is_erased {
            audit.erased += rows.len() as u64;
        }
        Ok(())
    }

    /// The files that a submission came with and those that came later, as was sealed.
    pub async fn files_named(&mut self, id: SubmissionId) -> Result<Vec<Sha256Hash>, Error> {
        let events = self.stream_events(Stream::Submission(id), Sight::whole()).await?;
        let files = events.into_iter().filter_map(|recorded| match recorded.event {
            Event::Submission(
                SubmissionEvent::SubmissionReceived { files, .. }
                | SubmissionEvent::DocumentsAdded { files, .. },
            ) => Some(files),
            _ => None,
        });
        Ok(files.flatten().collect())
    }

    async fn fault_of(
        &mut self,
        key: &SubmissionKey,
        sha256: Sha256Hash,
        (_, size_bytes, sealed_name): &Row,
    ) -> Result<Option<&'static str>, Error> {
        const FILE: &str = "SELECT sealed FROM attachment WHERE submission_id = $1 AND sha256 = $2";
        if key.open(&name_field(sha256), sealed_name).is_err() {
            return Ok(Some("has a name that does not open"));
        }
        let sealed: Vec<u8> = on_both!(self, |c| {
            sqlx::query_scalar(FILE)
                .bind(key.submission().0)
                .bind(sha256.0.as_slice())
                .fetch_one(&mut **c)
                .await?
        });
        let Ok(bytes) = key.open_file(sha256, &sealed) else { return Ok(Some("does not open")) };
        if Sha256::digest(&bytes)[..] != sha256.0 {
            return Ok(Some("has another hash"));
        }
        if i64::try_from(bytes.len()) != Ok(*size_bytes) {
            return Ok(Some("has another size"));
        }
        self.fault_of_look(key, sha256).await
    }

    /// What was found of a file is sealed beside it, so nobody takes it out of quarantine by hand.
    async fn fault_of_look(
        &mut self,
        key: &SubmissionKey,
        sha256: Sha256Hash,
    ) -> Result<Option<&'static str>, Error> {
        const LOOK: &str = concat!(
            "SELECT ",
            look_columns!(),
            " FROM attachment_look WHERE submission_id = $1 AND sha256 = $2"
        );
        let row: Option<LookRow> = on_both!(self, |c| {
            sqlx::query_as(LOOK)
                .bind(key.submission().0)
                .bind(sha256.0.as_slice())
                .fetch_optional(&mut **c)
                .await?
        });
        Ok(match row.map(|row| read(key, sha256, row)) {
            None => Some("is known to nobody who looks at files"),
            Some(Err(_)) => Some("was found to be something that does not open"),
            Some(Ok(_)) => None,
        })
    }
}
