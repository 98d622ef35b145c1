//! Authorities: by what each is known, and who was verified there.

use askama::Template;

use super::officer::Record;
use super::{Choice, Field, Form, Frame, Group, Kind, Link, Page, Width};

#[derive(Debug, Template)]
#[template(path = "console/authorities.html")]
pub struct Authorities {
    pub frame: Frame,
    /// "14 authorities, of 3 of which no number is registered."
    pub sentence: String,
    pub rows: Vec<AuthorityRow>,
    /// For those who may enter one.
    pub form: Option<Form>,
}

#[derive(Clone, Debug)]
pub struct AuthorityRow {
    pub name: String,
    pub href: String,
    /// "France"
    pub country: String,
    pub domains: usize,
    pub numbers: usize,
    pub known_bad: usize,
    pub requests: usize,
}

/// One authority.
#[derive(Debug, Template)]
#[template(path = "console/authority.html")]
pub struct Authority {
    pub frame: Frame,
    pub name: String,
    /// "France (FR)"
    pub country: String,
    /// What follows from its register, in a sentence.
    pub sentence: String,
    pub numbers: Vec<Entry>,
    pub domains: Vec<Entry>,
    pub officers: Vec<Met>,
    /// The newest first.
    pub requests: Vec<Link>,
    /// In which all moments are told.
    pub zone: String,
    pub form: Option<Form>,
}

/// A domain or a number.
#[derive(Clone, Debug)]
pub struct Entry {
    pub value: String,
    pub state: EntryState,
    /// "a public directory: page 12"
    pub found: String,
    /// "3 Mar 2026, 09:30, O. Primer"
    pub entered: String,
    /// Who said since when that it does not count any more; empty while it does.
    pub ended: String,
    /// POST /authorities/{id}/contacts/{contact}/withdraw
    pub withdraw: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    Stands,
    KnownBad,
    OutOfUse,
    Mistake,
}

impl EntryState {
    fn word(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::KnownBad => "known as bad",
            Self::OutOfUse => "out of use",
            Self::Mistake => "entered by mistake",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Stands => "s-yes",
            Self::KnownBad => "s-stop",
            Self::OutOfUse => "s-end",
            Self::Mistake => "s-none",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Stands => " ok",
            Self::KnownBad => " bad",
            Self::OutOfUse | Self::Mistake => " dim",
        }
    }
}

/// An officer of whom a letter came.
#[derive(Clone, Debug)]
pub struct Met {
    pub name: String,
    /// As the letter gives it.
    pub contact: String,
    pub records: Vec<Record>,
}

impl Entry {
    /// Whether its form is shown unfolded.
    fn is_open(&self) -> bool {
        self.withdraw.as_ref().is_some_and(Form::is_faulty)
    }

    /// POST /authorities/{authority}/contacts/{contact}/withdraw: `reason`. Of what is known as bad
    /// it can only be said that this was a mistake.
    pub fn withdraw(authority: &str, contact: &str, state: EntryState) -> Form {
        let reasons = match state {
            EntryState::KnownBad => vec![Choice::new("entered_by_mistake", "It is not bad")],
            EntryState::Stands | EntryState::OutOfUse | EntryState::Mistake => vec![
                Choice::new("out_of_use", "The authority has another one now")
                    .hint("Verifications through it still count."),
                Choice::new("known_bad", "Somebody else uses it")
                    .hint("Verifications through it count no more."),
                Choice::new("entered_by_mistake", "It was never theirs")
                    .hint("Verifications through it count no more."),
            ],
        };
        Form::new(
            format!("withdraw-{contact}"),
            format!("/authorities/{authority}/contacts/{contact}/withdraw"),
            "Withdraw it",
        )
        .field(Field::one("reason", "Why?", reasons))
        .undone("It stays in sight. To have it back, enter it anew.")
    }
}

impl Authorities {
    /// POST /authorities: `country`, `authority`, and the fields of [`Authority::form`].
    pub fn form(countries: Vec<String>, known: Vec<String>) -> Form {
        let form = Form::new("authority", "/authorities", "Enter the authority")
            .field(
                Field::line("country", "Country", Kind::Text)
                    .width(Width::Half)
                    .suggestions(countries),
            )
            .field(
                Field::line("authority", "Authority", Kind::Text)
                    .hint("Its name as it stands in the directory.")
                    .width(Width::Half)
                    .suggestions(known),
            );
        entered(form)
    }
}

impl Authority {
    /// Both kinds of entries: the section's id, its title, what is said where there are none.
    fn kinds(&self) -> [(&'static str, &'static str, &'static str, &[Entry]); 2] {
        let no_number = "No number is registered, so nobody of this authority can be called back.";
        [
            ("numbers", "Telephone numbers", no_number, &self.numbers),
            ("domains", "Mail domains", "No domain is registered.", &self.domains),
        ]
    }

    /// POST /authorities/{id}/contacts: `kind` (telephone, mail_domain), `value`, `as` (official,
    /// bad), `source`, `note`.
    pub fn form(id: &str) -> Form {
        let action = format!("/authorities/{id}/contacts");
        entered(Form::new("contact", action, "Register it"))
    }
}

fn entered(form: Form) -> Form {
    form.field(Field::one(
        "kind",
        "What is it?",
        vec![
            Choice::new("telephone", "A telephone number"),
            Choice::new("mail_domain", "A mail domain"),
        ],
    ))
    .field(
        Field::line("value", "Number or domain", Kind::Text)
            .hint("A number with its country, +1 202 555 0100; of an address what follows the @.")
            .width(Width::Half),
    )
    .field(Field::one(
        "as",
        "Whose is it?",
        vec![
            Choice::new("official", "The authority’s")
                .hint("Found elsewhere than in a letter of theirs."),
            Choice::new("bad", "Somebody else’s, who takes the authority’s name")
                .hint("A letter that gives it is told as one to look at twice."),
        ],
    ))
    .field(
        Field::select("source", "Where was it found?", Group::plain(sources()))
            .width(Width::Half)
            .when("official"),
    )
    .field(
        Field::text("note", "Where exactly, or how it is known")
            .hint("The directory, its page or address, and the day on which you looked."),
    )
    .undone("Can’t be changed afterwards. What is wrong is withdrawn, and entered anew.")
}

/// Codes of `domain::authority::ContactSource`.
fn sources() -> Vec<Choice> {
    vec![
        Choice::new("public_directory", "In a public directory"),
        Choice::new("gazette", "In an official gazette"),
        Choice::new("official_site", "On the authority’s own site, or its government’s"),
        Choice::new("another_authority", "Told by another authority or an embassy"),
        Choice::new("in_person", "Handed over in person"),
    ]
}

impl Page for Authorities {
    fn title(&self) -> String {
        "Authorities".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.form.iter().collect()
    }
}

impl Page for Authority {
    fn title(&self) -> String {
        self.name.clone()
    }

    fn forms(&self) -> Vec<&Form> {
        let entries = self.numbers.iter().chain(&self.domains);
        entries.filter_map(|entry| entry.withdraw.as_ref()).chain(&self.form).collect()
    }
}

#[cfg(test)]
impl Authorities {
    pub fn sample() -> Self {
        let row = |name: &str, numbers, known_bad| AuthorityRow {
            name: name.into(),
            href: "/authorities/1".into(),
            country: "Atlantis".into(),
            domains: 1,
            numbers,
            known_bad,
            requests: 3,
        };
        Self {
            frame: Frame::sample("/authorities"),
            sentence: "2 authorities, 1 of them without a number to call.".into(),
            rows: vec![row("Bureau of Samples", 1, 0), row("Office of Examples", 0, 2)],
            form: Some(Self::form(vec!["Atlantis".into()], vec!["Bureau of Samples".into()])),
        }
    }

    pub fn sample_faulty() -> Self {
        let form = Self::form(Vec::new(), Vec::new())
            .keep(&[("as".to_owned(), "official".to_owned())])
            .faulted(&[super::Fault::new("source", "Say where it was found")]);
        Self { rows: Vec::new(), form: Some(form), ..Self::sample() }
    }
}

#[cfg(test)]
impl Authority {
    pub fn sample() -> Self {
        let entry = |id: &str, value: &str, state, ended: &str| Entry {
            value: value.into(),
            state,
            found: "a public directory: page 12 of the 2025 edition".into(),
            entered: "3 Mar 2026, 09:30, O. Primer".into(),
            ended: ended.into(),
            withdraw: match state {
                EntryState::Stands | EntryState::KnownBad => Some(Entry::withdraw("1", id, state)),
                EntryState::OutOfUse | EntryState::Mistake => None,
            },
        };
        Self {
            frame: Frame::sample("/authorities"),
            name: "Bureau of Samples, Cyber Desk".into(),
            country: "Atlantis (XA)".into(),
            sentence: "Whoever writes in its name is called back through one number.".into(),
            numbers: vec![
                entry("1", "+30005550100", EntryState::Stands, ""),
                entry("2", "+30005550666", EntryState::KnownBad, "4 Sep 2026, 08:00, R. Ejemplo"),
                entry("3", "+30005550001", EntryState::OutOfUse, "1 Jun 2026, 10:00, O. Primer"),
            ],
            domains: vec![entry("4", "samples.example", EntryState::Stands, "")],
            officers: vec![
                Met {
                    name: "T. Placeholder".into(),
                    contact: "t.placeholder@samples.example".into(),
                    records: super::Officer::sample().records,
                },
                Met { name: "U. Filler".into(), contact: String::new(), records: Vec::new() },
            ],
            requests: vec![Link::new("2026-0147-1", "/requests/2026-0147-1")],
            zone: "UTC".into(),
            form: Some(Self::form("1")),
        }
    }

    pub fn sample_faulty() -> Self {
        let form = Self::form("1").faulted(&[super::Fault::new("kind", "Say what it is")]);
        Self {
            form: Some(form),
            numbers: Vec::new(),
            officers: Vec::new(),
            requests: Vec::new(),
            ..Self::sample()
        }
    }
}
