//! Who is signed in, and what was tried before somebody was. How long a session lasts and how long
//! somebody waits is not known here.

use domain::id::{PersonId, Sha256Hash};
use jiff::Timestamp;
use uuid::Uuid;

use crate::person::changed_one;
use crate::{Error, Keys, Tx, on_both};

const TOTP: &str = "session.totp";
/// More of what a browser says of itself is cut off.
const USER_AGENT_CHARS_MAX: usize = 200;

/// By which a session is named on a page; its token stands there nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub Uuid);

/// A session that nobody has ended. Whether it is too old is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: SessionId,
    pub person: PersonId,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub stepped_up_at: Timestamp,
    /// What the browser says of itself, cut to 200 characters.
    pub user_agent: String,
}

/// A session that begins. Its three times are one.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    pub id: SessionId,
    pub token: Sha256Hash,
    pub person: PersonId,
    pub started_at: Timestamp,
    pub user_agent: &'a str,
}

/// What failed in a row about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredAttempts {
    /// At least 1.
    pub in_a_row: u32,
    pub last_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_id: Uuid,
    person_id: Uuid,
    started_at_micros: i64,
    last_seen_at_micros: i64,
    stepped_up_at_micros: i64,
    user_agent: String,
}

impl TryFrom<SessionRow> for StoredSession {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self, Error> {
        let moment = |micros| {
            Timestamp::from_microsecond(micros)
                .map_err(|e| Error::inconsistent("session", row.session_id, e))
        };
        Ok(Self {
            id: SessionId(row.session_id),
            person: PersonId(row.person_id),
            started_at: moment(row.started_at_micros)?,
            last_seen_at: moment(row.last_seen_at_micros)?,
            stepped_up_at: moment(row.stepped_up_at_micros)?,
            user_agent: row.user_agent,
        })
    }
}

impl Tx {
    pub async fn insert_session(&mut self, new: NewSession<'_>) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO session (session_id, token_sha256, person_id, \
             started_at_micros, last_seen_at_micros, stepped_up_at_micros, user_agent) \
             VALUES ($1, $2, $3, $4, $4, $4, $5)";
        // PostgreSQL takes no NUL in a text.
        let user_agent: String =
            new.user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS_MAX).collect();
        on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(new.id.0)
                .bind(new.token.0.as_slice())
                .bind(new.person.0)
                .bind(new.started_at.as_microsecond())
                .bind(user_agent.as_str())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// The session with this token; `None` where it was ended, or never was.
    pub async fn session(&mut self, token: Sha256Hash) -> Result<Option<StoredSession>, Error> {
        const FIND: &str = "SELECT session_id, person_id, started_at_micros, last_seen_at_micros, \
             stepped_up_at_micros, user_agent FROM session \
             WHERE token_sha256 = $1 AND ended_at_micros IS NULL";
        let row: Option<SessionRow> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(token.0.as_slice()).fetch_optional(&mut **c).await?
        });
        row.map(StoredSession::try_from).transpose()
    }

    /// A person's sessions that nobody has ended, the newest first.
    pub async fn sessions_of(&mut self, person: PersonId) -> Result<Vec<StoredSession>, Error> {
        const FIND: &str = "SELECT session_id, person_id, started_at_micros, last_seen_at_micros, \
             stepped_up_at_micros, user_agent FROM session \
             WHERE person_id = $1 AND ended_at_micros IS NULL \
             ORDER BY started_at_micros DESC, session_id";
        let rows: Vec<SessionRow> =
            on_both!(self, |c| sqlx::query_as(FIND).bind(person.0).fetch_all(&mut **c).await?);
        rows.into_iter().map(StoredSession::try_from).collect()
    }

    /// Notes that the person is there. [`Conflict`] where that was noted since it was read, or the
    /// session was ended.
    pub async fn see_session(&mut self, was: &StoredSession, at: Timestamp) -> Result<(), Error> {
        const SEE: &str = "UPDATE session SET last_seen_at_micros = $1 \
             WHERE session_id = $2 AND last_seen_at_micros = $3 AND ended_at_micros IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(SEE)
                .bind(at.as_microsecond())
                .bind(was.id.0)
                .bind(was.last_seen_at.as_microsecond())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Notes that the second factor was proven. [`Conflict`] as with [`Tx::see_session`].
    pub async fn step_up_session(
        &mut self,
        was: &StoredSession,
        at: Timestamp,
    ) -> Result<(), Error> {
        const STEP_UP: &str = "UPDATE session SET stepped_up_at_micros = $1 \
             WHERE session_id = $2 AND stepped_up_at_micros = $3 AND ended_at_micros IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(STEP_UP)
                .bind(at.as_microsecond())
                .bind(was.id.0)
                .bind(was.stepped_up_at.as_microsecond())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Keeps the secret (base32) of a new authenticator until its first code has come, in the place
    /// of one that was kept before. [`Conflict`] where the session was ended.
    pub async fn keep_totp_in_session(
        &mut self,
        keys: &Keys,
        session: SessionId,
        totp_secret: &str,
    ) -> Result<(), Error> {
        const KEEP: &str = "UPDATE session SET sealed_totp = $1 \
             WHERE session_id = $2 AND ended_at_micros IS NULL";
        let sealed = keys.seal_of(TOTP, session.0, totp_secret)?;
        changed_one(on_both!(self, |c| {
            sqlx::query(KEEP)
                .bind(sealed.as_slice())
                .bind(session.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// The secret (base32) of an authenticator that is being set up.
    pub async fn totp_in_session(
        &mut self,
        keys: &Keys,
        session: SessionId,
    ) -> Result<Option<String>, Error> {
        const FIND: &str = "SELECT sealed_totp FROM session \
             WHERE session_id = $1 AND ended_at_micros IS NULL";
        let row: Option<Option<Vec<u8>>> = on_both!(self, |c| {
            sqlx::query_scalar(FIND).bind(session.0).fetch_optional(&mut **c).await?
        });
        row.flatten().map(|sealed| keys.open_of(TOTP, session.0, &sealed)).transpose()
    }

    /// The new authenticator is set up. [`Conflict`] where none is on its way.
    pub async fn forget_totp_in_session(&mut self, session: SessionId) -> Result<(), Error> {
        const FORGET: &str = "UPDATE session SET sealed_totp = NULL \
             WHERE session_id = $1 AND sealed_totp IS NOT NULL AND ended_at_micros IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(FORGET).bind(session.0).execute(&mut **c).await?.rows_affected()
        }))
    }

    /// Ends a session of a person. [`Conflict`] where it was ended before, or is another's.
    pub async fn end_session(
        &mut self,
        session: SessionId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<(), Error> {
        const END: &str = "UPDATE session SET ended_at_micros = $1, sealed_totp = NULL \
             WHERE session_id = $2 AND person_id = $3 AND ended_at_micros IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(END)
                .bind(at.as_microsecond())
                .bind(session.0)
                .bind(person.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Ends all sessions of a person but the one named. Returns how many it ended.
    pub async fn end_sessions_of(
        &mut self,
        person: PersonId,
        but: Option<SessionId>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        const END: &str = "UPDATE session SET ended_at_micros = $1, sealed_totp = NULL \
             WHERE person_id = $2 AND session_id <> $3 AND ended_at_micros IS NULL";
        // No session has the nil id.
        let but = but.map_or(Uuid::nil(), |session| session.0);
        Ok(on_both!(self, |c| {
            sqlx::query(END)
                .bind(at.as_microsecond())
                .bind(person.0)
                .bind(but)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Deletes the sessions that began before a moment, ended or not.
    pub async fn forget_sessions(&mut self, before: Timestamp) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM session WHERE started_at_micros < $1";
        let before = before.as_microsecond();
        on_both!(self, |c| sqlx::query(FORGET)
            .bind(before)
            .execute(&mut **c)
            .await?
            .rows_affected());
        Ok(())
    }

    /// What failed in a row about a subject, such as an e-mail address, which is known by its
    /// keyed hash, so that the table tells nothing of who was meant.
    pub async fn attempts(
        &mut self,
        keys: &Keys,
        subject: &[&str],
    ) -> Result<Option<StoredAttempts>, Error> {
        const FIND: &str = "SELECT in_a_row, last_at_micros FROM sign_in_attempt \
             WHERE subject_mac = $1";
        let mac = subject_mac(keys, subject);
        let row: Option<(i64, i64)> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(mac.as_slice()).fetch_optional(&mut **c).await?
        });
        let Some((in_a_row, last_at)) = row else { return Ok(None) };
        let strange = |what: String| Error::inconsistent("sign_in_attempt", last_at, what);
        Ok(Some(StoredAttempts {
            in_a_row: u32::try_from(in_a_row).map_err(|e| strange(e.to_string()))?,
            last_at: Timestamp::from_microsecond(last_at).map_err(|e| strange(e.to_string()))?,
        }))
    }

    /// Stores what failed. [`Conflict`] where somebody else tried since it was read.
    pub async fn put_attempts(
        &mut self,
        keys: &Keys,
        subject: &[&str],
        (was, is): (Option<StoredAttempts>, StoredAttempts),
    ) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO sign_in_attempt (subject_mac, in_a_row, last_at_micros) \
             VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        const UPDATE: &str = "UPDATE sign_in_attempt SET in_a_row = $2, last_at_micros = $3 \
             WHERE subject_mac = $1 AND in_a_row = $4 AND last_at_micros = $5";
        let mac = subject_mac(keys, subject);
        let (in_a_row, last_at) = (i64::from(is.in_a_row), is.last_at.as_microsecond());
        changed_one(on_both!(self, |c| {
            let query = match was {
                None => sqlx::query(INSERT).bind(mac.as_slice()).bind(in_a_row).bind(last_at),
                Some(was) => sqlx::query(UPDATE)
                    .bind(mac.as_slice())
                    .bind(in_a_row)
                    .bind(last_at)
                    .bind(i64::from(was.in_a_row))
                    .bind(was.last_at.as_microsecond()),
            };
            query.execute(&mut **c).await?.rows_affected()
        }))
    }

    /// It went well: what failed before is forgotten.
    pub async fn clear_attempts(&mut self, keys: &Keys, subject: &[&str]) -> Result<(), Error> {
        const CLEAR: &str = "DELETE FROM sign_in_attempt WHERE subject_mac = $1";
        let mac = subject_mac(keys, subject);
        on_both!(self, |c| {
            sqlx::query(CLEAR).bind(mac.as_slice()).execute(&mut **c).await?.rows_affected()
        });
        Ok(())
    }

    /// Deletes what failed last before a moment, so that made-up addresses don't fill the table.
    pub async fn forget_attempts(&mut self, before: Timestamp) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM sign_in_attempt WHERE last_at_micros < $1";
        let before = before.as_microsecond();
        on_both!(self, |c| sqlx::query(FORGET)
            .bind(before)
            .execute(&mut **c)
            .await?
            .rows_affected());
        Ok(())
    }
}

fn subject_mac(keys: &Keys, subject: &[&str]) -> [u8; 32] {
    let mut texts = vec!["sign_in_attempt"];
    texts.extend_from_slice(subject);
    keys.mac(&texts)
}
