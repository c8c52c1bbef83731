//! One write, inside the transaction of the writing thread.

use super::row::{Content, Prepared};
use super::table::{Table, Tables};
use ports::store::document::Expect;
use ports::store::error::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

/// What is there under an id.
struct Present {
    row: i64,
    version: u64,
    live: bool,
    words: Value,
    schema: u32,
}

impl Present {
    fn read(row: &Row<'_>, now: i64) -> rusqlite::Result<Self> {
        let (version, expires_at): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
        let live = expires_at.is_none_or(|at| at > now);
        let version = u64::try_from(version).unwrap_or_default();
        Ok(Self { row: row.get(0)?, version, live, words: row.get(3)?, schema: row.get(4)? })
    }
}

/// Makes a write, if its expectation holds. The inner answer is the caller's; an error of SQLite ends what was begun.
pub(super) fn apply(
    connection: &Connection,
    prepared: &Prepared,
    now: i64,
) -> rusqlite::Result<Result<u64, StoreError>> {
    let table = &*prepared.table;
    let mut find = connection.prepare_cached(&table.find)?;
    let present = find.query_row([&prepared.id], |row| Present::read(row, now)).optional()?;
    let found = present.as_ref().filter(|present| present.live).map(|present| present.version);
    let holds = match prepared.expect {
        Expect::Any => true,
        Expect::Absent => found.is_none(),
        Expect::Version(version) => found == Some(version),
    };
    if !holds {
        return Ok(Err(StoreError::Conflict { found }));
    }
    // What a newer program wrote would be lost: it could not be read before it was changed.
    let newer = |content: &Content| present.as_ref().filter(|present| present.live && present.schema > content.schema);
    if let Some(newer) = prepared.content.as_ref().and_then(newer) {
        let what = format!("{}/{}", table.collection.name, prepared.id);
        return Ok(Err(StoreError::Newer { what, found: newer.schema, known: table.collection.schema }));
    }
    match (&prepared.content, present) {
        (Some(content), present) => {
            let version = found.unwrap_or_default().saturating_add(1);
            put(connection, prepared, content, present, version).map(|()| Ok(version))
        }
        (None, Some(present)) => remove(connection, table, present.row).map(|()| Ok(0)),
        (None, None) => Ok(Ok(0)),
    }
}

fn put(
    connection: &Connection,
    prepared: &Prepared,
    content: &Content,
    present: Option<Present>,
    version: u64,
) -> rusqlite::Result<()> {
    let table = &*prepared.table;
    let version = Value::Integer(version.cast_signed());
    let (row, old_words) = match present {
        Some(present) => {
            let first = [Value::Integer(present.row), version];
            connection
                .prepare_cached(&table.update)?
                .execute(params_from_iter(first.iter().chain(&content.columns)))?;
            (present.row, present.words)
        }
        None => {
            let first = [Value::Text(prepared.id.clone()), version];
            connection
                .prepare_cached(&table.insert)?
                .execute(params_from_iter(first.iter().chain(&content.columns)))?;
            (connection.last_insert_rowid(), Value::Null)
        }
    };
    if !table.collection.searchable || old_words == *content.stored_words() {
        return Ok(());
    }
    if old_words != Value::Null {
        connection.prepare_cached(&table.delete_words)?.execute([row])?;
    }
    if let Some([names, title, text]) = &content.words {
        connection.prepare_cached(&table.insert_words)?.execute((row, names, title, text))?;
    }
    Ok(())
}

fn remove(connection: &Connection, table: &Table, row: i64) -> rusqlite::Result<()> {
    if table.collection.searchable {
        connection.prepare_cached(&table.delete_words)?.execute([row])?;
    }
    connection.prepare_cached(&table.delete)?.execute([row]).map(|_| ())
}

/// Removes expired documents of all collections, at most so many. Answers with how many.
pub(super) fn sweep(connection: &Connection, tables: &Tables, now: i64, limit: usize) -> rusqlite::Result<u64> {
    let mut removed = 0_u64;
    let mut left = i64::try_from(limit).unwrap_or(i64::MAX);
    for table in tables.all() {
        let mut expired = connection.prepare_cached(&table.expired)?;
        let rows = expired.query_map([now, left], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
        for row in rows {
            remove(connection, table, row)?;
            (removed, left) = (removed + 1, left - 1);
        }
    }
    Ok(removed)
}
