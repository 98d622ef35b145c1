//! A static site in a folder, that any web server can host.

use std::path::{Path, PathBuf};

use domain::period::Period;
use ledger::hash::Hash;
use ledger::successor::folder_before;
use ledger::tile::Tile;
use report::{Format, IndexEntry, Status};
use store::{Publication, Tx};

use crate::edition::position;
use crate::{AsOf, Candor, Error};

/// The file that holds every number of an edition.
const REPORT: &str = "report.json";

/// A folder that holds, or will hold, a site.
#[derive(Clone, Debug)]
pub struct Site {
    root: PathBuf,
}

impl Candor {
    /// Writes the site of a period: the frozen bytes where it is published, unless a moment is
    /// given, and otherwise the given formats of it, marked DRAFT. Returns whether it is published.
    pub async fn build(
        &self,
        period: Period,
        as_of: AsOf,
        formats: &[Format],
        site: &Site,
    ) -> Result<bool, Error> {
        let publisher = self.config.publisher(&self.dir)?;
        let mut tx = self.db.snapshot().await?;
        site.refuse_unknown(&mut tx, period).await?;
        let revisions = tx.revisions().await?;
        let of_period: Vec<_> = revisions.iter().filter(|r| r.period == period).collect();
        let is_published = as_of == AsOf::Now && !of_period.is_empty();
        let files = if is_published {
            // Later revisions go over earlier ones, whose own folders stay.
            let mut files = Vec::new();
            for revision in &of_period {
                for file in tx.edition_files(period, revision.revision).await? {
                    files.push(report::File { path: file.path, bytes: file.bytes });
                }
            }
            files
        } else {
            let cutoff = position(&mut tx, as_of).await?;
            let status = Status::Draft { compiled_on: self.today() };
            let edition = self.compile(&mut tx, period, cutoff, status).await?;
            drop(tx);
            report::render(&edition, formats)?
        };
        site.write(period, &files)?;
        if is_published {
            site.write_log(&mut self.db.snapshot().await?, self.config.log.publish.into()).await?;
        }
        site.write_index(&publisher)?;
        Ok(is_published)
    }
}

/// The list of all published editions as a page.
pub async fn page_of_all_editions(
    published: &store::ReadOnly,
    publisher: &report::Publisher,
) -> Result<Vec<u8>, Error> {
    let entries = crate::index_entries(published.revisions().await?);
    Ok(report::index_page(publisher, &entries)?)
}

impl Site {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Refuses a folder with a published edition that the database doesn't hold: it was published
    /// after the backup that was restored, and may be the last copy of what the public saw.
    async fn refuse_unknown(&self, tx: &mut Tx, period: Period) -> Result<(), Error> {
        let folder = self.root.join(report::folder(&period));
        let Ok(there) = std::fs::read(folder.join(REPORT)) else { return Ok(()) };
        let Ok(IndexEntry { is_draft: false, revision, .. }) = report::index_entry(&there) else {
            return Ok(());
        };
        let files = tx.edition_files(period, revision).await?;
        let is_known = files.iter().any(|file| file.path == REPORT && file.bytes == there);
        match is_known {
            true => Ok(()),
            false => Err(Error::PublishedElsewhere { folder, period, revision }),
        }
    }

    /// Writes the folder of a period in place of the one that is there. A crash leaves the old
    /// folder, the new one, or for a moment neither, and never a mixture.
    pub(crate) fn write(&self, period: Period, files: &[report::File]) -> Result<(), Error> {
        std::fs::create_dir_all(&self.root).map_err(Error::file(&self.root, "can't be made"))?;
        let next = tempfile::Builder::new()
            .prefix(".candor-")
            .tempdir_in(&self.root)
            .map_err(Error::file(&self.root, "can't be written to"))?;
        let folder = next.path().join("new");
        for file in files {
            write_file(&folder.join(&file.path), &file.bytes)?;
        }
        let target = self.root.join(report::folder(&period));
        if target.exists() {
            if !is_ours(&target)? {
                return Err(Error::NotOurs(target));
            }
            std::fs::rename(&target, next.path().join("old"))
                .map_err(Error::file(&target, "the folder can't be replaced"))?;
        }
        std::fs::rename(&folder, &target)
            .map_err(Error::file(&target, "the folder can't be put in place"))?;
        next.close().map_err(Error::file(&self.root, "the old folder can't be removed"))
    }

    /// Writes what the published log has more than the folder. The checkpoint comes last, so that
    /// a crash leaves one whose files are all there.
    async fn write_log(&self, tx: &mut Tx, publication: Publication) -> Result<(), Error> {
        let Some((size, note)) = tx.checkpoint(publication).await? else { return Ok(()) };
        let folder = self.root.join("log");
        let origin = |note: &str| note.lines().next().unwrap_or_default().to_owned();
        match std::fs::read_to_string(folder.join("checkpoint")) {
            Ok(there) if origin(&there) == origin(&note) => {}
            // The log before: the new one has its files too, in a folder of their own.
            Ok(there) if follows(tx, &origin(&there)).await? => std::fs::remove_dir_all(&folder)
                .map_err(Error::file(&folder, "the log before can't be removed"))?,
            Ok(_) => return Err(Error::NotOurs(folder)),
            Err(_) => {}
        }
        for tile in Tile::all(size) {
            let path = folder.join(tile.to_string());
            if !path.is_file() {
                let bytes = tx.tile(tile).await?;
                make_folder(&path)?;
                replace_at(&path, &bytes)?;
            }
            if tile.is_full() {
                // Nobody needs the parts of a tile that is whole.
                let parts = folder.join(format!("{tile}.p"));
                if parts.is_dir() {
                    std::fs::remove_dir_all(&parts)
                        .map_err(Error::file(&parts, "can't be removed"))?;
                }
            }
        }
        for name in tx.log_file_paths().await? {
            let path = folder.join(&name);
            if let Some(bytes) = tx.published_file(&name, publication).await? {
                make_folder(&path)?;
                replace_at(&path, &bytes)?;
            }
        }
        make_folder(&folder.join("checkpoint"))?;
        replace_at(&folder.join("checkpoint"), note.as_bytes())
    }

    /// Writes the list of the periods present, and the style sheet.
    pub(crate) fn write_index(&self, publisher: &report::Publisher) -> Result<(), Error> {
        let page = report::index_page(publisher, &self.entries()?)?;
        replace(&self.root, "index.html", &page)?;
        replace(&self.root, "candor.css", report::STYLE_SHEET.as_bytes())
    }

    /// The periods present, read from their `report.json`.
    fn entries(&self) -> Result<Vec<IndexEntry>, Error> {
        let read = |what| Error::file(&self.root, what);
        let mut entries = Vec::new();
        for folder in std::fs::read_dir(&self.root).map_err(read("can't be read"))? {
            let folder = folder.map_err(read("can't be read"))?;
            let name = folder.file_name();
            if name.to_str().is_none_or(|name| Period::from_slug(name).is_err()) {
                continue;
            }
            let path = folder.path().join(REPORT);
            if let Ok(bytes) = std::fs::read(&path) {
                let entry = report::index_entry(&bytes).map_err(|what| {
                    Error::Nothing(format!("{}: {what}; remove that folder", path.display()))
                })?;
                entries.push(entry);
            }
        }
        entries.sort_by_key(|entry| entry.period);
        Ok(entries)
    }
}

/// Whether the log follows one with this name.
async fn follows(tx: &mut Tx, origin: &str) -> Result<bool, Error> {
    let folder = folder_before(Hash::of(origin.as_bytes()));
    Ok(tx.log_file(&format!("{folder}checkpoint")).await?.is_some())
}

/// Whether candor wrote the folder, so that it may be replaced.
fn is_ours(folder: &Path) -> Result<bool, Error> {
    const WRITTEN: [&str; 5] =
        ["index.html", "report.pdf", "by-country.csv", "requests.xlsx", "report.json"];
    let mut entries = std::fs::read_dir(folder).map_err(Error::file(folder, "can't be read"))?;
    let is_empty = entries.next().is_none();
    Ok(is_empty || WRITTEN.iter().any(|name| folder.join(name).is_file()))
}

fn make_folder(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(Error::file(folder, "can't be made"))
        }
        None => Ok(()),
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    make_folder(path)?;
    std::fs::write(path, bytes).map_err(Error::file(path, "can't be written"))
}

/// [`replace`], by the whole path.
fn replace_at(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    match (path.parent(), path.file_name().and_then(|name| name.to_str())) {
        (Some(folder), Some(name)) => replace(folder, name, bytes),
        (_, _) => Err(Error::Nothing(format!("{} names no file", path.display()))),
    }
}

/// Writes a file in place of the one that is there, whole or not at all, also where the power fails.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .map_err(Error::file(folder, "can't be written to"))?;
    std::io::Write::write_all(&mut file, bytes).map_err(Error::file(&path, "can't be written"))?;
    #[cfg(unix)]
    {
        // A temporary file is its owner's alone; a site is everybody's.
        use std::os::unix::fs::PermissionsExt;
        let everybody = std::fs::Permissions::from_mode(0o644);
        file.as_file()
            .set_permissions(everybody)
            .map_err(Error::file(&path, "its permissions can't be set"))?;
    }
    file.as_file().sync_all().map_err(Error::file(&path, "can't be made durable"))?;
    file.persist(&path).map_err(|e| Error::file(&path, "can't be put in place")(e.error))?;
    Ok(())
}
