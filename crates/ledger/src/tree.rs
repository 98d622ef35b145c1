//! The Merkle tree of RFC 6962: its root as it grows, and proofs about it.
//!
//! A [`Frontier`] is all that appending needs: the roots of the perfect subtrees that the leaves
//! fill so far. Proofs name the [`Subtree`]s whose hashes they need, so that a reader of files and
//! a database both fetch just these.

use crate::hash::{HASH_SIZE_BYTES, Hash};

/// A perfect subtree: the leaves from `index · 2^height` up to, not including,
/// `(index + 1) · 2^height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtree {
    pub height: u8,
    pub index: u64,
}

/// The roots of the perfect subtrees that a tree's leaves fill, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash. `completed` hears of each perfect subtree that it fills, of height 1
    /// and above, the lowest first.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree, Hash)) {
        let mut hash = leaf;
        for height in 0..self.size.trailing_ones() as u8 {
            let left = self.roots.pop().expect("one root for each bit of the size");
            hash = Hash::node(&left, &hash);
            completed(Subtree { height: height + 1, index: self.size >> (height + 1) }, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The Merkle tree hash of all leaves (RFC 6962, section 2.1).
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return Hash::empty() };
        roots.fold(*last, |right, left| Hash::node(left, &right))
    }

    /// The roots one after the other; their number follows from the size.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// `None` where the bytes are not the frontier of a tree of that size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<HASH_SIZE_BYTES>();
        let fits = rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self { size, roots: roots.iter().copied().map(Hash).collect() })
    }

    /// The subtrees whose roots are the frontier of a tree of this size.
    pub fn subtrees(size: u64) -> Vec<Subtree> {
        perfect_subtrees(0, size)
    }

    /// The frontier of a tree of this size, out of the hashes of its [`Self::subtrees`].
    pub fn from_subtrees<E>(
        size: u64,
        hash: impl FnMut(Subtree) -> Result<Hash, E>,
    ) -> Result<Self, E> {
        let roots = Self::subtrees(size).into_iter().map(hash).collect::<Result<_, E>>()?;
        Ok(Self { size, roots })
    }
}

/// The perfect subtrees that together cover the leaves from `start` up to `end`, where that is a
/// range that a proof needs: `start` is a multiple of the largest power of two below its length.
fn perfect_subtrees(start: u64, end: u64) -> Vec<Subtree> {
    let mut subtrees = Vec::new();
    let mut at = start;
    while at < end {
        let height = (end - at).ilog2() as u8;
        subtrees.push(Subtree { height, index: at >> height });
        at += 1 << height;
    }
    subtrees
}

/// The hash of a range of leaves, from its perfect subtrees.
fn range_hash<E>(
    start: u64,
    end: u64,
    hash: &mut impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut hashes = Vec::new();
    for subtree in perfect_subtrees(start, end) {
        hashes.push(hash(subtree)?);
    }
    let mut from_right = hashes.into_iter().rev();
    let last = from_right.next().expect("a range of a proof is not empty");
    Ok(from_right.fold(last, |right, left| Hash::node(&left, &right)))
}

/// The largest power of two below `n`, where `n` is above 1.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The ranges of leaves whose hashes prove that leaf `index` is in a tree of `size` leaves, the
/// leaf's sibling first (RFC 6962, section 2.1.1).
fn inclusion_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The ranges of leaves whose hashes prove that a tree of `new` leaves begins with the one of
/// `old` (RFC 6962, section 2.1.2).
fn consistency_ranges(old: u64, new: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, new);
    let mut ranges = Vec::new();
    // What is left of the old tree is a whole subtree once `old` is the end of the range.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    if start != 0 {
        ranges.push((start, end));
    }
    ranges.reverse();
    ranges
}

/// The subtrees whose hashes [`prove_inclusion`] asks for.
pub fn inclusion_subtrees(index: u64, size: u64) -> Vec<Subtree> {
    if index >= size {
        return Vec::new();
    }
    inclusion_ranges(index, size).into_iter().flat_map(|(a, b)| perfect_subtrees(a, b)).collect()
}

/// The subtrees whose hashes [`prove_consistency`] asks for.
pub fn consistency_subtrees(old: u64, new: u64) -> Vec<Subtree> {
    if old == 0 || old >= new {
        return Vec::new();
    }
    consistency_ranges(old, new).into_iter().flat_map(|(a, b)| perfect_subtrees(a, b)).collect()
}

/// The hashes that prove that leaf `index` is in a tree of `size` leaves: the leaf's sibling first,
/// the root's child last. Empty where there is no such leaf.
pub fn prove_inclusion<E>(
    index: u64,
    size: u64,
    mut hash: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Ok(Vec::new());
    }
    let ranges = inclusion_ranges(index, size);
    ranges.into_iter().map(|(start, end)| range_hash(start, end, &mut hash)).collect()
}

/// The hashes that prove that a tree of `new` leaves begins with the one of `old`. Empty where
/// there is nothing to prove: from the empty tree, and from a tree to itself.
pub fn prove_consistency<E>(
    old: u64,
    new: u64,
    mut hash: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old == 0 || old >= new {
        return Ok(Vec::new());
    }
    let ranges = consistency_ranges(old, new);
    ranges.into_iter().map(|(start, end)| range_hash(start, end, &mut hash)).collect()
}

/// Whether the proof leads from the leaf to the root (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = Hash::node(sibling, &hash);
            // A right border that has no sibling moves up unchanged.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether the proof shows that the new tree begins with the old one (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == Hash::empty();
    }
    let mut hashes = proof.iter();
    let first = if old_size.is_power_of_two() { Some(&old_root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let shift = (old_size - 1).trailing_ones();
    let (mut at, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let (mut from_old, mut from_new) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            from_old = Hash::node(hash, &from_old);
            from_new = Hash::node(hash, &from_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            from_new = Hash::node(&from_new, hash);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == old_root && from_new == new_root
}
