//! What lets something out or takes something away for ever asks once more who it is: whoever
//! signed in a while ago is asked, nothing is done meanwhile, and nothing that they typed is lost.

use axum::http::{StatusCode, header};
use databases::on_each;
use jiff::ToSpan;
use scraper::{Html, Selector};
use stories::Answer;

use crate::office::{CONFIRMER, INTAKE, Office, PRIVACY, PROPOSER, VERIFIER, plain, told};

const BOARD: &str = "Decision of the board of 3 September 2026, no. 12";

/// A form of a page as a browser would send it when nobody fills in anything: where it goes, and
/// what is in it.
struct Blank {
    action: String,
    fields: Vec<(String, String)>,
}

impl Blank {
    fn on(page: &Answer, id: &str) -> Self {
        let html = Html::parse_document(page.text());
        let selector = Selector::parse(&format!("form[id=\"{id}\"]")).expect("a selector");
        let form = html.select(&selector).next().unwrap_or_else(|| panic!("{id}: {}", told(page)));
        let inputs = Selector::parse("input[type=hidden]").expect("a selector");
        let field = |input: scraper::ElementRef<'_>| {
            let of = |name: &str| input.attr(name).unwrap_or_default().to_owned();
            (of("name"), of("value"))
        };
        Self {
            action: form.attr("action").expect("where it goes").to_owned(),
            fields: form.select(&inputs).map(field).collect(),
        }
    }

    fn filled(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    async fn is_sent(&self, office: &Office, who: &str) -> Answer {
        let fields: Vec<_> = self.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        office.sends(who, &self.action, &fields).await
    }
}

/// Six minutes go by, and somebody sends a form that asks for a second proof: they are asked,
/// nothing is done, a wrong code does nothing either, and with the right one they find again what
/// they typed and send it. Returns what came of it.
async fn is_asked_again(
    office: &mut Office,
    who: &str,
    (path, fields): (&str, &[(&str, &str)]),
    typed: &[&str],
) -> Answer {
    office.minutes_pass(6);
    let before = office.world.events().await;
    let asked = office.sends(who, path, fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "{path}: {}", told(&asked));
    assert!(plain(asked.text()).contains("Confirm that it is you"), "{path}: {}", told(&asked));
    let wrong = Blank::on(&asked, "confirm").filled("code", "000000").is_sent(office, who).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", told(&wrong));
    let code = office.colleague(who).code(office.candor());
    let proven = Blank::on(&wrong, "confirm").filled("code", &code).is_sent(office, who).await;
    assert_eq!(proven.status, StatusCode::OK, "{path}: {}", told(&proven));
    let page = plain(proven.text());
    assert!(page.contains("What you filled in is kept"), "{path}: {page}");
    for words in typed {
        assert!(page.contains(words), "{path}, {words}: {page}");
    }
    assert_eq!(office.world.events().await, before, "{path}: nothing happened yet");
    Blank::on(&proven, "again").is_sent(office, who).await
}

/// The same, and it was done.
async fn is_done(
    office: &mut Office,
    who: &str,
    form: (&str, &[(&str, &str)]),
    typed: &[&str],
) -> String {
    let answer = is_asked_again(office, who, form, typed).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}: {}", form.0, told(&answer));
    let led_to = answer.headers[header::LOCATION].to_str().expect("a path");
    led_to.to_owned()
}

async fn id_of(office: &Office, name: &str) -> String {
    let people = office.candor().people().await.expect("reads");
    people.iter().find(|one| one.name.as_str() == name).expect("has joined").id.to_string()
}

#[test]
fn a_release_waits_for_a_second_proof() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        let seen = office.version(&case).await.to_string();
        let (path, page) = (format!("/requests/{case}/release"), format!("/requests/{case}"));
        let form = [("seen", seen.as_str()), ("accounts_disclosed", "2")];
        let words = ["Of how many accounts something is disclosed 2"];
        let led_to = is_done(&mut office, CONFIRMER, (&path, &form), &words).await;
        assert!(led_to.starts_with(&page), "{led_to}");
        assert_eq!(office.events_of(&case).await.last(), Some(&"response_released"));
        let page = plain(office.opens(CONFIRMER, &page).await.text());
        assert!(page.contains("released the response, about 2 accounts"), "{page}");
    });
}

/// Periods are declared, what they make due is held, the hold is lifted, and it is erased: all of
/// it but the hold asks again.
#[test]
fn periods_a_lifted_hold_and_an_erasure_wait_for_a_second_proof() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.act(VERIFIER, &case, "withdraw", &[("reason", "They wrote so.")]).await;

        let form = [("months_user_data_withdrawn", "1"), ("source_user_data_withdrawn", BOARD)];
        let path = "/retention/periods";
        is_done(&mut office, PRIVACY, (path, &form), &[BOARD]).await;
        let page = plain(office.opens(PRIVACY, path).await.text());
        assert!(page.contains(&format!("user data, withdrawn 1 month {BOARD}")), "{page}");

        office.days_pass(31).await;
        office.minutes_pass(6);
        // A hold protects, so nothing more is asked of whoever places it.
        let hold = [("number", letter.as_str()), ("reason", "Proceedings, 4 S 12/26.")];
        office.does(VERIFIER, "/retention/hold", &hold).await;
        let page = office.opens(PRIVACY, "/retention").await;
        let id = page.text().split("name=\"hold\" value=\"").nth(1).and_then(|rest| rest.get(..36));
        let id = id.expect("the form to lift it").to_owned();
        let form = [("hold", id.as_str()), ("reason", "They settled out of court.")];
        let typed = ["Reason They settled out of court."];
        let led_to = is_done(&mut office, PRIVACY, ("/retention/lift", &form), &typed).await;
        assert_eq!(led_to, "/retention?done=lifted");

        let page = office.opens(PRIVACY, "/retention").await;
        let blank = Blank::on(&page, "erase");
        let seen = page.text().split("value=\"2026-0001@").nth(1);
        let seen = seen.and_then(|rest| rest.split('"').next()).expect("it is due");
        let seen = format!("2026-0001@{seen}");
        let rules = &blank.fields.iter().find(|(name, _)| name == "rules").expect("is there").1;
        let form = [("rules", rules.as_str()), ("erase", seen.as_str())];
        let typed = ["Submissions whose period is over 2026-0001"];
        let led_to = is_done(&mut office, PRIVACY, ("/retention/erase", &form), &typed).await;
        assert_eq!(led_to, "/retention?erased=1");
        let answer = office.opens(VERIFIER, &format!("/requests/{case}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", told(&answer));
    });
}

#[test]
fn who_sees_a_case_and_whether_it_counts_waits_for_a_second_proof() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        let mut people = Vec::new();
        for name in [INTAKE, VERIFIER, PROPOSER] {
            people.push(id_of(&office, name).await);
        }
        office.minutes_pass(6);
        // Closing hides, and who opens the letter may have to: nothing more is asked.
        let path = format!("/submissions/{letter}/compartment");
        let mut form = vec![("seen", "1"), ("reason", "Order 12, section 4.")];
        form.extend(people[..2].iter().map(|id| ("people", id.as_str())));
        office.does(INTAKE, &path, &form).await;
        // Letting another one in lets something out.
        let mut form = vec![("seen", "2"), ("reason", "A second counsel decides.")];
        form.extend(people.iter().map(|id| ("people", id.as_str())));
        assert_eq!(office.opens(PROPOSER, &format!("/requests/{case}")).await.status, 404);
        let typed = ["A second counsel decides.", PROPOSER];
        is_done(&mut office, VERIFIER, (&path, &form), &typed).await;
        assert_eq!(office.opens(PROPOSER, &format!("/requests/{case}")).await.status, 200);

        let until = office.candor().today().saturating_add(90.days()).to_string();
        let proposal = [("until", until.as_str()), ("basis", "50 U.S.C. § 1874(d)")];
        office.act(VERIFIER, &case, "withhold", &proposal).await;
        let seen = office.version(&case).await.to_string();
        let path = format!("/requests/{case}/withhold-confirm");
        is_done(&mut office, PROPOSER, (&path, &[("seen", &seen)]), &[]).await;
        assert_eq!(office.events_of(&case).await.last(), Some(&"withheld"));

        let path = format!("/submissions/{letter}/open");
        let form = [("seen", "3"), ("reason", "The order is over.")];
        is_done(&mut office, VERIFIER, (&path, &form), &["The order is over."]).await;
        assert_eq!(office.opens(CONFIRMER, &format!("/requests/{case}")).await.status, 200);
    });
}

/// Whoever did something in between is not written over: the form that waited is told as late, and
/// what was typed is still there.
#[test]
fn a_form_that_waited_too_long_is_told_and_kept() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let seen = office.version(&case).await.to_string();
        office.act(VERIFIER, &case, "note", &[("text", "Wait for the court.")]).await;
        let form = [
            ("seen", seen.as_str()),
            ("agree", "yes"),
            ("reason", "I have read it and agree."),
            ("read", "yes"),
        ];
        let path = format!("/requests/{case}/confirm");
        let reason = "I have read it and agree.";
        let answer = is_asked_again(&mut office, CONFIRMER, (&path, &form), &[reason]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", told(&answer));
        assert!(plain(answer.text()).contains(reason), "{}", told(&answer));
        assert_eq!(office.events_of(&case).await.last(), Some(&"note_written"));
    });
}
