//! Proofs as text: C2SP tlog-proof and what witnesses are asked.

mod common;

use common::Signer;
use ledger::hash::Hash;
use ledger::note::{KeyKind, Note, NoteError};
use ledger::proof::{AddCheckpoint, InclusionProof, PATH_MAX, ProofError};
use proptest::prelude::*;

const TEXT: &str = "example.com/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn checkpoint() -> Note {
    let log = Signer::new("example.com/log", KeyKind::Ed25519, 1);
    Note::new(TEXT.to_owned(), vec![log.sign(TEXT, 0)])
}

fn hashes(n: usize) -> Vec<Hash> {
    (0..n).map(|i| Hash::leaf(&[i as u8])).collect()
}

#[test]
fn a_proof_is_written_as_the_specification_says() {
    let proof = InclusionProof { index: 7, path: hashes(2), checkpoint: checkpoint() };
    let [a, b] = [hashes(2)[0].to_base64(), hashes(2)[1].to_base64()];
    let text = format!("c2sp.org/tlog-proof@v1\nindex 7\n{a}\n{b}\n\n{}", checkpoint());
    assert_eq!(proof.to_string(), text);
    assert_eq!(text.parse(), Ok(proof));
}

#[test]
fn a_request_to_a_witness_is_written_as_the_specification_says() {
    let asked = AddCheckpoint { old_size: 2, path: hashes(1), checkpoint: checkpoint() };
    let text = format!("old 2\n{}\n\n{}", hashes(1)[0].to_base64(), checkpoint());
    assert_eq!(asked.to_string(), text);
    assert_eq!(text.parse(), Ok(asked));
}

/// The example of C2SP tlog-witness, with the signature of a log whose key nobody has here.
#[test]
fn the_specifications_request_to_a_witness_is_read() {
    let text = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let asked: AddCheckpoint = text.parse().expect("the specification's example");
    assert_eq!(asked.old_size, 20_852_014);
    assert_eq!(asked.path.len(), 4);
    assert_eq!(asked.checkpoint.signatures.len(), 2);
    assert_eq!(asked.to_string(), text);
}

#[test]
fn extra_data_is_skipped() {
    let note = checkpoint();
    let text = format!("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 7\n\n{note}");
    let expected = InclusionProof { index: 7, path: Vec::new(), checkpoint: note };
    assert_eq!(text.parse(), Ok(expected));
}

#[test]
fn as_many_hashes_as_the_limit_are_read_and_no_more() {
    for (length, expected) in
        [(0, None), (PATH_MAX, None), (PATH_MAX + 1, Some(ProofError::TooLong))]
    {
        let proof = InclusionProof { index: 0, path: hashes(length), checkpoint: checkpoint() };
        let read: Result<InclusionProof, _> = proof.to_string().parse();
        assert_eq!(read, expected.clone().map_or(Ok(proof), Err));
        let asked = AddCheckpoint { old_size: 0, path: hashes(length), checkpoint: checkpoint() };
        let read: Result<AddCheckpoint, _> = asked.to_string().parse();
        assert_eq!(read, expected.map_or(Ok(asked), Err));
    }
}

#[test]
fn what_is_no_proof_is_rejected() {
    let note = checkpoint();
    let header = "c2sp.org/tlog-proof@v1";
    for head in [
        String::new(),
        header.to_owned(),
        "c2sp.org/tlog-proof@v2\nindex 0".to_owned(),
        format!(" {header}\nindex 0"),
        format!("{header}\n{HASH}"),
        format!("{header}\nindex"),
        format!("{header}\nindex "),
        format!("{header}\nindex -1"),
        format!("{header}\nindex +1"),
        format!("{header}\nindex 01"),
        format!("{header}\nindex 00"),
        format!("{header}\nindex  1"),
        format!("{header}\nindex 1 "),
        format!("{header}\nindex 1\r"),
        format!("{header}\nindex 0x1"),
        format!("{header}\nindex 18446744073709551616"),
        format!("{header}\nindex 0\nindex 0"),
        format!("{header}\nindex 0\nextra AAAA"),
        format!("{header}\nextra AAAA"),
        format!("{header}\nextra AAAA\nextra AAAA\nindex 0"),
        format!("{header}\nextra not base64\nindex 0"),
        format!("{header}\nindex 0\n{HASH} "),
        format!("{header}\nindex 0\n {HASH}"),
        format!("{header}\nindex 0\n{}", HASH.trim_end_matches('=')),
        format!("{header}\nindex 0\n{}B=", &HASH[..42]),
        format!("{header}\nindex 0\nAAAA"),
        format!("{header}\nindex 0\n{HASH}{HASH}"),
    ] {
        let read: Result<InclusionProof, _> = format!("{head}\n\n{note}").parse();
        assert_eq!(read, Err(ProofError::Malformed), "{head}");
    }
    let read: Result<InclusionProof, _> = format!("{header}\nindex 0\n{note}").parse();
    assert_eq!(read, Err(ProofError::Malformed), "without an empty line");
    let read: Result<InclusionProof, _> = format!("{header}\nindex 0\n\nno note").parse();
    assert_eq!(read, Err(ProofError::Checkpoint(NoteError::Malformed)));
}

#[test]
fn what_is_no_request_to_a_witness_is_rejected() {
    let note = checkpoint();
    for head in [
        String::new(),
        "old".to_owned(),
        "old ".to_owned(),
        "old -1".to_owned(),
        "old 01".to_owned(),
        "old +1".to_owned(),
        "old 18446744073709551616".to_owned(),
        "Old 1".to_owned(),
        format!("{HASH}\nold 1"),
        format!("old 1\n{HASH} "),
        format!("old 1\n{}", &HASH[1..]),
    ] {
        let read: Result<AddCheckpoint, _> = format!("{head}\n\n{note}").parse();
        assert_eq!(read, Err(ProofError::Malformed), "{head}");
    }
    let read: Result<AddCheckpoint, _> = "old 0\n\nno note".parse();
    assert_eq!(read, Err(ProofError::Checkpoint(NoteError::Malformed)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn proofs_are_read_as_they_were_written(number in any::<u64>(), length in 0..=PATH_MAX) {
        let proof = InclusionProof { index: number, path: hashes(length), checkpoint: checkpoint() };
        prop_assert_eq!(proof.to_string().parse(), Ok(proof));
        let asked = AddCheckpoint { old_size: number, path: hashes(length), checkpoint: checkpoint() };
        prop_assert_eq!(asked.to_string().parse(), Ok(asked));
    }
}
