//! What became of the paperwork of emergencies, in numbers.

use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::fact::Paperwork;

/// Emergencies of a category that were answered before their paperwork was there, by what became of
/// that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperworkCounts {
    pub came_in_time: u64,
    pub came_late: u64,
    /// Its day is not over.
    pub owed: u64,
    /// Its day is over, and it has not come.
    pub missing: u64,
    /// Answered emergencies of which nobody recorded it. They are in none of the others.
    pub not_recorded: u64,
}

impl PaperworkCounts {
    /// All that were answered before their paperwork was there, as far as it was recorded.
    pub fn answered_before(&self) -> u64 {
        self.came_in_time + self.came_late + self.owed + self.missing
    }

    pub(super) fn add(&mut self, paperwork: Paperwork, requests: u64) {
        match paperwork {
            Paperwork::NotOwed => {}
            Paperwork::Owed => self.owed += requests,
            Paperwork::CameInTime => self.came_in_time += requests,
            Paperwork::CameLate => self.came_late += requests,
            Paperwork::Missing => self.missing += requests,
            Paperwork::NotRecorded => self.not_recorded += requests,
        }
    }
}

/// The same of both categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperworkOfAll {
    pub user_data: PaperworkCounts,
    pub technical_expertise: PaperworkCounts,
}

impl PaperworkOfAll {
    pub fn of(&self, category: Category) -> &PaperworkCounts {
        match category {
            Category::UserData => &self.user_data,
            Category::TechnicalExpertise => &self.technical_expertise,
        }
    }

    pub(super) fn of_mut(&mut self, category: Category) -> &mut PaperworkCounts {
        match category {
            Category::UserData => &mut self.user_data,
            Category::TechnicalExpertise => &mut self.technical_expertise,
        }
    }
}
