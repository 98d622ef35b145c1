//! Codebooks: one form, and later ones only add.

#[path = "common/golden.rs"]
mod golden;

use golden::golden;
use ledger::codebook::{
    CODEBOOKS_MAX, Category, Codebook, CodebookError, Codebooks, Outcome, Renamed,
};
use ledger::commitment::Code;

fn codebook() -> Codebook {
    let category = |name: &str, outcomes: &[u8]| Category {
        name: name.to_owned(),
        outcomes: outcomes.to_vec(),
    };
    let outcome = |name: &str, in_total: bool| Outcome { name: name.to_owned(), in_total };
    let country = |code: &str, name: &str| (code.to_owned(), name.to_owned());
    Codebook {
        version: 2,
        countries: [country("RU", "Rußland"), country("DE", "Germany"), country("QZ", "(pad)")]
            .into(),
        categories: [
            (1, category("Removal", &[1, 2, 9])),
            (2, category("Other", &[])),
            (10, category("Data", &[1])),
        ]
        .into(),
        outcomes: [
            (1, outcome("approved", true)),
            (2, outcome("rejected", true)),
            (9, outcome("withheld", false)),
        ]
        .into(),
    }
}

#[test]
fn a_codebook_has_the_bytes_and_the_hash_it_always_had() {
    let json = golden("codebook.json");
    assert_eq!(String::from_utf8(codebook().to_json()).ok().as_deref(), Some(json.as_str()));
    assert_eq!(codebook().hash().to_string(), golden("codebook-hash.hex").trim_end());
    assert_eq!(Codebook::from_json(json.as_bytes()), Ok(codebook()));
}

#[test]
fn another_form_of_the_same_codebook_is_rejected() {
    let json = golden("codebook.json");
    for other in [
        format!("{json}\n"),
        format!(" {json}"),
        json.replacen(':', ": ", 1),
        json.replacen("\"version\":2", "\"version\":2,\"version\":2", 1),
        json.replacen("\"DE\":\"Germany\"", "\"DE\":\"Germany\",\"DE\":\"Germany\"", 1),
        // Two meanings of one code: the last one would count.
        json.replacen("\"DE\":\"Germany\"", "\"DE\":\"Russia\",\"DE\":\"Germany\"", 1),
        json.replacen("ß", "\\u00df", 1),
        json.replacen("\"10\":", "\"010\":", 1),
    ] {
        let error = Codebook::from_json(other.as_bytes()).expect_err(&other);
        assert!(
            matches!(error, CodebookError::NotCanonical | CodebookError::Malformed(_)),
            "{error}"
        );
    }
}

/// Read again from what it writes.
fn check_malformed(change: impl FnOnce(&mut Codebook), expected: &str) {
    let mut codebook = codebook();
    change(&mut codebook);
    match Codebook::from_json(&codebook.to_json()) {
        Err(CodebookError::Malformed(what)) => assert!(what.contains(expected), "{what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_codebook_is_rejected() {
    for json in ["", "{}", "[]", "null", "{\"version\":1}"] {
        let read = Codebook::from_json(json.as_bytes());
        assert!(matches!(read, Err(CodebookError::Malformed(_))), "{json}: {read:?}");
    }
    let more = golden("codebook.json").replacen('{', "{\"a\":1,", 1);
    let read = Codebook::from_json(more.as_bytes());
    assert!(matches!(read, Err(CodebookError::Malformed(_))), "{read:?}");
}

#[test]
fn codes_that_no_commitment_can_hold_are_rejected() {
    for country in ["", "D", "DEU", "de", "D1", "ÄÖ"] {
        check_malformed(
            |codebook| {
                codebook.countries.insert(country.to_owned(), "a country".to_owned());
            },
            "not two capital letters",
        );
    }
    let category = codebook().categories[&1].clone();
    check_malformed(
        |codebook| {
            codebook.categories.insert(0, category);
        },
        "count from 1",
    );
    let outcome = codebook().outcomes[&1].clone();
    check_malformed(
        |codebook| {
            codebook.outcomes.insert(0, outcome);
        },
        "count from 1",
    );
}

#[test]
fn a_version_counts_from_1() {
    check_malformed(|codebook| codebook.version = 0, "count from 1");
}

#[test]
fn a_category_that_allows_an_unknown_outcome_is_rejected() {
    check_malformed(
        |codebook| codebook.categories.entry(2).or_insert_with(|| unreachable!()).outcomes.push(7),
        "unknown outcome 7",
    );
}

#[test]
fn a_cell_is_one_that_the_codebook_lists() {
    let codebook = codebook();
    let allows = |country: &[u8; 2], category, outcome| {
        let record = Code::record(*country, category).expect("a code");
        codebook.allows(record, Code::outcome(outcome).expect("a code"))
    };
    assert!(allows(b"RU", 1, 9));
    assert!(allows(b"DE", 10, 1));
    assert!(!allows(b"FR", 1, 1), "country");
    assert!(!allows(b"RU", 3, 1), "category");
    assert!(!allows(b"RU", 10, 2), "outcome of another category");
    assert!(!allows(b"RU", 1, 3), "outcome");
    let (record, outcome) =
        (Code::record(*b"RU", 1).expect("a code"), Code::outcome(1).expect("a code"));
    assert!(!codebook.allows(outcome, record), "swapped");
    assert!(!codebook.allows(outcome, outcome));
    assert!(!codebook.allows(record, record));
}

fn later(change: impl FnOnce(&mut Codebook)) -> Result<(), CodebookError> {
    let mut later = codebook();
    later.version += 1;
    change(&mut later);
    later.extends(&codebook())
}

#[test]
fn a_later_codebook_may_add() {
    let added = later(|codebook| {
        codebook.countries.insert("FR".to_owned(), "France".to_owned());
        codebook.outcomes.insert(3, Outcome { name: "pending".to_owned(), in_total: true });
        let outcomes = vec![3];
        codebook.categories.insert(3, Category { name: "New".to_owned(), outcomes });
        if let Some(category) = codebook.categories.get_mut(&2) {
            category.outcomes.push(3);
        }
    });
    assert_eq!(added, Ok(()));
    assert_eq!(later(|_| {}), Ok(()));
}

/// Countries change their names; what the letters stand for is ISO's.
#[test]
fn a_later_codebook_may_name_a_country_anew() {
    let renamed = later(|codebook| {
        codebook.countries.insert("RU".to_owned(), "Russia".to_owned());
    });
    assert_eq!(renamed, Ok(()));
}

#[test]
fn countries_that_were_named_anew_are_told() {
    let mut codebooks = Codebooks::default();
    assert_eq!(codebooks.renamed(), []);
    let names = [("Rußland", "Germany"), ("Russia", "Germany"), ("Russia", "Germany, and more")];
    for (version, (russia, germany)) in (2..).zip(names.iter().chain(&names[..1])) {
        let mut codebook = Codebook { version, ..codebook() };
        codebook.countries.insert("RU".to_owned(), (*russia).to_owned());
        codebook.countries.insert("DE".to_owned(), (*germany).to_owned());
        assert_eq!(codebooks.add(u64::from(version) * 10, codebook), Ok(()));
        if version == 2 {
            assert_eq!(codebooks.renamed(), []);
        }
    }
    let renamed = |country: &str, names: &[&str]| Renamed {
        country: country.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(
        codebooks.renamed(),
        [
            renamed("DE", &["Germany", "Germany, and more", "Germany"]),
            // And back again, which the first and the last alone would hide.
            renamed("RU", &["Rußland", "Russia", "Rußland"]),
        ]
    );
}

#[test]
fn the_codebook_in_force_at_a_leaf_is_the_last_one_before_it() {
    let mut codebooks = Codebooks::default();
    for (index, version) in [(3, 2), (7, 3)] {
        assert_eq!(codebooks.add(index, Codebook { version, ..codebook() }), Ok(()));
    }
    let version = |leaf| codebooks.at(leaf).map(|codebook| codebook.version);
    let versions: Vec<_> = [0, 3, 4, 7, 8, u64::MAX].map(version).into();
    assert_eq!(versions, [None, None, Some(2), Some(2), Some(3), Some(3)]);
    assert_eq!(codebooks.in_force().map(|codebook| codebook.version), Some(3));
    let error = CodebookError::Version { before: 3, found: 3 };
    assert_eq!(codebooks.add(9, Codebook { version: 3, ..codebook() }), Err(error));
}

#[test]
fn more_codebooks_than_are_read_are_rejected() {
    let mut codebooks = Codebooks::default();
    for version in (2..).take(CODEBOOKS_MAX) {
        assert_eq!(codebooks.add(version.into(), Codebook { version, ..codebook() }), Ok(()));
    }
    let next = Codebook { version: CODEBOOKS_MAX as u32 + 2, ..codebook() };
    assert_eq!(codebooks.add(u64::MAX, next), Err(CodebookError::TooMany));
}

#[test]
fn a_code_is_known_by_all_its_parts() {
    let codebook = codebook();
    let record = |country: &[u8; 2], category| Code::record(*country, category).expect("a code");
    let outcome = |outcome| Code::outcome(outcome).expect("a code");
    assert!(codebook.knows(record(b"RU", 1)) && codebook.knows(outcome(9)));
    assert!(!codebook.knows(record(b"FR", 1)) && !codebook.knows(record(b"RU", 3)));
    assert!(!codebook.knows(outcome(3)));
}

#[test]
fn a_later_codebook_may_not_rename_or_drop() {
    let renamed =
        |what: &str, name: &str| Err(CodebookError::Renamed(what.to_owned(), name.to_owned()));
    let change = |code: u8, change: fn(&mut Category)| {
        later(|codebook| codebook.categories.get_mut(&code).into_iter().for_each(change))
    };
    assert_eq!(change(1, |c| c.name.push('s')), renamed("category 1", "Removal"));
    assert_eq!(change(1, |c| c.outcomes.truncate(2)), renamed("category 1", "Removal"));
    let dropped = later(|codebook| {
        codebook.categories.remove(&10);
    });
    assert_eq!(dropped, renamed("category 10", "Data"));
    let change = |code: u8, change: fn(&mut Outcome)| {
        later(|codebook| codebook.outcomes.get_mut(&code).into_iter().for_each(change))
    };
    assert_eq!(change(2, |o| o.name.clear()), renamed("outcome 2", "rejected"));
    assert_eq!(change(9, |o| o.in_total = true), renamed("outcome 9", "withheld"));
    let dropped = later(|codebook| {
        codebook.outcomes.remove(&9);
    });
    assert_eq!(dropped, renamed("outcome 9", "withheld"));
    let dropped = later(|codebook| {
        codebook.countries.remove("DE");
    });
    assert_eq!(dropped, renamed("DE", "Germany"));
}

#[test]
fn versions_follow_each_other_by_one() {
    for found in [0, 1, 2, 4, u32::MAX] {
        let error = later(|codebook| codebook.version = found);
        assert_eq!(error, Err(CodebookError::Version { before: 2, found }));
    }
}

#[test]
fn nothing_follows_the_last_version() {
    let last = Codebook { version: u32::MAX, ..codebook() };
    for found in [0, 1, u32::MAX] {
        let error = Codebook { version: found, ..codebook() }.extends(&last);
        assert_eq!(error, Err(CodebookError::Version { before: u32::MAX, found }));
    }
}
