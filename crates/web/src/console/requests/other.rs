//! The other acts: questions, deadlines, the response, challenge and appeal, notes.

use app::ActKind;
use domain::Category;
use domain::access::Permission;
use domain::band::Process;
use domain::category::{Demand, DemandClass, DemandSet, UnknownCode};
use domain::event::{NoteKind, ReviewFinding};
use domain::id::PersonId;
use domain::profile::{DeadlineKind, InstrumentLaw};
use domain::request::{
    ChallengeResult, Command, Extended, KeptBy, Link, Motion, MotionKind, Moved, OnReceipt,
    Outcome, Preservation, Refusal, Stage, Step, may_review,
};

use super::super::fields::{Fields, Reading};
use super::super::page::act::{self, Act, LastDay};
use super::super::page::{Choice, Closed, Group};
use super::super::words;
use super::view::View;
use super::{Sent, may};

const REASON: &str = "Give your reason in a sentence or more";

/// What was sent to an act that has no reader of its own.
pub(super) fn read(act: ActKind, fields: &Fields) -> Sent {
    let mut reading = Reading::new(fields);
    let read = &mut reading;
    let (command, texts) = match act {
        ActKind::Begin => (Some(Command::BeginVerification), Some(Vec::new())),
        ActKind::Clarification => {
            let answer_due_on = read.day("answer_due_on", "Say by when the answer is due");
            let command =
                answer_due_on.map(|answer_due_on| Command::AskClarification { answer_due_on });
            (command, text(read, "question", "Write the question"))
        }
        ActKind::Answer => {
            (Some(Command::AnswerClarification), text(read, "answer", "Write down the answer"))
        }
        ActKind::Extend => {
            let due_on = read.day("due_on", "Give the new day");
            let command = due_on.map(|due_on| Command::ExtendDeadline { due_on });
            (command, text(read, "reason", REASON))
        }
        ActKind::Preserve => {
            let until = read.day_or_none("until");
            (Some(Command::PlacePreservation { until }), Some(Vec::new()))
        }
        ActKind::PreserveLonger => {
            let until = read.day("until", "Give the new last day");
            let command = until.map(|until| Command::ExtendPreservation { until });
            (command, text(read, "reason", REASON))
        }
        ActKind::PreserveNoMore => {
            (Some(Command::ReleasePreservation), text(read, "reason", REASON))
        }
        ActKind::Reopen => (Some(Command::Reopen), text(read, "reason", REASON)),
        ActKind::Challenge => (Some(Command::FileChallenge), text(read, "reason", REASON)),
        ActKind::ChallengeResult => {
            let result = read.code("result", challenge_result, "Say what became of it");
            (result.map(|result| Command::ResolveChallenge { result }), Some(Vec::new()))
        }
        ActKind::Withdraw => (Some(Command::Withdraw), text(read, "reason", REASON)),
        ActKind::Close => (Some(Command::Close), Some(Vec::new())),
        ActKind::Appeal => (Some(Command::Appeal), text(read, "reason", REASON)),
        ActKind::Reclassify => {
            let demands: Option<DemandSet> = read.codes(
                "demands",
                |code| code.parse::<Demand>().ok(),
                "Choose what it asks for",
            );
            let command = demands.map(|demands| proposed(Motion::Reclassify { demands }));
            (command, text(read, "reason", REASON))
        }
        ActKind::ReclassifyConfirm => confirmed(MotionKind::Reclassify),
        ActKind::ReclassifyReturn => returned(MotionKind::Reclassify, read),
        ActKind::CorrectConfirm => confirmed(MotionKind::Correct),
        ActKind::CorrectReturn => returned(MotionKind::Correct, read),
        ActKind::Unlink => (Some(Command::Unlink), text(read, "reason", REASON)),
        ActKind::Withhold => {
            let command = proposed(Motion::Withhold { until: read.day_or_none("until") });
            (
                Some(command),
                text(read, "basis", "Name the law or the order that forbids to count it"),
            )
        }
        ActKind::WithholdConfirm => confirmed(MotionKind::Withhold),
        ActKind::WithholdReturn => returned(MotionKind::Withhold, read),
        ActKind::Band => {
            let process = read.code("process", Process::from_code, "Say what it is");
            let selectors = read.number("selectors", "Say how many selectors it targets");
            let command = process.zip(selectors);
            let command =
                command.map(|(process, selectors)| proposed(Motion::Band { process, selectors }));
            (command, text(read, "basis", "Name the order or the law that forbids to speak of it"))
        }
        ActKind::BandConfirm => confirmed(MotionKind::Band),
        ActKind::BandReturn => returned(MotionKind::Band, read),
        ActKind::Disclose => (Some(Command::Disclose), text(read, "reason", REASON)),
        ActKind::Prepare => (Some(Command::PrepareResponse), Some(Vec::new())),
        ActKind::Screen => (Some(Command::ScreenResponse), Some(Vec::new())),
        ActKind::Release => {
            let accounts_disclosed = read.number_or_none("accounts_disclosed");
            (Some(Command::ReleaseResponse { accounts_disclosed }), Some(Vec::new()))
        }
        ActKind::Assign => {
            let to = match fields.get("person") {
                "" => None,
                id => person(read, id),
            };
            (Some(Command::Assign { to }), Some(Vec::new()))
        }
        ActKind::Note => {
            let kind = match fields.is_ticked("privileged") {
                true => NoteKind::Privileged,
                false => NoteKind::Internal,
            };
            (Some(Command::WriteNote { kind }), text(read, "text", "Write the note"))
        }
        ActKind::Review => {
            let finding = read.code("finding", ReviewFinding::from_code, "Say what you find");
            let command = finding.map(|finding| Command::WriteReview { finding });
            (command, text(read, "text", "Say what you looked at, and why you find so"))
        }
        ActKind::Finding
        | ActKind::Propose
        | ActKind::Confirm
        | ActKind::Sign
        | ActKind::Correct
        | ActKind::Link => (None, None),
    };
    reading.done(command.zip(texts))
}

type Read = (Option<Command>, Option<Vec<(&'static str, String)>>);

fn proposed(motion: Motion) -> Command {
    Command::ProposeMotion { motion }
}

fn confirmed(kind: MotionKind) -> Read {
    (Some(Command::ConfirmMotion { kind }), Some(Vec::new()))
}

fn returned(kind: MotionKind, reading: &mut Reading<'_>) -> Read {
    (Some(Command::ReturnMotion { kind }), text(reading, "reason", REASON))
}

fn text(
    reading: &mut Reading<'_>,
    name: &'static str,
    otherwise: &str,
) -> Option<Vec<(&'static str, String)>> {
    reading.text(name, otherwise).map(|text| vec![(name, text)])
}

fn challenge_result(code: &str) -> Result<ChallengeResult, UnknownCode> {
    match code {
        "confirmed" => Ok(ChallengeResult::Confirmed),
        "quashed" => Ok(ChallengeResult::Quashed),
        "narrowed" => Ok(ChallengeResult::Narrowed),
        "withdrawn_by_authority" => Ok(ChallengeResult::WithdrawnByAuthority),
        _ => Err(UnknownCode { given: code.to_owned(), known: Vec::new() }),
    }
}

fn person(reading: &mut Reading<'_>, id: &str) -> Option<PersonId> {
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
        acts.extend(self.signed_anew());
        self.acts_of_class(&mut acts);
        self.acts_of_correction(&mut acts);
        if may(self.viewer, Permission::AssignCase) && !self.is_over() {
            acts.push(act::assign(number, self.assignable()));
        }
        if may(self.viewer, Permission::WriteNote) {
            acts.push(act::note(number));
        }
        if may(self.viewer, Permission::WriteReview) && self.may_review().is_ok() {
            acts.push(act::review(number));
        }
        for act in &mut acts {
            let form = self.mended(act.form.clone());
            act.form = if self.is_next_act(&form.id) { form.main() } else { form };
        }
        acts
    }

    /// Whether it is the thing to do next, and the viewer's to do.
    fn is_next_act(&self, code: &str) -> bool {
        let Some(next) = self.case.handled.next_step() else { return false };
        let act = match next.step {
            Step::Verify => ActKind::Begin,
            Step::Prepare => ActKind::Prepare,
            Step::Screen => ActKind::Screen,
            Step::Release => ActKind::Release,
            Step::Close => ActKind::Close,
            // Their forms stand with the decision.
            Step::Propose | Step::Confirm | Step::Sign => return false,
        };
        act.code() == code && self.is_for_viewer(next.step)
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
            Stage::Answered => acts.push(act::close(number)),
            Stage::Closed if !handled.is_prohibited() => acts.push(act::appeal(number)),
            Stage::Received
            | Stage::Proposed { .. }
            | Stage::Prepared { .. }
            | Stage::Closed
            | Stage::Withdrawn { .. } => {}
        }
        if let Stage::Decided | Stage::Prepared { .. } = &handled.stage
            && !rejected
        {
            acts.push(act::reopen(number));
        }
        if let (Some(due), false) = (handled.due_on, self.is_over()) {
            acts.push(act::extend(number, &words::day(due)));
        }
        self.acts_of_preservation(acts);
        match handled.link {
            None if !matches!(handled.stage, Stage::Withdrawn { .. }) => {
                acts.push(act::link(number));
            }
            Some(Link::Renews | Link::Amends | Link::Duplicates) => acts.push(act::unlink(number)),
            Some(Link::FollowsPreservation) | None => {}
        }
        if !self.is_over() && !handled.is_prohibited() {
            acts.push(act::withdraw(number));
        }
    }

    fn acts_of_preservation(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let until = handled.kept_until.map(words::day);
        match handled.preservation {
            _ if handled.may_be_placed(self.on_receipt()).is_ok() => {
                acts.push(act::preserve(number, self.last_day()));
            }
            Preservation::Placed => {
                let until = until.filter(|_| !self.was_made_longer());
                acts.extend(until.map(|until| act::preserve_longer(number, &until)));
                acts.push(act::preserve_no_more(number));
            }
            Preservation::Followed { .. } => acts.push(act::preserve_no_more(number)),
            Preservation::NotPlaced | Preservation::Released | Preservation::Lapsed => {}
        }
    }

    /// What the receipt of its instrument alone obliges to.
    pub(super) fn on_receipt(&self) -> OnReceipt {
        let law = self.profiles.instrument(&self.case.handled.registration.instrument);
        law.map(InstrumentLaw::on_receipt).unwrap_or_default()
    }

    /// How the last day comes about, where it is placed now.
    fn last_day(&self) -> LastDay {
        let handled = &self.case.handled;
        let asks = handled.registration.demands.contains(Demand::Preservation);
        match (handled.kept_by, handled.kept_until) {
            (KeptBy::Law, Some(until)) => LastDay::ByLaw(words::day(until)),
            (KeptBy::Law | KeptBy::Person, _) if asks => LastDay::AsGiven,
            (KeptBy::Law | KeptBy::Person, _) => LastDay::None,
        }
    }

    /// Whether it was made longer where the law allows that once.
    fn was_made_longer(&self) -> bool {
        let handled = &self.case.handled;
        let law = self.profiles.instrument(&handled.registration.instrument);
        handled.preservation_extended == Extended::Once
            && law.is_some_and(|law| law.deadline(DeadlineKind::Extension).is_some())
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
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => {}
        }
    }

    fn acts_of_class(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        if handled.motions.get(MotionKind::Correct).is_some() {
            return;
        }
        if let Some(Moved { proposed_by, motion: Motion::Reclassify { demands } }) =
            handled.motions.get(MotionKind::Reclassify)
        {
            let mine = *proposed_by == self.viewer.who.person;
            if may(self.viewer, Permission::ConfirmDecision) && !mine {
                let says = format!(
                    "{} proposes that it asks for {}.",
                    self.names.of(*proposed_by),
                    words::demands(*demands)
                );
                acts.push(act::reclassify_confirm(number, &says));
            }
            if may(self.viewer, Permission::ProposeDecision) {
                acts.push(act::reclassify_return(number));
            }
            return;
        }
        let answered = matches!(handled.stage, Stage::Answered | Stage::Closed);
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

    pub(super) fn is_over(&self) -> bool {
        matches!(self.case.handled.stage, Stage::Closed | Stage::Withdrawn { .. })
    }

    /// Those who may read the request, see it, and can sign in.
    fn assignable(&self) -> Vec<Choice> {
        let reads = Permission::ReadCases(self.case.handled.registration.category);
        let people = self
            .names
            .active()
            .filter(|person| person.roles.may(reads) && person.roles.may(Permission::WriteNote))
            .filter(|person| {
                self.case.compartment.as_ref().is_none_or(|named| named.contains(&person.id))
            });
        people.map(|person| Choice::new(person.id.to_string(), person.name.as_str())).collect()
    }

    /// Whether the viewer took no part in it.
    fn may_review(&self) -> Result<(), Refusal> {
        let events: Vec<_> = self.case.events.iter().map(|one| one.recorded.clone()).collect();
        may_review(&events, self.viewer.who.person)
    }

    /// What the rules close here, with the reason.
    pub(super) fn acts_closed(&self) -> Vec<Closed> {
        let handled = &self.case.handled;
        let mut closed = Vec::new();
        if may(self.viewer, Permission::WriteReview) && self.may_review().is_err() {
            closed.push(Closed::new("Write a review", "you did something with it yourself."));
        }
        if handled.is_prohibited() {
            closed
                .push(Closed::new("Appeal", "for a prohibited demand there is nothing to verify."));
            closed.push(Closed::new(
                "Enter that the authority withdrew it",
                "what was asked for and declined stays counted as that.",
            ));
        }
        if let Stage::Prepared { prepared_by, screened_by: None } = &handled.stage
            && handled.registration.category == Category::TechnicalExpertise
            && *prepared_by == self.viewer.who.person
        {
            closed.push(Closed::new("Screen the response", "you prepared it yourself."));
        }
        if handled.preservation == Preservation::Placed && self.was_made_longer() {
            let why = "it was made longer, which the law of its instrument allows once.";
            closed.push(Closed::new("Preserve it longer", why));
        }
        closed
    }
}
