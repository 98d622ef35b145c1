//! The sentences, tables and definitions of a report, made from its numbers by rule, so that they
//! stay true when the numbers change. One place for the page and the PDF.
//!
//! Nothing here judges: no "most", no cause, no praise, no percentage without its base.

pub(crate) mod bands;
mod facts;
mod findings;
mod number;
pub(crate) mod paperwork;
pub(crate) mod place;
mod principles;
mod process;
mod tables;
mod time;
mod users;

pub(crate) use facts::{draft_notice, edition_name, facts_of_period, meta, title};
pub(crate) use findings::{
    HeadlineFigure, SHARE_MIN, SmallCountry, decided, headline, headline_caption, lead, one_by_one,
    origins,
};
pub(crate) use number::{capital, count, counted, list, noun_for, one_decimal, spelled};
pub(crate) use principles::{Principle, principles};
pub(crate) use process::{
    Check, Step, check, corrections, definitions, file_holds, method, method_intro,
    prohibited_note, steps,
};
pub(crate) use tables::{Tables, note_on_percentages, tables};
pub(crate) use time::{blocks, length, months, over_time, per_month};
pub(crate) use users::{UserRequests, user_requests};

/// A piece of a sentence; the strong ones are set bold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) strong: bool,
}

/// A term and what is to be said of it; lists of these are set as a definition list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) term: String,
    pub(crate) text: String,
}

impl Definition {
    fn new(term: &str, text: impl Into<String>) -> Self {
        Self { term: term.to_owned(), text: text.into() }
    }
}

/// A table as it is printed. The first row is the total where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// In order of appearance, from 1.
    pub(crate) number: usize,
    /// Unique in the edition; also the anchor on the page.
    pub(crate) id: &'static str,
    /// Without "Table n.".
    pub(crate) caption: String,
    /// The head of the column of row heads.
    pub(crate) corner: &'static str,
    /// The other columns. A group without a label has one column that stands for itself.
    pub(crate) groups: Vec<ColumnGroup>,
    pub(crate) rows: Vec<TableRow>,
    /// Paragraphs below the table.
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnGroup {
    pub(crate) label: Option<String>,
    pub(crate) columns: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableRow {
    pub(crate) head: String,
    pub(crate) cells: Vec<Cell>,
    pub(crate) kind: RowKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// Set apart, bold.
    Total,
    Plain,
    /// A part of the row above, such as "of which in part"; indented.
    Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) kind: CellKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Aligned at its end.
    Number,
    /// A number that is 0: printed, in the second ink.
    Zero,
    /// Words, aligned at their start.
    Words,
}

/// A part of the report: its anchor, its heading and a hint for reading that stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) heading: &'static str,
    /// The heading's short form in lists of contents.
    pub(crate) short: &'static str,
    pub(crate) hint: &'static str,
}

pub(crate) const HOW: Section =
    Section { id: "how", heading: "How to read this", short: "How to read this", hint: "" };
pub(crate) const WHERE: Section = Section {
    id: "where",
    heading: "Where the requests came from",
    short: "Where from",
    hint: "Ordered by number in the chart, by name in the table.",
};
pub(crate) const DECIDED: Section = Section {
    id: "decided",
    heading: "What was decided",
    short: "What was decided",
    hint: "Shares are drawn from ten requests up. Below that, marks and counts say more.",
};
pub(crate) const TIME: Section = Section {
    id: "time",
    heading: "Over time",
    short: "Over time",
    hint: "Where periods are unlike in length, compare rates and shares, never the totals.",
};
pub(crate) const USERS: Section = Section {
    id: "users",
    heading: "Requests by our own users",
    short: "Our own users",
    hint: "They stand apart and are in no count above.",
};
pub(crate) const PRINCIPLES: Section =
    Section { id: "principles", heading: "What we hold to", short: "Principles", hint: "" };
pub(crate) const STEPS: Section = Section {
    id: "steps",
    heading: "The way of a request",
    short: "Steps",
    hint: "From the letter to the number in this report.",
};
pub(crate) const METHOD: Section =
    Section { id: "method", heading: "Method", short: "Method", hint: "" };
pub(crate) const FILES: Section = Section {
    id: "files",
    heading: "Downloads",
    short: "Downloads",
    hint: "The same figures, for reading and for programs.",
};
pub(crate) const CHECK: Section = Section {
    id: "check",
    heading: "Check this report",
    short: "Check this report",
    hint: "A page can’t vouch for itself, so there is no green tick here. Check it with your own tools.",
};

/// All parts, in their order.
pub(crate) const SECTIONS: [Section; 10] =
    [HOW, WHERE, DECIDED, TIME, USERS, PRINCIPLES, STEPS, METHOD, FILES, CHECK];

/// Where [`over_time`] has nothing to say.
pub(crate) const NO_EARLIER_PERIOD: &str =
    "No earlier period was counted in this way, so there is none to compare with.";

/// Where [`user_requests`] has nothing to say.
pub(crate) const NO_USER_FIGURES: &str =
    "How often users asked about their own data is not recorded here.";

/// Beside every figure that no counted request stands behind.
pub(crate) const PUBLISHED_FIGURE: &str = "published figure, not backed by requests";

/// Below the map.
pub(crate) const MAP_NOTE: &str = "Borders are no statement.";
