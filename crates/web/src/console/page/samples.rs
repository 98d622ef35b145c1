//! Every page with its sample, and what holds for all of them.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};

use super::{
    Audit, Authorities, Authority, Counted, Deadlines, FallBack, Inventory, Join, Joined,
    JoinedWithPasskey, Letter, Mails, Me, NewCodes, NewToken, Page, People, Periods, Preview,
    Problem, Profile, Profiles, Programs, Quarantine, Queue, Request, Retention, SendAgain, SignIn,
    Statistics, StepUp, Submission, SubmissionNew, Submissions, Viewings,
};

/// All samples, rendered, by the name of the page.
pub fn all() -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("sign-in", render(&SignIn::sample())),
        ("sign-in-faulty", render(&SignIn::sample_faulty())),
        ("join", render(&Join::sample())),
        ("join-faulty", render(&Join::sample_faulty())),
        ("joined", render(&Joined::sample())),
        ("sign-in-kept", render(&SignIn::sample_kept())),
        ("joined-with-passkey", render(&JoinedWithPasskey::sample())),
        ("fall-back", render(&FallBack::sample())),
        ("fall-back-faulty", render(&FallBack::sample_faulty())),
        ("step-up", render(&StepUp::sample())),
        ("send-again", render(&SendAgain::sample())),
        ("mail", render(&Mails::sample())),
        ("me", render(&Me::sample())),
        ("me-passkey-alone", render(&Me::sample_passkey_alone())),
        ("me-faulty", render(&Me::sample_faulty())),
        ("programs", render(&Programs::sample())),
        ("programs-faulty", render(&Programs::sample_faulty())),
        ("new-token", render(&NewToken::sample())),
        ("new-codes", render(&NewCodes::sample())),
        ("people", render(&People::sample())),
        ("people-faulty", render(&People::sample_faulty())),
        ("queue", render(&Queue::sample())),
        ("queue-empty", render(&Queue::sample_empty())),
        ("deadlines", render(&Deadlines::sample())),
        ("deadlines-empty", render(&Deadlines::sample_empty())),
        ("statistics", render(&Statistics::sample())),
        ("statistics-counted", render(&Counted::sample())),
        ("submissions", render(&Submissions::sample())),
        ("submission-new", render(&SubmissionNew::sample())),
        ("submission-new-faulty", render(&SubmissionNew::sample_faulty())),
        ("submission", render(&Submission::sample())),
        ("preview", render(&Preview::sample())),
        ("preview-text", render(&Preview::sample_text())),
        ("preview-nothing", render(&Preview::sample_nothing())),
        ("quarantine", render(&Quarantine::sample())),
        ("quarantine-for-intake", render(&Quarantine::sample_for_intake())),
        ("submission-resolved", render(&Submission::sample_resolved())),
        ("request", render(&Request::sample())),
        ("request-faulty", render(&Request::sample_faulty())),
        ("request-in-verification-faulty", render(&Request::sample_in_verification())),
        ("request-verified", render(&Request::sample_verified())),
        ("request-all-acts-faulty", render(&Request::sample_with_all_acts())),
        ("request-prohibited", render(&Request::sample_prohibited())),
        ("request-prohibited-faulty", render(&Request::sample_prohibited_faulty())),
        ("request-declined", render(&Request::sample_declined())),
        ("letter", render(&Letter::sample())),
        ("viewings", render(&Viewings::sample())),
        ("authorities", render(&Authorities::sample())),
        ("authorities-faulty", render(&Authorities::sample_faulty())),
        ("authority", render(&Authority::sample())),
        ("authority-faulty", render(&Authority::sample_faulty())),
        ("request-officer-faulty", render(&Request::sample_of_a_new_officer())),
        ("profiles", render(&Profiles::sample())),
        ("profile", render(&Profile::sample())),
        ("profile-for-reading", render(&Profile::sample_for_reading())),
        ("inventory", render(&Inventory::sample())),
        ("inventory-faulty", render(&Inventory::sample_faulty())),
        ("audit", render(&Audit::sample())),
        ("retention", render(&Retention::sample())),
        ("retention-faulty", render(&Retention::sample_faulty())),
        ("retention-for-reading", render(&Retention::sample_for_reading())),
        ("periods", render(&Periods::sample())),
        ("periods-faulty", render(&Periods::sample_faulty())),
    ];
    pages.extend(Problem::samples().iter().map(|(name, problem)| (*name, render(problem))));
    pages
}

fn render(page: &impl Page) -> String {
    page.render().expect("a page of texts renders")
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("the test's own selector");
    page.select(&selector).collect()
}

fn attribute<'a>(element: &ElementRef<'a>, name: &str) -> &'a str {
    element.value().attr(name).unwrap_or_default()
}

#[test]
fn every_page_has_one_heading_of_the_first_rank() {
    for (name, text) in all() {
        assert_eq!(select(&Html::parse_document(&text), "h1").len(), 1, "{name}");
    }
}

/// Else the content security policy blocks it.
#[test]
fn no_page_brings_a_style_or_a_script_of_its_own() {
    for (name, text) in all() {
        let page = Html::parse_document(&text);
        let own = "[style], style, script:not([src='/passkeys.js'])";
        assert!(select(&page, own).is_empty(), "{name}");
        let handlers = page.tree.values().filter_map(scraper::Node::as_element);
        let handlers = handlers.flat_map(|e| e.attrs()).filter(|(key, _)| key.starts_with("on"));
        assert_eq!(handlers.count(), 0, "{name}");
    }
}

#[test]
fn ids_are_unique_and_each_reference_has_its_element() {
    for (name, text) in all() {
        let page = Html::parse_document(&text);
        let ids: Vec<&str> = select(&page, "[id]").iter().map(|e| attribute(e, "id")).collect();
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name}: an id stands twice");
        for key in ["for", "list", "aria-describedby", "aria-labelledby"] {
            for element in select(&page, &format!("[{key}]")) {
                for id in attribute(&element, key).split_whitespace() {
                    assert!(known.contains(id), "{name}: {key} leads to no #{id}");
                }
            }
        }
        for element in select(&page, "[href^='#']") {
            let id = attribute(&element, "href").trim_start_matches('#');
            assert!(known.contains(id), "{name}: a link leads to no #{id}");
        }
    }
}

#[test]
fn every_control_has_a_label() {
    let controls = "input:not([type=hidden]), select, textarea";
    for (name, text) in all() {
        let page = Html::parse_document(&text);
        let labelled: BTreeSet<&str> =
            select(&page, "label").iter().map(|label| attribute(label, "for")).collect();
        for control in select(&page, controls) {
            let id = attribute(&control, "id");
            assert!(labelled.contains(id), "{name}: no label for #{id}");
        }
    }
}

/// Beside that of a passkey, which shows where there is JavaScript and then makes the other one
/// quiet.
#[test]
fn one_filled_button_a_page() {
    for (name, text) in all() {
        let page = Html::parse_document(&text);
        let of_passkey = select(&page, ".pk[hidden] button:not(.quiet)").len();
        let others = select(&page, "button:not(.quiet), .button").len() - of_passkey;
        assert!(of_passkey <= 1 && others <= 1, "{name}: {of_passkey} and {others} filled buttons");
    }
}

#[test]
fn a_failed_send_says_so_in_the_title_on_top_and_at_the_field() {
    for (name, text) in all().into_iter().filter(|(name, _)| name.ends_with("faulty")) {
        let page = Html::parse_document(&text);
        let title: String = select(&page, "title")[0].text().collect();
        assert!(title.starts_with("Error: "), "{name}: {title}");
        let on_top = select(&page, ".summary a");
        let at_fields = select(&page, ".err");
        assert_eq!(on_top.len(), at_fields.len(), "{name}");
        assert!(!on_top.is_empty(), "{name}");
        for (link, field) in on_top.iter().zip(at_fields) {
            let link: String = link.text().collect();
            let field: String = field.text().collect();
            assert_eq!(format!("Error: {link}"), field, "{name}");
        }
    }
}

#[test]
fn what_was_typed_is_kept_and_escaped() {
    let form = SubmissionNew::form(Vec::new()).keep(&[
        ("channel".to_owned(), "mail".to_owned()),
        ("reference".to_owned(), "\"><script>1</script>".to_owned()),
        ("sender".to_owned(), "</textarea><b>A</b>\nB".to_owned()),
    ]);
    let text = form.to_string();
    let page = Html::parse_fragment(&text);
    assert!(select(&page, "script, b").is_empty());
    let checked = select(&page, "input[checked]");
    assert_eq!(checked.iter().map(|e| attribute(e, "value")).collect::<Vec<_>>(), ["mail"]);
    let reference = select(&page, "#enter-reference");
    assert_eq!(attribute(&reference[0], "value"), "\"><script>1</script>");
    let sender: String = select(&page, "#enter-sender")[0].text().collect();
    assert_eq!(sender, "</textarea><b>A</b>\nB");
}

#[test]
fn a_fault_of_no_field_stands_at_the_form() {
    let form = SignIn::form().faulted(&[super::Fault::whole("Wait a minute and try again")]);
    assert_eq!(form.faults()[0].id, "sign-in");
    assert!(form.to_string().contains("<p class=\"err\">Error: Wait a minute and try again</p>"));
}
