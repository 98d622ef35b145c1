//! What arrived and nobody has resolved: until when somebody registers its requests or declares that
//! it holds none, by the company's own rule. No law says it; but the time that a law gives for an
//! answer runs from receipt, whoever has read the letter.

use domain::access::Permission;
use domain::deadline::{Clock, Due};
use domain::id::PersonId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{DeadlineCounts, EnteredIn, Sight, SubmissionRow, Tx};

use crate::access::SignedIn;
use crate::{Candor, Error};

/// The board names so many, and says how many more there are.
const LINES_MAX: i64 = 25;

/// What waits to be registered, for the board.
#[derive(Clone, Debug, Default)]
pub struct WaitingToBeRegistered {
    /// The first due first; `None` where the company sets no time.
    pub first: Vec<(SubmissionRow, Option<Due>)>,
    /// How many more there are, up to [`store::DEADLINES_COUNTED_MAX`].
    pub more: i64,
}

/// Letters of which people are told: those over, or those that soon will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Near,
    Missed,
}

impl Candor {
    /// Until when what was entered at a moment is to be registered or declared to hold no request;
    /// `None` where the company sets no time.
    pub fn registration_due(&self, entered_at: Timestamp) -> Result<Option<Due>, Error> {
        let clock = self.clock_to_register(entered_at)?;
        Ok(clock.and_then(|clock| clock.from_receipt(self.day_of(entered_at))))
    }

    /// From when it was entered: what lay in the post is not older for candor.
    fn clock_to_register(&self, entered_at: Timestamp) -> Result<Option<Clock>, Error> {
        let within = self.config.deadlines.register_within.time();
        within.map(|time| self.own_clock(time, entered_at)).transpose()
    }

    /// What waits and was entered so long ago that its time ends by the day or the moment.
    fn waiting_until(&self, day: Date, moment: Timestamp) -> Result<Option<EnteredIn>, Error> {
        let clock = self.clock_to_register(moment)?;
        Ok(clock.map(|clock| EnteredIn::until(clock.begun_by(day, moment))))
    }

    /// What was not registered in time.
    fn waiting_too_long(&self) -> Result<Option<EnteredIn>, Error> {
        let yesterday = self.today().saturating_sub(1.day());
        self.waiting_until(yesterday, self.clock.now())
    }

    /// How much was not registered in time of what somebody sees, up to
    /// [`store::DEADLINES_COUNTED_MAX`].
    pub(crate) async fn count_waiting_too_long(
        &self,
        tx: &mut Tx,
        sight: Sight,
    ) -> Result<i64, Error> {
        match self.waiting_too_long()? {
            Some(entered) => Ok(tx.count_unregistered(entered, sight).await?),
            None => Ok(0),
        }
    }

    /// The same in all: a number that says nothing of any letter.
    pub async fn waiting_too_long_in_all(&self) -> Result<i64, Error> {
        let mut tx = self.db.snapshot().await?;
        self.count_waiting_too_long(&mut tx, Sight::whole()).await
    }

    /// What is overdue and soon due of it, for who may read submissions.
    pub(crate) async fn waiting_counts(
        &self,
        tx: &mut Tx,
        by: &SignedIn,
    ) -> Result<DeadlineCounts, Error> {
        let (today, end) = (self.today(), |day: Date| self.end_of(day));
        let week = today.saturating_add(6.days());
        let bounds = (
            self.waiting_too_long()?,
            self.waiting_until(today, end(today)?)?,
            self.waiting_until(week, end(week)?)?,
        );
        let (Some(over), Some(day), Some(soon)) = bounds else {
            return Ok(DeadlineCounts::default());
        };
        if !by.has(Permission::ReadSubmissions) {
            return Ok(DeadlineCounts::default());
        }
        let today = EnteredIn { after: over.until, ..day };
        let week = EnteredIn { after: day.until, ..soon };
        Ok(DeadlineCounts {
            overdue: tx.count_unregistered(over, by.sight()).await?,
            today: tx.count_unregistered(today, by.sight()).await?,
            week: tx.count_unregistered(week, by.sight()).await?,
        })
    }

    fn end_of(&self, day: Date) -> Result<Timestamp, Error> {
        let next = day.saturating_add(1.day()).to_zoned(self.time_zone.clone());
        let next = next.map_err(|_| Error::Worker)?.timestamp();
        Ok(next - SignedDuration::from_micros(1))
    }

    /// What waits, for the board: nothing for who may not read submissions.
    pub(crate) async fn waiting_to_be_registered(
        &self,
        tx: &mut Tx,
        by: &SignedIn,
    ) -> Result<WaitingToBeRegistered, Error> {
        if !by.has(Permission::ReadSubmissions) {
            return Ok(WaitingToBeRegistered::default());
        }
        let all = EnteredIn::until(Timestamp::MAX);
        let rows = tx.unregistered(all, LINES_MAX, by.sight()).await?;
        let more = match (rows.len() as i64) < LINES_MAX {
            true => 0,
            false => tx.count_unregistered(all, by.sight()).await? - LINES_MAX,
        };
        let due = |row: SubmissionRow| Ok((self.registration_due(row.entered_at)?, row));
        let rows: Vec<(Option<Due>, SubmissionRow)> =
            rows.into_iter().map(due).collect::<Result<_, Error>>()?;
        Ok(WaitingToBeRegistered {
            first: rows.into_iter().map(|(due, row)| (row, due)).collect(),
            more: more.max(0),
        })
    }

    /// When the last letter was entered of which a person is to be told today; `None` where there is
    /// none that they see. `since`: what was missed before that day is old news.
    pub(crate) async fn last_to_be_told(
        &self,
        tx: &mut Tx,
        (told, since): (Told, Date),
        person: PersonId,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(over) = self.waiting_too_long()? else { return Ok(None) };
        let entered = match told {
            Told::Missed => {
                let Some(old) = self.waiting_until(since, self.end_of(since)?)? else {
                    return Ok(None);
                };
                EnteredIn { after: old.until, ..over }
            }
            Told::Near => {
                let soon = self.clock.now() + SignedDuration::from_hours(self.near_hours());
                let Some(near) = self.waiting_until(self.today(), soon)? else { return Ok(None) };
                EnteredIn { after: over.until, ..near }
            }
        };
        Ok(tx.last_unregistered(entered, Sight::of(person)).await?)
    }

    /// How long before its moment what is counted in hours is told; what is counted in days is on
    /// its last one.
    fn near_hours(&self) -> i64 {
        let settings = self.config.mail.as_ref();
        let hours = settings.and_then(|mail| mail.remind_hours_before.iter().copied().max());
        i64::from(hours.unwrap_or(0))
    }

    /// Whether anything waits that a person sees.
    pub(crate) async fn is_any_waiting(
        &self,
        tx: &mut Tx,
        person: PersonId,
    ) -> Result<bool, Error> {
        let all = EnteredIn::until(Timestamp::MAX);
        Ok(tx.last_unregistered(all, Sight::of(person)).await?.is_some())
    }
}
