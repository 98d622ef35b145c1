//! How long each step takes on one core, as a table in Markdown.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/log/world.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod world;

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use ledger::checkpoint::Policy;
use ledger::commitment::{Code, Commitment, PeriodKey, Subject};
use ledger::hash::Hash;
use ledger::leaf::{Arrival, HalfYear, Leaf, LeafKind, Salt};
use ledger::log::{VerifiedLog, verify_log};
use ledger::receipt::Receipt;
use ledger::tile::Tiles;
use ledger::tree::{Frontier, inclusion_subtrees, prove_inclusion, verify_inclusion};
use world::World;

/// Median time of a call in microseconds, over runs of many calls each.
fn micros<T>(calls: u32, mut call: impl FnMut(u32) -> T) -> f64 {
    let mut runs: Vec<f64> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            (0..calls).for_each(|n| drop(black_box(call(n))));
            begun.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn main() -> std::io::Result<()> {
    const LEAVES: u64 = 1_000_000;
    let leaf = |n: u64| {
        let seal = Hash::of(&n.to_le_bytes());
        let period = HalfYear::from_number(4042);
        Leaf::Submission { period, arrival: Arrival::OnReceipt, seal }.encode()
    };
    let (mut frontier, mut tiles) = (Frontier::default(), Vec::<Vec<Hash>>::new());
    let mut add = |height: u8, hash: Hash| {
        let level = usize::from(height / 8);
        if height.is_multiple_of(8) {
            if tiles.len() == level {
                tiles.push(Vec::new());
            }
            tiles[level].push(hash);
        }
    };
    for n in 0..LEAVES {
        let hash = Hash::leaf(&leaf(n));
        add(0, hash);
        frontier.push(hash, |subtree, hash| add(subtree.height, hash));
    }
    let mut known = Tiles::default();
    for (level, hashes) in (0..).zip(&tiles) {
        for (index, tile) in (0..).zip(hashes.chunks(256)) {
            known.insert(level, index, tile.to_vec());
        }
    }
    let (root, at) = (frontier.root(), |n: u32| u64::from(n) * 7_919 % LEAVES);
    let prove = |n: u32| {
        prove_inclusion(at(n), LEAVES, |subtree| known.hash(subtree).ok_or("a tile is missing"))
    };
    let path = prove(1).map_err(std::io::Error::other)?;
    let hash = Hash::leaf(&leaf(at(1)));
    assert!(verify_inclusion(hash, at(1), LEAVES, &path, root), "the proof holds");
    assert!(!inclusion_subtrees(at(1), LEAVES).is_empty(), "there is something to prove");
    let key = PeriodKey::new([7; 32]);
    let code = Code::record(*b"FR", 1).ok_or_else(|| std::io::Error::other("a code"))?;
    let blind = |n: u32| {
        let origin = "example.com/log";
        let request = u128::from(n).to_le_bytes();
        key.blinding(Subject { origin, kind: LeafKind::Request, request, seq: 0 }, code)
    };
    let commitment = Commitment::new(code, blind(1));
    let record = [7; 300];
    let (receipt, policy, log) = receipt_and_log();
    assert!(receipt.check(&policy, &log).is_ok(), "the receipt holds");
    let mut out = std::io::stdout().lock();
    writeln!(out, "| step | µs |\n|---|--:|")?;
    for (what, micros) in [
        ("hash a leaf and append it to the tree", {
            let (entry, mut frontier) = (leaf(1), frontier.clone());
            micros(100_000, |_| frontier.push(Hash::leaf(&entry), |_, _| {}))
        }),
        ("seal a record of 300 bytes", {
            micros(100_000, |_| LeafKind::Request.seal(&Salt([7; 32]), &record))
        }),
        ("derive a blinding", micros(10_000, blind)),
        ("commit to a code", {
            let blinding = blind(1);
            micros(5_000, |_| Commitment::new(code, blinding))
        }),
        ("read a commitment's point", micros(10_000, |_| commitment.point())),
        ("prove that a leaf is among 1,000,000", micros(2_000, prove)),
        ("check that proof", {
            micros(10_000, |_| verify_inclusion(hash, at(1), LEAVES, &path, root))
        }),
        ("check a receipt of three leaves against a log that was read", {
            micros(500, |_| receipt.check(&policy, &log))
        }),
    ] {
        writeln!(out, "| {what} | {micros:.2} |")?;
    }
    Ok(())
}

/// A submission with its request and decision, all opened, among ten thousand other leaves, under
/// checkpoints that two witnesses signed too.
fn receipt_and_log() -> (Receipt, Policy, VerifiedLog) {
    let mut world = World::new();
    let submission = world.submission(world::half_year(2021, 1), Arrival::OnReceipt);
    let request = world.request(submission, 1, world::record_code("RU", 7));
    let decision = world.decision(request, 0, world::outcome_code(1));
    for _ in 0..10_000 {
        world.audit();
    }
    let receipt = world.sign(world.contents(&[submission, request, decision]));
    let log = verify_log(&world.publish(), &world.policy, &receipt.sizes());
    (receipt, world.policy.clone(), log.expect("the log is sound"))
}
