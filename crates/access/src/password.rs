//! The first factor: what a person knows.

mod common;

use std::fmt;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::person::{EmailAddress, PersonName};
use unicode_normalization::UnicodeNormalization;

const CHARS_MIN: usize = 12;
/// Longer texts are refused unread: hashing them would cost more than it is worth.
const SIZE_BYTES_MAX: usize = 1024;
/// Characters that are not alike. With fewer it is a pattern.
const DIFFERENT_CHARS_MIN: usize = 5;
/// Parts of a name or an address that are shorter stand in many words by chance.
const PART_CHARS_MIN: usize = 4;

/// The memory in KiB, the passes and the lanes that OWASP's Password Storage Cheat Sheet asks for at
/// least. Whoever raises them lets hashes be made anew as people sign in.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_SIZE_BYTES: usize = 16;

/// In place of the hash of a person whom nobody knows. Salt and hash are zero bytes: a password that
/// leads to them is as hard to find as one that leads to any other.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
     AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What somebody typed. Its characters are brought into one form (NFKC), as NIST SP 800-63B-4,
/// section 3.1.1.2, asks for, since keyboards write the same letter in several.
#[derive(Clone)]
pub struct Password(String);

/// A password as it is stored: a PHC string of Argon2id (RFC 9106).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(phc::PasswordHash);

/// Why a password can't be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    #[error("a password has at least {CHARS_MIN} characters: several words are easiest to keep")]
    TooShort,
    #[error("a password has at most {SIZE_BYTES_MAX} bytes")]
    TooLong,
    #[error("your name or e-mail address is in this password: others would try it first")]
    HoldsName,
    #[error("many people use this password, and others would try it first: choose another")]
    Common,
}

impl Password {
    /// Takes any text of up to 1,024 bytes, as somebody types who signs in.
    pub fn typed(text: &str) -> Result<Self, PasswordRefusal> {
        let within = |text: &str| text.len() <= SIZE_BYTES_MAX;
        if !within(text) {
            return Err(PasswordRefusal::TooLong);
        }
        // One character may become eighteen.
        let text: String = text.nfkc().collect();
        if within(&text) { Ok(Self(text)) } else { Err(PasswordRefusal::TooLong) }
    }

    /// Takes what a person may choose: any characters, enough of them, and nothing that others
    /// would try first.
    pub fn chosen(
        text: &str,
        name: &PersonName,
        email: &EmailAddress,
    ) -> Result<Self, PasswordRefusal> {
        let password = Self::typed(text)?;
        let folded = password.0.to_lowercase();
        if folded.chars().count() < CHARS_MIN {
            return Err(PasswordRefusal::TooShort);
        }
        if parts(name, email).any(|part| folded.contains(&part)) {
            return Err(PasswordRefusal::HoldsName);
        }
        if is_common(&folded) { Err(PasswordRefusal::Common) } else { Ok(password) }
    }

    /// Hashes it with a fresh salt. Takes about 20 ms and 19 MiB.
    pub fn hash(&self) -> Result<PasswordHash, getrandom::Error> {
        let mut salt = [0; SALT_SIZE_BYTES];
        getrandom::fill(&mut salt)?;
        let hash = argon2().hash_password_with_salt(self.0.as_bytes(), &salt);
        Ok(PasswordHash(hash.expect("the salt and the password are within Argon2's limits")))
    }

    /// Whether it is the one that was hashed. Where nobody has the account the same work is done,
    /// so that the time it takes doesn't tell who has one. Takes as long as [`Self::hash`].
    pub fn check(&self, hash: Option<&PasswordHash>) -> bool {
        let nobody = PasswordHash::nobody();
        let against = hash.unwrap_or(&nobody);
        // Compared in constant time; wrong where the hash is of another kind, which `read` refuses.
        argon2().verify_password(self.0.as_bytes(), &against.0).is_ok() && hash.is_some()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl PasswordHash {
    /// Reads a PHC string; `None` where it is none of Argon2id with a salt and a hash.
    pub fn read(text: &str) -> Option<Self> {
        let hash = phc::PasswordHash::new(text).ok()?;
        let is_whole = hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.salt.is_some()
            && hash.hash.is_some()
            && Params::try_from(&hash).is_ok();
        is_whole.then_some(Self(hash))
    }

    fn nobody() -> Self {
        Self::read(NOBODY).expect("a test reads it")
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.expect("they are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What of a person should not stand in their password, in small letters.
fn parts(name: &PersonName, email: &EmailAddress) -> impl Iterator<Item = String> {
    let words = name.as_str().split(|c: char| !c.is_alphanumeric());
    let whole = [email.local_part(), name.as_str()];
    let words: Vec<String> = words.chain(whole).map(|part| part.nfkc().collect()).collect();
    let long = words.into_iter().filter(|part| part.chars().count() >= PART_CHARS_MIN);
    long.map(|part| part.to_lowercase())
}

fn is_common(folded: &str) -> bool {
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < DIFFERENT_CHARS_MIN || is_run(folded) || common::PASSWORDS.contains(&folded)
}

/// Whether each character follows the one before, as in `abcdefghijkl`, or goes back by one.
fn is_run(folded: &str) -> bool {
    let codes: Vec<i64> = folded.chars().map(|c| i64::from(u32::from(c))).collect();
    [1, -1].into_iter().any(|by| codes.windows(2).all(|pair| pair[1] - pair[0] == by))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<(), PasswordRefusal> {
        let name = PersonName::new("Ada Éxample").expect("a name");
        let email = EmailAddress::new("Intake.Desk@example.com").expect("an address");
        Password::chosen(text, &name, &email).map(|_| ())
    }

    #[test]
    fn a_password_is_long_and_says_nothing_of_its_person() {
        let (longest, too_long) = ("äb3&xy9".repeat(128), "äb3&xy9".repeat(129));
        assert_eq!(longest.len(), 1024);
        for (text, expected) in [
            ("correct horse battery", Ok(())),
            ("ひらがなカタカナ漢字です!", Ok(())),
            ("tab\tand\0nul fine", Ok(())),
            ("            a1b2c", Ok(())),
            (&longest, Ok(())),
            (&too_long, Err(PasswordRefusal::TooLong)),
            ("", Err(PasswordRefusal::TooShort)),
            ("elevenchars", Err(PasswordRefusal::TooShort)),
            ("my EXAMPLE of one", Ok(())),
            ("my ÉXAMPLE of one", Err(PasswordRefusal::HoldsName)),
            // The same letter from two code points.
            ("my E\u{301}xample of one", Err(PasswordRefusal::HoldsName)),
            ("xx intake.desk xx", Err(PasswordRefusal::HoldsName)),
            // Too short a part to be looked for.
            ("ada went to sea in a boat", Ok(())),
            ("aaaaaaaaaaaaaaaa", Err(PasswordRefusal::Common)),
            ("abcabcabcabc", Err(PasswordRefusal::Common)),
            ("abcdefghijklm", Err(PasswordRefusal::Common)),
            ("mlkjihgfedcba", Err(PasswordRefusal::Common)),
            ("PasswordPassword", Err(PasswordRefusal::Common)),
            ("1qaz2wsx3edc", Err(PasswordRefusal::Common)),
        ] {
            assert_eq!(chosen(text), expected, "{text}");
        }
    }

    #[test]
    fn every_common_password_would_be_allowed_otherwise() {
        for text in common::PASSWORDS {
            assert!(text.chars().count() >= CHARS_MIN, "{text} is refused as too short");
            assert_eq!(text.to_lowercase(), *text);
        }
    }

    #[test]
    fn a_password_opens_its_own_hash_alone() {
        let typed = |text| Password::typed(text).expect("short enough");
        let hash = typed("Zwölf Boxkämpfer").hash().expect("random numbers");
        let again = PasswordHash::read(&hash.to_string()).expect("a hash");
        assert_eq!(again, hash);
        assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        // Typed on another keyboard, with the dots apart.
        assert!(typed("Zwo\u{308}lf Boxka\u{308}mpfer").check(Some(&again)));
        assert!(!typed("Zwölf boxkämpfer").check(Some(&again)));
        assert!(!typed("").check(Some(&again)));
        assert_ne!(typed("Zwölf Boxkämpfer").hash().expect("random numbers"), hash);
        assert_eq!(format!("{:?}", typed("secret")), "Password(..)");
    }

    #[test]
    fn nobody_is_checked_with_the_same_work() {
        let password = Password::typed("anything at all").expect("short enough");
        assert!(!password.check(None));
        let nobody = PasswordHash::nobody();
        assert_eq!(nobody.to_string(), NOBODY);
        let made = password.hash().expect("random numbers");
        assert_eq!(nobody.0.params, made.0.params);
        assert_eq!(nobody.0.version, made.0.version);
        let sizes = |hash: &PasswordHash| {
            (hash.0.salt.as_ref().map(|salt| salt.len()), hash.0.hash.as_ref().map(|h| h.len()))
        };
        assert_eq!(sizes(&nobody), sizes(&made));
    }

    /// From the tests of the reference implementation, github.com/P-H-C/phc-winner-argon2,
    /// src/test.c: Argon2id of version 19, to which RFC 9106 refers.
    #[test]
    fn hashes_are_those_of_the_reference_implementation() {
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
             CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hash = PasswordHash::read(hash).expect("a hash");
        assert!(Password::typed("password").expect("short").check(Some(&hash)));
        assert!(!Password::typed("passworD").expect("short").check(Some(&hash)));
    }

    #[test]
    fn what_is_no_hash_of_ours_is_not_read() {
        let of = |algorithm: &str| NOBODY.replace("argon2id", algorithm);
        for text in
            ["", "password", &of("argon2i"), &of("scrypt"), "$argon2id$v=19$m=19456,t=2,p=1"]
        {
            assert_eq!(PasswordHash::read(text), None, "{text}");
        }
    }
}
