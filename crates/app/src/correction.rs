//! What was registered wrongly is put right: one person proposes it, another confirms it.
//!
//! An event holds codes and ids. What changes is told with names beside it, in a text under the
//! submission's key, so that the trail says what stood there before for as long as the letter can
//! be read.

use domain::access::Permission;
use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::deadline::{Clock, Due, Time};
use domain::fact::Urgency;
use domain::id::{AuthorityId, OfficerId, RequestId};
use domain::instrument::Instrument;
use domain::profile::InstrumentLaw;
use domain::request::{
    Command, Company, Correction, Handled, Motion, MotionKind, Recount, Refusal, Registration,
    Request,
};
use jiff::{SignedDuration, Timestamp};
use store::{Sight, Tx};

use crate::access::SignedIn;
use crate::conduct::{Act, Texts, check_texts};
use crate::ids::Ids;
use crate::register::check_line;
use crate::{Candor, Error};

/// The text that tells what changes.
pub(crate) const CHANGES: &str = "changes";

/// A request as it should have been registered, as somebody types it.
#[derive(Clone, Debug)]
pub struct Correcting {
    pub request: RequestId,
    /// The number of events of the request that the person saw.
    pub seen: i64,
    pub category: Category,
    pub demands: DemandSet,
    pub country: Country,
    pub authority: String,
    pub officer: String,
    /// As the letter gives it: unverified.
    pub officer_contact: String,
    pub instrument: Instrument,
    pub urgency: Urgency,
    pub accounts_specified: Option<u32>,
    /// At what time of the day of receipt it came, for what the law counts in hours.
    pub received_time: Option<jiff::civil::Time>,
    pub reason: String,
}

/// What an act that corrects a request asks of the company, and the text that tells it.
#[derive(Default)]
pub(crate) struct Corrects {
    pub(crate) recount: Recount,
    pub(crate) texts: Texts,
}

impl Candor {
    /// Proposes that a request is registered otherwise. Whom it names is entered with it.
    pub async fn propose_correction(&self, new: Correcting, by: &SignedIn) -> Result<(), Error> {
        by.may(Permission::CorrectRegistration)?;
        for (name, text) in [
            ("authority", &new.authority),
            ("officer", &new.officer),
            ("officer_contact", &new.officer_contact),
        ] {
            check_line(name, text)?;
        }
        check_texts(&[("reason", new.reason.clone())])?;
        if new.reason.trim().is_empty() {
            return Err(Error::ReasonOfAct);
        }
        let keys = self.db.keys();
        let mut tx = self.db.begin().await?;
        // An erasure forgets officers of whom nothing else speaks: it comes before, or finds these.
        tx.hold_log().await?;
        let current = tx.sealed_request(keys, new.request, by.sight()).await?;
        let current = current.ok_or(Error::NoRequest)?;
        let Request::Handled(handled) = &current.request else { return Err(Error::NoRequest) };
        let received_at = self.came_at(&mut tx, handled, new.received_time, by).await?;
        // What is refused from here on takes them back with it.
        let mut ids = Ids::new(self.clock.now())?;
        let (authority, officer) = (AuthorityId(ids.make()), OfficerId(ids.make()));
        let place = (new.country, new.authority.as_str());
        let authority = tx.enter_authority(keys, authority, place).await?;
        let person = (new.officer.as_str(), new.officer_contact.as_str());
        let officer = tx.enter_officer(keys, officer, authority, person).await?;
        let to = Correction {
            country: new.country,
            authority,
            officer,
            category: new.category,
            instrument: new.instrument,
            demands: new.demands,
            urgency: new.urgency,
            accounts_specified: new.accounts_specified,
        };
        let command = Command::ProposeMotion { motion: Motion::Correct { to, received_at } };
        let texts = vec![("reason", new.reason)];
        let act = Act { request: new.request, seen: new.seen, command, texts };
        self.act_in(tx, act, by).await
    }

    /// When on its day the letter came. Where nobody says it: what the time that runs was counted
    /// from, or what registering would take.
    async fn came_at(
        &self,
        tx: &mut Tx,
        handled: &Handled,
        time: Option<jiff::civil::Time>,
        by: &SignedIn,
    ) -> Result<Timestamp, Error> {
        let asked = &handled.registration;
        let of = (asked.submission, asked.received_on);
        let received_at = self.received_at(tx, of, time, by).await?;
        let Company { clock, .. } = self.clocks(asked, received_at)?;
        let counted_from = match (time, handled.due(), clock) {
            (
                None,
                Some(Due { at: Some(at), .. }),
                Some(Clock { time: Time::Hours(hours), .. }),
            ) if handled.counting.stops.is_empty() => {
                at.checked_sub(SignedDuration::from_hours(i64::from(hours.get()))).ok()
            }
            (_, _, _) => None,
        };
        Ok(counted_from.unwrap_or(received_at))
    }

    /// What an act needs to know that proposes or confirms a correction; nothing for any other.
    pub(crate) async fn corrects(
        &self,
        tx: &mut Tx,
        (request, handled): (RequestId, &Handled),
        command: &Command,
        by: &SignedIn,
    ) -> Result<Corrects, Error> {
        let Some((to, received_at)) = correction_of(command, handled) else {
            return Ok(Corrects::default());
        };
        let asked = &handled.registration;
        // What lies in a compartment that the person does not see says nothing here.
        if to.moves_cell(asked) && tx.stands_for_others(request, by.sight()).await? {
            return Err(Refusal::OthersLinkedInCell.into());
        }
        let after = asked.corrected(to);
        let Company { clock, keeping, .. } = self.clocks(&after, received_at)?;
        let law = self.profiles()?.instrument(&after.instrument);
        let on_receipt = law.map(InstrumentLaw::on_receipt).unwrap_or_default();
        let texts = vec![(CHANGES, self.told_of_correction(tx, asked, to).await?)];
        Ok(Corrects { recount: Recount { clock, keeping, on_receipt }, texts })
    }

    /// "country: France instead of Germany; officer: …"
    async fn told_of_correction(
        &self,
        tx: &mut Tx,
        from: &Registration,
        to: &Correction,
    ) -> Result<String, Error> {
        let keys = self.db.keys();
        let ids = [from.authority, to.authority];
        // Whoever may correct the request reads both names on its page.
        let authorities = tx.authorities_with_ids(keys, &ids, Sight::whole()).await?;
        let officers = tx.officers_with_ids(keys, &[from.officer, to.officer]).await?;
        let authority = |id| {
            let known = authorities.iter().find(|known| known.id == id);
            known.map_or_else(String::new, |known| known.name.clone())
        };
        let officer = |id| match officers.iter().find(|known| known.id == id) {
            None => String::new(),
            Some(known) if known.contact.is_empty() => known.name.clone(),
            Some(known) => format!("{} ({})", known.name, known.contact),
        };
        let profiles = self.profiles()?;
        let instrument = |code: &Instrument| {
            let law = profiles.instrument(code);
            law.map_or_else(|| code.to_string(), |law| law.label.clone())
        };
        let pairs = [
            ("country", from.country.name().to_owned(), to.country.name().to_owned()),
            ("authority", authority(from.authority), authority(to.authority)),
            ("officer", officer(from.officer), officer(to.officer)),
            ("category", category(from.category), category(to.category)),
            ("instrument", instrument(&from.instrument), instrument(&to.instrument)),
            ("asks for", demands(from.demands), demands(to.demands)),
            ("emergency", emergency(from.urgency), emergency(to.urgency)),
            ("accounts", accounts(from.accounts_specified), accounts(to.accounts_specified)),
        ];
        let changed = pairs.into_iter().filter(|(_, from, to)| from != to);
        let told = changed.map(|(what, from, to)| format!("{what}: {to} instead of {from}"));
        Ok(told.collect::<Vec<_>>().join("; "))
    }
}

/// The correction that a command proposes or confirms, and when the letter came.
fn correction_of<'a>(
    command: &'a Command,
    handled: &'a Handled,
) -> Option<(&'a Correction, Timestamp)> {
    let motion = if let Command::ProposeMotion { motion } = command {
        motion
    } else if let Command::ConfirmMotion { kind: MotionKind::Correct } = command {
        &handled.motions.get(MotionKind::Correct)?.motion
    } else {
        return None;
    };
    match motion {
        Motion::Correct { to, received_at } => Some((to, *received_at)),
        Motion::Reclassify { .. } | Motion::Withhold { .. } | Motion::Band { .. } => None,
    }
}

fn category(category: Category) -> String {
    match category {
        Category::UserData => "user data".to_owned(),
        Category::TechnicalExpertise => "technical expertise".to_owned(),
    }
}

fn demands(demands: DemandSet) -> String {
    demands.iter().map(Demand::label).collect::<Vec<_>>().join(", ")
}

fn emergency(urgency: Urgency) -> String {
    match urgency {
        Urgency::Emergency => "yes".to_owned(),
        Urgency::Ordinary => "no".to_owned(),
    }
}

fn accounts(specified: Option<u32>) -> String {
    specified.map_or_else(|| "none named".to_owned(), |n| n.to_string())
}
