//! `candor export`: everything, decrypted and described, for a lawyer who has no candor.
//!
//! The lines are described in the file itself, by its first one, so that it can be read when
//! nobody remembers this program.

mod company;

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::category::{Demand, DemandSet};
use domain::event::Stream;
use domain::id::SubmissionId;
use jiff::Timestamp;
use ledger::hash::to_hex;
use serde_json::{Map, Value, json};
use store::{CopyError, Keys, OpenedLeaf, Sealer, Sight, StoredLeaf, TABLES, Table, Tx};
use uuid::Uuid;

use crate::encrypted::{Encrypted, Recipients};
use crate::{Candor, Error};

/// What was exported.
#[derive(Clone, Copy, Debug)]
pub struct Exported {
    pub lines: u64,
    pub size_bytes: u64,
}

/// What the first line tells of the others.
const README: &str = include_str!("export/README.md");
/// Submissions, or leaves, that are read at a time.
const PAGE: u16 = 500;

impl Candor {
    /// Writes everything that this directory can read, of one moment. The file is there whole or
    /// not at all.
    pub async fn export(&self, out: &Path, to: &Recipients) -> Result<Exported, Error> {
        let mut tx = self.db.snapshot().await?;
        let head = tx.tree_head().await?;
        let mut lines = Lines { file: Encrypted::create(out, to)?, count: 0 };
        lines.tell(json!({
            "kind": "about",
            "format": 1,
            "made_at": self.clock.now().to_string(),
            "publisher": self.config.publisher.name,
            "time_zone": tx.time_zone().await?.iana_name(),
            "log": { "origin": head.origin, "leaves": head.size, "root": head.root.to_string() },
            "events": tx.head().await?.0,
            "readme": README.lines().collect::<Vec<_>>(),
        }))?;
        events(&mut tx, &mut lines).await?;
        facts(&mut tx, &mut lines).await?;
        let sealer = tx.sealer(self.db.keys()).await?;
        submissions(&mut tx, &sealer, &mut lines).await?;
        self.tell_company(&mut tx, &mut lines).await?;
        for from in (0..head.size).step_by(PAGE.into()) {
            for leaf in tx.leaves(from, from + u64::from(PAGE)).await? {
                lines.tell(leaf_line(&leaf))?;
            }
        }
        for (name, kind) in [
            ("import_file", "imported_file"),
            ("published_figure", "published_figure"),
            ("checkpoint", "checkpoint"),
        ] {
            rows(&mut tx, table(name)?, &mut lines, |row| {
                row.insert("kind".to_owned(), kind.into());
            })
            .await?;
        }
        viewings(&mut tx, &mut lines).await?;
        editions(&mut tx, &mut lines).await?;
        let count = lines.count + 1;
        lines.tell(json!({ "kind": "end", "lines": count }))?;
        Ok(Exported { lines: count, size_bytes: lines.file.finish()? })
    }
}

struct Lines {
    file: Encrypted,
    count: u64,
}

impl Lines {
    fn line(&mut self, value: &Value) -> std::io::Result<()> {
        self.count += 1;
        self.file.line(&value.to_string())
    }

    fn tell(&mut self, value: Value) -> Result<(), Error> {
        self.line(&value).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::file(self.file.path(), "can't be written")(error)
    }
}

async fn events(tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
    let mut failed = None;
    tx.each_event(|recorded| {
        let (about, id) = match recorded.stream {
            Stream::Submission(id) => ("submission", id.to_string().into()),
            Stream::Request(id) => ("request", id.to_string().into()),
            Stream::Person(id) => ("person", id.to_string().into()),
            Stream::Authority(id) => ("authority", id.to_string().into()),
            Stream::Publication => ("company", Value::Null),
        };
        let told = json!({
            "kind": "event",
            "position": recorded.position.0,
            "at": recorded.at.to_string(),
            "actor": recorded.actor,
            "about": about,
            "id": id,
            "event": recorded.event,
        });
        // What can't be written is told once all are read: there is no way out of here.
        if failed.is_none() {
            failed = lines.line(&told).err();
        }
        Ok(())
    })
    .await?;
    failed.map_or(Ok(()), |error| Err(lines.failed(error)))
}

fn table(name: &'static str) -> Result<&'static Table, Error> {
    let found = TABLES.iter().find(|table| table.name == name);
    found.ok_or_else(|| Error::Nothing(format!("there is no table {name}")))
}

/// The rows of a table as objects.
async fn rows(
    tx: &mut Tx,
    table: &Table,
    lines: &mut Lines,
    change: impl Fn(&mut Map<String, Value>),
) -> Result<(), Error> {
    let mut take = |values| {
        let names = table.columns.iter().map(|(name, _)| (*name).to_owned());
        let mut row: Map<String, Value> = names.zip(values).collect();
        change(&mut row);
        lines.line(&Value::Object(row))
    };
    match tx.each_row(table, &mut take).await {
        Ok(_) => Ok(()),
        Err(CopyError::Io(error)) => Err(lines.failed(error)),
        Err(CopyError::Store(error)) => Err(error.into()),
        Err(error @ (CopyError::Malformed(_) | CopyError::NotEmpty)) => {
            Err(Error::Nothing(error.to_string()))
        }
    }
}

/// Requests as counting sees them, now and before.
async fn facts(tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
    rows(tx, table("request_fact")?, lines, |row| {
        // What groups them in the database says nothing more.
        row.remove("cell");
        row.insert("kind".to_owned(), "fact".into());
        let bits = row["demands"].as_i64().and_then(|bits| u16::try_from(bits).ok());
        if let Some(demands) = bits.and_then(DemandSet::from_bits) {
            let codes: Vec<_> = demands.iter().map(Demand::code).collect();
            row.insert("demands".to_owned(), codes.into());
        }
        if row["valid_to"] == i64::MAX {
            row.insert("valid_to".to_owned(), Value::Null);
        }
    })
    .await
}

/// Who looked at what, in the form that the seal of each day is made of.
async fn viewings(tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
    rows(tx, table("viewing")?, lines, |row| {
        row.insert("kind".to_owned(), "viewing".into());
        let at = row.remove("at_micros").and_then(|at| at.as_i64());
        let at = at.and_then(|at| Timestamp::from_microsecond(at).ok());
        row.insert("at".to_owned(), at.map(|at| at.to_string()).into());
        let sha256 = row["sha256"].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
        row.insert("sha256".to_owned(), sha256.map(|bytes| to_hex(&bytes)).into());
    })
    .await
}

/// What arrived, with its texts, its files, and with what opens its leaves.
async fn submissions(tx: &mut Tx, sealer: &Sealer, lines: &mut Lines) -> Result<(), Error> {
    let keys = sealer.keys().clone();
    let mut after = SubmissionId(Uuid::nil());
    loop {
        let page = tx.submissions_after(&keys, (after, PAGE), Sight::whole()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for submission in page {
            let opened = match submission.leaf {
                Some(_) => match tx.open_submission(sealer, submission.id, Sight::whole()).await {
                    Ok(opened) => opened,
                    // Texts and events are there all the same.
                    Err(store::Error::PeriodKeyDestroyed(_)) => None,
                    Err(error) => return Err(error.into()),
                },
                None => None,
            };
            let texts: Option<Map<String, Value>> = submission
                .texts
                .map(|texts| texts.into_iter().map(|(name, text)| (name, text.into())).collect());
            lines.tell(json!({
                "kind": "submission",
                "submission": submission.id.to_string(),
                "number": submission.number.map(|number| number.to_string()),
                "received_on": submission.received_on,
                "requests": submission.requests,
                "leaf": submission.leaf,
                "is_erased": texts.is_none(),
                "texts": texts,
                "opened": opened.iter().flatten().map(opened_line).collect::<Vec<_>>(),
            }))?;
            if submission.files > 0 {
                attachments(tx, &keys, submission.id, lines).await?;
            }
        }
    }
}

/// The files of a submission, one after the other; none of one that was erased.
async fn attachments(
    tx: &mut Tx,
    keys: &Keys,
    id: SubmissionId,
    lines: &mut Lines,
) -> Result<(), Error> {
    let Some(submission) = tx.sealed_submission(keys, id, Sight::whole()).await? else {
        return Ok(());
    };
    for file in tx.attachments(&submission).await? {
        let bytes = tx.attachment(&submission, file.sha256).await?;
        lines.tell(json!({
            "kind": "attachment",
            "submission": id,
            "name": file.name,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "found": file.examined.finding(),
            "base64": bytes.map(|bytes| BASE64_STANDARD.encode(bytes)),
        }))?;
    }
    Ok(())
}

fn opened_line(leaf: &OpenedLeaf) -> Value {
    let opening = leaf.opening.map(
        |(code, blinding)| json!({ "code": code.to_u32(), "r": to_hex(&blinding.to_bytes()) }),
    );
    json!({
        "leaf": leaf.index,
        "salt": to_hex(&leaf.salt.0),
        "record": leaf.record,
        "opening": opening,
    })
}

fn leaf_line(leaf: &StoredLeaf) -> Value {
    // The salt of a leaf about a submission stands with the submission.
    let salt = match leaf.submission {
        Some(_) => None,
        None => leaf.salt(None).ok().map(|salt| to_hex(&salt.0)),
    };
    json!({
        "kind": "leaf",
        "leaf": leaf.index,
        "entry": to_hex(&leaf.entry),
        "about": leaf.leaf.kind().name(),
        "position": leaf.position.0,
        "submission": leaf.submission.map(|id| id.to_string()),
        "salt": salt,
        "is_lost": leaf.is_lost(),
        "is_pad": leaf.is_pad(),
    })
}

async fn editions(tx: &mut Tx, lines: &mut Lines) -> Result<(), Error> {
    for revision in tx.revisions().await? {
        let (period, number) = (revision.period, revision.revision);
        lines.tell(json!({
            "kind": "edition",
            "period": period.to_string(),
            "revision": number,
            "published_at": revision.published_at.to_string(),
            "cutoff": revision.cutoff.0,
            "reason": revision.reason,
            "dataset": revision.dataset,
        }))?;
        for file in tx.edition_files(period, number).await? {
            lines.tell(json!({
                "kind": "edition_file",
                "period": period.to_string(),
                "revision": number,
                "path": file.path,
                "base64": BASE64_STANDARD.encode(&file.bytes),
            }))?;
        }
    }
    Ok(())
}
