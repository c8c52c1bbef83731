//! What went wrong with a file, sorted by what the person who runs the program can do.

use domain::chain::{Finding, LineError};
use ports::store::Log;
use ports::store::error::StoreError;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Something with a file failed: `tried` is what ("append to"), `path` to which.
pub(super) fn failed(tried: &str, path: &Path, error: &io::Error) -> StoreError {
    let told = format!("cannot {tried} {}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full { message: format!("{told}; make room on its disk, or raise the user's limit") }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::Denied {
            message: format!("{told}; let the user of this program write there, or mount the disk for writing"),
        },
        io::ErrorKind::AlreadyExists => {
            StoreError::Denied { message: format!("{told}; name a folder that holds no logs yet") }
        }
        _ => StoreError::Unavailable { message: format!("{told}; look at the disk and at the log of the system") },
    }
}

/// It failed after something was written that could not be taken back for certain.
pub(super) fn unknown(tried: &str, path: &Path, error: &io::Error) -> StoreError {
    let message = format!(
        "cannot {tried} {}: {error}; whether the records before it stand is not known: read the log before writing \
         again, and look at the disk",
        path.display()
    );
    StoreError::Unknown { message }
}

/// A log that takes no records as it is.
pub(super) fn corrupt(path: &Path, what: &str) -> StoreError {
    let message = format!(
        "{} takes no records: {what}; look at `audit verify`, set the file and its anchor aside, and put both back from \
         a backup",
        path.display()
    );
    StoreError::Corrupt { message }
}

/// The same, for what a verification would find, too.
pub(super) fn fault(path: &Path, finding: &Finding) -> StoreError {
    corrupt(path, &finding.to_string())
}

/// An entry that cannot be a record.
pub(super) fn invalid(log: Log, kind: &str, error: &LineError) -> StoreError {
    StoreError::Invalid { message: format!("an entry {kind:?} of the {} log cannot be written: {error}", log.name()) }
}

/// The thread that would do it is gone; it was not begun.
pub(super) fn stopped(log: Log) -> StoreError {
    let message = format!("what looks after the {} log has stopped; start the program again", log.name());
    StoreError::Unavailable { message }
}

/// It was not read in time.
pub(super) fn unread(log: Log, deadline: Duration) -> StoreError {
    let message = format!(
        "the {} log was not read within {} s: look whether its disk hangs, then try again",
        log.name(),
        deadline.as_secs()
    );
    StoreError::Unavailable { message }
}

/// The thread that was doing it is gone.
pub(super) fn lost(log: Log) -> StoreError {
    let message = format!(
        "the writer of the {} log stopped in the middle of its work; start the program again, and read the log before \
         writing again",
        log.name()
    );
    StoreError::Unknown { message }
}

/// Nothing was heard in time.
pub(super) fn late(log: Log, deadline: Duration) -> StoreError {
    let message = format!(
        "the {} log was not written within {} s: its disk hangs, or another process holds its lock; whether the records \
         stand is not known: read the log before writing again",
        log.name(),
        deadline.as_secs()
    );
    StoreError::Unknown { message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn each_error_is_told_to_whoever_can_act() {
        let cases = [
            (ErrorKind::StorageFull, "Full", "make room"),
            (ErrorKind::QuotaExceeded, "Full", "make room"),
            (ErrorKind::FileTooLarge, "Full", "raise the user's limit"),
            (ErrorKind::PermissionDenied, "Denied", "let the user"),
            (ErrorKind::ReadOnlyFilesystem, "Denied", "mount the disk"),
            (ErrorKind::AlreadyExists, "Denied", "no logs yet"),
            (ErrorKind::Other, "Unavailable", "look at the disk"),
        ];
        for (kind, variant, advice) in cases {
            let told = failed("append to", Path::new("journal.log"), &io::Error::from(kind));
            assert!(format!("{told:?}").starts_with(variant), "{told:?}");
            let text = told.to_string();
            assert!(text.contains("append to journal.log") && text.contains(advice), "{text}");
        }
    }
}
