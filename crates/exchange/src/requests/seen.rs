//! Which references a file has used, in 32 bytes each, so that a million rows fit into little
//! memory.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use domain::request::HistoricRequest;
use jiff::civil::Date;
use siphasher::sip128::{Hash128, Hasher128, SipHasher13};

use super::outcome::OutcomeWord;

/// What is known of a reference.
pub(super) enum Again {
    /// It comes for the first time.
    No,
    /// It came before with the same content.
    Equal,
    /// It came before, on this line, with other content.
    Different { line: u32 },
}

/// A reference and what stands beside it, as hashes: 128 bits of the reference, so that no two of
/// a file are taken for one another, and 64 of the rest.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    key: Key,
    content: u64,
}

/// Makes marks. The keys are random: no file can be made to collide.
pub(super) struct Marks {
    reference: SipHasher13,
    request: SipHasher13,
    text: SipHasher13,
}

/// The references so far, with what stands beside them and their lines.
pub(super) struct Seen {
    rows: HashMap<Key, (u64, u32), BuildHasherDefault<KeyHasher>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u64; 2]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// A key is a hash already.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Marks {
    pub fn new() -> Self {
        // The standard library's source of chance, which it keeps for its own hash maps.
        let word = || RandomState::new().hash_one(0);
        let hasher = || SipHasher13::new_with_keys(word(), word());
        Self { reference: hasher(), request: hasher(), text: hasher() }
    }

    /// Of a reference with its request. Two spellings of one country are the same content.
    pub fn request(&self, reference: &str, request: &HistoricRequest, authority: &str) -> Mark {
        let HistoricRequest {
            received_on,
            country,
            category,
            instrument,
            demands,
            urgency,
            accounts_specified,
            accounts_disclosed,
            outcome,
        } = request;
        let (outcome, ground, settled_on) = OutcomeWord::of(*outcome);
        // Few and wide words, because the hash is taken a million times.
        let codes = [
            *category as u64,
            *urgency as u64,
            outcome as u64,
            ground.map_or(0, |ground| 1 + ground as u64),
        ];
        let words = [
            codes.into_iter().fold(country.index() as u64, |word, code| word << 8 | code),
            u64::from(demands.bits()),
            day(*received_on) << 32 | settled_on.map_or(0, day),
            accounts_specified.map_or(u64::MAX, u64::from),
            accounts_disclosed.map_or(u64::MAX, u64::from),
        ];
        let mut content = self.request;
        (words, instrument.as_str(), authority).hash(&mut content);
        self.mark(reference, content)
    }

    /// Of a reference with the text of its row.
    pub fn text(&self, reference: &str, text: &str) -> Mark {
        let mut content = self.text;
        text.hash(&mut content);
        self.mark(reference, content)
    }

    fn mark(&self, reference: &str, content: SipHasher13) -> Mark {
        let mut key = self.reference;
        reference.hash(&mut key);
        let Hash128 { h1, h2 } = key.finish128();
        Mark { key: Key([h1, h2]), content: content.finish() }
    }
}

impl Seen {
    pub fn with_room_for(rows: u64) -> Self {
        let room = usize::try_from(rows).unwrap_or(0);
        Self { rows: HashMap::with_capacity_and_hasher(room, BuildHasherDefault::default()) }
    }

    /// Notes the mark of a row.
    pub fn note(&mut self, Mark { key, content }: Mark, line: u32) -> Again {
        match self.rows.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert((content, line));
                Again::No
            }
            Entry::Occupied(earlier) if earlier.get().0 == content => Again::Equal,
            Entry::Occupied(earlier) => Again::Different { line: earlier.get().1 },
        }
    }
}

fn day(date: Date) -> u64 {
    // Years that can be meant are positive; see `column::date`.
    u64::from(date.year().unsigned_abs()) << 16 | (date.month() as u64) << 8 | date.day() as u64
}
