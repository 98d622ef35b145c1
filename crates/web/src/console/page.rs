//! The pages of the console: what each one shows, and the words on it.
//!
//! One page is one file here, one template in `templates/console`, and one typed context. A context
//! holds texts and small choices of its own and no type of the domain: whoever fills it has asked
//! the rules already, so a template decides nothing. Everything is escaped; nothing needs a script,
//! and the one there is asks for passkeys.
//!
//! Start with [`Frame`], which every page has, and [`Form`], which draws every form of the console.

pub mod act;
mod again;
mod audit;
mod authorities;
pub mod bands;
pub mod correct;
mod deadlines;
mod declination;
mod fall_back;
mod file;
mod form;
mod inventory;
mod join;
mod mail;
mod me;
mod officer;
mod passkey;
mod people;
mod periods;
mod preview;
mod problem;
mod profile;
mod programs;
mod queue;
mod request;
mod retention;
pub mod secrecy;
mod sign_in;
mod state;
mod statistics;
mod step_up;
mod submission;
mod submissions;
mod viewings;

#[cfg(test)]
pub mod samples;

use askama::Template;

pub use act::Act;
pub use again::SendAgain;
pub use audit::{
    AccessRow, AccessTold, Audit, AuditFile, Trail, TrailDecision, TrailFinding, TrailRow,
};
pub use authorities::{Authorities, Authority, AuthorityRow, Entry, EntryState, Met};
pub use deadlines::{Arrivals, Deadlines, Line, Part, Waiting};
pub use declination::{Declination, Letter, SignedText, Warning};
pub use fall_back::FallBack;
pub use file::{FileCheck, FileTold, Quarantine};
pub use form::{Choice, Closed, Fault, FaultLink, Field, Form, Group, Kind, Secret, Width};
pub use inventory::{Class, Held, Inventory, Version};
pub use join::{Authenticator, Join, Joined, JoinedWithPasskey};
pub use mail::{Mail, MailState, Mails};
pub use me::{Adding, Me, NewCodes, PasskeyHeld, PasswordForms, Reminded, RoleHeld, Session};
pub use officer::{MailHead, Neutral, Officer, OfficerOffers, OfficerState, Record};
pub use passkey::{Passkey, SCRIPT};
pub use people::{Access, Invited, People, Person};
pub use periods::{Period, Periods};
pub use preview::{Drawing, Preview};
pub use problem::Problem;
pub use profile::{
    Aspect, Element, Instrument, Jurisdiction, LegalPoint, LegalTime, Profile, Profiles,
};
pub use programs::{NewToken, Programs, TokenHeld};
pub use queue::{Choices, Due, Filter, Item, Queue, Shown, Sought, Urgency};
pub use request::{
    Checked, Clock, Decision, Document, Finding, FindingAsks, FindingState, Happening, Meta, Note,
    Proposable, Related, Request, Review, Reviewed, Row, ScopeRow, Side, Track, Turn,
};
pub use retention::{Goes, LegalHold, Retention};
pub use secrecy::Secrecy;
pub use sign_in::{SignIn, Waits};
pub use state::{Category, Fill, Mark, State};
pub use statistics::{Came, Counted, Row as StatisticsRow, Statistics, Table as StatisticsTable};
pub use step_up::StepUp;
pub use submission::{Duplicate, Found, Offered, StoredFile, Submission};
pub use submissions::{Arrival, Resolved, SubmissionNew, Submissions};
pub use viewings::{Viewing, Viewings};

/// The style sheet of the console, served at `/console.css`. There is no other.
pub const STYLE_SHEET: &str = include_str!("../../templates/console/console.css");

/// A page of the console.
pub trait Page: Template {
    /// What the tab and the browser's history call it, without the publisher's name.
    fn title(&self) -> String;

    /// All forms on it, in the order in which they stand.
    fn forms(&self) -> Vec<&Form>;

    /// What is missing or wrong in what was sent, each with the place where it is mended.
    fn faults(&self) -> Vec<FaultLink> {
        self.forms().into_iter().flat_map(Form::faults).collect()
    }

    /// How many things are to be mended, as a heading; `None` where nothing is.
    fn faults_heading(&self) -> Option<String> {
        const WORDS: [&str; 9] =
            ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
        match self.faults().len() {
            0 => None,
            1 => Some("One thing is missing or wrong".to_owned()),
            n => Some(format!(
                "{} things are missing or wrong",
                WORDS.get(n - 1).map_or_else(|| n.to_string(), |word| (*word).to_owned())
            )),
        }
    }
}

/// What stands around every page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub publisher: String,
    /// The places that the viewer may see; none before signing in.
    pub nav: Vec<NavItem>,
    /// The viewer's name and role, "I. Esempio, legal counsel"; `None` before signing in.
    pub me: Option<String>,
    /// What has just been done, in a sentence: shown once, after a form was sent.
    pub done: Option<String>,
    /// What everybody is to know: an exercise, a maintenance.
    pub notice: Option<String>,
    /// The log's time zone, in which pages tell times; empty before signing in.
    pub zone: String,
}

/// A place in the bar.
#[derive(Clone, Debug)]
pub struct NavItem {
    pub label: String,
    pub href: String,
    pub here: bool,
    /// "2 overdue": what is loud about it; empty where nothing is.
    pub loud: String,
}

/// A link with its words.
#[derive(Clone, Debug)]
pub struct Link {
    pub text: String,
    pub href: String,
}

impl Link {
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// A fact of a list: what it is, and what it says.
#[derive(Clone, Debug)]
pub struct Fact {
    pub term: String,
    pub text: String,
}

impl Fact {
    pub fn new(term: impl Into<String>, text: impl Into<String>) -> Self {
        Self { term: term.into(), text: text.into() }
    }
}

impl Frame {
    /// A frame for pages before signing in.
    pub fn outside(publisher: impl Into<String>) -> Self {
        Self { publisher: publisher.into(), ..Self::default() }
    }

    /// Marks the place whose link is `href` as the one where the reader is.
    pub fn at(mut self, href: &str) -> Self {
        for item in &mut self.nav {
            item.here = item.href == href;
        }
        self
    }

    #[cfg(test)]
    pub fn sample(here: &str) -> Self {
        let nav = [
            ("Requests", "/"),
            ("Deadlines", "/deadlines"),
            ("Submissions", "/submissions"),
            ("Authorities", "/authorities"),
            ("Statistics", "/statistics"),
            ("Profiles", "/profiles"),
            ("Inventory", "/inventory"),
            ("Retention", "/retention"),
            ("Audit", "/audit"),
            ("People", "/people"),
        ]
        .map(|(label, href)| NavItem {
            label: label.into(),
            href: href.into(),
            here: false,
            loud: match href {
                "/deadlines" => "1 overdue".to_owned(),
                _ => String::new(),
            },
        });
        Self {
            publisher: "Example publisher".to_owned(),
            nav: nav.into(),
            me: Some("I. Esempio, legal counsel".to_owned()),
            done: None,
            notice: None,
            zone: "UTC".to_owned(),
        }
        .at(here)
    }
}
