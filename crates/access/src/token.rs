//! Random texts that stand for a session or an invitation.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::id::Sha256Hash;
use sha2::{Digest, Sha256};

const SIZE_BYTES: usize = 32;

/// 256 random bits. Outside they are 43 characters of base64url (RFC 4648, section 5); inside only
/// their SHA-256 is kept, so that whoever reads the database can't come in with what they find.
///
/// A hash without salt or repetition is enough for what nobody can guess. Rows are looked up by it:
/// how long that takes tells something about the hash, from which no token follows, so the lookup
/// need not be constant in time.
#[derive(Clone)]
pub struct Token([u8; SIZE_BYTES]);

impl Token {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SIZE_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads what [`Self::reveal`] wrote; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The secret as text, for the cookie or the link.
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// By which it is stored and found again.
    pub fn hash(&self) -> Sha256Hash {
        Sha256Hash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_revealed(bytes: [u8; SIZE_BYTES]) {
            let token = Token(bytes);
            let text = token.reveal();
            prop_assert_eq!(text.len(), 43);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(Token::read(&text).expect("a token").hash(), token.hash());
            prop_assert_eq!(format!("{:?}", token), "Token(..)");
        }

        #[test]
        fn what_is_no_token_is_none(text: String) {
            if let Some(token) = Token::read(&text) {
                prop_assert_eq!(token.reveal(), text);
            }
        }
    }

    #[test]
    fn two_tokens_differ_and_are_hashed_with_sha_256() {
        let [one, two] = [(); 2].map(|()| Token::generate().expect("random numbers"));
        assert_ne!(one.hash(), two.hash());
        // SHA-256 of 32 zero bytes, by `head -c 32 /dev/zero | sha256sum`.
        let zeros = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
        assert_eq!(Token([0; SIZE_BYTES]).hash().to_string(), zeros);
        for text in ["", "AAAA", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43)] {
            assert!(Token::read(text).is_none(), "{text}");
        }
    }
}
