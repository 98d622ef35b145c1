//! Who gets in where: every route of the console, asked by every role and by nobody.

use std::collections::BTreeSet;

use app::{ActKind, By, Invitee};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::Category;
use domain::access::{Permission, Role, Scope};

use crate::office::{INTAKE, NUMBER, Office, PEOPLE, VERIFIER, told};
use crate::programs::{self, WRITES, calls, is_refused, makes};

/// The routes as the console's router has them.
const ROUTER: &str = include_str!("../../crates/web/src/console.rs");
/// Those for programs, below `/api/v1`.
const API_ROUTER: &str = include_str!("../../crates/web/src/console/api.rs");

/// What a route asks for.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// Whoever comes.
    Anybody,
    /// Whoever is signed in.
    Colleague,
    Needs(Permission),
    /// Reading requests of the category of the one that it is about.
    Reads,
}

use Entry::{Anybody, Colleague, Needs, Reads};

const READS: Permission = Permission::ReadCases(Category::UserData);
/// Whoever reads requests of any kind reads those for technical expertise.
const READS_ANY: Permission = Permission::ReadCases(Category::TechnicalExpertise);

/// Method, path in the router, path that is asked, what it asks for.
const ROUTES: &[(&str, &str, &str, Entry)] = &[
    ("GET", "/", "/", Colleague),
    ("GET", "/deadlines", "/deadlines", Needs(READS_ANY)),
    ("GET", "/statistics", "/statistics", Needs(READS_ANY)),
    ("GET", "/statistics.csv", "/statistics.csv", Needs(READS_ANY)),
    ("GET", "/statistics/requests", "/statistics/requests?set=all", Needs(READS_ANY)),
    ("GET", "/requests/{name}", "/requests/2026-0001-1", Reads),
    (
        "GET",
        "/requests/{name}/viewings",
        "/requests/2026-0001-1/viewings",
        Needs(Permission::ReadAccessLog),
    ),
    ("GET", "/requests/{name}/declination", "/requests/2026-0001-1/declination", Reads),
    ("GET", "/requests/{name}/declination.txt", "/requests/2026-0001-1/declination.txt", Reads),
    (
        "POST",
        "/requests/{name}/verification",
        "/requests/2026-0001-1/verification",
        Needs(Permission::VerifyOfficers),
    ),
    (
        "GET",
        "/requests/{name}/audit.html",
        "/requests/2026-0001-1/audit.html",
        Needs(Permission::ReadTrail),
    ),
    (
        "GET",
        "/requests/{name}/audit.json",
        "/requests/2026-0001-1/audit.json",
        Needs(Permission::ReadTrail),
    ),
    ("GET", "/audit", "/audit", Needs(Permission::ReadTrail)),
    ("POST", "/audit/seen", "/audit/seen", Needs(Permission::ReadTrail)),
    ("GET", "/audit/events.csv", "/audit/events.csv", Needs(Permission::ReadTrail)),
    ("GET", "/audit/viewings.csv", "/audit/viewings.csv", Needs(Permission::ReadAccessLog)),
    ("GET", "/authorities", "/authorities", Needs(Permission::ReadAuthorities)),
    ("POST", "/authorities", "/authorities", Needs(Permission::RegisterContacts)),
    (
        "GET",
        "/authorities/{id}",
        "/authorities/00000000-0000-0000-0000-000000000001",
        Needs(Permission::ReadAuthorities),
    ),
    (
        "POST",
        "/authorities/{id}/contacts",
        "/authorities/00000000-0000-0000-0000-000000000001/contacts",
        Needs(Permission::RegisterContacts),
    ),
    (
        "POST",
        "/authorities/{id}/contacts/{contact}/withdraw",
        "/authorities/00000000-0000-0000-0000-000000000001/contacts/\
         00000000-0000-0000-0000-000000000002/withdraw",
        Needs(Permission::RegisterContacts),
    ),
    ("GET", "/answers/unverified.txt", "/answers/unverified.txt", Needs(READS_ANY)),
    ("GET", "/submissions", "/submissions", Needs(Permission::ReadSubmissions)),
    ("POST", "/submissions", "/submissions", Needs(Permission::EnterSubmission)),
    ("GET", "/submissions/new", "/submissions/new", Needs(Permission::EnterSubmission)),
    ("GET", "/submissions/{number}", "/submissions/2026-0001", Needs(Permission::ReadSubmissions)),
    (
        "POST",
        "/submissions/{number}/documents",
        "/submissions/2026-0001/documents",
        Needs(Permission::EnterSubmission),
    ),
    (
        "POST",
        "/submissions/{number}/requests",
        "/submissions/2026-0001/requests",
        Needs(Permission::ResolveSubmission),
    ),
    (
        "POST",
        "/submissions/{number}/not-a-request",
        "/submissions/2026-0001/not-a-request",
        Needs(Permission::ResolveSubmission),
    ),
    (
        "POST",
        "/submissions/{number}/reopen",
        "/submissions/2026-0001/reopen",
        Needs(Permission::ReopenSubmission),
    ),
    (
        "POST",
        "/submissions/{number}/compartment",
        "/submissions/2026-0001/compartment",
        Needs(Permission::CloseCompartment),
    ),
    (
        "POST",
        "/submissions/{number}/open",
        "/submissions/2026-0001/open",
        Needs(Permission::ChangeCompartment),
    ),
    (
        "GET",
        "/submissions/{number}/receipt",
        "/submissions/2026-0001/receipt",
        Needs(Permission::ReadReceipts),
    ),
    (
        "GET",
        "/submissions/{number}/files/{sha256}",
        "/submissions/2026-0001/files/{sha256}",
        Needs(Permission::OpenFiles),
    ),
    (
        "POST",
        "/submissions/{number}/files/{sha256}/quarantined",
        "/submissions/2026-0001/files/{sha256}/quarantined",
        Needs(Permission::OpenQuarantined),
    ),
    (
        "GET",
        "/submissions/{number}/files/{sha256}/preview/{page}",
        "/submissions/2026-0001/files/{sha256}/preview/1",
        Needs(Permission::OpenFiles),
    ),
    (
        "POST",
        "/submissions/{number}/files/{sha256}/scan",
        "/submissions/2026-0001/files/{sha256}/scan",
        Needs(Permission::ScanFiles),
    ),
    ("GET", "/profiles", "/profiles", Needs(Permission::ReadProfiles)),
    ("GET", "/profiles/{instrument}", "/profiles/mlat", Needs(Permission::ReadProfiles)),
    (
        "POST",
        "/profiles/{instrument}/confirm",
        "/profiles/mlat/confirm",
        Needs(Permission::ConfirmProfiles),
    ),
    ("GET", "/inventory", "/inventory", Needs(Permission::ReadInventory)),
    ("POST", "/inventory", "/inventory", Needs(Permission::DeclareInventory)),
    ("GET", "/retention", "/retention", Needs(Permission::ReadRetention)),
    ("POST", "/retention/erase", "/retention/erase", Needs(Permission::EraseDue)),
    ("POST", "/retention/hold", "/retention/hold", Needs(Permission::PlaceHold)),
    ("POST", "/retention/lift", "/retention/lift", Needs(Permission::LiftHold)),
    ("GET", "/retention/periods", "/retention/periods", Needs(Permission::ReadRetention)),
    ("POST", "/retention/periods", "/retention/periods", Needs(Permission::DeclareRetention)),
    ("GET", "/people", "/people", Needs(Permission::ManagePeople)),
    ("POST", "/people", "/people", Needs(Permission::ManagePeople)),
    (
        "POST",
        "/people/{id}/roles",
        "/people/00000000-0000-0000-0000-000000000001/roles",
        Needs(Permission::ManagePeople),
    ),
    (
        "POST",
        "/people/{id}/link",
        "/people/00000000-0000-0000-0000-000000000001/link",
        Needs(Permission::ManagePeople),
    ),
    (
        "POST",
        "/people/{id}/sessions",
        "/people/00000000-0000-0000-0000-000000000001/sessions",
        Needs(Permission::ManagePeople),
    ),
    (
        "POST",
        "/people/{id}/reset",
        "/people/00000000-0000-0000-0000-000000000001/reset",
        Needs(Permission::ManagePeople),
    ),
    (
        "POST",
        "/people/{id}/end",
        "/people/00000000-0000-0000-0000-000000000001/end",
        Needs(Permission::ManagePeople),
    ),
    ("GET", "/mail", "/mail", Needs(Permission::ManagePeople)),
    (
        "POST",
        "/mail/{id}/again",
        "/mail/00000000-0000-0000-0000-000000000001/again",
        Needs(Permission::ManagePeople),
    ),
    ("GET", "/notices/{id}", "/notices/00000000-0000-0000-0000-000000000001", Colleague),
    ("GET", "/me", "/me", Colleague),
    ("POST", "/me/reminders", "/me/reminders", Colleague),
    ("POST", "/me/password", "/me/password", Colleague),
    ("POST", "/me/recovery-codes", "/me/recovery-codes", Colleague),
    (
        "POST",
        "/me/sessions/{id}/end",
        "/me/sessions/00000000-0000-0000-0000-000000000001/end",
        Colleague,
    ),
    ("POST", "/me/passkeys", "/me/passkeys", Colleague),
    (
        "POST",
        "/me/passkeys/{id}/remove",
        "/me/passkeys/00000000-0000-0000-0000-000000000001/remove",
        Colleague,
    ),
    ("GET", "/me/programs", "/me/programs", Needs(Permission::MakeTokens)),
    ("POST", "/me/programs", "/me/programs", Needs(Permission::MakeTokens)),
    (
        "POST",
        "/me/programs/{id}/revoke",
        "/me/programs/00000000-0000-0000-0000-000000000001/revoke",
        Needs(Permission::MakeTokens),
    ),
    ("GET", "/me/fall-back", "/me/fall-back", Colleague),
    ("POST", "/me/fall-back", "/me/fall-back", Colleague),
    ("POST", "/sign-in/passkey", "/sign-in/passkey", Anybody),
    ("POST", "/confirm-it-is-you/passkey", "/confirm-it-is-you/passkey", Colleague),
    ("POST", "/join/{token}/passkey", "/join/none/passkey", Anybody),
    ("GET", "/passkeys.js", "/passkeys.js", Anybody),
    ("GET", "/sign-in", "/sign-in", Anybody),
    ("POST", "/sign-in", "/sign-in", Anybody),
    ("POST", "/sign-out", "/sign-out", Colleague),
    ("GET", "/confirm-it-is-you", "/confirm-it-is-you", Colleague),
    ("POST", "/confirm-it-is-you", "/confirm-it-is-you", Colleague),
    ("GET", "/join/{token}", "/join/none", Anybody),
    ("POST", "/join/{token}", "/join/none", Anybody),
    ("GET", "/console.css", "/console.css", Anybody),
    ("GET", "/favicon.ico", "/favicon.ico", Anybody),
];

/// Method, path in the router for programs, path that is asked, the permission and the scope that it
/// takes. `{id}` is the id of the submission.
const PROGRAM_ROUTES: &[(&str, &str, &str, Permission, Scope)] = &[
    ("POST", "/submissions", "/submissions", Permission::EnterSubmission, Scope::WriteSubmissions),
    (
        "GET",
        "/submissions/{id}/receipt",
        "/submissions/{id}/receipt",
        Permission::ReadReceipts,
        Scope::WriteSubmissions,
    ),
    ("GET", "/requests", "/requests", READS_ANY, Scope::ReadRequests),
    ("GET", "/requests/{name}", "/requests/2026-0001-1", READS, Scope::ReadRequests),
    ("GET", "/requests/{name}", "/requests/2026-0001-2", READS_ANY, Scope::ReadRequests),
];

/// The acts on a request share a route.
fn acts() -> impl Iterator<Item = (&'static str, String, Entry)> {
    ActKind::ALL.into_iter().map(|act| {
        ("POST", format!("/requests/2026-0001-1/{}", act.code()), Needs(act.permission()))
    })
}

/// Method, path and what it asks for, of all.
pub fn all() -> impl Iterator<Item = (&'static str, String, Entry)> {
    ROUTES
        .iter()
        .map(|(method, _, path, entry)| (*method, (*path).to_owned(), *entry))
        .chain(acts())
}

/// What is asked of a request is asked of one for user data and of one for technical expertise; what
/// is told of a text that declines, of two prohibited demands.
fn of_each_category(path: &str) -> Vec<(String, Option<Category>)> {
    let names = match path.contains("/declination") {
        true => ["2026-0001-3", "2026-0001-4"],
        false => ["2026-0001-1", "2026-0001-2"],
    };
    match path.starts_with("/requests/") {
        true => [Category::UserData, Category::TechnicalExpertise]
            .into_iter()
            .zip(names)
            .map(|(category, name)| (path.replace("2026-0001-1", name), Some(category)))
            .collect(),
        false => vec![(path.to_owned(), None)],
    }
}

/// What is not there for whoever is let in: somebody else's mail, and a link that nobody made.
const MISSING: &[&str] =
    &["/notices/00000000-0000-0000-0000-000000000001", "/join/none", "/join/none/passkey"];

/// An office with all that the routes ask for, and how its ids stand in their paths.
async fn furnished(location: store::Location) -> (Office, Vec<(&'static str, String)>) {
    let office = Office::new(location).await;
    let submission = office.enters_letter("AZ 1", b"scan").await;
    for (category, demand) in [
        ("user_data", "registration"),
        ("technical_expertise", "indicators"),
        ("user_data", "encryption_keys"),
        ("technical_expertise", "undeclared_capabilities"),
    ] {
        let expertise = [("instrument", "none"), ("accounts", "")];
        let only: &[_] = if category == "user_data" { &[] } else { &expertise };
        let fields = [&[("category", category), ("demands", demand)][..], only].concat();
        office.registers(&submission, &fields).await;
    }
    for prohibited in ["2026-0001-3", "2026-0001-4"] {
        let signs = [("text", "We do not do this."), ("read", "yes")];
        office.act(VERIFIER, prohibited, "sign", &signs).await;
    }
    let page = office.opens(INTAKE, "/submissions/2026-0001").await;
    let file = page.text().split("/files/").nth(1).and_then(|rest| rest.get(..64));
    let file = file.expect("the scan is there").to_owned();
    let authority = office.registers_number(INTAKE, ("France", "Bureau of Samples"), NUMBER).await;
    let authority = authority.split('?').next().expect("a path").to_owned();
    let page = office.opens(INTAKE, &authority).await;
    let contact = page.text().split("/contacts/").nth(1).and_then(|rest| rest.get(..36));
    let contact = format!("/contacts/{}", contact.expect("an entry"));
    let invitee = Invitee {
        name: "A. Nieuw",
        email: "a.nieuw@publisher.example",
        roles: [Role::Editor].into_iter().collect(),
    };
    let invited = office.candor().invite(invitee, By::OperatorCli).await.expect("invites");
    let person = format!("/people/{}", invited.person);
    let ids = vec![
        ("{sha256}", file),
        ("/authorities/00000000-0000-0000-0000-000000000001", authority),
        ("/contacts/00000000-0000-0000-0000-000000000002", contact),
        ("/people/00000000-0000-0000-0000-000000000001", person),
    ];
    (office, ids)
}

/// Every route in a router's text, as method and path.
fn routes_of(router: &str) -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for route in router.split(".route(").skip(1) {
        let route = route.split("\n        .").next().expect("its text");
        let path = route.split('"').nth(1).expect("its path").to_owned();
        for (method, call) in [("GET", "get("), ("POST", "post(")] {
            if route.contains(call) {
                routes.insert((method.to_owned(), path.clone()));
            }
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_list() {
    let listed: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
        .chain([("POST".to_owned(), "/requests/{name}/{act}".to_owned())])
        .collect();
    assert_eq!(listed, routes_of(ROUTER), "a route is asked by every role in this test");
    let listed = PROGRAM_ROUTES.iter();
    let listed: BTreeSet<_> =
        listed.map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(listed, routes_of(API_ROUTER), "and one for programs in this one too");
}

#[test]
fn each_route_lets_in_whom_it_is_for() {
    on_each(async |location| {
        let (office, ids) = furnished(location).await;
        let mut wrong = Vec::new();
        for (method, path, entry) in all() {
            for (path, category) in of_each_category(&path) {
                let path = ids.iter().fold(path, |path, (stands, id)| path.replace(stands, id));
                wrong.extend(wrongly_let_in(&office, (method, &path, entry), category).await);
            }
        }
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// A route, asked by everybody and by nobody: who is let in that should not be, and the other way
/// round. `category` is that of the request that it is about.
async fn wrongly_let_in(
    office: &Office,
    (method, path, entry): (&str, &str, Entry),
    category: Option<Category>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, role) in PEOPLE {
        // Signing out would end it for the routes that follow.
        if path == "/sign-out" {
            continue;
        }
        let answer = asks(office, Some(name), method, path).await;
        // An act on a request needs the right to read it too.
        let reads = category.is_none_or(|of| Permission::ReadCases(of).roles().contains(&role));
        let may = match entry {
            Anybody | Colleague => true,
            Reads => reads,
            Needs(permission) => permission.roles().contains(&role) && reads,
        };
        let status = answer.status;
        let is_right = match may {
            true if MISSING.contains(&path) => status == StatusCode::NOT_FOUND,
            true => is_taken(status),
            false => {
                let says_why = answer.text().contains("It takes the right to");
                status == StatusCode::FORBIDDEN && says_why
            }
        };
        if !is_right {
            wrong.push(format!("{method} {path} as {}: {}", role.label(), told(&answer)));
        }
    }
    let answer = asks(office, None, method, path).await;
    let sent_away = answer.status == StatusCode::SEE_OTHER
        && answer.headers[header::LOCATION].as_bytes().starts_with(b"/sign-in");
    if sent_away == matches!(entry, Anybody) {
        wrong.push(format!("{method} {path} as nobody: {}", told(&answer)));
    }
    wrong
}

/// It was done, or refused for what was sent or as it stands.
fn is_taken(status: StatusCode) -> bool {
    let refused = [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY];
    status.is_success() || status == StatusCode::SEE_OTHER || refused.contains(&status)
}

/// A program with every scope comes in where its person may, whatever their role becomes; with the
/// other scope, without a token, with one whose last day is over or whose person left, nowhere.
#[test]
fn each_route_lets_in_the_programs_that_it_is_for() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        assert_eq!(office.registers(&submission, &[]).await, "2026-0001-1");
        let expertise = [("category", "technical_expertise"), ("demands", "indicators")];
        let expertise = [&expertise[..], &[("instrument", "none"), ("accounts", "")]].concat();
        assert_eq!(office.registers(&submission, &expertise).await, "2026-0001-2");
        let intake = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission_id(number, &intake).await.expect("reads");
        let reads = makes(&office, INTAKE, programs::READS).await;
        let writes = makes(&office, INTAKE, WRITES).await;
        let of_verifier = makes(&office, VERIFIER, programs::READS).await;
        let asks = async |office: &Office, token: &str, (method, path): (&str, &str)| {
            calls(office, token, method, &path.replace("{id}", &id.to_string()), &[]).await
        };

        for (method, _, path, permission, scope) in PROGRAM_ROUTES {
            let (own, other) = match scope {
                Scope::ReadRequests => (&reads, &writes),
                Scope::WriteSubmissions => (&writes, &reads),
            };
            let answer = asks(&office, other, (method, path)).await;
            is_refused(&answer, StatusCode::FORBIDDEN, "you may not");
            let told = answer.headers[header::WWW_AUTHENTICATE].to_str().expect("text");
            assert!(told.contains("insufficient_scope"), "{method} {path}: {told}");
            for token in ["", "candor_", "nonsense"] {
                let answer = asks(&office, token, (method, path)).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {token}");
            }
            // Their cookie lets nobody in, and no page takes a token.
            let request = Request::builder().method(*method).uri(format!("/api/v1{path}"));
            let answer = office.asks(Some(INTAKE), request, Body::empty()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} by a cookie");
            for role in Role::ALL {
                becomes(&office, INTAKE, role).await;
                let answer = asks(&office, own, (method, path)).await;
                let what = format!("{method} {path} as {}: {}", role.label(), answer.text());
                match permission.roles().contains(&role) {
                    true => assert!(is_let_in(&answer), "{what}"),
                    false => is_refused(&answer, StatusCode::FORBIDDEN, "you may not"),
                }
            }
            becomes(&office, INTAKE, Role::Intake).await;
        }

        let operator = office.signed_in("B. Primjer").await;
        office.candor().end_person(intake.person, By::Person(&operator)).await.expect("ends");
        for (method, _, path, ..) in PROGRAM_ROUTES {
            for token in [&reads, &writes] {
                let answer = asks(&office, token, (method, path)).await;
                is_refused(&answer, StatusCode::UNAUTHORIZED, "has left");
            }
        }
        let list = ("GET", "/requests");
        assert!(is_let_in(&asks(&office, &of_verifier, list).await));
        office.minutes_pass(91 * 24 * 60);
        let answer = asks(&office, &of_verifier, list).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "its last day is over");
    });
}

/// What is refused for what is in it was let in.
fn is_let_in(answer: &stories::Answer) -> bool {
    let outside = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
    !outside.contains(&answer.status) && !answer.status.is_server_error()
}

/// The operator gives somebody another role, if they have it not already.
async fn becomes(office: &Office, who: &str, role: Role) {
    let people = office.candor().people().await.expect("reads");
    let person = people.iter().find(|one| one.name.as_str() == who).expect("has joined");
    let roles = [role].into_iter().collect();
    if person.roles != roles {
        let operator = office.signed_in("B. Primjer").await;
        let by = By::Person(&operator);
        office.candor().change_roles(person.id, roles, by).await.expect("changes");
    }
}

/// Sends an empty form; what is refused for what is in it was let in.
async fn asks(office: &Office, who: Option<&str>, method: &str, path: &str) -> stories::Answer {
    let request = Request::builder().method(method).uri(path);
    let has_files = path == "/submissions" || path.ends_with("/documents");
    let request = match (method, has_files) {
        ("POST", true) => request
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header("sec-fetch-site", "same-origin"),
        ("POST", false) => request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin"),
        (_, _) => request,
    };
    let body = match (method, path) {
        ("POST", _) if has_files => Body::from("--x--\r\n"),
        // Somebody was faster, wherever the form lacks nothing else.
        ("POST", path) if path.starts_with("/requests/") || path.starts_with("/submissions/") => {
            Body::from("seen=0")
        }
        ("POST", "/retention/periods") => Body::from("months_not_a_request=x"),
        ("POST", "/audit/seen") => Body::from("until=0"),
        (_, _) => Body::empty(),
    };
    office.asks(who, request, body).await
}

/// The operator runs the machine; what a case says is not for them.
#[test]
fn the_operator_finds_no_word_of_a_case_and_the_reviewer_no_legal_advice() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        office.registers(&submission, &[]).await;
        office
            .act(VERIFIER, "2026-0001-1", "note", &[("text", "privately"), ("privileged", "yes")])
            .await;
        let named = |role: Role| PEOPLE.iter().find(|(_, of)| *of == role).expect("is there").0;
        let before = office.world.events().await;
        for (method, path, _) in all().filter(|(_, path, _)| path != "/sign-out") {
            let answer = asks(&office, Some(named(Role::Operator)), method, &path).await;
            for secret in ["Bureau of Samples", "Placeholder", "PO-77", "three accounts", "AZ 1"] {
                assert!(!answer.text().contains(secret), "{method} {path} tells {secret}");
            }
            let answer = asks(&office, Some(named(Role::Reviewer)), method, &path).await;
            assert!(!answer.text().contains("privately"), "{method} {path} tells legal advice");
        }
        assert_eq!(office.world.events().await, before, "neither of them changed anything");
    });
}
