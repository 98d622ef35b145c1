//! Passkeys, and the challenges that were answered with them.

use domain::id::{PasskeyId, PersonId, Sha256Hash};
use domain::person::MeansName;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::person::changed_one;
use crate::{Conflict, Error, Keys, Tx, on_both};

const NAME: &str = "passkey.name";
const CREDENTIAL: &str = "passkey.credential";
/// In `person.totp_step`: there is no authenticator, and no password.
pub(crate) const NO_PASSWORD: i64 = -1;

/// A passkey of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    pub id: PasskeyId,
    pub person: PersonId,
    pub name: MeansName,
    /// What is known of it, in the words of whoever checks it.
    pub credential: String,
    pub added_on: Date,
    pub last_used_on: Option<Date>,
    /// As it stands in the row: who changes it says what they saw.
    sealed_credential: Vec<u8>,
}

impl std::fmt::Debug for StoredPasskey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("StoredPasskey");
        shown.field("id", &self.id).field("person", &self.person).finish_non_exhaustive()
    }
}

/// A passkey that is added.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskey<'a> {
    pub id: PasskeyId,
    pub person: PersonId,
    /// By which the authenticator names it.
    pub credential_id: &'a [u8],
    pub name: &'a MeansName,
    pub credential: &'a str,
    pub added_on: Date,
}

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    passkey_id: Uuid,
    person_id: Uuid,
    sealed_name: Vec<u8>,
    sealed_credential: Vec<u8>,
    added_on: String,
    last_used_on: Option<String>,
}

impl PasskeyRow {
    fn open(self, keys: &Keys) -> Result<StoredPasskey, Error> {
        let id = self.passkey_id;
        let day = |text: &str| {
            text.parse().map_err(|_| Error::inconsistent("passkey", id, "its day is none"))
        };
        let name = keys.open_of(NAME, id, &self.sealed_name)?;
        Ok(StoredPasskey {
            id: PasskeyId(id),
            person: PersonId(self.person_id),
            name: MeansName::new(&name).map_err(|e| Error::inconsistent("passkey", id, e))?,
            credential: keys.open_of(CREDENTIAL, id, &self.sealed_credential)?,
            added_on: day(&self.added_on)?,
            last_used_on: self.last_used_on.as_deref().map(day).transpose()?,
            sealed_credential: self.sealed_credential,
        })
    }
}

fn credential_mac(keys: &Keys, credential_id: &[u8]) -> [u8; 32] {
    let hex: String = credential_id.iter().map(|byte| format!("{byte:02x}")).collect();
    keys.mac(&[CREDENTIAL, &hex])
}

impl Tx {
    /// Stores a passkey. [`Conflict`] where somebody has it already.
    pub async fn insert_passkey(&mut self, keys: &Keys, new: NewPasskey<'_>) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO passkey (passkey_id, person_id, credential_mac, \
             sealed_name, sealed_credential, added_on) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT DO NOTHING";
        let mac = credential_mac(keys, new.credential_id);
        let name = keys.seal_of(NAME, new.id.0, new.name.as_str())?;
        let credential = keys.seal_of(CREDENTIAL, new.id.0, new.credential)?;
        changed_one(on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(new.id.0)
                .bind(new.person.0)
                .bind(mac.as_slice())
                .bind(name.as_slice())
                .bind(credential.as_slice())
                .bind(new.added_on.to_string())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// The passkey that the authenticator names so.
    pub async fn passkey_named(
        &mut self,
        keys: &Keys,
        credential_id: &[u8],
    ) -> Result<Option<StoredPasskey>, Error> {
        const FIND: &str = "SELECT passkey_id, person_id, sealed_name, sealed_credential, \
             added_on, last_used_on FROM passkey WHERE credential_mac = $1";
        let mac = credential_mac(keys, credential_id);
        let row: Option<PasskeyRow> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(mac.as_slice()).fetch_optional(&mut **c).await?
        });
        row.map(|row| row.open(keys)).transpose()
    }

    /// A person's passkeys, the oldest first.
    pub async fn passkeys_of(
        &mut self,
        keys: &Keys,
        person: PersonId,
    ) -> Result<Vec<StoredPasskey>, Error> {
        const FIND: &str = "SELECT passkey_id, person_id, sealed_name, sealed_credential, \
             added_on, last_used_on FROM passkey WHERE person_id = $1 ORDER BY passkey_id";
        let rows: Vec<PasskeyRow> =
            on_both!(self, |c| sqlx::query_as(FIND).bind(person.0).fetch_all(&mut **c).await?);
        rows.into_iter().map(|row| row.open(keys)).collect()
    }

    /// A passkey was used, and its counter moved on. [`Conflict`] where it was used or removed since
    /// it was read.
    pub async fn use_passkey(
        &mut self,
        keys: &Keys,
        was: &StoredPasskey,
        (credential, on): (&str, Date),
    ) -> Result<(), Error> {
        const USE: &str = "UPDATE passkey SET sealed_credential = $1, last_used_on = $2 \
             WHERE passkey_id = $3 AND sealed_credential = $4";
        let sealed = keys.seal_of(CREDENTIAL, was.id.0, credential)?;
        changed_one(on_both!(self, |c| {
            sqlx::query(USE)
                .bind(sealed.as_slice())
                .bind(on.to_string())
                .bind(was.id.0)
                .bind(was.sealed_credential.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// [`Conflict`] where the person has no such passkey.
    pub async fn delete_passkey(
        &mut self,
        passkey: PasskeyId,
        person: PersonId,
    ) -> Result<(), Error> {
        const DELETE: &str = "DELETE FROM passkey WHERE passkey_id = $1 AND person_id = $2";
        changed_one(on_both!(self, |c| {
            sqlx::query(DELETE)
                .bind(passkey.0)
                .bind(person.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Whether an active person has a password with an authenticator. Read after [`Tx::record`] it
    /// holds until the commit, as [`Tx::operators`] does.
    pub async fn has_password(&mut self, person: PersonId) -> Result<bool, Error> {
        const FIND: &str = "SELECT COUNT(*) FROM person \
             WHERE person_id = $1 AND account = 'active' AND totp_step <> $2";
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(FIND).bind(person.0).bind(NO_PASSWORD).fetch_one(&mut **c).await?
        });
        Ok(count == 1)
    }

    /// A challenge was answered; those that are too old are forgotten. [`Conflict`] where it was
    /// answered before.
    pub async fn use_challenge(
        &mut self,
        challenge: Sha256Hash,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM used_challenge WHERE expires_at_micros < $1";
        const INSERT: &str = "INSERT INTO used_challenge (challenge_sha256, expires_at_micros) \
             VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let inserted = on_both!(self, |c| {
            sqlx::query(FORGET).bind(now.as_microsecond()).execute(&mut **c).await?;
            sqlx::query(INSERT)
                .bind(challenge.0.as_slice())
                .bind(expires_at.as_microsecond())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        if inserted == 1 { Ok(()) } else { Err(Conflict.into()) }
    }
}
