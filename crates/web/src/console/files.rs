//! Files of a letter: what is told of them, and how they are handed out.

use app::{Attachment, Error, FileSeen, Inside, Scanned};
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use domain::access::Permission;
use domain::id::{Sha256Hash, SubmissionId};
use inspect::{Archive, Kind, Limit, ShownAs, claims};

use super::answer::{Answer, Failure, Viewer, see_other, show};
use super::page::{self, Fact, FileCheck, FileTold, Link};
use super::{Console, words};

/// A file as it arrived: only ever downloaded, since it may be anything. One in quarantine has a
/// page before it.
pub(super) async fn file(viewer: Viewer, Path(path): Path<(String, String)>) -> Answer {
    let place = Place::read(&viewer, path).await?;
    match viewer.console.candor.file(place.submission, place.sha256, &viewer.who).await {
        Ok((name, bytes)) => Ok(download(&inspect::shown(&name), bytes)),
        Err(Error::Quarantined) => quarantine(&viewer, &place).await,
        Err(error) => Err(error.into()),
    }
}

/// The same for a file in quarantine, whose name then says so: nothing opens it by a click.
pub(super) async fn quarantined(viewer: Viewer, Path(path): Path<(String, String)>) -> Answer {
    viewer.who.may(Permission::OpenQuarantined)?;
    let place = Place::read(&viewer, path).await?;
    let candor = &viewer.console.candor;
    match candor.quarantined_file(place.submission, place.sha256, &viewer.who).await {
        Ok((name, bytes)) => Ok(download(&format!("{}.quarantined", inspect::shown(&name)), bytes)),
        // Nothing is found in it any more.
        Err(Error::NotQuarantined) => see_other(&place.page()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn scan(viewer: Viewer, Path(path): Path<(String, String)>) -> Answer {
    viewer.who.may(Permission::ScanFiles)?;
    let place = Place::read(&viewer, path).await?;
    viewer.console.candor.scan_again(place.submission, place.sha256, &viewer.who).await?;
    see_other(&place.page())
}

/// Which file of which submission is asked for.
pub(super) struct Place {
    pub(super) number: String,
    submission: SubmissionId,
    sha256: Sha256Hash,
}

impl Place {
    pub(super) async fn read(
        viewer: &Viewer,
        (number, sha256): (String, String),
    ) -> Result<Self, Failure> {
        let read = number.parse().map_err(|_| Failure::Missing)?;
        let sha256 = Sha256Hash::try_from(sha256).map_err(|_| Failure::Missing)?;
        let submission = viewer.console.candor.submission_id(read, &viewer.who).await?;
        Ok(Self { number, submission, sha256 })
    }

    pub(super) fn page(&self) -> String {
        format!("/submissions/{}", self.number)
    }

    pub(super) fn file_id(&self) -> (SubmissionId, Sha256Hash) {
        (self.submission, self.sha256)
    }

    pub(super) fn path(&self) -> String {
        format!("/submissions/{}/files/{}", self.number, self.sha256)
    }
}

async fn quarantine(viewer: &Viewer, place: &Place) -> Answer {
    let candor = &viewer.console.candor;
    let file = candor.file_told(place.submission, place.sha256, &viewer.who).await?;
    let seen = candor.seen(&file);
    let mut facts = Vec::new();
    if let Scanned::Found { finding, at, scanner } = &seen.scan {
        facts.push(Fact::new("Found in it", finding));
        let at = viewer.console.moment(*at);
        facts.push(Fact::new("Scanned", format!("{at}, by {scanner}")));
    }
    facts.push(Fact::new("By its content", told(&viewer.console, &file, "").what));
    facts.push(Fact::new("Size", words::size(file.size_bytes)));
    facts.push(Fact::new("SHA-256", place.sha256.to_string()));
    let may_download = viewer.who.has(Permission::OpenQuarantined);
    let may_scan = candor.config.scan.is_some() && viewer.who.has(Permission::ScanFiles);
    show(&page::Quarantine {
        frame: viewer.frame("/submissions"),
        submission: Link::new(format!("Submission {}", place.number), place.page()),
        name: inspect::shown(&file.name),
        facts,
        download: may_download.then(|| page::Quarantine::download(&place.path())),
        again: may_scan.then(|| page::Quarantine::again(&place.path())),
    })
}

fn download(name: &str, bytes: Vec<u8>) -> axum::response::Response {
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}

/// What is told of a file. `path` is its own, for who may open it.
pub(super) fn told(console: &Console, file: &Attachment, path: &str) -> FileTold {
    let seen = console.candor.seen(file);
    let is_seen = seen.kind().shown_as() != ShownAs::Nothing && !path.is_empty();
    let preview = is_seen && !file.examined.is_quarantined();
    FileTold {
        what: what(&seen),
        warnings: warnings(&file.name, &seen),
        preview: preview.then(|| Link::new("Preview", format!("{path}/preview/1"))),
        check: check(console, seen),
    }
}

fn what(seen: &FileSeen) -> String {
    let label = seen.kind().label();
    let Some(archive) = seen.archive() else { return label.to_owned() };
    let files = words::counted(archive.entries as usize, "file", "files");
    let size = words::size(archive.size_bytes);
    match (archive.limit, seen.kind()) {
        // Whoever reads a document does not ask of what files it is made.
        (None, kind) if kind != Kind::Zip => label.to_owned(),
        (None, _) => format!("{label}: {files}, {size} unpacked"),
        (Some(_), _) => format!("{label}: {files} and {size} unpacked, and then no further"),
    }
}

fn warnings(name: &str, seen: &FileSeen) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(content) = seen.content {
        match claims(name) {
            Some(claimed) if claimed != content.kind => {
                warnings.push(format!("named like: {}", claimed.label()));
            }
            Some(_) | None => {}
        }
        if let Some(also) = content.also {
            warnings.push(format!("can be read as: {}", also.label()));
        }
        if content.kind == Kind::Program {
            warnings.push("runs when it is opened".to_owned());
        }
    }
    if inspect::shown(name) != name {
        warnings.push("its name hides characters".to_owned());
    }
    if seen.inside == Inside::Failed {
        warnings.push("nobody could look into it".to_owned());
    }
    if let Some(archive) = seen.archive() {
        warnings.extend(of_archive(archive));
    }
    warnings
}

fn of_archive(archive: &Archive) -> Vec<String> {
    let counted = |n: u64, what: &str, one: &str, many: &str| {
        (n > 0).then(|| format!("{what} {}", words::counted(n as usize, one, many)))
    };
    let limit = archive.limit.map(|limit| {
        match limit {
            Limit::Entries => "too many files in it to look at all",
            Limit::Size => "too big to look into",
            Limit::Ratio => "unpacks to more than a hundred times its size",
            Limit::Depth => "archives within archives, too deep to look into",
            Limit::Broken => "broken, or no archive",
        }
        .to_owned()
    });
    limit
        .into_iter()
        .chain(counted(archive.locked, "under a password:", "file", "files"))
        .chain(counted(archive.programs, "holds", "program", "programs"))
        .chain((archive.macros > 0).then(|| "holds macros".to_owned()))
        .chain(counted(archive.unread, "unreadable in it:", "file", "files"))
        .collect()
}

fn check(console: &Console, seen: FileSeen) -> FileCheck {
    match seen.scan {
        Scanned::Found { finding, .. } => FileCheck::Found(finding),
        Scanned::Clean { at } => {
            FileCheck::Told(format!("no malware found, {}", console.moment(at)))
        }
        Scanned::NotYet => FileCheck::Told("not scanned yet".to_owned()),
        Scanned::Never => FileCheck::Told("not scanned: no scanner is set".to_owned()),
    }
}
