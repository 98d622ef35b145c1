//! A second proof before something that can't be undone.

use askama::Template;

use super::{Field, Form, Frame, Kind, Page, Passkey};

#[derive(Debug, Template)]
#[template(path = "console/step_up.html")]
pub struct StepUp {
    pub frame: Frame,
    /// What is about to be done, in a sentence: "You are about to confirm ... ."
    pub about: String,
    /// Where the way leads without it.
    pub back: super::Link,
    pub form: Form,
    /// `None` where the viewer has none.
    pub passkey: Option<Passkey>,
}

impl StepUp {
    /// POST /confirm-it-is-you: `code`, hidden `next`.
    pub fn form() -> Form {
        Form::new("confirm", "/confirm-it-is-you", "Confirm that it is me")
            .field(
                Field::line("code", "Code", Kind::OneTimeCode)
                    .hint("Six digits from your authenticator, or one of your recovery codes."),
            )
            .main()
    }

    /// POST /confirm-it-is-you/passkey: `answer`, hidden `next`.
    pub fn with_passkey() -> Form {
        Form::new("passkey", "/confirm-it-is-you/passkey", "Confirm with a passkey").main()
    }
}

impl Page for StepUp {
    fn title(&self) -> String {
        "Confirm that it is you".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.passkey.iter().map(|passkey| &passkey.form).chain([&self.form]).collect()
    }
}

#[cfg(test)]
impl StepUp {
    pub fn sample() -> Self {
        Self {
            frame: Frame::sample("/"),
            about: "You are about to confirm the decision on request 2026-0147-1: user data of \
                    three accounts is released to the Bureau of Samples."
                .to_owned(),
            back: super::Link::new("Back to request 2026-0147-1", "/requests/2026-0147-1"),
            form: Self::form(),
            passkey: Some(Passkey::sample(Self::with_passkey())),
        }
    }
}
