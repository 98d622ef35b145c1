//! What programs come in with. Whether a token is too old, and what it allows, is not known here.

use domain::access::ScopeSet;
use domain::id::{PersonId, Sha256Hash, TokenId};
use domain::person::MeansName;
use jiff::civil::Date;
use uuid::Uuid;

use crate::person::changed_one;
use crate::{Error, Keys, Tx, on_both};

const NAME: &str = "api_token.name";

/// A token of somebody's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    pub id: TokenId,
    pub person: PersonId,
    pub name: MeansName,
    pub scopes: ScopeSet,
    pub made_on: Date,
    /// The last day on which it is taken.
    pub expires_on: Date,
    pub last_used_on: Option<Date>,
    pub revoked_on: Option<Date>,
}

/// A token that is made.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    pub id: TokenId,
    pub person: PersonId,
    pub hash: Sha256Hash,
    pub name: &'a MeansName,
    pub scopes: ScopeSet,
    pub made_on: Date,
    pub expires_on: Date,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    token_id: Uuid,
    person_id: Uuid,
    sealed_name: Vec<u8>,
    scopes: i64,
    made_on: String,
    expires_on: String,
    last_used_on: Option<String>,
    revoked_on: Option<String>,
}

impl TokenRow {
    fn open(self, keys: &Keys) -> Result<StoredToken, Error> {
        let id = self.token_id;
        let strange = |what: &str| Error::inconsistent("api_token", id, what);
        let day = |text: &str| text.parse().map_err(|_| strange("its day is none"));
        let name = keys.open_of(NAME, id, &self.sealed_name)?;
        let scopes = u8::try_from(self.scopes).ok().and_then(ScopeSet::from_bits);
        Ok(StoredToken {
            id: TokenId(id),
            person: PersonId(self.person_id),
            name: MeansName::new(&name).map_err(|_| strange("its name is none"))?,
            scopes: scopes.ok_or_else(|| strange("its scopes are none"))?,
            made_on: day(&self.made_on)?,
            expires_on: day(&self.expires_on)?,
            last_used_on: self.last_used_on.as_deref().map(day).transpose()?,
            revoked_on: self.revoked_on.as_deref().map(day).transpose()?,
        })
    }
}

impl Tx {
    pub async fn insert_token(&mut self, keys: &Keys, new: NewToken<'_>) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO api_token (token_id, person_id, token_sha256, \
             sealed_name, scopes, made_on, expires_on) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let name = keys.seal_of(NAME, new.id.0, new.name.as_str())?;
        on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(new.id.0)
                .bind(new.person.0)
                .bind(new.hash.0.as_slice())
                .bind(name.as_slice())
                .bind(i64::from(new.scopes.bits()))
                .bind(new.made_on.to_string())
                .bind(new.expires_on.to_string())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// The token with this hash that nobody has revoked.
    pub async fn token(
        &mut self,
        keys: &Keys,
        hash: Sha256Hash,
    ) -> Result<Option<StoredToken>, Error> {
        const FIND: &str = "SELECT token_id, person_id, sealed_name, scopes, made_on, expires_on, \
             last_used_on, revoked_on FROM api_token \
             WHERE token_sha256 = $1 AND revoked_on IS NULL";
        let row: Option<TokenRow> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(hash.0.as_slice()).fetch_optional(&mut **c).await?
        });
        row.map(|row| row.open(keys)).transpose()
    }

    /// A person's tokens, the newest first, those that were revoked among them.
    pub async fn tokens_of(
        &mut self,
        keys: &Keys,
        person: PersonId,
    ) -> Result<Vec<StoredToken>, Error> {
        const FIND: &str = "SELECT token_id, person_id, sealed_name, scopes, made_on, expires_on, \
             last_used_on, revoked_on FROM api_token WHERE person_id = $1 ORDER BY token_id DESC";
        let rows: Vec<TokenRow> =
            on_both!(self, |c| sqlx::query_as(FIND).bind(person.0).fetch_all(&mut **c).await?);
        rows.into_iter().map(|row| row.open(keys)).collect()
    }

    /// Notes the day of use. Several uses at once note the same day.
    pub async fn see_token(&mut self, token: TokenId, on: Date) -> Result<(), Error> {
        const SEE: &str = "UPDATE api_token SET last_used_on = $1 WHERE token_id = $2";
        changed_one(on_both!(self, |c| {
            sqlx::query(SEE)
                .bind(on.to_string())
                .bind(token.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }

    /// [`Conflict`](Error::Conflict) where the person has no such token, or it was revoked before.
    pub async fn revoke_token(
        &mut self,
        token: TokenId,
        person: PersonId,
        on: Date,
    ) -> Result<(), Error> {
        const REVOKE: &str = "UPDATE api_token SET revoked_on = $1 \
             WHERE token_id = $2 AND person_id = $3 AND revoked_on IS NULL";
        changed_one(on_both!(self, |c| {
            sqlx::query(REVOKE)
                .bind(on.to_string())
                .bind(token.0)
                .bind(person.0)
                .execute(&mut **c)
                .await?
                .rows_affected()
        }))
    }
}
