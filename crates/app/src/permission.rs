//! Whether a person who is signed in may do something.

use domain::access::Permission;
use store::Sight;

use crate::Error;
use crate::access::{AccessRefusal, CameWith, SignedIn, StepUp};

impl SignedIn {
    /// What they see of compartments.
    pub fn sight(&self) -> Sight {
        Sight::of(self.person)
    }

    /// Whether one of their roles allows it, and what they came in with does.
    pub fn has(&self, permission: Permission) -> bool {
        let is_within = match &self.came {
            CameWith::Session(_) => true,
            CameWith::Token { scopes, .. } => scopes.covers(permission),
        };
        is_within && self.roles.may(permission)
    }

    /// Refuses what they may not do, whether they proved once more that it is them or not.
    pub fn allowed(&self, permission: Permission) -> Result<(), Error> {
        match self.has(permission) {
            true => Ok(()),
            false => Err(Error::Forbidden(permission)),
        }
    }

    /// Refuses what they may not do, and asks them to prove once more that it is them where that is
    /// needed.
    pub fn may(&self, permission: Permission) -> Result<(), Error> {
        self.allowed(permission)?;
        match self.step_up() {
            StepUp::Needed if permission.needs_step_up() => Err(AccessRefusal::StepUpNeeded.into()),
            StepUp::Needed | StepUp::HoldsUntil(_) => Ok(()),
        }
    }
}
