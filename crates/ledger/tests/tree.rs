//! The Merkle tree, held against the definitions of RFC 6962, the reference vectors of Certificate
//! Transparency, and two other programs.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use ledger::hash::Hash;
use ledger::tree::{
    Frontier, Subtree, consistency_subtrees, inclusion_subtrees, prove_consistency,
    prove_inclusion, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tlog_tiles::HashReader;

/// The leaves of Certificate Transparency's reference tree (merkle_tree_test.cc).
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// Its roots, from no leaf to eight.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Index, size and path.
const INCLUSIONS: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Old size, new size and proof.
const CONSISTENCIES: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn sha256(parts: &[&[u8]]) -> Hash {
    Hash(Sha256::digest(parts.concat()).into())
}

/// MTH of RFC 6962, section 2.1.
fn mth(d: &[Vec<u8>]) -> Hash {
    match d {
        [] => sha256(&[]),
        [one] => sha256(&[&[0], one]),
        _ => {
            let (left, right) = d.split_at(k(d.len()));
            sha256(&[&[1], &mth(left).0, &mth(right).0])
        }
    }
}

/// The largest power of two smaller than `n`.
fn k(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// PATH of section 2.1.1.
fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    if d.len() == 1 {
        return Vec::new();
    }
    let (left, right) = d.split_at(k(d.len()));
    if m < left.len() {
        [path(m, left), vec![mth(right)]].concat()
    } else {
        [path(m - left.len(), right), vec![mth(left)]].concat()
    }
}

/// SUBPROOF of section 2.1.2.
fn subproof(m: usize, d: &[Vec<u8>], is_whole: bool) -> Vec<Hash> {
    if m == d.len() {
        return if is_whole { Vec::new() } else { vec![mth(d)] };
    }
    let (left, right) = d.split_at(k(d.len()));
    if m <= left.len() {
        [subproof(m, left, is_whole), vec![mth(right)]].concat()
    } else {
        [subproof(m - left.len(), right, false), vec![mth(left)]].concat()
    }
}

fn leaves(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|i| format!("leaf {i}").into_bytes()).collect()
}

fn frontier(d: &[Vec<u8>]) -> Frontier {
    let mut frontier = Frontier::default();
    for leaf in d {
        frontier.push(Hash::leaf(leaf), |_, _| {});
    }
    frontier
}

/// The hash of a subtree, by the definition.
fn lookup(d: &[Vec<u8>]) -> impl Fn(Subtree) -> Result<Hash, Infallible> {
    |Subtree { height, index }| {
        let (start, width) = ((index as usize) << height, 1 << height);
        Ok(mth(&d[start..start + width]))
    }
}

fn included(index: u64, d: &[Vec<u8>]) -> Vec<Hash> {
    let Ok(proof) = prove_inclusion(index, d.len() as u64, lookup(d));
    proof
}

fn consistent(old: u64, d: &[Vec<u8>]) -> Vec<Hash> {
    let Ok(proof) = prove_consistency(old, d.len() as u64, lookup(d));
    proof
}

fn reference(n: u64) -> Vec<Vec<u8>> {
    LEAVES[..n as usize].iter().map(|leaf| leaf.to_vec()).collect()
}

fn hex(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    for (n, root) in (0..).zip(ROOTS) {
        let d = reference(n);
        assert_eq!(frontier(&d).root().to_string(), root, "{n} leaves");
        assert_eq!(mth(&d).to_string(), root, "the definition, {n} leaves");
    }
}

#[test]
fn the_inclusion_proofs_are_those_of_certificate_transparency() {
    for (index, size, expected) in INCLUSIONS {
        let d = reference(size);
        let proof = included(index, &d);
        assert_eq!(hex(&proof), expected, "{index} of {size}");
        let leaf = Hash::leaf(&d[index as usize]);
        assert!(verify_inclusion(leaf, index, size, &proof, mth(&d)), "{index} of {size}");
    }
}

#[test]
fn the_consistency_proofs_are_those_of_certificate_transparency() {
    for (old, new, expected) in CONSISTENCIES {
        let d = reference(new);
        let proof = consistent(old, &d);
        assert_eq!(hex(&proof), expected, "{old} to {new}");
        let (from, to) = (mth(&d[..old as usize]), mth(&d));
        assert!(verify_consistency((old, from), (new, to), &proof), "{old} to {new}");
    }
}

#[test]
fn every_proof_of_a_small_tree_is_the_definitions_and_verifies() {
    for size in 1..=33_u64 {
        let d = leaves(size as usize);
        let root = mth(&d);
        assert_eq!(frontier(&d).root(), root);
        for index in 0..size {
            let proof = included(index, &d);
            assert_eq!(proof, path(index as usize, &d), "{index} of {size}");
            let leaf = Hash::leaf(&d[index as usize]);
            assert!(verify_inclusion(leaf, index, size, &proof, root), "{index} of {size}");
        }
        for old in 1..=size {
            let proof = consistent(old, &d);
            assert_eq!(proof, subproof(old as usize, &d, true), "{old} to {size}");
            let from = mth(&d[..old as usize]);
            assert!(verify_consistency((old, from), (size, root), &proof), "{old} to {size}");
        }
    }
}

/// All that is wrong with a proof by one step.
fn spoiled(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for bit in 0..proof.len() * 256 {
        let mut spoiled = proof.to_vec();
        spoiled[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
        all.push(spoiled);
    }
    for i in 0..proof.len() {
        let mut shorter = proof.to_vec();
        shorter.remove(i);
        all.push(shorter);
        let mut doubled = proof.to_vec();
        doubled.insert(i, proof[i]);
        all.push(doubled);
        if i > 0 && proof[i] != proof[i - 1] {
            let mut swapped = proof.to_vec();
            swapped.swap(i - 1, i);
            all.push(swapped);
        }
    }
    for extra in [Hash::empty(), Hash([0; 32])] {
        all.push([proof, &[extra]].concat());
        all.push([&[extra], proof].concat());
    }
    all
}

#[test]
fn a_spoiled_inclusion_proof_is_rejected() {
    for (index, size) in [(0, 1), (0, 2), (1, 2), (2, 3), (4, 5), (5, 7), (3, 8), (8, 9), (12, 13)]
    {
        let d = leaves(size as usize);
        let (leaf, root) = (Hash::leaf(&d[index as usize]), mth(&d));
        let proof = included(index, &d);
        let holds = |index, size, proof: &[Hash]| verify_inclusion(leaf, index, size, proof, root);
        assert!(holds(index, size, &proof));
        for spoiled in spoiled(&proof) {
            assert!(!holds(index, size, &spoiled), "{index} of {size}: {spoiled:?}");
        }
        for other in (0..=size).chain([u64::MAX]).filter(|other| *other != index) {
            assert!(!holds(other, size, &proof), "{other} instead of {index} of {size}");
        }
        assert!(!verify_inclusion(Hash::leaf(b"other"), index, size, &proof, root));
        assert!(!verify_inclusion(leaf, index, size, &proof, Hash::leaf(b"other")));
    }
}

#[test]
fn a_spoiled_consistency_proof_is_rejected() {
    for (old, new) in [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (5, 8), (6, 8), (7, 13), (8, 13)] {
        let d = leaves(new as usize);
        let (from, to) = (mth(&d[..old as usize]), mth(&d));
        let proof = consistent(old, &d);
        assert!(verify_consistency((old, from), (new, to), &proof));
        for spoiled in spoiled(&proof) {
            assert!(
                !verify_consistency((old, from), (new, to), &spoiled),
                "{old} to {new}: {spoiled:?}"
            );
        }
        let other = Hash::leaf(b"other");
        assert!(!verify_consistency((old, other), (new, to), &proof));
        assert!(!verify_consistency((old, from), (new, other), &proof));
        assert!(!verify_consistency((new, to), (old, from), &proof), "backwards");
        assert!(!verify_consistency((old, from), (new, to), &[]), "without a proof");
    }
}

#[test]
fn a_tree_is_consistent_with_itself_and_with_nothing_only_without_a_proof() {
    let d = leaves(5);
    let (root, other) = (mth(&d), Hash::leaf(b"other"));
    assert!(verify_consistency((5, root), (5, root), &[]));
    assert!(!verify_consistency((5, root), (5, root), &[root]));
    assert!(!verify_consistency((5, root), (5, other), &[]));
    assert!(verify_consistency((0, Hash::empty()), (5, root), &[]));
    assert!(!verify_consistency((0, Hash::empty()), (5, root), &[root]));
    assert!(!verify_consistency((0, other), (5, root), &[]));
}

#[test]
fn no_size_however_large_makes_a_check_panic() {
    let hash = Hash::leaf(b"");
    let sizes = [0, 1, 2, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for size in sizes {
        for other in sizes {
            for length in [0, 1, 63, 64, 65] {
                let proof = vec![hash; length];
                assert!(!verify_inclusion(hash, other, size, &proof, Hash::empty()));
                let is_trivial = length == 0 && other == size;
                assert_eq!(verify_consistency((other, hash), (size, hash), &proof), is_trivial);
            }
        }
    }
}

#[test]
fn a_proof_in_the_largest_tree_asks_for_few_subtrees() {
    for size in [1 << 63, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 2, size - 1] {
            // A range that is not perfect takes a subtree for each bit of its length.
            assert!(inclusion_subtrees(index, size).len() <= 64 * 2, "{index} of {size}");
            assert!(consistency_subtrees(index, size).len() <= 64 * 2, "{index} to {size}");
        }
        assert_eq!(Frontier::subtrees(size).len(), size.count_ones() as usize);
    }
}

#[test]
fn there_is_no_proof_of_a_leaf_or_a_tree_that_is_not_there() {
    let d = leaves(5);
    assert_eq!(included(5, &d), []);
    assert_eq!(inclusion_subtrees(5, 5), []);
    assert_eq!(consistent(0, &d), []);
    assert_eq!(consistent(6, &d), []);
    assert_eq!(consistency_subtrees(0, 5), []);
    assert_eq!(consistency_subtrees(5, 5), []);
}

#[test]
fn each_perfect_subtree_is_told_once_with_its_hash() {
    let d = leaves(70);
    let mut told = Vec::new();
    let mut frontier = Frontier::default();
    for leaf in &d {
        frontier.push(Hash::leaf(leaf), |subtree, hash| told.push((subtree, hash)));
    }
    let expected: usize = (1..=6).map(|height| 70 >> height).sum();
    assert_eq!(told.len(), expected);
    for (subtree, hash) in told {
        assert_eq!(Ok(hash), lookup(&d)(subtree), "{subtree:?}");
    }
}

#[test]
fn a_frontier_is_read_only_from_the_bytes_of_its_size() {
    let d = leaves(13);
    let bytes = frontier(&d).to_bytes();
    assert_eq!(bytes.len(), 3 * 32);
    assert_eq!(Frontier::from_bytes(13, &bytes), Some(frontier(&d)));
    for size in [0, 5, 12, 15] {
        assert_eq!(Frontier::from_bytes(size, &bytes), None, "size {size}");
    }
    assert_eq!(Frontier::from_bytes(13, &bytes[1..]), None);
    assert_eq!(Frontier::from_bytes(13, &[&bytes, &[0; 1][..]].concat()), None);
    assert_eq!(Frontier::from_bytes(0, &[]), Some(Frontier::default()));
}

/// What `tlog_tiles` stores: every hash, in its own order.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(
        &self,
        indexes: &[u64],
    ) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn stored(d: &[Vec<u8>]) -> Stored {
    let mut stored = Stored::default();
    for (i, leaf) in (0..).zip(d) {
        let hashes = tlog_tiles::stored_hashes(i, leaf, &stored).expect("all hashes are there");
        stored.0.extend(hashes);
    }
    stored
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

type Digests = Vec<ct_merkle::digest::Output<Sha256>>;

fn digests(hashes: &[Hash]) -> Digests {
    hashes.iter().map(|hash| hash.0.into()).collect()
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks(32).map(|hash| Hash::from_slice(hash).expect("32 bytes")).collect()
}

fn ct_tree(d: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for leaf in d {
        tree.push(leaf.clone());
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn two_other_programs_take_our_inclusion_proofs_and_we_take_theirs(
        (size, index) in (1..600_u64).prop_flat_map(|size| (Just(size), 0..size)),
    ) {
        let d = leaves(size as usize);
        let root = frontier(&d).root();
        let leaf = Hash::leaf(&d[index as usize]);
        let proof = included(index, &d);

        let stored = stored(&d);
        let their_root = tlog_tiles::tree_hash(size, &stored).expect("all hashes are there");
        prop_assert_eq!(their_root.0, root.0);
        let their_leaf = tlog_tiles::Hash(leaf.0);
        let check = tlog_tiles::check_record(&theirs(&proof), size, their_root, index, their_leaf);
        prop_assert!(check.is_ok(), "tlog_tiles: {:?}", check);
        let their_proof = tlog_tiles::prove_record(size, index, &stored).expect("it is there");
        prop_assert!(verify_inclusion(leaf, index, size, &ours(&their_proof), root));

        let tree = ct_tree(&d);
        let their_root = tree.root();
        prop_assert_eq!(&their_root.as_bytes()[..], &root.0[..]);
        let check = RootHash::<Sha256>::new(root.0.into(), size).verify_inclusion(
            &d[index as usize],
            index,
            &InclusionProof::from_digests(digests(&proof).iter()),
        );
        prop_assert!(check.is_ok(), "ct-merkle: {:?}", check);
        let their_proof = hashes(tree.prove_inclusion(index as usize).as_bytes());
        prop_assert!(verify_inclusion(leaf, index, size, &their_proof, root));
    }

    #[test]
    fn two_other_programs_take_our_consistency_proofs_and_we_take_theirs(
        (new, old) in (1..600_u64).prop_flat_map(|new| (Just(new), 1..=new)),
    ) {
        let d = leaves(new as usize);
        let (from, to) = (frontier(&d[..old as usize]).root(), frontier(&d).root());
        let proof = consistent(old, &d);

        let stored = stored(&d);
        let (their_from, their_to) = (tlog_tiles::Hash(from.0), tlog_tiles::Hash(to.0));
        let check = tlog_tiles::check_tree(&theirs(&proof), new, their_to, old, their_from);
        prop_assert!(check.is_ok(), "tlog_tiles: {:?}", check);
        let their_proof = tlog_tiles::prove_tree(new, old, &stored).expect("it is there");
        prop_assert!(verify_consistency((old, from), (new, to), &ours(&their_proof)));

        let tree = ct_tree(&d);
        let check = RootHash::<Sha256>::new(to.0.into(), new).verify_consistency(
            &RootHash::new(from.0.into(), old),
            &ConsistencyProof::from_digests(digests(&proof).iter()),
        );
        prop_assert!(check.is_ok(), "ct-merkle: {:?}", check);
        let additions = (new - old) as usize;
        let their_proof = hashes(tree.prove_consistency(additions).as_bytes());
        prop_assert!(verify_consistency((old, from), (new, to), &their_proof));
    }

    /// Theirs accept what ours accept, and reject what ours reject.
    #[test]
    fn another_program_judges_a_spoiled_proof_as_we_do(
        (size, index) in (2..80_u64).prop_flat_map(|size| (Just(size), 0..size)),
        claimed in (0..90_u64, 0..90_u64),
        bit in any::<prop::sample::Index>(),
        cut in 0..3_usize,
    ) {
        let d = leaves(size as usize);
        let (leaf, root) = (Hash::leaf(&d[index as usize]), mth(&d));
        let proof = included(index, &d);
        let mut spoiled = proof.clone();
        let bit = bit.index(spoiled.len() * 256);
        spoiled[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
        let judge = |index, size, proof: &[Hash]| {
            let check = tlog_tiles::check_record(
                &theirs(proof),
                size,
                tlog_tiles::Hash(root.0),
                index,
                tlog_tiles::Hash(leaf.0),
            );
            prop_assert_eq!(verify_inclusion(leaf, index, size, proof, root), check.is_ok());
            Ok(())
        };
        judge(index, size, &spoiled)?;
        judge(index, size, &proof[cut.min(proof.len())..])?;
        if claimed.0 < claimed.1 {
            judge(claimed.0, claimed.1, &proof)?;
        }
        prop_assert!(!verify_inclusion(leaf, index, size, &spoiled, root));
    }

    #[test]
    fn a_frontier_survives_its_bytes_and_its_subtrees(size in 0..300_u64) {
        let d = leaves(size as usize);
        let frontier = frontier(&d);
        prop_assert_eq!(Frontier::from_bytes(size, &frontier.to_bytes()), Some(frontier.clone()));
        let Ok(again) = Frontier::from_subtrees(size, lookup(&d));
        prop_assert_eq!(&again, &frontier);
        prop_assert_eq!(frontier.root(), mth(&d));
        prop_assert_eq!(frontier.size(), size);
    }

    #[test]
    fn the_subtrees_of_a_proof_are_those_it_asks_for(
        (new, old) in (1..200_u64).prop_flat_map(|new| (Just(new), 0..=new)),
    ) {
        let d = leaves(new as usize);
        let mut asked = Vec::new();
        let Ok(_) = prove_consistency(old, new, |subtree| {
            asked.push(subtree);
            lookup(&d)(subtree)
        });
        prop_assert_eq!(&asked, &consistency_subtrees(old, new));
        asked.clear();
        let Ok(_) = prove_inclusion(old, new, |subtree| {
            asked.push(subtree);
            lookup(&d)(subtree)
        });
        prop_assert_eq!(&asked, &inclusion_subtrees(old, new));
    }
}
