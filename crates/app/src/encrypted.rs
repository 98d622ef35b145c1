//! Files that are encrypted to people: lines of text in the format of age (age-encryption.org/v1),
//! which the `age` tool reads and writes too. Whoever makes one can't read it again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, x25519};
use tempfile::NamedTempFile;

use crate::Error;

/// Why an encrypted file could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum EncryptedError {
    #[error("`{0}` is no age key: one begins with age1, as `age-keygen` prints it")]
    Recipient(String),
    #[error("{} exists already: name another file, or move it away", .0.display())]
    Exists(PathBuf),
    #[error("{}: no identity is in it: write AGE-SECRET-KEY-1… on a line, as `age-keygen` does", .0.display())]
    Identity(PathBuf),
    #[error(
        "{file} was encrypted to other keys than those in {identity}: name the file with the \
         identity of one of its recipients",
        file = .file.display(), identity = .identity.display()
    )]
    OtherIdentity { file: PathBuf, identity: PathBuf },
    #[error("{file} can't be decrypted, {what}: take another copy of it", file = .file.display())]
    Damaged { file: PathBuf, what: String },
}

/// To whom a file is encrypted.
#[derive(Clone, Debug)]
pub struct Recipients(Vec<x25519::Recipient>);

impl Recipients {
    pub fn read(keys: &[String]) -> Result<Self, Error> {
        let read = |key: &String| {
            key.parse().map_err(|_| Error::Encrypted(EncryptedError::Recipient(key.clone())))
        };
        Ok(Self(keys.iter().map(read).collect::<Result<_, _>>()?))
    }
}

/// A file as it is written. It is at its place when it is whole and on the disk, and never before.
pub(crate) struct Encrypted {
    writer: StreamWriter<BufWriter<NamedTempFile>>,
    path: PathBuf,
}

impl Encrypted {
    pub(crate) fn create(path: &Path, recipients: &Recipients) -> Result<Self, Error> {
        let path = std::path::absolute(path).map_err(Error::file(path, "can't be found"))?;
        if path.exists() {
            return Err(EncryptedError::Exists(path).into());
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let file =
            NamedTempFile::new_in(folder).map_err(Error::file(folder, "can't be written to"))?;
        let recipients = recipients.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients)
            .map_err(|error| EncryptedError::Recipient(error.to_string()))?;
        let writer = encryptor
            .wrap_output(BufWriter::new(file))
            .map_err(Error::file(&path, "can't be written"))?;
        Ok(Self { writer, path })
    }

    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())?;
        self.writer.write_all(b"\n")
    }

    /// [`Self::line`], with the error that a user reads.
    pub(crate) fn tell(&mut self, line: &serde_json::Value) -> Result<(), Error> {
        self.line(&line.to_string()).map_err(Error::file(&self.path, "can't be written"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place. Returns its size.
    pub(crate) fn finish(self) -> Result<u64, Error> {
        let Self { writer, path } = self;
        let written = || -> io::Result<(NamedTempFile, u64)> {
            let file = writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            let size = file.as_file().metadata()?.len();
            Ok((file, size))
        };
        let (file, size) = written().map_err(Error::file(&path, "can't be written"))?;
        // A crash before this leaves a temporary file, and nothing by this name.
        file.persist_noclobber(&path)
            .map_err(|error| Error::file(&path, "can't be put in place")(error.error))?;
        if let Some(folder) = path.parent() {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(Error::file(folder, "can't be made durable"))?;
        }
        Ok(size)
    }
}

/// A longer line is refused: the longest is a file of an edition.
const LINE_SIZE_BYTES_MAX: u64 = 1 << 30;

/// A file as it is read, line by line. What was changed or cut off is an error; until the end is
/// reached, nobody knows that nothing was.
pub(crate) struct Decrypted {
    reader: BufReader<StreamReader<BufReader<File>>>,
    path: PathBuf,
}

impl Decrypted {
    pub(crate) fn open(path: &Path, identity: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::file(path, "can't be read"))?;
        let identities = identities(identity)?;
        let damaged =
            |what: &str| EncryptedError::Damaged { file: path.to_owned(), what: what.to_owned() };
        let open = || Decryptor::new_buffered(BufReader::new(file));
        let decryptor = open().map_err(|error| match error {
            DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                Error::file(path, "can't be read")(error)
            }
            _ => damaged("its first lines are not those of an age file").into(),
        })?;
        let identities = identities.iter().map(|identity| identity as &dyn age::Identity);
        let reader = decryptor.decrypt(identities).map_err(|error| match error {
            DecryptError::NoMatchingKeys => EncryptedError::OtherIdentity {
                file: path.to_owned(),
                identity: identity.to_owned(),
            },
            _ => damaged("its first lines were changed"),
        })?;
        Ok(Self { reader: BufReader::new(reader), path: path.to_owned() })
    }

    /// The next line; `UnexpectedEof` where there is none.
    pub(crate) fn next(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.reader).take(LINE_SIZE_BYTES_MAX).read_line(&mut line)?;
        match line.pop() {
            Some('\n') => Ok(line),
            Some(_) | None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Whether nothing follows, and nothing was cut off.
    pub(crate) fn ends(&mut self) -> io::Result<bool> {
        Ok(self.reader.fill_buf()?.is_empty())
    }

    pub(crate) fn damaged(&self, what: impl ToString) -> Error {
        EncryptedError::Damaged { file: self.path.clone(), what: what.to_string() }.into()
    }

    /// What went wrong while it was read.
    pub(crate) fn failed(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends early"),
            io::ErrorKind::InvalidData => self.damaged("it was changed or ends early"),
            _ => self.damaged(error),
        }
    }
}

fn identities(path: &Path) -> Result<Vec<x25519::Identity>, Error> {
    const SIZE_BYTES_MAX: u64 = 1 << 20;
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_BYTES_MAX).read_to_string(&mut text))
        .map_err(Error::file(path, "the identity can't be read"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let found: Result<Vec<_>, _> =
        lines.filter(|line| !line.starts_with('#')).map(str::parse).collect();
    match found {
        Ok(identities) if !identities.is_empty() => Ok(identities),
        Ok(_) | Err(_) => Err(EncryptedError::Identity(path.to_owned()).into()),
    }
}
