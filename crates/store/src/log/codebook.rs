//! The codebook in force, and the later ones that only add to it.

use ledger::codebook::Codebook;
use ledger::hash::Hash;
use ledger::leaf::Leaf;

use crate::log::codes;
use crate::{Error, Tx};

impl Tx {
    /// What the codes mean, as the log said last.
    pub(crate) async fn codebook(&mut self) -> Result<Codebook, Error> {
        let json = self.log_file("codebook.json").await?.unwrap_or_default();
        Codebook::from_json(&json)
            .map_err(|error| Error::inconsistent("log_file", "codebook.json", error))
    }

    /// Publishes what the codes mean.
    pub(crate) async fn put_codebook(&mut self, codebook: &Codebook) -> Result<Hash, Error> {
        let (json, hash) = (codebook.to_json(), codebook.hash());
        self.put_log_file("codebook.json", &json).await?;
        self.put_log_file(&ledger::log::codebook_path(hash), &json).await?;
        Ok(hash)
    }

    pub(crate) async fn append_codebook(&mut self, codebook: &Codebook) -> Result<(), Error> {
        let codebook = self.put_codebook(codebook).await?;
        self.append_company_leaf(&Leaf::Codebook { codebook }, None).await
    }

    /// Whether the log can say of a request that it is told in a band.
    pub async fn knows_bands(&mut self) -> Result<bool, Error> {
        Ok(codes::has_bands(&self.codebook().await?))
    }

    /// From here on the log can say that. Everyone sees that it can.
    pub async fn learn_bands(&mut self) -> Result<(), Error> {
        // Whoever holds the head adds them; who comes second finds them there.
        self.take_head().await?;
        match codes::with_bands(self.codebook().await?) {
            Some(codebook) => self.append_codebook(&codebook).await,
            None => Ok(()),
        }
    }

    /// With what a log begins that follows another one, whose leaves it takes over.
    pub(crate) async fn codebook_of_successor(&mut self) -> Result<Codebook, Error> {
        let (before, first) = (self.codebook().await?, codes::codebook());
        let with_bands = codes::has_bands(&before).then(|| codes::with_bands(first.clone()));
        let first = with_bands.flatten().unwrap_or(first);
        let with_pads = before.has_pads().then(|| codes::with_pads(first.clone()));
        Ok(with_pads.flatten().unwrap_or(first))
    }
}
