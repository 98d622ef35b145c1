//! A sealed, append-only log of requests, and what anyone can check of it.
//!
//! Each request is hidden in its leaves and bound by them: a salted hash seals what it says, a
//! Pedersen commitment what it counts as. The leaves hang in a Merkle tree (RFC 6962) that is
//! published as static files in the formats of C2SP (tlog-tiles, tlog-checkpoint, signed-note,
//! tlog-cosignature, tlog-proof), so that others' programs and witnesses can read it.
//!
//! This crate reads and writes no file, asks no clock and draws no random number; it builds for
//! WebAssembly. It must never know what a request is: it sees codes, hashes and curves, and of a
//! record the few words that must say the same as its codes ([`cell`]).
//!
//! To write: [`leaf::Leaf::encode`], [`tree::Frontier::push`], [`checkpoint::Checkpoint`]. To
//! check: [`log::verify_log`], then [`receipt::Receipt::check`].

#![forbid(unsafe_code)]

pub mod cell;
pub mod checkpoint;
pub mod codebook;
pub mod commitment;
pub mod hash;
pub mod leaf;
pub mod link;
pub mod log;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod record;
pub mod successor;
pub mod tile;
pub mod tree;
