//! What is told of a file, and the page that stands before one in quarantine.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Fact, Form, Frame, Link, Page};

/// What is told of a file beside its name, its size and its hash.
#[derive(Clone, Debug)]
pub struct FileTold {
    /// By its content: "PDF", "ZIP archive, 12 files, 3.4 MB unpacked".
    pub what: String,
    /// "named like a PDF", "holds a program"
    pub warnings: Vec<String>,
    pub check: FileCheck,
    /// Where it can be seen without opening it.
    pub preview: Option<Link>,
}

/// What a scanner says of it.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = "{% match self %}{% when FileCheck::Found(finding) %}\
<span class=\"st bad\"><svg class=\"i ic\" aria-hidden=\"true\"><use href=\"#s-opposed\"/></svg>malware: <bdi>{{ finding }}</bdi></span>\
{% when FileCheck::Told(text) %}{{ text }}{% endmatch %}"
)]
pub enum FileCheck {
    /// By the scanner's name for it.
    Found(String),
    /// "no malware found on 2 Oct 2026", "not scanned: no scanner is set"
    Told(String),
}

impl HtmlSafe for FileCheck {}

/// A file in which a scanner found something: nobody gets it by one click.
#[derive(Debug, Template)]
#[template(path = "console/quarantine.html")]
pub struct Quarantine {
    pub frame: Frame,
    pub submission: Link,
    pub name: String,
    /// File, finding, scanner, size, SHA-256.
    pub facts: Vec<Fact>,
    /// Where who looks may have it all the same.
    pub download: Option<Form>,
    /// Where there is a scanner, and who looks may ask it.
    pub again: Option<Form>,
}

impl Quarantine {
    /// `file` is the path of the file. POST `{file}/quarantined`: nothing.
    pub fn download(file: &str) -> Form {
        Form::new("download", format!("{file}/quarantined"), "Download it all the same")
            .undone("Recorded with your name. Its name will end with “.quarantined”.")
    }

    /// POST `{file}/scan`: nothing.
    pub fn again(file: &str) -> Form {
        Form::new("again", format!("{file}/scan"), "Have it scanned again")
            .undone("Until then it stays in quarantine.")
    }
}

impl Page for Quarantine {
    fn title(&self) -> String {
        "A file in quarantine".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.download.iter().chain(&self.again).collect()
    }
}

#[cfg(test)]
impl Quarantine {
    pub fn sample() -> Self {
        let file = "/submissions/2026-0152/files/5f21";
        Self {
            frame: Frame::sample("/submissions"),
            submission: Link::new("Submission 2026-0152", "/submissions/2026-0152"),
            name: "order.pdf".to_owned(),
            facts: vec![
                Fact::new("Found in it", "Eicar-Test-Signature"),
                Fact::new("Scanned", "25 Sep 2026, 11:02, by ClamAV 1.4.6/27427"),
                Fact::new("By its content", "plain text"),
            ],
            download: Some(Self::download(file)),
            again: Some(Self::again(file)),
        }
    }

    pub fn sample_for_intake() -> Self {
        Self { download: None, again: None, ..Self::sample() }
    }
}
