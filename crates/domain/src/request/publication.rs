//! Whether a request stands in the published sum. Law or an order may forbid to count it, or to
//! say so, until a day or until it is lifted (50 U.S.C. § 1874; mission, "Counting"), or let it be
//! told in a band alone ([`banding`](super::banding)).
//!
//! **It takes two people to take a request out of the sum** ([`motion`](super::motion)), a
//! prohibited demand as well as any other, and one to put it back.

use jiff::civil::Date;

use super::{Circumstances, Command, Handled, Refusal};
use crate::band::Process;
use crate::category::{UnknownCode, find};
use crate::event::RequestEvent;

/// Whether a request is counted in what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publication {
    #[default]
    Counted,
    /// Not before this day is over, by the calendar; `None`: until somebody lifts it.
    Withheld { until: Option<Date> },
    /// In a band alone, until somebody counts it again.
    Banded { process: Process, selectors: u32 },
}

/// The same by name, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationKind {
    Counted,
    Withheld,
    Banded,
}

impl Publication {
    pub fn kind(self) -> PublicationKind {
        match self {
            Self::Counted => PublicationKind::Counted,
            Self::Withheld { .. } => PublicationKind::Withheld,
            Self::Banded { .. } => PublicationKind::Banded,
        }
    }
}

impl PublicationKind {
    pub const ALL: [Self; 3] = [Self::Counted, Self::Withheld, Self::Banded];

    /// The code used in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Withheld => "withheld",
            Self::Banded => "banded",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// For longer than was confirmed it can be proposed again.
pub(super) fn is_new(request: &Handled, until: Option<Date>) -> Result<(), Refusal> {
    match request.publication == (Publication::Withheld { until }) {
        true => Err(Refusal::NotNow("withheld so already")),
        false => Ok(()),
    }
}

pub(super) fn is_to_come(until: Option<Date>, today: Date) -> Result<(), Refusal> {
    match until {
        Some(until) if until < today => {
            Err(Refusal::Date("what is withheld is withheld until a day to come"))
        }
        Some(_) | None => Ok(()),
    }
}

/// It stands in the sum again: a person says so, or the calendar once its day is over.
pub(super) fn disclose(
    request: &Handled,
    command: &Command,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let until = match request.publication {
        Publication::Counted => return Err(Refusal::NotNow("counted already")),
        Publication::Withheld { until } => until,
        Publication::Banded { .. } => None,
    };
    if *command == Command::DiscloseOnDate {
        match until {
            Some(until) if until < circumstances.today => {}
            Some(_) => return Err(Refusal::Date("it is withheld for longer")),
            None => return Err(Refusal::Date("it is not counted until somebody says so")),
        }
    } else {
        circumstances.person()?;
    }
    Ok(vec![RequestEvent::Disclosed {}])
}
