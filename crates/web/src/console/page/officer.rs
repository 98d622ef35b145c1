//! Whether the officer of a request is real: what was found out, what is noticed, and the form to
//! record a verification. A part of the page of a request.

use askama::Template;
use askama::filters::HtmlSafe;

use super::form::Weight;
use super::{Choice, Closed, Field, Form, Group, Kind, Link, Width};

#[derive(Clone, Debug, Template)]
#[template(path = "console/officer.html")]
pub struct Officer {
    /// "T. Placeholder"
    pub name: String,
    pub state: OfficerState,
    /// What follows from it, in a sentence.
    pub says: String,
    /// Reasons to look twice, a sentence each.
    pub signals: Vec<String>,
    /// What the e-mails among the files say of themselves.
    pub mails: Vec<MailHead>,
    /// The newest first.
    pub records: Vec<Record>,
    /// The register of the authority, where the viewer may read it.
    pub register: Option<Link>,
    pub form: Option<Form>,
    /// What is written to who is not verified; `None` where they are, or where something else is.
    pub neutral: Option<Neutral>,
}

/// The one text for everybody who is not verified.
#[derive(Clone, Debug)]
pub struct Neutral {
    pub text: String,
    pub download: Link,
}

/// Where the verification stands today, for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficerState {
    NeverVerified,
    NotVerified,
    /// Through what was not there before the letter, or is not taken for true any more.
    DoesNotServe,
    /// "20 Mar 2027"
    VerifiedUntil(String),
    Expired(String),
}

impl OfficerState {
    fn word(&self) -> String {
        match self {
            Self::NeverVerified => "Nobody has verified them".to_owned(),
            Self::NotVerified => "Not verified".to_owned(),
            Self::DoesNotServe => "Not verified for this letter".to_owned(),
            Self::VerifiedUntil(day) => format!("Verified until {day}"),
            Self::Expired(day) => format!("Expired on {day}"),
        }
    }

    fn sign(&self) -> &'static str {
        match self {
            Self::NeverVerified => "s-none",
            Self::NotVerified | Self::DoesNotServe => "s-no",
            Self::VerifiedUntil(_) => "s-yes",
            Self::Expired(_) => "s-late",
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::NeverVerified => " dim",
            Self::NotVerified | Self::DoesNotServe => " bad",
            Self::VerifiedUntil(_) => " ok",
            Self::Expired(_) => " wait",
        }
    }
}

/// An e-mail among the files.
#[derive(Clone, Debug)]
pub struct MailHead {
    /// "letter.eml"
    pub file: String,
    /// From whom it says that it is, in a sentence.
    pub says: String,
    /// What mail servers noted in it and what that is worth, a sentence or two each.
    pub notes: Vec<String>,
}

/// A record of a verification.
#[derive(Clone, Debug)]
pub struct Record {
    pub at: String,
    pub who: String,
    /// "called back through +1 202 555 0100"
    pub means: String,
    /// "verified until 20 Mar 2027"
    pub result: String,
    /// Empty where its letter was erased.
    pub evidence: String,
}

/// What can be chosen in the form.
#[derive(Clone, Debug, Default)]
pub struct OfficerOffers {
    /// Numbers that serve for this letter and this person.
    pub numbers: Vec<Choice>,
    pub domains: Vec<Choice>,
    /// Numbers that don't, each with the reason.
    pub closed: Vec<Closed>,
    /// "2027-03-20"
    pub valid_until: String,
}

impl Officer {
    /// Whether its form is shown unfolded.
    fn is_open(&self) -> bool {
        let is_open = |form: &Form| form.weight == Weight::Main || form.is_faulty();
        self.form.as_ref().is_some_and(is_open)
    }

    /// POST verification: `means` (call_back, identity_document, in_person, mail), `number`,
    /// `domain`, `passed`, `result` (verified, not_verified), `valid_until`, `reason`, `evidence`.
    pub fn record(number: &str, offers: OfficerOffers) -> Form {
        let OfficerOffers { numbers, domains, closed, valid_until } = offers;
        let hint = match numbers.is_empty() {
            true => "No number of this authority’s register serves for this letter.",
            false => "A number from the letter itself verifies nobody, so none stands here.",
        };
        Form::new(
            "verification",
            format!("/requests/{number}/verification"),
            "Record the verification",
        )
        .field(Field::many("means", "What was done?", Group::plain(means())))
        .field(
            Field::select("number", "Which number was called?", Group::plain(numbers))
                .hint(hint)
                .width(Width::Half)
                .when("call_back"),
        )
        .field(
            Field::select("domain", "Which domain was it sent from?", Group::plain(domains))
                .hint("One of the authority’s register.")
                .width(Width::Half)
                .when("mail"),
        )
        .field(
            Field::many("passed", "Which checks did the mail pass?", Group::plain(checks()))
                .hint("As our own mail server noted them in its head (RFC 8601), see above.")
                .when("mail"),
        )
        .field(Field::one("result", "What came of it?", results()))
        .field(
            Field::line("valid_until", "Valid until", Kind::Date)
                .hint("At most a year: people change their posts.")
                .value(&valid_until)
                .when("verified"),
        )
        .field(Field::one("reason", "Why not?", doubts()).when("not_verified"))
        .field(
            Field::text("evidence", "What you heard and saw")
                .hint("Whom you spoke to and what they said. The authority does not see it."),
        )
        .closed(closed)
        .undone("Can’t be undone. A later record counts in place of this one, and both stay.")
    }
}

/// Codes of the form, for `domain::authority::Means`.
fn means() -> Vec<Choice> {
    vec![
        Choice::new("call_back", "Called back")
            .hint("The switchboard, through a number that was registered before the letter came."),
        Choice::new("identity_document", "Saw a document of identity"),
        Choice::new("in_person", "Met in person"),
        Choice::new("mail", "Looked at the checks of the mail").hint(
            "They say that a mailbox of the domain was used, and not by whom: never enough alone.",
        ),
    ]
}

/// Codes of `domain::authority::MailCheck`.
fn checks() -> Vec<Choice> {
    vec![
        Choice::new("spf", "SPF").hint("RFC 7208"),
        Choice::new("dkim", "DKIM").hint("RFC 6376"),
        Choice::new("dmarc", "DMARC").hint("RFC 7489"),
    ]
}

fn results() -> Vec<Choice> {
    vec![
        Choice::new("verified", "The officer is who they say, and sent it"),
        Choice::new("not_verified", "Not verified")
            .hint("Nobody answered? Then nothing is found out: write a note, and call again."),
    ]
}

/// Codes of `domain::authority::Doubt`.
fn doubts() -> Vec<Choice> {
    vec![
        Choice::new("refused_by_switchboard", "The switchboard would not say"),
        Choice::new("unknown_there", "Nobody there knows them"),
        Choice::new("denies_having_sent", "They did not send the letter"),
        Choice::new("document_not_genuine", "The document is not genuine"),
        Choice::new("mail_failed", "The mail did not come from where it says"),
    ]
}

impl HtmlSafe for Officer {}

#[cfg(test)]
impl Officer {
    pub fn sample() -> Self {
        Self {
            name: "T. Placeholder".into(),
            state: OfficerState::VerifiedUntil("21 Mar 2027".into()),
            says: "A finding on the officer can rest on it.".into(),
            signals: vec![
                "It is the first letter from this officer.".into(),
                "samp1es.example is none of the authority’s domains, and looks like \
                 samples.example."
                    .into(),
            ],
            mails: vec![MailHead {
                file: "letter.eml".into(),
                says: "It says that it is from t.placeholder@samples.example, and asks to be \
                       answered at desk@samp1es.example."
                    .into(),
                notes: vec![
                    "mx.publisher.example, our own mail server, noted: dkim=pass \
                     (header.d=samples.example)."
                        .into(),
                    "mail.elsewhere.example noted: spf=pass. Somebody else wrote this, and it \
                     proves nothing."
                        .into(),
                ],
            }],
            records: vec![
                Record {
                    at: "22 Sep 2026, 10:12".into(),
                    who: "R. Ejemplo".into(),
                    means: "called back through +30005550100".into(),
                    result: "verified until 21 Mar 2027".into(),
                    evidence: "The duty desk put me through; they know the case.".into(),
                },
                Record {
                    at: "3 Mar 2026, 09:30".into(),
                    who: "K. Beispiel".into(),
                    means: "saw a document of identity".into(),
                    result: "verified until 30 Aug 2026".into(),
                    evidence: String::new(),
                },
            ],
            register: Some(Link::new("Register of Bureau of Samples", "/authorities/1")),
            form: None,
            neutral: None,
        }
    }

    pub fn sample_faulty() -> Self {
        let offers = OfficerOffers {
            numbers: vec![Choice::new("1", "+30005550100, from a public directory")],
            domains: vec![Choice::new("2", "samples.example")],
            closed: vec![Closed::new(
                "+30005550199",
                "it was registered after the letter arrived.",
            )],
            valid_until: "2027-03-21".into(),
        };
        let form = Self::record("2026-0147-1", offers)
            .keep(&[("means".to_owned(), "call_back".to_owned())])
            .faulted(&[super::Fault::new("number", "Choose the number that was called")]);
        Self {
            state: OfficerState::NeverVerified,
            says: "No finding on the officer stands before somebody has.".into(),
            records: Vec::new(),
            form: Some(form),
            neutral: Some(Neutral {
                text: "Example publisher\n\nWe have received your message. This text is the same \
                       for everybody whom we have not verified."
                    .into(),
                download: Link::new("Download it as plain text", "/answers/unverified.txt"),
            }),
            ..Self::sample()
        }
    }
}
