//! Receipts: what a submitter can check, opened and signed.

use domain::access::Permission;
use domain::id::SubmissionId;
use ledger::hash::to_hex;
use ledger::leaf::Role;
use ledger::proof::InclusionProof;
use ledger::receipt::{Contents, Opened, Opening, Receipt};
use store::OpenedLeaf;

use crate::access::By;
use crate::keys::{Signers, verifier_key};
use crate::{Candor, Error};

impl Candor {
    /// A receipt that opens every leaf about a submission, under the newest checkpoint.
    pub async fn receipt(&self, id: SubmissionId, by: By<'_>) -> Result<Receipt, Error> {
        by.may(Permission::ReadReceipts)?;
        if let Some(at) = self.receipt_waits(&mut self.db.snapshot().await?, id).await? {
            return Err(Error::ReceiptWaits { id, at });
        }
        let signed = self.publish_checkpoint().await?;
        let mut tx = self.db.snapshot().await?;
        let signers = self.signers_of(&mut tx).await?;
        let sealer = tx.sealer(self.db.keys()).await?;
        let leaves = tx.open_submission(&sealer, id, by.sight()).await?;
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
        let receipts =
            self.receipts_of((&signed.checkpoint.origin, &signers), vec![leaves]).await?;
        receipts.into_iter().next().ok_or(Error::Worker)
    }

    /// Signs receipts, each over what it opens.
    pub(crate) async fn receipts_of(
        &self,
        (origin, signers): (&str, &Signers),
        opened: Vec<Vec<Opened>>,
    ) -> Result<Vec<Receipt>, Error> {
        let contents: Vec<_> = opened
            .into_iter()
            .map(|leaves| Contents { version: 1, origin: origin.to_owned(), leaves })
            .collect();
        let messages: Result<Vec<_>, _> = contents.iter().map(Contents::message).collect();
        let messages = messages.map_err(|error| Error::Config(error.to_string()))?;
        let key = verifier_key(origin, Role::Receipt, signers.receipt.public())?;
        let signatures = signers.receipt.sign_all(messages).await?;
        let signed = contents.into_iter().zip(&signatures);
        Ok(signed.map(|(contents, signature)| contents.signed(&key, signature)).collect())
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
