//! People act on one request at the same moment: one is done, and the others read why not.

use axum::http::StatusCode;
use databases::on_each;
use domain::request::Aspect;
use futures_util::future::join_all;

use stories::Answer;

use crate::office::{
    CONFIRMER, CONFIRMS, INTAKE, Office, PROPOSER, VERIFIER, plain, registration, told,
};

/// They all saw the request as it is now, and send what they do at once.
async fn at_once(office: &Office, case: &str, acts: &[Act<'_>]) -> Vec<Answer> {
    let seen = office.version(case).await.to_string();
    let sent = acts.iter().map(async |(who, act, fields)| {
        let fields = [&[("seen", seen.as_str())], *fields].concat();
        office.sends(who, &format!("/requests/{case}/{act}"), &fields).await
    });
    join_all(sent).await
}

/// Who, what, and the fields of the form.
type Act<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

fn done(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count()
}

#[test]
fn two_counsels_confirm_at_once_and_the_slower_one_reads_why_not() {
    on_each(async |location| {
        let office = Office::at_work(location, &["none"]).await;
        let submission = office.enters_letter("AO 1", b"scan").await;
        let fields = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("accounts", ""),
        ];
        let case = office.registers(&submission, &fields).await;
        // For technical expertise the verifier may confirm too.
        office.act(VERIFIER, &case, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &case).await;
        for aspect in Aspect::ALL {
            office.finds(VERIFIER, &case, aspect, &[("verdict", "stands")]).await;
        }
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let acts: [Act<'_>; 2] =
            [(VERIFIER, "confirm", &CONFIRMS), (CONFIRMER, "confirm", &CONFIRMS)];
        let answers = at_once(&office, &case, &acts).await;
        assert_eq!(done(&answers), 1, "{}", answers.iter().map(told).collect::<String>());
        let (slower, answer) = acts
            .iter()
            .zip(&answers)
            .find(|(_, answer)| answer.status != StatusCode::SEE_OTHER)
            .expect("one of them was slower");
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(answer));
        let (_, reason) = CONFIRMS.iter().find(|(name, _)| *name == "reason").expect("a reason");
        assert!(answer.text().contains(reason), "what they typed is there: {}", told(answer));
        let decided = office.events_of(&case).await;
        assert_eq!(decided.iter().filter(|kind| **kind == "decided").count(), 1, "{decided:?}");
        let page = plain(office.opens(slower.0, &format!("/requests/{case}")).await.text());
        assert!(page.contains("confirmed the decision to approve"), "{page}");
    });
}

/// In which letter, the fields of the form, and what comes of it.
type Sent<'a> = (usize, &'a [(&'a str, &'a str)], StatusCode);

/// They share a transaction, and nobody notices: who is refused costs the others nothing, two who
/// register what is in one letter don't both do it, and a letter with a prohibited demand beside
/// others makes two requests.
#[test]
fn many_register_at_once() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let mut letters = Vec::new();
        for n in 0..5 {
            letters.push(office.enters_letter(&format!("AO {n}"), format!("{n}").as_bytes()).await);
        }
        let new = ("authority", "Office of Firsts");
        let both = [("demands", "registration"), ("demands", "encryption_keys")];
        let sent: [Sent<'_>; 7] = [
            (0, &[("instrument_reference", "PO-1/2026")], StatusCode::SEE_OTHER),
            (1, &[new], StatusCode::SEE_OTHER),
            (2, &[new, ("demands", "")], StatusCode::UNPROCESSABLE_ENTITY),
            (3, &both, StatusCode::SEE_OTHER),
            (4, &[new, ("officer", "A. Firsts")], StatusCode::SEE_OTHER),
            // One of the last two is later.
            (4, &[], StatusCode::SEE_OTHER),
            (
                2,
                &[("authority", "Office of None"), ("demands", "")],
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        ];
        let acts = sent.iter().map(async |(letter, fields, _)| {
            let fields = registration(&[*fields, &[("seen", "0")]].concat());
            let path = format!("/submissions/{}/requests", letters[*letter]);
            office.sends(INTAKE, &path, &fields).await
        });
        let answers = join_all(acts).await;
        for (answer, (letter, _, expected)) in answers.iter().zip(&sent) {
            if *letter != 4 {
                assert_eq!(answer.status, *expected, "{letter}: {}", told(answer));
            }
        }
        let mut of_one: Vec<_> = [&answers[4], &answers[5]].map(|answer| answer.status).to_vec();
        of_one.sort();
        assert_eq!(of_one, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
        let mut found = Vec::new();
        for letter in &letters {
            found.push(office.found_in(letter).await);
        }
        assert_eq!(found, ["1", "1", "0", "2", "1"]);
        let prohibited = office.events_of(&format!("{}-2", letters[3])).await;
        assert_eq!(prohibited, ["request_registered", "decided"]);
        // Of a request that was refused not even the authority is there.
        let page = office.opens(INTAKE, "/authorities").await;
        assert!(page.text().contains("Office of Firsts"), "{}", told(&page));
        assert!(!page.text().contains("Office of None"), "{}", told(&page));
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        let wrong: Vec<_> = doctor.findings.iter().filter(|found| found.result.is_err()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}
