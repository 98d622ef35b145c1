//! What arrived, and the form by which a letter is entered.

use askama::Template;

#[cfg(test)]
use super::Link;
use super::{Choice, Field, Form, Frame, Kind, Page, Shown, Width, secrecy};

#[derive(Debug, Template)]
#[template(path = "console/submissions.html")]
pub struct Submissions {
    pub frame: Frame,
    /// "214 submissions arrived, 2 wait to be registered."
    pub sentence: String,
    /// Those that wait first, then newest first.
    pub arrivals: Vec<Arrival>,
    pub empty: String,
    /// Whether the viewer may enter a letter.
    pub may_enter: bool,
    /// What is looked for.
    pub q: String,
    pub shown: Shown,
}

#[derive(Clone, Debug)]
pub struct Arrival {
    /// "2026-0147"
    pub number: String,
    pub href: String,
    /// "letter", "e-mail", "portal"
    pub channel: String,
    pub received_on: String,
    /// The sender's; empty where there is none.
    pub reference: String,
    pub files: u32,
    /// "named people only"
    pub marks: Vec<&'static str>,
    pub resolved: Resolved,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Waits,
    Requests(u16),
    /// The reason, "advertising".
    NotARequest(String),
}

impl Resolved {
    fn word(&self) -> String {
        match self {
            Self::Waits => "Waits to be registered".to_owned(),
            Self::Requests(1) => "1 request".to_owned(),
            Self::Requests(n) => format!("{n} requests"),
            Self::NotARequest(reason) => format!("Not a request: {reason}"),
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Waits => " wait",
            Self::Requests(_) | Self::NotARequest(_) => "",
        }
    }

    fn sign(&self) -> &'static str {
        match self {
            Self::Waits => "s-tray",
            Self::Requests(_) => "s-yes",
            Self::NotARequest(_) => "s-none",
        }
    }
}

impl Page for Submissions {
    fn title(&self) -> String {
        "Submissions".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

/// Entering what arrived on paper or by e-mail.
#[derive(Debug, Template)]
#[template(path = "console/submission_new.html")]
pub struct SubmissionNew {
    pub frame: Frame,
    pub form: Form,
}

impl SubmissionNew {
    /// POST /submissions, multipart: `channel`, `received_on`, `reference`, `sender`, `summary`,
    /// `files`, `people`, `reason`. `readers` are those who can be named where only some see it.
    pub fn form(readers: Vec<Choice>) -> Form {
        let form = Form::new("enter", "/submissions", "Enter and seal it")
            .field(Field::one(
                "channel",
                "How did it arrive?",
                vec![
                    Choice::new("letter", "On paper").hint("A letter, a fax, or handed over."),
                    Choice::new("mail", "By e-mail"),
                ],
            ))
            .field(
                Field::line("received_on", "Received on", Kind::Date)
                    .hint("The day it reached the company, not the day on the paper.")
                    .width(Width::Half),
            )
            .field(
                Field::line("reference", "Sender’s reference (optional)", Kind::Text)
                    .hint("As the paper gives it.")
                    .width(Width::Half),
            )
            .field(
                Field::text("sender", "Sender")
                    .hint("Name and address, as they stand on the paper."),
            )
            .field(
                Field::text("summary", "What it is, in a few sentences")
                    .hint("What it asks for is registered in the next step."),
            )
            .field(
                Field::files("files", "Files")
                    .hint("The scan of all pages, or the e-mail with what was attached to it."),
            );
        secrecy::entered_secret(form, readers)
            .multipart()
            .undone("It is sealed as it is entered. Nothing of it can be changed afterwards.")
            .main()
    }
}

impl Page for SubmissionNew {
    fn title(&self) -> String {
        "Enter a letter".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}

#[cfg(test)]
impl Submissions {
    pub fn sample() -> Self {
        let arrival = |number: &str, channel: &str, on: &str, reference: &str, resolved| Arrival {
            number: number.to_owned(),
            href: format!("/submissions/{number}"),
            channel: channel.to_owned(),
            received_on: on.to_owned(),
            reference: reference.to_owned(),
            files: 2,
            marks: Vec::new(),
            resolved,
        };
        Self {
            frame: Frame::sample("/submissions"),
            sentence: "152 submissions arrived in 2026, 1 waits to be registered.".to_owned(),
            arrivals: vec![
                arrival("2026-0152", "letter", "25 Sep 2026", "BoS 4471/26", Resolved::Waits),
                arrival("2026-0151", "portal", "25 Sep 2026", "EM-3/2026", Resolved::Requests(1)),
                Arrival {
                    files: 1,
                    ..arrival(
                        "2026-0150",
                        "e-mail",
                        "24 Sep 2026",
                        "",
                        Resolved::NotARequest("advertising".to_owned()),
                    )
                },
                arrival("2026-0147", "portal", "21 Sep 2026", "PO-77/2026", Resolved::Requests(2)),
            ],
            empty: "Nothing has arrived yet.".to_owned(),
            may_enter: true,
            q: String::new(),
            shown: Shown {
                part: "2026-0152 to 2026-0147".to_owned(),
                first: None,
                more: Some(Link::new("More submissions", "/submissions?after=resolved_2026-0147")),
            },
        }
    }
}

#[cfg(test)]
impl SubmissionNew {
    fn readers() -> Vec<Choice> {
        vec![Choice::new("1", "R. Ejemplo").hint("legal counsel")]
    }

    pub fn sample() -> Self {
        Self { frame: Frame::sample("/submissions"), form: Self::form(Self::readers()) }
    }

    pub fn sample_faulty() -> Self {
        let sent = [
            ("channel", "letter"),
            ("received_on", "2026-10-31"),
            ("reference", "BoS 4471/26"),
            ("sender", "Bureau of Samples\nPort Sample"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let form = Self::form(Self::readers()).keep(&sent).faulted(&[
            super::Fault::new("received_on", "Give a day that is not after today"),
            super::Fault::new("summary", "Say in a sentence or more what it is"),
            super::Fault::new("files", "Choose the files again: a browser does not keep them"),
        ]);
        Self { form, ..Self::sample() }
    }
}
