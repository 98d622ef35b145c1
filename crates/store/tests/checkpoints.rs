//! Which checkpoints are kept, and which of them the public sees.

use databases::on_each;
use store::{Db, Keys, Location, MasterKey, Publication, StoredCheckpoint, StoredWitness, Tx};

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens")
}

/// `e`: of an edition; `q`: with its quorum.
async fn put(tx: &mut Tx, size: u64, marks: &str) {
    let stored = StoredCheckpoint {
        size,
        note: format!("{size}{marks}"),
        is_of_edition: marks.contains('e'),
        has_quorum: marks.contains('q'),
    };
    tx.put_checkpoint(&stored).await.expect("stores");
}

async fn seen(tx: &mut Tx) -> (u64, u64, u64) {
    let mut size = async |of| tx.checkpoint(of).await.expect("reads").map_or(0, |(size, _)| size);
    let (at_once, with_edition) =
        (size(Publication::AtOnce).await, size(Publication::WithEdition).await);
    let signed = tx.signed_checkpoint().await.expect("reads").map_or(0, |signed| signed.size);
    (at_once, with_edition, signed)
}

#[test]
fn the_public_sees_the_last_one_that_has_its_quorum() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut tx = db.begin().await.expect("begins");
        for (size, marks, expected) in [
            (1, "", (0, 0, 1)),
            (2, "q", (2, 0, 2)),
            (3, "", (2, 0, 3)),
            // An edition waits for its quorum, and goes out with the next one that has it.
            (4, "e", (2, 0, 4)),
            (5, "", (2, 0, 5)),
            (6, "q", (6, 6, 6)),
            (7, "q", (7, 6, 7)),
            (8, "eq", (8, 8, 8)),
            // The same tree again, which one more witness has signed by now.
            (9, "e", (8, 8, 9)),
            (9, "q", (9, 9, 9)),
        ] {
            put(&mut tx, size, marks).await;
            assert_eq!(seen(&mut tx).await, expected, "after {size}{marks}");
        }
        for (size, is_kept) in [(2, false), (4, false), (6, true), (7, false), (8, true)] {
            let kept = tx.signed_checkpoint_at(size).await.expect("reads");
            assert_eq!(kept.is_some(), is_kept, "{size}");
        }
        drop(tx);
        db.close().await;
    });
}

/// A program that ends between the commit of an edition and its signature leaves a mark.
#[test]
fn an_edition_that_nobody_signed_goes_out_with_the_next_checkpoint() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut tx = db.begin().await.expect("begins");
        tx.begin_log("example.com/log").await.expect("begins the log");
        put(&mut tx, 0, "q").await;
        tx.seal_events().await.expect("seals");
        tx.hold_edition().await.expect("marks");
        let size = tx.tree_head().await.expect("reads").size;
        assert_eq!(seen(&mut tx).await, (0, 0, 0), "it is no checkpoint");
        assert_eq!(tx.signed_checkpoint_at(size).await.expect("reads"), None);
        assert!(tx.is_edition_held().await.expect("reads"));
        // It waits for its quorum still.
        put(&mut tx, size, "").await;
        assert!(tx.is_edition_held().await.expect("reads"));
        put(&mut tx, size + 2, "q").await;
        assert_eq!(seen(&mut tx).await, (size + 2, size + 2, size + 2));
        assert!(!tx.is_edition_held().await.expect("reads"));
        drop(tx);
        db.close().await;
    });
}

#[test]
fn a_witness_goes_forward_only() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut tx = db.begin().await.expect("begins");
        for (size, trouble) in [(5, None), (3, Some("is silent"))] {
            let trouble = trouble.map(str::to_owned);
            let witness = StoredWitness { public_key: "w+1+AA".to_owned(), size, trouble };
            tx.put_witness(&witness).await.expect("stores");
        }
        let known = tx.witnesses().await.expect("reads");
        let trouble = Some("is silent".to_owned());
        let public_key = "w+1+AA".to_owned();
        assert_eq!(known, [StoredWitness { public_key, size: 5, trouble }]);
        drop(tx);
        db.close().await;
    });
}
