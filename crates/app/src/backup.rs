//! `candor backup`: everything in the data directory but its keys, in one encrypted file.
//!
//! The format is described in docs/backup.md. It is the same for both databases.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use store::CopyError;

use crate::checkpoint::CHECKPOINT_FILE;
use crate::config::CONFIG_FILE;
use crate::encrypted::{Encrypted, Recipients};
use crate::profiles::{is_read, own_paths};
use crate::{Candor, Error, holidays, profiles};

/// The first line of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// `backup`.
    pub(crate) candor: String,
    /// 1.
    pub(crate) format: u32,
    pub(crate) made_at: String,
    /// The log's name, its size and its root.
    pub(crate) origin: String,
    pub(crate) leaves: u64,
    pub(crate) root: String,
    /// Of the newest event.
    pub(crate) position: i64,
    /// The last change of the tables that these rows know.
    pub(crate) migration: i64,
    /// How many lines of files follow.
    pub(crate) files: usize,
}

/// A file of the data directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileLine {
    pub(crate) file: String,
    pub(crate) base64: String,
}

/// What was backed up.
#[derive(Clone, Copy, Debug)]
pub struct BackedUp {
    pub rows: u64,
    pub leaves: u64,
    pub size_bytes: u64,
}

impl Candor {
    /// Writes a backup of one moment, while others go on. The file is there whole or not at all.
    pub async fn backup(&self, out: &Path, to: &Recipients) -> Result<BackedUp, Error> {
        // Before the rows: what was signed by now is in them, and what is signed while they are
        // read need not be.
        let files = self.files_of_backup()?;
        let mut tx = self.db.snapshot().await?;
        let head = tx.tree_head().await?;
        let header = Header {
            candor: "backup".to_owned(),
            format: 1,
            made_at: self.clock.now().to_string(),
            origin: head.origin,
            leaves: head.size,
            root: head.root.to_string(),
            position: tx.head().await?.0,
            migration: tx.migration().await?,
            files: files.len(),
        };
        let mut file = Encrypted::create(out, to)?;
        file.tell(&serde_json::json!(header))?;
        for one in &files {
            file.tell(&serde_json::json!(one))?;
        }
        let copied = tx.copy_out(&mut |line| file.line(line)).await;
        let rows = copied.map_err(|error| match error {
            CopyError::Io(error) => Error::file(file.path(), "can't be written")(error),
            CopyError::Store(error) => error.into(),
            error @ (CopyError::Malformed(_) | CopyError::NotEmpty) => {
                Error::Nothing(error.to_string())
            }
        })?;
        Ok(BackedUp { rows, leaves: head.size, size_bytes: file.finish()? })
    }

    /// Settings, the last checkpoint, the principles, the prepared answers, and what the company has of legal profiles
    /// and public holidays: without them deadlines would be counted by other rules, and what
    /// counsel confirmed would read as a draft.
    fn files_of_backup(&self) -> Result<Vec<FileLine>, Error> {
        let mut names = vec![(CONFIG_FILE.to_owned(), Needed::Yes)];
        names.push((CHECKPOINT_FILE.to_owned(), Needed::No));
        if let Some(principles) = &self.config.publisher.principles {
            // Another place than the data directory is not ours to fill again.
            if is_plain_name(principles) {
                names.push((principles.clone(), Needed::Yes));
            }
        }
        names.extend(self.config.answers.names().map(|name| (name.to_owned(), Needed::Yes)));
        for folder in FOLDERS {
            for path in own_paths(&self.dir.join(folder), "the folder can't be read")? {
                let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
                    Error::Config(format!(
                        "{}: its name is not UTF-8, so that it can't be backed up; rename it",
                        path.display()
                    ))
                })?;
                names.push((format!("{folder}/{name}"), Needed::Yes));
            }
        }
        let mut files = Vec::new();
        for (name, needed) in names {
            let path = self.dir.join(&name);
            match (std::fs::read(&path), needed) {
                (Ok(bytes), _) => {
                    files.push(FileLine { file: name, base64: BASE64_STANDARD.encode(bytes) });
                }
                (Err(error), Needed::No) if error.kind() == std::io::ErrorKind::NotFound => {}
                (Err(error), _) => return Err(Error::file(&path, "can't be read")(error)),
            }
        }
        Ok(files)
    }
}

enum Needed {
    Yes,
    No,
}

/// The folders of a data directory whose files are the company's own rules.
const FOLDERS: [&str; 2] = [profiles::FOLDER, holidays::FOLDER];

/// Where a file of a backup belongs in a data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belongs<'a> {
    InDirectory(&'a str),
    /// In one of the two folders of rules.
    InFolder(&'static str, &'a str),
}

impl<'a> Belongs<'a> {
    /// `None` where a backup has no such file: it is not trusted to name places.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        if let Some((folder, file)) = name.split_once('/') {
            let folder = FOLDERS.into_iter().find(|known| *known == folder)?;
            let is_rule = is_plain_name(file) && is_read(Path::new(file));
            return is_rule.then_some(Self::InFolder(folder, file));
        }
        let is_folder = name == "keys" || FOLDERS.contains(&name);
        (is_plain_name(name) && !is_folder).then_some(Self::InDirectory(name))
    }
}

/// Whether a name is that of a file in a folder, and leads nowhere else.
pub(crate) fn is_plain_name(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|file| file == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_names_files_of_the_directory_and_of_two_folders_alone() {
        for (name, belongs) in [
            ("candor.toml", Some(Belongs::InDirectory("candor.toml"))),
            ("jurisdictions/eu.toml", Some(Belongs::InFolder("jurisdictions", "eu.toml"))),
            ("holidays/DE.toml", Some(Belongs::InFolder("holidays", "DE.toml"))),
            ("", None),
            (".", None),
            ("..", None),
            ("keys", None),
            ("jurisdictions", None),
            ("holidays", None),
            ("/etc/passwd", None),
            ("../candor.toml", None),
            ("keys/log.key", None),
            ("keys/x.toml", None),
            ("./candor.toml", None),
            ("jurisdictions/", None),
            ("jurisdictions/.toml", None),
            ("jurisdictions/notes.txt", None),
            ("jurisdictions/../keys/x.toml", None),
            ("jurisdictions//x.toml", None),
            ("jurisdictions/deeper/x.toml", None),
            ("holidays/..", None),
        ] {
            assert_eq!(Belongs::of(name), belongs, "{name}");
        }
    }
}
