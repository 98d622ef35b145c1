//! What can happen to the account of one of the company’s people.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{RoleSet, ScopeSet};
use crate::id::{PasskeyId, TokenId};

/// Something that happened to a person’s account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum PersonEvent {
    /// A person of the company got a link to join with. Name and e-mail address are fields.
    PersonInvited {
        roles: RoleSet,
    },
    /// The person set what they sign in with.
    PersonJoined {},
    RolesChanged {
        roles: RoleSet,
    },
    /// The person can't sign in any more.
    PersonLeft {},
    /// All that the person came in with, and all tokens of their programs, open nothing from here
    /// on. They are who they were, and join anew with a link.
    AccessReset {},
    /// Wherever the person was signed in, they are not any more; they sign in again as ever.
    SessionsEnded {},
    /// The person signs in with a passkey more. Its name and its public key are fields.
    PasskeyAdded {
        passkey: PasskeyId,
    },
    PasskeyRemoved {
        passkey: PasskeyId,
    },
    /// A program may act for the person within these scopes. The token's name is a field.
    TokenIssued {
        token: TokenId,
        scopes: ScopeSet,
        /// The last day on which it is taken.
        expires_on: Date,
    },
    TokenRevoked {
        token: TokenId,
    },
}

kinds! { PersonEvent is Person {
    PersonInvited => "person_invited",
    PersonJoined => "person_joined",
    RolesChanged => "roles_changed",
    PersonLeft => "person_left",
    AccessReset => "access_reset",
    SessionsEnded => "sessions_ended",
    PasskeyAdded => "passkey_added",
    PasskeyRemoved => "passkey_removed",
    TokenIssued => "token_issued",
    TokenRevoked => "token_revoked",
}}
