//! Acts that put right what was registered.

use super::submission::demands;
use super::{Act, Choice, Field, Form, Group, Kind, Width};

fn form(number: &str, act: &str, button: &str) -> Form {
    Form::new(act, format!("/requests/{number}/{act}"), button)
}

fn act(title: &str, hint: &str, form: Form) -> Act {
    Act { title: title.to_owned(), hint: hint.to_owned(), form }
}

/// POST correct: `category`, `demands`, `country`, `authority`, `officer`, `officer_contact`,
/// `instrument`, `emergency`, `accounts`, `received_time`, `reason`. What stands is put into it
/// with [`Form::keep`].
pub fn propose(number: &str, instruments: Vec<Group>) -> Act {
    let half = |field: Field| field.width(Width::Half);
    let form = form(number, "correct", "Propose the correction")
        .field(half(Field::one(
            "category",
            "Category",
            vec![
                Choice::new("user_data", "User data"),
                Choice::new("technical_expertise", "Technical expertise"),
            ],
        )))
        .field(half(Field::one(
            "emergency",
            "Does it claim an emergency?",
            vec![Choice::new("yes", "Yes"), Choice::new("no", "No")],
        )))
        .field(
            Field::many("demands", "Demands", demands()).hint(
                "Into or out of the prohibited ones a request is moved by a step of its own.",
            ),
        )
        .field(half(Field::line("country", "Country", Kind::Text)))
        .field(half(Field::line("authority", "Authority", Kind::Text)))
        .field(half(Field::line("officer", "Officer’s name", Kind::Text)))
        .field(half(Field::line(
            "officer_contact",
            "Officer’s contact, as the letter gives it",
            Kind::Text,
        )))
        .field(Field::select("instrument", "Instrument", instruments))
        .field(half(
            Field::line("accounts", "Accounts that it names (optional)", Kind::Number)
                .hint("A whole number. Leave empty where it names none."),
        ))
        .field(half(
            Field::line("received_time", "Time of receipt (optional)", Kind::Time)
                .hint("For a deadline in hours, where it was never said."),
        ))
        .field(
            Field::text("reason", "Reason")
                .hint("What was read wrongly, and where the letter says it."),
        )
        .undone(
            "Nothing changes until somebody else confirms it. What was found of what changes is \
             then found anew, and a proposal or a decision falls.",
        );
    act(
        "Correct what was registered",
        "Where the letter was read wrongly. What stands is in the form: change what is wrong. It \
         takes two people, and is open until the response is released or the request is closed.",
        form,
    )
}

/// POST correct-confirm: no fields. `proposal` says who proposed what.
pub fn confirm(number: &str, proposal: &str) -> Act {
    act(
        "Confirm the correction",
        proposal,
        form(number, "correct-confirm", "Confirm the correction").undone(
            "The published numbers count it as corrected from the next revision on. What was found \
             of what changes is found anew, a proposal or a decision falls, and the time to answer \
             is counted by the right law from receipt.",
        ),
    )
}

/// POST correct-return: `reason`.
pub fn send_back(number: &str) -> Act {
    act(
        "Send the proposed correction back",
        "It stays registered as it is. Then somebody may propose another correction.",
        form(number, "correct-return", "Send it back").field(
            Field::text("reason", "Reason")
                .hint("Stays in the record. The authority does not see it."),
        ),
    )
}
