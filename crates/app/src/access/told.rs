//! Who is told at once that somebody else reads cases, or may be somebody else than they were.
//!
//! Whoever lets people in can let themselves in, under another name or in the place of one. Nothing
//! here keeps them from it; those who check the work learn of it.

use domain::access::{Permission, RoleSet};
use domain::event::{Event, PersonEvent, Stream};
use domain::id::{Actor, PersonId, Position};
use domain::person::{self, Account};
use jiff::Timestamp;
use store::{MailKind, StoredEvent, Tx};

use super::SignedIn;
use crate::{Candor, Error};

/// More are not shown at once; those that were seen make room.
const NOTICES_SHOWN_MAX: u16 = 100;

/// Something that happened to somebody's account and that its reader has not seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessNotice {
    pub position: Position,
    pub at: Timestamp,
    pub by: Actor,
    pub whose: PersonId,
    pub event: PersonEvent,
}

impl Candor {
    /// Tells those who may read the audit trail, in the transaction of the event and before the
    /// person's row follows it: so who is to check no more is told as well. `before` are the
    /// person's roles as they were.
    pub(super) async fn tell_of_access(
        &self,
        tx: &mut Tx,
        (whose, before): (PersonId, RoleSet),
        event: &PersonEvent,
        (by, at): (Actor, Position),
    ) -> Result<(), Error> {
        if !person::is_told(before, event) {
            return Ok(());
        }
        // Whose access was reset has a mail of their own.
        let not_told = match event {
            PersonEvent::AccessReset {} => Some(whose),
            PersonEvent::PersonInvited { .. }
            | PersonEvent::PersonJoined {}
            | PersonEvent::RolesChanged { .. }
            | PersonEvent::PersonLeft {}
            | PersonEvent::SessionsEnded {}
            | PersonEvent::PasskeyAdded { .. }
            | PersonEvent::PasskeyRemoved { .. }
            | PersonEvent::TokenIssued { .. }
            | PersonEvent::TokenRevoked { .. } => None,
        };
        let people = tx.people(self.db.keys()).await?;
        let checks = people.iter().filter(|one| {
            one.account == Account::Active
                && one.roles.may(Permission::ReadTrail)
                && by != Actor::Person(one.id)
                && not_told != Some(one.id)
        });
        let checks: Vec<_> = checks.map(|one| one.id).collect();
        tx.put_access_notices(&checks, at).await?;
        self.enqueue_of_account(tx, &checks, (MailKind::ReadersChanged, whose), at).await
    }

    /// What happened to accounts that the person is told of and has not seen yet, the newest first.
    pub async fn access_notices(&self, by: &SignedIn) -> Result<Vec<AccessNotice>, Error> {
        by.may(Permission::ReadTrail)?;
        let mut tx = self.db.snapshot().await?;
        let events = tx.access_notices(by.person, NOTICES_SHOWN_MAX).await?;
        events.into_iter().map(notice).collect()
    }

    /// How many of them there are; none for who may not read them.
    pub async fn count_access_notices(&self, by: &SignedIn) -> Result<u64, Error> {
        match by.has(Permission::ReadTrail) {
            true => Ok(self.db.snapshot().await?.count_access_notices(by.person).await?),
            false => Ok(0),
        }
    }

    /// The person has seen them, up to this event.
    pub async fn see_access_notices(&self, until: Position, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::ReadTrail)?;
        // A program sees nothing for its person.
        by.session()?;
        let mut tx = self.db.begin().await?;
        tx.end_access_notices(by.person, until).await?;
        Ok(tx.commit().await?)
    }
}

fn notice(recorded: StoredEvent) -> Result<AccessNotice, Error> {
    let StoredEvent { position, at, actor, stream, event } = recorded;
    match (stream, event) {
        (Stream::Person(whose), Event::Person(event)) => {
            Ok(AccessNotice { position, at, by: actor, whose, event })
        }
        (_, other) => Err(Error::Store(store::Error::Inconsistent {
            table: "access_notice",
            row: position.to_string(),
            what: format!("it is about {}, and no account", other.kind()),
        })),
    }
}
