//! What is due to be erased, what is held back, and the legal holds.

use askama::Template;

use super::{Choice, FaultLink, Field, Form, Frame, Group, Kind, Link, Page, Width};

#[derive(Debug, Template)]
#[template(path = "console/retention.html")]
pub struct Retention {
    pub frame: Frame,
    /// "2 submissions are due to be erased."
    pub sentence: String,
    /// What was to be erased and is not, each with the reason.
    pub not_erased: Vec<String>,
    pub due: Vec<Goes>,
    /// For those who may erase what is due.
    pub erase: Option<Form>,
    pub held_back: Vec<Goes>,
    /// Whether the lists end before all is told.
    pub more: Option<&'static str>,
    pub holds: Vec<LegalHold>,
    /// POST /retention/hold, for those who may place one.
    pub place: Option<Form>,
    /// Whether that form is in sight.
    pub is_placing: bool,
    /// In which all moments are told.
    pub zone: String,
}

/// A submission of which a period is over.
#[derive(Clone, Debug)]
pub struct Goes {
    /// Its number; no address for who may not open it.
    pub link: Link,
    pub marks: Vec<&'static str>,
    /// "user data, approved (2026-0147-1)", one for each request.
    pub what: Vec<String>,
    /// "3 Mar 2026"
    pub since: String,
    /// What holds it back; empty for what is due.
    pub why: Vec<String>,
}

/// A legal hold that stands.
#[derive(Clone, Debug)]
pub struct LegalHold {
    pub link: Link,
    pub marks: Vec<&'static str>,
    pub since: String,
    pub by: String,
    pub reason: String,
    /// POST /retention/lift; `None` for who may not, and for who placed it.
    pub lift: Option<Form>,
    /// "Somebody else lifts it.", where the viewer placed it.
    pub note: Option<&'static str>,
}

impl LegalHold {
    /// POST /retention/lift: `hold`, `reason`.
    pub fn lift(hold: &str, number: &str) -> Form {
        Form::new(format!("lift-{hold}"), "/retention/lift", format!("Lift the hold on {number}"))
            .hidden("hold", hold)
            .field(Field::text("reason", "Reason").hint("Why it is not needed any more."))
            .undone("What it kept can be erased from then on.")
    }
}

impl Retention {
    /// POST /retention/erase: `rules`, and `erase` for each submission, as number and what was seen
    /// of it.
    pub fn erase(rules: &str, due: Vec<Choice>) -> Form {
        Form::new("erase", "/retention/erase", "Erase for ever what is chosen")
            .hidden("rules", rules)
            .field(Field::many("erase", "Submissions whose period is over", Group::plain(due)))
            .undone(
                "Can’t be undone: their keys are destroyed, so nobody can read their texts and \
                 files any more. Counts, events and seals stay.",
            )
            .main()
    }

    /// POST /retention/hold: `number`, `reason`.
    pub fn place(number: &str) -> Form {
        Form::new("hold", "/retention/hold", "Place the hold")
            .field(
                Field::line("number", "Submission", Kind::Text)
                    .hint("Its number, as 2026-0147.")
                    .width(Width::Third)
                    .value(number),
            )
            .field(Field::text("reason", "Reason").hint(
                "The dispute, the order or the inquiry for which it is kept. Who may see \
                 this page and the submission reads it.",
            ))
            .undone("Somebody else lifts it.")
    }
}

impl Page for Retention {
    fn title(&self) -> String {
        "Retention".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        let lifts = self.holds.iter().filter_map(|held| held.lift.as_ref());
        self.erase.iter().chain(lifts).chain(&self.place).collect()
    }

    fn faults(&self) -> Vec<FaultLink> {
        let not_erased = self.not_erased.iter();
        let not_erased =
            not_erased.map(|text| FaultLink { text: text.clone(), id: "due".to_owned() });
        not_erased.chain(self.forms().into_iter().flat_map(Form::faults)).collect()
    }
}

#[cfg(test)]
impl Retention {
    pub fn sample() -> Self {
        let goes = |number: &str, what: &str, why: &[&str]| Goes {
            link: Link::new(number, format!("/submissions/{number}")),
            marks: Vec::new(),
            what: vec![what.to_owned()],
            since: "3 Mar 2026".to_owned(),
            why: why.iter().map(|why| (*why).to_owned()).collect(),
        };
        let due = vec![Choice::new("2024-0147@812", "2024-0147").hint(
            "user data, approved (2024-0147-1): ended 3 Mar 2025, kept 12 months, over since \
             3 Mar 2026",
        )];
        let held = |number: &str, hold: &str, lift: bool| LegalHold {
            link: Link::new(number, format!("/submissions/{number}")),
            marks: vec!["named people only"],
            since: "2 Feb 2026, 10:22".to_owned(),
            by: "R. Ejemplo".to_owned(),
            reason: "Proceedings before the Court of Samples, 4 S 12/26.".to_owned(),
            lift: lift.then(|| LegalHold::lift(hold, number)),
            note: (!lift).then_some("You placed it: somebody else lifts it."),
        };
        Self {
            frame: Frame::sample("/retention"),
            sentence: "1 submission is due to be erased, 1 is held back.".to_owned(),
            not_erased: Vec::new(),
            due: vec![goes("2024-0147", "user data, approved (2024-0147-1)", &[])],
            erase: Some(Self::erase("700", due)),
            held_back: vec![goes(
                "2024-0152",
                "user data, rejected: no data found (2024-0152-1)",
                &["a legal hold stands"],
            )],
            more: None,
            holds: vec![held("2024-0152", "one", true), held("2025-0003", "two", false)],
            place: Some(Self::place("")),
            is_placing: false,
            zone: "UTC".to_owned(),
        }
    }

    pub fn sample_faulty() -> Self {
        let place = Self::place("2026").faulted(&[
            super::Fault::new("number", "Give its number, as 2026-0147"),
            super::Fault::new("reason", "Give your reason in a sentence or more"),
        ]);
        Self { place: Some(place), is_placing: true, ..Self::sample() }
    }

    pub fn sample_for_reading() -> Self {
        let mut sample = Self::sample();
        for held in &mut sample.holds {
            (held.lift, held.note) = (None, None);
        }
        Self { erase: None, place: None, ..sample }
    }
}
