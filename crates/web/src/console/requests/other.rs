//! The other acts: questions, deadlines, the response, challenge and appeal, notes.

use app::TEXT_SIZE_BYTES_MAX;
use domain::Category;
use domain::access::Permission;
use domain::category::{Demand, DemandClass, DemandSet};
use domain::event::NoteKind;
use domain::id::PersonId;
use domain::person::Account;
use domain::request::{ChallengeResult, Command, Outcome, Stage};

use super::super::fields::{Fields, Reading};
use super::super::page::act::{self, Act};
use super::super::page::{Choice, Closed, Group};
use super::super::words;
use super::view::View;
use super::{Sent, may};

/// What was sent to an act; `None` where there is no act of this name.
pub(super) fn read(act: &str, fields: &Fields) -> Option<Sent> {
    let mut reading = Reading::new(fields);
    const REASON: &str = "Give your reason in a sentence or more";
    let text = |reading: &mut Reading<'_>, name: &'static str, otherwise: &str| {
        reading.text(name, otherwise).map(|text| vec![(name, text)])
    };
    let none = Some(Vec::new());
    let (command, texts) = match act {
        "begin" => (Some(Command::BeginVerification), none),
        "clarification" => {
            let answer_due_on = reading.day("answer_due_on", "Say by when the answer is due");
            let command =
                answer_due_on.map(|answer_due_on| Command::AskClarification { answer_due_on });
            (command, text(&mut reading, "question", "Write the question"))
        }
        "answer" => {
            let command = Some(Command::AnswerClarification);
            (command, text(&mut reading, "answer", "Write down the answer"))
        }
        "extend" => {
            let due_on = reading.day("due_on", "Give the new day");
            let command = due_on.map(|due_on| Command::ExtendDeadline { due_on });
            (command, text(&mut reading, "reason", REASON))
        }
        "challenge" => (Some(Command::FileChallenge), text(&mut reading, "reason", REASON)),
        "challenge-result" => {
            let result = match fields.get("result") {
                "confirmed" => Some(ChallengeResult::Confirmed),
                "quashed" => Some(ChallengeResult::Quashed),
                "narrowed" => Some(ChallengeResult::Narrowed),
                "withdrawn_by_authority" => Some(ChallengeResult::WithdrawnByAuthority),
                _ => {
                    reading.fault("result", "Say what became of it");
                    None
                }
            };
            (result.map(|result| Command::ResolveChallenge { result }), none)
        }
        "withdraw" => (Some(Command::Withdraw), text(&mut reading, "reason", REASON)),
        "close" => (Some(Command::Close), none),
        "appeal" => (Some(Command::Appeal), text(&mut reading, "reason", REASON)),
        "reclassify" => {
            let demands: Option<DemandSet> = reading.codes(
                "demands",
                |code| code.parse::<Demand>().ok(),
                "Choose what it asks for",
            );
            let command = demands.map(|demands| Command::ProposeReclassification { demands });
            (command, text(&mut reading, "reason", REASON))
        }
        "reclassify-confirm" => (Some(Command::ConfirmReclassification), none),
        "prepare" => (Some(Command::PrepareResponse), none),
        "screen" => (Some(Command::ScreenResponse), none),
        "release" => {
            let accounts_disclosed = reading.number_or_none("accounts_disclosed");
            (Some(Command::ReleaseResponse { accounts_disclosed }), none)
        }
        "assign" => {
            let to = match fields.get("person") {
                "" => None,
                id => reading_person(&mut reading, id),
            };
            (Some(Command::Assign { to }), none)
        }
        "note" => {
            let kind = match fields.is_ticked("privileged") {
                true => NoteKind::Privileged,
                false => NoteKind::Internal,
            };
            (Some(Command::WriteNote { kind }), text(&mut reading, "text", "Write the note"))
        }
        _ => return None,
    };
    if fields.sent().iter().any(|(_, value)| value.len() > TEXT_SIZE_BYTES_MAX) {
        reading.fault("", "A text is longer than 64 KiB: shorten it");
    }
    Some(reading.done(command.zip(texts)))
}

fn reading_person(reading: &mut Reading<'_>, id: &str) -> Option<PersonId> {
    let person = id.parse().ok().map(PersonId);
    if person.is_none() {
        reading.fault("person", "Choose somebody");
    }
    person
}

impl View<'_> {
    /// The acts that are open to the viewer in this state.
    pub(super) fn acts(&self) -> Vec<Act> {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let mut acts = Vec::new();
        if may(self.viewer, Permission::RecordFinding) && handled.stage == Stage::Received {
            acts.push(act::begin(number));
        }
        self.acts_of_answer(&mut acts);
        if may(self.viewer, Permission::ConductCase) {
            self.acts_of_conduct(&mut acts);
        }
        self.acts_of_class(&mut acts);
        if may(self.viewer, Permission::AssignCase) && !self.is_over() {
            acts.push(act::assign(number, self.assignable()));
        }
        if may(self.viewer, Permission::WriteNote) {
            acts.push(act::note(number));
        }
        for act in &mut acts {
            act.form = self.mended(act.form.clone());
        }
        acts
    }

    fn acts_of_conduct(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let rejected = matches!(
            handled.decisions.last().map(|decision| decision.outcome),
            Some(Outcome::Rejected { .. })
        );
        match &handled.stage {
            Stage::InVerification => acts.push(act::clarification(number)),
            Stage::ClarificationAsked { .. } => acts.push(act::answer(number)),
            Stage::Verified => acts.push(act::challenge(number)),
            Stage::Decided => {
                if !handled.is_prohibited() {
                    acts.push(act::challenge(number));
                }
                if rejected {
                    acts.push(act::close(number));
                }
            }
            Stage::Challenged => acts.push(act::challenge_result(number)),
            Stage::Answered { .. } => acts.push(act::close(number)),
            Stage::Closed { .. } if !handled.is_prohibited() => acts.push(act::appeal(number)),
            Stage::Received
            | Stage::Proposed { .. }
            | Stage::Prepared { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. } => {}
        }
        if let (Some(due), false) = (handled.due_on, self.is_over()) {
            acts.push(act::extend(number, &words::day(due)));
        }
        if !self.is_over() {
            acts.push(act::withdraw(number));
        }
    }

    fn acts_of_answer(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let approved = matches!(
            handled.decisions.last().map(|decision| decision.outcome),
            Some(Outcome::Approved { .. })
        );
        let prepares = may(self.viewer, Permission::PrepareResponse);
        match &handled.stage {
            Stage::Decided if approved && prepares => acts.push(act::prepare(number)),
            Stage::Prepared { prepared_by, .. } => {
                if prepares && *prepared_by != self.viewer.who.person {
                    acts.push(act::screen(number));
                }
                if may(self.viewer, Permission::ReleaseResponse) {
                    let specified = match handled.registration.category {
                        Category::UserData => handled.registration.accounts_specified,
                        Category::TechnicalExpertise => None,
                    };
                    acts.push(act::release(number, specified));
                }
            }
            Stage::Received
            | Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Challenged
            | Stage::Answered { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. } => {}
        }
    }

    fn acts_of_class(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        if let Some(proposed) = handled.reclassification {
            let mine = proposed.proposed_by == self.viewer.who.person;
            if may(self.viewer, Permission::ConfirmDecision) && !mine {
                let says = format!(
                    "{} proposes that it asks for {}.",
                    self.names.of(proposed.proposed_by),
                    words::demands(proposed.demands)
                );
                acts.push(act::reclassify_confirm(number, &says));
            }
            return;
        }
        let answered = matches!(handled.stage, Stage::Answered { .. } | Stage::Closed { .. });
        let withdrawn = matches!(handled.stage, Stage::Withdrawn { .. });
        let is_open = !withdrawn && (!answered || handled.is_prohibited());
        if may(self.viewer, Permission::ProposeDecision) && is_open {
            let category = handled.registration.category;
            let class = match handled.is_prohibited() {
                true => DemandClass::Of(category),
                false => DemandClass::Prohibited,
            };
            let kinds = Demand::ALL.into_iter().filter(|kind| kind.class() == class);
            let choices = kinds.map(|kind| Choice::new(kind.code(), kind.label())).collect();
            acts.push(act::reclassify(number, Group::plain(choices)));
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.case.handled.stage, Stage::Closed { .. } | Stage::Withdrawn { .. })
    }

    /// Those who may read the request and can sign in.
    fn assignable(&self) -> Vec<Choice> {
        let reads = Permission::ReadCases(self.case.handled.registration.category);
        let people = self.people.iter().filter(|person| {
            person.account == Account::Active
                && person.roles.may(reads)
                && person.roles.may(Permission::WriteNote)
        });
        people.map(|person| Choice::new(person.id.to_string(), person.name.as_str())).collect()
    }

    /// What the rules close here, with the reason.
    pub(super) fn acts_closed(&self) -> Vec<Closed> {
        let handled = &self.case.handled;
        let mut closed = Vec::new();
        if handled.is_prohibited() {
            closed.push(Closed::new("Approve it", "a prohibited demand can only be declined."));
            closed
                .push(Closed::new("Appeal", "for a prohibited demand there is nothing to verify."));
        }
        if let Stage::Prepared { prepared_by, screened_by: None } = &handled.stage
            && handled.registration.category == Category::TechnicalExpertise
            && *prepared_by == self.viewer.who.person
        {
            closed.push(Closed::new("Screen the response", "you prepared it yourself."));
        }
        closed
    }
}
