//! Checkpoints, and policies that say who must have signed them.

mod common;

use common::Signer;
use ledger::checkpoint::{Checkpoint, CheckpointError, Policy};
use ledger::hash::Hash;
use ledger::note::{KeyKind, Note, NoteError};
use serde_json::{Value, json};

const ORIGIN: &str = "example.com/log";
const TIME: u64 = 1_700_000_000;

fn log() -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, 1)
}

fn witness(seed: u8) -> Signer {
    Signer::new(&format!("witness.example/{seed}"), KeyKind::Cosignature, seed)
}

fn policy(quorum: usize) -> Policy {
    Policy {
        origin: ORIGIN.to_owned(),
        log_key: log().verifier,
        report_key: Signer::new("report", KeyKind::Ed25519, 2).verifier,
        receipt_key: Signer::new("receipt", KeyKind::Ed25519, 3).verifier,
        witnesses: (11..=13).map(|seed| witness(seed).verifier).collect(),
        quorum,
    }
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size: 42, root: Hash::leaf(b"root") }
}

fn note(text: &str, signers: &[&Signer]) -> Note {
    Note::new(text.to_owned(), signers.iter().map(|signer| signer.sign(text, TIME)).collect())
}

/// The example of C2SP tlog-checkpoint.
#[test]
fn the_specifications_checkpoint_is_read_and_written_the_same() {
    let text =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let line = "\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let note: Note = format!("{text}\n{line}").parse().expect("a note");
    let checkpoint: Checkpoint = note.text().parse().expect("a checkpoint");
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.to_string(), text);
}

#[test]
fn another_program_reads_our_checkpoint_and_we_read_theirs() {
    let ours = checkpoint();
    let theirs = tlog_tiles::Checkpoint::from_bytes(ours.to_string().as_bytes());
    let theirs = theirs.expect("they read it");
    assert_eq!((theirs.origin(), theirs.size()), (ORIGIN, 42));
    assert_eq!(theirs.hash().0, ours.root.0);
    let text = String::from_utf8(theirs.to_bytes()).expect("text");
    assert_eq!(text.parse(), Ok(ours));
}

#[test]
fn extension_lines_are_skipped_but_not_empty_ones() {
    let text = checkpoint().to_string();
    assert_eq!(format!("{text}extension\nand more\n").parse(), Ok(checkpoint()));
    for more in ["\n", "\n\n", "a\n\n", "\na\n", "a"] {
        let read: Result<Checkpoint, _> = format!("{text}{more}").parse();
        assert_eq!(read, Err(CheckpointError::Malformed), "{more:?}");
    }
}

#[test]
fn what_is_no_checkpoint_is_rejected() {
    let root = checkpoint().root.to_base64();
    for text in [
        String::new(),
        "\n".to_owned(),
        format!("{ORIGIN}\n42\n"),
        format!("{ORIGIN}\n42\n{root}"),
        format!("\n42\n{root}\n"),
        format!("{ORIGIN}\n\n{root}\n"),
        format!("{ORIGIN}\n-1\n{root}\n"),
        format!("{ORIGIN}\n+42\n{root}\n"),
        format!("{ORIGIN}\n042\n{root}\n"),
        format!("{ORIGIN}\n00\n{root}\n"),
        format!("{ORIGIN}\n 42\n{root}\n"),
        format!("{ORIGIN}\n42 \n{root}\n"),
        format!("{ORIGIN}\n4_2\n{root}\n"),
        format!("{ORIGIN}\n18446744073709551616\n{root}\n"),
        format!("{ORIGIN}\n42\n{root} \n"),
        format!("{ORIGIN}\n42\n{}\n", root.trim_end_matches('=')),
        format!("{ORIGIN}\n42\n{root}{root}\n"),
        format!("{ORIGIN}\n42\nAAAA\n"),
        format!("{ORIGIN}\n42\n{}B=\n", &root[..42]),
        format!("{ORIGIN}\n42\n\n"),
    ] {
        assert_eq!(text.parse::<Checkpoint>(), Err(CheckpointError::Malformed), "{text:?}");
    }
}

#[test]
fn sizes_at_the_edge_are_read() {
    for size in [0, 1, 1 << 63, u64::MAX] {
        let checkpoint = Checkpoint { size, ..checkpoint() };
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }
}

#[test]
fn a_note_that_the_log_and_a_quorum_signed_opens() {
    let text = checkpoint().to_string();
    let stranger = Signer::new("stranger", KeyKind::Cosignature, 77);
    let note = note(&text, &[&log(), &witness(11), &stranger, &witness(13)]);
    for quorum in 0..=2 {
        assert_eq!(policy(quorum).open(&note, &log().verifier), Ok(checkpoint()));
    }
    assert_eq!(policy(0).cosignatures(&note), Ok(2));
}

#[test]
fn a_note_without_a_quorum_is_rejected() {
    let text = checkpoint().to_string();
    let stranger = Signer::new("stranger", KeyKind::Cosignature, 77);
    let lines = [&log(), &witness(11), &stranger];
    let error = policy(2).open(&note(&text, &lines), &log().verifier);
    assert_eq!(error, Err(CheckpointError::Quorum { present: 1, required: 2 }));
}

#[test]
fn a_witness_that_signed_twice_counts_once() {
    let text = checkpoint().to_string();
    let mut note = note(&text, &[&log(), &witness(11), &witness(11)]);
    note.signatures.push(witness(11).sign(&text, TIME + 1));
    let error = policy(2).open(&note, &log().verifier);
    assert_eq!(error, Err(CheckpointError::Quorum { present: 1, required: 2 }));
}

#[test]
fn a_note_that_the_log_did_not_sign_is_rejected() {
    let text = checkpoint().to_string();
    let error = policy(2).open(&note(&text, &[&witness(11), &witness(12)]), &log().verifier);
    assert_eq!(error, Err(NoteError::Unsigned(ORIGIN.to_owned()).into()));
}

#[test]
fn a_note_with_one_forged_cosignature_is_rejected() {
    let text = checkpoint().to_string();
    let mut note = note(&text, &[&log(), &witness(11), &witness(12)]);
    let forged = witness(13).sign("another text\n", TIME);
    note.signatures.push(forged);
    let error = policy(2).open(&note, &log().verifier);
    assert_eq!(error, Err(NoteError::Signature("witness.example/13".to_owned()).into()));
}

#[test]
fn a_checkpoint_of_another_log_is_rejected() {
    let other = Checkpoint { origin: "example.com/other".to_owned(), ..checkpoint() };
    let note = note(&other.to_string(), &[&log(), &witness(11), &witness(12)]);
    let error = policy(2).open(&note, &log().verifier);
    let (expected, found) = (ORIGIN.to_owned(), other.origin);
    assert_eq!(error, Err(CheckpointError::Foreign { expected, found }));
}

#[test]
fn an_extension_line_is_signed_with_the_rest() {
    let text = format!("{}extension\n", checkpoint());
    let signers = [&log(), &witness(11), &witness(12)];
    assert_eq!(policy(2).open(&note(&text, &signers), &log().verifier), Ok(checkpoint()));
    let without = Note::new(checkpoint().to_string(), note(&text, &signers).signatures);
    let error = policy(2).open(&without, &log().verifier);
    assert!(matches!(error, Err(CheckpointError::Note(NoteError::Signature(_)))), "{error:?}");
}

#[test]
fn a_policy_is_read_as_it_was_written() {
    for quorum in 0..=3 {
        assert_eq!(Policy::from_json(&policy(quorum).to_json()), Ok(policy(quorum)));
    }
}

/// The policy with one member changed.
fn changed(member: &str, value: Value) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&policy(2).to_json()).expect("JSON");
    json[member] = value;
    serde_json::to_vec(&json).expect("JSON")
}

fn check_refused(json: &[u8], expected: &str) {
    match Policy::from_json(json) {
        Ok(policy) => panic!("taken: {policy:?}"),
        Err(error) => assert!(error.contains(expected), "{error}"),
    }
}

#[test]
fn a_policy_that_cant_be_met_is_rejected() {
    check_refused(
        &changed("quorum", json!(4)),
        "a quorum of 4 out of 3 witnesses can't be reached",
    );
}

#[test]
fn a_policy_that_lists_a_witness_twice_is_rejected() {
    let same = [11, 12, 11].map(|seed| witness(seed).verifier.to_string());
    check_refused(&changed("witnesses", json!(same)), "stands twice");
    // Under another name it is still the same witness.
    let renamed = Signer::new("witness.example/other", KeyKind::Cosignature, 11).verifier;
    let same = [witness(11).verifier.to_string(), renamed.to_string()];
    check_refused(&changed("witnesses", json!(same)), "stands twice");
}

#[test]
fn a_policy_in_which_the_company_is_its_own_witness_is_rejected() {
    for (key, seed) in [("log", 1), ("report", 2), ("receipt", 3)] {
        let own = Signer::new("witness.example/own", KeyKind::Cosignature, seed).verifier;
        let witnesses = [witness(11).verifier.to_string(), own.to_string()];
        let expected = format!("witness witness.example/own has the {key} key");
        check_refused(&changed("witnesses", json!(witnesses)), &expected);
    }
}

#[test]
fn a_policy_with_one_key_for_two_uses_is_rejected() {
    let log = Signer::new("example.com/log/report", KeyKind::Ed25519, 1).verifier;
    let refused = "the log key and the report key are one";
    check_refused(&changed("report_key", json!(log.to_string())), refused);
}

#[test]
fn a_policy_whose_witness_signs_no_time_is_rejected() {
    let plain = Signer::new("witness.example/11", KeyKind::Ed25519, 11).verifier;
    let witnesses = [plain.to_string(), witness(12).verifier.to_string()];
    check_refused(&changed("witnesses", json!(witnesses)), "type 04");
}

#[test]
fn a_policy_whose_own_keys_are_of_a_witness_type_is_rejected() {
    for (member, name) in [("log_key", ORIGIN), ("report_key", "r"), ("receipt_key", "r")] {
        let key = Signer::new(name, KeyKind::Cosignature, 9).verifier.to_string();
        check_refused(&changed(member, json!(key)), "type 01");
    }
}

/// The key is looked for under the log's name when a checkpoint is verified.
#[test]
fn a_policy_whose_log_key_has_another_name_than_the_log_is_rejected() {
    let key = Signer::new("example.com/other", KeyKind::Ed25519, 1).verifier.to_string();
    check_refused(&changed("log_key", json!(key)), "named example.com/other");
}

#[test]
fn a_policy_with_unknown_or_doubled_members_is_rejected() {
    check_refused(&changed("more", json!(1)), "unknown field");
    let json = String::from_utf8(policy(2).to_json()).expect("text");
    let doubled = json.replacen('{', "{\"quorum\": 0,", 1);
    check_refused(doubled.as_bytes(), "duplicate field");
    check_refused(&[json.as_bytes(), b"x"].concat(), "trailing");
}
