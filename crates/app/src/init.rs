//! `candor init`: a data directory with its settings, keys and database.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use store::{Db, Keys, MasterKey};

use crate::keys::{Lock, Protection, SigningKeys};
use crate::{
    AnswerFiles, Config, ConsoleSettings, Database, Deadlines, Error, KeySettings, LetterSettings,
    Log, Publisher, Reports, Serve,
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
    pub signing: SigningKeys,
}

pub(crate) fn master_key_file(dir: &Path) -> PathBuf {
    dir.join("keys").join("master.key")
}

/// Makes a data directory. Refuses one that has something in it.
///
/// The settings are written last: a directory in which they stand is complete. What fails before the
/// log has begun leaves nothing behind.
pub async fn init(dir: &Path, new: Init) -> Result<(), Error> {
    TimeZone::get(&new.time_zone).map_err(|_| {
        Error::Config(format!(
            "`{}` is no time zone: write an IANA name such as UTC or Europe/Paris",
            new.time_zone
        ))
    })?;
    let (was_there, is_empty) = match std::fs::read_dir(dir) {
        Ok(mut entries) => (true, entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (false, true),
        Err(error) => return Err(Error::file(dir, "the directory can't be read")(error)),
    };
    if !is_empty {
        return Err(Error::Config(format!(
            "{} is not empty: name a new directory, or use this one with --dir",
            dir.display()
        )));
    }
    let mut keys = settings(&new.protection)?;
    let signers = new.signing.first(&mut keys).await?;
    let origin = match new.origin {
        Some(origin) => origin,
        None => format!(
            "candor-log/{}",
            &signers.policy("candor-log")?.log_key.fingerprint().to_string()[..16]
        ),
    };
    let policy = signers.policy(&origin)?;
    let begun = Begun { dir: Some(dir), was_there };
    let keys_dir = dir.join("keys");
    std::fs::create_dir_all(&keys_dir).map_err(Error::file(&keys_dir, "can't be made"))?;
    let lock = Lock::create(dir, &new.protection)?;
    let key = MasterKey::generate()?;
    lock.write(&master_key_file(dir), &key.to_file(), "the master key can't be written")?;
    signers.write(dir, &lock)?;
    let config = Config {
        publisher: new.publisher,
        database: new.database,
        serve: Serve::default(),
        log: Log::default(),
        keys,
        deadlines: Deadlines::default(),
        reports: Reports::default(),
        answers: AnswerFiles::default(),
        console: ConsoleSettings::default(),
        mail: None,
        scan: None,
        letters: LetterSettings::default(),
    };
    let db = Db::open(&config.location(dir), Keys::new(&key)).await?;
    let mut tx = db.begin().await?;
    tx.set_time_zone(&new.time_zone).await?;
    tx.begin_log(&origin).await?;
    tx.put_log_file("policy.json", &policy.to_json()).await?;
    // From here on the keys are those of a log: they stay, whatever fails.
    begun.stays();
    tx.commit().await?;
    db.close().await;
    config.write(dir)
}

/// A directory that is being made. It is taken away again, or emptied where it was there, unless it
/// is told to stay.
struct Begun<'a> {
    dir: Option<&'a Path>,
    was_there: bool,
}

impl Begun<'_> {
    fn stays(mut self) {
        self.dir = None;
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let Some(dir) = self.dir else { return };
        // What can't be removed is told by the next attempt, which finds it there.
        if !self.was_there {
            std::fs::remove_dir_all(dir).ok();
            return;
        }
        // It is somebody's, with its owner and permissions.
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(entry.path()).ok(),
                Ok(_) | Err(_) => std::fs::remove_file(entry.path()).ok(),
            };
        }
    }
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
