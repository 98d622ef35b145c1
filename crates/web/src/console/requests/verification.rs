//! Whether the officer is real: what is known, and the form to record what was found out.

use std::collections::BTreeSet;

use app::{ContactTold, Error, NewVerification};
use axum::extract::{Path, RawForm};
use domain::Category;
use domain::access::Permission;
use domain::authority::{
    ContactKind, ContactState, Doubt, MailCheck, Means, OfficerStanding, VALID_DAYS,
    VerificationResult,
};
use domain::id::{Actor, ContactId};
use jiff::ToSpan;

use super::super::answer::{Answer, Viewer, see_other};
use super::super::csv::file;
use super::super::fields::{Fields, Reading};
use super::super::page::{self, Choice, Closed, Fault, Link, Neutral, OfficerOffers, OfficerState};
use super::super::{verifications, words};
use super::view::View;
use super::{Again, may, read as read_case, shown_again};

/// POST /requests/{name}/verification
pub(in super::super) async fn verify(
    viewer: Viewer,
    Path(name): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    let case = read_case(&viewer, &name).await?;
    viewer.who.may(Permission::VerifyOfficers)?;
    let fields = Fields::of(&form);
    let again = |faults| Again { form: "verification".to_owned(), fields: &fields, faults };
    let new = match read(&fields) {
        Ok(new) => new,
        Err(faults) => return shown_again(&viewer, &case, again(faults)).await,
    };
    match viewer.console.candor.verify_officer(case.row.request, new, &viewer.who).await {
        Ok(()) => see_other(&format!("/requests/{name}")),
        Err(error @ (Error::Authority(_) | Error::TextTooLong(_))) => {
            let faults = vec![Fault::whole(words::sentence(&error.to_string()))];
            shown_again(&viewer, &case, again(faults)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn read(fields: &Fields) -> Result<NewVerification, Vec<Fault>> {
    let mut reading = Reading::new(fields);
    let mut means = Some(Vec::new());
    if fields.all("means").next().is_none() {
        reading.fault("means", "Say what was done");
    }
    for what in fields.all("means") {
        let one = match what {
            "call_back" => contact(&mut reading, "number", "Choose the number that was called")
                .map(|number| Means::CallBack { number }),
            "identity_document" => Some(Means::IdentityDocument {}),
            "in_person" => Some(Means::InPerson {}),
            "mail" => mail(&mut reading),
            _ => {
                reading.fault("means", "Say what was done");
                None
            }
        };
        means = means.zip(one).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    let result = result(&mut reading);
    let evidence = reading.text("evidence", "Say what you heard and saw");
    let whole = means.zip(result).zip(evidence);
    reading.done(whole.map(|((means, result), evidence)| NewVerification {
        means,
        result,
        evidence,
    }))
}

fn contact(reading: &mut Reading<'_>, field: &str, otherwise: &str) -> Option<ContactId> {
    reading.parsed(field, otherwise).map(ContactId)
}

fn mail(reading: &mut Reading<'_>) -> Option<Means> {
    let domain = contact(reading, "domain", "Choose the domain");
    let passed: Option<BTreeSet<_>> =
        reading.fields.all("passed").map(|code| MailCheck::from_code(code).ok()).collect();
    if passed.is_none() {
        reading.fault("passed", "Choose among the checks");
    }
    domain.zip(passed).map(|(domain, passed)| Means::MailAuthentication { domain, passed })
}

fn result(reading: &mut Reading<'_>) -> Option<VerificationResult> {
    match reading.fields.get("result") {
        "verified" => reading
            .day("valid_until", "Say until when it is valid")
            .map(|valid_until| VerificationResult::Verified { valid_until }),
        "not_verified" => reading
            .code("reason", Doubt::from_code, "Say why not")
            .map(|reason| VerificationResult::NotVerified { reason }),
        _ => {
            reading.fault("result", "Say what came of it");
            None
        }
    }
}

/// GET /answers/unverified.txt: it is about no case, so whoever works on cases may have it.
pub(in super::super) async fn neutral_answer(viewer: Viewer) -> Answer {
    viewer.who.may(Permission::ReadCases(Category::TechnicalExpertise))?;
    let text = viewer.console.candor.neutral_answer()?;
    Ok(file(text, "text/plain; charset=utf-8", "unverified.txt"))
}

impl View<'_> {
    pub(super) fn officer(&self) -> page::Officer {
        let about = &self.case.about_officer;
        let with = (&self.viewer.console, &self.names);
        let record = |told| verifications::record(told, &about.contacts, with);
        let (state, says) = self.standing();
        let neutral = self.neutral(&state);
        let authority = &self.case.authority;
        page::Officer {
            name: self.case.officer.name.clone(),
            state,
            says,
            neutral,
            signals: about.signals.iter().map(verifications::signal).collect(),
            mails: about.mails.iter().map(verifications::mail).collect(),
            records: about.verifications.iter().map(record).collect(),
            register: may(self.viewer, Permission::ReadAuthorities).then(|| {
                let title = format!("Register of {}", authority.name);
                Link::new(title, format!("/authorities/{}", authority.id))
            }),
            form: may(self.viewer, Permission::VerifyOfficers)
                .then(|| self.mended(page::Officer::record(&self.name, self.officer_offers()))),
        }
    }

    /// What is prohibited is declined with a text of its own, and who was verified when they were
    /// answered needs no other answer.
    fn neutral(&self, state: &OfficerState) -> Option<Neutral> {
        let is_needed = match state {
            OfficerState::VerifiedUntil(_) => false,
            OfficerState::Expired(_) => !self.is_over(),
            OfficerState::NeverVerified
            | OfficerState::NotVerified
            | OfficerState::DoesNotServe => true,
        };
        (is_needed && !self.case.handled.is_prohibited()).then(|| Neutral {
            text: self.neutral.clone(),
            download: Link::new("Download it as plain text", "/answers/unverified.txt"),
        })
    }

    fn standing(&self) -> (OfficerState, String) {
        let today = self.viewer.console.candor.today();
        let none = "No finding on the officer stands before somebody has.";
        let (state, says) = match self.case.about_officer.standing {
            OfficerStanding::NeverVerified => (OfficerState::NeverVerified, none.to_owned()),
            OfficerStanding::NotVerified(doubt) => {
                let why = words::sentence(verifications::doubt(doubt));
                (OfficerState::NotVerified, format!("{why}. No finding on the officer stands."))
            }
            OfficerStanding::DoesNotServe => (
                OfficerState::DoesNotServe,
                "What they were verified through was not there before the letter, or is taken for \
                 the authority’s no more."
                    .to_owned(),
            ),
            OfficerStanding::Verified { valid_until, .. } if today <= valid_until => (
                OfficerState::VerifiedUntil(words::day(valid_until)),
                "A finding on the officer can rest on it; approval and release ask for it again."
                    .to_owned(),
            ),
            OfficerStanding::Verified { valid_until, .. } => {
                let state = OfficerState::Expired(words::day(valid_until));
                (state, "Verify them anew: nothing new rests on what has expired.".to_owned())
            }
        };
        (state, says)
    }

    /// Which numbers serve for this letter and this person, and why others don't.
    fn officer_offers(&self) -> OfficerOffers {
        let about = &self.case.about_officer;
        let me = Actor::Person(self.viewer.who.person);
        let mut offers = OfficerOffers::default();
        for told in &about.contacts {
            match told.contact.kind {
                ContactKind::MailDomain => {
                    offers.domains.push(Choice::new(told.id.to_string(), told.value.as_str()));
                }
                ContactKind::Telephone if !about.numbers_before.contains(&told.id) => {
                    let why = "it was registered after the letter arrived.";
                    offers.closed.push(Closed::new(told.value.as_str(), why));
                }
                ContactKind::Telephone if told.contact.entered.by == me => {
                    let why = "you registered it yourself, so somebody else calls.";
                    offers.closed.push(Closed::new(told.value.as_str(), why));
                }
                ContactKind::Telephone => offers.numbers.push(self.number(told)),
            }
        }
        let until = self.viewer.console.candor.today().saturating_add(VALID_DAYS.days());
        offers.valid_until = until.to_string();
        offers
    }

    fn number(&self, told: &ContactTold) -> Choice {
        let since = words::day(told.contact.entered.on);
        let found = match told.contact.state {
            ContactState::Official { source } => verifications::source(source),
            ContactState::KnownBad { .. } | ContactState::Withdrawn { .. } => "withdrawn",
        };
        let label = format!("{}, found {found}, registered {since}", told.value);
        Choice::new(told.id.to_string(), label)
    }

    /// What closes "It stands" in the finding on the officer; empty where the officer is verified.
    pub(super) fn officer_closed(&self) -> Vec<Closed> {
        match self.standing() {
            (OfficerState::VerifiedUntil(_), _) => Vec::new(),
            (
                OfficerState::NeverVerified
                | OfficerState::NotVerified
                | OfficerState::DoesNotServe
                | OfficerState::Expired(_),
                _,
            ) => vec![Closed::new("It stands", "the officer is not verified today, see above.")],
        }
    }
}
