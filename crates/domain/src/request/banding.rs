//! Out of the sum and into a band: what the law lets be told of national-security process.
//!
//! **It takes the same two people as to withhold a request** ([`motion`](super::motion)), and one
//! puts it back into the sum. How many selectors it targets is said as it is proposed, since a band
//! of selectors that nobody recorded could only be left out, and that would say that there is
//! something.

use super::{Circumstances, Handled, Publication, Refusal};
use crate::band::Process;
use crate::country::Country;

/// As another kind than was confirmed it can be proposed again.
pub(super) fn is_new(request: &Handled, process: Process, selectors: u32) -> Result<(), Refusal> {
    match request.publication == (Publication::Banded { process, selectors }) {
        true => Err(Refusal::NotNow("told in bands so already")),
        false => Ok(()),
    }
}

/// A band that no report prints would count it nowhere, and the law speaks of process of the
/// United States.
pub(super) fn may_be_told(
    request: &Handled,
    circumstances: Circumstances<'_>,
) -> Result<(), Refusal> {
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
