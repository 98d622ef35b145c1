//! What a file is, told from its bytes in one pass and without following anything in it.

use memchr::memmem;
use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Empty,
    Pdf,
    Png,
    Jpeg,
    Gif,
    Webp,
    Tiff,
    /// BMP, HEIF, AVIF, SVG and others that are not drawn.
    OtherImage,
    Text,
    Mail,
    Html,
    Xml,
    Rtf,
    Docx,
    Xlsx,
    Pptx,
    OpenDocument,
    Epub,
    /// The formats of Office before 2007.
    OldOffice,
    OutlookMail,
    Zip,
    /// An archive or a compressed file of another kind than ZIP.
    OtherArchive,
    Media,
    /// What a machine runs: a program, a library, a script.
    Program,
    Unknown,
}

/// What a file is, and what else it can be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub kind: Kind,
    /// Another kind for which a program may take it: a file that is two things at once is made so
    /// on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Kind>,
}

impl Kind {
    /// The name that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Pdf => "PDF",
            Self::Png => "PNG image",
            Self::Jpeg => "JPEG image",
            Self::Gif => "GIF image",
            Self::Webp => "WebP image",
            Self::Tiff => "TIFF image",
            Self::OtherImage => "image",
            Self::Text => "plain text",
            Self::Mail => "e-mail",
            Self::Html => "web page",
            Self::Xml => "XML",
            Self::Rtf => "RTF document",
            Self::Docx => "Word document",
            Self::Xlsx => "Excel workbook",
            Self::Pptx => "PowerPoint slides",
            Self::OpenDocument => "OpenDocument",
            Self::Epub => "e-book",
            Self::OldOffice => "Office document, before 2007",
            Self::OutlookMail => "Outlook message",
            Self::Zip => "ZIP archive",
            Self::OtherArchive => "archive",
            Self::Media => "sound or film",
            Self::Program => "program",
            Self::Unknown => "not known",
        }
    }

    /// Whether it is a ZIP archive, by whatever name.
    pub fn is_zip(self) -> bool {
        match self {
            Self::Docx | Self::Xlsx | Self::Pptx | Self::OpenDocument | Self::Epub | Self::Zip => {
                true
            }
            Self::Empty
            | Self::Pdf
            | Self::Png
            | Self::Jpeg
            | Self::Gif
            | Self::Webp
            | Self::Tiff
            | Self::OtherImage
            | Self::Text
            | Self::Mail
            | Self::Html
            | Self::Xml
            | Self::Rtf
            | Self::OldOffice
            | Self::OutlookMail
            | Self::OtherArchive
            | Self::Media
            | Self::Program
            | Self::Unknown => false,
        }
    }
}

/// As much of a file is asked for its signature.
const HEAD_BYTES: usize = 1 << 12;
/// Readers of PDF look for its header so far in (ISO 32000-1, Annex H, implementation note 13).
const PDF_WITHIN_BYTES: usize = 1_024;
/// A ZIP ends with its directory's end, 22 bytes and a comment of up to 65,535
/// (PKWARE APPNOTE.TXT, 4.3.16).
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_END_BYTES: usize = 22;
const ZIP_COMMENT_BYTES_MAX: usize = 65_535;
/// The header of a compound file ([MS-CFB], 2.2).
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What a file is by its content.
pub fn kind_of(bytes: &[u8]) -> Content {
    let kind = first(bytes);
    let also = match kind {
        Kind::Pdf => ends_as_zip(bytes).then_some(Kind::Zip),
        _ if kind.is_zip() => pdf_begins(bytes).then_some(Kind::Pdf),
        // What is only text says what it likes.
        Kind::Text | Kind::Mail | Kind::Empty => None,
        _ if pdf_begins(bytes) => Some(Kind::Pdf),
        _ => ends_as_zip(bytes).then_some(Kind::Zip),
    };
    Content { kind, also }
}

fn first(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(ZIP_END) {
        return zip(bytes);
    }
    // Not left to `infer`, which would follow the structure of the file.
    if bytes.starts_with(COMPOUND_FILE) {
        return compound(bytes);
    }
    if bytes.starts_with(b"%PDF-") {
        return Kind::Pdf;
    }
    match infer::get(head).and_then(|found| by_signature(found.mime_type(), found.matcher_type())) {
        Some(kind) => kind,
        // A reader of PDF takes it, whatever stands before.
        None if pdf_begins(bytes) && !is_text(head) => Kind::Pdf,
        None => text(head),
    }
}

fn by_signature(media_type: &str, matcher: infer::MatcherType) -> Option<Kind> {
    use infer::MatcherType;
    let kind = match (matcher, media_type) {
        (MatcherType::Image, "image/png") => Kind::Png,
        (MatcherType::Image, "image/jpeg") => Kind::Jpeg,
        (MatcherType::Image, "image/gif") => Kind::Gif,
        (MatcherType::Image, "image/webp") => Kind::Webp,
        (MatcherType::Image, "image/tiff") => Kind::Tiff,
        (MatcherType::Image, _) => Kind::OtherImage,
        (MatcherType::Audio | MatcherType::Video, _) => Kind::Media,
        (_, "text/html") => Kind::Html,
        (_, "text/xml") => Kind::Xml,
        (_, "text/x-shellscript") => Kind::Program,
        (_, "application/rtf") => Kind::Rtf,
        // Certificates among them.
        (MatcherType::App, "application/x-x509-ca-cert") => return None,
        (MatcherType::App, _) => Kind::Program,
        (MatcherType::Archive, "application/pdf") => Kind::Pdf,
        (MatcherType::Archive, "application/x-google-chrome-extension") => Kind::Program,
        (
            MatcherType::Archive,
            "application/postscript"
            | "application/vnd.sqlite3"
            | "application/x-nintendo-nes-rom"
            | "application/x-shockwave-flash"
            | "application/dicom"
            | "application/octet-stream",
        ) => return None,
        (MatcherType::Archive, _) => Kind::OtherArchive,
        (MatcherType::Book | MatcherType::Doc | MatcherType::Font, _) => Kind::Unknown,
        (MatcherType::Text | MatcherType::Custom, _) => return None,
    };
    Some(kind)
}

/// Which of the formats that are ZIP archives it is, by the names that stand in it.
fn zip(bytes: &[u8]) -> Kind {
    let holds = |name: &str| memmem::find(bytes, name.as_bytes()).is_some();
    // The first file is called so and is not compressed (OpenDocument 1.2, part 3, 3.3; OCF 3.3).
    let declared = bytes.get(30..).and_then(|rest| rest.strip_prefix(b"mimetype"));
    if let Some(declared) = declared {
        if declared.starts_with(b"application/vnd.oasis.opendocument") {
            return Kind::OpenDocument;
        }
        if declared.starts_with(b"application/epub+zip") {
            return Kind::Epub;
        }
    }
    if !holds("[Content_Types].xml") {
        Kind::Zip
    } else if holds("word/document.xml") {
        Kind::Docx
    } else if holds("xl/workbook.") {
        Kind::Xlsx
    } else if holds("ppt/presentation.xml") {
        Kind::Pptx
    } else {
        Kind::Zip
    }
}

/// Names in a compound file are UTF-16, little end first ([MS-CFB], 2.6.1).
fn compound(bytes: &[u8]) -> Kind {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &name).is_some()
    };
    if holds("__properties_version1.0") {
        Kind::OutlookMail
    } else if ["WordDocument", "Workbook", "Book", "PowerPoint Document"].into_iter().any(holds) {
        Kind::OldOffice
    } else {
        Kind::Unknown
    }
}

fn pdf_begins(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(PDF_WITHIN_BYTES)];
    memmem::find(head, b"%PDF-").is_some()
}

fn ends_as_zip(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(ZIP_END_BYTES + ZIP_COMMENT_BYTES_MAX)..];
    memmem::rfind(tail, ZIP_END).is_some_and(|at| at + ZIP_END_BYTES <= tail.len())
}

/// The fields that a letter begins with (RFC 5322, section 3.6), as mail programs write them first.
const MAIL_FIELDS: [&str; 15] = [
    "return-path:",
    "received:",
    "delivered-to:",
    "x-mozilla-status:",
    "mime-version:",
    "message-id:",
    "date:",
    "from:",
    "to:",
    "subject:",
    "dkim-signature:",
    "authentication-results:",
    "arc-seal:",
    "reply-to:",
    "x-original-to:",
];

fn text(head: &[u8]) -> Kind {
    if !is_text(head) {
        return Kind::Unknown;
    }
    let text = String::from_utf8_lossy(head).to_lowercase();
    let begins = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|t| begins.starts_with(t))
    {
        return Kind::Html;
    }
    if begins.starts_with("<svg") {
        return Kind::OtherImage;
    }
    let fields = begins.lines().take(20);
    let is_field = |line: &&str| MAIL_FIELDS.iter().any(|field| line.starts_with(field));
    match fields.filter(is_field).count() {
        0 | 1 => Kind::Text,
        _ if is_field(&begins) => Kind::Mail,
        _ => Kind::Text,
    }
}

/// No byte of it is a control character but those that lay out a text.
fn is_text(head: &[u8]) -> bool {
    head.iter().all(|byte| *byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], kind: Kind, also: Option<Kind>) {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(kind_of(bytes), Content { kind, also }, "{start}");
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        check(b"", Kind::Empty, None);
        check(b"%PDF-1.7\n", Kind::Pdf, None);
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind::Png, None);
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Jpeg, None);
        check(b"GIF89a\x01\0\x01\0", Kind::Gif, None);
        check(b"MZ\x90\0\x03\0\0\0", Kind::Program, None);
        check(b"\x7fELF\x02\x01\x01\0".repeat(8).as_slice(), Kind::Program, None);
        check(b"#!/bin/sh\nrm -r /\n", Kind::Program, None);
        check(b"{\\rtf1\\ansi hello}", Kind::Rtf, None);
        check(b"7z\xbc\xaf\x27\x1c\0\x04", Kind::OtherArchive, None);
        check(b"an order, as it was typed\n", Kind::Text, None);
        check("Gr\u{fc}\u{df}e".as_bytes(), Kind::Text, None);
        check(b"<!DOCTYPE html><title>An order</title>", Kind::Html, None);
        check(b"\x00\x01\x02\x03", Kind::Unknown, None);
        let mail = b"From: t.placeholder@samples.example\r\nSubject: An order\r\n\r\nHello\r\n";
        check(mail, Kind::Mail, None);
        check(b"From: the desk\nwe write to you.\n", Kind::Text, None);
    }

    #[test]
    fn formats_that_are_zip_archives_are_told_apart() {
        let of = |names: &[&str]| {
            let mut bytes = b"PK\x03\x04".to_vec();
            bytes.resize(30, 0);
            for name in names {
                bytes.extend(name.as_bytes());
                bytes.extend([0; 8]);
            }
            bytes
        };
        check(&of(&["letter.txt"]), Kind::Zip, None);
        check(&of(&["[Content_Types].xml", "word/document.xml"]), Kind::Docx, None);
        check(&of(&["[Content_Types].xml", "xl/workbook.xml"]), Kind::Xlsx, None);
        check(&of(&["mimetypeapplication/vnd.oasis.opendocument.text"]), Kind::OpenDocument, None);
        check(&of(&["mimetypeapplication/epub+zip"]), Kind::Epub, None);
    }

    #[test]
    fn a_compound_file_is_told_by_the_names_in_it() {
        let of = |name: &str| {
            let mut bytes = COMPOUND_FILE.to_vec();
            bytes.resize(512, 0);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        check(&of("WordDocument"), Kind::OldOffice, None);
        check(&of("__properties_version1.0"), Kind::OutlookMail, None);
        check(&of("Something"), Kind::Unknown, None);
    }

    #[test]
    fn a_file_that_is_two_things_says_so() {
        let mut end = b"PK\x05\x06".to_vec();
        end.resize(ZIP_END_BYTES, 0);
        let with = |begins: &[u8], ends: &[u8]| [begins, ends].concat();
        check(&with(b"%PDF-1.4\n", &end), Kind::Pdf, Some(Kind::Zip));
        check(&with(b"GIF89a\x01\0\x01\0", &end), Kind::Gif, Some(Kind::Zip));
        check(&with(b"MZ\x90\0\x03\0\0\0", b"%PDF-1.4\n"), Kind::Program, Some(Kind::Pdf));
        check(&with(b"\0\0rubbish\0", b"%PDF-1.4\n"), Kind::Pdf, Some(Kind::Zip).filter(|_| false));
        check(b"we write of %PDF- files", Kind::Text, None);
    }
}
