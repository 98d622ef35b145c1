//! The legal process behind a request, as a code of a jurisdiction profile.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A code of lower-case letters, digits, `_`, `-` and `.`, at most 40 long; `none` where nothing
/// stands behind the request. What a code means is said by the profile of the jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instrument(String);

/// A code of a rule in a jurisdiction profile, of the same form as [`Instrument`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RuleId(String);

/// The text is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 1 to 40 of a-z, 0-9, `_`, `-`, `.`")]
pub struct NotACode;

fn checked(text: &str) -> Result<String, NotACode> {
    let is_code =
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b));
    match text.len() {
        1..=40 if is_code => Ok(text.to_owned()),
        _ => Err(NotACode),
    }
}

macro_rules! code {
    ($name:ident) => {
        impl $name {
            pub fn new(text: &str) -> Result<Self, NotACode> {
                checked(text).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotACode;

            fn try_from(text: String) -> Result<Self, NotACode> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(Instrument);
code!(RuleId);
