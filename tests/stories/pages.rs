//! What the console's pages show and say, and that nothing that was typed is lost.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use databases::on_each;
use domain::request::Aspect;

use crate::office::{
    CONFIRMER, CONFIRMS, INTAKE, Office, PASSWORD, PROPOSER, VERIFIER, encoded, plain, told,
};

/// The folded part of a page that is shown as the next thing to do, if one is.
fn next_of(page: &str) -> Option<String> {
    let parts: Vec<_> = page.split("<details class=\"act next\" open>").skip(1).collect();
    assert!(parts.len() <= 1, "one thing comes next");
    let part = parts.first()?.split("</summary>").next()?;
    Some(plain(part))
}

#[test]
fn the_next_step_is_unfolded_for_who_can_take_it() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let path = format!("/requests/{case}");
        let next = async |who: &str| next_of(office.opens(who, &path).await.text());
        assert_eq!(next(VERIFIER).await.as_deref(), Some("Begin to verify"));
        assert_eq!(next(INTAKE).await, None, "intake verifies nothing");
        office.act(VERIFIER, &case, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &case).await;
        for aspect in Aspect::ALL {
            let title = match aspect {
                Aspect::Officer => "Record the finding: officer is real",
                Aspect::Instrument => "Record the finding: instrument is valid",
                Aspect::Scope => "Record the finding: scope is lawful",
            };
            assert_eq!(next(VERIFIER).await.as_deref(), Some(title));
            let fields: &[_] = match aspect {
                Aspect::Scope => &[("verdict", "stands"), ("transfer", "same_jurisdiction")],
                Aspect::Officer | Aspect::Instrument => &[("verdict", "stands")],
            };
            office.finds(VERIFIER, &case, aspect, fields).await;
        }
        assert_eq!(next(VERIFIER).await, None, "who verified does not propose");
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.act(CONFIRMER, &case, "confirm", &CONFIRMS).await;
        let prepare = "Enter that the response is prepared";
        assert_eq!(next(VERIFIER).await.as_deref(), Some(prepare));
        office.act(VERIFIER, &case, "prepare", &[]).await;
        assert_eq!(next(VERIFIER).await, None);
        assert_eq!(next(CONFIRMER).await.as_deref(), Some("Release the response"));
        office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "1")]).await;
        assert_eq!(next(VERIFIER).await.as_deref(), Some("Close the request"));
    });
}

/// Signs in at the page that a form led to, with what is hidden in it.
async fn signs_in_again(
    office: &Office,
    browser_of: &str,
    who: &str,
    page: &str,
) -> stories::Answer {
    let code = office.colleague(who).code(office.candor());
    let mut fields =
        vec![("email", office.colleague(who).email()), ("password", PASSWORD), ("code", &code)];
    for input in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").expect("a value");
        fields.push((name, rest.split('"').next().expect("its end")));
    }
    office.sends(browser_of, "/sign-in", &fields).await
}

#[test]
fn a_form_that_was_sent_after_the_session_ended_waits_for_its_person() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let seen = office.version(&case).await.to_string();
        let before = office.world.events().await;
        office.minutes_pass(31);
        let (path, page) = (format!("/requests/{case}/note"), format!("/requests/{case}"));
        let note = [("seen", seen.as_str()), ("text", "The third account is named by e-mail.")];
        let answer = office.sends(PROPOSER, &path, &note).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        assert!(plain(answer.text()).contains("What you filled in is kept: sign in again"));
        let kept = answer.text().to_owned();

        // A wrong code loses nothing either, and is not typed back.
        let fields = [
            ("email", "k.beispiel@publisher.example"),
            ("password", PASSWORD),
            ("code", "000000"),
            ("again", path.as_str()),
            ("again.text", "The third account is named by e-mail."),
        ];
        let answer = office.sends(PROPOSER, "/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        assert!(answer.text().contains("name=\"again.text\" value=\"The third account"));
        assert!(!answer.text().contains("000000"), "a code is used once: {}", answer.text());

        // To somebody else at the same browser it is not offered.
        let answer = signs_in_again(&office, PROPOSER, CONFIRMER, &kept).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        assert_eq!(answer.headers[header::LOCATION], page.as_str());

        let answer = signs_in_again(&office, PROPOSER, PROPOSER, &kept).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
        let text = plain(answer.text());
        assert!(text.contains("You are signed in again. Nothing was recorded yet."), "{text}");
        assert!(text.contains("Note The third account is named by e-mail."), "{text}");
        assert!(answer.text().contains(&format!("action=\"{path}\"")), "{}", answer.text());
        assert!(answer.text().contains(&format!("name=\"seen\" value=\"{seen}\"")));
        assert_eq!(office.world.events().await, before, "nothing happened by itself");

        // Of somebody unknown, and of a form with a secret, nothing is kept.
        let form = Body::from(encoded(&note));
        let request = Request::post(&path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let answer = office.asks(None, request, form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let secret = [("old", PASSWORD), ("password", "nine blue ladders"), ("again", "x")];
        let answer = office.sends(PROPOSER, "/me/password", &secret).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn a_letter_that_was_sent_after_the_session_ended_keeps_its_texts() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.minutes_pass(31);
        let today = office.candor().today().to_string();
        let fields = [
            ("channel", "letter"),
            ("received_on", today.as_str()),
            ("sender", "Bureau of Samples, Port Sample"),
            ("summary", "An order about accounts."),
        ];
        let answer = office.enters(&fields, &[("order.pdf", b"scan")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        let kept = answer.text().to_owned();
        let answer = signs_in_again(&office, INTAKE, INTAKE, &kept).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
        let page = answer.text();
        for part in [
            "enctype=\"multipart/form-data\"",
            "name=\"sender\" value=\"Bureau of Samples, Port Sample\"",
            "type=\"file\"",
            "Choose them again",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    });
}

#[test]
fn no_answer_is_blank() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let says = async |request, body: Body, status: StatusCode, words: &str| {
            let answer = office.asks(Some(VERIFIER), request, body).await;
            assert_eq!(answer.status, status, "{}", told(&answer));
            assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
            answer
        };
        let form = |path: &str, site: &str| {
            Request::post(path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("sec-fetch-site", site)
        };
        let (path, wrong) = (format!("/requests/{case}/note"), StatusCode::METHOD_NOT_ALLOWED);
        let words = "This address takes what a form sends";
        let answer = says(Request::get(&path), Body::empty(), wrong, words).await;
        assert_eq!(answer.headers[header::ALLOW], "POST");
        assert!(answer.text().contains(&format!("href=\"/requests/{case}\"")));
        let words = "This page takes no form.";
        let answer = says(form("/profiles", "same-origin"), Body::empty(), wrong, words).await;
        assert_eq!(answer.headers[header::ALLOW], "GET,HEAD");
        let delete = Request::builder().method(Method::DELETE).uri("/inventory");
        says(delete, Body::empty(), wrong, "This page takes no form.").await;

        let foreign = form(&path, "cross-site");
        let words = "This form was not taken A form is only taken from a page of the console";
        says(foreign, Body::from("text=x"), StatusCode::FORBIDDEN, words).await;
        let long = format!("text={}", "x".repeat(2 << 20));
        let words = "What you sent is longer than 1 MB. Nothing was recorded.";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        says(form(&path, "same-origin"), Body::from(long), status, words).await;
        let words = "This form can’t be read";
        let status = StatusCode::BAD_REQUEST;
        says(form(&path, "same-origin"), Body::from("text=x"), status, words).await;
        let icon = office.asks(None, Request::get("/favicon.ico"), Body::empty()).await;
        assert_eq!(icon.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn of_a_prohibited_demand_no_finding_is_awaited() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"both").await;
        let both = [("demands", "registration"), ("demands", "encryption_keys")];
        office.registers(&submission, &both).await;
        let page = plain(office.opens(VERIFIER, "/requests/2026-0001-2").await.text());
        assert!(page.contains("Officer is real Not needed"), "{page}");
        assert!(page.contains("declined by rule: nothing is verified"), "{page}");
        assert!(page.contains("Findings not needed"), "{page}");
        assert!(!page.contains("Not recorded"), "{page}");
        let page = plain(office.opens(VERIFIER, "/requests/2026-0001-1").await.text());
        assert!(page.contains("Officer is real Not recorded yet"), "{page}");
        let reason = [("reason", "By telephone, on the same day.")];
        office.act(VERIFIER, "2026-0001-1", "withdraw", &reason).await;
        let page = plain(office.opens(VERIFIER, "/requests/2026-0001-1").await.text());
        assert!(!page.contains("Not recorded yet"), "it never will be: {page}");
    });
}

#[test]
fn pages_name_things_as_people_do() {
    on_each(async |location| {
        let office = Office::at_work(location, &["subpoena"]).await;
        let half = [("held_registration", "yes"), ("where_registration", "Main store")];
        let answer = office.sends(VERIFIER, "/inventory", &half).await;
        let text = plain(answer.text());
        for words in [
            "Registration data: say for how long it is kept",
            "Content data: say whether you hold it",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }

        let submission = office.enters_letter("AZ 1", b"scan").await;
        let fields = [("instrument", "subpoena"), ("issued_on", "2026-09-18")];
        let case = office.registers(&submission, &fields).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("PO-77/2026 · 18 Sep 2026"), "{page}");
        assert!(!page.contains("2026-09-18"), "{page}");

        let seen = office.version(&case).await.to_string();
        office.act(VERIFIER, &case, "begin", &[]).await;
        let finding = [
            ("seen", seen.as_str()),
            ("aspect", "scope"),
            ("verdict", "stands"),
            ("transfer", "derogation"),
            ("note", "As the letter says."),
        ];
        let answer = office.sends(VERIFIER, &format!("/requests/{case}/finding"), &finding).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
        let text = plain(answer.text());
        for words in [
            "What do you find? It stands",
            "What lets the data go to that country? A derogation for this situation",
            "Note (optional) As the letter says.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }

        let page = office.opens(VERIFIER, "/profiles/subpoena").await;
        assert!(page.text().contains("<h1>Subpoena</h1>"), "{}", told(&page));
    });
}

#[test]
fn a_link_names_the_other_request_and_a_note_stands_with_its_finding() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let first = office.enters_letter("AZ 1", b"scan").await;
        let one = office.registers(&first, &[]).await;
        let second = office.enters_letter("AZ 2", b"another").await;
        let two = office.registers(&second, &[]).await;
        // Until somebody has said how they belong together, it may be a duplicate.
        let elsewhere = [("authority", "Amt für Beispiele")];
        let third = office.enters_letter("AZ 3", b"a third").await;
        let three = office.registers(&third, &elsewhere).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{two}")).await.text());
        for words in [
            "This may be here already".to_owned(),
            format!("Request {one} : the same reference, from this authority, received"),
            format!("Request {three} : the same reference, from what is entered as another"),
        ] {
            assert!(page.contains(&words), "{words}: {page}");
        }
        let link = [("to", one.as_str()), ("link", "amends"), ("reason", "One account more.")];
        office.act(VERIFIER, &two, "link", &link).await;
        let page = office.opens(VERIFIER, &format!("/requests/{two}")).await;
        assert!(!plain(page.text()).contains(&format!("Request {one} :")), "{}", told(&page));
        let words =
            format!("“One account more.” <a class=\"nw\" href=\"/requests/{one}\">{one}</a>");
        assert!(page.text().contains(&words), "{}", told(&page));

        office.act(VERIFIER, &one, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &one).await;
        let stands = [("verdict", "stands"), ("note", "Called back on a number of our own.")];
        office.finds(VERIFIER, &one, Aspect::Officer, &stands).await;
        let page = office.opens(PROPOSER, &format!("/requests/{one}")).await;
        let finding = page.text().split("<article>").nth(1).expect("the first finding");
        let finding = plain(finding.split("</article>").next().expect("its end"));
        assert!(finding.contains("Called back on a number of our own. R. Ejemplo,"), "{finding}");
    });
}

/// Who acts and is led back to the page is on record by the act; whoever opens it is noted.
#[test]
fn a_look_is_written_down_once_for_each_time_that_somebody_opens_a_page() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let looks = async |office: &Office, who: &str| {
            let log = office.opens(CONFIRMER, &format!("/requests/{case}/viewings")).await;
            plain(log.text()).matches(&format!("{who} opened the request")).count()
        };
        let path = format!("/requests/{case}");
        office.opens(VERIFIER, &path).await;
        assert_eq!(looks(&office, VERIFIER).await, 1);
        let seen = office.version(&case).await.to_string();
        let begin = format!("{path}/begin");
        let led_to = office.does(VERIFIER, &begin, &[("seen", &seen)]).await;
        office.opens(VERIFIER, &led_to).await;
        assert_eq!(looks(&office, VERIFIER).await, 1, "led on by their own act");
        // The page itself, opened right after the act, is a look; so is the address for others.
        office.opens(VERIFIER, &path).await;
        assert_eq!(looks(&office, VERIFIER).await, 2);
        office.opens(PROPOSER, &led_to).await;
        assert_eq!(looks(&office, PROPOSER).await, 1);
        // Where somebody else has acted since, there is something new to see.
        office.act(PROPOSER, &case, "note", &[("text", "Read the annex.")]).await;
        office.opens(VERIFIER, &led_to).await;
        assert_eq!(looks(&office, VERIFIER).await, 3);
        let seen = office.version(&case).await.to_string();
        let note = [("seen", seen.as_str()), ("text", "I did.")];
        let led_to = office.does(VERIFIER, &format!("{path}/note"), &note).await;
        office.minutes_pass(1);
        office.opens(VERIFIER, &led_to).await;
        assert_eq!(looks(&office, VERIFIER).await, 4, "the same address, later");
        // No number that somebody makes up hides a look.
        for seen in ["-1", "0", "99", "x", "9223372036854775807"] {
            office.opens(PROPOSER, &format!("{path}?seen={seen}")).await;
        }
        assert_eq!(looks(&office, PROPOSER).await, 6);
    });
}
