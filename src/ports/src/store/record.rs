//! Typed access: values of the domain as documents.

use super::Store;
use super::collection::Collection;
use super::document::{Document, Expect, Stored, Write};
use super::error::StoreError;
use super::query::Query;
use chrono::{DateTime, Utc};
use domain::memory::words::Words;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How often a change is decided anew when others change the same document.
const TRIES: usize = 32;

/// A value that is kept in a collection.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// Where.
    const COLLECTION: &'static Collection;

    /// Under which id.
    fn id(&self) -> String;

    /// What a search finds it by.
    fn words(&self) -> Option<Words> {
        None
    }

    /// When it ends by itself.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// The document of this value.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where it is nothing that JSON can tell.
    fn document(&self) -> Result<Document, StoreError> {
        let body = serde_json::to_value(self).map_err(|error| StoreError::Invalid {
            message: format!("{}/{} cannot be written as JSON: {error}", Self::COLLECTION.name, self.id()),
        })?;
        Ok(Document { body, words: self.words(), expires_at: self.expires_at() })
    }
}

/// A value with the version that a change of it must expect.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// As it was read.
    pub version: u64,
    /// The value.
    pub value: T,
}

/// One page of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Records<T> {
    /// In the query's order.
    pub records: Vec<Versioned<T>>,
    /// Where to go on; `None` at the end.
    pub next_cursor: Option<String>,
}

/// The value of a document.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is not such a value.
pub fn value<T: Record>(stored: Stored) -> Result<Versioned<T>, StoreError> {
    let place = format!("{}/{}", T::COLLECTION.name, stored.id);
    let value = serde_json::from_value(stored.document.body).map_err(|error| StoreError::Corrupt {
        message: format!("{place} is not what it should be: {error}; restore it from a backup, or remove it"),
    })?;
    Ok(Versioned { version: stored.version, value })
}

/// The value under this id.
///
/// # Errors
/// As [`Store::get`]; [`StoreError::Corrupt`] where it is no such value.
pub async fn load<T: Record>(store: &dyn Store, id: &str) -> Result<Option<Versioned<T>>, StoreError> {
    store.get(T::COLLECTION, id).await?.map(value).transpose()
}

/// Writes a value. Answers with its version.
///
/// # Errors
/// As [`Store::write`].
pub async fn save<T: Record>(store: &dyn Store, record: &T, expect: Expect) -> Result<u64, StoreError> {
    store.write(Write::put(T::COLLECTION, record.id(), expect, record.document()?)).await
}

/// One page of values.
///
/// # Errors
/// As [`Store::page`]; [`StoreError::Corrupt`] where one is no such value.
pub async fn page<T: Record>(store: &dyn Store, query: &Query) -> Result<Records<T>, StoreError> {
    let page = store.page(query).await?;
    let records = page.documents.into_iter().map(value).collect::<Result<_, _>>()?;
    Ok(Records { records, next_cursor: page.next_cursor })
}

/// Reads, decides, and swaps, again and again until nobody came between. `decide` gets what is there, and answers with
/// what shall be there and what to tell the caller; a decision without a new value writes nothing.
///
/// # Errors
/// As [`Store::get`] and [`Store::write`]; [`StoreError::Conflict`] where others were faster every time.
pub async fn change<T: Record, R: Send>(
    store: &dyn Store,
    id: &str,
    mut decide: impl FnMut(Option<T>) -> (Option<T>, R) + Send,
) -> Result<R, StoreError> {
    let mut tries = TRIES;
    loop {
        let found = load::<T>(store, id).await?;
        let expect = found.as_ref().map_or(Expect::Absent, |found| Expect::Version(found.version));
        let (wanted, told) = decide(found.map(|found| found.value));
        let Some(wanted) = wanted else { return Ok(told) };
        match save(store, &wanted, expect).await {
            Ok(_) => return Ok(told),
            Err(StoreError::Conflict { .. }) if tries > 1 => tries -= 1,
            Err(error) => return Err(error),
        }
    }
}
