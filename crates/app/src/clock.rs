//! How the time of one request is counted: by its profile's rule, with whose days off count, or
//! where no law says anything by the company's own.

use domain::Country;
use domain::access::Permission;
use domain::deadline::{
    Clock, Extension, HolidaysOf, LastDay, OnClarification, RuleOf, Start, Time,
};
use domain::event::Stream;
use domain::fact::Urgency;
use domain::holidays::Holidays;
use domain::id::SubmissionId;
use domain::profile::{Deadline, DeadlineKind};
use domain::request::{Company, Registration};
use jiff::civil::{Date, Time as TimeOfDay};
use jiff::{Timestamp, Zoned};
use store::Tx;

use crate::access::SignedIn;
use crate::{Candor, Error};

/// Holidays that would count and are not known, so that weekends alone do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidaysUnknown {
    /// `None` where nobody said in which country the company acts.
    pub country: Option<Country>,
    pub years: Vec<i16>,
}

impl Candor {
    /// The public holidays: those built in, and those of the data directory. Read once.
    pub fn holidays(&self) -> Result<&Holidays, Error> {
        if let Some(holidays) = self.holidays.get() {
            return Ok(holidays);
        }
        let read = crate::holidays::read_holidays(&self.dir)?;
        Ok(self.holidays.get_or_init(|| read))
    }

    /// The company as the rules ask for it, with the clocks of one request.
    pub(crate) async fn company_with_clocks(
        &self,
        tx: &mut Tx,
        request: &Registration,
        received_at: Timestamp,
    ) -> Result<Company, Error> {
        let Company { clock, keeping, keeping_longer, .. } = self.clocks(request, received_at)?;
        let company = self.company_for(tx, request).await?;
        Ok(Company { clock, keeping, keeping_longer, ..company })
    }

    /// The same with nothing but the clocks: what it takes to register a request, of which nothing
    /// is found or decided yet.
    pub(crate) fn clocks(
        &self,
        request: &Registration,
        received_at: Timestamp,
    ) -> Result<Company, Error> {
        let clock_of = |law: Option<&Deadline>| {
            law.map(|law| self.clock_of(law, request, received_at)).transpose()
        };
        Ok(Company {
            clock: self.clock_to_answer(request, received_at)?,
            keeping: clock_of(self.law_of_preservation(request)?)?,
            keeping_longer: clock_of(self.law_of_longer_preservation(request)?)?,
            ..Company::default()
        })
    }

    /// By which rule the time to answer a request is counted: its profile's, or, where that sets
    /// none, the company's own; `None` where that is none either.
    pub fn clock_to_answer(
        &self,
        request: &Registration,
        received_at: Timestamp,
    ) -> Result<Option<Clock>, Error> {
        if let Some(deadline) = self.law_of_answer(request)? {
            return self.clock_of(deadline, request, received_at).map(Some);
        }
        let own = match request.urgency {
            Urgency::Emergency => self.config.deadlines.emergency,
            Urgency::Ordinary => self.config.deadlines.ordinary,
        };
        own.time().map(|time| self.own_clock(time, received_at)).transpose()
    }

    /// What the company gives itself, counted by its own days of work.
    pub(crate) fn own_clock(&self, time: Time, received_at: Timestamp) -> Result<Clock, Error> {
        Ok(Clock {
            time,
            rule: RuleOf::Company,
            start: Start::Receipt,
            clarification: OnClarification::Stops,
            last_day: LastDay::AsItFalls,
            extension: Extension::NotSaid,
            calendar: self.holidays()?.of(self.config.deadlines.country),
            zone: self.time_zone.clone(),
            received_at,
            now: self.clock.now(),
        })
    }

    /// The time to answer that a request's profile sets.
    pub fn law_of_answer(&self, request: &Registration) -> Result<Option<&Deadline>, Error> {
        let Some(law) = self.profiles()?.instrument(&request.instrument) else { return Ok(None) };
        let ordinary = law.deadline(DeadlineKind::Answer);
        Ok(match request.urgency {
            Urgency::Emergency => law.deadline(DeadlineKind::EmergencyAnswer).or(ordinary),
            Urgency::Ordinary => ordinary,
        })
    }

    fn law_of_preservation(&self, request: &Registration) -> Result<Option<&Deadline>, Error> {
        let law = self.profiles()?.instrument(&request.instrument);
        Ok(law.and_then(|law| law.deadline(DeadlineKind::Preservation)))
    }

    fn law_of_longer_preservation(
        &self,
        request: &Registration,
    ) -> Result<Option<&Deadline>, Error> {
        let law = self.profiles()?.instrument(&request.instrument);
        Ok(law.and_then(|law| law.deadline(DeadlineKind::Extension)))
    }

    fn clock_of(
        &self,
        deadline: &Deadline,
        request: &Registration,
        received_at: Timestamp,
    ) -> Result<Clock, Error> {
        let country = match deadline.holidays.as_ref().map(|of| of.says) {
            Some(HolidaysOf::Company) => self.config.deadlines.country,
            Some(HolidaysOf::Authority) => Some(request.country),
            None => None,
        };
        Ok(Clock {
            time: deadline.time,
            rule: RuleOf::Law,
            start: deadline.start(),
            clarification: deadline.clarification(),
            last_day: deadline.last_day(),
            extension: deadline.extension(),
            calendar: self.holidays()?.of(country),
            zone: self.time_zone.clone(),
            received_at,
            now: self.clock.now(),
        })
    }

    /// The moment at which a submission was received. Where nobody says it: when it was entered,
    /// or, where that was on a later day, when the day of receipt began; so nobody is late by it.
    pub(crate) async fn received_at(
        &self,
        tx: &mut Tx,
        (submission, received_on): (SubmissionId, Date),
        time: Option<TimeOfDay>,
        by: &SignedIn,
    ) -> Result<Timestamp, Error> {
        let in_zone = |time: TimeOfDay| -> Result<Timestamp, Error> {
            let moment = received_on.to_datetime(time).to_zoned(self.time_zone.clone());
            moment.map(|moment: Zoned| moment.timestamp()).map_err(|_| Error::Worker)
        };
        if let Some(time) = time {
            return in_zone(time);
        }
        let entered = tx.stream_events(Stream::Submission(submission), by.sight()).await?;
        match entered.first().map(|event| event.at) {
            Some(at) if self.day_of(at) == received_on => Ok(at),
            Some(_) | None => in_zone(TimeOfDay::midnight()),
        }
    }

    /// Whose holidays a request's time is counted by, and of which years of it they are not known.
    pub fn holidays_unknown(
        &self,
        request: &Registration,
        until: Date,
        by: &SignedIn,
    ) -> Result<Option<HolidaysUnknown>, Error> {
        by.may(Permission::ReadCases(request.category))?;
        let clock = self.clock_to_answer(request, self.clock.now())?;
        Ok(clock.and_then(|clock| {
            let unknown = clock.years_unknown(request.received_on, until);
            let country = clock.calendar.country();
            (!unknown.is_empty()).then_some(HolidaysUnknown { country, years: unknown })
        }))
    }
}
