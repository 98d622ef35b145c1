//! A receipt's file, and what in it its holder alone can know.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ledger::receipt::{CheckedReceipt, RECEIPT_SIZE_BYTES_MAX, Receipt};
use serde_json::Value;

/// What a receipt's holder compared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Their own reference, which the receipt has.
    pub reference: Option<String>,
    /// Files that the receipt was found to be about.
    pub documents: Vec<PathBuf>,
}

/// What of a submission's record its sender chose, and nobody else has. **Without any of it one leaf
/// could serve two senders**, and each would read that what they sent is in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    pub reference: Option<String>,
    /// SHA-256, hexadecimal.
    pub files: Vec<String>,
    pub nonce: Option<String>,
}

impl Own {
    pub fn of(receipt: &CheckedReceipt) -> Self {
        let Some(submission) = receipt.leaves.first() else { return Self::default() };
        let text = |member: &str| {
            let text = submission.record.get(member).and_then(Value::as_str);
            text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
        };
        let files = submission.record.get("files").and_then(Value::as_array);
        let files = files.into_iter().flatten().filter_map(Value::as_str);
        Self {
            reference: text("reference"),
            files: files.map(str::to_owned).collect(),
            nonce: text("nonce"),
        }
    }

    pub fn is_nothing(&self) -> bool {
        self.reference.is_none() && self.files.is_empty() && self.nonce.is_none()
    }
}

pub(crate) fn read(file: &Path) -> anyhow::Result<Receipt> {
    let name = file.display();
    let size = std::fs::metadata(file).with_context(|| format!("{name} can't be read"))?.len();
    if size > RECEIPT_SIZE_BYTES_MAX as u64 {
        bail!("{name} is larger than a receipt, {RECEIPT_SIZE_BYTES_MAX} bytes");
    }
    let json = std::fs::read(file).with_context(|| format!("{name} can't be read"))?;
    Receipt::from_json(&json).with_context(|| format!("{name} is no receipt"))
}

/// Compares what the holder knows with the receipt.
pub(crate) fn compare(
    receipt: &CheckedReceipt,
    reference: Option<&str>,
    documents: &[PathBuf],
) -> anyhow::Result<Compared> {
    let own = Own::of(receipt);
    for document in documents {
        let name = document.display();
        let bytes = std::fs::read(document).with_context(|| format!("{name} can't be read"))?;
        let hash = ledger::hash::Hash::of(&bytes).to_string();
        if !own.files.contains(&hash) {
            bail!(
                "the receipt is not about {name}: no file with its SHA-256, {hash}, was received"
            );
        }
    }
    if let Some(given) = reference {
        match own.reference.as_deref().map(str::trim) {
            Some(has) if has == given.trim() => {}
            Some(has) => {
                bail!("the receipt is not about {given:?}: it has the reference {has:?}")
            }
            None => bail!("the receipt is not about {given:?}: it has no reference"),
        }
    }
    Ok(Compared { reference: reference.map(str::to_owned), documents: documents.to_vec() })
}
