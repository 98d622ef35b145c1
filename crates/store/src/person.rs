//! The company's own people, what they sign in with, and the links by which they join.
//!
//! Names, addresses, hashes of passwords and authenticators' secrets are sealed under the master
//! key, each to its column and row. What happens to an account is an event of the person's stream;
//! these rows follow from it in the same transaction, and hold beside it what no event may hold.

use domain::access::{Role, RoleSet};
use domain::id::{PersonId, Sha256Hash};
use domain::person::{Account, EmailAddress, PersonName};
use jiff::Timestamp;
use uuid::Uuid;

use crate::passkey::NO_PASSWORD;
use crate::{Conflict, Error, Keys, Tx, insert_all, on_both};

const NAME: &str = "person.name";
const EMAIL: &str = "person.email";
const PASSWORD: &str = "person.password";
const TOTP: &str = "person.totp";
const INVITED_TOTP: &str = "invitation.totp";

/// A person of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub name: PersonName,
    pub email: EmailAddress,
    pub roles: RoleSet,
    pub account: Account,
}

/// Somebody who is invited, sealed and ready to be stored.
#[derive(Clone, Debug)]
pub struct NewPerson {
    id: PersonId,
    roles: RoleSet,
    email_mac: [u8; 32],
    sealed_name: Vec<u8>,
    sealed_email: Vec<u8>,
}

impl NewPerson {
    pub fn seal(
        keys: &Keys,
        id: PersonId,
        (name, email): (&PersonName, &EmailAddress),
        roles: RoleSet,
    ) -> Result<Self, Error> {
        Ok(Self {
            id,
            roles,
            email_mac: email_mac(keys, email),
            sealed_name: keys.seal_of(NAME, id.0, name.as_str())?,
            sealed_email: keys.seal_of(EMAIL, id.0, email.as_str())?,
        })
    }
}

/// The password and the authenticator of an active person.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub person: PersonId,
    /// A PHC string.
    pub password_hash: String,
    /// Base32.
    pub totp_secret: String,
    /// The step of the last one-time code that was taken.
    pub totp_step: i64,
    /// As they stand in the row: who changes them says what they saw.
    sealed_password: Vec<u8>,
    sealed_totp: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("person", &self.person).finish_non_exhaustive()
    }
}

/// A hash of a password, sealed and ready to be stored.
#[derive(Clone, Debug)]
pub struct SealedPassword(Vec<u8>);

/// An authenticator's secret, sealed and ready to be stored, and the step of the code that proved
/// it.
#[derive(Clone, Debug)]
pub struct SealedTotp {
    sealed: Vec<u8>,
    step: i64,
}

impl SealedPassword {
    /// `hash` is a PHC string.
    pub fn seal(keys: &Keys, person: PersonId, hash: &str) -> Result<Self, Error> {
        keys.seal_of(PASSWORD, person.0, hash).map(Self)
    }

    /// For who signs in with passkeys alone.
    pub fn none(keys: &Keys, person: PersonId) -> Result<Self, Error> {
        Self::seal(keys, person, "")
    }
}

impl SealedTotp {
    /// `secret` is base32.
    pub fn seal(keys: &Keys, person: PersonId, secret: &str, step: i64) -> Result<Self, Error> {
        Ok(Self { sealed: keys.seal_of(TOTP, person.0, secret)?, step })
    }

    /// For who signs in with passkeys alone.
    pub fn none(keys: &Keys, person: PersonId) -> Result<Self, Error> {
        Self::seal(keys, person, "", NO_PASSWORD)
    }
}

/// A link to join with that was not used yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    pub person: PersonId,
    pub expires_at: Timestamp,
    /// Base32, once somebody has begun to join.
    pub totp_secret: Option<String>,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { person, expires_at, totp_secret: _ } = self;
        let mut shown = f.debug_struct("Invitation");
        shown.field("person", person).field("expires_at", expires_at).finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_id: Uuid,
    account: String,
    roles: i64,
    sealed_name: Vec<u8>,
    sealed_email: Vec<u8>,
}

impl PersonRow {
    fn open(self, keys: &Keys) -> Result<Person, Error> {
        let id = self.person_id;
        let strange = |what: String| Error::inconsistent("person", id, what);
        let name = keys.open_of(NAME, id, &self.sealed_name)?;
        let email = keys.open_of(EMAIL, id, &self.sealed_email)?;
        let roles = u8::try_from(self.roles).ok().and_then(RoleSet::from_bits);
        Ok(Person {
            id: PersonId(id),
            name: PersonName::new(&name).map_err(|e| strange(e.to_string()))?,
            email: EmailAddress::new(&email).map_err(|e| strange(e.to_string()))?,
            roles: roles.ok_or_else(|| strange("its roles are none".to_owned()))?,
            account: Account::from_code(&self.account).map_err(|e| strange(e.to_string()))?,
        })
    }
}

fn email_mac(keys: &Keys, email: &EmailAddress) -> [u8; 32] {
    keys.mac(&[EMAIL, &email.key()])
}

fn code_mac(keys: &Keys, person: PersonId, code: &str) -> [u8; 32] {
    keys.mac(&["recovery_code", &person.to_string(), code])
}

/// One row was changed, as was meant; otherwise somebody else changed it first.
pub(crate) fn changed_one(rows: u64) -> Result<(), Error> {
    if rows == 1 { Ok(()) } else { Err(Conflict.into()) }
}

impl Tx {
    /// Stores somebody who is invited. [`Conflict`] where another who has not left has the same
    /// e-mail address.
    pub async fn insert_person(&mut self, new: &NewPerson) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO person (person_id, account, roles, email_mac, \
             sealed_name, sealed_email) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        changed_one(on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(new.id.0)
                .bind(Account::Invited.code())
                .bind(i64::from(new.roles.bits()))
                .bind(new.email_mac.as_slice())
                .bind(new.sealed_name.as_slice())
                .bind(new.sealed_email.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    pub async fn person(&mut self, keys: &Keys, id: PersonId) -> Result<Option<Person>, Error> {
        const PERSON: &str = "SELECT person_id, account, roles, sealed_name, sealed_email \
             FROM person WHERE person_id = $1";
        let row: Option<PersonRow> =
            on_both!(self, |c| sqlx::query_as(PERSON).bind(id.0).fetch_optional(&mut **c).await?);
        row.map(|row| row.open(keys)).transpose()
    }

    /// Everyone who was ever invited, in that order.
    pub async fn people(&mut self, keys: &Keys) -> Result<Vec<Person>, Error> {
        const PEOPLE: &str = "SELECT person_id, account, roles, sealed_name, sealed_email \
             FROM person ORDER BY person_id";
        let rows: Vec<PersonRow> =
            on_both!(self, |c| sqlx::query_as(PEOPLE).fetch_all(&mut **c).await?);
        rows.into_iter().map(|row| row.open(keys)).collect()
    }

    /// Who has this address and has not left.
    pub async fn person_with_email(
        &mut self,
        keys: &Keys,
        email: &EmailAddress,
    ) -> Result<Option<PersonId>, Error> {
        const FIND: &str =
            "SELECT person_id FROM person WHERE email_mac = $1 AND account <> 'ended'";
        let mac = email_mac(keys, email);
        let id: Option<Uuid> = on_both!(self, |c| {
            sqlx::query_scalar(FIND).bind(mac.as_slice()).fetch_optional(&mut **c).await?
        });
        Ok(id.map(PersonId))
    }

    /// How many active people are operators. Counted after [`Tx::record`] it holds until the
    /// commit: who records waits for the one before, so two who take each other's role can't both
    /// have counted the other.
    pub async fn operators(&mut self) -> Result<u64, Error> {
        const COUNT: &str =
            "SELECT COUNT(*) FROM person WHERE account = 'active' AND (roles & $1) <> 0";
        let operator = RoleSet::from_iter([Role::Operator]);
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(COUNT).bind(i64::from(operator.bits())).fetch_one(&mut **c).await?
        });
        Ok(count.unsigned_abs())
    }

    /// The password and the authenticator of an active person; `None` for who is not active, and for
    /// who has passkeys alone.
    pub async fn credentials(
        &mut self,
        keys: &Keys,
        person: PersonId,
    ) -> Result<Option<Credentials>, Error> {
        const FIND: &str = "SELECT sealed_password, sealed_totp, totp_step FROM person \
             WHERE person_id = $1 AND account = 'active' AND totp_step <> $2";
        let row: Option<(Vec<u8>, Vec<u8>, i64)> = on_both!(self, |c| sqlx::query_as(FIND)
            .bind(person.0)
            .bind(NO_PASSWORD)
            .fetch_optional(&mut **c)
            .await?);
        let Some((sealed_password, sealed_totp, totp_step)) = row else { return Ok(None) };
        Ok(Some(Credentials {
            person,
            password_hash: keys.open_of(PASSWORD, person.0, &sealed_password)?,
            totp_secret: keys.open_of(TOTP, person.0, &sealed_totp)?,
            totp_step,
            sealed_password,
            sealed_totp,
        }))
    }

    /// An invited person can sign in from now on. [`Conflict`] where they are not invited.
    pub async fn activate_person(
        &mut self,
        person: PersonId,
        password: &SealedPassword,
        totp: &SealedTotp,
    ) -> Result<(), Error> {
        const ACTIVATE: &str = "UPDATE person SET account = 'active', sealed_password = $1, \
             sealed_totp = $2, totp_step = $3 WHERE person_id = $4 AND account = 'invited'";
        changed_one(on_both!(self, |c| {
            sqlx::query(ACTIVATE)
                .bind(password.0.as_slice())
                .bind(totp.sealed.as_slice())
                .bind(totp.step)
                .bind(person.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// A person who has passkeys alone gets a password and an authenticator too. [`Conflict`] where
    /// they have them already, or are not active.
    pub async fn put_first_password(
        &mut self,
        person: PersonId,
        password: &SealedPassword,
        totp: &SealedTotp,
    ) -> Result<(), Error> {
        const PUT: &str = "UPDATE person SET sealed_password = $1, sealed_totp = $2, \
             totp_step = $3 WHERE person_id = $4 AND account = 'active' AND totp_step = $5";
        changed_one(on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(password.0.as_slice())
                .bind(totp.sealed.as_slice())
                .bind(totp.step)
                .bind(person.0)
                .bind(NO_PASSWORD)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// [`Conflict`] where the roles are others than those that were read.
    pub async fn put_roles(&mut self, was: &Person, roles: RoleSet) -> Result<(), Error> {
        const PUT: &str = "UPDATE person SET roles = $1 \
             WHERE person_id = $2 AND roles = $3 AND account = $4";
        changed_one(on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(i64::from(roles.bits()))
                .bind(was.id.0)
                .bind(i64::from(was.roles.bits()))
                .bind(was.account.code())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// A person leaves: what they signed in with is gone, and so are the tokens of their programs
    /// and a link they did not use. Their sessions are ended apart. [`Conflict`] where their account
    /// is another than was read.
    pub async fn end_person(&mut self, was: &Person) -> Result<(), Error> {
        self.drop_means(was, Account::Ended).await
    }

    /// The same of a person who stays, and has to join anew.
    pub async fn reset_access(&mut self, was: &Person) -> Result<(), Error> {
        self.drop_means(was, Account::Invited).await
    }

    async fn drop_means(&mut self, was: &Person, to: Account) -> Result<(), Error> {
        const END: &str = "UPDATE person SET account = $4, sealed_password = NULL, \
             sealed_totp = NULL, totp_step = NULL \
             WHERE person_id = $1 AND roles = $2 AND account = $3";
        const CODES: &str = "DELETE FROM recovery_code WHERE person_id = $1";
        const LINK: &str = "DELETE FROM invitation WHERE person_id = $1";
        const PASSKEYS: &str = "DELETE FROM passkey WHERE person_id = $1";
        const TOKENS: &str = "DELETE FROM api_token WHERE person_id = $1";
        changed_one(on_both!(self, |c| {
            let ended = sqlx::query(END)
                .bind(was.id.0)
                .bind(i64::from(was.roles.bits()))
                .bind(was.account.code())
                .bind(to.code())
                .execute(&mut **c)
                .await?;
            for gone in [CODES, LINK, PASSKEYS, TOKENS] {
                sqlx::query(gone).bind(was.id.0).execute(&mut **c).await?;
            }
            ended.rows_affected()
        }))
    }

    /// Another password. [`Conflict`] where it was changed since it was read.
    pub async fn put_password(
        &mut self,
        was: &Credentials,
        password: &SealedPassword,
    ) -> Result<(), Error> {
        const PUT: &str = "UPDATE person SET sealed_password = $1 \
             WHERE person_id = $2 AND sealed_password = $3";
        changed_one(on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(password.0.as_slice())
                .bind(was.person.0)
                .bind(was.sealed_password.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Another authenticator. [`Conflict`] where it was changed since it was read.
    pub async fn put_totp(&mut self, was: &Credentials, totp: &SealedTotp) -> Result<(), Error> {
        const PUT: &str = "UPDATE person SET sealed_totp = $1, totp_step = $2 \
             WHERE person_id = $3 AND sealed_totp = $4";
        changed_one(on_both!(self, |c| {
            sqlx::query(PUT)
                .bind(totp.sealed.as_slice())
                .bind(totp.step)
                .bind(was.person.0)
                .bind(was.sealed_totp.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// A one-time code was taken. [`Conflict`] where another was since it was read, the same one
    /// perhaps, or the authenticator is another.
    pub async fn use_totp_step(&mut self, was: &Credentials, step: i64) -> Result<(), Error> {
        const USE: &str = "UPDATE person SET totp_step = $1 \
             WHERE person_id = $2 AND totp_step = $3 AND sealed_totp = $4 AND totp_step < $1";
        changed_one(on_both!(self, |c| {
            sqlx::query(USE)
                .bind(step)
                .bind(was.person.0)
                .bind(was.totp_step)
                .bind(was.sealed_totp.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Puts recovery codes in the place of those a person had.
    pub async fn put_recovery_codes(
        &mut self,
        keys: &Keys,
        person: PersonId,
        codes: &[String],
    ) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM recovery_code WHERE person_id = $1";
        let macs: Vec<_> = codes.iter().map(|code| code_mac(keys, person, code)).collect();
        on_both!(self, |c| sqlx::query(FORGET)
            .bind(person.0)
            .execute(&mut **c)
            .await?
            .rows_affected());
        insert_all!(self, "recovery_code (person_id, code_mac)", 100, macs, |values, mac| {
            values.push_bind(person.0).push_bind(mac.as_slice())
        });
        Ok(())
    }

    /// Uses a recovery code up. Whether the person had it and it was not used before.
    pub async fn use_recovery_code(
        &mut self,
        keys: &Keys,
        (person, code): (PersonId, &str),
        at: Timestamp,
    ) -> Result<bool, Error> {
        const USE: &str = "UPDATE recovery_code SET used_at_micros = $1 \
             WHERE person_id = $2 AND code_mac = $3 AND used_at_micros IS NULL";
        let mac = code_mac(keys, person, code);
        let rows = on_both!(self, |c| {
            sqlx::query(USE)
                .bind(at.as_microsecond())
                .bind(person.0)
                .bind(mac.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(rows == 1)
    }

    /// How many recovery codes of a person are not used up.
    pub async fn recovery_codes_left(&mut self, person: PersonId) -> Result<u64, Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM recovery_code \
             WHERE person_id = $1 AND used_at_micros IS NULL";
        let count: i64 = on_both!(self, |c| {
            sqlx::query_scalar(COUNT).bind(person.0).fetch_one(&mut **c).await?
        });
        Ok(count.unsigned_abs())
    }

    /// A link to join with, known by the hash of its token. An earlier one of the person is void.
    pub async fn put_invitation(
        &mut self,
        token: Sha256Hash,
        person: PersonId,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM invitation WHERE person_id = $1";
        const INSERT: &str = "INSERT INTO invitation (token_sha256, person_id, expires_at_micros) \
             VALUES ($1, $2, $3)";
        on_both!(self, |c| {
            sqlx::query(FORGET).bind(person.0).execute(&mut **c).await?;
            sqlx::query(INSERT)
                .bind(token.0.as_slice())
                .bind(person.0)
                .bind(expires_at.as_microsecond())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// The link with this token; `None` where it was used, replaced, or never was.
    pub async fn invitation(
        &mut self,
        keys: &Keys,
        token: Sha256Hash,
    ) -> Result<Option<Invitation>, Error> {
        const FIND: &str = "SELECT person_id, expires_at_micros, sealed_totp FROM invitation \
             WHERE token_sha256 = $1";
        let row: Option<(Uuid, i64, Option<Vec<u8>>)> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(token.0.as_slice()).fetch_optional(&mut **c).await?
        });
        let Some((person, expires_at, sealed)) = row else { return Ok(None) };
        let expires_at = Timestamp::from_microsecond(expires_at)
            .map_err(|e| Error::inconsistent("invitation", token, e))?;
        let open = |sealed: Vec<u8>| keys.open_of(INVITED_TOTP, person, &sealed);
        let totp_secret = sealed.map(open).transpose()?;
        Ok(Some(Invitation { person: PersonId(person), expires_at, totp_secret }))
    }

    /// Keeps the authenticator's secret (base32) until its first code has come. [`Conflict`] where
    /// one is kept already, or the link is gone.
    pub async fn begin_joining(
        &mut self,
        keys: &Keys,
        (token, person): (Sha256Hash, PersonId),
        totp_secret: &str,
    ) -> Result<(), Error> {
        const BEGIN: &str = "UPDATE invitation SET sealed_totp = $1 \
             WHERE token_sha256 = $2 AND person_id = $3 AND sealed_totp IS NULL";
        let sealed = keys.seal_of(INVITED_TOTP, person.0, totp_secret)?;
        changed_one(on_both!(self, |c| {
            sqlx::query(BEGIN)
                .bind(sealed.as_slice())
                .bind(token.0.as_slice())
                .bind(person.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// Uses a link up. [`Conflict`] where somebody else did at the same moment.
    pub async fn take_invitation(&mut self, token: Sha256Hash) -> Result<(), Error> {
        const TAKE: &str = "DELETE FROM invitation WHERE token_sha256 = $1";
        changed_one(on_both!(self, |c| {
            sqlx::query(TAKE).bind(token.0.as_slice()).execute(&mut **c).await?.rows_affected()
        }))
    }
}
