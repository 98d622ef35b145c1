//! A password and an authenticator for who has passkeys alone.

use askama::Template;

use super::{Authenticator, Form, Frame, Join, Page};

#[derive(Debug, Template)]
#[template(path = "console/fall_back.html")]
pub struct FallBack {
    pub frame: Frame,
    pub authenticator: Authenticator,
    pub form: Form,
}

impl FallBack {
    /// POST /me/fall-back: `password`, `again`, `code`.
    pub fn form() -> Form {
        Join::fields(Form::new("fall-back", "/me/fall-back", "Set them up")).main()
    }
}

impl Page for FallBack {
    fn title(&self) -> String {
        "A password and an authenticator".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}

#[cfg(test)]
impl FallBack {
    pub fn sample() -> Self {
        let authenticator = Join::sample().authenticator;
        Self { frame: Frame::sample(""), authenticator, form: Self::form() }
    }

    pub fn sample_faulty() -> Self {
        let form =
            Self::form().faulted(&[super::Fault::new("code", "Type the code that is shown now")]);
        Self { form, ..Self::sample() }
    }
}
