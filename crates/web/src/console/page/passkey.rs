//! What asks the browser for a passkey: a form whose answer a script fills in. Without the script
//! it is hidden, and the page has another way.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Form;

/// The script that does it, served at `/passkeys.js`. There is no other.
pub const SCRIPT: &str = include_str!("../../../templates/console/passkeys.js");

#[derive(Clone, Debug, Template)]
#[template(path = "console/passkey.html")]
pub struct Passkey {
    pub asks: Asks,
    /// JSON for `navigator.credentials`, with the challenge.
    pub options: String,
    pub form: Form,
}

/// What the browser is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// To make a passkey.
    Create,
    /// To prove one.
    Get,
}

impl HtmlSafe for Passkey {}

impl Asks {
    fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
        }
    }
}

impl Passkey {
    pub fn create(options: String, form: Form) -> Self {
        Self { asks: Asks::Create, options, form: form.hidden("answer", "") }
    }

    pub fn get(options: String, form: Form) -> Self {
        Self { asks: Asks::Get, options, form: form.hidden("answer", "") }
    }
}

#[cfg(test)]
impl Passkey {
    pub fn sample(form: Form) -> Self {
        Self::get(r#"{"challenge":"AAECAwQFBgcICQoLDA0ODw","rpId":"localhost"}"#.to_owned(), form)
    }
}
