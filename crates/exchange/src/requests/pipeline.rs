//! A table by several threads: one finds the rows, others read each by itself, and the caller's
//! holds them against the rows above and hands them on, all in the order of the file.

use std::io::{Read, Seek};
use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{ScopedJoinHandle, scope};

use super::column::Column;
use super::seen::{Again, Mark, Marks, Seen};
use super::{Cells, Header, ReadRow, Reader, SoundRow};
use crate::Summary;
use crate::fault::{Error, Faults, Trouble, shown};
use crate::mapping::Mapping;
use crate::table::{Cell, Found, ROWS_MAX, Row, Table};

/// Threads that read rows: what they do takes about twice as long as everything else.
const READERS: usize = 2;

/// Rows that go from thread to thread together, and their text.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 256 << 10;

/// Batches that wait for a thread, so that none runs ahead of the others.
const BATCHES_WAITING: usize = 2;

/// Reads a table. `make` is called on another thread for each row without a fault of its own, and
/// the sink gets what it made of those that are taken in.
pub(super) fn read<F: Read + Seek + Send, T: Send>(
    table: &mut Table<F>,
    mapping: &Mapping,
    make: impl Fn(SoundRow<'_>) -> T + Sync,
    sink: &mut dyn FnMut(T),
) -> Result<Summary, Error> {
    let file = table.name().to_owned();
    let (header, marks) = (OnceLock::new(), Marks::new());
    let mut gather = Gather {
        file: &file,
        header: &header,
        seen: Seen::with_room_for(table.rows_about()),
        again: Vec::new(),
        sink,
        faults: Faults::default(),
        counts: Counts::default(),
    };
    let (give_back, used) = channel();
    let (source, blank) = scope(|scope| {
        let (mut to_readers, mut from_readers) = (Vec::new(), Vec::new());
        for _ in 0..READERS {
            let (find, found) = sync_channel(BATCHES_WAITING);
            let (pass, passed) = sync_channel(BATCHES_WAITING);
            to_readers.push(find);
            from_readers.push(passed);
            let (header, marks, make) = (&header, &marks, &make);
            scope.spawn(move || read_batches(header, mapping, marks, make, &found, &pass));
        }
        let finder = Finder {
            file: &file,
            mapping,
            header: &header,
            rows: 0,
            blank: 0,
            batch: Batch::default(),
            to_readers,
            next: 0,
            used,
        };
        let table = &mut *table;
        let finder = scope.spawn(move || finder.find(table));
        // The readers are asked in the order in which they were given the batches.
        for passed in from_readers.iter().cycle() {
            let Ok(mut batch) = passed.recv() else { break };
            gather.take(&mut batch);
            // The finder is gone where it has found everything.
            give_back.send(batch).ok();
        }
        join(finder)
    });
    let Gather { mut faults, counts, .. } = gather;
    let source = match source {
        Ok(source) => source,
        Err(Error::Faults(stopped)) => {
            faults.append(stopped);
            return Err(faults.into());
        }
        Err(unreadable @ Error::Unreadable { .. }) => return Err(unreadable),
    };
    if header.get().is_none() && faults.is_empty() {
        faults.push(table.empty());
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let Counts { handed_out, repeated, left_out } = counts;
    Ok(Summary { handed_out, repeated, blank, left_out, not_stated: 0, source })
}

fn join<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Rows as they were found, then what was read of them. It goes round, so that its room is used
/// again.
struct Batch<T> {
    /// Of all rows.
    text: String,
    cells: Vec<Cell>,
    places: Vec<Place>,
    /// What was read at each place.
    read: Vec<Option<Made<T>>>,
}

/// A row of a batch, or faults where one should be.
enum Place {
    Row { line: u32, text: Range<usize>, cells: Range<usize>, is_padded: bool },
    Faults(Faults),
}

/// A [`ReadRow`] without what it borrows.
struct Made<T> {
    mark: Option<Mark>,
    made: Option<T>,
    faults: Vec<(u32, Trouble)>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { text: String::new(), cells: Vec::new(), places: Vec::new(), read: Vec::new() }
    }
}

impl<T> Batch<T> {
    fn push(&mut self, Row { line, text, cells, is_padded }: Row<'_>) {
        let (text_start, cells_start) = (self.text.len(), self.cells.len());
        self.text.push_str(text);
        self.cells.extend_from_slice(cells);
        let (text, cells) = (text_start..self.text.len(), cells_start..self.cells.len());
        self.places.push(Place::Row { line, text, cells, is_padded });
    }

    fn is_full(&self) -> bool {
        self.places.len() >= BATCH_ROWS || self.text.len() >= BATCH_BYTES
    }

    fn row(&self, place: usize) -> Option<Row<'_>> {
        match &self.places[place] {
            Place::Row { line, text, cells, is_padded } => Some(Row {
                line: *line,
                text: &self.text[text.clone()],
                cells: &self.cells[cells.clone()],
                is_padded: *is_padded,
            }),
            Place::Faults(_) => None,
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.places.clear();
        self.read.clear();
    }
}

/// Finds the header and puts the rows into batches.
struct Finder<'a, T> {
    file: &'a str,
    mapping: &'a Mapping,
    /// Empty before the header, and set before the first batch goes.
    header: &'a OnceLock<Header<'a>>,
    rows: u64,
    blank: u64,
    batch: Batch<T>,
    to_readers: Vec<SyncSender<Batch<T>>>,
    /// The reader that gets the next batch.
    next: usize,
    used: Receiver<Batch<T>>,
}

impl<T> Finder<'_, T> {
    /// How the table was read, and how many rows are blank.
    fn find<F: Read + Seek>(mut self, table: &mut Table<F>) -> (Result<crate::Source, Error>, u64) {
        let mapping = self.mapping;
        let source = table.each_row(mapping, &mut |found| self.take(found));
        // The last ones; where nobody reads on, nobody misses them.
        let (ControlFlow::Continue(()) | ControlFlow::Break(())) = self.send();
        (source, self.blank)
    }

    fn take(&mut self, found: Found<'_>) -> ControlFlow<()> {
        let header = self.header.get();
        match found {
            Found::Trouble { line, column, trouble } => {
                self.fault(line, column, trouble);
                // Without a header no row can be understood.
                if header.is_none() {
                    return ControlFlow::Break(());
                }
            }
            Found::Row(row) if row.is_blank() => self.blank += u64::from(header.is_some()),
            Found::Row(row) if header.is_none() => {
                let (header, faults) = Header::read(self.file, &row, self.mapping);
                self.header.get_or_init(|| header);
                self.batch.places.push(Place::Faults(faults));
            }
            Found::Row(row) if self.rows == ROWS_MAX => {
                let trouble = Trouble::new(
                    format!("the table has more than {ROWS_MAX} rows"),
                    "split it into several files",
                );
                self.fault(row.line, 1, trouble);
                return ControlFlow::Break(());
            }
            Found::Row(row) => {
                self.rows += 1;
                self.batch.push(row);
            }
        }
        if self.batch.is_full() { self.send() } else { ControlFlow::Continue(()) }
    }

    fn fault(&mut self, line: u32, column: u32, trouble: Trouble) {
        let fault = trouble.at(self.file, line, column);
        self.batch.places.push(Place::Faults(fault.into()));
    }

    /// Breaks off where nobody reads on, because a thread panicked.
    fn send(&mut self) -> ControlFlow<()> {
        let mut next = self.used.try_recv().unwrap_or_default();
        next.clear();
        let batch = std::mem::replace(&mut self.batch, next);
        let sent = self.to_readers[self.next].send(batch);
        self.next = (self.next + 1) % self.to_readers.len();
        if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn read_batches<T>(
    header: &OnceLock<Header<'_>>,
    mapping: &Mapping,
    marks: &Marks,
    make: impl Fn(SoundRow<'_>) -> T,
    found: &Receiver<Batch<T>>,
    pass: &SyncSender<Batch<T>>,
) {
    let mut reader = None;
    while let Ok(mut batch) = found.recv() {
        if let Some(header) = header.get() {
            let reader = reader.get_or_insert_with(|| Reader::new(header, mapping, marks));
            let mut read = std::mem::take(&mut batch.read);
            read.extend((0..batch.places.len()).map(|place| {
                let ReadRow { mark, sound, faults } = reader.row(batch.row(place)?)?;
                Some(Made { mark, made: sound.map(&make), faults })
            }));
            batch.read = read;
        }
        // The caller's thread is gone only where it panicked.
        if pass.send(batch).is_err() {
            break;
        }
    }
}

#[derive(Default)]
struct Counts {
    handed_out: u64,
    repeated: u64,
    left_out: u64,
}

/// Holds rows against those above them.
struct Gather<'a, T> {
    file: &'a str,
    header: &'a OnceLock<Header<'a>>,
    seen: Seen,
    /// Of the batch at hand.
    again: Vec<Option<Again>>,
    sink: &'a mut dyn FnMut(T),
    faults: Faults,
    counts: Counts,
}

impl<T> Gather<'_, T> {
    fn take(&mut self, batch: &mut Batch<T>) {
        // All of a batch by themselves: each waits for memory, and these waits can overlap.
        self.again.clear();
        self.again.extend(batch.places.iter().zip(&batch.read).map(|(place, read)| {
            let Place::Row { line, .. } = place else { return None };
            Some(self.seen.note(read.as_ref()?.mark?, *line))
        }));
        let mut read = std::mem::take(&mut batch.read);
        read.resize_with(batch.places.len(), || None);
        for (place, read) in read.drain(..).enumerate() {
            match (&mut batch.places[place], read) {
                (Place::Faults(faults), _) => self.faults.append(std::mem::take(faults)),
                (Place::Row { .. }, None) => self.counts.left_out += 1,
                (Place::Row { line, .. }, Some(read)) => {
                    let line = *line;
                    self.row(batch, place, line, read);
                }
            }
        }
        batch.read = read;
    }

    fn row(&mut self, batch: &Batch<T>, place: usize, line: u32, read: Made<T>) {
        let Made { mark: _, made, mut faults } = read;
        match (&self.again[place], made) {
            (Some(Again::No), Some(made)) => {
                self.counts.handed_out += 1;
                (self.sink)(made);
            }
            (Some(Again::No), None) | (None, Some(_) | None) => {}
            (Some(Again::Equal), Some(_) | None) => self.counts.repeated += 1,
            (Some(Again::Different { line }), Some(_) | None) => {
                faults.extend(different(self.header, batch.row(place), *line));
            }
        }
        faults.sort_by_key(|(column, _)| *column);
        for (column, trouble) in faults {
            self.faults.push(trouble.at(self.file, line, column));
        }
    }
}

/// The fault of a row whose reference stands on an earlier line with other content.
fn different(
    header: &OnceLock<Header<'_>>,
    row: Option<Row<'_>>,
    line: u32,
) -> Option<(u32, Trouble)> {
    let cells = Cells { row: row?, header: header.get()? };
    let reference = cells.given(Column::Reference)?.text;
    let what = format!("{} stands on line {line} with other content", shown(reference));
    let mend = "give each request its own reference, or delete the row that is wrong";
    let trouble = Trouble::new(what, mend).in_column(Column::Reference.name());
    Some((cells.number(Column::Reference), trouble))
}
