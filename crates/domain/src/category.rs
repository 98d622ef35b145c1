//! What is asked for: two categories, and the kinds of demand in each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The category of a request. A letter that asks for both is split into two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Information about a person who uses a product.
    UserData,
    /// Non-personal technical information and expertise.
    TechnicalExpertise,
}

impl Category {
    pub const ALL: [Self; 2] = [Self::UserData, Self::TechnicalExpertise];

    /// The code used in files and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::UserData => "user_data",
            Self::TechnicalExpertise => "technical_expertise",
        }
    }
}

impl FromStr for Category {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, text)
    }
}

/// A code that stands in no list; says which ones do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    pub given: String,
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not one of {}", self.given, self.known.join(", "))
    }
}

impl std::error::Error for UnknownCode {}

/// Finds the value whose code is `text` among `all`.
pub(crate) fn find<T: Copy>(
    all: &[T],
    code: impl Fn(T) -> &'static str,
    text: &str,
) -> Result<T, UnknownCode> {
    all.iter().copied().find(|value| code(*value) == text).ok_or_else(|| UnknownCode {
        given: text.to_owned(),
        known: all.iter().copied().map(code).collect(),
    })
}

macro_rules! demands {
    ($($variant:ident $code:literal $label:literal),+ $(,)?) => {
        /// One kind of thing that a request asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Demand { $($variant),+ }

        impl Demand {
            pub const ALL: [Self; 13] = [$(Self::$variant),+];

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

demands! {
    Registration "registration" "registration data",
    Licence "licence" "licence data",
    Connection "connection" "connection data",
    Content "content" "content data",
    Preservation "preservation" "preservation",
    Indicators "indicators" "indicators of compromise",
    ModusOperandi "modus_operandi" "modus operandi",
    ReverseEngineering "reverse_engineering" "results of reverse engineering",
    Statistics "statistics" "statistics",
    Research "research" "research results",
    EncryptionKeys "encryption_keys" "encryption keys",
    UndeclaredCapabilities "undeclared_capabilities" "undeclared capabilities",
    DirectAccess "direct_access" "direct access",
}

/// Which requests may hold a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandClass {
    Of(Category),
    /// In either category, alone with its like, and only ever declined.
    Prohibited,
}

impl Demand {
    pub fn class(self) -> DemandClass {
        match self {
            Self::Registration
            | Self::Licence
            | Self::Connection
            | Self::Content
            | Self::Preservation => DemandClass::Of(Category::UserData),
            Self::Indicators
            | Self::ModusOperandi
            | Self::ReverseEngineering
            | Self::Statistics
            | Self::Research => DemandClass::Of(Category::TechnicalExpertise),
            Self::EncryptionKeys | Self::UndeclaredCapabilities | Self::DirectAccess => {
                DemandClass::Prohibited
            }
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl FromStr for Demand {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, text)
    }
}

/// A set of demands; in the database one number, bit *i* for the *i*-th of [`Demand::ALL`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(from = "Vec<Demand>", into = "Vec<Demand>")]
pub struct DemandSet(u16);

impl DemandSet {
    pub fn bits(self) -> u16 {
        self.0
    }

    /// `None` where a bit belongs to no demand.
    pub fn from_bits(bits: u16) -> Option<Self> {
        (bits >> Demand::ALL.len() == 0).then_some(Self(bits))
    }

    pub fn insert(&mut self, demand: Demand) {
        self.0 |= demand.bit();
    }

    pub fn contains(self, demand: Demand) -> bool {
        self.0 & demand.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Demand> {
        Demand::ALL.into_iter().filter(move |demand| self.contains(*demand))
    }

    pub fn has_prohibited(self) -> bool {
        self.iter().any(|demand| demand.class() == DemandClass::Prohibited)
    }

    /// Whether nothing is asked but to preserve.
    pub fn is_preservation_only(self) -> bool {
        self == Self::from_iter([Demand::Preservation])
    }

    /// Why these demands can't stand together in one request of this category.
    pub fn fault_in(self, category: Category) -> Option<DemandFault> {
        if self.is_empty() {
            return Some(DemandFault::None);
        }
        let prohibited = self.iter().filter(|d| d.class() == DemandClass::Prohibited).count();
        if prohibited > 0 && prohibited < self.iter().count() {
            return Some(DemandFault::ProhibitedBesideOthers);
        }
        self.iter()
            .find(|demand| match demand.class() {
                DemandClass::Of(of) => of != category,
                DemandClass::Prohibited => false,
            })
            .map(|demand| DemandFault::OtherCategory { demand, category })
    }
}

/// Why demands can't stand together in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemandFault {
    #[error("a request asks for something: there is no demand")]
    None,
    #[error("a prohibited demand stands beside another; it is a request of its own")]
    ProhibitedBesideOthers,
    #[error("`{}` can't be asked for in a request for {}", demand.code(), category.code())]
    OtherCategory { demand: Demand, category: Category },
}

impl FromIterator<Demand> for DemandSet {
    fn from_iter<I: IntoIterator<Item = Demand>>(demands: I) -> Self {
        let mut set = Self::default();
        demands.into_iter().for_each(|demand| set.insert(demand));
        set
    }
}

impl From<Vec<Demand>> for DemandSet {
    fn from(demands: Vec<Demand>) -> Self {
        demands.into_iter().collect()
    }
}

impl From<DemandSet> for Vec<Demand> {
    fn from(set: DemandSet) -> Self {
        set.iter().collect()
    }
}
