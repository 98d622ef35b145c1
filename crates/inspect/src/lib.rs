//! Files that may be anything: what they are by their content, what an archive holds, and how they
//! look.
//!
//! Whoever sends a file chooses its name, its type and every byte of it, so **nothing here trusts
//! what a file says of itself**, and what takes more than a look at bytes runs in a process of its
//! own ([`child`]), which has neither a file, a socket nor a key. This crate must never know a
//! case, a key or the database.
//!
//! Start at [`kind_of`], which only looks at bytes, then [`child::run`] and [`Look`].

mod archive;
pub mod child;
mod kind;
mod mail;
mod name;
mod page;
mod text;

use serde::{Deserialize, Serialize};

pub use archive::{Archive, Limit};
pub use kind::{Content, Kind, kind_of};
pub use mail::{MailHead, NotedCheck, ServerNote};
pub use name::{claims, shown};
pub use page::{NoPicture, PAGES_MAX, Picture, SIDE_PIXELS_MAX, ShownAs, Size};
pub use text::{Rest, TEXT_CHARS_MAX, Text, text};

/// What was found inside a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Of an archive that is looked into: ZIP, and what is one, such as DOCX and ODT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Of what is drawn: how many pages there are; `None` where it can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Of an e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailHead>,
}

/// Looks into a file. It may be hostile: only [`child::run`] calls this, and tests.
pub fn look_into(bytes: &[u8]) -> Look {
    let Content { kind, also } = kind_of(bytes);
    let is_archive = kind.is_zip() || also.is_some_and(Kind::is_zip);
    Look {
        archive: is_archive.then(|| archive::look(bytes)),
        pages: page::count(bytes, kind),
        mail: (kind == Kind::Mail).then(|| mail::head(bytes)),
    }
}

/// Draws a page of a file, from 1. Only [`child::run`] calls this, and tests.
pub fn draw(bytes: &[u8], page: u32) -> Option<Picture> {
    page::draw(bytes, kind_of(bytes).kind, page)
}
