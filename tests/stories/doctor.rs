//! The operator asks whether everything is as it should be, and is told what is not and how to mend
//! it.

use app::{Candor, Clock, Refolding};
use databases::on_each;
use domain::access::{Role, RoleSet};
use jiff::{SignedDuration, ToSpan};
use stories::NOW;

use crate::office::{EXPERT, Office, VERIFIER};

/// What the doctor says of something: well, or what is wrong.
async fn told(candor: &Candor, refolding: Refolding, subject: &str) -> Result<String, String> {
    let doctor = candor.doctor(refolding).await.expect("looks");
    let finding = doctor.findings.into_iter().find(|finding| finding.subject == subject);
    finding.expect("looked at it").result
}

#[test]
fn a_broken_legal_profile_is_named_with_its_lines() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let candor = office.candor();
        let profiles = async || told(candor, Refolding::Sample(1), "legal profiles").await;
        let all = candor.profiles().expect("profiles");
        let (instruments, elements) = (all.instruments().count(), all.elements().count());
        let confirmed = all
            .elements()
            .filter(|element| element.instrument.as_str() == "eu_production_order")
            .count();
        let counts = format!("{instruments} instruments with {elements} elements: ");
        let drafts = elements - confirmed;
        let expected = |confirmed, changed| {
            Ok(format!(
                "{counts}{confirmed} confirmed by counsel, {drafts} drafts, {changed} changed since \
                 they were confirmed"
            ))
        };
        assert_eq!(profiles().await, expected(confirmed, 0));

        // Counsel copies a profile and edits a question of it, and makes a mistake.
        let folder = candor.dir.join("jurisdictions");
        std::fs::create_dir(&folder).expect("makes");
        let file = folder.join("eu.toml");
        let eu = include_str!("../../jurisdictions/eu.toml");
        let edited =
            eu.replacen("identifiers, kind of data and recipient", "identifiers, recipient", 1);
        assert_ne!(edited, eu);
        std::fs::write(&file, &edited).expect("writes");
        assert_eq!(profiles().await, expected(confirmed - 1, 1));
        std::fs::write(&file, format!("status = \"confirmed\"\n{edited}")).expect("writes");
        std::fs::write(folder.join("zz.toml"), "code = 1\n").expect("writes");
        let wrong = profiles().await.expect_err("is told");
        let lines: Vec<_> = wrong.lines().collect();
        assert_eq!(lines[0], "none of them is used until these are mended:");
        let place = format!("{}:1: unknown field `status`", file.display());
        assert!(lines[1].starts_with(&place), "{wrong}");
        let place = format!("{}:1: ", folder.join("zz.toml").display());
        assert!(lines[2].starts_with(&place), "{wrong}");
        let doctor = candor.doctor(Refolding::Sample(1)).await.expect("looks");
        assert!(!doctor.is_well());
    });
}

/// Somebody who can write to the database makes the expert an operator.
#[test]
fn a_role_that_nobody_gave_is_told() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let candor = office.candor();
        let number = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        office.registers(&number, &[]).await;
        for (subject, well) in [
            ("requests", "1 that are handled stand in the lists as events say"),
            ("people", "9 have the roles and the account that events say"),
            ("files", "1 kept, 1 of them opened and found with their hash"),
        ] {
            assert_eq!(told(candor, Refolding::Do, subject).await, Ok(well.to_owned()));
        }
        let expert = office.signed_in(EXPERT).await.person;
        let mut tx = candor.db.begin().await.expect("begins");
        let was = tx.person(candor.db.keys(), expert).await.expect("reads").expect("is there");
        let operator = RoleSet::from_iter([Role::Expert, Role::Operator]);
        tx.put_roles(&was, operator).await.expect("no event says so");
        tx.commit().await.expect("commits");
        let wrong = told(candor, Refolding::Do, "people").await.expect_err("is told");
        let expected =
            format!("1 have other roles or another account than events say, of 9: {expert};");
        assert!(wrong.starts_with(&expected), "{wrong}");

        // An operator gives them their role anew, and all is well.
        let roles = RoleSet::from_iter([Role::Expert]);
        candor.change_roles(expert, roles, app::By::OperatorCli).await.expect("changes");
        let doctor = candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn a_job_that_nobody_does_is_told() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let number = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        let case = office.registers(&number, &[]).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let today = NOW.to_zoned(jiff::tz::TimeZone::UTC).date();
        let due_on = today.saturating_add(5.days()).to_string();
        let question = [("answer_due_on", due_on.as_str()), ("question", "Which accounts?")];
        office.act(VERIFIER, &case, "clarification", &question).await;
        let none = Ok("0 due and not done, 0 of them failed before".to_owned());
        assert_eq!(told(office.candor(), Refolding::Sample(1), "jobs").await, none);

        // Nothing is served when the day is over.
        let over = today.saturating_add(6.days()).to_zoned(jiff::tz::TimeZone::UTC).expect("a day");
        let over = over.timestamp();
        let at = |after| Clock::Fixed(over + SignedDuration::from_mins(after));
        office.world.candor.clock = at(60);
        let one = Ok("1 due and not done, 0 of them failed before".to_owned());
        assert_eq!(told(office.candor(), Refolding::Sample(1), "jobs").await, one);
        office.world.candor.clock = at(61);
        let wrong = told(office.candor(), Refolding::Sample(1), "jobs").await;
        let wrong = wrong.expect_err("is told");
        let late = format!("overdue by more than an hour: 1 lapse_clarification since {over};");
        assert!(wrong.contains(&late), "{wrong}");
        assert_eq!(office.calendar_works().await, 1);
        assert_eq!(told(office.candor(), Refolding::Sample(1), "jobs").await, none);
    });
}

/// Somebody is added to those who looked, after the day was sealed.
#[test]
fn a_changed_access_log_is_told() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let number = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        let case = office.registers(&number, &[]).await;
        office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let day = office.candor().today();
        office.days_pass(1).await;
        assert_eq!(office.candor().seal_access_log().await.expect("seals"), 1);
        let well = Ok("every day that was sealed is as it was".to_owned());
        assert_eq!(told(office.candor(), Refolding::Do, "access log").await, well);
        let by = office.signed_in(VERIFIER).await;
        let seen = office.candor().viewings(case.parse().expect("a name"), &by).await;
        let seen = *seen.expect("reads").first().expect("somebody looked");
        let person = office.signed_in(EXPERT).await.person;
        let mut tx = office.candor().db.begin().await.expect("begins");
        let id = office.candor().new_id().expect("random numbers");
        tx.insert_viewing(&store::Viewing { id, person, ..seen }).await.expect("stores");
        tx.commit().await.expect("commits");
        let wrong = told(office.candor(), Refolding::Do, "access log").await.expect_err("is told");
        assert!(wrong.starts_with(&format!("it is not what was sealed of {day};")), "{wrong}");
    });
}
