//! What the console says of officers, their verification, and what is noticed about a letter.

use app::{ContactTold, VerificationTold};
use domain::authority::{
    ContactSource, ContactState, Doubt, MailCheck, Means, Said, Signal, VerificationResult,
    WithdrawalReason,
};
use domain::id::ContactId;

use super::people::Names;
use super::{Console, page, words};

/// A record as a line of a table. `contacts` are the authority's entries that may be named in it.
pub(super) fn record(
    told: &VerificationTold,
    contacts: &[ContactTold],
    (console, names): (&Console, &Names),
) -> page::Record {
    let record = &told.record;
    let value = |id: &ContactId| {
        let known = contacts.iter().find(|known| known.id == *id);
        known.map_or("an entry that was withdrawn", |known| known.value.as_str())
    };
    let means: Vec<_> = record.means.iter().map(|means| self::means(means, value)).collect();
    let means: Vec<_> = means.iter().map(String::as_str).collect();
    page::Record {
        at: console.moment(record.recorded.at),
        who: words::who(record.recorded.by, names),
        means: words::sentence(&words::list(&means)),
        result: result(record.result, told.serves),
        evidence: told.evidence.clone().unwrap_or_default(),
    }
}

fn means<'a>(means: &Means, value: impl Fn(&ContactId) -> &'a str) -> String {
    match means {
        Means::CallBack { number } => format!("called back through {}", value(number)),
        Means::IdentityDocument {} => "saw a document of identity".to_owned(),
        Means::InPerson {} => "met in person".to_owned(),
        Means::MailAuthentication { domain, passed } => {
            let passed: Vec<_> = passed.iter().copied().map(check).collect();
            let passed = match passed.as_slice() {
                [] => "passed none of its checks".to_owned(),
                passed => format!("passed {}", words::list(passed)),
            };
            format!("the mail from {} {passed}", value(domain))
        }
    }
}

fn check(check: MailCheck) -> &'static str {
    match check {
        MailCheck::Spf => "SPF",
        MailCheck::Dkim => "DKIM",
        MailCheck::Dmarc => "DMARC",
    }
}

fn result(result: VerificationResult, serves: bool) -> String {
    match result {
        VerificationResult::Verified { valid_until } if serves => {
            format!("Verified until {}", words::day(valid_until))
        }
        VerificationResult::Verified { .. } => {
            "Counts no more: what it rests on was withdrawn".to_owned()
        }
        VerificationResult::NotVerified { reason } => format!("Not verified: {}", doubt(reason)),
    }
}

pub(super) fn doubt(reason: Doubt) -> &'static str {
    reason.words()
}

pub(super) fn source(source: ContactSource) -> &'static str {
    match source {
        ContactSource::PublicDirectory => "in a public directory",
        ContactSource::Gazette => "in an official gazette",
        ContactSource::OfficialSite => "on an official site",
        ContactSource::AnotherAuthority => "told by another authority",
        ContactSource::InPerson => "handed over in person",
    }
}

/// An entry as the page of its authority shows it, without the form.
pub(super) fn entry(told: &ContactTold, (console, names): (&Console, &Names)) -> page::Entry {
    let said = |said: Said| format!("{}, {}", console.moment(said.at), words::who(said.by, names));
    let (state, found, ended) = match told.contact.state {
        ContactState::Official { source: place } => {
            let found = format!("found {}: {}", source(place), told.note);
            (page::EntryState::Stands, found, String::new())
        }
        ContactState::KnownBad { said: by } => {
            let ended = if by == told.contact.entered { String::new() } else { said(by) };
            (page::EntryState::KnownBad, told.note.clone(), ended)
        }
        ContactState::Withdrawn { reason, said: by } => {
            let state = match reason {
                WithdrawalReason::OutOfUse => page::EntryState::OutOfUse,
                WithdrawalReason::KnownBad => page::EntryState::KnownBad,
                WithdrawalReason::EnteredByMistake => page::EntryState::Mistake,
            };
            (state, told.note.clone(), said(by))
        }
    };
    page::Entry {
        value: told.value.clone(),
        state,
        found,
        entered: said(told.contact.entered),
        ended,
        withdraw: None,
    }
}

/// A reason to look twice, as a sentence.
pub(super) fn signal(signal: &Signal) -> String {
    match signal {
        Signal::FirstLetter => {
            "It is the first letter from this officer that you can see.".to_owned()
        }
        Signal::ForeignDomain { domain } => {
            format!("{domain} is none of the authority’s registered domains.")
        }
        Signal::LooksLike { domain, registered } => format!(
            "{domain} is none of the authority’s registered domains, and looks like {registered}."
        ),
        Signal::NoDomainRegistered { domain } => {
            format!("No domain of this authority is registered, so nothing is known of {domain}.")
        }
        Signal::KnownBad { value } => {
            format!("{value} is known as bad: somebody else uses it in an authority’s name.")
        }
        Signal::Burst { letters, on } => {
            format!(
                "{letters} letters with an emergency came from this authority on {}.",
                words::day(*on)
            )
        }
        Signal::FoundFalse { on } => format!(
            "On {} another letter in this authority’s name could not be verified.",
            words::day(*on)
        ),
    }
}
