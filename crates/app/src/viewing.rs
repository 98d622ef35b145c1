//! Who looks at what is written down before it is shown, and each day is sealed when it is over.

use domain::access::Permission;
use domain::event::Stream;
use domain::id::Actor;
use jiff::SignedDuration;
use store::{CaseName, Change, StoredEvent, Viewed, Viewing};

use crate::access::SignedIn;
use crate::ids::Ids;
use crate::{Candor, Error};

/// How somebody comes to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// They open it.
    Opened,
    /// They did something with it and are led on to it. `seen` is how many events they had seen.
    LedOn { seen: i64 },
}

/// So soon after an act a browser has followed to where it leads.
const LED_ON_WITHIN: SignedDuration = SignedDuration::from_secs(10);

impl Candor {
    /// Whether it is on record by their own act that they are here: all that has happened since
    /// they looked was done by them, just now. Whoever comes by the same address later has opened
    /// it.
    pub(crate) fn is_on_record(&self, look: Look, events: &[StoredEvent], by: &SignedIn) -> bool {
        let Look::LedOn { seen } = look else { return false };
        let Ok(seen) = usize::try_from(seen) else { return false };
        let (now, own) = (self.clock.now(), events.get(seen..).unwrap_or_default());
        let is_own = |event: &StoredEvent| {
            event.actor == by.actor() && now.duration_since(event.at) <= LED_ON_WITHIN
        };
        !own.is_empty() && own.iter().all(is_own)
    }

    /// Writes down that somebody looks at something.
    pub(crate) async fn note_viewing(&self, what: Viewed, by: &SignedIn) -> Result<(), Error> {
        let at = self.clock.now();
        let id = Ids::new(at)?.make();
        let viewing = Viewing { id, day: self.day_of(at), at, person: by.person, what };
        let mut tx = self.db.begin().await?;
        tx.insert_viewing(&viewing).await?;
        Ok(tx.commit().await?)
    }

    /// Who looked at a request, at its submission and at its files, the newest first.
    pub async fn viewings(&self, name: CaseName, by: &SignedIn) -> Result<Vec<Viewing>, Error> {
        by.may(Permission::ReadAccessLog)?;
        let row = self.case_named(name, by).await?;
        let of = (row.request, row.submission);
        Ok(self.db.snapshot().await?.viewings_of(of, by.sight()).await?)
    }

    /// Seals the days that are over. Returns how many there were.
    pub async fn seal_access_log(&self) -> Result<usize, Error> {
        let mut tx = self.db.begin().await?;
        // What was looked at just before midnight may be written down just after it.
        let an_hour_ago = self.clock.now() - SignedDuration::from_hours(1);
        let days = tx.unsealed_days(self.day_of(an_hour_ago)).await?;
        for day in &days {
            let event = tx.seal_of_day(*day).await?;
            let version = tx.version(Stream::Publication).await?;
            let change = Change::of_publication(version, vec![event]);
            tx.record(self.clock.now(), Actor::Rule, &[change]).await?;
        }
        tx.commit().await?;
        Ok(days.len())
    }
}
