//! How leaves refer to each other, checked one after the other in the order of the log.
//!
//! Of what the protocol wants rejected, here is what two leaves say of each other: a reference to a
//! wrong kind or a later leaf, two decisions of one number or a gap, two report leaves of one
//! revision, a cutoff that is later than its leaf or not above the last one, a hand-over by or to a
//! wrong key. Elsewhere:
//!
//! - unknown kinds and encodings of leaves: [`leaf`](crate::leaf);
//! - a codebook that drops or renames, except the name of a country, which may change and is told:
//!   [`codebook`](crate::codebook);
//! - a wrong root, altered bundles and tiles: [`log`](crate::log); a quorum that is missing:
//!   [`checkpoint`](crate::checkpoint);
//! - a fork, a stale log, another's receipt: [`receipt`](crate::receipt); a cell outside the
//!   codebook, a request reclassified into a pad, a record that says another cell than its leaf:
//!   [`cell`](crate::cell). Only who holds an opening can see these: to all others a cell is hidden
//!   until it is proven;
//! - a leaf of the log before that is dropped: [`successor`](crate::successor).
//!
//! **Nothing here rejects a submission without a request or a request without a decision.** While
//! a log grows, that is how it stands; [`Links::census`] counts them. It is wrong below the cutoff of
//! a report whose proof says so (leaf 06), and so it will be rejected, like a leaf after the cutoff
//! and all that is wrong with a proof, by what checks proofs, which is not there yet.

use std::collections::BTreeMap;

use crate::checkpoint::Policy;
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
    #[error("it hands the {} key over to one that the {} key is or was; keys are apart, and none comes back", .of.name(), .is.name())]
    KeyAgain { of: Role, is: Role },
    #[error("it hands the {} key over to that of a witness", .0.name())]
    KeyOfWitness(Role),
    #[error("it is beyond the {} leaves that a log may have", u32::MAX)]
    Full,
    #[error("only the first leaf can say which log this one follows")]
    Anchor,
    #[error("its commitment is not a point")]
    Point,
}

/// A leaf, as far as later ones refer to it. There is one of these for each leaf of the log, so they
/// are small.
#[derive(Clone, Copy, Debug)]
enum Node {
    Submission {
        period: HalfYear,
        arrival: Arrival,
        requests: u16,
    },
    /// How many decisions and reclassifications, where these are few: see [`Links::count_of`].
    Request {
        submission: u32,
        decisions: u8,
        reclassifications: u8,
    },
    OfRequest {
        request: u32,
        kind: LeafKind,
    },
    Other(LeafKind),
}

const _: () = assert!(size_of::<Node>() == 8, "a log has one for each leaf");

/// The number stands in [`Links::many`].
const MANY: u8 = u8::MAX;

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
    /// Those that a log begins with.
    pub fn first(policy: &Policy) -> Self {
        Self {
            log: policy.log_key.public(),
            report: policy.report_key.public(),
            receipt: policy.receipt_key.public(),
        }
    }

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
    /// The numbers of decisions and reclassifications that a node has no room for.
    many: BTreeMap<(u32, LeafKind), u32>,
    codebooks: Vec<(u64, Hash)>,
    /// The revision to come and the last cutoff, by half-years.
    reports: BTreeMap<(HalfYear, HalfYear), (u32, u64)>,
    keys: RoleKeys,
    /// Every key that each role had.
    all_keys: Vec<(Role, [u8; 32])>,
    /// Those of the witnesses, which none of these may be.
    of_witnesses: Vec<[u8; 32]>,
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
            many: BTreeMap::new(),
            codebooks: Vec::new(),
            reports: BTreeMap::new(),
            keys,
            all_keys: Role::ALL.map(|role| (role, keys.of(role))).to_vec(),
            of_witnesses: Vec::new(),
            by_kind: BTreeMap::new(),
            anchor: None,
        }
    }

    /// No role is handed over to one of these: they are the witnesses', who watch the company.
    pub fn keep_apart(&mut self, of_witnesses: impl IntoIterator<Item = [u8; 32]>) {
        self.of_witnesses.extend(of_witnesses);
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

    /// The leaf of each codebook and its hash, the one in force last.
    pub fn codebooks(&self) -> &[(u64, Hash)] {
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
        if index >= u32::MAX.into() {
            return Err(LinkError::Full);
        }
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
                self.codebooks.push((index, *codebook));
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

    /// The leaf before `index` that is referred to, with its index as nodes keep it.
    fn node(&mut self, index: u64, of: u64) -> Result<(u32, &mut Node), LinkError> {
        let at = u32::try_from(of).ok().filter(|_| of < index).ok_or(LinkError::Later(of))?;
        let node = self.nodes.get_mut(at as usize).ok_or(LinkError::Later(of))?;
        Ok((at, node))
    }

    /// How many leaves of a kind a request has; `few` is what its node says.
    fn count_of(&self, request: u32, kind: LeafKind, few: u8) -> u32 {
        match few {
            MANY => self.many.get(&(request, kind)).copied().unwrap_or(MANY.into()),
            few => few.into(),
        }
    }

    fn add_request(&mut self, at: u64, submission: u64, ordinal: u16) -> Result<Node, LinkError> {
        if self.codebooks.is_empty() {
            return Err(LinkError::NoCodebook);
        }
        match self.node(at, submission)? {
            (submission, Node::Submission { requests, .. }) => {
                let expected = u64::from(*requests) + 1;
                if u64::from(ordinal) != expected {
                    return Err(LinkError::Sequence { expected, found: ordinal.into() });
                }
                *requests = ordinal;
                Ok(Node::Request { submission, decisions: 0, reclassifications: 0 })
            }
            (_, other) => Err(LinkError::Kind {
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
        let (request, few) = match self.node(at, request)? {
            (at, Node::Request { decisions, reclassifications, .. }) => match kind {
                LeafKind::Reclassification => (at, *reclassifications),
                _ => (at, *decisions),
            },
            (_, other) => {
                let (found, expected) = (other.kind(), LeafKind::Request);
                return Err(LinkError::Kind { index: request, found, expected });
            }
        };
        let next = following(self.count_of(request, kind, few), seq)?;
        let few = u8::try_from(next).ok().filter(|few| *few != MANY);
        if few.is_none() {
            self.many.insert((request, kind), next);
        }
        if let Node::Request { decisions, reclassifications, .. } =
            &mut self.nodes[request as usize]
        {
            let count = match kind {
                LeafKind::Reclassification => reclassifications,
                _ => decisions,
            };
            *count = few.unwrap_or(MANY);
        }
        Ok(Node::OfRequest { request, kind })
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
        let HandOver { role: of, new, .. } = *hand_over;
        if let Some((is, _)) = self.all_keys.iter().find(|(_, key)| *key == new) {
            return Err(LinkError::KeyAgain { of, is: *is });
        }
        if self.of_witnesses.contains(&new) {
            return Err(LinkError::KeyOfWitness(of));
        }
        self.keys.set(hand_over.role, hand_over.new);
        self.all_keys.push((hand_over.role, hand_over.new));
        Ok(Node::Other(LeafKind::Key))
    }

    /// How many requests a submission has, or how many leaves of another kind a request.
    pub(crate) fn number_of(&self, parent: u64, kind: LeafKind) -> u32 {
        let at = u32::try_from(parent).ok();
        let node = at.and_then(|at| Some((at, *self.nodes.get(at as usize)?)));
        match (node, kind) {
            (Some((_, Node::Submission { requests, .. })), LeafKind::Request) => requests.into(),
            (Some((at, Node::Request { decisions, .. })), LeafKind::Decision) => {
                self.count_of(at, kind, decisions)
            }
            (Some((at, Node::Request { reclassifications, .. })), LeafKind::Reclassification) => {
                self.count_of(at, kind, reclassifications)
            }
            (Some(_) | None, _) => 0,
        }
    }

    /// The leaves about a submission, itself among them, in order.
    pub fn about(&self, submission: u64) -> Vec<u64> {
        let is_of = |request: u32| {
            let node = self.nodes.get(request as usize);
            matches!(node, Some(Node::Request { submission: of, .. }) if u64::from(*of) == submission)
        };
        let is_about = |(index, node): (u64, &Node)| match node {
            Node::Submission { .. } => index == submission,
            Node::Request { submission: of, .. } => u64::from(*of) == submission,
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
                    let of = match self.nodes.get(*submission as usize) {
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
        links.codebooks.push((0, Hash::empty()));
        links.nodes.push(Node::Other(LeafKind::Codebook));
        links.nodes.push(Node::Submission { period, arrival, requests });
        links.nodes.push(Node::Request { submission: 1, decisions: MANY, reclassifications: MANY });
        for kind in [LeafKind::Decision, LeafKind::Reclassification] {
            links.many.insert((2, kind), decisions);
        }
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

    /// A node has room for few decisions, and goes on counting beyond.
    #[test]
    fn a_request_may_be_decided_any_number_of_times() {
        let mut links = links(1, 0);
        let (seal, outcome) = (Hash::empty(), point());
        let decision = |seq| Leaf::Decision { request: 2, seq, seal, outcome };
        for seq in 0..600 {
            for wrong in [seq + 1, seq + 256] {
                let error = LinkError::Sequence { expected: seq.into(), found: wrong.into() };
                assert_eq!(links.add(&decision(wrong)), Err(error));
            }
            assert_eq!(links.add(&decision(seq)), Ok(()));
            let census = links.census();
            let of = census.values().next().expect("one half-year");
            assert_eq!((of.undecided, of.amended), (0, u64::from(seq > 0)), "{seq}");
        }
        assert_eq!(links.count_of(2, LeafKind::Decision, MANY), 600);
        let moved = Leaf::Reclassification { request: 2, seq: 0, seal, record: outcome };
        assert_eq!(links.add(&moved), Ok(()));
    }
}
