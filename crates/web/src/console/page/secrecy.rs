//! Who sees a submission and its requests, and whether a request stands in the published sum: a
//! section of both pages.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Act, Choice, Fact, Field, Form, Group, Happening, Kind, Link, Width};

#[derive(Clone, Debug, Template)]
#[template(path = "console/secrecy.html")]
pub struct Secrecy {
    /// What the section is about, in a sentence.
    pub says: String,
    /// Who sees it, whether it is counted, what comes next.
    pub facts: Vec<Fact>,
    /// Where the rest is done.
    pub more: Option<Link>,
    pub acts: Vec<Act>,
    /// Newest first.
    pub happened: Vec<Happening>,
}

/// Its template escapes every text.
impl HtmlSafe for Secrecy {}

impl Secrecy {
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        self.acts.iter().map(|act| &act.form)
    }
}

const WHO: &str = "Name yourself, and a legal counsel at least. User data and an emergency take \
                   three different people.";

fn act(title: &str, hint: &str, form: Form) -> Act {
    Act { title: title.to_owned(), hint: hint.to_owned(), form }
}

/// POST /submissions/{number}/compartment: `people`, `reason`. `readers` are those who can be
/// named.
pub fn close(number: &str, readers: Vec<Choice>) -> Act {
    let action = format!("/submissions/{number}/compartment");
    act(
        "Let only named people see it",
        "For an order that forbids even to say that it exists. For everybody else the submission, \
         its requests and files are not there: in no list, no search and at no address. Its \
         number is missing in the row.",
        Form::new("compartment", action, "Let only them see it")
            .field(
                Field::many("people", "Who sees it from now on", Group::plain(readers)).hint(WHO),
            )
            .field(reason()),
    )
}

/// POST /submissions/{number}/compartment, where there is one. Those who see it are chosen.
pub fn change(number: &str, readers: Vec<Choice>) -> Act {
    let action = format!("/submissions/{number}/compartment");
    act(
        "Change who sees it",
        "Who is not chosen any more does not see it from their next page on.",
        Form::new("compartment", action, "Let these people see it")
            .field(
                Field::many("people", "Who sees it from now on", Group::plain(readers)).hint(WHO),
            )
            .field(reason()),
    )
}

/// POST /submissions/{number}/open: `reason`.
pub fn open(number: &str) -> Act {
    act(
        "Let everybody see it again",
        "Everybody whose role lets them, and who looked at it until now.",
        Form::new("open", format!("/submissions/{number}/open"), "Open the compartment")
            .field(reason())
            .undone("What was seen is seen."),
    )
}

fn reason() -> Field {
    Field::text("reason", "Reason")
        .hint("The order or the law. Only those who see the submission read it.")
}

/// The part of the form of a letter that is secret from the start.
pub fn entered_secret(form: Form, readers: Vec<Choice>) -> Form {
    form.part("Who sees it", "Leave this as it is, and everybody whose role lets them does.")
        .field(
            Field::many("people", "Nobody but these people (optional)", Group::plain(readers))
                .hint(WHO),
        )
        .field(Field::text("reason", "Why only they (optional)").hint("The order or the law."))
}

fn form(number: &str, act: &str, button: &str) -> Form {
    Form::new(act, format!("/requests/{number}/{act}"), button)
}

/// POST withhold: `until`, `basis`.
pub fn withhold(number: &str) -> Act {
    act(
        "Withhold it from the published numbers",
        "It leaves the sum and every other number of the report, once somebody else has confirmed \
         it. A report that counted it already stays as it is; the next revision leaves it out.",
        form(number, "withhold", "Propose to withhold it")
            .field(
                Field::line("until", "Last day on which it is withheld (optional)", Kind::Date)
                    .hint("On the day after, it is counted. Empty: until somebody lifts it.")
                    .width(Width::Half),
            )
            .field(
                Field::text("basis", "Legal basis")
                    .hint("The law or the order that forbids to count it, and its reference."),
            ),
    )
}

/// POST withhold-confirm: no fields. `proposal` says who proposed what.
pub fn withhold_confirm(number: &str, proposal: &str) -> Act {
    act(
        "Confirm that it is withheld",
        proposal,
        form(number, "withhold-confirm", "Confirm that it is withheld")
            .undone("It leaves the numbers that are published from now on."),
    )
}

/// POST withhold-return: `reason`.
pub fn withhold_return(number: &str) -> Act {
    act(
        "Send the proposal to withhold it back",
        "It stays counted as it is.",
        form(number, "withhold-return", "Send it back")
            .field(Field::text("reason", "Reason").hint("Stays in the record.")),
    )
}

/// POST disclose: `reason`.
pub fn disclose(number: &str) -> Act {
    act(
        "Count it again",
        "The law or the order does not forbid it any more.",
        form(number, "disclose", "Count it again")
            .field(Field::text("reason", "Reason").hint("Stays in the record."))
            .undone("The next revision of the report of its period takes it in."),
    )
}

#[cfg(test)]
impl Secrecy {
    fn readers() -> Vec<Choice> {
        vec![
            Choice::new("1", "R. Ejemplo").hint("legal counsel").chosen(),
            Choice::new("2", "O. Primer").hint("intake"),
        ]
    }

    pub fn sample(number: &str) -> Self {
        Self {
            says: "Who sees it, and whether it is counted.".to_owned(),
            facts: vec![
                Fact::new("Who sees it", "R. Ejemplo, I. Esempio, and nobody else"),
                Fact::new("In the published numbers", "Withheld until 3 Mar 2027 is over"),
                Fact::new("What comes next", "The calendar counts it on 4 Mar 2027."),
            ],
            more: Some(Link::new("Change who sees it", "/submissions/2026-0147#secrecy")),
            acts: vec![
                withhold(number),
                withhold_confirm(number, "K. Beispiel proposes to withhold it."),
                withhold_return(number),
                super::bands::band(number, Some(3)),
                super::bands::band_confirm(number, "K. Beispiel proposes to tell it in bands."),
                super::bands::band_return(number),
                disclose(number),
            ],
            happened: Vec::new(),
        }
    }

    pub fn sample_of_submission(number: &str) -> Self {
        let happened = |at: &str, what: &str| Happening {
            at: at.to_owned(),
            who: "R. Ejemplo".to_owned(),
            what: what.to_owned(),
            other: None,
            sealed: String::new(),
        };
        Self {
            facts: vec![Fact::new("Who sees it", "R. Ejemplo, and nobody else")],
            more: None,
            acts: vec![change(number, Self::readers()), open(number)],
            happened: vec![happened(
                "25 Sep 2026, 11:02",
                "let nobody see it but R. Ejemplo: “Order 12, section 4.”",
            )],
            ..Self::sample(number)
        }
    }
}
