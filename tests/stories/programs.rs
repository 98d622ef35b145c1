//! A program acts for somebody, as far as its token and their roles both allow.

use app::Refolding;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::access::{Role, RoleSet};
use serde_json::Value;
use stories::Answer;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, plain, told};

const OPERATOR: &str = "B. Primjer";
/// What a token is called, and its scope.
pub const READS: (&str, &str) = ("weekly numbers", "requests:read");
pub const WRITES: (&str, &str) = ("the intake mailbox", "submissions:write");
const BOUNDARY: &str = "example-boundary";

/// What a program sends with a request, and no cookie.
pub async fn calls(
    office: &Office,
    token: &str,
    method: &str,
    path: &str,
    form: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let mut body = String::new();
    for (name, value) in form {
        let file = match *name {
            "files" => "; filename=\"order.txt\"\r\nContent-Type: text/plain",
            _ => "",
        };
        body.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        ));
    }
    if !form.is_empty() {
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        request = request.header(header::CONTENT_TYPE, kind);
    }
    office.asks(None, request, Body::from(body)).await
}

pub fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|e| panic!("{e}: {}", answer.text()))
}

pub fn is_refused(answer: &Answer, status: StatusCode, says: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    let problem = json(answer);
    assert_eq!(problem["status"], status.as_u16());
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains(says), "{says}: {detail}");
}

/// Makes a token on the page. Returns it.
pub async fn makes(office: &Office, who: &str, (name, scope): (&str, &str)) -> String {
    let last = office.candor().today().checked_add(jiff::Span::new().days(90)).expect("a day");
    let last = last.to_string();
    let fields = [("name", name), ("scopes", scope), ("expires_on", last.as_str())];
    let answer = office.sends(who, "/me/programs", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
    let token = answer.text().split("Bearer ").nth(1).expect("the token is shown");
    token.split('<').next().expect("its text").to_owned()
}

const LETTER: [(&str, &str); 4] = [
    ("sender", "Bureau of Samples, Port Sample"),
    ("summary", "An order about three accounts."),
    ("reference", "AZ 7"),
    ("files", "the order, as text"),
];

#[test]
fn a_program_enters_a_letter_and_has_a_receipt_that_names_it() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        assert!(token.starts_with("candor_") && token.len() == 50, "{token}");

        let answer = calls(&office, &token, "POST", "/submissions", &LETTER).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        assert_eq!(answer.headers[header::LOCATION], "/submissions/2026-0001");
        let entered = json(&answer);
        assert_eq!(entered["number"], "2026-0001");
        assert_eq!(entered["receipt_not_before"], Value::Null);
        let id = entered["submission"].as_str().expect("an id").to_owned();
        assert!(entered["receipt"].to_string().contains("AZ 7"), "{}", entered["receipt"]);

        let page = office.opens(INTAKE, "/submissions/2026-0001").await;
        for said in ["An order about three accounts.", "order.txt", "Bureau of Samples", "API"] {
            assert!(plain(page.text()).contains(said), "{said}: {}", told(&page));
        }
        let receipt =
            calls(&office, &token, "GET", &format!("/submissions/{id}/receipt"), &[]).await;
        assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.text());
        assert_eq!(receipt.headers[header::CACHE_CONTROL], "no-store");

        // The page of its person tells that it was used, and who reads the database finds no token.
        let page = office.opens(INTAKE, "/me/programs").await;
        assert!(plain(page.text()).contains("1 token is taken"), "{}", told(&page));
        assert!(plain(page.text()).contains("last used on"), "{}", told(&page));
        assert!(!page.text().contains(&token));
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn what_a_program_sends_amiss_is_told_field_by_field_and_nothing_is_kept() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        let before = office.world.events().await;
        let form = [("channel", "pigeon"), ("received_on", "yesterday"), ("sender", " ")];
        let answer = calls(&office, &token, "POST", "/submissions", &form).await;
        is_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "missing or wrong");
        let faults: Vec<_> = json(&answer)["errors"]
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| fault["field"].as_str().expect("a field").to_owned())
            .collect();
        assert_eq!(faults, ["channel", "received_on", "sender", "summary"]);
        let twice = [LETTER.as_slice(), &[("files", "the order, as text")]].concat();
        let answer = calls(&office, &token, "POST", "/submissions", &twice).await;
        is_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "is there twice");
        let answer = calls(&office, &token, "POST", "/submissions", &[]).await;
        is_refused(&answer, StatusCode::BAD_REQUEST, "");
        let answer = calls(&office, &token, "GET", "/nothing", &[]).await;
        is_refused(&answer, StatusCode::NOT_FOUND, "nothing at this path");
        let answer = calls(&office, &token, "DELETE", "/submissions", &[]).await;
        is_refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "another method");
        assert_eq!(office.world.events().await, before, "nothing happened");
    });
}

#[test]
fn a_token_lets_in_for_its_scopes_as_long_as_its_person_may() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let (of_case, letters) = (format!("/requests/{case}"), "/submissions");
        let reads = makes(&office, INTAKE, READS).await;
        let writes = makes(&office, INTAKE, WRITES).await;

        let answer = calls(&office, &reads, "GET", &of_case, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let request = json(&answer);
        assert_eq!((&request["name"], &request["country"]), (&"2026-0001-1".into(), &"FR".into()));
        assert_eq!(request["events"][0]["type"], "request_registered");
        assert!(request["events"][0]["leaf"].is_u64(), "{request}");
        let viewings = office.opens(VERIFIER, &format!("/requests/{case}/viewings")).await;
        assert!(viewings.text().contains(INTAKE), "it was looked at: {}", told(&viewings));

        let answer = calls(&office, &writes, "GET", &of_case, &[]).await;
        is_refused(&answer, StatusCode::FORBIDDEN, "you may not");
        assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().expect("text").contains("scope"));
        let answer = calls(&office, &reads, "POST", letters, &LETTER).await;
        is_refused(&answer, StatusCode::FORBIDDEN, "you may not");
        let answer = calls(&office, &reads, "GET", "/requests/2026-0009-1", &[]).await;
        is_refused(&answer, StatusCode::NOT_FOUND, "no such request");

        for token in ["", "candor_", "nonsense", &reads[7..], &format!("{reads}A")] {
            let answer = calls(&office, token, "GET", &of_case, &[]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
        // A page takes no token, and the interface takes no cookie.
        let page =
            Request::get("/submissions").header(header::AUTHORIZATION, format!("Bearer {reads}"));
        let answer = office.asks(None, page, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "to the page where one signs in");
        let answer = office.opens(INTAKE, &format!("/api/v1{of_case}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

        // The expert reads no request for user data, and so their program doesn't.
        let of_expert = makes(&office, EXPERT, READS).await;
        let answer = calls(&office, &of_expert, "GET", &of_case, &[]).await;
        is_refused(&answer, StatusCode::FORBIDDEN, "you may not");

        // Revoked on the page: at once.
        let page = office.opens(INTAKE, "/me/programs").await;
        let of_it = page.text().split("<b>the intake mailbox</b>").nth(1).expect("is listed");
        let revoke = of_it.split("action=\"").nth(1).and_then(|form| form.split('"').next());
        let revoke = revoke.expect("a form").to_owned();
        assert_eq!(office.does(INTAKE, &revoke, &[]).await, "/me/programs");
        let answer = calls(&office, &writes, "POST", letters, &LETTER).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "revoked");

        // Its last day passes.
        office.days_pass(91).await;
        let answer = calls(&office, &reads, "GET", &of_case, &[]).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "its last day is over");
        let page = office.opens(INTAKE, "/me/programs").await;
        assert!(plain(page.text()).contains("0 tokens are taken, 2 are over"), "{}", told(&page));
    });
}

#[test]
fn roles_that_change_bind_a_program_and_who_leaves_takes_it_along() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        let operator = office.signed_in(OPERATOR).await;
        let by = app::By::Person(&operator);
        let intake = office.signed_in(INTAKE).await.person;
        let reviewer = RoleSet::from_iter([Role::Reviewer]);
        office.candor().change_roles(intake, reviewer, by).await.expect("changes");
        let answer = calls(&office, &token, "POST", "/submissions", &LETTER).await;
        is_refused(&answer, StatusCode::FORBIDDEN, "you may not");
        office.candor().end_person(intake, by).await.expect("ends");
        let answer = calls(&office, &token, "POST", "/submissions", &LETTER).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "has left");
    });
}

#[test]
fn a_token_is_made_by_who_proves_that_it_is_them_and_within_what_they_may() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let last = office.candor().today().to_string();
        let form = [("name", "x"), ("scopes", "submissions:write"), ("expires_on", &last)];
        let answer = office.sends(EXPERT, "/me/programs", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let late = [("name", "x"), ("scopes", "requests:read"), ("expires_on", "2031-01-01")];
        let answer = office.sends(EXPERT, "/me/programs", &late).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        assert!(answer.text().contains("value=\"2031-01-01\""), "what was typed stays");
        office.minutes_pass(6);
        let before = office.world.events().await;
        let answer = office
            .sends(
                EXPERT,
                "/me/programs",
                &[("name", "x"), ("scopes", "requests:read"), ("expires_on", &last)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(plain(answer.text()).contains("Confirm that it is you"), "{}", told(&answer));
        assert_eq!(office.world.events().await, before, "nothing happened");
    });
}

/// The names and states in a list, whether there is more, and after what to ask the next time.
async fn list(office: &Office, token: &str, query: &str) -> (Vec<(String, String)>, bool, String) {
    let answer = calls(office, token, "GET", &format!("/requests?{query}"), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
    let told = json(&answer);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let requests = told["requests"].as_array().expect("a list").iter();
    let requests = requests.map(|one| (text(&one["name"]), text(&one["state"]))).collect();
    (requests, told["more"].as_bool().expect("says so"), text(&told["next"]))
}

fn standing(names: &[(&str, &str)]) -> Vec<(String, String)> {
    names.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_program_keeps_up_with_what_happens_to_requests() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        let both = [("demands", "registration"), ("demands", "encryption_keys")];
        office.registers(&letter, &both).await;
        let letter = office.enters_letter("AZ 2", b"another").await;
        let expertise = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("accounts", ""),
        ];
        office.registers(&letter, &expertise).await;
        let token = makes(&office, INTAKE, READS).await;
        let all = [
            ("2026-0001-1", "received"),
            ("2026-0001-2", "received"),
            ("2026-0001-3", "decided"),
            ("2026-0002-1", "received"),
        ];
        let (found, more, next) = list(&office, &token, "").await;
        assert_eq!((found, more), (standing(&all), false));
        assert_eq!(list(&office, &token, &format!("after={next}")).await.0, []);

        // Page by page: each once, whatever their length.
        let (mut found, mut place) = (Vec::new(), String::new());
        loop {
            let (some, more, next) = list(&office, &token, &format!("limit=3&after={place}")).await;
            found.extend(some);
            place = next;
            if !more {
                break;
            }
        }
        assert_eq!((found, place.as_str()), (standing(&all), next.as_str()));
        let query = "state=decided&category=user_data";
        assert_eq!(list(&office, &token, query).await.0, standing(&all[2..3]));
        let query = "state=decided&state=received&category=technical_expertise";
        assert_eq!(list(&office, &token, query).await.0, standing(&all[3..]));
        assert_eq!(list(&office, &token, "state=closed").await, (Vec::new(), false, next.clone()));

        // What happens since is told, and nothing else.
        office.act(VERIFIER, &case, "begin", &[]).await;
        let since = format!("after={next}");
        let (found, more, next) = list(&office, &token, &since).await;
        assert_eq!((found, more), (standing(&[("2026-0001-1", "in_verification")]), false));
        let query = format!("{since}&state=received");
        assert_eq!(list(&office, &token, &query).await.0, [], "it left that state");
        let answer = calls(&office, &token, "GET", &format!("/requests?{since}"), &[]).await;
        let one = &json(&answer)["requests"][0];
        let whole = calls(&office, &token, "GET", &format!("/requests/{case}"), &[]).await;
        let mut whole = json(&whole);
        let events = whole["events"].take();
        let last = events.as_array().expect("events").last().expect("one");
        assert_eq!(one["changed"], last["position"]);
        for (name, value) in one.as_object().expect("members") {
            assert!(name == "changed" || whole[name] == *value, "{name}: {value}");
        }

        // A list is no look at a case: only the one that was read by its name is noted.
        let viewings = office.opens(VERIFIER, &format!("/requests/{case}/viewings")).await;
        let looks = plain(viewings.text()).matches("O. Primer opened the request").count();
        assert_eq!(looks, 1, "{}", told(&viewings));

        for (query, field) in [
            ("state=nowhere", "state"),
            ("state=received&state=nowhere", "state"),
            ("status=received", "status"),
            ("category=gossip", "category"),
            ("after=yesterday", "after"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
        ] {
            let answer = calls(&office, &token, "GET", &format!("/requests?{query}"), &[]).await;
            is_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "missing or wrong");
            assert_eq!(json(&answer)["errors"][0]["field"], field, "{query}");
        }
        assert_eq!(list(&office, &token, &format!("after={next}")).await.0, []);
    });
}

#[test]
fn a_program_lists_what_its_person_sees_and_what_is_opened_to_them() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        for reference in ["C 1", "C 2"] {
            let letter = office.enters_letter(reference, reference.as_bytes()).await;
            office.registers(&letter, &[]).await;
            office.registers(&letter, &[]).await;
        }
        let of_intake = makes(&office, INTAKE, READS).await;
        let of_verifier = makes(&office, VERIFIER, READS).await;
        let of_proposer = makes(&office, PROPOSER, READS).await;
        let of_expert = makes(&office, EXPERT, READS).await;
        let writes = makes(&office, INTAKE, WRITES).await;
        let answer = calls(&office, &writes, "GET", "/requests", &[]).await;
        is_refused(&answer, StatusCode::FORBIDDEN, "you may not");
        let answer = calls(&office, "", "GET", "/requests", &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(list(&office, &of_expert, "").await.0, [], "no request for user data");
        for token in [&of_intake, &of_verifier, &of_proposer] {
            assert_eq!(list(&office, token, "").await.0.len(), 4);
        }

        // It goes where two see it: to the others that is no news.
        let next = list(&office, &of_proposer, "").await.2;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| people.iter().find(|one| one.name.as_str() == name).expect("is").id;
        let named = [INTAKE, VERIFIER, CONFIRMER].map(|name| id(name).to_string());
        let mut fields: Vec<_> = named.iter().map(|id| ("people", id.as_str())).collect();
        fields.extend([("reason", "Order 12, section 4."), ("seen", "1")]);
        office.does(VERIFIER, "/submissions/2026-0002/compartment", &fields).await;
        let since = format!("after={next}");
        let (found, _, later) = list(&office, &of_proposer, &since).await;
        assert_eq!(found, []);
        assert_eq!(list(&office, &of_proposer, "").await.0.len(), 2);
        assert_eq!(list(&office, &of_verifier, "").await.0.len(), 4);
        office.act(VERIFIER, "2026-0002-1", "begin", &[]).await;
        assert_eq!(list(&office, &of_proposer, &since).await.0, []);

        // It is opened to all, and then both its requests are; one after the other, if so wanted.
        let open = [("reason", "The order is over."), ("seen", "2")];
        office.does(VERIFIER, "/submissions/2026-0002/open", &open).await;
        let both = standing(&[("2026-0002-1", "in_verification"), ("2026-0002-2", "received")]);
        let (mut found, more, next) =
            list(&office, &of_proposer, &format!("limit=1&after={later}")).await;
        assert!(more, "they were opened by the same event");
        found.extend(list(&office, &of_proposer, &format!("limit=1&after={next}")).await.0);
        found.sort();
        assert_eq!(found, both);
    });
}
