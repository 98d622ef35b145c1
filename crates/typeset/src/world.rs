//! All that a template can see.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};

use crate::{Document, Error, Fault, File};

/// The name under which errors speak of the template.
const TEMPLATE: &str = "template.typ";

/// The fonts, built in, as their makers made them; no other is ever looked for.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&[u8]; 4] = [
        include_bytes!("../fonts/Inter-Regular.otf"),
        include_bytes!("../fonts/Inter-Bold.otf"),
        include_bytes!("../fonts/NotoSerif-Regular.ttf"),
        include_bytes!("../fonts/NotoSerif-Bold.ttf"),
    ];
    files.into_iter().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect()
});

static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

/// The language's own functions, with those that mark the head cells of rows (`pdf.header-cell`).
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| {
    let features = [Feature::A11yExtras].into_iter().collect();
    LazyHash::new(Library::builder().with_features(features).build())
});

/// A template, its files, the built-in fonts; nothing else: no disk, no network, no package, no
/// clock.
pub(crate) struct Sealed<'a> {
    template: Source,
    files: &'a [File<'a>],
}

impl<'a> Sealed<'a> {
    pub(crate) fn new(document: &Document<'a>) -> Result<Self, Error> {
        let path = VirtualPath::new(TEMPLATE)
            .map_err(|_| Error(vec![Fault::general("the template has no usable name")]))?;
        let id = RootedPath::new(VirtualRoot::Project, path).intern();
        Ok(Self { template: Source::new(id, document.template.to_owned()), files: document.files })
    }

    fn given(&self, id: FileId) -> FileResult<Bytes> {
        let path = id.get();
        let name = path.vpath().get_without_slash();
        let file = self.files.iter().find(|file| file.name == name);
        match (path.root(), file) {
            (VirtualRoot::Project, Some(file)) => Ok(Bytes::new(file.bytes.to_vec())),
            (VirtualRoot::Project | VirtualRoot::Package(_), _) => Err(FileError::AccessDenied),
        }
    }
}

impl World for Sealed<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        // Only the template is code: a file that is given is data and is never run.
        if id == self.template.id() {
            Ok(self.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.given(id)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
