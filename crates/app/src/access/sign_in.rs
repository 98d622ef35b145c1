//! Somebody signs in, is there, proves once more that it is them, and signs out.

use std::time::Duration;

use ::access::{Failures, Password, Session, SessionState, StepUp, Token};
use domain::access::{RoleSet, ScopeSet};
use domain::id::{Actor, PersonId, TokenId};
use domain::person::{Account, EmailAddress, PersonName};
use jiff::{SignedDuration, Timestamp};
use store::{Credentials, NewSession, SessionId, StoredSession};

use super::{AccessRefusal, Subject, hash_of, hashing, random};
use crate::conduct::moved;
use crate::ids::Ids;
use crate::{Candor, Error};

/// What somebody typed who wants in.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// Of the authenticator, or a recovery code.
    pub code: &'a str,
    /// What the browser says of itself.
    pub user_agent: &'a str,
}

impl std::fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(..)")
    }
}

/// Who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub person: PersonId,
    pub name: PersonName,
    pub email: EmailAddress,
    pub roles: RoleSet,
    pub came: CameWith,
}

/// What somebody came in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameWith {
    /// A browser, after they signed in.
    Session(LiveSession),
    /// A program of theirs, which may do no more than its token's scopes.
    Token { token: TokenId, scopes: ScopeSet },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    pub id: SessionId,
    /// Whether something that goes out or lets others in may be done at once.
    pub step_up: StepUp,
    pub(super) stored: StoredSession,
}

/// A session as its person sees it in the list of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeen {
    pub id: SessionId,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub user_agent: String,
}

/// Sessions are deleted so long after they began: until then who asks can see what was there.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl SignedIn {
    /// Who does what is done from here.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.person)
    }

    /// The session, of somebody who came with a browser.
    pub fn session(&self) -> Result<&LiveSession, AccessRefusal> {
        match &self.came {
            CameWith::Session(session) => Ok(session),
            CameWith::Token { .. } => Err(AccessRefusal::ByPersonAlone),
        }
    }

    /// Whether they proved just now that it is them. A program can't.
    pub fn step_up(&self) -> StepUp {
        match &self.came {
            CameWith::Session(session) => session.step_up,
            CameWith::Token { .. } => StepUp::Needed,
        }
    }

    pub(super) fn stepped_up(&self) -> Result<(), AccessRefusal> {
        match self.session()?.step_up {
            StepUp::HoldsUntil(_) => Ok(()),
            StepUp::Needed => Err(AccessRefusal::StepUpNeeded),
        }
    }
}

fn times(stored: &StoredSession) -> Session {
    let StoredSession { started_at, last_seen_at, stepped_up_at, .. } = *stored;
    Session { started_at, last_seen_at, stepped_up_at }
}

impl Candor {
    /// Lets somebody in who has both factors. Wrong address, password or code: one answer, after
    /// the same work.
    pub async fn sign_in(&self, with: SignIn<'_>) -> Result<Token, Error> {
        let email = EmailAddress::new(with.email).map_err(|_| AccessRefusal::SignIn)?;
        let password = Password::typed(with.password).map_err(|_| AccessRefusal::SignIn)?;
        let subject = Subject::email(&email);
        self.admit(&subject).await?;
        let credentials = self.credentials_of(&email).await?;
        let hash = credentials.as_ref().map(hash_of).transpose()?;
        let is_right = hashing(move || Ok(password.check(hash.as_ref()))).await?;
        let credentials = credentials.filter(|_| is_right).ok_or(AccessRefusal::SignIn)?;
        let token = Token::generate().map_err(random)?;
        let (keys, now) = (self.db.keys(), self.clock.now());
        let mut tx = self.db.begin().await?;
        // Somebody may have changed or ended the account meanwhile.
        let still = tx.credentials(keys, credentials.person).await?;
        let is_same = still.is_some_and(|still| still.password_hash == credentials.password_hash);
        if !is_same || !self.use_code(&mut tx, &credentials, with.code).await? {
            return Err(AccessRefusal::SignIn.into());
        }
        tx.clear_attempts(keys, &subject.texts()).await?;
        tx.forget_attempts(now - Failures::FORGOTTEN_AFTER).await?;
        tx.forget_sessions(now - SESSIONS_KEPT).await?;
        let new = NewSession {
            id: self.new_session_id()?,
            token: token.hash(),
            person: credentials.person,
            started_at: now,
            user_agent: with.user_agent,
        };
        tx.insert_session(new).await?;
        tx.commit().await?;
        Ok(token)
    }

    async fn credentials_of(&self, email: &EmailAddress) -> Result<Option<Credentials>, Error> {
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        match tx.person_with_email(keys, email).await? {
            Some(person) => Ok(tx.credentials(keys, person).await?),
            None => Ok(None),
        }
    }

    pub(super) fn new_session_id(&self) -> Result<SessionId, Error> {
        Ok(SessionId(Ids::new(self.clock.now())?.make()))
    }

    /// Who is there with this token; `None` where nobody is, or the session is over. That somebody
    /// is there is noted once a minute.
    pub async fn session(&self, token: &str) -> Result<Option<SignedIn>, Error> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let now = self.clock.now();
        let mut tx = self.db.snapshot().await?;
        let Some(stored) = tx.session(token.hash()).await? else { return Ok(None) };
        match times(&stored).state(now) {
            SessionState::Live => {}
            SessionState::IdleExpired | SessionState::Expired => return Ok(None),
        }
        let person = self.known(&mut tx, stored.person).await?;
        drop(tx);
        match person.account {
            Account::Active => {}
            Account::Invited | Account::Ended => return Ok(None),
        }
        if times(&stored).is_to_be_seen(now) {
            self.see(&stored, now).await?;
        }
        Ok(Some(SignedIn {
            person: person.id,
            name: person.name,
            email: person.email,
            roles: person.roles,
            came: CameWith::Session(LiveSession {
                id: stored.id,
                step_up: times(&stored).stepped_up(now),
                stored,
            }),
        }))
    }

    /// Who was there with this token, where the session ended by itself: nobody ended it.
    pub async fn whose_session_ended(&self, token: &str) -> Result<Option<PersonId>, Error> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let stored = self.db.snapshot().await?.session(token.hash()).await?;
        let ended = stored.filter(|stored| match times(stored).state(self.clock.now()) {
            SessionState::Live => false,
            SessionState::IdleExpired | SessionState::Expired => true,
        });
        Ok(ended.map(|stored| stored.person))
    }

    /// Notes that somebody is there. An import may hold the database for longer than one waits for
    /// a page: then it is noted with a later one.
    async fn see(&self, stored: &StoredSession, now: Timestamp) -> Result<(), Error> {
        const WAIT_MAX: Duration = Duration::from_secs(1);
        let see = async {
            let mut tx = self.db.begin().await?;
            tx.see_session(stored, now).await?;
            tx.commit().await
        };
        match tokio::time::timeout(WAIT_MAX, see).await {
            // Another page of theirs has noted it.
            Ok(Ok(()) | Err(store::Error::Conflict(_))) | Err(_) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
        }
    }

    /// The person proves once more that it is them. It holds for five minutes.
    pub async fn step_up(&self, who: &SignedIn, code: &str) -> Result<(), Error> {
        let subject = Subject::person(who.person);
        self.admit(&subject).await?;
        let keys = self.db.keys();
        let mut tx = self.db.begin().await?;
        let credentials = tx.credentials(keys, who.person).await?;
        // Who has passkeys alone has no authenticator that could show one.
        let credentials = credentials.ok_or(AccessRefusal::WrongCode)?;
        if !self.use_code(&mut tx, &credentials, code).await? {
            return Err(AccessRefusal::WrongCode.into());
        }
        tx.step_up_session(&who.session()?.stored, self.clock.now()).await.map_err(moved)?;
        tx.clear_attempts(keys, &subject.texts()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), Error> {
        match self.end_session(who.person, who.session()?.id).await {
            // It is over, as was wanted.
            Ok(()) | Err(Error::Access(AccessRefusal::NoSession)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Where a person is signed in, the newest first.
    pub async fn sessions(&self, person: PersonId) -> Result<Vec<SessionSeen>, Error> {
        let now = self.clock.now();
        let stored = self.db.snapshot().await?.sessions_of(person).await?;
        let live = stored.into_iter().filter(|stored| match times(stored).state(now) {
            SessionState::Live => true,
            SessionState::IdleExpired | SessionState::Expired => false,
        });
        Ok(live
            .map(|StoredSession { id, started_at, last_seen_at, user_agent, .. }| SessionSeen {
                id,
                started_at,
                last_seen_at,
                user_agent,
            })
            .collect())
    }

    /// Ends one of a person's sessions.
    pub async fn end_session(&self, person: PersonId, session: SessionId) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        match tx.end_session(session, person, self.clock.now()).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(store::Error::Conflict(_)) => Err(AccessRefusal::NoSession.into()),
            Err(error) => Err(error.into()),
        }
    }
}
