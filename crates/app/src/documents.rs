//! What arrives later and belongs to a submission: the officer's answer, paperwork that was owed, a
//! court's decision. It is kept under the submission's key, looked into and scanned like what came
//! with it, and erased with it.

use domain::access::Permission;
use domain::event::{Event, SubmissionEvent};
use domain::id::{Sha256Hash, SubmissionId};
use domain::submission::add_documents;
use jiff::civil::Date;

use crate::access::SignedIn;
use crate::compartment::ReasonedEvent;
use crate::conduct::{check_texts, moved};
use crate::examine::look_of_arrival;
use crate::register::{LetterFile, hashes};
use crate::{Candor, Error};

/// Files that belong to a submission and came after it.
#[derive(Clone, Debug)]
pub struct NewDocuments {
    pub submission: SubmissionId,
    pub received_on: Date,
    /// What they are, in a sentence.
    pub what: String,
    pub files: Vec<LetterFile>,
}

impl Candor {
    /// Seals files that came later, with what they are.
    pub async fn add_documents(&self, new: NewDocuments, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::EnterSubmission)?;
        let NewDocuments { submission: id, received_on, what, files } = new;
        if what.trim().is_empty() {
            return Err(Error::ReasonOfAct);
        }
        check_texts(&[("what", what.clone())])?;
        let hashes = hashes(&files)?;
        let keys = self.db.keys();
        let submission = {
            let mut tx = self.db.snapshot().await?;
            tx.sealed_submission(keys, id, by.sight()).await?.ok_or(Error::NoSubmission(id))?
        };
        // Sealed before the transaction, since that takes time and touches nothing.
        let mut attachments = Vec::with_capacity(files.len());
        for (file, sha256) in files.iter().zip(&hashes) {
            let look = look_of_arrival(&file.bytes)?;
            let bytes = (file.bytes.as_slice(), look.as_str());
            attachments.push(submission.attach(*sha256, &file.name, bytes)?);
        }
        let mut tx = self.db.begin().await?;
        tx.hold_log().await?;
        let submission = tx.sealed_submission(keys, id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let there = tx.files_named(id).await?;
        let days = (received_on, self.today());
        let event = add_documents(submission.state(), &there, days, hashes.clone())?;
        let change = tx.documents_change(&submission, event).await?;
        let change = change.with_text(&submission, "reason", what.trim())?;
        tx.record(self.clock.now(), by.actor(), &[change]).await.map_err(moved)?;
        tx.insert_attachments(&attachments).await?;
        tx.mark_files(keys, id, &hashes).await?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }
}

/// When a file that came later arrived, and what it is.
pub fn added(events: &[ReasonedEvent], file: Sha256Hash) -> Option<(Date, &str)> {
    events.iter().find_map(|event| match &event.recorded.event {
        Event::Submission(SubmissionEvent::DocumentsAdded { received_on, files })
            if files.contains(&file) =>
        {
            Some((*received_on, event.reason.as_deref().unwrap_or_default()))
        }
        _ => None,
    })
}
