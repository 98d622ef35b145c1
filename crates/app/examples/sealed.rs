//! What a company does in sealed mode: letters are entered and resolved, requests registered, moved
//! and decided, batches made, receipts fetched after them, and at the end the edition published.
//! Prints a line for each thing that it was told is done: what the crash drills kill.
//!
//!     sealed DIR LETTERS
//!
//! The clock stands still but for the cadence, so that nothing is waited for and every run does the
//! same.

use std::io::Write;

use app::{By, Candor, Clock, Entered, Error, Letter};
use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::event::{RequestEvent, Stream};
use domain::fact::Urgency;
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::period::Period;
use domain::request::{Circumstances, Command, Company, Motion, Registration, decide};
use domain::submission::{Channel, NotARequest};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use store::Sight;
use uuid::Uuid;

type Failed = Box<dyn std::error::Error>;

/// 10 July 2026, while pads are of the half-year before too.
const BEGUN: Timestamp = Timestamp::constant(1_783_674_000, 0);
/// Of the half-year before, whose edition is published at the end.
const RECEIVED_ON: Date = date(2026, 3, 1);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let mut arg = |what: &str| args.next().ok_or_else(|| format!("{what} is missing"));
    let (dir, letters) = (arg("DIR")?, arg("LETTERS")?.parse::<u32>()?);
    let mut candor = Candor::open(&dir, Clock::Fixed(BEGUN)).await?;
    // It goes on after the last batch of the run before.
    let (_, due) = candor.db.snapshot().await?.padding().await?.ok_or("not in sealed mode")?;
    let mut now = Timestamp::from_second(due)?;
    let mut entered = Vec::new();
    let mut open = Vec::new();
    for n in 0..letters {
        let submission = enter(&candor, n).await?;
        entered.push(submission);
        match n % 3 {
            0 => declare(&candor, submission).await?,
            1 => open.push(register(&candor, submission).await?),
            _ => drop(register(&candor, submission).await?),
        }
        if n % 2 == 1 {
            now = now.saturating_add(1.minute())?;
            candor.clock = Clock::Fixed(now);
            let placed = candor.seal_batch().await?.ok_or("the batch is not due")?;
            tell(&format!("batch {placed}"))?;
            fetch(&candor, &entered).await?;
            // What was registered before the batch is moved after it.
            for request in open.drain(..) {
                reclassify(&candor, request).await?;
            }
        }
    }
    publish(&candor).await?;
    fetch(&candor, &entered).await?;
    candor.close().await;
    Ok(())
}

/// One write for each line, so that a kill leaves no half of one.
fn tell(line: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(format!("{line}\n").as_bytes())
}

async fn enter(candor: &Candor, n: u32) -> Result<SubmissionId, Failed> {
    let letter = Letter {
        channel: Channel::Letter,
        received_on: RECEIVED_ON,
        reference: Some(format!("{}-{n}", std::process::id())),
        sender: "Example Authority".to_owned(),
        summary: "An order.".to_owned(),
        files: Vec::new(),
        secret: None,
    };
    let entered = candor.enter_as(letter, Actor::OperatorCli).await?;
    if let Entered::Sealed(_) = entered {
        return Err("nobody has a receipt before the batch".into());
    }
    let submission = entered.submission();
    tell(&format!("entered {submission}"))?;
    Ok(submission)
}

async fn declare(candor: &Candor, id: SubmissionId) -> Result<(), Failed> {
    let reason = NotARequest::Correspondence;
    candor.declare_not_a_request(id, reason, By::OperatorCli).await?;
    told_version(candor, Stream::Submission(id)).await
}

/// What was told to be recorded of a submission or a request: so many events.
async fn told_version(candor: &Candor, stream: Stream) -> Result<(), Failed> {
    let version = candor.db.snapshot().await?.version(stream).await?;
    match stream {
        Stream::Submission(id) => tell(&format!("submission {id} {version}"))?,
        Stream::Request(id) => tell(&format!("request {id} {version}"))?,
        Stream::Person(_) | Stream::Authority(_) | Stream::Publication => {}
    }
    Ok(())
}

async fn register(candor: &Candor, id: SubmissionId) -> Result<RequestId, Failed> {
    let keys = candor.db.keys();
    let new = || -> Result<Uuid, Error> { candor.new_id() };
    let mut tx = candor.db.begin().await?;
    let country = Country::from_code("FR").ok_or("no such country")?;
    let name = (country, "Example Authority");
    let authority = tx.enter_authority(keys, AuthorityId(new()?), name).await?;
    let officer = ("Officer of an example", "officer@authority.example");
    let officer = tx.enter_officer(keys, OfficerId(new()?), authority, officer).await?;
    let found = tx.sealed_submission(keys, id, Sight::without_compartments()).await?;
    let found = found.ok_or("the submission is missing")?;
    let registration = Registration {
        submission: id,
        ordinal: 1,
        received_on: RECEIVED_ON,
        country,
        authority,
        officer,
        category: Category::UserData,
        instrument: Instrument::new("eu_production_order")?,
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        accounts_specified: Some(1),
        due_on: None,
    };
    let request = RequestId(new()?);
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let change = tx.sealer(keys).await?.register(&found, request, events)?;
    tx.record(candor.clock.now(), Actor::OperatorCli, &[change]).await?;
    tx.commit().await?;
    told_version(candor, Stream::Request(request)).await?;
    Ok(request)
}

/// Two people move it into the prohibited demands, which rejects it by rule: a reclassification and
/// a decision.
async fn reclassify(candor: &Candor, id: RequestId) -> Result<(), Failed> {
    let demands = DemandSet::from_iter([Demand::EncryptionKeys]);
    let motion = Motion::Reclassify { demands };
    let confirmed = Command::ConfirmMotion { kind: motion.kind() };
    let steps = [Command::ProposeMotion { motion }, confirmed];
    for command in steps {
        let by = Actor::Person(PersonId(candor.new_id()?));
        let mut tx = candor.db.begin().await?;
        let current =
            tx.sealed_request(candor.db.keys(), id, Sight::without_compartments()).await?;
        let current = current.ok_or("the request is missing")?;
        let company = Company::default();
        let circumstances = Circumstances { by, today: candor.today(), company: &company };
        let events = decide(&current.request, &command, circumstances)?;
        let change = tx.sealer(candor.db.keys()).await?.advance(&current, events)?;
        tx.record(candor.clock.now(), by, &[change]).await?;
        tx.commit().await?;
        told_version(candor, Stream::Request(id)).await?;
    }
    Ok(())
}

/// The receipts that are there by now.
async fn fetch(candor: &Candor, entered: &[SubmissionId]) -> Result<(), Failed> {
    for id in entered {
        match candor.receipt(*id, By::OperatorCli).await {
            Ok(receipt) => tell(&format!("receipt {}", serde_json::to_string(&receipt)?))?,
            Err(Error::ReceiptWaits { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The edition, or the next revision of it; what a run before left unresolved is resolved first.
async fn publish(candor: &Candor) -> Result<(), Failed> {
    let period: Period = "2026-H1".parse()?;
    while let Some((_, first)) = candor.db.snapshot().await?.unresolved(period).await? {
        declare(candor, first.ok_or("it lies in a compartment")?).await?;
    }
    let before = candor.published(period).await?;
    let reason = before.map(|_| "There is more.".to_owned());
    let published = candor.publish(period, reason, Actor::OperatorCli).await?;
    tell(&format!("edition {}", published.revision))?;
    Ok(())
}
