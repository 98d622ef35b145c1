//! The first visit, by a link that works once, and what is shown at its end.

use askama::Template;

use super::{Field, Form, Frame, Kind, Page, Passkey, Secret};

#[derive(Debug, Template)]
#[template(path = "console/join.html")]
pub struct Join {
    pub frame: Frame,
    pub name: String,
    /// In plain words: "legal counsel".
    pub roles: Vec<String>,
    pub authenticator: Authenticator,
    pub form: Form,
    /// `None` where passkeys don't work.
    pub passkey: Option<Passkey>,
}

/// What an authenticator is set up with.
#[derive(Debug)]
pub struct Authenticator {
    /// Base32 in groups of four (RFC 4648, section 6).
    pub secret: String,
    /// `otpauth://totp/...`, for an authenticator on the same device.
    pub link: String,
    /// The same link as a QR code: a whole `<svg>` element that we made ourselves, put into the
    /// page as it is. It needs no name of its own; the page gives it one.
    pub drawing: String,
}

impl Join {
    /// POST /join/{token}: `password`, `again`, `code`.
    pub fn form(token: &str) -> Form {
        Self::fields(Form::new("join", format!("/join/{token}"), "Open my access")).main()
    }

    /// POST /join/{token}/passkey: `name`, `answer`.
    pub fn with_passkey(token: &str) -> Form {
        Form::new("passkey", format!("/join/{token}/passkey"), "Join with a passkey")
            .main()
            .part(
                "With a passkey",
                "Your device, or a security key, keeps it and asks for your PIN, your finger or \
                 your face. There is no password to remember.",
            )
            .field(
                Field::line("name", "What you call the passkey", Kind::Text)
                    .hint("So that you know it from others, such as “work laptop”.")
                    .value("My first passkey"),
            )
    }

    /// What a password and an authenticator are set up with.
    pub fn fields(form: Form) -> Form {
        form.field(
            Field::line("code", "Code that the authenticator shows now", Kind::OneTimeCode)
                .hint("Six digits. They change every half minute."),
        )
        .part("Choose a password", "")
        .field(Field::password("password", "Password", Secret::New).hint(
            "At least 12 characters. Several words that don’t belong together are easiest to keep.",
        ))
        .field(Field::password("again", "The same password again", Secret::New))
    }
}

impl Page for Join {
    fn title(&self) -> String {
        "Open your access".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.passkey.iter().map(|passkey| &passkey.form).chain([&self.form]).collect()
    }
}

/// Somebody joined with a passkey and nothing else.
#[derive(Debug, Template)]
#[template(path = "console/joined_with_passkey.html")]
pub struct JoinedWithPasskey {
    pub frame: Frame,
    pub name: String,
}

impl Page for JoinedWithPasskey {
    fn title(&self) -> String {
        "Your access is open".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl JoinedWithPasskey {
    pub fn sample() -> Self {
        Self { frame: Frame::outside("Example publisher"), name: "K. Beispiel".to_owned() }
    }
}

/// The recovery codes, shown this once.
#[derive(Debug, Template)]
#[template(path = "console/joined.html")]
pub struct Joined {
    pub frame: Frame,
    pub name: String,
    pub codes: Vec<String>,
}

impl Page for Joined {
    fn title(&self) -> String {
        "Your recovery codes".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Join {
    pub fn sample() -> Self {
        Self {
            frame: Frame::outside("Example publisher"),
            name: "K. Beispiel".to_owned(),
            roles: vec!["legal counsel".to_owned(), "privacy officer".to_owned()],
            authenticator: Authenticator {
                secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
                link: "otpauth://totp/Example%20publisher:k.beispiel?secret=JBSWY3DPEHPK3PXP&issuer=Example%20publisher".to_owned(),
                drawing: checkered(),
            },
            form: Self::form("t0k3n"),
            passkey: Some(Passkey::sample(Self::with_passkey("t0k3n"))),
        }
    }

    pub fn sample_faulty() -> Self {
        let form = Self::form("t0k3n").faulted(&[
            super::Fault::new("code", "This code is not right. Type the one that is shown now"),
            super::Fault::new("password", "Choose a password of at least 12 characters"),
        ]);
        Self { form, ..Self::sample() }
    }
}

/// Something of a QR code's size and colour; no code.
#[cfg(test)]
fn checkered() -> String {
    let cells = (0..29 * 29).filter(|n| (n * n / 3 + n / 29) % 7 < 3);
    let path: String = cells.map(|n| format!("M{} {}h1v1h-1z", n % 29 + 4, n / 29 + 4)).collect();
    format!(
        r##"<svg viewBox="0 0 37 37" width="222" height="222"><path fill="#fff" d="M0 0h37v37H0z"/><path fill="#000" d="{path}"/></svg>"##
    )
}

#[cfg(test)]
impl Joined {
    pub fn sample() -> Self {
        let codes = [
            "K7QF2-9VDMM",
            "P3XA6-HTE01",
            "9ZJCW-5NYG8",
            "D4EVB-Q2K7T",
            "H6RWX-0SA3F",
            "2MCY9-VKDE5",
            "TB8N4-GHAWR",
            "F1ZSJ-7XECK",
            "Q5DV8-MTAY2",
            "N0PK6-RFB4S",
        ];
        Self {
            frame: Frame::outside("Example publisher"),
            name: "K. Beispiel".to_owned(),
            codes: codes.map(str::to_owned).into(),
        }
    }
}
