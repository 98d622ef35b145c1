//! The requests to which something happened, in the order in which it did: for programs that keep
//! up with them.

use std::collections::HashMap;
use std::str::FromStr;

use domain::category::Category;
use domain::id::{AuthorityId, Position, RequestId};
use domain::request::StageKind;
use store::{Authority, CaseRow, DocketLine, NoKey};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::docket::{Page, Scope};
use crate::retention::Rest;
use crate::{Candor, Error};

/// Requests of one page at most.
pub const CHANGES_MAX: usize = 100;

/// Which requests are listed.
#[derive(Clone, Debug, Default)]
pub struct ChangesFilter {
    /// Those that stand so now; all where none is named.
    pub stages: Vec<StageKind>,
    pub category: Option<Category>,
    /// Those to which something happened since.
    pub after: Option<ChangePlace>,
    /// How many of them, at most [`CHANGES_MAX`].
    pub most: usize,
}

/// Each request once, as it stands now, in the order of the last thing that happened to it.
#[derive(Clone, Debug)]
pub struct Changes {
    pub cases: Vec<(CaseRow, Position)>,
    pub authorities: HashMap<AuthorityId, Authority>,
    /// After what to ask the next time, so that nothing is missed.
    pub next: ChangePlace,
    /// Whether there is more already.
    pub rest: Rest,
}

/// A place in the order of what happened. What opens a letter to somebody happens to all its
/// requests at once, so a place names one of them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangePlace {
    position: Position,
    request: Uuid,
}

impl ChangePlace {
    /// After all that happened up to a position.
    fn after(position: Position) -> Self {
        Self { position, request: Uuid::max() }
    }

    fn of(line: &DocketLine) -> Self {
        Self { position: line.changed, request: line.request.0 }
    }
}

/// `812`, or `812_` and the id of a request.
impl std::fmt::Display for ChangePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.request == Uuid::max() {
            true => write!(f, "{}", self.position),
            false => write!(f, "{}_{}", self.position, self.request),
        }
    }
}

impl FromStr for ChangePlace {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let position = |text: &str| match text.parse::<i64>() {
            Ok(position) if position >= 0 => Ok(Position(position)),
            Ok(_) | Err(_) => Err(NoKey),
        };
        match text.split_once('_') {
            None => Ok(Self::after(position(text)?)),
            Some((at, request)) => {
                Ok(Self { position: position(at)?, request: request.parse().map_err(|_| NoKey)? })
            }
        }
    }
}

impl Candor {
    /// The requests that a person may see and to which something happened after a place, the first
    /// first. Like every list it is no look at a case, and stands in no access log.
    pub async fn changes(&self, filter: &ChangesFilter, by: &SignedIn) -> Result<Changes, Error> {
        let scope = Scope::of(by)?;
        let mut tx = self.db.snapshot().await?;
        let head = tx.head().await?;
        let page = {
            let docket = self.docket(&mut tx).await?;
            let found = docket.seen(&scope).filter(|line| {
                // What happened after the snapshot is told the next time, with how it stands then.
                line.changed <= head
                    && (filter.stages.is_empty() || filter.stages.contains(&line.stage))
                    && filter.category.is_none_or(|category| line.category == category)
            });
            let most = filter.most.clamp(1, CHANGES_MAX);
            Page::after(filter.after, found.map(ChangePlace::of), most)
        };
        let ids: Vec<_> = page.keys.iter().map(|place| RequestId(place.request)).collect();
        let rows = tx.cases_with_ids(&ids, by.sight()).await?;
        let authorities = self.authorities_of(&mut tx, &rows, by).await?;
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.request, row)).collect();
        let cases = page.keys.iter().filter_map(|place| {
            rows.remove(&RequestId(place.request)).map(|row| (row, place.position))
        });
        let cases = cases.collect();
        // Nobody is led back before what they know already.
        let end = ChangePlace::after(head);
        let (next, rest) = match page.next() {
            Some(next) => (next, Rest::More),
            None => (filter.after.map_or(end, |known| known.max(end)), Rest::Nothing),
        };
        Ok(Changes { cases, authorities, next, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_stands_in_its_order() {
        let place = |position, request| ChangePlace {
            position: Position(position),
            request: Uuid::from_u128(request),
        };
        let places = [place(1, 7), place(1, 8), ChangePlace::after(Position(1)), place(2, 1)];
        for place in places {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert!(places.is_sorted());
        assert_eq!("0".parse(), Ok(ChangePlace::after(Position(0))));
        for text in ["", "-1", "x", "1_", "1_x", "_"] {
            assert_eq!(text.parse::<ChangePlace>(), Err(NoKey), "{text}");
        }
    }
}
