//! "No data found" refers to what the company had said that it holds.

use databases::on_each;
use domain::event::RequestEvent;
use domain::request::InventoryInForce;

use crate::exporting::exported;
use crate::office::{CONFIRMER, Office, PROPOSER, VERIFIER, plain};

impl Office {
    /// A request is answered with "no data found". Returns its name.
    async fn finds_no_data(&self, reference: &str) -> String {
        let letter = self.enters_letter(reference, reference.as_bytes()).await;
        let case = self.registers(&letter, &[("instrument_reference", reference)]).await;
        self.verifies(VERIFIER, &case).await;
        self.proposes(PROPOSER, &case, &[("outcome", "reject_no_data")]).await;
        case
    }

    async fn inventory_of(&self, case: &str) -> Option<InventoryInForce> {
        self.recorded(case).await.into_iter().rev().find_map(|event| match event {
            RequestEvent::Decided { inventory, .. } => Some(inventory),
            _ => None,
        })?
    }

    async fn shows(&self, case: &str) -> String {
        plain(self.opens(CONFIRMER, &format!("/requests/{case}")).await.text())
    }
}

/// The answer names the version that was in force, on the page, in the audit and in the export; a
/// later one changes nothing of it.
#[test]
fn an_answer_refers_to_the_inventory_that_was_in_force() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let case = office.finds_no_data("PO 1").await;
        let held = "Held against Data inventory, version 1, in force since 21 Sep 2026";
        assert!(office.shows(&case).await.contains(held), "before it is confirmed");
        // What is declared meanwhile is what the confirmation refers to.
        office.declares_that_nothing_is_held(VERIFIER).await;
        assert!(office.shows(&case).await.contains("version 2"));
        office.confirms(CONFIRMER, &case).await;
        let Some(InventoryInForce::Declared(at)) = office.inventory_of(&case).await else {
            panic!("it is recorded");
        };
        office.declares_inventory(VERIFIER).await;
        let page = office.shows(&case).await;
        for words in [
            "Held against Data inventory, version 2, in force since 21 Sep 2026".to_owned(),
            "Registration data: not held".to_owned(),
            format!("no data found, by the data inventory of event {}", at.0),
        ] {
            assert!(page.contains(&words), "{words}: {page}");
        }
        let audit = office.opens(CONFIRMER, &format!("/requests/{case}/audit.html")).await;
        let audit = plain(audit.text());
        assert!(audit.contains("Data inventory, version 2, in force since"), "{audit}");
        let audit = office.opens(CONFIRMER, &format!("/requests/{case}/audit.json")).await;
        assert!(audit.text().contains(&format!("\"declared\": {}", at.0)), "{}", audit.text());
        let lines = exported(&office.world).await;
        let inventories = &lines["data_inventory"];
        assert!(inventories.iter().any(|line| line["position"] == at.0), "{inventories:?}");
        let told = lines.values().flatten().any(|line| {
            line.to_string().contains(&format!("\"inventory\":{{\"declared\":{}}}", at.0))
        });
        assert!(told, "the export tells the decision with it");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Where nobody has declared anything the answer may still be true: it is given, and the page says
/// aloud that nothing stands behind it.
#[test]
fn an_answer_that_refers_to_nothing_says_so_aloud() {
    on_each(async |location| {
        let office = Office::new(location).await;
        office
            .registers_number(
                crate::office::INTAKE,
                ("France", "Bureau of Samples"),
                crate::office::NUMBER,
            )
            .await;
        office.confirms_profile(VERIFIER, "eu_production_order").await;
        let letter = office.enters_letter("PO 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        let page = plain(office.opens(PROPOSER, &format!("/requests/{case}")).await.text());
        let words = "No data inventory is declared, so nothing would stand behind it";
        assert!(page.contains(words), "{page}");
        office.proposes(PROPOSER, &case, &[("outcome", "reject_no_data")]).await;
        let words = "No data inventory was declared when this was answered";
        assert!(office.shows(&case).await.contains(words));
        office.confirms(CONFIRMER, &case).await;
        assert_eq!(office.inventory_of(&case).await, Some(InventoryInForce::NoneDeclared));
        // One that is declared afterwards does not mend it.
        office.declares_inventory(VERIFIER).await;
        let page = office.shows(&case).await;
        assert!(page.contains(words), "{page}");
        assert!(page.contains("no data found, with no data inventory declared"), "{page}");
    });
}
