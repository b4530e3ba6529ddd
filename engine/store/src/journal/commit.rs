//! Group commit: callers queue their batches; one of them writes all that wait as one frame and syncs once.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use claimflow_runtime::store::{Position, StoreError};

use super::JournalOptions;
use super::format::{FRAME_HEADER, MAX_RECORD, RECORD_HEADER, RecordHeader};
use super::mark::MarkFile;
use super::segment::{Cursor, Means, Segments};
use super::vault::PADDING;
use super::writer::Writer;
use crate::disk::Disk;
use crate::error::{io_error, repeat};

/// A group stops growing at this many bytes; one batch alone may be larger.
const MAX_GROUP: usize = 64 << 20;
/// Encoding buffers kept for the next batches, and the most bytes one of them may hold on to.
const SPARE_BUFFERS: usize = 4;
const SPARE_BYTES: usize = 16 << 20;

/// A batch in the bytes of the journal, records in their clear form.
struct Batch {
    bytes: Vec<u8>,
    records: u32,
    /// The position of its first record, or why it is not in the journal.
    outcome: Arc<OnceLock<Result<u64, StoreError>>>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Batch>,
    /// Whether a caller is writing. INVARIANT: at most one is.
    writing: bool,
    spare: Vec<Vec<u8>>,
}

/// The writing side of a journal.
pub(crate) struct Committer {
    queue: Mutex<Queue>,
    written: Condvar,
    writer: Mutex<Writer>,
    segments: Arc<Segments>,
    /// What follows each record's own bytes in its clear form.
    padding: &'static [u8],
}

impl Committer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        options: JournalOptions,
        segments: Arc<Segments>,
        end: Cursor,
        (mark, means): (MarkFile, Means),
    ) -> Self {
        // Whoever has keys writes into encrypted segments only.
        let padding = if means.keyring.is_some() { PADDING.as_slice() } else { &[] };
        let writer = Writer::new(disk, folder, options, Arc::clone(&segments), end, (mark, means));
        let writer = Mutex::new(writer);
        Self { queue: Mutex::default(), written: Condvar::new(), writer, segments, padding }
    }

    pub(crate) fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.encode(records)?;
        let outcome = Arc::clone(&batch.outcome);
        let mut queue = self.queue();
        queue.waiting.push(batch);
        loop {
            match outcome.get() {
                Some(Ok(first)) => return Ok(positions(*first, records, self.padding.len())),
                Some(Err(error)) => return Err(repeat(error)),
                None if queue.writing => {
                    queue = self.written.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
                None => queue = self.write_group(queue),
            }
        }
    }

    /// Writes what waits as one frame. The queue is free meanwhile, so that the next group gathers.
    fn write_group<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        let group = queue.take_group();
        queue.writing = true;
        drop(queue);
        let parts: Vec<&[u8]> = group.iter().map(|batch| batch.bytes.as_slice()).collect();
        let records = group.iter().map(|batch| batch.records).sum();
        let written = self.writer().write(&parts, records);
        let mut queue = self.queue();
        queue.writing = false;
        let mut first = written.map(|frame| frame + FRAME_HEADER as u64);
        for batch in group {
            let size = batch.bytes.len() as u64;
            let outcome = match &mut first {
                Ok(next) => Ok(std::mem::replace(next, *next + size)),
                Err(error) => Err(repeat(error)),
            };
            // The batch is out of the queue: nobody else sets its outcome.
            let _first_time = batch.outcome.set(outcome);
            queue.keep(batch.bytes);
        }
        self.written.notify_all();
        queue
    }

    fn encode(&self, records: &[Vec<u8>]) -> Result<Batch, StoreError> {
        let too_large = |what: String| {
            let path = self.segments.last().map(|last| last.path.clone()).unwrap_or_default();
            io_error("append to", &path, io::Error::new(io::ErrorKind::InvalidInput, what))
        };
        let count = u32::try_from(records.len());
        let count =
            count.map_err(|_| too_large(format!("a batch of {} records is too large", records.len())))?;
        if let Some(record) = records.iter().find(|record| record.len() + self.padding.len() > MAX_RECORD) {
            return Err(too_large(format!("a record of {} bytes is too large", record.len())));
        }
        let mut bytes = self.queue().spare.pop().unwrap_or_default();
        let around = RECORD_HEADER + self.padding.len();
        bytes.reserve(records.iter().map(|record| around + record.len()).sum());
        for record in records {
            bytes.extend_from_slice(&RecordHeader::encode_padded(record, self.padding));
            bytes.extend_from_slice(record);
            bytes.extend_from_slice(self.padding);
        }
        Ok(Batch { bytes, records: count, outcome: Arc::default() })
    }

    /// Begins a new segment, when the last one holds anything.
    pub(crate) fn close_segment(&self) -> Result<(), StoreError> {
        self.writer().close_segment()
    }

    pub(crate) fn sync_mark(&self) -> Result<(), StoreError> {
        self.writer().sync_mark()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// The batches that go into the next frame, in the order they came: at least one.
    fn take_group(&mut self) -> Vec<Batch> {
        let mut bytes = 0;
        let mut records = 0u32;
        let fitting = self.waiting.iter().take_while(|batch| {
            bytes += batch.bytes.len();
            let sum = records.checked_add(batch.records);
            records = sum.unwrap_or(records);
            sum.is_some() && bytes <= MAX_GROUP
        });
        let count = fitting.count().max(1).min(self.waiting.len());
        self.waiting.drain(..count).collect()
    }

    fn keep(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS && buffer.capacity() <= SPARE_BYTES {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}

fn positions(first: u64, records: &[Vec<u8>], padding: usize) -> Vec<Position> {
    let mut next = first;
    let position = |record: &Vec<u8>| {
        let at = Position(next);
        next += (RECORD_HEADER + record.len() + padding) as u64;
        at
    };
    records.iter().map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(sizes: &[(usize, u32)]) -> Queue {
        let batch = |&(size, records): &(usize, u32)| Batch {
            bytes: vec![0; size],
            records,
            outcome: Arc::default(),
        };
        Queue { waiting: sizes.iter().map(batch).collect(), ..Queue::default() }
    }

    #[test]
    fn a_group_takes_what_fits_and_never_nothing() {
        let taken = |sizes: &[(usize, u32)]| queue(sizes).take_group().len();
        assert_eq!(taken(&[]), 0);
        assert_eq!(taken(&[(10, 1), (10, 1)]), 2);
        assert_eq!(taken(&[(MAX_GROUP + 1, 1), (10, 1)]), 1, "a batch past the limit goes alone");
        assert_eq!(taken(&[(10, 1), (MAX_GROUP, 1), (10, 1)]), 1);
        assert_eq!(taken(&[(10, u32::MAX), (10, 1)]), 1, "a frame counts its records in 32 bits");
    }

    #[test]
    fn buffers_are_kept_while_they_are_few_and_small() {
        let mut queue = Queue::default();
        queue.keep(Vec::with_capacity(SPARE_BYTES + 1));
        assert!(queue.spare.is_empty());
        for _ in 0..SPARE_BUFFERS + 3 {
            queue.keep(vec![1; 10]);
        }
        assert_eq!(queue.spare.len(), SPARE_BUFFERS);
        assert!(queue.spare.iter().all(Vec::is_empty));
    }

    #[test]
    fn positions_follow_each_other_by_header_and_length() {
        let records = [vec![], vec![1; 5], vec![2]];
        assert_eq!(positions(100, &records, 0), [Position(100), Position(108), Position(121)]);
        assert_eq!(positions(100, &records, 44), [Position(100), Position(152), Position(209)]);
    }
}
