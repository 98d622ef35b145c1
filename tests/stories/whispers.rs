//! A secret case in all that tells of cases without being asked for one: lists for programs, mails,
//! what the server logs, numbers and files to take away.

use std::io;
use std::sync::{Arc, Mutex};

use app::{ScanSettings, SubmissionNumber};
use axum::http::{StatusCode, header};
use databases::on_each;
use stories::Answer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::mail::{Server, link_in, sends, settings};
use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PEOPLE, PROPOSER, VERIFIER, plain, told};
use crate::programs::{READS, WRITES, calls, makes};
use crate::secrecy::{SECRETS, arrives_secretly, id_of};

const OPERATOR: &str = "B. Primjer";
const REVIEWER: &str = "N. Exempel";

fn tells_no_secret(text: &str, what: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} tells {secret}: {text}");
    }
}

/// One request that everybody sees, and one that only these people see.
async fn one_of_each(office: &Office, named: &[&str]) -> String {
    let open = office.enters_letter("AZ 1", b"scan").await;
    office.registers(&open, &[]).await;
    let (_, case) = arrives_secretly(office, named).await;
    assert_eq!(case, "2026-0002-1");
    case
}

async fn gets(office: &Office, who: &str, path: &str) -> String {
    let answer = office.opens(who, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{who} at {path}: {}", told(&answer));
    answer.text().to_owned()
}

#[test]
fn programs_of_others_find_nothing_of_a_secret_case() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        one_of_each(&office, &[INTAKE, VERIFIER]).await;
        let number: SubmissionNumber = "2026-0002".parse().expect("a number");
        let intake = office.signed_in(INTAKE).await;
        let id = office.candor().submission_id(number, &intake).await.expect("reads").to_string();
        let nobody = "00000000-0000-0000-0000-000000000077";
        let get = async |token: &str, path: &str| -> Answer {
            calls(&office, token, "GET", path, &[]).await
        };

        for who in [PROPOSER, EXPERT] {
            let token = makes(&office, who, READS).await;
            for query in ["", "?state=received", "?category=user_data", "?limit=1", "?after="] {
                let answer = get(&token, &format!("/requests{query}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
                tells_no_secret(answer.text(), query);
            }
            let there = get(&token, "/requests/2026-0002-1").await;
            let nowhere = get(&token, "/requests/2026-0077-1").await;
            assert_eq!(there.status, StatusCode::NOT_FOUND, "{who}: {}", there.text());
            assert_eq!(there.text(), nowhere.text());
        }
        let token = makes(&office, PROPOSER, WRITES).await;
        let there = get(&token, &format!("/submissions/{id}/receipt")).await;
        let nowhere = get(&token, &format!("/submissions/{nobody}/receipt")).await;
        assert_eq!(there.status, StatusCode::NOT_FOUND, "{}", there.text());
        assert_eq!(there.text().replace(&id, nobody), nowhere.text());

        let token = makes(&office, VERIFIER, READS).await;
        let list = get(&token, "/requests").await;
        assert!(list.text().contains("2026-0002-1"), "{}", list.text());
        let one = get(&token, "/requests/2026-0002-1").await;
        assert_eq!(one.status, StatusCode::OK, "{}", one.text());
        let token = makes(&office, VERIFIER, WRITES).await;
        let receipt = get(&token, &format!("/submissions/{id}/receipt")).await;
        assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.text());
        // Who looked is known to those alone who see the case, and nobody else did.
        let looks = plain(&gets(&office, VERIFIER, "/requests/2026-0002-1/viewings").await);
        assert!(looks.contains("R. Ejemplo opened the request"), "{looks}");
        assert!(!looks.contains(PROPOSER) && !looks.contains(EXPERT), "{looks}");
    });
}

/// What is assigned, near, missed, lapsed: mails of it go to who is named, and to nobody else.
#[test]
fn mails_of_a_secret_case_go_to_who_is_named() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        let (submission, case) = arrives_secretly(&office, &[INTAKE, VERIFIER, PROPOSER]).await;
        let second = office.registers(&submission, &[("officer", "Q. Placeholder")]).await;
        let counsel = ["k.beispiel@publisher.example", "r.ejemplo@publisher.example"];
        let mut links = Vec::new();
        let mut taken = async |office: &Office, expected: &[&str]| {
            for _ in 0..2 {
                office.candor().remind().await.expect("reminds");
                sends(office).await;
            }
            let taken = server.takes();
            let to: Vec<_> = taken.iter().map(|(to, _)| to.as_str()).collect();
            assert_eq!(to, expected);
            for (to, mail) in &taken {
                tells_no_secret(mail, to);
                links.push((to.clone(), link_in(mail).to_owned()));
            }
        };

        let verifier = id_of(&office, VERIFIER).await;
        office.act(INTAKE, &case, "assign", &[("person", &verifier)]).await;
        taken(&office, &counsel[1..]).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let question = [("question", "Which account?"), ("answer_due_on", "2026-09-23")];
        office.act(VERIFIER, &case, "clarification", &question).await;
        office.days_pass(3).await;
        office.calendar_works().await;
        taken(&office, &counsel[1..]).await;
        // Nobody has the second one in hand: to the counsel who see it, and not to the third.
        office.days_pass(4).await;
        taken(&office, &[counsel[0], counsel[1], counsel[1]]).await;
        office.days_pass(5).await;
        taken(&office, &[counsel[0], counsel[1], counsel[1]]).await;

        // Who is let out before it is sent gets none of what was enqueued.
        let proposer = id_of(&office, PROPOSER).await;
        office.act(VERIFIER, &second, "assign", &[("person", &proposer)]).await;
        let (intake, path) = (id_of(&office, INTAKE).await, format!("/submissions/{submission}"));
        let seen = gets(&office, VERIFIER, &path).await;
        let seen =
            seen.split("/compartment\"").nth(1).and_then(|form| form.split("\"seen\"").nth(1));
        let seen = seen.and_then(|rest| rest.split('"').nth(1)).expect("what was seen").to_owned();
        let fields = [
            ("seen", seen.as_str()),
            ("reason", "They leave the case."),
            ("people", intake.as_str()),
            ("people", verifier.as_str()),
        ];
        office.does(VERIFIER, &format!("{path}/compartment"), &fields).await;
        taken(&office, &[]).await;

        let page = gets(&office, OPERATOR, "/mail").await;
        tells_no_secret(&page, "the operator's list");
        assert!(links.len() >= 8, "{links:?}");
        for (to, link) in links {
            let path = link.strip_prefix("https://console.example").expect("a path");
            for (name, _) in PEOPLE {
                let answer = office.opens(name, path).await;
                let is_theirs = office.colleague(name).email() == to;
                let leads = answer.status == StatusCode::SEE_OTHER;
                // Who was let out is led nowhere either.
                assert_eq!(leads, is_theirs && name != PROPOSER, "{name}: {}", told(&answer));
                let place = answer.headers.get(header::LOCATION);
                let place = place.map_or("", |place| place.to_str().expect("a path"));
                assert!(!leads || place.starts_with("/requests/2026-0001-"), "{place}");
            }
        }
    });
}

/// All that is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Whoever runs the server reads what it logs, at the level where it says most: what failed is told
/// by kind and by ids that say nothing.
#[test]
fn the_log_of_the_server_names_no_secret_case() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.mail = Some(settings(server.port));
        // Nobody listens there.
        let clamd = "tcp://127.0.0.1:1".to_owned();
        office.world.candor.config.scan = Some(ScanSettings { clamd });
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE);
        let guard = subscriber.with_writer(lines.clone()).with_ansi(false).finish().set_default();

        let case = one_of_each(&office, &[INTAKE, VERIFIER, PROPOSER]).await;
        server.refuses(Some("451 4.3.0 try later"));
        let verifier = id_of(&office, VERIFIER).await;
        office.act(INTAKE, &case, "assign", &[("person", &verifier)]).await;
        office.candor().examine_off().await.expect("looks");
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        for who in [VERIFIER, CONFIRMER, OPERATOR] {
            for path in ["/requests/2026-0002-1", "/submissions/2026-0002", "/?q=SEC-12"] {
                office.opens(who, path).await;
            }
        }
        let nonsense = [("seen", "nonsense"), ("reason", "Q. Placeholder asks.")];
        office.sends(VERIFIER, "/requests/2026-0002-1/withdraw", &nonsense).await;
        office.days_pass(12).await;
        office.calendar_works().await;
        office.candor().remind().await.expect("reminds");
        assert_eq!(sends(&office).await, 0, "the server takes none");
        office.candor().seal_access_log().await.expect("seals");
        office.candor().publish_checkpoint().await.expect("signs");
        drop(guard);

        let logged = lines.0.lock().expect("nobody panicked").clone();
        let logged = String::from_utf8(logged).expect("UTF-8");
        for words in ["a mail could not be sent", "the scanner does not scan"] {
            assert!(logged.contains(words), "{words}: {logged}");
        }
        for line in logged.lines() {
            tells_no_secret(line, "the log");
            assert!(!line.contains("Order 12, section 4"), "{line}");
        }
    });
}

/// Every number and every file to take away counts for outsiders as if the case were not there.
#[test]
fn numbers_and_exports_leave_a_secret_case_out() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        one_of_each(&office, &[INTAKE, VERIFIER]).await;
        office.days_pass(12).await;
        for (who, n, overdue, line) in [
            (PROPOSER, "Of 1 request", "1 overdue", ",FR,France,1,1,1,0,"),
            (REVIEWER, "Of 1 request", "1 overdue", ",FR,France,1,1,1,0,"),
            (VERIFIER, "Of 2 requests", "2 overdue", ",FR,France,2,2,2,0,"),
        ] {
            let page = plain(&gets(&office, who, "/statistics").await);
            assert!(page.contains(n) && page.contains(overdue), "{who}: {page}");
            let csv = gets(&office, who, "/statistics.csv").await;
            assert!(csv.contains(line), "{who}: {csv}");
            let page = plain(&gets(&office, who, "/deadlines").await);
            assert!(page.contains(overdue), "{who}: {page}");
        }
        let authority = gets(&office, VERIFIER, "/authorities").await;
        let authority = authority.split("href=\"").find(|link| link.contains(">Bureau of Samples"));
        let authority = authority.and_then(|link| link.split('"').next()).expect("it is listed");
        let listing = [
            "/statistics/requests?set=all",
            "/statistics/requests?set=open",
            "/statistics/requests?set=overdue",
            "/statistics/requests?set=all&country=FR",
            "/deadlines",
            "/",
            "/?q=SEC-12",
            "/submissions",
            "/audit/events.csv",
            "/audit/viewings.csv",
            "/audit",
            "/retention",
            authority,
        ];
        for path in listing {
            for who in [PROPOSER, REVIEWER] {
                let text = gets(&office, who, path).await.replace("value=\"SEC-12\"", "");
                tells_no_secret(&text, &format!("{path} for {who}"));
            }
        }
        for path in &listing[..4] {
            assert!(gets(&office, VERIFIER, path).await.contains("2026-0002-1"), "{path}");
        }
        assert!(gets(&office, VERIFIER, authority).await.contains("Q. Placeholder"));
        assert!(gets(&office, VERIFIER, "/audit/events.csv").await.contains("2026-0002-1"));
        // The trail of the case itself, in both forms.
        for kind in ["html", "json"] {
            let path = format!("/requests/2026-0002-1/audit.{kind}");
            let nowhere = format!("/requests/2026-0077-1/audit.{kind}");
            for who in [PROPOSER, REVIEWER] {
                let (there, nowhere) =
                    (office.opens(who, &path).await, office.opens(who, &nowhere).await);
                assert_eq!(there.status, StatusCode::NOT_FOUND, "{}", told(&there));
                assert_eq!(there.text(), nowhere.text());
            }
            assert!(gets(&office, VERIFIER, &path).await.contains("Q. Placeholder"), "{kind}");
        }
        // The report counts it, as it counts every case.
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,2,2,"), "{table}");
    });
}
