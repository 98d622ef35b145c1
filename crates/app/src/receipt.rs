//! Receipts: what a submitter can check, opened and signed.

use domain::id::SubmissionId;
use ledger::hash::to_hex;
use ledger::leaf::Role;
use ledger::proof::InclusionProof;
use ledger::receipt::{Contents, Opened, Opening, Receipt};
use store::OpenedLeaf;

use crate::keys::verifier_key;
use crate::{Candor, Error};

impl Candor {
    /// A receipt that opens every leaf about a submission, under the newest checkpoint.
    pub async fn receipt(&self, id: SubmissionId) -> Result<Receipt, Error> {
        let signed = self.publish_checkpoint().await?;
        let mut tx = self.db.snapshot().await?;
        let sealer = tx.sealer(self.db.keys()).await?;
        let leaves = tx.open_submission(&sealer, id).await?;
        let mut leaves = leaves.ok_or(Error::NoSubmission(id))?;
        // Leaves that came after the checkpoint get theirs with the next one.
        leaves.retain(|leaf| leaf.index < signed.checkpoint.size);
        let indexes: Vec<_> = leaves.iter().map(|leaf| leaf.index).collect();
        let paths = tx.inclusion_paths(&indexes, signed.checkpoint.size).await?;
        let leaves = leaves
            .iter()
            .zip(paths)
            .map(|(leaf, path)| {
                let (index, checkpoint) = (leaf.index, signed.note.clone());
                opened(leaf, &InclusionProof { index, path, checkpoint })
            })
            .collect();
        self.receipt_of(&signed.checkpoint.origin, leaves)
    }

    /// Signs a receipt.
    pub(crate) fn receipt_of(&self, origin: &str, leaves: Vec<Opened>) -> Result<Receipt, Error> {
        let contents = Contents { version: 1, origin: origin.to_owned(), leaves };
        let message = contents.message().map_err(|error| Error::Config(error.to_string()))?;
        let key = verifier_key(origin, Role::Receipt, self.signers.receipt.public())?;
        Ok(contents.signed(&key, &self.signers.receipt.sign(&message)))
    }
}

/// A leaf as a receipt holds it.
pub(crate) fn opened(leaf: &OpenedLeaf, proof: &InclusionProof) -> Opened {
    Opened {
        leaf: to_hex(&leaf.entry),
        salt: to_hex(&leaf.salt.0),
        record: leaf.record.clone(),
        opening: leaf.opening.map(|(code, blinding)| Opening::new(code, blinding)),
        proof: proof.to_string(),
    }
}
