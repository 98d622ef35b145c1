//! Keys stay apart when they are handed over.

use ledger::leaf::{Leaf, Role};
use ledger::link::LinkError;
use ledger::note::KeyKind;

use crate::common::Signer;
use crate::rejections::{append, base, check_link};
use crate::world::{ORIGIN, World};

/// Keys are apart, and stay so: one that two roles share would be stolen from both.
#[test]
fn hand_over_to_a_key_that_a_role_has_or_had() {
    let taken = |role: Role, new: &Signer, is: Role, before: &dyn Fn(&mut World)| {
        check_link(
            |world| {
                before(world);
                let old = world.signer(role).clone();
                append(world, Leaf::HandOver(World::hand_over_by(&old, role, new)));
            },
            LinkError::KeyAgain { of: role, is },
        );
    };
    let first = base();
    for role in Role::ALL {
        // The old key itself, another role's, and both when they are retired.
        for is in Role::ALL {
            let key = first.clone().signer(is).clone();
            taken(role, &key, is, &|_| {});
            taken(role, &key, is, &|world| {
                world.hand_over(is, 60);
                world.hand_over(is, 61);
            });
        }
        // One that came by hand-over.
        let key = Signer::new(ORIGIN, KeyKind::Ed25519, 62);
        taken(role, &key, Role::Report, &|world| {
            world.hand_over(Role::Report, 62);
        });
    }
}

#[test]
fn hand_over_to_the_key_of_a_witness() {
    for (role, seed) in [(Role::Log, 11), (Role::Report, 12), (Role::Receipt, 11)] {
        check_link(
            |world| {
                world.hand_over(role, seed);
            },
            LinkError::KeyOfWitness(role),
        );
    }
}
