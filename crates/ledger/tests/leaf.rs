//! The leaves' encodings, which never change.

#[path = "common/golden.rs"]
mod golden;

use ed25519_dalek::{Signer as _, SigningKey};
use golden::golden;
use ledger::commitment::Commitment;
use ledger::hash::{Hash, from_hex, to_hex};
use ledger::leaf::{Arrival, HalfYear, HandOver, Leaf, LeafError, LeafKind, Role, Salt};
use proptest::prelude::*;

/// Bytes that count up, so that a field in the wrong place or order shows.
fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|i| first + i as u8)
}

const INDEX: u64 = 0x0102_0304_0506_0708;
const SEQ: u32 = 0x0a0b_0c0d;

fn half_year(half: u8) -> HalfYear {
    HalfYear::new(2024, half).expect("a half-year")
}

/// Every kind and variant, with the name of its golden file.
fn all() -> Vec<(&'static str, Leaf)> {
    let seal = Hash(counting(0x10));
    let commitment = Commitment::from_bytes(counting(0x40));
    let hand_over = |role| {
        let (old, new, signature) = (counting(0x60), counting(0x80), counting(0xa0));
        Leaf::HandOver(HandOver { role, old, new, signature })
    };
    vec![
        (
            "leaf-submission",
            Leaf::Submission { period: half_year(2), arrival: Arrival::OnReceipt, seal },
        ),
        (
            "leaf-submission-imported",
            Leaf::Submission { period: half_year(2), arrival: Arrival::OnImport, seal },
        ),
        (
            "leaf-request",
            Leaf::Request { submission: INDEX, ordinal: 0x0a0b, seal, record: commitment },
        ),
        ("leaf-decision", Leaf::Decision { request: INDEX, seq: SEQ, seal, outcome: commitment }),
        (
            "leaf-reclassification",
            Leaf::Reclassification { request: INDEX, seq: SEQ, seal, record: commitment },
        ),
        ("leaf-codebook", Leaf::Codebook { codebook: seal }),
        (
            "leaf-report",
            Leaf::Report {
                first: half_year(1),
                last: half_year(2),
                revision: SEQ,
                cutoff: INDEX,
                table: Hash(counting(0x60)),
                proof: Hash(counting(0x80)),
            },
        ),
        ("leaf-audit", Leaf::Audit { seal }),
        ("leaf-hand-over-log", hand_over(Role::Log)),
        ("leaf-hand-over-report", hand_over(Role::Report)),
        ("leaf-hand-over-receipt", hand_over(Role::Receipt)),
        ("leaf-anchor", Leaf::Anchor { origin: seal, size: INDEX, root: Hash(counting(0x60)) }),
    ]
}

#[test]
fn every_leaf_has_the_bytes_it_always_had() {
    for (name, leaf) in all() {
        let expected = golden(&format!("{name}.hex"));
        assert_eq!(to_hex(&leaf.encode()), expected.trim_end(), "{name}");
        let entry = from_hex(expected.trim_end()).expect("hexadecimal");
        assert_eq!(Leaf::decode(&entry), Ok(leaf), "{name}");
    }
}

#[test]
fn every_kind_has_a_golden_file() {
    let leaves = all();
    for kind in LeafKind::ALL {
        assert!(leaves.iter().any(|(_, leaf)| leaf.kind() == kind), "{kind}");
    }
    let roles: Vec<Role> = leaves
        .iter()
        .filter_map(|(_, leaf)| match leaf {
            Leaf::HandOver(hand_over) => Some(hand_over.role),
            _ => None,
        })
        .collect();
    assert_eq!(roles, Role::ALL);
}

#[test]
fn every_seal_is_what_it_always_was() {
    let expected = golden("seals.txt");
    let salt = Salt(counting(0));
    let seals: Vec<String> = LeafKind::ALL
        .into_iter()
        .map(|kind| format!("{kind} {}\n", kind.seal(&salt, br#"{"a":1}"#)))
        .collect();
    assert_eq!(seals.concat(), expected);
}

#[test]
fn a_seal_depends_on_kind_salt_and_record() {
    let seal = LeafKind::Request.seal(&Salt([1; 32]), b"record");
    assert_ne!(seal, LeafKind::Decision.seal(&Salt([1; 32]), b"record"));
    assert_ne!(seal, LeafKind::Request.seal(&Salt([2; 32]), b"record"));
    assert_ne!(seal, LeafKind::Request.seal(&Salt([1; 32]), b"record "));
}

#[test]
fn a_hand_over_is_signed_over_the_bytes_it_always_was() {
    let message =
        HandOver::message("example.com/log", Role::Report, &counting(0x60), &counting(0x80));
    assert_eq!(to_hex(&message), golden("hand-over-message.hex").trim_end());
}

#[test]
fn a_hand_over_holds_only_as_its_owner_signed_it() {
    let [old, new] = [5, 6].map(|seed| SigningKey::from_bytes(&[seed; 32]));
    let public = |key: &SigningKey| key.verifying_key().to_bytes();
    let message = HandOver::message("log", Role::Receipt, &public(&old), &public(&new));
    let hand_over = HandOver {
        role: Role::Receipt,
        old: public(&old),
        new: public(&new),
        signature: old.sign(&message).to_bytes(),
    };
    assert!(hand_over.holds("log"));
    assert!(!hand_over.holds("another log"));
    assert!(!HandOver { role: Role::Log, ..hand_over }.holds("log"));
    assert!(!HandOver { old: public(&new), ..hand_over }.holds("log"));
    assert!(!HandOver { new: public(&old), ..hand_over }.holds("log"));
    let by_the_new = HandOver { signature: new.sign(&message).to_bytes(), ..hand_over };
    assert!(!by_the_new.holds("log"));
    for bit in 0..512 {
        let mut signature = hand_over.signature;
        signature[bit / 8] ^= 1 << (bit % 8);
        // Each check takes a millisecond.
        if bit % 37 == 0 {
            assert!(!HandOver { signature, ..hand_over }.holds("log"), "bit {bit}");
        }
    }
}

/// To a key that nobody could verify with, or with which everything verifies.
#[test]
fn a_hand_over_to_what_is_no_key_does_not_hold() {
    let old = SigningKey::from_bytes(&[5; 32]);
    let mut identity = [0; 32];
    identity[0] = 1;
    let no_point = [2; 32];
    for new in [identity, [0; 32], no_point] {
        let public = old.verifying_key().to_bytes();
        let message = HandOver::message("log", Role::Log, &public, &new);
        let signature = old.sign(&message).to_bytes();
        let hand_over = HandOver { role: Role::Log, old: public, new, signature };
        assert!(!hand_over.holds("log"), "{new:?}");
    }
}

#[test]
fn an_unknown_kind_is_rejected() {
    let entry = all()[0].1.encode();
    for kind in (0..=u8::MAX).filter(|kind| LeafKind::ALL.iter().all(|k| k.byte() != *kind)) {
        let mut entry = entry.clone();
        entry[0] = kind;
        assert_eq!(Leaf::decode(&entry), Err(LeafError::Kind(kind)));
    }
}

#[test]
fn an_unknown_version_is_rejected() {
    for (name, leaf) in all() {
        for version in (0..=u8::MAX).filter(|version| *version != 1) {
            let mut entry = leaf.encode();
            entry[1] = version;
            assert_eq!(Leaf::decode(&entry), Err(LeafError::Version(version)), "{name}");
        }
    }
}

#[test]
fn a_leaf_that_ends_too_soon_is_rejected() {
    for (name, leaf) in all() {
        let entry = leaf.encode();
        for length in 0..entry.len() {
            let read = Leaf::decode(&entry[..length]);
            assert_eq!(read, Err(LeafError::Truncated), "{name}, {length} bytes");
        }
    }
}

#[test]
fn a_leaf_with_more_behind_it_is_rejected() {
    for (name, leaf) in all() {
        for more in [[0].as_slice(), &[0; 32], &leaf.encode()] {
            let entry = [leaf.encode(), more.to_vec()].concat();
            assert_eq!(Leaf::decode(&entry), Err(LeafError::Trailing), "{name}");
        }
    }
}

/// The byte at this place of a leaf may only have the values it is known to have.
fn check_byte(name: &str, at: usize, known: &[u8], field: &'static str) {
    let (_, leaf) = all().into_iter().find(|(of, _)| *of == name).expect("a leaf");
    for value in (0..=u8::MAX).filter(|value| !known.contains(value)) {
        let mut entry = leaf.encode();
        entry[at] = value;
        assert_eq!(Leaf::decode(&entry), Err(LeafError::Field(field)), "{name}: {value}");
    }
}

#[test]
fn unknown_flags_are_rejected() {
    check_byte("leaf-submission", 4, &[0, 1], "flags");
}

#[test]
fn an_unknown_use_of_a_key_leaf_is_rejected() {
    check_byte("leaf-anchor", 2, &[1, 2], "use");
}

#[test]
fn an_unknown_role_is_rejected() {
    check_byte("leaf-hand-over-log", 3, &[1, 2, 3], "role");
}

#[test]
fn half_years_are_counted_from_the_year_0() {
    assert_eq!(half_year(1).number(), 4048);
    assert_eq!(half_year(2).number(), 4049);
    assert_eq!(half_year(2).to_string(), "2024-H2");
    assert_eq!((half_year(2).year(), half_year(2).half()), (2024, 2));
    for (year, half) in [(2024, 0), (2024, 3), (2024, 255), (32_768, 1), (u16::MAX, 2)] {
        assert_eq!(HalfYear::new(year, half), None, "{year}, {half}");
    }
    let last = HalfYear::new(32_767, 2).expect("a half-year");
    assert_eq!(last.number(), u16::MAX);
    assert_eq!(HalfYear::from_number(u16::MAX), last);
}

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    any::<[u64; 4]>().prop_map(|seeds| {
        std::array::from_fn(|i| seeds[i / 8 % 4].to_le_bytes()[i % 8] ^ (i / 32) as u8)
    })
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let seal = || bytes().prop_map(Hash);
    let commitment = || bytes().prop_map(Commitment::from_bytes);
    let period = || any::<u16>().prop_map(HalfYear::from_number);
    let arrival = prop::sample::select(vec![Arrival::OnReceipt, Arrival::OnImport]);
    prop_oneof![
        (period(), arrival, seal()).prop_map(|(period, arrival, seal)| Leaf::Submission {
            period,
            arrival,
            seal
        }),
        (any::<u64>(), any::<u16>(), seal(), commitment()).prop_map(
            |(submission, ordinal, seal, record)| Leaf::Request {
                submission,
                ordinal,
                seal,
                record
            }
        ),
        (any::<u64>(), any::<u32>(), seal(), commitment()).prop_map(
            |(request, seq, seal, outcome)| Leaf::Decision { request, seq, seal, outcome }
        ),
        (any::<u64>(), any::<u32>(), seal(), commitment()).prop_map(
            |(request, seq, seal, record)| Leaf::Reclassification { request, seq, seal, record }
        ),
        seal().prop_map(|codebook| Leaf::Codebook { codebook }),
        (period(), period(), any::<u32>(), any::<u64>(), seal(), seal()).prop_map(
            |(first, last, revision, cutoff, table, proof)| Leaf::Report {
                first,
                last,
                revision,
                cutoff,
                table,
                proof
            }
        ),
        seal().prop_map(|seal| Leaf::Audit { seal }),
        (prop::sample::select(Role::ALL.to_vec()), bytes(), bytes(), bytes()).prop_map(
            |(role, old, new, signature)| Leaf::HandOver(HandOver { role, old, new, signature })
        ),
        (seal(), any::<u64>(), seal()).prop_map(|(origin, size, root)| Leaf::Anchor {
            origin,
            size,
            root
        }),
    ]
}

proptest! {
    #[test]
    fn a_leaf_is_read_as_it_was_written(leaf in leaf()) {
        prop_assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
    }

    #[test]
    fn what_reads_as_a_leaf_is_written_the_same(
        leaf in leaf(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        more in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let mut entry = leaf.encode();
        for (at, value) in changes {
            let at = at.index(entry.len());
            entry[at] = value;
        }
        if let Some(cut) = cut {
            entry.truncate(cut.index(entry.len()));
        }
        entry.extend(more);
        if let Ok(leaf) = Leaf::decode(&entry) {
            prop_assert_eq!(leaf.encode(), entry);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        head in (0..10_u8, 0..3_u8, 0..4_u8, 0..5_u8),
        rest in prop::collection::vec(any::<u8>(), 0..160),
    ) {
        let entry = [vec![head.0, head.1, head.2, head.3], rest].concat();
        if let Ok(leaf) = Leaf::decode(&entry) {
            prop_assert_eq!(leaf.encode(), entry);
        }
    }
}
