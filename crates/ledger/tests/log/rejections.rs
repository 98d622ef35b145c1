//! Each way in which a log must not be taken, by name.

use std::sync::LazyLock;

use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::codebook::CodebookError;
use ledger::commitment::Commitment;
use ledger::hash::{Hash, from_hex};
use ledger::leaf::{Arrival, HandOver, Leaf, LeafError, LeafKind, Role};
use ledger::link::{LinkError, Links, RoleKeys};
use ledger::log::{LEAVES_MAX, Rejection, codebook_path, verify_log, verify_log_within};
use ledger::note::{KeyKind, Note, NoteError};
use ledger::tile::{decode_entries, encode_entries};

use crate::common::Signer;
use crate::world::{ORIGIN, Published, World, codebook, half_year, outcome_code, record_code};

/// The leaves of [`base`].
const CODEBOOK: u64 = 0;
const SUBMISSION: u64 = 1;
const REQUEST: u64 = 2;
const DECISION: u64 = 3;

/// A log with a codebook, a submission, a request and a decision.
pub fn base() -> World {
    static BASE: LazyLock<World> = LazyLock::new(build);
    BASE.clone()
}

fn build() -> World {
    let mut world = World::new();
    world.submission(half_year(2024, 1), Arrival::OnReceipt);
    world.request(SUBMISSION, 1, record_code("RU", 7));
    world.decision(REQUEST, 0, outcome_code(1));
    assert_eq!(world.verify().map(|log| log.checkpoint.size), Ok(4));
    world
}

fn check_rejected(world: &World, expected: Rejection) {
    assert_eq!(world.verify().map(|log| log.checkpoint), Err(expected));
}

pub fn check_files(world: &World, files: &Published, expected: Rejection) {
    let log = verify_log(files, &world.policy, &[]);
    assert_eq!(log.map(|log| log.checkpoint), Err(expected));
}

/// What is appended to the base is rejected, at the last leaf.
pub fn check_link(append: impl FnOnce(&mut World), expected: LinkError) {
    let mut world = base();
    append(&mut world);
    let index = world.size() - 1;
    check_rejected(&world, Rejection::Link { index, error: expected });
}

fn sequence(expected: u64, found: u64) -> LinkError {
    LinkError::Sequence { expected, found }
}

pub fn append(world: &mut World, leaf: Leaf) {
    world.append(&leaf);
}

#[test]
fn two_decisions_of_one_seq() {
    check_link(
        |world| {
            world.decision(REQUEST, 0, outcome_code(2));
        },
        sequence(1, 0),
    );
}

#[test]
fn two_reclassifications_of_one_seq() {
    check_link(
        |world| {
            world.reclassification(REQUEST, 0, record_code("RU", 7));
            world.reclassification(REQUEST, 0, record_code("RU", 7));
        },
        sequence(1, 0),
    );
}

#[test]
fn a_gap_in_seq() {
    check_link(
        |world| {
            world.decision(REQUEST, 2, outcome_code(2));
        },
        sequence(1, 2),
    );
    check_link(
        |world| {
            world.reclassification(REQUEST, 1, record_code("RU", 7));
        },
        sequence(0, 1),
    );
    check_link(
        |world| {
            world.decision(REQUEST, u32::MAX, outcome_code(2));
        },
        sequence(1, u32::MAX.into()),
    );
}

#[test]
fn a_gap_in_ordinals() {
    for (ordinal, found) in [(0, 0), (1, 1), (3, 3), (u16::MAX, 65_535)] {
        check_link(
            |world| {
                world.request(SUBMISSION, ordinal, record_code("RU", 7));
            },
            sequence(2, found),
        );
    }
    check_link(
        |world| {
            let other = world.submission(half_year(2024, 1), Arrival::OnReceipt);
            world.request(other, 0, record_code("RU", 7));
        },
        sequence(1, 0),
    );
}

#[test]
fn a_reference_to_a_wrong_kind() {
    let kind = |index, found, expected| LinkError::Kind { index, found, expected };
    for (index, found) in [
        (CODEBOOK, LeafKind::Codebook),
        (REQUEST, LeafKind::Request),
        (DECISION, LeafKind::Decision),
    ] {
        check_link(
            |world| {
                world.request(index, 1, record_code("RU", 7));
            },
            kind(index, found, LeafKind::Submission),
        );
    }
    for (index, found) in [
        (CODEBOOK, LeafKind::Codebook),
        (SUBMISSION, LeafKind::Submission),
        (DECISION, LeafKind::Decision),
    ] {
        check_link(
            |world| {
                world.decision(index, 0, outcome_code(1));
            },
            kind(index, found, LeafKind::Request),
        );
        check_link(
            |world| {
                world.reclassification(index, 0, record_code("RU", 7));
            },
            kind(index, found, LeafKind::Request),
        );
    }
}

#[test]
fn a_reference_to_a_later_leaf() {
    // To itself, to the next, and beyond all.
    for index in [4, 5, 1 << 32, 1 << 63, u64::MAX] {
        check_link(
            |world| {
                world.request(index, 1, record_code("RU", 7));
            },
            LinkError::Later(index),
        );
        check_link(
            |world| {
                world.decision(index, 0, outcome_code(1));
            },
            LinkError::Later(index),
        );
    }
}

#[test]
fn a_cutoff_that_is_not_above_the_last() {
    let span = (half_year(2024, 1), half_year(2024, 1));
    for cutoff in [0, 3, 4] {
        check_link(
            |world| {
                world.report(span, 0, 4);
                world.report(span, 1, cutoff);
            },
            LinkError::CutoffNotAbove { cutoff, before: 4 },
        );
    }
}

#[test]
fn a_cutoff_after_its_leaf() {
    let span = (half_year(2024, 1), half_year(2024, 1));
    for cutoff in [5, 6, u64::MAX] {
        check_link(
            |world| {
                world.report(span, 0, cutoff);
            },
            LinkError::CutoffLater(cutoff),
        );
    }
}

#[test]
fn two_report_leaves_of_one_revision() {
    let span = (half_year(2024, 1), half_year(2024, 2));
    check_link(
        |world| {
            world.report(span, 0, 4);
            world.report(span, 0, 5);
        },
        sequence(1, 0),
    );
}

#[test]
fn a_gap_in_revisions() {
    let span = (half_year(2024, 1), half_year(2024, 2));
    check_link(
        |world| {
            world.report(span, 1, 4);
        },
        sequence(0, 1),
    );
    check_link(
        |world| {
            world.report(span, 0, 4);
            world.report(span, 2, 5);
        },
        sequence(1, 2),
    );
}

#[test]
fn a_report_that_ends_before_it_begins() {
    check_link(
        |world| {
            world.report((half_year(2024, 2), half_year(2024, 1)), 0, 4);
        },
        LinkError::Span,
    );
}

#[test]
fn a_codebook_that_renames() {
    let mut world = base();
    let mut renamed = codebook(2);
    renamed.outcomes.entry(1).and_modify(|outcome| outcome.name = "rejected".to_owned());
    world.codebook(renamed);
    let error = CodebookError::Renamed("outcome 1".to_owned(), "approved".to_owned());
    check_rejected(&world, Rejection::Codebook(error));
}

#[test]
fn a_codebook_that_drops() {
    let mut world = base();
    let mut smaller = codebook(2);
    smaller.countries.clear();
    world.codebook(smaller);
    let error = CodebookError::Renamed("RU".to_owned(), "Russia".to_owned());
    check_rejected(&world, Rejection::Codebook(error));
}

#[test]
fn a_codebook_of_the_same_version() {
    let mut world = base();
    world.codebook(codebook(1));
    let error = CodebookError::Version { before: 1, found: 1 };
    check_rejected(&world, Rejection::Codebook(error));
}

#[test]
fn a_codebook_in_another_form() {
    let mut world = World::empty();
    let json = [codebook(1).to_json(), b"\n".to_vec()].concat();
    let hash = Hash::of(&json);
    world.append(&Leaf::Codebook { codebook: hash });
    let mut files = world.publish();
    files.files.insert(codebook_path(hash), json);
    check_files(&world, &files, Rejection::Codebook(CodebookError::NotCanonical));
}

#[test]
fn another_codebook_than_the_sealed_one() {
    let world = base();
    let mut files = world.publish();
    let hash = codebook(1).hash();
    let path = codebook_path(hash);
    *files.file(&path) = codebook(2).to_json();
    check_files(&world, &files, Rejection::OtherCodebook { path, hash });
}

#[test]
fn a_missing_codebook() {
    let world = base();
    let path = codebook_path(codebook(1).hash());
    for path in [path.as_str(), "codebook.json"] {
        let mut files = world.publish();
        files.files.remove(path);
        check_files(&world, &files, Rejection::Missing(path.to_owned()));
    }
}

#[test]
fn an_old_codebook_in_place_of_the_last() {
    let mut world = base();
    world.codebook(codebook(2));
    assert_eq!(world.verify().map(|log| log.codebook().cloned()), Ok(Some(codebook(2))));
    let mut files = world.publish();
    *files.file("codebook.json") = codebook(1).to_json();
    check_files(&world, &files, Rejection::StaleCodebook);
}

#[test]
fn unknown_leaf_kind() {
    for (entry, error) in [
        (vec![9, 1], LeafError::Kind(9)),
        (vec![7, 2], LeafError::Version(2)),
        (vec![], LeafError::Truncated),
        (vec![7, 1], LeafError::Truncated),
        (vec![7; 200], LeafError::Version(7)),
    ] {
        let mut world = base();
        let index = world.append_entry(entry);
        check_rejected(&world, Rejection::Leaf { index, error });
    }
}

#[test]
fn wrong_root() {
    let world = base();
    let mut files = world.publish();
    let signed = Hash::of(b"another root");
    let checkpoint = Checkpoint { root: signed, ..world.checkpoint(4) };
    *files.file("checkpoint") = world.note(&checkpoint).to_string().into_bytes();
    check_files(&world, &files, Rejection::Root { signed, found: world.root() });
}

#[test]
fn a_root_over_fewer_leaves() {
    let world = base();
    let mut files = world.publish();
    let signed = world.checkpoint(3).root;
    let checkpoint = Checkpoint { root: signed, ..world.checkpoint(4) };
    *files.file("checkpoint") = world.note(&checkpoint).to_string().into_bytes();
    check_files(&world, &files, Rejection::Root { signed, found: world.root() });
}

#[test]
fn a_size_beyond_the_files() {
    let world = base();
    for size in [256, LEAVES_MAX, LEAVES_MAX + 1, 1 << 63, u64::MAX] {
        let leaves_max = LEAVES_MAX;
        let mut files = world.publish();
        let checkpoint = Checkpoint { size, ..world.checkpoint(4) };
        *files.file("checkpoint") = world.note(&checkpoint).to_string().into_bytes();
        let expected = match size {
            ..=LEAVES_MAX => Rejection::Missing("tile/entries/000".to_owned()),
            _ => Rejection::TooLarge { claimed: size, leaves_max },
        };
        check_files(&world, &files, expected);
    }
}

/// Where no witness vouches for a size, a server could have its readers' memory filled.
#[test]
fn no_more_leaves_are_read_than_the_reader_wants() {
    let world = base();
    let files = world.publish();
    let within = |leaves_max| {
        files.read.borrow_mut().clear();
        let log = verify_log_within(&files, &world.policy, &[], leaves_max);
        (log.map(|log| log.checkpoint.size), files.read.borrow().len())
    };
    assert_eq!(within(3), (Err(Rejection::TooLarge { claimed: 4, leaves_max: 3 }), 1));
    assert_eq!(within(4).0, Ok(4));
    assert_eq!(within(u64::MAX).0, Ok(4));
}

#[test]
fn missing_quorum() {
    let mut world = base();
    world.witnesses.pop();
    let error = CheckpointError::Quorum { present: 1, required: 2 };
    check_rejected(&world, Rejection::Checkpoint(error));
}

/// A server could feed leaves for ever to a reader who asks only then who vouches for them.
#[test]
fn nothing_is_read_before_the_witnesses_vouch_for_the_size() {
    let mut world = base();
    world.witnesses.pop();
    let files = world.publish();
    let error = CheckpointError::Quorum { present: 1, required: 2 };
    check_files(&world, &files, Rejection::Checkpoint(error));
    assert_eq!(files.read.into_inner(), ["checkpoint"]);
}

#[test]
fn a_forged_cosignature() {
    let mut world = base();
    let forger = Signer::new("witness.example/12", KeyKind::Cosignature, 99);
    let mut note = world.note(&world.checkpoint(4));
    let mut forged = forger.sign(note.text(), 1);
    forged.key_id = world.witnesses[1].verifier.id();
    note.signatures.push(forged);
    let mut files = world.publish();
    *files.file("checkpoint") = note.to_string().into_bytes();
    let error = NoteError::Signature("witness.example/12".to_owned());
    check_files(&world, &files, Rejection::Checkpoint(error.into()));
    // And of the log itself.
    world.log = Signer::new(ORIGIN, KeyKind::Ed25519, 99);
    check_rejected(&world, Rejection::Checkpoint(NoteError::Unsigned(ORIGIN.to_owned()).into()));
}

#[test]
fn a_log_of_another_origin() {
    let world = base();
    let other = Checkpoint { origin: "example.com/other".to_owned(), ..world.checkpoint(4) };
    let mut files = world.publish();
    *files.file("checkpoint") = world.note(&other).to_string().into_bytes();
    let error = CheckpointError::Foreign { expected: ORIGIN.to_owned(), found: other.origin };
    check_files(&world, &files, Rejection::Checkpoint(error));
}

#[test]
fn a_checkpoint_that_is_none() {
    let world = base();
    let malformed = |error: CheckpointError| Rejection::Checkpoint(error);
    for (checkpoint, expected) in [
        (b"".to_vec(), malformed(NoteError::Malformed.into())),
        (b"text\n\n".to_vec(), malformed(NoteError::Malformed.into())),
        (vec![0xff], Rejection::Malformed("checkpoint".to_owned())),
    ] {
        let mut files = world.publish();
        *files.file("checkpoint") = checkpoint;
        check_files(&world, &files, expected);
    }
    let mut files = world.publish();
    let text = format!("{ORIGIN}\n4\nno root\n");
    let note = Note::new(text.clone(), vec![world.log.sign(&text, 0)]);
    *files.file("checkpoint") = note.to_string().into_bytes();
    check_files(&world, &files, malformed(CheckpointError::Malformed));
    files.files.remove("checkpoint");
    check_files(&world, &files, Rejection::Missing("checkpoint".to_owned()));
}

/// The path of the only bundle, or tile, of the base.
pub const BUNDLE: &str = "tile/entries/000.p/4";
pub const TILE: &str = "tile/0/000.p/4";

#[test]
fn altered_bundle() {
    let world = base();
    let mut files = world.publish();
    // A byte of the last leaf's seal.
    let bundle = files.file(BUNDLE);
    let at = bundle.len() - 40;
    bundle[at] ^= 1;
    check_files(&world, &files, Rejection::Tile(TILE.to_owned()));
}

#[test]
fn altered_bundle_and_tile() {
    let mut world = base();
    let signed = world.publish().file("checkpoint").clone();
    let root = world.root();
    let mut other = World::new();
    for entry in &world.entries[1..] {
        let mut entry = entry.clone();
        // A byte of the seal of a submission; the rest as it was.
        if entry[0] == LeafKind::Submission.byte() {
            entry[10] ^= 1;
        }
        other.append_entry(entry);
    }
    std::mem::swap(&mut world, &mut other);
    let mut files = world.publish();
    *files.file("checkpoint") = signed;
    check_files(&world, &files, Rejection::Root { signed: root, found: world.root() });
}

#[test]
fn a_swapped_or_dropped_or_doubled_leaf() {
    let world = base();
    let change = |change: fn(&mut Vec<&[u8]>)| {
        let mut files = world.publish();
        let bundle = files.file(BUNDLE);
        let bytes = bundle.clone();
        let mut entries = decode_entries(&bytes, 4).expect("a bundle");
        change(&mut entries);
        *bundle = encode_entries(entries);
        verify_log(&files, &world.policy, &[]).map(|log| log.checkpoint)
    };
    let malformed = Err(Rejection::Malformed(BUNDLE.to_owned()));
    assert_eq!(change(|entries| entries.truncate(3)), malformed);
    assert_eq!(change(|entries| entries.push(entries[1])), malformed);
    assert_eq!(change(|entries| entries[3] = entries[1]), Err(Rejection::Tile(TILE.to_owned())));
    let error = LinkError::Kind {
        index: SUBMISSION,
        found: LeafKind::Codebook,
        expected: LeafKind::Submission,
    };
    assert_eq!(
        change(|entries| entries.swap(0, 1)),
        Err(Rejection::Link { index: REQUEST, error })
    );
    assert_eq!(change(|_| {}), Ok(world.checkpoint(4)));
}

#[test]
fn altered_tile() {
    let world = base();
    let whole = world.publish();
    for at in (0..4 * 32).step_by(9) {
        let mut files = whole.clone();
        files.file(TILE)[at] ^= 1;
        check_files(&world, &files, Rejection::Tile(TILE.to_owned()));
    }
    for length in [0, 1, 3 * 32, 4 * 32 - 1] {
        let mut files = whole.clone();
        files.file(TILE).truncate(length);
        check_files(&world, &files, Rejection::Malformed(TILE.to_owned()));
    }
    let mut files = whole;
    files.file(TILE).push(0);
    check_files(&world, &files, Rejection::Malformed(TILE.to_owned()));
}

#[test]
fn an_altered_tile_above_the_leaves() {
    let mut world = base();
    while world.size() < 600 {
        world.audit();
    }
    for path in ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"] {
        let mut files = world.publish();
        files.file(path)[3] ^= 1;
        check_files(&world, &files, Rejection::Tile(path.to_owned()));
        files.files.remove(path);
        check_files(&world, &files, Rejection::Missing(path.to_owned()));
    }
}

#[test]
fn missing_bundle_or_tile() {
    let world = base();
    for path in [BUNDLE, TILE] {
        let mut files = world.publish();
        files.files.remove(path);
        check_files(&world, &files, Rejection::Missing(path.to_owned()));
    }
}

#[test]
fn truncated_bundle() {
    let world = base();
    let whole = world.publish();
    let length = whole.files[BUNDLE].len();
    // Each takes a hundredth of a second.
    for length in (0..length).step_by(7).chain([length - 1]) {
        let mut files = whole.clone();
        files.file(BUNDLE).truncate(length);
        check_files(&world, &files, Rejection::Malformed(BUNDLE.to_owned()));
    }
}

#[test]
fn hand_over_by_another_key() {
    for role in Role::ALL {
        check_link(
            |world| {
                let stranger = Signer::new(ORIGIN, KeyKind::Ed25519, 77);
                let new = Signer::new(ORIGIN, KeyKind::Ed25519, 78);
                append(world, Leaf::HandOver(World::hand_over_by(&stranger, role, &new)));
            },
            LinkError::HandOver,
        );
        // By the owner of another role.
        check_link(
            |world| {
                let other = Role::ALL.into_iter().find(|other| *other != role);
                let other = world.signer(other.expect("three roles")).clone();
                let new = Signer::new(ORIGIN, KeyKind::Ed25519, 78);
                append(world, Leaf::HandOver(World::hand_over_by(&other, role, &new)));
            },
            LinkError::HandOver,
        );
    }
}

#[test]
fn hand_over_by_a_key_that_was_handed_over() {
    check_link(
        |world| {
            let old = world.log.clone();
            world.hand_over(Role::Log, 50);
            let new = Signer::new(ORIGIN, KeyKind::Ed25519, 51);
            append(world, Leaf::HandOver(World::hand_over_by(&old, Role::Log, &new)));
        },
        LinkError::HandOver,
    );
}

#[test]
fn hand_over_with_a_bad_signature() {
    let hand_over = |world: &World| {
        let new = Signer::new(ORIGIN, KeyKind::Ed25519, 50);
        World::hand_over_by(&world.log, Role::Log, &new)
    };
    let change = |change: fn(HandOver) -> HandOver| {
        check_link(
            |world| {
                let changed = change(hand_over(world));
                append(world, Leaf::HandOver(changed));
            },
            LinkError::HandOver,
        );
    };
    change(|hand_over| HandOver { signature: [0; 64], ..hand_over });
    change(|hand_over| HandOver { new: hand_over.old, ..hand_over });
    change(|hand_over| HandOver { role: Role::Report, ..hand_over });
    change(|mut hand_over| {
        hand_over.signature[0] ^= 1;
        hand_over
    });
}

#[test]
fn checkpoint_signed_by_an_old_key_after_hand_over() {
    let mut world = base();
    let old = world.log.clone();
    world.hand_over(Role::Log, 50);
    assert_eq!(world.verify().map(|log| log.checkpoint.size), Ok(5));
    world.log = old;
    check_rejected(&world, Rejection::Checkpoint(NoteError::Unsigned(ORIGIN.to_owned()).into()));
}

#[test]
fn checkpoint_signed_by_a_new_key_before_hand_over() {
    let mut world = base();
    world.log = Signer::new(ORIGIN, KeyKind::Ed25519, 50);
    check_rejected(&world, Rejection::Checkpoint(NoteError::Unsigned(ORIGIN.to_owned()).into()));
}

#[test]
fn anchor_not_first() {
    let anchor = Leaf::Anchor { origin: Hash::of(b"a"), size: 3, root: Hash::of(b"b") };
    check_link(|world| append(world, anchor.clone()), LinkError::Anchor);
    let mut world = World::empty();
    world.append(&anchor);
    assert_eq!(world.verify().map(|log| log.links.count(LeafKind::Key)), Ok(1));
    world.append(&anchor);
    check_rejected(&world, Rejection::Link { index: 1, error: LinkError::Anchor });
}

#[test]
fn request_before_any_codebook() {
    let mut world = World::empty();
    let submission = world.submission(half_year(2024, 1), Arrival::OnReceipt);
    assert_eq!(world.verify().map(|log| log.codebook().cloned()), Ok(None));
    let index = world.request(submission, 1, record_code("RU", 7));
    check_rejected(&world, Rejection::Link { index, error: LinkError::NoCodebook });
}

/// RFC 9496, appendix A.2: not canonical, negative, not on the curve.
const NO_POINTS: [&str; 3] = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
];

fn no_points() -> impl Iterator<Item = Commitment> {
    NO_POINTS.into_iter().map(|hex| {
        let bytes = from_hex(hex).and_then(|bytes| bytes.try_into().ok());
        Commitment::from_bytes(bytes.expect("32 bytes"))
    })
}

#[test]
fn a_commitment_that_is_no_point() {
    let seal = Hash::of(b"seal");
    for bad in no_points() {
        for leaf in [
            Leaf::Request { submission: SUBMISSION, ordinal: 2, seal, record: bad },
            Leaf::Decision { request: REQUEST, seq: 1, seal, outcome: bad },
            Leaf::Reclassification { request: REQUEST, seq: 0, seal, record: bad },
        ] {
            check_link(|world| append(world, leaf), LinkError::Point);
        }
    }
}

/// Who writes a log asks before each leaf, and goes on after a refusal.
#[test]
fn a_refused_leaf_leaves_no_trace() {
    let world = base();
    let keys = RoleKeys {
        log: world.log.verifier.public(),
        report: world.report.verifier.public(),
        receipt: world.receipt.verifier.public(),
    };
    let mut links = Links::new(ORIGIN, keys);
    for entry in &world.entries {
        assert_eq!(links.add(&Leaf::decode(entry).expect("a leaf")), Ok(()));
    }
    let (seal, bad) = (Hash::of(b"seal"), no_points().next().expect("three"));
    let good = Commitment::new(outcome_code(1), world.sealed[&DECISION].opening.expect("one").1);
    let span = (half_year(2024, 1), half_year(2024, 1));
    let report = |revision, cutoff| Leaf::Report {
        first: span.0,
        last: span.1,
        revision,
        cutoff,
        table: seal,
        proof: seal,
    };
    let request = |record| Leaf::Request { submission: SUBMISSION, ordinal: 2, seal, record };
    let decision = |outcome| Leaf::Decision { request: REQUEST, seq: 1, seal, outcome };
    let other = |record| Leaf::Reclassification { request: REQUEST, seq: 0, seal, record };
    for (refused, error, taken) in [
        (request(bad), LinkError::Point, request(good)),
        (decision(bad), LinkError::Point, decision(good)),
        (other(bad), LinkError::Point, other(good)),
        (report(0, 99), LinkError::CutoffLater(99), report(0, 4)),
    ] {
        let before = (links.size(), links.count(refused.kind()), links.census());
        assert_eq!(links.add(&refused), Err(error));
        assert_eq!((links.size(), links.count(refused.kind()), links.census()), before);
        assert_eq!(links.add(&taken), Ok(()), "after {refused:?}");
    }
}
