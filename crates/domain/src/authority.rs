//! The register of an authority: by which mail domains and switchboard numbers it is known, and
//! which of its officers somebody has verified.
//!
//! Forged emergency requests come from hijacked mailboxes of real authorities, so **a mail domain
//! proves nobody's identity**: an officer is called back through a number that was found elsewhere
//! and entered before their letter arrived, and what was found out expires.

mod alike;
mod contact;
mod evolve;
mod signal;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::category::{UnknownCode, find};
use crate::event::AuthorityEvent;
use crate::id::{Actor, ContactId, OfficerId, PersonId, Position, SubmissionId, VerificationId};

pub use alike::looks_like;
pub use contact::{
    ContactFault, MailAddress, MailDomain, Telephone, addresses_in, domains_in, telephones_in,
};
pub use evolve::evolve;
pub use signal::{
    ADDRESSES_TOLD, BURST_LETTERS, Before, EarlierLetter, FALSE_LETTER_DAYS, Signal, Whose, burst,
    found_false, new_addresses, of_domains, verified_before,
};

/// For how long a verification holds where nobody says otherwise.
pub const VALID_DAYS: i64 = 180;
/// And at most: people change their posts.
pub const VALID_DAYS_MAX: i64 = 365;

/// What is known of one authority, as its events made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    contacts: BTreeMap<ContactId, Contact>,
    /// In the order in which they were recorded.
    verifications: Vec<Verification>,
}

/// A mail domain or a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub kind: ContactKind,
    pub entered: Said,
    pub state: ContactState,
}

/// By whom something was said, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub by: Actor,
    pub at: Timestamp,
    /// Day of the log's time zone.
    pub on: Date,
    pub position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    MailDomain,
    Telephone,
}

impl ContactKind {
    pub const ALL: [Self; 2] = [Self::MailDomain, Self::Telephone];

    /// The code used in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::MailDomain => "mail_domain",
            Self::Telephone => "telephone",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Where an entry was found. A letter is no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactSource {
    PublicDirectory,
    Gazette,
    /// The authority's own site, or that of its government.
    OfficialSite,
    /// Told by another authority, a ministry or an embassy.
    AnotherAuthority,
    /// Handed over by the authority's people, face to face.
    InPerson,
}

impl ContactSource {
    pub const ALL: [Self; 5] = [
        Self::PublicDirectory,
        Self::Gazette,
        Self::OfficialSite,
        Self::AnotherAuthority,
        Self::InPerson,
    ];

    /// The code used in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::PublicDirectory => "public_directory",
            Self::Gazette => "gazette",
            Self::OfficialSite => "official_site",
            Self::AnotherAuthority => "another_authority",
            Self::InPerson => "in_person",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Where an entry stands. Nothing is edited: what is wrong is withdrawn and entered anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactState {
    /// The authority's own.
    Official {
        source: ContactSource,
    },
    /// Used by somebody who is not the authority.
    KnownBad {
        said: Said,
    },
    Withdrawn {
        reason: WithdrawalReason,
        said: Said,
    },
}

/// Why an entry does not count any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalReason {
    /// The authority has another one now. What was found out through it stays.
    OutOfUse,
    /// Somebody else uses it. What was found out through it does not count any more.
    KnownBad,
    /// It was never the authority's, or never a bad one.
    EnteredByMistake,
}

impl WithdrawalReason {
    pub const ALL: [Self; 3] = [Self::OutOfUse, Self::KnownBad, Self::EnteredByMistake];

    /// The code used in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfUse => "out_of_use",
            Self::KnownBad => "known_bad",
            Self::EnteredByMistake => "entered_by_mistake",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// A record of what somebody did to find out whether an officer is real.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub id: VerificationId,
    pub officer: OfficerId,
    /// The letter for whose sake it was done.
    pub submission: SubmissionId,
    pub means: Vec<Means>,
    pub result: VerificationResult,
    pub recorded: Said,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "means", deny_unknown_fields)]
pub enum Means {
    /// The switchboard was called and asked for the officer.
    CallBack {
        number: ContactId,
    },
    /// A document of identity was seen.
    IdentityDocument {},
    InPerson {},
    /// Somebody looked up what the company's mail server found out about the letter. It says that a
    /// mailbox of the domain was used, and not by whom.
    MailAuthentication {
        domain: ContactId,
        passed: BTreeSet<MailCheck>,
    },
}

/// A check of an e-mail that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailCheck {
    /// RFC 7208
    Spf,
    /// RFC 6376
    Dkim,
    /// RFC 7489
    Dmarc,
}

impl MailCheck {
    pub const ALL: [Self; 3] = [Self::Spf, Self::Dkim, Self::Dmarc];

    /// The code used in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result", deny_unknown_fields)]
pub enum VerificationResult {
    /// The officer is who they say, and holds their post. Supports findings up to and on this day.
    Verified {
        valid_until: Date,
    },
    NotVerified {
        reason: Doubt,
    },
}

/// Why an officer is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    RefusedBySwitchboard,
    UnknownThere,
    DeniesHavingSent,
    DocumentNotGenuine,
    MailFailed,
}

impl Doubt {
    pub const ALL: [Self; 5] = [
        Self::RefusedBySwitchboard,
        Self::UnknownThere,
        Self::DeniesHavingSent,
        Self::DocumentNotGenuine,
        Self::MailFailed,
    ];

    /// The code used in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::RefusedBySwitchboard => "refused_by_switchboard",
            Self::UnknownThere => "unknown_there",
            Self::DeniesHavingSent => "denies_having_sent",
            Self::DocumentNotGenuine => "document_not_genuine",
            Self::MailFailed => "mail_failed",
        }
    }

    /// The end of "The officer is not verified: …".
    pub fn words(self) -> &'static str {
        match self {
            Self::RefusedBySwitchboard => "the switchboard would not say",
            Self::UnknownThere => "nobody there knows them",
            Self::DeniesHavingSent => "they did not send the letter",
            Self::DocumentNotGenuine => "the document is not genuine",
            Self::MailFailed => "the mail did not come from where it says",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// When the letter with a request arrived. Its place in the one order of events says what was there
/// before it; its day says so where it was entered later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub submission: SubmissionId,
    pub position: Position,
    pub received_on: Date,
}

/// What the register says of a request's officer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfficerStanding {
    #[default]
    NeverVerified,
    /// The last record says so, whatever earlier ones say.
    NotVerified(Doubt),
    /// Somebody has verified them, through what does not serve for this request.
    DoesNotServe,
    Verified {
        verification: VerificationId,
        valid_until: Date,
    },
}

/// What somebody wants to do with a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    RegisterContact {
        contact: ContactId,
        kind: ContactKind,
        source: ContactSource,
    },
    /// Somebody writes or calls in the authority's name from there.
    ReportBadContact {
        contact: ContactId,
        kind: ContactKind,
    },
    WithdrawContact {
        contact: ContactId,
        reason: WithdrawalReason,
    },
    RecordVerification {
        verification: VerificationId,
        officer: OfficerId,
        arrival: Arrival,
        means: Vec<Means>,
        result: VerificationResult,
    },
}

/// Why a register is not changed, in words that a lawyer can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityRefusal {
    #[error("a person has to do this")]
    PersonNeeded,
    #[error("the register of this authority has no such entry")]
    NoSuchContact,
    #[error("this entry was withdrawn already")]
    WithdrawnAlready,
    #[error("this entry is known as bad: withdraw it only where that was a mistake")]
    KnownBadAlready,
    #[error("say what was done to find out whether the officer is real")]
    NoMeans,
    #[error("each means is recorded once")]
    MeansTwice,
    #[error("a call-back goes through a telephone number of the authority’s register that stands")]
    NoNumber,
    #[error("a check of mail is about a domain of the authority’s register that stands")]
    NoDomain,
    #[error("say which checks the mail passed")]
    NoCheck,
    #[error(
        "who wrote from a mailbox of the domain is not known by that: a domain alone verifies \
         nobody; call back, see a document, or meet"
    )]
    DomainAlone,
    #[error(
        "the number was registered after the letter arrived: whoever wrote the letter may have \
         given it, so it verifies nobody for this request"
    )]
    NumberRegisteredLater,
    #[error(
        "who registered the number can’t be the one who verifies through it: another one calls"
    )]
    CallerRegisteredNumber,
    #[error("a verification is valid today, and for at most {VALID_DAYS_MAX} days")]
    ValidUntil,
    #[error("the register of this authority has this entry already")]
    RegisteredAlready,
    #[error("this entry is known as bad: if that was a mistake, withdraw the report first")]
    KnownAsBad,
    #[error("say where exactly it was found: the directory or gazette, its page, its address")]
    NoSource,
    #[error("say what you heard and saw, in a sentence or more")]
    NoEvidence,
    #[error(transparent)]
    Contact(#[from] ContactFault),
}

/// Which events the command leads to.
pub fn decide(
    register: &Register,
    command: &Command,
    (by, today): (Actor, Date),
) -> Result<Vec<AuthorityEvent>, AuthorityRefusal> {
    let Actor::Person(person) = by else { return Err(AuthorityRefusal::PersonNeeded) };
    match command {
        Command::RegisterContact { contact, kind, source } => {
            let (contact, kind, source) = (*contact, *kind, *source);
            Ok(vec![AuthorityEvent::ContactRegistered {
                contact,
                kind,
                source,
                registered_on: today,
            }])
        }
        Command::ReportBadContact { contact, kind } => {
            let (contact, kind) = (*contact, *kind);
            Ok(vec![AuthorityEvent::ContactReportedBad { contact, kind, reported_on: today }])
        }
        Command::WithdrawContact { contact, reason } => {
            let known = register.contacts.get(contact).ok_or(AuthorityRefusal::NoSuchContact)?;
            match (known.state, reason) {
                (ContactState::Official { .. }, _)
                | (ContactState::KnownBad { .. }, WithdrawalReason::EnteredByMistake) => {
                    let (contact, reason) = (*contact, *reason);
                    Ok(vec![AuthorityEvent::ContactWithdrawn {
                        contact,
                        reason,
                        withdrawn_on: today,
                    }])
                }
                (
                    ContactState::KnownBad { .. },
                    WithdrawalReason::OutOfUse | WithdrawalReason::KnownBad,
                ) => Err(AuthorityRefusal::KnownBadAlready),
                (ContactState::Withdrawn { .. }, _) => Err(AuthorityRefusal::WithdrawnAlready),
            }
        }
        Command::RecordVerification { verification, officer, arrival, means, result } => {
            register.check_means(means)?;
            if let VerificationResult::Verified { valid_until } = result {
                register.check_verified((means, *arrival), person, (today, *valid_until))?;
            }
            Ok(vec![AuthorityEvent::OfficerVerificationRecorded {
                verification: *verification,
                officer: *officer,
                submission: arrival.submission,
                means: means.clone(),
                result: *result,
                recorded_on: today,
            }])
        }
    }
}

impl Register {
    pub fn contacts(&self) -> &BTreeMap<ContactId, Contact> {
        &self.contacts
    }

    /// All records, the first one first.
    pub fn verifications(&self) -> &[Verification] {
        &self.verifications
    }

    /// Numbers by which somebody can verify an officer whose letter arrived then. Anyone but who
    /// registered one may call it.
    pub fn numbers_before(&self, arrival: Arrival) -> impl Iterator<Item = (ContactId, &Contact)> {
        self.official(ContactKind::Telephone).filter(move |(_, contact)| contact.is_before(arrival))
    }

    /// Entries of a kind that are the authority's.
    pub fn official(&self, kind: ContactKind) -> impl Iterator<Item = (ContactId, &Contact)> {
        let stands = move |contact: &Contact| contact.kind == kind && contact.state.is_official();
        self.contacts.iter().filter(move |(_, c)| stands(c)).map(|(id, contact)| (*id, contact))
    }

    /// What the register says of an officer whose letter arrived then. The newest record that
    /// serves counts, and one that says that the officer is not who they say takes all before it
    /// away. **What was denied of a letter stays so** until somebody verifies the officer for that
    /// very letter: that its sender exists does not make it theirs.
    pub fn standing(&self, officer: OfficerId, arrival: Arrival) -> OfficerStanding {
        let about = || self.verifications.iter().rev().filter(|record| record.officer == officer);
        let own = about().find(|record| record.submission == arrival.submission);
        if let Some(Verification { result: VerificationResult::NotVerified { reason }, .. }) = own {
            return OfficerStanding::NotVerified(*reason);
        }
        let mut otherwise = None;
        for record in about() {
            let serves = |means| self.serves(means, arrival, record.recorded.by).is_ok();
            match record.result {
                VerificationResult::NotVerified { reason } => {
                    return otherwise.unwrap_or(OfficerStanding::NotVerified(reason));
                }
                VerificationResult::Verified { valid_until } if record.means.iter().any(serves) => {
                    return OfficerStanding::Verified { verification: record.id, valid_until };
                }
                VerificationResult::Verified { .. } => {
                    otherwise = Some(OfficerStanding::DoesNotServe);
                }
            }
        }
        otherwise.unwrap_or_default()
    }

    /// Whether what a record rests on is still taken for true, for a letter that comes from now on.
    pub fn still_serves(&self, record: &Verification) -> bool {
        let (position, received_on) = (Position(i64::MAX), Date::MAX);
        let later = Arrival { submission: record.submission, position, received_on };
        record.means.iter().any(|means| self.serves(means, later, record.recorded.by).is_ok())
    }

    /// Whether a means shows by itself that the officer is real.
    fn serves(&self, means: &Means, arrival: Arrival, by: Actor) -> Result<(), AuthorityRefusal> {
        match means {
            Means::IdentityDocument {} | Means::InPerson {} => Ok(()),
            Means::MailAuthentication { .. } => Err(AuthorityRefusal::DomainAlone),
            Means::CallBack { number } => {
                let number = self.contacts.get(number).ok_or(AuthorityRefusal::NoNumber)?;
                if !number.state.was_official() {
                    return Err(AuthorityRefusal::NoNumber);
                }
                if !number.is_before(arrival) {
                    return Err(AuthorityRefusal::NumberRegisteredLater);
                }
                if number.entered.by == by {
                    return Err(AuthorityRefusal::CallerRegisteredNumber);
                }
                Ok(())
            }
        }
    }

    fn check_means(&self, means: &[Means]) -> Result<(), AuthorityRefusal> {
        let is_official = |id: &ContactId, kind| self.official(kind).any(|(known, _)| known == *id);
        for (n, one) in means.iter().enumerate() {
            let again =
                |other: &Means| std::mem::discriminant(other) == std::mem::discriminant(one);
            if means[..n].iter().any(again) {
                return Err(AuthorityRefusal::MeansTwice);
            }
            match one {
                Means::CallBack { number } if !is_official(number, ContactKind::Telephone) => {
                    return Err(AuthorityRefusal::NoNumber);
                }
                Means::MailAuthentication { domain, .. }
                    if !is_official(domain, ContactKind::MailDomain) =>
                {
                    return Err(AuthorityRefusal::NoDomain);
                }
                Means::CallBack { .. }
                | Means::IdentityDocument {}
                | Means::InPerson {}
                | Means::MailAuthentication { .. } => {}
            }
        }
        if means.is_empty() { Err(AuthorityRefusal::NoMeans) } else { Ok(()) }
    }

    fn check_verified(
        &self,
        (means, arrival): (&[Means], Arrival),
        by: PersonId,
        (today, valid_until): (Date, Date),
    ) -> Result<(), AuthorityRefusal> {
        let checks_nothing = |means: &Means| match means {
            Means::MailAuthentication { passed, .. } => passed.is_empty(),
            Means::CallBack { .. } | Means::IdentityDocument {} | Means::InPerson {} => false,
        };
        if means.iter().any(checks_nothing) {
            return Err(AuthorityRefusal::NoCheck);
        }
        // A call-back that does not serve is none, whatever stands beside it.
        let mut refused = Some(AuthorityRefusal::NoMeans);
        for means in means {
            match self.serves(means, arrival, Actor::Person(by)) {
                Ok(()) => refused = None,
                Err(refusal @ AuthorityRefusal::DomainAlone) if refused.is_some() => {
                    refused = Some(refusal);
                }
                Err(AuthorityRefusal::DomainAlone) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        let last = today.saturating_add(VALID_DAYS_MAX.days());
        if (today..=last).contains(&valid_until) {
            Ok(())
        } else {
            Err(AuthorityRefusal::ValidUntil)
        }
    }
}

impl Contact {
    /// Whether it was in the register before a letter arrived. A letter that was entered some days
    /// after it was received may have been read meanwhile, so its day counts too.
    pub fn is_before(&self, arrival: Arrival) -> bool {
        self.entered.position < arrival.position && self.entered.on <= arrival.received_on
    }
}

impl ContactState {
    pub fn is_official(&self) -> bool {
        match self {
            Self::Official { .. } => true,
            Self::KnownBad { .. } | Self::Withdrawn { .. } => false,
        }
    }

    /// Whether it was the authority's when it was used, as far as anybody knows today.
    fn was_official(&self) -> bool {
        match self {
            Self::Official { .. } | Self::Withdrawn { reason: WithdrawalReason::OutOfUse, .. } => {
                true
            }
            Self::KnownBad { .. }
            | Self::Withdrawn {
                reason: WithdrawalReason::KnownBad | WithdrawalReason::EnteredByMistake,
                ..
            } => false,
        }
    }
}
