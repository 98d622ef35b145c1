//! `candor erase`: what a submission said is destroyed, and that it was there stays.

use std::io::Write;
use std::path::Path;

use domain::id::{Actor, Position, SubmissionId};
use jiff::Timestamp;
use ledger::leaf::HalfYear;
use store::{SealedSubmission, Sight, Tx};

use crate::{Candor, Error};

/// What was erased, one submission or half-year on each line with the time. It lies beside the database and in no
/// backup, so that a restored backup can be told what to forget again.
pub(crate) const ERASURES_FILE: &str = "erasures";

impl Candor {
    /// Destroys the key of a submission that is resolved, whose requests are finished and counted,
    /// on which no hold stands and for which nothing is preserved, whatever period runs. Nobody can
    /// read its texts any more or open its leaves; counts, events and leaves stay.
    pub async fn erase(&self, id: SubmissionId, actor: Actor) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        // An appeal, a hold or another request that comes at this moment waits, or was there first.
        tx.hold_log().await?;
        let submission = tx.sealed_submission(self.db.keys(), id, Sight::whole()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        self.destroy(tx, &submission, None, actor).await
    }

    /// Destroys the key of a submission in a transaction that holds the log, and commits. `rules` is
    /// the place of the periods that say that it is to go, where they do.
    pub(crate) async fn destroy(
        &self,
        mut tx: Tx,
        submission: &SealedSubmission,
        rules: Option<Position>,
        actor: Actor,
    ) -> Result<(), Error> {
        let id = submission.id();
        let requests = tx.requests_in(submission).await?;
        let holds = tx.holds(id, Sight::whole()).await?;
        let event = domain::submission::erase(submission.state(), (&requests, &holds), rules)?;
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

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Erasure {
    Submission(SubmissionId),
    /// The key of a half-year, such as 2020-H1.
    HalfYear(HalfYear),
}

impl Erasure {
    fn read(text: &str) -> Option<Self> {
        if let Ok(id) = text.parse() {
            return Some(Self::Submission(SubmissionId(id)));
        }
        let (year, half) = text.split_once("-H")?;
        HalfYear::new(year.parse().ok()?, half.parse().ok()?).map(Self::HalfYear)
    }
}

/// Adds the key of a half-year to the list, before it is destroyed.
pub(crate) fn list_half_year(dir: &Path, of: HalfYear, at: Timestamp) -> Result<(), Error> {
    append(dir, &format!("{of} {at}\n"))
}

/// A list of erasures, and its text. It may be several lists, one after the other.
pub(crate) fn read(path: &Path) -> Result<(Vec<Erasure>, String), Error> {
    let text = std::fs::read_to_string(path)
        .map_err(Error::file(path, "the list of erasures can't be read"))?;
    let mut erasures = Vec::new();
    for (n, line) in (1..).zip(text.lines()) {
        let Some(what) = line.split_whitespace().next() else { continue };
        erasures.push(Erasure::read(what).ok_or_else(|| {
            Error::Config(format!(
                "{}:{n}: a line of the list of erasures begins with the id of a submission, or \
                 with a half-year such as 2020-H1",
                path.display()
            ))
        })?);
    }
    Ok((erasures, text))
}
