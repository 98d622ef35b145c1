//! All rows, out of one database and into another of either kind.
//!
//! They travel as lines of JSON, in the form that docs/backup.md describes: for each table one line
//! that names its columns, one array for each row, and one line that counts them. Whole numbers
//! are numbers, texts and ids strings, bytes base64.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Column as _, QueryBuilder, Row};
use uuid::Uuid;

use crate::{Conflict, Error, Tx, on_both};

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Integer,
    Text,
    Bytes,
    /// A UUID.
    Id,
}

/// A table that is copied.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, ColumnKind)],
}

macro_rules! tables {
    ($($name:ident ( $($column:ident $kind:ident),* ))*) => {
        &[$(Table {
            name: stringify!($name),
            columns: &[$((stringify!($column), ColumnKind::$kind)),*],
        }),*]
    };
}

/// Every table, after those that it refers to, but [`NOT_COPIED`]. Whoever adds a table or a column
/// adds it here; the test `every_table_and_column_is_copied` says which is missing.
pub const TABLES: &[Table] = tables! {
    log_head(
        id Integer, position Integer, time_zone Text, origin Text, tree_size Integer,
        tree_frontier Bytes, event_chain Bytes, is_padded Integer
    )
    event(
        position Integer, stream_id Id, version Integer, kind Text, schema Integer,
        at_micros Integer, actor Text, body Text
    )
    stream(
        stream_id Id, version Integer, leaf_index Integer, decisions Integer,
        reclassifications Integer
    )
    submission(
        submission_id Id, wrapped_key Bytes, leaf_index Integer, received_on Text,
        requests Integer, year Integer, number Integer, is_marked Integer, taken_back Integer
    )
    field(submission_id Id, name Text, sealed Bytes)
    request_fact(
        request_id Id, valid_from Integer, valid_to Integer, received_on Text, country Text,
        category Text, demands Integer, urgency Text, standing Text, settled_on Text,
        days Integer, counted Text, accounts_specified Integer, accounts_disclosed Integer,
        cell Text, paperwork Text
    )
    request_reference(reference_mac Bytes, request_id Id, content_mac Bytes)
    import_file(
        sha256 Bytes, submission_id Id, imported_at_micros Integer, imported_lines Integer
    )
    published_figure(period Text, country Text, measure Text, value Text)
    frozen(sha256 Bytes, bytes Bytes)
    edition(
        period Text, revision Integer, published_at_micros Integer, published_on Text,
        cutoff Integer, dataset Text, reason Text
    )
    edition_file(period Text, revision Integer, path Text, sha256 Bytes)
    leaf(
        leaf_index Integer, entry Bytes, position Integer, parent Integer, submission_id Id,
        salt Bytes, code Integer
    )
    padding(
        id Integer, every_seconds Integer, submissions Integer, requests Integer,
        decisions Integer, reclassifications Integer, batch_due Integer
    )
    leaf_waiting(
        position Integer, kind Integer, stream_id Id, submission_id Id, body Bytes, salt Bytes,
        code Integer
    )
    pad(
        leaf_index Integer, kind Integer, half_year Integer, children Integer,
        reclassifications Integer
    )
    tree_node(level Integer, node_index Integer, hash Bytes)
    period_key(half_year Integer, wrapped_key Bytes)
    checkpoint(tree_size Integer, note Text, is_of_edition Integer, has_quorum Integer)
    witness(public_key Text, tree_size Integer, trouble Text)
    log_before(until_position Integer, origin Text)
    log_file(path Text, bytes Bytes)
    person(
        person_id Id, account Text, roles Integer, email_mac Bytes, sealed_name Bytes,
        sealed_email Bytes, sealed_password Bytes, sealed_totp Bytes, totp_step Integer
    )
    recovery_code(person_id Id, code_mac Bytes, used_at_micros Integer)
    passkey(
        passkey_id Id, person_id Id, credential_mac Bytes, sealed_name Bytes,
        sealed_credential Bytes, added_on Text, last_used_on Text
    )
    attachment(
        submission_id Id, sha256 Bytes, size_bytes Integer, sealed_name Bytes, sealed Bytes
    )
    attachment_look(
        submission_id Id, sha256 Bytes, sealed_look Bytes, look_waits Integer,
        scan_waits Integer, verdict Text, sealed_scan Bytes, scanned_at_micros Integer,
        next_at_micros Integer, attempts Integer, trouble Text
    )
    handled_request(
        request_id Id, submission_id Id, ordinal Integer, received_on Text, due_on Text,
        country Text, category Text, urgency Text, demands Integer, authority_id Id,
        officer_id Id, stage Text, standing Text, is_finished Integer, assigned_to Id,
        next_step Text, barred Text, publication Text, due_at_micros Integer, instrument Text,
        decided_in_days Integer
    )
    deadline(
        request_id Id, owed Text, due_on Text, due_at_micros Integer, category Text,
        submission_id Id, assigned_to Id
    )
    authority(authority_id Id, country Text, name_mac Bytes, sealed_name Bytes)
    officer(
        officer_id Id, authority_id Id, name_mac Bytes, sealed_name Bytes, sealed_contact Bytes
    )
    authority_contact(
        contact_id Id, authority_id Id, kind Text, value_mac Bytes, sealed_value Bytes,
        sealed_note Bytes
    )
    instrument_mark(mark_mac Bytes, request_id Id, has_authority Integer)
    submission_mark(mark_mac Bytes, submission_id Id)
    compartment(submission_id Id, person_id Id)
    data_inventory(position Integer, sealed Bytes)
    retention_rules(position Integer, sealed Bytes)
    legal_hold(hold_id Id, submission_id Id)
    viewing(
        viewing_id Id, day Text, at_micros Integer, person_id Id, what Text, subject Id,
        sha256 Bytes
    )
    job(
        kind Text, subject Id, due_at_micros Integer, attempts Integer,
        claimed_until_micros Integer, trouble Text
    )
    no_reminders(person_id Id)
    access_notice(person_id Id, position Integer)
};

/// Tables that stay behind, each with the reason.
pub const NOT_COPIED: &[(&str, &str)] = &[
    ("session", "who was signed in when a backup was made is not let in by restoring it"),
    ("invitation", "a link that was used or replaced since would work again"),
    ("used_challenge", "it is about ten minutes"),
    ("api_token", "one that was revoked since would work again"),
    ("mail", "what was sent since a backup was made would be sent again by restoring it"),
    ("sign_in_attempt", "it is about one day, and about who was not let in"),
];

/// Where the leaves go that are copied in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Into the log, which goes on with them.
    InPlace,
    /// Beside it, until another log begins with them ([`Tx::begin_successor`]). What was signed over
    /// theirs stays behind.
    Aside,
}

impl Leaves {
    /// The table that takes the rows of one.
    fn table(self, of: &str) -> Option<&str> {
        match (self, of) {
            (Self::Aside, "leaf") => Some("leaf_before"),
            (Self::Aside, "pad") => Some("pad_before"),
            (Self::Aside, "tree_node" | "checkpoint" | "witness") => None,
            (Self::InPlace | Self::Aside, table) => Some(table),
        }
    }
}

/// Why rows could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Store(#[from] Error),
    /// Of what the lines are read from or written to.
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Malformed(String),
    #[error("the database holds something already: name an empty one")]
    NotEmpty,
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Mark {
    Begin { table: String, columns: Vec<(String, ColumnKind)> },
    End { end: String, rows: u64 },
    Done { tables: u64, rows: u64 },
}

/// A value on its way.
enum Cell {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Id(Option<Uuid>),
}

impl Tx {
    /// The last migration that the tables have seen.
    pub async fn migration(&mut self) -> Result<i64, Error> {
        const LAST: &str = "SELECT MAX(version) FROM _sqlx_migrations";
        Ok(on_both!(self, |c| sqlx::query_scalar(LAST).fetch_one(&mut **c).await?))
    }

    /// Hands over every row of every table as a line, without holding them all. Returns how many
    /// rows there are.
    pub async fn copy_out(
        &mut self,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<u64, CopyError> {
        let mut all = 0;
        for table in TABLES {
            let columns: Vec<_> =
                table.columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
            take(&line(&Mark::Begin { table: table.name.to_owned(), columns }))?;
            let rows = self.each_row(table, &mut |values| take(&line(&values))).await?;
            take(&line(&Mark::End { end: table.name.to_owned(), rows }))?;
            all += rows;
        }
        take(&line(&Mark::Done { tables: TABLES.len() as u64, rows: all }))?;
        Ok(all)
    }

    /// Hands over each row of a table as its values, without holding them all. Returns how many
    /// there are.
    pub async fn each_row(
        &mut self,
        table: &Table,
        take: &mut dyn FnMut(Vec<Value>) -> io::Result<()>,
    ) -> Result<u64, CopyError> {
        let names: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let select = format!("SELECT {} FROM {}", names.join(", "), table.name);
        let mut rows = 0;
        on_both!(self, |c| {
            let mut found = sqlx::query(AssertSqlSafe(select)).fetch(&mut **c);
            while let Some(row) = found.try_next().await? {
                let mut values = Vec::with_capacity(table.columns.len());
                for (i, (_, kind)) in table.columns.iter().enumerate() {
                    values.push(match kind {
                        ColumnKind::Integer => row.try_get::<Option<i64>, _>(i)?.into(),
                        ColumnKind::Text => row.try_get::<Option<String>, _>(i)?.into(),
                        ColumnKind::Bytes => row
                            .try_get::<Option<Vec<u8>>, _>(i)?
                            .map(|bytes| BASE64_STANDARD.encode(bytes))
                            .into(),
                        ColumnKind::Id => {
                            row.try_get::<Option<Uuid>, _>(i)?.map(|id| id.to_string()).into()
                        }
                    });
                }
                take(values)?;
                rows += 1;
            }
        });
        Ok(rows)
    }

    /// Takes rows that [`Self::copy_out`] handed over, line by line, into a database that holds
    /// nothing yet. Counts them, and brings the tables up to date. All of it is in this
    /// transaction: a crash before the commit leaves empty tables.
    pub async fn copy_in(
        &mut self,
        next: &mut dyn FnMut() -> io::Result<String>,
        leaves: Leaves,
    ) -> Result<u64, CopyError> {
        self.empty().await?;
        match leaves {
            Leaves::InPlace => {}
            Leaves::Aside => self.prepare_aside().await?,
        }
        let (mut tables, mut all) = (0, 0);
        loop {
            match mark(&next()?)? {
                Mark::Begin { table, columns } => {
                    let into = leaves.table(&table);
                    all += self.copy_table((&table, into), &columns, next).await?;
                    tables += 1;
                }
                Mark::End { end, .. } => {
                    return Err(malformed(format!("table {end} ends before it begins")));
                }
                Mark::Done { tables: told, rows } if (told, rows) == (tables, all) => break,
                Mark::Done { tables: told, rows } => {
                    return Err(malformed(format!(
                        "{rows} rows in {told} tables were written, {all} in {tables} are there"
                    )));
                }
            }
        }
        match self {
            Self::Sqlite(c) => sqlx::migrate!("./migrations/sqlite").run(&mut **c).await,
            Self::Postgres(c) => sqlx::migrate!("./migrations/postgres").run(&mut **c).await,
        }
        .map_err(Error::from)?;
        Ok(all)
    }

    /// Makes room for the row that a new database begins with.
    async fn empty(&mut self) -> Result<(), CopyError> {
        const NEW: &str = "DELETE FROM log_head WHERE position = 0 AND tree_size = 0";
        const HEADS: &str = "SELECT COUNT(*) FROM log_head";
        on_both!(self, |c| sqlx::query(NEW).execute(&mut **c).await?.rows_affected());
        let heads: i64 = on_both!(self, |c| sqlx::query_scalar(HEADS).fetch_one(&mut **c).await?);
        if heads == 0 { Ok(()) } else { Err(CopyError::NotEmpty) }
    }

    async fn copy_table(
        &mut self,
        (table, into): (&str, Option<&str>),
        columns: &[(String, ColumnKind)],
        next: &mut dyn FnMut() -> io::Result<String>,
    ) -> Result<u64, CopyError> {
        /// Rows in one statement: with 16 columns well within the databases' limits.
        const ROWS_MAX: usize = 500;
        /// And bytes, since one frozen file can be large.
        const SIZE_BYTES_MAX: usize = 4 << 20;
        // The file is not trusted to write SQL.
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
        };
        if !TABLES.iter().any(|known| known.name == table) {
            return Err(malformed(format!("there is no table {table}")));
        }
        if columns.is_empty() || !columns.iter().all(|(name, _)| is_name(name)) {
            return Err(malformed(format!("table {table} has columns that candor has not")));
        }
        let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let insert = into.map(|into| format!("INSERT INTO {into} ({}) ", names.join(", ")));
        let (mut rows, mut size, mut count) = (Vec::new(), 0, 0_u64);
        loop {
            let text = next()?;
            if text.starts_with('[') {
                size += text.len();
                rows.push(row(table, columns, &text)?);
                count += 1;
                if rows.len() < ROWS_MAX && size < SIZE_BYTES_MAX {
                    continue;
                }
            }
            let full = std::mem::take(&mut rows);
            if let (Some(insert), false) = (&insert, full.is_empty()) {
                self.insert_cells(insert, full).await?;
            }
            size = 0;
            if text.starts_with('[') {
                continue;
            }
            return match mark(&text)? {
                Mark::End { end, rows } if end == table && rows == count => Ok(count),
                Mark::End { end, rows } if end == table => Err(malformed(format!(
                    "{rows} rows of table {table} were written, {count} are there"
                ))),
                Mark::Begin { .. } | Mark::End { .. } | Mark::Done { .. } => {
                    Err(malformed(format!("table {table} has no end")))
                }
            };
        }
    }

    async fn insert_cells(&mut self, insert: &str, rows: Vec<Vec<Cell>>) -> Result<(), CopyError> {
        let done = async {
            on_both!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(rows, |mut values, row| {
                    for cell in row {
                        match cell {
                            Cell::Integer(value) => values.push_bind(value),
                            Cell::Text(value) => values.push_bind(value),
                            Cell::Bytes(value) => values.push_bind(value),
                            Cell::Id(value) => values.push_bind(value),
                        };
                    }
                });
                query.build().execute(&mut **c).await?;
            });
            Ok::<_, sqlx::Error>(())
        };
        match done.await {
            Ok(()) => Ok(()),
            // Rows of this kind were there before.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(CopyError::NotEmpty)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The tables and columns that the database has: for the test that holds [`TABLES`] against it.
    pub async fn columns(&mut self) -> Result<Vec<(String, Vec<String>)>, Error> {
        const SQLITE: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' \
             AND name NOT LIKE 'sqlite_%' ORDER BY name";
        const POSTGRES: &str = "SELECT tablename::TEXT FROM pg_tables \
             WHERE schemaname = current_schema() ORDER BY tablename";
        let tables: Vec<String> = match self {
            Self::Sqlite(c) => sqlx::query_scalar(SQLITE).fetch_all(&mut **c).await?,
            Self::Postgres(c) => sqlx::query_scalar(POSTGRES).fetch_all(&mut **c).await?,
        };
        let mut all = Vec::new();
        for table in tables.into_iter().filter(|table| table != "_sqlx_migrations") {
            let select = format!("SELECT * FROM {table} LIMIT 0");
            let columns = on_both!(self, |c| {
                use sqlx::{Executor as _, SqlSafeStr as _, Statement as _};
                let statement = c.prepare(AssertSqlSafe(select).into_sql_str()).await?;
                statement.columns().iter().map(|column| column.name().to_owned()).collect()
            });
            all.push((table, columns));
        }
        Ok(all)
    }
}

fn malformed(what: String) -> CopyError {
    CopyError::Malformed(what)
}

fn line(of: &impl Serialize) -> String {
    serde_json::to_string(of).expect("plain data")
}

fn mark(text: &str) -> Result<Mark, CopyError> {
    let start: String = text.chars().take(60).collect();
    serde_json::from_str(text)
        .map_err(|_| malformed(format!("`{start}` stands where a table should begin or end")))
}

fn row(table: &str, columns: &[(String, ColumnKind)], text: &str) -> Result<Vec<Cell>, CopyError> {
    let wrong = || malformed(format!("a row of table {table} is none"));
    let values: Vec<Value> = serde_json::from_str(text).map_err(|_| wrong())?;
    if values.len() != columns.len() {
        return Err(wrong());
    }
    let cells = columns.iter().zip(values).map(|((_, kind), value)| Cell::read(*kind, value));
    cells.collect::<Option<_>>().ok_or_else(wrong)
}

impl Cell {
    fn read(kind: ColumnKind, value: Value) -> Option<Self> {
        Some(match (kind, value) {
            (ColumnKind::Integer, Value::Null) => Self::Integer(None),
            (ColumnKind::Integer, value) => Self::Integer(Some(value.as_i64()?)),
            (ColumnKind::Text, Value::Null) => Self::Text(None),
            (ColumnKind::Text, Value::String(text)) => Self::Text(Some(text)),
            (ColumnKind::Bytes, Value::Null) => Self::Bytes(None),
            (ColumnKind::Bytes, Value::String(text)) => {
                Self::Bytes(Some(BASE64_STANDARD.decode(text).ok()?))
            }
            (ColumnKind::Id, Value::Null) => Self::Id(None),
            (ColumnKind::Id, Value::String(text)) => Self::Id(Some(text.parse().ok()?)),
            (ColumnKind::Text | ColumnKind::Bytes | ColumnKind::Id, _) => return None,
        })
    }
}

impl From<Conflict> for CopyError {
    fn from(conflict: Conflict) -> Self {
        Self::Store(conflict.into())
    }
}
