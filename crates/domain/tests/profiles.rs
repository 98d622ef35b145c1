//! Profiles as data: what supports a finding, and each thing that can be wrong with a file.
//!
//! The files are written as JSON here; `app` reads TOML into the same types.

use std::collections::BTreeMap;

use domain::Country;
use domain::category::{Demand, DemandSet};
use domain::id::Sha256Hash;
use domain::instrument::{Instrument, RuleId};
use domain::profile::{Countries, DeadlineKind, Fault, Profiles, Source, Step, Time, Written};
use domain::request::Aspect;
use serde_json::{Value, json};

/// Stands in for SHA-256, which this crate has not: different for each input that occurs here.
fn hash(bytes: &[u8]) -> Sha256Hash {
    let mut hash = [0_u8; 32];
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for (at, byte) in bytes.iter().enumerate() {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        hash[at % 32] ^= (state >> 32) as u8;
    }
    hash[..8].copy_from_slice(&state.to_be_bytes());
    Sha256Hash(hash)
}

fn element(code: &str, aspect: &str) -> Value {
    json!({
        "code": code,
        "aspect": aspect,
        "text": "Is it there?",
        "citation": "Law, Art. 1",
        "source": "verified",
    })
}

fn order(code: &str) -> Value {
    json!({
        "code": code,
        "label": "order",
        "description": "An order.",
        "countries": ["eu", "CH"],
        "demands": ["registration", "content"],
        "deadline": [
            { "kind": "answer", "days": 10, "citation": "Art. 2", "source": "verified" },
            { "kind": "emergency_answer", "hours": 8, "citation": "Art. 2", "source": "not_checked" },
        ],
        "element": [
            element(&format!("{code}.court"), "officer"),
            element(&format!("{code}.channel"), "officer"),
            element(&format!("{code}.seal"), "instrument"),
            element(&format!("{code}.width"), "scope"),
        ],
    })
}

fn profile(code: &str, instruments: &[Value]) -> Value {
    json!({ "code": code, "name": "Xland", "notes": [], "instrument": instruments })
}

fn read(profiles: &[Value]) -> Result<Profiles, Vec<Fault>> {
    let written: Vec<Written> = profiles
        .iter()
        .map(|profile| serde_json::from_value(profile.clone()).expect("every key is known"))
        .collect();
    Profiles::new(&written, hash)
}

fn sound(profiles: &[Value]) -> Profiles {
    read(profiles).expect("no faults")
}

fn instrument(code: &str) -> Instrument {
    Instrument::new(code).expect("a code")
}

fn rule(code: &str) -> RuleId {
    RuleId::new(code).expect("a code")
}

/// What is done to a profile, or to an instrument of it.
type Edit = fn(&mut Value);

fn codes<'a>(codes: impl IntoIterator<Item = &'a RuleId>) -> Vec<&'a str> {
    codes.into_iter().map(RuleId::as_str).collect()
}

#[test]
fn a_profile_is_read_as_it_is_written() {
    let mut other = order("other");
    other["countries"] = json!(["any"]);
    other.as_object_mut().expect("an object").remove("demands");
    let profiles = sound(&[profile("xx", &[order("order"), other])]);

    let law = profiles.instrument(&instrument("order")).expect("it is there");
    assert_eq!(law.demands, Some(DemandSet::from_iter([Demand::Registration, Demand::Content])));
    let days = law.deadline(DeadlineKind::Answer).expect("a deadline");
    assert!(matches!(days.time, Time::Days(days) if days.get() == 10));
    let hours = law.deadline(DeadlineKind::EmergencyAnswer).expect("a deadline");
    assert!(matches!(hours.time, Time::Hours(hours) if hours.get() == 8));
    assert_eq!(hours.source, Source::NotChecked);
    assert_eq!(law.deadline(DeadlineKind::Preservation), None);
    for (code, included) in
        [("DE", true), ("CH", true), ("GB", false), ("US", false), ("EU", false)]
    {
        let country = Country::from_code(code).expect("a country");
        assert_eq!(law.countries.include(country), included, "{code}");
    }
    assert!(matches!(&law.countries, Countries::Of(countries) if countries.len() == 28));

    let other = profiles.instrument(&instrument("other")).expect("it is there");
    assert_eq!((&other.countries, other.demands), (&Countries::Any, None));
    assert_eq!(profiles.instrument(&instrument("third")), None);
}

#[test]
fn rules_and_elements_are_found_by_instrument_and_code() {
    let profiles = sound(&[profile("xx", &[order("a")]), profile("yy", &[order("b")])]);
    let of = |code: &str, aspect| {
        let elements = profiles.elements_for(&instrument(code), aspect);
        elements.map(|element| element.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("b", Aspect::Officer), ["b.court", "b.channel"]);
    assert_eq!(of("b", Aspect::Scope), ["b.width"]);
    assert!(of("c", Aspect::Scope).is_empty());
    assert_eq!(profiles.rule(&instrument("a"), Aspect::Instrument), Some(rule("a.instrument")));
    assert_eq!(profiles.rule(&instrument("c"), Aspect::Instrument), None);
    let element = profiles.element(&rule("b.seal")).expect("it is there");
    assert_eq!((&element.instrument, element.aspect), (&instrument("b"), Aspect::Instrument));
    assert_eq!(profiles.element(&rule("b.scope")), None);
}

/// What is confirmed, what is then done to the file, and what is left: rules, drafts, changed.
#[test]
fn a_rule_supports_a_finding_while_each_element_is_as_counsel_confirmed_it() {
    type Case<'a> = (&'a str, &'a [&'a str], Edit, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let all = ["order.channel", "order.court", "order.seal", "order.width"];
    let rules = ["order.instrument", "order.officer", "order.scope"];
    let without_officer = ["order.instrument", "order.scope"];
    let cases: [Case<'_>; 12] = [
        ("nothing confirmed", &[], |_| {}, &[], &all, &[]),
        ("all confirmed", &all, |_| {}, &rules, &[], &[]),
        (
            "one of a rule's elements is missing",
            &all[1..],
            |_| {},
            &without_officer,
            &["order.channel"],
            &[],
        ),
        (
            "the text is another",
            &all,
            |order| order["element"][3]["text"] = json!("Is it there??"),
            &["order.instrument", "order.officer"],
            &[],
            &["order.width"],
        ),
        (
            "the citation is another",
            &all,
            |order| order["element"][0]["citation"] = json!("Law, Art. 2"),
            &without_officer,
            &[],
            &["order.court"],
        ),
        (
            "the source is another",
            &all,
            |order| order["element"][0]["source"] = json!("not_checked"),
            &without_officer,
            &[],
            &["order.court"],
        ),
        (
            "letters moved from one field to the next",
            &all,
            |order| {
                order["element"][0]["text"] = json!("Is it there?Law,");
                order["element"][0]["citation"] = json!("Art. 1");
            },
            &without_officer,
            &[],
            &["order.court"],
        ),
        (
            "it is about another aspect, so two rules are others",
            &all,
            |order| order["element"][1]["aspect"] = json!("scope"),
            &["order.instrument"],
            &[],
            &["order.channel", "order.court", "order.width"],
        ),
        (
            "an element was added to a rule",
            &all,
            |order| {
                let added = element("order.new", "scope");
                order["element"].as_array_mut().expect("a list").push(added);
            },
            &["order.instrument", "order.officer"],
            &["order.new"],
            &["order.width"],
        ),
        (
            "an element was taken out of a rule",
            &all,
            |order| drop(order["element"].as_array_mut().expect("a list").remove(0)),
            &without_officer,
            &[],
            &["order.channel"],
        ),
        (
            "the order of the file is another",
            &all,
            |order| order["element"].as_array_mut().expect("a list").reverse(),
            &rules,
            &[],
            &[],
        ),
        (
            "what supports no finding is another",
            &all,
            |order| {
                order["label"] = json!("another");
                order["countries"] = json!(["any"]);
                order["deadline"] = json!([]);
            },
            &rules,
            &[],
            &[],
        ),
    ];
    for (case, confirmed, edit, rules, drafts, changed) in cases {
        let before = sound(&[profile("xx", &[order("order")])]);
        let hash_of = |code: &&str| before.element(&rule(code)).expect("it is there").sha256();
        let confirmed: BTreeMap<_, _> =
            confirmed.iter().map(|code| (rule(code), hash_of(code))).collect();
        let mut edited = order("order");
        edit(&mut edited);
        let confirmation = sound(&[profile("xx", &[edited])]).confirmation(&confirmed);
        assert_eq!(codes(&confirmation.rules), rules, "{case}: rules");
        assert_eq!(codes(&confirmation.drafts), drafts, "{case}: drafts");
        assert_eq!(codes(&confirmation.changed), changed, "{case}: changed");
    }
}

#[test]
fn old_words_put_back_are_confirmed_again() {
    let first = sound(&[profile("xx", &[order("order")])]);
    let confirmed: BTreeMap<_, _> =
        first.elements().map(|element| (element.code.clone(), element.sha256())).collect();
    let again = sound(&[profile("another", &[order("a"), order("order")])]);
    assert_eq!(codes(&again.confirmation(&confirmed).rules).len(), 3);
}

/// What is done to a sound profile, and what is then told: the fault, its mend, its place.
#[test]
fn each_fault_is_told_by_name_with_its_mend() {
    use Step::{At, Key};
    let at = |steps: &[Step]| [&[Key("instrument"), At(0)], steps].concat();
    let of_element = |at: usize, key| [Key("element"), At(at), Key(key)];
    let of_deadline = |key: &[Step]| [&at(&[Key("deadline"), At(0)])[..], key].concat();
    let cases: Vec<(Edit, &str, &str, Vec<Step>)> = vec![
        (
            |p| p["code"] = json!("X X"),
            "profile `X X`: a code has 1 to 40",
            "`eu`",
            vec![Key("code")],
        ),
        (|p| p["code"] = json!(""), "profile 1: a code has 1 to 40", "`eu`", vec![Key("code")]),
        (
            |p| p["name"] = json!(" "),
            "profile `xx`: `name` is empty",
            "write it",
            vec![Key("name")],
        ),
        (
            |p| p["notes"] = json!(["a\nb"]),
            "profile `xx`: `notes` has line breaks",
            "in one line",
            vec![Key("notes")],
        ),
        (
            |p| p["instrument"] = json!([]),
            "profile `xx`: it holds no instrument",
            "`[[instrument]]`",
            vec![Key("instrument")],
        ),
        (
            |p| p["instrument"][0]["code"] = json!("a.b"),
            "profile `xx`, instrument `a.b`: there is a dot",
            "write `_`",
            at(&[Key("code")]),
        ),
        (
            |p| p["instrument"][0] = order("abcdefghijklmnopqrstuvwxyz_abc"),
            "instrument `abcdefghijklmnopqrstuvwxyz_abc`: its code has 30 letters",
            "shorten it to 29",
            at(&[Key("code")]),
        ),
        (
            |p| p["instrument"][0]["label"] = json!(""),
            "instrument `order`: `label` is empty",
            "write it",
            at(&[Key("label")]),
        ),
        (
            |p| p["instrument"][0]["countries"] = json!([]),
            "instrument `order`: it is said of no country",
            "[\"any\"]",
            at(&[Key("countries")]),
        ),
        (
            |p| p["instrument"][0]["countries"] = json!(["DE", "de"]),
            "instrument `order`: `de` is no country's code",
            "such as \"DE\"",
            at(&[Key("countries")]),
        ),
        (
            |p| p["instrument"][0]["countries"] = json!(["any", "DE"]),
            "instrument `order`: `any` is no country's code",
            "[\"any\"]",
            at(&[Key("countries")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["business_days"] = json!(3),
            "deadline `answer`: its time is not said once",
            "`business_days`, `months`",
            of_deadline(&[Key("days")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["months"] = json!(0),
            "deadline `answer`: its time is not said once",
            "write one of `hours`",
            of_deadline(&[Key("days")]),
        ),
        (
            |p| {
                p["instrument"][0]["deadline"][0]["last_day"] =
                    json!({ "says": "working_day", "citation": "Art. 3", "source": "verified" });
            },
            "deadline `answer`: days off count in it, and nothing says whose",
            "\"company\" or \"authority\"",
            of_deadline(&[Key("holidays")]),
        ),
        (
            |p| {
                p["instrument"][0]["deadline"][0]["start"] =
                    json!({ "says": "letter", "citation": "Art. 3", "source": "verified" });
            },
            "deadline `answer`, start: `letter` is unknown as `says`",
            "write one of receipt, complete",
            of_deadline(&[Key("start"), Key("says")]),
        ),
        (
            |p| {
                p["instrument"][0]["deadline"][0]["clarification"] =
                    json!({ "says": "resets", "source": "verified" });
            },
            "deadline `answer`, clarification: `citation` is empty",
            "write it",
            of_deadline(&[Key("clarification"), Key("citation")]),
        ),
        (
            |p| {
                p["instrument"][0]["deadline"][0]["extension"] =
                    json!({ "says": "maybe", "citation": "Art. 3", "source": "verified" });
            },
            "deadline `answer`, extension: it is not known as an extension",
            "or by how much",
            of_deadline(&[Key("extension"), Key("says")]),
        ),
        (
            |p| p["instrument"][0]["demands"] = json!(["metadata"]),
            "instrument `order`: `metadata` is no demand",
            "write one of registration, licence",
            at(&[Key("demands")]),
        ),
        (
            |p| p["instrument"][0]["demands"] = json!([]),
            "instrument `order`: it carries nothing",
            "leave `demands` out",
            at(&[Key("demands")]),
        ),
        (
            |p| p["instrument"][0]["demands"] = json!(["direct_access"]),
            "instrument `order`: `direct_access` is a prohibited demand",
            "take it out",
            at(&[Key("demands")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["days"] = json!(0),
            "instrument `order`, deadline `answer`: a time of 0 days is none",
            "from 1 to 65535",
            at(&[Key("deadline"), At(0), Key("days")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][1]["hours"] = json!(-8),
            "deadline `emergency_answer`: a time of -8 hours is none",
            "from 1 to 65535",
            at(&[Key("deadline"), At(1), Key("hours")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["hours"] = json!(1),
            "deadline `answer`: its time is not said once",
            "one of `hours`, `days`, `business_days`, `months`",
            at(&[Key("deadline"), At(0), Key("days")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][1]["kind"] = json!("answer"),
            "deadline `answer`: a deadline of this kind stands above",
            "leave one",
            at(&[Key("deadline"), At(1), Key("kind")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["kind"] = json!("reply"),
            "deadline `reply`: `reply` is unknown as `kind`",
            "one of answer, emergency_answer, preservation, extension",
            at(&[Key("deadline"), At(0), Key("kind")]),
        ),
        (
            |p| p["instrument"][0]["deadline"][0]["citation"] = json!(""),
            "deadline `answer`: `citation` is empty",
            "write it",
            at(&[Key("deadline"), At(0), Key("citation")]),
        ),
        (
            |p| drop(p["instrument"][0]["element"].as_array_mut().expect("a list").pop()),
            "instrument `order`: no element is about the scope",
            "aspect = \"scope\"",
            at(&[Key("code")]),
        ),
        (
            |p| p["instrument"][0]["element"][2]["code"] = json!("other.seal"),
            "element `other.seal`: its code is not the instrument's",
            "`order.legal_basis`",
            at(&of_element(2, "code")),
        ),
        (
            |p| p["instrument"][0]["element"][2]["code"] = json!("order.a.b"),
            "element `order.a.b`: its code is not the instrument's",
            "`order.legal_basis`",
            at(&of_element(2, "code")),
        ),
        (
            |p| p["instrument"][0]["element"][2]["code"] = json!("order.scope"),
            "element `order.scope`: its code is that of a whole rule",
            "another name",
            at(&of_element(2, "code")),
        ),
        (
            |p| {
                let code = format!("order.{}", "x".repeat(35));
                p["instrument"][0]["element"][2]["code"] = json!(code);
            },
            "a code has 1 to 40",
            "it has 41 letters",
            at(&of_element(2, "code")),
        ),
        (
            |p| p["instrument"][0]["element"][1]["code"] = json!("order.court"),
            "element `order.court`: an element with this code stands above",
            "another code",
            at(&of_element(1, "code")),
        ),
        (
            |p| p["instrument"][0]["element"][0]["aspect"] = json!("Officer"),
            "element `order.court`: `Officer` is unknown as `aspect`",
            "one of officer, instrument, scope",
            at(&of_element(0, "aspect")),
        ),
        (
            |p| p["instrument"][0]["element"][3]["text"] = json!(""),
            "element `order.width`: `text` is empty",
            "write it",
            at(&of_element(3, "text")),
        ),
        (
            |p| p["instrument"][0]["element"][3]["text"] = json!("Is it? "),
            "element `order.width`: `text` has line breaks, or spaces",
            "one line",
            at(&of_element(3, "text")),
        ),
        (
            |p| p["instrument"][0]["element"][3]["citation"] = json!(""),
            "element `order.width`: `citation` is empty",
            "write it",
            at(&of_element(3, "citation")),
        ),
        (
            |p| {
                drop(
                    p["instrument"][0]["element"][3].as_object_mut().expect("one").remove("source"),
                )
            },
            "element `order.width`: `source` is missing",
            "one of verified, not_checked",
            at(&of_element(3, "source")),
        ),
    ];
    for (edit, what, mend, path) in cases {
        let mut edited = profile("xx", &[order("order")]);
        edit(&mut edited);
        let faults = read(&[edited]).expect_err(what);
        let [fault] = faults.as_slice() else { panic!("{what}: {faults:#?}") };
        assert!(fault.what.contains(what), "{what}\n{}", fault.what);
        assert!(fault.mend.contains(mend), "{what}: {mend}\n{}", fault.mend);
        assert_eq!((fault.profile, &fault.path), (0, &path), "{what}");
    }
}

#[test]
fn a_code_stands_in_one_profile_only() {
    let faults = read(&[profile("xx", &[order("a")]), profile("yy", &[order("a")])])
        .expect_err("an instrument stands twice");
    let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
    assert_eq!(
        fault.to_string(),
        "profile `yy`, instrument `a`: the profile `xx` has an instrument with this code; give \
         one of them another code, or take it out"
    );
    assert_eq!(fault.profile, 1);

    let faults = read(&[profile("xx", &[order("a")]), profile("xx", &[order("a")])])
        .expect_err("a profile stands twice");
    let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
    assert!(fault.what.contains("another has this code"), "{}", fault.what);
}

#[test]
fn all_faults_are_told_at_once() {
    let mut edited = profile("xx", &[order("order"), order("other")]);
    edited["name"] = json!("");
    edited["instrument"][0]["element"] = json!([]);
    edited["instrument"][1]["element"][0]["text"] = json!("");
    edited["instrument"][1]["element"][0]["source"] = json!("read");
    let faults = read(&[edited, profile("X", &[order("third")])]).expect_err("faults");
    assert_eq!(faults.len(), 7, "{faults:#?}");
}

#[test]
fn an_unknown_key_is_refused() {
    let mut edited = profile("xx", &[order("order")]);
    edited["instrument"][0]["element"][0]["status"] = json!("confirmed");
    let refused = serde_json::from_value::<Written>(edited).expect_err("no status in a file");
    assert!(refused.to_string().contains("unknown field `status`"), "{refused}");
}
