//! Whose eyes a query has. What lies in a compartment is there for nobody but the people who are
//! named, so **every query that leads to a case, a submission, a file or a viewing asks for a
//! [`Sight`]**, and what is not seen is answered like what does not exist.

use domain::id::PersonId;
use uuid::Uuid;

/// Who a query answers to. `app` makes it, from who is signed in; `cargo xtask tidy` holds every
/// other room against that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight(Eyes);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Eyes {
    Person(PersonId),
    NobodyNamed,
    Whole,
}

impl Sight {
    /// What is in no compartment, and the compartments that name the person.
    pub fn of(person: PersonId) -> Self {
        Self(Eyes::Person(person))
    }

    /// What is in no compartment: for what goes to people who are not named one by one.
    pub fn without_compartments() -> Self {
        Self(Eyes::NobodyNamed)
    }

    /// Everything: for the calendar, for seals and counts, and for whoever holds the machine and
    /// its keys. Never for what a person asks on a page.
    pub fn whole() -> Self {
        Self(Eyes::Whole)
    }

    /// As [`seen_by`] takes it: NULL sees everything, and nobody has the id nil.
    pub(crate) fn viewer(self) -> Option<Uuid> {
        match self {
            Self(Eyes::Person(person)) => Some(person.0),
            Self(Eyes::NobodyNamed) => Some(Uuid::nil()),
            Self(Eyes::Whole) => None,
        }
    }
}

/// The condition that the viewer sees a submission: the second parameter is where
/// [`Sight::viewer`] is bound.
macro_rules! seen_by {
    ($submission:literal, $viewer:literal) => {
        concat!(
            "(",
            $viewer,
            " IS NULL OR NOT EXISTS (SELECT 1 FROM compartment AS closed \
             WHERE closed.submission_id = ",
            $submission,
            ") OR EXISTS (SELECT 1 FROM compartment AS named WHERE named.submission_id = ",
            $submission,
            " AND named.person_id = ",
            $viewer,
            "))"
        )
    };
}

pub(crate) use seen_by;
