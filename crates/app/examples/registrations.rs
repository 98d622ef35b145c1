//! Enters letters and registers the request in each, as the console does, many people at a time:
//! each act is durable in its own transaction before the next one of the same person begins. What
//! the benchmark of registration measures.
//!
//!     registrations DIR LETTERS AT_ONCE

use std::io::Write;
use std::time::Instant;

use access::TotpSecret;
use app::{By, Candor, Clock, Invitee, Letter, Registering, SignedIn};
use domain::access::Role;
use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::fact::Urgency;
use domain::id::SubmissionId;
use domain::instrument::Instrument;
use domain::submission::Channel;
use futures_util::future::try_join_all;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const EMAIL: &str = "a@example.com";
const PASSWORD: &str = "seven green ladders";

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let mut arg = |what: &str| args.next().ok_or_else(|| format!("{what} is missing"));
    let (dir, letters, at_once) = (arg("DIR")?, arg("LETTERS")?, arg("AT_ONCE")?);
    let (letters, at_once): (usize, usize) = (letters.parse()?, at_once.parse()?);
    let candor = Candor::open(&dir, Clock::System).await?;
    let who = joined(&candor).await?;
    let begun = Instant::now();
    let (all, people) = ((0..letters).collect(), (candor.clone(), who.clone()));
    let entered = each(at_once, all, move |n| enter(people.clone(), n)).await?;
    let (entering, begun) = (begun.elapsed(), Instant::now());
    let people = (candor.clone(), who);
    each(at_once, entered, move |submission| register(people.clone(), submission)).await?;
    let registering = begun.elapsed();
    candor.close().await;
    let rate = |took: std::time::Duration| letters as f64 / took.as_secs_f64();
    writeln!(
        std::io::stdout(),
        "{:.0} entered a second, {:.0} registered a second, {at_once} at once",
        rate(entering),
        rate(registering)
    )?;
    Ok(())
}

/// Does something with each, by so many people at a time, each one thing after the other.
async fn each<T, R, F>(
    at_once: usize,
    all: Vec<T>,
    act: impl Fn(T) -> F + Clone + Send + 'static,
) -> Result<Vec<R>, Failed>
where
    T: Copy + Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R, Failed>> + Send,
{
    let people = (0..at_once).map(|person| {
        let mine: Vec<T> = all.iter().copied().skip(person).step_by(at_once).collect();
        let act = act.clone();
        tokio::spawn(async move {
            let mut done = Vec::with_capacity(mine.len());
            for one in mine {
                done.push(act(one).await?);
            }
            Ok::<_, Failed>(done)
        })
    });
    let mut all = Vec::new();
    for done in try_join_all(people).await? {
        all.extend(done?);
    }
    Ok(all)
}

async fn enter((candor, who): (Candor, SignedIn), n: usize) -> Result<SubmissionId, Failed> {
    let letter = Letter {
        channel: Channel::Letter,
        received_on: candor.today(),
        reference: Some(format!("Ref {n}")),
        sender: "Example Authority".to_owned(),
        summary: "An order.".to_owned(),
        files: Vec::new(),
        secret: None,
    };
    Ok(candor.enter(letter, &who).await?.submission())
}

async fn register((candor, who): (Candor, SignedIn), id: SubmissionId) -> Result<(), Failed> {
    let new = Registering {
        category: Category::UserData,
        demands: DemandSet::from_iter([Demand::Registration]),
        country: Country::from_code("FR").ok_or("no such country")?,
        authority: "Example Authority".to_owned(),
        officer: "Officer of an example".to_owned(),
        officer_contact: "officer@authority.example".to_owned(),
        instrument: Instrument::new("eu_production_order")?,
        instrument_reference: format!("PO {id}"),
        issued_on: None,
        urgency: Urgency::Ordinary,
        accounts_specified: Some(1),
        due_on: None,
        received_time: None,
        summary: "Wants what it wants.".to_owned(),
        seen: 0,
    };
    candor.register(id, new, &who).await?;
    Ok(())
}

/// Somebody who may enter and register.
async fn joined(candor: &Candor) -> Result<SignedIn, Failed> {
    let roles = [Role::Intake].into_iter().collect();
    let invitee = Invitee { name: "A. Example", email: EMAIL, roles };
    let link = candor.invite(invitee, By::OperatorCli).await?.link.reveal();
    let authenticator = candor.begin_joining(&link).await?;
    let secret = TotpSecret::read(&authenticator.secret_in_groups.replace(' ', ""));
    let secret = secret.ok_or("no secret")?;
    let code = secret.code_at(candor.clock.now());
    let joined = candor.join(&link, (PASSWORD, &code), "benchmark").await?;
    let known = candor.session(&joined.session.reveal()).await?;
    Ok(known.ok_or("nobody is signed in")?)
}
