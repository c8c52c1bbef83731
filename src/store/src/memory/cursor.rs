//! Where a page ended: the last document's place in the order, so that it stays good while documents come and go.

use super::query::{invalid, is_of};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use ports::store::error::StoreError;
use ports::store::query::{Key, Query};
use serde_json::{Value, json};

/// A document's place: the value that pages are ordered by, then the id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    pub key: Option<Key>,
    pub id: String,
}

impl Cursor {
    /// As the caller gets it.
    pub fn text(&self) -> String {
        let key = match &self.key {
            None => Value::Null,
            Some(Key::Integer(number)) => Value::from(*number),
            Some(Key::Text(text)) => Value::from(text.as_str()),
        };
        BASE64_URL_SAFE_NO_PAD.encode(json!([key, self.id]).to_string())
    }

    /// What [`Cursor::text`] wrote, for a query in the same order.
    pub fn read(text: &str, query: &Query) -> Result<Self, StoreError> {
        let cursor = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<(Value, String)>(&bytes).ok())
            .and_then(|(key, id)| Some(Self { key: key_of(&key)?, id }));
        let kind = query.order_by.and_then(|field| query.collection.field(field)).map(|field| field.kind);
        let fits = |cursor: &Self| match (&cursor.key, kind) {
            (None, None) => true,
            (Some(key), Some(kind)) => is_of(key, kind),
            _ => false,
        };
        cursor.filter(fits).ok_or_else(|| invalid(query.collection, "the cursor is none of a page in this order"))
    }
}

fn key_of(value: &Value) -> Option<Option<Key>> {
    match value {
        Value::Null => Some(None),
        Value::Number(number) => number.as_i64().map(|number| Some(Key::Integer(number))),
        Value::String(text) => Some(Some(Key::Text(text.clone()))),
        _ => None,
    }
}
