//! What is shown where a page can't be: no permission, nothing there, changed meanwhile, failed.

use askama::Template;

use super::{Fact, Form, Frame, Link, Page};

#[derive(Debug, Template)]
#[template(path = "console/problem.html")]
pub struct Problem {
    pub frame: Frame,
    pub heading: String,
    /// What it means and what to do, each a paragraph.
    pub says: Vec<String>,
    /// What was typed, so that nothing is lost.
    pub typed: Vec<Typed>,
    /// The id under which the operator finds what failed.
    pub id: Option<String>,
    pub ways: Vec<Link>,
}

/// Something that was typed: the name of its field, and the text.
pub type Typed = Fact;

impl Problem {
    fn new(frame: Frame, heading: &str, says: Vec<String>) -> Self {
        let way = match frame.nav.first() {
            Some(place) => Link::new(&*place.label, &*place.href),
            None => Link::new("Sign in", "/sign-in"),
        };
        let (heading, ways) = (heading.to_owned(), vec![way]);
        Self { frame, heading, says, typed: Vec::new(), id: None, ways }
    }

    /// Status 403. `needs` completes "It takes", as in "the right to confirm decisions, which legal
    /// counsel has"; `who` are those who can give it.
    pub fn forbidden(frame: Frame, needs: &str, who: &[String]) -> Self {
        let who = match who {
            [] => "Whoever operates the console can give it.".to_owned(),
            [one] => format!("{one} can give it."),
            [all @ .., last] => format!("{} or {last} can give it.", all.join(", ")),
        };
        let says = vec![format!("It takes {needs}."), who];
        Self::new(frame, "You can’t do this", says)
    }

    /// Status 404.
    pub fn missing(frame: Frame) -> Self {
        let says = vec![
            "There is no such page, or it is not yours to see. Check the address, or find the \
             request in the list."
                .to_owned(),
        ];
        Self::new(frame, "This page is not here", says)
    }

    /// Status 405. `back` leads to the page that has the form.
    pub fn form_only(frame: Frame, back: Link) -> Self {
        let says = vec![
            "This address takes what a form sends, and shows nothing itself. Nothing was \
             recorded. Go to the page that has the form."
                .to_owned(),
        ];
        Self { ways: vec![back], ..Self::new(frame, "There is no page at this address", says) }
    }

    /// Status 405, the other way round. `back` leads to the page itself.
    pub fn page_only(frame: Frame, back: Link) -> Self {
        let says = vec![
            "This page takes no form. Nothing was recorded. Open it, and use the forms on it."
                .to_owned(),
        ];
        Self { ways: vec![back], ..Self::new(frame, "No form is taken here", says) }
    }

    /// Status 403, where the form was sent from elsewhere, or a proxy makes it look so.
    pub fn other_site(frame: Frame, back: Link) -> Self {
        let says = vec![
            "A form is only taken from a page of the console itself, and your browser says that \
             this one came from elsewhere. Nothing was recorded."
                .to_owned(),
            "If another site sent you here, go no further. If you filled in a form of the \
             console, go back with your browser, where what you typed may still be, and tell \
             whoever operates it: a proxy before it has to pass Host and Origin on unchanged."
                .to_owned(),
        ];
        Self { ways: vec![back], ..Self::new(frame, "This form was not taken", says) }
    }

    /// Status 413. `most` is "1 MB".
    pub fn too_long(frame: Frame, most: &str, back: Link) -> Self {
        let says = vec![
            format!("What you sent is longer than {most}. Nothing was recorded."),
            "Go back with your browser, where what you typed may still be, and send less: \
             shorten the text, or send fewer or smaller files."
                .to_owned(),
        ];
        Self { ways: vec![back], ..Self::new(frame, "This is too long", says) }
    }

    /// Status 400.
    pub fn unreadable(frame: Frame, back: Link) -> Self {
        let says = vec![
            "What was sent is not whole, or not what the form sends. Nothing was recorded. Open \
             the page again and fill in its form."
                .to_owned(),
        ];
        Self { ways: vec![back], ..Self::new(frame, "This form can’t be read", says) }
    }

    /// Status 422, where a rule refuses what the page does not offer. `why` is the rule.
    pub fn refused(frame: Frame, why: &str, back: Link) -> Self {
        let says = vec![why.to_owned(), "Nothing was recorded.".to_owned()];
        Self { ways: vec![back], ..Self::new(frame, "The rules refuse this", says) }
    }

    /// Status 409. `back` leads to the page as it is now, `typed` is what was sent.
    pub fn changed(frame: Frame, back: Link, typed: Vec<Typed>) -> Self {
        let mut says = vec![
            "While you wrote, somebody else changed the same thing. Nothing of yours was \
             recorded. Read it again before you decide."
                .to_owned(),
        ];
        if !typed.is_empty() {
            says.push("What you typed is kept below, for you to copy.".to_owned());
        }
        Self { typed, ways: vec![back], ..Self::new(frame, "This has changed meanwhile", says) }
    }

    /// Status 500. The same id stands in the operator's log.
    pub fn failed(frame: Frame, id: &str) -> Self {
        let says = vec![
            "It is our fault and not yours. It is not known whether anything was recorded: look \
             before you try again."
                .to_owned(),
            "If it fails again, tell whoever operates the console this number:".to_owned(),
        ];
        Self { id: Some(id.to_owned()), ..Self::new(frame, "This did not work", says) }
    }
}

impl Page for Problem {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
impl Problem {
    pub fn samples() -> Vec<(&'static str, Self)> {
        let back = Link::new("Read request 2026-0147-1 again", "/requests/2026-0147-1");
        let typed = vec![
            Typed::new("Do you agree with the proposal?", "No, back to K. Beispiel"),
            Typed::new(
                "Your reason",
                "The order names two accounts by number.\nThe third is named by its e-mail alone.",
            ),
        ];
        let needs = "the right to confirm decisions, which legal counsel has";
        let who = ["O. Primer".to_owned(), "R. Ejemplo".to_owned()];
        vec![
            ("forbidden", Self::forbidden(Frame::sample(""), needs, &who)),
            ("missing", Self::missing(Frame::sample(""))),
            ("changed", Self::changed(Frame::sample(""), back.clone(), typed)),
            ("form-only", Self::form_only(Frame::sample(""), back.clone())),
            ("page-only", Self::page_only(Frame::sample(""), back.clone())),
            ("other-site", Self::other_site(Frame::sample(""), back.clone())),
            ("too-long", Self::too_long(Frame::sample(""), "1 MB", back.clone())),
            ("unreadable", Self::unreadable(Frame::sample(""), back)),
            ("failed", Self::failed(Frame::sample(""), "0199-7c1e-90b2")),
        ]
    }
}
