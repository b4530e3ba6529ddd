//! From the system's errors to the store's.

use std::io;
use std::path::Path;

use claimflow_runtime::store::StoreError;

/// Wraps an I/O error with what was tried on which file; a full disk or quota becomes [`StoreError::DiskFull`].
pub(crate) fn io_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    let shown = path.display().to_string();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull { path: shown },
        _ => StoreError::Io { action, path: shown, source },
    }
}

/// The same error once more, for each of the callers that shared one write.
pub(crate) fn repeat(error: &StoreError) -> StoreError {
    match error {
        StoreError::InUse { path, process } => StoreError::InUse { path: path.clone(), process: *process },
        StoreError::DiskFull { path } => StoreError::DiskFull { path: path.clone() },
        StoreError::LowRoom { path, room, keep } => {
            StoreError::LowRoom { path: path.clone(), room: *room, keep: *keep }
        }
        StoreError::Damaged { path, offset, detail, mend } => StoreError::Damaged {
            path: path.clone(),
            offset: *offset,
            detail: detail.clone(),
            mend: mend.clone(),
        },
        StoreError::Newer { path, found, known } => {
            StoreError::Newer { path: path.clone(), found: *found, known: *known }
        }
        StoreError::Io { action, path, source } => StoreError::Io {
            action,
            path: path.clone(),
            source: io::Error::new(source.kind(), source.to_string()),
        },
        StoreError::State { action, detail, damaged } => {
            StoreError::State { action, detail: detail.clone(), damaged: *damaged }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_full_quota_are_named_as_such() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let error = io_error("write", Path::new("j/1"), kind.into());
            assert!(matches!(error, StoreError::DiskFull { path } if path == "j/1"));
        }
        let other = io_error("write", Path::new("j/1"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(other.to_string(), "cannot write `j/1`: permission denied");
    }

    #[test]
    fn a_repeated_error_reads_the_same() {
        let all = [
            StoreError::InUse { path: "d".into(), process: 7 },
            StoreError::DiskFull { path: "d".into() },
            StoreError::LowRoom { path: "d".into(), room: 7, keep: 9 },
            StoreError::Damaged { path: "d".into(), offset: 3, detail: "x".into(), mend: "y".into() },
            StoreError::Newer { path: "d".into(), found: 2, known: 1 },
            io_error("write", Path::new("d"), io::Error::other("gone")),
            StoreError::State { action: "read", detail: "x".into(), damaged: true },
        ];
        for error in &all {
            assert_eq!(repeat(error).to_string(), error.to_string());
        }
    }
}
