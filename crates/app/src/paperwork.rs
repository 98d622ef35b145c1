//! What became of the paperwork of emergencies that were answered before it was there.

use std::collections::HashMap;

use domain::access::Permission;
use domain::fact::Paperwork;
use domain::id::RequestId;
use jiff::civil::Date;
use store::CaseRow;

use crate::access::SignedIn;
use crate::{Candor, Error};

/// So many facts are told in one transaction.
pub(crate) const TOLD_AT_ONCE: i64 = 1_000;

impl Candor {
    /// The requests behind the numbers of a report of these days, as they stand now: emergencies
    /// that were answered before their paperwork was there. Of those that the person may see, the
    /// first received first.
    pub async fn paperwork(
        &self,
        span: (Date, Date),
        by: &SignedIn,
    ) -> Result<Vec<(CaseRow, Paperwork)>, Error> {
        by.categories_read()?;
        let mut tx = self.db.snapshot().await?;
        let answered = tx.answered_before_paperwork(span, by.sight()).await?;
        let ids: Vec<RequestId> = answered.iter().map(|(request, _)| *request).collect();
        let told: HashMap<_, _> = answered.into_iter().collect();
        let mut cases = tx.cases_with_ids(&ids, by.sight()).await?;
        cases.retain(|case| by.has(Permission::ReadCases(case.category)));
        cases.sort_by_key(|case| (case.received_on, case.name));
        let of = |case: CaseRow| told.get(&case.request).map(|paperwork| (case, *paperwork));
        Ok(cases.into_iter().filter_map(of).collect())
    }

    /// Tells it of facts that were written before it was: reads it off their events. A crash in
    /// between leaves some to the next start.
    pub(crate) async fn tell_paperwork(&self) -> Result<(), Error> {
        loop {
            let is_told = self.db.snapshot().await?.is_paperwork_told().await?;
            if is_told {
                return Ok(());
            }
            let mut tx = self.db.begin().await?;
            tx.tell_paperwork(TOLD_AT_ONCE).await?;
            tx.commit().await?;
        }
    }
}
