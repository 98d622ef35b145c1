//! Mails: where their links lead, and whether they go out.

use app::{Error, MailKind, MailListed, MailOutcome, NoticeOf, Reminders};
use axum::extract::{Path, RawForm};

use super::answer::{Answer, Failure, Viewer, see_other, show};
use super::fields::Fields;
use super::people::Names;
use super::{page, words};

/// The link of a mail leads on to what it is about, for whom it was sent to and nobody else.
pub(super) async fn notice(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    match viewer.console.candor.notice(id, &viewer.who).await? {
        Some(NoticeOf::Request(name)) => see_other(&format!("/requests/{name}")),
        Some(NoticeOf::Audit) => see_other("/audit"),
        Some(NoticeOf::OwnAccess) => see_other("/me"),
        Some(NoticeOf::Arrivals) => see_other("/submissions"),
        None => Err(Failure::Missing),
    }
}

pub(super) async fn mails(viewer: Viewer) -> Answer {
    let (console, candor) = (&viewer.console, &viewer.console.candor);
    let mails = candor.mails(&viewer.who).await?;
    let names = Names::read(console).await?;
    let number = |state: fn(&MailListed) -> bool| mails.iter().filter(|mail| state(mail)).count();
    let waiting = number(|mail| mail.outcome.is_none());
    let given_up = number(|mail| mail.outcome == Some(MailOutcome::GivenUp));
    let sentence = match candor.mail_server() {
        None => "There is no [mail] in candor.toml, so nobody is told anything by mail.".to_owned(),
        Some(server) => format!(
            "By {server}: {}, {} given up.",
            words::counted(waiting, "waits", "wait"),
            words::counted(given_up, "was", "were"),
        ),
    };
    let shown = mails.iter().map(|mail| page::Mail {
        called_for: console.moment(mail.enqueued_at),
        to: names.of(mail.to),
        tells: tells(mail.kind).to_owned(),
        state: state(mail),
        more: match (&mail.trouble, mail.outcome) {
            (Some(trouble), None) => {
                let again = console.moment(mail.next_at);
                format!("{trouble}; again at {again}, after {} attempts", mail.attempts)
            }
            (Some(trouble), Some(_)) => trouble.clone(),
            (None, _) => String::new(),
        },
        again: (mail.outcome == Some(MailOutcome::GivenUp))
            .then(|| format!("/mail/{}/again", mail.id)),
    });
    let mails = shown.collect();
    show(&page::Mails { frame: viewer.frame("/mail"), sentence, mails, zone: console.zone() })
}

pub(super) async fn again(viewer: Viewer, Path(id): Path<uuid::Uuid>) -> Answer {
    match viewer.console.candor.take_up_mail(id, &viewer.who).await {
        // It is tried already.
        Ok(()) | Err(Error::Moved) => see_other("/mail"),
        Err(error) => Err(error.into()),
    }
}

/// POST /me/reminders
pub(super) async fn reminders(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let choice = match Fields::of(&form).is_ticked("reminders") {
        true => Reminders::Wanted,
        false => Reminders::NotWanted,
    };
    viewer.console.candor.choose_reminders(choice, &viewer.who).await?;
    see_other("/me")
}

fn state(mail: &MailListed) -> page::MailState {
    match (mail.outcome, &mail.trouble) {
        (None, None) => page::MailState::Waits,
        (None, Some(_)) => page::MailState::Fails,
        (Some(MailOutcome::Sent), _) => page::MailState::Sent,
        (Some(MailOutcome::NotNeeded), _) => page::MailState::NotNeeded,
        (Some(MailOutcome::GivenUp), _) => page::MailState::GivenUp,
    }
}

fn tells(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Assigned => "something is assigned to them",
        MailKind::ClarificationLapsed => "a question was not answered in time",
        MailKind::InstrumentOverdue => "paperwork is overdue",
        MailKind::DeadlineNear => "a deadline comes near",
        MailKind::DeadlineMissed => "a deadline has passed",
        MailKind::ClarificationNear => "a question lapses soon",
        MailKind::PaperworkNear => "paperwork is due soon",
        MailKind::PreservationNear => "a preservation comes to its end",
        MailKind::PreservationLapsed => "a preservation is over",
        MailKind::Arrived => "something has arrived",
        MailKind::RegistrationNear => "something is soon to be registered",
        MailKind::RegistrationMissed => "something was not registered in time",
        MailKind::Invitation => "an invitation",
        MailKind::ReadersChanged => "who reads cases has changed",
        MailKind::AccessReset => "their access was reset",
    }
}
