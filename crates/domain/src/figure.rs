//! Figures that the company published before it used candor. They are shown beside counts, marked
//! as what they are, and never added to one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::category::{UnknownCode, find};
use crate::country::Country;
use crate::period::Period;

macro_rules! measures {
    ($($variant:ident $code:literal $label:literal),+ $(,)?) => {
        /// What a published figure counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Measure { $($variant),+ }

        impl Measure {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code used in files and in the database.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The name that a reader of the report sees.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

measures! {
    Requests "requests" "Requests",
    UserData "user_data" "Requests for user data",
    UserDataApproved "user_data_approved" "Requests for user data approved",
    UserDataRejected "user_data_rejected" "Requests for user data rejected",
    TechnicalExpertise "technical_expertise" "Requests for technical expertise",
    TechnicalApproved "technical_approved" "Requests for technical expertise approved",
    TechnicalRejected "technical_rejected" "Requests for technical expertise rejected",
    Approved "approved" "Requests approved",
    Rejected "rejected" "Requests rejected",
    Prohibited "prohibited" "Prohibited demands",
    Emergencies "emergencies" "Emergency requests",
    AccountsSpecified "accounts_specified" "Accounts specified",
    AccountsDisclosed "accounts_disclosed" "Accounts disclosed",
    Preservation "preservation" "Preservation requests",
    UserRequests "user_requests" "Requests by users about their data",
    UserRequestsRemoval "user_requests_removal" "Users asking for removal",
    UserRequestsStorageDetails "user_requests_storage_details" "Users asking what is stored and where",
    UserRequestsProvision "user_requests_provision" "Users asking for a copy",
}

impl Measure {
    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(Self::ALL, Self::code, code)
    }
}

/// A value as it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Exact(u64),
    /// Between two numbers, both included. Bands need not be aligned: 14–499 was published.
    Band {
        low: u64,
        high: u64,
    },
    /// Published as withheld (`*`).
    Withheld,
    /// Published as not applicable (`-`).
    NotApplicable,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(count) => write!(f, "{count}"),
            Self::Band { low, high } => write!(f, "{low}–{high}"),
            Self::Withheld => f.write_str("*"),
            Self::NotApplicable => f.write_str("–"),
        }
    }
}

/// One published figure. `country` is `None` for all countries together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFigure {
    pub period: Period,
    pub country: Option<Country>,
    pub measure: Measure,
    pub value: Value,
}
