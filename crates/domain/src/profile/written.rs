//! What the file of a profile says, before it is checked.

use serde::Deserialize;

/// A profile as its file has it. What is left out is empty here, and a fault when it is checked; an
/// unknown key is refused by whoever deserializes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) notes: Vec<String>,
    pub(super) instrument: Vec<Instrument>,
}

impl Written {
    /// The code by which a profile replaces another, whatever it may be.
    pub fn code(&self) -> &str {
        &self.code
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Instrument {
    pub code: String,
    pub label: String,
    pub description: String,
    pub countries: Vec<String>,
    pub demands: Option<Vec<String>>,
    pub preserve_on_receipt: Option<Duty>,
    pub deadline: Vec<Deadline>,
    pub element: Vec<Element>,
}

/// What the law asks by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Duty {
    pub citation: String,
    pub source: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Deadline {
    pub kind: String,
    pub days: Option<i64>,
    pub hours: Option<i64>,
    pub business_days: Option<i64>,
    pub months: Option<i64>,
    pub citation: String,
    pub source: String,
    pub start: Option<Counted>,
    pub clarification: Option<Counted>,
    pub last_day: Option<Counted>,
    pub holidays: Option<Counted>,
    pub extension: Option<Counted>,
}

/// How something of a deadline is counted: a code, or for an extension a time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Counted {
    pub says: String,
    pub days: Option<i64>,
    pub hours: Option<i64>,
    pub business_days: Option<i64>,
    pub months: Option<i64>,
    pub citation: String,
    pub source: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Element {
    pub code: String,
    pub aspect: String,
    pub text: String,
    pub citation: String,
    pub source: String,
    pub may_follow: bool,
}
