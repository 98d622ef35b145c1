//! What a person comes in with beside their password: passkeys; and the tokens of their programs.

use jiff::civil::Date;

use super::{Account, PersonRefusal};
use crate::access::{Permission, RoleSet, Scope, ScopeSet};
use crate::event::PersonEvent;
use crate::id::{PasskeyId, TokenId};

/// A person has at most so many passkeys.
pub const PASSKEYS_MAX: usize = 20;
/// And so many tokens that are not revoked.
pub const TOKENS_MAX: usize = 50;
/// A token is taken for so many days at most, the day of its making included.
pub const TOKEN_DAYS_MAX: i32 = 365;
const NAME_CHARS_MAX: usize = 60;

/// What a person calls a passkey or a token: "my phone", "the intake mailbox".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeansName(String);

impl MeansName {
    /// Blanks around it are dropped.
    pub fn new(text: &str) -> Result<Self, PersonRefusal> {
        let text = text.trim();
        match text.chars().count() {
            1..=NAME_CHARS_MAX if !text.chars().any(char::is_control) => Ok(Self(text.to_owned())),
            _ => Err(PersonRefusal::NoMeansName),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person could still sign in with if something were taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaysLeft {
    pub passkeys: usize,
    /// A password and an authenticator.
    pub has_password: bool,
}

/// `passkeys` is how many the person has.
pub fn add_passkey(
    account: Account,
    passkeys: usize,
    passkey: PasskeyId,
) -> Result<PersonEvent, PersonRefusal> {
    is_active(account)?;
    match passkeys {
        0..PASSKEYS_MAX => Ok(PersonEvent::PasskeyAdded { passkey }),
        _ => Err(PersonRefusal::TooManyPasskeys),
    }
}

/// `left` is what remains after it. The last way in can't be removed.
pub fn remove_passkey(
    account: Account,
    left: WaysLeft,
    passkey: PasskeyId,
) -> Result<PersonEvent, PersonRefusal> {
    is_active(account)?;
    if left.passkeys == 0 && !left.has_password {
        return Err(PersonRefusal::LastWayIn);
    }
    Ok(PersonEvent::PasskeyRemoved { passkey })
}

/// A token that somebody wants for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAsked {
    pub token: TokenId,
    pub scopes: ScopeSet,
    /// The last day on which it is taken.
    pub expires_on: Date,
}

/// `tokens` is how many the person has that are not revoked. Each scope is of what the person may
/// do today; whether they still may is asked again at each use.
pub fn issue_token(
    (account, roles): (Account, RoleSet),
    tokens: usize,
    asked: TokenAsked,
    today: Date,
) -> Result<PersonEvent, PersonRefusal> {
    is_active(account)?;
    let TokenAsked { token, scopes, expires_on } = asked;
    if scopes.is_empty() {
        return Err(PersonRefusal::NoScope);
    }
    if scopes.iter().any(|scope| !may_have(roles, scope)) {
        return Err(PersonRefusal::ScopeBeyondRoles);
    }
    let days = (expires_on - today).get_days();
    if !(0..TOKEN_DAYS_MAX).contains(&days) {
        return Err(PersonRefusal::TokenExpiry);
    }
    match tokens {
        0..TOKENS_MAX => Ok(PersonEvent::TokenIssued { token, scopes, expires_on }),
        _ => Err(PersonRefusal::TooManyTokens),
    }
}

/// Whether something that a scope covers is among what the roles allow.
pub fn may_have(roles: RoleSet, scope: Scope) -> bool {
    Permission::ALL.into_iter().any(|one| scope.covers(one) && roles.may(one))
}

pub fn revoke_token(account: Account, token: TokenId) -> Result<PersonEvent, PersonRefusal> {
    is_active(account)?;
    Ok(PersonEvent::TokenRevoked { token })
}

fn is_active(account: Account) -> Result<(), PersonRefusal> {
    match account {
        Account::Active => Ok(()),
        Account::Invited => Err(PersonRefusal::NotJoined),
        Account::Ended => Err(PersonRefusal::Left),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::access::Role;

    const PASSKEY: PasskeyId = PasskeyId(Uuid::from_u128(1));
    const TOKEN: TokenId = TokenId(Uuid::from_u128(2));

    #[test]
    fn the_last_way_in_stays() {
        let check = |passkeys, has_password, expected| {
            let removed =
                remove_passkey(Account::Active, WaysLeft { passkeys, has_password }, PASSKEY);
            assert_eq!(removed.is_ok(), expected, "{passkeys} {has_password}");
        };
        check(0, false, false);
        check(0, true, true);
        check(1, false, true);
        check(1, true, true);
    }

    #[test]
    fn who_has_not_joined_or_has_left_adds_nothing() {
        for (account, refusal) in
            [(Account::Invited, PersonRefusal::NotJoined), (Account::Ended, PersonRefusal::Left)]
        {
            let left = WaysLeft { passkeys: 1, has_password: true };
            assert_eq!(add_passkey(account, 0, PASSKEY), Err(refusal));
            assert_eq!(remove_passkey(account, left, PASSKEY), Err(refusal));
            assert_eq!(revoke_token(account, TOKEN), Err(refusal));
        }
        let full = add_passkey(Account::Active, PASSKEYS_MAX, PASSKEY);
        assert_eq!(full, Err(PersonRefusal::TooManyPasskeys));
    }

    #[test]
    fn a_token_has_scopes_of_its_person_and_an_end_within_a_year() {
        let today = date(2026, 9, 21);
        let check = |role, scopes: &[Scope], expires_on, expected: Result<(), PersonRefusal>| {
            let scopes = scopes.iter().copied().collect();
            let asked = TokenAsked { token: TOKEN, scopes, expires_on };
            let who = (Account::Active, RoleSet::from_iter([role]));
            assert_eq!(issue_token(who, 0, asked, today).map(drop), expected, "{asked:?}");
        };
        let (read, write) = (Scope::ReadRequests, Scope::WriteSubmissions);
        check(Role::Counsel, &[read, write], today, Ok(()));
        check(Role::Expert, &[read], date(2027, 9, 20), Ok(()));
        check(Role::Expert, &[read], date(2027, 9, 21), Err(PersonRefusal::TokenExpiry));
        check(Role::Expert, &[read], date(2026, 9, 20), Err(PersonRefusal::TokenExpiry));
        check(Role::Expert, &[write], today, Err(PersonRefusal::ScopeBeyondRoles));
        check(Role::Operator, &[read], today, Err(PersonRefusal::ScopeBeyondRoles));
        check(Role::Counsel, &[], today, Err(PersonRefusal::NoScope));
        let asked =
            TokenAsked { token: TOKEN, scopes: ScopeSet::from_iter([read]), expires_on: today };
        let counsel = (Account::Active, RoleSet::from_iter([Role::Counsel]));
        let full = issue_token(counsel, TOKENS_MAX, asked, today);
        assert_eq!(full, Err(PersonRefusal::TooManyTokens));
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(MeansName::new(" my phone ").map(|name| name.0), Ok("my phone".to_owned()));
        for text in ["", " ", "a\nb", &"x".repeat(61)] {
            assert_eq!(MeansName::new(text), Err(PersonRefusal::NoMeansName), "{text}");
        }
    }
}
