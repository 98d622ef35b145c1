//! One submission: what arrived, the requests found in it, and the forms that resolve it.

use askama::Template;

use super::{
    Choice, Fact, Field, FileTold, Form, Frame, Group, Kind, Link, Mark, Page, Secrecy, State,
    Width,
};

#[derive(Debug, Template)]
#[template(path = "console/submission.html")]
pub struct Submission {
    pub frame: Frame,
    /// "2026-0147"
    pub number: String,
    /// "Waits to be registered", "Holds 2 requests", "Not a request: advertising".
    pub resolved: String,
    pub waits: bool,
    /// Channel, received on, sender's reference, sender, entered by.
    pub facts: Vec<Fact>,
    /// As it was entered, with its line breaks; `None` where there is none or it is erased.
    pub summary: Option<String>,
    pub files: Vec<StoredFile>,
    pub duplicates: Vec<Duplicate>,
    pub requests: Vec<Found>,
    /// The receipt for the sender.
    pub receipt: Option<Link>,
    /// "Sealed with the batch of 2 Oct 2026, 14:31; the receipt can be had then." In its place.
    pub receipt_waits: Option<String>,
    /// Where it is told how long it is kept, and holds are placed.
    pub retention: Option<Link>,
    /// POST documents; `None` where this person or state can't.
    pub documents: Option<Form>,
    /// POST requests; `None` where this person or state can't.
    pub register: Option<Form>,
    /// POST not-a-request.
    pub nothing: Option<Form>,
    /// POST reopen.
    pub reopen: Option<Form>,
    pub secrecy: Secrecy,
    /// "named people only"
    pub marks: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub struct StoredFile {
    pub name: String,
    pub href: String,
    pub told: FileTold,
    pub size: String,
    /// "3 Oct 2026: their answer"; of one that came with it empty.
    pub added: String,
    /// The first eight digits, in groups of four.
    pub sha256_begins: String,
}

/// Another submission or request that may be the same.
#[derive(Clone, Debug)]
pub struct Duplicate {
    pub link: Link,
    /// "the same reference from the same authority, received 3 Sep 2026"
    pub reason: String,
}

/// A request that was found in it.
#[derive(Clone, Debug)]
pub struct Found {
    pub link: Link,
    pub mark: Mark,
    pub text: String,
    pub state: State,
}

/// What the form to register a request offers.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    pub countries: Vec<String>,
    /// Authorities met before.
    pub authorities: Vec<String>,
    /// Instruments by jurisdiction, as the profiles name them; each value its code.
    pub instruments: Vec<Group>,
}

impl Submission {
    /// POST /submissions/{id}/requests: `category`, `demands`, `country`, `authority`, `officer`,
    /// `officer_contact`, `instrument`, `instrument_reference`, `issued_on`, `emergency`,
    /// `accounts`, `due_on`, `received_time`, `summary`.
    pub fn register(number: &str, offered: Offered) -> Form {
        let Offered { countries, authorities, instruments } = offered;
        let form = Form::new(
            "register",
            format!("/submissions/{number}/requests"),
            "Register the request",
        );
        let form = asked(form)
            .part("Who asks", "The authority that issued it, not whoever forwarded it.")
            .field(
                Field::line("country", "Country", Kind::Text)
                    .width(Width::Half)
                    .suggestions(countries),
            )
            .field(
                Field::line("authority", "Authority", Kind::Text)
                    .width(Width::Half)
                    .suggestions(authorities),
            )
            .field(Field::line("officer", "Officer’s name", Kind::Text).width(Width::Half))
            .field(
                Field::line(
                    "officer_contact",
                    "Officer’s contact, as the letter gives it",
                    Kind::Text,
                )
                .width(Width::Half),
            );
        instrument(form, instruments).undone("Can’t be undone.").main()
    }

    /// POST /submissions/{id}/documents, multipart: `received_on`, `what`, `files`.
    pub fn add_documents(number: &str) -> Form {
        Form::new("documents", format!("/submissions/{number}/documents"), "Add and seal them")
            .field(
                Field::line("received_on", "Received on", Kind::Date)
                    .hint("The day it reached the company.")
                    .width(Width::Half),
            )
            .field(
                Field::line("what", "What it is", Kind::Text)
                    .hint("An answer to a question, paperwork that was owed, a court’s decision."),
            )
            .field(Field::files("files", "Files"))
            .multipart()
            .undone(
                "Can’t be undone. What asks for something more is a request: enter it as a letter.",
            )
    }

    /// POST /submissions/{id}/not-a-request: `reason`.
    pub fn not_a_request(number: &str) -> Form {
        Form::new(
            "nothing",
            format!("/submissions/{number}/not-a-request"),
            "Declare that it holds no request",
        )
        .field(Field::one(
            "reason",
            "What is it then?",
            vec![
                Choice::new("misaddressed", "Meant for another company or office"),
                Choice::new("correspondence", "Correspondence")
                    .hint("Asks a question, announces or thanks, and demands nothing."),
                Choice::new("user_request", "From a user about their own data")
                    .hint("It is counted with the users’ requests."),
                Choice::new("advertising", "Advertising"),
                Choice::new("test", "A test").hint("Sent to try whether something arrives."),
                Choice::new("unintelligible", "Nobody can tell")
                    .hint("And the sender can’t be asked."),
            ],
        ))
        .undone("Counsel alone can take it back, and what is said stays in the log.")
    }

    /// POST /submissions/{id}/reopen: `reason`.
    pub fn reopen(number: &str) -> Form {
        let action = format!("/submissions/{number}/reopen");
        Form::new("reopen", action, "Take it back")
            .field(
                Field::text("reason", "Reason")
                    .hint("What was overlooked. Stays in the record under the submission’s key."),
            )
            .undone(
                "It waits to be registered again, and an edition of its period waits for that. The \
                 log keeps both, and so does the sender’s receipt.",
            )
    }
}

fn asked(form: Form) -> Form {
    form.part("What it asks for", "")
        .field(Field::one(
            "category",
            "Category",
            vec![
                Choice::new("user_data", "User data")
                    .hint("Information about a person who uses a product."),
                Choice::new("technical_expertise", "Technical expertise")
                    .hint("Non-personal technical information and expertise."),
            ],
        ))
        .field(
            Field::many("demands", "Demands", demands())
                .hint("All of one category. A letter that asks for both holds two requests."),
        )
        .field(
            Field::line("accounts", "Accounts that it names (optional)", Kind::Number)
                .hint("A whole number. Leave empty where it names none.")
                .width(Width::Half),
        )
        .field(
            Field::text("summary", "What it wants, in a sentence or two")
                .hint("For your colleagues. It is kept under the submission’s key."),
        )
}

/// Codes and words of `domain::Demand`, in its classes.
pub fn demands() -> Vec<Group> {
    let of = |choices: &[(&str, &str)]| {
        choices.iter().map(|(code, label)| Choice::new(*code, *label)).collect()
    };
    vec![
        Group::new(
            "User data",
            of(&[
                ("registration", "registration data"),
                ("licence", "licence data"),
                ("connection", "connection data"),
                ("content", "content data"),
                ("preservation", "preservation"),
            ]),
        ),
        Group::new(
            "Technical expertise",
            of(&[
                ("indicators", "indicators of compromise"),
                ("modus_operandi", "modus operandi"),
                ("reverse_engineering", "results of reverse engineering"),
                ("statistics", "statistics"),
                ("research", "research results"),
            ]),
        ),
        Group::new(
            "Prohibited",
            of(&[
                ("encryption_keys", "encryption keys"),
                ("undeclared_capabilities", "undeclared capabilities"),
                ("direct_access", "direct access"),
            ]),
        )
        .note("A prohibited demand is a request of its own and can only be declined."),
    ]
}

fn instrument(form: Form, instruments: Vec<Group>) -> Form {
    form.part("The instrument", "The legal process behind it.")
        .field(Field::select("instrument", "Instrument", instruments))
        .field(
            Field::line("instrument_reference", "Its reference", Kind::Text)
                .hint("As the paper gives it.")
                .width(Width::Half),
        )
        .field(
            Field::line("issued_on", "Issued on", Kind::Date)
                .hint("The date on the paper.")
                .width(Width::Half),
        )
        .part("Time", "")
        .field(
            Field::one(
                "emergency",
                "Does it claim an emergency?",
                vec![
                    Choice::new("yes", "Yes").hint("Three different people act."),
                    Choice::new("no", "No"),
                ],
            )
            .width(Width::Half),
        )
        .field(
            Field::line("due_on", "Answer due on (optional)", Kind::Date)
                .hint(
                    "Where the paper sets a day. Else the rule of the profile does, or where that \
                     says nothing the company’s own.",
                )
                .width(Width::Half),
        )
        .field(
            Field::line("received_time", "Time of receipt (optional)", Kind::Time)
                .hint(
                    "For a deadline in hours, in the log’s time zone. Left empty: when it was \
                     entered, or the beginning of an earlier day of receipt.",
                )
                .width(Width::Half),
        )
}

impl Page for Submission {
    fn title(&self) -> String {
        format!("Submission {}", self.number)
    }

    fn forms(&self) -> Vec<&Form> {
        let forms = self.register.iter().chain(&self.nothing).chain(&self.reopen);
        forms.chain(self.secrecy.forms()).collect()
    }
}

#[cfg(test)]
impl Submission {
    fn offered() -> Offered {
        Offered {
            countries: ["Atlantis", "Elbonia", "Ruritania"].map(str::to_owned).into(),
            authorities: vec!["Bureau of Samples, Cyber Desk".to_owned()],
            instruments: vec![
                Group::new(
                    "Atlantis",
                    vec![
                        Choice::new("xa-production-order", "Production order"),
                        Choice::new("xa-preservation-order", "Preservation order"),
                    ],
                ),
                Group::new("Elsewhere", vec![Choice::new("none", "No instrument")]),
            ],
        }
    }

    pub fn sample() -> Self {
        let number = "2026-0152";
        let file = |name: &str, kind: &str, size: &str, hash: &str| StoredFile {
            name: name.to_owned(),
            href: format!("/submissions/{number}/files/{}", hash.replace(' ', "")),
            told: FileTold {
                what: kind.to_owned(),
                warnings: vec!["named like: PDF".to_owned()],
                check: crate::console::page::FileCheck::Found("Eicar-Test-Signature".to_owned()),
                preview: Some(Link::new("Preview", "/submissions/2026-0152/files/5f/preview/1")),
            },
            size: size.to_owned(),
            added: String::new(),
            sha256_begins: hash.to_owned(),
        };
        let reason = "the same reference from the same authority, received 3 Sep 2026".to_owned();
        Self {
            frame: Frame {
                done: Some("The letter is entered and sealed as submission 2026-0152.".to_owned()),
                ..Frame::sample("/submissions")
            },
            number: number.to_owned(),
            resolved: "Waits to be registered".to_owned(),
            waits: true,
            facts: vec![
                Fact::new("Arrived", "by letter, received 25 Sep 2026"),
                Fact::new("Sender’s reference", "BoS 4471/26"),
                Fact::new("Sender", "Bureau of Samples, Cyber Desk, 1 Sample Square, Port Sample"),
                Fact::new("Entered", "by O. Primer, 25 Sep 2026, 11:02 UTC"),
                Fact::new("Sealed as", "leaf 4,215"),
            ],
            summary: Some(
                "Two pages and an order of the court.\nAsks for the buyer of three licence keys, and for an analysis of how the keys were altered."
                    .to_owned(),
            ),
            files: vec![
                file("letter.pdf", "PDF", "184 KB", "7c1e 90b2"),
                file("order.pdf", "PDF", "402 KB", "e04a 5d13"),
            ],
            duplicates: vec![Duplicate {
                link: Link::new("Request 2026-0139-1", "/requests/2026-0139-1"),
                reason,
            }],
            requests: Vec::new(),
            receipt: Some(Link::new("Receipt for the sender", "/submissions/2026-0152/receipt")),
            receipt_waits: None,
            retention: Some(Link::new(
                "Retention and holds",
                "/retention?number=2026-0152#holds",
            )),
            documents: None,
            register: Some(Self::register(number, Self::offered())),
            nothing: Some(Self::not_a_request(number)),
            reopen: None,
            secrecy: Secrecy::sample_of_submission(number),
            marks: vec!["named people only"],
        }
    }

    pub fn sample_resolved() -> Self {
        use super::{Category, Fill};
        let sent = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("demands", "licence"),
            ("country", "Atlantis"),
            ("authority", "Bureau of Samples, Cyber Desk"),
            ("emergency", "no"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let register = Self::register("2026-0147", Self::offered()).keep(&sent).faulted(&[
            super::Fault::new(
                "demands",
                "Choose demands of one category, or register two requests",
            ),
            super::Fault::new("instrument", "Choose the instrument, or “No instrument”"),
        ]);
        Self {
            frame: Frame::sample("/submissions"),
            number: "2026-0147".to_owned(),
            resolved: "Holds 1 request".to_owned(),
            waits: false,
            duplicates: Vec::new(),
            requests: vec![Found {
                link: Link::new("2026-0147-1", "/requests/2026-0147-1"),
                mark: Mark { category: Category::UserData, fill: Fill::Open },
                text: "licence data and connection data of 3 accounts".to_owned(),
                state: State::Proposed,
            }],
            documents: None,
            register: Some(register),
            nothing: None,
            reopen: Some(Self::reopen("2026-0147")),
            ..Self::sample()
        }
    }
}
