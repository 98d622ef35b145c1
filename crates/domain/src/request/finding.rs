//! The three independent findings of verification.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, VerificationId};
use crate::instrument::RuleId;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The officer is real.
    Officer,
    /// The instrument is valid.
    Instrument,
    /// The scope is lawful, no wider than the instrument, and may go to that country.
    Scope,
}

impl Aspect {
    pub const ALL: [Self; 3] = [Self::Officer, Self::Instrument, Self::Scope];
}

/// What was found, and by which confirmed rule of law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub by: PersonId,
    pub rule: RuleId,
    /// The elements of the rule that were found to be there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub checked: BTreeSet<RuleId>,
    pub verdict: Verdict,
    /// Of the officer: the record that showed that they are real, where the finding stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<VerificationId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    Stands,
    /// For scope: stands, on this basis for the transfer to the country.
    StandsFor {
        transfer: TransferBasis,
    },
    DoesNotStand {
        /// One at least.
        #[serde(rename = "defect")]
        defects: DefectSet,
    },
    /// For the instrument in an emergency alone: the paperwork follows by the day named.
    Owed {
        until: Date,
        basis: LegalBasis,
    },
}

/// What lets data go to a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferBasis {
    /// The authority and the company stand under one law.
    SameJurisdiction,
    /// An agreement between states (GDPR Art. 48).
    InternationalAgreement,
    /// The Commission found the country's protection adequate (GDPR Art. 45).
    AdequacyDecision,
    /// Safeguards that bind who receives it, and rights that can be enforced (GDPR Art. 46).
    AppropriateSafeguards,
    /// A derogation for a specific situation (GDPR Art. 49).
    Derogation,
    /// No personal data is asked for.
    NoPersonalData,
}

/// What lets an answer go before its instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    /// Danger of death or serious injury (18 USC 2702(b)(8)).
    UsEmergencyDisclosure,
    /// Emergency case with validation afterwards (Regulation (EU) 2023/1543, Art. 4(5)).
    EuEmergencyOrder,
    /// Vital interests (GDPR Art. 6(1)(d), 49(1)(f)).
    VitalInterests,
}

/// Why a finding does not stand: what an addressee may say of an order (Regulation (EU) 2023/1543,
/// Annex III, Form 3), and for what else providers refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    OfficerNotVerified,
    AuthorityNotCompetent,
    NoInstrument,
    InstrumentInvalid,
    Incomplete,
    ManifestError,
    WrongIdentifier,
    Overbroad,
    JudicialCooperationRequired,
    ConflictOfLaws,
    ImmunityOrPrivilege,
    NotEnoughInformation,
    OffenceNotCovered,
    ServiceNotCovered,
    /// Through no fault of the company nobody could do it.
    DeFactoImpossibility,
}

impl Defect {
    pub const ALL: [Self; 15] = [
        Self::OfficerNotVerified,
        Self::AuthorityNotCompetent,
        Self::NoInstrument,
        Self::InstrumentInvalid,
        Self::Incomplete,
        Self::ManifestError,
        Self::NotEnoughInformation,
        Self::WrongIdentifier,
        Self::Overbroad,
        Self::OffenceNotCovered,
        Self::ServiceNotCovered,
        Self::JudicialCooperationRequired,
        Self::ConflictOfLaws,
        Self::ImmunityOrPrivilege,
        Self::DeFactoImpossibility,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Some of them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "DefectsTold", into = "DefectsTold")]
pub struct DefectSet(u16);

impl DefectSet {
    pub const fn one(defect: Defect) -> Self {
        Self(defect.bit())
    }

    pub fn contains(self, defect: Defect) -> bool {
        self.0 & defect.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of [`Defect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Defect> {
        Defect::ALL.into_iter().filter(move |defect| self.contains(*defect))
    }
}

impl std::fmt::Debug for DefectSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Defect> for DefectSet {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Self {
        Self(defects.into_iter().fold(0, |bits, defect| bits | defect.bit()))
    }
}

/// As events tell them: one alone as before there could be several.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum DefectsTold {
    One(Defect),
    Several(Vec<Defect>),
}

impl From<DefectSet> for DefectsTold {
    fn from(set: DefectSet) -> Self {
        let mut defects: Vec<_> = set.iter().collect();
        match defects.pop() {
            Some(one) if defects.is_empty() => Self::One(one),
            last => Self::Several(defects.into_iter().chain(last).collect()),
        }
    }
}

impl From<DefectsTold> for DefectSet {
    fn from(told: DefectsTold) -> Self {
        match told {
            DefectsTold::One(defect) => Self::one(defect),
            DefectsTold::Several(defects) => defects.into_iter().collect(),
        }
    }
}

/// Up to one finding for each aspect; a later one replaces an earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    officer: Option<Finding>,
    instrument: Option<Finding>,
    scope: Option<Finding>,
    /// Whoever recorded one, replaced ones included: a verifier stays one.
    verifiers: BTreeSet<PersonId>,
    /// The day that was named first for paperwork that is owed, whatever was found since.
    owed_first: Option<Date>,
}

impl Findings {
    pub fn get(&self, aspect: Aspect) -> Option<&Finding> {
        match aspect {
            Aspect::Officer => self.officer.as_ref(),
            Aspect::Instrument => self.instrument.as_ref(),
            Aspect::Scope => self.scope.as_ref(),
        }
    }

    pub(super) fn set(&mut self, aspect: Aspect, finding: Finding) {
        self.verifiers.insert(finding.by);
        if let Verdict::Owed { until, .. } = finding.verdict {
            self.owed_first.get_or_insert(until);
        }
        let slot = match aspect {
            Aspect::Officer => &mut self.officer,
            Aspect::Instrument => &mut self.instrument,
            Aspect::Scope => &mut self.scope,
        };
        *slot = Some(finding);
    }

    /// What was found once is to be found anew; who found it stays a verifier.
    pub(super) fn forget(&mut self, aspect: Aspect) {
        match aspect {
            Aspect::Officer => self.officer = None,
            Aspect::Instrument => self.instrument = None,
            Aspect::Scope => self.scope = None,
        }
    }

    /// Whether all three were found to stand, or are owed.
    pub(super) fn are_whole(&self) -> bool {
        self.verdicts().all(|verdict| verdict.is_some()) && !self.have_defect()
    }

    /// Whether the paperwork of an emergency is out: owed still, or struck since it did not come.
    pub fn instrument_is_out(&self) -> bool {
        match self.instrument.as_ref().map(|finding| finding.verdict) {
            Some(Verdict::Owed { .. }) => true,
            Some(Verdict::DoesNotStand { defects }) => defects.contains(Defect::NoInstrument),
            Some(Verdict::Stands | Verdict::StandsFor { .. }) | None => false,
        }
    }

    /// A court or the calendar took the instrument away.
    pub(super) fn strike_instrument(&mut self, defect: Defect) {
        if let Some(finding) = &mut self.instrument {
            finding.verdict = Verdict::DoesNotStand { defects: DefectSet::one(defect) };
        }
    }

    fn verdicts(&self) -> impl Iterator<Item = Option<Verdict>> {
        Aspect::ALL.into_iter().map(|aspect| self.get(aspect).map(|finding| finding.verdict))
    }

    /// Whether all three stand; an instrument owed stands until its day has passed.
    pub fn stand_on(&self, today: Date) -> bool {
        self.verdicts().all(|verdict| match verdict {
            Some(Verdict::Stands | Verdict::StandsFor { .. }) => true,
            Some(Verdict::Owed { until, .. }) => today <= until,
            Some(Verdict::DoesNotStand { .. }) | None => false,
        })
    }

    /// The day by which an instrument is owed, where one is.
    pub fn owed_until(&self) -> Option<Date> {
        self.verdicts().flatten().find_map(|verdict| match verdict {
            Verdict::Owed { until, .. } => Some(until),
            Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. } => None,
        })
    }

    /// The day that was named first for paperwork that is owed, whatever was found since.
    pub(super) fn owed_first(&self) -> Option<Date> {
        self.owed_first
    }

    /// Whether one was found not to stand.
    pub fn have_defect(&self) -> bool {
        self.verdicts().flatten().any(|v| matches!(v, Verdict::DoesNotStand { .. }))
    }

    /// Whoever recorded one, replaced ones included.
    pub fn verifiers(&self) -> &BTreeSet<PersonId> {
        &self.verifiers
    }

    pub fn recorded_by(&self, person: PersonId) -> bool {
        self.verifiers.contains(&person)
    }
}
