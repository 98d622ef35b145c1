//! What must not be got around: by time that passes, by two at once, by a link or a late thought.

use axum::http::StatusCode;
use databases::on_each;
use domain::request::Aspect;

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain, told};

/// Four people bring a request to where its response is prepared.
async fn prepared(office: &Office, fields: &[(&str, &str)]) -> String {
    let submission = office.enters_letter("AZ 1", b"scan").await;
    let case = office.registers(&submission, fields).await;
    office.verifies(VERIFIER, &case).await;
    office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
    office.confirms(CONFIRMER, &case).await;
    office.act(VERIFIER, &case, "prepare", &[]).await;
    case
}

#[test]
fn what_is_not_held_any_more_is_not_released_and_the_decision_is_opened_again() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let case = prepared(&office, &[]).await;
        office.declares_that_nothing_is_held(VERIFIER).await;
        let release = [("accounts_disclosed", "1")];
        let words = "The data inventory does not hold what would be approved";
        office.refused(CONFIRMER, &case, "release", &release, words).await;
        office.act(PROPOSER, &case, "reopen", &[("reason", "It was deleted on schedule.")]).await;
        let page = plain(office.opens(PROPOSER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Verified"), "{page}");
        office.proposes(PROPOSER, &case, &[("outcome", "reject_no_data")]).await;
        office.confirms(CONFIRMER, &case).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,0,0,0,0,0,0,0,0,1,100,0,0"), "{table}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn of_a_narrowed_order_the_scope_is_found_anew() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 2", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.act(PROPOSER, &case, "challenge", &[("reason", "It is too wide.")]).await;
        office.act(PROPOSER, &case, "challenge-result", &[("result", "narrowed")]).await;
        let approve = [("outcome", "approve"), ("reason", "All of it.")];
        let words = "The findings on officer, instrument and scope do not all stand";
        office.refused(PROPOSER, &case, "propose", &approve, words).await;
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
    });
}

/// The order comes on the last day, after the answer has gone out.
#[test]
fn paperwork_that_comes_in_time_is_not_reported_as_overdue() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let submission = office.enters_letter("EM 1", b"scan").await;
        let fields = [
            ("instrument", "us_emergency_disclosure"),
            ("country", "United States"),
            ("emergency", "yes"),
        ];
        let case = office.registers(&submission, &fields).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &case).await;
        office.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        let owed = [
            ("verdict", "owed"),
            ("owed_until", "2026-09-23"),
            ("owed_basis", "us_emergency_disclosure"),
        ];
        office.finds(VERIFIER, &case, Aspect::Instrument, &owed).await;
        let scope = [("verdict", "stands"), ("transfer", "derogation")];
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(PROPOSER, &case, "prepare", &[]).await;
        office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "1")]).await;
        office.act(PROPOSER, &case, "close", &[]).await;
        // Closed, and awaited still: its texts can't be erased over it.
        let who = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission_id(number, &who).await.expect("reads");
        let erased = office.candor().erase(id, domain::id::Actor::OperatorCli).await;
        assert!(matches!(erased, Err(app::Error::Submission(_))), "{erased:?}");
        office.days_pass(2).await;
        office.finds(VERIFIER, &case, Aspect::Instrument, &[("verdict", "stands")]).await;
        office.days_pass(2).await;
        office.calendar_works().await;
        let events = office.events_of(&case).await;
        assert!(events.contains(&"instrument_arrived"), "{events:?}");
        assert!(!events.contains(&"instrument_overdue"), "{events:?}");
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("the paperwork came: the instrument stands"), "{page}");
    });
}

#[test]
fn no_link_takes_what_was_declined_or_all_of_a_circle_out_of_the_sum() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 3", b"scan").await;
        let both = [("demands", "registration"), ("demands", "encryption_keys")];
        office.registers(&submission, &both).await;
        let (one, keys) = ("2026-0001-1", "2026-0001-2");
        let two = office.registers(&submission, &[]).await;
        let to =
            |other: &'static str| [("to", other), ("link", "duplicates"), ("reason", "Twice.")];
        let words = "it renews, amends or duplicates nothing";
        office.refused(VERIFIER, keys, "link", &to("2026-0001-1"), words).await;
        let words = "linked to another one that stands for itself";
        office.refused(VERIFIER, one, "link", &to("2026-0001-1"), words).await;
        office.act(VERIFIER, &two, "link", &to("2026-0001-1")).await;
        let words = "that stands for itself";
        office.refused(VERIFIER, one, "link", &to("2026-0001-3"), words).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,2,2,0,"), "one is linked, two count: {table}");
    });
}

#[test]
fn nothing_is_registered_twice_and_nothing_where_nothing_was_found() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 4", b"scan").await;
        office.registers(&submission, &[]).await;
        let fields = [
            ("category", "user_data"),
            ("demands", "registration"),
            ("country", "FR"),
            ("authority", "Bureau of Samples"),
            ("officer", "T. Placeholder"),
            ("instrument", "none"),
            ("emergency", "no"),
            ("summary", "The same."),
        ];
        let path = format!("/submissions/{submission}/requests");
        // A second click sends what the first one did.
        let again = [&fields[..], &[("seen", "0")]].concat();
        let answer = office.sends(INTAKE, &path, &again).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));

        let nothing = office.enters_letter("AZ 5", b"an offer").await;
        let reason = [("reason", "advertising")];
        office.does(INTAKE, &format!("/submissions/{nothing}/not-a-request"), &reason).await;
        let path = format!("/submissions/{nothing}/requests");
        let answer = office.sends(INTAKE, &path, &[&fields[..], &[("seen", "0")]].concat()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let words = "declared to hold no request: counsel takes that back";
        assert!(plain(answer.text()).contains(words), "{}", told(&answer));
    });
}

/// Six minutes after signing in.
#[test]
fn an_operator_proves_once_more_who_they_are_and_goes_on() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.minutes_pass(6);
        let operator = "B. Primjer";
        let new =
            [("name", "A. Nieuw"), ("email", "a.nieuw@publisher.example"), ("roles", "intake")];
        let answer = office.sends(operator, "/people", &new).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(plain(answer.text()).contains("Confirm that it is you"), "{}", told(&answer));
        let code = office.colleague(operator).code(office.candor());
        let proof = [("code", code.as_str()), ("next", "/people")];
        assert_eq!(office.does(operator, "/confirm-it-is-you", &proof).await, "/people");
        let answer = office.sends(operator, "/people", &new).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
        assert!(answer.text().contains("/join/"), "{}", told(&answer));
    });
}
