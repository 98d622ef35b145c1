//! How long submissions are kept, what is due to go, and erasing it.
//!
//! Nothing goes by itself: a person erases the list that they saw, or whoever holds the machine
//! runs `candor retention`. Each submission goes in a transaction of its own, in which it is judged
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use domain::access::Permission;
use domain::event::{CompanyEvent, Event, Stream, SubmissionEvent};
use domain::hold::Holds;
use domain::id::{Actor, Position, SubmissionId};
use domain::retention::{Months, Part, Retention, RetentionClass, RetentionRules, ended_at};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use store::{
    Beside, CaseName, Cases, Change, Resolution, SeenBy, Sight, SubmissionNumber, SubmissionRow,
    Submissions, Tx, Viewed,
};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::conduct::{TEXT_SIZE_BYTES_MAX, moved};
use crate::{Candor, Error};

/// Periods that are to be declared, each with where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPeriods {
    pub periods: BTreeMap<RetentionClass, (Months, String)>,
    /// For how many days after closing an authority may appeal.
    pub appeal: Option<(NonZeroU16, String)>,
}

/// Periods as they were declared.
#[derive(Clone, Debug)]
pub struct Periods {
    /// Of the event that declares them.
    pub at: Position,
    pub rules: RetentionRules,
    pub sources: Sources,
    pub declared_by: Actor,
    pub declared_at: Timestamp,
}

/// Where periods come from, as it is sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    pub periods: BTreeMap<RetentionClass, String>,
    #[serde(default)]
    pub appeal: String,
}

/// What is due to go, and what stays although a period of it is over.
#[derive(Clone, Debug, Default)]
pub struct DueList {
    /// The event that declares the periods; `None` where nothing is declared.
    pub rules: Option<Position>,
    /// The longest due first, at most [`DUE_MAX`].
    pub due: Vec<DueEntry>,
    /// The same, at most [`HELD_BACK_MAX`].
    pub held_back: Vec<DueEntry>,
    pub rest: Rest,
}

/// Whether a list holds all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    #[default]
    Nothing,
    /// There may be more: it shows once some of these are gone.
    More,
}

/// A submission of which a period is over.
#[derive(Clone, Debug)]
pub struct DueEntry {
    pub submission: SubmissionId,
    pub number: SubmissionNumber,
    pub seen_by: SeenBy,
    /// What it holds: its requests, or that it holds none.
    pub parts: Vec<PartTold>,
    pub retention: Retention,
    /// The last event about it or its requests: who erases it says which one they saw.
    pub seen: Position,
}

/// A part of a submission, as far as it decides how long it is kept.
#[derive(Clone, Debug)]
pub struct PartTold {
    /// `None` for a submission without a request.
    pub name: Option<CaseName>,
    pub part: Part,
}

/// A submission that somebody saw as due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenDue {
    pub number: SubmissionNumber,
    pub seen: Position,
}

/// What became of a list that was to be erased.
#[derive(Clone, Debug, Default)]
pub struct ErasedDue {
    pub erased: Vec<SubmissionNumber>,
    pub not: Vec<(SubmissionNumber, NotErased)>,
}

/// Why a submission that was seen as due is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotErased {
    #[error("other periods were declared since you looked")]
    OtherPeriods,
    #[error("something happened to it since you looked")]
    Changed,
    #[error("it is not there, or was erased already")]
    Gone,
}

/// How long a submission is kept, as the periods in force say.
#[derive(Clone, Debug)]
pub struct KeptFor {
    pub retention: Retention,
    /// Until which day, where each part of it has a period.
    pub until: Option<jiff::civil::Date>,
    pub holds: Holds,
}

/// Submissions that one list shows as due: a form carries each of them.
pub const DUE_MAX: usize = 100;
/// Submissions that one list shows as held back.
pub const HELD_BACK_MAX: usize = 200;

/// A month may be so much shorter than the one in which a period began.
const SLACK_DAYS: i32 = 5;

impl Candor {
    /// All periods that were declared; the last ones are in force.
    pub async fn periods(&self, by: &SignedIn) -> Result<Vec<Periods>, Error> {
        by.may(Permission::ReadRetention)?;
        let mut tx = self.db.snapshot().await?;
        let mut all = Vec::new();
        for recorded in tx.retention_events().await? {
            let Event::Company(CompanyEvent::RetentionRulesDeclared { rules }) = recorded.event
            else {
                continue;
            };
            let text =
                tx.text_beside(self.db.keys(), (Beside::RetentionRules, recorded.position)).await?;
            let strange = || store::Error::Inconsistent {
                table: "retention_rules",
                row: recorded.position.to_string(),
                what: "it can't be read".to_owned(),
            };
            let sources = serde_json::from_str(&text.ok_or_else(strange)?);
            all.push(Periods {
                at: recorded.position,
                rules,
                sources: sources.map_err(|_| strange())?,
                declared_by: recorded.actor,
                declared_at: recorded.at,
            });
        }
        Ok(all)
    }

    /// Says how long submissions are kept from now on. What is not named has no period any more.
    pub async fn declare_periods(&self, new: NewPeriods, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::DeclareRetention)?;
        let lacking = new.periods.iter().find(|(_, (_, source))| source.trim().is_empty());
        if let Some((class, _)) = lacking {
            return Err(Error::PeriodWithoutSource(class.label()));
        }
        let (appeal_days, appeal) = new.appeal.unzip();
        if appeal.as_deref().is_some_and(|source| source.trim().is_empty()) {
            return Err(Error::PeriodWithoutSource("the time in which an authority may appeal"));
        }
        let months = new.periods.iter().map(|(class, (months, _))| (*class, *months)).collect();
        let periods = new.periods.into_iter().map(|(class, (_, source))| (class, source));
        let sources = Sources { periods: periods.collect(), appeal: appeal.unwrap_or_default() };
        let text = serde_json::to_string(&sources).map_err(store::Error::from)?;
        if text.len() > TEXT_SIZE_BYTES_MAX {
            return Err(Error::TextTooLong("source"));
        }
        let rules = RetentionRules { months, appeal_days };
        let mut tx = self.db.begin().await?;
        let version = tx.version(Stream::Publication).await?;
        let change =
            Change::of_publication(version, vec![CompanyEvent::RetentionRulesDeclared { rules }]);
        let recorded = tx.record(self.clock.now(), by.actor(), &[change]).await.map_err(moved)?;
        tx.insert_beside(self.db.keys(), (Beside::RetentionRules, recorded.position), &text)
            .await?;
        tx.commit().await.map_err(moved)
    }

    /// Somebody looks at what would go: that they did is written down before it is shown.
    pub async fn open_due(&self, by: &SignedIn) -> Result<DueList, Error> {
        by.may(Permission::ReadRetention)?;
        self.note_viewing(Viewed::DueList, by).await?;
        self.due(by).await
    }

    /// What would go, as far as the person sees it. Nothing is changed.
    pub async fn due(&self, by: &SignedIn) -> Result<DueList, Error> {
        by.may(Permission::ReadRetention)?;
        self.due_as_seen(by.sight()).await
    }

    /// The same for whoever holds the machine.
    pub async fn due_in_all(&self) -> Result<DueList, Error> {
        self.due_as_seen(Sight::whole()).await
    }

    async fn due_as_seen(&self, sight: Sight) -> Result<DueList, Error> {
        let mut tx = self.db.snapshot().await?;
        let Some((rules, at)) = Self::rules_in_force(&mut tx).await? else {
            return Ok(DueList::default());
        };
        let mut list = DueList { rules: Some(at), ..DueList::default() };
        let mut looked_at = BTreeSet::new();
        for (class, months) in &rules.months {
            let mut after = SubmissionId(Uuid::nil());
            let before = self.may_have_ended_before(*months)?;
            while let Some(page) = tx.ended_before((*class, before), after, sight).await? {
                after = page.last().copied().unwrap_or(after);
                for id in page {
                    if !looked_at.insert(id) {
                        continue;
                    }
                    let Some(entry) = self.judged(&mut tx, &rules, id, sight).await? else {
                        continue;
                    };
                    list.take(entry);
                    if list.due.len() > DUE_MAX {
                        list.cut();
                        return Ok(list);
                    }
                }
            }
        }
        list.cut();
        Ok(list)
    }

    async fn rules_in_force(tx: &mut Tx) -> Result<Option<(RetentionRules, Position)>, Error> {
        let last = tx.retention_events().await?.pop();
        Ok(last.and_then(|recorded| match recorded.event {
            Event::Company(CompanyEvent::RetentionRulesDeclared { rules }) => {
                Some((rules, recorded.position))
            }
            _ => None,
        }))
    }

    /// What ended later is kept whatever the length of the months in between.
    fn may_have_ended_before(&self, months: Months) -> Result<Timestamp, Error> {
        let day = self.today().saturating_sub(i32::from(months.get()).months());
        let day = day.saturating_add(SLACK_DAYS.days());
        let moment = day.to_zoned(self.time_zone.clone()).map_err(|_| Error::Worker)?;
        Ok(moment.timestamp())
    }

    /// A submission that arrived, was resolved and can be read; `None` where that is not so.
    async fn judged(
        &self,
        tx: &mut Tx,
        rules: &RetentionRules,
        id: SubmissionId,
        sight: Sight,
    ) -> Result<Option<DueEntry>, Error> {
        let row = tx.submissions(Submissions::One(id), sight).await?.pop();
        let Some(row) = row.filter(|row| !row.is_erased) else { return Ok(None) };
        let Some((parts, holds, seen)) = self.parts(tx, &row, sight).await? else {
            return Ok(None);
        };
        let judged: Vec<_> = parts.iter().map(|told| told.part.clone()).collect();
        Ok(Some(DueEntry {
            submission: id,
            number: row.number,
            seen_by: row.seen_by,
            retention: rules.judge(&judged, &holds, self.today()),
            parts,
            seen,
        }))
    }

    /// What a submission holds, the holds on it, and the last event about any of it. `None` where
    /// nobody has resolved it.
    async fn parts(
        &self,
        tx: &mut Tx,
        row: &SubmissionRow,
        sight: Sight,
    ) -> Result<Option<(Vec<PartTold>, Holds, Position)>, Error> {
        let own = tx.stream_events(Stream::Submission(row.submission), sight).await?;
        let holds = own.iter().fold(Holds::new(), domain::hold::evolve);
        let mut seen = own.last().map_or(Position(0), |recorded| recorded.position);
        let mut parts = Vec::new();
        match row.resolution {
            Resolution::Waits => return Ok(None),
            Resolution::NotARequest(_) => {
                let is_it = |event: &Event| {
                    matches!(event, Event::Submission(SubmissionEvent::DeclaredNotARequest { .. }))
                };
                let declared = own.iter().rfind(|recorded| is_it(&recorded.event));
                let Some(declared) = declared else { return Ok(None) };
                let part = Part::NotARequest { declared_on: self.day_of(declared.at) };
                parts.push(PartTold { name: None, part });
            }
            Resolution::Requests(_) => {
                for case in tx.cases(Cases::In(row.submission), sight).await? {
                    let events = tx.stream_events(Stream::Request(case.request), sight).await?;
                    let (request, _) = tx.request(case.request, sight).await?;
                    let ended_at = ended_at(&events).map_err(store::Error::from)?;
                    let ended_on = ended_at.map(|at| self.day_of(at));
                    seen = events.last().map_or(seen, |recorded| seen.max(recorded.position));
                    let part = Part::Request { request, ended_on };
                    parts.push(PartTold { name: Some(case.name), part });
                }
            }
        }
        Ok(Some((parts, holds, seen)))
    }

    /// How long a submission that the person sees is kept; `None` where it was erased or nobody has
    /// resolved it.
    pub async fn kept_for(
        &self,
        number: SubmissionNumber,
        by: &SignedIn,
    ) -> Result<Option<KeptFor>, Error> {
        let mut tx = self.db.snapshot().await?;
        let rules = Self::rules_in_force(&mut tx).await?.map(|(rules, _)| rules);
        let rules = rules.unwrap_or_default();
        let row = tx.submissions(Submissions::Numbered(number), by.sight()).await?.pop();
        let Some(row) = row.filter(|row| !row.is_erased) else { return Ok(None) };
        let Some((parts, holds, _)) = self.parts(&mut tx, &row, by.sight()).await? else {
            return Ok(None);
        };
        let parts: Vec<_> = parts.into_iter().map(|told| told.part).collect();
        let retention = rules.judge(&parts, &holds, self.today());
        Ok(Some(KeptFor { retention, until: rules.over_on(&parts), holds }))
    }

    /// Erases what the person saw as due under the periods of `rules`, and nothing else. Each is
    /// judged again: what changed since is told.
    pub async fn erase_due(
        &self,
        rules: Position,
        seen: &[SeenDue],
        by: &SignedIn,
    ) -> Result<ErasedDue, Error> {
        by.may(Permission::EraseDue)?;
        let mut done = ErasedDue::default();
        for one in seen {
            done.take(one.number, self.erase_one(rules, *one, (by.sight(), by.actor())).await?);
        }
        Ok(done)
    }

    /// Erases all that is due, in compartments too: for whoever holds the machine. What changes
    /// meanwhile is left for the next time.
    pub async fn erase_all_due(
        &self,
        mut tell: impl FnMut(&DueEntry, Option<NotErased>),
    ) -> Result<u64, Error> {
        let (mut left, mut erased) = (BTreeSet::new(), 0);
        loop {
            let list = self.due_in_all().await?;
            let Some(rules) = list.rules else { return Ok(erased) };
            let due = list.due.into_iter().filter(|entry| !left.contains(&entry.submission));
            let due: Vec<_> = due.collect();
            if due.is_empty() {
                return Ok(erased);
            }
            for entry in due {
                let one = SeenDue { number: entry.number, seen: entry.seen };
                let whole = (Sight::whole(), Actor::OperatorCli);
                let result = self.erase_one(rules, one, whole).await?;
                tell(&entry, result.err());
                match result {
                    Ok(()) => erased += 1,
                    Err(_) => drop(left.insert(entry.submission)),
                }
            }
        }
    }

    async fn erase_one(
        &self,
        rules: Position,
        one: SeenDue,
        (sight, actor): (Sight, Actor),
    ) -> Result<Result<(), NotErased>, Error> {
        let mut tx = self.db.begin().await?;
        // A hold, an appeal or another request that comes at this moment waits, or was there first.
        tx.hold_log().await?;
        let (in_force, at) = match Self::rules_in_force(&mut tx).await? {
            Some(in_force) if in_force.1 == rules => in_force,
            Some(_) | None => return Ok(Err(NotErased::OtherPeriods)),
        };
        let row = tx.submissions(Submissions::Numbered(one.number), sight).await?.pop();
        let Some(row) = row else { return Ok(Err(NotErased::Gone)) };
        let Some(entry) = self.judged(&mut tx, &in_force, row.submission, sight).await? else {
            return Ok(Err(NotErased::Gone));
        };
        match entry.retention {
            Retention::Due { .. } if entry.seen == one.seen => {}
            Retention::Due { .. } | Retention::HeldBack { .. } | Retention::Kept => {
                return Ok(Err(NotErased::Changed));
            }
        }
        let keys = self.db.keys();
        let Some(sealed) = tx.sealed_submission(keys, row.submission, sight).await? else {
            return Ok(Err(NotErased::Gone));
        };
        self.destroy(tx, &sealed, Some(at), actor).await?;
        Ok(Ok(()))
    }
}

impl DueList {
    fn take(&mut self, entry: DueEntry) {
        match entry.retention {
            Retention::Kept => {}
            Retention::Due { .. } => self.due.push(entry),
            Retention::HeldBack { .. } if self.held_back.len() < HELD_BACK_MAX => {
                self.held_back.push(entry);
            }
            Retention::HeldBack { .. } => self.rest = Rest::More,
        }
    }

    /// The longest due first, and no more than a form carries.
    fn cut(&mut self) {
        let since = |entry: &DueEntry| (entry.since(), entry.number);
        self.due.sort_by_key(since);
        self.held_back.sort_by_key(since);
        if self.due.len() > DUE_MAX {
            self.due.truncate(DUE_MAX);
            self.rest = Rest::More;
        }
    }
}

impl DueEntry {
    /// The day on which a period of it was over.
    pub fn since(&self) -> Option<jiff::civil::Date> {
        match self.retention {
            Retention::Due { since } | Retention::HeldBack { since, .. } => Some(since),
            Retention::Kept => None,
        }
    }
}

impl ErasedDue {
    fn take(&mut self, number: SubmissionNumber, result: Result<(), NotErased>) {
        match result {
            Ok(()) => self.erased.push(number),
            Err(why) => self.not.push((number, why)),
        }
    }
}
