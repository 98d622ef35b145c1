//! Fills a data directory with requests on which somebody has to act, and a quarter more that are
//! decided, from the authorities of 60 countries; then lets somebody sign in, and prints what opens
//! their session: what the benchmark of the console asks for pages with.
//!
//!     caseload DIR REQUESTS

use std::io::Write;

use access::TotpSecret;
use app::{By, Candor, Clock, Invitee};
use domain::access::Role;
use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::Instrument;
use domain::request::{Confirmed, Outcome, Registration};
use domain::submission::Channel;
use jiff::ToSpan;
use jiff::civil::Date;
use store::{NewSubmission, Particulars};
use uuid::Uuid;

type Failed = Box<dyn std::error::Error>;

const COUNTRIES: usize = 60;
const AUTHORITIES_OF_EACH: usize = 40;
/// Requests that are recorded together.
const AT_ONCE: usize = 500;
const INSTRUMENTS: [&str; 5] =
    ["eu_production_order", "us_subpoena", "us_search_warrant", "mlat", "none"];

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let mut arg = |what: &str| args.next().ok_or_else(|| format!("{what} is missing"));
    let (dir, requests) = (arg("DIR")?, arg("REQUESTS")?.parse::<usize>()?);
    let candor = Candor::open(&dir, Clock::System).await?;
    let (person, session) = join(&candor).await?;
    let who = candor.session(&session).await?.ok_or("nobody is signed in")?;
    let today = candor.today();
    let authorities = authorities(&candor).await?;
    let all: Vec<usize> = (0..requests + requests / 4).collect();
    for numbers in all.chunks(AT_ONCE) {
        let mut tx = candor.db.begin().await?;
        let mut sealer = tx.sealer(candor.db.keys()).await?;
        let mut arrived = Vec::new();
        for n in numbers {
            let reference = format!("Ref {n}/2026");
            let fields = [("reference", reference.as_str())];
            let id = SubmissionId(id(n * 3));
            let submission = NewSubmission::seal(candor.db.keys(), id, &fields)?;
            let received_on = day(today, -((n % 300) as i64));
            let event = SubmissionEvent::SubmissionReceived {
                channel: Channel::Letter,
                received_on,
                files: Vec::new(),
            };
            arrived.push(sealer.receive(submission, event, &Particulars::default())?);
        }
        tx.record(candor.clock.now(), Actor::OperatorCli, &arrived).await?;
        let mut registered = Vec::new();
        let mut marks = Vec::new();
        for n in numbers {
            let found =
                tx.sealed_submission(candor.db.keys(), SubmissionId(id(n * 3)), who.sight());
            let found = found.await?.ok_or("a submission is missing")?;
            let (country, authority, officer) = authorities[n * 7 % authorities.len()];
            let registration = Registration {
                submission: found.id(),
                ordinal: 1,
                received_on: day(today, -((n % 300) as i64)),
                country,
                authority,
                officer,
                category: if n % 3 == 0 {
                    Category::TechnicalExpertise
                } else {
                    Category::UserData
                },
                instrument: Instrument::new(INSTRUMENTS[n % INSTRUMENTS.len()])?,
                demands: DemandSet::from_iter([if n % 3 == 0 {
                    Demand::Indicators
                } else {
                    Demand::Registration
                }]),
                urgency: Urgency::Ordinary,
                accounts_specified: None,
                due_on: (n % 10 != 9).then(|| day(today, (n * 13 % 62) as i64 - 1)),
            };
            let request = RequestId(id(n * 3 + 1));
            let mut events = vec![RequestEvent::RequestRegistered { registration }];
            if n % 20 == 0 {
                events.push(RequestEvent::RequestAssigned { to: Some(person) });
            }
            if *n >= requests {
                events.push(RequestEvent::Decided {
                    outcome: Outcome::Rejected { ground: Ground::LegalRequirements },
                    decided_on: day(today, -((n % 300) as i64) + (n % 30) as i64),
                    confirmed: Confirmed::ByRule,
                    inventory: None,
                });
                events.push(RequestEvent::Closed {});
            }
            let change = sealer.register(&found, request, events)?;
            registered.push(change.with_text(&found, "summary", "Wants what it wants.")?);
            marks.push((request, format!("PO {n}")));
        }
        tx.record(candor.clock.now(), Actor::OperatorCli, &registered).await?;
        tx.mark_instruments(candor.db.keys(), &marks).await?;
        tx.commit().await?;
    }
    candor.close().await;
    writeln!(std::io::stdout(), "{session}")?;
    Ok(())
}

/// Ids in their order, as those that are made by the clock.
fn id(n: usize) -> Uuid {
    Uuid::from_u128(n as u128 + 1)
}

fn day(today: Date, days: i64) -> Date {
    today.saturating_add(days.days())
}

/// Each country's, each with one officer.
async fn authorities(candor: &Candor) -> Result<Vec<(Country, AuthorityId, OfficerId)>, Failed> {
    let mut all = Vec::new();
    let mut tx = candor.db.begin().await?;
    let keys = candor.db.keys();
    for (n, country) in Country::all().take(COUNTRIES).enumerate() {
        for m in 0..AUTHORITIES_OF_EACH {
            let new = (1 << 60) + 2 * (n * AUTHORITIES_OF_EACH + m);
            let name = format!("Example Authority {m} of {}", country.name());
            let authority = AuthorityId(id(new));
            let authority = tx.enter_authority(keys, authority, (country, &name)).await?;
            let officer = format!("Officer {m} of {}", country.name());
            let officer = (officer.as_str(), "officer@authority.example");
            let officer =
                tx.enter_officer(keys, OfficerId(id(new + 1)), authority, officer).await?;
            all.push((country, authority, officer));
        }
    }
    tx.commit().await?;
    Ok(all)
}

/// Somebody who may read everything and take every step.
async fn join(candor: &Candor) -> Result<(PersonId, String), Failed> {
    let roles = [Role::Intake, Role::Counsel].into_iter().collect();
    let invitee = Invitee { name: "A. Example", email: "a@example.com", roles };
    let invited = candor.invite(invitee, By::OperatorCli).await?;
    let link = invited.link.reveal();
    let authenticator = candor.begin_joining(&link).await?;
    let secret = TotpSecret::read(&authenticator.secret_in_groups.replace(' ', ""));
    let code = secret.ok_or("no secret")?.code_at(candor.clock.now());
    let joined = candor.join(&link, ("seven green ladders", &code), "benchmark").await?;
    Ok((invited.person, joined.session.reveal()))
}
