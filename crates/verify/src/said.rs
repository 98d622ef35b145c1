//! What the leaves of a receipt say to its holder, in plain words.
//!
//! All of it comes from the company, or from who gave the receipt out as the company's: so **nothing
//! is printed that could move a terminal's cursor or look like a line of the verdict**.

use std::fmt;

use ledger::codebook::{Codebook, PAD_COUNTRY};
use ledger::commitment::Code;
use ledger::leaf::{Arrival, Leaf};
use ledger::receipt::{CheckedLeaf, CheckedReceipt};
use serde_json::Value;

use crate::receipt::{Compared, Own};

/// A text of somebody else's on one line, with what can't be seen written out.
pub(crate) fn plain(text: &str) -> String {
    text.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

/// The same between quotation marks.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug().to_string().replace("\\'", "'"))
}

/// A code of the company's as words.
fn words(code: &str) -> String {
    plain(&code.replace('_', " "))
}

pub(crate) fn say_leaf(
    f: &mut fmt::Formatter<'_>,
    leaf: &CheckedLeaf,
    codebook: Option<&Codebook>,
) -> fmt::Result {
    match &leaf.leaf {
        Leaf::Submission { period, arrival, .. } => {
            let how = match arrival {
                Arrival::OnReceipt => "on receipt",
                Arrival::OnImport => "on import and not on receipt",
            };
            writeln!(f, "received in {period}, sealed {how}")?;
            say_submission(f, &leaf.record)
        }
        Leaf::Request { ordinal, .. } => {
            writeln!(f, "request {ordinal} in it: {}", record_in_words(leaf.code, codebook))?;
            say_members(f, &leaf.record, &["country", "category"])
        }
        Leaf::Decision { seq, .. } => {
            writeln!(f, "outcome {}: {}", seq + 1, outcome_in_words(leaf.code, codebook))?;
            say_members(f, &leaf.record, &[])
        }
        Leaf::Reclassification { .. } => {
            writeln!(f, "reclassified: {}", record_in_words(leaf.code, codebook))?;
            say_members(f, &leaf.record, &["country", "category"])
        }
        Leaf::Codebook { .. }
        | Leaf::Report { .. }
        | Leaf::Audit { .. }
        | Leaf::HandOver(_)
        | Leaf::Anchor { .. } => writeln!(f, "about the log itself"),
    }
}

/// What arrived, the sender's own words first.
fn say_submission(f: &mut fmt::Formatter<'_>, record: &Value) -> fmt::Result {
    match record.get("reference").and_then(Value::as_str) {
        Some(reference) => writeln!(f, "    reference: {}", quoted(reference))?,
        None => writeln!(f, "    reference: none")?,
    }
    match record.get("files").and_then(Value::as_array) {
        Some(files) if !files.is_empty() => {
            writeln!(f, "    files: {}, of which these are the SHA-256:", files.len())?;
            for file in files {
                writeln!(f, "      {}", in_words(file))?;
            }
        }
        Some(_) => writeln!(f, "    files: none")?,
        None => {}
    }
    if let Some(nonce) = record.get("nonce").and_then(Value::as_str) {
        writeln!(f, "    nonce of the sender's program: {}", quoted(nonce))?;
    }
    say_members(f, record, &["reference", "files", "nonce", "arrival"])
}

/// Everything else that a record says, so that its holder reads all of it.
fn say_members(f: &mut fmt::Formatter<'_>, record: &Value, said: &[&str]) -> fmt::Result {
    let Some(members) = record.as_object() else {
        return writeln!(f, "    record: {}", in_words(record));
    };
    let others =
        members.iter().filter(|(name, value)| !said.contains(&name.as_str()) && !value.is_null());
    let others: Vec<String> =
        others.map(|(name, value)| format!("{}: {}", words(name), in_words(value))).collect();
    if others.is_empty() { Ok(()) } else { writeln!(f, "    {}", others.join("; ")) }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => words(text),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            plain(&value.to_string())
        }
    }
}

/// Country, always by its letters too since its name may change, and category.
fn record_in_words(code: Option<Code>, codebook: Option<&Codebook>) -> String {
    let Some(code) = code else { return "a code that was not opened".to_owned() };
    let letters = code.country();
    let letters = std::str::from_utf8(&letters).unwrap_or_default();
    let country = codebook.and_then(|codebook| codebook.countries.get(letters));
    let category = codebook.and_then(|codebook| codebook.categories.get(&code.category()));
    let country = match country {
        Some(name) => format!("{letters} ({})", plain(name)),
        None if code.country() == PAD_COUNTRY => format!("{letters} (no country)"),
        None => format!("{letters} (a country that the published codebook does not have)"),
    };
    match category {
        Some(category) => format!("{country}, {}", words(&category.name)),
        None => format!(
            "{country}, category {}, which the published codebook does not have",
            code.category()
        ),
    }
}

fn outcome_in_words(code: Option<Code>, codebook: Option<&Codebook>) -> String {
    let Some(code) = code else { return "a code that was not opened".to_owned() };
    match codebook.and_then(|codebook| codebook.outcomes.get(&code.of_outcome())) {
        Some(outcome) => words(&outcome.name),
        None => format!("{}, which the published codebook does not have", code.of_outcome()),
    }
}

/// Whether the receipt says of itself whose it is, and what of that was compared.
pub(crate) fn say_own(
    f: &mut fmt::Formatter<'_>,
    receipt: &CheckedReceipt,
    compared: &Compared,
) -> fmt::Result {
    let own = Own::of(receipt);
    let Compared { reference, documents } = compared;
    if reference.is_some() {
        writeln!(f, "  The reference is the one that you gave.")?;
    }
    for document in documents {
        writeln!(f, "  {} is one of the files that were received.", document.display())?;
    }
    if own.is_nothing() {
        return writeln!(
            f,
            "NOTHING IN THIS RECEIPT IS YOUR OWN  It has no reference, no file and no nonce. \
             Somebody else who sent something then could be given the same receipt, and read here \
             what you read. Have a reference or a file of yours sealed the next time."
        );
    }
    if reference.is_none() && documents.is_empty() {
        writeln!(
            f,
            "NOT COMPARED  Whether this is about what you sent, only you can tell: compare the \
             reference and the files above with it, or give them with --reference and --document. \
             A receipt whose reference and files are not yours is somebody else's."
        )?;
    }
    Ok(())
}
