//! A small log in memory, with the keys of all who sign.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ed25519_dalek::Signer as _;
use ledger::checkpoint::{Checkpoint, Policy};
use ledger::codebook::{Category, Codebook, Outcome};
use ledger::commitment::{Blinding, Code, Commitment, PeriodKey, Subject};
use ledger::hash::{Hash, to_hex};
use ledger::leaf::{Arrival, HalfYear, HandOver, Leaf, LeafKind, Role, Salt};
use ledger::log::{Files, ReadError, Rejection, VerifiedLog, codebook_path, verify_log};
use ledger::note::{KeyKind, Note};
use ledger::proof::InclusionProof;
use ledger::receipt::{CheckedReceipt, Contents, Opened, Opening, Receipt, ReceiptError};
use ledger::tile::{Tile, TileKind, Tiles, encode_entries, encode_hashes};
use ledger::tree::{Frontier, Subtree, prove_inclusion};
use serde_json::{Value, json};

use crate::common::Signer;

pub const ORIGIN: &str = "example.com/log";
const TIME: u64 = 1_700_000_000;

/// What a leaf hides.
#[derive(Clone)]
pub struct Sealed {
    pub salt: Salt,
    pub record: Value,
    pub opening: Option<(Code, Blinding)>,
}

/// A log, and all that its company knows about it.
#[derive(Clone)]
pub struct World {
    pub entries: Vec<Vec<u8>>,
    /// The hashes of each level of tiles.
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
    pub codebooks: Vec<Codebook>,
    pub sealed: BTreeMap<u64, Sealed>,
    pub log: Signer,
    pub report: Signer,
    pub receipt: Signer,
    pub witnesses: Vec<Signer>,
    pub policy: Policy,
}

/// The files of a log.
#[derive(Clone, Default)]
pub struct Published {
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was read, in order.
    pub read: RefCell<Vec<String>>,
}

impl Files for Published {
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read.borrow_mut().push(path.to_owned());
        match self.files.get(path) {
            Some(bytes) if bytes.len() > size_bytes_max => {
                let what = format!("more than {size_bytes_max} bytes");
                Err(ReadError { path: path.to_owned(), what })
            }
            file => Ok(file.cloned()),
        }
    }
}

impl Published {
    pub fn file(&mut self, path: &str) -> &mut Vec<u8> {
        self.files.get_mut(path).expect("a file of the log")
    }
}

pub fn half_year(year: u16, half: u8) -> HalfYear {
    HalfYear::new(year, half).expect("a half-year")
}

pub fn record_code(country: &str, category: u8) -> Code {
    let letters = country.as_bytes().try_into().expect("two letters");
    Code::record(letters, category).expect("a code")
}

pub fn outcome_code(outcome: u8) -> Code {
    Code::outcome(outcome).expect("a code")
}

/// What a record says of a code, in the codebook's words.
pub fn told(code: Code) -> serde_json::Map<String, Value> {
    let codebook = codebook(1);
    let told = match code.of_outcome() {
        0 => json!({
            "country": String::from_utf8_lossy(&code.country()),
            "category": codebook.categories.get(&code.category()).map(|of| of.name.clone()),
        }),
        outcome => json!({
            "counted": "in_sum",
            "standing": codebook.outcomes.get(&outcome).map(|of| of.name.clone()),
        }),
    };
    let Value::Object(members) = told else { unreachable!("an object") };
    members
}

/// A codebook in which the version alone differs.
pub fn codebook(version: u32) -> Codebook {
    let outcome = |name: &str| Outcome { name: name.to_owned(), in_total: true };
    let category = Category { name: "Removal".to_owned(), outcomes: vec![1, 2] };
    Codebook {
        version,
        countries: [("RU".to_owned(), "Russia".to_owned())].into(),
        categories: [(7, category)].into(),
        outcomes: [(1, outcome("approved")), (2, outcome("rejected"))].into(),
    }
}

impl World {
    /// A log without leaves, which two of two witnesses watch.
    pub fn empty() -> Self {
        Self::named(ORIGIN)
    }

    /// The same under another name, with the same keys.
    pub fn named(origin: &str) -> Self {
        let log = Signer::new(origin, KeyKind::Ed25519, 1);
        let report = Signer::new("example.com/report", KeyKind::Ed25519, 2);
        let receipt = Signer::new("example.com/receipt", KeyKind::Ed25519, 3);
        let witness =
            |seed| Signer::new(&format!("witness.example/{seed}"), KeyKind::Cosignature, seed);
        let witnesses = vec![witness(11), witness(12)];
        let policy = Policy {
            origin: origin.to_owned(),
            log_key: log.verifier.clone(),
            report_key: report.verifier.clone(),
            receipt_key: receipt.verifier.clone(),
            witnesses: witnesses.iter().map(|witness| witness.verifier.clone()).collect(),
            quorum: 2,
        };
        let policy = Policy::from_json(&policy.to_json()).expect("a policy that can be met");
        Self {
            entries: Vec::new(),
            levels: vec![Vec::new(); 8],
            frontier: Frontier::default(),
            codebooks: Vec::new(),
            sealed: BTreeMap::new(),
            log,
            report,
            receipt,
            witnesses,
            policy,
        }
    }

    /// A log whose first leaf is a codebook.
    pub fn new() -> Self {
        let mut world = Self::empty();
        world.codebook(codebook(1));
        world
    }

    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends any bytes at all.
    pub fn append_entry(&mut self, entry: Vec<u8>) -> u64 {
        let index = self.size();
        let levels = &mut self.levels;
        levels[0].push(Hash::leaf(&entry));
        self.frontier.push(Hash::leaf(&entry), |subtree, hash| {
            if subtree.height % 8 == 0 {
                levels[usize::from(subtree.height / 8)].push(hash);
            }
        });
        self.entries.push(entry);
        index
    }

    pub fn append(&mut self, leaf: &Leaf) -> u64 {
        self.append_entry(leaf.encode())
    }

    pub fn audit(&mut self) -> u64 {
        let seal = Hash::of(&self.size().to_le_bytes());
        self.append(&Leaf::Audit { seal })
    }

    pub fn codebook(&mut self, codebook: Codebook) -> u64 {
        let leaf = Leaf::Codebook { codebook: codebook.hash() };
        self.codebooks.push(codebook);
        self.append(&leaf)
    }

    fn seal(&mut self, kind: LeafKind, what: Value, opening: Option<(Code, Blinding)>) -> Hash {
        let index = self.size();
        let mut record = json!({ "index": index, "what": what });
        let members = record.as_object_mut().expect("an object");
        members.extend(opening.map(|(code, _)| told(code)).unwrap_or_default());
        self.seal_record(kind, record, opening)
    }

    /// Seals a record for the leaf that comes next.
    pub fn seal_record(
        &mut self,
        kind: LeafKind,
        record: Value,
        opening: Option<(Code, Blinding)>,
    ) -> Hash {
        let index = self.size();
        let salt = Salt(Hash::of(format!("salt {index}").as_bytes()).0);
        let bytes = ledger::record::canonical(&record).expect("whole numbers");
        self.sealed.insert(index, Sealed { salt, record, opening });
        kind.seal(&salt, &bytes)
    }

    pub fn commit(
        &self,
        kind: LeafKind,
        request: u64,
        seq: u32,
        code: Code,
    ) -> (Commitment, Blinding) {
        let request = Hash::of(&request.to_le_bytes()).0[..16].try_into().expect("16 bytes");
        let subject = Subject { origin: ORIGIN, kind, request, seq };
        let blinding = PeriodKey::new([9; 32]).blinding(subject, code);
        (Commitment::new(code, blinding), blinding)
    }

    pub fn submission(&mut self, period: HalfYear, arrival: Arrival) -> u64 {
        let seal = self.seal(LeafKind::Submission, json!(period.to_string()), None);
        self.append(&Leaf::Submission { period, arrival, seal })
    }

    pub fn request(&mut self, submission: u64, ordinal: u16, code: Code) -> u64 {
        let (record, r) = self.commit(LeafKind::Request, self.size(), 0, code);
        let seal = self.seal(LeafKind::Request, json!(["request", null]), Some((code, r)));
        self.append(&Leaf::Request { submission, ordinal, seal, record })
    }

    pub fn decision(&mut self, request: u64, seq: u32, code: Code) -> u64 {
        let (outcome, r) = self.commit(LeafKind::Decision, request, seq, code);
        let seal = self.seal(LeafKind::Decision, json!({ "é": true }), Some((code, r)));
        self.append(&Leaf::Decision { request, seq, seal, outcome })
    }

    pub fn reclassification(&mut self, request: u64, seq: u32, code: Code) -> u64 {
        let (record, r) = self.commit(LeafKind::Reclassification, request, seq, code);
        let seal = self.seal(LeafKind::Reclassification, json!("why"), Some((code, r)));
        self.append(&Leaf::Reclassification { request, seq, seal, record })
    }

    pub fn report(&mut self, span: (HalfYear, HalfYear), revision: u32, cutoff: u64) -> u64 {
        let (table, proof) = (Hash::of(b"table"), Hash::of(b"proof"));
        let (first, last) = span;
        self.append(&Leaf::Report { first, last, revision, cutoff, table, proof })
    }

    pub fn signer(&mut self, role: Role) -> &mut Signer {
        match role {
            Role::Log => &mut self.log,
            Role::Report => &mut self.report,
            Role::Receipt => &mut self.receipt,
        }
    }

    /// The hand-over of a role to a new key, signed by this one.
    pub fn hand_over_by(signer: &Signer, role: Role, new: &Signer) -> HandOver {
        let (old, new) = (signer.verifier.public(), new.verifier.public());
        let message = HandOver::message(ORIGIN, role, &old, &new);
        HandOver { role, old, new, signature: signer.key.sign(&message).to_bytes() }
    }

    /// Each seed is another key.
    pub fn hand_over(&mut self, role: Role, seed: u8) -> u64 {
        let old = self.signer(role).clone();
        let new = Signer::new(old.verifier.name(), KeyKind::Ed25519, seed);
        let leaf = Leaf::HandOver(Self::hand_over_by(&old, role, &new));
        *self.signer(role) = new;
        self.append(&leaf)
    }

    fn hashes(&self, tile: Tile) -> Option<(u8, Vec<Hash>)> {
        let TileKind::Hashes { level } = tile.kind else { return None };
        let first = tile.index as usize * 256;
        let hashes = &self.levels[usize::from(level)][first..first + usize::from(tile.width)];
        Some((level, hashes.to_vec()))
    }

    /// The checkpoint's text at a size that the log has or had.
    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        let mut frontier = Frontier::default();
        for entry in &self.entries[..size as usize] {
            frontier.push(Hash::leaf(entry), |_, _| {});
        }
        Checkpoint { origin: self.policy.origin.clone(), size, root: frontier.root() }
    }

    /// Signed by the log's key in use and every witness.
    pub fn note(&self, checkpoint: &Checkpoint) -> Note {
        let text = checkpoint.to_string();
        let signers = [&self.log].into_iter().chain(&self.witnesses);
        let lines = signers.map(|signer| signer.sign(&text, TIME)).collect();
        Note::new(text, lines)
    }

    /// All files of the log as it is.
    pub fn publish(&self) -> Published {
        let mut published = Published::default();
        let mut put = |path: String, bytes: Vec<u8>| published.files.insert(path, bytes);
        let root = self.root();
        let origin = self.policy.origin.clone();
        let checkpoint = Checkpoint { origin, size: self.size(), root };
        put("checkpoint".to_owned(), self.note(&checkpoint).to_string().into_bytes());
        for tile in Tile::all(self.size()) {
            let bytes = match self.hashes(tile) {
                Some((_, hashes)) => encode_hashes(&hashes),
                None => {
                    let first = tile.first_leaf() as usize;
                    let entries = &self.entries[first..first + usize::from(tile.width)];
                    encode_entries(entries.iter().map(Vec::as_slice))
                }
            };
            put(tile.to_string(), bytes);
        }
        for codebook in &self.codebooks {
            put(codebook_path(codebook.hash()), codebook.to_json());
        }
        if let Some(last) = self.codebooks.last() {
            put("codebook.json".to_owned(), last.to_json());
        }
        published
    }

    pub fn verify(&self) -> Result<VerifiedLog, Rejection> {
        verify_log(&self.publish(), &self.policy, &[])
    }

    /// That a leaf is in the log of some size, with the note of its checkpoint.
    pub fn prove(&self, index: u64, size: u64, checkpoint: Note) -> InclusionProof {
        let mut tiles = Tiles::default();
        for tile in Tile::all(self.size()) {
            if let Some((level, hashes)) = self.hashes(tile) {
                tiles.insert(level, tile.index, hashes);
            }
        }
        let hash = |subtree: Subtree| tiles.hash(subtree).ok_or(subtree);
        let path = prove_inclusion(index, size, hash).expect("all tiles are there");
        InclusionProof { index, path, checkpoint }
    }

    /// A leaf, opened with a proof at a size.
    pub fn open(&self, index: u64, size: u64) -> Opened {
        self.open_under(index, size, self.note(&self.checkpoint(size)))
    }

    fn open_under(&self, index: u64, size: u64, checkpoint: Note) -> Opened {
        let sealed = &self.sealed[&index];
        Opened {
            leaf: to_hex(&self.entries[index as usize]),
            salt: to_hex(&sealed.salt.0),
            record: sealed.record.clone(),
            opening: sealed.opening.map(|(code, r)| Opening::new(code, r)),
            proof: self.prove(index, size, checkpoint).to_string(),
        }
    }

    /// A receipt of these leaves at the log's size.
    pub fn contents(&self, leaves: &[u64]) -> Contents {
        let size = self.size();
        let note = self.note(&self.checkpoint(size));
        let leaves = leaves.iter().map(|index| self.open_under(*index, size, note.clone()));
        let leaves = leaves.collect();
        Contents { version: 1, origin: self.policy.origin.clone(), leaves }
    }

    /// Signs a receipt with the key in use.
    pub fn sign(&self, contents: Contents) -> Receipt {
        let message = contents.message().expect("whole numbers");
        let signature = self.receipt.key.sign(&message).to_bytes();
        contents.signed(&self.receipt.verifier, &signature)
    }

    /// Checks a receipt against the log as it is.
    pub fn check(&self, receipt: &Receipt) -> Result<CheckedReceipt, ReceiptError> {
        let log = verify_log(&self.publish(), &self.policy, &receipt.sizes());
        receipt.check(&self.policy, &log.expect("the log verifies"))
    }
}
