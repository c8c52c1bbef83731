//! What SQLite answered, sorted by what the caller can do, with words for whoever runs the product.
//!
//! Result codes: <https://sqlite.org/rescode.html>.

use ports::store::error::StoreError;
use rusqlite::{Error, ErrorCode, ffi};
use std::path::Path;

/// What a failed step in this file means; `what` was tried.
pub(super) fn fault(file: &Path, what: &str, error: &Error) -> StoreError {
    let tried = format!("{what} in {}", file.display());
    let Some(failure) = error.sqlite_error() else {
        return damaged(&tried, &error.to_string());
    };
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Unavailable {
            message: format!(
                "{tried}: another process holds the file and did not let go in time; see which one has it open \
                 (a second service, an sqlite3 shell, a copying tool) and end that, then try again"
            ),
        },
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => denied(&tried, &error.to_string()),
        ErrorCode::CannotOpen => denied(&format!("{tried} (is it still there?)"), &error.to_string()),
        ErrorCode::DiskFull => full(&tried),
        ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => full(&tried),
        ErrorCode::SystemIoFailure => StoreError::Unavailable {
            message: format!(
                "{tried}: the disk answered with an error ({error}); look for it in the kernel's log, and see whether \
                 the disk is full or failing"
            ),
        },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => damaged(&tried, &error.to_string()),
        ErrorCode::OperationInterrupted => StoreError::Unavailable {
            message: format!("{tried}: it took longer than its deadline and was stopped; ask for less, or try again"),
        },
        ErrorCode::OutOfMemory => StoreError::Unavailable {
            message: format!("{tried}: there is not enough memory; free some, or ask for less"),
        },
        _ => StoreError::Invalid { message: format!("{tried}: {error}; this is a mistake of the program") },
    }
}

/// What a failed commit means: after an error of the disk nobody knows what it holds.
pub(super) fn commit_fault(file: &Path, error: &Error) -> StoreError {
    match fault(file, "committing", error) {
        StoreError::Unavailable { message } if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
            StoreError::Unknown {
                message: format!("{message}; what was being written may stand: read before writing it again"),
            }
        }
        other => other,
    }
}

/// What a failed step on a file or folder means.
pub(super) fn io_fault(path: &Path, what: &str, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let tried = format!("{what} {}", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => denied(&tried, &error.to_string()),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => full(&tried),
        _ => StoreError::Unavailable { message: format!("{tried}: {error}") },
    }
}

/// What may not be done, and what to do.
pub(super) fn denied(tried: &str, why: &str) -> StoreError {
    let message = format!(
        "{tried}: {why}; give the user that runs this write access to the folder and the files in it, and see whether \
         the disk is mounted read-only"
    );
    StoreError::Denied { message }
}

fn full(tried: &str) -> StoreError {
    StoreError::Full { message: format!("{tried}: the disk is full; make room, nothing that was acknowledged is lost") }
}

/// What is damaged, and what to do.
pub(super) fn damaged(tried: &str, why: &str) -> StoreError {
    let message = format!(
        "{tried}: the file is damaged ({why}); stop what uses it, keep a copy of it, and restore the newest backup into \
         a new folder"
    );
    StoreError::Corrupt { message }
}
