//! What a file's name says, which is what its sender wants it to say.

use crate::kind::Kind;

/// What a name claims by its ending; `None` where it claims nothing that is known.
pub fn claims(name: &str) -> Option<Kind> {
    let (_, ending) = name.trim_end().rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "pdf" => Kind::Pdf,
        "png" => Kind::Png,
        "jpg" | "jpeg" | "jpe" | "jfif" => Kind::Jpeg,
        "gif" => Kind::Gif,
        "webp" => Kind::Webp,
        "tif" | "tiff" => Kind::Tiff,
        "bmp" | "heic" | "heif" | "avif" | "svg" | "jp2" | "ico" | "psd" => Kind::OtherImage,
        "txt" | "text" | "log" | "md" | "csv" | "tsv" => Kind::Text,
        "eml" => Kind::Mail,
        "htm" | "html" | "xhtml" => Kind::Html,
        "xml" => Kind::Xml,
        "rtf" => Kind::Rtf,
        "docx" | "docm" | "dotx" => Kind::Docx,
        "xlsx" | "xlsm" | "xlsb" => Kind::Xlsx,
        "pptx" | "pptm" | "ppsx" => Kind::Pptx,
        "odt" | "ods" | "odp" | "odg" => Kind::OpenDocument,
        "epub" => Kind::Epub,
        "doc" | "dot" | "xls" | "ppt" | "pps" => Kind::OldOffice,
        "msg" => Kind::OutlookMail,
        "zip" => Kind::Zip,
        "7z" | "rar" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "cab" => Kind::OtherArchive,
        "mp3" | "mp4" | "m4a" | "wav" | "ogg" | "mov" | "avi" | "mkv" | "webm" => Kind::Media,
        "exe" | "dll" | "com" | "scr" | "bat" | "cmd" | "ps1" | "sh" | "vbs" | "js" | "jar"
        | "msi" | "app" | "lnk" | "hta" | "wsf" | "apk" => Kind::Program,
        _ => return None,
    })
}

/// A name as it can be shown: on one line, with what can't be seen, or turns the direction of the
/// text so that an ending looks like another, put as U+FFFD.
pub fn shown(name: &str) -> String {
    name.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Control characters, and those of Unicode's general category Cf that change how others are shown
/// (Unicode Technical Report 36, section 2.5).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_claims_by_its_last_ending() {
        assert_eq!(claims("Order.PDF"), Some(Kind::Pdf));
        assert_eq!(claims("order.pdf.exe"), Some(Kind::Program));
        assert_eq!(claims("order.exe "), Some(Kind::Program));
        assert_eq!(claims("order"), None);
        assert_eq!(claims("order.dat"), None);
    }

    #[test]
    fn a_name_shows_what_it_hides() {
        assert_eq!(shown("order\u{202e}fdp.exe"), "order\u{fffd}fdp.exe");
        assert_eq!(shown("a\nb\0c\u{200b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(
            shown("Gr\u{fc}\u{df}e \u{6771}\u{4eac}.pdf"),
            "Gr\u{fc}\u{df}e \u{6771}\u{4eac}.pdf"
        );
    }
}
