//! Files that came with letters: what they are, what a scanner says, and who gets them.

use axum::http::{StatusCode, header};
use databases::on_each;
use domain::access::Role;

use crate::clamd::{Clamd, Mood, eicar};
use crate::office::{CONFIRMER, INTAKE, Office, PEOPLE, VERIFIER, plain, told};

const REVIEWER: &str = "N. Exempel";

impl Office {
    /// A letter comes in with files, and is entered. Returns its number.
    async fn enters_files(&self, files: &[(&str, &[u8])]) -> String {
        let today = self.candor().today().to_string();
        let fields = [
            ("channel", "mail"),
            ("received_on", today.as_str()),
            ("sender", "Bureau of Samples, Port Sample"),
            ("summary", "An order about accounts."),
        ];
        let answer = self.enters(&fields, files).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        let location = answer.headers[header::LOCATION].to_str().expect("a path");
        let path = location.split('?').next().expect("a path");
        path.rsplit('/').next().expect("a number").to_owned()
    }

    /// What a worker does with the files that wait.
    async fn looks_at_files(&self) -> u64 {
        self.candor().examine_off().await.expect("looks")
    }

    async fn page_of(&self, who: &str, submission: &str) -> String {
        plain(self.opens(who, &format!("/submissions/{submission}")).await.text())
    }

    /// The path of the only file of a submission.
    async fn file_of(&self, submission: &str) -> String {
        let page = self.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let hash = page.text().split("/files/").nth(1).and_then(|rest| rest.get(..64));
        format!("/submissions/{submission}/files/{}", hash.expect("a file"))
    }
}

/// A ZIP archive of files, none of them compressed but those that ask for it.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).expect("begins");
        archive.write_all(bytes).expect("writes");
    }
    archive.finish().expect("ends").into_inner()
}

#[test]
fn a_file_is_what_its_content_says_and_not_what_its_name_says() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office
            .enters_files(&[
                ("order.pdf", b"%PDF-1.7\nthe order"),
                ("letter.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
                ("scan.jpg", b"<!DOCTYPE html><script>alert(1)</script>"),
                ("evil\u{202e}fdp.exe", b"just a text"),
            ])
            .await;
        // At once, with no worker.
        let page = office.page_of(INTAKE, &submission).await;
        for words in [
            "order.pdf PDF not scanned: no scanner is set",
            "letter.pdf program named like: PDF runs when it is opened not scanned",
            "scan.jpg web page named like: JPEG image not scanned",
            "evil\u{fffd}fdp.exe plain text named like: program its name hides characters",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // A case's page says the same.
        let case = office.registers(&submission, &[]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        let words = "letter.pdf program named like: PDF runs when it is opened";
        assert!(page.contains(words), "{page}");
        // Whatever it is, it is handed out as bytes without a type, by a name that shows all of it.
        let who = office.signed_in(INTAKE).await;
        let view = office.candor().submission(submission.parse().expect("one"), &who).await;
        for file in view.expect("reads").files {
            let path = format!("/submissions/{submission}/files/{}", file.sha256);
            let answer = office.opens(INTAKE, &path).await;
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/octet-stream");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().expect("one");
            assert!(disposition.starts_with("attachment; "), "{disposition}");
            assert!(!disposition.contains("%E2%80%AE"), "{disposition}");
        }
    });
}

#[test]
fn an_archive_is_looked_into_and_never_refused() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let inner = zip(&[("b.txt", b"two"), ("run.exe", b"MZ\x90\0\x03\0\0\0")]);
        let ordinary = zip(&[("a.txt", b"one"), ("inner.zip", &inner)]);
        // 40 MiB of nothing in 40 KB.
        let bomb = zip(&[("zeros", &vec![0; 40 << 20])]);
        let mut deep = zip(&[("end.txt", b"the end")]);
        for _ in 0..6 {
            deep = zip(&[("next.zip", &deep)]);
        }
        let broken = &ordinary[..ordinary.len() - 30];
        let submission = office
            .enters_files(&[
                ("ordinary.zip", &ordinary),
                ("bomb.zip", &bomb),
                ("deep.zip", &deep),
                ("broken.zip", broken),
            ])
            .await;
        let page = office.page_of(INTAKE, &submission).await;
        assert!(page.contains("ordinary.zip ZIP archive not scanned"), "{page}");
        assert_eq!(office.looks_at_files().await, 4);
        assert_eq!(office.looks_at_files().await, 0, "once");
        let page = office.page_of(INTAKE, &submission).await;
        for words in [
            "ordinary.zip ZIP archive: 4 files, ",
            "unpacked holds 1 program not scanned",
            "and then no further unpacks to more than a hundred times its size",
            "archives within archives, too deep to look into",
            "broken, or no archive",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // All of them are there as they came.
        let who = office.signed_in(INTAKE).await;
        let view = office.candor().submission(submission.parse().expect("one"), &who).await;
        let sizes: Vec<_> = view.expect("reads").files.iter().map(|file| file.size_bytes).collect();
        assert!(sizes.contains(&(bomb.len() as u64)), "{sizes:?}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn what_a_scanner_finds_goes_into_quarantine_and_is_not_lost() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let clamd = Clamd::listens();
        office.world.candor.config.scan = Some(clamd.settings());
        let clean = office.enters_letter("AZ 1", b"%PDF-1.7\nthe order").await;
        let ill = office.enters_letter("AZ 2", &eicar()).await;
        let page = office.page_of(INTAKE, &ill).await;
        assert!(page.contains("order.pdf plain text named like: PDF not scanned yet"), "{page}");
        assert_eq!(office.looks_at_files().await, 2);
        let page = office.page_of(INTAKE, &clean).await;
        assert!(page.contains("order.pdf PDF no malware found, 21 Sep 2026"), "{page}");
        let page = office.page_of(INTAKE, &ill).await;
        assert!(page.contains("malware: Eicar-Test-Signature"), "{page}");

        // The one is handed out, the other is not, and counsel alone may have it.
        let answer = office.opens(INTAKE, &office.file_of(&clean).await).await;
        assert_eq!(answer.bytes, b"%PDF-1.7\nthe order");
        let path = office.file_of(&ill).await;
        for who in [INTAKE, CONFIRMER, REVIEWER] {
            let answer = office.opens(who, &path).await;
            let page = plain(answer.text());
            assert!(page.contains("This file is in quarantine"), "{page}");
            assert!(page.contains("by ClamAV 1.4.6/27427/a new day"), "{page}");
            let may = page.contains("Download it all the same");
            assert_eq!(may, who == CONFIRMER, "{who}: {page}");
            // To have it scanned again is no reading.
            assert_eq!(page.contains("Have it scanned again"), who != REVIEWER, "{who}: {page}");
        }
        let download = format!("{path}/quarantined");
        let answer = office.sends(INTAKE, &download, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let answer = office.sends(CONFIRMER, &download, &[]).await;
        assert_eq!(answer.bytes, eicar());
        let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().expect("one");
        assert_eq!(disposition, "attachment; filename*=UTF-8''order.pdf.quarantined");
        // Nothing of a clean one is to be had this way.
        let clean_file = format!("{}/quarantined", office.file_of(&clean).await);
        office.does(CONFIRMER, &clean_file, &[]).await;

        // What was looked at is on record: the clean file once, the other when it was handed out.
        let case = office.registers(&ill, &[]).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}/viewings")).await;
        let page = plain(page.text());
        assert_eq!(page.matches("opened order.pdf").count(), 1, "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        let told = format!("{:?}", doctor.findings);
        assert!(told.contains("1 in quarantine; 0 not scanned"), "{told}");
    });
}

#[test]
fn a_scanner_that_is_away_holds_up_nothing() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let clamd = Clamd::listens();
        office.world.candor.config.scan = Some(clamd.settings());
        let port = clamd.goes_away();
        let submission = office.enters_letter("AZ 1", &eicar()).await;
        assert_eq!(office.looks_at_files().await, 0);
        let page = office.page_of(INTAKE, &submission).await;
        assert!(page.contains("not scanned yet"), "{page}");
        // Nobody said anything of it, so it can be worked with.
        let answer = office.opens(INTAKE, &office.file_of(&submission).await).await;
        assert_eq!(answer.bytes, eicar());
        let doctor = office.candor().doctor(app::Refolding::Sample(1)).await.expect("looks");
        let told = format!("{:?}", doctor.findings);
        assert!(!doctor.is_well(), "{told}");
        assert!(told.contains("can't be reached") && told.contains("1 not scanned"), "{told}");

        let clamd = Clamd::listens_at(port);
        assert_eq!(office.looks_at_files().await, 0, "a minute goes by before it is asked again");
        office.minutes_pass(1);
        for mood in [Mood::HangsUp, Mood::Rubbish] {
            clamd.is_in_the_mood(mood);
            office.looks_at_files().await;
            let page = office.page_of(INTAKE, &submission).await;
            assert!(page.contains("not scanned yet"), "{mood:?}: {page}");
            office.minutes_pass(10);
        }
        // What is too large for it is told with the mend, and tried again.
        clamd.is_in_the_mood(Mood::Takes(10));
        office.looks_at_files().await;
        let doctor = office.candor().doctor(app::Refolding::Sample(1)).await.expect("looks");
        let told = format!("{:?}", doctor.findings);
        assert!(told.contains("INSTREAM size limit exceeded"), "{told}");
        assert!(told.contains("StreamMaxLength 26M"), "{told}");
        clamd.is_in_the_mood(Mood::Scans);
        office.days_pass(1).await;
        assert_eq!(office.looks_at_files().await, 1);
        let page = office.page_of(INTAKE, &submission).await;
        assert!(page.contains("malware: Eicar-Test-Signature"), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Sample(1)).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn signatures_change_and_so_does_what_is_said() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let clamd = Clamd::listens();
        office.world.candor.config.scan = Some(clamd.settings());
        clamd.is_in_the_mood(Mood::KnowsNothing);
        let submission = office.enters_letter("AZ 1", &eicar()).await;
        assert_eq!(office.looks_at_files().await, 1);
        let page = office.page_of(INTAKE, &submission).await;
        assert!(page.contains("no malware found"), "{page}");
        // A week later it is scanned once more by itself.
        clamd.is_in_the_mood(Mood::Scans);
        office.days_pass(6).await;
        assert_eq!(office.looks_at_files().await, 0);
        office.days_pass(1).await;
        assert_eq!(office.looks_at_files().await, 1);
        let path = office.file_of(&submission).await;
        let page = office.opens(CONFIRMER, &path).await;
        assert!(page.text().contains("This file is in quarantine"), "{}", told(&page));
        office.days_pass(30).await;
        assert_eq!(office.looks_at_files().await, 0, "not a third time");
        // Somebody asks for another scan; until it is done, what was found stands.
        clamd.is_in_the_mood(Mood::KnowsNothing);
        office.does(INTAKE, &format!("{path}/scan"), &[]).await;
        let page = office.opens(CONFIRMER, &path).await;
        assert!(page.text().contains("This file is in quarantine"), "{}", told(&page));
        assert_eq!(office.looks_at_files().await, 1);
        let answer = office.opens(INTAKE, &path).await;
        assert_eq!(answer.bytes, eicar(), "it was a mistake");
    });
}

#[test]
fn without_a_scanner_the_pages_say_so_and_no_role_is_told_more() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", &eicar()).await;
        office.looks_at_files().await;
        let page = office.page_of(INTAKE, &submission).await;
        assert!(page.contains("not scanned: no scanner is set"), "{page}");
        let path = office.file_of(&submission).await;
        let answer = office.sends(INTAKE, &format!("{path}/scan"), &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(plain(answer.text()).contains("No scanner is set"), "{}", told(&answer));
        for (name, role) in PEOPLE {
            let answer = office.opens(name, &path).await;
            let may = matches!(role, Role::Intake | Role::Counsel | Role::Reviewer);
            assert_eq!(answer.status == StatusCode::OK, may, "{name}");
        }
        let doctor = office.candor().doctor(app::Refolding::Sample(1)).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        let told = format!("{:?}", doctor.findings);
        assert!(told.contains("1 not scanned: no scanner is set in `[scan]`"), "{told}");
    });
}
