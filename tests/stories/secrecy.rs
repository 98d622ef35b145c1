//! What only some may know: a case in a compartment, and a request that is not counted yet.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::access::Role;
use stories::Answer;

use crate::entrance;
use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PEOPLE, PROPOSER, VERIFIER, plain, told};
use crate::snapshots::ends;

/// What stands in the secret letter and nowhere else.
pub const SECRETS: [&str; 7] = [
    "2026-0002",
    "SEC-12",
    "Department of Whispers",
    "Q. Placeholder",
    "whispers.example",
    "hush.pdf",
    "registration data of one account, in silence",
];

const REASON: &str = "Order 12, section 4, forbids to say that it exists.";

pub async fn id_of(office: &Office, name: &str) -> String {
    let people = office.candor().people().await.expect("reads");
    let person = people.iter().find(|person| person.name.as_str() == name);
    person.expect("has joined").id.to_string()
}

/// A letter that only these people see from the first moment on, and its request.
pub async fn arrives_secretly(office: &Office, named: &[&str]) -> (String, String) {
    let today = office.candor().today().to_string();
    let mut fields = vec![
        ("channel", "letter".to_owned()),
        ("received_on", today),
        ("reference", "SEC-12".to_owned()),
        ("sender", "Department of Whispers".to_owned()),
        ("summary", "An order about an account.".to_owned()),
        ("reason", REASON.to_owned()),
    ];
    for name in named {
        fields.push(("people", id_of(office, name).await));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = office.enters(&fields, &[("hush.pdf", b"%PDF hush")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
    let location = answer.headers[header::LOCATION].to_str().expect("a path");
    let location = location.split('?').next().expect("a path");
    let submission = location.strip_prefix("/submissions/").expect("its page").to_owned();
    let fields = [
        ("officer", "Q. Placeholder"),
        ("officer_contact", "q@whispers.example"),
        ("instrument_reference", "SEC-12"),
        ("accounts", "1"),
        ("summary", "Wants registration data of one account, in silence."),
    ];
    let case = office.registers(&submission, &fields).await;
    (submission, case)
}

async fn asks(office: &Office, who: &str, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let (kind, body) = match (method, path) {
        ("POST", "/submissions") => ("multipart/form-data; boundary=x", Body::from("--x--\r\n")),
        ("POST", _) => ("application/x-www-form-urlencoded", Body::from("seen=1&reason=Why")),
        (_, _) => return office.asks(Some(who), request, Body::empty()).await,
    };
    let request = request.header(header::CONTENT_TYPE, kind);
    office.asks(Some(who), request.header("sec-fetch-site", "same-origin"), body).await
}

/// Everything that can be asked for, about the submission of this number.
fn paths(number: &str) -> Vec<(&'static str, String)> {
    let file = "ab".repeat(32);
    let mut paths: Vec<_> = entrance::all()
        .filter(|(_, path, _)| path != "/sign-out")
        .map(|(method, path, _)| {
            (method, path.replace("2026-0001", number).replace("{sha256}", &file))
        })
        .collect();
    for query in ["SEC-12", "whispers", "2026-0002", "2026-0002-1"] {
        for state in ["", "closed"] {
            paths.push(("GET", format!("/?q={query}&state={state}")));
        }
    }
    paths
}

/// Whoever is not named finds nothing, on any route, and what is asked for by its address is
/// answered like what does not exist.
async fn is_there_for_nobody_of(office: &Office, outsiders: &[&str]) {
    for who in outsiders {
        for ((method, path), (_, nowhere)) in paths("2026-0002").into_iter().zip(paths("2026-0077"))
        {
            let answer = asks(office, who, method, &path).await;
            let what = format!("{method} {path} as {who}: {}", told(&answer));
            if path != nowhere {
                let expected = asks(office, who, method, &nowhere).await;
                assert_eq!(answer.status, expected.status, "{what}\n{}", told(&expected));
                let body = answer.text().replace("2026-0002", "2026-0077");
                assert_eq!(body, expected.text(), "{what}");
            }
            // What they looked for stands in the search field.
            let shown = answer.text().replace(&sought(&path), "");
            for secret in SECRETS {
                assert!(path.contains(secret) || !shown.contains(secret), "{what} tells {secret}");
            }
        }
    }
}

fn sought(path: &str) -> String {
    let q = path.split_once("?q=").and_then(|(_, rest)| rest.split_once('&'));
    q.map_or_else(|| "nothing".to_owned(), |(q, _)| format!("value=\"{q}\""))
}

/// An order that forbids to say that it exists is seen by two people, then by four, who handle it
/// to its end. Nobody else finds a word of it.
#[test]
fn a_secret_case_is_there_for_nobody_but_those_who_are_named() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let open = office.enters_letter("AZ 1", b"scan").await;
        office.registers(&open, &[]).await;
        let (submission, case) = arrives_secretly(&office, &[INTAKE, VERIFIER]).await;
        assert_eq!((submission.as_str(), case.as_str()), ("2026-0002", "2026-0002-1"));
        // The same file again, for everybody: it is not told to be here already.
        let again = office.enters_letter("AZ 9", b"%PDF hush").await;

        let outsiders: Vec<_> = PEOPLE
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| ![INTAKE, VERIFIER].contains(name))
            .collect();
        let secret_file = {
            let page = office.opens(VERIFIER, "/submissions/2026-0002").await;
            let hash = page.text().split("/files/").nth(1).and_then(|rest| rest.get(..64));
            format!("/submissions/2026-0002/files/{}", hash.expect("the file is there"))
        };
        let before = office.world.events().await;
        is_there_for_nobody_of(&office, &outsiders).await;
        assert_eq!(office.world.events().await, before, "nothing was done from outside");
        for who in &outsiders {
            let answer = office.opens(who, &secret_file).await;
            assert_ne!(answer.status, StatusCode::OK, "{who} gets the file");
        }
        let alike = format!("/submissions/{again}");
        let page = office.opens(PROPOSER, &alike).await;
        assert!(!plain(page.text()).contains("be here already"), "{}", told(&page));
        assert!(!page.text().contains("Department of Whispers"), "it is suggested");
        let link = [("to", case.as_str()), ("link", "renews"), ("reason", "The same order.")];
        let answer = office.acts(PROPOSER, "2026-0001-1", "link", &link).await;
        let text = plain(answer.text());
        assert!(text.contains("There is no such request"), "{text}");
        let page = plain(office.opens(PROPOSER, "/").await.text());
        assert!(page.contains("1 request is open"), "{page}");

        // For who is named it is there, with all that belongs to it.
        let page = office.opens(VERIFIER, &alike).await;
        assert!(plain(page.text()).contains("be here already Submission 2026-0002"));
        let page = plain(office.opens(VERIFIER, "/?q=SEC-12").await.text());
        assert!(page.contains("2026-0002-1 named people only Bureau of Samples"), "{page}");
        assert_eq!(office.opens(VERIFIER, &secret_file).await.status, StatusCode::OK);
        let page = plain(office.opens(VERIFIER, "/submissions/2026-0002").await.text());
        assert!(page.contains(&format!("“{REASON}”")), "{page}");
        assert!(page.contains("O. Primer, R. Ejemplo, and nobody else"), "{page}");

        let expert = id_of(&office, EXPERT).await;
        let words = "Only who is named in its compartment sees it";
        office.refused(VERIFIER, &case, "assign", &[("person", &expert)], words).await;
        becomes_answered(&office, &case).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let submission = case.rsplit_once('-').expect("a submission's").0;
        let parts = [".top", "#decision", "#secrecy"];
        ends("answered_in_secret", (&office, submission), &page, &parts).await;
        is_there_for_nobody_of(&office, &[EXPERT, "N. Exempel", "B. Primjer"]).await;
        // It is secret, and counted all the same.
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,2,"), "{table}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);

        let fields = [("seen", "3"), ("reason", "The order has ended.")];
        office.does(CONFIRMER, "/submissions/2026-0002/open", &fields).await;
        let page = office.opens("N. Exempel", &format!("/requests/{case}")).await;
        assert!(page.text().contains("Q. Placeholder"), "{}", told(&page));
        let answer = office.sends(CONFIRMER, "/submissions/2026-0002/open", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
    });
}

/// Two more people are let in, and the case goes its way.
async fn becomes_answered(office: &Office, case: &str) {
    let path = "/submissions/2026-0002/compartment";
    let mut fields = vec![("seen", "2".to_owned()), ("reason", "Three people decide.".to_owned())];
    for name in [INTAKE, VERIFIER, PROPOSER, CONFIRMER] {
        fields.push(("people", id_of(office, name).await));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Who is not named can't let themselves in.
    let answer = office.sends(PROPOSER, path, &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
    office.does(VERIFIER, path, &fields).await;
    office.verifies(VERIFIER, case).await;
    office.proposes(PROPOSER, case, &[("outcome", "approve")]).await;
    office.confirms(CONFIRMER, case).await;
    office.act(VERIFIER, case, "prepare", &[]).await;
    office.act(CONFIRMER, case, "release", &[("accounts_disclosed", "1")]).await;
    office.act(PROPOSER, case, "close", &[]).await;
}

/// Nothing that was typed is lost where the rules refuse who was named.
#[test]
fn a_compartment_names_a_counsel_and_whoever_closes_it() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let path = format!("/submissions/{submission}/compartment");
        let (intake, counsel) = (id_of(&office, INTAKE).await, id_of(&office, VERIFIER).await);
        for (people, words) in [
            (vec![intake.as_str()], "Name a legal counsel at least"),
            (vec![counsel.as_str()], "Name yourself too"),
            (vec![], "Choose who sees it"),
        ] {
            let mut fields = vec![("seen", "1"), ("reason", REASON)];
            fields.extend(people.iter().map(|id| ("people", *id)));
            let answer = office.sends(INTAKE, &path, &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
            let text = plain(answer.text());
            assert!(text.contains(words) && text.contains(REASON), "{words}: {text}");
        }
        let both = [("reason", REASON), ("people", &*intake), ("people", &*counsel)];
        let fields = [&[("seen", "0")], &both[..]].concat();
        let answer = office.sends(INTAKE, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "somebody was faster");
        assert!(plain(answer.text()).contains(REASON), "what was typed is kept");
        office.does(INTAKE, &path, &[&[("seen", "1")], &both[..]].concat()).await;
        // Whoever only took it in does not say who else sees it.
        let answer = office.sends(INTAKE, &path, &[&[("seen", "2")], &both[..]].concat()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        let named = PEOPLE.iter().filter(|(_, role)| *role == Role::Counsel).count();
        assert_eq!(named, 3, "so two counsel see nothing of it");
        for who in [PROPOSER, CONFIRMER] {
            let answer = office.opens(who, &format!("/submissions/{submission}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
    });
}

/// Law forbids to count a request until the end of January: the edition of its half-year comes out
/// without it, and the next revision takes it in.
#[test]
fn a_withheld_request_is_counted_once_its_day_is_over() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        for reference in ["AZ 1", "AZ 2"] {
            let submission = office.enters_letter(reference, reference.as_bytes()).await;
            office.registers(&submission, &[]).await;
        }
        let case = "2026-0002-1";
        let until = [("until", "2027-01-31")];
        office.refused(VERIFIER, case, "withhold", &until, "Name the law or the order").await;
        let proposal = [until[0], ("basis", "50 U.S.C. § 1874(d)")];
        office.act(VERIFIER, case, "withhold", &proposal).await;
        let words = "Who proposed can't confirm";
        office.refused(VERIFIER, case, "withhold-confirm", &[], words).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,2,"), "one person alone withheld it: {table}");
        office.act(PROPOSER, case, "withhold-confirm", &[]).await;
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        for words in [
            "Withheld until 31 Jan 2027 is over",
            "On 1 Feb 2027 the calendar counts it",
            "Is not counted yet: law or order forbids it.",
            "“50 U.S.C. § 1874(d)”",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }

        office.days_pass(105).await;
        assert_eq!(office.candor().today().to_string(), "2027-01-04");
        assert_eq!(office.calendar_works().await, 0, "its day is not over");
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!((published.revision, published.requests), (0, 1));
        let json = office.world.reader_gets("/2026-H2/report.json").await;
        assert_eq!(json.status, StatusCode::OK);
        assert!(!json.text().contains("withheld"), "its number is not shown by default");

        office.days_pass(28).await;
        assert_eq!(office.calendar_works().await, 1);
        assert_eq!(
            office.events_of(case).await,
            ["request_registered", "withholding_proposed", "withheld", "disclosed"]
        );
        let late = "A request may be counted since 1 February.";
        let corrected = office.world.editor_corrects("2026-H2", late).await.expect("corrects");
        assert_eq!((corrected.revision, corrected.requests), (1, 2));
        let first = office.world.reader_gets("/2026-H2/r0/by-country.csv").await;
        assert!(first.text().contains("FR,France,1,"), "{}", told(&first));
        let second = office.world.reader_gets("/2026-H2/r1/by-country.csv").await;
        assert!(second.text().contains("FR,France,2,"), "{}", told(&second));
        office.world.candor.config.reports.withheld = app::Withheld::Show;
        let proposal = [("basis", "50 U.S.C. § 1874(d)")];
        office.act(VERIFIER, "2026-0001-1", "withhold", &proposal).await;
        office.act(PROPOSER, "2026-0001-1", "withhold-confirm", &[]).await;
        let half = stories::period("2026-H2");
        let dataset = office.candor().count(half, app::AsOf::Now).await.expect("counts");
        assert_eq!((dataset.total.requests(), dataset.outside.withheld), (1, Some(1)));
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);

        // The log says of it what its sender may know: withheld, then open.
        let receipt = office.opens(INTAKE, "/submissions/2026-0002/receipt").await;
        let receipt = app::Receipt::from_json(&receipt.bytes).expect("a receipt");
        let told: Vec<_> = receipt.contents.leaves.iter().map(|leaf| leaf.record.clone()).collect();
        let counted: Vec<_> =
            told.iter().filter_map(|record| record.get("counted")?.as_str()).collect();
        assert_eq!(counted, ["withheld", "in_sum"], "{told:?}");
    });
}

/// Where the last counsel who sees a case has left, whoever holds the machine lets another one in.
#[test]
fn a_compartment_without_counsel_is_told_and_another_one_is_let_in() {
    on_each(async |location| {
        let office = Office::new(location).await;
        arrives_secretly(&office, &[INTAKE, VERIFIER]).await;
        let candor = office.candor();
        let path = format!("/people/{}/end", id_of(&office, VERIFIER).await);
        office.does("B. Primjer", &path, &[]).await;
        let told = candor.doctor(app::Refolding::Sample(1)).await.expect("looks");
        let told: Vec<_> = told.findings.iter().filter_map(|f| f.result.clone().err()).collect();
        assert!(told.len() == 1 && told[0].contains("1 name no counsel"), "{told:?}");
        for secret in SECRETS {
            assert!(!told[0].contains(secret), "{secret}");
        }
        let people = candor.people().await.expect("reads");
        let email = |name: &str| {
            people.iter().find(|p| p.name.as_str() == name).expect("has joined").email.clone()
        };
        assert!(candor.let_into_abandoned(&email("N. Exempel")).await.is_err(), "no counsel");
        assert_eq!(candor.let_into_abandoned(&email(PROPOSER)).await.expect("lets in"), 1);
        assert_eq!(candor.let_into_abandoned(&email(CONFIRMER)).await.expect("looks"), 0);
        let told = candor.doctor(app::Refolding::Do).await.expect("looks");
        assert!(told.is_well(), "{:?}", told.findings);
        let page = office.opens(PROPOSER, "/submissions/2026-0001").await;
        assert_eq!(page.status, StatusCode::OK, "{}", self::told(&page));
    });
}

/// A prohibited demand leaves the sum by the same two people, and one puts it back.
#[test]
fn a_proposal_to_withhold_is_sent_back_and_what_is_withheld_is_lifted() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[("demands", "direct_access")]).await;
        let proposal = [("basis", "Investigatory Powers Act 2016, s. 57")];
        office.act(VERIFIER, &case, "withhold", &proposal).await;
        office.act(PROPOSER, &case, "withhold-return", &[("reason", "Not of this notice.")]).await;
        let words = "not proposed to be withheld";
        office.refused(PROPOSER, &case, "withhold-confirm", &[], words).await;
        office.act(VERIFIER, &case, "withhold", &proposal).await;
        office.act(PROPOSER, &case, "withhold-confirm", &[]).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(!table.contains("FR,France"), "{table}");
        let page = plain(office.opens(VERIFIER, "/").await.text());
        assert!(page.contains(&format!("{case} withheld")), "{page}");
        let earlier = [("until", "2026-09-20"), ("basis", "The same.")];
        office.refused(VERIFIER, &case, "withhold", &earlier, "a day to come").await;
        office.act(PROPOSER, &case, "disclose", &[("reason", "The notice has ended.")]).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,"), "{table}");
        office
            .refused(PROPOSER, &case, "disclose", &[("reason", "Again.")], "counted already")
            .await;
    });
}
