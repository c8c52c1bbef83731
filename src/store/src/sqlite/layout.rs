//! The layout of the file: its version and how older ones become the present one, and the tables of the collections.
//!
//! The version is the file's `user_version`; that the file is one of ours, its `application_id`. What a collection
//! declares may change without a new layout: columns and indexes are made and dropped, and filled from the stored bodies.
//! Everything happens in one transaction: a process that dies in the middle leaves the file as it was.

use super::refill;
use super::table::{Table, Tables, column_type, quoted, words_name};
use ports::store::collection::Collection;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

/// `ADOS` in ASCII: written into the file's header, so that the file of another program is told from ours.
pub(super) const APPLICATION: i32 = 0x4144_4f53;

/// Makes the next version of the layout out of the one before.
type Migration = fn(&Connection) -> rusqlite::Result<()>;

/// All of them; the first makes version 1 out of an empty file.
const MIGRATIONS: &[Migration] = &[declarations];

/// The newest layout that this program knows.
pub(super) const LAYOUT: u32 = 1;

const _: () = assert!(MIGRATIONS.len() == LAYOUT as usize, "each version of the layout has its migration");

/// What each collection declared when the file was last opened for writing.
fn declarations(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE TABLE _collections (name TEXT PRIMARY KEY, declared TEXT NOT NULL) STRICT")
}

/// What a file is, before anything is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing is in it.
    Empty,
    /// A store of this layout.
    Store(u32),
    /// The file of another program.
    Foreign,
}

/// Looks what a file is.
pub(super) fn find(connection: &Connection) -> rusqlite::Result<Found> {
    // Before the mark: another process may make the store between the two looks, and tables without a mark are foreign.
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if number("application_id")? == i64::from(APPLICATION) {
        return Ok(Found::Store(u32::try_from(number("user_version")?).unwrap_or(u32::MAX)));
    }
    Ok(if tables == 0 { Found::Empty } else { Found::Foreign })
}

/// Whether the file is as this program and these collections want it.
pub(super) fn is_present(connection: &Connection, tables: &Tables) -> rusqlite::Result<bool> {
    if find(connection)? != Found::Store(LAYOUT) {
        return Ok(false);
    }
    for table in tables.all() {
        if declared(connection, table.collection)? != Some(declaration(table.collection)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first collection that a newer program declared, with the schema of its documents. Nothing of it may be made anew
/// here: what cannot be read would lose the columns by which it is found.
pub(super) fn newer(
    connection: &Connection,
    tables: &Tables,
    from: u32,
) -> rusqlite::Result<Option<(&'static Collection, u32)>> {
    if from == 0 {
        return Ok(None);
    }
    for table in tables.all() {
        let before = declared(connection, table.collection)?;
        let schema = before.and_then(|before| u32::try_from(before["schema"].as_u64()?).ok()).unwrap_or_default();
        if schema > table.collection.schema {
            return Ok(Some((table.collection, schema)));
        }
    }
    Ok(None)
}

/// Brings a file of a known layout to the present one. To be called inside a transaction.
pub(super) fn bring(connection: &Connection, tables: &Tables, from: u32) -> rusqlite::Result<()> {
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        migration(connection)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", LAYOUT)?;
    for table in tables.all() {
        if declared(connection, table.collection)? != Some(declaration(table.collection)) {
            declare(connection, table)?;
        }
    }
    Ok(())
}

/// A collection's definition as far as the file follows it.
fn declaration(collection: &Collection) -> Value {
    let fields: Vec<Value> = collection.fields.iter().map(|field| json!([field.name, column_type(*field)])).collect();
    json!({
        "schema": collection.schema, "fields": fields, "indexes": collection.indexes,
        "searchable": collection.searchable,
    })
}

fn declared(connection: &Connection, collection: &Collection) -> rusqlite::Result<Option<Value>> {
    let mut statement = connection.prepare("SELECT declared FROM _collections WHERE name = ?")?;
    let text: Option<String> = statement.query_row([collection.name], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Makes the table of a collection as it is declared now, whatever it was before.
fn declare(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let collection = table.collection;
    let before = declared(connection, collection)?;
    make_table(connection, table)?;
    drop_indexes(connection, collection)?;
    make_columns(connection, table)?;
    let now = declaration(collection);
    if before.is_some_and(|before| before["schema"] != now["schema"] || before["fields"] != now["fields"]) {
        refill::columns(connection, table)?;
    }
    make_indexes(connection, table)?;
    make_words(connection, table)?;
    connection.execute(
        "INSERT INTO _collections (name, declared) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET declared = excluded.declared",
        params![collection.name, now.to_string()],
    )?;
    Ok(())
}

fn make_table(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let fields =
        table.collection.fields.iter().map(|field| format!("{} {}, ", quoted(field.name), column_type(*field)));
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {} (_row INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, _version INTEGER NOT NULL, \
         _schema INTEGER NOT NULL, _expires_at INTEGER, {}_words ANY, _body ANY NOT NULL) STRICT",
        table.name,
        fields.collect::<String>()
    ))
}

/// Indexes are made anew: which are declared may have changed, and a column in an index cannot be dropped.
fn drop_indexes(connection: &Connection, collection: &Collection) -> rusqlite::Result<()> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([collection.name], |row| row.get::<_, String>(0))?;
    for name in names.collect::<Result<Vec<_>, _>>()? {
        connection.execute_batch(&format!("DROP INDEX {}", quoted(&name)))?;
    }
    Ok(())
}

/// Adds the columns that are missing, and those anew whose type is another. A column of a field that is declared no more
/// stays: an older program may want it again.
fn make_columns(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT type FROM pragma_table_info(?) WHERE name = ?")?;
    for field in table.collection.fields {
        let found =
            statement.query_row([table.collection.name, field.name], |row| row.get::<_, String>(0)).optional()?;
        let (column, wanted) = (quoted(field.name), column_type(*field));
        if found.as_deref() == Some(wanted) {
            continue;
        }
        if found.is_some() {
            connection.execute_batch(&format!("ALTER TABLE {} DROP COLUMN {column}", table.name))?;
        }
        connection.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {column} {wanted}", table.name))?;
    }
    Ok(())
}

/// Documents without the first field of an index are not in it: no condition and no order wants them.
fn make_indexes(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    for fields in table.collection.indexes {
        let name = quoted(&format!("{}_by_{}", table.collection.name, fields.join("_")));
        let columns: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        let first = columns.first().cloned().unwrap_or_else(|| "_id".to_owned());
        let sql =
            format!("CREATE INDEX {name} ON {} ({}, _id) WHERE {first} IS NOT NULL", table.name, columns.join(", "));
        connection.execute_batch(&sql)?;
    }
    let name = quoted(&format!("{}_expiry", table.collection.name));
    connection
        .execute_batch(&format!("CREATE INDEX {name} ON {} (_expires_at) WHERE _expires_at IS NOT NULL", table.name))
}

/// The index of words holds no copy of them: they are in `_words`. The tokenizer takes ASCII letters and digits and
/// everything beyond ASCII as they are; the words were analysed before
/// (<https://sqlite.org/fts5.html#contentless_delete_tables>). An index that nobody keeps up is dropped: it would find
/// documents by words that they have no more.
fn make_words(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let name = words_name(table.collection);
    let exists = connection.table_exists(None::<&str>, name.as_str())?;
    match (table.collection.searchable, exists) {
        (true, false) => {
            connection.execute_batch(&format!(
                "CREATE VIRTUAL TABLE {} USING fts5(names, title, text, content = '', contentless_delete = 1, \
                 tokenize = 'ascii')",
                quoted(&name)
            ))?;
            refill::words(connection, table)
        }
        (false, true) => connection.execute_batch(&format!("DROP TABLE {}", quoted(&name))),
        _ => Ok(()),
    }
}
