//! What a ZIP archive holds, told without keeping any of it: each file in it is unpacked into a
//! counter, and no further than the limits.

use std::io::{Cursor, Read};

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::kind::{Kind, kind_of};

/// Files in an archive, those in archives within it included.
pub const ENTRIES_MAX: u64 = 10_000;
/// What it may unpack to in all.
pub const SIZE_BYTES_MAX: u64 = 256 << 20;
/// How many times its own size it may unpack to, beyond [`SIZE_BYTES_FREE`]: texts shrink to a
/// thirtieth, and what shrinks to less than a hundredth was made to.
pub const RATIO_MAX: u64 = 100;
/// So much is unpacked whatever the ratio.
pub const SIZE_BYTES_FREE: u64 = 16 << 20;
/// Archives within each other.
pub const DEPTH_MAX: u8 = 4;
/// An archive within another is looked into up to this size, since it has to be held.
const INNER_BYTES_MAX: u64 = 32 << 20;
/// As much of each file is looked at for what it is.
const HEAD_BYTES: usize = 1 << 12;

/// What an archive holds, as far as it was looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Files, those in archives within it included.
    pub entries: u64,
    /// What they unpack to.
    pub size_bytes: u64,
    /// 1, and one more for each archive within another.
    pub depth: u8,
    /// Files under a password: nobody looked into them, no scanner either.
    pub locked: u64,
    /// Files in a form that is not unpacked here, or broken.
    pub unread: u64,
    pub programs: u64,
    /// Office documents in it, or itself, with macros.
    pub macros: u64,
    /// Why the look ended before the archive did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

/// Why an archive was not looked into to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Entries,
    Size,
    Ratio,
    Depth,
    /// Its directory can't be read.
    Broken,
}

/// Looks into a ZIP archive.
pub(crate) fn look(bytes: &[u8]) -> Archive {
    let budget = (bytes.len() as u64).saturating_mul(RATIO_MAX).max(SIZE_BYTES_FREE);
    let mut found = Archive::default();
    if let Err(limit) = look_at(bytes, 1, budget, &mut found) {
        found.limit = Some(limit);
    }
    found
}

/// What the outermost archive may unpack to by its size is shared by all within.
fn look_at(bytes: &[u8], depth: u8, budget: u64, found: &mut Archive) -> Result<(), Limit> {
    if depth > DEPTH_MAX {
        return Err(Limit::Depth);
    }
    found.depth = found.depth.max(depth);
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(_) if depth == 1 => return Err(Limit::Broken),
        Err(_) => {
            found.unread += 1;
            return Ok(());
        }
    };
    for index in 0..archive.len() {
        found.entries += 1;
        if found.entries > ENTRIES_MAX {
            return Err(Limit::Entries);
        }
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                found.locked += 1;
                continue;
            }
            Err(_) => {
                found.unread += 1;
                continue;
            }
        };
        if entry.is_dir() {
            continue;
        }
        if entry.name().is_ok_and(|name| name.ends_with("vbaProject.bin")) {
            found.macros += 1;
        }
        if let Some(inner) = unpack(&mut entry, budget, found)? {
            look_at(&inner, depth + 1, budget, found)?;
        }
    }
    Ok(())
}

/// Counts a file. Its bytes where it is an archive itself, to be looked into.
fn unpack(
    from: &mut impl Read,
    budget: u64,
    found: &mut Archive,
) -> Result<Option<Vec<u8>>, Limit> {
    let mut part = vec![0; 1 << 16];
    let mut head = Vec::new();
    let mut kept: Option<Vec<u8>> = None;
    loop {
        let read = match from.read(&mut part) {
            Ok(0) => break,
            Ok(read) => read,
            Err(_) => {
                found.unread += 1;
                return Ok(None);
            }
        };
        let part = &part[..read];
        found.size_bytes += read as u64;
        if found.size_bytes > SIZE_BYTES_MAX {
            return Err(Limit::Size);
        }
        if found.size_bytes > budget {
            return Err(Limit::Ratio);
        }
        if head.is_empty() && part.starts_with(b"PK\x03\x04") {
            kept = Some(Vec::new());
        }
        if head.len() < HEAD_BYTES {
            head.extend(&part[..read.min(HEAD_BYTES - head.len())]);
        }
        if let Some(kept) = &mut kept {
            if kept.len() as u64 + read as u64 > INNER_BYTES_MAX {
                return Err(Limit::Size);
            }
            kept.extend(part);
        }
    }
    if kind_of(&head).kind == Kind::Program {
        found.programs += 1;
    }
    Ok(kept)
}
