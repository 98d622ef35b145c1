//! From the numbers of a period to everything that is published of it: pages, PDF, charts, map,
//! CSV, XLSX, JSON.
//!
//! Pure: an [`Edition`] goes in, files come out, the same bytes for the same edition. This crate
//! must never know a clock, a database or a path on disk, and never counts anything: every number
//! comes from the [`Dataset`].
//!
//! Start at [`render`].

mod chart;
mod csv;
mod datapackage;
mod html;
mod json;
mod map;
mod pdf;
mod words;
mod xlsx;

use domain::figure::PublishedFigure;
use domain::id::Position;
use domain::{Dataset, Period};
use jiff::civil::Date;

pub use html::{DEFAULT_PRINCIPLES, IndexEntry, STYLE_SHEET, index_page};
pub use json::{index_entry, schema};

/// Everything that a published report says.
#[derive(Clone, Debug)]
pub struct Edition {
    pub publisher: Publisher,
    pub status: Status,
    pub dataset: Dataset,
    /// Earlier periods that the company counted with candor, oldest first, to compare with.
    pub earlier: Vec<Dataset>,
    /// Figures that the company published before candor, and totals of user requests; shown as
    /// what they are and never added to a count.
    pub figures: Vec<PublishedFigure>,
    pub provenance: Provenance,
}

/// Who publishes, in its own words.
#[derive(Clone, Debug)]
pub struct Publisher {
    pub name: String,
    /// A line above every page, such as that the example is one.
    pub notice: Option<String>,
    /// CommonMark; each second-level heading opens one principle.
    pub principles: String,
}

/// Whether the edition stands.
#[derive(Clone, Debug)]
pub enum Status {
    /// Marked DRAFT on every page; nothing was frozen.
    Draft { compiled_on: Date },
    Published {
        /// From 0.
        revision: u32,
        published_on: Date,
        /// One for each later revision, oldest first.
        corrections: Vec<Correction>,
    },
}

impl Status {
    /// The day on which the edition was compiled or published.
    pub(crate) fn date(&self) -> Date {
        match self {
            Self::Draft { compiled_on } => *compiled_on,
            Self::Published { published_on, .. } => *published_on,
        }
    }

    /// "DRAFT, compiled on 2021-07-15", "published on 2021-07-15, revision 0".
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Draft { compiled_on } => format!("DRAFT, compiled on {compiled_on}"),
            Self::Published { revision, published_on, .. } => {
                format!("published on {published_on}, revision {revision}")
            }
        }
    }
}

/// Why a revision followed another.
#[derive(Clone, Debug)]
pub struct Correction {
    pub revision: u32,
    pub published_on: Date,
    pub reason: String,
}

/// Where the counted requests come from.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// The last event that the numbers know of; `None` for a draft straight from a spreadsheet.
    pub cutoff: Option<Position>,
    /// Requests of the period that were imported as history, and when the last of them was.
    pub imported: u64,
    pub imported_on: Option<Date>,
    /// The log in which the requests are sealed; `None` for a draft straight from a spreadsheet.
    pub log: Option<SealedLog>,
}

/// The log as it stood when the edition was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLog {
    /// Its name, the first line of its checkpoints.
    pub origin: String,
    pub leaves: u64,
}

/// One file of an edition. `path` is relative to the folder of the period and has `/` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// How deep a page lies below the root of the site: it decides how the page names its style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// `<period>/`
    Period,
    /// `<period>/r<N>/`
    Revision,
}

/// What to make of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// `index.html` and `charts/*.svg`
    Html,
    /// `report.pdf`
    Pdf,
    /// `by-country.csv`, `paperwork.csv` where there are emergencies, and `bands.csv` where something
    /// is told in bands
    Csv,
    /// `requests.xlsx`
    Xlsx,
    /// `report.json`, `report.schema.json`, and `datapackage.json` over all files made
    Json,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Html, Self::Pdf, Self::Csv, Self::Xlsx, Self::Json];
}

/// The edition could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the page could not be rendered")]
    Page(#[from] askama::Error),
    #[error("the PDF could not be typeset")]
    Pdf(#[from] typeset::Error),
    #[error("the workbook could not be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Makes the files of an edition in the given formats, in order of their paths.
pub fn render(edition: &Edition, formats: &[Format]) -> Result<Vec<File>, Error> {
    let wants = |format| formats.contains(&format);
    let file = |path: &str, bytes: Vec<u8>| File { path: path.to_owned(), bytes };
    let mut files = Vec::new();
    if wants(Format::Csv) {
        files.push(file("by-country.csv", csv::by_country(&edition.dataset)));
        let paperwork = edition.dataset.paperwork.as_ref();
        files.extend(paperwork.map(|of| file("paperwork.csv", csv::paperwork::table(of))));
        let bands = edition.dataset.bands.as_ref();
        files.extend(bands.map(|bands| file("bands.csv", csv::bands::table(bands))));
    }
    if wants(Format::Xlsx) {
        files.push(file("requests.xlsx", xlsx::workbook(edition)?));
    }
    if wants(Format::Json) {
        files.push(file("report.json", json::report(edition)));
        files.push(file("report.schema.json", json::schema().into_bytes()));
    }
    if wants(Format::Pdf) {
        files.push(file("report.pdf", pdf::report(edition)?));
    }
    if wants(Format::Html) {
        files.extend(chart::files(edition));
    }
    complete(edition, formats, files, Depth::Period)
}

/// The files of an edition as they stand in the folder of its revision. The page there finds the
/// style sheet one folder further up, so the data package names a page with other bytes; all else
/// is the same.
pub fn in_revision_folder(edition: &Edition, files: &[File]) -> Result<Vec<File>, Error> {
    let is_same = |file: &&File| !["index.html", "datapackage.json"].contains(&file.path.as_str());
    let same = files.iter().filter(is_same).cloned().collect();
    complete(edition, &Format::ALL, same, Depth::Revision)
}

/// Adds what describes the other files: the page and the data package.
fn complete(
    edition: &Edition,
    formats: &[Format],
    mut files: Vec<File>,
    depth: Depth,
) -> Result<Vec<File>, Error> {
    if formats.contains(&Format::Html) {
        let bytes = html::report_page(edition, depth, &files)?;
        files.push(File { path: "index.html".to_owned(), bytes });
    }
    if formats.contains(&Format::Json) {
        let bytes = datapackage::descriptor(edition, &files);
        files.push(File { path: "datapackage.json".to_owned(), bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The folder of a period below the root of the site.
pub fn folder(period: &Period) -> String {
    period.slug()
}
