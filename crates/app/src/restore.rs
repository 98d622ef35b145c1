//! `candor restore`: a backup becomes a data directory again, and its log goes on where the public
//! saw it end.
//!
//! **Nothing is signed over a shorter or different log than was published**: that would prove to
//! anyone that the log was forked. So a backup is held against the published log; leaves that it
//! has not are appended again from there, without what they seal. All rows are written in one
//! transaction and all files beside the directory, which are then moved into it, the settings last:
//! a crash before leaves an empty database and no directory.

mod successor;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::event::SubmissionEvent;
use domain::id::Actor;
use ledger::checkpoint::Checkpoint;
use ledger::hash::Hash;
use ledger::leaf::{Leaf, Role};
use ledger::log::{Files, ReadError, Rejection, codebook_path};
use ledger::note::{NOTE_SIZE_BYTES_MAX, Note};
use ledger::tile::{ENTRY_SIZE_BYTES_MAX, TILE_WIDTH, Tile, TileKind, decode_entries};
use store::{CopyError, Db, Keys, Leaves, Location, MasterKey, StoredCheckpoint, Tx};

use crate::backup::{Belongs, FileLine, Header};
use crate::checkpoint::{CHECKPOINT_FILE, first_keys, keys_of_log};
use crate::config::CONFIG_FILE;
use crate::encrypted::Decrypted;
use crate::erase::{ERASURES_FILE, Erasure};
use crate::init::master_key_file;
use crate::keys::{Places, Signers, verifier_key};
use crate::paperwork::TOLD_AT_ONCE;
use crate::site::replace;
use crate::{Clock, Config, Database, Error, Publish, erase, unlock};

/// What a backup is restored with.
pub struct Restore<'a> {
    pub file: &'a Path,
    /// New, or empty but for a folder `keys`.
    pub dir: &'a Path,
    /// What the backup was encrypted to.
    pub identity: &'a Path,
    /// The folder of the keys, where they are not in the directory already.
    pub keys: Option<&'a Path>,
    /// In place of the database that the settings name.
    pub database: Option<Database>,
    pub against: Against<'a>,
    /// The list of erasures that lay beside the lost database.
    pub erasures: Option<&'a Path>,
}

/// What the backup's log is held against.
#[derive(Clone, Copy)]
pub enum Against<'a> {
    /// The files of the published log, which goes on.
    Published(&'a dyn Files),
    /// The files of the published log, which can't go on: another one with this name follows it.
    Succeeding { before: &'a dyn Files, origin: &'a str },
    /// Nothing: the log was never shown to anyone, and nobody holds a receipt.
    Nothing,
}

/// What was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub rows: u64,
    /// In the log now.
    pub leaves: u64,
    /// Of these, not in the backup: what they seal is lost.
    pub lost: u64,
    /// Submissions that were erased again.
    pub erased: u64,
}

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{} is not empty: name a new directory, or one that holds only the folder keys", .0.display())]
    NotEmpty(PathBuf),
    #[error(
        "there are no keys: a backup holds none. Copy the folder keys to {}, or name it with --keys",
        .0.join("keys").display()
    )]
    NoKeys(PathBuf),
    #[error("{} is there already: leave --keys out, or move that folder away", .0.display())]
    KeysTwice(PathBuf),
    #[error(
        "{} is no backup: its first line is another. `candor export` files are for people to read \
         and can't be restored",
        .0.display()
    )]
    NotABackup(PathBuf),
    #[error("the backup was made by a later version of candor: restore it with that one")]
    Newer,
    #[error(
        "the settings name the database `{0}`, which is no file in the directory: name an empty \
         one with --database-url"
    )]
    DatabaseElsewhere(String),
    #[error("the database {0} holds something already: name an empty one with --database-url")]
    DatabaseNotEmpty(String),
    #[error("the rows in the backup don't hold: {0}. Take an earlier backup, and report this")]
    Unsound(String),
    #[error("the published log can't be read: {0}")]
    Unreadable(#[from] ReadError),
    #[error(
        "the published log holds {published} leaves and the backup {ours}; {missing} is missing: \
         name the published site, not its checkpoint alone"
    )]
    Missing { published: u64, ours: u64, missing: String },
    #[error("{0} of the published log is damaged: take another copy of it")]
    Malformed(String),
    #[error(
        "the published log is `{published}`, and the backup is of the log `{backup}`: name the \
         site on which this log is published"
    )]
    Foreign { published: String, backup: String },
    #[error(
        "the published log of {published} leaves does not begin with the {ours} of the backup: it \
         went another way. Take the backup of the machine that published it; going on with this \
         one would fork the log. Where there is no such backup, begin a log that follows it: \
         --successor NAME"
    )]
    Forked { published: u64, ours: u64 },
    #[error("the log before is named {0} too: give its successor another name")]
    SameName(String),
    #[error("the published log does not hold: {0}. Take another copy of it")]
    Before(Rejection),
    #[error(
        "the published checkpoint of {size} leaves is not signed by the log key {key}: take the \
         newest checkpoint, and the newest keys"
    )]
    Unsigned { size: u64, key: String },
}

/// Restores a backup. Where anything is not as it should be, the directory stays as it was and the
/// database empty.
pub async fn restore(new: Restore<'_>, clock: Clock, actor: Actor) -> Result<Restored, Error> {
    let dir = std::path::absolute(new.dir).map_err(Error::file(new.dir, "can't be found"))?;
    let home = place_of_keys(&dir, new.keys)?;
    let erasures = new.erasures.map(erase::read).transpose()?;
    let mut backup = Decrypted::open(new.file, new.identity)?;
    let header = read_header(&mut backup, new.file)?;

    let beside = dir.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(beside).map_err(Error::file(beside, "can't be made"))?;
    let staging = tempfile::Builder::new()
        .prefix(".candor-restore-")
        .tempdir_in(beside)
        .map_err(Error::file(beside, "can't be written to"))?;
    read_files(&mut backup, &header, staging.path())?;
    if let Some(database) = new.database {
        // As they stand in the file: what the environment sets is for this run only.
        let mut config = Config::read_file(staging.path())?;
        config.database = database;
        config.write(staging.path())?;
    }
    let config = Config::read(staging.path())?;
    let location = database_in(&config, staging.path())?;
    let home = match home {
        Home::Directory => dir.clone(),
        Home::Copied(keys) => {
            copy_keys(&keys, &staging.path().join("keys"))?;
            staging.path().to_owned()
        }
    };
    let lock = unlock(&home, &config).await?;
    let key = lock.read(&master_key_file(&home), "the master key can't be read")?;
    let keys = Keys::new(&MasterKey::from_file(&key)?);

    let db = Db::open_at(&location, keys, header.migration).await?;
    let mut tx = db.begin().await?;
    let migration = tx.migration().await?;
    if migration < header.migration {
        return Err(RestoreError::Newer.into());
    }
    let not_empty = || RestoreError::DatabaseNotEmpty(config.database.url.clone());
    if migration > header.migration {
        return Err(not_empty().into());
    }
    let leaves = match new.against {
        Against::Succeeding { .. } => Leaves::Aside,
        Against::Published(_) | Against::Nothing => Leaves::InPlace,
    };
    let rows = match tx.copy_in(&mut || backup.next(), leaves).await {
        Ok(rows) => rows,
        Err(CopyError::Store(error)) => return Err(error.into()),
        Err(CopyError::Io(error)) => return Err(backup.failed(&error)),
        Err(CopyError::Malformed(what)) => return Err(backup.damaged(what)),
        Err(CopyError::NotEmpty) => return Err(not_empty().into()),
    };
    match backup.ends() {
        Ok(true) => {}
        Ok(false) => return Err(backup.damaged("something follows its end")),
        Err(error) => return Err(backup.failed(&error)),
    }
    let head = match leaves {
        Leaves::InPlace => tx.tree_head().await?,
        Leaves::Aside => tx.log_aside().await?,
    };
    let position = tx.head().await?.0;
    let found = (head.origin.as_str(), head.size, head.root.to_string(), position);
    if found != (header.origin.as_str(), header.leaves, header.root, header.position) {
        let what = "they end elsewhere than its first line says".to_owned();
        return Err(RestoreError::Unsound(what).into());
    }

    let mut lost = 0;
    let mut newest = None;
    match new.against {
        Against::Published(files) => {
            let (checkpoint, note) = read_checkpoint(files)?;
            lost = go_on(&mut tx, (files, &checkpoint), db.keys(), clock, actor).await?;
            signed_by_log(&mut tx, &checkpoint, &note).await?;
            let stored = StoredCheckpoint {
                size: checkpoint.size,
                note: note.to_string(),
                is_of_edition: config.log.publish == Publish::WithEdition,
                has_quorum: true,
            };
            tx.put_checkpoint(&stored).await?;
            newest = Some((checkpoint, note));
        }
        Against::Succeeding { before, origin } => {
            let log = (before, origin);
            lost = successor::begin(&mut tx, log, &head, db.keys(), (clock, actor)).await?;
            // Of the log before: nothing was signed over this one yet.
            remove(&staging.path().join(CHECKPOINT_FILE))?;
        }
        Against::Nothing => {}
    }
    while tx.tell_paperwork(TOLD_AT_ONCE).await? > 0 {}
    examine(&mut tx, &db).await?;
    let (origin, in_use) = keys_of_log(&mut tx).await?;
    // Only to see that they are there, and are those that the log uses.
    Signers::open(Places { dir: &home, settings: &config.keys, lock: &lock }, &origin, in_use)?;
    let mut erased = 0;
    for erasure in erasures.iter().flat_map(|(erasures, _)| erasures) {
        erased += erase_again(&mut tx, *erasure, clock, actor).await?;
    }
    let leaves = tx.tree_head().await?.size;

    if let Some((checkpoint, note)) = newest {
        keep_newest(staging.path(), &checkpoint, &note)?;
    }
    if let Some((_, list)) = erasures {
        replace(staging.path(), ERASURES_FILE, list.as_bytes())?;
    }
    // A crash after this and before the last move leaves a full database without its directory:
    // the same again then says that the database is not empty.
    tx.commit().await?;
    db.close().await;
    put_in_place(staging.path(), &dir)?;
    Ok(Restored { rows, leaves, lost, erased })
}

fn remove(file: &Path) -> Result<(), Error> {
    match std::fs::remove_file(file) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file(file, "can't be removed")(error)),
    }
}

/// Where the keys are.
enum Home {
    /// In the directory already.
    Directory,
    /// In a folder from which they are copied.
    Copied(PathBuf),
}

fn place_of_keys(dir: &Path, keys: Option<&Path>) -> Result<Home, Error> {
    let mut has_keys = false;
    match std::fs::read_dir(dir) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry.map_err(Error::file(dir, "the directory can't be read"))?;
                if entry.file_name() != "keys" {
                    return Err(RestoreError::NotEmpty(dir.to_owned()).into());
                }
                has_keys = true;
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::file(dir, "the directory can't be read")(error)),
    }
    match (has_keys, keys) {
        (true, None) => Ok(Home::Directory),
        (false, Some(keys)) => Ok(Home::Copied(keys.to_owned())),
        (false, None) => Err(RestoreError::NoKeys(dir.to_owned()).into()),
        (true, Some(_)) => Err(RestoreError::KeysTwice(dir.join("keys")).into()),
    }
}

fn copy_keys(from: &Path, to: &Path) -> Result<(), Error> {
    std::fs::create_dir(to).map_err(Error::file(to, "can't be made"))?;
    for entry in std::fs::read_dir(from).map_err(Error::file(from, "the keys can't be read"))? {
        let entry = entry.map_err(Error::file(from, "the keys can't be read"))?;
        let path = entry.path();
        if path.is_file() {
            let bytes = std::fs::read(&path).map_err(Error::file(&path, "can't be read"))?;
            let copy = to.join(entry.file_name());
            crate::keys::write_secret(&copy, &bytes)
                .map_err(Error::file(&copy, "can't be written"))?;
        }
    }
    Ok(())
}

fn read_header(backup: &mut Decrypted, file: &Path) -> Result<Header, Error> {
    let line = backup.next().map_err(|error| backup.failed(&error))?;
    let header: Header = serde_json::from_str(&line)
        .map_err(|_| Error::from(RestoreError::NotABackup(file.to_owned())))?;
    match (header.candor.as_str(), header.format) {
        ("backup", 1) => Ok(header),
        ("backup", _) => Err(RestoreError::Newer.into()),
        (_, _) => Err(RestoreError::NotABackup(file.to_owned()).into()),
    }
}

fn read_files(backup: &mut Decrypted, header: &Header, into: &Path) -> Result<(), Error> {
    let mut folders = BTreeSet::new();
    for _ in 0..header.files {
        let line = backup.next().map_err(|error| backup.failed(&error))?;
        let damaged = || backup.damaged("a file in it is none");
        let FileLine { file, base64 } = serde_json::from_str(&line).map_err(|_| damaged())?;
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_| damaged())?;
        match Belongs::of(&file).ok_or_else(damaged)? {
            Belongs::InDirectory(name) => replace(into, name, &bytes)?,
            Belongs::InFolder(folder, name) => {
                let folder = into.join(folder);
                std::fs::create_dir_all(&folder).map_err(Error::file(&folder, "can't be made"))?;
                replace(&folder, name, &bytes)?;
                folders.insert(folder);
            }
        }
    }
    for folder in folders {
        std::fs::File::open(&folder)
            .and_then(|open| open.sync_all())
            .map_err(Error::file(&folder, "can't be made durable"))?;
    }
    Ok(())
}

/// Where the rows go: a file in the new directory, or a server.
fn database_in(config: &Config, dir: &Path) -> Result<Location, Error> {
    let location = config.location(dir);
    if let Location::Sqlite(path) = &location {
        let mut inside = path.strip_prefix(dir).unwrap_or(Path::new("..")).components();
        let is_inside =
            matches!((inside.next(), inside.next()), (Some(Component::Normal(_)), None));
        if !is_inside || path.exists() {
            return Err(RestoreError::DatabaseElsewhere(config.database.url.clone()).into());
        }
    }
    Ok(location)
}

fn read_checkpoint(files: &dyn Files) -> Result<(Checkpoint, Note), Error> {
    let bytes = files.read("checkpoint", NOTE_SIZE_BYTES_MAX).map_err(RestoreError::from)?;
    let malformed = || RestoreError::Malformed("checkpoint".to_owned());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let note: Note = text.parse().map_err(|_| malformed())?;
    let checkpoint = note.text().parse().map_err(|_| malformed())?;
    Ok((checkpoint, note))
}

/// Appends what the published log has more, and checks that it is one log. Returns how many leaves
/// were lost.
async fn go_on(
    tx: &mut Tx,
    (files, published): (&dyn Files, &Checkpoint),
    keys: &Arc<Keys>,
    clock: Clock,
    actor: Actor,
) -> Result<u64, Error> {
    let ours = tx.tree_head().await?;
    if published.origin != ours.origin {
        let (published, backup) = (published.origin.clone(), ours.origin);
        return Err(RestoreError::Foreign { published, backup }.into());
    }
    let mut lost = 0;
    if published.size > ours.size {
        let sealer = tx.sealer(keys).await?;
        let mut known = tx.known(sealer).await?;
        tx.begin_restoring(clock.now(), actor, published.size).await?;
        let first = ours.size / u64::from(TILE_WIDTH);
        let bundles = (first..).map_while(|n| Tile::at(TileKind::Entries, n, published.size));
        for bundle in bundles {
            let leaves = read_bundle(files, bundle, published.size, ours.size)?;
            for leaf in &leaves {
                if let Leaf::Codebook { codebook } = leaf {
                    take_codebook(tx, files, *codebook).await?;
                }
            }
            lost += tx.restore_published(&mut known, &leaves).await?;
        }
    }
    // The root of our leaves and those after them: had one of ours been another, or one of theirs,
    // it would not be the root that was signed.
    if tx.root_at(published.size).await? != published.root {
        return Err(RestoreError::Forked { published: published.size, ours: ours.size }.into());
    }
    Ok(lost)
}

/// The leaves of a bundle that the backup has not.
fn read_bundle(
    files: &dyn Files,
    bundle: Tile,
    published: u64,
    ours: u64,
) -> Result<Vec<Leaf>, Error> {
    let path = bundle.to_string();
    let size_bytes_max = usize::from(TILE_WIDTH) * (2 + ENTRY_SIZE_BYTES_MAX);
    let bytes = files.read(&path, size_bytes_max).map_err(RestoreError::from)?;
    let missing = || RestoreError::Missing { published, ours, missing: path.clone() };
    let malformed = || RestoreError::Malformed(path.clone());
    let bytes = bytes.ok_or_else(missing)?;
    let entries = decode_entries(&bytes, bundle.width).ok_or_else(malformed)?;
    let lost = (bundle.first_leaf()..).zip(entries).filter(|(index, _)| *index >= ours);
    let leaves = lost.map(|(_, entry)| Leaf::decode(entry).map_err(|_| malformed().into()));
    leaves.collect()
}

/// A codebook is public, so that what its leaf seals is not lost.
async fn take_codebook(tx: &mut Tx, files: &dyn Files, hash: Hash) -> Result<(), Error> {
    const SIZE_BYTES_MAX: usize = 1 << 20;
    let path = codebook_path(hash);
    let bytes = files.read(&path, SIZE_BYTES_MAX).map_err(RestoreError::from)?;
    let bytes = bytes.filter(|bytes| Hash::of(bytes) == hash);
    let bytes = bytes.ok_or(RestoreError::Malformed(path.clone()))?;
    tx.put_log_file(&path, &bytes).await?;
    tx.put_log_file("codebook.json", &bytes).await?;
    Ok(())
}

/// A checkpoint that nobody signed could make a log of anything.
async fn signed_by_log(tx: &mut Tx, checkpoint: &Checkpoint, note: &Note) -> Result<(), Error> {
    let (origin, keys) = keys_of_log(tx).await?;
    let key = verifier_key(&origin, Role::Log, keys.log)?;
    if note.is_signed_by(&key).unwrap_or(false) {
        return Ok(());
    }
    Err(RestoreError::Unsigned { size: checkpoint.size, key: key.to_string() }.into())
}

/// Holds leaves, events and facts against each other.
async fn examine(tx: &mut Tx, db: &Db) -> Result<(), Error> {
    let sealer = tx.sealer(db.keys()).await?;
    let keys = first_keys(tx).await?;
    let audit = tx.audit_log(&sealer, keys).await?;
    if !audit.faults.is_empty() {
        return Err(RestoreError::Unsound(audit.faults.join("; ")).into());
    }
    let refold = tx.refold().await?;
    if let Some(gap) = refold.gap_at {
        return Err(RestoreError::Unsound(format!("event {gap} follows on a gap")).into());
    }
    match refold.differing.first() {
        None => Ok(()),
        Some(request) => {
            let what = format!("request {request} is counted otherwise than its events say");
            Err(RestoreError::Unsound(what).into())
        }
    }
}

/// Returns how many submissions were erased. What is not in the backup, or was erased before it,
/// needs nothing more.
async fn erase_again(
    tx: &mut Tx,
    erasure: Erasure,
    clock: Clock,
    actor: Actor,
) -> Result<u64, Error> {
    match erasure {
        Erasure::Submission(id) if tx.is_readable(id).await? => {
            tx.erase(clock.now(), actor, (id, SubmissionEvent::SubmissionErased { rules: None }))
                .await?;
            Ok(1)
        }
        Erasure::Submission(_) => Ok(0),
        Erasure::HalfYear(of) => match tx.destroy_period_key(clock.now(), actor, of).await {
            Ok(()) | Err(store::Error::PeriodKeyDestroyed(_) | store::Error::NoPeriodKey(_)) => {
                Ok(0)
            }
            Err(error) => Err(error.into()),
        },
    }
}

/// Of the checkpoint in the backup and the published one, the one over more leaves is what was
/// signed last.
fn keep_newest(folder: &Path, published: &Checkpoint, note: &Note) -> Result<(), Error> {
    let of_backup = std::fs::read_to_string(folder.join(CHECKPOINT_FILE)).ok();
    let of_backup = of_backup.and_then(|text| text.parse::<Note>().ok());
    let of_backup = of_backup.and_then(|note| note.text().parse::<Checkpoint>().ok());
    if of_backup.is_none_or(|of_backup| of_backup.size < published.size) {
        replace(folder, CHECKPOINT_FILE, note.to_string().as_bytes())?;
    }
    Ok(())
}

/// Moves all files into the directory, the settings last: where they stand, it is complete.
fn put_in_place(from: &Path, dir: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(dir).map_err(Error::file(dir, "can't be made"))?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(from).map_err(Error::file(from, "can't be read"))? {
        names.push(entry.map_err(Error::file(from, "can't be read"))?.file_name());
    }
    names.sort_by_key(|name| name == CONFIG_FILE);
    for name in names {
        let to = dir.join(&name);
        std::fs::rename(from.join(&name), &to)
            .map_err(Error::file(&to, "can't be put in place"))?;
    }
    std::fs::File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::file(dir, "can't be made durable"))
}
