//! What can be seen of a file without opening it.

use askama::Template;

use super::{FileTold, Form, Frame, Link, Page};

#[derive(Debug, Template)]
#[template(path = "console/preview.html")]
pub struct Preview {
    pub frame: Frame,
    pub submission: Link,
    /// As it can be shown.
    pub name: String,
    pub told: FileTold,
    pub shown: Drawing,
    pub original: Link,
}

#[derive(Clone, Debug)]
pub enum Drawing {
    Picture {
        src: String,
        alt: String,
        /// In pixels.
        width: u32,
        height: u32,
        /// "Page 2 of 3"; empty where there is one.
        which: String,
        before: Option<Link>,
        after: Option<Link>,
    },
    Text {
        text: String,
        /// That it goes on; empty where it doesn't.
        note: String,
    },
    /// Why there is nothing.
    Nothing(String),
}

impl Page for Preview {
    fn title(&self) -> String {
        match &self.shown {
            Drawing::Picture { which, .. } if !which.is_empty() => {
                format!("{}, {which}", self.name)
            }
            Drawing::Picture { .. } | Drawing::Text { .. } | Drawing::Nothing(_) => {
                self.name.clone()
            }
        }
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Preview {
    pub fn sample() -> Self {
        let file = "/submissions/2026-0152/files/5f21";
        Self {
            frame: Frame::sample("/submissions"),
            submission: Link::new("Submission 2026-0152", "/submissions/2026-0152"),
            name: "order.pdf".to_owned(),
            told: FileTold {
                what: "PDF".to_owned(),
                warnings: Vec::new(),
                check: super::FileCheck::Told("no malware found, 25 Sep 2026, 11:02".to_owned()),
                preview: None,
            },
            shown: Drawing::Picture {
                src: format!("{file}/preview/2.png"),
                alt: "Page 2 of 3 of order.pdf, drawn as a picture".to_owned(),
                width: 1_190,
                height: 1_684,
                which: "Page 2 of 3".to_owned(),
                before: Some(Link::new("Page before", format!("{file}/preview/1"))),
                after: Some(Link::new("Next page", format!("{file}/preview/3"))),
            },
            original: Link::new("Download the file as it arrived", file),
        }
    }

    pub fn sample_text() -> Self {
        let text = "To whom it may concern\n\nWe ask for <script>alert(1)</script>.\n".to_owned();
        let note = "The text goes on; its beginning is shown.".to_owned();
        Self { shown: Drawing::Text { text, note }, ..Self::sample() }
    }

    pub fn sample_nothing() -> Self {
        let why = "It can’t be drawn: it is broken or locked.".to_owned();
        Self { shown: Drawing::Nothing(why), ..Self::sample() }
    }
}
