//! Who sees a submission, and whether a request is counted in what is published.

use std::collections::BTreeSet;

use app::{Error, Look, PublicationKind, Secrecy, SecrecyStep, SeenBy, SubmissionView};
use axum::extract::{Path, RawForm};
use domain::access::{Permission, Role};
use domain::band::Process;
use domain::compartment::{Compartment, Named};
use domain::event::{Event, SubmissionEvent};
use domain::id::PersonId;
use domain::request::{Motion, MotionKind, Moved, Publication, is_told_in_bands};
use jiff::ToSpan;
use jiff::civil::Date;

use super::answer::{Answer, Failure, Viewer, led_on};
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fact, Fault, Link, bands, secrecy};
use super::people::Names;
use super::requests::{View, may};
use super::submissions::{Again, drawn};
use super::{happened, words};

/// POST /submissions/{number}/compartment
pub(super) async fn close(
    viewer: Viewer,
    Path(number): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let view = read(&viewer, &number).await?;
    let mut reading = Reading::new(&fields);
    let people = people(&mut reading);
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let again = |faults| Again { form: "compartment", fields: &fields, faults };
    let (people, reason) = match reading.done(people.zip(reason)) {
        Ok(read) => read,
        Err(faults) => return drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    };
    let step = match view.compartment {
        None => SecrecyStep::Close(people),
        Some(_) => SecrecyStep::Change(people),
    };
    keep(&viewer, (&number, view), (step, reason), again).await
}

/// POST /submissions/{number}/open
pub(super) async fn open(
    viewer: Viewer,
    Path(number): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let view = read(&viewer, &number).await?;
    viewer.who.may(Permission::ChangeCompartment)?;
    let mut reading = Reading::new(&fields);
    let reason = reading.text("reason", "Give your reason in a sentence or more");
    let again = |faults| Again { form: "open", fields: &fields, faults };
    match reading.done(reason) {
        Ok(why) => keep(&viewer, (&number, view), (SecrecyStep::Open, why), again).await,
        Err(faults) => drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    }
}

/// The submission, for who may read it and close it off: what is not there comes first, so that
/// nothing is told of it.
async fn read(viewer: &Viewer, number: &str) -> Result<SubmissionView, Failure> {
    let number = number.parse().map_err(|_| Failure::Missing)?;
    let view = viewer.console.candor.submission(number, &viewer.who).await?;
    viewer.who.may(Permission::CloseCompartment)?;
    Ok(view)
}

async fn keep<'a>(
    viewer: &Viewer,
    (number, view): (&str, SubmissionView),
    (step, reason): (SecrecyStep, String),
    again: impl FnOnce(Vec<Fault>) -> Again<'a>,
) -> Answer {
    let again = again(Vec::new());
    let seen = Reading::new(again.fields).parsed("seen", "").ok_or(Failure::BadForm)?;
    let secrecy = Secrecy { submission: view.row.submission, seen, step, reason };
    match viewer.console.candor.keep_secret(secrecy, &viewer.who).await {
        Ok(()) => led_on(&format!("/submissions/{number}"), seen),
        Err(error @ (Error::Compartment(_) | Error::TextTooLong(_))) => {
            let fault = Fault::new("people", words::sentence(&error.to_string()));
            let again = Again { faults: vec![fault], ..again };
            drawn(viewer, number, Look::Opened, Some(again)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn people(reading: &mut Reading<'_>) -> Option<Compartment> {
    reading.codes("people", |id| id.parse().ok().map(PersonId), "Choose who sees it")
}

/// Those who can be named: the form chooses among them.
pub(super) fn readers(names: &Names, chosen: &Compartment) -> Vec<Choice> {
    let readers = names.active().filter(|person| {
        Named { person: person.id, account: person.account, roles: person.roles }.reads()
    });
    let choice = |person: &app::Person| {
        let roles: Vec<_> = person.roles.iter().map(Role::label).collect();
        let choice = Choice::new(person.id.to_string(), person.name.as_str());
        let choice = choice.hint(roles.join(", "));
        if chosen.contains(&person.id) { choice.chosen() } else { choice }
    };
    readers.map(choice).collect()
}

/// The section on the page of a submission.
pub(super) fn of_submission(
    viewer: &Viewer,
    view: &SubmissionView,
    names: &Names,
) -> page::Secrecy {
    let number = view.row.number.to_string();
    let mut acts = Vec::new();
    if !view.row.is_erased {
        let only_me = BTreeSet::from([viewer.who.person]);
        match &view.compartment {
            None if may(viewer, Permission::CloseCompartment) => {
                acts.push(secrecy::close(&number, readers(names, &only_me)));
            }
            Some(named) if may(viewer, Permission::ChangeCompartment) => {
                acts.push(secrecy::change(&number, readers(names, named)));
                acts.push(secrecy::open(&number));
            }
            Some(_) | None => {}
        }
    }
    for act in &mut acts {
        act.form = act.form.clone().hidden("seen", view.events.len().to_string());
    }
    let happening = |event: &app::ReasonedEvent| {
        let told = match &event.recorded.event {
            Event::Submission(event) if is_of_compartment(event) => {
                happened::to_submission(event, names)
            }
            Event::Submission(_)
            | Event::Request(_)
            | Event::Person(_)
            | Event::Authority(_)
            | Event::Company(_) => return None,
        };
        Some(page::Happening {
            at: viewer.console.moment(event.recorded.at),
            who: words::who(event.recorded.actor, names),
            what: match &event.reason {
                Some(reason) => format!("{told}: “{reason}”"),
                None => told,
            },
            other: None,
            sealed: String::new(),
        })
    };
    page::Secrecy {
        says: "Its requests and files lie with it.".to_owned(),
        facts: vec![Fact::new("Who sees it", who_sees(view.compartment.as_ref(), names))],
        more: None,
        acts,
        happened: view.events.iter().rev().filter_map(happening).collect(),
    }
}

fn is_of_compartment(event: &SubmissionEvent) -> bool {
    matches!(
        event,
        SubmissionEvent::CompartmentClosed { .. }
            | SubmissionEvent::CompartmentChanged { .. }
            | SubmissionEvent::CompartmentOpened {}
    )
}

pub(super) fn named(people: &Compartment, names: &Names) -> String {
    let mut named: Vec<_> = people.iter().map(|person| names.of(*person)).collect();
    named.sort();
    named.join(", ")
}

fn who_sees(compartment: Option<&Compartment>, names: &Names) -> String {
    match compartment {
        None => "All, by their roles".to_owned(),
        Some(people) => format!("{}, and nobody else", named(people, names)),
    }
}

/// What stands beside the name in lists.
pub(super) fn marks(seen_by: SeenBy, publication: Option<PublicationKind>) -> Vec<&'static str> {
    let seen_by = match seen_by {
        SeenBy::Named => Some("named people only"),
        SeenBy::Roles => None,
    };
    let publication = match publication {
        Some(PublicationKind::Withheld) => Some("withheld"),
        Some(PublicationKind::Banded) => Some("in bands"),
        Some(PublicationKind::Counted) | None => None,
    };
    seen_by.into_iter().chain(publication).collect()
}

impl View<'_> {
    /// The section on the page of a request.
    pub(super) fn secrecy(&self) -> page::Secrecy {
        let handled = &self.case.handled;
        let seen = who_sees(self.case.compartment.as_ref(), &self.names);
        let mut facts = vec![
            Fact::new("Who sees it", seen),
            Fact::new("In the published numbers", counted(handled.publication)),
        ];
        facts.extend(self.what_comes_next().map(|next| Fact::new("What comes next", next)));
        let submission = self.case.row.name.submission;
        let may_change = match self.case.compartment {
            None => may(self.viewer, Permission::CloseCompartment),
            Some(_) => may(self.viewer, Permission::ChangeCompartment),
        };
        page::Secrecy {
            says: "Who sees it, and whether it is counted in what is published.".to_owned(),
            facts,
            more: may_change.then(|| {
                Link::new("Change who sees it", format!("/submissions/{submission}#secrecy"))
            }),
            acts: self.acts_of_publication(),
            happened: Vec::new(),
        }
    }

    fn what_comes_next(&self) -> Option<String> {
        let handled = &self.case.handled;
        if let Some(moved) = self.moved_out() {
            return Some(format!("{} Somebody else confirms it.", self.told_of_motion(moved)));
        }
        match handled.publication {
            Publication::Counted => None,
            Publication::Withheld { until: Some(until) } => Some(format!(
                "On {} the calendar counts it; the next revision of the report takes it in.",
                words::day(until.saturating_add(1.day()))
            )),
            Publication::Withheld { until: None } => {
                Some("It stays withheld until somebody counts it again.".to_owned())
            }
            Publication::Banded { .. } => {
                Some("It stays in its band until somebody counts it again.".to_owned())
            }
        }
    }

    /// A motion to take it out of the sum that waits.
    fn moved_out(&self) -> Option<&Moved> {
        let motions = &self.case.handled.motions;
        motions.get(MotionKind::Withhold).or(motions.get(MotionKind::Band))
    }

    fn told_of_motion(&self, Moved { proposed_by, motion }: &Moved) -> String {
        let who = self.names.of(*proposed_by);
        match motion {
            Motion::Withhold { until } => {
                format!("{who} proposes to withhold it {}.", withheld_for(*until))
            }
            Motion::Band { process, selectors } => {
                let banded = banded(*process, *selectors);
                format!("{who} proposes to tell it in bands, as {banded}.")
            }
            // These are no matter of publication.
            Motion::Reclassify { .. } | Motion::Correct { .. } => String::new(),
        }
    }

    fn acts_of_publication(&self) -> Vec<page::Act> {
        let (number, handled) = (self.name.as_str(), &self.case.handled);
        let mut acts = Vec::new();
        let withholds = may(self.viewer, Permission::WithholdRequest);
        if let Some(moved) = self.moved_out() {
            let is_mine = moved.proposed_by == self.viewer.who.person;
            let is_banding = moved.motion.kind() == MotionKind::Band;
            if may(self.viewer, Permission::ConfirmWithholding) && !is_mine {
                let says = self.told_of_motion(moved);
                acts.push(match is_banding {
                    true => bands::band_confirm(number, &says),
                    false => secrecy::withhold_confirm(number, &says),
                });
            }
            if withholds {
                acts.push(match is_banding {
                    true => bands::band_return(number),
                    false => secrecy::withhold_return(number),
                });
            }
        } else if withholds {
            acts.push(secrecy::withhold(number));
            let has_structure = self.viewer.console.candor.config.reports.bands.is_some();
            if has_structure && is_told_in_bands(handled.registration.country) {
                acts.push(bands::band(number, handled.registration.accounts_specified));
            }
        }
        match handled.publication {
            Publication::Withheld { .. } | Publication::Banded { .. } if withholds => {
                acts.push(secrecy::disclose(number));
            }
            Publication::Counted | Publication::Withheld { .. } | Publication::Banded { .. } => {}
        }
        for act in &mut acts {
            act.form = self.mended(act.form.clone());
        }
        acts
    }
}

fn counted(publication: Publication) -> String {
    match publication {
        Publication::Counted => "Counted".to_owned(),
        Publication::Withheld { until } => format!("Withheld {}", withheld_for(until)),
        Publication::Banded { process, selectors } => {
            format!("Told in bands, as {}", banded(process, selectors))
        }
    }
}

/// "national security letter with 3 selectors"
pub(super) fn banded(process: Process, selectors: u32) -> String {
    let selectors = words::counted(selectors as usize, "selector", "selectors");
    format!("{} with {selectors}", process.label())
}

/// "until 3 Mar 2027 is over"
pub(super) fn withheld_for(until: Option<Date>) -> String {
    match until {
        Some(until) => format!("until {} is over", words::day(until)),
        None => "until somebody lifts it".to_owned(),
    }
}
