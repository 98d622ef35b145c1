//! `candor init`: a data directory with its settings, keys and database.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use store::{Db, Keys, MasterKey};

use crate::{Config, Database, Error, Publisher, Serve};

/// What a new data directory is made with.
#[derive(Clone, Debug)]
pub struct Init {
    pub publisher: Publisher,
    pub database: Database,
    /// An IANA name such as `Europe/Paris`. It decides which day a request was received on.
    pub time_zone: String,
}

pub(crate) fn master_key_file(dir: &Path) -> PathBuf {
    dir.join("keys").join("master.key")
}

/// Makes a data directory. Refuses one that has something in it.
///
/// The settings are written last: a directory in which they stand is complete.
pub async fn init(dir: &Path, new: Init) -> Result<(), Error> {
    TimeZone::get(&new.time_zone).map_err(|_| {
        Error::Config(format!(
            "`{}` is no time zone: write an IANA name such as UTC or Europe/Paris",
            new.time_zone
        ))
    })?;
    let is_empty = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(Error::file(dir, "the directory can't be read")(error)),
    };
    if !is_empty {
        return Err(Error::Config(format!(
            "{} is not empty: name a new directory, or use this one with --dir",
            dir.display()
        )));
    }
    let key_file = master_key_file(dir);
    let keys_dir = dir.join("keys");
    std::fs::create_dir_all(&keys_dir).map_err(Error::file(&keys_dir, "can't be made"))?;
    let key = MasterKey::generate()?;
    write_secret(&key_file, &key.to_file())
        .map_err(Error::file(&key_file, "the master key can't be written"))?;
    let config =
        Config { publisher: new.publisher, database: new.database, serve: Serve::default() };
    let db = Db::open(&config.location(dir), Keys::new(&key)).await?;
    let mut tx = db.begin().await?;
    tx.set_time_zone(&new.time_zone).await?;
    tx.commit().await?;
    db.close().await;
    config.write(dir)
}

/// Readable by its owner alone, and on the disk before anything is sealed under it.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
