//! Rows out of one database and into another, whatever kind each is.

use std::collections::VecDeque;
use std::io;

use databases::on_each;
use domain::event::SubmissionEvent;
use domain::id::{Actor, Sha256Hash, SubmissionId};
use domain::submission::Channel;
use jiff::Timestamp;
use jiff::civil::date;
use store::{
    CopyError, Db, Keys, Leaves, Location, MasterKey, NOT_COPIED, NewSubmission, Particulars,
    Sight, StoredCheckpoint, TABLES,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens")
}

/// A log into which something has arrived.
async fn filled(location: &Location) -> Db {
    let db = open(location).await;
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    let note = "a note\n".to_owned();
    let stored = StoredCheckpoint { size: 1, note, is_of_edition: true, has_quorum: true };
    tx.put_checkpoint(&stored).await.expect("stores");
    tx.commit().await.expect("commits");
    for n in 1..=3_u8 {
        let (id, mut sealer) =
            (SubmissionId(Uuid::from_u128(n.into())), db.sealer().await.expect("reads"));
        let fields = [("reference", "A „1“\n")];
        let submission = NewSubmission::seal(db.keys(), id, &fields).expect("seals");
        let event = SubmissionEvent::SubmissionReceived {
            channel: Channel::Portal,
            received_on: date(2021, 3, 1),
            files: vec![Sha256Hash([n; 32])],
        };
        let particulars =
            Particulars { reference: Some("A „1“\n".to_owned()), ..Particulars::default() };
        let change = sealer.receive(submission, event, &particulars).expect("seals");
        let mut tx = db.begin().await.expect("begins");
        tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
        tx.seal_events().await.expect("seals");
        tx.commit().await.expect("commits");
    }
    db
}

async fn lines_of(db: &Db) -> Vec<String> {
    let mut lines = Vec::new();
    let mut take = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    db.snapshot().await.expect("begins").copy_out(&mut take).await.expect("copies");
    lines
}

async fn take_lines(db: &Db, lines: Vec<String>) -> Result<u64, CopyError> {
    let mut lines = VecDeque::from(lines);
    let mut next = || lines.pop_front().ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
    let mut tx = db.begin().await?;
    let rows = tx.copy_in(&mut next, Leaves::InPlace).await?;
    tx.commit().await?;
    Ok(rows)
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn rows_travel_between_databases_of_either_kind_unchanged() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| Location::Sqlite(dir.path().join(name));
        let first = filled(&file("first.db")).await;
        let lines = lines_of(&first).await;
        let (there, back) = (open(&location).await, open(&file("back.db")).await);
        take_lines(&there, lines.clone()).await.expect("takes them");
        take_lines(&back, lines_of(&there).await).await.expect("takes them back");
        // Tables have no order of their own.
        assert_eq!(sorted(lines_of(&there).await), sorted(lines.clone()));
        assert_eq!(sorted(lines_of(&back).await), sorted(lines.clone()));
        let head = first.snapshot().await.expect("begins").tree_head().await.expect("reads");
        let mut tx = back.begin().await.expect("begins");
        assert_eq!(tx.tree_head().await.expect("reads"), head);
        let text = tx
            .field(back.keys(), (SubmissionId(Uuid::from_u128(2)), "reference"), Sight::whole())
            .await;
        assert_eq!(text.expect("reads").as_deref(), Some("A „1“\n"));
        drop(tx);
        let refused = take_lines(&back, lines).await.expect_err("it is full");
        assert!(matches!(refused, CopyError::NotEmpty), "{refused}");
    });
}

#[test]
fn rows_that_are_not_what_was_written_leave_nothing() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let lines = lines_of(&filled(&Location::Sqlite(dir.path().join("first.db"))).await).await;
        let db = open(&location).await;
        let place = |start: &str| {
            lines.iter().position(|line| line.starts_with(start)).expect("it is there")
        };
        let event = place(r#"{"table":"event""#);
        let changed = |change: &dyn Fn(&mut Vec<String>)| {
            let mut lines = lines.clone();
            change(&mut lines);
            lines
        };
        for (lines, told) in [
            (changed(&|lines| drop(lines.pop())), "unexpected end of file"),
            (changed(&|lines| drop(lines.remove(event + 1))), "3 rows of table event were written"),
            (changed(&|lines| drop(lines.drain(event..event + 5))), "were written"),
            (changed(&|lines| lines[event + 1] = "[1]".to_owned()), "a row of table event is none"),
            (changed(&|lines| lines[event + 1] = "x".to_owned()), "`x` stands where"),
            (changed(&|lines| lines[event] = r#"{"end":"event","rows":0}"#.to_owned()), "begins"),
            (
                changed(&|lines| {
                    lines[event] =
                        r#"{"table":"event","columns":[["a) SELECT 1 --","text"]]}"#.to_owned();
                }),
                "columns that candor has not",
            ),
            (
                changed(&|lines| {
                    lines[event] =
                        r#"{"table":"_sqlx_migrations","columns":[["version","integer"]]}"#
                            .to_owned();
                }),
                "no table _sqlx_migrations",
            ),
        ] {
            let refused = take_lines(&db, lines).await.expect_err(told).to_string();
            assert!(refused.contains(told), "{told}: {refused}");
        }
        // All of that left the database as it was.
        take_lines(&db, lines).await.expect("takes them");
    });
}

#[test]
fn rows_of_an_earlier_version_are_brought_up_to_date() {
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let lines = lines_of(&filled(&Location::Sqlite(dir.path().join("first.db"))).await).await;
        let earlier = before_witnesses(&lines);
        let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
        let keys = Keys::new(&key.expect("a key"));
        let db = Db::open_at(&location, keys, 3).await.expect("opens");
        assert_eq!(db.snapshot().await.expect("begins").migration().await.expect("reads"), 3);
        take_lines(&db, earlier).await.expect("takes them");
        // What arrived before there were marks gets them when the program starts.
        let mut tx = db.begin().await.expect("begins");
        assert_eq!(tx.mark_submissions(db.keys(), 9).await.expect("marks"), 3);
        tx.commit().await.expect("commits");
        assert_eq!(sorted(lines_of(&db).await), sorted(lines));
    });
}

/// The lines as they were after the third migration: checkpoints had no quorum, submissions no
/// number, and what came later had no table.
fn before_witnesses(lines: &[String]) -> Vec<String> {
    const LATER: &[&str] = &[
        "padding",
        "leaf_waiting",
        "pad",
        "compartment",
        "deadline",
        "log_before",
        "witness",
        "attachment",
        "attachment_look",
        "handled_request",
        "authority",
        "authority_contact",
        "officer",
        "instrument_mark",
        "submission_mark",
        "data_inventory",
        "retention_rules",
        "legal_hold",
        "viewing",
        "job",
        "no_reminders",
        "access_notice",
        "person",
        "recovery_code",
        "passkey",
    ];
    let (mut table, mut dropped, mut dropped_rows) = (String::new(), 0, 0);
    let mut earlier = Vec::new();
    for line in lines {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if let Some(begun) = line.get("table").and_then(|table| table.as_str()) {
            table = begun.to_owned();
            dropped += usize::from(LATER.contains(&begun));
        }
        if let Some(tables) = line.get_mut("tables") {
            *tables = (TABLES.len() - dropped).into();
            let rows = line["rows"].as_u64().expect("a number");
            line["rows"] = (rows - dropped_rows).into();
        } else if LATER.contains(&table.as_str()) {
            dropped_rows += u64::from(line.is_array());
            continue;
        }
        let columns = match line.get_mut("columns") {
            Some(columns) => columns.as_array_mut(),
            None => line.as_array_mut(),
        };
        match (table.as_str(), columns) {
            ("checkpoint" | "log_head", Some(columns)) => columns.truncate(columns.len() - 1),
            ("submission", Some(columns)) => columns.truncate(columns.len() - 4),
            ("request_fact", Some(columns)) => columns.truncate(columns.len() - 1),
            (_, _) => {}
        }
        earlier.push(line.to_string());
    }
    earlier
}

#[test]
fn every_table_and_column_is_copied() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut there = db.snapshot().await.expect("begins").columns().await.expect("reads");
        for (left_out, reason) in NOT_COPIED {
            assert!(there.iter().any(|(table, _)| table == left_out), "{left_out}: {reason}");
        }
        there.retain(|(table, _)| NOT_COPIED.iter().all(|(left_out, _)| left_out != table));
        let name = |(name, _): &(&str, _)| (*name).to_owned();
        let mut copied: Vec<(String, Vec<String>)> = TABLES
            .iter()
            .map(|table| (table.name.to_owned(), table.columns.iter().map(name).collect()))
            .collect();
        for (_, columns) in there.iter_mut().chain(&mut copied) {
            columns.sort();
        }
        there.sort();
        copied.sort();
        assert_eq!(copied, there, "add what is missing to TABLES in crates/store/src/copy.rs");
    });
}
