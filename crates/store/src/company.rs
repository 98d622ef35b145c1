//! What the company has said of itself: the rules of law that its counsel confirmed, its data
//! inventory, and that days of the access log are sealed.

use std::collections::BTreeMap;

use domain::category::DemandSet;
use domain::event::{CompanyEvent, Event, Recorded};
use domain::id::Sha256Hash;
use domain::instrument::RuleId;
use domain::request::InventoryInForce;

use crate::event::EventRow;
use crate::{Error, StoredEvent, Tx, on_both};

/// What the company has said of itself, as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanySays {
    /// Elements of legal profiles that counsel confirmed, with the hash of what they read then.
    pub confirmed: BTreeMap<RuleId, Sha256Hash>,
    /// The kinds of user data that the company holds.
    pub holds: DemandSet,
    /// Where it said so.
    pub inventory: InventoryInForce,
}

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

    /// What the company says of itself now.
    pub async fn company(&mut self) -> Result<CompanySays, Error> {
        let mut says = CompanySays::default();
        for recorded in self.company_events().await? {
            match recorded.event {
                Event::Company(CompanyEvent::RulesConfirmed { rules }) => {
                    says.confirmed.extend(rules);
                }
                Event::Company(CompanyEvent::DataInventoryDeclared { holds }) => {
                    says.holds = holds;
                    says.inventory = InventoryInForce::Declared(recorded.position);
                }
                Event::Company(CompanyEvent::AccessLogSealed { .. }) => {}
                other => {
                    return Err(Error::inconsistent("event", recorded.position, other.kind()));
                }
            }
        }
        Ok(says)
    }
}
