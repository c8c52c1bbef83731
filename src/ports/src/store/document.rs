//! Documents and how they are written.

use super::collection::{Collection, FieldKind};
use super::error::StoreError;
use super::query::Key;
use chrono::{DateTime, Utc};
use domain::memory::words::Words;
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes of an id at most.
pub const ID_BYTES: usize = 256;

/// Bytes of a body as JSON at most. What is larger is refused, with its size.
pub const BODY_BYTES: usize = 64 * 1024 * 1024;

/// What is stored under an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// A JSON object; its members of the names of the collection's fields have the kinds of these, or are absent or null.
    pub body: Value,
    /// What a search finds it by; only in searchable collections.
    pub words: Option<Words>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Document {
    /// A document that is not searched for and does not expire.
    pub fn plain(body: Value) -> Self {
        Self { body, words: None, expires_at: None }
    }

    /// The values of the collection's fields, for the index. Absent and null ones are left out.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the body is no object or a member is not of its field's kind.
    pub fn keys(&self, collection: &Collection) -> Result<BTreeMap<&'static str, Key>, StoreError> {
        let wrong = |what: String| StoreError::Invalid { message: format!("{}: {what}", collection.name) };
        let object = self.body.as_object().ok_or_else(|| wrong("the body is no JSON object".to_owned()))?;
        let mut keys = BTreeMap::new();
        for field in collection.fields {
            let Some(value) = object.get(field.name).filter(|value| !value.is_null()) else { continue };
            let key = match field.kind {
                FieldKind::Text => value.as_str().map(|text| Key::Text(text.to_owned())),
                FieldKind::Integer => value.as_i64().map(Key::Integer),
                FieldKind::Time => value.as_str().and_then(milliseconds).map(Key::Integer),
            };
            let key = key.ok_or_else(|| wrong(format!("{} is no {:?}: {value}", field.name, field.kind)))?;
            keys.insert(field.name, key);
        }
        Ok(keys)
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

/// A document as it came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// How often it was written, from 1. Where a document is deleted and made again it begins anew: whatever is
    /// compared and swapped over its whole life is never deleted.
    pub version: u64,
    /// What was stored, in the present schema.
    pub document: Document,
}

/// What must hold for a write to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// There is no such document.
    Absent,
    /// The document is there, at this version.
    Version(u64),
}

/// What a write does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The document becomes this one.
    Put(Document),
    /// It is gone. With [`Expect::Any`] it may be gone already.
    Delete,
}

/// One write.
#[derive(Debug, Clone)]
pub struct Write {
    /// Where.
    pub collection: &'static Collection,
    /// Which: not empty, at most [`ID_BYTES`] bytes.
    pub id: String,
    /// Under which condition.
    pub expect: Expect,
    /// What.
    pub change: Change,
}

impl Write {
    /// A write of a document.
    pub fn put(collection: &'static Collection, id: impl Into<String>, expect: Expect, document: Document) -> Self {
        Self { collection, id: id.into(), expect, change: Change::Put(document) }
    }

    /// A deletion.
    pub fn delete(collection: &'static Collection, id: impl Into<String>, expect: Expect) -> Self {
        Self { collection, id: id.into(), expect, change: Change::Delete }
    }

    /// Whether id and document are such as a store takes; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Invalid`], [`StoreError::TooLarge`].
    pub fn check(&self) -> Result<(), StoreError> {
        if self.id.is_empty() || self.id.len() > ID_BYTES || self.id.contains('\0') {
            let message =
                format!("{}: an id of {} bytes (1 to {ID_BYTES}, no NUL)", self.collection.name, self.id.len());
            return Err(StoreError::Invalid { message });
        }
        let Change::Put(document) = &self.change else { return Ok(()) };
        if document.words.is_some() && !self.collection.searchable {
            let message = format!("{} is not searchable, but the document has words", self.collection.name);
            return Err(StoreError::Invalid { message });
        }
        document.keys(self.collection).map(|_| ())
    }
}
