//! A spreadsheet comes in: all of it or nothing, and every fault named.

use app::{AsOf, Reimport, Run};
use databases::on_each;
use domain::event::{Event, RequestEvent, Stream};
use domain::id::{Position, SubmissionId};
use store::Sight;
use stories::{World, period};

const HEADER: &str = "reference,received_on,country,authority,category,instrument,demand,\
    emergency,accounts_specified,accounts_disclosed,outcome,ground,decided_on\n";

fn row(reference: &str, outcome: &str, ground: &str) -> String {
    format!(
        "{reference},2020-03-01,France,Example Police,user_data,mlat,registration,no,1,,{outcome},\
         {ground},2020-03-09\n"
    )
}

/// Ten kinds of trouble in one file give ten messages, and nothing is imported.
#[test]
fn all_faults_of_a_file_are_named_at_once_and_nothing_is_imported() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let before = world.events().await;
        let lines = [
            "A-1,2020-03-01,France,Example Police,user_data,mlat,registration,no,1,,rejected,no_data,2020-03-09",
            "A-2,2020-13-01,France,Example Police,user_data,mlat,registration,no,1,,rejected,no_data,2020-03-09",
            "A-3,2020-03-01,Atlantis,Example Police,user_data,mlat,registration,no,1,,rejected,no_data,2020-03-09",
            "A-4,2020-03-01,France,Example Police,users,mlat,registration,no,1,,rejected,no_data,2020-03-09",
            "A-5,2020-03-01,France,Example Police,user_data,mlat,passwords,no,1,,rejected,no_data,2020-03-09",
            "A-6,2020-03-01,France,Example Police,user_data,mlat,registration,perhaps,1,,rejected,no_data,2020-03-09",
            "A-7,2020-03-01,France,Example Police,user_data,mlat,registration,no,-1,,rejected,no_data,2020-03-09",
            "A-8,2020-03-01,France,Example Police,user_data,mlat,registration,no,1,,rejected,,2020-03-09",
            "A-9,2020-03-01,France,Example Police,user_data,mlat,encryption_keys,no,1,,approved,,2020-03-09",
            "A-10,2020-03-01,France,Example Police,user_data,mlat,registration,no,1,,rejected,no_data,2020-02-09",
            "A-1,2020-03-02,France,Example Police,user_data,mlat,registration,no,1,,rejected,no_data,2020-03-09",
        ];
        let text = format!("{HEADER}{}\n", lines.join("\n"));
        let refused = world.operator_imports("bad.csv", &text).await.expect_err("bad").to_string();
        let messages: Vec<&str> = refused.lines().collect();
        assert_eq!(messages.len(), 10, "{refused}");
        for (message, line) in messages.iter().zip(3..) {
            assert!(message.contains(&format!("bad.csv:{line}:")), "{line}: {message}");
            assert!(message.contains("; "), "no mend in {message}");
        }
        assert_eq!(world.events().await, before);
    });
}

#[test]
fn a_row_that_changed_is_refused_unless_it_is_to_be_updated() {
    on_each(async |location| {
        let world = World::new(location).await;
        let first =
            format!("{HEADER}{}{}", row("A-1", "rejected", "no_data"), row("A-2", "approved", ""));
        world.operator_imports("first.csv", &first).await.expect("imports");
        let changed =
            format!("{HEADER}{}{}", row("A-1", "approved", ""), row("A-3", "approved", ""));
        let refused = world.operator_imports("second.csv", &changed).await.expect_err("differs");
        let refused = refused.to_string();
        assert!(refused.contains("second.csv:2:") && refused.contains("--update"), "{refused}");
        assert_eq!(world.events().await, 2, "the other row of the file is not imported either");

        let dry = world.imports("second.csv", &changed, Reimport::Update, Run::Dry).await;
        assert_eq!(dry.map(|done| (done.new, done.updated)).expect("tries"), (1, 1));
        assert_eq!(world.events().await, 2);

        world.imports("second.csv", &changed, Reimport::Update, Run::Real).await.expect("updates");
        let approved = async |as_of| {
            let dataset = world.candor.count(period("2020"), as_of).await.expect("counts");
            (dataset.total.requests(), dataset.total.approved())
        };
        assert_eq!(approved(AsOf::Now).await, (3, 3));
        assert_eq!(approved(AsOf::Position(Position(2))).await, (2, 1));
    });
}

#[test]
fn names_are_in_sealed_fields_and_not_in_events() {
    on_each(async |location| {
        let world = World::new(location).await;
        let text = format!("{HEADER}{}", row("SECRET-REF-1", "rejected", "no_data"));
        world.operator_imports("first.csv", &text).await.expect("imports");
        let mut tx = world.candor.db.snapshot().await.expect("begins");
        let mut submissions: Vec<SubmissionId> = Vec::new();
        tx.each_event(|recorded| {
            assert!(matches!(recorded.stream, Stream::Request(_)));
            let Event::Request(RequestEvent::HistoricRequestImported { submission, line, .. }) =
                &recorded.event
            else {
                panic!("{recorded:?}");
            };
            assert_eq!(*line, 2);
            submissions.push(*submission);
            let body = serde_json::to_string(&recorded.event).expect("JSON");
            assert!(!body.contains("SECRET-REF") && !body.contains("Example Police"), "{body}");
            Ok(())
        })
        .await
        .expect("reads");
        let keys = world.candor.db.keys();
        for (field, text) in [("reference", "SECRET-REF-1"), ("authority", "Example Police")] {
            let read =
                tx.field(keys, (submissions[0], field), Sight::whole()).await.expect("reads");
            assert_eq!(read.as_deref(), Some(text));
        }
    });
}
