//! Nobody learns of a deadline by missing it: what the board calls overdue, somebody was told by
//! mail, whoever may act and whoever has left.

use std::collections::BTreeSet;

use app::{BoardFilter, By};
use axum::http::header;
use databases::on_each;
use domain::request::Aspect;

use crate::mail::{Server, link_in, sends, settings};
use crate::office::{CONFIRMER, INTAKE, Office, PEOPLE, PROPOSER, VERIFIER, told};
use crate::secrecy::id_of;

/// A day of the worker: what the calendar owes, the reminders, the mails.
async fn worker_works(office: &Office) {
    for _ in 0..2 {
        office.calendar_works().await;
        office.candor().remind().await.expect("reminds");
        sends(office).await;
    }
}

/// The same. Returns whom it told of which request, as their links lead them there.
async fn day_ends(office: &Office, server: &Server) -> BTreeSet<(&'static str, String)> {
    worker_works(office).await;
    let mut told_of = BTreeSet::new();
    for (to, mail) in server.takes() {
        let path = link_in(&mail).strip_prefix("https://console.example").expect("a path");
        let person = PEOPLE.iter().find(|(name, _)| office.colleague(name).email() == to);
        let (name, _) = person.expect("one of them");
        let answer = office.opens(name, path).await;
        let place = answer.headers.get(header::LOCATION).map(|place| place.to_str().expect("text"));
        let place = place.unwrap_or_else(|| panic!("{name}: {}", told(&answer)));
        let case = place.strip_prefix("/requests/").expect("a request").to_owned();
        told_of.insert((*name, case));
    }
    told_of
}

/// What the board calls overdue, for whoever sees all of it.
async fn overdue(office: &Office, who: &str) -> BTreeSet<String> {
    let who = office.signed_in(who).await;
    let board = office.candor().board(&BoardFilter::default(), &who).await.expect("reads");
    let (today, now) = (office.candor().today(), office.candor().clock.now());
    let over = board.due.iter().filter(|row| row.due.is_over(today, now));
    let over = over.map(|row| row.case.name.to_string());
    let urgent = board.emergencies.iter().filter(|case| {
        let due = case.due_on.map(|on| domain::deadline::Due { on, at: case.due_at });
        due.is_some_and(|due| due.is_over(today, now))
    });
    over.chain(urgent.map(|case| case.name.to_string())).collect()
}

/// A request for each state in which something is owed, and for each reason why nobody could take
/// its next step.
#[test]
fn what_the_board_calls_overdue_was_told_to_somebody() {
    on_each(async |location| {
        let server = Server::new().await;
        let instruments = ["eu_production_order", "us_emergency_disclosure"];
        let mut office = Office::at_work(location, &instruments).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("PO 1", b"scan").await;
        let mut cases = Vec::new();
        for _ in 0..6 {
            cases.push(office.registers(&letter, &[]).await);
        }
        let [_, asked, verified, proposed, decided, challenged] = cases.as_slice() else {
            panic!("six: {cases:?}")
        };
        office.act(VERIFIER, asked, "begin", &[]).await;
        let question = [("question", "Which accounts?"), ("answer_due_on", "2026-09-25")];
        office.act(VERIFIER, asked, "clarification", &question).await;
        for case in [verified, proposed, decided, challenged] {
            office.verifies(VERIFIER, case).await;
        }
        for case in [proposed, decided] {
            office.proposes(PROPOSER, case, &[("outcome", "approve")]).await;
        }
        office.confirms(CONFIRMER, decided).await;
        office.act(PROPOSER, challenged, "challenge", &[("reason", "Too wide.")]).await;
        let emergency = [
            ("instrument", "us_emergency_disclosure"),
            ("country", "United States"),
            ("emergency", "yes"),
            ("due_on", "2026-10-01"),
        ];
        let urgent = office.registers(&letter, &emergency).await;
        office.act(VERIFIER, &urgent, "begin", &[]).await;
        let owed = [
            ("verdict", "owed"),
            ("owed_until", "2026-09-25"),
            ("owed_basis", "us_emergency_disclosure"),
        ];
        office.finds(VERIFIER, &urgent, Aspect::Instrument, &owed).await;

        // Nobody signs in meanwhile.
        for _ in 0..10 {
            office.minutes_pass(24 * 60);
            worker_works(&office).await;
        }
        office.days_pass(1).await;
        let told_of = day_ends(&office, &server).await;
        let told_of: BTreeSet<_> = told_of.into_iter().map(|(_, case)| case).collect();
        let overdue = overdue(&office, VERIFIER).await;
        let all: BTreeSet<_> = cases.iter().cloned().chain([urgent]).collect();
        assert_eq!(overdue, all, "the board shows all of them");
        // What a court has is told too: nobody but the company can have the day put off.
        assert_eq!(told_of, overdue, "and all of them were told");
    });
}

/// Law counts in hours: it is announced on the day, and told as missed on the next.
#[test]
fn a_deadline_in_hours_is_announced_at_once_and_told_when_it_is_missed() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("PO 1", b"scan").await;
        let case = office.registers(&letter, &[("emergency", "yes")]).await;
        let all = |case: &str| [VERIFIER, PROPOSER, CONFIRMER].map(|who| (who, case.to_owned()));
        assert_eq!(day_ends(&office, &server).await, all(&case).into());
        assert!(overdue(&office, VERIFIER).await.is_empty());
        office.days_pass(1).await;
        assert_eq!(overdue(&office, VERIFIER).await, [case.clone()].into());
        assert_eq!(day_ends(&office, &server).await, all(&case).into());
        assert!(day_ends(&office, &server).await.is_empty(), "once");
    });
}

/// Only who confirmed a decision releases the response. They have left, so somebody has to open the
/// decision again: all who could are told.
#[test]
fn where_only_one_could_act_and_left_the_others_are_told() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("PO 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        office.days_pass(7).await;
        let one = [(CONFIRMER, case.clone())];
        assert_eq!(day_ends(&office, &server).await, one.into(), "they alone can release it");
        let operator = office.signed_in("B. Primjer").await;
        let person = office.signed_in(CONFIRMER).await.person;
        office.candor().end_person(person, By::Person(&operator)).await.expect("ends");
        // That they left is told to others too, and is no reminder.
        sends(&office).await;
        server.takes();
        let others = [(PROPOSER, case.clone()), (VERIFIER, case.clone())];
        assert_eq!(day_ends(&office, &server).await, others.into());
    });
}

/// A compartment names two counsel. Who verified can't propose, who proposed can't confirm, and the
/// third counsel, who could, must not know of it: the two are told, since they can let one in.
#[test]
fn where_nobody_who_is_named_can_act_those_who_are_named_are_told() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("PO 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        let mut fields = vec![("seen", "1".to_owned()), ("reason", "Order 12.".to_owned())];
        for name in [INTAKE, VERIFIER, PROPOSER] {
            fields.push(("people", id_of(&office, name).await));
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("/submissions/{letter}/compartment");
        let closed = office.sends(INTAKE, &path, &fields).await;
        assert_eq!(closed.status, 303, "{}", told(&closed));
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.days_pass(7).await;
        let named = [(PROPOSER, case.clone()), (VERIFIER, case.clone())];
        assert_eq!(day_ends(&office, &server).await, named.clone().into(), "it comes near");
        office.days_pass(4).await;
        assert_eq!(day_ends(&office, &server).await, named.into(), "it is missed");
    });
}
