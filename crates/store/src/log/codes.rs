//! The numbers under which requests are committed, and the codebook that says what they mean.
//!
//! **A number is never given another meaning**: the codebook is sealed in the log, and a verifier
//! rejects one that renames. New meanings get new numbers.

use std::collections::BTreeMap;

use domain::Country;
use domain::category::Category;
use domain::fact::{Counted, Fact, Ground, Standing};
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

/// Record and outcome of a submission that holds no request.
pub(crate) fn not_a_request() -> (Code, Code) {
    let record = Code::record(COUNTRY_UNKNOWN, CATEGORY_UNKNOWN).expect("letters, from 1");
    (record, Code::outcome(NOT_A_REQUEST).expect("outcomes count from 1"))
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
