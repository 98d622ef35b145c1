//! Submissions that arrived, for lists, and the texts of their requests.

use domain::event::SubmissionEvent;
use domain::id::{RequestId, Sha256Hash, SubmissionId};
use domain::submission::{Channel, NotARequest, Said};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::case::{SeenBy, SubmissionNumber};
use crate::log::seal::SealedSubmission;
use crate::sight::seen_by;
use crate::submission::reference_mark;
use crate::{Error, Keys, Sight, Tx, on_both};

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
    /// How many numbers before those of its requests are taken, by what was said and taken back.
    pub numbers_before: u16,
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
    One(SubmissionId),
    Numbered(SubmissionNumber),
}

/// A part of what arrived, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// What nobody has resolved, by number: the oldest first.
    Waiting,
    /// All other, by number: the newest first.
    Resolved,
}

/// How many submissions arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArrivalCounts {
    pub all: i64,
    /// Of which nobody has resolved.
    pub waiting: i64,
}

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
              WHERE declared.stream_id = submission_id AND declared.kind IN \
              ('declared_not_a_request', 'not_a_request_taken_back') \
              ORDER BY declared.version DESC LIMIT 1), \
             EXISTS (SELECT 1 FROM compartment \
              WHERE compartment.submission_id = submission.submission_id), taken_back \
             FROM submission \
             JOIN event AS arrived ON arrived.stream_id = submission_id AND arrived.version = 1 \
             WHERE number IS NOT NULL AND ",
            seen_by!("submission.submission_id", "$2"),
            $rest
        )
    };
}

pub(crate) use select_submissions;

pub(crate) type Row = (Uuid, i64, i64, String, i64, bool, i64, String, Option<String>, bool, i64);

impl Tx {
    /// Submissions that arrived.
    pub async fn submissions(
        &mut self,
        which: Submissions,
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const ONE: &str = select_submissions!(" AND submission_id = $3 LIMIT $1");
        const NUMBERED: &str = select_submissions!(" AND year = $3 AND number = $4 LIMIT $1");
        let rows: Vec<Row> = on_both!(self, |c| {
            let query = |text| sqlx::query_as(text).bind(1_i64).bind(sight.viewer());
            match which {
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

    /// A page of what arrived, behind a number.
    pub async fn arrivals(
        &mut self,
        which: Arrivals,
        (after, limit): (Option<SubmissionNumber>, i64),
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const WAITING: &str = select_submissions!(
            " AND requests = 0 AND (year, number) > ($3, $4) ORDER BY year, number LIMIT $1"
        );
        const RESOLVED: &str = select_submissions!(
            " AND requests > 0 AND (year, number) < ($3, $4) \
             ORDER BY year DESC, number DESC LIMIT $1"
        );
        let (text, (year, number)) = match (which, after) {
            (Arrivals::Waiting, None) => (WAITING, (i64::MIN, 0)),
            (Arrivals::Resolved, None) => (RESOLVED, (i64::MAX, 0)),
            (Arrivals::Waiting, Some(after)) => (WAITING, bound(after)),
            (Arrivals::Resolved, Some(after)) => (RESOLVED, bound(after)),
        };
        let rows: Vec<Row> = on_both!(self, |c| {
            let page = sqlx::query_as(text).bind(limit).bind(sight.viewer());
            page.bind(year).bind(number).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(read).collect()
    }

    /// A page of the submissions that have a number, or a reference of their sender, the newest
    /// first.
    pub async fn arrivals_found(
        &mut self,
        keys: &Keys,
        text: &str,
        (after, limit): (Option<SubmissionNumber>, i64),
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const FOUND: &str = select_submissions!(
            " AND (year, number) < ($3, $4) AND submission_id IN \
             (SELECT marked.submission_id FROM submission_mark AS marked \
             WHERE marked.mark_mac = $5 \
             UNION SELECT numbered.submission_id FROM submission AS numbered \
             WHERE numbered.year = $6 AND numbered.number = $7) \
             ORDER BY year DESC, number DESC LIMIT $1"
        );
        let (year, number) = after.map_or((i64::MAX, 0), bound);
        // No submission has the number 0.
        let named = text.parse().map_or((0, 0), bound);
        let mark = reference_mark(keys, text);
        let rows: Vec<Row> = on_both!(self, |c| {
            let page = sqlx::query_as(FOUND).bind(limit).bind(sight.viewer());
            let page = page.bind(year).bind(number).bind(mark.as_slice());
            page.bind(named.0).bind(named.1).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(read).collect()
    }

    /// The requests that are seen of submissions to which their sender gave a reference.
    pub async fn requests_with_reference(
        &mut self,
        keys: &Keys,
        reference: &str,
        sight: Sight,
    ) -> Result<Vec<RequestId>, Error> {
        const FIND: &str = concat!(
            "SELECT request_id FROM submission_mark JOIN handled_request \
             ON handled_request.submission_id = submission_mark.submission_id \
             WHERE mark_mac = $2 AND ",
            seen_by!("handled_request.submission_id", "$1")
        );
        let mark = reference_mark(keys, reference);
        let rows: Vec<Uuid> = on_both!(self, |c| {
            let marked = sqlx::query_scalar(FIND).bind(sight.viewer()).bind(mark.as_slice());
            marked.fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(RequestId).collect())
    }

    /// How many submissions arrived that are seen. All are counted by an index that holds nothing
    /// else, and the few that are hidden are taken off.
    pub async fn count_arrivals(&mut self, sight: Sight) -> Result<ArrivalCounts, Error> {
        const ALL: &str = "SELECT (SELECT COUNT(*) FROM submission WHERE number IS NOT NULL), \
             (SELECT COUNT(*) FROM submission WHERE number IS NOT NULL AND requests = 0)";
        const HIDDEN: &str = concat!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN requests = 0 THEN 1 ELSE 0 END), 0) \
             AS BIGINT) FROM submission WHERE number IS NOT NULL AND submission_id IN \
             (SELECT closed.submission_id FROM compartment AS closed) AND NOT ",
            seen_by!("submission.submission_id", "$1")
        );
        let ((all, waiting), hidden): ((i64, i64), (i64, i64)) = on_both!(self, |c| {
            let all = sqlx::query_as(ALL).fetch_one(&mut **c).await?;
            let hidden = sqlx::query_as(HIDDEN).bind(sight.viewer());
            (all, hidden.fetch_one(&mut **c).await?)
        });
        Ok(ArrivalCounts { all: all - hidden.0, waiting: waiting - hidden.1 })
    }

    /// The other submissions that are seen that may be the same as one, the newest first: the same
    /// file came with them, or their sender gave the same reference.
    pub async fn alike(
        &mut self,
        submission: SubmissionId,
        limit: i64,
        sight: Sight,
    ) -> Result<Vec<SubmissionRow>, Error> {
        const ALIKE: &str = select_submissions!(
            " AND submission_id IN (SELECT other.submission_id FROM submission_mark AS one \
             JOIN submission_mark AS other ON other.mark_mac = one.mark_mac \
             WHERE one.submission_id = $3 AND other.submission_id <> $3) \
             ORDER BY year DESC, number DESC LIMIT $1"
        );
        let rows: Vec<Row> = on_both!(self, |c| {
            let alike = sqlx::query_as(ALIKE).bind(limit).bind(sight.viewer());
            alike.bind(submission.0).fetch_all(&mut **c).await?
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

fn bound(SubmissionNumber { year, number }: SubmissionNumber) -> (i64, i64) {
    (i64::from(year), i64::from(number))
}

pub(crate) fn read(row: Row) -> Result<SubmissionRow, Error> {
    let (id, year, number, received_on, requests, is_erased, at, arrived, said, is_closed, before) =
        row;
    let strange = |what: &str| Error::inconsistent("submission", id, what);
    let SubmissionEvent::SubmissionReceived { channel, files, .. } =
        serde_json::from_str(&arrived)?
    else {
        return Err(strange("its first event is another"));
    };
    let said: Option<SubmissionEvent> = said.as_deref().map(serde_json::from_str).transpose()?;
    let resolution = match (said.as_ref().and_then(Said::by), requests) {
        (Some(Said::NotARequest(reason)), 1) => Resolution::NotARequest(reason),
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
        numbers_before: before.try_into().map_err(|_| strange("what was taken back"))?,
        is_erased,
        seen_by: SeenBy::read(is_closed),
    })
}
