//! Whether a mail domain looks like another one: what somebody reads as the same at a glance.

use unicode_normalization::UnicodeNormalization;

use super::MailDomain;

/// Whether a domain that is not within a registered one could be taken for it: letters that look
/// alike, one or two letters changed, another ending, the registered name as a part of it.
pub fn looks_like(domain: &MailDomain, registered: &MailDomain) -> bool {
    if domain.is_within(registered) {
        return false;
    }
    let (one, other) = (seen(domain.as_str()), seen(registered.as_str()));
    let bare = |text: &str| text.replace(['.', '-'], "");
    if bare(&one) == bare(&other) || holds(&one, &other) || differs_in_ending(&one, &other) {
        return true;
    }
    let letters = other.chars().count();
    // In a short name a single letter makes another one.
    let few = if letters >= SHORT { 2 } else { 1 };
    distance(&one, &other) <= few
}

/// A domain of fewer letters is short.
const SHORT: usize = 12;

/// `sheriff.example.net` and `sheriff-example.net` hold `sheriff.example`.
fn holds(one: &str, other: &str) -> bool {
    let dashed = one.replace('-', ".");
    let other = other.replace('-', ".");
    format!(".{dashed}.").contains(&format!(".{other}."))
}

/// `sheriff.example` and `sheriff.test`.
fn differs_in_ending(one: &str, other: &str) -> bool {
    let name = |text: &str| text.rsplit_once('.').map(|(name, _)| name.to_owned());
    name(one).is_some() && name(one) == name(other)
}

/// How a domain looks: small letters without marks, and one letter for all that look like it. A
/// part of what Unicode Technical Standard 39, section 4 calls a skeleton: the letters of the
/// Cyrillic and Greek alphabets and the digits that stand for Latin ones in most typefaces.
fn seen(domain: &str) -> String {
    let plain: String = domain
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'а' | 'α' => 'a',
            'ԁ' => 'd',
            'е' | 'ҽ' => 'e',
            'ɡ' => 'g',
            'һ' => 'h',
            '1' | 'і' | 'ι' | 'ı' | 'l' | 'ӏ' => 'i',
            'ј' => 'j',
            'к' | 'κ' => 'k',
            'м' => 'm',
            'п' | 'η' => 'n',
            '0' | 'о' | 'ο' | 'σ' => 'o',
            'р' | 'ρ' => 'p',
            'ԛ' => 'q',
            'г' => 'r',
            'ѕ' | '5' => 's',
            'т' | 'τ' => 't',
            'υ' => 'u',
            'ѵ' | 'ν' => 'v',
            'ԝ' | 'ω' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' => 'y',
            other => other,
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("ci", "d")
}

/// How many letters are put in, left out, changed or swapped with their neighbour (optimal string
/// alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(domain: &str, registered: &str, expected: bool) {
        let of = |text| MailDomain::new(text).expect("a domain");
        assert_eq!(looks_like(&of(domain), &of(registered)), expected, "{domain} {registered}");
    }

    #[test]
    fn what_reads_as_the_same_looks_alike() {
        for domain in [
            "sherlff-county.example",
            "sheriff-c0unty.example",
            "sherif-county.example",
            "sheriff-conuty.example",
            "sheriffcounty.example",
            "sheriff.county.example",
            "sheriff-county.test",
            "sheriff-county.example.test",
            "sheriff-county-example.test",
            // A Cyrillic е.
            "shеriff-county.example",
            "shériff-county.example",
        ] {
            check(domain, "sheriff-county.example", true);
        }
        check("rnodel.example", "model.example", true);
        check("vvest.example", "west.example", true);
    }

    #[test]
    fn what_is_registered_or_another_name_does_not() {
        check("sheriff-county.example", "sheriff-county.example", false);
        check("desk.sheriff-county.example", "sheriff-county.example", false);
        check("prosecutor.example", "sheriff-county.example", false);
        check("fbi.test", "cia.test", false);
    }

    #[test]
    fn a_distance_counts_letters() {
        for (one, other, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("abc", "acb", 1),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
