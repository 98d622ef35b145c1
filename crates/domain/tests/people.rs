//! The rules on who may be let in as what, held against random sequences of what operators do.
//!
//! What came of them is judged from the events alone.

use std::collections::BTreeMap;

use domain::access::{Role, RoleSet};
use domain::event::PersonEvent;
use domain::id::{Actor, PersonId};
use domain::person::{
    Account, Colleague, Membership, change_roles, end_sessions, evolve, invite, is_told, join,
    leave, reset_access,
};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Whoever reads what came in or what becomes of it (SECURITY.md).
const READERS: [Role; 4] = [Role::Intake, Role::Counsel, Role::Expert, Role::Reviewer];
const CHECKERS: [Role; 3] = [Role::Counsel, Role::PrivacyOfficer, Role::Reviewer];

#[derive(Clone, Debug)]
enum Act {
    Invite(RoleSet),
    Join,
    ChangeRoles(RoleSet),
    Reset,
    EndSessions,
    Leave,
}

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn roles() -> impl Strategy<Value = RoleSet> {
    (0_u8..1 << Role::ALL.len()).prop_map(|bits| RoleSet::from_bits(bits).expect("roles"))
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        roles().prop_map(Act::Invite),
        Just(Act::Join),
        roles().prop_map(Act::ChangeRoles),
        Just(Act::Reset),
        Just(Act::EndSessions),
        Just(Act::Leave),
    ]
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        Just(Actor::OperatorCli),
        select(vec![1, 2, 3]).prop_map(|n| Actor::Person(person(n))),
    ]
}

/// What `app` does with an act: it asks the rules, and records the event that they give.
fn done(of: (PersonId, Option<&Membership>), act: &Act, by: Actor) -> Option<PersonEvent> {
    let (id, is) = of;
    let (account, roles) = match is {
        Some(is) => (is.account, is.roles),
        None => match act {
            Act::Invite(roles) => return invite(*roles).ok(),
            _ => return None,
        },
    };
    let colleague = Colleague { id, account, roles };
    match act {
        // A new link for who has not joined.
        Act::Invite(_) => join(account).and_then(|_| invite(roles)).ok(),
        Act::Join => join(account).ok(),
        Act::ChangeRoles(to) => change_roles(colleague, *to, by).ok(),
        Act::Reset => reset_access(colleague, by).ok(),
        Act::EndSessions => end_sessions(account).ok(),
        Act::Leave => leave(account).ok(),
    }
}

proptest! {
    #[test]
    fn nobody_runs_it_and_reads_and_nobody_lets_themselves_in(
        acts in proptest::collection::vec((select(vec![1, 2, 3]), act(), actor()), 0..60),
    ) {
        let mut people: BTreeMap<PersonId, Membership> = BTreeMap::new();
        for (n, act, by) in acts {
            let id = person(n);
            let before = people.get(&id).cloned();
            let Some(event) = done((id, before.as_ref()), &act, by) else { continue };
            let after = evolve(before.clone(), &event);
            let after = after.expect("what the rules gave follows on what was there");

            // Nobody is an operator and reads cases, whoever acted.
            let has = |of: RoleSet, any: &[Role]| any.iter().any(|role| of.contains(*role));
            prop_assert!(!(after.roles.contains(Role::Operator) && has(after.roles, &READERS)));
            prop_assert!(!after.roles.is_empty());
            // Nobody but another gave anybody roles, or reset what they sign in with.
            let is_own = by == Actor::Person(id);
            let of_others =
                matches!(event, PersonEvent::RolesChanged { .. } | PersonEvent::AccessReset {});
            prop_assert!(!(is_own && of_others));
            // Who was reset has nothing left, and is who they were.
            if event == (PersonEvent::AccessReset {}) {
                prop_assert_eq!(after.account, Account::Invited);
                prop_assert_eq!(Some(after.roles), before.as_ref().map(|is| is.roles));
                prop_assert!(after.passkeys.is_empty() && after.tokens.is_empty());
            }
            // No role that reads cases comes to anybody unseen, and no eye closes unseen.
            let was = before.map_or_else(RoleSet::default, |is| is.roles);
            let gained = READERS.iter().any(|role| {
                after.roles.contains(*role) && !was.contains(*role)
            });
            let closed = has(was, &CHECKERS)
                && (!has(after.roles, &CHECKERS) || after.account == Account::Ended);
            if gained || closed {
                prop_assert!(is_told(was, &event), "{:?} {:?}", was, event);
            }
            people.insert(id, after);
        }
    }
}
