//! What a request counts as, told twice: in the words of the record that a leaf seals, and in the
//! numbers that it commits to. Who holds a receipt reads the words, and the report counts the
//! numbers, so **both must say the same**.
//!
//! A record of a request, or of a reclassification, has the members `country`, two letters, and
//! `category`, as the codebook names it. That of a decision has `counted` and `standing`, from which
//! the outcome follows. Where a submission holds no request, both have `not_a_request` instead. The
//! record of a pad is `{"pad":true}`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::codebook::{Codebook, Codebooks, PAD, PAD_COUNTRY};
use crate::commitment::Code;
use crate::leaf::{Arrival, HalfYear, Leaf};
use crate::receipt::CheckedLeaf;

/// A submission that holds no request is sealed as one of this country and category, with this
/// outcome.
const NO_REQUEST: (&str, &str, &str) = ("ZZ", "unknown", "not_a_request");

/// Why an opened leaf tells its holder something else than it counts as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellError {
    #[error("it stands for nothing: it is a pad, and of one nobody has a receipt")]
    Pad,
    #[error("its record does not say what it counts as, and its commitment opens to {0}")]
    Unsaid(Cell),
    #[error("its record says {said:?}, and its commitment opens to {opened}")]
    Contradiction { said: String, opened: Cell },
    #[error("its record says {said:?}, and the leaf {leaf:?}")]
    OtherLeaf { said: String, leaf: String },
    #[error("it commits to {0}, which the codebook in force there does not have")]
    Unknown(Cell),
    #[error("with it the request counts as {record}, {outcome}; the codebook has no such cell")]
    NoCell { record: Cell, outcome: Cell },
}

/// A code as a number, and the name that a codebook gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    code: Code,
    name: Option<String>,
}

impl Cell {
    fn new(code: Code, codebook: Option<&Codebook>) -> Self {
        Self { code, name: codebook.and_then(|codebook| name(code, codebook)).map(str::to_owned) }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.of_outcome(), self.code.country()) {
            (0, [high, low]) => {
                let (high, low) = (char::from(high), char::from(low));
                write!(f, "country {high}{low}, category {}", self.code.category())?;
            }
            (outcome, _) => write!(f, "outcome {outcome}")?,
        }
        match &self.name {
            Some(name) => write!(f, " ({name:?})"),
            None => Ok(()),
        }
    }
}

/// The name of a record's category, or of an outcome.
fn name(code: Code, codebook: &Codebook) -> Option<&str> {
    match code.of_outcome() {
        0 => codebook.categories.get(&code.category()).map(|category| category.name.as_str()),
        outcome => codebook.outcomes.get(&outcome).map(|outcome| outcome.name.as_str()),
    }
}

/// Holds what a leaf's record says against the code that the leaf commits to. A code that the
/// codebook does not have may get its name by a later one: see [`check_cells`].
pub(crate) fn check_told(
    leaf: &Leaf,
    record: &Value,
    code: Option<Code>,
    codebook: Option<&Codebook>,
) -> Result<(), CellError> {
    if record.get("pad").is_some() {
        return Err(CellError::Pad);
    }
    let Some(code) = code else { return check_submission(leaf, record) };
    if code.country() == PAD_COUNTRY || [code.category(), code.of_outcome()].contains(&PAD) {
        return Err(CellError::Pad);
    }
    let opened = || Cell::new(code, codebook);
    let name = codebook.and_then(|codebook| name(code, codebook));
    let same = |said: &str| {
        if name.is_none_or(|name| name == said) {
            return Ok(());
        }
        Err(CellError::Contradiction { said: said.to_owned(), opened: opened() })
    };
    if code.of_outcome() != 0 {
        return same(outcome_said(record).ok_or_else(|| CellError::Unsaid(opened()))?);
    }
    let said = match record.get("not_a_request") {
        Some(_) => Some((NO_REQUEST.0, NO_REQUEST.1)),
        None => text(record, "country").zip(text(record, "category")),
    };
    let (country, category) = said.ok_or_else(|| CellError::Unsaid(opened()))?;
    if country.as_bytes() != code.country() {
        return Err(CellError::Contradiction { said: country.to_owned(), opened: opened() });
    }
    same(category)
}

/// The codebook's name of the outcome that a decision's record tells.
fn outcome_said(record: &Value) -> Option<&str> {
    if record.get("not_a_request").is_some() {
        return Some(NO_REQUEST.2);
    }
    let standing = text(record, "standing")?;
    match text(record, "counted")? {
        "in_sum" => Some(match standing {
            "open" => "pending",
            "approved" | "approved_in_part" => "approved",
            "rejected_prohibited" => "rejected_as_prohibited",
            rejected if rejected.starts_with("rejected") => "rejected",
            other => other,
        }),
        outside => Some(outside),
    }
}

/// The half-year in which something arrived decides which report counts it.
fn check_submission(leaf: &Leaf, record: &Value) -> Result<(), CellError> {
    let Leaf::Submission { period, arrival, .. } = leaf else { return Ok(()) };
    let other =
        |said: &str, leaf: String| Err(CellError::OtherLeaf { said: said.to_owned(), leaf });
    if let Some(day) = text(record, "received_on")
        && half_year_of(day) != Some(*period)
    {
        return other(day, period.to_string());
    }
    // The other way round it came from a log before.
    match (text(record, "arrival"), arrival) {
        (Some(said @ "on_import"), Arrival::OnReceipt) => other(said, "on_receipt".to_owned()),
        (_, Arrival::OnReceipt | Arrival::OnImport) => Ok(()),
    }
}

/// The half-year of a day, `2026-03-01`.
fn half_year_of(day: &str) -> Option<HalfYear> {
    let (year, rest) = day.split_once('-')?;
    let (month, _) = rest.split_once('-')?;
    let half = match month.parse().ok()? {
        1..=6_u8 => 1,
        7..=12 => 2,
        _ => return None,
    };
    HalfYear::new(year.parse().ok()?, half)
}

fn text<'a>(record: &'a Value, member: &str) -> Option<&'a str> {
    record.get(member).and_then(Value::as_str)
}

/// Whether everything that leaves commit to was in the codebook when they were sealed: else it could
/// be given its meaning later. And whether what a request counts as in the end is a cell. Returns
/// the index of the first leaf that is wrong.
pub(crate) fn check_cells(
    leaves: &[CheckedLeaf],
    codebooks: &Codebooks,
) -> Result<(), (u64, CellError)> {
    let mut requests: BTreeMap<u64, (Option<Code>, Option<Code>, u64)> = BTreeMap::new();
    for CheckedLeaf { index, leaf, code, .. } in leaves {
        let Some(code) = *code else { continue };
        let codebook = codebooks.at(*index);
        if !codebook.is_some_and(|codebook| codebook.knows(code)) {
            return Err((*index, CellError::Unknown(Cell::new(code, codebook))));
        }
        let of = requests.entry(leaf.parent().filter(|_| !is_request(leaf)).unwrap_or(*index));
        let (record, outcome, last) = of.or_default();
        *(if code.of_outcome() == 0 { record } else { outcome }) = Some(code);
        *last = *index;
    }
    let Some(codebook) = codebooks.in_force() else { return Ok(()) };
    for (record, outcome, last) in requests.into_values() {
        let Some((record, outcome)) = record.zip(outcome) else { continue };
        if !codebook.allows(record, outcome) {
            let cell = |code| Cell::new(code, Some(codebook));
            let (record, outcome) = (cell(record), cell(outcome));
            return Err((last, CellError::NoCell { record, outcome }));
        }
    }
    Ok(())
}

fn is_request(leaf: &Leaf) -> bool {
    matches!(leaf, Leaf::Request { .. })
}
