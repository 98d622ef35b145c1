//! Whether a person who is signed in may do something.

use domain::access::Permission;
use store::Sight;

use crate::Error;
use crate::access::{AccessRefusal, SignedIn, StepUp};

impl SignedIn {
    /// What they see of compartments.
    pub fn sight(&self) -> Sight {
        Sight::of(self.person)
    }

    /// Whether one of their roles allows it.
    pub fn has(&self, permission: Permission) -> bool {
        self.roles.may(permission)
    }

    /// Refuses what none of their roles allows, and asks them to prove once more that it is them
    /// where that is needed.
    pub fn may(&self, permission: Permission) -> Result<(), Error> {
        if !self.has(permission) {
            return Err(Error::Forbidden(permission));
        }
        match self.step_up {
            StepUp::Needed if permission.needs_step_up() => Err(AccessRefusal::StepUpNeeded.into()),
            StepUp::Needed | StepUp::HoldsUntil(_) => Ok(()),
        }
    }
}
