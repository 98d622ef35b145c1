//! Mails to the company's own people that wait to be sent.
//!
//! A mail is enqueued in the transaction of what it tells, so it exists if and only if that does.
//! Whoever sends it claims it for a while; it is ended once the server has taken it. A crash in
//! between leaves it for the next, who sends it again: that can't be told apart from one that was
//! not sent. What was sent stays for a while, so that the same thing is told once.

use domain::id::PersonId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::person::changed_one;
use crate::{Db, Error, Keys, Tx, on_both};

const TOKEN: &str = "mail.token";

/// What a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A request was assigned to them.
    Assigned,
    /// Nobody answered a question in time.
    ClarificationLapsed,
    /// Paperwork that was owed has not come.
    InstrumentOverdue,
    /// A deadline comes near.
    DeadlineNear,
    /// A deadline has passed.
    DeadlineMissed,
    /// A question lapses soon that the officer has not answered.
    ClarificationNear,
    /// Paperwork that is owed is due soon.
    PaperworkNear,
    /// What is preserved is soon kept no longer.
    PreservationNear,
    /// What was preserved is kept no longer.
    PreservationLapsed,
    /// A program, or whoever holds the machine, entered something that nobody has seen.
    Arrived,
    /// What arrived is soon to be registered.
    RegistrationNear,
    /// It was not registered in time.
    RegistrationMissed,
    /// They can join.
    Invitation,
    /// Somebody else reads cases than before, or one fewer checks the work.
    ReadersChanged,
    /// What they signed in with opens nothing any more.
    AccessReset,
}

/// What a mail is about, which says where its link leads and who may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailAbout {
    /// The request that is its subject.
    Request,
    /// All that waits to be registered; its subject is who is told.
    Arrivals,
    /// The person who is told, who is invited.
    Person,
    /// The accounts of others.
    Accounts,
    /// What the person who is told signs in with.
    OwnAccess,
}

impl MailKind {
    pub const ALL: [Self; 15] = [
        Self::Assigned,
        Self::ClarificationLapsed,
        Self::InstrumentOverdue,
        Self::DeadlineNear,
        Self::DeadlineMissed,
        Self::ClarificationNear,
        Self::PaperworkNear,
        Self::PreservationNear,
        Self::PreservationLapsed,
        Self::Arrived,
        Self::RegistrationNear,
        Self::RegistrationMissed,
        Self::Invitation,
        Self::ReadersChanged,
        Self::AccessReset,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::ClarificationLapsed => "clarification_lapsed",
            Self::InstrumentOverdue => "instrument_overdue",
            Self::DeadlineNear => "deadline_near",
            Self::DeadlineMissed => "deadline_missed",
            Self::ClarificationNear => "clarification_near",
            Self::PaperworkNear => "paperwork_near",
            Self::PreservationNear => "preservation_near",
            Self::PreservationLapsed => "preservation_lapsed",
            Self::Arrived => "arrived",
            Self::RegistrationNear => "registration_near",
            Self::RegistrationMissed => "registration_missed",
            Self::Invitation => "invitation",
            Self::ReadersChanged => "readers_changed",
            Self::AccessReset => "access_reset",
        }
    }

    pub fn about(self) -> MailAbout {
        match self {
            Self::Assigned
            | Self::ClarificationLapsed
            | Self::InstrumentOverdue
            | Self::DeadlineNear
            | Self::DeadlineMissed
            | Self::ClarificationNear
            | Self::PaperworkNear
            | Self::PreservationNear
            | Self::PreservationLapsed => MailAbout::Request,
            Self::Arrived | Self::RegistrationNear | Self::RegistrationMissed => {
                MailAbout::Arrivals
            }
            Self::Invitation => MailAbout::Person,
            Self::ReadersChanged => MailAbout::Accounts,
            Self::AccessReset => MailAbout::OwnAccess,
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server took it.
    Sent,
    /// It was not so any more, or not theirs to know.
    NotNeeded,
    /// The server refused it for good, or nothing took it for days.
    GivenUp,
}

impl MailOutcome {
    const ALL: [Self; 3] = [Self::Sent, Self::NotNeeded, Self::GivenUp];

    fn code(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotNeeded => "not_needed",
            Self::GivenUp => "given_up",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Whether somebody wants to be reminded of what comes near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminders {
    Wanted,
    NotWanted,
}

/// A mail that is to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub id: Uuid,
    pub to: PersonId,
    pub kind: MailKind,
    /// The request; of what is about no one request, the person.
    pub subject: Uuid,
    /// One of a kind about a subject for each of these.
    pub occasion: String,
}

/// A mail as it stands in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub id: Uuid,
    pub to: PersonId,
    pub kind: MailKind,
    pub subject: Uuid,
    pub occasion: String,
    pub enqueued_at: Timestamp,
    /// When it is tried next, where it waits.
    pub next_at: Timestamp,
    /// Of one that was claimed, this one included.
    pub attempts: u32,
    /// What went wrong the last time.
    pub trouble: Option<String>,
    pub outcome: Option<MailOutcome>,
}

/// How the queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailsStanding {
    pub waiting: u64,
    /// Of those that wait, how many could not be sent the last time.
    pub failing: u64,
    pub given_up: u64,
}

#[derive(sqlx::FromRow)]
struct MailRow {
    mail_id: Uuid,
    person_id: Uuid,
    kind: String,
    subject: Uuid,
    occasion: String,
    enqueued_at_micros: i64,
    next_at_micros: i64,
    attempts: i64,
    trouble: Option<String>,
    outcome: Option<String>,
}

impl TryFrom<MailRow> for Mail {
    type Error = Error;

    fn try_from(row: MailRow) -> Result<Self, Error> {
        let id = row.mail_id;
        let strange = |what: &str| Error::inconsistent("mail", id, what);
        let time = |micros| Timestamp::from_microsecond(micros).map_err(|_| strange("its time"));
        Ok(Self {
            id,
            to: PersonId(row.person_id),
            kind: MailKind::from_code(&row.kind)
                .ok_or_else(|| strange("its kind is of a later version of candor"))?,
            subject: row.subject,
            occasion: row.occasion,
            enqueued_at: time(row.enqueued_at_micros)?,
            next_at: time(row.next_at_micros)?,
            attempts: row.attempts.try_into().map_err(|_| strange("its attempts"))?,
            trouble: row.trouble,
            outcome: row
                .outcome
                .map(|code| MailOutcome::from_code(&code).ok_or_else(|| strange("its outcome")))
                .transpose()?,
        })
    }
}

macro_rules! columns {
    () => {
        "mail_id, person_id, kind, subject, occasion, enqueued_at_micros, next_at_micros, \
         attempts, trouble, outcome"
    };
}

impl Db {
    /// Claims the mail that is due longest, until a moment by which it is sent or given up.
    pub async fn claim_mail(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Mail>, Error> {
        // As with jobs: none waits for another's row, and SQLite has one writer.
        const SQLITE: &str = concat!(
            "UPDATE mail SET attempts = attempts + 1, next_at_micros = $2 \
             WHERE mail_id = (SELECT mail_id FROM mail WHERE outcome IS NULL \
             AND next_at_micros <= $1 ORDER BY next_at_micros, mail_id LIMIT 1) RETURNING ",
            columns!()
        );
        const POSTGRES: &str = concat!(
            "UPDATE mail SET attempts = attempts + 1, next_at_micros = $2 \
             WHERE mail_id = (SELECT mail_id FROM mail WHERE outcome IS NULL \
             AND next_at_micros <= $1 ORDER BY next_at_micros, mail_id LIMIT 1 \
             FOR UPDATE SKIP LOCKED) RETURNING ",
            columns!()
        );
        const DUE: &str =
            "SELECT COUNT(*) FROM mail WHERE outcome IS NULL AND next_at_micros <= $1";
        let (now, until) = (now.as_microsecond(), until.as_microsecond());
        // Who looks again and again does not hold up those who write.
        let mut tx = self.snapshot().await?;
        let due: i64 =
            on_both!(&mut tx, |c| sqlx::query_scalar(DUE).bind(now).fetch_one(&mut **c).await?);
        drop(tx);
        if due == 0 {
            return Ok(None);
        }
        let mut tx = self.begin().await?;
        let row: Option<MailRow> = match &mut tx {
            Tx::Sqlite(c) => {
                sqlx::query_as(SQLITE).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
            Tx::Postgres(c) => {
                sqlx::query_as(POSTGRES).bind(now).bind(until).fetch_optional(&mut **c).await?
            }
        };
        tx.commit().await?;
        row.map(Mail::try_from).transpose()
    }
}

impl Tx {
    /// Enqueues a mail, unless the same was told before. `token` is that of an invitation's link;
    /// a link takes the place of the one before, so that mail is not needed any more.
    pub async fn enqueue_mail(
        &mut self,
        keys: &Keys,
        new: &NewMail,
        token: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        const REPLACE: &str = "UPDATE mail SET outcome = 'not_needed', ended_at_micros = $1, \
             sealed = NULL WHERE kind = $2 AND subject = $3 AND outcome IS NULL";
        const ENQUEUE: &str = "INSERT INTO mail (mail_id, person_id, kind, subject, occasion, \
             sealed, enqueued_at_micros, next_at_micros) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
             ON CONFLICT (person_id, kind, subject, occasion) DO NOTHING";
        let sealed = token.map(|token| keys.seal_of(TOKEN, new.id, token)).transpose()?;
        let at = at.as_microsecond();
        on_both!(self, |c| {
            if sealed.is_some() {
                sqlx::query(REPLACE)
                    .bind(at)
                    .bind(new.kind.code())
                    .bind(new.subject)
                    .execute(&mut **c)
                    .await?;
            }
            sqlx::query(ENQUEUE)
                .bind(new.id)
                .bind(new.to.0)
                .bind(new.kind.code())
                .bind(new.subject)
                .bind(new.occasion.as_str())
                .bind(sealed.as_deref())
                .bind(at)
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// Enqueues that something arrived, unless a mail that says so waits for the same person: what
    /// comes by hundreds is told once until it is sent. One that is being sent for the first time
    /// may be read before this commits, and does for nothing that came after it.
    pub async fn enqueue_arrived(&mut self, new: &NewMail, at: Timestamp) -> Result<(), Error> {
        const ENQUEUE: &str = "INSERT INTO mail (mail_id, person_id, kind, subject, occasion, \
             enqueued_at_micros, next_at_micros) SELECT $1, $2, $3, $4, $5, $6, $6 \
             WHERE NOT EXISTS (SELECT 1 FROM mail AS known WHERE known.person_id = $2 \
             AND known.kind = $3 AND known.outcome IS NULL \
             AND (known.attempts = 0 OR known.trouble IS NOT NULL)) \
             ON CONFLICT (person_id, kind, subject, occasion) DO NOTHING";
        on_both!(self, |c| {
            sqlx::query(ENQUEUE)
                .bind(new.id)
                .bind(new.to.0)
                .bind(new.kind.code())
                .bind(new.subject)
                .bind(new.occasion.as_str())
                .bind(at.as_microsecond())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// The greatest occasion of which a person was told; `None` where they never were.
    pub async fn last_occasion(
        &mut self,
        person: PersonId,
        kind: MailKind,
    ) -> Result<Option<String>, Error> {
        const LAST: &str = "SELECT MAX(occasion) FROM mail WHERE person_id = $1 AND kind = $2";
        Ok(on_both!(self, |c| {
            sqlx::query_scalar(LAST).bind(person.0).bind(kind.code()).fetch_one(&mut **c).await?
        }))
    }

    /// The token of an invitation's link.
    pub async fn token_of_mail(&mut self, keys: &Keys, id: Uuid) -> Result<Option<String>, Error> {
        const TOKEN_OF: &str = "SELECT sealed FROM mail WHERE mail_id = $1";
        let sealed: Option<Option<Vec<u8>>> = on_both!(self, |c| {
            sqlx::query_scalar(TOKEN_OF).bind(id).fetch_optional(&mut **c).await?
        });
        sealed.flatten().map(|sealed| keys.open_of(TOKEN, id, &sealed)).transpose()
    }

    /// Ends a claimed mail. [`crate::Conflict`] where somebody else has claimed it since.
    pub async fn end_mail(
        &mut self,
        mail: &Mail,
        outcome: MailOutcome,
        at: Timestamp,
        trouble: Option<&str>,
    ) -> Result<(), Error> {
        const END: &str = "UPDATE mail SET outcome = $1, ended_at_micros = $2, trouble = $3, \
             sealed = CASE WHEN $1 = 'given_up' THEN sealed END \
             WHERE mail_id = $4 AND attempts = $5 AND outcome IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(END)
                .bind(outcome.code())
                .bind(at.as_microsecond())
                .bind(trouble)
                .bind(mail.id)
                .bind(i64::from(mail.attempts))
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Gives a claimed mail back, to be tried again at a moment, and says what went wrong.
    pub async fn retry_mail(
        &mut self,
        mail: &Mail,
        at: Timestamp,
        trouble: &str,
    ) -> Result<(), Error> {
        const RETRY: &str = "UPDATE mail SET next_at_micros = $1, trouble = $2 \
             WHERE mail_id = $3 AND attempts = $4 AND outcome IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(RETRY)
                .bind(at.as_microsecond())
                .bind(trouble)
                .bind(mail.id)
                .bind(i64::from(mail.attempts))
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Puts one that was given up back into the queue. [`crate::Conflict`] where it was not.
    pub async fn take_up_mail(&mut self, id: Uuid, at: Timestamp) -> Result<(), Error> {
        const TAKE_UP: &str = "UPDATE mail SET outcome = NULL, ended_at_micros = NULL, \
             attempts = 0, enqueued_at_micros = $1, next_at_micros = $1 \
             WHERE mail_id = $2 AND outcome = 'given_up'";
        let at = at.as_microsecond();
        changed_one(on_both!(self, |c| {
            sqlx::query(TAKE_UP).bind(at).bind(id).execute(&mut **c).await?.rows_affected()
        }))
    }

    pub async fn mail(&mut self, id: Uuid) -> Result<Option<Mail>, Error> {
        const FIND: &str = concat!("SELECT ", columns!(), " FROM mail WHERE mail_id = $1");
        let row: Option<MailRow> =
            on_both!(self, |c| sqlx::query_as(FIND).bind(id).fetch_optional(&mut **c).await?);
        row.map(Mail::try_from).transpose()
    }

    /// The newest, those that were given up first, then those that wait; not more than `count`.
    pub async fn mails(&mut self, count: u16) -> Result<Vec<Mail>, Error> {
        const NEWEST: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM mail ORDER BY CASE WHEN outcome = 'given_up' THEN 0 WHEN outcome IS NULL THEN 1 \
             ELSE 2 END, enqueued_at_micros DESC, mail_id LIMIT $1"
        );
        let rows: Vec<MailRow> = on_both!(self, |c| {
            sqlx::query_as(NEWEST).bind(i64::from(count)).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(Mail::try_from).collect()
    }

    /// How the queue stands; of those that were given up, since a moment.
    pub async fn mails_standing(&mut self, since: Timestamp) -> Result<MailsStanding, Error> {
        const STANDING: &str = "SELECT \
             COUNT(CASE WHEN outcome IS NULL THEN 1 END), \
             COUNT(CASE WHEN outcome IS NULL THEN trouble END), \
             COUNT(CASE WHEN outcome = 'given_up' AND ended_at_micros >= $1 THEN 1 END) FROM mail";
        let (waiting, failing, given_up): (i64, i64, i64) = on_both!(self, |c| {
            sqlx::query_as(STANDING).bind(since.as_microsecond()).fetch_one(&mut **c).await?
        });
        Ok(MailsStanding {
            waiting: waiting.unsigned_abs(),
            failing: failing.unsigned_abs(),
            given_up: given_up.unsigned_abs(),
        })
    }

    /// Deletes what ended before a moment.
    pub async fn forget_mails(&mut self, before: Timestamp) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM mail WHERE ended_at_micros < $1";
        let before = before.as_microsecond();
        on_both!(self, |c| sqlx::query(FORGET)
            .bind(before)
            .execute(&mut **c)
            .await?
            .rows_affected());
        Ok(())
    }

    pub async fn reminders(&mut self, person: PersonId) -> Result<Reminders, Error> {
        const FIND: &str = "SELECT COUNT(*) FROM no_reminders WHERE person_id = $1";
        let found: i64 =
            on_both!(self, |c| sqlx::query_scalar(FIND).bind(person.0).fetch_one(&mut **c).await?);
        Ok(if found == 0 { Reminders::Wanted } else { Reminders::NotWanted })
    }

    pub async fn put_reminders(&mut self, person: PersonId, to: Reminders) -> Result<(), Error> {
        const WANTED: &str = "DELETE FROM no_reminders WHERE person_id = $1";
        const NOT_WANTED: &str =
            "INSERT INTO no_reminders (person_id) VALUES ($1) ON CONFLICT DO NOTHING";
        let sql = match to {
            Reminders::Wanted => WANTED,
            Reminders::NotWanted => NOT_WANTED,
        };
        on_both!(self, |c| sqlx::query(sql)
            .bind(person.0)
            .execute(&mut **c)
            .await?
            .rows_affected());
        Ok(())
    }
}
