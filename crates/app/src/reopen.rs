//! That a submission holds no request was a mistake: it is found out anew.

use domain::access::Permission;
use domain::id::{Actor, SubmissionId};
use domain::submission::take_back;

use crate::access::SignedIn;
use crate::conduct::{check_texts, moved};
use crate::{Candor, Error};

impl Candor {
    /// Takes back that a submission holds no request, with the reason: nobody has resolved it any
    /// more, so that an edition of its period waits.
    pub async fn take_back_not_a_request(
        &self,
        id: SubmissionId,
        reason: &str,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::ReopenSubmission)?;
        check_texts(&[("reason", reason.to_owned())])?;
        if reason.trim().is_empty() {
            return Err(Error::ReasonOfAct);
        }
        let mut tx = self.db.begin().await?;
        // Nobody says anything else of it until the commit.
        tx.hold_log().await?;
        let submission = tx.sealed_submission(self.db.keys(), id, by.sight()).await?;
        let submission = submission.ok_or(Error::NoSubmission(id))?;
        let said = tx.sealed_said(&submission).await?;
        let event = take_back(said.said)?;
        let mut sealer = tx.sealer(self.db.keys()).await?;
        let change = sealer.said_anew(&submission, &said, event)?;
        let change = change.with_text(&submission, "reason", reason.trim())?;
        let actor = Actor::Person(by.person);
        tx.record(self.clock.now(), actor, &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }
}
