//! Who looked at a request.

use askama::Template;

use super::{Form, Frame, Link, Page};

#[derive(Debug, Template)]
#[template(path = "console/viewings.html")]
pub struct Viewings {
    pub frame: Frame,
    /// "2026-0147-1"
    pub number: String,
    pub back: Link,
    /// Newest first.
    pub viewings: Vec<Viewing>,
    /// In which all moments are told: "UTC".
    pub zone: String,
}

#[derive(Clone, Debug)]
pub struct Viewing {
    pub at: String,
    pub who: String,
    /// "opened the request", "opened order.pdf"
    pub what: String,
}

impl Page for Viewings {
    fn title(&self) -> String {
        format!("Who looked at {}", self.number)
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Viewings {
    pub fn sample() -> Self {
        let viewing = |at: &str, who: &str, what: &str| Viewing {
            at: at.to_owned(),
            who: who.to_owned(),
            what: what.to_owned(),
        };
        Self {
            frame: Frame::sample("/"),
            number: "2026-0147-1".to_owned(),
            back: Link::new("Request 2026-0147-1", "/requests/2026-0147-1"),
            viewings: vec![
                viewing("25 Sep 2026, 10:24", "I. Esempio", "opened order.pdf"),
                viewing("25 Sep 2026, 10:22", "I. Esempio", "opened the request"),
                viewing("22 Sep 2026, 10:10", "R. Ejemplo", "opened the submission"),
            ],
            zone: "UTC".to_owned(),
        }
    }
}
