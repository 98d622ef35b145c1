//! Codes on paper, for the day on which the authenticator is lost.

use std::fmt;

/// How many a person gets at once.
pub const CODES: usize = 10;

/// Crockford's 32 characters: no I, L, O, which are taken for digits, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;

/// 50 random bits that take the place of a one-time code, once.
///
/// What is stored is an HMAC of [`Self::reveal_plain`] under a key that follows from the master key
/// and is not in the database. SHA-256 alone would not do: 2⁵⁰ tries take one graphics card less
/// than a day. Argon2 would, but ten codes would cost ten times the work at each try. Who holds
/// both the database and the master key can read the authenticator's secret just as well.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; LENGTH]);

impl RecoveryCode {
    /// New ones, from the system's random numbers.
    pub fn generate() -> Result<[Self; CODES], getrandom::Error> {
        let mut bytes = [[0; LENGTH]; CODES];
        getrandom::fill(bytes.as_flattened_mut())?;
        // 32 divides 256, so every character is as likely as the others.
        Ok(bytes.map(|code| Self(code.map(|byte| ALPHABET[usize::from(byte % 32)]))))
    }

    /// Reads what somebody typed: in small or capital letters, with blanks or hyphens anywhere, and
    /// with I and L for 1 and O for 0. `None` for what can't be a code.
    pub fn read(text: &str) -> Option<Self> {
        /// Longer texts are not looked at.
        const TYPED_BYTES_MAX: usize = 64;
        if text.len() > TYPED_BYTES_MAX {
            return None;
        }
        let mut code = [0; LENGTH];
        let mut length = 0;
        for typed in text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
            let meant = match typed.to_ascii_uppercase() {
                b'I' | b'L' => b'1',
                b'O' => b'0',
                other => other,
            };
            if !ALPHABET.contains(&meant) {
                return None;
            }
            *code.get_mut(length)? = meant;
            length += 1;
        }
        (length == LENGTH).then_some(Self(code))
    }

    /// The secret as the person keeps it: `ABCDE-FGHJK`.
    pub fn reveal(&self) -> String {
        let plain = self.reveal_plain();
        let (first, second) = plain.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// The secret in the one form that its hash is made of: ten characters.
    pub fn reveal_plain(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        let expected = RecoveryCode(*b"AB01EFGH1Z");
        for text in ["AB01E-FGH1Z", "ab01e fgh1z", "abolefghiz", " A-B-0-1-E-F-G-H-L-Z "] {
            assert_eq!(RecoveryCode::read(text), Some(expected.clone()), "{text}");
        }
        let long = format!("AB01E-FGH1Z{}", " ".repeat(60));
        for text in
            ["", "AB01E-FGH1", "AB01E-FGH1ZZ", "AB01E-FGHUZ", "AB01E-FGH1Ä", "123456", &long]
        {
            assert_eq!(RecoveryCode::read(text), None, "{text}");
        }
    }

    #[test]
    fn ten_codes_differ_and_are_read_as_shown() {
        let codes = RecoveryCode::generate().expect("random numbers");
        for (n, code) in codes.iter().enumerate() {
            assert!(!codes[..n].contains(code));
            assert_eq!(code.reveal().len(), 11);
            assert_eq!(RecoveryCode::read(&code.reveal()).as_ref(), Some(code));
            assert_eq!(code.reveal().replace('-', ""), code.reveal_plain());
            assert_eq!(format!("{code:?}"), "RecoveryCode(..)");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_none(text in "\\PC{0,80}") {
            if let Some(code) = RecoveryCode::read(&text) {
                prop_assert_eq!(RecoveryCode::read(&code.reveal()), Some(code));
            }
        }
    }
}
