//! Prepared texts of answers: those that ship with candor, or the company's own in their place.
//!
//! A text is plain, with the names of facts in braces: `{authority}`. A line with a name for which
//! the case has nothing is left out, so that no letter says "Your reference:" and then nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::backup::is_plain_name;
use crate::conduct::TEXT_SIZE_BYTES_MAX;
use crate::{Candor, Error};

/// Files with texts of the company's own, in the data directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFiles {
    /// With which a prohibited demand is declined. Without it candor's own text stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prohibited: Option<String>,
    /// For somebody whom nobody has verified. Without it candor's own text stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
}

impl AnswerFiles {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Those that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.prohibited, &self.unverified].into_iter().filter_map(|name| name.as_deref())
    }
}

/// What the texts say, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    pub(crate) prohibited: Prepared,
    unverified: Prepared,
}

/// A text whose names are all known.
#[derive(Clone, Debug)]
pub(crate) struct Prepared(Vec<Line>);

/// A line in its parts.
type Line = Vec<Part>;

#[derive(Clone, Debug)]
enum Part {
    Words(String),
    Name(String),
}

/// What the text that declines a prohibited demand may name.
const OF_DECLINATION: &[&str] = &[
    "authority",
    "counsel",
    "demands",
    "not_done",
    "number",
    "officer",
    "publisher",
    "received_on",
    "reference",
    "today",
];

/// The other is the same for everybody, so it names nothing of a case: where it differed, that would
/// tell something.
const OF_UNVERIFIED: &[&str] = &["publisher"];

const DECLINATION: &str = include_str!("../data/declination.txt");
const UNVERIFIED: &str = include_str!("../data/unverified.txt");

impl Answers {
    pub(crate) fn read(dir: &Path, files: &AnswerFiles) -> Result<Self, Error> {
        let (prohibited, unverified) = (files.prohibited.as_deref(), files.unverified.as_deref());
        Ok(Self {
            prohibited: read(dir, prohibited, (DECLINATION, OF_DECLINATION))?,
            unverified: read(dir, unverified, (UNVERIFIED, OF_UNVERIFIED))?,
        })
    }
}

fn read(
    dir: &Path,
    file: Option<&str>,
    (shipped, known): (&str, &[&str]),
) -> Result<Prepared, Error> {
    let Some(file) = file else {
        return Prepared::of(shipped, known)
            .map_err(|fault| Error::Config(format!("the text that ships: {}", fault.told(known))));
    };
    if !is_plain_name(file) {
        // Else it would be in no backup.
        return Err(Error::Config(format!(
            "[answers] `{file}`: put the text into the data directory, and name it without a path"
        )));
    }
    let path = dir.join(file);
    let text = std::fs::read_to_string(&path)
        .map_err(Error::file(&path, "the prepared text can't be read"))?;
    if text.trim().is_empty() || text.len() > TEXT_SIZE_BYTES_MAX {
        return Err(Error::Config(format!(
            "{}: a prepared text has a word at least and {TEXT_SIZE_BYTES_MAX} bytes at most",
            path.display()
        )));
    }
    Prepared::of(&text, known)
        .map_err(|fault| Error::Config(format!("{}:{}", path.display(), fault.told(known))))
}

/// A name that no fact has.
#[derive(Debug, PartialEq, Eq)]
struct Unknown {
    line: usize,
    column: usize,
    name: String,
}

impl Unknown {
    fn told(&self, known: &[&str]) -> String {
        let Self { line, column, name } = self;
        let known: Vec<_> = known.iter().map(|name| format!("{{{name}}}")).collect();
        format!(
            "{line}:{column}: nothing is called {{{name}}} here; write one of {}, or leave the \
             braces out",
            known.join(", ")
        )
    }
}

impl Prepared {
    fn of(text: &str, known: &[&str]) -> Result<Self, Unknown> {
        let text = one_line_end(text);
        let lines = (1..).zip(text.trim().split('\n')).map(|(line, words)| {
            let parts = parts(words.trim_end());
            let mut column = 1;
            for part in &parts {
                match part {
                    Part::Words(words) => column += words.chars().count(),
                    Part::Name(name) if known.contains(&name.as_str()) => {
                        column += name.chars().count() + 2;
                    }
                    Part::Name(name) => return Err(Unknown { line, column, name: name.clone() }),
                }
            }
            Ok(parts)
        });
        Ok(Self(lines.collect::<Result<_, _>>()?))
    }

    /// With what stands for each name; a line is left out where that is nothing.
    pub(crate) fn filled(&self, facts: &[(&str, String)]) -> String {
        let fact = |name: &str| {
            let found = facts.iter().find(|(known, _)| *known == name);
            found.map(|(_, told)| told.clone()).filter(|told| !told.trim().is_empty())
        };
        let mut filled: Vec<String> = Vec::with_capacity(self.0.len());
        for line in &self.0 {
            let told = line.iter().map(|part| match part {
                Part::Words(words) => Some(words.clone()),
                Part::Name(name) => fact(name),
            });
            filled.extend(told.collect::<Option<String>>());
        }
        filled.join("\n")
    }
}

/// The words and names of a line. What is in braces and is no name stays as it is.
fn parts(line: &str) -> Line {
    let (mut parts, mut words, mut rest) = (Vec::new(), String::new(), line);
    while let Some((before, after)) = rest.split_once('{') {
        words.push_str(before);
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase())
        };
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                parts.push(Part::Words(std::mem::take(&mut words)));
                parts.push(Part::Name(name.to_owned()));
                rest = behind;
            }
            None => {
                words.push('{');
                rest = after;
            }
        }
    }
    words.push_str(rest);
    parts.push(Part::Words(words));
    parts
}

/// With a line feed at the end of each line, as browsers do not send it.
pub(crate) fn one_line_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

impl Candor {
    /// The prepared texts, read once.
    pub(crate) fn answers(&self) -> Result<&Answers, Error> {
        if let Some(answers) = self.answers.get() {
            return Ok(answers);
        }
        let read = Answers::read(&self.dir, &self.config.answers)?;
        Ok(self.answers.get_or_init(|| read))
    }

    /// What is written to whoever says that they are an officer and is not verified: the same words
    /// to everybody, which tell nothing of what the company holds.
    pub fn neutral_answer(&self) -> Result<String, Error> {
        let publisher = self.config.publisher.name.clone();
        Ok(self.answers()?.unverified.filled(&[("publisher", publisher)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, Unknown> {
        let prepared = Prepared::of(text, &["a", "none", "long_name"])?;
        let fact = |name, told: &str| (name, told.to_owned());
        Ok(prepared.filled(&[fact("a", "Ä"), fact("long_name", "{a}"), fact("none", " ")]))
    }

    #[test]
    fn a_text_is_filled_and_a_line_without_its_fact_is_left_out() {
        for (text, told) in [
            ("Dear {a},\r\nyour {a}{long_name}.", "Dear Ä,\nyour Ä{a}."),
            ("One\nYour reference: {none}\nThree  \n\n", "One\nThree"),
            ("{ } {} {A} {a", "{ } {} {A} {a"),
            ("{{a}}", "{Ä}"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(told), "{text}");
        }
    }

    #[test]
    fn a_name_that_nothing_has_is_told_with_its_place() {
        let fault = filled("Dear {a},\nä {a} {authorty}").expect_err("is unknown");
        assert_eq!(fault, Unknown { line: 2, column: 7, name: "authorty".to_owned() });
        let told = fault.told(&["a", "authority"]);
        assert!(told.starts_with("2:7: nothing is called {authorty} here"), "{told}");
        assert!(told.contains("{a}, {authority}"), "{told}");
    }

    #[test]
    fn the_text_that_ships_names_what_is_known() {
        let answers = Answers::read(Path::new("."), &AnswerFiles::default()).expect("ships");
        let facts: Vec<_> =
            OF_DECLINATION.iter().map(|name| (*name, format!("<{name}>"))).collect();
        let text = answers.prohibited.filled(&facts);
        for name in OF_DECLINATION {
            assert!(text.contains(&format!("<{name}>")), "{name}");
        }
    }
}
