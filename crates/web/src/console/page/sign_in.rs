//! Signing in.

use askama::Template;

use super::{Field, Form, Frame, Kind, Page, Passkey, Secret};

#[derive(Debug, Template)]
#[template(path = "console/sign_in.html")]
pub struct SignIn {
    pub frame: Frame,
    pub form: Form,
    /// Whether a form waits that was sent after the session ended.
    pub waits: Waits,
    /// `None` where passkeys don't work.
    pub passkey: Option<Passkey>,
}

/// What somebody comes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    Nothing,
    /// A form of theirs.
    Form,
}

impl SignIn {
    /// POST /sign-in: `email`, `password`, `code`.
    pub fn form() -> Form {
        Form::new("sign-in", "/sign-in", "Sign in")
            .field(Field::line("email", "E-mail address", Kind::Username))
            .field(Field::password("password", "Password", Secret::Current))
            .field(
                Field::line("code", "Code", Kind::OneTimeCode)
                    .hint("Six digits from your authenticator, or one of your recovery codes."),
            )
            .main()
    }

    /// POST /sign-in/passkey: `answer`.
    pub fn with_passkey() -> Form {
        Form::new("passkey", "/sign-in/passkey", "Sign in with a passkey").main()
    }
}

impl Page for SignIn {
    fn title(&self) -> String {
        "Sign in".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.passkey.iter().map(|passkey| &passkey.form).chain([&self.form]).collect()
    }
}

#[cfg(test)]
impl SignIn {
    pub fn sample() -> Self {
        let (frame, form) = (Frame::outside("Example publisher"), Self::form());
        let passkey = Some(Passkey::sample(Self::with_passkey()));
        Self { frame, form, waits: Waits::Nothing, passkey }
    }

    pub fn sample_faulty() -> Self {
        let sent = [("email".to_owned(), "i.esempio@publisher.example".to_owned())];
        let form = Self::form().keep(&sent).faulted(&[
            super::Fault::new("password", "Type your password again"),
            super::Fault::new("code", "Type the code that your authenticator shows now"),
        ]);
        Self { form, passkey: None, ..Self::sample() }
    }

    pub fn sample_kept() -> Self {
        let form = Self::form().hidden("again", "/requests/2026-0147-1/note");
        let form = form.hidden("again.text", "The order names two accounts by number.");
        Self { form, waits: Waits::Form, ..Self::sample() }
    }
}
