//! The engine of the demo's week: who does what, in order of time, each step by the app's own acts.
//!
//! A step is one transaction at a moment of its own, so **the log itself says how far the week has
//! come**: a step is done where something was recorded at its moment or later. A kill at any point
//! leaves a week that the next run goes on with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use app::{
    Act, By, Candor, Clock, Counted, Holding, IsHeld, Letter, Narrowed, NewVerification, SignedIn,
    StepUp, Token,
};
use domain::authority::{Doubt, Means, VALID_DAYS, VerificationResult};
use domain::category::Demand;
use domain::event::Stream;
use domain::id::{RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::request::{Aspect, Command, Link, Verdict};
use domain::submission::NotARequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::letters::{Sent, Wanted};
use super::people::Logins;
use super::registers::Known;

/// Days from the first event of the demo to the day on which the week is looked at.
pub(super) const DAYS: i64 = 10;

/// A moment of the week: days before the one on which it is looked at, and minutes of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    days_ago: i64,
    minutes: i64,
}

pub(super) fn at(days_ago: i64, hour: i64, minute: i64) -> When {
    When { days_ago, minutes: hour * 60 + minute }
}

impl When {
    pub(super) fn plus(self, minutes: i64) -> Self {
        Self { minutes: self.minutes + minutes, ..self }
    }

    /// In UTC, which is the time zone of the demo's log.
    pub(super) fn moment(self, today: Date) -> anyhow::Result<Timestamp> {
        let day = today.checked_sub(self.days_ago.days())?;
        let midnight = day.to_zoned(TimeZone::UTC)?.timestamp();
        Ok(midnight + SignedDuration::from_mins(self.minutes))
    }

    pub(super) fn by(self, who: &'static str, deed: Deed) -> Step {
        Step { when: self, who, deed }
    }
}

/// Somebody does something.
pub(super) struct Step {
    when: When,
    who: &'static str,
    deed: Deed,
}

impl Step {
    pub(super) fn moment(&self, today: Date) -> anyhow::Result<Timestamp> {
        self.when.moment(today)
    }
}

/// A request of the week: of the letter with this reference of its sender, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) letter: &'static str,
    pub(super) ordinal: u16,
}

pub(super) enum Deed {
    /// Counsel confirms the elements of an instrument on these aspects.
    ConfirmProfile {
        instrument: &'static str,
        aspects: &'static [Aspect],
    },
    DeclareInventory,
    Enter(&'static Sent),
    Register(&'static Sent, &'static Wanted),
    NotARequest(&'static Sent, NotARequest),
    /// An authority is known by a number or a domain.
    RegisterContact(&'static Known),
    /// Somebody calls the authority of a request back.
    CallBack {
        case: Case,
        /// `None`: the officer is who they say.
        doubt: Option<Doubt>,
        evidence: &'static str,
    },
    Do {
        case: Case,
        command: Command,
        /// Name and text.
        text: Option<(&'static str, &'static str)>,
    },
    /// Counsel signs the prepared text with which a prohibited demand is declined.
    SignDeclination {
        case: Case,
    },
    /// A finding, with every element of its rule but those that lack.
    Find {
        case: Case,
        aspect: Aspect,
        verdict: Verdict,
        lacking: &'static [&'static str],
        note: &'static str,
    },
    Assign {
        case: Case,
        to: &'static str,
    },
    Link {
        case: Case,
        to: Case,
        link: Link,
    },
}

/// The least time between two steps: more than [`Logins::sign_in`] moves the clock on by.
const APART_MINUTES: i64 = 5;

/// Brings steps into the order of time, each some minutes after the one before.
pub(super) fn in_order(mut steps: Vec<Step>) -> Vec<Step> {
    // Stable: steps of the same moment stay in the order in which they were told.
    steps.sort_by_key(|step| (-step.when.days_ago, step.when.minutes));
    let mut last: Option<When> = None;
    for step in &mut steps {
        if let Some(last) = last
            && last.days_ago == step.when.days_ago
        {
            step.when.minutes = step.when.minutes.max(last.minutes + APART_MINUTES);
        }
        last = Some(step.when);
    }
    steps
}

/// Does what is not done yet. Returns how many steps that were.
pub(super) async fn live(
    candor: &Candor,
    logins: &Logins,
    (today, steps): (Date, Vec<Step>),
) -> anyhow::Result<usize> {
    let mut week = Week { candor: candor.clone(), sessions: HashMap::new() };
    let mut done = 0;
    for step in steps {
        let moment = step.moment(today)?;
        if week.is_done(moment).await? {
            continue;
        }
        week.candor.clock = Clock::Fixed(moment);
        let by = week.signed_in(logins, &step).await?;
        let told = format!("the demo's week stopped at {moment}, {}", step.who);
        week.take(step.deed, &by).await.context(told)?;
        done += 1;
    }
    Ok(done)
}

struct Week {
    /// Its clock stands at the moment of the step.
    candor: Candor,
    /// The last one of each person; most are over by their next step.
    sessions: HashMap<&'static str, Token>,
}

impl Week {
    async fn signed_in(&mut self, logins: &Logins, step: &Step) -> anyhow::Result<SignedIn> {
        if let Some(token) = self.sessions.get(step.who)
            && let Some(who) = self.candor.session(&token.reveal()).await?
        {
            match (who.step_up(), &step.deed) {
                // It may be something that goes out, for which they prove once more who they are.
                (StepUp::Needed, Deed::Do { .. } | Deed::SignDeclination { .. }) => {}
                (StepUp::Needed | StepUp::HoldsUntil(_), _) => return Ok(who),
            }
        }
        let (who, token) = logins.sign_in(&mut self.candor, step.who).await?;
        self.sessions.insert(step.who, token);
        Ok(who)
    }

    async fn is_done(&self, moment: Timestamp) -> anyhow::Result<bool> {
        let mut tx = self.candor.db.snapshot().await?;
        let before = moment - SignedDuration::from_micros(1);
        Ok(tx.position_at(before).await? < tx.head().await?)
    }

    async fn take(&self, deed: Deed, by: &SignedIn) -> anyhow::Result<()> {
        match deed {
            Deed::ConfirmProfile { instrument, aspects } => {
                self.confirm_profile(instrument, aspects, by).await
            }
            Deed::DeclareInventory => Ok(self.candor.declare_inventory(holdings(), by).await?),
            Deed::Enter(sent) => {
                let letter: Letter = sent.letter(self.candor.today());
                self.candor.enter(letter, by).await?;
                Ok(())
            }
            Deed::Register(sent, wanted) => {
                let submission = self.submission(sent.reference, by).await?;
                let mut new = wanted.registering(self.candor.today())?;
                new.seen = self.found_in(submission, by).await?;
                self.candor.register(submission, new, by).await?;
                Ok(())
            }
            Deed::NotARequest(sent, reason) => {
                let submission = self.submission(sent.reference, by).await?;
                let by = By::Person(by);
                Ok(self.candor.declare_not_a_request(submission, reason, by).await?)
            }
            Deed::RegisterContact(known) => {
                let place = (known.country()?, known.authority);
                self.candor.register_authority(place, known.entered(), by).await?;
                Ok(())
            }
            Deed::CallBack { case, doubt, evidence } => {
                self.call_back(case, (doubt, evidence), by).await
            }
            Deed::Do { case, command, text } => {
                let texts = text.into_iter().map(|(name, text)| (name, text.to_owned()));
                self.act(case, command, texts.collect(), by).await
            }
            Deed::SignDeclination { case } => {
                let name = self.candor.name_of(self.request(case, by).await?, by).await?;
                let declined = self.candor.case(name, by).await?;
                let text = self.candor.prepared_declination(&declined, by).await?;
                let (command, texts) = app::signing(&text)?;
                self.act(case, command, texts, by).await
            }
            Deed::Find { case, aspect, verdict, lacking, note } => {
                let checked = self.elements(case, aspect, by).await?;
                let checked = checked.filter(|code| !lacking.contains(&code.as_str())).collect();
                let command = Command::RecordFinding { aspect, checked, verdict };
                self.act(case, command, vec![("note", note.to_owned())], by).await
            }
            Deed::Assign { case, to } => {
                let people = self.candor.people().await?;
                let person = people.iter().find(|person| person.name.as_str() == to);
                let to = Some(person.with_context(|| format!("{to} has not joined"))?.id);
                self.act(case, Command::Assign { to }, Vec::new(), by).await
            }
            Deed::Link { case, to, link } => {
                let to = self.request(to, by).await?;
                let why = "The letters name the same order.";
                let texts = vec![("reason", why.to_owned())];
                self.act(case, Command::Link { to, link }, texts, by).await
            }
        }
    }

    async fn act(
        &self,
        case: Case,
        command: Command,
        texts: Vec<(&'static str, String)>,
        by: &SignedIn,
    ) -> anyhow::Result<()> {
        let request = self.request(case, by).await?;
        let seen = self.candor.db.snapshot().await?.version(Stream::Request(request)).await?;
        Ok(self.candor.act(Act { request, seen, command, texts }, by).await?)
    }

    async fn call_back(
        &self,
        case: Case,
        (doubt, evidence): (Option<Doubt>, &str),
        by: &SignedIn,
    ) -> anyhow::Result<()> {
        let request = self.request(case, by).await?;
        let name = self.candor.name_of(request, by).await?;
        let about = self.candor.case(name, by).await?.about_officer;
        let number = about.numbers_before.first();
        let number = *number.with_context(|| format!("no number is registered for {case:?}"))?;
        let result = match doubt {
            Some(reason) => VerificationResult::NotVerified { reason },
            None => VerificationResult::Verified {
                valid_until: self.candor.today().saturating_add(VALID_DAYS.days()),
            },
        };
        let means = vec![Means::CallBack { number }];
        let new = NewVerification { means, result, evidence: evidence.to_owned() };
        Ok(self.candor.verify_officer(request, new, by).await?)
    }

    /// How many requests were found in a submission so far.
    async fn found_in(&self, submission: SubmissionId, by: &SignedIn) -> anyhow::Result<u16> {
        let mut tx = self.candor.db.snapshot().await?;
        let sealed = tx.sealed_submission(self.candor.db.keys(), submission, by.sight()).await?;
        Ok(sealed.context("a submission of the week is missing")?.requests)
    }

    /// Everybody who acts in the week on a letter may read submissions.
    async fn submission(&self, reference: &str, by: &SignedIn) -> anyhow::Result<SubmissionId> {
        let entries = self.candor.arrivals(reference, None, by).await?.entries;
        let entry = entries.iter().find(|entry| entry.reference.as_deref() == Some(reference));
        Ok(entry.with_context(|| format!("the letter {reference} has not arrived"))?.row.submission)
    }

    async fn request(&self, case: Case, by: &SignedIn) -> anyhow::Result<RequestId> {
        let (which, ever) = ((Counted::All, &Narrowed::default()), (Date::MIN, Date::MAX));
        let mut tx = self.candor.db.snapshot().await?;
        for row in self.candor.requests_counted(which, ever, None, by).await?.cases {
            let named = (row.submission, "reference");
            let reference = tx.field(self.candor.db.keys(), named, by.sight()).await?;
            if row.name.ordinal == case.ordinal && reference.as_deref() == Some(case.letter) {
                return Ok(row.request);
            }
        }
        Err(anyhow::anyhow!("{case:?} is not registered"))
    }

    /// The elements of the rule that a finding on the case cites.
    async fn elements(
        &self,
        case: Case,
        aspect: Aspect,
        by: &SignedIn,
    ) -> anyhow::Result<impl Iterator<Item = domain::instrument::RuleId>> {
        let request = self.request(case, by).await?;
        let name = self.candor.name_of(request, by).await?;
        let asked = self.candor.case(name, by).await?.handled.registration;
        let elements = self.candor.profiles()?.elements_for(&asked.instrument, aspect);
        let codes: BTreeSet<_> = elements.map(|element| element.code.clone()).collect();
        Ok(codes.into_iter())
    }

    async fn confirm_profile(
        &self,
        instrument: &str,
        aspects: &[Aspect],
        by: &SignedIn,
    ) -> anyhow::Result<()> {
        let instrument = Instrument::new(instrument)?;
        let profiles = self.candor.profiles()?;
        let elements =
            aspects.iter().flat_map(|aspect| profiles.elements_for(&instrument, *aspect));
        let seen: BTreeMap<_, _> =
            elements.map(|element| (element.code.clone(), element.sha256())).collect();
        Ok(self.candor.confirm_elements(seen, by).await?)
    }
}

fn holdings() -> Vec<Holding> {
    let held = |kind, place: &str, kept: &str, basis: &str| Holding {
        kind,
        held: IsHeld::Yes,
        place: place.to_owned(),
        kept: kept.to_owned(),
        basis: basis.to_owned(),
    };
    let empty = String::new;
    vec![
        held(
            Demand::Registration,
            "Database of accounts",
            "As long as the account, and 30 days after",
            "Contract with the user (GDPR Art. 6(1)(b))",
        ),
        held(
            Demand::Licence,
            "Ledger of the licence shop",
            "Ten years after the sale",
            "Duty to keep books (GDPR Art. 6(1)(c))",
        ),
        held(
            Demand::Connection,
            "Log of sign-ins",
            "14 days",
            "Security of the service (GDPR Art. 6(1)(f))",
        ),
        Holding {
            kind: Demand::Content,
            held: IsHeld::No,
            place: empty(),
            kept: empty(),
            basis: empty(),
        },
    ]
}
