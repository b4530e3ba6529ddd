//! The whole export: claims read and made into rows on as many threads as there are cores, written in their order.

use std::io::Write;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use claimflow_runtime::store::StoreError;
use claimflow_runtime::{Error, PastClaim, Standing};

use crate::error::ExportError;
use crate::output::{Format, Maker, Outputs, Part, Written};
use crate::rows::Selection;

/// Claims that are read and made into rows together.
const A_PART: usize = 256;

/// Parts that a thread may be ahead: memory stays bounded when reading is faster than writing.
const AHEAD: usize = 2;

/// Claims, read one at a time and by several threads at once.
pub trait Source: Sync {
    /// How many places there are.
    fn count(&self) -> usize;

    /// The number of the claim at a place, from 0.
    fn number(&self, place: usize) -> u64;

    /// That claim with its history; none where there is nothing to tell.
    ///
    /// # Errors
    /// When it cannot be read.
    fn claim(&self, place: usize) -> Result<Option<PastClaim>, Error>;
}

impl Source for Standing {
    fn count(&self) -> usize {
        self.len()
    }

    fn number(&self, place: usize) -> u64 {
        Self::number(self, place).unwrap_or_default()
    }

    fn claim(&self, place: usize) -> Result<Option<PastClaim>, Error> {
        Self::claim(self, place)
    }
}

/// What an export came to.
#[derive(Debug)]
pub struct Exported<W> {
    /// The tables, in the order in which they were asked for.
    pub tables: Vec<Written<W>>,
    /// Claims in it.
    pub claims: u64,
    /// Internal numbers of claims that cannot be read, and are left out.
    pub unreadable: Vec<u64>,
}

/// Writes the tables of a selection. `open` is asked once for each where it goes. The order of rows, and every byte, is the
/// same however many threads there are.
///
/// # Errors
/// When the disk cannot be read, or a table cannot be written.
pub fn export<W: Write + Send>(
    source: &dyn Source,
    selection: &Selection,
    format: Format,
    open: &mut dyn FnMut(crate::Table) -> std::io::Result<W>,
) -> Result<Exported<W>, ExportError> {
    let maker = Maker::new(selection, format);
    let mut outputs = Outputs::open(&maker, open)?;
    let (mut claims, mut unreadable) = (0, Vec::new());
    let parts = source.count().div_ceil(A_PART);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(parts).max(1);
    let maker = &maker;
    thread::scope(|scope| {
        let lanes: Vec<Receiver<_>> = (0..threads)
            .map(|lane| {
                let (to, from) = sync_channel(AHEAD);
                scope.spawn(move || work(source, maker, (lane..parts).step_by(threads), &to));
                from
            })
            .collect();
        // Each thread makes every so-manieth part, in order, so that they come in order when asked in turn.
        for lane in lanes.iter().cycle().take(parts) {
            let (part, faults) = lane.recv().map_err(|_| ExportError::Stopped)??;
            claims += part.claims;
            unreadable.extend::<Vec<u64>>(faults);
            outputs.take(part)?;
        }
        Ok::<(), ExportError>(())
    })?;
    Ok(Exported { tables: outputs.finish()?, claims, unreadable })
}

/// Rows of some claims, and the claims that cannot be read.
type Made = Result<(Part, Vec<u64>), Error>;

fn work(source: &dyn Source, maker: &Maker<'_>, parts: impl Iterator<Item = usize>, to: &SyncSender<Made>) {
    for part in parts {
        let made = make(source, maker, part);
        let failed = made.is_err();
        // Nobody takes it any more when writing has failed.
        if to.send(made).is_err() || failed {
            return;
        }
    }
}

fn make(source: &dyn Source, maker: &Maker<'_>, part: usize) -> Made {
    let (mut made, mut unreadable) = (maker.begin(), Vec::new());
    let from = part * A_PART;
    for place in from..(from + A_PART).min(source.count()) {
        let claim = source.claim(place);
        match claim.and_then(|past| past.map_or(Ok(()), |past| maker.add(&past, &mut made))) {
            Ok(()) => {}
            Err(Error::Store(error @ StoreError::Io { .. })) => return Err(error.into()),
            // One claim that cannot be read keeps nobody from the others.
            Err(_) => unreadable.push(source.number(place)),
        }
    }
    Ok((made, unreadable))
}
