//! What arrived, before anyone has understood it.
//!
//! A submission is sealed as it arrives. Later it is resolved: by the requests that it holds, or
//! by the reasoned statement that it holds none. **A report is not published over a submission of
//! its period that nobody has resolved.**

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::category::{UnknownCode, find};
use crate::event::SubmissionEvent;
use crate::hold::Holds;
use crate::id::{Position, Sha256Hash};
use crate::request::{Publication, Request};

/// The way in which something arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Portal,
    Api,
    Mail,
    /// On paper, by fax, or handed over: somebody of the company enters it.
    Letter,
}

impl Channel {
    pub const ALL: [Self; 4] = [Self::Portal, Self::Api, Self::Mail, Self::Letter];

    /// The code used in files and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Api => "api",
            Self::Mail => "mail",
            Self::Letter => "letter",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Why a submission holds no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotARequest {
    /// Meant for another company or office.
    Misaddressed,
    /// Asks a question, announces or thanks, and demands nothing.
    Correspondence,
    /// From a user about their own data: it is counted with the users' requests.
    UserRequest,
    Advertising,
    /// Sent to try whether something arrives.
    Test,
    /// Nobody can tell what is wanted, and the sender can't be asked.
    Unintelligible,
}

impl NotARequest {
    pub const ALL: [Self; 6] = [
        Self::Misaddressed,
        Self::Correspondence,
        Self::UserRequest,
        Self::Advertising,
        Self::Test,
        Self::Unintelligible,
    ];

    /// The code used in files and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Misaddressed => "misaddressed",
            Self::Correspondence => "correspondence",
            Self::UserRequest => "user_request",
            Self::Advertising => "advertising",
            Self::Test => "test",
            Self::Unintelligible => "unintelligible",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// A submission, as far as is decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submission {
    pub received_on: Date,
    /// How many requests were found in it. One that holds none is resolved as one "not a request".
    pub requests: u16,
}

/// Why something can't be done with a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionRefusal {
    #[error("a submission that holds a request can't be declared to hold none")]
    HoldsRequests,
    #[error(
        "this submission was declared to hold no request: counsel takes that back before one is \
         registered"
    )]
    DeclaredNotARequest,
    #[error("nobody has declared that this submission holds no request, or it was taken back")]
    NotDeclared,
    #[error("a submission arrives with at most {FILES_MAX} files")]
    TooManyFiles,
    #[error("a submission can't have arrived after today")]
    Future,
    #[error("what belongs to it can't have arrived before it, which was on {0}")]
    BeforeIt(Date),
    #[error("choose a file: nothing was added")]
    NoFile,
    #[error("a file with the same bytes is among those of the submission already")]
    FileHere,
    #[error(
        "a submission that nobody has resolved is not erased: register its requests, or declare \
         with the reason that it holds none"
    )]
    Unresolved,
    #[error(
        "a request of this submission is not finished and needs its texts: finish it before the \
         submission is erased"
    )]
    Unfinished,
    #[error(
        "a legal hold stands on this submission: it is erased once somebody other than who placed \
         it has lifted it"
    )]
    Held,
    #[error(
        "what request {ordinal} of this submission asked to preserve is kept {}: release the \
         preservation, or wait until it is over, before the submission is erased", until_when(.until)
    )]
    Preserving { ordinal: u16, until: Option<Date> },
    #[error(
        "a request of this submission is withheld from the published numbers, and its key is \
         needed to put it back: count it again before the submission is erased"
    )]
    Withheld,
}

fn until_when(until: &Option<Date>) -> String {
    match until {
        Some(until) => format!("until {until}"),
        None => "until somebody releases it".to_owned(),
    }
}

/// More files in one submission are refused.
pub const FILES_MAX: usize = 1_000;

/// Something arrives.
pub fn receive(
    channel: Channel,
    received_on: Date,
    today: Date,
    files: Vec<Sha256Hash>,
) -> Result<SubmissionEvent, SubmissionRefusal> {
    if received_on > today {
        return Err(SubmissionRefusal::Future);
    }
    if files.len() > FILES_MAX {
        return Err(SubmissionRefusal::TooManyFiles);
    }
    Ok(SubmissionEvent::SubmissionReceived { channel, received_on, files })
}

/// More arrived that belongs to it. `there` are the files that it has.
pub fn add_documents(
    submission: Submission,
    there: &[Sha256Hash],
    (received_on, today): (Date, Date),
    files: Vec<Sha256Hash>,
) -> Result<SubmissionEvent, SubmissionRefusal> {
    if received_on > today {
        return Err(SubmissionRefusal::Future);
    }
    if received_on < submission.received_on {
        return Err(SubmissionRefusal::BeforeIt(submission.received_on));
    }
    if files.is_empty() {
        return Err(SubmissionRefusal::NoFile);
    }
    if there.len() + files.len() > FILES_MAX {
        return Err(SubmissionRefusal::TooManyFiles);
    }
    if files.iter().any(|file| there.contains(file)) {
        return Err(SubmissionRefusal::FileHere);
    }
    Ok(SubmissionEvent::DocumentsAdded { received_on, files })
}

/// Its texts are to be destroyed, for ever. `requests` are those that it holds, `holds` those that
/// stand on it; `rules` is the place of the periods that say that it is to go, where they do.
pub fn erase(
    submission: Submission,
    (requests, holds): (&[Request], &Holds),
    rules: Option<Position>,
) -> Result<SubmissionEvent, SubmissionRefusal> {
    if !holds.is_empty() {
        return Err(SubmissionRefusal::Held);
    }
    if submission.requests == 0 {
        return Err(SubmissionRefusal::Unresolved);
    }
    if !requests.iter().all(Request::is_finished) {
        return Err(SubmissionRefusal::Unfinished);
    }
    // One that is told in a band stays in it: no day ends that, and no text of it is needed.
    let is_withheld = |request: &Request| match request {
        Request::Handled(handled) => match handled.publication {
            Publication::Withheld { .. } => true,
            Publication::Counted | Publication::Banded { .. } => false,
        },
        Request::Absent | Request::Historic(_) => false,
    };
    if requests.iter().any(is_withheld) {
        return Err(SubmissionRefusal::Withheld);
    }
    let preserving = requests.iter().find_map(|request| match request {
        Request::Handled(handled) => handled.is_preserving().then_some(handled),
        Request::Absent | Request::Historic(_) => None,
    });
    if let Some(handled) = preserving {
        let (ordinal, until) = (handled.registration.ordinal, handled.kept_until);
        return Err(SubmissionRefusal::Preserving { ordinal, until });
    }
    Ok(SubmissionEvent::SubmissionErased { rules })
}

/// What was said last of whether it holds a request at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    NotARequest(NotARequest),
    TakenBack,
}

impl Said {
    /// `None` for what says nothing of that.
    pub fn by(event: &SubmissionEvent) -> Option<Self> {
        match event {
            SubmissionEvent::DeclaredNotARequest { reason } => Some(Self::NotARequest(*reason)),
            SubmissionEvent::NotARequestTakenBack {} => Some(Self::TakenBack),
            SubmissionEvent::SubmissionReceived { .. }
            | SubmissionEvent::DocumentsAdded { .. }
            | SubmissionEvent::SubmissionErased { .. }
            | SubmissionEvent::LegalHoldPlaced { .. }
            | SubmissionEvent::LegalHoldLifted { .. }
            | SubmissionEvent::CompartmentClosed { .. }
            | SubmissionEvent::CompartmentChanged { .. }
            | SubmissionEvent::CompartmentOpened {} => None,
        }
    }
}

/// That it holds no request was a mistake: nobody has resolved it again, so that an edition of its
/// period waits.
pub fn take_back(said: Option<Said>) -> Result<SubmissionEvent, SubmissionRefusal> {
    match said {
        Some(Said::NotARequest(_)) => Ok(SubmissionEvent::NotARequestTakenBack {}),
        Some(Said::TakenBack) | None => Err(SubmissionRefusal::NotDeclared),
    }
}

/// Somebody finds that it holds no request.
pub fn declare_not_a_request(
    submission: Submission,
    reason: NotARequest,
) -> Result<SubmissionEvent, SubmissionRefusal> {
    match submission.requests {
        0 => Ok(SubmissionEvent::DeclaredNotARequest { reason }),
        _ => Err(SubmissionRefusal::HoldsRequests),
    }
}
