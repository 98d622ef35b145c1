//! What "no data found" refers to: the data inventory that was in force as it was answered.

use app::{Case, Holding, Inventory, IsHeld};
use domain::Category;
use domain::fact::Ground;
use domain::request::{InventoryInForce, Outcome};

use super::{Console, words};

/// What an answer refers to.
pub(super) enum Refers {
    /// The inventory, and what it says of each kind that is asked for.
    To(Vec<String>),
    /// To nothing that the company has said: read aloud beside the answer.
    ToNothing(String),
}

/// Whether user data are refused as not held.
pub(super) fn is_no_data(category: Category, outcome: Outcome) -> bool {
    let ground = match outcome {
        Outcome::Approved { ground, .. } => ground,
        Outcome::Rejected { ground } => Some(ground),
    };
    category == Category::UserData && ground == Some(Ground::NoData)
}

/// What an answer refers to that was given while this was in force; `None` for one that did not
/// record it.
pub(super) fn refers(case: &Case, in_force: Option<InventoryInForce>, console: &Console) -> Refers {
    let at = match in_force {
        Some(InventoryInForce::Declared(at)) => at,
        Some(InventoryInForce::NoneDeclared) => {
            return Refers::ToNothing(
                "No data inventory was declared when this was answered: the company has not said \
                 what it holds, so nothing stands behind “no data found”."
                    .to_owned(),
            );
        }
        None => {
            let text = "Which data inventory was in force was not recorded.";
            return Refers::To(vec![text.to_owned()]);
        }
    };
    let known = (1..).zip(&case.inventories).find(|(_, inventory)| inventory.position == at);
    let Some((number, inventory)) = known else {
        return Refers::To(vec![format!("The data inventory declared by event {}.", at.0)]);
    };
    let mut lines = vec![named(number, inventory, console)];
    for kind in case.handled.registration.demands.iter() {
        let about = inventory.holdings.iter().find(|holding| holding.kind == kind);
        lines.extend(about.map(said_of));
    }
    Refers::To(lines)
}

/// What an answer would refer to that is given now.
pub(super) fn would_refer(case: &Case, console: &Console) -> String {
    match (1..).zip(&case.inventories).last() {
        Some((number, inventory)) => {
            format!("It refers to what is in force. {}", named(number, inventory, console))
        }
        None => {
            "No data inventory is declared, so nothing would stand behind it: have it declared \
                 first."
                .to_owned()
        }
    }
}

/// The same as an answer in force refers to.
pub(super) fn in_force_now(case: &Case) -> InventoryInForce {
    match case.inventories.last() {
        Some(inventory) => InventoryInForce::Declared(inventory.position),
        None => InventoryInForce::NoneDeclared,
    }
}

fn named(number: u32, inventory: &Inventory, console: &Console) -> String {
    let since = console.moment(inventory.declared_at);
    format!("Data inventory, version {number}, in force since {since}.")
}

fn said_of(holding: &Holding) -> String {
    let kind = words::sentence(holding.kind.label());
    match holding.held {
        IsHeld::Yes => format!("{kind}: held, kept {}", holding.kept.trim()),
        IsHeld::No => format!("{kind}: not held"),
    }
}
