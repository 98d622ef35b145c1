//! Submissions with their texts, one page after the other: for who may read everything.

use domain::id::SubmissionId;
use uuid::Uuid;

use crate::case::SubmissionNumber;
use crate::sight::seen_by;
use crate::{Error, Keys, Sight, Tx, on_both};

/// A submission as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSubmission {
    pub id: SubmissionId,
    /// Its leaf in the log; `None` where it only keeps texts.
    pub leaf: Option<i64>,
    pub received_on: Option<String>,
    pub requests: i64,
    /// By which people know it; what an import brought has none.
    pub number: Option<SubmissionNumber>,
    /// Files that are kept of it.
    pub files: i64,
    /// Names and texts; `None` where its key was destroyed.
    pub texts: Option<Vec<(String, String)>>,
}

impl Tx {
    /// The next submissions after one, in order of their ids. The first of all comes after nil.
    pub async fn submissions_after(
        &mut self,
        keys: &Keys,
        (after, count): (SubmissionId, u16),
        sight: Sight,
    ) -> Result<Vec<ReadSubmission>, Error> {
        const PAGE: &str = concat!(
            "SELECT submission_id, wrapped_key, leaf_index, received_on, requests, year, number, \
             (SELECT COUNT(*) FROM attachment \
              WHERE attachment.submission_id = submission.submission_id) \
             FROM submission WHERE submission_id > $1 AND ",
            seen_by!("submission.submission_id", "$3"),
            " ORDER BY submission_id LIMIT $2"
        );
        const FIELDS: &str =
            "SELECT name, sealed FROM field WHERE submission_id = $1 ORDER BY name";
        type Row = (
            Uuid,
            Option<Vec<u8>>,
            Option<i64>,
            Option<String>,
            i64,
            Option<i64>,
            Option<i64>,
            i64,
        );
        let rows: Vec<Row> = on_both!(self, |c| {
            let page = sqlx::query_as(PAGE).bind(after.0).bind(i64::from(count));
            page.bind(sight.viewer()).fetch_all(&mut **c).await?
        });
        let mut read = Vec::with_capacity(rows.len());
        for (id, wrapped, leaf, received_on, requests, year, number, files) in rows {
            let id = SubmissionId(id);
            let texts = match wrapped {
                None => None,
                Some(wrapped) => {
                    let key = keys.unwrap(id, &wrapped)?;
                    let fields: Vec<(String, Vec<u8>)> = on_both!(self, |c| {
                        sqlx::query_as(FIELDS).bind(id.0).fetch_all(&mut **c).await?
                    });
                    let open = |(name, sealed): (String, Vec<u8>)| {
                        let text = key.open(&name, &sealed)?;
                        Ok::<_, Error>((name, text))
                    };
                    Some(fields.into_iter().map(open).collect::<Result<_, _>>()?)
                }
            };
            let number = year.zip(number).and_then(|(y, n)| SubmissionNumber::read(y, n));
            read.push(ReadSubmission { id, leaf, received_on, requests, number, files, texts });
        }
        Ok(read)
    }
}
