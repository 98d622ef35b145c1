//! What an event makes of a person's account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Account, join, leave};
use crate::access::{RoleSet, ScopeSet};
use crate::event::PersonEvent;
use crate::id::{PasskeyId, TokenId};

/// A person among the company's people, as the events of their account made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub account: Account,
    /// Who has left keeps them: they say what the person was there for.
    pub roles: RoleSet,
    pub passkeys: BTreeSet<PasskeyId>,
    /// Those that nobody has revoked, with what they allow and their last day.
    pub tokens: BTreeMap<TokenId, (ScopeSet, Date)>,
}

/// The membership after one more event; `None` where the event can't follow, or is about no
/// account.
pub fn evolve(before: Option<Membership>, event: &PersonEvent) -> Option<Membership> {
    match event {
        // Again where the person has not joined: a new link, with the same roles.
        PersonEvent::PersonInvited { roles } => {
            if let Some(before) = before {
                join(before.account).ok()?;
            }
            let (passkeys, tokens) = Default::default();
            Some(Membership { account: Account::Invited, roles: *roles, passkeys, tokens })
        }
        PersonEvent::PersonJoined {} => {
            let before = before?;
            join(before.account).ok()?;
            Some(Membership { account: Account::Active, ..before })
        }
        PersonEvent::RolesChanged { roles } => {
            let before = before?;
            match before.account {
                Account::Invited | Account::Active => Some(Membership { roles: *roles, ..before }),
                Account::Ended => None,
            }
        }
        PersonEvent::PersonLeft {} => {
            let before = before?;
            leave(before.account).ok()?;
            let (passkeys, tokens) = Default::default();
            Some(Membership { account: Account::Ended, passkeys, tokens, ..before })
        }
        PersonEvent::AccessReset {} => {
            let before = active(before)?;
            let (passkeys, tokens) = Default::default();
            Some(Membership { account: Account::Invited, passkeys, tokens, ..before })
        }
        PersonEvent::SessionsEnded {} => active(before),
        PersonEvent::PasskeyAdded { passkey } => {
            let mut after = active(before)?;
            after.passkeys.insert(*passkey).then_some(after)
        }
        PersonEvent::PasskeyRemoved { passkey } => {
            let mut after = active(before)?;
            after.passkeys.remove(passkey).then_some(after)
        }
        PersonEvent::TokenIssued { token, scopes, expires_on } => {
            let mut after = active(before)?;
            let known = after.tokens.insert(*token, (*scopes, *expires_on));
            known.is_none().then_some(after)
        }
        PersonEvent::TokenRevoked { token } => {
            let mut after = active(before)?;
            after.tokens.remove(token)?;
            Some(after)
        }
    }
}

fn active(before: Option<Membership>) -> Option<Membership> {
    before.filter(|before| before.account == Account::Active)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::{Role, Scope};

    fn roles(role: Role) -> RoleSet {
        RoleSet::from_iter([role])
    }

    fn fold(events: &[PersonEvent]) -> Option<Membership> {
        let (first, rest) = events.split_first()?;
        rest.iter().try_fold(evolve(None, first)?, |before, event| evolve(Some(before), event))
    }

    #[test]
    fn an_account_is_what_its_events_say() {
        let invited = PersonEvent::PersonInvited { roles: roles(Role::Counsel) };
        let joined = PersonEvent::PersonJoined {};
        let changed = PersonEvent::RolesChanged { roles: roles(Role::Editor) };
        let left = PersonEvent::PersonLeft {};
        let (reset, signed_out) = (PersonEvent::AccessReset {}, PersonEvent::SessionsEnded {});
        let check = |events: &[&PersonEvent], expected: Option<(Account, Role)>| {
            let events: Vec<_> = events.iter().copied().cloned().collect();
            let folded = fold(&events).map(|after| (after.account, after.roles));
            let expected = expected.map(|(account, role)| (account, roles(role)));
            assert_eq!(folded, expected, "{events:?}");
        };
        check(&[&invited], Some((Account::Invited, Role::Counsel)));
        check(&[&invited, &invited, &joined], Some((Account::Active, Role::Counsel)));
        check(&[&invited, &changed, &joined], Some((Account::Active, Role::Editor)));
        // The same roles again: they were put right after somebody altered the row.
        check(&[&invited, &joined, &changed, &changed], Some((Account::Active, Role::Editor)));
        check(&[&invited, &joined, &left], Some((Account::Ended, Role::Counsel)));
        check(&[&invited, &left], Some((Account::Ended, Role::Counsel)));
        check(&[&invited, &joined, &reset], Some((Account::Invited, Role::Counsel)));
        check(&[&invited, &joined, &reset, &joined], Some((Account::Active, Role::Counsel)));
        // The link was lost, and another one made.
        check(&[&invited, &joined, &reset, &invited], Some((Account::Invited, Role::Counsel)));
        check(&[&invited, &joined, &signed_out], Some((Account::Active, Role::Counsel)));
        for unfit in [
            [&joined].as_slice(),
            &[&left],
            &[&changed],
            &[&invited, &joined, &joined],
            &[&invited, &joined, &invited],
            &[&invited, &left, &joined],
            &[&invited, &left, &left],
            &[&invited, &left, &changed],
            &[&reset],
            &[&invited, &reset],
            &[&invited, &joined, &reset, &reset],
            &[&invited, &joined, &left, &reset],
            &[&invited, &signed_out],
            &[&invited, &joined, &reset, &signed_out],
        ] {
            check(unfit, None);
        }
    }

    #[test]
    fn passkeys_and_tokens_are_those_that_were_made_and_not_taken_away() {
        let invited = PersonEvent::PersonInvited { roles: roles(Role::Counsel) };
        let joined = PersonEvent::PersonJoined {};
        let (one, two) = (PasskeyId(Uuid::from_u128(1)), PasskeyId(Uuid::from_u128(2)));
        let token = TokenId(Uuid::from_u128(3));
        let added = |passkey| PersonEvent::PasskeyAdded { passkey };
        let removed = |passkey| PersonEvent::PasskeyRemoved { passkey };
        let (scopes, expires_on) =
            (ScopeSet::from_iter([Scope::ReadRequests]), jiff::civil::date(2026, 9, 21));
        let issued = PersonEvent::TokenIssued { token, scopes, expires_on };
        let revoked = PersonEvent::TokenRevoked { token };
        let after = |events: &[&PersonEvent]| {
            let begin = [&invited, &joined];
            let events: Vec<_> = begin.into_iter().chain(events.iter().copied()).cloned().collect();
            fold(&events)
        };
        let (add_one, add_two, remove_one) = (added(one), added(two), removed(one));
        let has = after(&[&add_one, &add_two, &remove_one, &issued]).expect("they follow");
        assert_eq!(has.passkeys, BTreeSet::from([two]));
        assert_eq!(has.tokens, BTreeMap::from([(token, (scopes, expires_on))]));
        let has = after(&[&issued, &revoked]).expect("they follow");
        assert_eq!(has.tokens, BTreeMap::new());
        let left = after(&[&add_one, &issued, &PersonEvent::PersonLeft {}]).expect("they follow");
        assert!(left.passkeys.is_empty() && left.tokens.is_empty());
        let reset = PersonEvent::AccessReset {};
        let anew = after(&[&add_one, &issued, &reset, &joined]).expect("they follow");
        assert!(anew.passkeys.is_empty() && anew.tokens.is_empty());
        assert_eq!(anew.roles, roles(Role::Counsel));
        for unfit in [
            [&add_one, &add_one].as_slice(),
            &[&remove_one],
            &[&issued, &issued],
            &[&revoked],
            &[&PersonEvent::PersonLeft {}, &add_one],
            &[&PersonEvent::PersonLeft {}, &issued],
            &[&reset, &add_one],
            &[&add_one, &reset, &joined, &remove_one],
            &[&issued, &reset, &joined, &revoked],
        ] {
            assert_eq!(after(unfit), None, "{unfit:?}");
        }
    }
}
