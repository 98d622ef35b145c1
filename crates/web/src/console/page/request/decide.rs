//! The decision: who proposes, who confirms, and the forms for both.

use super::super::{Choice, Closed, Declination, Field, Form, Group};

/// The decision, side by side: who proposes it and who confirms it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// "Decision: two people"
    pub title: String,
    /// "User data leaves only when both have said yes."
    pub note: String,
    /// For the list "On this page": "1 of 2 people".
    pub stands: String,
    /// One where rule decided, else two.
    pub sides: Vec<Side>,
    /// The text that declines it, where it is prohibited.
    pub declination: Option<Declination>,
}

/// One person's part.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// "1"; empty where no person acts.
    pub place: String,
    pub done: bool,
    /// "K. Beispiel proposes: approve in part"
    pub title: String,
    /// "legal counsel · 24 Sep 2026, 16:42 UTC"
    pub more: String,
    pub rows: Vec<Row>,
    /// What there is to say while nothing is decided: who can do it, what has to come first.
    pub text: String,
    /// What must not be overlooked, in a sentence.
    pub loud: Option<String>,
    pub closed: Vec<Closed>,
    pub form: Option<Form>,
}

/// A fact of a decision, in one line or several.
#[derive(Clone, Debug)]
pub struct Row {
    pub term: String,
    pub lines: Vec<String>,
}

impl Row {
    pub fn new(term: impl Into<String>, lines: Vec<String>) -> Self {
        Self { term: term.into(), lines }
    }
}

/// An outcome that a person may propose, where it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposable {
    Approve,
    ApproveInPart,
    RejectNoData,
    RejectLegal,
}

impl Proposable {
    /// The value that the form sends.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ApproveInPart => "approve_in_part",
            Self::RejectNoData => "reject_no_data",
            Self::RejectLegal => "reject_legal",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Approve => "Approve in full",
            Self::ApproveInPart => "Approve in part",
            Self::RejectNoData => "Reject: no data found",
            Self::RejectLegal => "Reject: legal requirements not met",
        }
    }

    /// `no_data` is what "no data found" refers to; empty where it refers to nothing.
    fn choice(self, no_data: &str) -> Choice {
        let choice = Choice::new(self.code(), self.words());
        match self {
            Self::RejectNoData if !no_data.is_empty() => choice.hint(no_data),
            Self::RejectNoData | Self::Approve | Self::ApproveInPart | Self::RejectLegal => choice,
        }
    }
}

impl Decision {
    /// POST propose: `outcome`, `granted`, `ground`, `reason`. `granted` are the demands that can
    /// be released, and are asked for only where approval in part is open; `no_data` is to what
    /// "no data found" refers.
    pub fn propose(
        number: &str,
        open: &[Proposable],
        closed: Vec<Closed>,
        (granted, no_data): (Vec<Choice>, &str),
    ) -> Form {
        let outcomes = open.iter().map(|outcome| outcome.choice(no_data)).collect();
        let mut form =
            Form::new("propose", format!("/requests/{number}/propose"), "Propose the decision")
                .field(Field::one("outcome", "What do you propose?", outcomes));
        if open.contains(&Proposable::ApproveInPart) {
            form = form
                .field(
                    Field::many("granted", "What is released?", Group::plain(granted))
                        .when("approve_in_part"),
                )
                .field(
                    Field::one(
                        "ground",
                        "Why not the rest?",
                        vec![
                            Choice::new("no_data", "No data found"),
                            Choice::new("legal_requirements", "Legal requirements not met"),
                        ],
                    )
                    .when("approve_in_part"),
                );
        }
        form.field(
            Field::text("reason", "Your reason")
                .hint("Stays in the record. The authority does not see it."),
        )
        .closed(closed)
        .undone("Somebody else confirms it or sends it back.")
        .main()
    }

    /// POST confirm: `agree`, `reason`, `read`. `yes` names what is confirmed, "approve in part";
    /// `proposer` is to whom it goes back.
    pub fn confirm(number: &str, yes: &str, proposer: &str) -> Form {
        Form::new("decide", format!("/requests/{number}/confirm"), "Record my decision")
            .field(Field::one(
                "agree",
                "Do you agree with the proposal?",
                vec![
                    Choice::new("yes", format!("Yes, {yes}")),
                    Choice::new("return", format!("No, back to {proposer}"))
                        .hint("The clock keeps running."),
                ],
            ))
            .field(
                Field::text("reason", "Your reason")
                    .hint("Stays in the record. The authority does not see it."),
            )
            .field(Field::tick("read", "I have read the instrument and the three findings myself."))
            .undone("Can’t be undone. A later change is a new event.")
            .main()
    }
}
