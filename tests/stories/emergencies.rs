//! An emergency that no law dates: the company gives itself a time, it stands before all other, and
//! it is told in time. And what else is owed and was announced to nobody.

use app::{BoardFilter, QueueFilter};
use axum::http::header;
use databases::on_each;
use domain::request::Aspect;

use crate::mail::{Server, link_in, sends, settings};
use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, plain};

const US: [(&str, &str); 3] =
    [("instrument", "us_emergency_disclosure"), ("country", "United States"), ("emergency", "yes")];

/// The names on the first page of the queue.
async fn queue(office: &Office, who: &str, filter: QueueFilter<'_>) -> Vec<String> {
    let people = office.candor().people().await.expect("reads");
    let who = office.signed_in(who).await;
    let queue = office.candor().queue(&filter, &people, &who).await.expect("reads");
    queue.cases.iter().map(|case| case.name.to_string()).collect()
}

/// What was sent now: to whom, and what the mail says first.
async fn told_now(office: &Office, server: &Server) -> Vec<(String, String)> {
    office.candor().remind().await.expect("reminds");
    sends(office).await;
    let first = |mail: &str| mail.split("\n\n").nth(1).unwrap_or_default().replace('\n', " ");
    server.takes().into_iter().map(|(to, mail)| (to, first(&mail))).collect()
}

fn all_of(office: &Office, people: &[&str], says: &str) -> Vec<(String, String)> {
    let email = |who: &&str| (office.colleague(who).email().to_owned(), says.to_owned());
    let mut mails: Vec<_> = people.iter().map(email).collect();
    mails.sort();
    mails
}

const COUNSEL: [&str; 3] = [VERIFIER, PROPOSER, CONFIRMER];
const NEAR: &str = "A deadline of yours comes near.";
const MISSED: &str = "A deadline of yours has passed.";

/// The law of the United States sets no time for an emergency disclosure (18 U.S.C. 2702(b)(8)), so
/// the company does, and says that it is no law.
#[test]
fn an_emergency_of_the_united_states_comes_first_and_is_told_in_time() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("EM 1", b"scan").await;
        // Longer overdue than the emergency has been there.
        let late = office.registers(&letter, &[("due_on", "2026-09-20")]).await;
        let urgent = office.registers(&letter, &US).await;
        let path = format!("/requests/{urgent}");
        let page = plain(office.opens(VERIFIER, &path).await.text());
        for words in [
            "In 8 h Answer due 21 Sep 2026, 22:13",
            "This is the company’s own rule, and no law’s.",
            "counted the deadline by the company’s own rule, which is no law: 21 Sep 2026, 22:13",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(office.events_of(&urgent).await, ["request_registered", "deadline_counted"]);

        let both = [urgent.clone(), late.clone()];
        assert_eq!(queue(&office, VERIFIER, QueueFilter::default()).await, both);
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        let first = page.find("Emergencies Before all other").expect("stands there");
        let then = page.find("Overdue").filter(|at| *at > first);
        assert!(then.is_some(), "before what is overdue: {page}");
        assert_eq!(page.matches(&urgent).count(), 1, "and once: {page}");

        // At once, two hours before, and when it is over.
        let mut both_kinds = all_of(&office, &COUNSEL, MISSED);
        both_kinds.extend(all_of(&office, &COUNSEL, NEAR));
        both_kinds.sort();
        let mut told = told_now(&office, &server).await;
        told.sort();
        assert_eq!(told, both_kinds);
        office.minutes_pass(5 * 60);
        assert!(told_now(&office, &server).await.is_empty());
        office.minutes_pass(60);
        assert_eq!(told_now(&office, &server).await, all_of(&office, &COUNSEL, NEAR));
        office.minutes_pass(120);
        assert_eq!(told_now(&office, &server).await, all_of(&office, &COUNSEL, MISSED));
        assert!(told_now(&office, &server).await.is_empty(), "once");

        // Put off, it is a person's.
        office.days_pass(0).await;
        let reason = [("due_on", "2026-09-30"), ("reason", "They gave a week.")];
        office.act(VERIFIER, &urgent, "extend", &reason).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        assert!(!page.contains("This is the company’s own rule"), "a person did it: {page}");
        assert_eq!(
            queue(&office, VERIFIER, QueueFilter::default()).await,
            both,
            "first all the same"
        );
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Where the company sets no time either, it has no date, and stands first.
#[test]
fn an_emergency_without_any_date_comes_first() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        office.world.candor.config.deadlines.emergency = "none".parse().expect("none");
        office.world.candor.config.deadlines.ordinary = "3 business days".parse().expect("days");
        let letter = office.enters_letter("EM 1", b"scan").await;
        let late = office.registers(&letter, &[("due_on", "2026-09-20")]).await;
        let urgent = office.registers(&letter, &US).await;
        let own = [("instrument", "none"), ("country", "United States")];
        let own = office.registers(&letter, &own).await;
        let all = [urgent.clone(), late, own.clone()];
        assert_eq!(queue(&office, VERIFIER, QueueFilter::default()).await, all);
        let who = office.signed_in(VERIFIER).await;
        let board = office.candor().board(&BoardFilter::default(), &who).await.expect("reads");
        assert_eq!(board.emergencies[0].name.to_string(), urgent);
        assert!(board.undated.is_empty());
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("no date") && page.contains("emergency"), "{page}");
        // The other has the company's days of work: Monday to Thursday.
        let page = plain(office.opens(VERIFIER, &format!("/requests/{own}")).await.text());
        assert!(page.contains("Answer due 24 Sep 2026"), "{page}");
        assert!(page.contains("This is the company’s own rule, and no law’s."), "{page}");
        // What is withdrawn is no emergency any more.
        office.act(VERIFIER, &urgent, "withdraw", &[("reason", "They took it back.")]).await;
        let board = office.candor().board(&BoardFilter::default(), &who).await.expect("reads");
        assert!(board.emergencies.is_empty());
    });
}

/// A preservation, a question and paperwork are announced before their day to who acts on the case,
/// and that a preservation is over to them too.
#[test]
fn every_kind_of_what_is_owed_is_announced_before_its_day() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let letter = office.enters_letter("EM 1", b"scan").await;
        let urgent =
            office.registers(&letter, &[&US[..], &[("due_on", "2027-02-01")]].concat()).await;
        office.act(VERIFIER, &urgent, "begin", &[]).await;
        let owed = [
            ("verdict", "owed"),
            ("owed_until", "2026-10-05"),
            ("owed_basis", "us_emergency_disclosure"),
        ];
        office.finds(VERIFIER, &urgent, Aspect::Instrument, &owed).await;
        let asked = office.registers(&letter, &[("due_on", "2026-10-01")]).await;
        office.act(VERIFIER, &asked, "begin", &[]).await;
        let question = [("question", "Which accounts?"), ("answer_due_on", "2026-10-15")];
        office.act(VERIFIER, &asked, "clarification", &question).await;
        let preserve = [("instrument", "eu_preservation_order"), ("demands", "preservation")];
        let kept = office.registers(&letter, &preserve).await;
        office.act(VERIFIER, &kept, "preserve", &[]).await;
        let person = office.signed_in(PROPOSER).await.person.to_string();
        office.act(INTAKE, &kept, "assign", &[("person", &person)]).await;
        told_now(&office, &server).await;

        office.days_pass(11).await;
        let paper = "Paperwork that is owed in an emergency is due soon.";
        assert_eq!(told_now(&office, &server).await, all_of(&office, &COUNSEL, paper));
        office.days_pass(10).await;
        let question = "A question that is out lapses soon, and its request with it.";
        let told = told_now(&office, &server).await;
        assert_eq!(told, all_of(&office, &COUNSEL, question));
        office.act(VERIFIER, &asked, "answer", &[("answer", "The first.")]).await;
        // Sixty days from 21 September: 20 November.
        office.days_pass(36).await;
        office.calendar_works().await;
        told_now(&office, &server).await;
        office.days_pass(2).await;
        let near = "A preservation comes to its end. Whoever keeps the data has to know whether it \
                    is made longer.";
        assert_eq!(told_now(&office, &server).await, all_of(&office, &[PROPOSER], near));
        office.days_pass(2).await;
        office.calendar_works().await;
        assert_eq!(office.events_of(&kept).await.last(), Some(&"preservation_lapsed"));
        office.candor().remind().await.expect("reminds");
        sends(&office).await;
        let taken = server.takes();
        let over: Vec<_> =
            taken.iter().filter(|(_, mail)| mail.contains("A preservation is over.")).collect();
        assert_eq!(over.len(), 1, "{taken:?}");
        assert_eq!(over[0].0, office.colleague(PROPOSER).email());
        let path = link_in(&over[0].1).strip_prefix("https://console.example").expect("a path");
        let answer = office.opens(PROPOSER, path).await;
        assert_eq!(answer.headers[header::LOCATION], format!("/requests/{kept}"));
    });
}

/// The queue is narrowed by country, instrument, person, emergency and time, and finds a request by
/// what the letter's sender called it, for who may read submissions.
#[test]
fn the_queue_is_narrowed_by_what_is_asked_for() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let letter = office.enters_letter("Sender's own 12/B", b"scan").await;
        let late = office.registers(&letter, &[("due_on", "2026-09-20")]).await;
        let urgent = office.registers(&letter, &US).await;
        let other = office.enters_letter("EM 2", b"other").await;
        let fields = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("country", "Germany"),
            ("accounts", ""),
        ];
        let technical = office.registers(&other, &fields).await;
        let me = office.signed_in(PROPOSER).await.person.to_string();
        office.act(INTAKE, &technical, "assign", &[("person", &me)]).await;
        let page = office.opens(VERIFIER, "/").await;
        assert!(page.text().contains("<details><summary>Narrow it further"), "folded away");
        for words in ["<option value=\"DE\">Germany", "<option value=\"us_emergency_disclosure\">"]
        {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let cases = [&late, &urgent, &technical];
        for (query, found) in [
            ("country=US", vec![&urgent]),
            ("country=DE", vec![&technical]),
            ("instrument=eu_production_order", vec![&late]),
            ("urgency=emergency", vec![&urgent]),
            ("urgency=ordinary&country=FR", vec![&late]),
            ("time=overdue", vec![&late]),
            ("time=undated", vec![&technical]),
            ("assigned=nobody", vec![&late, &urgent]),
            (&format!("assigned={me}"), vec![&technical]),
            ("q=sender%27s+OWN+12%2Fb", vec![&late, &urgent]),
            ("q=EM+2", vec![&technical]),
            ("country=DE&urgency=emergency", vec![]),
        ] {
            let page = office.opens(VERIFIER, &format!("/?{query}")).await;
            for case in cases {
                let link = format!("href=\"/requests/{case}\"");
                assert_eq!(page.text().contains(&link), found.contains(&case), "{query}: {case}");
            }
            let is_open = page.text().contains("<details open><summary>Narrow it further");
            assert_eq!(is_open, !query.starts_with("q="), "{query}");
        }
        // The expert reads no submission, nor what its sender called it, and is offered what they see.
        let page = office.opens(EXPERT, "/?q=EM+2").await;
        assert!(!page.text().contains(&technical), "{}", plain(page.text()));
        assert!(!page.text().contains("<option value=\"US\">"), "{}", plain(page.text()));
    });
}
