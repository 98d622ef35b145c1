//! What a reader of ARCHITECTURE.md relies on, held against the tree.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};

use crate::root;

/// Generated; everything else should be a room that one knows.
const LARGE_FILES: [&str; 1] = ["crates/domain/src/country/table.rs"];
const LINES_MAX: usize = 800;

/// What sees into compartments is made by `app` alone.
const SIGHTS: [(&str, &str); 2] = [
    ("Sight::of(", "take it from who is signed in"),
    ("Sight::whole(", "what lies in a compartment is there for nobody but who is named"),
];

/// `cargo xtask tidy`
pub(crate) fn check() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let rooms = rooms(&architecture);
    for folder in std::fs::read_dir(root().join("crates"))? {
        let name = folder?.file_name().to_string_lossy().into_owned();
        let Some((_, uses)) = rooms.iter().find(|(room, _)| *room == name) else {
            wrong.push(format!("ARCHITECTURE.md has no room `{name}`"));
            continue;
        };
        let depends = dependencies(&name, &rooms)?;
        if depends != *uses {
            wrong.push(format!("`{name}` depends on {depends:?}; ARCHITECTURE.md says {uses:?}"));
        }
    }
    for file in rust_files()? {
        let text = std::fs::read_to_string(root().join(&file))?;
        let sees = SIGHTS.iter().find(|(sight, _)| text.contains(sight));
        if let Some((sight, reason)) = sees
            && !["crates/app/src/", "crates/store/", "tests/", "xtask/"]
                .iter()
                .any(|place| file.starts_with(place) || file.contains("/tests/"))
        {
            wrong.push(format!("{file} makes a {sight}: {reason}"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX && !LARGE_FILES.contains(&file.as_str()) {
            wrong.push(format!("{file} has {lines} lines; {LINES_MAX} are the most"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Each room of the list and the rooms it uses.
fn rooms(architecture: &str) -> Vec<(String, BTreeSet<String>)> {
    let lines = architecture.lines().skip_while(|line| *line != "crates/").skip(1);
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    let mut rooms: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in lines {
        let Some((room, _)) = line.trim().split_once('/') else { continue };
        let uses = line.split_once("uses:").map_or("", |(_, uses)| uses.trim());
        let uses = match uses {
            "-" => BTreeSet::new(),
            // "store (ReadOnly only)" names store.
            some => some
                .split(',')
                .filter_map(|name| name.split_whitespace().next())
                .map(str::to_owned)
                .collect(),
        };
        rooms.push((room.to_owned(), uses));
    }
    rooms
}

/// The rooms among a crate's dependencies; tests may use more.
fn dependencies(
    name: &str,
    rooms: &[(String, BTreeSet<String>)],
) -> anyhow::Result<BTreeSet<String>> {
    let path = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = std::fs::read_to_string(&path)?.parse()?;
    let depends = manifest
        .get("dependencies")
        .and_then(|d| d.as_table())
        .with_context(|| format!("{} has no dependencies", path.display()))?;
    Ok(depends.keys().filter(|key| rooms.iter().any(|(room, _)| room == *key)).cloned().collect())
}

fn rust_files() -> anyhow::Result<Vec<String>> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "*.rs"])
        .current_dir(root())
        .output()
        .context("git lists the files")?;
    Ok(String::from_utf8(listed.stdout)?.lines().map(str::to_owned).collect())
}
