//! Where the journal begins, once its oldest segments were dropped.
//!
//! ```text
//! forgotten   journal/forgotten, 116 bytes: magic 8 | version u32 | number u64 | position u64 | records u64 | link 32 |
//!             proof 44 | crc32 u32
//! ```
//! `number` is the first segment that is left; position, records and link are where the one before it ended, so that the
//! chain goes on over the gap. The proof is nothing, sealed for all that stands before it: without the key nobody can
//! drop segments unseen. In a plain journal it is zeros.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_runtime::store::StoreError;

use super::folder::{PART, Start};
use super::format::{Unreadable, checked, with_crc};
use super::segment::{Cursor, Means};
use super::{RESTORE, damaged, newer};
use crate::crypt::{Keyring, OVERHEAD};
use crate::disk::{Access, Disk};
use crate::error::io_error;

const FILE: &str = "forgotten";
const MAGIC: [u8; 8] = *b"\x89CFF\r\n\x1a\n";
const VERSION: u32 = 2;
const SIZE: usize = 8 + 4 + 3 * 8 + 32 + OVERHEAD + 4;

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn fields(start: &Start) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    for number in [start.number as u64, start.cursor.at, start.cursor.records] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&start.cursor.link);
    bytes
}

fn decode(bytes: &[u8], keyring: Option<&Arc<Keyring>>) -> Result<Start, Unreadable> {
    let mut rest = checked(bytes, SIZE)?;
    let magic: [u8; 8] = rest.take()?;
    let version = rest.u32()?;
    if magic != MAGIC || version < VERSION {
        return Err(Unreadable::Damaged);
    }
    if version > VERSION {
        return Err(Unreadable::Newer(version));
    }
    let number = usize::try_from(rest.u64()?).map_err(|_| Unreadable::Damaged)?;
    let cursor = Cursor { at: rest.u64()?, records: rest.u64()?, link: rest.take()? };
    let proof: [u8; OVERHEAD] = rest.take()?;
    // Zeros were written while the journal was plain; what is encrypted is not proven by them.
    let proven = proof != [0; OVERHEAD];
    let start = Start { number, cursor, proven };
    let opens = |keyring: &Arc<Keyring>| keyring.open(&fields(&start), &proof).is_ok();
    if proven && !keyring.is_none_or(opens) { Err(Unreadable::Damaged) } else { Ok(start) }
}

/// Where the journal in a folder begins.
pub(crate) fn read(folder: &Path, disk: &dyn Disk, means: &Means) -> Result<Start, StoreError> {
    let path = path(folder);
    let file = match disk.open(&path, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Start::default()),
        Err(source) => return Err(io_error("open", &path, source)),
    };
    let mut bytes = [0; SIZE];
    let read = file.read_at(&mut bytes, 0).map_err(|source| io_error("read", &path, source))?;
    let decoded = decode(bytes.get(..read).unwrap_or_default(), means.keyring.as_ref());
    decoded.map_err(|why| match why {
        Unreadable::Newer(found) => newer(&path, found),
        Unreadable::Damaged => {
            let detail = "it is not what claimflow wrote when it dropped the journal's oldest part";
            damaged(&path, 0, detail.to_owned(), RESTORE)
        }
    })
}

/// Makes a new beginning durable, in place of an earlier one.
pub(crate) fn write(folder: &Path, disk: &dyn Disk, means: &Means, start: &Start) -> Result<(), StoreError> {
    let (part, path) = (folder.join(FILE.to_owned() + PART), path(folder));
    let io = |source| io_error("write", &part, source);
    let fields = fields(start);
    let mut proof = Vec::with_capacity(OVERHEAD);
    match &means.keyring {
        None => proof.resize(OVERHEAD, 0),
        Some(keyring) => {
            keyring.seal(&fields, &[], &mut proof).map_err(|why| io(std::io::Error::other(why)))?;
        }
    }
    let bytes = with_crc([fields, proof].concat());
    let file = disk.open(&part, Access::Write).map_err(io)?;
    let written = file.truncate(0).and_then(|()| file.write_at(&bytes, 0)).and_then(|()| file.sync());
    written.map_err(io)?;
    disk.rename(&part, &path).and_then(|()| disk.sync_folder(folder)).map_err(io)
}
