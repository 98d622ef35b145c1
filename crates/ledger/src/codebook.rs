//! The codebook: what each number in a cell code means, and which cells there are.
//!
//! Its hash is sealed in the log. A later codebook only adds: **a code is never given another
//! meaning**, else a count could change under the reader.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::commitment::Code;
use crate::hash::Hash;
use crate::record::canonical;

/// The country of pads. No country has or will have these letters (ISO 3166-1, user-assigned).
pub const PAD_COUNTRY: [u8; 2] = *b"QZ";
/// Category and outcome of pads.
pub const PAD: u8 = 255;

/// What the numbers mean. `codebook.json` holds it in its canonical form (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codebook {
    /// From 1.
    pub version: u32,
    /// Two capital letters each.
    pub countries: BTreeMap<String, String>,
    pub categories: BTreeMap<u8, Category>,
    pub outcomes: BTreeMap<u8, Outcome>,
}

/// A category of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub name: String,
    /// The outcomes that a request of it may have.
    pub outcomes: Vec<u8>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub name: String,
    /// Whether such a request is in the published total.
    pub in_total: bool,
}

/// What is wrong with a codebook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodebookError {
    #[error("codebook.json: {0}")]
    Malformed(String),
    #[error("codebook.json is not in its canonical form (RFC 8785)")]
    NotCanonical,
    #[error("{0} was `{1}` in an earlier codebook and is not any more")]
    Renamed(String, String),
    #[error("codebook version {found} follows version {before}")]
    Version { before: u32, found: u32 },
}

impl Codebook {
    pub fn to_json(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).expect("a codebook is plain data");
        canonical(&value).expect("a codebook has small whole numbers")
    }

    /// The hash that its leaf holds.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.to_json())
    }

    pub fn from_json(json: &[u8]) -> Result<Self, CodebookError> {
        let malformed = |what: &str| CodebookError::Malformed(what.to_owned());
        let codebook: Self =
            serde_json::from_slice(json).map_err(|error| malformed(&error.to_string()))?;
        if codebook.to_json() != json {
            return Err(CodebookError::NotCanonical);
        }
        for country in codebook.countries.keys() {
            let letters = country.as_bytes().try_into().ok();
            if letters.and_then(|letters| Code::record(letters, 1)).is_none() {
                return Err(malformed(&format!("`{country}` is not two capital letters")));
            }
        }
        if codebook.categories.contains_key(&0) || codebook.outcomes.contains_key(&0) {
            return Err(malformed("codes count from 1"));
        }
        if codebook.version == 0 {
            return Err(malformed("versions count from 1"));
        }
        for (code, category) in &codebook.categories {
            let mut outcomes = category.outcomes.iter();
            if let Some(outcome) = outcomes.find(|code| !codebook.outcomes.contains_key(code)) {
                let what = format!("category {code} allows the unknown outcome {outcome}");
                return Err(CodebookError::Malformed(what));
            }
        }
        Ok(codebook)
    }

    /// Whether a cell of this record and outcome exists.
    pub fn allows(&self, record: Code, outcome: Code) -> bool {
        let country = record.country();
        let known =
            std::str::from_utf8(&country).is_ok_and(|country| self.countries.contains_key(country));
        let category = self.categories.get(&record.category());
        known && category.is_some_and(|c| c.outcomes.contains(&outcome.of_outcome()))
    }

    /// Whether it has a cell for pads: leaves that stand for nothing, so that the number of the
    /// others does not show.
    pub fn has_pads(&self) -> bool {
        let pad = Code::record(PAD_COUNTRY, PAD).zip(Code::outcome(PAD));
        pad.is_some_and(|(record, outcome)| self.allows(record, outcome))
    }

    /// Checks that this codebook only adds to an earlier one.
    pub fn extends(&self, earlier: &Self) -> Result<(), CodebookError> {
        if earlier.version.checked_add(1) != Some(self.version) {
            let (before, found) = (earlier.version, self.version);
            return Err(CodebookError::Version { before, found });
        }
        for (code, name) in &earlier.countries {
            // A country's name may change, as countries do; what its letters stand for may not
            // be dropped.
            if !self.countries.contains_key(code) {
                return Err(CodebookError::Renamed(code.clone(), name.clone()));
            }
        }
        for (code, category) in &earlier.categories {
            let same = self.categories.get(code).is_some_and(|now| {
                now.name == category.name
                    && category.outcomes.iter().all(|outcome| now.outcomes.contains(outcome))
            });
            if !same {
                let what = format!("category {code}");
                return Err(CodebookError::Renamed(what, category.name.clone()));
            }
        }
        for (code, outcome) in &earlier.outcomes {
            if self.outcomes.get(code) != Some(outcome) {
                let what = format!("outcome {code}");
                return Err(CodebookError::Renamed(what, outcome.name.clone()));
            }
        }
        Ok(())
    }
}
