//! What a docket holds of each handled request: enough to find, order and count it, without a join
//! or a key. Whoever keeps one in memory asks for what changed since the position that they know.

use std::collections::HashMap;
use std::sync::Arc;

use domain::category::Category;
use domain::compartment::Compartment;
use domain::country::Country;
use domain::fact::{Standing, Urgency};
use domain::id::{AuthorityId, OfficerId, PersonId, Position, RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::request::{NextStep, StageKind, Step};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::case::{CaseName, CaseRow, Row, SubmissionNumber, barred, select_cases};
use crate::fact::read_urgency;
use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

/// A handled request in few bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocketLine {
    pub request: RequestId,
    pub submission: SubmissionId,
    pub name: CaseName,
    pub received_on: Date,
    pub due_on: Option<Date>,
    /// The moment on that day, where the law counts in hours.
    pub due_at: Option<Timestamp>,
    pub country: Country,
    pub category: Category,
    pub instrument: Arc<Instrument>,
    pub urgency: Urgency,
    pub authority: AuthorityId,
    /// `None` where its letter was erased: nobody can read any more who wrote it.
    pub officer: Option<OfficerId>,
    pub stage: StageKind,
    pub standing: Standing,
    /// Nobody acts on it any more.
    pub is_finished: bool,
    pub assigned_to: Option<PersonId>,
    pub next: Option<Arc<NextStep>>,
    /// `None` where it was neither approved nor rejected.
    pub decided_in_days: Option<u32>,
    /// The last event about it, or about who sees its submission and whether that can be read.
    pub changed: Position,
}

#[derive(sqlx::FromRow)]
struct StoredLine {
    request_id: Uuid,
    submission_id: Uuid,
    year: Option<i64>,
    number: Option<i64>,
    ordinal: i64,
    received_on: String,
    due_on: Option<String>,
    due_at_micros: Option<i64>,
    country: String,
    category: String,
    instrument: String,
    urgency: String,
    authority_id: Uuid,
    officer_id: Option<Uuid>,
    stage: String,
    standing: String,
    is_finished: i64,
    assigned_to: Option<Uuid>,
    next_step: Option<String>,
    barred: String,
    decided_in_days: Option<i64>,
    changed: Option<i64>,
    letter_changed: Option<i64>,
}

/// What many lines have in common, held once: the same few instruments stand behind all requests,
/// and the same few people are barred from what comes next. So whoever looks at every line finds
/// it near.
#[derive(Debug, Default)]
pub struct InCommon {
    instruments: HashMap<String, Arc<Instrument>>,
    /// By the codes of the step and of who is barred from it.
    next: HashMap<String, Arc<NextStep>>,
}

impl InCommon {
    fn instrument(&mut self, code: &str) -> Option<Arc<Instrument>> {
        once(&mut self.instruments, code, || Instrument::new(code).ok())
    }

    fn next(&mut self, step: &str, who: &str) -> Option<Arc<NextStep>> {
        once(&mut self.next, &format!("{step} {who}"), || {
            Some(NextStep { step: Step::from_code(step).ok()?, barred: barred(who)? })
        })
    }
}

fn once<T>(
    known: &mut HashMap<String, Arc<T>>,
    code: &str,
    new: impl FnOnce() -> Option<T>,
) -> Option<Arc<T>> {
    if let Some(known) = known.get(code) {
        return Some(Arc::clone(known));
    }
    let new = Arc::new(new()?);
    known.insert(code.to_owned(), Arc::clone(&new));
    Some(new)
}

/// Events of a submission after which its requests stand otherwise in a docket.
macro_rules! of_letter {
    () => {
        "('submission_erased', 'compartment_closed', 'compartment_changed', 'compartment_opened')"
    };
}

macro_rules! select_lines {
    ($rest:literal) => {
        concat!(
            "SELECT request_id, handled_request.submission_id, year, number, ordinal, \
             handled_request.received_on, due_on, due_at_micros, country, category, instrument, \
             urgency, authority_id, CASE WHEN wrapped_key IS NULL THEN NULL ELSE officer_id END AS officer_id, \
             stage, standing, is_finished, assigned_to, next_step, barred, \
             decided_in_days, \
             (SELECT position FROM event WHERE event.stream_id = handled_request.request_id \
              ORDER BY event.version DESC LIMIT 1) AS changed, \
             (SELECT MAX(position) FROM event WHERE event.stream_id = submission.submission_id \
              AND event.kind IN ",
            of_letter!(),
            ") AS letter_changed FROM handled_request \
             JOIN submission ON submission.submission_id = handled_request.submission_id",
            $rest
        )
    };
}

impl Tx {
    /// The requests that candor handles: all of them, or those to which something happened after a
    /// position, or to their letter as far as it changes them. What lies in compartments is among
    /// them; [`Self::compartments_since`] tells of these.
    pub async fn docket_lines(
        &mut self,
        after: Option<Position>,
        in_common: &mut InCommon,
    ) -> Result<Vec<DocketLine>, Error> {
        const ALL: &str = select_lines!("");
        const CHANGED: &str = concat!(
            select_lines!(
                " WHERE request_id IN (SELECT stream_id FROM event WHERE event.position > $1 \
                 UNION SELECT found.request_id FROM event JOIN handled_request AS found \
                 ON found.submission_id = event.stream_id \
                 WHERE event.position > $1 AND event.kind IN "
            ),
            of_letter!(),
            ")"
        );
        let mut lines = Vec::new();
        on_both!(self, |c| {
            let query = match after {
                None => sqlx::query_as::<_, StoredLine>(ALL),
                Some(Position(position)) => sqlx::query_as::<_, StoredLine>(CHANGED).bind(position),
            };
            let mut rows = query.fetch(&mut **c);
            while let Some(row) = rows.try_next().await? {
                lines.push(read(row, in_common)?);
            }
        });
        Ok(lines)
    }

    /// Who alone sees which submissions, where that changed after a position; `None` where nothing
    /// did.
    pub async fn compartments_since(
        &mut self,
        after: Option<Position>,
    ) -> Result<Option<HashMap<SubmissionId, Compartment>>, Error> {
        const CHANGES: &str = "SELECT COUNT(*) FROM event WHERE position > $1 AND kind IN \
             ('compartment_closed', 'compartment_changed', 'compartment_opened')";
        if let Some(Position(position)) = after {
            let changes: i64 = on_both!(self, |c| {
                sqlx::query_scalar(CHANGES).bind(position).fetch_one(&mut **c).await?
            });
            if changes == 0 {
                return Ok(None);
            }
        }
        Ok(Some(self.all_compartments().await?))
    }

    /// The rows of these requests, in this order; those that are not seen are left out.
    pub async fn cases_with_ids(
        &mut self,
        ids: &[RequestId],
        sight: Sight,
    ) -> Result<Vec<CaseRow>, Error> {
        const FIND: &str = concat!(
            ") ",
            select_cases!(),
            "WHERE ",
            seen_by!("handled_request.submission_id", "(SELECT id FROM viewer)"),
            " AND handled_request.request_id IN ("
        );
        let mut found = HashMap::with_capacity(ids.len());
        on_both!(self, |c| {
            for ids in ids.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new("WITH viewer (id) AS (SELECT ");
                find.push_bind(sight.viewer()).push(FIND);
                let mut list = find.separated(", ");
                for id in ids {
                    list.push_bind(id.0);
                }
                find.push(")");
                let rows: Vec<Row> = find.build_query_as().fetch_all(&mut **c).await?;
                for row in rows {
                    let row = CaseRow::try_from(row)?;
                    found.insert(row.request, row);
                }
            }
        });
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}

fn read(row: StoredLine, in_common: &mut InCommon) -> Result<DocketLine, Error> {
    let strange = |what: &str| Error::inconsistent("handled_request", row.request_id, what);
    let date = |text: &str| text.parse::<Date>().map_err(|_| strange("a day is none"));
    let number = row.year.zip(row.number).and_then(|(y, n)| SubmissionNumber::read(y, n));
    let next = row.next_step.as_deref().map(|step| {
        let next = in_common.next(step, &row.barred);
        next.ok_or_else(|| strange("its next step, or who is barred from it"))
    });
    let due_at = row.due_at_micros.map(Timestamp::from_microsecond).transpose();
    let days = row.decided_in_days.map(u32::try_from).transpose();
    Ok(DocketLine {
        request: RequestId(row.request_id),
        submission: SubmissionId(row.submission_id),
        name: CaseName {
            submission: number.ok_or_else(|| strange("its submission has no number"))?,
            ordinal: row.ordinal.try_into().map_err(|_| strange("its ordinal is none"))?,
        },
        received_on: date(&row.received_on)?,
        due_on: row.due_on.as_deref().map(date).transpose()?,
        due_at: due_at.map_err(|_| strange("its moment"))?,
        country: Country::from_code(&row.country).ok_or_else(|| strange("its country"))?,
        category: row.category.parse().map_err(|_| strange("its category"))?,
        instrument: in_common
            .instrument(&row.instrument)
            .ok_or_else(|| strange("its instrument"))?,
        urgency: read_urgency(&row.urgency)?,
        authority: AuthorityId(row.authority_id),
        officer: row.officer_id.map(OfficerId),
        stage: StageKind::from_code(&row.stage).map_err(|_| strange("its stage"))?,
        standing: Standing::from_code(&row.standing).map_err(|_| strange("its standing"))?,
        is_finished: row.is_finished == 1,
        assigned_to: row.assigned_to.map(PersonId),
        next: next.transpose()?,
        decided_in_days: days.map_err(|_| strange("its days"))?,
        changed: Position(
            row.changed.max(row.letter_changed).ok_or_else(|| strange("its events"))?,
        ),
    })
}
