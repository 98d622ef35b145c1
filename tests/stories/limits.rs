//! How much a letter may bring: what is at the limit is taken, what is beyond it is told and kept
//! nowhere.

use app::FILE_SIZE_BYTES_MAX;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::submission::FILES_MAX;
use store::{Sight, Submissions};
use stories::Answer;

use crate::office::{INTAKE, Office, plain, told, with_files};
use crate::programs::{WRITES, is_refused, makes};

const SUMMARY: &str = "An order about accounts, with all its annexes.";

async fn enters(office: &Office, files: &[(&str, &[u8])]) -> Answer {
    let today = office.candor().today().to_string();
    let fields = [
        ("channel", "mail"),
        ("received_on", today.as_str()),
        ("sender", "Bureau of Samples, Port Sample"),
        ("summary", SUMMARY),
    ];
    office.enters(&fields, files).await
}

/// The same by a program.
async fn sends(office: &Office, token: &str, files: &[(&str, &[u8])]) -> Answer {
    let fields = [("sender", "Bureau of Samples, Port Sample"), ("summary", SUMMARY)];
    let (kind, body) = with_files(&fields, files);
    let request = Request::post("/api/v1/submissions")
        .header(header::CONTENT_TYPE, kind)
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    office.asks(None, request, Body::from(body)).await
}

/// What is kept of the letters so far: events, and the files of the one with this number.
async fn kept(office: &Office, number: &str) -> (i64, usize) {
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    let number = number.parse().expect("a number");
    let rows = tx.submissions(Submissions::Numbered(number), Sight::whole()).await.expect("reads");
    (tx.head().await.expect("reads").0, rows.first().map_or(0, |row| row.files.len()))
}

#[test]
fn a_file_of_25_mib_is_taken_and_one_byte_more_is_told() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        let nothing = kept(&office, "2026-0001").await;
        let mut file = vec![b' '; FILE_SIZE_BYTES_MAX + 1];
        let answer = enters(&office, &[("small.pdf", b"%PDF"), ("annex.pdf", &file)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let page = plain(answer.text());
        assert!(page.contains("The file annex.pdf is larger than 25 MiB: split it"), "{page}");
        assert!(answer.text().contains(SUMMARY), "what was typed is kept");
        let answer = sends(&office, &token, &[("annex.pdf", &file)]).await;
        is_refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, "annex.pdf is larger than 25 MiB");
        assert_eq!(kept(&office, "2026-0001").await, nothing);
        let page = plain(office.opens(INTAKE, "/submissions").await.text());
        assert!(page.contains("0 submissions arrived"), "{page}");

        file.pop();
        let answer = enters(&office, &[("annex.pdf", &file)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        assert_eq!(kept(&office, "2026-0001").await.1, 1);
        let hash = app::sha256_of(file.as_slice()).expect("reads");
        let path = format!("/submissions/2026-0001/files/{hash}");
        let got = office.opens(INTAKE, &path).await;
        assert!(got.bytes == file, "it is handed out byte by byte: {}", got.bytes.len());
    });
}

#[test]
fn a_thousand_files_are_taken_and_one_more_is_told() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        let nothing = kept(&office, "2026-0001").await;
        let names: Vec<_> = (0..=FILES_MAX).map(|n| format!("{n}.txt")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
        assert_eq!(files.len(), 1_001);
        let answer = enters(&office, &files).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let page = plain(answer.text());
        assert!(page.contains("A submission arrives with at most 1000 files"), "{page}");
        assert!(answer.text().contains(SUMMARY), "what was typed is kept");
        let answer = sends(&office, &token, &files).await;
        is_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "at most 1000 files");
        assert_eq!(kept(&office, "2026-0001").await, nothing);

        let answer = enters(&office, &files[..FILES_MAX]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        assert_eq!(kept(&office, "2026-0001").await.1, FILES_MAX);
        let page = plain(office.opens(INTAKE, "/submissions/2026-0001").await.text());
        assert!(page.contains("0.txt") && page.contains("999.txt"), "all of them are listed");
    });
}

/// All files of a letter together.
#[test]
fn a_letter_of_more_than_110_mb_is_told_and_nothing_is_kept() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, INTAKE, WRITES).await;
        let nothing = kept(&office, "2026-0001").await;
        let parts: Vec<_> = (b'a'..=b'e').map(|byte| vec![byte; 23 << 20]).collect();
        let files: Vec<_> = parts.iter().map(|part| ("part.pdf", part.as_slice())).collect();
        let answer = enters(&office, &files).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", told(&answer));
        assert!(plain(answer.text()).contains("110 MB"), "{}", told(&answer));
        let answer = sends(&office, &token, &files).await;
        is_refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, "it is longer than 110 MB");
        assert_eq!(kept(&office, "2026-0001").await, nothing);
    });
}
