//! Submissions that arrived, for lists, and the texts of their requests.

use domain::event::Event;
use domain::id::{RequestId, Sha256Hash, SubmissionId};
use domain::submission::{Channel, NotARequest};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::case::{SeenBy, SubmissionNumber};
use crate::log::seal::SealedSubmission;
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

/// A submission as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionRow {
    pub submission: SubmissionId,
    pub number: SubmissionNumber,
    pub channel: Channel,
    pub received_on: Date,
    pub entered_at: Timestamp,
    pub files: Vec<Sha256Hash>,
    pub resolution: Resolution,
    /// Its key was destroyed: its texts can't be read any more.
    pub is_erased: bool,
    pub seen_by: SeenBy,
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Somebody has to find out what is in it.
    Waits,
    Requests(u16),
    NotARequest(NotARequest),
}

/// Which submissions a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submissions {
    /// The oldest first.
    Waiting,
    /// The newest first.
    All,
    One(SubmissionId),
    Numbered(SubmissionNumber),
}

/// A list is cut after this many.
pub const SUBMISSIONS_MAX: i64 = 500;

/// A text that came with an event of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseText {
    /// Of the event, from 1.
    pub version: i64,
    pub name: String,
    pub text: String,
}

macro_rules! select_submissions {
    ($rest:literal) => {
        concat!(
            "SELECT submission_id, year, number, received_on, requests, wrapped_key IS NULL, \
             arrived.at_micros, arrived.body, \
             (SELECT declared.body FROM event AS declared \
              WHERE declared.stream_id = submission_id \
              AND declared.kind = 'declared_not_a_request'), \
             EXISTS (SELECT 1 FROM compartment \
              WHERE compartment.submission_id = submission.submission_id) \
             FROM submission \
             JOIN event AS arrived ON arrived.stream_id = submission_id AND arrived.version = 1 \
             WHERE number IS NOT NULL AND ",
            seen_by!("submission.submission_id", "$2"),
            $rest
        )
    };
}

type Row = (Uuid, i64, i64, String, i64, bool, i64, String, Option<String>, bool);

impl Tx {
    /// A list of submissions that arrived, at most [`SUBMISSIONS_MAX`].
    pub async fn submissions(
        &mut self,
        which: Submissions,
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const WAITING: &str = select_submissions!(
            " AND received_on IS NOT NULL AND requests = 0 ORDER BY arrived.position LIMIT $1"
        );
        const ALL: &str = select_submissions!(" ORDER BY year DESC, number DESC LIMIT $1");
        const ONE: &str = select_submissions!(" AND submission_id = $3 LIMIT $1");
        const NUMBERED: &str = select_submissions!(" AND year = $3 AND number = $4 LIMIT $1");
        let rows: Vec<Row> = on_both!(self, |c| {
            let query = |text| sqlx::query_as(text).bind(SUBMISSIONS_MAX).bind(sight.viewer());
            match which {
                Submissions::Waiting => query(WAITING),
                Submissions::All => query(ALL),
                Submissions::One(id) => query(ONE).bind(id.0),
                Submissions::Numbered(SubmissionNumber { year, number }) => {
                    query(NUMBERED).bind(i64::from(year)).bind(i64::from(number))
                }
            }
            .fetch_all(&mut **c)
            .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// The texts that came with the events of a request, in no order.
    pub async fn case_texts(
        &mut self,
        submission: &SealedSubmission,
        request: RequestId,
    ) -> Result<Vec<CaseText>, Error> {
        const TEXTS: &str = "SELECT name, sealed FROM field WHERE submission_id = $1";
        let rows: Vec<(String, Vec<u8>)> = on_both!(self, |c| {
            sqlx::query_as(TEXTS).bind(submission.id.0).fetch_all(&mut **c).await?
        });
        let request = request.to_string();
        let mut texts = Vec::new();
        for (field, sealed) in rows {
            let Some((of, (version, name))) =
                field.split_once('/').and_then(|(of, rest)| Some((of, rest.split_once('/')?)))
            else {
                continue;
            };
            let Ok(version) = version.parse() else { continue };
            if of == request {
                let text = submission.key.open(&field, &sealed)?;
                texts.push(CaseText { version, name: name.to_owned(), text });
            }
        }
        Ok(texts)
    }
}

fn read(row: Row) -> Result<SubmissionRow, Error> {
    let (id, year, number, received_on, requests, is_erased, at, arrived, declared, is_closed) =
        row;
    let strange = |what: &str| Error::inconsistent("submission", id, what);
    let Event::SubmissionReceived { channel, files, .. } = serde_json::from_str(&arrived)? else {
        return Err(strange("its first event is another"));
    };
    let declared: Option<Event> = declared.as_deref().map(serde_json::from_str).transpose()?;
    let resolution = match (declared, requests) {
        (Some(Event::DeclaredNotARequest { reason }), 1) => Resolution::NotARequest(reason),
        (_, 0) => Resolution::Waits,
        (_, n) => Resolution::Requests(n.try_into().map_err(|_| strange("its requests"))?),
    };
    Ok(SubmissionRow {
        submission: SubmissionId(id),
        number: SubmissionNumber::read(year, number).ok_or_else(|| strange("its number"))?,
        channel,
        received_on: received_on.parse().map_err(|_| strange("its day"))?,
        entered_at: Timestamp::from_microsecond(at).map_err(|_| strange("its time"))?,
        files,
        resolution,
        is_erased,
        seen_by: SeenBy::read(is_closed),
    })
}
