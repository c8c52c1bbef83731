//! Opening the file, for writing and for reading.

use super::fault::{damaged, denied, fault, io_fault};
use super::layout::{self, Found, LAYOUT};
use super::table::Tables;
use ports::store::error::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 256;

/// How long a try to switch the journal waits for the next.
const RETRY: Duration = Duration::from_millis(20);

/// Makes the folder and the file where they are missing, for their owner only.
///
/// # Errors
/// [`StoreError::Denied`], [`StoreError::Full`].
pub(super) fn make_place(folder: &Path, file: &Path) -> Result<(), StoreError> {
    make_folder(folder)?;
    make_file(file)
}

/// Makes an empty file where there is none, for its owner only.
///
/// # Errors
/// [`StoreError::Denied`], [`StoreError::Full`].
pub(super) fn make_file(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io_fault(file, "making", &error)),
        _ => Ok(()),
    }
}

/// Makes a folder where it is missing, for its owner only.
///
/// # Errors
/// [`StoreError::Denied`], [`StoreError::Full`].
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| io_fault(folder, "making", &error))
}

/// Opens the file for writing, in the present layout: a write-ahead log that is flushed at each commit.
///
/// # Errors
/// As [`fault`]; [`StoreError::Newer`].
pub(super) fn for_writing(file: &Path, tables: &Tables, patience: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(file, flags, patience)?;
    let told = |error: rusqlite::Error| fault(file, "opening", &error);
    known(file, layout::find(&connection).map_err(told)?)?;
    // SQLite opens what it may not write for reading, and would tell only at the first write.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(told)? {
        return Err(denied(&format!("opening {}", file.display()), "it can only be read"));
    }
    keep_a_log(&connection, patience).map_err(told)?;
    // What is deleted is overwritten (<https://sqlite.org/pragma.html#pragma_secure_delete>).
    let pragmas = "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON";
    connection.execute_batch(pragmas).map_err(told)?;
    if !layout::is_present(&connection, tables).map_err(told)? {
        bring(file, &mut connection, tables)?;
    }
    Ok(connection)
}

/// Opens the file for reading only.
///
/// # Errors
/// As [`fault`].
pub(super) fn for_reading(file: &Path, patience: Duration) -> Result<Connection, StoreError> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, patience)
}

fn open(file: &Path, flags: OpenFlags, patience: Duration) -> Result<Connection, StoreError> {
    let opened = || {
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection
            .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096; PRAGMA trusted_schema = OFF")?;
        Ok(connection)
    };
    opened().map_err(|error| fault(file, "opening", &error))
}

/// The layout of a file that may be used.
///
/// # Errors
/// [`StoreError::Newer`]; [`StoreError::Corrupt`] for the file of another program.
pub(super) fn known(file: &Path, found: Found) -> Result<u32, StoreError> {
    match found {
        Found::Empty => Ok(0),
        Found::Store(version) if version <= LAYOUT => Ok(version),
        Found::Store(found) => Err(StoreError::Newer { what: file.display().to_string(), found, known: LAYOUT }),
        Found::Foreign => Err(damaged(&format!("opening {}", file.display()), "it belongs to another program")),
    }
}

/// Switches to the write-ahead log (<https://sqlite.org/wal.html>). SQLite does not wait by itself where another process
/// does the same in this moment.
fn keep_a_log(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let mut tries = patience.as_millis() / RETRY.as_millis();
    loop {
        let switched = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match switched {
            Ok(_) => return Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
        // A thread for blocking work, not a worker of the runtime.
        std::thread::park_timeout(RETRY);
    }
}

fn bring(file: &Path, connection: &mut Connection, tables: &Tables) -> Result<(), StoreError> {
    let told = |error: rusqlite::Error| fault(file, "bringing the tables to the present layout", &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
    // Looked at again: another process may have been faster.
    let from = known(file, layout::find(&transaction).map_err(told)?)?;
    if let Some((collection, found)) = layout::newer(&transaction, tables, from).map_err(told)? {
        let what = format!("the collection {} in {}", collection.name, file.display());
        return Err(StoreError::Newer { what, found, known: collection.schema });
    }
    layout::bring(&transaction, tables, from).map_err(told)?;
    transaction.commit().map_err(told)
}
