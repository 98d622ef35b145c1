//! What pages say at the telling moments of stories, and how stories end, held against files in
//! `snapshots/`: parts of a page as lines of text, and all that happened as one line for each
//! submission and request. Both databases give the same.
//!
//! After a change that is meant, `INSTA_UPDATE=always` writes the files anew; read what `git diff`
//! shows of them.

use domain::event::Stream;
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};
use store::{Cases, Sight, Submissions};
use stories::Answer;

use crate::office::Office;

/// The page that a story came to says this in these parts of it, which CSS names.
pub fn says(name: &str, page: &Answer, parts: &[&str]) {
    held(name, &lines_of(page.text(), parts));
}

/// The same at the end of a story about a submission, with all that happened to it.
pub async fn ends(
    name: &str,
    (office, submission): (&Office, &str),
    page: &Answer,
    parts: &[&str],
) {
    let events = happened(office, submission).await;
    held(name, &format!("{}\n{events}", lines_of(page.text(), parts)));
}

/// A file that a story leaves behind says this.
pub fn file(name: &str, text: &str) {
    held(name, text);
}

fn held(name: &str, text: &str) {
    if std::env::var("CANDOR_CI").is_ok_and(|ci| ci == "1") {
        let update = std::env::var("INSTA_UPDATE").unwrap_or_else(|_| "no".to_owned());
        let passes = std::env::var_os("INSTA_FORCE_PASS");
        assert!(update == "no" && passes.is_none(), "under CANDOR_CI=1 snapshots are not written");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

async fn happened(office: &Office, submission: &str) -> String {
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    let number = submission.parse().expect("a number");
    let rows = tx.submissions(Submissions::Numbered(number), Sight::whole()).await.expect("reads");
    let id = rows.first().expect("is there").submission;
    let cases = tx.cases(Cases::In(id), Sight::whole()).await.expect("reads");
    let mut streams = vec![(submission.to_owned(), Stream::Submission(id))];
    streams.extend(cases.iter().map(|one| (one.name.to_string(), Stream::Request(one.request))));
    let mut told = String::new();
    for (name, stream) in streams {
        let events = tx.stream_events(stream, Sight::whole()).await.expect("reads");
        let kinds: Vec<_> = events.iter().map(|recorded| recorded.event.kind()).collect();
        told.push_str(&format!("{name}: {}\n", kinds.join(", ")));
    }
    told
}

fn lines_of(html: &str, parts: &[&str]) -> String {
    let page = Html::parse_document(html);
    let mut lines = Lines::default();
    for part in parts {
        let selector = Selector::parse(part).expect("a selector");
        let found = page.select(&selector).next();
        lines.read(found.unwrap_or_else(|| panic!("there is no {part} on the page: {html}")));
        lines.end();
    }
    lines.done
}

/// A page as somebody reads it aloud who sees neither colours nor where things stand.
#[derive(Default)]
struct Lines {
    done: String,
    line: String,
}

/// What stands before a line for what it is.
const MARKS: [&str; 8] = ["#", "##", "###", "-", "+", "label:", "choose:", "button:"];

impl Lines {
    fn end(&mut self) {
        let line = self.line.split_whitespace().collect::<Vec<_>>().join(" ");
        // What it marks is still to come.
        if MARKS.contains(&line.as_str()) {
            return;
        }
        self.line.clear();
        if !line.is_empty() {
            self.done.push_str(&line);
            self.done.push('\n');
        }
    }

    fn read(&mut self, element: ElementRef<'_>) {
        match element.value().name() {
            "script" | "style" | "datalist" => {}
            "svg" => self.told(element.attr("aria-label")),
            "input" => self.input(element),
            "textarea" => self.told(element.text().next()),
            "select" => {
                let chosen = Selector::parse("option[selected]").expect("a selector");
                let chosen = element.select(&chosen).next();
                self.told(chosen.and_then(|option| option.text().next()));
            }
            "td" | "th" => {
                if !self.line.trim().is_empty() {
                    self.line.push_str(" | ");
                }
                self.read_in(element);
            }
            "dt" => {
                self.end();
                self.read_in(element);
                self.line.push_str(": ");
            }
            "dd" => {
                self.read_in(element);
                self.end();
            }
            "a" | "b" | "bdi" | "code" => self.read_in(element),
            "span" => {
                self.line.push(' ');
                self.read_in(element);
                self.line.push(' ');
            }
            "h1" => self.block("#", element),
            "h2" => self.block("##", element),
            "h3" => self.block("###", element),
            "li" => self.block("-", element),
            "summary" => self.block("+", element),
            "legend" => self.block("choose:", element),
            "button" => self.block("button:", element),
            "label" if element.attr("class") == Some("l") => self.block("label:", element),
            _ => self.block("", element),
        }
    }

    fn block(&mut self, mark: &str, element: ElementRef<'_>) {
        self.end();
        if !mark.is_empty() {
            self.line = format!("{mark} ");
        }
        self.read_in(element);
        self.end();
    }

    fn read_in(&mut self, element: ElementRef<'_>) {
        for child in element.children() {
            if let Node::Text(text) = child.value() {
                self.line.push_str(text);
            } else if let Some(element) = ElementRef::wrap(child) {
                self.read(element);
            }
        }
    }

    /// What is filled in, or what a sign says.
    fn told(&mut self, text: Option<&str>) {
        if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
            self.line.push_str(&format!(" [{text}] "));
        }
    }

    fn input(&mut self, element: ElementRef<'_>) {
        match element.attr("type") {
            Some("hidden") => {}
            Some("radio" | "checkbox") => {
                self.line.push_str(if element.attr("checked").is_some() { "(x) " } else { "( ) " });
            }
            _ => self.told(element.attr("value")),
        }
    }
}

#[test]
fn a_page_is_read_line_by_line() {
    let page = r##"<main><h1>Request 7</h1><span class="st">open</span>
        <dl><div><dt>Asks</dt><dd>licence data <span>of 2</span></dd></div></dl>
        <table><tr><th>When</th><td>1 May</td></tr></table>
        <ul><li><p>One</p></li><li>Two</li></ul>
        <form><input type="hidden" name="seen" value="3"><label class="l">Reason</label>
        <textarea>Why &amp; how</textarea><fieldset><legend>Find</legend>
        <label class="ch"><input type="radio" checked><span>It stands</span></label></fieldset>
        <select><option>A</option><option selected>B</option></select>
        <button>Send</button></form><svg aria-label="met"><text>x</text></svg></main>"##;
    let expected = "# Request 7\nopen\nAsks: licence data of 2\nWhen | 1 May\n- One\n- Two\n\
                    label: Reason\n[Why & how]\nchoose: Find\n(x) It stands\n[B]\nbutton: Send\n\
                    [met]\n";
    assert_eq!(lines_of(page, &["main"]), expected);
    assert_eq!(lines_of(page, &["h1", "ul"]), "# Request 7\n- One\n- Two\n");
}

/// A file that no story asks for any more would say what is not so.
#[test]
fn every_snapshot_is_held_against_something() {
    let stories = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path| std::fs::read_dir(path).expect("is there").map(|entry| entry.expect("reads"));
    let sources = read(stories.to_owned())
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    let sources = sources.map(|entry| std::fs::read_to_string(entry.path()).expect("reads"));
    let sources: String = sources.collect();
    for entry in read(stories.join("snapshots")) {
        let file = entry.file_name().into_string().expect("text");
        let name = file.strip_suffix(".snap").unwrap_or_else(|| panic!("{file} is no snapshot"));
        assert!(sources.contains(&format!("\"{name}\"")), "no story holds anything against {file}");
    }
}
