//! Who is there, what they are there for, and who is not any more.

use ::access::{INVITATION_LIFETIME, Token};
use domain::access::{Permission, Role, RoleSet};
use domain::event::{PersonEvent, Stream};
use domain::id::{Actor, PersonId, Position};
use domain::person::{self, Account, Colleague, EmailAddress, PersonName};
use jiff::Timestamp;
use store::{Change, MailKind, NewPerson, Person, Sight, Tx};

use super::{AccessRefusal, SignedIn, random};
use crate::conduct::moved;
use crate::ids::Ids;
use crate::{Candor, Error};

/// Somebody who is to join, as a form or the command line has them.
#[derive(Clone, Copy, Debug)]
pub struct Invitee<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub roles: RoleSet,
}

/// Somebody who was invited.
#[derive(Clone, Debug)]
pub struct Invited {
    pub person: PersonId,
    /// To be told to that person alone: who has it first sets the password.
    pub link: Token,
    pub expires_at: Timestamp,
}

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// Whoever holds the machine: so the first operator comes in, and one after the last was lost.
    OperatorCli,
    /// Somebody of the company, if they may.
    Person(&'a SignedIn),
}

impl By<'_> {
    /// Whoever holds the machine holds the keys of everything on it.
    pub(crate) fn sight(self) -> Sight {
        match self {
            Self::OperatorCli => Sight::whole(),
            Self::Person(who) => who.sight(),
        }
    }

    /// Refuses a person who has not the permission.
    pub(crate) fn may(self, permission: Permission) -> Result<Actor, Error> {
        match self {
            Self::OperatorCli => Ok(Actor::OperatorCli),
            Self::Person(who) => {
                who.may(permission)?;
                Ok(who.actor())
            }
        }
    }
}

impl Candor {
    /// Invites somebody. A crash before the commit leaves nothing; after it, the link is lost and
    /// [`Self::invite_again`] makes another.
    pub async fn invite(&self, invitee: Invitee<'_>, by: By<'_>) -> Result<Invited, Error> {
        let by = by.may(Permission::ManagePeople)?;
        let (name, email) = (PersonName::new(invitee.name)?, EmailAddress::new(invitee.email)?);
        let event = person::invite(invitee.roles)?;
        let id = PersonId(Ids::new(self.clock.now())?.make());
        let new = NewPerson::seal(self.db.keys(), id, (&name, &email), invitee.roles)?;
        let mut tx = self.db.begin().await?;
        tx.insert_person(&new).await.map_err(|error| match error {
            store::Error::Conflict(_) => AccessRefusal::EmailTaken.into(),
            error => Error::from(error),
        })?;
        let at = self.record_of(&mut tx, id, event.clone(), by).await?;
        self.tell_of_access(&mut tx, (id, RoleSet::default()), &event, (by, at)).await?;
        self.send_link(tx, id).await
    }

    /// Makes a new link for somebody who has not joined yet; the one before is void.
    pub async fn invite_again(&self, id: PersonId, by: By<'_>) -> Result<Invited, Error> {
        let by = by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        let invited = self.known(&mut tx, id).await?;
        // Who has joined or left can't join.
        person::join(invited.account)?;
        let event = person::invite(invited.roles)?;
        self.record_of(&mut tx, id, event, by).await?;
        self.send_link(tx, id).await
    }

    /// Ends the transaction: the link is there if and only if it is committed.
    async fn send_link(&self, mut tx: Tx, id: PersonId) -> Result<Invited, Error> {
        let link = Token::generate().map_err(random)?;
        let expires_at = self.clock.now() + INVITATION_LIFETIME;
        tx.put_invitation(link.hash(), id, expires_at).await?;
        self.enqueue_invitation(&mut tx, id, &link).await?;
        tx.commit().await?;
        Ok(Invited { person: id, link, expires_at })
    }

    /// Everyone who was ever invited, in that order; who has left too, since events name them.
    pub async fn people(&self) -> Result<Vec<Person>, Error> {
        Ok(self.db.snapshot().await?.people(self.db.keys()).await?)
    }

    /// One of the company's people.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, Error> {
        Ok(self.db.snapshot().await?.person(self.db.keys(), id).await?)
    }

    /// Gives a person other roles, from their next page on. The last operator stays one, and nobody
    /// changes their own.
    pub async fn change_roles(
        &self,
        id: PersonId,
        roles: RoleSet,
        by: By<'_>,
    ) -> Result<(), Error> {
        let by = by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        let was = self.known(&mut tx, id).await?;
        let event = person::change_roles(colleague(&was), roles, by)?;
        let at = self.record_of(&mut tx, id, event.clone(), by).await?;
        self.tell_of_access(&mut tx, (id, was.roles), &event, (by, at)).await?;
        tx.put_roles(&was, roles).await.map_err(moved)?;
        keep_an_operator(&mut tx, &was).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person can't sign in any more; where they are signed in, they are not from now on. The
    /// last operator stays.
    pub async fn end_person(&self, id: PersonId, by: By<'_>) -> Result<(), Error> {
        let by = by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        let was = self.known(&mut tx, id).await?;
        let event = person::leave(was.account)?;
        let at = self.record_of(&mut tx, id, event.clone(), by).await?;
        self.tell_of_access(&mut tx, (id, was.roles), &event, (by, at)).await?;
        tx.end_person(&was).await.map_err(moved)?;
        tx.end_sessions_of(id, None, self.clock.now()).await?;
        keep_an_operator(&mut tx, &was).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person who lost all that they sign in with, or of whom somebody else may have it: none of
    /// it opens anything any more, nor do their sessions and tokens, and they join anew with the
    /// link. They are who they were, so what they did bars them as before.
    pub async fn reset_access(&self, id: PersonId, by: By<'_>) -> Result<Invited, Error> {
        let actor = by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        let was = self.known(&mut tx, id).await?;
        let event = person::reset_access(colleague(&was), actor)?;
        let at = self.record_of(&mut tx, id, event.clone(), actor).await?;
        self.tell_of_access(&mut tx, (id, was.roles), &event, (actor, at)).await?;
        self.enqueue_of_account(&mut tx, &[id], (MailKind::AccessReset, id), at).await?;
        tx.reset_access(&was).await.map_err(moved)?;
        tx.end_sessions_of(id, None, self.clock.now()).await?;
        match by {
            By::Person(_) => keep_an_operator(&mut tx, &was).await?,
            // The last operator may be the one who lost everything.
            By::OperatorCli => {}
        }
        self.send_link(tx, id).await
    }

    /// A person is signed in nowhere any more. What they sign in with stays, and so do the tokens of
    /// their programs.
    pub async fn end_sessions(&self, id: PersonId, by: By<'_>) -> Result<(), Error> {
        let by = by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        let event = person::end_sessions(self.known(&mut tx, id).await?.account)?;
        self.record_of(&mut tx, id, event, by).await?;
        tx.end_sessions_of(id, None, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn known(&self, tx: &mut Tx, id: PersonId) -> Result<Person, Error> {
        let person = tx.person(self.db.keys(), id).await?;
        person.ok_or_else(|| AccessRefusal::NoPerson(id).into())
    }

    /// Records what happened to a person's account, and says where it stands among all events.
    pub(super) async fn record_of(
        &self,
        tx: &mut Tx,
        id: PersonId,
        event: PersonEvent,
        by: Actor,
    ) -> Result<Position, Error> {
        let version = tx.version(Stream::Person(id)).await?;
        let change = Change::of_person(id, version, vec![event]);
        let recorded = tx.record(self.clock.now(), by, &[change]).await.map_err(moved)?;
        Ok(recorded.position)
    }

    /// Whether somebody runs the machine and reads cases, as nobody can become any more.
    pub(crate) async fn examine_operators(
        &self,
        tx: &mut Tx,
    ) -> Result<Result<String, String>, Error> {
        let people = tx.people(self.db.keys()).await?;
        let both = people.iter().filter(|one| {
            one.account != Account::Ended
                && one.roles.contains(Role::Operator)
                && one.roles.read_cases()
        });
        let both: Vec<_> = both.map(|one| one.id.to_string()).collect();
        Ok(match both.as_slice() {
            [] => Ok("no operator reads cases".to_owned()),
            ids => Err(format!(
                "{} both run the machine and read cases, which an earlier version let them: give \
                 each a second account for the one of the two, and take that role away from the \
                 first, under People",
                ids.join(", ")
            )),
        })
    }
}

fn colleague(was: &Person) -> Colleague {
    Colleague { id: was.id, account: was.account, roles: was.roles }
}

/// Counted after the change was recorded: who changes another person at the same moment waits for
/// this transaction to end, so that no two can take each other's role.
async fn keep_an_operator(tx: &mut Tx, was: &Person) -> Result<(), Error> {
    let left = tx.operators().await?;
    Ok(person::keep_an_operator((was.account, was.roles), left)?)
}
