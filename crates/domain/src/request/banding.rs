//! Out of the sum and into a band: what the law lets be told of national-security process.
//!
//! **It takes the same two people as to withhold a request**, and one puts it back into the sum.

use super::{Circumstances, Handled, Publication, Refusal};
use crate::band::Process;
use crate::country::Country;
use crate::event::RequestEvent;
use crate::id::PersonId;

/// Taking a request out of the sum and into a band waits for its second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banding {
    pub proposed_by: PersonId,
    pub process: Process,
    /// Customer selectors that it targets. They are asked for, since a band of selectors that
    /// nobody recorded could only be left out, and that would say that there is something.
    pub selectors: u32,
}

/// Somebody proposes that it is told in a band, or as another kind than was confirmed.
pub(super) fn propose(
    request: &Handled,
    (process, selectors): (Process, u32),
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    may_be_told(request, circumstances)?;
    if request.publication == (Publication::Banded { process, selectors }) {
        return Err(Refusal::NotNow("told in bands so already"));
    }
    if request.withholding.is_some() {
        return Err(Refusal::NotNow("proposed to be withheld"));
    }
    Ok(vec![RequestEvent::BandingProposed { by, process, selectors }])
}

pub(super) fn confirm(
    request: &Handled,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let confirmed_by = circumstances.person()?;
    let Banding { proposed_by, process, selectors } = proposed(request)?;
    if confirmed_by == proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    may_be_told(request, circumstances)?;
    Ok(vec![RequestEvent::Banded { proposed_by, confirmed_by, process, selectors }])
}

pub(super) fn send_back(
    request: &Handled,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    proposed(request)?;
    Ok(vec![RequestEvent::BandingReturned { by: circumstances.person()? }])
}

fn proposed(request: &Handled) -> Result<Banding, Refusal> {
    request.banding.ok_or(Refusal::NotNow("not proposed to be told in bands"))
}

/// A band that no report prints would count it nowhere, and the law speaks of process of the
/// United States.
fn may_be_told(request: &Handled, circumstances: Circumstances<'_>) -> Result<(), Refusal> {
    if circumstances.company.bands.is_none() {
        return Err(Refusal::NoBands);
    }
    match is_told_in_bands(request.registration.country) {
        true => Ok(()),
        false => Err(Refusal::NoBandsThere(request.registration.country)),
    }
}

/// Whether it is the country whose law lets process be told in bands (50 U.S.C. § 1874).
pub fn is_told_in_bands(country: Country) -> bool {
    country.code() == "US"
}
