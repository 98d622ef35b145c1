//! A spreadsheet comes in: requests finished before candor, or figures published before it.
//!
//! All of a file is imported or nothing: everything happens in one transaction, and the first
//! fault, which is reported with all others, ends it.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use domain::Country;
use domain::event::CompanyEvent;
use domain::figure::{Measure, PublishedFigure};
use domain::id::{Actor, RequestId, Sha256Hash, SubmissionId};
use domain::period::Period;
use domain::request::{Circumstances, Command, Company, Request, decide};
use exchange::{Fault, Faults, FigureLine, Kind, Mapping, RequestLine, Summary, Table};
use futures_util::stream::{self, StreamExt};
use jiff::civil::Date;
use store::{
    Change, ImportedFile, KnownReference, NewReference, NewSubmission, SealedRequest, Sealer,
    Sight, Tx,
};
use tokio::sync::mpsc;

use crate::ids::Ids;
use crate::{Candor, Error};

/// Rows that are recorded together.
const BATCH_ROWS: usize = 2_000;
/// Batches that are sealed at the same time: curves take longer than the database.
const SEALERS: usize = 3;
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

/// A row, sealed and ready to be recorded as new.
struct Prepared {
    line: RequestLine,
    request: RequestId,
    change: Change,
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
            Run::Real => {
                if new + updated > 0 {
                    tx.seal_events().await?;
                }
                tx.commit().await?;
                self.publish_checkpoint().await?;
            }
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
        tx.insert_texts(&[NewSubmission::seal(self.db.keys(), submission, &fields)?]).await?;
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
        let (send, receive) = mpsc::channel(BATCHES_WAITING);
        let mapping = import.mapping.clone();
        let (name, sha256) = (table.name().to_owned(), table.sha256());
        let mut sealer = tx.sealer(self.db.keys()).await?;
        let mut new_ids = Ids::new(self.clock.now())?;
        let lines =
            Lines { sealer: sealer.clone(), source_sha256: sha256, by: actor, today: self.today() };
        // One thread reads, others seal, while this one records.
        let reader = tokio::task::spawn_blocking(move || {
            let mut lines = lines;
            let mut batch = Vec::with_capacity(BATCH_ROWS);
            let mut failed = None;
            let summary = exchange::requests(&mut table, &mapping, &mut |line| {
                // Whoever seals this line finds the key of its half-year, one for all of them.
                if let Err(error) = lines.sealer.know(line.request.received_on) {
                    failed = Some(error);
                }
                let (request, submission) =
                    (RequestId(new_ids.make()), SubmissionId(new_ids.make()));
                batch.push((line, request, submission));
                if batch.len() == BATCH_ROWS {
                    // The other end is gone only when recording failed, which is then the error.
                    send.blocking_send((lines.clone(), std::mem::take(&mut batch))).ok();
                }
            });
            send.blocking_send((lines, batch)).ok();
            match failed {
                Some(error) => Err(error.into()),
                None => summary.map_err(Error::from),
            }
        });
        let waiting = stream::unfold(receive, async |mut receive| {
            let batch = receive.recv().await?;
            Some((batch, receive))
        });
        let seal = |(mut lines, batch): (Lines, Vec<_>)| {
            tokio::task::spawn_blocking(move || {
                let prepare =
                    |(line, request, submission)| lines.prepare(line, request, submission);
                batch.into_iter().map(prepare).collect::<Result<Vec<_>, Error>>()
            })
        };
        let mut sealed = pin!(waiting.map(seal).buffered(SEALERS));
        let mut outcome = Outcome::default();
        let mut done = 0;
        // The file names each reference once, so only references from before it need a look.
        let lookup = tx.has_references().await?;
        while let Some(batch) = sealed.next().await {
            let batch = batch.map_err(|_| Error::Worker)??;
            done += batch.len() as u64;
            let file = FileRef { name: &name, sha256, reimport: import.reimport };
            let known = match lookup {
                true => known_references(tx, &batch).await?,
                false => HashMap::new(),
            };
            self.record_batch(tx, batch, &file, (actor, &mut sealer), known, &mut outcome).await?;
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
        (actor, sealer): (Actor, &mut Sealer),
        known: HashMap<Vec<u8>, KnownReference>,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let (mut changes, mut texts, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for prepared in batch {
            let Prepared { line, request, change, reference_mac, content_mac } = prepared;
            match known.get(reference_mac.as_slice()) {
                None => {
                    outcome.new += 1;
                    references.push(NewReference { request, reference_mac, content_mac });
                    changes.push(change);
                }
                Some(reference) if reference.content_mac == content_mac => outcome.unchanged += 1,
                Some(_) if file.reimport == Reimport::Refuse => {
                    outcome.faults.push(file.differs(line.line));
                }
                Some(reference) => {
                    let current = tx
                        .sealed_request(self.db.keys(), reference.request, Sight::whole())
                        .await?;
                    let Some(current) = current else {
                        outcome.faults.push(file.erased(line.line));
                        continue;
                    };
                    if !same_half_year(current.submission.received_on, line.request.received_on) {
                        outcome.faults.push(file.moves(line.line));
                        continue;
                    }
                    outcome.updated += 1;
                    tx.update_reference(reference, content_mac).await?;
                    changes.push(self.again(&current, file, &line, (actor, sealer), &change)?);
                    texts.extend(change.into_texts());
                }
            }
        }
        tx.insert_texts(&texts).await?;
        tx.insert_references(&references).await?;
        tx.record(self.clock.now(), actor, &changes).await?;
        Ok(())
    }

    /// The same line with other content.
    fn again(
        &self,
        current: &SealedRequest,
        file: &FileRef<'_>,
        line: &RequestLine,
        (actor, sealer): (Actor, &mut Sealer),
        new: &Change,
    ) -> Result<Change, Error> {
        let company = Company::default();
        let circumstances = Circumstances { by: actor, today: self.today(), company: &company };
        let command = Command::ImportHistoric {
            submission: new.submission().ok_or(Error::Worker)?,
            source_sha256: file.sha256,
            line: line.line,
            request: line.request.clone(),
        };
        let events = decide(&current.request, &command, circumstances)?;
        Ok(sealer.advance(current, events)?)
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
            events.push(CompanyEvent::PublishedFigureImported { source_sha256, line, figure });
        }
        if !events.is_empty() {
            let change = Change::of_publication(version, events);
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
        let mend = "mend the row, or import with --update to let this row stand";
        self.fault(line, "was imported before with other content", mend)
    }

    fn erased(&self, line: u32) -> Fault {
        let mend = "leave the row out; its request stays counted as it was";
        self.fault(line, "was imported before, and its texts were erased since", mend)
    }

    /// Its leaf says in which half-year it arrived, and leaves are never changed.
    fn moves(&self, line: u32) -> Fault {
        let mend = "give the row a reference of its own";
        self.fault(line, "was imported before and sealed as received in another half-year", mend)
    }

    fn fault(&self, line: u32, what: &str, mend: &str) -> Fault {
        let (what, mend) = (what.to_owned(), mend.to_owned());
        Fault { file: self.name.to_owned(), line, column: 1, what, mend }
    }
}

fn same_half_year(a: Date, b: Date) -> bool {
    let half_year = |day: Date| (day.year(), day.month() <= 6);
    half_year(a) == half_year(b)
}

type Key = (Period, Option<Country>, Measure);

fn key(figure: &PublishedFigure) -> Key {
    (figure.period, figure.country, figure.measure)
}

/// Makes a change of each line, as if it were new; whether it is, is known when it is recorded.
#[derive(Clone)]
struct Lines {
    sealer: Sealer,
    source_sha256: Sha256Hash,
    by: Actor,
    today: Date,
}

impl Lines {
    fn prepare(
        &mut self,
        line: RequestLine,
        request: RequestId,
        id: SubmissionId,
    ) -> Result<Prepared, Error> {
        let keys = Arc::clone(self.sealer.keys());
        let fields =
            [("reference", line.reference.as_str()), ("authority", line.authority.as_str())];
        let submission = NewSubmission::seal(&keys, id, &fields)?;
        let content = serde_json::to_string(&line.request).map_err(store::Error::from)?;
        let company = Company::default();
        let circumstances = Circumstances { by: self.by, today: self.today, company: &company };
        let command = Command::ImportHistoric {
            submission: id,
            source_sha256: self.source_sha256,
            line: line.line,
            request: line.request.clone(),
        };
        let events = decide(&Request::Absent, &command, circumstances)?;
        let change = self.sealer.import(request, submission, &line.reference, events)?;
        let reference_mac = keys.mac(&[&line.reference]);
        let content_mac = keys.mac(&[&line.reference, &line.authority, &content]);
        Ok(Prepared { line, request, change, reference_mac, content_mac })
    }
}

async fn known_references(
    tx: &mut Tx,
    batch: &[Prepared],
) -> Result<HashMap<Vec<u8>, KnownReference>, Error> {
    let macs: Vec<_> = batch.iter().map(|prepared| prepared.reference_mac).collect();
    let known = tx.known_references(&macs).await?;
    Ok(known.into_iter().map(|known| (known.reference_mac.clone(), known)).collect())
}
