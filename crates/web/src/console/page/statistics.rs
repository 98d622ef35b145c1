//! How much work there is and how long it takes.

use askama::Template;

use super::{Form, Frame, Item, Link, Page, Shown, Turn};

#[derive(Debug, Template)]
#[template(path = "console/statistics.html")]
pub struct Statistics {
    pub frame: Frame,
    /// "Of 265 requests received in this time, 14 are open; …"
    pub sentence: String,
    /// As the form has them: "2026-01-01".
    pub from: String,
    pub to: String,
    /// What is wrong with what was typed.
    pub fault: Option<String>,
    pub tables: Vec<Table>,
    /// Emergencies that were answered before their paperwork was there.
    pub paperwork: Vec<Came>,
    pub csv: Link,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub id: &'static str,
    /// "By country"
    pub title: String,
    /// "Country"
    pub head: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub received: Link,
    pub open: Link,
    pub overdue: Link,
    pub decided: Link,
    /// In days; "–" where nothing was decided.
    pub median: String,
    pub p90: String,
}

/// What became of paperwork that was owed.
#[derive(Clone, Debug)]
pub struct Came {
    /// "It never came"
    pub what: String,
    pub requests: Vec<Link>,
}

/// The requests that a number counts.
#[derive(Debug, Template)]
#[template(path = "console/counted.html")]
pub struct Counted {
    pub frame: Frame,
    /// "Overdue requests"
    pub title: String,
    /// "Of France, received from 1 Jan 2026 to 22 Nov 2026."
    pub sentence: String,
    pub back: Link,
    pub items: Vec<Item>,
    pub shown: Shown,
}

impl Page for Statistics {
    fn title(&self) -> String {
        "Statistics".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

impl Page for Counted {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Statistics {
    pub fn sample() -> Self {
        let link = |n: u32| Link::new(n.to_string(), "/statistics/requests?set=all");
        let row = |name: &str, n: u32, median: &str, p90: &str| Row {
            name: name.to_owned(),
            received: link(n),
            open: link(n / 3),
            overdue: link(n / 10),
            decided: link(n / 2),
            median: median.to_owned(),
            p90: p90.to_owned(),
        };
        let table = |id, title: &str, head: &str, rows| Table {
            id,
            title: title.to_owned(),
            head: head.to_owned(),
            rows,
        };
        Self {
            frame: Frame::sample("/statistics"),
            sentence: "Of 30 requests received in this time, 10 are undecided.".to_owned(),
            from: "2026-01-01".to_owned(),
            to: "2026-09-25".to_owned(),
            fault: None,
            tables: vec![
                table(
                    "country",
                    "By country",
                    "Country",
                    vec![row("Atlantis", 20, "6", "9"), row("Ruritania", 10, "–", "–")],
                ),
                table("category", "By category", "Category", vec![row("User data", 30, "6", "12")]),
            ],
            paperwork: vec![
                Came {
                    what: "It came in time".to_owned(),
                    requests: vec![Link::new("2026-0012-1", "/requests/2026-0012-1")],
                },
                Came { what: "It never came".to_owned(), requests: Vec::new() },
            ],
            csv: Link::new("The tables as CSV", "/statistics.csv?from=2026-01-01&to=2026-09-25"),
        }
    }
}

#[cfg(test)]
impl Counted {
    pub fn sample() -> Self {
        Self {
            frame: Frame::sample("/statistics"),
            title: "Undecided requests".to_owned(),
            sentence: "From Atlantis, received from 1 Jan 2026 to 25 Sep 2026.".to_owned(),
            back: Link::new("Statistics", "/statistics"),
            items: super::Queue::sample().items,
            shown: Shown::default(),
        }
    }
}
