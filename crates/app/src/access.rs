//! The company's people: how one is invited, joins, signs in, and leaves.
//!
//! Whether somebody *may* do something is [`domain::access`]; here it is found out who they are.
//! Both factors are always asked for together, and what is wrong is never said of one of them.

mod account;
mod from_where;
mod join;
mod passkey;
mod people;
mod sign_in;
mod token;
mod told;

use ::access::{Failures, NotProven, PasswordHash, Step, TotpSecret};
use domain::id::PersonId;
use domain::person::{EmailAddress, PersonRefusal};
use store::{Credentials, StoredAttempts, Tx};
use tokio::sync::Semaphore;

use crate::{Candor, Error};

pub use ::access::{MustWait, PasswordRefusal, RecoveryCode, Residence, StepUp, Token};
pub use account::NewAuthenticator;
pub(crate) use from_where::Attempts;
pub use join::{Joined, Welcome};
pub use passkey::{PasskeySeen, Ways};
pub use people::{By, Invited, Invitee};
pub use sign_in::{CameWith, LiveSession, SessionSeen, SignIn, SignedIn};
pub use token::ProgramToken;
pub use told::AccessNotice;

/// Why somebody is not let in, or something about an account is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    #[error(
        "the e-mail address, the password or the code is wrong; a code that was used once is not \
         taken again, so wait for the next one"
    )]
    SignIn,
    #[error(transparent)]
    Wait(#[from] MustWait),
    #[error(
        "too many attempts to sign in came from your network of late: wait until {:.0} and try \
         again; who is signed in can go on",
        .0.until
    )]
    TooManyFromThere(MustWait),
    #[error("you are signed out: sign in again")]
    SignedOut,
    #[error("prove with a code of your authenticator that it is you")]
    StepUpNeeded,
    #[error(
        "this link was used, replaced by another, or is too old: ask an operator for a new one"
    )]
    NoInvitation,
    #[error(
        "passkeys don't work at this address: they need https and a name, set as `origin` under \
         `[console]` in candor.toml, or http://localhost on the machine itself"
    )]
    NoPasskeys,
    #[error(
        "this passkey is not known here, or what it sent does not hold: try once more, or sign in \
         with your password"
    )]
    Passkey,
    #[error("what the authenticator sent can't be used: {0}")]
    NotProven(#[from] NotProven),
    #[error("this took too long, or was sent before: try once more")]
    ChallengeOver,
    #[error("this passkey is known here already: choose another one")]
    PasskeyTaken,
    #[error("there is no such passkey any more")]
    NoPasskey,
    #[error(
        "this token is not known here: it was revoked, its last day is over, or its person has \
         left; a new one is made in the console, under the person's own access"
    )]
    Token,
    #[error("there is no such token any more")]
    NoToken,
    #[error("a program can't do this: its person does it in the console")]
    ByPersonAlone,
    #[error("you have no password yet: your passkeys let you in")]
    NoPassword,
    #[error("you have a password already: change it where you see your access")]
    HasPassword,
    #[error("begin with the secret for your authenticator")]
    NoSecret,
    #[error(
        "this is not the code that the authenticator should show now: wait for the next one, and \
         check the clock of the device"
    )]
    WrongCode,
    #[error("this is not your present password")]
    WrongPassword,
    #[error("somebody has this e-mail address already: give them a new link, or end their account")]
    EmailTaken,
    #[error("there is no person {0}")]
    NoPerson(PersonId),
    #[error("this session is over already")]
    NoSession,
    #[error(transparent)]
    Password(#[from] PasswordRefusal),
    #[error(transparent)]
    Person(#[from] PersonRefusal),
}

impl From<PersonRefusal> for Error {
    fn from(refusal: PersonRefusal) -> Self {
        Self::Access(refusal.into())
    }
}

impl From<PasswordRefusal> for Error {
    fn from(refusal: PasswordRefusal) -> Self {
        Self::Access(refusal.into())
    }
}

/// What attempts are counted by: an address, whether anybody has it or not, or who is signed in and
/// proves once more that it is them.
#[derive(Clone, Debug)]
struct Subject([String; 2]);

impl Subject {
    fn email(email: &EmailAddress) -> Self {
        Self(["email".to_owned(), email.key()])
    }

    fn person(id: PersonId) -> Self {
        Self(["person".to_owned(), id.to_string()])
    }

    fn texts(&self) -> [&str; 2] {
        let Self([kind, of]) = self;
        [kind, of]
    }
}

fn random(error: getrandom::Error) -> Error {
    Error::Store(error.into())
}

/// A row of a person holds something that can't be read.
fn strange(person: PersonId, what: &str) -> Error {
    Error::Store(store::Error::Inconsistent {
        table: "person",
        row: person.to_string(),
        what: what.to_owned(),
    })
}

fn hash_of(credentials: &Credentials) -> Result<PasswordHash, Error> {
    PasswordHash::read(&credentials.password_hash)
        .ok_or_else(|| strange(credentials.person, "its password's hash is none"))
}

/// Works with passwords on a thread of its own. Each takes 19 MiB for a moment, so few do at once,
/// however many people ask.
async fn hashing<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    static TURNS: Semaphore = Semaphore::const_new(4);
    let _turn = TURNS.acquire().await.map_err(|_| Error::Worker)?;
    crate::http::blocking(work).await
}

impl Candor {
    /// Lets an attempt through, or says how long to wait. It is committed as a failure before
    /// anything is looked at; who succeeds clears it. A crash in between leaves one failure too
    /// many.
    async fn admit(&self, subject: &Subject) -> Result<(), Error> {
        /// Of many attempts at the same moment one counts, and the others read again.
        const TRIES: usize = 4;
        let keys = self.db.keys();
        for _ in 0..TRIES {
            let mut tx = self.db.begin().await?;
            let was = tx.attempts(keys, &subject.texts()).await?;
            let before = was.map(|was| Failures { in_a_row: was.in_a_row, last_at: was.last_at });
            let is = Failures::admit(before, self.clock.now()).map_err(AccessRefusal::from)?;
            let is = StoredAttempts { in_a_row: is.in_a_row, last_at: is.last_at };
            match tx.put_attempts(keys, &subject.texts(), (was, is)).await {
                Ok(()) => return Ok(tx.commit().await?),
                Err(store::Error::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Moved)
    }

    /// Uses up a one-time code or a recovery code. Whether it is right and was not used before.
    async fn use_code(
        &self,
        tx: &mut Tx,
        credentials: &Credentials,
        code: &str,
    ) -> Result<bool, Error> {
        let (now, person) = (self.clock.now(), credentials.person);
        if let Some(code) = RecoveryCode::read(code) {
            let code = code.reveal_plain();
            return Ok(tx.use_recovery_code(self.db.keys(), (person, &code), now).await?);
        }
        let secret = TotpSecret::read(&credentials.totp_secret)
            .ok_or_else(|| strange(person, "its authenticator's secret is none"))?;
        let last_used = Step(credentials.totp_step);
        let Some(Step(step)) = secret.check(code, now, Some(last_used)) else { return Ok(false) };
        match tx.use_totp_step(credentials, step).await {
            Ok(()) => Ok(true),
            Err(store::Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
