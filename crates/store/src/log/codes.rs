//! The numbers under which requests are committed, and the codebook that says what they mean.
//!
//! **A number is never given another meaning**: the codebook is sealed in the log, and a verifier
//! rejects one that renames. New meanings get new numbers.

use std::collections::BTreeMap;

use domain::Country;
use domain::band::Process;
use domain::category::Category;
use domain::fact::{Counted, Fact, Ground, Standing};
use domain::submission::Said;
use ledger::codebook::{self, Codebook, PAD, PAD_COUNTRY};
use ledger::commitment::Code;

const USER_DATA: u8 = 1;
const TECHNICAL_EXPERTISE: u8 = 2;
/// Of a submission that holds no request.
const CATEGORY_UNKNOWN: u8 = 254;
const COUNTRY_UNKNOWN: [u8; 2] = *b"ZZ";

const APPROVED: u8 = 1;
const REJECTED: u8 = 2;
const REJECTED_AS_PROHIBITED: u8 = 3;
const PENDING: u8 = 4;
const WITHDRAWN: u8 = 5;
const WITHHELD: u8 = 16;
const PRESERVATION: u8 = 17;
const LINKED: u8 = 18;
const NOT_A_REQUEST: u8 = 19;
const SEALED_IN_ERROR: u8 = 20;
const BANDED_NATIONAL_SECURITY_LETTER: u8 = 21;
const BANDED_ORDER_FOR_CONTENTS: u8 = 22;
const BANDED_ORDER_FOR_NONCONTENTS: u8 = 23;

/// Country and category.
pub(crate) fn record_code(fact: &Fact) -> Code {
    let category = match fact.category {
        Category::UserData => USER_DATA,
        Category::TechnicalExpertise => TECHNICAL_EXPERTISE,
    };
    let country = fact.country.code().as_bytes().try_into().expect("country codes are two letters");
    Code::record(country, category).expect("country codes are capital letters")
}

pub(crate) fn outcome_code(fact: &Fact) -> Code {
    let outcome = match (fact.counted, fact.standing) {
        (Counted::Preservation, _) => PRESERVATION,
        (Counted::Linked, _) => LINKED,
        (Counted::Withheld, _) => WITHHELD,
        (Counted::Banded(process), _) => banded(process),
        (Counted::InSum, Standing::Open) => PENDING,
        (Counted::InSum, Standing::Approved | Standing::ApprovedInPart) => APPROVED,
        (Counted::InSum, Standing::Rejected(Ground::Prohibited)) => REJECTED_AS_PROHIBITED,
        (
            Counted::InSum,
            Standing::Rejected(Ground::NoData | Ground::LegalRequirements | Ground::NotStated),
        ) => REJECTED,
        (Counted::InSum, Standing::Withdrawn) => WITHDRAWN,
    };
    Code::outcome(outcome).expect("outcomes count from 1")
}

fn banded(process: Process) -> u8 {
    match process {
        Process::NationalSecurityLetter => BANDED_NATIONAL_SECURITY_LETTER,
        Process::OrderForContents => BANDED_ORDER_FOR_CONTENTS,
        Process::OrderForNoncontents => BANDED_ORDER_FOR_NONCONTENTS,
    }
}

/// Record and outcome of a submission that holds no request.
pub(crate) fn not_a_request() -> (Code, Code) {
    let record = Code::record(COUNTRY_UNKNOWN, CATEGORY_UNKNOWN).expect("letters, from 1");
    (record, Code::outcome(NOT_A_REQUEST).expect("outcomes count from 1"))
}

/// The outcome of what was said of whether a submission holds a request.
pub(crate) fn said(said: Said) -> Code {
    let outcome = match said {
        Said::NotARequest(_) => NOT_A_REQUEST,
        Said::TakenBack => SEALED_IN_ERROR,
    };
    Code::outcome(outcome).expect("outcomes count from 1")
}

/// Record and outcome of a pad.
pub(crate) fn pad() -> (Code, Code) {
    let record = Code::record(PAD_COUNTRY, PAD).expect("letters, from 1");
    (record, Code::outcome(PAD).expect("outcomes count from 1"))
}

/// The codebook that follows on one without pads; `None` where it has them.
pub(crate) fn with_pads(before: Codebook) -> Option<Codebook> {
    if before.has_pads() {
        return None;
    }
    let Codebook { version, mut countries, mut categories, mut outcomes } = before;
    countries.insert("QZ".to_owned(), "pad".to_owned());
    let category = codebook::Category { name: "pad".to_owned(), outcomes: vec![PAD] };
    categories.insert(PAD, category);
    let outcome = codebook::Outcome { name: "pad".to_owned(), in_total: false };
    outcomes.insert(PAD, outcome);
    Some(Codebook { version: version + 1, countries, categories, outcomes })
}

/// Whether a codebook has the outcomes of what is told in bands.
pub(crate) fn has_bands(codebook: &Codebook) -> bool {
    Process::ALL.into_iter().all(|process| codebook.outcomes.contains_key(&banded(process)))
}

/// The codebook that follows on one without these outcomes; `None` where it has them.
pub(crate) fn with_bands(before: Codebook) -> Option<Codebook> {
    if has_bands(&before) {
        return None;
    }
    let Codebook { version, countries, mut categories, mut outcomes } = before;
    for process in Process::ALL {
        let name = Counted::Banded(process).code().to_owned();
        outcomes.insert(banded(process), codebook::Outcome { name, in_total: false });
        for category in [USER_DATA, TECHNICAL_EXPERTISE] {
            categories.entry(category).and_modify(|of| of.outcomes.push(banded(process)));
        }
    }
    Some(Codebook { version: version + 1, countries, categories, outcomes })
}

/// What the numbers mean, as it is sealed and published.
pub fn codebook() -> Codebook {
    let countries: BTreeMap<_, _> = Country::all()
        .map(|country| (country.code().to_owned(), country.name().to_owned()))
        .collect();
    let of_requests = vec![
        APPROVED,
        REJECTED,
        REJECTED_AS_PROHIBITED,
        PENDING,
        WITHDRAWN,
        WITHHELD,
        PRESERVATION,
        LINKED,
        SEALED_IN_ERROR,
    ];
    let category = |name: &str, outcomes: &[u8]| codebook::Category {
        name: name.to_owned(),
        outcomes: outcomes.to_vec(),
    };
    let categories = BTreeMap::from([
        (USER_DATA, category(Category::UserData.code(), &of_requests)),
        (TECHNICAL_EXPERTISE, category(Category::TechnicalExpertise.code(), &of_requests)),
        (CATEGORY_UNKNOWN, category("unknown", &[PENDING, NOT_A_REQUEST, SEALED_IN_ERROR])),
    ]);
    let outcome = |(code, name, in_total): (u8, &str, bool)| {
        (code, codebook::Outcome { name: name.to_owned(), in_total })
    };
    let outcomes = [
        (APPROVED, "approved", true),
        (REJECTED, "rejected", true),
        (REJECTED_AS_PROHIBITED, "rejected_as_prohibited", true),
        (PENDING, "pending", true),
        (WITHDRAWN, "withdrawn", true),
        (WITHHELD, "withheld", false),
        (PRESERVATION, "preservation", false),
        (LINKED, "linked", false),
        (NOT_A_REQUEST, "not_a_request", false),
        (SEALED_IN_ERROR, "sealed_in_error", false),
    ];
    let outcomes = outcomes.map(outcome).into();
    Codebook { version: 1, countries, categories, outcomes }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pads and bands may come in either order, and a later codebook only adds.
    #[test]
    fn pads_and_bands_come_in_either_order() {
        let first = codebook();
        let one = with_pads(with_bands(first.clone()).expect("has none")).expect("has none");
        let other = with_bands(with_pads(first.clone()).expect("has none")).expect("has none");
        assert_eq!(one, other);
        assert_eq!((one.version, one.has_pads(), has_bands(&one)), (3, true, true));
        assert_eq!(with_bands(one.clone()), None);
        assert_eq!(with_pads(one), None);
        let pads = with_pads(first.clone()).expect("has none");
        for (later, earlier) in [
            (with_bands(first.clone()).expect("has none"), first),
            (with_bands(pads.clone()).expect("has none"), pads),
        ] {
            assert_eq!(later.extends(&earlier), Ok(()));
            assert_eq!(Codebook::from_json(&later.to_json()), Ok(later));
        }
    }

    /// What stands in the log can be opened by what the codebook says, whatever it is.
    #[test]
    fn every_outcome_has_its_code_and_none_is_given_twice() {
        let book = with_bands(codebook()).expect("has none");
        let fact = |counted| Fact {
            received_on: jiff::civil::date(2026, 3, 1),
            country: Country::from_code("US").expect("a country"),
            category: Category::UserData,
            demands: domain::DemandSet::from_iter([domain::Demand::Content]),
            urgency: domain::fact::Urgency::Ordinary,
            standing: Standing::Open,
            settled_on: None,
            counted,
            accounts_specified: Some(1),
            accounts_disclosed: None,
            paperwork: domain::fact::Paperwork::NotOwed,
        };
        let mut named = BTreeMap::new();
        for counted in Counted::ALL {
            let (record, outcome) = (record_code(&fact(counted)), outcome_code(&fact(counted)));
            assert!(book.allows(record, outcome), "{counted:?}");
            let name = book.outcomes[&outcome.of_outcome()].name.clone();
            assert_eq!(named.insert(name, counted), None);
        }
        let names: Vec<_> = named.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "banded_national_security_letter",
                "banded_order_for_contents",
                "banded_order_for_noncontents",
                "linked",
                "pending",
                "preservation",
                "withheld",
            ]
        );
        // Sealed in logs that exist: these numbers never change.
        let codes = Process::ALL.map(banded);
        assert_eq!(codes, [21, 22, 23]);
    }
}
