//! Numbers that the law lets a company tell in bands alone.
//!
//! Who must not speak of national-security process of the United States may report it in one of
//! four structures (50 U.S.C. § 1874(a)). Paragraphs (1) and (2) were read for this; (3), (4) and
//! the spans of time of subsection (b) were not, and are counsel's to hold against the text.
//!
//! **An exact number never leaves a [`Tally`](crate::count::Tally)**: a dataset holds bands. Bands
//! are told even where there is nothing, so that the first one doesn't say whether there is.

use serde::{Deserialize, Serialize};

use crate::category::{UnknownCode, find};
use crate::period::Period;

/// What kind of national-security process a request is (50 U.S.C. § 1874(a)(1), (2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    NationalSecurityLetter,
    /// An order or directive under the chapter on foreign intelligence surveillance, for contents.
    OrderForContents,
    /// An order under the same chapter, for noncontents.
    OrderForNoncontents,
}

impl Process {
    pub const ALL: [Self; 3] =
        [Self::NationalSecurityLetter, Self::OrderForContents, Self::OrderForNoncontents];

    /// The code used in forms and files.
    pub fn code(self) -> &'static str {
        match self {
            Self::NationalSecurityLetter => "national_security_letter",
            Self::OrderForContents => "order_for_contents",
            Self::OrderForNoncontents => "order_for_noncontents",
        }
    }

    /// One of it, as people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::NationalSecurityLetter => "national security letter",
            Self::OrderForContents => "order or directive for contents",
            Self::OrderForNoncontents => "order for noncontents",
        }
    }

    /// Several of it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::NationalSecurityLetter => "national security letters",
            Self::OrderForContents => "orders and directives for contents",
            Self::OrderForNoncontents => "orders for noncontents",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// In which of the four ways the law lets it be reported; counsel chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Structure {
    /// § 1874(a)(1): half-yearly, each kind for itself, 0–999 and so on.
    #[serde(rename = "by_kind_1000")]
    ByKindOf1000,
    /// § 1874(a)(2): half-yearly, each kind for itself, 0–499 and so on.
    #[serde(rename = "by_kind_500")]
    ByKindOf500,
    /// § 1874(a)(3): half-yearly, all kinds together, 0–249 and so on.
    #[serde(rename = "total_250")]
    TotalOf250,
    /// § 1874(a)(4): yearly, all kinds together, 0–99 and so on.
    #[serde(rename = "total_100")]
    TotalOf100,
}

impl Structure {
    pub const ALL: [Self; 4] =
        [Self::ByKindOf1000, Self::ByKindOf500, Self::TotalOf250, Self::TotalOf100];

    /// The code used in `candor.toml` and in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::ByKindOf1000 => "by_kind_1000",
            Self::ByKindOf500 => "by_kind_500",
            Self::TotalOf250 => "total_250",
            Self::TotalOf100 => "total_100",
        }
    }

    /// Where the law has it.
    pub fn law(self) -> &'static str {
        match self {
            Self::ByKindOf1000 => "50 U.S.C. § 1874(a)(1)",
            Self::ByKindOf500 => "50 U.S.C. § 1874(a)(2)",
            Self::TotalOf250 => "50 U.S.C. § 1874(a)(3)",
            Self::TotalOf100 => "50 U.S.C. § 1874(a)(4)",
        }
    }

    /// How many numbers one band holds.
    pub fn width(self) -> u64 {
        match self {
            Self::ByKindOf1000 => 1_000,
            Self::ByKindOf500 => 500,
            Self::TotalOf250 => 250,
            Self::TotalOf100 => 100,
        }
    }

    /// What has a row of its own; `None` is all kinds together.
    pub fn rows(self) -> &'static [Option<Process>] {
        match self {
            Self::ByKindOf1000 | Self::ByKindOf500 => &[
                Some(Process::NationalSecurityLetter),
                Some(Process::OrderForContents),
                Some(Process::OrderForNoncontents),
            ],
            Self::TotalOf250 | Self::TotalOf100 => &[None],
        }
    }

    /// Whether a report of this period may tell it so. A free span may not: two of them that
    /// overlap would narrow a band.
    pub fn fits(self, period: &Period) -> bool {
        let year = period.first().year();
        match self {
            Self::ByKindOf1000 | Self::ByKindOf500 | Self::TotalOf250 => {
                [1, 2].into_iter().any(|half| *period == Period::half(year, half))
            }
            Self::TotalOf100 => *period == Period::year(year),
        }
    }

    /// The periods that it fits, in words.
    pub fn periods(self) -> &'static str {
        match self {
            Self::ByKindOf1000 | Self::ByKindOf500 | Self::TotalOf250 => "half-years",
            Self::TotalOf100 => "calendar years",
        }
    }
}

/// Two numbers between which a third one lies, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    low: u64,
    high: u64,
}

impl Band {
    /// The band in which a number lies, of those that begin with 0 and hold `width` numbers each.
    fn of(number: u64, structure: Structure) -> Self {
        let width = structure.width();
        let low = number / width * width;
        Self { low, high: low.saturating_add(width - 1) }
    }

    pub fn low(self) -> u64 {
        self.low
    }

    pub fn high(self) -> u64 {
        self.high
    }
}

/// What was received of one kind, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandRow {
    /// `None`: all kinds together.
    pub process: Option<Process>,
    pub received: Band,
    /// Customer selectors that they target.
    pub selectors: Band,
}

/// National-security process of one period. Never part of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    pub structure: Structure,
    /// One for each of [`Structure::rows`], in their order.
    pub rows: Vec<BandRow>,
}

/// How many were received, and how many selectors they target.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exact {
    pub(crate) received: u64,
    pub(crate) selectors: u64,
}

impl Exact {
    pub(crate) fn add(&mut self, other: Self) {
        self.received += other.received;
        self.selectors += other.selectors;
    }
}

impl Bands {
    pub(crate) fn of(structure: Structure, exact: impl Fn(Process) -> Exact) -> Self {
        let row = |process: &Option<Process>| {
            let mut sum = Exact::default();
            let kinds = Process::ALL.into_iter().filter(|kind| process.is_none_or(|p| p == *kind));
            kinds.for_each(|kind| sum.add(exact(kind)));
            BandRow {
                process: *process,
                received: Band::of(sum.received, structure),
                selectors: Band::of(sum.selectors, structure),
            }
        };
        Self { structure, rows: structure.rows().iter().map(row).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lies(number: u64, structure: Structure, low: u64, high: u64) {
        assert_eq!(Band::of(number, structure), Band { low, high }, "{number}");
    }

    #[test]
    fn the_first_band_begins_with_0_and_the_next_where_it_ends() {
        for (number, low, high) in
            [(0, 0, 999), (1, 0, 999), (999, 0, 999), (1_000, 1_000, 1_999), (1_999, 1_000, 1_999)]
        {
            lies(number, Structure::ByKindOf1000, low, high);
        }
        lies(499, Structure::ByKindOf500, 0, 499);
        lies(500, Structure::ByKindOf500, 500, 999);
        lies(249, Structure::TotalOf250, 0, 249);
        lies(250, Structure::TotalOf250, 250, 499);
        lies(99, Structure::TotalOf100, 0, 99);
        lies(100, Structure::TotalOf100, 100, 199);
        assert_eq!(Band::of(u64::MAX, Structure::TotalOf100).high, u64::MAX);
    }

    #[test]
    fn a_structure_fits_the_periods_of_the_law_alone() {
        let fits =
            |structure: Structure, period: &str| structure.fits(&period.parse().expect("a period"));
        for structure in Structure::ALL {
            let yearly = structure == Structure::TotalOf100;
            assert_eq!(fits(structure, "2026"), yearly, "{structure:?}");
            for half in ["2026-H1", "2026-H2"] {
                assert_eq!(fits(structure, half), !yearly, "{structure:?}");
            }
            for other in ["2026-Q1", "2026-04-01/2026-09-30", "2025-07-01/2026-06-30"] {
                assert!(!fits(structure, other), "{structure:?} {other}");
            }
        }
    }

    #[test]
    fn codes_are_those_of_the_settings() {
        for structure in Structure::ALL {
            let text = serde_json::to_value(structure).expect("a code");
            assert_eq!(text, structure.code());
        }
        for process in Process::ALL {
            assert_eq!(serde_json::to_value(process).expect("a code"), process.code());
            assert_eq!(Process::from_code(process.code()), Ok(process));
        }
    }
}
