//! The legal profiles: what the law of a jurisdiction asks of each instrument, as data.
//!
//! A profile is a file that counsel can edit; `docs/profiles.md` describes it. [`Written`] is what
//! the file says, and [`Profiles::new`] checks it and makes it [`Profiles`], so that what is wrong
//! never gets further. A finding cites the rule of one instrument and one [`Aspect`]; the rule
//! stands on its elements, and each element is a draft until the company's counsel confirms it (the
//! mission's rule 8). The confirmation holds the hash of the element, so an edited one is a draft
//! again.

mod check;
mod check_deadline;
mod confirmation;
mod written;

use std::collections::BTreeSet;
use std::fmt;

use crate::category::{DemandSet, UnknownCode, find};
use crate::country::Country;
use crate::deadline::{Extension, HolidaysOf, LastDay, OnClarification, Start};
use crate::id::Sha256Hash;
use crate::instrument::{Instrument, NotACode, RuleId};
use crate::request::{Aspect, OnReceipt};

pub use crate::deadline::Time;
pub use check::{Fault, Step};
pub use confirmation::Confirmation;
pub use written::Written;

/// The code of a profile: `eu`, `us`. Of the same form as [`Instrument`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Jurisdiction(String);

impl Jurisdiction {
    pub fn new(text: &str) -> Result<Self, NotACode> {
        Instrument::new(text).map(|code| Self(code.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the law of one jurisdiction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub code: Jurisdiction,
    pub name: String,
    /// What counsel should know beside the elements. No rule rests on them.
    pub notes: Vec<String>,
    pub instruments: Vec<InstrumentLaw>,
}

/// What the law says of one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentLaw {
    pub code: Instrument,
    pub label: String,
    pub description: String,
    pub countries: Countries,
    /// What it can carry; `None` where the law does not say it by kinds of data.
    pub demands: Option<DemandSet>,
    /// Where the law has the company preserve what is asked for as soon as it is received, whatever
    /// else is asked.
    pub preserve_on_receipt: Option<Duty>,
    /// At most one of each kind.
    pub deadlines: Vec<Deadline>,
    /// At least one of each aspect, in the order of the file.
    pub elements: Vec<Element>,
}

/// Something that the law asks by itself, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    pub citation: String,
    pub source: Source,
}

/// The countries whose authorities issue an instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Countries {
    #[default]
    Any,
    Of(BTreeSet<Country>),
}

impl Countries {
    pub fn include(&self, country: Country) -> bool {
        match self {
            Self::Any => true,
            Self::Of(countries) => countries.contains(&country),
        }
    }
}

/// The Member States of the European Union (Treaty on European Union, Art. 52).
const EU_MEMBERS: [&str; 27] = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV",
    "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
];

/// A time that the law sets, and how it is counted where the law says more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub kind: DeadlineKind,
    pub time: Time,
    pub citation: String,
    pub source: Source,
    /// Left out: from receipt.
    pub start: Option<Cited<Start>>,
    /// Left out: a question stops it.
    pub clarification: Option<Cited<OnClarification>>,
    /// Left out: it ends on whatever day it falls.
    pub last_day: Option<Cited<LastDay>>,
    /// There wherever a day off makes a difference.
    pub holidays: Option<Cited<HolidaysOf>>,
    /// Left out: the law does not say it.
    pub extension: Option<Cited<Extension>>,
}

/// What the law says on one point, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited<T> {
    pub says: T,
    pub citation: String,
    pub source: Source,
}

impl Deadline {
    pub fn start(&self) -> Start {
        self.start.as_ref().map(|cited| cited.says).unwrap_or_default()
    }

    pub fn clarification(&self) -> OnClarification {
        self.clarification.as_ref().map(|cited| cited.says).unwrap_or_default()
    }

    pub fn last_day(&self) -> LastDay {
        self.last_day.as_ref().map(|cited| cited.says).unwrap_or_default()
    }

    pub fn extension(&self) -> Extension {
        self.extension.as_ref().map(|cited| cited.says).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadlineKind {
    /// To answer.
    Answer,
    /// To answer in an emergency.
    EmergencyAnswer,
    /// To keep what is to be preserved.
    Preservation,
    /// By which a preservation can be made longer, once.
    Extension,
}

impl DeadlineKind {
    pub const ALL: [Self; 4] =
        [Self::Answer, Self::EmergencyAnswer, Self::Preservation, Self::Extension];

    /// The code used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::EmergencyAnswer => "emergency_answer",
            Self::Preservation => "preservation",
            Self::Extension => "extension",
        }
    }
}

/// Whether somebody has read what is cited. It says nothing of what counsel thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Whoever wrote the profile read it in the source.
    Verified,
    /// Written from memory.
    NotChecked,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::Verified, Self::NotChecked];

    /// The code used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotChecked => "not_checked",
        }
    }
}

/// When an element has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Follows {
    /// As it is looked at.
    AtOnce,
    /// In an emergency by a day that is named.
    Later,
}

/// One question that a lawyer answers by looking at the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The code of its instrument, a dot, and a name without dots.
    pub code: RuleId,
    pub instrument: Instrument,
    pub aspect: Aspect,
    pub text: String,
    /// Law and article.
    pub citation: String,
    pub source: Source,
    /// Whether it may be owed by a day, in an emergency.
    pub follows: Follows,
    sha256: Sha256Hash,
}

impl Element {
    /// What a confirmation holds: a hash over all fields and over the codes of the elements of its
    /// rule, so that neither an element nor the set of them changes unseen.
    pub fn sha256(&self) -> Sha256Hash {
        self.sha256
    }
}

/// The name of an aspect in files and in the rules that findings cite.
pub fn aspect_code(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Officer => "officer",
        Aspect::Instrument => "instrument",
        Aspect::Scope => "scope",
    }
}

fn aspect_of(text: &str) -> Result<Aspect, UnknownCode> {
    find(&Aspect::ALL, aspect_code, text)
}

impl InstrumentLaw {
    /// What its receipt alone obliges to.
    pub fn on_receipt(&self) -> OnReceipt {
        match self.preserve_on_receipt {
            Some(_) => OnReceipt::Preserve,
            None => OnReceipt::Nothing,
        }
    }

    /// The rule that a finding on this aspect cites: `eu_production_order.scope`.
    pub fn rule(&self, aspect: Aspect) -> RuleId {
        rule_of(&self.code, aspect).expect("checked when the profile was read")
    }

    pub fn elements_for(&self, aspect: Aspect) -> impl Iterator<Item = &Element> + Clone {
        self.elements.iter().filter(move |element| element.aspect == aspect)
    }

    pub fn deadline(&self, kind: DeadlineKind) -> Option<&Deadline> {
        self.deadlines.iter().find(|deadline| deadline.kind == kind)
    }
}

fn rule_of(instrument: &Instrument, aspect: Aspect) -> Result<RuleId, NotACode> {
    RuleId::new(&format!("{instrument}.{}", aspect_code(aspect)))
}

/// All profiles together. No code stands twice in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiles {
    all: Vec<Profile>,
}

impl Profiles {
    /// Checks what files say, and tells everything that is wrong. `sha256` hashes elements; this
    /// crate has no hash of its own.
    pub fn new(
        written: &[Written],
        sha256: impl Fn(&[u8]) -> Sha256Hash,
    ) -> Result<Self, Vec<Fault>> {
        check::check(written, &sha256).map(|all| Self { all })
    }

    /// In the order in which they were given.
    pub fn all(&self) -> &[Profile] {
        &self.all
    }

    pub fn instruments(&self) -> impl Iterator<Item = &InstrumentLaw> {
        self.all.iter().flat_map(|profile| &profile.instruments)
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.instruments().flat_map(|instrument| &instrument.elements)
    }

    /// `None` where no profile has it.
    pub fn instrument(&self, code: &Instrument) -> Option<&InstrumentLaw> {
        self.instruments().find(|instrument| instrument.code == *code)
    }

    /// `None` where no profile has it.
    pub fn element(&self, code: &RuleId) -> Option<&Element> {
        self.elements().find(|element| element.code == *code)
    }

    /// The rule that a finding on this aspect of this instrument cites; `None` where no profile has
    /// the instrument.
    pub fn rule(&self, instrument: &Instrument, aspect: Aspect) -> Option<RuleId> {
        self.instrument(instrument).map(|law| law.rule(aspect))
    }

    /// What that rule stands on: nothing where no profile has the instrument.
    pub fn elements_for<'a>(
        &'a self,
        instrument: &Instrument,
        aspect: Aspect,
    ) -> impl Iterator<Item = &'a Element> + use<'a> {
        self.instrument(instrument).into_iter().flat_map(move |law| law.elements_for(aspect))
    }
}
