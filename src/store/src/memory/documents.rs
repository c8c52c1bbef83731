//! The documents of all collections, and how one is read and written.

use crate::packing::{self, Packed};
use chrono::{DateTime, SubsecRound as _, Utc};
use domain::memory::words::Words;
use ports::store::collection::Collection;
use ports::store::document::{BODY_BYTES, Change, Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::Key;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A document as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub version: u64,
    pub schema: u32,
    pub body: Packed,
    keys: BTreeMap<&'static str, Key>,
    pub words: Option<Words>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Kept {
    fn lives(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// What queries compare. A document of an older schema is compared as it will be read.
    pub fn keys(&self, collection: &Collection, id: &str) -> Cow<'_, BTreeMap<&'static str, Key>> {
        if self.schema >= collection.schema {
            return Cow::Borrowed(&self.keys);
        }
        let read = self.stored(collection, id).ok();
        Cow::Owned(read.and_then(|stored| stored.document.keys(collection).ok()).unwrap_or_default())
    }

    /// The document, in the present schema.
    pub fn stored(&self, collection: &Collection, id: &str) -> Result<Stored, StoreError> {
        let name = collection.name;
        // Before the body is read: a newer program may keep it in a form that this one takes for damage.
        if self.schema > collection.schema {
            collection.upgraded(id, self.schema, serde_json::Value::Null)?;
        }
        let body = packing::unpack(&format!("{name}/{id}"), &self.body)?;
        let body = collection.upgraded(id, self.schema, body)?;
        let document = Document { body, words: self.words.clone(), expires_at: self.expires_at };
        Ok(Stored { id: id.to_owned(), version: self.version, document })
    }
}

/// Documents by collection and id.
pub(super) struct Documents {
    collections: BTreeMap<&'static str, BTreeMap<String, Kept>>,
}

impl Documents {
    pub fn new(collections: &[&'static Collection]) -> Self {
        Self { collections: collections.iter().map(|collection| (collection.name, BTreeMap::new())).collect() }
    }

    /// The documents of a collection that have not expired, by id.
    pub fn living(
        &self,
        collection: &Collection,
        now: DateTime<Utc>,
    ) -> Result<impl Iterator<Item = (&String, &Kept)>, StoreError> {
        let kept = self.collections.get(collection.name).ok_or_else(|| unknown(collection))?;
        Ok(kept.iter().filter(move |(_, kept)| kept.lives(now)))
    }

    fn of(&mut self, collection: &Collection) -> Result<&mut BTreeMap<String, Kept>, StoreError> {
        self.collections.get_mut(collection.name).ok_or_else(|| unknown(collection))
    }

    pub fn get(&self, collection: &Collection, id: &str, now: DateTime<Utc>) -> Result<Option<Stored>, StoreError> {
        let kept = self.collections.get(collection.name).ok_or_else(|| unknown(collection))?.get(id);
        kept.filter(|kept| kept.lives(now)).map(|kept| kept.stored(collection, id)).transpose()
    }

    pub fn write(&mut self, write: Write, now: DateTime<Utc>) -> Result<u64, StoreError> {
        write.check()?;
        let Write { collection, id, expect, change } = write;
        let kept = self.of(collection)?;
        let found = kept.get(&id).filter(|kept| kept.lives(now)).map(|kept| kept.version);
        let holds = match expect {
            Expect::Any => true,
            Expect::Absent => found.is_none(),
            Expect::Version(version) => found == Some(version),
        };
        // What cannot be stored is told even where the expectation fails: it will never fit.
        let document = match change {
            Change::Put(document) => Some(pack(collection, &id, document)?),
            Change::Delete => None,
        };
        if !holds {
            return Err(StoreError::Conflict { found });
        }
        let Some(document) = document else {
            kept.remove(&id);
            return Ok(0);
        };
        let version = found.unwrap_or(0).saturating_add(1);
        kept.insert(id, Kept { version, ..document });
        Ok(version)
    }

    pub fn plant(
        &mut self,
        collection: &'static Collection,
        id: &str,
        schema: u32,
        body: Packed,
    ) -> Result<u64, StoreError> {
        let kept = self.of(collection)?;
        let before = kept.get(id);
        let version = before.map_or(0, |before| before.version).saturating_add(1);
        let read = packing::unpack(id, &body).ok().map(Document::plain);
        let keys = read.and_then(|document| document.keys(collection).ok());
        // A body that is damaged leaves the index as it was.
        let keys = keys.or_else(|| before.map(|before| before.keys.clone())).unwrap_or_default();
        kept.insert(id.to_owned(), Kept { version, schema, body, keys, words: None, expires_at: None });
        Ok(version)
    }

    /// Removes expired documents, at most so many, the first to expire first. Answers with how many.
    pub fn sweep(&mut self, limit: usize, now: DateTime<Utc>) -> u64 {
        let mut left = limit;
        for kept in self.collections.values_mut() {
            let mut expired: Vec<(Option<DateTime<Utc>>, String)> = kept
                .iter()
                .filter(|(_, kept)| !kept.lives(now))
                .map(|(id, kept)| (kept.expires_at, id.clone()))
                .collect();
            expired.sort();
            expired.truncate(left);
            left = left.saturating_sub(expired.len());
            for (_, id) in expired {
                kept.remove(&id);
            }
        }
        u64::try_from(limit.saturating_sub(left)).unwrap_or(u64::MAX)
    }
}

fn pack(collection: &Collection, id: &str, document: Document) -> Result<Kept, StoreError> {
    let body = packing::pack(&format!("{}/{id}", collection.name), &document.body, BODY_BYTES)?;
    let keys = document.keys(collection)?;
    // To the millisecond, as the other stores keep times.
    let expires_at = document.expires_at.map(|end| end.trunc_subsecs(3));
    Ok(Kept { version: 0, schema: collection.schema, body, keys, words: document.words, expires_at })
}

fn unknown(collection: &Collection) -> StoreError {
    StoreError::Invalid { message: format!("the store was made without the collection {}", collection.name) }
}
