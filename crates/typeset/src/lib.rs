//! A typst template and its data to an accessible PDF that archives accept: PDF/A-2a (ISO 19005-2)
//! and PDF/UA-1 (ISO 14289-1).
//!
//! This crate must never know what it sets: no request, no country, no period. Nor the machine that
//! it runs on: a template sees the files that it is given and the fonts that are built in, and no
//! clock, so the same input gives the same bytes everywhere.
//!
//! It is a crate of its own so that the compiler of the templates, which is large, is built seldom.
//!
//! Start at [`pdf`].

mod world;

use std::fmt;

use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Datetime, Smart};
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::world::Sealed;

/// What is to be set.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The template, in typst's language. It sets the title, the author and the language.
    pub template: &'a str,
    /// The files that the template may read: their names, without folders, and their bytes.
    pub files: &'a [File<'a>],
    /// The day that stands in the PDF as that of its making.
    pub created_on: Day,
    /// What stays the same through all versions of this document.
    pub identifier: &'a str,
    /// The program that stands in the PDF as its maker.
    pub creator: &'a str,
}

/// A file for a template to read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub year: i32,
    pub month: u8,
    pub day: u8,
}

/// The document could not be set. Names the place in the template where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Error(pub Vec<Fault>);

/// One reason why a document could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: Option<Place>,
    pub what: String,
    /// How to mend it, where the compiler has an idea.
    pub hints: Vec<String>,
}

/// A place in the template or in a file, lines and columns from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl Fault {
    fn general(what: impl Into<String>) -> Self {
        Self { place: None, what: what.into(), hints: Vec::new() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { file, line, column }) = &self.place {
            write!(f, "{file}:{line}:{column}: ")?;
        }
        f.write_str(&self.what)?;
        self.hints.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// Sets the document. A warning of the compiler is an error here: the templates are our own, and
/// what it warns of (a font that is not there) would be seen by nobody.
pub fn pdf(document: &Document<'_>) -> Result<Vec<u8>, Error> {
    let world = Sealed::new(document)?;
    let options = options(document)?;
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
    let bytes = output
        .and_then(|pages| if warnings.is_empty() { Ok(pages) } else { Err(warnings) })
        .and_then(|pages| typst_pdf::pdf(&pages, &options))
        .map_err(|faults| Error(faults.iter().map(|fault| located(&world, fault)).collect()));
    // The compiler remembers what it laid out, in case it is asked again; we never ask again.
    comemo::evict(0);
    bytes
}

fn options(document: &Document<'_>) -> Result<PdfOptions, Error> {
    let Day { year, month, day } = document.created_on;
    let midnight = Datetime::from_ymd_hms(year, month, day, 0, 0, 0)
        .ok_or_else(|| Error(vec![Fault::general(format!("{year}-{month}-{day} is no day"))]))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|fault| Error(vec![Fault::general(fault.message().as_str())]))?;
    Ok(PdfOptions {
        ident: Smart::Custom(document.identifier.to_owned()),
        creator: Smart::Custom(Some(document.creator.to_owned())),
        timestamp: Some(Timestamp::new_utc(midnight)),
        page_ranges: None,
        standards,
        tagged: true,
        pretty: false,
    })
}

fn located(world: &Sealed<'_>, fault: &SourceDiagnostic) -> Fault {
    let place = fault.span.id().and_then(|file| {
        let start = world.range(fault.span)?.start;
        let source = world.source(file).ok()?;
        let (line, column) = source.lines().byte_to_line_column(start)?;
        let file = file.get().vpath().get_without_slash().to_owned();
        Some(Place { file, line: line + 1, column: column + 1 })
    });
    Fault {
        place,
        what: fault.message.to_string(),
        hints: fault.hints.iter().map(|hint| hint.v.to_string()).collect(),
    }
}
