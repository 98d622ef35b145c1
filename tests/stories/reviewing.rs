//! The independent reviewer writes what they find of a case, and nothing else.

use axum::http::StatusCode;
use databases::on_each;
use domain::access::Role;
use domain::event::{RequestEvent, ReviewFinding};
use domain::id::Actor;
use domain::request::Aspect;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PEOPLE, PROPOSER, VERIFIER, plain, told};
use crate::snapshots::ends;

const REVIEWER: &str = "N. Exempel";
const WHY: &str = "The scope was found before the officer had said which accounts are meant.";

fn objects() -> [(&'static str, &'static str); 2] {
    [("finding", "objection"), ("text", WHY)]
}

/// Everybody who reads the case reads the review; where it stands and what is counted stays.
#[test]
fn a_reviewer_objects_and_later_finds_it_sound() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let before = office.world.editor_drafts_table("2026-H2").await;
        for (fields, words) in [
            (vec![("finding", "objection")], "Say what you looked at, and why you find so"),
            (vec![("text", WHY)], "Say what you find"),
        ] {
            office.refused(REVIEWER, &case, "review", &fields, words).await;
        }
        office.act(REVIEWER, &case, "review", &objects()).await;
        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        let text = plain(page.text());
        assert!(text.contains("Decision proposed objection Waits"), "{text}");
        let parts = [".top", "#reviews", "#events"];
        ends("reviewed", (&office, &submission), &page, &parts).await;
        assert_eq!(office.world.editor_drafts_table("2026-H2").await, before);

        // Somebody confirms all the same; the review is no rule.
        office.confirms(CONFIRMER, &case).await;
        let sound = [("finding", "sound"), ("text", "The answer names the accounts.")];
        office.act(REVIEWER, &case, "review", &sound).await;
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Approved Waits"), "nothing is open any more: {page}");
        assert!(page.contains("Reviews 2") && page.contains(WHY), "both stay: {page}");
        let trail = office.opens(REVIEWER, &format!("/requests/{case}/audit.html")).await;
        let trail = plain(trail.text());
        for words in ["N. Exempel reviewed it: objection", WHY, "reviewed it: sound"] {
            assert!(trail.contains(words), "{words}: {trail}");
        }
        let all = office.opens(REVIEWER, "/audit/events.csv").await;
        let line = "N. Exempel,request,2026-0001-1,review_written,reviewed it: objection,\r\n";
        assert!(all.text().contains(line), "{}", all.text());
        assert!(!all.text().contains(WHY), "the text is not in it");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Nobody reviews but a reviewer, and no reviewer what they did themselves.
#[test]
fn whoever_did_something_with_a_case_does_not_review_it() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        for (who, role) in PEOPLE.into_iter().filter(|(_, role)| *role != Role::Reviewer) {
            let answer = office.acts(who, &case, "review", &objects()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?}: {}", told(&answer));
            let page = plain(office.opens(who, &format!("/requests/{case}")).await.text());
            assert!(!page.contains("Write a review"), "{page}");
        }
        // One person may be both, and reviews the work of others alone.
        let people = office.candor().people().await.expect("reads");
        let person = people.iter().find(|person| person.name.as_str() == VERIFIER);
        let path = format!("/people/{}/roles", person.expect("has joined").id);
        let both = [("roles", "counsel"), ("roles", "reviewer")];
        office.does("B. Primjer", &path, &both).await;
        office.act(VERIFIER, &case, "review", &objects()).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let words = "Who did something with a request does not review it";
        office.refused(VERIFIER, &case, "review", &objects(), words).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Write a review: you did something with it yourself."), "{page}");
        office.verifies_officer(PROPOSER, &case).await;
        office.finds(PROPOSER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
    });
}

/// A case in a compartment is answered like one that there is none of, whatever is sent.
#[test]
fn a_secret_case_is_not_there_to_be_reviewed() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("SEC-1", b"hush").await;
        let case = office.registers(&submission, &[]).await;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| {
            let person = people.iter().find(|person| person.name.as_str() == name);
            person.expect("has joined").id.to_string()
        };
        let named = [id(INTAKE), id(VERIFIER), id(PROPOSER)];
        let mut fields: Vec<_> = named.iter().map(|id| ("people", id.as_str())).collect();
        fields.extend([("reason", "The order forbids it."), ("seen", "1")]);
        office.does(INTAKE, &format!("/submissions/{submission}/compartment"), &fields).await;
        let before = office.world.events().await;
        let whole = [&[("seen", "1")], &objects()[..]].concat();
        for fields in [whole.as_slice(), &[]] {
            let send = async |case: &str| {
                office.sends(REVIEWER, &format!("/requests/{case}/review"), fields).await
            };
            let (there, nowhere) = (send(&case).await, send("2026-0077-1").await);
            assert_eq!(there.status, StatusCode::NOT_FOUND, "{}", told(&there));
            assert_eq!(there.text(), nowhere.text());
        }
        assert_eq!(office.world.events().await, before);
    });
}

/// What a review says goes with the letter; that it was written stays.
#[test]
fn what_a_review_says_is_erased_with_its_letter() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.act(REVIEWER, &case, "review", &objects()).await;
        let reason = [("reason", "By telephone.")];
        office.act(VERIFIER, &case, "withdraw", &reason).await;
        let fields = office.texts_of(&submission).await;
        assert!(fields.expect("is there").contains(&WHY.to_owned()));
        let who = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission_id(number, &who).await.expect("reads");
        office.candor().erase(id, Actor::OperatorCli).await.expect("erases");
        assert_eq!(office.texts_of(&submission).await, None, "nobody opens them");
        let answer = office.opens(EXPERT, &format!("/requests/{case}")).await;
        assert_ne!(answer.status, StatusCode::OK);
        let answer = office.opens(REVIEWER, &format!("/requests/{case}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
        let review = RequestEvent::ReviewWritten { finding: ReviewFinding::Objection };
        assert!(office.recorded(&case).await.contains(&review), "the record stays");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

impl Office {
    /// All texts under the key of a letter; `None` where it is destroyed.
    async fn texts_of(&self, submission: &str) -> Option<Vec<String>> {
        let who = self.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = self.candor().submission_id(number, &who).await.expect("reads");
        let candor = self.candor();
        let mut tx = candor.db.snapshot().await.expect("begins");
        let sight = store::Sight::whole();
        let sealed = tx.sealed_submission(candor.db.keys(), id, sight).await.expect("reads")?;
        let mut texts = Vec::new();
        for case in tx.cases(store::Cases::In(id), sight).await.expect("reads") {
            let of_case = tx.case_texts(&sealed, case.request).await.expect("opens");
            texts.extend(of_case.into_iter().map(|text| text.text));
        }
        Some(texts)
    }
}
