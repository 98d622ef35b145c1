//! What was registered is put right: the form that proposes it, and who confirms it.

use app::{Case, Correcting, Error};
use domain::access::Permission;
use domain::event::RequestEvent;
use domain::fact::Urgency;
use domain::profile::Profiles;
use domain::request::{MotionKind, Moved, Stage};

use super::super::answer::{Answer, Failure, Viewer, led_on};
use super::super::fields::{Fields, Reading};
use super::super::page::{Act, Choice, Fault, Group, correct};
use super::super::submissions::Asked;
use super::super::words;
use super::view::View;
use super::{Again, may, shown_again};

/// POST correct: whom it names is entered with the proposal.
pub(super) async fn propose(viewer: &Viewer, case: &Case, fields: &Fields) -> Answer {
    let again = |faults| Again { form: "correct".to_owned(), fields, faults };
    let seen = Reading::new(fields).parsed("seen", "").ok_or(Failure::BadForm)?;
    let new = match read(case, fields, seen) {
        Ok(new) => new,
        Err(faults) => return shown_again(viewer, case, again(faults)).await,
    };
    match viewer.console.candor.propose_correction(new, &viewer.who).await {
        Ok(()) => led_on(&format!("/requests/{}", case.row.name), seen),
        Err(
            error @ (Error::Refused(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::ReasonOfAct),
        ) => {
            let faults = vec![Fault::whole(words::sentence(&error.to_string()))];
            shown_again(viewer, case, again(faults)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn read(case: &Case, fields: &Fields, seen: i64) -> Result<Correcting, Vec<Fault>> {
    let mut reading = Reading::new(fields);
    let asked = Asked::read(&mut reading);
    let received_time = reading.time_or_none("received_time");
    let accounts_specified = reading.number_or_none("accounts");
    let reason = reading.text("reason", "Say what was read wrongly, in a sentence or more");
    let whole = asked.zip(reason).map(|(asked, reason)| {
        let Asked { category, demands, country, authority, officer, instrument, urgency } = asked;
        Correcting {
            request: case.row.request,
            seen,
            category,
            demands,
            country,
            authority,
            officer,
            officer_contact: fields.get("officer_contact").to_owned(),
            instrument,
            urgency,
            accounts_specified,
            received_time,
            reason,
        }
    });
    reading.done(whole)
}

/// The instruments by their profiles.
fn instruments(profiles: &Profiles) -> Vec<Group> {
    let groups = profiles.all().iter().map(|profile| {
        let choices = profile.instruments.iter();
        let choices = choices.map(|law| Choice::new(law.code.to_string(), law.label.as_str()));
        Group::new(profile.name.as_str(), choices.collect())
    });
    groups.collect()
}

impl View<'_> {
    pub(super) fn acts_of_correction(&self, acts: &mut Vec<Act>) {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let is_open = match handled.stage {
            Stage::Received
            | Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. } => true,
            Stage::Challenged | Stage::Answered | Stage::Closed | Stage::Withdrawn { .. } => false,
        };
        let proposes = may(self.viewer, Permission::CorrectRegistration);
        if let Some(moved) = handled.motions.get(MotionKind::Correct) {
            let is_mine = moved.proposed_by == self.viewer.who.person;
            if may(self.viewer, Permission::ConfirmCorrection) && !is_mine && is_open {
                acts.push(correct::confirm(number, &self.told_of_correction(moved)));
            }
            if proposes {
                acts.push(correct::send_back(number));
            }
        } else if proposes && is_open && handled.motions.get(MotionKind::Reclassify).is_none() {
            let mut act = correct::propose(number, instruments(self.profiles));
            act.form = act.form.keep(&self.as_registered());
            acts.push(act);
        }
    }

    /// "K. Beispiel proposes: country: France instead of Germany."
    fn told_of_correction(&self, moved: &Moved) -> String {
        let who = self.names.of(moved.proposed_by);
        let proposed = self.last(|event| matches!(event, RequestEvent::CorrectionProposed { .. }));
        let text = |name: &str| proposed.and_then(|event| event.texts.get(name));
        match text("changes") {
            Some(changes) => format!("{who} proposes: {changes}."),
            None => format!("{who} proposes it."),
        }
    }

    /// What stands, as the form's fields.
    fn as_registered(&self) -> Vec<(String, String)> {
        let asked = &self.case.handled.registration;
        let accounts = asked.accounts_specified.map(|n| n.to_string()).unwrap_or_default();
        let emergency = match asked.urgency {
            Urgency::Emergency => "yes",
            Urgency::Ordinary => "no",
        };
        let (authority, officer) = (&self.case.authority, &self.case.officer);
        let fields = [
            ("category", asked.category.code()),
            ("emergency", emergency),
            ("country", asked.country.name()),
            ("authority", authority.name.as_str()),
            ("officer", officer.name.as_str()),
            ("officer_contact", officer.contact.as_str()),
            ("instrument", asked.instrument.as_str()),
            ("accounts", accounts.as_str()),
        ];
        let demands = asked.demands.iter().map(|demand| ("demands", demand.code()));
        let fields = fields.into_iter().chain(demands);
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
