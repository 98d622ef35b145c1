//! What is preserved has a life of its own: placed, made longer, followed, released, over.

use app::AsOf;
use databases::on_each;
use stories::period;

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain};
use crate::snapshots::ends;

const PRESERVE: [(&str, &str); 2] =
    [("instrument", "eu_preservation_order"), ("demands", "preservation")];

/// A certificate to preserve comes, and weeks later one to hand over what was kept.
#[test]
fn what_is_preserved_is_kept_for_the_order_that_follows() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("EPOC-PR 1", b"certificate").await;
        let kept = office.registers(&letter, &PRESERVE).await;

        // On receipt, before anything is found.
        office.act(VERIFIER, &kept, "preserve", &[]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("Preserved until 20 Nov 2026"), "{page}");
        let longer = [("until", "2026-12-22"), ("reason", "Form 5 of 2 October.")];
        let words = "put off until 2026-12-21 at the latest";
        office.refused(VERIFIER, &kept, "preserve-longer", &longer, words).await;
        let longer = [("until", "2026-12-21"), ("reason", "Form 5 of 2 October.")];
        office.act(VERIFIER, &kept, "preserve-longer", &longer).await;
        let page = plain(office.opens(CONFIRMER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("made the preservation longer, until 21 Dec 2026"), "{page}");
        assert!(page.contains("Form 5 of 2 October."), "{page}");

        // The order to produce comes in time.
        office.days_pass(60).await;
        let letter = office.enters_letter("EPOC 1", b"order").await;
        let order = office.registers(&letter, &[]).await;
        let link =
            [("to", kept.as_str()), ("link", "follows_preservation"), ("reason", "Its file.")];
        office.act(VERIFIER, &order, "link", &link).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("Preserved for a request to hand it over"), "{page}");
        assert_eq!(
            office.events_of(&kept).await,
            [
                "request_registered",
                "deadline_counted",
                "preservation_placed",
                "preservation_extended",
                "preservation_followed",
            ]
        );
        // Its own last day does not end it any more.
        office.days_pass(60).await;
        office.calendar_works().await;
        assert_eq!(office.events_of(&kept).await.last(), Some(&"preservation_followed"));
        let page = plain(office.opens(VERIFIER, "/deadlines?owed=preservation").await.text());
        assert!(!page.contains(&kept), "{page}");
        let why = [("reason", "What was kept is handed over.")];
        office.act(VERIFIER, &kept, "preserve-no-more", &why).await;
        let refused = "done with a request that is released";
        office.refused(VERIFIER, &kept, "preserve-no-more", &why, refused).await;

        // Both are counted: the preservation beside the sum, the order in it.
        let fact = |name: String| {
            let office = &office;
            async move {
                let who = office.signed_in(VERIFIER).await;
                let case = office.candor().case(name.parse().expect("a name"), &who).await;
                case.expect("reads").handled.fact().counted
            }
        };
        assert_eq!(fact(kept).await, domain::fact::Counted::Preservation);
        assert_eq!(fact(order).await, domain::fact::Counted::InSum);
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// The order that follows a preservation goes its whole way: verified, decided, released. What was
/// kept is let go then, and each of the two is counted where it belongs.
#[test]
fn what_was_preserved_is_handed_over_and_kept_no_longer() {
    on_each(async |location| {
        let instruments = ["eu_preservation_order", "eu_production_order"];
        let mut office = Office::at_work(location, &instruments).await;
        let letter = office.enters_letter("EPOC-PR 1", b"certificate").await;
        let kept = office.registers(&letter, &PRESERVE).await;
        office.act(VERIFIER, &kept, "preserve", &[]).await;
        office.verifies(VERIFIER, &kept).await;
        office.proposes(PROPOSER, &kept, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &kept).await;
        office.days_pass(30).await;
        let letter = office.enters_letter("EPOC 1", b"order").await;
        let order = office.registers(&letter, &[]).await;
        let link =
            [("to", kept.as_str()), ("link", "follows_preservation"), ("reason", "Its file.")];
        office.act(VERIFIER, &order, "link", &link).await;

        office.verifies(VERIFIER, &order).await;
        office.proposes(PROPOSER, &order, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &order).await;
        office.act(VERIFIER, &order, "prepare", &[]).await;
        // It is kept until it is handed over, whatever its own last day was.
        office.days_pass(60).await;
        office.calendar_works().await;
        assert_eq!(office.events_of(&kept).await.last(), Some(&"preservation_followed"));
        office.act(CONFIRMER, &order, "release", &[("accounts_disclosed", "3")]).await;
        office.act(PROPOSER, &order, "close", &[]).await;
        let why = [("reason", "What was kept was handed over.")];
        office.act(VERIFIER, &kept, "preserve-no-more", &why).await;
        assert_eq!(
            office.events_of(&kept).await,
            [
                "request_registered",
                "deadline_counted",
                "preservation_placed",
                "verification_begun",
                "finding_recorded",
                "finding_recorded",
                "finding_recorded",
                "verified",
                "decision_proposed",
                "decided",
                "preservation_followed",
                "preservation_released",
            ]
        );
        let events = office.events_of(&order).await;
        assert!(events.starts_with(&["request_registered", "request_linked"]), "{events:?}");
        let end = ["decided", "response_prepared", "response_released", "closed"];
        assert!(events.ends_with(&end), "{events:?}");
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("Released.") && !page.contains("Preserved for a request"), "{page}");
        let page = plain(office.opens(VERIFIER, &format!("/requests/{order}")).await.text());
        let words = "linked it: it follows the preservation in another request";
        assert!(page.contains(words) && page.contains(&kept), "{page}");

        let page = office.opens(VERIFIER, &format!("/requests/{kept}")).await;
        ends("preserved_and_handed_over", (&office, &letter), &page, &[".top", "#decision"]).await;

        // Nothing of it comes due again.
        office.days_pass(60).await;
        assert_eq!(office.calendar_works().await, 0);
        let dataset = office.candor().count(period("2026-H2"), AsOf::Now).await.expect("counts");
        let counted = &dataset.total.user_data;
        assert_eq!((dataset.outside.preservation, counted.requests, counted.approved), (1, 1, 1));
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,0,0,0,0,0,0,1,100,0,0,0,0"), "{table}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn nobody_asks_for_it_in_time_and_it_is_over_by_its_day() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let letter = office.enters_letter("EPOC-PR 2", b"certificate").await;
        let kept = office.registers(&letter, &PRESERVE).await;
        let letter = office.enters_letter("EPOC-PR 3", b"another").await;
        let waits = office.registers(&letter, &PRESERVE).await;
        office.act(VERIFIER, &kept, "preserve", &[]).await;
        office.days_pass(60).await;
        assert_eq!(office.calendar_works().await, 0, "its last day is not over");
        office.days_pass(1).await;
        assert_eq!(office.calendar_works().await, 1);
        assert_eq!(office.events_of(&kept).await.last(), Some(&"preservation_lapsed"));
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        for words in ["Its last day is over.", "by rule the last day of the preservation is over"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let page = plain(office.opens(VERIFIER, "/deadlines?owed=preservation").await.text());
        assert!(!page.contains(&kept), "nothing of it is due any more: {page}");
        // What was never placed can't be placed when its day is over.
        let over = "the last day is over";
        office.refused(VERIFIER, &waits, "preserve", &[], over).await;
        // One that is taken back is let go.
        let letter = office.enters_letter("EPOC-PR 4", b"a third").await;
        let again = office.registers(&letter, &PRESERVE).await;
        office.act(VERIFIER, &again, "preserve", &[]).await;
        office.act(INTAKE, &again, "note", &[("text", "They rang.")]).await;
        office.act(VERIFIER, &again, "withdraw", &[("reason", "By letter.")]).await;
        assert_eq!(office.events_of(&again).await.last(), Some(&"preservation_released"));
    });
}

/// A production order obliges to preserve on receipt: before anything is found, without being asked
/// to, until all of it is handed over. A rejection does not end it.
#[test]
fn what_is_ordered_to_be_produced_is_preserved_on_receipt() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let profile = plain(office.opens(VERIFIER, "/profiles/eu_production_order").await.text());
        let words =
            "On receipt: what is asked for is preserved Regulation (EU) 2023/1543, Art. 10(1)";
        assert!(profile.contains(words), "{profile}");
        let letter = office.enters_letter("EPOC 1", b"order").await;
        let order = office.registers(&letter, &[]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{order}")).await.text());
        for words in [
            "Its receipt obliges to preserve what it asks for (Regulation (EU) 2023/1543, Art. \
             10(1)), and nobody has entered yet that it is preserved.",
            "until it is handed over or the order is withdrawn",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let day = [("until", "2026-12-01")];
        office.refused(VERIFIER, &order, "preserve", &day, "no day ends it").await;
        office.act(VERIFIER, &order, "preserve", &[]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{order}")).await.text());
        assert!(page.contains("Preserved until somebody releases it."), "{page}");
        office.days_pass(100).await;
        office.calendar_works().await;
        assert_eq!(office.events_of(&order).await.last(), Some(&"preservation_placed"));

        // All of it is handed over, and is kept no longer.
        office.verifies(VERIFIER, &order).await;
        office.proposes(PROPOSER, &order, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &order).await;
        office.act(VERIFIER, &order, "prepare", &[]).await;
        office.act(CONFIRMER, &order, "release", &[("accounts_disclosed", "3")]).await;
        let events = office.events_of(&order).await;
        assert_eq!(events[events.len() - 2..], ["response_released", "preservation_released"]);

        // What is refused may be handed over by another way: it is kept until somebody releases it.
        let letter = office.enters_letter("EPOC 2", b"another order").await;
        let other = office.registers(&letter, &[("instrument_reference", "PO-78")]).await;
        office.act(VERIFIER, &other, "preserve", &[]).await;
        office.verifies(VERIFIER, &other).await;
        office.proposes(PROPOSER, &other, &[("outcome", "reject_no_data")]).await;
        office.confirms(CONFIRMER, &other).await;
        office.act(VERIFIER, &other, "close", &[]).await;
        assert!(!office.events_of(&other).await.contains(&"preservation_released"));
        let why = [("reason", "The authority wrote that it needs it no more.")];
        office.act(VERIFIER, &other, "preserve-no-more", &why).await;

        // An order that is taken back ends it; one that asks for expertise obliges to nothing.
        let letter = office.enters_letter("EPOC 3", b"a third order").await;
        let third = office.registers(&letter, &[("instrument_reference", "PO-79")]).await;
        office.act(VERIFIER, &third, "preserve", &[]).await;
        office.act(VERIFIER, &third, "withdraw", &[("reason", "By letter.")]).await;
        assert_eq!(office.events_of(&third).await.last(), Some(&"preservation_released"));
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// A day that a person gave is theirs to give anew; what was made longer once is not offered again.
#[test]
fn a_day_that_a_person_gave_can_be_given_anew_after_an_appeal() {
    on_each(async |location| {
        let office = Office::at_work(location, &["us_subpoena"]).await;
        let letter = office.enters_letter("KEEP 1", b"a letter").await;
        let fields = [("instrument", "none"), ("demands", "preservation")];
        let kept = office.registers(&letter, &fields).await;
        office.act(VERIFIER, &kept, "preserve", &[("until", "2026-11-01")]).await;
        office.act(VERIFIER, &kept, "preserve-no-more", &[("reason", "They rang.")]).await;
        office.act(VERIFIER, &kept, "preserve", &[("until", "2026-12-01")]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("Preserved until 1 Dec 2026"), "{page}");
        // No law says how often it is made longer here.
        let longer = [("until", "2026-12-24"), ("reason", "They asked.")];
        office.act(VERIFIER, &kept, "preserve-longer", &longer).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{kept}")).await.text());
        assert!(page.contains("Preserve it longer"), "{page}");

        let letter = office.enters_letter("EPOC-PR 9", b"certificate").await;
        let ordered = office.registers(&letter, &PRESERVE).await;
        office.act(VERIFIER, &ordered, "preserve", &[]).await;
        let longer = [("until", "2026-12-21"), ("reason", "Form 5.")];
        office.act(VERIFIER, &ordered, "preserve-longer", &longer).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{ordered}")).await.text());
        assert!(
            page.contains("Preserve it longer: it was made longer, which the law of its"),
            "{page}"
        );
        assert!(!page.contains("New last day"), "{page}");
    });
}
