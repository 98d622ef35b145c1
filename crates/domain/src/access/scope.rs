//! What a program may do that acts for a person: never more than the person.

use serde::{Deserialize, Serialize};

use super::Permission;
use crate::category::{UnknownCode, find};

/// A part of what a person may do, which they can give to a program. None of them lets anything
/// out, moves a case, or lets anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Lists requests and reads one, without legal advice and without files.
    ReadRequests,
    /// Enters what arrived, and has the receipt.
    WriteSubmissions,
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::ReadRequests, Self::WriteSubmissions];

    /// The code used in forms and by programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadRequests => "requests:read",
            Self::WriteSubmissions => "submissions:write",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }

    /// Whether it covers a permission; its person has to have that too.
    pub fn covers(self, permission: Permission) -> bool {
        match self {
            Self::ReadRequests => matches!(permission, Permission::ReadCases(_)),
            Self::WriteSubmissions => {
                matches!(permission, Permission::EnterSubmission | Permission::ReadReceipts)
            }
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The scopes of one token; in the database one number, bit *i* for the *i*-th of [`Scope::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct ScopeSet(u8);

impl ScopeSet {
    pub fn bits(self) -> u8 {
        self.0
    }

    /// `None` where a bit belongs to no scope.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits >> Scope::ALL.len() == 0).then_some(Self(bits))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    pub fn covers(self, permission: Permission) -> bool {
        self.iter().any(|scope| scope.covers(permission))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Vec<Scope>> for ScopeSet {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<ScopeSet> for Vec<Scope> {
    fn from(set: ScopeSet) -> Self {
        set.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scope_covers_what_asks_for_a_second_proof() {
        let all = ScopeSet::from_iter(Scope::ALL);
        for permission in Permission::ALL.into_iter().filter(|one| one.needs_step_up()) {
            assert!(!all.covers(permission), "{permission:?}");
        }
        assert!(!all.covers(Permission::ReadPrivilegedNotes));
        assert!(!all.covers(Permission::OpenFiles));
    }

    #[test]
    fn a_set_of_scopes_is_read_as_it_was_written() {
        for bits in 0..1 << Scope::ALL.len() {
            let set = ScopeSet::from_bits(bits).expect("scopes");
            assert_eq!(set.iter().collect::<ScopeSet>(), set);
            assert_eq!(set.bits(), bits);
        }
        assert_eq!(ScopeSet::from_bits(1 << Scope::ALL.len()), None);
        for scope in Scope::ALL {
            assert_eq!(Scope::from_code(scope.code()), Ok(scope));
        }
    }
}
