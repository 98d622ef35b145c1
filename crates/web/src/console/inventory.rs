//! The data inventory.

use app::{Error, Holding, Inventory, IsHeld, inventory_kinds};
use axum::extract::RawForm;
use axum::http::StatusCode;
use domain::Demand;
use domain::access::Permission;

use super::answer::{Answer, Viewer, see_other, show_with};
use super::fields::Fields;
use super::page::{self, Class, Fault, Held};
use super::people::Names;
use super::words;

pub(super) async fn inventory(viewer: Viewer) -> Answer {
    drawn(&viewer, None, &[]).await
}

pub(super) async fn declare(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    viewer.who.may(Permission::DeclareInventory)?;
    let fields = Fields::of(&form);
    let mut faults = Vec::new();
    let mut holdings = Vec::new();
    for kind in inventory_kinds() {
        let code = kind.code();
        let text = |name: &str| fields.get(&format!("{name}_{code}")).to_owned();
        let held = match text("held").as_str() {
            "yes" => IsHeld::Yes,
            "no" => IsHeld::No,
            _ => {
                let text = format!("{}: say whether you hold it", words::sentence(kind.label()));
                faults.push(Fault::new(format!("held_{code}"), text));
                continue;
            }
        };
        let (place, kept, basis) = (text("where"), text("kept"), text("basis"));
        if held == IsHeld::Yes {
            for (name, text, otherwise) in [
                ("where", &place, "say where it is"),
                ("kept", &kept, "say for how long it is kept"),
                ("basis", &basis, "name the lawful basis"),
            ] {
                if text.is_empty() {
                    let text = format!("{}: {otherwise}", words::sentence(kind.label()));
                    faults.push(Fault::new(format!("{name}_{code}"), text));
                }
            }
        }
        holdings.push(Holding { kind, held, place, kept, basis });
    }
    if !faults.is_empty() {
        return drawn(&viewer, Some(&fields), &faults).await;
    }
    match viewer.console.candor.declare_inventory(holdings, &viewer.who).await {
        Ok(()) => see_other("/inventory"),
        Err(error @ (Error::InventoryIncomplete(_) | Error::TextTooLong(_))) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, Some(&fields), &[fault]).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn drawn(viewer: &Viewer, sent: Option<&Fields>, faults: &[Fault]) -> Answer {
    let console = &viewer.console;
    let inventories = console.candor.inventories(&viewer.who).await?;
    let names = Names::read(console).await?;
    let in_force = inventories.last();
    let classes: Vec<_> = inventory_kinds().map(|kind| class(kind, in_force)).collect();
    let version = |(number, inventory): (u32, &Inventory)| page::Version {
        number,
        since: console.moment(inventory.declared_at),
        by: words::who(inventory.declared_by, &names),
        what: {
            let held = inventory.holdings.iter().filter(|holding| holding.held == IsHeld::Yes);
            let held: Vec<_> = held.map(|holding| holding.kind.label()).collect();
            match held.as_slice() {
                [] => "Holds none of these.".to_owned(),
                held => format!("Holds {}.", words::list(held)),
            }
        },
    };
    let mut versions: Vec<_> = (1..).zip(&inventories).map(version).collect();
    versions.reverse();
    let sentence = match versions.first() {
        Some(last) => format!("Version {}, in force since {}.", last.number, last.since),
        None => "Nothing is declared yet, so no user data can be approved.".to_owned(),
    };
    let form = viewer.who.has(Permission::DeclareInventory).then(|| {
        let form = page::Inventory::form(&classes);
        let form = match sent {
            Some(sent) => form.keep(sent.sent()),
            None => form,
        };
        form.faulted(faults)
    });
    let frame = viewer.frame("/inventory");
    let page = page::Inventory { frame, sentence, classes, versions, form };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show_with(status, &page)
}

fn class(kind: Demand, inventory: Option<&Inventory>) -> Class {
    let said =
        inventory.and_then(|inventory| inventory.holdings.iter().find(|said| said.kind == kind));
    let text = |of: fn(&Holding) -> &String| said.map(of).cloned().unwrap_or_default();
    Class {
        code: kind.code().to_owned(),
        name: kind.label().to_owned(),
        held: match said.map(|said| said.held) {
            Some(IsHeld::Yes) => Held::Yes,
            Some(IsHeld::No) => Held::No,
            None => Held::NotSaid,
        },
        place: text(|said| &said.place),
        kept: text(|said| &said.kept),
        basis: text(|said| &said.basis),
    }
}
