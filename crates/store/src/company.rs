//! What the company has said of itself: the rules of law that its counsel confirmed, its data
//! inventory, and that days of the access log are sealed.

use std::collections::BTreeMap;

use domain::category::DemandSet;
use domain::event::{Event, Recorded};
use domain::id::{Position, Sha256Hash};
use domain::instrument::RuleId;
use uuid::Uuid;

use crate::event::EventRow;
use crate::{Error, Keys, StoredEvent, Tx, on_both};

const INVENTORY: &str = "data_inventory.sealed";

impl Tx {
    /// The events in which the company says something of itself, in order.
    pub async fn company_events(&mut self) -> Result<Vec<StoredEvent>, Error> {
        const EVENTS: &str = "SELECT position, stream_id, schema, at_micros, actor, body \
             FROM event WHERE kind IN ('rules_confirmed', 'data_inventory_declared', \
             'access_log_sealed') \
             ORDER BY position";
        let rows: Vec<EventRow> =
            on_both!(self, |c| sqlx::query_as(EVENTS).fetch_all(&mut **c).await?);
        rows.into_iter().map(Recorded::try_from).collect()
    }

    /// Elements of legal profiles that counsel confirmed, with the hash of what they read then, and
    /// the kinds of user data that the company holds.
    pub async fn company(&mut self) -> Result<(BTreeMap<RuleId, Sha256Hash>, DemandSet), Error> {
        let (mut confirmed, mut held) = (BTreeMap::new(), DemandSet::default());
        for recorded in self.company_events().await? {
            match recorded.event {
                Event::RulesConfirmed { rules } => confirmed.extend(rules),
                Event::DataInventoryDeclared { holds } => held = holds,
                Event::AccessLogSealed { .. } => {}
                other => {
                    return Err(Error::inconsistent("event", recorded.position, other.kind()));
                }
            }
        }
        Ok((confirmed, held))
    }

    /// Keeps what was said about the data, beside the event at a position.
    pub async fn insert_inventory(
        &mut self,
        keys: &Keys,
        at: Position,
        text: &str,
    ) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO data_inventory (position, sealed) VALUES ($1, $2)";
        let sealed = keys.seal_of(INVENTORY, row(at), text)?;
        on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(at.0)
                .bind(sealed.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// What was said about the data by the event at a position.
    pub async fn inventory(&mut self, keys: &Keys, at: Position) -> Result<Option<String>, Error> {
        const ONE: &str = "SELECT sealed FROM data_inventory WHERE position = $1";
        let sealed: Option<Vec<u8>> =
            on_both!(self, |c| sqlx::query_scalar(ONE).bind(at.0).fetch_optional(&mut **c).await?);
        sealed.map(|sealed| keys.open_of(INVENTORY, row(at), &sealed)).transpose()
    }
}

/// The row's number as the sealing takes it.
fn row(at: Position) -> Uuid {
    Uuid::from_u128(u128::from(at.0.unsigned_abs()))
}
