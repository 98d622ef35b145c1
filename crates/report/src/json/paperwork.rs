//! Emergencies that were answered before their paperwork was there, as the file's own types.

use domain::count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::paperwork::is_unknown;

/// Emergencies that were answered before their paperwork was there, and what became of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Paperwork {
    user_data: PaperworkCounts,
    technical_expertise: PaperworkCounts,
}

/// Requests of one category. Where nothing is known of any, all but `not_recorded` are null, which
/// is no zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaperworkCounts {
    /// The sum of the four below.
    answered_before: Option<u64>,
    came_in_time: Option<u64>,
    came_late: Option<u64>,
    /// Its day is not over.
    owed: Option<u64>,
    /// Its day is over, and it has not come.
    missing: Option<u64>,
    /// Answered emergencies of which it is not recorded; in none of the others.
    not_recorded: u64,
}

impl From<&count::PaperworkOfAll> for Paperwork {
    fn from(of: &count::PaperworkOfAll) -> Self {
        Self {
            user_data: PaperworkCounts::from(&of.user_data),
            technical_expertise: PaperworkCounts::from(&of.technical_expertise),
        }
    }
}

impl From<&count::PaperworkCounts> for PaperworkCounts {
    fn from(counts: &count::PaperworkCounts) -> Self {
        let known = |number| (!is_unknown(counts)).then_some(number);
        Self {
            answered_before: known(counts.answered_before()),
            came_in_time: known(counts.came_in_time),
            came_late: known(counts.came_late),
            owed: known(counts.owed),
            missing: known(counts.missing),
            not_recorded: counts.not_recorded,
        }
    }
}
