//! The first look through a file: hash, size, lines, and what it is.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

use domain::id::Sha256Hash;
use encoding_rs::Encoding;
use memchr::{memchr, memchr_iter};
use sha2::{Digest, Sha256};

use super::{FILE_BYTES_MAX, READ_BYTES, Stopped};
use crate::fault::Trouble;

pub(super) struct Scan {
    pub sha256: Sha256Hash,
    pub size_bytes: u64,
    /// Line feeds in a text, 0 in a workbook.
    pub lines: u64,
    pub form: Form,
}

pub(super) enum Form {
    Text(TextForm),
    Workbook,
}

/// How the bytes of a text are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextForm {
    Utf8,
    /// By its byte order mark; spreadsheets write it as "Unicode text".
    Utf16(&'static Encoding),
    /// Not UTF-8. Windows-1252 holds all of Latin-1.
    Windows1252,
}

impl TextForm {
    pub fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16(encoding) => encoding,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

pub(super) fn scan(file: &mut impl Read) -> Result<Scan, Stopped> {
    let (hash, hashed) = sync_channel::<Hashed>(BUFFERS_WAITING);
    let (give_back, spare) = channel();
    // Hashing takes as long as everything else.
    let hasher = thread::spawn(move || {
        let mut hash = Sha256::new();
        for Hashed { buffer, new } in hashed {
            hash.update(&buffer[new]);
            give_back.send(buffer).ok();
        }
        Sha256Hash(hash.finalize().into())
    });
    let mut buffer = vec![0; READ_BYTES];
    let mut text: Option<Text> = None;
    let mut form = None;
    let (mut size_bytes, mut kept) = (0_u64, 0);
    loop {
        let read = fill(file, &mut buffer[kept..])?;
        if read == 0 {
            break;
        }
        size_bytes += read as u64;
        if size_bytes > FILE_BYTES_MAX {
            let what = format!("the file is larger than {FILE_BYTES_MAX} bytes");
            return Err(Stopped::whole(what, "split it into several files"));
        }
        let new = kept..kept + read;
        let filled = &buffer[..new.end];
        if form.is_none() {
            form = Some(magic(filled)?);
        }
        kept = match form {
            Some(Magic::Text) => text.get_or_insert_default().take(filled)?,
            Some(Magic::Utf16(_) | Magic::Workbook) | None => 0,
        };
        let mut next = spare.try_recv().unwrap_or_else(|_| vec![0; READ_BYTES]);
        next[..kept].copy_from_slice(&filled[filled.len() - kept..]);
        let buffer = std::mem::replace(&mut buffer, next);
        hash.send(Hashed { buffer, new }).map_err(|_| io::Error::other("the hash stopped"))?;
    }
    drop(hash);
    let text = text.unwrap_or_default();
    let form = match form {
        Some(Magic::Workbook) => Form::Workbook,
        Some(Magic::Utf16(encoding)) => Form::Text(TextForm::Utf16(encoding)),
        Some(Magic::Text) | None => Form::Text(text.form(kept)?),
    };
    let sha256 = hasher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    Ok(Scan { sha256, size_bytes, lines: text.lines, form })
}

/// How many buffers wait to be hashed, so that reading does not run ahead.
const BUFFERS_WAITING: usize = 2;

/// A buffer, and where its bytes stand that were not in the one before.
struct Hashed {
    buffer: Vec<u8>,
    new: Range<usize>,
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

enum Magic {
    Text,
    Utf16(&'static Encoding),
    Workbook,
}

fn magic(start: &[u8]) -> Result<Magic, Stopped> {
    const MEND: &str = "export the table as CSV or XLSX";
    // A ZIP archive (PKWARE APPNOTE 4.3.7, 4.3.16), as which a workbook is packed, and a Compound
    // File (MS-CFB 2.2), into which an encrypted one is wrapped.
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Ok(Magic::Workbook);
    }
    if start.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Magic::Workbook);
    }
    if start.starts_with(b"%PDF") {
        return Err(Stopped::whole("this is a PDF, not a spreadsheet", MEND));
    }
    match Encoding::for_bom(start) {
        Some((encoding, _)) if encoding != encoding_rs::UTF_8 => Ok(Magic::Utf16(encoding)),
        Some(_) | None => Ok(Magic::Text),
    }
}

/// What is known so far of a text.
#[derive(Default)]
struct Text {
    lines: u64,
    has_mark: bool,
    has_utf8_beyond_ascii: bool,
    /// The line that is not UTF-8.
    not_utf8_on: Option<u64>,
    started: bool,
}

impl Text {
    /// Looks at the next bytes and says how many at their end are the beginning of a character,
    /// to be seen again with what follows them.
    fn take(&mut self, bytes: &[u8]) -> Result<usize, Stopped> {
        if memchr(0, bytes).is_some() {
            let what = "this is not a spreadsheet: it holds bytes that no text has";
            return Err(Stopped::whole(what, "export the table as CSV or XLSX"));
        }
        if !self.started {
            self.started = true;
            self.has_mark = bytes.starts_with(b"\xef\xbb\xbf");
        }
        let mut unfinished = 0;
        if self.not_utf8_on.is_none() {
            let valid = match std::str::from_utf8(bytes) {
                Ok(text) => text.len(),
                Err(error) => {
                    match error.error_len() {
                        None => unfinished = bytes.len() - error.valid_up_to(),
                        Some(_) => {
                            let before = &bytes[..error.valid_up_to()];
                            self.not_utf8_on = Some(self.lines + feeds(before) + 1);
                        }
                    }
                    error.valid_up_to()
                }
            };
            self.has_utf8_beyond_ascii |= !bytes[..valid].is_ascii();
        }
        self.lines += feeds(&bytes[..bytes.len() - unfinished]);
        Ok(unfinished)
    }

    fn form(&self, unfinished: usize) -> Result<TextForm, Stopped> {
        let ends_broken = (unfinished > 0).then_some(self.lines + 1);
        let Some(line) = self.not_utf8_on.or(ends_broken) else { return Ok(TextForm::Utf8) };
        // A text in an older encoding has no UTF-8 sequence before its first wrong one but by a
        // rare chance, so this is UTF-8 that something broke. It is not to be guessed at.
        if self.has_mark || self.has_utf8_beyond_ascii {
            let trouble = Trouble::new(
                "the text is UTF-8 up to here, and not from here on",
                "save it again as UTF-8, or name its `encoding` in a mapping file",
            );
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            return Err(Stopped::Trouble { line, column: 1, trouble });
        }
        Ok(TextForm::Windows1252)
    }
}

fn feeds(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}
