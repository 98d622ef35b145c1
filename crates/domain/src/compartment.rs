//! A submission that only named people see, with its requests, texts and files: where an order
//! forbids even to say that it exists (18 U.S.C. § 2709(c); Investigatory Powers Act 2016, s. 57).
//! Everybody else finds nothing: not the reviewer, not the operator, no search.

use std::collections::BTreeSet;

use crate::access::{Permission, Role, RoleSet};
use crate::category::Category;
use crate::event::SubmissionEvent;
use crate::id::PersonId;
use crate::person::Account;

/// Who sees a submission that lies in a compartment.
pub type Compartment = BTreeSet<PersonId>;

/// Somebody who is to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    pub person: PersonId,
    pub account: Account,
    pub roles: RoleSet,
}

/// Why a compartment is not closed, changed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompartmentRefusal {
    #[error("it lies in a compartment already: say who sees it from now on")]
    Closed,
    #[error("it lies in no compartment")]
    NotClosed,
    #[error("these people see it already, and nobody else")]
    Unchanged,
    #[error("name yourself too: who can't see it can't answer for it")]
    NotAmongThem,
    #[error("name a legal counsel at least: without one nobody could decide on it")]
    NoCounsel,
    #[error("only who is named in its compartment sees it: assign it to one of them")]
    NotNamed,
    #[error("somebody who is named can't read requests, or has not joined")]
    NoReader,
}

impl Named {
    /// Whether they can sign in and decide.
    pub fn is_counsel(&self) -> bool {
        self.account == Account::Active && self.roles.contains(Role::Counsel)
    }

    /// Whether naming them lets them see anything.
    pub fn reads(&self) -> bool {
        self.account == Account::Active
            && Category::ALL.into_iter().any(|of| self.roles.may(Permission::ReadCases(of)))
    }
}

/// From now on nobody else sees it.
pub fn close(
    before: Option<&Compartment>,
    named: &[Named],
    by: PersonId,
) -> Result<SubmissionEvent, CompartmentRefusal> {
    if before.is_some() {
        return Err(CompartmentRefusal::Closed);
    }
    Ok(SubmissionEvent::CompartmentClosed { people: people(named, by)? })
}

/// Others see it from now on.
pub fn change(
    before: Option<&Compartment>,
    named: &[Named],
    by: PersonId,
) -> Result<SubmissionEvent, CompartmentRefusal> {
    let before = before.ok_or(CompartmentRefusal::NotClosed)?;
    let people = people(named, by)?;
    if people == *before {
        return Err(CompartmentRefusal::Unchanged);
    }
    Ok(SubmissionEvent::CompartmentChanged { people })
}

/// Lets a counsel in where none of those who are named can decide on it any more.
pub fn let_in(
    before: Option<&Compartment>,
    counsel: Named,
) -> Result<SubmissionEvent, CompartmentRefusal> {
    let before = before.ok_or(CompartmentRefusal::NotClosed)?;
    if !counsel.is_counsel() {
        return Err(CompartmentRefusal::NoCounsel);
    }
    let mut people = before.clone();
    if !people.insert(counsel.person) {
        return Err(CompartmentRefusal::Unchanged);
    }
    Ok(SubmissionEvent::CompartmentChanged { people })
}

/// Everybody who may read submissions sees it again.
pub fn open(before: Option<&Compartment>) -> Result<SubmissionEvent, CompartmentRefusal> {
    match before {
        Some(_) => Ok(SubmissionEvent::CompartmentOpened {}),
        None => Err(CompartmentRefusal::NotClosed),
    }
}

fn people(named: &[Named], by: PersonId) -> Result<Compartment, CompartmentRefusal> {
    if named.iter().all(|named| named.person != by) {
        return Err(CompartmentRefusal::NotAmongThem);
    }
    if !named.iter().all(Named::reads) {
        return Err(CompartmentRefusal::NoReader);
    }
    if !named.iter().any(Named::is_counsel) {
        return Err(CompartmentRefusal::NoCounsel);
    }
    Ok(named.iter().map(|named| named.person).collect())
}

/// What an event of a submission makes of its compartment.
pub fn evolve(before: Option<Compartment>, event: &SubmissionEvent) -> Option<Compartment> {
    match event {
        SubmissionEvent::CompartmentClosed { people }
        | SubmissionEvent::CompartmentChanged { people } => Some(people.clone()),
        SubmissionEvent::CompartmentOpened {} => None,
        SubmissionEvent::SubmissionReceived { .. }
        | SubmissionEvent::DocumentsAdded { .. }
        | SubmissionEvent::DeclaredNotARequest { .. }
        | SubmissionEvent::NotARequestTakenBack {}
        | SubmissionEvent::SubmissionErased { .. }
        | SubmissionEvent::LegalHoldPlaced { .. }
        | SubmissionEvent::LegalHoldLifted { .. } => before,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn named(n: u128, role: Role) -> Named {
        let person = PersonId(Uuid::from_u128(n));
        Named { person, account: Account::Active, roles: RoleSet::from_iter([role]) }
    }

    #[test]
    fn a_compartment_names_a_counsel_and_whoever_closes_it() {
        let (intake, counsel) = (named(1, Role::Intake), named(2, Role::Counsel));
        let by = intake.person;
        let people = BTreeSet::from([by, counsel.person]);
        let closed = close(None, &[intake, counsel], by).expect("closes");
        assert_eq!(closed, SubmissionEvent::CompartmentClosed { people: people.clone() });
        assert_eq!(evolve(None, &closed), Some(people.clone()));
        let left = Named { account: Account::Ended, ..counsel };
        for (named, refused) in [
            (vec![intake], CompartmentRefusal::NoCounsel),
            (vec![counsel], CompartmentRefusal::NotAmongThem),
            (vec![], CompartmentRefusal::NotAmongThem),
            (vec![intake, left], CompartmentRefusal::NoReader),
            (vec![intake, counsel, named(3, Role::Operator)], CompartmentRefusal::NoReader),
        ] {
            assert_eq!(close(None, &named, by), Err(refused), "{named:?}");
        }
        assert_eq!(close(Some(&people), &[intake, counsel], by), Err(CompartmentRefusal::Closed));
    }

    #[test]
    fn who_sees_it_changes_until_it_is_opened() {
        let (one, other) = (named(2, Role::Counsel), named(3, Role::Counsel));
        let people = BTreeSet::from([one.person]);
        let of = |named: &[Named]| change(Some(&people), named, one.person);
        assert_eq!(of(&[one]), Err(CompartmentRefusal::Unchanged));
        let both = BTreeSet::from([one.person, other.person]);
        assert_eq!(
            of(&[one, other]),
            Ok(SubmissionEvent::CompartmentChanged { people: both.clone() })
        );
        assert_eq!(change(None, &[one], one.person), Err(CompartmentRefusal::NotClosed));
        assert_eq!(open(None), Err(CompartmentRefusal::NotClosed));
        assert_eq!(evolve(Some(both.clone()), &open(Some(&both)).expect("opens")), None);
        // Whoever holds the machine lets in a counsel, and nobody else.
        let expected = SubmissionEvent::CompartmentChanged { people: both };
        assert_eq!(let_in(Some(&people), other), Ok(expected));
        let refused = let_in(Some(&people), named(4, Role::Reviewer));
        assert_eq!(refused, Err(CompartmentRefusal::NoCounsel));
    }
}
