//! From the letter to the number: requests are registered, verified, decided, answered, counted.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::request::Aspect;

use crate::declining::prepared;
use crate::office::{
    CONFIRMER, CONFIRMS, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, encoded, plain, told,
};
use crate::snapshots::{ends, says};

/// A French production order arrives by letter and is answered on the sixth day by four people.
#[test]
fn a_production_order_is_decided_on_day_six() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        assert_eq!(submission, "2026-0001");
        let case = office.registers(&submission, &[("demands", "registration")]).await;
        assert_eq!(case, "2026-0001-1");
        let page = office.opens(VERIFIER, "/requests/2026-0001-1").await;
        let text = plain(page.text());
        assert!(text.contains("Request 2026-0001-1 Received Waits for you: findings"), "{text}");
        // Ten days from 21 September (Regulation (EU) 2023/1543, Art. 10).
        assert!(text.contains("In 10 days Answer due 1 Oct 2026"), "{text}");

        office.days_pass(2).await;
        office.verifies(VERIFIER, &case).await;
        office
            .refused(
                VERIFIER,
                &case,
                "propose",
                &[("outcome", "approve"), ("reason", "Good.")],
                "Who recorded a finding can't propose the decision",
            )
            .await;
        office.days_pass(4).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        for (who, words) in [
            (PROPOSER, "Who proposed can't confirm"),
            (VERIFIER, "who recorded a finding can't confirm"),
        ] {
            office.refused(who, &case, "confirm", &CONFIRMS, words).await;
        }
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        let release = [("accounts_disclosed", "2")];
        let words = "Who confirmed the decision releases the response";
        office.refused(PROPOSER, &case, "release", &release, words).await;
        office.act(CONFIRMER, &case, "release", &release).await;
        office.act(PROPOSER, &case, "close", &[]).await;
        assert_eq!(
            office.events_of(&case).await,
            [
                "request_registered",
                "verification_begun",
                "finding_recorded",
                "finding_recorded",
                "finding_recorded",
                "verified",
                "decision_proposed",
                "decided",
                "response_prepared",
                "response_released",
                "closed",
            ]
        );
        let page = office.opens(CONFIRMER, &format!("/requests/{case}")).await;
        let text = plain(page.text());
        for words in [
            "K. Beispiel proposes: approve in full",
            "I. Esempio confirmed it",
            "released the response, about 2 accounts",
            "Counts in the second half of 2026 as one request for user data from France. As approved.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }

        let parts = [".top", "dl.meta", "#decision", "#events"];
        ends("production_order_answered", (&office, &submission), &page, &parts).await;

        // The number that is published is this request.
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,"), "{table}");
        // And whoever sent it can check what became of it.
        let receipt = office.opens(INTAKE, &format!("/submissions/{submission}/receipt")).await;
        let receipt = app::Receipt::from_json(&receipt.bytes).expect("a receipt");
        assert_eq!(receipt.contents.leaves.len(), 3, "submission, request, decision");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// A letter asks for registration data and for encryption keys.
#[test]
fn a_mixed_letter_is_split_and_the_prohibited_part_declines_itself() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"both").await;
        let both = [("demands", "registration"), ("demands", "encryption_keys")];
        office.registers(&submission, &both).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let text = plain(page.text());
        assert!(text.contains("Holds 2 requests"), "{text}");
        says("mixed_letter_split", &page, &[".top", "#requests"]);
        let keys = "2026-0001-2";
        assert_eq!(office.events_of(keys).await, ["request_registered", "decided"]);
        let shown = office.opens(VERIFIER, &format!("/requests/{keys}")).await;
        let page = plain(shown.text());
        for words in [
            "Prohibited, rejected",
            "Decision: by rule",
            "it can only be declined",
            "a prohibited demand can only be declined.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let parts = [".top", "#decision"];
        says("prohibited_part_declined", &shown, &parts);
        let queue = plain(office.opens(CONFIRMER, "/").await.text());
        assert!(queue.contains("for you: the text that declines it"), "{queue}");

        // Counsel mends the prepared text and signs it.
        let prepared = prepared(&office.opens(CONFIRMER, &format!("/requests/{keys}")).await);
        let mended = prepared.replace("encryption keys.", "the keys of three accounts.");
        assert_ne!(mended, prepared);
        let unread = [("text", mended.as_str())];
        office.refused(CONFIRMER, keys, "sign", &unread, "Read the text, and say so").await;
        let fields = [("text", mended.as_str()), ("read", "yes")];
        office.act(CONFIRMER, keys, "sign", &fields).await;
        assert_eq!(
            office.events_of(keys).await,
            ["request_registered", "decided", "declination_signed"]
        );
        let shown = office.opens(INTAKE, &format!("/requests/{keys}")).await;
        let parts = [".top", "#decision", "#events"];
        ends("prohibited_part_signed", (&office, &submission), &shown, &parts).await;
        let answer = office.opens(INTAKE, &format!("/requests/{keys}/declination.txt")).await;
        assert_eq!(answer.text(), mended, "as it was signed");

        let words = "This can't be done with a request that is decided";
        for (act, fields) in [
            ("propose", vec![("outcome", "approve"), ("reason", "They insist.")]),
            ("confirm", CONFIRMS.to_vec()),
        ] {
            office.refused(CONFIRMER, keys, act, &fields, words).await;
        }
        office.act(VERIFIER, keys, "close", &[]).await;
        let words = "A prohibited demand can only be declined";
        office.refused(VERIFIER, keys, "appeal", &[("reason", "They insist.")], words).await;
        let other = [("demands", "indicators"), ("demands", "registration")];
        let fields = [
            ("category", "user_data"),
            ("country", "FR"),
            ("authority", "B"),
            ("officer", "T"),
            ("instrument", "none"),
            ("emergency", "no"),
            ("summary", "S"),
        ];
        let path = format!("/submissions/{submission}/requests");
        let other = [&fields[..], &other, &[("seen", "2")]].concat();
        let answer = office.sends(INTAKE, &path, &other).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = plain(answer.text());
        assert!(text.contains("can't be asked for in a request for user_data"), "{text}");
    });
}

/// One half of what is asked is held, the other is not.
#[test]
fn what_is_not_held_is_not_approved() {
    on_each(async |location| {
        let office = Office::at_work(location, &["court_order"]).await;
        let submission = office.enters_letter("AZ 2", b"scan").await;
        let fields =
            [("instrument", "court_order"), ("demands", "registration"), ("demands", "content")];
        let case = office.registers(&submission, &fields).await;
        office.verifies(VERIFIER, &case).await;
        let shown = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        let page = plain(shown.text());
        assert!(page.contains("Stands for 1 of 2"), "{page}");
        let words = "Approve in full: the data inventory does not hold all that is asked for.";
        assert!(page.contains(words), "{page}");
        says("not_held_so_not_open", &shown, &["#decision .no"]);
        let words = "The data inventory does not hold what would be approved";
        let whole = [("outcome", "approve"), ("reason", "All of it.")];
        office.refused(PROPOSER, &case, "propose", &whole, words).await;
        let part =
            [("outcome", "approve_in_part"), ("granted", "registration"), ("ground", "no_data")];
        office.proposes(PROPOSER, &case, &part).await;
        office.confirms(CONFIRMER, &case).await;
        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        assert!(plain(page.text()).contains("Approved in part"), "{}", told(&page));
        ends("approved_in_part", (&office, &submission), &page, &[".top", "#decision"]).await;
    });
}

#[test]
fn a_draft_supports_no_finding_and_a_missing_element_lets_none_stand() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 3", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let words = "Counsel must confirm the profile first";
        assert!(plain(page.text()).contains(words), "{}", told(&page));
        says("draft_supports_no_finding", &page, &[".top", "#findings .three"]);
        let finding = [("aspect", "officer"), ("verdict", "stands")];
        let words = "is a draft until counsel confirms it; a draft supports no finding";
        office.refused(VERIFIER, &case, "finding", &finding, words).await;
        office.confirms_profile(VERIFIER, "eu_production_order").await;
        let words = "was not found to be there, so this finding does not stand";
        office.refused(VERIFIER, &case, "finding", &finding, words).await;
        // With a defect it is recorded all the same, and a rejection can follow.
        let defect = [
            ("aspect", "officer"),
            ("verdict", "does_not_stand"),
            ("defect", "officer_not_verified"),
            ("note", "The call-back reached somebody else."),
        ];
        office.act(VERIFIER, &case, "finding", &defect).await;
        // Of several defects each is named, and a law that forbids it by its name.
        let mut several = vec![
            ("aspect", "scope"),
            ("verdict", "does_not_stand"),
            ("defect", "offence_not_covered"),
            ("defect", "conflict_of_laws"),
        ];
        office.refused(VERIFIER, &case, "finding", &several, "Name the law that forbids it").await;
        several.push(("conflicting_law", "Atlantis Code 9.1"));
        office.act(VERIFIER, &case, "finding", &several).await;
        office.refused(VERIFIER, &case, "finding", &several[..2], "Say why it does not").await;
        let page = plain(office.opens(PROPOSER, &format!("/requests/{case}")).await.text());
        for words in [
            "The instrument does not cover the offence; another law forbids it.",
            "Another law: Atlantis Code 9.1",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        office.proposes(PROPOSER, &case, &[("outcome", "reject_legal")]).await;
        office.confirms(CONFIRMER, &case).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let parts = [".top", "#findings article", "#decision"];
        ends("rejected_for_a_defect", (&office, &submission), &page, &parts).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,0,0,0,0,0,0,0,0,1,100,0,0"), "{table}");
    });
}

#[test]
fn a_question_stops_the_clock_and_one_that_nobody_answers_lapses() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 4", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let ask = [("question", "Which accounts?"), ("answer_due_on", "2026-09-30")];
        office.act(VERIFIER, &case, "clarification", &ask).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        assert!(plain(page.text()).contains("Stopped"), "{}", told(&page));
        says("question_stops_the_clock", &page, &[".top", ".ra section"]);
        office.days_pass(3).await;
        assert_eq!(office.calendar_works().await, 0, "it is not due");
        office.act(VERIFIER, &case, "answer", &[("answer", "The three that are named.")]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        // Three days later is Sunday the 4th (Regulation (EEC, Euratom) No 1182/71, Art. 3(4)).
        assert!(page.contains("Answer due 5 Oct 2026"), "the next working day: {page}");

        let ask = [("question", "And for which time?"), ("answer_due_on", "2026-09-30")];
        office.act(VERIFIER, &case, "clarification", &ask).await;
        office.days_pass(6).await;
        assert_eq!(office.calendar_works().await, 0, "the last day is not over");
        office.days_pass(1).await;
        assert_eq!(office.calendar_works().await, 1);
        assert_eq!(office.calendar_works().await, 0, "once");
        let events = office.events_of(&case).await;
        assert_eq!(events[events.len() - 2..], ["clarification_lapsed", "decided"]);
        let shown = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let page = plain(shown.text());
        assert!(page.contains("by rule nobody answered in time: it lapsed"), "{page}");
        let parts = [".top", ".ra section", "#events"];
        ends("question_lapsed", (&office, &submission), &shown, &parts).await;
    });
}

/// Data go out before the paperwork, and the paperwork does not come.
#[test]
fn an_emergency_is_released_before_its_paperwork_which_is_then_overdue() {
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
        office.days_pass(2).await;
        assert_eq!(office.calendar_works().await, 0);
        office.days_pass(1).await;
        assert_eq!(office.calendar_works().await, 1);
        assert!(office.events_of(&case).await.contains(&"instrument_overdue"));
        let shown = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let page = plain(shown.text());
        assert!(page.contains("the instrument owed by 23 Sep 2026 has not come"), "{page}");
        ends("emergency_overdue", (&office, &submission), &shown, &[".top", "#events"]).await;
    });
}

#[test]
fn an_expert_answers_and_another_screens() {
    on_each(async |location| {
        let office = Office::at_work(location, &["none"]).await;
        let submission = office.enters_letter("AZ 5", b"scan").await;
        let fields = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("accounts", ""),
        ];
        let case = office.registers(&submission, &fields).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &case).await;
        for aspect in Aspect::ALL {
            office.finds(VERIFIER, &case, aspect, &[("verdict", "stands")]).await;
        }
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        // For technical expertise the verifier may confirm.
        office.confirms(VERIFIER, &case).await;
        office.act(EXPERT, &case, "prepare", &[]).await;
        let words = "Who prepared the response can't screen or release it";
        office.refused(EXPERT, &case, "screen", &[], words).await;
        let words = "is screened before it is released";
        office.refused(VERIFIER, &case, "release", &[], words).await;
        office.act(PROPOSER, &case, "screen", &[]).await;
        office.act(VERIFIER, &case, "release", &[]).await;
        let page = office.opens(EXPERT, &format!("/requests/{case}")).await;
        let parts = [".top", "#decision", "#events"];
        ends("expertise_screened", (&office, &submission), &page, &parts).await;
        let found = plain(office.opens(PROPOSER, "/?q=po-77%2F2026").await.text());
        assert!(found.contains(&case), "by the instrument's reference: {found}");
        let found = plain(office.opens(PROPOSER, "/?q=PO-78").await.text());
        assert!(
            !found.contains(&case) && found.contains("No request that you may see has"),
            "{found}"
        );
        // What is about users stays closed to the expert.
        let user_data = office.registers(&submission, &[]).await;
        let answer = office.opens(EXPERT, &format!("/requests/{user_data}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        let queue = plain(office.opens(EXPERT, "/").await.text());
        assert!(queue.contains(&case) && !queue.contains(&user_data), "{queue}");
    });
}

#[test]
fn a_challenge_that_is_won_leaves_a_rejection() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 6", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.act(PROPOSER, &case, "challenge", &[("reason", "It is too wide.")]).await;
        office.act(PROPOSER, &case, "challenge-result", &[("result", "quashed")]).await;
        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        assert!(plain(page.text()).contains("the court quashed the order"), "{}", told(&page));
        says("challenge_won", &page, &[".top", "#findings article:nth-of-type(2)"]);
        office.proposes(PROPOSER, &case, &[("outcome", "reject_legal")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "close", &[]).await;
        office.act(VERIFIER, &case, "appeal", &[("reason", "A new order.")]).await;
        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        assert!(plain(page.text()).contains("Appealed"), "{}", told(&page));
        ends("appealed", (&office, &submission), &page, &[".top", "#events"]).await;
    });
}

#[test]
fn who_is_slower_reads_again_and_loses_nothing_that_was_typed() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 7", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let seen = office.version(&case).await.to_string();
        office.act(VERIFIER, &case, "begin", &[]).await;
        let path = format!("/requests/{case}/note");
        let note = [("seen", seen.as_str()), ("text", "Ask them about <b>dates</b>.")];
        let answer = office.sends(PROPOSER, &path, &note).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text().contains("Ask them about &#60;b&#62;dates&#60;/b&#62;."), "escaped");
        assert!(answer.text().contains(&format!("href=\"/requests/{case}\"")));
        ends("slower_reads_again", (&office, &submission), &answer, &["main"]).await;
    });
}

#[test]
fn a_decision_asks_for_a_second_proof_and_keeps_what_was_typed() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 8", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.minutes_pass(10);
        let answer = office.acts(CONFIRMER, &case, "confirm", &CONFIRMS).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(plain(answer.text()).contains("Confirm that it is you"), "{}", told(&answer));
        says("second_proof_asked_for", &answer, &["main"]);
        let path = format!("/requests/{case}/confirm");
        for hidden in ["again", "again.agree", "again.reason"] {
            assert!(answer.text().contains(&format!("name=\"{hidden}\"")), "{hidden}");
        }
        let code = office.colleague(CONFIRMER).code(office.candor());
        let seen = office.version(&case).await.to_string();
        let proof = [
            ("code", code.as_str()),
            ("next", "/"),
            ("again", &path),
            ("again.agree", "yes"),
            ("again.reason", "I agree."),
            ("again.read", "yes"),
            ("again.seen", &seen),
        ];
        let answer = office.sends(CONFIRMER, "/confirm-it-is-you", &proof).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
        assert!(answer.text().contains(&format!("action=\"{path}\"")), "{}", answer.text());
        assert!(answer.text().contains("name=\"reason\" value=\"I agree.\""), "{}", answer.text());
        says("second_proof_given", &answer, &["main"]);
        office.confirms(CONFIRMER, &case).await;
    });
}

#[test]
fn a_form_of_another_site_and_one_of_nobody_do_nothing() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let before = office.world.events().await;
        let form = encoded(&[("name", "X"), ("email", "x@example.com"), ("roles", "operator")]);
        let request = |site: &str| {
            Request::post("/people")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("sec-fetch-site", site)
        };
        let foreign = request("cross-site");
        let answer = office.asks(Some("B. Primjer"), foreign, Body::from(form.clone())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        says("form_of_another_site", &answer, &["main"]);
        let answer = office.asks(None, request("same-origin"), Body::from(form)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.headers[header::LOCATION], "/sign-in?next=%2Fpeople");
        assert_eq!(office.world.events().await, before);
    });
}

#[test]
fn who_looked_is_written_down_and_each_day_is_sealed() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 9", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let file = page.text().split("/files/").nth(1).and_then(|rest| rest.get(..64));
        let file = format!("/submissions/{submission}/files/{}", file.expect("the scan"));
        // One after the other: of the same moment the order is any.
        office.minutes_pass(1);
        let scan = office.opens(PROPOSER, &file).await;
        assert_eq!(scan.bytes, b"scan");
        assert_eq!(
            scan.headers[header::CONTENT_DISPOSITION],
            "attachment; filename*=UTF-8''order.pdf"
        );
        office.minutes_pass(1);
        office.opens(VERIFIER, &format!("/requests/{case}")).await;
        // Who may not look is not noted as one who did.
        office.opens(EXPERT, &format!("/requests/{case}")).await;
        let log = office.opens(CONFIRMER, &format!("/requests/{case}/viewings")).await;
        let text = plain(log.text());
        for words in [
            "R. Ejemplo opened the request",
            "K. Beispiel opened order.pdf",
            "O. Primer opened the submission",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("E. Muster"), "{text}");
        ends("who_looked", (&office, &submission), &log, &["main"]).await;
        let seal = async |office: &Office| office.candor().seal_access_log().await.expect("seals");
        assert_eq!(seal(&office).await, 0, "the day is not over");
        office.days_pass(1).await;
        assert_eq!(seal(&office).await, 1);
        assert_eq!(seal(&office).await, 0, "once");
        let altered = async |office: &Office| {
            let mut tx = office.candor().db.snapshot().await.expect("begins");
            tx.altered_days().await.expect("looks")
        };
        assert_eq!(altered(&office).await, []);
    });
}

/// The half-year ends while a request is open.
#[test]
fn an_open_request_is_sealed_as_undecided_before_the_edition_that_counts_it() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 10", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.days_pass(110).await;
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!(published.requests, 1);
        assert_eq!(office.events_of(&case).await, ["request_registered", "pending_sealed"]);
        let table = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert!(
            table.text().contains("FR,France,1,1,0,0,0,0,0,0,0,0,0,0,0,1,0"),
            "{}",
            table.text()
        );
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        ends("sealed_as_undecided", (&office, &submission), &page, &[".top", "#events"]).await;
        // Decided afterwards, it changes the next revision and not this one.
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        let again = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert_eq!(again.bytes, table.bytes);
        office.world.editor_corrects("2026-H2", "One was decided since.").await.expect("corrects");
        let table = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert!(
            table.text().contains("FR,France,1,1,0,0,0,0,0,0,0,1,100,0,0,0,0"),
            "{}",
            table.text()
        );
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn what_was_erased_is_counted_still_and_read_by_nobody() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 11", b"scan").await;
        let keys = [("demands", "encryption_keys")];
        let case = office.registers(&submission, &keys).await;
        office.act(VERIFIER, &case, "close", &[]).await;
        let page = format!("/submissions/{submission}");
        let who = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission(number, &who).await.expect("reads").row.submission;
        office.candor().erase(id, domain::id::Actor::OperatorCli).await.expect("erases");
        for path in ["/", "/?state=closed", "/submissions", &page] {
            let answer = office.opens(INTAKE, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", told(&answer));
            for gone in ["AZ 11", "Placeholder", "order.pdf"] {
                assert!(!answer.text().contains(gone), "{path} tells {gone}");
            }
        }
        let erased = office.opens(INTAKE, &page).await;
        ends("erased", (&office, &submission), &erased, &["main"]).await;
        let answer = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,0,0,0,0,0,0,0,0,1,100,0,0"), "{table}");
    });
}
