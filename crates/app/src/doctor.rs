//! `candor doctor`: whether everything is as it should be.

use crate::init::master_key_file;
use crate::{Candor, Error};

/// Whether to fold every event again, which takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refolding {
    Skip,
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
    /// Looks at the keys, the events, the facts and the frozen editions.
    pub async fn doctor(&self, refolding: Refolding) -> Result<Doctor, Error> {
        let mut doctor = Doctor::default();
        doctor.note("keys", self.key_file_is_private()?);
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

    fn key_file_is_private(&self) -> Result<Result<String, String>, Error> {
        let path = master_key_file(&self.dir);
        let metadata =
            std::fs::metadata(&path).map_err(Error::file(&path, "the master key can't be read"))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Ok(Err(format!(
                    "{} can be read by others (mode {mode:o}); run chmod 600 on it",
                    path.display()
                )));
            }
        }
        #[cfg(not(unix))]
        let _ = metadata;
        Ok(Ok("the master key is readable by its owner alone; it is stored in plain".to_owned()))
    }
}
