//! The database is held against the log: every leaf, or some.
//!
//! What a leaf seals is told again from the events, its commitment is opened, the tree is built
//! again from the leaves, and the chain over all events is made again and compared with what the
//! audit leaves sealed of it. Whoever changes an event, a text or a leaf by hand is found.

use std::collections::{BTreeMap, HashMap, VecDeque};

use domain::event::{CompanyEvent, Event, Stream};
use domain::id::{RequestId, SubmissionId};
use domain::request::{Request, evolve};
use ledger::hash::Hash;
use ledger::leaf::LeafKind;
use ledger::link::{Links, RoleKeys};
use ledger::tile::{TILE_HEIGHT, Tile, TileKind};
use ledger::tree::{Frontier, verify_inclusion};

use crate::event::ChainedEvent;
use crate::log::open::{LeafTold, check};
use crate::log::read::StoredLeaf;
use crate::log::record::{self, Particulars};
use crate::log::seal::{SealedSubmission, Sealer};
use crate::{Error, Sight, Tx};

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogAudit {
    /// Leaves in the log.
    pub leaves: u64,
    /// Of these, opened and found to seal what the database says.
    pub opened: u64,
    /// Of these, about submissions that were erased: they can't be opened any more.
    pub erased: u64,
    /// Of these, restored from the published log: what they seal is lost.
    pub lost: u64,
    /// Of these, received in half-years whose keys were destroyed: what they seal was found, and
    /// what they commit to can't be opened any more.
    pub shredded: u64,
    /// Of these, pads.
    pub pads: u64,
    /// Leaves that wait for their place in the log, opened too.
    pub waiting: u64,
    /// What is wrong, the first few.
    pub faults: Vec<String>,
}

const FAULTS_MAX: usize = 10;
/// Leaves that are read at a time.
const CHUNK: u64 = 4_096;

impl LogAudit {
    fn fault(&mut self, what: impl ToString) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what.to_string());
        }
    }
}

impl Tx {
    /// Holds some leaves against the database: the submission that each is about is opened, and
    /// each is where the tree says it is.
    pub async fn sample_log(
        &mut self,
        sealer: &Sealer,
        indexes: &[u64],
    ) -> Result<LogAudit, Error> {
        let head = self.tree_head().await?;
        let mut audit = LogAudit { leaves: head.size, ..LogAudit::default() };
        for index in indexes {
            let Some(leaf) = self.leaves(*index, index + 1).await?.pop() else {
                audit.fault(format!("leaf {index} is missing"));
                continue;
            };
            let path = self.inclusion_path(*index, head.size).await?;
            if !verify_inclusion(Hash::leaf(&leaf.entry), *index, head.size, &path, head.root) {
                audit.fault(format!("leaf {index} is not where the tree says it is"));
            }
            if leaf.is_lost() {
                audit.lost += 1;
                continue;
            }
            if leaf.is_pad() {
                self.audit_pad(sealer, &leaf, &mut audit).await?;
                continue;
            }
            let Some(submission) = leaf.submission else {
                audit.opened += 1;
                continue;
            };
            match self.open_submission(sealer, submission, Sight::whole()).await {
                Ok(Some(_)) => audit.opened += 1,
                Ok(None) => audit.erased += 1,
                Err(Error::PeriodKeyDestroyed(_)) => audit.shredded += 1,
                Err(error @ Error::Inconsistent { .. }) => audit.fault(error),
                Err(error) => return Err(error),
            }
        }
        Ok(audit)
    }

    /// Holds every leaf and every event against each other. `keys` are those that the log began
    /// with.
    pub async fn audit_log(&mut self, sealer: &Sealer, keys: RoleKeys) -> Result<LogAudit, Error> {
        let head = self.tree_head().await?;
        let mut audit = LogAudit::default();
        let mut links = Links::new(&head.origin, keys);
        let mut frontier = Frontier::default();
        let mut nodes: BTreeMap<u8, Vec<Hash>> = BTreeMap::new();
        let succeeded = self.origins().await?.last().map_or(0, |(until, _)| until.0);
        let mut events = Told::nothing(succeeded);
        let mut submissions = Submissions::default();
        for from in (0..head.size).step_by(CHUNK as usize) {
            for leaf in self.leaves(from, from + CHUNK).await? {
                if let Err(error) = links.add(&leaf.leaf) {
                    audit.fault(format!("leaf {}: {error}", leaf.index));
                }
                frontier.push(Hash::leaf(&leaf.entry), |subtree, hash| {
                    if subtree.height.is_multiple_of(TILE_HEIGHT) {
                        nodes.entry(subtree.height / TILE_HEIGHT).or_default().push(hash);
                    }
                });
                // In a batch they stand in no order of events; then each is told on its own.
                if leaf.position.0 >= events.position {
                    events.go_to(self, leaf.position.0).await?;
                }
                self.audit_leaf(&leaf, sealer, &mut submissions, &events, &mut audit).await?;
            }
        }
        audit.leaves = frontier.size();
        if (frontier.size(), frontier.root()) != (head.size, head.root) {
            audit.fault("the leaves have another root than the log's head");
        }
        for (level, hashes) in nodes {
            if self.row(level, head.size).await? != hashes {
                audit.fault(format!("the hashes of level {level} are not those of the leaves"));
            }
        }
        if self.padding().await?.is_some() {
            self.audit_waiting(sealer, &mut submissions, &events, &mut audit).await?;
        }
        events.go_to(self, i64::MAX).await?;
        if events.chain != self.event_chain().await? {
            audit.fault("the events are not those that were chained as they were recorded");
        }
        Ok(audit)
    }

    /// All hashes of one level of tiles.
    async fn row(&mut self, level: u8, size: u64) -> Result<Vec<Hash>, Error> {
        let tiles = (0..).map_while(|n| Tile::at(TileKind::Hashes { level }, n, size));
        let mut hashes = Vec::new();
        for tile in tiles {
            hashes.extend(self.tile_hashes(level, tile).await?);
        }
        Ok(hashes)
    }

    async fn audit_leaf(
        &mut self,
        leaf: &StoredLeaf,
        sealer: &Sealer,
        submissions: &mut Submissions,
        events: &Told,
        audit: &mut LogAudit,
    ) -> Result<(), Error> {
        if leaf.is_lost() {
            if events.restored(leaf) {
                audit.lost += 1;
            } else {
                audit.fault(format!("leaf {} has no salt, and no event restored it", leaf.index));
            }
            return Ok(());
        }
        if leaf.leaf.kind() == LeafKind::Audit {
            let told = record::bytes(&record::audit(events.position, &events.chain))?;
            let seal = LeafKind::Audit.seal(&leaf.salt(None)?, &told);
            if leaf.leaf.seal() == Some(seal) {
                audit.opened += 1;
            } else {
                audit.fault(format!("leaf {} seals other events than are stored", leaf.index));
            }
            return Ok(());
        }
        if leaf.is_pad() {
            return self.audit_pad(sealer, leaf, audit).await;
        }
        let Some(id) = leaf.submission else {
            audit.opened += 1;
            return Ok(());
        };
        let Some((submission, particulars)) = submissions.get(self, sealer, id).await? else {
            audit.erased += 1;
            return Ok(());
        };
        let told = match events.of(leaf, id, particulars) {
            Some(told) => Some(told),
            None => self.told(leaf, id, particulars).await?,
        };
        let told = match told {
            Some(told) => check(leaf, told, submission, sealer).map(drop),
            None => {
                let what = "no event calls for it";
                Err(Error::inconsistent("leaf", leaf.index, what))
            }
        };
        match told {
            Ok(()) => audit.opened += 1,
            Err(Error::PeriodKeyDestroyed(_)) => audit.shredded += 1,
            Err(error @ (Error::Inconsistent { .. } | Error::Sealed)) => audit.fault(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Tx {
    async fn audit_pad(
        &mut self,
        sealer: &Sealer,
        leaf: &StoredLeaf,
        audit: &mut LogAudit,
    ) -> Result<(), Error> {
        match self.open_pad(sealer, leaf).await {
            Ok(true) => audit.opened += 1,
            Ok(false) => audit.shredded += 1,
            Err(error @ (Error::Inconsistent { .. } | Error::Sealed)) => audit.fault(error),
            Err(error) => return Err(error),
        }
        audit.pads += 1;
        Ok(())
    }

    /// What waits for its place is opened as what has one, and nothing lacks its leaf.
    async fn audit_waiting(
        &mut self,
        sealer: &Sealer,
        submissions: &mut Submissions,
        events: &Told,
        audit: &mut LogAudit,
    ) -> Result<(), Error> {
        let (mut counts, waiting) = (LogAudit::default(), self.waiting().await?);
        for waits in &waiting {
            self.audit_leaf(&waits.stored(), sealer, submissions, events, &mut counts).await?;
        }
        audit.waiting = waiting.len() as u64;
        for fault in counts.faults {
            audit.fault(format!("of those that wait: {fault}"));
        }
        match self.without_leaf().await? {
            0 => {}
            count => audit.fault(format!(
                "{count} submissions or requests were recorded and lack leaves: neither does the \
                 log hold them nor do they wait for their place"
            )),
        }
        match self.miscounted_pads().await? {
            0 => {}
            count => {
                audit.fault(format!("{count} pads are referred to by other leaves than noted"))
            }
        }
        Ok(())
    }
}

/// The submission that was looked at last: leaves about one mostly stand together.
#[derive(Default)]
struct Submissions {
    last: Option<(SubmissionId, Option<(SealedSubmission, Particulars)>)>,
}

impl Submissions {
    async fn get(
        &mut self,
        tx: &mut Tx,
        sealer: &Sealer,
        id: SubmissionId,
    ) -> Result<Option<&(SealedSubmission, Particulars)>, Error> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != id) {
            let found = match tx.sealed_submission(sealer.keys(), id, Sight::whole()).await? {
                Some(submission) => Some((submission, tx.particulars(sealer.keys(), id).await?)),
                None => None,
            };
            self.last = Some((id, found));
        }
        Ok(self.last.as_ref().and_then(|(_, found)| found.as_ref()))
    }
}

/// What the events say up to a position.
struct Told {
    position: i64,
    chain: Hash,
    last: Option<(Stream, Event)>,
    requests: HashMap<RequestId, Request>,
    waiting: VecDeque<ChainedEvent>,
    /// What happened before this was in a log before.
    succeeded: i64,
}

impl Told {
    fn nothing(succeeded: i64) -> Self {
        Self {
            succeeded,
            position: 0,
            // As the chain begins in the database.
            chain: Hash([0; 32]),
            last: None,
            requests: HashMap::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Goes on to a position, or to the end.
    async fn go_to(&mut self, tx: &mut Tx, position: i64) -> Result<(), Error> {
        while self.position < position {
            if self.waiting.is_empty() {
                self.waiting.extend(tx.chained_events(self.position, CHUNK as i64).await?);
            }
            let Some(next) = self.waiting.pop_front() else { return Ok(()) };
            self.chain = next.after(&self.chain);
            let recorded = next.read()?;
            self.position = recorded.position.0;
            if let (Stream::Request(id), Event::Request(event)) = (recorded.stream, &recorded.event)
            {
                let request = self.requests.remove(&id).unwrap_or_default();
                self.requests.insert(id, evolve(request, event)?);
            }
            self.last = Some((recorded.stream, recorded.event));
        }
        Ok(())
    }

    /// Whether the last event is the one that restored a leaf.
    fn restored(&self, leaf: &StoredLeaf) -> bool {
        let is_restored = match &self.last {
            // In the log before, it stood elsewhere.
            Some((_, Event::Company(CompanyEvent::LeavesRestored { .. })))
                if self.position < self.succeeded =>
            {
                true
            }
            Some((_, Event::Company(CompanyEvent::LeavesRestored { from, to }))) => {
                (*from..*to).contains(&leaf.index)
            }
            Some(_) | None => false,
        };
        is_restored && self.position == leaf.position.0
    }

    /// What a leaf should seal, where the last event is the one that called for it.
    fn of(
        &self,
        leaf: &StoredLeaf,
        submission: SubmissionId,
        particulars: &Particulars,
    ) -> Option<LeafTold> {
        let (stream, event) = self.last.as_ref()?;
        let request = match stream {
            Stream::Request(id) => self.requests.get(id),
            Stream::Submission(_)
            | Stream::Person(_)
            | Stream::Authority(_)
            | Stream::Publication => None,
        };
        let is_calling = self.position == leaf.position.0;
        is_calling
            .then(|| LeafTold::new(leaf, submission, (*stream, event), request, particulars))?
    }
}
