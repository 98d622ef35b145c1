//! The profiles of jurisdictions: which rules candor knows, and which counsel has confirmed.

use askama::Template;

use super::{Choice, Field, Form, Frame, Group, Page};

#[derive(Debug, Template)]
#[template(path = "console/profiles.html")]
pub struct Profiles {
    pub frame: Frame,
    /// "12 instruments of 4 jurisdictions; 3 are confirmed in full."
    pub sentence: String,
    pub jurisdictions: Vec<Jurisdiction>,
}

#[derive(Clone, Debug)]
pub struct Jurisdiction {
    pub name: String,
    pub instruments: Vec<Instrument>,
}

#[derive(Clone, Debug)]
pub struct Instrument {
    pub name: String,
    pub href: String,
    pub confirmed: u32,
    pub drafts: u32,
}

impl Instrument {
    fn word(&self) -> &'static str {
        match (self.confirmed, self.drafts) {
            (_, 0) => "Confirmed",
            (0, _) => "Draft: supports no finding",
            (_, _) => "Confirmed in part",
        }
    }

    fn sign(&self) -> &'static str {
        match (self.confirmed, self.drafts) {
            (_, 0) => "s-yes",
            (0, _) => "s-none",
            (_, _) => "s-half",
        }
    }

    fn class(&self) -> &'static str {
        match (self.confirmed, self.drafts) {
            (_, 0) => " ok",
            (_, _) => " wait",
        }
    }
}

impl Page for Profiles {
    fn title(&self) -> String {
        "Profiles".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

/// One instrument with its elements.
#[derive(Debug, Template)]
#[template(path = "console/profile.html")]
pub struct Profile {
    pub frame: Frame,
    /// "Atlantis, production order"
    pub name: String,
    /// "9 elements: 4 confirmed, 5 draft."
    pub sentence: String,
    /// Confirmed elements, by aspect; those without any are left out.
    pub confirmed: Vec<Aspect>,
    /// The form of those who may confirm; `None` where nothing is draft or the viewer may not.
    pub form: Option<Form>,
    /// What is draft, where there is no form.
    pub drafts: Vec<Aspect>,
    pub times: Vec<LegalTime>,
}

/// A time that the law sets.
#[derive(Clone, Debug)]
pub struct LegalTime {
    /// "To answer in an emergency: 8 hours"
    pub text: String,
    /// "Counted from receipt."
    pub counted: String,
    pub citation: String,
    /// Whether its citation was read at the source.
    pub source_checked: bool,
    /// What else the profile says of how it is counted.
    pub points: Vec<LegalPoint>,
}

/// How a time is counted, and where the law says it.
#[derive(Clone, Debug)]
pub struct LegalPoint {
    pub text: String,
    pub citation: String,
    pub source_checked: bool,
}

/// The elements of one finding.
#[derive(Clone, Debug)]
pub struct Aspect {
    /// "Officer is real"
    pub title: String,
    pub elements: Vec<Element>,
}

#[derive(Clone, Debug)]
pub struct Element {
    /// As the form sends it: the element's code, and after `=` the hash of what was read.
    pub code: String,
    pub text: String,
    pub citation: String,
    /// Whether its citation was read at the source.
    pub source_checked: bool,
    /// "K. Beispiel, 3 Mar 2026"; empty for a draft.
    pub confirmed: String,
}

impl Element {
    /// Its code alone.
    fn name(&self) -> &str {
        self.code.split_once('=').map_or(&self.code, |(name, _)| name)
    }

    fn choice(self) -> Choice {
        let choice = Choice::new(self.code, self.text).hint(self.citation);
        if self.source_checked { choice } else { choice.flag("source not checked") }
    }
}

impl Profile {
    /// POST /profiles/{instrument}/confirm: `elements`.
    pub fn form(instrument: &str, drafts: Vec<Aspect>) -> Form {
        let groups = drafts
            .into_iter()
            .map(|aspect| {
                let choices = aspect.elements.into_iter().map(Element::choice).collect();
                Group::new(aspect.title, choices)
            })
            .collect();
        Form::new(
            "confirm",
            format!("/profiles/{instrument}/confirm"),
            "Confirm the elements chosen",
        )
        .field(
            Field::many("elements", "What you have read at its source and stand for", groups)
                .hint("Read the law that is cited before you choose an element."),
        )
        .undone(
            "Recorded with the wording of each element. One that is edited later is a draft again.",
        )
        .main()
    }
}

impl Page for Profile {
    fn title(&self) -> String {
        format!("Profile: {}", self.name)
    }

    fn forms(&self) -> Vec<&Form> {
        self.form.iter().collect()
    }
}

#[cfg(test)]
impl Profiles {
    pub fn sample() -> Self {
        let instrument = |name: &str, slug: &str, confirmed, drafts| Instrument {
            name: name.into(),
            href: format!("/profiles/{slug}"),
            confirmed,
            drafts,
        };
        Self {
            frame: Frame::sample("/profiles"),
            sentence: "4 instruments of 2 jurisdictions; 1 is confirmed in full.".into(),
            jurisdictions: vec![
                Jurisdiction {
                    name: "Atlantis".into(),
                    instruments: vec![
                        instrument("Production order", "xa-production-order", 9, 0),
                        instrument("Preservation order", "xa-preservation-order", 4, 3),
                    ],
                },
                Jurisdiction {
                    name: "Ruritania".into(),
                    instruments: vec![
                        instrument("Search warrant", "xr-warrant", 0, 11),
                        instrument("Request without an order", "xr-request", 0, 6),
                    ],
                },
            ],
        }
    }
}

#[cfg(test)]
impl Profile {
    fn drafts() -> Vec<Aspect> {
        let element = |code: &str, text: &str, citation: &str, source_checked| Element {
            code: code.into(),
            text: text.into(),
            citation: citation.into(),
            source_checked,
            confirmed: String::new(),
        };
        vec![
            Aspect {
                title: "Officer is real".into(),
                elements: vec![element(
                    "xa.po.officer.1",
                    "The officer is called back on a number registered beforehand",
                    "Practice of the company, 2026",
                    true,
                )],
            },
            Aspect {
                title: "Instrument is valid".into(),
                elements: vec![
                    element(
                        "xa.po.1",
                        "The order names the issuing court",
                        "Atlantis Code, s. 4.1(a)",
                        true,
                    ),
                    element(
                        "xa.po.2",
                        "A judge of that court has signed it",
                        "Atlantis Code, s. 4.1(b)",
                        false,
                    ),
                ],
            },
        ]
    }

    pub fn sample() -> Self {
        let confirmed = |code: &str, text: &str, citation: &str| Element {
            code: code.into(),
            text: text.into(),
            citation: citation.into(),
            source_checked: true,
            confirmed: "K. Beispiel, 3 Mar 2026".into(),
        };
        Self {
            frame: Frame::sample("/profiles"),
            name: "Atlantis, production order".into(),
            sentence: "6 elements: 3 confirmed, 3 draft. A draft supports no finding.".into(),
            confirmed: vec![
                Aspect {
                    title: "Instrument is valid".into(),
                    elements: vec![
                        confirmed(
                            "xa.po.3",
                            "The order is dated and in force",
                            "Atlantis Code, s. 4.1(c)",
                        ),
                        Element {
                            source_checked: false,
                            ..confirmed(
                                "xa.po.4",
                                "The offence is one for which this order is open",
                                "Atlantis Code, s. 4.3",
                            )
                        },
                    ],
                },
                Aspect {
                    title: "Scope is lawful".into(),
                    elements: vec![confirmed(
                        "xa.po.5",
                        "Each kind of data that is asked for is named in the order",
                        "Atlantis Code, s. 4.2",
                    )],
                },
            ],
            form: Some(Self::form("xa-production-order", Self::drafts())),
            drafts: Vec::new(),
            times: vec![
                LegalTime {
                    text: "To answer: 10 days".into(),
                    counted: "Counted from receipt.".into(),
                    citation: "Atlantis Code, s. 4.4".into(),
                    source_checked: true,
                    points: vec![LegalPoint {
                        text: "A question to the officer stops it until the answer".into(),
                        citation: "Atlantis Code, s. 4.6".into(),
                        source_checked: false,
                    }],
                },
                LegalTime {
                    text: "To answer in an emergency: 8 hours".into(),
                    counted: "Counted from receipt.".into(),
                    citation: "Atlantis Code, s. 4.5".into(),
                    source_checked: false,
                    points: Vec::new(),
                },
            ],
        }
    }

    pub fn sample_for_reading() -> Self {
        Self { form: None, drafts: Self::drafts(), ..Self::sample() }
    }
}
