//! `candor erase`: what a submission said is destroyed, and that it was there stays.

use std::io::Write;
use std::path::Path;

use domain::id::{Actor, SubmissionId};

use crate::{Candor, Error};

/// What was erased, one submission on each line with the time. It lies beside the database and in no
/// backup, so that a restored backup can be told what to forget again.
pub(crate) const ERASURES_FILE: &str = "erasures";

impl Candor {
    /// Destroys the key of a submission that is resolved and whose requests are finished. Nobody
    /// can read its texts any more or open its leaves; counts, events and leaves stay.
    pub async fn erase(&self, id: SubmissionId, actor: Actor) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let submission = tx.sealed_submission(self.db.keys(), id).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let requests = tx.requests_in(id).await?;
        let event = domain::submission::erase(submission.state(), &requests)?;
        let now = self.clock.now();
        tx.erase(now, actor, (id, event)).await?;
        // First the list: a crash between it and the commit leaves a line too many, about a
        // submission that somebody was erasing and will erase again. The other way round a restored
        // backup would bring back what was erased.
        append(&self.dir, &format!("{id} {now}\n"))?;
        tx.commit().await?;
        Ok(())
    }
}

fn append(dir: &Path, line: &str) -> Result<(), Error> {
    let path = dir.join(ERASURES_FILE);
    let appended = || {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        // Its name too.
        std::fs::File::open(dir)?.sync_all()
    };
    appended().map_err(Error::file(&path, "the list of erasures can't be written"))
}

/// The submissions in a list of erasures. The text may be several lists, one after the other.
pub(crate) fn read(path: &Path) -> Result<(Vec<SubmissionId>, String), Error> {
    let text = std::fs::read_to_string(path)
        .map_err(Error::file(path, "the list of erasures can't be read"))?;
    let mut ids = Vec::new();
    for (n, line) in (1..).zip(text.lines()) {
        let Some(id) = line.split_whitespace().next() else { continue };
        let id = id.parse().map_err(|_| {
            Error::Config(format!(
                "{}:{n}: a line of the list of erasures begins with the id of a submission",
                path.display()
            ))
        })?;
        ids.push(SubmissionId(id));
    }
    Ok((ids, text))
}
