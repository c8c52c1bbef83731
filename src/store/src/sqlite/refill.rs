//! Filling columns and the index of words from what is stored, after a collection was declared anew.

use super::row::{key_value, packed, read_words};
use super::table::{Table, quoted};
use crate::packing::{self, Packed};
use ports::store::collection::Collection;
use ports::store::document::Document;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

/// Rows that are held at a time.
const ROWS: usize = 100;

/// Fills the fields' columns of every document from its body, but for those of a newer program, which keep what they
/// have. What cannot be read stays without fields: it is told when
/// somebody asks for it.
pub(super) fn columns(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    if table.collection.fields.is_empty() {
        return Ok(());
    }
    tracing::info!(collection = table.collection.name, "filling columns from the stored documents");
    let sets: Vec<String> = table.collection.fields.iter().map(|field| format!("{} = ?", quoted(field.name))).collect();
    let known = table.collection.schema;
    let update = format!("UPDATE {} SET {} WHERE _row = ? AND _schema <= {known}", table.name, sets.join(", "));
    let mut update = connection.prepare(&update)?;
    each(connection, table, "_schema, _body", |row, (schema, body)| {
        let mut values = keys(table.collection, schema, &body);
        values.push(Value::Integer(row));
        update.execute(params_from_iter(values)).map(|_| ())
    })
}

/// Puts the words of every document into a new index.
pub(super) fn words(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(&table.insert_words)?;
    each(connection, table, "_schema, _words", |row, (_, stored)| {
        let Ok(words) = read_words(table.collection.name, &stored) else { return Ok(()) };
        let [names, title, text] = [words.names, words.title, words.text].map(|of| of.join(" "));
        insert.execute((row, names, title, text)).map(|_| ())
    })
}

/// Every row's number with a number and a packed value of it, some at a time; rows without the value are left out.
fn each(
    connection: &Connection,
    table: &Table,
    columns: &str,
    mut done: impl FnMut(i64, (u32, Packed)) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT _row, {columns} FROM {} WHERE _row > ? ORDER BY _row LIMIT {ROWS}", table.name);
    let mut statement = connection.prepare(&sql)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, packed(row.get_ref(2)?)?));
    let mut after = i64::MIN;
    loop {
        let rows = statement.query_map([after], read)?.collect::<Result<Vec<_>, _>>()?;
        let Some((last, _, _)) = rows.last() else { return Ok(()) };
        after = *last;
        for (row, number, value) in rows {
            if let Some(value) = value {
                done(row, (number, value))?;
            }
        }
    }
}

/// The values of all fields, in their order; null for those that are not there or not of their kind.
fn keys(collection: &'static Collection, schema: u32, body: &Packed) -> Vec<Value> {
    let body = packing::unpack(collection.name, body).and_then(|body| collection.upgraded("", schema, body));
    let Ok(serde_json::Value::Object(mut members)) = body else { return vec![Value::Null; collection.fields.len()] };
    // One field at a time, so that one of the wrong kind does not hide the others.
    let fields = collection.fields.iter().map(|field| {
        let alone = serde_json::Map::from_iter([members.remove_entry(field.name)?]);
        Document::plain(alone.into()).keys(collection).ok()?.remove(field.name).map(key_value)
    });
    fields.map(|value| value.unwrap_or(Value::Null)).collect()
}
