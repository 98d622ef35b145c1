//! The published log as a reader holds it, with every file read beforehand.

use std::collections::BTreeMap;

use ledger::checkpoint::{Checkpoint, Policy};
use ledger::log::{Files, ReadError, Rejection, VerifiedLog, verify_log};
use ledger::note::Note;
use ledger::tile::Tile;
use stories::World;

pub struct Published(BTreeMap<String, Vec<u8>>);

impl Files for Published {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.0.get(path).cloned())
    }
}

impl Published {
    /// What the site serves now; `None` where there is no checkpoint.
    pub async fn of(world: &World) -> Option<Self> {
        let note = file(world, "checkpoint").await?;
        let size = checkpoint(&note).size;
        let mut paths: Vec<String> = Tile::all(size).iter().map(Tile::to_string).collect();
        paths.extend(["policy.json".to_owned(), "codebook.json".to_owned()]);
        paths.push(ledger::log::codebook_path(store::codebook().hash()));
        let mut files = BTreeMap::from([("checkpoint".to_owned(), note)]);
        for path in paths {
            let bytes = file(world, &path).await.expect("is published");
            files.insert(path, bytes);
        }
        Some(Self(files))
    }

    pub fn note(&self) -> Note {
        note(&self.0["checkpoint"])
    }

    pub fn checkpoint(&self) -> Checkpoint {
        checkpoint(&self.0["checkpoint"])
    }

    pub fn policy(&self) -> Policy {
        Policy::from_json(&self.0["policy.json"]).expect("a policy")
    }

    /// Verified with a policy from elsewhere.
    pub fn verified(&self, policy: &Policy, sizes: &[u64]) -> Result<VerifiedLog, Rejection> {
        verify_log(self, policy, sizes)
    }
}

async fn file(world: &World, path: &str) -> Option<Vec<u8>> {
    let publication = world.candor.config.log.publish.into();
    world.candor.db.read_only().log_file(path, publication).await.expect("reads")
}

fn note(bytes: &[u8]) -> Note {
    std::str::from_utf8(bytes).expect("UTF-8").parse().expect("a note")
}

fn checkpoint(bytes: &[u8]) -> Checkpoint {
    note(bytes).text().parse().expect("a checkpoint")
}
