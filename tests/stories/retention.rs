//! How long what a letter says is kept: periods are declared, what is due is seen, held, and erased.

use app::Error;
use axum::http::{StatusCode, header};
use databases::on_each;
use domain::event::{Event, SubmissionEvent};
use domain::id::{Actor, SubmissionId};
use domain::request::Aspect;
use store::Sight;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PRIVACY, PROPOSER, VERIFIER, plain, told};
use crate::published::Published;

const REVIEWER: &str = "N. Exempel";
const BOARD: &str = "Decision of the board of 3 September 2026, no. 12";

/// What is declared, beside blank fields for all other endings.
async fn declares(office: &Office, periods: &[(&str, &str)]) {
    let mut fields = Vec::new();
    for (code, months) in periods {
        fields.push((format!("months_{code}"), (*months).to_owned()));
        fields.push((format!("source_{code}"), BOARD.to_owned()));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    office.does(PRIVACY, "/retention/periods", &fields).await;
}

async fn page(office: &Office, who: &str, path: &str) -> String {
    let answer = office.opens(who, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{who} at {path}: {}", told(&answer));
    plain(answer.text())
}

/// The form in which everything that is due is chosen, as the page shows it.
async fn all_due(office: &Office, who: &str) -> Vec<(&'static str, String)> {
    let answer = office.opens(who, "/retention").await;
    let html = answer.text();
    let value = |after: &str| {
        let rest = html.split(after).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    let mut form = vec![("rules", value("name=\"rules\" value=\"").unwrap_or_default())];
    for part in html.split("name=\"erase\"").skip(1) {
        let value = part.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
        form.push(("erase", value.expect("its value").to_owned()));
    }
    form
}

async fn sends(office: &Office, who: &str, path: &str, form: &[(&str, String)]) -> stories::Answer {
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    office.sends(who, path, &form).await
}

async fn id_of(office: &Office, submission: &str) -> SubmissionId {
    let who = office.signed_in(INTAKE).await;
    let number = submission.parse().expect("a number");
    office.candor().submission_id(number, &who).await.expect("reads")
}

/// A letter whose one request the authority took back.
async fn withdrawn(office: &Office, reference: &str) -> String {
    let submission = office.enters_letter(reference, reference.as_bytes()).await;
    let case = office.registers(&submission, &[]).await;
    office.act(VERIFIER, &case, "withdraw", &[("reason", "They wrote so.")]).await;
    submission
}

/// A letter whose one request was answered and closed.
async fn answered(office: &Office, reference: &str) -> String {
    let submission = office.enters_letter(reference, reference.as_bytes()).await;
    let case = office.registers(&submission, &[]).await;
    office.verifies(VERIFIER, &case).await;
    office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
    office.confirms(CONFIRMER, &case).await;
    office.act(VERIFIER, &case, "prepare", &[]).await;
    office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "3")]).await;
    office.act(PROPOSER, &case, "close", &[]).await;
    submission
}

/// What nobody may read any more, and what stays.
async fn is_erased(office: &Office, submission: &str, texts: &[&str]) {
    let id = id_of(office, submission).await;
    let keys = office.candor().db.keys().clone();
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    assert!(!tx.is_readable(id).await.expect("reads"), "its key is there");
    for name in ["sender", "summary", "reference"] {
        let field = tx.field(&keys, (id, name), Sight::whole()).await.expect("reads");
        assert_eq!(field, None, "{name}");
    }
    drop(tx);
    for path in [format!("/submissions/{submission}"), "/submissions".to_owned()] {
        let answer = office.opens(INTAKE, &path).await;
        for text in texts {
            assert!(!answer.text().contains(text), "{path} tells {text}");
        }
    }
    let list = office.world.dir.path().join("data").join("erasures");
    let list = std::fs::read_to_string(list).expect("the list of erasures");
    assert!(list.contains(&id.to_string()), "{list}");
}

/// Periods are declared, a case is closed, its time goes by; a hold keeps it, another person lifts
/// the hold, and the privacy officer erases what they saw. Texts are gone; counts, leaves and
/// events stay and hold against each other.
#[test]
fn what_is_due_is_seen_held_and_erased() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let said = page(&office, PRIVACY, "/retention").await;
        assert!(said.contains("No period is declared, so nothing is ever due."), "{said}");
        let closed = answered(&office, "AZ 1").await;
        let open = office.enters_letter("AZ 2", b"another").await;
        office.registers(&open, &[]).await;
        assert_eq!((closed.as_str(), open.as_str()), ("2026-0001", "2026-0002"));

        // A period without its reason is none, and nothing that was typed is lost.
        let half = [("months_user_data_approved", "12"), ("source_user_data_withdrawn", BOARD)];
        let answer = office.sends(PRIVACY, "/retention/periods", &half).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let text = plain(answer.text());
        for words in [
            "User data, approved: say where the period comes from",
            "User data, withdrawn: give whole months, 1 to 1200, or leave both empty",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(answer.text().contains(BOARD), "what was typed is kept");
        for who in [VERIFIER, REVIEWER] {
            let answer = office.sends(who, "/retention/periods", &half).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} declares no period");
        }
        declares(&office, &[("user_data_approved", "12")]).await;
        let said = page(&office, REVIEWER, "/retention/periods").await;
        assert!(said.contains(&format!("user data, approved 12 months {BOARD}")), "{said}");
        assert!(said.contains("P. Exemple User data, approved: 12 months."), "{said}");

        let table = office.world.editor_drafts_table("2026-H2").await;
        let said = page(&office, VERIFIER, "/requests/2026-0001-1").await;
        assert!(said.contains("Kept until 21 Sep 2027."), "{said}");
        office.days_pass(364).await;
        let said = page(&office, PRIVACY, "/retention").await;
        assert!(said.contains("0 submissions are due to be erased"), "{said}");
        office.days_pass(1).await;
        let said = page(&office, PRIVACY, "/retention").await;
        assert!(said.contains("1 submission is due to be erased, 0 are held back."), "{said}");
        let words = "2026-0001 user data, approved (2026-0001-1): ended 21 Sep 2026; due since \
                     21 Sep 2027";
        assert!(said.contains(words), "{said}");
        let said = page(&office, REVIEWER, "/retention").await;
        assert!(said.contains("2026-0001") && !said.contains("Erase for ever"), "{said}");
        for who in [INTAKE, EXPERT] {
            let answer = office.opens(who, "/retention").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
        }

        is_held(&office).await;

        let before = office.world.events().await;
        let form = all_due(&office, PRIVACY).await;
        assert_eq!(form.len(), 2, "{form:?}");
        let answer = sends(&office, PRIVACY, "/retention/erase", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        assert_eq!(answer.headers[header::LOCATION], "/retention?erased=1");
        let said = page(&office, PRIVACY, "/retention?erased=1").await;
        assert!(said.contains("1 submission was erased."), "{said}");
        assert!(said.contains("0 submissions are due"), "{said}");
        assert_eq!(office.world.events().await, before + 1);
        is_erased(&office, &closed, &["AZ 1", "order.pdf", "Court of Samples"]).await;
        let answer = office.opens(VERIFIER, "/requests/2026-0001-1").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
        let said = page(&office, VERIFIER, "/requests/2026-0002-1").await;
        assert!(said.contains("No period runs that would end it."), "{said}");

        stays_counted_and_sealed(&office, &table).await;
    });
}

/// A hold is placed over what is due, stands against everyone, and is lifted by somebody else.
async fn is_held(office: &Office) {
    let seen = all_due(office, PRIVACY).await;
    let reason = "Proceedings before the Court of Samples, 4 S 12/26.";
    let hold = [("number", "2026-0001"), ("reason", reason)];
    for (fields, words) in [
        (vec![("number", "2026-1"), ("reason", "Why")], "Give its number"),
        (vec![("number", "2026-0009"), ("reason", "Why")], "There is no such submission"),
        (vec![("number", "2026-0001")], "Give your reason"),
    ] {
        let answer = office.sends(VERIFIER, "/retention/hold", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
    }
    office.does(VERIFIER, "/retention/hold", &hold).await;
    let said = page(office, PRIVACY, "/retention").await;
    assert!(said.contains("0 submissions are due to be erased, 1 is held back."), "{said}");
    assert!(said.contains("a legal hold stands") && said.contains(reason), "{said}");
    for path in ["/requests/2026-0001-1", "/submissions/2026-0001"] {
        let said = page(office, VERIFIER, path).await;
        assert!(said.contains("it stays: a legal hold stands."), "{path}: {said}");
    }

    // The list that was seen before is not what is there now.
    let events = office.world.events().await;
    let answer = sends(office, PRIVACY, "/retention/erase", &seen).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
    let words = "2026-0001 is not erased: something happened to it since you looked";
    assert!(plain(answer.text()).contains(words), "{}", told(&answer));
    // Nor does whoever holds the machine.
    assert_eq!(office.candor().erase_all_due(|_, _| ()).await.expect("looks"), 0);
    let id = id_of(office, "2026-0001").await;
    let error = office.candor().erase(id, Actor::OperatorCli).await.expect_err("is held");
    assert!(error.to_string().contains("a legal hold stands on this submission"), "{error}");
    assert_eq!(office.world.events().await, events, "nothing happened");

    let html = office.opens(PRIVACY, "/retention").await;
    let id = html.text().split("name=\"hold\" value=\"").nth(1).and_then(|rest| rest.get(..36));
    let id = id.expect("the form to lift it").to_owned();
    let html = office.opens(VERIFIER, "/retention").await;
    assert!(!html.text().contains("name=\"hold\" value=\""), "whoever placed it has no form");
    assert!(plain(html.text()).contains("You placed it: somebody else lifts it."));
    let lift = [("hold", id.as_str()), ("reason", "They settled.")];
    let answer = office.sends(VERIFIER, "/retention/lift", &lift).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
    assert!(answer.text().contains("somebody else does"), "{}", told(&answer));
    office.does(PRIVACY, "/retention/lift", &lift).await;
    let answer = office.sends(PRIVACY, "/retention/lift", &lift).await;
    assert!(plain(answer.text()).contains("This hold was lifted already"), "{}", told(&answer));
    // It is due again, and what was seen before the hold is still not what is there now.
    let answer = sends(office, PRIVACY, "/retention/erase", &seen).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
}

async fn stays_counted_and_sealed(office: &Office, table: &str) {
    let candor = office.candor();
    assert_eq!(office.world.editor_drafts_table("2026-H2").await, table);
    let doctor = candor.doctor(app::Refolding::Do).await.expect("looks");
    assert!(doctor.is_well(), "{:?}", doctor.findings);
    candor.publish_checkpoint().await.expect("signs");
    let published = Published::of(&office.world).await.expect("a checkpoint");
    let size = published.checkpoint().size;
    published.verified(&published.policy(), &[size]).expect("the log holds");
    let mut erased = Vec::new();
    let mut tx = candor.db.snapshot().await.expect("begins");
    tx.each_event(|recorded| {
        if let Event::Submission(SubmissionEvent::SubmissionErased { rules }) = recorded.event {
            erased.push((recorded.actor, rules));
        }
        Ok(())
    })
    .await
    .expect("reads");
    let by = office.signed_in("P. Exemple").await;
    let periods = candor.periods(&by).await.expect("reads");
    let expected = (by.actor(), Some(periods.last().expect("are declared").at));
    assert_eq!(erased, [expected], "who erased it, and under which periods");
}

/// Other periods are declared, something happens to one of two: what was seen is what goes, and no
/// more. What holds no request has a period of its own.
#[test]
fn what_changed_since_it_was_seen_is_told_and_stays() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let (one, two) = (withdrawn(&office, "AZ 1").await, withdrawn(&office, "AZ 2").await);
        let advert = office.enters_letter("AZ 3", b"buy").await;
        let path = format!("/submissions/{advert}/not-a-request");
        office.does(INTAKE, &path, &[("reason", "advertising")]).await;
        let waits = office.enters_letter("AZ 4", b"waits").await;
        declares(&office, &[("user_data_withdrawn", "1"), ("not_a_request", "2")]).await;
        office.days_pass(31).await;
        let form = all_due(&office, PRIVACY).await;
        assert_eq!(form.len(), 3, "{form:?}");

        declares(&office, &[("user_data_withdrawn", "1"), ("not_a_request", "1")]).await;
        let answer = sends(&office, PRIVACY, "/retention/erase", &form).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
        let words = "other periods were declared since you looked";
        assert_eq!(plain(answer.text()).matches(words).count(), 2, "{}", told(&answer));

        let form = all_due(&office, PRIVACY).await;
        assert_eq!(form.len(), 4, "the advertisement too: {form:?}");
        let note = [("text", "They may write again."), ("privileged", "no")];
        office.act(VERIFIER, &format!("{two}-1"), "note", &note).await;
        let answer = sends(&office, PRIVACY, "/retention/erase", &form[..3]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
        let text = plain(answer.text());
        assert!(text.contains("1 submission was erased."), "{text}");
        let words = format!("{two} is not erased: something happened to it since you looked");
        assert!(text.contains(&words), "{text}");
        is_erased(&office, &one, &["AZ 1"]).await;
        // Sent again, as a browser does: it is gone already.
        let answer = sends(&office, PRIVACY, "/retention/erase", &form[..2]).await;
        assert!(plain(answer.text()).contains("was erased already"), "{}", told(&answer));
        let none = [("rules", form[0].1.clone())];
        let answer = sends(&office, PRIVACY, "/retention/erase", &none).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));

        // Whoever holds the machine erases the rest, and not what nobody has resolved.
        let list = office.candor().due_in_all().await.expect("looks");
        let due: Vec<_> = list.due.iter().map(|entry| entry.number.to_string()).collect();
        assert_eq!(due, [two.as_str(), advert.as_str()]);
        let mut told = Vec::new();
        let erased = office.candor().erase_all_due(|entry, not| {
            told.push((entry.number.to_string(), not));
        });
        assert_eq!(erased.await.expect("erases"), 2);
        assert_eq!(told, [(two, None), (advert, None)]);
        let said = page(&office, INTAKE, &format!("/submissions/{waits}")).await;
        assert!(said.contains("AZ 4"), "{said}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// What lies in a compartment is listed for those whom it names, and for nobody else; and they, or
/// whoever holds the machine, erase it.
#[test]
fn what_only_some_may_know_is_due_for_them_alone() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = withdrawn(&office, "SEC-9").await;
        let people = office.candor().people().await.expect("reads");
        let id = |name: &str| {
            let person = people.iter().find(|person| person.name.as_str() == name);
            person.expect("has joined").id.to_string()
        };
        let (intake, counsel) = (id(INTAKE), id(VERIFIER));
        let path = format!("/submissions/{submission}/compartment");
        let fields = [
            ("seen", "1"),
            ("reason", "The order forbids it."),
            ("people", intake.as_str()),
            ("people", counsel.as_str()),
        ];
        office.does(INTAKE, &path, &fields).await;
        declares(&office, &[("user_data_withdrawn", "1")]).await;
        office.days_pass(40).await;
        let seen = all_due(&office, VERIFIER).await;
        assert_eq!(seen.len(), 2, "{seen:?}");
        for who in [PRIVACY, REVIEWER, PROPOSER] {
            let said = page(&office, who, "/retention").await;
            assert!(said.contains("0 submissions are due to be erased, 0 are held"), "{said}");
            assert!(!said.contains(&submission), "{who}: {said}");
        }
        let hold = [("number", submission.as_str()), ("reason", "A dispute.")];
        let answer = office.sends(PRIVACY, "/retention/hold", &hold).await;
        assert!(plain(answer.text()).contains("There is no such submission"), "{}", told(&answer));
        office.does(VERIFIER, "/retention/hold", &hold).await;
        for who in [PRIVACY, PROPOSER] {
            let said = page(&office, who, "/retention").await;
            assert!(said.contains("No hold stands.") && !said.contains("A dispute"), "{said}");
        }
        let said = page(&office, VERIFIER, "/retention").await;
        assert!(said.contains("A dispute."), "{said}");
        // Not even with its form.
        let answer = sends(&office, PRIVACY, "/retention/erase", &seen).await;
        assert!(plain(answer.text()).contains("it is not there"), "{}", told(&answer));
    });
}

/// A request that is withheld from the published numbers is put back by its key: so it stays.
#[test]
fn what_is_not_counted_yet_is_not_erased() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = withdrawn(&office, "AZ 1").await;
        let case = format!("{submission}-1");
        let until = [("until", "2027-01-31"), ("basis", "50 U.S.C. § 1874(d)")];
        office.act(VERIFIER, &case, "withhold", &until).await;
        office.act(PROPOSER, &case, "withhold-confirm", &[]).await;
        declares(&office, &[("user_data_withdrawn", "1")]).await;
        office.days_pass(40).await;
        let said = page(&office, PRIVACY, "/retention").await;
        assert!(said.contains("it is withheld from the published numbers"), "{said}");
        let id = id_of(&office, &submission).await;
        let error = office.candor().erase(id, Actor::OperatorCli).await.expect_err("is withheld");
        assert!(matches!(error, Error::Submission(_)), "{error}");
        office.days_pass(100).await;
        assert_eq!(office.calendar_works().await, 1);
        assert_eq!(office.candor().erase_all_due(|_, _| ()).await.expect("erases"), 1);
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,"), "{table}");
    });
}

/// A preservation was answered and closed, and what it asked to keep is kept still: whoever erases
/// its letter by hand is told by what it stays, and until when.
#[test]
fn what_is_preserved_is_not_erased_by_hand_either() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_preservation_order"]).await;
        let submission = office.enters_letter("EPOC-PR 1", b"certificate").await;
        let fields = [("instrument", "eu_preservation_order"), ("demands", "preservation")];
        let case = office.registers(&submission, &fields).await;
        office.act(VERIFIER, &case, "preserve", &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "0")]).await;
        office.act(PROPOSER, &case, "close", &[]).await;
        let (id, events) = (id_of(&office, &submission).await, office.world.events().await);
        let error = office.candor().erase(id, Actor::OperatorCli).await.expect_err("is kept");
        let words = "what request 1 of this submission asked to preserve is kept until 2026-11-20: \
                     release the preservation, or wait until it is over";
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(office.world.events().await, events, "nothing happened");
        let why = [("reason", "They need it no more.")];
        office.act(VERIFIER, &case, "preserve-no-more", &why).await;
        office.candor().erase(id, Actor::OperatorCli).await.expect("erases");
        is_erased(&office, &submission, &["EPOC-PR 1"]).await;
    });
}

/// A letter is erased while another one that names the same officer is registered, and while its
/// authority appeals: whichever comes first, nothing is left that speaks of what is gone.
#[test]
fn nothing_is_written_under_a_key_that_is_destroyed_meanwhile() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        for n in 0..6 {
            let officer = format!("Officer {n} Placeholder");
            let named = [("officer", officer.as_str())];
            let first = office.enters_letter(&format!("AZ {n}"), &[n, 1]).await;
            let case = office.registers(&first, &named).await;
            office.act(VERIFIER, &case, "withdraw", &[("reason", "They wrote so.")]).await;
            let second = office.enters_letter(&format!("BZ {n}"), &[n, 2]).await;
            let id = id_of(&office, &first).await;
            let (erased, registered) = tokio::join!(
                office.candor().erase(id, Actor::OperatorCli),
                office.registers(&second, &named)
            );
            erased.expect("erases");
            let said = page(&office, INTAKE, &format!("/requests/{registered}")).await;
            assert!(said.contains(&officer), "{said}");
        }
        for n in 0..6 {
            let submission = office.enters_letter(&format!("CZ {n}"), &[n, 3]).await;
            let case = office.registers(&submission, &[]).await;
            office.act(VERIFIER, &case, "begin", &[]).await;
            office.verifies_officer(VERIFIER, &case).await;
            let stands = [("verdict", "does_not_stand"), ("defect", "overbroad")];
            office.finds(VERIFIER, &case, Aspect::Scope, &stands).await;
            let rejected = [("outcome", "reject_legal")];
            office.proposes(PROPOSER, &case, &rejected).await;
            office.confirms(CONFIRMER, &case).await;
            office.act(PROPOSER, &case, "close", &[]).await;
            let id = id_of(&office, &submission).await;
            let seen = office.version(&case).await.to_string();
            let path = format!("/requests/{case}/appeal");
            let fields = [("seen", seen.as_str()), ("reason", "They appealed.")];
            let (erased, appealed) = tokio::join!(
                office.candor().erase(id, Actor::OperatorCli),
                office.sends(VERIFIER, &path, &fields)
            );
            let is_appealed = office.events_of(&case).await.contains(&"appealed");
            assert_eq!(appealed.status == StatusCode::SEE_OTHER, is_appealed);
            let mut tx = office.candor().db.snapshot().await.expect("begins");
            let is_readable = tx.is_readable(id).await.expect("reads");
            assert_eq!(erased.is_ok(), !is_readable);
            assert_ne!(is_appealed, !is_readable, "either it is erased, or it is appealed");
        }
    });
}
