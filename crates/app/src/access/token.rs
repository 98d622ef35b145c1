//! Tokens: how a program that acts for somebody comes in. It may do no more than its token's scopes
//! and its person's roles of today both allow.

use std::time::Duration;

use ::access::Token;
use domain::access::{Permission, Scope, ScopeSet};
use domain::id::TokenId;
use domain::person::{self, Account, MeansName, TokenAsked};
use jiff::civil::Date;
use store::{NewToken, StoredToken};

use super::{AccessRefusal, CameWith, SignedIn, random};
use crate::conduct::moved;
use crate::ids::Ids;
use crate::{Candor, Error};

/// Begins every token, so that one that lies in a public place is found by those who look for such.
const PREFIX: &str = "candor_";

/// A token, shown once to who made it.
#[derive(Clone, Debug)]
pub struct ProgramToken(Token);

impl ProgramToken {
    fn read(text: &str) -> Option<Self> {
        text.strip_prefix(PREFIX).and_then(Token::read).map(Self)
    }

    /// The secret as text: `candor_` and 43 characters of base64url (RFC 4648, section 5).
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", self.0.reveal())
    }
}

impl SignedIn {
    /// The scopes that a program of theirs could have.
    pub fn scopes(&self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| person::may_have(self.roles, *scope)).collect()
    }
}

impl Candor {
    /// Makes a token, for who proved just now that it is them. `expires_on` is the last day on which
    /// it is taken.
    pub async fn make_token(
        &self,
        who: &SignedIn,
        name: &str,
        (scopes, expires_on): (ScopeSet, Date),
    ) -> Result<ProgramToken, Error> {
        who.may(Permission::MakeTokens)?;
        let name = MeansName::new(name)?;
        let secret = Token::generate().map_err(random)?;
        let (keys, today) = (self.db.keys(), self.today());
        let id = TokenId(Ids::new(self.clock.now())?.make());
        let mut tx = self.db.begin().await?;
        let is = self.known(&mut tx, who.person).await?;
        let held = tx.tokens_of(keys, is.id).await?;
        let held = held.iter().filter(|token| token.revoked_on.is_none()).count();
        let asked = TokenAsked { token: id, scopes, expires_on };
        let event = person::issue_token((is.account, is.roles), held, asked, today)?;
        self.record_of(&mut tx, is.id, event, who.actor()).await?;
        let new = NewToken {
            id,
            person: is.id,
            hash: secret.hash(),
            name: &name,
            scopes,
            made_on: today,
            expires_on,
        };
        tx.insert_token(keys, new).await?;
        tx.commit().await?;
        Ok(ProgramToken(secret))
    }

    /// Somebody's tokens, the newest first, those that were revoked among them.
    pub async fn tokens(&self, who: &SignedIn) -> Result<Vec<StoredToken>, Error> {
        Ok(self.db.snapshot().await?.tokens_of(self.db.keys(), who.person).await?)
    }

    /// From here on nothing comes in with it any more.
    pub async fn revoke_token(&self, who: &SignedIn, id: TokenId) -> Result<(), Error> {
        // A program must not take another's token away.
        who.session()?;
        let mut tx = self.db.begin().await?;
        let account = self.known(&mut tx, who.person).await?.account;
        let event = person::revoke_token(account, id)?;
        tx.revoke_token(id, who.person, self.today()).await.map_err(|error| match error {
            store::Error::Conflict(_) => AccessRefusal::NoToken.into(),
            error => Error::from(error),
        })?;
        self.record_of(&mut tx, who.person, event, who.actor()).await?;
        tx.commit().await.map_err(moved)?;
        Ok(())
    }

    /// Whom a program acts for that came with this token. One answer for a token that never was, was
    /// revoked, is over, or whose person has left.
    pub async fn program(&self, token: &str) -> Result<SignedIn, Error> {
        let token = ProgramToken::read(token).ok_or(AccessRefusal::Token)?;
        let today = self.today();
        let mut tx = self.db.snapshot().await?;
        let stored = tx.token(self.db.keys(), token.0.hash()).await?;
        let stored = stored.filter(|stored| today <= stored.expires_on);
        let stored = stored.ok_or(AccessRefusal::Token)?;
        let person = self.known(&mut tx, stored.person).await?;
        drop(tx);
        match person.account {
            Account::Active => {}
            Account::Invited | Account::Ended => return Err(AccessRefusal::Token.into()),
        }
        if stored.last_used_on != Some(today) {
            self.see_token(stored.id, today).await?;
        }
        Ok(SignedIn {
            person: person.id,
            name: person.name,
            email: person.email,
            roles: person.roles,
            came: CameWith::Token { token: stored.id, scopes: stored.scopes },
        })
    }

    /// Notes once a day that it was used. An import may hold the database for longer than a program
    /// waits: then it is noted with a later use.
    async fn see_token(&self, id: TokenId, today: Date) -> Result<(), Error> {
        const WAIT_MAX: Duration = Duration::from_secs(1);
        let see = async {
            let mut tx = self.db.begin().await?;
            tx.see_token(id, today).await?;
            tx.commit().await
        };
        match tokio::time::timeout(WAIT_MAX, see).await {
            // It was revoked meanwhile, or another use of the same moment has noted it.
            Ok(Ok(()) | Err(store::Error::Conflict(_))) | Err(_) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
        }
    }
}
