//! Ways around the rules that look like work, and are refused with what to do instead.

use axum::http::StatusCode;
use databases::on_each;
use domain::request::Aspect;

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain, told};

const US: (&str, &str) = ("country", "United States");

#[test]
fn an_emergency_is_found_before_anything_is_owed_and_the_paper_by_somebody_else() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let submission = office.enters_letter("EM 7", b"scan").await;
        let fields = [("instrument", "us_emergency_disclosure"), US, ("emergency", "yes")];
        let case = office.registers(&submission, &fields).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &case).await;
        office.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        let owed = |until: &'static str, found: &'static [&str]| {
            let mut fields = vec![
                ("aspect", "instrument"),
                ("verdict", "owed"),
                ("owed_until", until),
                ("owed_basis", "us_emergency_disclosure"),
            ];
            fields.extend(found.iter().map(|element| ("elements", *element)));
            fields
        };
        let danger =
            &["us_emergency_disclosure.danger", "us_emergency_disclosure.without_delay"][..];
        let words = "the law does not let it follow";
        let nothing = owed("2026-09-23", &["us_emergency_disclosure.paper"]);
        office.refused(VERIFIER, &case, "finding", &nothing, words).await;
        office.act(VERIFIER, &case, "finding", &owed("2026-09-23", danger)).await;
        let words = "owed by a day that was named once";
        let later = owed("2026-12-23", danger);
        office.refused(VERIFIER, &case, "finding", &later, words).await;

        let scope = [("verdict", "stands"), ("transfer", "derogation")];
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        // Who decided does not find what the decision rests on, nor is it owed once more.
        let elements = office.elements(&case, Aspect::Instrument).await;
        let mut came = vec![("aspect", "instrument"), ("verdict", "stands")];
        came.extend(elements.iter().map(|code| ("elements", code.as_str())));
        let words = "proposed or confirmed the decision can't record a finding";
        for decider in [PROPOSER, CONFIRMER] {
            office.refused(decider, &case, "finding", &came, words).await;
        }
        let again = owed("2026-09-23", danger);
        office.refused(VERIFIER, &case, "finding", &again, "record that it came").await;
        office.days_pass(1).await;
        office.act(VERIFIER, &case, "finding", &came).await;
        assert_eq!(office.events_of(&case).await.last(), Some(&"instrument_arrived"));
    });
}

#[test]
fn an_instrument_reaches_no_further_than_its_law() {
    on_each(async |location| {
        let office = Office::at_work(location, &["us_subpoena"]).await;
        let submission = office.enters_letter("SP 1", b"scan").await;
        let subpoena = ("instrument", "us_subpoena");
        let foreign = office.registers(&submission, &[subpoena]).await;
        office.act(VERIFIER, &foreign, "begin", &[]).await;
        let elements = office.elements(&foreign, Aspect::Instrument).await;
        let mut stands = vec![("aspect", "instrument"), ("verdict", "stands")];
        stands.extend(elements.iter().map(|code| ("elements", code.as_str())));
        let words = "of France do not issue this instrument";
        office.refused(VERIFIER, &foreign, "finding", &stands, words).await;

        let content = [subpoena, US, ("demands", "registration"), ("demands", "content")];
        let wide = office.registers(&submission, &content).await;
        office.verifies(VERIFIER, &wide).await;
        let words = "instrument can’t carry what would be approved";
        let approve = [("outcome", "approve"), ("reason", "All of it.")];
        office.refused(PROPOSER, &wide, "propose", &approve, words).await;
        let page = plain(office.opens(PROPOSER, &format!("/requests/{wide}")).await.text());
        assert!(page.contains("its instrument can’t carry all that is asked for"), "{page}");
        let part = [("outcome", "approve_in_part"), ("granted", "registration")];
        let part = [&part[..], &[("ground", "legal_requirements")]].concat();
        office.proposes(PROPOSER, &wide, &part).await;
    });
}

#[test]
fn a_day_later_than_the_law_says_is_no_day_of_registration() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("LT 1", b"scan").await;
        let fields = [
            ("category", "user_data"),
            ("demands", "registration"),
            ("country", "France"),
            ("authority", "Bureau of Samples"),
            ("officer", "T. Placeholder"),
            ("instrument", "eu_production_order"),
            ("emergency", "no"),
            ("due_on", "2026-11-02"),
            ("summary", "In six weeks."),
            ("seen", "0"),
        ];
        let path = format!("/submissions/{submission}/requests");
        let answer = office.sends(INTAKE, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let words = "has it due on 2026-10-01: register it with that day or an earlier one";
        assert!(plain(answer.text()).contains(words), "{}", told(&answer));
    });
}

#[test]
fn a_link_stays_within_a_cell_of_the_tables_and_is_taken_back() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("LK 1", b"scan").await;
        let one = office.registers(&submission, &[]).await;
        let german = office.registers(&submission, &[("country", "Germany")]).await;
        let two = office.registers(&submission, &[]).await;
        let to = |other| [("to", other), ("link", "duplicates"), ("reason", "Twice.")];
        let words = "one of the same country and category";
        office.refused(VERIFIER, &two, "link", &to(german.as_str()), words).await;
        office.act(VERIFIER, &two, "link", &to(one.as_str())).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,"), "one is linked: {table}");
        let reason = [("reason", "Another account of the same user.")];
        office.act(VERIFIER, &two, "unlink", &reason).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,2,2,0,"), "both count again: {table}");
        let who = "linked to none";
        office.refused(VERIFIER, &two, "unlink", &reason, who).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{two}")).await.text());
        assert!(page.contains("took the link back: it stands for itself"), "{page}");
    });
}

#[test]
fn what_was_declined_stays_declined_and_a_move_is_sent_back() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("DC 1", b"scan").await;
        let keys = office.registers(&submission, &[("demands", "encryption_keys")]).await;
        let reason = [("reason", "They wrote that it is settled.")];
        office.refused(VERIFIER, &keys, "withdraw", &reason, "stays declined").await;
        let moved = [("demands", "registration"), ("reason", "It was read wrongly.")];
        office.act(PROPOSER, &keys, "reclassify", &moved).await;
        office.act(VERIFIER, &keys, "reclassify-return", &reason).await;
        office.refused(CONFIRMER, &keys, "reclassify-confirm", &[], "not proposed").await;
        office.act(VERIFIER, &keys, "reclassify", &moved).await;
        office.act(CONFIRMER, &keys, "reclassify-confirm", &[]).await;
    });
}
