//! What arrives and is registered by nobody: it is told, it has a time, and it is loud once that is
//! over; and nothing of it is told to whom it is not for.

use app::{BoardFilter, Refolding};
use axum::http::{StatusCode, header};
use databases::on_each;

use crate::mail::{Server, link_in, sends, settings};
use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, plain, told};
use crate::programs::{WRITES, calls, makes};
use crate::secrecy::id_of;

/// Who may register what arrived, in order of their addresses.
const ALL: [&str; 4] = [CONFIRMER, PROPOSER, INTAKE, VERIFIER];

const LETTER: [(&str, &str); 4] = [
    ("sender", "Bureau of Samples, Port Sample"),
    ("summary", "An order about three accounts."),
    ("reference", "AZ 7"),
    ("files", "the order, as text"),
];

async fn office(location: store::Location, server: &Server) -> (Office, String) {
    let mut office = Office::new(location).await;
    office.world.candor.config.mail = Some(settings(server.port));
    let token = makes(&office, INTAKE, WRITES).await;
    (office, token)
}

/// A program enters a letter. Returns its number.
async fn program_enters(office: &Office, token: &str, reference: &str) -> String {
    let letter = LETTER.map(|(name, value)| match name {
        "reference" => (name, reference),
        _ => (name, value),
    });
    let answer = calls(office, token, "POST", "/submissions", &letter).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let path = answer.headers[header::LOCATION].to_str().expect("a path");
    path.rsplit('/').next().expect("a number").to_owned()
}

/// What is due is told and sent. Returns whom it went to, each with what the mail says first.
async fn told_now(office: &Office, server: &Server) -> Vec<(String, String)> {
    office.candor().remind().await.expect("reminds");
    sends(office).await;
    let taken = server.takes().into_iter().map(|(to, mail)| {
        let text = mail.split("\n\n").nth(1).unwrap_or_default();
        assert!(mail.contains("Subject: candor: something has arrived"), "{mail}");
        (to, text.replace('\n', " "))
    });
    taken.collect()
}

/// The mails that tell these people the same.
fn all_of(office: &Office, people: &[&str], says: &str) -> Vec<(String, String)> {
    let mut mails: Vec<_> = people
        .iter()
        .map(|who| (office.colleague(who).email().to_owned(), says.to_owned()))
        .collect();
    mails.sort();
    mails
}

const ARRIVED: &str = "Something has arrived and waits to be registered.";
const NEAR: &str = "Something that arrived is soon to be registered, or to be declared no request.";
const MISSED: &str = "Something that arrived was not registered in time.";

#[test]
fn what_a_program_enters_is_told_and_is_loud_until_somebody_resolves_it() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, token) = office(location, &server).await;
        let first = program_enters(&office, &token, "AZ 1").await;
        let second = program_enters(&office, &token, "AZ 2").await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, ARRIVED), "once");
        assert!(told_now(&office, &server).await.is_empty());
        let third = program_enters(&office, &token, "AZ 3").await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, ARRIVED), "and anew");

        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        for words in [
            "Nothing is overdue, none due today, 3 in the six days after.",
            "Arrived, and registered by nobody",
            "Within 1 business day by the company’s own rule, which is no law.",
            "tomorrow 22 Sep 2026",
            "to be registered, or declared no request API 21 Sep 2026, 14:13",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // The last day of its time, then the day after: for intake and counsel on every page.
        office.days_pass(1).await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, NEAR));
        office.days_pass(1).await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, MISSED));
        assert!(told_now(&office, &server).await.is_empty(), "once");
        let page = plain(office.opens(CONFIRMER, "/profiles").await.text());
        assert!(page.contains("Deadlines 3 overdue"), "{page}");
        let page = plain(office.opens(VERIFIER, "/deadlines?owed=registration").await.text());
        assert!(page.contains("3 are overdue") && page.contains("1 day overdue"), "{page}");
        // The expert reads no submission, and learns of none.
        let page = plain(office.opens(EXPERT, "/deadlines").await.text());
        assert!(!page.contains("overdue 22") && !page.contains("3 are"), "{page}");
        assert!(page.contains("Nothing is overdue, nothing is due") && !page.contains(&first));
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        let finding = doctor.findings.iter().find(|finding| finding.subject == "deadlines");
        let says = finding.expect("is looked at").result.clone().expect("is no fault");
        assert!(says.starts_with("0 overdue about requests, 3 submissions not"), "{says}");
        assert_eq!(office.candor().waiting_too_long_in_all().await.expect("counts"), 3);

        // One is registered, the others are declared to hold nothing.
        office.registers(&first, &[]).await;
        for number in [second, third] {
            let path = format!("/submissions/{number}/not-a-request");
            office.does(INTAKE, &path, &[("reason", "test")]).await;
        }
        let page = plain(office.opens(CONFIRMER, "/profiles").await.text());
        assert!(!page.contains("overdue"), "{page}");
        office.days_pass(1).await;
        assert!(told_now(&office, &server).await.is_empty());
    });
}

/// It arrives at 14:13, and the company gives itself four hours: whoever waits for the next day to
/// look learns of it before.
#[test]
fn a_time_in_hours_is_reminded_of_and_missed_at_its_hour() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, token) = office(location, &server).await;
        let four = "4 hours".parse().expect("a time");
        office.world.candor.config.deadlines.register_within = four;
        let number = program_enters(&office, &token, "AZ 1").await;
        told_now(&office, &server).await;
        office.minutes_pass(119);
        assert!(told_now(&office, &server).await.is_empty());
        office.minutes_pass(1);
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, NEAR));
        office.days_pass(0).await;
        // One does not want to be reminded, and is told of what is missed.
        office.does(PROPOSER, "/me/reminders", &[]).await;
        office.minutes_pass(119);
        office.days_pass(0).await;
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("in 1 min 21 Sep 2026, 18:13"), "{page}");
        assert!(told_now(&office, &server).await.is_empty());
        office.minutes_pass(1);
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("Deadlines 1 overdue") && page.contains(&number), "{page}");
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, MISSED));

        // A company that sets no time is told what arrived, and of no time.
        office.world.candor.config.deadlines.register_within = "none".parse().expect("none");
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("The company sets no time for it.") && page.contains("no date"));
        assert!(!page.contains("1 overdue"), "{page}");
    });
}

/// The link leads to the list, for whom the mail was sent to and nobody else; and whoever has left
/// by then gets none.
#[test]
fn the_link_leads_to_what_waits() {
    on_each(async |location| {
        let server = Server::new().await;
        let (office, token) = office(location, &server).await;
        program_enters(&office, &token, "AZ 1").await;
        office.candor().remind().await.expect("reminds");
        let operator = office.signed_in("B. Primjer").await;
        let person = office.signed_in(CONFIRMER).await.person;
        let by = app::By::Person(&operator);
        office.candor().end_person(person, by).await.expect("ends");
        // Three of what arrived, and who checks the work that somebody was let go.
        assert_eq!(sends(&office).await, 8);
        let taken = server.takes();
        let ended = office.colleague(CONFIRMER).email();
        let of_theirs = taken.iter().filter(|(to, _)| to == ended).count();
        assert_eq!(of_theirs, 1, "of their own account alone");
        let email = office.colleague(INTAKE).email();
        let (_, mail) = taken.iter().find(|(to, _)| to == email).expect("is told");
        let path = link_in(mail).strip_prefix("https://console.example").expect("a path");
        let answer = office.opens(INTAKE, path).await;
        assert_eq!(answer.headers[header::LOCATION], "/submissions", "{}", told(&answer));
        assert_eq!(office.opens(VERIFIER, path).await.status, StatusCode::NOT_FOUND);
    });
}

/// A compartment is closed over what arrived before anybody was told: to the others it whispers
/// nothing, not when it comes near, not when it is missed, and in no number.
#[test]
fn what_lies_in_a_compartment_is_told_to_whom_it_names() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, token) = office(location, &server).await;
        let secret = program_enters(&office, &token, "AZ 1").await;
        let named = [INTAKE, VERIFIER, PROPOSER];
        let mut fields = vec![("seen", "1".to_owned()), ("reason", "Order 12.".to_owned())];
        for name in named {
            fields.push(("people", id_of(&office, name).await));
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("/submissions/{secret}/compartment");
        let closed = office.sends(INTAKE, &path, &fields).await;
        assert_eq!(closed.status, 303, "{}", told(&closed));
        assert_eq!(told_now(&office, &server).await, all_of(&office, &named, ARRIVED));
        office.days_pass(1).await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &named, NEAR));
        office.days_pass(1).await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &named, MISSED));
        for who in named {
            let page = plain(office.opens(who, "/deadlines").await.text());
            assert!(page.contains("Deadlines 1 overdue") && page.contains(&secret), "{page}");
            assert!(page.contains("named people only"), "{page}");
        }
        let who = office.signed_in(CONFIRMER).await;
        let board = office.candor().board(&BoardFilter::default(), &who).await.expect("reads");
        assert!(board.arrivals.first.is_empty() && board.arrivals.more == 0);
        let page = plain(office.opens(CONFIRMER, "/deadlines").await.text());
        assert!(!page.contains(&secret) && !page.contains("1 overdue"), "{page}");
        assert!(page.contains("Nothing is overdue, nothing is due"), "{page}");
    });
}

/// Whoever enters a letter has it before them: nobody is told that it arrived. Left lying, it is as
/// loud as any other.
#[test]
fn what_somebody_enters_by_hand_is_told_once_its_time_runs_out() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, _) = office(location, &server).await;
        office.enters_letter("AZ 1", b"scan").await;
        assert!(told_now(&office, &server).await.is_empty());
        office.days_pass(2).await;
        assert_eq!(told_now(&office, &server).await, all_of(&office, &ALL, MISSED));
    });
}
