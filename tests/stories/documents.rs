//! What comes later and belongs to a letter that is there: an answer, paperwork, a court's decision.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use stories::Answer;

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain, told, with_files};
use crate::snapshots::says;

impl Office {
    async fn adds(
        &self,
        who: &str,
        letter: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let (kind, body) = with_files(fields, files);
        let request = Request::post(format!("/submissions/{letter}/documents"))
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin");
        self.asks(Some(who), request, Body::from(body)).await
    }
}

#[test]
fn what_comes_later_is_kept_with_the_letter() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.days_pass(2).await;
        let today = office.candor().today().to_string();
        let answer = [("received_on", today.as_str()), ("what", "Their answer: all three.")];
        let file: [(&str, &[u8]); 1] = [("answer.txt", b"their answer")];
        let added = office.adds(INTAKE, &letter, &answer, &file).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", told(&added));

        // It is among the documents, of the letter and of its request, with its own day.
        let page = office.opens(VERIFIER, &format!("/submissions/{letter}")).await;
        says("documents_added", &page, &["#files table"]);
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("answer.txt"), "{page}");
        assert!(page.contains("23 Sep 2026 12 bytes"), "{page}");
        let page = office.opens(VERIFIER, &format!("/submissions/{letter}")).await;
        let path = format!("/submissions/{letter}/files/");
        let hashes: Vec<_> = page
            .text()
            .match_indices(&path)
            .filter_map(|(at, _)| page.text().get(at + path.len()..at + path.len() + 64))
            .filter(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        let mut opened = Vec::new();
        for hash in hashes {
            opened.push(office.opens(VERIFIER, &format!("{path}{hash}")).await.bytes.to_vec());
        }
        assert!(opened.contains(&b"their answer".to_vec()), "it is read as it arrived");

        // Whoever brings the same file again is told where it is.
        let again = office.enters_letter("AZ 2", b"their answer").await;
        let page = plain(office.opens(INTAKE, &format!("/submissions/{again}")).await.text());
        let words = format!("Submission {letter} : the same file came with it");
        assert!(page.contains(&words), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        // It opens with the key of the letter, and to nobody once that is gone.
        office.act(VERIFIER, &case, "withdraw", &[("reason", "They took it back.")]).await;
        let name = case.parse().expect("a name");
        let who = office.signed_in(VERIFIER).await;
        let id = office.candor().case(name, &who).await.expect("reads").row.submission;
        office.candor().erase(id, domain::id::Actor::OperatorCli).await.expect("erases");
        let page = plain(office.opens(VERIFIER, &format!("/submissions/{letter}")).await.text());
        assert!(!page.contains("answer.txt") && !page.contains("all three"), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn what_does_not_fit_is_told_and_nothing_is_added() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let before = office.world.events().await;
        let today = office.candor().today().to_string();
        let good = [("received_on", today.as_str()), ("what", "Their answer.")];
        let file: [(&str, &[u8]); 1] = [("answer.txt", b"their answer")];
        let (early, late) = ("2020-01-01", "2099-01-01");
        let early = [("received_on", early), ("what", "Their answer.")];
        let late = [("received_on", late), ("what", "Their answer.")];
        let silent = [("received_on", today.as_str()), ("what", " ")];
        let twice: [(&str, &[u8]); 1] = [("order.pdf", b"scan")];
        for (fields, files, words) in [
            (&good, &file[..0], "Choose the files: a browser does not keep them"),
            (&silent, &file[..], "Say in a sentence what it is"),
            (&early, &file[..], "can't have arrived before it, which was on 2026-09-21"),
            (&late, &file[..], "can't have arrived after today"),
            (&good, &twice[..], "among those of the submission already"),
        ] {
            let answer = office.adds(INTAKE, &letter, fields, files).await;
            let text = plain(answer.text());
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}: {text}");
            assert!(text.contains(words), "{words}: {text}");
        }
        for who in [CONFIRMER, PROPOSER] {
            let answer = office.adds(who, "2026-0099", &good, &file).await;
            assert!(answer.status.is_client_error(), "{}", told(&answer));
        }
        assert_eq!(office.world.events().await, before);
    });
}
