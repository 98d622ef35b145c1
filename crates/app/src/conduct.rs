//! What people do with a request: verify, decide, answer, and all that lies between.
//!
//! Every act goes through [`Candor::act`]: the rules are asked, what happened is sealed, and the
//! log is signed. Who sees a case says which state they saw: where somebody else was faster, nothing
//! is done.

use domain::access::Permission;
use domain::event::{NoteKind, Stream};
use domain::id::{Actor, RequestId};
use domain::request::{
    Circumstances, Command, Company, Link, Refusal, Request, decide, may_review,
};
use store::{Change, Tx};

use crate::access::SignedIn;
use crate::act::ActKind;
use crate::compartment::may_be_assigned;
use crate::correction::Corrects;
use crate::declination::signs_its_text;
use crate::{Candor, Error};

/// Names and texts.
pub type Texts = Vec<(&'static str, String)>;

/// An act, with the texts that explain it.
#[derive(Clone, Debug)]
pub struct Act {
    pub request: RequestId,
    /// The number of events of the request that the person saw.
    pub seen: i64,
    pub command: Command,
    /// Name and text; blank ones are left out. They are sealed under the submission's key.
    pub texts: Texts,
}

/// A longer text is refused.
pub const TEXT_SIZE_BYTES_MAX: usize = 64 << 10;

impl Candor {
    /// Does something with a request.
    ///
    /// [`Error::Moved`] where the request is not any more what the person saw.
    pub async fn act(&self, act: Act, by: &SignedIn) -> Result<(), Error> {
        by.may(ActKind::of(&act.command).ok_or(Error::NoRequest)?.permission())?;
        if act.command == (Command::WriteNote { kind: NoteKind::Privileged }) {
            by.may(Permission::ReadPrivilegedNotes)?;
        }
        check_texts(&act.texts)?;
        if !signs_its_text(&act) {
            return Err(Error::NotWhatIsSigned);
        }
        if needs_reason(&act.command) && act.texts.iter().all(|(_, text)| text.trim().is_empty()) {
            return Err(Error::ReasonOfAct);
        }
        // What the rules look at beside the request stays so until the commit: whether its texts
        // are there, and whether its officer is verified.
        let mut tx = self.db.begin().await?;
        tx.hold_log().await?;
        self.act_in(tx, act, by).await
    }

    /// Does what may be asked for, in a transaction that holds the log, and commits it.
    pub(crate) async fn act_in(&self, mut tx: Tx, act: Act, by: &SignedIn) -> Result<(), Error> {
        let current = tx.sealed_request(self.db.keys(), act.request, by.sight()).await?;
        let current = current.ok_or(Error::NoRequest)?;
        let Request::Handled(handled) = &current.request else { return Err(Error::NoRequest) };
        by.may(Permission::ReadCases(handled.registration.category))?;
        if current.version() != act.seen {
            return Err(Error::Moved);
        }
        may_be_assigned(tx.compartment(&current.submission).await?.as_ref(), &act.command)?;
        if let Command::Link { to, link } = act.command {
            if to == act.request {
                return Err(Error::NoLink);
            }
            let (other, _) = tx.request(to, by.sight()).await?;
            handled.may_be_linked(link, &other)?;
        }
        if let Command::WriteReview { .. } = act.command {
            let events = tx.stream_events(Stream::Request(act.request), by.sight()).await?;
            may_review(&events, by.person)?;
        }
        let of = (act.request, handled.as_ref());
        let Corrects { recount, texts } = self.corrects(&mut tx, of, &act.command, by).await?;
        let now = self.clock.now();
        let company = self.company_with_clocks(&mut tx, &handled.registration, now).await?;
        let company = Company { recount, ..company };
        let (actor, today) = (Actor::Person(by.person), self.today());
        let circumstances = Circumstances { by: actor, today, company: &company };
        let events = decide(&current.request, &act.command, circumstances)?;
        let told = events.clone();
        let mut sealer = tx.sealer(self.db.keys()).await?;
        let mut change = sealer.advance(&current, events)?;
        for (name, text) in
            act.texts.iter().chain(&texts).filter(|(_, text)| !text.trim().is_empty())
        {
            change = change.with_text(&current.submission, name, text.trim())?;
        }
        let mut changes = vec![change];
        if let Command::Link { to, link: Link::FollowsPreservation } = act.command {
            let of = (act.request, to);
            changes.extend(self.preservation_followed(&mut tx, of, circumstances, by).await?);
        }
        tx.record(self.clock.now(), actor, &changes).await.map_err(moved)?;
        self.enqueue_notices(&mut tx, act.request, (act.seen, &told), actor).await?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }
}

impl Candor {
    /// What a request that asks to hand over makes of the preservation that it follows, where that
    /// is still kept.
    async fn preservation_followed(
        &self,
        tx: &mut Tx,
        (by_request, to): (RequestId, RequestId),
        circumstances: Circumstances<'_>,
        by: &SignedIn,
    ) -> Result<Option<Change>, Error> {
        let kept = tx.sealed_request(self.db.keys(), to, by.sight()).await?;
        let Some(kept) = kept else { return Ok(None) };
        let command = Command::FollowPreservation { by: by_request };
        match decide(&kept.request, &command, circumstances) {
            Ok(events) => {
                let mut sealer = tx.sealer(self.db.keys()).await?;
                Ok(Some(sealer.advance(&kept, events)?))
            }
            // It was let go, or was never placed: the link alone says how the two stand.
            Err(Refusal::NotNow(_)) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// Two who act on one request at once: the second one reads again.
pub(crate) fn moved(error: store::Error) -> Error {
    match error {
        store::Error::Conflict(_) => Error::Moved,
        other => other.into(),
    }
}

/// What is explained in words: what ends a request, moves it, or takes it out of the sum (rule 5).
fn needs_reason(command: &Command) -> bool {
    match command {
        Command::Propose { .. }
        | Command::Confirm
        | Command::ReturnProposal
        | Command::AskClarification { .. }
        | Command::AnswerClarification
        | Command::ExtendDeadline { .. }
        | Command::ExtendPreservation { .. }
        | Command::ReleasePreservation
        | Command::ProposeMotion { .. }
        | Command::ReturnMotion { .. }
        | Command::Disclose
        | Command::Reopen
        | Command::FileChallenge
        | Command::Appeal
        | Command::Withdraw
        | Command::Link { .. }
        | Command::Unlink
        | Command::WriteNote { .. }
        | Command::WriteReview { .. } => true,
        Command::Register { .. }
        | Command::BeginVerification
        | Command::RecordFinding { .. }
        | Command::LapseClarification
        | Command::ReportInstrumentOverdue
        | Command::ConfirmMotion { .. }
        | Command::DiscloseOnDate
        | Command::PlacePreservation { .. }
        | Command::LapsePreservation
        | Command::FollowPreservation { .. }
        // Without its text nothing is signed.
        | Command::SignDeclination { .. }
        | Command::PrepareResponse
        | Command::ScreenResponse
        | Command::ReleaseResponse { .. }
        | Command::ResolveChallenge { .. }
        | Command::Close
        | Command::Assign { .. }
        | Command::SealPending
        | Command::ImportHistoric { .. } => false,
    }
}

pub(crate) fn check_texts(texts: &[(&'static str, String)]) -> Result<(), Error> {
    match texts.iter().find(|(_, text)| text.len() > TEXT_SIZE_BYTES_MAX) {
        Some((name, _)) => Err(Error::TextTooLong(name)),
        None => Ok(()),
    }
}
