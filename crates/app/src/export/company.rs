//! What the company has beside its requests: its people, what it says of its data, the questions
//! that its counsel confirmed, and the authorities and officers it has met.

use domain::access::Role;
use domain::event::{CompanyEvent, Event};
use domain::profile::aspect_code;
use serde_json::{Value, json};
use store::{Beside, Sight, Tx};

use super::Lines;
use crate::{Candor, Error};

impl Candor {
    pub(super) async fn tell_company(&self, tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
        let keys = self.db.keys();
        let mut authorities = tx.authorities(keys, Sight::whole()).await?;
        authorities.sort_by_key(|authority| authority.id);
        for authority in authorities {
            lines.tell(json!({
                "kind": "authority",
                "authority": authority.id,
                "country": authority.country,
                "name": authority.name,
            }))?;
            for contact in tx.contacts(keys, authority.id).await? {
                lines.tell(json!({
                    "kind": "authority_contact",
                    "contact": contact.id,
                    "authority": authority.id,
                    "contact_kind": contact.kind,
                    "value": contact.value,
                    "note": contact.note,
                }))?;
            }
        }
        for officer in tx.officers(keys, Sight::whole()).await? {
            lines.tell(json!({
                "kind": "officer",
                "officer": officer.id,
                "authority": officer.authority,
                "name": officer.name,
                "contact": officer.contact,
            }))?;
        }
        for person in tx.people(keys).await? {
            lines.tell(json!({
                "kind": "person",
                "person": person.id,
                "name": person.name.as_str(),
                "email": person.email.as_str(),
                "roles": person.roles.iter().map(Role::code).collect::<Vec<_>>(),
                "account": person.account.code(),
            }))?;
        }
        self.tell_inventories(tx, lines).await?;
        self.tell_periods(tx, lines).await?;
        self.tell_profiles(tx, lines).await
    }

    async fn tell_inventories(&self, tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
        for recorded in tx.company_events().await? {
            let Event::Company(CompanyEvent::DataInventoryDeclared { .. }) = recorded.event else {
                continue;
            };
            let text =
                tx.text_beside(self.db.keys(), (Beside::Inventory, recorded.position)).await?;
            // What can't be taken apart is told as it is.
            let holdings =
                text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
            lines.tell(json!({
                "kind": "data_inventory",
                "position": recorded.position.0,
                "holdings": holdings,
            }))?;
        }
        Ok(())
    }

    async fn tell_periods(&self, tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
        for recorded in tx.retention_events().await? {
            let text =
                tx.text_beside(self.db.keys(), (Beside::RetentionRules, recorded.position)).await?;
            let sources =
                text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
            lines.tell(json!({
                "kind": "retention_rules",
                "position": recorded.position.0,
                "sources": sources,
            }))?;
        }
        Ok(())
    }

    async fn tell_profiles(&self, tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
        let says = tx.company().await?;
        let profiles = self.profiles()?;
        let confirmation = profiles.confirmation(&says.confirmed);
        for element in profiles.elements() {
            let state = if confirmation.drafts.contains(&element.code) {
                "draft"
            } else if confirmation.changed.contains(&element.code) {
                "changed"
            } else {
                "confirmed"
            };
            lines.tell(json!({
                "kind": "profile_element",
                "element": element.code,
                "instrument": element.instrument,
                "aspect": aspect_code(element.aspect),
                "text": element.text,
                "citation": element.citation,
                "source": element.source.code(),
                "sha256": element.sha256(),
                "state": state,
            }))?;
        }
        Ok(())
    }
}
