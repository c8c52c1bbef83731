//! Copies of a whole store: backup while writers go on, restoring it, and whether a file is sound.
//!
//! A backup is a folder with the file of documents and the logs with their anchors. The documents are copied first, as
//! they are at one moment, and the logs after them: a log may tell more than the documents know, never less, which is
//! what whoever starts again is prepared for (invariant 6). The file gets its name last: a folder without it is no backup.

use super::connection::{self, known, make_folder};
use super::fault::{damaged, fault, io_fault};
use super::layout::{self, Found};
use super::readers::blocking;
use super::{FILE, Sqlite};
use crate::log_file::LogFiles;
use domain::chain::Anchor;
use ports::clock::SystemClock;
use ports::store::Log;
use ports::store::error::StoreError;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The file's name while it is being copied.
const UNFINISHED: &str = "store.sqlite.unfinished";

/// What the names of a file and of those that SQLite keeps beside it end with (<https://sqlite.org/tempfiles.html>).
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Pages that are copied between two looks whether to stop.
const PAGES: i32 = 1_024;

/// How long a file that another process holds is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long looking through a whole file may take.
const CHECK_DEADLINE: Duration = Duration::from_secs(60 * 60);

/// What is wrong with a file, at most so much of it in one message.
const FINDINGS: usize = 5;

/// What a backup holds, or what was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Bytes of all files.
    pub bytes: u64,
    /// Where each log ends.
    pub logs: Vec<(Log, Anchor)>,
}

/// Stops a copy that nobody waits for any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Sqlite {
    /// Copies the store into a new folder while it is being written to.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where something of a store is in the folder already; why it could not be read or written.
    pub async fn backup(&self, to: &Path) -> Result<Copied, StoreError> {
        copy(self.file.clone(), &self.logs, to, to, false).await
    }

    /// Makes a store out of a backup, after looking through all of it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where there is no backup, or a store in the place already; [`StoreError::Newer`] for a
    /// backup of a newer version, [`StoreError::Corrupt`] for a damaged one. Nothing is restored then.
    pub async fn restore(from: &Path, folder: &Path, anchors: &Path) -> Result<Copied, StoreError> {
        let file = from.join(FILE);
        if !file.is_file() {
            let message =
                format!("{} is no backup: there is no {FILE} in it; name the folder that holds it", from.display());
            return Err(StoreError::Invalid { message });
        }
        let logs = LogFiles::open(from, from, Arc::new(SystemClock))?;
        for log in Log::ALL {
            let findings = logs.verify(log).await?.findings;
            if let Some(finding) = findings.first() {
                return Err(damaged(
                    &format!("reading the log {} of {}", log.name(), from.display()),
                    &format!("{finding:?}"),
                ));
            }
        }
        copy(file, &logs, folder, anchors, true).await
    }

    /// Looks through the whole file of documents, its indexes included.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with what is wrong with it.
    pub async fn check(&self) -> Result<(), StoreError> {
        let file = self.file.clone();
        self.readers.run(CHECK_DEADLINE, move |connection| sound(connection, &file)).await
    }
}

async fn copy(from: PathBuf, logs: &LogFiles, to: &Path, anchors: &Path, check: bool) -> Result<Copied, StoreError> {
    let stop = Stop(Arc::default());
    let (stopped, folder, beside) = (stop.0.clone(), to.to_owned(), anchors.to_owned());
    blocking(move || {
        refuse_to_overwrite(&folder, &beside)?;
        make_folder(&folder)?;
        make_folder(&beside)?;
        copy_file(&from, &folder.join(UNFINISHED), check, &stopped)
    })
    .await?;
    let logs = logs.copy_to(to, anchors).await?;
    let folder = to.to_owned();
    let bytes = blocking(move || finish(&folder)).await?;
    Ok(Copied { bytes, logs })
}

/// Gives the copied file its name. Answers with the bytes of the whole copy.
fn finish(folder: &Path) -> Result<u64, StoreError> {
    let file = folder.join(FILE);
    std::fs::rename(folder.join(UNFINISHED), &file).map_err(|error| io_fault(&file, "naming", &error))?;
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| io_fault(folder, "flushing", &error))?;
    Ok(bytes(folder).unwrap_or_default())
}

fn refuse_to_overwrite(folder: &Path, anchors: &Path) -> Result<(), StoreError> {
    let logs = Log::ALL
        .iter()
        .flat_map(|log| [folder.join(format!("{}.log", log.name())), anchors.join(format!("{}.anchor", log.name()))]);
    // What SQLite keeps beside a file, too: a log of another file would be replayed into the one that is made here.
    let files = [FILE, UNFINISHED].into_iter().flat_map(|name| BESIDE.map(|end| folder.join(format!("{name}{end}"))));
    let there = files.chain(logs).find(|path| path.symlink_metadata().is_ok());
    let Some(there) = there else { return Ok(()) };
    let message =
        format!("{} is there already and is not overwritten; name a new folder, or move it away", there.display());
    Err(StoreError::Invalid { message })
}

/// Copies the file as it is at one moment: the source is read in one transaction, so that writers go on beside it and
/// the copy never begins anew (<https://sqlite.org/c3ref/backup_finish.html>, "Concurrent Usage").
fn copy_file(from: &Path, to: &Path, check: bool, stopped: &AtomicBool) -> Result<(), StoreError> {
    let source = connection::for_reading(from, PATIENCE)?;
    let reading = |error: rusqlite::Error| fault(from, "copying", &error);
    let writing = |error: rusqlite::Error| fault(to, "copying", &error);
    source.execute_batch("BEGIN").map_err(reading)?;
    let found = layout::find(&source).map_err(reading)?;
    known(from, found)?;
    if found == Found::Empty {
        return Err(damaged(&format!("copying {}", from.display()), "it is empty"));
    }
    if check {
        sound(&source, from)?;
    }
    connection::make_file(to)?;
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(writing)?;
    let backup = Backup::new(&source, &mut copy).map_err(writing)?;
    loop {
        match backup.step(PAGES).map_err(writing)? {
            StepResult::Done => break,
            StepResult::More if !stopped.load(Ordering::Relaxed) => {}
            _ => {
                let message = format!("copying {} was stopped; remove {}", from.display(), to.display());
                return Err(StoreError::Unavailable { message });
            }
        }
    }
    drop(backup);
    // One file, without a log of its own: it can be read from a medium that cannot be written.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get::<_, String>(0)).map_err(writing)?;
    copy.close().map_err(|(_, error)| writing(error))?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| io_fault(to, "flushing", &error))
}

/// Whether all of a file holds together.
fn sound(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let told = |error: rusqlite::Error| fault(file, "looking through", &error);
    let mut statement = connection.prepare("PRAGMA integrity_check").map_err(told)?;
    let findings = statement.query_map([], |row| row.get::<_, String>(0)).map_err(told)?;
    let findings: Vec<String> = findings.take(FINDINGS).collect::<Result<_, _>>().map_err(told)?;
    if findings == ["ok"] {
        return Ok(());
    }
    Err(damaged(&format!("looking through {}", file.display()), &findings.join("; ")))
}

/// Bytes of the files in the folder, as far as they can be told.
pub(super) fn bytes(folder: &Path) -> Option<u64> {
    let entries = std::fs::read_dir(folder).ok()?;
    let sizes = entries.filter_map(|entry| entry.ok()?.metadata().ok()).filter(|found| found.is_file());
    Some(sizes.map(|found| found.len()).sum())
}
