//! `candor init`: a data directory with its settings, keys and database.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use store::{Db, Keys, MasterKey};

use crate::keys::{Lock, Protection, Signers};
use crate::{
    Config, ConsoleSettings, Database, Deadlines, Error, KeySettings, Log, Publisher, Reports,
    Serve,
};

/// What a new data directory is made with.
#[derive(Clone, Debug)]
pub struct Init {
    pub publisher: Publisher,
    pub database: Database,
    /// An IANA name such as `Europe/Paris`. It decides which day a request was received on.
    pub time_zone: String,
    /// The log's name for ever, as `example.com/log`; without one, candor makes one up.
    pub origin: Option<String>,
    pub protection: Protection,
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
    let keys = settings(&new.protection)?;
    let lock = Lock::create(dir, &new.protection)?;
    let key = MasterKey::generate()?;
    lock.write(&key_file, &key.to_file(), "the master key can't be written")?;
    let signers = Signers::generate()?;
    let origin = match new.origin {
        Some(origin) => origin,
        None => format!(
            "candor-log/{}",
            &signers.policy("candor-log")?.log_key.fingerprint().to_string()[..16]
        ),
    };
    let policy = signers.policy(&origin)?;
    signers.write(dir, &lock)?;
    let config = Config {
        publisher: new.publisher,
        database: new.database,
        serve: Serve::default(),
        log: Log::default(),
        keys,
        deadlines: Deadlines::default(),
        reports: Reports::default(),
        console: ConsoleSettings::default(),
        mail: None,
        scan: None,
    };
    let db = Db::open(&config.location(dir), Keys::new(&key)).await?;
    let mut tx = db.begin().await?;
    tx.set_time_zone(&new.time_zone).await?;
    tx.begin_log(&origin).await?;
    tx.put_log_file("policy.json", &policy.to_json()).await?;
    tx.commit().await?;
    db.close().await;
    config.write(dir)
}

/// The settings by which every command opens the key files, wherever it is called from.
fn settings(protection: &Protection) -> Result<KeySettings, Error> {
    let absolute =
        |path: &PathBuf| std::path::absolute(path).map_err(Error::file(path, "can't be found"));
    let mut settings = KeySettings::default();
    match protection {
        Protection::Plain => {}
        Protection::PassphraseFile(path) => settings.passphrase_file = Some(absolute(path)?),
        Protection::Identity(path) => settings.identity = Some(absolute(path)?),
    }
    Ok(settings)
}
