//! A prohibited demand declines itself; counsel signs the text that the officer reads.

use app::{Candor, sha256_of};
use axum::http::StatusCode;
use databases::on_each;
use domain::event::RequestEvent;
use domain::id::Actor;
use scraper::{Html, Selector};
use serde_json::Value;
use stories::Answer;

use crate::office::{CONFIRMER, EXPERT, INTAKE, ORIGIN, Office, PROPOSER, VERIFIER, plain, told};

const REVIEWER: &str = "N. Exempel";
const KEYS: [(&str, &str); 1] = [("demands", "encryption_keys")];

/// What stands in the form, for counsel to sign.
pub fn prepared(page: &Answer) -> String {
    let page = Html::parse_document(page.text());
    let text = Selector::parse("textarea#sign-text").expect("a selector");
    page.select(&text).next().expect("the text is prepared").text().collect()
}

async fn signs(office: &Office, who: &str, case: &str, text: &str) {
    office.act(who, case, "sign", &[("text", text), ("read", "yes")]).await;
}

/// Only counsel signs, who has proved once more that it is them; nothing that they typed is lost.
#[test]
fn counsel_alone_signs_and_proves_once_more_who_they_are() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &KEYS).await;
        for who in [INTAKE, EXPERT, REVIEWER] {
            let fields = [("text", "We decline."), ("read", "yes")];
            let answer = office.acts(who, &case, "sign", &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}: {}", told(&answer));
        }
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        assert!(page.contains("It is declined without a signed text"), "{page}");
        assert!(page.contains("no signed text"), "{page}");
        assert!(page.contains("It waits for legal counsel"), "{page}");
        let page = plain(office.opens(CONFIRMER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("The officer is not verified: send it to an address"), "{page}");

        office.minutes_pass(10);
        let long = "We decline.\r\n\r\nNobody \"here\" can do <otherwise>.";
        let fields = [("text", long), ("read", "yes")];
        let answer = office.acts(CONFIRMER, &case, "sign", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", told(&answer));
        assert!(plain(answer.text()).contains("Confirm that it is you"), "{}", told(&answer));
        let kept = Html::parse_document(answer.text());
        let kept_text = Selector::parse("input[name='again.text']").expect("a selector");
        let kept = kept.select(&kept_text).next().and_then(|field| field.attr("value"));
        assert_eq!(kept.map(|text| text.replace('\r', "")), Some(long.replace('\r', "")));
        assert_eq!(office.events_of(&case).await, ["request_registered", "decided"]);
    });
}

/// The record holds a commitment to the text and nothing of it; with text and salt anybody can hold
/// one against the other, and without them nobody can.
#[test]
fn what_was_signed_is_shown_kept_and_erased_with_its_letter() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &KEYS).await;
        let page = office.opens(CONFIRMER, &format!("/requests/{case}")).await;
        let text = prepared(&page);
        for words in [
            "To: Bureau of Samples",
            "For the attention of: T. Placeholder",
            "Your reference: AZ 1",
            "Our reference: 2026-0001-1",
            "that we received on 21 September 2026",
            "You ask us for encryption keys.",
            "We give encryption keys to nobody",
            "Challenge this answer.",
            "Signed for Example publisher:\nI. Esempio, legal counsel",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        signs(&office, CONFIRMER, &case, &text).await;
        signs(&office, PROPOSER, &case, "We decline this.\r\nNobody can.").await;
        let text = "We decline this.\nNobody can.";

        let path = format!("/requests/{case}/declination");
        let letter = plain(office.opens(REVIEWER, &path).await.text());
        for words in ["We decline this. Nobody can.", "Signed by K. Beispiel", "sha256sum"] {
            assert!(letter.contains(words), "{words}: {letter}");
        }
        let file = office.opens(REVIEWER, &format!("{path}.txt")).await;
        assert_eq!(file.text(), text, "the later one is in force");
        let seen = office.opens(REVIEWER, &format!("/requests/{case}/viewings")).await;
        assert!(plain(seen.text()).contains("N. Exempel opened the request"), "{}", told(&seen));

        let recorded = office.recorded(&case).await;
        let Some(RequestEvent::DeclinationSigned { commitment, .. }) = recorded.last() else {
            panic!("{recorded:?}")
        };
        let event = serde_json::to_string(&recorded).expect("JSON");
        assert!(!event.contains("decline this"), "{event}");
        let trail = office.opens(REVIEWER, &format!("/requests/{case}/audit.json")).await;
        let trail: Value = serde_json::from_str(trail.text()).expect("JSON");
        let texts = &trail["events"].as_array().expect("events").last().expect("one")["texts"];
        assert_eq!(texts["text"], text);
        let salt = texts["salt"].as_str().expect("a salt");
        let whole = format!("candor declination\n{salt}\n{}", file.text());
        assert_eq!(sha256_of(whole.as_bytes()).expect("reads"), *commitment);
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        let told_of = format!("{:?}", doctor.findings);
        assert!(told_of.contains("2 texts that decline were signed; the 2"), "{told_of}");

        office.act(VERIFIER, &case, "close", &[]).await;
        let who = office.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let id = office.candor().submission(number, &who).await.expect("reads").row.submission;
        office.candor().erase(id, Actor::OperatorCli).await.expect("erases");
        for path in [path.clone(), format!("{path}.txt")] {
            let answer = office.opens(REVIEWER, &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
        }
        assert_eq!(office.recorded(&case).await[2..4], recorded[2..4], "the record stays");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// It is declined and can be closed without a text, which stays loud until there is one.
#[test]
fn what_was_closed_without_a_text_says_so_and_can_still_be_given_one() {
    on_each(async |location| {
        let office = Office::at_work(location, &[]).await;
        let submission = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&submission, &KEYS).await;
        office.act(VERIFIER, &case, "close", &[]).await;
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        assert!(page.contains("It was closed without a signed text"), "{page}");
        signs(&office, CONFIRMER, &case, "We decline.").await;
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        assert!(!page.contains("without a signed text"), "{page}");
        assert!(page.contains("I. Esempio signed the text that declines it"), "{page}");

        // What is no prohibited demand has no such text.
        let other = office.registers(&submission, &[]).await;
        let fields = [("text", "We decline."), ("read", "yes")];
        let words = "What it asks for is not prohibited";
        office.refused(CONFIRMER, &other, "sign", &fields, words).await;
        let answer = office.opens(CONFIRMER, &format!("/requests/{other}/declination")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
        // No surface signs one text and keeps another.
        let (command, _) = app::signing("We decline.").expect("signs");
        let (_, texts) = app::signing("We approve.").expect("signs");
        let who = office.signed_in(CONFIRMER).await;
        let name = case.parse().expect("a name");
        let request = office.candor().case_named(name, &who).await.expect("reads").request;
        let seen = office.version(&case).await;
        let act = app::Act { request, seen, command, texts };
        let error = office.candor().act(act, &who).await.expect_err("is refused");
        assert!(matches!(error, app::Error::NotWhatIsSigned), "{error}");
    });
}

/// The company's own text stands in place of the one that ships, and one with a slip is refused
/// where it is opened, with its place.
#[test]
fn the_company_declines_in_its_own_words() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &[]).await;
        let dir = office.candor().dir.clone();
        let settings = dir.join("candor.toml");
        let before = std::fs::read_to_string(&settings).expect("reads");
        let own = |name: &str| format!("{before}\n[answers]\nprohibited = \"{name}\"\n");
        let clock = office.candor().clock;
        for (name, text, words) in [
            (
                "ours.txt",
                "Dear {officer},\nno {demand}.",
                "ours.txt:2:4: nothing is called {demand}",
            ),
            ("ours.txt", " \n", "a prepared text has a word at least"),
            ("../ours.txt", "No.", "put the text into the data directory"),
        ] {
            std::fs::write(dir.join("ours.txt"), text).expect("writes");
            std::fs::write(&settings, own(name)).expect("writes");
            let error = Candor::open(&dir, clock).await.expect_err("is refused").to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
        let text =
            "Dear {officer},\r\nno {demands}, {received_on}.\r\nRef. {reference}\r\n{not_done}";
        std::fs::write(dir.join("ours.txt"), text).expect("writes");
        std::fs::write(&settings, own("ours.txt")).expect("writes");
        office.world.candor = Candor::open(&dir, clock).await.expect("opens");
        office.world.candor.config.console.origin = Some(ORIGIN.to_owned());
        let submission = office.enters_letter("", b"scan").await;
        let fields = [("demands", "direct_access"), ("instrument_reference", "")];
        let case = office.registers(&submission, &fields).await;
        let page = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        let expected = "Dear T. Placeholder,\nno direct access, 21 September 2026.\nWe give nobody \
                        direct access to user data or to our infrastructure; that includes every \
                        interception as it happens.";
        assert_eq!(prepared(&page), expected, "the line without a reference is left out");
    });
}
