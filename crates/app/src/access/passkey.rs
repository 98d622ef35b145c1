//! Passkeys: signing in with one, joining with one, proving with one who one is, and keeping the
//! list of one's own.
//!
//! **A challenge is good for one ceremony of one browser or session, for ten minutes, and once.**
//! It carries its own end and a keyed hash over what it was given out for, so that asking writes
//! nothing, however often a page is loaded; that it was answered is written together with what the
//! answer lets happen.

use ::access::{Holder, Origin, Passkey, RelyingParty, Residence, Token, Told};
use domain::id::{Actor, PasskeyId, PersonId, Sha256Hash};
use domain::person::{self, Account, EmailAddress, MeansName, PersonName, WaysLeft};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::{
    Change, NewPasskey, NewSession, Person, SealedPassword, SealedTotp, SessionId, StoredPasskey,
    Tx,
};

use super::{AccessRefusal, SignedIn, random, strange};
use crate::conduct::moved;
use crate::ids::Ids;
use crate::{Candor, Error};

/// A page may lie open for so long before its button is pressed and the authenticator answers.
const CHALLENGE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
const NONCE_SIZE_BYTES: usize = 16;
/// Half of HMAC-SHA-256, which RFC 2104, section 5, allows.
const MAC_SIZE_BYTES: usize = 16;

/// What a challenge is given out for.
#[derive(Clone, Copy, Debug)]
enum Ceremony<'a> {
    /// By a browser that holds this cookie.
    SignIn(&'a str),
    StepUp(SessionId),
    Add(SessionId),
    /// By whoever has the link with this hash.
    Join(Sha256Hash),
}

impl Ceremony<'_> {
    fn texts(self) -> [String; 2] {
        match self {
            Self::SignIn(visit) => ["sign_in".to_owned(), visit.to_owned()],
            Self::StepUp(session) => ["step_up".to_owned(), session.0.to_string()],
            Self::Add(session) => ["add".to_owned(), session.0.to_string()],
            Self::Join(link) => ["join".to_owned(), link.to_string()],
        }
    }
}

/// A challenge that came back as it was given out, and is not too old.
#[derive(Clone, Debug)]
struct Good {
    challenge: Vec<u8>,
    expires_at: Timestamp,
}

impl Good {
    fn hash(&self) -> Sha256Hash {
        Sha256Hash(Sha256::digest(&self.challenge).into())
    }
}

/// A passkey as its person sees it in the list of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySeen {
    pub id: PasskeyId,
    pub name: MeansName,
    pub added_on: Date,
    pub last_used_on: Option<Date>,
    pub kept: Residence,
}

/// With what a person can come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    pub passkeys: Vec<PasskeySeen>,
    /// A password and an authenticator.
    pub has_password: bool,
}

impl Candor {
    /// Under which the console is known to authenticators; `None` where none is set.
    fn relying_party(&self) -> Result<Option<RelyingParty>, Error> {
        let name = format!("candor {}", self.config.publisher.name);
        let of = |origin: Origin| RelyingParty::new(&origin, &name);
        Ok(self.config.console.read()?.map(of))
    }

    fn known_party(&self) -> Result<RelyingParty, Error> {
        self.relying_party()?.ok_or_else(|| AccessRefusal::NoPasskeys.into())
    }

    fn challenge(&self, of: Ceremony<'_>) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_SIZE_BYTES];
        getrandom::fill(&mut nonce).map_err(random)?;
        let expires_at = self.clock.now() + CHALLENGE_LIFETIME;
        let mut challenge = nonce.to_vec();
        challenge.extend(expires_at.as_microsecond().to_be_bytes());
        let mac = self.mac_of(of, &challenge);
        challenge.extend(mac);
        Ok(challenge)
    }

    fn mac_of(&self, of: Ceremony<'_>, challenge: &[u8]) -> [u8; MAC_SIZE_BYTES] {
        let hex: String = challenge.iter().map(|byte| format!("{byte:02x}")).collect();
        let [what, whose] = of.texts();
        let mac = self.db.keys().mac(&["challenge", &what, &whose, &hex]);
        *mac.first_chunk().expect("32 bytes hold 16")
    }

    /// Whether we gave this challenge out for this, and lately.
    fn check(&self, of: Ceremony<'_>, challenge: Vec<u8>) -> Result<Good, AccessRefusal> {
        let (begin, mac) =
            challenge.split_last_chunk::<MAC_SIZE_BYTES>().ok_or(AccessRefusal::ChallengeOver)?;
        let (nonce, expires) = begin.split_last_chunk().ok_or(AccessRefusal::ChallengeOver)?;
        let expires_at = Timestamp::from_microsecond(i64::from_be_bytes(*expires));
        let expires_at = expires_at.map_err(|_| AccessRefusal::ChallengeOver)?;
        // How long the comparison takes tells nothing of use: who wants a challenge is given one.
        let is_ours = nonce.len() == NONCE_SIZE_BYTES && self.mac_of(of, begin) == *mac;
        match is_ours && self.clock.now() < expires_at {
            true => Ok(Good { challenge, expires_at }),
            false => Err(AccessRefusal::ChallengeOver),
        }
    }

    /// A text that names one browser's visit to the page where one signs in, for its cookie.
    pub fn new_visit(&self) -> Result<String, Error> {
        Ok(Token::generate().map_err(random)?.reveal())
    }

    /// What the browser is asked when somebody signs in; `None` where passkeys don't work. `visit`
    /// is what the browser holds as a cookie: the answer has to come from the same one.
    pub fn ask_to_sign_in(&self, visit: &str) -> Result<Option<String>, Error> {
        let Some(party) = self.relying_party()? else { return Ok(None) };
        let challenge = self.challenge(Ceremony::SignIn(visit))?;
        Ok(Some(party.ask_to_prove(&[], &challenge)))
    }

    /// Lets somebody in who has a passkey, and was verified by its authenticator.
    pub async fn sign_in_with_passkey(
        &self,
        visit: &str,
        answer: &str,
        user_agent: &str,
    ) -> Result<Token, Error> {
        let token = Token::generate().map_err(random)?;
        let told = Told::read(answer).ok_or(AccessRefusal::Passkey)?;
        let good = self.check(Ceremony::SignIn(visit), told.challenge)?;
        let mut tx = self.db.begin().await?;
        let known = tx.passkey_named(self.db.keys(), &told.credential_id).await?;
        let known = known.ok_or(AccessRefusal::Passkey)?;
        self.prove(&mut tx, &known, (answer, &good)).await.map_err(|error| match error {
            Error::Access(AccessRefusal::NotProven(why)) => {
                tracing::info!(%why, passkey = %known.id, "somebody was not let in");
                AccessRefusal::Passkey.into()
            }
            error => error,
        })?;
        match self.known(&mut tx, known.person).await?.account {
            Account::Active => {}
            Account::Invited | Account::Ended => return Err(AccessRefusal::Passkey.into()),
        }
        self.begin_session(&mut tx, &token, known.person, user_agent).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// What the browser is asked when a person proves once more that it is them; `None` where they
    /// have no passkey.
    pub async fn ask_to_step_up(&self, who: &SignedIn) -> Result<Option<String>, Error> {
        let Some(party) = self.relying_party()? else { return Ok(None) };
        let mut tx = self.db.snapshot().await?;
        let passkeys = self.read_passkeys(&mut tx, who.person).await?;
        if passkeys.is_empty() {
            return Ok(None);
        }
        let passkeys: Vec<_> = passkeys.into_iter().map(|(_, passkey)| passkey).collect();
        let challenge = self.challenge(Ceremony::StepUp(who.session()?.id))?;
        Ok(Some(party.ask_to_prove(&passkeys, &challenge)))
    }

    /// The same as [`Self::step_up`], with a passkey of theirs.
    pub async fn step_up_with_passkey(&self, who: &SignedIn, answer: &str) -> Result<(), Error> {
        let told = Told::read(answer).ok_or(AccessRefusal::Passkey)?;
        let good = self.check(Ceremony::StepUp(who.session()?.id), told.challenge)?;
        let mut tx = self.db.begin().await?;
        let known = tx.passkey_named(self.db.keys(), &told.credential_id).await?;
        let known = known.filter(|known| known.person == who.person);
        let known = known.ok_or(AccessRefusal::NoPasskey)?;
        self.prove(&mut tx, &known, (answer, &good)).await?;
        tx.step_up_session(&who.session()?.stored, self.clock.now()).await.map_err(moved)?;
        tx.commit().await?;
        Ok(())
    }

    /// Holds an answer against the passkey, and notes that both were used. The commit is the
    /// caller's: without it nothing was used up.
    async fn prove(
        &self,
        tx: &mut Tx,
        known: &StoredPasskey,
        (answer, good): (&str, &Good),
    ) -> Result<(), Error> {
        let party = self.known_party()?;
        let passkey = read(known)?;
        let after = party
            .proven(answer, &good.challenge, (&passkey, known.person))
            .map_err(AccessRefusal::from)?;
        self.use_up(tx, good).await?;
        let used = (after.reveal(), self.today());
        // Somebody used or removed it at the same moment.
        tx.use_passkey(self.db.keys(), known, (&used.0, used.1)).await.map_err(|e| match e {
            store::Error::Conflict(_) => AccessRefusal::ChallengeOver.into(),
            error => Error::from(error),
        })
    }

    async fn use_up(&self, tx: &mut Tx, good: &Good) -> Result<(), Error> {
        match tx.use_challenge(good.hash(), (self.clock.now(), good.expires_at)).await {
            Ok(()) => Ok(()),
            Err(store::Error::Conflict(_)) => Err(AccessRefusal::ChallengeOver.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// What the browser is asked when a person adds a passkey, for who proved just now that it is
    /// them; `None` where passkeys don't work.
    pub async fn ask_to_add(&self, who: &SignedIn) -> Result<Option<String>, Error> {
        who.stepped_up()?;
        let Some(party) = self.relying_party()? else { return Ok(None) };
        let mut tx = self.db.snapshot().await?;
        let existing = self.read_passkeys(&mut tx, who.person).await?;
        let existing: Vec<_> = existing.into_iter().map(|(_, passkey)| passkey).collect();
        let challenge = self.challenge(Ceremony::Add(who.session()?.id))?;
        let holder = holder(who.person, &who.name, &who.email);
        Ok(Some(party.ask_to_create(holder, &existing, &challenge)))
    }

    /// A person signs in with one passkey more from now on.
    pub async fn add_passkey(
        &self,
        who: &SignedIn,
        (name, answer): (&str, &str),
    ) -> Result<(), Error> {
        who.stepped_up()?;
        let name = MeansName::new(name)?;
        let (passkey, good) = self.created(Ceremony::Add(who.session()?.id), answer)?;
        let mut tx = self.db.begin().await?;
        let account = self.known(&mut tx, who.person).await?.account;
        let count = tx.passkeys_of(self.db.keys(), who.person).await?.len();
        let id = PasskeyId(Ids::new(self.clock.now())?.make());
        let event = person::add_passkey(account, count, id)?;
        self.record_of(&mut tx, who.person, event, who.actor()).await?;
        self.use_up(&mut tx, &good).await?;
        self.insert_passkey(&mut tx, (id, who.person), (&name, &passkey)).await?;
        tx.commit().await?;
        Ok(())
    }

    fn created(&self, of: Ceremony<'_>, answer: &str) -> Result<(Passkey, Good), Error> {
        let party = self.known_party()?;
        let told = Told::read(answer).ok_or(AccessRefusal::ChallengeOver)?;
        let good = self.check(of, told.challenge)?;
        let passkey = party.created(answer, &good.challenge).map_err(AccessRefusal::from)?;
        Ok((passkey, good))
    }

    async fn insert_passkey(
        &self,
        tx: &mut Tx,
        (id, person): (PasskeyId, PersonId),
        (name, passkey): (&MeansName, &Passkey),
    ) -> Result<(), Error> {
        let credential = passkey.reveal();
        let new = NewPasskey {
            id,
            person,
            credential_id: passkey.credential_id(),
            name,
            credential: &credential,
            added_on: self.today(),
        };
        tx.insert_passkey(self.db.keys(), new).await.map_err(|error| match error {
            store::Error::Conflict(_) => AccessRefusal::PasskeyTaken.into(),
            error => Error::from(error),
        })
    }

    /// With what a person can come in.
    pub async fn ways_in(&self, person: PersonId) -> Result<Ways, Error> {
        let mut tx = self.db.snapshot().await?;
        let passkeys = self.read_passkeys(&mut tx, person).await?;
        let seen = passkeys.into_iter().map(|(stored, passkey)| PasskeySeen {
            id: stored.id,
            name: stored.name,
            added_on: stored.added_on,
            last_used_on: stored.last_used_on,
            kept: passkey.kept(),
        });
        Ok(Ways { passkeys: seen.collect(), has_password: tx.has_password(person).await? })
    }

    async fn read_passkeys(
        &self,
        tx: &mut Tx,
        person: PersonId,
    ) -> Result<Vec<(StoredPasskey, Passkey)>, Error> {
        let stored = tx.passkeys_of(self.db.keys(), person).await?;
        stored.into_iter().map(|one| read(&one).map(|passkey| (one, passkey))).collect()
    }

    /// A passkey lets nobody in any more, and all other sessions of its person end: the device may
    /// be in other hands. The last way in stays.
    pub async fn remove_passkey(&self, who: &SignedIn, id: PasskeyId) -> Result<(), Error> {
        who.stepped_up()?;
        let mut tx = self.db.begin().await?;
        let account = self.known(&mut tx, who.person).await?.account;
        let passkeys = tx.passkeys_of(self.db.keys(), who.person).await?;
        if passkeys.iter().all(|one| one.id != id) {
            return Err(AccessRefusal::NoPasskey.into());
        }
        let has_password = tx.has_password(who.person).await?;
        let left = WaysLeft { passkeys: passkeys.len() - 1, has_password };
        let event = person::remove_passkey(account, left, id)?;
        self.record_of(&mut tx, who.person, event, who.actor()).await?;
        tx.delete_passkey(id, who.person).await.map_err(moved)?;
        tx.end_sessions_of(who.person, Some(who.session()?.id), self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the browser is asked when somebody joins; `None` where passkeys don't work.
    pub async fn ask_to_join(&self, token: &str) -> Result<Option<String>, Error> {
        let Some(party) = self.relying_party()? else { return Ok(None) };
        let link = self.link(&mut self.db.snapshot().await?, token).await?;
        let link = link.ok_or(AccessRefusal::NoInvitation)?;
        let challenge = self.challenge(Ceremony::Join(link.token))?;
        let Person { id, name, email, .. } = &link.person;
        Ok(Some(party.ask_to_create(holder(*id, name, email), &[], &challenge)))
    }

    /// The person joins with a passkey and nothing else. The link is used up, and they are signed
    /// in. A crash before the commit leaves the link.
    pub async fn join_with_passkey(
        &self,
        token: &str,
        (name, answer): (&str, &str),
        user_agent: &str,
    ) -> Result<Token, Error> {
        let name = MeansName::new(name)?;
        let link = self.link(&mut self.db.snapshot().await?, token).await?;
        let link = link.ok_or(AccessRefusal::NoInvitation)?;
        let (passkey, good) = self.created(Ceremony::Join(link.token), answer)?;
        let (id, keys) = (link.person.id, self.db.keys());
        let made = PasskeyId(Ids::new(self.clock.now())?.make());
        let added = person::add_passkey(Account::Active, 0, made)?;
        let events = vec![person::join(link.person.account)?, added];
        let session = Token::generate().map_err(random)?;
        let mut tx = self.db.begin().await?;
        let version = tx.version(domain::event::Stream::Person(id)).await?;
        let change = Change::of_person(id, version, events);
        tx.record(self.clock.now(), Actor::Person(id), &[change]).await.map_err(moved)?;
        self.use_up(&mut tx, &good).await?;
        tx.take_invitation(link.token).await.map_err(moved)?;
        let (password, totp) = (SealedPassword::none(keys, id)?, SealedTotp::none(keys, id)?);
        tx.activate_person(id, &password, &totp).await.map_err(moved)?;
        self.insert_passkey(&mut tx, (made, id), (&name, &passkey)).await?;
        self.begin_session(&mut tx, &session, id, user_agent).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn begin_session(
        &self,
        tx: &mut Tx,
        token: &Token,
        person: PersonId,
        user_agent: &str,
    ) -> Result<(), Error> {
        let new = NewSession {
            id: self.new_session_id()?,
            token: token.hash(),
            person,
            started_at: self.clock.now(),
            user_agent,
        };
        Ok(tx.insert_session(new).await?)
    }
}

fn holder<'a>(id: PersonId, name: &'a PersonName, email: &'a EmailAddress) -> Holder<'a> {
    Holder { id, name, email }
}

fn read(stored: &StoredPasskey) -> Result<Passkey, Error> {
    Passkey::read(&stored.credential).ok_or_else(|| strange(stored.person, "its passkey is none"))
}
