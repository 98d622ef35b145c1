//! What the company says of itself: the rules of law that its counsel has confirmed, and which
//! data it holds.

use std::collections::BTreeMap;

use domain::Category;
use domain::access::Permission;
use domain::category::{Demand, DemandClass, DemandSet};
use domain::event::{CompanyEvent, Event, Stream};
use domain::id::{Actor, PersonId, Position, Sha256Hash};
use domain::instrument::RuleId;
use domain::profile::{Confirmation, Follows, InstrumentLaw, Profiles};
use domain::request::{Aspect, Company, Reach, Registration, Rule, RuleState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Beside, Change, Tx};

use crate::access::SignedIn;
use crate::conduct::{TEXT_SIZE_BYTES_MAX, moved};
use crate::{Candor, Error};

/// What the company says of one kind of user data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub kind: Demand,
    /// Whether the company holds such data at all.
    pub held: IsHeld,
    /// In which systems.
    pub place: String,
    /// For how long.
    pub kept: String,
    /// On which lawful basis (GDPR Art. 6).
    pub basis: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsHeld {
    Yes,
    No,
}

/// The data inventory as it was declared.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub holdings: Vec<Holding>,
    pub declared_by: Actor,
    pub declared_at: Timestamp,
    /// Where it was declared, in the one order of events.
    pub position: Position,
}

/// An element of a profile, and who confirmed it as it stands.
#[derive(Clone, Debug)]
pub struct ConfirmedElement {
    pub by: Actor,
    pub at: Timestamp,
    pub sha256: Sha256Hash,
}

/// The kinds of user data that an inventory speaks of. To preserve is to keep one of the others.
pub fn inventory_kinds() -> impl Iterator<Item = Demand> {
    Demand::ALL.into_iter().filter(|kind| {
        kind.class() == DemandClass::Of(Category::UserData) && *kind != Demand::Preservation
    })
}

/// What is asked to be preserved is some of what is held.
fn with_preservation(mut declared: DemandSet) -> DemandSet {
    if !declared.is_empty() {
        declared.insert(Demand::Preservation);
    }
    declared
}

impl Candor {
    /// The legal profiles: those built in, and those of the data directory. Read once.
    pub fn profiles(&self) -> Result<&Profiles, Error> {
        if let Some(profiles) = self.profiles.get() {
            return Ok(profiles);
        }
        let read = crate::profiles::read_profiles(&self.dir)?;
        Ok(self.profiles.get_or_init(|| read))
    }

    /// What the rules ask of the company where such a request came.
    pub(crate) async fn company_for(
        &self,
        tx: &mut Tx,
        asked: &Registration,
    ) -> Result<Company, Error> {
        let profiles = self.profiles()?;
        let says = tx.company().await?;
        let (holds, inventory) = (with_preservation(says.holds), says.inventory);
        let confirmed = profiles.confirmation(&says.confirmed).rules;
        let rules = profiles.instrument(&asked.instrument).into_iter().flat_map(|law| {
            Aspect::ALL.map(|aspect| {
                let id = law.rule(aspect);
                let state = match confirmed.contains(&id) {
                    true => RuleState::Confirmed,
                    false => RuleState::Draft,
                };
                let elements = law.elements_for(aspect);
                let may_follow = elements.clone().filter(|e| e.follows == Follows::Later);
                let may_follow = may_follow.map(|element| element.code.clone()).collect();
                let elements = elements.map(|element| element.code.clone()).collect();
                (aspect, Rule { id, elements, may_follow, state })
            })
        });
        let rules = rules.collect();
        let law = profiles.instrument(&asked.instrument);
        let on_receipt = law.map(InstrumentLaw::on_receipt).unwrap_or_default();
        let law = law.map(|law| Reach { countries: law.countries.clone(), demands: law.demands });
        let law = law.unwrap_or_default();
        let officer = Self::officer_standing(tx, asked).await?;
        let bands = self.config.reports.bands;
        Ok(Company {
            holds,
            inventory,
            rules,
            law,
            on_receipt,
            officer,
            bands,
            ..Company::default()
        })
    }

    /// The kinds of user data that the company holds.
    pub async fn holds(&self) -> Result<DemandSet, Error> {
        Ok(with_preservation(self.db.snapshot().await?.company().await?.holds))
    }

    /// What is confirmed of the profiles as they stand.
    pub async fn confirmation(&self) -> Result<Confirmation, Error> {
        let says = self.db.snapshot().await?.company().await?;
        Ok(self.profiles()?.confirmation(&says.confirmed))
    }

    /// The last confirmation of each element that was ever confirmed.
    pub async fn confirmed_elements(
        &self,
        by: &SignedIn,
    ) -> Result<BTreeMap<RuleId, ConfirmedElement>, Error> {
        by.may(Permission::ReadProfiles)?;
        let mut elements = BTreeMap::new();
        for recorded in self.db.snapshot().await?.company_events().await? {
            if let Event::Company(CompanyEvent::RulesConfirmed { rules }) = recorded.event {
                elements.extend(rules.into_iter().map(|(rule, sha256)| {
                    (rule, ConfirmedElement { by: recorded.actor, at: recorded.at, sha256 })
                }));
            }
        }
        Ok(elements)
    }

    /// Counsel confirms elements as they read now. [`Error::Moved`] where one reads otherwise than
    /// what counsel saw, whose hash stands beside it.
    pub async fn confirm_elements(
        &self,
        seen: BTreeMap<RuleId, Sha256Hash>,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::ConfirmProfiles)?;
        let profiles = self.profiles()?;
        for (code, sha256) in &seen {
            match profiles.element(code) {
                Some(element) if element.sha256() == *sha256 => {}
                Some(_) | None => return Err(Error::Moved),
            }
        }
        if seen.is_empty() {
            return Err(Error::NothingChosen);
        }
        self.declare(CompanyEvent::RulesConfirmed { rules: seen }, None, by.person).await
    }

    /// All data inventories that were declared; the last one is in force.
    pub async fn inventories(&self, by: &SignedIn) -> Result<Vec<Inventory>, Error> {
        by.may(Permission::ReadInventory)?;
        let mut tx = self.db.snapshot().await?;
        self.inventories_in(&mut tx).await
    }

    pub(crate) async fn inventories_in(&self, tx: &mut Tx) -> Result<Vec<Inventory>, Error> {
        let mut inventories = Vec::new();
        for recorded in tx.company_events().await? {
            let Event::Company(CompanyEvent::DataInventoryDeclared { .. }) = recorded.event else {
                continue;
            };
            let text =
                tx.text_beside(self.db.keys(), (Beside::Inventory, recorded.position)).await?;
            let strange = || store::Error::Inconsistent {
                table: "data_inventory",
                row: recorded.position.to_string(),
                what: "it can't be read".to_owned(),
            };
            let holdings = serde_json::from_str(&text.ok_or_else(strange)?);
            inventories.push(Inventory {
                holdings: holdings.map_err(|_| strange())?,
                declared_by: recorded.actor,
                declared_at: recorded.at,
                position: recorded.position,
            });
        }
        Ok(inventories)
    }

    /// Says which data the company holds. Nothing else can be approved (rule 4).
    pub async fn declare_inventory(
        &self,
        holdings: Vec<Holding>,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::DeclareInventory)?;
        if let Some(lacking) = holdings.iter().find(|holding| holding.lacks_a_text()) {
            return Err(Error::InventoryIncomplete(lacking.kind));
        }
        let held = holdings.iter().filter(|holding| holding.held == IsHeld::Yes);
        let holds: DemandSet = held.map(|holding| holding.kind).collect();
        let text = serde_json::to_string(&holdings).map_err(store::Error::from)?;
        if text.len() > TEXT_SIZE_BYTES_MAX {
            return Err(Error::TextTooLong("inventory"));
        }
        self.declare(CompanyEvent::DataInventoryDeclared { holds }, Some(&text), by.person).await
    }

    async fn declare(
        &self,
        event: CompanyEvent,
        inventory: Option<&str>,
        by: PersonId,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let version = tx.version(Stream::Publication).await?;
        let change = Change::of_publication(version, vec![event]);
        let recorded = tx.record(self.clock.now(), Actor::Person(by), &[change]).await;
        let recorded = recorded.map_err(moved)?;
        if let Some(text) = inventory {
            tx.insert_beside(self.db.keys(), (Beside::Inventory, recorded.position), text).await?;
        }
        tx.commit().await.map_err(moved)
    }
}

impl Holding {
    /// What is held is somewhere, for some time, for a reason.
    fn lacks_a_text(&self) -> bool {
        self.held == IsHeld::Yes
            && [&self.place, &self.kept, &self.basis].iter().any(|text| text.trim().is_empty())
    }
}
