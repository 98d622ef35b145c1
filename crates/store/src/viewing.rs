//! The access log: who looked at what. It stands apart from the events, since nothing changes by
//! looking; each day is sealed by one event once it is over.

use std::fmt::Write as _;

use domain::event::{CompanyEvent, Event};
use domain::id::{AuthorityId, PersonId, RequestId, Sha256Hash, SubmissionId};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::sight::seen_by;
use crate::{Error, Sight, Tx, on_both};

/// Somebody looked at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewing {
    /// In order of time.
    pub id: Uuid,
    /// In the log's time zone.
    pub day: Date,
    pub at: Timestamp,
    pub person: PersonId,
    pub what: Viewed,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewed {
    Request(RequestId),
    Submission(SubmissionId),
    File(SubmissionId, Sha256Hash),
    /// All that happened to a request, as a file.
    Trail(RequestId),
    /// The events of a time, as a file.
    AllEvents,
    /// Who looked at what in a time, as a file.
    AccessLog,
    /// What is due to be erased, what is held back, and the holds.
    DueList,
    /// An authority, its register and its officers.
    Authority(AuthorityId),
}

impl Viewed {
    fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Submission(_) => "submission",
            Self::File(..) => "file",
            Self::Trail(_) => "trail",
            Self::AllEvents => "all_events",
            Self::AccessLog => "access_log",
            Self::DueList => "due_list",
            Self::Authority(_) => "authority",
        }
    }

    fn subject(self) -> Uuid {
        match self {
            Self::Request(request) | Self::Trail(request) => request.0,
            Self::Submission(submission) | Self::File(submission, _) => submission.0,
            Self::Authority(authority) => authority.0,
            Self::AllEvents | Self::AccessLog | Self::DueList => Uuid::nil(),
        }
    }

    fn sha256(self) -> Option<Sha256Hash> {
        match self {
            Self::Request(_)
            | Self::Submission(_)
            | Self::Trail(_)
            | Self::AllEvents
            | Self::AccessLog
            | Self::DueList
            | Self::Authority(_) => None,
            Self::File(_, sha256) => Some(sha256),
        }
    }
}

/// A list is cut after this many.
pub const VIEWINGS_MAX: i64 = 1_000;

pub(crate) type Row = (Uuid, String, i64, Uuid, String, Uuid, Option<Vec<u8>>);

impl Tx {
    pub async fn insert_viewing(&mut self, viewing: &Viewing) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO viewing (viewing_id, day, at_micros, person_id, what, \
             subject, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let sha256 = viewing.what.sha256().map(|sha256| sha256.0.to_vec());
        on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(viewing.id)
                .bind(viewing.day.to_string())
                .bind(viewing.at.as_microsecond())
                .bind(viewing.person.0)
                .bind(viewing.what.code())
                .bind(viewing.what.subject())
                .bind(sha256)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// Who looked at a request, at its submission or at files of it, the newest first; at most
    /// [`VIEWINGS_MAX`].
    pub async fn viewings_of(
        &mut self,
        (request, submission): (RequestId, SubmissionId),
        sight: Sight,
    ) -> Result<Vec<Viewing>, Error> {
        const OF: &str = concat!(
            "SELECT viewing_id, day, at_micros, person_id, what, subject, sha256 \
             FROM viewing WHERE subject IN ($1, $2) AND ",
            seen_by!("$2", "$4"),
            " ORDER BY viewing_id DESC LIMIT $3"
        );
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(OF)
                .bind(request.0)
                .bind(submission.0)
                .bind(VIEWINGS_MAX)
                .bind(sight.viewer())
                .fetch_all(&mut **c)
                .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// Days before `today` on which somebody looked at something and which no event has sealed.
    pub async fn unsealed_days(&mut self, today: Date) -> Result<Vec<Date>, Error> {
        const DAYS: &str = "SELECT DISTINCT day FROM viewing WHERE day < $1 ORDER BY day";
        let days: Vec<String> = on_both!(self, |c| {
            sqlx::query_scalar(DAYS).bind(today.to_string()).fetch_all(&mut **c).await?
        });
        let mut sealed = Vec::new();
        for recorded in self.company_events().await? {
            if let Event::Company(CompanyEvent::AccessLogSealed { day, .. }) = recorded.event {
                sealed.push(day.to_string());
            }
        }
        days.into_iter()
            .filter(|day| !sealed.contains(day))
            .map(|day| {
                day.parse().map_err(|_| Error::inconsistent("viewing", &day, "its day is none"))
            })
            .collect()
    }

    /// The event that seals a day: how many entries it has, and SHA-256 over one line for each,
    /// in order of their ids: `id at person what subject sha256`, with a blank between and `-`
    /// where there is no hash.
    pub async fn seal_of_day(&mut self, day: Date) -> Result<CompanyEvent, Error> {
        const OF: &str = "SELECT viewing_id, day, at_micros, person_id, what, subject, sha256 \
             FROM viewing WHERE day = $1 ORDER BY viewing_id";
        let rows: Vec<Row> = on_both!(self, |c| {
            sqlx::query_as(OF).bind(day.to_string()).fetch_all(&mut **c).await?
        });
        let (mut hash, entries) = (Sha256::new(), rows.len() as u64);
        for row in rows {
            let Viewing { id, at, person, what, .. } = read(row)?;
            let mut line = format!("{id} {at} {person} {} {} ", what.code(), what.subject());
            match what.sha256() {
                Some(sha256) => write!(line, "{sha256}").expect("a text takes what is written"),
                None => line.push('-'),
            }
            hash.update(line);
            hash.update("\n");
        }
        Ok(CompanyEvent::AccessLogSealed {
            day,
            entries,
            sha256: Sha256Hash(hash.finalize().into()),
        })
    }

    /// Days that were sealed and are not any more what was sealed.
    pub async fn altered_days(&mut self) -> Result<Vec<Date>, Error> {
        let mut altered = Vec::new();
        for recorded in self.company_events().await? {
            let Event::Company(told) = recorded.event else { continue };
            let CompanyEvent::AccessLogSealed { day, .. } = told else { continue };
            if self.seal_of_day(day).await? != told {
                altered.push(day);
            }
        }
        Ok(altered)
    }
}

pub(crate) fn read((id, day, at, person, what, subject, sha256): Row) -> Result<Viewing, Error> {
    let strange = |told: &str| Error::inconsistent("viewing", id, told);
    let sha256 = sha256.map(|bytes| bytes.try_into().map(Sha256Hash)).transpose();
    let sha256 = sha256.map_err(|_| strange("its hash is none"))?;
    let what = match (what.as_str(), sha256) {
        ("request", None) => Viewed::Request(RequestId(subject)),
        ("submission", None) => Viewed::Submission(SubmissionId(subject)),
        ("trail", None) => Viewed::Trail(RequestId(subject)),
        ("all_events", None) => Viewed::AllEvents,
        ("access_log", None) => Viewed::AccessLog,
        ("due_list", None) => Viewed::DueList,
        ("authority", None) => Viewed::Authority(AuthorityId(subject)),
        ("file", Some(sha256)) => Viewed::File(SubmissionId(subject), sha256),
        (_, _) => return Err(strange("what was looked at")),
    };
    Ok(Viewing {
        id,
        day: day.parse().map_err(|_| strange("its day is none"))?,
        at: Timestamp::from_microsecond(at).map_err(|_| strange("its time is none"))?,
        person: PersonId(person),
        what,
    })
}
