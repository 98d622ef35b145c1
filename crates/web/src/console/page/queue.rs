//! The requests that wait, in the order of their due dates.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Choice, Form, Frame, Link, Mark, Page, State, Turn};

#[derive(Debug, Template)]
#[template(path = "console/queue.html")]
pub struct Queue {
    pub frame: Frame,
    /// "14 requests are open, 3 wait for you, 1 is overdue."
    pub sentence: String,
    pub filter: Filter,
    pub items: Vec<Item>,
    /// What stands instead of an empty list.
    pub empty: String,
    pub shown: Shown,
}

/// Which part of a list a page shows, and where the others are.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/shown.html")]
pub struct Shown {
    /// "101 to 200 of 3412"; empty where it is all.
    pub part: String,
    /// Back to the first page, on any other.
    pub first: Option<Link>,
    /// Where the list goes on.
    pub more: Option<Link>,
}

/// Its template escapes every text.
impl HtmlSafe for Shown {}

/// By what the reader finds a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    OfficersToo,
    /// They may not read of officers.
    NoOfficers,
}

impl Sought {
    /// "number, reference, authority": a country comes last.
    pub fn by(self) -> &'static str {
        match self {
            Self::OfficersToo => "number, reference, authority, officer",
            Self::NoOfficers => "number, reference, authority",
        }
    }

    /// Of the field in which it is typed.
    fn label(self) -> &'static str {
        match self {
            Self::OfficersToo => "Number, reference, authority or officer",
            Self::NoOfficers => "Number, reference or authority",
        }
    }
}

/// A choice of which one narrows the list.
#[derive(Clone, Debug)]
pub struct Narrow {
    /// As it is sent: `country`.
    pub name: &'static str,
    /// "Country"
    pub label: &'static str,
    /// What is shown where nothing is chosen.
    pub all: &'static str,
    pub choices: Vec<Choice>,
}

/// What can be chosen that the company has.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    pub states: Vec<Choice>,
    pub countries: Vec<Choice>,
    pub instruments: Vec<Choice>,
    pub people: Vec<Choice>,
}

/// GET /: `q`, `state`, `category`, `whose`, `urgency`, `time`, `country`, `instrument`, `assigned`.
#[derive(Clone, Debug)]
pub struct Filter {
    pub q: String,
    pub sought: Sought,
    pub states: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub whose: Vec<Choice>,
    /// By what else it can be narrowed, folded away until one of them is chosen.
    pub others: Vec<Narrow>,
    /// Whether one of these is chosen.
    pub is_narrowed: bool,
    /// Whether anything is chosen, so that a link back to all is shown.
    pub is_set: bool,
}

#[derive(Clone, Debug)]
pub struct Item {
    /// "2026-0147-1"
    pub number: String,
    pub href: String,
    pub mark: Mark,
    pub authority: String,
    pub country: String,
    /// "licence data and connection data of 3 accounts"
    pub asks: String,
    pub emergency: bool,
    /// "named people only", "withheld"
    pub marks: Vec<&'static str>,
    pub state: State,
    pub turn: Turn,
    /// `None` where no rule sets a date.
    pub due: Option<Due>,
    pub assigned: Option<String>,
}

/// Until when, with the sign that its urgency asks for.
#[derive(Clone, Debug, Template)]
#[template(path = "console/due.html")]
pub struct Due {
    pub urgency: Urgency,
    /// "in 7 days", "2 days overdue"
    pub words: String,
    /// "2 Oct 2026"
    pub on: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Calm,
    Soon,
    Overdue,
}

impl Urgency {
    fn class(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Soon => "soon",
            Self::Overdue => "late",
        }
    }

    fn sign(self) -> Option<&'static str> {
        match self {
            Self::Calm => None,
            Self::Soon => Some("s-clock"),
            Self::Overdue => Some("s-late"),
        }
    }
}

/// Its template escapes every text.
impl HtmlSafe for Due {}

impl Filter {
    /// What can be chosen, with nothing chosen.
    pub fn new(choices: Choices, sought: Sought) -> Self {
        let Choices { states, countries, instruments, people } = choices;
        let narrow = |name, label, all, choices| Narrow { name, label, all, choices };
        let urgencies = vec![
            Choice::new("emergency", "Emergencies"),
            Choice::new("ordinary", "No emergencies"),
        ];
        let times =
            vec![Choice::new("overdue", "Overdue"), Choice::new("undated", "Without a date")];
        Self {
            q: String::new(),
            sought,
            states,
            categories: vec![
                Choice::new("user_data", "User data"),
                Choice::new("technical_expertise", "Technical expertise"),
            ],
            whose: vec![
                Choice::new("all", "All"),
                Choice::new("mine", "Assigned to me"),
                Choice::new("waits_for_me", "Waiting for me"),
            ],
            others: vec![
                narrow("urgency", "Emergency", "Both", urgencies),
                narrow("time", "Time", "Any", times),
                narrow("country", "Country", "All", countries),
                narrow("instrument", "Instrument", "All", instruments),
                narrow("assigned", "Assigned to", "Anybody or nobody", people),
            ],
            is_narrowed: false,
            is_set: false,
        }
    }

    /// Puts back what was chosen, as name and value.
    pub fn keep(mut self, sent: &[(String, String)]) -> Self {
        let value = |name: &str| {
            sent.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
        };
        value("q").clone_into(&mut self.q);
        let lists = [
            (&mut self.states, value("state")),
            (&mut self.categories, value("category")),
            (&mut self.whose, value("whose")),
        ];
        for (choices, value) in lists {
            for choice in choices {
                choice.chosen = choice.value == value;
            }
        }
        for narrow in &mut self.others {
            for choice in &mut narrow.choices {
                choice.chosen = choice.value == value(narrow.name);
                self.is_narrowed |= choice.chosen;
            }
        }
        self.is_set = sent.iter().any(|(_, value)| !value.is_empty() && value != "all");
        self
    }
}

impl Page for Queue {
    fn title(&self) -> String {
        "Requests".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
mod sample {
    use super::super::{Category, Fill};
    use super::{
        Choice, Choices, Due, Filter, Frame, Item, Link, Mark, Queue, Shown, Sought, State, Turn,
        Urgency,
    };

    impl Queue {
        pub fn sample() -> Self {
            Self {
                frame: Frame::sample("/"),
                sentence: "14 requests are open, 2 wait for you, 1 is overdue.".to_owned(),
                filter: filter(),
                items: items(),
                empty: "No request is open.".to_owned(),
                shown: Shown {
                    part: "101 to 104 of 3412".to_owned(),
                    first: Some(Link::new("From the beginning", "/")),
                    more: Some(Link::new("Later requests", "/?after=x")),
                },
            }
        }

        pub fn sample_empty() -> Self {
            let sent = [("q".to_owned(), "PO-99".to_owned())];
            Self {
                sentence: "14 requests are open, 2 wait for you, 1 is overdue.".to_owned(),
                filter: filter().keep(&sent),
                items: Vec::new(),
                empty: "No request that you may see has this as number, reference, authority, \
                        officer or country."
                    .to_owned(),
                shown: Shown::default(),
                ..Self::sample()
            }
        }
    }

    fn filter() -> Filter {
        let states = vec![
            Choice::new("received", "Received"),
            Choice::new("in_verification", "In verification"),
            Choice::new("clarification_asked", "Clarification asked"),
            Choice::new("verified", "Verified"),
            Choice::new("proposed", "Decision proposed"),
            Choice::new("decided", "Decided"),
        ];
        let choices = Choices {
            states,
            countries: vec![Choice::new("AQ", "Atlantis"), Choice::new("BV", "Elbonia")],
            instruments: vec![Choice::new("none", "No instrument")],
            people: vec![Choice::new("nobody", "Nobody"), Choice::new("1", "K. Beispiel")],
        };
        Filter::new(choices, Sought::OfficersToo).keep(&[("whose".to_owned(), "all".to_owned())])
    }

    fn item(number: &str, category: Category, asks: &str, state: State) -> Item {
        Item {
            number: number.to_owned(),
            href: format!("/requests/{number}"),
            mark: Mark { category, fill: Fill::Open },
            authority: "Bureau of Samples, Cyber Desk".to_owned(),
            country: "Atlantis".to_owned(),
            asks: asks.to_owned(),
            emergency: false,
            marks: Vec::new(),
            state,
            turn: Turn::Waits("for R. Ejemplo".to_owned()),
            due: None,
            assigned: Some("R. Ejemplo".to_owned()),
        }
    }

    fn due(urgency: Urgency, words: &str, on: &str) -> Option<Due> {
        Some(Due { urgency, words: words.to_owned(), on: on.to_owned() })
    }

    fn items() -> Vec<Item> {
        use Category::{TechnicalExpertise, UserData};
        vec![
            Item {
                authority: "Office for Invented Offences".to_owned(),
                country: "Ruritania".to_owned(),
                due: due(Urgency::Overdue, "2 days overdue", "23 Sep 2026"),
                ..item(
                    "2026-0139-1",
                    UserData,
                    "registration data of 1 account",
                    State::InVerification,
                )
            },
            Item {
                emergency: true,
                turn: Turn::You("for you: findings".to_owned()),
                due: due(Urgency::Soon, "in 5 hours", "25 Sep 2026"),
                assigned: Some("you".to_owned()),
                ..item("2026-0151-1", UserData, "connection data of 1 account", State::Received)
            },
            Item {
                turn: Turn::You("for you: second approval".to_owned()),
                due: due(Urgency::Calm, "in 7 days", "2 Oct 2026"),
                assigned: Some("K. Beispiel".to_owned()),
                ..item(
                    "2026-0147-1",
                    UserData,
                    "registration, licence, connection and content data of 3 accounts",
                    State::Proposed,
                )
            },
            Item {
                authority: "Placeholder Police, Unit 4".to_owned(),
                marks: vec!["named people only", "withheld"],
                country: "Elbonia".to_owned(),
                turn: Turn::Waits("for the officer’s answer".to_owned()),
                due: due(Urgency::Calm, "in 12 days", "7 Oct 2026"),
                assigned: None,
                ..item(
                    "2026-0144-2",
                    TechnicalExpertise,
                    "indicators of compromise, modus operandi",
                    State::ClarificationAsked,
                )
            },
            Item {
                mark: Mark { category: TechnicalExpertise, fill: Fill::Solid },
                turn: Turn::Waits("for a technical expert".to_owned()),
                assigned: Some("O. Primer".to_owned()),
                ..item(
                    "2026-0138-1",
                    TechnicalExpertise,
                    "results of reverse engineering",
                    State::Approved(TechnicalExpertise),
                )
            },
            Item {
                turn: Turn::Waits("for counsel to close it".to_owned()),
                assigned: None,
                ..item("2026-0137-3", UserData, "direct access", State::Prohibited)
            },
        ]
    }
}
