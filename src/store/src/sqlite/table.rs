//! The table of a collection, and the statements on it.
//!
//! `_row, _id, _version, _schema, _expires_at`, one column for each declared field, `_words`, `_body`: what conditions
//! look at stands before what may be large. Statements are texts made once, so that their cache hits.

use ports::store::collection::{Collection, Field, FieldKind};
use ports::store::error::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The statements on one collection.
#[derive(Debug)]
pub(super) struct Table {
    /// Its definition, as the store was opened with.
    pub collection: &'static Collection,
    /// Its name, quoted.
    pub name: String,
    /// Finds what a write changes: row, version, expiry, words, schema.
    pub find: String,
    /// Parameters: id, version, then [`Table::columns`].
    pub insert: String,
    /// Parameters: row, version, then [`Table::columns`].
    pub update: String,
    /// Parameter: row.
    pub delete: String,
    /// Parameters: time, limit.
    pub expired: String,
    /// Parameters: row, names, title, text. Empty where it is not searchable, as is the next.
    pub insert_words: String,
    /// Parameter: row.
    pub delete_words: String,
}

/// What every reading statement selects, in this order.
pub(super) const SELECTED: &str = "_id, _version, _schema, _expires_at, _words, _body";

/// How many columns [`SELECTED`] are.
pub(super) const SELECTED_COLUMNS: usize = 6;

/// The condition that a document has not expired. Its parameter is the time now.
pub(super) const LIVE: &str = "coalesce(_expires_at, 9223372036854775807) > ?";

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name of the index of words, not quoted.
pub(super) fn words_name(collection: &Collection) -> String {
    format!("words_of_{}", collection.name)
}

/// The type of a field's column.
pub(super) fn column_type(field: Field) -> &'static str {
    match field.kind {
        FieldKind::Text => "TEXT",
        FieldKind::Integer | FieldKind::Time => "INTEGER",
    }
}

impl Table {
    /// The statements of this collection.
    pub fn new(collection: &'static Collection) -> Self {
        let name = quoted(collection.name);
        let columns = Self::columns(collection);
        let names = columns.join(", ");
        let places = vec!["?"; columns.len() + 2].join(", ");
        let sets: Vec<String> = columns.iter().zip(3..).map(|(column, place)| format!("{column} = ?{place}")).collect();
        let words = if collection.searchable { quoted(&words_name(collection)) } else { String::new() };
        let with_words = |text: String| if collection.searchable { text } else { String::new() };
        Self {
            collection,
            find: format!("SELECT _row, _version, _expires_at, _words, _schema FROM {name} WHERE _id = ?"),
            insert: format!("INSERT INTO {name} (_id, _version, {names}) VALUES ({places})"),
            update: format!("UPDATE {name} SET _version = ?2, {} WHERE _row = ?1", sets.join(", ")),
            delete: format!("DELETE FROM {name} WHERE _row = ?"),
            expired: format!("SELECT _row FROM {name} WHERE _expires_at <= ? ORDER BY _expires_at, _id LIMIT ?"),
            insert_words: with_words(format!("INSERT INTO {words} (rowid, names, title, text) VALUES (?, ?, ?, ?)")),
            delete_words: with_words(format!("DELETE FROM {words} WHERE rowid = ?")),
            name,
        }
    }

    /// The columns that a document fills, quoted, in the order in which they are written.
    fn columns(collection: &Collection) -> Vec<String> {
        let fields = collection.fields.iter().map(|field| quoted(field.name));
        let first = ["_schema", "_expires_at"].map(str::to_owned).into_iter();
        first.chain(fields).chain(["_words", "_body"].map(str::to_owned)).collect()
    }
}

/// The tables that a store was opened with, by the names of their collections.
#[derive(Debug, Clone)]
pub(super) struct Tables(Arc<BTreeMap<&'static str, Arc<Table>>>);

impl Tables {
    /// Of these collections.
    pub fn new(collections: &[&'static Collection]) -> Self {
        let tables = collections.iter().map(|collection| (collection.name, Arc::new(Table::new(collection))));
        Self(Arc::new(tables.collect()))
    }

    /// The table of a collection.
    pub fn of(&self, collection: &Collection) -> Result<Arc<Table>, StoreError> {
        self.0.get(collection.name).cloned().ok_or_else(|| StoreError::Invalid {
            message: format!("the store was opened without the collection {}", collection.name),
        })
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.0.values()
    }
}
