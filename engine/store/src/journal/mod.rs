//! The append-only journal: segment files of checksummed, hash-chained frames.

mod blocks;
mod commit;
mod copy;
mod cut;
mod extension;
mod folder;
mod forgotten;
mod format;
mod mark;
mod open;
mod reserve;
mod seal;
mod segment;
mod vault;
mod walk;
mod writer;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use claimflow_runtime::store::{JournalReport, Position, SealReport, StoreError};

use crate::crypt::Keyring;
use crate::disk::{Disk, SystemDisk};
use commit::Committer;
use format::{FORMAT, RECORD_HEADER, RecordHeader};
use reserve::Reserve;
pub use seal::Forgotten;
use seal::{Sealer, Which};
use segment::{Cursor, Means, Segment, Segments};

pub(crate) use copy::{end_files, write_mark};
pub use cut::cut_journal;

/// The folder of the journal within the data folder.
pub(crate) const FOLDER: &str = "journal";
const RESTORE: &str = "restore the `journal` folder from a backup; everything before this place is intact";

/// How the journal behaves.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// The keys that records are encrypted with; without them they are written plain.
    pub keyring: Option<Arc<Keyring>>,
    /// Whether an append waits for the disk. Off only in benchmarks: then a power cut loses acknowledged records.
    pub fsync: bool,
    /// A file that has grown to this many bytes is followed by a new one.
    pub segment_bytes: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { keyring: None, fsync: true, segment_bytes: 128 << 20 }
    }
}

/// The append-only journal of a data folder.
///
/// It can be opened without the state, and checked without being opened: [`Journal::verify_folder`].
pub struct Journal {
    segments: Arc<Segments>,
    committer: Committer,
    reserve: Reserve,
    sealer: Sealer,
}

impl Journal {
    /// Opens the journal in `folder/journal`, making it when it is missing, and cuts off what a crash left unfinished
    /// behind the last acknowledged batch.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when acknowledged records are missing or changed at its end, [`StoreError::Newer`],
    /// [`StoreError::DiskFull`], [`StoreError::Io`].
    pub fn open(folder: &Path, options: JournalOptions, disk: Arc<dyn Disk>) -> Result<Self, StoreError> {
        let means = Means { keyring: options.keyring.clone(), ..Means::default() };
        let opened = open::open(&folder.join(FOLDER), &options, &*disk, &means)?;
        let segments = Arc::new(Segments::new(opened.segments, opened.end.at, opened.landmarks));
        let reserve = Reserve::new(Arc::clone(&disk), folder);
        let folder = folder.join(FOLDER);
        let sealer = Sealer::new(Arc::clone(&disk), folder.clone(), Arc::clone(&segments), means.clone());
        let committer =
            Committer::new(disk, folder, options, Arc::clone(&segments), opened.end, (opened.mark, means));
        Ok(Self { segments, committer, reserve, sealer })
    }

    /// Appends records as one batch: all or none, durable on return. Calls that come while another one writes share
    /// the next write. Returns the position of each record.
    ///
    /// # Errors
    /// [`StoreError::LowRoom`], [`StoreError::DiskFull`] or [`StoreError::Io`]; then nothing of the batch is in the
    /// journal.
    pub fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        self.reserve.check()?;
        self.committer.append(records)
    }

    /// Appends nothing more while the disk has fewer bytes left than this; 0, as it begins, for as long as it has any.
    pub fn keep_free(&self, bytes: u64) {
        self.reserve.set(bytes);
    }

    /// False while nothing is appended because of that.
    pub fn has_room(&self) -> bool {
        self.reserve.check().is_ok()
    }

    /// The record at a position that [`append`](Self::append) or [`replay`](Self::replay) gave, checked.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when no whole record is there, [`StoreError::Io`].
    pub fn read(&self, at: Position) -> Result<Vec<u8>, StoreError> {
        let Some(segment) = self.segments.holding(at.0) else {
            let last = self.segments.last().map(|last| last.path.clone()).unwrap_or_default();
            let start = self.segments.start();
            let detail = if at.0 < start {
                format!("it begins at position {start}: what came before was dropped when its time was over")
            } else {
                format!("it ends before position {}, which the state refers to", at.0)
            };
            return Err(damaged(&last, self.segments.end(), detail, RESTORE));
        };
        let wrong = || {
            let detail = format!("the record at position {} does not match its checksum", at.0);
            damaged(&segment.path, segment.offset(at.0), detail, RESTORE)
        };
        let io = |source| segment.read_error(source);
        // Most records are short: one read brings the length and the record together.
        let mut first = [0; 4096];
        let read = segment.file().read_at(&mut first, segment.offset(at.0)).map_err(io)?;
        let (header, held) = first.get(..read).and_then(RecordHeader::split).ok_or_else(wrong)?;
        let record = match held.get(..header.len) {
            Some(whole) => whole.to_vec(),
            None => read_rest(&segment, at.0, &header, held).map_err(io)?.ok_or_else(wrong)?,
        };
        let own = if header.fits(&record) { uncover(&segment, at.0, record) } else { None };
        own.ok_or_else(wrong)
    }

    /// Hands out every record whose position is greater than `after`, in order, up to what is durable now, checking
    /// checksums and links on the way. `each` may stop early.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] at the first record that is not what was written, [`StoreError::Io`].
    pub fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let end = self.segments.end();
        if after.0 >= end {
            return Ok(());
        }
        let mut later = |at: Position, record: &[u8]| {
            if at > after { each(at, record) } else { ControlFlow::Continue(()) }
        };
        let segments = self.segments.all();
        let ends = ends(&segments, end);
        for (segment, end) in segments.iter().zip(ends).filter(|(_, end)| *end > after.0) {
            let mut cursor = self.segments.boundary(segment, after.0);
            // Hopping ends at the frame that holds `after`, with a fault that says it reaches further. A true fault is
            // met again by the walk, which reports it.
            let _reaches_further = walk::hop(segment, &mut cursor, after.0, &mut |_| ());
            let walked = walk::walk(segment, &mut cursor, end, &mut later);
            if walked.map_err(|fault| fault.into_error(segment))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Reads the whole journal and checks every checksum and link.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the first record that is not what was written, [`StoreError::Io`].
    pub fn verify(&self) -> Result<JournalReport, StoreError> {
        let end = self.segments.end();
        let segments = self.segments.all();
        let start = segments.first().map(|first| first.before()).unwrap_or_default();
        let mut report = Verification::from(start);
        for (segment, end) in segments.iter().zip(ends(&segments, end)) {
            report.segment(segment, end)?;
        }
        Ok(report.finish(0))
    }

    /// [`verify`](Self::verify) as far as `pace` lets it, which is asked now and then whether to go on.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn scrub(&self, pace: &mut dyn FnMut() -> ControlFlow<()>) -> Result<(), StoreError> {
        let end = self.segments.end();
        let segments = self.segments.all();
        for (segment, end) in segments.iter().zip(ends(&segments, end)) {
            let mut cursor = segment.first();
            let walked = walk::check_slowly(segment, &mut cursor, end, pace);
            if walked.map_err(|fault| fault.into_error(segment))?.is_break() {
                break;
            }
            segment.ends(&cursor)?;
        }
        Ok(())
    }

    /// Checks the journal of a data folder without opening it: no lock is taken and nothing is changed, so it works
    /// beside a running process and when the state is damaged. What is encrypted needs
    /// [`verify_folder_on`](Self::verify_folder_on).
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`StoreError::Io`] when there is no journal.
    pub fn verify_folder(folder: &Path) -> Result<JournalReport, StoreError> {
        Self::verify_folder_on(folder, &SystemDisk, None)
    }

    /// [`verify_folder`](Self::verify_folder) on a given disk, with the keyring of what is encrypted.
    ///
    /// # Errors
    /// As [`verify_folder`](Self::verify_folder).
    pub fn verify_folder_on(
        folder: &Path,
        disk: &dyn Disk,
        keyring: Option<Arc<Keyring>>,
    ) -> Result<JournalReport, StoreError> {
        open::verify(&folder.join(FOLDER), disk, &Means { keyring, ..Means::default() })
    }

    /// Writes every closed segment that is not sealed yet anew: compressed, encrypted when there is a keyring, with all
    /// positions and links as they were. `pace` is asked between blocks of 64 KB whether to go on. Appends and reads go
    /// on meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a segment is not what was written: it stays as it is. [`StoreError::DiskFull`],
    /// [`StoreError::Io`].
    pub fn seal(&self, pace: &mut dyn FnMut() -> ControlFlow<()>) -> Result<SealReport, StoreError> {
        self.sealer.seal(Which::Unsealed, pace)
    }

    /// [`seal`](Self::seal), and closed segments too that are sealed plain or under another key than the newest: what
    /// the journal holds before its last segment is then under the newest key alone.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_anew(&self, pace: &mut dyn FnMut() -> ControlFlow<()>) -> Result<SealReport, StoreError> {
        self.sealer.seal(Which::OldKeys, pace)
    }

    /// Drops the journal's oldest part for good: the first segments, as far as each is sealed and ends at or before a
    /// position. The chain goes on over the gap, so that [`verify`](Self::verify) holds for what is left. The caller has
    /// made sure that nothing points there any more and that what must outlive it is written anew.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::Io`]; what was to go then goes at the next start, or not at all.
    pub fn forget(&self, up_to: Position) -> Result<Forgotten, StoreError> {
        self.sealer.forget(up_to.0, true)
    }

    /// What [`forget`](Self::forget) would drop.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn forgettable(&self, up_to: Position) -> Result<Forgotten, StoreError> {
        self.sealer.forget(up_to.0, false)
    }

    /// The position at which the journal begins: nothing before it is there any more.
    pub fn start(&self) -> Position {
        Position(self.segments.start())
    }

    /// Begins a new segment when the last one holds anything, so that it can be sealed.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::Io`].
    pub fn close_segment(&self) -> Result<(), StoreError> {
        self.committer.close_segment()
    }

    /// Segments that are closed and not sealed.
    pub fn unsealed(&self) -> usize {
        let all = self.segments.all();
        all.iter().rev().skip(1).filter(|segment| !segment.is_sealed()).count()
    }

    /// Makes the mark of what was acknowledged durable too, for a clean stop.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn flush(&self) -> Result<(), StoreError> {
        self.committer.sync_mark()
    }

    /// The position behind the last durable record: every position handed out so far is before it.
    pub fn end(&self) -> Position {
        Position(self.segments.end())
    }
}

/// The checking of a whole journal, segment by segment.
struct Verification {
    /// Records that were dropped before what is left.
    dropped: u64,
    reached: Cursor,
    bytes: u64,
}

impl Verification {
    fn from(start: Cursor) -> Self {
        Self { dropped: start.records, reached: start, bytes: 0 }
    }

    /// Walks one segment up to a position.
    fn segment(&mut self, segment: &Segment, end: u64) -> Result<(), StoreError> {
        segment.continues(&self.reached)?;
        let mut cursor = segment.first();
        walk::check(segment, &mut cursor, end).map_err(|fault| fault.into_error(segment))?;
        segment.ends(&cursor)?;
        self.reach(segment, cursor);
        Ok(())
    }

    fn reach(&mut self, segment: &Segment, cursor: Cursor) {
        self.bytes += cursor.at - segment.header.base;
        self.reached = cursor;
    }

    fn finish(self, torn_tail: u64) -> JournalReport {
        let head = blake3::Hash::from_bytes(self.reached.link).to_hex().to_string();
        let records = self.reached.records.saturating_sub(self.dropped);
        JournalReport { records, bytes: self.bytes, head, torn_tail }
    }
}

/// Where each segment ends: where the next begins, the last one at `end`.
fn ends(segments: &[Arc<Segment>], end: u64) -> impl Iterator<Item = u64> {
    segments.iter().skip(1).map(|next| next.header.base).chain([end])
}

/// A record's own bytes, from those that stand at a position; `None` when they cannot be decrypted.
fn uncover(segment: &Segment, at: u64, mut stands: Vec<u8>) -> Option<Vec<u8>> {
    if let Some(vault) = segment.record_vault() {
        let mut own = Vec::with_capacity(stands.len());
        vault.open_record(at, &stands, &mut own).ok()?;
        return Some(own);
    }
    stands.truncate(stands.len().checked_sub(segment.padding())?);
    Some(stands)
}

fn read_rest(segment: &Segment, at: u64, header: &RecordHeader, held: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let start = at + RECORD_HEADER as u64;
    if start + header.len as u64 > segment.header.base + segment.file().size()? {
        return Ok(None);
    }
    let mut record = vec![0; header.len];
    let Some((have, rest)) = record.split_at_mut_checked(held.len()) else { return Ok(None) };
    have.copy_from_slice(held);
    let read = segment.file().read_at(rest, segment.offset(start) + held.len() as u64)?;
    let whole = read == rest.len();
    Ok(whole.then_some(record))
}

fn newer(path: &Path, found: u32) -> StoreError {
    StoreError::Newer { path: path.display().to_string(), found, known: FORMAT }
}

fn damaged(path: &Path, offset: u64, detail: String, mend: &str) -> StoreError {
    StoreError::Damaged { path: path.display().to_string(), offset, detail, mend: mend.to_owned() }
}
