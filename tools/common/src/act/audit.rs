//! The audit file of an act server: a JSON line before each call and one after it; one for a call that is refused.
//!
//! Guarantee: a line that was written is on disk. Deliberately absent: the hash chain of the product's own audit trail,
//! which this server is not part of.

use chrono::{DateTime, Utc};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// An append-only file of calls.
#[derive(Debug, Clone)]
pub struct AuditFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
    numbers: Arc<Numbers>,
}

/// Tells the calls of one file apart, also those of several runs of the program.
#[derive(Debug, Default)]
struct Numbers {
    first_call_ms: OnceLock<i64>,
    given: AtomicU64,
}

impl AuditFile {
    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be opened for appending.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Self { path, file: Arc::new(Mutex::new(file)), numbers: Arc::default() })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The id of a call that came at `now`: when this run's first call came, in Unix milliseconds, and a number.
    pub(super) fn call_id(&self, now: DateTime<Utc>) -> String {
        let first = self.numbers.first_call_ms.get_or_init(|| now.timestamp_millis());
        let number = self.numbers.given.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{first}-{number}")
    }

    /// Appends one line, and waits until it is on disk.
    pub(super) async fn append(&self, line: String) -> io::Result<()> {
        let audit = self.clone();
        tokio::task::spawn_blocking(move || audit.append_now(&line))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// The same on this thread.
    pub(super) fn append_now(&self, line: &str) -> io::Result<()> {
        let mut file = self.file.lock().map_err(|PoisonError { .. }| io::Error::other("its lock is poisoned"))?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}
