//! Somebody joins: the link of the invitation, an authenticator, a password.

use ::access::{Authenticator, CODES, Password, RecoveryCode, Token, TotpSecret};
use domain::id::{Actor, Sha256Hash};
use domain::person;
use store::{Invitation, NewSession, Person, SealedPassword, SealedTotp, Tx};

use super::{AccessRefusal, NewAuthenticator, hashing, random, strange};
use crate::conduct::moved;
use crate::{Candor, Error};

/// Who a link is for.
#[derive(Clone, Debug)]
pub struct Welcome {
    pub person: Person,
    /// From this moment on the link is void.
    pub expires_at: jiff::Timestamp,
}

/// Somebody has joined, and is signed in.
#[derive(Clone, Debug)]
pub struct Joined {
    /// To be shown once: they are not kept in a form that could be read.
    pub recovery_codes: [RecoveryCode; CODES],
    pub session: Token,
}

/// A link that still holds.
pub(super) struct Link {
    pub(super) token: Sha256Hash,
    invitation: Invitation,
    pub(super) person: Person,
}

impl Candor {
    /// Who the link is for; `None` where it was used, replaced, or is too old.
    pub async fn invitation(&self, token: &str) -> Result<Option<Welcome>, Error> {
        let mut tx = self.db.snapshot().await?;
        let link = self.link(&mut tx, token).await?;
        Ok(link.map(|link| Welcome { expires_at: link.invitation.expires_at, person: link.person }))
    }

    /// The authenticator's secret, the same one each time: it is kept, sealed, with the link until
    /// its first code has come.
    pub async fn begin_joining(&self, token: &str) -> Result<NewAuthenticator, Error> {
        let mut tx = self.db.begin().await?;
        let link = self.link(&mut tx, token).await?.ok_or(AccessRefusal::NoInvitation)?;
        let secret = match &link.invitation.totp_secret {
            Some(_) => link.secret()?,
            None => {
                let secret = TotpSecret::generate().map_err(random)?;
                let of = (link.token, link.person.id);
                tx.begin_joining(self.db.keys(), of, &secret.reveal()).await.map_err(moved)?;
                tx.commit().await?;
                secret
            }
        };
        Ok(self.new_authenticator(&secret, &link.person.email))
    }

    /// The person sets their password and proves the authenticator with a code that it shows now.
    /// The link is used up, and they are signed in. A crash before the commit leaves the link.
    pub async fn join(
        &self,
        token: &str,
        (password, code): (&str, &str),
        user_agent: &str,
    ) -> Result<Joined, Error> {
        let link = self.link(&mut self.db.snapshot().await?, token).await?;
        let link = link.ok_or(AccessRefusal::NoInvitation)?;
        let Person { id, name, email, account, .. } = &link.person;
        let (id, event) = (*id, person::join(*account)?);
        let password = Password::chosen(password, name, email)?;
        let secret = link.secret()?;
        let now = self.clock.now();
        let step = secret.check(code, now, None).ok_or(AccessRefusal::WrongCode)?;
        let hash = hashing(move || password.hash().map_err(random)).await?;
        let keys = self.db.keys();
        let password = SealedPassword::seal(keys, id, &hash.to_string())?;
        let totp = SealedTotp::seal(keys, id, &secret.reveal(), step.0)?;
        let recovery_codes = RecoveryCode::generate().map_err(random)?;
        let session = Token::generate().map_err(random)?;
        let mut tx = self.db.begin().await?;
        self.record_of(&mut tx, id, event, Actor::Person(id)).await?;
        tx.take_invitation(link.token).await.map_err(moved)?;
        tx.activate_person(id, &password, &totp).await.map_err(moved)?;
        self.put_recovery_codes(&mut tx, id, &recovery_codes).await?;
        let new = NewSession {
            id: self.new_session_id()?,
            token: session.hash(),
            person: id,
            started_at: now,
            user_agent,
        };
        tx.insert_session(new).await?;
        tx.commit().await?;
        Ok(Joined { recovery_codes, session })
    }

    pub(super) async fn link(&self, tx: &mut Tx, token: &str) -> Result<Option<Link>, Error> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let token = token.hash();
        let Some(invitation) = tx.invitation(self.db.keys(), token).await? else {
            return Ok(None);
        };
        if self.clock.now() >= invitation.expires_at {
            return Ok(None);
        }
        let person = self.known(tx, invitation.person).await?;
        Ok(Some(Link { token, invitation, person }))
    }

    /// How a secret comes into an authenticator.
    pub(super) fn new_authenticator(
        &self,
        secret: &TotpSecret,
        email: &domain::person::EmailAddress,
    ) -> NewAuthenticator {
        let issuer = format!("candor {}", self.config.publisher.name);
        let authenticator = Authenticator { secret, issuer: &issuer, email };
        NewAuthenticator {
            uri: authenticator.reveal_uri(),
            svg: authenticator.reveal_svg("QR code for your authenticator"),
            secret_in_groups: secret.reveal_in_groups(),
        }
    }
}

impl Link {
    fn secret(&self) -> Result<TotpSecret, Error> {
        let text = self.invitation.totp_secret.as_deref().ok_or(AccessRefusal::NoSecret)?;
        TotpSecret::read(text)
            .ok_or_else(|| strange(self.person.id, "the secret in its invitation is none"))
    }
}
