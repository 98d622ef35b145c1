//! What the calendar calls for: what is due soon about requests and what was missed, of every kind,
//! by the same rows that the board shows.

use std::collections::BTreeSet;

use domain::access::Permission;
use domain::deadline::{Due, Owed};
use domain::id::{PersonId, RequestId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{CaseRow, DeadlineRow, Mail, MailKind, Person, Tx};
use uuid::Uuid;

use super::{MISSED_DAYS_MAX, people_for, who_see};
use crate::docket::Present;
use crate::mail::MailSettings;
use crate::{Candor, Error};

/// A mail that is called for: to whom, of which kind, about what; and on which occasion.
pub(super) type Call = ((PersonId, MailKind, Uuid), String);

impl Candor {
    /// Enqueues the reminders that are due now. Each is enqueued once, however often it is asked.
    pub async fn remind(&self) -> Result<(), Error> {
        let Some(settings) = &self.config.mail else { return Ok(()) };
        let present = self.present();
        let mut tx = self.db.snapshot().await?;
        let due = tx.deadlines_between(looked_at(present.today, settings)).await?;
        let people = tx.people(self.db.keys()).await?;
        let mut calls = Vec::new();
        for DeadlineRow { owed, due, case } in &due {
            let Some((kind, occasion)) = reminder((*owed, *due), present, settings) else {
                continue;
            };
            let seeing = who_see(&mut tx, case, &people).await?;
            for to in people_reminded(*owed, case, &seeing) {
                calls.push(((to, kind, case.request.0), occasion.clone()));
            }
        }
        calls.extend(self.calls_of_arrivals(&mut tx, &people).await?);
        drop(tx);
        if calls.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for (what, occasion) in calls {
            self.enqueue(&mut tx, what, occasion, None).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether what a reminder tells of a deadline is still to be told, on the same occasion.
    pub(super) async fn is_due_so(&self, tx: &mut Tx, mail: &Mail) -> Result<bool, Error> {
        let Some(settings) = &self.config.mail else { return Ok(false) };
        let present = self.present();
        let deadlines = tx.deadlines_of(RequestId(mail.subject)).await?;
        let mut told = deadlines.into_iter().filter_map(|of| reminder(of, present, settings));
        Ok(told.any(|(kind, occasion)| kind == mail.kind && occasion == mail.occasion))
    }
}

/// The days on which something may be due of which somebody is told today.
fn looked_at(today: Date, settings: &MailSettings) -> (Date, Date) {
    let days = settings.remind_days_before.iter().copied().max().unwrap_or(0);
    let hours = settings.remind_hours_before.iter().copied().max().unwrap_or(0);
    let ahead = i64::from(days.max(hours.div_ceil(24)));
    (today.saturating_sub(MISSED_DAYS_MAX.days()), today.saturating_add(ahead.days()))
}

/// Whoever can take the step that ends it. Where nobody can who sees the case, since they left, the
/// rules on who acts together bar all of them, or a court has it, all who may act on it: somebody
/// has to learn of its deadline.
fn people_reminded(owed: Owed, case: &CaseRow, seeing: &[&Person]) -> BTreeSet<PersonId> {
    let all = || people_for(case, seeing, |person| person.roles.may(Permission::ConductCase));
    let able = match (owed, &case.next) {
        (Owed::Answer, Some(next)) => people_for(case, seeing, |person: &Person| {
            person.roles.may(next.step.permission()) && !next.barred.bars(person.id)
        }),
        (Owed::Paperwork, _) => {
            people_for(case, seeing, |person| person.roles.may(Permission::RecordFinding))
        }
        (Owed::Answer, None) | (Owed::Clarification | Owed::Preservation, _) => BTreeSet::new(),
    };
    if able.is_empty() { all() } else { able }
}

/// What is to be told of something owed now, and of which time it is.
fn reminder(
    (owed, due): (Owed, Due),
    present: Present,
    settings: &MailSettings,
) -> Option<(MailKind, String)> {
    let (near, missed) = match owed {
        Owed::Answer => (MailKind::DeadlineNear, Some(MailKind::DeadlineMissed)),
        // What follows from their end is an event, of which a mail of its own tells.
        Owed::Clarification => (MailKind::ClarificationNear, None),
        Owed::Paperwork => (MailKind::PaperworkNear, None),
        Owed::Preservation => (MailKind::PreservationNear, None),
    };
    let of = due.at.map_or_else(|| due.on.to_string(), |at| at.to_string());
    let days = (due.on - present.today).get_days();
    if due.is_over(present.today, present.now) {
        return missed.filter(|_| days >= -MISSED_DAYS_MAX).map(|missed| (missed, of));
    }
    if let Some(hours) = due.at.and_then(|at| hours_before(at, present.now, settings)) {
        return Some((near, format!("{of}/{hours}h")));
    }
    let nearest = settings.remind_days_before.iter().filter(|n| days <= i32::from(**n)).min()?;
    Some((near, format!("{of}/{nearest}")))
}

/// The reminder of so many hours before that is the last whose time has come.
fn hours_before(at: Timestamp, now: Timestamp, settings: &MailSettings) -> Option<u16> {
    let left = at.duration_since(now);
    let is_time = |hours: &u16| left <= SignedDuration::from_hours(i64::from(*hours));
    settings.remind_hours_before.iter().copied().filter(is_time).min()
}
