//! Acts that take a request out of the published sum and into a band, beside those that withhold it.

use domain::band::Process;

use super::super::words;
use super::{Act, Choice, Field, Form, Kind, Width};

fn form(number: &str, act: &str, button: &str) -> Form {
    Form::new(act, format!("/requests/{number}/{act}"), button)
}

/// POST band: `process`, `selectors`, `basis`. Where it names accounts, their number is offered.
pub fn band(number: &str, accounts: Option<u32>) -> Act {
    let kind = |process: Process| Choice::new(process.code(), words::sentence(process.label()));
    let accounts = accounts.map(|accounts| accounts.to_string()).unwrap_or_default();
    Act {
        title: "Tell it in bands".to_owned(),
        hint: "For national-security process of the United States that may not be spoken of. It \
               leaves the sum and every other number of the report, once somebody else has \
               confirmed it, and is told with all others of its kind as a band, such as 0–999. A \
               report that counted it already stays as it is."
            .to_owned(),
        form: form(number, "band", "Propose to tell it in bands")
            .field(Field::one("process", "What it is", Process::ALL.map(kind).to_vec()))
            .field(
                Field::line("selectors", "Customer selectors that it targets", Kind::Number)
                    .hint("A whole number. They are told as a band too.")
                    .width(Width::Half)
                    .value(&accounts),
            )
            .field(
                Field::text("basis", "Legal basis")
                    .hint("The order or the law that forbids to speak of it, and its reference."),
            ),
    }
}

/// POST band-confirm: no fields. `proposal` says who proposed what.
pub fn band_confirm(number: &str, proposal: &str) -> Act {
    Act {
        title: "Confirm that it is told in bands".to_owned(),
        hint: proposal.to_owned(),
        form: form(number, "band-confirm", "Confirm that it is told in bands")
            .undone("It leaves the numbers that are published from now on."),
    }
}

/// POST band-return: `reason`.
pub fn band_return(number: &str) -> Act {
    Act {
        title: "Send the proposal to tell it in bands back".to_owned(),
        hint: "It stays counted as it is.".to_owned(),
        form: form(number, "band-return", "Send it back")
            .field(Field::text("reason", "Reason").hint("Stays in the record.")),
    }
}
