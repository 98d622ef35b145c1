//! What the head of an e-mail says: who it says wrote it, and what mail servers noted about it in
//! `Authentication-Results` (RFC 8601).
//!
//! **Whoever sends a letter writes its head**, these notes among it: a note tells something only
//! where the company's own mail server wrote it, and takes out what others write in its name
//! (RFC 8601, section 5). Who that is, this crate does not know.

use serde::{Deserialize, Serialize};

use crate::name::shown;

/// What the head of an e-mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailHead {
    /// Addresses alone: the name beside one is what its sender likes to be called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<String>,
    /// The uppermost first, which is the last that was added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<ServerNote>,
}

/// One `Authentication-Results`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerNote {
    /// The `authserv-id`: who says that they noted it.
    pub server: String,
    /// Empty where it says that nothing was checked.
    pub checks: Vec<NotedCheck>,
}

/// `dkim=pass header.d=sheriff.example`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotedCheck {
    pub method: String,
    pub result: String,
    /// What was checked, as `header.d=sheriff.example`.
    pub about: Vec<String>,
}

/// A head is not read any further.
const HEAD_BYTES_MAX: usize = 256 << 10;
const ADDRESSES_MAX: usize = 5;
const NOTES_MAX: usize = 6;
const CHECKS_MAX: usize = 8;
const ABOUT_MAX: usize = 4;
/// RFC 5321, section 4.5.3.1: 64 before the `@`, 255 after it.
const ADDRESS_CHARS_MAX: usize = 320;
const WORD_CHARS_MAX: usize = 160;

/// Reads the head of an e-mail.
pub(crate) fn head(bytes: &[u8]) -> MailHead {
    let mut head = MailHead::default();
    for (name, text) in fields(bytes) {
        let addresses = match name.as_str() {
            "from" => &mut head.from,
            "reply-to" => &mut head.reply_to,
            "authentication-results" => {
                if head.notes.len() < NOTES_MAX {
                    head.notes.extend(note(&text));
                }
                continue;
            }
            _ => continue,
        };
        for address in addresses_of(&text) {
            if addresses.len() < ADDRESSES_MAX && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    head
}

/// The fields of a head by their names in small letters, each in one line (RFC 5322, 2.2.3).
fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let bytes = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            break;
        }
        match (line.starts_with([' ', '\t']), fields.last_mut()) {
            (true, Some((_, before))) => before.push_str(line),
            (true, None) => {}
            (false, _) => {
                // A line that is no field ends nothing: some programs write `From ` above all.
                if let Some((name, rest)) = line.split_once(':') {
                    fields.push((name.trim().to_ascii_lowercase(), rest.to_owned()));
                }
            }
        }
    }
    fields
}

/// The addresses of a list of mailboxes and groups (RFC 5322, 3.4), without the names beside them.
fn addresses_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mailbox in split_outside(&without_comments(text), &[',', ';']) {
        let inside = outside_quotes(&mailbox, '<').map(|at| &mailbox[at + 1..]);
        let address = match inside {
            Some(inside) => inside.split('>').next().unwrap_or_default(),
            // `group: one@here.example`
            None => outside_quotes(&mailbox, ':').map_or(mailbox.as_str(), |at| &mailbox[at + 1..]),
        };
        let address = address.trim();
        if address.contains('@') && !address.contains(char::is_whitespace) {
            found.push(short(address, ADDRESS_CHARS_MAX));
        }
    }
    found
}

/// One note (RFC 8601, section 2.2). `None` where it names nobody.
fn note(text: &str) -> Option<ServerNote> {
    let mut parts = split_outside(&without_comments(text), &[';']).into_iter();
    // A version may stand after it.
    let server = words(&parts.next()?).into_iter().next()?;
    let mut checks = Vec::new();
    for part in parts {
        let mut words = words(&part).into_iter();
        let Some((method, result)) = words.next().and_then(|word| pair(&word)) else { continue };
        let method = method.split('/').next().unwrap_or_default().to_owned();
        let about = words.filter_map(|word| {
            let (name, value) = pair(&word)?;
            name.contains('.').then(|| short(&format!("{name}={value}"), WORD_CHARS_MAX))
        });
        let about = about.take(ABOUT_MAX).collect();
        if checks.len() < CHECKS_MAX {
            let (method, result) = (short(&method, WORD_CHARS_MAX), short(&result, WORD_CHARS_MAX));
            checks.push(NotedCheck { method, result, about });
        }
    }
    Some(ServerNote { server: short(&server, WORD_CHARS_MAX), checks })
}

/// `name=value` of two words that are there.
fn pair(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_there = !name.is_empty() && !value.is_empty();
    is_there.then(|| (name.to_ascii_lowercase(), value.to_owned()))
}

/// What stands between white space. Quotation marks are dropped.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut quoted = Quoted::default();
    let mut begins = true;
    for c in text.chars() {
        let is_blank = c.is_whitespace() && !quoted.is_inside();
        match quoted.takes(c) {
            // A quotation mark itself.
            Taken::Mark => {
                if std::mem::take(&mut begins) {
                    words.push(String::new());
                }
            }
            Taken::Text if is_blank => begins = true,
            Taken::Text => {
                match words.last_mut() {
                    Some(word) if !begins || is_one_word(word, c) => word.push(c),
                    Some(_) | None => words.push(c.to_string()),
                }
                begins = false;
            }
        }
    }
    words
}

/// Whether what follows on white space goes on with the word: blanks may stand around a `=`, and in
/// what is named before it around a `/` and a `.`.
fn is_one_word(before: &str, next: char) -> bool {
    let is_named = !before.contains('=');
    before.ends_with('=')
        || next == '='
        || (is_named && (matches!(next, '/' | '.') || before.ends_with(['/', '.'])))
}

/// Where in a text quotation marks stand (RFC 5322, 3.2.4): within them a backslash takes the
/// meaning of what follows.
#[derive(Default)]
struct Quoted {
    state: QuotedState,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum QuotedState {
    #[default]
    Outside,
    Inside,
    Escaped,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Text,
    Mark,
}

impl Quoted {
    fn is_inside(&self) -> bool {
        match self.state {
            QuotedState::Outside => false,
            QuotedState::Inside | QuotedState::Escaped => true,
        }
    }

    fn takes(&mut self, c: char) -> Taken {
        let (next, taken) = match (self.state, c) {
            (QuotedState::Outside, '"') => (QuotedState::Inside, Taken::Mark),
            (QuotedState::Outside, _) => (QuotedState::Outside, Taken::Text),
            (QuotedState::Inside, '"') => (QuotedState::Outside, Taken::Mark),
            (QuotedState::Inside, '\\') => (QuotedState::Escaped, Taken::Mark),
            (QuotedState::Inside | QuotedState::Escaped, _) => (QuotedState::Inside, Taken::Text),
        };
        self.state = next;
        taken
    }
}

/// Without what stands in brackets, which may stand within each other (RFC 5322, 3.2.2).
fn without_comments(text: &str) -> String {
    let (mut rest, mut depth, mut escaped) = (String::with_capacity(text.len()), 0_u32, false);
    let mut quoted = Quoted::default();
    for c in text.chars() {
        if depth > 0 {
            match (escaped, c) {
                (true, _) => escaped = false,
                (false, '\\') => escaped = true,
                (false, '(') => depth += 1,
                (false, ')') => depth -= 1,
                (false, _) => {}
            }
            continue;
        }
        if c == '(' && !quoted.is_inside() {
            depth = 1;
            rest.push(' ');
            continue;
        }
        quoted.takes(c);
        rest.push(c);
    }
    rest
}

/// The place of the first such character that stands in no quotation marks.
fn outside_quotes(text: &str, sought: char) -> Option<usize> {
    let mut quoted = Quoted::default();
    text.char_indices().find_map(|(at, c)| {
        let is_it = c == sought && !quoted.is_inside();
        quoted.takes(c);
        is_it.then_some(at)
    })
}

/// The parts between such characters, those in quotation marks or `<>` aside.
fn split_outside(text: &str, at: &[char]) -> Vec<String> {
    let (mut parts, mut quoted, mut in_angle) = (vec![String::new()], Quoted::default(), false);
    for c in text.chars() {
        let is_outside = !quoted.is_inside();
        quoted.takes(c);
        match c {
            '<' if is_outside => in_angle = true,
            '>' if is_outside => in_angle = false,
            _ => {}
        }
        match parts.last_mut() {
            Some(part) if !(at.contains(&c) && is_outside && !in_angle) => part.push(c),
            Some(_) | None => parts.push(String::new()),
        }
    }
    parts
}

fn short(text: &str, chars_max: usize) -> String {
    shown(&text.chars().take(chars_max).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, from: &[&str], reply_to: &[&str]) {
        let head = head(text.as_bytes());
        assert_eq!(head.from, from, "{text}");
        assert_eq!(head.reply_to, reply_to, "{text}");
    }

    #[test]
    fn an_address_is_told_from_the_name_beside_it() {
        check("From: a@one.example\r\n\r\nReply-To: b@two.example", &["a@one.example"], &[]);
        check(
            "FROM: \"boss@sheriff.example, Sheriff\" <evil@post.test>\r\nReply-To:\r\n \
             <desk@post.test>\r\n",
            &["evil@post.test"],
            &["desk@post.test"],
        );
        check(
            "From: Desk (a@none.test (b@none.test)) <c@one.example>, d@two.example\nTo: e@f.test\n",
            &["c@one.example", "d@two.example"],
            &[],
        );
        check(
            "Reply-To: team: a@one.example, b@one.example;\n",
            &[],
            &["a@one.example", "b@one.example"],
        );
        check("From: \"no end <a@one.example>\nX: y\n", &[], &[]);
        check("From: nobody\nFrom: <>\n", &[], &[]);
        check("From: a\u{202e}@one.example\n", &["a\u{fffd}@one.example"], &[]);
    }

    fn noted(text: &str) -> Vec<String> {
        let told = |note: ServerNote| {
            let checks = note.checks.iter().map(|check| {
                format!("{}={} [{}]", check.method, check.result, check.about.join(" "))
            });
            format!("{}: {}", note.server, checks.collect::<Vec<_>>().join(", "))
        };
        head(text.as_bytes()).notes.into_iter().map(told).collect()
    }

    /// The examples of RFC 8601, appendix B, among others.
    #[test]
    fn what_a_mail_server_noted_is_read() {
        for (text, expected) in [
            ("Authentication-Results: example.org 1; none\n", "example.org: "),
            (
                "Authentication-Results: example.com;\r\n          spf=pass \
                 smtp.mailfrom=example.net\r\n",
                "example.com: spf=pass [smtp.mailfrom=example.net]",
            ),
            (
                "Authentication-Results: example.com;\n   auth=pass (cram-md5) \
                 smtp.auth=sender@example.net;\n   spf=pass smtp.mailfrom=example.net\n",
                "example.com: auth=pass [smtp.auth=sender@example.net], spf=pass \
                 [smtp.mailfrom=example.net]",
            ),
            (
                "Authentication-Results: example.com;\n dkim=pass reason=\"good signature\"\n \
                 header.i=@mail-router.example.net;\n dkim=fail reason=\"bad; signature\"\n \
                 header.i=@newyork.example.com\n",
                "example.com: dkim=pass [header.i=@mail-router.example.net], dkim=fail \
                 [header.i=@newyork.example.com]",
            ),
            (
                "Authentication-Results: foo.example.net (foobar) 1 (baz);\n dkim (Because I like \
                 it) / 1 (One yay) = (wait for it) fail\n policy (A dot can go here) . (like that) \
                 expired\n (this surprised me) = (as I wasn't expecting it) 1362471462\n",
                "foo.example.net: dkim=fail [policy.expired=1362471462]",
            ),
            ("Authentication-Results: \"our server\"; dmarc = pass\n", "our server: dmarc=pass []"),
        ] {
            assert_eq!(noted(text), [expected], "{text}");
        }
        assert!(noted("Authentication-Results:\nX: y\n").is_empty());
    }

    #[test]
    fn a_head_that_is_no_head_ends_somewhere() {
        let long = format!("From: {}", "\"(<,;".repeat(100_000));
        assert_eq!(head(long.as_bytes()).from, [""; 0]);
        let many = "Authentication-Results: a.example; dkim=pass\n".repeat(50);
        assert_eq!(noted(&many).len(), NOTES_MAX);
        let many = format!("Authentication-Results: a.example{}\n", "; dkim=pass a.b=c".repeat(50));
        assert_eq!(head(many.as_bytes()).notes[0].checks.len(), CHECKS_MAX);
        for cut in 0..many.len().min(200) {
            head(&many.as_bytes()[..cut]);
        }
    }
}
