//! One request: where it stands, whose turn it is, what was found, and what can be done.

mod decide;
mod verify;

#[cfg(test)]
mod sample;

use askama::Template;

use super::{
    Act, Closed, Duplicate, FileTold, Form, Frame, Link, Mark, Officer, Page, Secrecy, State,
};

pub use decide::{Decision, Proposable, Row, Side};
pub use verify::{Checked, Finding, FindingAsks, FindingState, ScopeRow};

#[derive(Debug, Template)]
#[template(path = "console/request.html")]
pub struct Request {
    pub frame: Frame,
    /// "2026-0147-1"
    pub number: String,
    /// The way here; the last is where we are and needs no link.
    pub crumbs: Vec<Link>,
    pub here: String,
    pub state: State,
    /// "named people only", "withheld"
    pub marks: Vec<&'static str>,
    pub turn: Turn,
    /// What it wants, in a sentence.
    pub wants: String,
    /// Authority, category, instrument, issuing body, emergency.
    pub meta: Vec<Meta>,
    /// Who it is that asks, and how anybody knows.
    pub officer: Officer,
    /// Officer, instrument, scope, in this order.
    pub findings: Vec<Finding>,
    /// "Recorded by R. Ejemplo, who therefore can't decide."
    pub findings_note: String,
    pub documents: Vec<Document>,
    pub decision: Decision,
    pub acts: Vec<Act>,
    pub acts_closed: Vec<Closed>,
    pub secrecy: Secrecy,
    /// Newest first.
    pub reviews: Vec<Review>,
    pub notes: Vec<Note>,
    /// Newest first.
    pub happenings: Vec<Happening>,
    pub clock: Clock,
    /// The same submission, this authority before, in the report.
    pub duplicates: Vec<Duplicate>,
    pub related: Vec<Related>,
    /// In which all moments are told: "UTC".
    pub zone: String,
}

/// Who acts next.
#[derive(Clone, Debug)]
pub enum Turn {
    /// "for you: second approval"
    You(String),
    /// "for K. Beispiel"
    Waits(String),
    Nobody,
}

/// A fact of the strip below the heading.
#[derive(Clone, Debug)]
pub struct Meta {
    pub term: String,
    pub mark: Option<Mark>,
    pub text: String,
    pub more: String,
}

impl Meta {
    pub fn new(term: impl Into<String>, text: impl Into<String>, more: impl Into<String>) -> Self {
        Self { term: term.into(), mark: None, text: text.into(), more: more.into() }
    }

    pub fn mark(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }
}

#[derive(Clone, Debug)]
pub struct Document {
    pub name: String,
    pub href: String,
    pub told: FileTold,
    pub arrived: String,
    pub size: String,
    /// The first eight digits, in groups of four.
    pub sha256_begins: String,
}

#[derive(Clone, Debug)]
pub struct Note {
    pub by: String,
    pub at: String,
    pub text: String,
    /// Legal advice: shown to counsel only, and marked.
    pub privileged: bool,
}

/// What somebody who took no part in it finds of how it was handled.
#[derive(Clone, Debug)]
pub struct Review {
    pub by: String,
    pub at: String,
    pub finding: Reviewed,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reviewed {
    Sound,
    Objection,
}

impl Reviewed {
    fn word(self) -> &'static str {
        match self {
            Self::Sound => "Sound",
            Self::Objection => "Objection",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Sound => "s-yes",
            Self::Objection => "s-opposed",
        }
    }

    /// Colour only repeats what sign and word say.
    fn class(self) -> &'static str {
        match self {
            Self::Sound => " ok",
            Self::Objection => " wait",
        }
    }
}

/// A line of the record: a sentence with a person as its subject.
#[derive(Clone, Debug)]
pub struct Happening {
    pub at: String,
    pub who: String,
    pub what: String,
    /// Another request that it names.
    pub other: Option<Link>,
    /// "leaf 4101" or "chain of events".
    pub sealed: String,
}

/// The time left.
#[derive(Clone, Debug)]
pub struct Clock {
    /// "7 days 2 hours left", "2 days overdue", "Stopped", "No deadline".
    pub left: String,
    pub overdue: bool,
    /// "Fri 2 Oct 2026, 12:55 UTC"
    pub due: Option<String>,
    pub track: Option<Track>,
    /// How the time is counted, in a sentence or two.
    pub says: String,
    pub rule: Option<Link>,
}

/// The way from receipt to deadline, in percent of its length.
#[derive(Clone, Debug)]
pub struct Track {
    pub gone: f32,
    /// Stopped time: where it begins and how long it is.
    pub stopped: Vec<(f32, f32)>,
    pub begins: String,
    pub ends: String,
    /// The same in words, for those who don't see it.
    pub says: String,
}

impl Track {
    /// Whether "now" fits between the two dates without touching them.
    fn now_fits(&self) -> bool {
        (22.0..=78.0).contains(&self.gone)
    }
}

/// A block of the rail.
#[derive(Clone, Debug)]
pub struct Related {
    pub title: String,
    pub links: Vec<Link>,
    pub text: String,
    pub more: String,
}

/// A line of the list "On this page".
struct Jump {
    id: &'static str,
    title: &'static str,
    says: String,
}

impl Request {
    fn jumps(&self) -> Vec<Jump> {
        let recorded = self.findings.iter().filter(|finding| finding.is_recorded()).count();
        let is_needed = |finding: &Finding| finding.state != FindingState::NotNeeded;
        let says = match self.findings.iter().any(is_needed) {
            true => format!("{recorded} of {} recorded", self.findings.len()),
            false => "not needed".to_owned(),
        };
        let looked = match self.officer.records.len() {
            1 => "1 record".to_owned(),
            n => format!("{n} records"),
        };
        let mut jumps = vec![
            Jump { id: "officer", title: "The officer", says: looked },
            Jump { id: "findings", title: "Findings", says },
            Jump { id: "documents", title: "Documents", says: self.documents.len().to_string() },
            Jump { id: "decision", title: "Decision", says: self.decision.stands.clone() },
        ];
        if !self.acts.is_empty() {
            let says = self.acts.len().to_string();
            jumps.push(Jump { id: "acts", title: "Other acts", says });
        }
        let says = self.secrecy.facts.first().map(|fact| fact.text.clone()).unwrap_or_default();
        jumps.push(Jump { id: "secrecy", title: "Secrecy", says });
        if !self.reviews.is_empty() {
            let says = self.reviews.len().to_string();
            jumps.push(Jump { id: "reviews", title: "Reviews", says });
        }
        if !self.notes.is_empty() {
            let says = self.notes.len().to_string();
            jumps.push(Jump { id: "notes", title: "Notes", says });
        }
        let says = match self.happenings.len() {
            1 => "1 event".to_owned(),
            n => format!("{n} events"),
        };
        jumps.push(Jump { id: "events", title: "What happened", says });
        jumps
    }
}

impl Page for Request {
    fn title(&self) -> String {
        let state = self.state.word().to_lowercase();
        match &self.turn {
            Turn::You(what) => format!("{}: {state}, waits {what}", self.number),
            Turn::Waits(_) | Turn::Nobody => format!("{}: {state}", self.number),
        }
    }

    fn forms(&self) -> Vec<&Form> {
        let findings = self.findings.iter().filter_map(|finding| finding.form.as_ref());
        let declination = self.decision.declination.iter().filter_map(|text| text.form.as_ref());
        let decision = self.decision.sides.iter().filter_map(|side| side.form.as_ref());
        let decision = decision.chain(declination);
        let acts = self.acts.iter().map(|act| &act.form);
        let secrecy = self.secrecy.forms();
        let officer = self.officer.form.iter();
        officer.chain(findings).chain(decision).chain(acts).chain(secrecy).collect()
    }
}
