//! What is noticed about a letter and told to the people who verify it. Each is a reason by itself;
//! they add up to no score, and none decides anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::{
    Arrival, MailAddress, MailDomain, OfficerStanding, Register, Verification, VerificationResult,
    looks_like,
};
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
    /// Nothing came from this address in the authority's name before, and other letters came from
    /// others.
    NewAddress { address: MailAddress, before: Before },
    /// The officer was verified before this letter came, and nobody has asked about the letter:
    /// whoever has got into the mailbox since then writes as they do.
    VerifiedBefore { on: Date },
}

/// From where earlier letters came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    pub whose: Whose,
    /// Each with the day of the first letter, the longest known first; at most
    /// [`ADDRESSES_TOLD`].
    pub addresses: Vec<(MailAddress, Date)>,
    /// How many more there are.
    pub more: usize,
}

/// Who wrote an earlier letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Somebody of the officer's name.
    SameName,
    /// Others who act for the authority.
    OfAuthority,
}

/// An earlier letter in an authority's name, with the addresses in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierLetter {
    pub received_on: Date,
    pub whose: Whose,
    pub addresses: Vec<MailAddress>,
}

/// So many of the addresses that are known are named beside a new one.
pub const ADDRESSES_TOLD: usize = 3;

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

/// Addresses in a letter from which nothing came before, where others are known. What somebody of
/// the officer's name used goes before what others of the authority did.
pub fn new_addresses(found: &[MailAddress], earlier: &[EarlierLetter]) -> Vec<Signal> {
    let first_days = |whose: Option<Whose>| {
        let mut days: BTreeMap<&MailAddress, Date> = BTreeMap::new();
        for letter in earlier.iter().filter(|letter| whose.is_none_or(|who| letter.whose == who)) {
            for address in &letter.addresses {
                let first = days.entry(address).or_insert(letter.received_on);
                *first = letter.received_on.min(*first);
            }
        }
        days
    };
    let known = first_days(None);
    let before = [Whose::SameName, Whose::OfAuthority].into_iter().find_map(|whose| {
        let mut addresses: Vec<_> = first_days(Some(whose)).into_iter().collect();
        addresses.sort_by_key(|(address, since)| (*since, *address));
        let more = addresses.len().saturating_sub(ADDRESSES_TOLD);
        let told = addresses.into_iter().take(ADDRESSES_TOLD);
        let addresses: Vec<_> = told.map(|(address, since)| (address.clone(), since)).collect();
        (!addresses.is_empty()).then_some(Before { whose, addresses, more })
    });
    let Some(before) = before else { return Vec::new() };
    let new = found.iter().filter(|address| !known.contains_key(address));
    new.map(|address| Signal::NewAddress { address: address.clone(), before: before.clone() })
        .collect()
}

/// Whether the record by which an officer is verified was made for an earlier letter, and before
/// this one came.
pub fn verified_before(
    register: &Register,
    standing: OfficerStanding,
    arrival: Arrival,
) -> Option<Signal> {
    let OfficerStanding::Verified { verification, .. } = standing else { return None };
    let record = register.verifications().iter().find(|record| record.id == verification)?;
    let is_older = record.recorded.position < arrival.position;
    (is_older && record.submission != arrival.submission)
        .then_some(Signal::VerifiedBefore { on: record.recorded.on })
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
    fn an_address_is_new_where_others_are_known() {
        let of = |text: &str| MailAddress::new(text).expect("an address");
        let letter = |received_on, whose, addresses: &[&str]| {
            let addresses = addresses.iter().map(|text| of(text)).collect();
            EarlierLetter { received_on, whose, addresses }
        };
        let [spring, summer, fall] = [3, 6, 9].map(|month| date(2026, month, 1));
        let found = [of("J.Sample@sheriff.example"), of("j@post.test")];
        assert_eq!(new_addresses(&found, &[]), []);
        assert_eq!(new_addresses(&found, &[letter(spring, Whose::SameName, &[])]), []);
        let duty = letter(summer, Whose::OfAuthority, &["duty@sheriff.example"]);
        let told = |address: &MailAddress, whose, known: &[(&str, Date)], more| {
            let addresses = known.iter().map(|(text, since)| (of(text), *since)).collect();
            let before = Before { whose, addresses, more };
            Signal::NewAddress { address: address.clone(), before }
        };
        let others = [("duty@sheriff.example", summer)];
        assert_eq!(
            new_addresses(&found, std::slice::from_ref(&duty)),
            found.each_ref().map(|one| told(one, Whose::OfAuthority, &others, 0)),
        );
        // Known is what anybody of the authority used; named is what the officer did.
        let own = letter(fall, Whose::SameName, &["j.sample@sheriff.example"]);
        let first = letter(spring, Whose::SameName, &["j.sample@sheriff.example"]);
        let own_before = [("j.sample@sheriff.example", spring)];
        assert_eq!(
            new_addresses(&found, &[duty, own, first]),
            [told(&found[1], Whose::SameName, &own_before, 0)],
        );
        let many = ["a@a.test", "b@a.test", "c@a.test", "d@a.test", "e@a.test"];
        let many = letter(spring, Whose::OfAuthority, &many);
        let Some(Signal::NewAddress { before, .. }) =
            new_addresses(&found[..1], &[many]).into_iter().next()
        else {
            panic!("it is new");
        };
        assert_eq!((before.addresses.len(), before.more), (ADDRESSES_TOLD, 2));
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
