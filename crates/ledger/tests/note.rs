//! Signed notes: the specification's rules, and another program's opinion.

mod common;

use common::Signer;
use ed25519_dalek::SigningKey;
use ledger::note::{
    KeyKind, NOTE_SIZE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, SignatureLine, VerifierKey,
};
use proptest::prelude::*;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};

const TEXT: &str = "example.com/log\n3\nnoted\n";
const TIME: u64 = 1_679_315_147;

/// The example of C2SP signed-note's reference implementation (golang.org/x/mod/sumdb/note).
const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                          then you don't know what your problem is.\n";
const PETER_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn log() -> Signer {
    Signer::new("example.com/log", KeyKind::Ed25519, 1)
}

fn witness() -> Signer {
    Signer::new("witness.example/w1", KeyKind::Cosignature, 2)
}

fn signed(lines: &[SignatureLine]) -> Note {
    let note = Note::new(TEXT.to_owned(), lines.to_vec());
    let read: Note = note.to_string().parse().expect("it was just written");
    assert_eq!(read, note);
    read
}

fn wrong(signer: &Signer) -> NoteError {
    NoteError::Signature(signer.verifier.name().to_owned())
}

#[test]
fn the_reference_implementations_note_is_signed_by_its_key() {
    let key: VerifierKey = PETER_KEY.parse().expect("a key");
    assert_eq!(key.name(), "PeterNeumann");
    assert_eq!(key.kind(), KeyKind::Ed25519);
    assert_eq!(key.id(), [0xc7, 0x4f, 0x20, 0xa3]);
    assert_eq!(key.to_string(), PETER_KEY);
    let note: Note = PETER_NOTE.parse().expect("a note");
    assert_eq!(note.text(), PETER_TEXT);
    assert_eq!(note.is_signed_by(&key), Ok(true));
    assert_eq!(note.to_string(), PETER_NOTE);
}

#[test]
fn we_sign_the_reference_implementations_note_as_it_does() {
    let line = PETER_NOTE.lines().last().expect("a line");
    let mut theirs = signed_note::Note::new(PETER_TEXT.as_bytes(), &[]).expect("a text");
    let signer = StandardSigner::new(PETER_SECRET).expect("a key");
    theirs.add_sigs(&[&signer]).expect("it signs");
    assert_eq!(theirs.to_bytes(), PETER_NOTE.as_bytes());
    let ours = Note::new(PETER_TEXT.to_owned(), vec![line.parse().expect("a line")]);
    assert_eq!(ours.to_string(), PETER_NOTE);
}

/// C2SP signed-note's example: the last empty line parts text and signatures.
#[test]
fn a_text_may_hold_empty_lines() {
    let text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n";
    let line = "\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let note: Note = format!("{text}\n{line}").parse().expect("a note");
    assert_eq!(note.text(), text);
    assert_eq!(note.signatures.len(), 1);
    assert_eq!(note.signatures[0].name, "quasimodo.example/salvatore");
    assert_eq!(note.signatures[0].signature.len(), 64);
    assert_eq!(note.to_string(), format!("{text}\n{line}"));
}

/// C2SP tlog-cosignature's example, as far as its keys are known: the time is readable.
#[test]
fn a_cosignature_holds_its_time_before_the_signature() {
    let line = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let line: SignatureLine = line.parse().expect("a line");
    assert_eq!(line.signature.len(), 8 + 64);
    assert_eq!(line.signature[..8], 1_679_315_147_u64.to_be_bytes());
}

#[test]
fn another_program_verifies_our_signature() {
    let log = log();
    let note = signed(&[log.sign(TEXT, 0)]);
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).expect("a note");
    let key = StandardVerifier::new(&log.verifier.to_string()).expect("a key");
    let (verified, _) = theirs.verify(&VerifierList::new(vec![Box::new(key)])).expect("signed");
    assert_eq!(verified.len(), 1);
    assert_eq!(verified[0].id().to_be_bytes(), log.verifier.id());
}

#[test]
fn we_verify_another_programs_signature() {
    let secret = SigningKey::from_bytes(&[9; 32]);
    let key = VerifierKey::new("theirs", KeyKind::Ed25519, secret.verifying_key().to_bytes());
    let key = key.expect("a key");
    let id = u32::from_be_bytes(key.id());
    let encoded = base64(&[&[1], secret.to_bytes().as_slice()].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+theirs+{id:08x}+{encoded}"));
    let mut note = signed_note::Note::new(TEXT.as_bytes(), &[]).expect("a text");
    note.add_sigs(&[&signer.expect("a key")]).expect("it signs");
    let note = String::from_utf8(note.to_bytes()).expect("text");
    let note: Note = note.parse().expect("a note");
    assert_eq!(note.is_signed_by(&key), Ok(true));
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_witness_has_signed_at_its_time() {
    let witness = witness();
    for time in [0, TIME, i64::MAX as u64] {
        let note = signed(&[log().sign(TEXT, 0), witness.sign(TEXT, time)]);
        assert_eq!(note.cosigned_by(&witness.verifier), Ok(Some(time)));
    }
}

#[test]
fn a_witness_that_changes_its_time_is_rejected() {
    let witness = witness();
    let mut line = witness.sign(TEXT, TIME);
    line.signature[7] ^= 1;
    assert_eq!(signed(&[line]).cosigned_by(&witness.verifier), Err(wrong(&witness)));
}

#[test]
fn a_time_beyond_the_specifications_limit_is_rejected() {
    let witness = witness();
    for time in [1 << 63, u64::MAX] {
        let note = signed(&[witness.sign(TEXT, time)]);
        assert_eq!(note.cosigned_by(&witness.verifier), Err(wrong(&witness)));
    }
}

#[test]
fn a_signature_of_another_length_is_rejected() {
    let (log, witness) = (log(), witness());
    for signer in [&log, &witness] {
        let line = signer.sign(TEXT, TIME);
        for length in 1..line.signature.len() {
            let mut line = line.clone();
            line.signature.truncate(length);
            assert_eq!(signed(&[line]).is_signed_by(&signer.verifier), Err(wrong(signer)));
        }
        let mut line = line.clone();
        line.signature.push(0);
        assert_eq!(signed(&[line]).is_signed_by(&signer.verifier), Err(wrong(signer)));
    }
}

#[test]
fn a_note_without_the_keys_line_is_not_signed_by_it() {
    let note = signed(&[witness().sign(TEXT, TIME)]);
    assert_eq!(note.is_signed_by(&log().verifier), Ok(false));
    assert_eq!(note.cosigned_by(&log().verifier), Ok(None));
}

#[test]
fn lines_of_unknown_keys_are_skipped() {
    let (log, other) = (log(), Signer::new("example.com/log", KeyKind::Ed25519, 7));
    let mut same_id = other.sign(TEXT, 0);
    same_id.name = "other.example".to_owned();
    same_id.key_id = log.verifier.id();
    // Of a type that is not read here, such as a post-quantum one.
    let long = SignatureLine { signature: vec![5; 2428], ..other.sign(TEXT, 0) };
    let note = signed(&[other.sign("another text\n", 0), same_id, long, log.sign(TEXT, 0)]);
    assert_eq!(note.is_signed_by(&log.verifier), Ok(true));
}

#[test]
fn the_same_key_as_log_and_as_witness_makes_two_lines() {
    let log = Signer::new("both", KeyKind::Ed25519, 3);
    let witness = Signer::new("both", KeyKind::Cosignature, 3);
    assert_ne!(log.verifier.id(), witness.verifier.id());
    let note = signed(&[log.sign(TEXT, 0)]);
    assert_eq!(note.is_signed_by(&log.verifier), Ok(true));
    assert_eq!(note.cosigned_by(&witness.verifier), Ok(None));
}

#[test]
fn a_forged_line_of_a_known_key_is_rejected() {
    let (log, forger) = (log(), Signer::new("example.com/log", KeyKind::Ed25519, 7));
    let forged = SignatureLine { key_id: log.verifier.id(), ..forger.sign(TEXT, 0) };
    assert_eq!(signed(&[forged]).is_signed_by(&log.verifier), Err(wrong(&log)));
}

#[test]
fn a_forged_line_beside_a_true_one_is_rejected() {
    let (log, forger) = (log(), Signer::new("example.com/log", KeyKind::Ed25519, 7));
    let forged = SignatureLine { key_id: log.verifier.id(), ..forger.sign(TEXT, 0) };
    for lines in [[log.sign(TEXT, 0), forged.clone()], [forged, log.sign(TEXT, 0)]] {
        assert_eq!(signed(&lines).is_signed_by(&log.verifier), Err(wrong(&log)));
    }
}

#[test]
fn a_signature_of_another_text_is_rejected() {
    let log = log();
    let note = signed(&[log.sign("example.com/log\n4\nnoted\n", 0)]);
    assert_eq!(note.is_signed_by(&log.verifier), Err(wrong(&log)));
}

#[test]
fn a_line_that_stands_twice_counts_once() {
    let witness = witness();
    let line = witness.sign(TEXT, TIME);
    let note = signed(&[line.clone(), line]);
    assert_eq!(note.cosigned_by(&witness.verifier), Ok(Some(TIME)));
}

#[test]
fn as_many_signatures_as_the_limit_are_read_and_no_more() {
    let lines: Vec<_> = (0..=SIGNATURES_MAX as u8)
        .map(|i| SignatureLine { name: format!("s{i}"), key_id: [i; 4], signature: vec![i] })
        .collect();
    let most = Note::new(TEXT.to_owned(), lines[1..].to_vec());
    assert_eq!(most.to_string().parse(), Ok(most));
    let over = Note::new(TEXT.to_owned(), lines).to_string();
    assert_eq!(over.parse::<Note>(), Err(NoteError::TooLarge));
}

#[test]
fn a_note_that_is_too_long_is_rejected() {
    let line = log().sign(TEXT, 0).to_string();
    let text = "x".repeat(NOTE_SIZE_BYTES_MAX - line.len() - 2);
    assert_eq!(format!("{text}\n\n{line}").parse::<Note>().map(|_| ()), Ok(()));
    assert_eq!(format!("{text}x\n\n{line}").parse::<Note>(), Err(NoteError::TooLarge));
}

#[test]
fn what_is_no_note_is_rejected() {
    let line = log().sign(TEXT, 0).to_string();
    let line = line.trim_end();
    let signature = line.rsplit(' ').next().expect("the signature");
    for note in [
        String::new(),
        "\n".to_owned(),
        "\n\n".to_owned(),
        TEXT.to_owned(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n\n"),
        format!("{TEXT}{line}\n"),
        format!("{TEXT}\n{line}"),
        format!("{TEXT}\n{line}\n\n"),
        format!("{TEXT}\n{line}\nmore\n"),
        format!("{TEXT}\n{line}\n{line}"),
        format!("{TEXT}\n {line}\n"),
        format!("{TEXT}\n{line} \n"),
        format!("{TEXT}\n-{}\n", &line[3..]),
        format!("{TEXT}\n\u{2014}\u{a0}{}\n", &line[4..]),
        format!("{TEXT}\n\u{2014} {signature}\n"),
        format!("{TEXT}\n\u{2014}  {signature}\n"),
        format!("{TEXT}\n\u{2014} na+me {signature}\n"),
        format!("{TEXT}\n\u{2014} na\u{2003}me {signature}\n"),
        format!("{TEXT}\n\u{2014} name  {signature}\n"),
        format!("{TEXT}\n\u{2014} name \n"),
        // Four bytes are the key's id, and no signature.
        format!("{TEXT}\n\u{2014} name AAAAAA==\n"),
        format!("{TEXT}\n\u{2014} name AAAA\n"),
        // Base64 that another program writes differently: trailing bits, padding, alphabet.
        format!("{TEXT}\n\u{2014} name AAAAAAB=\n"),
        format!("{TEXT}\n\u{2014} name AAAAAAA\n"),
        format!("{TEXT}\n\u{2014} name AAAAAAA==\n"),
        format!("{TEXT}\n\u{2014} name AAAA-AA=\n"),
        format!("{TEXT}\n\u{2014} name AA AAAAA=\n"),
    ] {
        assert_eq!(note.parse::<Note>(), Err(NoteError::Malformed), "{note:?}");
    }
    assert_eq!(format!("{TEXT}\n\u{2014} name AAAAAAA=\n").parse::<Note>().map(|_| ()), Ok(()));
}

#[test]
fn control_characters_are_rejected() {
    let line = log().sign(TEXT, 0);
    for control in (0..0x20_u8).map(char::from).filter(|c| *c != '\n') {
        let note = format!("a{control}b\n\n{line}");
        assert_eq!(note.parse::<Note>(), Err(NoteError::Malformed), "{control:?}");
        let name = SignatureLine { name: format!("a{control}b"), ..line.clone() };
        let note = format!("{TEXT}\n{name}");
        assert_eq!(note.parse::<Note>(), Err(NoteError::Malformed), "{control:?}");
    }
}

#[test]
fn a_name_that_no_line_can_hold_is_rejected() {
    let key = log().verifier.public();
    for name in ["", " ", "a b", "a+b", "a\tb", "a\nb", "a\u{2003}b", "a\u{0}b", "a\u{1f}b"] {
        let error = VerifierKey::new(name, KeyKind::Ed25519, key);
        assert_eq!(error, Err(NoteError::Name(name.to_owned())), "{name:?}");
    }
    let key = VerifierKey::new("exämple/ü\u{7f}", KeyKind::Ed25519, key).expect("a name");
    assert_eq!(key.to_string().parse(), Ok(key));
}

/// Points of small order: a signature that verifies under one says nothing about who signed.
#[test]
fn a_key_under_which_anything_verifies_is_rejected() {
    let identity = {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    };
    for weak in [identity, [0; 32]] {
        let error = VerifierKey::new("weak", KeyKind::Ed25519, weak);
        assert!(matches!(error, Err(NoteError::Key(_))), "{error:?}");
    }
}

#[test]
fn a_key_is_read_only_as_it_is_written() {
    let text = log().verifier.to_string();
    let (name, rest) = text.split_once('+').expect("a name");
    let (id, key) = rest.split_once('+').expect("an id");
    for other in [
        String::new(),
        name.to_owned(),
        format!("{name}+{id}"),
        format!("{name}+{id}+"),
        format!("+{id}+{key}"),
        format!("other+{id}+{key}"),
        format!("{name}+00000000+{key}"),
        format!("{name}+{}+{key}", id.to_uppercase()),
        format!("{name}+{}+{key}", &id[..7]),
        format!("{name}+0{id}+{key}"),
        format!("{name}+{id}+{}", &key[..43]),
        format!("{name}+{id}+{key}="),
        format!("{name}+{id}+{key}\n"),
        format!(" {text}"),
    ] {
        assert_eq!(other.parse::<VerifierKey>(), Err(NoteError::Key(other.clone())));
    }
    // A type that is not verified here.
    let bytes = [&[2], log().verifier.public().as_slice()].concat();
    let other = format!("{name}+{id}+{}", base64(&bytes));
    assert_eq!(other.parse::<VerifierKey>(), Err(NoteError::Key(other.clone())));
}

#[test]
fn a_witness_key_is_written_with_its_type() {
    let key = witness().verifier;
    let read: VerifierKey = key.to_string().parse().expect("a key");
    assert_eq!(read, key);
    assert_eq!(read.kind(), KeyKind::Cosignature);
}

proptest! {
    #[test]
    fn what_reads_as_a_note_is_written_the_same(
        note in "([a-z \n]{0,20}\n\n)?(\u{2014} [a-z+]{0,3} [A-Ba-b=]{0,8}\n?){0,3}",
    ) {
        if let Ok(read) = note.parse::<Note>() {
            prop_assert_eq!(read.to_string(), note);
        }
    }

    #[test]
    fn a_note_is_read_by_us_as_by_another_program(
        text in "([a-z\u{1}\r é\n]{0,6}\n){0,3}",
        empty in "\n{0,3}",
        lines in prop::collection::vec(
            "\u{2014} ?(a|b c|d\\+)? ?(AAAAAAA=|AAAAAAAAAAA=|AAAAAAB=|AAAA|)\n?", 0..3),
    ) {
        let note = format!("{text}{empty}{}", lines.concat());
        let theirs = signed_note::Note::from_bytes(note.as_bytes());
        match note.parse::<Note>() {
            Ok(ours) => {
                let theirs = theirs.expect("they read it too");
                prop_assert_eq!(theirs.text(), ours.text().as_bytes());
                prop_assert_eq!(theirs.to_bytes(), note.as_bytes());
            }
            Err(_) => prop_assert!(theirs.is_err(), "they read {:?}", note),
        }
    }
}
