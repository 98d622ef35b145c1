//! How leaves refer to each other, checked one after the other in the order of the log.

use std::collections::BTreeMap;

use crate::hash::Hash;
use crate::leaf::{Arrival, HalfYear, HandOver, Leaf, LeafKind, Role};

/// Why a leaf does not fit those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("it comes before any codebook")]
    NoCodebook,
    #[error("it refers to leaf {0}, which is not before it")]
    Later(u64),
    #[error("it refers to leaf {index}, which is a {found} and not a {expected}")]
    Kind { index: u64, found: LeafKind, expected: LeafKind },
    #[error("its number is {found} where {expected} follows: one is missing or stands twice")]
    Sequence { expected: u64, found: u64 },
    #[error("its cutoff {0} is not before it")]
    CutoffLater(u64),
    #[error("its cutoff {cutoff} is not above {before}, that of the revision before it")]
    CutoffNotAbove { cutoff: u64, before: u64 },
    #[error("its first half-year comes after its last")]
    Span,
    #[error("the hand-over is not from the key in use, or its signature is wrong")]
    HandOver,
    #[error("only the first leaf can say which log this one follows")]
    Anchor,
    #[error("its commitment is not a point")]
    Point,
}

/// A leaf, as far as later ones refer to it.
#[derive(Clone, Copy, Debug)]
enum Node {
    Submission { period: HalfYear, arrival: Arrival, requests: u16 },
    Request { submission: u64, decisions: u32, reclassifications: u32 },
    OfRequest { request: u64, kind: LeafKind },
    Other(LeafKind),
}

impl Node {
    fn kind(self) -> LeafKind {
        match self {
            Self::Submission { .. } => LeafKind::Submission,
            Self::Request { .. } => LeafKind::Request,
            Self::OfRequest { kind, .. } | Self::Other(kind) => kind,
        }
    }
}

/// The keys in use at a point of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleKeys {
    pub log: [u8; 32],
    pub report: [u8; 32],
    pub receipt: [u8; 32],
}

impl RoleKeys {
    pub fn of(&self, role: Role) -> [u8; 32] {
        match role {
            Role::Log => self.log,
            Role::Report => self.report,
            Role::Receipt => self.receipt,
        }
    }

    fn set(&mut self, role: Role, key: [u8; 32]) {
        match role {
            Role::Log => self.log = key,
            Role::Report => self.report = key,
            Role::Receipt => self.receipt = key,
        }
    }
}

/// The number after `found`, where `found` is the expected one. The last number of all is refused:
/// it would leave none for what follows.
fn following(expected: u32, found: u32) -> Result<u32, LinkError> {
    let sequence = LinkError::Sequence { expected: expected.into(), found: found.into() };
    found.checked_add(1).filter(|_| found == expected).ok_or(sequence)
}

/// What the submissions of a half-year came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodCensus {
    pub submissions: u64,
    /// Of these, sealed on import and not on receipt.
    pub imported: u64,
    /// Of these, without a request yet.
    pub unresolved: u64,
    pub requests: u64,
    /// Of these, without a decision yet.
    pub undecided: u64,
    /// Of these, with more than one decision.
    pub amended: u64,
    pub reclassified: u64,
}

/// The leaves so far and how they hang together.
#[derive(Clone, Debug)]
pub struct Links {
    origin: String,
    nodes: Vec<Node>,
    codebooks: Vec<Hash>,
    /// The revision to come and the last cutoff, by half-years.
    reports: BTreeMap<(HalfYear, HalfYear), (u32, u64)>,
    keys: RoleKeys,
    /// Every key that each role had.
    all_keys: Vec<(Role, [u8; 32])>,
    by_kind: BTreeMap<LeafKind, u64>,
    /// The log that this one follows.
    anchor: Option<(Hash, u64, Hash)>,
}

impl Links {
    /// An empty log with this name, which begins with these keys.
    pub fn new(origin: &str, keys: RoleKeys) -> Self {
        Self {
            origin: origin.to_owned(),
            nodes: Vec::new(),
            codebooks: Vec::new(),
            reports: BTreeMap::new(),
            keys,
            all_keys: Role::ALL.map(|role| (role, keys.of(role))).to_vec(),
            by_kind: BTreeMap::new(),
            anchor: None,
        }
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.nodes.len() as u64
    }

    pub fn keys(&self) -> RoleKeys {
        self.keys
    }

    /// Every key that a role has had, the first one first.
    pub fn keys_of(&self, role: Role) -> impl Iterator<Item = [u8; 32]> + '_ {
        self.all_keys.iter().filter(move |(of, _)| *of == role).map(|(_, key)| *key)
    }

    /// The codebooks, the one in force last.
    pub fn codebooks(&self) -> &[Hash] {
        &self.codebooks
    }

    /// Of the log that this one follows, the SHA-256 of its name, and the size and the root at which
    /// it ended.
    pub fn anchor(&self) -> Option<(Hash, u64, Hash)> {
        self.anchor
    }

    pub fn count(&self, kind: LeafKind) -> u64 {
        self.by_kind.get(&kind).copied().unwrap_or(0)
    }

    /// Takes the next leaf, or says why it can't be the next.
    pub fn add(&mut self, leaf: &Leaf) -> Result<(), LinkError> {
        // First of all, since what follows already counts the leaf.
        if leaf.commitment().is_some_and(|commitment| commitment.point().is_none()) {
            return Err(LinkError::Point);
        }
        let index = self.size();
        let node = match leaf {
            Leaf::Submission { period, arrival, .. } => {
                Node::Submission { period: *period, arrival: *arrival, requests: 0 }
            }
            Leaf::Request { submission, ordinal, .. } => {
                self.add_request(index, *submission, *ordinal)?
            }
            Leaf::Decision { request, seq, .. } | Leaf::Reclassification { request, seq, .. } => {
                self.add_to_request(index, *request, *seq, leaf.kind())?
            }
            Leaf::Codebook { codebook } => {
                self.codebooks.push(*codebook);
                Node::Other(LeafKind::Codebook)
            }
            Leaf::Report { first, last, revision, cutoff, .. } => {
                self.add_report(index, (*first, *last), *revision, *cutoff)?
            }
            Leaf::Audit { .. } => Node::Other(LeafKind::Audit),
            Leaf::HandOver(hand_over) => self.add_hand_over(hand_over)?,
            Leaf::Anchor { origin, size, root } if index == 0 => {
                self.anchor = Some((*origin, *size, *root));
                Node::Other(LeafKind::Key)
            }
            Leaf::Anchor { .. } => return Err(LinkError::Anchor),
        };
        *self.by_kind.entry(leaf.kind()).or_default() += 1;
        self.nodes.push(node);
        Ok(())
    }

    fn node(&mut self, index: u64, of: u64) -> Result<&mut Node, LinkError> {
        let at = usize::try_from(of).ok().filter(|_| of < index);
        at.and_then(|at| self.nodes.get_mut(at)).ok_or(LinkError::Later(of))
    }

    fn add_request(&mut self, at: u64, submission: u64, ordinal: u16) -> Result<Node, LinkError> {
        if self.codebooks.is_empty() {
            return Err(LinkError::NoCodebook);
        }
        match self.node(at, submission)? {
            Node::Submission { requests, .. } => {
                let expected = u64::from(*requests) + 1;
                if u64::from(ordinal) != expected {
                    return Err(LinkError::Sequence { expected, found: ordinal.into() });
                }
                *requests = ordinal;
                Ok(Node::Request { submission, decisions: 0, reclassifications: 0 })
            }
            other => Err(LinkError::Kind {
                index: submission,
                found: other.kind(),
                expected: LeafKind::Submission,
            }),
        }
    }

    fn add_to_request(
        &mut self,
        at: u64,
        request: u64,
        seq: u32,
        kind: LeafKind,
    ) -> Result<Node, LinkError> {
        match self.node(at, request)? {
            Node::Request { decisions, reclassifications, .. } => {
                let next = match kind {
                    LeafKind::Reclassification => reclassifications,
                    _ => decisions,
                };
                *next = following(*next, seq)?;
                Ok(Node::OfRequest { request, kind })
            }
            other => Err(LinkError::Kind {
                index: request,
                found: other.kind(),
                expected: LeafKind::Request,
            }),
        }
    }

    fn add_report(
        &mut self,
        index: u64,
        span: (HalfYear, HalfYear),
        revision: u32,
        cutoff: u64,
    ) -> Result<Node, LinkError> {
        if span.0 > span.1 {
            return Err(LinkError::Span);
        }
        if cutoff > index {
            return Err(LinkError::CutoffLater(cutoff));
        }
        let before = self.reports.get(&span).copied();
        let next = following(before.map_or(0, |(next, _)| next), revision)?;
        if let Some((_, before)) = before.filter(|(_, before)| cutoff <= *before) {
            return Err(LinkError::CutoffNotAbove { cutoff, before });
        }
        self.reports.insert(span, (next, cutoff));
        Ok(Node::Other(LeafKind::Report))
    }

    fn add_hand_over(&mut self, hand_over: &HandOver) -> Result<Node, LinkError> {
        if hand_over.old != self.keys.of(hand_over.role) || !hand_over.holds(&self.origin) {
            return Err(LinkError::HandOver);
        }
        self.keys.set(hand_over.role, hand_over.new);
        self.all_keys.push((hand_over.role, hand_over.new));
        Ok(Node::Other(LeafKind::Key))
    }

    /// The leaves about a submission, itself among them, in order.
    pub fn about(&self, submission: u64) -> Vec<u64> {
        let is_of = |request: u64| {
            let node = usize::try_from(request).ok().and_then(|at| self.nodes.get(at));
            matches!(node, Some(Node::Request { submission: of, .. }) if *of == submission)
        };
        let is_about = |(index, node): (u64, &Node)| match node {
            Node::Submission { .. } => index == submission,
            Node::Request { submission: of, .. } => *of == submission,
            Node::OfRequest { request, .. } => is_of(*request),
            Node::Other(_) => false,
        };
        let nodes = (0..).zip(&self.nodes);
        nodes.filter(|node| is_about(*node)).map(|(index, _)| index).collect()
    }

    /// What the submissions of each half-year came to.
    pub fn census(&self) -> BTreeMap<HalfYear, PeriodCensus> {
        let mut census: BTreeMap<HalfYear, PeriodCensus> = BTreeMap::new();
        for node in &self.nodes {
            match node {
                Node::Submission { period, arrival, requests } => {
                    let of = census.entry(*period).or_default();
                    of.submissions += 1;
                    of.imported += u64::from(*arrival == Arrival::OnImport);
                    of.unresolved += u64::from(*requests == 0);
                }
                Node::Request { submission, decisions, reclassifications } => {
                    let submission = usize::try_from(*submission).ok();
                    let of = match submission.and_then(|at| self.nodes.get(at)) {
                        Some(Node::Submission { period, .. }) => census.entry(*period).or_default(),
                        // `add` took no request without its submission.
                        Some(_) | None => continue,
                    };
                    of.requests += 1;
                    of.undecided += u64::from(*decisions == 0);
                    of.amended += u64::from(*decisions > 1);
                    of.reclassified += u64::from(*reclassifications > 0);
                }
                Node::OfRequest { .. } | Node::Other(_) => {}
            }
        }
        census
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::{Blinding, Code, Commitment};

    /// A log of a codebook, a submission and a request, with so many leaves about them already.
    fn links(requests: u16, decisions: u32) -> Links {
        let keys = RoleKeys { log: [1; 32], report: [2; 32], receipt: [3; 32] };
        let mut links = Links::new("log", keys);
        let period = HalfYear::from_number(4048);
        let arrival = Arrival::OnReceipt;
        links.codebooks.push(Hash::empty());
        links.nodes.push(Node::Other(LeafKind::Codebook));
        links.nodes.push(Node::Submission { period, arrival, requests });
        links.nodes.push(Node::Request { submission: 1, decisions, reclassifications: decisions });
        links
    }

    fn point() -> Commitment {
        let blinding = Blinding::from_bytes([0; 32]).expect("a scalar");
        Commitment::new(Code::outcome(1).expect("a code"), blinding)
    }

    #[test]
    fn no_request_follows_the_65_535th() {
        let request = |ordinal| Leaf::Request {
            submission: 1,
            ordinal,
            seal: Hash::empty(),
            record: point(),
        };
        assert_eq!(links(u16::MAX - 1, 0).add(&request(u16::MAX)), Ok(()));
        for ordinal in [0, 1, u16::MAX] {
            let error = LinkError::Sequence { expected: 65_536, found: ordinal.into() };
            assert_eq!(links(u16::MAX, 0).add(&request(ordinal)), Err(error));
        }
    }

    #[test]
    fn the_last_seq_of_all_is_never_taken_twice() {
        let seal = Hash::empty();
        let last = u32::MAX;
        let decision = Leaf::Decision { request: 2, seq: last, seal, outcome: point() };
        let other = Leaf::Reclassification { request: 2, seq: last, seal, record: point() };
        for leaf in [decision, other] {
            let mut links = links(1, u32::MAX - 1);
            let error = LinkError::Sequence { expected: (last - 1).into(), found: last.into() };
            assert_eq!(links.add(&leaf), Err(error));
        }
        assert_eq!(following(last - 1, last - 1), Ok(last));
        assert!(following(last, last).is_err());
    }
}
