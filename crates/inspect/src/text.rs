//! A text as it can be shown in a page, where it is escaped like every text.

use crate::name::is_hidden;

/// More of a text is not shown.
pub const TEXT_CHARS_MAX: usize = 20_000;

/// The beginning of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// With its line breaks; what can't be seen, or turns the direction of others, is U+FFFD.
    pub begins: String,
    pub rest: Rest,
}

/// Whether a text goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Shown,
    NotShown,
}

/// Reads a text in UTF-8, or else as Latin-1, which every byte is.
pub fn text(bytes: &[u8]) -> Text {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    // A character has four bytes at most; what is cut in the middle of one is not shown.
    let head = &bytes[..bytes.len().min(4 * TEXT_CHARS_MAX)];
    let read = match std::str::from_utf8(head) {
        Ok(text) => text.to_owned(),
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&head[..error.valid_up_to()]).into_owned()
        }
        Err(_) => head.iter().map(|byte| char::from(*byte)).collect(),
    };
    let read = read.replace("\r\n", "\n");
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        '\r' => '\n',
        c if is_hidden(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let begins: String = read.chars().take(TEXT_CHARS_MAX).map(shown).collect();
    let is_whole = head.len() == bytes.len() && read.chars().count() <= TEXT_CHARS_MAX;
    Text { begins, rest: if is_whole { Rest::Shown } else { Rest::NotShown } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_what_it_hides_and_ends_somewhere() {
        let shown = |bytes: &[u8]| text(bytes).begins;
        assert_eq!(shown("a\r\nb\u{202e}c\0".as_bytes()), "a\nb\u{fffd}c\u{fffd}");
        assert_eq!(shown(b"Gr\xfc\xdfe"), "Gr\u{fc}\u{df}e");
        assert_eq!(shown("\u{feff}\u{6771}\u{4eac}".as_bytes()), "\u{6771}\u{4eac}");
        let long = "\u{e9}".repeat(50_000);
        let Text { begins, rest } = text(long.as_bytes());
        assert_eq!((begins.chars().count(), rest), (TEXT_CHARS_MAX, Rest::NotShown));
        assert_eq!(text(b"short").rest, Rest::Shown);
    }
}
