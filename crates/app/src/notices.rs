//! Who is told what by mail, and the queue in which it waits.
//!
//! What an event calls for is enqueued in the event's transaction; what the calendar calls for,
//! once for each deadline and each of its reminders. Right before a mail is sent it is asked again
//! whether it is still so, and still theirs to know: who left or may not see the case gets none.

mod arriving;
mod reminding;

use std::collections::BTreeSet;
use std::time::Duration;

use access::Token;
use domain::access::Permission;
use domain::event::RequestEvent;
use domain::id::{Actor, PersonId, Position, RequestId};
use domain::person::Account;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{
    CaseName, CaseRow, Mail, MailAbout, MailKind, MailOutcome, MailsStanding, NewMail, Person,
    Reminders, SeenBy, Sight, Tx,
};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::conduct::moved;
use crate::ids::Ids;
use crate::mail::{Letter, MailSettings, SEND_TIME_MAX, Trouble};
use crate::{Candor, Error};

/// How long a mail may take before another process takes it for abandoned: longer than any takes.
const CLAIM: SignedDuration = SignedDuration::from_mins(10);
const _: () = assert!(SEND_TIME_MAX.as_secs() < CLAIM.as_secs() as u64);
/// The longest wait between two attempts, reached after the seventh.
const RETRY_MINUTES_MAX: i64 = 120;
/// What nothing has taken for so long is given up (RFC 5321, section 4.5.4.1).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// What was given up is told for so long by the doctor and at /metrics.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So long it is kept what was sent: for the links in it, and to send nothing twice.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Of a deadline that was missed before, nobody is told any more. Shorter than [`KEPT_FOR`].
const MISSED_DAYS_MAX: i32 = 30;
/// How often the queue is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How often deadlines are.
const REMIND_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// Mails in the operator's list.
const LISTED_MAX: u16 = 200;

/// A mail as the operator sees it: nothing of what it is about.
#[derive(Clone, Debug)]
pub struct MailListed {
    pub id: Uuid,
    pub to: PersonId,
    pub kind: MailKind,
    pub enqueued_at: Timestamp,
    pub next_at: Timestamp,
    pub attempts: u32,
    pub trouble: Option<String>,
    pub outcome: Option<MailOutcome>,
}

/// Where the link of a mail leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeOf {
    Request(CaseName),
    /// To what happened to the accounts of others.
    Audit,
    /// To what its reader signs in with.
    OwnAccess,
    /// The list of what arrived, where what waits stands first.
    Arrivals,
}

impl Candor {
    /// Enqueues what the events of a request call for, in their transaction. `version` is how many
    /// events the request had before them.
    pub(crate) async fn enqueue_notices(
        &self,
        tx: &mut Tx,
        request: RequestId,
        (version, events): (i64, &[RequestEvent]),
        by: Actor,
    ) -> Result<(), Error> {
        if self.config.mail.is_none() {
            return Ok(());
        }
        for event in events {
            let (kind, people) = match event {
                RequestEvent::RequestAssigned { to: Some(to) } if Actor::Person(*to) != by => {
                    (MailKind::Assigned, BTreeSet::from([*to]))
                }
                RequestEvent::ClarificationLapsed { .. } => {
                    let people = self.in_charge(tx, request, Permission::ConductCase).await?;
                    (MailKind::ClarificationLapsed, people)
                }
                RequestEvent::InstrumentOverdue { .. } => {
                    let people = self.in_charge(tx, request, Permission::RecordFinding).await?;
                    (MailKind::InstrumentOverdue, people)
                }
                // Whoever keeps the data has to learn of it from somebody.
                RequestEvent::PreservationLapsed {} => {
                    let people = self.in_charge(tx, request, Permission::ConductCase).await?;
                    (MailKind::PreservationLapsed, people)
                }
                _ => continue,
            };
            for to in people {
                let occasion = version.to_string();
                self.enqueue(tx, (to, kind, request.0), occasion, None).await?;
            }
        }
        Ok(())
    }

    /// Enqueues an invitation's link, in the transaction that makes it. The one before is void.
    pub(crate) async fn enqueue_invitation(
        &self,
        tx: &mut Tx,
        person: PersonId,
        link: &Token,
    ) -> Result<(), Error> {
        if self.config.mail.is_none() {
            return Ok(());
        }
        let (occasion, token) = (link.hash().to_string(), link.reveal());
        let what = (person, MailKind::Invitation, person.0);
        self.enqueue(tx, what, occasion, Some(token.as_str())).await
    }

    /// Enqueues what the event at a position of somebody's account calls for, in its transaction.
    pub(crate) async fn enqueue_of_account(
        &self,
        tx: &mut Tx,
        to: &[PersonId],
        (kind, about): (MailKind, PersonId),
        at: Position,
    ) -> Result<(), Error> {
        if self.config.mail.is_none() {
            return Ok(());
        }
        for to in to {
            self.enqueue(tx, (*to, kind, about.0), at.to_string(), None).await?;
        }
        Ok(())
    }

    async fn enqueue(
        &self,
        tx: &mut Tx,
        (to, kind, subject): (PersonId, MailKind, Uuid),
        occasion: String,
        token: Option<&str>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let new = NewMail { id: Ids::new(now)?.make(), to, kind, subject, occasion };
        Ok(tx.enqueue_mail(self.db.keys(), &new, token, now).await?)
    }

    /// Whoever it is assigned to; where that is nobody who can act, all who may.
    async fn in_charge(
        &self,
        tx: &mut Tx,
        request: RequestId,
        permission: Permission,
    ) -> Result<BTreeSet<PersonId>, Error> {
        let Some(case) = tx.case(request, Sight::whole()).await? else {
            return Ok(BTreeSet::new());
        };
        let people = tx.people(self.db.keys()).await?;
        let seeing = who_see(tx, &case, &people).await?;
        Ok(people_for(&case, &seeing, |person| person.roles.may(permission)))
    }

    /// Reminds and sends, again and again.
    pub(crate) async fn send_regularly(&self) {
        let mut reminded_at: Option<Timestamp> = None;
        loop {
            let now = self.clock.now();
            let is_time = reminded_at.is_none_or(|at| now.duration_since(at) >= REMIND_EVERY);
            if is_time {
                match self.remind().await {
                    Ok(()) => reminded_at = Some(now),
                    Err(error) => tracing::error!(error = ?error, "nobody could be reminded"),
                }
            }
            if let Err(error) = self.send_mails().await {
                tracing::error!(error = ?error, "no mail could be taken up");
            }
            if let Err(error) = self.tell_mails().await {
                tracing::error!(error = ?error, "the mails could not be counted");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Sends all that is due now. Returns how many were sent.
    pub async fn send_mails(&self) -> Result<u64, Error> {
        let Some(settings) = &self.config.mail else { return Ok(0) };
        let mut sent = 0;
        loop {
            let now = self.clock.now();
            let Some(mail) = self.db.claim_mail(now, now + CLAIM).await? else { break };
            sent += self.send_mail(settings, &mail).await?;
        }
        let mut tx = self.db.begin().await?;
        tx.forget_mails(self.clock.now() - KEPT_FOR).await?;
        tx.commit().await?;
        Ok(sent)
    }

    /// Sends one. A crash after the server took it and before that is written down sends it again:
    /// from outside, both look the same.
    async fn send_mail(&self, settings: &MailSettings, mail: &Mail) -> Result<u64, Error> {
        let (outcome, trouble) = match self.letter_to(settings, mail).await? {
            None => (Some(MailOutcome::NotNeeded), None),
            Some((to, link)) => {
                let at = mail.enqueued_at;
                let letter = Letter { id: mail.id, kind: mail.kind, to: &to, link: &link, at };
                let sent = match (settings.transport(&self.dir), letter.compose(settings)) {
                    (Ok(server), Ok(message)) => server.send(message).await,
                    (Err(what), _) => Err(Trouble::Passing(what)),
                    (_, Err(what)) => Err(Trouble::Lasting(what)),
                };
                let age = self.clock.now().duration_since(mail.enqueued_at);
                match sent {
                    Ok(()) => (Some(MailOutcome::Sent), None),
                    Err(Trouble::Lasting(what)) => (Some(MailOutcome::GivenUp), Some(what)),
                    Err(Trouble::Passing(what)) if age >= GIVE_UP_AFTER => {
                        (Some(MailOutcome::GivenUp), Some(what))
                    }
                    Err(Trouble::Passing(what)) => (None, Some(what)),
                }
            }
        };
        let now = self.clock.now();
        if let Some(trouble) = &trouble {
            let (kind, attempts, id) = (mail.kind.code(), mail.attempts, mail.id);
            let is_over = outcome.is_some();
            tracing::error!(%id, kind, attempts, trouble, is_over, "a mail could not be sent");
        }
        let mut tx = self.db.begin().await?;
        let written = match outcome {
            Some(outcome) => tx.end_mail(mail, outcome, now, trouble.as_deref()).await,
            None => {
                let minutes = (1_i64 << mail.attempts.min(7)).min(RETRY_MINUTES_MAX);
                let again = now.saturating_add(minutes.minutes()).map_err(|_| Error::Worker)?;
                tx.retry_mail(mail, again, trouble.as_deref().unwrap_or_default()).await
            }
        };
        match written {
            Ok(()) => tx.commit().await?,
            // Somebody else has claimed it since.
            Err(store::Error::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(u64::from(outcome == Some(MailOutcome::Sent)))
    }

    /// To whom it goes and with which link; `None` where it is not so any more, or not theirs to
    /// know.
    async fn letter_to(
        &self,
        settings: &MailSettings,
        mail: &Mail,
    ) -> Result<Option<(domain::person::EmailAddress, String)>, Error> {
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let Some(person) = tx.person(keys, mail.to).await? else { return Ok(None) };
        // The link tells no number: it leads there by the mail's own id.
        let link = settings.link(&format!("/notices/{}", mail.id));
        let is_so = match mail.kind.about() {
            MailAbout::Person => {
                let token = tx.token_of_mail(keys, mail.id).await?;
                let link = token.filter(|_| person.account == Account::Invited);
                let link = link.map(|token| settings.link(&format!("/join/{token}")));
                return Ok(link.map(|link| (person.email, link)));
            }
            // Not asked again: whoever takes roles away could else keep them from those who are to
            // learn of it.
            MailAbout::Accounts | MailAbout::OwnAccess => true,
            MailAbout::Arrivals => self.is_arrival_so(&mut tx, mail, &person).await?,
            MailAbout::Request => {
                let case = tx.case(RequestId(mail.subject), Sight::of(person.id)).await?;
                match case.filter(|case| can_read(&person, case)) {
                    Some(case) => self.is_case_so(&mut tx, mail, (&case, &person)).await?,
                    None => false,
                }
            }
        };
        Ok(is_so.then_some((person.email, link)))
    }

    /// Whether what a mail tells of a case is so still.
    async fn is_case_so(
        &self,
        tx: &mut Tx,
        mail: &Mail,
        (case, person): (&CaseRow, &Person),
    ) -> Result<bool, Error> {
        Ok(match mail.kind {
            MailKind::Assigned => case.assigned_to == Some(person.id),
            MailKind::ClarificationLapsed
            | MailKind::InstrumentOverdue
            | MailKind::PreservationLapsed => true,
            MailKind::DeadlineNear
            | MailKind::ClarificationNear
            | MailKind::PaperworkNear
            | MailKind::PreservationNear => {
                self.is_due_so(tx, mail).await?
                    && tx.reminders(person.id).await? == Reminders::Wanted
            }
            MailKind::DeadlineMissed => self.is_due_so(tx, mail).await?,
            MailKind::Invitation
            | MailKind::ReadersChanged
            | MailKind::AccessReset
            | MailKind::Arrived
            | MailKind::RegistrationNear
            | MailKind::RegistrationMissed => false,
        })
    }

    /// Where the link of a mail leads, for whom it was sent to.
    pub async fn notice(&self, id: Uuid, by: &SignedIn) -> Result<Option<NoticeOf>, Error> {
        let mut tx = self.db.snapshot().await?;
        let mail = tx.mail(id).await?.filter(|mail| mail.to == by.person);
        let Some(mail) = mail else { return Ok(None) };
        match mail.kind.about() {
            MailAbout::Person => Ok(None),
            MailAbout::Accounts => Ok(by.has(Permission::ReadTrail).then_some(NoticeOf::Audit)),
            MailAbout::OwnAccess => Ok(Some(NoticeOf::OwnAccess)),
            MailAbout::Arrivals => {
                let may_read = by.has(Permission::ReadSubmissions);
                Ok(may_read.then_some(NoticeOf::Arrivals))
            }
            MailAbout::Request => {
                let case = tx.case(RequestId(mail.subject), by.sight()).await?;
                Ok(case.map(|case| NoticeOf::Request(case.name)))
            }
        }
    }

    /// What stands in the queue, and what was sent of late; nothing of what it is about.
    pub async fn mails(&self, by: &SignedIn) -> Result<Vec<MailListed>, Error> {
        by.may(Permission::ManagePeople)?;
        let mails = self.db.snapshot().await?.mails(LISTED_MAX).await?;
        let listed = |mail: Mail| MailListed {
            id: mail.id,
            to: mail.to,
            kind: mail.kind,
            enqueued_at: mail.enqueued_at,
            next_at: mail.next_at,
            attempts: mail.attempts,
            trouble: mail.trouble,
            outcome: mail.outcome,
        };
        Ok(mails.into_iter().map(listed).collect())
    }

    /// Tries one again that was given up. [`Error::Moved`] where it was not.
    pub async fn take_up_mail(&self, id: Uuid, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::ManagePeople)?;
        let mut tx = self.db.begin().await?;
        tx.take_up_mail(id, self.clock.now()).await.map_err(moved)?;
        Ok(tx.commit().await?)
    }

    /// Whether somebody is reminded of what comes near.
    pub async fn reminders(&self, by: &SignedIn) -> Result<Reminders, Error> {
        Ok(self.db.snapshot().await?.reminders(by.person).await?)
    }

    pub async fn choose_reminders(&self, to: Reminders, by: &SignedIn) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        tx.put_reminders(by.person, to).await?;
        Ok(tx.commit().await?)
    }

    /// The server that takes mails, "mail.example.com, port 587"; `None` where nobody is told
    /// anything by mail.
    pub fn mail_server(&self) -> Option<String> {
        self.config.mail.as_ref().map(MailSettings::server)
    }

    /// Whether what is to be told is told; `None` where nobody is told anything by mail.
    pub(crate) async fn examine_mails(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let Some(settings) = &self.config.mail else { return Ok(None) };
        let since = self.clock.now() - TOLD_FOR;
        let MailsStanding { waiting, failing, given_up } = tx.mails_standing(since).await?;
        let server = settings.server();
        let text = format!("by {server}; {waiting} waiting, {failing} of them failed before");
        Ok(Some(match (settings.transport(&self.dir), given_up) {
            (Err(what), _) => Err(what),
            (Ok(_), 0) => Ok(text),
            (Ok(_), n) => Err(format!(
                "{text}; {n} were given up in the last 14 days, and whom they were for was not \
                 told: see Mail in the console, mend what it says, and try them again"
            )),
        }))
    }

    /// Says hello to the server and sends nothing: whether mails would go out.
    pub async fn greet_mail_server(&self) -> Result<String, String> {
        let Some(settings) = &self.config.mail else {
            return Err("there is no [mail] in candor.toml: nobody is told anything by mail".into());
        };
        let server = settings.server();
        let transport = settings.transport(&self.dir)?;
        match transport.hello().await {
            Ok(()) => Ok(format!("{server} says hello")),
            Err(what) => Err(format!("{server}: {what}")),
        }
    }

    async fn tell_mails(&self) -> Result<(), Error> {
        if self.config.mail.is_none() {
            return Ok(());
        }
        let since = self.clock.now() - TOLD_FOR;
        let standing = self.db.snapshot().await?.mails_standing(since).await?;
        let MailsStanding { waiting, failing, given_up } = standing;
        metrics::gauge!("candor_mails_waiting").set(waiting as f64);
        metrics::gauge!("candor_mails_failing").set(failing as f64);
        metrics::gauge!("candor_mails_given_up").set(given_up as f64);
        Ok(())
    }
}

fn can_read(person: &Person, case: &CaseRow) -> bool {
    person.account == Account::Active && person.roles.may(Permission::ReadCases(case.category))
}

/// Those of the people who see a case: of one in a compartment whom that names.
async fn who_see<'a>(
    tx: &mut Tx,
    case: &CaseRow,
    people: &'a [Person],
) -> Result<Vec<&'a Person>, Error> {
    let mut seeing = Vec::new();
    for person in people {
        let sees = match case.seen_by {
            SeenBy::Roles => true,
            SeenBy::Named => tx.case(case.request, Sight::of(person.id)).await?.is_some(),
        };
        seeing.extend(sees.then_some(person));
    }
    Ok(seeing)
}

/// Whoever it is assigned to, if they can; else all who can.
fn people_for(
    case: &CaseRow,
    people: &[&Person],
    can: impl Fn(&Person) -> bool,
) -> BTreeSet<PersonId> {
    let able = || people.iter().filter(|person| can_read(person, case) && can(person));
    match able().find(|person| case.assigned_to == Some(person.id)) {
        Some(assigned) => BTreeSet::from([assigned.id]),
        None => able().map(|person| person.id).collect(),
    }
}
