//! How requests stand to each other.

use domain::event::{Event, RequestEvent, Stream};
use domain::id::RequestId;
use domain::request::{Link, Request};
use uuid::Uuid;

use crate::event::request_of;
use crate::{Error, Sight, Tx, on_both};

impl Tx {
    /// Whether another request that is seen renews, amends or duplicates this one: it is in the
    /// same cell of the tables, and this one stands there for both.
    pub async fn stands_for_others(
        &mut self,
        request: RequestId,
        sight: Sight,
    ) -> Result<bool, Error> {
        const LINKED: &str = "SELECT DISTINCT stream_id FROM event \
             WHERE kind = 'request_linked' AND body LIKE $1";
        let named = format!("%\"to\":\"{request}\"%");
        let linked: Vec<Uuid> =
            on_both!(self, |c| sqlx::query_scalar(LINKED).bind(&named).fetch_all(&mut **c).await?);
        for other in linked {
            let events = self.stream_events(Stream::Request(RequestId(other)), sight).await?;
            let to = events.iter().rev().find_map(|event| match event.event {
                Event::Request(RequestEvent::RequestLinked { to, .. }) => Some(to),
                Event::Request(_)
                | Event::Submission(_)
                | Event::Person(_)
                | Event::Authority(_)
                | Event::Company(_) => None,
            });
            if to != Some(request) {
                continue;
            }
            if let Request::Handled(handled) = request_of(&events)?
                && let Some(Link::Renews | Link::Amends | Link::Duplicates) = handled.link
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
