//! Requests that candor handles, as rows for lists. A row follows from the request's events and is
//! written with them.

use std::str::FromStr;

use domain::category::{Category, DemandSet};
use domain::country::Country;
use domain::event::Stream;
use domain::fact::{Standing, Urgency};
use domain::id::{AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::request::{Barred, Handled, NextStep, PublicationKind, Request, StageKind, Step};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::fact::{read_urgency, urgency_code};
use crate::log::seal::Change;
use crate::sight::seen_by;
use crate::{Conflict, Error, Sight, Tx, insert_all, on_both};

/// The number by which people know a submission, counted in each year of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubmissionNumber {
    pub year: i16,
    /// From 1.
    pub number: u32,
}

impl std::fmt::Display for SubmissionNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:04}", self.year, self.number)
    }
}

impl FromStr for SubmissionNumber {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let (year, number) = text.split_once('-').ok_or(NoNumber)?;
        let number = Self {
            year: year.parse().map_err(|_| NoNumber)?,
            number: number.parse().map_err(|_| NoNumber)?,
        };
        // One way to write each.
        if number.to_string() == text { Ok(number) } else { Err(NoNumber) }
    }
}

/// What people call a request: `2026-0147-1`, the first one found in submission 2026-0147.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseName {
    pub submission: SubmissionNumber,
    /// Place among the requests of its submission, from 1.
    pub ordinal: u16,
}

impl std::fmt::Display for CaseName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.submission, self.ordinal)
    }
}

impl FromStr for CaseName {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let (submission, ordinal) = text.rsplit_once('-').ok_or(NoNumber)?;
        let name = Self {
            submission: submission.parse()?,
            ordinal: ordinal.parse().map_err(|_| NoNumber)?,
        };
        if name.to_string() == text { Ok(name) } else { Err(NoNumber) }
    }
}

/// The text is the number of no submission and the name of no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a submission is like 2026-0147, a request like 2026-0147-1")]
pub struct NoNumber;

impl SubmissionNumber {
    pub(crate) fn read(year: i64, number: i64) -> Option<Self> {
        Some(Self { year: year.try_into().ok()?, number: number.try_into().ok()? })
    }
}

/// A request as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    pub request: RequestId,
    pub submission: SubmissionId,
    pub name: CaseName,
    pub received_on: Date,
    pub due_on: Option<Date>,
    /// The moment on that day, where the law counts in hours.
    pub due_at: Option<Timestamp>,
    pub country: Country,
    pub category: Category,
    pub instrument: Instrument,
    pub urgency: Urgency,
    pub demands: DemandSet,
    pub authority: AuthorityId,
    pub officer: OfficerId,
    pub stage: StageKind,
    pub standing: Standing,
    pub assigned_to: Option<PersonId>,
    /// What somebody of the company does next; `None` where nobody does.
    pub next: Option<NextStep>,
    pub publication: PublicationKind,
    pub seen_by: SeenBy,
}

/// Whether something lies in a compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenBy {
    /// Everybody whose role lets them.
    Roles,
    /// Only the people whom its compartment names.
    Named,
}

impl SeenBy {
    pub(crate) fn read(is_closed: bool) -> Self {
        if is_closed { Self::Named } else { Self::Roles }
    }
}

/// Which requests a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cases {
    In(SubmissionId),
    /// The last received of an authority, the first received first.
    Of(AuthorityId),
    One(RequestId),
    Named(CaseName),
}

/// A list is cut after this many.
pub const CASES_MAX: i64 = 2_000;

macro_rules! select_cases {
    ($rest:literal) => {
        concat!(select_cases!(), "WHERE ", seen_by!("handled_request.submission_id", "$2"), $rest)
    };
    (also $columns:literal) => {
        concat!(select_cases!(columns), ", ", $columns, " ", select_cases!(tables))
    };
    (columns) => {
        "SELECT handled_request.request_id, handled_request.submission_id, ordinal, \
         handled_request.received_on, handled_request.due_on, country, handled_request.category, \
         urgency, demands, authority_id, officer_id, stage, standing, is_finished, \
         handled_request.assigned_to, next_step, barred, publication, \
         handled_request.due_at_micros, instrument, decided_in_days, year, number, \
         EXISTS (SELECT 1 FROM compartment \
          WHERE compartment.submission_id = handled_request.submission_id) AS is_closed"
    };
    (tables) => {
        "FROM handled_request \
         JOIN submission ON submission.submission_id = handled_request.submission_id "
    };
    () => {
        concat!(select_cases!(columns), " ", select_cases!(tables))
    };
}

pub(crate) use select_cases;

impl Tx {
    /// A list of requests, at most [`CASES_MAX`].
    pub async fn cases(&mut self, which: Cases, sight: Sight) -> Result<Vec<CaseRow>, Error> {
        const IN: &str =
            select_cases!(" AND handled_request.submission_id = $3 ORDER BY ordinal LIMIT $1");
        const OF: &str = select_cases!(
            " AND authority_id = $3 \
             ORDER BY handled_request.received_on DESC, request_id DESC LIMIT $1"
        );
        const ONE: &str = select_cases!(" AND request_id = $3 LIMIT $1");
        const NAMED: &str =
            select_cases!(" AND year = $3 AND number = $4 AND ordinal = $5 LIMIT $1");
        let rows: Vec<Row> = on_both!(self, |c| {
            let query = |text| sqlx::query_as(text).bind(CASES_MAX).bind(sight.viewer());
            match which {
                Cases::In(submission) => query(IN).bind(submission.0),
                Cases::Of(authority) => query(OF).bind(authority.0),
                Cases::One(request) => query(ONE).bind(request.0),
                Cases::Named(CaseName { submission, ordinal }) => query(NAMED)
                    .bind(i64::from(submission.year))
                    .bind(i64::from(submission.number))
                    .bind(i64::from(ordinal)),
            }
            .fetch_all(&mut **c)
            .await?
        });
        let cases = rows.into_iter().map(CaseRow::try_from);
        match which {
            Cases::Of(_) => cases.rev().collect(),
            Cases::In(_) | Cases::One(_) | Cases::Named(_) => cases.collect(),
        }
    }

    /// A request's row; `None` where candor does not handle it.
    pub async fn case(
        &mut self,
        request: RequestId,
        sight: Sight,
    ) -> Result<Option<CaseRow>, Error> {
        Ok(self.cases(Cases::One(request), sight).await?.pop())
    }

    /// Hands over each row as it is stored, without holding them all.
    pub(crate) async fn each_case(
        &mut self,
        mut take: impl FnMut(StoredCase),
    ) -> Result<(), Error> {
        const ALL: &str = select_cases!();
        on_both!(self, |c| {
            let mut rows = sqlx::query_as::<_, StoredCase>(ALL).fetch(&mut **c);
            while let Some(row) = rows.try_next().await? {
                take(row);
            }
        });
        Ok(())
    }

    /// Notes what became of requests, beside their events.
    pub(crate) async fn record_cases(&mut self, changes: &[Change]) -> Result<(), Error> {
        let cases = changes.iter().filter_map(|change| match (change.stream, &change.handled) {
            (Stream::Request(id), Some(handled)) => {
                Some((StoredCase::of(id, handled), change.version))
            }
            (Stream::Request(_) | Stream::Submission(_) | Stream::Person(_), _)
            | (Stream::Authority(_) | Stream::Publication, _) => None,
        });
        let (new, known): (Vec<_>, Vec<_>) = cases.partition(|(_, version)| *version == 0);
        insert_all!(
            self,
            "handled_request (request_id, submission_id, ordinal, received_on, due_on, country, \
             category, urgency, demands, authority_id, officer_id, stage, standing, is_finished, \
             assigned_to, next_step, barred, publication, due_at_micros, instrument, \
             decided_in_days)",
            1000,
            new,
            |values, new| values
                .push_bind(new.0.request_id)
                .push_bind(new.0.submission_id)
                .push_bind(new.0.ordinal)
                .push_bind(new.0.received_on.as_str())
                .push_bind(new.0.due_on.as_deref())
                .push_bind(new.0.country.as_str())
                .push_bind(new.0.category.as_str())
                .push_bind(new.0.urgency.as_str())
                .push_bind(new.0.demands)
                .push_bind(new.0.authority_id)
                .push_bind(new.0.officer_id)
                .push_bind(new.0.stage.as_str())
                .push_bind(new.0.standing.as_str())
                .push_bind(new.0.is_finished)
                .push_bind(new.0.assigned_to)
                .push_bind(new.0.next_step.as_deref())
                .push_bind(new.0.barred.as_str())
                .push_bind(new.0.publication.as_str())
                .push_bind(new.0.due_at_micros)
                .push_bind(new.0.instrument.as_str())
                .push_bind(new.0.decided_in_days)
        );
        for (case, _) in known {
            self.move_case(&case).await?;
        }
        self.record_deadlines(changes).await
    }

    /// The request's stream was moved by compare-and-swap in this transaction, so its row is ours.
    async fn move_case(&mut self, case: &StoredCase) -> Result<(), Error> {
        const MOVE: &str = "UPDATE handled_request SET due_on = $1, demands = $2, stage = $3, \
             standing = $4, is_finished = $5, assigned_to = $6, next_step = $7, barred = $8, \
             publication = $9, due_at_micros = $10, decided_in_days = $11, country = $12, \
             category = $13, urgency = $14, authority_id = $15, officer_id = $16, \
             instrument = $17 WHERE request_id = $18";
        let moved = on_both!(self, |c| {
            sqlx::query(MOVE)
                .bind(case.due_on.as_deref())
                .bind(case.demands)
                .bind(case.stage.as_str())
                .bind(case.standing.as_str())
                .bind(case.is_finished)
                .bind(case.assigned_to)
                .bind(case.next_step.as_deref())
                .bind(case.barred.as_str())
                .bind(case.publication.as_str())
                .bind(case.due_at_micros)
                .bind(case.decided_in_days)
                .bind(case.country.as_str())
                .bind(case.category.as_str())
                .bind(case.urgency.as_str())
                .bind(case.authority_id)
                .bind(case.officer_id)
                .bind(case.instrument.as_str())
                .bind(case.request_id)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if moved == 1 { Ok(()) } else { Err(Conflict.into()) }
    }
}

/// Ids of those who may not, with a blank between; or `!` and the id of who alone may.
fn barred_text(handled: &Handled) -> String {
    match handled.next_step().map(|next| next.barred) {
        None => String::new(),
        Some(Barred::AllBut(person)) => format!("!{person}"),
        Some(Barred::These(people)) => {
            people.iter().map(PersonId::to_string).collect::<Vec<_>>().join(" ")
        }
    }
}

pub(crate) fn barred(text: &str) -> Option<Barred> {
    let person = |text: &str| text.parse().ok().map(PersonId);
    match text.strip_prefix('!') {
        Some(text) => person(text).map(Barred::AllBut),
        None => text.split_whitespace().map(person).collect::<Option<_>>().map(Barred::These),
    }
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct StoredCase {
    request_id: Uuid,
    submission_id: Uuid,
    ordinal: i64,
    received_on: String,
    due_on: Option<String>,
    country: String,
    category: String,
    urgency: String,
    demands: i64,
    authority_id: Uuid,
    officer_id: Uuid,
    stage: String,
    standing: String,
    is_finished: i64,
    assigned_to: Option<Uuid>,
    next_step: Option<String>,
    barred: String,
    publication: String,
    due_at_micros: Option<i64>,
    instrument: String,
    decided_in_days: Option<i64>,
}

impl StoredCase {
    /// The row that follows from a request's events.
    pub(crate) fn of(id: RequestId, handled: &Handled) -> Self {
        let registration = &handled.registration;
        let fact = handled.fact();
        let is_finished = Request::Handled(Box::new(handled.clone())).is_finished();
        Self {
            request_id: id.0,
            submission_id: registration.submission.0,
            ordinal: i64::from(registration.ordinal),
            received_on: registration.received_on.to_string(),
            due_on: handled.due_on.map(|due| due.to_string()),
            country: registration.country.code().to_owned(),
            category: registration.category.code().to_owned(),
            urgency: urgency_code(registration.urgency).to_owned(),
            demands: i64::from(registration.demands.bits()),
            authority_id: registration.authority.0,
            officer_id: registration.officer.0,
            stage: handled.stage.kind().code().to_owned(),
            standing: fact.standing.code().to_owned(),
            is_finished: i64::from(is_finished),
            assigned_to: handled.assigned_to.map(|person| person.0),
            next_step: handled.next_step().map(|next| next.step.code().to_owned()),
            barred: barred_text(handled),
            publication: handled.publication.kind().code().to_owned(),
            due_at_micros: handled.due_at.map(Timestamp::as_microsecond),
            instrument: registration.instrument.as_str().to_owned(),
            decided_in_days: fact.days_to_decision().map(i64::from),
        }
    }

    pub(crate) fn id(&self) -> RequestId {
        RequestId(self.request_id)
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    #[sqlx(flatten)]
    case: StoredCase,
    year: Option<i64>,
    number: Option<i64>,
    is_closed: bool,
}

impl TryFrom<Row> for CaseRow {
    type Error = Error;

    fn try_from(Row { case: row, year, number, is_closed }: Row) -> Result<Self, Error> {
        let strange = |what: &str| Error::inconsistent("handled_request", row.request_id, what);
        let date = |text: &str| text.parse().map_err(|_| strange("a day is none"));
        let demands = u16::try_from(row.demands).ok().and_then(DemandSet::from_bits);
        let number = year.zip(number).and_then(|(y, n)| SubmissionNumber::read(y, n));
        Ok(Self {
            request: RequestId(row.request_id),
            submission: SubmissionId(row.submission_id),
            name: CaseName {
                submission: number.ok_or_else(|| strange("its submission has no number"))?,
                ordinal: row.ordinal.try_into().map_err(|_| strange("its ordinal is none"))?,
            },
            received_on: date(&row.received_on)?,
            due_on: row.due_on.as_deref().map(date).transpose()?,
            due_at: match row.due_at_micros.map(Timestamp::from_microsecond) {
                None => None,
                Some(at) => Some(at.map_err(|_| strange("its moment"))?),
            },
            country: Country::from_code(&row.country).ok_or_else(|| strange("its country"))?,
            category: row.category.parse().map_err(|_| strange("its category"))?,
            instrument: Instrument::new(&row.instrument).map_err(|_| strange("its instrument"))?,
            urgency: read_urgency(&row.urgency)?,
            demands: demands.ok_or_else(|| strange("its demands"))?,
            authority: AuthorityId(row.authority_id),
            officer: OfficerId(row.officer_id),
            stage: StageKind::from_code(&row.stage).map_err(|_| strange("its stage"))?,
            standing: Standing::from_code(&row.standing).map_err(|_| strange("its standing"))?,
            assigned_to: row.assigned_to.map(PersonId),
            next: match row.next_step.as_deref().map(Step::from_code) {
                None => None,
                Some(Ok(step)) => {
                    let barred = barred(&row.barred).ok_or_else(|| strange("who is barred"))?;
                    Some(NextStep { step, barred })
                }
                Some(Err(_)) => return Err(strange("its next step")),
            },
            publication: PublicationKind::from_code(&row.publication)
                .map_err(|_| strange("its publication"))?,
            seen_by: SeenBy::read(is_closed),
        })
    }
}
