//! What was registered wrongly is put right by two people: it is counted as what it is, what rested
//! on it is found anew, and the trail says what stood there before.

use app::{ActKind, Refolding};
use axum::http::StatusCode;
use databases::on_each;
use domain::id::Actor;
use domain::request::Aspect;
use jiff::ToSpan;

use crate::bands::checks;
use crate::batches::{PADDING, batch, configures, is_well};
use crate::office::{
    CONFIRMER, EXPERT, INTAKE, ORIGIN, Office, PROPOSER, VERIFIER, plain, registration, told,
};

const REVIEWER: &str = "N. Exempel";

/// The form as an ordinary request stands in it, with these fields in place of its own.
fn corrected<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let not_there = ["instrument_reference", "summary"];
    let stands = registration(fields);
    let reason = ("reason", "The letterhead was read wrongly.");
    stands.into_iter().filter(|(name, _)| !not_there.contains(name)).chain([reason]).collect()
}

impl Office {
    /// One proposes, another confirms.
    async fn corrects(&self, case: &str, fields: &[(&str, &str)]) {
        self.act(INTAKE, case, "correct", &corrected(fields)).await;
        self.act(CONFIRMER, case, "correct-confirm", &[]).await;
    }

    async fn tells_of(&self, case: &str) -> String {
        plain(self.opens(VERIFIER, &format!("/requests/{case}")).await.text())
    }

    async fn table(&self) -> String {
        self.world.editor_drafts_table("2026-H2").await
    }

    async fn approves(&self, case: &str) {
        self.proposes(PROPOSER, case, &[("outcome", "approve")]).await;
        self.confirms(CONFIRMER, case).await;
    }

    async fn receipt_of(&self, submission: &str) -> app::Receipt {
        let receipt = self.opens(INTAKE, &format!("/submissions/{submission}/receipt")).await;
        app::Receipt::from_json(&receipt.bytes).expect("a receipt")
    }
}

const GERMAN: [(&str, &str); 2] = [("country", "Germany"), ("officer", "U. Platzhalter")];

#[test]
fn a_wrong_country_leaves_the_count_and_what_was_found_of_it_falls() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let german = ("Germany", "Bureau of Samples");
        office.registers_number(INTAKE, german, "+999 30 5550200").await;
        let submission = office.enters_letter("CO 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.approves(&case).await;
        office.days_pass(105).await;
        office.world.editor_publishes("2026-H2").await.expect("publishes");
        let published = async |revision: u32| {
            let path = format!("/2026-H2/r{revision}/by-country.csv");
            office.world.reader_gets(&path).await.text().to_owned()
        };
        let first = published(0).await;
        assert!(first.contains("FR,France,1,1,0,0,0,0,0,0,0,1,100,0,0,0,0"), "{first}");

        // One person alone, or one who only reads, moves nothing.
        for who in [REVIEWER, EXPERT] {
            let answer = office.acts(who, &case, "correct", &corrected(&GERMAN)).await;
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&answer.status);
            assert!(refused, "{who}: {}", told(&answer));
        }
        office.refused(INTAKE, &case, "correct", &corrected(&[]), "registered so already").await;
        let nothing: Vec<_> = corrected(&[("country", "Nowhere")]);
        office.refused(INTAKE, &case, "correct", &nothing, "Name a country").await;
        office.act(VERIFIER, &case, "correct", &corrected(&GERMAN)).await;
        let words = "Who proposed can't confirm";
        office.refused(VERIFIER, &case, "correct-confirm", &[], words).await;
        let answer = office.acts(INTAKE, &case, "correct-confirm", &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        let keys = [("demands", "encryption_keys"), ("reason", "It asks for keys.")];
        office.refused(PROPOSER, &case, "reclassify", &keys, "proposed to be corrected").await;
        let page = office.tells_of(&case).await;
        assert!(page.contains("France (FR)"), "one person alone moved it: {page}");
        let why = [("reason", "The letterhead is French.")];
        office.act(INTAKE, &case, "correct-return", &why).await;
        let words = "not proposed to be corrected";
        office.refused(CONFIRMER, &case, "correct-confirm", &[], words).await;

        office.act(INTAKE, &case, "correct", &corrected(&GERMAN)).await;
        let page = office.tells_of(&case).await;
        let changes = "country: Germany instead of France; officer: U. Platzhalter \
             (t.placeholder@samples.example) instead of T. Placeholder \
             (t.placeholder@samples.example)";
        assert!(page.contains(&format!("O. Primer proposes: {changes}.")), "{page}");
        office.act(CONFIRMER, &case, "correct-confirm", &[]).await;
        let page = office.tells_of(&case).await;
        for words in ["Germany (DE)", "U. Platzhalter", &format!("is corrected: “{changes}”")] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let events = office.events_of(&case).await;
        assert_eq!(events.last(), Some(&"registration_corrected"), "{events:?}");
        // What was found of a French order says nothing of a German one.
        let approve = [("outcome", "approve"), ("reason", "It was approved before.")];
        let words = "do not all stand";
        office.refused(PROPOSER, &case, "propose", &approve, words).await;
        office.world.editor_corrects("2026-H2", "A country was read wrongly.").await.expect("r1");
        let second = published(1).await;
        assert!(!second.contains("FR,France"), "{second}");
        let open = "DE,Germany,1,1,0,0,0,0,0,0,0,0,0,0,0,1,0";
        assert!(second.contains(open), "open again: {second}");
        assert_eq!(published(0).await, first, "what was published stays");

        // It is found anew, by a number of the right authority, and answered.
        office.verifies_officer(VERIFIER, &case).await;
        office.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        office.finds(VERIFIER, &case, Aspect::Instrument, &[("verdict", "stands")]).await;
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        office.approves(&case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "2")]).await;
        let late = corrected(&[]);
        office.refused(INTAKE, &case, "correct", &late, "with a request that is answered").await;
        office.world.editor_corrects("2026-H2", "It was answered.").await.expect("r2");
        let third = published(2).await;
        assert!(third.contains("DE,Germany,1,1,0,0,0,0,0,0,0,1,100,0,0,0,0"), "{third}");

        // The log says it, and whoever sent the letter can check that.
        let verdict = checks(&office, "2026-H2", &submission).await;
        let census = verdict.log.links.census();
        let half_year = census.values().next().expect("a half-year");
        assert_eq!((half_year.requests, half_year.reclassified, half_year.amended), (1, 1, 1));
        let receipt = office.receipt_of(&submission).await;
        let records = receipt.contents.leaves.iter().map(|leaf| leaf.record.clone());
        let records: Vec<_> = records.collect();
        let countries: Vec<_> =
            records.iter().filter_map(|record| record.get("country")?.as_str()).collect();
        assert_eq!(countries, ["FR", "DE"], "{records:?}");
        let standings: Vec<_> =
            records.iter().filter_map(|record| record.get("standing")?.as_str()).collect();
        assert_eq!(standings, ["approved", "open", "approved"], "{records:?}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// In sealed mode a correction takes one of the places that each batch has for such leaves.
#[test]
fn a_correction_waits_for_its_batch_like_all_else() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        configures(&mut office.world, "\"with_edition\"", PADDING).await.expect("is sealed");
        office.world.candor.config.console.origin = Some(ORIGIN.to_owned());
        let submission = office.enters_letter("CO 2", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.corrects(&case, &GERMAN).await;
        office.corrects(&case, &[("country", "Germany"), ("accounts", "4")]).await;
        is_well(&office.world).await;
        for leaf in ["submission", "request", "correction", "the second one"] {
            assert_eq!(batch(&mut office.world).await, 1, "{leaf}");
        }
        let receipt = office.receipt_of(&submission).await;
        let accounts = receipt.contents.leaves.iter();
        let accounts: Vec<_> =
            accounts.filter_map(|leaf| leaf.record.get("accounts_specified")?.as_u64()).collect();
        assert_eq!(accounts, [3, 3, 4]);
        office.days_pass(105).await;
        office.world.editor_publishes("2026-H2").await.expect("publishes");
        let verdict = checks(&office, "2026-H2", &submission).await.to_string();
        assert!(verdict.contains("RECEIPT HOLDS"), "{verdict}");
        is_well(&office.world).await;
    });
}

/// The right law counts from receipt, also in hours; a smaller mistake unsettles less.
#[test]
fn the_time_runs_by_the_right_law_and_a_small_mistake_unsettles_little() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("CO 3", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let due = async |case: &str| {
            let who = office.signed_in(VERIFIER).await;
            let row = office.candor().case_named(case.parse().expect("a name"), &who).await;
            let row = row.expect("reads");
            (row.due_on.map(|on| on.to_string()), row.due_at.map(|at| at.to_string()))
        };
        assert_eq!(due(&case).await, (Some("2026-10-01".to_owned()), None));
        let urgent = [("emergency", "yes"), ("received_time", "09:30")];
        office.corrects(&case, &urgent).await;
        let in_hours = (Some("2026-09-21".to_owned()), Some("2026-09-21T17:30:00Z".to_owned()));
        assert_eq!(due(&case).await, in_hours);
        // Nobody says again when it came: it is known.
        office.corrects(&case, &[("emergency", "yes"), ("country", "Germany")]).await;
        assert_eq!(due(&case).await, in_hours);
        office.corrects(&case, &[("instrument", "none")]).await;
        assert_eq!(due(&case).await, (None, None), "no rule sets a date");
        office.corrects(&case, &[]).await;
        assert_eq!(due(&case).await, (Some("2026-10-01".to_owned()), None));

        // A question that was asked of it falls, and the clock runs on.
        office.act(VERIFIER, &case, "begin", &[]).await;
        let until = office.candor().today().saturating_add(9.days()).to_string();
        let question = [("question", "Which accounts?"), ("answer_due_on", until.as_str())];
        office.act(VERIFIER, &case, "clarification", &question).await;
        office.corrects(&case, &[("accounts", "1")]).await;
        office.refused(VERIFIER, &case, "answer", &[("answer", "Three.")], "in verification").await;

        office.verifies_officer(VERIFIER, &case).await;
        office.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        office.finds(VERIFIER, &case, Aspect::Instrument, &[("verdict", "stands")]).await;
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        // Another officer: that they are real is found anew, and nothing else.
        let other = [("accounts", "1"), ("officer", "V. Tijdelijk")];
        office.corrects(&case, &other).await;
        let propose = [("outcome", "approve"), ("reason", "All is there.")];
        office.refused(PROPOSER, &case, "propose", &propose, "do not all stand").await;
        office.verifies_officer(VERIFIER, &case).await;
        office.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        // How many accounts it names is what the scope was found of.
        office.corrects(&case, &[("accounts", "2"), other[1]]).await;
        office.refused(PROPOSER, &case, "propose", &propose, "do not all stand").await;
        office.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        office.approves(&case).await;
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// What is counted with another stays in its cell, and a class is moved by its own step; a category
/// is corrected with what is asked for.
#[test]
fn a_link_and_a_class_are_moved_by_their_own_steps() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("CO 4", b"scan").await;
        let one = office.registers(&submission, &[]).await;
        let two = office.registers(&submission, &[]).await;
        let link = [("to", one.as_str()), ("link", "duplicates"), ("reason", "Twice.")];
        office.act(VERIFIER, &two, "link", &link).await;
        let moved = corrected(&GERMAN);
        office.refused(INTAKE, &two, "correct", &moved, "take the link back first").await;
        office.refused(INTAKE, &one, "correct", &moved, "take their links back first").await;
        // What stays in the cell may be put right.
        office.corrects(&one, &[("accounts", "9")]).await;
        office.act(VERIFIER, &two, "unlink", &[("reason", "Another account.")]).await;
        office.corrects(&one, &GERMAN).await;

        let keys = [("demands", "encryption_keys")];
        let words = "a step of its own";
        office.refused(INTAKE, &two, "correct", &corrected(&keys), words).await;
        let expertise = [("category", "technical_expertise"), ("accounts", "")];
        let words = "can't be asked for in a request for technical_expertise";
        office.refused(INTAKE, &two, "correct", &corrected(&expertise), words).await;
        let expertise = [&expertise[..], &[("demands", "indicators")]].concat();
        office.corrects(&two, &expertise).await;
        let table = office.table().await;
        assert!(table.contains("FR,France,1,0,1,"), "{table}");
        assert!(table.contains("DE,Germany,1,1,0,"), "{table}");
        // Now the expert reads it.
        let page = office.opens(EXPERT, &format!("/requests/{two}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));

        // A prohibited demand stays declined by rule, whoever sent it; its signed text falls.
        let declined = office.registers(&submission, &keys).await;
        office.corrects(&declined, &[keys[0], GERMAN[0]]).await;
        let table = office.table().await;
        assert!(table.contains("DE,Germany,2,2,0,0,0,0,0,0,0,0,0,1,50,1,0"), "{table}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Whom a letter was said to be from goes with the letter, also where it was said wrongly or only
/// proposed.
#[test]
fn officers_who_were_named_wrongly_are_forgotten_with_the_letter() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("CO 5", b"scan").await;
        let case = office.registers(&submission, &[("officer", "A. Verkeerd")]).await;
        office.corrects(&case, &[("officer", "B. Juist")]).await;
        let maybe = corrected(&[("officer", "C. Misschien")]);
        office.act(INTAKE, &case, "correct", &maybe).await;
        office.act(INTAKE, &case, "correct-return", &[("reason", "No.")]).await;
        // As a backup would hold them.
        let officers = async || {
            let mut tx = office.candor().db.snapshot().await.expect("begins");
            let mut told = String::new();
            let mut take = |line: &str| {
                if line.contains("\"end\":\"officer\"") {
                    line.clone_into(&mut told);
                }
                Ok(())
            };
            tx.copy_out(&mut take).await.expect("copies");
            let end: serde_json::Value = serde_json::from_str(&told).expect("JSON");
            end["rows"].as_u64().expect("a number")
        };
        assert_eq!(officers().await, 3);
        office.act(VERIFIER, &case, "withdraw", &[("reason", "They wrote so.")]).await;
        let who = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission_id(number, &who).await.expect("reads");
        office.candor().erase(id, Actor::OperatorCli).await.expect("erases");
        assert_eq!(officers().await, 0, "nobody is named any more");
    });
}

#[test]
fn each_form_of_a_correction_is_taken_from_who_may_alone() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("CO 6", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.only_act(INTAKE, (&case, ActKind::Correct), &corrected(&GERMAN)).await;
        let why = [("reason", "Read it again.")];
        office.only_act(INTAKE, (&case, ActKind::CorrectReturn), &why).await;
        office.act(INTAKE, &case, "correct", &corrected(&GERMAN)).await;
        office.only_act(CONFIRMER, (&case, ActKind::CorrectConfirm), &[]).await;
    });
}
