//! The audit trail: of a time as tables, and of one case as a file that is read without candor.

use askama::Template;

use super::{Fact, Form, Frame, Link, Page};

#[derive(Debug, Template)]
#[template(path = "console/audit.html")]
pub struct Audit {
    pub frame: Frame,
    /// As they were typed, or the days that hold: "2026-01-31".
    pub from: String,
    pub to: String,
    /// What is wrong with a day that was typed.
    pub fault: Option<String>,
    pub files: Vec<AuditFile>,
    /// What happened to accounts that the reader has not seen yet.
    pub access: Option<AccessTold>,
}

#[derive(Clone, Debug)]
pub struct AccessTold {
    /// Newest first.
    pub told: Vec<AccessRow>,
    pub seen: Form,
}

/// "K. Beispiel: B. Primjer invited them as legal counsel"
#[derive(Clone, Debug)]
pub struct AccessRow {
    pub at: String,
    pub by: String,
    pub whose: String,
    pub what: String,
}

impl Audit {
    /// POST /audit/seen: `until`, the position of the newest event that is shown.
    pub fn seen(until: i64) -> Form {
        Form::new("seen", "/audit/seen", "I have seen this").hidden("until", until.to_string())
    }
}

/// A table that can be had.
#[derive(Clone, Debug)]
pub struct AuditFile {
    pub link: Link,
    /// What is in it, in a sentence.
    pub says: &'static str,
}

impl Page for Audit {
    fn title(&self) -> String {
        "Audit".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.access.iter().map(|access| &access.seen).collect()
    }
}

/// A page of its own, which is kept as a file: its style stands in it.
#[derive(Debug, Template)]
#[template(path = "console/trail.html")]
pub struct Trail {
    pub publisher: String,
    /// "2026-0147-1"
    pub number: String,
    /// "Made for N. Exempel on 3 Mar 2027, 12:55 …"
    pub made: String,
    /// "only named people see this case"
    pub marks: Vec<&'static str>,
    pub log: Vec<Fact>,
    pub facts: Vec<Fact>,
    pub findings: Vec<TrailFinding>,
    pub decisions: Vec<TrailDecision>,
    pub files: Vec<Fact>,
    /// Oldest first.
    pub events: Vec<TrailRow>,
    pub submission: Vec<TrailRow>,
    /// Newest first; `None` for who may not read them.
    pub viewings: Option<Vec<TrailRow>>,
    pub zone: String,
}

#[derive(Clone, Debug)]
pub struct TrailFinding {
    pub about: &'static str,
    /// "stands"
    pub verdict: String,
    pub by: String,
    pub rule: String,
    /// The elements that were found, as the profile reads now.
    pub elements: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct TrailDecision {
    /// "reject: no data found"
    pub outcome: String,
    pub on: String,
    /// "proposed by K. Beispiel, confirmed by I. Esempio"
    pub how: String,
    /// What "no data found" refers to, in lines.
    pub held_against: Vec<String>,
}

/// A line of what happened.
#[derive(Clone, Debug)]
pub struct TrailRow {
    /// The place of the event in the order of all; empty for a viewing.
    pub position: String,
    pub at: String,
    pub who: String,
    pub what: String,
    /// Texts that came with it and are not told in `what`.
    pub texts: Vec<Fact>,
    /// "leaf 4215", "chain of events"
    pub sealed: String,
}

#[cfg(test)]
impl Audit {
    pub fn sample() -> Self {
        Self {
            frame: Frame::sample("/audit"),
            from: "2026-01-01".to_owned(),
            to: "2026-09-25".to_owned(),
            fault: None,
            files: vec![AuditFile {
                link: Link::new("All events", "/audit/events.csv?from=2026-01-01&to=2026-09-25"),
                says: "Who did what, in plain words, with its place in the log.",
            }],
            access: Some(AccessTold {
                told: vec![AccessRow {
                    at: "24 Sep 2026, 09:12".to_owned(),
                    by: "B. Primjer".to_owned(),
                    whose: "R. Ejemplo".to_owned(),
                    what: "invited them as legal counsel".to_owned(),
                }],
                seen: Self::seen(4_215),
            }),
        }
    }
}
