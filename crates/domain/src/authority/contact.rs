//! What a mail domain and a telephone number are, and where in a letter's lines they stand.

use std::fmt;

/// What was typed is no domain, or no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactFault {
    #[error("a mail address is one as desk@police.example")]
    NoAddress,
    #[error("a mail domain is what stands after the @, as police.example")]
    NoDomain,
    #[error("a telephone number is given with its country, as +1 202 555 0100")]
    NoTelephone,
}

/// The part of a mail address after the `@`: two labels or more, in small letters, as people read
/// it. A domain that is written in its ASCII form (RFC 5891, `xn--…`) is the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailDomain(String);

/// RFC 1035, section 2.3.4.
const DOMAIN_SIZE_BYTES_MAX: usize = 253;
const LABEL_SIZE_BYTES_MAX: usize = 63;

impl MailDomain {
    /// Blanks and an `@` before it are dropped.
    pub fn new(text: &str) -> Result<Self, ContactFault> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text).trim_end_matches('.');
        let ascii = idna::domain_to_ascii(text).map_err(|_| ContactFault::NoDomain)?;
        let is_label = |label: &str| {
            (1..=LABEL_SIZE_BYTES_MAX).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels: Vec<_> = ascii.split('.').collect();
        let is_number =
            labels.last().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
        if ascii.len() > DOMAIN_SIZE_BYTES_MAX
            || labels.len() < 2
            || is_number
            || !labels.into_iter().all(is_label)
        {
            return Err(ContactFault::NoDomain);
        }
        let (readable, _) = idna::domain_to_unicode(&ascii);
        Ok(Self(readable))
    }

    /// As people read it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the other one or lies within it: whoever has a domain has all below it.
    pub fn is_within(&self, other: &Self) -> bool {
        let Self(own) = self;
        own.strip_suffix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mail address in one form. RFC 5321, section 2.4 lets a server tell `J@` from `j@`; those that
/// people use don't, and who reads an address doesn't either.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailAddress(String);

impl MailAddress {
    pub fn new(text: &str) -> Result<Self, ContactFault> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(ContactFault::NoAddress)?;
        if local.is_empty() || local.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ContactFault::NoAddress);
        }
        let domain = MailDomain::new(domain).map_err(|_| ContactFault::NoAddress)?;
        Ok(Self(format!("{}@{domain}", local.to_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A telephone number with its country code: `+` and 7 to 15 digits (ITU-T E.164, section 6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Telephone(String);

const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 15;

impl Telephone {
    /// Blanks, hyphens, dots, slashes and brackets between the digits are dropped; `00` before the
    /// country is a `+`.
    pub fn new(text: &str) -> Result<Self, ContactFault> {
        let text = text.trim();
        let rest = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
        let rest = rest.ok_or(ContactFault::NoTelephone)?;
        // A trunk prefix in brackets, +44 (0)20, is not dialled from abroad.
        let rest = rest.replace("(0)", "");
        if !rest.chars().all(|c| c.is_ascii_digit() || is_between_digits(c)) {
            return Err(ContactFault::NoTelephone);
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let is_fine = (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && !digits.starts_with('0');
        if is_fine { Ok(Self(format!("+{digits}"))) } else { Err(ContactFault::NoTelephone) }
    }

    /// `+` and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Telephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_between_digits(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')
}

/// More than these in one letter are left out.
const FOUND_MAX: usize = 20;

/// What may be a mail address in a text.
fn parts_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "<>()[]{},;:\"'“”„«»".contains(c))
}

/// The mail addresses in a text, each once.
pub fn addresses_in(text: &str) -> Vec<MailAddress> {
    let mut found = Vec::new();
    for address in parts_of(text).filter_map(|part| MailAddress::new(part).ok()) {
        if !found.contains(&address) && found.len() < FOUND_MAX {
            found.push(address);
        }
    }
    found
}

/// The domains of all mail addresses in a text, each once.
pub fn domains_in(text: &str) -> Vec<MailDomain> {
    let mut found = Vec::new();
    for part in parts_of(text) {
        let Some((local, domain)) = part.rsplit_once('@') else { continue };
        if local.is_empty() {
            continue;
        }
        let Ok(domain) = MailDomain::new(domain) else { continue };
        if !found.contains(&domain) && found.len() < FOUND_MAX {
            found.push(domain);
        }
    }
    found
}

/// The telephone numbers in a text that are given with their country, each once.
pub fn telephones_in(text: &str) -> Vec<Telephone> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('+') {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && !is_between_digits(c));
        let run = &rest[..end.unwrap_or(rest.len())];
        if let Ok(number) = Telephone::new(&format!("+{run}"))
            && !found.contains(&number)
            && found.len() < FOUND_MAX
        {
            found.push(number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_told_from_what_is_none() {
        for (text, expected) in [
            (" @Sheriff.Example ", "sheriff.example"),
            ("post.sheriff.example.", "post.sheriff.example"),
            ("exämple.org", "exämple.org"),
            ("xn--exmple-cua.org", "exämple.org"),
        ] {
            assert_eq!(MailDomain::new(text).expect(text).as_str(), expected);
        }
        let long = format!("{}.example", "a".repeat(64));
        for text in [
            "",
            "localhost",
            "a b.example",
            "a@b.example",
            "-a.example",
            "192.0.2.7",
            &long,
            "a..b",
        ] {
            assert_eq!(MailDomain::new(text), Err(ContactFault::NoDomain), "{text}");
        }
    }

    #[test]
    fn what_lies_below_a_domain_belongs_to_it() {
        let of = |text| MailDomain::new(text).expect("a domain");
        for (one, other, expected) in [
            ("sheriff.example", "sheriff.example", true),
            ("desk.sheriff.example", "sheriff.example", true),
            ("mysheriff.example", "sheriff.example", false),
            ("sheriff.example", "desk.sheriff.example", false),
        ] {
            assert_eq!(of(one).is_within(&of(other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (text, expected) in [
            ("+1 (202) 555-0100", "+12025550100"),
            ("0044 (0)20.7946/0000", "+442079460000"),
            ("+49 30 000000", "+4930000000"),
        ] {
            assert_eq!(Telephone::new(text).expect(text).as_str(), expected);
        }
        for text in [
            "",
            "202 555 0100",
            "+1 202",
            "+0 123 4567",
            "+1 202 555 0100 ext. 5",
            "+12345678901234567",
        ] {
            assert_eq!(Telephone::new(text), Err(ContactFault::NoTelephone), "{text}");
        }
    }

    #[test]
    fn addresses_and_numbers_are_found_in_what_a_letter_says() {
        let text = "Desk <j.sample@Sheriff.Example>, or j@sheriff.example; +1 202 555 0100, \
                    fax +1 (202) 555-0101. Not @sheriff, not 5+3.";
        let domains: Vec<_> = domains_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(domains, ["sheriff.example"]);
        let addresses: Vec<_> = addresses_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["j.sample@sheriff.example", "j@sheriff.example"]);
        let numbers: Vec<_> = telephones_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(numbers, ["+12025550100", "+12025550101"]);
        assert_eq!(domains_in("nothing here"), []);
    }
}
