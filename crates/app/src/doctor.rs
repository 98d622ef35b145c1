//! `candor doctor`: whether everything is as it should be.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt::Display;

use domain::holidays::Calendar;
use domain::id::Position;
use domain::profile::Confirmation;
use domain::{Category, Country};
use jiff::SignedDuration;
use jiff::civil::Date;
use store::{AttachmentAudit, JobsDue, LogAudit, Refold, Sight, Tx};

use crate::checkpoint::first_keys;
use crate::config::Deadlines;
use crate::{Candor, Error, keys, read_holidays, read_profiles};

/// How much is held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refolding {
    /// So many leaves, drawn by lot.
    Sample(u32),
    /// Every event, leaf and file, and all that follows from the events, which takes time.
    Do,
}

/// A job that waits for longer is not being done: a worker looks for what is due three times a
/// minute, and tries what failed again within two hours.
const LATE: SignedDuration = SignedDuration::from_hours(1);
/// Of what is wrong so many are named.
const NAMED_MAX: usize = 10;

/// What the doctor looked at.
#[derive(Clone, Debug, Default)]
pub struct Doctor {
    pub findings: Vec<Finding>,
    /// What is as it was asked for, and could be safer: what it is about, and what to do.
    pub warnings: Vec<(&'static str, String)>,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    pub subject: &'static str,
    /// What is well, or what is wrong and how to mend it.
    pub result: Result<String, String>,
}

impl Doctor {
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.result.is_ok())
    }

    fn note(&mut self, subject: &'static str, result: Result<String, String>) {
        self.findings.push(Finding { subject, result });
    }
}

impl Candor {
    /// Looks at the keys, the events and what follows from them, the log, the legal profiles, the
    /// jobs and the frozen editions.
    pub async fn doctor(&self, refolding: Refolding) -> Result<Doctor, Error> {
        let mut doctor = Doctor::default();
        let signers = self.held.signers();
        doctor.note("keys", keys::examine(&self.dir, &signers).await?);
        let warnings = keys::warnings(&self.dir, &self.config.keys, &signers)?;
        doctor.warnings.extend(warnings.into_iter().map(|what| ("keys", what)));
        let mut tx = self.db.snapshot().await?;
        let head = tx.head().await?;
        doctor.note("events", Ok(format!("{head} recorded")));
        if refolding == Refolding::Do {
            let refold = tx.refold().await?;
            doctor.note("facts", facts(&refold, head));
            doctor.note("requests", requests(&refold));
            doctor.note("people", people(&refold));
            doctor.note("authorities", authorities(&refold));
            doctor.note("compartments", compartments(&refold));
            doctor.note("legal holds", holds(&refold));
            doctor.note("files", files(&tx.audit_attachments(self.db.keys()).await?));
            if let Some(signed) = self.examine_declinations(&mut tx).await? {
                doctor.note("declining texts", signed);
            }
            doctor.note("access log", access_log(&tx.altered_days().await?));
        }
        doctor.note("log", self.audit(&mut tx, refolding).await?);
        if let Some(batches) = self.examine_batches().await? {
            doctor.note("batches", batches);
        }
        if let Some(destroyed) = Self::periods_destroyed(&mut tx).await? {
            doctor.note("half-years", Ok(destroyed));
        }
        if let Some(result) = self.examine_witnesses(&mut tx).await? {
            doctor.note("witnesses", result);
        }
        if let Some(lost) = Self::examine_loss(&mut tx).await? {
            doctor.note("lost", lost);
        }
        doctor.note("legal profiles", self.examine_profiles(&mut tx).await?);
        doctor.note("holidays", self.examine_holidays());
        if let Some(abandoned) = self.examine_compartments(&mut tx).await? {
            doctor.note("compartments", abandoned);
        }
        if let Some(bands) = self.examine_bands(&mut tx).await? {
            doctor.note("bands", bands);
        }
        doctor.note("operators", self.examine_operators(&mut tx).await?);
        doctor.note("deadlines", Ok(self.examine_deadlines(&mut tx).await?));
        doctor.note("jobs", self.examine_jobs(&mut tx).await?);
        if let Some(mails) = self.examine_mails(&mut tx).await? {
            doctor.note("mail", mails);
        }
        if let Some(scans) = self.examine_files(&mut tx).await? {
            doctor.note("scans", scans);
        }
        let revisions = tx.revisions().await?;
        for revision in &revisions {
            let files = tx.edition_files(revision.period, revision.revision).await;
            let name = format!("{} revision {}", revision.period, revision.revision);
            doctor.note(
                "edition",
                match files {
                    Ok(files) => Ok(format!("{name}: {} files with their hashes", files.len())),
                    Err(error) => Err(format!("{name}: {error}; restore a backup")),
                },
            );
        }
        Ok(doctor)
    }

    /// Whether the legal profiles can be used, as their files are now, and what counsel has
    /// confirmed of them.
    async fn examine_profiles(&self, tx: &mut Tx) -> Result<Result<String, String>, Error> {
        let profiles = match read_profiles(&self.dir) {
            Ok(profiles) => profiles,
            // Each line names its file and begins where an editor finds it.
            Err(Error::Config(faults)) => {
                return Ok(Err(format!("none of them is used until these are mended:\n{faults}")));
            }
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                return Ok(Err(format!("{error}{cause}")));
            }
        };
        let says = tx.company().await?;
        let Confirmation { rules: _, drafts, changed } = profiles.confirmation(&says.confirmed);
        let (drafts, changed) = (drafts.len(), changed.len());
        let (instruments, elements) = (profiles.instruments().count(), profiles.elements().count());
        let confirmed = elements - drafts - changed;
        Ok(Ok(format!(
            "{instruments} instruments with {elements} elements: {confirmed} confirmed by counsel, \
             {drafts} drafts, {changed} changed since they were confirmed"
        )))
    }

    /// Which public holidays are known, as their files are now. Where they are not, deadlines end
    /// earlier than the law says, so it is told and is no fault.
    fn examine_holidays(&self) -> Result<String, String> {
        let holidays = match read_holidays(&self.dir) {
            Ok(holidays) => holidays,
            Err(Error::Config(faults)) => {
                return Err(format!("none of them is used until these are mended:\n{faults}"));
            }
            Err(error) => return Err(error.to_string()),
        };
        let countries = holidays.calendars().count();
        let this = self.today().year();
        let mut text = format!("of {countries} countries");
        match self.config.deadlines.country {
            None => text.push_str(
                "; no country is set in `[deadlines]`, so where the company’s own count, weekends \
                 alone do",
            ),
            Some(country) => text.push_str(&format!("; the company acts in {}", country.name())),
        }
        let own = self.config.deadlines.country;
        let calendars = holidays.calendars().filter_map(Calendar::country);
        let asked: BTreeSet<_> = own.into_iter().chain(calendars).collect();
        for year in [this, this + 1] {
            let unknown = |country: &&Country| !holidays.of(Some(**country)).knows(year);
            let unknown: Vec<_> = asked.iter().filter(unknown).map(|c| c.name()).collect();
            match unknown.as_slice() {
                [] => {}
                all if all.len() >= countries => text.push_str(&format!(
                    "; no holidays known for {year}: weekends alone are counted"
                )),
                some => text.push_str(&format!(
                    "; no holidays of {} known for {year}: weekends alone are counted",
                    first_few(some)
                )),
            }
        }
        Ok(text)
    }

    /// Whether somebody can decide on what lies in compartments; `None` where all is well, so that
    /// nothing tells whether there is one.
    async fn examine_compartments(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let abandoned = self.abandoned(tx).await?.len();
        Ok((abandoned > 0).then(|| {
            Err(format!(
                "{abandoned} name no counsel who can sign in, so nobody can decide on what lies \
                 there: let one in with `candor let-in --email ADDRESS`"
            ))
        }))
    }

    /// What the company's people have missed, and the times that the company gives itself: numbers
    /// alone, and no fault of the machine's.
    async fn examine_deadlines(&self, tx: &mut Tx) -> Result<String, Error> {
        let present = (self.today(), self.clock.now());
        let overdue = tx.count_overdue(&Category::ALL, present, Sight::whole()).await?;
        let waiting = self.count_waiting_too_long(tx, Sight::whole()).await?;
        let Deadlines { register_within, emergency, ordinary, country: _ } = &self.config.deadlines;
        let text = format!(
            "{overdue} overdue about requests, {waiting} submissions not registered in time; by \
             the company’s own rule, which is no law, what arrives is registered within \
             {register_within}, and what no law dates is answered within {emergency} in an \
             emergency, else {ordinary}"
        );
        Ok(match &self.config.mail {
            Some(_) => text,
            None => format!("{text}; nobody is told by mail, since there is no [mail]"),
        })
    }

    /// Whether what the calendar owes is done.
    async fn examine_jobs(&self, tx: &mut Tx) -> Result<Result<String, String>, Error> {
        let now = self.clock.now();
        let JobsDue { due, failed } = tx.jobs_due(now).await?;
        let text = format!("{due} due and not done, {failed} of them failed before");
        let late: Vec<_> = tx
            .late_jobs(now - LATE)
            .await?
            .into_iter()
            .map(|late| {
                let trouble = late.trouble.map(|trouble| format!(", what failed: {trouble}"));
                let (kind, since) = (late.kind.code(), late.since);
                format!("{} {kind} since {since}{}", late.jobs, trouble.unwrap_or_default())
            })
            .collect();
        Ok(match late.as_slice() {
            [] => Ok(text),
            late => Err(format!(
                "{text}; overdue by more than an hour: {}; they are done while `candor serve` \
                 runs, and what fails is told in what it logs",
                late.join("; ")
            )),
        })
    }

    /// Holds the log against the database: all of it, or some leaves drawn by lot.
    async fn audit(
        &self,
        tx: &mut Tx,
        refolding: Refolding,
    ) -> Result<Result<String, String>, Error> {
        let sealer = tx.sealer(self.db.keys()).await?;
        let audit = match refolding {
            Refolding::Do => {
                let keys = first_keys(tx).await?;
                tx.audit_log(&sealer, keys).await?
            }
            Refolding::Sample(count) => {
                let size = tx.tree_head().await?.size;
                tx.sample_log(&sealer, &drawn(count, size)?).await?
            }
        };
        let LogAudit { leaves, opened, erased, lost, shredded, pads, waiting, faults } = audit;
        if !faults.is_empty() {
            let faults = faults.join("; ");
            return Ok(Err(format!("{faults}; restore a backup and report this")));
        }
        let mut text = format!("{leaves} leaves, {opened} of them opened and found as stored");
        if pads > 0 {
            text.push_str(&format!(", {pads} pads"));
        }
        if waiting > 0 {
            text.push_str(&format!(", {waiting} more wait for their place"));
        }
        if shredded > 0 {
            text.push_str(&format!(", {shredded} of half-years whose keys were destroyed"));
        }
        if erased > 0 {
            text.push_str(&format!(", {erased} about submissions that were erased"));
        }
        if lost > 0 {
            text.push_str(&format!(", {lost} restored without what they seal"));
        }
        Ok(Ok(text))
    }
}

/// Whether the facts are what the events say, and the events all there.
fn facts(refold: &Refold, head: Position) -> Result<String, String> {
    match (refold.gap_at, refold.differing.first()) {
        (Some(gap), _) => Err(format!("the log has a gap before position {gap}; restore a backup")),
        (None, Some(first)) => Err(format!(
            "{} of {} requests are counted otherwise than their events say, {first} first; \
             restore a backup and report this",
            refold.differing.len(),
            refold.requests
        )),
        (None, None) if refold.events != head.0.unsigned_abs() => {
            Err(format!("the log ends at {head} but holds {} events", refold.events))
        }
        (None, None) => Ok(format!(
            "{} requests are counted as their {} events say",
            refold.requests, refold.events
        )),
    }
}

/// Whether the lists show the requests as the events say.
fn requests(refold: &Refold) -> Result<String, String> {
    match refold.cases_differing.as_slice() {
        [] => Ok(format!("{} that are handled stand in the lists as events say", refold.handled)),
        differing => Err(format!(
            "{} stand in the lists otherwise than events say, of {} that are handled: {}; restore \
             a backup and report this",
            differing.len(),
            refold.handled,
            first_few(differing)
        )),
    }
}

/// Whether people may do what the events say.
fn people(refold: &Refold) -> Result<String, String> {
    match refold.people_differing.as_slice() {
        [] => Ok(format!("{} have the roles and the account that events say", refold.people)),
        differing => Err(format!(
            "{} have other roles or another account than events say, of {}: {}; somebody changed \
             the database by hand. Find out who can write to it, and restore a backup or give \
             these people their roles anew",
            differing.len(),
            refold.people,
            first_few(differing)
        )),
    }
}

/// Whether authorities are known by what the events say.
fn authorities(refold: &Refold) -> Result<String, String> {
    match refold.authorities_differing.as_slice() {
        [] => Ok(format!("{} domains and numbers are those that events say", refold.contacts)),
        differing => Err(format!(
            "{} have other domains or numbers than events say: {}; somebody changed the database \
             by hand, and who calls such a number may be led to whoever did. Find out who can \
             write to it, and restore a backup",
            differing.len(),
            first_few(differing)
        )),
    }
}

/// Whether those people see a compartment whom the events name.
fn compartments(refold: &Refold) -> Result<String, String> {
    match refold.compartments_differing.as_slice() {
        [] => Ok("all are open to those whom events name".to_owned()),
        differing => Err(format!(
            "other people than events name see {}; somebody changed the database by hand. Find \
             out who can write to it, and restore a backup",
            first_few(differing)
        )),
    }
}

/// Whether those holds stand that the events name.
fn holds(refold: &Refold) -> Result<String, String> {
    match refold.holds_differing.as_slice() {
        [] => Ok("stand as their events say".to_owned()),
        differing => Err(format!(
            "{} stand otherwise than their events say; somebody changed the database by hand. Find \
             out who can write to it, and restore a backup",
            first_few(differing)
        )),
    }
}

/// Whether the files that are kept are those that were sealed.
fn files(audit: &AttachmentAudit) -> Result<String, String> {
    let faults: Vec<_> = audit
        .faults
        .iter()
        .map(|fault| {
            format!("file {} of submission {} {}", fault.sha256, fault.submission, fault.what)
        })
        .collect();
    if !faults.is_empty() {
        return Err(format!("{}; restore a backup and report this", first_few(&faults)));
    }
    let AttachmentAudit { files, erased, faults: _ } = audit;
    let mut text =
        format!("{files} kept, {} of them opened and found with their hash", files - erased);
    if *erased > 0 {
        text.push_str(&format!(", {erased} of submissions that were erased"));
    }
    Ok(text)
}

/// Whether it is still written down who looked at what, as each day was sealed.
fn access_log(altered: &[Date]) -> Result<String, String> {
    match altered {
        [] => Ok("every day that was sealed is as it was".to_owned()),
        days => Err(format!(
            "it is not what was sealed of {}; somebody changed the database by hand. Restore a \
             backup and report this",
            first_few(days)
        )),
    }
}

fn first_few(of: &[impl Display]) -> String {
    let named: Vec<_> = of.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    match of.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Numbers below `size`, each as likely as any other but for one part in 2³² or so.
fn drawn(count: u32, size: u64) -> Result<Vec<u64>, Error> {
    let mut lots = vec![0; 8 * count as usize];
    getrandom::fill(&mut lots).map_err(store::Error::from)?;
    let (lots, _) = lots.as_chunks::<8>();
    Ok(lots.iter().filter_map(|lot| u64::from_le_bytes(*lot).checked_rem(size)).collect())
}
