//! What is due when: emergencies and what nobody has registered first, then overdue first.

use askama::Template;

use super::{Choice, Due, Form, Frame, Link, Page, Turn};

#[derive(Debug, Template)]
#[template(path = "console/deadlines.html")]
pub struct Deadlines {
    pub frame: Frame,
    /// "2 are overdue, 1 is due today, 4 in the six days after."
    pub sentence: String,
    /// Whether the sentence tells of something overdue.
    pub late: bool,
    pub kinds: Vec<Choice>,
    pub people: Vec<Choice>,
    /// Whether anything is chosen.
    pub is_set: bool,
    /// Emergencies, before all other; `None` where there is none.
    pub emergencies: Option<Part>,
    /// What nobody has registered; `None` where nothing waits.
    pub arrivals: Option<Arrivals>,
    /// In order; those without a line are left out.
    pub parts: Vec<Part>,
    pub more: Option<Link>,
}

/// What waits to be registered.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// "By the company's own rule, which is no law, within 1 business day."
    pub says: String,
    /// Whether something of it is overdue.
    pub late: bool,
    pub lines: Vec<Waiting>,
    /// To the others.
    pub more: Option<Link>,
}

#[derive(Clone, Debug)]
pub struct Waiting {
    /// `None` where the company sets no time.
    pub due: Option<Due>,
    pub number: String,
    pub href: String,
    /// "API", "letter"
    pub channel: String,
    /// "21 Sep 2026, 14:13"
    pub entered: String,
    /// "named people only"
    pub marks: Vec<&'static str>,
}

/// Deadlines that are as urgent as each other.
#[derive(Clone, Debug)]
pub struct Part {
    pub id: &'static str,
    /// "Overdue"
    pub title: String,
    pub says: String,
    pub late: bool,
    pub lines: Vec<Line>,
    /// To those that did not fit.
    pub more: Option<Link>,
}

#[derive(Clone, Debug)]
pub struct Line {
    /// `None` where no day is set.
    pub due: Option<Due>,
    pub number: String,
    pub href: String,
    pub emergency: bool,
    /// "an answer"
    pub owed: String,
    pub authority: String,
    pub country: String,
    pub turn: Turn,
    pub assigned: Option<String>,
}

impl Page for Deadlines {
    fn title(&self) -> String {
        "Deadlines".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Deadlines {
    pub fn sample() -> Self {
        use super::Urgency;
        let line = |number: &str, owed: &str, due: Option<(Urgency, &str, &str)>| Line {
            due: due.map(|(urgency, words, on)| Due {
                urgency,
                words: words.to_owned(),
                on: on.to_owned(),
            }),
            number: number.to_owned(),
            href: format!("/requests/{number}"),
            emergency: number.ends_with('2'),
            owed: owed.to_owned(),
            authority: "Bureau of Samples, Cyber Desk".to_owned(),
            country: "Atlantis".to_owned(),
            turn: Turn::You("for you: findings".to_owned()),
            assigned: None,
        };
        let part = |id, title: &str, late, lines| Part {
            id,
            title: title.to_owned(),
            says: String::new(),
            late,
            lines,
            more: None,
        };
        Self {
            frame: Frame::sample("/deadlines"),
            sentence: "1 is overdue, 1 is due today, none in the six days after.".to_owned(),
            late: true,
            kinds: vec![Choice::new("answer", "Answers")],
            people: vec![Choice::new("mine", "Assigned to me")],
            is_set: false,
            emergencies: Some(Part {
                says: "Before all other, whatever their date.".to_owned(),
                more: Some(Link::new("7 more emergencies", "/?urgency=emergency")),
                ..part(
                    "emergencies",
                    "Emergencies",
                    false,
                    vec![
                        line(
                            "2026-0155-2",
                            "our answer",
                            Some((Urgency::Soon, "in 3 h 20 min", "25 Sep 2026, 14:30")),
                        ),
                        line("2026-0153-2", "our answer", None),
                    ],
                )
            }),
            arrivals: Some(Arrivals {
                says: "Due by the company’s own rule, which is no law.".to_owned(),
                late: true,
                lines: vec![Waiting {
                    due: Some(Due {
                        urgency: Urgency::Overdue,
                        words: "1 day overdue".to_owned(),
                        on: "24 Sep 2026".to_owned(),
                    }),
                    number: "2026-0156".to_owned(),
                    href: "/submissions/2026-0156".to_owned(),
                    channel: "API".to_owned(),
                    entered: "23 Sep 2026, 18:00".to_owned(),
                    marks: vec!["named people only"],
                }],
                more: Some(Link::new("12 more submissions", "/submissions")),
            }),
            parts: vec![
                part(
                    "overdue",
                    "Overdue",
                    true,
                    vec![line(
                        "2026-0139-1",
                        "answer",
                        Some((Urgency::Overdue, "2 days overdue", "23 Sep 2026")),
                    )],
                ),
                part(
                    "today",
                    "Today",
                    false,
                    vec![line(
                        "2026-0151-2",
                        "answer",
                        Some((Urgency::Soon, "in 3 h 20 min", "25 Sep 2026, 14:30")),
                    )],
                ),
                part("undated", "Without a date", false, vec![line("2026-0138-1", "answer", None)]),
            ],
            more: Some(Link::new("Later deadlines", "/deadlines?after=x")),
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            sentence: "Nothing is overdue, nothing is due today or in the six days after."
                .to_owned(),
            late: false,
            emergencies: None,
            arrivals: None,
            parts: Vec::new(),
            more: None,
            ..Self::sample()
        }
    }
}
