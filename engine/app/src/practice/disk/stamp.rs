//! What tells whether a file is still the one that was read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

/// What changes when somebody writes: length, times, and which file it is, since a link that is turned to another file can
/// lead to one of the same length and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    /// Of its content, in nanoseconds since 1970.
    changed: u128,
    /// Of anything of it, as seconds and nanoseconds: it follows who sets the other one back.
    touched: (i64, i64),
    file: (u64, u64),
}

impl Stamp {
    /// The stamp, unless the file changed so lately that a further change could leave it as it is: clocks of file
    /// systems tick slowly.
    pub(super) fn of(meta: &Metadata) -> Option<Self> {
        let changed = meta.modified().ok()?;
        let age = SystemTime::now().duration_since(changed).ok()?;
        (age >= Duration::from_secs(2)).then(|| Self {
            length: meta.len(),
            changed: changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos(),
            touched: (meta.ctime(), meta.ctime_nsec()),
            file: (meta.dev(), meta.ino()),
        })
    }

    pub(super) fn text(self) -> String {
        let Self { length, changed, touched, file } = self;
        format!("{length} {changed} {}.{} {}:{}", touched.0, touched.1, file.0, file.1)
    }
}
