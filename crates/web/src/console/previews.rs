//! Previews of files: pictures of their pages that were drawn here, or plain text.

use app::{Attachment, NoPreview, Preview};
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use domain::access::Permission;
use inspect::{Rest, Text};

use super::answer::{Answer, Failure, Viewer, show};
use super::files::{self, Place};
use super::page::{self, Drawing, Link};

/// `{page}` is "2", or "2.png" for its picture.
pub(super) async fn preview(
    viewer: Viewer,
    Path((number, sha256, page)): Path<(String, String, String)>,
) -> Answer {
    viewer.who.may(Permission::OpenFiles)?;
    let place = Place::read(&viewer, (number, sha256)).await?;
    let candor = &viewer.console.candor;
    if let Some(page) = page.strip_suffix(".png") {
        let page = page.parse().map_err(|_| Failure::Missing)?;
        let png = candor.picture(place.file_id(), page, &viewer.who).await?;
        return Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response());
    }
    let page = page.parse().map_err(|_| Failure::Missing)?;
    let (file, preview) = candor.preview(place.file_id(), page, &viewer.who).await?;
    show(&drawn(&viewer, &place, &file, preview))
}

fn drawn(viewer: &Viewer, place: &Place, file: &Attachment, preview: Preview) -> page::Preview {
    let name = inspect::shown(&file.name);
    let at = |page: u32| format!("{}/preview/{page}", place.path());
    let shown = match preview {
        Preview::Page { page, pages, size } => Drawing::Picture {
            src: format!("{}.png", at(page)),
            alt: match pages {
                1 => format!("{name}, drawn as a picture"),
                _ => format!("Page {page} of {pages} of {name}, drawn as a picture"),
            },
            width: size.width,
            height: size.height,
            which: match pages {
                1 => String::new(),
                _ => format!("Page {page} of {pages}"),
            },
            before: (page > 1).then(|| Link::new("Page before", at(page - 1))),
            after: (page < pages).then(|| Link::new("Next page", at(page + 1))),
        },
        Preview::Text(Text { begins, rest }) => Drawing::Text {
            text: begins,
            note: match rest {
                Rest::Shown => String::new(),
                Rest::NotShown => "The text goes on; its beginning is shown.".to_owned(),
            },
        },
        Preview::None(why) => Drawing::Nothing(words(why)),
    };
    page::Preview {
        frame: viewer.frame("/submissions"),
        submission: Link::new(format!("Submission {}", place.number), place.page()),
        original: Link::new("Download the file as it arrived", place.path()),
        told: files::told(&viewer.console, file, ""),
        name,
        shown,
    }
}

fn words(why: NoPreview) -> String {
    match why {
        NoPreview::Quarantined => {
            "A scanner found malware in it: files in quarantine are not shown.".to_owned()
        }
        NoPreview::NotYet => {
            "Nobody has looked into it yet. That takes some seconds: come back in a moment."
                .to_owned()
        }
        NoPreview::Kind(kind) => format!(
            "Files of this kind are not shown ({}). PDF, images and plain text are.",
            kind.label()
        ),
        NoPreview::Failed => {
            "It can’t be drawn: it is broken or locked, or takes more time or memory than it may \
             have here. A file can be made so on purpose."
                .to_owned()
        }
        NoPreview::Busy => "Others are being drawn: come back in a moment.".to_owned(),
    }
}
