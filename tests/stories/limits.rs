//! How much a letter may bring, and how often somebody may try: what is at the limit is taken, what
//! is beyond it is told and kept nowhere.

use std::net::SocketAddr;

use app::FILE_SIZE_BYTES_MAX;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::submission::FILES_MAX;
use store::{Sight, Submissions};
use stories::Answer;

use crate::office::{INTAKE, Office, PASSWORD, VERIFIER, encoded, plain, told, with_files};
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

/// Somebody signs in from a network address, behind a proxy that says `forwarded`.
async fn signs_in(
    office: &Office,
    (from, forwarded): (&str, &str),
    (email, password, code): (&str, &str, &str),
) -> Answer {
    let from: SocketAddr = from.parse().expect("an address");
    let request = Request::post("/sign-in")
        .extension(ConnectInfo(from))
        .header("x-forwarded-for", forwarded)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let form = encoded(&[("email", email), ("password", password), ("code", code)]);
    office.asks(None, request, Body::from(form)).await
}

const FLOOD: (&str, &str) = ("192.0.2.7:4711", "");

/// A flood of made-up addresses is stopped before anything is read or written, and costs nobody else
/// anything.
#[test]
fn a_flood_of_sign_ins_from_one_address_is_stopped_there() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.minutes_pass(1);
        let tries = async |office: &Office, from, n: usize| {
            let email = format!("made-up-{n}@example.com");
            signs_in(office, from, (&email, "seven red ladders", "123456")).await
        };
        for n in 0..60 {
            let answer = tries(&office, FLOOD, n).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        }
        // The header of a proxy that nobody named is nobody's word.
        for from in [FLOOD, ("192.0.2.7:999", "203.0.113.5")] {
            let answer = tries(&office, from, 60).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", told(&answer));
            assert_eq!(answer.headers[header::RETRY_AFTER], "3");
            let page = plain(answer.text());
            assert!(page.contains("Too many attempts to sign in came from your network"), "{page}");
            assert!(answer.text().contains("made-up-60@example.com"), "what was typed is kept");
        }
        let subject = ["email", "made-up-60@example.com"];
        let mut tx = office.candor().db.snapshot().await.expect("begins");
        let written = tx.attempts(office.candor().db.keys(), &subject).await.expect("reads");
        assert_eq!(written, None, "nothing was written about it");
        let passkey = Request::post("/sign-in/passkey")
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711))))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let answer = office.asks(None, passkey, Body::from("answer=%7B%7D")).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", told(&answer));

        // From there not even the right ones, until some seconds are over; from elsewhere at once.
        let colleague = office.colleague(VERIFIER);
        let (email, code) = (colleague.email(), colleague.code(office.candor()));
        let right = (email, PASSWORD, code.as_str());
        let answer = signs_in(&office, FLOOD, right).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", told(&answer));
        let answer = signs_in(&office, ("192.0.2.8:4711", ""), right).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        // Who is signed in goes on.
        assert_eq!(office.opens(VERIFIER, "/").await.status, StatusCode::OK);
        let colleague = office.colleague(INTAKE);
        let email = colleague.email().to_owned();
        office.minutes_pass(1);
        let code = office.colleague(INTAKE).code(office.candor());
        let answer = signs_in(&office, FLOOD, (&email, PASSWORD, &code)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
    });
}

/// Behind a proxy everybody has one address, unless it is named.
#[test]
fn behind_a_proxy_that_is_named_each_address_is_counted_by_itself() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.world.candor.config.console.proxies = vec!["127.0.0.1".parse().expect("one")];
        let tries = async |forwarded: &str| {
            let made_up = ("", "seven red ladders", "123456");
            signs_in(&office, ("127.0.0.1:4711", forwarded), made_up).await.status
        };
        for n in 0..60 {
            let own_words = format!("198.51.100.{n}, 203.0.113.5");
            assert_eq!(tries(&own_words).await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(tries("203.0.113.5").await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(tries("203.0.113.6").await, StatusCode::UNPROCESSABLE_ENTITY);
        // On the machine itself, where no proxy is named, nothing tells one from the other.
        office.world.candor.config.console.proxies.clear();
        let made_up = ("", "seven red ladders", "123456");
        for _ in 0..70 {
            let answer = signs_in(&office, ("127.0.0.1:4711", "203.0.113.5"), made_up).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    });
}
