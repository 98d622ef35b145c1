//! The closed list of what can happen. Nothing changes but by one of these.
//!
//! Events are grouped by what they are about, so that who folds one kind of thing knows its events
//! and no others. They hold codes, ids, dates and numbers. A name, a reference or any free text
//! lives in a field under its submission's key, so that it can be erased while the event stays.

/// The names of a group's events, each beside its variant.
macro_rules! kinds {
    ($group:ident is $subject:ident { $($variant:ident => $kind:literal,)+ }) => {
        impl $group {
            pub(super) const KINDS: &[&str] = &[$($kind),+];

            /// The event's name in the database and the API.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $kind,)+
                }
            }
        }

        impl From<$group> for super::Event {
            fn from(event: $group) -> Self {
                Self::$subject(event)
            }
        }
    };
}

mod authority;
mod company;
mod person;
mod request;
mod submission;

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Serialize};

pub use self::authority::AuthorityEvent;
pub use self::company::{CompanyEvent, Edition, SigningKeyUse};
pub use self::person::PersonEvent;
pub use self::request::{NoteKind, RequestEvent, ReviewFinding};
pub use self::submission::SubmissionEvent;
use crate::fact::Ground;
use crate::id::{Actor, AuthorityId, PersonId, Position, RequestId, SubmissionId};

/// Version of the encoding. A change to a variant raises it and adds an upcaster; the corpus in
/// `tests/events` keeps every encoding that was ever written readable.
pub const SCHEMA: u16 = 1;

/// Something that happened. Written as its inner event alone, whose `type` is one of a kind among
/// all; [`Event::from_json`] reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    Submission(SubmissionEvent),
    Request(RequestEvent),
    Person(PersonEvent),
    Authority(AuthorityEvent),
    Company(CompanyEvent),
}

/// An event with its circumstances, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub position: Position,
    pub at: Timestamp,
    pub actor: Actor,
    pub stream: Stream,
    pub event: Event,
}

/// What an event is about; the events of one stream are folded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Submission(SubmissionId),
    Request(RequestId),
    Person(PersonId),
    /// The register of an authority.
    Authority(AuthorityId),
    /// Published figures, editions, legal profiles, the data inventory, the log itself: the company
    /// as a whole.
    Publication,
}

/// A ground by which rule acts, where no person does.
pub(crate) const LAPSED: Ground = Ground::LegalRequirements;

impl Event {
    /// The event's name in the database and the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Submission(event) => event.kind(),
            Self::Request(event) => event.kind(),
            Self::Person(event) => event.kind(),
            Self::Authority(event) => event.kind(),
            Self::Company(event) => event.kind(),
        }
    }

    /// Reads what `Serialize` wrote.
    pub fn from_json(body: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(rename = "type")]
            kind: &'a str,
        }
        let Named { kind } = serde_json::from_str(body)?;
        if RequestEvent::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Request)
        } else if SubmissionEvent::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Submission)
        } else if PersonEvent::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Person)
        } else if AuthorityEvent::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Authority)
        } else if CompanyEvent::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Company)
        } else {
            Err(serde_json::Error::custom(format_args!("no event is called `{kind}`")))
        }
    }
}
