//! People come in with passkeys, and nothing that is replayed, borrowed or forged does.

use app::{By, Invitee};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::access::{Role, RoleSet};
use domain::event::Stream;
use domain::id::PersonId;
use jiff::SignedDuration;
use store::{Location, Sight};
use stories::Answer;

use crate::authenticator::{Asked, Authenticator};
use crate::office::{INTAKE, ORIGIN, Office, encoded, plain, told};

/// A browser that keeps cookies, and where its authenticator is.
struct Browser {
    cookies: Vec<(String, String)>,
    authenticator: Authenticator,
}

impl Browser {
    fn new(number: u8) -> Self {
        Self { cookies: Vec::new(), authenticator: Authenticator::new(number, ORIGIN) }
    }

    async fn asks(
        &mut self,
        office: &Office,
        request: axum::http::request::Builder,
        body: String,
    ) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        let answer = office.asks(None, request, Body::from(body)).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            for must in ["; HttpOnly", "; Secure", "; SameSite=Strict", "; Path=/"] {
                assert!(cookie.contains(must), "{cookie}");
            }
            let (name, value) =
                cookie.split(';').next().and_then(|c| c.split_once('=')).expect("=");
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    async fn opens(&mut self, office: &Office, path: &str) -> Answer {
        self.asks(office, Request::get(path), String::new()).await
    }

    async fn sends(&mut self, office: &Office, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.asks(office, request, encoded(fields)).await
    }

    /// What the page asks for.
    async fn asked(&mut self, office: &Office, path: &str) -> Asked {
        let page = self.opens(office, path).await;
        Asked::on(page.text()).unwrap_or_else(|| panic!("{path}: {}", told(&page)))
    }

    async fn is_in(&mut self, office: &Office) -> bool {
        self.opens(office, "/me").await.status == StatusCode::OK
    }

    /// Opens the page to sign in and answers with the passkey.
    async fn signs_in(&mut self, office: &Office) -> Answer {
        let asked = self.asked(office, "/sign-in?next=/submissions").await;
        let answer = self.authenticator.proves(&asked.options);
        self.sends(office, &asked.action, &[("answer", &answer), ("next", "/submissions")]).await
    }
}

async fn invited(office: &Office, email: &str) -> (PersonId, String) {
    let roles = RoleSet::from_iter([Role::Operator, Role::Editor]);
    let invitee = Invitee { name: "Q. Sample", email, roles };
    let invited = office.candor().invite(invitee, By::OperatorCli).await.expect("invites");
    (invited.person, format!("/join/{}", invited.link.reveal()))
}

/// Somebody who has joined with a passkey.
async fn joined(location: Location) -> (Office, Browser, PersonId) {
    let office = Office::new(location).await;
    let mut browser = Browser::new(1);
    let (person, link) = invited(&office, "q.sample@publisher.example").await;
    let asked = browser.asked(&office, &link).await;
    let answer = browser.authenticator.creates(&asked.options);
    let fields = [("name", "work laptop"), ("answer", answer.as_str())];
    let page = browser.sends(&office, &asked.action, &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
    assert!(plain(page.text()).contains("Your access is open"), "{}", told(&page));
    (office, browser, person)
}

#[track_caller]
fn refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(answer));
    assert!(plain(answer.text()).contains(words), "{words}: {}", told(answer));
}

const NOT_KNOWN: &str = "This passkey is not known here, or what it sent does not hold";
const OVER: &str = "This took too long, or was sent before";

#[test]
fn somebody_joins_with_a_passkey_and_signs_in_with_nothing_else() {
    on_each(async |location| {
        let (office, mut browser, person) = joined(location).await;
        assert!(browser.is_in(&office).await);
        // The link is used up.
        let (_, link) = invited(&office, "z.sample@publisher.example").await;
        let mut other = Browser::new(2);
        let asked = other.asked(&office, &link).await;
        let answer = other.authenticator.creates(&asked.options);
        let fields = [("name", "phone"), ("answer", answer.as_str())];
        assert_eq!(other.sends(&office, &asked.action, &fields).await.status, StatusCode::OK);
        assert_eq!(other.opens(&office, &link).await.status, StatusCode::NOT_FOUND);

        let page = browser.sends(&office, "/sign-out", &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert!(!browser.is_in(&office).await);
        let page = browser.signs_in(&office).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        assert_eq!(page.headers[header::LOCATION], "/submissions");
        let page = browser.opens(&office, "/me").await;
        assert!(plain(page.text()).contains("work laptop kept on its device alone"));
        assert!(plain(page.text()).contains("Q. Sample"), "{}", told(&page));

        let mut tx = office.candor().db.snapshot().await.expect("begins");
        let events = tx.stream_events(Stream::Person(person), Sight::whole()).await.expect("reads");
        let kinds: Vec<_> = events.iter().map(|recorded| recorded.event.kind()).collect();
        assert_eq!(kinds, ["person_invited", "person_joined", "passkey_added"]);
        let refold = tx.refold().await.expect("folds");
        assert_eq!(refold.people_differing, []);
    });
}

#[test]
fn a_password_does_not_open_what_has_none() {
    on_each(async |location| {
        let (office, mut browser, _) = joined(location).await;
        browser.cookies.clear();
        for (password, code) in [("", ""), ("", "000000"), ("seven green ladders", "000000")] {
            let fields = [("email", "q.sample@publisher.example"), ("password", password)];
            let fields = [fields.as_slice(), &[("code", code)]].concat();
            let page = browser.sends(&office, "/sign-in", &fields).await;
            refused(&page, "The e-mail address, the password or the code is wrong");
        }
    });
}

#[test]
fn an_answer_is_taken_once_in_time_and_from_the_browser_that_was_asked() {
    on_each(async |location| {
        let (mut office, mut browser, _) = joined(location).await;
        browser.cookies.clear();
        let asked = browser.asked(&office, "/sign-in").await;
        let answer = browser.authenticator.proves(&asked.options);
        let fields = [("answer", answer.as_str())];
        // Another browser, which was asked something else.
        let mut other = Browser::new(9);
        other.asked(&office, "/sign-in").await;
        refused(&other.sends(&office, "/sign-in/passkey", &fields).await, OVER);
        // Before it is used there, and once.
        let page = browser.sends(&office, "/sign-in/passkey", &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        refused(&browser.sends(&office, "/sign-in/passkey", &fields).await, NOT_KNOWN);
        // Also where the authenticator does not count.
        let mut synced = Browser::new(3);
        (synced.authenticator.syncs, synced.authenticator.counts) = (true, false);
        let (_, link) = invited(&office, "s.sample@publisher.example").await;
        let asked = synced.asked(&office, &link).await;
        let made = synced.authenticator.creates(&asked.options);
        let made = [("name", "manager"), ("answer", made.as_str())];
        assert_eq!(synced.sends(&office, &asked.action, &made).await.status, StatusCode::OK);
        let asked = synced.asked(&office, "/sign-in").await;
        let answer = synced.authenticator.proves(&asked.options);
        let fields = [("answer", answer.as_str())];
        let page = synced.sends(&office, "/sign-in/passkey", &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        refused(&synced.sends(&office, "/sign-in/passkey", &fields).await, OVER);

        let asked = browser.asked(&office, "/sign-in").await;
        office.minutes_pass(10);
        let answer = browser.authenticator.proves(&asked.options);
        let fields = [("answer", answer.as_str())];
        refused(&browser.sends(&office, "/sign-in/passkey", &fields).await, OVER);
        // A challenge that nobody gave out.
        let asked = asked.options.replace("\"challenge\":\"", "\"challenge\":\"AAAA");
        let answer = browser.authenticator.proves(&asked);
        let fields = [("answer", answer.as_str())];
        refused(&browser.sends(&office, "/sign-in/passkey", &fields).await, OVER);
    });
}

#[test]
fn a_wrong_site_an_unverified_person_a_copied_key_and_a_stranger_are_refused() {
    on_each(async |location| {
        let (office, mut browser, _) = joined(location).await;
        browser.cookies.clear();
        let good = browser.authenticator.clone();
        let check = async |authenticator: Authenticator| {
            let mut browser = Browser { cookies: Vec::new(), authenticator };
            let page = browser.signs_in(&office).await;
            refused(&page, NOT_KNOWN);
            assert!(!browser.is_in(&office).await);
        };
        for origin in
            ["https://evil.example", "http://console.example", "https://console.example:1"]
        {
            check(Authenticator { origin: origin.to_owned(), ..good.clone() }).await;
        }
        check(Authenticator { verifies: false, ..good.clone() }).await;
        check(Authenticator { syncs: true, ..good.clone() }).await;
        check(Authenticator::new(7, ORIGIN)).await;
        // The right one comes in, and then one that counts from the beginning does not.
        browser.authenticator.counter = 40;
        assert_eq!(browser.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        check(Authenticator { counter: 40, ..good.clone() }).await;
        check(Authenticator { counter: 2, ..good }).await;
        assert_eq!(browser.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        for nonsense in ["", "{}", "null", "[1]"] {
            let page = browser.sends(&office, "/sign-in/passkey", &[("answer", nonsense)]).await;
            refused(&page, NOT_KNOWN);
        }
    });
}

#[test]
fn a_passkey_is_made_only_by_a_verified_person_at_our_site() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let (_, link) = invited(&office, "q.sample@publisher.example").await;
        let mut browser = Browser::new(1);
        let check = async |browser: &mut Browser, authenticator: Authenticator, words: &str| {
            let mut authenticator = authenticator;
            let asked = browser.asked(&office, &link).await;
            let answer = authenticator.creates(&asked.options);
            let fields = [("name", "laptop"), ("answer", answer.as_str())];
            refused(&browser.sends(&office, &asked.action, &fields).await, words);
        };
        let good = browser.authenticator.clone();
        let evil = "https://evil.example".to_owned();
        check(&mut browser, Authenticator { origin: evil, ..good.clone() }, "can't be used").await;
        check(&mut browser, Authenticator { verifies: false, ..good }, "can't be used").await;
        // A challenge of one link is good for no other.
        let (_, other) = invited(&office, "z.sample@publisher.example").await;
        let asked = browser.asked(&office, &other).await;
        let answer = browser.authenticator.creates(&asked.options);
        let fields = [("name", "laptop"), ("answer", answer.as_str())];
        let page = browser.sends(&office, &format!("{link}/passkey"), &fields).await;
        refused(&page, OVER);
        assert_eq!(browser.sends(&office, &asked.action, &fields).await.status, StatusCode::OK);
        // And nobody else's passkey joins a second account.
        let asked = browser.asked(&office, &link).await;
        let answer = browser.authenticator.creates(&asked.options);
        let fields = [("name", "laptop"), ("answer", answer.as_str())];
        refused(&browser.sends(&office, &asked.action, &fields).await, "known here already");
    });
}

#[test]
fn the_last_way_in_stays_and_a_removed_one_lets_nobody_in() {
    on_each(async |location| {
        let (mut office, mut browser, person) = joined(location).await;
        let first = office.candor().ways_in(person).await.expect("reads").passkeys[0].id;
        let remove = format!("/me/passkeys/{first}/remove");
        refused(&browser.sends(&office, &remove, &[]).await, "the last thing you could sign in");

        // A second one, after a second proof by the first.
        office.minutes_pass(6);
        let page = browser.opens(&office, "/me").await;
        assert!(Asked::on(page.text()).is_none(), "{}", told(&page));
        let asked = browser.asked(&office, "/confirm-it-is-you?next=/me").await;
        let answer = browser.authenticator.proves(&asked.options);
        let fields = [("answer", answer.as_str()), ("next", "/me")];
        let page = browser.sends(&office, &asked.action, &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        let asked = browser.asked(&office, "/me").await;
        assert!(asked.options.contains("excludeCredentials\":[{"), "{}", asked.options);
        let mut key = Authenticator::new(5, ORIGIN);
        let answer = key.creates(&asked.options);
        let unnamed = [("name", " "), ("answer", answer.as_str())];
        refused(&browser.sends(&office, &asked.action, &unnamed).await, "Give it a name");
        let fields = [("name", "security key"), ("answer", answer.as_str())];
        let page = browser.sends(&office, &asked.action, &fields).await;
        assert!(plain(page.text()).contains("The passkey is added."), "{}", told(&page));

        let mut other = Browser { cookies: Vec::new(), authenticator: key };
        assert_eq!(other.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        // The first is removed by the second's session, and its own session ends.
        let page = other.sends(&office, &remove, &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        assert!(!browser.is_in(&office).await && other.is_in(&office).await);
        refused(&browser.signs_in(&office).await, NOT_KNOWN);
        assert_eq!(other.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        let mut tx = office.candor().db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").people_differing, []);
    });
}

#[test]
fn a_second_proof_by_a_passkey_is_the_persons_own_and_loses_nothing() {
    on_each(async |location| {
        let (mut office, mut browser, _) = joined(location).await;
        office.minutes_pass(6);
        let fields =
            [("name", "R. New"), ("email", "r.new@publisher.example"), ("roles", "intake")];
        let page = browser.sends(&office, "/people", &fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", told(&page));
        let asked = Asked::on(page.text()).expect("asks for a passkey");
        assert!(page.text().contains("name=\"again.email\" value=\"r.new@publisher.example\""));
        // Somebody else's passkey, and one for another session, prove nothing.
        let mut stranger = Authenticator::new(8, ORIGIN);
        let answer = stranger.proves(&asked.options);
        let page = browser.sends(&office, &asked.action, &[("answer", &answer)]).await;
        refused(&page, "no such passkey");
        let asked = browser.asked(&office, "/confirm-it-is-you").await;
        let answer = browser.authenticator.proves(&asked.options);
        let mut elsewhere =
            Browser { cookies: Vec::new(), authenticator: browser.authenticator.clone() };
        assert_eq!(elsewhere.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        let page = elsewhere.sends(&office, &asked.action, &[("answer", &answer)]).await;
        refused(&page, OVER);

        browser.authenticator = elsewhere.authenticator;
        let asked = browser.asked(&office, "/confirm-it-is-you").await;
        let answer = browser.authenticator.proves(&asked.options);
        let kept = [("next", "/people"), ("again", "/people"), ("again.name", "R. New")];
        let fields = [kept.as_slice(), &[("answer", answer.as_str())]].concat();
        let page = browser.sends(&office, &asked.action, &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
        assert!(page.text().contains("name=\"name\" value=\"R. New\""), "{}", told(&page));
        // It holds for five minutes, and the same answer once.
        let page = browser.sends(&office, &asked.action, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&page));
        assert_eq!(browser.opens(&office, "/people").await.status, StatusCode::OK);
    });
}

#[test]
fn who_has_passkeys_alone_sets_up_a_password_and_can_then_remove_them() {
    on_each(async |location| {
        let (mut office, mut browser, person) = joined(location).await;
        let page = browser.opens(&office, "/me/fall-back").await;
        let secret = page.text().split("<code>").nth(1).and_then(|rest| rest.split('<').next());
        let secret = secret.expect("a secret").replace(' ', "");
        let secret = access::TotpSecret::read(&secret).expect("a secret");
        let code = secret.code_at(office.candor().clock.now());
        let password = "seven green ladders";
        for (again, code, words) in [
            ("another", code.as_str(), "Type the same password twice"),
            (password, "000000", "This is not the code"),
        ] {
            let fields = [("password", password), ("again", again), ("code", code)];
            refused(&browser.sends(&office, "/me/fall-back", &fields).await, words);
        }
        let fields = [("password", password), ("again", password), ("code", &code)];
        let page = browser.sends(&office, "/me/fall-back", &fields).await;
        assert!(plain(page.text()).contains("Your new recovery codes"), "{}", told(&page));
        let page = browser.opens(&office, "/me/fall-back").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "it is set up once");

        let now = office.candor().clock.now() + SignedDuration::from_mins(1);
        office.world.candor.clock = app::Clock::Fixed(now);
        let mut other = Browser::new(6);
        let code = secret.code_at(now);
        let fields =
            [("email", "q.sample@publisher.example"), ("password", password), ("code", &code)];
        let page = other.sends(&office, "/sign-in", &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        let first = office.candor().ways_in(person).await.expect("reads").passkeys[0].id;
        let page = other.sends(&office, &format!("/me/passkeys/{first}/remove"), &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        refused(&browser.signs_in(&office).await, NOT_KNOWN);
    });
}

#[test]
fn who_left_does_not_come_in_with_a_passkey() {
    on_each(async |location| {
        let (office, mut browser, person) = joined(location).await;
        office.candor().end_person(person, By::OperatorCli).await.expect("ends");
        assert!(!browser.is_in(&office).await);
        refused(&browser.signs_in(&office).await, NOT_KNOWN);
        let mut tx = office.candor().db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").people_differing, []);
    });
}

/// The same passkey can be set up anew, and then it does.
#[test]
fn a_passkey_opens_nothing_once_the_access_is_reset() {
    on_each(async |location| {
        let (office, mut browser, person) = joined(location).await;
        let reset = office.candor().reset_access(person, By::OperatorCli).await.expect("resets");
        assert!(!browser.is_in(&office).await);
        refused(&browser.signs_in(&office).await, NOT_KNOWN);
        let link = format!("/join/{}", reset.link.reveal());
        let asked = browser.asked(&office, &link).await;
        let answer = browser.authenticator.creates(&asked.options);
        let fields = [("name", "work laptop"), ("answer", answer.as_str())];
        let page = browser.sends(&office, &asked.action, &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
        let page = browser.opens(&office, &link).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "it was used");
        assert!(browser.is_in(&office).await);
        assert_eq!(browser.signs_in(&office).await.status, StatusCode::SEE_OTHER);
        let people = office.candor().people().await.expect("reads");
        assert_eq!(people.iter().filter(|one| one.name.as_str() == "Q. Sample").count(), 1);
        let mut tx = office.candor().db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").people_differing, []);
    });
}

/// Without an origin nothing about passkeys is offered, and all else works.
#[test]
fn where_passkeys_dont_work_none_is_offered() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        office.world.candor.config.console.origin = None;
        let mut browser = Browser::new(1);
        let (_, link) = invited(&office, "q.sample@publisher.example").await;
        for path in ["/sign-in", &link] {
            let page = browser.opens(&office, path).await;
            assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
            assert!(Asked::on(page.text()).is_none(), "{path}");
            assert!(!page.text().contains("<script"), "{path}");
        }
        let page = office.opens(INTAKE, "/me").await;
        assert!(plain(page.text()).contains("passkeys need https and a name"), "{}", told(&page));
    });
}
