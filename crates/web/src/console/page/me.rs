//! The viewer's own access: who they are here, where they are signed in, the password.

use askama::Template;

use super::{Field, Form, Frame, Page, Secret};

#[derive(Debug, Template)]
#[template(path = "console/me.html")]
pub struct Me {
    pub frame: Frame,
    pub name: String,
    pub email: String,
    pub roles: Vec<RoleHeld>,
    pub sessions: Vec<Session>,
    /// "7 of 10 recovery codes are left."
    pub recovery: String,
    pub codes: Form,
    pub form: Form,
}

/// A role and what it lets a person do.
#[derive(Clone, Debug)]
pub struct RoleHeld {
    /// "legal counsel"
    pub name: String,
    /// "verifies officer, instrument, scope; proposes and confirms decisions"
    pub says: String,
}

#[derive(Clone, Debug)]
pub struct Session {
    /// In its POST /me/sessions/{id}/end.
    pub id: String,
    /// "Firefox on Linux"
    pub browser: String,
    pub started: String,
    pub last_used: String,
    pub is_this: bool,
}

impl Me {
    /// POST /me/password: `old`, `password`, `again`.
    pub fn form() -> Form {
        Form::new("password", "/me/password", "Change my password")
            .field(Field::password("old", "Password until now", Secret::Current))
            .field(
                Field::password("password", "New password", Secret::New).hint(
                    "At least 12 characters. Several words that don’t belong together are easiest to keep.",
                ),
            )
            .field(Field::password("again", "The new password again", Secret::New))
            .undone("You stay signed in here and are signed out everywhere else.")
    }

    /// POST /me/recovery-codes: no fields.
    pub fn codes() -> Form {
        Form::new("codes", "/me/recovery-codes", "Make new recovery codes")
            .undone("The codes before them do not work any more.")
    }
}

impl Page for Me {
    fn title(&self) -> String {
        "Your access".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.codes, &self.form]
    }
}

/// New recovery codes, shown this once.
#[derive(Debug, Template)]
#[template(path = "console/codes.html")]
pub struct NewCodes {
    pub frame: Frame,
    pub codes: Vec<String>,
}

impl Page for NewCodes {
    fn title(&self) -> String {
        "Your new recovery codes".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl NewCodes {
    pub fn sample() -> Self {
        Self { frame: Frame::sample(""), codes: super::Joined::sample().codes }
    }
}

#[cfg(test)]
impl Me {
    pub fn sample() -> Self {
        let role = |name: &str, says: &str| RoleHeld { name: name.into(), says: says.into() };
        let session = |id: &str, browser: &str, started: &str, used: &str| Session {
            id: id.into(),
            browser: browser.into(),
            started: started.into(),
            last_used: used.into(),
            is_this: false,
        };
        Self {
            frame: Frame::sample(""),
            name: "I. Esempio".into(),
            email: "i.esempio@publisher.example".into(),
            roles: vec![
                role(
                    "legal counsel",
                    "verifies officer, instrument and scope; proposes and confirms decisions; \
                     confirms the rules of profiles",
                ),
                role("intake", "enters letters and registers the requests in them"),
            ],
            sessions: vec![
                Session {
                    is_this: true,
                    ..session("s1", "Firefox on Linux", "25 Sep, 08:55", "now")
                },
                session("s2", "Safari on iPhone", "22 Sep, 19:10", "24 Sep, 07:31"),
            ],
            recovery: "7 of 10 recovery codes are left.".into(),
            codes: Self::codes(),
            form: Self::form(),
        }
    }

    pub fn sample_faulty() -> Self {
        let form = Self::form()
            .faulted(&[super::Fault::new("again", "Type the same new password both times")]);
        Self { form, ..Self::sample() }
    }
}
