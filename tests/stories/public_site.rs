//! What a reader gets over HTTP, and what nobody gets.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use databases::on_each;
use stories::World;

#[test]
fn every_file_of_an_edition_is_served_with_its_type() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        for (path, media_type) in [
            ("/", "text/html; charset=utf-8"),
            ("/candor.css", "text/css; charset=utf-8"),
            ("/2020/", "text/html; charset=utf-8"),
            ("/2020/r0/", "text/html; charset=utf-8"),
            ("/2020/report.pdf", "application/pdf"),
            ("/2020/by-country.csv", "text/csv; charset=utf-8"),
            ("/2020/report.json", "application/json"),
            ("/2020/charts/map.svg", "image/svg+xml"),
        ] {
            let answer = world.reader_gets(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.headers[header::CONTENT_TYPE], media_type, "{path}");
            assert!(!answer.bytes.is_empty(), "{path}");
            let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
        }
    });
}

#[test]
fn what_is_not_published_is_not_there() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        for path in ["/2020/", "/2020/by-country.csv", "/2019/", "/keys/master.key", "/nothing"] {
            let answer = world.reader_gets(path).await;
            let folder = StatusCode::PERMANENT_REDIRECT;
            assert!([StatusCode::NOT_FOUND, folder].contains(&answer.status), "{path}");
        }
        world.editor_publishes("2020").await.expect("publishes");
        for path in ["/2020/../candor.toml", "/2020/%2e%2e/candor.toml", "/2020/r1/", "/2020/x"] {
            assert_eq!(world.reader_gets(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    });
}

#[test]
fn a_folder_ends_with_a_slash() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let answer = world.reader_gets("/2020").await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.headers[header::LOCATION], "/2020/");
    });
}

#[test]
fn a_reader_who_holds_the_bytes_does_not_get_them_again() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let first = world.reader_gets("/2020/by-country.csv").await;
        let again = Request::get("/2020/by-country.csv")
            .header(header::IF_NONE_MATCH, &first.headers[header::ETAG])
            .body(Body::empty())
            .expect("a request");
        let again = world.reader_asks(again).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    });
}

#[test]
fn the_site_only_gives() {
    on_each(async |location| {
        let world = World::new(location).await;
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let request = Request::builder().method(method).uri("/").body(Body::empty());
            let answer = world.reader_asks(request.expect("a request")).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        }
    });
}

#[test]
fn an_operator_sees_whether_it_works() {
    on_each(async |location| {
        let world = World::new(location).await;
        assert_eq!(world.reader_gets("/healthz").await.text(), "alive\n");
        assert_eq!(world.reader_gets("/readyz").await.text(), "ready\n");
        world.reader_gets("/nothing").await;
        let metrics = world.reader_gets("/metrics").await;
        assert_eq!(metrics.status, StatusCode::OK);
    });
}
