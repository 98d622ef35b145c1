//! What law lets be told in bands alone, as the file's own types.

use domain::band;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words;

/// National-security process of the United States. No number of it is exact, and nothing of it is
/// part of any other number of this file. It is left out or there whether or not there is any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bands {
    structure: Structure,
    /// What lets it be told so.
    law: String,
    rows: Vec<BandRow>,
}

/// Which of the four structures of 50 U.S.C. § 1874(a), in its order: half-yearly by kind in bands
/// of 1,000, half-yearly by kind in bands of 500, half-yearly all together in bands of 250, yearly
/// all together in bands of 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Structure {
    #[serde(rename = "by_kind_1000")]
    ByKindOf1000,
    #[serde(rename = "by_kind_500")]
    ByKindOf500,
    #[serde(rename = "total_250")]
    TotalOf250,
    #[serde(rename = "total_100")]
    TotalOf100,
}

/// One kind of process, or all together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BandRow {
    /// Null for all kinds together.
    process: Option<Process>,
    /// The kind in English.
    label: String,
    /// Received in the period.
    received: Band,
    /// Customer selectors that they target.
    selectors: Band,
}

/// A kind of national-security process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Process {
    NationalSecurityLetter,
    OrderForContents,
    OrderForNoncontents,
}

/// Two numbers, both included, between which the number lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Band {
    low: u64,
    high: u64,
}

impl From<&band::Bands> for Bands {
    fn from(bands: &band::Bands) -> Self {
        Self {
            structure: match bands.structure {
                band::Structure::ByKindOf1000 => Structure::ByKindOf1000,
                band::Structure::ByKindOf500 => Structure::ByKindOf500,
                band::Structure::TotalOf250 => Structure::TotalOf250,
                band::Structure::TotalOf100 => Structure::TotalOf100,
            },
            law: bands.structure.law().to_owned(),
            rows: bands.rows.iter().map(BandRow::from).collect(),
        }
    }
}

impl From<&band::BandRow> for BandRow {
    fn from(row: &band::BandRow) -> Self {
        Self {
            process: row.process.map(|process| match process {
                band::Process::NationalSecurityLetter => Process::NationalSecurityLetter,
                band::Process::OrderForContents => Process::OrderForContents,
                band::Process::OrderForNoncontents => Process::OrderForNoncontents,
            }),
            label: words::bands::kind(row.process).to_owned(),
            received: Band::from(row.received),
            selectors: Band::from(row.selectors),
        }
    }
}

impl From<band::Band> for Band {
    fn from(band: band::Band) -> Self {
        Self { low: band.low(), high: band.high() }
    }
}
