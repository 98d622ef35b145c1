//! Pedersen commitments to the cell that a request counts in.
//!
//! A cell code is country · 2¹⁶ + category · 2⁸ + outcome. A request's leaf commits to country and
//! category, a decision's to the outcome; the sum of the two commits to the cell. A commitment to
//! `m` is `m · G + r · H` on ristretto255 (RFC 9496): it hides `m` as long as `r` is unknown, and
//! binds to it as long as discrete logarithms are hard.

use std::fmt;
use std::sync::LazyLock;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoBasepointTable, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};

use crate::hash::{from_hex, to_hex};
use crate::leaf::{LeafKind, Salt};

/// What a request counts as, or a part of it. Below 2³².
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Code(u32);

impl Code {
    /// Country (two capital letters) and category (from 1): what a request's leaf commits to.
    pub fn record(country: [u8; 2], category: u8) -> Option<Self> {
        let is_valid = country.iter().all(u8::is_ascii_uppercase) && category >= 1;
        let country = u32::from(u16::from_be_bytes(country));
        is_valid.then_some(Self(country << 16 | u32::from(category) << 8))
    }

    /// An outcome (from 1): what a decision's leaf commits to.
    pub fn outcome(outcome: u8) -> Option<Self> {
        (outcome >= 1).then_some(Self(outcome.into()))
    }

    /// A code of either kind; `None` for any other number.
    pub fn from_u32(code: u32) -> Option<Self> {
        let [high, low, category, outcome] = code.to_be_bytes();
        match (high, low, category, outcome) {
            (0, 0, 0, outcome) => Self::outcome(outcome),
            (high, low, category, 0) => Self::record([high, low], category),
            _ => None,
        }
    }

    pub fn to_u32(self) -> u32 {
        self.0
    }

    /// The two letters of a record's code; zeros in that of an outcome.
    pub fn country(self) -> [u8; 2] {
        let [high, low, _, _] = self.0.to_be_bytes();
        [high, low]
    }

    pub fn category(self) -> u8 {
        self.0.to_be_bytes()[2]
    }

    /// 0 in a record's code.
    pub fn of_outcome(self) -> u8 {
        self.0.to_be_bytes()[3]
    }
}

impl From<Code> for u32 {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl TryFrom<u32> for Code {
    type Error = &'static str;

    fn try_from(code: u32) -> Result<Self, Self::Error> {
        Self::from_u32(code).ok_or("a code of country and category, or of an outcome")
    }
}

/// The blinding `r`. Together with the code it opens a commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blinding(Scalar);

impl Blinding {
    /// A scalar's bytes in their one form; `None` for any other.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        Option::from(Scalar::from_canonical_bytes(bytes)).map(Self)
    }

    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

impl fmt::Debug for Blinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinding(..)")
    }
}

/// A commitment as its leaf holds it. Its bytes may still be no point: see [`Commitment::point`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commitment([u8; 32]);

/// `m · G`: the part of a commitment that its code alone decides. There are few codes and many
/// commitments, so who makes many keeps these.
#[derive(Clone, Copy, Debug)]
pub struct CodePoint(RistrettoPoint);

impl CodePoint {
    pub fn new(code: Code) -> Self {
        Self(RISTRETTO_BASEPOINT_TABLE * &Scalar::from(code.0))
    }
}

impl Commitment {
    pub fn new(code: Code, blinding: Blinding) -> Self {
        Self::blinded(CodePoint::new(code), blinding)
    }

    /// A commitment to a code whose point is at hand.
    pub fn blinded(code: CodePoint, blinding: Blinding) -> Self {
        let point = code.0 + &*H_TABLE * &blinding.0;
        Self(point.compress().to_bytes())
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The point; `None` where the bytes are not the one form of a point (RFC 9496, 4.3.1).
    pub fn point(self) -> Option<RistrettoPoint> {
        CompressedRistretto(self.0).decompress()
    }

    pub fn opens_to(self, code: Code, blinding: Blinding) -> bool {
        Self::new(code, blinding) == self
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl From<Commitment> for String {
    fn from(commitment: Commitment) -> Self {
        to_hex(&commitment.0)
    }
}

impl TryFrom<String> for Commitment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = from_hex(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("64 hexadecimal digits")
    }
}

/// The key of a half-year, from which every blinding of its requests follows. Who holds it opens
/// the half-year; destroyed, nobody can.
#[derive(Clone)]
pub struct PeriodKey([u8; 32]);

/// What a commitment is about, so that no two share a blinding.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub origin: &'a str,
    pub kind: LeafKind,
    /// The request's UUID.
    pub request: [u8; 16],
    /// Its place among the request's leaves of this kind, from 0.
    pub seq: u32,
}

impl PeriodKey {
    /// 32 bytes of the system's randomness.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HKDF-SHA-512 (RFC 5869) with `"candor/r/v1" ‖ origin ‖ kind ‖ request ‖ seq ‖ code` as its
    /// info, 64 bytes reduced by the group's order. Only the origin's length varies, so two
    /// subjects never run into one. The code is part of it: a retry or a restored backup can't use
    /// one blinding for two codes, which would open both.
    pub fn blinding(&self, subject: Subject<'_>, code: Code) -> Blinding {
        let info = [
            b"candor/r/v1".as_slice(),
            subject.origin.as_bytes(),
            &[subject.kind.byte()],
            &subject.request,
            &subject.seq.to_le_bytes(),
            &u64::from(code.0).to_le_bytes(),
        ]
        .concat();
        let mut wide = [0; 64];
        Hkdf::<Sha512>::new(None, &self.0)
            .expand(&info, &mut wide)
            .expect("64 bytes are a possible length");
        Blinding(Scalar::from_bytes_mod_order_wide(&wide))
    }

    /// The salt of a pad, which follows from its place: HKDF-SHA-512 with `"candor/pad/v1" ‖ origin
    /// ‖ kind ‖ u64le(index)` as its info, 32 bytes. So who holds the key, and nobody else, can tell
    /// that a leaf is a pad, also in a published log that is longer than a backup.
    pub fn pad_salt(&self, origin: &str, kind: LeafKind, index: u64) -> Salt {
        let info =
            [b"candor/pad/v1".as_slice(), origin.as_bytes(), &[kind.byte()], &index.to_le_bytes()]
                .concat();
        let mut salt = [0; 32];
        Hkdf::<Sha512>::new(None, &self.0)
            .expand(&info, &mut salt)
            .expect("32 bytes are a possible length");
        Salt(salt)
    }
}

impl fmt::Debug for PeriodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeriodKey(..)")
    }
}

/// A generator whose discrete logarithm nobody knows:
/// from_uniform_bytes(SHA-512("candor/gen/v1" ‖ u64le(len label) ‖ label ‖ u64le(i))).
pub fn generator(label: &str, i: u64) -> RistrettoPoint {
    let mut hasher = Sha512::new();
    hasher.update(b"candor/gen/v1");
    hasher.update((label.len() as u64).to_le_bytes());
    hasher.update(label.as_bytes());
    hasher.update(i.to_le_bytes());
    RistrettoPoint::from_uniform_bytes(&hasher.finalize().into())
}

static H_TABLE: LazyLock<RistrettoBasepointTable> =
    LazyLock::new(|| RistrettoBasepointTable::create(&generator("H", 0)));
