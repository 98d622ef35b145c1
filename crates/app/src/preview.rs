//! A file is looked at as pictures of its pages, or as plain text, and not opened.
//!
//! **What a page of the console shows of a file was made here**: pixels that a process drew which
//! holds nothing of ours ([`inspect::child`]), or text. It is not kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::access::Permission;
use domain::id::{PersonId, Sha256Hash, SubmissionId};
use inspect::{Kind, Picture, ShownAs, Size, Text, kind_of};
use store::{Attachment, Viewed};
use tokio::time::Instant;

use crate::access::SignedIn;
use crate::examine::Inside;
use crate::inspector::NoLook;
use crate::{Candor, Error};

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// A page was drawn; [`Candor::picture`] hands it out.
    Page {
        page: u32,
        pages: u32,
        size: Size,
    },
    Text(Text),
    None(NoPreview),
}

/// Why nothing is shown of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPreview {
    Quarantined,
    /// Nobody has looked into it yet.
    NotYet,
    /// Files of this kind are not shown.
    Kind(Kind),
    /// It can't be read, or takes too much time or memory.
    Failed,
    /// Others are being drawn.
    Busy,
}

/// Who looks at which page of which file.
type Key = (PersonId, SubmissionId, Sha256Hash, u32);

/// Pictures that were drawn for a page of the console and that its reader's browser is about to ask
/// for. They are handed out once, and are gone after a minute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn(Arc<Mutex<Vec<Kept>>>);

/// For whom, since when, and the PNG.
type Kept = (Key, Instant, Vec<u8>);

const KEPT_MAX: usize = 8;
const KEPT_FOR: Duration = Duration::from_secs(60);

impl Drawn {
    fn put(&self, key: Key, png: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, at, _)| *other != key && at.elapsed() < KEPT_FOR);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push((key, Instant::now(), png));
    }

    fn take(&self, key: Key) -> Option<Vec<u8>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, at, _)| at.elapsed() < KEPT_FOR);
        let at = kept.iter().position(|(other, ..)| *other == key)?;
        Some(kept.remove(at).2)
    }
}

impl Candor {
    /// What there is to be seen of a page of a file, from 1. That somebody looks is written down
    /// before it is shown. [`Error::NoFile`] where there is no such page.
    pub async fn preview(
        &self,
        (id, sha256): (SubmissionId, Sha256Hash),
        page: u32,
        by: &SignedIn,
    ) -> Result<(Attachment, Preview), Error> {
        by.may(Permission::OpenFiles)?;
        let (file, bytes) = self.file_with_bytes((id, sha256), by).await?;
        if file.examined.is_quarantined() {
            return Ok((file, Preview::None(NoPreview::Quarantined)));
        }
        let kind = kind_of(&bytes).kind;
        match kind.shown_as() {
            ShownAs::Pictures => {}
            ShownAs::Text if page == 1 => {
                self.note_viewing(Viewed::File(id, sha256), by).await?;
                return Ok((file, Preview::Text(inspect::text(&bytes))));
            }
            ShownAs::Text | ShownAs::Nothing => {
                return Ok((file, Preview::None(NoPreview::Kind(kind))));
            }
        }
        let pages = match self.seen(&file).inside {
            Inside::NotYet => return Ok((file, Preview::None(NoPreview::NotYet))),
            Inside::Looked(look) => look.pages,
            Inside::Failed => None,
        };
        let Some(pages) = pages else {
            return Ok((file, Preview::None(NoPreview::Failed)));
        };
        if !(1..=pages).contains(&page) {
            return Err(Error::NoFile);
        }
        let picture = match self.inspector.draw(bytes, page).await? {
            Ok(picture) => picture,
            Err(NoLook::Failed) => return Ok((file, Preview::None(NoPreview::Failed))),
            Err(NoLook::Busy) => return Ok((file, Preview::None(NoPreview::Busy))),
        };
        self.note_viewing(Viewed::File(id, sha256), by).await?;
        let size = picture.size();
        self.drawn.put((by.person, id, sha256, page), png(&picture)?);
        Ok((file, Preview::Page { page, pages, size }))
    }

    /// The picture of a page as PNG. It was drawn just now for who looks at the page, or is drawn
    /// again and written down again. [`Error::NoFile`] where there is none.
    pub async fn picture(
        &self,
        (id, sha256): (SubmissionId, Sha256Hash),
        page: u32,
        by: &SignedIn,
    ) -> Result<Vec<u8>, Error> {
        by.may(Permission::OpenFiles)?;
        // Asked again, since a scanner may have found something meanwhile, or a compartment closed.
        let file = self.file_told(id, sha256, by).await?;
        if file.examined.is_quarantined() {
            return Err(Error::Quarantined);
        }
        let key = (by.person, id, sha256, page);
        if let Some(png) = self.drawn.take(key) {
            return Ok(png);
        }
        match self.preview((id, sha256), page, by).await? {
            (_, Preview::Page { .. }) => self.drawn.take(key).ok_or(Error::NoFile),
            (_, Preview::Text(_) | Preview::None(_)) => Err(Error::NoFile),
        }
    }
}

fn png(picture: &Picture) -> Result<Vec<u8>, Error> {
    picture.to_png().map_err(|_| Error::Worker)
}
