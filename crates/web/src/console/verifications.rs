//! What the console says of officers, their verification, and what is noticed about a letter.

use app::{ContactTold, MailNote, MailTold, NotedBy, VerificationTold};
use domain::authority::{
    Before, ContactSource, ContactState, Doubt, MailCheck, Means, Said, Signal, VerificationResult,
    Whose, WithdrawalReason,
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
        Signal::NewAddress { address, before } => {
            format!("{address} is a new address: {}.", before_it(before))
        }
        Signal::VerifiedBefore { on } => format!(
            "Nobody has asked about this letter: the officer was verified on {}, before it came. \
             Whoever has got into their mailbox since then writes as they do.",
            words::day(*on)
        ),
    }
}

/// From where letters came before a new address turned up.
fn before_it(before: &Before) -> String {
    let address = |(address, since): &(_, _)| format!("{address}, first on {}", words::day(*since));
    let told: Vec<String> = before.addresses.iter().map(address).collect();
    let mut told = told.join("; ");
    match before.more {
        0 => {}
        1 => told.push_str("; and one more"),
        more => told.push_str(&format!("; and {more} more")),
    }
    match before.whose {
        Whose::SameName => format!("letters of an officer of this name came from {told}"),
        Whose::OfAuthority => format!("letters of this authority came from {told}"),
    }
}

/// An e-mail among the files of a letter, as it speaks of itself.
pub(super) fn mail(told: &MailTold) -> page::MailHead {
    let addresses = |addresses: &[String]| match addresses {
        [] => "nobody".to_owned(),
        some => some.join(", "),
    };
    let from = addresses(&told.from);
    page::MailHead {
        file: inspect::shown(&told.file),
        says: match told.reply_to.as_slice() {
            [] => format!("It says that it is from {from}."),
            some => {
                let to = addresses(some);
                format!("It says that it is from {from}, and asks to be answered at {to}.")
            }
        },
        notes: match told.notes.as_slice() {
            [] => vec!["No mail server noted in it what it checked.".to_owned()],
            notes => notes.iter().map(note).collect(),
        },
    }
}

/// What somebody noted about an e-mail, and what that is worth.
fn note(note: &MailNote) -> String {
    let checks: Vec<_> = note
        .checks
        .iter()
        .map(|check| {
            let about = match check.about.as_slice() {
                [] => String::new(),
                about => format!(" ({})", about.join(", ")),
            };
            inspect::shown(&format!("{}={}{about}", check.method, check.result))
        })
        .collect();
    let noted = match checks.as_slice() {
        [] => "that it checked nothing".to_owned(),
        checks => checks.join(", "),
    };
    let server = &note.server;
    match note.noted_by {
        NotedBy::OurServer => format!("{server}, our own mail server, noted: {noted}."),
        NotedBy::OurServerAgain => format!(
            "{server}, by the name of our own mail server, noted: {noted}. More than one note has \
             that name, so one may be forged: our server has to take out what others write in its \
             name (RFC 8601, section 5)."
        ),
        NotedBy::Another => {
            format!("{server} noted: {noted}. Somebody else wrote this, and it proves nothing.")
        }
        NotedBy::NotSet => format!(
            "{server} noted: {noted}. Which mail servers are ours is not set (mail_servers under \
             [letters] in candor.toml), so it proves nothing."
        ),
    }
}
