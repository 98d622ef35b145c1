//! What arrived: the list, a page at a time, and what in it may be the same.

use std::collections::HashMap;
use std::str::FromStr;

use domain::access::Permission;
use domain::id::SubmissionId;
use store::{ArrivalCounts, Arrivals, NoKey, SubmissionNumber, SubmissionRow, Tx};

use crate::access::SignedIn;
use crate::{Candor, Error};

/// Lines of one page.
const LINES_MAX: i64 = 100;

/// No page names more that may be the same.
const ALIKE_MAX: i64 = 20;

/// A submission in a list, with its sender's reference.
#[derive(Clone, Debug)]
pub struct SubmissionEntry {
    pub row: SubmissionRow,
    pub reference: Option<String>,
}

/// A page of what arrived.
#[derive(Clone, Debug)]
pub struct ArrivalList {
    /// Of all that the person may see, whatever is looked for.
    pub counts: ArrivalCounts,
    /// What waits to be resolved, the oldest first, then the newest first.
    pub entries: Vec<SubmissionEntry>,
    /// Where the page that follows begins.
    pub next: Option<ArrivalPlace>,
}

/// A place in the list: behind a submission that waits, or behind one that was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalPlace {
    Waiting(SubmissionNumber),
    Resolved(SubmissionNumber),
}

impl std::fmt::Display for ArrivalPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Waiting(number) => write!(f, "waiting_{number}"),
            Self::Resolved(number) => write!(f, "resolved_{number}"),
        }
    }
}

impl FromStr for ArrivalPlace {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let number = |text: &str| text.parse().map_err(|_| NoKey);
        match text.split_once('_') {
            Some(("waiting", text)) => number(text).map(Self::Waiting),
            Some(("resolved", text)) => number(text).map(Self::Resolved),
            Some(_) | None => Err(NoKey),
        }
    }
}

/// Why a submission may be the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    SameFile,
    SameReference,
}

impl Candor {
    /// A page of what arrived. `text` is a number or the whole reference of a sender, whatever its
    /// capitals; empty for all.
    pub async fn arrivals(
        &self,
        text: &str,
        after: Option<ArrivalPlace>,
        by: &SignedIn,
    ) -> Result<ArrivalList, Error> {
        by.may(Permission::ReadSubmissions)?;
        let mut tx = self.db.snapshot().await?;
        let counts = tx.count_arrivals(by.sight()).await?;
        let mut rows = match text.trim() {
            "" => Self::listed(&mut tx, after, by).await?,
            text => {
                let after = match after {
                    Some(ArrivalPlace::Resolved(number)) => Some(number),
                    Some(ArrivalPlace::Waiting(_)) | None => None,
                };
                let page = (after, LINES_MAX + 1);
                let found = tx.arrivals_found(self.db.keys(), text, page, by.sight()).await?;
                found.into_iter().map(|row| (ArrivalPlace::Resolved(row.number), row)).collect()
            }
        };
        let more = rows.len() as i64 > LINES_MAX;
        rows.truncate(LINES_MAX as usize);
        let next = rows.last().filter(|_| more).map(|(place, _)| *place);
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        let mut references = self.references(&mut tx, &rows, by).await?;
        let entry = |row: SubmissionRow| SubmissionEntry {
            reference: references.remove(&row.submission),
            row,
        };
        Ok(ArrivalList { counts, entries: rows.into_iter().map(entry).collect(), next })
    }

    /// One more than fit on a page: what waits first, then the others.
    async fn listed(
        tx: &mut Tx,
        after: Option<ArrivalPlace>,
        by: &SignedIn,
    ) -> Result<Vec<(ArrivalPlace, SubmissionRow)>, Error> {
        let (waits_after, resolved_after) = match after {
            None => (Some(None), None),
            Some(ArrivalPlace::Waiting(number)) => (Some(Some(number)), None),
            Some(ArrivalPlace::Resolved(number)) => (None, Some(number)),
        };
        let mut rows = Vec::new();
        if let Some(after) = waits_after {
            let page = (after, LINES_MAX + 1);
            let waiting = tx.arrivals(Arrivals::Waiting, page, by.sight()).await?;
            rows.extend(waiting.into_iter().map(|row| (ArrivalPlace::Waiting(row.number), row)));
        }
        let left = LINES_MAX + 1 - rows.len() as i64;
        if left > 0 {
            let page = (resolved_after, left);
            let resolved = tx.arrivals(Arrivals::Resolved, page, by.sight()).await?;
            rows.extend(resolved.into_iter().map(|row| (ArrivalPlace::Resolved(row.number), row)));
        }
        Ok(rows)
    }

    async fn references(
        &self,
        tx: &mut Tx,
        rows: &[SubmissionRow],
        by: &SignedIn,
    ) -> Result<HashMap<SubmissionId, String>, Error> {
        let ids: Vec<_> = rows.iter().map(|row| row.submission).collect();
        Ok(tx.fields(self.db.keys(), (&ids, "reference"), by.sight()).await?)
    }

    /// Others that may be the same, the newest first: at most [`ALIKE_MAX`].
    pub(crate) async fn alike(
        tx: &mut Tx,
        row: &SubmissionRow,
        by: &SignedIn,
    ) -> Result<Vec<(SubmissionRow, Alike)>, Error> {
        let mine = tx.files_named(row.submission).await?;
        let mut alike = Vec::new();
        for other in tx.alike(row.submission, ALIKE_MAX, by.sight()).await? {
            // Those that came later too.
            let theirs = tx.files_named(other.submission).await?;
            let why = match theirs.iter().any(|file| mine.contains(file)) {
                true => Alike::SameFile,
                false => Alike::SameReference,
            };
            alike.push((other, why));
        }
        Ok(alike)
    }

    /// Marks what arrived before there were marks, and what has marks of an earlier version, so that
    /// it is found when it comes again. A crash in between leaves some to the next start.
    pub(crate) async fn mark_earlier(&self) -> Result<(), Error> {
        const AT_ONCE: i64 = 1_000;
        while !self.db.snapshot().await?.are_instruments_marked().await? {
            let mut tx = self.db.begin().await?;
            tx.mark_instruments_anew(self.db.keys(), AT_ONCE).await?;
            tx.commit().await?;
        }
        let is_marked = self.db.snapshot().await?.are_submissions_marked().await?;
        if is_marked {
            return Ok(());
        }
        loop {
            let mut tx = self.db.begin().await?;
            let marked = tx.mark_submissions(self.db.keys(), AT_ONCE).await?;
            tx.commit().await?;
            if marked == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let number = SubmissionNumber { year: 2026, number: 147 };
        for place in [ArrivalPlace::Waiting(number), ArrivalPlace::Resolved(number)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", "waiting", "waiting_", "resolved_2026", "later_2026-0147"] {
            assert_eq!(text.parse::<ArrivalPlace>(), Err(NoKey), "{text}");
        }
    }
}
