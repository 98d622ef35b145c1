//! Who checks the company's work takes with them what happened: of one case, and of a time.

use axum::http::{StatusCode, header};
use databases::on_each;
use serde_json::Value;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PRIVACY, PROPOSER, VERIFIER, plain, told};

const REVIEWER: &str = "N. Exempel";

/// A file that is taken along.
async fn takes(office: &Office, who: &str, path: &str) -> String {
    let answer = office.opens(who, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{who} at {path}: {}", told(&answer));
    let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().expect("text");
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    answer.text().to_owned()
}

async fn trail(office: &Office, who: &str, case: &str) -> Value {
    let text = takes(office, who, &format!("/requests/{case}/audit.json")).await;
    serde_json::from_str(&text).expect("JSON")
}

async fn answered(office: &Office, officer: &str) -> String {
    let submission = office.enters_letter("AZ 1", b"scan").await;
    let case = office.registers(&submission, &[("officer", officer)]).await;
    office.verifies(VERIFIER, &case).await;
    office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
    office.confirms(CONFIRMER, &case).await;
    office.act(VERIFIER, &case, "prepare", &[]).await;
    office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "3")]).await;
    office.act(PROPOSER, &case, "close", &[]).await;
    case
}

/// The reviewer takes the trail of a case: who did what and when, what was found and decided and
/// why, each line with its place; no legal advice, and nothing that could run.
#[test]
fn the_trail_of_a_case_says_who_did_what_and_where_it_is_sealed() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let officer = "T. <script>alert(1)</script> Placeholder";
        let case = answered(&office, officer).await;
        let advice = [("text", "We may lose this one."), ("privileged", "yes")];
        office.act(VERIFIER, &case, "note", &advice).await;
        let hold = [("number", "2026-0001"), ("reason", "A dispute about it.")];
        office.does(VERIFIER, "/retention/hold", &hold).await;

        let page = plain(office.opens(REVIEWER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Audit trail To read , For programs (JSON)"), "{page}");
        let html = takes(&office, REVIEWER, &format!("/requests/{case}/audit.html")).await;
        assert!(!html.contains("<script>"), "what somebody typed is a text");
        let text = plain(&html);
        for words in [
            "Audit trail of request 2026-0001-1",
            "Made for N. Exempel on 21 Sep 2026",
            "Log example.com/log",
            "Authority Bureau of Samples",
            "Officer is real stands R. Ejemplo eu_production_order.officer",
            "stands, and may go there: one law for both",
            "approve in full proposed by K. Beispiel, confirmed by I. Esempio",
            "“The order names the accounts.”",
            "Instrument reference: PO-77/2026",
            "I. Esempio released the response, about 3 accounts",
            "R. Ejemplo wrote legal advice",
            "O. Primer received it by letter on 21 Sep 2026, with 1 file",
            "R. Ejemplo placed a legal hold on it Reason: A dispute about it.",
            "order.pdf 4 bytes, SHA-256",
            "N. Exempel opened the request",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("We may lose this one."), "{text}");
        is_traced(&office, &case).await;
        let of_counsel = trail(&office, CONFIRMER, &case).await.to_string();
        assert!(of_counsel.contains("We may lose this one."), "counsel reads it");
        for who in [INTAKE, EXPERT, PRIVACY] {
            for kind in ["html", "json"] {
                let answer = office.opens(who, &format!("/requests/{case}/audit.{kind}")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}: {}", told(&answer));
            }
        }
        let seen =
            plain(office.opens(REVIEWER, &format!("/requests/{case}/viewings")).await.text());
        let words = "I. Esempio took with them all that happened to it";
        assert!(seen.contains(words), "{seen}");
        let answer = office.opens(REVIEWER, "/requests/2026-0009-1/audit.html").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    });
}

/// Each line is the event at its place, and its leaf is in the log.
async fn is_traced(office: &Office, case: &str) {
    let told = trail(office, REVIEWER, case).await;
    let events = told["events"].as_array().expect("events");
    let kinds: Vec<_> = events.iter().map(|event| &event["event"]["type"]).collect();
    assert_eq!(kinds, office.events_of(case).await, "all of them, in order");
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    let mut stored = std::collections::HashMap::new();
    tx.each_event(|recorded| {
        stored.insert(recorded.position.0, recorded);
        Ok(())
    })
    .await
    .expect("reads");
    let size = tx.tree_head().await.expect("reads").size;
    assert_eq!(told["log"]["leaves"], size);
    let of_submission = told["submission"]["events"].as_array().expect("events");
    let mut sealed = 0;
    for event in events.iter().chain(of_submission) {
        let recorded = &stored[&event["position"].as_i64().expect("a position")];
        assert_eq!(event["event"], serde_json::to_value(&recorded.event).expect("JSON"));
        assert_eq!(event["at"], recorded.at.to_string());
        if let Some(leaf) = event["leaf"].as_u64() {
            let leaf = tx.leaves(leaf, leaf + 1).await.expect("reads").remove(0);
            assert_eq!(leaf.position, recorded.position);
            sealed += 1;
        }
    }
    assert_eq!(sealed, 3, "the letter, the request, the decision");
}

/// Of a time: every event in plain words, and who looked at what, as tables that no spreadsheet
/// takes for formulas; each as far as its reader may know.
#[test]
fn what_happened_in_a_time_is_had_as_tables() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let formula = "=HYPERLINK(\"https://samples.example\",\"a\")";
        office.registers_number(INTAKE, ("France", formula), "+999 30 5550101").await;
        answered(&office, "T. Placeholder").await;
        let secret = office.enters_letter("SEC-1", b"hush").await;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| {
            let person = people.iter().find(|person| person.name.as_str() == name);
            person.expect("has joined").id.to_string()
        };
        let (intake, counsel) = (id(INTAKE), id(VERIFIER));
        let fields = [
            ("seen", "1"),
            ("reason", "The order forbids it."),
            ("people", intake.as_str()),
            ("people", counsel.as_str()),
        ];
        office.does(INTAKE, &format!("/submissions/{secret}/compartment"), &fields).await;
        office.opens(INTAKE, "/submissions/2026-0001").await;
        office.opens(INTAKE, &format!("/submissions/{secret}")).await;

        let all = takes(&office, REVIEWER, "/audit/events.csv").await;
        assert!(all.starts_with("event,at,who,about,name,kind,what,leaf\r\n"), "{all}");
        for line in [
            "O. Primer,submission,2026-0001,submission_received,\"received it by letter on 21 Sep \
             2026, with 1 file\",1\r\n",
            "I. Esempio,request,2026-0001-1,decided,confirmed the decision to approve in full,",
            "the command line,person,N. Exempel,person_invited,invited them as independent \
             reviewer,\r\n",
            "R. Ejemplo,company,,data_inventory_declared,declared the data inventory: holds \
             registration data and licence data,\r\n",
            ",authority,\"'=HYPERLINK(\"\"https://samples.example\"\",\"\"a\"\")\",",
        ] {
            assert!(all.contains(line), "{line}: {all}");
        }
        assert!(!all.contains("The order names"), "the texts are not in it");
        // What lies in a compartment is there for those alone whom it names.
        assert!(!all.contains(&secret), "{all}");
        assert!(takes(&office, VERIFIER, "/audit/events.csv").await.contains(&secret));
        let of_privacy = takes(&office, PRIVACY, "/audit/events.csv").await;
        assert!(!of_privacy.contains("2026-0001-1"), "they read no case: {of_privacy}");
        assert!(of_privacy.contains("rules_confirmed"), "{of_privacy}");

        let viewings = takes(&office, PRIVACY, "/audit/viewings.csv").await;
        for line in [
            "O. Primer,opened the submission,2026-0001,\r\n",
            "N. Exempel,took the events of a time,,\r\n",
            "R. Ejemplo,took the events of a time,,\r\n",
        ] {
            assert!(viewings.contains(line), "{line}: {viewings}");
        }
        assert!(!viewings.contains(&secret), "{viewings}");
        let viewings = takes(&office, VERIFIER, "/audit/viewings.csv").await;
        assert!(viewings.contains(&secret), "{viewings}");
        assert!(viewings.contains("P. Exemple,took the access log of a time,,"), "{viewings}");

        let outside = "?from=2026-01-01&to=2026-09-20";
        let none = takes(&office, REVIEWER, &format!("/audit/events.csv{outside}")).await;
        assert_eq!(none.lines().count(), 1, "{none}");
        let page = plain(office.opens(REVIEWER, "/audit?from=2026-13-01").await.text());
        assert!(page.contains("“2026-13-01” is no day"), "{page}");
        for who in [INTAKE, EXPERT, "B. Primjer"] {
            let answer = office.opens(who, "/audit").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
        }
        // What was taken is sealed with its day.
        office.days_pass(2).await;
        assert_eq!(office.candor().seal_access_log().await.expect("seals"), 1);
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Of a case in a compartment the trail is there for who is named, and for nobody else.
#[test]
fn the_trail_of_a_secret_case_is_not_there_for_others() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("SEC-1", b"hush").await;
        let case = office.registers(&submission, &[]).await;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| {
            let person = people.iter().find(|person| person.name.as_str() == name);
            person.expect("has joined").id.to_string()
        };
        let (intake, counsel) = (id(INTAKE), id(VERIFIER));
        let fields = [
            ("seen", "1"),
            ("reason", "The order forbids it."),
            ("people", intake.as_str()),
            ("people", counsel.as_str()),
        ];
        office.does(INTAKE, &format!("/submissions/{submission}/compartment"), &fields).await;
        for kind in ["html", "json"] {
            let there = format!("/requests/{case}/audit.{kind}");
            let nowhere = format!("/requests/2026-0077-1/audit.{kind}");
            for who in [REVIEWER, PROPOSER] {
                let (answer, expected) =
                    (office.opens(who, &there).await, office.opens(who, &nowhere).await);
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
                assert_eq!(answer.text(), expected.text());
            }
            let text = takes(&office, VERIFIER, &there).await;
            assert!(text.contains("let nobody see it but O. Primer, R. Ejemplo"), "{text}");
        }
    });
}

/// Whoever opens an authority's page sees people, and whoever opens the list of what is due sees
/// cases: both are written down, and told to whom the name is known.
#[test]
fn who_opens_an_authority_or_what_is_due_is_written_down() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        let known = office
            .registers_number(INTAKE, ("France", "Bureau of Samples"), "+999 30 5550102")
            .await;
        let secret = office.enters_letter("SEC-1", b"hush").await;
        office.registers(&secret, &[("authority", "Department of Whispers")]).await;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| {
            let person = people.iter().find(|person| person.name.as_str() == name);
            person.expect("has joined").id.to_string()
        };
        let named = [id(INTAKE), id(VERIFIER), id(PROPOSER)];
        let mut fields: Vec<_> = named.iter().map(|id| ("people", id.as_str())).collect();
        fields.extend([("reason", "The order forbids it."), ("seen", "1")]);
        office.does(INTAKE, &format!("/submissions/{secret}/compartment"), &fields).await;
        let list = office.opens(VERIFIER, "/authorities").await;
        let whispers = list.text().split("href=\"").find(|link| link.contains(">Department of"));
        let whispers = whispers.and_then(|link| link.split('"').next()).expect("it is listed");

        // One after the other: of the same moment the order is any.
        for (who, path) in
            [(VERIFIER, known.as_str()), (VERIFIER, whispers), (PRIVACY, "/retention")]
        {
            office.minutes_pass(1);
            let answer = office.opens(who, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{who} at {path}: {}", told(&answer));
        }
        let opens = async |who: &str, path: &str| office.opens(who, path).await.status;
        // Who may not look is not noted as one who did, nor whoever sends a form that is not taken.
        assert_eq!(opens(EXPERT, &known).await, StatusCode::FORBIDDEN);
        assert_eq!(opens(REVIEWER, whispers).await, StatusCode::NOT_FOUND);
        assert_eq!(opens(INTAKE, "/retention").await, StatusCode::FORBIDDEN);
        let answer = office.sends(PROPOSER, &format!("{known}/contacts"), &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));

        let looks = async |who: &str| {
            let all = takes(&office, who, "/audit/viewings.csv").await;
            let lines =
                all.lines().filter(|line| line.contains(",opened ") && !line.contains("2026-00"));
            let lines =
                lines.filter_map(|line| line.split_once(',').map(|(_, what)| what.to_owned()));
            lines.collect::<Vec<_>>()
        };
        let due = "P. Exemple,opened what is due to be erased,,";
        let of_bureau = "R. Ejemplo,opened the authority,Bureau of Samples,";
        let of_whispers = "R. Ejemplo,opened the authority,Department of Whispers,";
        assert_eq!(looks(VERIFIER).await, [of_bureau, of_whispers, due]);
        assert_eq!(looks(REVIEWER).await, [of_bureau, due]);
        // The privacy officer reads of no authority.
        assert_eq!(looks(PRIVACY).await, ["R. Ejemplo,opened the authority,,", due]);
        office.days_pass(2).await;
        assert_eq!(office.candor().seal_access_log().await.expect("seals"), 1);
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}
