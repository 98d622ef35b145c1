//! The other acts on a request: everything but the findings and the decision.
//!
//! Each function here gives one act with its words and its fields. Whoever fills the page takes
//! those that are open to this person in this state, and names the others with their reason.

use super::form::Weight;
use super::{Choice, Field, Form, Group, Kind, Width};

/// Something that can be done, folded under its name.
#[derive(Clone, Debug)]
pub struct Act {
    pub title: String,
    pub hint: String,
    pub form: Form,
}

impl Act {
    fn new(title: &str, hint: &str, form: Form) -> Self {
        Self { title: title.to_owned(), hint: hint.to_owned(), form }
    }

    /// Whether it is shown unfolded: it is the thing to do next, or something is wrong in it.
    pub(super) fn is_open(&self) -> bool {
        self.is_next() || self.form.is_faulty()
    }

    pub(super) fn is_next(&self) -> bool {
        self.form.weight == Weight::Main
    }
}

fn action(number: &str, act: &str) -> String {
    format!("/requests/{number}/{act}")
}

fn form(number: &str, act: &str, button: &str) -> Form {
    Form::new(act, action(number, act), button)
}

fn reason(hint: &str) -> Field {
    Field::text("reason", "Reason").hint(hint)
}

const STAYS: &str = "Stays in the record. The authority does not see it.";

/// POST clarification: `question`, `answer_due_on`.
pub fn clarification(number: &str) -> Act {
    Act::new(
        "Ask the officer a question",
        "The clock stops until the answer is here. Without one by the day named the request \
         lapses: it is rejected, legal requirements not met.",
        form(number, "clarification", "Ask the question")
            .field(
                Field::text("question", "Question")
                    .hint("candor sends nothing. Send it to the officer yourself, as it stands."),
            )
            .field(Field::line("answer_due_on", "Answer due on", Kind::Date).width(Width::Half))
            .undone("What was sent can’t be taken back."),
    )
}

/// POST answer: `answer`.
pub fn answer(number: &str) -> Act {
    Act::new(
        "Enter the officer’s answer",
        "The clock runs on, later by the days that the answer took.",
        form(number, "answer", "Enter the answer")
            .field(Field::text("answer", "Answer").hint("In the officer’s own words.")),
    )
}

/// POST extend: `due_on`, `reason`.
pub fn extend(number: &str, due_on: &str) -> Act {
    Act::new(
        "Extend the deadline",
        "Where law or the authority gives more time.",
        form(number, "extend", "Extend the deadline")
            .field(
                Field::line("due_on", "New due date", Kind::Date)
                    .hint(format!("Later than {due_on}."))
                    .width(Width::Half),
            )
            .field(reason("Name the rule or the letter that gives the time.")),
    )
}

/// How a preservation gets its last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastDay {
    /// "20 Nov 2026"
    ByLaw(String),
    /// By who enters it, or not at all.
    AsGiven,
    /// It is kept until it is handed over.
    None,
}

/// POST preserve: `until`, where the law sets no last day.
pub fn preserve(number: &str, last_day: LastDay) -> Act {
    let form = form(number, "preserve", "Enter that it is preserved");
    let form = match last_day {
        LastDay::ByLaw(_) | LastDay::None => form,
        LastDay::AsGiven => form.field(
            Field::line("until", "Last day, if there is one", Kind::Date)
                .hint("No law that is known here sets one. Empty: until somebody releases it.")
                .width(Width::Half),
        ),
    };
    let hint = match last_day {
        LastDay::ByLaw(until) => format!(
            "What is asked for is kept as it is, until {until}. It discloses nothing, so it waits \
             for no finding."
        ),
        LastDay::AsGiven => {
            "What is asked for is kept as it is. It discloses nothing, so it waits \
                             for no finding."
                .to_owned()
        }
        LastDay::None => {
            "Its receipt obliges to it: what is asked for is kept as it is until it is \
                          handed over or the order is withdrawn. It discloses nothing, so it waits \
                          for no finding."
                .to_owned()
        }
    };
    Act::new("Enter that the data are preserved", &hint, form)
}

/// POST preserve-longer: `until`, `reason`.
pub fn preserve_longer(number: &str, until: &str) -> Act {
    Act::new(
        "Preserve it longer",
        "Where the authority asks for it and the law allows it.",
        form(number, "preserve-longer", "Preserve it longer")
            .field(
                Field::line("until", "New last day", Kind::Date)
                    .hint(format!("Later than {until}."))
                    .width(Width::Half),
            )
            .field(reason("Name the rule or the letter that asks for it.")),
    )
}

/// POST preserve-no-more: `reason`.
pub fn preserve_no_more(number: &str) -> Act {
    Act::new(
        "Release what is preserved",
        "It is kept no longer for this request.",
        form(number, "preserve-no-more", "Release it").field(reason(STAYS)),
    )
}

/// POST reopen: `reason`.
pub fn reopen(number: &str) -> Act {
    Act::new(
        "Open the decision again",
        "Nothing was released under it yet, and something it rests on has changed.",
        form(number, "reopen", "Open it again")
            .field(reason(STAYS))
            .undone("Somebody proposes anew, and another one confirms."),
    )
}

/// POST challenge: `reason`.
pub fn challenge(number: &str) -> Act {
    Act::new(
        "Challenge the order",
        "Before the court that issued it. Nothing is released until the court has decided.",
        form(number, "challenge", "File the challenge")
            .field(reason(STAYS))
            .undone("Can’t be undone. The court’s result ends it."),
    )
}

/// POST challenge-result: `result`.
pub fn challenge_result(number: &str) -> Act {
    Act::new(
        "Enter the result of the challenge",
        "It leads back to a decision.",
        form(number, "challenge-result", "Enter the result").field(Field::one(
            "result",
            "What became of the order?",
            vec![
                Choice::new("confirmed", "The court confirmed it"),
                Choice::new("quashed", "The court quashed it")
                    .hint("The instrument does not stand any more."),
                Choice::new("narrowed", "The court narrowed it")
                    .hint("The scope has to be found anew."),
                Choice::new("withdrawn_by_authority", "The authority withdrew it"),
            ],
        )),
    )
}

/// POST link: `to`, `link`.
pub fn link(number: &str) -> Act {
    Act::new(
        "Link it to another request",
        "What renews, amends or duplicates another one of the same country and category is counted \
         apart, and not in the sum.",
        form(number, "link", "Link the request")
            .field(
                Field::line("to", "Number of the other request", Kind::Text)
                    .hint("As 2026-0147-1.")
                    .width(Width::Half),
            )
            .field(Field::one(
                "link",
                "How does this one stand to it?",
                vec![
                    Choice::new("renews", "It renews it"),
                    Choice::new("amends", "It amends it"),
                    Choice::new("duplicates", "It duplicates it"),
                    Choice::new("follows_preservation", "It follows that preservation")
                        .hint("Counted as a request of its own."),
                ],
            ))
            .field(reason(STAYS)),
    )
}

/// POST withdraw: `reason`.
pub fn withdraw(number: &str) -> Act {
    Act::new(
        "Enter that the authority withdrew it",
        "Nobody acts on it any more. Hold back what is released and not yet sent.",
        form(number, "withdraw", "Enter the withdrawal")
            .field(reason("How the authority said so, and when."))
            .undone("Can’t be undone."),
    )
}

/// POST close: no fields.
pub fn close(number: &str) -> Act {
    Act::new(
        "Close the request",
        "Nobody acts any more, unless the authority appeals.",
        form(number, "close", "Close the request"),
    )
}

/// POST appeal: `reason`.
pub fn appeal(number: &str) -> Act {
    Act::new(
        "Enter an appeal of the authority",
        "The request is verified again; the earlier decision stays on record.",
        form(number, "appeal", "Enter the appeal")
            .field(reason("What the authority puts forward.")),
    )
}

/// POST reclassify: `demands`, `reason`. `demands` are the kinds that it may move to.
pub fn reclassify(number: &str, demands: Vec<Group>) -> Act {
    Act::new(
        "Move into or out of the prohibited demands",
        "It takes two people: somebody else confirms what you propose.",
        form(number, "reclassify", "Propose the move")
            .field(Field::many("demands", "What it asks for, rightly read", demands))
            .field(reason(STAYS)),
    )
}

/// POST reclassify-confirm: no fields. `proposal` says who proposed what.
pub fn reclassify_confirm(number: &str, proposal: &str) -> Act {
    Act::new(
        "Confirm the move between classes",
        proposal,
        form(number, "reclassify-confirm", "Confirm the move")
            .undone("Can’t be undone. A prohibited demand is rejected at once, by rule."),
    )
}

/// POST reclassify-return: `reason`.
pub fn reclassify_return(number: &str) -> Act {
    Act::new(
        "Send the proposed move back",
        "It stays in the class in which it is. Then somebody may propose another move.",
        form(number, "reclassify-return", "Send it back").field(reason(STAYS)),
    )
}

/// POST prepare: no fields.
pub fn prepare(number: &str) -> Act {
    Act::new(
        "Enter that the response is prepared",
        "candor records that it is done; it does not keep or deliver the response. With technical \
         expertise, somebody else screens it for personal data before it leaves.",
        form(number, "prepare", "Enter that I prepared it"),
    )
}

/// POST screen: no fields.
pub fn screen(number: &str) -> Act {
    Act::new(
        "Enter that the response is screened",
        "You have looked through all of it and found no personal data. candor records that, and \
         looks into nothing itself.",
        form(number, "screen", "Enter that I screened it"),
    )
}

/// POST release: `accounts_disclosed`.
pub fn release(number: &str, accounts_specified: Option<u32>) -> Act {
    let hint = match accounts_specified {
        Some(1) => "A whole number; the request names 1 account.".to_owned(),
        Some(n) => format!("A whole number; the request names {n} accounts."),
        None => "A whole number. Leave empty where no account is concerned.".to_owned(),
    };
    Act::new(
        "Release the response",
        "Only who confirmed the decision releases it. candor records it and delivers nothing: send \
         the response to the officer yourself.",
        form(number, "release", "Release the response")
            .field(
                Field::line(
                    "accounts_disclosed",
                    "Of how many accounts something is disclosed",
                    Kind::Number,
                )
                .hint(hint)
                .width(Width::Half),
            )
            .undone("Can’t be undone."),
    )
}

/// POST unlink: `reason`.
pub fn unlink(number: &str) -> Act {
    Act::new(
        "Take the link back",
        "It stands for itself again, and is counted in the sum.",
        form(number, "unlink", "Take the link back").field(reason(STAYS)),
    )
}

/// POST assign: `person`. `people` are those who may act on it, by id and name.
pub fn assign(number: &str, people: Vec<Choice>) -> Act {
    Act::new(
        "Assign it to somebody",
        "It shows in their list. Everybody else who may can still act.",
        form(number, "assign", "Assign the request")
            .field(Field::select("person", "To whom", Group::plain(people)).width(Width::Half)),
    )
}

/// POST note: `text`, `privileged`.
pub fn note(number: &str) -> Act {
    Act::new(
        "Write a note",
        "For your colleagues. It stays in the record under the submission’s key.",
        form(number, "note", "Keep the note")
            .field(Field::text("text", "Note"))
            .field(Field::tick("privileged", "Legal advice: only counsel reads it")),
    )
}

/// POST review: `finding`, `text`.
pub fn review(number: &str) -> Act {
    Act::new(
        "Write a review",
        "What you find of how the case was handled. It changes nothing of the request, and everybody \
         who reads the case reads it.",
        form(number, "review", "Keep the review")
            .field(Field::one(
                "finding",
                "What do you find?",
                vec![Choice::new("sound", "It is sound"), Choice::new("objection", "I object")],
            ))
            .field(
                Field::text("text", "What you looked at, and why you find so")
                    .hint("It stays in the record under the submission’s key."),
            )
            .undone("Can’t be undone. You may write another one later, and both stay."),
    )
}

/// POST begin: no fields.
pub fn begin(number: &str) -> Act {
    Act::new(
        "Begin to verify",
        "From then on the three findings can be recorded.",
        form(number, "begin", "Begin to verify"),
    )
}
