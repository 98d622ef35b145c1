//! A person changes what they sign in with.

use ::access::{CODES, Password, RecoveryCode, TotpSecret};
use domain::id::PersonId;
use domain::person::Account;
use store::{Credentials, SealedPassword, SealedTotp, Tx};

use super::{AccessRefusal, SignedIn, Subject, hash_of, hashing, random, strange};
use crate::conduct::moved;
use crate::{Candor, Error};

/// How a secret comes into an authenticator. All of it is secret.
#[derive(Clone)]
pub struct NewAuthenticator {
    /// `otpauth://…`, for an authenticator on the same device.
    pub uri: String,
    /// A QR code of that, as SVG; `None` where the publisher's name is too long for one.
    pub svg: Option<String>,
    /// For who types it: base32 in groups of four.
    pub secret_in_groups: String,
}

impl std::fmt::Debug for NewAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewAuthenticator(..)")
    }
}

impl Candor {
    /// Another password, for who knows the present one. All other sessions of the person end.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        (present, new): (&str, &str),
    ) -> Result<(), Error> {
        let new = Password::chosen(new, &who.name, &who.email)?;
        let present = Password::typed(present).map_err(|_| AccessRefusal::WrongPassword)?;
        let subject = Subject::person(who.person);
        self.admit(&subject).await?;
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let credentials = self.credentials_in(&mut tx, who.person).await?;
        drop(tx);
        let hash = hash_of(&credentials)?;
        let hash = hashing(move || match present.check(Some(&hash)) {
            true => new.hash().map_err(random),
            false => Err(AccessRefusal::WrongPassword.into()),
        });
        let password = SealedPassword::seal(keys, who.person, &hash.await?.to_string())?;
        let mut tx = self.db.begin().await?;
        tx.put_password(&credentials, &password).await.map_err(moved)?;
        tx.end_sessions_of(who.person, Some(who.session()?.id), self.clock.now()).await?;
        tx.clear_attempts(keys, &subject.texts()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The secret of another authenticator, for who proved the present one just now. It is kept,
    /// sealed, with the session until its first code has come; the present one holds until then.
    pub async fn begin_new_authenticator(&self, who: &SignedIn) -> Result<NewAuthenticator, Error> {
        who.stepped_up()?;
        let secret = TotpSecret::generate().map_err(random)?;
        let mut tx = self.db.begin().await?;
        tx.keep_totp_in_session(self.db.keys(), who.session()?.id, &secret.reveal())
            .await
            .map_err(moved)?;
        tx.commit().await?;
        Ok(self.new_authenticator(&secret, &who.email))
    }

    /// A person who has passkeys alone gets a password too, with the authenticator whose secret was
    /// shown to them, for who proved just now that it is them. Returns recovery codes.
    pub async fn add_password(
        &self,
        who: &SignedIn,
        (password, code): (&str, &str),
    ) -> Result<[RecoveryCode; CODES], Error> {
        who.stepped_up()?;
        let password = Password::chosen(password, &who.name, &who.email)?;
        let keys = self.db.keys();
        let secret = self.db.snapshot().await?.totp_in_session(keys, who.session()?.id).await?;
        let text = secret.ok_or(AccessRefusal::NoSecret)?;
        let secret = TotpSecret::read(&text)
            .ok_or_else(|| strange(who.person, "the secret in its session is none"))?;
        let step = secret.check(code, self.clock.now(), None).ok_or(AccessRefusal::WrongCode)?;
        let hash = hashing(move || password.hash().map_err(random)).await?;
        let password = SealedPassword::seal(keys, who.person, &hash.to_string())?;
        let totp = SealedTotp::seal(keys, who.person, &text, step.0)?;
        let codes = RecoveryCode::generate().map_err(random)?;
        let mut tx = self.db.begin().await?;
        tx.put_first_password(who.person, &password, &totp).await.map_err(|error| match error {
            store::Error::Conflict(_) => AccessRefusal::HasPassword.into(),
            error => Error::from(error),
        })?;
        tx.forget_totp_in_session(who.session()?.id).await.map_err(moved)?;
        self.put_recovery_codes(&mut tx, who.person, &codes).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// The secret on its way into the person's authenticator, the same one each time until its
    /// first code has come.
    pub async fn begun_authenticator(&self, who: &SignedIn) -> Result<NewAuthenticator, Error> {
        who.stepped_up()?;
        let kept =
            self.db.snapshot().await?.totp_in_session(self.db.keys(), who.session()?.id).await?;
        let Some(text) = kept else { return self.begin_new_authenticator(who).await };
        let secret = TotpSecret::read(&text)
            .ok_or_else(|| strange(who.person, "the secret in its session is none"))?;
        Ok(self.new_authenticator(&secret, &who.email))
    }

    /// Takes the new authenticator for the one before, with new recovery codes. All other sessions
    /// of the person end.
    pub async fn change_authenticator(
        &self,
        who: &SignedIn,
        code: &str,
    ) -> Result<[RecoveryCode; CODES], Error> {
        who.stepped_up()?;
        let (keys, now) = (self.db.keys(), self.clock.now());
        let mut tx = self.db.begin().await?;
        let text =
            tx.totp_in_session(keys, who.session()?.id).await?.ok_or(AccessRefusal::NoSecret)?;
        let secret = TotpSecret::read(&text)
            .ok_or_else(|| strange(who.person, "the secret in its session is none"))?;
        let step = secret.check(code, now, None).ok_or(AccessRefusal::WrongCode)?;
        let credentials = self.credentials_in(&mut tx, who.person).await?;
        let totp = SealedTotp::seal(keys, who.person, &text, step.0)?;
        let codes = RecoveryCode::generate().map_err(random)?;
        tx.put_totp(&credentials, &totp).await.map_err(moved)?;
        tx.forget_totp_in_session(who.session()?.id).await.map_err(moved)?;
        self.put_recovery_codes(&mut tx, who.person, &codes).await?;
        tx.end_sessions_of(who.person, Some(who.session()?.id), now).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// New recovery codes in the place of all before, for who proved the second factor just now.
    pub async fn new_recovery_codes(&self, who: &SignedIn) -> Result<[RecoveryCode; CODES], Error> {
        who.stepped_up()?;
        let codes = RecoveryCode::generate().map_err(random)?;
        let mut tx = self.db.begin().await?;
        // Their access may have been reset since they asked.
        match self.known(&mut tx, who.person).await?.account {
            Account::Active => {}
            Account::Invited | Account::Ended => return Err(AccessRefusal::SignedOut.into()),
        }
        self.put_recovery_codes(&mut tx, who.person, &codes).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// How many recovery codes a person has not used.
    pub async fn recovery_codes_left(&self, person: PersonId) -> Result<u64, Error> {
        Ok(self.db.snapshot().await?.recovery_codes_left(person).await?)
    }

    pub(super) async fn put_recovery_codes(
        &self,
        tx: &mut Tx,
        person: PersonId,
        codes: &[RecoveryCode],
    ) -> Result<(), Error> {
        let codes: Vec<_> = codes.iter().map(RecoveryCode::reveal_plain).collect();
        Ok(tx.put_recovery_codes(self.db.keys(), person, &codes).await?)
    }

    async fn credentials_in(&self, tx: &mut Tx, person: PersonId) -> Result<Credentials, Error> {
        let credentials = tx.credentials(self.db.keys(), person).await?;
        credentials.ok_or_else(|| AccessRefusal::NoPassword.into())
    }
}
