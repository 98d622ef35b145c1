//! A spreadsheet comes in: requests finished before candor, or figures published before it.
//!
//! All of a file is imported or nothing: everything happens in one transaction, and the first
//! fault, which is reported with all others, ends it.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use domain::Country;
use domain::event::{Event, Stream};
use domain::figure::{Measure, PublishedFigure};
use domain::id::{Actor, RequestId, Sha256Hash, SubmissionId};
use domain::period::Period;
use domain::request::{Circumstances, Command, Company, Request, decide};
use exchange::{Fault, Faults, FigureLine, Kind, Mapping, RequestLine, Summary, Table};
use store::{Change, ImportedFile, Keys, NewReference, NewSubmission, Tx};
use tokio::sync::mpsc;

use crate::ids::Ids;
use crate::{Candor, Error};

/// Rows that are recorded together.
const BATCH_ROWS: usize = 2_000;
/// Batches that wait for the database, so that reading does not run ahead of writing.
const BATCHES_WAITING: usize = 4;

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub struct Import<'a> {
    pub file: &'a Path,
    pub mapping: Mapping,
    pub reimport: Reimport,
    pub run: Run,
}

/// What to do with a reference or figure that is known with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reimport {
    Refuse,
    Update,
}

/// Whether to keep what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    Real,
    /// Everything is tried, and nothing is kept.
    Dry,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    pub kind: Kind,
    pub sha256: Sha256Hash,
    pub new: u64,
    /// Known with other content, and updated.
    pub updated: u64,
    /// Known with the same content.
    pub unchanged: u64,
    pub summary: Summary,
}

/// A row, sealed and ready to be recorded.
struct Prepared {
    line: RequestLine,
    request: RequestId,
    submission: NewSubmission,
    submission_id: SubmissionId,
    reference_mac: [u8; 32],
    content_mac: [u8; 32],
}

#[derive(Default)]
struct Outcome {
    new: u64,
    updated: u64,
    unchanged: u64,
    faults: Vec<Fault>,
}

impl Candor {
    /// Imports a file. `progress` hears how many rows are done.
    pub async fn import(
        &self,
        import: Import<'_>,
        actor: Actor,
        progress: impl Fn(u64),
    ) -> Result<Imported, Error> {
        let name = import.file.display().to_string();
        let open = File::open(import.file).map_err(Error::file(import.file, "can't be opened"))?;
        let mut table = Table::open(&name, BufReader::new(open))?;
        let kind = table.kind(&import.mapping)?;
        let sha256 = table.sha256();
        let mut tx = self.db.begin().await?;
        let (outcome, summary) = match kind {
            Kind::Requests => {
                self.import_requests(&mut tx, table, &import, actor, progress).await?
            }
            Kind::Figures => self.import_figures(&mut tx, table, &import, actor).await?,
        };
        let Outcome { new, updated, unchanged, faults } = outcome;
        if !faults.is_empty() {
            return Err(exchange::Error::from(Faults { listed: faults, unlisted: 0 }).into());
        }
        if new + updated > 0 {
            let file = self.file_record(&mut tx, import.file, sha256, summary.handed_out).await?;
            tx.remember_file(&file).await?;
        }
        match import.run {
            Run::Real => tx.commit().await?,
            Run::Dry => drop(tx),
        }
        Ok(Imported { kind, sha256, new, updated, unchanged, summary })
    }

    /// The file's name is free text, so it is a field under a key of its own.
    async fn file_record(
        &self,
        tx: &mut Tx,
        path: &Path,
        sha256: Sha256Hash,
        lines: u64,
    ) -> Result<ImportedFile, Error> {
        let now = self.clock.now();
        let submission = SubmissionId(Ids::new(now)?.make());
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        let fields = [("file_name", &*name.to_string_lossy())];
        tx.insert_submissions(&[NewSubmission::seal(self.db.keys(), submission, &fields)?]).await?;
        Ok(ImportedFile { sha256, submission, imported_at: now, imported_lines: lines })
    }

    async fn import_requests(
        &self,
        tx: &mut Tx,
        mut table: Table<BufReader<File>>,
        import: &Import<'_>,
        actor: Actor,
        progress: impl Fn(u64),
    ) -> Result<(Outcome, Summary), Error> {
        let (send, mut receive) = mpsc::channel(BATCHES_WAITING);
        let (db, mapping) = (self.db.clone(), import.mapping.clone());
        let mut ids = Ids::new(self.clock.now())?;
        let (name, sha256) = (table.name().to_owned(), table.sha256());
        // One thread reads and seals while this one records.
        let reader = tokio::task::spawn_blocking(move || {
            let mut batch = Vec::with_capacity(BATCH_ROWS);
            let mut failed = None;
            let summary = exchange::requests(&mut table, &mapping, &mut |line| {
                match prepare(db.keys(), &mut ids, line) {
                    Ok(prepared) => batch.push(prepared),
                    Err(error) => failed = Some(error),
                }
                if batch.len() == BATCH_ROWS {
                    // The other end is gone only when recording failed, which is then the error.
                    send.blocking_send(std::mem::take(&mut batch)).ok();
                }
            });
            send.blocking_send(batch).ok();
            match failed {
                Some(error) => Err(error),
                None => summary.map_err(Error::from),
            }
        });
        let mut outcome = Outcome::default();
        let mut done = 0;
        // The file names each reference once, so only references from before it need a look.
        let lookup = tx.has_references().await?;
        while let Some(batch) = receive.recv().await {
            done += batch.len() as u64;
            let file = FileRef { name: &name, sha256, reimport: import.reimport };
            self.record_batch(tx, batch, &file, actor, lookup, &mut outcome).await?;
            progress(done);
        }
        let summary = reader.await.map_err(|_| Error::Worker)??;
        Ok((outcome, summary))
    }

    async fn record_batch(
        &self,
        tx: &mut Tx,
        batch: Vec<Prepared>,
        file: &FileRef<'_>,
        actor: Actor,
        lookup: bool,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let mut known = HashMap::new();
        if lookup {
            let macs: Vec<_> = batch.iter().map(|prepared| prepared.reference_mac).collect();
            for reference in tx.known_references(&macs).await? {
                known.insert(reference.reference_mac.clone(), reference);
            }
        }
        let company = Company::default();
        let circumstances = Circumstances { by: actor, today: self.today(), company: &company };
        let (mut changes, mut submissions, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for prepared in batch {
            let Prepared { line, submission, submission_id, reference_mac, content_mac, .. } =
                prepared;
            let (request, version, id) = match known.get(reference_mac.as_slice()) {
                None => (Request::Absent, 0, prepared.request),
                Some(reference) if reference.content_mac == content_mac => {
                    outcome.unchanged += 1;
                    continue;
                }
                Some(_) if file.reimport == Reimport::Refuse => {
                    outcome.faults.push(file.differs(line.line));
                    continue;
                }
                Some(reference) => {
                    let (request, version) = tx.request(reference.request).await?;
                    (request, version, reference.request)
                }
            };
            let fact = Some(line.request.fact());
            let command = Command::ImportHistoric {
                submission: submission_id,
                source_sha256: file.sha256,
                line: line.line,
                request: line.request,
            };
            let events = decide(&request, &command, circumstances)?;
            changes.push(Change { stream: Stream::Request(id), version, events, fact });
            submissions.push(submission);
            match known.get(reference_mac.as_slice()) {
                None => {
                    outcome.new += 1;
                    references.push(NewReference { request: id, reference_mac, content_mac });
                }
                Some(reference) => {
                    outcome.updated += 1;
                    tx.update_reference(reference, content_mac).await?;
                }
            }
        }
        tx.insert_submissions(&submissions).await?;
        tx.insert_references(&references).await?;
        tx.record(self.clock.now(), actor, &changes).await?;
        Ok(())
    }

    async fn import_figures(
        &self,
        tx: &mut Tx,
        mut table: Table<BufReader<File>>,
        import: &Import<'_>,
        actor: Actor,
    ) -> Result<(Outcome, Summary), Error> {
        let mut lines: Vec<FigureLine> = Vec::new();
        let summary = exchange::figures(&mut table, &import.mapping, &mut |line| lines.push(line))?;
        let file =
            FileRef { name: table.name(), sha256: table.sha256(), reimport: import.reimport };
        // Read before the figures: whoever writes in between makes this version a conflict.
        let version = Self::publication_version(tx).await?;
        let known: HashMap<Key, PublishedFigure> =
            tx.figures().await?.into_iter().map(|figure| (key(&figure), figure)).collect();
        let mut outcome = Outcome::default();
        let mut events = Vec::new();
        for FigureLine { line, figure, .. } in lines {
            match known.get(&key(&figure)) {
                Some(stored) if *stored == figure => {
                    outcome.unchanged += 1;
                    continue;
                }
                Some(_) if import.reimport == Reimport::Refuse => {
                    outcome.faults.push(file.differs(line));
                    continue;
                }
                Some(_) => outcome.updated += 1,
                None => outcome.new += 1,
            }
            tx.put_figure(&figure).await?;
            let source_sha256 = file.sha256;
            events.push(Event::PublishedFigureImported { source_sha256, line, figure });
        }
        if !events.is_empty() {
            let change = Change { stream: Stream::Publication, version, events, fact: None };
            tx.record(self.clock.now(), actor, &[change]).await?;
        }
        Ok((outcome, summary))
    }
}

/// The file that is imported, as far as messages and events name it.
struct FileRef<'a> {
    name: &'a str,
    sha256: Sha256Hash,
    reimport: Reimport,
}

impl FileRef<'_> {
    fn differs(&self, line: u32) -> Fault {
        Fault {
            file: self.name.to_owned(),
            line,
            column: 1,
            what: "was imported before with other content".to_owned(),
            mend: "mend the row, or import with --update to let this row stand".to_owned(),
        }
    }
}

type Key = (Period, Option<Country>, Measure);

fn key(figure: &PublishedFigure) -> Key {
    (figure.period, figure.country, figure.measure)
}

fn prepare(keys: &Keys, ids: &mut Ids, line: RequestLine) -> Result<Prepared, Error> {
    let (request, submission_id) = (RequestId(ids.make()), SubmissionId(ids.make()));
    let fields = [("reference", line.reference.as_str()), ("authority", line.authority.as_str())];
    let submission = NewSubmission::seal(keys, submission_id, &fields)?;
    let content = serde_json::to_string(&line.request).map_err(store::Error::from)?;
    let reference_mac = keys.mac(&[&line.reference]);
    let content_mac = keys.mac(&[&line.reference, &line.authority, &content]);
    Ok(Prepared { line, request, submission, submission_id, reference_mac, content_mac })
}
