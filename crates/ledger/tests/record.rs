//! Canonical JSON, with the test data of RFC 8785.

use ledger::record::canonical;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The canonical form of a JSON text; `None` where it has none.
fn form(json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).expect("JSON");
    canonical(&value).ok().map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
}

fn check(json: &str, expected: &str) {
    assert_eq!(form(json).as_deref(), Some(expected), "{json}");
}

/// Section 3.2.3. The emoji is written with two surrogates, which come before U+FB33.
#[test]
fn members_are_sorted_by_their_names_in_utf_16() {
    check(
        r#"{
          "\u20ac": "Euro Sign",
          "\r": "Carriage Return",
          "\ufb33": "Hebrew Letter Dalet With Dagesh",
          "1": "One",
          "\ud83d\ude00": "Emoji: Grinning Face",
          "\u0080": "Control",
          "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#,
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
         \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
         \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
    );
}

/// Section 3.2.2, without the numbers that a record can't hold.
#[test]
fn strings_are_escaped_only_where_they_must_be() {
    check(
        r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
        r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#,
    );
    check(
        r#""\b\t\n\f\r\u0000\u001F\u007f\u2028\u00e9""#,
        "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{2028}é\"",
    );
}

/// From the test data of the RFC's author: structures.json and weird.json.
#[test]
fn structures_are_written_without_white_space() {
    check(
        r#"{"1": {"f": {"f": "hi", "F": 5} , "\n": 56}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes", "E": "no"}], "A": {}}"#,
        r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#,
    );
    check(
        "{\"\\u20ac\": 1, \"\\r\": 2, \"\\u000a\": 3, \"1\": 4, \"\\u0080\": 5, \"\\ud83d\\ude02\": 6, \"\\u00f6\": 7, \"\\ufb33\": 8, \"</script>\": 9}",
        "{\"\\n\":3,\"\\r\":2,\"1\":4,\"</script>\":9,\"\u{80}\":5,\"ö\":7,\"€\":1,\"😂\":6,\"\u{fb33}\":8}",
    );
    check("[]", "[]");
    check("{}", "{}");
    check("[[], {}, [1]]", "[[],{},[1]]");
    check("null", "null");
}

#[test]
fn a_name_before_a_longer_one_comes_first() {
    check(r#"{"ab": 1, "a": 2, "": 3, "aa": 4, "B": 5}"#, r#"{"":3,"B":5,"a":2,"aa":4,"ab":1}"#);
}

#[test]
fn unicode_is_not_normalized() {
    check("\"A\u{30a}\"", "\"A\u{30a}\"");
}

/// Section 3.2.2.3 and RFC 7493, section 2.2: beyond, other programs read another number.
#[test]
fn whole_numbers_are_taken_as_far_as_every_program_reads_them() {
    for number in ["0", "1", "-1", "10", "9007199254740991", "-9007199254740991"] {
        check(number, number);
    }
    for number in [
        "9007199254740992",
        "-9007199254740992",
        "9007199254740993",
        "18446744073709551615",
        "-9223372036854775808",
        "18446744073709551616",
        "1000000000000000000000000000000",
    ] {
        assert_eq!(form(number), None, "{number}");
    }
}

#[test]
fn fractions_are_refused_however_they_are_written() {
    for number in ["0.5", "1.0", "-0", "-0.0", "1e0", "1E2", "1e-7", "333333333.33333329", "4.50"] {
        assert_eq!(form(number), None, "{number}");
        assert_eq!(form(&format!("{{\"a\": [{number}]}}")), None, "{number}");
    }
}

#[test]
fn a_refusal_names_the_number() {
    let error = canonical(&json!({ "a": 0.5 })).expect_err("a fraction");
    assert!(error.to_string().contains("0.5"), "{error}");
}

fn value() -> impl Strategy<Value = Value> {
    let name = "[a-cA-C0-1\"\\\\\u{0}-\u{1f}é€\u{fb33}😀]{0,3}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..1_i64 << 53).prop_map(Value::from),
        name.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The same value with every object's members in the opposite order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed).collect(),
        Value::Object(members) => {
            let members = members.iter().rev();
            members.map(|(name, member)| (name.clone(), reversed(member))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

proptest! {
    #[test]
    fn the_form_is_json_of_the_same_value_in_any_order(value in value()) {
        let form = canonical(&value).expect("whole numbers only");
        let read: Value = serde_json::from_slice(&form).expect("JSON");
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(&canonical(&read).expect("it has a form"), &form);
        prop_assert_eq!(canonical(&reversed(&value)).expect("it has a form"), form);
    }
}
