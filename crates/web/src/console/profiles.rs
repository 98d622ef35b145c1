//! The legal profiles, and what counsel has confirmed of them.

use std::collections::BTreeMap;

use app::ConfirmedElement;
use axum::extract::{Path, RawForm};
use axum::http::StatusCode;
use domain::access::Permission;
use domain::id::Sha256Hash;
use domain::instrument::{Instrument, RuleId};
use domain::profile::{self, InstrumentLaw, Source};
use domain::request::Aspect;

use super::answer::{Answer, Failure, Viewer, see_other, show, show_with};
use super::fields::{Fields, Reading};
use super::page::{self, Fault};
use super::people::Names;
use super::{time, words};

pub(super) async fn profiles(viewer: Viewer) -> Answer {
    let candor = &viewer.console.candor;
    let confirmed = candor.confirmed_elements(&viewer.who).await?;
    let profiles = candor.profiles()?;
    let is_confirmed = |element: &profile::Element| {
        confirmed.get(&element.code).is_some_and(|known| known.sha256 == element.sha256())
    };
    let mut whole = 0;
    let jurisdictions: Vec<_> = profiles
        .all()
        .iter()
        .map(|profile| page::Jurisdiction {
            name: profile.name.clone(),
            instruments: profile
                .instruments
                .iter()
                .map(|law| {
                    let confirmed = law.elements.iter().filter(|e| is_confirmed(e)).count();
                    whole += usize::from(confirmed == law.elements.len());
                    page::Instrument {
                        name: law.label.clone(),
                        href: format!("/profiles/{}", law.code),
                        confirmed: confirmed as u32,
                        drafts: (law.elements.len() - confirmed) as u32,
                    }
                })
                .collect(),
        })
        .collect();
    let sentence = format!(
        "{} in {}; {whole} confirmed in full.",
        words::counted(profiles.instruments().count(), "instrument", "instruments"),
        words::counted(profiles.all().len(), "profile", "profiles"),
    );
    show(&page::Profiles { frame: viewer.frame("/profiles"), sentence, jurisdictions })
}

pub(super) async fn profile(viewer: Viewer, Path(instrument): Path<String>) -> Answer {
    drawn(&viewer, &instrument, &[]).await
}

pub(super) async fn confirm(
    viewer: Viewer,
    Path(instrument): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::ConfirmProfiles)?;
    let fields = Fields::of(&form);
    let mut reading = Reading::new(&fields);
    let seen = reading.codes("elements", seen, "Choose at least one element");
    let seen: BTreeMap<RuleId, Sha256Hash> = match reading.done(seen) {
        Ok(seen) => seen,
        Err(faults) => return drawn(&viewer, &instrument, &faults).await,
    };
    viewer.console.candor.confirm_elements(seen, &viewer.who).await?;
    see_other(&format!("/profiles/{instrument}"))
}

/// An element as the form sends it: its code, and the hash of what counsel read.
fn seen(value: &str) -> Option<(RuleId, Sha256Hash)> {
    let (code, sha256) = value.split_once('=')?;
    Some((RuleId::new(code).ok()?, Sha256Hash::try_from(sha256.to_owned()).ok()?))
}

async fn drawn(viewer: &Viewer, instrument: &str, faults: &[Fault]) -> Answer {
    let candor = &viewer.console.candor;
    let confirmed = candor.confirmed_elements(&viewer.who).await?;
    let code = Instrument::new(instrument).map_err(|_| Failure::Missing)?;
    let law = candor.profiles()?.instrument(&code).ok_or(Failure::Missing)?;
    let names = Names::read(&viewer.console).await?;
    let told = |known: &ConfirmedElement| {
        format!("{}, {}", words::who(known.by, &names), viewer.console.moment(known.at))
    };
    let of = |element: &profile::Element| {
        confirmed.get(&element.code).filter(|known| known.sha256 == element.sha256()).map(told)
    };
    let (stand, drafts) = (aspects(law, &of, true), aspects(law, &of, false));
    let count = |aspects: &[page::Aspect]| aspects.iter().map(|a| a.elements.len()).sum::<usize>();
    let sentence = format!(
        "{}: {} confirmed, {} draft. {}",
        words::counted(law.elements.len(), "element", "elements"),
        count(&stand),
        count(&drafts),
        law.description
    );
    let may = viewer.who.has(Permission::ConfirmProfiles) && !drafts.is_empty();
    let form = may.then(|| page::Profile::form(instrument, drafts.clone()).faulted(faults));
    let page = page::Profile {
        frame: viewer.frame("/profiles"),
        name: words::sentence(&law.label),
        sentence,
        confirmed: stand,
        drafts: if form.is_some() { Vec::new() } else { drafts },
        form,
        times: {
            let duty = law.preserve_on_receipt.iter().map(time::on_receipt);
            duty.chain(law.deadlines.iter().map(time::legal)).collect()
        },
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show_with(status, &page)
}

/// The elements of each aspect that are confirmed, or those that are not.
fn aspects(
    law: &InstrumentLaw,
    told: &impl Fn(&profile::Element) -> Option<String>,
    confirmed: bool,
) -> Vec<page::Aspect> {
    let of = |aspect| {
        let elements = law.elements_for(aspect).filter_map(|element| {
            let by = told(element);
            (by.is_some() == confirmed).then(|| page::Element {
                code: format!("{}={}", element.code, element.sha256()),
                text: element.text.clone(),
                citation: words::cited(element),
                source_checked: element.source == Source::Verified,
                confirmed: by.unwrap_or_default(),
            })
        });
        page::Aspect { title: words::aspect(aspect).to_owned(), elements: elements.collect() }
    };
    Aspect::ALL.into_iter().map(of).filter(|aspect| !aspect.elements.is_empty()).collect()
}
