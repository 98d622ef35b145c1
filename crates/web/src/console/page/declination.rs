//! The text that declines a prohibited demand: a part of the page of a request, and a page of its
//! own from which it is printed.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Act, Fact, Field, Form, Frame, Link, Page};

/// A part of the page of a request.
#[derive(Clone, Debug, Template)]
#[template(path = "console/declination.html")]
pub struct Declination {
    /// "Counsel signs the text that declines it"
    pub title: String,
    /// "21 Sep 2026, 14:13"; empty where nobody has signed.
    pub more: String,
    /// What is loud about it: that nobody has signed one.
    pub warning: Option<Warning>,
    pub signed: Option<SignedText>,
    pub form: Option<Form>,
}

#[derive(Clone, Debug)]
pub struct Warning {
    pub title: String,
    pub text: String,
}

impl Warning {
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into() }
    }
}

/// A text as it was signed.
#[derive(Clone, Debug)]
pub struct SignedText {
    pub text: String,
    /// Its page.
    pub alone: Link,
    pub download: Link,
}

impl SignedText {
    pub fn new(number: &str, text: impl Into<String>) -> Self {
        let path = format!("/requests/{number}/declination");
        Self {
            text: text.into(),
            alone: Link::new("Open it alone, to print it", path.as_str()),
            download: Link::new("Download it as plain text", format!("{path}.txt")),
        }
    }
}

impl Declination {
    /// POST sign: `text`, `read`. `text` is what is prepared.
    pub fn form(number: &str, text: &str) -> Form {
        Form::new("sign", format!("/requests/{number}/sign"), "Sign the text")
            .field(
                Field::letter("text", "What the officer will read")
                    .hint("Prepared with what is known of the case. Mend it as the case asks.")
                    .value(text),
            )
            .field(Field::tick("read", "I have read it, and sign it as it stands here."))
            .undone("Can’t be undone. A later text counts in its place, and both stay.")
    }

    /// The same once there is a text.
    pub fn anew(number: &str, text: &str) -> Act {
        Act {
            title: "Sign another text that declines it".to_owned(),
            hint: "It counts in place of the one that is signed. Both stay on record.".to_owned(),
            form: Self::form(number, text),
        }
    }
}

impl HtmlSafe for Declination {}

/// The signed text alone, from which it is printed.
#[derive(Debug, Template)]
#[template(path = "console/letter.html")]
pub struct Letter {
    pub frame: Frame,
    /// "2026-0147-1"
    pub number: String,
    pub back: Link,
    /// That what is kept is not what was signed.
    pub warning: Option<Warning>,
    pub text: String,
    pub download: Link,
    /// By whom, when, and what the record holds of it.
    pub facts: Vec<Fact>,
    /// What shows that it is the text that was signed.
    pub check: String,
}

impl Page for Letter {
    fn title(&self) -> String {
        format!("{}: the text that declines it", self.number)
    }

    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }
}

#[cfg(test)]
mod sample {
    use super::super::Fault;
    use super::{Declination, Fact, Frame, Letter, Link, SignedText, Warning};

    const TEXT: &str = "Example publisher\n25 September 2026\n\nTo: Bureau of Samples, Cyber Desk\n\
                        Your reference: PO-77/2026\nOur reference: 2026-0147-1\n\n\
                        You ask us for encryption keys.\n\nWe decline this. We give encryption keys \
                        to nobody.\n\nSigned for Example publisher:\nI. Esempio, legal counsel";

    impl Declination {
        pub fn sample(number: &str) -> Self {
            Self {
                title: "You, I. Esempio, sign the text that declines it".to_owned(),
                more: String::new(),
                warning: Some(Warning::new(
                    "It is declined without a signed text",
                    "The officer has nothing to read yet. Nobody has verified them: send what you \
                     sign to an address of the authority that you know from elsewhere.",
                )),
                signed: None,
                form: Some(Self::form(number, TEXT).main()),
            }
        }

        pub fn sample_faulty(number: &str) -> Self {
            let form = Self::form(number, "").main().faulted(&[
                Fault::new("text", "Write the text that declines it"),
                Fault::new("read", "Read the text, and say so"),
            ]);
            Self { form: Some(form), ..Self::sample(number) }
        }

        pub fn sample_signed(number: &str) -> Self {
            Self {
                title: "I. Esempio signed the text that declines it".to_owned(),
                more: "25 Sep 2026, 09:12".to_owned(),
                warning: None,
                signed: Some(SignedText::new(number, TEXT)),
                form: None,
            }
        }
    }

    impl Letter {
        pub fn sample() -> Self {
            Self {
                frame: Frame::sample("/"),
                number: "2026-0147-1".to_owned(),
                back: Link::new("Request 2026-0147-1", "/requests/2026-0147-1"),
                warning: None,
                text: TEXT.to_owned(),
                download: SignedText::new("2026-0147-1", TEXT).download,
                facts: vec![
                    Fact::new("Signed by", "I. Esempio"),
                    Fact::new("On", "25 Sep 2026, 09:12"),
                    Fact::new("SHA-256 in the record", "7c1e90b2".repeat(8)),
                    Fact::new("Salt", "e04a5d13".repeat(8)),
                ],
                check: "(printf 'candor declination\\n%s\\n' e04a5d13; cat declination.txt) | \
                        sha256sum"
                    .to_owned(),
            }
        }
    }
}
