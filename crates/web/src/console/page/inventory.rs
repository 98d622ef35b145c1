//! The data inventory: what the company holds about its users, and so what can be released.

use askama::Template;

use super::{Choice, Field, Form, Frame, Kind, Page, Width};

#[derive(Debug, Template)]
#[template(path = "console/inventory.html")]
pub struct Inventory {
    pub frame: Frame,
    /// "Version 14, in force since 1 Sep 2026."; "Nothing is declared yet."
    pub sentence: String,
    pub classes: Vec<Class>,
    /// Newest first.
    pub versions: Vec<Version>,
    /// For those who may change it.
    pub form: Option<Form>,
}

/// A kind of data.
#[derive(Clone, Debug)]
pub struct Class {
    /// In the names of its fields: `registration`.
    pub code: String,
    /// "registration data"
    pub name: String,
    pub held: Held,
    pub place: String,
    pub kept: String,
    pub basis: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    No,
    /// Nobody has said so yet; counts as not held.
    NotSaid,
}

impl Held {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "held",
            Self::No => "not held",
            Self::NotSaid => "not said yet",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Yes => "s-yes",
            Self::No => "s-no",
            Self::NotSaid => "s-none",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Yes => " ok",
            Self::No => "",
            Self::NotSaid => " wait",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSaid => "",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Version {
    pub number: u32,
    pub since: String,
    pub by: String,
    /// What changed, in a sentence.
    pub what: String,
}

impl Inventory {
    /// POST /inventory: for each class `held_X` (yes, no), `where_X`, `kept_X`, `basis_X`.
    pub fn form(classes: &[Class]) -> Form {
        let form = Form::new("inventory", "/inventory", "Put the new version in force");
        classes
            .iter()
            .fold(form, |form, class| {
                let Class { code, name, held, place, kept, basis } = class;
                let held_choices = vec![Choice::new("yes", "Yes"), Choice::new("no", "No")];
                form.part(capitalized(name), "")
                    .field(
                        Field::one(format!("held_{code}"), "Do we hold it?", held_choices)
                            .value(held.code())
                            .width(Width::Sixth),
                    )
                    .field(
                        Field::line(format!("where_{code}"), "Where", Kind::Text)
                            .value(place)
                            .width(Width::Third),
                    )
                    .field(
                        Field::line(format!("kept_{code}"), "How long", Kind::Text)
                            .value(kept)
                            .width(Width::Quarter),
                    )
                    .field(
                        Field::line(format!("basis_{code}"), "Lawful basis", Kind::Text)
                            .value(basis)
                            .width(Width::Quarter),
                    )
            })
            .undone("The versions before it stay in the list below.")
            .main()
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Page for Inventory {
    fn title(&self) -> String {
        "Data inventory".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.form.iter().collect()
    }
}

#[cfg(test)]
impl Inventory {
    pub fn sample() -> Self {
        let class = |code: &str, name: &str, held, place: &str, kept: &str, basis: &str| Class {
            code: code.into(),
            name: name.into(),
            held,
            place: place.into(),
            kept: kept.into(),
            basis: basis.into(),
        };
        let classes = vec![
            class(
                "registration",
                "registration data",
                Held::Yes,
                "account service, Port Sample",
                "while the account exists",
                "contract, GDPR Art. 6(1)(b)",
            ),
            class(
                "licence",
                "licence data",
                Held::Yes,
                "licence service, Port Sample",
                "10 years after the sale",
                "law on bookkeeping",
            ),
            class("connection", "connection data", Held::No, "", "", ""),
            class("content", "content data", Held::NotSaid, "", "", ""),
        ];
        let version = |number, since: &str, by: &str, what: &str| Version {
            number,
            since: since.into(),
            by: by.into(),
            what: what.into(),
        };
        Self {
            frame: Frame::sample("/inventory"),
            sentence: "Version 14 is in force since 1 September 2026.".into(),
            form: Some(Self::form(&classes)),
            classes,
            versions: vec![
                version(14, "1 Sep 2026", "K. Beispiel", "connection data: no longer held"),
                version(13, "3 Mar 2026", "K. Beispiel", "licence data: another place"),
            ],
        }
    }

    pub fn sample_faulty() -> Self {
        let sample = Self::sample();
        let form = Self::form(&sample.classes)
            .faulted(&[super::Fault::new("held_content", "Say whether you hold it")]);
        Self { form: Some(form), ..sample }
    }
}
