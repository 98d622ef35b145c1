//! A form that waits while somebody proves who they are, so that nothing that was typed is lost.
//!
//! It travels in hidden fields of the page on which they do: nothing is kept here.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart};
use axum::http::{HeaderMap, Request, header};

use super::answer::Viewer;
use super::fields::Fields;
use super::page::{Field, Form, Link, SendAgain};
use super::{forms, sign_in};

/// Where it was sent, and what with it.
pub(super) struct Kept {
    path: String,
    fields: Fields,
}

/// What begins the name of a hidden field.
const PREFIX: &str = "again.";

/// The only form that is sent with files.
const WITH_FILES: &str = "/submissions";

impl Kept {
    pub(super) fn new(path: &str, fields: &Fields) -> Self {
        Self { path: path.to_owned(), fields: fields.clone() }
    }

    /// As [`Self::hide`] hid it; `None` where nothing waits.
    pub(super) fn read(sent: &Fields) -> Option<Self> {
        if sent.get("again").is_empty() {
            return None;
        }
        let mut fields = Fields::default();
        for (name, value) in sent.sent() {
            if let Some(name) = name.strip_prefix(PREFIX) {
                fields.push(name, value.clone());
            }
        }
        Some(Self { path: sign_in::own_path(sent.get("again")).to_owned(), fields })
    }

    pub(super) fn hide(&self, form: Form) -> Form {
        let form = form.hidden("again", self.path.as_str());
        self.fields.sent().iter().fold(form, |form, (name, value)| {
            form.hidden(format!("{PREFIX}{name}"), value.as_str())
        })
    }

    /// The page on which it is sent. A browser does not keep files: they are chosen again.
    pub(super) async fn offered(&self, viewer: &Viewer, proven: &str, next: &str) -> SendAgain {
        let mut form = Form::new("again", self.path.as_str(), "Send it now").main();
        if self.path == WITH_FILES {
            let files = Field::files("files", "Files")
                .hint("Choose them again: a browser does not keep them.");
            form = form.multipart().field(files);
        }
        for (name, value) in self.fields.sent() {
            form = form.hidden(name, value.as_str());
        }
        SendAgain {
            frame: viewer.frame(""),
            proven: proven.to_owned(),
            typed: forms::told(&viewer.console, &self.path, &self.fields).await,
            back: Link::new("Back without sending it", next),
            form,
        }
    }
}

/// The texts of a form that was sent with files; empty where it can't be read.
pub(super) async fn texts(headers: &HeaderMap, body: Body) -> Fields {
    let mut fields = Fields::default();
    let mut request = Request::new(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return fields };
    while let Ok(Some(part)) = form.next_field().await {
        let (name, is_file) =
            (part.name().unwrap_or_default().to_owned(), part.file_name().is_some());
        if let (false, Ok(text)) = (is_file, part.text().await) {
            fields.push(&name, text);
        }
    }
    fields
}
