//! What a template may do, and what it gets.

use typeset::{Day, Document, File};

const HEAD: &str = "#set document(title: \"T\")\n#set text(font: \"Inter\", fallback: false)\n";

fn document<'a>(template: &'a str, files: &'a [File<'a>]) -> Document<'a> {
    Document {
        template,
        files,
        created_on: Day { year: 2021, month: 7, day: 15 },
        identifier: "a document",
        creator: "a test",
    }
}

#[track_caller]
fn refuses(body: &str, expected: &str) {
    let template = format!("{HEAD}{body}");
    let error = typeset::pdf(&document(&template, &[])).expect_err("is refused").to_string();
    assert!(error.contains(expected), "{error}\nlacks\n{expected}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let template = format!("{HEAD}= Heading\n#json(\"data.json\").text");
    let files = [File { name: "data.json", bytes: br#"{ "text": "*not* #markup" }"# }];
    let pdf = typeset::pdf(&document(&template, &files)).expect("sets");
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(typeset::pdf(&document(&template, &files)), Ok(pdf));
}

#[test]
fn it_is_marked_as_tagged_archival_and_accessible() {
    let pdf = typeset::pdf(&document(&format!("{HEAD}= Heading"), &[])).expect("sets");
    let text = String::from_utf8_lossy(&pdf);
    for mark in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "2021-07-15T00:00:00+00:00",
    ] {
        assert!(text.contains(mark), "{mark} is missing");
    }
}

#[test]
fn nothing_is_seen_but_what_is_given() {
    refuses("#read(\"/etc/hostname\")", "template.typ:3:7: failed to load file");
    refuses("#read(\"../data.json\")", "template.typ:3:7:");
    refuses("#import \"@preview/example:0.1.0\": *", "template.typ:3:9: failed to load file");
    refuses("#datetime.today()", "unable to get the current date");
}

#[test]
fn given_files_are_data_and_never_code() {
    let template = format!("{HEAD}#include \"other.typ\"");
    let files = [File { name: "other.typ", bytes: b"text" }];
    let error = typeset::pdf(&document(&template, &files)).expect_err("is refused").to_string();
    assert!(error.contains("template.typ:3:10: failed to load file"), "{error}");
}

#[test]
fn only_the_built_in_fonts_are_found() {
    refuses("#text(font: \"DejaVu Sans\")[x]", "unknown font family: dejavu sans");
    refuses("文", "the text `\"文\"` could not be displayed with font");
}

#[test]
fn what_a_reader_with_a_screen_reader_would_miss_is_refused() {
    refuses("#figure(rect(), caption: [C])", "alt");
}

#[test]
fn a_day_that_is_none_is_refused() {
    let created_on = Day { year: 2021, month: 2, day: 30 };
    let document = Document { created_on, ..document(HEAD, &[]) };
    let error = typeset::pdf(&document).expect_err("is refused").to_string();
    assert_eq!(error, "2021-2-30 is no day");
}
