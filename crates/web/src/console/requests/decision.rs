//! The decision: who proposes it, who confirms it, and the forms for both.

use app::Case;
use domain::Category;
use domain::access::Permission;
use domain::category::{Demand, DemandSet};
use domain::event::RequestEvent;
use domain::fact::Ground;
use domain::id::PersonId;
use domain::request::{Command, Confirmed, Outcome, Stage, Step};

use super::super::fields::{Fields, Reading};
use super::super::no_data::{self, Refers};
use super::super::page::{self, Choice, Closed, Decision, Proposable, Row, Side};
use super::super::words;
use super::view::View;
use super::{Sent, may};

/// POST propose
pub(super) fn read_proposal(case: &Case, fields: &Fields) -> Sent {
    let mut reading = Reading::new(fields);
    let demands = case.handled.registration.demands;
    let outcome = match fields.get("outcome") {
        "approve" => Some(Outcome::Approved { granted: demands, ground: None }),
        "approve_in_part" => in_part(&mut reading, demands),
        "reject_no_data" => Some(Outcome::Rejected { ground: Ground::NoData }),
        "reject_legal" => Some(Outcome::Rejected { ground: Ground::LegalRequirements }),
        _ => {
            reading.fault("outcome", "Say what you propose");
            None
        }
    };
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let command = outcome.map(|outcome| Command::Propose { outcome });
    reading.done(command.zip(reason).map(|(command, reason)| (command, vec![("reason", reason)])))
}

fn in_part(reading: &mut Reading<'_>, asked: DemandSet) -> Option<Outcome> {
    let granted: Option<DemandSet> = reading.codes(
        "granted",
        |code| code.parse::<Demand>().ok().filter(|kind| asked.contains(*kind)),
        "Choose what is released",
    );
    if granted == Some(asked) {
        reading.fault("granted", "Leave out what is refused, or approve in full");
    }
    let ground = reading.code("ground", Ground::from_code, "Say why not the rest");
    granted.zip(ground).map(|(granted, ground)| Outcome::Approved { granted, ground: Some(ground) })
}

/// POST confirm
pub(super) fn read_confirmation(fields: &Fields) -> Sent {
    let mut reading = Reading::new(fields);
    let command = match fields.get("agree") {
        "yes" => Some(Command::Confirm),
        "return" => Some(Command::ReturnProposal),
        _ => {
            reading.fault("agree", "Say whether you agree with the proposal");
            None
        }
    };
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    if command == Some(Command::Confirm) && !fields.is_ticked("read") {
        reading.fault("read", "Read the instrument and the findings, and say so");
    }
    reading.done(command.zip(reason).map(|(command, reason)| (command, vec![("reason", reason)])))
}

impl View<'_> {
    pub(super) fn decision(&self) -> Decision {
        let three = self.case.handled.needs_three_people();
        let (first, second) = (self.first_side(), self.second_side());
        let by_rule = matches!(self.last_confirmed(), Some(Confirmed::ByRule));
        let note = match (by_rule, self.case.handled.registration.category, three) {
            (true, ..) => "Decided by rule, without people.",
            (_, Category::UserData, _) => "User data leaves only when both have said yes.",
            (_, Category::TechnicalExpertise, true) => "In an emergency three people act.",
            (_, Category::TechnicalExpertise, false) => "Two people act.",
        };
        let done = [&first, &second].iter().filter(|side| side.done).count();
        match by_rule {
            true => Decision {
                title: "Decision: by rule".to_owned(),
                note: note.to_owned(),
                stands: "by rule".to_owned(),
                sides: vec![self.side_of_rule()],
                declination: self.declination(),
            },
            false => Decision {
                title: "Decision: two people".to_owned(),
                note: note.to_owned(),
                stands: format!("{done} of 2 people"),
                sides: vec![first, second],
                declination: None,
            },
        }
    }

    fn last_confirmed(&self) -> Option<Confirmed> {
        match self.case.handled.stage {
            Stage::Received
            | Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Challenged => None,
            Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => {
                self.case.handled.decisions.last().map(|decision| decision.confirmed)
            }
        }
    }

    fn side_of_rule(&self) -> Side {
        let decision = self.case.handled.decisions.last();
        let outcome = decision.map(|decision| words::outcome_short(decision.outcome));
        let prohibited = self.case.handled.is_prohibited();
        let text = match prohibited {
            true => {
                "What it asks for is prohibited: it can only be declined, whoever asks and whatever \
                 stands behind it."
            }
            false => "A question was asked and not answered in time.",
        };
        Side {
            done: true,
            title: format!("Decided: {}", outcome.unwrap_or("by rule")),
            more: decision.map(|decision| words::day(decision.decided_on)).unwrap_or_default(),
            text: text.to_owned(),
            closed: match prohibited {
                true => {
                    let why = "a prohibited demand can only be declined.";
                    vec![Closed::new("Approve it", why)]
                }
                false => Vec::new(),
            },
            ..Side::default()
        }
    }

    /// The proposal in force: who made it, when, why.
    fn proposal(&self) -> Option<(PersonId, Outcome)> {
        match (&self.case.handled.stage, self.last_confirmed()) {
            (Stage::Proposed { proposal }, _) => Some((proposal.proposed_by, proposal.outcome)),
            (_, Some(Confirmed::By { proposed_by, .. })) => {
                self.case.handled.decisions.last().map(|decision| (proposed_by, decision.outcome))
            }
            (_, Some(Confirmed::ByRule) | None) => None,
        }
    }

    fn first_side(&self) -> Side {
        let Some((by, outcome)) = self.proposal() else {
            let form = self.proposal_form();
            let text = match (&form, self.next_step()) {
                (Some(_), _) => String::new(),
                (None, Some(Step::Propose)) => self.waits_for(Permission::ProposeDecision),
                (None, _) => "Before a decision is proposed, all three findings stand, or one is \
                              found not to."
                    .to_owned(),
            };
            return Side {
                place: "1".to_owned(),
                title: "Somebody proposes".to_owned(),
                text,
                form,
                ..Side::default()
            };
        };
        let mut loud = None;
        let event = self.last(|event| matches!(event, RequestEvent::DecisionProposed { .. }));
        let reason = event.and_then(|event| event.texts.get("reason").cloned());
        let mut rows = match outcome {
            Outcome::Approved { granted, ground } => {
                let mut rows = vec![Row::new("Release", vec![words::demands(granted)])];
                let rest: DemandSet = self
                    .case
                    .handled
                    .registration
                    .demands
                    .iter()
                    .filter(|kind| !granted.contains(*kind))
                    .collect();
                if let Some(ground) = ground {
                    let refused = format!("{}: {}", words::demands(rest), words::ground(ground));
                    rows.push(Row::new("Refuse", vec![refused]));
                }
                rows
            }
            Outcome::Rejected { ground } => {
                vec![Row::new("Refuse", vec![format!("all of it: {}", words::ground(ground))])]
            }
        };
        if no_data::is_no_data(self.case.handled.registration.category, outcome) {
            let in_force = match self.last_confirmed() {
                Some(_) => self.case.handled.decisions.last().and_then(|last| last.inventory),
                None => Some(no_data::in_force_now(self.case)),
            };
            match no_data::refers(self.case, in_force, &self.viewer.console) {
                Refers::To(lines) => rows.push(Row::new("Held against", lines)),
                Refers::ToNothing(text) => loud = Some(text),
            }
        }
        rows.extend(reason.map(|reason| Row::new("Reason", vec![reason])));
        let at = event.map(|event| self.viewer.console.moment(event.recorded.at));
        Side {
            place: "1".to_owned(),
            done: true,
            title: format!("{} proposes: {}", self.names.of(by), words::outcome_short(outcome)),
            more: at.unwrap_or_default(),
            rows,
            loud,
            ..Side::default()
        }
    }

    fn second_side(&self) -> Side {
        if let Some(Confirmed::By { confirmed_by, .. }) = self.last_confirmed() {
            let event = self.last(|event| matches!(event, RequestEvent::Decided { .. }));
            let reason = event.and_then(|event| event.texts.get("reason").cloned());
            let at = event.map(|event| self.viewer.console.moment(event.recorded.at));
            return Side {
                place: "2".to_owned(),
                done: true,
                title: format!("{} confirmed it", self.names.of(confirmed_by)),
                more: at.unwrap_or_default(),
                rows: reason.map(|reason| Row::new("Reason", vec![reason])).into_iter().collect(),
                ..Side::default()
            };
        }
        let form = self.confirmation_form();
        let (title, more) = match &form {
            Some(_) => (
                format!("You, {}", self.viewer.who.name),
                "you neither made the proposal nor stand behind the findings".to_owned(),
            ),
            None => ("A second person confirms".to_owned(), String::new()),
        };
        let text = match (&form, self.next_step()) {
            (None, Some(Step::Confirm)) => self.waits_for(Permission::ConfirmDecision),
            (_, _) => String::new(),
        };
        Side { place: "2".to_owned(), title, more, text, form, ..Side::default() }
    }

    fn next_step(&self) -> Option<Step> {
        self.case.handled.next_step().map(|next| next.step)
    }

    /// Why the viewer can't, or who can.
    fn waits_for(&self, permission: Permission) -> String {
        let roles: Vec<_> = permission.roles().iter().map(|role| role.label()).collect();
        let barred = self
            .case
            .handled
            .next_step()
            .is_some_and(|next| next.barred.bars(self.viewer.who.person));
        match may(self.viewer, permission) && barred {
            true => "You have acted on this request already: another person does it.".to_owned(),
            false => format!("It waits for {}.", roles.join(" or ")),
        }
    }

    pub(super) fn is_for_viewer(&self, step: Step) -> bool {
        self.case.handled.next_step().is_some_and(|next| {
            next.step == step
                && may(self.viewer, step.permission())
                && !next.barred.bars(self.viewer.who.person)
        })
    }

    fn proposal_form(&self) -> Option<page::Form> {
        if !self.is_for_viewer(Step::Propose) {
            return None;
        }
        let handled = &self.case.handled;
        let demands = handled.registration.demands;
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        let mut close = |what: Proposable, why: &str| closed.push(Closed::new(what.words(), why));
        let stand = handled.findings.stand_on(self.viewer.console.candor.today());
        let law = self.profiles.instrument(&handled.registration.instrument);
        let carried = handled.carried(law.and_then(|law| law.demands));
        let open_to_release = handled.held(self.holds).intersection(carried);
        if handled.findings.have_defect() {
            open.push(Proposable::RejectLegal);
            for what in [Proposable::Approve, Proposable::ApproveInPart, Proposable::RejectNoData] {
                close(what, "one of the findings does not stand.");
            }
        } else if stand {
            if open_to_release == demands {
                open.push(Proposable::Approve);
            } else if carried != demands {
                close(Proposable::Approve, "its instrument can’t carry all that is asked for.");
            } else {
                close(
                    Proposable::Approve,
                    "the data inventory does not hold all that is asked for.",
                );
            }
            match !open_to_release.is_empty() && demands.iter().count() > 1 {
                true => open.push(Proposable::ApproveInPart),
                false => close(Proposable::ApproveInPart, "nothing of it can be granted apart."),
            }
            open.push(Proposable::RejectNoData);
            close(Proposable::RejectLegal, "all three findings stand.");
        }
        let granted =
            open_to_release.iter().map(|kind| Choice::new(kind.code(), kind.label())).collect();
        let no_data = match handled.registration.category {
            Category::UserData => no_data::would_refer(self.case, &self.viewer.console),
            Category::TechnicalExpertise => String::new(),
        };
        let form = Decision::propose(&self.name, &open, closed, (granted, &no_data));
        Some(self.mended(form))
    }

    fn confirmation_form(&self) -> Option<page::Form> {
        let (by, outcome) = self.proposal()?;
        let form = || {
            let form =
                Decision::confirm(&self.name, words::outcome_short(outcome), &self.names.of(by));
            self.mended(form)
        };
        self.is_for_viewer(Step::Confirm).then(form)
    }
}
