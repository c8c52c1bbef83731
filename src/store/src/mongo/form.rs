//! How a document lies in MongoDB.
//!
//! `_id`, `version` and `schema` (int64), `keys` (the values of the collection's fields, times as int64 milliseconds),
//! the body as `json` (its text) or `packed` (its text after DEFLATE), `words` (JSON text), `tokens` (each word once)
//! and `length` (how many words) where it is searched for, `expires_at` (a date, to the millisecond) and
//! `write_id` (which write made it).
//!
//! The body is text because BSON would not keep every number as it was written.

use super::link::number;
use crate::packing::{Packed, pack, unpack};
use chrono::{DateTime, Utc};
use domain::memory::words::Words;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document as Bsons, doc};
use ports::store::collection::Collection;
use ports::store::document::{Document, Stored};
use ports::store::error::StoreError;
use ports::store::query::Key;
use std::collections::BTreeSet;

/// Bytes of a body after compression at most.
const PACKED_BYTES: usize = 15 * 1024 * 1024;

/// Bytes of a whole document at most: what MongoDB takes, less room for names and lengths.
const WHOLE_BYTES: usize = 16 * 1024 * 1024 - 64 * 1024;

/// A document as it will lie there, all but its version.
#[derive(Debug, Clone)]
pub(super) struct Formed {
    fields: Bsons,
    /// About how many bytes it has.
    pub(super) bytes: usize,
    /// Which write this is.
    pub(super) write_id: ObjectId,
}

impl Formed {
    /// Of a document that [`ports::store::document::Write::check`] let pass.
    pub(super) fn of(collection: &Collection, id: &str, document: &Document) -> Result<Self, StoreError> {
        let what = format!("{}/{id}", collection.name);
        let write_id = ObjectId::new();
        let mut fields = doc! {"_id": id, "schema": i64::from(collection.schema), "write_id": write_id};
        let mut bytes = 1024_usize;
        let mut keys = Bsons::new();
        for (name, key) in document.keys(collection)? {
            if let Key::Text(text) = &key {
                bytes = bytes.saturating_add(text.len());
            }
            keys.insert(name, value(&key));
        }
        fields.insert("keys", keys);
        match pack(&what, &document.body, PACKED_BYTES)? {
            Packed::Text(text) => {
                bytes = bytes.saturating_add(text.len());
                fields.insert("json", text);
            }
            Packed::Deflated(packed) => {
                bytes = bytes.saturating_add(packed.len());
                fields.insert("packed", Binary { subtype: BinarySubtype::Generic, bytes: packed });
            }
        }
        if let Some(words) = &document.words {
            bytes = bytes.saturating_add(add_words(&mut fields, words)?);
        }
        if let Some(time) = document.expires_at {
            fields.insert("expires_at", date(time));
        }
        if bytes > WHOLE_BYTES {
            return Err(StoreError::TooLarge { what, bytes, limit: WHOLE_BYTES });
        }
        Ok(Self { fields, bytes, write_id })
    }

    /// With its version.
    pub(super) fn at(&self, version: i64) -> Bsons {
        let mut whole = self.fields.clone();
        whole.insert("version", version);
        whole
    }
}

fn add_words(fields: &mut Bsons, words: &Words) -> Result<usize, StoreError> {
    let text = serde_json::to_string(words)
        .map_err(|error| StoreError::Invalid { message: format!("words that are no JSON: {error}") })?;
    let all = || words.names.iter().chain(&words.title).chain(&words.text);
    let tokens: BTreeSet<&str> = all().map(String::as_str).collect();
    // An element of an array has a type, its position as a text, a length and an end beside its bytes.
    let bytes = tokens.iter().fold(text.len(), |bytes, token| bytes.saturating_add(token.len()).saturating_add(16));
    fields.insert("length", i64::try_from(all().count()).unwrap_or(i64::MAX));
    fields.insert("tokens", tokens.into_iter().map(Bson::from).collect::<Vec<_>>());
    fields.insert("words", text);
    Ok(bytes)
}

/// A key as it lies there.
pub(super) fn value(key: &Key) -> Bson {
    match key {
        Key::Text(text) => Bson::String(text.clone()),
        Key::Integer(number) => Bson::Int64(*number),
    }
}

/// A time as a date, to the millisecond.
pub(super) fn date(time: DateTime<Utc>) -> Bson {
    Bson::DateTime(mongodb::bson::DateTime::from_millis(time.timestamp_millis()))
}

/// What fits the `expires_at` of a document that has not expired by then, whether or not the server has removed it yet.
pub(super) fn alive(now: DateTime<Utc>) -> Bsons {
    doc! {"$not": {"$lte": date(now)}}
}

/// When a document expires.
pub(super) fn expires_at(fields: &Bsons) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(fields.get_datetime("expires_at").ok()?.timestamp_millis())
}

/// The words of a document.
pub(super) fn words(what: &str, fields: &Bsons) -> Result<Option<Words>, StoreError> {
    let Ok(text) = fields.get_str("words") else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| damaged(what, &format!("its words: {error}")))
}

/// The version of a document, and which write made it.
pub(super) fn version(what: &str, fields: &Bsons) -> Result<(u64, ObjectId), StoreError> {
    let version = number(fields, "version").and_then(|version| u64::try_from(version).ok());
    let version = version.ok_or_else(|| damaged(what, "it has no version"))?;
    let write_id = fields.get_object_id("write_id").map_err(|_| damaged(what, "it has no write_id"))?;
    Ok((version, write_id))
}

/// Reads a document as it lies there.
///
/// # Errors
/// [`StoreError::Newer`] and [`StoreError::Corrupt`].
pub(super) fn read(collection: &Collection, mut fields: Bsons) -> Result<Stored, StoreError> {
    let id = fields.get_str("_id").map_err(|_| damaged(collection.name, "an _id that is no text"))?.to_owned();
    let what = format!("{}/{id}", collection.name);
    let (version, _) = version(&what, &fields)?;
    // The schema first: nothing is said about the rest of a document from a newer version.
    let schema = number(&fields, "schema").and_then(|schema| u32::try_from(schema).ok());
    let schema = schema.ok_or_else(|| damaged(&what, "it has no schema"))?;
    if schema > collection.schema {
        return Err(StoreError::Newer { what, found: schema, known: collection.schema });
    }
    let words = words(&what, &fields)?;
    let expires_at = expires_at(&fields);
    let packed = match (fields.remove("json"), fields.remove("packed")) {
        (Some(Bson::String(text)), None) => Packed::Text(text),
        (None, Some(Bson::Binary(binary))) => Packed::Deflated(binary.bytes),
        _ => return Err(damaged(&what, "it has no body")),
    };
    let body = collection.upgraded(&id, schema, unpack(&what, &packed)?)?;
    Ok(Stored { id, version, document: Document { body, words, expires_at } })
}

pub(super) fn damaged(what: &str, why: &str) -> StoreError {
    StoreError::Corrupt {
        message: format!("{what} in MongoDB is not as it was written: {why}; restore it from a backup, or remove it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::store::collections::{EVIDENCE, MEMORY};
    use serde_json::json;

    fn words() -> Words {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect();
        Words { names: list("kubepodcrashlooping"), title: list("a pod restarts"), text: list("a pod a restart") }
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        let time = DateTime::from_timestamp(1_790_000_000, 123_000_000);
        let long: String = (0..100_000).map(|number| format!("{number} ")).collect();
        for body in [json!({}), json!({"a": 18_446_744_073_709_551_615_u64, "b": 0.1}), json!({"long": long})] {
            let document = Document { body, words: Some(words()), expires_at: time };
            let formed = Formed::of(&MEMORY, "a/1", &document).unwrap();
            let stored = read(&MEMORY, formed.at(7)).unwrap();
            assert_eq!(stored, Stored { id: "a/1".to_owned(), version: 7, document });
        }
    }

    #[test]
    fn tokens_stand_once_each() {
        let document = Document { words: Some(words()), ..Document::plain(json!({})) };
        let fields = Formed::of(&MEMORY, "1", &document).unwrap().at(1);
        let tokens: Vec<_> = fields.get_array("tokens").unwrap().iter().filter_map(Bson::as_str).collect();
        assert_eq!(tokens, ["a", "kubepodcrashlooping", "pod", "restart", "restarts"]);
        assert_eq!(number(&fields, "length"), Some(8));
    }

    #[test]
    fn a_newer_schema_is_refused_before_the_rest_is_read() {
        let fields = doc! {"_id": "1", "version": 1_i64, "schema": 9_i64, "write_id": ObjectId::new(), "cbor": 1};
        assert!(matches!(read(&EVIDENCE, fields), Err(StoreError::Newer { found: 9, known: 1, .. })));
    }

    #[test]
    fn damage_is_told_with_its_place() {
        let whole = Formed::of(&EVIDENCE, "e1", &Document::plain(json!({"a": 1}))).unwrap().at(1);
        for (name, value) in
            [("json", Bson::Null), ("json", "{".into()), ("version", "1".into()), ("schema", Bson::Null)]
        {
            let mut fields = whole.clone();
            fields.insert(name, value);
            let told = read(&EVIDENCE, fields).unwrap_err();
            assert!(matches!(&told, StoreError::Corrupt { message } if message.contains("evidence/e1")), "{told}");
        }
    }

    #[test]
    fn what_is_larger_than_mongodb_takes_is_refused_with_its_size() {
        let many: Vec<String> = (0..1_000_000).map(|number| format!("word{number}")).collect();
        let document = Document { words: Some(Words { text: many, ..Words::default() }), ..Document::plain(json!({})) };
        assert!(
            matches!(Formed::of(&MEMORY, "1", &document), Err(StoreError::TooLarge { bytes, .. }) if bytes > WHOLE_BYTES)
        );
    }
}
