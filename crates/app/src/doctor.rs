//! `candor doctor`: whether everything is as it should be.

use store::{LogAudit, Tx};

use crate::checkpoint::first_keys;
use crate::{Candor, Error, keys};

/// How much is held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refolding {
    /// So many leaves, drawn by lot.
    Sample(u32),
    /// Every event, fact and leaf, which takes time.
    Do,
}

/// What the doctor looked at.
#[derive(Clone, Debug, Default)]
pub struct Doctor {
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    pub subject: &'static str,
    /// What is well, or what is wrong and how to mend it.
    pub result: Result<String, String>,
}

impl Doctor {
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.result.is_ok())
    }

    fn note(&mut self, subject: &'static str, result: Result<String, String>) {
        self.findings.push(Finding { subject, result });
    }
}

impl Candor {
    /// Looks at the keys, the events, the facts, the log and the frozen editions.
    pub async fn doctor(&self, refolding: Refolding) -> Result<Doctor, Error> {
        let mut doctor = Doctor::default();
        doctor.note("keys", keys::examine(&self.dir, &self.held.signers()).await?);
        let mut tx = self.db.snapshot().await?;
        let head = tx.head().await?;
        doctor.note("events", Ok(format!("{head} recorded")));
        if refolding == Refolding::Do {
            let refold = tx.refold().await?;
            let result = match (refold.gap_at, refold.differing.first()) {
                (Some(gap), _) => {
                    Err(format!("the log has a gap before position {gap}; restore a backup"))
                }
                (None, Some(first)) => Err(format!(
                    "{} of {} requests are counted otherwise than their events say, {first} first; \
                     restore a backup and report this",
                    refold.differing.len(),
                    refold.requests
                )),
                (None, None) if refold.events != head.0.unsigned_abs() => {
                    Err(format!("the log ends at {head} but holds {} events", refold.events))
                }
                (None, None) => Ok(format!(
                    "{} requests are counted as their {} events say",
                    refold.requests, refold.events
                )),
            };
            doctor.note("facts", result);
        }
        doctor.note("log", self.audit(&mut tx, refolding).await?);
        if let Some(destroyed) = Self::periods_destroyed(&mut tx).await? {
            doctor.note("half-years", Ok(destroyed));
        }
        if let Some(result) = self.examine_witnesses(&mut tx).await? {
            doctor.note("witnesses", result);
        }
        if let Some(lost) = Self::examine_loss(&mut tx).await? {
            doctor.note("lost", lost);
        }
        let revisions = tx.revisions().await?;
        for revision in &revisions {
            let files = tx.edition_files(revision.period, revision.revision).await;
            let name = format!("{} revision {}", revision.period, revision.revision);
            doctor.note(
                "edition",
                match files {
                    Ok(files) => Ok(format!("{name}: {} files with their hashes", files.len())),
                    Err(error) => Err(format!("{name}: {error}; restore a backup")),
                },
            );
        }
        Ok(doctor)
    }

    /// Holds the log against the database: all of it, or some leaves drawn by lot.
    async fn audit(
        &self,
        tx: &mut Tx,
        refolding: Refolding,
    ) -> Result<Result<String, String>, Error> {
        let sealer = tx.sealer(self.db.keys()).await?;
        let audit = match refolding {
            Refolding::Do => {
                let keys = first_keys(tx).await?;
                tx.audit_log(&sealer, keys).await?
            }
            Refolding::Sample(count) => {
                let size = tx.tree_head().await?.size;
                tx.sample_log(&sealer, &drawn(count, size)?).await?
            }
        };
        let LogAudit { leaves, opened, erased, lost, shredded, faults } = audit;
        if !faults.is_empty() {
            let faults = faults.join("; ");
            return Ok(Err(format!("{faults}; restore a backup and report this")));
        }
        let mut text = format!("{leaves} leaves, {opened} of them opened and found as stored");
        if shredded > 0 {
            text.push_str(&format!(", {shredded} of half-years whose keys were destroyed"));
        }
        if erased > 0 {
            text.push_str(&format!(", {erased} about submissions that were erased"));
        }
        if lost > 0 {
            text.push_str(&format!(", {lost} restored without what they seal"));
        }
        Ok(Ok(text))
    }
}

/// Numbers below `size`, each as likely as any other but for one part in 2³² or so.
fn drawn(count: u32, size: u64) -> Result<Vec<u64>, Error> {
    let mut lots = vec![0; 8 * count as usize];
    getrandom::fill(&mut lots).map_err(store::Error::from)?;
    let (lots, _) = lots.as_chunks::<8>();
    Ok(lots.iter().filter_map(|lot| u64::from_le_bytes(*lot).checked_rem(size)).collect())
}
