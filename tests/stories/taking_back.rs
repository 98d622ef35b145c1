//! That a letter holds no request was a mistake: counsel takes it back, what is sealed stays, and the
//! request is found in it after all.

use app::{Error, Refolding};
use axum::http::StatusCode;
use databases::on_each;
use domain::access::Permission;

use crate::bands::checks;
use crate::batches::{PADDING, configures, is_well};
use crate::office::{INTAKE, ORIGIN, Office, VERIFIER, plain, told};

const REASON: [(&str, &str); 1] = [("reason", "The order is on the second page.")];

impl Office {
    async fn declares_none(&self, submission: &str, reason: &str) {
        let path = format!("/submissions/{submission}/not-a-request");
        self.does(INTAKE, &path, &[("reason", reason)]).await;
    }

    async fn takes_back(&self, submission: &str) {
        self.does(VERIFIER, &format!("/submissions/{submission}/reopen"), &REASON).await;
    }

    async fn submission_page(&self, submission: &str) -> String {
        plain(self.opens(VERIFIER, &format!("/submissions/{submission}")).await.text())
    }

    /// What the sender's receipt opens, one after the other.
    async fn sealed_of(&self, submission: &str) -> Vec<String> {
        let receipt = self.opens(INTAKE, &format!("/submissions/{submission}/receipt")).await;
        let receipt = app::Receipt::from_json(&receipt.bytes).expect("a receipt");
        let told = receipt.contents.leaves.iter().map(|leaf| {
            let is_error = leaf.record.get("counted").is_some_and(|of| of == "sealed_in_error");
            let last = if is_error { "counted" } else { "standing" };
            let of = ["arrival", "not_a_request", "country", last];
            let told = of.iter().find_map(|name| Some((*name, leaf.record.get(*name)?)));
            let (name, value) = told.expect("a record that is known");
            format!("{name}: {}", value.as_str().unwrap_or_default())
        });
        told.collect()
    }
}

#[test]
fn what_was_taken_for_an_advertisement_turns_out_to_be_an_order() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("TB 1", b"scan").await;
        let path = format!("/submissions/{letter}/reopen");
        let answer = office.sends(VERIFIER, &path, &REASON).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        assert!(plain(answer.text()).contains("Nobody has declared"), "{}", told(&answer));
        office.declares_none(&letter, "advertising").await;
        let page = office.submission_page(&letter).await;
        assert!(page.contains("Not a request: advertising"), "{page}");
        assert!(page.contains("Take back that it holds no request"), "{page}");
        let page = plain(office.opens(INTAKE, &format!("/submissions/{letter}")).await.text());
        assert!(!page.contains("Take back"), "intake alone does not: {page}");
        let answer = office.sends(VERIFIER, &path, &[("reason", " ")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        // One who may, and nobody else.
        office.only(VERIFIER, (&path, &[Permission::ReopenSubmission]), &REASON).await;
        let page = office.submission_page(&letter).await;
        for words in [
            "Waits to be registered",
            "O. Primer declared that it holds no request: advertising",
            "R. Ejemplo took back that it holds no request: “The order is on the second page.”",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        office.days_pass(105).await;
        let refused = office.world.editor_publishes("2026-H2").await.expect_err("it waits again");
        assert!(matches!(refused, Error::Unresolved { count: 1, .. }), "{refused}");

        let case = office.registers(&letter, &[]).await;
        assert_eq!(case, "2026-0001-2", "the first number stays taken");
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("1 of 1"), "{page}");
        let answer = office.sends(VERIFIER, &path, &REASON).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let other = office.registers(&letter, &[("country", "Germany")]).await;
        assert_eq!(other, "2026-0001-3");
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!(published.requests, 2);
        let sealed = office.sealed_of(&letter).await;
        assert_eq!(
            sealed,
            [
                "arrival: on_receipt",
                "not_a_request: advertising",
                "not_a_request: advertising",
                "counted: sealed_in_error",
                "country: FR",
                "country: DE",
                "standing: open",
                "standing: open",
            ]
        );
        let verdict = checks(&office, "2026-H2", &letter).await;
        assert!(verdict.to_string().contains("RECEIPT HOLDS"), "{verdict}");
        let census = verdict.log.links.census();
        let half_year = census.values().next().expect("a half-year");
        assert_eq!((half_year.unresolved, half_year.requests, half_year.amended), (0, 3, 1));
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// It may have been right after all.
#[test]
fn what_was_taken_back_can_be_said_again() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("TB 2", b"scan").await;
        office.declares_none(&letter, "advertising").await;
        office.takes_back(&letter).await;
        office.declares_none(&letter, "correspondence").await;
        let page = office.submission_page(&letter).await;
        assert!(page.contains("Not a request: correspondence"), "{page}");
        office.takes_back(&letter).await;
        office.declares_none(&letter, "test").await;
        office.days_pass(105).await;
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!(published.requests, 0);
        let sealed = office.sealed_of(&letter).await;
        let expected = [
            "arrival: on_receipt",
            "not_a_request: advertising",
            "not_a_request: advertising",
            "counted: sealed_in_error",
            "not_a_request: correspondence",
            "counted: sealed_in_error",
            "not_a_request: test",
        ];
        assert_eq!(sealed, expected);
        let verdict = checks(&office, "2026-H2", &letter).await.to_string();
        assert!(verdict.contains("RECEIPT HOLDS"), "{verdict}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// In sealed mode what is said waits for its batch like all else, and the closing repeats what was
/// said last, whatever else happened to the letter.
#[test]
fn in_sealed_mode_it_waits_for_its_batch() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        configures(&mut office.world, "\"with_edition\"", PADDING).await.expect("is sealed");
        office.world.candor.config.console.origin = Some(ORIGIN.to_owned());
        let letters = ["TB 3", "TB 4"];
        let mut entered = Vec::new();
        for letter in letters {
            let letter = office.enters_letter(letter, letter.as_bytes()).await;
            office.declares_none(&letter, "advertising").await;
            entered.push(letter);
        }
        let [order, advert] = entered.as_slice() else { panic!("two") };
        office.takes_back(order).await;
        office.registers(order, &[]).await;
        let hold = [("number", advert.as_str()), ("reason", "A dispute.")];
        office.does(VERIFIER, "/retention/hold", &hold).await;
        is_well(&office.world).await;
        office.days_pass(105).await;
        office.world.editor_publishes("2026-H2").await.expect("publishes");
        is_well(&office.world).await;
        for letter in entered {
            let verdict = checks(&office, "2026-H2", &letter).await.to_string();
            assert!(verdict.contains("RECEIPT HOLDS"), "{verdict}");
        }
    });
}
