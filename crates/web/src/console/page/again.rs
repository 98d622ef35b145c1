//! A form that was sent and waited while somebody proved who they are: it is offered to be sent now.

use askama::Template;

use super::{Fact, Form, Frame, Link, Page};

#[derive(Debug, Template)]
#[template(path = "console/again.html")]
pub struct SendAgain {
    pub frame: Frame,
    /// "You have proven that it is you."
    pub proven: String,
    /// What was filled in, under the labels of its fields.
    pub typed: Vec<Fact>,
    /// Where the way leads without it.
    pub back: Link,
    pub form: Form,
}

impl Page for SendAgain {
    fn title(&self) -> String {
        "What you filled in is kept".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}

#[cfg(test)]
impl SendAgain {
    pub fn sample() -> Self {
        let path = "/requests/2026-0147-1";
        Self {
            frame: Frame::sample(""),
            proven: "You are signed in again.".to_owned(),
            typed: vec![Fact::new("Note", "The order names two accounts by number.")],
            back: Link::new("Back without sending it", path),
            form: Form::new("again", format!("{path}/note"), "Send it now")
                .hidden("text", "The order names two accounts by number.")
                .main(),
        }
    }
}
