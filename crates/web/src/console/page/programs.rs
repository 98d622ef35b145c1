//! The programs that act for the viewer.

use askama::Template;

use super::{Choice, Field, Form, Frame, Group, Kind, Page};

#[derive(Debug, Template)]
#[template(path = "console/programs.html")]
pub struct Programs {
    pub frame: Frame,
    /// "2 tokens are taken, 1 is over."
    pub sentence: String,
    pub tokens: Vec<TokenHeld>,
    pub form: Form,
}

/// A token of the viewer's.
#[derive(Clone, Debug)]
pub struct TokenHeld {
    pub name: String,
    /// "enter submissions"
    pub may: String,
    /// "until 20 Feb 2027" or "revoked on 3 Aug 2026"
    pub taken: String,
    pub last_used: String,
    /// `None` where it is not taken any more.
    pub revoke: Option<Form>,
}

impl Programs {
    /// POST /me/programs: `name`, `scopes` (any number), `expires_on`.
    pub fn form(scopes: Vec<Choice>) -> Form {
        Form::new("token", "/me/programs", "Make a token")
            .field(
                Field::line("name", "What you call it", Kind::Text)
                    .hint("So that you know it from others, such as “the intake mailbox”."),
            )
            .field(Field::many("scopes", "What the program may do", Group::plain(scopes)))
            .field(
                Field::line("expires_on", "Last day on which it is taken", Kind::Date)
                    .hint("Within a year. Then you make another one."),
            )
    }

    /// POST /me/programs/{id}/revoke: no fields.
    pub fn revoke(id: &str, name: &str) -> Form {
        let id_of_form = format!("revoke-{id}");
        Form::new(id_of_form, format!("/me/programs/{id}/revoke"), format!("Revoke {name}"))
            .undone("Whatever uses it is shut out at once.")
    }
}

impl Page for Programs {
    fn title(&self) -> String {
        "Programs".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        let revoking = self.tokens.iter().filter_map(|token| token.revoke.as_ref());
        revoking.chain([&self.form]).collect()
    }
}

/// A new token, shown this once.
#[derive(Debug, Template)]
#[template(path = "console/token.html")]
pub struct NewToken {
    pub frame: Frame,
    pub name: String,
    /// What a program sends with each request (RFC 6750, section 2.1).
    pub header: String,
}

impl Page for NewToken {
    fn title(&self) -> String {
        "Your new token".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Programs {
    pub fn sample() -> Self {
        let scopes = vec![
            Choice::new("requests:read", "read requests"),
            Choice::new("submissions:write", "enter submissions"),
        ];
        Self {
            frame: Frame::sample(""),
            sentence: "1 token is taken, 1 is over.".into(),
            tokens: vec![
                TokenHeld {
                    name: "the intake mailbox".into(),
                    may: "enter submissions".into(),
                    taken: "until 20 Feb 2027".into(),
                    last_used: "last used on 25 Sep 2026".into(),
                    revoke: Some(Self::revoke("t1", "the intake mailbox")),
                },
                TokenHeld {
                    name: "weekly numbers".into(),
                    may: "read requests".into(),
                    taken: "revoked on 3 Aug 2026".into(),
                    last_used: "never used".into(),
                    revoke: None,
                },
            ],
            form: Self::form(scopes),
        }
    }

    pub fn sample_faulty() -> Self {
        let mut page = Self::sample();
        page.form = page.form.faulted(&[
            super::Fault::new("scopes", "Choose what the program may do"),
            super::Fault::new("expires_on", "Give a day"),
        ]);
        page
    }
}

#[cfg(test)]
impl NewToken {
    pub fn sample() -> Self {
        let token = "candor_Y3VyaW91cywgYXJlIHdlPyBubyB0b2tlbiBoZXJlLi4";
        Self {
            frame: Frame::sample(""),
            name: "the intake mailbox".into(),
            header: format!("Authorization: Bearer {token}"),
        }
    }
}
