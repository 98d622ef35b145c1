//! The mails that candor sends: whether they go out, and nothing of what they are about.

use askama::Template;

use super::{Form, Frame, Page};

#[derive(Debug, Template)]
#[template(path = "console/mail.html")]
pub struct Mails {
    pub frame: Frame,
    /// "2 wait; 1 was given up."
    pub sentence: String,
    /// Those that were given up first, then those that wait, then the others; newest first.
    pub mails: Vec<Mail>,
    /// In which all moments are told: "UTC".
    pub zone: String,
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub called_for: String,
    pub to: String,
    /// "a deadline comes near"
    pub tells: String,
    pub state: MailState,
    /// What went wrong, or when it is tried again; may be empty.
    pub more: String,
    /// POST /mail/{id}/again, where it was given up.
    pub again: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    Waits,
    Fails,
    Sent,
    NotNeeded,
    GivenUp,
}

impl MailState {
    fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Fails => "failed, tried again",
            Self::Sent => "sent",
            Self::NotNeeded => "not needed any more",
            Self::GivenUp => "given up",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Waits => "s-clock",
            Self::Fails => "s-loop",
            Self::Sent => "s-yes",
            Self::NotNeeded => "s-end",
            Self::GivenUp => "s-late",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Waits | Self::Fails => " wait",
            Self::Sent => " ok",
            Self::NotNeeded => " dim",
            Self::GivenUp => " never",
        }
    }
}

impl Page for Mails {
    fn title(&self) -> String {
        "Mail".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Mails {
    pub fn sample() -> Self {
        let mail = |to: &str, tells: &str, state, more: &str| Mail {
            called_for: "25 Sep 2026, 10:22".to_owned(),
            to: to.to_owned(),
            tells: tells.to_owned(),
            state,
            more: more.to_owned(),
            again: None,
        };
        let given_up = "the server answered 550";
        Self {
            frame: Frame::sample("/mail"),
            sentence: "By mail.example.com, port 587: 2 wait, 1 was given up.".to_owned(),
            mails: vec![
                Mail {
                    again: Some("/mail/0199/again".to_owned()),
                    ..mail("R. Ejemplo", "a deadline has passed", MailState::GivenUp, given_up)
                },
                mail("K. Beispiel", "a deadline comes near", MailState::Waits, ""),
                mail("I. Esempio", "an assignment", MailState::Fails, "the server answered 451"),
                mail("O. Primer", "an invitation", MailState::Sent, ""),
                mail("E. Muster", "a deadline comes near", MailState::NotNeeded, ""),
            ],
            zone: "UTC".to_owned(),
        }
    }
}
