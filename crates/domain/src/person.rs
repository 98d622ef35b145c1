//! The company's own people: how one comes, what they are there for, and how they leave.

mod evolve;
mod means;

use std::fmt;

pub use evolve::{Membership, evolve};
pub use means::{
    MeansName, PASSKEYS_MAX, TOKEN_DAYS_MAX, TOKENS_MAX, TokenAsked, WaysLeft, add_passkey,
    issue_token, may_have, remove_passkey, revoke_token,
};

use crate::access::{Permission, Role, RoleSet};
use crate::category::{UnknownCode, find};
use crate::event::PersonEvent;
use crate::id::{Actor, PersonId};

/// Where a person's account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// They have a link to join with, and act next.
    Invited,
    /// They can sign in.
    Active,
    /// They left. Nobody acts; what they did stays under their id.
    Ended,
}

impl Account {
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Ended];

    /// The code used in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Why something can't be done with a person's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    #[error("an e-mail address is like name@example.com, at most {EMAIL_SIZE_BYTES_MAX} bytes")]
    NoEmail,
    #[error("a name has 1 to {NAME_CHARS_MAX} characters on one line")]
    NoName,
    #[error("a person has at least one role")]
    NoRole,
    #[error(
        "an operator reads no case: who is operator has none of the roles intake, legal counsel, \
         technical expert and independent reviewer; who does both has two accounts, each with an \
         e-mail address of its own"
    )]
    OperatorReadsNoCase,
    #[error(
        "nobody does this to their own account: another operator does, or whoever holds the machine"
    )]
    OwnAccount,
    #[error("the person has these roles already")]
    SameRoles,
    #[error("the person has joined already")]
    Joined,
    #[error("the person has left: invite them anew")]
    Left,
    #[error("nobody else is an operator: give somebody that role first")]
    LastOperator,
    #[error("the person has not joined yet")]
    NotJoined,
    #[error("give it a name of 1 to 60 characters on one line")]
    NoMeansName,
    #[error("a person has at most {PASSKEYS_MAX} passkeys: remove one first")]
    TooManyPasskeys,
    #[error(
        "this is the last thing you could sign in with: add another passkey, or a password with an \
         authenticator, first"
    )]
    LastWayIn,
    #[error("choose at least one thing that the program may do")]
    NoScope,
    #[error("a program can do nothing that you may not do")]
    ScopeBeyondRoles,
    #[error("a token ends on a day between today and a year from now")]
    TokenExpiry,
    #[error("a person has at most {TOKENS_MAX} tokens: revoke one first")]
    TooManyTokens,
}

/// RFC 5321, section 4.5.3.1.3, less the two angle brackets of a path.
const EMAIL_SIZE_BYTES_MAX: usize = 254;
/// RFC 5321, section 4.5.3.1.1.
const LOCAL_PART_SIZE_BYTES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 100;

/// By which a person signs in. Whether a letter arrives there is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes the forms of RFC 5321 that mail providers give out: no quoted local part, no address
    /// literal. Blanks around it are dropped.
    pub fn new(text: &str) -> Result<Self, PersonRefusal> {
        let text = text.trim();
        let (local, host) = text.split_once('@').ok_or(PersonRefusal::NoEmail)?;
        let is_plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !r#""(),:;<>@[\]"#.contains(c);
        let is_dotted = |part: &str| part.split('.').all(|atom| !atom.is_empty());
        let is_fine = text.len() <= EMAIL_SIZE_BYTES_MAX
            && local.len() <= LOCAL_PART_SIZE_BYTES_MAX
            && local.chars().chain(host.chars()).all(is_plain)
            && is_dotted(local)
            && is_dotted(host);
        if is_fine { Ok(Self(text.to_owned())) } else { Err(PersonRefusal::NoEmail) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for all ways to write it in small and capital letters. RFC 5321 leaves the case of
    /// the local part to the receiver, but two people whose addresses differ in nothing else would
    /// be taken for each other.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(local, _)| local)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the others call a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Blanks around it are dropped.
    pub fn new(text: &str) -> Result<Self, PersonRefusal> {
        let text = text.trim();
        match text.chars().count() {
            1..=NAME_CHARS_MAX if !text.chars().any(char::is_control) => Ok(Self(text.to_owned())),
            _ => Err(PersonRefusal::NoName),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody gets a link to join with.
pub fn invite(roles: RoleSet) -> Result<PersonEvent, PersonRefusal> {
    fit(roles)?;
    Ok(PersonEvent::PersonInvited { roles })
}

/// Whoever lets people in does not read what they read. Who had both before there was this rule
/// keeps them until somebody changes their roles.
fn fit(roles: RoleSet) -> Result<(), PersonRefusal> {
    if roles.is_empty() {
        Err(PersonRefusal::NoRole)
    } else if roles.contains(Role::Operator) && roles.read_cases() {
        Err(PersonRefusal::OperatorReadsNoCase)
    } else {
        Ok(())
    }
}

/// The person set a password and proved a second factor.
pub fn join(account: Account) -> Result<PersonEvent, PersonRefusal> {
    match account {
        Account::Invited => Ok(PersonEvent::PersonJoined {}),
        Account::Active => Err(PersonRefusal::Joined),
        Account::Ended => Err(PersonRefusal::Left),
    }
}

/// A person whose account is about to change, as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colleague {
    pub id: PersonId,
    pub account: Account,
    pub roles: RoleSet,
}

impl Colleague {
    fn is_another_than(self, by: Actor) -> Result<(), PersonRefusal> {
        if by == Actor::Person(self.id) { Err(PersonRefusal::OwnAccount) } else { Ok(()) }
    }
}

pub fn change_roles(of: Colleague, to: RoleSet, by: Actor) -> Result<PersonEvent, PersonRefusal> {
    of.is_another_than(by)?;
    match of.account {
        Account::Ended => Err(PersonRefusal::Left),
        Account::Invited | Account::Active if to == of.roles => Err(PersonRefusal::SameRoles),
        Account::Invited | Account::Active => {
            fit(to)?;
            Ok(PersonEvent::RolesChanged { roles: to })
        }
    }
}

/// The person can't sign in any more.
pub fn leave(account: Account) -> Result<PersonEvent, PersonRefusal> {
    match account {
        Account::Invited | Account::Active => Ok(PersonEvent::PersonLeft {}),
        Account::Ended => Err(PersonRefusal::Left),
    }
}

/// The person lost all that they sign in with, or somebody else may have it. They stay who they
/// are, so that whatever they did before bars them as ever.
pub fn reset_access(of: Colleague, by: Actor) -> Result<PersonEvent, PersonRefusal> {
    of.is_another_than(by)?;
    match of.account {
        Account::Active => Ok(PersonEvent::AccessReset {}),
        Account::Invited => Err(PersonRefusal::NotJoined),
        Account::Ended => Err(PersonRefusal::Left),
    }
}

/// The person is signed in nowhere any more.
pub fn end_sessions(account: Account) -> Result<PersonEvent, PersonRefusal> {
    match account {
        Account::Active => Ok(PersonEvent::SessionsEnded {}),
        Account::Invited => Err(PersonRefusal::NotJoined),
        Account::Ended => Err(PersonRefusal::Left),
    }
}

/// Whether those who check the work are told of an event of somebody's account at once: that
/// somebody reads cases who did not, that whoever has a link comes in as somebody who does, or that
/// one fewer checks. `before` are the person's roles as they were, empty for who is new.
pub fn is_told(before: RoleSet, event: &PersonEvent) -> bool {
    let gains =
        |after: RoleSet| after.iter().any(|role| role.reads_cases() && !before.contains(role));
    let checked = before.may(Permission::ReadTrail);
    match event {
        PersonEvent::PersonInvited { roles } => gains(*roles),
        PersonEvent::RolesChanged { roles } => {
            gains(*roles) || (checked && !roles.may(Permission::ReadTrail))
        }
        PersonEvent::AccessReset {} => before.read_cases(),
        PersonEvent::PersonLeft {} => checked,
        PersonEvent::PersonJoined {}
        | PersonEvent::SessionsEnded {}
        | PersonEvent::PasskeyAdded { .. }
        | PersonEvent::PasskeyRemoved { .. }
        | PersonEvent::TokenIssued { .. }
        | PersonEvent::TokenRevoked { .. } => false,
    }
}

/// Somebody is left who can let others in, where there was somebody. `before` is the person whose
/// account is changed, as it was; `operators_left` counts active operators after the change.
pub fn keep_an_operator(
    before: (Account, RoleSet),
    operators_left: u64,
) -> Result<(), PersonRefusal> {
    let (account, roles) = before;
    let was_operator = account == Account::Active && roles.contains(Role::Operator);
    if was_operator && operators_left == 0 { Err(PersonRefusal::LastOperator) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNSEL: [Role; 1] = [Role::Counsel];

    #[test]
    fn an_account_goes_one_way() {
        let roles = RoleSet::from_iter(COUNSEL);
        assert_eq!(invite(roles), Ok(PersonEvent::PersonInvited { roles }));
        assert_eq!(invite(RoleSet::default()), Err(PersonRefusal::NoRole));
        for (account, joins, leaves) in [
            (Account::Invited, Ok(PersonEvent::PersonJoined {}), Ok(PersonEvent::PersonLeft {})),
            (Account::Active, Err(PersonRefusal::Joined), Ok(PersonEvent::PersonLeft {})),
            (Account::Ended, Err(PersonRefusal::Left), Err(PersonRefusal::Left)),
        ] {
            assert_eq!(join(account), joins, "{account:?}");
            assert_eq!(leave(account), leaves, "{account:?}");
            assert_eq!(Account::from_code(account.code()), Ok(account));
        }
    }

    const ADA: PersonId = PersonId(uuid::Uuid::from_u128(1));
    const BEN: PersonId = PersonId(uuid::Uuid::from_u128(2));

    #[test]
    fn roles_change_to_others_and_never_to_none() {
        let (one, two) =
            (RoleSet::from_iter(COUNSEL), RoleSet::from_iter([Role::Counsel, Role::Editor]));
        let change =
            |account, to, by| change_roles(Colleague { id: ADA, account, roles: one }, to, by);
        for account in [Account::Invited, Account::Active] {
            for by in [Actor::Person(BEN), Actor::OperatorCli] {
                let check = |to, expected| assert_eq!(change(account, to, by), expected);
                check(two, Ok(PersonEvent::RolesChanged { roles: two }));
                check(one, Err(PersonRefusal::SameRoles));
                check(RoleSet::default(), Err(PersonRefusal::NoRole));
            }
        }
        let other = Actor::Person(BEN);
        assert_eq!(change(Account::Ended, two, other), Err(PersonRefusal::Left));
        let own = change(Account::Active, two, Actor::Person(ADA));
        assert_eq!(own, Err(PersonRefusal::OwnAccount));
    }

    #[test]
    fn an_operator_has_no_role_that_reads_cases() {
        let check = |roles: &[Role], expected: Result<(), PersonRefusal>| {
            let roles = roles.iter().copied().collect();
            assert_eq!(invite(roles).map(drop), expected, "{roles:?}");
            let of = Colleague {
                id: ADA,
                account: Account::Active,
                roles: RoleSet::from_iter(Role::ALL),
            };
            for by in [Actor::Person(BEN), Actor::OperatorCli] {
                assert_eq!(change_roles(of, roles, by).map(drop), expected, "{roles:?}");
            }
        };
        check(&[Role::Operator], Ok(()));
        for beside in [Role::Editor, Role::PrivacyOfficer] {
            check(&[Role::Operator, beside], Ok(()));
        }
        for beside in [Role::Intake, Role::Counsel, Role::Expert, Role::Reviewer] {
            check(&[Role::Operator, beside], Err(PersonRefusal::OperatorReadsNoCase));
            check(&[beside, Role::Editor], Ok(()));
        }
    }

    #[test]
    fn an_access_is_reset_by_another_where_there_is_one() {
        let roles = RoleSet::from_iter(COUNSEL);
        let (other, cli) = (Actor::Person(BEN), Actor::OperatorCli);
        for (account, by, expected) in [
            (Account::Active, other, Ok(PersonEvent::AccessReset {})),
            (Account::Active, cli, Ok(PersonEvent::AccessReset {})),
            (Account::Active, Actor::Person(ADA), Err(PersonRefusal::OwnAccount)),
            (Account::Invited, other, Err(PersonRefusal::NotJoined)),
            (Account::Ended, other, Err(PersonRefusal::Left)),
        ] {
            let of = Colleague { id: ADA, account, roles };
            assert_eq!(reset_access(of, by), expected, "{account:?} {by:?}");
        }
        assert_eq!(end_sessions(Account::Active), Ok(PersonEvent::SessionsEnded {}));
        assert_eq!(end_sessions(Account::Invited), Err(PersonRefusal::NotJoined));
        assert_eq!(end_sessions(Account::Ended), Err(PersonRefusal::Left));
    }

    #[test]
    fn who_comes_to_read_cases_is_told_and_who_ceases_to_check() {
        let none = RoleSet::default();
        let of = |roles: &[Role]| roles.iter().copied().collect::<RoleSet>();
        let check = |before: RoleSet, event: PersonEvent, expected: bool| {
            assert_eq!(is_told(before, &event), expected, "{before:?} {event:?}");
        };
        let invited = |roles| PersonEvent::PersonInvited { roles };
        let changed = |roles| PersonEvent::RolesChanged { roles };
        let (counsel, editor) = (of(&[Role::Counsel]), of(&[Role::Editor]));
        check(none, invited(counsel), true);
        check(none, invited(editor), false);
        // A new link for the same roles.
        check(counsel, invited(counsel), false);
        check(editor, changed(of(&[Role::Editor, Role::Expert])), true);
        check(counsel, changed(of(&[Role::Counsel, Role::Intake])), true);
        check(of(&[Role::Counsel, Role::Intake]), changed(counsel), false);
        check(counsel, changed(editor), true);
        check(of(&[Role::PrivacyOfficer]), changed(editor), true);
        check(editor, changed(of(&[Role::Operator])), false);
        check(counsel, PersonEvent::AccessReset {}, true);
        check(of(&[Role::Intake]), PersonEvent::AccessReset {}, true);
        check(editor, PersonEvent::AccessReset {}, false);
        check(counsel, PersonEvent::PersonLeft {}, true);
        check(editor, PersonEvent::PersonLeft {}, false);
        check(counsel, PersonEvent::PersonJoined {}, false);
        check(counsel, PersonEvent::SessionsEnded {}, false);
    }

    #[test]
    fn the_last_operator_stays() {
        let operator = RoleSet::from_iter([Role::Operator]);
        let counsel = RoleSet::from_iter(COUNSEL);
        for (before, left, expected) in [
            ((Account::Active, operator), 0, Err(PersonRefusal::LastOperator)),
            ((Account::Active, operator), 1, Ok(())),
            // Before anybody has joined, nobody is left alone.
            ((Account::Invited, operator), 0, Ok(())),
            ((Account::Active, counsel), 0, Ok(())),
        ] {
            assert_eq!(keep_an_operator(before, left), expected, "{before:?} {left}");
        }
    }

    #[test]
    fn an_address_is_told_from_what_is_none() {
        for (text, local, key) in [
            (" Ada.Example@Example.COM ", "Ada.Example", "ada.example@example.com"),
            ("a+b@localhost", "a+b", "a+b@localhost"),
            ("ö@exämple.org", "ö", "ö@exämple.org"),
        ] {
            let address = EmailAddress::new(text).expect(text);
            assert_eq!((address.local_part(), address.key().as_str()), (local, key));
            assert_eq!(address.as_str(), text.trim());
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for text in
            ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@[1]", "a:b@c", "a\n@c", &long]
        {
            assert_eq!(EmailAddress::new(text), Err(PersonRefusal::NoEmail), "{text}");
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(PersonName::new(" Ada Example ").expect("a name").as_str(), "Ada Example");
        assert!(PersonName::new(&"ä".repeat(100)).is_ok());
        for text in ["", "  ", "a\nb", &"a".repeat(101)] {
            assert_eq!(PersonName::new(text), Err(PersonRefusal::NoName), "{text}");
        }
    }
}
