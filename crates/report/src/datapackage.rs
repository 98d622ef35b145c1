//! `datapackage.json`: what the files of an edition are, how long, and their hashes.
//! Frictionless Data Package, version 1 of the specification.

use domain::id::Sha256Hash;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::csv::{self, COLUMNS};
use crate::{Edition, File, Status, words};

/// The descriptor of `files`, in their order.
pub(crate) fn descriptor(edition: &Edition, files: &[File]) -> Vec<u8> {
    let Edition { publisher, status, dataset, .. } = edition;
    let period = &dataset.period;
    let mut package = json!({
        "profile": "data-package",
        "name": format!("requests-{}", period.slug().to_lowercase()),
        "title": format!("Requests from governments and law enforcement, {}", period.label()),
        "description": format!(
            "Requests received by {} from {}, by country, category and outcome. {}.",
            publisher.name,
            period.days_label(),
            words::capital(&status.words()),
        ),
        "created": format!("{}T00:00:00Z", status.date()),
        "contributors": [{ "title": publisher.name, "role": "publisher" }],
        "sources": sources(edition),
        "resources": files.iter().map(resource).collect::<Vec<_>>(),
    });
    match status {
        Status::Draft { .. } => {}
        // Semantic versioning asks for three numbers; a revision is a new major one.
        Status::Published { revision, .. } => package["version"] = json!(format!("{revision}.0.0")),
    }
    let mut text = serde_json::to_string_pretty(&package).expect("all keys are strings");
    text.push('\n');
    text.into_bytes()
}

fn sources(edition: &Edition) -> Vec<Value> {
    let name = &edition.publisher.name;
    let counted = format!("Requests received by {name}, counted one by one");
    let mut sources = vec![json!({ "title": counted })];
    if !edition.figures.is_empty() {
        let published = format!("Figures published by {name} outside this counting");
        sources.push(json!({ "title": published }));
    }
    sources
}

fn resource(file: &File) -> Value {
    let (_, extension) = file.path.rsplit_once('.').unwrap_or(("", ""));
    let mut resource = json!({
        "name": file.path.to_lowercase().replace('/', "-"),
        "path": file.path,
        "title": words::file_holds(&file.path).0,
        "profile": "data-resource",
        // Not of the specification: it keeps the framework's validator from reading every file
        // whose form it knows as a table.
        "type": "file",
        "format": extension,
        "mediatype": media_type(extension),
        "bytes": file.bytes.len(),
        "hash": format!("sha256:{}", Sha256Hash(Sha256::digest(&file.bytes).into())),
    });
    let schema = match file.path.as_str() {
        "by-country.csv" => Some(schema()),
        "paperwork.csv" => Some(schema_of_paperwork()),
        "bands.csv" => Some(schema_of_bands()),
        _ => None,
    };
    if let Some(schema) = schema {
        resource["profile"] = json!("tabular-data-resource");
        resource["type"] = json!("table");
        resource["encoding"] = json!("utf-8");
        resource["dialect"] = json!({
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": "\"",
            "doubleQuote": true,
            "header": true,
        });
        resource["schema"] = schema;
    }
    resource
}

fn media_type(extension: &str) -> &'static str {
    match extension {
        "csv" => "text/csv",
        "html" => "text/html",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

/// The table schema of `paperwork.csv`.
fn schema_of_paperwork() -> Value {
    let field = |(at, (name, title, description)): (usize, &(&str, &str, &str))| {
        let (kind, constraints) = match at {
            ..csv::paperwork::WORDS => ("string", json!({ "required": true, "unique": true })),
            _ => ("integer", json!({ "minimum": 0 })),
        };
        json!({
            "name": name,
            "title": title,
            "description": description,
            "type": kind,
            "constraints": constraints,
        })
    };
    let fields: Vec<Value> = csv::paperwork::COLUMNS.iter().enumerate().map(field).collect();
    json!({ "fields": fields, "primaryKey": ["paperwork"], "missingValues": [""] })
}

/// The table schema of `bands.csv`.
fn schema_of_bands() -> Value {
    let field = |column: &csv::bands::Column| {
        let (kind, constraints) = match column.value {
            csv::bands::Value::Code(_) => ("string", json!({ "required": true, "unique": true })),
            csv::bands::Value::Edge(_) => ("integer", json!({ "required": true, "minimum": 0 })),
        };
        json!({
            "name": column.name,
            "title": column.title,
            "description": column.description,
            "type": kind,
            "constraints": constraints,
        })
    };
    let fields: Vec<Value> = csv::bands::COLUMNS.iter().map(field).collect();
    json!({ "fields": fields, "primaryKey": ["process"], "missingValues": [] })
}

/// The table schema of `by-country.csv`.
fn schema() -> Value {
    let fields: Vec<Value> = COLUMNS
        .iter()
        .map(|column| {
            let (kind, constraints) = match column.value() {
                csv::Value::Code => (
                    "string",
                    json!({ "required": true, "unique": true, "pattern": "TOTAL|[A-Z]{2}" }),
                ),
                csv::Value::Name => ("string", json!({ "required": true })),
                csv::Value::Count(_) => ("integer", json!({ "required": true, "minimum": 0 })),
                csv::Value::Percent(_) => {
                    ("integer", json!({ "required": true, "minimum": 0, "maximum": 100 }))
                }
            };
            json!({
                "name": column.name,
                "title": column.title,
                "description": column.description,
                "type": kind,
                "constraints": constraints,
            })
        })
        .collect();
    json!({ "fields": fields, "primaryKey": ["country"], "missingValues": [] })
}
