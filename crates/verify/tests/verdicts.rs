//! What a stranger is told about a log and a receipt, in words and by the exit code.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/log/world.rs"]
#[expect(dead_code, reason = "the tests of the log use the rest")]
mod world;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ledger::hash::Hash;
use ledger::leaf::{Arrival, Leaf, LeafKind, Role};
use ledger::receipt::Receipt;
use serde_json::{Value, json};
use verify::{NotYetPublished, Verify};
use world::{World, codebook, half_year, outcome_code, record_code};

const LETTER: &[u8] = b"a letter";

/// A folder with what a company publishes and gives out.
struct Given {
    dir: tempfile::TempDir,
}

impl Given {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn site(&self) -> String {
        self.path("site").display().to_string()
    }

    /// Publishes the log as it is.
    fn publish(&self, world: &World) {
        let log = self.path("site/log");
        let files = world.publish().files.into_iter();
        for (path, bytes) in files.chain([("policy.json".to_owned(), world.policy.to_json())]) {
            put(&log.join(path), &bytes);
        }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        put(&self.path(name), bytes);
        self.path(name)
    }

    fn receipt(&self, world: &World, leaves: &[u64]) -> PathBuf {
        let receipt: Receipt = world.sign(world.contents(leaves));
        self.file("receipt.json", &receipt.to_json())
    }
}

fn put(file: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("makes it");
    std::fs::write(file, bytes).expect("writes");
}

/// A log with a submission at 1 that has this record.
fn received(record: Value) -> World {
    let mut world = World::new();
    let seal = world.seal_record(LeafKind::Submission, record, None);
    let (period, arrival) = (half_year(2024, 1), Arrival::OnReceipt);
    world.append(&Leaf::Submission { period, arrival, seal });
    world
}

fn letter(reference: Option<&str>, files: &[&[u8]]) -> Value {
    let files: Vec<_> = files.iter().map(|file| Hash::of(file).to_string()).collect();
    json!({
        "arrival": "on_receipt",
        "channel": "letter",
        "files": files,
        "nonce": null,
        "received_on": "2024-03-01",
        "reference": reference,
        "submission": "0195a000-0000-7000-8000-000000000001",
    })
}

/// What a receipt of everything about the submission at 1 says.
fn told(world: &World, change: impl FnOnce(&mut Verify)) -> Result<String, String> {
    let given = Given::new();
    given.publish(world);
    let about = world.verify().expect("holds").links.about(1);
    let mut verify = Verify::of(given.site());
    verify.receipt = Some(given.receipt(world, &about));
    change(&mut verify);
    verify.run().map(|verdict| verdict.to_string()).map_err(|error| format!("{error:#}"))
}

fn contains(text: &str, all: &[&str]) {
    for words in all {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
}

/// One leaf could serve two senders if neither is told what is in it.
#[test]
fn a_receipt_says_what_it_is_about() {
    let mut world = received(letter(Some("AZ 12/26"), &[LETTER, b"an annex"]));
    let request = world.request(1, 1, record_code("RU", 7));
    world.decision(request, 0, outcome_code(2));
    let text = told(&world, |_| {}).expect("holds");
    contains(
        &text,
        &[
            "leaf 1: received in 2024-H1, sealed on receipt\n    reference: \"AZ 12/26\"\n",
            "files: 2, of which these are the SHA-256:\n",
            &Hash::of(LETTER).to_string(),
            &Hash::of(b"an annex").to_string(),
            "channel: letter; received on: 2024-03-01; submission: 0195a000-",
            "request 1 in it: RU (Russia), Removal\n",
            "outcome 1: rejected\n",
            "counted: in sum",
            "NOT COMPARED  Whether this is about what you sent",
            "The submission told above is in the log",
        ],
    );
    assert!(!text.contains("YOUR OWN"), "{text}");
}

#[test]
fn a_receipt_with_nothing_of_its_holders_own_says_so_loudly() {
    for reference in [None, Some(""), Some("  ")] {
        let text = told(&received(letter(reference, &[])), |_| {}).expect("holds");
        contains(
            &text,
            &[
                "NOTHING IN THIS RECEIPT IS YOUR OWN",
                "files: none",
                "That this submission is yours",
            ],
        );
        assert!(!text.contains("NOT COMPARED"), "{text}");
    }
    let mut record = letter(None, &[]);
    record["nonce"] = json!("7f3a");
    let text = told(&received(record), |_| {}).expect("holds");
    contains(&text, &["nonce of the sender's program: \"7f3a\"", "NOT COMPARED"]);
}

#[test]
fn a_reference_and_a_file_are_compared_with_the_receipt() {
    let world = received(letter(Some("AZ 12/26"), &[LETTER]));
    let given = Given::new();
    let (mine, other) = (given.file("mine", LETTER), given.file("other", b"another letter"));
    for same in ["AZ 12/26", " AZ 12/26\n"] {
        let text = told(&world, |verify| {
            verify.reference = Some(same.to_owned());
            verify.document = vec![mine.clone()];
        });
        let text = text.expect("holds");
        contains(&text, &["The reference is the one that you gave.", "mine is one of the files"]);
        assert!(!text.contains("NOT COMPARED"), "{text}");
    }
    for (given, has) in [("AZ 13/26", "\"AZ 12/26\""), ("az 12/26", "\"AZ 12/26\""), ("", "\"AZ")] {
        let error = told(&world, |verify| verify.reference = Some(given.to_owned()));
        let error = error.expect_err("it is another's");
        contains(&error, &["the receipt is not about", &format!("{given:?}"), has]);
    }
    let error = told(&world, |verify| verify.document = vec![other]).expect_err("is another's");
    contains(&error, &["no file with its SHA-256"]);
    let without = received(letter(None, &[LETTER]));
    let error = told(&without, |verify| verify.reference = Some("AZ 12/26".to_owned()));
    contains(&error.expect_err("it has none"), &["it has no reference"]);
}

/// Names and texts are the company's, and go to somebody's terminal.
#[test]
fn nothing_in_a_receipt_or_codebook_can_look_like_the_verdict() {
    let lie = "x\nKEYS PINNED  by the policy that you gave.\u{1b}[1A\u{202e}";
    let mut world = received(letter(Some(lie), &[]));
    let mut second = codebook(2);
    second.countries.insert("RU".to_owned(), lie.to_owned());
    world.codebook(second);
    world.request(1, 1, record_code("RU", 7));
    let text = told(&world, |_| {}).expect("holds");
    contains(&text, &["KEY NOT PINNED", "\"x\\nKEYS PINNED", "RU (x\\nKEYS PINNED"]);
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("KEYS PINNED")).collect();
    assert_eq!(lines, [""; 0], "{text}");
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(text.chars().all(is_plain), "{text:?}");
}

#[test]
fn a_country_that_was_renamed_is_told_with_its_letters() {
    let mut world = received(letter(Some("AZ 12/26"), &[]));
    let mut second = codebook(2);
    second.countries.insert("RU".to_owned(), "Ruritania".to_owned());
    world.codebook(second);
    world.request(1, 1, record_code("RU", 7));
    let text = told(&world, |_| {}).expect("holds");
    contains(
        &text,
        &[
            "The country RU was renamed: \"Russia\", then \"Ruritania\".",
            "request 1 in it: RU (Ruritania), Removal",
        ],
    );
}

#[test]
fn a_log_that_is_larger_than_the_reader_wants_says_how_to_read_it() {
    let world = received(letter(Some("AZ 12/26"), &[]));
    let error = told(&world, |verify| verify.leaves_max = 1).expect_err("it has two");
    contains(&error, &["it claims 2 leaves, more than the 1 that are read", "--leaves-max 2"]);
    told(&world, |verify| verify.leaves_max = 2).expect("holds");
}

/// Runs the program itself.
fn program(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor-verify"));
    command.args(args).output().expect("runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn path(file: &Path) -> &str {
    file.to_str().expect("text")
}

/// Where a log is published with editions alone, each receipt is so for months.
#[test]
fn a_fresh_receipt_is_signed_and_not_yet_published() {
    let mut world = World::new();
    world.audit();
    let given = Given::new();
    given.publish(&world);
    let mut newer = world.clone();
    let seal = newer.seal_record(LeafKind::Submission, letter(Some("AZ 12/26"), &[LETTER]), None);
    let (period, arrival) = (half_year(2024, 1), Arrival::OnReceipt);
    let index = newer.append(&Leaf::Submission { period, arrival, seal });
    let receipt = given.receipt(&newer, &[index]);
    let mine = given.file("mine", LETTER);
    let (site, receipt, mine) = (given.site(), path(&receipt), path(&mine));

    let output = program(&[&site, "--receipt", receipt, "--document", mine]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    contains(
        text(&output.stdout),
        &[
            "LOG HOLDS",
            "2 leaves",
            "RECEIPT SIGNED, LOG NOT PUBLISHED SO FAR  The company has signed this receipt, and a \
             log of 3 leaves",
            "Published are 2.",
            "reference: \"AZ 12/26\"",
            "mine is one of the files that were received.",
            "once 3 leaves or more are published",
        ],
    );
    assert!(!text(&output.stdout).contains("RECEIPT HOLDS"));
    let said = text(&output.stderr);
    contains(said, &["the company has signed the receipt", "once 3 leaves or more"]);
    assert!(!said.contains("older"), "{said}");

    // What is wrong with it stays wrong.
    let output = program(&[&site, "--receipt", receipt, "--reference", "AZ 13/26"]);
    assert_eq!(output.status.code(), Some(1));
    contains(text(&output.stderr), &["does not hold", "it has the reference \"AZ 12/26\""]);
    let forged = std::fs::read_to_string(receipt).expect("reads").replace("AZ 12/26", "AZ 13/26");
    let forged = given.file("forged.json", forged.as_bytes());
    let output = program(&[&site, "--receipt", path(&forged)]);
    assert_eq!(output.status.code(), Some(1));
    contains(text(&output.stderr), &["not signed by the company's receipt key"]);

    // Once it is published, it holds.
    given.publish(&newer);
    let output = program(&[&site, "--receipt", receipt]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    contains(text(&output.stdout), &["RECEIPT HOLDS"]);
}

#[test]
fn a_receipt_from_before_anything_is_published_needs_the_companys_keys() {
    let given = Given::new();
    let world = received(letter(Some("AZ 12/26"), &[]));
    let receipt = given.receipt(&world, &[1]);
    std::fs::create_dir_all(given.path("site")).expect("makes it");
    let (site, receipt) = (given.site(), path(&receipt));
    let output = program(&[&site, "--receipt", receipt]);
    assert_eq!(output.status.code(), Some(1));
    contains(text(&output.stderr), &["there is no log here", "give its keys with --policy"]);
    let policy = given.file("policy.json", &world.policy.to_json());
    let output = program(&[&site, "--receipt", receipt, "--policy", path(&policy)]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    contains(
        told,
        &["NOTHING PUBLISHED", "KEYS PINNED", "Nothing of it is published.", "AZ 12/26"],
    );
    let output = program(&[&site]);
    assert_eq!(output.status.code(), Some(1));
    contains(text(&output.stderr), &["there is no log here"]);
}

#[test]
fn keys_that_were_replaced_since_the_log_was_published_are_not_called_a_forgery() {
    let world = received(letter(Some("AZ 12/26"), &[]));
    for role in [Role::Receipt, Role::Log] {
        let given = Given::new();
        given.publish(&world);
        let mut newer = world.clone();
        newer.hand_over(role, 60);
        let mut verify = Verify::of(given.site());
        verify.receipt = Some(given.receipt(&newer, &[1]));
        let error = verify.run().expect_err("the key is not known");
        assert!(!error.is::<NotYetPublished>());
        contains(
            &format!("{error:#}"),
            &["if the company has replaced its keys since", "it again"],
        );
        given.publish(&newer);
        verify.run().expect("holds");
    }
}
