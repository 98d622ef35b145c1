//! Where somebody is signed in, and how they end it from another place.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use scraper::{Html, Selector};
use stories::Answer;

use crate::office::{INTAKE, Office, PASSWORD, VERIFIER, encoded, plain, told};

const ELSEWHERE: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
}

/// Somebody signs in at another browser. Returns the cookie that it keeps.
async fn signs_in_elsewhere(office: &Office, who: &str) -> String {
    let colleague = office.colleague(who);
    let code = colleague.code(office.candor());
    let fields = [("email", colleague.email()), ("password", PASSWORD), ("code", &code)];
    let request = form("/sign-in").header(header::USER_AGENT, ELSEWHERE);
    let answer = office.asks(None, request, Body::from(encoded(&fields))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().expect("a cookie"));
    let cookie = cookies.find(|cookie| cookie.starts_with("__Host-candor=")).expect("a session");
    cookie.split(';').next().expect("its value").to_owned()
}

async fn opens_with(office: &Office, cookie: &str, path: &str) -> Answer {
    office.asks(None, Request::get(path).header(header::COOKIE, cookie), Body::empty()).await
}

fn sent_to_sign_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER
        && answer.headers[header::LOCATION].as_bytes().starts_with(b"/sign-in")
}

/// The sessions on the page of somebody's access: what is told of each, and where it is ended.
async fn listed(office: &Office, who: &str) -> Vec<(String, Option<String>)> {
    let page = office.opens(who, "/me").await;
    assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
    let html = Html::parse_document(page.text());
    let rows = Selector::parse("#sessions tbody tr").expect("a selector");
    let ends = Selector::parse("form").expect("a selector");
    let row = |row: scraper::ElementRef<'_>| {
        let action = row.select(&ends).next().and_then(|form| form.attr("action"));
        (plain(&row.html()), action.map(str::to_owned))
    };
    html.select(&rows).map(row).collect()
}

#[test]
fn a_session_is_listed_and_ended_from_another_and_its_cookie_is_dead() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        // The code by which they joined was used.
        office.minutes_pass(1);
        let cookie = signs_in_elsewhere(&office, INTAKE).await;
        let answer = opens_with(&office, &cookie, "/submissions").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));

        let sessions = listed(&office, INTAKE).await;
        assert_eq!(sessions.len(), 2, "{sessions:?}");
        let here = sessions.iter().find(|(text, _)| text.ends_with("this one")).expect("is here");
        assert_eq!(here.1, None, "the one that is used is signed out of");
        let there = sessions.iter().find(|(text, _)| text.contains("Firefox")).expect("is listed");
        let end = there.1.clone().expect("a form that ends it");

        // Nobody else ends it, and who tries is told nothing of it.
        assert_eq!(office.does(VERIFIER, &end, &[]).await, "/me");
        assert_eq!(listed(&office, INTAKE).await.len(), 2);
        let answer = opens_with(&office, &cookie, "/submissions").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));

        let before = office.world.events().await;
        assert_eq!(office.does(INTAKE, &end, &[]).await, "/me");
        let answer = opens_with(&office, &cookie, "/submissions").await;
        assert!(sent_to_sign_in(&answer), "{}", told(&answer));
        let letter = [("reason", "advertising")];
        let request = form("/submissions/2026-0001/not-a-request").header(header::COOKIE, &cookie);
        let answer = office.asks(None, request, Body::from(encoded(&letter))).await;
        assert_ne!(answer.status, StatusCode::NOT_FOUND, "it is not even looked for");
        let page = plain(answer.text());
        assert!(sent_to_sign_in(&answer) || page.contains("not signed in any more"), "{page}");
        assert_eq!(office.world.events().await, before);
        let sessions = listed(&office, INTAKE).await;
        assert!(matches!(sessions.as_slice(), [(_, None)]), "{sessions:?}");
        // Once more, as from a page that was loaded before: it is over already.
        assert_eq!(office.does(INTAKE, &end, &[]).await, "/me");
    });
}

#[test]
fn who_signs_out_takes_their_own_cookie_alone() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.minutes_pass(1);
        let cookie = signs_in_elsewhere(&office, INTAKE).await;
        let answer =
            office.asks(None, form("/sign-out").header(header::COOKIE, &cookie), Body::empty());
        let answer = answer.await;
        assert_eq!(answer.headers[header::LOCATION], "/sign-in", "{}", told(&answer));
        let set = answer.headers[header::SET_COOKIE].to_str().expect("a cookie");
        assert!(set.starts_with("__Host-candor=; Max-Age=0"), "{set}");
        let answer = opens_with(&office, &cookie, "/me").await;
        assert!(sent_to_sign_in(&answer), "{}", told(&answer));
        assert_eq!(listed(&office, INTAKE).await.len(), 1, "the other one goes on");
    });
}
