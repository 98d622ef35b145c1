//! Codes, blindings and commitments.

#[path = "common/golden.rs"]
mod golden;

use curve25519_dalek::constants::{RISTRETTO_BASEPOINT_POINT, RISTRETTO_BASEPOINT_TABLE};
use curve25519_dalek::scalar::Scalar;
use golden::golden;
use ledger::commitment::{Blinding, Code, Commitment, PeriodKey, Subject, generator};
use ledger::hash::{from_hex, to_hex};
use ledger::leaf::LeafKind;
use proptest::prelude::*;

/// ℓ, the group's order, little-endian (RFC 9496, section 4).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Bytes that are no point's one form (RFC 9496, appendix A.2): not canonical, negative, not on
/// the curve.
const NO_POINTS: [&str; 10] = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
];

fn key() -> PeriodKey {
    PeriodKey::new(std::array::from_fn(|i| 0xc0 + i as u8))
}

fn subject(kind: LeafKind, seq: u32) -> Subject<'static> {
    let request = std::array::from_fn(|i| i as u8);
    Subject { origin: "example.com/log", kind, request, seq }
}

fn code(code: u32) -> Code {
    Code::from_u32(code).expect("a code")
}

fn blinding(n: u64) -> Blinding {
    Blinding::from_bytes(Scalar::from(n).to_bytes()).expect("a scalar")
}

#[test]
fn the_generators_are_what_they_always_were() {
    let expected = golden("generators.txt");
    let lines = [("H", 0), ("V", 1), ("V", 2), ("V", 256)].map(|(label, i)| {
        format!("{label} {i} {}\n", to_hex(generator(label, i).compress().as_bytes()))
    });
    assert_eq!(lines.concat(), expected);
}

#[test]
fn the_generators_differ_from_each_other_and_the_base_point() {
    let mut all = vec![RISTRETTO_BASEPOINT_POINT, generator("H", 0), generator("H", 1)];
    all.extend((0..4).map(|i| generator("V", i)));
    // Without the label's length, these two would be one.
    all.extend([generator("VV", 0), generator("V", 0x56)]);
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| b != a), "{i}");
    }
}

#[test]
fn blindings_and_commitments_are_what_they_always_were() {
    let text = golden("commitments.txt");
    assert!(text.lines().count() > 3);
    for line in text.lines() {
        let [kind, seq, number, r, commitment] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let kind = kind.parse::<u8>().expect("a kind");
        let kind = LeafKind::ALL.into_iter().find(|known| known.byte() == kind);
        let subject = subject(kind.expect("a kind"), seq.parse().expect("a seq"));
        let code = code(number.parse().expect("a code"));
        let blinding = key().blinding(subject, code);
        assert_eq!(to_hex(&blinding.to_bytes()), r, "{line}");
        assert_eq!(to_hex(&Commitment::new(code, blinding).to_bytes()), commitment, "{line}");
    }
}

#[test]
fn a_blinding_differs_for_every_field_of_its_subject_and_for_the_code() {
    let subject = subject(LeafKind::Decision, 1);
    let mut request = subject.request;
    request[15] ^= 1;
    let mut other_key = *key().as_bytes();
    other_key[31] ^= 1;
    let all = [
        key().blinding(subject, code(5)),
        key().blinding(Subject { origin: "example.com/lo", ..subject }, code(5)),
        key().blinding(Subject { origin: "example.com/log2", ..subject }, code(5)),
        key().blinding(Subject { kind: LeafKind::Reclassification, ..subject }, code(5)),
        key().blinding(Subject { request, ..subject }, code(5)),
        key().blinding(Subject { seq: 2, ..subject }, code(5)),
        key().blinding(subject, code(6)),
        PeriodKey::new(other_key).blinding(subject, code(5)),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| b != a), "{i}");
    }
    assert_eq!(all[0], key().blinding(subject, code(5)), "a retry derives the same");
}

#[test]
fn a_requests_and_a_decisions_commitment_add_up_to_the_cells() {
    let record = Code::record(*b"RU", 7).expect("a code");
    let outcome = Code::outcome(5).expect("a code");
    let r = key().blinding(subject(LeafKind::Request, 0), record);
    let r2 = key().blinding(subject(LeafKind::Decision, 0), outcome);
    let sum = Commitment::new(record, r).point().expect("a point")
        + Commitment::new(outcome, r2).point().expect("a point");
    let scalar = |r: Blinding| Scalar::from_bytes_mod_order(r.to_bytes());
    let cell = (u64::from(u16::from_be_bytes(*b"RU")) << 16) + (7 << 8) + 5;
    assert_eq!(record.to_u32() + outcome.to_u32(), cell as u32);
    let expected = RISTRETTO_BASEPOINT_TABLE * &Scalar::from(cell)
        + generator("H", 0) * (scalar(r) + scalar(r2));
    assert_eq!(sum, expected);
}

#[test]
fn a_commitment_opens_only_to_its_code_and_blinding() {
    let commitment = Commitment::new(code(5), blinding(77));
    assert!(commitment.opens_to(code(5), blinding(77)));
    assert!(!commitment.opens_to(code(6), blinding(77)));
    assert!(!commitment.opens_to(code(5), blinding(78)));
    let negative = (-Scalar::from(77_u64)).to_bytes();
    assert!(!commitment.opens_to(code(5), Blinding::from_bytes(negative).expect("a scalar")));
    assert!(!Commitment::from_bytes([0; 32]).opens_to(code(5), blinding(77)));
}

#[test]
fn a_scalar_in_another_form_is_rejected() {
    assert_eq!(Blinding::from_bytes(ORDER), None, "ℓ");
    let mut above = ORDER;
    above[0] += 1;
    assert_eq!(Blinding::from_bytes(above), None, "1 + ℓ");
    assert_eq!(Blinding::from_bytes([0xff; 32]), None);
    let mut high_bit = [0; 32];
    high_bit[31] = 0x80;
    assert_eq!(Blinding::from_bytes(high_bit), None);
    let mut below = ORDER;
    below[0] -= 1;
    assert_eq!(Blinding::from_bytes(below).map(Blinding::to_bytes), Some(below), "ℓ - 1");
    assert_eq!(Blinding::from_bytes([0; 32]).map(Blinding::to_bytes), Some([0; 32]));
}

#[test]
fn a_derived_blinding_is_in_its_one_form() {
    for seq in 0..50 {
        let bytes = key().blinding(subject(LeafKind::Request, seq), code(5)).to_bytes();
        assert_eq!(Blinding::from_bytes(bytes).map(Blinding::to_bytes), Some(bytes));
    }
}

#[test]
fn bytes_that_are_no_point_are_told() {
    for hex in NO_POINTS {
        let bytes = from_hex(hex).expect("hexadecimal").try_into().expect("32 bytes");
        assert_eq!(Commitment::from_bytes(bytes).point(), None, "{hex}");
    }
    let point = Commitment::new(code(5), blinding(1)).point().expect("a point");
    assert_eq!(point, Scalar::from(5_u8) * RISTRETTO_BASEPOINT_POINT + generator("H", 0));
}

#[test]
fn a_code_is_of_a_record_or_of_an_outcome() {
    assert_eq!(Code::record(*b"RU", 7).map(Code::to_u32), Some(0x5255_0700));
    assert_eq!(Code::outcome(5).map(Code::to_u32), Some(5));
    for (country, category) in
        [(*b"RU", 0), (*b"ru", 1), (*b"R1", 1), (*b"R ", 1), ([0, 0], 1), ([b'R', 0xdc], 1)]
    {
        assert_eq!(Code::record(country, category), None, "{country:?} {category}");
    }
    assert_eq!(Code::outcome(0), None);
    // Nothing, a cell, a country without a category, a category without a country, no letters.
    for number in [0, 0x5255_0705, 0x5255_0000, 0x0700, 0x7275_0700, u32::MAX] {
        assert_eq!(Code::from_u32(number), None, "{number:#x}");
    }
}

#[test]
fn a_code_is_read_from_json_only_where_it_is_one() {
    assert_eq!(serde_json::from_str::<Code>("5").ok(), Code::outcome(5));
    assert_eq!(serde_json::to_string(&code(5)).ok().as_deref(), Some("5"));
    for json in ["0", "256", "1381304069", "4294967296", "-1", "5.0", "\"5\"", "[5]"] {
        assert_eq!(serde_json::from_str::<Code>(json).ok(), None, "{json}");
    }
}

#[test]
fn a_commitment_is_read_from_json_only_as_it_is_written() {
    let commitment = Commitment::new(code(5), blinding(1));
    let json = serde_json::to_string(&commitment).expect("plain data");
    assert_eq!(serde_json::from_str::<Commitment>(&json).ok(), Some(commitment));
    let upper = json.to_uppercase();
    let shorter = format!("{}\"", &json[..json.len() - 3]);
    for other in [upper, shorter, json.replacen('"', "\"0x", 1), "\"\"".to_owned()] {
        assert_eq!(serde_json::from_str::<Commitment>(&other).ok(), None, "{other}");
    }
}

#[test]
fn secrets_are_not_written_where_things_are_debugged() {
    let shown = format!("{:?} {:?}", key(), key().blinding(subject(LeafKind::Request, 0), code(5)));
    assert_eq!(shown, "PeriodKey(..) Blinding(..)");
}

proptest! {
    #[test]
    fn a_number_is_a_code_only_in_one_way(number in prop_oneof![any::<u32>(), 0..700_u32]) {
        if let Some(code) = Code::from_u32(number) {
            prop_assert_eq!(code.to_u32(), number);
            let again = match code.of_outcome() {
                0 => Code::record(code.country(), code.category()),
                outcome => Code::outcome(outcome),
            };
            prop_assert_eq!(again, Some(code));
        }
    }

    #[test]
    fn what_reads_as_a_scalar_is_written_the_same(bytes in any::<[u8; 32]>(), top in 0..0x12_u8) {
        let mut bytes = bytes;
        bytes[31] = top;
        if let Some(blinding) = Blinding::from_bytes(bytes) {
            prop_assert_eq!(blinding.to_bytes(), bytes);
        }
    }
}
