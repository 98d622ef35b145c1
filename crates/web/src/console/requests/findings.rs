//! The three findings: what was found, and the form to record one.

use std::collections::BTreeSet;

use app::CaseEvent;
use domain::Category;
use domain::access::Permission;
use domain::category::UnknownCode;
use domain::event::RequestEvent;
use domain::fact::Urgency;
use domain::instrument::RuleId;
use domain::profile::{Follows, Source, aspect_code};
use domain::request::{
    Aspect, Command, Defect, DefectSet, Finding, LegalBasis, Stage, Step, TransferBasis, Verdict,
};

use super::super::fields::{Fields, Reading};
use super::super::page::{self, Checked, Choice, FindingAsks, FindingState, Group, Link, ScopeRow};
use super::super::words;
use super::view::View;
use super::{Sent, may};

/// POST finding
pub(super) fn read(fields: &Fields) -> Sent {
    let mut reading = Reading::new(fields);
    let aspect = Aspect::ALL.into_iter().find(|of| aspect_code(*of) == fields.get("aspect"));
    if aspect.is_none() {
        reading.fault("aspect", "Say which finding it is");
    }
    let checked: Option<BTreeSet<RuleId>> =
        fields.all("elements").map(|code| RuleId::new(code).ok()).collect();
    if checked.is_none() {
        reading.fault("elements", "Choose among the elements");
    }
    let verdict = verdict(&mut reading);
    let command = aspect
        .zip(checked)
        .zip(verdict)
        .map(|((aspect, checked), verdict)| Command::RecordFinding { aspect, checked, verdict });
    let texts = ["note", "conflicting_law"].map(|name| (name, fields.get(name).to_owned()));
    let texts = texts.to_vec();
    reading.done(command.map(|command| (command, texts)))
}

fn verdict(reading: &mut Reading<'_>) -> Option<Verdict> {
    match reading.fields.get("verdict") {
        "stands" => match reading.fields.get("transfer") {
            "" => Some(Verdict::Stands),
            _ => reading
                .code("transfer", code_of::<TransferBasis>, "Choose what lets the data go there")
                .map(|transfer| Verdict::StandsFor { transfer }),
        },
        "does_not_stand" => reading
            .codes("defect", |code| code_of::<Defect>(code).ok(), "Say why it does not stand")
            .map(|defects: DefectSet| {
                let is_named = reading.fields.get("aspect") != aspect_code(Aspect::Officer);
                if is_named && defects.contains(Defect::ConflictOfLaws) {
                    reading.text("conflicting_law", "Name the law that forbids it");
                }
                Verdict::DoesNotStand { defects }
            }),
        "owed" => {
            let until = reading.day("owed_until", "Say by when it is owed");
            let basis =
                reading.code("owed_basis", code_of::<LegalBasis>, "Say on which legal basis");
            until.zip(basis).map(|(until, basis)| Verdict::Owed { until, basis })
        }
        _ => {
            reading.fault("verdict", "Say what you find");
            None
        }
    }
}

/// Codes of these are the names by which events write them.
fn code_of<T: serde::de::DeserializeOwned>(code: &str) -> Result<T, UnknownCode> {
    serde_json::from_value(serde_json::Value::String(code.to_owned()))
        .map_err(|_| UnknownCode { given: code.to_owned(), known: Vec::new() })
}

impl View<'_> {
    pub(super) fn findings(&self) -> Vec<page::Finding> {
        Aspect::ALL.into_iter().map(|aspect| self.finding(aspect)).collect()
    }

    /// Who recorded them, and what that keeps them from.
    pub(super) fn findings_note(&self) -> String {
        let people: Vec<_> =
            self.case.handled.findings.verifiers().iter().map(|p| self.names.of(*p)).collect();
        let people: Vec<_> = people.iter().map(String::as_str).collect();
        match people.as_slice() {
            [] if self.case.handled.is_prohibited() => {
                "A prohibited demand is declined by rule: nothing is verified.".to_owned()
            }
            [] => "Who records one can’t decide.".to_owned(),
            people => format!("Recorded by {}, who therefore can’t propose.", words::list(people)),
        }
    }

    fn finding(&self, aspect: Aspect) -> page::Finding {
        let handled = &self.case.handled;
        let found = handled.findings.get(aspect);
        page::Finding {
            title: words::aspect(aspect).to_owned(),
            state: found.map_or_else(|| self.not_recorded(), |found| self.state(aspect, found)),
            checked: found.map(|found| self.checked(aspect, found)).unwrap_or_default(),
            scope: match (aspect, found) {
                (Aspect::Scope, Some(found)) => self.scope(found),
                (Aspect::Scope | Aspect::Officer | Aspect::Instrument, _) => Vec::new(),
            },
            by: found.map(|found| self.by(aspect, found)).unwrap_or_default(),
            why: found.map(|found| self.why(aspect, found)).unwrap_or_default(),
            note: found.and_then(|_| self.recorded(aspect)?.texts.get("note").cloned()),
            rule: found.map(|found| {
                let instrument = &handled.registration.instrument;
                Link::new(found.rule.to_string(), format!("/profiles/{instrument}"))
            }),
            drafts: self.drafts(aspect),
            form: self.finding_form(aspect).map(|form| {
                let form = if self.is_next_finding(aspect) { form.main() } else { form };
                self.mended(form)
            }),
        }
    }

    /// A scope stands for the kinds that are open to release, which may be fewer than are asked for.
    fn state(&self, aspect: Aspect, found: &Finding) -> FindingState {
        match found.verdict {
            Verdict::Stands | Verdict::StandsFor { .. } => {
                let rows = if aspect == Aspect::Scope { self.scope(found) } else { Vec::new() };
                match rows.iter().filter(|row| row.is_open()).count() {
                    open if open == rows.len() => FindingState::Stands,
                    open => FindingState::StandsFor(format!("{open} of {}", rows.len())),
                }
            }
            Verdict::DoesNotStand { .. } => FindingState::DoesNotStand,
            Verdict::Owed { until, .. } => FindingState::OwedUntil(words::day(until)),
        }
    }

    /// Why a finding is not there: it may still come, or never will.
    fn not_recorded(&self) -> FindingState {
        match self.case.handled.stage {
            _ if self.case.handled.is_prohibited() => FindingState::NotNeeded,
            Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Answered
            | Stage::Closed
            | Stage::Withdrawn { .. } => FindingState::NeverRecorded,
            Stage::Received
            | Stage::InVerification
            | Stage::ClarificationAsked { .. }
            | Stage::Verified
            | Stage::Proposed { .. }
            | Stage::Challenged => FindingState::NotRecorded,
        }
    }

    /// Whether it is the thing to do next: the first that is not recorded, else the one that is
    /// owed.
    fn is_next_finding(&self, aspect: Aspect) -> bool {
        let findings = &self.case.handled.findings;
        let missing = Aspect::ALL.into_iter().find(|of| findings.get(*of).is_none());
        self.is_for_viewer(Step::Verify) && aspect == missing.unwrap_or(Aspect::Instrument)
    }

    /// The event that recorded the finding in force.
    fn recorded(&self, aspect: Aspect) -> Option<&CaseEvent> {
        self.last(|event| match event {
            RequestEvent::FindingRecorded { aspect: of, .. } => *of == aspect,
            RequestEvent::InstrumentArrived { .. } => aspect == Aspect::Instrument,
            _ => false,
        })
    }

    /// On what it rests that its elements don't tell, a line each.
    fn why(&self, aspect: Aspect, found: &Finding) -> Vec<String> {
        let rests = match found.verdict {
            Verdict::Stands | Verdict::Owed { .. } => None,
            Verdict::StandsFor { transfer } => {
                Some(format!("May go there: {}.", words::transfer(transfer)))
            }
            Verdict::DoesNotStand { defects } => {
                Some(format!("{}.", words::sentence(&words::defects(defects))))
            }
        };
        let texts = self.recorded(aspect).map(|event| &event.texts);
        let law = texts.and_then(|texts| texts.get("conflicting_law"));
        rests.into_iter().chain(law.map(|law| format!("Another law: {law}"))).collect()
    }

    fn by(&self, aspect: Aspect, found: &Finding) -> String {
        let at = self.recorded(aspect).map(|event| self.viewer.console.moment(event.recorded.at));
        format!("{}, {}", self.names.of(found.by), at.unwrap_or_default())
    }

    fn checked(&self, aspect: Aspect, found: &Finding) -> Vec<Checked> {
        let instrument = &self.case.handled.registration.instrument;
        let elements = self.profiles.elements_for(instrument, aspect);
        elements
            .map(|element| Checked {
                text: element.text.clone(),
                met: found.checked.contains(&element.code),
                citation: element.citation.clone(),
            })
            .collect()
    }

    /// For user data: what is asked, ordered and held of each kind.
    fn scope(&self, found: &Finding) -> Vec<ScopeRow> {
        let asked = &self.case.handled.registration;
        if asked.category != Category::UserData {
            return Vec::new();
        }
        let ordered = !matches!(found.verdict, Verdict::DoesNotStand { .. });
        let law = self.profiles.instrument(&asked.instrument);
        let carries = law.and_then(|law| law.demands);
        asked
            .demands
            .iter()
            .map(|kind| ScopeRow {
                kind: kind.label().to_owned(),
                asked: true,
                ordered: ordered && carries.is_none_or(|carries| carries.contains(kind)),
                held: self.holds.contains(kind),
            })
            .collect()
    }

    fn drafts(&self, aspect: Aspect) -> Option<Link> {
        let asked = &self.case.handled.registration;
        let waits = matches!(self.case.handled.stage, Stage::Received | Stage::InVerification);
        if !waits || asked.demands.has_prohibited() {
            return None;
        }
        let law = match self.profiles.instrument(&asked.instrument) {
            Some(law) => law,
            None => return Some(Link::new("No profile has this instrument", "/profiles")),
        };
        (!self.confirmation.rules.contains(&law.rule(aspect))).then(|| {
            Link::new(format!("Profile “{}”", law.label), format!("/profiles/{}", law.code))
        })
    }

    /// Whether the law lets something follow, and nobody has decided yet.
    fn may_be_owed(&self) -> bool {
        let asked = &self.case.handled.registration;
        let mut elements = self.profiles.elements_for(&asked.instrument, Aspect::Instrument);
        matches!(self.case.handled.stage, Stage::InVerification | Stage::Verified)
            && elements.any(|element| element.follows == Follows::Later)
    }

    fn finding_form(&self, aspect: Aspect) -> Option<page::Form> {
        let handled = &self.case.handled;
        let asked = &handled.registration;
        let is_out = aspect == Aspect::Instrument
            && asked.urgency == Urgency::Emergency
            && handled.findings.instrument_is_out();
        let is_open = match handled.stage {
            Stage::InVerification | Stage::Verified => true,
            // The paperwork of an emergency may come at any time.
            Stage::Proposed { .. }
            | Stage::Decided
            | Stage::Prepared { .. }
            | Stage::Answered
            | Stage::Closed => is_out && !handled.deciders().contains(&self.viewer.who.person),
            Stage::Received
            | Stage::ClarificationAsked { .. }
            | Stage::Challenged
            | Stage::Withdrawn { .. } => false,
        };
        if !is_open || !may(self.viewer, Permission::RecordFinding) || self.drafts(aspect).is_some()
        {
            return None;
        }
        let elements = self.profiles.elements_for(&asked.instrument, aspect).map(|element| {
            let choice = Choice::new(element.code.to_string(), element.text.as_str())
                .hint(words::cited(element));
            match element.source {
                Source::Verified => choice,
                Source::NotChecked => choice.flag("source not checked"),
            }
        });
        let asks = match (aspect, asked.category, asked.urgency) {
            (Aspect::Scope, Category::UserData, _) => FindingAsks::TransferBasis,
            (Aspect::Instrument, _, Urgency::Emergency) if self.may_be_owed() => {
                FindingAsks::EmergencyInstrument
            }
            (Aspect::Officer | Aspect::Instrument | Aspect::Scope, _, _) => FindingAsks::Nothing,
        };
        let groups = Group::plain(elements.collect());
        let form = page::Finding::record(&self.name, aspect_code(aspect), groups, asks);
        Some(match aspect {
            Aspect::Officer => form.closed(self.officer_closed()),
            Aspect::Instrument | Aspect::Scope => form,
        })
    }
}
