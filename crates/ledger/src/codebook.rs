//! The codebook: what each number in a cell code means, and which cells there are.
//!
//! Its hash is sealed in the log. A later codebook only adds: **a code is never given another
//! meaning**, else a count could change under the reader. The name of a country alone may change, so
//! who tells one says its letters with it.

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
    #[error("the log has more than the {CODEBOOKS_MAX} codebooks that are read")]
    TooMany,
}

/// A log with more codebooks is not read.
pub const CODEBOOKS_MAX: usize = 256;

/// Every codebook that a log has sealed, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codebooks(Vec<(u64, Codebook)>);

/// A country that a later codebook names otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Two letters.
    pub country: String,
    /// What it was called, the first name first.
    pub names: Vec<String>,
}

impl Codebooks {
    /// Takes the codebook that the leaf at `index` sealed, if it only adds to the one before.
    pub fn add(&mut self, index: u64, codebook: Codebook) -> Result<(), CodebookError> {
        if self.0.len() == CODEBOOKS_MAX {
            return Err(CodebookError::TooMany);
        }
        if let Some(before) = self.in_force() {
            codebook.extends(before)?;
        }
        self.0.push((index, codebook));
        Ok(())
    }

    /// The last one.
    pub fn in_force(&self) -> Option<&Codebook> {
        self.0.last().map(|(_, codebook)| codebook)
    }

    /// The one in force when a leaf was sealed.
    pub fn at(&self, leaf: u64) -> Option<&Codebook> {
        let before = self.0.partition_point(|(index, _)| *index < leaf);
        self.0[..before].last().map(|(_, codebook)| codebook)
    }

    /// The countries whose names changed. Only the letters are what a code holds: a name is there
    /// for people, and that of a country changes in the world too.
    pub fn renamed(&self) -> Vec<Renamed> {
        let Some(last) = self.in_force() else { return Vec::new() };
        let countries = last.countries.keys().map(|country| {
            let names = self.0.iter().filter_map(|(_, codebook)| codebook.countries.get(country));
            let mut names: Vec<String> = names.cloned().collect();
            names.dedup();
            Renamed { country: country.clone(), names }
        });
        countries.filter(|renamed| renamed.names.len() > 1).collect()
    }
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

    /// Whether it has both parts of a record's code, or that of an outcome.
    pub fn knows(&self, code: Code) -> bool {
        let country = code.country();
        match code.of_outcome() {
            0 => {
                std::str::from_utf8(&country).is_ok_and(|c| self.countries.contains_key(c))
                    && self.categories.contains_key(&code.category())
            }
            outcome => self.outcomes.contains_key(&outcome),
        }
    }

    /// Whether it has a cell for pads: leaves that stand for nothing, so that the number of the
    /// others does not show.
    pub fn has_pads(&self) -> bool {
        let pad = Code::record(PAD_COUNTRY, PAD).zip(Code::outcome(PAD));
        pad.is_some_and(|(record, outcome)| self.allows(record, outcome))
    }

    /// Checks that this codebook only adds to an earlier one. What categories and outcomes are
    /// called is their meaning, and stays; a country is its letters (ISO 3166-1), whose name may
    /// change: [`Codebooks::renamed`] says so.
    pub fn extends(&self, earlier: &Self) -> Result<(), CodebookError> {
        if earlier.version.checked_add(1) != Some(self.version) {
            let (before, found) = (earlier.version, self.version);
            return Err(CodebookError::Version { before, found });
        }
        for (code, name) in &earlier.countries {
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
