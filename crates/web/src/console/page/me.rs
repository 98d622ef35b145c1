//! The viewer's own access: who they are here, where they are signed in, the password.

use askama::Template;

use super::{Field, Form, Frame, Kind, Page, Passkey, Secret};

#[derive(Debug, Template)]
#[template(path = "console/me.html")]
pub struct Me {
    pub frame: Frame,
    pub name: String,
    pub email: String,
    pub roles: Vec<RoleHeld>,
    pub sessions: Vec<Session>,
    pub passkeys: Vec<PasskeyHeld>,
    pub adding: Adding,
    pub reminders: Form,
    /// Whether programs may act for the viewer.
    pub may_make_tokens: bool,
    /// `None` for who has no password.
    pub password: Option<PasswordForms>,
}

/// A passkey of the viewer's.
#[derive(Clone, Debug)]
pub struct PasskeyHeld {
    pub name: String,
    /// "on that device alone"
    pub kept: String,
    pub added: String,
    pub last_used: String,
    /// `None` where it is the last way in.
    pub remove: Option<Form>,
}

/// Whether a passkey can be added now.
#[derive(Clone, Debug)]
pub enum Adding {
    Now(Box<Passkey>),
    /// After a second proof.
    OnceProven,
    /// Passkeys don't work at this address.
    Never,
}

/// What who has a password can do with it.
#[derive(Clone, Debug)]
pub struct PasswordForms {
    /// "7 of 10 recovery codes are left."
    pub recovery: String,
    pub codes: Form,
    pub form: Form,
}

/// Whether somebody is told by mail that a deadline comes near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminded {
    Yes,
    No,
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

    /// POST /me/passkeys: `name`, `answer`.
    pub fn add_passkey() -> Form {
        Form::new("add-passkey", "/me/passkeys", "Add a passkey").field(
            Field::line("name", "What you call it", Kind::Text)
                .hint("So that you know it from others, such as “work laptop”."),
        )
    }

    /// POST /me/passkeys/{id}/remove: no fields.
    pub fn remove_passkey(id: &str, name: &str) -> Form {
        let id_of_form = format!("remove-{id}");
        Form::new(id_of_form, format!("/me/passkeys/{id}/remove"), format!("Remove {name}"))
            .undone("It lets nobody in any more. You are signed out everywhere else.")
    }

    /// POST /me/reminders: `reminders`.
    pub fn reminders(now: Reminded) -> Form {
        let mut field = Field::tick("reminders", "Remind me by mail of deadlines that come near");
        if now == Reminded::Yes {
            field = field.value("yes");
        }
        Form::new("reminders", "/me/reminders", "Keep this choice").field(field)
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
        let removing = self.passkeys.iter().filter_map(|passkey| passkey.remove.as_ref());
        let adding = match &self.adding {
            Adding::Now(passkey) => Some(&passkey.form),
            Adding::OnceProven | Adding::Never => None,
        };
        let password = self.password.iter().flat_map(|forms| [&forms.codes, &forms.form]);
        removing.chain(adding).chain([&self.reminders]).chain(password).collect()
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
            passkeys: vec![PasskeyHeld {
                name: "work laptop".into(),
                kept: "on that device alone".into(),
                added: "3 Aug".into(),
                last_used: "25 Sep".into(),
                remove: Some(Self::remove_passkey("p1", "work laptop")),
            }],
            adding: Adding::Now(Box::new(Passkey::sample(Self::add_passkey()))),
            password: Some(PasswordForms {
                recovery: "7 of 10 recovery codes are left.".into(),
                codes: Self::codes(),
                form: Self::form(),
            }),
            reminders: Self::reminders(Reminded::Yes),
            may_make_tokens: true,
        }
    }

    pub fn sample_faulty() -> Self {
        let form = Self::form()
            .faulted(&[super::Fault::new("again", "Type the same new password both times")]);
        let (codes, recovery) = (Self::codes(), String::new());
        Self { password: Some(PasswordForms { recovery, codes, form }), ..Self::sample() }
    }

    /// Of somebody who joined with a passkey a while ago, and has nothing else.
    pub fn sample_passkey_alone() -> Self {
        let mut page = Self::sample();
        page.passkeys[0].remove = None;
        Self { adding: Adding::OnceProven, password: None, ..page }
    }
}
