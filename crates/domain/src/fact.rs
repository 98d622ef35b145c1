//! What counting needs to know of a request, at one moment.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::band::Process;
use crate::category::{Category, DemandSet, UnknownCode, find};
use crate::country::Country;

/// Why a request, or a part of it, was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The company holds no such data.
    NoData,
    /// Officer, instrument or scope did not stand.
    LegalRequirements,
    /// A prohibited demand. Never beside another ground.
    Prohibited,
    /// History whose source gives no ground.
    NotStated,
}

impl Ground {
    pub const ALL: [Self; 4] =
        [Self::NoData, Self::LegalRequirements, Self::Prohibited, Self::NotStated];

    /// The code used in files and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::LegalRequirements => "legal_requirements",
            Self::Prohibited => "prohibited",
            Self::NotStated => "not_stated",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Where a request stands in the sum of its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing", content = "ground")]
pub enum Standing {
    /// Undecided, under challenge or under appeal.
    Open,
    Approved,
    /// Approved for some demands; counted in approved, "of which in part".
    ApprovedInPart,
    Rejected(Ground),
    Withdrawn,
}

impl Standing {
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Approved,
        Self::ApprovedInPart,
        Self::Rejected(Ground::NoData),
        Self::Rejected(Ground::LegalRequirements),
        Self::Rejected(Ground::Prohibited),
        Self::Rejected(Ground::NotStated),
        Self::Withdrawn,
    ];

    /// One code for standing and ground, as the database groups by it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::ApprovedInPart => "approved_in_part",
            Self::Rejected(Ground::NoData) => "rejected_no_data",
            Self::Rejected(Ground::LegalRequirements) => "rejected_legal_requirements",
            Self::Rejected(Ground::Prohibited) => "rejected_prohibited",
            Self::Rejected(Ground::NotStated) => "rejected_not_stated",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// How fast an answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Ordinary,
    Emergency,
}

/// Of an emergency that was answered before its paperwork was there: what became of that. It may
/// follow by a day that is named once, where the law says so; mission's rule 1 has a lapse reported.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Paperwork {
    /// Nothing was answered before it was there.
    #[default]
    NotOwed,
    /// Its day is not over.
    Owed,
    CameInTime,
    CameLate,
    /// Its day is over, and it has not come.
    Missing,
    /// History, which does not say it.
    NotRecorded,
}

impl Paperwork {
    pub const ALL: [Self; 6] = [
        Self::NotOwed,
        Self::Owed,
        Self::CameInTime,
        Self::CameLate,
        Self::Missing,
        Self::NotRecorded,
    ];

    /// The code used in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOwed => "not_owed",
            Self::Owed => "owed",
            Self::CameInTime => "came_in_time",
            Self::CameLate => "came_late",
            Self::Missing => "missing",
            Self::NotRecorded => "not_recorded",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// Whether a request is in the sum, and if not, under which number of its own it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    InSum,
    /// Asks to preserve and for nothing else.
    Preservation,
    /// Renews, amends or duplicates another request.
    Linked,
    /// Law or order forbids to count it yet.
    Withheld,
    /// Law lets it be told in a band alone.
    Banded(Process),
}

impl Counted {
    pub const ALL: [Self; 7] = [
        Self::InSum,
        Self::Preservation,
        Self::Linked,
        Self::Withheld,
        Self::Banded(Process::NationalSecurityLetter),
        Self::Banded(Process::OrderForContents),
        Self::Banded(Process::OrderForNoncontents),
    ];

    /// How a request with these demands counts, where nothing else sets it apart.
    pub fn of(demands: DemandSet) -> Self {
        if demands.is_preservation_only() { Self::Preservation } else { Self::InSum }
    }

    /// The code used in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::InSum => "in_sum",
            Self::Preservation => "preservation",
            Self::Linked => "linked",
            Self::Withheld => "withheld",
            Self::Banded(Process::NationalSecurityLetter) => "banded_national_security_letter",
            Self::Banded(Process::OrderForContents) => "banded_order_for_contents",
            Self::Banded(Process::OrderForNoncontents) => "banded_order_for_noncontents",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }
}

/// One request as counting sees it: no text, no person, no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The day of receipt in the log's time zone; it alone decides the period.
    pub received_on: Date,
    pub country: Country,
    pub category: Category,
    pub demands: DemandSet,
    pub urgency: Urgency,
    pub standing: Standing,
    /// The day on which it left the open ones: decided or withdrawn.
    pub settled_on: Option<Date>,
    pub counted: Counted,
    /// Accounts that the instrument names; `None` where it was not recorded. Of a request that is
    /// told in a band, the selectors that two people said it targets.
    pub accounts_specified: Option<u32>,
    /// Accounts of which something was disclosed; `None` where it was not recorded.
    pub accounts_disclosed: Option<u32>,
    /// Of an emergency; of all others nothing is owed.
    #[serde(default)]
    pub paperwork: Paperwork,
}

impl Fact {
    /// Days from receipt to decision; `None` while open and for a withdrawn request, which was
    /// never decided.
    pub fn days_to_decision(&self) -> Option<u32> {
        match self.standing {
            Standing::Approved | Standing::ApprovedInPart | Standing::Rejected(_) => {
                let settled_on = self.settled_on?;
                u32::try_from((settled_on - self.received_on).get_days()).ok()
            }
            Standing::Open | Standing::Withdrawn => None,
        }
    }
}
