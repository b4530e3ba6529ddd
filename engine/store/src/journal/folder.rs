//! The files of a journal's folder: which there are, in which form, and that they follow each other.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use claimflow_runtime::store::StoreError;

use super::extension::HEAD_2;
use super::forgotten;
use super::format::{FRAME_MAGIC, LINK, SEGMENT_HEADER};
use super::mark::{self, Marked};
use super::segment::{Cursor, Means, Segment};
use super::{RESTORE, damaged};
use crate::disk::{Access, Disk, DiskFile};
use crate::error::io_error;

/// What is being written and has no name of its own yet ends so.
pub(crate) const PART: &str = ".part.cfs";
/// How often the files are looked up again when one of them changed its form meanwhile.
const TRIES: usize = 5;

/// The files of a folder.
pub(crate) struct Found {
    pub(crate) segments: Vec<Segment>,
    /// The length of a last file whose header a crash left unfinished.
    pub(crate) unfinished: Option<u64>,
    pub(crate) marked: Marked,
    /// Where the journal begins.
    pub(crate) start: Start,
    /// Files that a crash left behind and nobody needs.
    pub(crate) leftovers: Vec<PathBuf>,
}

impl Found {
    /// The number of the file behind the last one.
    pub(crate) fn next_number(&self) -> usize {
        self.segments.last().map_or(self.start.number, |last| last.number() + 1)
    }
}

/// Where a journal begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The number of its first file.
    pub(crate) number: usize,
    /// What stood before it.
    pub(crate) cursor: Cursor,
    /// Whether the holder of the key says so.
    pub(crate) proven: bool,
}

impl Default for Start {
    fn default() -> Self {
        Self { number: 1, cursor: Cursor { at: 0, records: 0, link: [0; LINK] }, proven: true }
    }
}

/// The forms in which a segment is there.
#[derive(Debug, Default, Clone, Copy)]
struct Forms {
    open: bool,
    sealed: bool,
}

/// Finds and opens the files of a folder. A last file without a whole header is left out when nothing in it can have
/// been acknowledged.
pub(crate) fn find(
    folder: &Path,
    disk: &dyn Disk,
    access: Access,
    means: &Means,
) -> Result<Found, StoreError> {
    let mut tries = 1;
    loop {
        match find_once(folder, disk, access, means) {
            // Beside a running process a file may be sealed, and so change its name, between two looks.
            Err(StoreError::Io { source, .. })
                if source.kind() == io::ErrorKind::NotFound && tries < TRIES =>
            {
                tries += 1;
            }
            found => return found,
        }
    }
}

fn find_once(folder: &Path, disk: &dyn Disk, access: Access, means: &Means) -> Result<Found, StoreError> {
    let (forms, leftovers) = list(folder, disk)?;
    let (marked, start) = (mark::read(folder, disk)?, forgotten::read(folder, disk, means)?);
    let mut found = Found { segments: Vec::new(), unfinished: None, marked, start, leftovers };
    let last = forms.last_key_value().map_or(0, |(number, _)| *number);
    // Segments that were to be dropped when a crash came.
    for (number, forms) in forms.range(..start.number) {
        let open = forms.open.then(|| folder.join(Segment::name(*number)));
        let sealed = forms.sealed.then(|| folder.join(Segment::sealed_name(*number)));
        found.leftovers.extend(open.into_iter().chain(sealed));
    }
    for number in start.number..=last {
        let Some(forms) = forms.get(&number) else {
            let detail = "it is missing, though later files of the journal are there".to_owned();
            return Err(damaged(&folder.join(Segment::name(number)), 0, detail, RESTORE));
        };
        take(&mut found, folder, disk, (number, *forms, number == last), (access, means))?;
    }
    check_bases(&found)?;
    match found.segments.last() {
        None if found.marked.end() > SEGMENT_HEADER => {
            let detail = format!("it is missing, with {} bytes of acknowledged records", found.marked.end());
            Err(damaged(&folder.join(Segment::name(start.number)), 0, detail, RESTORE))
        }
        Some(last) if last.is_sealed() && found.unfinished.is_none() => {
            let detail = "it is missing, though the file before it was closed".to_owned();
            Err(damaged(&folder.join(Segment::name(last.number() + 1)), 0, detail, RESTORE))
        }
        _ => Ok(found),
    }
}

/// The segments of a folder by number, and what a crash left in the making.
fn list(folder: &Path, disk: &dyn Disk) -> Result<(BTreeMap<usize, Forms>, Vec<PathBuf>), StoreError> {
    let names = disk.names(folder).map_err(|source| io_error("read", folder, source))?;
    let mut all: BTreeMap<usize, Forms> = BTreeMap::new();
    let mut leftovers = Vec::new();
    for name in names {
        match Segment::number_in(&name) {
            Some((number, true)) => all.entry(number).or_default().sealed = true,
            Some((number, false)) => all.entry(number).or_default().open = true,
            None if name.ends_with(PART) => leftovers.push(folder.join(name)),
            None => {}
        }
    }
    Ok((all, leftovers))
}

/// Opens one segment, in its sealed form when that is whole.
fn take(
    found: &mut Found,
    folder: &Path,
    disk: &dyn Disk,
    (number, forms, last): (usize, Forms, bool),
    (access, means): (Access, &Means),
) -> Result<(), StoreError> {
    let (open, sealed) = (folder.join(Segment::name(number)), folder.join(Segment::sealed_name(number)));
    if forms.sealed {
        let segment = Segment::open(disk, (&sealed, number), Access::Read, means);
        match segment {
            Ok(Ok(segment)) if !forms.open || segment.check_index().is_ok() => {
                found.segments.push(segment);
                found.leftovers.extend(forms.open.then_some(open));
                return Ok(());
            }
            Err(error) if !forms.open => return Err(error),
            _ if forms.open => {}
            _ => return Err(damaged(&sealed, 0, "its header cannot be recognised".into(), RESTORE)),
        }
    }
    match Segment::open(disk, (&open, number), access, means)? {
        Ok(segment) => {
            found.segments.push(segment);
            found.leftovers.extend(forms.sealed.then_some(sealed));
        }
        Err(file) => {
            let size = file.size().map_err(|source| io_error("read", &open, source))?;
            let base = found.segments.last().map_or(Ok(0), Segment::end)?;
            // A frame is written only once the header is durable.
            let head = if means.keyring.is_some() { HEAD_2 } else { SEGMENT_HEADER };
            if !last || size > head || found.marked.end() > base || holds_frame(&*file, size)? {
                return Err(damaged(&open, 0, "its header cannot be recognised".into(), RESTORE));
            }
            found.unfinished = Some(size);
        }
    }
    Ok(())
}

/// Whether a frame begins in the few bytes of a file that is no longer than a header.
fn holds_frame(file: &dyn DiskFile, size: u64) -> Result<bool, StoreError> {
    let mut bytes = [0; HEAD_2 as usize];
    let len = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len());
    let into = bytes.get_mut(..len).unwrap_or_default();
    let read = file.read_at(into, 0).map_err(|source| io_error("read", Path::new("journal"), source))?;
    let frames = bytes.get(SEGMENT_HEADER as usize..read).unwrap_or_default();
    Ok(frames.windows(FRAME_MAGIC.len()).any(|start| start == FRAME_MAGIC))
}

/// Each file begins at the position where the one before it ends, and nothing plain follows what is encrypted.
fn check_bases(found: &Found) -> Result<(), StoreError> {
    let mut expected = found.start.cursor.at;
    let mut before: Option<&Segment> = None;
    if let Some(first) = found.segments.first().filter(|first| first.vault().is_some() && !found.start.proven)
    {
        let detail = "what came before it was not dropped by claimflow".to_owned();
        return Err(damaged(&first.path, 0, detail, RESTORE));
    }
    for segment in &found.segments {
        if segment.header.base != expected {
            let short = before.unwrap_or(segment);
            let detail =
                format!("it ends at position {expected}, and the next one begins at {}", segment.header.base);
            return Err(damaged(&short.path, short.offset(expected), detail, RESTORE));
        }
        if segment.vault().is_none() && before.is_some_and(|before| before.vault().is_some()) {
            let detail = "it is not encrypted, though the file before it is: claimflow did not write it so";
            return Err(damaged(&segment.path, 0, detail.to_owned(), RESTORE));
        }
        expected = segment.end()?;
        before = Some(segment);
    }
    Ok(())
}
