//! Formats of the outside world to and from the domain: spreadsheets of requests and of published
//! figures.
//!
//! Pure apart from reading what it is given. This crate must never know a path, a clock, a
//! database or a page, and never mends what it reads: trouble is reported, all of it at once, each
//! as `FILE:LINE:COLUMN: what; mend`.
//!
//! Start at [`Table::open`], ask it for its [`Kind`], then hand it to [`requests`], [`facts`] or
//! [`figures`].
//! A file that someone else laid out is read through a [`Mapping`].

mod fault;
mod figures;
mod mapping;
mod near;
mod requests;
mod table;
mod write;

pub use fault::{Error, Fault, Faults};
pub use figures::{FIGURE_COLUMNS, FigureLine, figures};
pub use mapping::Mapping;
pub use requests::{REQUEST_COLUMNS, RequestLine, facts, requests};
pub use table::{CELL_BYTES_MAX, Kind, ROWS_MAX, Source, Table};
pub use write::{RequestWriter, template_csv};

/// What a file held, once all of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Requests or figures handed out.
    pub handed_out: u64,
    /// Rows, or figures, that say again what an earlier one says; skipped.
    pub repeated: u64,
    /// Rows without any content; skipped.
    pub blank: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// Blank cells where a figure could stand; always 0 for requests.
    pub not_stated: u64,
    /// How the file was read, for people.
    pub source: Source,
}
