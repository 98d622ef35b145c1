//! The company's principles, split at their headings.
//!
//! The text is the company's, but the page has to hold against it all the same: raw HTML is
//! dropped, and links lead only to the web or to a mailbox.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principle {
    pub(crate) title: String,
    /// Plain text for the PDF; a list's items are paragraphs of their own.
    pub(crate) paragraphs: Vec<Vec<Span>>,
    /// The same for the page, as safe HTML.
    pub(crate) html: String,
}

/// CommonMark; each second-level heading opens one principle. What stands before the first is a
/// principle without a title.
pub(crate) fn principles(markdown: &str) -> Vec<Principle> {
    let mut parts: Vec<(String, Vec<Event>)> = Vec::new();
    let mut in_title = false;
    for event in Parser::new_ext(markdown, Options::empty()).filter_map(safe) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                in_title = true;
                parts.push(Default::default());
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => in_title = false,
            Event::Text(text) | Event::Code(text) if in_title => {
                parts.last_mut().expect("a title has opened its part").0.push_str(&text);
            }
            _ if in_title => {}
            event => {
                if parts.is_empty() {
                    parts.push(Default::default());
                }
                parts.last_mut().expect("one was pushed").1.push(event);
            }
        }
    }
    parts.into_iter().map(|(title, events)| principle(title, events)).collect()
}

fn principle(title: String, events: Vec<Event>) -> Principle {
    let paragraphs = paragraphs(&events);
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    Principle { title, paragraphs, html: page }
}

/// Drops raw HTML and images, sinks headings below the page's own, and unlinks what is no address
/// on the web.
fn safe(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(_) | Event::InlineHtml(_) => None,
        Event::Start(Tag::HtmlBlock | Tag::Image { .. })
        | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Some(Event::Start(Tag::Heading { level: sunk(level), id, classes, attrs }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(sunk(level)))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url =
                if is_web(&dest_url) { dest_url } else { CowStr::Borrowed("#principles") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        other => Some(other),
    }
}

/// The page's first and second levels are its own, a principle's title is the third.
fn sunk(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn is_web(address: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

fn paragraphs(events: &[Event]) -> Vec<Vec<Span>> {
    let mut paragraphs: Vec<Vec<Span>> = vec![Vec::new()];
    let mut depth_strong = 0_usize;
    for event in events {
        let paragraph = paragraphs.last_mut().expect("there is always one");
        let mut push = |text: &str| {
            paragraph.push(Span { text: text.to_owned(), strong: depth_strong > 0 });
        };
        match event {
            Event::Text(text) | Event::Code(text) => push(text),
            Event::SoftBreak | Event::HardBreak => push(" "),
            Event::Start(Tag::Strong) => depth_strong += 1,
            Event::End(TagEnd::Strong) => depth_strong = depth_strong.saturating_sub(1),
            Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_) | TagEnd::CodeBlock,
            ) => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_level_heading_opens_a_principle() {
        let found = principles("## One\n\nSome *text* and\n**more**.\n\n## Two `x`\n\n- a\n- b\n");
        let titles: Vec<&str> = found.iter().map(|p| p.title.as_str()).collect();
        assert_eq!(titles, ["One", "Two x"]);
        assert_eq!(found[0].html.trim(), "<p>Some <em>text</em> and\n<strong>more</strong>.</p>");
        let text: String = found[0].paragraphs[0].iter().map(|s| s.text.as_str()).collect();
        assert_eq!(text, "Some text and more.");
        assert!(found[0].paragraphs[0].iter().any(|s| s.strong && s.text == "more"));
        assert_eq!(found[1].paragraphs.len(), 2);
    }

    #[test]
    fn nothing_in_the_text_can_become_script() {
        for text in [
            "## A\n\n<script>alert(1)</script>\n",
            "## A\n\nx <img src=x onerror=alert(1)> y\n",
            "## A\n\n[x](javascript:alert(1))\n",
            "## A\n\n[x](JaVaScRiPt:alert(1))\n",
            "## A\n\n![x](https://elsewhere.example/a.png)\n",
            "## A\n\n<div style=\"x\">\n\ntext\n\n</div>\n",
            "## A <b onclick=x>\n\ntext\n",
        ] {
            let found = principles(text);
            let page: String = found.iter().map(|p| format!("{}{}", p.title, p.html)).collect();
            for never in ["<script", "<img", "javascript:", "onerror", "style=", "onclick", "<div"]
            {
                assert!(!page.to_lowercase().contains(never), "{text} gave {page}");
            }
        }
    }

    #[test]
    fn what_is_typed_is_escaped() {
        let found = principles("## A & B\n\n1 < 2 & 3\n");
        assert_eq!(found[0].title, "A & B");
        assert_eq!(found[0].html, "<p>1 &lt; 2 &amp; 3</p>\n");
    }
}
