//! A letter is entered, and the requests that it holds are registered, each in one category.

mod turn;

use domain::access::Permission;
use domain::category::{Category, Demand, DemandClass, DemandSet};
use domain::compartment::{self, Compartment};
use domain::country::Country;
use domain::fact::Urgency;
use domain::id::{Actor, RequestId, Sha256Hash, SubmissionId};
use domain::instrument::Instrument;
use domain::submission::{Channel, FILES_MAX, SubmissionRefusal};
use jiff::civil::{Date, Time};
use store::{FILE_SIZE_BYTES_MAX, Particulars};

use self::turn::Act;
pub(crate) use self::turn::Registrations;
use crate::access::{CameWith, SignedIn};
use crate::conduct::check_texts;
use crate::receive::{Arrival, Brought, Entered, sha256_of};
use crate::{Candor, Error};

/// What arrived outside the portal, as somebody of the company enters it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub channel: Channel,
    pub received_on: Date,
    /// The sender's own.
    pub reference: Option<String>,
    pub sender: String,
    /// What it is about, in a sentence or two.
    pub summary: String,
    pub files: Vec<LetterFile>,
    /// Who alone sees it, and why, where it arrives into a compartment.
    pub secret: Option<(Compartment, String)>,
}

/// A file, as its sender called it.
#[derive(Clone, Debug)]
pub struct LetterFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A request that is found in a submission.
#[derive(Clone, Debug)]
pub struct Registering {
    pub category: Category,
    pub demands: DemandSet,
    pub country: Country,
    pub authority: String,
    pub officer: String,
    /// As the letter gives it: unverified.
    pub officer_contact: String,
    pub instrument: Instrument,
    pub instrument_reference: String,
    pub issued_on: Option<Date>,
    pub urgency: Urgency,
    pub accounts_specified: Option<u32>,
    /// `None`: as the instrument's profile says.
    pub due_on: Option<Date>,
    /// At what time of the day of receipt it came, for what the law counts in hours.
    pub received_time: Option<Time>,
    pub summary: String,
    /// How many requests of the submission the person saw: two at once don't register the same.
    pub seen: u16,
}

impl Candor {
    /// Seals a letter with its files, and signs the log over it.
    pub async fn enter(&self, letter: Letter, by: &SignedIn) -> Result<Entered, Error> {
        by.may(Permission::EnterSubmission)?;
        if let Some((people, reason)) = &letter.secret {
            by.may(Permission::CloseCompartment)?;
            if reason.trim().is_empty() {
                return Err(Error::ReasonOfAct);
            }
            let mut tx = self.db.snapshot().await?;
            compartment::close(None, &self.named(&mut tx, people).await?, by.person)?;
        }
        let brought = match &by.came {
            CameWith::Session(_) => Brought::ByHand,
            CameWith::Token { .. } => Brought::ByProgram,
        };
        self.enter_whole(letter, (Actor::Person(by.person), brought)).await
    }

    /// The same for whoever holds the machine.
    pub async fn enter_as(&self, letter: Letter, actor: Actor) -> Result<Entered, Error> {
        self.enter_whole(letter, (actor, Brought::ByProgram)).await
    }

    async fn enter_whole(&self, letter: Letter, by: (Actor, Brought)) -> Result<Entered, Error> {
        let Letter { channel, received_on, reference, sender, summary, files, secret } = letter;
        let (people, why) = secret.unzip();
        let why = why.unwrap_or_default();
        check_texts(&[("reason", why.clone())])?;
        check_texts(&[("sender", sender.clone()), ("summary", summary.clone())])?;
        check_line("reference", reference.as_deref().unwrap_or_default())?;
        let hashes = hashes(&files)?;
        let reference = reference.filter(|text| !text.trim().is_empty());
        let particulars = Particulars { reference, nonce: None };
        let arrival = Arrival { channel, received_on, files: hashes, particulars };
        let texts = [("sender", sender), ("summary", summary), ("compartment_reason", why)];
        self.receive_whole(arrival, &texts, (&files, people), by).await
    }

    /// Registers what is found in a submission: one request, or two where a prohibited demand
    /// stands beside others, since that is a request of its own.
    pub async fn register(
        &self,
        submission: SubmissionId,
        new: Registering,
        by: &SignedIn,
    ) -> Result<Vec<RequestId>, Error> {
        by.may(Permission::ResolveSubmission)?;
        for (name, text) in [
            ("authority", &new.authority),
            ("officer", &new.officer),
            ("officer_contact", &new.officer_contact),
            ("instrument_reference", &new.instrument_reference),
        ] {
            check_line(name, text)?;
        }
        check_texts(&[("summary", new.summary.clone())])?;
        let act = Act { submission, new, by: by.clone() };
        let registered = self.register_with_others(act).await?;
        self.after_commit().await;
        Ok(registered)
    }
}

/// The hash of each file. None is too large, and none is there twice.
pub(crate) fn hashes(files: &[LetterFile]) -> Result<Vec<Sha256Hash>, Error> {
    if files.len() > FILES_MAX {
        return Err(SubmissionRefusal::TooManyFiles.into());
    }
    let mut hashes = Vec::with_capacity(files.len());
    for file in files {
        check_line("file name", &file.name)?;
        if file.bytes.len() > FILE_SIZE_BYTES_MAX {
            return Err(Error::FileTooLarge(file.name.clone()));
        }
        let hash = sha256_of(file.bytes.as_slice()).map_err(|_| Error::Worker)?;
        if hashes.contains(&hash) {
            return Err(Error::FileTwice(file.name.clone()));
        }
        hashes.push(hash);
    }
    Ok(hashes)
}

/// What stands in one line is no longer than this.
const LINE_SIZE_BYTES_MAX: usize = 1_000;

pub(crate) fn check_line(name: &'static str, text: &str) -> Result<(), Error> {
    if text.len() > LINE_SIZE_BYTES_MAX { Err(Error::LineTooLong(name)) } else { Ok(()) }
}

/// What is asked for, the prohibited demands apart. Where nothing is, one empty part is left, which
/// the rules refuse.
fn parts(demands: DemandSet) -> Vec<DemandSet> {
    let of = |prohibited: bool| -> DemandSet {
        let is_part = |demand: &Demand| (demand.class() == DemandClass::Prohibited) == prohibited;
        demands.iter().filter(is_part).collect()
    };
    match [of(false), of(true)] {
        [others, prohibited] if others.is_empty() => vec![prohibited],
        [others, prohibited] if prohibited.is_empty() => vec![others],
        both => both.to_vec(),
    }
}
