//! Documents as rows: what is written, and what is read.

use super::fault::fault;
use super::table::Table;
use crate::packing::{self, Packed};
use domain::memory::words::Words;
use ports::store::collection::Collection;
use ports::store::document::{Change, Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::Key;
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};
use std::path::Path;
use std::sync::Arc;

/// A write as the writing thread takes it.
pub(super) struct Prepared {
    /// Where.
    pub table: Arc<Table>,
    /// Which.
    pub id: String,
    /// Under which condition.
    pub expect: Expect,
    /// What; `None` for a deletion.
    pub content: Option<Content>,
}

/// What a document becomes.
pub(super) struct Content {
    /// The schema of its body.
    pub schema: u32,
    /// The values of the table's columns, in their order.
    pub columns: Vec<Value>,
    /// Names, title and text for the index of words.
    pub words: Option<[String; 3]>,
    /// Bytes of all of it, about.
    pub bytes: usize,
}

impl Prepared {
    /// Checks and packs a write.
    pub fn new(table: Arc<Table>, write: Write) -> Result<Self, StoreError> {
        write.check()?;
        let content = match &write.change {
            Change::Put(document) => Some(Content::new(&table, &write, document)?),
            Change::Delete => None,
        };
        Ok(Self { table, id: write.id, expect: write.expect, content })
    }

    /// Bytes that it takes while it waits, about.
    pub fn bytes(&self) -> usize {
        self.id.len() + self.content.as_ref().map_or(0, |content| content.bytes)
    }
}

impl Content {
    fn new(table: &Table, write: &Write, document: &Document) -> Result<Self, StoreError> {
        let what = format!("{}/{}", write.collection.name, write.id);
        let body = packed_value(packing::pack(&what, &document.body, usize::MAX)?);
        let words = match &document.words {
            Some(words) => packed_value(packing::pack(&what, &as_json(&what, words)?, usize::MAX)?),
            None => Value::Null,
        };
        let mut keys = document.keys(write.collection)?;
        let mut columns = vec![
            Value::Integer(write.collection.schema.into()),
            document.expires_at.map_or(Value::Null, |at| Value::Integer(at.timestamp_millis())),
        ];
        columns
            .extend(table.collection.fields.iter().map(|field| keys.remove(field.name).map_or(Value::Null, key_value)));
        let bytes = size(&body) + 2 * size(&words);
        columns.extend([words, body]);
        let words =
            document.words.as_ref().map(|words| [&words.names, &words.title, &words.text].map(|of| of.join(" ")));
        Ok(Self { schema: write.collection.schema, columns, words, bytes })
    }

    /// The stored form of the words.
    pub fn stored_words(&self) -> &Value {
        self.columns.iter().rev().nth(1).unwrap_or(&Value::Null)
    }
}

fn as_json(what: &str, words: &Words) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(words).map_err(|error| StoreError::Invalid { message: format!("{what}: its words: {error}") })
}

/// A field's value as SQL takes it.
pub(super) fn key_value(key: Key) -> Value {
    match key {
        Key::Integer(number) => Value::Integer(number),
        Key::Text(text) => Value::Text(text),
    }
}

fn packed_value(packed: Packed) -> Value {
    match packed {
        Packed::Text(text) => Value::Text(text),
        Packed::Deflated(bytes) => Value::Blob(bytes),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A row as it was read, before it is unpacked.
pub(super) struct Raw {
    id: String,
    version: i64,
    schema: u32,
    expires_at: Option<i64>,
    words: Option<Packed>,
    body: Packed,
    /// Bytes of its body once it is unpacked, about.
    pub bytes: usize,
}

/// How much longer a text is than its compressed form, about: JSON of tools.
const EXPANSION: usize = 10;

impl Raw {
    /// Reads the columns of [`super::table::SELECTED`].
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let body = packed(row.get_ref(5)?)?.ok_or_else(|| wrong_type(5, "_body"))?;
        let bytes = match &body {
            Packed::Text(text) => text.len(),
            Packed::Deflated(bytes) => bytes.len().saturating_mul(EXPANSION),
        };
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            schema: row.get(2)?,
            expires_at: row.get(3)?,
            words: packed(row.get_ref(4)?)?,
            body,
            bytes,
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The document, in the present schema of the collection.
    pub fn stored(self, collection: &Collection) -> Result<Stored, StoreError> {
        let what = format!("{}/{}", collection.name, self.id);
        if self.schema > collection.schema {
            // Refused before it is read: what a newer program wrote may be stored in a form that is not known here.
            collection.upgraded(&self.id, self.schema, serde_json::Value::Null)?;
        }
        let body = collection.upgraded(&self.id, self.schema, packing::unpack(&what, &self.body)?)?;
        let words = match self.words {
            Some(words) => Some(read_words(&what, &words)?),
            None => None,
        };
        let expires_at = self.expires_at.and_then(chrono::DateTime::from_timestamp_millis);
        let version = u64::try_from(self.version).unwrap_or_default();
        Ok(Stored { id: self.id, version, document: Document { body, words, expires_at } })
    }
}

/// The words of their stored form.
pub(super) fn read_words(what: &str, packed: &Packed) -> Result<Words, StoreError> {
    serde_json::from_value(packing::unpack(what, packed)?).map_err(|error| StoreError::Corrupt {
        message: format!(
            "the words of {what} cannot be read as they are stored: {error}; restore a backup, or remove it"
        ),
    })
}

/// The packed form in a column; none where it is null.
pub(super) fn packed(value: ValueRef<'_>) -> rusqlite::Result<Option<Packed>> {
    Ok(match value {
        ValueRef::Null => None,
        ValueRef::Blob(bytes) => Some(Packed::Deflated(bytes.to_vec())),
        text => Some(Packed::Text(text.as_str()?.to_owned())),
    })
}

fn wrong_type(column: usize, name: &str) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, name.to_owned(), rusqlite::types::Type::Null)
}

/// All rows of a statement, until they are many bytes. True where there were more.
pub(super) fn collect<T>(
    file: &Path,
    what: &str,
    rows: impl Iterator<Item = rusqlite::Result<T>>,
    bytes: impl Fn(&T) -> usize,
    limit: usize,
) -> Result<(Vec<T>, bool), StoreError> {
    let (mut found, mut total) = (Vec::new(), 0_usize);
    for row in rows {
        let row = row.map_err(|error| fault(file, what, &error))?;
        total = total.saturating_add(bytes(&row));
        if total > limit && !found.is_empty() {
            return Ok((found, true));
        }
        found.push(row);
    }
    Ok((found, false))
}
