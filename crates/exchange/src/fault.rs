//! What is wrong with a file, where, and how to mend it.

use std::fmt;
use std::io;

/// How many faults of one file are listed; the rest is counted.
const LISTED_MAX: usize = 10_000;

/// How much of a cell a message shows, in characters.
const SHOWN_MAX: usize = 60;

/// One thing that is wrong. Written `FILE:LINE:COLUMN: what; mend`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name that the file was opened by, or that of the mapping file.
    pub file: String,
    /// From 1, as an editor counts lines or a spreadsheet its rows. What concerns the whole file
    /// stands at 1:1.
    pub line: u32,
    /// From 1: the cell's place in its row; in a mapping file the character.
    pub column: u32,
    pub what: String,
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, what, mend } = self;
        write!(f, "{file}:{line}:{column}: {what}; {mend}")
    }
}

/// Everything that is wrong with a file: the first 10,000 faults, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub listed: Vec<Fault>,
    pub unlisted: u64,
}

impl Faults {
    /// How many there are, listed or not.
    pub fn count(&self) -> u64 {
        self.listed.len() as u64 + self.unlisted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether a further fault is only counted, so that its message need not be made.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() >= LISTED_MAX
    }

    pub(crate) fn push(&mut self, fault: Fault) {
        if self.is_full() {
            self.unlisted += 1;
        } else {
            self.listed.push(fault);
        }
    }
}

impl Faults {
    /// Adds all of another list behind those of this one.
    pub(crate) fn append(&mut self, Self { listed, unlisted }: Self) {
        listed.into_iter().for_each(|fault| self.push(fault));
        self.unlisted += unlisted;
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self { listed: vec![fault], unlisted: 0 }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.listed.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        match self.unlisted {
            0 => Ok(()),
            more => write!(f, "\n(and {more} more)"),
        }
    }
}

impl std::error::Error for Faults {}

/// Why a file gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{file} could not be read")]
    Unreadable { file: String, source: io::Error },
    #[error(transparent)]
    Faults(#[from] Faults),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Faults(fault.into())
    }
}

/// A fault that does not know its place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub what: String,
    pub mend: String,
}

impl Trouble {
    pub fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }

    pub fn at(self, file: &str, line: u32, column: u32) -> Fault {
        let Self { what, mend } = self;
        Fault { file: file.to_owned(), line, column, what, mend }
    }

    /// Names the column, which a reader finds faster than its number.
    pub fn in_column(self, name: &str) -> Self {
        Self { what: format!("{name}: {}", self.what), mend: self.mend }
    }
}

/// A text from a file as a message shows it: in backquotes, cut short, and with nothing in it
/// that moves a terminal's cursor.
pub(crate) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars
        .by_ref()
        .take(SHOWN_MAX)
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect();
    if chars.next().is_some() {
        out.push('…');
    }
    format!("`{out}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_a_text_short_and_without_control_characters() {
        assert_eq!(shown("Marocco"), "`Marocco`");
        assert_eq!(shown("a\u{1b}[2J\nb"), "`a\\u{1b}[2J\\nb`");
        assert_eq!(shown(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn faults_beyond_the_limit_are_counted() {
        let mut faults = Faults::default();
        for line in 1..=10_002 {
            faults.push(Trouble::new("what", "mend").at("f.csv", line, 1));
        }
        assert_eq!((faults.listed.len(), faults.unlisted, faults.count()), (10_000, 2, 10_002));
        let text = faults.to_string();
        assert!(text.starts_with("f.csv:1:1: what; mend\nf.csv:2:1: "));
        assert!(text.ends_with("f.csv:10000:1: what; mend\n(and 2 more)"));
    }
}
