//! What is noticed about a letter and told to the people who verify it. Each is a reason by itself;
//! they add up to no score, and none decides anything.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{MailDomain, Register, Verification, VerificationResult, looks_like};
use crate::fact::Urgency;
use crate::id::SubmissionId;

/// Something that whoever verifies the officer should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Nothing came from this officer before.
    FirstLetter,
    /// An address in the letter belongs to none of the authority's domains.
    ForeignDomain { domain: MailDomain },
    /// And it could be taken for one of them.
    LooksLike { domain: MailDomain, registered: MailDomain },
    /// There is nothing to hold an address against.
    NoDomainRegistered { domain: MailDomain },
    /// A domain or number in the letter that somebody else uses in an authority's name.
    KnownBad { value: String },
    /// So many letters with an emergency came from the authority on one day.
    Burst { letters: usize, on: Date },
    /// A letter in this authority's name was found not to be its officer's.
    FoundFalse { on: Date },
}

/// So many letters with emergencies on one day are told.
pub const BURST_LETTERS: usize = 3;
/// For so many days it is told that a letter was found false: who has a mailbox writes again.
pub const FALSE_LETTER_DAYS: i64 = 30;

/// What the domains in a letter say, beside those of the authority.
pub fn of_domains(found: &[MailDomain], registered: &[MailDomain]) -> Vec<Signal> {
    let mut signals = Vec::new();
    for domain in found {
        if registered.is_empty() {
            signals.push(Signal::NoDomainRegistered { domain: domain.clone() });
        } else if !registered.iter().any(|known| domain.is_within(known)) {
            let domain = domain.clone();
            signals.push(match registered.iter().find(|known| looks_like(&domain, known)) {
                Some(known) => Signal::LooksLike { domain, registered: known.clone() },
                None => Signal::ForeignDomain { domain },
            });
        }
    }
    signals
}

/// Whether many letters with an emergency came on one day; one letter may hold several requests.
pub fn burst(
    requests: impl IntoIterator<Item = (SubmissionId, Date, Urgency)>,
    on: Date,
) -> Option<Signal> {
    let letters: BTreeSet<_> = requests
        .into_iter()
        .filter(|(_, received_on, urgency)| *received_on == on && *urgency == Urgency::Emergency)
        .map(|(submission, ..)| submission)
        .collect();
    let letters = letters.len();
    (letters >= BURST_LETTERS).then_some(Signal::Burst { letters, on })
}

/// Records by which other letters in the authority's name were found false lately, the newest first.
pub fn found_false(
    register: &Register,
    of: SubmissionId,
    today: Date,
) -> impl Iterator<Item = &Verification> {
    let since = today.saturating_sub(FALSE_LETTER_DAYS.days());
    register.verifications().iter().rev().filter(move |record| {
        let is_false = matches!(record.result, VerificationResult::NotVerified { .. });
        is_false && record.submission != of && record.recorded.on >= since
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_foreign_domain_is_told_and_an_own_one_is_not() {
        let of = |texts: &[&str]| -> Vec<MailDomain> {
            texts.iter().map(|text| MailDomain::new(text).expect("a domain")).collect()
        };
        let known = of(&["sheriff.example"]);
        let [domain, registered] =
            ["sherlff.example", "sheriff.example"].map(|t| of(&[t]).remove(0));
        let domain_of = |text| of(&[text]).remove(0);
        assert_eq!(of_domains(&of(&["desk.sheriff.example"]), &known), []);
        assert_eq!(
            of_domains(&of(&["sherlff.example", "post.test"]), &known),
            [
                Signal::LooksLike { domain, registered },
                Signal::ForeignDomain { domain: domain_of("post.test") }
            ]
        );
        let none = Signal::NoDomainRegistered { domain: domain_of("post.test") };
        assert_eq!(of_domains(&of(&["post.test"]), &[]), [none]);
    }

    #[test]
    fn emergencies_are_counted_by_letter_and_day() {
        let on = date(2026, 9, 21);
        let of = |letter: u128, day, urgency| (SubmissionId(Uuid::from_u128(letter)), day, urgency);
        let two = [
            of(1, on, Urgency::Emergency),
            of(1, on, Urgency::Emergency),
            of(2, on, Urgency::Emergency),
            of(3, on, Urgency::Ordinary),
            of(4, date(2026, 9, 20), Urgency::Emergency),
        ];
        assert_eq!(burst(two, on), None);
        let three = two.into_iter().chain([of(5, on, Urgency::Emergency)]);
        assert_eq!(burst(three, on), Some(Signal::Burst { letters: 3, on }));
    }
}
